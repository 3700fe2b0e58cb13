/*
 * time_axis: which instants an axis names. The closest steps at which no name touches the next; the second row says what the
 * first leaves open, the day of an hour or the year of a day. Owns no state.
 */
#include "bot/draw/scale.h"

#include <string.h>

#define NAME_GAP 14.0 /* between two names, in points */
#define SAMPLES 512   /* of a line without candles */

/* Minutes below a day; days from there on; months; years. */
enum step_unit { STEP_MINUTES, STEP_DAYS, STEP_WEEKS, STEP_MONTHS, STEP_YEARS };
static const struct step {
    enum step_unit unit;
    int32_t count;
} steps[] = {
    {STEP_MINUTES, 1},   {STEP_MINUTES, 2},   {STEP_MINUTES, 5},   {STEP_MINUTES, 10},  {STEP_MINUTES, 15},
    {STEP_MINUTES, 30},  {STEP_MINUTES, 60},  {STEP_MINUTES, 120}, {STEP_MINUTES, 180}, {STEP_MINUTES, 240},
    {STEP_MINUTES, 360}, {STEP_MINUTES, 720}, {STEP_DAYS, 1},      {STEP_DAYS, 2},      {STEP_WEEKS, 1},
    {STEP_WEEKS, 2},     {STEP_MONTHS, 1},    {STEP_MONTHS, 3},    {STEP_MONTHS, 6},    {STEP_YEARS, 1},
    {STEP_YEARS, 2},     {STEP_YEARS, 5},     {STEP_YEARS, 10},    {STEP_YEARS, 50},
};
#define STEP_COUNT (sizeof steps / sizeof steps[0])

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

static int64_t local_sec(when_t t, const struct zone *z) {
    return when_sec(t) + zone_offset_sec(z, t, NULL);
}

/* In which step of the calendar an instant lies: where the number changes, a name may stand. */
static int64_t step_of(when_t t, const struct zone *z, const struct step *s) {
    int64_t sec = local_sec(t, z);
    int32_t day = (int32_t)floor_div(sec, 86400);
    int year, month, dom;
    switch (s->unit) {
    case STEP_MINUTES: return floor_div(sec, s->count * 60LL);
    case STEP_DAYS: return floor_div(day, s->count);
    case STEP_WEEKS: return floor_div(day + 3, 7LL * s->count);
    case STEP_MONTHS: civil_from_days(day, &year, &month, &dom); return floor_div(year * 12LL + month - 1, s->count);
    case STEP_YEARS: civil_from_days(day, &year, &month, &dom); return floor_div(year, s->count);
    }
    return 0;
}

/* A place where a name may stand: the candles, or as many instants of a plain line. */
static uint32_t places(const struct line *l) {
    return l->n > 0 ? l->n : SAMPLES;
}

static when_t place_when(const struct line *l, uint32_t i) {
    if (l->n > 0) return l->candle[i].start;
    return (when_t){l->from.ns + (l->to.ns - l->from.ns) / SAMPLES * i};
}

/* "30 juin 2025" as its two halves. */
static void split_day(enum lang lang, int32_t day, char month[TICK_TEXT_MAX], char year[TICK_TEXT_MAX]) {
    char text[WHEN_TEXT_MAX];
    const char *cut = strrchr(day_say(text, lang, day), ' ');
    size_t n = cut != NULL ? (size_t)(cut - text) : strlen(text);
    str_copy(year, TICK_TEXT_MAX, cut != NULL ? cut + 1 : "");
    str_copy_n(month, TICK_TEXT_MAX, text, n > 0 && text[n - 1] == ',' ? n - 1 : n);
}

