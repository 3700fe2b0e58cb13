/*
 * pnl: what was made, today and in total, closed and open, by symbol and by strategy. Every
 * column adds up, and meets the other commands to the last cent:
 *   closed = the net result of /stats            open = the sum of /positions
 *   total  = closed + open                       day  = equity now - the day's first equity
 *   day    = closed today + open - what was open and already counted when the day began
 */
#include "commands/parts.h"

static void columns(const struct command_ctx *c, struct doc *d) {
    doc_column(d, "", DOC_LEFT);
    doc_column(d, tr(c->lang, "Today", "Jour"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "Closed", "Clôturé"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "Open", "Ouvert"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "Total", "Total"), DOC_RIGHT);
}

static void row(const struct command_ctx *c, const char *name, const struct ledger_view *v, struct doc *d) {
    cash_t total = CASH_ZERO;
    (void)cash_add(v->closed, v->open, &total);
    const char *cells[] = {name, parts_gain(c, v->day), parts_gain(c, v->closed), parts_gain(c, v->open),
                           parts_gain(c, total)};
    doc_row(d, cells);
}

static bool is_empty(const struct ledger_view *v) {
    return !v->day.v && !v->closed.v && !v->open.v && !v->closed_day.v && !v->carried.v;
}

static const char *name_of(const struct command_ctx *c, enum ledger_by by, int32_t index) {
    if (index < 0) return tr(c->lang, "(others)", "(autres)");
    if (by == LEDGER_BY_INSTRUMENT) return parts_instrument(c, (uint16_t)index)->symbol;
    return parts_strategy(c, (uint16_t)index);
}

static void rows(const struct command_ctx *c, enum ledger_by by, struct doc *d) {
    struct ledger_view *v = arena_alloc(c->arena, LEDGER_VIEWS_MAX * sizeof *v);
    uint32_t n = engine_ledger(c->engine, by, v);
    for (uint32_t i = 0; i < n; i++)
        if (!is_empty(&v[i])) row(c, arena_printf(c->arena, "• %s", name_of(c, by, v[i].index)), &v[i], d);
}

static struct ledger_view sum_of(const struct command_ctx *c) {
    struct ledger_view *v = arena_alloc(c->arena, LEDGER_VIEWS_MAX * sizeof *v), sum = {.index = -1};
    uint32_t n = engine_ledger(c->engine, LEDGER_BY_STRATEGY, v);
    for (uint32_t i = 0; i < n; i++) {
        cash_add(sum.closed, v[i].closed, &sum.closed);
        cash_add(sum.closed_day, v[i].closed_day, &sum.closed_day);
        cash_add(sum.open, v[i].open, &sum.open);
        cash_add(sum.carried, v[i].carried, &sum.carried);
        cash_add(sum.day, v[i].day, &sum.day);
    }
    return sum;
}

static void today(const struct command_ctx *c, const struct ledger_view *sum, const struct account *a, struct doc *d) {
    doc_field(d, tr(c->lang, "Day's first equity", "Premiers fonds propres du jour"), "%s",
              parts_cash(c, a->day_first_equity));
    doc_field(d, tr(c->lang, "Equity now", "Fonds propres à présent"), "%s", parts_cash(c, a->equity));
    doc_field(d, tr(c->lang, "Closed today", "Clôturé aujourd’hui"), "%s", parts_gain(c, sum->closed_day));
    doc_field(d, tr(c->lang, "Open now", "Ouvert à présent"), "%s", parts_gain(c, sum->open));
    if (sum->carried.v)
        doc_field(d, tr(c->lang, "Counted before today", "Compté avant aujourd’hui"), "%s",
                  parts_gain(c, sum->carried));
}

static enum exec_result pnl(struct command_ctx *c) {
    struct account a;
    char day[WHEN_TEXT_MAX];
    struct ledger_view sum = sum_of(c);
    cash_t total = CASH_ZERO;
    engine_account(c->engine, &a);
    (void)cash_add(sum.closed, sum.open, &total);
    struct doc *d = doc_new(c->arena, c->lang, a.day_pnl.v < 0 ? DOC_BAD : a.day_pnl.v > 0 ? DOC_GOOD : DOC_PLAIN);
    doc_title(d, "💰", tr(c->lang, "P&L of %s: %s | in total: %s", "P&L du %s\u00a0: %s | au total\u00a0: %s"),
              day_say(day, c->lang, engine_day(c->engine)), parts_gain(c, a.day_pnl), parts_gain(c, total));
    today(c, &sum, &a, d);
    columns(c, d);
    row(c, tr(c->lang, "All", "Tout"), &sum, d);
    rows(c, LEDGER_BY_INSTRUMENT, d);
    rows(c, LEDGER_BY_STRATEGY, d);
    doc_footer(
        d, "%s",
        tr(c->lang, "Net of fees. Closed as in /stats, open as in /positions; today: equity against the day's first",
           "Net de frais. Clôturé comme /stats, ouvert comme /positions\u00a0; jour\u00a0: fonds propres comparés aux "
           "premiers du jour"));
    c->doc = d;
    return EXEC_DONE;
}

const struct command pnl_command = {
    .name = "pnl",
    .summary = {"P&L today and in total, closed and open, by symbol and strategy",
                "P&L du jour et au total, clôturé et ouvert, par symbole et stratégie"},
    .role = ROLE_MENTOR,
    .flags = COMMAND_READONLY,
    .exec = pnl,
};
