/*
 * outbox: durable delivery. A row is committed with what caused it, an attempt is
 * committed before it is sent, the end is committed with a later turn. After a restart
 * an attempt without an end may have been delivered: it is sent again and marked.
 *
 * Owns the rows in memory and the lanes. Never talks to a platform itself.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bot/outbox_priv.h"
#include "engine/base/buf.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define LANE_ORDINARY_MAX 500 /* further ordinary messages are counted, and said with the next one */

static void pump_soon(void *arg);

struct release { /* a turn that made rows */
    struct outbox *outbox;
    struct release *next;
    uint64_t id; /* of its last row */
};

void outbox_ask_pump(struct outbox *b) {
    if (b->pump_asked) return;
    b->pump_asked = true;
    loop_soon(b->o.loop, pump_soon, b);
}

struct outbox *outbox_new(const struct outbox_options *o) {
    struct outbox *b = xcalloc(1, sizeof *b);
    b->o = *o;
    b->arena = arena_new(64u << 20);
    refs_init(b);
    for (int p = 0; p < PLATFORM_COUNT; p++)
        for (int c = 0; c < CHANNEL_COUNT; c++) lane_init(b, &b->platforms[p].lanes[c], (enum platform)p, c);
    return b;
}

void outbox_free(struct outbox *b) {
    if (!b) return;
    loop_unsoon(b->o.loop, pump_soon, b);
    for (int p = 0; p < PLATFORM_COUNT; p++) {
        for (int c = 0; c < CHANNEL_COUNT; c++) lane_clear(&b->platforms[p].lanes[c]);
        while (b->platforms[p].replies) {
            struct lane *l = b->platforms[p].replies;
            b->platforms[p].replies = l->next;
            lane_clear(l);
            free(l);
        }
    }
    while (b->oldest) {
        struct release *r = b->oldest;
        b->oldest = r->next;
        free(r);
    }
    refs_clear(b);
    arena_free(b->arena);
    free(b);
}

/* ---- rows ---- */

static void released(void *arg) {
    struct release *r = arg;
    struct outbox *b = r->outbox;
    assert(b->oldest == r); /* commits are answered in their order */
    b->committed_id = r->id;
    b->oldest = r->next;
    if (!b->oldest) b->newest = NULL;
    free(r);
    outbox_pump(b);
}

/* What joined this turn may be sent once the turn is durable. */
static void release_after_commit(struct outbox *b) {
    if (!b->newest || b->newest_turn != desk_turn(b->o.desk)) {
        struct release *r = xcalloc(1, sizeof *r);
        r->outbox = b;
        if (b->newest)
            b->newest->next = r;
        else
            b->oldest = r;
        b->newest = r;
        b->newest_turn = desk_turn(b->o.desk);
        desk_after_commit(b->o.desk, released, r);
    }
    b->newest->id = b->last_id;
}

static void put_row(struct outbox *b, struct item *i, enum platform p, int channel, const char *doc) {
    char event_id[16];
    event_id_of(i->id, event_id);
    struct outbox_row row = {.id = i->id,
                             .kind = i->kind,
                             .state = i->attempts ? OUTBOX_ATTEMPT : OUTBOX_NEW,
                             .urgency = i->urgency,
                             .critical = i->critical,
                             .attempts = i->attempts,
                             .created = i->created,
                             .attempted = i->attempted,
                             .platform = platform_name(p),
                             .channel = channel < CHANNEL_COUNT ? channel_name((enum channel)channel) : "",
                             .address = i->address ? i->address : "",
                             .key = i->key,
                             .event_id = event_id,
                             .message_ref = "",
                             .doc = doc};
    store_put_outbox(desk_batch(b->o.desk), &row);
}

static bool to_json(const struct doc *doc, struct buf *json) {
    buf_init(json, OUTBOX_DOC_MAX);
    doc_to_json(doc, json);
    if (!json->overflow) return true;
    log_error("outbox", "message left out: larger than %u bytes", OUTBOX_DOC_MAX);
    buf_clear(json);
    return false;
}

