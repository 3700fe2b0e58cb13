/*
 * The way of a request: once only, authorised, typed, fresh, confirmed, executed, with
 * one inbox row and one audit row each. Engine, store, outbox and state are real.
 */
#include "tests/unit/desk_rig.h"

#include "bot/rates.h"
#include "engine/base/rng.h"

#define OWNER "3000"
#define OPERATOR "3001"
#define MENTOR "3002"
#define STRANGER "9999"

/* ---- what the store holds ---- */

struct audit {
    uint32_t n;
    char verdict[40], actor[ACTOR_MAX], command[40], arguments[300], detail[300], role[16]; /* of the newest */
    uint64_t id;
};

static void audit_row(void *arg, const struct audit_entry *r) {
    struct audit *a = arg;
    a->n++;
    if (r->id < a->id) return;
    a->id = r->id;
    str_copy(a->verdict, sizeof a->verdict, r->row.verdict);
    str_copy(a->actor, sizeof a->actor, r->row.actor);
    str_copy(a->command, sizeof a->command, r->row.command);
    str_copy(a->arguments, sizeof a->arguments, r->row.arguments);
    str_copy(a->detail, sizeof a->detail, r->row.detail);
    str_copy(a->role, sizeof a->role, r->row.role);
}

static void no_failure(void *arg, const struct err *failed) {
    (void)arg;
    if (failed) fail_msg("%s", failed->text[LANG_EN]);
}

static struct audit audit(struct rig *g) {
    struct audit a = {0};
    store_audit(g->store, WHEN_NONE, WHEN_NONE, 0, audit_row, no_failure, &a);
    store_wait(g->store);
    return a;
}

static void count_inbox(void *arg, const char *platform, uint64_t ext_id) {
    (void)platform;
    (void)ext_id;
    ++*(uint32_t *)arg;
}

static uint32_t inbox(struct rig *g) {
    uint32_t n = 0;
    store_load_inbox(g->store, count_inbox, no_failure, &n);
    store_wait(g->store);
    return n;
}

static bool paused(struct rig *g) {
    struct engine_status st;
    engine_status(desk_engine(g->desk), &st);
    return st.paused;
}

static uint64_t seq(struct rig *g) {
    return engine_seq(desk_engine(g->desk));
}

static void verdict(struct rig *g, const char *expected) {
    struct audit a = audit(g);
    assert_string_equal(a.verdict, expected);
}

static struct request button(struct rig *g, enum platform p, const char *user, const char *id) {
    struct request q = rig_request(g, p, user, id);
    q.kind = REQUEST_BUTTON;
    return q;
}

/* The owner asks on Discord; the answer's buttons. */
static void ask_on_discord(struct rig *g, const char *text, char yes[65], char no[65]) {
    struct request q = rig_request(g, PLATFORM_DISCORD, OWNER, text);
    rig_receive(g, &q);
    assert_int_equal(g->answer_count, 1);
    assert_int_equal(g->answers[0].buttons, 2);
    str_copy(yes, 65, g->answers[0].button[0]);
    str_copy(no, 65, g->answers[0].button[1]);
}

static void click(struct rig *g, enum platform p, const char *user, const char *id) {
    struct request q = button(g, p, user, id);
    rig_receive(g, &q);
}

/* ---- once only ---- */

static void a_redelivery_is_silent(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct request q = rig_request(g, PLATFORM_DISCORD, OWNER, "/pause");
    rig_receive(g, &q);
    assert_true(paused(g));
    uint64_t after = seq(g);
    for (int i = 0; i < 4; i++) {
        rig_receive(g, &q);
        assert_int_equal(g->answer_count, 0);
    }
    assert_int_equal(seq(g), after);
    assert_int_equal(audit(g).n, 1);
    assert_int_equal(inbox(g), 1);
    /* The same number on another platform is another update. */
    struct request other = rig_request(g, PLATFORM_TELEGRAM, "400", "/status");
    other.ext_id = q.ext_id;
    rig_receive(g, &other);
    assert_int_equal(g->answer_count, 1);
    struct router_usage u;
    router_usage(g->router, &u);
    assert_int_equal(u.duplicates, 4);
    assert_int_equal(u.commands, 2);
    rig_close(g);
}

static void a_redelivery_after_a_restart_is_silent(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct request pause = rig_request(g, PLATFORM_DISCORD, OWNER, "/pause");
    rig_receive(g, &pause);
    struct request stranger = rig_request(g, PLATFORM_TELEGRAM, STRANGER, "/status");
    rig_receive(g, &stranger);
    rig_stop(g);
    rig_start(g);
    uint64_t after = seq(g);
    rig_receive(g, &pause);
    assert_int_equal(g->answer_count, 0);
    rig_receive(g, &stranger);
    assert_int_equal(g->answer_count, 0);
    assert_int_equal(seq(g), after);
    assert_int_equal(audit(g).n, 2);
    assert_true(paused(g));
    rig_close(g);
}

/* Each of a shuffled day is delivered one to five times: the same state as once. */
static void shuffled_redeliveries(void **state) {
    (void)state;
    enum { N = 60 };
    static const char *const texts[] = {"/pause", "/status", "/positions", "/sos", "/risk", "/nothing", "/close 77"};
    struct rig *g = rig_open();
    struct request *q = xcalloc(N, sizeof *q);
    struct rng r;
    rng_seed(&r, 3);
    for (int i = 0; i < N; i++) q[i] = rig_request(g, (enum platform)(i % 2), i % 2 ? "400" : OWNER, texts[i % 7]);
    uint32_t answers = 0;
    for (int i = 0; i < N * 4; i++) {
        rig_receive(g, &q[i < N ? i : (int)rng_below(&r, N)]);
        answers += g->answer_count;
    }
    assert_int_equal(answers, N);
    assert_int_equal(audit(g).n, N);
    assert_int_equal(inbox(g), N);
    free(q);
    rig_close(g);
}

