/*
 * setup_calendar: which hours an instrument keeps, what the named sessions are, what
 * happens before a weekend. Built-in hours and sessions come first, the configuration's
 * replace those of the same name. A zone becomes plain data here, so that the engine and
 * its journal need no zone database. Owns nothing.
 */
#include "bot/setup_calendar.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/feeds/zone_file.h"

#define KEY(key, ...) (snprintf(key, sizeof key, __VA_ARGS__), key)
#define NEW_YORK "America/New_York"
#define MONDAY_TO_FRIDAY 0x3e
#define EVERY_DAY 0x7f
#define AT(hour, minute) ((hour)*60 + (minute))

static const struct {
    const char *name, *zone;
    int32_t open_min, close_min;
    uint32_t weekdays;
    enum holidays holidays;
} builtin_hours[] = {
    {"cme", NEW_YORK, AT(18, 0), AT(17, 0), MONDAY_TO_FRIDAY, HOLIDAYS_CME_EQUITY},
    {"us-stocks", NEW_YORK, AT(9, 30), AT(16, 0), MONDAY_TO_FRIDAY, HOLIDAYS_US_STOCKS},
    {"metals", NEW_YORK, AT(18, 0), AT(17, 0), MONDAY_TO_FRIDAY, HOLIDAYS_METALS},
    {"fx", NEW_YORK, AT(17, 0), AT(17, 0), MONDAY_TO_FRIDAY, HOLIDAYS_FX},
    {"always", "UTC", 0, 0, EVERY_DAY, HOLIDAYS_NONE},
};
static const struct {
    const char *name, *zone;
    int32_t from_min, to_min;
} builtin_sessions[] = {
    {"Asia", "Asia/Tokyo", AT(9, 0), AT(16, 0)},         {"London", "Europe/London", AT(8, 0), AT(16, 30)},
    {"New York", "Europe/Paris", AT(14, 30), AT(21, 0)}, {"RTH", NEW_YORK, AT(9, 30), AT(16, 0)},
    {"Globex", NEW_YORK, AT(18, 0), AT(17, 0)},
};
#define COUNT_OF(a) (sizeof(a) / sizeof(a)[0])

/* The options' choices, in their order. */
static const enum holidays holiday_choices[] = {HOLIDAYS_NONE, HOLIDAYS_FX, HOLIDAYS_US_STOCKS, HOLIDAYS_CME_EQUITY,
                                                HOLIDAYS_METALS};

struct making {
    const struct conf *c;
    struct engine_config *out;
    struct conf_errors *errs;
};

/* Index of the zone, read where it is new; 0 where it cannot be had, which is told at `key`. */
static uint16_t use_zone(const struct making *m, const char *key, const char *name) {
    struct calendars *cal = &m->out->calendars;
    struct zone *z;
    struct err e = {0};
    for (uint16_t i = 0; i < cal->zone_count; i++) {
        if (strcmp(cal->zones[i].name, name) == 0) return i;
    }
    if (cal->zone_count == CALENDAR_ZONES_MAX) {
        conf_error_at(m->c, m->errs, key, "more than %d time zones in calendars and sessions",
                      "plus de %d fuseaux horaires dans les calendriers et les séances", CALENDAR_ZONES_MAX);
        return 0;
    }
    if (zone_open(name, &z, &e) != 0) {
        conf_error_err(m->c, m->errs, key, &e);
        return 0;
    }
    zone_plan(z, &cal->zones[cal->zone_count]);
    zone_free(z);
    return (uint16_t)cal->zone_count++;
}

/* ---- hours ---- */

static int configured_row(const struct conf *c, const char *list, const char *name) {
    for (size_t i = 0, n = conf_count(c, "%s", list); i < n; i++) {
        if (strcasecmp(conf_str(c, "%s[%zu].name", list, i), name) == 0) return (int)i;
    }
    return -1;
}

static bool hours_configured(const struct making *m, const char *name, struct trading_hours *h) {
    const struct conf *c = m->c;
    char key[CONF_KEY_MAX];
    int i = configured_row(c, "calendars", name);
    if (i < 0) return false;
    str_copy(h->name, sizeof h->name, conf_str(c, "calendars[%d].name", i));
    const char *zone = conf_str(c, "calendars[%d].zone", i);
    h->zone = use_zone(m, KEY(key, "calendars[%d].zone", i), zone);
    h->open_min = (int32_t)conf_int(c, "calendars[%d].open", i);
    h->close_min = (int32_t)conf_int(c, "calendars[%d].close", i);
    h->weekdays = conf_int(c, "calendars[%d].days", i) == 0 ? MONDAY_TO_FRIDAY : EVERY_DAY;
    h->holidays = holiday_choices[conf_int(c, "calendars[%d].holidays", i)];
    if (h->holidays > HOLIDAYS_FX && strcmp(zone, NEW_YORK) != 0)
        conf_error_at(c, m->errs, KEY(key, "calendars[%d].holidays", i),
                      "the exchanges' holidays are in New York's hours: they want the zone " NEW_YORK,
                      "les jours fériés des bourses sont à l’heure de New York\u00a0: il faut le fuseau " NEW_YORK);
    return true;
}

static bool hours_built_in(const struct making *m, const char *key, const char *name, struct trading_hours *h) {
    for (size_t i = 0; i < COUNT_OF(builtin_hours); i++) {
        if (strcasecmp(builtin_hours[i].name, name) != 0) continue;
        str_copy(h->name, sizeof h->name, builtin_hours[i].name);
        h->zone = use_zone(m, key, builtin_hours[i].zone);
        h->open_min = builtin_hours[i].open_min;
        h->close_min = builtin_hours[i].close_min;
        h->weekdays = builtin_hours[i].weekdays;
        h->holidays = builtin_hours[i].holidays;
        return true;
    }
    return false;
}

