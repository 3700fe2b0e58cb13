/*
 * fuzz_csv: any bytes as a market data file, as they are and compressed. Bars that come
 * out can be true (rising in time, high and low around open and close, above zero), the
 * same whether compressed or not, and, written again, read back the same.
 * The first byte chooses the options of the call, the rest is the file.
 */
#include "tests/fuzz/fuzz.h"

#include <math.h>
#include <zlib.h>

#include "engine/feeds/csv.h"

#define FILE_MAX 65536
#define BARS_MAX 8192

struct result {
    bool opened;
    struct csv_info info;
    struct bar *bar;
    uint32_t n;
    int end; /* 0 or -1 */
    struct feed_stats stats;
};

static void bar_can_be_true(const struct bar *b, const struct bar *before) {
    assert(b->low.v > 0 && b->low.v <= b->open.v && b->low.v <= b->close.v);
    assert(b->high.v >= b->open.v && b->high.v >= b->close.v);
    assert(b->seconds > 0 && b->volume >= 0 && b->spread.v >= 0);
    assert(b->buy >= 0 && b->sell >= 0 && b->buy + b->sell <= b->volume);
    assert(!before || before->start.ns < b->start.ns);
}

static void stats_add_up(const struct result *r, uint64_t lines) {
    assert(r->stats.bars == r->n && r->stats.bars + r->stats.bad_rows <= lines);
    for (int l = 0; l < LANG_COUNT; l++) {
        assert((r->stats.bad_rows > 0) == (*r->stats.first_bad[l] != '\0'));
        is_text(r->stats.first_bad[l]);
    }
}

static void read_file(const struct csv_spec *spec, struct result *r, uint64_t lines) {
    struct err e = {0};
    *r = (struct result){0};
    struct csv *c = csv_open(spec, &e);
    if (!c) {
        said(&e);
        return;
    }
    r->opened = true;
    csv_info(c, &r->info);
    assert(r->info.seconds > 0 && r->info.tick.v > 0);
    assert(r->info.decimals >= 0 && r->info.decimals <= PRICE_DIGITS);
    r->bar = xcalloc(BARS_MAX, sizeof *r->bar);
    while (r->n < BARS_MAX && (r->end = csv_next(c, &r->bar[r->n], &e)) > 0) {
        bar_can_be_true(&r->bar[r->n], r->n ? &r->bar[r->n - 1] : NULL);
        assert(csv_line(c) <= lines);
        r->n++;
    }
    if (r->end < 0) said(&e);
    csv_stats(c, &r->stats);
    stats_add_up(r, lines);
    csv_close(c);
}

/* The same file for who only wants the rows: as many or, with flow to be true too, fewer; volumes are numbers. */
static void rows_only(struct csv_spec spec, uint64_t lines) {
    struct err e = {0};
    struct bar bar;
    int r;
    spec.rows_only = true;
    struct csv *c = csv_open(&spec, &e);
    if (!c) {
        said(&e);
        return;
    }
    while ((r = csv_next(c, &bar, &e)) > 0) {
        struct csv_volumes v;
        csv_volumes(c, &v);
        assert((isnan(v.volume) || (v.volume >= (double)bar.volume && v.volume <= (double)bar.volume + 1)) &&
               (isnan(v.buy) || v.buy >= 0) && (isnan(v.sell) || v.sell >= 0));
        assert(csv_line(c) <= lines);
    }
    if (r < 0) said(&e);
    csv_close(c);
}

static bool same(const struct result *a, const struct result *b) {
    if (a->opened != b->opened || a->n != b->n) return false;
    for (uint32_t i = 0; i < a->n; i++) {
        const struct bar *x = &a->bar[i], *y = &b->bar[i];
        if (x->start.ns != y->start.ns || x->open.v != y->open.v || x->high.v != y->high.v || x->low.v != y->low.v ||
            x->close.v != y->close.v || x->volume != y->volume || x->spread.v != y->spread.v)
            return false;
    }
    return true;
}

