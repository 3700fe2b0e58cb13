/* setup_file: a file that the configuration names, read whole and bounded: a calendar of announcements, an options chain. */
#ifndef MIA_BOT_SETUP_FILE_H
#define MIA_BOT_SETUP_FILE_H

#include <sys/types.h>

#include "engine/base/err.h"
#include "engine/base/when.h"

/* Its first `max` bytes and one more where it has them, so that the parser says that it is too large. *bytes is the caller's,
 * also where -1 comes back (then NULL) and e says why. `written` may be NULL. */
ssize_t setup_file_read(const char *path, size_t max, char **bytes, when_t *written, struct err *e);

#endif
