/*
 * Every column of TA-Lib's own figures, on the whole of both files beside the checkout; skipped with a note where they are
 * not there. Prints the greatest difference by column. A figure is held to its own size, and where it is the small
 * difference of large ones, to a hundredth of its column’s.
 */
#include "unit.h"

#include <zlib.h>

#include "indicator_rig.h"

#define TOLERANCE 1e-9
#define COLUMNS_MAX 64
#define SMALL 1e-2 /* of its mean size: nearer to 0, the rounding of the prices it is the difference of shows */

static const struct {
    const char *column, *indicator;
    uint32_t output;
} columns[] = {{"sma_20", "sma:period=20", 0},
               {"ema_20", "ema:period=20", 0},
               {"ema_50", "ema:period=50", 0},
               {"ema_200", "ema:period=200", 0},
               {"wma_14", "wma:period=14", 0},
               {"dema_20", "dema:period=20", 0},
               {"tema_20", "tema:period=20", 0},
               {"kama_30", "kama:period=30", 0},
               {"trima_20", "trima:period=20", 0},
               {"rsi_14", "rsi:period=14", 0},
               {"macd_12_26_9", "macd:fast=12,slow=26,signal=9", 0},
               {"macd_signal", "macd", 1},
               {"macd_hist", "macd", 2},
               {"bb_upper_20_2", "bb:period=20,deviations=2", 0},
               {"bb_middle", "bb", 1},
               {"bb_lower", "bb", 2},
               {"atr_14", "atr:period=14", 0},
               {"natr_14", "natr:period=14", 0},
               {"trange", "trange", 0},
               {"adx_14", "adx:period=14", 0},
               {"plus_di_14", "plus_di:period=14", 0},
               {"minus_di_14", "minus_di:period=14", 0},
               {"stoch_k_14_3", "stoch:period=14,slow=3,signal=3", 0},
               {"stoch_d_3", "stoch", 1},
               {"cci_20", "cci:period=20", 0},
               {"willr_14", "willr:period=14", 0},
               {"mfi_14", "mfi:period=14", 0},
               {"obv", "obv", 0},
               {"ad", "ad", 0},
               {"adosc_3_10", "adosc:fast=3,slow=10", 0},
               {"roc_10", "roc:period=10", 0},
               {"mom_10", "mom:period=10", 0},
               {"aroon_down_14", "aroon:period=14", 0},
               {"aroon_up_14", "aroon:period=14", 1},
               {"ultosc_7_14_28", "ultosc:fast=7,medium=14,slow=28", 0},
               {"trix_15", "trix:period=15", 0},
               {"ppo_12_26_ema", "ppo:fast=12,slow=26", 0},
               {"cmo_14", "cmo:period=14", 0},
               {"sar_002_02", "sar:step=0.02,max=0.2", 0},
               {"stddev_20", "stddev:period=20", 0},
               {"linreg_slope_14", "linreg_slope:period=14", 0},
               {"bop", "bop", 0}};
#define COLUMNS (sizeof columns / sizeof columns[0])

static struct rows bars;
static double figures[COLUMNS_MAX][ROWS_MAX];
static char names[COLUMNS_MAX][40];
static struct answers ours;

/* Columns are open to volume, then figures; time_utc is not needed. The number of figures' columns; 0: no file. */
static size_t read_file(const char *path) {
    static char line[8192];
    gzFile f = gzopen(path, "rb");
    size_t count = 0;
    if (f == NULL) return 0;
    bars.n = 0;
    for (bool is_header = true; gzgets(f, line, sizeof line) != NULL; is_header = false) {
        char *rest = line, *cell;
        double *const prices[] = {bars.open, bars.high, bars.low, bars.close, bars.volume};
        for (size_t i = 0; (cell = strsep(&rest, ",\n")) != NULL && i < 6 + COLUMNS_MAX; i++) {
            if (is_header && i >= 6 && *cell) snprintf(names[count++], sizeof names[0], "%s", cell);
            if (!is_header && i > 0 && i < 6) prices[i - 1][bars.n] = strtod(cell, NULL);
            if (!is_header && i >= 6) figures[i - 6][bars.n] = *cell ? strtod(cell, NULL) : NAN;
        }
        bars.n += !is_header;
        assert_true(bars.n < ROWS_MAX);
    }
    gzclose(f);
    for (size_t i = 0; i < bars.n; i++) bars.buy[i] = bars.sell[i] = NAN;
    return count;
}

static void compare(size_t column, const double *theirs, const char *file) {
    struct subject s;
    double size = 0, worst = 0, strict = 0;
    subject_open(&s, columns[column].indicator);
    subject_batch(&s, &bars, 0, bars.n, &ours);
    const double *is = ours.column[columns[column].output];
    for (size_t i = 0; i < bars.n; i++) size += isnan(theirs[i]) ? 0 : fabs(theirs[i]) / (double)bars.n;
    for (size_t i = 0; i < bars.n; i++) {
        if (isnan(is[i]) != isnan(theirs[i])) fail_msg("%s: row %zu: one has no value", columns[column].column, i);
        if (isnan(is[i])) continue;
        double off = fabs(is[i] - theirs[i]);
        worst = fmax(worst, off / fmax(fabs(theirs[i]), SMALL * size));
        if (theirs[i] != 0) strict = fmax(strict, off / fabs(theirs[i]));
    }
    printf("%-16s %-16s %.1e (to its own size alone %.1e)\n", file, columns[column].column, worst, strict);
    if (worst > TOLERANCE) fail_msg("%s: %s is off by %g of its size", file, columns[column].column, worst);
    subject_close(&s);
}

static void every_column(const char *file) {
    char path[200];
    snprintf(path, sizeof path, "../shared/specs/indicators/%s.csv.gz", file);
    size_t count = read_file(path);
    if (count == 0) {
        printf("skipped: %s is not there\n", path);
        skip();
    }
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < COLUMNS && strcmp(columns[k].column, names[i]) != 0) k++;
        if (k == COLUMNS) fail_msg("%s: no indicator for the column %s", file, names[i]);
        compare(k, figures[i], file);
    }
}

static void seeded_rows(void **state) {
    (void)state;
    every_column("synthetic_m5_talib");
}

static void gold(void **state) {
    (void)state;
    every_column("xauusd_m5_talib");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(seeded_rows), cmocka_unit_test(gold)};
    return RUN(tests);
}
