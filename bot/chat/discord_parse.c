/*
 * discord_parse: an interaction's JSON -> struct request, and the address an answer
 * needs. Pure; everything that comes in is hostile until it is checked, and what does
 * not fit is refused whole: a cut option could name another trade. What somebody did and
 * we cannot read still is an attempt: it becomes a request that means nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/chat/discord_interaction.h"

#define DISCORD_EPOCH_MS 1420070400000ULL

enum { TYPE_PING = 1, TYPE_COMMAND = 2, TYPE_COMPONENT = 3, TYPE_AUTOCOMPLETE = 4 };
enum { OPTION_SUB_COMMAND_GROUP = 2 }; /* types up to this one nest; we register none of them */
enum { MESSAGE_EPHEMERAL = 1 << 6 };

static const char kinds[] = "saecm"; /* by enum interaction_kind */
_Static_assert(sizeof kinds == INTERACTION_MESSAGE + 2, "a letter for every kind");

uint64_t snowflake_ms(uint64_t id) {
    return (id >> 22) + DISCORD_EPOCH_MS;
}

/* Tokens and ids go into paths: anything that could end a path segment or our own address is refused. */
static bool segment_is_safe(const char *s) {
    if (!*s) return false;
    for (; *s; s++)
        if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') || *s == '-' ||
              *s == '_' || *s == '.' || *s == '='))
            return false;
    return true;
}

static bool copy_id(const struct json *j, const char *path, char *out, size_t size) {
    uint64_t id;
    if (!json_id(j, path, &id)) return false;
    if (json_copy(j, path, out, size)) return true; /* an id has one spelling */
    return (size_t)snprintf(out, size, "%llu", (unsigned long long)id) < size;
}

static void display_name(const struct json *d, char *out, size_t size) {
    static const char *const paths[] = {"member.nick", "member.user.global_name", "member.user.username",
                                        "user.global_name", "user.username"};
    struct buf b;
    buf_init(&b, 256);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0] && !b.len; i++) {
        const char *s = json_str(d, paths[i]);
        if (s) buf_text(&b, s, strnlen(s, 128), false);
    }
    str_copy(out, size, b.len ? b.p : "?");
    buf_clear(&b);
}

static bool read_value(const struct json *option, struct request_arg *a) {
    bool flag;
    int64_t n;
    if (json_copy(option, "value", a->value, sizeof a->value)) return true;
    if (json_i64(option, "value", &n)) {
        snprintf(a->value, sizeof a->value, "%lld", (long long)n);
        return true;
    }
    if (json_bool(option, "value", &flag)) {
        str_copy(a->value, sizeof a->value, flag ? "true" : "false");
        return true;
    }
    return false;
}

static int read_options(const struct json *d, struct request *out, struct err *e) {
    const struct json *options = json_at(d, "data.options");
    for (const struct json *o = json_first(options); o; o = json_next(o)) {
        int64_t type = 0;
        if (out->arg_count == REQUEST_ARGS_MAX) return err_set(e, ERR_FULL, "too many options", "trop d’options");
        struct request_arg *a = &out->args[out->arg_count];
        json_i64(o, "type", &type);
        if (type <= OPTION_SUB_COMMAND_GROUP || !json_copy(o, "name", a->name, sizeof a->name))
            return err_set(e, ERR_SYNTAX, "an option that cannot be read", "une option illisible");
        if (!read_value(o, a))
            return err_set(e, ERR_SYNTAX, "an option's value is unusable", "la valeur d’une option est inutilisable");
        json_bool(o, "focused", &a->focused);
        out->arg_count++;
    }
    return 0;
}

static int read_command(const struct json *d, struct request *out, struct err *e) {
    int64_t type = 1;
    json_i64(d, "data.type", &type);
    if (type != 1 || !json_copy(d, "data.name", out->command, sizeof out->command) || !*out->command)
        return err_set(e, ERR_SYNTAX, "not a slash command", "pas une commande");
    return read_options(d, out, e);
}

static enum interaction_kind click_kind(const struct json *d) {
    int64_t flags = 0;
    json_i64(d, "message.flags", &flags);
    if (flags & MESSAGE_EPHEMERAL) return INTERACTION_OWN;
    bool answer =
        json_is_object(json_at(d, "message.interaction_metadata")) || json_is_object(json_at(d, "message.interaction"));
    return answer ? INTERACTION_ANSWER : INTERACTION_MESSAGE;
}

static int read_kind(const struct json *d, struct request *out, enum interaction_kind *kind, struct err *e) {
    int64_t type = 0, component = 2;
    json_i64(d, "type", &type);
    switch (type) {
    case TYPE_COMMAND:
    case TYPE_AUTOCOMPLETE:
        *kind = type == TYPE_COMMAND ? INTERACTION_SLASH : INTERACTION_COMPLETE;
        out->kind = type == TYPE_COMMAND ? REQUEST_COMMAND : REQUEST_COMPLETE;
        return read_command(d, out, e);
    case TYPE_COMPONENT:
        *kind = click_kind(d);
        out->kind = REQUEST_BUTTON;
        json_i64(d, "data.component_type", &component);
        if (component == 2 && json_copy(d, "data.custom_id", out->text, sizeof out->text) && *out->text) return 0;
        return err_set(e, ERR_SYNTAX, "not a button", "pas un bouton");
    }
    return err_set(e, ERR_SYNTAX, "an interaction of an unknown type", "une interaction de type inconnu");
}

