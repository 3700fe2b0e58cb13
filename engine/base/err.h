/*
 * err: the one error record. A function that can fail in several ways takes
 * `struct err *e` last, fills it, and returns -1. The code drives behaviour
 * (retry, unknown, refuse); the text is for people and exists in both languages.
 *
 * The record is fixed-size and allocates nothing. Long text is cut; bytes that are no UTF-8, and characters that hide, are
 * left out, so what somebody else said can be an argument as it is.
 */
#ifndef MIA_BASE_ERR_H
#define MIA_BASE_ERR_H

#include "engine/base/lang.h"

#define ERR_TEXT_MAX 240

enum err_code {
    ERR_NONE,
    ERR_USAGE,  /* the caller's words are wrong */
    ERR_RANGE,  /* a value lies outside its limits */
    ERR_SYNTAX, /* bytes that do not parse */
    ERR_NOT_FOUND,
    ERR_REFUSED,  /* understood, and refused by a rule */
    ERR_FULL,     /* a named limit is reached */
    ERR_OVERFLOW, /* arithmetic would overflow */
    ERR_IO,       /* disk or descriptor */
    ERR_NET,      /* not sent: the other side was never reached */
    ERR_UNKNOWN,  /* sent, and nobody knows whether it took effect */
    ERR_AUTH,     /* the other side refuses who we are */
    ERR_BUSY,     /* somebody else holds it */
    ERR_CORRUPT,  /* stored state that cannot be true */
    ERR_CODE_COUNT
};

struct err {
    enum err_code code;
    char text[LANG_COUNT][ERR_TEXT_MAX];
};

/* Sets code and both texts; the two formats take the same arguments in the same order. Returns -1. e may be NULL. */
int err_set(struct err *e, enum err_code code, const char *en, const char *fr, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));

/* Puts "aim: " before what a lower layer said. Returns -1. */
int err_prefix(struct err *e, const char *en, const char *fr, ...)
    __attribute__((format(printf, 2, 4), format(printf, 3, 4)));

/* ERR_REFUSED for what a newer program has stored: both formats and what to do. The caller prefixes what it is. Returns -1. */
int err_newer(struct err *e, unsigned found, unsigned known);

const char *err_text(const struct err *e, enum lang lang);
const char *err_code_name(enum err_code code);

#endif
