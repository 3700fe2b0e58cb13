/*
 * json: reading by path and streaming writing. The only user of cJSON. Input is
 * checked for size, depth and number of values before it is parsed. Nothing handed
 * out lives longer than its json_free: copy what stays.
 *
 * Paths: "d.data.options[0].value"; "" or NULL is the node itself.
 */
#ifndef MIA_NET_JSON_H
#define MIA_NET_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/money.h"

#define JSON_DEPTH_MAX 32
#define JSON_TEXT_MAX (16u << 20)
#define JSON_VALUES_MAX 500000 /* cJSON takes some 80 bytes for each */

struct json; /* a node; the root owns all */

struct json *json_parse(const char *text, size_t n, struct err *e); /* root; NULL on bad input */
void json_free(struct json *root);

const struct json *json_at(const struct json *j, const char *path); /* NULL where absent */
bool json_is_null(const struct json *j);                            /* absent or null */
bool json_is_string(const struct json *j);
bool json_is_number(const struct json *j);
bool json_is_object(const struct json *j);
bool json_is_array(const struct json *j);
size_t json_count(const struct json *j);                      /* of an array or object; else 0 */
const struct json *json_item(const struct json *j, size_t i); /* arrays and objects in order; linear, see json_first */
const char *json_key(const struct json *j);                   /* of a member; NULL otherwise */
const struct json *json_first(const struct json *j);          /* for (c = json_first(a); c; c = json_next(c)) */
const struct json *json_next(const struct json *j);

/* Typed reads: false and *out untouched where absent or of another type. */
const char *json_str(const struct json *j, const char *path);                   /* NULL where absent or not a string */
bool json_copy(const struct json *j, const char *path, char *out, size_t size); /* false too where it does not fit */
bool json_bool(const struct json *j, const char *path, bool *out);
bool json_i64(const struct json *j, const char *path, int64_t *out); /* whole numbers below 2^53 */
bool json_f64(const struct json *j, const char *path, double *out);
bool json_id(const struct json *j, const char *path,
             uint64_t *out); /* a decimal string without leading zeros, or a whole number below 2^53 */
/* Money is read from strings; json numbers are only accepted up to 15 significant digits. In both, more decimals than a
 * price has are refused: where a venue is that careless, read json_f64 and use price_from_double. */
bool json_price(const struct json *j, const char *path, price_t *out);

/* Streaming writer: commas and escapes are automatic, nesting is asserted. Invalid UTF-8 becomes U+FFFD. */
struct jw {
    struct buf *b;
    int depth;
    bool first[JSON_DEPTH_MAX], after_key;
};
void jw_init(struct jw *w, struct buf *b);
void jw_obj(struct jw *w);
void jw_end_obj(struct jw *w);
void jw_arr(struct jw *w);
void jw_end_arr(struct jw *w);
void jw_key(struct jw *w, const char *key);
void jw_str(struct jw *w, const char *s); /* NULL: null */
void jw_str_n(struct jw *w, const char *s, size_t n);
void jw_i64(struct jw *w, int64_t v);
void jw_u64(struct jw *w, uint64_t v);
void jw_f64(struct jw *w, double v); /* 17 significant digits, shortest that reads back; NaN and infinity become null */
void jw_bool(struct jw *w, bool v);
void jw_null(struct jw *w);
void jw_raw(struct jw *w, const char *json); /* already JSON */
void jw_kstr(struct jw *w, const char *key, const char *s);
void jw_ki64(struct jw *w, const char *key, int64_t v);
void jw_kbool(struct jw *w, const char *key, bool v);
void jw_id(struct jw *w, const char *key, uint64_t v); /* as a string */

#endif
