/*
 * discord_guild: setting up the server, one request at a time: list the channels, create
 * what is missing, register the commands. Owns the ids and their durable record. A step
 * that fails starts the whole again later, beginning with the list: a channel whose
 * creation went unanswered is then found, not made twice.
 */
#include "bot/chat/discord_guild.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/net/limiter.h"

#define LIST_MAX (4u << 20) /* 500 channels with their rights */
#define REGISTRATION_MAX (256u << 10)
#define RETRY_BASE_MS 5000
#define RETRY_MAX_MS (600 * 1000LL)
#define VIEW_CHANNEL (1u << 10)
#define KEY_CHANNELS "discord.channels" /* "SERVER ID ID ID ID ID", 0 for none */
#define KEY_COMMANDS "discord.commands" /* "BOT SERVER DIGEST" of what is registered */

struct guild {
    struct guild_options o;
    struct transport_host host;
    char id[GUILD_ID_MAX], app_id[GUILD_ID_MAX], bot_id[GUILD_ID_MAX];
    char channel[CHANNEL_COUNT][GUILD_ID_MAX];
    enum channel creating;
    bool started, busy, channels_done, commands_done, without_people;
    bool commands_skipped; /* refused in this round: channels go on without them */
    struct loop_timer *retry;
    struct backoff backoff;
    struct rng rng;
};

static void on_retry(void *arg);
static void step(struct guild *g);

struct guild *guild_new(const struct guild_options *o) {
    struct guild *g = xcalloc(1, sizeof *g);
    g->o = *o;
    g->host = *o->host;
    g->retry = loop_timer_new(g->host.loop, on_retry, g);
    backoff_init(&g->backoff, RETRY_BASE_MS, RETRY_MAX_MS);
    rng_seed(&g->rng, (uint64_t)clock_mono_ns());
    return g;
}

void guild_free(struct guild *g) {
    if (!g) return;
    loop_timer_free(g->retry);
    free(g);
}

const char *guild_channel(const struct guild *g, enum channel c) {
    return g->channel[c];
}

uint32_t guild_channel_count(const struct guild *g) {
    uint32_t n = 0;
    for (int c = 0; c < CHANNEL_COUNT; c++) n += g->channel[c][0] != '\0';
    return n;
}

bool guild_is_complete(const struct guild *g) {
    return g->channels_done && g->commands_done;
}

/* ---- what is durable ---- */

static void channels_save(struct guild *g) {
    struct buf b;
    buf_init(&b, GUILD_ID_MAX * (CHANNEL_COUNT + 2));
    buf_str(&b, g->id);
    for (int c = 0; c < CHANNEL_COUNT; c++) buf_printf(&b, " %s", *g->channel[c] ? g->channel[c] : "0");
    g->host.state_put(g->host.arg, KEY_CHANNELS, b.p);
    buf_clear(&b);
}

static const char *next_id(const char *p, char out[GUILD_ID_MAX]) {
    size_t n = p ? strspn(p, "0123456789") : 0;
    if (!n || !str_copy_n(out, GUILD_ID_MAX, p, n)) return NULL;
    return p + n + (p[n] == ' ');
}

const char *guild_recall(struct guild *g, const char *configured) {
    char id[GUILD_ID_MAX], ids[CHANNEL_COUNT][GUILD_ID_MAX];
    const char *p = next_id(g->host.state_get(g->host.arg, KEY_CHANNELS), id);
    for (int c = 0; p && c < CHANNEL_COUNT; c++) p = next_id(p, ids[c]);
    bool same = p && (!*configured || !strcmp(configured, id));
    str_copy(g->id, sizeof g->id, same ? id : configured);
    for (int c = 0; same && c < CHANNEL_COUNT; c++)
        if (strcmp(ids[c], "0") != 0) str_copy(g->channel[c], sizeof g->channel[c], ids[c]);
    return g->id;
}

static void commands_mark(const struct guild *g, const struct buf *json, char out[128]) {
    struct sha256 s;
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX];
    sha256_init(&s);
    sha256_add(&s, json->p, json->len);
    sha256_done(&s, digest);
    hex_text(hex, digest, sizeof digest);
    snprintf(out, 128, "%016llx %s %s", (unsigned long long)g->o.identity, g->id, hex);
}

/* ---- trying again ---- */

static void again(struct guild *g, const struct rest_answer *a) {
    int64_t wait = backoff_next(&g->backoff, &g->rng);
    if (a->end == REST_STOPPED) return;
    if (a->end == REST_LIMITED && a->retry_ms > wait) wait = a->retry_ms;
    log_warn("discord", "setting up the server: %s; next try in_s=%lld", a->err.text[LANG_EN], (long long)wait / 1000);
    loop_timer_start(g->retry, wait, 0);
}

