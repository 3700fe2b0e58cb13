/*
 * virtual_store: engine/store.h in memory. What is committed lies on a `disk` that
 * outlives the store, so that a start after a kill finds it; commits become durable when a
 * harness says so. Takes the place of the program's store in the harness that includes it;
 * history (trades, signals) is always empty here.
 */
#ifndef MIA_TESTS_VIRTUAL_STORE_H
#define MIA_TESTS_VIRTUAL_STORE_H

#include "tests/fuzz/fuzz.h"

#include "engine/base/map.h"
#include "engine/config.h"
#include "engine/store.h"

#define DISK_KEYS_MAX 8192

struct disk_inbox {
    char platform[16];
    uint64_t ext_id;
};

struct disk_audit {
    char platform[16], actor[ACTOR_MAX], role[16], chat[40], command[40], verdict[40], detail[200];
};

struct disk_outbox {
    struct outbox_row row;
    char *text[7]; /* platform channel address key event_id message_ref doc */
};

struct disk {
    struct disk_inbox *inbox;
    struct disk_audit *audit;
    struct disk_outbox *outbox;
    struct event *events;
    size_t inbox_n, inbox_cap, audit_n, audit_cap, outbox_n, outbox_cap, events_n, events_cap;
    struct map *state; /* key -> text, owned */
    uint64_t commits;
};

/* A write or a question on its way; in order. */
enum op_kind { OP_INBOX_ROW, OP_AUDIT_ROW, OP_STATE_ROW, OP_EVENT_ROW, OP_OUTBOX_ROW, OP_OUTBOX_TRY, OP_OUTBOX_DONE };
struct write {
    enum op_kind kind;
    union {
        struct disk_inbox inbox;
        struct disk_audit audit;
        struct {
            char *key, *value;
        } state;
        struct event event;
        struct disk_outbox outbox;
        struct {
            uint64_t id;
            uint32_t attempts;
            enum outbox_state state;
            when_t at;
            char *ref;
        } end;
    } u;
};

struct store_batch {
    struct store *store;
    struct write *item;
    size_t n, cap;
};

enum question { ASK_COMMIT, ASK_STATE, ASK_INBOX, ASK_OUTBOX, ASK_EVENTS, ASK_NOTHING };
struct pending {
    struct pending *next;
    enum question kind;
    struct store_batch *batch;
    void (*row)(void);
    uint64_t after;
    store_done_fn done;
    void *arg;
};

struct store {
    struct disk *disk;
    struct pending *first, **end;
    uint64_t events, messages, confirmations; /* put so far, durable or not: what anybody has caused */
    char confirmation[64];                    /* the key of the newest one */
};

#define GROW(list, n, cap)                                                                                             \
    do {                                                                                                               \
        if ((n) == (cap)) {                                                                                            \
            (cap) = (cap) ? 2 * (cap) : 16;                                                                            \
            (list) = xreallocarray((list), (cap), sizeof *(list));                                                     \
        }                                                                                                              \
    } while (0)

/* ---- the disk ---- */

static struct disk *disk_new(void) {
    struct disk *d = xcalloc(1, sizeof *d);
    d->state = map_new(DISK_KEYS_MAX);
    return d;
}

static void outbox_row_clear(struct disk_outbox *o) {
    for (int i = 0; i < 7; i++) free(o->text[i]);
}

static void event_clear(struct event *ev) {
    if (ev->kind == EVENT_CONFIG) free((void *)(uintptr_t)ev->u.config);
}

static void disk_free(struct disk *d) {
    size_t it = 0;
    void *value;
    while (map_next(d->state, &it, NULL, &value)) free(value);
    map_free(d->state);
    for (size_t i = 0; i < d->outbox_n; i++) outbox_row_clear(&d->outbox[i]);
    for (size_t i = 0; i < d->events_n; i++) event_clear(&d->events[i]);
    free(d->inbox);
    free(d->audit);
    free(d->outbox);
    free(d->events);
    free(d);
}

UNUSED static const char *disk_state(const struct disk *d, const char *key) {
    return map_get(d->state, key);
}

