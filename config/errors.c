/*
 * errors: the list of everything that is wrong with the settings. The caller owns the
 * list; at most CONF_ERRORS_MAX are kept, the rest is counted and said.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/conf.h"
#include "engine/base/mem.h"

/* NULL: the list is full. */
static struct conf_error *add(struct conf_errors *errs, const char *file, int line) {
    if (errs->n == CONF_ERRORS_MAX) {
        errs->more++;
        return NULL;
    }
    if (errs->item == NULL) errs->item = xcalloc(CONF_ERRORS_MAX, sizeof *errs->item);
    struct conf_error *e = &errs->item[errs->n++];
    str_copy(e->file, sizeof e->file, file);
    e->line = line;
    e->err.code = ERR_SYNTAX;
    return e;
}

/* vsnprintf may cut within a character; str_copy never does. */
__attribute__((format(printf, 2, 0))) static void print(char out[ERR_TEXT_MAX], const char *fmt, va_list ap) {
    char text[ERR_TEXT_MAX + 4];
    if (vsnprintf(text, sizeof text, fmt, ap) < 0) text[0] = '\0';
    str_copy(out, ERR_TEXT_MAX, text);
}

void conf_errors_add(struct conf_errors *errs, const char *file, int line, const char *en, const char *fr, ...) {
    struct conf_error *e = add(errs, file, line);
    if (e == NULL) return;
    va_list ap;
    va_start(ap, fr);
    print(e->err.text[LANG_EN], en, ap);
    va_end(ap);
    va_start(ap, fr);
    print(e->err.text[LANG_FR], fr, ap);
    va_end(ap);
}

void conf_errors_say(struct conf_errors *errs, const char *file, int line, const char *en, const char *fr) {
    struct conf_error *e = add(errs, file, line);
    if (e == NULL) return;
    str_copy(e->err.text[LANG_EN], ERR_TEXT_MAX, en);
    str_copy(e->err.text[LANG_FR], ERR_TEXT_MAX, fr);
}

void conf_errors_warn(struct conf_errors *errs, const char *file, int line, const char *en, const char *fr) {
    size_t before = errs->n;
    conf_errors_say(errs, file, line, en, fr);
    if (errs->n > before) errs->item[before].warning = true;
}

bool conf_errors_fatal(const struct conf_errors *errs) {
    for (size_t i = 0; i < errs->n; i++) {
        if (!errs->item[i].warning) return true;
    }
    return errs->more > 0;
}

/* Where it is, on screen: "mia.yaml:12: ". */
void conf_errors_text(const struct conf_errors *errs, enum lang lang, struct buf *out) {
    for (size_t i = 0; i < errs->n; i++) {
        const struct conf_error *e = &errs->item[i];
        if (e->file[0] != '\0') buf_str(out, e->file);
        if (e->file[0] != '\0' && e->line > 0) buf_printf(out, ":%d", e->line);
        if (e->file[0] != '\0') buf_str(out, ": ");
        if (e->warning) buf_str(out, tr(lang, "warning: ", "avertissement\u00a0: "));
        buf_str(out, err_text(&e->err, lang));
        buf_char(out, '\n');
    }
    if (errs->more > 0) buf_printf(out, tr(lang, "and %zu more\n", "et %zu de plus\n"), errs->more);
}

void conf_errors_clear(struct conf_errors *errs) {
    free(errs->item);
    *errs = (struct conf_errors){0};
}
