/*
 * Settings changed in the chat: what acts at once, what waits, who wins against the file,
 * what survives a restart, what is refused and in which words. Engine, store, state and
 * router are real.
 */
#include "tests/unit/desk_rig.h"

#include "bot/setup_engine.h"
#include "config/options.h"

#define DAILY_LOSS "trading.risk_management.max_daily_loss"
#define DAILY_TRADES "execution.risk.max_daily_trades"

static const char *say(struct rig *g, const char *text) {
    return rig_ask(g, LANG_EN, text)->text;
}

static void says(struct rig *g, const char *text, const char *expected) {
    const char *answer = say(g, text);
    if (!strstr(answer, expected)) fail_msg("%s\n  wanted: %s\n  got: %s", text, expected, answer);
}

/* The answer asks; the click of its first button. */
static void confirm(struct rig *g, const char *text) {
    say(g, text);
    assert_int_equal(g->answers[0].buttons, 2);
    struct request q = rig_request(g, PLATFORM_LOCAL, "1", g->answers[0].button[0]);
    q.kind = REQUEST_BUTTON;
    rig_receive(g, &q);
    assert_int_equal(g->answer_count, 1);
}

static const struct limits *now(struct rig *g) {
    return &engine_config(desk_engine(g->desk))->limits;
}

static const struct limits *next(struct rig *g) {
    return engine_limits_next(desk_engine(g->desk));
}

static const char *shown(struct rig *g, const char *prefix) {
    static char text[4096];
    struct buf b;
    buf_init(&b, sizeof text);
    settings_text(g->settings, prefix, LANG_EN, &b);
    str_copy(text, sizeof text, b.p ? b.p : "");
    buf_clear(&b);
    return text;
}

static void shows(struct rig *g, const char *prefix, const char *expected) {
    const char *text = shown(g, prefix);
    if (!strstr(text, expected)) fail_msg("%s\n  wanted: %s\n  got: %s", prefix, expected, text);
}

/* Bars until another trading day has begun. */
static void next_day(struct rig *g) {
    int32_t day = engine_day(desk_engine(g->desk));
    while (engine_day(desk_engine(g->desk)) == day) rig_bar(g, 260000, 260000);
    rig_turn(g);
}

/* ---- the table ---- */

/* What the engine tightens at once and loosens tomorrow is exactly what has a tighter side. */
static void every_guarded_option_is_the_engines(void **state) {
    (void)state;
    for (const struct option *o = option_table; o->key; o++) {
        bool guarded = o->tighter == TIGHTER_LOWER || o->tighter == TIGHTER_HIGHER;
        if (guarded != (limit_key_find(o->key) != NULL)) fail_msg("%s: limit_keys.c and .tighter disagree", o->key);
    }
    for (const struct limit_key *k = limit_keys; k->key; k++) assert_non_null(option_find(k->key));
}

/* Each of them, set alone, arrives in its own field and in no other. */
static void every_key_names_its_field(void **state) {
    (void)state;
    for (const struct limit_key *k = limit_keys; k->key; k++) {
        struct conf_errors errs = {0};
        const struct option *o = option_find(k->key);
        const char *value = o->type == OPTION_BOOL ? "true" : o->type == OPTION_CHOICE ? o->choices[1] : "7";
        if (strstr(k->key, "_risk_management") || o->type == OPTION_RATIO) value = "0.07";
        const struct conf_flag flag = {k->key, value, "test"};
        const struct conf_source src = {.env_path = "", .flags = &flag, .flag_count = 1, .base = "/"};
        struct conf *c = conf_load(&src, &errs), *plain;
        assert_non_null(c);
        const struct conf_source none = {.env_path = "", .base = "/"};
        plain = conf_load(&none, &errs);
        struct engine_config *with = xcalloc(2, sizeof *with), *without = with + 1;
        assert_int_equal(setup_engine(c, with, &errs), 0);
        assert_int_equal(setup_engine(plain, without, &errs), 0);
        assert_int_equal(limit_key_get(k, with), conf_value(c, k->key).number);
        limit_key_set(k, without, conf_value(c, k->key).number);
        assert_memory_equal(&with->limits, &without->limits, sizeof with->limits);
        assert_int_equal(with->management.trailing, without->management.trailing);
        assert_int_equal(with->management.break_even_r_ppm, without->management.break_even_r_ppm);
        assert_int_equal(with->management.trailing_start_r_ppm, without->management.trailing_start_r_ppm);
        assert_int_equal(with->management.trailing_distance_r_ppm, without->management.trailing_distance_r_ppm);
        assert_int_equal(with->management.trailing_step_ppm, without->management.trailing_step_ppm);
        free(with);
        conf_free(c);
        conf_free(plain);
        conf_errors_clear(&errs);
    }
}

