/*
 * Random worlds of one desk and a venue that loses requests, loses replies, takes orders up to ten minutes late, says things
 * twice, or not at all, fills in parts and hits stops by itself, while the program is killed and started again. The venue
 * keeps its own ledger, which neither dealer nor engine ever sees. In the end all is calm, and: no order was taken twice,
 * the engine holds what the venue holds, trade by trade, every open trade has its stop there, nothing is of unknown fate.
 */
#include "engine_kit.h"

#include <ftw.h>
#include <unistd.h>

#include "bot/dealer.h"
#include "engine/base/log.h"
#include "engine/base/rng.h"

#define V_ORDERS_MAX 4096
#define V_ASKS_MAX 512
#define STEPS_A_WORLD 1500
#define WORLDS 15
#define TIMEOUT_MS 10000

/* ---- the venue: its own truth ---- */

struct v_fill {
    uint64_t id;
    qty_t qty;
    price_t price;
};
struct v_order {
    struct order o;
    bool taken, done, cancelled, refused;
    uint32_t asked, times_taken;
    bool maybe;      /* one attempt may have arrived */
    int64_t late_ms; /* taken then; 0: not under way */
    qty_t filled;
    struct v_fill fill[8];
    uint32_t fills;
    /* An entry's trade. */
    qty_t open;
    price_t stop, target;
    struct v_fill hit[8]; /* of its stop */
    uint32_t hits;
};
struct v_ask {
    struct venue_ask a;
    int64_t at_ms; /* answered then */
    enum venue_answer answer;
    bool hear; /* what the venue has to say is heard with it */
};
static struct venue {
    const struct venue_host *host;
    struct rng rng;
    int64_t ms;
    uint64_t fills;
    struct v_order order[V_ORDERS_MAX];
    uint32_t orders;
    struct v_ask ask[V_ASKS_MAX];
    uint32_t asks;
    bool calm, up, unique;
    price_t last;
    uint32_t lost, unclear, late, repeats, refusals, kills, hits;
} v;

static bool chance(uint32_t permille) {
    return !v.calm && rng_below(&v.rng, 1000) < permille;
}

static struct v_order *v_find(uint64_t id) {
    for (uint32_t i = 0; i < v.orders; i++)
        if (v.order[i].o.id == id) return &v.order[i];
    return NULL;
}

static struct v_order *v_entry_of(const struct v_order *exit) {
    for (uint32_t i = 0; i < v.orders; i++)
        if (v.order[i].o.role == ROLE_ENTRY && v.order[i].o.trade == exit->o.trade) return &v.order[i];
    return NULL;
}

static void say(const struct order_report *r) {
    v.host->report(v.host->arg, r);
    if (chance(100)) v.host->report(v.host->arg, r);
}

static void say_state(const struct v_order *o, enum report_kind k) {
    struct order_report r = {.kind = k, .order = o->o.id};
    say(&r);
}

static void say_fills(const struct v_order *o) {
    for (uint32_t i = 0; i < o->fills; i++) {
        struct order_report r = {.kind = REPORT_FILL,
                                 .order = o->o.id,
                                 .fill_id = o->fill[i].id,
                                 .qty = o->fill[i].qty,
                                 .price = o->fill[i].price};
        say(&r);
    }
}

static void say_hits(const struct v_order *o) {
    for (uint32_t i = 0; i < o->hits; i++) {
        struct order_report r = {.kind = REPORT_PROTECTION_FILL,
                                 .order = o->o.id,
                                 .fill_id = o->hit[i].id,
                                 .qty = o->hit[i].qty,
                                 .price = o->hit[i].price,
                                 .reason = CLOSE_STOP};
        say(&r);
    }
}

/* All that it knows of an order; in any order, it makes no difference. */
static void say_all(const struct v_order *o) {
    if (o->refused) {
        say_state(o, REPORT_REJECTED);
        return;
    }
    say_state(o, REPORT_ACCEPTED);
    say_fills(o);
    if (o->cancelled) say_state(o, REPORT_CANCELLED);
    if (o->o.role == ROLE_ENTRY) say_hits(o);
}

static void v_take(struct v_order *o) {
    o->taken = true;
    o->times_taken++;
    if (o->o.role == ROLE_EXIT) {
        const struct v_order *entry = v_entry_of(o);
        o->refused = entry == NULL || entry->open.v < o->o.qty.v; /* nothing is sold short by accident */
        o->done = o->refused;
    } else if (chance(60)) {
        o->refused = o->done = true;
        v.refusals++;
    }
}

