/*
 * aroon: Aroon: how long ago the window’s extremes were.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_aroon;

#define USES (INDICATOR_HIGH | INDICATOR_LOW)

/* The window of kit.h with places beside the values: mem holds the ends of the last block and where in it they are. */
struct place {
    double best, where; /* in this block */
};

struct aroon {
    struct place high, low;
    uint32_t size, at; /* of a block, and rows in this one */
    uint64_t count;
};

static const struct param_spec params[] = {PARAM_PERIOD(14, 1), PARAM_END};
static const char *const outputs[] = {"aroon_down", "aroon_up", NULL};

/* Rows since the greatest of the last `size` values. */
HOT double age(const struct aroon *s, struct place *p, double *mem, double x) {
    double *best = mem, *where = mem + s->size + 1;
    bool is_new = x >= p->best;
    p->best = is_new ? x : p->best;
    p->where = is_new ? s->at : p->where;
    bool is_here = p->best >= best[s->at + 1];
    double rows = is_here ? s->at - p->where : s->at + (s->size - where[s->at + 1]);
    best[s->at] = x;
    if (s->at + 1 == s->size) {
        double top = -INFINITY, place = 0;
        for (uint32_t i = s->size; i-- > 0;) {
            bool above = best[i] > top;
            best[i] = top = above ? best[i] : top;
            where[i] = place = above ? i : place;
        }
        p->best = -INFINITY;
    }
    return rows;
}

static int aroon_open(void *state, const double *p, struct err *e) {
    struct aroon *s = state;
    (void)e;
    s->size = (uint32_t)p[0] + 1; /* the window: this row and `period` before it */
    for (uint32_t i = 0; i < 4 * (s->size + 1); i++) MEMORY(s)[i] = -INFINITY;
    s->high.best = s->low.best = -INFINITY;
    return 0;
}

HOT void advance(struct aroon *s, double *mem, const struct indicator_bar *b, double *out) {
    double period = s->size - 1, up = age(s, &s->high, mem, b->high);
    double down = age(s, &s->low, mem + 2 * (s->size + 1), -b->low);
    if (++s->at == s->size) s->at = 0;
    s->count += s->count < s->size;
    bool full = s->count == s->size;
    out[0] = full ? 100 * (period - down) / period : NAN;
    out[1] = full ? 100 * (period - up) / period : NAN;
}

static void aroon_snap(void *state, struct snap *snap) {
    struct aroon *s = state;
    snap_count(snap, &s->at, s->size - 1);
    snap_u64(snap, &s->count);
    struct place *both[] = {&s->high, &s->low};
    for (int i = 0; i < 2; i++) {
        snap_f64(snap, &both[i]->best);
        snap_f64(snap, &both[i]->where);
    }
    snap_doubles(snap, MEMORY(s), 4 * (s->size + 1));
}

INDICATOR_SHAPE(aroon, 4 * (p[0] + 2), p[0])
INDICATOR_STEP(aroon, USES, 2)

const struct indicator indicator_aroon = {
    .name = "aroon",
    .summary = {"Aroon", "Aroon"},
    .definition = "T. Chande, 1995, over this row and period rows before it; of equals the newest counts.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(aroon),
};
