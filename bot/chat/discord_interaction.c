/*
 * discord_interaction: the way an answer takes back to an interaction. Owns the table of
 * how recent interactions stand. One request an attempt: 40060 and 10062 change how the
 * interaction stands and the outbox tries again at once, so nothing is kept in between.
 *
 * An answer tried twice is harmless: the second callback is refused (40060), and what
 * follows edits the first answer to the same text.
 */
#include "bot/chat/discord_interaction.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/render.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define BODY_MAX (64u << 10)
#define AT_ONCE_MS 1
#define FRESH_MS 2000 /* an interaction that is younger is surely still open, and was not heard before a restart */
#define DEFERRING_RETRY_MS 200 /* the deferral is under way: its answer decides */

enum stage {
    STAGE_FRESH,     /* nothing was said yet, as far as we know */
    STAGE_DEFERRING, /* the deferral is under way */
    STAGE_DEFERRED,  /* type 5: "thinking…" stands there */
    STAGE_UPDATING,  /* type 6: the clicked message waits for its replacement */
    STAGE_ANSWERED,  /* Discord says so (40060): edit what is there */
    STAGE_REMOVED,   /* a public deferral was taken back: the private answer follows it */
    STAGE_LATE       /* the token is no good any more */
};

struct entry {
    uint64_t id;
    int64_t seen_ms; /* monotonic */
    enum stage stage;
    bool deferred_private;
    bool defer_tried; /* for a file */
    bool fresh;       /* heard from the gateway within FRESH_MS of its making, and nothing said to it yet */
};

struct interactions {
    struct interactions_options o;
    struct entry entries[INTERACTIONS_MAX];
    uint32_t next;
};

struct answer { /* one request under way; freed by its callback */
    struct interactions *owner;
    uint64_t outbox_id, interaction;
    enum way { WAY_CALLBACK, WAY_EDIT, WAY_REMOVE, WAY_FOLLOW_UP, WAY_DEFER } way;
    enum stage then; /* WAY_DEFER: how it stands afterwards */
    bool file;       /* it carries one */
    bool first;      /* nothing of ours can have been there before */
};

struct interactions *interactions_new(const struct interactions_options *o) {
    struct interactions *s = xcalloc(1, sizeof *s);
    s->o = *o;
    return s;
}

void interactions_free(struct interactions *s) {
    free(s);
}

/* From the newest on: that is the one which is asked for. */
static struct entry *entry_find(struct interactions *s, uint64_t id) {
    for (uint32_t i = 1; i <= INTERACTIONS_MAX; i++) {
        struct entry *e = &s->entries[(s->next + INTERACTIONS_MAX - i) % INTERACTIONS_MAX];
        if (e->id == id) return e;
    }
    return NULL;
}

static int64_t age_ms(uint64_t id) {
    return when_ms_between(when_add_ms((when_t){0}, (int64_t)snowflake_ms(id)), clock_wall());
}

static struct entry *entry_take(struct interactions *s, uint64_t id) {
    struct entry *e = entry_find(s, id);
    if (e) return e;
    e = &s->entries[s->next];
    s->next = (s->next + 1) % INTERACTIONS_MAX;
    int64_t age = age_ms(id);
    *e = (struct entry){.id = id, .seen_ms = clock_mono_ms() - (age > 0 ? age : 0)};
    return e;
}

/* Heard from the gateway: its age counts from now, whatever this machine's clock says. */
void interactions_seen(struct interactions *s, uint64_t id) {
    if (entry_find(s, id)) return; /* heard twice: the first time counts */
    struct entry *e = entry_take(s, id);
    e->seen_ms = clock_mono_ms();
    e->fresh = age_ms(id) < FRESH_MS;
}

/* ---- requests ---- */

static void on_answer(void *arg, const struct rest_answer *a);

static void request(struct interactions *s, const struct interaction_address *to, const struct answer *what,
                    const struct buf *body, const struct doc_file *file) {
    char path[REST_PATH_MAX];
    static const char *const methods[] = {"POST", "PATCH", "DELETE", "POST", "POST"};
    static const char *const routes[] = {"interaction.callback", "interaction.edit", "interaction.remove",
                                         "interaction.follow", "interaction.defer"};
    if (what->way == WAY_CALLBACK || what->way == WAY_DEFER)
        snprintf(path, sizeof path, "/interactions/%llu/%s/callback", (unsigned long long)to->id, to->token);
    else
        snprintf(path, sizeof path, "/webhooks/%s/%s%s", to->app, to->token,
                 what->way == WAY_FOLLOW_UP ? "" : "/messages/@original");
    struct answer *a = xmalloc(sizeof *a);
    struct entry *e = entry_find(s, to->id);
    *a = *what;
    if (e) {
        a->first = what->first && e->fresh;
        e->fresh = false;
    }
    struct rest_request q = {.method = methods[what->way],
                             .path = path,
                             .route = routes[what->way],
                             .lane = REST_INTERACTION,
                             .body = body ? body->p : NULL,
                             .body_len = body ? body->len : 0,
                             .file = file,
                             .timeout_ms = INTERACTION_TIMEOUT_MS};
    rest_send(s->o.rest, &q, on_answer, a);
}

