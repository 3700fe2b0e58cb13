/*
 * Messages with a file: the bytes are committed with the row, asked of the store for each
 * attempt, the same after a kill, and gone once the row ended.
 */
#include "tests/unit/outbox_rig.h"

static void answer(struct rig *g, uint32_t k, enum outcome o) {
    struct delivery_result r = {.outcome = o, .retry_ms = 1, .message_ref = "77"};
    if (o == OUTCOME_FILE_REFUSED) err_set(&r.err, ERR_FULL, "it is too large for them", "il est trop grand pour eux");
    answer_with(g, k, &r);
}

static char *filled(size_t n, char c) {
    char *bytes = xmalloc(n);
    memset(bytes, c, n);
    return bytes;
}

enum how { REPLY, MESSAGE, EDIT };

static void say(struct rig *g, enum how how, enum platform p, const char *title, char fill, size_t n) {
    struct arena *a = arena_new(1u << 20);
    struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
    char *bytes = filled(n + 1, fill), address[32];
    doc_title(d, "", "%s", title);
    if (n) assert_int_equal(doc_file(d, "t.csv", "text/csv", bytes, n), 0);
    if (n) doc_file_instead(d, "mia export trades");
    snprintf(address, sizeof address, "m:1:0:%u", g->n);
    const struct outbox_message m = {.platform = p, .channel = CHANNEL_TRADES, .key = "trade:1", .doc = d};
    switch (how) {
    case REPLY: outbox_reply(g->outbox, p, address, d); break;
    case MESSAGE: outbox_message(g->outbox, &m); break;
    case EDIT: outbox_edit(g->outbox, p, CHANNEL_TRADES, "trade:1", d); break;
    }
    free(bytes); /* they need to hold no longer */
    arena_free(a);
}

static bool is(const struct sent *s, char fill, size_t n) {
    bool same = s->bytes && s->size == n;
    for (size_t i = 0; same && i < n; i++) same = s->bytes[i] == fill;
    return same;
}

static void count_row(void *arg, const void *bytes, size_t n) {
    (void)bytes;
    *(size_t *)arg += n;
}

static size_t kept(struct rig *g, uint64_t id) {
    size_t n = 0;
    store_load_file(g->store, id, count_row, NULL, &n);
    store_wait(g->store);
    return n;
}

/* ---- the life of a file ---- */

static void a_file_goes_out_whole_and_is_forgotten(void **state) {
    (void)state;
    struct rig *g = rig_new();
    say(g, REPLY, PLATFORM_DISCORD, "answer", 'x', 100000);
    assert_int_equal(g->n, 0); /* nothing leaves before the commit */
    turns(g);
    assert_int_equal(g->n, 1);
    assert_true(is(&g->sent[0], 'x', 100000));
    assert_string_equal(g->sent[0].name, "t.csv");
    assert_int_equal(kept(g, g->sent[0].id), 100000); /* until it has arrived */
    answer(g, 0, OUTCOME_DELIVERED);
    turns(g);
    assert_int_equal(kept(g, g->sent[0].id), 0);
    assert_int_equal(g->outbox->platforms[PLATFORM_DISCORD].file_bytes, 0);
    assert_int_equal(g->outbox->platforms[PLATFORM_DISCORD].files_at_once, 0);
    rig_free(g);
}

static void a_kill_keeps_the_bytes_and_marks_what_may_be_there(void **state) {
    (void)state;
    struct rig *g = rig_new();
    outbox_ready(g->outbox, PLATFORM_TELEGRAM, false);
    say(g, REPLY, PLATFORM_TELEGRAM, "waits", 'a', 5000);
    say(g, MESSAGE, PLATFORM_DISCORD, "on its way", 'b', 7000);
    turns(g);
    assert_int_equal(g->n, 1);
    say(g, MESSAGE, PLATFORM_DISCORD, "not committed", 'c', 9000);
    killed(g);
    all_ready(g);
    turns(g);
    assert_int_equal(g->n, 2);
    const struct sent *waits = &g->sent[g->sent[0].platform == PLATFORM_TELEGRAM ? 0 : 1];
    const struct sent *under_way = &g->sent[g->sent[0].platform == PLATFORM_TELEGRAM ? 1 : 0];
    assert_true(is(waits, 'a', 5000) && !waits->repeat); /* nobody had tried */
    assert_true(is(under_way, 'b', 7000) && under_way->repeat);
    assert_int_equal(g->outbox->platforms[PLATFORM_DISCORD].file_bytes, 7000);
    rig_free(g);
}

