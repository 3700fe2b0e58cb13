/*
 * reconcile: what a venue holds of a symbol against what we hold. The shell says what the venue has whenever that differs and
 * nothing is under way that could explain it, and when it agrees again. Where it differs no trade is opened in that symbol:
 * whichever of the two is wrong, more of it would not help. Owns the two fields of a market; changes no trade.
 */
#include "engine/state.h"

int check_venue(const struct engine *e, const struct event *ev, struct err *err) {
    int64_t most = QTY_HIGHEST;
    bool ok =
        ev->u.venue.instrument < e->config.instrument_count && ev->u.venue.qty >= -most && ev->u.venue.qty <= most;
    if (ok) return 0;
    return err_set(err, ERR_RANGE, "a position at the venue that cannot be",
                   "une position impossible chez le courtier");
}

static int64_t held_of(const struct engine *e, uint16_t instrument) {
    int64_t sum = 0;
    for (uint32_t i = 0; i < e->trade_count; i++) {
        const struct trade *t = &e->trades[i].t;
        if (t->instrument == instrument) sum += t->side == SIDE_LONG ? t->qty.v : -t->qty.v;
    }
    return sum;
}

int64_t engine_position(const struct engine *e, uint16_t instrument) {
    return held_of(e, instrument);
}

bool engine_differs(const struct engine *e, uint16_t instrument) {
    return e->markets[instrument].differs;
}

void apply_venue(struct engine *e, const struct event *ev, struct effects *out) {
    struct market *m = &e->markets[ev->u.venue.instrument];
    int64_t ours = held_of(e, ev->u.venue.instrument), theirs = ev->u.venue.qty;
    bool differs = ours != theirs, is_told = m->differs == differs && m->theirs == (differs ? theirs : 0);
    m->differs = differs;
    m->theirs = differs ? theirs : 0;
    if (is_told) return;
    struct effect *f = effect_add(out, EFFECT_DIFFERS);
    f->u.differs.instrument = ev->u.venue.instrument;
    f->u.differs.ours = ours;
    f->u.differs.theirs = theirs;
    f->u.differs.average = ev->u.venue.average;
}