/* Whatever may change while running reaches somebody: the engine, or the shell. */
static void every_changeable_option_arrives(void **state) {
    (void)state;
    struct rig *g = rig_open();
    for (const struct option *o = option_table; o->key; o++) {
        if (!option_is_changeable(o) || limit_key_find(o->key)) continue;
        char text[160];
        g->applied[0] = '\0';
        snprintf(text, sizeof text, "/config set %s %s", o->key, o->type == OPTION_CHOICE ? "error" : "77");
        says(g, text, "at once");
        if (!strcmp(o->key, "trading.danger_range"))
            assert_int_equal(engine_config(desk_engine(g->desk))->danger_range_ppm, 77000000);
        assert_string_equal(g->applied, o->key);
        assert_int_equal(g->told[SETTING_NEUTRAL], 1);
        g->told[SETTING_NEUTRAL] = 0;
    }
    rig_close(g);
}

/* ---- tighter now, looser tomorrow ---- */

static void tighter_acts_at_once(void **state) {
    (void)state;
    struct rig *g = rig_open();
    rig_bar(g, 260000, 260000);
    says(g, "/config set " DAILY_LOSS " 1%", "tightened: 1%, at once");
    assert_int_equal(g->answers[0].buttons, 0);
    assert_false(g->answers[0].is_private);
    assert_non_null(strstr(g->answers[0].text, "2% ($2,000) → 1% ($1,000)"));
    assert_int_equal(now(g)->daily_loss_ppm, 10000);
    assert_int_equal(g->told[SETTING_TIGHTER], 1);
    assert_string_equal(g->told_key, DAILY_LOSS);
    assert_string_equal(g->told_by, "local:1");
    assert_false(g->told_mentors);
    shows(g, DAILY_LOSS, "= 1%  (set by the local page on ");
    shows(g, DAILY_LOSS, "; default says 0.02)");
    says(g, "/config set " DAILY_LOSS " 0.01", "is 1% already");
    assert_int_equal(g->told[SETTING_TIGHTER], 1);
    rig_close(g);
}

static void looser_asks_and_waits(void **state) {
    (void)state;
    struct rig *g = rig_open();
    rig_bar(g, 260000, 260000);
    uint64_t before = engine_seq(desk_engine(g->desk));
    says(g, "/config set " DAILY_LOSS " 3 %", "Loosen " DAILY_LOSS "?");
    assert_non_null(strstr(g->answers[0].text, "3% ($3,000)"));
    assert_non_null(strstr(g->answers[0].text, "Jan 7, 2025 00:00"));
    assert_int_equal(engine_seq(desk_engine(g->desk)), before);
    confirm(g, "/config set " DAILY_LOSS " 3%");
    assert_non_null(strstr(g->answers[0].text, "3% from the next trading day on"));
    assert_int_equal(now(g)->daily_loss_ppm, 20000);
    assert_int_equal(next(g)->daily_loss_ppm, 30000);
    assert_int_equal(g->told[SETTING_LOOSER], 1);
    assert_true(g->told_mentors); /* one is configured */
    shows(g, DAILY_LOSS, "; waits for the next trading day, 0.02 holds until then)");
    says(g, "/config set max_daily_loss_amount 5000", "max_daily_loss is tighter: it goes on binding");
    says(g, "/config set " DAILY_LOSS " 3%", "is already on its way");
    next_day(g);
    assert_int_equal(now(g)->daily_loss_ppm, 30000);
    assert_int_equal(g->told[SETTING_DUE], 1);
    assert_string_equal(g->told_key, DAILY_LOSS);
    assert_string_equal(g->told_by, "local:1");
    assert_null(strstr(shown(g, DAILY_LOSS " "), "waits"));
    rig_close(g);
}

