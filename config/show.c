/*
 * show: the settings as text for people: what holds and why (`config show`), what can
 * be said (`config keys`), docs/CONFIG.md and the example. All from the option table.
 * Secrets are masked. Owns nothing.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "config/conf_private.h"

/* ---- config show ---- */

/* Limits on the same thing; the smallest that is set wins. */
static const char *const rivals[][4] = {
    {"trading.risk_management.max_daily_loss", "execution.risk.max_daily_loss", "circuit_breakers.max_daily_loss_pct",
     NULL},
    {"execution.risk.max_daily_trades", "circuit_breakers.max_daily_trades", NULL},
    {"trading.risk_management.max_drawdown", "circuit_breakers.max_drawdown_pct", NULL},
};

/* The key that wins in its group; NULL: it has no rival that is set. */
static const char *tightest(const struct conf *c, const char *key) {
    for (size_t g = 0; g < sizeof rivals / sizeof rivals[0]; g++) {
        const char *best = NULL;
        int64_t least = 0, set = 0;
        bool member = false;
        for (int i = 0; rivals[g][i] != NULL; i++) {
            int64_t v = conf_entry(c, rivals[g][i])->number;
            member = member || strcmp(rivals[g][i], key) == 0;
            if (v == 0) continue;
            set++;
            if (best == NULL || v < least) best = rivals[g][i], least = v;
        }
        if (member) return set > 1 && conf_entry(c, key)->number != 0 ? best : NULL;
    }
    return NULL;
}

static void show_source(const struct entry *e, enum lang lang, struct buf *out) {
    switch (e->origin) {
    case ORIGIN_DEFAULT: buf_str(out, tr(lang, "default", "par défaut")); return;
    case ORIGIN_FILE:
    case ORIGIN_ENV_FILE: buf_printf(out, "%s:%d", e->where, e->line); return;
    case ORIGIN_CREDENTIAL: buf_printf(out, tr(lang, "credential %s", "identifiant systemd %s"), e->where); return;
    case ORIGIN_ENV: buf_printf(out, tr(lang, "environment %s", "environnement %s"), e->where); return;
    case ORIGIN_FLAG: buf_printf(out, tr(lang, "option %s", "option %s"), e->where); return;
    case ORIGIN_CHAT: buf_str(out, e->where); return;
    case ORIGIN_COUNT: break;
    }
    assert(!"origin");
}

static void show_database(const char *url, struct buf *out) {
    size_t at = 0, n = option_database_password(url, &at);
    buf_add(out, url, n > 0 ? at : strlen(url));
    if (n > 0) buf_printf(out, "********%s", url + at + n);
}

static const char *who(const char *by, enum lang lang) {
    return strncmp(by, "local:", 6) == 0 ? tr(lang, "the local page", "la page locale") : by;
}

/* "set by X on T; mia.yaml:12 says Y", or where a later edit is tighter: "mia.yaml:12, changed since X set Y on T". */
static void show_layer(const struct conf *c, const struct layer *l, enum lang lang, const struct zone *zone,
                       struct buf *out) {
    const struct entry *below = conf_entry_below(c, l->change.key);
    char when[WHEN_TEXT_MAX];
    when_say(when, lang, l->change.at, zone);
    if (l->holds) {
        buf_printf(out, tr(lang, "set by %s on %s; ", "réglé par %s le %s\u00a0; "), who(l->change.by, lang), when);
        show_source(below, lang, out);
        buf_printf(out, tr(lang, " says %s", " dit %s"), below->text);
    } else {
        show_source(below, lang, out);
        buf_printf(out,
                   tr(lang, "; changed since %s set %s on %s, and wins",
                      "\u00a0; modifié depuis que %s a réglé %s le %s, l’emporte"),
                   who(l->change.by, lang), l->change.text, when);
    }
}

static void show_origin(const struct conf *c, const struct entry *e, enum lang lang, const struct conf_notes *notes,
                        struct buf *out) {
    const struct layer *l = e->key != NULL ? conf_layer(c, e->key) : NULL;
    if (l != NULL)
        show_layer(c, l, lang, notes != NULL ? notes->zone : NULL, out);
    else
        show_source(e, lang, out);
}

