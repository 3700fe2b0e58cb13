/* csv_row: one line of a market data file to integers, and integers to a bar. Private to engine/feeds. */
#ifndef MIA_ENGINE_FEEDS_CSV_ROW_H
#define MIA_ENGINE_FEEDS_CSV_ROW_H

#include "engine/feeds/csv_header.h"

#define CSV_CONTRACT_MAX 24

enum csv_problem_kind {
    CSV_NOT_A_NUMBER, /* of the column `role` */
    CSV_EMPTY,        /* the column `role` */
    CSV_NOT_A_TIME,
    CSV_TOO_FEW,
    CSV_TOO_MANY,
    CSV_TOO_LONG,
    CSV_NOT_RISING,
    CSV_HIGH_BELOW,
    CSV_LOW_ABOVE,
    CSV_NOT_POSITIVE,
    CSV_CROSSED,
    CSV_HALF_POINT,
    CSV_HUGE,
    CSV_NO_CONTRACT,
    CSV_PROBLEM_COUNT
};
struct csv_problem {
    enum csv_problem_kind kind;
    enum csv_role role;
};
void csv_problem_text(const struct csv_problem *p, enum lang lang, char *out, size_t size);

struct csv_format {
    struct csv_header header;
    int64_t point; /* price of one point of a spread column; 0 while probing */
};
void csv_format_init(struct csv_format *f, const struct csv_header *header);

/* Turns civil times into instants; the last day and quarter of an hour are remembered. */
struct csv_dates {
    const struct zone *zone;
    uint64_t day_key;       /* the text of the day, 0: none yet */
    int64_t day_s;          /* that day, seconds since 1970 as if UTC */
    int64_t quarter;        /* civil time / 900 s */
    int64_t quarter_off_ns; /* instant minus civil time as if UTC */
};
void csv_dates_init(struct csv_dates *d, const struct zone *zone);

struct csv_row {
    int64_t start;                   /* ns */
    int64_t civil_s;                 /* the civil time it was read from; INT64_MIN: none */
    uint32_t present;                /* bits of roles that are not empty */
    int64_t value[CSV_VOLUME + 1];   /* by role, 1e-8; volume in whole units */
    int64_t volume_rest;             /* what the volume has beyond them, 1e-8 */
    char contract[CSV_CONTRACT_MAX]; /* "" where no column tells it */
};

/* Both need a '\n' at the end of the line. The fast one returns where the next line starts, or NULL; the other one copies
 * the line without quotes and blanks first. */
const char *csv_row_parse(const struct csv_format *f, struct csv_dates *d, const char *line, struct csv_row *row,
                          struct csv_problem *problem);
bool csv_row_parse_again(const struct csv_format *f, struct csv_dates *d, const char *line, size_t n,
                         struct csv_row *row, struct csv_problem *problem);
/* When summer time ends an hour of local time comes twice: moves the row to its second pass where that is after `last`. */
bool csv_second_pass(const struct csv_dates *d, struct csv_row *row, int64_t last);
bool csv_row_bar(const struct csv_format *f, const struct csv_row *row, struct bar *out, struct csv_problem *problem);
/* Folds the row's prices into a greatest common divisor. */
int64_t csv_row_gcd(const struct csv_format *f, const struct csv_row *row, int64_t so_far,
                    int64_t (*gcd)(int64_t, int64_t));

#endif