/* A new row joins the turn. One for an idle lane is born with its first attempt: one commit serves both. Takes i. */
static void enqueue(struct outbox *b, enum platform p, int channel, struct item *i, const struct doc *doc) {
    struct platform_state *ps = &b->platforms[p];
    struct buf json;
    /* Answers always stay in memory: people wait for them. */
    bool spill = i->kind != OUTBOX_REPLY && (ps->spilled_from || ps->pending >= OUTBOX_PENDING_MAX);
    doc = file_fit(b, p, spill, doc);
    if (!to_json(doc, &json)) {
        item_free(i);
        return;
    }
    i->id = ++b->last_id;
    i->created = clock_wall();
    struct lane *l = spill ? NULL : lane_of(b, p, i->kind, channel);
    if (l && !l->n && ps->ready) {
        i->attempts = 1;
        i->attempted = i->created;
        i->attempt_durable = true; /* by the time it is released */
    }
    put_row(b, i, p, channel, json.p);
    file_put(b, p, i, doc);
    release_after_commit(b);
    if (!l) {
        if (!ps->spilled_from) ps->spilled_from = i->id;
        ps->spilled_last = i->id;
        item_free(i);
    } else {
        if (i->kind == OUTBOX_REPLY) {
            i->own = arena_new(DOC_COPY_MAX);
            i->tree = doc_copy(i->own, doc);
        } else {
            i->doc = buf_detach(&json);
        }
        lane_append(b, l, i);
    }
    buf_clear(&json);
}

static void leave_out(struct lane *l, const struct doc *doc) {
    if (!l->left_out++)
        log_warn("outbox", "a backlog for %s: ordinary messages are only counted", platform_name(l->platform));
    l->lang = doc->lang;
    str_copy(l->mode, sizeof l->mode, doc->mode ? doc->mode : "");
}

/* Says how many were only counted, once there is room again: a row like any other, so it is told exactly as they would be. */
static void say_left_out(struct outbox *b, struct lane *l) {
    struct platform_state *ps = &b->platforms[l->platform];
    if (!l->left_out || l->ordinary > LANE_ORDINARY_MAX / 2 || ps->spilled_from) return;
    struct doc *d = doc_new(b->arena, l->lang, DOC_NOTICE);
    doc_title(d, "🗂️",
              tr(l->lang, "Messages left out here: %u. Too many waited; the journal keeps them.",
                 "Messages non affichés ici\u00a0: %u. Trop attendaient\u00a0; le journal les garde."),
              l->left_out);
    d->mode = l->mode;
    l->left_out = 0;
    struct item *i = xcalloc(1, sizeof *i);
    i->kind = OUTBOX_MESSAGE;
    i->critical = true;
    enqueue(b, l->platform, l->channel, i, d);
    arena_reset(b->arena);
}

void outbox_message(struct outbox *b, const struct outbox_message *m) {
    struct lane *l = &b->platforms[m->platform].lanes[m->channel];
    bool full = l->ordinary >= LANE_ORDINARY_MAX || b->platforms[m->platform].spilled_from;
    if (!m->critical && m->urgency != URGENCY_URGENT && full) {
        leave_out(l, m->doc);
        return;
    }
    struct item *i = xcalloc(1, sizeof *i);
    i->kind = OUTBOX_MESSAGE;
    i->urgency = m->urgency;
    i->critical = m->critical || m->urgency == URGENCY_URGENT;
    if (m->key) str_copy(i->key, sizeof i->key, m->key);
    enqueue(b, m->platform, m->channel, i, m->doc);
}

/* What still waits simply changes: the message is told as it is by then. Only what is out already needs an edit of its own. */
static bool edited_in_place(struct outbox *b, enum platform p, int channel, const char *key, const struct doc *doc) {
    struct buf json;
    struct item *i = lane_editable(&b->platforms[p].lanes[channel], key);
    if (!i) return false;
    doc = file_fit(b, p, false, doc);
    if (!to_json(doc, &json)) return true;
    put_row(b, i, p, channel, json.p);
    file_put(b, p, i, doc);
    free(i->doc);
    i->doc = buf_detach(&json);
    buf_clear(&json);
    return true;
}

void outbox_edit(struct outbox *b, enum platform p, enum channel c, const char *key, const struct doc *doc) {
    if (edited_in_place(b, p, (int)c, key, doc)) return;
    struct item *i = xcalloc(1, sizeof *i);
    i->kind = OUTBOX_EDIT;
    str_copy(i->key, sizeof i->key, key);
    enqueue(b, p, (int)c, i, doc);
}

