/* ask, wire: the two directions of the control socket, and what neither side believes. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "bot/wire.h"
#include "engine/base/mem.h"

/* ---- questions ---- */

static void same_ask(const struct ask *q) {
    struct buf b;
    struct ask back = {0};
    struct err e = {0};
    buf_init(&b, ASK_LINE_MAX);
    ask_write(q, &b);
    assert_false(b.overflow);
    assert_int_equal(b.p[b.len - 1], '\n');
    assert_null(memchr(b.p, '\n', b.len - 1));
    if (ask_read(b.p, b.len - 1, &back, &e) < 0) fail_msg("%s: %s", b.p, e.text[LANG_EN]);
    assert_int_equal(back.kind, q->kind);
    assert_int_equal(back.lang, q->lang);
    if (q->kind == ASK_EXPORT) {
        assert_int_equal(back.what, q->what);
        assert_int_equal(back.json, q->json);
        assert_int_equal(back.from.ns, q->from.ns);
        assert_int_equal(back.to.ns, q->to.ns);
    }
    assert_int_equal(back.has_day, q->has_day);
    assert_int_equal(back.day, q->day);
    assert_string_equal(back.dir, q->dir);
    buf_clear(&b);
}

static void every_question_reads_back(void **state) {
    (void)state;
    for (int k = 0; k < ASK_KIND_COUNT; k++)
        same_ask(&(struct ask){.kind = (enum ask_kind)k,
                               .lang = LANG_FR,
                               .from = WHEN_NONE,
                               .to = WHEN_NONE,
                               .dir = {k == ASK_BACKUP ? '/' : 0}});
    same_ask(&(struct ask){
        .kind = ASK_EXPORT, .what = EXPORT_SIGNALS, .json = true, .from = {-1}, .to = {1735689600123456789}});
    same_ask(&(struct ask){.kind = ASK_REPLAY, .has_day = true, .day = -20000});
    struct ask q = {.kind = ASK_BACKUP, .dir = "/\"\\\n\t« é »"};
    same_ask(&q);
    memset(q.dir, '"', sizeof q.dir - 1); /* the longest there is, every byte escaped */
    q.dir[0] = '/';
    same_ask(&q);
}

static void what_is_no_question_is_refused(void **state) {
    static const char *const lines[] = {
        "",
        "hello",
        "GET / HTTP/1.1",
        "[]",
        "null",
        "{}",
        "{\"mia\":\"1\"}",
        "{\"mia\":2,\"version\":\"x\",\"lang\":\"en\",\"ask\":\"db check\"}",
        "{\"mia\":1,\"version\":\"x\",\"lang\":\"en\"}",
        "{\"mia\":1,\"version\":\"x\",\"lang\":\"en\",\"ask\":\"drop\"}",
        "{\"mia\":1,\"version\":\"x\",\"lang\":3,\"ask\":\"db check\"}",
        "{\"mia\":1,\"lang\":\"en\",\"ask\":\"db check\"}",
        "{\"mia\":1,\"version\":\"0123456789012345678901234567890123456789\",\"lang\":\"en\",\"ask\":\"db check\"}",
        "{\"mia\":1,\"version\":\"x\",\"lang\":\"en\",\"ask\":\"db check\",\"more\":1}",
        "{\"mia\":1,\"version\":\"x\",\"lang\":\"en\",\"ask\":\"db check\",\"ask\":\"replay\"}",
        "{\"mia\":1,\"version\":\"x\",\"lang\":\"en\",\"ask\":\"db check\",\"dir\":\"/x\"}",
        "{\"mia\":1,\"version\":\"x\",\"lang\":\"en\",\"ask\":\"db backup\"}",
        "{\"mia\":1,\"version\":\"x\",\"lang\":\"en\",\"ask\":\"db backup\",\"dir\":\"relative\"}",
        "{\"mia\":1,\"version\":\"x\",\"lang\":\"en\",\"ask\":\"db backup\",\"dir\":\"/\x97\"}",
        "{\"mia\":1,\"version\":\"x\",\"lang\":\"en\",\"ask\":\"export\",\"format\":\"csv\"}",
        "{\"mia\":1,\"version\":\"x\",\"lang\":\"en\",\"ask\":\"export\",\"what\":\"secrets\",\"format\":\"csv\"}",
        "{\"mia\":1,\"version\":\"x\",\"lang\":\"en\",\"ask\":\"export\",\"what\":\"trades\",\"format\":\"xml\"}",
        "{\"mia\":1,\"version\":\"x\",\"lang\":\"en\",\"ask\":\"export\",\"what\":\"trades\",\"format\":\"csv\","
        "\"from\":1}",
        "{\"mia\":1,\"version\":\"x\",\"lang\":\"en\",\"ask\":\"export\",\"what\":\"trades\",\"format\":\"csv\",\"to\":"
        "\"1e9\"}",
        "{\"mia\":1,\"version\":\"x\",\"lang\":\"en\",\"ask\":\"replay\",\"day\":\"2025-01-01\"}",
        "{\"mia\":1,\"version\":\"x\",\"lang\":\"en\",\"ask\":\"replay\",\"day\":2147483648}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct ask q = {0};
        struct err e = {0};
        if (ask_read(lines[i], strlen(lines[i]), &q, &e) == 0) fail_msg("taken: %s", lines[i]);
        assert_true(e.code != ERR_NONE && *e.text[LANG_EN] && *e.text[LANG_FR]);
    }
}

