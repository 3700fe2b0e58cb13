/* log_int: what log.c and log_tail.c share. Private to them. */
#ifndef MIA_BASE_LOG_INT_H
#define MIA_BASE_LOG_INT_H

#include "engine/base/log.h"

#define LOG_PATH_MAX 1024

bool log_file(char path[LOG_PATH_MAX]); /* of the log file; false: none is open that could be read again */
int32_t log_today(void);                /* the local day, as days since 1970 */
char *log_kept(size_t *n);              /* a copy of the lines in memory; the caller frees it */

#endif
