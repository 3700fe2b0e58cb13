/* csv_header: which column of a market data file is what. Private to engine/feeds. */
#ifndef MIA_ENGINE_FEEDS_CSV_HEADER_H
#define MIA_ENGINE_FEEDS_CSV_HEADER_H

#include "engine/feeds/csv.h"

enum csv_role {
    CSV_OPEN,
    CSV_HIGH,
    CSV_LOW,
    CSV_CLOSE,
    CSV_BID_OPEN,
    CSV_BID_HIGH,
    CSV_BID_LOW,
    CSV_BID_CLOSE,
    CSV_ASK_OPEN,
    CSV_ASK_HIGH,
    CSV_ASK_LOW,
    CSV_ASK_CLOSE,
    CSV_SPREAD,
    CSV_BUY, /* volume bought at the ask, sold at the bid */
    CSV_SELL,
    CSV_VOLUME,
    CSV_TIME, /* an instant: epoch or date and time */
    CSV_DATE, /* a day whose time stands in CSV_CLOCK */
    CSV_CLOCK,
    CSV_CONTRACT, /* which one of a future the row is of */
    CSV_SKIP,
    CSV_ROLE_COUNT
};
const char *csv_role_name(enum csv_role r);

/* Where a bar's prices come from. */
enum csv_prices { CSV_FROM_TRADES, CSV_FROM_MIDS, CSV_FROM_BIDS };

struct csv_header {
    char delimiter;
    uint32_t columns;
    uint8_t role[CSV_COLUMNS_MAX];
    uint32_t last; /* the last column that is not CSV_SKIP */
    enum csv_prices prices;
    bool utc; /* the time column says so by its name */
    bool has_quotes, has_volume, has_spread;
    bool wants_contract; /* told by the caller: else that column is skipped */
};

/* wants_contract is read; all else is written. first_row: the line after it, to see whether a time column holds times of day only; "" where there is none. -1: e. */
int csv_header_parse(const char *line, size_t n, const char *first_row, size_t first_n, struct csv_header *out,
                     struct err *e);

#endif
