/*
 * The outbox: order, durability, retries, backlogs, edits.
 */
#include "tests/unit/outbox_rig.h"

#define BACKLOG (OUTBOX_PENDING_MAX + 700)

static void answer(struct rig *g, uint32_t k, enum outcome o, const char *ref) {
    struct delivery_result r = {.outcome = o, .retry_ms = 1};
    str_copy(r.message_ref, sizeof r.message_ref, ref);
    answer_with(g, k, &r);
}

/* Every delivery of the platform arrives, until nothing is left. */
static void deliver_all(struct rig *g, enum platform p) {
    for (bool more = true; more;) {
        uint32_t before = g->n;
        turns(g);
        more = g->n > before;
        for (uint32_t k = 0; k < g->n; k++) {
            if (g->sent[k].platform != p || g->sent[k].answered) continue;
            answer(g, k, OUTCOME_DELIVERED, "");
            more = true;
        }
    }
}

struct say {
    enum platform platform;
    enum channel channel;
    enum urgency urgency;
    bool critical;
    const char *key;
};

static void say(struct rig *g, struct say what, const char *fmt, int number) {
    char text[256];
    struct arena *a = arena_new(1u << 16);
    struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof text, fmt, number);
#pragma GCC diagnostic pop
    doc_title(d, "", "%s", text);
    outbox_message(g->outbox, &(struct outbox_message){.platform = what.platform,
                                                       .channel = what.channel,
                                                       .urgency = what.urgency,
                                                       .critical = what.critical,
                                                       .key = what.key,
                                                       .doc = d});
    arena_free(a);
}

static void edit(struct rig *g, enum platform p, enum channel c, const char *key, const char *text) {
    struct arena *a = arena_new(1u << 16);
    struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
    doc_title(d, "", "%s", text);
    outbox_edit(g->outbox, p, c, key, d);
    arena_free(a);
}

static void reply(struct rig *g, enum platform p, const char *text) {
    struct arena *a = arena_new(1u << 16);
    struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
    doc_title(d, "", "%s", text);
    outbox_reply(g->outbox, p, "m:1:0:1", d);
    arena_free(a);
}

static bool has(const struct sent *s, const char *text) {
    return strstr(s->text, text) != NULL;
}

/* In how many deliveries of the platform a text stands. */
static uint32_t told(const struct rig *g, enum platform p, const char *text) {
    uint32_t n = 0;
    for (uint32_t k = 0; k < g->n; k++) n += g->sent[k].platform == p && has(&g->sent[k], text);
    return n;
}

static const struct say trades = {.platform = PLATFORM_DISCORD, .channel = CHANNEL_TRADES};
static const struct say alert = {
    .platform = PLATFORM_TELEGRAM, .channel = CHANNEL_ALERTS, .urgency = URGENCY_URGENT, .critical = true};

/* ---- order, durability ---- */

static void test_order_holds_in_a_channel_and_channels_do_not_wait_for_each_other(void **state) {
    (void)state;
    struct rig *g = rig_new();
    for (int i = 0; i < 4; i++) say(g, trades, "trade %d", i);
    say(g, (struct say){.platform = PLATFORM_DISCORD, .channel = CHANNEL_SIGNAL}, "signal %d", 0);
    turns(g);
    assert_int_equal(g->n, 2); /* one a channel is under way */
    answer(g, has(&g->sent[0], "signal") ? 0 : 1, OUTCOME_DELIVERED, "");
    turns(g);
    assert_int_equal(g->n, 2);
    answer(g, has(&g->sent[0], "signal") ? 1 : 0, OUTCOME_DELIVERED, "");
    deliver_all(g, PLATFORM_DISCORD);
    assert_int_equal(g->n, 5);
    for (int i = 0, k = 0; i < 5; i++) {
        char text[16];
        snprintf(text, sizeof text, "trade %d", k);
        if (has(&g->sent[i], "trade")) assert_true(has(&g->sent[i], text)), k++;
    }
    rig_free(g);
}

