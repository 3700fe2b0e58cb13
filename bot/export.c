/*
 * export: the columns of each table and their two forms. Owns one line at a time; what it
 * wrote is gone from here.
 */
#include "bot/export.h"

#include <stdio.h>
#include <string.h>

#define EXPORT_LINE_MAX (1u << 20)

static const char *const names[] = {[EXPORT_TRADES] = "trades", [EXPORT_SIGNALS] = "signals", [EXPORT_AUDIT] = "audit"};
_Static_assert(sizeof names / sizeof names[0] == EXPORT_WHAT_COUNT, "a name for everything that can be exported");

const char *export_what_name(enum export_what w) {
    return names[w];
}

bool export_what_parse(const char *name, enum export_what *out) {
    for (int i = 0; i < EXPORT_WHAT_COUNT; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *out = (enum export_what)i;
        return true;
    }
    return false;
}

static const char *const headers[] = {
    [EXPORT_TRADES] =
        "id,symbol,strategy,direction,status,entry_time,exit_time,qty,entry_price,exit_price,sl_price,tp_price,"
        "gross,fees,pnl,risk,closed_reason,signal_id,confidence,contract,rolled_from",
    [EXPORT_SIGNALS] =
        "id,time,symbol,strategy,direction,confidence,entry_price,sl_price,tp_price,executed,trade_id,refusal,"
        "halved,qty,risk,reason,why_not",
    [EXPORT_AUDIT] = "id,time,platform,actor,role,chat,command,arguments,verdict,detail,hash",
};
_Static_assert(sizeof headers / sizeof headers[0] == EXPORT_WHAT_COUNT, "a header for everything that can be exported");

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

static void put(struct export *x, const char *s) {
    x->write(x->arg, s, strlen(s));
}

static void put_header(struct export *x) {
    put(x, headers[x->what]);
    put(x, "\n");
}

static void end(struct export *x) {
    if (x->json) {
        jw_end_obj(&x->w);
        put(x, x->rows ? ",\n" : "[\n");
    } else {
        if (!x->rows) put_header(x);
        buf_char(&x->line, '\n');
    }
    x->write(x->arg, x->line.p, x->line.len);
    x->rows++;
}

/* ---- the tables ---- */

static void trade_row(void *arg, const struct trade_row *r) {
    struct export *x = arg;
    const struct trade *t = &r->trade;
    char b[MONEY_TEXT_MAX], contract[CONTRACT_TEXT_MAX];
    cash_t net = CASH_ZERO;
    bool closed = t->state == TRADE_CLOSED;
    trade_net(t, &net);
    if (x->stopped) return;
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
    text(x, "contract", contract_say(contract, r->symbol, t->contract));
    whole(x, "rolled_from", t->rolled_from);
    end(x);
}

static void signal_row(void *arg, const struct signal_row *r) {
    struct export *x = arg;
    const struct signal *g = &r->signal;
    char b[MONEY_TEXT_MAX];
    enum lang lang = x->lang;
    if (x->stopped) return;
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
    end(x);
}

static void audit_row(void *arg, const struct audit_entry *r) {
    struct export *x = arg;
    if (x->stopped) return;
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
    end(x);
}

/* ---- all of it ---- */

void export_open(struct export *x) {
    x->rows = 0;
    buf_init(&x->line, EXPORT_LINE_MAX);
}

void export_clear(struct export *x) {
    buf_clear(&x->line);
}

static void page_read(void *arg, const struct err *failed) {
    struct export *x = arg;
    if (failed || x->stopped || !x->page.more)
        x->done(x, failed);
    else if (!x->full || !x->full(x->arg))
        export_resume(x);
}

void export_resume(struct export *x) {
    const struct store_filter f = {.symbol = "", .from = x->from, .to = x->to};
    switch (x->what) {
    case EXPORT_TRADES: store_trades_page(x->store, &f, &x->page, trade_row, page_read, x); return;
    case EXPORT_SIGNALS: store_signals_page(x->store, &f, &x->page, signal_row, page_read, x); return;
    case EXPORT_AUDIT: store_audit_page(x->store, x->from, x->to, &x->page, audit_row, page_read, x); return;
    case EXPORT_WHAT_COUNT: break;
    }
}

void export_ask(struct export *x, struct store *s, when_t from, when_t to, store_done_fn done) {
    x->store = s;
    x->page = (struct store_page){0};
    x->from = from;
    x->to = to;
    x->done = done;
    export_resume(x);
}

void export_end(struct export *x) {
    if (x->json)
        put(x, x->rows ? "\n]\n" : "[]\n");
    else if (!x->rows)
        put_header(x);
}