/* ---- who ---- */

static void a_stranger_gets_one_answer_a_day(void **state) {
    (void)state;
    struct rig *g = rig_open();
    uint64_t before = seq(g);
    uint32_t answers = 0;
    for (int i = 0; i < 5; i++) {
        struct request q = rig_request(g, PLATFORM_TELEGRAM, STRANGER, i % 2 ? "/sos" : "/pause");
        rig_receive(g, &q);
        answers += g->answer_count;
        if (g->answer_count) {
            assert_true(g->answers[0].is_private);
            assert_non_null(strstr(g->answers[0].text, "This bot is private."));
            assert_int_equal(g->answers[0].buttons, 0);
        }
    }
    assert_int_equal(answers, 1);
    assert_int_equal(seq(g), before);
    struct audit a = audit(g);
    assert_int_equal(a.n, 5);
    assert_string_equal(a.verdict, "stranger");
    assert_string_equal(a.actor, "telegram:9999");
    assert_string_equal(a.role, "nobody");
    struct request other = rig_request(g, PLATFORM_TELEGRAM, "9998", "/status");
    rig_receive(g, &other);
    assert_int_equal(g->answer_count, 1);
    rig_receive(g, &other); /* delivered again: not even a row */
    assert_int_equal(audit(g).n, 6);
    rig_close(g);
}

static void who_was_answered_is_known_after_a_restart(void **state) {
    (void)state;
    struct rig *g = rig_open();
    char id[24];
    for (int i = 0; i < 5; i++) {
        snprintf(id, sizeof id, "%d", 9990 + i);
        struct request q = rig_request(g, PLATFORM_TELEGRAM, id, "/status");
        rig_receive(g, &q);
        assert_int_equal(g->answer_count, 1);
    }
    desk_flush(g->desk); /* that the answers arrived */
    rig_turn(g);
    rig_stop(g);
    rig_start(g);
    for (int i = 0; i < 5; i++) {
        snprintf(id, sizeof id, "%d", 9990 + i);
        struct request q = rig_request(g, PLATFORM_TELEGRAM, id, "/status");
        rig_receive(g, &q);
        assert_int_equal(g->answer_count, 0);
    }
    struct request q = rig_request(g, PLATFORM_TELEGRAM, "9995", "/status");
    rig_receive(g, &q);
    assert_int_equal(g->answer_count, 1);
    rig_close(g);
}

static void strangers_who_type_are_answered_sparingly(void **state) {
    (void)state;
    struct rig *g = rig_open();
    for (int i = 0; i < 1000; i++) {
        struct request q = rig_request(g, PLATFORM_DISCORD, STRANGER, "");
        q.kind = REQUEST_COMPLETE;
        router_receive(g->router, &q);
        assert_int_equal(g->choice_count, 0);
    }
    assert_in_range(g->choice_calls, 1, ROUTER_STRANGER_ROWS + 5);
    rig_close(g);
}

static void a_flood_of_strangers_costs_few_rows(void **state) {
    (void)state;
    struct rig *g = rig_open();
    char id[24];
    g->answer_count = 0;
    for (int i = 0; i < 5000; i++) {
        snprintf(id, sizeof id, "%d", 50000 + i % 7);
        struct request q = rig_request(g, PLATFORM_TELEGRAM, id, "/sos");
        router_receive(g->router, &q);
    }
    rig_turn(g);
    assert_true(g->answer_count <= 7);
    struct audit a = audit(g);
    assert_in_range(a.n, ROUTER_STRANGER_ROWS, ROUTER_STRANGER_ROWS + 30);
    struct router_usage u;
    router_usage(g->router, &u);
    assert_int_equal(u.strangers, 5000);
    assert_false(paused(g));
    rig_close(g);
}

static void the_wrong_place_or_sender_has_no_effect(void **state) {
    (void)state;
    struct rig *g = rig_open();
    uint64_t before = seq(g);
    struct request q = rig_request(g, PLATFORM_DISCORD, OWNER, "/pause");
    q.home = false;
    rig_receive(g, &q);
    verdict(g, "refused:not_home");
    q = rig_request(g, PLATFORM_DISCORD, OWNER, "/pause");
    q.genuine = false;
    rig_receive(g, &q);
    assert_int_equal(g->answer_count, 0);
    verdict(g, "refused:not_genuine");
    assert_int_equal(seq(g), before);
    rig_close(g);
}

static void names_decide_nothing(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct request q = rig_request(g, PLATFORM_DISCORD, STRANGER, "/pause");
    str_copy(q.user_name, sizeof q.user_name, "owner discord:3000");
    rig_receive(g, &q);
    assert_false(paused(g));
    verdict(g, "stranger");
    rig_close(g);
}

static void a_mentor_looks_and_never_touches(void **state) {
    (void)state;
    struct rig *g = rig_open();
    rig_open_trade(g);
    uint64_t before = seq(g);
    for (uint32_t i = 0; command_table[i]; i++) {
        char text[64];
        snprintf(text, sizeof text, "/%s", command_table[i]->name);
        g->later_ms += 60000; /* a mentor asks slowly */
        struct request q = rig_request(g, PLATFORM_DISCORD, MENTOR, text);
        rig_receive(g, &q);
        assert_int_equal(g->answer_count, 1);
        bool may = command_table[i]->flags & COMMAND_READONLY && command_table[i]->role <= ROLE_MENTOR;
        verdict(g, may ? "executed" : "refused:role");
        if (!may) assert_true(g->answers[0].is_private);
    }
    assert_int_equal(seq(g), before);
    /* Nor by the click of a button that was made for somebody else. */
    char yes[65], no[65];
    ask_on_discord(g, "/close all", yes, no);
    click(g, PLATFORM_DISCORD, MENTOR, yes);
    verdict(g, "refused:other_user");
    assert_int_equal(seq(g), before);
    rig_close(g);
}

