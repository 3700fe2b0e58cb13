/*
 * local_gate: who may ask for what. A request in, an answer out; no state is changed, but
 * for a file that is held while it is written.
 * The page moves money, so everything needs the token (by cookie, or in the address the
 * first time), and what a foreign page could make a browser send is refused: a wrong Host
 * (DNS rebinding), a wrong Origin (another site's script). Secrets are compared in
 * constant time.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bot/chat/local_priv.h"

/* Nothing but the page's own files, no text that becomes markup, nobody around it. */
#define CSP                                                                                                            \
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "   \
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

bool local_token_valid(const char *text) {
    return text && strlen(text) == LOCAL_TOKEN_HEX - 1 && strspn(text, "0123456789abcdef") == LOCAL_TOKEN_HEX - 1;
}

void local_gate_init(struct local_gate *g, const char *token, const char *name, int port) {
    *g = (struct local_gate){.port = port};
    str_copy(g->token, sizeof g->token, token);
    str_copy(g->name, sizeof g->name, name);
    snprintf(g->cookie, sizeof g->cookie, "mia_%d", port);
    snprintf(g->set_cookie, sizeof g->set_cookie, "%s=%s; Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict",
             g->cookie, token);
}

/* ---- secrets ---- */

static bool is_token(const struct local_gate *g, const char *s, size_t n) {
    volatile unsigned char difference = n != LOCAL_TOKEN_HEX - 1;
    for (size_t i = 0; i < LOCAL_TOKEN_HEX - 1; i++)
        difference |= (unsigned char)((unsigned char)g->token[i] ^ (unsigned char)(i < n ? s[i] : 0));
    return difference == 0;
}

/* Looks at every `name=value` of a list; a name given twice is right where one of its values is. */
static bool has_token(const struct local_gate *g, const char *list, const char *between, const char *name,
                      bool *named) {
    bool right = false;
    *named = false;
    while (*list) {
        size_t n = strcspn(list, between), k = strlen(name);
        if (n > k && !strncmp(list, name, k) && list[k] == '=') {
            *named = true;
            right |= is_token(g, list + k + 1, n - k - 1);
        }
        list += n;
        list += strspn(list, between);
    }
    return right;
}

/* ---- places ---- */

static bool is_here(const struct local_gate *g, const char *host) {
    const char *const names[] = {"127.0.0.1", "localhost", "[::1]", g->name};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char full[sizeof g->name + 8];
        snprintf(full, sizeof full, "%s:%d", names[i], g->port);
        if (!strcasecmp(host, full) || (g->port == 80 && !strcasecmp(host, names[i]))) return true;
    }
    return false;
}

/* The page's own origin: the very name the browser asked for, not just any name of this machine. */
static bool is_own_origin(const struct web_request *q) {
    static const char scheme[] = "http://";
    return !strncasecmp(q->origin, scheme, sizeof scheme - 1) && !strcasecmp(q->origin + sizeof scheme - 1, q->host);
}

/* ---- answers ---- */

static void headers(struct web_answer *a, const char *name, const char *value) {
    static const char *const always[][2] = {
        {"content-security-policy", CSP},
        {"x-content-type-options", "nosniff"},
        {"referrer-policy", "no-referrer"},
        {"cache-control", "no-store"},
        {"cross-origin-opener-policy", "same-origin"},
        {"cross-origin-resource-policy", "same-origin"},
    };
    size_t n = sizeof always / sizeof always[0];
    for (size_t i = 0; i < n; i++) {
        a->headers[i][0] = always[i][0];
        a->headers[i][1] = always[i][1];
    }
    if (!name) return;
    a->headers[n][0] = name;
    a->headers[n][1] = value;
}

static void say(struct web_answer *a, int status, const char *body) {
    *a = (struct web_answer){
        .status = status, .type = "text/html; charset=utf-8", .body = body, .body_len = strlen(body)};
    headers(a, NULL, NULL);
}

#define PAGE(en, fr, more)                                                                                             \
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"                                                        \
    "<meta name=\"viewport\" content=\"width=device-width\"><title>MIA</title><p>" en "</p><p lang=\"fr\">" fr         \
    "</p>" more "\n"

static const char foreign[] = PAGE("Refused: this page answers only under the address that mia printed.",
                                   "Refusé\u00a0: cette page ne répond qu’à l’adresse affichée par mia.", "");
static const char wrong_origin[] = PAGE("Refused: another site asked for this connection.",
                                        "Refusé\u00a0: un autre site a demandé cette connexion.", "");
/* A link from another site comes without the strict cookie; following one from here brings it. */
static const char no_token[] = PAGE("Refused: open the address with the token that mia printed when it started.",
                                    "Refusé\u00a0: ouvrez l’adresse avec le jeton que mia a affichée au démarrage.",
                                    "<p><a href=\"/\">I have opened it before · Je l’ai déjà ouverte</a></p>");
static const char nothing[] = PAGE("There is nothing here.", "Il n’y a rien ici.", "");

static const struct local_asset *asset(const char *path) {
    for (const struct local_asset *x = local_assets; x->path; x++)
        if (!strcmp(x->path, path)) return x;
    return NULL;
}

static void open_socket(const struct web_request *q, bool by_address, struct web_answer *a) {
    /* Browsers always name the origin; a program that does not must show the token itself. */
    bool own = *q->origin ? is_own_origin(q) : by_address;
    if (!own) {
        say(a, 403, wrong_origin);
        return;
    }
    *a = (struct web_answer){.status = 101};
}

static bool give_file(const struct local_gate *g, const struct web_request *q, struct web_answer *a) {
    struct local_file *f = g->files ? local_files_hold(g->files, q->path) : NULL;
    if (!f) return false;
    *a = (struct web_answer){.status = 200,
                             .type = f->type,
                             .body = f->bytes,
                             .body_len = f->n,
                             .release = local_file_release,
                             .release_arg = f};
    headers(a, "content-disposition", f->disposition);
    return true;
}

void local_gate_answer(const struct local_gate *g, const struct web_request *q, struct web_answer *a) {
    bool in_address, in_cookie;
    bool by_address = has_token(g, q->query, "&", "token", &in_address);
    bool by_cookie = has_token(g, q->cookie, "; ", g->cookie, &in_cookie);
    if (!is_here(g, q->host)) {
        say(a, 403, foreign);
        return;
    }
    if (in_address ? !by_address : !by_cookie) {
        say(a, 403, no_token);
        return;
    }
    bool socket = !strcmp(q->path, "/ws");
    if (q->upgrade && socket) {
        open_socket(q, by_address, a);
        return;
    }
    if (!q->upgrade && give_file(g, q, a)) return;
    const struct local_asset *x = asset(q->path);
    if (q->upgrade || socket || !x) {
        say(a, q->upgrade ? 403 : 404, nothing);
        return;
    }
    if (by_address && !strcmp(q->path, "/")) { /* so that the token leaves the address bar */
        *a = (struct web_answer){.status = 302, .type = "text/plain", .body = "", .body_len = 0};
        headers(a, "location", "/");
        a->headers[7][0] = "set-cookie";
        a->headers[7][1] = g->set_cookie;
        return;
    }
    *a = (struct web_answer){.status = 200, .type = x->type, .body = x->body, .body_len = (size_t)(x->end - x->body)};
    headers(a, NULL, NULL);
}
