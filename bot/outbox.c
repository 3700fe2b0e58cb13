/*
 * outbox: durable delivery. A row is committed with what caused it, an attempt is
 * committed before it is sent, the end is committed with a later turn. After a restart
 * an attempt without an end may have been delivered: it is sent again and marked.
 *
 * Owns the rows in memory and the lanes. Never talks to a platform itself.
 */
#include "bot/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/log.h"
#include "engine/base/map.h"
#include "engine/base/mem.h"

#define COALESCE_FROM 5       /* this many waiting in one lane become one message */
#define COALESCE_MAX 60       /* at most this many in one */
#define LANE_ORDINARY_MAX 500 /* further ordinary messages are counted, and said with the next one */
#define RETRY_FIRST_MS 500
#define RETRY_MOST_MS 15000 /* a platform's own word may be longer */
#define REFS_MAX 2048       /* message references kept for edits; older ones are asked of the store */
#define KEY_MAX 40

struct item {
    struct item *next;
    uint64_t id;
    enum outbox_kind kind;
    enum urgency urgency;
    bool critical, asked_ref, needless;
    bool attempt_durable; /* the coming attempt is committed */
    bool uncertain;       /* an earlier attempt may have been delivered */
    uint32_t attempts;
    when_t attempted;
    char key[KEY_MAX], ref[128];
    char *address, *doc;
};

struct lane {
    struct outbox *owner;
    enum platform platform;
    int channel; /* enum channel; CHANNEL_COUNT: one reply of its own */
    struct item *head, **tail;
    uint32_t n, ordinary;
    uint32_t left_out; /* ordinary messages that were only counted */
    uint32_t batch;    /* items at the head that are under way as one delivery; 0: idle */
    struct loop_timer *retry;
    struct lane *next, *prev; /* replies only */
};

struct platform_state {
    bool ready;
    struct lane lanes[CHANNEL_COUNT];
    struct lane *replies;
    uint32_t pending;
};

struct outbox {
    struct outbox_options o;
    struct platform_state platforms[PLATFORM_COUNT];
    uint64_t last_id, committed_id;
    struct release *open; /* of the turn `open_turn`: what it made durable may be sent */
    uint64_t open_turn;
    bool pump_asked;
    uint32_t pending;
    uint64_t spilled_from; /* rows from this id on are in the store only; 0: none */
    bool reloading, reload_full;
    struct map *refs; /* "platform:key" -> message_ref */
    struct arena *arena;
};

static void pump(struct outbox *b);
static void pump_soon(void *arg);

static void lane_init(struct outbox *b, struct lane *l, enum platform p, int channel) {
    *l = (struct lane){.owner = b, .platform = p, .channel = channel};
    l->tail = &l->head;
}

static void ask_pump(struct outbox *b) {
    if (b->pump_asked) return;
    b->pump_asked = true;
    loop_soon(b->o.loop, pump_soon, b);
}

static void lane_retry(void *arg) {
    struct lane *l = arg;
    ask_pump(l->owner);
}

struct outbox *outbox_new(const struct outbox_options *o) {
    struct outbox *b = xcalloc(1, sizeof *b);
    b->o = *o;
    b->arena = arena_new(64u << 20);
    b->refs = map_new(REFS_MAX);
    for (int p = 0; p < PLATFORM_COUNT; p++)
        for (int c = 0; c < CHANNEL_COUNT; c++) lane_init(b, &b->platforms[p].lanes[c], (enum platform)p, c);
    return b;
}

static void item_free(struct item *i) {
    free(i->address);
    free(i->doc);
    free(i);
}

static void lane_clear(struct lane *l) {
    while (l->head) {
        struct item *i = l->head;
        l->head = i->next;
        item_free(i);
    }
    loop_timer_free(l->retry);
}

