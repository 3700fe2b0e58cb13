/*
 * cli_check: `mia check`, every precondition, one line each: ok, or what to do. Changes
 * nothing. Each check is a row of one table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bot/answer.h"
#include "bot/cli.h"
#include "bot/cli_net.h"
#include "bot/setup_engine.h"
#include "bot/setup_news.h"
#include "bot/setup_options.h"
#include "bot/setup_roll.h"
#include "bot/store_choice.h"
#include "engine/broker.h"
#include "engine/effect.h"
#include "engine/net/loop.h"
#include "engine/store.h"

enum verdict { CHECK_OK, CHECK_OFF, CHECK_WARN, CHECK_BAD };

struct check {
    struct cli *cli;
    const struct conf *conf;
    struct cli_net *net;
    struct engine_config config;
    struct feed_spec feed;
    struct buf text; /* what the check says */
    struct err said; /* by a venue that was asked */
    bool probed;
};

#define SAY(c, en, fr, ...) (buf_printf(&(c)->text, tr((c)->cli->lang, en, fr), ##__VA_ARGS__))

static enum verdict check_config(struct check *c) {
    struct conf_errors errs = {0};
    int bad = setup_engine(c->conf, &c->config, &errs) < 0;
    if (!bad) bad = setup_feed(c->conf, &c->config, &c->feed, &errs) < 0;
    if (bad) {
        conf_errors_text(&errs, c->cli->lang, &c->text);
        while (c->text.len && c->text.p[c->text.len - 1] == '\n') c->text.p[--c->text.len] = '\0';
        conf_errors_clear(&errs);
        return CHECK_BAD;
    }
    conf_errors_clear(&errs);
    SAY(c, "strategies: %u, symbols: %u", "stratégies\u00a0: %u, symboles\u00a0: %u", c->config.strategy_count,
        c->config.instrument_count);
    return CHECK_OK;
}

static enum verdict check_news(struct check *c) {
    if (conf_str(c->conf, "news.file")[0] == '\0') {
        SAY(c, "news.file is empty: no announcement is known", "news.file est vide\u00a0: aucune annonce n’est connue");
        return CHECK_OFF;
    }
    return setup_news_say(c->conf, &c->config, c->cli->lang, &c->text) ? CHECK_OK : CHECK_WARN;
}

static enum verdict check_options(struct check *c) {
    switch (setup_options_say(c->conf, &c->config, c->cli->lang, &c->text)) {
    case 0:
        SAY(c, "no symbol has an options_file: there are no gamma levels",
            "aucun symbole n’a d’options_file\u00a0: pas de niveaux gamma");
        return CHECK_OFF;
    case 1: return CHECK_OK;
    default: return CHECK_WARN;
    }
}

static enum verdict check_contracts(struct check *c) {
    int good = setup_roll_say(&c->config, (int32_t)(when_sec(clock_wall()) / 86400), c->cli->lang, &c->text);
    if (good == 0) SAY(c, "no symbol changes its contract", "aucun symbole ne change de contrat");
    return good == 0 ? CHECK_OFF : good > 0 ? CHECK_OK : CHECK_WARN;
}

/* Fails closed: the gate refuses what an advisor would have to agree to. */
static enum verdict check_advisor(struct check *c) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->config.strategy_count; i++) {
        const struct strategy_config *s = &c->config.strategies[i];
        if (!s->enabled || s->advisor != ADVISOR_REQUIRED) continue;
        SAY(c, "%s%s", "%s%s", n++ > 0 ? ", " : "", s->label);
    }
    if (n == 0) {
        SAY(c, "no strategy requires one: rules alone", "aucune stratégie n’en exige\u00a0: règles seules");
        return CHECK_OFF;
    }
    SAY(c, ": required, and this version has none: every entry is refused; advisor: none trades by the rules alone",
        "\u00a0: exigé, et cette version n’en a pas\u00a0: toute entrée est refusée\u00a0; advisor: none trade "
        "avec les règles seules");
    return CHECK_WARN;
}

static enum verdict check_access(struct check *c) {
    size_t owners = conf_count(c->conf, "access.owners");
    if (!owners) {
        SAY(c, "access.owners is empty: nobody may command from a chat, only the local page",
            "access.owners est vide\u00a0: personne ne peut commander depuis une messagerie, seule la page locale le "
            "peut");
        return CHECK_WARN;
    }
    SAY(c, "owners: %zu, operators: %zu, mentors: %zu",
        "propriétaires\u00a0: %zu, opérateurs\u00a0: %zu, mentors\u00a0: %zu", owners,
        conf_count(c->conf, "access.operators"), conf_count(c->conf, "access.mentors"));
    return CHECK_OK;
}

