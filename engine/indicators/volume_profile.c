/*
 * volume_profile: volume by price over the last rows. The price grid moves with the window: O(period + bins) a row.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_volume_profile;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_VOLUME)
#define BINS_MAX 256
#define ROUNDING 1e-12 /* bins that differ by less hold the same */

struct volume_profile {
    uint32_t size, bins, at, count;
    double share;
};

static const struct param_spec params[] = {
    PARAM_PERIOD(96, 1),
    {.name = "bins", .value = 24, .min = 2, .max = BINS_MAX, .whole = true, .summary = "prices told apart"},
    PARAM_NUMBER("area", 0.7, 0.05, 1, "share of the volume in the value area"),
    PARAM_END};
static const char *const outputs[] = {"poc", "vah", "val", NULL};

static inline uint32_t bin_of(const struct volume_profile *s, double price, double low, double step) {
    double bin = step > 0 ? floor((price - low) / step) : 0;
    if (!(bin > 0)) return 0; /* nor a number, from a damaged state */
    return bin < s->bins ? (uint32_t)bin : s->bins - 1;
}

/* The window’s rows, spread over `bins` prices from `low`, `step` wide. Whole bins in between cost one addition each at
 * their two ends, summed up afterwards. */
static inline void spread(const struct volume_profile *s, const double *mem, double *bin, double *low, double *step) {
    double top = -INFINITY, bottom = INFINITY, volume = 0, through[BINS_MAX + 1] = {0}, running = 0;
    for (uint32_t i = 0; i < s->size; i++) {
        bottom = smaller(bottom, mem[3 * i]);
        top = greater(top, mem[3 * i + 1]);
        volume += mem[3 * i + 2];
    }
    *low = bottom;
    *step = (top - bottom) / s->bins;
    for (uint32_t i = 0; i < s->size; i++) {
        double from = mem[3 * i], to = mem[3 * i + 1], v = volume > 0 ? mem[3 * i + 2] : 1;
        uint32_t first = bin_of(s, from, bottom, *step), last = bin_of(s, to, bottom, *step);
        if (first == last) {
            bin[first] += v;
            continue;
        }
        double each = v / (to - from);
        bin[first] += each * (bottom + (first + 1) * *step - from);
        bin[last] += each * (to - (bottom + last * *step));
        through[first + 1] += each * *step;
        through[last] -= each * *step;
    }
    for (uint32_t i = 0; i < s->bins; i++) bin[i] += running += through[i];
}

static inline void value_area(const struct volume_profile *s, const double *bin, double low, double step, double *out) {
    uint32_t poc = 0;
    double all = 0;
    for (uint32_t i = 0; i < s->bins; i++) {
        all += bin[i];
        poc = bin[i] > bin[poc] * (1 + ROUNDING) ? i : poc;
    }
    uint32_t first = poc, last = poc;
    double held = bin[poc], wanted = s->share * all * (1 - ROUNDING);
    while (held < wanted && (first > 0 || last + 1 < s->bins)) {
        double up = last + 1 < s->bins ? bin[last + 1] : -1, down = first > 0 ? bin[first - 1] : -1;
        if (up >= down * (1 - ROUNDING))
            held += bin[++last];
        else
            held += bin[--first];
    }
    out[0] = low + (poc + 0.5) * step;
    out[1] = low + (last + 1) * step;
    out[2] = low + first * step;
}

static int volume_profile_open(void *state, const double *p, struct err *e) {
    struct volume_profile *s = state;
    (void)e;
    s->size = (uint32_t)p[0];
    s->bins = (uint32_t)p[1];
    s->share = p[2];
    return 0;
}

HOT void advance(struct volume_profile *s, double *mem, const struct indicator_bar *b, double *out) {
    double *row = mem + 3 * (size_t)s->at, bin[BINS_MAX] = {0}, low, step;
    row[0] = b->low;
    row[1] = b->high;
    row[2] = b->volume;
    s->at = s->at + 1 == s->size ? 0 : s->at + 1;
    s->count += s->count < s->size;
    no_answer(out, 3);
    if (s->count < s->size) return;
    spread(s, mem, bin, &low, &step);
    value_area(s, bin, low, step, out);
}

static void volume_profile_snap(void *state, struct snap *snap) {
    struct volume_profile *s = state;
    snap_count(snap, &s->at, s->size - 1);
    snap_count(snap, &s->count, s->size);
    snap_doubles(snap, MEMORY(s), 3 * s->size);
}

INDICATOR_SHAPE(volume_profile, 3 * p[0], p[0] - 1)
INDICATOR_STEP(volume_profile, USES, 3)

const struct indicator indicator_volume_profile = {
    .name = "volume_profile",
    .summary = {"Volume profile", "Profil de volume (POC, VAH, VAL)"},
    .definition =
        "Market profile’s terms: each row’s volume is spread evenly over its range, the window’s range is cut into "
        "bins; POC is the middle of the fullest bin (the lowest of equals), the value area grows from it by the fuller "
        "neighbour (upwards of equals). No volume: every row counts the same. O(period + bins) a row.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(volume_profile),
};
