/*
 * No look-ahead, on real files: each of 200 seeded cuts of a file is written as a file of its own, read by the reader of the
 * house and gone through from its first bar with fresh memory. What every strategy wanted, what it keeps, what the detectors
 * of levels know and every value of every indicator must be those of the whole file up to there. The files lie in
 * MIA_DATA_DIR (else ../shared/data); without them the test is left out, and says so. LOOKAHEAD_ROWS: how many rows of each
 * are taken (0: all; `make lookahead`), a few thousand else.
 */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "engine/base/buf.h"
#include "engine/base/hash.h"
#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/feeds/csv.h"
#include "engine/feeds/zone_file.h"
#include "engine/indicator.h"

#define CUTS 200
#define ROWS_MAX 120000u
#define ROWS_USUAL 4000u
#define LINE_MAX_BYTES 512
#define RULES_MAX 32
#define INDICATORS_MAX 128
#define STATE_BYTES (4u << 20)

static struct engine_config config;
static struct file {
    const char *name, *symbol;
    int32_t seconds;
    uint16_t hours;
} files[] = {{"xauusd_m5_2025.csv.gz", "XAUUSD", 300, 0},
             {"qqq_m5.csv.gz", "QQQ", 300, 1},
             {"lean_es_m1_trade_quote.csv.gz", "ES", 60, 2}};

/* ---- bars ---- */

struct text {
    struct buf bytes;
    size_t *end; /* of each line, its line feed included; [0]: of the header */
    uint32_t rows;
};

static uint32_t rows_wanted(void) {
    const char *s = getenv("LOOKAHEAD_ROWS");
    if (s == NULL || *s == '\0') return ROWS_USUAL;
    unsigned long n = strtoul(s, NULL, 10);
    return n == 0 || n > ROWS_MAX ? ROWS_MAX : (uint32_t)n;
}

static bool text_open(struct text *t, const char *name) {
    const char *folder = getenv("MIA_DATA_DIR");
    char path[512], line[LINE_MAX_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder != NULL && *folder != '\0' ? folder : "../shared/data", name);
    gzFile f = gzopen(path, "rb");
    if (f == NULL) return false;
    *t = (struct text){.end = xcalloc(ROWS_MAX + 1, sizeof(size_t))};
    buf_init(&t->bytes, (size_t)ROWS_MAX * LINE_MAX_BYTES);
    for (uint32_t k = 0, most = rows_wanted(); k <= most && gzgets(f, line, sizeof line) != NULL; k++) {
        buf_add(&t->bytes, line, strlen(line));
        t->end[k] = t->bytes.len;
        t->rows = k;
    }
    gzclose(f);
    return true;
}

static void text_close(struct text *t) {
    buf_clear(&t->bytes);
    free(t->end);
}

/* The first `rows` of it, as a file, through the reader. Exactly as large as it has bars: the sanitizer sees who reads on. */
static struct bar *bars_of(const struct text *t, uint32_t rows, const struct file *f, uint32_t *n) {
    char path[] = "/tmp/mia-lookahead-XXXXXX";
    struct err e = {0};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    for (size_t done = 0; done < t->end[rows];) {
        ssize_t k = write(fd, t->bytes.p + done, t->end[rows] - done);
        assert_true(k > 0);
        done += (size_t)k;
    }
    close(fd);
    const struct csv_spec spec = {.path = path, .seconds = f->seconds, .tick = instrument_builtin(f->symbol)->tick};
    struct csv *c = csv_open(&spec, &e);
    if (c == NULL) fail_msg("%s, %u rows: %s", f->name, rows, err_text(&e, LANG_EN));
    struct bar *bar = xcalloc(rows, sizeof *bar);
    for (*n = 0; *n < rows && csv_next(c, &bar[*n], &e) == 1;) ++*n;
    csv_close(c);
    unlink(path);
    assert_true(*n > 0);
    return realloc(bar, *n * sizeof *bar);
}

/* ---- strategies and levels ---- */

struct rule_run {
    const struct strategy *rule;
    double params[STRATEGY_PARAMS_MAX];
    void *state;
    struct trade trade;
    bool is_open;
    uint64_t said; /* all that it wanted so far */
    uint32_t entries, exits;
};
struct desk {
    struct instrument in;
    struct market_context *market;
    struct rule_run rule[RULES_MAX];
    uint32_t n;
    struct buf bytes;
};

