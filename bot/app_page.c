/*
 * app_page: what the local page shows beside its messages: those of earlier runs, the state
 * of the engine in its header, and the language of its reader.
 */
#include <string.h>

#include "bot/app_priv.h"
#include "bot/chat/local.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define ARENA_MAX (1u << 20) /* one document and what reading it takes */

struct history {
    void *page;
    struct arena *arena;
    struct doc_file file[LOCAL_FILES_MAX]; /* of the newest messages that have one, a ring */
    uint64_t file_row[LOCAL_FILES_MAX];
    uint32_t files;
};

static void shown(void *arg, const struct outbox_row *r) {
    struct history *h = arg;
    struct doc *d = *r->doc ? doc_from_json(h->arena, r->doc, strlen(r->doc)) : NULL;
    if (d) local_history(h->page, r, d);
    if (d && r->file_bytes && r->kind != OUTBOX_REPLY) {
        h->file[h->files % LOCAL_FILES_MAX] = d->file;
        h->file_row[h->files++ % LOCAL_FILES_MAX] = r->id;
    }
    arena_reset(h->arena);
}

static void all_shown(void *arg, const struct err *failed) {
    (void)arg;
    if (failed) log_warn("local", "earlier messages cannot be shown: %s", failed->text[LANG_EN]);
}

struct shown_file {
    struct history *history;
    uint32_t at;
};

static void file_shown(void *arg, const void *bytes, size_t n) {
    const struct shown_file *s = arg;
    struct doc_file f = s->history->file[s->at];
    f.bytes = bytes;
    if (f.n == n) local_history_file(s->history->page, s->history->file_row[s->at], &f);
}

/* The newest ones that fit, oldest first. */
static void show_files(struct app *a, struct history *h) {
    uint32_t n = h->files < LOCAL_FILES_MAX ? h->files : LOCAL_FILES_MAX, fits = 0;
    for (size_t bytes = 0; fits < n; fits++) {
        bytes += h->file[(h->files - 1 - fits) % LOCAL_FILES_MAX].n;
        if (bytes > LOCAL_FILES_BYTES) break;
    }
    for (; fits > 0; fits--) {
        struct shown_file s = {.history = h, .at = (h->files - fits) % LOCAL_FILES_MAX};
        store_load_file(a->store, h->file_row[s.at], file_shown, all_shown, &s);
        store_wait(a->store);
    }
}

void app_page_history(struct app *a) {
    struct history h = {.page = a->transports[PLATFORM_LOCAL].state, .arena = arena_new(ARENA_MAX)};
    store_load_history(a->store, platform_name(PLATFORM_LOCAL), LOCAL_RING_MAX, shown, all_shown, &h);
    store_wait(a->store);
    show_files(a, &h);
    arena_free(h.arena);
}

void app_page_turn(struct app *a) {
    void *page = a->transports[PLATFORM_LOCAL].state;
    struct engine_status st;
    enum lang lang;
    if (!page) return;
    engine_status(desk_engine(a->desk), &st);
    local_header(page, a->mode, st.paused, st.cautious, st.suspended);
    if (local_lang(page, &lang)) reporter_lang(a->reporter, PLATFORM_LOCAL, lang);
}
