/*
 * alpaca: live bars of US stocks and ETFs from Alpaca. The stream brings minutes, history
 * brings what was before it and what a gap has cost; both meet in one builder a symbol, and
 * the clock closes its bars. Nothing is handed over while anything of before is missing:
 * after each connection the gap is filled first. Owns stream, history and builders.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/feeds/alpaca_history.h"
#include "engine/feeds/alpaca_message.h"
#include "engine/feeds/alpaca_stream.h"
#include "engine/feeds/bars_build.h"
#include "engine/feeds/feeds.h"
#include "engine/net/http.h"
#include "engine/net/loop.h"

#define TICK_MS 1000
#define PAUSED_MS 5000 /* a tick so late: the sockets are looked at before the clock */
#define SETTLE_MS 50
#define SLEPT_MS 90000 /* so late: nothing of what came meanwhile is trusted */
#define AGAIN_MS 10000
#define AWAY_MS 15000   /* no data for so long is told, and no trade is opened any more */
#define FUTURE_MS 30000 /* a minute that ends so far ahead of the clock cannot be */
#define CLOCK_JUMP_MS 2500
#define GAP_BARS_MAX                                                                                                   \
    1000 /* of each symbol, so many of regular hours are filled in, or feed.history where that is more */
#define GAP_ROWS_MAX 10000  /* with the nights in them */
#define SECONDS_A_DAY 23400 /* regular hours: how far back so many bars may lie */
#define DAYS_MORE 5         /* weekends and holidays on the way */
#define SPREAD_PART 20      /* a spread wider than this part of the price is no quote */
#define BAD_LOG_MAX 20      /* told in the log; all are counted */
#define PROBE_APART_MS 3000
#define DAY_NS (86400 * NS_PER_SEC)

enum phase { DOWN, FILLING, LIVE, STOPPED };
enum fill_step { FILL_SEED, FILL_GAP, FILL_MINUTES, FILL_DONE };

struct symbol {
    struct bar_build build;
    price_t spread; /* of the last quote; 0: none yet */
};

struct alpaca {
    struct feed_spec spec;
    struct feed_host host;
    struct alpaca_stream *stream;
    struct alpaca_history *history;
    struct loop_timer *tick;
    enum phase phase;
    enum fill_step step;
    bool lost_told, overflow;
    int64_t alive_ms; /* when data came last, or a page on the way to them */
    int64_t again_ms; /* when the open minutes are asked for once more; 0: they were */
    int64_t tick_ms;  /* of the last tick; 0: none yet */
    when_t tick_at;
    when_t open_from; /* start of the period that is built from minutes */
    struct err why;   /* why there is no data */
    struct feed_stats stats;
    int64_t offset_ms; /* of the venue's clock, as it was told last */
    struct symbol symbols[];
};

static uint32_t count_of(const struct alpaca *a) {
    return a->spec.config->instrument_count;
}

/* ---- what is counted ---- */

static void bad(void *arg, const struct err *why) {
    struct alpaca *a = arg;
    if (a->stats.bad_rows++ == 0)
        for (int l = 0; l < LANG_COUNT; l++)
            str_copy(a->stats.first_bad[l], sizeof a->stats.first_bad[l], why->text[l]);
    if (a->stats.bad_rows <= BAD_LOG_MAX) log_warn("feed", "left out: %s", why->text[LANG_EN]);
}

static void bad_bar(struct alpaca *a, const char *symbol, const struct bar *b, const char *en, const char *fr) {
    struct err why;
    char at[WHEN_TEXT_MAX], c[MONEY_TEXT_MAX];
    when_iso(at, b->start);
    err_set(&why, ERR_SYNTAX, "%s %s, close %s: ", "%s %s, clôture %s\u00a0: ", symbol, at, price_text(c, b->close, 2));
    for (int l = 0; l < LANG_COUNT; l++) {
        size_t n = strlen(why.text[l]);
        str_copy(why.text[l] + n, sizeof why.text[l] - n, l == LANG_EN ? en : fr);
    }
    bad(a, &why);
}

