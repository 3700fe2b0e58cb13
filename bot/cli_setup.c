/*
 * cli_setup: `mia setup`, from nothing to a bot that may start: asks for the tokens,
 * checks them, prints the invite link, makes the five channels, writes mia.yaml and
 * .env (0600). Asks before it replaces a file. A token is never echoed or printed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "bot/chat/discord_guild.h"
#include "bot/cli.h"
#include "bot/cli_net.h"
#include "engine/base/log.h"
#include "engine/effect.h"

#define ANSWER_MAX 256
/* View, send, embed, attach, history, manage channels (to make the five), use commands. */
#define INVITE_PERMISSIONS "2147601424"

struct setup {
    struct cli *cli;
    struct cli_net *net;
    char discord_token[ANSWER_MAX], telegram_token[ANSWER_MAX];
    char guild[24], chat[24], discord_owner[24], telegram_owner[24];
    char app_id[24], bot_id[24]; /* old bots have two: the invitation names the application, a permission the user */
};

static const char *discord_base(void) {
    const char *b = getenv("DISCORD_API_BASE");
    return b && *b ? b : "https://discord.com/api/v10";
}
static const char *telegram_base(void) {
    const char *b = getenv("TELEGRAM_API_BASE");
    return b && *b ? b : "https://api.telegram.org";
}

/* ---- asking ---- */

static void echo(bool on) {
    struct termios t;
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &t) < 0) return;
    if (on)
        t.c_lflag |= ECHO;
    else
        t.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

/* false: end of input. An empty answer is allowed. */
static bool ask(const char *question, bool secret, char out[ANSWER_MAX]) {
    if (secret) echo(false); /* before the question: an answer may be pasted as soon as that is there */
    printf("%s ", question);
    fflush(stdout);
    char *got = fgets(out, ANSWER_MAX, stdin);
    if (secret) {
        echo(true);
        printf("\n");
    }
    if (!got) {
        out[0] = '\0';
        return false;
    }
    out[strcspn(out, "\r\n")] = '\0';
    if (secret) log_secret(out);
    return true;
}

static bool all_digits(const char *s) {
    return *s && strspn(s + (*s == '-'), "0123456789") == strlen(s + (*s == '-')) && strlen(s) < 22;
}

/* A number, or nothing; asked again until it is one. */
static bool ask_id(struct setup *s, const char *question, char out[24]) {
    char answer[ANSWER_MAX];
    for (;;) {
        if (!ask(question, false, answer)) return false;
        if (!*answer || all_digits(answer)) break;
        printf("%s\n", tr(s->cli->lang, "that is a number made of digits", "c’est un nombre fait de chiffres"));
    }
    return str_copy(out, 24, answer);
}

/* ---- Discord ---- */

static void discord_call(struct setup *s, const char *method, const char *path, const char *body,
                         struct cli_answer *out) {
    char url[1024], auth[ANSWER_MAX + 8];
    snprintf(url, sizeof url, "%s%s", discord_base(), path);
    snprintf(auth, sizeof auth, "Bot %s", s->discord_token);
    cli_net_ask(s->net, method, url, auth, body, out);
}

/* What a person can do about it: another token, or waiting, or the network. */
static void say_failed(const struct setup *s, const struct cli_answer *a) {
    enum lang l = s->cli->lang;
    if (a->status == 401 || a->status == 404)
        printf(tr(l, "  this token is refused (%d): copy it again\n",
                  "  ce jeton est refusé (%d)\u00a0: copiez-le à nouveau\n"),
               a->status);
    else if (a->status)
        printf(tr(l, "  the server answers %d: try again\n", "  le serveur répond %d\u00a0: réessayez\n"), a->status);
    else
        printf("  %s\n", err_text(&a->err, l));
}

static bool discord_token(struct setup *s) {
    struct cli_answer a;
    enum lang l = s->cli->lang;
    for (;;) {
        if (!ask(tr(l,
                    "Discord bot token (empty: no Discord):", "Jeton du bot Discord (vide\u00a0: sans Discord)\u00a0:"),
                 true, s->discord_token))
            return false;
        if (!*s->discord_token) return true;
        discord_call(s, "GET", "/users/@me", NULL, &a);
        const char *name = json_str(a.json, "username");
        bool good = a.status == 200 && json_copy(a.json, "id", s->bot_id, sizeof s->bot_id);
        if (good)
            printf(tr(l, "  it is %s\n", "  c’est %s\n"), name ? name : s->bot_id);
        else
            say_failed(s, &a);
        json_free(a.json);
        if (!good) continue;
        discord_call(s, "GET", "/applications/@me", NULL, &a);
        if (a.status != 200 || !json_copy(a.json, "id", s->app_id, sizeof s->app_id))
            str_copy(s->app_id, sizeof s->app_id, s->bot_id);
        json_free(a.json);
        return true;
    }
}

