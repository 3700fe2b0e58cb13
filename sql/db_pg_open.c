/*
 * db_pg_open: the way to the server. Puts together what the configuration and the environment say, refuses a way
 * that others could listen to or stand in, connects with an end to its patience, sets what durability and bounded
 * waiting rest on and reads it back, and takes the lock that keeps a second mia out. A password is never part of
 * any text that leaves here.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/store.h"
#include "sql/db_pg.h"

#define CONNECT_MS 8000 /* all addresses of the server together */
#define PARAMS_MAX 64
#define LOCK_CLASS 1296646465 /* "MIA" and a version: the first key of the lock; the second is the schema's */
#define CLAIM_MS 2000         /* a session of ours that has just ended may still hold it for a moment */
#define CLAIM_STEP_MS 50
#define VERSION_OLDEST 140000
#define NAME_MAX_PG 63 /* of an application */

struct params {
    const char *key[PARAMS_MAX + 1], *value[PARAMS_MAX + 1];
    int n;
};

static const char *param(const struct params *p, const char *key) {
    for (int i = 0; i < p->n; i++) {
        if (strcmp(p->key[i], key) == 0 && p->value[i] != NULL) return p->value[i];
    }
    return "";
}

static void put(struct params *p, const char *key, const char *value) {
    for (int i = 0; i < p->n; i++) {
        if (strcmp(p->key[i], key) != 0) continue;
        p->value[i] = value;
        return;
    }
    if (p->n == PARAMS_MAX) die("store: more than %d parameters of a connection", PARAMS_MAX);
    p->key[p->n] = key;
    p->value[p->n++] = value;
}

static void put_where_unset(struct params *p, const char *key, const char *value) {
    if (*param(p, key) == '\0') put(p, key, value);
}

/* ---- is the way safe? ---- */

static bool is_near(const char *host, size_t n) {
    static const char *const names[] = {"localhost", "::1"};
    if (n == 0 || *host == '/' || *host == '@') return true;
    if (n > 4 && strncmp(host, "127.", 4) == 0) return strspn(host, "0123456789.") >= n;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i]) == n && strncmp(names[i], host, n) == 0) return true;
    }
    return false;
}

/* A list of hosts is as near as its farthest. */
static bool all_near(const char *list) {
    for (;;) {
        size_t n = strcspn(list, ",");
        if (!is_near(list, n)) return false;
        if (list[n] == '\0') return true;
        list += n + 1;
    }
}

static int make_safe(struct params *p, bool sslmode_given, struct err *e) {
    if (all_near(param(p, "host")) && all_near(param(p, "hostaddr"))) return 0;
    if (sslmode_given && strcmp(param(p, "sslmode"), "verify-full") != 0)
        return err_set(
            e, ERR_REFUSED,
            "sslmode=%s is refused: a PostgreSQL on another machine is reached with sslmode=verify-full only "
            "(sslrootcert names the authority that signed its certificate)",
            "sslmode=%s est refusé : un PostgreSQL sur une autre machine n’est joint qu’avec "
            "sslmode=verify-full (sslrootcert nomme l’autorité qui a signé son certificat)",
            param(p, "sslmode"));
    put(p, "sslmode", "verify-full");
    put(p, "gssencmode", "disable"); /* it would take the place of TLS, unverified */
    return 0;
}

/* ---- what the settings say ---- */

/* keyword='value' with \\ and ' escaped, as libpq reads it. */
static void add_pair(struct buf *out, const char *key, const char *value) {
    if (value == NULL || *value == '\0') return;
    buf_printf(out, "%s='", key);
    for (const char *p = value; *p != '\0'; p++) {
        if (*p == '\'' || *p == '\\') buf_char(out, '\\');
        buf_char(out, *p);
    }
    buf_str(out, "' ");
}

static int text_error(struct err *e, const char *text) {
    char line[ERR_TEXT_MAX];
    str_copy_n(line, sizeof line, text, strcspn(text, "\n"));
    line[log_redact(line, strlen(line))] = '\0';
    return err_set(e, ERR_USAGE, "the address of PostgreSQL: %s", "l’adresse de PostgreSQL : %s", line);
}

