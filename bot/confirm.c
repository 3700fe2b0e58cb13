/* confirm: the table of confirmations. Owns their copies in memory; never executes anything. */
#include "bot/confirm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bot/router.h"
#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/base/map.h"
#include "engine/base/mem.h"
#include "engine/net/json.h"

#define KEPT_S 3600 /* a settled or expired one is remembered this long */
#define VALUE_MAX 4096

struct confirms {
    void (*put)(void *arg, const char *key, const char *value);
    void *arg;
    struct map *open; /* nonce -> struct confirmation */
};

static const char *const status_names[] = {"open", "done", "cancelled", "replaced"};
_Static_assert(sizeof status_names / sizeof status_names[0] == CONFIRM_STATUS_COUNT, "a name for every status");

struct confirms *confirms_new(void (*put)(void *arg, const char *key, const char *value), void *arg) {
    struct confirms *s = xcalloc(1, sizeof *s);
    s->put = put;
    s->arg = arg;
    s->open = map_new(ROUTER_CONFIRMATIONS_MAX);
    return s;
}

void confirms_free(struct confirms *s) {
    size_t it = 0;
    void *c;
    if (!s) return;
    while (map_next(s->open, &it, NULL, &c)) free(c);
    map_free(s->open);
    free(s);
}

/* ---- what is stored ---- */

static void key_of(char out[64], const char *nonce) {
    snprintf(out, 64, CONFIRM_KEY "%s", nonce);
}

static void store(struct confirms *s, const struct confirmation *c) {
    char key[64];
    struct buf b;
    struct jw w;
    buf_init(&b, VALUE_MAX);
    jw_init(&w, &b);
    jw_obj(&w);
    jw_kstr(&w, "platform", platform_name(c->platform));
    jw_kstr(&w, "user", c->user_id);
    jw_kstr(&w, "chat", c->chat_id);
    jw_kstr(&w, "command", c->command->name);
    jw_key(&w, "values");
    jw_arr(&w);
    for (uint32_t i = 0; i < COMMAND_ARGS_MAX; i++) jw_str(&w, c->value[i]);
    jw_end_arr(&w);
    jw_id(&w, "state", c->state);
    jw_id(&w, "asked_ms", (uint64_t)(c->asked.ns / NS_PER_MS));
    jw_kstr(&w, "status", status_names[c->status]);
    jw_end_obj(&w);
    key_of(key, c->nonce);
    /* Without its row it would not survive a restart, which is safe: it is then unknown. */
    if (b.overflow)
        log_warn("confirm", "a confirmation too long to be stored");
    else
        s->put(s->arg, key, b.p);
    buf_clear(&b);
}

static bool read_names(const struct json *j, struct confirmation *c) {
    const char *platform = json_str(j, "platform"), *command = json_str(j, "command"), *status = json_str(j, "status");
    if (!platform || !command || !status) return false;
    c->platform = PLATFORM_COUNT;
    c->status = CONFIRM_STATUS_COUNT;
    for (int p = 0; p < PLATFORM_COUNT; p++)
        if (!strcmp(platform, platform_name((enum platform)p))) c->platform = (enum platform)p;
    for (int i = 0; i < CONFIRM_STATUS_COUNT; i++)
        if (!strcmp(status, status_names[i])) c->status = (enum confirm_status)i;
    c->command = command_find(command);
    return c->platform < PLATFORM_COUNT && c->status < CONFIRM_STATUS_COUNT && c->command;
}

static bool read_row(const struct json *j, struct confirmation *c) {
    uint64_t asked_ms;
    const struct json *values = json_at(j, "values");
    if (!read_names(j, c) || !json_copy(j, "user", c->user_id, sizeof c->user_id) ||
        !json_copy(j, "chat", c->chat_id, sizeof c->chat_id) || !json_id(j, "state", &c->state) ||
        !json_id(j, "asked_ms", &asked_ms) || asked_ms > INT64_MAX / NS_PER_MS ||
        json_count(values) != COMMAND_ARGS_MAX)
        return false;
    c->asked = (when_t){(int64_t)asked_ms * NS_PER_MS};
    for (uint32_t i = 0; i < COMMAND_ARGS_MAX; i++)
        if (!json_copy(json_item(values, i), NULL, c->value[i], ARG_VALUE_MAX)) return false;
    return true;
}

static bool is_nonce(const char *s, size_t n) {
    return n == CONFIRM_NONCE_MAX - 1 && strspn(s, "0123456789abcdef") >= n;
}

void confirms_load(struct confirms *s, const char *key, const char *value) {
    size_t prefix = strlen(CONFIRM_KEY);
    if (strncmp(key, CONFIRM_KEY, prefix) != 0 || !is_nonce(key + prefix, strlen(key + prefix))) return;
    struct err e;
    struct json *j = json_parse(value, strlen(value), &e);
    struct confirmation *c = xcalloc(1, sizeof *c);
    str_copy(c->nonce, sizeof c->nonce, key + prefix);
    if (!j || !read_row(j, c) || map_get(s->open, c->nonce) || !map_put(s->open, c->nonce, c)) free(c);
    json_free(j);
}

