/*
 * What may have been delivered goes out again as it was: the same text, or a platform
 * that knows its messages by their text would show it twice. The rest of the outbox is
 * shown by the scenarios.
 */
#include "tests/unit/desk_rig.h"

static void say(struct rig *g, const char *text) {
    struct arena *a = arena_new(1u << 16);
    struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
    doc_title(d, "", "%s", text);
    outbox_message(g->outbox,
                   &(struct outbox_message){
                       .platform = PLATFORM_DISCORD, .channel = CHANNEL_ADMIN, .urgency = URGENCY_INFO, .doc = d});
    arena_free(a);
}

/* Commits and lets deliveries out; none is answered. */
static void send_out(struct rig *g) {
    for (int i = 0; i < 4; i++) {
        desk_turn_end(g->desk);
        store_wait(g->store);
    }
}

static void answer(struct rig *g, enum outcome o) {
    struct delivery_result r = {.outcome = o, .retry_ms = 1};
    assert_int_equal(g->sent_count, 1);
    uint64_t id = g->sent[0];
    g->sent_count = 0;
    outbox_delivered(g->outbox, PLATFORM_DISCORD, id, &r);
}

static void stop_soon(void *arg) {
    loop_stop(((struct rig *)arg)->loop);
}

/* Turns the loop until the next delivery: a retry waits for its timer. */
static void next_delivery(struct rig *g) {
    struct loop_timer *t = loop_timer_new(g->loop, stop_soon, g);
    for (int i = 0; i < 1000 && !g->sent_count; i++) {
        loop_timer_start(t, 1, 0);
        loop_run(g->loop);
        send_out(g);
    }
    loop_timer_free(t);
    assert_int_equal(g->sent_count, 1);
}

/* As a kill does: memory goes, and with it what was under way. */
static void killed(struct rig *g) {
    rig_stop(g);
    loop_free(g->loop); /* with what was still asked of it */
    g->loop = loop_new();
    g->sent_count = g->answer_count = 0;
    rig_start(g); /* sends and answers what is left, one delivery at a time */
}

static const char *last(const struct rig *g) {
    return g->answers[g->answer_count - 1].text;
}

static void test_one_goes_again_alone(void **state) {
    (void)state;
    struct rig *g = rig_open();
    say(g, "first");
    send_out(g);
    assert_non_null(strstr(last(g), "first"));
    for (int i = 0; i < 8; i++) say(g, "waiting");
    send_out(g);
    assert_int_equal(g->sent_count, 1);
    killed(g);
    next_delivery(g);
    assert_non_null(strstr(g->answers[0].text, "first"));
    assert_null(strstr(g->answers[0].text, "waiting"));
    rig_close(g);
}

static void summary(struct rig *g, char *text, size_t size) {
    say(g, "first");
    send_out(g);
    for (int i = 0; i < 6; i++) say(g, "waiting");
    send_out(g);
    answer(g, OUTCOME_DELIVERED);
    next_delivery(g);
    assert_non_null(strstr(last(g), "6 messages"));
    str_copy(text, size, last(g));
    for (int i = 0; i < 9; i++) say(g, "later");
    send_out(g);
}

static void test_a_summary_goes_again_as_it_was(void **state) {
    char text[8192];
    (void)state;
    struct rig *g = rig_open();
    summary(g, text, sizeof text);
    answer(g, OUTCOME_AMBIGUOUS);
    next_delivery(g);
    assert_string_equal(last(g), text);
    rig_close(g);
}

static void test_a_summary_goes_again_as_it_was_after_a_kill(void **state) {
    char text[8192];
    (void)state;
    struct rig *g = rig_open();
    summary(g, text, sizeof text);
    killed(g);
    next_delivery(g);
    assert_string_equal(g->answers[0].text, text);
    rig_close(g);
}

/* What no longer fitted a summary was never part of it: one of these goes again without the other. */
static void test_what_did_not_fit_was_not_of_that_delivery(void **state) {
    char title[DOC_TITLE_MAX - 1], text[8192];
    (void)state;
    struct rig *g = rig_open();
    say(g, "first");
    send_out(g);
    for (int i = 0; i < 12; i++) {
        memset(title, 'x', sizeof title - 1);
        title[sizeof title - 1] = '\0';
        title[0] = (char)('a' + i);
        say(g, title);
    }
    send_out(g);
    answer(g, OUTCOME_DELIVERED);
    next_delivery(g);
    assert_non_null(strstr(last(g), "10 messages"));
    answer(g, OUTCOME_DELIVERED);
    next_delivery(g);
    assert_null(strstr(last(g), "messages"));
    str_copy(text, sizeof text, last(g));
    killed(g);
    next_delivery(g);
    assert_string_equal(g->answers[0].text, text);
    rig_close(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_goes_again_alone),
        cmocka_unit_test(test_a_summary_goes_again_as_it_was),
        cmocka_unit_test(test_a_summary_goes_again_as_it_was_after_a_kill),
        cmocka_unit_test(test_what_did_not_fit_was_not_of_that_delivery),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