int db_pg_where(const struct store_server *s, struct buf *out, struct err *e) {
    const char *const beside[][2] = {
        {"host", s->host}, {"port", s->port}, {"dbname", s->name}, {"user", s->user}, {"password", s->password}};
    char *text = NULL;
    if (s->url != NULL && *s->url != '\0') {
        PQconninfoOption *all = PQconninfoParse(s->url, &text);
        /* What the parser says may quote the address, and the password with it. */
        if (all == NULL) {
            PQfreemem(text);
            return text_error(e, "it does not read as postgresql://user@host:port/name");
        }
        for (const PQconninfoOption *o = all; o->keyword != NULL; o++) {
            if (o->val != NULL && strcmp(o->keyword, "password") == 0) log_secret(o->val);
            add_pair(out, o->keyword, o->val);
        }
        PQconninfoFree(all);
    }
    for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++) add_pair(out, beside[i][0], beside[i][1]);
    if (out->len == 0) buf_char(out, ' ');
    return 0;
}

/* ---- connecting ---- */

/* libpq's own defaults (its environment variables among them) below what `where` says. */
static int collect(const char *where, PQconninfoOption **ours, PQconninfoOption **others, struct params *p,
                   struct err *e) {
    char *text = NULL;
    bool sslmode_given = false;
    *others = PQconndefaults();
    *ours = PQconninfoParse(where, &text);
    if (*ours == NULL) {
        text_error(e, text != NULL ? text : "?");
        PQfreemem(text);
        return -1;
    }
    for (const PQconninfoOption *o = *others; o != NULL && o->keyword != NULL; o++) {
        if (o->val == NULL || *o->val == '\0' || strcmp(o->keyword, "service") == 0) continue;
        put(p, o->keyword, o->val);
        sslmode_given |= strcmp(o->keyword, "sslmode") == 0 && getenv("PGSSLMODE") != NULL;
    }
    for (const PQconninfoOption *o = *ours; o->keyword != NULL; o++) {
        if (o->val == NULL || *o->val == '\0') continue;
        if (strcmp(o->keyword, "service") == 0)
            return err_set(e, ERR_USAGE, "the address of PostgreSQL: say it itself, a service file is not read",
                           "l’adresse de PostgreSQL : donnez-la elle-même, un fichier de services n’est pas lu");
        put(p, o->keyword, o->val);
        sslmode_given |= strcmp(o->keyword, "sslmode") == 0;
    }
    return make_safe(p, sslmode_given, e);
}

/* One name a process, so that a lost connection of ours is told from another mia. */
static const char *session_token(void) {
    static char token[17];
    if (token[0] == '\0') {
        struct timespec t;
        clock_gettime(CLOCK_REALTIME, &t);
        snprintf(token, sizeof token, "%08x", (unsigned)(t.tv_nsec ^ (t.tv_sec << 12) ^ getpid()));
    }
    return token;
}

static void session_name(char out[NAME_MAX_PG + 1]) {
    char host[64] = "";
    gethostname(host, sizeof host - 1);
    snprintf(out, NAME_MAX_PG + 1, "mia %ld %s %.30s", (long)getpid(), session_token(), host);
}

static void add_limits(struct params *p, const char *name) {
    put(p, "application_name", name);
    put(p, "client_encoding", "UTF8");
    put_where_unset(p, "connect_timeout", "5");
    put_where_unset(p, "keepalives_idle", "10");
    put_where_unset(p, "keepalives_interval", "5");
    put_where_unset(p, "keepalives_count", "3");
    put_where_unset(p, "tcp_user_timeout", "20000");
}

/* The state of a refused connection stands in its text: "...: FATAL:  28P01: ..."; libpq gives it nowhere else. */
static void refused_state(const char *text, char out[PG_SQLSTATE]) {
    out[0] = '\0';
    for (const char *p = strchr(text, ':'); p != NULL; p = strchr(p + 1, ':')) {
        const char *s = p + 1 + strspn(p + 1, " ");
        if (strspn(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 && s[5] == ':') {
            str_copy_n(out, PG_SQLSTATE, s, 5);
            return;
        }
    }
}

static int connect_error(PGconn *c, bool late, struct err *e) {
    char line[ERR_TEXT_MAX], state[PG_SQLSTATE];
    const char *text = PQerrorMessage(c);
    if (late) text = "timeout";
    str_copy_n(line, sizeof line, text, strcspn(text, "\n"));
    line[log_redact(line, strlen(line))] = '\0';
    refused_state(line, state);
    if (strncmp(state, "28", 2) == 0)
        return err_set(e, ERR_AUTH, "PostgreSQL refuses who we are: %s", "PostgreSQL refuse notre identité : %s", line);
    if (strncmp(state, "3D", 2) == 0) return err_set(e, ERR_NOT_FOUND, "PostgreSQL: %s", "PostgreSQL : %s", line);
    if (strstr(line, "SSL") != NULL || strstr(line, "certificate") != NULL)
        return err_set(e, ERR_REFUSED, "PostgreSQL cannot be reached safely: %s",
                       "PostgreSQL ne peut pas être joint en sécurité : %s", line);
    return err_set(e, ERR_NET, "PostgreSQL cannot be reached: %s", "PostgreSQL est injoignable : %s", line);
}

static void no_notice(void *arg, const PGresult *r) {
    (void)arg;
    log_debug("store", "PostgreSQL: %s", PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY));
}

