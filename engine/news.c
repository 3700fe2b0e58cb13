/* news: see news.h. Pure; owns nothing. */
#include "engine/news.h"

#include <string.h>

#define MIN_NS (60 * NS_PER_SEC)

const char *news_impact_name(enum news_impact i) {
    static const char *const names[] = {[NEWS_LOW] = "low", [NEWS_MEDIUM] = "medium", [NEWS_HIGH] = "high"};
    _Static_assert(sizeof names / sizeof names[0] == NEWS_IMPACT_COUNT, "a name for every impact");
    return (unsigned)i < NEWS_IMPACT_COUNT ? names[i] : "?";
}

void news_snap(struct news *n, struct news_window *w, struct snap *s) {
    snap_bool(s, &n->wanted);
    snap_bool(s, &n->broken);
    if (!snap_has(s, 5)) {
        snap_u32(s, &w->before_min);
        snap_u32(s, &w->after_min);
    }
    snap_count(s, &n->n, NEWS_MAX);
    for (uint32_t i = 0; i < n->n; i++) {
        struct news_event *ev = &n->item[i];
        snap_when(s, &ev->time);
        snap_text(s, ev->currency, sizeof ev->currency);
        SNAP_ENUM(s, &ev->impact, NEWS_IMPACT_COUNT);
        snap_text(s, ev->title, sizeof ev->title);
        if (!snap_has(s, 5)) {
            ev->until = ev->time;
            continue;
        }
        snap_when(s, &ev->until);
        snap_bool(s, &ev->leaving);
    }
}

bool news_holds(const struct news *n) {
    if (n->n > NEWS_MAX) return false;
    for (uint32_t i = 0; i < n->n; i++) {
        const struct news_event *ev = &n->item[i];
        if (i > 0 && ev->time.ns < n->item[i - 1].time.ns) return false;
        if (ev->until.ns < ev->time.ns || (uint64_t)ev->until.ns - (uint64_t)ev->time.ns > NEWS_LONGEST_NS)
            return false;
    }
    return true;
}

bool news_is_all_day(const struct news_event *ev) {
    return ev->until.ns > ev->time.ns;
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

const struct news_event *news_blackout(const struct news *n, const struct news_window *w, const struct instrument *in,
                                       when_t t) {
    int64_t last = t.ns + w->before_min * MIN_NS, after = w->after_min * MIN_NS;
    for (uint32_t i = first_from(n, t.ns - after - NEWS_LONGEST_NS); i < n->n && n->item[i].time.ns <= last; i++) {
        if (n->item[i].until.ns + after >= t.ns && news_concerns(&n->item[i], in)) return &n->item[i];
    }
    return NULL;
}

const struct news_event *news_next(const struct news *n, const struct instrument *in, when_t t) {
    for (uint32_t i = first_from(n, t.ns + 1); i < n->n; i++) {
        if (news_concerns(&n->item[i], in)) return &n->item[i];
    }
    return NULL;
}

/* ---- what is leaving ---- */

static bool same_event(const struct news_event *a, const struct news_event *b) {
    return a->time.ns == b->time.ns && a->until.ns == b->until.ns && strcmp(a->currency, b->currency) == 0;
}

static bool has(const struct news *n, const struct news_event *ev) {
    for (uint32_t i = first_from(n, ev->time.ns); i < n->n && n->item[i].time.ns == ev->time.ns; i++) {
        if (same_event(&n->item[i], ev)) return true;
    }
    return false;
}

void news_keep(struct news *to, const struct news *from, const struct news_window *w, when_t t) {
    for (uint32_t i = 0; i < from->n && to->n < NEWS_MAX; i++) {
        const struct news_event *ev = &from->item[i];
        if (ev->until.ns + w->after_min * MIN_NS < t.ns || has(to, ev)) continue;
        uint32_t at = first_from(to, ev->time.ns);
        memmove(&to->item[at + 1], &to->item[at], (to->n - at) * sizeof to->item[0]);
        to->item[at] = *ev;
        to->item[at].leaving = true;
        to->n++;
    }
}

void news_let_go(struct news *n) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n->n; i++) {
        if (!n->item[i].leaving) n->item[kept++] = n->item[i];
    }
    n->n = kept;
}
