/*
 * zone_plan: a zone as plain data that can be copied, journalled and compared. Made
 * from a parsed zone; reading it needs nothing else. Owns nothing.
 */
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/when.h"

#define DAY_SEC 86400LL
#define WEEK_SEC (7 * DAY_SEC)
#define PLAN_FROM_SEC 631152000LL /* 1990-01-01 */
#define PLAN_TO_SEC 2840140800LL  /* 2060-01-01 */

static int32_t offset_of(const struct zone *z, int64_t sec) {
    return zone_offset_sec(z, when_from_sec(sec), NULL);
}

/* The first second after `low` with another offset; `high` is known to have one. */
static int64_t change_between(const struct zone *z, int64_t low, int64_t high) {
    int32_t before = offset_of(z, low);
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (offset_of(z, middle) == before)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* No zone has kept an offset for less than a week since 1990. */
void zone_plan(const struct zone *z, struct zone_plan *out) {
    memset(out, 0, sizeof *out);
    str_copy(out->name, sizeof out->name, zone_name(z));
    int32_t now = out->before = offset_of(z, PLAN_FROM_SEC);
    for (int64_t sec = PLAN_FROM_SEC; z != NULL && sec < PLAN_TO_SEC && out->n < ZONE_PLAN_MAX; sec += WEEK_SEC) {
        int32_t next = offset_of(z, sec + WEEK_SEC);
        if (next == now) continue;
        out->at[out->n] = change_between(z, sec, sec + WEEK_SEC);
        out->offset[out->n++] = now = next;
    }
}

int32_t zone_plan_offset(const struct zone_plan *p, int64_t sec) {
    uint32_t low = 0, high = p->n; /* changes at or before sec */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (p->at[middle] <= sec)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? p->before : p->offset[low - 1];
}

int64_t zone_plan_sec(const struct zone_plan *p, int32_t day, int32_t min) {
    int64_t local = day * DAY_SEC + min * 60LL;
    int32_t before = zone_plan_offset(p, local - DAY_SEC), after = zone_plan_offset(p, local + DAY_SEC);
    int64_t first = local - before, second = local - after;
    if (before == after || zone_plan_offset(p, first) == before) return first; /* of a repeated hour the first */
    if (zone_plan_offset(p, second) == after) return second;
    for (uint32_t i = 0; i < p->n; i++) { /* a gap: the clock jumped over it */
        if (p->at[i] > second && p->at[i] <= first) return p->at[i];
    }
    return first;
}

int32_t zone_plan_day(const struct zone_plan *p, int64_t sec, int32_t *min) {
    int64_t local = sec + zone_plan_offset(p, sec), day = local / DAY_SEC - (local % DAY_SEC < 0);
    *min = (int32_t)((local - day * DAY_SEC) / 60);
    return (int32_t)day;
}
