/*
 * load: puts the sources together, the strongest first, so that a value that is there
 * stays. Everything is checked, also what a stronger source overrides: nothing wrong
 * hides. Owns the configuration until it is whole.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/conf_private.h"
#include "config/env.h"
#include "config/source_file.h"
#include "config/yaml.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define SECRET_FILE_MAX 4096

struct load {
    struct conf *conf;
    const struct conf_source *src;
    struct conf_errors *errs;
    struct map *dotenv; /* name -> value, owned */
    bool dotenv_secret; /* it holds one */
};

/* One value on its way in. */
struct value {
    const char *key, *text;
    enum origin origin;
    const char *where; /* file, variable or flag */
    int line;
    const char *folder; /* file or folder that relative paths start from */
    bool is_folder;
};

static void say(struct load *l, const struct value *v, const char *en, const char *fr) {
    struct buf text[LANG_COUNT];
    for (int lang = 0; lang < LANG_COUNT; lang++) {
        buf_init(&text[lang], 4 * ERR_TEXT_MAX);
        buf_printf(&text[lang], "%s%s%s", v->key, lang == LANG_FR ? "\u00a0: " : ": ", lang == LANG_FR ? fr : en);
    }
    conf_errors_say(l->errs, v->where, v->line, text[LANG_EN].p, text[LANG_FR].p);
    for (int lang = 0; lang < LANG_COUNT; lang++) buf_clear(&text[lang]);
}

static void unknown(struct load *l, const struct value *v, const char *pattern) {
    char near[CONF_KEY_MAX], en[256], fr[256];
    if (option_is_later(pattern)) {
        say(l, v, "not built yet in this version: remove it for now",
            "pas encore construit dans cette version\u00a0: retirez-le pour l’instant");
        return;
    }
    option_suggest(pattern, near, sizeof near);
    const char *dot = strrchr(near, '.'), *best = strstr(near, "[]") != NULL && dot != NULL ? dot + 1 : near;
    snprintf(en, sizeof en, near[0] != '\0' ? "unknown setting; did you mean %s?" : "unknown setting%s", best);
    snprintf(fr, sizeof fr,
             near[0] != '\0' ? "réglage inconnu\u00a0; vouliez-vous dire %s\u00a0?" : "réglage inconnu%s", best);
    say(l, v, en, fr);
}

/* ---- entries and marks ---- */

static struct mark *mark(struct load *l, const struct value *v, const char *key) {
    struct conf *c = l->conf;
    size_t index = (size_t)(uintptr_t)map_get(c->mark_by_key, key);
    if (index > 0) return &c->marks[index - 1];
    if (c->mark_count == CONF_ENTRIES_MAX) return NULL;
    if (c->marks == NULL) c->marks = xcalloc(CONF_ENTRIES_MAX, sizeof *c->marks);
    c->marks[c->mark_count++] =
        (struct mark){.key = xstrdup(key), .origin = v->origin, .where = xstrdup(v->where), .line = v->line};
    map_put(c->mark_by_key, key, (void *)(uintptr_t)c->mark_count);
    return &c->marks[c->mark_count - 1];
}

/* Counts the elements that a concrete key runs through. False: its outermost list belongs to a stronger source. */
static bool mark_lists(struct load *l, const struct value *v) {
    char key[CONF_KEY_MAX];
    str_copy(key, sizeof key, v->key);
    bool outermost = true;
    for (char *p = key; (p = strchr(p, '[')) != NULL; p++, outermost = false) {
        *p = '\0';
        struct mark *list = mark(l, v, key);
        *p = '[';
        if (list == NULL) return false;
        if (outermost && list->origin != v->origin) return false;
        size_t index = (size_t)strtoul(p + 1, NULL, 10), end = strcspn(p, "]");
        if (index >= list->count) list->count = index + 1;
        if (p[end] != ']') return false;
        char after = p[end + 1];
        p[end + 1] = '\0';
        if (after != '\0') mark(l, v, key);
        p[end + 1] = after;
    }
    return true;
}

