/*
 * vwap: volume-weighted average price since the session began, and bands.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_vwap;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE | INDICATOR_VOLUME | INDICATOR_START)

struct vwap {
    double width, session;
    double volume, mean, squares; /* of the session */
    int64_t day;
    uint64_t started;
};

static const struct param_spec params[] = {
    PARAM_NUMBER("deviations", 2, 0, 100, "width of the bands in standard deviations"), PARAM_SESSION, PARAM_END};
static const char *const outputs[] = {"vwap", "vwap_upper", "vwap_lower", NULL};

static int vwap_open(void *state, const double *p, struct err *e) {
    struct vwap *s = state;
    (void)e;
    s->width = p[0];
    s->session = p[1];
    return 0;
}

HOT void advance(struct vwap *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    int64_t day = day_of(b->start_ns, s->session);
    if (!s->started || day != s->day) {
        s->volume = s->squares = 0;
        s->mean = typical(b);
    }
    s->started = 1;
    s->day = day;
    double off = typical(b) - s->mean;
    s->volume += b->volume;
    s->mean += s->volume > 0 ? off * b->volume / s->volume : off; /* without volume: the newest price */
    s->squares += b->volume * off * (typical(b) - s->mean);
    double width = s->width * sqrt(greater(ratio(s->squares, s->volume, 0), 0));
    out[0] = s->mean;
    out[1] = s->mean + width;
    out[2] = s->mean - width;
}

static void vwap_snap(void *state, struct snap *snap) {
    struct vwap *s = state;
    snap_f64(snap, &s->volume);
    snap_f64(snap, &s->mean);
    snap_f64(snap, &s->squares);
    snap_i64(snap, &s->day);
    snap_u64(snap, &s->started);
}

INDICATOR_SHAPE(vwap, 0, 0)
INDICATOR_STEP(vwap, USES, 3)

const struct indicator indicator_vwap = {
    .name = "vwap",
    .summary = {"Session VWAP with bands", "VWAP de la séance avec bandes"},
    .definition = "Of (high + low + close) / 3; the bands lie at the volume-weighted standard deviation. No volume "
                  "yet: the newest price.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(vwap),
};