/* A breaker is an owner's to override: once, after a confirmation, and the audit says so. */
static void only_an_owner_overrides_a_breaker(void **state) {
    (void)state;
    struct rig *g = rig_open();
    char yes[65], no[65];
    struct engine_status st;
    rig_open_trade(g);
    rig_ask(g, LANG_EN, "/config set max_daily_loss_amount 100");
    rig_bar(g, 260400, 259200);
    rig_turn(g);
    engine_status(desk_engine(g->desk), &st);
    assert_true(st.suspended);
    static const char *const others[] = {OPERATOR, MENTOR};
    for (size_t i = 0; i < 2; i++) {
        struct request q = rig_request(g, PLATFORM_DISCORD, others[i], "/limits override daily_loss");
        rig_receive(g, &q);
        verdict(g, "refused:role");
    }
    ask_on_discord(g, "/limits override daily_loss", yes, no);
    engine_status(desk_engine(g->desk), &st);
    assert_true(st.suspended); /* asked, not done */
    click(g, PLATFORM_DISCORD, OPERATOR, yes);
    verdict(g, "refused:other_user");
    click(g, PLATFORM_DISCORD, OWNER, yes);
    verdict(g, "confirmed");
    engine_status(desk_engine(g->desk), &st);
    assert_false(st.suspended);
    rig_close(g);
}

/*
 * Everybody who is not listed, in every shape of request: no effect, ever. In the whole suite's long form the count is
 * a million; here a sample of it.
 */
static void generated_identities_and_contexts(void **state) {
    (void)state;
    struct rig *g = rig_open();
    rig_open_trade(g);
    struct rng r;
    char yes[65], no[65], user[24];
    const char *more = getenv("MIA_IDENTITIES");
    long cases = more ? strtol(more, NULL, 10) : 20000;
    static const char *const texts[] = {"/pause",           "/sos",  "/close all", "/resume", "/status",
                                        "/close@bot 17 50", "/help", "",           "/",       "c:y"};
    ask_on_discord(g, "/close all", yes, no);
    g->answer_count = g->sent_count = 0;
    uint64_t before = seq(g);
    rng_seed(&r, 5);
    for (long i = 0; i < cases; i++) {
        enum platform p = (enum platform)rng_below(&r, PLATFORM_COUNT);
        bool listed = rng_below(&r, 4) == 0;
        snprintf(user, sizeof user, "%llu", (unsigned long long)rng_below(&r, 100000));
        if (listed) str_copy(user, sizeof user, p == PLATFORM_TELEGRAM ? "400" : p == PLATFORM_LOCAL ? "1" : OWNER);
        struct request q = rig_request(g, p, user, texts[rng_below(&r, 10)]);
        q.kind = rng_below(&r, 3) ? REQUEST_COMMAND : REQUEST_BUTTON;
        if (q.kind == REQUEST_BUTTON && rng_below(&r, 2)) str_copy(q.text, sizeof q.text, rng_below(&r, 2) ? yes : no);
        if (q.kind == REQUEST_COMMAND && rng_below(&r, 3) == 0) str_copy(q.command, sizeof q.command, "sos");
        q.home = rng_below(&r, 2);
        q.genuine = rng_below(&r, 2);
        q.can_be_private = rng_below(&r, 2);
        /* Those who are listed come from the wrong place or by the wrong hand here. */
        bool somebody =
            listed || (p == PLATFORM_LOCAL && !strcmp(user, "1")) ||
            (p == PLATFORM_TELEGRAM && (!strcmp(user, "400") || !strcmp(user, "3000"))) ||
            (p == PLATFORM_DISCORD && (!strcmp(user, "3000") || !strcmp(user, "3001") || !strcmp(user, "3002")));
        if (somebody && q.home && q.genuine) q.genuine = false;
        router_receive(g->router, &q);
        if (i % 500 == 0) {
            rig_turn(g);
            g->answer_count = 0;
        }
    }
    rig_turn(g);
    assert_int_equal(seq(g), before);
    assert_false(paused(g));
    assert_int_equal(engine_trade_count(desk_engine(g->desk)), 1);
    struct err e;
    uint64_t rows;
    assert_int_equal(store_audit_verify(g->store, &rows, &e), 0);
    rig_close(g);
}

/* ---- how old, how often, how wrong ---- */

static void an_old_money_command_is_answered_and_not_executed(void **state) {
    (void)state;
    struct rig *g = rig_open();
    rig_open_trade(g);
    struct request q = rig_request(g, PLATFORM_TELEGRAM, "400", "/close all");
    q.sent = when_add_ms(q.sent, -125000);
    rig_receive(g, &q);
    assert_int_equal(g->answer_count, 1);
    assert_int_equal(g->answers[0].buttons, 0);
    assert_non_null(strstr(g->answers[0].text, "not executed"));
    verdict(g, "stale");
    /* Looking is harmless at any age, and a clock ahead of ours is tolerated. */
    q = rig_request(g, PLATFORM_TELEGRAM, "400", "/status");
    q.sent = when_add_ms(q.sent, -86400000);
    rig_receive(g, &q);
    verdict(g, "executed");
    q = rig_request(g, PLATFORM_TELEGRAM, "400", "/close all");
    q.sent = when_add_ms(q.sent, 600000);
    rig_receive(g, &q);
    verdict(g, "confirm_asked");
    q = rig_request(g, PLATFORM_TELEGRAM, "400", "/close all");
    q.sent = (when_t){INT64_MIN + 1};
    rig_receive(g, &q);
    verdict(g, "stale");
    rig_close(g);
}

