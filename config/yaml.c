/*
 * yaml: walks libyaml's events with a stack of at most CONF_DEPTH_MAX maps and lists
 * and builds the dotted key of each value. Knows nothing of what the keys mean. Owns
 * the parser and the set of keys seen (for duplicates) during one call.
 */
#include "config/yaml.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "engine/base/log.h"
#include "engine/base/map.h"

struct level {
    bool is_list;
    bool wants_value; /* a map: a key has been read, its value comes next */
    bool skip;        /* all of it */
    bool skip_value;  /* a map: the value of the key just read */
    int key_line;     /* a map: of that key */
    uint32_t count;   /* a list: elements so far */
    size_t key_len;   /* of the path of this map or list */
};

struct walk {
    const char *file;
    struct conf_errors *errs;
    bool (*item)(void *arg, const struct yaml_item *it);
    void *arg;
    struct level level[CONF_DEPTH_MAX];
    int depth;
    char key[CONF_KEY_MAX];
    int documents;
    struct map *seen; /* dotted key -> line */
    bool stop;
};

static void refuse(struct walk *w, int line, const char *en, const char *fr) {
    conf_errors_say(w->errs, w->file, line, en, fr);
}

static void refuse_and_stop(struct walk *w, int line, const char *en, const char *fr) {
    refuse(w, line, en, fr);
    w->stop = true;
}

/* libyaml explains itself in English only: its usual complaints, reworded for people who are not used to YAML. */
static const struct {
    const char *said, *en, *fr;
} complaints[] = {
    {"found character that cannot start any token",
     "this character cannot stand here (tabs do not indent; quote texts)",
     "ce caractère ne peut pas être ici (pas de tabulation en retrait\u00a0; mettez les textes entre guillemets)"},
    {"found a tab character that violates indentation", "tabs do not indent: use blanks",
     "pas de tabulation en retrait\u00a0: utilisez des espaces"},
    {"mapping values are not allowed in this context", "a ':' too many, or wrong indentation",
     "un «\u00a0:\u00a0» de trop, ou un mauvais retrait"},
    {"did not find expected key", "wrong indentation, or a key without ':'",
     "mauvais retrait, ou une clé sans «\u00a0:\u00a0»"},
    {"could not find expected ':'", "a key without ':'", "une clé sans «\u00a0:\u00a0»"},
    {"did not find expected ',' or '}'", "a '{' without its '}'", "une «\u00a0{\u00a0» sans sa «\u00a0}\u00a0»"},
    {"did not find expected ',' or ']'", "a '[' without its ']'", "un «\u00a0[\u00a0» sans son «\u00a0]\u00a0»"},
    {"found unexpected end of stream", "a quoted text that does not end", "un texte entre guillemets qui ne finit pas"},
    {"did not find expected '-' indicator", "wrong indentation in a list", "mauvais retrait dans une liste"},
    {"found unknown escape character", "an unknown '\\' in a quoted text",
     "un «\u00a0\\\u00a0» inconnu dans un texte entre guillemets"},
    {"invalid leading UTF-8 octet", "bytes that are not UTF-8", "des octets qui ne sont pas de l’UTF-8"},
    {"invalid trailing UTF-8 octet", "bytes that are not UTF-8", "des octets qui ne sont pas de l’UTF-8"},
    {"incomplete UTF-8 octet sequence", "bytes that are not UTF-8", "des octets qui ne sont pas de l’UTF-8"},
    {"control characters are not allowed", "control characters are not allowed",
     "les caractères de contrôle sont interdits"},
};

static int line_of_offset(const char *bytes, size_t n, size_t offset) {
    int line = 1;
    for (size_t i = 0; i < n && i < offset; i++) line += bytes[i] == '\n';
    return line;
}

