/*
 * outbox_lane: one lane. Decides what goes out next, alone or together, makes its attempt
 * durable, hands it over, and ends it. Owns the items of a lane, and nothing above it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/outbox_priv.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define COALESCE_FROM 5     /* this many waiting in one lane become one message */
#define COALESCE_MAX 60     /* at most this many in one, */
#define COALESCE_BYTES 3000 /* and no more than every platform shows whole */
#define RETRY_FIRST_MS 500
#define RETRY_MOST_MS 15000 /* a platform's own word may be longer */

void item_free(struct item *i) {
    free(i->address);
    free(i->doc);
    arena_free(i->own);
    free(i->file_refused);
    free(i);
}

void lane_init(struct outbox *b, struct lane *l, enum platform p, int channel) {
    *l = (struct lane){.owner = b, .platform = p, .channel = channel};
    l->tail = &l->head;
}

void lane_clear(struct lane *l) {
    while (l->head) {
        struct item *i = l->head;
        l->head = i->next;
        item_free(i);
    }
    loop_timer_free(l->retry);
    free(l->file);
}

static void lane_retry(void *arg) {
    struct lane *l = arg;
    outbox_ask_pump(l->owner);
}

/* ---- rows ---- */

void event_id_of(uint64_t id, char out[16]) {
    snprintf(out, 16, "%04X", (unsigned)((id * 40503u) & 0xFFFFu)); /* odd factor: no two of 65536 in a row alike */
}

struct lane *lane_of(struct outbox *b, enum platform p, enum outbox_kind kind, int channel) {
    struct platform_state *ps = &b->platforms[p];
    if (kind != OUTBOX_REPLY) return &ps->lanes[channel];
    struct lane *l = xcalloc(1, sizeof *l);
    lane_init(b, l, p, CHANNEL_COUNT);
    ps->reply_count++;
    l->prev = ps->last_reply;
    if (l->prev)
        l->prev->next = l;
    else
        ps->replies = l;
    ps->last_reply = l;
    return l;
}

void lane_append(struct outbox *b, struct lane *l, struct item *i) {
    i->next = NULL;
    *l->tail = i;
    l->tail = &i->next;
    l->n++;
    if (i->kind == OUTBOX_MESSAGE && !i->critical) l->ordinary++;
    b->platforms[l->platform].pending++;
}

/* ---- the end of a row ---- */

static void lane_drop_head(struct outbox *b, struct lane *l) {
    struct item *i = l->head;
    l->head = i->next;
    if (!l->head) l->tail = &l->head;
    l->n--;
    if (i->kind == OUTBOX_MESSAGE && !i->critical) l->ordinary--;
    b->platforms[l->platform].pending--;
    b->platforms[l->platform].file_bytes -= i->file_bytes;
    item_free(i);
}

void lane_end_head(struct outbox *b, struct lane *l, enum outbox_state state, const char *ref) {
    /* An answer given twice is harmless (the platform knows its interaction), so its mark may wait for company. */
    bool lazy = l->head->kind == OUTBOX_REPLY;
    struct store_batch *batch = lazy ? desk_batch_lazy(b->o.desk) : desk_batch(b->o.desk);
    store_put_outbox_end(batch, l->head->id, state, ref, clock_wall());
    file_end(batch, l->platform, l->head, state);
    if (state == OUTBOX_DONE && *ref && *l->head->key && l->head->kind == OUTBOX_MESSAGE)
        ref_put(b, l->platform, l->head->key, ref);
    lane_drop_head(b, l);
}

void lane_free_if_done(struct outbox *b, struct lane *l) {
    if (l->channel != CHANNEL_COUNT || l->head) return;
    if (l->prev)
        l->prev->next = l->next;
    else
        b->platforms[l->platform].replies = l->next;
    if (l->next)
        l->next->prev = l->prev;
    else
        b->platforms[l->platform].last_reply = l->prev;
    b->platforms[l->platform].reply_count--;
    loop_timer_free(l->retry);
    free(l);
}

/* ---- sending ---- */

static bool same_delivery(const struct item *a, const struct item *b) {
    return b->kind == OUTBOX_MESSAGE && b->uncertain && b->attempted.ns == a->attempted.ns;
}

/* The documents at the head that fit one message, of n rows: it ends where a line would not fit, or before a row that cannot be
 * read. The same rows always become the same text. */
