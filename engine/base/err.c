/*
 * err: fills the error record of the caller. Owns nothing and allocates nothing, so
 * it can report a lack of memory. It does not log: the one who handles the error does.
 */
#include "engine/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"

static const char *const names[] = {
    [ERR_NONE] = "none",     [ERR_USAGE] = "usage",         [ERR_RANGE] = "range",
    [ERR_SYNTAX] = "syntax", [ERR_NOT_FOUND] = "not_found", [ERR_REFUSED] = "refused",
    [ERR_FULL] = "full",     [ERR_OVERFLOW] = "overflow",   [ERR_IO] = "io",
    [ERR_NET] = "net",       [ERR_UNKNOWN] = "unknown",     [ERR_AUTH] = "auth",
    [ERR_BUSY] = "busy",     [ERR_CORRUPT] = "corrupt",
};
_Static_assert(sizeof names / sizeof names[0] == ERR_CODE_COUNT, "a name for every error code");

/* What a file, a row or a venue said goes on to people: bytes that are no text, and characters that hide, are left out. */
static void clean(char *text) {
    char *to = text;
    uint32_t point;
    for (size_t i = 0, n = strlen(text), len; i < n; i += len) {
        len = utf8_next(text + i, n - i, &point);
        bool good = len > 0 && (point == '\n' || !utf8_is_hidden(point));
        if (len == 0) len = 1;
        if (!good) continue;
        memmove(to, text + i, len);
        to += len;
    }
    *to = '\0';
}

/* vsnprintf may cut in the middle of a character: chat platforms refuse such a text whole. */
__attribute__((format(printf, 2, 0))) static void print_cut(char out[ERR_TEXT_MAX], const char *fmt, va_list ap) {
    char long_text[ERR_TEXT_MAX + 4];
    if (vsnprintf(long_text, sizeof long_text, fmt, ap) < 0) long_text[0] = '\0';
    str_copy(out, ERR_TEXT_MAX, long_text);
    clean(out);
}

int err_set(struct err *e, enum err_code code, const char *en, const char *fr, ...) {
    if (e == NULL) return -1;
    va_list ap;
    char text[LANG_COUNT][ERR_TEXT_MAX]; /* the arguments may point into *e */
    va_start(ap, fr);
    print_cut(text[LANG_EN], en, ap);
    va_end(ap);
    va_start(ap, fr);
    print_cut(text[LANG_FR], fr, ap);
    va_end(ap);
    memcpy(e->text, text, sizeof text);
    e->code = code;
    return -1;
}

static void join(char text[ERR_TEXT_MAX], const char *aim, const char *colon) {
    char both[2 * ERR_TEXT_MAX + 8];
    if (text[0] == '\0') colon = "";
    snprintf(both, sizeof both, "%s%s%s", aim, colon, text);
    str_copy(text, ERR_TEXT_MAX, both);
}

int err_prefix(struct err *e, const char *en, const char *fr, ...) {
    if (e == NULL) return -1;
    va_list ap;
    char aim[LANG_COUNT][ERR_TEXT_MAX];
    va_start(ap, fr);
    print_cut(aim[LANG_EN], en, ap);
    va_end(ap);
    va_start(ap, fr);
    print_cut(aim[LANG_FR], fr, ap);
    va_end(ap);
    join(e->text[LANG_EN], aim[LANG_EN], ": ");
    join(e->text[LANG_FR], aim[LANG_FR], "\u00a0: ");
    return -1;
}

int err_newer(struct err *e, unsigned found, unsigned known) {
    return err_set(
        e, ERR_REFUSED,
        "format %u, this mia knows %u: a newer one wrote it. Install that one again, or restore a backup from "
        "before the upgrade",
        "format %u, ce mia connaît le %u\u00a0: un plus récent l’a écrit. Réinstallez celui-là, ou restaurez "
        "une sauvegarde d’avant la mise à jour",
        found, known);
}

const char *err_text(const struct err *e, enum lang lang) {
    if (e == NULL) return "";
    return e->text[lang == LANG_FR ? LANG_FR : LANG_EN];
}

const char *err_code_name(enum err_code code) {
    return (unsigned)code < ERR_CODE_COUNT ? names[code] : "?";
}
