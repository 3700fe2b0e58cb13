/*
 * discord: the transport as the shell sees it. Wires REST, gateway, guild and
 * interactions together, knows who the bot is and which server is its own, and says what
 * is wrong. Owns the list of results that wait for send to return.
 *
 * Deliveries flow as soon as the channels are known, even while the gateway is away:
 * an alert needs REST only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/chat/discord_priv.h"
#include "bot/cli.h"
#include "config/conf.h"
#include "config/options.h"
#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define KEY_SELF "discord.self"         /* "IDENTITY BOT APP" */
#define KEY_INSTANCE "discord.instance" /* 16 hex digits, drawn once */

struct discord_later {
    uint64_t id;
    struct delivery_result result;
    struct discord_later *next;
};

/* ---- results ---- */

void discord_delivered(struct discord *d, uint64_t outbox_id, const struct delivery_result *r) {
    if (!d->closing) d->host.delivered(d->host.arg, PLATFORM_DISCORD, outbox_id, r);
}

void discord_later(struct discord *d, uint64_t outbox_id, const struct delivery_result *r) {
    struct discord_later *l = xcalloc(1, sizeof *l);
    l->id = outbox_id;
    l->result = *r;
    *d->later_tail = l;
    d->later_tail = &l->next;
    loop_timer_start(d->timer, 0, 0);
}

static void later_free(struct discord *d) {
    while (d->later) {
        struct discord_later *next = d->later->next;
        free(d->later);
        d->later = next;
    }
    d->later_tail = &d->later;
}

static void tell_ready(struct discord *d, bool up) {
    if (d->ready_told == up || d->closing) return;
    d->ready_told = up;
    d->host.ready(d->host.arg, PLATFORM_DISCORD, up);
}

/* Also the first turn after open: what the last start knew is enough to deliver. */
static void on_timer(void *arg) {
    struct discord *d = arg;
    struct discord_later *l = d->later;
    d->later = NULL;
    d->later_tail = &d->later;
    while (l) {
        struct discord_later *next = l->next;
        discord_delivered(d, l->id, &l->result);
        free(l);
        l = next;
    }
    if (!d->stopped && *d->bot_id && guild_channel_count(d->guild)) tell_ready(d, true);
}

static void on_result(void *arg, uint64_t outbox_id, const struct delivery_result *r) {
    discord_delivered(arg, outbox_id, r);
}
static void on_later(void *arg, uint64_t outbox_id, const struct delivery_result *r) {
    discord_later(arg, outbox_id, r);
}
static void on_told(void *arg, const struct json *gateway_bot) {
    rival_told(((struct discord *)arg)->rival, gateway_bot);
}
static void on_identified(void *arg) {
    rival_identified(((struct discord *)arg)->rival);
}
static void on_rival(void *arg, enum rival_sign sign) {
    rival_seen(((struct discord *)arg)->rival, sign);
}
static void on_late(void *arg, const struct delivery *v, const struct interaction_address *to) {
    discord_send_late(arg, v, to);
}

/* ---- the end of it ---- */

static void stop_for_good(struct discord *d, const char *en, const char *fr) {
    if (d->stopped || d->closing) return;
    d->stopped = true;
    str_copy(d->stopped_text[LANG_EN], sizeof d->stopped_text[LANG_EN], en);
    str_copy(d->stopped_text[LANG_FR], sizeof d->stopped_text[LANG_FR], fr);
    gateway_stop(d->gateway);
    rest_stop(d->rest);
    tell_ready(d, false);
    d->host.alarm(d->host.arg, PLATFORM_DISCORD, URGENCY_URGENT, "discord.fatal", en, fr);
}

static void on_fatal(void *arg, const char *en, const char *fr) {
    stop_for_good(arg, en, fr);
}

static void on_refused(void *arg) {
    stop_for_good(arg, "Discord refuses the bot token (401). Put a valid one into DISCORD_BOT_TOKEN and restart.",
                  "Discord refuse le jeton du bot (401). Mettez un jeton valide dans DISCORD_BOT_TOKEN et redémarrez.");
}

static void on_banned(void *arg, int64_t for_ms) {
    struct discord *d = arg;
    log_warn("discord", "the proxy in front of Discord refuses this address for_s=%lld", (long long)for_ms / 1000);
    d->host.alarm(d->host.arg, PLATFORM_DISCORD, URGENCY_IMPORTANT, "discord.banned",
                  "Discord's front refuses this address for a while; nothing is sent there until then.",
                  "L’entrée de Discord refuse cette adresse pour un temps\u00a0; rien n’y est envoyé d’ici là.");
}

