/*
 * local_show: all that a page needs when it comes (who it talks to, the commands, what it
 * missed of each channel and of the conversation), and older messages when it asks. What
 * memory does not hold is read through the reader that the app has set; a page that went
 * away meanwhile is forgotten, never waited for.
 */
#include <stdlib.h>
#include <string.h>

#include "bot/args.h"
#include "bot/chat/local_priv.h"
#include "bot/router.h"
#include "engine/base/mem.h"

/* ---- what was shown before this start ---- */

static void message_of(struct local *l, const struct history_row *h, struct local_message *m, const struct doc *d) {
    const struct outbox_row *r = &h->row;
    *m = (struct local_message){.id = r->id,
                                .version = h->edit ? h->edit : r->id,
                                .at_ms = r->created.ns / NS_PER_MS,
                                .edited_ms = h->edit ? h->edited.ns / NS_PER_MS : 0,
                                .urgency = r->urgency};
    str_copy(m->event, sizeof m->event, r->event_id);
    local_take_file(l, m, h->file_row, d);
    local_item_json(m, d);
}

/* The question, where it is known, and the answer. */
static uint32_t turns_of(struct local *l, const struct history_row *h, const struct doc *d, struct local_turn turn[2]) {
    const struct local_answer a = {.id = h->row.id,
                                   .file_row = h->file_row,
                                   .urgency = h->row.urgency,
                                   .address = h->row.address,
                                   .at_ms = h->row.created.ns / NS_PER_MS,
                                   .doc = d};
    if (!local_turns_of(l, &a, &turn[0], &turn[1])) return 0;
    if (turn[0].text) return 2;
    turn[0] = turn[1];
    return 1;
}

void local_history(void *state, const struct history_row *row, const struct doc *d) {
    struct local *l = state;
    if (row->row.kind == OUTBOX_REPLY) {
        struct local_turn turn[2];
        uint32_t n = turns_of(l, row, d, turn);
        for (uint32_t i = 0; i < n; i++) local_talk_add(&l->talk, &turn[i]);
        return;
    }
    struct local_message m;
    message_of(l, row, &m, d);
    local_ring_put(&l->ring[local_channel_of(row->row.channel)], &m);
}

void local_history_file(void *state, uint64_t row, const struct doc_file *f) {
    local_files_put(&((struct local *)state)->files, row, f);
}

void local_history_end(void *state, const char *channel, bool older) {
    struct local *l = state;
    if (!older) return;
    if (!*channel) {
        l->talk.older = true;
        return;
    }
    /* What an earlier program told of messages that are not in memory is not known: a page that has not seen all begins anew. */
    struct local_ring *r = &l->ring[local_channel_of(channel)];
    r->older = true;
    r->missed = r->last;
}

/* ---- hello: the table of commands ---- */

static void put_both(struct jw *w, const char *key, const char *const text[LANG_COUNT]) {
    jw_key(w, key);
    jw_obj(w);
    for (int i = 0; i < LANG_COUNT; i++) jw_kstr(w, lang_tag((enum lang)i), text[i] ? text[i] : "");
    jw_end_obj(w);
}

static void put_arg(struct jw *w, const struct arg_spec *a) {
    jw_obj(w);
    put_both(w, "name", a->name);
    put_both(w, "summary", a->summary);
    jw_kbool(w, "rest", args_takes_rest(a));
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
    local_begin(&b, &w, "hello");
    jw_id(&w, "epoch", l->epoch);
    jw_kstr(&w, "lang", lang_tag(c->lang));
    jw_ki64(&w, "confirm_s", ROUTER_CONFIRM_S);
    jw_key(&w, "channels");
    jw_arr(&w);
    for (int i = 0; i < CHANNEL_COUNT; i++) jw_str(&w, channel_name((enum channel)i));
    jw_end_arr(&w);
    put_commands(&w);
    local_end(l, c, &b, &w);
}

/* ---- what was missed ---- */

static bool holds_all_since(const struct local_ring *r, uint64_t seen) {
    return seen && seen >= r->missed && seen <= r->last;
}

static void tell_ring(struct local *l, struct local_client *c, int channel, uint64_t seen) {
    struct local_ring *r = &l->ring[channel];
    struct buf b;
    struct jw w;
    bool resume = holds_all_since(r, seen);
    uint32_t from = !resume && r->n > LOCAL_PAGE ? r->n - LOCAL_PAGE : 0;
    local_begin(&b, &w, "history");
    jw_kstr(&w, "channel", channel_name((enum channel)channel));
    jw_kbool(&w, "reset", !resume);
    jw_kbool(&w, "older", r->older || from);
    jw_key(&w, "items");
    jw_arr(&w);
    for (uint32_t i = from; i < r->n; i++) {
        const struct local_message *m = local_ring_at(r, i);
        if (!resume || m->version > seen) jw_raw(&w, m->json);
    }
    jw_end_arr(&w);
    local_end(l, c, &b, &w);
}

