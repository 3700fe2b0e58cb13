/*
 * ask: one question to the state: an export, the audit chain, a replay, a backup, a
 * check. The command line makes it, and either answers it itself (bot/answer.h) or sends
 * it to the bot that runs there, as one line of JSON. Bytes that come in are believed
 * in nothing: whatever is not exactly a question is refused with a sentence.
 *
 *   {"mia":1,"version":"0.2.0","lang":"fr","ask":"export","what":"trades","format":"csv","from":"…ns","to":"…ns"}
 */
#ifndef MIA_BOT_ASK_H
#define MIA_BOT_ASK_H

#include "bot/export.h"

#define ASK_PROTOCOL 1
#define ASK_LINE_MAX (16u << 10)
#define ASK_PATH_MAX 2048
#define ASK_VERSION_MAX 32

enum ask_kind { ASK_EXPORT, ASK_VERIFY, ASK_REPLAY, ASK_BACKUP, ASK_CHECK, ASK_VERSION, ASK_KIND_COUNT };
const char *ask_kind_name(enum ask_kind k);

struct ask {
    enum ask_kind kind;
    enum lang lang;
    char version[ASK_VERSION_MAX]; /* of the program that asks */
    /* ASK_EXPORT */
    enum export_what what;
    bool json;
    when_t from, to; /* WHEN_NONE: open */
    /* ASK_REPLAY */
    bool has_day;
    int32_t day;
    /* ASK_BACKUP: a directory that does not exist, by its whole path */
    char dir[ASK_PATH_MAX];
};

void ask_write(const struct ask *a, struct buf *out); /* one line with its \n */
/* Without the \n. Out->lang is set as soon as it is known, so that a refusal can be said in it. */
int ask_read(const char *line, size_t n, struct ask *out, struct err *e);

#endif
