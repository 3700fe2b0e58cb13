/*
 * alpaca_history: see alpaca_history.h. Owns the request under way and the bars that have
 * come. Keys go into headers only; no URL, header or body is ever logged.
 */
#include "engine/feeds/alpaca_history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/feeds/alpaca_message.h"
#include "engine/feeds/bars_build.h"
#include "engine/net/http.h"
#include "engine/net/limiter.h"

/* The account may ask 200 times a minute, and its orders count, too: half of it is left to them. */
#define REQUESTS_BURST 20
#define REQUESTS_EVERY_MS 600
#define PAGE_ROWS 10000
#define PAGE_BYTES_MAX (8u << 20)
#define PAGES_MAX 400 /* of one question: what is longer is cut there, and said */
#define TOKEN_MAX 512
#define URL_TEXT_MAX 4096
#define TRY_MS 1000
#define TRY_MAX_MS 60000
#define TIMEOUT_MS 30000
#define KEEP_MAX 10000

struct kept { /* of one instrument: the newest `keep`, with room for as many again before old ones are dropped */
    struct bar *item;
    uint32_t n, cap;
};

struct alpaca_history {
    struct feed_venue venue;
    const struct engine_config *config;
    struct alpaca_history_host host;
    struct loop_timer *timer;
    struct http_call *call;
    struct bucket bucket;
    struct backoff backoff;
    struct rng rng;
    /* the question under way */
    alpaca_history_fn fn; /* NULL: none */
    void *arg;
    struct alpaca_ask ask;
    uint16_t instruments[INSTRUMENTS_MAX];
    struct kept kept[INSTRUMENTS_MAX]; /* by instrument */
    char token[TOKEN_MAX];             /* of the next page */
    uint32_t pages, failures;
    int64_t sent_ms;
};

static void next_page(void *arg);

struct alpaca_history *alpaca_history_new(const struct feed_spec *spec, const struct alpaca_history_host *host) {
    struct alpaca_history *h = xcalloc(1, sizeof *h);
    h->venue = spec->venue;
    h->config = spec->config;
    h->host = *host;
    h->timer = loop_timer_new(host->loop, next_page, h);
    bucket_init(&h->bucket, REQUESTS_BURST, REQUESTS_EVERY_MS, clock_mono_ms());
    backoff_init(&h->backoff, TRY_MS, TRY_MAX_MS);
    rng_seed(&h->rng, (uint64_t)clock_mono_ns());
    return h;
}

static void forget(struct alpaca_history *h) {
    for (int i = 0; i < INSTRUMENTS_MAX; i++) {
        free(h->kept[i].item);
        h->kept[i] = (struct kept){0};
    }
    h->fn = NULL;
}

void alpaca_history_cancel(struct alpaca_history *h) {
    loop_timer_stop(h->timer);
    if (h->call) http_cancel(h->call);
    h->call = NULL;
    forget(h);
}

void alpaca_history_free(struct alpaca_history *h) {
    if (!h) return;
    alpaca_history_cancel(h);
    loop_timer_free(h->timer);
    free(h);
}

/* ---- the answer ---- */

static int by_end(const void *a, const void *b) {
    const struct feed_bar *x = a, *y = b;
    int64_t ex = x->bar.start.ns + x->bar.seconds * NS_PER_SEC, ey = y->bar.start.ns + y->bar.seconds * NS_PER_SEC;
    if (ex != ey) return ex < ey ? -1 : 1;
    return (x->instrument > y->instrument) - (x->instrument < y->instrument);
}

static void finish(struct alpaca_history *h, const struct err *failed) {
    alpaca_history_fn fn = h->fn;
    size_t n = 0;
    struct feed_bar *all = NULL;
    for (int i = 0; i < INSTRUMENTS_MAX; i++) n += h->kept[i].n;
    if (n > 0 && !failed) {
        all = xreallocarray(NULL, n, sizeof *all);
        n = 0;
        for (int i = 0; i < INSTRUMENTS_MAX; i++) {
            const struct kept *k = &h->kept[i];
            for (uint32_t r = k->n > h->ask.keep ? k->n - h->ask.keep : 0; r < k->n; r++)
                all[n++] = (struct feed_bar){(uint16_t)i, k->item[r]};
        }
        qsort(all, n, sizeof *all, by_end);
    }
    forget(h);
    fn(h->arg, all, all ? n : 0, failed);
    free(all);
}