static void name_of(when_t t, const struct zone *z, enum lang lang, const struct step *s, char out[TICK_TEXT_MAX]) {
    char text[WHEN_TEXT_MAX], year[TICK_TEXT_MAX];
    int32_t day = (int32_t)floor_div(local_sec(t, z), 86400);
    if (s->unit == STEP_MINUTES)
        str_copy(out, TICK_TEXT_MAX, time_say(text, t, z));
    else if (s->unit == STEP_YEARS)
        split_day(lang, day, text, out);
    else
        split_day(lang, day, out, year);
}

static void context_of(when_t t, const struct zone *z, enum lang lang, const struct step *s, char out[TICK_TEXT_MAX]) {
    char text[WHEN_TEXT_MAX];
    int32_t day = (int32_t)floor_div(local_sec(t, z), 86400);
    out[0] = '\0';
    if (s->unit == STEP_MINUTES)
        str_copy(out, TICK_TEXT_MAX, day_say(text, lang, day));
    else if (s->unit != STEP_YEARS)
        split_day(lang, day, text, out);
}

/* The names of one step; false: they do not fit. */
static bool first_row(const struct line *l, const struct zone *z, enum lang lang, const struct measure *m, double size,
                      const struct step *s, struct time_ticks *out) {
    double free_from = l->left;
    uint32_t passed_over = 0;
    out->n = 0;
    int64_t before = step_of(place_when(l, 0), z, s);
    for (uint32_t i = 1; i < places(l); i++) {
        int64_t now = step_of(place_when(l, i), z, s);
        if (now == before) continue;
        before = now;
        struct time_tick *t = &out->item[out->n];
        t->x = line_x(l, place_when(l, i));
        if (l->n > 0) t->x = line_candle(l, i);
        t->context = false;
        name_of(place_when(l, i), z, lang, s, t->text);
        double half = m->width(m->context, t->text, size, false) / 2;
        if (t->x + half > l->right || t->x - half < l->left) continue;
        if (t->x - half < free_from) {
            /* Hours that a market was closed in make some stand close: a few may be left out, not many. */
            if (++passed_over > out->n / 4) return false;
            continue;
        }
        if (out->n == TICKS_MAX) return false;
        free_from = t->x + half + NAME_GAP;
        out->n++;
    }
    return true;
}

static void second_row(const struct line *l, const struct zone *z, enum lang lang, const struct measure *m, double size,
                       const struct step *s, struct time_ticks *out) {
    static const struct step day = {STEP_DAYS, 1}, year = {STEP_YEARS, 1};
    const struct step *change = s->unit == STEP_MINUTES ? &day : &year;
    double free_from = l->left;
    int64_t before = INT64_MIN;
    uint32_t most = out->n + TICKS_MAX, first = out->n;
    for (uint32_t i = 0; i < places(l) && out->n < most; i++) {
        int64_t now = step_of(place_when(l, i), z, change);
        if (now == before) continue;
        before = now;
        struct time_tick *t = &out->item[out->n];
        context_of(place_when(l, i), z, lang, s, t->text);
        double width = m->width(m->context, t->text, size, false);
        t->x = i == 0 ? l->left : line_x(l, place_when(l, i));
        t->context = true;
        if (t->text[0] == '\0') return;
        /* The first one gives way: it stands for what began before the picture. */
        if (t->x < free_from && out->n == first + 1 && out->item[first].x == l->left && t->x + width <= l->right) {
            out->item[first] = *t;
            free_from = t->x + width + NAME_GAP;
            continue;
        }
        if (t->x < free_from || t->x + width > l->right) continue;
        free_from = t->x + width + NAME_GAP;
        out->n++;
    }
}

void line_ticks(const struct line *l, const struct zone *z, enum lang lang, const struct measure *m, double size,
                struct time_ticks *out) {
    size_t s = 0;
    while (s + 1 < STEP_COUNT && !first_row(l, z, lang, m, size, &steps[s], out)) s++;
    if (s + 1 == STEP_COUNT) first_row(l, z, lang, m, size, &steps[s], out);
    second_row(l, z, lang, m, size, &steps[s], out);
}