static PGconn *connect_to(const struct params *p, struct err *e) {
    int64_t until = db_mono_ms() + CONNECT_MS;
    PGconn *c = PQconnectStartParams(p->key, p->value, 0);
    if (c == NULL) die("store: out of memory");
    PQsetErrorVerbosity(c, PQERRORS_VERBOSE);
    PQsetNoticeReceiver(c, no_notice, NULL);
    PostgresPollingStatusType s = PGRES_POLLING_WRITING;
    bool late = false;
    while (PQstatus(c) != CONNECTION_BAD && s != PGRES_POLLING_OK && s != PGRES_POLLING_FAILED && !late) {
        struct pollfd f = {.fd = PQsocket(c), .events = s == PGRES_POLLING_READING ? POLLIN : POLLOUT};
        int64_t left = until - db_mono_ms();
        late = left <= 0 || poll(&f, 1, (int)left) == 0;
        if (!late) s = PQconnectPoll(c);
    }
    if (PQstatus(c) == CONNECTION_OK && s == PGRES_POLLING_OK) return c;
    connect_error(c, late, e);
    PQfinish(c);
    return NULL;
}

static int settle(struct pg *pg, struct err *e) {
    char sql[512];
    PQsetErrorVerbosity(pg->c, PQERRORS_DEFAULT);
    PQsetnonblocking(pg->c, 1);
    if (PQserverVersion(pg->c) < VERSION_OLDEST)
        return err_set(e, ERR_REFUSED, "PostgreSQL %d is too old: 14 is the oldest that MIA works with",
                       "PostgreSQL %d est trop ancien : MIA demande au moins la version 14",
                       PQserverVersion(pg->c) / 10000);
    snprintf(sql, sizeof sql,
             "SET synchronous_commit = on; SET statement_timeout = %d; SET lock_timeout = %d; "
             "SET idle_in_transaction_session_timeout = %d; SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; "
             "SET bytea_output = 'hex'; SET standard_conforming_strings = on; SET client_min_messages = warning; "
             "SET default_transaction_isolation = 'read committed'",
             PG_STATEMENT_MS, PG_LOCK_MS, 2 * PG_STATEMENT_MS);
    PGresult *r = pg_exec(pg, sql);
    PQclear(r);
    return r != NULL ? 0 : pg->db.driver->explain(&pg->db, e);
}

struct db *pg_open(const char *where, struct err *e) {
    struct params p = {.n = 0};
    PQconninfoOption *ours = NULL, *others = NULL;
    char name[NAME_MAX_PG + 1];
    PGconn *c = NULL;
    session_name(name);
    if (collect(where, &ours, &others, &p, e) == 0) {
        add_limits(&p, name);
        p.key[p.n] = NULL;
        c = connect_to(&p, e);
    }
    PQconninfoFree(ours);
    PQconninfoFree(others);
    if (c == NULL) return NULL;
    struct pg *pg = xcalloc(1, sizeof *pg);
    pg->db.driver = &db_pg;
    pg->c = c;
    pg->where = xstrdup(where);
    pg->generation = 1;
    if (settle(pg, e) == 0) return &pg->db;
    PQfinish(c);
    pg_forget(pg);
    return NULL;
}

void pg_forget(struct pg *pg) {
    explicit_bzero(pg->where, strlen(pg->where));
    free(pg->where);
    free(pg);
}

/* ---- what durability rests on ---- */

static const struct {
    const char *ask, *want;
} expected[] = {
    {"synchronous_commit", "on"},
    {"fsync", "on"},
    {"full_page_writes", "on"},
    {"server_encoding", "UTF8"},
};

