/*
 * live: see live.h. Owns the feed, one timer and what was told of each symbol. Bars that are
 * old when they come are history: the engine sees them and opens nothing on them. While too
 * much waits for the database bars are let go, and fetched from the venue's history after.
 */
#include "bot/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"

#define LOOK_MS 1000
#define FRESH_MS 60000       /* a bar that ended longer ago is history */
#define OFFSET_LEAST_MS 3000 /* the venue's clock counts where it is so far from ours; nearer is the network's */
#define OFFSET_MOVE_MS 1500  /* and is followed in steps of at least this */
#define OFFSET_TELL_MS 30000 /* from here on somebody should set the clock */
#define HEALTH_SYMBOLS_MAX 8

struct symbol {
    enum feed_state told; /* of it alone: LIVE, STALE or FILLING */
    when_t heard;         /* 0 ns: nothing yet */
};

struct live {
    struct live_options o;
    void *feed; /* NULL: not connected */
    struct loop_timer *timer;
    enum feed_state state;  /* of the whole feed: LIVE, LOST, FILLING (before the first data) */
    when_t since;           /* live since */
    int64_t offset_ms;      /* applied */
    int64_t measured_ms;    /* as told last */
    bool measured, dropped; /* dropped: a bar had no room, the venue is asked for it again */
    int64_t last_minute;    /* of the last clock event */
    uint64_t skipped;
    struct symbol symbols[INSTRUMENTS_MAX];
};

static when_t live_now(void *arg) {
    const struct live *l = arg;
    return when_add_ms(clock_wall(), l->offset_ms);
}

static const struct engine_config *config_of(const struct live *l) {
    return l->o.spec->config;
}

/* ---- the engine hears ---- */

static void tell(struct live *l, enum feed_state s, int32_t instrument) {
    struct err e;
    struct event ev = {.kind = EVENT_FEED};
    ev.u.feed.state = s;
    ev.u.feed.instrument = instrument;
    log_debug("feed", "state %d instrument=%d", (int)s, instrument);
    if (desk_event(l->o.desk, &ev, &e) < 0) log_warn("feed", "%s", e.text[LANG_EN]);
}

static void set_symbol(struct live *l, uint32_t i, enum feed_state s) {
    if (l->symbols[i].told == s) return;
    l->symbols[i].told = s;
    tell(l, s, (int32_t)i);
}

static void set_all(struct live *l, enum feed_state s) {
    bool differs = false;
    for (uint32_t i = 0; i < config_of(l)->instrument_count; i++) {
        differs |= l->symbols[i].told != s;
        l->symbols[i].told = s;
    }
    if (differs) tell(l, s, -1);
}

/* ---- what the feed says ---- */

static when_t last_of(void *arg, uint16_t instrument) {
    const struct live *l = arg;
    struct market_view m;
    engine_market(desk_engine(l->o.desk), instrument, &m);
    return m.known ? m.time : WHEN_NONE;
}

static void log_bar(const struct live *l, const struct feed_bar *b) {
    const struct instrument *in = &config_of(l)->instruments[b->instrument];
    char at[WHEN_TEXT_MAX], o[MONEY_TEXT_MAX], h[MONEY_TEXT_MAX], lo[MONEY_TEXT_MAX], c[MONEY_TEXT_MAX];
    char spread[MONEY_TEXT_MAX];
    log_debug("feed", "bar %s %s %s %s %s %s %lld spread=%s", in->symbol, when_iso(at, b->bar.start),
              price_text(o, b->bar.open, in->decimals), price_text(h, b->bar.high, in->decimals),
              price_text(lo, b->bar.low, in->decimals), price_text(c, b->bar.close, in->decimals),
              (long long)b->bar.volume, price_text(spread, b->bar.spread, in->decimals));
}

