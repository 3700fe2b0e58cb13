/*
 * cli_ask: a question and its answer, whoever gives it. Where a bot runs, it is asked over
 * the socket in its state directory; where none does, the state is opened here, read-only
 * and under its lock. Both ways run the same code behind bot/answer.h.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/cli.h"
#include "bot/control.h"
#include "bot/wire.h"
#include "engine/net/tcp.h"

#define QUIET_MS 2000 /* what takes no longer shows no progress */
#define LOOK_MS 500
#define BEGIN_MS 30000 /* a bot that does not answer at all for so long is stuck */

struct asking {
    struct cli *cli;
    const struct ask *ask;
    struct cli_reader *reader;
    struct err *e;
    int64_t since_ms;
    bool drawn, ended, failed;
    /* over the socket */
    struct loop *loop;
    struct tcp *tcp;
    struct loop_timer *silence;
    struct wire_in in;
    bool opened, heard, closed;
};

/* ---- what is added to the reader's own functions ---- */

static void on_end(void *arg, const struct err *failed) {
    struct asking *a = arg;
    a->ended = true;
    a->failed = failed != NULL;
    if (failed) *a->e = *failed;
    if (a->loop) loop_stop(a->loop);
}

static void on_progress(void *arg, uint64_t at, uint64_t of) {
    struct asking *a = arg;
    if (!of || clock_mono_ms() - a->since_ms < QUIET_MS || !isatty(STDERR_FILENO)) return;
    if (isatty(STDOUT_FILENO) && a->ask->kind == ASK_EXPORT) return; /* it would stand in the middle of the rows */
    fprintf(stderr, "\r%s %3d\u00a0%%", ask_kind_name(a->ask->kind), (int)((at < of ? at : of) * 100 / of));
    a->drawn = true;
}

/* The functions of the answer get the reader's own argument; only these two are ours. */
static void to_output(void *arg, const char *p, size_t n) {
    const struct answer_to *to = ((struct asking *)arg)->reader->to;
    to->output(to->arg, p, n);
}
static void to_span(void *arg, const struct answer_span *s) {
    const struct answer_to *to = ((struct asking *)arg)->reader->to;
    if (to->span) to->span(to->arg, s);
}
static void to_snapshot(void *arg, const void *p, size_t n) {
    const struct answer_to *to = ((struct asking *)arg)->reader->to;
    if (to->snapshot) to->snapshot(to->arg, p, n);
}
static void to_event(void *arg, const struct event *ev) {
    const struct answer_to *to = ((struct asking *)arg)->reader->to;
    if (to->event) to->event(to->arg, ev);
}
static void to_copy(void *arg, const char *dir, int schema) {
    const struct answer_to *to = ((struct asking *)arg)->reader->to;
    if (to->copy) to->copy(to->arg, dir, schema);
}

static struct answer_to answer_of(struct asking *a) {
    return (struct answer_to){.arg = a,
                              .output = to_output,
                              .span = to_span,
                              .snapshot = to_snapshot,
                              .event = to_event,
                              .copy = to_copy,
                              .progress = on_progress,
                              .end = on_end};
}

/* ---- of a bot ---- */

static void on_opened(void *arg) {
    struct asking *a = arg;
    struct buf line;
    a->opened = true;
    buf_init(&line, ASK_LINE_MAX);
    ask_write(a->ask, &line);
    if (line.overflow || tcp_send(a->tcp, line.p, line.len) < 0) tcp_close(a->tcp);
    buf_clear(&line);
    loop_timer_start(a->silence, BEGIN_MS, 0);
}

static size_t on_bytes(void *arg, const char *p, size_t n) {
    struct asking *a = arg;
    a->heard = true;
    loop_timer_stop(a->silence);
    long used = wire_in_bytes(&a->in, p, n, a->e);
    if (used < 0) a->failed = a->ended = true;
    if (used < 0 || a->reader->stop) loop_stop(a->loop);
    return used < 0 ? n : (size_t)used;
}

static void on_closed(void *arg, const struct err *why) {
    struct asking *a = arg;
    (void)why;
    a->closed = true;
    loop_stop(a->loop);
}

