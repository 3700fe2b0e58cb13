/*
 * rows: the mapping of trades and signals onto their tables. Enums are stored by name and
 * read back by comparing names, so that the tables mean the same to people and to any
 * later version. Exact integers are what is read; decimals are written beside them.
 */
#include "sql/rows.h"

#include <string.h>

#include "engine/base/buf.h"

typedef const char *(*name_fn)(int);

static const char *side_at(int i) {
    return side_name((enum side)i);
}
static const char *trade_state_at(int i) {
    return trade_state_name((enum trade_state)i);
}
static const char *close_reason_at(int i) {
    return close_reason_name((enum close_reason)i);
}
static const char *refusal_at(int i) {
    return refusal_name((enum refusal)i);
}
static const char *regime_at(int i) {
    return regime_name((enum regime)i);
}

/* The number of a stored name; -1 where this program does not know it. */
static int name_index(const char *name, name_fn at, int count, struct err *e) {
    for (int i = 0; i < count; i++) {
        if (strcmp(at(i), name) == 0) return i;
    }
    return err_set(e, ERR_CORRUPT, "the database says '%s', which this program does not know",
                   "la base de données contient « %s », que ce programme ne connaît pas", name);
}

/* A number below `count`, or one of a row: what lies outside was never written by us. */
static int number_below(int64_t v, int64_t count, struct err *e) {
    if (v >= 0 && v < count) return 0;
    return err_set(e, ERR_CORRUPT, "the database holds the number %lld where none above %lld can be",
                   "la base de données contient le nombre %lld, là où il n’y en a pas au-dessus de %lld", (long long)v,
                   (long long)count - 1);
}

static int row_number(struct db *d, struct stmt *st, uint32_t *out, struct err *e) {
    int64_t v = db_col_i64(d, st, 0);
    *out = (uint32_t)v;
    return number_below(v, (int64_t)UINT32_MAX + 1, e);
}

/* Is the idea itself tradable? What our own state forbade (a pause, a limit) says nothing about the signal. */
static bool signal_valid(const struct signal *g) {
    switch (g->refusal) {
    case REFUSAL_CONFIDENCE:
    case REFUSAL_REWARD_RISK:
    case REFUSAL_FACTORS:
    case REFUSAL_DUPLICATE:
    case REFUSAL_REGIME:
    case REFUSAL_NO_STOP:
    case REFUSAL_SIZE:
    case REFUSAL_OVERFLOW: return false;
    case REFUSAL_NONE:
    case REFUSAL_PAUSED:
    case REFUSAL_STRATEGY_OFF:
    case REFUSAL_STORE:
    case REFUSAL_SUSPENDED:
    case REFUSAL_DAILY_LOSS:
    case REFUSAL_DAILY_TRADES:
    case REFUSAL_DAILY_TRADES_ASSET:
    case REFUSAL_POSITIONS:
    case REFUSAL_IN_POSITION:
    case REFUSAL_MARGIN:
    case REFUSAL_UNKNOWN_ORDER:
    case REFUSAL_STALE:
    case REFUSAL_CONSECUTIVE_LOSSES:
    case REFUSAL_DRAWDOWN:
    case REFUSAL_WEEKLY_LOSS:
    case REFUSAL_MONTHLY_LOSS:
    case REFUSAL_ERRORS:
    case REFUSAL_OPEN_RISK:
    case REFUSAL_SESSION:
    case REFUSAL_SPREAD:
    case REFUSAL_SLIPPAGE:
    case REFUSAL_CORRELATION:
    case REFUSAL_EXPOSURE:
    case REFUSAL_MARGIN_USE:
    case REFUSAL_VAR:
    case REFUSAL_WEEKEND:
    case REFUSAL_NEWS:
    case REFUSAL_ADVISOR_MISSING:
    case REFUSAL_DIFFERS:
    case REFUSAL_ROLL:
    case REFUSAL_FULL:
    case REFUSAL_COUNT: break;
    }
    return true;
}