static void a_late_pause_pauses(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct request q = rig_request(g, PLATFORM_TELEGRAM, "400", "/pause");
    q.sent = when_add_ms(q.sent, -90000000);
    rig_receive(g, &q);
    assert_true(paused(g));
    verdict(g, "executed");
    assert_non_null(strstr(g->answers[0].text, "any age"));
    rig_close(g);
}

static void a_late_sos_pauses_and_offers_the_rest(void **state) {
    (void)state;
    struct rig *g = rig_open();
    rig_open_trade(g);
    struct request q = rig_request(g, PLATFORM_TELEGRAM, "400", "/sos");
    q.sent = when_add_ms(q.sent, -300000);
    rig_receive(g, &q);
    assert_true(paused(g));
    assert_int_equal(engine_order_count(desk_engine(g->desk)), 0); /* nothing is being closed */
    assert_int_equal(g->answers[0].buttons, 2);
    char yes[65];
    str_copy(yes, sizeof yes, g->answers[0].button[0]);
    click(g, PLATFORM_TELEGRAM, "400", yes);
    verdict(g, "confirmed");
    rig_bar(g, 260500, 260600);
    assert_int_equal(engine_trade_count(desk_engine(g->desk)), 0);
    rig_close(g);
}

static void a_stop_takes_only_what_reduces_risk(void **state) {
    (void)state;
    char yes[65], no[65];
    struct rig *g = rig_open();
    rig_open_trade(g);
    ask_on_discord(g, "/close all", yes, no);
    assert_true(router_idle(g->router));
    router_stopping(g->router);
    struct request q = rig_request(g, PLATFORM_DISCORD, "3000", "/status");
    rig_receive(g, &q);
    verdict(g, "stopping");
    assert_non_null(strstr(g->answers[0].text, "Ask again once it is back"));
    uint64_t before = seq(g);
    click(g, PLATFORM_DISCORD, "3000", yes);
    verdict(g, "stopping");
    assert_int_equal(seq(g), before);
    q = rig_request(g, PLATFORM_DISCORD, "3000", "/pause");
    rig_receive(g, &q);
    verdict(g, "executed");
    assert_true(paused(g));
    q = rig_request(g, PLATFORM_DISCORD, "6666", "/status"); /* a stranger learns nothing of it */
    rig_receive(g, &q);
    verdict(g, "stranger");
    rig_stop(g);
    rig_start(g);
    click(g, PLATFORM_DISCORD, "3000", yes); /* the question still stands; the pause has changed nothing about it */
    assert_string_not_equal(audit(g).verdict, "stopping");
    assert_true(seq(g) > before);
    rig_close(g);
}

/* Asked n times at once; *answers: how many were answered, *good: of those, without a refusal for the rate. */
static void storm(struct rig *g, const char *user, const char *text, uint32_t n, uint32_t *answers, uint32_t *good) {
    *answers = *good = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct request q = rig_request(g, PLATFORM_DISCORD, user, text);
        rig_receive(g, &q);
        *answers += g->answer_count;
        *good += g->answer_count && !strstr(g->answers[0].text, "Too many in one minute");
    }
}

static void money_commands_come_in_bursts(void **state) {
    (void)state;
    struct rig *g = rig_open();
    uint32_t answers, good;
    rig_open_trade(g);
    storm(g, OWNER, "/close all", RATE_MONEY_BURST + 20, &answers, &good);
    assert_int_equal(good, RATE_MONEY_BURST);
    assert_int_equal(answers, RATE_MONEY_BURST + 1); /* the first one too many is told, the others are counted */
    assert_int_equal(audit(g).n, RATE_MONEY_BURST + 1);
    verdict(g, "refused:rate");
    struct request q = rig_request(g, PLATFORM_DISCORD, OWNER, "/pause");
    rig_receive(g, &q);
    assert_true(paused(g)); /* always works */
    assert_non_null(strstr(audit(g).detail, "19 more not written"));
    storm(g, OWNER, "/status", 100, &answers, &good);
    assert_int_equal(good, 100); /* who owns it looks as often as he likes */
    g->later_ms += 2000;
    storm(g, OWNER, "/close all", 3, &answers, &good);
    assert_int_equal(good, 1); /* one every two seconds */
    assert_int_equal(answers, 2);
    rig_close(g);
}

static void others_ask_five_times_a_minute(void **state) {
    (void)state;
    struct rig *g = rig_open();
    uint32_t answers, good;
    storm(g, MENTOR, "/status", 20, &answers, &good);
    assert_int_equal(good, RATE_READS_BURST);
    assert_int_equal(answers, RATE_READS_BURST + 1);
    storm(g, OPERATOR, "/status", 20, &answers, &good); /* each has their own */
    assert_int_equal(good, RATE_READS_BURST);
    g->later_ms += 12000;
    storm(g, MENTOR, "/status", 3, &answers, &good);
    assert_int_equal(good, 1);
    assert_non_null(strstr(g->answers[0].text, "wait 12 s"));
    /* What moves money is counted apart, and what only reduces risk never is. */
    struct request q = rig_request(g, PLATFORM_DISCORD, OPERATOR, "/pause");
    rig_receive(g, &q);
    assert_true(paused(g));
    storm(g, OPERATOR, "/resume", 3, &answers, &good);
    assert_int_equal(good, 3);
    storm(g, OPERATOR, "/pause", 50, &answers, &good);
    assert_int_equal(good, 50);
    storm(g, OPERATOR, "/sos", 50, &answers, &good);
    assert_int_equal(good, 50);
    rig_close(g);
}

