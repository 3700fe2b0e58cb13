/*
 * conf: reading a loaded configuration. A wrong key or type ends the process, since only
 * the program itself can be to blame. Loading is in load.c, what changes later in change.c.
 */
#include "config/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/conf_private.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define TYPE(t) (1u << OPTION_##t)

bool conf_pattern(const char *key, char out[CONF_KEY_MAX]) {
    size_t n = 0;
    for (const char *p = key; *p != '\0'; p++) {
        if (n + 3 >= CONF_KEY_MAX) return false;
        out[n++] = *p;
        if (*p != '[') continue;
        size_t digits = strspn(p + 1, "0123456789");
        if (digits == 0 || digits > 4 || p[1 + digits] != ']') return false;
        p += 1 + digits;
        out[n++] = ']';
    }
    out[n] = '\0';
    return true;
}

const struct entry *conf_entry_below(const struct conf *c, const char *key) {
    size_t index = (size_t)(uintptr_t)map_get(c->by_key, key);
    return index == 0 ? NULL : &c->entries[index - 1];
}

const struct layer *conf_layer(const struct conf *c, const char *key) {
    for (size_t i = 0; i < c->layer_count; i++) {
        if (strcmp(c->layers[i].change.key, key) == 0) return &c->layers[i];
    }
    return NULL;
}

const struct entry *conf_entry(const struct conf *c, const char *key) {
    const struct layer *l = conf_layer(c, key);
    return l != NULL && l->holds ? &l->entry : conf_entry_below(c, key);
}

const struct mark *conf_mark(const struct conf *c, const char *key) {
    size_t index = (size_t)(uintptr_t)map_get(c->mark_by_key, key);
    return index == 0 ? NULL : &c->marks[index - 1];
}

/* What a getter found: an entry, or the default of a list element's field. */
struct found {
    const char *text;
    int64_t number;
    bool given;
};

__attribute__((format(printf, 3, 0))) static struct found find(const struct conf *c, unsigned types, const char *fmt,
                                                               va_list ap) {
    char key[CONF_KEY_MAX], pattern[CONF_KEY_MAX];
    int n = vsnprintf(key, sizeof key, fmt, ap);
    const struct option *o = NULL;
    if (n > 0 && (size_t)n < sizeof key && conf_pattern(key, pattern)) o = option_find(pattern);
    if (o == NULL) die("no such setting: %s", key);
    if ((types & 1u << o->type) == 0) die("setting %s is not of the type asked for", key);
    const struct entry *e = conf_entry(c, key);
    if (e != NULL) return (struct found){.text = e->text, .number = e->number, .given = e->origin != ORIGIN_DEFAULT};
    struct found f = {.text = o->value != NULL ? o->value : "", .number = o->type == OPTION_WHEN ? WHEN_NONE.ns : 0};
    struct err err;
    if (f.text[0] != '\0' && option_parse(o, f.text, &f.number, &err) != 0)
        die("default of %s: %s", key, err.text[LANG_EN]);
    return f;
}

#define FIND(types)                                                                                                    \
    va_list ap;                                                                                                        \
    va_start(ap, key);                                                                                                 \
    struct found f = find(c, types, key, ap);                                                                          \
    va_end(ap)

bool conf_given(const struct conf *c, const char *key, ...) {
    FIND(~0u);
    return f.given;
}

bool conf_bool(const struct conf *c, const char *key, ...) {
    FIND(TYPE(BOOL));
    return f.number != 0;
}

int64_t conf_int(const struct conf *c, const char *key, ...) {
    FIND(TYPE(INT) | TYPE(CHOICE) | TYPE(SPEED) | TYPE(ID) | TYPE(CLOCK));
    return f.number;
}

int64_t conf_ppm(const struct conf *c, const char *key, ...) {
    FIND(TYPE(RATIO) | TYPE(NUMBER));
    return f.number;
}

cash_t conf_cash(const struct conf *c, const char *key, ...) {
    FIND(TYPE(CASH));
    return (cash_t){f.number};
}

qty_t conf_qty(const struct conf *c, const char *key, ...) {
    FIND(TYPE(QTY));
    return (qty_t){f.number};
}

price_t conf_price(const struct conf *c, const char *key, ...) {
    FIND(TYPE(PRICE));
    return (price_t){f.number};
}

int32_t conf_seconds(const struct conf *c, const char *key, ...) {
    FIND(TYPE(TIMEFRAME));
    return (int32_t)f.number; /* at most a week */
}

