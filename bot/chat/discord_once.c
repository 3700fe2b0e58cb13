/*
 * discord_once: what makes a message one message. Pure: the nonce that Discord compares
 * for some minutes, and recognising a message in a channel's history afterwards.
 */
#include <stdio.h>
#include <string.h>

#include "bot/chat/discord_priv.h"
#include "engine/base/hash.h"

void discord_nonce(char out[26], uint64_t instance, uint64_t outbox_id, const char *body, size_t n) {
    snprintf(out, 26, "mia-%016llx",
             (unsigned long long)hash64(body, n, instance ^ (outbox_id * 0x9e3779b97f4a7c15ull)));
}

static bool names_event(const char *text, const char *event_id) {
    size_t n = strlen(event_id);
    for (const char *p = text; (p = strchr(p, '#')) != NULL; p++) {
        char after = strncmp(p + 1, event_id, n) ? '?' : p[1 + n];
        if (after == '\0' || after == ' ') return true;
    }
    return false;
}

static bool is_ours(const struct json *m, const char *bot_id, const char *event_id, const char *title) {
    const char *author = json_str(m, "author.id"), *footer = json_str(m, "embeds[0].footer.text");
    const char *own = json_str(m, "embeds[0].title");
    if (!author || (*bot_id && strcmp(author, bot_id) != 0) || !footer) return false;
    return names_event(footer, event_id) && !strcmp(own ? own : "", title);
}

bool discord_find_sent(const struct json *list, const char *bot_id, const char *event_id, const char *title, char *id,
                       size_t size) {
    if (!json_is_array(list)) return false;
    for (const struct json *m = json_first(list); m; m = json_next(m)) {
        uint64_t found;
        if (!is_ours(m, bot_id, event_id, title) || !json_id(m, "id", &found)) continue;
        snprintf(id, size, "%llu", (unsigned long long)found);
        return true;
    }
    return false;
}
