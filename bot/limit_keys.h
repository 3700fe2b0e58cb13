/*
 * limit_keys: which field of the engine's configuration a setting is, and what it means
 * in money now. The settings that the engine tightens at once and loosens with the next
 * trading day are all here, and nothing else. Pure.
 */
#ifndef MIA_BOT_LIMIT_KEYS_H
#define MIA_BOT_LIMIT_KEYS_H

#include "engine/engine.h"

enum limit_group { GROUP_NONE, GROUP_DAY_LOSS, GROUP_DAY_TRADES, GROUP_DRAWDOWN, LIMIT_GROUP_COUNT };

struct limit_key {
    const char *key;
    size_t offset; /* in struct engine_config: within limits or management */
    enum { FIELD_I64, FIELD_U32, FIELD_BOOL, FIELD_CASH } field;
    enum {
        MONEY_NONE,
        MONEY_AMOUNT,
        MONEY_OF_DAY,
        MONEY_OF_WEEK,
        MONEY_OF_MONTH,
        MONEY_OF_EQUITY,
        MONEY_OF_PEAK,
        MONEY_OF_CAPITAL
    } money;
    enum limit_group group; /* of one group the tightest binds */
};
extern const struct limit_key limit_keys[];              /* until key is NULL */
const struct limit_key *limit_key_find(const char *key); /* NULL: the engine does not know it */

int64_t limit_key_get(const struct limit_key *k, const struct engine_config *c);
void limit_key_set(const struct limit_key *k, struct engine_config *c, int64_t number);
int64_t limit_key_next(const struct limit_key *k, const struct engine *e); /* from the next trading day on */

struct limit_money {
    cash_t low, high; /* they differ where strategies have different capital */
};
/* What that number comes to now; false: it is no money, or no limit. */
bool limit_key_money(const struct limit_key *k, const struct engine *e, int64_t number, struct limit_money *out);

/* The tightest of a group: as it holds, or from the next trading day on, with `k` (may be NULL) at `number`. NULL: none is set. */
const struct limit_key *limit_key_tightest(const struct engine *e, enum limit_group g, bool next,
                                           const struct limit_key *k, int64_t number);

#endif
