/* draw_kit: a picture with everything in it, and widths of texts without a font. */
#ifndef MIA_TESTS_DRAW_KIT_H
#define MIA_TESTS_DRAW_KIT_H

#include <stdio.h>

#include "bot/draw/picture.h"
#include "engine/base/mem.h"

#define KIT_CANDLES 90
#define KIT_START 1741600800 /* 2025-03-10 10:00 UTC */

static inline when_t kit_time(uint32_t i) {
    return when_from_sec(KIT_START + 300LL * i);
}

static inline price_t kit_price(uint32_t i, int cents) {
    static const int moves[] = {0, 40, 90, 60, 130, 180, 150, 90, 120, 60, -20, -70, -30, 10};
    return (price_t){(290000 + moves[i % 14] + 3 * (int64_t)i + cents) * (PRICE_SCALE / 100)};
}

/* Levels that lie close, zones in each other, markers at one place: what makes names collide. The caller clears it. */
static inline struct picture crowded(enum lang lang) {
    struct picture p = {.width = 800, .height = 500, .scale = 1, .lang = lang, .decimals = 2, .volume = true};
    str_copy(p.zone, sizeof p.zone, "Europe/Paris");
    str_copy(p.title, sizeof p.title, tr(lang, "Trade 12, long XAUUSD", "Trade 12, achat XAUUSD à 2 900"));
    str_copy(p.subtitle, sizeof p.subtitle, tr(lang, "broken, came back", "cassé, revenu, protégé"));
    p.candle_seconds = 300;
    p.candle_count = KIT_CANDLES;
    p.candle = xcalloc(KIT_CANDLES, sizeof *p.candle);
    for (uint32_t i = 0; i < KIT_CANDLES; i++)
        p.candle[i] = (struct picture_candle){
            kit_time(i), kit_price(i, 0), kit_price(i, 90), kit_price(i, -60), kit_price(i, i % 3 == 0 ? 70 : -40),
            100 + i};
    p.level_count = 14;
    p.level = xcalloc(p.level_count, sizeof *p.level);
    for (uint32_t i = 0; i < p.level_count; i++) {
        p.level[i] = (struct picture_level){.style = (enum level_style)(i % LEVEL_STYLE_COUNT),
                                            .price = kit_price(40, (int)i * 7),
                                            .from = i % 2 == 0 ? WHEN_NONE : kit_time(i),
                                            .to = i % 3 == 0 ? WHEN_NONE : kit_time(60),
                                            .fit = i == 3};
        snprintf(p.level[i].name, sizeof p.level[i].name,
                 tr(lang, "previous day’s high %u", "plus haut de la veille %u"), i);
    }
    p.zone_count = ZONE_STYLE_COUNT;
    p.zones = xcalloc(p.zone_count, sizeof *p.zones);
    for (uint32_t i = 0; i < p.zone_count; i++) {
        p.zones[i] = (struct picture_zone){.style = (enum zone_style)i,
                                           .from = kit_time(10 + 3 * i),
                                           .to = i == 4 ? WHEN_NONE : kit_time(50 + 2 * i),
                                           .tall = i % 4 == 1};
        if (!p.zones[i].tall) {
            p.zones[i].low = kit_price(40, -30 * (int)i);
            p.zones[i].high = kit_price(40, 40);
        }
        snprintf(p.zones[i].label, sizeof p.zones[i].label, "zone %u", i);
    }
    p.marker_count = 2 * MARKER_STYLE_COUNT;
    p.marker = xcalloc(p.marker_count, sizeof *p.marker);
    for (uint32_t i = 0; i < p.marker_count; i++) {
        p.marker[i] = (struct picture_marker){.style = (enum marker_style)(i % MARKER_STYLE_COUNT),
                                              .at = kit_time(20 + i),
                                              .price = kit_price(20 + i, 20),
                                              .below = i % 2 == 1};
        snprintf(p.marker[i].label, sizeof p.marker[i].label, tr(lang, "mark %u", "repère %u"), i);
    }
    p.path_count = 1;
    p.path[0] = (struct picture_path){.style = PATH_STEP, .name = "stop", .n = 3};
    p.path[0].point = xcalloc(3, sizeof(struct picture_point));
    for (uint32_t i = 0; i < 3; i++)
        p.path[0].point[i] = (struct picture_point){kit_time(20 + 15 * i), kit_price(10 + 5 * i, -50)};
    p.profile = (struct picture_profile){.from = kit_time(60), .to = WHEN_NONE, .n = 3};
    p.profile.bin = xcalloc(3, sizeof *p.profile.bin);
    for (uint32_t i = 0; i < 3; i++)
        p.profile.bin[i] = (struct picture_bin){kit_price(40, 10 * (int)i), kit_price(40, 10 * (int)i + 9),
                                                i == 2 ? -1.25 : i + 1.0, i == 1};
    p.series = (struct picture_series){.decimals = 2, .filled = true, .n = 20};
    str_copy(p.series.name, sizeof p.series.name, tr(lang, "Equity", "Capital"));
    p.series.point = xcalloc(20, sizeof *p.series.point);
    for (uint32_t i = 0; i < 20; i++)
        p.series.point[i] =
            (struct picture_point){kit_time(4 * i), {(1000000 + 777 * (int64_t)i) * (PRICE_SCALE / 100)}};
    return p;
}

/* As wide as DejaVu Sans is on the average, and a little more. */
static inline double kit_width(void *context, const char *text, double size, bool bold) {
    (void)context;
    size_t n = 0;
    for (; *text != '\0'; text++) n += ((unsigned char)*text & 0xc0) != 0x80;
    return (double)n * size * (bold ? 0.7 : 0.62);
}

#endif