/* ---- compressed ---- */

static void compress_to(const void *bytes, size_t n, struct buf *out) {
    static char room[2 * FILE_MAX];
    z_stream z = {0};
    assert(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)n;
    z.next_out = (Bytef *)room;
    z.avail_out = sizeof room;
    assert(deflate(&z, Z_FINISH) == Z_STREAM_END);
    buf_add(out, room, sizeof room - z.avail_out);
    deflateEnd(&z);
}

static void compressed(const struct csv_spec *spec, const void *bytes, size_t n, const struct result *plain,
                       uint64_t lines) {
    struct buf packed;
    struct result r;
    struct csv_spec s = *spec;
    buf_init(&packed, 2 * FILE_MAX);
    compress_to(bytes, n, &packed);
    struct memory_file f = memory_file(packed.p, packed.len);
    s.path = f.path;
    read_file(&s, &r, lines);
    assert(same(plain, &r));
    free(r.bar);
    memory_file_close(&f);
    buf_clear(&packed);
}

/* ---- written again ---- */

static void write_bar(struct buf *b, const struct bar *x) {
    char open[MONEY_TEXT_MAX], high[MONEY_TEXT_MAX], low[MONEY_TEXT_MAX], close[MONEY_TEXT_MAX], time[WHEN_TEXT_MAX];
    buf_printf(b, "%s;%s;%s;%s;%s;%lld\n", when_iso(time, x->start), price_text(open, x->open, 0),
               price_text(high, x->high, 0), price_text(low, x->low, 0), price_text(close, x->close, 0),
               (long long)x->volume);
}

/* Instants beyond the years that people write, or finer than the milliseconds of when_iso, are left alone. */
static bool is_writable(const struct bar *b) {
    return b->start.ns >= 0 && b->start.ns < 4000000000LL * NS_PER_SEC && b->start.ns % NS_PER_MS == 0;
}

static void again(const struct result *first) {
    struct buf b;
    struct result r;
    buf_init(&b, 4u << 20);
    buf_str(&b, "time;open;high;low;close;volume\n");
    for (uint32_t i = 0; i < first->n; i++) {
        if (!is_writable(&first->bar[i])) goto out;
        first->bar[i].spread.v = 0;
        write_bar(&b, &first->bar[i]);
    }
    struct memory_file f = memory_file(b.p, b.len);
    /* The time frame is told: two bars and their gap are not enough to infer it. */
    const struct csv_spec spec = {.path = f.path, .seconds = 1};
    read_file(&spec, &r, first->n + 2);
    if (r.opened) assert(same(first, &r) && !r.stats.bad_rows);
    free(r.bar);
    memory_file_close(&f);
out:
    buf_clear(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static const char *const zones[] = {"", "Europe/Paris", "America/New_York", "Asia/Kathmandu"};
    static const int32_t frames[] = {0, 0, 60, 300, 86400, INT32_MAX};
    struct script s = {bytes, n};
    struct result r;
    uint8_t how = script_u8(&s);
    if (!s.left || s.left > FILE_MAX) return 0;
    uint64_t lines = 2;
    for (size_t i = 0; i < s.left; i++) lines += s.p[i] == '\n';
    bool packed = s.p[0] == 0x1f; /* maybe compressed itself: its lines are not ours to count */
    struct memory_file f = memory_file(s.p, s.left);
    const struct csv_spec spec = {.path = f.path,
                                  .zone = zones[how & 3],
                                  .seconds = frames[(how >> 2) % 6],
                                  .tick = {how & 0x80 ? PRICE_SCALE / 100 : 0}};
    read_file(&spec, &r, packed ? UINT64_MAX : lines);
    if (!packed) compressed(&spec, s.p, s.left, &r, lines);
    rows_only(spec, packed ? UINT64_MAX : lines);
    if (r.opened && r.n > 1) again(&r);
    free(r.bar);
    memory_file_close(&f);
    return 0;
}