static void show_value(const struct entry *e, enum lang lang, struct buf *out) {
    if (e->text[0] == '\0' && e->option->type == OPTION_LISTEN)
        buf_str(out, tr(lang, "(off)", "(désactivé)"));
    else if (e->text[0] == '\0')
        buf_str(out, tr(lang, "(not set)", "(non défini)"));
    else if (e->option->flags & OPTION_SECRET)
        buf_str(out, "********");
    else if (e->option->type == OPTION_DATABASE)
        show_database(e->text, out);
    else
        buf_str(out, e->text);
}

static void show_rivals(const struct conf *c, const struct entry *e, enum lang lang, struct buf *out) {
    const char *best = tightest(c, e->key);
    if (best != NULL && strcmp(best, e->key) == 0)
        buf_str(out, tr(lang, "; tightest, holds", "\u00a0; la plus stricte, s’applique"));
    else if (best != NULL)
        buf_printf(out, tr(lang, "; %s is tighter and holds", "\u00a0; %s, plus stricte, s’applique"), best);
}

static void show_entry(const struct conf *c, const struct entry *e, enum lang lang, const struct conf_notes *notes,
                       struct buf *out) {
    buf_printf(out, "%s = ", e->key);
    show_value(e, lang, out);
    buf_str(out, "  (");
    show_origin(c, e, lang, notes, out);
    if (notes != NULL)
        notes->say(notes->arg, e->key, lang, out);
    else
        show_rivals(c, e, lang, out);
    buf_str(out, ")\n");
}

/* "strategies[].name" -> "strategies": the list, with the bytes of its name. */
static size_t list_bytes(const char *key) {
    const char *bracket = strstr(key, "[]");
    return bracket == NULL ? 0 : (size_t)(bracket - key);
}

static void show_list(const struct conf *c, const char *list, const char *prefix, enum lang lang,
                      const struct conf_notes *notes, struct buf *out) {
    const struct mark *m = conf_mark(c, list);
    size_t n = strlen(list);
    if ((m == NULL || m->count == 0) && strncmp(list, prefix, strlen(prefix)) == 0) {
        struct entry none = {.origin = m != NULL ? m->origin : ORIGIN_DEFAULT,
                             .where = m != NULL ? m->where : NULL,
                             .line = m != NULL ? m->line : 0};
        buf_printf(out, "%s = []  (", list);
        show_source(&none, lang, out);
        buf_str(out, ")\n");
    }
    for (size_t i = 0; i < c->entry_count; i++) {
        const struct entry *e = &c->entries[i];
        bool inside = strncmp(e->key, list, n) == 0 && e->key[n] == '[';
        if (inside && strncmp(e->key, prefix, strlen(prefix)) == 0) show_entry(c, e, lang, notes, out);
    }
}

void conf_show(const struct conf *c, enum lang lang, struct buf *out) {
    conf_show_prefix(c, "", lang, NULL, out);
}

void conf_show_prefix(const struct conf *c, const char *prefix, enum lang lang, const struct conf_notes *notes,
                      struct buf *out) {
    const char *last = "";
    for (const struct option *o = option_table; o->key != NULL; o++) {
        size_t n = list_bytes(o->key);
        if (n == 0) {
            if (strncmp(o->key, prefix, strlen(prefix)) == 0) show_entry(c, conf_entry(c, o->key), lang, notes, out);
            continue;
        }
        bool again = list_bytes(last) == n && strncmp(last, o->key, n) == 0;
        last = o->key;
        if (again) continue;
        char list[CONF_KEY_MAX];
        str_copy_n(list, sizeof list, o->key, n);
        show_list(c, list, prefix, lang, notes, out);
    }
}

/* ---- config keys, docs ---- */

/* Whether and how it changes while the bot runs; "" for a restart. */
static const char *tighter_text(const struct option *o, enum lang lang) {
    switch (o->tighter) {
    case TIGHTER_NEUTRAL: return tr(lang, "yes", "oui");
    case TIGHTER_LOWER: return tr(lang, "yes; lower is tighter", "oui\u00a0; plus bas est plus strict");
    case TIGHTER_HIGHER:
        if (o->type == OPTION_BOOL) return tr(lang, "yes; true is tighter", "oui\u00a0; true est plus strict");
        if (o->type == OPTION_CHOICE)
            return tr(lang, "yes; the last is tightest", "oui\u00a0; le dernier est le plus strict");
        return tr(lang, "yes; higher is tighter", "oui\u00a0; plus haut est plus strict");
    case TIGHTER_UNDECLARED:
    case TIGHTER_RESTART:
    case TIGHTER_COUNT: break;
    }
    return "";
}