/* ---- asking ---- */

static bool is_over(const struct confirmation *c, when_t now) {
    int64_t age_ms = when_ms_between(c->asked, now);
    /* A clock that was set back does not lengthen a life. */
    return age_ms > ROUTER_CONFIRM_S * 1000LL || age_ms < -ROUTER_CONFIRM_S * 1000LL;
}

static void forget(struct confirms *s, const char *nonce) {
    char key[64], copy[CONFIRM_NONCE_MAX];
    str_copy(copy, sizeof copy, nonce);
    free(map_take(s->open, copy));
    key_of(key, copy);
    s->put(s->arg, key, NULL);
}

/* Rows that nobody will ask about any more; and where the table is full, the oldest that is over. */
static void sweep(struct confirms *s, when_t now) {
    const struct confirmation *oldest = NULL;
    bool again = true;
    while (again) {
        size_t it = 0;
        void *value;
        again = false;
        while (map_next(s->open, &it, NULL, &value)) {
            const struct confirmation *c = value;
            int64_t age_s = when_ms_between(c->asked, now) / 1000;
            if (age_s <= KEPT_S && age_s >= -KEPT_S) continue;
            forget(s, c->nonce);
            again = true; /* the walk is not valid after a removal */
            break;
        }
    }
    if (map_count(s->open) < ROUTER_CONFIRMATIONS_MAX) return;
    size_t it = 0;
    void *value;
    while (map_next(s->open, &it, NULL, &value)) {
        const struct confirmation *c = value;
        if (c->status == CONFIRM_OPEN && !is_over(c, now)) continue;
        if (!oldest || when_before(c->asked, oldest->asked)) oldest = c;
    }
    if (oldest) forget(s, oldest->nonce);
}

static void new_nonce(char out[CONFIRM_NONCE_MAX]) {
    uint8_t bytes[(CONFIRM_NONCE_MAX - 1) / 2];
    ssize_t n;
    do n = getrandom(bytes, sizeof bytes, 0);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof bytes) die("no randomness from the system: %s", strerror(errno));
    hex_text(out, bytes, sizeof bytes);
}

const struct confirmation *confirms_ask(struct confirms *s, const struct request *q, const struct parsed *p,
                                        uint64_t state, when_t now) {
    sweep(s, now);
    struct confirmation *c = xcalloc(1, sizeof *c);
    new_nonce(c->nonce);
    c->platform = q->platform;
    str_copy(c->user_id, sizeof c->user_id, q->user_id);
    str_copy(c->chat_id, sizeof c->chat_id, q->chat_id);
    c->command = p->command;
    memcpy(c->value, p->value, sizeof c->value);
    c->state = state;
    c->asked = now;
    if (!map_put(s->open, c->nonce, c)) {
        free(c);
        return NULL;
    }
    store(s, c);
    return c;
}

void confirms_settle(struct confirms *s, const char *nonce, enum confirm_status status) {
    struct confirmation *c = map_get(s->open, nonce);
    if (!c) return;
    c->status = status;
    store(s, c);
}

/* ---- clicks ---- */

enum click confirms_click(const struct confirms *s, const struct request *q, const char *nonce, when_t now,
                          const struct confirmation **out) {
    const struct confirmation *c = map_get(s->open, nonce);
    *out = c;
    if (!c) return CLICK_UNKNOWN;
    if (c->platform != q->platform || strcmp(c->user_id, q->user_id) != 0) return CLICK_OTHER_USER;
    if (strcmp(c->chat_id, q->chat_id) != 0) return CLICK_OTHER_CHAT;
    if (c->status != CONFIRM_OPEN) return CLICK_SETTLED;
    return is_over(c, now) ? CLICK_EXPIRED : CLICK_GOOD;
}

void confirm_button(char out[CONFIRM_BUTTON_MAX], const char *nonce, bool yes) {
    snprintf(out, CONFIRM_BUTTON_MAX, "c:%s:%c", nonce, yes ? 'y' : 'n');
}

bool confirm_button_read(const char *id, char nonce[CONFIRM_NONCE_MAX], bool *yes) {
    size_t n = CONFIRM_NONCE_MAX - 1;
    if (strncmp(id, "c:", 2) != 0 || strlen(id) != n + 4 || !is_nonce(id + 2, n) || id[2 + n] != ':') return false;
    if (id[3 + n] != 'y' && id[3 + n] != 'n') return false;
    str_copy_n(nonce, CONFIRM_NONCE_MAX, id + 2, n);
    *yes = id[3 + n] == 'y';
    return true;
}
