/*
 * dealer: see dealer.h. Owns the venue and the list of what is being asked of it. Decides nothing about trading and
 * believes nothing but the venue: what it hears becomes reports, and what they mean the engine says.
 */
#include "bot/dealer_gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/net/limiter.h"

#define CHASES_MAX (ORDERS_MAX + TRADES_MAX + 1)
#define LOOK_AGAIN_MS 3000 /* at what differs: a report may be on its way */
#define NOT_YET_MS 200
#define ASK_AGAIN_MS 250 /* the first time, then twice as long each time */
#define ASK_AGAIN_MAX_MS 30000

/* One thing that is wanted of the venue, from the wish to the answer that settles it. */
struct chase {
    struct venue_ask ask;
    uint32_t trade;
    bool flying;    /* asked, not answered */
    bool attempted; /* SUBMIT: the attempt is durable, or being made so */
    bool again;     /* PROTECT: another stop was wanted meanwhile; QUERY: something was missed meanwhile */
    uint32_t tries;
    int64_t due_ms, began_ms;
    int64_t unclear_ms; /* since when it may have arrived; 0: no such doubt */
};

struct dealer {
    struct dealer_options o;
    struct venue_host host;
    void *venue;
    struct loop_timer *timer;
    struct bucket rate;
    struct chase chases[CHASES_MAX];
    uint32_t count;
    bool releasing; /* after the commit that is under way */
    bool up;
    struct err why;
    int64_t looked_ms; /* 0: not yet */
    bool look_soon;
    bool viewed, demo;             /* what the venue has said of the account */
    int64_t told[INSTRUMENTS_MAX]; /* what the venue held when the engine was told last */
    bool suspect[INSTRUMENTS_MAX]; /* it held something else than we did, once: the next look decides */
};

static int64_t now_ms(const struct dealer *d) {
    return d->o.now_ms != NULL ? d->o.now_ms(d->o.arg) : clock_mono_ms();
}

static const struct order *order_now(const struct dealer *d, uint64_t id) {
    const struct engine *e = desk_engine(d->o.desk);
    for (uint32_t i = engine_order_count(e); i-- > 0;)
        if (engine_order_at(e, i)->id == id) return engine_order_at(e, i);
    return NULL;
}

static const struct trade *trade_of(const struct dealer *d, uint64_t entry) {
    const struct engine *e = desk_engine(d->o.desk);
    for (uint32_t i = engine_trade_count(e); i-- > 0;)
        if (engine_trade_at(e, i)->entry_order == entry) return engine_trade_at(e, i);
    return NULL;
}

/* ---- the list ---- */

static struct chase *find(struct dealer *d, uint64_t order, bool protect) {
    for (uint32_t i = 0; i < d->count; i++) {
        struct chase *c = &d->chases[i];
        if (c->ask.order == order && (c->ask.verb == VENUE_PROTECT) == protect) return c;
    }
    return NULL;
}

static struct chase *chase(struct dealer *d, enum venue_verb verb, uint64_t order, uint32_t trade) {
    if (d->count == CHASES_MAX) die("dealer: more is asked of the venue than there can be orders and trades");
    struct chase *c = &d->chases[d->count++];
    *c = (struct chase){
        .ask = {.verb = verb, .order = order}, .trade = trade, .due_ms = now_ms(d), .began_ms = now_ms(d)};
    return c;
}

static void drop(struct dealer *d, struct chase *c) {
    *c = d->chases[--d->count];
}

static void ask_again(struct dealer *d, struct chase *c, int64_t wait_ms) {
    int64_t ms = c->tries < 8 ? (int64_t)ASK_AGAIN_MS << c->tries : ASK_AGAIN_MAX_MS;
    if (ms > ASK_AGAIN_MAX_MS) ms = ASK_AGAIN_MAX_MS;
    c->tries++;
    c->due_ms = now_ms(d) + (wait_ms > ms ? wait_ms : ms);
}

static void turn_to(struct dealer *d, struct chase *c, enum venue_verb verb, int64_t in_ms) {
    c->ask.verb = verb;
    c->tries = 0;
    c->due_ms = now_ms(d) + in_ms;
}

