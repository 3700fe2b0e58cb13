/*
 * money: vectors by hand, the edges of 64 bits, and thousands of random cases against Python's
 * decimal and integers, which share no code and no representation with ours.
 */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/money.h"
#include "engine/base/rng.h"

#define NB "\u00a0"
#define NN "\u202f"

static cash_t cash(const char *s) {
    cash_t c = {0};
    assert_true(cash_parse(s, strlen(s), &c));
    return c;
}

static price_t price(const char *s) {
    price_t p = {0};
    assert_true(price_parse(s, strlen(s), &p));
    return p;
}

static void parses_whole_numbers_or_refuses(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t v;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"1", 1000000},
                {"-1234.5", -1234500000},
                {"007.10", 7100000},
                {".5", 500000},
                {"-.5", -500000},
                {"0.000001", 1},
                {"1.0000000000000", 1000000},
                {"9223372036854.775807", INT64_MAX},
                {"-9223372036854.775808", INT64_MIN}};
    static const char *const bad[] = {"",
                                      "-",
                                      ".",
                                      "-.",
                                      "5.",
                                      "1e3",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1,5",
                                      "--1",
                                      "1.2.3",
                                      "0x10",
                                      "nan",
                                      "inf",
                                      "1-",
                                      "0.0000001",
                                      "1.0000010001",
                                      "9223372036854.775808",
                                      "-9223372036854.775809",
                                      "99999999999999999999999",
                                      "1\u00a0"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) assert_true(cash(good[i].text).v == good[i].v);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cash_t c = {42};
        if (cash_parse(bad[i], strlen(bad[i]), &c)) fail_msg("accepted: %s", bad[i]);
        assert_int_equal(c.v, 42);
    }
    cash_t c = {42};
    assert_false(cash_parse("1\0002", 3, &c));
    assert_true(cash_parse("12345", 2, &c) && c.v == 12000000);
    assert_true(price("2624.81").v == 262481000000);
    qty_t q;
    assert_true(qty_parse("0.01", 4, &q) && q.v == 1000000);
}

static void overflow_refuses_and_leaves_the_result_alone(void **state) {
    (void)state;
    const int64_t hi = INT64_MAX, lo = INT64_MIN;
    price_t p = {7};
    qty_t q = {7};
    cash_t c = {7};
    int64_t v = 7;
    assert_false(price_add((price_t){hi}, (price_t){1}, &p));
    assert_false(price_sub((price_t){lo}, (price_t){1}, &p));
    assert_false(qty_add((qty_t){lo}, (qty_t){-1}, &q));
    assert_false(qty_sub((qty_t){0}, (qty_t){lo}, &q));
    assert_false(cash_add((cash_t){hi}, (cash_t){hi}, &c));
    assert_false(cash_sub((cash_t){hi}, (cash_t){-1}, &c));
    assert_false(mul_div(1, 1, 0, &v));
    assert_false(mul_div(hi, 2, 1, &v));
    assert_false(mul_div(lo, -1, 1, &v));
    assert_false(mul_div(lo, 1, -1, &v));
    assert_true(p.v == 7 && q.v == 7 && c.v == 7 && v == 7);
    assert_true(price_add((price_t){hi}, (price_t){lo}, &p) && p.v == -1);
    assert_true(cash_sub((cash_t){-1}, (cash_t){hi}, &c) && c.v == lo);
    assert_true(mul_div(lo, lo, lo, &v) && v == lo);
    assert_true(mul_div(hi, hi, hi, &v) && v == hi);
    assert_true(price_cmp((price_t){lo}, (price_t){hi}) < 0 && qty_cmp((qty_t){1}, (qty_t){1}) == 0 &&
                cash_cmp((cash_t){hi}, (cash_t){lo}) > 0);
}

