/* Lines and options become typed values, or a sentence that says what would be right. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/args.h"
#include "engine/base/buf.h"
#include "engine/base/mem.h"
#include "engine/base/rng.h"

struct fixture {
    struct engine *engine;
    struct arena *arena;
    struct parsed p;
    struct err e;
};

static int setup(void **state) {
    struct fixture *f = xcalloc(1, sizeof *f);
    struct engine_config *c = xcalloc(1, sizeof *c);
    struct effects *out = xcalloc(1, sizeof *out);
    engine_config_defaults(c);
    c->instruments[0] = *instrument_builtin("XAUUSD");
    c->instruments[1] = *instrument_builtin("ES");
    c->instrument_count = 2;
    f->engine = engine_new();
    const struct event ev = {.seq = 1, .kind = EVENT_CONFIG, .u.config = c};
    assert_int_equal(engine_apply(f->engine, &ev, out, &f->e), 0);
    f->arena = arena_new(4u << 20);
    free(c);
    free(out);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    engine_free(f->engine);
    arena_free(f->arena);
    free(f);
    return 0;
}

static int parse_request(struct fixture *f, const struct request *q) {
    const struct command *c;
    memset(&f->e, 0, sizeof f->e);
    if (args_command(q, &c, &f->e) < 0) return -1;
    return args_parse(q, c, f->engine, f->arena, &f->p, &f->e);
}

static int parse(struct fixture *f, const char *text) {
    struct request q = {.platform = PLATFORM_TELEGRAM};
    str_copy(q.text, sizeof q.text, text);
    return parse_request(f, &q);
}

static void good(struct fixture *f, const char *text, const char *command, const char *args) {
    struct buf b;
    if (parse(f, text) < 0) fail_msg("%s: %s", text, f->e.text[LANG_EN]);
    buf_init(&b, 1024);
    args_text(&f->p, &b);
    assert_string_equal(f->p.command->name, command);
    assert_string_equal(b.p, args);
    buf_clear(&b);
}

static void bad(struct fixture *f, const char *text, const char *en, const char *fr) {
    if (parse(f, text) == 0) fail_msg("%s was taken", text);
    if (!strstr(f->e.text[LANG_EN], en)) fail_msg("%s: «%s» lacks «%s»", text, f->e.text[LANG_EN], en);
    if (!strstr(f->e.text[LANG_FR], fr)) fail_msg("%s: «%s» lacks «%s»", text, f->e.text[LANG_FR], fr);
}

static void lines(void **state) {
    struct fixture *f = *state;
    good(f, "/status", "status", "");
    good(f, "/STATUS@mia_bot", "status", "");
    good(f, "/sos now!! everything 🚨", "sos", ""); /* who needs it does not spell it twice */
    good(f, "/pause now", "pause", "");
    good(f, "  /statut  ", "status", "");
    good(f, "/close@mia_bot 17 50%", "close", "target=17 percent=50%");
    assert_int_equal(f->p.args[0].number, 17);
    assert_int_equal(f->p.args[1].number, 50);
    good(f, "/close #17 50 %", "close", "target=#17 percent=50%");
    assert_int_equal(f->p.args[0].number, 17);
    assert_int_equal(f->p.args[1].number, 50);
    good(f, "/fermer tout 25\xc2\xa0%", "close", "target=tout percent=25%");
    assert_true(f->p.args[0].all);
    assert_int_equal(f->p.args[1].number, 25);
    good(f, "/close xauusd", "close", "target=xauusd");
    assert_int_equal(f->p.args[0].instrument, 0);
    assert_string_equal(f->p.args[0].text, "XAUUSD");
    assert_false(f->p.args[1].given);
    good(f, "/close", "close", "");
    good(f, "/close 50%", "close", "percent=50%");
    assert_false(f->p.args[0].given);
    good(f, "/trades es", "trades", "symbol=es");
    assert_int_equal(f->p.args[1].instrument, 1);
    good(f, "/trades 20\tES", "trades", "count=20 symbol=ES");
    good(f, "/stats MovingAverage 2", "stats", "strategy=MovingAverage 2");
    assert_string_equal(f->p.args[1].text, "MovingAverage 2");
    good(f, "/stats jour", "stats", "span=jour");
    assert_string_equal(f->p.args[0].text, "day");
    good(f, "/aide /fermer", "help", "command=/fermer");
    assert_string_equal(f->p.args[0].text, "close");
    good(f, "/config trading", "config", "key=trading");
    good(f, "/why S12", "why", "number=S12");
    good(f, "/close \u202d#17\u202c\u200e 50%\u2069", "close", "target=#17 percent=50%"); /* copied out of a chat */
    assert_int_equal(f->p.args[0].number, 17);
}

