/* found: how the last run ended, the row of cuts, settings that changed, what is open. The record may hold anything. */
#include "tests/unit/desk_rig.h"

#include "bot/found.h"
#include "engine/level.h"

static struct found run(struct rig *g, int64_t at_s) {
    struct found f = {.version = "2.0"};
    found_run(&f, g->state, true, when_from_sec(at_s));
    rig_turn(g);
    return f;
}

static void the_end_of_a_run_is_known(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct found f = {.version = "1.0"};
    found_run(&f, g->state, false, when_from_sec(1000));
    assert_int_equal(f.end, RUN_FIRST);
    assert_int_equal(f.number, 1);
    found_alive(g->state, when_from_sec(1060));
    found_stopped(g->state, when_from_sec(1100));
    rig_turn(g);
    rig_stop(g);
    rig_start(g);
    f = run(g, 1700);
    assert_int_equal(f.end, RUN_STOPPED);
    assert_int_equal(when_sec(f.ended), 1100);
    assert_int_equal(f.down_ms, 600000);
    assert_string_equal(f.version_before, "1.0");
    assert_int_equal(f.number, 2);
    found_alive(g->state, when_from_sec(1760));
    rig_turn(g);
    rig_stop(g); /* cut: no word of a stop */
    rig_start(g);
    f = run(g, 1800);
    assert_int_equal(f.end, RUN_CUT);
    assert_int_equal(when_sec(f.ended), 1760);
    assert_int_equal(f.cuts, 1);
    assert_false(f.again);
    assert_string_equal(f.version_before, "2.0");
    rig_close(g);
}

static bool logged(const char *text) {
    struct buf b;
    uint32_t n;
    buf_init(&b, 1 << 18);
    assert_int_equal(log_tail(LOG_ERROR, LOG_TAIL_LINES_MAX, &b, &n, NULL), 0);
    bool is = strstr(b.p, text) != NULL;
    buf_clear(&b);
    return is;
}

/* A state that could not be read back is not stored, and the log does not call it too large. */
static void a_snapshot_that_cannot_be_is_told_as_such(void **state) {
    (void)state;
    struct rig *g = rig_open();
    rig_bar(g, 2600, 2601);
    struct market_context *m = (struct market_context *)(uintptr_t)engine_context(desk_engine(g->desk), 0);
    assert_non_null(m);
    m->level[LEVEL_VAL].price.v = -1;
    desk_snapshot(g->desk);
    assert_true(logged("snapshot left out: a figure of the state cannot be"));
    assert_false(logged("larger than"));
    m->level[LEVEL_VAL].price.v = 0;
    rig_turn(g);
    rig_close(g);
}

static void a_state_without_a_record_is_an_older_ones(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct found f = run(g, 1000);
    assert_int_equal(f.end, RUN_NOT_RECORDED);
    assert_true(f.ended.ns == WHEN_NONE.ns);
    rig_close(g);
}

static void a_row_of_cuts_is_one_message(void **state) {
    (void)state;
    struct rig *g = rig_open();
    run(g, 1000);
    struct found f = run(g, 1010);
    assert_true(f.end == RUN_CUT && f.cuts == 1 && !f.again && !f.quiet && f.number == 2 && !found_is_urgent(&f));
    f = run(g, 1020);
    assert_true(f.cuts == 2 && f.again && f.quiet && f.number == 2 && !found_is_urgent(&f));
    f = run(g, 1030);
    assert_true(f.cuts == FOUND_LOOP && f.again && !f.quiet && f.number == 2 && found_is_urgent(&f));
    f = run(g, 1040);
    assert_true(f.cuts == 4 && f.again && f.quiet && !found_is_urgent(&f));
    assert_int_equal(when_sec(f.since), 1010);
    f = run(g, 1010 + FOUND_QUIET_S); /* long after the first: told anew */
    assert_true(f.cuts == 1 && !f.again && f.number == 3);
    f = run(g, 1020 + FOUND_QUIET_S);
    assert_true(f.cuts == 2 && f.again && f.number == 3);
    found_stopped(g->state, when_from_sec(1030 + FOUND_QUIET_S)); /* a person stopped it: that start is told */
    f = run(g, 1040 + FOUND_QUIET_S);
    assert_true(f.end == RUN_STOPPED && f.cuts == 0 && !f.again && f.number == 4);
    rig_close(g);
}

static void a_clock_set_back_hides_no_start(void **state) {
    (void)state;
    struct rig *g = rig_open();
    run(g, 5000);
    struct found f = run(g, 4000);
    assert_true(f.end == RUN_CUT && f.down_ms < 0 && !f.again && f.number == 2);
    f = run(g, 3000);
    assert_true(!f.again && f.number == 3);
    rig_close(g);
}

static void any_record_is_read_or_refused(void **state) {
    (void)state;
    static const char *const texts[] = {"",
                                        "1",
                                        "2 1 1 1 1 1 1",
                                        "1 1 1 1 1 1",
                                        "1 1 1 1 1 1 1 1",
                                        "1 -1 1 1 1 1 1",
                                        "1 a",
                                        "1 1 1 -1 1 1 1",
                                        "1 1 1 1 1 1 1x",
                                        "1 0 1 1 1 1 1"};
    struct run_record r;
    struct buf b;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_false(run_read(&r, texts[i]));
        assert_int_equal(r.number, 0);
    }
    assert_false(run_read(&r, NULL));
    const struct run_record whole = {.started_s = 1, .alive_s = 2, .stopped_s = 3, .told_s = 4, .number = 5, .cuts = 6};
    buf_init(&b, 200);
    run_write(&whole, &b);
    assert_true(run_read(&r, b.p));
    assert_memory_equal(&r, &whole, sizeof r);
    buf_clear(&b);
}

