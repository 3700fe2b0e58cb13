/*
 * telegram: opening and keeping the transport. Steps: who are we (getMe), then poll,
 * and beside it the command menu in both languages and the five topics of a forum
 * group. Every step is tried again with back-off; none of them holds the engine.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bot/chat/telegram_priv.h"
#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define BOT_COMMAND_MAX 33 /* Telegram's 32 and the end */

static void who_are_we(struct telegram *t);
static void menu(struct telegram *t);
static void look_at_chat(struct telegram *t);

/* ---- being up, down, stopped ---- */

static void set_why(struct telegram *t, const char *en, const char *fr) {
    str_copy(t->why[LANG_EN], sizeof t->why[LANG_EN], en);
    str_copy(t->why[LANG_FR], sizeof t->why[LANG_FR], fr);
}

void telegram_down(struct telegram *t, const char *en, const char *fr) {
    set_why(t, en, fr);
    if (!t->up) return;
    t->up = false;
    t->host.ready(t->host.arg, PLATFORM_TELEGRAM, false);
}

void telegram_up(struct telegram *t) {
    if (t->up) return;
    t->up = true;
    t->host.ready(t->host.arg, PLATFORM_TELEGRAM, true);
}

void telegram_stop(struct telegram *t, const char *key, const char *en, const char *fr) {
    if (t->stopped) return;
    telegram_down(t, en, fr);
    t->stopped = true;
    loop_timer_start(t->pump, 0, 0); /* what is queued is given back */
    t->host.alarm(t->host.arg, PLATFORM_TELEGRAM, URGENCY_URGENT, key, en, fr);
}

enum lang telegram_lang(const struct telegram *t, const char *language_code) {
    const char *l = conf_str(t->conf, "locale");
    return lang_from_tag(strcmp(l, "auto") ? l : language_code);
}

static void topic_key(char out[40], int c) {
    snprintf(out, 40, "telegram.topic.%s", channel_name((enum channel)c));
}

static void forget_topics(struct telegram *t) {
    char key[40];
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        t->topic[c] = 0;
        topic_key(key, c);
        t->host.state_put(t->host.arg, key, NULL);
    }
}

void telegram_migrated(struct telegram *t, int64_t to) {
    char text[24];
    if (t->chat == to) return;
    log_info("telegram", "the group became a supergroup, following it");
    t->chat = to;
    snprintf(text, sizeof text, "%lld", (long long)to);
    t->host.state_put(t->host.arg, "telegram.chat", text);
    t->is_forum = t->chat_read = false;
    forget_topics(t);
    look_at_chat(t);
}

/* ---- what can wait: tried again later, and never held against a delivery ---- */

static void later(void *arg) {
    struct telegram *t = arg;
    if (t->closing || t->stopped) return;
    if (!t->menu_done) menu(t);
    if (!t->chat_read)
        look_at_chat(t);
    else
        telegram_topics(t);
}

static void try_later(struct telegram *t, const struct tg_answer *a) {
    if (loop_timer_active(t->later)) return;
    loop_timer_start(t->later, a->wait_ms > TELEGRAM_LATER_MS ? a->wait_ms : TELEGRAM_LATER_MS, 0);
}

/* ---- topics of a forum group: five topics are five channels ---- */

struct topic_ask {
    struct telegram *telegram;
    int channel;
    int64_t chat;
};

static void topic_made(void *arg, const struct tg_answer *a) {
    struct topic_ask ask = *(struct topic_ask *)arg;
    struct telegram *t = ask.telegram;
    char key[40], text[24];
    int64_t id;
    free(arg);
    if (t->closing) return;
    t->topic_asked = false;
    if (a->result == TG_OK && json_i64(a->value, "message_thread_id", &id)) {
        if (ask.chat == t->chat) { /* else the group moved meanwhile, and left it behind */
            t->topic[ask.channel] = id;
            topic_key(key, ask.channel);
            snprintf(text, sizeof text, "%lld", (long long)id);
            t->host.state_put(t->host.arg, key, text);
        }
        telegram_topics(t);
        return;
    }
    log_warn("telegram", "topics cannot be made, messages carry their channel's tag: %s", a->text);
    if (a->result == TG_AGAIN) try_later(t, a); /* what may have been made is not made twice */
}

void telegram_topics(struct telegram *t) {
    struct buf b;
    struct jw w;
    int c = 0;
    while (c < CHANNEL_COUNT && t->topic[c]) c++;
    if (!t->is_forum || c == CHANNEL_COUNT || t->topic_asked || t->stopped) return;
    t->topic_asked = true;
    struct topic_ask *ask = xmalloc(sizeof *ask);
    *ask = (struct topic_ask){t, c, t->chat};
    buf_init(&b, 1024);
    jw_init(&w, &b);
    jw_obj(&w);
    jw_ki64(&w, "chat_id", t->chat);
    jw_kstr(&w, "name", channel_name((enum channel)c));
    jw_end_obj(&w);
    telegram_call(t, "createForumTopic", b.p, 0, false, topic_made, ask);
    buf_clear(&b);
}

