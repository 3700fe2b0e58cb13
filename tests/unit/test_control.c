/*
 * control: a real store behind a real socket on a real loop, and clients that are slow,
 * rude, too many, or gone. The exports must be those of the state itself, byte for byte.
 */
#include "tests/unit/store_fixture.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "bot/control.h"
#include "bot/wire.h"
#include "engine/base/version.h"
#include "engine/net/tcp.h"

#define RUN_MS 20000
#define AUDIT_ROWS 3000
#define TEST_ASK_MS 50

static struct loop *loop;
static bool late;

static void deadline(void *arg) {
    (void)arg;
    late = true;
    loop_stop(loop);
}

/* Runs until a client stops the loop. */
static void run(void) {
    struct loop_timer *t = loop_timer_new(loop, deadline, NULL);
    late = false;
    loop_timer_start(t, RUN_MS, 0);
    loop_run(loop);
    loop_timer_free(t);
    assert_false(late);
}

/* In one commit: the disk is not what is tested here. */
static void put_rows(struct store *s, int n) {
    struct store_batch *b = store_batch_new(s);
    for (int i = 0; i < n; i++) {
        char detail[40];
        snprintf(detail, sizeof detail, "détail, \"%d\"", i);
        store_put_audit(b, &(struct audit_row){when_from_sec(1000 + i), "discord", "discord:3", "owner", "c1", "pause",
                                               "", "done", detail});
    }
    commit_good(s, b);
}

/* ---- a desk with nothing but a store ---- */

struct desk {
    struct fixture *f;
    struct loop_fd *fd;
    struct control *control;
    uint64_t last;
    char socket[PATH_MAX];
};

static void store_ready(void *arg) {
    store_poll(((struct desk *)arg)->f->store);
}

static uint64_t last_seq(void *arg) {
    return ((struct desk *)arg)->last;
}

static void desk_open(struct desk *d, struct fixture *f, int64_t ask_ms) {
    struct err e = {0};
    loop = loop_new();
    *d = (struct desk){.f = f};
    open_store(f);
    d->fd = loop_fd_new(loop, store_fd(f->store), store_ready, d);
    const struct control_options o = {.loop = loop,
                                      .store = f->store,
                                      .broker = broker_find("paper"),
                                      .dir = f->dir,
                                      .lang = LANG_FR,
                                      .last_seq = last_seq,
                                      .arg = d,
                                      .ask_ms = ask_ms};
    d->control = control_open(&o, &e);
    if (!d->control) fail_msg("%s", e.text[LANG_EN]);
    path_in(f, CONTROL_SOCKET, d->socket);
}

static void desk_close(struct desk *d) {
    control_close(d->control);
    store_wait(d->f->store);
    loop_fd_free(d->fd);
    close_store(d->f);
    loop_free(loop);
}

/* ---- clients ---- */

struct client {
    struct tcp *t;
    const char *line; /* sent when it is connected */
    bool deaf;        /* never reads what came */
    bool leave;       /* hangs up on the first bytes */
    bool closed, ended, failed;
    struct wire_in in;
    struct buf out;
    char copy[ASK_PATH_MAX];
    char said[ERR_TEXT_MAX];
    uint64_t events;
    struct answer_span span;
    int *left; /* when it reaches 0 the loop stops */
};

static void one_less(struct client *c) {
    if (c->left && --*c->left == 0) loop_stop(loop);
    c->left = NULL;
}

static void on_output(void *arg, const char *p, size_t n) {
    buf_add(&((struct client *)arg)->out, p, n);
}
static void on_span(void *arg, const struct answer_span *s) {
    ((struct client *)arg)->span = *s;
}
static void on_snapshot(void *arg, const void *p, size_t n) {
    (void)arg;
    (void)p;
    (void)n;
}
static void on_event_(void *arg, const struct event *ev) {
    struct client *c = arg;
    assert_int_equal(ev->seq, c->span.start_seq + ++c->events);
}
static void on_copy(void *arg, const char *dir, int schema) {
    assert_int_equal(schema, store_schema_latest());
    str_copy(((struct client *)arg)->copy, ASK_PATH_MAX, dir);
}
static void on_progress(void *arg, uint64_t at, uint64_t of) {
    (void)arg;
    assert_true(at <= of);
}
static void on_end(void *arg, const struct err *failed) {
    struct client *c = arg;
    c->ended = true;
    c->failed = failed != NULL;
    if (failed) str_copy(c->said, sizeof c->said, failed->text[LANG_EN]);
    one_less(c);
}

