/*
 * strangers: a set of 64-bit hashes of one day, and the same as rows of text. A row is
 * "DAY HASH HASH …"; the last one grows, a full one is followed by the next.
 * Keys sort as rows do, so that they come back in their order.
 */
#include "bot/strangers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/hash.h"
#include "engine/base/map.h"
#include "engine/base/mem.h"

#define SECONDS_A_DAY 86400
#define ROW_HASHES 400 /* of 17 bytes each: within a stored value */
#define ROW_MAX 8000

struct strangers {
    void (*put)(void *arg, const char *key, const char *value);
    void *arg;
    struct idset *set;
    int32_t day;
    uint32_t count;
    uint64_t hash[STRANGERS_MAX]; /* in the order of their coming */
};

struct strangers *strangers_new(void (*put)(void *arg, const char *key, const char *value), void *arg) {
    struct strangers *s = xcalloc(1, sizeof *s);
    s->put = put;
    s->arg = arg;
    s->set = idset_new(STRANGERS_MAX);
    return s;
}

void strangers_free(struct strangers *s) {
    if (!s) return;
    idset_free(s->set);
    free(s);
}

static void begin(struct strangers *s, int32_t day) {
    idset_free(s->set);
    s->set = idset_new(STRANGERS_MAX);
    s->day = day;
    s->count = 0;
}

static bool add(struct strangers *s, uint64_t hash) {
    if (s->count == STRANGERS_MAX || !idset_add(s->set, hash)) return false;
    s->hash[s->count++] = hash;
    return true;
}

/* ---- rows ---- */

static void key_of(char out[32], uint32_t row) {
    snprintf(out, 32, STRANGERS_KEY "%02u", row);
}

static void write_row(struct strangers *s, uint32_t row) {
    char key[32];
    struct buf b;
    buf_init(&b, ROW_MAX);
    buf_printf(&b, "%d", s->day);
    for (uint32_t i = row * ROW_HASHES; i < s->count && i < (row + 1) * ROW_HASHES; i++)
        buf_printf(&b, " %016llx", (unsigned long long)s->hash[i]);
    key_of(key, row);
    s->put(s->arg, key, b.p);
    buf_clear(&b);
}

static void drop_rows(struct strangers *s) {
    char key[32];
    for (uint32_t row = 0; row * ROW_HASHES < s->count; row++) {
        key_of(key, row);
        s->put(s->arg, key, NULL);
    }
}

static bool read_hash(const char *p, uint64_t *out) {
    if (strspn(p, "0123456789abcdef") < 16) return false;
    *out = 0;
    for (int i = 0; i < 16; i++) *out = *out << 4 | (uint64_t)(p[i] <= '9' ? p[i] - '0' : p[i] - 'a' + 10);
    return true;
}

void strangers_load(struct strangers *s, const char *key, const char *value) {
    char *end;
    uint64_t hash;
    if (strncmp(key, STRANGERS_KEY, strlen(STRANGERS_KEY)) != 0) return;
    long day = strtol(value, &end, 10);
    if (end == value || day < s->day || day > INT32_MAX) return; /* rows of one day stand together */
    if (day > s->day) begin(s, (int32_t)day);
    for (const char *p = end; *p == ' ' && read_hash(p + 1, &hash); p += 17) add(s, hash);
}

/* ---- */

bool strangers_first(struct strangers *s, const char *actor, when_t now) {
    int32_t day = (int32_t)(when_sec(now) / SECONDS_A_DAY);
    if (day != s->day) {
        drop_rows(s);
        begin(s, day);
    }
    if (!add(s, hash64(actor, strlen(actor), 0))) return false;
    write_row(s, (s->count - 1) / ROW_HASHES);
    return true;
}
