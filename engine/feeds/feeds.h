/* feeds: the sources that table.c lists. Private to engine/feeds; others use feed_find. */
#ifndef MIA_ENGINE_FEEDS_FEEDS_H
#define MIA_ENGINE_FEEDS_FEEDS_H

#include "engine/feed.h"

extern const struct feed feed_replay, feed_simulated, feed_alpaca;

#endif