static enum verdict check_clock(struct check *c) {
    time_t now = (time_t)when_sec(clock_wall());
    struct tm tm;
    gmtime_r(&now, &tm);
    SAY(c, "%04d-%02d-%02d %02d:%02d UTC", "%04d-%02d-%02d %02d:%02d UTC", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
        tm.tm_hour, tm.tm_min);
    if (tm.tm_year + 1900 >= 2026 && tm.tm_year + 1900 < 2100) return CHECK_OK;
    SAY(c, ": set the machine's clock", "\u00a0: réglez l’horloge de la machine");
    return CHECK_BAD;
}

/* A server is asked whether or not there is a state directory yet: that it is reached safely is what is to be known. */
static enum verdict check_server(struct check *c, const struct store_options *o) {
    struct err e = {0};
    struct store_server_state st;
    if (store_server_look(o, &st, &e) < 0) {
        buf_str(&c->text, err_text(&e, c->cli->lang));
        return e.code == ERR_BUSY ? CHECK_WARN : CHECK_BAD;
    }
    if (!st.schema)
        SAY(c, "%s%s, empty: filled at the first start", "%s%s, vide\u00a0: remplie au premier démarrage", st.place,
            st.encrypted ? ", TLS" : "");
    else
        SAY(c, "%s%s, schema %d", "%s%s, schéma %d", st.place, st.encrypted ? ", TLS" : "", st.schema);
    return CHECK_OK;
}

static void see_schema(void *arg, const char *dir, int schema) {
    (void)dir;
    *(int *)arg = schema;
}

/* A bot that runs there is asked; one that does not answer is a warning. */
static enum verdict check_busy(struct check *c, const struct err *busy) {
    const struct ask q = {.kind = ASK_VERSION, .lang = c->cli->lang};
    int schema = 0;
    struct answer_to to = {.arg = &schema, .copy = see_schema};
    struct cli_reader reader = {.to = &to};
    struct err e;
    if (cli_ask(c->cli, c->conf, &q, &reader, &e) == 0) {
        SAY(c, "schema %d, in use by the bot that runs here", "schéma %d, utilisée par le bot qui tourne ici", schema);
        return CHECK_OK;
    }
    buf_str(&c->text, err_text(busy, c->cli->lang));
    return CHECK_WARN;
}

static enum verdict check_database(struct check *c) {
    struct err e;
    struct store_choice choice;
    struct store_health h;
    store_choice(c->conf, false, &choice);
    choice.options.read_only = true;
    if (choice.options.server) return check_server(c, &choice.options);
    if (access(choice.dir, F_OK) < 0) {
        SAY(c, "%s will be made at the first start", "%s sera créé au premier démarrage", choice.dir);
        return CHECK_OK;
    }
    struct store *s = store_open(&choice.options, &e);
    if (!s && e.code == ERR_BUSY) return check_busy(c, &e);
    if (s && store_check(s, &e) == 0) {
        store_health(s, &h);
        SAY(c, "%s, schema %d, %.1f MiB", "%s, schéma %d, %.1f Mio", h.place, store_schema_version(s),
            (double)store_bytes(s) / (1 << 20));
        store_close(s);
        return CHECK_OK;
    }
    buf_str(&c->text, err_text(&e, c->cli->lang));
    store_close(s);
    return CHECK_BAD;
}

static void probed(void *arg, const struct err *said) {
    struct check *c = arg;
    c->said = *said;
    c->probed = true;
    loop_stop(cli_net_loop(c->net));
}

static enum verdict said(struct check *c) {
    buf_str(&c->text, err_text(&c->said, c->cli->lang));
    return c->said.code == ERR_NONE ? CHECK_OK : c->said.code == ERR_NOT_FOUND ? CHECK_WARN : CHECK_BAD;
}

static enum verdict probe_broker(struct check *c, const struct broker *b) {
    struct venue_spec v;
    setup_venue(c->conf, &v);
    c->probed = false;
    b->probe(&v, cli_net_http(c->net), c->config.mode != MODE_LIVE, probed, c);
    if (!c->probed) loop_run(cli_net_loop(c->net));
    explicit_bzero(&v, sizeof v);
    return said(c);
}

