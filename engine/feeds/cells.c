/* cells: see cells.h. Reads bytes that came from outside; owns nothing. */
#include "engine/feeds/cells.h"

#include <string.h>

bool cells_line(const char **at, const char *end, const char **line, size_t *n) {
    if (*at == end) return false;
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    *line = *at;
    *n = (size_t)((stop != NULL ? stop : end) - *at);
    *at = stop != NULL ? stop + 1 : end;
    if (*n > 0 && (*line)[*n - 1] == '\r') --*n;
    return true;
}

char cells_separator(const char *header, size_t n) {
    return memchr(header, ';', n) != NULL ? ';' : memchr(header, '\t', n) != NULL ? '\t' : ',';
}

static void end_cell(char *cell, size_t used) {
    while (used > 0 && cell[used - 1] == ' ') used--;
    cell[used] = '\0';
}

void cells_split(struct cells *c, const char *line, size_t n, char separator) {
    size_t used = 0;
    bool quoted = false;
    c->n = 1;
    for (size_t i = 0; i < n; i++) {
        char *cell = c->text[c->n - 1], b = line[i];
        if (b == '"' && quoted && i + 1 < n && line[i + 1] == '"') {
            i++; /* one of the two is the cell's */
        } else if (b == '"') {
            quoted = !quoted;
            continue;
        } else if (b == separator && !quoted) {
            end_cell(cell, used);
            if (c->n == CELLS_MAX) return;
            c->n++;
            used = 0;
            continue;
        }
        if (used + 1 < CELL_MAX && (used > 0 || b != ' ')) cell[used++] = b;
    }
    end_cell(c->text[c->n - 1], used);
}

char *cells_at(struct cells *c, int at) {
    c->none[0] = '\0';
    return at >= 0 && (uint32_t)at < c->n ? c->text[at] : c->none;
}
