/*
 * discord_session: the table of close codes, the durable budget of identifies with a clock
 * that jumps, and the session's record, including records that were tampered with.
 */
#include "tests/unit/unit.h"

#include <string.h>

#include "bot/chat/discord_gateway.h"
#include "bot/chat/discord_rival.h"

#define DAY_S (24 * 3600)

static void close_codes(void **state) {
    (void)state;
    static const struct {
        int code;
        enum gateway_next next;
    } rows[] = {
        {1000, GATEWAY_RESUME}, {1001, GATEWAY_RESUME},   {1006, GATEWAY_RESUME},        {4000, GATEWAY_RESUME},
        {4001, GATEWAY_RESUME}, {4002, GATEWAY_RESUME},   {4003, GATEWAY_IDENTIFY},      {4004, GATEWAY_STOP},
        {4005, GATEWAY_RESUME}, {4007, GATEWAY_IDENTIFY}, {4008, GATEWAY_RESUME_SLOWLY}, {4009, GATEWAY_IDENTIFY},
        {4010, GATEWAY_STOP},   {4011, GATEWAY_STOP},     {4012, GATEWAY_STOP},          {4013, GATEWAY_STOP},
        {4014, GATEWAY_STOP},   {4999, GATEWAY_RESUME},   {0, GATEWAY_RESUME},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(gateway_next_of(rows[i].code), rows[i].next);
}

static void a_fatal_close_says_what_to_do(void **state) {
    (void)state;
    assert_non_null(strstr(gateway_stop_text(4004, LANG_EN), "DISCORD_BOT_TOKEN"));
    assert_non_null(strstr(gateway_stop_text(4004, LANG_FR), "DISCORD_BOT_TOKEN"));
    assert_string_not_equal(gateway_stop_text(4014, LANG_EN), gateway_stop_text(4004, LANG_EN));
    assert_string_not_equal(gateway_stop_text(4012, LANG_EN), gateway_stop_text(4014, LANG_EN));
}

static void the_budget_is_a_sliding_day(void **state) {
    (void)state;
    struct identify_log l = {.n = 0};
    for (int i = 0; i < GATEWAY_IDENTIFY_MAX; i++) {
        assert_int_equal(identify_wait_ms(&l, when_from_sec(1000 + i)), 0);
        identify_log_add(&l, when_from_sec(1000 + i));
    }
    int64_t wait = identify_wait_ms(&l, when_from_sec(2000));
    assert_in_range(wait, (DAY_S - 1000) * 1000LL, (DAY_S - 1000 + 1) * 1000LL);
    assert_int_equal(identify_wait_ms(&l, when_from_sec(1000 + DAY_S)), 0);
    assert_int_equal(l.n, GATEWAY_IDENTIFY_MAX - 1); /* one has left the window, the rest still counts */
}

static void the_budget_survives_a_restart(void **state) {
    (void)state;
    struct identify_log l = {.n = 0}, back;
    struct buf b;
    buf_init(&b, 4096);
    for (int i = 0; i < GATEWAY_IDENTIFY_MAX; i++) identify_log_add(&l, when_from_sec(1790000000 + i));
    identify_log_write(&l, &b);
    assert_false(b.overflow);
    identify_log_read(&back, b.p);
    assert_int_equal(back.n, GATEWAY_IDENTIFY_MAX);
    assert_memory_equal(back.at_s, l.at_s, sizeof l.at_s);
    assert_true(identify_wait_ms(&back, when_from_sec(1790000500)) > 0);
    buf_clear(&b);
}

static void a_clock_set_back_gives_nothing_away(void **state) {
    (void)state;
    struct identify_log l = {.n = 0};
    for (int i = 0; i < GATEWAY_IDENTIFY_MAX; i++) identify_log_add(&l, when_from_sec(1790000000));
    int64_t wait = identify_wait_ms(&l, when_from_sec(1700000000));
    assert_true(wait > 0 && wait <= DAY_S * 1000LL);
    assert_int_equal(l.n, GATEWAY_IDENTIFY_MAX);
}

static void broken_budgets(void **state) {
    (void)state;
    struct identify_log l;
    static const char *const texts[] = {"", "x", "-1", "1 2 x", "  ", "99999999999999999999999 -5"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        identify_log_read(&l, texts[i]);
        assert_true(l.n <= 2);
    }
    identify_log_read(&l, NULL);
    assert_int_equal(l.n, 0);
    struct buf b;
    buf_init(&b, 1 << 16);
    for (int i = 0; i < 5000; i++) buf_str(&b, "7 ");
    identify_log_read(&l, b.p);
    assert_int_equal(l.n, GATEWAY_IDENTIFY_MAX);
    buf_clear(&b);
}

static void a_budget_that_others_use(void **state) {
    (void)state;
    struct session_budget b = {.known = false};
    assert_int_equal(session_budget_look(&b, 1000, 86400000, 0), 0); /* nothing to compare with */
    b.own = 3;
    assert_int_equal(session_budget_look(&b, 997, 86000000, 400000), 0); /* ours */
    b.own = 1;
    assert_int_equal(session_budget_look(&b, 994, 85000000, 1400000), 2);
    assert_int_equal(session_budget_look(&b, 994, 84000000, 2400000), 0);   /* told once */
    assert_int_equal(session_budget_look(&b, 1000, 86400000, 90000000), 0); /* a new day of Discord's */
    b.own = 1;
    assert_int_equal(session_budget_look(&b, 1000, 86000000, 90400000),
                     0); /* ours was not counted yet, or counted before */
    assert_int_equal(session_budget_look(&b, 500, 86400000, 90400000 + 86000000), 0); /* after its time all is open */
    assert_int_equal(session_budget_look(&b, 499, 0, 176500000), 1);
    assert_int_equal(session_budget_look(&b, 498, 0, INT64_MAX / 2),
                     1); /* no time was told: nothing was counted anew */
}

static uint32_t alarms, overs;
static void on_alarm(void *arg, enum platform p, enum urgency u, const char *key, const char *en, const char *fr) {
    (void)arg, (void)p, (void)u, (void)en, (void)fr;
    assert_string_equal(key, "discord.down");
    alarms++;
}
static void on_over(void *arg, enum platform p, const char *key, const char *en, const char *fr) {
    (void)arg, (void)p;
    assert_string_equal(key, "discord.down");
    assert_non_null(strstr(en, "2"));
    assert_non_null(strstr(fr, "Reconnecté"));
    overs++;
}

static void a_long_absence_is_told_with_its_end(void **state) {
    (void)state;
    const struct transport_host host = {.alarm = on_alarm, .alarm_over = on_over};
    struct away a = {0};
    away_begin(&a);
    away_look(&a, &host);
    away_over(&a, &host); /* a short one is nobody's business */
    assert_true(alarms == 0 && overs == 0);
    away_look(&a, &host);
    a.since_ms -= GATEWAY_AWAY_MS;
    away_look(&a, &host);
    away_look(&a, &host);
    assert_int_equal(alarms, 1);
    away_over(&a, &host);
    away_over(&a, &host);
    assert_int_equal(overs, 1);
}

static void a_session_comes_back_only_to_its_owner(void **state) {
    (void)state;
    struct gateway_session s = {.id = "abc123", .url = "wss://gateway-us-east1-b.discord.gg"}, back;
    struct buf b;
    buf_init(&b, 1024);
    session_write(&s, 0x1234, &b);
    assert_true(session_read(&back, b.p, 0x1234));
    assert_string_equal(back.id, s.id);
    assert_string_equal(back.url, s.url);
    assert_false(session_read(&back, b.p, 0x1235));
    assert_string_equal(back.id, "");
    buf_reset(&b);
    session_write(&(struct gateway_session){.id = ""}, 0x1234, &b);
    assert_int_equal(b.len, 0);
    buf_clear(&b);
}

static void broken_sessions(void **state) {
    (void)state;
    struct gateway_session s;
    static const char *const texts[] = {"",
                                        "0000000000001234",
                                        "0000000000001234 ",
                                        "0000000000001234 a",
                                        "0000000000001234  wss://x",
                                        "0000000000001234 a wss://x y",
                                        "0000000000001234 a "};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_false(session_read(&s, texts[i], 0x1234));
        assert_string_equal(s.url, "");
    }
    assert_false(session_read(&s, NULL, 0x1234));
    char longer[600] = "0000000000001234 ";
    memset(longer + 17, 'a', sizeof longer - 18);
    memcpy(longer + 590, " wss", 4);
    assert_false(session_read(&s, longer, 0x1234));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(close_codes),
        cmocka_unit_test(a_fatal_close_says_what_to_do),
        cmocka_unit_test(the_budget_is_a_sliding_day),
        cmocka_unit_test(the_budget_survives_a_restart),
        cmocka_unit_test(a_clock_set_back_gives_nothing_away),
        cmocka_unit_test(broken_budgets),
        cmocka_unit_test(a_budget_that_others_use),
        cmocka_unit_test(a_long_absence_is_told_with_its_end),
        cmocka_unit_test(a_session_comes_back_only_to_its_owner),
        cmocka_unit_test(broken_sessions),
    };
    return RUN(tests);
}