static void chat_known(void *arg, const struct tg_answer *a) {
    struct telegram *t = arg;
    if (t->closing) return;
    if (a->result == TG_NO && a->migrate_to) {
        telegram_migrated(t, a->migrate_to);
    } else if (a->result == TG_OK) {
        t->chat_read = true;
        t->is_forum = false;
        json_bool(a->value, "is_forum", &t->is_forum);
        telegram_topics(t);
    } else {
        log_warn("telegram", "the configured chat cannot be read: %s", a->text);
        if (a->result != TG_NO) try_later(t, a);
    }
}

static void look_at_chat(struct telegram *t) {
    struct buf b;
    struct jw w;
    if (!t->chat) return;
    buf_init(&b, 256);
    jw_init(&w, &b);
    jw_obj(&w);
    jw_ki64(&w, "chat_id", t->chat);
    jw_end_obj(&w);
    telegram_call(t, "getChat", b.p, 0, false, chat_known, t);
    buf_clear(&b);
}

/* ---- the command menu, in both languages, only when it changed ---- */

/* Its names have no dash; command_find takes the underscore for one. */
static void menu_name(struct jw *w, const char *name) {
    char text[BOT_COMMAND_MAX];
    str_copy(text, sizeof text, name);
    for (char *p = text; (p = strchr(p, '-')) != NULL;) *p = '_';
    jw_kstr(w, "command", text);
}

static void menu_body(enum lang lang, bool fallback, struct buf *b) {
    struct jw w;
    jw_init(&w, b);
    jw_obj(&w);
    jw_key(&w, "commands");
    jw_arr(&w);
    for (const struct command *const *c = command_table; *c; c++) {
        jw_obj(&w);
        menu_name(&w, (*c)->name);
        jw_kstr(&w, "description", (*c)->summary[lang]);
        jw_end_obj(&w);
    }
    jw_end_arr(&w);
    if (!fallback) jw_kstr(&w, "language_code", lang_tag(lang));
    jw_end_obj(&w);
}

static void menu_digest(char out[24]) {
    struct buf b;
    buf_init(&b, 1u << 16);
    for (int lang = 0; lang < LANG_COUNT; lang++) menu_body((enum lang)lang, false, &b);
    snprintf(out, 24, "%016" PRIx64, hash64(b.p, b.len, 1));
    buf_clear(&b);
}

/* Steps 0: the fallback (English), 1: French. */
static void menu_set(void *arg, const struct tg_answer *a) {
    struct telegram *t = arg;
    char digest[24];
    if (t->closing) return;
    if (a->result != TG_OK) {
        log_warn("telegram", "the command menu was not set: %s", a->text);
        if (a->result != TG_NO) try_later(t, a);
        return;
    }
    if (++t->step < 2) {
        menu(t);
        return;
    }
    t->menu_done = true;
    menu_digest(digest);
    t->host.state_put(t->host.arg, "telegram.menu", digest);
}

static void menu(struct telegram *t) {
    struct buf b;
    char digest[24];
    const char *before = t->host.state_get(t->host.arg, "telegram.menu");
    menu_digest(digest);
    t->menu_done = before && !strcmp(before, digest);
    if (t->menu_done) return;
    buf_init(&b, 1u << 16);
    if (t->step == 0)
        menu_body(LANG_EN, true, &b);
    else
        menu_body(LANG_FR, false, &b);
    telegram_call(t, "setMyCommands", b.p, 0, false, menu_set, t);
    buf_clear(&b);
}

/* ---- opening ---- */

/* Another bot numbers its updates otherwise and has no menu yet: an offset too high would confirm what nobody has read. */
static void recognise(struct telegram *t) {
    const char *before = t->host.state_get(t->host.arg, "telegram.bot");
    if (before && !strcmp(before, t->bot_id)) return;
    if (before) {
        t->offset = 0;
        t->host.state_put(t->host.arg, "telegram.offset", NULL);
        t->host.state_put(t->host.arg, "telegram.menu", NULL);
    }
    t->host.state_put(t->host.arg, "telegram.bot", t->bot_id);
}

