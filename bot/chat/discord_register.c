/*
 * discord_register: the command table and a channel's rights as Discord wants them. Pure
 * writing. Names, descriptions and options exist in English (the default) and French;
 * en-US is given too, since a client falls back between languages by its own rules.
 */
#include <string.h>

#include "bot/chat/discord_guild.h"
#include "bot/chat/discord_interaction.h"
#include "commands/parts.h"

#define CHOICES_MAX 25

enum { OPTION_STRING = 3, OPTION_INTEGER = 4 };
enum { OVERWRITE_ROLE = 0, OVERWRITE_MEMBER = 1 };
enum {
    VIEW_CHANNEL = 1 << 10,
    SEND_MESSAGES = 1 << 11,
    EMBED_LINKS = 1 << 14,
    ATTACH_FILES = 1 << 15,
    READ_MESSAGE_HISTORY = 1 << 16,
};

static void write_both(struct jw *w, const char *key, const char *en, const char *fr) {
    jw_key(w, key);
    jw_obj(w);
    jw_kstr(w, "en-US", en);
    jw_kstr(w, "fr", fr);
    jw_end_obj(w);
}

static void write_names(struct jw *w, const char *en, const char *fr, const char *const summary[LANG_COUNT]) {
    jw_kstr(w, "name", en);
    write_both(w, "name_localizations", en, fr ? fr : en);
    jw_kstr(w, "description", summary[LANG_EN]);
    write_both(w, "description_localizations", summary[LANG_EN], summary[LANG_FR]);
}

static void write_limits(struct jw *w, int64_t min, int64_t max) {
    if (min == max) return; /* none told */
    jw_ki64(w, "min_value", min);
    jw_ki64(w, "max_value", max);
}

static void write_choices(struct jw *w, const char *const *choices) {
    jw_key(w, "choices");
    jw_arr(w);
    for (size_t i = 0; choices[i] && i < CHOICES_MAX; i++) {
        jw_obj(w);
        jw_kstr(w, "name", choices[i]);
        if (strcmp(parts_choice(choices[i], LANG_FR), choices[i]) != 0)
            write_both(w, "name_localizations", choices[i], parts_choice(choices[i], LANG_FR));
        jw_kstr(w, "value", choices[i]);
        jw_end_obj(w);
    }
    jw_end_arr(w);
}

static bool has_suggestions(const struct command *c, enum arg_kind kind) {
    return c->complete != NULL || kind == ARG_TARGET || kind == ARG_SYMBOL || kind == ARG_COMMAND ||
           kind == ARG_TRADE || kind == ARG_ORDER || kind == ARG_LEVEL;
}

static void write_option(struct jw *w, const struct command *c, const struct arg_spec *a) {
    bool whole = a->kind == ARG_INT || a->kind == ARG_PERCENT;
    jw_obj(w);
    jw_ki64(w, "type", whole ? OPTION_INTEGER : OPTION_STRING);
    write_names(w, a->name[LANG_EN], a->name[LANG_FR], a->summary);
    jw_kbool(w, "required", a->required);
    switch (a->kind) {
    case ARG_INT: write_limits(w, a->min, a->max); break;
    case ARG_PERCENT: write_limits(w, 1, 100); break;
    case ARG_WORD:
    case ARG_TEXT:
    case ARG_TARGET:
    case ARG_SYMBOL:
    case ARG_WHEN:
    case ARG_COMMAND:
    case ARG_TRADE:
    case ARG_ORDER:
    case ARG_LEVEL:
        if (a->choices) {
            write_choices(w, a->choices);
        } else {
            jw_ki64(w, "max_length", INTERACTION_VALUE_MAX);
            if (has_suggestions(c, a->kind)) jw_kbool(w, "autocomplete", true);
        }
        break;
    }
    jw_end_obj(w);
}

/* Discord wants required options first. */
static void write_options(struct jw *w, const struct command *c) {
    if (!c->arg_count) return;
    jw_key(w, "options");
    jw_arr(w);
    for (int required = 1; required >= 0; required--)
        for (uint32_t i = 0; i < c->arg_count; i++)
            if (c->args[i].required == required) write_option(w, c, &c->args[i]);
    jw_end_arr(w);
}

void registration_write(const struct command *const *table, struct buf *out) {
    struct jw w;
    jw_init(&w, out);
    jw_arr(&w);
    for (size_t i = 0; table[i]; i++) {
        jw_obj(&w);
        jw_ki64(&w, "type", 1);
        write_names(&w, table[i]->name, table[i]->name_fr, table[i]->summary);
        write_options(&w, table[i]);
        jw_key(&w, "default_member_permissions");
        jw_null(&w);
        jw_key(&w, "contexts");
        jw_arr(&w);
        jw_i64(&w, 0); /* servers only: never in private messages */
        jw_end_arr(&w);
        jw_end_obj(&w);
    }
    jw_end_arr(&w);
}

static void write_overwrite(struct jw *w, const char *id, int type, int64_t allow, int64_t deny) {
    jw_obj(w);
    jw_kstr(w, "id", id);
    jw_ki64(w, "type", type);
    jw_ki64(w, "allow", allow);
    jw_ki64(w, "deny", deny);
    jw_end_obj(w);
}

void channel_write(const char *name, const char *guild_id, const char *bot_id, const char (*people)[GUILD_ID_MAX],
                   uint32_t people_count, struct buf *out) {
    struct jw w;
    jw_init(&w, out);
    jw_obj(&w);
    jw_kstr(&w, "name", name);
    jw_ki64(&w, "type", 0);
    jw_key(&w, "permission_overwrites");
    jw_arr(&w);
    write_overwrite(&w, guild_id, OVERWRITE_ROLE, 0, VIEW_CHANNEL); /* @everyone has the server's id */
    write_overwrite(&w, bot_id, OVERWRITE_MEMBER,
                    VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS | ATTACH_FILES | READ_MESSAGE_HISTORY, 0);
    for (uint32_t i = 0; i < people_count; i++)
        if (strcmp(people[i], bot_id) != 0)
            write_overwrite(&w, people[i], OVERWRITE_MEMBER, VIEW_CHANNEL | SEND_MESSAGES | READ_MESSAGE_HISTORY, 0);
    jw_end_arr(&w);
    jw_end_obj(&w);
}
