/*
 * option_value: what the text of a setting means, by its type. Decimals are read as
 * integers, never through doubles. Says what is wrong in both languages; a secret is
 * never repeated. Owns nothing.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/options.h"
#include "engine/base/money.h"
#include "engine/base/when.h"

#define DATABASE_URL_BYTES 1500
#define SHOWN_BYTES 40 /* of a wrong value in an error */
#define PPM_DIGITS 6
#define DAY_S 86400

static const char *const type_names[][LANG_COUNT] = {
    [OPTION_BOOL] = {"true or false", "true ou false"},
    [OPTION_INT] = {"whole number", "nombre entier"},
    [OPTION_RATIO] = {"ratio (0.02 or 2%)", "proportion (0.02 ou 2%)"},
    [OPTION_NUMBER] = {"number", "nombre"},
    [OPTION_CASH] = {"amount", "montant"},
    [OPTION_QTY] = {"quantity", "quantité"},
    [OPTION_PRICE] = {"price", "prix"},
    [OPTION_TEXT] = {"text", "texte"},
    [OPTION_CHOICE] = {"choice", "choix"},
    [OPTION_PATH] = {"path", "chemin"},
    [OPTION_TIMEFRAME] = {"time frame (M5, H1, D1, 90s)", "unité de temps (M5, H1, D1, 90s)"},
    [OPTION_WHEN] = {"time (2025-01-31T14:30:00Z)", "instant (2025-01-31T14:30:00Z)"},
    [OPTION_ZONE] = {"time zone (Europe/Paris)", "fuseau horaire (Europe/Paris)"},
    [OPTION_CLOCK] = {"time of day (17:00)", "heure (17:00)"},
    [OPTION_SYMBOL] = {"symbol", "symbole"},
    [OPTION_ID] = {"number of a chat, server or person", "numéro de salon, de serveur ou de personne"},
    [OPTION_PERSON] = {"discord:ID or telegram:ID", "discord:ID ou telegram:ID"},
    [OPTION_MENTION] = {"a person's ID or role:ID", "l’ID d’une personne ou role:ID"},
    [OPTION_URL] = {"https address", "adresse https"},
    [OPTION_DATABASE] = {"database address", "adresse de base de données"},
    [OPTION_LISTEN] = {"address:port of this machine", "adresse:port de cette machine"},
    [OPTION_SPEED] = {"1, N or max", "1, N ou max"},
    [OPTION_PARAM] = {"number or true/false", "nombre ou true/false"},
};
_Static_assert(sizeof type_names / sizeof type_names[0] == OPTION_TYPE_COUNT, "a name for every option type");

const char *option_type_text(enum option_type type, enum lang lang) {
    return type_names[type][lang];
}

/* Decimals that the held integer carries; -1: not a number. */
static int scale_digits(enum option_type type) {
    switch (type) {
    case OPTION_INT:
    case OPTION_TIMEFRAME:
    case OPTION_SPEED: return 0;
    case OPTION_RATIO:
    case OPTION_NUMBER: return PPM_DIGITS;
    case OPTION_CASH: return CASH_DIGITS;
    case OPTION_QTY: return QTY_DIGITS;
    case OPTION_PRICE: return PRICE_DIGITS;
    case OPTION_BOOL:
    case OPTION_TEXT:
    case OPTION_CHOICE:
    case OPTION_PATH:
    case OPTION_WHEN:
    case OPTION_ZONE:
    case OPTION_CLOCK:
    case OPTION_SYMBOL:
    case OPTION_ID:
    case OPTION_PERSON:
    case OPTION_MENTION:
    case OPTION_URL:
    case OPTION_DATABASE:
    case OPTION_LISTEN:
    case OPTION_PARAM:
    case OPTION_TYPE_COUNT: break;
    }
    return -1;
}

void option_range(const struct option *o, int64_t *min, int64_t *max) {
    *min = o->min;
    *max = o->max;
    if (o->min != 0 || o->max != 0) return;
    *max = INT64_MAX;
    if (o->type == OPTION_RATIO) *max = 1000000;
    if (o->type == OPTION_TIMEFRAME) *max = 7 * DAY_S;
    if (o->type == OPTION_TIMEFRAME || o->type == OPTION_SPEED) *min = 1;
    if (o->type == OPTION_TEXT || o->type == OPTION_PATH) *max = 900;
}