static void syntax_error(struct walk *w, const yaml_parser_t *p, const char *bytes, size_t n) {
    const char *said = p->problem != NULL ? p->problem : "unreadable";
    int line =
        p->error == YAML_READER_ERROR ? line_of_offset(bytes, n, p->problem_offset) : (int)p->problem_mark.line + 1;
    const char *en = said, *fr = "texte YAML illisible";
    if (p->error == YAML_MEMORY_ERROR) en = "out of memory while reading it", fr = "mémoire insuffisante pour le lire";
    for (size_t i = 0; i < sizeof complaints / sizeof complaints[0]; i++) {
        if (strcmp(said, complaints[i].said) != 0) continue;
        en = complaints[i].en, fr = complaints[i].fr;
    }
    refuse_and_stop(w, line, en, fr);
}

/* The text of a key, appended to the path of its map. */
static void read_key(struct walk *w, const yaml_event_t *ev, int line) {
    const char *name = (const char *)ev->data.scalar.value;
    size_t n = ev->data.scalar.length;
    struct level *l = &w->level[w->depth - 1];
    l->wants_value = true;
    l->key_line = line;
    l->skip_value = true; /* until it proves good */
    if (l->skip) return;
    w->key[l->key_len] = '\0';
    bool good = n > 0 && name[0] != '.' && name[n - 1] != '.';
    for (size_t i = 0; i < n; i++) {
        char c = name[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        if (!plain && c != '-' && (c != '.' || (i > 0 && name[i - 1] == '.'))) good = false;
    }
    if (!good) {
        refuse(
            w, line, "a key has only letters, digits, '_', '-' and dots between words",
            "une clé n’a que des lettres, des chiffres, «\u00a0_\u00a0», «\u00a0-\u00a0» et des points entre les mots");
        return;
    }
    if (l->key_len + 1 + n + 16 >= sizeof w->key) { /* 16: an index may follow */
        refuse(w, line, "a key that is too long", "une clé trop longue");
        return;
    }
    size_t at = l->key_len;
    if (at > 0) w->key[at++] = '.';
    memcpy(w->key + at, name, n);
    w->key[at + n] = '\0';
    uintptr_t first = (uintptr_t)map_get(w->seen, w->key);
    if (first != 0) {
        conf_errors_add(w->errs, w->file, line, "%s: given twice, first in line %d",
                        "%s\u00a0: donné deux fois, d’abord à la ligne %d", w->key, (int)first);
        return;
    }
    if (!map_put(w->seen, w->key, (void *)(uintptr_t)line)) { /* NOLINT: a line number, never followed */
        refuse_and_stop(w, line, "too many settings", "trop de réglages");
        return;
    }
    l->skip_value = false;
}

/* Where a value, map or list stands: completes w->key for a list's element. Returns false where it is to be skipped. */
static bool place(struct walk *w, int line) {
    if (w->depth == 0) {
        w->key[0] = '\0';
        return true;
    }
    struct level *l = &w->level[w->depth - 1];
    if (l->is_list) {
        if (l->key_len + 16 >= sizeof w->key) {
            refuse_and_stop(w, line, "a key that is too long", "une clé trop longue");
            return false;
        }
        snprintf(w->key + l->key_len, sizeof w->key - l->key_len, "[%u]", l->count);
        l->count++;
        return !l->skip;
    }
    l->wants_value = false;
    return !l->skip && !l->skip_value;
}

/* What stands behind a key is told at the key's line, where people look for it. */
static int line_of(const struct walk *w, int line) {
    const struct level *l = w->depth > 0 ? &w->level[w->depth - 1] : NULL;
    return l != NULL && !l->is_list ? l->key_line : line;
}

static void open_level(struct walk *w, bool is_list, int line) {
    bool take = place(w, line);
    if (w->stop) return;
    if (w->depth == CONF_DEPTH_MAX) {
        refuse_and_stop(w, line, "nested too deeply", "imbrication trop profonde");
        return;
    }
    struct yaml_item it = {.kind = is_list ? YAML_LIST : YAML_MAP, .key = w->key, .line = line_of(w, line)};
    if (take) take = w->item(w->arg, &it);
    w->level[w->depth++] = (struct level){.is_list = is_list, .skip = !take, .key_len = strlen(w->key)};
}

static void scalar(struct walk *w, const yaml_event_t *ev, int line) {
    struct level *l = w->depth > 0 ? &w->level[w->depth - 1] : NULL;
    const char *value = (const char *)ev->data.scalar.value;
    size_t n = ev->data.scalar.length;
    if (l != NULL && !l->is_list && !l->wants_value) {
        read_key(w, ev, line);
        return;
    }
    bool take = place(w, line);
    if (!take || w->stop) return;
    if (n > CONF_VALUE_MAX || strlen(value) != n || !utf8_valid(value, n)) {
        refuse(w, line, "a value that is too long or not text", "une valeur trop longue ou qui n’est pas du texte");
        return;
    }
    bool plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    bool empty = plain && (n == 0 || strcmp(value, "~") == 0 || strcmp(value, "null") == 0);
    if (w->depth == 0 && empty) return; /* an empty file */
    struct yaml_item it = {.kind = YAML_VALUE, .key = w->key, .value = value, .empty = empty, .line = line_of(w, line)};
    w->item(w->arg, &it);
}

static bool is_marked(const yaml_event_t *ev) {
    switch (ev->type) {
    case YAML_ALIAS_EVENT: return true;
    case YAML_SCALAR_EVENT: return ev->data.scalar.anchor != NULL || ev->data.scalar.tag != NULL;
    case YAML_SEQUENCE_START_EVENT:
        return ev->data.sequence_start.anchor != NULL || ev->data.sequence_start.tag != NULL;
    case YAML_MAPPING_START_EVENT: return ev->data.mapping_start.anchor != NULL || ev->data.mapping_start.tag != NULL;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: return false;
    }
    return false;
}

static void step(struct walk *w, const yaml_event_t *ev) {
    int line = (int)ev->start_mark.line + 1;
    if (is_marked(ev)) {
        refuse_and_stop(w, line, "anchors, aliases and tags (&, *, !) are not allowed",
                        "les ancres, alias et étiquettes (&, *, !) sont interdits");
        return;
    }
    switch (ev->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++w->documents > 1) refuse_and_stop(w, line, "a second document", "un second document");
        return;
    case YAML_SCALAR_EVENT: scalar(w, ev, line); return;
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT: {
        struct level *l = w->depth > 0 ? &w->level[w->depth - 1] : NULL;
        if (l != NULL && !l->is_list && !l->wants_value)
            refuse_and_stop(w, line, "a map or list as a key", "un dictionnaire ou une liste comme clé");
        else
            open_level(w, ev->type == YAML_SEQUENCE_START_EVENT, line);
        return;
    }
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        w->depth--;
        w->key[w->depth > 0 ? w->level[w->depth - 1].key_len : 0] = '\0';
        return;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    case YAML_ALIAS_EVENT: return;
    }
}

void yaml_read(const char *bytes, size_t n, const char *file, bool (*item)(void *arg, const struct yaml_item *it),
               void *arg, struct conf_errors *errs) {
    struct walk w = {.file = file, .errs = errs, .item = item, .arg = arg};
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) die("yaml: no memory");
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING); /* no UTF-16: what is shown is what is read */
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, n);
    w.seen = map_new(CONF_ENTRIES_MAX);
    for (bool end = false; !end && !w.stop;) {
        yaml_event_t ev;
        if (!yaml_parser_parse(&parser, &ev)) {
            syntax_error(&w, &parser, bytes, n);
            break;
        }
        end = ev.type == YAML_STREAM_END_EVENT;
        step(&w, &ev);
        yaml_event_delete(&ev);
    }
    map_free(w.seen);
    yaml_parser_delete(&parser);
}