/* ---- what the engine is told ---- */

static void tell(struct dealer *d, const struct order_report *r) {
    struct err e;
    struct event ev = {.kind = EVENT_REPORT, .u.report = *r};
    if (desk_event(d->o.desk, &ev, &e) < 0)
        log_warn("dealer", "%s of order %llu: %s", report_kind_name(r->kind), (unsigned long long)r->order,
                 e.text[LANG_EN]);
}

static void tell_state(struct dealer *d, uint64_t order, enum report_kind kind, const char *note) {
    struct order_report r = {.kind = kind, .order = order};
    str_copy(r.note, sizeof r.note, note);
    tell(d, &r);
}

/* ---- asking ---- */

static bool is_exit(const struct chase *c) {
    return c->ask.verb != VENUE_PROTECT && c->ask.verb != VENUE_LOOK && c->ask.sub.role == ROLE_EXIT;
}

static int rank(const struct chase *c) {
    return is_exit(c) ? 0 : c->ask.verb == VENUE_PROTECT ? 1 : c->ask.verb == VENUE_CANCEL ? 2 : 3;
}

static bool trade_is_busy(const struct dealer *d, const struct chase *c) {
    for (uint32_t i = 0; c->trade != 0 && i < d->count; i++)
        if (d->chases[i].flying && d->chases[i].trade == c->trade) return true;
    return false;
}

static void release(void *arg);

static void release_after_commit(struct dealer *d) {
    if (d->releasing) return;
    d->releasing = true;
    desk_after_commit(d->o.desk, release, d);
}

/* Something must be true of the venue before an entry may go there; for a while it can become so. */
static const char *not_yet(const struct dealer *d, const struct order *o) {
    if (o->role == ROLE_EXIT) return NULL;
    if (!d->viewed) return "last gate: the account could not be looked at";
    if (d->suspect[o->instrument]) return "last gate: the venue holds something else of this symbol";
    if ((d->o.broker->caps & BROKER_NETTING) != 0 && gate_other_side(desk_engine(d->o.desk), o))
        return "last gate: the venue holds one position a symbol, and the other side is open";
    return NULL;
}

static void settle(struct dealer *d, struct chase *c);

/* While it waited to be sent again the venue may have spoken of it: then the first attempt did arrive. */
static bool is_wanted(struct dealer *d, struct chase *c) {
    const struct order *o = order_now(d, c->ask.order);
    if (o != NULL &&
        (o->state == ORDER_NEW || o->state == ORDER_SENT || o->state == ORDER_UNKNOWN || o->state == ORDER_CANCELLING))
        return true;
    settle(d, c);
    return false;
}

/* A first attempt is durable before its first byte. false: not yet, or never. */
static bool may_submit(struct dealer *d, struct chase *c) {
    const struct order *o = order_now(d, c->ask.order);
    if (c->unclear_ms != 0 || c->attempted) return is_wanted(d, c) && bucket_take(&d->rate, now_ms(d));
    const char *why = o != NULL ? not_yet(d, o) : "it is over";
    if (o != NULL && why != NULL && now_ms(d) - c->began_ms < DEALER_ENTRY_FRESH_MS) {
        c->due_ms = now_ms(d) + NOT_YET_MS;
        return false;
    }
    if (why == NULL && o->role == ROLE_ENTRY && d->o.demo_only && !d->demo)
        why = "last gate: not a demo account, and the mode is paper";
    if (why == NULL) why = gate_refused(desk_engine(d->o.desk), &d->o.guard, o);
    if (why == NULL && o->state == ORDER_CANCELLING) {
        tell_state(d, c->ask.order, REPORT_CANCELLED, "before it was sent");
        drop(d, c);
        return false;
    }
    if (why != NULL) {
        if (o != NULL) tell_state(d, c->ask.order, REPORT_REJECTED, why);
        drop(d, c);
        return false;
    }
    c->attempted = true;
    tell_state(d, c->ask.order, REPORT_SENT, "");
    release_after_commit(d);
    return false;
}

