/* Bytes in pieces: plain while few, gzip afterwards, refused past the limit; the same bytes however they are cut. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "bot/pack.h"
#include "engine/base/mem.h"
#include "engine/base/rng.h"

#define MAX (4u << 20)

static void unpacked(const struct pack *p, struct buf *out) {
    unsigned char step[65536];
    z_stream z = {0};
    int r;
    assert_int_equal(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
    z.next_in = (Bytef *)p->out.p;
    z.avail_in = (uInt)p->out.len;
    do {
        z.next_out = step;
        z.avail_out = sizeof step;
        r = inflate(&z, Z_NO_FLUSH);
        assert_true(r == Z_OK || r == Z_STREAM_END);
        buf_add(out, step, sizeof step - z.avail_out);
    } while (r != Z_STREAM_END);
    assert_int_equal(z.avail_in, 0);
    inflateEnd(&z);
}

static void few_bytes_stay_as_they_are(void **state) {
    (void)state;
    struct pack p;
    pack_init(&p, MAX);
    assert_true(pack_end(&p)); /* nothing at all */
    assert_int_equal(p.out.len, 0);
    pack_clear(&p);
    pack_init(&p, MAX);
    pack_add(&p, "a,b\n", 4);
    pack_add(&p, "1,2\n", 4);
    assert_true(pack_end(&p) && !p.is_packed);
    assert_string_equal(p.out.p, "a,b\n1,2\n");
    pack_clear(&p);
}

static char *rows(size_t n) {
    char *text = xmalloc(n + 1);
    for (size_t i = 0; i < n; i++) text[i] = i % 32 == 31 ? '\n' : (char)('a' + i * 7 / 32 % 26);
    text[n] = '\0';
    return text;
}

static void cut(struct pack *p, const char *text, size_t n, size_t step) {
    pack_init(p, MAX);
    for (size_t at = 0; at < n; at += step) pack_add(p, text + at, n - at < step ? n - at : step);
    assert_true(pack_end(p));
    assert_int_equal(p->taken, n);
}

static void many_are_packed_and_come_back_whole(void **state) {
    (void)state;
    size_t n = 3 * PACK_PLAIN_MAX + 17;
    char *text = rows(n);
    struct pack one, other;
    struct buf back;
    cut(&one, text, n, 777);
    cut(&other, text, n, 777);
    assert_true(one.is_packed && one.out.len < PACK_PLAIN_MAX);
    assert_int_equal(one.out.len, other.out.len); /* no time, no name: the same file again */
    assert_memory_equal(one.out.p, other.out.p, one.out.len);
    buf_init(&back, n + 1);
    unpacked(&one, &back);
    assert_int_equal(back.len, n);
    assert_memory_equal(back.p, text, n);
    pack_clear(&one);
    pack_clear(&other);
    buf_clear(&back);
    cut(&one, text, PACK_PLAIN_MAX, 1000); /* the last size that is not */
    assert_false(one.is_packed);
    pack_clear(&one);
    cut(&one, text, PACK_PLAIN_MAX + 1, n); /* one piece */
    assert_true(one.is_packed);
    pack_clear(&one);
    free(text);
}

static void too_many_are_refused_and_hold_no_memory(void **state) {
    (void)state;
    struct pack p;
    struct rng r;
    uint64_t noise[1024];
    rng_seed(&r, 7);
    pack_init(&p, MAX);
    for (size_t i = 0; i < 1000 && !p.is_full; i++) {
        for (size_t k = 0; k < 1024; k++) noise[k] = rng_u64(&r);
        pack_add(&p, noise, sizeof noise);
    }
    assert_true(p.is_full);
    assert_int_equal(p.out.len, 0);
    assert_null(p.stream);
    pack_add(&p, "more", 4);
    assert_false(pack_end(&p));
    pack_clear(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_bytes_stay_as_they_are),
        cmocka_unit_test(many_are_packed_and_come_back_whole),
        cmocka_unit_test(too_many_are_refused_and_hold_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
