/* table: the indicators this program knows, by name. To add one: its file, one line here, its vector in the tests. */
#include "engine/indicator.h"

#include <string.h>

extern const struct indicator indicator_atr, indicator_sma;

const struct indicator *const indicator_table[] = {&indicator_atr, &indicator_sma, NULL};

const struct indicator *indicator_find(const char *name) {
    for (const struct indicator *const *i = indicator_table; *i != NULL; i++) {
        if (strcmp((*i)->name, name) == 0) return *i;
    }
    return NULL;
}
