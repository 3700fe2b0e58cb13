/*
 * settings_text: settings as people read them: values with their money, when the next
 * trading day begins, suggestions, and what `/config show` adds to each line. Changes nothing.
 */
#include <stdio.h>
#include <string.h>

#include "bot/settings_priv.h"
#include "engine/base/buf.h"
#include "engine/base/mem.h"

#define PPM 1000000

/* ---- values ---- */

/* As few decimals as say it exactly. */
static int decimals_of(int64_t ppm, int64_t unit) {
    int decimals = 0;
    while (decimals < 6 && ppm % unit != 0) {
        unit /= 10;
        decimals++;
    }
    return decimals;
}

static const char *number_text(struct arena *a, const struct option *o, int64_t number) {
    struct buf b;
    buf_init(&b, 64);
    option_number_text(o, number, &b);
    const char *text = arena_strndup(a, b.p, b.len);
    buf_clear(&b);
    return text;
}

const char *setting_value(struct arena *a, const struct settings *s, const struct option *o, int64_t number,
                          enum lang lang) {
    char b[MONEY_TEXT_MAX];
    if (number == 0 && o->flags & OPTION_ZERO_IS_NONE) return tr(lang, "0 (none)", "0 (aucune)");
    if (o->type == OPTION_RATIO) {
        percent_say(b, lang, (double)number / PPM, decimals_of(number, PPM / 100));
    } else if (o->type == OPTION_NUMBER) {
        number_say(b, lang, (double)number / PPM, decimals_of(number, PPM));
    } else if (o->type == OPTION_CASH) {
        cash_say(b, lang, (cash_t){number}, s->o.config->currency, false);
    } else if (o->type == OPTION_BOOL) {
        return number ? "true" : "false";
    } else if (o->type == OPTION_CHOICE) {
        return o->choices[number];
    } else if (o->type == OPTION_SPEED && number == 0) {
        return "max";
    } else {
        return number_text(a, o, number);
    }
    return arena_strdup(a, b);
}

const char *setting_money(struct arena *a, const struct settings *s, const char *key, int64_t number, enum lang lang) {
    const struct limit_key *k = limit_key_find(key);
    struct limit_money money;
    char low[MONEY_TEXT_MAX], high[MONEY_TEXT_MAX];
    if (!k || k->money == MONEY_AMOUNT || !limit_key_money(k, desk_engine(s->o.desk), number, &money)) return "";
    cash_say(low, lang, money.low, s->o.config->currency, false);
    cash_say(high, lang, money.high, s->o.config->currency, false);
    if (!strcmp(low, high)) return arena_strdup(a, low);
    return arena_printf(a, tr(lang, "%s to %s", "de %s à %s"), low, high);
}

when_t settings_day_begins(const struct settings *s, int32_t day) {
    struct civil c = {.hour = s->o.day_rollover_min / 60, .minute = s->o.day_rollover_min % 60};
    /* With a roll-over in the evening, day N begins on the evening before the date N. */
    civil_from_days(day - (s->o.day_rollover_min != 0), &c.year, &c.month, &c.day);
    return when_from_civil(&c, s->o.day_zone);
}

const char *setting_next_day(struct arena *a, const struct settings *s, enum lang lang) {
    const struct engine *e = desk_engine(s->o.desk);
    char text[WHEN_TEXT_MAX];
    when_t market = engine_market_time(e);
    if (market.ns == 0 || market.ns == WHEN_NONE.ns) return "";
    return arena_strdup(a, when_say(text, lang, settings_day_begins(s, engine_day(e) + 1), s->o.zone));
}

/* ---- config show ---- */

static const char *who(const char *by, enum lang lang) {
    return !strncmp(by, "local:", 6) ? tr(lang, "the local page", "la page locale") : by;
}

static void say_waiting(const struct settings *s, const struct option *o, int64_t holds, enum lang lang,
                        struct buf *out) {
    const struct unset_row *u = settings_unset_of(s, o->key);
    struct buf n;
    buf_init(&n, 64);
    option_number_text(o, holds, &n);
    buf_printf(out,
               tr(lang, "; waits for the next trading day, %s holds until then",
                  "\u00a0; attend le prochain jour de trading, %s vaut d’ici là"),
               n.p);
    if (u) buf_printf(out, tr(lang, "; taken back by %s", "\u00a0; annulé par %s"), who(u->by, lang));
    buf_clear(&n);
}

