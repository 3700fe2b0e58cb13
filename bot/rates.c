/* rates: see rates.h. Owns one record a person, made at the first request; buckets are engine/net/limiter's. */
#include "bot/rates.h"

#include <stdlib.h>

#include "engine/base/map.h"
#include "engine/base/mem.h"
#include "engine/net/limiter.h"

#define MINUTE_MS 60000

struct meter {
    struct bucket bucket;
    bool said;
};

struct person {
    struct meter money, reads, wrong; /* reads: not of owners; wrong: only of owners */
    uint32_t passed_over;
};

struct rates {
    struct map *people; /* actor -> struct person */
};

struct rates *rates_new(void) {
    struct rates *r = xcalloc(1, sizeof *r);
    r->people = map_new(RATES_PEOPLE_MAX);
    return r;
}

void rates_free(struct rates *r) {
    size_t it = 0;
    void *p;
    if (!r) return;
    while (map_next(r->people, &it, NULL, &p)) free(p);
    map_free(r->people);
    free(r);
}

static void meter_init(struct meter *m, int64_t burst, int64_t now_ms) {
    bucket_init(&m->bucket, burst, MINUTE_MS / burst, now_ms);
}

static struct person *person_of(struct rates *r, const char *actor, int64_t now_ms) {
    struct person *p = map_get(r->people, actor);
    if (p) return p;
    p = xcalloc(1, sizeof *p);
    meter_init(&p->money, RATE_MONEY_BURST, now_ms);
    meter_init(&p->reads, RATE_READS_BURST, now_ms);
    meter_init(&p->wrong, RATE_WRONG_BURST, now_ms);
    if (map_put(r->people, actor, p)) return p;
    free(p);
    return NULL; /* more people than can be listed: nobody */
}

/* NULL: not counted. */
static struct meter *meter_of(struct person *p, bool owner, enum rate what) {
    switch (what) {
    case RATE_MONEY: return &p->money;
    case RATE_READ: return owner ? NULL : &p->reads;
    case RATE_WRONG: return owner ? &p->wrong : &p->reads;
    }
    return NULL;
}

enum rate_verdict rates_take(struct rates *r, const char *actor, bool owner, enum rate what, int64_t now_ms) {
    struct person *p = person_of(r, actor, now_ms);
    struct meter *m = p ? meter_of(p, owner, what) : NULL;
    if (!p) return RATE_SILENT;
    if (!m) return RATE_GOOD;
    if (bucket_take(&m->bucket, now_ms)) {
        m->said = false;
        return RATE_GOOD;
    }
    if (!m->said) {
        m->said = true;
        return RATE_SAY;
    }
    p->passed_over++;
    return RATE_SILENT;
}

int64_t rates_wait_ms(const struct rates *r, const char *actor, bool owner, enum rate what, int64_t now_ms) {
    struct person *p = map_get(r->people, actor);
    struct meter *m = p ? meter_of(p, owner, what) : NULL;
    return m ? bucket_wait_ms(&m->bucket, now_ms) : 0;
}

uint32_t rates_passed_over(struct rates *r, const char *actor) {
    struct person *p = map_get(r->people, actor);
    uint32_t n = p ? p->passed_over : 0;
    if (p) p->passed_over = 0;
    return n;
}
