/* lock: one mia a state directory. The kernel drops the lock with its holder, so a crash leaves nothing to clean up. */
#ifndef MIA_SQL_LOCK_H
#define MIA_SQL_LOCK_H

#include "engine/base/err.h"

/* Takes DIR/lock and writes who holds it. Returns the descriptor to keep, -1 with ERR_BUSY naming process, host and since when. */
int lock_take(const char *dir, struct err *e);
void lock_release(int fd); /* -1: nothing */

#endif