static void less_than_what_is_on_its_way_needs_no_question(void **state) {
    (void)state;
    struct rig *g = rig_open();
    rig_bar(g, 260000, 260000);
    confirm(g, "/config set " DAILY_LOSS " 5%");
    says(g, "/config set " DAILY_LOSS " 3%", "3% from the next trading day on");
    assert_int_equal(g->answers[0].buttons, 0);
    assert_int_equal(now(g)->daily_loss_ppm, 20000);
    assert_int_equal(next(g)->daily_loss_ppm, 30000);
    says(g, "/config set " DAILY_LOSS " 4%", "Loosen"); /* more than that asks again */
    assert_non_null(strstr(g->answers[0].text, "On its way"));
    says(g, "/config set " DAILY_LOSS " 1%", "at once");
    assert_int_equal(next(g)->daily_loss_ppm, 10000);
    next_day(g);
    assert_int_equal(g->told[SETTING_DUE], 0); /* nothing waited any more */
    rig_close(g);
}

static void a_click_after_the_roll_shows_anew(void **state) {
    (void)state;
    struct rig *g = rig_open();
    rig_bar(g, 260000, 260000);
    say(g, "/config set " DAILY_LOSS " 3%");
    char yes[65];
    str_copy(yes, sizeof yes, g->answers[0].button[0]);
    next_day(g);
    struct request q = rig_request(g, PLATFORM_LOCAL, "1", yes);
    q.kind = REQUEST_BUTTON;
    rig_receive(g, &q);
    assert_non_null(strstr(g->answers[0].text, "Things have changed"));
    assert_int_equal(next(g)->daily_loss_ppm, 20000);
    rig_close(g);
}

static void unset_goes_back(void **state) {
    (void)state;
    struct rig *g = rig_open();
    rig_bar(g, 260000, 260000);
    says(g, "/config unset " DAILY_LOSS, "Nobody changed");
    say(g, "/config set " DAILY_LOSS " 1%");
    confirm(g, "/config unset " DAILY_LOSS); /* that loosens: it asks, and waits */
    assert_int_equal(now(g)->daily_loss_ppm, 10000);
    assert_int_equal(next(g)->daily_loss_ppm, 20000);
    shows(g, DAILY_LOSS,
          "= 0.02  (default; waits for the next trading day, 0.01 holds until then; taken back by the local page");
    rig_stop(g);
    rig_start(g);
    shows(g, DAILY_LOSS, "; taken back by the local page");
    next_day(g);
    assert_int_equal(now(g)->daily_loss_ppm, 20000);
    assert_null(strstr(shown(g, DAILY_LOSS), "taken back"));
    assert_null(state_get(g->state, SETTING_KEY DAILY_LOSS));
    rig_close(g);
}

/* ---- restarts ---- */

