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
};

static void shown(void *arg, const struct outbox_row *r) {
    struct history *h = arg;
    struct doc *d = *r->doc ? doc_from_json(h->arena, r->doc, strlen(r->doc)) : NULL;
    if (d) local_history(h->page, r, d);
    arena_reset(h->arena);
}

static void all_shown(void *arg, const struct err *failed) {
    (void)arg;
    if (failed) log_warn("local", "earlier messages cannot be shown: %s", failed->text[LANG_EN]);
}

void app_page_history(struct app *a) {
    struct history h = {.page = a->transports[PLATFORM_LOCAL].state, .arena = arena_new(ARENA_MAX)};
    store_load_history(a->store, platform_name(PLATFORM_LOCAL), LOCAL_RING_MAX, shown, all_shown, &h);
    store_wait(a->store);
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