static void refs_clear(struct outbox *b) {
    size_t it = 0;
    const char *key;
    void *value;
    while (map_next(b->refs, &it, &key, &value)) free(value);
    map_free(b->refs);
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

/* ---- references of sent messages, for edits ---- */

static void ref_key(char out[KEY_MAX + 16], enum platform p, const char *key) {
    snprintf(out, KEY_MAX + 16, "%s:%s", platform_name(p), key);
}

static void ref_put(struct outbox *b, enum platform p, const char *key, const char *ref) {
    char k[KEY_MAX + 16];
    ref_key(k, p, key);
    free(map_take(b->refs, k));
    if (map_count(b->refs) == REFS_MAX) { /* the store has them all: start the cache again */
        refs_clear(b);
        b->refs = map_new(REFS_MAX);
    }
    map_put(b->refs, k, xstrdup(ref));
}

static const char *ref_get(struct outbox *b, enum platform p, const char *key) {
    char k[KEY_MAX + 16];
    ref_key(k, p, key);
    return map_get(b->refs, k);
}

/* ---- rows ---- */

static void event_id_of(uint64_t id, char out[16]) {
    snprintf(out, 16, "%04X", (unsigned)((id * 40503u) & 0xFFFFu)); /* odd factor: no two of 65536 in a row alike */
}

static struct lane *lane_of(struct outbox *b, enum platform p, enum outbox_kind kind, int channel) {
    struct platform_state *ps = &b->platforms[p];
    if (kind != OUTBOX_REPLY) return &ps->lanes[channel];
    struct lane *l = xcalloc(1, sizeof *l);
    lane_init(b, l, p, CHANNEL_COUNT);
    l->next = ps->replies;
    if (ps->replies) ps->replies->prev = l;
    ps->replies = l;
    return l;
}

static void lane_append(struct outbox *b, struct lane *l, struct item *i) {
    i->next = NULL;
    *l->tail = i;
    l->tail = &i->next;
    l->n++;
    if (i->kind == OUTBOX_MESSAGE && !i->critical) l->ordinary++;
    b->platforms[l->platform].pending++;
    b->pending++;
}

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
    pump(b);
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

/* ---- the end of a row ---- */

static void lane_drop_head(struct outbox *b, struct lane *l) {
    struct item *i = l->head;
    l->head = i->next;
    if (!l->head) l->tail = &l->head;
    l->n--;
    if (i->kind == OUTBOX_MESSAGE && !i->critical) l->ordinary--;
    b->platforms[l->platform].pending--;
    b->pending--;
    item_free(i);
}

static void end_head(struct outbox *b, struct lane *l, enum outbox_state state, const char *ref) {
    /* An answer given twice is harmless (the platform knows its interaction), so its mark may wait for company. */
    bool lazy = l->head->kind == OUTBOX_REPLY;
    store_put_outbox_end(lazy ? desk_batch_lazy(b->o.desk) : desk_batch(b->o.desk), l->head->id, state, ref,
                         clock_wall());
    if (state == OUTBOX_DONE && *ref && *l->head->key && l->head->kind == OUTBOX_MESSAGE)
        ref_put(b, l->platform, l->head->key, ref);
    lane_drop_head(b, l);
}

static void lane_free_if_done(struct outbox *b, struct lane *l) {
    if (l->channel != CHANNEL_COUNT || l->head) return;
    if (l->prev)
        l->prev->next = l->next;
    else
        b->platforms[l->platform].replies = l->next;
    if (l->next) l->next->prev = l->prev;
    loop_timer_free(l->retry);
    free(l);
}

/* ---- sending ---- */

static bool same_delivery(const struct item *a, const struct item *b) {
    return b->kind == OUTBOX_MESSAGE && b->uncertain && b->attempted.ns == a->attempted.ns;
}

/* How many items at the head go out together. Edits and replies go alone. What may have been delivered goes again with the
 * companions it had, told by the time of their attempt, and with no other: another text would be another message. */
static uint32_t batch_size(const struct outbox *b, const struct lane *l) {
    const struct item *h = l->head;
    uint32_t n = 0, waiting = 0;
    if (h->kind != OUTBOX_MESSAGE) return 1;
    for (const struct item *i = h; i && i->id <= b->committed_id && i->kind == OUTBOX_MESSAGE; i = i->next) {
        if (h->uncertain ? !same_delivery(h, i) : i->uncertain) break;
        waiting++;
        if (n < COALESCE_MAX) n++;
    }
    return h->uncertain || waiting >= COALESCE_FROM ? n : 1;
}

static const struct doc *delivery_doc(struct outbox *b, struct lane *l) {
    const struct doc *docs[COALESCE_MAX];
    uint32_t n = 0;
    for (struct item *i = l->head; n < l->batch; i = i->next) {
        struct doc *d = doc_from_json(b->arena, i->doc, strlen(i->doc));
        if (d)
            docs[n++] = d;
        else if (l->batch == 1)
            return NULL;
        else
            l->batch--; /* cannot happen with rows of ours; never block the lane on one */
    }
    uint32_t left_out = l->left_out;
    if (n == 1 && !left_out) return docs[0];
    l->left_out = 0;
    return doc_merge(b->arena, docs, n, left_out);
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
    for (struct item *i = h; n < l->batch; i = i->next, n++) {
        if (i->urgency > d.urgency) d.urgency = i->urgency;
        if (i->uncertain) d.possible_repeat = true;
    }
    d.doc = delivery_doc(b, l);
    if (l->channel < CHANNEL_COUNT) str_copy(d.channel, sizeof d.channel, channel_name((enum channel)l->channel));
    if (h->address) str_copy(d.address, sizeof d.address, h->address);
    str_copy(d.message_ref, sizeof d.message_ref, h->ref);
    event_id_of(h->id, d.event_id);
    if (d.doc) b->o.send(b->o.arg, l->platform, &d);
    arena_reset(b->arena);
    if (d.doc) return;
    log_error("outbox", "row %llu cannot be read, left out", (unsigned long long)h->id);
    l->batch = 0;
    end_head(b, l, OUTBOX_REFUSED, "");
}

static void attempts_durable(void *arg) {
    struct lane *l = arg;
    uint32_t n = 0;
    for (struct item *i = l->head; i && n < l->batch; i = i->next, n++) i->attempt_durable = true;
    if (l->batch && l->owner->platforms[l->platform].ready)
        deliver(l->owner, l);
    else
        l->batch = 0;
}

static void attempt(struct outbox *b, struct lane *l) {
    bool durable = true;
    uint32_t n = 0;
    l->batch = batch_size(b, l);
    when_t at = l->head->attempts ? l->head->attempted : clock_wall(); /* the first one counts: it may have arrived */
    for (struct item *i = l->head; n < l->batch; i = i->next, n++) {
        if (i->attempt_durable && l->batch == 1) continue;
        durable = false;
        i->attempts++;
        i->attempted = at;
        store_put_outbox_attempt(desk_batch(b->o.desk), i->id, i->attempts, at);
    }
    if (durable)
        deliver(b, l);
    else
        desk_after_commit(b->o.desk, attempts_durable, l);
}

struct ref_question {
    struct outbox *outbox;
    struct lane *lane;
};

static void ref_row(void *arg, const char *channel, const char *ref) {
    struct ref_question *q = arg;
    (void)channel;
    str_copy(q->lane->head->ref, sizeof q->lane->head->ref, ref);
}

static void ref_done(void *arg, const struct err *failed) {
    struct ref_question *q = arg;
    (void)failed;
    q->lane->batch = 0;
    ask_pump(q->outbox);
    free(q);
}

/* An edit needs to know what its message became. true: it may go on; false: asked, or ended. */
static bool edit_ready(struct outbox *b, struct lane *l) {
    struct item *h = l->head;
    const char *known = ref_get(b, l->platform, h->key);
    if (known) str_copy(h->ref, sizeof h->ref, known);
    if (*h->ref) return true;
    if (h->asked_ref) { /* its message never became one that can be edited */
        end_head(b, l, OUTBOX_DONE, "");
        ask_pump(b);
        return false;
    }
    h->asked_ref = true;
    l->batch = 1; /* keeps the lane still until the store answers */
    struct ref_question *q = xmalloc(sizeof *q);
    *q = (struct ref_question){b, l};
    store_message_ref(b->o.store, platform_name(l->platform), h->key, ref_row, ref_done, q);
    return false;
}

static bool map_has(const struct map *m, const char *key) {
    return map_get(m, key) != NULL;
}

/*
 * Edits that change nothing any more: a later one of the same message waits behind it, or the message itself still waits and
 * will be told together with others. One pass over the lane; without it a backlog of messages and edits in turn would never
 * become one message.
 */
static void drop_needless_edits(struct outbox *b, struct lane *l) {
    struct map *later = map_new(OUTBOX_PENDING_MAX * 2), *waiting = map_new(OUTBOX_PENDING_MAX * 2);
    uint32_t n = 0;
    struct item **all = xcalloc(l->n, sizeof *all), **p = &l->head;
    for (struct item *i = l->head; i; i = i->next) all[n++] = i;
    for (uint32_t k = n; k-- > 0;) { /* from the last one back */
        if (all[k]->kind != OUTBOX_EDIT) continue;
        if (map_has(later, all[k]->key))
            all[k]->needless = true;
        else
            map_put(later, all[k]->key, b);
    }
    while (*p) {
        struct item *i = *p;
        bool untouched = i->id <= b->committed_id && !i->uncertain;
        if (i->kind == OUTBOX_MESSAGE && *i->key) map_put(waiting, i->key, b);
        if (i->kind == OUTBOX_EDIT && untouched && (i->needless || map_has(waiting, i->key))) {
            store_put_outbox_end(desk_batch(b->o.desk), i->id, OUTBOX_DONE, "", clock_wall());
            *p = i->next;
            if (!*p) l->tail = p;
            l->n--;
            b->platforms[l->platform].pending--;
            b->pending--;
            item_free(i);
        } else {
            p = &i->next;
        }
    }
    free(all);
    map_free(later);
    map_free(waiting);
}

static void lane_pump(struct outbox *b, struct lane *l) {
    if (!l->head || l->batch || l->head->id > b->committed_id) return;
    if (l->retry && loop_timer_active(l->retry)) return;
    if (l->n >= COALESCE_FROM && l->channel < CHANNEL_COUNT) drop_needless_edits(b, l);
    if (!l->head || l->head->id > b->committed_id) return;
    if (l->head->kind == OUTBOX_EDIT && !edit_ready(b, l)) return;
    attempt(b, l);
}

static void load_row(struct outbox *b, const struct outbox_row *r);

/* Rows come by id: those in memory already lie below spilled_from. */
static void spill_row(void *arg, const struct outbox_row *r) {
    struct outbox *b = arg;
    if (r->id < b->spilled_from || b->reload_full) return;
    if (b->pending >= OUTBOX_PENDING_MAX) {
        b->reload_full = true;
        b->spilled_from = r->id;
        return;
    }
    load_row(b, r);
    b->spilled_from = r->id + 1;
}

static void spill_loaded(void *arg, const struct err *failed) {
    struct outbox *b = arg;
    b->reloading = false;
    if (failed)
        log_error("outbox", "the backlog cannot be read again: %s", failed->text[LANG_EN]);
    else if (!b->reload_full && b->last_id < b->spilled_from)
        b->spilled_from = 0; /* all of it is back */
    ask_pump(b);
}

/* What lies only in the store comes back when there is room. */
static void reload_spilled(struct outbox *b) {
    if (!b->spilled_from || b->reloading || b->pending > OUTBOX_PENDING_MAX / 2) return;
    b->reloading = true;
    b->reload_full = false;
    store_load_outbox(b->o.store, spill_row, spill_loaded, b);
}

static void pump(struct outbox *b) {
    for (int p = 0; p < PLATFORM_COUNT; p++) {
        if (!b->platforms[p].ready) continue;
        for (struct lane *l = b->platforms[p].replies, *next; l; l = next) {
            next = l->next;
            lane_pump(b, l);
        }
        for (int c = 0; c < CHANNEL_COUNT; c++) lane_pump(b, &b->platforms[p].lanes[c]);
    }
    reload_spilled(b);
}

static void pump_soon(void *arg) {
    struct outbox *b = arg;
    b->pump_asked = false;
    pump(b);
}

/* ---- answers ---- */

static struct lane *lane_with_head(struct outbox *b, enum platform p, uint64_t id) {
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        struct lane *l = &b->platforms[p].lanes[c];
        if (l->batch && l->head && l->head->id == id) return l;
    }
    for (struct lane *l = b->platforms[p].replies; l; l = l->next)
        if (l->batch && l->head && l->head->id == id) return l;
    return NULL;
}

