/*
 * args: parsing; what is said of words that cannot be read is in args_refuse.c. Owns nothing; texts go to the caller's
 * arena. It checks form (a number in its range, a symbol in use), never whether the thing asked for makes sense now: that
 * is the command's business.
 */
#include "bot/args_priv.h"

#include <string.h>

#include "commands/parts.h"
#include "engine/base/buf.h"
#include "engine/base/mem.h"

#define WORDS_MAX 64
#define NUMBER_DIGITS_MAX 18
#define TEXT_WHOLE_MAX (REQUEST_TEXT_MAX - 4) /* from here on a text may have lost its end */

struct words {
    char text[REQUEST_TEXT_MAX];
    char *word[WORDS_MAX];
    size_t start[WORDS_MAX]; /* of each word within text, for "the rest of the line" */
    uint32_t n;
    char line[REQUEST_TEXT_MAX];
};

/* ---- words ---- */

/* Length of the blank at s: a space, a tab, a line end, or one of the no-break spaces that phones put before "%". */
static size_t blank_at(const char *s) {
    if (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r') return 1;
    if (!strncmp(s, "\xc2\xa0", 2)) return 2;
    if (!strncmp(s, "\xe2\x80\xaf", 3)) return 3;
    return 0;
}

/* Marks that nobody sees come along when a number is copied out of a chat; what is read is what is seen. */
static void drop_hidden(char *s) {
    size_t n = strlen(s), kept = 0, size;
    for (size_t i = 0; i < n; i += size) {
        uint32_t point;
        size = utf8_next(s + i, n - i, &point);
        if (size && utf8_is_hidden(point) && !blank_at(s + i)) continue;
        if (!size) size = 1;
        memmove(s + kept, s + i, size);
        kept += size;
    }
    s[kept] = '\0';
}

/* "50 %" is one word. */
static bool joins_the_last(const struct words *w, const char *word, size_t n) {
    if (w->n == 0 || n != 1 || *word != '%') return false;
    const char *last = w->word[w->n - 1];
    return strspn(last, "0123456789") == strlen(last);
}

static void split(struct words *w, const char *line) {
    size_t used = 0, i = 0;
    w->n = 0;
    str_copy(w->line, sizeof w->line, line);
    for (size_t n = strlen(w->line); n && blank_at(w->line + n - 1); n--) w->line[n - 1] = '\0';
    while (w->line[i]) {
        size_t blank = blank_at(w->line + i);
        if (blank) {
            i += blank;
            continue;
        }
        size_t n = 0;
        while (w->line[i + n] && !blank_at(w->line + i + n)) n++;
        if (joins_the_last(w, w->line + i, n)) {
            memcpy(w->text + used - 1, "%", 2);
            used++;
        } else {
            if (w->n == WORDS_MAX) return;
            w->start[w->n] = i;
            w->word[w->n++] = memcpy(w->text + used, w->line + i, n);
            used += n;
            w->text[used++] = '\0';
        }
        i += n;
    }
}

static bool same_word(const char *a, const char *b) {
    return !strcasecmp(a, b);
}

uint32_t args_distance(const char *a, const char *b) {
    enum { LETTERS_MAX = 48 };
    size_t n = strlen(a), m = strlen(b);
    uint32_t row[LETTERS_MAX + 1];
    if (n > LETTERS_MAX || m > LETTERS_MAX) return 99;
    for (size_t j = 0; j <= m; j++) row[j] = (uint32_t)j;
    for (size_t i = 1; i <= n; i++) {
        uint32_t corner = row[0];
        row[0] = (uint32_t)i;
        for (size_t j = 1; j <= m; j++) {
            uint32_t change = corner + ((a[i - 1] | 0x20) != (b[j - 1] | 0x20));
            corner = row[j];
            uint32_t least = row[j] < row[j - 1] ? row[j] : row[j - 1];
            row[j] = least + 1 < change ? least + 1 : change;
        }
    }
    return row[m];
}

/* ---- one value ---- */

static bool whole_number(const char *s, int64_t min, int64_t max, int64_t *out) {
    bool negative = *s == '-';
    const char *digits = s + negative;
    size_t n = strspn(digits, "0123456789");
    int64_t v = 0;
    if (n == 0 || n > NUMBER_DIGITS_MAX || digits[n]) return false;
    for (size_t i = 0; i < n; i++) v = v * 10 + (digits[i] - '0');
    if (negative) v = -v;
    if (v < min || v > max) return false;
    *out = v;
    return true;
}

static bool percent(const char *s, int64_t *out) {
    char digits[8];
    size_t n = strlen(s);
    if (n && s[n - 1] == '%') n--;
    /* Discord keeps what was typed: "50 %". */
    while (n && (s[n - 1] == ' ')) n--;
    return n < sizeof digits && str_copy_n(digits, sizeof digits, s, n) && *digits != '-' &&
           whole_number(digits, 1, 100, out);
}

static bool symbol(const struct engine *engine, const char *s, struct arg *out) {
    const struct engine_config *c = engine_config(engine);
    for (uint32_t i = 0; i < c->instrument_count; i++) {
        if (!same_word(s, c->instruments[i].symbol)) continue;
        out->instrument = (int32_t)i;
        out->text = c->instruments[i].symbol;
        return true;
    }
    return false;
}

static bool trade_number(const char *s, int64_t *out) {
    return whole_number(*s == '#' ? s + 1 : s, 1, UINT32_MAX, out);
}

static bool target(const struct engine *engine, const char *s, struct arg *out) {
    static const char *const everything[] = {"all", "tout", "tous", "toutes"};
    for (size_t i = 0; i < sizeof everything / sizeof everything[0]; i++)
        if (same_word(s, everything[i])) return out->all = true;
    if (trade_number(s, &out->number)) return true;
    return symbol(engine, s, out);
}

/* Orders' numbers are longer than any trade's: the one cannot be taken for the other. */
static bool order(const struct engine *engine, const char *s, struct arg *out) {
    int64_t v;
    if (target(engine, s, out)) return true;
    if (!whole_number(s, (int64_t)UINT32_MAX + 1, INT64_MAX, &v)) return false;
    out->order = (uint64_t)v;
    return true;
}

static bool word(const struct reading *r, const struct arg_spec *s, const char *text, struct arg *out) {
    const char *meant = parts_choice_meant(text);
    out->text = arena_strdup(r->arena, text);
    if (!s->choices) return true;
    for (uint32_t i = 0; s->choices[i]; i++) {
        if (!same_word(meant, s->choices[i])) continue;
        out->text = s->choices[i];
        return true;
    }
    return false;
}

static bool read_value(const struct reading *r, const struct arg_spec *s, const char *text, struct arg *out) {
    *out = (struct arg){.given = true, .instrument = -1, .when = WHEN_NONE};
    if (!*text) return false;
    switch (s->kind) {
    case ARG_WORD: return word(r, s, text, out);
    case ARG_TEXT: return out->text = arena_strdup(r->arena, text), true;
    case ARG_INT: return whole_number(text, s->min, s->max, &out->number);
    case ARG_PERCENT: return percent(text, &out->number);
    case ARG_TARGET: return target(r->engine, text, out);
    case ARG_SYMBOL: return symbol(r->engine, text, out);
    case ARG_TRADE: return trade_number(text, &out->number);
    case ARG_ORDER: return order(r->engine, text, out);
    case ARG_LEVEL: return args_level(text, engine_config(r->engine)->currency, &out->level);
    case ARG_WHEN: return when_parse_iso(text, strlen(text), NULL, &out->when);
    case ARG_COMMAND: {
        const struct command *c = command_find(*text == '/' ? text + 1 : text);
        if (c) out->text = c->name;
        return c != NULL;
    }
    }
    return false;
}

static bool take(const struct reading *r, uint32_t i, const char *text) {
    struct arg a;
    if (!read_value(r, &r->command->args[i], text, &a)) return false;
    r->out->args[i] = a;
    str_copy(r->out->value[i], ARG_VALUE_MAX, text);
    return true;
}

/* ---- all of them ---- */

static void clear(struct parsed *out, const struct command *c) {
    *out = (struct parsed){.command = c};
    for (uint32_t i = 0; i < COMMAND_ARGS_MAX; i++) {
        out->args[i].instrument = -1;
        out->args[i].when = WHEN_NONE;
    }
}

static void see_access(struct parsed *out) {
    const struct command *c = out->command;
    out->access = c->access ? c->access(out->args) : (struct command_access){c->role, c->flags};
}

static int check_required(const struct reading *r) {
    for (uint32_t i = 0; i < r->command->arg_count; i++)
        if (r->command->args[i].required && !r->out->args[i].given) return args_missing(r, &r->command->args[i]);
    return 0;
}

/* Of the specs that a word did not fit, the one it was likely meant for: numbers for numbers. */
static const struct arg_spec *likely(const struct command *c, uint32_t from, uint32_t to, const char *text) {
    bool number = strspn(text, "-0123456789") > 0;
    for (uint32_t i = from; i <= to; i++) {
        enum arg_kind k = c->args[i].kind;
        bool any = k == ARG_TARGET || k == ARG_TRADE || k == ARG_ORDER || k == ARG_LEVEL;
        if (number == (k == ARG_INT || k == ARG_PERCENT) || any) return &c->args[i];
    }
    return &c->args[from];
}

/* In the order of the specs; an optional one that the word does not fit is passed over: "/trades XAUUSD". */
static int read_words(const struct reading *r, const struct words *w) {
    uint32_t next = 0;
    for (uint32_t k = 1; k < w->n; k++) {
        uint32_t i = next;
        if (i >= r->command->arg_count) return args_too_many(r, w->word[k]);
        for (;; i++) {
            const struct arg_spec *s = &r->command->args[i];
            bool rest = args_takes_rest(s);
            if (take(r, i, rest ? w->line + w->start[k] : w->word[k])) {
                if (rest) return 0;
                break;
            }
            if (s->required || i + 1 >= r->command->arg_count)
                return args_wrong(r, likely(r->command, next, i, w->word[k]),
                                  rest ? w->line + w->start[k] : w->word[k]);
        }
        next = i + 1;
    }
    return 0;
}

static int read_named(const struct reading *r, const char *name, const char *value) {
    for (uint32_t i = 0; i < r->command->arg_count; i++) {
        const struct arg_spec *s = &r->command->args[i];
        char seen[sizeof(struct request_arg){0}.value];
        if (!same_word(name, s->name[LANG_EN]) && !same_word(name, s->name[LANG_FR])) continue;
        str_copy(seen, sizeof seen, value);
        drop_hidden(seen);
        return take(r, i, seen) ? 0 : args_wrong(r, s, seen);
    }
    return args_too_many(r, name);
}

/* The line of a request, ended even where its sender forgot to. */
static void line_of(const struct request *q, struct words *w) {
    char line[REQUEST_TEXT_MAX];
    str_copy_n(line, sizeof line, q->text, strnlen(q->text, sizeof q->text - 1));
    drop_hidden(line);
    split(w, line);
}

/* The first word without slash and without "@bot". */
static void command_word(const struct request *q, const struct words *w, char *out, size_t size) {
    if (*q->command) {
        str_copy(out, size, q->command);
        return;
    }
    const char *first = w->n ? w->word[0] : "";
    bool slash = *first == '/';
    *out = '\0';
    /* On the page every line is meant for the bot; in a chat only one that says so. */
    if (!slash && q->platform != PLATFORM_LOCAL) return;
    first += slash;
    str_copy_n(out, size, first, strcspn(first, "@"));
}

int args_command(const struct request *q, const struct command **out, struct err *e) {
    struct words w;
    char name[64];
    line_of(q, &w);
    command_word(q, &w, name, sizeof name);
    *out = command_find(name);
    return *out ? 0 : args_unknown_command(name, e);
}

/* A line that may have been cut on its way is refused whole: a cut number could name another trade. */
static int too_long(struct err *e) {
    return err_set(e, ERR_SYNTAX, "This line is too long for a command.",
                   "Cette ligne est trop longue pour une commande.");
}

/* "/sos now!!" must work, so what follows such a command is let pass; "/sos ?" wants to know what it would do. */
static bool asks_for_help(const struct request *q) {
    static const char *const asking[] = {"?", "help", "aide", "-h", "--help"};
    struct words w;
    if (*q->command) return false;
    line_of(q, &w);
    for (size_t i = 0; w.n == 2 && i < sizeof asking / sizeof asking[0]; i++)
        if (same_word(w.word[1], asking[i])) return true;
    return false;
}

int args_parse(const struct request *q, const struct command *c, const struct engine *engine, struct arena *a,
               struct parsed *out, struct err *e) {
    struct words w;
    struct reading r = {.command = c, .engine = engine, .arena = a, .out = out, .e = e};
    int rc = 0;
    clear(out, c);
    see_access(out);
    if (c->flags & COMMAND_ALWAYS && !c->arg_count && !asks_for_help(q)) return 0;
    if (*q->command) {
        uint32_t n = q->arg_count < REQUEST_ARGS_MAX ? q->arg_count : REQUEST_ARGS_MAX;
        for (uint32_t i = 0; i < n && rc == 0; i++) rc = read_named(&r, q->args[i].name, q->args[i].value);
    } else if (strnlen(q->text, sizeof q->text) >= TEXT_WHOLE_MAX) {
        return too_long(e);
    } else {
        line_of(q, &w);
        rc = read_words(&r, &w);
    }
    if (rc == 0) rc = check_required(&r);
    if (rc < 0) args_add_usage(c, e);
    see_access(out);
    return rc;
}

int args_again(const struct command *c, const char value[COMMAND_ARGS_MAX][ARG_VALUE_MAX], const struct engine *engine,
               struct arena *a, struct parsed *out, struct err *e) {
    struct reading r = {.command = c, .engine = engine, .arena = a, .out = out, .e = e};
    clear(out, c);
    for (uint32_t i = 0; i < c->arg_count; i++)
        if (*value[i] && !take(&r, i, value[i])) return args_wrong(&r, &c->args[i], value[i]);
    see_access(out);
    return check_required(&r);
}

void args_text(const struct parsed *p, struct buf *out) {
    for (uint32_t i = 0; i < p->command->arg_count; i++)
        if (*p->value[i])
            buf_printf(out, "%s%s=%s", out->len ? " " : "", p->command->args[i].name[LANG_EN], p->value[i]);
}

void args_raw(const struct request *q, struct buf *command, struct buf *rest) {
    struct words w;
    char name[64];
    line_of(q, &w);
    command_word(q, &w, name, sizeof name);
    buf_text(command, name, strlen(name), false);
    if (!*q->command) {
        const char *from = !*name ? w.line : w.n > 1 ? w.line + w.start[1] : "";
        buf_text(rest, from, strlen(from), false);
        return;
    }
    for (uint32_t i = 0; i < q->arg_count && i < REQUEST_ARGS_MAX; i++) {
        if (rest->len) buf_char(rest, ' ');
        buf_text(rest, q->args[i].name, strlen(q->args[i].name), false);
        buf_char(rest, '=');
        buf_text(rest, q->args[i].value, strlen(q->args[i].value), false);
    }
}
