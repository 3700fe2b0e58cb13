/*
 * discord_identify: what a session costs and what a close means. Pure tables and sums for
 * discord_gateway.c: Discord resets a bot's token after 1,000 identifies a day, so ours
 * are counted durably and stop far below.
 */
#include <stdlib.h>

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