static void refresh(const struct dealer *d, struct venue_ask *a) {
    const struct order *o = order_now(d, a->order);
    if (o != NULL && a->verb != VENUE_PROTECT) a->sub = *o;
}

static void send_one(struct dealer *d, struct chase *c) {
    if (c->ask.verb == VENUE_SUBMIT && !may_submit(d, c)) return;
    refresh(d, &c->ask);
    c->flying = true;
    c->again = false;
    struct venue_ask a = c->ask; /* the list may move while it is asked */
    d->o.broker->ask(d->venue, &a);
}

/* Until something else happens: an answer, or the commit that makes its attempt durable. */
static bool must_wait(const struct dealer *d, const struct chase *c) {
    bool for_commit = c->ask.verb == VENUE_SUBMIT && d->releasing && c->unclear_ms == 0;
    return c->flying || for_commit || trade_is_busy(d, c);
}

static struct chase *next(struct dealer *d, int64_t now) {
    struct chase *best = NULL;
    for (uint32_t i = 0; i < d->count; i++) {
        struct chase *c = &d->chases[i];
        if (c->due_ms > now || must_wait(d, c)) continue;
        if (best == NULL || rank(c) < rank(best)) best = c;
    }
    return best;
}

/* Wakes for the first thing that is due and free. */
static void wind(struct dealer *d) {
    int64_t at = INT64_MAX, now = now_ms(d);
    for (uint32_t i = 0; i < d->count; i++) {
        const struct chase *c = &d->chases[i];
        if (!must_wait(d, c) && c->due_ms < at) at = c->due_ms;
    }
    if (at == INT64_MAX)
        loop_timer_stop(d->timer);
    else
        loop_timer_start(d->timer, at > now ? at - now : 1, 0);
}

static void ask_all(struct dealer *d) {
    struct chase *c;
    int64_t now = now_ms(d);
    for (uint32_t i = 0; i < CHASES_MAX && (c = next(d, now)) != NULL; i++) {
        bool is_held =
            c->ask.verb == VENUE_SUBMIT && (c->attempted || c->unclear_ms != 0) && bucket_wait_ms(&d->rate, now) > 0;
        if (is_held)
            c->due_ms = now + bucket_wait_ms(&d->rate, now);
        else
            send_one(d, c);
    }
    wind(d);
}

static void release(void *arg) {
    struct dealer *d = arg;
    d->releasing = false;
    ask_all(d);
}

static void due(void *arg) {
    ask_all(arg);
}

void dealer_poll(struct dealer *d) {
    ask_all(d);
}

/* ---- what is wanted ---- */

static void want_submit(struct dealer *d, const struct order *o) {
    chase(d, VENUE_SUBMIT, o->id, o->trade)->ask.sub = *o;
}

static void want_cancel(struct dealer *d, uint64_t order) {
    const struct order *o = order_now(d, order);
    struct chase *c = find(d, order, false);
    if (c == NULL) chase(d, VENUE_CANCEL, order, o != NULL ? o->trade : 0); /* else: once it is known to be there */
}

static void want_query(struct dealer *d, uint64_t order) {
    const struct order *o = order_now(d, order);
    struct chase *c = find(d, order, false);
    if (c == NULL)
        c = chase(d, VENUE_QUERY, order, o != NULL ? o->trade : 0); /* one that is over, too: all is said again */
    if (c->ask.verb != VENUE_QUERY) return;
    if (c->flying)
        c->again = true;
    else
        c->due_ms = now_ms(d);
}

static void want_protect(struct dealer *d, uint64_t entry, uint32_t trade, price_t stop, price_t target) {
    struct chase *c = find(d, entry, true);
    if (c == NULL)
        c = chase(d, VENUE_PROTECT, entry, trade);
    else if (c->flying)
        c->again = true;
    else if (c->ask.stop.v != stop.v || c->ask.target.v != target.v)
        turn_to(d, c, VENUE_PROTECT, 0);
    c->ask.stop = stop;
    c->ask.target = target;
}

