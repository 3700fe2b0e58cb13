/*
 * discord_session: what a session costs, what a close means, and how a session is written
 * down. Pure tables and sums for discord_gateway.c: Discord resets a bot's token after
 * 1,000 identifies a day, so ours are counted durably and stop far below.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/chat/discord_gateway.h"

#define DAY_S (24 * 3600)

enum gateway_next gateway_next_of(int close_code) {
    switch (close_code) {
    case 4004: /* token refused */
    case 4010: /* bad shard */
    case 4011: /* sharding required */
    case 4012: /* version */
    case 4013: /* bad intents */
    case 4014: /* intents not allowed */ return GATEWAY_STOP;
    case 4003: /* the session may be gone */
    case 4007: /* bad sequence */
    case 4009: /* session timed out */ return GATEWAY_IDENTIFY;
    case 4008: /* too fast */ return GATEWAY_RESUME_SLOWLY;
    }
    return GATEWAY_RESUME; /* the server says invalid session where it cannot */
}

const char *gateway_stop_text(int close_code, enum lang lang) {
    if (close_code == 4004)
        return tr(
            lang, "Discord refuses the bot token (4004). Put a valid one into DISCORD_BOT_TOKEN and restart.",
            "Discord refuse le jeton du bot (4004). Mettez un jeton valide dans DISCORD_BOT_TOKEN et redémarrez.");
    if (close_code == 4013 || close_code == 4014)
        return tr(lang,
                  "Discord refuses what the bot asks to see (4013 or 4014). Check the bot's settings in the developer "
                  "portal.",
                  "Discord refuse ce que le bot demande à voir (4013 ou 4014). Vérifiez ses réglages dans le portail "
                  "développeur.");
    return tr(
        lang, "Discord refuses this kind of connection for good (4010 to 4012). A newer version of MIA is needed.",
        "Discord refuse définitivement ce type de connexion (4010 à 4012). Il faut une version plus récente de MIA.");
}

void identify_log_read(struct identify_log *l, const char *text) {
    l->n = 0;
    while (text && *text && l->n < GATEWAY_IDENTIFY_MAX) {
        char *end;
        long long at = strtoll(text, &end, 10);
        if (end == text || at < 0) return;
        l->at_s[l->n++] = at;
        text = *end == ' ' ? end + 1 : end;
    }
}

void identify_log_write(const struct identify_log *l, struct buf *out) {
    for (uint32_t i = 0; i < l->n; i++) buf_printf(out, "%s%lld", i ? " " : "", (long long)l->at_s[i]);
}

/* An entry from the future (the clock was set back) counts until a day after the clock has passed it: the safe side. */
int64_t identify_wait_ms(struct identify_log *l, when_t now) {
    uint32_t kept = 0;
    int64_t now_s = when_sec(now), oldest = INT64_MAX;
    for (uint32_t i = 0; i < l->n; i++)
        if (l->at_s[i] > now_s - DAY_S) l->at_s[kept++] = l->at_s[i];
    l->n = kept;
    if (kept < GATEWAY_IDENTIFY_MAX) return 0;
    for (uint32_t i = 0; i < kept; i++)
        if (l->at_s[i] < oldest) oldest = l->at_s[i];
    int64_t wait_s = oldest + DAY_S - now_s;
    return (wait_s < DAY_S ? wait_s + 1 : DAY_S) * 1000; /* looked at again after a day at most */
}

void identify_log_add(struct identify_log *l, when_t now) {
    if (l->n < GATEWAY_IDENTIFY_MAX) l->at_s[l->n++] = when_sec(now);
}

/* The log knows whole seconds: the last one may have been a second later. */
int64_t identify_last_ms(const struct identify_log *l, when_t now, int64_t mono_ms) {
    if (!l->n) return 0;
    int64_t age_s = when_sec(now) - l->at_s[l->n - 1] - 1;
    return age_s < 0 ? mono_ms : age_s < 3600 ? mono_ms - age_s * 1000 : 0;
}

/* Session ids are opaque: only what could break our own record is refused. */
bool session_text_is_plain(const char *s) {
    for (const char *p = s; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 127) return false;
    return *s != '\0';
}

bool session_read(struct gateway_session *out, const char *text, uint64_t identity) {
    char own[20];
    memset(out, 0, sizeof *out);
    snprintf(own, sizeof own, "%016llx", (unsigned long long)identity);
    if (!text || strncmp(text, own, 16) != 0 || text[16] != ' ') return false;
    const char *id = text + 17, *url = strchr(id, ' ');
    if (url && url > id && str_copy_n(out->id, sizeof out->id, id, (size_t)(url - id)) &&
        str_copy(out->url, sizeof out->url, url + 1) && session_text_is_plain(out->url))
        return true;
    memset(out, 0, sizeof *out);
    return false;
}

void session_write(const struct gateway_session *s, uint64_t identity, struct buf *out) {
    if (*s->id) buf_printf(out, "%016llx %s %s", (unsigned long long)identity, s->id, s->url);
}
