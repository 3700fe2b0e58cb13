/*
 * cli_history: what looks at the past: `mia replay`, `mia audit`, `mia db`. They open
 * the store themselves, so no bot may be running on the same state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/cli.h"
#include "bot/replay.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

/* ---- replay ---- */

static const struct cli_option replay_options[] = {
    {"--day", "YYYY-MM-DD", NULL, {"one trading day only", "une seule journée de bourse"}},
    {"--demo", NULL, NULL, {"the demo's state", "l’état de la démo"}},
    {0}};

/* Where to begin and end: everything, or one trading day. */
struct span {
    uint64_t from, until;
};

static int find_span(struct cli *c, struct store *s, struct span *out) {
    const char *day = cli_value(c, "--day", NULL);
    when_t at;
    *out = (struct span){0};
    if (!day) return 0;
    if (strlen(day) != 10 || !when_parse_iso(day, 10, NULL, &at)) return -1;
    int32_t n = (int32_t)(when_sec(at) / 86400);
    out->from = store_seq_before_day(s, n);
    out->until = store_seq_before_day(s, n + 1);
    return out->until > out->from ? 0 : -2;
}

/* The digest that the live run had at its newest snapshot, to hold against. */
static int live_digest(struct store *s, const struct broker *b, uint64_t before, uint64_t *seq, uint64_t *digest,
                       struct err *e) {
    struct drive *d;
    if (replay_snapshot(&d, b, s, before, seq, e) < 0) return -1;
    *digest = *seq ? engine_digest(drive_engine(d)) : 0;
    drive_free(d);
    return 0;
}

static int replay_span(struct cli *c, struct store *s, const struct broker *b, const struct span *span) {
    struct drive *d = NULL;
    struct replay_result r;
    struct err e = {0};
    uint64_t start = 0, live_seq, live;
    if (live_digest(s, b, span->until, &live_seq, &live, &e) < 0) goto failed;
    if (!span->from)
        d = drive_new(b);
    else if (replay_snapshot(&d, b, s, span->from, &start, &e) < 0)
        goto failed;
    /* Up to the snapshot first, so that both digests speak of the same event. */
    uint64_t at_snapshot = 0, events = 0, difference = 0;
    if (live_seq > start) {
        if (replay_run(d, s, start, live_seq, NULL, NULL, &r, &e) < 0) goto failed;
        at_snapshot = engine_digest(drive_engine(d));
        events = r.events;
        difference = r.first_difference;
        start = live_seq;
    }
    if (replay_run(d, s, start, span->until, NULL, NULL, &r, &e) < 0) goto failed;
    events += r.events;
    if (!difference) difference = r.first_difference;
    if (!difference && at_snapshot && at_snapshot != live) difference = live_seq;
    printf("events %llu digest %016llx", (unsigned long long)events,
           (unsigned long long)engine_digest(drive_engine(d)));
    if (live_seq) printf(" live %016llx at %llu", (unsigned long long)live, (unsigned long long)live_seq);
    if (difference)
        printf(" %s %llu\n", tr(c->lang, "first difference at event", "première différence à l’événement"),
               (unsigned long long)difference);
    else
        printf(" %s\n", tr(c->lang, "no difference", "aucune différence"));
    drive_free(d);
    return difference ? CLI_FAILED : CLI_GOOD;
failed:
    drive_free(d);
    return cli_fail(c, &e);
}

static int replay(struct cli *c) {
    struct conf *conf = cli_conf(c, !cli_has(c, "--demo"), true);
    struct span span;
    int status = CLI_FAILED;
    if (!conf) return CLI_FAILED;
    struct store *s = cli_store(c, conf, cli_has(c, "--demo"));
    if (s) {
        int found = find_span(c, s, &span);
        if (found == -1)
            status = cli_usage(c, "--day wants a date like 2025-06-30", "--day attend une date comme 2025-06-30");
        else if (found < 0)
            status = cli_usage(c, "nothing is journalled for that day", "rien n’est journalisé ce jour-là");
        else
            status = replay_span(c, s, broker_find(conf_str(conf, "broker.kind")), &span);
        store_close(s);
    }
    conf_free(conf);
    return status;
}

const struct cli_command cli_replay = {"replay",
                                       NULL,
                                       {"replays the journal, prints its digest and any difference",
                                        "rejoue le journal, affiche son empreinte et toute différence"},
                                       replay_options,
                                       replay};

/* ---- audit ---- */

static const struct cli_option audit_options[] = {{"--demo", NULL, NULL, {"the demo's state", "l’état de la démo"}},
                                                  {0}};

static int audit(struct cli *c) {
    struct err e;
    uint64_t rows;
    if (c->words != 1 || strcmp(c->word[0], "verify"))
        return cli_usage(c, "say: mia audit verify", "dites\u00a0: mia audit verify");
    struct conf *conf = cli_conf(c, !cli_has(c, "--demo"), true);
    if (!conf) return CLI_FAILED;
    int status = CLI_FAILED;
    struct store *s = cli_store(c, conf, cli_has(c, "--demo"));
    if (s && store_audit_verify(s, &rows, &e) < 0)
        status = cli_fail(c, &e);
    else if (s) {
        printf(tr(c->lang, "%llu audit rows, the chain holds\n", "%llu lignes d’audit, la chaîne tient\n"),
               (unsigned long long)rows);
        status = CLI_GOOD;
    }
    store_close(s);
    conf_free(conf);
    return status;
}

const struct cli_command cli_audit = {
    "audit",
    "verify",
    {"checks the hash chain of the audit log", "vérifie la chaîne du journal d’audit"},
    audit_options,
    audit};

/* ---- db ---- */

static const struct cli_option db_options[] = {
    {"-o", "F", NULL, {"backup: the file to write", "backup\u00a0: le fichier à écrire"}},
    {"--demo", NULL, NULL, {"the demo's state", "l’état de la démo"}},
    {0}};

static int db(struct cli *c) {
    struct err e;
    const char *what = c->words == 1 ? c->word[0] : "";
    bool demo = cli_has(c, "--demo");
    if (strcmp(what, "migrate") && strcmp(what, "check") && strcmp(what, "backup"))
        return cli_usage(c, "say: mia db migrate|check|backup", "dites\u00a0: mia db migrate|check|backup");
    if (!strcmp(what, "backup") && !cli_has(c, "-o"))
        return cli_usage(c, "backup needs -o FILE", "backup demande -o FICHIER");
    struct conf *conf = cli_conf(c, !demo, true);
    if (!conf) return CLI_FAILED;
    char dir[CONF_PATH_MAX + 8];
    snprintf(dir, sizeof dir, "%s%s", conf_str(conf, "state.dir"), demo ? "/demo" : "");
    struct store_options o = {.dir = dir, .read_only = strcmp(what, "migrate") != 0};
    struct store *s = store_open(&o, &e);
    int bad = !s;
    if (s && !strcmp(what, "check"))
        bad = store_check(s, &e) < 0;
    else if (s && !strcmp(what, "backup"))
        bad = store_backup(s, cli_value(c, "-o", ""), &e) < 0;
    if (bad)
        cli_fail(c, &e);
    else
        printf(tr(c->lang, "good, schema %d\n", "bon, schéma %d\n"), store_schema_version(s));
    store_close(s);
    conf_free(conf);
    return bad ? CLI_FAILED : CLI_GOOD;
}

const struct cli_command cli_db = {
    "db", "migrate|check|backup", {"looks after the database", "s’occupe de la base de données"}, db_options, db};
