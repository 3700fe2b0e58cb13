/*
 * pace: gives a pull feed (replay, simulated market) its speed. At N, a bar is let
 * through N times faster than the market took for it; at max, as fast as commits go.
 * A restart goes on behind the last committed bar of each instrument.
 */
#ifndef MIA_BOT_PACE_H
#define MIA_BOT_PACE_H

#include "bot/desk.h"
#include "engine/feed.h"

#define PACE_MAX 0       /* speed: as fast as it goes */
#define PACE_GAP_MS 2000 /* nights and weekends never take longer than this on the wall */

struct pace;
struct pace_options {
    struct loop *loop;
    struct desk *desk;
    const struct feed *feed;
    const struct feed_spec *spec;
    int64_t speed; /* N, or PACE_MAX */
    uint64_t lead; /* the first bars of all go at full speed: a demo has something to show at once */
    void (*ended)(void *arg, const struct err *failed /* NULL: the last bar was read */);
    void *arg;
};
struct pace *pace_open(const struct pace_options *o, struct err *e);
void pace_start(struct pace *p);
void pace_stop(struct pace *p);
void pace_speed(struct pace *p, int64_t speed); /* from the next bar on */
void pace_close(struct pace *p);
void pace_stats(const struct pace *p, struct feed_stats *out);
int64_t pace_last_ms(const struct pace *p);  /* monotonic time of the last bar let through; 0: none yet */
uint64_t pace_skipped(const struct pace *p); /* bars that were committed before this start */

#endif