/* ---- settings ---- */

static struct conf *conf_with(const struct conf_flag *flags, size_t n) {
    struct conf_errors errs = {0};
    const struct conf_source src = {.env_path = "", .flags = flags, .flag_count = n, .base = "/"};
    struct conf *c = conf_load(&src, &errs);
    assert_non_null(c);
    conf_errors_clear(&errs);
    return c;
}

static struct found settings(struct rig *g, const struct conf_flag *flags, size_t n) {
    struct found f = {.version = "2.0"};
    struct conf *c = conf_with(flags, n);
    found_settings(&f, g->state, c);
    conf_free(c);
    rig_turn(g);
    return f;
}

static void settings_that_changed_are_told_once(void **state) {
    (void)state;
    struct rig *g = rig_open();
    const struct conf_flag before[] = {{"execution.risk.max_daily_trades", "10", "t"},
                                       {"access.mentors", "discord:1", "t"}};
    const struct conf_flag after[] = {{"execution.risk.max_daily_trades", "8", "t"}, {"locale", "fr", "t"}};
    assert_int_equal(settings(g, before, 2).changes, 0); /* the first time there is nothing to compare with */
    assert_int_equal(settings(g, before, 2).changes, 0);
    struct found f = settings(g, after, 2);
    assert_int_equal(f.changes, 3);
    bool trades = false, locale = false, mentor = false;
    for (uint32_t i = 0; i < f.changes; i++) {
        trades |= !strcmp(f.change[i].key, "execution.risk.max_daily_trades") && !strcmp(f.change[i].text, "10 → 8");
        locale |= !strcmp(f.change[i].key, "locale") && !strcmp(f.change[i].text, "auto → fr");
        mentor |= !strcmp(f.change[i].key, "access.mentors[0]") && !strcmp(f.change[i].text, "discord:1 → –");
    }
    assert_true(trades && locale && mentor);
    assert_int_equal(settings(g, after, 2).changes, 0);
    rig_close(g);
}

static void no_secret_is_kept(void **state) {
    (void)state;
    struct rig *g = rig_open();
    char *const environment[] = {"DISCORD_BOT_TOKEN=canary-discord-token", "TELEGRAM_BOT_TOKEN=1:canary-telegram-token",
                                 NULL};
    struct conf_errors errs = {0};
    const struct conf_source src = {.env_path = "", .environment = environment, .base = "/"};
    struct conf *c = conf_load(&src, &errs);
    assert_non_null(c);
    struct conf_setting s;
    uint32_t n = 0;
    for (size_t it = 0; conf_next(c, &it, &s); n++) {
        assert_null(strstr(s.text, "canary"));
        assert_null(strstr(s.key, "token"));
    }
    assert_true(n > 50);
    conf_free(c);
    conf_errors_clear(&errs);
    rig_close(g);
}

static void many_changes_are_counted(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct conf_flag people[20];
    char value[20][16];
    for (int i = 0; i < 20; i++) snprintf(value[i], sizeof value[i], "discord:%d", 100 + i);
    struct buf b;
    buf_init(&b, 1024);
    for (int i = 0; i < 20; i++) buf_printf(&b, "%s%s", i ? "," : "", value[i]);
    people[0] = (struct conf_flag){"access.operators", b.p, "t"};
    settings(g, NULL, 0);
    struct found f = settings(g, people, 1);
    assert_int_equal(f.changes, 20);
    assert_string_equal(f.change[FOUND_CHANGES_MAX - 1].text, "– → discord:111");
    f = settings(g, NULL, 0); /* and gone again */
    assert_int_equal(f.changes, 20);
    assert_int_equal(settings(g, NULL, 0).changes, 0);
    buf_clear(&b);
    rig_close(g);
}

/* ---- the engine ---- */

static void what_is_open_is_found(void **state) {
    (void)state;
    struct rig *g = rig_open();
    rig_open_trade(g);
    struct found f = {.version = "2.0"};
    found_engine(&f, desk_engine(g->desk), &g->config.limits);
    assert_int_equal(f.status.open_trades, 1);
    assert_int_equal(f.trades, 1);
    assert_int_equal(f.naked, 0);
    assert_true(f.trade[0].stop.v > 0 && !f.limits_wait && !found_is_urgent(&f));
    struct limits looser = g->config.limits;
    looser.daily_trades = 0;
    found_engine(&f, desk_engine(g->desk), &looser);
    assert_true(f.limits_wait);
    rig_close(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_of_a_run_is_known),
        cmocka_unit_test(a_snapshot_that_cannot_be_is_told_as_such),
        cmocka_unit_test(a_state_without_a_record_is_an_older_ones),
        cmocka_unit_test(a_row_of_cuts_is_one_message),
        cmocka_unit_test(a_clock_set_back_hides_no_start),
        cmocka_unit_test(any_record_is_read_or_refused),
        cmocka_unit_test(settings_that_changed_are_told_once),
        cmocka_unit_test(no_secret_is_kept),
        cmocka_unit_test(many_changes_are_counted),
        cmocka_unit_test(what_is_open_is_found),
    };
    return RUN(tests);
}
