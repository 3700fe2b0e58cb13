/*
 * wire: an answer on its way through the control socket: frames of a kind, a length and
 * at most WIRE_FRAME_MAX bytes. Written by the bot, read by the command line, which
 * believes none of it: order, sizes and texts are checked, memory is bounded.
 *
 *   kind u8 | 0 u8 | 0 u16 | length u32 (little-endian) | bytes
 *
 * Output, snapshots and events are streams: a frame may end anywhere in them. An event in
 * its stream is a length u32 and its bytes as in the journal.
 */
#ifndef MIA_BOT_WIRE_H
#define MIA_BOT_WIRE_H

#include "bot/answer.h"
#include "engine/base/buf.h"

#define WIRE_HEADER 8
#define WIRE_FRAME_MAX (64u << 10)
#define WIRE_EVENT_MAX (1u << 20)

enum wire_kind {
    WIRE_OUTPUT,
    WIRE_SPAN,
    WIRE_SNAPSHOT,
    WIRE_EVENTS,
    WIRE_COPY,
    WIRE_PROGRESS,
    WIRE_END,
    WIRE_KIND_COUNT
};

/* ---- writing: an answer_to whose arg is a struct wire_out ---- */
struct wire_out {
    void (*send)(void *arg, const void *bytes, size_t n); /* set by the owner */
    void *arg;
    enum lang lang;      /* of what a person will read */
    enum wire_kind kind; /* of what is collected */
    struct buf frame, event;
};
void wire_out_open(struct wire_out *w); /* after what the owner sets */
void wire_out_clear(struct wire_out *w);
void wire_out_flush(struct wire_out *w); /* what is collected goes now */
/* Fills every member of *to but arg and full. */
void wire_out_answer(struct answer_to *to);

/* ---- reading ---- */
struct wire_in {
    struct answer_to to; /* set by the owner: where the answer goes */
    enum lang lang;
    bool ended;
    bool spanned;
    struct answer_span span;
    uint64_t snapshot_left; /* bytes of the two snapshots that have not come yet */
    struct buf event;
    struct engine_config *config; /* of an EVENT_CONFIG */
};
void wire_in_open(struct wire_in *w);
void wire_in_clear(struct wire_in *w);
/* Takes whole frames from the front; returns how many bytes were used, -1: these are no frames of ours (ERR_SYNTAX). After
 * the end nothing more is taken. */
long wire_in_bytes(struct wire_in *w, const char *p, size_t n, struct err *e);

#endif
