/*
 * simulated: an invented market for demonstrations and tests: trends and ranges,
 * sessions, nights, weekends, now and then a shock. Integers only, so that a seed gives
 * the same bars on every machine; each symbol has its own stream of chance, so that
 * adding one changes no other. Never ends. Not for judging strategies.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/base/hash.h"
#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/feeds/feeds.h"

#define DAY_S 86400
#define STEPS 8                    /* moves inside a bar */
#define Q16 65536                  /* one deviation of normal_q16 */
#define START_DEFAULT_S 1736121600 /* Monday 2025-01-06 */
#define END_S 7258118400LL         /* the year 2200 */
#define SHOCK_ONE_IN 3000
#define SHOCK_TIMES 6
#define PPB 1000000000LL
#define HOME_S 1500000 /* seconds in which most of the way home is made */

enum phase { RANGE, TREND_UP, TREND_DOWN };

struct market {
    const struct instrument *in;
    struct rng rng;
    int64_t price, home, anchor; /* 1e-8; home: where it belongs in the long run, anchor: middle of the range */
    int64_t deviation_ppb;       /* of a bar in an average hour */
    enum phase phase;
    int64_t phase_left, mood_percent;
    int64_t closed_bars; /* since the last one */
};

struct simulated {
    struct market market[INSTRUMENTS_MAX];
    uint32_t count, at; /* at: the next one to look at for this time */
    int64_t now_s;
    int32_t seconds;
    uint64_t bars;
};

/* Round figures of early 2025. */
static const struct {
    const char *symbol;
    int64_t price_e2;
} homes[] = {
    {"ES", 600000},    {"MES", 600000},   {"NQ", 2150000},    {"MNQ", 2150000},    {"US100", 2150000},
    {"US500", 600000}, {"US30", 4300000}, {"GER40", 2000000}, {"XAUUSD", 265000},  {"XAGUSD", 3000},
    {"EURUSD", 104},   {"GBPUSD", 125},   {"USDJPY", 15700},  {"BTCUSD", 9500000}, {"CL", 7400},
    {"AAPL", 24300},   {"MSFT", 42500},   {"GOOGL", 19300},   {"SPY", 59000},      {"QQQ", 51500},
};

static int64_t home_of(const struct instrument *in) {
    static const int64_t by_asset[] = {[ASSET_FUTURE] = 500000,
                                       [ASSET_STOCK] = 10000,
                                       [ASSET_CFD] = 1000000,
                                       [ASSET_METAL] = 200000,
                                       [ASSET_FX] = 110};
    _Static_assert(sizeof by_asset / sizeof by_asset[0] == ASSET_CLASS_COUNT, "a price for every class");
    int64_t e2 = by_asset[in->asset];
    for (size_t i = 0; i < sizeof homes / sizeof homes[0]; i++) {
        if (strcmp(homes[i].symbol, in->symbol) == 0) e2 = homes[i].price_e2;
    }
    int64_t price = e2 * (PRICE_SCALE / 100), least = in->tick.v < INT64_MAX / 4000 ? in->tick.v * 2000 : in->tick.v;
    return price > least ? price : least;
}

static int64_t isqrt(int64_t n) {
    int64_t r = 0;
    for (int64_t bit = 1LL << 31; bit > 0; bit >>= 1) {
        if ((r | bit) * (r | bit) <= n) r |= bit;
    }
    return r;
}

/* Yearly deviation over the trading seconds of a year, down to one bar. */
static int64_t deviation_of(const struct instrument *in, int32_t seconds) {
    static const int64_t yearly_ppb[] = {[ASSET_FUTURE] = 200000000,
                                         [ASSET_STOCK] = 280000000,
                                         [ASSET_CFD] = 220000000,
                                         [ASSET_METAL] = 160000000,
                                         [ASSET_FX] = 80000000};
    _Static_assert(sizeof yearly_ppb / sizeof yearly_ppb[0] == ASSET_CLASS_COUNT, "a deviation for every class");
    int64_t year_root =
        in->asset == ASSET_STOCK ? 2428 : 4568; /* roots of 252 days of 6.5 and of 23 hours, in seconds */
    return yearly_ppb[in->asset] * isqrt((int64_t)seconds * 1000000) / (year_root * 1000);
}

