/*
 * effects: the list that an event fills, the digest over it, and texts cut to size.
 * The digest chains a 64-bit hash over the stored bytes of each effect; an event
 * without effects costs nothing.
 */
#include "engine/state.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/hash.h"

struct effect *effect_add(struct effects *out, enum effect_kind kind) {
    assert(out->n < EFFECTS_MAX); /* every source of effects is bounded: see the limits of trades and orders */
    struct effect *f = &out->item[out->n++];
    memset(f, 0, sizeof *f);
    f->kind = kind;
    return f;
}

void digest_effects(struct engine *e, struct effects *out) {
    for (uint32_t i = 0; i < out->n; i++) {
        struct snap s;
        buf_reset(&e->bytes);
        snap_writer(&s, &e->bytes);
        effect_snap(&out->item[i], &s);
        assert(!s.bad);
        e->digest = hash64(e->bytes.p, e->bytes.len, e->digest);
    }
}

void reason_vset(char out[REASON_MAX], const char *fmt, va_list ap) {
    char long_text[2 * REASON_MAX];
    if (vsnprintf(long_text, sizeof long_text, fmt, ap) < 0) long_text[0] = '\0';
    str_copy(out, REASON_MAX, long_text);
}

void reason_set(char out[REASON_MAX], const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    reason_vset(out, fmt, ap);
    va_end(ap);
}
