/*
 * conf: where a value comes from, what it means, and what is shown of it. Secrets in
 * particular: only from where they may stand, and never seen again.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/conf.h"
#include "engine/base/log.h"

static char folder[256];

static const char *in_folder(const char *name) {
    static char paths[16][320]; /* a test asks for fewer */
    static int next;
    char *p = paths[next++ % 16];
    snprintf(p, sizeof paths[0], "%s/%s", folder, name);
    return p;
}

static void write_file(const char *name, const char *text, mode_t mode) {
    const char *path = in_folder(name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    assert_int_equal(chmod(path, mode), 0);
}

static int make_folder(void **state) {
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/mia-conf-XXXXXX", tmp != NULL ? tmp : "/tmp");
    return mkdtemp(folder) == NULL;
}

static int empty_folder(void **state) {
    (void)state;
    static const char *const names[] = {"mia.yaml", ".env", "secret", "DISCORD_BOT_TOKEN", "TELEGRAM_BOT_TOKEN"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) unlink(in_folder(names[i]));
    return 0;
}

static int drop_folder(void **state) {
    empty_folder(state);
    return rmdir(folder);
}

static struct conf *load_or_fail(const struct conf_source *src) {
    struct conf_errors errs = {0};
    struct conf *c = conf_load(src, &errs);
    if (c == NULL) {
        struct buf b;
        buf_init(&b, 1 << 16);
        conf_errors_text(&errs, LANG_EN, &b);
        fail_msg("%s", b.p);
    }
    conf_errors_clear(&errs);
    return c;
}

static struct conf *load(const char *yaml, char *const *environment) {
    write_file("mia.yaml", yaml, 0600);
    return load_or_fail(&(struct conf_source){.path = in_folder("mia.yaml"), .environment = environment});
}

/* The first error of a load that must fail. */
static void refused(const struct conf_source *src, char *out, size_t size) {
    struct conf_errors errs = {0};
    assert_null(conf_load(src, &errs));
    assert_true(errs.n > 0);
    str_copy(out, size, errs.item[0].err.text[LANG_EN]);
    conf_errors_clear(&errs);
}

static struct buf shown(const struct conf *c, enum lang lang) {
    struct buf b;
    buf_init(&b, 1 << 20);
    conf_show(c, lang, &b);
    return b;
}

static void shows(const struct conf *c, enum lang lang, const char *line) {
    struct buf b = shown(c, lang);
    if (strstr(b.p, line) == NULL) fail_msg("not shown: %s\n%s", line, b.p);
    buf_clear(&b);
}

/* ---- */

static const char small[] =
    "mode: paper\n"
    "feed:   {kind: replay, speed: 600, files: [{symbol: XAUUSD, timeframe: M5, path: x.csv.gz}]}\n"
    "broker: {kind: paper, balance: 100000, currency: USD}\n"
    "strategies:\n"
    "  - {name: MovingAverage, symbols: [XAUUSD, ES], capital_allocation: 50000.25,\n"
    "     params: {ma_period: 20, stop_loss_pct: 0.02}}\n"
    "discord:  {guild_id: \"2000000000000000001\"}\n"
    "telegram: {chat_id: -1001234567890}\n"
    "access:   {owners: [\"discord:3000000000000000001\", \"telegram:400\"], operators: [], mentors: []}\n"
    "local:    {listen: \"127.0.0.1:8787\"}\n"
    "state:    {dir: ./state}\n";

static void test_the_documented_example(void **state) {
    (void)state;
    struct conf *c = load(small, NULL);
    assert_string_equal(conf_str(c, "feed.kind"), "replay");
    assert_int_equal(conf_int(c, "feed.speed"), 600);
    assert_int_equal(conf_count(c, "feed.files"), 1);
    assert_int_equal(conf_seconds(c, "feed.files[%d].timeframe", 0), 300);
    assert_string_equal(conf_str(c, "feed.files[0].path"), in_folder("x.csv.gz"));
    assert_string_equal(conf_str(c, "feed.files[0].time_zone"), "UTC");
    assert_int_equal(conf_cash(c, "broker.balance").v, 100000 * CASH_SCALE);
    assert_int_equal(conf_count(c, "strategies"), 1);
    assert_int_equal(conf_count(c, "strategies[%d].symbols", 0), 2);
    assert_string_equal(conf_str(c, "strategies[0].symbols[1]"), "ES");
    assert_int_equal(conf_cash(c, "strategies[0].capital_allocation").v, 50000250000);
    assert_true(conf_bool(c, "strategies[0].enabled"));
    assert_int_equal(conf_u64(c, "discord.guild_id"), 2000000000000000001);
    assert_int_equal(conf_int(c, "telegram.chat_id"), -1001234567890);
    assert_int_equal(conf_count(c, "access.owners"), 2);
    assert_int_equal(conf_count(c, "access.operators"), 0);
    assert_string_equal(conf_str(c, "state.dir"), in_folder("state"));
    const char *name, *value;
    size_t it = 0;
    assert_true(conf_map_next(c, "strategies[0].params", &it, &name, &value));
    assert_string_equal(name, "ma_period");
    assert_string_equal(value, "20");
    assert_true(conf_map_next(c, "strategies[0].params", &it, &name, &value));
    assert_string_equal(name, "stop_loss_pct");
    assert_false(conf_map_next(c, "strategies[0].params", &it, &name, &value));
    conf_free(c);
}

static void test_values_are_exact(void **state) {
    (void)state;
    struct conf *c = load("trading.risk_management: {position_risk: 0.0123, max_daily_loss: 2%, max_drawdown: 12.5 %}\n"
                          "trading.risk_management.min_reward_risk: 1.5\n"
                          "trading.day_rollover: \"17:05\"\n"
                          "broker: {balance: 1000000.000001, max_fill: 0.00000001}\n"
                          "feed: {speed: max, timeframe: 90s, start: 2025-02-03}\n"
                          "instruments: [{symbol: X, tick: 0.00001}]\n",
                          NULL);
    assert_int_equal(conf_ppm(c, "trading.risk_management.position_risk"), 12300);
    assert_int_equal(conf_ppm(c, "trading.risk_management.max_daily_loss"), 20000);
    assert_int_equal(conf_ppm(c, "trading.risk_management.max_drawdown"), 125000);
    assert_int_equal(conf_ppm(c, "trading.risk_management.min_reward_risk"), 1500000);
    assert_int_equal(conf_int(c, "trading.day_rollover"), 17 * 60 + 5);
    assert_int_equal(conf_cash(c, "broker.balance").v, 1000000000001);
    assert_int_equal(conf_qty(c, "broker.max_fill").v, 1);
    assert_int_equal(conf_int(c, "feed.speed"), 0);
    assert_int_equal(conf_seconds(c, "feed.timeframe"), 90);
    assert_int_equal(conf_when(c, "feed.start").ns, 1738540800 * NS_PER_SEC);
    assert_int_equal(conf_price(c, "instruments[0].tick").v, 1000);
    assert_false(conf_given(c, "instruments[0].lot_min"));
    assert_false(conf_given(c, "broker.kind"));
    assert_true(conf_given(c, "broker.balance"));
    conf_free(c);
}

/* flag > environment > .env > file > default, and `config show` says which. */
static void test_precedence(void **state) {
    (void)state;
    char env_state[] = "MIA_STATE_DIR=/from/environment", env_log[] = "LOG_PATH=";
    char *environment[] = {env_state, env_log, NULL};
    const struct conf_flag flags[] = {{"log.level", "debug", "--log-level"}};
    write_file("mia.yaml", "state: {dir: from-file}\nlog: {level: warn, path: from-file.log}\nlocale: fr\n", 0600);
    struct conf_source src = {
        .path = in_folder("mia.yaml"), .environment = environment, .flags = flags, .flag_count = 1};

    write_file(".env", "MIA_STATE_DIR=from-dotenv\nTELEGRAM_CHAT_ID=-7\n", 0600);
    struct conf *c = load_or_fail(&src);
    assert_string_equal(conf_str(c, "state.dir"), "/from/environment");
    assert_string_equal(conf_str(c, "log.level"), "debug");
    assert_string_equal(conf_str(c, "log.path"), in_folder("from-file.log")); /* an empty variable is unset */
    assert_int_equal(conf_int(c, "telegram.chat_id"), -7);
    shows(c, LANG_EN, "state.dir = /from/environment  (environment MIA_STATE_DIR)\n");
    shows(c, LANG_EN, "log.level = debug  (option --log-level)\n");
    shows(c, LANG_EN, ".env:2)\n");
    shows(c, LANG_FR, "mia.yaml:3)\n");
    shows(c, LANG_FR, "mode = paper  (par défaut)\n");
    conf_free(c);

    src.environment = NULL;
    c = load_or_fail(&src);
    assert_string_equal(conf_str(c, "state.dir"), in_folder("from-dotenv"));
    conf_free(c);
    unlink(in_folder(".env"));
    c = load_or_fail(&src);
    assert_string_equal(conf_str(c, "state.dir"), in_folder("from-file"));
    conf_free(c);
    c = load_or_fail(&(struct conf_source){0});
    assert_string_equal(conf_str(c, "state.dir"), "state");
    conf_free(c);
}

/* A value that a stronger source overrides is still checked. */
static void test_nothing_wrong_hides(void **state) {
    (void)state;
    char env[] = "MIA_STATE_DIR=/x", text[ERR_TEXT_MAX];
    char *environment[] = {env, NULL};
    write_file("mia.yaml", "state: {dir: \"\"}\n", 0600);
    refused(&(struct conf_source){.path = in_folder("mia.yaml"), .environment = environment}, text, sizeof text);
    assert_string_equal(text, "state.dir: must have between 1 and 900 characters, not 0");
}

static void test_owners_of_the_environment_replace_the_files(void **state) {
    (void)state;
    char env[] = "MIA_OWNERS= telegram:5 ,discord:6,", none[] = "MIA_OWNERS=,", wrong[] = "MIA_OWNERS=bob";
    char *environment[] = {env, NULL};
    struct conf *c = load("access: {owners: [\"discord:1\", \"discord:2\", \"discord:3\"]}\n", environment);
    assert_int_equal(conf_count(c, "access.owners"), 2);
    assert_string_equal(conf_str(c, "access.owners[0]"), "telegram:5");
    assert_string_equal(conf_str(c, "access.owners[1]"), "discord:6");
    shows(c, LANG_EN, "access.owners[1] = discord:6  (environment MIA_OWNERS)\n");
    conf_free(c);
    environment[0] = none;
    c = load("access: {owners: [\"discord:1\"]}\n", environment);
    assert_int_equal(conf_count(c, "access.owners"), 0);
    conf_free(c);
    char text[ERR_TEXT_MAX];
    environment[0] = wrong;
    refused(&(struct conf_source){.environment = environment}, text, sizeof text);
    assert_string_equal(text, "access.owners[0]: wants discord:ID or telegram:ID, not \"bob\"");
}

/* Flags may fill lists, and then the file's list is not mixed in. */
static void test_lists_by_flags(void **state) {
    (void)state;
    const struct conf_flag flags[] = {{"strategies[0].name", "RSI", "--demo"},
                                      {"strategies[0].symbols[0]", "ES", "--demo"},
                                      {"strategies[0].capital_allocation", "10", "--demo"},
                                      {"feed.symbols", "ES, NQ", "--symbols"}};
    write_file("mia.yaml", small, 0600);
    struct conf *c =
        load_or_fail(&(struct conf_source){.path = in_folder("mia.yaml"), .flags = flags, .flag_count = 4});
    assert_int_equal(conf_count(c, "strategies"), 1);
    assert_string_equal(conf_str(c, "strategies[0].name"), "RSI");
    assert_int_equal(conf_count(c, "strategies[0].symbols"), 1);
    assert_int_equal(conf_count(c, "feed.symbols"), 2);
    assert_string_equal(conf_str(c, "feed.symbols[1]"), "NQ");
    const char *name, *value;
    size_t it = 0;
    assert_false(conf_map_next(c, "strategies[0].params", &it, &name, &value));
    conf_free(c);
}

/* ---- secrets ---- */

static const char token[] = "MTIzNDU2.secret-of-the-bot";

static void is_masked(const struct conf *c) {
    struct buf b = shown(c, LANG_EN);
    assert_null(strstr(b.p, token));
    assert_non_null(strstr(b.p, "discord.token = ********  ("));
    buf_clear(&b);
    assert_true(log_has_secret(token, strlen(token)));
}

static void test_secrets_come_from_four_places(void **state) {
    (void)state;
    char env[300], env_file[300], credentials[300];
    char *environment[] = {env, NULL};
    write_file("secret", token, 0600);
    write_file("DISCORD_BOT_TOKEN", "MTIzNDU2.secret-of-the-bot\n", 0600);

    snprintf(env, sizeof env, "DISCORD_BOT_TOKEN=%s", token);
    struct conf *c = load_or_fail(&(struct conf_source){.environment = environment});
    assert_string_equal(conf_str(c, "discord.token"), token);
    is_masked(c);
    conf_free(c);

    snprintf(credentials, sizeof credentials, "CREDENTIALS_DIRECTORY=%s", folder);
    environment[0] = credentials;
    c = load_or_fail(&(struct conf_source){.environment = environment});
    assert_string_equal(conf_str(c, "discord.token"), token);
    is_masked(c);
    conf_free(c);

    snprintf(env_file, sizeof env_file, "DISCORD_BOT_TOKEN=file:%s", in_folder("secret"));
    environment[0] = env_file;
    c = load_or_fail(&(struct conf_source){.environment = environment});
    assert_string_equal(conf_str(c, "discord.token"), token);
    conf_free(c);

    c = load("discord: {token: \"file:./secret\"}\n", NULL);
    assert_string_equal(conf_str(c, "discord.token"), token);
    is_masked(c);
    conf_free(c);

    write_file(".env", "OTHER_NAME='MTIzNDU2.secret-of-the-bot'\n", 0600);
    c = load("discord: {token: \"env:OTHER_NAME\"}\n", NULL);
    assert_string_equal(conf_str(c, "discord.token"), token);
    conf_free(c);
}

static void test_demo_takes_no_secret(void **state) {
    (void)state;
    char env[300];
    char *environment[] = {env, NULL};
    snprintf(env, sizeof env, "DISCORD_BOT_TOKEN=%s", token);
    struct conf *c = load_or_fail(&(struct conf_source){.environment = environment, .no_secrets = true});
    assert_string_equal(conf_str(c, "discord.token"), "");
    shows(c, LANG_FR, "discord.token = (non défini)  (par défaut)\n");
    conf_free(c);
}

static void test_a_wrong_secret_is_not_repeated(void **state) {
    (void)state;
    char env[] = "TELEGRAM_BOT_TOKEN=123:abc def", text[ERR_TEXT_MAX];
    char *environment[] = {env, NULL};
    const struct conf_flag flag = {"telegram.token", "123:abcdef", "--token"};
    refused(&(struct conf_source){.environment = environment}, text, sizeof text);
    assert_string_equal(text, "telegram.token: wants a secret without blanks or accents");
    refused(&(struct conf_source){.flags = &flag, .flag_count = 1}, text, sizeof text);
    assert_string_equal(text, "telegram.token: a secret does not belong on the command line");
}

static void test_modes_of_secret_files(void **state) {
    (void)state;
    struct conf_errors errs = {0};
    write_file("mia.yaml", "mode: paper\n", 0644);
    write_file(".env", "DISCORD_BOT_TOKEN=abcdefghij\n", 0644);
    struct conf_source src = {.path = in_folder("mia.yaml")};
    struct conf *c = conf_load(&src, &errs);
    assert_non_null(c);
    assert_int_equal(errs.n, 1);
    assert_true(errs.item[0].warning);
    assert_string_equal(errs.item[0].err.text[LANG_FR],
                        "contient des secrets et d’autres peuvent le lire\u00a0: chmod 600");
    conf_errors_clear(&errs);
    conf_free(c);

    write_file(".env", "DISCORD_BOT_TOKEN=abcdefghij\n", 0620);
    assert_null(conf_load(&src, &errs));
    assert_string_equal(errs.item[0].err.text[LANG_EN], "holds secrets and others may write to it: chmod 600");
    conf_errors_clear(&errs);

    write_file(".env", "LOG_PATH=x.log\n", 0644); /* no secret in it: nothing to say */
    c = conf_load(&src, &errs);
    assert_non_null(c);
    assert_int_equal(errs.n, 0);
    conf_free(c);
}

/* ---- .env ---- */

static void test_dotenv_grammar(void **state) {
    (void)state;
    write_file("mia.yaml", "mode: paper\n", 0600);
    write_file(".env",
               "\xef\xbb\xbf# a comment\r\n"
               "\r\n"
               "  export LOG_PATH = \"logs/my \\\"bot\\\".log\"   # why\r\n"
               "MIA_STATE_DIR='st#ate $HOME'\n"
               "TELEGRAM_CHAT_ID=-12 # a group\n"
               "TELEGRAM_ENABLED=\n"
               "OTHER_PROGRAM=anything # goes\n"
               "DISCORD_GUILD_ID=77",
               0600);
    struct conf *c = load_or_fail(&(struct conf_source){.path = in_folder("mia.yaml")});
    assert_string_equal(conf_str(c, "log.path"), in_folder("logs/my \"bot\".log"));
    assert_string_equal(conf_str(c, "state.dir"), in_folder("st#ate $HOME"));
    assert_int_equal(conf_int(c, "telegram.chat_id"), -12);
    assert_true(conf_bool(c, "telegram.enabled"));
    assert_int_equal(conf_u64(c, "discord.guild_id"), 77);
    conf_free(c);
}

static void test_dotenv_errors(void **state) {
    (void)state;
    static const struct {
        const char *text, *en, *fr;
        int line;
        bool warning;
    } rows[] = {
        {"\nDISCORD_BOT_TOKEN\n", "wants NAME=VALUE", "attend NOM=VALEUR", 2, false},
        {"1A=b\n", "wants NAME=VALUE", "attend NOM=VALEUR", 1, false},
        {"A='secret\n", "A: a quote that does not end, or text after it",
         "A\u00a0: un guillemet qui ne se ferme pas, ou du texte après lui", 1, false},
        {"A=\"x\" y\n", "A: a quote that does not end, or text after it",
         "A\u00a0: un guillemet qui ne se ferme pas, ou du texte après lui", 1, false},
        {"A=1\nA=2\n", "A: given twice, first in line 1", "A\u00a0: donné deux fois, d’abord à la ligne 1", 2, false},
        {"A=\xff\xfe\n", "A: the value is too long or not text",
         "A\u00a0: la valeur est trop longue ou n’est pas du texte", 1, false},
        {"TELEGRAM_ENABLED=maybe\n", "telegram.enabled: wants true or false, not \"maybe\"",
         "telegram.enabled\u00a0: attend true ou false, et non «\u00a0maybe\u00a0»", 1, false},
        {"DISCORD_BOT_TOKN=abcdefghij\n", "DISCORD_BOT_TOKN is not read; did you mean DISCORD_BOT_TOKEN?",
         "DISCORD_BOT_TOKN n’est pas lu\u00a0; vouliez-vous dire DISCORD_BOT_TOKEN\u00a0?", 1, true},
    };
    write_file("mia.yaml", "mode: paper\n", 0600);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct conf_errors errs = {0};
        write_file(".env", rows[i].text, 0600);
        struct conf *c = conf_load(&(struct conf_source){.path = in_folder("mia.yaml")}, &errs);
        assert_int_equal(c != NULL, rows[i].warning);
        assert_int_equal(errs.n, 1);
        assert_string_equal(errs.item[0].err.text[LANG_EN], rows[i].en);
        assert_string_equal(errs.item[0].err.text[LANG_FR], rows[i].fr);
        assert_int_equal(errs.item[0].line, rows[i].line);
        conf_free(c);
        conf_errors_clear(&errs);
    }
}