/* Nearly normal, mean 0, deviation Q16: twelve 16-bit uniforms. */
static int64_t normal_q16(struct rng *r) {
    int64_t sum = 0;
    for (int i = 0; i < 3; i++) {
        uint64_t x = rng_u64(r);
        sum += (int64_t)(x & 0xffff) + (int64_t)(x >> 16 & 0xffff) + (int64_t)(x >> 32 & 0xffff) + (int64_t)(x >> 48);
    }
    return sum - 12 * 65535 / 2;
}

static int64_t scale(int64_t a, int64_t b, int64_t c) {
    return (int64_t)((__int128)a * b / c);
}

/* ---- when ---- */

static int minute_of_day(int64_t s) {
    return (int)(s % DAY_S / 60);
}

static int weekday(int64_t s) { /* 0: Sunday */
    return (int)((s / DAY_S + 4) % 7);
}

/* Nearly round the clock with an hour's break, weekends from Friday 22:00 to Sunday 23:00; stocks 14:30 to 21:00 (UTC). */
static bool is_open(enum asset_class asset, int64_t s, int32_t seconds) {
    int day = weekday(s), minute = minute_of_day(s);
    if (seconds > 3600) return day >= 1 && day <= 5;
    if (asset == ASSET_STOCK) return day >= 1 && day <= 5 && minute >= 870 && minute + seconds / 60 <= 1260;
    if (minute >= 1320 && minute < 1380) return false;
    if (day == 6 || (day == 5 && minute >= 1320)) return false;
    return day != 0 || minute >= 1380;
}

/* How lively the hour is, in percent. */
static int64_t activity(enum asset_class asset, int64_t s, int32_t seconds) {
    int hour = minute_of_day(s) / 60;
    if (seconds > 3600) return 100;
    if (asset == ASSET_STOCK) return hour <= 15 ? 150 : hour == 20 ? 120 : 75;
    if (hour < 7) return 60;   /* Asia */
    if (hour < 13) return 105; /* London */
    if (hour < 17) return 165; /* London and New York */
    return hour < 21 ? 95 : 50;
}

/* ---- how ---- */

static void change_phase(struct market *m) {
    uint64_t pick = rng_below(&m->rng, 10);
    m->phase = pick < 4 ? RANGE : pick < 7 ? TREND_UP : TREND_DOWN;
    m->phase_left = 80 + (int64_t)rng_below(&m->rng, 320);
    m->mood_percent = 75 + (int64_t)rng_below(&m->rng, 70);
    m->anchor = m->price;
}

/* What is not chance in one bar. */
static int64_t drift(const struct market *m, int64_t deviation, int32_t seconds) {
    int64_t pull = scale(m->home - m->price, seconds, HOME_S);
    switch (m->phase) {
    case RANGE: return pull + (m->anchor - m->price) / 25;
    case TREND_UP: return pull + deviation / 6;
    case TREND_DOWN: return pull - deviation / 6;
    }
    return pull;
}

static void keep_positive(struct market *m) {
    int64_t least = m->in->tick.v * 100;
    if (m->price < least) m->price = least;
}

/* News while it was closed: the next open jumps. */
static void gap(struct market *m, int64_t deviation) {
    int64_t bars = m->closed_bars < 400 ? m->closed_bars : 400;
    m->price += scale(deviation * isqrt(bars * 10000) / 200, normal_q16(&m->rng), Q16);
    keep_positive(m);
}

static int64_t spread_of(struct market *m, int64_t lively) {
    int64_t percent = 90 + (int64_t)rng_below(&m->rng, 40) + (lively < 80 ? 50 : 0);
    price_t spread = price_round((price_t){scale(m->in->spread.v, percent, 100)}, m->in->tick);
    if (m->in->spread.v == 0) return 0; /* unknown: the instrument's assumption holds */
    return spread.v > 0 ? spread.v : m->in->tick.v;
}