static int context_write(struct db *d, const struct signal *g, struct err *e) {
    struct stmt *st = db_query(d, QUERY_SIGNAL_CONTEXT_ADD);
    db_i64(d, st, 1, g->id);
    db_text(d, st, 2, regime_name(g->regime.now));
    db_i64(d, st, 3, g->regime.bars);
    db_i64(d, st, 4, g->regime.adx_e6);
    db_i64(d, st, 5, g->regime.efficiency);
    db_i64(d, st, 6, g->regime.volatility);
    db_i64(d, st, 7, g->widen_ppm);
    db_i64(d, st, 8, g->confluence_at.v);
    db_text(d, st, 9, g->confluence[LANG_FR]);
    db_text(d, st, 10, g->confluence[LANG_EN]);
    db_text(d, st, 11, g->sizing[LANG_FR]);
    db_text(d, st, 12, g->sizing[LANG_EN]);
    return db_run(d, st, e);
}

int signal_row_write(struct db *d, const struct signal_row *r, when_t wall, struct err *e) {
    const struct signal *g = &r->signal;
    struct stmt *st = db_query(d, QUERY_SIGNAL_ADD);
    db_i64(d, st, 1, g->id);
    db_text(d, st, 2, r->symbol);
    db_text(d, st, 3, r->strategy);
    db_text(d, st, 4, side_name(g->side));
    db_i64(d, st, 5, g->confidence);
    db_i64(d, st, 6, g->entry.v);
    db_i64(d, st, 7, g->stop.v);
    db_i64(d, st, 8, g->target.v);
    db_i64(d, st, 9, g->reward_risk_ppm);
    db_i64(d, st, 10, g->qty.v);
    db_i64(d, st, 11, g->risk.v);
    db_bool(d, st, 12, g->taken);
    db_bool(d, st, 13, g->halved);
    db_text(d, st, 14, refusal_name(g->refusal));
    db_text(d, st, 15, g->reason[LANG_FR]);
    db_text(d, st, 16, g->reason[LANG_EN]);
    db_text(d, st, 17, g->why_not[LANG_FR]);
    db_text(d, st, 18, g->why_not[LANG_EN]);
    db_when_ns(d, st, 19, g->time);
    db_i64(d, st, 20, g->day);
    db_i64(d, st, 21, g->trade);
    db_when(d, st, 22, g->time);
    db_price(d, st, 23, g->entry, true);
    db_price(d, st, 24, g->stop, false);
    db_price(d, st, 25, g->target, false);
    if (g->target.v != 0) db_cash(d, st, 26, (cash_t){g->reward_risk_ppm}); /* six decimals, like parts per million */
    db_bool(d, st, 27, signal_valid(g));
    db_when(d, st, 28, wall);
    return db_run(d, st, e) < 0 ? -1 : context_write(d, g, e);
}

/* Signals of before format 5 have none. */
static int context_read(struct db *d, struct stmt *st, struct signal *g, struct err *e) {
    const char *name = db_col_text(d, st, 21);
    if (name[0] == '\0') return 0;
    int regime = name_index(name, regime_at, REGIME_COUNT, e);
    if (regime < 0) return -1;
    g->regime = (struct regime_seen){.now = (enum regime)regime,
                                     .bars = (uint32_t)db_col_i64(d, st, 22),
                                     .adx_e6 = db_col_i64(d, st, 23),
                                     .efficiency = db_col_i64(d, st, 24),
                                     .volatility = db_col_i64(d, st, 25)};
    g->widen_ppm = db_col_i64(d, st, 26);
    g->confluence_at.v = db_col_i64(d, st, 27);
    str_copy(g->confluence[LANG_FR], CONFLUENCE_TEXT_MAX, db_col_text(d, st, 28));
    str_copy(g->confluence[LANG_EN], CONFLUENCE_TEXT_MAX, db_col_text(d, st, 29));
    str_copy(g->sizing[LANG_FR], SIZING_TEXT_MAX, db_col_text(d, st, 30));
    str_copy(g->sizing[LANG_EN], SIZING_TEXT_MAX, db_col_text(d, st, 31));
    return 0;
}

