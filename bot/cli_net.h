/* cli_net: one HTTP exchange at a time for `mia setup` and `mia check`, waiting for its answer. */
#ifndef MIA_BOT_CLI_NET_H
#define MIA_BOT_CLI_NET_H

#include "config/conf.h"
#include "engine/net/http.h"
#include "engine/net/json.h"

struct cli_net;
struct cli_net *cli_net_new(void);
void cli_net_free(struct cli_net *n);

struct loop *cli_net_loop(struct cli_net *n);
struct http *cli_net_http(struct cli_net *n);

struct cli_answer {
    int status;        /* 0: no whole answer; err says why */
    struct json *json; /* NULL where the body is none; json_free it */
    struct err err;
};
/* auth: the Authorization header's value, or NULL. body: JSON, or NULL. */
void cli_net_ask(struct cli_net *n, const char *method, const char *url, const char *auth, const char *body,
                 struct cli_answer *out);

#endif
