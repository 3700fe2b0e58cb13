/*
 * picture: the names of what a description may hold, and giving it back. Owns no state.
 */
#include "bot/draw/picture.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

const char *theme_name(enum picture_theme t) {
    static const char *const names[] = {[THEME_LIGHT] = "light", [THEME_DARK] = "dark"};
    _Static_assert(COUNT_OF(names) == THEME_COUNT, "a name for every theme");
    return (unsigned)t < THEME_COUNT ? names[t] : NULL;
}

const char *level_style_name(enum level_style s) {
    static const char *const names[] = {
        [LEVEL_LINE] = "line", [LEVEL_ENTRY] = "entry", [LEVEL_STOP] = "stop", [LEVEL_TARGET] = "target"};
    _Static_assert(COUNT_OF(names) == LEVEL_STYLE_COUNT, "a name for every style");
    return (unsigned)s < LEVEL_STYLE_COUNT ? names[s] : NULL;
}

const char *zone_style_name(enum zone_style s) {
    static const char *const names[] = {[ZONE_GAP] = "gap",
                                        [ZONE_INVERSE_GAP] = "inverse_gap",
                                        [ZONE_ORDER_BLOCK] = "order_block",
                                        [ZONE_BREAKER] = "breaker",
                                        [ZONE_SWEEP] = "sweep",
                                        [ZONE_SESSION] = "session",
                                        [ZONE_TREND] = "trend",
                                        [ZONE_CONFLUENCE] = "confluence",
                                        [ZONE_RANGE] = "range",
                                        [ZONE_TRANSITION] = "transition"};
    _Static_assert(COUNT_OF(names) == ZONE_STYLE_COUNT, "a name for every style");
    return (unsigned)s < ZONE_STYLE_COUNT ? names[s] : NULL;
}

const char *marker_style_name(enum marker_style s) {
    static const char *const names[] = {
        [MARKER_HIGH] = "high",       [MARKER_LOW] = "low",       [MARKER_FORMED] = "formed",
        [MARKER_TOUCHED] = "touched", [MARKER_FILLED] = "filled", [MARKER_INVALIDATED] = "invalidated",
        [MARKER_SWEEP] = "sweep",     [MARKER_BREAK] = "break",   [MARKER_BUY] = "buy",
        [MARKER_SELL] = "sell",       [MARKER_EXIT] = "exit"};
    _Static_assert(COUNT_OF(names) == MARKER_STYLE_COUNT, "a name for every style");
    return (unsigned)s < MARKER_STYLE_COUNT ? names[s] : NULL;
}

const char *path_style_name(enum path_style s) {
    static const char *const names[] = {[PATH_LINE] = "line", [PATH_STEP] = "step"};
    _Static_assert(COUNT_OF(names) == PATH_STYLE_COUNT, "a name for every style");
    return (unsigned)s < PATH_STYLE_COUNT ? names[s] : NULL;
}

void picture_clear(struct picture *p) {
    free(p->candle);
    free(p->level);
    free(p->zones);
    free(p->marker);
    for (uint32_t i = 0; i < PICTURE_PATHS_MAX; i++) free(p->path[i].point);
    free(p->profile.bin);
    free(p->series.point);
    memset(p, 0, sizeof *p);
}
