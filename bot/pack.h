/*
 * pack: bytes that come in pieces and become one file of a message: plain while they are
 * few, gzip from then on, refused where even that is too much. Memory is bounded by
 * PACK_PLAIN_MAX and the limit given. The same bytes always give the same file.
 */
#ifndef MIA_BOT_PACK_H
#define MIA_BOT_PACK_H

#include "engine/base/buf.h"

#define PACK_PLAIN_MAX (1u << 20) /* more is packed */

struct pack {
    struct buf out; /* the file, once pack_end said so */
    uint64_t taken; /* bytes given */
    bool is_packed, is_full;
    void *stream; /* of zlib */
};
void pack_init(struct pack *p, size_t max);
void pack_add(struct pack *p, const void *bytes, size_t n); /* does nothing once it is full */
bool pack_end(struct pack *p);                              /* false: larger than max, there is no file */
void pack_clear(struct pack *p);

#endif
