/*
 * env: reads one line after the other; a broken line is reported and skipped. Knows
 * nothing of what the names mean.
 */
#include "config/env.h"

#include <string.h>

#include "engine/base/map.h"

struct line_reader {
    const char *p, *end; /* of the line */
};

static bool is_name(char c, bool first) {
    bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    return letter || (!first && c >= '0' && c <= '9');
}

static void blanks(struct line_reader *r) {
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t')) r->p++;
}

static bool take_name(struct line_reader *r, char name[ENV_NAME_MAX]) {
    if (r->end - r->p > 7 && strncmp(r->p, "export", 6) == 0 && (r->p[6] == ' ' || r->p[6] == '\t')) {
        r->p += 6;
        blanks(r);
    }
    const char *start = r->p;
    while (r->p < r->end && is_name(*r->p, r->p == start)) r->p++;
    size_t n = (size_t)(r->p - start);
    if (n == 0 || n >= ENV_NAME_MAX) return false;
    str_copy_n(name, ENV_NAME_MAX, start, n);
    blanks(r);
    if (r->p == r->end || *r->p != '=') return false;
    r->p++;
    blanks(r);
    return true;
}

/* A quoted value ends with its quote; after it only a comment may stand. */
static bool take_quoted(struct line_reader *r, struct buf *value) {
    char quote = *r->p++;
    for (; r->p < r->end && *r->p != quote; r->p++) {
        char c = *r->p;
        if (quote == '"' && c == '\\' && r->p + 1 < r->end) {
            c = *++r->p;
            if (c == 'n')
                c = '\n';
            else if (c == 't')
                c = '\t';
            else if (c != '"' && c != '\\' && c != '$')
                buf_char(value, '\\');
        }
        buf_char(value, c);
    }
    if (r->p == r->end) return false;
    r->p++;
    blanks(r);
    return r->p == r->end || *r->p == '#';
}

static void take_plain(struct line_reader *r, struct buf *value) {
    const char *start = r->p, *end = r->p;
    for (; r->p < r->end; r->p++) {
        if (*r->p == '#' && (r->p == start || r->p[-1] == ' ' || r->p[-1] == '\t')) break;
        if (*r->p != ' ' && *r->p != '\t') end = r->p + 1;
    }
    buf_add(value, start, (size_t)(end - start));
}

static bool take_value(struct line_reader *r, struct buf *value) {
    if (r->p < r->end && (*r->p == '\'' || *r->p == '"')) return take_quoted(r, value);
    take_plain(r, value);
    return true;
}

struct env_walk {
    const char *file;
    void (*fn)(void *arg, const char *name, const char *value, int line);
    void *arg;
    struct conf_errors *errs;
    struct map *seen; /* name -> line */
};

static void one_line(struct env_walk *w, struct line_reader r, int line) {
    char name[ENV_NAME_MAX];
    struct buf value;
    blanks(&r);
    if (r.p == r.end || *r.p == '#') return;
    buf_init(&value, CONF_VALUE_MAX);
    if (!take_name(&r, name)) {
        conf_errors_say(w->errs, w->file, line, "wants NAME=VALUE", "attend NOM=VALEUR");
    } else if (!take_value(&r, &value)) {
        conf_errors_add(w->errs, w->file, line, "%s: a quote that does not end, or text after it",
                        "%s\u00a0: un guillemet qui ne se ferme pas, ou du texte après lui", name);
    } else if (value.overflow || strlen(value.p) != value.len || !utf8_valid(value.p, value.len)) {
        conf_errors_add(w->errs, w->file, line, "%s: the value is too long or not text",
                        "%s\u00a0: la valeur est trop longue ou n’est pas du texte", name);
    } else if (map_get(w->seen, name) != NULL) {
        conf_errors_add(w->errs, w->file, line, "%s: given twice, first in line %d",
                        "%s\u00a0: donné deux fois, d’abord à la ligne %d", name,
                        (int)(uintptr_t)map_get(w->seen, name));
    } else {
        if (!map_put(w->seen, name, (void *)(uintptr_t)line)) /* a line number, never followed */
            conf_errors_say(w->errs, w->file, line, "too many variables", "trop de variables");
        else if (value.len > 0)
            w->fn(w->arg, name, value.p, line);
    }
    explicit_bzero(value.p, value.len);
    buf_clear(&value);
}

void env_read(const char *bytes, size_t n, const char *file,
              void (*fn)(void *arg, const char *name, const char *value, int line), void *arg,
              struct conf_errors *errs) {
    struct env_walk w = {.file = file, .fn = fn, .arg = arg, .errs = errs, .seen = map_new(CONF_ENTRIES_MAX)};
    const char *p = bytes, *end = bytes + n;
    if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) p += 3;
    for (int line = 1; p < end; line++) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        if (stop == NULL) stop = end;
        const char *last = stop > p && stop[-1] == '\r' ? stop - 1 : stop;
        one_line(&w, (struct line_reader){.p = p, .end = last}, line);
        p = stop < end ? stop + 1 : end;
    }
    map_free(w.seen);
}
