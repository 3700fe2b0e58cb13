/*
 * local_send: deliveries on their way to the ring and to the browsers. A delivery is done
 * once it is in memory, so it is always DELIVERED, told on a later turn of the loop. It
 * never waits for a browser: one that is too slow is closed by the web server, comes back
 * and gets everything again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/chat/local_priv.h"
#include "bot/render.h"
#include "bot/router.h"
#include "engine/base/mem.h"

/* ---- to browsers ---- */

void local_tell(struct local *l, struct local_client *c, const struct buf *b) {
    if (c->web && c->session[0] && !b->overflow) l->send(c->web, b->p, b->len);
}

void local_tell_all(struct local *l, const struct buf *b) {
    for (int i = 0; i < WEB_CLIENTS_MAX; i++) local_tell(l, &l->client[i], b);
}

bool local_same_tab(const char *session, const char *other) {
    return !strncmp(session, other, LOCAL_SESSION_HEX);
}

static bool tell_tab(struct local *l, const char *session, const struct buf *b) {
    bool told = false;
    for (int i = 0; i < WEB_CLIENTS_MAX; i++) {
        struct local_client *c = &l->client[i];
        if (!c->web || !c->session[0] || !local_same_tab(c->session, session)) continue;
        local_tell(l, c, b);
        told = true;
    }
    return told;
}

static void begin(struct buf *b, struct jw *w, const char *t) {
    buf_init(b, LOCAL_JSON_MAX);
    jw_init(w, b);
    jw_obj(w);
    jw_kstr(w, "t", t);
}

void local_tell_header(struct local *l, struct local_client *c) {
    struct buf b;
    struct jw w;
    begin(&b, &w, "header");
    jw_kstr(&w, "mode", l->mode);
    if (l->header_known) {
        jw_kbool(&w, "paused", l->paused);
        jw_kbool(&w, "cautious", l->cautious);
        jw_kbool(&w, "suspended", l->suspended);
    }
    jw_end_obj(&w);
    if (c)
        local_tell(l, c, &b);
    else
        local_tell_all(l, &b);
    buf_clear(&b);
}

/* Every message names its mode: the page's header follows. */
static void learn_mode(struct local *l, const struct doc *d) {
    if (!d->mode || !*d->mode || !strcmp(l->mode, d->mode)) return;
    str_copy(l->mode, sizeof l->mode, d->mode);
    local_tell_header(l, NULL);
}

/* ---- channels ---- */

static int channel_of(const char *name) {
    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (!strcmp(name, channel_name((enum channel)c))) return c;
    return CHANNEL_ADMIN;
}

static void tell_message(struct local *l, int channel, const char *t, const struct local_message *m) {
    struct buf b;
    struct jw w;
    begin(&b, &w, t);
    jw_kstr(&w, "channel", channel_name((enum channel)channel));
    jw_key(&w, "item");
    jw_raw(&w, m->json);
    jw_end_obj(&w);
    local_tell_all(l, &b);
    buf_clear(&b);
}

static int64_t now_ms(void) {
    return clock_wall().ns / NS_PER_MS;
}

/* An edit without a file leaves the one that is there. */
static void take_file(struct local *l, struct local_message *m, uint64_t row, const struct doc *d) {
    if (!d->file.n) return;
    m->file_id = row;
    m->file = d->file;
    m->file.bytes = NULL;
    local_files_put(&l->files, row, &d->file);
}

static void message(struct local *l, const struct delivery *d) {
    int c = channel_of(d->channel);
    struct local_message m = {.id = d->id, .at_ms = now_ms(), .urgency = d->urgency, .repeat = d->possible_repeat};
    str_copy(m.event, sizeof m.event, d->event_id);
    take_file(l, &m, d->id, d->doc);
    local_item_json(&m, d->doc, 0);
    local_ring_put(&l->ring[c], &m);
    tell_message(l, c, "message", &m);
}