static void retry_later(struct lane *l, int64_t ms) {
    int64_t wait = RETRY_FIRST_MS;
    for (uint32_t i = 1; i < l->head->attempts && wait < RETRY_MOST_MS; i++) wait *= 2;
    if (wait > RETRY_MOST_MS) wait = RETRY_MOST_MS;
    if (ms > 0) wait = ms;
    if (!l->retry) l->retry = loop_timer_new(l->owner->o.loop, lane_retry, l);
    loop_timer_start(l->retry, wait, 0);
}

static void again(struct lane *l, bool uncertain) {
    uint32_t n = 0;
    for (struct item *i = l->head; n < l->batch; i = i->next, n++) {
        i->attempt_durable = false;
        if (uncertain) i->uncertain = true;
    }
    l->batch = 0;
}

static void end_batch(struct outbox *b, struct lane *l, enum outbox_state state, const char *ref) {
    uint32_t n = l->batch;
    l->batch = 0;
    while (n--) end_head(b, l, state, n ? "" : ref);
}

/* A routine message on a platform without idempotency is not risked twice. */
static bool let_it_be(const struct lane *l) {
    return l->platform == PLATFORM_TELEGRAM && l->head->kind == OUTBOX_MESSAGE && !l->head->critical &&
           l->head->urgency == URGENCY_INFO;
}