static enum lang language(const struct json *d, const struct interaction_home *home) {
    if (home->locale >= 0) return (enum lang)home->locale;
    const char *tag = json_str(d, "locale");
    return lang_from_tag(tag ? tag : json_str(d, "guild_locale"));
}

/* In a server the member acts; a user object beside it says nothing. */
static bool acts_as_member(const struct json *d) {
    return json_is_object(json_at(d, "member"));
}

static void read_place(const struct json *d, const struct interaction_home *home, struct request *out) {
    char guild[24] = "";
    bool bot = false;
    copy_id(d, "guild_id", guild, sizeof guild);
    if (!copy_id(d, "channel_id", out->chat_id, sizeof out->chat_id))
        copy_id(d, "channel.id", out->chat_id, sizeof out->chat_id);
    json_bool(d, acts_as_member(d) ? "member.user.bot" : "user.bot", &bot);
    out->home = *guild && !strcmp(guild, home->guild_id);
    out->genuine = !bot;
    out->can_be_private = true;
    out->lang = language(d, home);
    display_name(d, out->user_name, sizeof out->user_name);
}

static int write_address(const struct json *d, const struct interaction_home *home, enum interaction_kind kind,
                         struct request *out, struct err *e) {
    char token[INTERACTION_TOKEN_MAX + 1], app[24];
    if (!json_copy(d, "token", token, sizeof token) || !segment_is_safe(token))
        return err_set(e, ERR_SYNTAX, "the interaction's token is unusable",
                       "le jeton de l’interaction est inutilisable");
    if (!copy_id(d, "application_id", app, sizeof app)) str_copy(app, sizeof app, *home->app_id ? home->app_id : "0");
    int n = snprintf(out->address, sizeof out->address, "i:%llu:%s:%s:%c:%s:%s", (unsigned long long)out->ext_id, token,
                     app, kinds[kind], out->user_id, out->user_name);
    if (n < 0 || (size_t)n >= sizeof out->address)
        return err_set(e, ERR_FULL, "the interaction's address is too long",
                       "l’adresse de l’interaction est trop longue");
    return 0;
}

/* A modal, a menu, options out of bounds: answered and audited like any attempt, and good for nothing. */
static int means_nothing(struct request *out, enum interaction_kind *kind) {
    *kind = INTERACTION_SLASH;
    out->kind = REQUEST_BUTTON;
    out->command[0] = '\0';
    memset(out->args, 0, sizeof out->args);
    out->arg_count = 0;
    str_copy(out->text, sizeof out->text, INTERACTION_UNREADABLE);
    return 0;
}

static int read_what(const struct json *d, struct request *out, enum interaction_kind *kind, struct err *e) {
    int64_t type = 0;
    if (read_kind(d, out, kind, e) == 0) return 0;
    json_i64(d, "type", &type);
    return type <= TYPE_PING || type == TYPE_AUTOCOMPLETE ? -1 : means_nothing(out, kind);
}

int interaction_parse(const struct json *d, const struct interaction_home *home, struct request *out, struct err *e) {
    enum interaction_kind kind = INTERACTION_SLASH;
    memset(out, 0, sizeof *out);
    out->platform = PLATFORM_DISCORD;
    str_copy(out->bot_id, sizeof out->bot_id, home->bot_id);
    if (!json_id(d, "id", &out->ext_id) || !out->ext_id)
        return err_set(e, ERR_SYNTAX, "an interaction without an id", "une interaction sans identifiant");
    if (!copy_id(d, acts_as_member(d) ? "member.user.id" : "user.id", out->user_id, sizeof out->user_id))
        str_copy(out->user_id, sizeof out->user_id, INTERACTION_NOBODY);
    out->sent = when_add_ms((when_t){0}, (int64_t)snowflake_ms(out->ext_id));
    if (read_what(d, out, &kind, e) < 0) return -1;
    read_place(d, home, out);
    return write_address(d, home, kind, out, e);
}

/* ---- addresses ---- */

static const char *field(const char *p, char *out, size_t size) {
    const char *end = p ? strchr(p, ':') : NULL;
    if (!end || !str_copy_n(out, size, p, (size_t)(end - p)) || !segment_is_safe(out)) return NULL;
    return end + 1;
}

bool interaction_address_read(const char *text, struct interaction_address *out) {
    char id[24], kind[2], *end;
    memset(out, 0, sizeof *out);
    if (strncmp(text, "i:", 2)) return false;
    const char *p = field(text + 2, id, sizeof id);
    p = field(p, out->token, sizeof out->token);
    p = field(p, out->app, sizeof out->app);
    p = field(p, kind, sizeof kind);
    p = field(p, out->user, sizeof out->user);
    if (!p) return false;
    const char *letter = strchr(kinds, kind[0]);
    if (!letter) return false;
    out->kind = (enum interaction_kind)(letter - kinds);
    str_copy(out->name, sizeof out->name, p);
    out->id = strtoull(id, &end, 10);
    return !*end && out->id;
}