int signal_row_read(struct db *d, struct stmt *st, struct signal_row *out, struct err *e) {
    struct signal *g = &out->signal;
    *out = (struct signal_row){0};
    int side = name_index(db_col_text(d, st, 3), side_at, SIDE_COUNT, e);
    int refusal = name_index(db_col_text(d, st, 13), refusal_at, REFUSAL_COUNT, e);
    if (side < 0 || refusal < 0 || row_number(d, st, &g->id, e) < 0) return -1;
    str_copy(out->symbol, sizeof out->symbol, db_col_text(d, st, 1));
    str_copy(out->strategy, sizeof out->strategy, db_col_text(d, st, 2));
    g->side = (enum side)side;
    g->confidence = (uint32_t)db_col_i64(d, st, 4);
    g->entry.v = db_col_i64(d, st, 5);
    g->stop.v = db_col_i64(d, st, 6);
    g->target.v = db_col_i64(d, st, 7);
    g->reward_risk_ppm = db_col_i64(d, st, 8);
    g->qty.v = db_col_i64(d, st, 9);
    g->risk.v = db_col_i64(d, st, 10);
    g->taken = db_col_i64(d, st, 11) != 0;
    g->halved = db_col_i64(d, st, 12) != 0;
    g->refusal = (enum refusal)refusal;
    str_copy(g->reason[LANG_FR], REASON_MAX, db_col_text(d, st, 14));
    str_copy(g->reason[LANG_EN], REASON_MAX, db_col_text(d, st, 15));
    str_copy(g->why_not[LANG_FR], REASON_MAX, db_col_text(d, st, 16));
    str_copy(g->why_not[LANG_EN], REASON_MAX, db_col_text(d, st, 17));
    g->time = db_col_when(d, st, 18);
    g->day = (int32_t)db_col_i64(d, st, 19);
    g->trade = (uint32_t)db_col_i64(d, st, 20);
    return context_read(d, st, g, e);
}

static void trade_bind_exact(struct db *d, struct stmt *st, const struct trade_row *r) {
    const struct trade *t = &r->trade;
    db_i64(d, st, 1, t->id);
    db_text(d, st, 2, r->symbol);
    db_text(d, st, 3, r->strategy);
    db_i64(d, st, 4, t->version);
    db_i64(d, st, 5, t->signal_id);
    db_text(d, st, 6, side_name(t->side));
    db_text(d, st, 7, trade_state_name(t->state));
    db_i64(d, st, 8, t->protection);
    if (t->reason != CLOSE_NONE) db_text(d, st, 9, close_reason_name(t->reason));
    db_u64(d, st, 10, t->entry_order);
    db_u64(d, st, 11, t->exit_order);
    db_i64(d, st, 12, t->qty.v);
    db_i64(d, st, 13, t->qty_entered.v);
    db_i64(d, st, 14, t->entry.v);
    db_i64(d, st, 15, t->exit.v);
    db_i64(d, st, 16, t->stop.v);
    db_i64(d, st, 17, t->target.v);
    db_i64(d, st, 18, t->stop_initial.v);
    db_bool(d, st, 19, t->at_break_even);
    db_i64(d, st, 20, t->gross.v);
    db_i64(d, st, 21, t->fees.v);
    db_i64(d, st, 22, t->risk.v);
    db_i64(d, st, 23, t->best.v);
    db_i64(d, st, 24, t->worst.v);
    db_when_ns(d, st, 25, t->opened);
    db_when_ns(d, st, 26, t->state == TRADE_CLOSED ? t->closed : WHEN_NONE);
    db_i64(d, st, 27, t->day_opened);
    db_i64(d, st, 28, t->day_closed);
}

/* It never changes. */
static int trade_contract_write(struct db *d, const struct trade_row *r, struct err *e) {
    char contract[CONTRACT_TEXT_MAX];
    if (r->trade.contract == 0) return 0;
    struct stmt *st = db_query(d, QUERY_TRADE_CONTRACT_PUT);
    db_i64(d, st, 1, r->trade.id);
    db_text(d, st, 2, contract_say(contract, r->symbol, r->trade.contract));
    db_i64(d, st, 3, r->trade.rolled_from);
    return db_run(d, st, e);
}

