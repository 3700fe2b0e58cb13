/* table: the indicators this program knows, by name. To add one: its file, one line here, its vector in tests/vectors/. */
#include "engine/indicator.h"

#include <string.h>

/* clang-format off */
#define INDICATORS(X) \
    X(ad) \
    X(adosc) \
    X(adx) \
    X(ao) \
    X(aroon) \
    X(atr) \
    X(bb) \
    X(bop) \
    X(cci) \
    X(chop) \
    X(cmf) \
    X(cmo) \
    X(cumdelta) \
    X(delta) \
    X(dema) \
    X(donchian) \
    X(ema) \
    X(er) \
    X(hma) \
    X(ichimoku) \
    X(imbalance) \
    X(kama) \
    X(keltner) \
    X(linreg) \
    X(linreg_slope) \
    X(macd) \
    X(mfi) \
    X(minus_di) \
    X(mom) \
    X(natr) \
    X(obv) \
    X(percentrank) \
    X(plus_di) \
    X(ppo) \
    X(realvol) \
    X(roc) \
    X(rsi) \
    X(sar) \
    X(sma) \
    X(stddev) \
    X(stoch) \
    X(stochrsi) \
    X(supertrend) \
    X(tema) \
    X(trange) \
    X(trima) \
    X(trix) \
    X(ultosc) \
    X(var) \
    X(volume_profile) \
    X(vortex) \
    X(vwap) \
    X(vwma) \
    X(willr) \
    X(wma) \
    X(zscore)
/* clang-format on */

#define DECLARE(name) extern const struct indicator indicator_##name;
INDICATORS(DECLARE)

#define LIST(name) &indicator_##name,
const struct indicator *const indicator_table[] = {INDICATORS(LIST) NULL};

const struct indicator *indicator_find(const char *name) {
    for (const struct indicator *const *i = indicator_table; *i != NULL; i++) {
        if (strcmp((*i)->name, name) == 0 || ((*i)->alias != NULL && strcmp((*i)->alias, name) == 0)) return *i;
    }
    return NULL;
}
