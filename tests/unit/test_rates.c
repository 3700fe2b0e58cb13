/* How often people may ask, and who was answered today: by themselves, with a time that is given. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "bot/rates.h"
#include "bot/strangers.h"
#include "engine/base/buf.h"

static uint32_t burst(struct rates *r, const char *who, bool owner, enum rate what, int64_t now) {
    uint32_t good = 0;
    for (int i = 0; i < 200; i++) good += rates_take(r, who, owner, what, now) == RATE_GOOD;
    return good;
}

static void bursts_and_what_comes_back(void **state) {
    (void)state;
    struct rates *r = rates_new();
    assert_int_equal(burst(r, "a", true, RATE_READ, 0), 200);
    assert_int_equal(burst(r, "a", true, RATE_MONEY, 0), RATE_MONEY_BURST);
    assert_int_equal(burst(r, "a", true, RATE_WRONG, 0), RATE_WRONG_BURST);
    assert_int_equal(burst(r, "b", false, RATE_READ, 0), RATE_READS_BURST);
    assert_int_equal(burst(r, "b", false, RATE_WRONG, 0), 0); /* the same five */
    assert_int_equal(burst(r, "b", false, RATE_MONEY, 0), RATE_MONEY_BURST);
    assert_int_equal(rates_wait_ms(r, "b", false, RATE_READ, 0), 12000);
    assert_int_equal(rates_wait_ms(r, "a", true, RATE_READ, 0), 0);
    assert_int_equal(rates_wait_ms(r, "nobody", false, RATE_READ, 0), 0);
    assert_int_equal(burst(r, "b", false, RATE_READ, 11999), 0);
    assert_int_equal(burst(r, "b", false, RATE_READ, 12000), 1);
    assert_int_equal(burst(r, "b", false, RATE_READ, 3600000), RATE_READS_BURST); /* never more than a burst */
    assert_int_equal(burst(r, "b", false, RATE_READ, 0), 0); /* a clock that went back gives nothing */
    rates_free(r);
}

static void told_once_and_counted(void **state) {
    (void)state;
    struct rates *r = rates_new();
    burst(r, "b", false, RATE_READ, 0);
    assert_int_equal(rates_passed_over(r, "b"), 200 - RATE_READS_BURST - 1);
    assert_int_equal(rates_passed_over(r, "b"), 0);
    assert_int_equal(rates_take(r, "b", false, RATE_READ, 0), RATE_SILENT);
    assert_int_equal(rates_take(r, "b", false, RATE_READ, 12000), RATE_GOOD);
    assert_int_equal(rates_take(r, "b", false, RATE_READ, 12000), RATE_SAY); /* well again in between: told again */
    assert_int_equal(rates_take(r, "b", false, RATE_READ, 12000), RATE_SILENT);
    rates_free(r);
}

static void people_are_bounded(void **state) {
    (void)state;
    struct rates *r = rates_new();
    char who[24];
    for (int i = 0; i < RATES_PEOPLE_MAX; i++) {
        snprintf(who, sizeof who, "discord:%d", i);
        assert_int_equal(rates_take(r, who, false, RATE_READ, 0), RATE_GOOD);
    }
    assert_int_equal(rates_take(r, "one too many", false, RATE_READ, 0), RATE_SILENT);
    rates_free(r);
}

/* ---- strangers ---- */

static char rows[32][9000];
static uint32_t written;

static void put(void *arg, const char *key, const char *value) {
    (void)arg;
    unsigned row;
    assert_int_equal(sscanf(key, STRANGERS_KEY "%u", &row), 1);
    assert_true(row < 32);
    assert_true(!value || strlen(value) < 8192);
    str_copy(rows[row], sizeof rows[row], value ? value : "");
    written++;
}

static struct strangers *loaded(void) {
    struct strangers *s = strangers_new(put, NULL);
    for (unsigned i = 0; i < 32; i++) {
        char key[32];
        snprintf(key, sizeof key, STRANGERS_KEY "%02u", i);
        if (rows[i][0]) strangers_load(s, key, rows[i]);
    }
    return s;
}

static bool first(struct strangers *s, int who, int64_t sec) {
    char actor[32];
    snprintf(actor, sizeof actor, "telegram:%d", who);
    return strangers_first(s, actor, when_from_sec(sec));
}

static void once_a_day_over_restarts(void **state) {
    (void)state;
    memset(rows, 0, sizeof rows);
    struct strangers *s = loaded();
    for (int i = 0; i < 1000; i++) assert_true(first(s, i, 1736121600));
    strangers_free(s);
    s = loaded();
    written = 0;
    for (int i = 0; i < 1000; i++) assert_false(first(s, i, 1736121600 + 86399));
    assert_int_equal(written, 0);
    assert_true(first(s, 1000, 1736121600));
    strangers_free(s);
    s = loaded();
    assert_false(first(s, 1000, 1736121600));
    assert_true(first(s, 1, 1736121600 + 86400)); /* another day */
    assert_true(rows[1][0] == '\0' && rows[2][0] == '\0');
    assert_false(first(s, 1, 1736121600 + 86400));
    strangers_free(s);
}

static void strangers_are_bounded(void **state) {
    (void)state;
    memset(rows, 0, sizeof rows);
    struct strangers *s = loaded();
    int answered = 0;
    for (int i = 0; i < 3 * STRANGERS_MAX; i++) answered += first(s, i, 0);
    assert_int_equal(answered, STRANGERS_MAX);
    for (int i = 0; i < STRANGERS_MAX; i++) assert_false(first(s, i, 0));
    strangers_free(s);
    s = loaded();
    for (int i = 0; i < 2 * STRANGERS_MAX; i++) assert_false(first(s, i, 0));
    strangers_free(s);
}

static void odd_rows_are_left_alone(void **state) {
    (void)state;
    static const char *const odd[] = {"",
                                      "x",
                                      "20000",
                                      "20000 zz",
                                      "20000 0011223344556677",
                                      "20000 0011223344556677 00",
                                      "99999999999 0011223344556677",
                                      "-5 0011223344556677",
                                      "19999 8899aabbccddeeff"};
    memset(rows, 0, sizeof rows);
    struct strangers *s = loaded();
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) strangers_load(s, STRANGERS_KEY "0", odd[i]);
    strangers_load(s, "confirm:0", "20000 0011223344556677");
    assert_true(first(s, 7, 20000LL * 86400));
    assert_int_equal(strlen(rows[0]), strlen("20000 0011223344556677 0011223344556677"));
    strangers_free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bursts_and_what_comes_back), cmocka_unit_test(told_once_and_counted),
        cmocka_unit_test(people_are_bounded),         cmocka_unit_test(once_a_day_over_restarts),
        cmocka_unit_test(strangers_are_bounded),      cmocka_unit_test(odd_rows_are_left_alone),
    };
    return RUN(tests);
}
