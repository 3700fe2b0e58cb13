/*
 * option_find: how the rows of the one table are found, and what a change of one means.
 * Also the keys that the source documents name and nothing reads yet. Owns nothing.
 */
#include "config/options.h"

#include <string.h>

/* Keys of the source documents that wait for what will read them. */
static const char *const later[] = {"alpaca",
                                    "data",
                                    "database",
                                    "db",
                                    "dtc",
                                    "dukascopy",
                                    "execution.monitoring.check_interval",
                                    "execution.monitoring.timeout",
                                    "execution.order",
                                    "execution.position.min_close_size",
                                    "execution.position.partial_close",
                                    "execution.risk.max_position_size",
                                    "iqfeed",
                                    "llm",
                                    "ml",
                                    "models",
                                    "monitoring",
                                    "mt5",
                                    "news",
                                    "reddit",
                                    "risk_management.max_daily_loss",
                                    "risk_management.max_drawdown",
                                    "risk_management.max_position_size",
                                    "sentiment",
                                    "trading.risk_management.position_size",
                                    "trading.symbol"};

bool option_is_changeable(const struct option *o) {
    return o->tighter == TIGHTER_NEUTRAL || o->tighter == TIGHTER_LOWER || o->tighter == TIGHTER_HIGHER;
}

enum option_way option_way(const struct option *o, int64_t from, int64_t to) {
    if (from == to) return WAY_NONE;
    if (o->flags & OPTION_ZERO_IS_NONE) { /* no limit is the loosest of all */
        if (from == 0) from = INT64_MAX;
        if (to == 0) to = INT64_MAX;
    }
    switch (o->tighter) {
    case TIGHTER_LOWER: return to < from ? WAY_TIGHTER : WAY_LOOSER;
    case TIGHTER_HIGHER: return to > from ? WAY_TIGHTER : WAY_LOOSER;
    case TIGHTER_UNDECLARED:
    case TIGHTER_RESTART:
    case TIGHTER_NEUTRAL:
    case TIGHTER_COUNT: break;
    }
    return WAY_NEUTRAL;
}

static bool is_below(const char *key, const char *prefix, const char *joint) {
    size_t n = strlen(prefix);
    return strncmp(key, prefix, n) == 0 && strncmp(key + n, joint, strlen(joint)) == 0;
}

bool option_is_later(const char *pattern) {
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
        if (strcmp(pattern, later[i]) == 0 || is_below(pattern, later[i], ".")) return true;
    }
    return false;
}

/* Does a free map's row ("strategies[].params.*") stand for that pattern? */
static bool is_free(const char *key, const char *pattern) {
    size_t n = strlen(key);
    if (n < 2 || strcmp(key + n - 2, ".*") != 0) return false;
    return strncmp(pattern, key, n - 1) == 0 && pattern[n - 1] != '\0' && strpbrk(pattern + n - 1, ".[") == NULL;
}

const struct option *option_find(const char *pattern) {
    for (const struct option *o = option_table; o->key != NULL; o++) {
        if (strcmp(o->key, pattern) == 0 || is_free(o->key, pattern)) return o;
    }
    return NULL;
}

bool option_is_map(const char *pattern) {
    for (const struct option *o = option_table; o->key != NULL; o++) {
        if (pattern[0] == '\0' || is_below(o->key, pattern, ".")) return true;
    }
    return false;
}

bool option_is_list(const char *pattern) {
    for (const struct option *o = option_table; o->key != NULL; o++) {
        if (is_below(o->key, pattern, "[]")) return true;
    }
    return false;
}

const struct option *option_of_env(const char *name) {
    for (const struct option *o = option_table; o->key != NULL; o++) {
        if (o->env != NULL && strcmp(o->env, name) == 0) return o;
    }
    return NULL;
}
