/*
 * fuzz_alpaca_orders: any bytes as what Alpaca says of orders: an order or a list with legs, an execution, an update of the stream. What
 * is taken has bounded figures, ends where it should, and the same text gives the same again. The first byte chooses which.
 */
#include "tests/fuzz/fuzz.h"

#include "engine/brokers/alpaca_wire.h"

#define TEXT_MAX 65536
#define ORDERS_HERE 64

static void order_holds(const struct alpaca_order *o) {
    bool protects;
    assert(memchr(o->id, 0, sizeof o->id) && o->id[0] != '\0' && memchr(o->client, 0, sizeof o->client));
    assert(memchr(o->root, 0, sizeof o->root) && memchr(o->symbol, 0, sizeof o->symbol));
    assert((unsigned)o->status <= ALPACA_REPLACED && !(o->is_stop && o->is_limit));
    assert(alpaca_client_read(o->client, &protects) < UINT64_MAX / 8);
}

static void orders(const struct json *j) {
    static struct alpaca_order one[ORDERS_HERE], two[ORDERS_HERE];
    uint32_t n = 0, again = 0;
    bool ok = alpaca_orders_read(j, one, ORDERS_HERE, &n);
    assert(n <= ORDERS_HERE && ok == alpaca_orders_read(j, two, ORDERS_HERE, &again) && n == again);
    for (uint32_t i = 0; i < n; i++) order_holds(&one[i]);
}

static void fill_holds(const struct alpaca_fill *f) {
    assert(f->qty.v > 0 && memchr(f->order, 0, sizeof f->order));
    assert(alpaca_fill_id(f->order, f->cumulative) == alpaca_fill_id(f->order, f->cumulative));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct err e;
    if (n < 1 || n > TEXT_MAX) return 0;
    struct json *j = json_parse((const char *)bytes + 1, n - 1, &e);
    if (j == NULL) return 0;
    struct alpaca_order o;
    struct alpaca_fill f;
    char event[32];
    bool is_fill;
    if (bytes[0] % 3 == 0) orders(j);
    if (bytes[0] % 3 == 1 && alpaca_fill_read(j, &f)) fill_holds(&f);
    if (bytes[0] % 3 == 2 && alpaca_update_read(j, &o, event, &f, &is_fill)) {
        order_holds(&o);
        if (is_fill) fill_holds(&f);
    }
    json_free(j);
    return 0;
}
