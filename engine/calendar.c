/*
 * calendar: the hours of a market and the named sessions, computed from the plain data
 * of the configuration. Pure; owns nothing. Local times go through the zone's changes,
 * so an hour that daylight saving skips or repeats opens and closes once.
 */
#include "engine/calendar.h"

#include <string.h>
#include <strings.h>

#include "engine/base/buf.h"

#define LONG_CLOSURE_SEC (24 * 3600LL)
#define EVERY_DAY 0x7fu

static int weekday_of(int32_t day) {
    return (int)((day % 7 + 11) % 7); /* 1970-01-01 was a Thursday */
}

static const struct trading_hours *hours_of(const struct calendars *c, uint16_t hours) {
    return hours < c->hours_count ? &c->hours[hours] : NULL;
}

/* ---- the trading day ---- */

static bool is_overnight(const struct trading_hours *h) {
    return h->open_min > 0 && h->open_min >= (h->close_min == 0 ? DAY_MIN : h->close_min);
}

int32_t calendar_day(const struct calendars *c, uint16_t hours, when_t t) {
    const struct trading_hours *h = hours_of(c, hours);
    int32_t min;
    if (h == NULL) return (int32_t)(when_sec(t) / 86400 - (when_sec(t) % 86400 < 0));
    int32_t day = zone_plan_day(&c->zones[h->zone], when_sec(t), &min);
    return is_overnight(h) && min >= h->open_min ? day + 1 : day;
}

void calendar_hours(const struct calendars *c, uint16_t hours, int32_t day, struct day_hours *out) {
    const struct trading_hours *h = hours_of(c, hours);
    memset(out, 0, sizeof *out);
    if (h == NULL) {
        out->open = when_from_sec(day * 86400LL);
        out->close = when_from_sec((day + 1) * 86400LL);
        return;
    }
    const struct zone_plan *z = &c->zones[h->zone];
    int32_t close = h->close_min == 0 ? DAY_MIN : h->close_min, early;
    int32_t open = is_overnight(h) ? h->open_min - DAY_MIN : h->open_min;
    out->closed = (h->weekdays & 1u << weekday_of(day)) == 0;
    out->holiday = holiday_of(h->holidays, day, &early);
    if (early >= 0 && early <= open) early = 0; /* over before it begins */
    if (early == 0) out->closed = true;
    if (early > 0 && early < close) {
        close = early;
        out->early = true;
    }
    out->close = when_from_sec(zone_plan_sec(z, day, close));
    out->open = out->closed       ? out->close
                : is_overnight(h) ? when_from_sec(zone_plan_sec(z, day - 1, h->open_min))
                                  : when_from_sec(zone_plan_sec(z, day, h->open_min));
}

when_t calendar_day_end(const struct calendars *c, uint16_t hours, int32_t day) {
    const struct trading_hours *h = hours_of(c, hours);
    if (h == NULL) return when_from_sec((day + 1) * 86400LL);
    const struct zone_plan *z = &c->zones[h->zone];
    return when_from_sec(is_overnight(h) ? zone_plan_sec(z, day, h->open_min) : zone_plan_sec(z, day + 1, 0));
}

/* Every day is open from its beginning to the next one's, and nothing shuts one of them. */
static bool never_closes(const struct trading_hours *h) {
    return h == NULL ||
           (h->open_min == h->close_min && (h->weekdays & EVERY_DAY) == EVERY_DAY && h->holidays == HOLIDAYS_NONE);
}

bool calendar_is_open(const struct calendars *c, uint16_t hours, when_t t) {
    struct day_hours d;
    if (hours_of(c, hours) == NULL) return true;
    calendar_hours(c, hours, calendar_day(c, hours, t), &d);
    return t.ns >= d.open.ns && t.ns < d.close.ns;
}

when_t calendar_next_open(const struct calendars *c, uint16_t hours, when_t t) {
    if (hours_of(c, hours) == NULL) return t;
    int32_t day = calendar_day(c, hours, t);
    for (int32_t i = 0; i < CALENDAR_FAR_DAYS; i++) {
        struct day_hours d;
        calendar_hours(c, hours, day + i, &d);
        if (d.closed || t.ns >= d.close.ns) continue;
        return t.ns >= d.open.ns ? t : d.open;
    }
    return WHEN_NONE;
}

when_t calendar_close(const struct calendars *c, uint16_t hours, when_t t) {
    struct day_hours d;
    if (never_closes(hours_of(c, hours))) return WHEN_NONE;
    calendar_hours(c, hours, calendar_day(c, hours, t), &d);
    return t.ns >= d.open.ns && t.ns < d.close.ns ? d.close : WHEN_NONE;
}

int64_t calendar_minutes_to_close(const struct calendars *c, uint16_t hours, when_t t) {
    if (never_closes(hours_of(c, hours))) return INT64_MAX;
    when_t close = calendar_close(c, hours, t);
    return close.ns == WHEN_NONE.ns ? -1 : (close.ns - t.ns) / (60 * NS_PER_SEC);
}

bool calendar_close_is_long(const struct calendars *c, uint16_t hours, when_t close, when_t *reopens) {
    *reopens = calendar_next_open(c, hours, close);
    return reopens->ns == WHEN_NONE.ns || reopens->ns - close.ns > LONG_CLOSURE_SEC * NS_PER_SEC;
}

/* ---- named sessions ---- */

int session_find(const struct calendars *c, const char *name) {
    for (uint32_t i = 0; i < c->session_count; i++) {
        if (strcasecmp(c->sessions[i].name, name) == 0) return (int)i;
    }
    return -1;
}

