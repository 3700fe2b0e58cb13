/* Who may do what: from platform and id alone, nobody unless listed, a mentor never touches. */
#include "tests/unit/unit.h"

#include <string.h>

#include "bot/auth.h"
#include "engine/base/log.h"
#include "engine/base/rng.h"

static struct auth *people(void) {
    struct auth *a = auth_new(NULL);
    log_set_stderr(false);
    auth_add(a, ROLE_OWNER, "discord:3000");
    auth_add(a, ROLE_OWNER, "telegram:400");
    auth_add(a, ROLE_OPERATOR, "discord:3001");
    auth_add(a, ROLE_MENTOR, "discord:3002");
    return a;
}

static void an_empty_list_is_nobody(void **state) {
    (void)state;
    struct auth *a = auth_new(NULL);
    assert_int_equal(auth_role(a, PLATFORM_DISCORD, "3000"), ROLE_NOBODY);
    assert_int_equal(auth_role(a, PLATFORM_TELEGRAM, "400"), ROLE_NOBODY);
    assert_int_equal(auth_role(a, PLATFORM_LOCAL, "1"), ROLE_OWNER);
    auth_free(a);
}

static void platform_and_id_decide(void **state) {
    (void)state;
    struct auth *a = people();
    assert_int_equal(auth_role(a, PLATFORM_DISCORD, "3000"), ROLE_OWNER);
    assert_int_equal(auth_role(a, PLATFORM_TELEGRAM, "3000"),
                     ROLE_NOBODY); /* the same number elsewhere is somebody else */
    assert_int_equal(auth_role(a, PLATFORM_DISCORD, "400"), ROLE_NOBODY);
    assert_int_equal(auth_role(a, PLATFORM_TELEGRAM, "400"), ROLE_OWNER);
    assert_int_equal(auth_role(a, PLATFORM_DISCORD, "3001"), ROLE_OPERATOR);
    assert_int_equal(auth_role(a, PLATFORM_DISCORD, "3002"), ROLE_MENTOR);
    assert_int_equal(auth_role(a, PLATFORM_LOCAL, "3000"), ROLE_NOBODY);
    assert_int_equal(auth_role(a, PLATFORM_LOCAL, "2"), ROLE_NOBODY);
    auth_free(a);
}

static void what_only_looks_like_an_id_is_nobody(void **state) {
    (void)state;
    struct auth *a = people();
    static const char *const ids[] = {"",
                                      "03000",
                                      "+3000",
                                      "3000 ",
                                      " 3000",
                                      "3000\n",
                                      "30 00",
                                      "0x3000",
                                      "3000a",
                                      "owner",
                                      "1:3000",
                                      "-3000",
                                      "999999999999999999999999"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        for (int p = 0; p < PLATFORM_COUNT; p++) assert_int_equal(auth_role(a, (enum platform)p, ids[i]), ROLE_NOBODY);
    auth_free(a);
}

static void only_people_can_be_listed(void **state) {
    (void)state;
    struct auth *a = people();
    static const char *const entries[] = {"",
                                          "3003",
                                          "local:1",
                                          "local:2",
                                          "discord:",
                                          "discord:@everyone",
                                          "discord:role",
                                          "Discord:3003",
                                          "discord:03003",
                                          "telegram:ann"};
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) auth_add(a, ROLE_OWNER, entries[i]);
    assert_int_equal(auth_role(a, PLATFORM_DISCORD, "3003"), ROLE_NOBODY);
    assert_int_equal(auth_role(a, PLATFORM_DISCORD, "03003"), ROLE_NOBODY); /* one person, one spelling */
    assert_int_equal(auth_role(a, PLATFORM_LOCAL, "2"), ROLE_NOBODY);
    auth_free(a);
}

static void listed_twice_the_greater_role_counts(void **state) {
    (void)state;
    struct auth *a = auth_new(NULL);
    auth_add(a, ROLE_MENTOR, "discord:5");
    auth_add(a, ROLE_OWNER, "discord:5");
    auth_add(a, ROLE_OPERATOR, "discord:5");
    assert_int_equal(auth_role(a, PLATFORM_DISCORD, "5"), ROLE_OWNER);
    auth_free(a);
}

static void random_ids_are_nobody(void **state) {
    (void)state;
    struct auth *a = people();
    struct rng r;
    char id[24];
    rng_seed(&r, 7);
    for (int i = 0; i < 200000; i++) {
        size_t n = rng_below(&r, 22);
        for (size_t k = 0; k < n; k++)
            id[k] = (char)(rng_below(&r, 3) ? '0' + (char)rng_below(&r, 10) : (char)rng_below(&r, 256));
        id[n] = '\0';
        if (!strcmp(id, "3000") || !strcmp(id, "3001") || !strcmp(id, "3002") || !strcmp(id, "400") || !strcmp(id, "1"))
            continue;
        for (int p = 0; p < PLATFORM_COUNT; p++) assert_int_equal(auth_role(a, (enum platform)p, id), ROLE_NOBODY);
    }
    auth_free(a);
}

static void a_mentor_never_touches(void **state) {
    (void)state;
    for (uint32_t i = 0; command_table[i]; i++) {
        struct command c = *command_table[i];
        assert_false(auth_may(ROLE_NOBODY, &c));
        c.role = ROLE_MENTOR; /* even where a record says so by mistake */
        assert_int_equal(auth_may(ROLE_MENTOR, &c), (c.flags & COMMAND_READONLY) != 0);
        assert_true(auth_may(ROLE_OWNER, command_table[i]));
    }
}

static void the_actor_is_plain(void **state) {
    (void)state;
    char actor[ACTOR_MAX];
    auth_actor(PLATFORM_DISCORD, "3000000000000000001", actor);
    assert_string_equal(actor, "discord:3000000000000000001");
    auth_actor(PLATFORM_TELEGRAM, "x\"y\n", actor);
    assert_string_equal(actor, "telegram:?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_list_is_nobody),
        cmocka_unit_test(platform_and_id_decide),
        cmocka_unit_test(what_only_looks_like_an_id_is_nobody),
        cmocka_unit_test(only_people_can_be_listed),
        cmocka_unit_test(listed_twice_the_greater_role_counts),
        cmocka_unit_test(random_ids_are_nobody),
        cmocka_unit_test(a_mentor_never_touches),
        cmocka_unit_test(the_actor_is_plain),
    };
    return RUN(tests);
}
