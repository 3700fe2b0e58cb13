/*
 * parts: what several commands say in the same way: money, prices, trades and the names
 * of things in both languages. Texts live in the arena of the request. It decides nothing.
 */
#ifndef MIA_COMMANDS_PARTS_H
#define MIA_COMMANDS_PARTS_H

#include "bot/command.h"

#define NONE_TEXT "—"

/* A command as people know it: the French name where there is one. */
const char *parts_name(const struct command *c, enum lang lang);
/* "/close [trade|symbol|all] [percent]" */
void parts_usage(const struct command *c, enum lang lang, char *out, size_t size);
/* A choice's key is English; the word for it in a language, and the key that a word means. Both are always understood. */
const char *parts_choice(const char *key, enum lang lang);
const char *parts_choice_meant(const char *word);
const char *parts_first_symbol(const struct engine *e); /* for examples */

const char *parts_cash(const struct command_ctx *c, cash_t v);
const char *parts_gain(const struct command_ctx *c, cash_t v);                               /* with its sign */
const char *parts_price(const struct command_ctx *c, const struct instrument *i, price_t p); /* 0: a dash */
const char *parts_qty(const struct command_ctx *c, qty_t q);
const char *parts_unit(const struct command_ctx *c, const struct instrument *i, qty_t q); /* "lots", "contrat" */
const char *parts_shown(const struct command_ctx *c,
                        const char *typed); /* what somebody wrote, cut to a quotable length */
const char *parts_when(const struct command_ctx *c, when_t w);
const char *parts_ago(const struct command_ctx *c, int64_t seconds);
const char *parts_ratio(const struct command_ctx *c, double ratio, int decimals); /* "62.5%" */
const char *parts_number(const struct command_ctx *c, double v, int decimals);
const char *parts_ppm(const struct command_ctx *c, int64_t ppm);               /* "1%" */
const char *parts_side(enum side s);                                           /* "LONG" */
const char *parts_trade(const struct command_ctx *c, const struct trade *t);   /* "#17 LONG 0.5 XAUUSD" */
const char *parts_at_risk(const struct command_ctx *c, const struct trade *t); /* "$120", "locked in +$12" */
const char *parts_risk_left(const struct command_ctx *c, cash_t risk); /* "still at risk: $120", "nothing at risk" */
const char *parts_close_reason(const struct command_ctx *c, enum close_reason r);
/* What the trade is in: the contract, else the symbol. */
const char *parts_contract(const struct command_ctx *c, const char *symbol, const struct trade *t);
/* "ESH27 on 10/12/2026, in 3 days" */
const char *parts_roll(const struct command_ctx *c, const struct instrument *in, const struct roll_view *v);
const char *parts_refusal(const struct command_ctx *c, enum refusal r);
const char *parts_limit(const struct command_ctx *c, enum limit_kind k);
const char *parts_limit_use(const struct command_ctx *c, const struct limit_view *v); /* "$450 of $2,000 (22.5%)" */
const char *parts_feed(const struct command_ctx *c, enum feed_state s);
const char *parts_actor(const struct command_ctx *c, const char *actor);

double parts_limit_share(const struct limit_view *v); /* used / max */
/* The tightest limit of the day's loss. false: none is set. */
bool parts_day_loss(const struct command_ctx *c, struct limit_view *out);
/* "Daily loss limit": what is left of it, as a field. */
void parts_day_loss_field(const struct command_ctx *c, struct doc *d);

const struct instrument *parts_instrument(const struct command_ctx *c, uint16_t index);
const struct instrument *parts_instrument_named(const struct command_ctx *c,
                                                const char *symbol); /* NULL: not in use now */
/* The followed symbol that is meant: the first argument; else that of an open trade, of the last signal, the first one that
 * is followed. -1: none is configured. */
int parts_where(const struct command_ctx *c);
/* "bullish break of 2,604.00, Jan 6, 2025 01:45": the last break of structure, or a dash. */
const char *parts_break(const struct command_ctx *c, const struct instrument *in, const struct market_context *m);
const char *parts_strategy(const struct command_ctx *c, uint16_t strategy);
/* "trend only; stop × 1.5 in transition": what the regime changes for a strategy; "any regime" where nothing. */
const char *parts_regimes(const struct command_ctx *c, const struct strategy_config *s);
const char *parts_word(const struct command_ctx *c, bool advised); /* whose it is: "rules alone" */
uint32_t parts_resting_entries(const struct command_ctx *c);       /* entry orders that a pause would cancel */
/* The table of what a close would do; and, where no price comes in, that its fills wait for the market. */
void parts_close_rows(const struct command_ctx *c, const struct close_preview *p, struct doc *d);
void parts_market_field(const struct command_ctx *c, struct doc *d);
/* "by you, trades left: 2" of the flatten that is under way; NULL: none is. */
const char *parts_flatten(const struct command_ctx *c);
/* One line a trade: what goes on being managed, with stop and target. */
void parts_managed(const struct command_ctx *c, struct doc *d);

#endif
