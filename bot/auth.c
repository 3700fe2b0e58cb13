/*
 * auth: a map from "platform:id" to a role, filled once from the settings. Owns that
 * map and nothing else. The holder of the local page's token is user 1 of the local
 * platform and the owner; nobody else is anything unless listed.
 */
#include "bot/auth.h"

#include <stdlib.h>
#include <string.h>

#include "config/conf.h"
#include "engine/base/log.h"
#include "engine/base/map.h"
#include "engine/base/mem.h"

#define USER_ID_DIGITS_MAX 20 /* of a 64-bit number */

struct auth {
    struct map *people; /* "discord:3000" -> role */
};

static const struct {
    const char *key, *text[LANG_COUNT];
} roles[] = {
    [ROLE_NOBODY] = {"nobody", {"nobody", "personne"}},
    [ROLE_MENTOR] = {"mentor", {"mentor", "mentor"}},
    [ROLE_OPERATOR] = {"operator", {"operator", "opérateur"}},
    [ROLE_OWNER] = {"owner", {"owner", "propriétaire"}},
};
_Static_assert(sizeof roles / sizeof roles[0] == USER_ROLE_COUNT, "a name for every role");

const char *role_name(enum role r, enum lang lang) {
    return roles[r].text[lang];
}

const char *role_key(enum role r) {
    return roles[r].key;
}

/* A plain number as the platforms write it: no sign, no leading zero, so that one person has one spelling. */
static bool is_user_id(const char *id) {
    size_t n = strspn(id, "0123456789");
    return n > 0 && n <= USER_ID_DIGITS_MAX && id[n] == '\0' && id[0] != '0';
}

void auth_actor(enum platform p, const char *user_id, char out[ACTOR_MAX]) {
    struct buf b;
    buf_init(&b, ACTOR_MAX);
    buf_printf(&b, "%s:%s", platform_name(p), is_user_id(user_id) ? user_id : "?");
    str_copy(out, ACTOR_MAX, b.p);
    buf_clear(&b);
}

static bool is_person(const char *person) {
    static const enum platform listed[] = {PLATFORM_DISCORD, PLATFORM_TELEGRAM};
    for (size_t i = 0; i < sizeof listed / sizeof listed[0]; i++) {
        size_t n = strlen(platform_name(listed[i]));
        if (!strncmp(person, platform_name(listed[i]), n) && person[n] == ':') return is_user_id(person + n + 1);
    }
    return false;
}

void auth_add(struct auth *a, enum role role, const char *person) {
    if (!is_person(person)) {
        log_warn("auth", "left out, not a person: %.48s", person);
        return;
    }
    enum role before = (enum role)(uintptr_t)map_get(a->people, person);
    if (before >= role) return;
    if (!map_put(a->people, person, (void *)(uintptr_t)role))
        log_error("auth", "more than %d people: %s is left out", AUTH_PEOPLE_MAX, person);
}

static void add_list(struct auth *a, const struct conf *c, enum role role, const char *list) {
    for (size_t i = 0, n = conf_count(c, "%s", list); i < n; i++) auth_add(a, role, conf_str(c, "%s[%zu]", list, i));
}

struct auth *auth_new(const struct conf *c) {
    struct auth *a = xcalloc(1, sizeof *a);
    a->people = map_new(AUTH_PEOPLE_MAX);
    if (!c) return a;
    add_list(a, c, ROLE_OWNER, "access.owners");
    add_list(a, c, ROLE_OPERATOR, "access.operators");
    add_list(a, c, ROLE_MENTOR, "access.mentors");
    return a;
}

void auth_free(struct auth *a) {
    if (!a) return;
    map_free(a->people);
    free(a);
}

enum role auth_role(const struct auth *a, enum platform p, const char *user_id) {
    char key[ACTOR_MAX];
    if (!is_user_id(user_id)) return ROLE_NOBODY;
    switch (p) {
    case PLATFORM_LOCAL: return !strcmp(user_id, "1") ? ROLE_OWNER : ROLE_NOBODY;
    case PLATFORM_DISCORD:
    case PLATFORM_TELEGRAM: auth_actor(p, user_id, key); return (enum role)(uintptr_t)map_get(a->people, key);
    case PLATFORM_COUNT: break;
    }
    return ROLE_NOBODY;
}

bool auth_may_do(enum role role, const struct command_access *what) {
    if (role == ROLE_NOBODY || role < what->role) return false;
    return role > ROLE_MENTOR || (what->flags & COMMAND_READONLY) != 0;
}

bool auth_may(enum role role, const struct command *c) {
    const struct command_access mildest = {c->role, c->flags};
    return auth_may_do(role, &mildest);
}