/* "1 to 128", "at least 1", "paper, live"; nothing where the type says it all. */
static void limits_text(const struct option *o, enum lang lang, struct buf *out) {
    int64_t min, max;
    if (o->choices[0] != NULL) {
        for (int i = 0; i < OPTION_CHOICES_MAX && o->choices[i] != NULL; i++)
            buf_printf(out, "%s%s", i > 0 ? ", " : "", o->choices[i]);
        return;
    }
    if (o->type == OPTION_ID || (o->min == 0 && o->max == 0 && o->type != OPTION_RATIO)) return;
    option_range(o, &min, &max);
    struct buf a, b;
    buf_init(&a, 64);
    buf_init(&b, 64);
    option_number_text(o, min, &a);
    option_number_text(o, max, &b);
    const char *unit = o->type == OPTION_TEXT || o->type == OPTION_PATH ? tr(lang, " characters", " caractères") : "";
    if (min == max)
        buf_printf(out, "%s%s", a.p, unit);
    else if (max == INT64_MAX)
        buf_printf(out, tr(lang, "at least %s%s", "au moins %s%s"), a.p, unit);
    else
        buf_printf(out, tr(lang, "%s to %s%s", "%s à %s%s"), a.p, b.p, unit);
    buf_clear(&a);
    buf_clear(&b);
}

static const char *default_text(const struct option *o, enum lang lang) {
    if (o->flags & OPTION_REQUIRED) return tr(lang, "required", "obligatoire");
    return o->value != NULL ? o->value : "";
}

void conf_keys(enum lang lang, struct buf *out) {
    for (const struct option *o = option_table; o->key != NULL; o++) {
        struct buf range;
        buf_init(&range, 256);
        limits_text(o, lang, &range);
        buf_printf(out, "%s\n    %s", o->key, option_type_text(o->type, lang));
        if (range.len > 0) buf_printf(out, tr(lang, ": %s", "\u00a0: %s"), range.p);
        const char *value = default_text(o, lang);
        if (o->flags & OPTION_REQUIRED)
            buf_printf(out, tr(lang, "; %s", "\u00a0; %s"), value);
        else if (value[0] != '\0')
            buf_printf(out, tr(lang, "; default %s", "\u00a0; par défaut %s"), value);
        if (o->env != NULL) buf_printf(out, tr(lang, "; environment %s", "\u00a0; environnement %s"), o->env);
        if (o->flags & OPTION_SECRET) buf_str(out, tr(lang, "; secret", "\u00a0; secret"));
        if (option_is_changeable(o))
            buf_printf(out, tr(lang, "; changes while running: %s", "\u00a0; modifiable en marche\u00a0: %s"),
                       tighter_text(o, lang));
        buf_printf(out, "\n    %s\n", o->text[lang]);
        buf_clear(&range);
    }
}

static size_t section_bytes(const char *key) {
    return strcspn(key, ".[");
}

static bool same_section(const char *a, const char *b) {
    size_t n = section_bytes(a);
    return n == section_bytes(b) && strncmp(a, b, n) == 0;
}

static void markdown_row(const struct option *o, struct buf *out) {
    struct buf range;
    buf_init(&range, 256);
    limits_text(o, LANG_EN, &range);
    const char *value = default_text(o, LANG_EN), *tick = o->flags & OPTION_REQUIRED ? "*" : "`";
    buf_printf(out, "| `%s` | %s%s%s%s | ", o->key, option_type_text(o->type, LANG_EN), range.len > 0 ? ": " : "",
               range.len > 0 ? range.p : "", o->flags & OPTION_SECRET ? "; secret" : "");
    if (value[0] != '\0') buf_printf(out, "%s%s%s", tick, value, tick);
    buf_str(out, " | ");
    if (o->env != NULL) buf_printf(out, "`%s`", o->env);
    buf_printf(out, " | %s | %s | %s |\n", tighter_text(o, LANG_EN), o->text[LANG_EN], o->text[LANG_FR]);
    buf_clear(&range);
}