void outbox_reply(struct outbox *b, enum platform p, const char *address, const struct doc *doc) {
    if (b->platforms[p].reply_count >= OUTBOX_REPLIES_MAX) {
        log_error("outbox", "%d answers wait for %s: one more is left out", OUTBOX_REPLIES_MAX, platform_name(p));
        return;
    }
    struct item *i = xcalloc(1, sizeof *i);
    i->kind = OUTBOX_REPLY;
    i->urgency = URGENCY_IMPORTANT;
    i->critical = true;
    i->address = xstrdup(address);
    enqueue(b, p, CHANNEL_COUNT, i, doc);
}

void outbox_pump(struct outbox *b) {
    for (int p = 0; p < PLATFORM_COUNT; p++) {
        if (!b->platforms[p].ready) continue;
        for (struct lane *l = b->platforms[p].replies, *next; l; l = next) {
            next = l->next;
            lane_pump(b, l);
        }
        for (int c = 0; c < CHANNEL_COUNT; c++) {
            lane_pump(b, &b->platforms[p].lanes[c]);
            say_left_out(b, &b->platforms[p].lanes[c]);
        }
    }
    outbox_reload(b);
}

static void pump_soon(void *arg) {
    struct outbox *b = arg;
    b->pump_asked = false;
    outbox_pump(b);
}

/* ---- answers ---- */

void outbox_delivered(struct outbox *b, enum platform p, uint64_t id, const struct delivery_result *r) {
    struct lane *l = lane_under_way(b, p, id);
    if (!l) {
        log_warn("outbox", "an answer for row %llu, which is not under way", (unsigned long long)id);
        return;
    }
    switch (r->outcome) {
    case OUTCOME_DELIVERED: lane_end(b, l, OUTBOX_DONE, l->batch == 1 ? r->message_ref : ""); break;
    case OUTCOME_FILE_REFUSED:
    case OUTCOME_REFUSED:
        log_warn("outbox", "%s refused a message: %s", platform_name(p), r->err.text[LANG_EN]);
        if (r->outcome == OUTCOME_FILE_REFUSED && lane_without_file(b, l, &r->err)) break;
        lane_end(b, l, OUTBOX_REFUSED, "");
        break;
    case OUTCOME_AMBIGUOUS:
        if (lane_lets_it_be(l)) {
            lane_end(b, l, OUTBOX_DONE, "");
            break;
        }
        lane_again(b, l, true);
        lane_retry_later(l, r->retry_ms);
        break;
    case OUTCOME_RETRY:
        lane_again(b, l, false);
        lane_retry_later(l, r->retry_ms);
        break;
    case OUTCOME_DOWN:
        lane_again(b, l, false);
        if (b->platforms[p].ready) lane_retry_later(l, 0); /* it has not said so yet, or never will: not in a circle */
        break;
    }
    lane_free_if_done(b, l);
    outbox_ask_pump(b);
}

void outbox_ready(struct outbox *b, enum platform p, bool up) {
    b->platforms[p].ready = up;
    if (up) outbox_ask_pump(b);
}

uint32_t outbox_pending(const struct outbox *b, enum platform p) {
    return b->platforms[p].pending;
}

uint32_t outbox_uncertain(const struct outbox *b, enum platform p) {
    const struct platform_state *ps = &b->platforms[p];
    uint32_t n = 0;
    for (int c = 0; c < CHANNEL_COUNT; c++)
        for (const struct item *i = ps->lanes[c].head; i; i = i->next) n += i->uncertain;
    for (const struct lane *l = ps->replies; l; l = l->next) n += l->head && l->head->uncertain;
    return n;
}

int64_t outbox_oldest_ms(const struct outbox *b, enum platform p) {
    int64_t oldest = 0;
    when_t now = clock_wall();
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        const struct item *i = b->platforms[p].lanes[c].head;
        int64_t age = i ? when_ms_between(i->created, now) : 0;
        if (age > oldest) oldest = age;
    }
    return oldest;
}

bool outbox_idle(const struct outbox *b) {
    for (int p = 0; p < PLATFORM_COUNT; p++)
        if (b->platforms[p].ready && b->platforms[p].pending) return false;
    return true;
}
