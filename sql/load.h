/*
 * load: the journal read back in order. Market segments and journal rows are merged by
 * seq; every seq from the start to the end must be there. The store's thread decodes one
 * chunk while the loop's thread hands out the other, so memory is bounded and commits
 * pass in between; the end is the one at the first step.
 */
#ifndef MIA_SQL_LOAD_H
#define MIA_SQL_LOAD_H

#include "sql/vault.h"

#define LOAD_CHUNK 512
#define LOAD_CURSORS_MAX 64 /* days whose events lie in between each other */

struct chunk {
    struct event ev[LOAD_CHUNK];
    struct engine_config *config[LOAD_CHUNK]; /* owned; of the EVENT_CONFIGs among them */
    struct engine_config *spare;              /* for the next one */
    uint32_t n, configs;
    bool last;
};

struct load_day {
    struct segment_cursor *cursor;
    struct segment_record record; /* its next one */
};

struct load {
    /* the caller's, on the loop's thread */
    bool (*row)(void *arg, const struct event *ev);
    bool stopped;
    struct chunk chunk[2];
    /* the store's thread */
    uint64_t next, until;
    bool begun, ended;
    struct segment_row *days;
    size_t day_count, day_next;
    struct load_day open[LOAD_CURSORS_MAX];
    uint32_t open_count;
};

struct load *load_new(uint64_t after, bool (*row)(void *arg, const struct event *ev));
void load_free(struct load *l); /* only while no step runs; l may be NULL */
/* Store's thread: fills the chunk. On failure the load is over, like after the last chunk. */
int load_step(struct vault *v, struct load *l, struct chunk *c, struct err *e);
void load_end(struct vault *v, struct load *l); /* store's thread: gives back files and the hold on retention */
/* Loop's thread: false where the caller stopped. */
bool load_hand(struct load *l, struct chunk *c, void *arg);

#endif
