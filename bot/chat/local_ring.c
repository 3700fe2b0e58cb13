/*
 * local_ring: what the page shows, kept in memory: the last messages of each channel and
 * the conversation (questions, clicks, answers) of all tabs. Owns their texts. Bounded by
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

static struct local_message *at(struct local_ring *r, uint32_t i) {
    return &r->item[(r->first + i) % LOCAL_RING_MAX];
}

static void drop_oldest(struct local_ring *r) {
    struct local_message *m = at(r, 0);
    r->bytes -= m->len;
    free(m->json);
    r->first = (r->first + 1) % LOCAL_RING_MAX;
    r->n--;
}

struct local_message *local_ring_find(struct local_ring *r, uint64_t id) {
    for (uint32_t i = r->n; i-- > 0;)
        if (at(r, i)->id == id) return at(r, i);
    return NULL;
}

struct local_message *local_ring_key(struct local_ring *r, const char *key) {
    for (uint32_t i = r->n; *key && i-- > 0;)
        if (!strcmp(at(r, i)->key, key)) return at(r, i);
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
        *at(r, r->n++) = *m;
    }
    r->bytes += m->len;
    while (r->bytes > LOCAL_RING_BYTES && r->n > 1) drop_oldest(r);
}

void local_ring_clear(struct local_ring *r) {
    while (r->n) drop_oldest(r);
}

void local_item_json(struct local_message *m, const struct doc *d, int64_t edited_ms) {
    struct buf b;
    struct jw w;
    buf_init(&b, LOCAL_JSON_MAX);
    jw_init(&w, &b);
    jw_obj(&w);
    jw_id(&w, "id", m->id);
    jw_ki64(&w, "at", m->at_ms);
    if (edited_ms) jw_ki64(&w, "edited", edited_ms);
    jw_kstr(&w, "urgency", urgencies[m->urgency]);
    if (m->repeat) jw_kbool(&w, "repeat", true);
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

bool local_talk_has(const struct local_talk *t, const char *session, uint64_t req) {
    for (uint32_t i = 0; i < t->n; i++) {
        const struct local_turn *x = &t->turn[(t->first + i) % LOCAL_TALK_MAX];
        if (x->kind != LOCAL_ANSWER && x->req == req && !strcmp(x->session, session)) return true;
    }
    return false;
}

void local_talk_clear(struct local_talk *t) {
    while (t->n) forget_oldest(t);
}