static void keep(struct alpaca_history *h, uint16_t instrument, const struct bar *b) {
    struct kept *k = &h->kept[instrument];
    if (k->n > 0 && b->start.ns <= k->item[k->n - 1].start.ns) {
        struct err why;
        err_set(&why, ERR_SYNTAX, "history of %s: out of order", "historique de %s\u00a0: ordre faux",
                h->config->instruments[instrument].symbol);
        h->host.bad(h->host.arg, &why);
        return;
    }
    if (k->n == 2 * h->ask.keep) {
        memmove(k->item, k->item + h->ask.keep, h->ask.keep * sizeof *k->item);
        k->n = h->ask.keep;
    }
    if (k->n == k->cap) {
        k->cap = k->cap ? 2 * k->cap : 64;
        k->item = xreallocarray(k->item, k->cap, sizeof *k->item);
    }
    k->item[k->n++] = *b;
}

static bool can_be(const struct bar *b) {
    return b->low.v > 0 && b->low.v <= b->open.v && b->low.v <= b->close.v && b->high.v >= b->open.v &&
           b->high.v >= b->close.v;
}

/* Minutes are parts of bars: all of them. */
static bool is_wanted(const struct alpaca_history *h, uint16_t in, const struct bar *b) {
    if (h->venue.extended || h->ask.seconds != h->venue.seconds) return true;
    return build_in_hours(&h->config->calendars, h->config->instruments[in].hours, b);
}

static void take_rows(struct alpaca_history *h, const struct json *rows) {
    const char *symbol = json_key(rows);
    int in = symbol ? engine_config_instrument(h->config, symbol) : -1;
    if (in < 0) return;
    for (const struct json *r = json_first(rows); r; r = json_next(r)) {
        struct bar b;
        bool good = alpaca_bar_read(r, h->ask.seconds, &b);
        if (good) alpaca_bar_to_grid(&b, h->config->instruments[in].tick);
        if (good && can_be(&b) && build_start_of(h->ask.seconds, b.start).ns == b.start.ns) {
            if (b.start.ns >= h->ask.from.ns && b.start.ns <= h->ask.to.ns && is_wanted(h, (uint16_t)in, &b))
                keep(h, (uint16_t)in, &b);
            continue;
        }
        struct err why;
        err_set(&why, ERR_SYNTAX, "history of %s: a bar that cannot be",
                "historique de %s\u00a0: une bougie impossible", symbol);
        h->host.bad(h->host.arg, &why);
    }
}

static void again(struct alpaca_history *h, const struct err *why, int64_t wait_ms) {
    h->failures++;
    log_info("feed", "history: %s, tried again", why->text[LANG_EN]);
    if (h->ask.tries > 0 && h->failures >= h->ask.tries) {
        finish(h, why);
        return;
    }
    int64_t pause = backoff_next(&h->backoff, &h->rng);
    loop_timer_start(h->timer, wait_ms > pause ? wait_ms : pause, 0);
}

static void whole_page(struct alpaca_history *h, const struct json *page) {
    const struct json *bars = json_at(page, "bars");
    const char *token = json_str(page, "next_page_token");
    for (const struct json *s = json_first(bars); s; s = json_next(s)) take_rows(h, s);
    h->pages++;
    h->failures = 0;
    backoff_reset(&h->backoff);
    h->host.progress(h->host.arg);
    if (!token || !*token) {
        finish(h, NULL);
    } else if (h->pages == PAGES_MAX || !str_copy(h->token, sizeof h->token, token)) {
        log_warn("feed", "history: more than %u pages, the rest is left out", PAGES_MAX);
        finish(h, NULL);
    } else {
        loop_timer_start(h->timer, 0, 0);
    }
}

/* The venue has said no. Its own words may repeat what we sent: they are not repeated. */
static void refused(struct alpaca_history *h, const struct http_response *r) {
    struct err why;
    const char *retry = http_header_get(r, "Retry-After");
    switch (r->status) {
    case 401:
        err_set(&why, ERR_AUTH, "Alpaca refuses the keys (401): see ALPACA_API_KEY and ALPACA_SECRET_KEY",
                "Alpaca refuse les clés (401)\u00a0: voyez ALPACA_API_KEY et ALPACA_SECRET_KEY");
        finish(h, &why);
        return;
    case 403:
        err_set(&why, ERR_AUTH,
                "Alpaca refuses these data (403): the account's subscription does not cover %s, or the keys are wrong",
                "Alpaca refuse ces données (403)\u00a0: l’abonnement du compte ne couvre pas %s, ou les clés sont "
                "fausses",
                h->venue.source);
        finish(h, &why);
        return;
    case 400:
    case 422:
        err_set(&why, ERR_REFUSED, "Alpaca does not know what was asked for (%d): are all symbols US stocks or ETFs?",
                "Alpaca ne connaît pas ce qui est demandé (%d)\u00a0: les symboles sont-ils tous des actions ou ETF "
                "américains\u00a0?",
                r->status);
        h->ask.tries = 1;
        again(h, &why, 0);
        return;
    case 429:
        err_set(&why, ERR_FULL, "Alpaca wants a pause (429)", "Alpaca demande une pause (429)");
        bucket_block(&h->bucket, clock_mono_ms(), 3000);
        again(h, &why, retry ? strtol(retry, NULL, 10) % 600 * 1000 : 3000);
        return;
    default: err_set(&why, ERR_NET, "Alpaca answers %d", "Alpaca répond %d", r->status); again(h, &why, 0);
    }
}