void dealer_effects(struct dealer *d, const struct event *ev, const struct effects *f) {
    uint32_t before = d->count;
    (void)ev;
    bool asked = false;
    for (uint32_t i = 0; i < f->n; i++) {
        const struct effect *x = &f->item[i];
        bool is_ours = x->kind == EFFECT_SUBMIT || x->kind == EFFECT_CANCEL || x->kind == EFFECT_PROTECT ||
                       x->kind == EFFECT_QUERY;
        if (x->kind == EFFECT_SUBMIT) want_submit(d, &x->u.submit.order);
        if (x->kind == EFFECT_CANCEL) want_cancel(d, x->u.cancel.order);
        if (x->kind == EFFECT_QUERY) want_query(d, x->u.query.order);
        if (x->kind == EFFECT_PROTECT)
            want_protect(d, x->u.protect.entry_order, x->u.protect.trade, x->u.protect.stop, x->u.protect.target);
        asked = asked || is_ours;
    }
    if (asked || d->count != before) release_after_commit(d);
}

/* ---- what came of it ---- */

/* The venue has spoken of the order: is there anything left to ask? */
static void settle(struct dealer *d, struct chase *c) {
    const struct order *o = order_now(d, c->ask.order);
    if (o == NULL) {
        drop(d, c);
        return;
    }
    bool is_open = o->state == ORDER_NEW || o->state == ORDER_SENT || o->state == ORDER_UNKNOWN;
    if (!is_open) c->unclear_ms = 0;
    if (c->again) {
        c->again = false;
        turn_to(d, c, VENUE_QUERY, ASK_AGAIN_MS);
    } else if (is_open || (o->state == ORDER_CANCELLING && c->ask.verb == VENUE_CANCEL)) {
        uint32_t rounds = c->tries;
        if (c->ask.verb != VENUE_QUERY) {
            turn_to(d, c, VENUE_QUERY, ASK_AGAIN_MS); /* it has it, and is not done with it */
            c->tries = o->state == ORDER_CANCELLING ? rounds + 1 : 0;
        } else {
            ask_again(d, c, 0);
        }
    } else if (o->state == ORDER_CANCELLING) {
        uint32_t rounds = c->tries; /* a market that is closed can take the whole night over it */
        turn_to(d, c, VENUE_CANCEL, 0);
        c->tries = rounds;
        if (rounds > 0) ask_again(d, c, 0);
    } else {
        drop(d, c);
    }
}

static void give_up(struct dealer *d, struct chase *c, const char *note) {
    uint64_t order = c->ask.order;
    drop(d, c);
    tell_state(d, order, REPORT_REJECTED, note);
}

static void doubt(struct dealer *d, struct chase *c, const struct err *why) {
    if (c->unclear_ms == 0) c->unclear_ms = now_ms(d);
    turn_to(d, c, VENUE_QUERY, ASK_AGAIN_MS);
    tell_state(d, c->ask.order, REPORT_UNKNOWN, why != NULL ? why->text[LANG_EN] : "no answer");
}

static void submit_answered(struct dealer *d, struct chase *c, enum venue_answer answer, int64_t wait_ms,
                            const struct err *why) {
    const struct order *o = order_now(d, c->ask.order);
    bool is_late = c->ask.sub.role == ROLE_ENTRY && now_ms(d) - c->began_ms >= DEALER_ENTRY_FRESH_MS;
    if (answer == VENUE_UNCLEAR) {
        doubt(d, c, why);
    } else if (answer == VENUE_DONE) {
        settle(d, c);
    } else if (c->unclear_ms != 0) {
        turn_to(d, c, VENUE_QUERY, ASK_AGAIN_MS); /* this one did not arrive; the one before may have */
    } else if (o != NULL && o->state == ORDER_CANCELLING) {
        uint64_t order = c->ask.order;
        drop(d, c);
        tell_state(d, order, REPORT_CANCELLED, "before it could be sent");
    } else if (is_late) {
        give_up(d, c, "it could not be sent in time");
    } else {
        ask_again(d, c, wait_ms);
    }
}

