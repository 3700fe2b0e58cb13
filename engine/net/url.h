/*
 * url: the few parts of a URL that engine/net needs, taken apart strictly: what
 * another parser could read differently (user names, backslashes, blanks, control
 * characters) is refused. Internal to engine/net.
 */
#ifndef MIA_NET_URL_H
#define MIA_NET_URL_H

#include <stdbool.h>

#define URL_HOST_MAX 128 /* libwebsockets cuts longer names before it checks the certificate */
#define URL_MAX 4096

struct url {
    bool tls, websocket;
    char host[URL_HOST_MAX]; /* an IPv6 address without its brackets */
    bool literal, v6;        /* the host is an address */
    bool loopback;           /* 127.0.0.0/8, ::1 or "localhost" */
    int port;
    bool port_told;
    const char *path; /* into the text; "" or begins with / or ? */
};

bool url_parse(const char *text, struct url *out);

#endif
