/*
 * table: the market data sources that can be named in the settings. Adding one is one
 * file here and one line below.
 */
#include <string.h>

#include "engine/feeds/feeds.h"

const struct feed *const feed_table[] = {&feed_replay, &feed_simulated, &feed_alpaca, NULL};

const struct feed *feed_find(const char *name) {
    for (int i = 0; feed_table[i] != NULL; i++) {
        if (strcmp(feed_table[i]->name, name) == 0) return feed_table[i];
    }
    return NULL;
}