static void say_binding(const struct settings *s, const struct limit_key *k, enum lang lang, struct buf *out) {
    const struct engine *e = desk_engine(s->o.desk);
    uint32_t set = 0;
    for (const struct limit_key *o = limit_keys; o->key; o++)
        set += o->group == k->group && limit_key_get(o, engine_config(e)) != 0;
    if (k->group == GROUP_NONE || set < 2 || limit_key_get(k, engine_config(e)) == 0) return;
    const struct limit_key *best = limit_key_tightest(e, k->group, false, NULL, 0);
    if (best == k)
        buf_str(out, tr(lang, "; tightest, holds", "\u00a0; la plus stricte, s’applique"));
    else
        buf_printf(out, tr(lang, "; %s is tighter and holds", "\u00a0; %s, plus stricte, s’applique"), best->key);
}

static void note(void *arg, const char *key, enum lang lang, struct buf *out) {
    const struct settings *s = arg;
    const struct limit_key *k = limit_key_find(key);
    if (!k) return;
    int64_t holds = limit_key_get(k, engine_config(desk_engine(s->o.desk)));
    if (holds != limit_key_next(k, desk_engine(s->o.desk))) say_waiting(s, option_find(key), holds, lang, out);
    say_binding(s, k, lang, out);
}

void settings_text(const struct settings *s, const char *prefix, enum lang lang, struct buf *out) {
    const struct conf_notes notes = {.zone = s->o.zone, .say = note, .arg = (void *)(uintptr_t)s};
    conf_show_prefix(s->o.conf, prefix, lang, &notes, out);
}

/* ---- suggestions ---- */

struct offers {
    struct choice *out;
    uint32_t n;
};

static void offer(struct offers *o, const char *value, const char *label) {
    if (o->n == COMMAND_CHOICES_MAX || strlen(value) >= sizeof o->out->value) return;
    struct choice *c = &o->out[o->n++];
    str_copy(c->value, sizeof c->value, value);
    size_t n = utf8_prefix16(label, strlen(label), sizeof c->label - 1);
    str_copy_n(c->label, sizeof c->label, label, n);
}

/* Whoever types "loss" finds max_daily_loss. */
static bool is_meant(const char *key, const char *typed) {
    return strcasestr(key, typed) != NULL;
}

static void offer_keys(const struct settings *s, enum lang lang, const char *action, const char *typed,
                       struct offers *o) {
    bool set = !strcmp(action, "set"), unset = !strcmp(action, "unset"), holds;
    (void)lang;
    for (const struct option *p = option_table; p->key; p++) {
        if (strchr(p->key, '[') || !is_meant(p->key, typed)) continue;
        if ((set || unset) && !option_is_changeable(p)) continue;
        if (unset && !conf_change_of(s->o.conf, p->key, &holds)) continue;
        char label[sizeof o->out->label];
        if (option_is_changeable(p)) /* of the others some are secret, and some hold a secret */
            snprintf(label, sizeof label, "%s = %.40s", p->key, conf_value(s->o.conf, p->key).text);
        else
            snprintf(label, sizeof label, "%s", p->key);
        offer(o, p->key, label);
    }
}

static void offer_values(const struct option *p, const char *typed, struct offers *o) {
    static const char *const yes_no[] = {"true", "false"};
    for (int i = 0; p->type == OPTION_BOOL && i < 2; i++)
        if (!strncmp(yes_no[i], typed, strlen(typed))) offer(o, yes_no[i], yes_no[i]);
    for (int i = 0; i < OPTION_CHOICES_MAX && p->choices[i]; i++)
        if (!strncmp(p->choices[i], typed, strlen(typed))) offer(o, p->choices[i], p->choices[i]);
}

uint32_t settings_complete(const struct settings *s, enum lang lang, const char *action, const char *key,
                           const char *typed, struct choice out[COMMAND_CHOICES_MAX]) {
    struct offers o = {.out = out};
    char whole[CONF_KEY_MAX];
    struct err e;
    if (!*key)
        offer_keys(s, lang, action, typed, &o);
    else if (conf_change_key(s->o.conf, key, whole, &e) == 0)
        offer_values(option_find(whole), typed, &o);
    return o.n;
}
