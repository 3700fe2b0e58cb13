/*
 * fuzz_options: any bytes as an options chain. Lines that come out can be, all that was read is counted, and the same rows
 * give the same lines. The first byte chooses the wish, the rest is the file.
 */
#include "tests/fuzz/fuzz.h"

#include "engine/feeds/options_file.h"

#define FILE_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    if (n < 1 || n > FILE_MAX) return 0;
    struct gamma_levels one, two;
    struct options_report r, again;
    struct err e = {0};
    struct options_wish w = {.written = {1736521200 * NS_PER_SEC},
                             .price = bytes[0] & 1 ? 100 : 0,
                             .scale = bytes[0] & 2 ? 10 : 1,
                             .tick = {bytes[0] & 4 ? PRICE_SCALE / 4 : 1}};
    const char *text = (const char *)bytes + 1;
    uint64_t lines = 1;
    for (size_t i = 0; i < n - 1; i++) lines += text[i] == '\n';
    int rc = options_parse(text, n - 1, &w, &one, &r, &e);
    assert((uint64_t)r.rows + r.bad <= lines && r.used + r.expired <= r.rows && (r.bad > 0) == (r.first_bad > 0));
    assert(gamma_levels_hold(&one) && r.first_bad <= lines);
    if (rc != 0) {
        said(&e);
        assert(one.until.ns == 0 && one.flip.v == 0 && one.call_wall.v == 0 && one.put_wall.v == 0);
        return 0;
    }
    assert(r.used > 0 && r.strikes > 0 && r.strikes <= r.used && one.until.ns > one.from.ns);
    assert(one.flip.v % w.tick.v == 0 && one.call_wall.v % w.tick.v == 0 && one.put_wall.v % w.tick.v == 0);
    assert(options_parse(text, n - 1, &w, &two, &again, &e) == 0);
    assert(memcmp(&one, &two, sizeof one) == 0 && memcmp(&r, &again, sizeof r) == 0);
    return 0;
}
