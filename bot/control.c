/*
 * control: who is connected, and what each of them waits for. Owns the listening socket
 * and the copies that were made for somebody who has not taken them yet.
 */
#include "bot/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/wire.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/base/version.h"
#include "engine/net/tcp.h"

#define BEAT_MS 1000 /* progress and time limits, while somebody is connected */

struct client {
    struct control *control;
    struct client *prev, *next;
    struct tcp *tcp;
    struct answer *answer; /* NULL: not asked yet, or answered */
    struct ask ask;
    struct wire_out out;
    int64_t since_ms, moved_ms; /* connected; bytes left for the last time */
    uint64_t sent;
    size_t queued;
    bool ended;                   /* the answer is complete */
    bool failed;                  /* and says no */
    char copy[ASK_PATH_MAX + 64]; /* made for this one; "" none */
    uid_t user;
    pid_t process;
};

struct control {
    struct control_options o;
    char dir[ASK_PATH_MAX];
    struct tcp_listener *listener;
    struct loop_timer *beat;
    struct client clients; /* list head */
    uint32_t count;
};

/* ---- the end of a client ---- */

static void client_free(struct client *c) {
    struct control *k = c->control;
    answer_drop(c->answer);
    if (c->copy[0]) answer_remove_copy(k->o.loop, c->copy); /* where it was taken, there is nothing of that name */
    if (c->ended)
        log_info("control", "%s answered ok=%d bytes=%llu ms=%lld", ask_kind_name(c->ask.kind), !c->failed,
                 (unsigned long long)c->sent, (long long)(clock_mono_ms() - c->since_ms));
    wire_out_clear(&c->out);
    c->prev->next = c->next;
    c->next->prev = c->prev;
    k->count--;
    if (!k->count) loop_timer_stop(k->beat);
    free(c);
}

static void on_closed(void *arg, const struct err *why) {
    (void)why; /* whoever asked has gone, for whatever reason */
    client_free(arg);
}

static void hang_up(struct client *c) {
    tcp_drop(c->tcp);
    client_free(c);
}

/* ---- the answer ---- */

static void send_bytes(void *arg, const void *bytes, size_t n) {
    struct client *c = arg;
    c->sent += n;
    if (tcp_send(c->tcp, bytes, n) < 0) log_warn("control", "an answer does not fit its queue");
}

static bool is_full(void *arg) {
    struct client *c = arg;
    wire_out_flush(&c->out);
    return tcp_queued(c->tcp) > 0;
}

/* A copy is still to be looked through: that connection is the other side's to end. */
static void settle(struct client *c) {
    if (c->ended && !c->copy[0] && tcp_queued(c->tcp) == 0) tcp_close(c->tcp);
}

static void on_copy(void *arg, const char *dir, int schema) {
    struct client *c = ((struct wire_out *)arg)->arg;
    struct answer_to wire;
    str_copy(c->copy, sizeof c->copy, dir);
    wire_out_answer(&wire);
    wire.copy(arg, dir, schema);
}

static void on_end(void *arg, const struct err *failed) {
    struct client *c = ((struct wire_out *)arg)->arg;
    struct answer_to wire;
    c->ended = true;
    c->failed = failed != NULL;
    c->moved_ms = clock_mono_ms();
    wire_out_answer(&wire);
    wire.end(arg, failed);
    settle(c);
}

static void refuse(struct client *c, const struct err *why) {
    log_info("control", "refused uid=%ld pid=%ld: %s", (long)c->user, (long)c->process, why->text[LANG_EN]);
    on_end(&c->out, why);
}

static bool full_of_wire(void *arg) {
    return is_full(((struct wire_out *)arg)->arg);
}

static bool is_copy(enum ask_kind k) {
    return k == ASK_BACKUP || k == ASK_CHECK;
}

/* One at a time: each costs a disk's worth of room and of reading. */
static bool copy_under_way(const struct control *k, const struct client *but) {
    for (const struct client *c = k->clients.next; c != &k->clients; c = c->next)
        if (c != but && (c->copy[0] || (c->answer && is_copy(c->ask.kind)))) return true;
    return false;
}

static int may_ask(struct client *c, struct err *e) {
    if (is_copy(c->ask.kind) && copy_under_way(c->control, c))
        return err_set(e, ERR_BUSY, "another copy of this state is being made: ask again when it is done",
                       "une autre copie de cet état est en cours\u00a0: redemandez quand elle sera finie");
    if (c->ask.kind == ASK_REPLAY && strcmp(c->ask.version, MIA_VERSION) != 0)
        return err_set(e, ERR_REFUSED, "the bot is mia %s, this program %s: a replay needs the bot's own",
                       "le bot est mia %s, ce programme %s\u00a0: rejouer demande celui du bot", MIA_VERSION,
                       c->ask.version);
    return 0;
}

static void ask(struct client *c, const char *line, size_t n) {
    struct control *k = c->control;
    struct err e;
    int r = ask_read(line, n, &c->ask, &e);
    c->out.lang = c->ask.lang;
    if (r < 0 || may_ask(c, &e) < 0) {
        refuse(c, &e);
        return;
    }
    const struct answer_host host = {
        .loop = k->o.loop, .store = k->o.store, .broker = k->o.broker, .until = k->o.last_seq(k->o.arg), .dir = k->dir};
    struct answer_to to = {.arg = &c->out, .full = full_of_wire};
    wire_out_answer(&to);
    to.copy = on_copy;
    to.end = on_end;
    log_info("control", "%s uid=%ld pid=%ld", ask_kind_name(c->ask.kind), (long)c->user, (long)c->process);
    c->answer = answer_start(&host, &c->ask, &to);
}

/* ---- connections ---- */

