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
    i->attempted = r->attempted;
    i->uncertain = r->state == OUTBOX_ATTEMPT; /* began, and nobody knows how it ended */
    str_copy(i->key, sizeof i->key, r->key);
    i->address = *r->address ? xstrdup(r->address) : NULL;
    i->doc = xstrdup(r->doc);
    lane_append(b, lane_of(b, p, r->kind, channel), i);
}

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
    outbox_ask_pump(b);
}

/* What lies only in the store comes back when there is room. */
void outbox_reload(struct outbox *b) {
    if (!b->spilled_from || b->reloading || b->pending > OUTBOX_PENDING_MAX / 2) return;
    b->reloading = true;
    b->reload_full = false;
    store_load_outbox(b->o.store, spill_row, spill_loaded, b);
}

/* ---- a start ---- */

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