void outbox_delivered(struct outbox *b, enum platform p, uint64_t id, const struct delivery_result *r) {
    struct lane *l = lane_with_head(b, p, id);
    if (!l) {
        log_warn("outbox", "an answer for row %llu, which is not under way", (unsigned long long)id);
        return;
    }
    switch (r->outcome) {
    case OUTCOME_DELIVERED: end_batch(b, l, OUTBOX_DONE, l->batch == 1 ? r->message_ref : ""); break;
    case OUTCOME_REFUSED:
        log_warn("outbox", "%s refused a message: %s", platform_name(p), r->err.text[LANG_EN]);
        end_batch(b, l, OUTBOX_REFUSED, "");
        break;
    case OUTCOME_AMBIGUOUS:
        if (let_it_be(l)) {
            end_batch(b, l, OUTBOX_DONE, "");
            break;
        }
        again(l, true);
        retry_later(l, r->retry_ms);
        break;
    case OUTCOME_RETRY:
        again(l, false);
        retry_later(l, r->retry_ms);
        break;
    case OUTCOME_DOWN: again(l, false); break;
    }
    lane_free_if_done(b, l);
    ask_pump(b);
}

void outbox_ready(struct outbox *b, enum platform p, bool up) {
    b->platforms[p].ready = up;
    if (up) ask_pump(b);
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

/* ---- recovery ---- */

static bool platform_parse(const char *name, enum platform *out) {
    for (int p = 0; p < PLATFORM_COUNT; p++)
        if (!strcmp(name, platform_name((enum platform)p))) {
            *out = (enum platform)p;
            return true;
        }
    return false;
}

static int channel_parse(const char *name) {
    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (!strcmp(name, channel_name((enum channel)c))) return c;
    return -1;
}

static void load_row(struct outbox *b, const struct outbox_row *r) {
    enum platform p;
    int channel = channel_parse(r->channel);
    if (!platform_parse(r->platform, &p) || (r->kind != OUTBOX_REPLY && channel < 0)) return;
    struct item *i = xcalloc(1, sizeof *i);
    i->id = r->id;
    i->kind = r->kind;
    i->urgency = r->urgency;
    i->critical = r->critical;
    i->attempts = r->attempts;
    i->attempted = r->attempted;
    i->uncertain = r->state == OUTBOX_ATTEMPT; /* began, and nobody knows how it ended */
    str_copy(i->key, sizeof i->key, r->key);
    i->address = *r->address ? xstrdup(r->address) : NULL;
    i->doc = xstrdup(r->doc);
    lane_append(b, lane_of(b, p, r->kind, channel), i);
}

static void recover_row(struct outbox *b, const struct outbox_row *r) {
    if (b->pending >= OUTBOX_PENDING_MAX) {
        if (!b->spilled_from) b->spilled_from = r->id;
        return;
    }
    load_row(b, r);
}

struct recovery {
    struct outbox *outbox;
    struct err *e;
    bool failed;
};

static void recovery_row(void *arg, const struct outbox_row *r) {
    recover_row(((struct recovery *)arg)->outbox, r);
}

static void recovery_done(void *arg, const struct err *failed) {
    struct recovery *r = arg;
    if (!failed) return;
    r->failed = true;
    if (r->e) *r->e = *failed;
}

int outbox_recover(struct outbox *b, struct err *e) {
    struct recovery r = {.outbox = b, .e = e};
    b->last_id = b->committed_id = store_outbox_last_id(b->o.store);
    store_load_outbox(b->o.store, recovery_row, recovery_done, &r);
    store_wait(b->o.store);
    return r.failed ? -1 : 0;
}
