/*
 * discord_register: the registration of a small table against a golden file
 * (GOLDEN_WRITE=1 rewrites it), the rights of a private channel, nonces, and finding a
 * message that was sent before.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/chat/discord_priv.h"

#define GOLDEN "tests/golden/discord_registration.json"

static const char *const words[] = {"show", "reload", "disable", NULL};

static uint32_t suggest(struct command_ctx *c, uint32_t arg, const char *typed,
                        struct choice out[COMMAND_CHOICES_MAX]) {
    (void)c, (void)arg, (void)typed, (void)out;
    return 0;
}

static const struct command close_command = {
    .name = "close",
    .summary = {"Closes a trade, a symbol or everything", "Clôture un trade, un symbole ou tout"},
    .args = {{.name = {"percent", "pourcentage"}, .summary = {"How much of it", "Quelle part"}, .kind = ARG_PERCENT},
             {.name = {"target", "cible"},
              .summary = {"What to close", "Quoi clôturer"},
              .kind = ARG_TARGET,
              .required = true}},
    .arg_count = 2,
};
static const struct command config_command = {
    .name = "config",
    .summary = {"Shows the settings", "Affiche les réglages"},
    .args = {{.name = {"what", "quoi"},
              .summary = {"What to do", "Que faire"},
              .kind = ARG_WORD,
              .choices = words,
              .required = true},
             {.name = {"prefix", "préfixe"},
              .summary = {"Only keys that begin so", "Seulement ces clés"},
              .kind = ARG_TEXT}},
    .arg_count = 2,
};
static const struct command help_command = {
    .name = "help",
    .name_fr = "aide",
    .summary = {"What the bot can do", "Ce que le bot sait faire"},
    .args = {{.name = {"days", "jours"}, .summary = {"Days", "Jours"}, .kind = ARG_INT, .min = 1, .max = 365},
             {.name = {"word", "mot"}, .summary = {"A word", "Un mot"}, .kind = ARG_WORD}},
    .arg_count = 2,
    .complete = suggest,
};
static const struct command pause_command = {.name = "pause", .summary = {"No new entries", "Plus d'entrées"}};
static const struct command *const table[] = {&close_command, &config_command, &help_command, &pause_command, NULL};

static void registration_is_golden(void **state) {
    (void)state;
    struct buf json, golden;
    char chunk[4096];
    buf_init(&json, 1 << 16);
    buf_init(&golden, 1 << 16);
    registration_write(table, &json);
    buf_char(&json, '\n');
    assert_false(json.overflow);
    if (getenv("GOLDEN_WRITE")) {
        FILE *out = fopen(GOLDEN, "w");
        assert_non_null(out);
        assert_int_equal(fwrite(json.p, 1, json.len, out), json.len);
        fclose(out);
    }
    FILE *f = fopen(GOLDEN, "r");
    assert_non_null(f);
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;) buf_add(&golden, chunk, n);
    fclose(f);
    assert_string_equal(json.p, golden.p);
    buf_clear(&json);
    buf_clear(&golden);
}

static void required_options_come_first(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 1 << 16);
    registration_write(table, &b);
    struct json *j = json_parse(b.p, b.len, NULL);
    assert_string_equal(json_str(j, "[0].options[0].name"), "target");
    assert_string_equal(json_str(j, "[0].options[1].name"), "percent");
    assert_string_equal(json_str(j, "[2].name"), "help");
    assert_string_equal(json_str(j, "[2].name_localizations.fr"), "aide");
    assert_string_equal(json_str(j, "[3].name_localizations.fr"), "pause");
    json_free(j);
    buf_clear(&b);
}

static void a_channel_is_private(void **state) {
    (void)state;
    static const char people[2][GUILD_ID_MAX] = {"31", "100"};
    struct buf b;
    uint64_t deny = 0;
    int64_t allow = 0;
    buf_init(&b, 4096);
    channel_write("trades", "200", "100", people, 2, &b);
    struct json *j = json_parse(b.p, b.len, NULL);
    assert_int_equal(json_count(json_at(j, "permission_overwrites")), 3); /* the bot is not listed twice */
    assert_string_equal(json_str(j, "permission_overwrites[0].id"), "200");
    assert_true(json_id(j, "permission_overwrites[0].deny", &deny) && deny == 1024);
    assert_true(json_i64(j, "permission_overwrites[1].allow", &allow) && (allow & 0xC00) == 0xC00);
    assert_string_equal(json_str(j, "permission_overwrites[2].id"), "31");
    json_free(j);
    buf_clear(&b);
}

static void nonces_follow_from_row_and_text(void **state) {
    (void)state;
    char a[26], b[26];
    discord_nonce(a, 1, 17, "{x", 2);
    discord_nonce(b, 1, 17, "{x", 2);
    assert_string_equal(a, b);
    assert_true(strlen(a) <= 25);
    discord_nonce(b, 1, 18, "{x", 2);
    assert_string_not_equal(a, b);
    discord_nonce(b, 1, 17, "{y", 2); /* another text may not vanish behind the first one */
    assert_string_not_equal(a, b);
    discord_nonce(b, 2, 17, "{x", 2);
    assert_string_not_equal(a, b);
}

static bool found(const char *text, char id[24]) {
    struct json *j = json_parse(text, strlen(text), NULL);
    bool yes = discord_find_sent(j, "100", "E7F3", "Title", id, 24);
    json_free(j);
    return yes;
}

#define SENT(author, title, footer)                                                                                    \
    "{\"id\":\"55\",\"author\":{\"id\":\"" author "\"},\"embeds\":[{\"title\":\"" title                                \
    "\",\"footer\":{\"text\":\"" footer "\"}}]}"

static void what_was_sent_is_found(void **state) {
    (void)state;
    char id[24];
    assert_true(found("[{\"id\":\"1\"}," SENT("100", "Title", "PAPER · #E7F3") "]", id));
    assert_string_equal(id, "55");
    assert_true(found("[" SENT("100", "Title", "#E7F3 · 2 x") "]", id));
    assert_false(found("[" SENT("101", "Title", "#E7F3") "]", id));
    assert_false(found("[" SENT("100", "Other", "#E7F3") "]", id));
    assert_false(found("[" SENT("100", "Title", "#E7F34") "]", id));
    assert_false(found("[" SENT("100", "Title", "E7F3") "]", id));
    assert_false(found("[]", id));
    assert_false(found("{}", id));
    assert_false(found("[1,null,\"x\",{\"embeds\":[]},{\"id\":[],\"author\":{\"id\":\"100\"}}]", id));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registration_is_golden), cmocka_unit_test(required_options_come_first),
        cmocka_unit_test(a_channel_is_private),   cmocka_unit_test(nonces_follow_from_row_and_text),
        cmocka_unit_test(what_was_sent_is_found),
    };
    return RUN(tests);
}
