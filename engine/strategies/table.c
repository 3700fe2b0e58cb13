/* table: the strategies this program knows. To add one: its file, one line here. */
#include "engine/strategy.h"

#include <string.h>

extern const struct strategy strategy_moving_average;

const struct strategy *const strategy_table[] = {&strategy_moving_average, NULL};

const struct strategy *strategy_find(const char *name) {
    for (const struct strategy *const *s = strategy_table; *s != NULL; s++) {
        if (strcmp((*s)->name, name) == 0) return *s;
    }
    return NULL;
}