static void alarm_denied(struct guild *g, const struct rest_answer *a) {
    if (a->end != REST_DENIED) return;
    if (a->code == DISCORD_MISSING_ACCESS || a->code == DISCORD_UNKNOWN_GUILD || a->status == 404)
        g->host.alarm(
            g->host.arg, PLATFORM_DISCORD, URGENCY_URGENT, "discord.guild",
            "The bot has no access to the configured Discord server. Invite it (scopes bot and "
            "applications.commands) or correct discord.guild_id.",
            "Le bot n’a pas accès au serveur Discord configuré. Invitez-le (portées bot et applications.commands) "
            "ou corrigez discord.guild_id.");
    else
        g->host.alarm(
            g->host.arg, PLATFORM_DISCORD, URGENCY_URGENT, "discord.rights",
            "Discord does not let the bot set up its channels or commands. It needs the right to manage channels, "
            "and the scope applications.commands.",
            "Discord n’autorise pas le bot à préparer ses salons ou ses commandes. Il lui faut le droit de gérer les "
            "salons et la portée applications.commands.");
}

static void unusable(struct guild *g, const char *what) {
    struct rest_answer a = {.end = REST_MAYBE};
    err_set(&a.err, ERR_SYNTAX, "%s cannot be used", "%s est inutilisable", what);
    g->host.alarm(
        g->host.arg, PLATFORM_DISCORD, URGENCY_IMPORTANT, "discord.channels",
        "Discord's channels can neither be read nor made now; messages for them wait. Commands are answered.",
        "Les salons Discord ne peuvent être ni lus ni créés pour l’instant\u00a0; leurs messages attendent. Les "
        "commandes reçoivent leur réponse.");
    again(g, &a);
}

/* ---- channels ---- */

static bool everyone_is_denied(const struct guild *g, const struct json *channel) {
    const struct json *rights = json_at(channel, "permission_overwrites");
    for (const struct json *o = json_first(rights); o; o = json_next(o)) {
        const char *id = json_str(o, "id");
        uint64_t deny;
        if (id && !strcmp(id, g->id) && json_id(o, "deny", &deny)) return deny & VIEW_CHANNEL;
    }
    return false;
}

static bool has_id(const struct json *channel, const char *id) {
    const char *own = json_str(channel, "id");
    return own && *id && !strcmp(own, id);
}

static bool can_be(const struct json *channel, const char *name) {
    int64_t type = -1;
    const char *own = json_str(channel, "name"), *id = json_str(channel, "id");
    json_i64(channel, "type", &type);
    return own && id && !strcmp(own, name) && strspn(id, "0123456789") == strlen(id) && *id &&
           strlen(id) < GUILD_ID_MAX && (type == 0 || type == 5);
}

/* The known channel while it exists, whatever it is called now; else the first of that name. */
static void match(struct guild *g, const struct json *list, enum channel c) {
    const struct json *found = NULL;
    for (const struct json *j = json_first(list); j; j = json_next(j)) {
        if (has_id(j, g->channel[c])) {
            found = j;
            break;
        }
        if (!found && can_be(j, channel_name(c))) found = j;
    }
    g->channel[c][0] = '\0';
    if (!found) return;
    str_copy(g->channel[c], sizeof g->channel[c], json_str(found, "id"));
    if (everyone_is_denied(g, found)) return;
    g->host.alarm(g->host.arg, PLATFORM_DISCORD, URGENCY_IMPORTANT, "discord.public",
                  "A channel of the bot can be seen by everyone in the server. Make it private in Discord.",
                  "Un salon du bot est visible de tout le serveur. Rendez-le privé dans Discord.");
}

static void on_list(void *arg, const struct rest_answer *a) {
    struct guild *g = arg;
    g->busy = false;
    if (a->end != REST_OK) {
        alarm_denied(g, a);
        again(g, a);
        return;
    }
    if (!json_is_array(a->json)) {
        unusable(g, "the list of channels");
        return;
    }
    for (int c = 0; c < CHANNEL_COUNT; c++) match(g, a->json, (enum channel)c);
    channels_save(g);
    g->channels_done = guild_channel_count(g) == CHANNEL_COUNT;
    g->creating = 0;
    if (guild_channel_count(g)) g->o.channels(g->o.arg);
    step(g);
}

static void list(struct guild *g) {
    char path[64];
    snprintf(path, sizeof path, "/guilds/%s/channels", g->id);
    g->busy = true;
    g->creating = CHANNEL_COUNT; /* until the list is here */
    rest_send(g->o.rest,
              &(struct rest_request){
                  .method = "GET", .path = path, .route = "channels.list", .major = g->id, .answer_max = LIST_MAX},
              on_list, g);
}