struct rows {
    uint32_t n, attempts[8];
    enum outbox_state state[8];
};

static void on_row(void *arg, const struct outbox_row *r) {
    struct rows *rows = arg;
    assert_true(rows->n < 8);
    rows->attempts[rows->n] = r->attempts;
    rows->state[rows->n++] = r->state;
}

static void test_nothing_goes_out_before_its_attempt_is_durable(void **state) {
    (void)state;
    struct rig *g = rig_new();
    struct rows rows = {0};
    say(g, trades, "born with it %d", 1);
    assert_int_equal(g->n, 0);
    turns(g);
    assert_int_equal(g->n, 1);
    say(g, trades, "waits for the first %d", 2);
    turns(g);
    answer(g, 0, OUTCOME_DELIVERED, "77");
    outbox_pump(g->outbox);
    assert_int_equal(g->n, 1); /* its attempt is in the open turn */
    desk_turn_end(g->desk);
    store_wait(g->store);
    assert_int_equal(g->n, 2);
    /* Killed right after it was handed over: the row says so. */
    store_load_outbox(g->store, on_row, NULL, &rows);
    store_wait(g->store);
    assert_int_equal(rows.n, 1);
    assert_int_equal(rows.state[0], OUTBOX_ATTEMPT);
    assert_int_equal(rows.attempts[0], 1);
    killed(g);
    outbox_ready(g->outbox, PLATFORM_DISCORD, true);
    turns(g);
    assert_int_equal(g->n, 1);
    assert_true(has(&g->sent[0], "waits for the first 2") && g->sent[0].repeat);
    rig_free(g);
}

static void test_what_was_committed_and_not_sent_goes_out_after_a_kill(void **state) {
    (void)state;
    struct rig *g = rig_new();
    outbox_ready(g->outbox, PLATFORM_DISCORD, false);
    say(g, trades, "waiting %d", 1);
    reply(g, PLATFORM_DISCORD, "an answer");
    turns(g);
    say(g, trades, "not committed %d", 2);
    killed(g);
    assert_int_equal(outbox_pending(g->outbox, PLATFORM_DISCORD), 2);
    outbox_ready(g->outbox, PLATFORM_DISCORD, true);
    deliver_all(g, PLATFORM_DISCORD);
    assert_int_equal(g->n, 2);
    assert_int_equal(told(g, PLATFORM_DISCORD, "waiting 1"), 1);
    assert_int_equal(told(g, PLATFORM_DISCORD, "an answer"), 1);
    assert_false(g->sent[0].repeat || g->sent[1].repeat); /* nobody had tried */
    rig_free(g);
}

/* ---- outcomes ---- */

static void test_a_retry_is_no_repeat_and_an_ambiguous_one_is(void **state) {
    (void)state;
    struct rig *g = rig_new();
    say(g, trades, "one %d", 1);
    turns(g);
    uint64_t commits = desk_turn(g->desk);
    answer(g, 0, OUTCOME_RETRY, "");
    until_sent(g, 2);
    assert_true(!g->sent[1].repeat && g->sent[1].attempt == 2);
    assert_int_equal(desk_turn(g->desk), commits); /* the first attempt's mark covers it */
    answer(g, 1, OUTCOME_AMBIGUOUS, "");
    until_sent(g, 3);
    assert_true(g->sent[2].repeat);
    assert_string_equal(g->sent[2].text, g->sent[0].text);
    assert_string_equal(g->sent[2].event_id, g->sent[0].event_id);
    answer(g, 2, OUTCOME_RETRY, ""); /* the doubt stays */
    until_sent(g, 4);
    assert_true(g->sent[3].repeat);
    answer(g, 3, OUTCOME_DELIVERED, "");
    deliver_all(g, PLATFORM_DISCORD);
    assert_int_equal(g->n, 4);
    assert_int_equal(outbox_pending(g->outbox, PLATFORM_DISCORD), 0);
    rig_free(g);
}