static void keep(struct load *l, const struct value *v, const struct option *o, char *text, int64_t number) {
    struct conf *c = l->conf;
    size_t index = (size_t)(uintptr_t)map_get(c->by_key, v->key);
    struct entry *old = index > 0 ? &c->entries[index - 1] : NULL;
    if (!mark_lists(l, v) || (old != NULL && old->origin > v->origin)) {
        free(text);
        return;
    }
    if (old == NULL && c->entry_count == CONF_ENTRIES_MAX) {
        if (l->errs->more == 0) say(l, v, "too many settings", "trop de réglages");
        free(text);
        return;
    }
    if (old != NULL) { /* a flag given twice: the last one holds */
        free(old->key), free(old->text), free(old->where);
    } else {
        old = &c->entries[c->entry_count++];
        map_put(c->by_key, v->key, (void *)(uintptr_t)c->entry_count);
    }
    *old = (struct entry){.key = xstrdup(v->key),
                          .option = o,
                          .text = text,
                          .number = number,
                          .origin = v->origin,
                          .where = xstrdup(v->where),
                          .line = v->line};
}

/* ---- secrets ---- */

static const char *environment_get(const struct load *l, const char *name) {
    size_t n = strlen(name);
    for (char *const *p = l->src->environment; p != NULL && *p != NULL; p++) {
        if (strncmp(*p, name, n) == 0 && (*p)[n] == '=') return (*p)[n + 1] != '\0' ? *p + n + 1 : NULL;
    }
    return NULL;
}

static void warn_mode(struct load *l, const char *path, mode_t mode) {
    if (mode & (S_IWGRP | S_IWOTH)) {
        conf_errors_say(l->errs, path, 0, "holds secrets and others may write to it: chmod 600",
                        "contient des secrets et d’autres peuvent y écrire\u00a0: chmod 600");
    } else if (mode & (S_IRGRP | S_IROTH)) {
        conf_errors_warn(l->errs, path, 0, "holds secrets and others may read it: chmod 600",
                         "contient des secrets et d’autres peuvent le lire\u00a0: chmod 600");
    }
}

/* The secret that a file holds, without the line's end. NULL: said. */
static char *secret_file(struct load *l, const struct value *v, const char *path) {
    struct buf text;
    struct err e;
    mode_t mode = 0;
    buf_init(&text, SECRET_FILE_MAX);
    char *secret = NULL;
    if (source_read(path, &text, &mode, &e) != 0) {
        say(l, v, e.text[LANG_EN], e.text[LANG_FR]);
    } else {
        while (text.len > 0 && strchr(" \t\r\n", text.p[text.len - 1]) != NULL) buf_cut(&text, text.len - 1);
        if (v->origin != ORIGIN_CREDENTIAL) warn_mode(l, path, mode);
        if (strlen(text.p) == text.len)
            secret = xstrdup(text.p);
        else
            say(l, v, "the file does not hold text", "le fichier ne contient pas de texte");
    }
    explicit_bzero(text.p, text.len);
    buf_clear(&text);
    return secret;
}

/* What a secret's text leads to. NULL: unset, or said. */
static char *secret_text(struct load *l, const struct value *v) {
    const char *text = v->text;
    if (strncmp(text, "file:", 5) == 0) {
        char *path = source_path(v->folder, v->is_folder, text + 5), *secret = secret_file(l, v, path);
        free(path);
        return secret;
    }
    if (v->origin != ORIGIN_FILE) return xstrdup(text);
    if (strncmp(text, "env:", 4) != 0) {
        say(l, v, "a secret does not belong in this file: use the environment, .env, file:PATH or env:NAME",
            "un secret n’a pas sa place dans ce fichier\u00a0: utilisez l’environnement, .env, file:CHEMIN ou env:NOM");
        return NULL;
    }
    const char *found = environment_get(l, text + 4);
    if (found == NULL) found = map_get(l->dotenv, text + 4);
    if (found == NULL) say(l, v, "this variable is not set", "cette variable n’est pas définie");
    return found == NULL ? NULL : xstrdup(found);
}

