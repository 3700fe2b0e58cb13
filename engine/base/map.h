/* map: string -> pointer, and idset: a set of 64-bit numbers. Open addressing; both say when they refuse. */
#ifndef MIA_BASE_MAP_H
#define MIA_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map; /* copies its keys, borrows its values */
struct map *map_new(size_t max);
void map_free(struct map *m);
bool map_put(struct map *m, const char *key, void *value); /* false: full; replaces an equal key */
void *map_get(const struct map *m, const char *key);       /* NULL: not there */
void *map_take(struct map *m, const char *key);            /* removes; returns the value */
size_t map_count(const struct map *m);
bool map_next(const struct map *m, size_t *it, const char **key, void **value); /* *it starts at 0 */

/* A bounded set that forgets its oldest member when full (the store keeps the rest). */
struct idset;
struct idset *idset_new(size_t max);
void idset_free(struct idset *s);
bool idset_add(struct idset *s, uint64_t id); /* false: it was there */
bool idset_has(const struct idset *s, uint64_t id);

#endif
