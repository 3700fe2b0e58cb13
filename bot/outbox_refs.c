/*
 * outbox_refs: what messages became on their platforms, for the edits that mean them. A
 * cache of the newest; the store has them all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/outbox_priv.h"
#include "engine/base/mem.h"

#define REF_RETRY_MS 5000
#define REFS_MAX 2048 /* older ones are asked of the store */

static void ref_key(char out[OUTBOX_KEY_MAX + 16], enum platform p, const char *key) {
    snprintf(out, OUTBOX_KEY_MAX + 16, "%s:%s", platform_name(p), key);
}

void refs_init(struct outbox *b) {
    b->refs = map_new(REFS_MAX);
}

void refs_clear(struct outbox *b) {
    size_t it = 0;
    const char *key;
    void *value;
    while (map_next(b->refs, &it, &key, &value)) free(value);
    map_free(b->refs);
}

void ref_put(struct outbox *b, enum platform p, const char *key, const char *ref) {
    char k[OUTBOX_KEY_MAX + 16];
    ref_key(k, p, key);
    free(map_take(b->refs, k));
    if (map_count(b->refs) == REFS_MAX) { /* the store has them all: start the cache again */
        refs_clear(b);
        refs_init(b);
    }
    map_put(b->refs, k, xstrdup(ref));
}

static const char *ref_get(struct outbox *b, enum platform p, const char *key) {
    char k[OUTBOX_KEY_MAX + 16];
    ref_key(k, p, key);
    return map_get(b->refs, k);
}

static void ref_row(void *arg, const char *channel, const char *ref) {
    struct lane *l = arg;
    (void)channel;
    str_copy(l->head->ref, sizeof l->head->ref, ref);
}

static void ref_done(void *arg, const struct err *failed) {
    struct lane *l = arg;
    l->batch = 0;
    if (failed) { /* the database is gone: nobody knows yet what the message became */
        l->head->asked_ref = false;
        lane_retry_later(l, REF_RETRY_MS);
        return;
    }
    outbox_ask_pump(l->owner);
}

/* An edit needs to know what its message became. true: it may go on; false: asked, or ended. */
bool edit_ready(struct outbox *b, struct lane *l) {
    struct item *h = l->head;
    const char *known = ref_get(b, l->platform, h->key);
    if (known) str_copy(h->ref, sizeof h->ref, known);
    if (*h->ref) return true;
    if (h->asked_ref) { /* its message never became one that can be edited */
        lane_end_head(b, l, OUTBOX_DONE, "");
        outbox_ask_pump(b);
        return false;
    }
    h->asked_ref = true;
    l->batch = 1; /* keeps the lane still until the store answers */
    store_message_ref(b->o.store, platform_name(l->platform), h->key, ref_row, ref_done, l);
    return false;
}