/* An address with a password in it stays out of files that are shown around, and the password out of every log. */
static bool password_may_stand(struct load *l, const struct value *v, const char *text) {
    char password[CONF_VALUE_MAX];
    size_t at, n = option_database_password(text, &at);
    if (n == 0) return true;
    if (v->origin == ORIGIN_FILE || v->origin == ORIGIN_FLAG) {
        say(l, v, "the password in it does not belong here: use DB_PASSWORD or DATABASE_URL in the environment or .env",
            "le mot de passe n’a pas sa place ici\u00a0: utilisez DB_PASSWORD ou DATABASE_URL dans l’environnement ou "
            ".env");
        return false;
    }
    str_copy_n(password, sizeof password, text + at, n);
    log_secret(password);
    explicit_bzero(password, sizeof password);
    return true;
}

/* ---- one value ---- */

static char *resolved(struct load *l, const struct value *v, const struct option *o) {
    if (o->flags & OPTION_SECRET) return secret_text(l, v);
    if (o->type == OPTION_PATH) return source_path(v->folder, v->is_folder, v->text);
    char *text = xstrdup(v->text);
    size_t n = strlen(text);
    while (o->type == OPTION_URL && n > 8 && text[n - 1] == '/') text[--n] = '\0';
    return text;
}

static void put(struct load *l, const struct value *v, const struct option *o) {
    struct err e = {0};
    int64_t number = o->type == OPTION_WHEN ? WHEN_NONE.ns : 0;
    char *text = resolved(l, v, o);
    if (text == NULL) return;
    bool may_be_empty = v->origin == ORIGIN_DEFAULT || (o->type == OPTION_PATH && o->min == 0);
    bool unset = text[0] == '\0' && may_be_empty;
    if (!unset && option_parse(o, text, &number, &e) != 0) {
        say(l, v, e.text[LANG_EN], e.text[LANG_FR]);
        mark(l, v, v->key); /* wrong, and so not missing */
        if (o->flags & OPTION_SECRET) explicit_bzero(text, strlen(text));
        free(text);
        return;
    }
    if (o->flags & OPTION_SECRET && !(o->flags & OPTION_STORE) && l->src->no_secrets) {
        explicit_bzero(text, strlen(text));
        free(text);
        return;
    }
    if (o->flags & OPTION_SECRET && text[0] != '\0') log_secret(text);
    if (o->type == OPTION_DATABASE && !password_may_stand(l, v, text)) {
        explicit_bzero(text, strlen(text));
        free(text);
        return;
    }
    keep(l, v, o, text, number);
}

/* "a, b" for a list of values: replaces what weaker sources have, also by nothing. */
static void put_list(struct load *l, const struct value *v, const struct option *o) {
    char list[CONF_KEY_MAX], key[CONF_KEY_MAX + 16];
    str_copy_n(list, sizeof list, o->key, strlen(o->key) - 2);
    struct mark *m = mark(l, v, list);
    if (m == NULL || m->origin != v->origin) return;
    unsigned count = 0;
    for (const char *p = v->text; *p != '\0';) {
        size_t n = strcspn(p, ","), from = strspn(p, " \t"), to = n;
        while (to > from && (p[to - 1] == ' ' || p[to - 1] == '\t')) to--;
        if (to > from) {
            struct value item = *v;
            char *text = xstrndup(p + from, to - from);
            snprintf(key, sizeof key, "%s[%u]", list, count++);
            item.key = key, item.text = text;
            put(l, &item, o);
            free(text);
        }
        p += n + (p[n] == ',');
    }
}

static bool is_list_option(const struct option *o) {
    size_t n = strlen(o->key);
    return n > 2 && strcmp(o->key + n - 2, "[]") == 0;
}