UNUSED static uint32_t disk_inbox_count(const struct disk *d, const char *platform, uint64_t ext_id) {
    uint32_t n = 0;
    for (size_t i = 0; i < d->inbox_n; i++)
        n += d->inbox[i].ext_id == ext_id && !strcmp(d->inbox[i].platform, platform);
    return n;
}

/* What was sent or refused is of no use to a long run. */
UNUSED static void disk_forget_ended(struct disk *d) {
    size_t kept = 0;
    for (size_t i = 0; i < d->outbox_n; i++) {
        if (d->outbox[i].row.state < OUTBOX_DONE)
            d->outbox[kept++] = d->outbox[i];
        else
            outbox_row_clear(&d->outbox[i]);
    }
    d->outbox_n = kept;
}

/* ---- batches ---- */

static struct write *write_add(struct store_batch *b, enum op_kind kind) {
    GROW(b->item, b->n, b->cap);
    struct write *w = &b->item[b->n++];
    memset(w, 0, sizeof *w);
    w->kind = kind;
    return w;
}

static void write_clear(struct write *w) {
    if (w->kind == OP_STATE_ROW) free(w->u.state.key), free(w->u.state.value);
    if (w->kind == OP_EVENT_ROW) event_clear(&w->u.event);
    if (w->kind == OP_OUTBOX_ROW) outbox_row_clear(&w->u.outbox);
    if (w->kind == OP_OUTBOX_DONE) free(w->u.end.ref);
}

struct store_batch *store_batch_new(struct store *s) {
    struct store_batch *b = xcalloc(1, sizeof *b);
    b->store = s;
    return b;
}

bool store_batch_empty(const struct store_batch *b) {
    return !b->n;
}

void store_batch_drop(struct store_batch *b) {
    for (size_t i = 0; i < b->n; i++) write_clear(&b->item[i]);
    free(b->item);
    free(b);
}

void store_put_inbox(struct store_batch *b, const struct inbox_row *r) {
    struct write *w = write_add(b, OP_INBOX_ROW);
    str_copy(w->u.inbox.platform, sizeof w->u.inbox.platform, r->platform);
    w->u.inbox.ext_id = r->ext_id;
}

void store_put_audit(struct store_batch *b, const struct audit_row *r) {
    struct disk_audit *a = &write_add(b, OP_AUDIT_ROW)->u.audit;
    str_copy(a->platform, sizeof a->platform, r->platform);
    str_copy(a->actor, sizeof a->actor, r->actor);
    str_copy(a->role, sizeof a->role, r->role);
    str_copy(a->chat, sizeof a->chat, r->chat);
    str_copy(a->command, sizeof a->command, r->command);
    str_copy(a->verdict, sizeof a->verdict, r->verdict);
    str_copy(a->detail, sizeof a->detail, r->detail);
}

void store_put_state(struct store_batch *b, const char *key, const char *value, when_t at) {
    struct write *w = write_add(b, OP_STATE_ROW);
    (void)at;
    if (value && !strncmp(key, "confirm:", 8)) {
        b->store->confirmations++;
        str_copy(b->store->confirmation, sizeof b->store->confirmation, key);
    }
    w->u.state.key = xstrdup(key);
    w->u.state.value = value ? xstrdup(value) : NULL;
}

void store_put_event(struct store_batch *b, const struct event *ev) {
    struct write *w = write_add(b, OP_EVENT_ROW);
    b->store->events++;
    w->u.event = *ev;
    if (ev->kind != EVENT_CONFIG) return;
    struct engine_config *copy = xmalloc(sizeof *copy);
    *copy = *ev->u.config;
    w->u.event.u.config = copy;
}

void store_put_effects(struct store_batch *b, const struct event *ev, const struct effects *f,
                       const struct engine_config *c) {
    (void)b, (void)ev, (void)f, (void)c;
}

void store_put_snapshot(struct store_batch *b, uint64_t seq, int32_t day, const void *bytes, size_t n) {
    (void)b, (void)seq, (void)day, (void)bytes, (void)n;
}

void store_put_outbox(struct store_batch *b, const struct outbox_row *r) {
    struct disk_outbox *o = &write_add(b, OP_OUTBOX_ROW)->u.outbox;
    const char *const text[] = {r->platform, r->channel, r->address, r->key, r->event_id, r->message_ref, r->doc};
    b->store->messages++;
    o->row = *r;
    for (int i = 0; i < 7; i++) o->text[i] = xstrdup(text[i] ? text[i] : "");
}