/* A whole second is what the header tells: its middle. */
static void see_clock(struct alpaca_history *h, const struct http_response *r) {
    when_t date;
    if (!h->host.offset || !alpaca_http_date(http_header_get(r, "Date"), &date)) return;
    int64_t took = clock_mono_ms() - h->sent_ms;
    when_t ours = when_add_ms(clock_wall(), -took / 2);
    h->host.offset(h->host.arg, when_ms_between(ours, when_add_ms(date, 500)));
}

static void answered(void *arg, const struct http_response *r) {
    struct alpaca_history *h = arg;
    h->call = NULL;
    if (r->sent != HTTP_ANSWERED) {
        again(h, &r->err, 0);
        return;
    }
    see_clock(h, r);
    if (r->status != 200) {
        refused(h, r);
        return;
    }
    struct err why;
    struct json *page = json_parse(r->body, r->body_len, &why);
    if (page && json_is_object(page))
        whole_page(h, page);
    else if (page)
        again(
            h,
            (err_set(&why, ERR_SYNTAX, "an answer that is no page of bars", "une réponse qui n’en est pas une"), &why),
            0);
    else
        again(h, &why, 0);
    json_free(page);
}

/* ---- the question ---- */

static void add_escaped(struct buf *b, const char *s) {
    static const char hex[] = "0123456789ABCDEF";
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~", c);
        if (plain) {
            buf_char(b, (char)c);
        } else {
            buf_char(b, '%');
            buf_char(b, hex[c >> 4]);
            buf_char(b, hex[c & 15]);
        }
    }
}

static void write_url(const struct alpaca_history *h, struct buf *b) {
    char from[WHEN_TEXT_MAX], to[WHEN_TEXT_MAX];
    size_t base = strlen(h->venue.rest_url);
    while (base > 0 && h->venue.rest_url[base - 1] == '/') base--;
    buf_add(b, h->venue.rest_url, base);
    buf_str(b, "/v2/stocks/bars?symbols=");
    for (uint32_t i = 0; i < h->ask.count; i++) {
        if (i > 0) buf_str(b, "%2C");
        add_escaped(b, h->config->instruments[h->instruments[i]].symbol);
    }
    if (h->ask.seconds == 3600)
        buf_str(b, "&timeframe=1Hour");
    else
        buf_printf(b, "&timeframe=%dMin", h->ask.seconds / 60);
    buf_str(b, "&start=");
    add_escaped(b, when_iso(from, h->ask.from));
    buf_str(b, "&end=");
    add_escaped(b, when_iso(to, h->ask.to));
    buf_printf(b, "&limit=%d&adjustment=split&sort=asc&feed=%s", PAGE_ROWS, h->venue.source);
    if (*h->token) {
        buf_str(b, "&page_token=");
        add_escaped(b, h->token);
    }
}

static void next_page(void *arg) {
    struct alpaca_history *h = arg;
    struct err why;
    struct buf url;
    if (!h->fn) return;
    int64_t now = clock_mono_ms();
    if (!bucket_take(&h->bucket, now)) {
        loop_timer_start(h->timer, bucket_wait_ms(&h->bucket, now), 0);
        return;
    }
    buf_init(&url, URL_TEXT_MAX);
    write_url(h, &url);
    struct http_request q = {.method = "GET",
                             .url = url.p,
                             .timeout_ms = TIMEOUT_MS,
                             .body_max = PAGE_BYTES_MAX,
                             .headers = {{"APCA-API-KEY-ID", h->venue.key}, {"APCA-API-SECRET-KEY", h->venue.secret}}};
    h->sent_ms = now;
    if (url.overflow)
        err_set(&why, ERR_FULL, "too many symbols for one question", "trop de symboles pour une seule question");
    else
        h->call = http_send(h->host.http, &q, answered, h, &why);
    if (!h->call) again(h, &why, 0);
    buf_clear(&url);
}

void alpaca_history_ask(struct alpaca_history *h, const struct alpaca_ask *ask, alpaca_history_fn fn, void *arg) {
    alpaca_history_cancel(h);
    h->ask = *ask;
    if (h->ask.keep > KEEP_MAX) h->ask.keep = KEEP_MAX;
    if (h->ask.keep == 0) h->ask.keep = 1;
    memcpy(h->instruments, ask->instruments, ask->count * sizeof *ask->instruments);
    h->fn = fn;
    h->arg = arg;
    h->pages = h->failures = 0;
    *h->token = '\0';
    loop_timer_start(h->timer, 0, 0);
}
