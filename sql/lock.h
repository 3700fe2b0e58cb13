/*
 * lock: one mia a state directory. The kernel drops the lock with its holder, so a crash leaves nothing to clean up; what
 * is written in the file says who holds it, and, where nobody took it back, who held it last and on which machine.
 */
#ifndef MIA_SQL_LOCK_H
#define MIA_SQL_LOCK_H

#include <stdbool.h>
#include <time.h>

#include "engine/base/err.h"

#define LOCK_TEXT_MAX 512
#define LOCK_FRESH_S 180 /* a holder shows once a minute that it lives: see lock_alive */

struct lock_left { /* what an earlier holder wrote and did not take back; text "": nothing */
    char text[LOCK_TEXT_MAX];
    struct timespec alive; /* its last sign of life */
};

/* Takes DIR/lock and writes who holds it. Returns the descriptor to keep. -1: ERR_BUSY says which mia holds it: process, host,
 * since when, version, page; or, where the kernel's lock does not reach (a network disk, a copy), which one on another machine
 * was alive in it a moment ago. left may be NULL. */
int lock_take(const char *dir, struct lock_left *left, struct err *e);
void lock_release(int fd); /* -1: nothing */
/* The same for one that only looked: the next start still sees what was left. */
void lock_give_back(int fd, const struct lock_left *left);

void lock_page(int fd, const char *page); /* adds the page's address, without its token */
void lock_alive(int fd);
/* Did another machine's mia leave it so? *out then says what to make sure of. */
bool lock_left_abroad(const struct lock_left *left, struct err *out);

#endif
