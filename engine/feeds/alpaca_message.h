/*
 * alpaca_message: what Alpaca's data stream and its history say, taken apart. Pure. What is
 * read here is well-formed; whether it can be true is the builder's business. Private to the
 * files of the Alpaca feed.
 */
#ifndef MIA_ENGINE_FEEDS_ALPACA_MESSAGE_H
#define MIA_ENGINE_FEEDS_ALPACA_MESSAGE_H

#include "engine/event.h"
#include "engine/net/json.h"

enum alpaca_kind {
    ALPACA_OTHER, /* of a kind that nobody asked for */
    ALPACA_SUCCESS,
    ALPACA_ERROR,
    ALPACA_SUBSCRIPTION,
    ALPACA_BAR,     /* a minute has closed */
    ALPACA_UPDATED, /* the same minute again, with trades that came late */
    ALPACA_QUOTE
};

struct alpaca_item {
    enum alpaca_kind kind;
    const char *symbol; /* of data; borrowed from the text, as the next one */
    const char *text;   /* of SUCCESS and ERROR */
    int64_t code;       /* of ERROR */
    struct bar bar;     /* of BAR and UPDATED; prices as they were sent */
    price_t bid, ask;   /* of QUOTE */
};

/* One element of a frame. false: it claims to be something that it is not. */
bool alpaca_item_read(const struct json *j, struct alpaca_item *out);

/* {t,o,h,l,c,v} of a bar of that length. */
bool alpaca_bar_read(const struct json *j, int32_t seconds, struct bar *out);
/* Onto the instrument's grid: trades inside the spread may lie between two ticks. */
void alpaca_bar_to_grid(struct bar *b, price_t tick);

/* "Sat, 21 Nov 2026 21:30:34 GMT" */
bool alpaca_http_date(const char *text, when_t *out);

/* What a code of the stream means for us. */
enum alpaca_answer {
    ANSWER_RETRY,      /* connect again */
    ANSWER_RETRY_SLOW, /* the other side needs time, or a person */
    ANSWER_STOP,       /* nothing will change until a person has changed something */
    ANSWER_IGNORE
};
struct alpaca_code {
    int64_t code;
    enum alpaca_answer answer;
    const char *key; /* of the alarm; NULL: none, it will pass */
    const char *text[LANG_COUNT];
};
const struct alpaca_code *alpaca_code_find(int64_t code); /* never NULL: unknown ones are retried slowly */

#endif