static void on_invalid(void *arg) {
    struct discord *d = arg;
    d->host.alarm(
        d->host.arg, PLATFORM_DISCORD, URGENCY_IMPORTANT, "discord.invalid",
        "Discord has refused too many requests within ten minutes; messages wait so that it does not ban this address.",
        "Discord a refusé trop de requêtes en dix minutes\u00a0; les messages attendent, pour que cette adresse ne "
        "soit pas "
        "bannie.");
}

/* ---- who and where ---- */

static void self_save(const struct discord *d) {
    char text[80];
    snprintf(text, sizeof text, "%016llx %s %s", (unsigned long long)d->identity, d->bot_id, d->app_id);
    const char *known = d->host.state_get(d->host.arg, KEY_SELF);
    if (!known || strcmp(known, text) != 0) d->host.state_put(d->host.arg, KEY_SELF, text);
}

static void self_load(struct discord *d) {
    const char *text = d->host.state_get(d->host.arg, KEY_SELF);
    char own[20];
    snprintf(own, sizeof own, "%016llx", (unsigned long long)d->identity);
    if (!text || strncmp(text, own, 16) != 0 || text[16] != ' ') return;
    const char *bot = text + 17, *app = strchr(bot, ' ');
    if (!app || !str_copy_n(d->bot_id, sizeof d->bot_id, bot, (size_t)(app - bot)) ||
        !str_copy(d->app_id, sizeof d->app_id, app + 1))
        d->bot_id[0] = d->app_id[0] = '\0';
}

static void id_copy(const struct json *j, const char *path, char out[GUILD_ID_MAX]) {
    uint64_t id;
    if (json_id(j, path, &id)) snprintf(out, GUILD_ID_MAX, "%llu", (unsigned long long)id);
}

static void instance_load(struct discord *d) {
    const char *text = d->host.state_get(d->host.arg, KEY_INSTANCE);
    char fresh[20];
    if (text && strlen(text) == 16) {
        d->instance = strtoull(text, NULL, 16);
        return;
    }
    int64_t seed[2] = {clock_wall().ns, clock_mono_ns()};
    d->instance = hash64(seed, sizeof seed, d->identity);
    snprintf(fresh, sizeof fresh, "%016llx", (unsigned long long)d->instance);
    d->host.state_put(d->host.arg, KEY_INSTANCE, fresh);
}

/* Without a configured server: the one of the last start, or the only one the bot is in. */
static void choose_guild(struct discord *d, const struct json *guilds) {
    char en[160], fr[160];
    if (*d->guild_id || !guilds) return;
    if (json_count(guilds) == 1) id_copy(guilds, "[0].id", d->guild_id);
    if (!*d->guild_id) {
        d->host.alarm(d->host.arg, PLATFORM_DISCORD, URGENCY_IMPORTANT, "discord.guild",
                      "Which Discord server is the bot's? Set discord.guild_id (or DISCORD_GUILD_ID); until then it "
                      "obeys nobody there.",
                      "Quel serveur Discord est celui du bot\u00a0? Indiquez discord.guild_id (ou "
                      "DISCORD_GUILD_ID)\u00a0; d’ici là il "
                      "n’y obéit à personne.");
        return;
    }
    snprintf(en, sizeof en, "No Discord server is configured; the only one the bot is in is used: %s.", d->guild_id);
    snprintf(fr, sizeof fr,
             "Aucun serveur Discord n’est configuré\u00a0; le seul où se trouve le bot est utilisé\u00a0: %s.",
             d->guild_id);
    d->host.alarm(d->host.arg, PLATFORM_DISCORD, URGENCY_INFO, "discord.guild_used", en, fr);
}

static void setup_guild(struct discord *d) {
    if (*d->guild_id && *d->bot_id) guild_setup(d->guild, d->guild_id, d->app_id, d->bot_id);
}

static void on_up(void *arg, const struct json *ready) {
    struct discord *d = arg;
    if (ready) {
        id_copy(ready, "user.id", d->bot_id);
        str_copy(d->app_id, sizeof d->app_id, d->bot_id); /* the same number for all but very old bots */
        id_copy(ready, "application.id", d->app_id);
        self_save(d);
        choose_guild(d, json_at(ready, "guilds"));
    }
    setup_guild(d);
    tell_ready(d, true);
}