static enum verdict check_broker(struct check *c) {
    const char *kind = conf_str(c->conf, "broker.kind");
    char cash[MONEY_TEXT_MAX];
    if (!broker_find(kind)) {
        SAY(c, "%s is not built yet", "%s n’existe pas encore", kind);
        return CHECK_BAD;
    }
    if (broker_find(kind)->probe != NULL) return probe_broker(c, broker_find(kind));
    SAY(c, "%s, %s", "%s, %s", kind, cash_say(cash, c->cli->lang, c->config.balance, c->config.currency, false));
    return CHECK_OK;
}

static when_t probe_now(void *arg) {
    (void)arg;
    return clock_wall();
}

/* A venue is asked over the network, once. */
static enum verdict probe_feed(struct check *c, const struct feed *f) {
    const struct feed_host host = {
        .arg = c, .loop = cli_net_loop(c->net), .http = cli_net_http(c->net), .now = probe_now};
    f->probe(&c->feed, &host, probed, c);
    loop_run(cli_net_loop(c->net));
    return said(c);
}

static enum verdict check_feed(struct check *c) {
    struct err e;
    struct feed_bar bar;
    const struct feed *f = feed_find(conf_str(c->conf, "feed.kind"));
    if (f && f->caps & FEED_PUSH) return probe_feed(c, f);
    void *state = f ? f->open(&c->feed, &e) : NULL;
    if (!f) err_set(&e, ERR_NOT_FOUND, "this kind is not built yet", "ce genre n’existe pas encore");
    int got = state ? f->next(state, &bar, &e) : -1;
    if (got > 0) {
        char at[WHEN_TEXT_MAX];
        SAY(c, "%s, first bar %s", "%s, première bougie %s", f->name, when_iso(at, bar.bar.start));
    } else if (state && got == 0) {
        SAY(c, "%s: no bar in it", "%s\u00a0: aucune bougie", f->name);
    } else {
        buf_str(&c->text, err_text(&e, c->cli->lang));
    }
    if (state) f->close(state);
    return got > 0 ? CHECK_OK : CHECK_BAD;
}

/* ---- chat platforms ---- */

static enum verdict no_answer(struct check *c, struct cli_answer *a, const char *token_name) {
    if (a->status == 401 || a->status == 404)
        SAY(c, "the token is refused (%d): put a new one into %s",
            "le jeton est refusé (%d)\u00a0: mettez-en un nouveau dans %s", a->status, token_name);
    else if (a->status)
        SAY(c, "answer %d", "réponse %d", a->status);
    else
        buf_str(&c->text, err_text(&a->err, c->cli->lang));
    json_free(a->json);
    return CHECK_BAD;
}

static unsigned channels_there(const struct json *list) {
    unsigned n = 0;
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        bool there = false;
        for (const struct json *j = json_first(list); j && !there; j = json_next(j)) {
            const char *name = json_str(j, "name");
            there = name && !strcmp(name, channel_name((enum channel)c));
        }
        n += there;
    }
    return n;
}

static enum verdict check_discord(struct check *c) {
    char auth[256], url[CONF_VALUE_MAX + 128];
    struct cli_answer a;
    const char *base = conf_str(c->conf, "discord.api_base"), *guild = conf_str(c->conf, "discord.guild_id");
    if (!*conf_str(c->conf, "discord.token")) {
        SAY(c, "no DISCORD_BOT_TOKEN", "pas de DISCORD_BOT_TOKEN");
        return CHECK_OFF;
    }
    snprintf(auth, sizeof auth, "Bot %s", conf_str(c->conf, "discord.token"));
    snprintf(url, sizeof url, "%s/users/@me", base);
    cli_net_ask(c->net, "GET", url, auth, NULL, &a);
    if (a.status != 200) return no_answer(c, &a, "DISCORD_BOT_TOKEN");
    const char *name = json_str(a.json, "username");
    SAY(c, "%s", "%s", name ? name : "?");
    json_free(a.json);
    if (!*guild) {
        SAY(c, ", discord.guild_id is not set: works where the bot is in one server only",
            ", discord.guild_id n’est pas réglé\u00a0: marche si le bot n’est que dans un serveur");
        return CHECK_WARN;
    }
    snprintf(url, sizeof url, "%s/guilds/%s/channels", base, guild);
    cli_net_ask(c->net, "GET", url, auth, NULL, &a);
    if (a.status != 200) {
        SAY(c, ", but the server %s does not know it (%d): `mia setup` prints the invite link",
            ", mais le serveur %s ne le connaît pas (%d)\u00a0: «\u00a0mia setup\u00a0» affiche le lien d’invitation",
            guild, a.status);
        json_free(a.json);
        return CHECK_BAD;
    }
    unsigned there = channels_there(a.json);
    json_free(a.json);
    SAY(c, ", %u of %u channels", ", %u salons sur %u", there, (unsigned)CHANNEL_COUNT);
    if (there < CHANNEL_COUNT)
        SAY(c, ": the others are made at the start", "\u00a0: les autres sont créés au démarrage");
    return CHECK_OK;
}

