/*
 * names: what levels, structures and regimes are called, in both languages, for signals
 * and chat alike. Owns nothing.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/base/buf.h"
#include "engine/levels/levels.h"

#define COUNT_OF(a) (sizeof(a) / sizeof(a)[0])

/* The built-in sessions' names are words; a person's own stay as they are. */
const char *session_say(enum lang lang, const char *name) {
    static const char *const known[][LANG_COUNT] = {{"Asia", "Asie"}, {"London", "Londres"}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (strcasecmp(known[i][LANG_EN], name) == 0) return known[i][lang];
    }
    return name;
}

static const char *const level_names[][LANG_COUNT] = {
    [LEVEL_SESSION_HIGH] = {"%s high", "plus haut %s"},
    [LEVEL_SESSION_LOW] = {"%s low", "plus bas %s"},
    [LEVEL_OPENING_HIGH] = {"%s opening range high", "haut d’ouverture %s"},
    [LEVEL_OPENING_LOW] = {"%s opening range low", "bas d’ouverture %s"},
    [LEVEL_DAY_OPEN] = {"day’s open", "ouverture du jour"},
    [LEVEL_DAY_HIGH] = {"day’s high", "plus haut du jour"},
    [LEVEL_DAY_LOW] = {"day’s low", "plus bas du jour"},
    [LEVEL_PREVIOUS_HIGH] = {"previous day’s high", "plus haut de la veille"},
    [LEVEL_PREVIOUS_LOW] = {"previous day’s low", "plus bas de la veille"},
    [LEVEL_PREVIOUS_CLOSE] = {"previous day’s close", "clôture de la veille"},
    [LEVEL_WEEK_HIGH] = {"week’s high", "plus haut de la semaine"},
    [LEVEL_WEEK_LOW] = {"week’s low", "plus bas de la semaine"},
    [LEVEL_PREVIOUS_WEEK_HIGH] = {"previous week’s high", "plus haut de la semaine passée"},
    [LEVEL_PREVIOUS_WEEK_LOW] = {"previous week’s low", "plus bas de la semaine passée"},
    [LEVEL_PIVOT] = {"pivot", "pivot"},
    [LEVEL_R1] = {"R1", "R1"},
    [LEVEL_R2] = {"R2", "R2"},
    [LEVEL_R3] = {"R3", "R3"},
    [LEVEL_S1] = {"S1", "S1"},
    [LEVEL_S2] = {"S2", "S2"},
    [LEVEL_S3] = {"S3", "S3"},
    [LEVEL_VWAP] = {"VWAP", "VWAP"},
    [LEVEL_POC] = {"POC", "POC"},
    [LEVEL_VAH] = {"VAH", "VAH"},
    [LEVEL_VAL] = {"VAL", "VAL"},
    [LEVEL_GAMMA_FLIP] = {"gamma flip", "bascule gamma"},
    [LEVEL_CALL_WALL] = {"call wall", "mur de calls"},
    [LEVEL_PUT_WALL] = {"put wall", "mur de puts"},
    [LEVEL_ROUND] = {"round number", "niveau psychologique"},
};
_Static_assert(COUNT_OF(level_names) == LEVEL_KIND_COUNT, "a name for every level");

/* Signals are named on the path of a bar: no memory is asked for. */
static void put(char *out, size_t size, const char *text, size_t n) {
    size_t used = strlen(out);
    str_copy_n(out + used, size - used, text, n);
}

char *level_say(char out[LEVEL_NAME_MAX], enum lang lang, const struct calendars *c, enum level_kind kind,
                uint16_t session) {
    const char *name = (unsigned)kind < LEVEL_KIND_COUNT ? level_names[kind][lang] : "?", *at = strstr(name, "%s");
    out[0] = '\0';
    put(out, LEVEL_NAME_MAX, name, at != NULL ? (size_t)(at - name) : strlen(name));
    if (at == NULL) return out;
    const char *text = session < c->session_count ? session_say(lang, c->sessions[session].name) : "?";
    put(out, LEVEL_NAME_MAX, text, strlen(text));
    put(out, LEVEL_NAME_MAX, at + 2, strlen(at + 2));
    return out;
}

