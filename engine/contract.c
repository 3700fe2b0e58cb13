/*
 * contract: see contract.h. The expiry rules are those that CME Group publishes for each
 * product; a list in the configuration wins over them. Owns nothing.
 */
#include "engine/contract.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/calendar.h"

#define CYCLE_MONTHS_FAR 40 /* a day before the roll is never farther from its contract's month */

static const char letters[] = "FGHJKMNQUVXZ";

/* days_before: eight before the third Friday is the customary Thursday; for oil and gold five are ours. */
static const struct {
    const char *root, *months;
    enum contract_expiry expiry;
    int32_t days_before;
} roots[] = {
    {"ES", "HMUZ", EXPIRY_THIRD_FRIDAY, 8},  {"MES", "HMUZ", EXPIRY_THIRD_FRIDAY, 8},
    {"NQ", "HMUZ", EXPIRY_THIRD_FRIDAY, 8},  {"MNQ", "HMUZ", EXPIRY_THIRD_FRIDAY, 8},
    {"YM", "HMUZ", EXPIRY_THIRD_FRIDAY, 8},  {"MYM", "HMUZ", EXPIRY_THIRD_FRIDAY, 8},
    {"RTY", "HMUZ", EXPIRY_THIRD_FRIDAY, 8}, {"M2K", "HMUZ", EXPIRY_THIRD_FRIDAY, 8},
    {"CL", "FGHJKMNQUVXZ", EXPIRY_CRUDE, 5}, {"GC", "GJMQVZ", EXPIRY_GOLD, 5},
    {"MGC", "GJMQVZ", EXPIRY_GOLD, 5},
};

bool roll_config_builtin(const char *root, struct roll_config *out) {
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
        if (strcmp(roots[i].root, root) != 0) continue;
        *out = (struct roll_config){.rule = ROLL_DATE,
                                    .action = ROLL_FLAT,
                                    .expiry = roots[i].expiry,
                                    .months = contract_months(roots[i].months),
                                    .days_before = roots[i].days_before,
                                    .volume_days = 2,
                                    .warn_days = 3};
        return true;
    }
    return false;
}

/* ---- names ---- */

uint32_t contract_months(const char *text) {
    uint32_t months = 0;
    for (; *text != '\0'; text++) {
        const char *at = strchr(letters, *text);
        if (at == NULL) return 0;
        months |= 1u << (at - letters);
    }
    return months;
}

static bool digits(const char *s, size_t n, int *out) {
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9') return false;
        *out = *out * 10 + (s[i] - '0');
    }
    return n > 0;
}

static uint16_t month_of(int year, int month) {
    if (year >= 0 && year < 100) year += year < 70 ? 2000 : 1900;
    return year >= 1970 && year < 2100 && month >= 1 && month <= 12 ? (uint16_t)(year * 12 + month - 1) : 0;
}

uint16_t contract_parse(const char *text, size_t n, const char *root) {
    size_t root_n = strlen(root);
    int v;
    if (n == 6 && digits(text, n, &v)) return month_of(v / 100, v % 100);
    if (n > root_n && memcmp(text, root, root_n) == 0 && root_n > 0) text += root_n, n -= root_n;
    const char *at = n == 3 || n == 5 ? memchr(letters, text[0], sizeof letters - 1) : NULL;
    if (at == NULL || !digits(text + 1, n - 1, &v) || (n == 5 && v < 1970)) return 0;
    return month_of(v, (int)(at - letters) + 1);
}

char *contract_say(char out[CONTRACT_TEXT_MAX], const char *root, uint16_t contract) {
    out[0] = '\0';
    if (contract != 0)
        snprintf(out, CONTRACT_TEXT_MAX, "%.15s%c%02d", root, letters[contract % 12], contract / 12 % 100);
    return out;
}

/* ---- days ---- */

static int weekday_of(int32_t day) {
    return (int)((day % 7 + 11) % 7);
}

static int32_t first_of(uint16_t contract) {
    return days_from_civil(contract / 12, contract % 12 + 1, 1);
}

/* No weekend and no holiday: exchanges settle, indices are published. */
static bool is_business(int32_t day) {
    int32_t close;
    int weekday = weekday_of(day);
    if (weekday == 0 || weekday == 6) return false;
    return holiday_of(HOLIDAYS_US_STOCKS, day, &close) == HOLIDAY_NONE || close != 0;
}

/* The n-th business day before `day`; n = 0: itself, where it is one. */
static int32_t business_before(int32_t day, int n) {
    if (n == 0 && is_business(day)) return day;
    for (int left = n > 0 ? n : 1; left > 0;) left -= is_business(--day);
    return day;
}

