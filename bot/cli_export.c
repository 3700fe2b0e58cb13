/*
 * cli_export: history out, as CSV or JSON, to standard output or a file. Money is
 * written from the integers, never through a double.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/cli.h"
#include "engine/base/buf.h"
#include "engine/net/json.h"
#include "engine/store.h"

#define EXPORT_CHUNK (1u << 20)

struct export {
    struct cli *cli;
    FILE *out;
    bool json, failed;
    uint64_t rows;
    struct err err;
    struct buf line;
    struct jw w;
};

/* ---- one row, as named values ---- */

static void begin(struct export *x) {
    buf_reset(&x->line);
    if (x->json) {
        jw_init(&x->w, &x->line);
        jw_obj(&x->w);
    }
}

static void text(struct export *x, const char *name, const char *value) {
    if (x->json) {
        jw_kstr(&x->w, name, value);
        return;
    }
    if (x->line.len) buf_char(&x->line, ',');
    bool quote = strpbrk(value, ",\"\n\r") != NULL;
    /* A cell that a spreadsheet would run as a formula is made plain text; numbers stay numbers. */
    bool minus = value[0] == '-' && value[1 + strspn(value + 1, "0123456789.")]; /* "-100" is a number, "-1+1" is not */
    bool formula = value[0] && (minus || strchr("=+@\t\r", value[0]));
    if (!quote && !formula) {
        buf_str(&x->line, value);
        return;
    }
    buf_char(&x->line, '"');
    if (formula) buf_char(&x->line, '\'');
    for (const char *p = value; *p; p++) {
        if (*p == '"') buf_char(&x->line, '"');
        buf_char(&x->line, *p);
    }
    buf_char(&x->line, '"');
}

/* Numbers are exact decimal texts; in JSON they stay unquoted. */
static void number(struct export *x, const char *name, const char *decimal) {
    if (!x->json) {
        if (x->line.len) buf_char(&x->line, ',');
        buf_str(&x->line, decimal);
        return;
    }
    jw_key(&x->w, name);
    if (*decimal)
        jw_raw(&x->w, decimal);
    else
        jw_null(&x->w);
}

static void whole(struct export *x, const char *name, int64_t v) {
    char b[24];
    snprintf(b, sizeof b, "%lld", (long long)v);
    number(x, name, b);
}

static void cash(struct export *x, const char *name, cash_t v) {
    char b[MONEY_TEXT_MAX];
    number(x, name, cash_text(b, v, 2));
}

static void price(struct export *x, const char *name, price_t v) {
    char b[MONEY_TEXT_MAX];
    number(x, name, v.v ? price_text(b, v, 0) : "");
}

static void when(struct export *x, const char *name, when_t v) {
    char b[WHEN_TEXT_MAX];
    text(x, name, v.ns == WHEN_NONE.ns || v.ns == 0 ? "" : when_iso(b, v));
}

static void end(struct export *x, const char *header) {
    if (x->json) {
        jw_end_obj(&x->w);
        fputs(x->rows ? ",\n" : "[\n", x->out);
    } else if (!x->rows) {
        fprintf(x->out, "%s\n", header);
    }
    fputs(x->line.p ? x->line.p : "", x->out);
    if (!x->json) fputc('\n', x->out);
    x->rows++;
}

/* ---- the tables ---- */

static const char trades_header[] =
    "id,symbol,strategy,direction,status,entry_time,exit_time,qty,entry_price,exit_price,sl_price,tp_price,"
    "gross,fees,pnl,risk,closed_reason,signal_id,confidence";

static void trade_row(void *arg, const struct trade_row *r) {
    struct export *x = arg;
    const struct trade *t = &r->trade;
    char b[MONEY_TEXT_MAX];
    cash_t net = CASH_ZERO;
    bool closed = t->state == TRADE_CLOSED;
    trade_net(t, &net);
    begin(x);
    whole(x, "id", t->id);
    text(x, "symbol", r->symbol);
    text(x, "strategy", r->strategy);
    text(x, "direction", side_name(t->side));
    text(x, "status", trade_state_name(t->state));
    when(x, "entry_time", t->opened);
    when(x, "exit_time", closed ? t->closed : WHEN_NONE);
    number(x, "qty", qty_text(b, t->qty_entered, 0));
    price(x, "entry_price", t->entry);
    price(x, "exit_price", t->exit);
    price(x, "sl_price", t->stop);
    price(x, "tp_price", t->target);
    cash(x, "gross", t->gross);
    cash(x, "fees", t->fees);
    cash(x, "pnl", net);
    cash(x, "risk", t->risk);
    text(x, "closed_reason", close_reason_name(t->reason));
    whole(x, "signal_id", t->signal_id);
    whole(x, "confidence", r->confidence);
    end(x, trades_header);
}

static const char signals_header[] =
    "id,time,symbol,strategy,direction,confidence,entry_price,sl_price,tp_price,executed,trade_id,refusal,"
    "halved,qty,risk,reason,why_not";

