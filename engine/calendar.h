/*
 * calendar: when a market is open, which trading day an instant belongs to, and the
 * named sessions in it. Plain data and pure questions: the hours, the holidays (rules
 * for any year) and the zones' changes come with the configuration. Without hours (no
 * calendar is configured) everything is always open.
 *
 * One definition of the trading day: it is named after the civil date, in the calendar's
 * zone, on which it closes. Where the hours begin in the evening (18:00 to 17:00), the
 * day begins with them; else at midnight. The account's own day (limits, reports) is the
 * same rule with trading.day_zone and trading.day_rollover.
 */
#ifndef MIA_ENGINE_CALENDAR_H
#define MIA_ENGINE_CALENDAR_H

#include "engine/base/snap.h"
#include "engine/base/when.h"

#define CALENDARS_MAX 16
#define CALENDAR_ZONES_MAX 8
#define CALENDAR_NAME_MAX 20
#define NAMED_SESSIONS_MAX 16
#define CALENDAR_NONE UINT16_MAX /* an instrument without hours: always open */
#define DAY_MIN 1440
#define CALENDAR_FAR_DAYS 16 /* so far ahead the next opening is looked for */

/* Which rules close the market. */
enum holidays {
    HOLIDAYS_NONE,
    HOLIDAYS_FX,         /* Christmas and New Year */
    HOLIDAYS_US_STOCKS,  /* NYSE, Nasdaq */
    HOLIDAYS_CME_EQUITY, /* ES, NQ and their like */
    HOLIDAYS_METALS,     /* gold, silver: COMEX's days, the usual hours of CFD venues */
    HOLIDAYS_COUNT
};
enum holiday {
    HOLIDAY_NONE,
    HOLIDAY_NEW_YEAR,
    HOLIDAY_KING,
    HOLIDAY_PRESIDENTS,
    HOLIDAY_GOOD_FRIDAY,
    HOLIDAY_MEMORIAL,
    HOLIDAY_JUNETEENTH,
    HOLIDAY_INDEPENDENCE_EVE,
    HOLIDAY_INDEPENDENCE,
    HOLIDAY_LABOR,
    HOLIDAY_THANKSGIVING,
    HOLIDAY_THANKSGIVING_AFTER,
    HOLIDAY_CHRISTMAS_EVE,
    HOLIDAY_CHRISTMAS,
    HOLIDAY_SPECIAL, /* mourning, attack, storm: no rule foresees them */
    HOLIDAY_COUNT
};
const char *holiday_say(enum holiday h, enum lang lang);
/* What that date is for those rules. *close_min: 0: closed all day; > 0: closes early, minutes after midnight in New York;
 * -1: nothing changes. */
enum holiday holiday_of(enum holidays rules, int32_t day, int32_t *close_min);

struct trading_hours {
    char name[CALENDAR_NAME_MAX];
    uint16_t zone; /* index of calendars.zones */
    int32_t open_min,
        close_min;     /* after midnight; open >= close: of the evening before. 00:00 to 00:00: the whole day */
    uint32_t weekdays; /* bit 0: Sunday; of the date on which the trading day closes */
    enum holidays holidays;
};
struct named_session {
    char name[CALENDAR_NAME_MAX]; /* "Asia" */
    uint16_t zone;
    int32_t from_min, to_min; /* from >= to: from the evening before; 00:00 to 00:00: the whole day */
};

struct calendars {
    uint32_t zone_count, hours_count, session_count;
    struct zone_plan zones[CALENDAR_ZONES_MAX];
    struct trading_hours hours[CALENDARS_MAX];
    struct named_session sessions[NAMED_SESSIONS_MAX];
};
void calendars_snap(struct calendars *c, struct snap *s);
bool calendars_hold(const struct calendars *c); /* are all indices and minutes possible? */

/* One trading day. */
struct day_hours {
    when_t open, close; /* where it is closed all day: both the regular close */
    bool closed;        /* a holiday, or no trading day */
    bool early;         /* closes before the usual hour */
    enum holiday holiday;
};

int32_t calendar_day(const struct calendars *c, uint16_t hours, when_t t);
void calendar_hours(const struct calendars *c, uint16_t hours, int32_t day, struct day_hours *out);
when_t calendar_day_end(const struct calendars *c, uint16_t hours, int32_t day); /* the next trading day begins */
bool calendar_is_open(const struct calendars *c, uint16_t hours,
                      when_t t); /* the opening instant is open, the close not */
/* The first instant from t on at which it is open (t itself while open); WHEN_NONE: not within CALENDAR_FAR_DAYS. */
when_t calendar_next_open(const struct calendars *c, uint16_t hours, when_t t);
/* While open: the instant of this trading day's close; WHEN_NONE: closed, or never closes (every day from its beginning to the
 * next one's, no holidays). Where the next day opens at the same instant (currencies: 17:00 to 17:00) nothing shuts then, but
 * the day ends and the night is paid for: that is its close all the same, and flat_before_close acts before it. Whether the
 * market goes on: calendar_next_open(close) == close. */
when_t calendar_close(const struct calendars *c, uint16_t hours, when_t t);
int64_t calendar_minutes_to_close(const struct calendars *c, uint16_t hours,
                                  when_t t); /* -1: closed; INT64_MAX: never */
/* Does this day's close begin a closure of more than a day: a weekend, a long holiday? *reopens: when it ends. */
bool calendar_close_is_long(const struct calendars *c, uint16_t hours, when_t close, when_t *reopens);

/* Named sessions: on the weekdays of their own zone, holidays or not. */
int session_find(const struct calendars *c, const char *name); /* whatever the case; -1: none */
/* Bit i: t lies in session i. */
uint32_t sessions_at(const struct calendars *c, when_t t);
/* The session that holds t, else the next one: its bounds. */
void session_bounds(const struct calendars *c, uint32_t session, when_t t, when_t *from, when_t *to);

/* The same instants, whatever their names and places in the lists. */
bool calendar_same_hours(const struct calendars *a, uint16_t hours_a, const struct calendars *b, uint16_t hours_b);
bool calendar_same_sessions(const struct calendars *a, const struct calendars *b);

#endif
