/*
 * outbox_load: rows that come from the store: all of them at a start, and while a backlog
 * is larger than OUTBOX_PENDING_MAX, what memory had no room for, in order.
 */
#include <stdlib.h>
#include <string.h>

#include "bot/outbox_priv.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

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
    i->created = r->created;
    i->attempted = r->attempted;
    i->uncertain = r->state == OUTBOX_ATTEMPT; /* began, and nobody knows how it ended */
    str_copy(i->key, sizeof i->key, r->key);
    i->address = *r->address ? xstrdup(r->address) : NULL;
    i->doc = xstrdup(r->doc);
    i->file_bytes = r->file_bytes;
    b->platforms[p].file_bytes += i->file_bytes;
    lane_append(b, lane_of(b, p, r->kind, channel), i);
}

/* ---- a backlog larger than memory ---- */

/* Rows come by id. Answers are in memory already, and so is all that lies below spilled_from. */
static void spill_row(void *arg, const struct outbox_row *r) {
    struct outbox *b = arg;
    enum platform p;
    if (r->kind == OUTBOX_REPLY || r->id > b->reload_upto || !platform_parse(r->platform, &p)) return;
    struct platform_state *ps = &b->platforms[p];
    if (!ps->reloading || ps->reload_full || r->id < ps->spilled_from) return;
    ps->reload_full = ps->pending >= OUTBOX_PENDING_MAX;
    ps->spilled_from = ps->reload_full ? r->id : r->id + 1;
    if (!ps->reload_full) load_row(b, r);
}

static void spill_loaded(void *arg, const struct err *failed) {
    struct outbox *b = arg;
    b->reloading = false;
    if (failed) log_error("outbox", "the backlog cannot be read again: %s", failed->text[LANG_EN]);
    for (int p = 0; p < PLATFORM_COUNT; p++) {
        struct platform_state *ps = &b->platforms[p];
        bool all = ps->reloading && !ps->reload_full && !failed;
        ps->reloading = false;
        if (!all) continue;
        if (ps->spilled_from <= b->reload_upto) ps->spilled_from = b->reload_upto + 1;
        if (ps->spilled_from > ps->spilled_last) ps->spilled_from = ps->spilled_last = 0;
    }
    if (!failed)
        outbox_ask_pump(b); /* else with the next thing that happens: a store that fails is not asked in a circle */
}

void outbox_reload(struct outbox *b) {
    bool wanted = false;
    if (b->reloading) return;
    for (int p = 0; p < PLATFORM_COUNT; p++) {
        struct platform_state *ps = &b->platforms[p];
        ps->reloading =
            ps->spilled_from && ps->spilled_from <= b->committed_id && ps->pending <= OUTBOX_PENDING_MAX / 2;
        ps->reload_full = false;
        wanted |= ps->reloading;
    }
    if (!wanted) return;
    b->reloading = true;
    b->reload_upto = b->committed_id;
    store_load_outbox(b->o.store, spill_row, spill_loaded, b);
}

/* ---- a start ---- */

static void recover_row(struct outbox *b, const struct outbox_row *r) {
    enum platform p;
    if (!platform_parse(r->platform, &p)) return;
    struct platform_state *ps = &b->platforms[p];
    if (r->kind != OUTBOX_REPLY && (ps->spilled_from || ps->pending >= OUTBOX_PENDING_MAX)) {
        if (!ps->spilled_from) ps->spilled_from = r->id;
        ps->spilled_last = r->id;
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