static void on_channels(void *arg) {
    struct discord *d = arg;
    if (!d->stopped) tell_ready(d, true);
}

/* ---- what happens there ---- */

static void on_interaction(struct discord *d, const struct json *j) {
    struct request r;
    struct err e = {0};
    struct interaction_home home = {
        .guild_id = d->guild_id, .bot_id = d->bot_id, .app_id = d->app_id, .locale = d->locale};
    if (interaction_parse(j, &home, &r, &e) < 0) {
        log_warn("discord", "an interaction is left alone: %s", e.text[LANG_EN]);
        return;
    }
    interactions_seen(d->interactions, r.ext_id);
    d->host.receive(d->host.arg, &r);
}

static void on_dispatch(void *arg, const char *type, const struct json *j) {
    struct discord *d = arg;
    char id[GUILD_ID_MAX] = "";
    if (!strcmp(type, "INTERACTION_CREATE")) {
        on_interaction(d, j);
    } else if (!strcmp(type, "CHANNEL_DELETE")) {
        id_copy(j, "id", id);
        guild_forget_channel(d->guild, id);
    } else if (!strcmp(type, "GUILD_CREATE")) {
        id_copy(j, "id", id);
        if (*id && !strcmp(id, d->guild_id)) guild_nudge(d->guild);
    }
}

/* ---- open ---- */

/* "ID", "role:ID", or what Discord itself shows: "<@ID>", "<@&ID>". */
static void read_mention(const struct conf *conf, char *out, size_t size) {
    if (!option_find("discord.mention")) return;
    const char *text = conf_str(conf, "discord.mention");
    if (!strncmp(text, "<@", 2))
        str_copy(out, size, text);
    else if (!strncmp(text, "role:", 5))
        snprintf(out, size, "<@&%s>", text + 5);
    else if (*text)
        snprintf(out, size, "<@%s>", !strncmp(text, "discord:", 8) ? text + 8 : text);
}

static void read_people(const struct conf *conf, const char *list, struct guild_options *o) {
    size_t n = conf_count(conf, "%s", list);
    for (size_t i = 0; i < n && o->people_count < GUILD_PEOPLE_MAX; i++) {
        const char *person = conf_str(conf, "%s[%zu]", list, i);
        if (strncmp(person, "discord:", 8) != 0) continue;
        bool known = false;
        for (uint32_t k = 0; k < o->people_count; k++) known |= !strcmp(o->people[k], person + 8);
        if (!known && str_copy(o->people[o->people_count], GUILD_ID_MAX, person + 8)) o->people_count++;
    }
}

static int read_locale(const struct conf *conf) {
    const char *locale = conf_str(conf, "locale");
    return strcmp(locale, "auto") ? (int)lang_from_tag(locale) : -1;
}

static void open_parts(struct discord *d, const struct conf *conf) {
    const char *token = conf_str(conf, "discord.token"), *base = conf_str(conf, "discord.api_base");
    d->identity = hash64(token, strlen(token), hash64(base, strlen(base), 1));
    self_load(d);
    instance_load(d);
    struct rest_options ro = {.loop = d->host.loop,
                              .http = d->host.http,
                              .base = base,
                              .token = token,
                              .version = MIA_VERSION,
                              .arg = d,
                              .refused = on_refused,
                              .banned = on_banned,
                              .invalid = on_invalid};
    d->rest = rest_new(&ro);
    struct gateway_options go = {.host = &d->host,
                                 .rest = d->rest,
                                 .token = token,
                                 .identity = d->identity,
                                 .arg = d,
                                 .up = on_up,
                                 .dispatch = on_dispatch,
                                 .told = on_told,
                                 .identified = on_identified,
                                 .fatal = on_fatal};
    d->rival = rival_new(&d->host, d->rest);
    d->gateway = gateway_new(&go);
    struct guild_options uo = {.host = &d->host,
                               .rest = d->rest,
                               .commands = command_table,
                               .identity = d->identity,
                               .arg = d,
                               .channels = on_channels};
    read_people(conf, "access.owners", &uo);
    read_people(conf, "access.operators", &uo);
    read_people(conf, "access.mentors", &uo);
    d->guild = guild_new(&uo);
    struct interactions_options io = {
        .rest = d->rest, .arg = d, .delivered = on_result, .later = on_later, .late = on_late, .rival = on_rival};
    d->interactions = interactions_new(&io);
}