static void absent(struct dealer *d, struct chase *c) {
    const struct order *o = order_now(d, c->ask.order);
    if (o == NULL) {
        drop(d, c);
        return;
    }
    bool is_exit = o->role == ROLE_EXIT; /* the engine moves its orders about */
    if (c->unclear_ms == 0) {
        c->unclear_ms = now_ms(d);
        if (o->state != ORDER_UNKNOWN) tell_state(d, c->ask.order, REPORT_UNKNOWN, "the venue does not know it");
    }
    if (is_exit && (d->o.broker->caps & BROKER_UNIQUE_IDS) != 0) {
        int64_t wait = c->tries == 0 ? 0 : ASK_AGAIN_MS;
        uint32_t tries = c->tries + 1;
        turn_to(d, c, VENUE_SUBMIT, wait);
        c->tries = tries;
    } else if (now_ms(d) - c->unclear_ms >= DEALER_LATE_MS) {
        give_up(d, c, "the venue has never had it");
    } else {
        ask_again(d, c, 0);
    }
}

static void protect_answered(struct dealer *d, struct chase *c, enum venue_answer answer, int64_t wait_ms) {
    if (c->again)
        turn_to(d, c, VENUE_PROTECT, 0);
    else if (answer == VENUE_DONE || trade_of(d, c->ask.order) == NULL)
        drop(d, c);
    else
        ask_again(d, c, wait_ms);
}

static bool is_chased(const struct dealer *d, uint32_t trade) {
    for (uint32_t i = 0; i < d->count; i++)
        if (d->chases[i].trade == trade) return true;
    return false;
}

/* A stream that is connected and says nothing looks like a quiet day: what works and what rests is asked for now and then. */
static void look_after(struct dealer *d) {
    const struct engine *e = desk_engine(d->o.desk);
    for (uint32_t i = 0; i < engine_order_count(e); i++) {
        const struct order *o = engine_order_at(e, i);
        if (o->state != ORDER_NEW && find(d, o->id, false) == NULL) want_query(d, o->id);
    }
    for (uint32_t i = 0; i < engine_trade_count(e); i++) {
        const struct trade *t = engine_trade_at(e, i);
        if (t->qty.v > 0 && !is_chased(d, t->id)) want_protect(d, t->entry_order, t->id, t->stop, t->target);
    }
}

static void look_answered(struct dealer *d, struct chase *c, enum venue_answer answer, int64_t wait_ms) {
    if (answer != VENUE_DONE) {
        ask_again(d, c, wait_ms);
        return;
    }
    d->looked_ms = now_ms(d);
    turn_to(d, c, VENUE_LOOK, d->look_soon ? LOOK_AGAIN_MS : DEALER_LOOK_MS);
    look_after(d);
}

static void answered(void *arg, const struct venue_ask *a, enum venue_answer answer, int64_t wait_ms,
                     const struct err *why) {
    struct dealer *d = arg;
    struct chase *c = find(d, a->order, a->verb == VENUE_PROTECT);
    if (c == NULL || !c->flying || c->ask.verb != a->verb)
        die("dealer: the %s adapter answered %s twice", d->o.broker->name, venue_verb_name(a->verb));
    c->flying = false;
    if (answer != VENUE_DONE)
        log_info("dealer", "%s of %llu: answer %d %s", venue_verb_name(a->verb), (unsigned long long)a->order,
                 (int)answer, why != NULL ? why->text[LANG_EN] : "");
    switch (a->verb) {
    case VENUE_SUBMIT: submit_answered(d, c, answer, wait_ms, why); break;
    case VENUE_PROTECT: protect_answered(d, c, answer, wait_ms); break;
    case VENUE_LOOK: look_answered(d, c, answer, wait_ms); break;
    case VENUE_CANCEL:
    case VENUE_QUERY:
        if (answer == VENUE_DONE)
            settle(d, c);
        else if (answer == VENUE_ABSENT)
            absent(d, c);
        else
            ask_again(d, c, wait_ms);
        break;
    case VENUE_VERB_COUNT: break;
    }
    ask_all(d);
}

