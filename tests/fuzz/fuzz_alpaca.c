/*
 * fuzz_alpaca: a day with Alpaca's market data as a script: each byte is something the venue
 * does (greets, lets in, refuses with any code, sends bars, corrections, quotes, any bytes, or
 * nothing; answers history with pages, faults, any bytes), or time. The oracle sees what comes
 * out of the feed:
 *   bars that can be, on the grid, of whole periods that are over, each symbol's in order and
 *   never twice; live only when nothing is missing; one connection at a time and none once it
 *   has stopped; keys go where they belong only; and with a venue that behaves it comes back.
 */
#include "tests/fuzz/virtual_http.h"
#include "tests/fuzz/virtual_ws.h"

#include "engine/feed.h"
#include "engine/feeds/alpaca_message.h"
#include "engine/feeds/alpaca_stream.h"
#include "engine/net/json.h"

#define SCRIPT_MAX 200
#define SYMBOLS 2
#define GRACE_MS 5000
#define KEY "PKFUZZFUZZFUZZ"
#define SECRET "secret-of-the-fuzzer"

struct model {
    struct loop *loop;
    struct http *http;
    struct lws_hub *ws;
    void *feed;
    struct engine_config config;
    struct feed_spec spec;
    when_t last[SYMBOLS]; /* close of the last bar; WHEN_NONE */
    bool live, stopped;
    uint32_t bars, connects_at_stop;
    uint32_t page_rows;
};

static const int32_t lengths[] = {60, 300, 900, 3600};

/* ---- what the feed says ---- */

static when_t on_now(void *arg) {
    (void)arg;
    return clock_wall();
}

static void on_offset(void *arg, int64_t ms) {
    (void)arg;
    (void)ms;
}

static when_t on_last(void *arg, uint16_t instrument) {
    const struct model *m = arg;
    assert(instrument < SYMBOLS);
    return m->last[instrument];
}

static void on_bar(void *arg, const struct feed_bar *f) {
    struct model *m = arg;
    const struct bar *b = &f->bar;
    assert(f->instrument < SYMBOLS && b->seconds == m->spec.venue.seconds &&
           b->start.ns % (b->seconds * NS_PER_SEC) == 0);
    int64_t tick = m->config.instruments[f->instrument].tick.v;
    assert(b->open.v % tick == 0 && b->high.v % tick == 0 && b->low.v % tick == 0 && b->close.v % tick == 0);
    assert(b->low.v > 0 && b->low.v <= b->open.v && b->low.v <= b->close.v && b->high.v >= b->open.v &&
           b->high.v >= b->close.v && b->volume >= 0 && b->spread.v >= 0);
    when_t end = when_add_ms(b->start, b->seconds * 1000LL);
    assert(when_ms_between(end, clock_wall()) >= GRACE_MS); /* over, and the grace has passed */
    if (m->last[f->instrument].ns != WHEN_NONE.ns && !when_before(m->last[f->instrument], end)) {
        assert(!m->live); /* what the engine has already may come again with a gap, and only then */
        return;
    }
    m->last[f->instrument] = end;
    m->bars++;
}

static void on_heard(void *arg, uint16_t instrument) {
    (void)arg;
    assert(instrument < SYMBOLS);
}

static void on_state(void *arg, enum feed_state s, const struct err *why) {
    struct model *m = arg;
    assert(s == FEED_LIVE || s == FEED_LOST);
    assert((s == FEED_LOST) == (why != NULL) && !m->stopped);
    if (why) said(why);
    m->live = s == FEED_LIVE;
}

static void on_alarm(void *arg, bool urgent, const char *key, const char *en, const char *fr) {
    (void)arg;
    (void)urgent;
    is_text(key);
    is_text(en);
    is_text(fr);
    assert(!strstr(en, SECRET) && !strstr(fr, SECRET) && !strstr(en, KEY));
}

static void on_over(void *arg, const char *key, const char *en, const char *fr) {
    on_alarm(arg, false, key, en, fr);
}

/* ---- what it sends ---- */

static void sent(void *arg, const char *text, size_t n) {
    struct json *frame = json_parse(text, n, NULL);
    const char *action = json_str(frame, "action");
    (void)arg;
    assert(action && (!strcmp(action, "auth") || !strcmp(action, "subscribe")));
    if (!strcmp(action, "auth"))
        assert(!strcmp(json_str(frame, "key"), KEY) && !strcmp(json_str(frame, "secret"), SECRET));
    else
        assert(json_count(json_at(frame, "bars")) == SYMBOLS && !strstr(text, SECRET));
    json_free(frame);
}

static void asked(void *arg, const struct http_call *c) {
    (void)arg;
    assert(!strcmp(c->method, "GET") && strlen(c->url) < 4096 && !strstr(c->url, SECRET) && !strstr(c->url, KEY));
    assert(!strncmp(c->url, "http://127.0.0.1:9/v2/stocks/bars?symbols=AAPL%2CSPY&", 53) ||
           !strncmp(c->url, "http://127.0.0.1:9/v2/stocks/bars?symbols=", 42));
    assert(c->http->n <= 1); /* one question at a time */
}

