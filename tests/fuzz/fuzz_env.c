/*
 * fuzz_env: any bytes as a `.env` file. What is read has a name and a value; what is
 * refused is said with its line, in both languages, and never with the value; what was
 * read, written with quotes, reads back the same.
 */
#include "tests/fuzz/fuzz.h"

#include "config/env.h"

#define VALUE_SHOWN_MIN 6 /* shorter ones stand in a sentence by chance */

struct reading {
    struct buf all; /* every name and value, for the comparison */
    struct buf file;
    uint32_t n;
    bool quotable;
    int lines;
};

static void write_again(struct reading *r, const char *name, const char *value) {
    buf_printf(&r->file, "export %s=\"", name);
    for (; *value; value++) {
        if (strchr("\"\\$", *value)) buf_char(&r->file, '\\');
        if (*value == '\n')
            buf_str(&r->file, "\\n");
        else
            buf_char(&r->file, *value);
    }
    buf_str(&r->file, "\" # said\n");
}

static void variable(void *arg, const char *name, const char *value, int line) {
    struct reading *r = arg;
    assert(*name && strlen(name) < ENV_NAME_MAX && *value);
    assert(strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789") == strlen(name));
    assert(line >= 1 && line <= r->lines);
    r->n++;
    if (strpbrk(value, "\r\1\2\3\4\5\6\7\10")) r->quotable = false;
    buf_printf(&r->all, "%s=%s", name, value);
    buf_char(&r->all, '\0');
    write_again(r, name, value);
}

static void read_env(const char *text, size_t n, struct reading *r, struct conf_errors *errs) {
    *r = (struct reading){.quotable = true, .lines = 1};
    for (size_t i = 0; i < n; i++) r->lines += text[i] == '\n';
    buf_init(&r->all, 1u << 20);
    buf_init(&r->file, 1u << 20);
    env_read(text, n, "x.env", variable, r, errs);
}

/* The text behind '=' of a line: no message may hold it. */
static void value_is_not_shown(const char *text, size_t n, const struct conf_error *c) {
    const char *p = text, *end = text + n;
    for (int line = 1; line < c->line && p; line++) {
        p = memchr(p, '\n', (size_t)(end - p));
        if (p) p++;
    }
    if (!p) return;
    size_t length = strcspn(p, "\n"), name = strcspn(p, "=\n");
    if (name >= length) return;
    char *value = copy_of(p + name + 1, length - name - 1);
    bool by_chance = memmem(p, name, value, strlen(value)) || strstr("given twice, first in line ", value);
    if (strlen(value) >= VALUE_SHOWN_MIN && !by_chance)
        for (int l = 0; l < LANG_COUNT; l++) assert(!strstr(c->err.text[l], value));
    free(value);
}

static void errors_are_said(const char *text, size_t n, const struct conf_errors *errs, int lines) {
    assert(errs->n <= CONF_ERRORS_MAX);
    for (size_t i = 0; i < errs->n; i++) {
        said(&errs->item[i].err);
        assert(errs->item[i].line >= 0 && errs->item[i].line <= lines);
        if (errs->item[i].line) value_is_not_shown(text, n, &errs->item[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct conf_errors errs = {0}, none = {0};
    struct reading first, again;
    if (n > ENV_FILE_MAX) return 0;
    char *text = copy_of(bytes, n);
    read_env(text, n, &first, &errs);
    errors_are_said(text, n, &errs, first.lines);
    if (first.quotable && !first.file.overflow) {
        read_env(first.file.p ? first.file.p : "", first.file.len, &again, &none);
        assert(!none.n && again.n == first.n && again.all.len == first.all.len);
        assert(!first.all.len || !memcmp(again.all.p, first.all.p, first.all.len));
        buf_clear(&again.all);
        buf_clear(&again.file);
    }
    conf_errors_clear(&errs);
    buf_clear(&first.all);
    buf_clear(&first.file);
    free(text);
    return 0;
}