static void report(void *arg, const struct order_report *said) {
    struct dealer *d = arg;
    struct order_report r = *said;
    if (!d->o.venue_time) r.at = (when_t){0};
    tell(d, &r);
    struct chase *c = find(d, r.order, false);
    /* A question stays: it is asked because something may have been missed, perhaps by this very report. */
    if (c != NULL && !c->flying && c->ask.verb == VENUE_CANCEL) settle(d, c);
    wind(d);
}

/* ---- the venue's side of a start ---- */

/* Whatever may have happened while nobody listened is asked for. */
static void take_up_orders(struct dealer *d) {
    const struct engine *e = desk_engine(d->o.desk);
    uint64_t doubted[ORDERS_MAX];
    uint32_t n = 0;
    for (uint32_t i = 0; i < engine_order_count(e); i++) {
        const struct order *o = engine_order_at(e, i);
        if (find(d, o->id, false) != NULL) continue;
        struct chase *c = chase(d, o->state == ORDER_NEW ? VENUE_SUBMIT : VENUE_QUERY, o->id, o->trade);
        c->ask.sub = *o;
        if (o->state == ORDER_SENT || o->state == ORDER_UNKNOWN) c->unclear_ms = now_ms(d);
        if (o->state == ORDER_SENT) doubted[n++] = o->id;
    }
    for (uint32_t i = 0; i < n; i++) tell_state(d, doubted[i], REPORT_UNKNOWN, "the program ended before the answer");
}

static void take_up_trades(struct dealer *d) {
    const struct engine *e = desk_engine(d->o.desk);
    for (uint32_t i = 0; i < engine_trade_count(e); i++) {
        const struct trade *t = engine_trade_at(e, i);
        if (t->qty.v > 0 && find(d, t->entry_order, true) == NULL)
            want_protect(d, t->entry_order, t->id, t->stop, t->target);
    }
}

/* A decision of an earlier run that was never attempted: an entry's moment may be over. */
static void drop_stale(struct dealer *d) {
    for (uint32_t i = d->count; i-- > 0;) {
        struct chase *c = &d->chases[i];
        bool is_entry = c->ask.verb == VENUE_SUBMIT && c->ask.sub.role == ROLE_ENTRY;
        int64_t age = when_ms_between(c->ask.sub.created, clock_wall());
        if (is_entry && (age < 0 || age > DEALER_ENTRY_FRESH_MS))
            give_up(d, c, "never sent: the program was not running");
    }
}

static void link_changed(void *arg, bool up, const struct err *why) {
    struct dealer *d = arg;
    if (why != NULL) d->why = *why;
    if (up && !d->up) {
        struct chase *look = find(d, 0, false);
        if (look != NULL && !look->flying) look->due_ms = now_ms(d);
        take_up_orders(d);
        take_up_trades(d);
    }
    d->up = up;
    ask_all(d);
}

static const struct venue_holding *holding_of(const struct venue_view *v, const char *symbol) {
    for (uint32_t i = 0; i < v->count; i++)
        if (strcmp(v->holding[i].symbol, symbol) == 0) return &v->holding[i];
    return NULL;
}

/* Anything asked and not answered, or of unknown fate, would explain a difference. */
static bool is_moving(const struct dealer *d, uint16_t instrument) {
    const struct engine *e = desk_engine(d->o.desk);
    for (uint32_t i = 0; i < engine_order_count(e); i++)
        if (engine_order_at(e, i)->instrument == instrument && engine_order_at(e, i)->state != ORDER_NEW) return true;
    for (uint32_t i = 0; i < d->count; i++) {
        const struct trade *t = d->chases[i].ask.verb == VENUE_PROTECT ? trade_of(d, d->chases[i].ask.order) : NULL;
        if (t != NULL && t->instrument == instrument) return true;
    }
    return false;
}