static void mul_div_rounds_half_to_even(void **state) {
    (void)state;
    static const int64_t rows[][4] = {{1, 1, 2, 0},  {3, 1, 2, 2},   {5, 1, 2, 2},   {7, 1, 2, 4},
                                      {-1, 1, 2, 0}, {-3, 1, 2, -2}, {3, 1, -2, -2}, {-5, 1, 2, -2},
                                      {2, 1, 3, 1},  {1, 1, 3, 0},   {-2, 1, 3, -1}, {10, 10, 8, 12}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t v;
        assert_true(mul_div(rows[i][0], rows[i][1], rows[i][2], &v));
        assert_int_equal(v, rows[i][3]);
    }
}

static void rounding_to_a_step(void **state) {
    (void)state;
    price_t tick = price("0.25");
    assert_true(price_floor(price("10.30"), tick).v == price("10.25").v);
    assert_true(price_ceil(price("10.30"), tick).v == price("10.5").v);
    assert_true(price_round(price("10.30"), tick).v == price("10.25").v);
    assert_true(price_round(price("10.375"), tick).v == price("10.5").v); /* half: 42 is even, 41 is not */
    assert_true(price_round(price("10.625"), tick).v == price("10.5").v);
    assert_true(price_floor(price("-10.30"), tick).v == price("-10.5").v);
    assert_true(price_ceil(price("-10.30"), tick).v == price("-10.25").v);
    assert_true(price_floor(tick, tick).v == tick.v && price_ceil(tick, tick).v == tick.v);
    assert_true(qty_floor((qty_t){-199}, (qty_t){100}).v == -100 && qty_floor((qty_t){199}, (qty_t){100}).v == 100);
    assert_true(price_floor((price_t){INT64_MIN}, (price_t){10}).v == INT64_MIN + 8); /* stays inside 64 bits */
    assert_true(price_ceil((price_t){INT64_MAX}, (price_t){10}).v == INT64_MAX - 7);
}

static void doubles(void **state) {
    (void)state;
    price_t p = {7};
    cash_t c = {7};
    assert_false(price_from_double(NAN, &p) || price_from_double(INFINITY, &p) || price_from_double(-INFINITY, &p));
    assert_false(price_from_double(1e11, &p) || price_from_double(-1e11, &p));
    assert_int_equal(p.v, 7);
    assert_true(price_from_double(2624.81, &p) && p.v == 262481000000);
    assert_true(price_from_double(-0.1, &p) && p.v == -10000000);
    assert_true(cash_from_double(0.0000005, &c) && c.v == 0); /* the double is a little below the half */
    assert_true(cash_from_double(0.5 / 64 / 15625, &c) && c.v == 0);
    assert_true(cash_from_double(0.0078125, &c) && c.v == 7812);  /* 7812.5 exactly: to even */
    assert_true(cash_from_double(0.0234375, &c) && c.v == 23438); /* 23437.5 exactly */
    assert_true(cash_from_double(-0.0078125, &c) && c.v == -7812);
    assert_true(cash_from_double(-0.0234375, &c) && c.v == -23438);
    assert_true(fabs(price_to_double(price("2624.81")) - 2624.81) < 1e-12);
    assert_true(cash_to_double(cash("-0.5")) == -0.5 && qty_to_double((qty_t){1}) == 1e-8);
}

static void plain_texts(void **state) {
    (void)state;
    char t[MONEY_TEXT_MAX];
    assert_string_equal(price_text(t, price("2624.81"), 0), "2624.81");
    assert_string_equal(price_text(t, price("2624.80"), 0), "2624.8");
    assert_string_equal(price_text(t, price("2624.80"), 2), "2624.80");
    assert_string_equal(price_text(t, price("2624"), 0), "2624");
    assert_string_equal(price_text(t, price("-0.00000001"), 2), "-0.00000001");
    assert_string_equal(price_text(t, price("5"), 99), "5.00000000");
    assert_string_equal(price_text(t, price("5"), -1), "5");
    assert_string_equal(qty_text(t, (qty_t){0}, 0), "0");
    assert_string_equal(cash_text(t, (cash_t){INT64_MIN}, 0), "-9223372036854.775808");
    assert_string_equal(price_text(t, (price_t){INT64_MIN}, 0), "-92233720368.54775808");
}