static struct v_order *v_note(const struct order *sub) {
    struct v_order *o = v_find(sub->id);
    if (o != NULL) return o;
    assert_true(v.orders < V_ORDERS_MAX);
    o = &v.order[v.orders++];
    *o = (struct v_order){.o = *sub};
    o->o.filled = QTY_ZERO;
    return o;
}

/* A request arrives. A venue that does not know our ids takes whatever comes, again and again. */
static void v_arrive(const struct venue_ask *a) {
    struct v_order *o = v_find(a->order);
    if (a->verb == VENUE_SUBMIT && (!v.unique || !o->taken)) v_take(o);
    if (o == NULL || !o->taken) return;
    if (a->verb == VENUE_CANCEL && !o->done) o->done = o->cancelled = true;
    if (a->verb == VENUE_PROTECT) {
        o->stop = a->stop;
        o->target = a->target;
    }
}

static int64_t v_net(void) {
    int64_t net = 0;
    for (uint32_t i = 0; i < v.orders; i++)
        if (v.order[i].o.role == ROLE_ENTRY)
            net += v.order[i].o.side == SIDE_LONG ? v.order[i].open.v : -v.order[i].open.v;
    return net;
}

static void v_show(void) {
    struct venue_view view = {.demo = true, .count = 1, .holding = {{.symbol = "ES", .qty = v_net()}}};
    v.host->viewed(v.host->arg, &view);
}

/* What it says when it answers. */
static enum venue_answer v_speak(const struct venue_ask *a) {
    const struct v_order *o = v_find(a->order);
    if (a->verb == VENUE_LOOK) {
        v_show();
        return VENUE_DONE;
    }
    if (o == NULL || !o->taken) return a->verb == VENUE_QUERY || a->verb == VENUE_CANCEL ? VENUE_ABSENT : VENUE_DONE;
    if (a->verb != VENUE_PROTECT) {
        say_all(o);
        return VENUE_DONE;
    }
    say_hits(o);
    struct order_report r = {.kind = REPORT_PROTECTED, .order = o->o.id, .price = o->stop, .target = o->target};
    say(&r);
    return VENUE_DONE;
}

static void *v_open(const struct venue_spec *spec, const struct venue_host *host, struct err *e) {
    (void)spec;
    (void)e;
    v.host = host;
    v.asks = 0;
    return &v;
}

static void v_close(void *venue) {
    assert_ptr_equal(venue, &v);
    v.host = NULL;
}

static uint32_t v_trade(const struct venue_ask *a) {
    const struct v_order *o = v_find(a->order);
    return a->verb == VENUE_SUBMIT ? a->sub.trade : o != NULL ? o->o.trade : 0;
}

static void v_ask(void *venue, const struct venue_ask *a) {
    (void)venue;
    assert_true(v.asks < V_ASKS_MAX);
    for (uint32_t i = 0; i < v.asks; i++) assert_false(v.ask[i].a.order == a->order && v.ask[i].a.verb == a->verb);
    struct v_ask *q = &v.ask[v.asks++];
    *q = (struct v_ask){.a = *a, .at_ms = v.ms + (v.calm ? 1 : 1 + rng_below(&v.rng, 400)), .hear = true};
    struct v_order *o = a->verb == VENUE_SUBMIT ? v_note(&a->sub) : NULL;
    if (o != NULL && o->asked++ > 0) v.repeats++;
    if (o != NULL) assert_false(o->maybe && o->o.role == ROLE_ENTRY); /* its moment is over */
    for (uint32_t i = 0; i + 1 < v.asks; i++)
        assert_true(v_trade(&v.ask[i].a) == 0 || v_trade(&v.ask[i].a) != v_trade(a));
    if (chance(50)) { /* refused by a wall in between, or no connection */
        q->answer = VENUE_UNSENT;
        q->hear = false;
        return;
    }
    if (o != NULL) o->maybe = true;
    bool unclear = chance(150);
    if (unclear) {
        q->answer = VENUE_UNCLEAR;
        q->hear = false;
        q->at_ms = v.ms + TIMEOUT_MS;
        v.unclear++;
        if (chance(300)) { /* the request was lost */
            v.lost++;
            return;
        }
        if (a->verb == VENUE_SUBMIT && o->late_ms == 0 && chance(400)) { /* it is still on its way */
            o->late_ms = v.ms + 1 + (int64_t)rng_below(&v.rng, DEALER_LATE_MS - 60000);
            v.late++;
            return;
        }
    }
    v_arrive(a);
}

