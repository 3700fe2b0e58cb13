/* news: see news.h. Pure; owns nothing. */
#include "engine/news.h"

#include <string.h>

#define MIN_NS (60 * NS_PER_SEC)

const char *news_impact_name(enum news_impact i) {
    static const char *const names[] = {[NEWS_LOW] = "low", [NEWS_MEDIUM] = "medium", [NEWS_HIGH] = "high"};
    _Static_assert(sizeof names / sizeof names[0] == NEWS_IMPACT_COUNT, "a name for every impact");
    return (unsigned)i < NEWS_IMPACT_COUNT ? names[i] : "?";
}

void news_snap(struct news *n, struct snap *s) {
    snap_bool(s, &n->wanted);
    snap_bool(s, &n->broken);
    snap_i32(s, &n->before_min);
    snap_i32(s, &n->after_min);
    snap_count(s, &n->n, NEWS_MAX);
    for (uint32_t i = 0; i < n->n; i++) {
        snap_when(s, &n->item[i].time);
        snap_text(s, n->item[i].currency, sizeof n->item[i].currency);
        SNAP_ENUM(s, &n->item[i].impact, NEWS_IMPACT_COUNT);
        snap_text(s, n->item[i].title, sizeof n->item[i].title);
    }
}

bool news_holds(const struct news *n) {
    if (n->n > NEWS_MAX || n->before_min < 0 || n->before_min > 1440 || n->after_min < 0 || n->after_min > 1440)
        return false;
    for (uint32_t i = 1; i < n->n; i++) {
        if (n->item[i].time.ns < n->item[i - 1].time.ns) return false;
    }
    return true;
}

bool news_concerns(const struct news_event *ev, const struct instrument *in) {
    return ev->currency[0] == '\0' || strcmp(ev->currency, in->currency) == 0 ||
           strstr(in->symbol, ev->currency) != NULL;
}

/* The first one at or after t. */
static uint32_t first_from(const struct news *n, int64_t t) {
    uint32_t low = 0, high = n->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (n->item[middle].time.ns < t)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct news_event *news_blackout(const struct news *n, const struct instrument *in, when_t t) {
    int64_t last = t.ns + n->before_min * MIN_NS;
    for (uint32_t i = first_from(n, t.ns - n->after_min * MIN_NS); i < n->n && n->item[i].time.ns <= last; i++) {
        if (news_concerns(&n->item[i], in)) return &n->item[i];
    }
    return NULL;
}

const struct news_event *news_next(const struct news *n, const struct instrument *in, when_t t) {
    for (uint32_t i = first_from(n, t.ns + 1); i < n->n; i++) {
        if (news_concerns(&n->item[i], in)) return &n->item[i];
    }
    return NULL;
}
