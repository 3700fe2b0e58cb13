/*
 * migrate: forward only. A released migration is never edited, so each one's digest is
 * recorded and compared by `mia db check`. A crash inside one leaves the database at the
 * version before.
 */
#include "sql/migrate.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/base/version.h"

static const char bookkeeping[] = "CREATE TABLE IF NOT EXISTS schema_migrations ("
                                  "version INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 VARCHAR(64) NOT NULL, "
                                  "applied_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP)";

int migrate_latest(const struct migration *table) {
    int latest = 0;
    for (const struct migration *m = table; m->version != 0; m++) latest = m->version;
    return latest;
}

static void digest(const struct migration *m, char out[SHA256_HEX]) {
    struct sha256 s;
    uint8_t bytes[SHA256_BYTES];
    sha256_init(&s);
    sha256_add(&s, m->sql, strlen(m->sql));
    sha256_done(&s, bytes);
    hex_text(out, bytes, sizeof bytes);
}

int migrate_version(struct db *d, int *version, struct err *e) {
    int64_t v = 0;
    *version = 0;
    if (!d->driver->has_table(d, "schema_migrations")) return 0;
    if (db_number(d, QUERY_SCHEMA_VERSION, 0, &v, e) < 0) return -1;
    *version = (int)v;
    return 0;
}

static int apply(struct db *d, const struct migration *m, struct err *e) {
    char hex[SHA256_HEX];
    digest(m, hex);
    if (db_begin(d, e) < 0) return -1;
    if (db_script(d, m->sql, e) < 0) goto failed;
    struct stmt *st = db_query(d, QUERY_SCHEMA_ADD);
    db_i64(d, st, 1, m->version);
    db_text(d, st, 2, m->name);
    db_text(d, st, 3, hex);
    if (db_run(d, st, e) < 0) goto failed;
    if (db_commit(d, e) < 0) goto failed;
    return 0;
failed:
    db_rollback(d);
    return err_prefix(e, "migration %04d_%s", "migration %04d_%s", m->version, m->name);
}

/* The version of the program that wrote last; "" where it is not told. */
static void last_writer(struct db *d, char out[16]) {
    struct err e;
    out[0] = '\0';
    if (!d->driver->has_table(d, "bot_state")) return;
    struct stmt *st = db_query(d, QUERY_SCHEMA_WRITER);
    if (db_step(d, st, &e) > 0) str_copy(out, 16, db_col_text(d, st, 0));
    db_reset(d, st);
}

static int is_newer(struct db *d, int found, int known, struct err *e) {
    char by[16];
    last_writer(d, by);
    if (by[0] == '\0') {
        err_newer(e, (unsigned)found, (unsigned)known);
        return err_prefix(e, "the schema of the database", "le schéma de la base de données");
    }
    return err_set(
        e, ERR_REFUSED,
        "mia %s wrote this database (schema %d); this is mia " MIA_VERSION ", which knows schema %d: install "
        "the newer one again, or restore a backup from before the upgrade",
        "mia %s a écrit cette base de données (schéma %d)\u00a0; voici mia " MIA_VERSION
        ", qui connaît le schéma %d\u00a0: réinstallez le plus récent, ou restaurez une sauvegarde d’avant la "
        "mise à jour",
        by, found, known);
}

int migrate_run(struct db *d, const struct migration *table, bool read_only, int *version, struct err *e) {
    int latest = migrate_latest(table);
    if (migrate_version(d, version, e) < 0) return -1;
    if (*version > latest) return is_newer(d, *version, latest, e);
    if (*version == latest) return 0;
    if (read_only)
        return err_set(
            e, ERR_REFUSED, "the database has schema %d, this program needs %d: run `mia db migrate` first",
            "la base de données a le schéma %d, ce programme demande le %d : lancez d’abord « mia db migrate »",
            *version, latest);
    if (db_script(d, bookkeeping, e) < 0) return -1;
    for (const struct migration *m = table; m->version != 0; m++) {
        if (m->version <= *version) continue;
        if (apply(d, m, e) < 0) return -1;
        log_info("store", "schema %04d_%s applied", m->version, m->name);
        *version = m->version;
    }
    return 0;
}

int migrate_check(struct db *d, const struct migration *table, struct err *e) {
    for (const struct migration *m = table; m->version != 0; m++) {
        char hex[SHA256_HEX];
        digest(m, hex);
        struct stmt *st = db_query(d, QUERY_SCHEMA_SUM);
        db_i64(d, st, 1, m->version);
        int r = db_step(d, st, e);
        if (r < 0) return -1;
        bool same = r > 0 && strcmp(db_col_text(d, st, 0), hex) == 0;
        db_reset(d, st);
        if (!same)
            return err_set(e, ERR_CORRUPT, "migration %04d_%s is not the one this database was made with",
                           "la migration %04d_%s n’est pas celle qui a fait cette base de données", m->version,
                           m->name);
    }
    return 0;
}