/* ---- listings ---- */

static void test_the_tightest_limit_is_named(void **state) {
    (void)state;
    struct conf *c = load("execution.risk: {max_daily_loss: 1%}\ncircuit_breakers: {max_daily_loss_pct: 5%}\n", NULL);
    shows(c, LANG_EN, "max_daily_loss = 0.02  (default; execution.risk.max_daily_loss is tighter and holds)\n");
    shows(c, LANG_EN, "; tightest, holds)\n");
    shows(c, LANG_FR, "\u00a0; la plus stricte, s’applique)\n");
    shows(c, LANG_EN, "circuit_breakers.max_daily_trades = 0  (default)\n"); /* not set: no rival */
    shows(c, LANG_EN, "execution.risk.max_daily_trades = 10  (default)\n");
    struct buf b;
    buf_init(&b, 1 << 16);
    conf_show_prefix(c, "circuit_breakers.", LANG_EN, NULL, &b);
    assert_int_equal(strncmp(b.p, "circuit_breakers.warn_at = 0.9  (default)\n", 42), 0);
    assert_null(strstr(b.p, "broker"));
    buf_clear(&b);
    conf_free(c);
}

static void test_an_error_about_a_good_value_has_its_place(void **state) {
    (void)state;
    struct conf_errors errs = {0};
    struct conf *c = load("mode: paper\nfeed:\n  files:\n    - symbol: ES\n      path: x\n", NULL);
    conf_error_at(c, &errs, "feed.files[0].path", "is %d", "vaut %d", 3);
    conf_error_at(c, &errs, "feed.files[0].timeframe", "is absent", "manque");
    conf_error_at(c, &errs, "broker.kind", "odd", "curieux");
    assert_int_equal(errs.item[0].line, 5);
    assert_string_equal(errs.item[0].err.text[LANG_FR], "feed.files[0].path\u00a0: vaut 3");
    assert_int_equal(errs.item[1].line, 4);
    assert_string_equal(errs.item[2].file, "");
    conf_errors_clear(&errs);
    conf_free(c);
}

int main(void) {
#define TEST(f) cmocka_unit_test_teardown(f, empty_folder)
    const struct CMUnitTest tests[] = {
        TEST(test_the_documented_example),
        TEST(test_values_are_exact),
        TEST(test_precedence),
        TEST(test_nothing_wrong_hides),
        TEST(test_owners_of_the_environment_replace_the_files),
        TEST(test_lists_by_flags),
        TEST(test_secrets_come_from_four_places),
        TEST(test_demo_takes_no_secret),
        TEST(test_a_wrong_secret_is_not_repeated),
        TEST(test_modes_of_secret_files),
        TEST(test_dotenv_grammar),
        TEST(test_dotenv_errors),
        TEST(test_the_tightest_limit_is_named),
        TEST(test_an_error_about_a_good_value_has_its_place),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
