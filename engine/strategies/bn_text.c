/*
 * bn_text: why BatailleNavale wants in or out, in both languages. The score is shown as it is, uncalibrated, and the source of
 * the flow is named; no adviser was asked.
 */
#include "engine/strategies/bn.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const family_names[] = {[BN_FAMILY_PROFILE_BEFORE] = "POC-1",
                                           [BN_FAMILY_PROFILE] = "POC",
                                           [BN_FAMILY_IB] = "IB",
                                           [BN_FAMILY_VWAP_BEFORE] = "VWAP-1",
                                           [BN_FAMILY_SWING] = "swing"};
_Static_assert(sizeof family_names / sizeof family_names[0] == BN_FAMILY_COUNT, "a name for every family");

static const char *regime_text(enum lang lang, enum bn_regime r) {
    switch (r) {
    case BN_REGIME_UNKNOWN: return tr(lang, "no regime", "sans régime");
    case BN_REGIME_UP: return tr(lang, "trend up", "hausse");
    case BN_REGIME_DOWN: return tr(lang, "trend down", "baisse");
    case BN_REGIME_RANGE: return tr(lang, "range", "range");
    case BN_REGIME_TRANSITION: return tr(lang, "transition", "transition");
    case BN_REGIME_COUNT: break;
    }
    return "?";
}

static void zone_text(const struct bn_zone *z, enum lang lang, char *out, size_t size) {
    int used = snprintf(out, size, tr(lang, ", zone %u:", ", zone %u\u00a0:"), z->score);
    for (int f = 0; f < BN_FAMILY_COUNT && used > 0 && (size_t)used < size; f++) {
        if ((z->of >> f & 1) != 0) used += snprintf(out + used, size - (size_t)used, " %s", family_names[f]);
    }
    if (z->score == 0) out[0] = '\0';
}

static const char *trigger_text(const struct bn_signal *g, enum lang lang) {
    if (g->pattern == BN_PATTERN_V) return g->way > 0 ? "V" : "Λ";
    if (g->pattern == BN_PATTERN_SETTING) return tr(lang, "colour setting", "color setting");
    return g->way > 0 ? tr(lang, "green ball", "boule verte") : tr(lang, "red ball", "boule rouge");
}

void bn_say_entry(const struct bn_signal *g, char reason[LANG_COUNT][REASON_MAX]) {
    for (int l = 0; l < LANG_COUNT; l++) {
        const enum lang lang = (enum lang)l;
        char share[MONEY_TEXT_MAX], quality[MONEY_TEXT_MAX], score[MONEY_TEXT_MAX], zone[64];
        percent_say(share, lang, (1 + fabs(g->battle)) / 2, 0);
        number_say(quality, lang, g->base.quality, 2);
        number_say(score, lang, g->score, 2);
        zone_text(&g->zone, lang, zone, sizeof zone);
        const char *army = (g->battle >= 0) == (g->way > 0)
                               ? (g->way > 0 ? "Vikings" : tr(lang, "Defenders", "Défenseurs"))
                               : (g->way > 0 ? tr(lang, "Defenders", "Défenseurs") : "Vikings");
        reason_set(reason[l],
                   tr(lang, "%s %s, %s base q %s (%u), %s, score %s uncalibrated, flow=%s, %s%s",
                      "%s %s, base %s q %s (%u), %s, score %s non calibré, flow=%s, %s%s"),
                   army, share, g->way > 0 ? tr(lang, "green", "verte") : tr(lang, "red", "rouge"), quality,
                   g->base.rows, trigger_text(g, lang), score, g->flow == BN_FLOW_TRUE ? "true" : "proxy",
                   regime_text(lang, g->regime), zone);
    }
}

void bn_say_exit(enum bn_exit x, uint32_t fired, int way, char reason[LANG_COUNT][REASON_MAX]) {
    char by[8] = "";
    for (uint32_t i = 0, used = 0; i < 3; i++) {
        if ((fired >> i & 1) != 0) by[used++] = (char)('A' + i), by[used] = '\0';
    }
    for (int l = 0; l < LANG_COUNT; l++) {
        const enum lang lang = (enum lang)l;
        switch (x) {
        case BN_EXIT_GOLDEN:
            reason_set(reason[l],
                       way > 0 ? tr(lang, "golden_rule (%s): red below the green base",
                                    "golden_rule (%s)\u00a0: rouge sous verte")
                               : tr(lang, "golden_rule (%s): green above the red base",
                                    "golden_rule (%s)\u00a0: vert au-dessus de la rouge"),
                       by);
            break;
        case BN_EXIT_FLAT:
            reason_set(reason[l], "%s", tr(lang, "the session ends: flat", "fin de séance\u00a0: à plat"));
            break;
        case BN_EXIT_EXPIRED: reason_set(reason[l], "%s", tr(lang, "the time is up", "le délai est écoulé")); break;
        case BN_EXIT_NONE: break;
        }
    }
}
