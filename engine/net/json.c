/*
 * json: reading. A struct json is a cJSON node under another name, so nothing is
 * copied. cJSON recurses and allocates for each value, so depth and number of
 * values are counted before it sees the text.
 *
 * The values of one text lie in one arena: cJSON would ask the allocator twice for each
 * and give each back again, which costs more than reading them. Its hooks are the
 * library's own global; the arena of the parse under way is one thread's.
 */
#include "engine/net/json.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"

#define WHOLE_MAX 9007199254740991.0 /* 2^53 - 1: the next one may stand for another that was written */
#define NUMBER_TEXT_MAX 40
#define TREE_MAX ((size_t)JSON_VALUES_MAX * 512 + 4 * (size_t)JSON_TEXT_MAX) /* what scan_fits lets through fits */

static const cJSON *node(const struct json *j) {
    return (const cJSON *)j;
}

static const struct json *wrap(const cJSON *c) {
    return (const struct json *)c;
}

/* The root's node is the first that cJSON asks for: right before it lies whose it is. */
union owner {
    struct arena *arena;
    max_align_t alignment;
};
static _Thread_local struct arena *parsing; /* NULL: between two texts */

static void *tree_alloc(size_t n) {
    return parsing ? arena_take(parsing, n) : xmalloc(n); /* cJSON clears what it needs clear */
}

/* What cJSON gives back while it parses lies in the arena. */
static void tree_release(void *p) {
    if (!parsing) free(p);
}

static void tree_hooks(void) {
    cJSON_Hooks hooks = {tree_alloc, tree_release};
    cJSON_InitHooks(&hooks);
}

static cJSON *tree_parse(const char *text, size_t n, const char **stop) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, tree_hooks);
    struct arena *a = arena_new(TREE_MAX);
    union owner *o = arena_alloc(a, sizeof *o);
    o->arena = a;
    parsing = a;
    cJSON *root = cJSON_ParseWithLengthOpts(text, n, stop, 0);
    parsing = NULL;
    if (!root) arena_free(a);
    assert(!root || (char *)root == (char *)(o + 1));
    return root;
}

static void tree_free(cJSON *root) {
    if (root) arena_free(((union owner *)(void *)root - 1)->arena);
}

struct scan {
    const char *p, *end;
    int depth;
    size_t values;
};

static const bool in_string[256] = {
    [0 ... '!'] = true, ['#' ... '['] = true, [']' ... 255] = true}; /* neither a quote nor a backslash */
static const bool in_value[256] = {
    [1 ... '!'] = true,   ['#' ... '+'] = true, ['-' ... 'Z'] = true, ['\\'] = true,
    ['^' ... 'z'] = true, ['|'] = true,         ['~' ... 255] = true}; /* what counts for nothing */

static void scan_run(struct scan *s, const bool dull[256]) {
    while (s->p < s->end && dull[(unsigned char)*s->p]) s->p++;
}

/* Leaves p behind the closing quote; false where there is none. */
static bool scan_string(struct scan *s) {
    for (s->p++;; s->p += 2) { /* an escape is two bytes at least */
        scan_run(s, in_string);
        if (s->p >= s->end) return false;
        if (*s->p == '"') break;
    }
    s->p++;
    return true;
}

/* Counts what cJSON would recurse into and allocate. It need not understand the text: cJSON does that. */
static bool scan_fits(struct scan *s) {
    for (scan_run(s, in_value); s->p < s->end; scan_run(s, in_value)) {
        char c = *s->p;
        if (c == '"') {
            if (!scan_string(s)) return false;
            continue;
        }
        if (c == '\0') return false;
        if (c == '{' || c == '[') {
            if (++s->depth > JSON_DEPTH_MAX) return false;
            s->values++;
        } else if (c == '}' || c == ']') {
            if (--s->depth < 0) return false;
        } else if (c == ',') {
            s->values++;
        }
        if (s->values > JSON_VALUES_MAX) return false;
        s->p++;
    }
    return s->depth == 0;
}

static bool only_blanks(const char *p, const char *end) {
    for (; p < end; p++)
        if (!strchr(" \t\r\n", *p)) return false;
    return true;
}

struct json *json_parse(const char *text, size_t n, struct err *e) {
    struct scan s = {.p = text, .end = text + n};
    if (n > JSON_TEXT_MAX) {
        err_set(e, ERR_RANGE, "JSON of %zu bytes is too large", "JSON trop grand : %zu octets", n);
        return NULL;
    }
    if (!scan_fits(&s)) {
        err_set(e, ERR_SYNTAX, "bad, too deep or too large JSON", "JSON invalide, trop profond ou trop grand");
        return NULL;
    }
    const char *stop = NULL;
    cJSON *root = tree_parse(text, n, &stop);
    if (root && only_blanks(stop, text + n)) return (struct json *)root;
    tree_free(root);
    size_t at = stop && stop >= text ? (size_t)(stop - text) : 0;
    err_set(e, ERR_SYNTAX, "bad JSON at byte %zu", "JSON invalide à l’octet %zu", at);
    return NULL;
}

void json_free(struct json *root) {
    tree_free((cJSON *)root);
}

