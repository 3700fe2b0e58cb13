/* hash: published vectors of XXH64, SHA-256 and CRC-32, and the same answer however the bytes are cut. */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/hash.h"

/* The buffer of the reference implementation's own sanity check. */
static void reference_bytes(uint8_t *out, size_t n) {
    uint64_t x = 2654435761u;
    for (size_t i = 0; i < n; i++, x *= 11400714785074694797ULL) out[i] = (uint8_t)(x >> 56);
}

static void xxh64_reference_vectors(void **state) {
    (void)state;
    static const struct {
        size_t n;
        uint64_t seed, want;
    } rows[] = {
        {0, 0, 0xef46db3751d8e999ULL},
        {0, 2654435761u, 0xac75fda2929b17efULL},
        {1, 0, 0xe934a84adb052768ULL},
        {1, 2654435761u, 0x5014607643a9b4c3ULL},
        {4, 0, 0x9136a0dca57457eeULL},
        {14, 0, 0x8282dcc4994e35c8ULL},
        {14, 2654435761u, 0xc3bd6bf63deb6df0ULL},
        {222, 0, 0xb641ae8cb691c174ULL},
        {222, 2654435761u, 0x20cb8ab7ae10c14aULL},
    };
    uint8_t bytes[222];
    reference_bytes(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(hash64(bytes, rows[i].n, rows[i].seed) == rows[i].want);
    }
    assert_true(hash64(NULL, 0, 0) == rows[0].want);
    assert_true(hash64("abc", 3, 0) == 0x44bc2cf5ad770999ULL);
}

static void hash64_ignores_alignment_and_sees_every_byte(void **state) {
    (void)state;
    uint8_t bytes[110];
    for (size_t n = 1; n < 100; n++) {
        reference_bytes(bytes, n);
        uint64_t first = hash64(bytes, n, 0);
        memmove(bytes + 3, bytes, n);
        assert_true(hash64(bytes + 3, n, 0) == first);
        bytes[3 + n - 1] ^= 1;
        assert_true(hash64(bytes + 3, n, 0) != first);
    }
}

static void check_sha256(const char *text, size_t n, size_t step, const char *want) {
    struct sha256 s;
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX];
    sha256_init(&s);
    for (size_t i = 0; i < n; i += step) sha256_add(&s, text + i, n - i < step ? n - i : step);
    sha256_done(&s, digest);
    hex_text(hex, digest, sizeof digest);
    assert_string_equal(hex, want);
}

static void sha256_published_vectors(void **state) {
    (void)state;
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    static char million[1000000];
    memset(million, 'a', sizeof million);
    check_sha256("", 0, 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_sha256("abc", 3, 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    for (size_t step = 1; step < 60; step += 7) {
        check_sha256(two_blocks, 56, step, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    }
    check_sha256(million, sizeof million, 977, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    check_sha256(million, sizeof million, 64, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void crc32_vectors(void **state) {
    (void)state;
    assert_int_equal(crc32_of("", 0), 0);
    assert_int_equal(crc32_of("123456789", 9), 0xcbf43926u);
    assert_int_equal(crc32_of("The quick brown fox jumps over the lazy dog", 43), 0x414fa339u);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xxh64_reference_vectors),
        cmocka_unit_test(hash64_ignores_alignment_and_sees_every_byte),
        cmocka_unit_test(sha256_published_vectors),
        cmocka_unit_test(crc32_vectors),
    };
    return RUN(tests);
}
