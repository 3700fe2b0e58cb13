/*
 * settings: plans and makes changes. Owns the list of stored rows and what was last
 * seen of the limits in force. Texts are in settings_text.c.
 */
#include <stdlib.h>
#include <string.h>

#include "bot/settings_priv.h"
#include "engine/base/buf.h"
#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/net/json.h"

#define VALUE_MAX 1024

struct settings *settings_new(const struct settings_options *o) {
    struct settings *s = xcalloc(1, sizeof *s);
    s->o = *o;
    return s;
}

void settings_free(struct settings *s) {
    free(s);
}

/* ---- rows ---- */

const struct unset_row *settings_unset_of(const struct settings *s, const char *key) {
    for (size_t i = 0; i < s->unset_count; i++) {
        if (!strcmp(s->unset[i].key, key)) return &s->unset[i];
    }
    return NULL;
}

static void forget_unset(struct settings *s, const char *key) {
    for (size_t i = 0; i < s->unset_count; i++) {
        if (strcmp(s->unset[i].key, key) != 0) continue;
        s->unset[i] = s->unset[--s->unset_count];
        return;
    }
}

static void put(const struct settings *s, const struct conf_change *ch, bool is_unset) {
    char name[sizeof SETTING_KEY + CONF_KEY_MAX];
    struct buf b, k;
    struct jw w;
    buf_init(&k, sizeof name);
    buf_printf(&k, SETTING_KEY "%s", ch->key);
    str_copy(name, sizeof name, k.p);
    buf_clear(&k);
    buf_init(&b, VALUE_MAX);
    jw_init(&w, &b);
    jw_obj(&w);
    if (is_unset)
        jw_kbool(&w, "unset", true);
    else
        jw_kstr(&w, "value", ch->text);
    jw_kstr(&w, "base", ch->base);
    jw_kstr(&w, "by", ch->by);
    jw_id(&w, "at_ms", (uint64_t)(ch->at.ns / NS_PER_MS));
    jw_end_obj(&w);
    s->o.state_put(s->o.arg, name, b.p);
    buf_clear(&b);
}

static void drop_row(const struct settings *s, const char *key) {
    struct buf k;
    buf_init(&k, sizeof SETTING_KEY + CONF_KEY_MAX);
    buf_printf(&k, SETTING_KEY "%s", key);
    s->o.state_put(s->o.arg, k.p, NULL);
    buf_clear(&k);
}

static bool read_row(const struct json *j, struct conf_change *ch, bool *is_unset) {
    uint64_t at_ms;
    bool unset = false;
    *is_unset = json_bool(j, "unset", &unset) && unset;
    if (!*is_unset && !json_copy(j, "value", ch->text, sizeof ch->text)) return false;
    if (!json_copy(j, "base", ch->base, sizeof ch->base) || !json_copy(j, "by", ch->by, sizeof ch->by) ||
        !json_id(j, "at_ms", &at_ms) || at_ms > INT64_MAX / NS_PER_MS)
        return false;
    ch->at = (when_t){(int64_t)at_ms * NS_PER_MS};
    return true;
}

void settings_load(struct settings *s, const char *key, const char *value) {
    size_t prefix = strlen(SETTING_KEY);
    struct conf_change ch = {.at = WHEN_NONE};
    struct err e = {0};
    bool is_unset = false;
    if (strncmp(key, SETTING_KEY, prefix) != 0 || !str_copy(ch.key, sizeof ch.key, key + prefix)) return;
    struct json *j = json_parse(value, strlen(value), &e);
    bool good = j && read_row(j, &ch, &is_unset);
    json_free(j);
    if (!good) {
        log_warn("settings", "a stored change of %s cannot be read and is left out", ch.key);
    } else if (is_unset) {
        if (s->unset_count == CONF_CHANGES_MAX) return;
        struct unset_row *u = &s->unset[s->unset_count++];
        *u = (struct unset_row){.at = ch.at};
        str_copy(u->key, sizeof u->key, ch.key);
        str_copy(u->by, sizeof u->by, ch.by);
    } else if (conf_change_put(s->o.conf, &ch, &e) < 0) {
        log_warn("settings", "a stored change is left out: %s", e.text[LANG_EN]);
    }
}

/* ---- the trading day ---- */

static void see_limits(struct settings *s) {
    const struct engine *e = desk_engine(s->o.desk);
    s->day = engine_day(e);
    for (size_t i = 0; limit_keys[i].key; i++) s->holds[i] = limit_key_get(&limit_keys[i], engine_config(e));
}

void settings_started(struct settings *s) {
    s->started = true;
    see_limits(s);
}