static const struct broker venues[] = {
    {.name = "knows our ids",
     .caps = BROKER_ATTACHED_STOP | BROKER_UNIQUE_IDS,
     .open = v_open,
     .ask = v_ask,
     .close = v_close},
    {.name = "takes anything", .caps = BROKER_ATTACHED_STOP, .open = v_open, .ask = v_ask, .close = v_close}};
static const struct broker *venue(void) {
    return &venues[v.unique ? 0 : 1];
}

/* ---- the venue's life ---- */

static void v_fill_one(struct v_order *o, bool heard) {
    int64_t left = o->o.qty.v - o->filled.v;
    int64_t one = lots(1).v, n = left / one;
    if (o->fills < 7 && n > 1 && chance(300)) left = one * (1 + rng_below(&v.rng, (uint32_t)n - 1));
    struct v_fill f = {++v.fills, {left}, v.last};
    o->fill[o->fills++] = f;
    o->filled.v += left;
    if (o->filled.v == o->o.qty.v) o->done = true;
    struct v_order *entry = o->o.role == ROLE_ENTRY ? o : v_entry_of(o);
    entry->open.v += o->o.role == ROLE_ENTRY ? left : -left;
    if (o->o.role == ROLE_ENTRY && o->stop.v == 0) {
        o->stop = o->o.stop;
        o->target = o->o.target;
    }
    if (!heard) return;
    struct order_report r = {.kind = REPORT_FILL, .order = o->o.id, .fill_id = f.id, .qty = f.qty, .price = f.price};
    say(&r);
}

static void v_hit_stop(struct v_order *o, bool heard) {
    struct v_fill f = {++v.fills, o->open, o->stop};
    if (o->hits == 8) return;
    o->hit[o->hits++] = f;
    o->open.v = 0;
    v.hits++;
    /* An exit that waits for the same lots finds nothing. */
    for (uint32_t i = 0; i < v.orders; i++) {
        struct v_order *x = &v.order[i];
        if (x->o.role != ROLE_EXIT || x->o.trade != o->o.trade || !x->taken || x->done) continue;
        x->done = x->cancelled = true;
        if (heard) say_fills(x); /* an adapter tells an end when it has told all that came before */
        if (heard) say_state(x, REPORT_CANCELLED);
    }
    if (!heard) return;
    struct order_report r = {.kind = REPORT_PROTECTION_FILL,
                             .order = o->o.id,
                             .fill_id = f.id,
                             .qty = f.qty,
                             .price = f.price,
                             .reason = CLOSE_STOP};
    say(&r);
}

static void v_answer_due(void) {
    for (uint32_t i = 0; i < v.asks; i++) {
        struct v_ask q = v.ask[i];
        if (q.at_ms > v.ms) continue;
        v.ask[i] = v.ask[--v.asks];
        i = UINT32_MAX; /* answering may ask for more: from the beginning */
        enum venue_answer answer = q.hear ? v_speak(&q.a) : q.answer;
        v.host->answered(v.host->arg, &q.a, answer, 0, NULL);
    }
}

static void v_live(void) {
    for (uint32_t i = 0; i < v.orders; i++) {
        struct v_order *o = &v.order[i];
        bool heard = v.up && !chance(250);
        if (o->late_ms != 0 && o->late_ms <= v.ms) {
            if (!v.unique || !o->taken) v_take(o);
            o->late_ms = 0;
            if (heard && o->refused) say_state(o, REPORT_REJECTED);
        }
        if (o->taken && !o->done && (v.calm || chance(400))) v_fill_one(o, heard);
        if (o->o.role == ROLE_ENTRY && o->open.v > 0 && o->stop.v != 0 && chance(4)) v_hit_stop(o, heard);
    }
}

/* ---- the desk ---- */

static struct bench {
    char dir[64];
    struct loop *loop;
    struct store *store;
    struct desk *desk;
    struct dealer *dealer;
    int64_t minute;
} b;