static void refusals(void **state) {
    struct fixture *f = *state;
    bad(f, "/clsoe", "Did you mean /close?", "Vouliez-vous dire /fermer");
    bad(f, "/statu", "Did you mean /status?", "Vouliez-vous dire /statut");
    bad(f, "/reprndre", "Did you mean /resume?", "/reprendre");
    bad(f, "/xyzzy", "There is no command /xyzzy; /help", "n’existe pas");
    bad(f, "status", "begins with a slash", "barre oblique");
    bad(f, "", "begins with a slash", "barre oblique");
    bad(f, "/close 17 500", "“percent” must be from 1 to 100", "«\u00a0pourcent\u00a0» doit");
    bad(f, "/close 17 0", "from 1 to 100", "entre 1 et 100");
    bad(f, "/close 17 -5", "from 1 to 100", "entre 1 et 100");
    bad(f, "/close 17 1e1", "you wrote “1e1”", "«\u00a01e1\u00a0»");
    bad(f, "/close EURUSX", "“target” must be a trade's number", "«\u00a0cible\u00a0» doit");
    bad(f, "/close 0", "“target” must be", "«\u00a0cible\u00a0» doit");
    bad(f, "/close #4294967296", "“target” must be", "«\u00a0cible\u00a0» doit");
    bad(f, "/close 99999999999999999999999999", "“target” must be", "«\u00a0cible\u00a0» doit");
    bad(f, "/close 17 50 20", "does not know what to do with “20”", "ne sait que faire");
    bad(f, "/trades 0", "from 1 to 50; you wrote “0”", "de 1 à 50");
    bad(f, "/trades EURUSX", "must be a symbol in use: XAUUSD, ES", "doit être un symbole suivi");
    bad(f, "/sos ?", "does not know what to do with “?”", "ne sait que faire");
    bad(f, "/pause help", "does not know what to do with “help”", "ne sait que faire");
    bad(f, "/help clsoe", "Did you mean /close?", "/fermer");
    bad(f, "/close 17 500", "Usage: /close", "Emploi\u00a0: /fermer");
}

static void level(const char *text, enum stop_unit unit, bool from_entry, int64_t v) {
    struct stop_level l = {.unit = STOP_UNIT_COUNT};
    if (!args_level(text, "USD", &l)) fail_msg("%s was refused", text);
    assert_int_equal(l.unit, unit);
    assert_int_equal(l.from_entry, from_entry);
    assert_int_equal(l.v, v);
}

/* One sign, one number, one unit; a comma is a decimal point, so no number can be read in two ways. */
static void levels(void **state) {
    (void)state;
    level("2410.5", STOP_AT_PRICE, false, 241050000000);
    level("2410,5", STOP_AT_PRICE, false, 241050000000);
    level("2 410,5", STOP_AT_PRICE, false, 241050000000); /* blanks group, in French */
    level("2\xe2\x80\xaf"
          "410,50",
          STOP_AT_PRICE, false, 241050000000);
    level("2,410", STOP_AT_PRICE, false, 241000000);
    level("1.08505", STOP_AT_PRICE, false, 108505000);
    level("50 ticks", STOP_IN_TICKS, false, 50);
    level("50t", STOP_IN_TICKS, false, 50);
    level("1 TICK", STOP_IN_TICKS, false, 1);
    level("+10 ticks", STOP_IN_TICKS, true, 10);
    level("-10 ticks", STOP_IN_TICKS, true, -10);
    level("1%", STOP_IN_PERCENT, false, 10000);
    level("0,25\xc2\xa0%", STOP_IN_PERCENT, false, 2500);
    level("-1 %", STOP_IN_PERCENT, true, -10000);
    level("-12$", STOP_IN_CASH, true, -12 * CASH_SCALE);
    level("-$12", STOP_IN_CASH, true, -12 * CASH_SCALE);
    level("\xe2\x88\x92"
          "12,50 $",
          STOP_IN_CASH, true, -12500000);
    level("+5 usd", STOP_IN_CASH, true, 5 * CASH_SCALE);
    level("+0$", STOP_IN_CASH, true, 0);
    level("12$", STOP_IN_CASH, false, 12 * CASH_SCALE);
    static const char *const wrong[] = {"",
                                        "-",
                                        "$",
                                        "%",
                                        "ticks",
                                        "-2410",
                                        "+2410.5",
                                        "2,410.50",
                                        "2.410,50",
                                        "1e3",
                                        "--5 t",
                                        "5 points",
                                        "12€",
                                        "12$$",
                                        "$12$",
                                        "12$ ticks",
                                        "0",
                                        "0 ticks",
                                        "0%",
                                        "100%",
                                        "1.5 ticks",
                                        "1000001 t",
                                        "0.00001%",
                                        "0$",
                                        "2410.5 x",
                                        "nan",
                                        "0x10",
                                        "1.2.3",
                                        ".",
                                        "2410.123456789",
                                        "99999999999999999999",
                                        "-99999999999999999999$",
                                        "5 - 3 t",
                                        "24 10",
                                        "2 4100",
                                        "2410. 500",
                                        "1 2 t"};
    struct stop_level l;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (args_level(wrong[i], "USD", &l)) fail_msg("%s was taken", wrong[i]);
    assert_true(args_level("-12€", "EUR", &l) && args_level("-12 CHF", "CHF", &l) && !args_level("-12$", "EUR", &l));
}