/* BatailleNavale is made for one future in its hours; elsewhere it is to have something to say, too. */
static void made_easy(struct rule_run *g) {
    static const struct {
        const char *name;
        double v;
    } easy[] = {{"base_ticks_max", 100000}, {"stop_max_ticks", 100000}, {"zone_min", 0},
                {"window1_to", 580},        {"window2_to", 810},        {"flat_at", 0},
                {"base_q_min", 0.3},        {"base_kappa", 1.2},        {"score_entry", 0.35},
                {"regime_gate", 0}};
    if (strcmp(g->rule->name, "BatailleNavale") != 0) return;
    for (size_t i = 0; i < sizeof easy / sizeof easy[0]; i++) {
        size_t k = 0;
        while (g->rule->params[k].name != NULL && strcmp(g->rule->params[k].name, easy[i].name) != 0) k++;
        assert_non_null(g->rule->params[k].name);
        g->params[k] = easy[i].v;
    }
}

static void desk_open(struct desk *d, const struct file *f) {
    *d = (struct desk){.in = *instrument_builtin(f->symbol), .market = xcalloc(1, sizeof *d->market)};
    d->in.hours = f->hours;
    buf_init(&d->bytes, STATE_BYTES);
    for (; strategy_table[d->n] != NULL; d->n++) {
        assert_true(d->n < RULES_MAX);
        struct rule_run *g = &d->rule[d->n];
        g->rule = strategy_table[d->n];
        for (size_t i = 0; g->rule->params[i].name != NULL; i++) g->params[i] = g->rule->params[i].value;
        if (f->hours != 2) made_easy(g);
        g->state = xcalloc(1, g->rule->state_size(g->params));
        assert_int_equal(g->rule->open(g->state, g->params, NULL), 0);
    }
}

static void desk_close(struct desk *d) {
    for (uint32_t i = 0; i < d->n; i++) free(d->rule[i].state);
    free(d->market);
    buf_clear(&d->bytes);
}

static uint64_t mix(uint64_t sum, const struct intent *w) {
    const int64_t numbers[] = {w->kind, w->side, w->confidence, w->stop.v, w->target.v, w->factors, w->level.v};
    sum = hash64(numbers, sizeof numbers, sum);
    for (int l = 0; l < LANG_COUNT; l++) sum = hash64(w->reason[l], strlen(w->reason[l]), sum);
    return sum;
}

/* Entries fill at the close; a stop or a target ends the trade where a bar trades at it. */
static void rule_bar(struct rule_run *g, const struct desk *d, const struct bar *b) {
    struct intents out = {0};
    const struct trade *t = &g->trade;
    if (g->is_open) {
        const bool is_long = t->side == SIDE_LONG;
        const bool stopped = is_long ? b->low.v <= t->stop.v : b->high.v >= t->stop.v;
        const bool there = t->target.v != 0 && (is_long ? b->high.v >= t->target.v : b->low.v <= t->target.v);
        g->is_open = !stopped && !there;
    }
    const struct strategy_view v = {.instrument = &d->in,
                                    .bar = b,
                                    .trade = g->is_open ? t : NULL,
                                    .market = d->market,
                                    .calendars = &config.calendars};
    g->rule->bar(g->state, &v, &out);
    for (uint32_t i = 0; i < out.n; i++) {
        const struct intent *w = &out.item[i];
        g->said = mix(hash64(&b->start, sizeof b->start, g->said), w);
        g->is_open = w->kind == INTENT_ENTER;
        g->entries += g->is_open;
        g->exits += !g->is_open;
        g->trade = (struct trade){
            .side = w->side, .stop = w->stop, .target = w->target, .opened.ns = b->start.ns + b->seconds * NS_PER_SEC};
    }
}

static void desk_bar(struct desk *d, const struct bar *b) {
    const struct level_view l = {b, when_add_ms(b->start, b->seconds * 1000), &d->in, &config.calendars,
                                 &config.levels};
    context_bar(d->market, &l);
    for (uint32_t i = 0; i < d->n; i++) rule_bar(&d->rule[i], d, b);
}

/* What is known and was said, rule by rule; the last two are the detectors' memory and what lies near the price. */
struct known {
    uint64_t said[RULES_MAX], kept[RULES_MAX], levels, nearby;
};

static uint64_t nearby_of(const struct desk *d, price_t price) {
    static struct nearby list[NEARBY_MAX];
    static struct confluence found[CONFLUENCES_MAX];
    uint64_t sum = 0;
    uint32_t n = context_nearby(d->market, &d->in, &config.calendars, price, (price_t){price.v / 50}, list);
    for (uint32_t i = 0; i < n; i++) {
        const int64_t x[] = {list[i].low.v,   list[i].high.v,  list[i].is_structure, list[i].level,
                             list[i].session, list[i].crossed, list[i].weight};
        sum = hash64(x, sizeof x, sum);
    }
    n = context_confluences(list, n, context_tolerance(d->market, &config.levels, &d->in), found);
    for (uint32_t i = 0; i < n; i++) {
        const int64_t x[] = {found[i].low.v, found[i].high.v, found[i].count, found[i].weight};
        sum = hash64(x, sizeof x, sum);
    }
    return sum;
}

