/* table: the strategies this program knows. To add one: its file, one line here. */
#include "engine/strategy.h"

#include <string.h>

extern const struct strategy strategy_bataille_navale, strategy_breakout, strategy_macd_cross, strategy_mean_reversion,
    strategy_moving_average, strategy_multi_factor, strategy_rsi, strategy_smc_ict;

const struct strategy *const strategy_table[] = {
    &strategy_moving_average,
    &strategy_rsi,
    &strategy_macd_cross,
    &strategy_mean_reversion,
    &strategy_breakout,
    &strategy_multi_factor,
    &strategy_smc_ict,
    &strategy_bataille_navale,
    NULL,
};

const struct strategy *strategy_find(const char *name) {
    for (const struct strategy *const *s = strategy_table; *s != NULL; s++) {
        if (strcmp((*s)->name, name) == 0) return *s;
    }
    return NULL;
}