/* Nonsense, and what is not for one's role, counts too: no storm leaves more than a few rows and messages. */
static void a_storm_of_refusals_is_counted(void **state) {
    (void)state;
    static const char *const texts[] = {"/nonsense", "/close everything now", "/config set max_positions 1"};
    struct rig *g = rig_open();
    uint32_t answers, good, all = 0;
    for (size_t i = 0; i < 3; i++) {
        storm(g, MENTOR, texts[i], 300, &answers, &good);
        all += answers;
    }
    assert_int_equal(all, RATE_READS_BURST + 1);
    storm(g, OWNER, "/nonsense", 300, &answers, &good);
    assert_int_equal(answers, RATE_WRONG_BURST + 1);
    for (int i = 0; i < 300; i++) click(g, PLATFORM_DISCORD, MENTOR, "c:00112233445566778899aabbccddeeff:y");
    assert_true(audit(g).n <= RATE_READS_BURST + 1 + RATE_WRONG_BURST + 1);
    struct router_usage u;
    router_usage(g->router, &u);
    assert_int_equal(u.refused, 900 + 300 + 300);
    rig_close(g);
}

/* What becomes of one's own confirmation is told, whatever one asked too often; so is all that /sos has to say. */
static void a_confirmation_is_answered_within_a_storm(void **state) {
    (void)state;
    struct rig *g = rig_open();
    uint32_t answers, good;
    char all[65], one[65], no[65];
    rig_open_trade(g);
    ask_on_discord(g, "/close all", all, no);
    ask_on_discord(g, "/close #1", one, no);
    storm(g, OWNER, "/nonsense", 100, &answers, &good);
    assert_int_equal(answers, RATE_WRONG_BURST + 1);
    click(g, PLATFORM_DISCORD, OWNER, one);
    assert_int_equal(g->answer_count, 1);
    verdict(g, "confirmed");
    rig_bar(g, 260500, 260600); /* it is closed */
    rig_turn(g);
    click(g, PLATFORM_DISCORD, OWNER, all);
    assert_int_equal(g->answer_count, 1);
    assert_null(strstr(g->answers[0].text, "Too many"));
    verdict(g, "state_changed");
    click(g, PLATFORM_DISCORD, OWNER, all); /* settled: one more refusal */
    assert_int_equal(g->answer_count, 0);
    storm(g, OWNER, "/sos", 3, &answers, &good);
    assert_int_equal(good, 3);
    storm(g, OWNER, "/pause ?", 3, &answers, &good);
    assert_int_equal(good, 3);
    rig_close(g);
}

/* A thousand a second from somebody who may look, ten thousand from people who may nothing: a pause gets through. */
static void a_pause_gets_through_every_storm(void **state) {
    (void)state;
    enum { SECONDS = 3 };
    struct rig *g = rig_open();
    char id[24];
    int64_t slowest = 0, began = clock_mono_ms();
    for (int s = 0; s < SECONDS; s++) {
        g->later_ms += 1000;
        for (int i = 0; i < 11000; i++) {
            bool mentor = i % 11 == 0;
            snprintf(id, sizeof id, "%d", 100000 + i * 7 + s);
            struct request q = rig_request(g, PLATFORM_TELEGRAM, mentor ? "3002" : id, "/status");
            if (mentor) q.platform = PLATFORM_DISCORD;
            router_receive(g->router, &q);
        }
        int64_t from = clock_mono_ms();
        struct request q = rig_request(g, PLATFORM_TELEGRAM, "400", s % 2 ? "/sos" : "/pause");
        g->answer_count = 0;
        router_receive(g->router, &q);
        rig_turn(g);
        assert_true(paused(g));
        assert_true(g->answer_count > 0);
        int64_t took = clock_mono_ms() - from;
        if (took > slowest) slowest = took;
        g->answer_count = 0;
    }
    print_message("%d requests in %lld ms, the slowest pause took %lld ms\n", SECONDS * 11000,
                  (long long)(clock_mono_ms() - began), (long long)slowest);
    assert_true(slowest < 3000);
    assert_true(audit(g).n < 100 * SECONDS);
    rig_close(g);
}

static void bad_words_get_a_sentence(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct request q = rig_request(g, PLATFORM_TELEGRAM, "400", "/clsoe 17");
    q.lang = LANG_FR;
    rig_receive(g, &q);
    assert_true(g->answers[0].is_private);
    assert_non_null(strstr(g->answers[0].text, "/fermer"));
    struct audit a = audit(g);
    assert_string_equal(a.verdict, "unknown_command");
    assert_string_equal(a.command, "clsoe");
    assert_string_equal(a.arguments, "17");
    q = rig_request(g, PLATFORM_TELEGRAM, "400", "/close 17 500");
    rig_receive(g, &q);
    verdict(g, "bad_arguments");
    rig_close(g);
}

static void a_secret_in_a_line_is_not_kept(void **state) {
    (void)state;
    struct rig *g = rig_open();
    log_secret("hunter2-hunter2");
    struct request q = rig_request(g, PLATFORM_TELEGRAM, "400", "/close hunter2-hunter2");
    rig_receive(g, &q);
    assert_null(strstr(audit(g).arguments, "hunter2"));
    rig_close(g);
}

static void a_private_answer_needs_a_private_place(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct request q = rig_request(g, PLATFORM_TELEGRAM, "400", "/config show");
    q.can_be_private = false;
    rig_receive(g, &q);
    assert_null(strstr(g->answers[0].text, "broker.balance"));
    verdict(g, "refused:not_private");
    q = rig_request(g, PLATFORM_TELEGRAM, "400", "/config show");
    rig_receive(g, &q);
    assert_true(g->answers[0].is_private);
    assert_non_null(strstr(g->answers[0].text, "broker.balance"));
    rig_close(g);
}

/* ---- confirmations ---- */