static int32_t session_length(const struct named_session *n) {
    return n->to_min > n->from_min ? n->to_min - n->from_min : n->to_min + DAY_MIN - n->from_min;
}

/* Of the session that ends on that date; false: a weekend. */
static bool session_on(const struct calendars *c, const struct named_session *n, int32_t day, when_t *from,
                       when_t *to) {
    const struct zone_plan *z = &c->zones[n->zone];
    int weekday = weekday_of(day);
    int32_t end = n->to_min == 0 ? DAY_MIN : n->to_min;
    *from = when_from_sec(zone_plan_sec(z, day, end - session_length(n)));
    *to = when_from_sec(zone_plan_sec(z, day, end));
    return weekday != 0 && weekday != 6;
}

uint32_t sessions_at(const struct calendars *c, when_t t) {
    uint32_t in = 0;
    for (uint32_t i = 0; i < c->session_count; i++) {
        when_t from, to;
        session_bounds(c, i, t, &from, &to);
        if (t.ns >= from.ns && t.ns < to.ns) in |= 1u << i;
    }
    return in;
}

void session_bounds(const struct calendars *c, uint32_t session, when_t t, when_t *from, when_t *to) {
    const struct named_session *n = &c->sessions[session];
    int32_t min, day = zone_plan_day(&c->zones[n->zone], when_sec(t), &min);
    for (int32_t i = 0; i < 8; i++) {
        if (session_on(c, n, day + i, from, to) && t.ns < to->ns) return;
    }
}

/* ---- is it still the same? ---- */

static bool same_zone(const struct zone_plan *a, const struct zone_plan *b) {
    return a->before == b->before && a->n == b->n && memcmp(a->at, b->at, a->n * sizeof a->at[0]) == 0 &&
           memcmp(a->offset, b->offset, a->n * sizeof a->offset[0]) == 0;
}

bool calendar_same_hours(const struct calendars *a, uint16_t hours_a, const struct calendars *b, uint16_t hours_b) {
    const struct trading_hours *x = hours_of(a, hours_a), *y = hours_of(b, hours_b);
    if (x == NULL || y == NULL) return x == y;
    return x->open_min == y->open_min && x->close_min == y->close_min && x->weekdays == y->weekdays &&
           x->holidays == y->holidays && same_zone(&a->zones[x->zone], &b->zones[y->zone]);
}

bool calendar_same_sessions(const struct calendars *a, const struct calendars *b) {
    if (a->session_count != b->session_count) return false;
    for (uint32_t i = 0; i < a->session_count; i++) {
        const struct named_session *x = &a->sessions[i], *y = &b->sessions[i];
        if (x->from_min != y->from_min || x->to_min != y->to_min || !same_zone(&a->zones[x->zone], &b->zones[y->zone]))
            return false;
    }
    return true;
}

/* ---- stored form ---- */

static void plan_snap(struct zone_plan *p, struct snap *s) {
    snap_text(s, p->name, sizeof p->name);
    snap_i32(s, &p->before);
    snap_count(s, &p->n, ZONE_PLAN_MAX);
    for (uint32_t i = 0; i < p->n; i++) {
        snap_i64(s, &p->at[i]);
        snap_i32(s, &p->offset[i]);
    }
}

void calendars_snap(struct calendars *c, struct snap *s) {
    snap_count(s, &c->zone_count, CALENDAR_ZONES_MAX);
    for (uint32_t i = 0; i < c->zone_count; i++) plan_snap(&c->zones[i], s);
    snap_count(s, &c->hours_count, CALENDARS_MAX);
    for (uint32_t i = 0; i < c->hours_count; i++) {
        struct trading_hours *h = &c->hours[i];
        snap_text(s, h->name, sizeof h->name);
        snap_u16(s, &h->zone);
        snap_i32(s, &h->open_min);
        snap_i32(s, &h->close_min);
        snap_u32(s, &h->weekdays);
        SNAP_ENUM(s, &h->holidays, HOLIDAYS_COUNT);
    }
    snap_count(s, &c->session_count, NAMED_SESSIONS_MAX);
    for (uint32_t i = 0; i < c->session_count; i++) {
        struct named_session *n = &c->sessions[i];
        snap_text(s, n->name, sizeof n->name);
        snap_u16(s, &n->zone);
        snap_i32(s, &n->from_min);
        snap_i32(s, &n->to_min);
    }
}

static bool minutes_hold(int32_t a, int32_t b) {
    return a >= 0 && a < DAY_MIN && b >= 0 && b < DAY_MIN;
}

bool calendars_hold(const struct calendars *c) {
    if (c->zone_count > CALENDAR_ZONES_MAX || c->hours_count > CALENDARS_MAX || c->session_count > NAMED_SESSIONS_MAX)
        return false;
    for (uint32_t i = 0; i < c->zone_count; i++) {
        const struct zone_plan *p = &c->zones[i];
        if (p->n > ZONE_PLAN_MAX) return false;
        for (uint32_t k = 1; k < p->n; k++) {
            if (p->at[k] <= p->at[k - 1]) return false;
        }
    }
    for (uint32_t i = 0; i < c->hours_count; i++) {
        const struct trading_hours *h = &c->hours[i];
        if (h->zone >= c->zone_count || !minutes_hold(h->open_min, h->close_min) ||
            (unsigned)h->holidays >= HOLIDAYS_COUNT)
            return false;
    }
    for (uint32_t i = 0; i < c->session_count; i++) {
        const struct named_session *n = &c->sessions[i];
        if (n->zone >= c->zone_count || !minutes_hold(n->from_min, n->to_min)) return false;
    }
    return true;
}
