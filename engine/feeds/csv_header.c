/*
 * csv_header: names to roles. Names compare without case, blanks, quotes and the
 * angle brackets of MT5 exports. Unknown columns are ignored, ambiguous ones refused.
 */
#include "engine/feeds/csv_header.h"

#include <stdio.h>
#include <string.h>

#define NAME_BYTES 32

static const char *const role_names[] = {
    [CSV_OPEN] = "open",         [CSV_HIGH] = "high",           [CSV_LOW] = "low",
    [CSV_CLOSE] = "close",       [CSV_BID_OPEN] = "bid_open",   [CSV_BID_HIGH] = "bid_high",
    [CSV_BID_LOW] = "bid_low",   [CSV_BID_CLOSE] = "bid_close", [CSV_ASK_OPEN] = "ask_open",
    [CSV_ASK_HIGH] = "ask_high", [CSV_ASK_LOW] = "ask_low",     [CSV_ASK_CLOSE] = "ask_close",
    [CSV_SPREAD] = "spread",     [CSV_BUY] = "buy_volume",      [CSV_SELL] = "sell_volume",
    [CSV_VOLUME] = "volume",     [CSV_TIME] = "time",           [CSV_DATE] = "date",
    [CSV_CLOCK] = "time",        [CSV_CONTRACT] = "contract",   [CSV_SKIP] = ""};
_Static_assert(sizeof role_names / sizeof role_names[0] == CSV_ROLE_COUNT, "a name for every role");

/* In order of preference where several are there. */
static const char *const time_names[] = {"epoch", "ts", "time", "timestamp", "time_utc", "date", "datetime"};
static const char *const volume_names[] = {"volume", "tick_volume", "tickvol", "vol", "real_volume"};
static const struct {
    const char *name;
    enum csv_role role;
} aliases[] = {{"bid", CSV_BID_CLOSE}, {"ask", CSV_ASK_CLOSE}, {"ask_volume", CSV_BUY}, {"bid_volume", CSV_SELL}};

struct names {
    char name[CSV_COLUMNS_MAX][NAME_BYTES];
    uint32_t n;
};

const char *csv_role_name(enum csv_role r) {
    return role_names[r];
}

/* The first `c` outside quotes; NULL: none. */
static const char *find_outside(const char *s, size_t n, char c) {
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '"') quoted = !quoted;
        if (s[i] == c && !quoted) return s + i;
    }
    return NULL;
}

static char find_delimiter(const char *line, size_t n) {
    static const char candidates[] = {'\t', ';', ','};
    for (size_t i = 0; i < sizeof candidates; i++) {
        if (find_outside(line, n, candidates[i]) != NULL) return candidates[i];
    }
    return ',';
}

/* Lower case, blanks inside as '_', without quotes and <>. */
static void plain_name(const char *s, size_t n, char out[NAME_BYTES]) {
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (c == '"' || c == '\'' || c == '<' || c == '>' || c == '\r') continue;
        if (c == ' ' && (used == 0 || i + 1 == n)) continue;
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        if (used + 1 < NAME_BYTES) out[used++] = c == ' ' || c == '-' ? '_' : c;
    }
    while (used > 0 && out[used - 1] == '_') used--;
    out[used] = '\0';
}

static int split(const char *line, size_t n, char delimiter, struct names *out, struct err *e) {
    for (const char *p = line, *end = line + n;;) {
        const char *stop = find_outside(p, (size_t)(end - p), delimiter);
        if (out->n == CSV_COLUMNS_MAX)
            return err_set(e, ERR_FULL, "more than %d columns", "plus de %d colonnes", CSV_COLUMNS_MAX);
        plain_name(p, (size_t)((stop != NULL ? stop : end) - p), out->name[out->n++]);
        if (stop == NULL) return 0;
        p = stop + 1;
    }
}

static int column_of(const struct names *names, const char *name) {
    for (uint32_t i = 0; i < names->n; i++) {
        if (strcmp(names->name[i], name) == 0) return (int)i;
    }
    return -1;
}

/* The same meaning twice would have to be guessed. */
static int check_unique(const struct names *names, const struct csv_header *h, struct err *e) {
    for (uint32_t i = 0; i < names->n; i++) {
        for (uint32_t k = i + 1; k < names->n; k++) {
            if (h->role[i] != CSV_SKIP && h->role[i] == h->role[k])
                return err_set(e, ERR_SYNTAX, "two columns are %s", "deux colonnes sont %s", role_names[h->role[i]]);
        }
    }
    return 0;
}

/* "14:30" or "14:30:00", and nothing else. */
static bool is_clock(const char *s, size_t n) {
    while (n > 0 && (s[n - 1] == '\r' || s[n - 1] == '\n' || s[n - 1] == '"')) n--;
    while (n > 0 && s[0] == '"') s++, n--;
    return n >= 4 && n <= 12 && (s[1] == ':' || s[2] == ':');
}

static bool column_is_clock(const char *row, size_t n, char delimiter, int column) {
    const char *p = row, *end = row + n;
    for (int i = 0; i < column; i++) {
        const char *stop = find_outside(p, (size_t)(end - p), delimiter);
        if (stop == NULL) return false;
        p = stop + 1;
    }
    const char *stop = find_outside(p, (size_t)(end - p), delimiter);
    return is_clock(p, (size_t)((stop != NULL ? stop : end) - p));
}