const char *structure_say(enum lang lang, enum structure_kind k, enum side side) {
    static const char *const names[][SIDE_COUNT][LANG_COUNT] = {
        [STRUCTURE_SWING] = {[SIDE_LONG] = {"swing low", "creux"}, [SIDE_SHORT] = {"swing high", "sommet"}},
        [STRUCTURE_BREAK] = {[SIDE_LONG] = {"break upwards", "cassure haussière"},
                             [SIDE_SHORT] = {"break downwards", "cassure baissière"}},
        [STRUCTURE_SWEEP] = {[SIDE_LONG] = {"sweep of a low", "prise de liquidité sous un bas"},
                             [SIDE_SHORT] = {"sweep of a high", "prise de liquidité sur un haut"}},
        [STRUCTURE_GAP] =
            {[SIDE_LONG] = {"bullish FVG", "FVG haussier"}, [SIDE_SHORT] = {"bearish FVG", "FVG baissier"}},
        [STRUCTURE_INVERSE_GAP] = {[SIDE_LONG] = {"bullish inverse FVG", "FVG inversé haussier"},
                                   [SIDE_SHORT] = {"bearish inverse FVG", "FVG inversé baissier"}},
        [STRUCTURE_ORDER_BLOCK] = {[SIDE_LONG] = {"bullish order block", "order block haussier"},
                                   [SIDE_SHORT] = {"bearish order block", "order block baissier"}},
        [STRUCTURE_BREAKER] = {[SIDE_LONG] = {"bullish breaker block", "breaker block haussier"},
                               [SIDE_SHORT] = {"bearish breaker block", "breaker block baissier"}},
    };
    _Static_assert(COUNT_OF(names) == STRUCTURE_KIND_COUNT, "a name for every kind");
    return (unsigned)k < STRUCTURE_KIND_COUNT && (unsigned)side < SIDE_COUNT ? names[k][side][lang] : "?";
}

const char *life_say(enum lang lang, enum life l) {
    static const char *const names[][LANG_COUNT] = {
        [LIFE_FORMED] = {"untouched", "intact"},
        [LIFE_TOUCHED] = {"touched", "touché"},
        [LIFE_FILLED] = {"filled", "comblé"},
        [LIFE_INVALIDATED] = {"over", "invalidé"},
    };
    _Static_assert(COUNT_OF(names) == LIFE_COUNT, "a name for every life");
    return (unsigned)l < LIFE_COUNT ? names[l][lang] : "?";
}

const char *regime_say(enum lang lang, enum regime r) {
    static const char *const names[][LANG_COUNT] = {
        [REGIME_UNKNOWN] = {"not known yet", "pas encore connu"},
        [REGIME_TREND] = {"trend", "tendance"},
        [REGIME_RANGE] = {"range", "range"},
        [REGIME_TRANSITION] = {"transition", "transition"},
    };
    _Static_assert(COUNT_OF(names) == REGIME_COUNT, "a name for every regime");
    return (unsigned)r < REGIME_COUNT ? names[r][lang] : "?";
}

char *nearby_say(char out[LEVEL_NAME_MAX], enum lang lang, const struct calendars *c, const struct nearby *n) {
    if (!n->is_structure) return level_say(out, lang, c, n->level, n->session);
    str_copy(out, LEVEL_NAME_MAX, structure_say(lang, n->structure.kind, n->structure.side));
    return out;
}

/* "3 levels converge (previous day’s high + Asia high + POC)" */
char *confluence_say(char *out, size_t size, enum lang lang, const struct calendars *c, const struct nearby *list,
                     const struct confluence *f) {
    char name[LEVEL_NAME_MAX];
    snprintf(out, size, tr(lang, "%u levels converge (", "%u niveaux convergent ("), f->count);
    for (uint32_t i = 0; i < f->named; i++) {
        if (i > 0) put(out, size, " + ", 3);
        nearby_say(name, lang, c, &list[f->at[i]]);
        put(out, size, name, strlen(name));
    }
    const char *end = f->count > f->named ? " + …)" : ")";
    put(out, size, end, strlen(end));
    return out;
}