int trade_row_write(struct db *d, const struct trade_row *r, when_t wall, struct err *e) {
    const struct trade *t = &r->trade;
    bool closed = t->state == TRADE_CLOSED;
    cash_t net;
    struct stmt *st = db_query(d, QUERY_TRADE_PUT);
    trade_bind_exact(d, st, r);
    if (trade_net(t, &net) && (closed || net.v != 0)) {
        db_i64(d, st, 29, net.v);
        db_cash(d, st, 37, net);
    }
    db_when(d, st, 30, t->opened);
    db_when(d, st, 31, closed ? t->closed : WHEN_NONE);
    db_price(d, st, 32, t->entry, false);
    db_price(d, st, 33, t->exit, false);
    db_price(d, st, 34, t->stop, false);
    db_price(d, st, 35, t->target, false);
    db_qty(d, st, 36, t->qty_entered);
    db_when(d, st, 38, wall);
    return db_run(d, st, e) < 0 ? -1 : trade_contract_write(d, r, e);
}

int trade_row_read(struct db *d, struct stmt *st, struct trade_row *out, struct err *e) {
    struct trade *t = &out->trade;
    *out = (struct trade_row){0};
    int side = name_index(db_col_text(d, st, 5), side_at, SIDE_COUNT, e);
    int state = name_index(db_col_text(d, st, 6), trade_state_at, TRADE_STATE_COUNT, e);
    int reason = db_col_null(d, st, 8) ? (int)CLOSE_NONE
                                       : name_index(db_col_text(d, st, 8), close_reason_at, CLOSE_REASON_COUNT, e);
    int64_t protection = db_col_i64(d, st, 7);
    if (side < 0 || state < 0 || reason < 0 || row_number(d, st, &t->id, e) < 0 ||
        number_below(protection, PROTECTION_COUNT, e) < 0)
        return -1;
    str_copy(out->symbol, sizeof out->symbol, db_col_text(d, st, 1));
    str_copy(out->strategy, sizeof out->strategy, db_col_text(d, st, 2));
    t->version = (uint32_t)db_col_i64(d, st, 3);
    t->signal_id = (uint32_t)db_col_i64(d, st, 4);
    t->side = (enum side)side;
    t->state = (enum trade_state)state;
    t->protection = (enum protection)protection;
    t->reason = (enum close_reason)reason;
    t->entry_order = db_col_u64(d, st, 9);
    t->exit_order = db_col_u64(d, st, 10);
    t->qty.v = db_col_i64(d, st, 11);
    t->qty_entered.v = db_col_i64(d, st, 12);
    t->entry.v = db_col_i64(d, st, 13);
    t->exit.v = db_col_i64(d, st, 14);
    t->stop.v = db_col_i64(d, st, 15);
    t->target.v = db_col_i64(d, st, 16);
    t->stop_initial.v = db_col_i64(d, st, 17);
    t->at_break_even = db_col_i64(d, st, 18) != 0;
    t->gross.v = db_col_i64(d, st, 19);
    t->fees.v = db_col_i64(d, st, 20);
    t->risk.v = db_col_i64(d, st, 21);
    t->best.v = db_col_i64(d, st, 22);
    t->worst.v = db_col_i64(d, st, 23);
    t->opened = db_col_when(d, st, 24);
    t->closed = db_col_when(d, st, 25);
    t->day_opened = (int32_t)db_col_i64(d, st, 26);
    t->day_closed = (int32_t)db_col_i64(d, st, 27);
    out->confidence = (uint32_t)db_col_i64(d, st, 28);
    const char *contract = db_col_text(d, st, 29);
    t->contract = contract_parse(contract, strlen(contract), out->symbol);
    t->rolled_from = (uint32_t)db_col_i64(d, st, 30);
    return 0;
}

struct performance {
    int64_t total, won, lost;
    cash_t pnl;
    int64_t r_ppm;
};

static int performance_get(struct db *d, const struct trade_row *r, struct performance *out, struct err *e) {
    *out = (struct performance){0};
    struct stmt *st = db_query(d, QUERY_STATS_GET);
    db_text(d, st, 1, r->strategy);
    db_text(d, st, 2, r->symbol);
    int found = db_step(d, st, e);
    if (found > 0)
        *out = (struct performance){db_col_i64(d, st, 0),
                                    db_col_i64(d, st, 1),
                                    db_col_i64(d, st, 2),
                                    {db_col_i64(d, st, 3)},
                                    db_col_i64(d, st, 4)};
    db_reset(d, st);
    return found < 0 ? -1 : 0;
}

