/*
 * Every indicator of the table against its vector: whole, in steps, in batches of several sizes, stored and read back between
 * them; when its first answer comes; what it says of flat rows, rows without volume, one row, rows that are not numbers; and
 * that it never looks ahead.
 */
#include "unit.h"

#include "engine/base/rng.h"
#include "indicator_rig.h"

#define TOLERANCE 1e-9 /* relative */
#define CUTS 200

static struct rows bars;
static struct answers expected, whole, pieces;
static double flat_answer[INDICATOR_OUTPUTS_MAX], unpaid_answer[INDICATOR_OUTPUTS_MAX]; /* NaN: any number */

/* ---- files ---- */

static double number(const char *word) {
    char *end;
    double v = strcmp(word, "-") == 0 ? NAN : strtod(word, &end);
    return v;
}

static uint32_t words_of(char *line, char *word[16]) {
    uint32_t n = 0;
    char *rest = NULL;
    for (char *w = strtok_r(line, " \n", &rest); w != NULL && n < 16; w = strtok_r(NULL, " \n", &rest)) word[n++] = w;
    return n;
}

static void read_bars(void) {
    char line[400], *word[16];
    FILE *f = fopen("tests/vectors/bars.txt", "r");
    assert_non_null(f);
    bars.n = 0;
    while (fgets(line, sizeof line, f) != NULL) {
        if (line[0] == '#') continue;
        assert_int_equal(words_of(line, word), 8);
        size_t i = bars.n++;
        double *const column[] = {bars.open, bars.high, bars.low, bars.close, bars.volume, bars.buy, bars.sell};
        bars.start_ns[i] = (int64_t)number(word[0]) * NS_PER_SEC;
        for (int k = 0; k < 7; k++) column[k][i] = number(word[k + 1]);
    }
    fclose(f);
    assert_int_equal(bars.n, 300);
}

/* "# flat rows: 0 any": what is answered to rows that say little; any: a number. */
static void read_answer(char *line, const char *start, double *out) {
    char *word[16];
    if (strncmp(line, start, strlen(start)) != 0) return;
    uint32_t n = words_of(line + strlen(start), word);
    for (uint32_t k = 0; k < INDICATOR_OUTPUTS_MAX; k++)
        out[k] = k < n && strcmp(word[k], "any") ? number(word[k]) : NAN;
    out[0] = n == 0 ? INFINITY : out[0];
}

/* The vector's figures, and its subject opened. */
static void open_vector(const char *name, struct subject *s) {
    char path[200], line[400], spec[200] = "", *word[16];
    flat_answer[0] = unpaid_answer[0] = INFINITY; /* not given */
    snprintf(path, sizeof path, "tests/vectors/%s.txt", name);
    FILE *f = fopen(path, "r");
    if (f == NULL) fail_msg("%s has no vector: %s is missing", name, path);
    size_t i = 0;
    while (fgets(line, sizeof line, f) != NULL) {
        (void)sscanf(line, "# indicator %199s", spec);
        read_answer(line, "# flat rows: ", flat_answer);
        read_answer(line, "# without volume: ", unpaid_answer);
        if (line[0] == '#') continue;
        if (i == 0) subject_open(s, spec);
        assert_true(i < bars.n);
        assert_int_equal(words_of(line, word), indicator_outputs(s->in));
        for (uint32_t k = 0; k < indicator_outputs(s->in); k++) expected.column[k][i] = number(word[k]);
        i++;
    }
    fclose(f);
    assert_int_equal(i, bars.n);
    assert_string_equal(s->in->name, name);
}

/* ---- one indicator ---- */

/* What is the small difference of large figures is held to their size. */
static double scale_of(uint32_t k) {
    double sum = 0;
    for (size_t i = 0; i < bars.n; i++) sum += isnan(expected.column[k][i]) ? 0 : fabs(expected.column[k][i]);
    return sum / (double)bars.n;
}

static void check_figures(const struct subject *s) {
    uint32_t lookback = indicator_lookback(s->in, s->params);
    for (uint32_t k = 0; k < indicator_outputs(s->in); k++) {
        double scale = scale_of(k);
        for (size_t i = 0; i < bars.n; i++) {
            double is = whole.column[k][i], should = expected.column[k][i];
            if (isnan(is) != isnan(should) || isnan(is) != (i < lookback))
                fail_msg("%s: the first %s is not where it belongs, row %zu", s->in->name, s->in->outputs[k], i);
            if (!isnan(is) && !(fabs(is - should) <= TOLERANCE * fmax(fabs(should), scale)))
                fail_msg("%s: %s in row %zu is %.17g, expected %.17g", s->in->name, s->in->outputs[k], i, is, should);
        }
    }
}

