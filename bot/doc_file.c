/*
 * doc_file: the one file that a doc may carry: its name made safe, its size said, and the
 * sentence that stands for it where it cannot go along. Never owns the bytes.
 */
#include <stdio.h>
#include <string.h>

#include "bot/doc.h"
#include "engine/base/buf.h"

static bool is_safe(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

/* A name that no platform and no file system reads as anything but a name: never empty, no leading dot or dash. */
static void safe_name(char out[DOC_FILE_NAME_MAX], const char *name) {
    size_t n = 0;
    while (*name == '.' || *name == '-') name++;
    for (; *name && n < DOC_FILE_NAME_MAX - 1; name++) {
        if ((*name & 0xc0) == 0x80) continue; /* the rest of a character that became a dash */
        out[n++] = is_safe(*name) ? *name : '-';
    }
    out[n] = '\0';
    if (n == 0) str_copy(out, DOC_FILE_NAME_MAX, "file");
}

static bool is_type(const char *s) {
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789/+.-");
    return n > 0 && n < DOC_FILE_TYPE_MAX && s[n] == '\0';
}

int doc_file(struct doc *d, const char *name, const char *type, const void *bytes, size_t n) {
    d->file = (struct doc_file){0};
    if (n == 0 || n > DOC_FILE_MAX) return -1;
    safe_name(d->file.name, name);
    str_copy(d->file.type, sizeof d->file.type, is_type(type) ? type : "application/octet-stream");
    d->file.bytes = bytes;
    d->file.n = n;
    return 0;
}

void doc_file_instead(struct doc *d, const char *command) {
    str_copy(d->file.instead, sizeof d->file.instead, command);
}

bool doc_is_picture(const struct doc_file *f) {
    static const char *const types[] = {"image/png", "image/jpeg", "image/gif", "image/webp"};
    for (size_t i = 0; f->n > 0 && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(f->type, types[i]) == 0) return true;
    return false;
}

void doc_file_left_out(struct doc *d, const char *why) {
    struct doc_file f = d->file;
    char size[DOC_SIZE_TEXT_MAX];
    d->file = (struct doc_file){0};
    if (f.n == 0) return;
    size_say(size, d->lang, f.n);
    if (why[0] != '\0')
        doc_line(d, tr(d->lang, "The file %s (%s) is not here: %s.", "Le fichier %s (%s) n’est pas joint\u00a0: %s."),
                 f.name, size, why);
    else
        doc_line(d, tr(d->lang, "The file %s (%s) is not here.", "Le fichier %s (%s) n’est pas joint."), f.name, size);
    if (f.instead[0] != '\0')
        doc_line(d,
                 tr(d->lang, "On the machine, this gives the same: %s",
                    "Sur la machine, ceci donne la même chose\u00a0: %s"),
                 f.instead);
}

/* Thousands, as file managers count. */
char *size_say(char out[DOC_SIZE_TEXT_MAX], enum lang lang, size_t n) {
    const char *unit = n < 1000000 ? tr(lang, "KB", "Ko") : tr(lang, "MB", "Mo");
    size_t tenths = n < 1000000 ? (n + 50) / 100 : (n + 50000) / 100000;
    if (n < 1000)
        snprintf(out, DOC_SIZE_TEXT_MAX,
                 n == 1 ? tr(lang, "%zu\u00a0byte", "%zu\u00a0octet") : tr(lang, "%zu\u00a0bytes", "%zu\u00a0octets"),
                 n);
    else if (tenths % 10 == 0 || tenths >= 1000)
        snprintf(out, DOC_SIZE_TEXT_MAX, "%zu\u00a0%s", tenths / 10, unit);
    else
        snprintf(out, DOC_SIZE_TEXT_MAX, tr(lang, "%zu.%zu\u00a0%s", "%zu,%zu\u00a0%s"), tenths / 10, tenths % 10,
                 unit);
    return out;
}