static void on_opened(void *arg) {
    struct client *c = arg;
    if (c->line) assert_int_equal(tcp_send(c->t, c->line, strlen(c->line)), 0);
}

static size_t on_bytes(void *arg, const char *p, size_t n) {
    struct client *c = arg;
    struct err e;
    if (c->deaf) return n;
    if (c->leave) {
        tcp_drop(c->t);
        c->closed = true;
        one_less(c);
        return n;
    }
    long used = wire_in_bytes(&c->in, p, n, &e);
    if (used < 0) fail_msg("%s", e.text[LANG_EN]);
    return (size_t)used;
}

static void on_closed(void *arg, const struct err *why) {
    struct client *c = arg;
    (void)why;
    c->closed = true;
    one_less(c);
}

static void dial(struct client *c, const struct desk *d, const char *line, int *left) {
    static const struct tcp_handler handler = {.opened = on_opened, .bytes = on_bytes, .closed = on_closed};
    struct err e;
    c->line = line;
    c->left = left;
    c->in.to = (struct answer_to){.arg = c,
                                  .output = on_output,
                                  .span = on_span,
                                  .snapshot = on_snapshot,
                                  .event = on_event_,
                                  .copy = on_copy,
                                  .progress = on_progress,
                                  .end = on_end};
    buf_init(&c->out, 64u << 20);
    wire_in_open(&c->in);
    c->t = tcp_connect_unix(loop, d->socket, &handler, c, &e);
    assert_non_null(c->t);
}

static void hang_up(struct client *c) {
    if (!c->closed) tcp_drop(c->t);
    wire_in_clear(&c->in);
    buf_clear(&c->out);
}

static const char *question(struct ask q, struct buf *b) {
    buf_init(b, ASK_LINE_MAX);
    ask_write(&q, b);
    return b->p;
}

/* One client asks one thing and hears all of it. */
static void hear(struct client *c, const struct desk *d, const char *line) {
    int left = 1;
    *c = (struct client){0};
    dial(c, d, line, &left);
    run();
}

static void expect_refusal(const struct desk *d, const char *line, const char *says) {
    struct client c;
    hear(&c, d, line);
    assert_true(c.ended && c.failed);
    if (!strstr(c.said, says)) fail_msg("%s: %s", line, c.said);
    hang_up(&c);
}

/* The rows as the state gives them to whoever opens it. */
static void collect(void *arg, const char *p, size_t n) {
    buf_add(arg, p, n);
}
static void collected(void *arg, const struct err *failed) {
    assert_null(failed);
    export_end(arg);
}
static void rows_of_state(struct store *s, enum export_what what, struct buf *out) {
    struct export x = {.what = what, .write = collect, .arg = out};
    buf_init(out, 64u << 20);
    export_open(&x);
    export_ask(&x, s, WHEN_NONE, WHEN_NONE, collected);
    store_wait(s);
    export_clear(&x);
}

/* ---- tests ---- */

static void an_export_is_the_same_beside_a_bot(void **state) {
    struct desk d;
    struct buf q, want;
    struct client c;
    desk_open(&d, *state, 0);
    put_rows(d.f->store, AUDIT_ROWS);
    rows_of_state(d.f->store, EXPORT_AUDIT, &want);
    hear(&c, &d,
         question((struct ask){.kind = ASK_EXPORT, .what = EXPORT_AUDIT, .from = WHEN_NONE, .to = WHEN_NONE}, &q));
    assert_true(c.ended && !c.failed);
    assert_int_equal(c.out.len, want.len);
    assert_memory_equal(c.out.p, want.p, want.len);
    hang_up(&c);
    buf_clear(&q);
    buf_clear(&want);
    desk_close(&d);
}