void store_put_outbox_attempt(struct store_batch *b, uint64_t id, uint32_t attempts, when_t at) {
    struct write *w = write_add(b, OP_OUTBOX_TRY);
    w->u.end.id = id;
    w->u.end.attempts = attempts;
    w->u.end.at = at;
}

void store_put_outbox_end(struct store_batch *b, uint64_t id, enum outbox_state state, const char *message_ref,
                          when_t at) {
    struct write *w = write_add(b, OP_OUTBOX_DONE);
    w->u.end.id = id;
    w->u.end.state = state;
    w->u.end.at = at;
    w->u.end.ref = xstrdup(message_ref ? message_ref : "");
}

/* ---- a commit ---- */

static struct disk_outbox *outbox_find(struct disk *d, uint64_t id) {
    for (size_t i = d->outbox_n; i-- > 0;)
        if (d->outbox[i].row.id == id) return &d->outbox[i];
    return NULL;
}

static void state_write(struct disk *d, struct write *w) {
    free(map_take(d->state, w->u.state.key));
    if (w->u.state.value) assert(map_put(d->state, w->u.state.key, w->u.state.value));
    w->u.state.value = NULL; /* the disk's now */
}

static void write_apply(struct disk *d, struct write *w) {
    struct disk_outbox *o;
    switch (w->kind) {
    case OP_INBOX_ROW:
        assert(!disk_inbox_count(d, w->u.inbox.platform, w->u.inbox.ext_id)); /* the table's own rule */
        GROW(d->inbox, d->inbox_n, d->inbox_cap);
        d->inbox[d->inbox_n++] = w->u.inbox;
        break;
    case OP_AUDIT_ROW:
        GROW(d->audit, d->audit_n, d->audit_cap);
        d->audit[d->audit_n++] = w->u.audit;
        break;
    case OP_STATE_ROW: state_write(d, w); break;
    case OP_EVENT_ROW:
        assert(!d->events_n || d->events[d->events_n - 1].seq + 1 == w->u.event.seq);
        GROW(d->events, d->events_n, d->events_cap);
        d->events[d->events_n++] = w->u.event;
        w->u.event.kind = EVENT_CLOCK; /* the disk's now */
        break;
    case OP_OUTBOX_ROW:
        assert(!outbox_find(d, w->u.outbox.row.id));
        GROW(d->outbox, d->outbox_n, d->outbox_cap);
        d->outbox[d->outbox_n++] = w->u.outbox;
        memset(w->u.outbox.text, 0, sizeof w->u.outbox.text); /* the disk's now */
        break;
    case OP_OUTBOX_TRY:
        o = outbox_find(d, w->u.end.id);
        if (!o) break;
        o->row.state = OUTBOX_ATTEMPT;
        o->row.attempts = w->u.end.attempts;
        o->row.attempted = w->u.end.at;
        break;
    case OP_OUTBOX_DONE:
        o = outbox_find(d, w->u.end.id);
        if (!o) break;
        o->row.state = w->u.end.state;
        free(o->text[5]);
        o->text[5] = w->u.end.ref;
        w->u.end.ref = NULL;
        break;
    }
}

static void batch_apply(struct disk *d, struct store_batch *b) {
    for (size_t i = 0; i < b->n; i++) write_apply(d, &b->item[i]);
    d->commits++;
    store_batch_drop(b);
}

/* ---- questions ---- */

static void ask(struct store *s, enum question kind, void (*row)(void), uint64_t after, store_done_fn done, void *arg) {
    struct pending *p = xcalloc(1, sizeof *p);
    *p = (struct pending){.kind = kind, .row = row, .after = after, .done = done, .arg = arg};
    *s->end = p;
    s->end = &p->next;
}

void store_commit(struct store *s, struct store_batch *b, store_done_fn done, void *arg) {
    struct pending *p = xcalloc(1, sizeof *p);
    *p = (struct pending){.kind = ASK_COMMIT, .batch = b, .done = done, .arg = arg};
    *s->end = p;
    s->end = &p->next;
}