static void known_of(struct desk *d, const struct bar *last, struct known *out) {
    struct snap s;
    memset(out, 0, sizeof *out);
    for (uint32_t i = 0; i < d->n; i++) {
        buf_reset(&d->bytes);
        snap_writer(&s, &d->bytes);
        d->rule[i].rule->snap(d->rule[i].state, &s);
        assert_true(snap_complete(&s));
        out->said[i] = d->rule[i].said;
        out->kept[i] = hash64(d->bytes.p, d->bytes.len, 0);
    }
    buf_reset(&d->bytes);
    snap_writer(&s, &d->bytes);
    context_snap(d->market, &config.calendars, &s);
    assert_true(snap_complete(&s));
    out->levels = hash64(d->bytes.p, d->bytes.len, 0);
    out->nearby = nearby_of(d, last->close);
}

static void same_desk(const struct file *f, const struct desk *d, uint32_t n, const struct known *whole,
                      const struct known *cut) {
    for (uint32_t i = 0; i < d->n; i++) {
        const char *name = d->rule[i].rule->name;
        if (whole->said[i] != cut->said[i]) fail_msg("%s, %u bars: %s decides otherwise", f->name, n, name);
        if (whole->kept[i] != cut->kept[i]) fail_msg("%s, %u bars: %s knows something else", f->name, n, name);
    }
    if (whole->levels != cut->levels) fail_msg("%s, %u bars: other levels", f->name, n);
    if (whole->nearby != cut->nearby) fail_msg("%s, %u bars: other confluence", f->name, n);
}

/* ---- indicators ---- */

struct series {
    double *column[7];
    int64_t *start_ns;
    uint32_t n;
};

static void series_open(struct series *s, const struct bar *bar, uint32_t n) {
    s->n = n;
    for (int k = 0; k < 7; k++) s->column[k] = xcalloc(n, sizeof(double));
    s->start_ns = xcalloc(n, sizeof(int64_t));
    for (uint32_t i = 0; i < n; i++) {
        const struct indicator_bar b = indicator_bar_of(&bar[i]);
        const double v[] = {b.open, b.high, b.low, b.close, b.volume, b.buy, b.sell};
        for (int k = 0; k < 7; k++) s->column[k][i] = v[k];
        s->start_ns[i] = b.start_ns;
    }
}

static void series_close(struct series *s) {
    for (int k = 0; k < 7; k++) free(s->column[k]);
    free(s->start_ns);
}

/* Its values, one output after the other, n each. */
static double *values_of(const struct indicator *in, const struct series *s) {
    double params[INDICATOR_PARAMS_MAX], *out[INDICATOR_OUTPUTS_MAX];
    struct err e = {0};
    const struct indicator *found;
    if (indicator_parse(in->name, &found, params, &e) != 0) fail_msg("%s", err_text(&e, LANG_EN));
    void *state = xcalloc(1, indicator_size(in, params));
    assert_int_equal(indicator_open(in, state, params, &e), 0);
    const uint32_t outputs = indicator_outputs(in);
    double *v = xcalloc((size_t)outputs * s->n, sizeof *v);
    for (uint32_t k = 0; k < outputs; k++) out[k] = v + (size_t)k * s->n;
    const struct indicator_columns c = {s->column[0], s->column[1], s->column[2], s->column[3],
                                        s->column[4], s->column[5], s->column[6], s->start_ns};
    if (indicator_batch(in, state, &c, s->n, out, &e) != 0) fail_msg("%s: %s", in->name, err_text(&e, LANG_EN));
    free(state);
    return v;
}

static uint32_t same_values(const struct file *f, const struct series *whole, double *const *all,
                            const struct series *cut) {
    uint32_t values = 0;
    for (uint32_t i = 0; indicator_table[i] != NULL; i++) {
        const struct indicator *in = indicator_table[i];
        double *v = values_of(in, cut);
        for (uint32_t k = 0; k < indicator_outputs(in); k++) {
            const double *a = all[i] + (size_t)k * whole->n, *b = v + (size_t)k * cut->n;
            for (uint32_t r = 0; r < cut->n; r++) {
                if (memcmp(&a[r], &b[r], sizeof *a) != 0 && !(isnan(a[r]) && isnan(b[r])))
                    fail_msg("%s, %u bars: %s is %.17g in row %u, not %.17g", f->name, cut->n, in->name, b[r], r, a[r]);
                values += !isnan(a[r]);
            }
        }
        free(v);
    }
    return values;
}