static void prices_and_quantities_for_people(void **state) {
    (void)state;
    char t[MONEY_TEXT_MAX];
    assert_string_equal(price_say(t, LANG_EN, price("2624.81"), 2), "2,624.81");
    assert_string_equal(price_say(t, LANG_FR, price("2624.81"), 2), "2" NN "624,81");
    assert_string_equal(price_say(t, LANG_EN, price("2624.815"), 2), "2,624.82");
    assert_string_equal(price_say(t, LANG_EN, price("2624.825"), 2), "2,624.82");
    assert_string_equal(price_say(t, LANG_EN, price("999.995"), 2), "1,000.00");
    assert_string_equal(price_say(t, LANG_EN, price("-0.004"), 2), "0.00");
    assert_string_equal(price_say(t, LANG_EN, price("1.08345"), 5), "1.08345");
    assert_string_equal(price_say(t, LANG_EN, price("100"), 0), "100");
    assert_string_equal(price_say(t, LANG_FR, (price_t){INT64_MIN}, 8), "-92" NN "233" NN "720" NN "368,54775808");
    qty_t q = {1000000};
    assert_string_equal(qty_say(t, LANG_EN, q), "0.01");
    assert_string_equal(qty_say(t, LANG_FR, q), "0,01");
    q.v = 1234567 * QTY_SCALE;
    assert_string_equal(qty_say(t, LANG_EN, q), "1,234,567");
    assert_string_equal(qty_say(t, LANG_FR, q), "1" NN "234" NN "567");
}

static void cash_for_people(void **state) {
    (void)state;
    static const struct {
        const char *amount, *currency;
        bool plus;
        const char *en, *fr;
    } rows[] = {
        {"1250", "USD", true, "+$1,250", "+1" NN "250" NB "$"},
        {"1250", "USD", false, "$1,250", "1" NN "250" NB "$"},
        {"-450.5", "USD", true, "-$450.50", "-450,50" NB "$"},
        {"-450.50", "EUR", false, "-€450.50", "-450,50" NB "€"},
        {"0", "USD", true, "$0", "0" NB "$"},
        {"0.004", "USD", true, "$0", "0" NB "$"},
        {"-0.004", "USD", true, "$0", "0" NB "$"},
        {"0.005", "USD", true, "$0", "0" NB "$"},
        {"0.015", "GBP", true, "+£0.02", "+0,02" NB "£"},
        {"999.995", "USD", false, "$1,000", "1" NN "000" NB "$"},
        {"1234567.1", "CHF", true, "+CHF" NB "1,234,567.10", "+1" NN "234" NN "567,10" NB "CHF"},
        {"5", "", false, "$5", "5"}, /* no currency: no unit at all */
        {"-9223372036854.775808", "USD", true, "-$9,223,372,036,854.78",
         "-9" NN "223" NN "372" NN "036" NN "854,78" NB "$"},
        {"-9223372036854.775808", "A-CODE-TOO-LONG", true, "-A-CODE-T" NB "9,223,372,036,854.78",
         "-9" NN "223" NN "372" NN "036" NN "854,78" NB "A-CODE-T"},
    };
    char t[MONEY_TEXT_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool bare = rows[i].currency[0] == '\0';
        assert_string_equal(cash_say(t, LANG_EN, cash(rows[i].amount), rows[i].currency, rows[i].plus),
                            rows[i].en + bare);
        assert_string_equal(cash_say(t, LANG_FR, cash(rows[i].amount), rows[i].currency, rows[i].plus), rows[i].fr);
    }
}

