/*
 * local_send: deliveries on their way to the ring and to the browsers. A delivery is done
 * once it is in memory, so it is always DELIVERED, told on a later turn of the loop. It
 * never waits for a browser: one that is too slow is closed by the web server, comes back
 * and gets what it missed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/chat/local_priv.h"
#include "bot/render.h"
#include "engine/base/mem.h"

static int64_t now_ms(void) {
    return clock_wall().ns / NS_PER_MS;
}

/* ---- to browsers ---- */

void local_tell(struct local *l, struct local_client *c, const struct buf *b) {
    if (c->web && c->session[0] && !b->overflow) l->send(c->web, b->p, b->len);
}

static void tell_all(struct local *l, const struct buf *b) {
    for (int i = 0; i < WEB_CLIENTS_MAX; i++) local_tell(l, &l->client[i], b);
}

void local_begin(struct buf *b, struct jw *w, const char *t) {
    buf_init(b, LOCAL_JSON_MAX);
    jw_init(w, b);
    jw_obj(w);
    jw_kstr(w, "t", t);
}

void local_end(struct local *l, struct local_client *c, struct buf *b, struct jw *w) {
    jw_end_obj(w);
    if (c)
        local_tell(l, c, b);
    else
        tell_all(l, b);
    buf_clear(b);
}

/* To the loads of the page that asked: its number means something there alone. */
static void end_for(struct local *l, const char *session, struct buf *b, struct jw *w) {
    jw_end_obj(w);
    for (int i = 0; i < WEB_CLIENTS_MAX; i++)
        if (!strcmp(l->client[i].session, session)) local_tell(l, &l->client[i], b);
    buf_clear(b);
}

void local_tell_header(struct local *l, struct local_client *c) {
    struct buf b;
    struct jw w;
    local_begin(&b, &w, "header");
    jw_kstr(&w, "mode", l->mode);
    if (l->header_known) {
        jw_kbool(&w, "paused", l->paused);
        jw_kbool(&w, "cautious", l->cautious);
        jw_kbool(&w, "suspended", l->suspended);
    }
    local_end(l, c, &b, &w);
}

/* Every message names its mode: the page's header follows. */
static void learn_mode(struct local *l, const struct doc *d) {
    if (!d->mode || !*d->mode || !strcmp(l->mode, d->mode)) return;
    str_copy(l->mode, sizeof l->mode, d->mode);
    local_tell_header(l, NULL);
}

/* ---- channels ---- */

int local_channel_of(const char *name) {
    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (!strcmp(name, channel_name((enum channel)c))) return c;
    return CHANNEL_ADMIN;
}

static void tell_message(struct local *l, int channel, const char *t, const char *json) {
    struct buf b;
    struct jw w;
    local_begin(&b, &w, t);
    jw_kstr(&w, "channel", channel_name((enum channel)channel));
    jw_key(&w, "item");
    jw_raw(&w, json);
    local_end(l, NULL, &b, &w);
}

/* An edit without a file leaves the one that is there. */
void local_take_file(struct local *l, struct local_message *m, uint64_t row, const struct doc *d) {
    if (!row || !d->file.n) return;
    m->file_id = row;
    m->file = d->file;
    m->file.bytes = NULL;
    local_files_put(&l->files, row, &d->file);
}

static void message(struct local *l, const struct delivery *d) {
    int c = local_channel_of(d->channel);
    uint64_t last = d->last_id > d->id ? d->last_id : d->id;
    struct local_message m = {.id = d->id, .version = last, .at_ms = now_ms(), .urgency = d->urgency};
    str_copy(m.event, sizeof m.event, d->event_id);
    local_take_file(l, &m, d->id, d->doc);
    local_item_json(&m, d->doc);
    local_ring_put(&l->ring[c], &m);
    tell_message(l, c, "message", m.json);
}

/* A message that memory does not hold any more may still stand in a page: whoever has it changes it, and a page that is
 * away now must know that it missed something. */