static void the_chain_the_version_and_the_journal(void **state) {
    struct desk d;
    struct buf q;
    struct client c;
    desk_open(&d, *state, 0);
    put_audit(d.f->store, 5);
    days_of_trading(d.f->store, 3, 50, false);
    d.last = 150;
    hear(&c, &d, question((struct ask){.kind = ASK_VERIFY, .lang = LANG_FR}, &q));
    assert_string_equal(c.out.p, "5 lignes d’audit, la chaîne tient\n");
    hang_up(&c);
    buf_clear(&q);
    hear(&c, &d, question((struct ask){.kind = ASK_VERSION}, &q));
    assert_true(c.ended && !c.failed);
    assert_string_equal(c.copy, "");
    hang_up(&c);
    buf_clear(&q);
    hear(&c, &d, question((struct ask){.kind = ASK_REPLAY}, &q));
    assert_true(c.ended && !c.failed);
    assert_int_equal(c.events, 150);
    assert_int_equal(c.span.until, 150);
    hang_up(&c);
    buf_clear(&q);
    hear(&c, &d, question((struct ask){.kind = ASK_REPLAY, .has_day = true, .day = DAY_ONE + 70}, &q));
    assert_true(c.ended && c.failed && strstr(c.said, "nothing is journalled"));
    hang_up(&c);
    buf_clear(&q);
    desk_close(&d);
}

static void what_is_no_question_gets_a_clear_answer(void **state) {
    struct desk d;
    struct client c;
    char longer[ASK_LINE_MAX + 100];
    desk_open(&d, *state, 0);
    expect_refusal(&d, "GET / HTTP/1.1\r\n\r\n", "ce n’est pas une question");
    expect_refusal(&d, "\n", "ce n’est pas une question");
    expect_refusal(&d, "{\"mia\":1,\"version\":\"x\",\"lang\":\"en\",\"ask\":\"shutdown\"}\n", "does not know");
    expect_refusal(&d, "{\"mia\":7,\"version\":\"x\",\"lang\":\"en\",\"ask\":\"replay\"}\n", "another version");
    expect_refusal(&d, "{\"mia\":1,\"version\":\"0.0.1\",\"lang\":\"en\",\"ask\":\"replay\"}\n", "0.0.1");
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    expect_refusal(&d, longer, "16384");
    hear(&c, &d, "{\"mia\":1,\"version\":\"x\",\"lang\":\"en\",\"ask\":\"db version\"}\nand more\nand more");
    assert_true(c.ended && !c.failed);
    hang_up(&c);
    desk_close(&d);
}

static void whoever_says_nothing_is_sent_away(void **state) {
    struct desk d;
    desk_open(&d, *state, TEST_ASK_MS);
    expect_refusal(&d, "{\"mia\"", "rien n’a été demandé");
    assert_int_equal(control_clients(d.control), 0);
    desk_close(&d);
}

static void too_many_are_refused_and_the_others_answered(void **state) {
    struct desk d;
    struct buf q;
    struct client c[CONTROL_CLIENTS_MAX + 1] = {0};
    int left = 1;
    desk_open(&d, *state, 0);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) dial(&c[i], &d, "", NULL);
    dial(&c[CONTROL_CLIENTS_MAX], &d, "", &left);
    run();
    assert_true(c[CONTROL_CLIENTS_MAX].failed);
    assert_non_null(strstr(c[CONTROL_CLIENTS_MAX].said, "8 questions"));
    assert_int_equal(control_clients(d.control), CONTROL_CLIENTS_MAX);
    const char *line = question((struct ask){.kind = ASK_VERSION}, &q);
    left = 1;
    c[3].left = &left;
    assert_int_equal(tcp_send(c[3].t, line, strlen(line)), 0);
    run();
    assert_true(c[3].ended && !c[3].failed);
    for (size_t i = 0; i <= CONTROL_CLIENTS_MAX; i++) hang_up(&c[i]);
    buf_clear(&q);
    desk_close(&d);
}

/* One that does not read is a raw socket here: nothing of it may pile up, and the others are served meanwhile. */
static void a_slow_reader_holds_up_nobody(void **state) {
    struct desk d;
    struct buf q, want;
    struct client c;
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    desk_open(&d, *state, 0);
    put_rows(d.f->store, AUDIT_ROWS);
    rows_of_state(d.f->store, EXPORT_AUDIT, &want);
    const char *line =
        question((struct ask){.kind = ASK_EXPORT, .what = EXPORT_AUDIT, .from = WHEN_NONE, .to = WHEN_NONE}, &q);
    memcpy(a.sun_path, d.socket, strlen(d.socket));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), small = 4096;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(write(fd, line, strlen(line)), (ssize_t)strlen(line));
    for (int i = 0; i < 3; i++) {
        hear(&c, &d, line);
        assert_int_equal(c.out.len, want.len);
        hang_up(&c);
    }
    assert_int_equal(control_clients(d.control), 1);
    close(fd); /* in the middle of its answer */
    hear(&c, &d, line);
    assert_int_equal(c.out.len, want.len);
    hang_up(&c);
    while (control_clients(d.control) > 0) {
        hear(&c, &d, "\n");
        hang_up(&c);
    }
    buf_clear(&q);
    buf_clear(&want);
    desk_close(&d);
}

