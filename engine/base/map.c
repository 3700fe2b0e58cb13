/*
 * map: string -> pointer in insertion order (iteration is the same in every run, which
 * replay needs), and a bounded set of ids. Both own their tables; a map owns copies of
 * its keys, never its values.
 */
#include "engine/base/map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/hash.h"
#include "engine/base/mem.h"

#define MAP_FIRST 16 /* entries; a power of two, as are all later sizes */
#define SLOT_EMPTY 0u
#define SLOT_DEAD UINT32_MAX /* a removed entry: a search goes on past it */

struct entry {
    char *key; /* NULL: removed */
    void *value;
    uint64_t hash;
};

struct map {
    struct entry *entries; /* in order of insertion, with holes */
    uint32_t *slots;       /* index into entries plus one; twice as many as entries */
    size_t used, room, count, max;
};

struct map *map_new(size_t max) {
    assert(max < UINT32_MAX / 4);
    struct map *m = xcalloc(1, sizeof *m);
    m->max = max;
    return m;
}

void map_free(struct map *m) {
    if (m == NULL) return;
    for (size_t i = 0; i < m->used; i++) free(m->entries[i].key);
    free(m->entries);
    free(m->slots);
    free(m);
}

/* The slot that leads to the key, or NULL. */
static uint32_t *find(const struct map *m, const char *key, uint64_t hash) {
    if (m->room == 0) return NULL;
    size_t mask = m->room * 2 - 1;
    for (size_t i = hash & mask; m->slots[i] != SLOT_EMPTY; i = (i + 1) & mask) {
        if (m->slots[i] == SLOT_DEAD) continue;
        const struct entry *e = &m->entries[m->slots[i] - 1];
        if (e->hash == hash && strcmp(e->key, key) == 0) return &m->slots[i];
    }
    return NULL;
}

static void link_entry(struct map *m, size_t index) {
    size_t mask = m->room * 2 - 1, i = m->entries[index].hash & mask;
    while (m->slots[i] != SLOT_EMPTY && m->slots[i] != SLOT_DEAD) i = (i + 1) & mask;
    m->slots[i] = (uint32_t)index + 1;
}

/* Closes the holes, doubles the room where more than half is really used, and builds the slots anew. */
static void rebuild(struct map *m) {
    if (m->room == 0 || m->count * 2 > m->room) {
        m->room = m->room == 0 ? MAP_FIRST : m->room * 2;
        m->entries = xreallocarray(m->entries, m->room, sizeof *m->entries);
        m->slots = xreallocarray(m->slots, m->room * 2, sizeof *m->slots);
    }
    size_t kept = 0;
    for (size_t i = 0; i < m->used; i++) {
        if (m->entries[i].key != NULL) m->entries[kept++] = m->entries[i];
    }
    m->used = kept;
    memset(m->slots, 0, m->room * 2 * sizeof *m->slots);
    for (size_t i = 0; i < m->used; i++) link_entry(m, i);
}

bool map_put(struct map *m, const char *key, void *value) {
    uint64_t hash = hash64(key, strlen(key), 0);
    uint32_t *slot = find(m, key, hash);
    if (slot != NULL) {
        m->entries[*slot - 1].value = value;
        return true;
    }
    if (m->count >= m->max) return false;
    if (m->used == m->room) rebuild(m);
    m->entries[m->used] = (struct entry){.key = xstrdup(key), .value = value, .hash = hash};
    link_entry(m, m->used++);
    m->count++;
    return true;
}

void *map_get(const struct map *m, const char *key) {
    uint32_t *slot = find(m, key, hash64(key, strlen(key), 0));
    return slot != NULL ? m->entries[*slot - 1].value : NULL;
}

void *map_take(struct map *m, const char *key) {
    uint32_t *slot = find(m, key, hash64(key, strlen(key), 0));
    if (slot == NULL) return NULL;
    struct entry *e = &m->entries[*slot - 1];
    void *value = e->value;
    free(e->key);
    *e = (struct entry){0};
    *slot = SLOT_DEAD;
    m->count--;
    return value;
}

size_t map_count(const struct map *m) {
    return m->count;
}

bool map_next(const struct map *m, size_t *it, const char **key, void **value) {
    while (*it < m->used) {
        const struct entry *e = &m->entries[(*it)++];
        if (e->key == NULL) continue;
        if (key != NULL) *key = e->key;
        if (value != NULL) *value = e->value;
        return true;
    }
    return false;
}

struct idset {
    uint64_t *ring;  /* the members, oldest at `head` */
    uint32_t *slots; /* index into ring plus one */
    size_t head, count, max, mask;
};

struct idset *idset_new(size_t max) {
    assert(max > 0 && max < UINT32_MAX / 4);
    struct idset *s = xcalloc(1, sizeof *s);
    s->max = max;
    size_t slots = 2;
    while (slots < max * 2) slots *= 2;
    s->mask = slots - 1;
    s->ring = xcalloc(max, sizeof *s->ring);
    s->slots = xcalloc(slots, sizeof *s->slots);
    return s;
}

void idset_free(struct idset *s) {
    if (s == NULL) return;
    free(s->ring);
    free(s->slots);
    free(s);
}

static size_t id_home(const struct idset *s, uint64_t id) {
    id = (id ^ id >> 30) * 0xbf58476d1ce4e5b9ULL;
    id = (id ^ id >> 27) * 0x94d049bb133111ebULL;
    return (size_t)(id ^ id >> 31) & s->mask;
}

/* The slot of the id, or the empty one where it would go. */
static size_t id_slot(const struct idset *s, uint64_t id) {
    size_t i = id_home(s, id);
    while (s->slots[i] != SLOT_EMPTY && s->ring[s->slots[i] - 1] != id) i = (i + 1) & s->mask;
    return i;
}

/* Empties a slot and moves back those that a search would no longer reach. */
static void id_unlink(struct idset *s, size_t hole) {
    for (size_t i = (hole + 1) & s->mask; s->slots[i] != SLOT_EMPTY; i = (i + 1) & s->mask) {
        size_t home = id_home(s, s->ring[s->slots[i] - 1]);
        if (((i - home) & s->mask) < ((i - hole) & s->mask)) continue;
        s->slots[hole] = s->slots[i];
        hole = i;
    }
    s->slots[hole] = SLOT_EMPTY;
}

bool idset_add(struct idset *s, uint64_t id) {
    if (s->slots[id_slot(s, id)] != SLOT_EMPTY) return false;
    size_t at = (s->head + s->count) % s->max;
    if (s->count == s->max) {
        id_unlink(s, id_slot(s, s->ring[s->head]));
        s->head = (s->head + 1) % s->max;
    } else {
        s->count++;
    }
    s->ring[at] = id;
    s->slots[id_slot(s, id)] = (uint32_t)at + 1;
    return true;
}

bool idset_has(const struct idset *s, uint64_t id) {
    return s->slots[id_slot(s, id)] != SLOT_EMPTY;
}