static void test_a_refusal_ends_one_message_and_not_its_channel(void **state) {
    (void)state;
    struct rig *g = rig_new();
    say(g, trades, "bad %d", 1);
    say(g, trades, "good %d", 2);
    turns(g);
    answer(g, 0, OUTCOME_REFUSED, "");
    turns(g);
    assert_int_equal(g->n, 2);
    assert_true(has(&g->sent[1], "good 2"));
    rig_free(g);
}

static void test_routine_on_telegram_is_not_risked_twice_but_an_alert_among_it_is(void **state) {
    struct say routine = {.platform = PLATFORM_TELEGRAM, .channel = CHANNEL_ALERTS};
    (void)state;
    struct rig *g = rig_new();
    say(g, routine, "routine %d", 1);
    turns(g);
    answer(g, 0, OUTCOME_AMBIGUOUS, "");
    turns(g);
    assert_int_equal(outbox_pending(g->outbox, PLATFORM_TELEGRAM), 0);
    outbox_ready(g->outbox, PLATFORM_TELEGRAM, false);
    for (int i = 0; i < 6; i++) say(g, routine, "more %d", i);
    say(g, alert, "stop refused %d", 9);
    turns(g);
    outbox_ready(g->outbox, PLATFORM_TELEGRAM, true);
    turns(g);
    assert_int_equal(g->n, 2);
    assert_true(has(&g->sent[1], "stop refused 9") && has(&g->sent[1], "more 0"));
    answer(g, 1, OUTCOME_AMBIGUOUS, "");
    until_sent(g, 3);
    assert_true(g->sent[2].repeat);
    assert_string_equal(g->sent[2].text, g->sent[1].text);
    rig_free(g);
}

static void test_a_transport_that_is_down_is_not_asked_in_a_circle(void **state) {
    (void)state;
    struct rig *g = rig_new();
    say(g, trades, "one %d", 1);
    turns(g);
    answer(g, 0, OUTCOME_DOWN, ""); /* before, or without, its ready(false) */
    turns(g);
    assert_int_equal(g->n, 1);
    until_sent(g, 2);
    outbox_ready(g->outbox, PLATFORM_DISCORD, false);
    answer(g, 1, OUTCOME_DOWN, "");
    turns(g);
    assert_int_equal(g->n, 2);
    outbox_ready(g->outbox, PLATFORM_DISCORD, true);
    until_sent(g, 3);
    assert_false(g->sent[2].repeat);
    rig_free(g);
}

static void test_an_attempt_that_was_born_while_the_transport_went_down_waits(void **state) {
    (void)state;
    struct rig *g = rig_new();
    say(g, trades, "one %d", 1);
    outbox_ready(g->outbox, PLATFORM_DISCORD, false);
    turns(g);
    assert_int_equal(g->n, 0);
    assert_true(outbox_idle(g->outbox));
    outbox_ready(g->outbox, PLATFORM_DISCORD, true);
    assert_false(outbox_idle(g->outbox));
    turns(g);
    assert_int_equal(g->n, 1);
    assert_true(!g->sent[0].repeat && g->sent[0].attempt == 1);
    answer(g, 0, OUTCOME_DOWN, "");
    until_sent(g, 2);
    assert_false(g->sent[1].repeat);
    rig_free(g);
}

static void test_the_oldest_counts_from_its_birth_even_where_nothing_was_tried(void **state) {
    (void)state;
    struct rig *g = rig_new();
    outbox_ready(g->outbox, PLATFORM_DISCORD, false);
    assert_int_equal(outbox_oldest_ms(g->outbox, PLATFORM_DISCORD), 0);
    say(g, trades, "one %d", 1);
    turns(g);
    g->outbox->platforms[PLATFORM_DISCORD].lanes[CHANNEL_TRADES].head->created.ns -= 400 * NS_PER_SEC;
    assert_true(outbox_oldest_ms(g->outbox, PLATFORM_DISCORD) >= 400000);
    assert_int_equal(outbox_oldest_ms(g->outbox, PLATFORM_TELEGRAM), 0);
    rig_free(g);
}