static int64_t bench_ms(void *arg) {
    (void)arg;
    return v.ms;
}

static void bench_effects(void *arg, const struct event *ev, const struct effects *f) {
    (void)arg;
    if (b.dealer != NULL) dealer_effects(b.dealer, ev, f);
}

static void bench_turn(void) {
    for (int i = 0; i < 5; i++) {
        desk_turn_end(b.desk);
        store_wait(b.store);
    }
}

static void bench_start(void) {
    struct err e;
    uint64_t events;
    const struct store_options so = {.dir = b.dir};
    b.store = store_open(&so, &e);
    assert_non_null(b.store);
    const struct desk_options d = {.loop = b.loop, .store = b.store, .broker = venue(), .effects = bench_effects};
    b.desk = desk_new(&d);
    assert_int_equal(desk_recover(b.desk, &events, &e), 0);
    struct event ev = {.kind = EVENT_CONFIG, .u.config = &w.config};
    assert_int_equal(desk_event(b.desk, &ev, &e), 0);
    const struct dealer_options o = {.loop = b.loop, .desk = b.desk, .broker = venue(), .now_ms = bench_ms};
    b.dealer = dealer_new(&o, &e);
    assert_non_null(b.dealer);
    bench_turn();
    v.up = rng_below(&v.rng, 2) == 0;
    if (v.up) v.host->link(v.host->arg, true, NULL);
    bench_turn();
}

/* As SIGKILL does: what is committed stays, the rest is gone. */
static void bench_kill(void) {
    dealer_free(b.dealer);
    b.dealer = NULL;
    desk_free(b.desk);
    store_close(b.store);
    v.kills++;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *f) {
    (void)st, (void)type, (void)f;
    return remove(path);
}

static void bench_bar(void) {
    struct err e;
    int64_t tick = px(0.25).v;
    v.last.v += tick * ((int64_t)rng_below(&v.rng, 41) - 20);
    if (v.last.v < px(4000).v) v.last = px(4000);
    struct event ev = {.kind = EVENT_BAR};
    ev.u.bar.bar = (struct bar){.start = when_from_sec(b.minute++ * 60),
                                .seconds = 60,
                                .open = v.last,
                                .high = {v.last.v + tick},
                                .low = {v.last.v - tick},
                                .close = v.last,
                                .volume = 10};
    assert_int_equal(desk_event(b.desk, &ev, &e), 0);
}

static void bench_people(void) {
    struct err e;
    const struct engine *en = desk_engine(b.desk);
    uint32_t n = engine_trade_count(en);
    struct operator_command c = {.verb = OP_CLOSE, .instrument = -1, .percent = 100, .actor = "local:1"};
    if (n == 0) return;
    const struct trade *t = engine_trade_at(en, (uint32_t)rng_below(&v.rng, n));
    c.trade = t->id;
    switch (rng_below(&v.rng, 4)) {
    case 0: break;
    case 1: c.percent = 50; break;
    case 2:
        c.verb = OP_STOP;
        c.price.v = t->stop.v - px(0.25).v * 4;
        break;
    case 3: c.verb = OP_CANCEL; break;
    }
    desk_operate(b.desk, &c, &e); /* refused where it makes no sense */
}

/* ---- what must hold ---- */

static void nothing_is_doubled(void) {
    for (uint32_t i = 0; i < v.orders; i++) assert_true(v.order[i].times_taken <= 1);
}

