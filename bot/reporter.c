/*
 * reporter: one pass over the effects of an event, per language in use. Owns the arena
 * the documents are built in; the outbox serialises them at once.
 */
#include "bot/reporter.h"

#include <stdio.h>
#include <stdlib.h>

#include "bot/render.h"
#include "engine/base/mem.h"

#define REPORTER_ARENA (16u << 20)
#define TERMINAL_WIDTH 100

struct reporter {
    struct reporter_options o;
    const struct engine *engine;
    struct arena *arena;
};

struct reporter *reporter_new(const struct reporter_options *o) {
    struct reporter *r = xcalloc(1, sizeof *r);
    r->o = *o;
    r->arena = arena_new(REPORTER_ARENA);
    return r;
}

void reporter_free(struct reporter *r) {
    if (!r) return;
    arena_free(r->arena);
    free(r);
}

void reporter_engine(struct reporter *r, const struct engine *e) {
    r->engine = e;
}
void reporter_lang(struct reporter *r, enum platform p, enum lang lang) {
    r->o.lang[p] = lang;
}

static const char *const channel_colours[CHANNEL_COUNT] = {"\033[32m", "\033[31m", "\033[36m", "\033[35m", "\033[33m"};

static void print(const struct message *m) {
    struct buf b;
    if (m->is_edit) return;
    buf_init(&b, 1u << 16);
    render_plain(m->doc, true, TERMINAL_WIDTH, &b);
    printf("%s#%s\033[0m %s\n", channel_colours[m->channel], channel_name(m->channel), b.len ? b.p : "");
    buf_clear(&b);
}

static void hand_out(struct reporter *r, enum platform p, const struct message *m) {
    if (m->is_edit) {
        outbox_edit(r->o.outbox, p, m->channel, m->key, m->doc);
        return;
    }
    struct outbox_message out = {.platform = p,
                                 .channel = m->channel,
                                 .urgency = m->urgency,
                                 .critical = m->critical,
                                 .key = m->key,
                                 .doc = m->doc};
    outbox_message(r->o.outbox, &out);
}

/* Builds in one language and gives the result to everybody who reads it. */
static void say_in(struct reporter *r, enum lang lang, int not_there, reporter_build_fn build, const void *arg) {
    struct message out[MESSAGES_MAX];
    struct message_ctx ctx = {
        .lang = lang, .zone = r->o.zone, .engine = r->engine, .mode = r->o.mode, .now = clock_wall()};
    bool reads[PLATFORM_COUNT];
    bool wanted = r->o.terminal && r->o.terminal_lang == lang;
    for (int p = 0; p < PLATFORM_COUNT; p++) {
        reads[p] = r->o.use[p] && r->o.lang[p] == lang && p != not_there;
        wanted = wanted || reads[p];
    }
    if (!wanted) return;
    uint32_t n = build(arg, &ctx, r->arena, out);
    for (uint32_t i = 0; i < n; i++) {
        for (int p = 0; p < PLATFORM_COUNT; p++)
            if (reads[p]) hand_out(r, (enum platform)p, &out[i]);
        if (r->o.terminal && r->o.terminal_lang == lang) print(&out[i]);
    }
    arena_reset(r->arena);
}

void reporter_say(struct reporter *r, reporter_build_fn build, const void *arg) {
    for (int lang = 0; lang < LANG_COUNT; lang++) say_in(r, (enum lang)lang, PLATFORM_COUNT, build, arg);
}

void reporter_say_elsewhere(struct reporter *r, enum platform not_there, reporter_build_fn build, const void *arg) {
    for (int lang = 0; lang < LANG_COUNT; lang++) say_in(r, (enum lang)lang, (int)not_there, build, arg);
}

struct told {
    const struct event *event;
    const struct effect *effect;
};

static uint32_t build_effect(const void *arg, const struct message_ctx *ctx, struct arena *a,
                             struct message out[MESSAGES_MAX]) {
    const struct told *t = arg;
    return messages_for(t->event, t->effect, ctx, a, out);
}

void reporter_effects(void *arg, const struct event *ev, const struct effects *f) {
    struct reporter *r = arg;
    for (uint32_t i = 0; i < f->n; i++) reporter_say(r, build_effect, &(struct told){ev, &f->item[i]});
}