static void a_retry_and_a_doubt_carry_the_same_bytes(void **state) {
    (void)state;
    struct rig *g = rig_new();
    say(g, REPLY, PLATFORM_DISCORD, "answer", 'x', 3000);
    turns(g);
    answer(g, 0, OUTCOME_RETRY);
    until_sent(g, 2);
    assert_true(is(&g->sent[1], 'x', 3000) && !g->sent[1].repeat);
    answer(g, 1, OUTCOME_AMBIGUOUS);
    until_sent(g, 3);
    assert_true(is(&g->sent[2], 'x', 3000) && g->sent[2].repeat);
    answer(g, 2, OUTCOME_DOWN);
    outbox_ready(g->outbox, PLATFORM_DISCORD, false);
    turns(g);
    outbox_ready(g->outbox, PLATFORM_DISCORD, true);
    until_sent(g, 4);
    assert_true(is(&g->sent[3], 'x', 3000) && g->sent[3].repeat);
    answer(g, 3, OUTCOME_REFUSED);
    turns(g);
    assert_int_equal(kept(g, g->sent[0].id), 0);
    rig_free(g);
}

static void a_platform_that_goes_down_while_the_bytes_come(void **state) {
    (void)state;
    struct rig *g = rig_new();
    say(g, REPLY, PLATFORM_DISCORD, "answer", 'x', 3000);
    desk_turn_end(g->desk);
    outbox_ready(g->outbox, PLATFORM_DISCORD, false);
    turns(g);
    assert_int_equal(g->n, 0);
    assert_int_equal(g->outbox->platforms[PLATFORM_DISCORD].files_at_once, 0);
    outbox_ready(g->outbox, PLATFORM_DISCORD, true);
    turns(g);
    assert_int_equal(g->n, 1);
    assert_true(is(&g->sent[0], 'x', 3000));
    rig_free(g);
}

static void what_a_platform_does_not_take_goes_without(void **state) {
    (void)state;
    struct rig *g = rig_new();
    say(g, REPLY, PLATFORM_DISCORD, "answer", 'x', 3000);
    turns(g);
    answer(g, 0, OUTCOME_FILE_REFUSED);
    until_sent(g, 2);
    assert_null(g->sent[1].bytes);
    assert_non_null(strstr(g->sent[1].text, "The file t.csv (3\u00a0KB) is not here: it is too large for them."));
    assert_non_null(strstr(g->sent[1].text, "mia export trades"));
    assert_false(g->sent[1].repeat);
    assert_int_equal(g->outbox->platforms[PLATFORM_DISCORD].file_bytes, 0);
    answer(g, 1, OUTCOME_FILE_REFUSED); /* it has none: that is a plain refusal, not a circle */
    turns(g);
    assert_int_equal(g->n, 2);
    assert_int_equal(outbox_pending(g->outbox, PLATFORM_DISCORD), 0);
    rig_free(g);
}

static void a_kill_after_a_refusal_says_that_it_is_kept_no_more(void **state) {
    (void)state;
    struct rig *g = rig_new();
    say(g, REPLY, PLATFORM_DISCORD, "answer", 'x', 3000);
    turns(g);
    answer(g, 0, OUTCOME_FILE_REFUSED);
    turns(g);
    killed(g);
    all_ready(g);
    turns(g);
    assert_int_equal(g->n, 1);
    assert_null(g->sent[0].bytes);
    assert_non_null(strstr(g->sent[0].text, "is not here: it is no longer kept"));
    rig_free(g);
}

/* ---- bounds ---- */

static void only_a_few_are_in_memory(void **state) {
    (void)state;
    struct rig *g = rig_new();
    for (int i = 0; i < 5; i++) say(g, REPLY, PLATFORM_DISCORD, "answer", (char)('a' + i), 1000);
    say(g, REPLY, PLATFORM_DISCORD, "no file", 0, 0);
    say(g, REPLY, PLATFORM_TELEGRAM, "another platform", 'z', 1000);
    turns(g);
    uint32_t with = 0;
    for (uint32_t k = 0; k < g->n; k++) with += g->sent[k].platform == PLATFORM_DISCORD && g->sent[k].bytes;
    assert_int_equal(with, OUTBOX_FILES_AT_ONCE);
    assert_int_equal(g->n, OUTBOX_FILES_AT_ONCE + 2); /* what has none passes */
    for (uint32_t k = 0; k < g->n; k++) {
        answer(g, k, OUTCOME_DELIVERED);
        turns(g);
    }
    assert_int_equal(g->n, 7); /* each end lets another one go */
    for (uint32_t k = 0; k < 7; k++)
        if (g->sent[k].bytes) assert_true(is(&g->sent[k], g->sent[k].bytes[0], 1000));
    assert_int_equal(g->outbox->platforms[PLATFORM_DISCORD].files_at_once, 0);
    rig_free(g);
}

