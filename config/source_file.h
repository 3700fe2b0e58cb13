/* source_file: reads a whole small file of settings. Private to config/. */
#ifndef MIA_CONFIG_SOURCE_FILE_H
#define MIA_CONFIG_SOURCE_FILE_H

#include <sys/types.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

/* Fills *out (initialised, its cap is the limit) and the file's mode. -1: e says why, without the path; ERR_NOT_FOUND where
 * there is none. Only regular files. */
int source_read(const char *path, struct buf *out, mode_t *mode, struct err *e);
/* path as seen from the folder of `file` (or from `file` itself where is_folder). Caller frees. */
char *source_path(const char *file, bool is_folder, const char *path);

#endif