static int32_t third_friday(uint16_t contract) {
    int32_t first = first_of(contract);
    return first + (5 - weekday_of(first) + 7) % 7 + 14;
}

/* *counts: the day that days_before are counted from. */
static int32_t expiry_of(enum contract_expiry rule, uint16_t contract, int32_t *counts) {
    int32_t day = 0;
    switch (rule) {
    case EXPIRY_THIRD_FRIDAY: /* the last quotation is that morning's; where there is none, the day before it */
        *counts = third_friday(contract);
        return business_before(*counts, 0);
    case EXPIRY_CRUDE: /* three business days before the 25th of the month before; four where that is none */
        day = first_of((uint16_t)(contract - 1)) + 24;
        *counts = business_before(day, is_business(day) ? 3 : 4);
        return *counts;
    case EXPIRY_GOLD: /* delivered from its month on: what counts is the first notice, the last business day before */
        day = first_of((uint16_t)(contract + 1));
        *counts = business_before(first_of(contract), 1);
        return business_before(day, 3);
    case EXPIRY_LISTED:
    case CONTRACT_EXPIRY_COUNT: break;
    }
    *counts = day;
    return day;
}

uint16_t contract_after(const struct roll_config *r, uint16_t contract) {
    for (uint32_t i = 0; i < r->count; i++) {
        if (r->list[i].contract > contract) return r->list[i].contract;
    }
    for (int i = 1; r->count == 0 && r->expiry != EXPIRY_LISTED && i <= 12; i++) {
        if ((r->months >> (contract + i) % 12 & 1) != 0) return (uint16_t)(contract + i);
    }
    return 0;
}

bool contract_days(const struct roll_config *r, uint16_t contract, int32_t *roll, int32_t *expires) {
    int32_t counts = 0;
    bool there = false;
    for (uint32_t i = 0; i < r->count && !there; i++) {
        there = r->list[i].contract == contract;
        *expires = counts = r->list[i].expires;
    }
    if (r->count == 0 && r->expiry != EXPIRY_LISTED && contract != 0) {
        there = true; /* of another month, too: whoever holds one wants to know when it ends */
        *expires = expiry_of(r->expiry, contract, &counts);
    }
    *roll = counts - r->days_before;
    return there;
}

uint16_t contract_on(const struct roll_config *r, int32_t day) {
    int year, month, in_month;
    int32_t roll, expires;
    civil_from_days(day, &year, &month, &in_month);
    uint16_t c = contract_after(r, r->count > 0 ? 0 : (uint16_t)(year * 12 + month - 2));
    for (int i = 0; i < CYCLE_MONTHS_FAR && c != 0; i++, c = contract_after(r, c)) {
        if (contract_days(r, c, &roll, &expires) && roll > day) return c;
    }
    return 0;
}

/* ---- stored form ---- */

void roll_config_snap(struct roll_config *r, struct snap *s) {
    SNAP_ENUM(s, &r->rule, ROLL_RULE_COUNT);
    if (r->rule == ROLL_NONE) return;
    SNAP_ENUM(s, &r->action, ROLL_ACTION_COUNT);
    SNAP_ENUM(s, &r->expiry, CONTRACT_EXPIRY_COUNT);
    snap_u32(s, &r->months);
    snap_i32(s, &r->days_before);
    snap_i32(s, &r->volume_days);
    snap_i32(s, &r->warn_days);
    snap_count(s, &r->count, CONTRACTS_MAX);
    for (uint32_t i = 0; i < r->count; i++) {
        snap_u16(s, &r->list[i].contract);
        snap_i32(s, &r->list[i].expires);
    }
}

bool roll_config_holds(const struct roll_config *r) {
    if (r->rule == ROLL_NONE) return true;
    bool sane = (unsigned)r->rule < ROLL_RULE_COUNT && (unsigned)r->action < ROLL_ACTION_COUNT &&
                (unsigned)r->expiry < CONTRACT_EXPIRY_COUNT && r->count <= CONTRACTS_MAX && r->days_before >= 0 &&
                r->days_before <= ROLL_DAYS_MAX && r->warn_days >= 0 && r->warn_days <= ROLL_DAYS_MAX &&
                r->volume_days >= 1 && r->volume_days <= ROLL_DAYS_MAX && r->months < 1u << 12;
    if (!sane || (r->count == 0 && (r->expiry == EXPIRY_LISTED || r->months == 0))) return false;
    for (uint32_t i = 0; i < r->count; i++) {
        if (r->list[i].contract == 0) return false;
        if (i > 0 && (r->list[i].contract <= r->list[i - 1].contract || r->list[i].expires <= r->list[i - 1].expires))
            return false;
    }
    return true;
}
