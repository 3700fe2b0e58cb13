/*
 * outbox: durable delivery. A row is committed with what caused it, an attempt is
 * committed before it is sent, the end is committed with a later turn. After a restart
 * an attempt without an end may have been delivered: it is sent again and marked.
 *
 * Owns the rows in memory and the lanes. Never talks to a platform itself.
 */
#include <stdlib.h>
#include <string.h>

#include "bot/outbox_priv.h"
#include "engine/base/buf.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define LANE_ORDINARY_MAX 500 /* further ordinary messages are counted, and said with the next one */

static void pump_soon(void *arg);

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
    for (int p = 0; p < PLATFORM_COUNT; p++) {
        for (int c = 0; c < CHANNEL_COUNT; c++) lane_clear(&b->platforms[p].lanes[c]);
        while (b->platforms[p].replies) {
            struct lane *l = b->platforms[p].replies;
            b->platforms[p].replies = l->next;
            lane_clear(l);
            free(l);
        }
    }
    refs_clear(b);
    arena_free(b->arena);
    free(b);
}

/* ---- rows ---- */

struct release {
    struct outbox *outbox;
    uint64_t id;
};

static void released(void *arg) {
    struct release *r = arg;
    struct outbox *b = r->outbox;
    b->committed_id = r->id;
    if (b->open == r) b->open = NULL;
    free(r);
    outbox_pump(b);
}

/* What joined this turn may be sent once the turn is durable. */
static void release_after_commit(struct outbox *b) {
    if (!b->open || b->open_turn != desk_turn(b->o.desk)) {
        b->open = xmalloc(sizeof *b->open);
        b->open->outbox = b;
        b->open_turn = desk_turn(b->o.desk);
        desk_after_commit(b->o.desk, released, b->open);
    }
    b->open->id = b->last_id;
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
                             .created = clock_wall(),
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

/* A new row joins the turn. One for an idle lane is born with its first attempt: one commit serves both. */
static void enqueue(struct outbox *b, enum platform p, int channel, struct item *i, const struct doc *doc) {
    struct buf json;
    buf_init(&json, OUTBOX_DOC_MAX);
    doc_to_json(doc, &json);
    if (json.overflow) {
        log_error("outbox", "message left out: larger than %u bytes", OUTBOX_DOC_MAX);
        buf_clear(&json);
        item_free(i);
        return;
    }
    i->id = ++b->last_id;
    /* Answers always stay in memory: people wait for them, and the router bounds them. */
    bool spill = i->kind != OUTBOX_REPLY && (b->spilled_from || b->pending >= OUTBOX_PENDING_MAX);
    struct lane *l = spill ? NULL : lane_of(b, p, i->kind, channel);
    if (l && !l->n && b->platforms[p].ready) {
        i->attempts = 1;
        i->attempted = clock_wall();
        i->attempt_durable = true; /* by the time it is released */
    }
    put_row(b, i, p, channel, json.p);
    release_after_commit(b);
    if (!l) {
        if (!b->spilled_from) b->spilled_from = i->id;
        item_free(i);
    } else {
        i->doc = buf_detach(&json);
        lane_append(b, l, i);
    }
    buf_clear(&json);
}

void outbox_message(struct outbox *b, const struct outbox_message *m) {
    struct lane *l = &b->platforms[m->platform].lanes[m->channel];
    if (!m->critical && m->urgency != URGENCY_URGENT && l->ordinary >= LANE_ORDINARY_MAX) {
        l->left_out++; /* the journal keeps it; the next message of this lane says how many */
        return;
    }
    struct item *i = xcalloc(1, sizeof *i);
    i->kind = OUTBOX_MESSAGE;
    i->urgency = m->urgency;
    i->critical = m->critical || m->urgency == URGENCY_URGENT;
    if (m->key) str_copy(i->key, sizeof i->key, m->key);
    enqueue(b, m->platform, m->channel, i, m->doc);
}

void outbox_edit(struct outbox *b, enum platform p, enum channel c, const char *key, const struct doc *doc) {
    struct item *i = xcalloc(1, sizeof *i);
    i->kind = OUTBOX_EDIT;
    str_copy(i->key, sizeof i->key, key);
    enqueue(b, p, (int)c, i, doc);
}

void outbox_reply(struct outbox *b, enum platform p, const char *address, const struct doc *doc) {
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
        for (int c = 0; c < CHANNEL_COUNT; c++) lane_pump(b, &b->platforms[p].lanes[c]);
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
    case OUTCOME_REFUSED:
        log_warn("outbox", "%s refused a message: %s", platform_name(p), r->err.text[LANG_EN]);
        lane_end(b, l, OUTBOX_REFUSED, "");
        break;
    case OUTCOME_AMBIGUOUS:
        if (lane_lets_it_be(l)) {
            lane_end(b, l, OUTBOX_DONE, "");
            break;
        }
        lane_again(l, true);
        lane_retry_later(l, r->retry_ms);
        break;
    case OUTCOME_RETRY:
        lane_again(l, false);
        lane_retry_later(l, r->retry_ms);
        break;
    case OUTCOME_DOWN: lane_again(l, false); break;
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

int64_t outbox_oldest_ms(const struct outbox *b, enum platform p) {
    int64_t oldest = 0;
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        const struct item *i = b->platforms[p].lanes[c].head;
        if (!i || !i->attempts) continue;
        int64_t age = when_ms_between(i->attempted, clock_wall());
        if (age > oldest) oldest = age;
    }
    return oldest;
}

bool outbox_idle(const struct outbox *b) {
    for (int p = 0; p < PLATFORM_COUNT; p++)
        if (b->platforms[p].ready && b->platforms[p].pending) return false;
    return true;
}