static void a_refusal_is_in_the_askers_language(void **state) {
    const char *line = "{\"mia\":1,\"version\":\"x\",\"lang\":\"fr\",\"ask\":\"drop\"}";
    struct ask q = {.lang = LANG_EN};
    struct err e;
    (void)state;
    assert_int_equal(ask_read(line, strlen(line), &q, &e), -1);
    assert_int_equal(q.lang, LANG_FR);
    q.lang = LANG_FR; /* where nothing says another one, the bot's own */
    assert_int_equal(ask_read("x", 1, &q, &e), -1);
    assert_int_equal(q.lang, LANG_FR);
}

/* ---- answers ---- */

struct seen {
    struct buf text; /* everything that came, in a form to compare */
    struct answer_span span;
};

static void see_output(void *arg, const char *p, size_t n) {
    buf_add(&((struct seen *)arg)->text, p, n);
}
static void see_span(void *arg, const struct answer_span *s) {
    ((struct seen *)arg)->span = *s;
    buf_printf(&((struct seen *)arg)->text, "<span %llu %llu>", (unsigned long long)s->until,
               (unsigned long long)s->live_bytes);
}
static void see_snapshot(void *arg, const void *p, size_t n) {
    buf_add(&((struct seen *)arg)->text, p, n);
}
static void see_event(void *arg, const struct event *ev) {
    struct buf *b = &((struct seen *)arg)->text;
    buf_printf(b, "<%s %llu %lld", event_kind_name(ev->kind), (unsigned long long)ev->seq,
               (long long)ev->market_time.ns);
    if (ev->kind == EVENT_BAR) buf_printf(b, " %lld", (long long)ev->u.bar.bar.close.v);
    if (ev->kind == EVENT_CONFIG) buf_printf(b, " %s", ev->u.config->currency);
    buf_char(b, '>');
}
static void see_copy(void *arg, const char *dir, int schema) {
    buf_printf(&((struct seen *)arg)->text, "<copy %s %d>", dir, schema);
}
static void see_progress(void *arg, uint64_t at, uint64_t of) {
    buf_printf(&((struct seen *)arg)->text, "<%llu/%llu>", (unsigned long long)at, (unsigned long long)of);
}
static void see_end(void *arg, const struct err *failed) {
    buf_printf(&((struct seen *)arg)->text, "<end %s>", failed ? failed->text[LANG_EN] : "");
}

static struct answer_to eye(struct seen *s) {
    buf_init(&s->text, 8u << 20);
    return (struct answer_to){.arg = s,
                              .output = see_output,
                              .span = see_span,
                              .snapshot = see_snapshot,
                              .event = see_event,
                              .copy = see_copy,
                              .progress = see_progress,
                              .end = see_end};
}

static void collect(void *arg, const void *bytes, size_t n) {
    buf_add(arg, bytes, n);
}

/* An answer with something of everything; longer streams than a frame. */
static void say_all(const struct answer_to *to) {
    static struct engine_config config;
    static char much[150000];
    const struct answer_span span = {.until = 9, .live_seq = 7, .live_bytes = sizeof much, .start_bytes = 3};
    memset(much, 'm', sizeof much);
    engine_config_defaults(&config);
    to->output(to->arg, "a,b\n", 4);
    to->output(to->arg, much, sizeof much);
    to->progress(to->arg, 1, 2);
    to->span(to->arg, &span);
    to->snapshot(to->arg, much, sizeof much);
    to->snapshot(to->arg, "abc", 3);
    struct event ev = {.seq = 1, .kind = EVENT_CONFIG, .market_time = {5}, .u.config = &config};
    to->event(to->arg, &ev);
    for (uint64_t i = 2; i < 2000; i++) {
        ev = (struct event){.seq = i, .kind = EVENT_BAR, .market_time = {(int64_t)i}};
        ev.u.bar.bar.close.v = (int64_t)i * 3;
        to->event(to->arg, &ev);
    }
    to->copy(to->arg, "/tmp/é", 3);
    to->end(to->arg, NULL);
}

static void encode(struct buf *bytes, void (*say)(const struct answer_to *to)) {
    struct wire_out out = {.send = collect, .arg = bytes};
    struct answer_to to = {.arg = &out};
    buf_init(bytes, 8u << 20);
    wire_out_open(&out);
    wire_out_answer(&to);
    say(&to);
    wire_out_clear(&out);
}