static enum way way_of(const struct entry *e, const struct interaction_address *to, bool is_private) {
    switch (e->stage) {
    case STAGE_FRESH: return WAY_CALLBACK;
    case STAGE_DEFERRED: return is_private && !e->deferred_private ? WAY_REMOVE : WAY_EDIT;
    case STAGE_UPDATING: return is_private && to->kind == INTERACTION_ANSWER ? WAY_FOLLOW_UP : WAY_EDIT;
    case STAGE_REMOVED: return WAY_FOLLOW_UP;
    case STAGE_ANSWERED:
    case STAGE_DEFERRING:
    case STAGE_LATE: break;
    }
    return WAY_EDIT;
}

static bool takes_its_place(const struct interaction_address *to, bool is_private) {
    return to->kind == INTERACTION_OWN || (to->kind == INTERACTION_ANSWER && !is_private);
}

static void write_answer(const struct delivery *d, const struct interaction_address *to, enum way way,
                         struct buf *body) {
    struct jw w;
    bool replaces = takes_its_place(to, d->doc->is_private);
    struct discord_render o = {.mention = "", .ephemeral = d->doc->is_private && way != WAY_EDIT && !replaces};
    jw_init(&w, body);
    jw_obj(&w);
    if (way == WAY_CALLBACK) {
        jw_ki64(&w, "type", replaces ? 7 : 4);
        jw_key(&w, "data");
        jw_obj(&w);
    }
    render_discord(d->doc, &o, &w);
    if (way == WAY_CALLBACK) jw_end_obj(&w);
    jw_end_obj(&w);
}

static void report(struct interactions *s, uint64_t id, enum outcome outcome, int64_t retry_ms, const struct err *err) {
    struct delivery_result r = {.outcome = outcome, .retry_ms = retry_ms};
    if (err) r.err = *err;
    s->o.delivered(s->o.arg, id, &r);
}

static bool is_late(const struct entry *e) {
    return e->stage == STAGE_LATE || clock_mono_ms() - e->seen_ms > INTERACTION_LIFE_MS;
}

bool interactions_reply(struct interactions *s, const struct delivery *d) {
    struct interaction_address to;
    struct buf body;
    if (!interaction_address_read(d->address, &to)) return false;
    struct entry *e = entry_take(s, to.id);
    if (is_late(e)) {
        s->o.late(s->o.arg, d, &to);
        return true;
    }
    /* Three seconds may be too few for a file: the answer is deferred, and takes the deferral's place. */
    if (e->stage == STAGE_FRESH && d->doc->file.n && !e->defer_tried) {
        e->defer_tried = true;
        interactions_defer(s, d->address, d->doc->is_private);
    }
    if (e->stage == STAGE_DEFERRING) {
        s->o.later(s->o.arg, d->id,
                   &(struct delivery_result){.outcome = OUTCOME_RETRY, .retry_ms = DEFERRING_RETRY_MS});
        return true;
    }
    struct answer what = {.owner = s,
                          .outbox_id = d->id,
                          .interaction = to.id,
                          .way = way_of(e, &to, d->doc->is_private),
                          .file = d->doc->file.n > 0,
                          .first = d->attempt <= 1 && !d->possible_repeat};
    if (what.way == WAY_REMOVE) {
        request(s, &to, &what, NULL, NULL);
        return true;
    }
    buf_init(&body, BODY_MAX);
    write_answer(d, &to, what.way, &body);
    request(s, &to, &what, &body, &d->doc->file);
    buf_clear(&body);
    return true;
}

void interactions_defer(struct interactions *s, const char *address, bool is_private) {
    struct interaction_address to;
    struct buf body;
    struct jw w;
    if (!interaction_address_read(address, &to) || to.kind == INTERACTION_COMPLETE) return;
    struct entry *e = entry_take(s, to.id);
    if (e->stage != STAGE_FRESH || is_late(e)) return;
    bool update = takes_its_place(&to, is_private);
    buf_init(&body, 256);
    jw_init(&w, &body);
    jw_obj(&w);
    jw_ki64(&w, "type", update ? 6 : 5);
    if (!update && is_private) {
        jw_key(&w, "data");
        jw_obj(&w);
        jw_ki64(&w, "flags", 64);
        jw_end_obj(&w);
    }
    jw_end_obj(&w);
    e->stage = STAGE_DEFERRING;
    e->deferred_private = is_private;
    struct answer what = {
        .owner = s, .interaction = to.id, .way = WAY_DEFER, .then = update ? STAGE_UPDATING : STAGE_DEFERRED};
    what.first = true;
    request(s, &to, &what, &body, NULL);
    buf_clear(&body);
}

static void choices_done(void *arg, const struct rest_answer *a) {
    (void)arg;
    if (a->end != REST_OK) log_debug("discord", "suggestions were not taken: %d", a->status);
}

