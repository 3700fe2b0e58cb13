/*
 * suggest: the nearest known name to a mistyped one. Owns nothing; looks only at the
 * option table.
 */
#include <stdio.h>
#include <string.h>

#include "config/options.h"

#define NAME_MAX_BYTES 64
#define DISTANCE_MAX 3
#define STARTS_MIN 4 /* letters from which the start of a name is enough */

/* Edits (insert, drop, replace, swap of neighbours) from a to b; DISTANCE_MAX + 1 for anything too long. */
static size_t distance(const char *a, size_t an, const char *b, size_t bn) {
    size_t row[3][NAME_MAX_BYTES + 1];
    if (an > NAME_MAX_BYTES || bn > NAME_MAX_BYTES) return DISTANCE_MAX + 1;
    for (size_t j = 0; j <= bn; j++) row[0][j] = j;
    for (size_t i = 1; i <= an; i++) {
        size_t *now = row[i % 3];
        const size_t *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= bn; j++) {
            size_t d = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < d) d = last[j] + 1;
            if (now[j - 1] + 1 < d) d = now[j - 1] + 1;
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before[j - 2] + 1 < d) d = before[j - 2] + 1;
            now[j] = d;
        }
    }
    return row[an % 3][bn];
}

/* A short word may differ less than a long one. */
static bool is_near(size_t d, size_t n) {
    return d <= DISTANCE_MAX && d * 3 <= n;
}

/* The word of `key` that starts at `from`, without "[]". */
static size_t word(const char *key, size_t from) {
    return strcspn(key + from, ".[");
}

static const char *last_word(const char *pattern) {
    const char *dot = strrchr(pattern, '.');
    return dot == NULL ? pattern : dot + 1;
}

void option_suggest(const char *pattern, char *out, size_t size) {
    const char *name = last_word(pattern);
    size_t parent = (size_t)(name - pattern), n = strlen(name), best = DISTANCE_MAX + 1;
    if (size > 0) out[0] = '\0';
    for (const struct option *o = option_table; o->key != NULL; o++) { /* the same level first */
        if (strncmp(o->key, pattern, parent) != 0) continue;
        size_t w = word(o->key, parent), d = distance(name, n, o->key + parent, w);
        bool starts = n >= STARTS_MIN && n < w && strncmp(name, o->key + parent, n) == 0;
        if (starts) d = DISTANCE_MAX; /* capital -> capital_allocation */
        if ((!starts && !is_near(d, n)) || d >= best || o->key[parent] == '*') continue;
        best = d;
        str_copy_n(out, size, o->key, parent + w);
    }
    for (const struct option *o = option_table; best > DISTANCE_MAX && o->key != NULL; o++) {
        const char *last = last_word(o->key);
        size_t w = word(last, 0);
        if (w != n || strncmp(last, name, n) != 0) continue;
        str_copy_n(out, size, o->key, (size_t)(last - o->key) + w);
        return;
    }
}

const char *option_suggest_env(const char *name) {
    size_t n = strlen(name), best = DISTANCE_MAX + 1;
    const char *found = NULL;
    for (const struct option *o = option_table; o->key != NULL; o++) {
        if (o->env == NULL) continue;
        size_t d = distance(name, n, o->env, strlen(o->env));
        if (is_near(d, n) && d < best) {
            best = d;
            found = o->env;
        }
    }
    return found;
}
