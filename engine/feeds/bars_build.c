/*
 * bars_build: see bars_build.h. Owns nothing but the caller's record. It must not guess:
 * what is missing stays missing, what is doubtful is refused and counted by the caller.
 */
#include "engine/feeds/bars_build.h"

#include <string.h>

#define MINUTE_NS (60 * NS_PER_SEC)
#define HOUR_S 3600

bool build_seconds_fit(int32_t seconds) {
    return seconds >= 60 && seconds <= BUILD_SECONDS_MAX && seconds % 60 == 0 && HOUR_S % seconds == 0;
}

static int64_t minute_of(when_t t) {
    int64_t m = t.ns / MINUTE_NS;
    return m - (t.ns % MINUTE_NS < 0);
}

static when_t when_of(int64_t minute) {
    return (when_t){minute * MINUTE_NS};
}

when_t build_start_of(int32_t seconds, when_t t) {
    int64_t per = seconds / 60, m = minute_of(t), part = m % per;
    return when_of(m - (part < 0 ? part + per : part));
}

void build_init(struct bar_build *b, int32_t seconds, when_t from) {
    memset(b, 0, sizeof *b);
    b->seconds = seconds;
    b->first_min = b->behind_min = minute_of(build_start_of(seconds, from));
}

static struct build_minute *slot(struct bar_build *b, int64_t minute) {
    return &b->minutes[minute % BUILD_MINUTES];
}

void build_move(struct bar_build *b, when_t from) {
    int64_t to = minute_of(build_start_of(b->seconds, from)), stop = b->first_min + BUILD_MINUTES;
    if (to < b->first_min) { /* a clock that went back: what is known of later minutes may not fit any more */
        build_init(b, b->seconds, from);
        return;
    }
    for (int64_t m = b->first_min; m < to && m < stop; m++) *slot(b, m) = (struct build_minute){0};
    b->first_min = to;
    if (b->behind_min < to) b->behind_min = to;
}

static bool can_be(const struct bar *m) {
    return m->low.v > 0 && m->low.v <= m->open.v && m->low.v <= m->close.v && m->high.v >= m->open.v &&
           m->high.v >= m->close.v && m->volume >= 0;
}

static bool is_far(price_t from, const struct bar *m) {
    return from.v > 0 && (m->high.v / BUILD_SPIKE > from.v || m->low.v < from.v / BUILD_SPIKE);
}

/* One wild price is an error; several that agree are the market. */
static bool is_spike(struct bar_build *b, const struct bar *m) {
    if (!is_far(b->last, m)) {
        b->spikes = 0;
        return false;
    }
    b->spikes = b->spikes > 0 && !is_far(b->spike, m) ? b->spikes + 1 : 1;
    b->spike = m->close;
    if (b->spikes < BUILD_SPIKES_MAX) return true;
    b->spikes = 0;
    return false;
}

static bool is_same(const struct build_minute *s, const struct bar *m) {
    return s->open.v == m->open.v && s->high.v == m->high.v && s->low.v == m->low.v && s->close.v == m->close.v &&
           s->volume == m->volume;
}

enum build_result build_add(struct bar_build *b, const struct bar *m, enum minute_from from) {
    int64_t minute = minute_of(m->start);
    if (m->start.ns % MINUTE_NS != 0 || m->seconds != 60 || !can_be(m)) return BUILD_BAD;
    if (minute < b->first_min) return BUILD_LATE;
    if (minute >= b->first_min + BUILD_MINUTES) return BUILD_AHEAD;
    struct build_minute *s = slot(b, minute);
    if (s->from != MINUTE_NONE && is_same(s, m)) return BUILD_SAME;
    if (from == MINUTE_STREAM && s->from > MINUTE_STREAM) return BUILD_SAME; /* what is known is newer */
    if (from == MINUTE_STREAM && s->from == MINUTE_STREAM) return BUILD_BAD; /* a first bar comes once */
    if (is_spike(b, m)) return BUILD_SPIKE_SEEN;
    *s = (struct build_minute){from, m->open, m->high, m->low, m->close, m->volume};
    if (minute >= b->behind_min) {
        b->behind_min = minute + 1;
        b->last = m->close;
    }
    return BUILD_TAKEN;
}

bool build_in_hours(const struct calendars *c, uint16_t hours, const struct bar *b) {
    if (hours >= c->hours_count) return true;
    when_t open = calendar_next_open(c, hours, b->start);
    return open.ns != WHEN_NONE.ns && when_before(open, when_add_ms(b->start, b->seconds * 1000LL));
}

when_t build_opens(const struct bar_build *b) {
    return when_of(b->first_min);
}

when_t build_ends(const struct bar_build *b) {
    return when_of(b->first_min + b->seconds / 60);
}

/* false: nothing was traded. */
static bool sum_up(struct bar_build *b, struct bar *out) {
    bool any = false;
    for (int64_t m = b->first_min; m < b->first_min + b->seconds / 60; m++) {
        struct build_minute *s = slot(b, m);
        if (s->from == MINUTE_NONE) continue;
        if (!any)
            *out = (struct bar){
                .start = when_of(b->first_min), .seconds = b->seconds, .open = s->open, .high = s->high, .low = s->low};
        if (s->high.v > out->high.v) out->high = s->high;
        if (s->low.v < out->low.v) out->low = s->low;
        out->close = s->close;
        if (__builtin_add_overflow(out->volume, s->volume, &out->volume)) out->volume = INT64_MAX;
        any = true;
    }
    return any;
}

bool build_close(struct bar_build *b, when_t now, int64_t grace_ms, struct bar *out) {
    while (!when_before(now, when_add_ms(build_ends(b), grace_ms))) {
        if (b->behind_min <= b->first_min) { /* a night in one step */
            build_move(b, when_add_ms(now, -grace_ms));
            return false;
        }
        bool any = sum_up(b, out);
        build_move(b, build_ends(b));
        if (any) return true;
    }
    return false;
}
