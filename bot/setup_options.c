/* setup_options: see setup_options.h. Reads the files that instruments[].options_file names. Owns nothing. */
#include "bot/setup_options.h"

#include <stdlib.h>
#include <string.h>

#include "bot/setup_file.h"
#include "engine/base/log.h"
#include "engine/feeds/options_file.h"

/* The row of the symbol that names a chain; -1: none. */
static int row_of(const struct conf *c, const char *symbol) {
    for (size_t i = 0, n = conf_count(c, "instruments"); i < n; i++) {
        if (strcmp(conf_str(c, "instruments[%zu].symbol", i), symbol) != 0) continue;
        return conf_str(c, "instruments[%zu].options_file", i)[0] != '\0' ? (int)i : -1;
    }
    return -1;
}

static int load(const struct conf *c, int row, const struct instrument *in, struct gamma_levels *out,
                struct options_report *r, struct err *e) {
    struct options_wish w = {.scale = (double)conf_ppm(c, "instruments[%d].options_scale", row) / 1e6,
                             .tick = in->tick};
    if (conf_given(c, "instruments[%d].options_price", row))
        w.price = price_to_double(conf_price(c, "instruments[%d].options_price", row));
    const char *path = conf_str(c, "instruments[%d].options_file", row);
    char *bytes;
    *r = (struct options_report){0};
    *out = (struct gamma_levels){0};
    ssize_t n = setup_file_read(path, OPTIONS_FILE_MAX, &bytes, &w.written, e);
    int rc = n < 0 ? -1 : options_parse(bytes, (size_t)n, &w, out, r, e);
    free(bytes);
    return rc;
}

void setup_options(const struct conf *c, struct engine_config *out) {
    for (uint32_t i = 0; i < out->instrument_count; i++) {
        struct instrument *in = &out->instruments[i];
        struct options_report r;
        struct err e = {0};
        int row = row_of(c, in->symbol);
        if (row < 0) continue;
        int rc = load(c, row, in, &in->gamma, &r, &e);
        in->gamma.wanted = true;
        if (rc != 0) {
            log_error("options", "%s: %s; there are no gamma levels", in->symbol, err_text(&e, LANG_EN));
            continue;
        }
        if (r.bad > 0)
            log_warn("options", "%s: %u lines cannot be read, the first is line %u", in->symbol, r.bad, r.first_bad);
        log_info("options", "%s: gamma levels of %u strikes, %u options of %u", in->symbol, r.strikes, r.used, r.rows);
    }
}

/* A line that there is none of: a dash. */
static void say_line(struct buf *out, enum lang lang, const struct instrument *in, const char *name, price_t p) {
    char text[MONEY_TEXT_MAX] = "–";
    if (p.v != 0) price_say(text, lang, p, in->decimals);
    buf_printf(out, ", %s %s", name, text);
}

static bool say_one(const struct conf *c, int row, const struct instrument *in, enum lang lang, struct buf *out) {
    struct gamma_levels g;
    struct options_report r;
    struct err e = {0};
    char until[WHEN_TEXT_MAX];
    if (load(c, row, in, &g, &r, &e) != 0) {
        buf_printf(out,
                   tr(lang, "%s: %s; there are no gamma levels", "%s\u00a0: %s\u00a0; il n’y a pas de niveaux gamma"),
                   in->symbol, err_text(&e, lang));
        return false;
    }
    buf_printf(out, tr(lang, "%s: options %u of %u, bad lines %u", "%s\u00a0: options %u sur %u, mauvaises lignes %u"),
               in->symbol, r.used, r.rows, r.bad);
    say_line(out, lang, in, tr(lang, "flip", "bascule"), g.flip);
    say_line(out, lang, in, tr(lang, "call wall", "mur de calls"), g.call_wall);
    say_line(out, lang, in, tr(lang, "put wall", "mur de puts"), g.put_wall);
    buf_printf(out, tr(lang, ", until %s UTC", ", jusqu’au %s UTC"), when_say(until, lang, g.until, NULL));
    return r.bad == 0;
}

int setup_options_say(const struct conf *c, const struct engine_config *made, enum lang lang, struct buf *out) {
    int good = 0;
    for (uint32_t i = 0; i < made->instrument_count; i++) {
        int row = row_of(c, made->instruments[i].symbol);
        if (row < 0) continue;
        if (good != 0) buf_str(out, tr(lang, "; ", "\u00a0; "));
        bool is = say_one(c, row, &made->instruments[i], lang, out);
        good = is && good >= 0 ? 1 : -1;
    }
    return good;
}