void option_number_text(const struct option *o, int64_t number, struct buf *out) {
    int digits = scale_digits(o->type);
    if (digits <= 0) {
        buf_printf(out, "%" PRId64 "%s", number, o->type == OPTION_TIMEFRAME ? "s" : "");
        return;
    }
    uint64_t v = number < 0 ? 0 - (uint64_t)number : (uint64_t)number, scale = 1;
    for (int i = 0; i < digits; i++) scale *= 10;
    char part[24];
    int n = snprintf(part, sizeof part, "%0*" PRIu64, digits, v % scale);
    while (n > 0 && part[n - 1] == '0') n--;
    buf_printf(out, "%s%" PRIu64 "%s%.*s", number < 0 ? "-" : "", v / scale, n > 0 ? "." : "", n, part);
}

/* "wants a whole number, not "abc"". What is wanted is worded by language, so the texts are made one by one. */
static int wants(const struct option *o, const char *text, struct err *e, const char *en, const char *fr) {
    size_t n = strlen(text), shown = utf8_prefix16(text, n, SHOWN_BYTES);
    const char *dots = shown < n ? "…" : "";
    char line[LANG_COUNT][ERR_TEXT_MAX];
    if (o->flags & OPTION_SECRET) {
        snprintf(line[LANG_EN], ERR_TEXT_MAX, "wants %s", en);
        snprintf(line[LANG_FR], ERR_TEXT_MAX, "attend %s", fr);
    } else {
        snprintf(line[LANG_EN], ERR_TEXT_MAX, "wants %s, not \"%.*s%s\"", en, (int)shown, text, dots);
        snprintf(line[LANG_FR], ERR_TEXT_MAX, "attend %s, et non «\u00a0%.*s%s\u00a0»", fr, (int)shown, text, dots);
    }
    err_set(e, ERR_SYNTAX, "%s", "%s", line[LANG_EN]);
    for (int lang = 0; e != NULL && lang < LANG_COUNT; lang++) str_copy(e->text[lang], ERR_TEXT_MAX, line[lang]);
    return -1;
}

static int check_range(const struct option *o, int64_t number, struct err *e) {
    int64_t min, max;
    option_range(o, &min, &max);
    if (number >= min && number <= max) return 0;
    struct buf a, b, v;
    buf_init(&a, 64), buf_init(&b, 64), buf_init(&v, 64);
    option_number_text(o, min, &a), option_number_text(o, max, &b), option_number_text(o, number, &v);
    if (max == INT64_MAX)
        err_set(e, ERR_RANGE, "must be at least %s, not %s", "doit valoir au moins %s, et non %s", a.p, v.p);
    else
        err_set(e, ERR_RANGE, "must lie between %s and %s, not %s", "doit être compris entre %s et %s, et non %s", a.p,
                b.p, v.p);
    buf_clear(&a), buf_clear(&b), buf_clear(&v);
    return -1;
}

static int parse_decimal(const struct option *o, const char *text, int64_t *number, struct err *e) {
    static const char *const names[][2] = {
        [OPTION_INT] = {"a whole number", "un nombre entier"},
        [OPTION_RATIO] = {"a ratio such as 0.02 or 2%", "une proportion comme 0.02 ou 2%"},
        [OPTION_NUMBER] = {"a number with at most 6 decimals", "un nombre d’au plus 6 décimales"},
        [OPTION_CASH] = {"an amount with at most 6 decimals", "un montant d’au plus 6 décimales"},
        [OPTION_QTY] = {"a quantity with at most 8 decimals", "une quantité d’au plus 8 décimales"},
        [OPTION_PRICE] = {"a price with at most 8 decimals", "un prix d’au plus 8 décimales"},
        [OPTION_SPEED] = {"1, a whole number or max", "1, un nombre entier ou max"},
    };
    size_t n = strlen(text);
    int digits = scale_digits(o->type);
    if (o->type == OPTION_RATIO && n > 1 && text[n - 1] == '%') {
        n -= text[n - 2] == ' ' ? 2 : 1;
        digits -= 2;
    }
    if (!decimal_parse(text, n, digits, number)) return wants(o, text, e, names[o->type][0], names[o->type][1]);
    return check_range(o, *number, e);
}

static int parse_bool(const struct option *o, const char *text, int64_t *number, struct err *e) {
    static const char *const yes[] = {"true", "True", "TRUE", "yes", "on", "1"};
    static const char *const no[] = {"false", "False", "FALSE", "no", "off", "0"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (strcmp(text, yes[i]) != 0 && strcmp(text, no[i]) != 0) continue;
        *number = strcmp(text, yes[i]) == 0;
        return 0;
    }
    return wants(o, text, e, "true or false", "true ou false");
}