static void signal_row(void *arg, const struct signal_row *r) {
    struct export *x = arg;
    const struct signal *g = &r->signal;
    char b[MONEY_TEXT_MAX];
    enum lang lang = x->cli->lang;
    begin(x);
    whole(x, "id", g->id);
    when(x, "time", g->time);
    text(x, "symbol", r->symbol);
    text(x, "strategy", r->strategy);
    text(x, "direction", side_name(g->side));
    whole(x, "confidence", g->confidence);
    price(x, "entry_price", g->entry);
    price(x, "sl_price", g->stop);
    price(x, "tp_price", g->target);
    text(x, "executed", g->taken ? "true" : "false");
    whole(x, "trade_id", g->trade);
    text(x, "refusal", g->taken ? "" : refusal_name(g->refusal));
    text(x, "halved", g->halved ? "true" : "false");
    number(x, "qty", qty_text(b, g->qty, 0));
    cash(x, "risk", g->risk);
    text(x, "reason", g->reason[lang]);
    text(x, "why_not", g->why_not[lang]);
    end(x, signals_header);
}

static const char audit_header[] = "id,time,platform,actor,role,chat,command,arguments,verdict,detail,hash";

static void audit_row(void *arg, const struct audit_entry *r) {
    struct export *x = arg;
    begin(x);
    whole(x, "id", (int64_t)r->id);
    when(x, "time", r->row.at);
    text(x, "platform", r->row.platform);
    text(x, "actor", r->row.actor);
    text(x, "role", r->row.role);
    text(x, "chat", r->row.chat);
    text(x, "command", r->row.command);
    text(x, "arguments", r->row.arguments);
    text(x, "verdict", r->row.verdict);
    text(x, "detail", r->row.detail);
    text(x, "hash", r->hash);
    end(x, audit_header);
}

static void finished(void *arg, const struct err *failed) {
    struct export *x = arg;
    if (!failed) return;
    x->failed = true;
    x->err = *failed;
}

/* ---- the command ---- */

static const struct cli_option options[] = {
    {"--from", "DAY", NULL, {"from this day on (UTC), or an instant", "à partir de ce jour (UTC), ou d’un instant"}},
    {"--to", "DAY", NULL, {"up to, not including", "jusqu’à, exclu"}},
    {"--format", "csv|json", NULL, {"csv is the default", "csv par défaut"}},
    {"-o", "F", NULL, {"file, default standard output", "fichier, sortie standard par défaut"}},
    {"--demo", NULL, NULL, {"the demo's state", "l’état de la démo"}},
    {0}};

static bool read_when(struct cli *c, const char *option, when_t *out) {
    const char *v = cli_value(c, option, NULL);
    *out = WHEN_NONE;
    return !v || when_parse_iso(v, strlen(v), NULL, out);
}

static void ask(struct export *x, struct store *s, const char *what, when_t from, when_t to) {
    struct store_filter f = {.symbol = "", .from = from, .to = to};
    if (!strcmp(what, "trades"))
        store_trades(s, &f, trade_row, finished, x);
    else if (!strcmp(what, "signals"))
        store_signals(s, &f, signal_row, finished, x);
    else
        store_audit(s, from, to, 0, audit_row, finished, x);
    store_wait(s);
    const char *header = !strcmp(what, "trades")    ? trades_header
                         : !strcmp(what, "signals") ? signals_header
                                                    : audit_header;
    if (x->json)
        fputs(x->rows ? "\n]\n" : "[]\n", x->out);
    else if (!x->rows)
        fprintf(x->out, "%s\n", header);
}

static int write_out(struct cli *c, struct store *s, const char *what, when_t from, when_t to) {
    const char *path = cli_value(c, "-o", NULL);
    struct export x = {
        .cli = c, .json = !strcmp(cli_value(c, "--format", "csv"), "json"), .out = path ? fopen(path, "w") : stdout};
    if (!x.out) {
        err_set(&x.err, ERR_IO, "%s cannot be written: %s", "%s ne peut pas être écrit\u00a0: %s", path,
                strerror(errno));
        return cli_fail(c, &x.err);
    }
    buf_init(&x.line, EXPORT_CHUNK);
    ask(&x, s, what, from, to);
    buf_clear(&x.line);
    bool bad = fflush(x.out) != 0 || ferror(x.out);
    if (path && fclose(x.out) != 0) bad = true;
    if (bad)
        err_set(&x.err, ERR_IO, "the export was not written whole: %s",
                "l’export n’a pas été écrit en entier\u00a0: %s", strerror(errno));
    return bad || x.failed ? cli_fail(c, &x.err) : CLI_GOOD;
}

static int export_run(struct cli *c) {
    when_t from, to;
    const char *what = c->words == 1 ? c->word[0] : "", *format = cli_value(c, "--format", "csv");
    bool demo = cli_has(c, "--demo");
    if (strcmp(what, "trades") && strcmp(what, "signals") && strcmp(what, "audit"))
        return cli_usage(c, "say which: trades, signals or audit", "dites quoi\u00a0: trades, signals ou audit");
    if (strcmp(format, "csv") && strcmp(format, "json"))
        return cli_usage(c, "--format is csv or json", "--format vaut csv ou json");
    if (!read_when(c, "--from", &from) || !read_when(c, "--to", &to))
        return cli_usage(c, "--from and --to want a date like 2025-06-30",
                         "--from et --to attendent une date comme 2025-06-30");
    struct conf *conf = cli_conf(c, !demo, true);
    if (!conf) return CLI_FAILED;
    struct store *s = cli_store(c, conf, demo);
    int status = s ? write_out(c, s, what, from, to) : CLI_FAILED;
    store_close(s);
    conf_free(conf);
    return status;
}

const struct cli_command cli_export = {"export",
                                       "trades|signals|audit",
                                       {"writes history as CSV or JSON", "écrit l’historique en CSV ou JSON"},
                                       options,
                                       export_run};
