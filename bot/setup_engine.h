/*
 * setup_engine: from settings to the plain data of engine and feed. The one place
 * that knows both the option names and engine/config.h. Checks what the option table
 * cannot: strategies and their parameters, instruments, currencies, kinds that are
 * not built yet. Reads no clock, and of files only the machine's zones and the calendar of announcements.
 */
#ifndef MIA_BOT_SETUP_ENGINE_H
#define MIA_BOT_SETUP_ENGINE_H

#include "engine/broker.h"
#include "config/conf.h"
#include "engine/config.h"
#include "engine/feed.h"

/* Both add every problem to errs and return -1 where there is one; *out is then not to be used.
 * mode, demo, dry_run: mode comes from the setting "mode"; the caller sets demo, dry_run and version. */
int setup_engine(const struct conf *c, struct engine_config *out, struct conf_errors *errs);
/* out->config points to *config, which must outlive the feed. */
int setup_feed(const struct conf *c, const struct engine_config *config, struct feed_spec *out,
               struct conf_errors *errs);

/* Where an external broker is, and its keys: to be wiped by who asked. */
void setup_venue(const struct conf *c, struct venue_spec *out);

/* The settings of `mia run --demo` as flags: a simulated market, two strategies, the paper broker, whatever a file says. */
#define SETUP_DEMO_MAX 24
const struct conf_flag *setup_demo(size_t *count);

#endif