static void on_bar(void *arg, const struct feed_bar *b) {
    struct live *l = arg;
    struct err e;
    when_t end = when_add_ms(b->bar.start, b->bar.seconds * 1000LL);
    if (engine_has_bar(desk_engine(l->o.desk), b->instrument, &b->bar)) {
        l->skipped++;
        return;
    }
    if (l->dropped || !desk_may_feed(l->o.desk)) {
        l->dropped = true;
        return;
    }
    enum feed_state told = l->symbols[b->instrument].told;
    if (when_ms_between(end, live_now(l)) > FRESH_MS && told == FEED_LIVE) set_symbol(l, b->instrument, FEED_FILLING);
    log_bar(l, b);
    struct event ev = {.kind = EVENT_BAR};
    ev.u.bar.instrument = b->instrument;
    ev.u.bar.bar = b->bar;
    if (desk_event(l->o.desk, &ev, &e) < 0) log_warn("feed", "a bar was refused: %s", e.text[LANG_EN]);
}

static void on_heard(void *arg, uint16_t instrument) {
    struct live *l = arg;
    l->symbols[instrument].heard = live_now(l);
    if (l->symbols[instrument].told == FEED_STALE) set_symbol(l, instrument, FEED_LIVE);
}

static bool any_market_is_open(const struct live *l, when_t now) {
    const struct engine_config *c = config_of(l);
    for (uint32_t i = 0; i < c->instrument_count; i++)
        if (calendar_is_open(&c->calendars, c->instruments[i].hours, now)) return true;
    return false;
}

/* Nobody is woken for data that nobody could send: while all markets are closed the loss is kept for their opening. */
static void tell_loss(struct live *l, when_t now) {
    set_all(l, any_market_is_open(l, now) ? FEED_LOST : FEED_FILLING);
}

static void on_state(void *arg, enum feed_state s, const struct err *why) {
    struct live *l = arg;
    if (why) log_warn("feed", "no data: %s", why->text[LANG_EN]);
    if (s == FEED_LIVE && l->dropped) return; /* the hole is filled first */
    if (s == FEED_LIVE && l->state == FEED_LIVE) {
        for (uint32_t i = 0; i < config_of(l)->instrument_count; i++)
            if (l->symbols[i].told == FEED_FILLING) set_symbol(l, i, FEED_LIVE);
        return;
    }
    if (s == FEED_LIVE) {
        l->since = live_now(l);
        desk_market_clock(l->o.desk, live_now, l);
    }
    l->state = s;
    if (s == FEED_LOST)
        tell_loss(l, live_now(l));
    else
        set_all(l, s);
}

static void on_offset(void *arg, int64_t ms) {
    struct live *l = arg;
    int64_t want = ms > OFFSET_LEAST_MS || ms < -OFFSET_LEAST_MS ? ms : 0, step = want - l->offset_ms;
    l->measured = true;
    l->measured_ms = ms;
    if ((step > OFFSET_MOVE_MS || step < -OFFSET_MOVE_MS)) {
        log_warn("feed", "the venue's clock is %lld ms ahead of ours: market time goes by it", (long long)want);
        l->offset_ms = want;
    }
    if (ms > OFFSET_TELL_MS || ms < -OFFSET_TELL_MS)
        l->o.alarm(
            l->o.arg, false, "feed.clock",
            "This machine's clock and the venue's are more than 30 seconds apart. Market time goes by the venue's; "
            "set the clock.",
            "L’horloge de cette machine et celle de la place diffèrent de plus de 30\u00a0secondes. L’heure de "
            "marché suit la place\u00a0; réglez l’horloge.");
    else
        l->o.over(l->o.arg, "feed.clock", "The clocks agree again.", "Les horloges concordent de nouveau.");
}

static void on_alarm(void *arg, bool urgent, const char *key, const char *en, const char *fr) {
    struct live *l = arg;
    l->o.alarm(l->o.arg, urgent, key, en, fr);
}

static void on_over(void *arg, const char *key, const char *en, const char *fr) {
    struct live *l = arg;
    l->o.over(l->o.arg, key, en, fr);
}

/* ---- time ---- */

/* Silence counts from where there could have been data. */
static bool is_stale(const struct live *l, uint32_t i, when_t now) {
    const struct calendars *c = &config_of(l)->calendars;
    uint16_t hours = config_of(l)->instruments[i].hours;
    when_t from = l->symbols[i].heard;
    if (!calendar_is_open(c, hours, now)) return false;
    if (hours < c->hours_count) {
        struct day_hours d;
        calendar_hours(c, hours, calendar_day(c, hours, now), &d);
        if (when_before(from, d.open)) from = d.open;
    }
    if (when_before(from, l->since)) from = l->since;
    return when_ms_between(from, now) > l->o.stale_ms;
}

