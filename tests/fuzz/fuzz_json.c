/*
 * fuzz_json: any bytes through json_parse, every read of what comes out, and back
 * through the writer: what was written must parse again.
 * `make fuzz` runs it; with -DFUZZ_MAIN it runs the files of a corpus.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/net/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void read_all(const struct json *j) {
    int64_t i;
    uint64_t u;
    double d;
    bool b;
    price_t p;
    char text[16];
    json_i64(j, "", &i);
    json_id(j, "", &u);
    json_f64(j, "", &d);
    json_bool(j, "", &b);
    json_price(j, "", &p);
    json_copy(j, "", text, sizeof text);
    if (json_key(j)) json_at(j, json_key(j)); /* a path made of hostile text */
}

static void write_again(struct jw *w, const struct json *j, bool member) {
    double d;
    bool b;
    read_all(j);
    if (member) jw_key(w, json_key(j));
    if (json_is_object(j) || json_is_array(j)) {
        bool object = json_is_object(j);
        if (object)
            jw_obj(w);
        else
            jw_arr(w);
        for (const struct json *c = json_first(j); c; c = json_next(c)) write_again(w, c, object);
        if (object)
            jw_end_obj(w);
        else
            jw_end_arr(w);
    } else if (json_str(j, "")) {
        jw_str(w, json_str(j, ""));
    } else if (json_f64(j, "", &d)) {
        jw_f64(w, d);
    } else if (json_bool(j, "", &b)) {
        jw_bool(w, b);
    } else {
        jw_null(w);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct err e = {0};
    struct json *j = json_parse((const char *)bytes, n, &e);
    if (!j) {
        assert(e.code != ERR_NONE);
        return 0;
    }
    struct buf b;
    struct jw w;
    buf_init(&b, 1 << 24);
    jw_init(&w, &b);
    write_again(&w, j, false);
    if (!b.overflow) {
        struct json *again = json_parse(b.p, b.len, NULL);
        assert(again && json_count(again) == json_count(j));
        assert(utf8_valid(b.p, b.len));
        json_free(again);
    }
    buf_clear(&b);
    json_free(j);
    return 0;
}