/* The one server the bot is in, or the one that is chosen. */
static bool discord_guild(struct setup *s) {
    enum lang l = s->cli->lang;
    char answer[ANSWER_MAX];
    printf(tr(l,
              "  invite it with: "
              "https://discord.com/oauth2/authorize?client_id=%s&scope=bot+applications.commands&permissions=%s\n",
              "  invitez-le avec\u00a0: "
              "https://discord.com/oauth2/authorize?client_id=%s&scope=bot+applications.commands&permissions=%s\n"),
           s->app_id, INVITE_PERMISSIONS);
    for (;;) {
        struct cli_answer a;
        discord_call(s, "GET", "/users/@me/guilds", NULL, &a);
        size_t n = a.status == 200 ? json_count(a.json) : 0;
        for (const struct json *g = json_first(a.json); n && g; g = json_next(g)) {
            const char *name = json_str(g, "name"), *id = json_str(g, "id");
            printf("  %s  %s\n", id ? id : "?", name ? name : "?");
        }
        if (n == 1) json_copy(json_item(a.json, 0), "id", s->guild, sizeof s->guild);
        if (a.status != 200) say_failed(s, &a);
        json_free(a.json);
        if (n == 1) return true;
        if (!ask(a.status != 200 ? tr(l, "Which server (its number; empty: ask Discord again)?",
                                      "Quel serveur (son numéro\u00a0; vide\u00a0: redemander à Discord)\u00a0?")
                 : n             ? tr(l, "Which server (its number)?", "Quel serveur (son numéro)\u00a0?")
                                 : tr(l, "The bot is in no server yet. Invite it, then press Enter:",
                                      "Le bot n’est dans aucun serveur. Invitez-le, puis Entrée\u00a0:"),
                 false, answer))
            return false;
        if (all_digits(answer)) return str_copy(s->guild, sizeof s->guild, answer);
    }
}

static bool channel_there(const struct json *list, const char *name) {
    for (const struct json *c = json_first(list); c; c = json_next(c)) {
        const char *n = json_str(c, "name");
        if (n && !strcmp(n, name)) return true;
    }
    return false;
}

static void discord_channels(struct setup *s) {
    char path[64];
    struct cli_answer list, made;
    enum lang l = s->cli->lang;
    snprintf(path, sizeof path, "/guilds/%s/channels", s->guild);
    char owner[1][GUILD_ID_MAX];
    str_copy(owner[0], sizeof owner[0], s->discord_owner); /* who is not named in a private channel does not see it */
    discord_call(s, "GET", path, NULL, &list);
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        const char *name = channel_name((enum channel)c);
        struct buf b;
        if (channel_there(list.json, name)) {
            printf(tr(l, "  #%s is there\n", "  #%s existe\n"), name);
            continue;
        }
        buf_init(&b, 4096);
        channel_write(name, s->guild, s->bot_id, (const char(*)[GUILD_ID_MAX])owner, *owner[0] ? 1 : 0, &b);
        discord_call(s, "POST", path, b.p, &made);
        bool good = made.status == 200 || made.status == 201;
        printf(good ? tr(l, "  #%s made, private\n", "  #%s créé, privé\n")
                    : tr(l, "  #%s could not be made: give the bot the right to manage channels\n",
                         "  #%s n’a pas pu être créé\u00a0: donnez au bot le droit de gérer les salons\n"),
               name);
        json_free(made.json);
        buf_clear(&b);
    }
    json_free(list.json);
}

/* ---- Telegram ---- */

static bool telegram_token(struct setup *s) {
    char url[1024];
    struct cli_answer a;
    enum lang l = s->cli->lang;
    for (;;) {
        if (!ask(tr(l, "Telegram bot token from @BotFather (empty: no Telegram):",
                    "Jeton du bot Telegram, de @BotFather (vide\u00a0: sans Telegram)\u00a0:"),
                 true, s->telegram_token))
            return false;
        if (!*s->telegram_token) return true;
        snprintf(url, sizeof url, "%s/bot%s/getMe", telegram_base(), s->telegram_token);
        cli_net_ask(s->net, "POST", url, NULL, "{}", &a);
        const char *name = json_str(a.json, "result.username");
        if (a.status == 200 && name)
            printf(tr(l, "  it is @%s\n", "  c’est @%s\n"), name);
        else
            say_failed(s, &a);
        bool good = a.status == 200 && name;
        json_free(a.json);
        if (good) return true;
    }
}

/* ---- writing ---- */

static int write_file(struct setup *s, const char *path, mode_t mode, const struct buf *b, struct err *e) {
    char answer[ANSWER_MAX], temporary[CONF_PATH_MAX + 8], question[CONF_PATH_MAX + 64];
    if (access(path, F_OK) == 0) {
        snprintf(question, sizeof question,
                 tr(s->cli->lang, "%s is there. Replace it (y/n)?", "%s existe. Le remplacer (o/n)\u00a0?"), path);
        if (!ask(question, false, answer) || !strchr("yYoO", answer[0]) || !answer[0]) {
            printf(tr(s->cli->lang, "  %s is left as it is\n", "  %s reste tel quel\n"), path);
            return 0;
        }
    }
    snprintf(temporary, sizeof temporary, "%s.new", path);
    unlink(temporary);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    bool good = fd >= 0 && write(fd, b->p, b->len) == (ssize_t)b->len && fsync(fd) == 0;
    if (fd >= 0 && close(fd) < 0) good = false;
    if (good && rename(temporary, path) == 0) {
        printf(tr(s->cli->lang, "  %s written\n", "  %s écrit\n"), path);
        return 0;
    }
    int why = errno;
    unlink(temporary);
    return err_set(e, ERR_IO, "%s cannot be written: %s", "%s ne peut pas être écrit\u00a0: %s", path, strerror(why));
}