/* ---- both ---- */

static int by_number(const void *a, const void *b) {
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void plan_cuts(uint32_t cut[CUTS], uint32_t rows, uint64_t seed) {
    struct rng r;
    rng_seed(&r, seed);
    for (int k = 0; k < CUTS; k++) cut[k] = 1 + (uint32_t)rng_below(&r, rows - 1);
    qsort(cut, CUTS, sizeof cut[0], by_number);
}

static void say_whole(const struct file *f, const struct desk *d, uint32_t n) {
    uint32_t entries = 0, exits = 0;
    for (uint32_t i = 0; i < d->n; i++) {
        print_message("# %s: %s: %u entries, %u exits\n", f->name, d->rule[i].rule->name, d->rule[i].entries,
                      d->rule[i].exits);
        entries += d->rule[i].entries;
        exits += d->rule[i].exits;
    }
    print_message("# %s: %u bars, %u entries, %u exits\n", f->name, n, entries, exits);
    assert_true(entries >= 20 && exits >= 5); /* else the cuts show nothing */
}

static void cut_short(void **state) {
    const struct file *f = *state;
    static struct known whole[CUTS];
    static uint32_t cut[CUTS];
    struct text t;
    if (!text_open(&t, f->name)) {
        print_message("# %s is not here: nothing was shown\n", f->name);
        skip();
    }
    uint32_t n, k = 0, have = 0;
    struct bar *bar = bars_of(&t, t.rows, f, &n);
    assert_int_equal(n, t.rows); /* every row is good: rows and bars count alike */
    plan_cuts(cut, n, 4);
    struct desk d;
    desk_open(&d, f);
    for (uint32_t i = 0; i < n; i++) {
        desk_bar(&d, &bar[i]);
        for (; k < CUTS && cut[k] == i + 1; k++) known_of(&d, &bar[i], &whole[k]);
    }
    say_whole(f, &d, n);
    desk_close(&d);
    struct series all;
    double *values[INDICATORS_MAX];
    series_open(&all, bar, n);
    for (; indicator_table[have] != NULL; have++) values[have] = values_of(indicator_table[have], &all);
    uint64_t compared = 0;
    for (k = 0; k < CUTS; k++) {
        struct known now;
        struct series s;
        uint32_t m;
        struct bar *b = bars_of(&t, cut[k], f, &m);
        assert_int_equal(m, cut[k]);
        desk_open(&d, f);
        for (uint32_t i = 0; i < m; i++) desk_bar(&d, &b[i]);
        known_of(&d, &b[m - 1], &now);
        same_desk(f, &d, m, &whole[k], &now);
        desk_close(&d);
        series_open(&s, b, m);
        compared += same_values(f, &all, values, &s);
        series_close(&s);
        free(b);
    }
    print_message("# %s: %d cuts, %llu values of %u indicators\n", f->name, CUTS, (unsigned long long)compared, have);
    for (uint32_t i = 0; i < have; i++) free(values[i]);
    series_close(&all);
    free(bar);
    text_close(&t);
}

static uint16_t add_zone(const char *name) {
    struct calendars *c = &config.calendars;
    struct zone *z;
    assert_int_equal(zone_open(name, &z, NULL), 0);
    zone_plan(z, &c->zones[c->zone_count]);
    zone_free(z);
    return (uint16_t)c->zone_count++;
}

static void setup(void) {
    struct calendars *c = &config.calendars;
    engine_config_defaults(&config);
    uint16_t ny = add_zone("America/New_York"), tokyo = add_zone("Asia/Tokyo"), london = add_zone("Europe/London");
    c->hours[0] = (struct trading_hours){"metals", ny, 18 * 60, 17 * 60, 0x3e, HOLIDAYS_METALS};
    c->hours[1] = (struct trading_hours){"us-stocks", ny, 9 * 60 + 30, 16 * 60, 0x3e, HOLIDAYS_US_STOCKS};
    c->hours[2] = (struct trading_hours){"cme", ny, 18 * 60, 17 * 60, 0x3e, HOLIDAYS_CME_EQUITY};
    c->hours_count = 3;
    c->sessions[0] = (struct named_session){"Asia", tokyo, 9 * 60, 16 * 60};
    c->sessions[1] = (struct named_session){"London", london, 8 * 60, 16 * 60 + 30};
    c->sessions[2] = (struct named_session){"RTH", ny, 9 * 60 + 30, 16 * 60};
    c->session_count = 3;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(cut_short, &files[0]),
        cmocka_unit_test_prestate(cut_short, &files[1]),
        cmocka_unit_test_prestate(cut_short, &files[2]),
    };
    setup();
    return RUN(tests);
}