static void a_kill_between_confirmation_and_roll_loses_nothing(void **state) {
    (void)state;
    struct rig *g = rig_open();
    rig_bar(g, 260000, 260000);
    say(g, "/config set " DAILY_TRADES " 5");
    confirm(g, "/config set " DAILY_LOSS " 3%");
    rig_stop(g);
    rig_start(g);
    assert_int_equal(now(g)->daily_trades, 5);
    assert_int_equal(now(g)->daily_loss_ppm, 20000);
    assert_int_equal(next(g)->daily_loss_ppm, 30000);
    shows(g, DAILY_LOSS, "set by the local page on ");
    shows(g, DAILY_LOSS, "; waits for the next trading day, 0.02 holds until then)");
    rig_stop(g);
    rig_start(g);
    next_day(g);
    assert_int_equal(now(g)->daily_loss_ppm, 30000);
    assert_int_equal(g->told[SETTING_DUE], 1);
    rig_stop(g);
    rig_start(g);
    assert_int_equal(now(g)->daily_loss_ppm, 30000);
    assert_int_equal(g->told[SETTING_DUE], 1); /* told once */
    rig_close(g);
}

/* ---- against the file ---- */

static struct conf *file(const char *loss, const char *level) {
    struct conf_errors errs = {0};
    const struct conf_flag flags[] = {{DAILY_LOSS, loss, "file"}, {"log.level", level, "file"}};
    const struct conf_source src = {.env_path = "", .flags = flags, .flag_count = 2, .base = "/"};
    struct conf *c = conf_load(&src, &errs);
    assert_non_null(c);
    conf_errors_clear(&errs);
    return c;
}

static struct conf_change change_of(struct conf *c, const char *key, const char *text) {
    struct conf_change ch;
    struct err e;
    assert_int_equal(conf_change_make(c, key, text, &ch, &e), 0);
    str_copy(ch.by, sizeof ch.by, "telegram:400");
    ch.at = when_from_sec(1736121600);
    return ch;
}

static int64_t laid_over(const char *loss, const char *level, const struct conf_change *ch, const char *expected) {
    struct conf *c = file(loss, level);
    struct err e;
    struct buf b;
    assert_int_equal(conf_change_put(c, ch, &e), 0);
    int64_t number = conf_value(c, ch->key).number;
    buf_init(&b, 4096);
    conf_show_prefix(c, ch->key, LANG_EN, NULL, &b);
    if (!strstr(b.p, expected)) fail_msg("wanted: %s\n  got: %s", expected, b.p);
    buf_clear(&b);
    conf_free(c);
    return number;
}

static void a_later_edit_that_is_tighter_wins(void **state) {
    (void)state;
    struct conf *c = file("0.05", "info");
    struct conf_change loss = change_of(c, DAILY_LOSS, "3%"), level = change_of(c, "log.level", "warn");
    conf_free(c);
    assert_string_equal(loss.base, "0.05");
    assert_int_equal(
        laid_over("0.05", "info", &loss, "3%  (set by telegram:400 on Jan 6, 2025 00:00; option file says 0.05)"),
        30000);
    assert_int_equal(laid_over("5%", "info", &loss, "set by telegram:400"), 30000);   /* the same, written otherwise */
    assert_int_equal(laid_over("0.04", "info", &loss, "set by telegram:400"), 30000); /* edited, and looser */
    assert_int_equal(laid_over("0.02", "info", &loss,
                               "0.02  (option file; changed since telegram:400 set 3% on Jan 6, 2025 00:00, and wins)"),
                     20000);
    assert_int_equal(laid_over("0", "info", &loss, "set by telegram:400"), 30000); /* none is looser */
    assert_int_equal(laid_over("0.05", "info", &level, "set by telegram:400"), 2);
    assert_int_equal(laid_over("0.05", "debug", &level, "and wins"), 0);
}

/* ---- what is refused ---- */

