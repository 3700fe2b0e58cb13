/*
 * args_refuse: what is said where the words of a command cannot be understood, with the nearest that could: one sentence a
 * language, because names differ too. Owns nothing, decides nothing.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bot/args_priv.h"
#include "commands/parts.h"
#include "engine/base/buf.h"

#define WORD_SHOWN 40 /* bytes of a wrong word that are repeated to its author */
#define NEAR_ENOUGH 2 /* letters */

struct shown {
    char text[WORD_SHOWN + 8];
};

static struct shown show(const char *word) {
    struct shown s;
    struct buf b;
    buf_init(&b, REQUEST_TEXT_MAX);
    buf_text(&b, word, strlen(word), false);
    if (!str_copy(s.text, WORD_SHOWN, b.p)) str_copy(s.text + strlen(s.text), sizeof s.text - strlen(s.text), "…");
    buf_clear(&b);
    return s;
}

static void sentence(struct err *e, enum lang lang, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void sentence(struct err *e, enum lang lang, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    char text[ERR_TEXT_MAX * 2];
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    str_copy(e->text[lang], ERR_TEXT_MAX, text);
}

/* A word that was broken off is nearer than any with a wrong letter. */
static uint32_t distance_to(const char *word, const char *name) {
    size_t n = strlen(word);
    if (!name) return 99;
    return n >= 3 && !strncasecmp(word, name, n) ? 0 : args_distance(word, name);
}

static void suggest_command(const char *word, const char *best[LANG_COUNT]) {
    uint32_t least = NEAR_ENOUGH + 1;
    best[LANG_EN] = best[LANG_FR] = NULL;
    for (uint32_t i = 0; command_table[i]; i++) {
        const struct command *c = command_table[i];
        uint32_t en = distance_to(word, c->name), fr = distance_to(word, c->name_fr);
        uint32_t d = en < fr ? en : fr;
        /* One mistake in a word of one letter is no likeness. */
        if (d >= least || d * 2 > strlen(word)) continue;
        least = d;
        best[LANG_EN] = c->name;
        best[LANG_FR] = c->name_fr ? c->name_fr : c->name;
    }
}

int args_unknown_command(const char *word, struct err *e) {
    const char *near[LANG_COUNT];
    struct shown s = show(word);
    suggest_command(word, near);
    e->code = ERR_NOT_FOUND;
    if (!*word) {
        sentence(e, LANG_EN, "A command begins with a slash, such as /status; /help lists them all.");
        sentence(e, LANG_FR,
                 "Une commande commence par une barre oblique, par exemple /statut\u00a0; /aide les liste toutes.");
    } else if (near[LANG_EN]) {
        sentence(e, LANG_EN, "There is no command /%s. Did you mean /%s? /help lists them all.", s.text, near[LANG_EN]);
        sentence(e, LANG_FR, "La commande /%s n’existe pas. Vouliez-vous dire /%s\u00a0? /aide les liste toutes.",
                 s.text, near[LANG_FR]);
    } else {
        sentence(e, LANG_EN, "There is no command /%s; /help lists them all.", s.text);
        sentence(e, LANG_FR, "La commande /%s n’existe pas\u00a0; /aide les liste toutes.", s.text);
    }
    return -1;
}

static void choices_text(const struct reading *r, const struct arg_spec *s, enum lang l, struct buf *out) {
    if (s->kind == ARG_SYMBOL) {
        const struct engine_config *c = engine_config(r->engine);
        for (uint32_t i = 0; i < c->instrument_count && out->len < 80; i++)
            buf_printf(out, "%s%s", i ? ", " : "", c->instruments[i].symbol);
        return;
    }
    for (uint32_t i = 0; s->choices && s->choices[i]; i++)
        buf_printf(out, "%s%s", i ? ", " : "", parts_choice(s->choices[i], l));
}

/* What may stand there, as the end of "it must be". */
static void must_be(const struct reading *r, const struct arg_spec *s, enum lang l, struct buf *out) {
    switch (s->kind) {
    case ARG_INT:
        buf_printf(out, tr(l, "a whole number from %lld to %lld", "un nombre entier de %lld à %lld"), (long long)s->min,
                   (long long)s->max);
        return;
    case ARG_PERCENT:
        buf_str(out, tr(l, "from 1 to 100, such as 50 or 50%", "compris entre 1 et 100, par exemple 50 ou 50\u00a0%"));
        return;
    case ARG_TARGET:
        buf_printf(out,
                   tr(l, "a trade's number such as #17, a symbol in use such as %s, or all",
                      "le numéro d’une position, par exemple #17, un symbole suivi, par exemple %s, ou tout"),
                   parts_first_symbol(r->engine));
        return;
    case ARG_TRADE:
        buf_str(out, tr(l, "a trade's number, such as #17 (/positions lists them)",
                        "le numéro d’une position, par exemple #17 (/positions les liste)"));
        return;
    case ARG_ORDER:
        buf_str(out, tr(l, "an order's number, a trade's such as #17, a symbol in use, or all",
                        "le numéro d’un ordre, celui d’une position, par exemple #17, un symbole suivi, ou tout"));
        return;
    case ARG_LEVEL:
        buf_str(out, tr(l, "a price (2410.5) or a distance (50 ticks, 1%, -12$)",
                        "un prix (2410,5) ou une distance (50 ticks, 1\u00a0%, -12\u00a0$)"));
        return;
    case ARG_WHEN:
        buf_str(out, tr(l, "a day such as 2025-06-30, or an instant such as 2025-06-30T14:00Z",
                        "un jour, par exemple 2025-06-30, ou un instant, par exemple 2025-06-30T14:00Z"));
        return;
    case ARG_SYMBOL: buf_str(out, tr(l, "a symbol in use: ", "un symbole suivi\u00a0: ")); break;
    case ARG_COMMAND:
    case ARG_WORD:
    case ARG_TEXT: buf_str(out, tr(l, "one of: ", "l’un de ceux-ci\u00a0: ")); break;
    }
    choices_text(r, s, l, out);
}

int args_wrong(const struct reading *r, const struct arg_spec *s, const char *word) {
    if (s->kind == ARG_COMMAND) return args_unknown_command(*word == '/' ? word + 1 : word, r->e);
    struct shown w = show(word);
    r->e->code = s->kind == ARG_INT || s->kind == ARG_PERCENT ? ERR_RANGE : ERR_USAGE;
    for (int l = 0; l < LANG_COUNT; l++) {
        struct buf phrase;
        buf_init(&phrase, 512);
        must_be(r, s, (enum lang)l, &phrase);
        sentence(r->e, (enum lang)l,
                 tr((enum lang)l, "“%s” must be %s; you wrote “%s”.",
                    "«\u00a0%s\u00a0» doit être %s\u00a0; vous avez écrit «\u00a0%s\u00a0»."),
                 s->name[l], phrase.p, w.text);
        buf_clear(&phrase);
    }
    return -1;
}

void args_add_usage(const struct command *c, struct err *e) {
    for (int l = 0; l < LANG_COUNT; l++) {
        char usage[160], text[ERR_TEXT_MAX + 200];
        parts_usage(c, (enum lang)l, usage, sizeof usage);
        snprintf(text, sizeof text, "%s %s %s", e->text[l], tr((enum lang)l, "Usage:", "Emploi\u00a0:"), usage);
        if (strlen(text) < ERR_TEXT_MAX) str_copy(e->text[l], ERR_TEXT_MAX, text);
    }
}

int args_missing(const struct reading *r, const struct arg_spec *s) {
    r->e->code = ERR_USAGE;
    sentence(r->e, LANG_EN, "/%s needs “%s”: %s.", r->command->name, s->name[LANG_EN], s->summary[LANG_EN]);
    sentence(r->e, LANG_FR, "/%s demande «\u00a0%s\u00a0»\u00a0: %s.", parts_name(r->command, LANG_FR),
             s->name[LANG_FR], s->summary[LANG_FR]);
    return -1;
}

int args_too_many(const struct reading *r, const char *word) {
    struct shown w = show(word);
    r->e->code = ERR_USAGE;
    sentence(r->e, LANG_EN, "/%s does not know what to do with “%s”.", r->command->name, w.text);
    sentence(r->e, LANG_FR, "/%s ne sait que faire de «\u00a0%s\u00a0».", parts_name(r->command, LANG_FR), w.text);
    return -1;
}