static void close_in_two_steps(void **state) {
    (void)state;
    struct rig *g = rig_open();
    char yes[65], no[65];
    rig_open_trade(g);
    uint64_t before = seq(g);
    ask_on_discord(g, "/close #1 50", yes, no);
    assert_int_equal(seq(g), before);
    verdict(g, "confirm_asked");
    assert_true(strlen(yes) <= 64 && yes[0] == 'c');
    click(g, PLATFORM_DISCORD, OWNER, yes);
    struct audit a = audit(g);
    assert_string_equal(a.verdict, "confirmed");
    assert_string_equal(a.command, "close");
    assert_string_equal(a.arguments, "target=#1 percent=50");
    assert_true(seq(g) > before);
    assert_false(g->answers[0].is_private); /* takes the place of the preview */
    /* Twice is once. */
    uint64_t after = seq(g);
    click(g, PLATFORM_DISCORD, OWNER, yes);
    assert_int_equal(seq(g), after);
    assert_true(g->answers[0].is_private);
    assert_non_null(strstr(g->answers[0].text, "Already done"));
    verdict(g, "already_done");
    click(g, PLATFORM_DISCORD, OWNER, no);
    assert_int_equal(seq(g), after);
    rig_close(g);
}

static void cancelled_is_cancelled(void **state) {
    (void)state;
    struct rig *g = rig_open();
    char yes[65], no[65];
    rig_open_trade(g);
    uint64_t before = seq(g);
    ask_on_discord(g, "/close all", yes, no);
    click(g, PLATFORM_DISCORD, OWNER, no);
    verdict(g, "cancelled");
    click(g, PLATFORM_DISCORD, OWNER, yes);
    verdict(g, "already_cancelled");
    assert_int_equal(seq(g), before);
    rig_close(g);
}

static void only_its_owner_in_its_chat(void **state) {
    (void)state;
    struct rig *g = rig_open();
    char yes[65], no[65];
    rig_open_trade(g);
    uint64_t before = seq(g);
    ask_on_discord(g, "/close all", yes, no);
    click(g, PLATFORM_DISCORD, OPERATOR, yes);
    verdict(g, "refused:other_user");
    assert_true(g->answers[0].is_private);
    click(g, PLATFORM_TELEGRAM, "400", yes); /* an owner too, elsewhere */
    verdict(g, "refused:other_user");
    click(g, PLATFORM_TELEGRAM, OWNER, yes); /* the same number elsewhere is somebody else */
    verdict(g, "refused:other_user");
    click(g, PLATFORM_DISCORD, STRANGER, yes);
    verdict(g, "stranger");
    struct request q = button(g, PLATFORM_DISCORD, OWNER, yes);
    str_copy(q.chat_id, sizeof q.chat_id, "78");
    rig_receive(g, &q);
    verdict(g, "refused:other_chat");
    assert_int_equal(seq(g), before);
    click(g, PLATFORM_DISCORD, OWNER, yes); /* still valid for its owner */
    verdict(g, "confirmed");
    rig_close(g);
}

static void made_up_buttons_do_nothing(void **state) {
    (void)state;
    struct rig *g = rig_open();
    char yes[65], no[65], forged[65];
    rig_open_trade(g);
    uint64_t before = seq(g);
    ask_on_discord(g, "/close all", yes, no);
    for (size_t i = 0; i < strlen(yes); i++) {
        if (i == strlen(yes) - 1) continue;
        memcpy(forged, yes, sizeof forged);
        forged[i] = forged[i] == '0' ? '1' : '0';
        click(g, PLATFORM_DISCORD, OWNER, forged);
        assert_int_equal(seq(g), before);
    }
    static const char *const ids[] = {"", "c:", "c::y", "c:0:y", "x", "c:00000000000000000000000000000000:y"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        g->later_ms += 60000;
        click(g, PLATFORM_DISCORD, OWNER, ids[i]);
        assert_int_equal(seq(g), before);
        assert_int_equal(g->answer_count, 1);
    }
    rig_close(g);
}

static void another_state_asks_again(void **state) {
    (void)state;
    struct rig *g = rig_open();
    char first[65], second[65], no[65];
    rig_open_trade(g);
    ask_on_discord(g, "/close all", first, no);
    ask_on_discord(g, "/close #1 50", second, no);
    click(g, PLATFORM_DISCORD, OWNER, second);
    rig_bar(g, 260500, 260600); /* half of it is gone now */
    rig_turn(g);
    uint64_t before = seq(g);
    click(g, PLATFORM_DISCORD, OWNER, first);
    verdict(g, "state_changed");
    assert_int_equal(seq(g), before);
    assert_int_equal(g->answers[0].buttons, 2);
    assert_string_not_equal(g->answers[0].button[0], first);
    assert_non_null(strstr(g->answers[0].text, "changed"));
    str_copy(second, sizeof second, g->answers[0].button[0]);
    click(g, PLATFORM_DISCORD, OWNER, first);
    verdict(g, "already_replaced");
    click(g, PLATFORM_DISCORD, OWNER, second);
    verdict(g, "confirmed");
    rig_close(g);
}

static void a_confirmation_survives_a_restart_and_stays_single(void **state) {
    (void)state;
    struct rig *g = rig_open();
    char yes[65], no[65];
    rig_open_trade(g);
    ask_on_discord(g, "/close xauusd 100", yes, no);
    rig_stop(g);
    rig_start(g);
    uint64_t before = seq(g);
    click(g, PLATFORM_DISCORD, OWNER, yes);
    verdict(g, "confirmed");
    assert_true(seq(g) > before);
    rig_stop(g);
    rig_start(g);
    before = seq(g);
    click(g, PLATFORM_DISCORD, OWNER, yes);
    verdict(g, "already_done");
    assert_int_equal(seq(g), before);
    rig_close(g);
}