when_t conf_when(const struct conf *c, const char *key, ...) {
    FIND(TYPE(WHEN));
    return (when_t){f.number};
}

uint64_t conf_u64(const struct conf *c, const char *key, ...) {
    FIND(TYPE(INT) | TYPE(ID));
    return (uint64_t)f.number;
}

const char *conf_str(const struct conf *c, const char *key, ...) {
    FIND(~0u);
    return f.text;
}

size_t conf_count(const struct conf *c, const char *key, ...) {
    char name[CONF_KEY_MAX], pattern[CONF_KEY_MAX];
    va_list ap;
    va_start(ap, key);
    int n = vsnprintf(name, sizeof name, key, ap);
    va_end(ap);
    bool good = n > 0 && (size_t)n < sizeof name && conf_pattern(name, pattern) && option_is_list(pattern);
    if (!good) die("no such list of settings: %s", name);
    const struct mark *m = conf_mark(c, name);
    return m == NULL ? 0 : m->count;
}

bool conf_map_next(const struct conf *c, const char *key, size_t *it, const char **name, const char **value) {
    size_t n = strlen(key);
    for (; *it < c->entry_count; ++*it) {
        const struct entry *e = &c->entries[*it];
        if (strncmp(e->key, key, n) != 0 || e->key[n] != '.') continue;
        *name = e->key + n + 1;
        *value = e->text;
        ++*it;
        return true;
    }
    return false;
}

bool conf_next(const struct conf *c, size_t *it, struct conf_setting *out) {
    while (*it < c->entry_count) {
        const struct entry *e = &c->entries[(*it)++];
        if (e->option->flags & OPTION_SECRET) continue;
        *out = (struct conf_setting){e->key, e->text, e->origin != ORIGIN_DEFAULT};
        return true;
    }
    return false;
}

/* Where a setting came from; a field that was not given is told at the element it belongs to. */
static void add_at(const struct conf *c, struct conf_errors *errs, const char *key, const char *en, const char *fr) {
    char name[CONF_KEY_MAX], said[LANG_COUNT][2 * ERR_TEXT_MAX];
    snprintf(said[LANG_EN], sizeof said[LANG_EN], "%s: %s", key, en);
    snprintf(said[LANG_FR], sizeof said[LANG_FR], "%s\u00a0: %s", key, fr);
    str_copy(name, sizeof name, key);
    const struct entry *e = conf_entry(c, name);
    const struct mark *m = conf_mark(c, name);
    for (char *dot; e == NULL && m == NULL && (dot = strrchr(name, '.')) != NULL;) {
        *dot = '\0';
        m = conf_mark(c, name);
    }
    const char *where = e != NULL ? e->where : m != NULL ? m->where : "";
    conf_errors_say(errs, where, e != NULL ? e->line : m != NULL ? m->line : 0, said[LANG_EN], said[LANG_FR]);
}

void conf_error_at(const struct conf *c, struct conf_errors *errs, const char *key, const char *en, const char *fr,
                   ...) {
    char text[LANG_COUNT][ERR_TEXT_MAX];
    for (int lang = 0; lang < LANG_COUNT; lang++) {
        va_list ap;
        va_start(ap, fr);
        if (vsnprintf(text[lang], ERR_TEXT_MAX, lang == LANG_FR ? fr : en, ap) < 0) text[lang][0] = '\0';
        va_end(ap);
    }
    add_at(c, errs, key, text[LANG_EN], text[LANG_FR]);
}

void conf_error_err(const struct conf *c, struct conf_errors *errs, const char *key, const struct err *e) {
    add_at(c, errs, key, e->text[LANG_EN], e->text[LANG_FR]);
}

void conf_free(struct conf *c) {
    if (c == NULL) return;
    conf_layers_free(c);
    for (size_t i = 0; i < c->entry_count; i++) {
        struct entry *e = &c->entries[i];
        if (e->option->flags & OPTION_SECRET) explicit_bzero(e->text, strlen(e->text));
        free(e->key);
        free(e->text);
        free(e->where);
    }
    for (size_t i = 0; i < c->mark_count; i++) {
        free(c->marks[i].key);
        free(c->marks[i].where);
    }
    free(c->entries);
    free(c->marks);
    free(c->file);
    map_free(c->by_key);
    map_free(c->mark_by_key);
    free(c);
}