static uint32_t take_docs(struct outbox *b, const struct lane *l, uint32_t n, const struct doc *docs[COALESCE_MAX]) {
    size_t bytes = 0;
    uint32_t taken = 0;
    for (const struct item *i = l->head; taken < n; i = i->next) {
        const struct doc *d = i->tree ? i->tree : doc_from_json(b->arena, i->doc, strlen(i->doc));
        if (d) bytes += (d->title ? strlen(d->title) : 0) + (d->emoji ? strlen(d->emoji) : 0) + 2;
        if (!d || (taken && bytes > COALESCE_BYTES)) break;
        docs[taken++] = d;
    }
    return taken;
}

/* How many items at the head go out together. Edits, replies and what has a file go alone. What may have been delivered goes again with the
 * companions it had, told by the time of their attempt, and with no other: another text would be another message. What does
 * not fit is no companion, and has no attempt. */
static uint32_t batch_size(struct outbox *b, const struct lane *l) {
    const struct item *h = l->head;
    const struct doc *docs[COALESCE_MAX];
    uint32_t n = 0, waiting = 0;
    if (h->kind != OUTBOX_MESSAGE || h->file_bytes) return 1;
    for (const struct item *i = h; i && i->id <= b->committed_id && i->kind == OUTBOX_MESSAGE && !i->file_bytes;
         i = i->next) {
        if (h->uncertain ? !same_delivery(h, i) : i->uncertain) break;
        waiting++;
        if (n < COALESCE_MAX) n++;
    }
    if (n < 2 || (!h->uncertain && waiting < COALESCE_FROM)) return 1;
    n = take_docs(b, l, n, docs);
    arena_reset(b->arena);
    return n ? n : 1;
}

/* The documents of the batch as one. NULL: its only row cannot be read. */
static const struct doc *delivery_doc(struct outbox *b, struct lane *l) {
    const struct doc *docs[COALESCE_MAX];
    uint32_t n = take_docs(b, l, l->batch, docs);
    if (n < 2) return n ? docs[0] : NULL;
    return doc_merge(b->arena, docs, n, 0);
}

static void lane_rest(struct outbox *b, struct lane *l) {
    l->batch = 0;
    file_rest(b, l);
}

static void deliver(struct outbox *b, struct lane *l) {
    struct item *h = l->head;
    struct delivery d = {.id = h->id,
                         .kind = h->kind,
                         .urgency = h->urgency,
                         .attempt = h->attempts,
                         .possible_repeat = h->uncertain,
                         .age_ms = when_ms_between(h->attempted, clock_wall())};
    uint32_t n = 0;
    d.doc = delivery_doc(b, l);
    for (struct item *i = h; n < l->batch; i = i->next, n++) {
        d.last_id = i->id;
        if (i->urgency > d.urgency) d.urgency = i->urgency;
        if (i->uncertain) d.possible_repeat = true;
    }
    if (l->channel < CHANNEL_COUNT) str_copy(d.channel, sizeof d.channel, channel_name((enum channel)l->channel));
    if (h->address) str_copy(d.address, sizeof d.address, h->address);
    str_copy(d.message_ref, sizeof d.message_ref, h->ref);
    event_id_of(h->id, d.event_id);
    if (d.doc) d.doc = file_doc(b, l, d.doc);
    if (d.doc) b->o.send(b->o.arg, l->platform, &d);
    arena_reset(b->arena);
    if (d.doc) return;
    log_error("outbox", "row %llu cannot be read, left out", (unsigned long long)h->id);
    lane_rest(b, l);
    lane_end_head(b, l, OUTBOX_REFUSED, "");
    lane_free_if_done(b, l);
    outbox_ask_pump(b);
}

void lane_deliver(struct outbox *b, struct lane *l) {
    if (!l->batch) return;
    if (!b->platforms[l->platform].ready)
        lane_rest(b, l);
    else if (file_ready(b, l))
        deliver(b, l);
}

static void attempts_durable(void *arg) {
    struct lane *l = arg;
    uint32_t n = 0;
    for (struct item *i = l->head; i && n < l->batch; i = i->next, n++) i->attempt_durable = true;
    lane_deliver(l->owner, l);
}