static void see_result(struct alpaca *a, const char *symbol, const struct bar *b, enum build_result r) {
    switch (r) {
    case BUILD_TAKEN: return;
    case BUILD_SAME: a->stats.duplicates++; return;
    case BUILD_LATE: a->stats.late++; return;
    case BUILD_AHEAD: a->overflow = true; return;
    case BUILD_BAD: bad_bar(a, symbol, b, "cannot be", "impossible"); return;
    case BUILD_SPIKE_SEEN: bad_bar(a, symbol, b, "too far from the last price", "trop loin du dernier prix"); return;
    }
}

static void add_minute(struct alpaca *a, uint16_t in, struct bar *b, enum minute_from from) {
    const struct instrument *i = &a->spec.config->instruments[in];
    when_t end = when_add_ms(b->start, 60000);
    alpaca_bar_to_grid(b, i->tick);
    if (when_ms_between(a->host.now(a->host.arg), end) > FUTURE_MS) {
        bad_bar(a, i->symbol, b, "lies in the future", "dans le futur");
        return;
    }
    enum build_result r = build_add(&a->symbols[in].build, b, from);
    see_result(a, i->symbol, b, r);
    if (r == BUILD_TAKEN || r == BUILD_SAME) a->host.heard(a->host.arg, in);
}

/* ---- filling ---- */

static void next_step(struct alpaca *a);
static void begin_fill(struct alpaca *a);

static void hand_over(struct alpaca *a, const struct feed_bar *b) {
    const struct instrument *in = &a->spec.config->instruments[b->instrument];
    if (!a->spec.venue.extended && !build_in_hours(&a->spec.config->calendars, in->hours, &b->bar)) return;
    a->stats.bars++;
    a->host.bar(a->host.arg, b);
}

static void filled(void *arg, const struct feed_bar *bars, size_t n, const struct err *failed) {
    struct alpaca *a = arg;
    if (failed) {
        /* A person has to do something: the stream is left, too, for without history nothing can be trusted. */
        a->host.alarm(a->host.arg, true, "alpaca.history", failed->text[LANG_EN], failed->text[LANG_FR]);
        alpaca_stream_stop(a->stream, failed);
        return;
    }
    if (a->overflow && a->step != FILL_MINUTES) { /* asked for by a clock that was wrong */
        begin_fill(a);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct symbol *s = &a->symbols[bars[i].instrument];
        if (a->step == FILL_MINUTES) {
            struct bar minute = bars[i].bar;
            add_minute(a, bars[i].instrument, &minute, MINUTE_HISTORY);
        } else {
            s->build.last = bars[i].bar.close;
            hand_over(a, &bars[i]);
        }
    }
    a->step++;
    next_step(a);
}

/* The feed for tests sends one made symbol, of which there is no history. */
static bool is_test(const struct feed_spec *spec) {
    return strcmp(spec->venue.source, "test") == 0;
}

static void ask(struct alpaca *a, const uint16_t *which, uint32_t n, int32_t seconds, when_t from, when_t to,
                uint32_t keep) {
    if (n == 0 || from.ns > to.ns || is_test(&a->spec)) {
        filled(a, NULL, 0, NULL);
        return;
    }
    struct alpaca_ask q = {.instruments = which, .count = n, .seconds = seconds, .from = from, .to = to, .keep = keep};
    alpaca_history_ask(a->history, &q, filled, a);
}

/* So far back that many bars of regular hours lie between, whatever the calendar. */
static when_t far_back(const struct alpaca *a, int64_t bars) {
    int64_t days = bars * a->spec.venue.seconds / SECONDS_A_DAY + 1;
    when_t t = {a->open_from.ns - (days * 7 / 5 + DAYS_MORE) * DAY_NS};
    return build_start_of(a->spec.venue.seconds, t);
}

/* Symbols whose gap is to be filled, and the oldest of their last closes; or those that have no bars, or only such as are
 * further back than a start would look: they begin anew. */
static uint32_t choose(const struct alpaca *a, bool known, uint16_t *which, when_t *oldest) {
    uint32_t n = 0;
    when_t horizon = far_back(a, GAP_BARS_MAX > a->spec.venue.history ? GAP_BARS_MAX : a->spec.venue.history);
    *oldest = a->open_from;
    for (uint32_t i = 0; i < count_of(a); i++) {
        when_t last = a->host.last(a->host.arg, (uint16_t)i);
        bool has = last.ns != WHEN_NONE.ns && !when_before(last, horizon);
        if (has != known) continue;
        which[n++] = (uint16_t)i;
        if (has && when_before(last, *oldest)) *oldest = last;
    }
    return n;
}

