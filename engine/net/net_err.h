/* net_err: says in both languages what a failed connection means. Internal to engine/net. */
#ifndef MIA_NET_NET_ERR_H
#define MIA_NET_NET_ERR_H

#include "engine/base/err.h"

/* uv_code: a libuv error (negative). who: host or path, for the text. Returns -1. */
int net_err(struct err *e, enum err_code code, const char *who, int uv_code);

#endif
