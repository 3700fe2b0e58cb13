/*
 * orders: the table of working orders, the ring of recent final ones (reports come
 * late), and the memory of fills already counted. Owns those three; sends nothing.
 */
#include "engine/state.h"

#include <string.h>

#include "engine/base/hash.h"

/* Unique across installations that share an account: the second of the first start, then a counter of 2^20 before two
 * installations that started within a few seconds could meet. Ids stay below 2^53. */
static uint64_t order_new_id(struct engine *e) {
    return e->order_base + ++e->orders_made;
}

struct live_order *order_add(struct engine *e) {
    if (e->order_count == ORDERS_MAX) return NULL;
    struct live_order *o = &e->orders[e->order_count++];
    memset(o, 0, sizeof *o);
    o->o.id = order_new_id(e);
    o->o.created = e->market_time;
    return o;
}

struct live_order *order_live(struct engine *e, uint64_t id) {
    for (uint32_t i = e->order_count; i-- > 0;) {
        if (e->orders[i].o.id == id) return &e->orders[i];
    }
    return NULL;
}

struct live_order *order_find(struct engine *e, uint64_t id, bool *live) {
    struct live_order *o = order_live(e, id);
    *live = o != NULL;
    for (uint32_t i = 0; o == NULL && i < e->recent_count; i++) { /* newest first: a report is seldom very late */
        struct live_order *r = &e->recent[(e->recent_at + ORDERS_RECENT_MAX - 1 - i) % ORDERS_RECENT_MAX];
        if (r->o.id == id) o = r;
    }
    return o;
}

void order_retire(struct engine *e, struct live_order *o) {
    e->recent[e->recent_at] = *o;
    e->recent_at = (e->recent_at + 1) % ORDERS_RECENT_MAX;
    if (e->recent_count < ORDERS_RECENT_MAX) e->recent_count++;
    uint32_t i = (uint32_t)(o - e->orders);
    memmove(o, o + 1, (e->order_count - i - 1) * sizeof *o);
    e->order_count--;
}

bool order_cancel(struct engine *e, struct live_order *o, struct effects *out) {
    (void)e;
    if (o->cancel_wanted || order_is_final(&o->o)) return false;
    o->cancel_wanted = true;
    if (o->o.state != ORDER_UNKNOWN) o->o.state = ORDER_CANCELLING; /* an unknown one stays so until the venue speaks */
    effect_add(out, EFFECT_CANCEL)->u.cancel.order = o->o.id;
    return true;
}

qty_t order_left(const struct order *o) {
    return (qty_t){o->qty.v > o->filled.v ? o->qty.v - o->filled.v : 0};
}

bool symbol_has_unknown(const struct engine *e, uint16_t instrument) {
    for (uint32_t i = 0; i < e->order_count; i++) {
        const struct order *o = &e->orders[i].o;
        if (o->instrument == instrument && o->state == ORDER_UNKNOWN) return true;
    }
    return false;
}

bool fill_is_new(struct engine *e, uint64_t order, uint64_t fill_id) {
    uint64_t pair[2] = {order, fill_id};
    uint64_t key = hash64(pair, sizeof pair, 0);
    if (key == 0) key = 1; /* 0 marks an empty place */
    uint64_t *set = e->fills[key % FILL_SETS];
    for (int i = 0; i < FILL_WAYS; i++) {
        if (set[i] == key) return false;
    }
    memmove(set + 1, set, (FILL_WAYS - 1) * sizeof *set);
    set[0] = key;
    return true;
}