static void come_alive(struct alpaca *a) {
    a->phase = LIVE;
    a->lost_told = false;
    a->alive_ms = clock_mono_ms();
    a->again_ms = a->alive_ms + AGAIN_MS;
    log_info("feed", "alpaca: live bars=%llu", (unsigned long long)a->stats.bars);
    a->host.state(a->host.arg, FEED_LIVE, NULL);
}

static void ask_minutes(struct alpaca *a, alpaca_history_fn fn) {
    uint16_t which[INSTRUMENTS_MAX];
    /* Whole minutes only: the one that runs comes by the stream. */
    when_t last = {build_start_of(60, a->host.now(a->host.arg)).ns - 60 * NS_PER_SEC};
    for (uint32_t i = 0; i < count_of(a); i++) which[i] = (uint16_t)i;
    if (count_of(a) == 0 || last.ns < a->open_from.ns || is_test(&a->spec)) {
        fn(a, NULL, 0, NULL);
        return;
    }
    struct alpaca_ask q = {.instruments = which,
                           .count = count_of(a),
                           .seconds = 60,
                           .from = a->open_from,
                           .to = last,
                           .keep = BUILD_MINUTES};
    alpaca_history_ask(a->history, &q, fn, a);
}

/* A minute that ended while we came may have been sent just before, and not be in history yet: it is looked for again. */
static void seen_again(void *arg, const struct feed_bar *bars, size_t n, const struct err *failed) {
    struct alpaca *a = arg;
    for (size_t i = 0; i < n && !failed; i++) {
        struct bar minute = bars[i].bar;
        if (!when_before(minute.start, build_opens(&a->symbols[bars[i].instrument].build)))
            add_minute(a, bars[i].instrument, &minute, MINUTE_HISTORY);
    }
}

static void begin_fill(struct alpaca *a) {
    when_t now = a->host.now(a->host.arg);
    a->phase = FILLING;
    a->step = FILL_SEED;
    a->overflow = false;
    a->alive_ms = clock_mono_ms();
    a->open_from = build_start_of(a->spec.venue.seconds, when_add_ms(now, -a->spec.venue.grace_ms));
    for (uint32_t i = 0; i < count_of(a); i++) build_move(&a->symbols[i].build, a->open_from);
    next_step(a);
}

static void next_step(struct alpaca *a) {
    uint16_t which[INSTRUMENTS_MAX];
    when_t last, whole = {a->open_from.ns - a->spec.venue.seconds * NS_PER_SEC};
    uint32_t n;
    switch (a->step) {
    case FILL_SEED:
        n = a->spec.venue.history > 0 ? choose(a, false, which, &last) : 0;
        ask(a, which, n, a->spec.venue.seconds, far_back(a, a->spec.venue.history), whole, a->spec.venue.history);
        return;
    case FILL_GAP: {
        n = choose(a, true, which, &last);
        ask(a, which, n, a->spec.venue.seconds, last, whole, GAP_ROWS_MAX);
        return;
    }
    case FILL_MINUTES: ask_minutes(a, filled); return;
    case FILL_DONE:
        if (a->overflow)
            begin_fill(a);
        else
            come_alive(a);
        return;
    }
}

/* ---- the stream ---- */

static void on_up(void *arg) {
    struct alpaca *a = arg;
    a->stats.connects++;
    a->alive_ms = clock_mono_ms();
    begin_fill(a);
}

static bool quote_is_sane(const struct alpaca_item *q) {
    return q->bid.v > 0 && q->ask.v >= q->bid.v && q->ask.v - q->bid.v <= q->bid.v / SPREAD_PART;
}

static void on_data(void *arg, const struct alpaca_item *item) {
    struct alpaca *a = arg;
    int in = engine_config_instrument(a->spec.config, item->symbol);
    a->stats.messages++;
    if (in < 0) return; /* not ours */
    struct bar b = item->bar;
    switch (item->kind) {
    case ALPACA_BAR: add_minute(a, (uint16_t)in, &b, MINUTE_STREAM); return;
    case ALPACA_UPDATED: add_minute(a, (uint16_t)in, &b, MINUTE_CORRECTED); return;
    case ALPACA_QUOTE:
        if (quote_is_sane(item)) a->symbols[in].spread.v = item->ask.v - item->bid.v;
        /* A crossed or one-sided quote of one exchange is no error: it says nothing. */
        a->host.heard(a->host.arg, (uint16_t)in);
        return;
    case ALPACA_OTHER:
    case ALPACA_SUCCESS:
    case ALPACA_ERROR:
    case ALPACA_SUBSCRIPTION: return;
    }
}

