/* setup_roll: which contracts a future has and when the next one is meant, from the settings. */
#ifndef MIA_BOT_SETUP_ROLL_H
#define MIA_BOT_SETUP_ROLL_H

#include "config/conf.h"
#include "engine/config.h"

/* Once the instruments are there. What is wrong is told at its place. */
void setup_roll(const struct conf *c, struct engine_config *out, struct conf_errors *errs);
/* Which contract each symbol is in on that day, and until when: a line for a check. -1: the list of one is at its end; 0: no
 * symbol is rolled; 1: good. */
int setup_roll_say(const struct engine_config *made, int32_t day, enum lang lang, struct buf *out);
/* What feed.files[i].contract says; 0: nothing, or nothing that can be. */
uint16_t setup_roll_file(const struct conf *c, size_t i, const struct engine_config *config, struct conf_errors *errs);

#endif
