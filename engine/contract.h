/*
 * contract: the months of a future. Which contracts a root has, when each expires, and which
 * one is meant on a day, by date. Plain data and pure questions; holidays are the rules of
 * engine/holidays.c. What becomes of an account when the contract changes is engine/roll.c.
 *
 * A contract is known by its month: year * 12 + month - 1, 0 is none. "ESZ26" and "202612"
 * are names of the same one.
 */
#ifndef MIA_ENGINE_CONTRACT_H
#define MIA_ENGINE_CONTRACT_H

#include "engine/base/snap.h"

#define CONTRACTS_MAX 24 /* in a list of one's own */
#define CONTRACT_TEXT_MAX 24
#define ROLL_DAYS_MAX 60

enum roll_rule { ROLL_NONE /* the symbol is no future, or is not rolled */, ROLL_DATE, ROLL_VOLUME, ROLL_RULE_COUNT };
enum roll_action { ROLL_FLAT /* what is open is closed */, ROLL_OVER /* and opened again */, ROLL_ACTION_COUNT };
enum contract_expiry {
    EXPIRY_LISTED,       /* only what the list says */
    EXPIRY_THIRD_FRIDAY, /* index futures of CME and CBOT */
    EXPIRY_CRUDE,        /* CL of NYMEX */
    EXPIRY_GOLD,         /* GC, MGC of COMEX */
    CONTRACT_EXPIRY_COUNT
};

struct roll_config {
    enum roll_rule rule;     /* instruments[].roll.by */
    enum roll_action action; /* instruments[].roll.at_roll */
    enum contract_expiry expiry;
    uint32_t months;     /* instruments[].roll.months: bit 0 is January */
    int32_t days_before; /* instruments[].roll.days_before: calendar days before the day that counts */
    int32_t volume_days; /* instruments[].roll.volume_days: in a row */
    int32_t warn_days;   /* instruments[].roll.warn_days: calendar days before the roll; 0: not warned */
    uint32_t count;      /* instruments[].contracts: where there are any, there are no others */
    struct {
        uint16_t contract;
        int32_t expires;   /* day */
    } list[CONTRACTS_MAX]; /* by rising expiry */
};
void roll_config_snap(struct roll_config *r, struct snap *s);
bool roll_config_holds(const struct roll_config *r); /* figures that can be true */
/* What a root has by itself: cycle, expiry, the customary day. false: it is not known. */
bool roll_config_builtin(const char *root, struct roll_config *out);

/* "HMUZ"; 0: a letter that is no month. */
uint32_t contract_months(const char *letters);
/* "ESZ26", "ESZ2026", "Z26" or "202612"; 0: no contract of that root. */
uint16_t contract_parse(const char *text, size_t n, const char *root);
char *contract_say(char out[CONTRACT_TEXT_MAX], const char *root, uint16_t contract); /* "ESZ26"; "" for none */

uint16_t contract_after(const struct roll_config *r, uint16_t contract); /* 0: none is listed */
/* The trading day with which the next one is meant, and the last day of this one. false: not one of its contracts. */
bool contract_days(const struct roll_config *r, uint16_t contract, int32_t *roll, int32_t *expires);
uint16_t contract_on(const struct roll_config *r, int32_t day); /* the one meant by date; 0: the list is at its end */

#endif