static void on_down(void *arg, const struct err *why) {
    struct alpaca *a = arg;
    alpaca_history_cancel(a->history);
    if (a->phase == LIVE) a->alive_ms = clock_mono_ms();
    a->phase = DOWN;
    a->why = *why;
}

static void tell_lost(struct alpaca *a) {
    if (a->lost_told) return;
    a->lost_told = true;
    a->host.state(a->host.arg, FEED_LOST, &a->why);
}

static void on_stopped(void *arg, const struct err *why) {
    struct alpaca *a = arg;
    alpaca_history_cancel(a->history);
    a->phase = STOPPED;
    a->stats.stopped = true;
    a->why = *why;
    tell_lost(a);
}

static void on_alarm(void *arg, bool urgent, const char *key, const struct err *said) {
    struct alpaca *a = arg;
    a->host.alarm(a->host.arg, urgent, key, said->text[LANG_EN], said->text[LANG_FR]);
}

static void on_over(void *arg, const char *key) {
    struct alpaca *a = arg;
    a->host.over(a->host.arg, key, "Market data from Alpaca come again.", "Les données d’Alpaca arrivent de nouveau.");
}

static void on_progress(void *arg) {
    struct alpaca *a = arg;
    a->alive_ms = clock_mono_ms();
}

static void on_offset(void *arg, int64_t ms) {
    struct alpaca *a = arg;
    int64_t moved = ms - a->offset_ms;
    a->offset_ms = ms;
    a->host.offset(a->host.arg, ms);
    /* What is open and what is closed was told apart by another clock: once more. */
    if (moved > CLOCK_JUMP_MS || moved < -CLOCK_JUMP_MS) a->overflow = true;
}

/* ---- the clock ---- */

static void close_due(struct alpaca *a) {
    when_t now = a->host.now(a->host.arg);
    uint64_t before = a->stats.bars;
    for (uint32_t i = 0; i < count_of(a); i++) {
        struct symbol *s = &a->symbols[i];
        struct feed_bar b = {.instrument = (uint16_t)i};
        while (build_close(&s->build, now, a->spec.venue.grace_ms, &b.bar)) {
            b.bar.spread = s->spread;
            hand_over(a, &b);
        }
    }
    if (a->stats.bars != before) a->host.state(a->host.arg, FEED_LIVE, NULL); /* nothing else is missing */
}

/* A machine that slept, or whose clock was set: what came meanwhile is not known, and the clock closes nothing. */
static bool time_went_on(struct alpaca *a) {
    int64_t mono = clock_mono_ms();
    when_t now = a->host.now(a->host.arg);
    int64_t step = mono - a->tick_ms, apart = when_ms_between(a->tick_at, now) - step;
    bool first = a->tick_ms == 0;
    a->tick_ms = mono;
    a->tick_at = now;
    if (!first && step > PAUSED_MS) a->alive_ms += step; /* asleep, nobody can miss data */
    if (first || a->phase != LIVE) return true;
    if (step > SLEPT_MS || apart > CLOCK_JUMP_MS || apart < -CLOCK_JUMP_MS) {
        log_info("feed", "time has jumped: step_ms=%lld apart_ms=%lld, what is missing is asked for", (long long)step,
                 (long long)apart);
        begin_fill(a);
        return false;
    }
    if (step <= PAUSED_MS) return true;
    loop_timer_start(a->tick, SETTLE_MS, TICK_MS); /* what lies in the socket is read first */
    return false;
}

/* A connection that died in silence must not leave the last minutes out: something was heard since the end of what is due,
 * or it is asked for first. A dead one is left, and history fills the hole. */