/* key: where the name was said. */
static uint16_t use_hours(const struct making *m, const char *key, const char *name) {
    struct calendars *cal = &m->out->calendars;
    struct trading_hours h = {.zone = 0};
    for (uint16_t i = 0; i < cal->hours_count; i++) {
        if (strcasecmp(cal->hours[i].name, name) == 0) return i;
    }
    if (cal->hours_count == CALENDARS_MAX) {
        conf_error_at(m->c, m->errs, key, "more than %d calendars", "plus de %d calendriers", CALENDARS_MAX);
        return CALENDAR_NONE;
    }
    if (!hours_configured(m, name, &h) && !hours_built_in(m, key, name, &h)) {
        conf_error_at(m->c, m->errs, key,
                      "there is no calendar %s: there are cme, us-stocks, metals, fx, always and those of calendars",
                      "il n’y a pas de calendrier %s\u00a0: il y a cme, us-stocks, metals, fx, always et ceux de "
                      "calendars",
                      name);
        return CALENDAR_NONE;
    }
    cal->hours[cal->hours_count] = h;
    return (uint16_t)cal->hours_count++;
}

static const char *usual_hours(enum asset_class asset) {
    switch (asset) {
    case ASSET_FUTURE:
    case ASSET_CFD: return "cme";
    case ASSET_STOCK: return "us-stocks";
    case ASSET_METAL: return "metals";
    case ASSET_FX: return "fx";
    case ASSET_CLASS_COUNT: break;
    }
    return "always";
}

static void instrument_hours(const struct making *m, struct instrument *in) {
    char key[CONF_KEY_MAX] = "instruments";
    const char *name = usual_hours(in->asset);
    for (size_t i = 0, n = conf_count(m->c, "instruments"); i < n; i++) {
        if (strcmp(conf_str(m->c, "instruments[%zu].symbol", i), in->symbol) != 0) continue;
        if (conf_given(m->c, "instruments[%zu].calendar", i)) {
            name = conf_str(m->c, "instruments[%zu].calendar", i);
            KEY(key, "instruments[%zu].calendar", i);
        }
        if (conf_given(m->c, "instruments[%zu].weekend", i))
            in->weekend = conf_int(m->c, "instruments[%zu].weekend", i) == 0 ? WEEKEND_HOLD : WEEKEND_FLAT;
    }
    in->hours = use_hours(m, key, name);
}

/* ---- sessions ---- */

static void add_session(const struct making *m, const char *key, const struct named_session *n, const char *zone) {
    struct calendars *cal = &m->out->calendars;
    if (cal->session_count == NAMED_SESSIONS_MAX) {
        conf_error_at(m->c, m->errs, key, "more than %d sessions", "plus de %d séances", NAMED_SESSIONS_MAX);
        return;
    }
    struct named_session *s = &cal->sessions[cal->session_count++];
    *s = *n;
    s->zone = use_zone(m, key, zone);
}

static void all_sessions(const struct making *m) {
    const struct conf *c = m->c;
    char key[CONF_KEY_MAX] = "sessions";
    for (size_t i = 0; i < COUNT_OF(builtin_sessions); i++) {
        struct named_session n = {.from_min = builtin_sessions[i].from_min, .to_min = builtin_sessions[i].to_min};
        if (configured_row(c, "sessions", builtin_sessions[i].name) >= 0) continue;
        str_copy(n.name, sizeof n.name, builtin_sessions[i].name);
        add_session(m, key, &n, builtin_sessions[i].zone);
    }
    for (size_t i = 0, n = conf_count(c, "sessions"); i < n; i++) {
        struct named_session s = {.from_min = (int32_t)conf_int(c, "sessions[%zu].from", i),
                                  .to_min = (int32_t)conf_int(c, "sessions[%zu].to", i)};
        KEY(key, "sessions[%zu].name", i);
        str_copy(s.name, sizeof s.name, conf_str(c, "sessions[%zu].name", i));
        if (configured_row(c, "sessions", s.name) < (int)i) {
            conf_error_at(c, m->errs, key, "%s is described twice", "%s est décrit deux fois", s.name);
            continue;
        }
        add_session(m, key, &s, conf_str(c, "sessions[%zu].zone", i));
    }
}

static void check_calendars(const struct making *m) {
    char key[CONF_KEY_MAX];
    for (size_t i = 0, n = conf_count(m->c, "calendars"); i < n; i++) {
        const char *name = conf_str(m->c, "calendars[%zu].name", i);
        struct trading_hours h;
        if (configured_row(m->c, "calendars", name) < (int)i)
            conf_error_at(m->c, m->errs, KEY(key, "calendars[%zu].name", i), "%s is described twice",
                          "%s est décrit deux fois", name);
        hours_configured(m, name, &h); /* what is wrong with it is told even where nothing uses it */
    }
}

void setup_calendar(const struct conf *c, struct engine_config *out, struct conf_errors *errs) {
    struct making m = {.c = c, .out = out, .errs = errs};
    out->weekend = (struct weekend_config){.warn_min = (int32_t)conf_int(c, "trading.weekend_warning")};
    out->levels = (struct level_config){
        .all = conf_int(c, "levels.follow") == 0,
        .swing_bars = (uint32_t)conf_int(c, "levels.swing_bars"),
        .opening_min = (uint32_t)conf_int(c, "levels.opening_range"),
        .gap_atr_ppm = conf_ppm(c, "levels.gap_min"),
        .near_atr_ppm = conf_ppm(c, "levels.tolerance"),
    };
    check_calendars(&m);
    all_sessions(&m);
    for (uint32_t i = 0; i < out->instrument_count; i++) instrument_hours(&m, &out->instruments[i]);
}
