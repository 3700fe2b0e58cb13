/*
 * The pictures of docs/LEVELS.md: `pictures --list` names them, `pictures NAME` writes the description of one for mia-draw, and
 * on the standard error what is seen in it, bar by bar. Exit 77: the market data are not here. `make pictures` draws them all.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/pictures/pictures.h"

static const struct {
    const char *name, *file, *symbol;
    int32_t seconds;
    picture_fn *make;
} table[] = {
    {"sessions", "xauusd_m5_2025.csv.gz", "XAUUSD", 300, picture_sessions},
    {"opening-range", "qqq_m5.csv.gz", "QQQ", 300, picture_opening},
    {"pivots", "qqq_m5.csv.gz", "QQQ", 300, picture_pivots},
    {"value-area", "qqq_m5.csv.gz", "QQQ", 300, picture_value},
    {"gamma", "qqq_m5.csv.gz", "QQQ", 300, picture_gamma},
    {"swing", "xauusd_m5_2025.csv.gz", "XAUUSD", 300, picture_swing},
    {"break", "lean_es_m1_trade_quote.csv.gz", "ES", 60, picture_break},
    {"sweep", "xauusd_m5_2025.csv.gz", "XAUUSD", 300, picture_sweep},
    {"gap", "xauusd_m5_2025.csv.gz", "XAUUSD", 300, picture_gap},
    {"inverse-gap", "xauusd_m5_2025.csv.gz", "XAUUSD", 300, picture_inverse_gap},
    {"order-block", "qqq_m5.csv.gz", "QQQ", 300, picture_order_block},
    {"breaker", "xauusd_m5_2025.csv.gz", "XAUUSD", 300, picture_breaker},
    {"confluence", "xauusd_m5_2025.csv.gz", "XAUUSD", 300, picture_confluence},
    {"regime", "xauusd_m5_2025.csv.gz", "XAUUSD", 300, picture_regime},
};

int main(int argc, char **argv) {
    size_t i = 0, count = sizeof table / sizeof table[0];
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (; i < count; i++) puts(table[i].name);
        return 0;
    }
    while (argc == 2 && i < count && strcmp(table[i].name, argv[1]) != 0) i++;
    if (argc != 2 || i == count) {
        fputs("usage: pictures --list | NAME\n", stderr);
        return 2;
    }
    struct book *b = book_open(table[i].file, table[i].symbol, table[i].seconds);
    if (b == NULL) return 77;
    struct picture p = {0};
    struct buf out;
    buf_init(&out, PICTURE_TEXT_MAX);
    bool made = table[i].make(b, &p);
    if (made) picture_write(&p, &out);
    if (made) fwrite(out.p, 1, out.len, stdout);
    if (!made) fprintf(stderr, "pictures: %s has no example of %s\n", table[i].file, table[i].name);
    buf_clear(&out);
    picture_clear(&p);
    book_free(b);
    return made && !out.overflow ? 0 : 1;
}