static bool may_close(struct alpaca *a) {
    when_t now = a->host.now(a->host.arg), end = {0};
    for (uint32_t i = 0; i < count_of(a); i++) {
        when_t mine = build_ends(&a->symbols[i].build);
        bool due = !when_before(now, when_add_ms(mine, a->spec.venue.grace_ms));
        if (due && when_before(end, mine)) end = mine;
    }
    if (end.ns == 0) return true; /* nothing is due */
    if (alpaca_stream_heard_since(a->stream, clock_mono_ms() - when_ms_between(end, now))) return true;
    loop_timer_start(a->tick, SETTLE_MS, TICK_MS);
    return false;
}

static void on_tick(void *arg) {
    struct alpaca *a = arg;
    if (time_went_on(a))
        alpaca_stream_look(a->stream);
    else
        alpaca_stream_woke(a->stream);
    if (a->phase == LIVE && may_close(a)) close_due(a);
    if (a->phase == LIVE && a->again_ms != 0 && clock_mono_ms() >= a->again_ms) {
        a->again_ms = 0;
        ask_minutes(a, seen_again);
    }
    if (a->phase == LIVE && a->overflow) begin_fill(a); /* the clock and the stream do not agree: look again */
    if ((a->phase == DOWN || a->phase == FILLING) && clock_mono_ms() - a->alive_ms >= AWAY_MS) tell_lost(a);
}

/* ---- the feed ---- */

static int check_spec(const struct feed_spec *spec, struct err *e) {
    if (!*spec->venue.key || !*spec->venue.secret)
        return err_set(e, ERR_AUTH, "Alpaca: ALPACA_API_KEY and ALPACA_SECRET_KEY are not set",
                       "Alpaca\u00a0: ALPACA_API_KEY et ALPACA_SECRET_KEY ne sont pas définis");
    if (!build_seconds_fit(spec->venue.seconds))
        return err_set(e, ERR_USAGE, "Alpaca: feed.timeframe must divide an hour (M1 M5 M15 M30 H1)",
                       "Alpaca\u00a0: feed.timeframe doit diviser une heure (M1 M5 M15 M30 H1)");
    return 0;
}

static void *connect_alpaca(const struct feed_spec *spec, const struct feed_host *host, struct err *e) {
    if (check_spec(spec, e) < 0) return NULL;
    uint32_t n = spec->config->instrument_count;
    struct alpaca *a = xcalloc(1, sizeof *a + n * sizeof a->symbols[0]);
    a->spec = *spec;
    a->host = *host;
    for (uint32_t i = 0; i < n; i++) build_init(&a->symbols[i].build, spec->venue.seconds, host->now(host->arg));
    struct alpaca_stream_host sh = {.arg = a,
                                    .loop = host->loop,
                                    .lws = host->lws,
                                    .up = on_up,
                                    .data = on_data,
                                    .bad = bad,
                                    .down = on_down,
                                    .stopped = on_stopped,
                                    .alarm = on_alarm,
                                    .over = on_over};
    struct alpaca_history_host hh = {
        .arg = a, .loop = host->loop, .http = host->http, .offset = on_offset, .bad = bad, .progress = on_progress};
    a->stream = alpaca_stream_new(spec, &sh);
    a->history = alpaca_history_new(spec, &hh);
    a->tick = loop_timer_new(host->loop, on_tick, a);
    a->alive_ms = clock_mono_ms();
    err_set(&a->why, ERR_NET, "not connected yet", "pas encore connecté");
    loop_timer_start(a->tick, 0, TICK_MS);
    return a;
}

static void stats_alpaca(void *state, struct feed_stats *out) {
    static const char *const words[][LANG_COUNT] = {[DOWN] = {"reconnecting", "reconnexion"},
                                                    [FILLING] = {"reading history", "lecture de l’historique"},
                                                    [LIVE] = {"", ""},
                                                    [STOPPED] = {"stopped", "arrêté"}};
    const struct alpaca *a = state;
    *out = a->stats;
    for (int l = 0; l < LANG_COUNT; l++) {
        if (a->phase == LIVE || a->phase == FILLING)
            str_copy(out->words[l], sizeof out->words[l], words[a->phase][l]);
        else
            snprintf(out->words[l], sizeof out->words[l], "%s (%.60s)", words[a->phase][l], a->why.text[l]);
    }
}

static void close_alpaca(void *state) {
    struct alpaca *a = state;
    alpaca_history_free(a->history);
    alpaca_stream_free(a->stream);
    loop_timer_free(a->tick);
    free(a);
}

/* ---- mia check ---- */