void conf_markdown(struct buf *out) {
    buf_str(
        out,
        "# Settings\n\n"
        "<!-- Generated from config/options.c; do not edit. -->\n\n"
        "One YAML file (`--config F`, default `./mia.yaml`), read at a start. Every key has a default. `a: {b: 1}` "
        "and\n"
        "`a.b: 1` are the same. An unknown key, a wrong type or a value out of range is an error: all of them are "
        "listed with\n"
        "file and line, and nothing is applied. Relative paths start from the folder of the file that names them.\n\n"
        "A value comes from the first of: command-line option, environment variable, systemd credential (secrets), "
        "`.env`\n"
        "beside the file, the file, the default. An empty variable is unset. `mia config show` says where each comes "
        "from.\n"
        "Secrets never stand in the file: set the variable, or write `file:PATH` or `env:NAME`.\n\n"
        "What the column `/config set` says yes to can be changed in the chat while the bot runs; all else with a "
        "restart. Such\n"
        "a change lies over every source above and holds until `/config unset KEY`, also over restarts. Tightening "
        "acts "
        "at\n"
        "once; loosening asks for confirmation and holds from the next trading day on. If the file (or the variable) "
        "is "
        "edited\n"
        "afterwards to a value that is tighter than the change, or to another one where neither way is tighter, that "
        "edit wins\n"
        "while it lasts. `/config show` says who set what and when, what the file says, which limit binds and what "
        "waits.\n\n"
        "Le même fichier vaut dans les deux langues\u00a0; `mia config keys` l’explique en français.\n");
    const char *last = "";
    for (const struct option *o = option_table; o->key != NULL; o++) {
        if (o == option_table || (!same_section(o->key, last) && strpbrk(o->key, ".[") != NULL)) {
            bool top = strpbrk(o->key, ".[") == NULL;
            buf_printf(out, "\n## %.*s\n\n", top ? 7 : (int)section_bytes(o->key), top ? "general" : o->key);
            buf_str(out, "| key | type | default | environment | `/config set` | meaning | sens |\n"
                         "| --- | --- | --- | --- | --- | --- | --- |\n");
        }
        markdown_row(o, out);
        last = o->key;
    }
}

/* ---- the example ---- */

static const char example_head[] =
    "# MIA: example of settings. Copy it to mia.yaml and keep what you need: every key has a default.\n"
    "# Exemple de réglages. Copiez-le en mia.yaml et gardez l’utile\u00a0: chaque clé a une valeur par défaut.\n"
    "# Generated from config/options.c. Secrets go to .env (mode 0600) / Les secrets vont dans .env (mode "
    "0600)\u00a0:\n"
    "# DISCORD_BOT_TOKEN=…  TELEGRAM_BOT_TOKEN=…\n\n"
    "mode: paper\n"
    "broker:\n"
    "  balance: 100000\n"
    "  currency: USD\n"
    "strategies:\n"
    "  - name: MovingAverage\n"
    "    symbols: [XAUUSD]\n"
    "    capital_allocation: 50000\n"
    "    params: {ma_period: 20, stop_loss_pct: 0.02}\n"
    "access:\n"
    "  owners: []      # [\"discord:3000000000000000001\", \"telegram:400\"]\n"
    "  operators: []\n"
    "  mentors: []\n\n"
    "# Everything else, with its default / Tout le reste, avec sa valeur par défaut\u00a0:\n";

static const char example_tail[] =
    "\n# A replay of files / Un rejeu de fichiers\u00a0:\n"
    "# feed:\n"
    "#   kind: replay\n"
    "#   speed: 600\n"
    "#   files:\n"
    "#     - {symbol: XAUUSD, timeframe: M5, path: xauusd_m5.csv.gz, time_zone: UTC}\n"
    "\n# A symbol that is not built in / Un symbole qui n’est pas intégré\u00a0:\n"
    "# instruments:\n"
    "#   - {symbol: NVDA, asset: stock, tick: 0.01, tick_value: 0.01, lot_min: 1, lot_max: 10000}\n";

static void example_row(const struct option *o, struct buf *out) {
    buf_printf(out, "\n# %s\n# %s\n", o->text[LANG_EN], o->text[LANG_FR]);
    const char *value = o->value != NULL ? o->value : "";
    bool quote = value[0] == '\0' || strpbrk(value, ":#") != NULL || strcmp(value, "-1") == 0;
    buf_printf(out, "#%s: %s%s%s\n", o->key, quote ? "\"" : "", value, quote ? "\"" : "");
}

void conf_example(struct buf *out) {
    buf_str(out, example_head);
    for (const struct option *o = option_table; o->key != NULL; o++) {
        bool said = strcmp(o->key, "mode") == 0 || strcmp(o->key, "broker.balance") == 0 ||
                    strcmp(o->key, "broker.currency") == 0;
        if (!said && strchr(o->key, '[') == NULL && !(o->flags & OPTION_SECRET)) example_row(o, out);
    }
    buf_str(out, example_tail);
}