static void give_state(const struct disk *d, const struct pending *p) {
    size_t it = 0;
    const char *key;
    void *value;
    while (map_next(d->state, &it, &key, &value))
        ((void (*)(void *, const char *, const char *))p->row)(p->arg, key, value);
}

static void give_outbox(struct disk *d, const struct pending *p) {
    for (size_t i = 0; i < d->outbox_n; i++) {
        struct outbox_row r = d->outbox[i].row;
        char **t = d->outbox[i].text;
        if (r.state >= OUTBOX_DONE) continue;
        r.platform = t[0], r.channel = t[1], r.address = t[2], r.key = t[3];
        r.event_id = t[4], r.message_ref = t[5], r.doc = t[6];
        ((void (*)(void *, const struct outbox_row *))p->row)(p->arg, &r);
    }
}

static void give_events(const struct disk *d, const struct pending *p) {
    for (size_t i = 0; i < d->events_n; i++)
        if (d->events[i].seq > p->after && !((bool (*)(void *, const struct event *))p->row)(p->arg, &d->events[i]))
            return;
}

static void answer(struct store *s, struct pending *p) {
    struct disk *d = s->disk;
    switch (p->kind) {
    case ASK_COMMIT: batch_apply(d, p->batch); break;
    case ASK_STATE: give_state(d, p); break;
    case ASK_INBOX:
        for (size_t i = d->inbox_n; i-- > 0;)
            ((store_inbox_fn)p->row)(p->arg, d->inbox[i].platform, d->inbox[i].ext_id);
        break;
    case ASK_OUTBOX: give_outbox(d, p); break;
    case ASK_EVENTS: give_events(d, p); break;
    case ASK_NOTHING: break;
    }
    if (p->done) p->done(p->arg, NULL);
}

/* One commit or question; false: nothing waits. */
static bool store_step(struct store *s) {
    struct pending *p = s->first;
    if (!p) return false;
    s->first = p->next;
    if (!s->first) s->end = &s->first;
    answer(s, p);
    free(p);
    return true;
}

void store_poll(struct store *s) {
    while (store_step(s)) {}
}

void store_wait(struct store *s) {
    store_poll(s);
}

int store_fd(const struct store *s) {
    (void)s;
    return -1;
}

static struct store *virtual_store(struct disk *d) {
    struct store *s = xcalloc(1, sizeof *s);
    s->disk = d;
    s->end = &s->first;
    return s;
}

/* The power goes: of what was on its way the first `durable` commits are on the disk; nobody hears of it. */
static void virtual_store_cut(struct store *s, uint32_t durable) {
    while (s->first) {
        struct pending *p = s->first;
        s->first = p->next;
        if (p->kind == ASK_COMMIT && durable) {
            batch_apply(s->disk, p->batch);
            durable--;
        } else if (p->kind == ASK_COMMIT) {
            durable = 0;
            store_batch_drop(p->batch);
        }
        free(p);
    }
    free(s);
}

void store_load_state(struct store *s, void (*row)(void *arg, const char *key, const char *value), store_done_fn done,
                      void *arg) {
    ask(s, ASK_STATE, (void (*)(void))row, 0, done, arg);
}

void store_load_inbox(struct store *s, store_inbox_fn row, store_done_fn done, void *arg) {
    ask(s, ASK_INBOX, (void (*)(void))row, 0, done, arg);
}

void store_load_outbox(struct store *s, void (*row)(void *arg, const struct outbox_row *r), store_done_fn done,
                       void *arg) {
    ask(s, ASK_OUTBOX, (void (*)(void))row, 0, done, arg);
}

void store_load_events(struct store *s, uint64_t after, bool (*row)(void *arg, const struct event *ev),
                       store_done_fn done, void *arg) {
    ask(s, ASK_EVENTS, (void (*)(void))row, after, done, arg);
}

uint64_t store_outbox_last_id(struct store *s) {
    uint64_t last = 0;
    for (size_t i = 0; i < s->disk->outbox_n; i++)
        if (s->disk->outbox[i].row.id > last) last = s->disk->outbox[i].row.id;
    return last;
}

/* ---- what nobody needs here: answered, and empty ---- */

