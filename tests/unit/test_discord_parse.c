/*
 * discord_parse: interactions as Discord sends them, and as somebody who means harm would.
 * Whatever comes in, a request is either right or refused whole.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "bot/chat/discord_interaction.h"
#include "engine/base/rng.h"

#define USER "\"member\":{\"nick\":null,\"user\":{\"id\":\"400\",\"username\":\"u\",\"global_name\":\"Ana\"}}"
#define BASE                                                                                                           \
    "\"id\":\"1350000000000000001\",\"application_id\":\"77\",\"token\":\"aW50-tok_en.1\",\"guild_id\":\"200\","       \
    "\"channel_id\":\"300\",\"locale\":\"fr\"," USER
#define SLASH                                                                                                          \
    "{\"type\":2," BASE ",\"data\":{\"id\":\"5\",\"name\":\"close\",\"type\":1,\"options\":["                          \
    "{\"name\":\"target\",\"type\":3,\"value\":\"XAUUSD\"},{\"name\":\"percent\",\"type\":4,\"value\":50}]}}"

static const struct interaction_home home = {.guild_id = "200", .bot_id = "100", .app_id = "77", .locale = -1};

static int parse(const char *text, struct request *r) {
    struct err e = {0};
    struct json *j = json_parse(text, strlen(text), &e);
    int result = interaction_parse(j, &home, r, &e);
    if (result < 0) assert_string_not_equal(e.text[LANG_FR], "");
    json_free(j);
    return result;
}

static void a_slash_command(void **state) {
    (void)state;
    struct request r;
    assert_int_equal(parse(SLASH, &r), 0);
    assert_int_equal(r.kind, REQUEST_COMMAND);
    assert_int_equal(r.ext_id, 1350000000000000001);
    assert_string_equal(r.user_id, "400");
    assert_string_equal(r.user_name, "Ana");
    assert_string_equal(r.bot_id, "100");
    assert_string_equal(r.chat_id, "300");
    assert_string_equal(r.command, "close");
    assert_int_equal(r.arg_count, 2);
    assert_string_equal(r.args[0].name, "target");
    assert_string_equal(r.args[0].value, "XAUUSD");
    assert_string_equal(r.args[1].value, "50");
    assert_true(r.home && r.genuine && r.can_be_private);
    assert_int_equal(r.lang, LANG_FR);
    assert_int_equal(when_sec(r.sent), (1350000000000000001 >> 22) / 1000 + 1420070400);
    struct interaction_address a;
    assert_true(interaction_address_read(r.address, &a));
    assert_int_equal(a.id, r.ext_id);
    assert_string_equal(a.token, "aW50-tok_en.1");
    assert_string_equal(a.app, "77");
    assert_string_equal(a.user, "400");
    assert_string_equal(a.name, "Ana");
    assert_int_equal(a.kind, INTERACTION_SLASH);
}

static void where_it_comes_from_decides(void **state) {
    (void)state;
    struct request r;
    const char *other = "{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"guild_id\":\"201\"," USER
                        ",\"data\":{\"name\":\"pause\",\"type\":1}}";
    assert_int_equal(parse(other, &r), 0);
    assert_false(r.home);
    const char *alone =
        "{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"user\":{\"id\":\"400\"},\"data\":{\"name\":\"pause\",\"type\":1}}";
    assert_int_equal(parse(alone, &r), 0);
    assert_false(r.home);
    const char *bot = "{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"guild_id\":\"200\",\"member\":{\"user\":{\"id\":"
                      "\"9\",\"bot\":true}},"
                      "\"data\":{\"name\":\"pause\",\"type\":1}}";
    assert_int_equal(parse(bot, &r), 0);
    assert_false(r.genuine);
    /* A user object beside the member must not lend its id. */
    const char *two = "{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"guild_id\":\"200\",\"user\":{\"id\":\"400\"},"
                      "\"member\":{\"user\":{\"id\":\"666\"}},\"data\":{\"name\":\"pause\",\"type\":1}}";
    assert_int_equal(parse(two, &r), 0);
    assert_string_equal(r.user_id, "666");
    struct interaction_home nowhere = home;
    nowhere.guild_id = "";
    struct json *j = json_parse(alone, strlen(alone), NULL);
    assert_int_equal(interaction_parse(j, &nowhere, &r, NULL), 0);
    assert_false(r.home); /* no server known: "" must not equal "" */
    json_free(j);
}

static enum interaction_kind click(const char *message, struct request *r) {
    char text[1024];
    struct interaction_address a;
    snprintf(text, sizeof text,
             "{\"type\":3," BASE ",\"data\":{\"custom_id\":\"c:17:ok\",\"component_type\":2},\"message\":%s}", message);
    assert_int_equal(parse(text, r), 0);
    assert_true(interaction_address_read(r->address, &a));
    return a.kind;
}