/* ---- time ---- */

static void check(void *arg) {
    struct model *m = arg;
    struct feed_stats st;
    feed_find("alpaca")->stats(m->feed, &st);
    for (int l = 0; l < LANG_COUNT; l++) is_text(st.words[l]);
    if (st.stopped && !m->stopped) {
        m->stopped = true;
        m->connects_at_stop = m->ws->connects;
    }
    if (m->stopped) assert(m->ws->connects == m->connects_at_stop && !m->live);
}

static void pass(struct model *m, int64_t ms) {
    virtual_turn(m->loop);
    check(m);
    virtual_sleep(m->loop, ms, check, m);
    virtual_turn(m->loop);
    check(m);
}

/* ---- what the venue does ---- */

static void frame(struct model *m, const char *text) {
    if (m->ws->live) virtual_message(m->ws->live, text, strlen(text));
    virtual_turn(m->loop);
    check(m);
}

static void write_bar(struct jw *w, when_t start, uint32_t seed) {
    char at[WHEN_TEXT_MAX];
    double p = 100 + (double)(seed % 997) / 100, wide = (double)(seed / 7 % 90) / 100;
    jw_kstr(w, "t", when_iso(at, start));
    jw_key(w, "o");
    jw_f64(w, p);
    jw_key(w, "h");
    jw_f64(w, p + wide + 0.001 * (double)(seed % 5));
    jw_key(w, "l");
    jw_f64(w, p - wide);
    jw_key(w, "c");
    jw_f64(w, seed % 41 == 0 ? p * 50 : p);
    jw_ki64(w, "v", seed % 1000);
}

static when_t minute_ago(uint32_t minutes) {
    int64_t s = when_sec(clock_wall());
    return when_from_sec(s - s % 60 - 60 * (int64_t)minutes);
}

static void data(struct model *m, uint8_t how, uint32_t seed) {
    static const char *const symbols[] = {"AAPL", "SPY", "NONE", ""};
    static const char *const kinds[] = {"b", "u", "b", "q"};
    struct buf b;
    struct jw w;
    buf_init(&b, 4096);
    jw_init(&w, &b);
    jw_arr(&w);
    for (int i = 0; i <= how % 3; i++) {
        jw_obj(&w);
        jw_kstr(&w, "T", kinds[how / 4 % 4]);
        jw_kstr(&w, "S", symbols[(how / 16 + i) % 4]);
        write_bar(&w,
                  minute_ago((seed / 3) % 8 == 7 ? seed % 300
                             : how & 128         ? (seed / 3) % 3
                                                 : 1),
                  seed + (uint32_t)i);
        jw_key(&w, "bp");
        jw_f64(&w, 99.5);
        jw_key(&w, "ap");
        jw_f64(&w, 99 + (double)(seed % 100) / 100);
        jw_end_obj(&w);
    }
    jw_end_arr(&w);
    frame(m, b.p);
    buf_clear(&b);
}

/* A page as it should be, of the frame that was asked for; now and then with rows that should not be. */
static void page(struct model *m, struct http_call *c, uint8_t how, uint32_t seed) {
    struct buf b;
    struct jw w;
    int32_t seconds = strstr(c->url, "timeframe=1Min&") ? 60 : m->spec.venue.seconds;
    when_t from = minute_ago(0);
    buf_init(&b, 1u << 18);
    jw_init(&w, &b);
    jw_obj(&w);
    jw_key(&w, "bars");
    jw_obj(&w);
    int64_t start = when_sec(from) - when_sec(from) % seconds;
    for (int s = 0; s < SYMBOLS; s++) {
        jw_key(&w, s == 0 ? "AAPL" : "SPY");
        jw_arr(&w);
        for (int i = how % 16; i >= 0; i--) {
            jw_obj(&w);
            int64_t at = start - (int64_t)i * seconds - (seed % 17 == 0 ? 30 : 0);
            write_bar(&w, when_from_sec(seed % 13 == 0 ? start : at), seed + (uint32_t)i);
            jw_end_obj(&w);
        }
        jw_end_arr(&w);
    }
    jw_end_obj(&w);
    jw_key(&w, "next_page_token");
    if (how >= 128 && m->page_rows++ < 20)
        jw_str(&w, "QUFQTHwx==|/?");
    else
        jw_null(&w);
    jw_end_obj(&w);
    virtual_answer_text(c, 200, b.p);
    buf_clear(&b);
}

static void history(struct model *m, uint8_t how, uint32_t seed) {
    static const int faults[] = {400, 401, 403, 404, 422, 429, 500, 503};
    pass(m, 0); /* what is due now is asked now */
    struct http_call *c = m->http->first;
    if (!c) return;
    if (how < 200)
        page(m, c, how, seed);
    else if (how < 240)
        virtual_answer_text(c, faults[how % 8], "{\"message\":\"" SECRET "\"}");
    else if (how < 250)
        virtual_answer(c, HTTP_MAYBE, 0, "", 0);
    else
        virtual_answer(c, HTTP_NOT_SENT, 0, "", 0);
    virtual_turn(m->loop);
    check(m);
}