static void check_pieces(struct subject *s) {
    static const size_t sizes[] = {1, 2, 3, 7, 100};
    indicator_reset(s->in, s->state);
    for (size_t i = 0; i < bars.n; i++) subject_step(s, &bars, i, &pieces);
    assert_same(s->in, &whole, &pieces, bars.n, "in steps");
    for (size_t z = 0; z < sizeof sizes / sizeof sizes[0]; z++) {
        indicator_reset(s->in, s->state);
        for (size_t at = 0; at < bars.n; at += sizes[z]) {
            subject_batch(s, &bars, at, sizes[z] < bars.n - at ? sizes[z] : bars.n - at, &pieces);
            subject_store_and_read(s);
        }
        assert_same(s->in, &whole, &pieces, bars.n, "in batches, stored and read");
    }
}

static void vectors(void **state) {
    (void)state;
    for (const struct indicator *const *in = indicator_table; *in != NULL; in++) {
        struct subject s;
        open_vector((*in)->name, &s);
        subject_batch(&s, &bars, 0, bars.n, &whole);
        check_figures(&s);
        check_pieces(&s);
        subject_close(&s);
    }
}

/* Steps and batches take turns at random, over many parameters, short windows above all. */
static void parameters_within_their_bounds(void **state) {
    struct rng r;
    (void)state;
    rng_seed(&r, 11);
    for (const struct indicator *const *in = indicator_table; *in != NULL; in++) {
        for (int round = 0; round < 12; round++) {
            struct subject s = {.in = *in};
            struct err e;
            for (uint32_t k = 0; k < indicator_params(*in); k++) {
                const struct param_spec *p = &(*in)->params[k];
                double most = p->whole && p->max > p->min + 40 ? p->min + 40 : p->max;
                double v = p->min + (most - p->min) * rng_unit(&r);
                s.params[k] = round == 0 ? p->min : p->whole ? floor(v) : v;
            }
            s.state = xcalloc(1, indicator_size(*in, s.params));
            if (indicator_open(*in, s.state, s.params, &e) != 0) { /* two that do not go together */
                assert_int_equal(e.code, ERR_RANGE);
                free(s.state);
                continue;
            }
            subject_batch(&s, &bars, 0, bars.n, &whole);
            for (size_t i = 0; i < bars.n; i++)
                for (uint32_t k = 0; k < indicator_outputs(*in); k++)
                    if (isnan(whole.column[k][i]) != (i < indicator_lookback(*in, s.params)))
                        fail_msg("%s: parameters %g %g %g: row %zu", (*in)->name, s.params[0], s.params[1], s.params[2],
                                 i);
            indicator_reset(*in, s.state);
            for (size_t at = 0; at < bars.n;) {
                size_t n = rng_u64(&r) % 40;
                if (n > bars.n - at) n = bars.n - at;
                if (n == 0)
                    subject_step(&s, &bars, at, &pieces), at++;
                else
                    subject_batch(&s, &bars, at, n, &pieces), at += n;
            }
            assert_same(*in, &whole, &pieces, bars.n, "batches and steps in turn");
            subject_close(&s);
        }
    }
}

static void nothing_looks_ahead(void **state) {
    struct rng r;
    (void)state;
    rng_seed(&r, 7);
    for (const struct indicator *const *in = indicator_table; *in != NULL; in++) {
        struct subject s;
        open_vector((*in)->name, &s);
        subject_batch(&s, &bars, 0, bars.n, &whole);
        for (int i = 0; i < CUTS; i++) {
            size_t cut = 1 + rng_u64(&r) % (bars.n - 1);
            indicator_reset(*in, s.state);
            subject_batch(&s, &bars, 0, cut, &pieces);
            assert_same(*in, &whole, &pieces, cut, "cut off");
        }
        subject_close(&s);
    }
}

/* ---- rows that are none ---- */

/* A row with that value in one of its fields is as if it were not there. */
static void spoil(struct subject *s, double *column, size_t row, double value) {
    static struct rows without;
    static struct answers less;
    double good = column[row];
    without = bars;
    without.n--;
    double *const all[] = {without.open,   without.high, without.low, without.close,
                           without.volume, without.buy,  without.sell};
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
        memmove(&all[k][row], &all[k][row + 1], (bars.n - row - 1) * sizeof **all);
    memmove(&without.start_ns[row], &without.start_ns[row + 1], (bars.n - row - 1) * sizeof *bars.start_ns);
    indicator_reset(s->in, s->state);
    subject_batch(s, &without, 0, without.n, &less);
    column[row] = value;
    indicator_reset(s->in, s->state);
    subject_batch(s, &bars, 0, bars.n, &whole);
    indicator_reset(s->in, s->state);
    for (size_t i = 0; i < bars.n; i++) subject_step(s, &bars, i, &pieces);
    column[row] = good;
    assert_same(s->in, &whole, &pieces, bars.n, "a row that is none");
    for (uint32_t k = 0; k < indicator_outputs(s->in); k++) {
        assert_true(isnan(whole.column[k][row]));
        for (size_t i = 0; i < without.n; i++)
            if (!same_bits(less.column[k][i], whole.column[k][i + (i >= row)]))
                fail_msg("%s: row %zu is not what it is without row %zu", s->in->name, i, row);
    }
}

