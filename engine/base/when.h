/*
 * when: instants (UTC, nanoseconds since 1970) and civil time. No clock is read
 * here: time comes in from outside. Zones are parsed from TZif bytes
 * (RFC 8536, version 2+: 64-bit block and POSIX footer rule) that the caller read.
 */
#ifndef MIA_BASE_WHEN_H
#define MIA_BASE_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"
#include "engine/base/lang.h"

typedef struct {
    int64_t ns;
} when_t;

#define NS_PER_SEC 1000000000LL
#define NS_PER_MS 1000000LL
#define WHEN_NONE ((when_t){INT64_MIN})
#define WHEN_TEXT_MAX 48
#define ZONE_NAME_MAX 48
#define ZONE_TRANSITIONS_MAX 1024

static inline when_t when_from_sec(int64_t sec) {
    return (when_t){sec * NS_PER_SEC};
}
static inline int64_t when_sec(when_t w) { /* floor */
    return w.ns / NS_PER_SEC - (w.ns % NS_PER_SEC < 0);
}
static inline when_t when_add_ms(when_t w, int64_t ms) {
    return (when_t){w.ns + ms * NS_PER_MS};
}
static inline int64_t when_ms_between(when_t from, when_t to) {
    return (to.ns - from.ns) / NS_PER_MS;
}
static inline bool when_before(when_t a, when_t b) {
    return a.ns < b.ns;
}

struct civil {
    int year, month, day, hour, minute, second;
    int weekday; /* 0 = Sunday */
};

int32_t days_from_civil(int year, int month, int day); /* days since 1970-01-01 */
void civil_from_days(int32_t days, int *year, int *month, int *day);

struct zone; /* immutable; NULL means UTC everywhere below */
struct zone *zone_parse(const char *name, const void *tzif, size_t n, struct err *e); /* caller frees with zone_free */
void zone_free(struct zone *z);
const char *zone_name(const struct zone *z);
int zone_offset_sec(const struct zone *z, when_t w, const char **abbrev /* may be NULL */);
void when_civil(when_t w, const struct zone *z, struct civil *out);
/* The instant of a civil time. In a gap: the instant after it; in a repeated hour: the first one. */
when_t when_from_civil(const struct civil *c, const struct zone *z);
/* A zone as plain data, for those who may hold no pointer and keep it with their own: its changes from 1990 to 2060. Before
 * and after them the first and the last offset hold. No changes and before = 0 is UTC. */
#define ZONE_PLAN_MAX 150
struct zone_plan {
    char name[ZONE_NAME_MAX];
    int32_t before; /* seconds east of UTC until at[0] */
    uint32_t n;
    int64_t at[ZONE_PLAN_MAX]; /* seconds since 1970 */
    int32_t offset[ZONE_PLAN_MAX];
};
void zone_plan(const struct zone *z, struct zone_plan *out);
int32_t zone_plan_offset(const struct zone_plan *p, int64_t sec);
/* Seconds since 1970 at `min` minutes after the midnight that begins a civil day (negative, and beyond a day, too). In a
 * gap: the instant after it; in a repeated hour: the first one. */
int64_t zone_plan_sec(const struct zone_plan *p, int32_t day, int32_t min);
/* Civil day and minutes after its midnight. */
int32_t zone_plan_day(const struct zone_plan *p, int64_t sec, int32_t *min);
/* Number of the trading day that w belongs to: the civil date in z, moved on by one at `rollover_min` minutes after
 * midnight (0: plain calendar day). Days since 1970-01-01. */
int32_t when_trading_day(when_t w, const struct zone *z, int rollover_min);

/* ISO 8601: "2025-01-01T23:00:00Z", with fraction, offset, or a blank for T; without an offset the time is in `z`. */
bool when_parse_iso(const char *s, size_t n, const struct zone *z, when_t *out);
char *when_iso(char out[WHEN_TEXT_MAX],
               when_t w); /* "2025-01-01T23:00:00Z", ".123" only where there are milliseconds */
/* For people. en "Jun 30, 2025 14:32", fr "30 juin 2025 14:32"; day: without the hour; time: "14:32". */
char *when_say(char out[WHEN_TEXT_MAX], enum lang lang, when_t w, const struct zone *z);
char *day_say(char out[WHEN_TEXT_MAX], enum lang lang, int32_t day);
char *time_say(char out[WHEN_TEXT_MAX], when_t w, const struct zone *z);
char *duration_say(char out[WHEN_TEXT_MAX], enum lang lang,
                   int64_t ms); /* "2 h 05 min", "45 s", with no-break spaces */

#endif
