/* pack: see pack.h. Compression is deflate's default level: a page of rows costs the loop less than a millisecond. */
#include "bot/pack.h"

#include <stdlib.h>
#include <zlib.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"

#define GZIP 16 /* asks zlib for gzip's header, which holds no time */
#define STEP (32u << 10)

void pack_init(struct pack *p, size_t max) {
    *p = (struct pack){0};
    buf_init(&p->out, max);
}

static void stream_end(struct pack *p) {
    if (!p->stream) return;
    deflateEnd(p->stream);
    free(p->stream);
    p->stream = NULL;
}

void pack_clear(struct pack *p) {
    stream_end(p);
    buf_clear(&p->out);
}

/* What no longer fits needs no memory either. */
static void full(struct pack *p) {
    p->is_full = true;
    stream_end(p);
    buf_clear(&p->out);
}

static void squeeze(struct pack *p, const void *bytes, size_t n, int flush) {
    z_stream *z = p->stream;
    unsigned char step[STEP];
    union { /* zlib reads what it calls next_in, and never writes there */
        const void *in;
        Bytef *out;
    } from = {.in = bytes};
    z->next_in = from.out;
    z->avail_in = (uInt)n;
    do {
        z->next_out = step;
        z->avail_out = sizeof step;
        deflate(z, flush);
        buf_add(&p->out, step, sizeof step - z->avail_out);
    } while (z->avail_out == 0 && !p->out.overflow);
    if (p->out.overflow) full(p);
}

/* From here on all of it is packed, what came before too. */
static void begin(struct pack *p) {
    struct buf plain = p->out;
    z_stream *z = xcalloc(1, sizeof *z);
    if (deflateInit2(z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + GZIP, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        die("pack: out of memory");
    p->stream = z;
    p->is_packed = true;
    buf_init(&p->out, plain.max);
    squeeze(p, plain.p, plain.len, Z_NO_FLUSH);
    buf_clear(&plain);
}

void pack_add(struct pack *p, const void *bytes, size_t n) {
    p->taken += n;
    if (p->is_full || n == 0) return;
    if (!p->is_packed && p->taken > PACK_PLAIN_MAX) begin(p);
    if (p->stream)
        squeeze(p, bytes, n, Z_NO_FLUSH);
    else if (!p->is_packed)
        buf_add(&p->out, bytes, n);
    if (p->out.overflow) full(p);
}

bool pack_end(struct pack *p) {
    if (p->stream) squeeze(p, "", 0, Z_FINISH);
    stream_end(p);
    return !p->is_full;
}