static int find_time(const struct names *names, const char *row, size_t row_n, struct csv_header *h, struct err *e) {
    int date = column_of(names, "date"), clock = column_of(names, "time");
    bool exact = column_of(names, "epoch") >= 0 || column_of(names, "ts") >= 0;
    if (date >= 0 && clock >= 0 && !exact && column_is_clock(row, row_n, h->delimiter, clock)) {
        h->role[date] = CSV_DATE;
        h->role[clock] = CSV_CLOCK;
        return 0;
    }
    for (size_t i = 0; i < sizeof time_names / sizeof time_names[0]; i++) {
        int column = column_of(names, time_names[i]);
        if (column < 0) continue;
        h->role[column] = CSV_TIME;
        h->utc = strcmp(time_names[i], "time_utc") == 0;
        return 0;
    }
    return err_set(
        e, ERR_SYNTAX, "the first line names no time column (epoch, ts, time, timestamp, time_utc, date, datetime)",
        "la première ligne ne nomme aucune colonne de temps (epoch, ts, time, timestamp, time_utc, date, datetime)");
}

static void find_prices(const struct names *names, struct csv_header *h) {
    for (uint32_t i = 0; i < names->n; i++) {
        for (int r = CSV_OPEN; r <= CSV_SELL; r++) {
            if (strcmp(names->name[i], role_names[r]) == 0) h->role[i] = (uint8_t)r;
        }
        for (size_t k = 0; k < sizeof aliases / sizeof aliases[0]; k++) {
            if (strcmp(names->name[i], aliases[k].name) == 0 && column_of(names, role_names[aliases[k].role]) < 0)
                h->role[i] = (uint8_t)aliases[k].role;
        }
    }
    int contract = column_of(names, role_names[CSV_CONTRACT]);
    if (contract >= 0) h->role[contract] = CSV_CONTRACT;
    for (size_t k = 0; k < sizeof volume_names / sizeof volume_names[0]; k++) {
        int column = column_of(names, volume_names[k]);
        if (column < 0) continue;
        h->role[column] = CSV_VOLUME;
        h->has_volume = true;
        return;
    }
}

static uint32_t roles(const struct csv_header *h) {
    uint32_t mask = 0;
    for (uint32_t i = 0; i < h->columns; i++) mask |= 1u << h->role[i];
    return mask;
}

static int check_prices(struct csv_header *h, struct err *e) {
    uint32_t mask = roles(h), all = 15;
    uint32_t bids = mask >> CSV_BID_OPEN & all, asks = mask >> CSV_ASK_OPEN & all;
    h->has_spread = (mask >> CSV_SPREAD & 1) != 0;
    h->has_quotes = (mask >> CSV_BID_CLOSE & 1) != 0 && (mask >> CSV_ASK_CLOSE & 1) != 0;
    if ((mask & all) == all)
        h->prices = CSV_FROM_TRADES;
    else if (bids == all && asks == all)
        h->prices = CSV_FROM_MIDS;
    else if (bids == all)
        h->prices = CSV_FROM_BIDS;
    else {
        char missing[64] = "";
        for (int r = CSV_OPEN; r <= CSV_CLOSE; r++) {
            size_t used = strlen(missing);
            if ((mask & 1u << r) == 0)
                snprintf(missing + used, sizeof missing - used, "%s%s", used > 0 ? ", " : "", role_names[r]);
        }
        return err_set(e, ERR_SYNTAX, "the first line does not name %s", "la première ligne ne nomme pas %s", missing);
    }
    return 0;
}

/* Columns that the chosen prices do not need must not make a row bad. */
static void drop_unneeded(struct csv_header *h) {
    for (uint32_t i = 0; i < h->columns; i++) {
        int r = h->role[i];
        bool quote = r >= CSV_BID_OPEN && r <= CSV_ASK_CLOSE, close = r == CSV_BID_CLOSE || r == CSV_ASK_CLOSE;
        if (h->prices == CSV_FROM_TRADES && quote && !(close && h->has_quotes)) h->role[i] = CSV_SKIP;
        if (h->prices == CSV_FROM_BIDS && r >= CSV_ASK_OPEN && r <= CSV_ASK_CLOSE && !(close && h->has_quotes))
            h->role[i] = CSV_SKIP;
        if (h->prices != CSV_FROM_TRADES && r <= CSV_CLOSE) h->role[i] = CSV_SKIP;
        if (r == CSV_CONTRACT && !h->wants_contract) h->role[i] = CSV_SKIP;
        if (h->has_quotes && r == CSV_SPREAD) h->role[i] = CSV_SKIP; /* quotes are exact, points are rounded */
        if (h->role[i] != CSV_SKIP) h->last = i;
    }
}

int csv_header_parse(const char *line, size_t n, const char *first_row, size_t first_n, struct csv_header *out,
                     struct err *e) {
    struct names names = {0};
    if (n >= 2 && (memcmp(line, "\xff\xfe", 2) == 0 || memcmp(line, "\xfe\xff", 2) == 0))
        return err_set(e, ERR_SYNTAX, "the file is UTF-16: save it as UTF-8",
                       "le fichier est en UTF-16\u00a0: enregistrez-le en UTF-8");
    if (n >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) line += 3, n -= 3;
    while (n > 0 && line[n - 1] == '\r') n--;
    *out = (struct csv_header){.wants_contract = out->wants_contract};
    out->delimiter = find_delimiter(line, n);
    if (split(line, n, out->delimiter, &names, e) != 0) return -1;
    out->columns = names.n;
    memset(out->role, CSV_SKIP, sizeof out->role);
    if (find_time(&names, first_row, first_n, out, e) != 0) return -1;
    find_prices(&names, out);
    if (check_unique(&names, out, e) != 0 || check_prices(out, e) != 0) return -1;
    drop_unneeded(out);
    return 0;
}
