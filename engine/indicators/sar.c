/*
 * sar: parabolic stop and reverse.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_sar;

#define USES (INDICATOR_HIGH | INDICATOR_LOW)

struct sar {
    double step, most;
    double high, low;                 /* of the last row */
    double sar, extreme, speed, side; /* side: 1 long, -1 short */
    uint64_t rows;                    /* counted to 2 */
};

static const struct param_spec params[] = {
    PARAM_NUMBER("step", 0.02, 0.0001, 1, "acceleration at the start, and what each new extreme adds"),
    PARAM_NUMBER("max", 0.2, 0.0001, 1, "most acceleration"), PARAM_END};
static const char *const outputs[] = {"sar", NULL};

/* The short side is the long side of prices turned upside down: both are one code. */
HOT double follow(struct sar *s, double high, double low) {
    bool is_long = s->side > 0;
    double top = is_long ? high : -low, bottom = is_long ? low : -high;
    double top_before = is_long ? s->high : -s->low, bottom_before = is_long ? s->low : -s->high;
    double sar = is_long ? s->sar : -s->sar, extreme = is_long ? s->extreme : -s->extreme, sign = s->side, out;
    if (bottom <= sar) { /* reached: turn, and stop beyond the last two rows */
        double beyond = greater(top_before, top);
        out = greater(extreme, beyond);
        s->side = -s->side;
        s->speed = s->step;
        extreme = bottom;
        sar = greater(out + s->speed * (extreme - out), beyond);
    } else {
        out = sar;
        if (top > extreme) {
            extreme = top;
            s->speed = smaller(s->speed + s->step, s->most);
        }
        sar = smaller(sar + s->speed * (extreme - sar), smaller(bottom_before, bottom));
    }
    s->sar = sign * sar;
    s->extreme = sign * extreme;
    return sign * out;
}

static int sar_open(void *state, const double *p, struct err *e) {
    struct sar *s = state;
    (void)e;
    s->most = p[1];
    s->step = smaller(p[0], p[1]);
    return 0;
}

HOT void advance(struct sar *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    if (s->rows == 2) {
        out[0] = follow(s, b->high, b->low);
    } else if (s->rows == 1) {
        double down = s->low - b->low, up = b->high - s->high;
        s->side = down > 0 && up < down ? -1 : 1;
        s->sar = s->side > 0 ? s->low : s->high;
        s->extreme = s->side > 0 ? b->high : b->low;
        s->speed = s->step;
        s->high = b->high, s->low = b->low; /* the first stop is held to this row alone */
        out[0] = follow(s, b->high, b->low);
    } else {
        out[0] = NAN;
    }
    s->rows += s->rows < 2;
    s->high = b->high;
    s->low = b->low;
}

static void sar_snap(void *state, struct snap *snap) {
    struct sar *s = state;
    snap_f64(snap, &s->high);
    snap_f64(snap, &s->low);
    snap_f64(snap, &s->sar);
    snap_f64(snap, &s->extreme);
    snap_f64(snap, &s->speed);
    snap_f64(snap, &s->side);
    snap_u64(snap, &s->rows);
}

INDICATOR_SHAPE(sar, 0, 1)
INDICATOR_STEP(sar, USES, 1)

const struct indicator indicator_sar = {
    .name = "sar",
    .summary = {"Parabolic SAR", "SAR parabolique"},
    .definition = "J. W. Wilder, 1978; the first side is that of the first directional movement, long where there is "
                  "none, as in TA-Lib.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(sar),
};
