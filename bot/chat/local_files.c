/*
 * local_files: the files of messages that the page shows, the newest ones, in memory. A
 * file that a browser is reading is kept until it was written, whatever makes room for
 * whom. Knows nothing of who may read: the gate asks after it has let somebody in.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/chat/local_priv.h"
#include "engine/base/mem.h"

#define PLACE "/file/"

void local_file_release(void *file) {
    struct local_file *f = file;
    if (--f->holders) return;
    free(f->bytes);
    free(f);
}

static void drop_oldest(struct local_files *s) {
    struct local_file *f = s->item[0];
    s->bytes -= f->n;
    memmove(s->item, s->item + 1, --s->n * sizeof *s->item);
    local_file_release(f);
}

static struct local_file *find(struct local_files *s, uint64_t id) {
    for (uint32_t i = 0; i < s->n; i++)
        if (s->item[i]->id == id) return s->item[i];
    return NULL;
}

void local_files_put(struct local_files *s, uint64_t id, const struct doc_file *file) {
    if (!file->n || !file->bytes || find(s, id)) return;
    while (s->n == LOCAL_FILES_MAX || (s->n && s->bytes + file->n > LOCAL_FILES_BYTES)) drop_oldest(s);
    struct local_file *f = xcalloc(1, sizeof *f);
    *f = (struct local_file){.id = id, .holders = 1, .n = file->n};
    snprintf(f->path, sizeof f->path, PLACE "%" PRIu64 "/%s", id, file->name);
    str_copy(f->type, sizeof f->type, file->type);
    snprintf(f->disposition, sizeof f->disposition, "%s; filename=\"%s\"",
             doc_is_picture(file) ? "inline" : "attachment", file->name);
    f->bytes = xmalloc(file->n);
    memcpy(f->bytes, file->bytes, file->n);
    s->bytes += f->n;
    s->item[s->n++] = f;
}

struct local_file *local_files_hold(struct local_files *s, const char *path) {
    if (strncmp(path, PLACE, sizeof PLACE - 1) != 0) return NULL;
    for (uint32_t i = 0; i < s->n; i++) {
        if (strcmp(s->item[i]->path, path) != 0) continue;
        s->item[i]->holders++;
        return s->item[i];
    }
    return NULL;
}

bool local_files_has(struct local_files *s, uint64_t id) {
    return find(s, id) != NULL;
}

void local_files_clear(struct local_files *s) {
    while (s->n) drop_oldest(s);
}

void local_file_json(struct jw *w, uint64_t id, enum lang lang, const struct doc_file *file) {
    char url[sizeof PLACE + 24 + DOC_FILE_NAME_MAX], size[DOC_SIZE_TEXT_MAX];
    snprintf(url, sizeof url, PLACE "%" PRIu64 "/%s", id, file->name);
    jw_key(w, "file");
    jw_obj(w);
    jw_kstr(w, "url", url);
    jw_kstr(w, "name", file->name);
    jw_kstr(w, "size", size_say(size, lang, file->n));
    jw_kbool(w, "picture", doc_is_picture(file));
    jw_end_obj(w);
}