static bool there(const struct desk *d, const char *name) {
    char path[PATH_MAX];
    struct stat st;
    path_in(d->f, name, path);
    return lstat(path, &st) == 0;
}

static void gone_later(void *arg) {
    if (!there(arg, ANSWER_CHECK_COPY) && !there(arg, "b.part")) loop_stop(loop);
}

static void until_gone(struct desk *d) {
    struct loop_timer *t = loop_timer_new(loop, gone_later, d);
    loop_timer_start(t, 1, 1);
    run();
    loop_timer_free(t);
}

static void a_copy_goes_with_who_asked_for_it(void **state) {
    struct desk d;
    struct buf q, b;
    struct client c, second;
    struct ask backup = {.kind = ASK_BACKUP};
    struct err e = {0};
    desk_open(&d, *state, 0);
    put_audit(d.f->store, 50);
    assert_true(snprintf(backup.dir, sizeof backup.dir, "%s/b", d.f->dir) < ASK_PATH_MAX);
    hear(&c, &d, question((struct ask){.kind = ASK_CHECK, .lang = LANG_EN}, &q));
    assert_true(c.ended && !c.failed && there(&d, ANSWER_CHECK_COPY));
    assert_int_equal(store_copy_check(c.copy, STORE_COPY_DATABASE, &e), 0);
    hear(&second, &d, question(backup, &b)); /* one at a time */
    assert_true(second.failed && strstr(second.said, "another copy"));
    hang_up(&second);
    hang_up(&c);
    until_gone(&d);
    hear(&c, &d, b.p);
    if (c.failed) fail_msg("%s", c.said);
    assert_true(c.ended && there(&d, "b.part"));
    hang_up(&c); /* killed before it gave the backup its name */
    until_gone(&d);
    hear(&c, &d, b.p);
    assert_int_equal(store_copy_check(c.copy, STORE_COPY_ALL, &e), 0);
    assert_int_equal(store_copy_seal(c.copy, backup.dir, &e), 0);
    hang_up(&c);
    desk_close(&d);
    assert_true(there(&d, "b/mia.db") && !there(&d, "b.part"));
    buf_clear(&q);
    buf_clear(&b);
}

static void a_stop_in_the_middle_of_everything(void **state) {
    struct desk d;
    struct buf q[4];
    struct client c[4] = {0};
    struct ask backup = {.kind = ASK_BACKUP};
    int left = 1;
    desk_open(&d, *state, 0);
    put_rows(d.f->store, AUDIT_ROWS);
    days_of_trading(d.f->store, 3, 2000, false);
    d.last = 6000;
    assert_true(snprintf(backup.dir, sizeof backup.dir, "%s/b", d.f->dir) < ASK_PATH_MAX);
    const struct ask asks[4] = {{.kind = ASK_EXPORT, .what = EXPORT_AUDIT, .from = WHEN_NONE, .to = WHEN_NONE},
                                backup,
                                {.kind = ASK_REPLAY},
                                {.kind = ASK_VERIFY}};
    for (int i = 0; i < 4; i++) dial(&c[i], &d, question(asks[i], &q[i]), NULL);
    c[0].leave = true; /* after its first bytes */
    c[0].left = &left;
    run();
    control_close(d.control);
    d.control = NULL;
    assert_false(there(&d, CONTROL_SOCKET));
    for (int i = 0; i < 4; i++) {
        hang_up(&c[i]);
        buf_clear(&q[i]);
    }
    desk_close(&d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORE_TEST(an_export_is_the_same_beside_a_bot),
        STORE_TEST(the_chain_the_version_and_the_journal),
        STORE_TEST(what_is_no_question_gets_a_clear_answer),
        STORE_TEST(whoever_says_nothing_is_sent_away),
        STORE_TEST(too_many_are_refused_and_the_others_answered),
        STORE_TEST(a_slow_reader_holds_up_nobody),
        STORE_TEST(a_copy_goes_with_who_asked_for_it),
        STORE_TEST(a_stop_in_the_middle_of_everything),
    };
    return RUN(tests);
}