static void control(struct model *m, uint8_t how) {
    char text[64];
    switch (how % 8) {
    case 0:
        if (m->ws->live) virtual_open(m->ws->live);
        virtual_turn(m->loop);
        return;
    case 1: frame(m, "[{\"T\":\"success\",\"msg\":\"connected\"}]"); return;
    case 2: frame(m, "[{\"T\":\"success\",\"msg\":\"authenticated\"}]"); return;
    case 3: frame(m, "[{\"T\":\"subscription\",\"bars\":[\"AAPL\",\"SPY\"]}]"); return;
    case 4:
        snprintf(text, sizeof text, "[{\"T\":\"error\",\"code\":%d,\"msg\":\"x\"}]",
                 how >= 128 ? 400 + how / 8 % 10 : how);
        frame(m, text);
        return;
    case 5:
        if (m->ws->live) virtual_closed(m->ws->live, 1000 + how);
        virtual_turn(m->loop);
        check(m);
        return;
    case 6: m->ws->refuse = how & 8; return;
    case 7: /* let in at once */
        for (uint8_t i = 0; i < 4; i++) control(m, i);
        return;
    }
}

static void one_step(struct model *m, struct script *s) {
    uint8_t what = script_u8(s), how = script_u8(s);
    struct script part;
    switch (what % 10) {
    case 0:
    case 1: control(m, how); return;
    case 2:
    case 3: data(m, how, script_u32(s)); return;
    case 4: history(m, how, script_u32(s)); return;
    case 5: pass(m, 100 * (int64_t)how); return;
    case 6: pass(m, 1000 * (int64_t)how); return;
    case 7: pass(m, 60000 * (int64_t)(how % 24)); return;
    case 8:
        part = script_part(s, 600);
        if (m->ws->live) virtual_message(m->ws->live, part.p, part.left);
        virtual_turn(m->loop);
        check(m);
        return;
    case 9:
        part = script_part(s, 600);
        if (m->http->first) virtual_answer(m->http->first, HTTP_ANSWERED, 200, part.p, part.left);
        virtual_turn(m->loop);
        check(m);
        return;
    }
}

/* ---- the whole ---- */

static void comes_back(struct model *m) {
    m->ws->refuse = false;
    for (int64_t waited = 0; !m->stopped && !m->live; waited++) {
        assert(waited < 2000);
        if (m->ws->live && !m->ws->live->closing) control(m, 7);
        if (m->http->first) virtual_answer_text(m->http->first, 200, "{\"bars\":{},\"next_page_token\":null}");
        pass(m, 1000);
    }
}

static void add_symbol(struct model *m, const char *name) {
    struct instrument *in = &m->config.instruments[m->config.instrument_count++];
    str_copy(in->symbol, sizeof in->symbol, name);
    in->tick.v = PRICE_SCALE / 100;
    in->decimals = 2;
    in->hours = CALENDAR_NONE;
}

static struct model *begin(uint8_t how) {
    struct model *m = xcalloc(1, sizeof *m);
    struct err e;
    virtual_ms = VIRTUAL_MONO_START;
    m->loop = loop_new();
    m->http = http_new(m->loop, "fuzz");
    m->http->asked = asked;
    m->ws = lws_hub_new(m->loop, &e);
    m->ws->sent = sent;
    add_symbol(m, "AAPL");
    add_symbol(m, "SPY");
    for (int i = 0; i < SYMBOLS; i++) m->last[i] = WHEN_NONE;
    if (how & 16) m->last[1] = when_from_sec(VIRTUAL_WALL_START - VIRTUAL_WALL_START % 3600 - 7200);
    m->spec.config = &m->config;
    m->spec.venue = (struct feed_venue){.rest_url = "http://127.0.0.1:9/",
                                        .stream_url = "ws://127.0.0.1:9",
                                        .key = KEY,
                                        .secret = SECRET,
                                        .source = "iex",
                                        .seconds = lengths[how % 4],
                                        .history = how & 8 ? 0 : 20,
                                        .grace_ms = GRACE_MS,
                                        .extended = !(how & 32),
                                        .quotes = how & 4};
    struct feed_host host = {.arg = m,
                             .loop = m->loop,
                             .http = m->http,
                             .lws = m->ws,
                             .now = on_now,
                             .offset = on_offset,
                             .last = on_last,
                             .bar = on_bar,
                             .heard = on_heard,
                             .state = on_state,
                             .alarm = on_alarm,
                             .over = on_over};
    m->feed = feed_find("alpaca")->connect(&m->spec, &host, &e);
    assert(m->feed);
    return m;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct script s = {bytes, n};
    struct model *m = begin(script_u8(&s));
    pass(m, 0);
    for (int i = 0; i < SCRIPT_MAX && s.left; i++) one_step(m, &s);
    comes_back(m);
    feed_find("alpaca")->close(m->feed);
    http_free(m->http);
    virtual_turn(m->loop);
    lws_hub_free(m->ws);
    loop_free(m->loop);
    free(m);
    return 0;
}
