/*
 * router_file: what a command asks for that comes later and may be large: history as a
 * file, the end of the log. The bytes belong to the call and go with it; what is asked of
 * the store or a worker is bounded, and never holds up the loop.
 */
#include <stdlib.h>
#include <string.h>

#include "bot/export.h"
#include "bot/pack.h"
#include "bot/router_priv.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define EXPORTS_AT_ONCE 2 /* of all people: each holds up to DOC_FILE_MAX and PACK_PLAIN_MAX */
#define LOGS_AT_ONCE 2
#define LOG_BYTES_MAX DOC_FILE_MAX

/* ---- history ---- */

struct export_job {
    struct export x;
    struct pack pack;
    struct call *call;
    command_bytes_fn done;
    bool counted;
};

static void export_over(struct export_job *j) {
    if (j->counted) j->call->router->exports--;
    j->counted = false;
    export_clear(&j->x);
}

static void export_free(void *job) {
    struct export_job *j = job;
    export_over(j);
    pack_clear(&j->pack);
    free(j);
}

static void export_bytes(void *arg, const char *bytes, size_t n) {
    struct export_job *j = arg;
    pack_add(&j->pack, bytes, n);
    if (j->pack.is_full) j->x.stopped = true; /* the rest would be read for nothing */
}

static void exported(void *arg, const struct err *failed) {
    struct export_job *j = ((struct export *)arg)->arg;
    struct command_ctx *c = &j->call->ctx;
    struct err e;
    if (!failed && !j->x.stopped) export_end(&j->x);
    if (!failed && !pack_end(&j->pack)) {
        err_set(&e, ERR_FULL, "the export is too large to be sent", "l’export est trop grand pour être envoyé");
        failed = &e;
    }
    const struct command_bytes b = {.bytes = j->pack.out.p,
                                    .n = j->pack.out.len,
                                    .rows = j->x.rows,
                                    .whole = j->pack.taken,
                                    .is_packed = j->pack.is_packed};
    export_over(j);
    j->done(c, failed ? NULL : &b, failed); /* finishes the call, and frees j with it */
}

int command_export(struct command_ctx *c, const struct export_wish *w, command_bytes_fn done, struct err *e) {
    struct call *k = c->host;
    enum export_what what;
    if (!export_what_parse(w->what, &what))
        return err_set(e, ERR_USAGE, "there is no such history", "cet historique n’existe pas");
    if (k->router->exports >= EXPORTS_AT_ONCE)
        return err_set(e, ERR_BUSY, "Other exports are being made: try again in a moment.",
                       "D’autres exports sont en préparation\u00a0: réessayez dans un instant.");
    struct export_job *j = xcalloc(1, sizeof *j);
    j->call = k;
    j->done = done;
    j->counted = true;
    k->router->exports++;
    k->job = j;
    k->job_free = export_free;
    pack_init(&j->pack, DOC_FILE_MAX);
    j->x = (struct export){.what = what, .json = w->json, .lang = c->lang, .write = export_bytes, .arg = j};
    export_open(&j->x);
    export_ask(&j->x, c->store, w->from, w->to, exported);
    return 0;
}

/* ---- the log ---- */

struct log_job {
    struct router *router;
    struct call *call; /* NULL: gone while the worker read */
    command_bytes_fn done;
    enum log_level least;
    uint32_t lines, found;
    struct buf text;
    struct err err;
    bool working;
};

static void log_drop(struct log_job *j) {
    buf_clear(&j->text);
    free(j);
}

/* The worker may still be reading: then it is dropped when it is done. */
static void log_free(void *job) {
    struct log_job *j = job;
    j->call = NULL;
    if (!j->working) log_drop(j);
}

static void log_work(void *arg) {
    struct log_job *j = arg;
    log_tail(j->least, j->lines, &j->text, &j->found, &j->err);
}

static void log_read(void *arg) {
    struct log_job *j = arg;
    j->working = false;
    if (!j->call) {
        log_drop(j);
        return;
    }
    j->router->logs--;
    if (j->err.code == ERR_NONE && j->text.overflow)
        err_set(&j->err, ERR_FULL, "too much to be sent: ask for fewer lines",
                "trop pour être envoyé\u00a0: demandez moins de lignes");
    const struct command_bytes b = {.bytes = j->text.p, .n = j->text.len, .rows = j->found, .whole = j->text.len};
    bool bad = j->err.code != ERR_NONE;
    j->done(&j->call->ctx, bad ? NULL : &b, bad ? &j->err : NULL); /* frees j */
}

int command_log(struct command_ctx *c, const char *level, uint32_t lines, command_bytes_fn done, struct err *e) {
    struct call *k = c->host;
    struct log_job *j = xcalloc(1, sizeof *j);
    *j = (struct log_job){.router = k->router, .call = k, .done = done, .lines = lines};
    buf_init(&j->text, LOG_BYTES_MAX);
    bool busy = k->router->logs >= LOGS_AT_ONCE;
    if (busy || !log_level_parse(level, &j->least) || loop_work(k->router->o.loop, log_work, log_read, j) < 0) {
        log_drop(j);
        return err_set(e, ERR_BUSY, "The log is being read already: try again in a moment.",
                       "Le journal est déjà en cours de lecture\u00a0: réessayez dans un instant.");
    }
    j->working = true;
    k->router->logs++;
    k->job = j;
    k->job_free = log_free;
    return 0;
}