static void both_texts(const struct settings *s, struct arena *a, const struct option *o, int64_t number,
                       const char *out[LANG_COUNT]) {
    for (int l = 0; l < LANG_COUNT; l++) {
        const char *value = setting_value(a, s, o, number, (enum lang)l);
        const char *money = setting_money(a, s, o->key, number, (enum lang)l);
        out[l] = *money ? arena_printf(a, "%s (%s)", value, money) : value;
    }
}

static void tell_due(struct settings *s, struct arena *a, const struct limit_key *k, int64_t before, int64_t now) {
    const struct option *o = option_find(k->key);
    const struct unset_row *u = settings_unset_of(s, k->key);
    bool holds = false;
    const struct conf_change *ch = conf_change_of(s->o.conf, k->key, &holds);
    struct setting_news n = {.event = SETTING_DUE, .key = k->key, .unset = u != NULL};
    n.by = u ? u->by : ch && holds ? ch->by : "";
    both_texts(s, a, o, before, n.before);
    both_texts(s, a, o, now, n.after);
    s->o.told(s->o.arg, &n);
}

/* What waited for the day holds now: told in the transaction of the event that began it. */
void settings_turn(struct settings *s) {
    const struct engine *e = desk_engine(s->o.desk);
    if (!s->started || engine_day(e) == s->day) return;
    struct arena *a = arena_new(1u << 20);
    for (size_t i = 0; limit_keys[i].key; i++) {
        int64_t now = limit_key_get(&limit_keys[i], engine_config(e));
        if (now != s->holds[i]) tell_due(s, a, &limit_keys[i], s->holds[i], now);
    }
    arena_free(a);
    while (s->unset_count) {
        drop_row(s, s->unset[0].key);
        forget_unset(s, s->unset[0].key);
    }
    see_limits(s);
}

/* ---- planning ---- */

struct intent_of_change { /* what the plan is made from, and what a change then does */
    struct conf_change change;
    const struct option *option;
    const struct limit_key *limit; /* NULL: the engine has it in one tense, or not at all */
    int64_t number, holds, next;
};

/* "2,5 %" is what a French hand writes; a ratio is never in thousands. */
static const char *tidy(struct arena *a, const struct option *o, const char *typed) {
    char *text = arena_strdup(a, typed), *to = text;
    for (const char *p = text; *p;) {
        size_t blank = !strncmp(p, "\xc2\xa0", 2) ? 2 : !strncmp(p, "\xe2\x80\xaf", 3) ? 3 : *p == ' ';
        if (blank && o->type == OPTION_RATIO) {
            p += blank;
            continue;
        }
        *to++ = *p == ',' && o->type == OPTION_RATIO ? '.' : *p;
        p++;
    }
    *to = '\0';
    return text;
}

static int look(const struct settings *s, const struct setting_asked *q, struct intent_of_change *out, struct err *e) {
    char key[CONF_KEY_MAX];
    bool holds = false;
    const struct engine *engine = desk_engine(s->o.desk);
    memset(out, 0, sizeof *out);
    if (conf_change_key(s->o.conf, q->key, key, e) < 0) return -1;
    struct conf_value now = conf_value(s->o.conf, key), below = conf_value_below(s->o.conf, key);
    out->option = now.option;
    out->limit = limit_key_find(key);
    if (!q->value && !conf_change_of(s->o.conf, key, &holds))
        return err_set(e, ERR_REFUSED, "Nobody changed %s here: it is what the other sources say, %s.",
                       "Personne n’a modifié %s ici\u00a0: il vaut ce que disent les autres sources, %s.", key,
                       below.text);
    if (conf_change_make(s->o.conf, key, q->value ? tidy(q->arena, now.option, q->value) : below.text, &out->change,
                         e) < 0)
        return -1;
    if (option_parse(now.option, out->change.text, &out->number, e) < 0) return -1;
    out->holds = out->limit ? limit_key_get(out->limit, engine_config(engine)) : now.number;
    out->next = out->limit ? limit_key_next(out->limit, engine) : now.number;
    return 0;
}

static void describe(const struct settings *s, const struct setting_asked *q, const struct intent_of_change *i,
                     struct setting_plan *out) {
    const struct option *o = i->option;
    out->key = arena_strdup(q->arena, i->change.key);
    out->meaning = o->text[q->lang];
    out->holds = setting_value(q->arena, s, o, i->holds, q->lang);
    out->next = setting_value(q->arena, s, o, i->next, q->lang);
    out->value = setting_value(q->arena, s, o, i->number, q->lang);
    out->below = setting_value(q->arena, s, o, conf_value_below(s->o.conf, i->change.key).number, q->lang);
    out->holds_money = setting_money(q->arena, s, o->key, i->holds, q->lang);
    out->value_money = setting_money(q->arena, s, o->key, i->number, q->lang);
    out->day = setting_next_day(q->arena, s, q->lang);
    if (!i->limit) return;
    const struct limit_key *best =
        limit_key_tightest(desk_engine(s->o.desk), i->limit->group, true, i->limit, i->number);
    if (best && best != i->limit) out->other = best->key;
}