static void too_many_bytes_that_wait_are_left_out_and_said(void **state) {
    (void)state;
    struct rig *g = rig_new();
    outbox_ready(g->outbox, PLATFORM_DISCORD, false);
    for (int i = 0; i < 6; i++) say(g, REPLY, PLATFORM_DISCORD, "answer", 'x', DOC_FILE_MAX);
    turns(g);
    assert_int_equal(g->outbox->platforms[PLATFORM_DISCORD].file_bytes, OUTBOX_FILES_MAX);
    outbox_ready(g->outbox, PLATFORM_DISCORD, true);
    uint32_t with = 0, without = 0;
    for (uint32_t k = 0; k < 6; k++) {
        turns(g);
        assert_true(g->n > k);
        with += g->sent[k].bytes != NULL;
        without += strstr(g->sent[k].text, "too many files wait to be sent") != NULL;
        answer(g, k, OUTCOME_DELIVERED);
    }
    assert_int_equal(with, 4);
    assert_int_equal(without, 2);
    rig_free(g);
}

/* ---- beside other messages ---- */

static void a_backlog_does_not_swallow_a_file(void **state) {
    (void)state;
    struct rig *g = rig_new();
    outbox_ready(g->outbox, PLATFORM_DISCORD, false);
    for (int i = 0; i < 6; i++) say(g, MESSAGE, PLATFORM_DISCORD, "plain before", 0, 0);
    say(g, MESSAGE, PLATFORM_DISCORD, "picture", 'p', 2000);
    for (int i = 0; i < 6; i++) say(g, MESSAGE, PLATFORM_DISCORD, "plain after", 0, 0);
    outbox_ready(g->outbox, PLATFORM_DISCORD, true);
    for (uint32_t k = 0; k < 3; k++) {
        turns(g);
        assert_int_equal(g->n, k + 1);
        answer(g, k, OUTCOME_DELIVERED);
    }
    assert_non_null(strstr(g->sent[0].text, "6 messages"));
    assert_true(is(&g->sent[1], 'p', 2000) && strstr(g->sent[1].text, "picture"));
    assert_non_null(strstr(g->sent[2].text, "6 messages"));
    rig_free(g);
}

static void an_edit_changes_what_waits(void **state) {
    (void)state;
    struct rig *g = rig_new();
    outbox_ready(g->outbox, PLATFORM_DISCORD, false);
    say(g, MESSAGE, PLATFORM_DISCORD, "first", 'a', 1000);
    turns(g);
    say(g, EDIT, PLATFORM_DISCORD, "another picture", 'b', 2000);
    turns(g);
    assert_int_equal(g->outbox->platforms[PLATFORM_DISCORD].file_bytes, 2000);
    killed(g);
    all_ready(g);
    turns(g);
    assert_int_equal(g->n, 1);
    assert_true(is(&g->sent[0], 'b', 2000) && strstr(g->sent[0].text, "another picture"));
    rig_free(g);
}

static void an_edit_may_take_the_file_away(void **state) {
    (void)state;
    struct rig *g = rig_new();
    outbox_ready(g->outbox, PLATFORM_DISCORD, false);
    say(g, MESSAGE, PLATFORM_DISCORD, "first", 'a', 1000);
    turns(g);
    say(g, EDIT, PLATFORM_DISCORD, "text alone", 0, 0);
    turns(g);
    assert_int_equal(g->outbox->platforms[PLATFORM_DISCORD].file_bytes, 0);
    outbox_ready(g->outbox, PLATFORM_DISCORD, true);
    turns(g);
    assert_int_equal(g->n, 1);
    assert_null(g->sent[0].bytes);
    assert_int_equal(kept(g, g->sent[0].id), 0);
    rig_free(g);
}

static void the_page_keeps_the_pictures_of_its_channels(void **state) {
    (void)state;
    struct rig *g = rig_new();
    say(g, MESSAGE, PLATFORM_LOCAL, "picture", 'p', 2000);
    say(g, REPLY, PLATFORM_LOCAL, "export", 'e', 3000);
    turns(g);
    assert_int_equal(g->n, 2);
    for (uint32_t k = 0; k < 2; k++) answer(g, k, OUTCOME_DELIVERED);
    turns(g);
    for (uint32_t k = 0; k < 2; k++)
        assert_int_equal(kept(g, g->sent[k].id), strstr(g->sent[k].text, "picture") ? 2000 : 0);
    rig_free(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_goes_out_whole_and_is_forgotten),
        cmocka_unit_test(a_kill_keeps_the_bytes_and_marks_what_may_be_there),
        cmocka_unit_test(a_retry_and_a_doubt_carry_the_same_bytes),
        cmocka_unit_test(a_platform_that_goes_down_while_the_bytes_come),
        cmocka_unit_test(what_a_platform_does_not_take_goes_without),
        cmocka_unit_test(a_kill_after_a_refusal_says_that_it_is_kept_no_more),
        cmocka_unit_test(only_a_few_are_in_memory),
        cmocka_unit_test(too_many_bytes_that_wait_are_left_out_and_said),
        cmocka_unit_test(a_backlog_does_not_swallow_a_file),
        cmocka_unit_test(an_edit_changes_what_waits),
        cmocka_unit_test(an_edit_may_take_the_file_away),
        cmocka_unit_test(the_page_keeps_the_pictures_of_its_channels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