/* As a socket would: pieces of any size, the rest offered again. */
static int decode(const struct buf *bytes, size_t piece, struct seen *s, struct err *e) {
    struct wire_in in = {.to = eye(s)};
    size_t at = 0, end = 0;
    int r = 0;
    wire_in_open(&in);
    while (r == 0 && end < bytes->len) {
        end = bytes->len - end < piece ? bytes->len : end + piece;
        long used = wire_in_bytes(&in, bytes->p + at, end - at, e);
        if (used < 0)
            r = -1;
        else
            at += (size_t)used;
    }
    if (r == 0 && in.ended) assert_int_equal(at, bytes->len);
    wire_in_clear(&in);
    return r;
}

static void an_answer_arrives_as_it_was_said(void **state) {
    static const size_t pieces[] = {1, 7, 4096, 65543, 8u << 20};
    struct seen said = {0};
    struct buf bytes;
    struct err e = {0};
    (void)state;
    struct answer_to to = eye(&said);
    say_all(&to);
    encode(&bytes, say_all);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct seen s = {0};
        if (decode(&bytes, pieces[i], &s, &e) < 0) fail_msg("%s", e.text[LANG_EN]);
        assert_int_equal(s.text.len, said.text.len);
        assert_memory_equal(s.text.p, said.text.p, said.text.len);
        buf_clear(&s.text);
    }
    buf_clear(&said.text);
    buf_clear(&bytes);
}

static void say_no(const struct answer_to *to) {
    struct err e;
    err_set(&e, ERR_FULL, "too\033[2J much\n", "trop");
    to->end(to->arg, &e);
}

static void a_refusal_cannot_paint_the_terminal(void **state) {
    struct seen s = {0};
    struct buf bytes;
    struct err e;
    (void)state;
    encode(&bytes, say_no);
    assert_int_equal(decode(&bytes, 100, &s, &e), 0);
    assert_string_equal(s.text.p, "<end too[2J much >");
    buf_clear(&s.text);
    buf_clear(&bytes);
}

/* Every byte of a whole answer changed, one after the other: an error or another answer, never a fault. */
static void changed_frames_do_no_harm(void **state) {
    struct buf bytes;
    uint32_t refused = 0, tried = 0;
    (void)state;
    encode(&bytes, say_all);
    for (size_t i = 0; i < bytes.len; i += i < 64 ? 1 : 1511) {
        struct seen s = {0};
        struct err e = {0};
        bytes.p[i] ^= 0x41;
        tried++;
        if (decode(&bytes, 32768, &s, &e) < 0) {
            refused++;
            assert_true(*e.text[LANG_EN] && *e.text[LANG_FR]);
        }
        buf_clear(&s.text);
        bytes.p[i] ^= 0x41;
    }
    assert_true(refused > 8 && refused < tried);
    buf_clear(&bytes);
}

static void put_frame(struct buf *b, uint8_t kind, uint32_t n, size_t real) {
    const uint8_t h[WIRE_HEADER] = {
        kind, 0, 0, 0, (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), (uint8_t)(n >> 24)};
    buf_add(b, h, sizeof h);
    for (size_t i = 0; i < real; i++) buf_char(b, (char)0xff);
}

static void frames_that_cannot_be(void **state) {
    static const struct {
        uint8_t kind;
        uint32_t n;
    } cases[] = {{WIRE_KIND_COUNT, 4},      {255, 4},           {WIRE_OUTPUT, 0},   {WIRE_OUTPUT, WIRE_FRAME_MAX + 1},
                 {WIRE_OUTPUT, UINT32_MAX}, {WIRE_SNAPSHOT, 4}, {WIRE_EVENTS, 8},   {WIRE_SPAN, 4},
                 {WIRE_SPAN, 40},           {WIRE_COPY, 9},     {WIRE_PROGRESS, 3}, {WIRE_END, 12}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seen s = {0};
        struct buf b;
        struct err e = {0};
        buf_init(&b, 1u << 20);
        put_frame(&b, cases[i].kind, cases[i].n, cases[i].n <= WIRE_FRAME_MAX ? cases[i].n : 0);
        assert_int_equal(decode(&b, 1000, &s, &e), -1);
        assert_int_equal(e.code, ERR_SYNTAX);
        buf_clear(&b);
        buf_clear(&s.text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_question_reads_back),
        cmocka_unit_test(what_is_no_question_is_refused),
        cmocka_unit_test(a_refusal_is_in_the_askers_language),
        cmocka_unit_test(an_answer_arrives_as_it_was_said),
        cmocka_unit_test(a_refusal_cannot_paint_the_terminal),
        cmocka_unit_test(changed_frames_do_no_harm),
        cmocka_unit_test(frames_that_cannot_be),
    };
    return RUN(tests);
}