/* ---- a backlog ---- */

static void test_a_backlog_becomes_one_message_and_keeps_every_critical_line(void **state) {
    (void)state;
    struct rig *g = rig_new();
    outbox_ready(g->outbox, PLATFORM_TELEGRAM, false);
    for (int i = 0; i < 150; i++)
        say(g, alert,
            "stop %d moved to break-even on a symbol whose name and reason make a line of more than a hundred", i);
    turns(g);
    outbox_ready(g->outbox, PLATFORM_TELEGRAM, true);
    deliver_all(g, PLATFORM_TELEGRAM);
    assert_true(g->n > 2 && g->n < 15);
    for (int i = 0; i < 150; i++) {
        char text[32];
        snprintf(text, sizeof text, "stop %d moved", i);
        assert_int_equal(told(g, PLATFORM_TELEGRAM, text), 1);
    }
    for (uint32_t k = 0; k < g->n; k++) assert_true(strlen(g->sent[k].text) < 4000); /* what a platform shows whole */
    rig_free(g);
}

static void test_ordinary_messages_past_the_limit_are_counted_and_the_count_survives_retries(void **state) {
    (void)state;
    struct rig *g = rig_new();
    outbox_ready(g->outbox, PLATFORM_DISCORD, false);
    for (int i = 0; i < 600; i++) say(g, trades, "trade %d.", i);
    turns(g);
    assert_int_equal(outbox_pending(g->outbox, PLATFORM_DISCORD), 500);
    outbox_ready(g->outbox, PLATFORM_DISCORD, true);
    turns(g);
    answer(g, 0, OUTCOME_RETRY, "");
    until_sent(g, 2);
    assert_string_equal(g->sent[0].text, g->sent[1].text);
    deliver_all(g, PLATFORM_DISCORD);
    assert_int_equal(told(g, PLATFORM_DISCORD, "left out here: 100."), 1);
    assert_int_equal(told(g, PLATFORM_DISCORD, "trade 499."), 1);
    assert_int_equal(told(g, PLATFORM_DISCORD, "trade 500."), 0);
    assert_int_equal(outbox_pending(g->outbox, PLATFORM_DISCORD), 0);
    rig_free(g);
}

static void test_a_dead_platform_does_not_hold_the_others(void **state) {
    (void)state;
    struct rig *g = rig_new();
    outbox_ready(g->outbox, PLATFORM_TELEGRAM, false);
    for (int i = 0; i < BACKLOG; i++) say(g, alert, "alert %d.", i);
    say(g, trades, "trade %d", 1);
    deliver_all(g, PLATFORM_DISCORD);
    assert_int_equal(told(g, PLATFORM_DISCORD, "trade 1"), 1);
    rig_free(g);
}

static void assert_all_alerts_in_order(const struct rig *g, int n) {
    int next = 0;
    for (uint32_t k = 0; k < g->n; k++) {
        const char *at = g->sent[k].text;
        if (g->sent[k].platform != PLATFORM_TELEGRAM) continue;
        while ((at = strstr(at, "alert ")) != NULL) {
            assert_int_equal(atol(at + 6), next);
            next++;
            at += 6;
        }
    }
    assert_int_equal(next, n);
}

static void test_a_backlog_larger_than_memory_comes_back_in_order(void **state) {
    struct say routine = {.platform = PLATFORM_TELEGRAM, .channel = CHANNEL_SIGNAL};
    (void)state;
    struct rig *g = rig_new();
    outbox_ready(g->outbox, PLATFORM_TELEGRAM, false);
    for (int i = 0; i < BACKLOG; i++) say(g, alert, "alert %d.", i);
    say(g, routine, "routine %d", 1); /* counted: memory is full */
    reply(g, PLATFORM_TELEGRAM, "the one answer");
    reply(g, PLATFORM_DISCORD, "elsewhere"); /* takes an id behind all of them */
    turns(g);
    assert_int_equal(outbox_pending(g->outbox, PLATFORM_TELEGRAM), OUTBOX_PENDING_MAX + 1);
    outbox_ready(g->outbox, PLATFORM_TELEGRAM, true);
    deliver_all(g, PLATFORM_TELEGRAM);
    assert_all_alerts_in_order(g, BACKLOG);
    assert_int_equal(told(g, PLATFORM_TELEGRAM, "the one answer"), 1);
    assert_int_equal(told(g, PLATFORM_TELEGRAM, "left out here: 1."), 1);
    /* The store is not asked any more, and what is new goes its usual way. */
    assert_true(!g->outbox->reloading && !g->outbox->platforms[PLATFORM_TELEGRAM].spilled_from);
    uint32_t n = g->n;
    say(g, alert, "new %d", 1);
    turns(g);
    assert_int_equal(g->n, n + 1);
    rig_free(g);
}