static void attempt(struct outbox *b, struct lane *l) {
    bool durable = true;
    uint32_t n = 0;
    l->batch = batch_size(b, l);
    file_take_slot(b, l);
    /* Of attempts that may have arrived the first one counts; the time also tells companions from others after a kill. */
    when_t at = l->head->uncertain ? l->head->attempted : clock_wall();
    for (struct item *i = l->head; n < l->batch; i = i->next, n++) {
        if (i->attempt_durable && l->batch == 1) {
            i->attempts += i->unsent;
            continue;
        }
        i->unsent = false;
        durable = false;
        i->attempts++;
        i->attempted = at;
        store_put_outbox_attempt(desk_batch(b->o.desk), i->id, i->attempts, at);
    }
    if (durable)
        lane_deliver(b, l);
    else
        desk_after_commit(b->o.desk, attempts_durable, l);
}

void lane_pump(struct outbox *b, struct lane *l) {
    if (!l->head || l->batch || l->head->id > b->committed_id) return;
    if (l->retry && loop_timer_active(l->retry)) return;
    if (!file_may_go(b, l)) return;
    if (l->head->kind == OUTBOX_EDIT && !edit_ready(b, l)) return;
    attempt(b, l);
}

/* ---- answers ---- */

struct lane *lane_under_way(struct outbox *b, enum platform p, uint64_t id) {
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        struct lane *l = &b->platforms[p].lanes[c];
        if (l->batch && l->head && l->head->id == id) return l;
    }
    for (struct lane *l = b->platforms[p].replies; l; l = l->next)
        if (l->batch && l->head && l->head->id == id) return l;
    return NULL;
}

void lane_retry_later(struct lane *l, int64_t ms) {
    int64_t wait = RETRY_FIRST_MS;
    for (uint32_t i = 1; i < l->head->attempts && wait < RETRY_MOST_MS; i++) wait *= 2;
    if (wait > RETRY_MOST_MS) wait = RETRY_MOST_MS;
    if (ms > 0) wait = ms;
    if (!l->retry) l->retry = loop_timer_new(l->owner->o.loop, lane_retry, l);
    loop_timer_start(l->retry, wait, 0);
}

/* What surely did not go out leaves its mark in the store, which covers the next attempt: a platform that is away for hours
 * costs no commits. The mark of several in one delivery names them as companions, which one of them alone must not keep. */
void lane_again(struct outbox *b, struct lane *l, bool uncertain) {
    uint32_t n = 0;
    for (struct item *i = l->head; n < l->batch; i = i->next, n++) {
        i->unsent = !uncertain;
        if (uncertain || l->batch > 1) i->attempt_durable = false;
        if (uncertain) i->uncertain = true;
    }
    lane_rest(b, l);
}

/* The bytes go: the next attempt is the text alone. */
bool lane_without_file(struct outbox *b, struct lane *l, const struct err *why) {
    struct item *h = l->head;
    if (!h->file_bytes) return false;
    lane_again(b, l, false);
    h->attempt_durable = false; /* with the next mark it is durable that the bytes are gone */
    free(h->file_refused);
    h->file_refused = xmalloc(sizeof *h->file_refused);
    *h->file_refused = *why;
    b->platforms[l->platform].file_bytes -= h->file_bytes;
    h->file_bytes = 0;
    store_drop_file(desk_batch_lazy(b->o.desk), h->id);
    return true;
}

void lane_end(struct outbox *b, struct lane *l, enum outbox_state state, const char *ref) {
    uint32_t n = l->batch;
    lane_rest(b, l);
    while (n--) lane_end_head(b, l, state, n ? "" : ref);
}

/* Routine messages on a platform without idempotency are not risked twice; one alert among them is. */
bool lane_lets_it_be(const struct lane *l) {
    uint32_t n = 0;
    if (l->platform != PLATFORM_TELEGRAM) return false;
    for (const struct item *i = l->head; n < l->batch; i = i->next, n++)
        if (i->kind != OUTBOX_MESSAGE || i->critical || i->urgency != URGENCY_INFO) return false;
    return true;
}

struct item *lane_editable(struct lane *l, const char *key) {
    if (!*key) return NULL;
    for (struct item *i = l->head; i; i = i->next) {
        bool under_way = l->batch && i == l->head;
        /* What was attempted may have been delivered: it stays as it was, and what follows waits for it. */
        if (!i->attempts && !under_way && !strcmp(i->key, key)) return i;
    }
    return NULL;
}
