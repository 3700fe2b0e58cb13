/*
 * url: see url.h. Pure; keeps nothing.
 */
#include "engine/net/url.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "engine/net/http.h"

static const struct scheme {
    const char *text;
    bool tls, websocket;
} schemes[] = {
    {"https://", true, false},
    {"http://", false, false},
    {"wss://", true, true},
    {"ws://", false, true},
};

static const char *take_scheme(const char *text, struct url *u) {
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t n = strlen(schemes[i].text);
        if (strncasecmp(text, schemes[i].text, n) != 0) continue;
        u->tls = schemes[i].tls;
        u->websocket = schemes[i].websocket;
        return text + n;
    }
    return NULL;
}

static bool take_host(const char *p, size_t n, struct url *u) {
    if (n == 0 || n >= sizeof u->host) return false;
    memcpy(u->host, p, n);
    u->host[n] = '\0';
    return true;
}

static bool take_port(const char *p, const char *end, struct url *u) {
    int port = 0;
    if (p == end || end - p > 5) return false;
    for (; p < end; p++) {
        if (*p < '0' || *p > '9') return false;
        port = port * 10 + (*p - '0');
    }
    u->port = port;
    u->port_told = true;
    return port > 0 && port <= 65535;
}

static void judge_host(struct url *u) {
    struct in_addr a4;
    struct in6_addr a6;
    if (u->v6) {
        u->literal = true;
        u->loopback = inet_pton(AF_INET6, u->host, &a6) == 1 && IN6_IS_ADDR_LOOPBACK(&a6);
    } else if (inet_pton(AF_INET, u->host, &a4) == 1) {
        u->literal = true;
        u->loopback = ntohl(a4.s_addr) >> 24 == 127;
    } else {
        u->loopback = strcasecmp(u->host, "localhost") == 0;
    }
}

bool url_parse(const char *text, struct url *u) {
    *u = (struct url){0};
    if (!text || strlen(text) > URL_MAX) return false;
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f || *c == '\\') return false;
    const char *p = take_scheme(text, u);
    if (!p) return false;
    const char *end = p + strcspn(p, "/?#");
    if (memchr(p, '@', (size_t)(end - p)) || memchr(p, '%', (size_t)(end - p))) return false;
    const char *host_end = memchr(p, ':', (size_t)(end - p));
    if (*p == '[') {
        struct in6_addr a6;
        const char *close = memchr(p, ']', (size_t)(end - p));
        if (!close || !take_host(p + 1, (size_t)(close - p - 1), u) || inet_pton(AF_INET6, u->host, &a6) != 1)
            return false;
        u->v6 = true;
        host_end = close + 1;
        if (host_end < end && *host_end != ':') return false;
    } else {
        if (!host_end) host_end = end;
        if (!take_host(p, (size_t)(host_end - p), u)) return false;
    }
    u->port = u->tls ? 443 : 80;
    if (host_end < end && !take_port(host_end + 1, end, u)) return false;
    u->path = end;
    judge_host(u);
    return true;
}

bool url_is_allowed(const char *text) {
    struct url u;
    return url_parse(text, &u) && (u.tls || u.loopback);
}
