/*
 * auth: who may do what. Decides from the platform and its user id alone; names, roles
 * and rights on the platform are never looked at. An empty list is nobody.
 */
#ifndef MIA_BOT_AUTH_H
#define MIA_BOT_AUTH_H

#include "bot/transport.h"

#define AUTH_PEOPLE_MAX 1024

struct conf;
struct auth;
struct auth *auth_new(const struct conf *c); /* access.owners, access.operators, access.mentors; NULL: empty lists */
void auth_free(struct auth *a);
/* person: "discord:ID" or "telegram:ID"; anything else is nobody. Listed twice: the greater role counts. */
void auth_add(struct auth *a, enum role role, const char *person);

enum role auth_role(const struct auth *a, enum platform p, const char *user_id);
/* "discord:3000"; an id that is not one is shown as "discord:?". */
void auth_actor(enum platform p, const char *user_id, char out[ACTOR_MAX]);

/* May this role use the command at all? A mentor looks and never touches, whatever a command says of itself. */
bool auth_may(enum role role, const struct command *c);
bool auth_may_do(enum role role, const struct command_access *what); /* with these arguments */

#endif