static void edit_message(struct local *l, int c, struct local_message *old, const struct local_message *fresh,
                         uint64_t row, const struct doc *d, int64_t edited_ms) {
    struct local_message m = old ? *old : *fresh;
    take_file(l, &m, row, d);
    local_item_json(&m, d, old ? edited_ms : 0);
    local_ring_put(&l->ring[c], &m); /* frees the old text */
    tell_message(l, c, old ? "edit" : "message", &m);
}

static void edit(struct local *l, const struct delivery *d) {
    int c = channel_of(d->channel);
    uint64_t id = strtoull(d->message_ref, NULL, 10);
    struct local_message fresh = {.id = id ? id : d->id, .at_ms = now_ms(), .urgency = d->urgency};
    edit_message(l, c, id ? local_ring_find(&l->ring[c], id) : NULL, &fresh, d->id, d->doc, fresh.at_ms);
}

void local_history(void *state, const struct outbox_row *row, const struct doc *d) {
    struct local *l = state;
    int c = channel_of(row->channel);
    struct local_ring *r = &l->ring[c];
    struct doc shown = *d;
    struct local_message m = {.id = row->id, .at_ms = row->created.ns / NS_PER_MS, .urgency = row->urgency};
    if (row->kind == OUTBOX_REPLY) return;
    if (!row->file_bytes) shown.file.n = 0; /* it is kept no more */
    str_copy(m.key, sizeof m.key, row->key);
    str_copy(m.event, sizeof m.event, row->event_id);
    if (row->kind == OUTBOX_EDIT) {
        /* What the edit became says which message it changed; one that never got there is known by its key. */
        uint64_t id = strtoull(row->message_ref, NULL, 10);
        struct local_message *old = id ? local_ring_find(r, id) : local_ring_key(r, m.key);
        if (id) m.id = id;
        edit_message(l, c, old, &m, row->id, &shown, m.at_ms);
        return;
    }
    take_file(l, &m, row->id, &shown);
    local_item_json(&m, &shown, 0);
    local_ring_put(r, &m);
    tell_message(l, c, "message", &m);
}

void local_history_file(void *state, uint64_t row, const struct doc_file *f) {
    local_files_put(&((struct local *)state)->files, row, f);
}

/* ---- answers ---- */

static void put_turn(struct jw *w, const struct local_turn *t) {
    static const char *const kinds[] = {
        [LOCAL_QUESTION] = "question", [LOCAL_CLICK] = "click", [LOCAL_ANSWER] = "answer"};
    jw_obj(w);
    jw_kstr(w, "kind", kinds[t->kind]);
    jw_kstr(w, "session", t->session);
    jw_ki64(w, "req", (int64_t)t->req);
    jw_ki64(w, "at", t->at_ms);
    switch (t->kind) {
    case LOCAL_QUESTION:
    case LOCAL_CLICK: jw_kstr(w, "text", t->text); break;
    case LOCAL_ANSWER:
        jw_key(w, "item");
        jw_raw(w, t->text);
        break;
    }
    jw_end_obj(w);
}

static bool told_before(struct local *l, uint64_t id) {
    for (uint32_t i = 0; i < l->talk.n; i++) {
        const struct local_turn *t = local_talk_at(&l->talk, i);
        if (t->kind == LOCAL_ANSWER && t->id == id) return true;
    }
    return false;
}

static void reply(struct local *l, const struct delivery *d) {
    struct local_turn t = {.kind = LOCAL_ANSWER, .id = d->id, .at_ms = now_ms()};
    struct local_message m = {.id = d->id, .at_ms = t.at_ms, .urgency = d->urgency, .repeat = d->possible_repeat};
    struct buf b;
    struct jw w;
    if (told_before(l, d->id)) return;
    if (!local_address_read(d->address, t.session, &t.req)) {
        message(l, d); /* of an older form: it is read in #admin */
        return;
    }
    take_file(l, &m, d->id, d->doc);
    local_item_json(&m, d->doc, 0);
    t.text = m.json;
    t.len = m.len;
    begin(&b, &w, "turn");
    jw_key(&w, "turn");
    put_turn(&w, &t);
    jw_end_obj(&w);
    t.orphan = !tell_tab(l, t.session, &b);
    buf_clear(&b);
    local_talk_add(&l->talk, &t);
}