static void test_a_backlog_larger_than_memory_survives_a_kill(void **state) {
    (void)state;
    struct rig *g = rig_new();
    outbox_ready(g->outbox, PLATFORM_TELEGRAM, false);
    for (int i = 0; i < BACKLOG; i++) say(g, alert, "alert %d.", i);
    reply(g, PLATFORM_TELEGRAM, "the one answer");
    turns(g);
    killed(g);
    say(g, alert, "alert %d.", BACKLOG);
    outbox_ready(g->outbox, PLATFORM_TELEGRAM, true);
    deliver_all(g, PLATFORM_TELEGRAM);
    assert_all_alerts_in_order(g, BACKLOG + 1);
    assert_int_equal(told(g, PLATFORM_TELEGRAM, "the one answer"), 1);
    assert_int_equal(outbox_pending(g->outbox, PLATFORM_TELEGRAM), 0);
    rig_free(g);
}

static void test_answers_go_in_the_order_of_their_questions(void **state) {
    (void)state;
    struct rig *g = rig_new();
    outbox_ready(g->outbox, PLATFORM_TELEGRAM, false);
    reply(g, PLATFORM_TELEGRAM, "first");
    reply(g, PLATFORM_TELEGRAM, "second");
    reply(g, PLATFORM_TELEGRAM, "third");
    turns(g);
    outbox_ready(g->outbox, PLATFORM_TELEGRAM, true);
    turns(g);
    assert_int_equal(g->n, 3);
    assert_true(has(&g->sent[0], "first") && has(&g->sent[1], "second") && has(&g->sent[2], "third"));
    answer(g, 1, OUTCOME_DELIVERED, "");
    answer(g, 2, OUTCOME_DELIVERED, "");
    reply(g, PLATFORM_TELEGRAM, "fourth");
    answer(g, 0, OUTCOME_DELIVERED, "");
    deliver_all(g, PLATFORM_TELEGRAM);
    assert_int_equal(g->n, 4);
    rig_free(g);
}

static void test_answers_have_a_limit(void **state) {
    (void)state;
    struct rig *g = rig_new();
    outbox_ready(g->outbox, PLATFORM_TELEGRAM, false);
    for (int i = 0; i < OUTBOX_REPLIES_MAX + 5; i++) reply(g, PLATFORM_TELEGRAM, "an answer");
    turns(g);
    assert_int_equal(outbox_pending(g->outbox, PLATFORM_TELEGRAM), OUTBOX_REPLIES_MAX);
    outbox_ready(g->outbox, PLATFORM_TELEGRAM, true);
    deliver_all(g, PLATFORM_TELEGRAM);
    assert_int_equal(outbox_pending(g->outbox, PLATFORM_TELEGRAM), 0);
    reply(g, PLATFORM_TELEGRAM, "one more");
    turns(g);
    assert_int_equal(told(g, PLATFORM_TELEGRAM, "one more"), 1);
    rig_free(g);
}

/* ---- edits ---- */