static int parse_choice(const struct option *o, const char *text, int64_t *number, struct err *e) {
    char list[160] = "";
    size_t used = 0;
    for (int i = 0; i < OPTION_CHOICES_MAX && o->choices[i] != NULL; i++) {
        if (strcmp(text, o->choices[i]) == 0) {
            *number = i;
            return 0;
        }
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", o->choices[i]);
        assert(used < sizeof list);
    }
    char en[200], fr[200];
    snprintf(en, sizeof en, "one of %s", list);
    snprintf(fr, sizeof fr, "l’un de %s", list);
    return wants(o, text, e, en, fr);
}

/* Telegram bot tokens, passwords: what a header line or a URL can carry. */
static bool is_token(const char *s) {
    for (; *s != '\0'; s++) {
        if (*s <= ' ' || *s > '~') return false;
    }
    return true;
}

static int parse_text(const struct option *o, const char *text, struct err *e) {
    int64_t min, max, n = (int64_t)strlen(text);
    option_range(o, &min, &max);
    if (o->flags & OPTION_SECRET && !is_token(text))
        return wants(o, text, e, "a secret without blanks or accents", "un secret sans blanc ni accent");
    for (const char *p = text; *p != '\0'; p++) {
        if ((unsigned char)*p < ' ' || *p == 0x7f) return wants(o, "", e, "text in one line", "un texte d’une ligne");
    }
    if (n >= min && n <= max) return 0;
    if (min == max)
        return err_set(e, ERR_RANGE, "must have %d characters, not %d", "doit avoir %d caractères, et non %d", (int)min,
                       (int)n);
    return err_set(e, ERR_RANGE, "must have between %d and %d characters, not %d",
                   "doit avoir entre %d et %d caractères, et non %d", (int)min, (int)max, (int)n);
}

static int parse_timeframe(const struct option *o, const char *text, int64_t *number, struct err *e) {
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = {{'M', 60}, {'H', 3600}, {'D', DAY_S}, {'W', 7 * DAY_S},
                 {'s', 1},  {'m', 60},   {'h', 3600},  {'d', DAY_S}};
    size_t n = strlen(text);
    int64_t count = 0;
    for (size_t i = 0; n >= 2 && i < sizeof units / sizeof units[0]; i++) {
        bool leads = text[0] == units[i].letter && i < 4, trails = text[n - 1] == units[i].letter && i >= 4;
        if (!leads && !trails) continue;
        if (!decimal_parse(text + (leads ? 1 : 0), n - 1, 0, &count) || count < 1 || count > 7 * DAY_S) break;
        *number = count * units[i].seconds;
        return check_range(o, *number, e);
    }
    return wants(o, text, e, "a time frame such as M5, H1, D1 or 90s", "une unité de temps comme M5, H1, D1 ou 90s");
}

static bool only(const char *text, const char *others) {
    for (; *text != '\0'; text++) {
        bool plain = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') || (*text >= '0' && *text <= '9');
        if (!plain && strchr(others, *text) == NULL) return false;
    }
    return true;
}

static int parse_zone(const struct option *o, const char *text, struct err *e) {
    bool good = text[0] != '\0' && text[0] != '/' && strlen(text) < ZONE_NAME_MAX && strstr(text, "..") == NULL;
    if (good && only(text, "/_+-")) return 0;
    return wants(o, text, e, "a time zone such as Europe/Paris", "un fuseau horaire comme Europe/Paris");
}

static int parse_clock(const struct option *o, const char *text, int64_t *number, struct err *e) {
    int64_t hour, minute;
    bool shape = strlen(text) == 5 && text[2] == ':' && text[0] != '-' && text[3] != '-';
    if (!shape || !decimal_parse(text, 2, 0, &hour) || !decimal_parse(text + 3, 2, 0, &minute) || hour > 23 ||
        minute > 59)
        return wants(o, text, e, "a time of day such as \"17:00\"", "une heure comme \"17:00\"");
    *number = hour * 60 + minute;
    return 0;
}