static size_t on_bytes(void *arg, const char *p, size_t n) {
    struct client *c = arg;
    struct err e;
    size_t line = tcp_line(p, n);
    if (c->answer || c->ended) return n; /* it has been asked: what else comes is nothing to us */
    if (line == 0 && n < ASK_LINE_MAX) return 0;
    if (line == 0 || line > ASK_LINE_MAX) {
        err_set(&e, ERR_FULL, "a question has at most %u bytes", "une question compte au plus %u octets", ASK_LINE_MAX);
        refuse(c, &e);
    } else {
        ask(c, p, line - 1);
    }
    return n;
}

static void on_drained(void *arg) {
    struct client *c = arg;
    c->moved_ms = clock_mono_ms();
    if (c->answer && !c->ended) answer_resume(c->answer);
    settle(c);
}

static bool known_peer(struct client *c) {
    if (!tcp_peer(c->tcp, &c->user, &c->process)) return false;
    return c->user == geteuid() || c->user == 0;
}

/* Said in one write that the kernel keeps for them; nobody may make us wait for their reading of it. */
static void turn_away(struct client *c, const struct err *why) {
    refuse(c, why);
    hang_up(c);
}

static void on_incoming(void *arg, struct tcp_listener *l) {
    static const struct tcp_handler handler = {.bytes = on_bytes, .closed = on_closed, .drained = on_drained};
    struct control *k = arg;
    struct err e;
    struct client *c = xcalloc(1, sizeof *c);
    c->tcp = tcp_accept(l, &handler, c);
    if (!c->tcp) {
        free(c);
        return;
    }
    c->control = k;
    c->since_ms = c->moved_ms = clock_mono_ms();
    c->out = (struct wire_out){.send = send_bytes, .arg = c, .lang = k->o.lang};
    c->ask.lang = k->o.lang;
    wire_out_open(&c->out);
    c->prev = k->clients.prev;
    c->next = &k->clients;
    c->prev->next = k->clients.prev = c;
    if (!k->count++) loop_timer_start(k->beat, BEAT_MS, BEAT_MS);
    if (!known_peer(c)) {
        err_set(&e, ERR_AUTH, "this bot belongs to another user", "ce bot appartient à un autre utilisateur");
        turn_away(c, &e);
    } else if (k->count > CONTROL_CLIENTS_MAX) {
        err_set(&e, ERR_FULL, "%d questions are being answered: ask again later",
                "%d questions sont en cours\u00a0: redemandez plus tard", CONTROL_CLIENTS_MAX);
        turn_away(c, &e);
    }
}

/* ---- time ---- */

/* True: it was too slow, and is gone. */
static bool too_late(struct client *c, int64_t now) {
    struct err e;
    int64_t ask_ms = c->control->o.ask_ms ? c->control->o.ask_ms : CONTROL_ASK_MS;
    if (!c->answer && !c->ended && now - c->since_ms >= ask_ms) {
        err_set(&e, ERR_REFUSED, "nothing was asked", "rien n’a été demandé");
        turn_away(c, &e);
        return true;
    }
    size_t queued = tcp_queued(c->tcp);
    if (queued != c->queued || (queued == 0 && !c->ended)) c->moved_ms = now;
    c->queued = queued;
    if (now - c->moved_ms < (c->copy[0] ? CONTROL_COPY_MS : CONTROL_STALL_MS)) return false;
    log_warn("control", "%s: nobody reads the answer", ask_kind_name(c->ask.kind));
    hang_up(c);
    return true;
}

static void on_beat(void *arg) {
    struct control *k = arg;
    int64_t now = clock_mono_ms();
    for (struct client *c = k->clients.next, *next; c != &k->clients; c = next) {
        next = c->next;
        if (!too_late(c, now) && c->answer && !c->ended && tcp_queued(c->tcp) == 0) answer_progress(c->answer);
    }
}

/* ---- the socket ---- */

struct control *control_open(const struct control_options *o, struct err *e) {
    char path[ASK_PATH_MAX + 32], copy[ASK_PATH_MAX + 32];
    struct control *k = xcalloc(1, sizeof *k);
    k->o = *o;
    k->clients.prev = k->clients.next = &k->clients;
    bool fits = str_copy(k->dir, sizeof k->dir, o->dir);
    snprintf(path, sizeof path, "%s/" CONTROL_SOCKET, k->dir);
    k->listener = fits ? tcp_listen_unix(o->loop, path, on_incoming, k, e) : NULL;
    if (!fits) err_set(e, ERR_RANGE, "the name of the directory is too long", "le nom du dossier est trop long");
    if (!k->listener) {
        free(k);
        return NULL;
    }
    /* Of a bot that was killed while somebody looked through it. */
    snprintf(copy, sizeof copy, "%s/" ANSWER_CHECK_COPY, k->dir);
    store_copy_remove(copy);
    snprintf(copy, sizeof copy, "%s/" ANSWER_CHECK_COPY ANSWER_GONE, k->dir);
    store_copy_remove(copy);
    k->beat = loop_timer_new(o->loop, on_beat, k);
    return k;
}

void control_close(struct control *k) {
    struct err e;
    if (!k) return;
    tcp_listener_free(k->listener);
    err_set(&e, ERR_REFUSED, "the bot is being stopped", "le bot est en cours d’arrêt");
    while (k->clients.next != &k->clients) {
        struct client *c = k->clients.next;
        /* A backup that is complete is in the hands of who asked for it. */
        if (c->ended && c->ask.kind == ASK_BACKUP) c->copy[0] = '\0';
        if (!c->ended) refuse(c, &e);
        hang_up(c);
    }
    loop_timer_free(k->beat);
    free(k);
}

uint32_t control_clients(const struct control *k) {
    return k->count;
}
