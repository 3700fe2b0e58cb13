/*
 * theme: the table of colours (Okabe and Ito's family: told apart with any colour vision, darkened or lightened for their
 * paper). Owns no state.
 */
#include "bot/draw/theme.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define HEX(rgb)                                                                                                       \
    { (rgb) >> 16 & 255, (rgb) >> 8 & 255, (rgb)&255 }

struct colour theme_colour(enum picture_theme t, enum ink i) {
    static const struct colour table[][THEME_COUNT] = {
        [INK_PAPER] = {HEX(0xffffff), HEX(0x14171c)},       [INK_TEXT] = {HEX(0x1a1d22), HEX(0xe8eaee)},
        [INK_MUTED] = {HEX(0x59616c), HEX(0xa4adb9)},       [INK_GRID] = {HEX(0xe6e9ed), HEX(0x262b33)},
        [INK_FRAME] = {HEX(0x9aa3ae), HEX(0x4c5561)},       [INK_UP] = {HEX(0x0a5fa8), HEX(0x6bb8f0)},
        [INK_DOWN] = {HEX(0xb85600), HEX(0xf0a050)},        [INK_LEVEL] = {HEX(0x3d4450), HEX(0xc9d0da)},
        [INK_GAP] = {HEX(0x00795c), HEX(0x35c49b)},         [INK_INVERSE_GAP] = {HEX(0xa33c7e), HEX(0xe59ac6)},
        [INK_ORDER_BLOCK] = {HEX(0x5b4bb5), HEX(0xab9ff2)}, [INK_BREAKER] = {HEX(0x8a6a00), HEX(0xe0c24a)},
        [INK_SWEEP] = {HEX(0xa62b2b), HEX(0xf08c84)},       [INK_SESSION] = {HEX(0x4a6b8a), HEX(0x88a9c8)},
    };
    _Static_assert(COUNT_OF(table) == INK_COUNT, "a colour for every ink");
    return table[i][t];
}

bool ink_is_text(enum ink i) {
    return i == INK_TEXT || i == INK_MUTED;
}

bool ink_has_meaning(enum ink i) {
    return i != INK_PAPER && i != INK_GRID && i != INK_FRAME;
}

enum ink zone_ink(enum zone_style s) {
    static const uint8_t table[] = {
        [ZONE_GAP] = INK_GAP,
        [ZONE_INVERSE_GAP] = INK_INVERSE_GAP,
        [ZONE_ORDER_BLOCK] = INK_ORDER_BLOCK,
        [ZONE_BREAKER] = INK_BREAKER,
        [ZONE_SWEEP] = INK_SWEEP,
        [ZONE_SESSION] = INK_SESSION,
        [ZONE_CONFLUENCE] = INK_ORDER_BLOCK,
        [ZONE_TREND] = INK_UP,
        [ZONE_RANGE] = INK_DOWN,
        [ZONE_TRANSITION] = INK_FRAME,
    };
    _Static_assert(COUNT_OF(table) == ZONE_STYLE_COUNT, "an ink for every style");
    return (enum ink)table[s];
}

enum ink level_ink(enum level_style s) {
    static const uint8_t table[] = {
        [LEVEL_LINE] = INK_LEVEL, [LEVEL_ENTRY] = INK_UP, [LEVEL_STOP] = INK_DOWN, [LEVEL_TARGET] = INK_GAP};
    _Static_assert(COUNT_OF(table) == LEVEL_STYLE_COUNT, "an ink for every style");
    return (enum ink)table[s];
}