/* The clock cannot be moved here, so what was stored is: asked 61 seconds earlier. */
static void after_sixty_seconds_it_is_over(void **state) {
    (void)state;
    struct rig *g = rig_open();
    char yes[65], no[65], key[65], value[4096];
    rig_open_trade(g);
    ask_on_discord(g, "/close all", yes, no);
    snprintf(key, sizeof key, "confirm:%.32s", yes + 2);
    str_copy(value, sizeof value, state_get(g->state, key));
    char *at = strstr(value, "\"asked_ms\":\"") + strlen("\"asked_ms\":\"");
    char asked[24];
    snprintf(asked, sizeof asked, "%lld", (long long)(strtoll(at, NULL, 10) - 61000));
    memcpy(at, asked, strlen(asked));
    state_put(g->state, key, value);
    rig_turn(g);
    rig_stop(g);
    rig_start(g);
    uint64_t before = seq(g);
    click(g, PLATFORM_DISCORD, OWNER, yes);
    verdict(g, "expired");
    assert_non_null(strstr(g->answers[0].text, "expired"));
    assert_int_equal(seq(g), before);
    rig_close(g);
}

static void resume_asks_and_resumes(void **state) {
    (void)state;
    struct rig *g = rig_open();
    char yes[65], no[65];
    struct request q = rig_request(g, PLATFORM_DISCORD, OPERATOR, "/pause");
    rig_receive(g, &q);
    ask_on_discord(g, "/resume", yes, no);
    assert_true(paused(g));
    click(g, PLATFORM_DISCORD, OWNER, yes);
    verdict(g, "confirmed");
    assert_false(paused(g));
    rig_close(g);
}

static void many_open_confirmations_are_bounded(void **state) {
    (void)state;
    struct rig *g = rig_open();
    rig_open_trade(g);
    uint32_t full = 0;
    /* Rates would stop one person long before: two owners, several starts. */
    for (int start = 0; start < 6; start++) {
        for (int i = 0; i < RATE_MONEY_BURST * 2; i++) {
            bool d = i % 2;
            struct request q =
                rig_request(g, d ? PLATFORM_DISCORD : PLATFORM_TELEGRAM, d ? OWNER : "400", "/close all");
            rig_receive(g, &q);
            full += strstr(g->answers[0].text, "Too many confirmations") != NULL;
        }
        rig_stop(g);
        rig_start(g);
    }
    assert_true(full > 0);
    rig_close(g);
}

/* ---- suggestions ---- */

static void suggestions_are_for_people_only(void **state) {
    (void)state;
    struct rig *g = rig_open();
    rig_open_trade(g);
    struct request q = rig_request(g, PLATFORM_DISCORD, OWNER, "");
    q.kind = REQUEST_COMPLETE;
    str_copy(q.command, sizeof q.command, "close");
    q.arg_count = 1;
    q.args[0] = (struct request_arg){.name = "target", .value = "", .focused = true};
    rig_receive(g, &q);
    assert_int_equal(g->choice_calls, 1);
    assert_int_equal(g->choice_count, 2);
    assert_string_equal(g->choices[0].value, "#1");
    assert_string_equal(g->choices[1].value, "XAUUSD");
    str_copy(q.args[0].value, sizeof q.args[0].value, "1");
    rig_receive(g, &q);
    assert_int_equal(g->choice_count, 1);
    str_copy(q.user_id, sizeof q.user_id, MENTOR);
    rig_receive(g, &q);
    assert_int_equal(g->choice_count, 0);
    str_copy(q.user_id, sizeof q.user_id, STRANGER);
    rig_receive(g, &q);
    assert_int_equal(g->choice_count, 0);
    str_copy(q.user_id, sizeof q.user_id, OWNER);
    q.home = false;
    rig_receive(g, &q);
    assert_int_equal(g->choice_count, 0);
    assert_int_equal(g->choice_calls, 5);
    assert_int_equal(audit(g).n, 0);
    assert_int_equal(g->answer_count, 0);
    rig_close(g);
}

static void the_page_completes_lines(void **state) {
    (void)state;
    struct rig *g = rig_open();
    rig_open_trade(g);
    struct request q = rig_request(g, PLATFORM_LOCAL, "1", "/sta");
    q.kind = REQUEST_COMPLETE;
    rig_receive(g, &q);
    assert_int_equal(g->choice_count, 2);
    assert_string_equal(g->choices[0].value, "/stats");
    str_copy(q.text, sizeof q.text, "/close x");
    rig_receive(g, &q);
    assert_int_equal(g->choice_count, 1);
    assert_string_equal(g->choices[0].value, "XAUUSD");
    str_copy(q.text, sizeof q.text, "/close XAUUSD 5");
    rig_receive(g, &q);
    assert_int_equal(g->choice_count, 1);
    assert_string_equal(g->choices[0].value, "50");
    rig_close(g);
}

static uint32_t offered_in(struct rig *g, enum lang lang, const char *line) {
    struct request q = rig_request(g, PLATFORM_LOCAL, "1", line);
    q.kind = REQUEST_COMPLETE;
    q.lang = lang;
    g->choice_count = 0;
    rig_receive(g, &q);
    return g->choice_count;
}

static uint32_t offered(struct rig *g, const char *line) {
    return offered_in(g, LANG_EN, line);
}