static void one_truth(void) {
    const struct engine *e = desk_engine(b.desk);
    struct engine_status st;
    engine_status(e, &st);
    assert_int_equal(st.unknown_orders, 0);
    int64_t theirs = 0, ours = 0;
    for (uint32_t i = 0; i < v.orders; i++)
        if (v.order[i].o.role == ROLE_ENTRY) theirs += v.order[i].open.v;
    for (uint32_t i = 0; i < engine_trade_count(e); i++) {
        const struct trade *t = engine_trade_at(e, i);
        const struct v_order *o = v_find(t->entry_order);
        assert_non_null(o);
        if (o->open.v != t->qty.v) {
            print_message("trade %u entry %llu state %d ours %lld theirs %lld\n", t->id,
                          (unsigned long long)t->entry_order, (int)t->state, (long long)t->qty.v, (long long)o->open.v);
            for (uint32_t k = 0; k < v.orders; k++) {
                const struct v_order *x = &v.order[k];
                if (x->o.trade != t->id) continue;
                print_message(
                    "  %s %llu qty %lld asked %u taken %u x%u done %d canc %d ref %d filled %lld hits %u late %lld\n",
                    x->o.role == ROLE_EXIT ? "exit" : "entry", (unsigned long long)x->o.id, (long long)x->o.qty.v,
                    x->asked, x->taken, x->times_taken, x->done, x->cancelled, x->refused, (long long)x->filled.v,
                    x->hits, (long long)x->late_ms);
            }
            for (uint32_t k = 0; k < engine_order_count(e); k++) {
                const struct order *x = engine_order_at(e, k);
                print_message("  engine %llu trade %u role %d state %s filled %lld\n", (unsigned long long)x->id,
                              x->trade, (int)x->role, order_state_name(x->state), (long long)x->filled.v);
            }
        }
        assert_int_equal(o->open.v, t->qty.v);
        if (t->qty.v > 0) assert_int_equal(o->stop.v, t->stop.v);
        ours += t->qty.v;
    }
    assert_int_equal(ours, theirs);
    assert_int_equal(engine_position(e, 0), v_net());
    assert_false(engine_differs(e, 0));
}

static void world(uint64_t seed) {
    memset(&v, 0, sizeof v);
    memset(&w, 0, sizeof w);
    memset(&b, 0, sizeof b);
    rng_seed(&v.rng, seed);
    v.unique = seed % 2 == 0;
    kit_config();
    struct strategy_config *s = &w.config.strategies[0];
    s->param_count = 1;
    s->params[0] = (struct param){"chaos", 2};
    for (uint32_t i = 1; i < 3; i++) { /* three strategies, three books */
        w.config.strategies[i] = w.config.strategies[0];
        snprintf(w.config.strategies[i].label, STRATEGY_NAME_MAX, "Script %u", i + 1);
        w.config.strategy_count++;
    }
    v.ms = 1000000;
    v.last = px(5000);
    b.minute = 29000000;
    str_copy(b.dir, sizeof b.dir, "/tmp/mia-dealer-XXXXXX");
    assert_non_null(mkdtemp(b.dir));
    b.loop = loop_new();
    bench_start();
    for (uint32_t i = 0; i < STEPS_A_WORLD; i++) {
        v.ms += 1 + rng_below(&v.rng, i % 7 == 0 ? 60000 : 900);
        if (rng_below(&v.rng, 3) == 0) bench_bar();
        if (rng_below(&v.rng, 12) == 0) bench_people();
        if (chance(20)) {
            v.up = !v.up;
            v.host->link(v.host->arg, v.up, NULL);
        }
        v_live();
        v_answer_due();
        dealer_poll(b.dealer);
        bool is_committed = rng_below(&v.rng, 8) != 0;
        if (is_committed) bench_turn();
        if (chance(is_committed ? 15 : 100)) {
            bench_kill();
            bench_start();
        }
        nothing_is_doubled();
    }
    bench_turn();
    v.calm = true;
    v.host->link(v.host->arg, false, NULL);
    v.up = true;
    v.host->link(v.host->arg, true, NULL);
    for (uint32_t i = 0; i < 400; i++) {
        v.ms += 10000;
        if (i % 6 == 0) bench_bar();
        v_live();
        v_answer_due();
        dealer_poll(b.dealer);
        bench_turn();
    }
    nothing_is_doubled();
    one_truth();
    bench_kill();
    loop_free(b.loop);
    nftw(b.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void the_venue_and_we_agree_in_the_end(void **state) {
    (void)state;
    uint32_t unclear = 0, late = 0, hits = 0, kills = 0, taken = 0, repeats = 0;
    log_set_stderr(getenv("LOUD") != NULL);
    for (uint64_t i = 0; i < WORLDS; i++) {
        world(7 + i);
        unclear += v.unclear, late += v.late, hits += v.hits, kills += v.kills, taken += v.orders, repeats += v.repeats;
    }
    print_message("orders %u unclear %u late %u asked again under their id %u stops %u kills %u\n", taken, unclear,
                  late, repeats, hits, kills);
    assert_true(taken > 1000 && unclear > 300 && late > 20 && hits > 20 && kills > 100 && repeats > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_venue_and_we_agree_in_the_end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