/* An answer whose tab has gone is shown in #admin to whoever comes; the tab itself, should it come, reads it in its place. */
static void adopt(struct local *l, const char *session) {
    for (uint32_t i = 0; i < l->talk.n; i++) {
        struct local_turn *t = local_talk_at(&l->talk, i);
        if (!t->orphan) continue;
        t->orphan = false;
        if (local_same_tab(t->session, session)) continue;
        struct local_message m = {.id = t->id, .at_ms = t->at_ms, .len = t->len, .json = xstrdup(t->text)};
        local_ring_put(&l->ring[CHANNEL_ADMIN], &m);
        tell_message(l, CHANNEL_ADMIN, "message", &m);
    }
}

/* ---- welcome ---- */

static void put_both(struct jw *w, const char *key, const char *const text[LANG_COUNT]) {
    jw_key(w, key);
    jw_obj(w);
    for (int i = 0; i < LANG_COUNT; i++) jw_kstr(w, lang_tag((enum lang)i), text[i] ? text[i] : "");
    jw_end_obj(w);
}

static void put_arg(struct jw *w, const struct arg_spec *a) {
    static const char *const kinds[] = {"word", "text", "int", "percent", "target", "symbol", "command"};
    jw_obj(w);
    put_both(w, "name", a->name);
    put_both(w, "summary", a->summary);
    jw_kstr(w, "kind", kinds[a->kind]);
    jw_kbool(w, "required", a->required);
    jw_key(w, "choices");
    jw_arr(w);
    for (const char *const *c = a->choices; c && *c; c++) jw_str(w, *c);
    jw_end_arr(w);
    jw_end_obj(w);
}

static void put_commands(struct jw *w) {
    jw_key(w, "commands");
    jw_arr(w);
    for (const struct command *const *c = command_table; *c; c++) {
        jw_obj(w);
        jw_kstr(w, "name", (*c)->name);
        if ((*c)->name_fr) jw_kstr(w, "name_fr", (*c)->name_fr);
        put_both(w, "summary", (*c)->summary);
        jw_kbool(w, "money", (*c)->flags & COMMAND_MONEY);
        jw_kbool(w, "confirm", (*c)->flags & COMMAND_CONFIRM);
        jw_key(w, "args");
        jw_arr(w);
        for (uint32_t i = 0; i < (*c)->arg_count; i++) put_arg(w, &(*c)->args[i]);
        jw_end_arr(w);
        jw_end_obj(w);
    }
    jw_end_arr(w);
}

static void tell_hello(struct local *l, struct local_client *c) {
    struct buf b;
    struct jw w;
    begin(&b, &w, "hello");
    jw_id(&w, "epoch", l->epoch);
    jw_ki64(&w, "now", now_ms());
    jw_kstr(&w, "lang", lang_tag(c->lang));
    jw_ki64(&w, "confirm_s", ROUTER_CONFIRM_S);
    jw_key(&w, "channels");
    jw_arr(&w);
    for (int i = 0; i < CHANNEL_COUNT; i++) jw_str(&w, channel_name((enum channel)i));
    jw_end_arr(&w);
    put_commands(&w);
    jw_end_obj(&w);
    local_tell(l, c, &b);
    buf_clear(&b);
}

static void tell_ring(struct local *l, struct local_client *c, int channel) {
    const struct local_ring *r = &l->ring[channel];
    struct buf b;
    struct jw w;
    begin(&b, &w, "history");
    jw_kstr(&w, "channel", channel_name((enum channel)channel));
    jw_key(&w, "items");
    jw_arr(&w);
    for (uint32_t i = 0; i < r->n; i++) jw_raw(&w, r->item[(r->first + i) % LOCAL_RING_MAX].json);
    jw_end_arr(&w);
    jw_end_obj(&w);
    local_tell(l, c, &b);
    buf_clear(&b);
}