int performance_add(struct db *d, const struct trade_row *r, when_t wall, struct err *e) {
    struct performance p;
    cash_t net;
    int64_t r_ppm = 0;
    if (performance_get(d, r, &p, e) < 0) return -1;
    if (!trade_net(&r->trade, &net) || !cash_add(p.pnl, net, &p.pnl) ||
        (r->trade.risk.v > 0 && !mul_div(net.v, 1000000, r->trade.risk.v, &r_ppm)) ||
        __builtin_add_overflow(p.r_ppm, r_ppm, &p.r_ppm))
        return err_set(e, ERR_OVERFLOW, "the figures of %s overflow", "les chiffres de %s débordent", r->strategy);
    p.total++;
    p.won += net.v > 0;
    p.lost += net.v < 0;
    struct stmt *st = db_query(d, QUERY_STATS_PUT);
    db_text(d, st, 1, r->strategy);
    db_text(d, st, 2, r->symbol);
    db_i64(d, st, 3, p.total);
    db_i64(d, st, 4, p.won);
    db_i64(d, st, 5, p.lost);
    db_i64(d, st, 6, p.pnl.v);
    db_i64(d, st, 7, p.r_ppm);
    db_f64(d, st, 8, 100.0 * (double)p.won / (double)p.total);
    db_f64(d, st, 9, (double)p.r_ppm / 1e6 / (double)p.total);
    db_cash(d, st, 10, p.pnl);
    db_when(d, st, 11, wall);
    return db_run(d, st, e);
}

int outbox_row_write(struct db *d, const struct outbox_row *r, struct err *e) {
    struct stmt *st = db_query(d, QUERY_OUTBOX_PUT);
    db_u64(d, st, 1, r->id);
    db_i64(d, st, 2, r->kind);
    db_i64(d, st, 3, r->state);
    db_i64(d, st, 4, r->urgency);
    db_bool(d, st, 5, r->critical);
    db_i64(d, st, 6, r->attempts);
    db_when_ns(d, st, 7, r->created);
    db_when_ns(d, st, 8, r->attempted);
    db_text(d, st, 9, r->platform);
    db_text(d, st, 10, r->channel);
    db_text(d, st, 11, r->address);
    db_text(d, st, 12, r->key);
    db_text(d, st, 13, r->event_id);
    db_text(d, st, 14, r->message_ref);
    db_text(d, st, 15, r->doc);
    return db_run(d, st, e);
}

int outbox_row_read(struct db *d, struct stmt *st, struct outbox_row *out, struct err *e) {
    int64_t kind = db_col_i64(d, st, 1), state = db_col_i64(d, st, 2), urgency = db_col_i64(d, st, 3);
    if (kind < 0 || kind >= OUTBOX_KIND_COUNT || state < 0 || state >= OUTBOX_STATE_COUNT || urgency < 0 ||
        urgency >= URGENCY_COUNT)
        return err_set(e, ERR_CORRUPT, "message %llu of the outbox cannot be read",
                       "le message %llu à envoyer est illisible", (unsigned long long)db_col_u64(d, st, 0));
    *out = (struct outbox_row){.id = db_col_u64(d, st, 0),
                               .kind = (enum outbox_kind)kind,
                               .state = (enum outbox_state)state,
                               .urgency = (enum urgency)urgency,
                               .critical = db_col_i64(d, st, 4) != 0,
                               .attempts = (uint32_t)db_col_i64(d, st, 5),
                               .created = db_col_when(d, st, 6),
                               .attempted = db_col_when(d, st, 7),
                               .platform = db_col_text(d, st, 8),
                               .channel = db_col_text(d, st, 9),
                               .address = db_col_text(d, st, 10),
                               .key = db_col_text(d, st, 11),
                               .event_id = db_col_text(d, st, 12),
                               .message_ref = db_col_text(d, st, 13),
                               .doc = db_col_text(d, st, 14),
                               .file_bytes = (uint32_t)db_col_i64(d, st, 15)};
    return 0;
}