static void put_any(struct load *l, const struct value *v, const struct option *o) {
    if (is_list_option(o) && strchr(v->key, '[') == NULL)
        put_list(l, v, o);
    else
        put(l, v, o);
}

/* ---- the sources, strongest first ---- */

static const char *free_folder(const struct load *l) {
    return l->src->base != NULL ? l->src->base : "";
}

static void from_flags(struct load *l) {
    for (size_t i = 0; i < l->src->flag_count; i++) {
        const struct conf_flag *f = &l->src->flags[i];
        struct value v = {.key = f->key,
                          .text = f->value,
                          .origin = ORIGIN_FLAG,
                          .where = f->flag,
                          .folder = free_folder(l),
                          .is_folder = true};
        char pattern[CONF_KEY_MAX], list[CONF_KEY_MAX + 2] = "";
        if (!conf_pattern(f->key, pattern)) {
            say(l, &v, "unknown setting", "réglage inconnu");
            continue;
        }
        const struct option *o = option_find(pattern);
        snprintf(list, sizeof list, "%s[]", pattern);
        if (o == NULL) o = option_find(list);
        if (o == NULL)
            unknown(l, &v, pattern);
        else if (o->flags & OPTION_SECRET)
            say(l, &v, "a secret does not belong on the command line",
                "un secret n’a pas sa place en ligne de commande");
        else
            put_any(l, &v, o);
    }
}

/* The key as messages show it: without the brackets of a list. */
static const char *plain_key(const struct option *o, char out[CONF_KEY_MAX]) {
    str_copy_n(out, CONF_KEY_MAX, o->key, strlen(o->key) - (is_list_option(o) ? 2 : 0));
    return out;
}

static void from_environment(struct load *l) {
    for (const struct option *o = option_table; o->key != NULL; o++) {
        char key[CONF_KEY_MAX];
        const char *text = o->env != NULL ? environment_get(l, o->env) : NULL;
        if (text == NULL) continue;
        struct value v = {.key = plain_key(o, key),
                          .text = text,
                          .origin = ORIGIN_ENV,
                          .where = o->env,
                          .folder = free_folder(l),
                          .is_folder = true};
        if (!utf8_valid(text, strlen(text)) || strlen(text) > CONF_VALUE_MAX)
            say(l, &v, "the value is too long or not text", "la valeur est trop longue ou n’est pas du texte");
        else
            put_any(l, &v, o);
    }
}

static void from_credentials(struct load *l) {
    const char *folder = environment_get(l, "CREDENTIALS_DIRECTORY");
    for (const struct option *o = option_table; folder != NULL && o->key != NULL; o++) {
        struct stat st;
        if (!(o->flags & OPTION_SECRET) || o->env == NULL) continue;
        char *path = source_path(folder, true, o->env), *text = NULL;
        if (stat(path, &st) == 0) {
            if (asprintf(&text, "file:%s", path) < 0) abort();
            struct value v = {.key = o->key,
                              .text = text,
                              .origin = ORIGIN_CREDENTIAL,
                              .where = path,
                              .folder = folder,
                              .is_folder = true};
            put(l, &v, o);
        }
        free(text);
        free(path);
    }
}

struct dotenv_arg {
    struct load *l;
    const char *file;
};

static void one_variable(void *arg, const char *name, const char *text, int line) {
    struct dotenv_arg *a = arg;
    struct load *l = a->l;
    char *copy = xstrdup(text), key[CONF_KEY_MAX];
    if (!map_put(l->dotenv, name, copy)) free(copy);
    const struct option *o = option_of_env(name);
    if (o != NULL) {
        struct value v = {.key = plain_key(o, key),
                          .text = text,
                          .origin = ORIGIN_ENV_FILE,
                          .where = a->file,
                          .line = line,
                          .folder = a->file};
        if (o->flags & OPTION_SECRET && strncmp(text, "file:", 5) != 0) l->dotenv_secret = true;
        put_any(l, &v, o);
        return;
    }
    const char *near = option_suggest_env(name);
    if (near == NULL) return; /* of some other program */
    char en[200], fr[200];
    snprintf(en, sizeof en, "%s is not read; did you mean %s?", name, near);
    snprintf(fr, sizeof fr, "%s n’est pas lu\u00a0; vouliez-vous dire %s\u00a0?", name, near);
    conf_errors_warn(l->errs, a->file, line, en, fr);
}