static void percents_and_numbers_for_people(void **state) {
    (void)state;
    char t[MONEY_TEXT_MAX];
    assert_string_equal(percent_say(t, LANG_EN, 0.625, 1), "62.5%");
    assert_string_equal(percent_say(t, LANG_FR, 0.625, 1), "62,5" NB "%");
    assert_string_equal(percent_say(t, LANG_EN, -0.0001, 1), "0.0%");
    assert_string_equal(percent_say(t, LANG_FR, 12.5, 0), "1" NN "250" NB "%");
    assert_string_equal(number_say(t, LANG_EN, -1234.5, 2), "-1,234.50");
    assert_string_equal(number_say(t, LANG_FR, 1.845, 2), "1,84"); /* the double lies below the half */
    assert_string_equal(number_say(t, LANG_EN, NAN, 2), "–");
    assert_string_equal(percent_say(t, LANG_FR, INFINITY, 2), "–" NB "%");
    assert_string_equal(number_say(t, LANG_FR, -1.5e300, 2), "-1,500e+300");
    assert_string_equal(number_say(t, LANG_FR, -999999999999999.0, 99),
                        "-999" NN "999" NN "999" NN "999" NN "999,00000000");
    percent_say(t, LANG_FR, -9999999999999.9, 8);
    assert_true(strlen(t) < MONEY_TEXT_MAX);
}

/* Random numbers of every length, not only long ones. */
static int64_t any_length(struct rng *r) {
    return (int64_t)rng_u64(r) >> rng_below(r, 64);
}

static const char oracle[] = "import sys\n"
                             "from decimal import Decimal as D, getcontext, ROUND_HALF_EVEN\n"
                             "from fractions import Fraction as F\n"
                             "getcontext().prec = 80\n"
                             "bad = n = 0\n"
                             "def even(f): return round(f)\n" /* Fraction rounds half to even */
                             "def inside(v): return str(v) if -2**63 <= v < 2**63 else 'no'\n"
                             "def people(v, digits, decimals):\n"
                             "    q = D(v).scaleb(-digits).quantize(D(1).scaleb(-decimals), ROUND_HALF_EVEN)\n"
                             "    return f'{abs(q) if q == 0 else q:,.{decimals}f}'\n"
                             "def plain(v, digits, decimals):\n"
                             "    s = f'{D(v).scaleb(-digits):.{digits}f}'\n"
                             "    whole, _, part = s.partition('.')\n"
                             "    keep = max(decimals, len(part.rstrip('0')))\n"
                             "    return whole + ('.' + part[:keep] if keep else '')\n"
                             "for line in open(sys.argv[1], encoding='utf-8'):\n"
                             "    op, *a, got = line.rstrip('\\n').split(' ')\n"
                             "    n += 1\n"
                             "    if op == 'muldiv': want = inside(even(F(int(a[0]) * int(a[1]), int(a[2]))))\n"
                             "    elif op == 'floor': want = str(int(a[0]) // int(a[1]) * int(a[1]))\n"
                             "    elif op == 'ceil': want = str(-(-int(a[0]) // int(a[1])) * int(a[1]))\n"
                             "    elif op == 'round': want = str(even(F(int(a[0]), int(a[1]))) * int(a[1]))\n"
                             "    elif op == 'double': want = inside(even(F(float.fromhex(a[0])) * 10**8))\n"
                             "    elif op == 'text': want = plain(int(a[0]), 8, int(a[1]))\n"
                             "    elif op == 'say': want = people(int(a[0]), 8, int(a[1]))\n"
                             "    elif op == 'parse': want = str(int(D(a[0]).scaleb(8)))\n"
                             "    elif op == 'cash':\n"
                             "        s = people(int(a[0]), 6, 2)\n"
                             "        s = s[:-3] if s.endswith('.00') else s\n"
                             "        want = ('-$' + s[1:]) if s[0] == '-' else ('$' if s == '0' else '+$') + s\n"
                             "    else: want = '?'\n"
                             "    if got != want:\n"
                             "        bad += 1\n"
                             "        print('wrong:', line.strip(), 'wanted', want, file=sys.stderr)\n"
                             "sys.exit(0 if bad == 0 and n > 30000 else 1)\n";