static void orders_trades_and_levels(void **state) {
    struct fixture *f = *state;
    good(f, "/cancel #17", "cancel", "order=#17");
    assert_true(f->p.args[0].number == 17 && f->p.args[0].order == 0);
    good(f, "/annuler 1833000000000001", "cancel", "order=1833000000000001");
    assert_true(f->p.args[0].number == 0 && f->p.args[0].order == 1833000000000001ULL);
    good(f, "/cancel tout", "cancel", "order=tout");
    assert_true(f->p.args[0].all);
    good(f, "/cancel es", "cancel", "order=es");
    assert_int_equal(f->p.args[0].instrument, 1);
    good(f, "/stop 17 50 ticks", "stop", "trade=17 level=50 ticks");
    assert_int_equal(f->p.args[0].number, 17);
    assert_int_equal(f->p.args[1].level.unit, STOP_IN_TICKS);
    good(f, "/stop #17 1 %", "stop", "trade=#17 level=1 %");
    good(f, "/stop 17 -12 $", "stop", "trade=17 level=-12 $");
    bad(f, "/stop", "To stop trading: /pause", "Pour arrêter le trading");
    bad(f, "/stop xauusd 2400", "“trade” must be a trade's number", "numéro d’une position");
    bad(f, "/stop 17 12 points", "you wrote “12 points”", "«\u00a012 points\u00a0»");
    bad(f, "/cancel EURUSX", "an order's number, a trade's", "numéro d’un ordre");
    bad(f, "/cancel 99999999999999999999", "“order” must be", "«\u00a0ordre\u00a0» doit");
    bad(f, "/flatten now", "does not know what to do", "ne sait que faire");
}

static void named_options(void **state) {
    struct fixture *f = *state;
    struct request q = {.platform = PLATFORM_DISCORD, .command = "close", .arg_count = 2};
    q.args[0] = (struct request_arg){.name = "percent", .value = "50"};
    q.args[1] = (struct request_arg){.name = "cible", .value = "#17"}; /* any order, any language */
    assert_int_equal(parse_request(f, &q), 0);
    assert_int_equal(f->p.args[0].number, 17);
    assert_int_equal(f->p.args[1].number, 50);
    str_copy(q.args[1].value, sizeof q.args[1].value, "\u2068#18\u2069");
    assert_int_equal(parse_request(f, &q), 0);
    assert_int_equal(f->p.args[0].number, 18);
    str_copy(q.args[0].value, sizeof q.args[0].value, "101");
    assert_int_equal(parse_request(f, &q), -1);
    assert_non_null(strstr(f->e.text[LANG_EN], "101"));
    str_copy(q.args[0].name, sizeof q.args[0].name, "leverage");
    assert_int_equal(parse_request(f, &q), -1);
    assert_non_null(strstr(f->e.text[LANG_EN], "leverage"));
}

static void the_page_needs_no_slash(void **state) {
    struct fixture *f = *state;
    struct request q = {.platform = PLATFORM_LOCAL};
    str_copy(q.text, sizeof q.text, "status");
    assert_int_equal(parse_request(f, &q), 0);
    assert_string_equal(f->p.command->name, "status");
}

