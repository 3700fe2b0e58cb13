/*
 * alpaca_wire: see alpaca_wire.h. Pure: text in, structs out, and back.
 */
#include "engine/brokers/alpaca_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/hash.h"

static const struct {
    const char *name;
    enum alpaca_status status;
} statuses[] = {
    {"new", ALPACA_WORKING},
    {"partially_filled", ALPACA_WORKING},
    {"accepted", ALPACA_WORKING},
    {"pending_new", ALPACA_WORKING},
    {"accepted_for_bidding", ALPACA_WORKING},
    {"pending_cancel", ALPACA_WORKING},
    {"pending_replace", ALPACA_WORKING},
    {"pending_review", ALPACA_WORKING},
    {"stopped", ALPACA_WORKING},   /* a fill is certain, and has not come */
    {"suspended", ALPACA_WORKING}, /* may go on */
    {"calculated", ALPACA_WORKING},
    {"done_for_day", ALPACA_WORKING}, /* works again tomorrow; a day order is said to have expired */
    {"held", ALPACA_HELD},
    {"filled", ALPACA_FILLED},
    {"canceled", ALPACA_CANCELLED},
    {"expired", ALPACA_EXPIRED},
    {"rejected", ALPACA_REJECTED},
    {"replaced", ALPACA_REPLACED},
};

bool alpaca_is_final(enum alpaca_status s) {
    return s != ALPACA_WORKING && s != ALPACA_HELD;
}

/* The venue's averages and fractions of shares have more places than ours: what is beyond is cut off. */
static size_t cut(const char *s, int places) {
    size_t n = strlen(s), whole = strcspn(s, ".");
    size_t most = whole + 1 + (size_t)places;
    return n > most && strspn(s + whole + 1, "0123456789") == n - whole - 1 ? most : n;
}

bool alpaca_qty(const struct json *j, const char *key, qty_t *out) {
    const char *s = json_str(j, key);
    return s != NULL && qty_parse(s, cut(s, QTY_DIGITS), out);
}

bool alpaca_price(const struct json *j, const char *key, price_t *out) {
    const char *s = json_str(j, key);
    return s != NULL ? price_parse(s, cut(s, PRICE_DIGITS), out) : json_price(j, key, out);
}

bool alpaca_cash(const struct json *j, const char *key, cash_t *out) {
    const char *s = json_str(j, key);
    return s != NULL && cash_parse(s, cut(s, CASH_DIGITS), out);
}

/* A decimal in a string; null and absent are 0. */
static bool read_qty(const struct json *j, const char *key, qty_t *out) {
    *out = QTY_ZERO;
    return json_is_null(json_at(j, key)) || alpaca_qty(j, key, out);
}

static bool read_price(const struct json *j, const char *key, price_t *out) {
    *out = PRICE_ZERO;
    return json_is_null(json_at(j, key)) || alpaca_price(j, key, out);
}

static bool read_status(const struct json *j, enum alpaca_status *out) {
    const char *s = json_str(j, "status");
    for (size_t i = 0; s != NULL && i < sizeof statuses / sizeof *statuses; i++) {
        if (strcmp(statuses[i].name, s) != 0) continue;
        *out = statuses[i].status;
        return true;
    }
    return false;
}

static bool order_read(const struct json *j, const char *root, struct alpaca_order *o) {
    *o = (struct alpaca_order){0};
    const char *type = json_str(j, "type"), *side = json_str(j, "side");
    if (!json_copy(j, "id", o->id, sizeof o->id) || !json_copy(j, "symbol", o->symbol, sizeof o->symbol)) return false;
    if (o->id[0] == '\0' || o->symbol[0] == '\0') return false;
    if (!read_status(j, &o->status) || type == NULL || side == NULL) return false;
    if (!json_copy(j, "client_order_id", o->client, sizeof o->client))
        o->client[0] = '\0'; /* somebody else's, a long one */
    if (!json_copy(j, "replaces", o->replaces, sizeof o->replaces)) o->replaces[0] = '\0';
    str_copy(o->root, sizeof o->root, root != NULL ? root : o->client);
    o->is_stop = strncmp(type, "stop", 4) == 0;
    o->is_limit = strcmp(type, "limit") == 0;
    o->is_buy = strcmp(side, "buy") == 0;
    return read_qty(j, "qty", &o->qty) && read_qty(j, "filled_qty", &o->filled) &&
           read_price(j, "limit_price", &o->limit) && read_price(j, "stop_price", &o->stop);
}