static void clicks_say_what_they_stand_on(void **state) {
    (void)state;
    struct request r;
    assert_int_equal(click("{\"id\":\"1\",\"flags\":64}", &r), INTERACTION_OWN);
    assert_int_equal(r.kind, REQUEST_BUTTON);
    assert_string_equal(r.text, "c:17:ok");
    assert_int_equal(click("{\"id\":\"1\",\"flags\":0,\"interaction_metadata\":{\"id\":\"4\"}}", &r),
                     INTERACTION_ANSWER);
    assert_int_equal(click("{\"id\":\"1\",\"flags\":0}", &r), INTERACTION_MESSAGE);
    assert_int_equal(click("null", &r), INTERACTION_MESSAGE);
}

static void autocomplete_marks_the_focus(void **state) {
    (void)state;
    struct request r;
    const char *text =
        "{\"type\":4," BASE ",\"data\":{\"name\":\"close\",\"type\":1,\"options\":[{\"name\":\"target\",\"type\":3,"
        "\"value\":\"XA\",\"focused\":true}]}}";
    assert_int_equal(parse(text, &r), 0);
    assert_int_equal(r.kind, REQUEST_COMPLETE);
    assert_true(r.args[0].focused);
}

static void what_cannot_be_answered_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "null",
        "[]",
        "\"x\"",
        "{}",
        "{\"type\":2}",
        "{\"type\":2,\"id\":\"0\",\"token\":\"t\",\"user\":{\"id\":\"4\"},\"data\":{\"name\":\"a\",\"type\":1}}",
        "{\"type\":2,\"id\":\"x1\",\"token\":\"t\",\"user\":{\"id\":\"4\"},\"data\":{\"name\":\"a\",\"type\":1}}",
        "{\"type\":2,\"id\":\"1\",\"user\":{\"id\":\"4\"},\"data\":{\"name\":\"a\",\"type\":1}}",
        ("{\"type\":2,\"id\":\"1\",\"token\":\"../../channels/"
         "1\",\"user\":{\"id\":\"4\"},\"data\":{\"name\":\"a\",\"type\":1}}"),
        "{\"type\":2,\"id\":\"1\",\"token\":\"a:b\",\"user\":{\"id\":\"4\"},\"data\":{\"name\":\"a\",\"type\":1}}",
        "{\"type\":2,\"id\":\"1\",\"token\":\"a?b\",\"user\":{\"id\":\"4\"},\"data\":{\"name\":\"a\",\"type\":1}}",
        "{\"type\":2,\"id\":\"1\",\"token\":\"\",\"user\":{\"id\":\"4\"},\"data\":{\"name\":\"a\",\"type\":1}}",
        "{\"type\":4,\"id\":\"1\",\"token\":\"t\",\"user\":{\"id\":\"4\"},\"data\":{\"name\":\"\",\"type\":1}}",
        "{\"type\":1,\"id\":\"1\",\"token\":\"t\",\"user\":{\"id\":\"4\"}}",
    };
    struct request r;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (parse(bad[i], &r) == 0) fail_msg("taken: %s", bad[i]);
}

/* An attempt all the same: somebody did it, so it is answered and audited; nothing of it is used. */
static void assert_means_nothing(const char *text) {
    struct request r;
    struct interaction_address a;
    if (parse(text, &r) < 0) fail_msg("left alone: %s", text);
    assert_int_equal(r.kind, REQUEST_BUTTON);
    assert_string_equal(r.text, INTERACTION_UNREADABLE);
    assert_string_equal(r.command, "");
    assert_int_equal(r.arg_count, 0);
    assert_string_equal(r.user_id, "4");
    assert_true(interaction_address_read(r.address, &a));
    assert_int_equal(a.kind, INTERACTION_SLASH);
}

#define OF4(type, data) "{\"type\":" type ",\"id\":\"1\",\"token\":\"t\",\"user\":{\"id\":\"4\"},\"data\":" data "}"

static void what_does_not_fit_means_nothing(void **state) {
    (void)state;
    static const char *const odd[] = {
        OF4("2", "{\"name\":\"\",\"type\":1}"),
        OF4("2", "{\"name\":\"a\",\"type\":2}"),
        OF4("2", "{\"name\":\"a\",\"type\":3}"),
        OF4("2", "{\"name\":[1],\"type\":1}"),
        OF4("2", "{\"name\":\"a\",\"options\":[{\"name\":\"b\",\"type\":1,\"options\":[]}]}"),
        OF4("2", "{\"name\":\"a\",\"options\":[{\"name\":\"b\",\"type\":3,\"value\":{\"x\":1}}]}"),
        OF4("2", "{\"name\":\"a\",\"options\":[{\"name\":\"b\",\"type\":10,\"value\":1.5}]}"),
        OF4("3", "{\"custom_id\":\"\",\"component_type\":2}"),
        OF4("3", "{\"custom_id\":\"/pause\",\"component_type\":3}"),
        OF4("5", "{\"custom_id\":\"/pause\"}"),
        OF4("77", "{}"),
    };
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) assert_means_nothing(odd[i]);
}