static void on_silence(void *arg) {
    struct asking *a = arg;
    err_set(a->e, ERR_NET, "the bot that runs here does not answer", "le bot qui tourne ici ne répond pas");
    a->failed = a->ended = true;
    loop_stop(a->loop);
}

static void run_loop(struct asking *a, const char *path) {
    static const struct tcp_handler handler = {.opened = on_opened, .bytes = on_bytes, .closed = on_closed};
    struct err e;
    a->tcp = tcp_connect_unix(a->loop, path, &handler, a, &e);
    if (!a->tcp) return; /* too long: the bot has none either */
    loop_run(a->loop);
    if (!a->closed) tcp_drop(a->tcp);
    if (a->opened && !a->ended && !a->reader->stop) {
        err_set(a->e, ERR_NET, "the bot hung up before the end of its answer",
                "le bot a raccroché avant la fin de sa réponse");
        a->failed = a->ended = true;
    }
}

/* False: nobody answers there. */
static bool ask_bot(struct asking *a, const char *dir) {
    char path[CLI_DIR_MAX + 32];
    snprintf(path, sizeof path, "%s/" CONTROL_SOCKET, dir);
    if (access(path, F_OK) < 0) return false;
    a->loop = loop_new();
    a->silence = loop_timer_new(a->loop, on_silence, a);
    a->in = (struct wire_in){.to = answer_of(a)};
    wire_in_open(&a->in);
    run_loop(a, path);
    wire_in_clear(&a->in);
    loop_timer_free(a->silence);
    loop_free(a->loop);
    a->loop = NULL;
    return a->opened;
}

/* ---- of the state itself ---- */

static int socket_hint(const char *dir, struct err *e) {
    char path[CLI_DIR_MAX + 32];
    snprintf(path, sizeof path, "%s/" CONTROL_SOCKET, dir);
    if (e->code != ERR_BUSY || strlen(path) <= TCP_UNIX_PATH_MAX) return -1;
    return err_set(
        e, ERR_BUSY, "a bot runs here, and it cannot be asked: the path of its socket is longer than %d bytes: %s",
        "un bot tourne ici et ne peut pas être interrogé\u00a0: le chemin de sa socket dépasse %d octets\u00a0: %s",
        TCP_UNIX_PATH_MAX, path);
}

static void run_store(struct asking *a, struct store *s, const struct answer_host *host) {
    struct answer_to to = answer_of(a);
    struct answer *answer = answer_start(host, a->ask, &to);
    while (!a->ended && !a->reader->stop) {
        struct pollfd p = {.fd = store_fd(s), .events = POLLIN};
        poll(&p, 1, LOOK_MS);
        store_poll(s);
        answer_progress(answer);
    }
    answer_drop(answer);
    store_wait(s);
}

static int ask_state(struct asking *a, const struct conf *conf, const char *dir) {
    struct store *s = cli_store(a->cli, conf, true, a->e);
    if (!s) return socket_hint(dir, a->e);
    const struct answer_host host = {.store = s,
                                     .broker = broker_find(conf_str(conf, "broker.kind")),
                                     .until = store_seq_before_day(s, INT32_MAX),
                                     .dir = dir};
    run_store(a, s, &host);
    store_close(s);
    return 0;
}

/* ---- both ---- */

int cli_ask(struct cli *c, const struct conf *conf, const struct ask *q, struct cli_reader *r, struct err *e) {
    struct asking a = {.cli = c, .ask = q, .reader = r, .e = e, .since_ms = clock_mono_ms()};
    char dir[CLI_DIR_MAX];
    cli_state_dir(c, conf, dir);
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away is an error of one write */
    int result = ask_bot(&a, dir) ? 0 : ask_state(&a, conf, dir);
    if (a.drawn) fprintf(stderr, "\r\033[K");
    return result < 0 || a.failed || r->stop ? -1 : 0;
}

int cli_answered(const struct cli *c, int result, const struct err *e) {
    if (result == 0) return CLI_GOOD;
    if (e->code == ERR_USAGE) return cli_usage(c, e->text[LANG_EN], e->text[LANG_FR]);
    return e->code == ERR_NONE ? CLI_FAILED : cli_fail(c, e);
}
