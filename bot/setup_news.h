/*
 * setup_news: the calendar of announcements from its file into the engine's configuration. A file that cannot be read is
 * no reason not to start: it is said, and nothing new is opened until it can.
 */
#ifndef MIA_BOT_SETUP_NEWS_H
#define MIA_BOT_SETUP_NEWS_H

#include "config/conf.h"
#include "engine/config.h"

/* The instruments of *out are known by now. */
void setup_news(const struct conf *c, struct engine_config *out);
/* What setup_news would say of the file: a line for a check. false: it cannot be used. */
bool setup_news_say(const struct conf *c, const struct engine_config *made, enum lang lang, struct buf *out);

#endif
