/*
 * alpaca_wire: what is read from Alpaca and written to it, without any I/O. Numbers come as strings and stay decimal. Private
 * to engine/brokers/alpaca*.
 *
 * Our ids at the venue: "mia-17" is our order 17; "mia-17-p1767600000000" an order that protects the trade whose entry is
 * our order 17, made later than the entry.
 */
#ifndef MIA_BROKERS_ALPACA_WIRE_H
#define MIA_BROKERS_ALPACA_WIRE_H

#include "engine/broker.h"
#include "engine/net/json.h"

#define ALPACA_ID_MAX 40
#define ALPACA_CLIENT_MAX 64
#define ALPACA_FLAT_MAX 64 /* orders of one symbol that are looked at, legs included */

enum alpaca_status {
    ALPACA_WORKING, /* it may fill */
    ALPACA_HELD,    /* a leg whose entry is not filled: it protects nothing yet */
    ALPACA_FILLED,
    ALPACA_CANCELLED,
    ALPACA_EXPIRED,
    ALPACA_REJECTED,
    ALPACA_REPLACED
};

struct alpaca_order {
    char id[ALPACA_ID_MAX], client[ALPACA_CLIENT_MAX], replaces[ALPACA_ID_MAX];
    char root[ALPACA_CLIENT_MAX]; /* the client id of what it is nested under; else its own */
    char symbol[SYMBOL_MAX];
    enum alpaca_status status;
    bool is_stop, is_limit, is_buy;
    qty_t qty, filled;
    price_t limit, stop;
};

struct alpaca_fill {
    char order[ALPACA_ID_MAX];
    qty_t qty, cumulative;
    price_t price;
    when_t at;
};

/* Decimals in strings; what is finer than ours is cut off. false: none. */
bool alpaca_qty(const struct json *j, const char *key, qty_t *out);
bool alpaca_price(const struct json *j, const char *key, price_t *out);
bool alpaca_cash(const struct json *j, const char *key, cash_t *out);

/* Orders and their legs, one after the other; those of others that cannot be read are left out. false: not of the form that the venue documents. */
bool alpaca_orders_read(const struct json *j /* one order, or a list */, struct alpaca_order *out, uint32_t max,
                        uint32_t *count);
bool alpaca_fill_read(const struct json *activity, struct alpaca_fill *out);
bool alpaca_update_read(const struct json *data, struct alpaca_order *out, char event[32], struct alpaca_fill *fill,
                        bool *is_fill);
bool alpaca_is_final(enum alpaca_status s);

/* Our order's number in a client id; *protects: it is a "-p" one. 0: not ours. */
uint64_t alpaca_client_read(const char *client, bool *protects);
void alpaca_client_name(char out[ALPACA_CLIENT_MAX], uint64_t order);
void alpaca_protect_name(char out[ALPACA_CLIENT_MAX], uint64_t entry, int64_t unique);

/* Request bodies. */
void alpaca_entry_body(struct buf *b, const struct order *o, const struct instrument *in);
void alpaca_exit_body(struct buf *b, const struct order *o, const struct instrument *in);
struct alpaca_protect {
    uint64_t entry;
    int64_t unique;
    enum side side; /* of the trade */
    qty_t qty;
    price_t stop, target;
};
void alpaca_protect_body(struct buf *b, const struct alpaca_protect *p, const struct instrument *in);
/* p: entry and unique; qty, 0: as it is. */
void alpaca_replace_body(struct buf *b, bool is_stop, price_t price, const struct alpaca_protect *p,
                         const struct instrument *in);

uint64_t alpaca_fill_id(const char *order, qty_t cumulative);

#endif