void interactions_choices(struct interactions *s, const char *address, const struct choice *c, uint32_t n) {
    struct interaction_address to;
    struct buf body;
    struct jw w;
    char path[REST_PATH_MAX];
    if (!interaction_address_read(address, &to)) return;
    buf_init(&body, BODY_MAX);
    jw_init(&w, &body);
    jw_obj(&w);
    jw_ki64(&w, "type", 8);
    jw_key(&w, "data");
    jw_obj(&w);
    jw_key(&w, "choices");
    jw_arr(&w);
    for (uint32_t i = 0; i < n && i < COMMAND_CHOICES_MAX; i++) {
        if (!*c[i].label || !*c[i].value) continue;
        jw_obj(&w);
        jw_kstr(&w, "name", c[i].label);
        jw_kstr(&w, "value", c[i].value);
        jw_end_obj(&w);
    }
    jw_end_arr(&w);
    jw_end_obj(&w);
    jw_end_obj(&w);
    snprintf(path, sizeof path, "/interactions/%llu/%s/callback", (unsigned long long)to.id, to.token);
    rest_send(s->o.rest,
              &(struct rest_request){.method = "POST",
                                     .path = path,
                                     .route = "interaction.choices",
                                     .lane = REST_INTERACTION,
                                     .body = body.p,
                                     .body_len = body.len,
                                     .timeout_ms = INTERACTION_TIMEOUT_MS},
              choices_done, NULL);
    buf_clear(&body);
}

/* ---- what Discord says ---- */

static bool token_is_dead(const struct rest_answer *a, enum way way) {
    if (a->end != REST_DENIED) return false;
    if (a->code == DISCORD_UNKNOWN_INTERACTION || a->code == DISCORD_BAD_WEBHOOK_TOKEN ||
        a->code == DISCORD_UNKNOWN_WEBHOOK)
        return true;
    if (a->status == 401) return true;
    return way != WAY_CALLBACK && way != WAY_DEFER && a->status == 404; /* no answer to edit, and none can be made */
}

static void look_for_rival(struct interactions *s, const struct entry *e, const struct answer *what,
                           const struct rest_answer *a) {
    if (!e || !what->first || a->end != REST_DENIED) return;
    if (a->code == DISCORD_ACKNOWLEDGED) s->o.rival(s->o.arg, RIVAL_ANSWERED);
    /* What counts is how long it took until Discord had it, and that is less than until now. */
    if (a->code == DISCORD_UNKNOWN_INTERACTION && clock_mono_ms() - e->seen_ms < FRESH_MS && age_ms(e->id) < FRESH_MS)
        s->o.rival(s->o.arg, RIVAL_GONE);
}

static void deferral_ended(struct entry *e, const struct answer *what, const struct rest_answer *a) {
    if (!e || e->stage != STAGE_DEFERRING) return;
    if (a->end == REST_OK)
        e->stage = what->then;
    else if (a->code == DISCORD_ACKNOWLEDGED)
        e->stage = STAGE_ANSWERED;
    else if (token_is_dead(a, WAY_DEFER))
        e->stage = STAGE_LATE;
    else
        e->stage = STAGE_FRESH; /* unclear: the answer itself will find out */
}

/* The answer's end, where it is one. RETRY at once: the entry has changed, another way will be taken. */
static void answer_ended(struct interactions *s, struct entry *e, const struct answer *what,
                         const struct rest_answer *a) {
    struct err why;
    if (a->end == REST_OK && what->way == WAY_REMOVE) {
        e->stage = STAGE_REMOVED;
        report(s, what->outbox_id, OUTCOME_RETRY, AT_ONCE_MS, NULL);
    } else if (a->end == REST_OK) {
        e->stage = STAGE_ANSWERED;
        report(s, what->outbox_id, OUTCOME_DELIVERED, 0, NULL);
    } else if (a->end == REST_DENIED && a->code == DISCORD_ACKNOWLEDGED) {
        e->stage = STAGE_ANSWERED;
        report(s, what->outbox_id, OUTCOME_RETRY, AT_ONCE_MS, NULL);
    } else if (token_is_dead(a, what->way)) {
        e->stage = STAGE_LATE;
        report(s, what->outbox_id, OUTCOME_RETRY, AT_ONCE_MS, NULL);
    } else if (what->file && rest_refuses_file(a, &why)) {
        report(s, what->outbox_id, OUTCOME_FILE_REFUSED, 0, &why);
    } else if (a->end == REST_DENIED) {
        report(s, what->outbox_id, OUTCOME_REFUSED, 0, &a->err);
    } else if (a->end == REST_MAYBE) {
        report(s, what->outbox_id, OUTCOME_AMBIGUOUS, 0, &a->err);
    } else if (a->end == REST_STOPPED) {
        report(s, what->outbox_id, OUTCOME_DOWN, 0, &a->err);
    } else {
        report(s, what->outbox_id, OUTCOME_RETRY, a->retry_ms, &a->err);
    }
}

static void on_answer(void *arg, const struct rest_answer *a) {
    struct answer what = *(struct answer *)arg;
    struct interactions *s = what.owner;
    free(arg);
    look_for_rival(s, entry_find(s, what.interaction), &what, a);
    if (what.way == WAY_DEFER)
        deferral_ended(entry_find(s, what.interaction), &what, a);
    else
        answer_ended(s, entry_take(s, what.interaction), &what, a);
}