/* What is asked about the market and the rules is completed like the rest. */
static void the_questions_are_completed(void **state) {
    (void)state;
    static const char *const symbols[] = {"/levels ",        "/niveaux x",   "/regime x",
                                          "/chart-data xau", "/chart_data ", "/bougies XAU"};
    struct rig *g = rig_open();
    assert_int_equal(offered(g, "/why "), 0);
    rig_open_trade(g);
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        assert_int_equal(offered(g, symbols[i]), 1);
        assert_string_equal(g->choices[0].value, "XAUUSD");
    }
    assert_int_equal(offered(g, "/chart-data XAUUSD "), 4);
    assert_int_equal(offered(g, "/chart-data XAUUSD 2"), 1);
    assert_string_equal(g->choices[0].value, "24");
    assert_int_equal(offered(g, "/strategy "), 3);
    assert_int_equal(offered(g, "/strategy disable mov"), 1);
    assert_int_equal(offered(g, "/strategy enable mov"), 0);
    assert_int_equal(offered_in(g, LANG_FR, "/strategie "), 3);
    assert_string_equal(g->choices[2].value, "désactiver");
    assert_int_equal(offered_in(g, LANG_FR, "/strategie act"), 1);
    assert_int_equal(offered_in(g, LANG_FR, "/strategie en"), 1); /* found by its key, too */
    assert_string_equal(g->choices[0].value, "activer");
    assert_int_equal(offered(g, "/strategie désactiver mov"), 1);
    assert_int_equal(offered(g, "/strategie activer mov"), 0);
    assert_int_equal(offered(g, "/limits "), 2);
    assert_int_equal(offered(g, "/limits override "), 0); /* none is reached */
    assert_int_equal(offered(g, "/why "), 2);
    assert_string_equal(g->choices[0].value, "S1");
    assert_string_equal(g->choices[0].label, "S1: LONG XAUUSD, taken");
    assert_string_equal(g->choices[1].value, "#1");
    assert_int_equal(offered(g, "/why s"), 1);
    assert_int_equal(offered(g, "/why 1"), 2);
    assert_int_equal(offered(g, "/chart"), 1);
    assert_string_equal(g->choices[0].value, "/chart-data");
    rig_close(g);
}

/* ---- late commits, waiting commands, shutting down ---- */

static void what_waits_for_its_commit_is_deferred_once(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct request a = rig_request(g, PLATFORM_DISCORD, OWNER, "/status"),
                   b = rig_request(g, PLATFORM_DISCORD, OWNER, "/trades");
    g->answer_count = 0;
    router_receive(g->router, &a);
    router_receive(g->router, &b);
    router_late(g->router); /* before the turn ended: a quick disk would have answered by then */
    router_late(g->router);
    assert_int_equal(g->deferred, 2);
    assert_int_equal(g->answer_count, 0); /* nothing is said before it is durable */
    rig_turn(g);
    assert_int_equal(g->answer_count, 2);
    router_late(g->router);
    assert_int_equal(g->deferred, 2);
    rig_close(g);
}

static void closing_with_questions_under_way(void **state) {
    (void)state;
    struct rig *g = rig_open();
    for (int i = 0; i < ROUTER_WAITING_MAX + 5; i++) {
        struct request q = rig_request(g, PLATFORM_DISCORD, OWNER, "/trades");
        router_receive(g->router, &q);
    }
    rig_turn(g);
    struct audit a = audit(g);
    assert_int_equal(a.n, ROUTER_WAITING_MAX + 5);
    assert_string_equal(a.verdict, "refused:busy");
    struct request q = rig_request(g, PLATFORM_DISCORD, OWNER, "/signals");
    router_receive(g->router, &q);
    rig_close(g); /* no leak, no use after free: the sanitizers look */
}

static void the_audit_chain_holds(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct err e;
    uint64_t rows;
    for (int i = 0; i < 20; i++) {
        struct request q = rig_request(g, PLATFORM_DISCORD, i % 3 ? OWNER : STRANGER, i % 2 ? "/status" : "/pause");
        rig_receive(g, &q);
    }
    assert_int_equal(store_audit_verify(g->store, &rows, &e), 0);
    assert_int_equal(rows, 20);
    rig_close(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_redelivery_is_silent),
        cmocka_unit_test(a_redelivery_after_a_restart_is_silent),
        cmocka_unit_test(shuffled_redeliveries),
        cmocka_unit_test(a_stranger_gets_one_answer_a_day),
        cmocka_unit_test(a_flood_of_strangers_costs_few_rows),
        cmocka_unit_test(the_wrong_place_or_sender_has_no_effect),
        cmocka_unit_test(names_decide_nothing),
        cmocka_unit_test(a_mentor_looks_and_never_touches),
        cmocka_unit_test(only_an_owner_overrides_a_breaker),
        cmocka_unit_test(generated_identities_and_contexts),
        cmocka_unit_test(an_old_money_command_is_answered_and_not_executed),
        cmocka_unit_test(a_late_pause_pauses),
        cmocka_unit_test(a_late_sos_pauses_and_offers_the_rest),
        cmocka_unit_test(a_stop_takes_only_what_reduces_risk),
        cmocka_unit_test(money_commands_come_in_bursts),
        cmocka_unit_test(others_ask_five_times_a_minute),
        cmocka_unit_test(a_storm_of_refusals_is_counted),
        cmocka_unit_test(a_confirmation_is_answered_within_a_storm),
        cmocka_unit_test(a_pause_gets_through_every_storm),
        cmocka_unit_test(who_was_answered_is_known_after_a_restart),
        cmocka_unit_test(strangers_who_type_are_answered_sparingly),
        cmocka_unit_test(bad_words_get_a_sentence),
        cmocka_unit_test(a_secret_in_a_line_is_not_kept),
        cmocka_unit_test(a_private_answer_needs_a_private_place),
        cmocka_unit_test(close_in_two_steps),
        cmocka_unit_test(cancelled_is_cancelled),
        cmocka_unit_test(only_its_owner_in_its_chat),
        cmocka_unit_test(made_up_buttons_do_nothing),
        cmocka_unit_test(another_state_asks_again),
        cmocka_unit_test(a_confirmation_survives_a_restart_and_stays_single),
        cmocka_unit_test(after_sixty_seconds_it_is_over),
        cmocka_unit_test(resume_asks_and_resumes),
        cmocka_unit_test(many_open_confirmations_are_bounded),
        cmocka_unit_test(suggestions_are_for_people_only),
        cmocka_unit_test(the_page_completes_lines),
        cmocka_unit_test(the_questions_are_completed),
        cmocka_unit_test(what_waits_for_its_commit_is_deferred_once),
        cmocka_unit_test(closing_with_questions_under_way),
        cmocka_unit_test(the_audit_chain_holds),
    };
    return RUN(tests);
}
