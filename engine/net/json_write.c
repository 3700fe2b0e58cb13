/*
 * json_write: the streaming writer of json.h. State is the caller's struct jw. It
 * writes to the buffer only; whether all fitted is the buffer's `overflow`.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/net/json.h"

#define REPLACEMENT "\xef\xbf\xbd"

void jw_init(struct jw *w, struct buf *b) {
    *w = (struct jw){.b = b};
}

/* Is a comma due before the next element? It is asked once for each. */
static bool comma_due(struct jw *w) {
    bool due = !w->first[w->depth - 1];
    w->first[w->depth - 1] = false;
    return due;
}

/* Before any value: the comma between elements. Members get theirs in jw_key. */
static void jw_value(struct jw *w) {
    if (w->after_key)
        w->after_key = false;
    else if (w->depth > 0 && comma_due(w))
        buf_char(w->b, ',');
}

static void jw_open(struct jw *w, char c) {
    jw_value(w);
    assert(w->depth < JSON_DEPTH_MAX);
    w->first[w->depth++] = true;
    buf_char(w->b, c);
}

static void jw_close(struct jw *w, char c) {
    assert(w->depth > 0 && !w->after_key);
    w->depth--;
    buf_char(w->b, c);
}

void jw_obj(struct jw *w) {
    jw_open(w, '{');
}

void jw_end_obj(struct jw *w) {
    jw_close(w, '}');
}

void jw_arr(struct jw *w) {
    jw_open(w, '[');
}

void jw_end_arr(struct jw *w) {
    jw_close(w, ']');
}

/* Length of the valid UTF-8 sequence at s, 0 where it is not one. */
static size_t utf8_step(const unsigned char *s, size_t n) {
    size_t need;
    uint32_t point;
    if (s[0] < 0x80) return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf) {
        need = 2;
        point = s[0] & 0x1fu;
    } else if (s[0] >= 0xe0 && s[0] <= 0xef) {
        need = 3;
        point = s[0] & 0x0fu;
    } else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        need = 4;
        point = s[0] & 0x07u;
    } else {
        return 0;
    }
    if (need > n) return 0;
    for (size_t i = 1; i < need; i++) {
        if ((s[i] & 0xc0) != 0x80) return 0;
        point = point << 6 | (s[i] & 0x3fu);
    }
    if (need == 3 && (point < 0x800 || (point >= 0xd800 && point <= 0xdfff))) return 0;
    if (need == 4 && (point < 0x10000 || point > 0x10ffff)) return 0;
    return need;
}

static void escape(struct buf *b, unsigned char c) {
    static const char short_of[32] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    buf_char(b, '\\');
    if (c == '"' || c == '\\')
        buf_char(b, (char)c);
    else if (short_of[c])
        buf_char(b, short_of[c]);
    else
        buf_printf(b, "u%04x", c);
}

static const bool as_it_is[256] = {[' ' ... '!'] = true, ['#' ... '['] = true, [']' ... 0x7f] = true};

/* How many characters at the front are what nearly every text is made of. */
static size_t plain_run(const char *text, size_t n) {
    size_t i = 0;
    while (i < n && as_it_is[(unsigned char)text[i]]) i++;
    return i;
}

static char *put_quoted(char *to, const char *text, size_t n) {
    *to++ = '"';
    memcpy(to, text, n);
    to[n] = '"';
    return to + n + 1;
}

static void quoted(struct buf *b, const char *text, size_t n) {
    const unsigned char *s = (const unsigned char *)text;
    size_t run = plain_run(text, n), plain = 0; /* plain: start of what can be copied as it is */
    if (run == n) {
        char *to = buf_room(b, n + 2);
        if (to) put_quoted(to, text, n);
        return;
    }
    buf_char(b, '"');
    for (size_t i = run; i < n;) {
        if (as_it_is[s[i]]) {
            i++;
            continue;
        }
        size_t step = utf8_step(s + i, n - i);
        bool special = s[i] < 0x20 || s[i] == '"' || s[i] == '\\';
        if (step > 0 && !special) {
            i += step;
            continue;
        }
        buf_add(b, text + plain, i - plain);
        if (special)
            escape(b, s[i]);
        else
            buf_str(b, REPLACEMENT);
        plain = ++i;
    }
    buf_add(b, text + plain, n - plain);
    buf_char(b, '"');
}

void jw_key(struct jw *w, const char *key) {
    assert(w->depth > 0 && !w->after_key);
    size_t n = strlen(key);
    bool comma = comma_due(w);
    w->after_key = true;
    if (plain_run(key, n) == n) { /* the program's own names */
        char *to = buf_room(w->b, comma + n + 3);
        if (!to) return;
        if (comma) *to++ = ',';
        *put_quoted(to, key, n) = ':';
        return;
    }
    if (comma) buf_char(w->b, ',');
    quoted(w->b, key, n);
    buf_char(w->b, ':');
}

void jw_str(struct jw *w, const char *s) {
    if (s)
        jw_str_n(w, s, strlen(s));
    else
        jw_null(w);
}

void jw_str_n(struct jw *w, const char *s, size_t n) {
    jw_value(w);
    quoted(w->b, s, n);
}

void jw_i64(struct jw *w, int64_t v) {
    jw_value(w);
    buf_i64(w->b, v);
}

void jw_u64(struct jw *w, uint64_t v) {
    jw_value(w);
    buf_u64(w->b, v);
}

void jw_f64(struct jw *w, double v) {
    char text[40];
    if (!isfinite(v)) {
        jw_null(w);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v) break;
    }
    jw_raw(w, text);
}

void jw_bool(struct jw *w, bool v) {
    jw_raw(w, v ? "true" : "false");
}

void jw_null(struct jw *w) {
    jw_raw(w, "null");
}

void jw_raw(struct jw *w, const char *json) {
    jw_value(w);
    buf_str(w->b, json);
}

void jw_kstr(struct jw *w, const char *key, const char *s) {
    jw_key(w, key);
    jw_str(w, s);
}

void jw_ki64(struct jw *w, const char *key, int64_t v) {
    jw_key(w, key);
    jw_i64(w, v);
}

void jw_kbool(struct jw *w, const char *key, bool v) {
    jw_key(w, key);
    jw_bool(w, v);
}

void jw_id(struct jw *w, const char *key, uint64_t v) {
    jw_key(w, key);
    jw_value(w);
    buf_char(w->b, '"');
    buf_u64(w->b, v);
    buf_char(w->b, '"');
}