static void look_at_symbols(struct live *l, when_t now) {
    if (l->state != FEED_LIVE || l->o.stale_ms == 0) return;
    for (uint32_t i = 0; i < config_of(l)->instrument_count; i++)
        if (l->symbols[i].told == FEED_LIVE && is_stale(l, i, now)) set_symbol(l, i, FEED_STALE);
}

/* Time goes on where no bar comes: what is held too long, the end of a day. Once a minute, where something hangs on it. */
static void let_time_pass(struct live *l, when_t now) {
    const struct engine *e = desk_engine(l->o.desk);
    int64_t minute = when_sec(now) / 60;
    struct err why;
    if (l->since.ns == 0 || minute == l->last_minute) return;
    l->last_minute = minute;
    bool waits = engine_trade_count(e) > 0 || engine_order_count(e) > 0;
    if (!waits && desk_day_of(l->o.desk, now) <= engine_day(e)) return;
    struct event ev = {.kind = EVENT_CLOCK};
    if (desk_event(l->o.desk, &ev, &why) < 0) log_warn("feed", "%s", why.text[LANG_EN]);
}

static void connect_feed(struct live *l, struct err *e) {
    struct feed_host h = {.arg = l,
                          .loop = l->o.loop,
                          .http = l->o.http,
                          .lws = l->o.lws,
                          .now = live_now,
                          .offset = on_offset,
                          .last = last_of,
                          .bar = on_bar,
                          .heard = on_heard,
                          .state = on_state,
                          .alarm = on_alarm,
                          .over = on_over};
    l->feed = l->o.feed->connect(l->o.spec, &h, e);
}

/* Bars were let go while the database was away: connected anew, the feed fills them in. */
static void look_at_hole(struct live *l) {
    struct err e;
    if (!l->dropped || !desk_may_feed(l->o.desk)) return;
    log_info("feed", "the database has room again: what was let go is fetched");
    l->o.feed->close(l->feed);
    l->dropped = false;
    connect_feed(l, &e);
    if (!l->feed) {
        log_error("feed", "%s", e.text[LANG_EN]);
        on_state(l, FEED_LOST, &e);
    }
}

static void look(void *arg) {
    struct live *l = arg;
    when_t now = live_now(l);
    if (!l->feed) return;
    look_at_hole(l);
    if (l->state == FEED_LOST) tell_loss(l, now);
    look_at_symbols(l, now);
    let_time_pass(l, now);
}

/* ---- the whole ---- */

struct live *live_new(const struct live_options *o) {
    struct live *l = xcalloc(1, sizeof *l);
    l->o = *o;
    l->state = FEED_FILLING;
    l->timer = loop_timer_new(o->loop, look, l);
    return l;
}

int live_start(struct live *l, struct err *e) {
    set_all(l, FEED_FILLING); /* until it is live nothing is current */
    connect_feed(l, e);
    if (!l->feed) {
        on_state(l, FEED_LOST, e);
        return -1;
    }
    loop_timer_start(l->timer, LOOK_MS, LOOK_MS);
    return 0;
}

void live_stop(struct live *l) {
    loop_timer_stop(l->timer);
    if (l->feed) l->o.feed->close(l->feed);
    l->feed = NULL;
}

void live_free(struct live *l) {
    if (!l) return;
    live_stop(l);
    if (l->o.desk) desk_market_clock(l->o.desk, NULL, NULL);
    loop_timer_free(l->timer);
    free(l);
}

void live_stats(const struct live *l, struct feed_stats *out) {
    *out = (struct feed_stats){0};
    if (l->feed) l->o.feed->stats(l->feed, out);
}

uint64_t live_skipped(const struct live *l) {
    return l->skipped;
}

/* ---- /health ---- */

