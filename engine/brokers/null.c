/*
 * null: a broker that takes no order: every one is accepted and cancelled at once, so
 * signals and decisions can be watched without a position. Has no state.
 */
#include "engine/broker.h"

extern const struct broker broker_null;

static void null_configure(void *state, const struct engine_config *c) {
    (void)state;
    (void)c;
}

static void null_submit(void *state, const struct order *o, when_t market_time, struct reports *out) {
    (void)state;
    (void)market_time;
    reports_add(out, REPORT_ACCEPTED, o->id);
    str_copy(reports_add(out, REPORT_CANCELLED, o->id)->note, ORDER_REASON_MAX, "the null broker takes no orders");
}

static void null_cancel(void *state, uint64_t order, struct reports *out) {
    (void)state;
    reports_add(out, REPORT_CANCELLED, order);
}

static void null_protect(void *state, uint64_t entry_order, price_t stop, price_t target, struct reports *out) {
    (void)state;
    struct order_report *r = reports_add(out, REPORT_PROTECTED, entry_order);
    r->price = stop;
    r->target = target;
}

static void null_bar(void *state, uint16_t instrument, const struct bar *b, struct reports *out) {
    (void)state;
    (void)instrument;
    (void)b;
    (void)out;
}

const struct broker broker_null = {
    .name = "null",
    .summary = {"Takes no orders: signals are shown and nothing is traded.",
                "Ne prend aucun ordre\u00a0: les signaux sont montrés et rien n’est échangé."},
    .caps = BROKER_INTERNAL | BROKER_ATTACHED_STOP,
    .configure = null_configure,
    .submit = null_submit,
    .cancel = null_cancel,
    .protect = null_protect,
    .bar = null_bar,
};