static void from_env_file(struct load *l, const char *path, bool must_exist) {
    struct buf text;
    struct err e;
    mode_t mode = 0;
    buf_init(&text, ENV_FILE_MAX);
    if (source_read(path, &text, &mode, &e) == 0) {
        struct dotenv_arg arg = {.l = l, .file = path};
        env_read(text.p, text.len, path, one_variable, &arg, l->errs);
        if (l->dotenv_secret) warn_mode(l, path, mode);
    } else if (must_exist || e.code != ERR_NOT_FOUND) {
        conf_errors_say(l->errs, path, 0, e.text[LANG_EN], e.text[LANG_FR]);
    }
    explicit_bzero(text.p, text.len);
    buf_clear(&text);
}

/* What is there although its kind does not fit: "wants a list, such as [a, b]". */
static void wrong_kind(struct load *l, const struct value *v, const char *pattern) {
    const struct option *o = option_find(pattern);
    if (o != NULL) {
        say(l, v, "wants one value, not a list or map", "attend une seule valeur, et non une liste ou un dictionnaire");
    } else if (option_is_list(pattern)) {
        say(l, v, "wants a list: [a, b], or lines that begin with \"- \"",
            "attend une liste\u00a0: [a, b], ou des lignes qui commencent par «\u00a0-\u00a0»");
    } else if (option_is_map(pattern)) {
        say(l, v, "wants settings below it (name: value), not this",
            "attend des réglages en dessous (nom: valeur), et non ceci");
    } else {
        unknown(l, v, pattern);
    }
}

static bool is_place(const char *pattern, const struct yaml_item *it) {
    bool map = option_is_map(pattern), list = option_is_list(pattern);
    if (it->kind == YAML_MAP) return map && (!list || pattern[0] == '\0');
    if (it->kind == YAML_LIST) return list && pattern[0] != '\0';
    return it->empty && (map || list);
}

static bool one_item(void *arg, const struct yaml_item *it) {
    struct load *l = arg;
    const char *file = l->src->path;
    struct value v = {
        .key = it->key, .text = it->value, .origin = ORIGIN_FILE, .where = file, .line = it->line, .folder = file};
    char pattern[CONF_KEY_MAX];
    if (!conf_pattern(it->key, pattern)) {
        say(l, &v, "a list that is too long", "une liste trop longue");
        return false;
    }
    const struct option *o = option_find(pattern);
    if (it->kind == YAML_VALUE && o != NULL) {
        if (!it->empty) {
            put(l, &v, o);
            return true;
        }
        say(l, &v, "has no value: give one or remove the line",
            "n’a pas de valeur\u00a0: donnez-en une ou retirez la ligne");
        mark(l, &v, it->key);
        return true;
    }
    if (it->key[0] == '\0' && it->kind != YAML_MAP) {
        conf_errors_say(l->errs, file, it->line, "wants settings (name: value)", "attend des réglages (nom: valeur)");
        return false;
    }
    if (!is_place(pattern, it)) {
        wrong_kind(l, &v, pattern);
        return false;
    }
    bool wanted = mark_lists(l, &v);
    if (wanted) mark(l, &v, it->key);
    return true; /* also what is overridden is checked */
}

static void from_file(struct load *l) {
    const char *path = l->src->path;
    struct buf text;
    struct err e;
    mode_t mode = 0;
    buf_init(&text, CONF_FILE_MAX);
    if (source_read(path, &text, &mode, &e) == 0)
        yaml_read(text.p, text.len, path, one_item, l, l->errs);
    else
        conf_errors_say(l->errs, path, 0, e.text[LANG_EN], e.text[LANG_FR]);
    buf_clear(&text);
}