static void test_an_edit_means_what_its_message_became(void **state) {
    struct say keyed = trades;
    (void)state;
    struct rig *g = rig_new();
    keyed.key = "trade:17";
    say(g, keyed, "long %d", 17);
    turns(g);
    edit(g, PLATFORM_DISCORD, CHANNEL_TRADES, "trade:17", "stop moved");
    edit(g, PLATFORM_DISCORD, CHANNEL_TRADES, "trade:17", "stop moved again"); /* takes the place of the first */
    turns(g);
    assert_int_equal(g->n, 1);
    answer(g, 0, OUTCOME_DELIVERED, "9/77");
    turns(g);
    assert_int_equal(g->n, 2);
    assert_int_equal(g->sent[1].kind, OUTBOX_EDIT);
    assert_string_equal(g->sent[1].ref, "9/77");
    assert_true(has(&g->sent[1], "stop moved again"));
    answer(g, 1, OUTCOME_DELIVERED, "9/77");
    turns(g);
    assert_int_equal(outbox_pending(g->outbox, PLATFORM_DISCORD), 0);
    killed(g); /* only the store knows it now */
    outbox_ready(g->outbox, PLATFORM_DISCORD, true);
    edit(g, PLATFORM_DISCORD, CHANNEL_TRADES, "trade:17", "closing");
    turns(g);
    assert_int_equal(g->n, 1);
    assert_string_equal(g->sent[0].ref, "9/77");
    rig_free(g);
}

static void test_an_edit_of_what_still_waits_changes_it_there(void **state) {
    struct say keyed = trades;
    (void)state;
    struct rig *g = rig_new();
    outbox_ready(g->outbox, PLATFORM_DISCORD, false);
    keyed.key = "trade:17";
    say(g, keyed, "long %d", 17);
    for (int i = 0; i < 8; i++) edit(g, PLATFORM_DISCORD, CHANNEL_TRADES, "trade:17", "stop at break-even");
    turns(g);
    assert_int_equal(outbox_pending(g->outbox, PLATFORM_DISCORD), 1);
    killed(g);
    outbox_ready(g->outbox, PLATFORM_DISCORD, true);
    deliver_all(g, PLATFORM_DISCORD);
    assert_int_equal(g->n, 1);
    assert_int_equal(g->sent[0].kind, OUTBOX_MESSAGE);
    assert_true(has(&g->sent[0], "stop at break-even") && !g->sent[0].repeat);
    rig_free(g);
}

static void test_an_edit_of_what_may_be_out_waits_behind_it(void **state) {
    struct say keyed = trades;
    (void)state;
    struct rig *g = rig_new();
    keyed.key = "trade:17";
    say(g, keyed, "long %d", 17);
    turns(g);
    edit(g, PLATFORM_DISCORD, CHANNEL_TRADES, "trade:17", "stop moved");
    turns(g);
    answer(g, 0, OUTCOME_AMBIGUOUS, "");
    until_sent(g, 2);
    assert_string_equal(g->sent[1].text, g->sent[0].text);
    answer(g, 1, OUTCOME_DELIVERED, "9/78");
    turns(g);
    assert_true(g->n == 3 && has(&g->sent[2], "stop moved"));
    assert_string_equal(g->sent[2].ref, "9/78");
    rig_free(g);
}

static void test_an_edit_whose_message_never_became_one_is_let_go(void **state) {
    (void)state;
    struct rig *g = rig_new();
    edit(g, PLATFORM_DISCORD, CHANNEL_TRADES, "trade:404", "stop moved");
    say(g, trades, "after %d", 1);
    deliver_all(g, PLATFORM_DISCORD);
    assert_int_equal(g->n, 1);
    assert_true(has(&g->sent[0], "after 1"));
    /* Merged into a summary: nothing to edit either. */
    struct say keyed = trades;
    keyed.key = "trade:5";
    outbox_ready(g->outbox, PLATFORM_DISCORD, false);
    say(g, keyed, "long %d", 5);
    for (int i = 0; i < 6; i++) say(g, trades, "other %d", i);
    turns(g);
    outbox_ready(g->outbox, PLATFORM_DISCORD, true);
    turns(g);
    edit(g, PLATFORM_DISCORD, CHANNEL_TRADES, "trade:5", "stop moved");
    answer(g, 1, OUTCOME_DELIVERED, "9/99");
    deliver_all(g, PLATFORM_DISCORD);
    assert_int_equal(g->n, 2);
    assert_int_equal(outbox_pending(g->outbox, PLATFORM_DISCORD), 0);
    rig_free(g);
}

