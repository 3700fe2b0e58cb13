/*
 * alpaca_message: see alpaca_message.h. Owns nothing. Prices come out as the digits that
 * were sent, whatever the reader kept them in between.
 */
#include "engine/feeds/alpaca_message.h"

#include <stdio.h>
#include <string.h>

#define PLAIN_MAX 1e7
#define VOLUME_MAX 1e15
#define TIME_TEXT_MAX 40

/* The reader keeps a number as a double. Below 10^7 its error, times 10^8, is far from a half: the digits that were sent come
 * back exactly, up to the eighth decimal, and more are rounded. */
static bool read_price(const struct json *j, const char *key, price_t *out) {
    double d;
    if (json_f64(j, key, &d) && d > -PLAIN_MAX && d < PLAIN_MAX) return price_from_double(d, out);
    return json_price(j, key, out);
}

static bool read_time(const struct json *j, const char *key, when_t *out) {
    const char *s = json_str(j, key);
    size_t n = s ? strlen(s) : 0;
    return n > 0 && n < TIME_TEXT_MAX && when_parse_iso(s, n, NULL, out);
}

bool alpaca_bar_read(const struct json *j, int32_t seconds, struct bar *out) {
    double volume;
    *out = (struct bar){.seconds = seconds};
    if (!read_time(j, "t", &out->start) || !read_price(j, "o", &out->open) || !read_price(j, "h", &out->high) ||
        !read_price(j, "l", &out->low) || !read_price(j, "c", &out->close) || !json_f64(j, "v", &volume))
        return false;
    if (volume < 0 || volume > VOLUME_MAX) return false;
    out->volume = (int64_t)volume; /* parts of a share are cut */
    return true;
}

void alpaca_bar_to_grid(struct bar *b, price_t tick) {
    price_t *const prices[] = {&b->open, &b->high, &b->low, &b->close};
    for (size_t i = 0; i < sizeof prices / sizeof prices[0]; i++)
        if (prices[i]->v % tick.v != 0) *prices[i] = price_round(*prices[i], tick);
}

static bool read_quote(const struct json *j, struct alpaca_item *out) {
    return read_price(j, "bp", &out->bid) && read_price(j, "ap", &out->ask);
}

bool alpaca_item_read(const struct json *j, struct alpaca_item *out) {
    const char *type = json_str(j, "T");
    *out = (struct alpaca_item){.kind = ALPACA_OTHER};
    if (!type) return false;
    out->symbol = json_str(j, "S");
    if (!strcmp(type, "b") || !strcmp(type, "u")) {
        out->kind = *type == 'b' ? ALPACA_BAR : ALPACA_UPDATED;
        return out->symbol && alpaca_bar_read(j, 60, &out->bar);
    }
    if (!strcmp(type, "q")) {
        out->kind = ALPACA_QUOTE;
        return out->symbol && read_quote(j, out);
    }
    out->text = json_str(j, "msg");
    if (!strcmp(type, "success")) out->kind = ALPACA_SUCCESS;
    if (!strcmp(type, "subscription")) out->kind = ALPACA_SUBSCRIPTION;
    if (strcmp(type, "error") != 0) return true;
    out->kind = ALPACA_ERROR;
    return json_i64(j, "code", &out->code);
}

bool alpaca_http_date(const char *text, when_t *out) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4], zone[4];
    struct civil c = {0};
    int end = 0;
    if (!text || strlen(text) > TIME_TEXT_MAX) return false;
    if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d %3[A-Z]%n", &c.day, month, &c.year, &c.hour,
               &c.minute, &c.second, zone, &end) != 7 ||
        text[end] != '\0' || strcmp(zone, "GMT") != 0 || strlen(month) != 3)
        return false;
    const char *at = strstr(months, month);
    if (!at || (at - months) % 3 != 0 || c.year < 2000 || c.day < 1 || c.day > 31 || c.hour < 0 || c.hour > 23 ||
        c.minute < 0 || c.minute > 59 || c.second < 0 || c.second > 60)
        return false;
    c.month = (int)(at - months) / 3 + 1;
    *out = when_from_civil(&c, NULL);
    return true;
}

static const struct alpaca_code codes[] = {
    {400, ANSWER_RETRY_SLOW, NULL, {"it does not understand our message", "il ne comprend pas notre message"}},
    {401, ANSWER_RETRY, NULL, {"it had not let us in yet", "il ne nous avait pas encore admis"}},
    {402,
     ANSWER_STOP,
     "alpaca.keys",
     {"Alpaca refuses the keys of the market data: put the right ones into ALPACA_API_KEY and ALPACA_SECRET_KEY, see "
      "mia check, and start again.",
      "Alpaca refuse les clés des données de marché\u00a0: mettez les bonnes dans ALPACA_API_KEY et ALPACA_SECRET_KEY, "
      "voyez mia check et redémarrez."}},
    {403, ANSWER_IGNORE, NULL, {"it had let us in already", "il nous avait déjà admis"}},
    {404, ANSWER_RETRY, NULL, {"we did not sign in in time", "nous ne nous sommes pas identifiés à temps"}},
    {405,
     ANSWER_STOP,
     "alpaca.symbols",
     {"Alpaca refuses so many symbols: a free account may follow 30. Name fewer in feed.symbols and the "
      "strategies, "
      "and "
      "start again.",
      "Alpaca refuse autant de symboles\u00a0: un compte gratuit peut en suivre 30. Nommez-en moins dans "
      "feed.symbols "
      "et "
      "les stratégies, puis redémarrez."}},
    {406,
     ANSWER_RETRY_SLOW,
     "alpaca.second",
     {"Another program uses the one data connection of this Alpaca account: end it. It is tried again every minute.",
      "Un autre programme occupe la seule connexion de données de ce compte Alpaca\u00a0: arrêtez-le. Nouvel essai "
      "chaque minute."}},
    {407, ANSWER_RETRY, NULL, {"we read too slowly", "nous lisons trop lentement"}},
    {408,
     ANSWER_STOP,
     "alpaca.access",
     {"This Alpaca account may not use the data stream (v2). Ask Alpaca, and start again.",
      "Ce compte Alpaca n’a pas accès au flux de données (v2). Voyez avec Alpaca, puis redémarrez."}},
    {409,
     ANSWER_STOP,
     "alpaca.access",
     {"The subscription of this Alpaca account does not cover these data: choose alpaca.data_feed: iex, or subscribe, "
      "and start again.",
      "L’abonnement de ce compte Alpaca ne couvre pas ces données\u00a0: choisissez alpaca.data_feed\u00a0: iex, ou "
      "abonnez-vous, puis redémarrez."}},
    {500, ANSWER_RETRY, NULL, {"it has a fault of its own", "il a une panne interne"}},
    {0,
     ANSWER_RETRY_SLOW,
     NULL,
     {"it refuses for a reason that is not known here", "il refuse pour une raison inconnue ici"}},
};

const struct alpaca_code *alpaca_code_find(int64_t code) {
    const struct alpaca_code *c = codes;
    while (c->code != 0 && c->code != code) c++;
    return c;
}