struct probe {
    struct alpaca_history *history;
    struct feed_spec spec;
    struct feed_host host;
    feed_probe_fn done;
    void *arg;
    uint16_t which[1];
    int64_t offset_ms;
};

static void probe_end(void *arg) {
    struct probe *p = arg;
    alpaca_history_free(p->history);
    free(p);
}

static void probe_answered(void *arg, const struct feed_bar *bars, size_t n, const struct err *failed) {
    struct probe *p = arg;
    struct err said;
    const char *symbol = p->spec.config->instruments[0].symbol;
    char at[WHEN_TEXT_MAX], en[WHEN_TEXT_MAX], fr[WHEN_TEXT_MAX];
    if (failed) {
        said = *failed;
    } else if (n == 0) {
        err_set(&said, ERR_NOT_FOUND,
                "the keys are good, but there is no bar of %s in the last week: is it a US stock?",
                "les clés sont bonnes, mais aucune bougie de %s depuis une semaine\u00a0: est-ce une action "
                "américaine\u00a0?",
                symbol);
    } else {
        when_iso(at, bars[n - 1].bar.start);
        int64_t apart = p->offset_ms < 0 ? -p->offset_ms : p->offset_ms;
        if (apart > PROBE_APART_MS)
            err_set(&said, ERR_NOT_FOUND,
                    "alpaca %s, last bar of %s %s, but its clock and this machine's are %s apart: set it%.0s",
                    "alpaca %s, dernière bougie de %s %s, mais son horloge et celle de cette machine diffèrent de "
                    "%.0s%s\u00a0: réglez-la",
                    p->spec.venue.source, symbol, at, duration_say(en, LANG_EN, apart),
                    duration_say(fr, LANG_FR, apart));
        else
            err_set(&said, ERR_NONE, "alpaca %s, last bar of %s %s", "alpaca %s, dernière bougie de %s %s",
                    p->spec.venue.source, symbol, at);
    }
    p->done(p->arg, &said);
    loop_soon(p->host.loop, probe_end, p);
}

static void probe_bad(void *arg, const struct err *why) {
    (void)arg;
    (void)why;
}
static void probe_progress(void *arg) {
    (void)arg;
}

static void probe_offset(void *arg, int64_t ms) {
    struct probe *p = arg;
    p->offset_ms = ms;
}

static void probe_without_asking(void *arg) {
    struct probe *p = arg;
    struct err e;
    if (check_spec(&p->spec, &e) == 0)
        err_set(&e, ERR_NONE, "alpaca test: it has no history to ask for; the keys are looked at when it connects",
                "alpaca test\u00a0: aucun historique à demander\u00a0; les clés sont vérifiées à la connexion");
    p->done(p->arg, &e);
    loop_soon(p->host.loop, probe_end, p);
}

static void probe_alpaca(const struct feed_spec *spec, const struct feed_host *host, feed_probe_fn done, void *arg) {
    struct probe *p = xcalloc(1, sizeof *p);
    struct err e;
    *p = (struct probe){.spec = *spec, .host = *host, .done = done, .arg = arg};
    struct alpaca_history_host hh = {.arg = p,
                                     .loop = host->loop,
                                     .http = host->http,
                                     .bad = probe_bad,
                                     .progress = probe_progress,
                                     .offset = probe_offset};
    p->history = alpaca_history_new(spec, &hh);
    if (check_spec(spec, &e) < 0 || is_test(spec)) {
        loop_soon(host->loop, probe_without_asking, p);
        return;
    }
    when_t now = clock_wall();
    struct alpaca_ask q = {.instruments = p->which,
                           .count = 1,
                           .seconds = spec->venue.seconds,
                           .from = build_start_of(spec->venue.seconds, (when_t){now.ns - 7 * DAY_NS}),
                           .to = build_start_of(spec->venue.seconds, now),
                           .keep = 1,
                           .tries = 2};
    alpaca_history_ask(p->history, &q, probe_answered, p);
}

const struct feed feed_alpaca = {
    .name = "alpaca",
    .summary = {"live bars of US stocks and ETFs from Alpaca",
                "bougies en direct des actions et ETF américains par Alpaca"},
    .caps = FEED_PUSH,
    .connect = connect_alpaca,
    .probe = probe_alpaca,
    .stats = stats_alpaca,
    .close = close_alpaca,
};
