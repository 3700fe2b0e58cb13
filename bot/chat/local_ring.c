/*
 * local_ring: what the page shows, kept in memory: the last messages of each channel and
 * the conversation (questions, clicks, answers). Owns their texts. Bounded by
 * number and by bytes: the oldest make room. Knows nothing of browsers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/chat/local_priv.h"
#include "bot/render.h"
#include "engine/base/mem.h"

static const char *const urgencies[] = {
    [URGENCY_INFO] = "info", [URGENCY_IMPORTANT] = "important", [URGENCY_URGENT] = "urgent"};
_Static_assert(sizeof urgencies / sizeof urgencies[0] == URGENCY_COUNT, "a name for every urgency");

/* ---- messages ---- */

struct local_message *local_ring_at(struct local_ring *r, uint32_t i) {
    return &r->item[(r->first + i) % LOCAL_RING_MAX];
}

static void drop_oldest(struct local_ring *r) {
    struct local_message *m = local_ring_at(r, 0);
    r->bytes -= m->len;
    r->older = true;
    if (m->version > r->missed) r->missed = m->version;
    free(m->json);
    r->first = (r->first + 1) % LOCAL_RING_MAX;
    r->n--;
}

struct local_message *local_ring_find(struct local_ring *r, uint64_t id) {
    for (uint32_t i = r->n; i-- > 0;)
        if (local_ring_at(r, i)->id == id) return local_ring_at(r, i);
    return NULL;
}

void local_ring_put(struct local_ring *r, const struct local_message *m) {
    struct local_message *same = local_ring_find(r, m->id);
    if (same) {
        r->bytes -= same->len;
        if (same->json != m->json) free(same->json);
        *same = *m;
    } else {
        if (r->n == LOCAL_RING_MAX) drop_oldest(r);
        *local_ring_at(r, r->n++) = *m;
    }
    r->bytes += m->len;
    if (m->version > r->last) r->last = m->version;
    while (r->bytes > LOCAL_RING_BYTES && r->n > 1) drop_oldest(r);
}

void local_ring_clear(struct local_ring *r) {
    while (r->n) drop_oldest(r);
}

void local_item_json(struct local_message *m, const struct doc *d) {
    struct buf b;
    struct jw w;
    buf_init(&b, LOCAL_JSON_MAX);
    jw_init(&w, &b);
    jw_obj(&w);
    jw_id(&w, "id", m->id);
    jw_id(&w, "v", m->version);
    jw_ki64(&w, "at", m->at_ms);
    if (m->edited_ms) jw_ki64(&w, "edited", m->edited_ms);
    jw_kstr(&w, "urgency", urgencies[m->urgency]);
    if (m->event[0]) jw_kstr(&w, "event", m->event);
    if (m->file_id) local_file_json(&w, m->file_id, d->lang, &m->file);
    jw_key(&w, "doc");
    render_local(d, &w);
    jw_end_obj(&w);
    m->len = b.len;
    m->json = buf_detach(&b);
}

/* ---- conversation ---- */

struct local_turn *local_talk_at(struct local_talk *t, uint32_t i) {
    return &t->turn[(t->first + i) % LOCAL_TALK_MAX];
}

static void forget_oldest(struct local_talk *t) {
    struct local_turn *turn = local_talk_at(t, 0);
    t->bytes -= turn->len;
    t->older = true;
    free(turn->text);
    t->first = (t->first + 1) % LOCAL_TALK_MAX;
    t->n--;
}

struct local_turn *local_talk_add(struct local_talk *t, const struct local_turn *turn) {
    if (t->n == LOCAL_TALK_MAX) forget_oldest(t);
    struct local_turn *kept = local_talk_at(t, t->n++);
    *kept = *turn;
    t->bytes += turn->len;
    while (t->bytes > LOCAL_TALK_BYTES && t->n > 1) forget_oldest(t);
    return kept;
}

static struct local_turn *find(struct local_talk *t, const char *session, uint64_t req, bool answer) {
    for (uint32_t i = t->n; i-- > 0;) {
        struct local_turn *x = local_talk_at(t, i);
        if ((x->kind == LOCAL_ANSWER) == answer && x->req == req && !strcmp(x->session, session)) return x;
    }
    return NULL;
}

struct local_turn *local_talk_asked(struct local_talk *t, const char *session, uint64_t req) {
    return find(t, session, req, false);
}

struct local_turn *local_talk_answered(struct local_talk *t, const char *session, uint64_t req) {
    return find(t, session, req, true);
}

struct local_turn *local_talk_answer(struct local_talk *t, uint64_t id) {
    for (uint32_t i = t->n; i-- > 0;) {
        struct local_turn *x = local_talk_at(t, i);
        if (x->kind == LOCAL_ANSWER && x->id == id) return x;
    }
    return NULL;
}

void local_talk_clear(struct local_talk *t) {
    while (t->n) forget_oldest(t);
}