static void yaml_of(const struct setup *s, struct buf *b) {
    buf_str(
        b,
        "# Written by mia setup. Every key has a default: mia config keys lists them all.\nmode: paper\n"
        "feed: {kind: simulated, speed: 60, symbols: [XAUUSD]}\nbroker: {kind: paper, balance: 100000, currency: USD}\n"
        "strategies:\n  - {name: MovingAverage, symbols: [XAUUSD], capital_allocation: 50000, params: {ma_period: 20, "
        "stop_loss_pct: 0.02}}\n");
    if (*s->guild) buf_printf(b, "discord: {guild_id: \"%s\"}\n", s->guild);
    if (*s->chat) buf_printf(b, "telegram: {chat_id: %s}\n", s->chat);
    buf_str(b, "access:\n  owners: [");
    if (*s->discord_owner) buf_printf(b, "\"discord:%s\"", s->discord_owner);
    if (*s->telegram_owner) buf_printf(b, "%s\"telegram:%s\"", *s->discord_owner ? ", " : "", s->telegram_owner);
    buf_str(b, "]\nlocal: {listen: \"127.0.0.1:8787\"}\nstate: {dir: ./state}\n");
}

static int write_files(struct setup *s, struct err *e) {
    struct buf b;
    char env[CONF_PATH_MAX];
    const char *path = s->cli->config ? s->cli->config : "mia.yaml", *slash = strrchr(path, '/');
    snprintf(env, sizeof env, "%.*s.env", slash ? (int)(slash + 1 - path) : 0, path);
    buf_init(&b, 1u << 16);
    yaml_of(s, &b);
    int bad = write_file(s, path, 0644, &b, e);
    buf_reset(&b);
    if (*s->discord_token) buf_printf(&b, "DISCORD_BOT_TOKEN=%s\n", s->discord_token);
    if (*s->telegram_token) buf_printf(&b, "TELEGRAM_BOT_TOKEN=%s\n", s->telegram_token);
    if (!bad && b.len) bad = write_file(s, env, 0600, &b, e);
    buf_clear(&b);
    return bad;
}

static bool questions(struct setup *s) {
    enum lang l = s->cli->lang;
    if (!discord_token(s)) return false;
    if (*s->discord_token) {
        if (!discord_guild(s)) return false;
        if (!ask_id(s,
                    tr(l, "Your own Discord user number (settings > advanced > developer mode, then copy id):",
                       "Votre numéro d’utilisateur Discord (réglages > avancés > mode développeur, puis copier "
                       "l’identifiant)\u00a0:"),
                    s->discord_owner))
            return false;
        discord_channels(s);
    }
    if (!telegram_token(s)) return false;
    if (!*s->telegram_token) return true;
    return ask_id(s,
                  tr(l, "Number of the Telegram group for the messages (empty: answers only):",
                     "Numéro du groupe Telegram pour les messages (vide\u00a0: réponses seules)\u00a0:"),
                  s->chat) &&
           ask_id(s, tr(l, "Your own Telegram user number:", "Votre numéro d’utilisateur Telegram\u00a0:"),
                  s->telegram_owner);
}

static int setup(struct cli *c) {
    struct err e;
    struct setup s = {.cli = c, .net = cli_net_new()};
    int status = CLI_FAILED;
    if (!questions(&s))
        err_set(&e, ERR_USAGE, "the input ended before the last answer; nothing was written",
                "l’entrée s’est terminée avant la dernière réponse\u00a0; rien n’a été écrit");
    else if (write_files(&s, &e) == 0)
        status = CLI_GOOD;
    cli_net_free(s.net);
    if (status != CLI_GOOD) return cli_fail(c, &e);
    if (!*s.discord_owner && !*s.telegram_owner)
        printf("%s\n", tr(c->lang, "Nobody is listed under access.owners: only the local page may command the bot.",
                          "Personne ne figure sous access.owners\u00a0: seule la page locale peut commander le bot."));
    printf("%s\n", tr(c->lang, "Now: mia check, then mia run.", "Maintenant\u00a0: mia check, puis mia run."));
    return status;
}

static const struct cli_option options[] = {{0}};
const struct cli_command cli_setup = {
    .name = "setup",
    .text = {"asks for the tokens, checks them, makes the channels, writes mia.yaml and .env",
             "demande les jetons, les vérifie, crée les salons, écrit mia.yaml et .env"},
    .options = options,
    .run = setup};
