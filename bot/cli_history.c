/*
 * cli_history: what looks at the past: `mia replay`, `mia audit`. Both ask (bot/cli_ask.c):
 * the bot that runs here, or the state itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/cli.h"
#include "bot/journal_check.h"

/* ---- replay ---- */

static const struct cli_option replay_options[] = {
    {"--day", "YYYY-MM-DD", NULL, {"one trading day only", "une seule journée de bourse"}},
    {"--demo", NULL, NULL, {"the demo's state", "l’état de la démo"}},
    {0}};

static void on_span(void *arg, const struct answer_span *s) {
    journal_check_span(arg, s);
}

static void on_snapshot(void *arg, const void *p, size_t n) {
    journal_check_snapshot(arg, p, n);
}

static void on_event(void *arg, const struct event *ev) {
    journal_check_event(arg, ev);
}

static int say_verdict(const struct cli *c, const struct journal_verdict *v) {
    printf("events %llu digest %016llx", (unsigned long long)v->events, (unsigned long long)v->digest);
    if (v->live_seq)
        printf(" live %016llx at %llu", (unsigned long long)v->live_digest, (unsigned long long)v->live_seq);
    if (v->difference)
        printf(" %s %llu\n", tr(c->lang, "first difference at event", "première différence à l’événement"),
               (unsigned long long)v->difference);
    else
        printf(" %s\n", tr(c->lang, "no difference", "aucune différence"));
    return v->difference ? CLI_FAILED : CLI_GOOD;
}

static int replay_with(struct cli *c, const struct conf *conf, const struct ask *q) {
    struct journal_check *check = journal_check_new(broker_find(conf_str(conf, "broker.kind")));
    struct answer_to to = {.arg = check, .span = on_span, .snapshot = on_snapshot, .event = on_event};
    struct cli_reader reader = {.to = &to};
    struct journal_verdict v;
    struct err e = {0};
    int r = cli_ask(c, conf, q, &reader, &e);
    if (r == 0) r = journal_check_end(check, &v, &e);
    journal_check_free(check);
    return r == 0 ? say_verdict(c, &v) : cli_answered(c, r, &e);
}

static int replay(struct cli *c) {
    struct ask q = {.kind = ASK_REPLAY, .lang = c->lang};
    const char *day = cli_value(c, "--day", NULL);
    when_t at;
    if (day && (strlen(day) != 10 || !when_parse_iso(day, 10, NULL, &at)))
        return cli_usage(c, "--day wants a date like 2025-06-30", "--day attend une date comme 2025-06-30");
    q.has_day = day != NULL;
    if (day) q.day = (int32_t)(when_sec(at) / 86400);
    struct conf *conf = cli_conf(c, !cli_has(c, "--demo"), true);
    if (!conf) return CLI_FAILED;
    int status = replay_with(c, conf, &q);
    conf_free(conf);
    return status;
}

const struct cli_command cli_replay = {
    .name = "replay",
    .text = {"replays the journal, prints its digest and any difference",
             "rejoue le journal, affiche son empreinte et toute différence"},
    .more =
        {"Beside a running bot the journal comes through the socket in the state directory, as of the question; the\n"
         "engine is run again here, in this program.",
         "À côté d’un bot en marche, le journal passe par la socket du dossier d’état, tel qu’au moment de la\n"
         "question\u00a0; le moteur est rejoué ici, dans ce programme."},
    .options = replay_options,
    .run = replay};

/* ---- audit ---- */

static const struct cli_option audit_options[] = {{"--demo", NULL, NULL, {"the demo's state", "l’état de la démo"}},
                                                  {0}};

static void print_bytes(void *arg, const char *p, size_t n) {
    (void)arg;
    fwrite(p, 1, n, stdout);
}

static int audit(struct cli *c) {
    const struct ask q = {.kind = ASK_VERIFY, .lang = c->lang};
    struct answer_to to = {.output = print_bytes};
    struct cli_reader reader = {.to = &to};
    struct err e = {0};
    if (c->words != 1 || strcmp(c->word[0], "verify"))
        return cli_usage(c, "say: mia audit verify", "dites\u00a0: mia audit verify");
    struct conf *conf = cli_conf(c, !cli_has(c, "--demo"), true);
    if (!conf) return CLI_FAILED;
    int r = cli_ask(c, conf, &q, &reader, &e);
    conf_free(conf);
    return cli_answered(c, r, &e);
}

const struct cli_command cli_audit = {
    .name = "audit",
    .words = "verify",
    .text = {"checks the hash chain of the audit log", "vérifie la chaîne du journal d’audit"},
    .options = audit_options,
    .run = audit};
