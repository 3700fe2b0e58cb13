/*
 * main: options and wiring only. Finds the subcommand, reads its words and options by
 * its own table, prints help from the same table, and runs it.
 */
#include <malloc.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bot/cli.h"
#include "engine/base/log.h"

static const struct cli_option common[] = {
    {"--config", "F", NULL, {"settings file, default ./mia.yaml", "fichier de réglages, ./mia.yaml par défaut"}},
    {"--help", NULL, NULL, {"this text", "ce texte"}},
    {0}};

static enum lang terminal_lang(void) {
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *v = getenv(names[i]);
        if (v && *v) return lang_from_tag(v);
    }
    return LANG_EN;
}

static void print_options(const struct cli_option *o, enum lang lang) {
    for (; o && o->name; o++) {
        char left[40];
        snprintf(left, sizeof left, "%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
        printf("  %-24s %s\n", left, o->text[lang]);
    }
}

static void help_one(const struct cli_command *c, enum lang lang) {
    printf("%s: mia %s%s%s%s\n\n%s\n\n", tr(lang, "Usage", "Usage"), c->name, c->words ? " " : "",
           c->words ? c->words : "", tr(lang, " [options]", " [options]"), c->text[lang]);
    print_options(c->options, lang);
    print_options(common, lang);
    if (c->more[lang]) printf("\n%s\n", c->more[lang]);
}

static void help_all(enum lang lang) {
    printf("%s\n\n%s\n",
           tr(lang, "MIA, a trading desk that lives in your chat.",
              "MIA, une table de trading qui vit dans votre messagerie."),
           tr(lang, "Usage: mia COMMAND [options]; mia COMMAND --help says more.",
              "Usage\u00a0: mia COMMANDE [options] ; mia COMMANDE --help en dit plus."));
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        printf("  %-10s %s\n", (*c)->name, (*c)->text[lang]);
}

static const struct cli_command *find(const char *name) {
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        if (!strcmp((*c)->name, name)) return *c;
    return NULL;
}

static const struct cli_option *find_option(const struct cli_option *o, const char *name, size_t n) {
    for (; o && o->name; o++)
        if (strlen(o->name) == n && !strncmp(o->name, name, n)) return o;
    return NULL;
}

static int usage_error(enum lang lang, const char *en, const char *fr, const char *what) {
    fprintf(stderr, "mia: %s %s\n%s\n", tr(lang, en, fr), what,
            tr(lang, "mia --help lists what there is", "mia --help donne la liste"));
    return CLI_USAGE;
}

/* Reads one option at argv[i]; returns how many words it took, or -1 after saying what is wrong. */
static int read_option(struct cli *c, int argc, char **argv, int i) {
    const char *a = argv[i], *eq = strchr(a, '=');
    size_t n = eq ? (size_t)(eq - a) : strlen(a);
    const struct cli_option *o = find_option(c->command->options, a, n);
    if (!o) o = find_option(common, a, n);
    if (!o) return usage_error(c->lang, "unknown option", "option inconnue", a), -1;
    const char *value = eq ? eq + 1 : o->value && i + 1 < argc ? argv[i + 1] : NULL;
    if (o->value && !value)
        return usage_error(c->lang, "a value is missing after", "il manque une valeur après", a), -1;
    if (!o->value && eq) return usage_error(c->lang, "no value goes with", "aucune valeur ne va avec", a), -1;
    if (!strcmp(o->name, "--config"))
        c->config = value;
    else if (c->given_count < CLI_FLAGS_MAX) {
        c->given[c->given_count] = o;
        c->value[c->given_count++] = value ? value : "true";
    } else
        return usage_error(c->lang, "too many options at", "trop d’options à", a), -1;
    return o->value && !eq ? 2 : 1;
}

static int read_words(struct cli *c, int argc, char **argv) {
    for (int i = 2; i < argc;) {
        if (argv[i][0] == '-' && argv[i][1]) {
            int took = read_option(c, argc, argv, i);
            if (took < 0) return CLI_USAGE;
            i += took;
        } else if (c->command->words && c->words < CLI_WORDS_MAX) {
            c->word[c->words++] = argv[i++];
        } else {
            return usage_error(c->lang, "unexpected word", "mot inattendu", argv[i]);
        }
    }
    return CLI_GOOD;
}

#define LARGE_BYTES (128 << 10)

int main(int argc, char **argv) {
    struct cli c = {.lang = terminal_lang()};
    prctl(PR_SET_DUMPABLE, 0); /* tokens in memory: no core, no ptrace by others */
    /* Large tables stay maps of their own, of which only what is touched costs memory; left alone, the allocator would put
     * them on the heap once a large one has been given back. */
    mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
    if (argc < 2) {
        help_all(c.lang);
        return CLI_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        help_all(c.lang);
        return CLI_GOOD;
    }
    c.command = find(!strcmp(argv[1], "--version") ? "version" : argv[1]);
    if (!c.command) return usage_error(c.lang, "unknown command", "commande inconnue", argv[1]);
    if (read_words(&c, argc, argv) != CLI_GOOD) return CLI_USAGE;
    if (cli_has(&c, "--help")) {
        help_one(c.command, c.lang);
        return CLI_GOOD;
    }
    return c.command->run(&c);
}
