/*
 * alpaca: what a message of the market data stream costs: the frame taken apart, its bars and quotes read to integers, put
 * onto the grid and into their minutes. Frames as the venue sends them: one point, and thirty. Beside it cJSON's parse
 * alone. Medians of five, in one run; nothing of the network.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/feeds/alpaca_message.h"
#include "engine/feeds/bars_build.h"

#define ROUNDS 20000
#define RUNS 5
#define POINTS_MAX 30

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void make_frame(struct buf *b, const char *kind, int points) {
    buf_reset(b);
    buf_char(b, '[');
    for (int i = 0; i < points; i++)
        if (*kind == 'b')
            buf_printf(
                b,
                "%s{\"T\":\"b\",\"S\":\"SYM%d\",\"o\":388.985,\"h\":389.13,\"l\":388.975,\"c\":389.12,\"v\":49378,"
                "\"t\":\"2026-11-23T15:04:00Z\",\"n\":461,\"vw\":389.062639}",
                i ? "," : "", i);
        else
            buf_printf(b,
                       "%s{\"T\":\"q\",\"S\":\"SYM%d\",\"bx\":\"U\",\"bp\":87.66,\"bs\":1,\"ax\":\"X\",\"ap\":87.67,"
                       "\"as\":4,\"t\":\"2026-11-23T15:04:00.123456789Z\",\"c\":[\"R\"],\"z\":\"C\"}",
                       i ? "," : "", i);
    buf_char(b, ']');
}

static int64_t take(const struct buf *b, struct bar_build *build, bool whole) {
    int64_t sum = 0;
    struct json *frame = json_parse(b->p, b->len, NULL);
    for (const struct json *j = json_first(frame); whole && j; j = json_next(j)) {
        struct alpaca_item item;
        if (!alpaca_item_read(j, &item)) abort();
        if (item.kind == ALPACA_BAR) {
            alpaca_bar_to_grid(&item.bar, (price_t){PRICE_SCALE / 100});
            sum += build_add(build, &item.bar, MINUTE_CORRECTED);
        }
        sum += item.bid.v;
    }
    json_free(frame);
    return sum;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const struct buf *b, int points, bool whole) {
    static struct bar_build build;
    static volatile int64_t sink;
    double runs[RUNS];
    build_init(&build, 3600, when_from_sec(1795446000));
    for (int r = 0; r < RUNS; r++) {
        double t = now();
        for (int i = 0; i < ROUNDS / points; i++) sink += take(b, &build, whole);
        runs[r] = (now() - t) / (ROUNDS / points) / points;
    }
    qsort(runs, RUNS, sizeof runs[0], by_size);
    return runs[RUNS / 2];
}

int main(void) {
    static const char *const kinds[] = {"bar", "quote"};
    static const int sizes[] = {1, POINTS_MAX};
    struct buf b;
    buf_init(&b, 1u << 16);
    printf("%-8s %8s %14s %16s\n", "message", "a frame", "ns a message", "of it cJSON, ns");
    for (int k = 0; k < 2; k++)
        for (int s = 0; s < 2; s++) {
            make_frame(&b, kinds[k], sizes[s]);
            double all = median(&b, sizes[s], true), parse = median(&b, sizes[s], false);
            printf("%-8s %8d %14.0f %16.0f\n", kinds[k], sizes[s], all, parse);
        }
    buf_clear(&b);
    return 0;
}
