/* snap: what is written comes back; every shorter input, and every impossible value, is bad and reads as zeros. */
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#include "engine/base/snap.h"

enum colour { RED, GREEN, BLUE, COLOUR_COUNT };

struct thing {
    uint8_t a;
    uint16_t b;
    uint32_t c;
    uint64_t d;
    int32_t e;
    int64_t f;
    double g;
    bool h;
    price_t price;
    qty_t qty;
    cash_t cash;
    when_t when;
    char text[12];
    enum colour colour;
    uint32_t count;
    uint16_t items[4];
    uint8_t raw[5];
};

static void thing_snap(struct snap *s, struct thing *t) {
    snap_u8(s, &t->a);
    snap_u16(s, &t->b);
    snap_u32(s, &t->c);
    snap_u64(s, &t->d);
    snap_i32(s, &t->e);
    snap_i64(s, &t->f);
    snap_f64(s, &t->g);
    snap_bool(s, &t->h);
    snap_price(s, &t->price);
    snap_qty(s, &t->qty);
    snap_cash(s, &t->cash);
    snap_when(s, &t->when);
    snap_text(s, t->text, sizeof t->text);
    SNAP_ENUM(s, &t->colour, COLOUR_COUNT);
    snap_count(s, &t->count, 4);
    for (uint32_t i = 0; i < t->count; i++) snap_u16(s, &t->items[i]);
    snap_raw(s, t->raw, sizeof t->raw);
}

static struct thing sample(void) {
    struct thing t;
    memset(&t, 0, sizeof t); /* padding too: things are compared as bytes */
    t.a = 200;
    t.b = 0xbeef;
    t.c = 0xdeadbeef;
    t.d = UINT64_MAX - 1;
    t.e = INT32_MIN;
    t.f = INT64_MIN;
    t.g = -0.0;
    t.h = true;
    t.price.v = -262481000000;
    t.qty.v = 1;
    t.cash.v = INT64_MAX;
    t.when = WHEN_NONE;
    memcpy(t.text, "été 12345", sizeof "été 12345");
    t.colour = BLUE;
    t.count = 3;
    t.items[0] = 7;
    t.items[2] = 65535;
    memcpy(t.raw, "\0\1\2\3\4", 5);
    return t;
}

static void write_sample(struct buf *out) {
    struct thing t = sample();
    struct snap s;
    buf_init(out, 1000);
    snap_writer(&s, out);
    thing_snap(&s, &t);
    assert_true(snap_complete(&s));
    struct thing untouched = sample();
    assert_memory_equal(&t, &untouched, sizeof t);
}

static void round_trip(void **state) {
    (void)state;
    struct buf out;
    write_sample(&out);
    struct thing t, want = sample();
    memset(&t, 0, sizeof t);
    struct snap s;
    snap_reader(&s, out.p, out.len);
    thing_snap(&s, &t);
    assert_true(snap_complete(&s));
    assert_memory_equal(&t, &want, sizeof t);
    assert_true(signbit(t.g));
    buf_clear(&out);
}

static void the_bytes_are_little_endian_without_padding(void **state) {
    (void)state;
    struct buf out;
    struct snap s;
    buf_init(&out, 100);
    snap_writer(&s, &out);
    uint8_t a = 1;
    uint32_t b = 0x01020304;
    int64_t c = -2;
    char text[8] = "hi";
    snap_u8(&s, &a);
    snap_u32(&s, &b);
    snap_i64(&s, &c);
    snap_text(&s, text, sizeof text);
    static const char want[] = "\1\4\3\2\1\xfe\xff\xff\xff\xff\xff\xff\xff\2\0\0\0hi";
    assert_int_equal(out.len, sizeof want - 1);
    assert_memory_equal(out.p, want, out.len);
    buf_clear(&out);
}

static void every_truncation_is_bad_and_stays_in_bounds(void **state) {
    (void)state;
    struct buf out;
    write_sample(&out);
    for (size_t n = 0; n < out.len; n++) {
        struct buf part; /* memory of exactly n bytes: a sanitizer sees a read past them */
        buf_init(&part, n);
        buf_add(&part, out.p, n);
        struct thing t;
        memset(&t, 0xff, sizeof t);
        struct snap s;
        snap_reader(&s, part.p, n);
        thing_snap(&s, &t);
        assert_true(s.bad);
        for (size_t i = 0; i < sizeof t.raw; i++) assert_int_equal(t.raw[i], 0);
        assert_int_equal(strnlen(t.text, sizeof t.text) < sizeof t.text, 1);
        assert_true((unsigned)t.colour < COLOUR_COUNT && t.count <= 4);
        buf_clear(&part);
    }
    buf_clear(&out);
}

static void leftovers_are_incomplete(void **state) {
    (void)state;
    struct snap s;
    uint8_t v;
    snap_reader(&s, "ab", 2);
    snap_u8(&s, &v);
    assert_false(s.bad);
    assert_false(snap_complete(&s));
    snap_u8(&s, &v);
    assert_true(snap_complete(&s));
    snap_u8(&s, &v);
    assert_int_equal(v, 0);
    assert_false(snap_complete(&s));
    snap_reader(&s, NULL, 0);
    assert_true(snap_complete(&s));
}

static void impossible_values_are_bad(void **state) {
    (void)state;
    struct snap s;
    char text[4];
    uint32_t n = 9;
    bool b = true;
    enum colour c = GREEN;
    snap_reader(&s, "\2", 1);
    snap_bool(&s, &b);
    assert_true(s.bad && !b);
    snap_reader(&s, "\3\0\0\0", 4);
    SNAP_ENUM(&s, &c, COLOUR_COUNT);
    assert_true(s.bad && c == RED);
    snap_reader(&s, "\5\0\0\0", 4);
    snap_count(&s, &n, 4);
    assert_true(s.bad && n == 0);
    snap_reader(&s, "\4\0\0\0abcd", 8); /* no room for the terminator */
    snap_text(&s, text, sizeof text);
    assert_true(s.bad);
    assert_string_equal(text, "");
    snap_reader(&s, "\3\0\0\0a\0b", 7);
    snap_text(&s, text, sizeof text);
    assert_true(s.bad);
    assert_string_equal(text, "");
    snap_reader(&s, "\xff\xff\xff\xff", 4);
    snap_text(&s, text, sizeof text);
    assert_true(s.bad);
}

static void a_writer_notices_what_cannot_be_written(void **state) {
    (void)state;
    struct buf out;
    struct snap s;
    buf_init(&out, 6);
    snap_writer(&s, &out);
    uint32_t n = 5;
    snap_u32(&s, &n);
    assert_false(s.bad);
    snap_u32(&s, &n); /* past the cap of the buffer */
    assert_true(s.bad);
    buf_reset(&out);
    snap_writer(&s, &out);
    snap_count(&s, &n, 4);
    assert_true(s.bad);
    buf_reset(&out);
    snap_writer(&s, &out);
    char text[2] = {'a', 'b'};
    snap_text(&s, text, sizeof text);
    assert_true(s.bad);
    buf_clear(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(the_bytes_are_little_endian_without_padding),
        cmocka_unit_test(every_truncation_is_bad_and_stays_in_bounds),
        cmocka_unit_test(leftovers_are_incomplete),
        cmocka_unit_test(impossible_values_are_bad),
        cmocka_unit_test(a_writer_notices_what_cannot_be_written),
    };
    return RUN(tests);
}
