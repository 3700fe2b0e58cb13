/* cli_net: runs the loop until one request is answered. URLs may hold a token: nothing here prints one. */
#include "bot/cli_net.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

struct cli_net {
    struct loop *loop;
    struct http *http;
    struct cli_answer *out;
};

struct cli_net *cli_net_new(void) {
    struct cli_net *n = xcalloc(1, sizeof *n);
    n->loop = loop_new();
    n->http = http_new(n->loop, "DiscordBot (https://github.com/mia-desk/mia, 0.1)");
    return n;
}

void cli_net_free(struct cli_net *n) {
    http_free(n->http);
    loop_free(n->loop);
    free(n);
}

struct loop *cli_net_loop(struct cli_net *n) {
    return n->loop;
}

struct http *cli_net_http(struct cli_net *n) {
    return n->http;
}

static void answered(void *arg, const struct http_response *r) {
    struct cli_net *n = arg;
    n->out->status = r->status;
    n->out->err = r->err;
    if (r->sent == HTTP_ANSWERED) n->out->json = json_parse(r->body, r->body_len, NULL);
    loop_stop(n->loop);
}

void cli_net_ask(struct cli_net *n, const char *method, const char *url, const char *auth, const char *body,
                 struct cli_answer *out) {
    struct http_request q = {.method = method, .url = url, .body = body, .body_len = body ? strlen(body) : 0};
    *out = (struct cli_answer){0};
    if (auth) q.headers[0] = (struct http_header){"Authorization", auth};
    n->out = out;
    if (http_send(n->http, &q, answered, n, &out->err)) loop_run(n->loop);
}