static const cJSON *member(const cJSON *c, const char *key, size_t n) {
    if (!cJSON_IsObject(c)) return NULL;
    for (c = c->child; c; c = c->next)
        if (c->string && strncmp(c->string, key, n) == 0 && c->string[n] == '\0') return c;
    return NULL;
}

static const cJSON *element(const cJSON *c, const char **path) {
    char *end = NULL;
    if (!cJSON_IsArray(c)) return NULL;
    if ((*path)[1] < '0' || (*path)[1] > '9') return NULL;
    unsigned long i = strtoul(*path + 1, &end, 10);
    if (*end != ']') return NULL;
    *path = end + 1;
    for (c = c->child; c && i > 0; i--) c = c->next;
    return c;
}

const struct json *json_at(const struct json *j, const char *path) {
    const cJSON *c = node(j);
    if (!path) return j;
    while (c && *path) {
        if (*path == '[') {
            c = element(c, &path);
        } else {
            size_t n = strcspn(path, ".[");
            c = member(c, path, n);
            path += n;
        }
        if (*path == '.') path++;
    }
    return wrap(c);
}

bool json_is_null(const struct json *j) {
    return !j || cJSON_IsNull(node(j));
}

bool json_is_string(const struct json *j) {
    return cJSON_IsString(node(j));
}

bool json_is_number(const struct json *j) {
    return cJSON_IsNumber(node(j));
}

bool json_is_object(const struct json *j) {
    return cJSON_IsObject(node(j));
}

bool json_is_array(const struct json *j) {
    return cJSON_IsArray(node(j));
}

size_t json_count(const struct json *j) {
    size_t n = 0;
    for (const struct json *c = json_first(j); c; c = json_next(c)) n++;
    return n;
}

const struct json *json_item(const struct json *j, size_t i) {
    const struct json *c = json_first(j);
    for (; c && i > 0; i--) c = json_next(c);
    return c;
}

const char *json_key(const struct json *j) {
    return j ? node(j)->string : NULL;
}

const struct json *json_first(const struct json *j) {
    return json_is_array(j) || json_is_object(j) ? wrap(node(j)->child) : NULL;
}

const struct json *json_next(const struct json *j) {
    return j ? wrap(node(j)->next) : NULL;
}

const char *json_str(const struct json *j, const char *path) {
    const struct json *at = json_at(j, path);
    return json_is_string(at) ? node(at)->valuestring : NULL;
}

bool json_copy(const struct json *j, const char *path, char *out, size_t size) {
    const char *s = json_str(j, path);
    size_t n = s ? strlen(s) : 0;
    if (!s || n >= size) return false;
    memcpy(out, s, n + 1);
    return true;
}

bool json_bool(const struct json *j, const char *path, bool *out) {
    const struct json *at = json_at(j, path);
    if (!cJSON_IsBool(node(at))) return false;
    *out = cJSON_IsTrue(node(at));
    return true;
}

bool json_f64(const struct json *j, const char *path, double *out) {
    const struct json *at = json_at(j, path);
    if (!json_is_number(at) || !isfinite(node(at)->valuedouble)) return false;
    *out = node(at)->valuedouble;
    return true;
}

bool json_i64(const struct json *j, const char *path, int64_t *out) {
    double d;
    if (!json_f64(j, path, &d) || d != trunc(d) || fabs(d) > WHOLE_MAX) return false;
    *out = (int64_t)d;
    return true;
}

bool json_id(const struct json *j, const char *path, uint64_t *out) {
    const char *s = json_str(j, path);
    int64_t whole;
    uint64_t v = 0;
    if (!s) {
        if (!json_i64(j, path, &whole) || whole < 0) return false;
        *out = (uint64_t)whole;
        return true;
    }
    if (!*s || (s[0] == '0' && s[1])) return false; /* one id has one spelling */
    for (; *s; s++) {
        if (*s < '0' || *s > '9') return false;
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v)) return false;
    }
    *out = v;
    return true;
}

/*
 * cJSON keeps only the double. Up to 15 significant digits a double gives back the digits that were written, so those are
 * taken; where 15 digits do not read back as the same double, more had been written, and the exact value is not known.
 */
static bool price_from_number(double d, price_t *out) {
    char text[NUMBER_TEXT_MAX];
    if (!isfinite(d)) return false;
    snprintf(text, sizeof text, "%.15g", d);
    if (strtod(text, NULL) != d) return false;
    if (strchr(text,
               'e')) { /* below 1e-4: written out with all digits a price can have; above 1e15: too large anyway */
        if (fabs(d) >= 1.0) return false;
        snprintf(text, sizeof text, "%.*f", PRICE_DIGITS, d);
        if (strtod(text, NULL) != d) return false;
    }
    return price_parse(text, strlen(text), out);
}

bool json_price(const struct json *j, const char *path, price_t *out) {
    const struct json *at = json_at(j, path);
    price_t p;
    bool ok = false;
    if (json_is_string(at))
        ok = price_parse(node(at)->valuestring, strlen(node(at)->valuestring), &p);
    else if (json_is_number(at))
        ok = price_from_number(node(at)->valuedouble, &p);
    if (ok) *out = p;
    return ok;
}
