/* zone_file: reads a time zone of this machine by its name ("Europe/Paris"). "" and "UTC" give *out = NULL, which is UTC. */
#ifndef MIA_ENGINE_FEEDS_ZONE_FILE_H
#define MIA_ENGINE_FEEDS_ZONE_FILE_H

#include "engine/base/when.h"

int zone_open(const char *name, struct zone **out,
              struct err *e); /* 0; -1: e says why. The caller frees with zone_free */

#endif