static bool add(const struct json *j, const char *root, struct alpaca_order *out, uint32_t max, uint32_t *n) {
    if (*n == max || !order_read(j, root, &out[*n])) return false;
    const char *own = root != NULL ? root : out[*n].client;
    char name[ALPACA_CLIENT_MAX];
    str_copy(name, sizeof name, own);
    ++*n;
    for (const struct json *leg = json_first(json_at(j, "legs")); root == NULL && leg != NULL; leg = json_next(leg))
        if (!add(leg, name, out, max, n)) return false;
    return true;
}

bool alpaca_orders_read(const struct json *j, struct alpaca_order *out, uint32_t max, uint32_t *count) {
    *count = 0;
    if (json_is_object(j)) return add(j, NULL, out, max, count);
    if (!json_is_array(j)) return false;
    for (const struct json *o = json_first(j); o != NULL; o = json_next(o)) {
        uint32_t before = *count;
        if (add(o, NULL, out, max, count)) continue;
        const char *client = json_str(o, "client_order_id");
        if (before == max || *count == max || client == NULL || strncmp(client, "mia-", 4) == 0) return false;
        *count = before; /* somebody else's, of a kind that we do not know: it does not hide ours */
    }
    return true;
}

static bool stamp(const struct json *j, const char *key, when_t *out) {
    const char *s = json_str(j, key);
    return s != NULL && when_parse_iso(s, strlen(s), NULL, out);
}

bool alpaca_fill_read(const struct json *a, struct alpaca_fill *out) {
    *out = (struct alpaca_fill){0};
    return json_copy(a, "order_id", out->order, sizeof out->order) && read_qty(a, "qty", &out->qty) &&
           read_qty(a, "cum_qty", &out->cumulative) && alpaca_price(a, "price", &out->price) && out->qty.v > 0 &&
           stamp(a, "transaction_time", &out->at);
}

bool alpaca_update_read(const struct json *data, struct alpaca_order *out, char event[32], struct alpaca_fill *fill,
                        bool *is_fill) {
    if (!json_copy(data, "event", event, 32) || !order_read(json_at(data, "order"), NULL, out)) return false;
    *is_fill = strcmp(event, "fill") == 0 || strcmp(event, "partial_fill") == 0;
    if (!*is_fill) return true;
    *fill = (struct alpaca_fill){.cumulative = out->filled};
    memcpy(fill->order, out->id, sizeof fill->order);
    return read_qty(data, "qty", &fill->qty) && alpaca_price(data, "price", &fill->price) && fill->qty.v > 0 &&
           stamp(data, "timestamp", &fill->at);
}

uint64_t alpaca_client_read(const char *client, bool *protects) {
    if (strncmp(client, "mia-", 4) != 0) return 0;
    uint64_t id = 0;
    const char *p = client + 4;
    for (; *p >= '0' && *p <= '9' && id < UINT64_MAX / 16; p++) id = id * 10 + (uint64_t)(*p - '0');
    *protects = p[0] == '-' && p[1] == 'p';
    return *p == '\0' || *protects ? id : 0;
}

void alpaca_client_name(char out[ALPACA_CLIENT_MAX], uint64_t order) {
    snprintf(out, ALPACA_CLIENT_MAX, "mia-%llu", (unsigned long long)order);
}

void alpaca_protect_name(char out[ALPACA_CLIENT_MAX], uint64_t entry, int64_t unique) {
    snprintf(out, ALPACA_CLIENT_MAX, "mia-%llu-p%lld", (unsigned long long)entry, (long long)unique);
}

/* ---- bodies ---- */

static void put_price(struct jw *w, const char *key, price_t p, const struct instrument *in) {
    char text[MONEY_TEXT_MAX];
    jw_kstr(w, key, price_text(text, p, in->decimals));
}