int pg_guarantees(struct db *d, struct err *e) {
    struct pg *pg = (struct pg *)d;
    char sql[64], got[64];
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        snprintf(sql, sizeof sql, "SHOW %s", expected[i].ask);
        if (!pg_one(pg, sql, got, sizeof got)) return d->driver->explain(d, e);
        if (strcmp(got, expected[i].want) == 0) continue;
        return err_set(
            e, ERR_REFUSED,
            "PostgreSQL runs with %s = %s instead of %s: refusing, a power cut could double orders or lose them",
            "PostgreSQL fonctionne avec %s = %s au lieu de %s : refus, une coupure de courant pourrait doubler "
            "ou perdre des ordres",
            expected[i].ask, got, expected[i].want);
    }
    if (!pg_one(pg, "SELECT pg_is_in_recovery()", got, sizeof got)) return d->driver->explain(d, e);
    if (got[0] == 't')
        return err_set(e, ERR_NET, "this PostgreSQL is a standby: it cannot be written to",
                       "ce PostgreSQL est un serveur de secours : on ne peut pas y écrire");
    if (!pg_one(pg, "SELECT coalesce(current_schema()::text, '')", got, sizeof got)) return d->driver->explain(d, e);
    if (got[0] == '\0')
        return err_set(e, ERR_NOT_FOUND, "the search path of PostgreSQL names no schema that exists",
                       "le chemin de recherche de PostgreSQL ne nomme aucun schéma existant");
    return 0;
}

void pg_place(struct db *d, char *out, size_t size) {
    const struct pg *pg = (const struct pg *)d;
    int v = PQserverVersion(pg->c);
    const char *host = PQhost(pg->c);
    if (host == NULL || *host == '\0' || *host == '/')
        snprintf(out, size, "PostgreSQL %d.%d, %s", v / 10000, v % 10000, PQdb(pg->c));
    else
        snprintf(out, size, "PostgreSQL %d.%d, %s @ %s:%s", v / 10000, v % 10000, PQdb(pg->c), host, PQport(pg->c));
}

/* ---- one mia a schema ---- */

#define STRING_(x) #x
#define STRING(x) STRING_(x)
static const char try_lock[] =
    "SELECT pg_try_advisory_lock(" STRING(LOCK_CLASS) ", oid::int) FROM pg_namespace WHERE nspname = current_schema()";
static const char ask_holder[] =
    "SELECT a.pid, a.application_name, coalesce(to_char(a.backend_start AT TIME ZONE 'UTC', "
    "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), '?') FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.classid = " STRING(
        LOCK_CLASS) " AND l.objsubid = 2 "
                    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
                    "AND l.objid = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())";

struct holder {
    long session, pid;
    char token[17], host[32], since[32];
};

static int find_holder(struct pg *pg, struct holder *h, struct err *e) {
    PGresult *r = pg_exec(pg, ask_holder);
    *h = (struct holder){.host = "?", .since = "?"};
    if (r == NULL) return pg->db.driver->explain(&pg->db, e);
    if (PQntuples(r) > 0) {
        h->session = strtol(PQgetvalue(r, 0, 0), NULL, 10);
        if (sscanf(PQgetvalue(r, 0, 1), "mia %ld %16s %31s", &h->pid, h->token, h->host) < 2) h->pid = 0;
        str_copy(h->since, sizeof h->since, PQgetvalue(r, 0, 2));
    }
    PQclear(r);
    return 0;
}

/* A session whose process is this one, or is gone from this machine, holds the lock only because the server has not
 * noticed: nobody is behind it. */
static bool is_left_over(const struct holder *h) {
    char host[64] = "";
    if (h->session == 0 || h->pid == 0) return false;
    if (strcmp(h->token, session_token()) == 0) return true;
    gethostname(host, sizeof host - 1);
    return strncmp(host, h->host, sizeof h->host - 2) == 0 && kill((pid_t)h->pid, 0) < 0 && errno == ESRCH;
}

int pg_claim(struct db *d, struct err *e) {
    struct pg *pg = (struct pg *)d;
    struct holder h = {0};
    char got[8], sql[64];
    int64_t until = db_mono_ms() + CLAIM_MS;
    for (;;) {
        if (!pg_one(pg, try_lock, got, sizeof got)) return d->driver->explain(d, e);
        if (got[0] == 't') return 0;
        if (find_holder(pg, &h, e) < 0) return -1;
        if (is_left_over(&h)) {
            snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%ld)", h.session);
            pg_one(pg, sql, got, sizeof got);
        }
        if (db_mono_ms() >= until) break;
        poll(NULL, 0, CLAIM_STEP_MS);
    }
    if (h.pid != 0 && strcmp(h.token, session_token()) == 0)
        return err_set(e, ERR_NET, "PostgreSQL still works on our last connection",
                       "PostgreSQL traite encore notre dernière connexion");
    return err_set(e, ERR_BUSY, "another mia uses this database: process %ld on %s, since %s",
                   "un autre mia utilise cette base de données : processus %ld sur %s, depuis %s", h.pid, h.host,
                   h.since);
}