static void what_cannot_be_set_says_why(void **state) {
    (void)state;
    static const struct {
        const char *line, *en, *fr;
    } rows[] = {
        {"discord.token abcdefgh", "discord.token is a secret", "est un secret"},
        {"mode live", "mode only changes with a restart: write it in mia.yaml", "ne change qu’au redémarrage"},
        {"access.owners telegram:9", "it comes from test", "il vient de test"},
        {"strategies[0].enabled false", "restart", "redémarrage"},
        {"max_daily_loss 1%", "Which one: " DAILY_LOSS ", execution.risk.max_daily_loss?", "Lequel"},
        {"trading.risk_management 1", "is a group of settings", "est un groupe de réglages"},
        {"trading.risk_management.max_daily_los 1",
         "There is no setting trading.risk_management.max_daily_los. Did you mean", "n’existe pas. Vouliez-vous"},
        {"nonsense.at.all 1", "There is no setting nonsense.at.all", "n’existe pas"},
        {DAILY_LOSS " lots", "wants a ratio such as 0.02 or 2%, not \"lots\"", "attend une proportion"},
        {DAILY_LOSS " 200%", "must lie between 0 and 1", "doit être compris entre 0 et 1"},
        {"log.level loud", "wants one of debug, info, warn, error", "l’un de debug, info"},
        {DAILY_LOSS, "Which value?", "Quelle valeur"},
    };
    struct rig *g = rig_open();
    uint64_t before = engine_seq(desk_engine(g->desk));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[200];
        snprintf(line, sizeof line, "/config set %s", rows[i].line);
        says(g, line, rows[i].en);
        const char *fr = rig_ask(g, LANG_FR, line)->text;
        if (!strstr(fr, rows[i].fr)) fail_msg("%s: %s", line, fr);
    }
    assert_int_equal(engine_seq(desk_engine(g->desk)), before);
    assert_int_equal(conf_change_count(g->conf), 0);
    rig_close(g);
}

/* What somebody types by mistake is not kept. */
static void a_typed_secret_is_not_kept(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"set discord.token MTAwMDAw", "set discord.token"},
        {"key=telegram.token value=77:aaa", "key=telegram.token"},
        {"set TOKEN 77:aaa", "set TOKEN"},
        {"set max_positions 2", "set max_positions 2"},
        {"set tokens 2", "set tokens 2"},
        {"set state.url postgresql://u:p@h/d", "set state.url"},
        {"show discord.token", "show discord.token"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[80];
        str_copy(text, sizeof text, rows[i][0]);
        conf_hide_secrets(text);
        assert_string_equal(text, rows[i][1]);
    }
}

static void who_may_what(void **state) {
    (void)state;
    static const struct {
        const char *user, *text;
        bool may;
    } rows[] = {{"3000", "/config set max_positions 2", true},
                {"3001", "/config set max_positions 1", false}, /* an operator looks */
                {"3001", "/config show max", true},
                {"3002", "/config set max_positions 1", false},
                {"3002", "/strategy list", true},
                {"3002", "/strategy disable MovingAverage", false},
                {"3001", "/strategy disable MovingAverage", true},
                {"9999", "/strategy disable MovingAverage", false}};
    struct rig *g = rig_open();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t before = engine_seq(desk_engine(g->desk));
        struct request q = rig_request(g, PLATFORM_DISCORD, rows[i].user, rows[i].text);
        rig_receive(g, &q);
        bool looks = strstr(rows[i].text, "show") || strstr(rows[i].text, "list");
        assert_int_equal(engine_seq(desk_engine(g->desk)) != before, rows[i].may && !looks);
        if (!rows[i].may) assert_true(g->answers[0].is_private);
    }
    assert_int_equal(now(g)->positions, 2);
    /* In a group, a change is answered there; the listing is not. */
    struct request q = rig_request(g, PLATFORM_TELEGRAM, "400", "/config set max_positions 1");
    q.can_be_private = false;
    rig_receive(g, &q);
    assert_int_equal(now(g)->positions, 1);
    q = rig_request(g, PLATFORM_TELEGRAM, "400", "/config show");
    q.can_be_private = false;
    rig_receive(g, &q);
    assert_non_null(strstr(g->answers[0].text, "private chat"));
    rig_close(g);
}