static void judge(const struct settings *s, const struct setting_asked *q, const struct intent_of_change *i,
                  struct setting_plan *out) {
    out->unset = !q->value;
    out->same = i->number == i->next; /* which may still have to wait */
    enum option_way from_now = option_way(i->option, i->holds, i->number);
    enum option_way from_plan = option_way(i->option, i->next, i->number);
    out->waits = from_now == WAY_LOOSER;
    out->asks = from_plan == WAY_LOOSER; /* less than what is already on its way adds nothing */
    out->neutral = i->option->tighter == TIGHTER_NEUTRAL;
    uint64_t seen[5] = {(uint64_t)i->number, (uint64_t)i->holds, (uint64_t)i->next,
                        (uint64_t)engine_day(desk_engine(s->o.desk)), out->unset};
    out->state = hash64(i->change.key, strlen(i->change.key), hash64(seen, sizeof seen, 4));
}

int settings_plan(const struct settings *s, const struct setting_asked *q, struct setting_plan *out, struct err *e) {
    struct intent_of_change i;
    *out = (struct setting_plan){0};
    if (look(s, q, &i, e) < 0) return -1;
    describe(s, q, &i, out);
    judge(s, q, &i, out);
    return 0;
}

/* ---- changing ---- */

/* The engine hears of it first: what it refuses has not happened. */
static int tell_engine(struct settings *s, const struct intent_of_change *i, struct err *e) {
    bool danger = !strcmp(i->change.key, "trading.danger_range");
    if (!i->limit && !danger) return 0;
    struct engine_config *next = xmalloc(sizeof *next);
    engine_config_copy(next, s->o.config);
    if (danger)
        next->danger_range_ppm = i->number;
    else
        limit_key_set(i->limit, next, i->number);
    struct event ev = {.kind = EVENT_CONFIG, .occasion = CONFIG_RUNNING, .u.config = next};
    int rc = desk_event(s->o.desk, &ev, e);
    if (rc == 0) engine_config_copy(s->o.config, next);
    free(next);
    return rc;
}

static void store_change(struct settings *s, struct intent_of_change *i, bool unset, bool waits) {
    forget_unset(s, i->change.key);
    if (!unset) {
        struct err e;
        put(s, &i->change, false);
        if (conf_change_put(s->o.conf, &i->change, &e) < 0) log_error("settings", "%s", e.text[LANG_EN]);
        return;
    }
    conf_change_drop(s->o.conf, i->change.key);
    if (!waits || s->unset_count == CONF_CHANGES_MAX) {
        drop_row(s, i->change.key);
        return;
    }
    put(s, &i->change, true);
    struct unset_row *u = &s->unset[s->unset_count++];
    *u = (struct unset_row){.at = i->change.at};
    str_copy(u->key, sizeof u->key, i->change.key);
    str_copy(u->by, sizeof u->by, i->change.by);
}

static void tell_people(struct settings *s, struct arena *a, const struct intent_of_change *i,
                        const struct setting_plan *p) {
    struct setting_news n = {.event = p->neutral ? SETTING_NEUTRAL
                                      : p->waits ? SETTING_LOOSER
                                                 : SETTING_TIGHTER,
                             .key = i->change.key,
                             .by = i->change.by,
                             .unset = p->unset};
    both_texts(s, a, i->option, i->holds, n.before);
    both_texts(s, a, i->option, i->number, n.after);
    for (int l = 0; l < LANG_COUNT; l++) n.day[l] = setting_next_day(a, s, (enum lang)l);
    n.mentors = p->waits && conf_count(s->o.conf, "access.mentors") > 0;
    s->o.told(s->o.arg, &n);
}

int settings_change(struct settings *s, const struct setting_asked *q, const char *actor, struct setting_plan *out,
                    struct err *e) {
    struct intent_of_change i;
    *out = (struct setting_plan){0};
    settings_turn(s); /* a day that began in this turn is told before */
    if (look(s, q, &i, e) < 0) return -1;
    describe(s, q, &i, out);
    judge(s, q, &i, out);
    if (out->same && !out->unset) return 0;
    if (tell_engine(s, &i, e) < 0) return -1;
    i.change.at = clock_wall();
    str_copy(i.change.by, sizeof i.change.by, actor);
    store_change(s, &i, out->unset, out->waits);
    log_info("settings", "%s %s to %s by %s%s", i.change.key, out->unset ? "back" : "set", i.change.text, actor,
             out->waits ? ", from the next trading day" : "");
    see_limits(s);
    tell_people(s, q->arena, &i, out);
    if (!i.limit) s->o.applied(s->o.arg, i.change.key);
    return 0;
}