static void *discord_open(const struct conf *conf, const struct transport_host *host, struct err *e) {
    const char *token = conf_str(conf, "discord.token");
    if (!*token || strlen(token) > 200 || !url_is_allowed(conf_str(conf, "discord.api_base"))) {
        err_set(e, ERR_USAGE, "Discord needs a bot token and an https address (plain http only on this machine)",
                "Discord a besoin d’un jeton de bot et d’une adresse https (http simple seulement sur cette machine)");
        return NULL;
    }
    struct discord *d = xcalloc(1, sizeof *d);
    d->host = *host;
    d->later_tail = &d->later;
    d->timer = loop_timer_new(host->loop, on_timer, d);
    d->locale = read_locale(conf);
    read_mention(conf, d->mention, sizeof d->mention);
    open_parts(d, conf);
    str_copy(d->guild_id, sizeof d->guild_id, guild_recall(d->guild, conf_str(conf, "discord.guild_id")));
    gateway_start(d->gateway);
    loop_timer_start(d->timer, 0, 0);
    return d;
}

/* ---- the rest of the contract ---- */

static void discord_send(void *state, const struct delivery *v) {
    struct discord *d = state;
    struct delivery_result r = {.outcome = OUTCOME_DOWN};
    if (d->stopped) {
        discord_later(d, v->id, &r);
        return;
    }
    switch (v->kind) {
    case OUTBOX_MESSAGE: discord_send_message(d, v); return;
    case OUTBOX_EDIT: discord_send_edit(d, v); return;
    case OUTBOX_REPLY:
        if (interactions_reply(d->interactions, v)) return;
        break;
    case OUTBOX_KIND_COUNT: break;
    }
    r.outcome = OUTCOME_REFUSED;
    err_set(&r.err, ERR_NOT_FOUND, "no such address in Discord", "cette adresse n’existe pas dans Discord");
    discord_later(d, v->id, &r);
}

static void discord_defer(void *state, const char *address, bool is_private) {
    struct discord *d = state;
    if (!d->stopped) interactions_defer(d->interactions, address, is_private);
}

static void discord_choices(void *state, const char *address, const struct choice *c, uint32_t n) {
    struct discord *d = state;
    if (!d->stopped) interactions_choices(d->interactions, address, c, n);
}

static void say_health(const struct discord *d, struct transport_health *out) {
    uint32_t channels = guild_channel_count(d->guild);
    const char *en = out->up ? "connected" : "connecting", *fr = out->up ? "connecté" : "connexion en cours";
    if (!*d->guild_id)
        en = "no server configured (discord.guild_id)", fr = "aucun serveur configuré (discord.guild_id)";
    snprintf(out->text[LANG_EN], sizeof out->text[LANG_EN], "%s, %u of %u channels%s", en, channels,
             (unsigned)CHANNEL_COUNT, guild_is_complete(d->guild) ? "" : ", setting up");
    snprintf(out->text[LANG_FR], sizeof out->text[LANG_FR], "%s, %u salons sur %u%s", fr, channels,
             (unsigned)CHANNEL_COUNT, guild_is_complete(d->guild) ? "" : ", mise en place");
}

static void discord_health(void *state, struct transport_health *out) {
    struct discord *d = state;
    memset(out, 0, sizeof *out);
    out->configured = true;
    out->stopped = d->stopped;
    out->up = !d->stopped && gateway_state_of(d->gateway) == GATEWAY_UP;
    out->latency_ms = gateway_latency_ms(d->gateway);
    if (d->stopped)
        for (int l = 0; l < LANG_COUNT; l++) str_copy(out->text[l], sizeof out->text[l], d->stopped_text[l]);
    else
        say_health(d, out);
}

static bool discord_leave(void *state) {
    return gateway_leave(((struct discord *)state)->gateway);
}

static void discord_close(void *state, bool restart) {
    struct discord *d = state;
    d->closing = true;
    rest_free(d->rest); /* ends every request: whoever waits frees what it holds */
    gateway_close(d->gateway, restart);
    guild_free(d->guild);
    interactions_free(d->interactions);
    rival_free(d->rival);
    later_free(d);
    loop_timer_free(d->timer);
    free(d);
}

const struct transport transport_discord = {
    .platform = PLATFORM_DISCORD,
    .open = discord_open,
    .send = discord_send,
    .defer = discord_defer,
    .choices = discord_choices,
    .health = discord_health,
    .leave = discord_leave,
    .close = discord_close,
};
