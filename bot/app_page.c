/*
 * app_page: what the local page shows beside its messages: those of earlier runs, the state
 * of the engine in its header, and the language of its reader.
 */
#include <stdlib.h>
#include <string.h>

#include "bot/app_priv.h"
#include "bot/chat/local.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define ARENA_MAX (1u << 20) /* one document and what reading it takes */

/* One question to the store. */
struct history {
    struct app *app;
    const char *channel; /* "": the conversation */
    uint64_t ticket;     /* a page's; 0: the start's */
    uint32_t rows;
    struct files *files; /* NULL: nobody asks for their bytes */
    struct arena *arena;
};

/* The files that the start's messages name. */
struct named_file {
    uint64_t row;
    struct doc_file file;
};
struct files {
    struct app *app;
    struct named_file item[(CHANNEL_COUNT + 1) * LOCAL_PAGE];
    uint32_t n, at;
};

/* NULL once the page is closed. */
static void *page_of(const struct history *h) {
    return h->app->transports[PLATFORM_LOCAL].state;
}

static void row_read(void *arg, const struct history_row *r) {
    struct history *h = arg;
    void *page = page_of(h);
    struct doc *d = *r->row.doc ? doc_from_json(h->arena, r->row.doc, strlen(r->row.doc)) : NULL;
    h->rows++;
    if (d && page && h->ticket) local_older_row(page, h->ticket, r, d);
    if (d && page && !h->ticket) local_history(page, r, d);
    if (d && h->files && r->file_row && h->files->n < sizeof h->files->item / sizeof h->files->item[0])
        h->files->item[h->files->n++] = (struct named_file){r->file_row, d->file};
    arena_reset(h->arena);
}

static void all_read(void *arg, const struct err *failed) {
    struct history *h = arg;
    void *page = page_of(h);
    if (failed) log_warn("local", "earlier messages cannot be shown: %s", failed->text[LANG_EN]);
    if (page && h->ticket) local_older_end(page, h->ticket, failed != NULL);
    if (page && !h->ticket) local_history_end(page, h->channel, failed || h->rows == LOCAL_PAGE);
    arena_free(h->arena);
    free(h);
}

static void ask(struct app *a, uint64_t ticket, const char *channel, uint64_t before, struct files *files) {
    struct history *h = xcalloc(1, sizeof *h);
    *h =
        (struct history){.app = a, .channel = channel, .ticket = ticket, .files = files, .arena = arena_new(ARENA_MAX)};
    store_history(a->store, channel, before, LOCAL_PAGE, row_read, all_read, h);
}

static void older(void *arg, uint64_t ticket, const char *channel, uint64_t before) {
    ask(arg, ticket, channel, before, NULL);
}

static void file_read(void *arg, const void *bytes, size_t n) {
    const struct files *s = arg;
    struct doc_file f = s->item[s->at].file;
    f.bytes = bytes;
    if (f.n == n) local_history_file(s->app->transports[PLATFORM_LOCAL].state, s->item[s->at].row, &f);
}

static void file_ended(void *arg, const struct err *failed) {
    (void)arg;
    if (failed) log_warn("local", "the file of an earlier message cannot be shown: %s", failed->text[LANG_EN]);
}

static int by_row(const void *a, const void *b) {
    const struct named_file *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

/* The newest ones that fit, oldest first. */
static void show_files(struct files *s) {
    uint32_t fits = 0;
    qsort(s->item, s->n, sizeof s->item[0], by_row);
    for (size_t bytes = 0; fits < s->n && fits < LOCAL_FILES_MAX; fits++) {
        bytes += s->item[s->n - 1 - fits].file.n;
        if (bytes > LOCAL_FILES_BYTES) break;
    }
    for (s->at = s->n - fits; s->at < s->n; s->at++) {
        store_load_file(s->app->store, s->item[s->at].row, file_read, file_ended, s);
        store_wait(s->app->store);
    }
}

void app_page_history(struct app *a) {
    struct files *files = xcalloc(1, sizeof *files);
    files->app = a;
    for (int c = 0; c < CHANNEL_COUNT; c++) ask(a, 0, channel_name((enum channel)c), 0, files);
    ask(a, 0, "", 0, files);
    store_wait(a->store);
    show_files(files);
    free(files);
    local_set_reader(a->transports[PLATFORM_LOCAL].state, older, a);
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
