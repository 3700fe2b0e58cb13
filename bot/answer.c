/*
 * answer: one question, from the store to whoever reads. Owns what is under way; a
 * question that was dropped lives until the store has answered what it was asked.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/answer_priv.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

/* ---- life ---- */

static void answer_free(struct answer *a) {
    export_clear(&a->x);
    buf_clear(&a->live);
    buf_clear(&a->start);
    free(a);
}

void answer_drop(struct answer *a) {
    if (!a) return;
    a->dropped = true;
    a->x.stopped = true;
    if (a->job) store_job_cancel(a->job);
    if (!a->busy) answer_free(a);
}

void answer_asked(struct answer *a) {
    a->busy = true;
}

bool answer_answered(struct answer *a) {
    a->busy = false;
    a->job = NULL;
    if (!a->dropped) return true;
    answer_free(a);
    return false;
}

void answer_end(struct answer *a, const struct err *failed) {
    a->ended = true;
    a->to.end(a->to.arg, failed);
}

bool answer_full(struct answer *a) {
    if (!a->to.full || !a->to.full(a->to.arg)) return false;
    a->waiting = true;
    return true;
}

void answer_resume(struct answer *a) {
    if (!a->waiting || a->ended) return;
    a->waiting = false;
    a->go_on(a);
}

void answer_progress(struct answer *a) {
    uint64_t at = a->x.page.after, of = a->x.page.until;
    if (a->ended) return;
    if (a->ask.kind == ASK_REPLAY) {
        at = a->next;
        of = a->span.until;
    } else if (a->job) {
        store_job_progress(a->job, &at, &of);
    }
    if (of) a->to.progress(a->to.arg, at, of);
}

/* ---- export ---- */

static void export_bytes(void *arg, const char *bytes, size_t n) {
    struct answer *a = arg;
    a->to.output(a->to.arg, bytes, n);
}

static bool export_waits(void *arg) {
    struct answer *a = arg;
    if (!answer_full(a)) return false;
    a->busy = false;
    return true;
}

static void exported(void *arg, const struct err *failed) {
    struct answer *a = ((struct export *)arg)->arg;
    if (!answer_answered(a)) return;
    if (!failed) export_end(&a->x);
    answer_end(a, failed);
}

static void export_go_on(struct answer *a) {
    answer_asked(a);
    export_resume(&a->x);
}

static void start_export(struct answer *a) {
    a->x = (struct export){.what = a->ask.what,
                           .json = a->ask.json,
                           .lang = a->ask.lang,
                           .write = export_bytes,
                           .full = export_waits,
                           .arg = a};
    a->go_on = export_go_on;
    export_open(&a->x);
    answer_asked(a);
    export_ask(&a->x, a->host.store, a->ask.from, a->ask.to, exported);
}

/* ---- the audit chain ---- */

static void verified(void *arg, const struct err *failed) {
    struct answer *a = arg;
    char line[160];
    if (!answer_answered(a)) return;
    if (!failed) {
        int n =
            snprintf(line, sizeof line,
                     tr(a->ask.lang, "%llu audit rows, the chain holds\n", "%llu lignes d’audit, la chaîne tient\n"),
                     (unsigned long long)a->rows);
        a->to.output(a->to.arg, line, (size_t)n);
    }
    answer_end(a, failed);
}

static void start_verify(struct answer *a) {
    answer_asked(a);
    a->job = store_audit_verify_job(a->host.store, &a->rows, verified, a);
}

/* ---- copies ---- */

static void remove_now(void *arg) {
    store_copy_remove(arg);
    free(arg);
}

/* Under another name at once, so that a new copy of the old name has nothing to fear from the removal. */
void answer_remove_copy(struct loop *l, const char *dir) {
    char gone[ASK_PATH_MAX + 128];
    if (snprintf(gone, sizeof gone, "%s" ANSWER_GONE, dir) >= (int)sizeof gone || rename(dir, gone) < 0) {
        if (errno != ENOENT) store_copy_remove(dir);
        return;
    }
    char *path = xstrdup(gone);
    if (!l || loop_work(l, remove_now, NULL, path) < 0) remove_now(path);
}

static void copied(void *arg, const struct err *failed) {
    struct answer *a = arg;
    if (a->dropped && !failed) answer_remove_copy(a->host.loop, a->copy);
    if (!answer_answered(a)) return;
    if (access(a->copy, F_OK) < 0) a->copy[0] = '\0'; /* a server was looked through by itself */
    if (!failed) a->to.copy(a->to.arg, a->copy, store_schema_version(a->host.store));
    answer_end(a, failed);
}

static void start_copy(struct answer *a, const char *dir, const char *suffix, enum store_copy what) {
    struct err e;
    if (snprintf(a->copy, sizeof a->copy, "%s%s", dir, suffix) >= (int)sizeof a->copy) {
        err_set(&e, ERR_RANGE, "the name of the directory is too long", "le nom du dossier est trop long");
        answer_end(a, &e);
        return;
    }
    answer_asked(a);
    a->job = store_copy_job(a->host.store, a->copy, what, copied, a);
}

static void start_check(struct answer *a) {
    struct err e;
    if (a->host.loop) {
        start_copy(a, a->host.dir, "/" ANSWER_CHECK_COPY, STORE_COPY_DATABASE);
        return;
    }
    bool good = store_check(a->host.store, &e) == 0;
    if (good) a->to.copy(a->to.arg, "", store_schema_version(a->host.store));
    answer_end(a, good ? NULL : &e);
}

static void start_version(struct answer *a) {
    a->to.copy(a->to.arg, "", store_schema_version(a->host.store));
    answer_end(a, NULL);
}

/* ---- all of them ---- */

struct answer *answer_start(const struct answer_host *h, const struct ask *q, const struct answer_to *to) {
    struct answer *a = xcalloc(1, sizeof *a);
    a->host = *h;
    a->ask = *q;
    a->to = *to;
    switch (q->kind) {
    case ASK_EXPORT: start_export(a); return a;
    case ASK_VERIFY: start_verify(a); return a;
    case ASK_REPLAY: answer_journal_start(a); return a;
    case ASK_BACKUP: start_copy(a, q->dir, ".part", STORE_COPY_ALL); return a;
    case ASK_CHECK: start_check(a); return a;
    case ASK_VERSION: start_version(a); return a;
    case ASK_KIND_COUNT: break;
    }
    die("answer: question %d", (int)q->kind);
}