static void known(void *arg, const struct tg_answer *a) {
    struct telegram *t = arg;
    uint64_t id;
    if (t->closing) return;
    if (a->result == TG_OK && json_id(a->value, "id", &id)) {
        snprintf(t->bot_id, sizeof t->bot_id, "%" PRIu64, id);
        json_copy(a->value, "username", t->username, sizeof t->username);
        recognise(t);
        backoff_reset(&t->backoff);
        telegram_up(t);
        telegram_poll_start(t);
        menu(t);
        look_at_chat(t);
        return;
    }
    if (a->result == TG_REVOKED) {
        telegram_stop(t, "telegram.revoked", "Telegram refuses the token (401): make a new one with @BotFather",
                      "Telegram refuse le jeton (401)\u00a0: créez-en un nouveau avec @BotFather");
        return;
    }
    telegram_down(t, a->text, a->text);
    loop_timer_start(t->retry, a->wait_ms > 0 ? a->wait_ms : backoff_next(&t->backoff, &t->rng), 0);
}

static void who_are_we(struct telegram *t) {
    telegram_call(t, "getMe", "{}", 0, false, known, t);
}

static void retry(void *arg) {
    struct telegram *t = arg;
    if (t->closing || t->stopped || t->draining) return;
    if (*t->bot_id)
        telegram_poll_start(t);
    else
        who_are_we(t);
}

static int64_t state_number(const struct telegram *t, const char *key) {
    const char *v = t->host.state_get(t->host.arg, key);
    return v ? strtoll(v, NULL, 10) : 0;
}

/* A chat that migrated is remembered, but only while the configuration still names the one it came from. */
static void remember_chat(struct telegram *t) {
    char now[24];
    const char *from = t->host.state_get(t->host.arg, "telegram.configured");
    t->chat = conf_int(t->conf, "telegram.chat_id");
    snprintf(now, sizeof now, "%lld", (long long)t->chat);
    if (from && !strcmp(from, now)) {
        int64_t moved = state_number(t, "telegram.chat");
        if (moved) t->chat = moved;
        for (int c = 0; c < CHANNEL_COUNT; c++) {
            char key[40];
            topic_key(key, c);
            t->topic[c] = state_number(t, key);
        }
        return;
    }
    t->host.state_put(t->host.arg, "telegram.configured", now);
    t->host.state_put(t->host.arg, "telegram.chat", NULL);
    forget_topics(t);
}

/* "OFFSET SECONDS". */
static void remember_offset(struct telegram *t) {
    const char *v = t->host.state_get(t->host.arg, "telegram.offset"), *at = v ? strchr(v, ' ') : NULL;
    t->offset = v ? strtoll(v, NULL, 10) : 0;
    t->offset_at = at ? strtoll(at, NULL, 10) : when_sec(clock_wall());
}

static void *open_telegram(const struct conf *conf, const struct transport_host *host, struct err *e) {
    uint64_t seed = (uint64_t)clock_mono_ns();
    struct telegram *t = xcalloc(1, sizeof *t);
    (void)e;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed) log_debug("telegram", "jitter is seeded by the clock");
    t->host = *host;
    t->conf = conf;
    snprintf(t->base, sizeof t->base, "%s/bot%s", conf_str(conf, "telegram.api_base"),
             conf_str(conf, "telegram.token"));
    rng_seed(&t->rng, seed);
    backoff_init(&t->backoff, 1000, 60000);
    t->retry = loop_timer_new(host->loop, retry, t);
    t->later = loop_timer_new(host->loop, later, t);
    remember_offset(t);
    set_why(t, "connecting", "connexion en cours");
    remember_chat(t);
    telegram_send_open(t);
    who_are_we(t);
    return t;
}

static void no_choices(void *state, const char *address, const struct choice *c, uint32_t n) {
    (void)state, (void)address, (void)c, (void)n; /* the platform completes command names itself, and nothing else */
}

static void health(void *state, struct transport_health *out) {
    const struct telegram *t = state;
    bool alone = !t->rival;
    *out = (struct transport_health){
        .configured = true, .up = t->up && alone, .stopped = t->stopped, .latency_ms = t->latency_ms};
    for (int l = 0; l < LANG_COUNT; l++)
        str_copy(out->text[l], sizeof out->text[l],
                 !t->up  ? t->why[l]
                 : alone ? tr((enum lang)l, "polling", "en écoute")
                         : tr((enum lang)l, "another program polls with this token (409)",
                              "un autre programme interroge avec ce jeton (409)"));
}

static void close_telegram(void *state, bool restart) {
    struct telegram *t = state;
    (void)restart;
    t->closing = true;
    telegram_calls_close(t);
    telegram_send_close(t);
    loop_timer_free(t->retry);
    loop_timer_free(t->later);
    free(t);
}

const struct transport transport_telegram = {.platform = PLATFORM_TELEGRAM,
                                             .open = open_telegram,
                                             .send = telegram_send,
                                             .defer = telegram_defer,
                                             .choices = no_choices,
                                             .health = health,
                                             .drain = telegram_drain,
                                             .close = close_telegram};