static void tell_holding(struct dealer *d, uint16_t instrument, const struct venue_holding *h) {
    struct err e;
    struct event ev = {.kind = EVENT_VENUE};
    ev.u.venue.instrument = instrument;
    ev.u.venue.qty = d->told[instrument] = h != NULL ? h->qty : 0;
    if (h != NULL) ev.u.venue.average = h->average;
    if (desk_event(d->o.desk, &ev, &e) < 0) log_warn("dealer", "a position at the venue: %s", e.text[LANG_EN]);
}

/* What differs twice, with nothing under way that explains it, is told; and what agrees again. true: look again soon. */
static bool compare(struct dealer *d, const struct venue_view *v) {
    const struct engine *e = desk_engine(d->o.desk);
    const struct engine_config *c = engine_config(e);
    bool soon = false;
    for (uint16_t i = 0; i < c->instrument_count; i++) {
        const struct venue_holding *h = holding_of(v, c->instruments[i].symbol);
        int64_t theirs = h != NULL ? h->qty : 0;
        bool differs = theirs != engine_position(e, i);
        if (is_moving(d, i)) continue;
        bool is_news = differs != engine_differs(e, i) || (differs && theirs != d->told[i]);
        if (is_news && (d->suspect[i] || !differs)) tell_holding(d, i, h);
        soon = soon || (differs && !d->suspect[i]);
        d->suspect[i] = differs;
    }
    return soon;
}

static void viewed(void *arg, const struct venue_view *v) {
    struct dealer *d = arg;
    d->viewed = true;
    d->demo = v->demo;
    d->look_soon = compare(d, v);
    if (d->o.viewed != NULL) d->o.viewed(d->o.arg, v);
}

static const struct engine_config *config(void *arg) {
    return engine_config(desk_engine(((struct dealer *)arg)->o.desk));
}

static bool trade_view(void *arg, uint64_t entry, struct venue_trade *out) {
    const struct trade *t = trade_of(arg, entry);
    if (t == NULL || t->qty.v == 0) return false;
    *out = (struct venue_trade){t->instrument, t->side, t->qty, t->stop, t->target};
    return true;
}

static uint64_t entry_of(void *arg, uint64_t exit_order) {
    const struct dealer *d = arg;
    const struct order *o = order_now(d, exit_order);
    const struct trade *t = o != NULL ? engine_trade(desk_engine(d->o.desk), o->trade) : NULL;
    return t != NULL ? t->entry_order : 0;
}

struct dealer *dealer_new(const struct dealer_options *o, struct err *e) {
    struct dealer *d = xcalloc(1, sizeof *d);
    d->o = *o;
    d->host = (struct venue_host){.arg = d,
                                  .loop = o->loop,
                                  .http = o->http,
                                  .lws = o->lws,
                                  .config = config,
                                  .trade = trade_view,
                                  .entry_of = entry_of,
                                  .report = report,
                                  .answered = answered,
                                  .viewed = viewed,
                                  .link = link_changed};
    d->venue = o->broker->open(&o->venue, &d->host, e);
    if (d->venue == NULL) {
        free(d);
        return NULL;
    }
    uint32_t rate = o->guard.orders_per_minute;
    bucket_init(&d->rate, rate != 0 ? rate : 1 << 20, rate != 0 ? 60000 / rate : 1, now_ms(d));
    d->timer = loop_timer_new(o->loop, due, d);
    chase(d, VENUE_LOOK, 0, 0);
    take_up_orders(d);
    take_up_trades(d);
    drop_stale(d);
    wind(d);
    return d;
}

void dealer_free(struct dealer *d) {
    if (d == NULL) return;
    d->o.broker->close(d->venue);
    loop_timer_free(d->timer);
    free(d);
}

void dealer_health(const struct dealer *d, struct dealer_health *out) {
    struct engine_status st;
    engine_status(desk_engine(d->o.desk), &st);
    *out = (struct dealer_health){
        .up = d->up, .real = d->o.demo_only && d->viewed && !d->demo, .why = d->why, .unknown = st.unknown_orders};
    for (uint32_t i = 0; i < d->count; i++) out->waiting += d->chases[i].flying;
    out->looked_ms_ago = d->looked_ms != 0 ? now_ms(d) - d->looked_ms : -1;
}