static void from_defaults(struct load *l) {
    bool file = l->src->path != NULL;
    for (const struct option *o = option_table; o->key != NULL; o++) {
        if (strchr(o->key, '[') != NULL || conf_entry(l->conf, o->key) != NULL) continue;
        struct value v = {.key = o->key,
                          .text = o->value != NULL ? o->value : "",
                          .origin = ORIGIN_DEFAULT,
                          .where = "",
                          .folder = file ? l->src->path : free_folder(l),
                          .is_folder = !file};
        if (o->flags & OPTION_SECRET)
            keep(l, &v, o, xstrdup(""), 0);
        else
            put(l, &v, o);
    }
}

/* ---- the whole ---- */

/* In every element of its lists; `from`: what comes after the key's part that is known already. */
static void check_required_in(struct load *l, const char *known, const char *from) {
    const char *bracket = strstr(from, "[]");
    char key[2 * CONF_KEY_MAX + 32];
    if (bracket == NULL || bracket[2] == '\0') { /* a list of its own is mentioned by its name */
        snprintf(key, sizeof key, "%s%s", known, from);
        bool mentioned = conf_entry(l->conf, key) != NULL || conf_mark(l->conf, key) != NULL;
        if (!mentioned) conf_error_at(l->conf, l->errs, key, "is missing", "est absent");
        return;
    }
    snprintf(key, sizeof key, "%s%.*s", known, (int)(bracket - from), from);
    const struct mark *m = conf_mark(l->conf, key);
    size_t list = strlen(key);
    for (size_t i = 0; m != NULL && i < m->count; i++) {
        snprintf(key + list, sizeof key - list, "[%zu]", i);
        check_required_in(l, key, bracket + 2);
    }
}

static void check_required(struct load *l) {
    for (const struct option *o = option_table; o->key != NULL; o++) {
        if (o->flags & OPTION_REQUIRED) check_required_in(l, "", o->key);
    }
}

/* What was told of one file stands in the order of its lines. */
static void sort_errors(struct conf_errors *errs) {
    for (size_t i = 1; i < errs->n; i++) {
        for (size_t j = i; j > 0; j--) {
            struct conf_error *a = &errs->item[j - 1], *b = &errs->item[j], swap = *a;
            if (strcmp(a->file, b->file) != 0 || a->line <= b->line) break;
            *a = *b;
            *b = swap;
        }
    }
}

static void load_sources(struct load *l) {
    const struct conf_source *src = l->src;
    from_flags(l);
    from_environment(l);
    from_credentials(l);
    if (src->env_path != NULL && src->env_path[0] != '\0') {
        from_env_file(l, src->env_path, true);
    } else if (src->env_path == NULL && src->path != NULL) {
        char *path = source_path(src->path, false, ".env");
        from_env_file(l, path, false);
        free(path);
    }
    if (src->path != NULL) from_file(l);
    from_defaults(l);
    check_required(l);
    sort_errors(l->errs);
}

struct conf *conf_load(const struct conf_source *src, struct conf_errors *errs) {
    struct conf *c = xcalloc(1, sizeof *c);
    struct load l = {.conf = c, .src = src, .errs = errs, .dotenv = map_new(CONF_ENTRIES_MAX)};
    c->file = xstrdup(src->path != NULL ? src->path : "");
    c->entries = xcalloc(CONF_ENTRIES_MAX, sizeof *c->entries);
    c->by_key = map_new(CONF_ENTRIES_MAX);
    c->mark_by_key = map_new(CONF_ENTRIES_MAX);
    load_sources(&l);
    const char *name;
    void *value;
    for (size_t it = 0; map_next(l.dotenv, &it, &name, &value);) {
        explicit_bzero(value, strlen(value));
        free(value);
    }
    map_free(l.dotenv);
    if (!conf_errors_fatal(errs)) return c;
    conf_free(c);
    return NULL;
}