void store_history(struct store *s, const char *channel, uint64_t before, uint32_t limit,
                   void (*row)(void *arg, const struct history_row *r), store_done_fn done, void *arg) {
    (void)channel, (void)before, (void)limit, (void)row;
    ask(s, ASK_NOTHING, NULL, 0, done, arg);
}

void store_put_file(struct store_batch *b, uint64_t id, const void *bytes, size_t n) {
    (void)b, (void)id, (void)bytes, (void)n;
}

void store_drop_file(struct store_batch *b, uint64_t id) {
    (void)b, (void)id;
}

void store_load_file(struct store *s, uint64_t id, void (*row)(void *arg, const void *bytes, size_t n),
                     store_done_fn done, void *arg) {
    (void)id, (void)row;
    ask(s, ASK_NOTHING, NULL, 0, done, arg);
}

void store_message_ref(struct store *s, const char *platform, const char *key,
                       void (*row)(void *arg, const char *channel, const char *message_ref), store_done_fn done,
                       void *arg) {
    (void)platform, (void)key, (void)row;
    ask(s, ASK_NOTHING, NULL, 0, done, arg);
}

void store_load_snapshot(struct store *s, uint64_t before,
                         void (*row)(void *arg, uint64_t seq, int32_t day, const void *bytes, size_t n),
                         store_done_fn done, void *arg) {
    (void)before, (void)row;
    ask(s, ASK_NOTHING, NULL, 0, done, arg);
}

void store_trades(struct store *s, const struct store_filter *f, void (*row)(void *arg, const struct trade_row *r),
                  store_done_fn done, void *arg) {
    (void)f, (void)row;
    ask(s, ASK_NOTHING, NULL, 0, done, arg);
}

void store_signals(struct store *s, const struct store_filter *f, void (*row)(void *arg, const struct signal_row *r),
                   store_done_fn done, void *arg) {
    (void)f, (void)row;
    ask(s, ASK_NOTHING, NULL, 0, done, arg);
}

void store_audit(struct store *s, when_t from, when_t to, uint32_t limit,
                 void (*row)(void *arg, const struct audit_entry *r), store_done_fn done, void *arg) {
    (void)from, (void)to, (void)limit, (void)row;
    ask(s, ASK_NOTHING, NULL, 0, done, arg);
}

void store_health(struct store *s, struct store_health *out) {
    *out = (struct store_health){.state = STORE_UP, .commits = s->disk->commits, .place = "memory"};
}

void store_on_health(struct store *s, void (*fn)(void *arg), void *arg) {
    (void)s, (void)fn, (void)arg;
}

void store_trades_page(struct store *s, const struct store_filter *f, struct store_page *p,
                       void (*row)(void *arg, const struct trade_row *r), store_done_fn done, void *arg) {
    (void)f, (void)row;
    p->more = false;
    ask(s, ASK_NOTHING, NULL, 0, done, arg);
}

void store_signals_page(struct store *s, const struct store_filter *f, struct store_page *p,
                        void (*row)(void *arg, const struct signal_row *r), store_done_fn done, void *arg) {
    (void)f, (void)row;
    p->more = false;
    ask(s, ASK_NOTHING, NULL, 0, done, arg);
}

void store_audit_page(struct store *s, when_t from, when_t to, struct store_page *p,
                      void (*row)(void *arg, const struct audit_entry *r), store_done_fn done, void *arg) {
    (void)from, (void)to, (void)row;
    p->more = false;
    ask(s, ASK_NOTHING, NULL, 0, done, arg);
}

/* Jobs are answered like questions; there is one at a time as far as anybody can see. */
struct store_job *store_audit_verify_job(struct store *s, uint64_t *rows, store_done_fn done, void *arg) {
    *rows = s->disk->audit_n;
    ask(s, ASK_NOTHING, NULL, 0, done, arg);
    return (struct store_job *)s;
}

void store_job_cancel(struct store_job *j) {
    (void)j;
}

void store_job_progress(const struct store_job *j, uint64_t *at, uint64_t *of) {
    (void)j;
    *at = *of = 0;
}

uint64_t store_bytes(const struct store *s) {
    (void)s;
    return 0;
}

#endif
