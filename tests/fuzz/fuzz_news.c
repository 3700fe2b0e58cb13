/*
 * fuzz_news: any bytes as a calendar of announcements. What comes out is in order, clean
 * and what was asked for; all that was read is counted; what is kept, written as CSV,
 * reads back the same. The first byte chooses the wish, the rest is the file.
 */
#include "tests/fuzz/fuzz.h"

#include "engine/feeds/news_file.h"

#define FILE_MAX 65536

static struct news one, two;

static void events_can_be_true(const struct news *n, const struct news_wish *w, const struct news_report *r,
                               uint64_t lines) {
    assert(news_holds(n) && n->n == r->kept && r->kept <= r->rows);
    assert((uint64_t)r->rows + r->bad <= lines + 1 && r->first_bad <= lines + 1 && (r->bad > 0) == (r->first_bad > 0));
    for (uint32_t i = 0; i < n->n; i++) {
        const struct news_event *ev = &n->item[i];
        assert(ev->impact >= w->least && ev->impact < NEWS_IMPACT_COUNT && ev->time.ns <= r->last.ns);
        assert(strlen(ev->currency) == 0 || strlen(ev->currency) == 3);
        assert(memchr(ev->title, '\0', sizeof ev->title) && text_is_clean(ev->title, strlen(ev->title), false));
        assert(w->instrument_count == 0 || news_concerns(ev, w->instruments));
    }
}

static void write_cell(struct buf *b, const char *s) {
    buf_char(b, '"');
    for (; *s; s++) {
        if (*s == '"') buf_char(b, '"');
        buf_char(b, *s);
    }
    buf_char(b, '"');
}

/* Instants beyond the years that people write, or finer than when_iso, cannot be written. */
static bool is_writable(const struct news_event *ev) {
    return ev->time.ns % NS_PER_MS == 0 && ev->time.ns >= 0 && when_sec(ev->time) < 7258118400LL &&
           ev->title[0] != ' ' && (ev->title[0] == '\0' || ev->title[strlen(ev->title) - 1] != ' ');
}

static void written_again(const struct news_wish *w) {
    struct news_report r;
    struct err e = {0};
    struct buf b;
    char time[WHEN_TEXT_MAX];
    buf_init(&b, 1u << 20);
    buf_str(&b, "time,currency,impact,title\n");
    for (uint32_t i = 0; i < one.n; i++) {
        const struct news_event *ev = &one.item[i];
        if (!is_writable(ev)) {
            buf_clear(&b);
            return;
        }
        buf_printf(&b, "%s,%s,%s,", when_iso(time, ev->time), ev->currency, news_impact_name(ev->impact));
        write_cell(&b, ev->title);
        buf_char(&b, '\n');
    }
    if (one.n > 0) {
        assert(news_parse(b.p, b.len, w, &two, &r, &e) == 0);
        assert(two.n == one.n && r.bad == 0);
        for (uint32_t i = 0; i < one.n; i++) {
            const struct news_event *x = &one.item[i], *y = &two.item[i];
            assert(x->time.ns == y->time.ns && x->impact == y->impact && strcmp(x->currency, y->currency) == 0 &&
                   strcmp(x->title, y->title) == 0);
        }
    }
    buf_clear(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    if (n < 1 || n > FILE_MAX) return 0;
    struct news_report r;
    struct err e = {0};
    struct news_wish w = {.least = (enum news_impact)(bytes[0] % NEWS_IMPACT_COUNT)};
    if (bytes[0] & 0x80) {
        w.instruments = instrument_builtin("EURUSD");
        w.instrument_count = 1;
    }
    const char *text = (const char *)bytes + 1;
    uint64_t lines = 0;
    for (size_t i = 0; i < n - 1; i++) lines += text[i] == '\n';
    if (news_parse(text, n - 1, &w, &one, &r, &e) != 0) {
        said(&e);
        return 0;
    }
    events_can_be_true(&one, &w, &r, lines);
    written_again(&w);
    return 0;
}