static void make_bar(struct market *m, int64_t start_s, int32_t seconds, struct bar *out) {
    int64_t lively = activity(m->in->asset, start_s, seconds);
    if (m->phase_left-- <= 0) change_phase(m);
    int64_t deviation = scale(m->price, m->deviation_ppb * lively / 100 * m->mood_percent / 100, PPB);
    if (m->closed_bars > 0) gap(m, deviation);
    if (rng_below(&m->rng, SHOCK_ONE_IN) == 0) deviation *= SHOCK_TIMES;
    int64_t open = m->price, high = open, low = open, lean = drift(m, deviation, seconds) / STEPS;
    for (int i = 0; i < STEPS; i++) {
        m->price += lean + scale(deviation, normal_q16(&m->rng), Q16 * 2828LL / 1000); /* root of STEPS */
        keep_positive(m);
        if (m->price > high) high = m->price;
        if (m->price < low) low = m->price;
    }
    int64_t base = 2 * lively + (deviation > 0 ? scale(high - low, 100, deviation) : 0);
    *out = (struct bar){.start = when_from_sec(start_s),
                        .seconds = seconds,
                        .open = price_round((price_t){open}, m->in->tick),
                        .high = price_round((price_t){high}, m->in->tick),
                        .low = price_round((price_t){low}, m->in->tick),
                        .close = price_round((price_t){m->price}, m->in->tick),
                        .volume = 1 + base / 2 + (int64_t)rng_below(&m->rng, (uint64_t)base + 1)};
    out->spread.v = spread_of(m, lively);
    m->closed_bars = 0;
}

/* ---- the feed ---- */

static void *open_simulated(const struct feed_spec *spec, struct err *e) {
    if (spec->config->instrument_count == 0) {
        err_set(e, ERR_USAGE, "simulated: no symbol to follow", "simulated\u00a0: aucun symbole à suivre");
        return NULL;
    }
    struct simulated *s = xcalloc(1, sizeof *s);
    s->seconds = spec->sim_seconds > 0 ? spec->sim_seconds : 300;
    bool told = spec->sim_start.ns > 0;
    int64_t start_s = told ? when_sec(spec->sim_start) : START_DEFAULT_S;
    s->now_s = start_s - start_s % s->seconds;
    s->count = spec->config->instrument_count;
    for (uint32_t i = 0; i < s->count; i++) {
        struct market *m = &s->market[i];
        m->in = &spec->config->instruments[i];
        rng_seed(&m->rng, spec->seed ^ hash64(m->in->symbol, strlen(m->in->symbol), 1));
        m->price = m->home = m->anchor = home_of(m->in);
        m->deviation_ppb = deviation_of(m->in, s->seconds);
    }
    return s;
}

static int next_simulated(void *state, struct feed_bar *out, struct err *e) {
    struct simulated *s = state;
    (void)e;
    while (s->now_s < END_S) {
        for (; s->at < s->count; s->at++) {
            struct market *m = &s->market[s->at];
            if (!is_open(m->in->asset, s->now_s, s->seconds)) {
                m->closed_bars++;
                continue;
            }
            make_bar(m, s->now_s, s->seconds, &out->bar);
            out->instrument = (uint16_t)s->at++;
            s->bars++;
            return 1;
        }
        s->at = 0;
        s->now_s += s->seconds;
    }
    return 0;
}

static void stats_simulated(void *state, struct feed_stats *out) {
    const struct simulated *s = state;
    *out = (struct feed_stats){.bars = s->bars};
}

static void close_simulated(void *state) {
    free(state);
}

const struct feed feed_simulated = {
    .name = "simulated",
    .summary = {"an invented market, the same for the same seed", "un marché inventé, le même pour la même graine"},
    .caps = FEED_PULL,
    .open = open_simulated,
    .next = next_simulated,
    .stats = stats_simulated,
    .close = close_simulated,
};
