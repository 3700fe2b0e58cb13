/*
 * state: a map in memory in front of the table bot_state. Owns the copies; the store
 * gets every change through the batch of the turn, never later.
 */
#include "bot/state.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/map.h"
#include "engine/base/mem.h"

struct state {
    struct desk *desk;
    struct map *values;
};

struct state *state_new(struct desk *desk) {
    struct state *s = xcalloc(1, sizeof *s);
    s->desk = desk;
    s->values = map_new(STATE_KEYS_MAX);
    return s;
}

void state_free(struct state *s) {
    if (!s) return;
    size_t it = 0;
    const char *key;
    void *value;
    while (map_next(s->values, &it, &key, &value)) free(value);
    map_free(s->values);
    free(s);
}

static void remember(struct state *s, const char *key, const char *value) {
    char *copy = xstrdup(value);
    free(map_take(s->values, key));
    if (!map_put(s->values, key, copy)) {
        log_error("state", "more than %d named values: %s is kept in the store only", STATE_KEYS_MAX, key);
        free(copy);
    }
}

struct loading {
    struct state *state;
    struct err *e;
    bool failed;
};

static void row(void *arg, const char *key, const char *value) {
    remember(((struct loading *)arg)->state, key, value);
}

static void done(void *arg, const struct err *failed) {
    struct loading *l = arg;
    if (!failed) return;
    l->failed = true;
    if (l->e) *l->e = *failed;
}

int state_recover(struct state *s, struct store *store, struct err *e) {
    struct loading l = {.state = s, .e = e};
    store_load_state(store, row, done, &l);
    store_wait(store);
    return l.failed ? -1 : 0;
}

const char *state_get(const struct state *s, const char *key) {
    return map_get(s->values, key);
}

void state_put(struct state *s, const char *key, const char *value) {
    const char *now = state_get(s, key);
    if (strlen(key) >= STATE_KEY_MAX || (value && strlen(value) >= STATE_VALUE_MAX)) {
        log_error("state", "a value too long for the state is not kept: %.64s", key);
        return;
    }
    if (value ? now && !strcmp(now, value) : !now) return; /* nothing changes */
    store_put_state(desk_batch(s->desk), key, value, clock_wall());
    if (value)
        remember(s, key, value);
    else
        free(map_take(s->values, key));
}

void state_each(const struct state *s, const char *prefix, void (*fn)(void *arg, const char *key, const char *value),
                void *arg) {
    size_t it = 0, n = strlen(prefix);
    const char *key;
    void *value;
    while (map_next(s->values, &it, &key, &value))
        if (!strncmp(key, prefix, n)) fn(arg, key, value);
}