/* Whoever it was is on no list: not even one that holds the digits. */
static void nobody_is_nobody(void **state) {
    (void)state;
    static const char *const ids[] = {
        "\"4;drop\"", "\"04\"", "\"\"", "null", "-4", "4.5", "\"18446744073709551620\"", "9007199254740992"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char text[256];
        struct request r;
        snprintf(text, sizeof text,
                 "{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"user\":{\"id\":%s},\"data\":{\"name\":\"a\",\"type\":1}}",
                 ids[i]);
        assert_int_equal(parse(text, &r), 0);
        assert_string_equal(r.user_id, INTERACTION_NOBODY);
    }
}

static void too_much_is_not_cut(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 1 << 16);
    buf_str(&b, "{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"user\":{\"id\":\"4\"},\"data\":{\"name\":\"close\","
                "\"type\":1,\"options\":[");
    for (int i = 0; i <= REQUEST_ARGS_MAX; i++)
        buf_printf(&b, "%s{\"name\":\"a%d\",\"type\":3,\"value\":\"1\"}", i ? "," : "", i);
    buf_str(&b, "]}}");
    assert_means_nothing(b.p);
    buf_reset(&b);
    buf_str(&b, "{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"user\":{\"id\":\"4\"},\"data\":{\"name\":\"close\","
                "\"type\":1,\"options\":["
                "{\"name\":\"a\",\"type\":3,\"value\":\"");
    for (int i = 0; i < 300; i++) buf_char(&b, '1');
    buf_str(&b, "\"}]}}");
    assert_means_nothing(b.p);
    buf_clear(&b);
}

static void names_are_cleaned(void **state) {
    (void)state;
    struct request r;
    const char *text = "{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"guild_id\":\"200\",\"member\":{\"nick\":"
                       "\"\\u202eevil\\nname\\u0007\","
                       "\"user\":{\"id\":\"4\"}},\"data\":{\"name\":\"a\",\"type\":1}}";
    assert_int_equal(parse(text, &r), 0);
    assert_string_equal(r.user_name, "evil name");
}

static void addresses_that_are_not_ours(void **state) {
    (void)state;
    struct interaction_address a;
    static const char *const bad[] = {"",
                                      "i:",
                                      "i:1:t:2:s",
                                      "t:1:t:2:s:4:n",
                                      "i:1:t:2:z:4:n",
                                      "i:x:t:2:s:4:n",
                                      "i::t:2:s:4:n",
                                      "i:1:t/u:2:s:4:n",
                                      "i:0:t:2:s:4:n",
                                      "i:1:t:2:ss:4:n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_false(interaction_address_read(bad[i], &a));
    assert_true(interaction_address_read("i:1:t:2:s:4:a:b", &a));
    assert_string_equal(a.name, "a:b");
}

/* Any damage to a good interaction is refused or gives something whole; the sanitizers watch the rest. */
static void damaged_interactions(void **state) {
    (void)state;
    struct rng g;
    rng_seed(&g, 7);
    for (int round = 0; round < 20000; round++) {
        char text[] = SLASH;
        struct request r;
        struct err e = {0};
        for (uint64_t k = rng_below(&g, 4) + 1; k > 0; k--)
            text[rng_below(&g, sizeof text - 1)] = (char)(32 + rng_below(&g, 95));
        struct json *j = json_parse(text, sizeof text - 1, &e);
        struct interaction_address a;
        if (j && interaction_parse(j, &home, &r, &e) == 0) assert_true(interaction_address_read(r.address, &a));
        json_free(j);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slash_command),
        cmocka_unit_test(where_it_comes_from_decides),
        cmocka_unit_test(clicks_say_what_they_stand_on),
        cmocka_unit_test(autocomplete_marks_the_focus),
        cmocka_unit_test(what_cannot_be_answered_is_refused),
        cmocka_unit_test(what_does_not_fit_means_nothing),
        cmocka_unit_test(nobody_is_nobody),
        cmocka_unit_test(too_much_is_not_cut),
        cmocka_unit_test(names_are_cleaned),
        cmocka_unit_test(addresses_that_are_not_ours),
        cmocka_unit_test(damaged_interactions),
    };
    return RUN(tests);
}
