/* map and idset, each against a naive twin under thousands of random operations. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/map.h"
#include "engine/base/rng.h"

#define KEYS 300

static int values[KEYS];

static void map_agrees_with_an_array(void **state) {
    (void)state;
    struct map *m = map_new(KEYS - 50);
    void *naive[KEYS] = {0};
    size_t count = 0;
    struct rng r;
    rng_seed(&r, 11);
    for (int step = 0; step < 40000; step++) {
        int k = (int)rng_below(&r, KEYS);
        char key[16];
        snprintf(key, sizeof key, "key-%d", k);
        void *there = naive[k];
        assert_ptr_equal(map_get(m, key), there);
        if (rng_below(&r, 100) < 60) {
            bool fits = there != NULL || count < KEYS - 50;
            assert_int_equal(map_put(m, key, &values[step % KEYS]), fits);
            if (!fits) continue;
            if (there == NULL) count++;
            naive[k] = &values[step % KEYS];
        } else {
            assert_ptr_equal(map_take(m, key), there);
            if (there != NULL) count--;
            naive[k] = NULL;
        }
        assert_int_equal(map_count(m), count);
    }
    size_t it = 0, seen = 0;
    const char *key;
    void *value;
    while (map_next(m, &it, &key, &value)) {
        int k = -1;
        assert_int_equal(sscanf(key, "key-%d", &k), 1);
        assert_ptr_equal(value, naive[k]);
        seen++;
    }
    assert_int_equal(seen, count);
    map_free(m);
}

static void iteration_follows_insertion_and_survives_removal(void **state) {
    (void)state;
    static const char *const keys[] = {"z", "", "a", "m", "b"};
    struct map *m = map_new(10);
    char key[8];
    for (size_t i = 0; i < 5; i++) {
        snprintf(key, sizeof key, "%s", keys[i]);
        assert_true(map_put(m, key, &values[i])); /* the key is copied */
    }
    memset(key, 'x', sizeof key - 1);
    size_t it = 0, i = 0;
    const char *k;
    void *v;
    while (map_next(m, &it, &k, &v)) {
        assert_string_equal(k, keys[i]);
        assert_ptr_equal(v, &values[i]);
        assert_ptr_equal(map_take(m, keys[i]), &values[i]);
        i++;
    }
    assert_int_equal(i, 5);
    assert_int_equal(map_count(m), 0);
    assert_null(map_take(m, "z"));
    map_free(m);
    map_free(NULL);
}

static void a_full_map_still_replaces(void **state) {
    (void)state;
    struct map *m = map_new(2);
    assert_true(map_put(m, "a", &values[0]));
    assert_true(map_put(m, "b", &values[1]));
    assert_false(map_put(m, "c", &values[2]));
    assert_null(map_get(m, "c"));
    assert_true(map_put(m, "a", &values[3]));
    assert_ptr_equal(map_get(m, "a"), &values[3]);
    map_take(m, "b");
    assert_true(map_put(m, "c", &values[2]));
    map_free(m);
}

static void idset_agrees_with_a_window(void **state) {
    (void)state;
    enum { MAX = 37, STEPS = 20000 };
    static uint64_t window[STEPS];
    size_t n = 0;
    struct idset *s = idset_new(MAX);
    struct rng r;
    rng_seed(&r, 5);
    for (int step = 0; step < STEPS; step++) {
        uint64_t id = rng_below(&r, 80) << (step % 2 ? 0 : 40);
        bool there = false;
        for (size_t i = n > MAX ? n - MAX : 0; i < n; i++) there = there || window[i] == id;
        assert_int_equal(idset_has(s, id), there);
        assert_int_equal(idset_add(s, id), !there);
        if (!there) window[n++] = id;
        assert_true(idset_has(s, id));
    }
    idset_free(s);
    idset_free(NULL);
}

static void idset_takes_zero_the_largest_and_a_window_of_one(void **state) {
    (void)state;
    struct idset *s = idset_new(1);
    assert_false(idset_has(s, 0));
    assert_true(idset_add(s, 0));
    assert_false(idset_add(s, 0));
    assert_true(idset_add(s, UINT64_MAX));
    assert_false(idset_has(s, 0));
    assert_true(idset_has(s, UINT64_MAX));
    idset_free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(map_agrees_with_an_array),
        cmocka_unit_test(iteration_follows_insertion_and_survives_removal),
        cmocka_unit_test(a_full_map_still_replaces),
        cmocka_unit_test(idset_agrees_with_a_window),
        cmocka_unit_test(idset_takes_zero_the_largest_and_a_window_of_one),
    };
    return RUN(tests);
}