static int parse_symbol(const struct option *o, const char *text, struct err *e) {
    size_t n = strlen(text);
    if (n >= 1 && n <= OPTION_SYMBOL_BYTES && only(text, "._-/#")) return 0;
    return wants(o, text, e, "a symbol of 1 to 15 letters, digits or . _ - / #",
                 "un symbole de 1 à 15 lettres, chiffres ou . _ - / #");
}

/* Decimal digits of a 64-bit number above zero, without leading zeros. */
static bool is_id(const char *s) {
    uint64_t v = 0;
    if (*s < '1' || *s > '9') return false;
    for (; *s >= '0' && *s <= '9'; s++) {
        if (__builtin_mul_overflow(v, 10u, &v) || __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v)) return false;
    }
    return *s == '\0';
}

static int parse_id(const struct option *o, const char *text, int64_t *number, struct err *e) {
    bool minus = o->min < 0 && text[0] == '-';
    bool good = is_id(text + minus);
    if (good && o->min < 0) good = decimal_parse(text, strlen(text), 0, number);
    if (good && o->min >= 0) { /* held as its bits: ids of Discord may use all 64 */
        uint64_t v = 0;
        for (const char *s = text; *s != '\0'; s++) v = v * 10 + (uint64_t)(*s - '0');
        memcpy(number, &v, sizeof v);
    }
    return good ? 0 : wants(o, text, e, "an id, digits only", "un identifiant, en chiffres");
}

static int parse_person(const struct option *o, const char *text, struct err *e) {
    static const char *const platforms[] = {"discord:", "telegram:"};
    for (size_t i = 0; i < sizeof platforms / sizeof platforms[0]; i++) {
        size_t n = strlen(platforms[i]);
        if (strncmp(text, platforms[i], n) == 0 && is_id(text + n)) return 0;
    }
    return wants(o, text, e, "discord:ID or telegram:ID", "discord:ID ou telegram:ID");
}

static int parse_mention(const struct option *o, const char *text, struct err *e) {
    static const char *const kinds[] = {"", "role:", "discord:"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t n = strlen(kinds[i]);
        if (strncmp(text, kinds[i], n) == 0 && is_id(text + n)) return 0;
    }
    return wants(o, text, e, "a person's ID or role:ID", "l’ID d’une personne ou role:ID");
}

static bool is_loopback(const char *host, size_t n) {
    static const char *const names[] = {"localhost", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (n == strlen(names[i]) && memcmp(host, names[i], n) == 0) return true;
    }
    int64_t part[4];
    for (int i = 0; i < 4; i++) {
        size_t digits = 0;
        while (digits < n && host[digits] >= '0' && host[digits] <= '9') digits++;
        if (digits > 3 || !decimal_parse(host, digits, 0, &part[i]) || part[i] > 255) return false;
        bool dot = i < 3;
        if (dot && (digits == n || host[digits] != '.')) return false;
        host += digits + dot, n -= digits + dot;
    }
    return n == 0 && part[0] == 127;
}

static bool is_port(const char *s, size_t n, int64_t min) {
    int64_t port;
    return n >= 1 && n <= 5 && s[0] != '-' && decimal_parse(s, n, 0, &port) && port >= min && port <= 65535;
}

/* The host of "host[:port]"; 0: it cannot be one. */
static size_t host_bytes(const char *s, size_t n, int64_t port_min) {
    const char *end = s[0] == '[' ? memchr(s, ']', n) : memchr(s, ':', n);
    size_t host = end == NULL ? n : (size_t)(end - s) + (s[0] == '[');
    if (host == 0 || (s[0] == '[' && end == NULL)) return 0;
    if (host == n) return host;
    return s[host] == ':' && is_port(s + host + 1, n - host - 1, port_min) ? host : 0;
}

static int parse_url(const struct option *o, const char *text, struct err *e) {
    bool tls = strncmp(text, "https://", 8) == 0, plain = strncmp(text, "http://", 7) == 0;
    const char *rest = text + (tls ? 8 : 7);
    size_t n = tls || plain ? strcspn(rest, "/") : 0;
    size_t host = n > 0 ? host_bytes(rest, n, 1) : 0;
    if (host == 0 || strlen(text) > 400 || !only(text, ":/._-[]~%"))
        return wants(o, text, e, "an address such as https://example.com/path",
                     "une adresse comme https://example.com/path");
    if (tls || is_loopback(rest, host)) return 0;
    return wants(o, text, e, "https; plain http is for this machine only (127.0.0.1, localhost)",
                 "https\u00a0; http sans chiffrement ne vaut que sur cette machine (127.0.0.1, localhost)");
}