static enum verdict check_telegram(struct check *c) {
    char url[CONF_VALUE_MAX + 256];
    struct cli_answer a;
    const char *token = conf_str(c->conf, "telegram.token"), *base = conf_str(c->conf, "telegram.api_base");
    if (!*token || !conf_bool(c->conf, "telegram.enabled")) {
        SAY(c, "no TELEGRAM_BOT_TOKEN, or telegram.enabled is false",
            "pas de TELEGRAM_BOT_TOKEN, ou telegram.enabled vaut false");
        return CHECK_OFF;
    }
    snprintf(url, sizeof url, "%s/bot%s/getMe", base, token);
    cli_net_ask(c->net, "POST", url, NULL, "{}", &a);
    if (a.status != 200) return no_answer(c, &a, "TELEGRAM_BOT_TOKEN");
    const char *name = json_str(a.json, "result.username");
    SAY(c, "@%s", "@%s", name ? name : "?");
    json_free(a.json);
    if (!conf_int(c->conf, "telegram.chat_id")) {
        SAY(c, ", telegram.chat_id is not set: answers only, no channels",
            ", telegram.chat_id n’est pas réglé\u00a0: des réponses, mais pas de canaux");
        return CHECK_WARN;
    }
    char body[64];
    snprintf(body, sizeof body, "{\"chat_id\":%lld}", (long long)conf_int(c->conf, "telegram.chat_id"));
    snprintf(url, sizeof url, "%s/bot%s/getChat", base, token);
    cli_net_ask(c->net, "POST", url, NULL, body, &a);
    bool good = a.status == 200;
    if (!good)
        SAY(c, ", but it is not in the chat (%d): add it there",
            ", mais il n’est pas dans la discussion (%d)\u00a0: ajoutez-l’y", a.status);
    json_free(a.json);
    return good ? CHECK_OK : CHECK_BAD;
}

static const struct {
    const char *name;
    enum verdict (*run)(struct check *c);
} checks[] = {{"config", check_config},       {"news", check_news},         {"options", check_options},
              {"contracts", check_contracts}, {"advisor", check_advisor},   {"access", check_access},
              {"clock", check_clock},         {"database", check_database}, {"broker", check_broker},
              {"feed", check_feed},           {"discord", check_discord},   {"telegram", check_telegram}};

static const char *const verdict_keys[] = {"ok", "off", "warn", "bad"};
static const char *const verdict_marks[] = {"✓", "–", "!", "✗"};

static void print_text(const char *name, enum verdict v, const char *text) {
    printf("%s %-10s %s\n", verdict_marks[v], name, text);
}

static int check(struct cli *cli) {
    struct buf out;
    struct jw w;
    bool json = cli_has(cli, "--json");
    int bad = 0;
    struct conf *conf = cli_conf(cli, true, false);
    if (!conf) return CLI_FAILED;
    struct check *c = calloc(1, sizeof *c);
    if (!c) return CLI_FAILED;
    *c = (struct check){.cli = cli, .conf = conf, .net = cli_net_new()};
    buf_init(&out, 1u << 16);
    jw_init(&w, &out);
    jw_arr(&w);
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        buf_init(&c->text, 1u << 14);
        enum verdict v = checks[i].run(c);
        const char *text = c->text.len ? c->text.p : "";
        bad += v == CHECK_BAD;
        jw_obj(&w);
        jw_kstr(&w, "check", checks[i].name);
        jw_kstr(&w, "state", verdict_keys[v]);
        jw_kstr(&w, "text", text);
        jw_end_obj(&w);
        if (!json) print_text(checks[i].name, v, text);
        buf_clear(&c->text);
        if (i == 0 && v == CHECK_BAD) break; /* nothing below makes sense without settings */
    }
    jw_end_arr(&w);
    if (json) printf("%s\n", out.p);
    buf_clear(&out);
    cli_net_free(c->net);
    free(c);
    conf_free(conf);
    return bad ? CLI_FAILED : CLI_GOOD;
}

static const struct cli_option options[] = {{"--json", NULL, NULL, {"for programs", "pour les programmes"}}, {0}};
const struct cli_command cli_check = {
    .name = "check",
    .text = {"looks at every precondition: ok, or what to do", "examine chaque condition\u00a0: bon, ou quoi faire"},
    .options = options,
    .run = check};