static void write_cases(FILE *f, struct rng *r) {
    char t[MONEY_TEXT_MAX];
    for (int i = 0; i < 4000; i++) {
        int64_t a = any_length(r), b = any_length(r), c = any_length(r), v;
        if (i % 7 == 0) c = 2; /* many exact halves */
        if (c == 0) c = 1;
        if (mul_div(a, b, c, &v))
            fprintf(f, "muldiv %lld %lld %lld %lld\n", (long long)a, (long long)b, (long long)c, (long long)v);
        else
            fprintf(f, "muldiv %lld %lld %lld no\n", (long long)a, (long long)b, (long long)c);
        price_t p = {a / 4}, step = {(int64_t)rng_below(r, 1000000) + 1};
        long long pv = p.v, sv = step.v;
        fprintf(f, "floor %lld %lld %lld\n", pv, sv, (long long)price_floor(p, step).v);
        fprintf(f, "ceil %lld %lld %lld\n", pv, sv, (long long)price_ceil(p, step).v);
        fprintf(f, "round %lld %lld %lld\n", pv, sv, (long long)price_round(p, step).v);
        double d = (double)any_length(r) / (double)(1ull << rng_below(r, 64));
        if (price_from_double(d, &p))
            fprintf(f, "double %a %lld\n", d, (long long)p.v);
        else
            fprintf(f, "double %a no\n", d);
        int decimals = (int)rng_below(r, 9);
        p.v = i % 5 == 0 ? a / 100000 * 100000 : a;
        fprintf(f, "text %lld %d %s\n", (long long)p.v, decimals, price_text(t, p, decimals));
        price_t back = {0};
        bool ok = price_parse(t, strlen(t), &back);
        fprintf(f, "parse %s %s%lld\n", t, ok ? "" : "refused", (long long)back.v);
        fprintf(f, "say %lld %d %s\n", (long long)p.v, decimals, price_say(t, LANG_EN, p, decimals));
        fprintf(f, "cash %lld %s\n", (long long)b, cash_say(t, LANG_EN, (cash_t){b}, "USD", true));
    }
}

static void random_cases_agree_with_python(void **state) {
    (void)state;
    if (system("python3 -c '' 2>/dev/null") != 0) skip();
    const char *tmp = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    char cases[128], script[128], command[300];
    snprintf(cases, sizeof cases, "%s/mia-money-XXXXXX", tmp);
    snprintf(script, sizeof script, "%s/mia-money-XXXXXX", tmp);
    FILE *f = fdopen(mkstemp(script), "w");
    assert_non_null(f);
    fputs(oracle, f);
    assert_int_equal(fclose(f), 0);
    f = fdopen(mkstemp(cases), "w");
    assert_non_null(f);
    struct rng r;
    rng_seed(&r, 42);
    write_cases(f, &r);
    assert_int_equal(fclose(f), 0);
    snprintf(command, sizeof command, "python3 %s %s", script, cases);
    int rc = system(command);
    unlink(script);
    unlink(cases);
    assert_int_equal(rc, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_whole_numbers_or_refuses),
        cmocka_unit_test(overflow_refuses_and_leaves_the_result_alone),
        cmocka_unit_test(mul_div_rounds_half_to_even),
        cmocka_unit_test(rounding_to_a_step),
        cmocka_unit_test(doubles),
        cmocka_unit_test(plain_texts),
        cmocka_unit_test(prices_and_quantities_for_people),
        cmocka_unit_test(cash_for_people),
        cmocka_unit_test(percents_and_numbers_for_people),
        cmocka_unit_test(random_cases_agree_with_python),
    };
    return RUN(tests);
}