static void a_line_that_may_be_cut_is_refused(void **state) {
    struct fixture *f = *state;
    struct request q = {.platform = PLATFORM_TELEGRAM};
    memset(q.text, '1', sizeof q.text); /* not even ended */
    memcpy(q.text, "/close ", 7);
    assert_int_equal(parse_request(f, &q), -1);
    assert_non_null(strstr(f->e.text[LANG_EN], "too long"));
}

static void values_can_be_read_again(void **state) {
    struct fixture *f = *state;
    struct parsed again;
    good(f, "/close xauusd 50 %", "close", "target=xauusd percent=50%");
    assert_int_equal(args_again(f->p.command, f->p.value, f->engine, f->arena, &again, &f->e), 0);
    assert_int_equal(again.args[0].instrument, 0);
    assert_int_equal(again.args[1].number, 50);
    str_copy(again.value[0], ARG_VALUE_MAX, "GONE");
    assert_int_equal(args_again(f->p.command, again.value, f->engine, f->arena, &f->p, &f->e), -1);
}

static void distances(void **state) {
    (void)state;
    assert_int_equal(args_distance("close", "close"), 0);
    assert_int_equal(args_distance("Close", "close"), 0);
    assert_int_equal(args_distance("clsoe", "close"), 2);
    assert_int_equal(args_distance("", "abc"), 3);
    assert_int_equal(args_distance("abc", ""), 3);
    assert_int_equal(args_distance("a", "sixteen"), 7);
    char longest[200];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(args_distance(longest, "a"), 99);
}

/* Whatever comes in: an answer in both languages, in bounds, and numbers never outside their range. */
static void any_bytes(void **state) {
    struct fixture *f = *state;
    struct rng r;
    static const char *const seeds[] = {"/close ", "/trades ", "/stats ", "/help ",   "/why ", "/config show ",
                                        "/",       "close",    "/stop ",  "/cancel ", "/be ",  "/stop 17 "};
    static const char *const bits[] = {" ",
                                       "%",
                                       "#",
                                       "17",
                                       "-1",
                                       "999999999999999999",
                                       "XAUUSD",
                                       "all",
                                       "tout",
                                       "\xc2\xa0",
                                       "\xe2\x80\xaf",
                                       "\xff",
                                       "@",
                                       "\xe2\x80\xae",
                                       "50",
                                       "\n",
                                       "day",
                                       "/",
                                       "'",
                                       "\"",
                                       "$(x)",
                                       "$",
                                       "-",
                                       "2410,5",
                                       " ticks",
                                       "é"};
    rng_seed(&r, 11);
    for (int i = 0; i < 100000; i++) {
        struct request q = {.platform = (enum platform)rng_below(&r, PLATFORM_COUNT)};
        struct buf b;
        buf_init(&b, sizeof q.text);
        buf_str(&b, seeds[rng_below(&r, sizeof seeds / sizeof seeds[0])]);
        for (uint64_t n = rng_below(&r, 12); n; n--) buf_str(&b, bits[rng_below(&r, sizeof bits / sizeof bits[0])]);
        str_copy(q.text, sizeof q.text, b.p ? b.p : "");
        buf_clear(&b);
        if (parse_request(f, &q) < 0) {
            assert_true(*f->e.text[LANG_EN] && *f->e.text[LANG_FR]);
            assert_true(f->e.code != ERR_NONE);
        } else {
            for (uint32_t k = 0; k < f->p.command->arg_count; k++) {
                const struct arg *a = &f->p.args[k];
                if (a->given && f->p.command->args[k].kind == ARG_PERCENT) assert_in_range(a->number, 1, 100);
                if (a->given && f->p.command->args[k].kind == ARG_INT) assert_in_range(a->number, 1, 50);
                if (!a->given) assert_true(a->instrument == -1 && !a->all && !a->number);
            }
        }
        arena_reset(f->arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(refusals),
        cmocka_unit_test(levels),
        cmocka_unit_test(orders_trades_and_levels),
        cmocka_unit_test(named_options),
        cmocka_unit_test(the_page_needs_no_slash),
        cmocka_unit_test(a_line_that_may_be_cut_is_refused),
        cmocka_unit_test(values_can_be_read_again),
        cmocka_unit_test(distances),
        cmocka_unit_test(any_bytes),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