/* ---- damage ---- */

static void put_damaged(struct rig *g, uint64_t id, enum outbox_kind kind) {
    struct outbox_row row = {.id = id,
                             .kind = kind,
                             .created = clock_wall(),
                             .platform = "discord",
                             .channel = kind == OUTBOX_REPLY ? "" : "trades",
                             .address = kind == OUTBOX_REPLY ? "m:1:0:1" : "",
                             .key = "",
                             .event_id = "",
                             .message_ref = "",
                             .doc = "{\"not\": "};
    store_put_outbox(desk_batch(g->desk), &row);
}

static void test_a_row_that_cannot_be_read_stops_nobody(void **state) {
    (void)state;
    struct rig *g = rig_new();
    outbox_ready(g->outbox, PLATFORM_DISCORD, false);
    for (int i = 0; i < 6; i++) say(g, trades, "trade %d.", i);
    put_damaged(g, 3, OUTBOX_MESSAGE);
    put_damaged(g, 50, OUTBOX_REPLY);
    put_damaged(g, 51, OUTBOX_MESSAGE);
    turns(g);
    killed(g);
    outbox_ready(g->outbox, PLATFORM_DISCORD, true);
    deliver_all(g, PLATFORM_DISCORD);
    for (int i = 0; i < 6; i++) {
        char text[16];
        snprintf(text, sizeof text, "trade %d.", i);
        assert_int_equal(told(g, PLATFORM_DISCORD, text), i != 2);
    }
    assert_int_equal(outbox_pending(g->outbox, PLATFORM_DISCORD), 0);
    assert_null(g->outbox->platforms[PLATFORM_DISCORD].replies);
    rig_free(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_holds_in_a_channel_and_channels_do_not_wait_for_each_other),
        cmocka_unit_test(test_nothing_goes_out_before_its_attempt_is_durable),
        cmocka_unit_test(test_what_was_committed_and_not_sent_goes_out_after_a_kill),
        cmocka_unit_test(test_a_retry_is_no_repeat_and_an_ambiguous_one_is),
        cmocka_unit_test(test_a_refusal_ends_one_message_and_not_its_channel),
        cmocka_unit_test(test_routine_on_telegram_is_not_risked_twice_but_an_alert_among_it_is),
        cmocka_unit_test(test_a_transport_that_is_down_is_not_asked_in_a_circle),
        cmocka_unit_test(test_an_attempt_that_was_born_while_the_transport_went_down_waits),
        cmocka_unit_test(test_the_oldest_counts_from_its_birth_even_where_nothing_was_tried),
        cmocka_unit_test(test_a_backlog_becomes_one_message_and_keeps_every_critical_line),
        cmocka_unit_test(test_ordinary_messages_past_the_limit_are_counted_and_the_count_survives_retries),
        cmocka_unit_test(test_a_dead_platform_does_not_hold_the_others),
        cmocka_unit_test(test_a_backlog_larger_than_memory_comes_back_in_order),
        cmocka_unit_test(test_a_backlog_larger_than_memory_survives_a_kill),
        cmocka_unit_test(test_answers_go_in_the_order_of_their_questions),
        cmocka_unit_test(test_answers_have_a_limit),
        cmocka_unit_test(test_an_edit_means_what_its_message_became),
        cmocka_unit_test(test_an_edit_of_what_still_waits_changes_it_there),
        cmocka_unit_test(test_an_edit_of_what_may_be_out_waits_behind_it),
        cmocka_unit_test(test_an_edit_whose_message_never_became_one_is_let_go),
        cmocka_unit_test(test_a_row_that_cannot_be_read_stops_nobody),
    };
    return RUN(tests);
}
