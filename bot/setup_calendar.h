/*
 * setup_calendar: from settings to the hours, sessions and weekend rules of the engine.
 * Reads the machine's zone database and nothing else; part of setup_engine.
 */
#ifndef MIA_BOT_SETUP_CALENDAR_H
#define MIA_BOT_SETUP_CALENDAR_H

#include "config/conf.h"
#include "engine/config.h"

/* The instruments of *out are known by now; each gets its hours and its rule. Adds every problem to errs. */
void setup_calendar(const struct conf *c, struct engine_config *out, struct conf_errors *errs);

#endif