static void an_old_change_is_not_executed(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct request q = rig_request(g, PLATFORM_TELEGRAM, "400", "/config set max_positions 1");
    q.sent = when_add_ms(q.sent, -125000);
    rig_receive(g, &q);
    assert_non_null(strstr(g->answers[0].text, "not executed"));
    assert_int_equal(now(g)->positions, 3);
    q = rig_request(g, PLATFORM_TELEGRAM, "400", "/config show mode");
    q.sent = when_add_ms(q.sent, -125000);
    rig_receive(g, &q);
    assert_non_null(strstr(g->answers[0].text, "mode = paper"));
    rig_close(g);
}

static void a_row_that_makes_no_sense_is_left_out(void **state) {
    (void)state;
    struct rig *g = rig_open();
    static const char *const bad[] = {"", "{", "{\"value\":\"3%\"}", "[]",
                                      "{\"value\":\"x\",\"base\":\"1\",\"by\":\"a\",\"at_ms\":\"1\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) settings_load(g->settings, SETTING_KEY DAILY_LOSS, bad[i]);
    settings_load(g->settings, SETTING_KEY "discord.token",
                  "{\"value\":\"xxxxxxxx\",\"base\":\"\",\"by\":\"a\",\"at_ms\":\"1\"}");
    settings_load(g->settings, SETTING_KEY "no.such", "{\"value\":\"1\",\"base\":\"\",\"by\":\"a\",\"at_ms\":\"1\"}");
    assert_int_equal(conf_change_count(g->conf), 0);
    rig_close(g);
}

/* ---- suggestions ---- */

static uint32_t complete(struct rig *g, const char *text) {
    struct request q = rig_request(g, PLATFORM_LOCAL, "1", text);
    q.kind = REQUEST_COMPLETE;
    rig_receive(g, &q);
    return g->choice_count;
}

static void keys_and_values_are_suggested(void **state) {
    (void)state;
    struct rig *g = rig_open();
    assert_int_equal(complete(g, "/config "), 3);
    assert_true(complete(g, "/config set daily_loss") >= 3); /* anywhere in the key */
    assert_string_equal(g->choices[0].value, DAILY_LOSS);
    assert_non_null(strstr(g->choices[0].label, "= 0.02"));
    assert_int_equal(complete(g, "/config set discord"), 0); /* only what can change */
    assert_int_equal(complete(g, "/config unset "), 0);
    say(g, "/config set max_positions 2");
    assert_int_equal(complete(g, "/config unset "), 1);
    assert_int_equal(complete(g, "/config set log.level w"), 1);
    assert_string_equal(g->choices[0].value, "warn");
    assert_int_equal(complete(g, "/config show discord.tok"), 1);
    assert_string_equal(g->choices[0].label, "discord.token"); /* and no value */
    assert_int_equal(complete(g, "/strategy disable m"), 1);
    assert_string_equal(g->choices[0].value, "MovingAverage");
    assert_int_equal(complete(g, "/strategy enable m"), 0); /* it is on */
    rig_close(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_guarded_option_is_the_engines),
        cmocka_unit_test(every_key_names_its_field),
        cmocka_unit_test(every_changeable_option_arrives),
        cmocka_unit_test(tighter_acts_at_once),
        cmocka_unit_test(looser_asks_and_waits),
        cmocka_unit_test(less_than_what_is_on_its_way_needs_no_question),
        cmocka_unit_test(a_click_after_the_roll_shows_anew),
        cmocka_unit_test(unset_goes_back),
        cmocka_unit_test(a_kill_between_confirmation_and_roll_loses_nothing),
        cmocka_unit_test(a_later_edit_that_is_tighter_wins),
        cmocka_unit_test(what_cannot_be_set_says_why),
        cmocka_unit_test(a_typed_secret_is_not_kept),
        cmocka_unit_test(who_may_what),
        cmocka_unit_test(an_old_change_is_not_executed),
        cmocka_unit_test(a_row_that_makes_no_sense_is_left_out),
        cmocka_unit_test(keys_and_values_are_suggested),
    };
    return RUN(tests);
}
