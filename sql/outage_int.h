/* outage_int: what the files of the outage share: outage.c decides, connector.c makes connections. Private to them. */
#ifndef MIA_SQL_OUTAGE_INT_H
#define MIA_SQL_OUTAGE_INT_H

#include <string.h>
#include <time.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "sql/load.h"
#include "sql/store_int.h"

when_t outage_wall(int64_t ago_ms);
bool outage_has_commits(struct store *s); /* waiting in the queue */

/* One attempt, in a thread of its own: looking up a name cannot be bounded. It wakes the store's thread when it is done. */
struct connector *connector_start(struct store *s);
bool connector_is_done(struct connector *c);
struct db *connector_take(struct connector *c, struct err *e); /* frees c; NULL: *e says why */
void connector_abandon(struct connector *c);                   /* it frees itself when it is done */

#endif