static void put_qty(struct jw *w, qty_t q) {
    char text[MONEY_TEXT_MAX];
    jw_kstr(w, "qty", qty_text(text, q, q.v % QTY_SCALE == 0 ? 0 : 8));
}

static void begin(struct jw *w, struct buf *b, const struct instrument *in, bool buy, qty_t qty, const char *type,
                  const char *tif) {
    jw_init(w, b);
    jw_obj(w);
    jw_kstr(w, "symbol", in->symbol);
    jw_kstr(w, "side", buy ? "buy" : "sell");
    put_qty(w, qty);
    jw_kstr(w, "type", type);
    jw_kstr(w, "time_in_force", tif);
}

static void put_legs(struct jw *w, price_t stop, price_t target, const struct instrument *in) {
    if (target.v != 0) {
        jw_key(w, "take_profit");
        jw_obj(w);
        put_price(w, "limit_price", target, in);
        jw_end_obj(w);
    }
    jw_key(w, "stop_loss");
    jw_obj(w);
    put_price(w, "stop_price", stop, in);
    jw_end_obj(w);
}

void alpaca_entry_body(struct buf *b, const struct order *o, const struct instrument *in) {
    static const char *const types[] = {[ORDER_MARKET] = "market", [ORDER_LIMIT] = "limit", [ORDER_STOP] = "stop"};
    _Static_assert(sizeof types / sizeof *types == ORDER_TYPE_COUNT, "a word for every type");
    struct jw w;
    char name[ALPACA_CLIENT_MAX];
    alpaca_client_name(name, o->id);
    begin(&w, b, in, o->side == SIDE_LONG, o->qty, types[o->type], "gtc"); /* what protects must outlive the day */
    if (o->type == ORDER_LIMIT) put_price(&w, "limit_price", o->price, in);
    if (o->type == ORDER_STOP) put_price(&w, "stop_price", o->price, in);
    jw_kstr(&w, "client_order_id", name);
    jw_kstr(&w, "order_class", o->target.v != 0 ? "bracket" : "oto");
    put_legs(&w, o->stop, o->target, in);
    jw_end_obj(&w);
}

void alpaca_exit_body(struct buf *b, const struct order *o, const struct instrument *in) {
    struct jw w;
    char name[ALPACA_CLIENT_MAX];
    alpaca_client_name(name, o->id);
    begin(&w, b, in, o->side == SIDE_LONG, o->qty, "market", "day");
    jw_kstr(&w, "client_order_id", name);
    jw_end_obj(&w);
}

void alpaca_protect_body(struct buf *b, const struct alpaca_protect *p, const struct instrument *in) {
    struct jw w;
    char name[ALPACA_CLIENT_MAX];
    alpaca_protect_name(name, p->entry, p->unique);
    begin(&w, b, in, p->side == SIDE_SHORT, p->qty, p->target.v != 0 ? "limit" : "stop", "gtc");
    jw_kstr(&w, "client_order_id", name);
    if (p->target.v != 0) {
        jw_kstr(&w, "order_class", "oco");
        put_legs(&w, p->stop, p->target, in);
    } else {
        put_price(&w, "stop_price", p->stop, in);
    }
    jw_end_obj(&w);
}

void alpaca_replace_body(struct buf *b, bool is_stop, price_t price, const struct alpaca_protect *p,
                         const struct instrument *in) {
    struct jw w;
    char name[ALPACA_CLIENT_MAX];
    alpaca_protect_name(name, p->entry, p->unique);
    jw_init(&w, b);
    jw_obj(&w);
    put_price(&w, is_stop ? "stop_price" : "limit_price", price, in);
    if (p->qty.v > 0) put_qty(&w, p->qty);
    jw_kstr(&w, "client_order_id", name);
    jw_end_obj(&w);
}

uint64_t alpaca_fill_id(const char *order, qty_t cumulative) {
    uint64_t id = hash64(order, strlen(order), (uint64_t)cumulative.v);
    return id != 0 ? id : 1;
}