static void what_is_no_number_changes_nothing(void **state) {
    (void)state;
    for (const struct indicator *const *in = indicator_table; *in != NULL; in++) {
        const struct {
            uint32_t field;
            double *column;
        } fields[] = {{INDICATOR_OPEN, bars.open},
                      {INDICATOR_HIGH, bars.high},
                      {INDICATOR_LOW, bars.low},
                      {INDICATOR_CLOSE, bars.close},
                      {INDICATOR_VOLUME, bars.volume}};
        struct subject s;
        open_vector((*in)->name, &s);
        for (size_t k = 0; k < sizeof fields / sizeof fields[0]; k++) {
            if (((*in)->uses & fields[k].field) == 0) continue;
            spoil(&s, fields[k].column, 0, NAN);
            spoil(&s, fields[k].column, 150, NAN);
            spoil(&s, fields[k].column, 299, INFINITY);
            spoil(&s, fields[k].column, 31, -INFINITY);
        }
        subject_close(&s);
    }
}

/* ---- rows that say little: the answers that the vectors give ---- */

#define PRICE 100.1
#define VOLUME 10.0

static void check_little(const struct subject *s, const double *answer, const char *what) {
    for (uint32_t k = 0; k < indicator_outputs(s->in); k++) {
        for (size_t i = indicator_lookback(s->in, s->params); i < bars.n; i++) {
            double is = whole.column[k][i];
            if (!(isnan(answer[k]) ? isfinite(is) : fabs(is - answer[k]) <= 1e-9))
                fail_msg("%s: %s in row %zu of %s is %.17g", s->in->name, s->in->outputs[k], i, what, is);
        }
    }
}

static void flat_rows_and_no_volume(void **state) {
    static struct rows flat, unpaid;
    (void)state;
    flat = unpaid = bars;
    for (size_t i = 0; i < bars.n; i++) {
        flat.open[i] = flat.high[i] = flat.low[i] = flat.close[i] = PRICE;
        flat.volume[i] = VOLUME;
        unpaid.volume[i] = 0;
        flat.buy[i] = flat.sell[i] = unpaid.buy[i] = unpaid.sell[i] = NAN;
    }
    for (const struct indicator *const *in = indicator_table; *in != NULL; in++) {
        struct subject s;
        open_vector((*in)->name, &s);
        if (isinf(flat_answer[0]) || isinf(unpaid_answer[0]))
            fail_msg("%s: its vector does not say what it answers to flat rows, and to rows without volume",
                     (*in)->name);
        subject_batch(&s, &flat, 0, flat.n, &whole);
        check_little(&s, flat_answer, "flat rows");
        indicator_reset(*in, s.state);
        subject_batch(&s, &unpaid, 0, unpaid.n, &whole);
        check_little(&s, unpaid_answer, "rows without volume");
        subject_close(&s);
    }
}

static void one_row(void **state) {
    (void)state;
    for (const struct indicator *const *in = indicator_table; *in != NULL; in++) {
        struct subject s;
        open_vector((*in)->name, &s);
        subject_batch(&s, &bars, 0, 1, &whole);
        for (uint32_t k = 0; k < indicator_outputs(*in); k++)
            assert_int_equal(isnan(whole.column[k][0]), indicator_lookback(*in, s.params) > 0);
        subject_batch(&s, &bars, 1, 0, &whole); /* and none at all */
        subject_close(&s);
    }
}

/* ---- long runs ---- */

static void nothing_drifts(void **state) {
    static const char *const names[] = {"sma:period=10", "wma:period=10", "vwma:period=10", "bb:period=10",
                                        "donchian:period=10"};
    (void)state;
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        struct subject s;
        double out[INDICATOR_OUTPUTS_MAX];
        struct indicator_bar b = {.volume = 3, .open = 1};
        subject_open(&s, names[n]);
        for (int i = 0; i < 20000; i++) {
            b.close = b.high = b.low = (i < 10000 ? 1e6 : 0) + i % 7 * 0.1 + 1;
            indicator_step(s.in, s.state, &b, out);
        }
        indicator_reset(s.in, s.state);
        double late[INDICATOR_OUTPUTS_MAX];
        memcpy(late, out, sizeof late);
        for (int i = 19000; i < 20000; i++) {
            b.close = b.high = b.low = i % 7 * 0.1 + 1;
            indicator_step(s.in, s.state, &b, out);
        }
        for (uint32_t k = 0; k < indicator_outputs(s.in); k++)
            if (!(fabs(out[k] - late[k]) <= 1e-12 * fabs(out[k])))
                fail_msg("%s: output %u is %.17g after a long run, %.17g after a short one", names[n], k, late[k],
                         out[k]);
        subject_close(&s);
    }
}