static void tell_talk(struct local *l, struct local_client *c) {
    struct buf b;
    struct jw w;
    begin(&b, &w, "talk");
    jw_key(&w, "turns");
    jw_arr(&w);
    for (uint32_t i = 0; i < l->talk.n; i++) {
        const struct local_turn *t = local_talk_at(&l->talk, i);
        if (local_same_tab(t->session, c->session)) put_turn(&w, t);
    }
    jw_end_arr(&w);
    jw_end_obj(&w);
    local_tell(l, c, &b);
    buf_clear(&b);
}

void local_welcome(struct local *l, struct local_client *c) {
    adopt(l, c->session);
    tell_hello(l, c);
    local_tell_header(l, c);
    for (int i = 0; i < CHANNEL_COUNT; i++) tell_ring(l, c, i);
    tell_talk(l, c);
}

/* ---- the transport's functions ---- */

void local_soon(void *state) {
    struct local *l = state;
    struct local_done *done = l->done;
    uint32_t n = l->done_n;
    l->done = NULL; /* what is told may send again */
    l->done_n = l->done_cap = 0;
    if (!l->up) {
        l->up = true;
        l->host.ready(l->host.arg, PLATFORM_LOCAL, true);
    }
    for (uint32_t i = 0; i < n; i++) l->host.delivered(l->host.arg, PLATFORM_LOCAL, done[i].id, &done[i].result);
    free(done);
}

void local_send(void *state, const struct delivery *d) {
    struct local *l = state;
    struct local_done done = {.id = d->id, .result.outcome = OUTCOME_DELIVERED};
    switch (d->kind) {
    case OUTBOX_MESSAGE:
        message(l, d);
        snprintf(done.result.message_ref, sizeof done.result.message_ref, "%" PRIu64, d->id);
        break;
    case OUTBOX_EDIT:
        edit(l, d);
        str_copy(done.result.message_ref, sizeof done.result.message_ref, d->message_ref);
        break;
    case OUTBOX_REPLY: reply(l, d); break;
    case OUTBOX_KIND_COUNT: break;
    }
    learn_mode(l, d->doc);
    if (l->done_n == l->done_cap) { /* one a lane of the outbox, which bounds it */
        l->done_cap = l->done_cap ? 2 * l->done_cap : 16;
        l->done = xreallocarray(l->done, l->done_cap, sizeof *l->done);
    }
    l->done[l->done_n++] = done;
    loop_timer_start(l->soon, 0, 0);
}

void local_defer(void *state, const char *address, bool is_private) {
    struct local *l = state;
    char session[LOCAL_SESSION_MAX];
    uint64_t req;
    struct buf b;
    struct jw w;
    (void)is_private;
    if (!local_address_read(address, session, &req)) return;
    begin(&b, &w, "defer");
    jw_kstr(&w, "session", session);
    jw_ki64(&w, "req", (int64_t)req);
    jw_end_obj(&w);
    tell_tab(l, session, &b);
    buf_clear(&b);
}

void local_choices(void *state, const char *address, const struct choice *c, uint32_t n) {
    struct local *l = state;
    char session[LOCAL_SESSION_MAX];
    uint64_t req;
    struct buf b;
    struct jw w;
    if (!local_address_read(address, session, &req)) return;
    begin(&b, &w, "choices");
    jw_kstr(&w, "session", session);
    jw_ki64(&w, "req", (int64_t)req);
    jw_key(&w, "items");
    jw_arr(&w);
    for (uint32_t i = 0; i < n && i < COMMAND_CHOICES_MAX; i++) {
        jw_obj(&w);
        jw_kstr(&w, "value", c[i].value);
        jw_kstr(&w, "label", c[i].label);
        jw_end_obj(&w);
    }
    jw_end_arr(&w);
    jw_end_obj(&w);
    tell_tab(l, session, &b);
    buf_clear(&b);
}
