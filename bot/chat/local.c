/*
 * local: opening and closing of the page, its token, its address. The token is made once
 * and kept with the state, so that a bookmark survives a restart; it is told to the log's
 * redactor and otherwise only printed. The rings and browsers live in struct local.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bot/chat/local_priv.h"
#include "config/conf.h"
#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

/* ---- state ---- */

struct local *local_new(const struct transport_host *host, const char *locale) {
    struct local *l = xcalloc(1, sizeof *l);
    l->host = *host;
    l->lang_forced = strcmp(locale, "auto") != 0;
    l->lang = lang_from_tag(locale);
    l->send = web_send;
    l->kick = web_kick;
    str_copy(l->mode, sizeof l->mode, "PAPER");
    l->soon = loop_timer_new(host->loop, local_soon, l);
    return l;
}

void local_free(struct local *l) {
    if (!l->closing) {
        l->closing = true;
        if (l->web) web_close(l->web);
        loop_timer_free(l->soon);
        for (int c = 0; c < CHANNEL_COUNT; c++) local_ring_clear(&l->ring[c]);
        local_talk_clear(&l->talk);
        local_files_clear(&l->files);
        for (int i = 0; i < WEB_CLIENTS_MAX; i++) local_older_drop(&l->client[i]);
        free(l->done);
        explicit_bzero(&l->gate, sizeof l->gate);
        explicit_bzero(l->url, sizeof l->url);
    }
    if (!l->held) free(l);
}

/* ---- token ---- */

static int token_of(struct local *l, char out[LOCAL_TOKEN_HEX], struct err *e) {
    const char *kept = l->host.state_get(l->host.arg, LOCAL_TOKEN_KEY);
    uint8_t bytes[LOCAL_TOKEN_BYTES];
    if (local_token_valid(kept)) {
        str_copy(out, LOCAL_TOKEN_HEX, kept);
    } else {
        if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
            return err_set(e, ERR_IO, "the system gives no random bytes for the page's token: %s",
                           "le système ne fournit pas d’octets aléatoires pour le jeton de la page\u00a0: %s",
                           strerror(errno));
        hex_text(out, bytes, sizeof bytes);
        l->host.state_put(l->host.arg, LOCAL_TOKEN_KEY, out);
    }
    log_secret(out);
    l->epoch = hash64(out, LOCAL_TOKEN_HEX - 1, 1) >> 12; /* says nothing about the token */
    return 0;
}

/* ---- place ---- */

/* The default port is only a habit: where it is taken, any free one does. A port somebody chose is theirs to mend. */
static int listen_on(struct local *l, const struct conf *conf, struct err *e) {
    const char *listen = conf_str(conf, "local.listen"), *colon = strrchr(listen, ':');
    char any[LOCAL_URL_MAX];
    struct err busy = {0};
    l->web = web_open(l->host.lws, listen, &local_web, l, &busy);
    if (!l->web && busy.code == ERR_BUSY && colon && !conf_given(conf, "local.listen")) {
        snprintf(any, sizeof any, "%.*s:0", (int)(colon - listen), listen);
        log_warn("local", "%s is taken: the page is on another port", listen);
        l->web = web_open(l->host.lws, any, &local_web, l, &busy);
    }
    if (l->web) return 0;
    if (e) *e = busy;
    if (busy.code == ERR_BUSY)
        return err_set(
            e, ERR_BUSY, "the local page cannot use %s, another program does: set local.listen to another port",
            "la page locale ne peut pas utiliser %s, un autre programme l’occupe\u00a0: donnez un autre port à "
            "local.listen",
            listen);
    return err_prefix(e, "the local page", "la page locale");
}

static void *open_local(const struct conf *conf, const struct transport_host *host, struct err *e) {
    struct local *l = local_new(host, conf_str(conf, "locale"));
    char token[LOCAL_TOKEN_HEX];
    if (token_of(l, token, e) < 0 || listen_on(l, conf, e) < 0) {
        local_free(l);
        return NULL;
    }
    const char *lang = host->state_get(host->arg, LOCAL_LANG_KEY);
    if (lang && !l->lang_forced) {
        l->lang = lang_from_tag(lang);
        l->lang_known = true;
    }
    if (!strcmp(conf_str(conf, "mode"), "live")) str_copy(l->mode, sizeof l->mode, "LIVE");
    const char *listen = conf_str(conf, "local.listen"), *colon = strrchr(listen, ':');
    char name[64];
    str_copy_n(name, sizeof name, listen, colon ? (size_t)(colon - listen) : strlen(listen));
    local_gate_init(&l->gate, token, name, web_port(l->web));
    l->gate.files = &l->files;
    snprintf(l->address, sizeof l->address, "http://%s:%d/", name, l->gate.port);
    snprintf(l->url, sizeof l->url, "%s?token=%s", l->address, token);
    explicit_bzero(token, sizeof token);
    loop_timer_start(l->soon, 0, 0); /* up, on a later turn: the caller does not have our state yet */
    return l;
}

/* ---- the rest of the contract ---- */

const char *local_url(const void *state) {
    return ((const struct local *)state)->url;
}

const char *local_place(const void *state) {
    return ((const struct local *)state)->address;
}

bool local_lang(const void *state, enum lang *out) {
    const struct local *l = state;
    *out = l->lang;
    return l->lang_forced || l->lang_known;
}

void local_header(void *state, const char *mode, bool paused, bool cautious, bool suspended) {
    struct local *l = state;
    bool same = l->header_known && !strcmp(l->mode, mode) && l->paused == paused && l->cautious == cautious &&
                l->suspended == suspended;
    if (same) return;
    str_copy(l->mode, sizeof l->mode, mode);
    l->header_known = true;
    l->paused = paused;
    l->cautious = cautious;
    l->suspended = suspended;
    local_tell_header(l, NULL);
}

static void health(void *state, struct transport_health *out) {
    const struct local *l = state;
    int readers = 0;
    for (int i = 0; i < WEB_CLIENTS_MAX; i++) readers += l->client[i].web != NULL;
    *out = (struct transport_health){.configured = true, .up = true, .latency_ms = 0};
    snprintf(out->text[LANG_EN], sizeof out->text[LANG_EN], "port %d, %d open", l->gate.port, readers);
    snprintf(out->text[LANG_FR], sizeof out->text[LANG_FR], "port %d, %d ouverte%s", l->gate.port, readers,
             readers > 1 ? "s" : "");
}

static void close_local(void *state, bool restart) {
    (void)restart; /* the token stays with the state, the bookmark with the person */
    local_free(state);
}

const struct transport transport_local = {.platform = PLATFORM_LOCAL,
                                          .open = open_local,
                                          .send = local_send,
                                          .defer = local_defer,
                                          .choices = local_choices,
                                          .health = health,
                                          .close = close_local};
