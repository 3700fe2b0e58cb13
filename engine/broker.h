/*
 * broker: the contract of a venue that takes orders. Two families:
 *  - internal (paper, null): pure, driven by drive.c, its state is committed with
 *    the engine's, its reports are derived events that a replay makes again;
 *  - external: asynchronous, carried out by the shell after the commit, its reports
 *    are inputs.
 * Every order carries our id. Protection (stop, target) belongs to the trade's entry
 * order and rests at the venue from the first fill.
 */
#ifndef MIA_ENGINE_BROKER_H
#define MIA_ENGINE_BROKER_H

#include "engine/effect.h"

#define REPORTS_MAX 512

struct reports {
    uint32_t n;
    struct order_report item[REPORTS_MAX];
};
/* A new report at the end, all zero but its kind and order. More than REPORTS_MAX unread ones end the process. */
struct order_report *reports_add(struct reports *r, enum report_kind kind, uint64_t order);

enum broker_cap {
    BROKER_INTERNAL = 1,
    BROKER_ATTACHED_STOP = 2,
    BROKER_NETTING = 8,   /* one position a symbol: never long and short at once */
    BROKER_UNIQUE_IDS = 4 /* takes our id once: what may have arrived can be sent again under the same one */
};

/* ---- external venues ---- */

enum venue_verb {
    VENUE_SUBMIT,
    VENUE_CANCEL,
    VENUE_PROTECT, /* make this stop and target rest for what is open of the trade; again and again leads to the same */
    VENUE_QUERY,   /* what became of this order? */
    VENUE_LOOK,    /* what do you hold? */
    VENUE_VERB_COUNT
};
const char *venue_verb_name(enum venue_verb v);

/* What came of asking; what came of the order is said by reports, before the answer. */
enum venue_answer {
    VENUE_DONE,    /* it heard, and said what it had to say, yes or no */
    VENUE_UNSENT,  /* nothing of it arrived, or it said "later": nothing has happened */
    VENUE_UNCLEAR, /* it may have arrived */
    VENUE_ABSENT,  /* QUERY: it knows no such order */
    VENUE_ANSWER_COUNT
};

struct venue_ask {
    enum venue_verb verb;
    uint64_t order;       /* ours; PROTECT: the entry's; LOOK: 0 */
    struct order sub;     /* SUBMIT: all of it; CANCEL, QUERY: as the engine has it */
    price_t stop, target; /* PROTECT; target 0: none */
};

/* What is open of a trade, as the engine has it. */
struct venue_trade {
    uint16_t instrument;
    enum side side;
    qty_t qty; /* open */
    price_t stop, target;
};

#define VENUE_HOLDINGS_MAX 256
struct venue_holding { /* a position at the venue, ours or not */
    char symbol[SYMBOL_MAX];
    int64_t qty; /* of a qty_t; negative: short */
    price_t average;
};
struct venue_view {
    bool demo; /* the venue itself says so */
    cash_t cash, equity;
    uint32_t count;
    struct venue_holding holding[VENUE_HOLDINGS_MAX];
};

struct loop;
struct http;
struct lws_hub;

/* The adapter's view of its owner (bot/dealer). All on the loop's thread; none is called inside open or ask. */
struct venue_host {
    void *arg;
    struct loop *loop;
    struct http *http;
    struct lws_hub *lws;
    const struct engine_config *(*config)(void *arg);
    bool (*trade)(void *arg, uint64_t entry_order, struct venue_trade *out); /* false: nothing is open of it */
    uint64_t (*entry_of)(void *arg, uint64_t exit_order);                    /* 0: unknown */
    void (*report)(void *arg, const struct order_report *r);                 /* the venue's word, asked for or not */
    /* Exactly one for every ask. wait_ms: not to be asked again before; why: for people, may be NULL. */
    void (*answered)(void *arg, const struct venue_ask *a, enum venue_answer answer, int64_t wait_ms,
                     const struct err *why);
    void (*viewed)(void *arg, const struct venue_view *v); /* before a LOOK is answered DONE */
    /* The venue's stream of reports. After `up` everything is asked for that may have been missed. */
    void (*link)(void *arg, bool up, const struct err *why);
};

#define VENUE_URL_MAX 256
#define VENUE_SECRET_MAX 256
struct venue_spec {
    char url[VENUE_URL_MAX];
    char key[VENUE_SECRET_MAX], secret[VENUE_SECRET_MAX];
};

/* Ends a probe. said: what was found, in both languages; ERR_NONE: all is well, ERR_NOT_FOUND: a warning. */
typedef void (*broker_probe_fn)(void *arg, const struct err *said);

struct broker {
    const char *name;
    const char *summary[LANG_COUNT];
    uint32_t caps;
    /* Internal brokers. `state` is state_size bytes, zeroed at first. Reports go to the end of *out. */
    size_t state_size;
    void (*configure)(void *state, const struct engine_config *c);
    void (*submit)(void *state, const struct order *o, when_t market_time, struct reports *out);
    void (*cancel)(void *state, uint64_t order, struct reports *out);
    /* What became of this order? NULL: an order's fate is always known. */
    void (*query)(void *state, uint64_t order, struct reports *out);
    void (*protect)(void *state, uint64_t entry_order, price_t stop, price_t target, struct reports *out);
    /* The market moved through this bar: called before the engine sees the bar as closed. */
    void (*bar)(void *state, uint16_t instrument, const struct bar *b, struct reports *out);
    void (*snap)(void *state, struct snap *s);
    /* External venues. NULL: refused, e says why. ask returns at once; the answer comes through the host. */
    void *(*open)(const struct venue_spec *spec, const struct venue_host *host, struct err *e);
    void (*ask)(void *venue, const struct venue_ask *a);
    void (*close)(void *venue); /* what is under way stays unanswered */
    /* Asks the venue once whether keys and account are good; orders are not touched. demo_only: a real account is wrong.
     * `done` comes once, perhaps inside the call. */
    void (*probe)(const struct venue_spec *spec, struct http *http, bool demo_only, broker_probe_fn done, void *arg);
};

extern const struct broker *const broker_table[]; /* NULL-terminated */
const struct broker *broker_find(const char *name);

#endif
