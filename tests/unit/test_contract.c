/*
 * contract: names of contracts, and the days on which they expire and are rolled, against
 * the dates that the exchange published or that follow from its rules where a holiday moves them.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/when.h"
#include "engine/contract.h"

static uint16_t named(const char *text, const char *root) {
    return contract_parse(text, strlen(text), root);
}

static int32_t day(const char *text) {
    when_t t;
    assert_true(when_parse_iso(text, strlen(text), NULL, &t));
    return (int32_t)(when_sec(t) / 86400);
}

static void assert_day(int32_t have, const char *want) {
    char text[WHEN_TEXT_MAX];
    when_iso(text, when_from_sec(have * 86400LL));
    text[10] = '\0';
    assert_string_equal(text, want);
}

static void names(void **state) {
    (void)state;
    static const struct {
        const char *text, *root;
        int year, month;
    } good[] = {{"ESZ26", "ES", 2026, 12}, {"ESH2027", "ES", 2027, 3}, {"201312", "ES", 2013, 12},
                {"Z26", "ES", 2026, 12},   {"MESM25", "MES", 2025, 6}, {"CLF26", "CL", 2026, 1},
                {"ESH98", "ES", 1998, 3}};
    char said[CONTRACT_TEXT_MAX];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(named(good[i].text, good[i].root), good[i].year * 12 + good[i].month - 1);
    static const char *const bad[] = {"",       "ES",     "ESZ",  "ESZ6",    "ESA26", "NQZ26",
                                      "202613", "202600", "ESZ2", "ESZ0026", "26Z",   "ESZ26 "};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_int_equal(named(bad[i], "ES"), 0);
    assert_string_equal(contract_say(said, "ES", named("202612", "ES")), "ESZ26");
    assert_string_equal(contract_say(said, "MNQ", named("MNQH07", "MNQ")), "MNQH07");
    assert_string_equal(contract_say(said, "ES", 0), "");
    assert_int_equal(contract_months("FZ"), 0x801);
    assert_int_equal(contract_months("FA"), 0);
}

/* Third Fridays; where one is a holiday of the stock exchange (Juneteenth on Friday the 19th of 2026, kept on Friday the 18th
 * in 2027, Good Friday of 2008) the day before. The roll stays the Thursday of the week before. */
static void index_futures(void **state) {
    (void)state;
    static const struct {
        const char *code, *expires, *roll;
    } es[] = {
        {"ESH08", "2008-03-20", "2008-03-13"}, {"ESM12", "2012-06-15", "2012-06-07"},
        {"ESH13", "2013-03-15", "2013-03-07"}, {"ESZ13", "2013-12-20", "2013-12-12"},
        {"ESH24", "2024-03-15", "2024-03-07"}, {"ESM24", "2024-06-21", "2024-06-13"},
        {"ESU24", "2024-09-20", "2024-09-12"}, {"ESZ24", "2024-12-20", "2024-12-12"},
        {"ESH25", "2025-03-21", "2025-03-13"}, {"ESM25", "2025-06-20", "2025-06-12"},
        {"ESU25", "2025-09-19", "2025-09-11"}, {"ESZ25", "2025-12-19", "2025-12-11"},
        {"ESH26", "2026-03-20", "2026-03-12"}, {"ESM26", "2026-06-18", "2026-06-11"},
        {"ESU26", "2026-09-18", "2026-09-10"}, {"ESZ26", "2026-12-18", "2026-12-10"},
        {"ESH27", "2027-03-19", "2027-03-11"}, {"ESM27", "2027-06-17", "2027-06-10"},
        {"ESU27", "2027-09-17", "2027-09-09"}, {"ESZ27", "2027-12-17", "2027-12-09"},
    };
    struct roll_config r;
    int32_t roll, expires;
    assert_true(roll_config_builtin("ES", &r));
    assert_true(roll_config_holds(&r));
    for (size_t i = 0; i < sizeof es / sizeof es[0]; i++) {
        assert_true(contract_days(&r, named(es[i].code, "ES"), &roll, &expires));
        assert_day(expires, es[i].expires);
        assert_day(roll, es[i].roll);
    }
    /* Each is meant until its roll, and the next from that day on. */
    for (size_t i = 4; i + 1 < sizeof es / sizeof es[0]; i++) {
        assert_int_equal(contract_on(&r, day(es[i].roll) - 1), named(es[i].code, "ES"));
        assert_int_equal(contract_on(&r, day(es[i].roll)), named(es[i + 1].code, "ES"));
        assert_int_equal(contract_after(&r, named(es[i].code, "ES")), named(es[i + 1].code, "ES"));
    }
    assert_false(roll_config_builtin("XAUUSD", &r));
}

/* CL: three business days before the 25th of the month before, four where that is no business day. GC: the third last
 * business day of its month; what counts for the roll is the first notice, on the last business day before its month. */
static void oil_and_gold(void **state) {
    (void)state;
    static const struct {
        const char *root, *code, *expires, *counts;
    } rows[] = {
        {"CL", "CLF26", "2025-12-19", "2025-12-19"}, /* the 25th is Christmas */
        {"CL", "CLG26", "2026-01-20", "2026-01-20"}, /* a Sunday; Monday the 19th is Martin Luther King's */
        {"CL", "CLH26", "2026-02-20", "2026-02-20"}, {"CL", "CLJ26", "2026-03-20", "2026-03-20"},
        {"CL", "CLM26", "2026-05-19", "2026-05-19"}, /* Memorial Day */
        {"GC", "GCG26", "2026-02-25", "2026-01-30"}, {"GC", "GCJ26", "2026-04-28", "2026-03-31"},
        {"GC", "GCM26", "2026-06-26", "2026-05-29"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct roll_config r;
        int32_t roll, expires;
        assert_true(roll_config_builtin(rows[i].root, &r));
        r.days_before = 0;
        assert_true(contract_days(&r, named(rows[i].code, rows[i].root), &roll, &expires));
        assert_day(expires, rows[i].expires);
        assert_day(roll, rows[i].counts);
    }
}

static void lists_win(void **state) {
    (void)state;
    struct roll_config r;
    int32_t roll, expires;
    assert_true(roll_config_builtin("ES", &r));
    r.count = 2;
    r.list[0].contract = named("ESZ26", "ES");
    r.list[0].expires = day("2026-12-17");
    r.list[1].contract = named("ESM27", "ES"); /* no March at all */
    r.list[1].expires = day("2027-06-17");
    assert_true(roll_config_holds(&r));
    assert_true(contract_days(&r, r.list[0].contract, &roll, &expires));
    assert_day(roll, "2026-12-09");
    assert_int_equal(contract_after(&r, r.list[0].contract), r.list[1].contract);
    assert_int_equal(contract_on(&r, day("2026-12-08")), r.list[0].contract);
    assert_int_equal(contract_on(&r, day("2026-12-09")), r.list[1].contract);
    assert_int_equal(contract_on(&r, day("2027-06-09")), 0);
    assert_false(contract_days(&r, named("ESH27", "ES"), &roll, &expires));
    r.list[1].expires = r.list[0].expires;
    assert_false(roll_config_holds(&r));
    r.count = 0;
    r.expiry = EXPIRY_LISTED;
    assert_false(roll_config_holds(&r));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(index_futures),
        cmocka_unit_test(oil_and_gold),
        cmocka_unit_test(lists_win),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