size_t option_database_password(const char *url, size_t *at) {
    const char *who = strstr(url, "://");
    if (who == NULL) return 0;
    who += 3;
    size_t authority = strcspn(who, "/?"), n = 0;
    for (size_t i = 0; i < authority; i++) {
        if (who[i] == '@') n = i; /* the last one: a password may hold others */
    }
    size_t name = strcspn(who, ":");
    if (n > name + 1) {
        *at = (size_t)(who - url) + name + 1;
        return n - name - 1;
    }
    const char *named = strstr(url, "password=");
    if (named == NULL || (named > url && strchr("?&", named[-1]) == NULL)) return 0;
    *at = (size_t)(named - url) + strlen("password=");
    return strcspn(url + *at, "&");
}

/* The text is not repeated: a password may be in it. libpq reads the rest. */
static int parse_database(const char *text, struct err *e) {
    bool known = strncmp(text, "postgresql://", 13) == 0 || strncmp(text, "postgres://", 11) == 0;
    if (known && is_token(text) && strlen(text) <= DATABASE_URL_BYTES) return 0;
    return err_set(e, ERR_SYNTAX, "wants postgresql://user@host:port/name",
                   "attend postgresql://utilisateur@hôte:port/nom");
}

static int parse_listen(const struct option *o, const char *text, struct err *e) {
    size_t n = strlen(text), host = n > 0 ? host_bytes(text, n, 0) : 0;
    if (n == 0) return 0;
    if (host == 0 || host == n)
        return wants(o, text, e, "address:port such as 127.0.0.1:8787, or \"\" for off",
                     "adresse:port comme 127.0.0.1:8787, ou \"\" pour désactiver");
    if (is_loopback(text, host)) return 0;
    return wants(o, text, e, "an address of this machine only, such as 127.0.0.1:8787 (put a TLS proxy before it)",
                 "une adresse de cette machine seulement, comme 127.0.0.1:8787 (placez un proxy TLS devant)");
}

static int parse_param(const struct option *o, const char *text, struct err *e) {
    int64_t v;
    struct err ignored;
    if (parse_bool(o, text, &v, &ignored) == 0 || decimal_parse(text, strlen(text), 12, &v)) return 0;
    return wants(o, text, e, "a number (at most 12 decimals) or true/false",
                 "un nombre (au plus 12 décimales) ou true/false");
}

static int parse_when(const struct option *o, const char *text, int64_t *number, struct err *e) {
    when_t w;
    if (!when_parse_iso(text, strlen(text), NULL, &w))
        return wants(o, text, e, "a time such as 2025-01-31T14:30:00Z", "un instant comme 2025-01-31T14:30:00Z");
    *number = w.ns;
    return 0;
}

int option_parse(const struct option *o, const char *text, int64_t *number, struct err *e) {
    switch (o->type) {
    case OPTION_BOOL: return parse_bool(o, text, number, e);
    case OPTION_SPEED:
        if (strcmp(text, "max") != 0) return parse_decimal(o, text, number, e);
        *number = 0;
        return 0;
    case OPTION_INT:
    case OPTION_RATIO:
    case OPTION_NUMBER:
    case OPTION_CASH:
    case OPTION_QTY:
    case OPTION_PRICE: return parse_decimal(o, text, number, e);
    case OPTION_TEXT:
    case OPTION_PATH: return parse_text(o, text, e);
    case OPTION_CHOICE: return parse_choice(o, text, number, e);
    case OPTION_TIMEFRAME: return parse_timeframe(o, text, number, e);
    case OPTION_WHEN: return parse_when(o, text, number, e);
    case OPTION_ZONE: return parse_zone(o, text, e);
    case OPTION_CLOCK: return parse_clock(o, text, number, e);
    case OPTION_SYMBOL: return parse_symbol(o, text, e);
    case OPTION_ID: return parse_id(o, text, number, e);
    case OPTION_PERSON: return parse_person(o, text, e);
    case OPTION_MENTION: return parse_mention(o, text, e);
    case OPTION_URL: return parse_url(o, text, e);
    case OPTION_DATABASE: return parse_database(text, e);
    case OPTION_LISTEN: return parse_listen(o, text, e);
    case OPTION_PARAM: return parse_param(o, text, e);
    case OPTION_TYPE_COUNT: break;
    }
    assert(!"option type");
    return -1;
}
