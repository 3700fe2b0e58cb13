/*
 * fuzz_json: any bytes through json_parse, every read of what comes out, and back through
 * the writer: what was written parses again to the same, and writes the same bytes. Whole
 * numbers and ids come out exactly as they were written, or not at all.
 */
#include "tests/fuzz/fuzz.h"

#include "engine/net/json.h"

#define EXACT_MAX 9007199254740991LL /* 2^53 - 1 */
#define WRITTEN_MAX (1u << 24)

/* An id of digits means that number and has no other spelling. */
static void id_is_exact(const struct json *j) {
    char digits[32];
    uint64_t u;
    const char *s = json_str(j, "");
    if (!json_id(j, "", &u)) return;
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)u);
    assert(s ? !strcmp(s, digits) : u <= (uint64_t)EXACT_MAX);
}

static void read_all(const struct json *j) {
    int64_t i;
    double d;
    bool b;
    price_t p;
    char text[16];
    if (json_i64(j, "", &i)) assert(i <= EXACT_MAX && i >= -EXACT_MAX && json_f64(j, "", &d) && (double)i == d);
    id_is_exact(j);
    json_bool(j, "", &b);
    json_price(j, "", &p);
    if (json_copy(j, "", text, sizeof text)) assert(!strcmp(text, json_str(j, "")));
    assert(json_is_null(j) + json_is_string(j) + json_is_number(j) + json_is_object(j) + json_is_array(j) +
               json_bool(j, "", &b) <=
           1);
    if (json_key(j)) json_at(j, json_key(j)); /* a path made of hostile text */
}

static void write_value(struct jw *w, const struct json *j) {
    double d;
    bool b;
    if (json_str(j, ""))
        jw_str(w, json_str(j, ""));
    else if (json_f64(j, "", &d))
        jw_f64(w, d);
    else if (json_bool(j, "", &b))
        jw_bool(w, b);
    else
        jw_null(w);
}

static void write_again(struct jw *w, const struct json *j, bool member) {
    bool object = json_is_object(j);
    size_t n = 0;
    read_all(j);
    if (member) jw_key(w, json_key(j));
    if (!object && !json_is_array(j)) {
        write_value(w, j);
        return;
    }
    if (object)
        jw_obj(w);
    else
        jw_arr(w);
    for (const struct json *c = json_first(j); c; c = json_next(c), n++) write_again(w, c, object);
    assert(n == json_count(j));
    if (object)
        jw_end_obj(w);
    else
        jw_end_arr(w);
}

static void write_whole(const struct json *j, struct buf *b) {
    struct jw w;
    buf_init(b, WRITTEN_MAX);
    jw_init(&w, b);
    write_again(&w, j, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct err e = {0};
    struct buf b, c;
    char *text = copy_of(bytes, n);
    struct json *j = json_parse(text, n, &e);
    if (!j) {
        said(&e);
        free(text);
        return 0;
    }
    write_whole(j, &b);
    if (!b.overflow) {
        struct json *again = json_parse(b.p, b.len, NULL);
        assert(again && utf8_valid(b.p, b.len) && json_count(again) == json_count(j));
        write_whole(again, &c);
        assert(c.len == b.len && !memcmp(b.p, c.p, b.len));
        buf_clear(&c);
        json_free(again);
    }
    buf_clear(&b);
    json_free(j);
    free(text);
    return 0;
}