/* ---- states that are not its own ---- */

static void another_parameter_is_refused(void **state) {
    struct subject ten, twenty;
    struct buf bytes;
    struct snap s;
    (void)state;
    subject_open(&ten, "sma:period=10");
    subject_open(&twenty, "sma:period=20");
    buf_init(&bytes, 4096);
    snap_writer(&s, &bytes);
    indicator_snap(ten.in, ten.state, &s);
    snap_reader(&s, bytes.p, bytes.len);
    indicator_snap(twenty.in, twenty.state, &s);
    assert_true(s.bad);
    buf_clear(&bytes);
    subject_close(&ten);
    subject_close(&twenty);
}

/* Whatever bytes are read as a state: refused, or harmless. */
static void damaged_states_are_harmless(void **state) {
    struct rng r;
    (void)state;
    rng_seed(&r, 3);
    for (const struct indicator *const *in = indicator_table; *in != NULL; in++) {
        for (int round = 0; round < 40; round++) {
            struct subject s;
            struct buf b;
            struct snap snap;
            open_vector((*in)->name, &s);
            subject_batch(&s, &bars, 0, 120, &whole);
            buf_init(&b, 1u << 20);
            snap_writer(&snap, &b);
            indicator_snap(*in, s.state, &snap);
            size_t head = indicator_params(*in) * sizeof(double);
            for (int hits = 0; hits < 4 && b.len > head; hits++)
                b.p[head + rng_u64(&r) % (b.len - head)] = (char)rng_u64(&r);
            snap_reader(&snap, b.p, b.len);
            indicator_snap(*in, s.state, &snap);
            if (!snap.bad) subject_batch(&s, &bars, 120, 180, &pieces);
            buf_clear(&b);
            subject_close(&s);
        }
    }
}

/* ---- its text, its columns ---- */

static void texts(void **state) {
    static const struct {
        const char *text, *says;
    } wrong[] = {{"nothing", "there is no indicator “nothing”"},
                 {"sma:", "is not name=value"},
                 {"sma:period", "is not name=value"},
                 {"sma:period=", "is not name=value"},
                 {"sma:period=x", "is not a number"},
                 {"sma:period=10x", "is not a number"},
                 {"sma:period=inf", "is not a number"},
                 {"sma:period=0", "period goes from 1 to 4096"},
                 {"sma:period=2.5", "period is a whole number"},
                 {"sma:periods=5", "it has: period"},
                 {"obv:period=5", "obv has no parameters"},
                 {"sma:period=5,", "is not name=value"}};
    const struct indicator *in;
    double params[INDICATOR_PARAMS_MAX];
    struct err e;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(indicator_parse(wrong[i].text, &in, params, &e), -1);
        if (strstr(err_text(&e, LANG_EN), wrong[i].says) == NULL)
            fail_msg("%s: said: %s", wrong[i].text, err_text(&e, LANG_EN));
    }
    assert_int_equal(indicator_parse("macd:signal=4,fast=5", &in, params, &e), 0);
    assert_true(params[0] == 5 && params[1] == 26 && params[2] == 4);
    assert_int_equal(indicator_parse("bbands", &in, params, &e), 0);
    assert_string_equal(in->name, "bb");
    assert_null(indicator_find("nothing"));
}

static void a_missing_column_is_said(void **state) {
    struct subject s;
    struct err e;
    double out[1], close[1] = {1}, *outs[] = {out};
    struct indicator_columns in = {.close = close};
    (void)state;
    subject_open(&s, "obv");
    assert_int_equal(indicator_batch(s.in, s.state, &in, 1, outs, &e), -1);
    assert_non_null(strstr(err_text(&e, LANG_EN), "volume"));
    subject_close(&s);
}

static int setup(void **state) {
    (void)state;
    read_bars();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(parameters_within_their_bounds),
        cmocka_unit_test(nothing_looks_ahead),
        cmocka_unit_test(what_is_no_number_changes_nothing),
        cmocka_unit_test(flat_rows_and_no_volume),
        cmocka_unit_test(one_row),
        cmocka_unit_test(nothing_drifts),
        cmocka_unit_test(another_parameter_is_refused),
        cmocka_unit_test(damaged_states_are_harmless),
        cmocka_unit_test(texts),
        cmocka_unit_test(a_missing_column_is_said),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