static void on_created(void *arg, const struct rest_answer *a) {
    struct guild *g = arg;
    const char *id = json_str(a->json, "id");
    enum channel c = g->creating;
    g->busy = false;
    if (a->end == REST_DENIED && a->status == 400 && g->o.people_count && !g->without_people) {
        g->without_people = true; /* somebody of the list is not in the server: the bot alone, then */
        step(g);
        return;
    }
    if (a->end != REST_OK) {
        alarm_denied(g, a);
        g->creating = CHANNEL_COUNT;
        again(g, a);
        return;
    }
    if (!id || strspn(id, "0123456789") != strlen(id) || !*id || !str_copy(g->channel[c], GUILD_ID_MAX, id)) {
        g->channel[c][0] = '\0';
        g->creating = CHANNEL_COUNT;
        unusable(g, "the new channel");
        return;
    }
    log_info("discord", "channel created name=%s", channel_name(c));
    channels_save(g);
    g->channels_done = guild_channel_count(g) == CHANNEL_COUNT;
    g->o.channels(g->o.arg);
    step(g);
}

static void create(struct guild *g, enum channel c) {
    char path[64];
    struct buf b;
    snprintf(path, sizeof path, "/guilds/%s/channels", g->id);
    buf_init(&b, 16384);
    channel_write(channel_name(c), g->id, g->bot_id, (const char(*)[GUILD_ID_MAX])g->o.people,
                  g->without_people ? 0 : g->o.people_count, &b);
    g->busy = true;
    g->creating = c;
    rest_send(
        g->o.rest,
        &(struct rest_request){
            .method = "POST", .path = path, .route = "channels.create", .major = g->id, .body = b.p, .body_len = b.len},
        on_created, g);
    buf_clear(&b);
}

/* ---- commands ---- */

static void registration(const struct guild *g, struct buf *json, char mark[128]) {
    buf_init(json, REGISTRATION_MAX);
    registration_write(g->o.commands, json);
    commands_mark(g, json, mark);
}

static void on_registered(void *arg, const struct rest_answer *a) {
    struct guild *g = arg;
    struct buf json;
    char mark[128];
    g->busy = false;
    if (a->end != REST_OK) {
        alarm_denied(g, a);
        log_warn("discord", "registering commands: %s", a->err.text[LANG_EN]);
        g->commands_skipped = true;
        if (a->end != REST_STOPPED) step(g);
        return;
    }
    registration(g, &json, mark);
    buf_clear(&json);
    g->host.state_put(g->host.arg, KEY_COMMANDS, mark);
    g->commands_done = true;
    log_info("discord", "commands registered");
    step(g);
}

static void register_commands(struct guild *g) {
    struct buf json;
    char mark[128], path[96];
    registration(g, &json, mark);
    const char *known = g->host.state_get(g->host.arg, KEY_COMMANDS);
    if (known && !strcmp(known, mark)) {
        g->commands_done = true;
        buf_clear(&json);
        step(g);
        return;
    }
    snprintf(path, sizeof path, "/applications/%s/guilds/%s/commands", g->app_id, g->id);
    g->busy = true;
    rest_send(g->o.rest,
              &(struct rest_request){.method = "PUT",
                                     .path = path,
                                     .route = "commands.register",
                                     .major = g->id,
                                     .body = json.p,
                                     .body_len = json.len},
              on_registered, g);
    buf_clear(&json);
}

/* ---- one step after another ---- */

static void on_retry(void *arg) {
    struct guild *g = arg;
    g->commands_skipped = false;
    step(g);
}

static void channels_step(struct guild *g) {
    if (g->creating == CHANNEL_COUNT) {
        list(g);
        return;
    }
    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (!*g->channel[c]) {
            create(g, (enum channel)c);
            return;
        }
}

/* Commands come first: they are one request. Neither they nor the channels wait for the other to succeed. */
static void step(struct guild *g) {
    if (!g->started || g->busy || rest_is_stopped(g->o.rest)) return;
    loop_timer_stop(g->retry);
    if (!g->commands_done && !g->commands_skipped)
        register_commands(g);
    else if (!g->channels_done)
        channels_step(g);
    else if (!g->commands_done)
        loop_timer_start(g->retry, backoff_next(&g->backoff, &g->rng), 0);
    else
        backoff_reset(&g->backoff);
}

void guild_nudge(struct guild *g) {
    if (loop_timer_active(g->retry)) loop_timer_start(g->retry, 0, 0);
}

void guild_setup(struct guild *g, const char *guild_id, const char *app_id, const char *bot_id) {
    if (g->started && !strcmp(g->id, guild_id)) return;
    str_copy(g->id, sizeof g->id, guild_id);
    str_copy(g->app_id, sizeof g->app_id, app_id);
    str_copy(g->bot_id, sizeof g->bot_id, bot_id);
    g->started = true;
    g->channels_done = g->commands_done = g->commands_skipped = false;
    g->creating = CHANNEL_COUNT;
    step(g);
}

void guild_forget_channel(struct guild *g, const char *channel_id) {
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        if (!*channel_id || strcmp(g->channel[c], channel_id) != 0) continue;
        log_warn("discord", "channel %s is gone, it is looked for again", channel_name((enum channel)c));
        g->channel[c][0] = '\0';
        g->channels_done = false;
        g->creating = CHANNEL_COUNT;
        channels_save(g);
        if (!g->busy && !loop_timer_active(g->retry)) loop_timer_start(g->retry, RETRY_BASE_MS, 0);
    }
}
