/*
 * log: the only global mutable state. One line an event, `time level area message
 * key=value`, to standard error and, once opened, to a file that rotates daily and
 * is kept LOG_KEEP_DAYS. Every line passes the redactor: texts told to
 * log_secret() never leave, nor do Telegram tokens in URLs. Safe from any thread.
 */
#ifndef MIA_BASE_LOG_H
#define MIA_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"

#define LOG_KEEP_DAYS 30
#define LOG_SECRETS_MAX 64
#define LOG_LINE_MAX 2048
#define LOG_KEPT_BYTES (64u << 10) /* of this run's last lines, in memory: for where there is no file */
#define LOG_TAIL_LINES_MAX 2000

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_LEVEL_COUNT };

bool log_level_parse(const char *name, enum log_level *out);
void log_set_level(enum log_level level);
void log_set_stderr(bool on);
int log_open(const char *path, struct err *e); /* "x.log": today's lines; older days beside it as x.log.2026-11-20 */
void log_close(void);
void log_secret(const char *secret); /* copied; shorter than 6 bytes is ignored; a full table ends the process */
/* Replaces every known secret in text[0..n) in place (never longer); returns the new length. */
size_t log_redact(char *text, size_t n);
bool log_has_secret(const char *text, size_t n);
/* The last lines that are at least as important as `least`, oldest first, each ended, every known secret replaced: of the log
 * file and those of the days before, or of memory where no file is open. Looks at a bounded part from the end (8 MiB).
 * *found: how many. Reads files: not for the loop's thread. */
struct buf;
int log_tail(enum log_level least, uint32_t lines, struct buf *out, uint32_t *found, struct err *e);
bool log_has_file(void);
/* The clock that stamps and rotates, nanoseconds since 1970; NULL: the machine's. For tests and simulations. */
void log_set_clock(int64_t (*now_ns)(void));

void log_line(enum log_level level, const char *area, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
#define log_debug(area, ...) log_line(LOG_DEBUG, area, __VA_ARGS__)
#define log_info(area, ...) log_line(LOG_INFO, area, __VA_ARGS__)
#define log_warn(area, ...) log_line(LOG_WARN, area, __VA_ARGS__)
#define log_error(area, ...) log_line(LOG_ERROR, area, __VA_ARGS__)

/* For the impossible: logs, then ends the process (recovery is the normal start). */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
