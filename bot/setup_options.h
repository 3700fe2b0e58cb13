/*
 * setup_options: the gamma lines of each instrument from its options chain into the engine's configuration. A file that cannot
 * be read is no reason not to start, nor to trade: it is said, and there are no such lines.
 */
#ifndef MIA_BOT_SETUP_OPTIONS_H
#define MIA_BOT_SETUP_OPTIONS_H

#include "config/conf.h"
#include "engine/config.h"

/* The instruments of *out are known by now. */
void setup_options(const struct conf *c, struct engine_config *out);
/* What setup_options would say of the files: a line for a check. -1: one cannot be used; 0: no file is configured; 1: good. */
int setup_options_say(const struct conf *c, const struct engine_config *made, enum lang lang, struct buf *out);

#endif
