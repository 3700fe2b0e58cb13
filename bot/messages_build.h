/*
 * messages_build: what the builders of messages share: the message under construction
 * and the ways to say prices, sizes and money. Private to bot/messages*.c. Texts are
 * made in the arena of the call.
 */
#ifndef MIA_BOT_MESSAGES_BUILD_H
#define MIA_BOT_MESSAGES_BUILD_H

#include "bot/messages.h"

struct message_build {
    const struct event *ev; /* NULL for messages of the shell */
    const struct effect *f; /* NULL too */
    const struct message_ctx *c;
    enum lang lang;
    const struct message_kind *kind; /* defaults of the effect's kind */
    struct arena *arena;
    struct message *out;
    uint32_t n;
};

/* A new message; message_add_default takes channel, urgency and weight from the table. */
struct message *message_add(struct message_build *b, enum channel ch, enum urgency u, bool critical,
                            enum doc_severity severity, when_t time);
struct message *message_add_default(struct message_build *b, enum doc_severity severity);
void message_key_trade(struct message *m, uint32_t trade, bool is_edit);
/* Urgent: a phone rings, the configured mention is used. */
void message_ring(struct message *m);

const struct engine_config *build_config(const struct message_build *b);                  /* NULL: not known yet */
const struct instrument *build_instrument(const struct message_build *b, uint32_t index); /* never NULL */
const char *build_symbol(const struct message_build *b, uint32_t index);
const char *build_strategy(const struct message_build *b, uint32_t index);
const char *say_word(const struct message_build *b, uint32_t strategy); /* whose it is: "rules alone" */

const char *say_price(const struct message_build *b, uint32_t instrument, price_t p);     /* "5 615,25" */
const char *say_points(const struct message_build *b, uint32_t instrument, price_t move); /* "+6 pts" */
const char *say_cash(const struct message_build *b, cash_t c);                            /* "300 $" */
const char *say_gain(const struct message_build *b, cash_t c);                            /* "+300 $" */
const char *say_size(const struct message_build *b, uint32_t instrument, qty_t q);        /* "2 contrats" */
const char *say_ratio(const struct message_build *b, double v, int decimals);
const char *say_percent(const struct message_build *b, double ratio); /* one decimal where it is not whole */
const char *say_bytes(const struct message_build *b, int64_t bytes);
const char *say_actor(const struct message_build *b, const char *actor); /* "discord:3000…", "the local page" */
const char *say_side(enum side s);                                       /* "LONG" "SHORT" */
const char *say_plural(const struct message_build *b, uint64_t n, const char *en_one, const char *en_many,
                       const char *fr_one, const char *fr_many); /* "3 trades" */
cash_t cash_minus(cash_t c);

/* "Risque restant : 54 $", "Aucun risque restant", "Gain acquis : +21 $". */
const char *say_at_risk(const struct message_build *b, cash_t at_risk);

/* "Reward/risk: 1.5", where both a stop and a target stand. */
void build_reward_risk(struct message_build *b, struct doc *d, price_t entry, price_t stop, price_t target);

/* The builders of messages_signal.c, messages_trade.c, messages_state.c, messages_flatten.c and messages_roll.c. */
void build_signal(struct message_build *b);
void build_trade_opened(struct message_build *b);
void build_trade_changed(struct message_build *b);
void build_trade_closed(struct message_build *b);
void build_order_trouble(struct message_build *b);
void build_limit(struct message_build *b);
void build_pause(struct message_build *b);
void build_market(struct message_build *b);
void build_day_closed(struct message_build *b);
void build_strategy_switch(struct message_build *b);
void build_flatten(struct message_build *b);
void build_cancelled(struct message_build *b);
void build_roll(struct message_build *b);
void build_differs(struct message_build *b);

#endif