static void edit(struct local *l, const struct delivery *d) {
    int c = local_channel_of(d->channel);
    struct local_ring *r = &l->ring[c];
    uint64_t id = strtoull(d->message_ref, NULL, 10);
    struct local_message *old = id ? local_ring_find(r, id) : NULL;
    struct local_message m = {.id = id, .at_ms = now_ms(), .urgency = d->urgency};
    if (!id) { /* nobody knows what it means: it is told for itself */
        message(l, d);
        return;
    }
    if (old) m = *old;
    local_take_file(l, &m, d->id, d->doc);
    m.version = d->id;
    m.edited_ms = now_ms();
    local_item_json(&m, d->doc);
    tell_message(l, c, "edit", m.json);
    if (old) {
        local_ring_put(r, &m); /* frees the old text */
        return;
    }
    if (m.version > r->last) r->last = m.version;
    if (m.version > r->missed) r->missed = m.version;
    free(m.json);
}

/* ---- answers ---- */

void local_put_turn(struct jw *w, const struct local_turn *t) {
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
        if (t->expires.ns != WHEN_NONE.ns) { /* by our clock: the browser's may be wrong */
            int64_t left = when_ms_between(clock_wall(), t->expires);
            jw_ki64(w, "left", left > 0 ? left : 0);
        }
        jw_key(w, "item");
        jw_raw(w, t->text);
        break;
    }
    jw_end_obj(w);
}

void local_tell_turn(struct local *l, struct local_client *c, const struct local_turn *t) {
    struct buf b;
    struct jw w;
    local_begin(&b, &w, "turn");
    jw_key(&w, "turn");
    local_put_turn(&w, t);
    local_end(l, c, &b, &w);
}

static void turn_text(struct local_turn *t, char *text, size_t len) {
    t->text = text;
    t->len = len;
}

bool local_turns_of(struct local *l, const struct local_answer *a, struct local_turn *asked,
                    struct local_turn *answer) {
    const char *text;
    struct local_message m = {.id = a->id, .version = a->id, .at_ms = a->at_ms, .urgency = a->urgency};
    *answer = (struct local_turn){.kind = LOCAL_ANSWER, .id = a->id, .at_ms = a->at_ms, .expires = a->doc->expires};
    if (!local_address_read(a->address, answer->session, &answer->req, &text)) return false;
    local_take_file(l, &m, a->file_row, a->doc);
    local_item_json(&m, a->doc);
    turn_text(answer, m.json, m.len);
    *asked = *answer;
    asked->kind = *text == '/' ? LOCAL_QUESTION : LOCAL_CLICK;
    turn_text(asked, *text ? xstrdup(text) : NULL, strlen(text));
    return true;
}

static void reply(struct local *l, const struct delivery *d) {
    struct local_turn asked, answer;
    const struct local_answer a = {
        .id = d->id, .file_row = d->id, .urgency = d->urgency, .address = d->address, .at_ms = now_ms(), .doc = d->doc};
    if (local_talk_answer(&l->talk, d->id)) return; /* told before */
    if (!local_turns_of(l, &a, &asked, &answer)) {
        message(l, d); /* of an older form: it is read in #admin */
        return;
    }
    if (asked.text && !local_talk_asked(&l->talk, asked.session, asked.req)) {
        local_tell_turn(l, NULL, &asked);
        local_talk_add(&l->talk, &asked);
    } else {
        free(asked.text);
    }
    local_tell_turn(l, NULL, &answer);
    local_talk_add(&l->talk, &answer);
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

/* Begins a message about a request; false: of a strange address. */
static bool begin_for(const char *address, char session[LOCAL_SESSION_MAX], const char *t, struct buf *b,
                      struct jw *w) {
    uint64_t req;
    if (!local_address_read(address, session, &req, NULL)) return false;
    local_begin(b, w, t);
    jw_kstr(w, "session", session);
    jw_ki64(w, "req", (int64_t)req);
    return true;
}

void local_defer(void *state, const char *address, bool is_private) {
    char session[LOCAL_SESSION_MAX];
    struct buf b;
    struct jw w;
    (void)is_private;
    if (begin_for(address, session, "defer", &b, &w)) end_for(state, session, &b, &w);
}

void local_choices(void *state, const char *address, const struct choice *c, uint32_t n) {
    char session[LOCAL_SESSION_MAX];
    struct buf b;
    struct jw w;
    if (!begin_for(address, session, "choices", &b, &w)) return;
    jw_key(&w, "items");
    jw_arr(&w);
    for (uint32_t i = 0; i < n && i < COMMAND_CHOICES_MAX; i++) {
        jw_obj(&w);
        jw_kstr(&w, "value", c[i].value);
        jw_kstr(&w, "label", c[i].label);
        jw_end_obj(&w);
    }
    jw_end_arr(&w);
    end_for(state, session, &b, &w);
}