static void tell_talk(struct local *l, struct local_client *c, uint64_t seen) {
    struct buf b;
    struct jw w;
    uint32_t from = 0;
    for (uint32_t i = 0; seen && i < l->talk.n; i++) {
        const struct local_turn *t = local_talk_at(&l->talk, i);
        if (t->kind == LOCAL_ANSWER && t->id == seen) from = i + 1;
    }
    local_begin(&b, &w, "talk");
    jw_kbool(&w, "reset", !from);
    jw_kbool(&w, "older", l->talk.older);
    jw_key(&w, "turns");
    jw_arr(&w);
    for (uint32_t i = from; i < l->talk.n; i++) local_put_turn(&w, local_talk_at(&l->talk, i));
    jw_end_arr(&w);
    local_end(l, c, &b, &w);
}

void local_welcome(struct local *l, struct local_client *c, const struct local_seen *seen) {
    tell_hello(l, c);
    local_tell_header(l, c);
    for (int i = 0; i < CHANNEL_COUNT; i++) tell_ring(l, c, i, seen->channel[i]);
    tell_talk(l, c, seen->talk); /* the last one: then the page has all */
}

/* ---- older ones ---- */

void local_set_reader(void *state, local_reader_fn fn, void *arg) {
    struct local *l = state;
    l->read = fn;
    l->read_arg = arg;
}

void local_older_drop(struct local_client *c) {
    if (!c->older) return;
    for (uint32_t i = 0; i < c->older->n; i++) free(c->older->item[i]);
    free(c->older);
    c->older = NULL;
}

bool local_older_ask(struct local *l, struct local_client *c, uint64_t req, int channel, uint64_t before) {
    if (c->older) return false;
    c->older = xcalloc(1, sizeof *c->older);
    *c->older = (struct local_older){.ticket = ++l->last_ticket, .req = req, .channel = channel};
    if (l->read)
        l->read(l->read_arg, l->last_ticket, channel < CHANNEL_COUNT ? channel_name((enum channel)channel) : "",
                before);
    else
        local_older_end(l, l->last_ticket, false);
    return true;
}

static struct local_client *asker(struct local *l, uint64_t ticket) {
    for (int i = 0; i < WEB_CLIENTS_MAX; i++)
        if (l->client[i].older && l->client[i].older->ticket == ticket) return &l->client[i];
    return NULL;
}

static char *turns_json(struct local *l, const struct history_row *row, const struct doc *d, size_t *len) {
    struct local_turn turn[2];
    struct buf b;
    struct jw w;
    uint32_t n = turns_of(l, row, d, turn);
    buf_init(&b, LOCAL_JSON_MAX);
    jw_init(&w, &b);
    jw_arr(&w);
    for (uint32_t i = 0; i < n; i++) {
        local_put_turn(&w, &turn[i]);
        free(turn[i].text);
    }
    jw_end_arr(&w);
    *len = b.len;
    return buf_detach(&b);
}

/* Files of what is older are not read again: they are offered while memory holds them. */
void local_older_row(void *state, uint64_t ticket, const struct history_row *row, const struct doc *d) {
    struct local *l = state;
    struct local_client *c = asker(l, ticket);
    struct local_older *o = c ? c->older : NULL;
    struct history_row shown = *row;
    if (!o || o->n == LOCAL_PAGE) return;
    if (!local_files_has(&l->files, row->file_row)) shown.file_row = 0;
    if (o->channel < CHANNEL_COUNT) {
        struct local_message m;
        message_of(l, &shown, &m, d);
        o->item[o->n] = m.json;
        o->len[o->n] = m.len;
    } else {
        o->item[o->n] = turns_json(l, &shown, d, &o->len[o->n]);
    }
    o->n++;
}

void local_older_end(void *state, uint64_t ticket, bool failed) {
    struct local *l = state;
    struct local_client *c = asker(l, ticket);
    struct buf b;
    struct jw w;
    if (!c) return;
    struct local_older *o = c->older;
    uint32_t from = o->n;
    size_t bytes = 0;
    while (from > 0 && (from == o->n || bytes + o->len[from - 1] <= LOCAL_OLDER_BYTES)) bytes += o->len[--from];
    local_begin(&b, &w, "older");
    jw_kstr(&w, "session", c->session);
    jw_ki64(&w, "req", (int64_t)o->req);
    jw_kbool(&w, "failed", failed);
    jw_kbool(&w, "older", failed || from || o->n == LOCAL_PAGE);
    jw_key(&w, o->channel < CHANNEL_COUNT ? "items" : "turns");
    jw_arr(&w);
    for (uint32_t i = from; i < o->n && !failed; i++) jw_raw(&w, o->item[i]);
    jw_end_arr(&w);
    local_older_drop(c);
    local_end(l, c, &b, &w);
}
