/*
 * cells: the lines of a text and the cells of a line, for small files that people bring (announcements, options chains).
 * Market data have a reader of their own: csv.h.
 */
#ifndef MIA_ENGINE_FEEDS_CELLS_H
#define MIA_ENGINE_FEEDS_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CELLS_MAX 64 /* in a line: what follows is left out */
#define CELL_MAX 256 /* bytes, with the end: what is longer is cut, at any byte */

struct cells {
    uint32_t n;
    char none[1]; /* what a cell that is not there holds */
    char text[CELLS_MAX][CELL_MAX];
};

/* The next line without its end (LF or CRLF); false: none is left. */
bool cells_line(const char **at, const char *end, const char **line, size_t *n);
char cells_separator(const char *header, size_t n); /* ';', a tab, or ',' */
/* Quotes hold separators, two of them are one; spaces at both ends go. */
void cells_split(struct cells *c, const char *line, size_t n, char separator);
char *cells_at(struct cells *c, int at); /* "" where the line has none, and where `at` is -1 */

#endif
