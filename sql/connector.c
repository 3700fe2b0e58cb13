/*
 * connector: one attempt to reach the server, in a thread of its own. Owns a copy of what it needs and the connection
 * until it is taken; whoever of the two comes last, the thread or its owner, frees it.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "sql/outage_int.h"

#define CONNECTOR_STACK (512u << 10)

struct connector {
    pthread_mutex_t lock;
    bool done, abandoned;
    struct db *db;
    struct err err;
    struct vault vault;  /* a copy: the address, the names */
    struct store *store; /* woken while not abandoned */
};

static void connector_free(struct connector *c) {
    db_close(c->db);
    explicit_bzero(c->vault.server, strlen(c->vault.server));
    free(c->vault.server);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static void *connector_main(void *arg) {
    struct connector *c = arg;
    struct err e = {0};
    struct db *d = vault_connect(&c->vault, &e);
    pthread_mutex_lock(&c->lock);
    c->db = d;
    c->err = e;
    c->done = true;
    bool abandoned = c->abandoned;
    if (!abandoned) pthread_cond_signal(&c->store->work);
    pthread_mutex_unlock(&c->lock);
    if (abandoned) connector_free(c);
    return NULL;
}

struct connector *connector_start(struct store *s) {
    struct connector *c = xcalloc(1, sizeof *c);
    pthread_attr_t a;
    pthread_t thread;
    sigset_t all, before;
    pthread_mutex_init(&c->lock, NULL);
    c->vault = s->vault;
    c->vault.server = xstrdup(s->vault.server);
    c->store = s;
    sigfillset(&all);
    pthread_attr_init(&a);
    pthread_attr_setstacksize(&a, CONNECTOR_STACK);
    pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&thread, &a, connector_main, c);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&a);
    if (rc == 0) return c;
    err_set(&c->err, ERR_IO, "no thread for the connection: %s", "pas de fil pour la connexion : %s", strerror(rc));
    c->done = true;
    return c;
}

bool connector_is_done(struct connector *c) {
    pthread_mutex_lock(&c->lock);
    bool done = c->done;
    pthread_mutex_unlock(&c->lock);
    return done;
}

struct db *connector_take(struct connector *c, struct err *e) {
    struct db *d = c->db;
    *e = c->err;
    c->db = NULL;
    connector_free(c);
    return d;
}

void connector_abandon(struct connector *c) {
    pthread_mutex_lock(&c->lock);
    c->abandoned = true;
    bool done = c->done;
    pthread_mutex_unlock(&c->lock);
    if (done) connector_free(c);
}

when_t outage_wall(int64_t ago_ms) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (when_t){(int64_t)t.tv_sec * NS_PER_SEC + t.tv_nsec - ago_ms * (NS_PER_SEC / 1000)};
}

bool outage_has_commits(struct store *s) {
    pthread_mutex_lock(&s->lock);
    bool any = false;
    for (const struct request *r = s->todo.first; r != NULL && !any; r = r->next) any = r->kind == REQUEST_COMMIT;
    pthread_mutex_unlock(&s->lock);
    return any;
}