static void add_text(char *text, size_t size, const char *en_or_fr, ...) __attribute__((format(printf, 3, 4)));
static void add_text(char *text, size_t size, const char *format, ...) {
    size_t n = strlen(text);
    va_list ap;
    va_start(ap, format);
    if (n < size) vsnprintf(text + n, size - n, format, ap);
    va_end(ap);
}

static void feed_row(const struct live *l, const struct feed_stats *s, struct health_item *i) {
    bool live = l->state == FEED_LIVE;
    *i = (struct health_item){.name = "feed"};
    str_copy(i->state, sizeof i->state, s->stopped ? "down" : live ? "ok" : "warn");
    for (int k = 0; k < LANG_COUNT; k++) {
        enum lang lang = (enum lang)k;
        char *t = i->text[k];
        size_t size = sizeof i->text[k];
        add_text(t, size, "%s %s", l->o.feed->name, l->o.spec->venue.source);
        if (*s->words[k]) add_text(t, size, ", %s", s->words[k]);
        if (live && !*s->words[k]) add_text(t, size, "%s", tr(lang, ", live", ", en direct"));
        add_text(t, size, tr(lang, ", %llu bars", ", %llu bougies"), (unsigned long long)s->bars);
        if (s->connects > 1)
            add_text(t, size, tr(lang, ", reconnects: %u", ", reconnexions\u00a0: %u"), s->connects - 1);
        if (s->late) add_text(t, size, tr(lang, ", late: %llu", ", tardives\u00a0: %llu"), (unsigned long long)s->late);
        if (s->bad_rows)
            add_text(t, size, tr(lang, ", bad: %llu", ", fausses\u00a0: %llu"), (unsigned long long)s->bad_rows);
        if (l->measured && (l->measured_ms > OFFSET_LEAST_MS || l->measured_ms < -OFFSET_LEAST_MS))
            add_text(t, size, tr(lang, ", clock %+lld s", ", horloge %+lld\u00a0s"), (long long)l->measured_ms / 1000);
    }
}

static void symbol_row(const struct live *l, uint32_t at, when_t now, struct health_item *i) {
    const struct symbol *s = &l->symbols[at];
    const struct instrument *in = &config_of(l)->instruments[at];
    bool open = calendar_is_open(&config_of(l)->calendars, in->hours, now);
    *i = (struct health_item){0};
    str_copy(i->name, sizeof i->name, in->symbol);
    str_copy(i->state, sizeof i->state, s->told == FEED_STALE || s->told == FEED_LOST ? "warn" : open ? "ok" : "off");
    for (int k = 0; k < LANG_COUNT; k++) {
        char age[WHEN_TEXT_MAX];
        enum lang lang = (enum lang)k;
        if (s->heard.ns == 0)
            add_text(i->text[k], sizeof i->text[k], "%s", tr(lang, "nothing heard yet", "rien reçu encore"));
        else
            add_text(i->text[k], sizeof i->text[k], tr(lang, "heard %s ago", "reçu il y a %s"),
                     duration_say(age, lang, when_ms_between(s->heard, now)));
        if (!open) add_text(i->text[k], sizeof i->text[k], "%s", tr(lang, ", market closed", ", marché fermé"));
        if (s->told == FEED_STALE) add_text(i->text[k], sizeof i->text[k], "%s", tr(lang, ", late", ", en retard"));
    }
}

uint32_t live_health(const struct live *l, struct health_item *out, uint32_t max) {
    struct feed_stats s;
    when_t now = live_now((void *)(uintptr_t)l);
    uint32_t n = 0;
    bool shown[INSTRUMENTS_MAX] = {false};
    live_stats(l, &s);
    if (max == 0) return 0;
    feed_row(l, &s, &out[n++]);
    while (n < max && n <= HEALTH_SYMBOLS_MAX) { /* the longest silence first */
        int at = -1;
        for (uint32_t i = 0; i < config_of(l)->instrument_count; i++)
            if (!shown[i] && (at < 0 || when_before(l->symbols[i].heard, l->symbols[at].heard))) at = (int)i;
        if (at < 0) break;
        shown[at] = true;
        symbol_row(l, (uint32_t)at, now, &out[n++]);
    }
    return n;
}
