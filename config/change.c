/*
 * change: what people change while the bot runs, laid over the other sources. Owns the
 * layers; says what may be changed and which value wins. Stores nothing: that is the
 * business of who calls it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/conf_private.h"
#include "engine/base/mem.h"

/* ---- which setting is meant ---- */

/* "max_positions" of "trading.risk_management.max_positions". */
static bool ends_so(const char *key, const char *typed) {
    size_t n = strlen(key), m = strlen(typed);
    return m > 0 && n > m && key[n - m - 1] == '.' && strcmp(key + n - m, typed) == 0;
}

static bool is_scalar(const struct option *o) {
    return strchr(o->key, '[') == NULL;
}

static int ambiguous(const char *typed, struct err *e) {
    char list[160] = "";
    size_t used = 0;
    for (const struct option *o = option_table; o->key != NULL && used < sizeof list; o++) {
        if (!is_scalar(o) || !ends_so(o->key, typed)) continue;
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used > 0 ? ", " : "", o->key);
    }
    return err_set(e, ERR_USAGE, "Which one: %s?", "Lequel\u00a0: %s\u00a0?", list);
}

static int unknown(const char *typed, struct err *e) {
    char near[CONF_KEY_MAX];
    size_t shown = utf8_prefix16(typed, strlen(typed), 60);
    if (option_is_later(typed))
        return err_set(e, ERR_NOT_FOUND, "%.*s is not built yet in this version.",
                       "%.*s n’est pas encore construit dans cette version.", (int)shown, typed);
    option_suggest(typed, near, sizeof near);
    if (near[0] != '\0')
        return err_set(e, ERR_NOT_FOUND, "There is no setting %.*s. Did you mean %s?",
                       "Le réglage %.*s n’existe pas. Vouliez-vous dire %s\u00a0?", (int)shown, typed, near);
    return err_set(e, ERR_NOT_FOUND, "There is no setting %.*s.", "Le réglage %.*s n’existe pas.", (int)shown, typed);
}

/* Where the value stands that would have to be edited; ORIGIN_DEFAULT: nowhere yet. */
struct place {
    enum origin origin;
    const char *where;
    int line;
};

static struct place place_of(const struct conf *c, const char *key) {
    const struct entry *e = conf_entry_below(c, key);
    const struct mark *m = conf_mark(c, key);
    if (e != NULL) return (struct place){e->origin, e->where, e->line};
    if (m != NULL) return (struct place){m->origin, m->where, m->line};
    return (struct place){.origin = ORIGIN_DEFAULT};
}

static const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static int restart_only(const struct conf *c, const char *key, struct err *e) {
    struct place at = place_of(c, key);
    switch (at.origin) {
    case ORIGIN_FILE:
    case ORIGIN_ENV_FILE:
        return err_set(e, ERR_REFUSED, "%s only changes with a restart: edit it in %s, line %d, then start again.",
                       "%s ne change qu’au redémarrage\u00a0: modifiez-le dans %s, ligne %d, puis redémarrez.", key,
                       file_name(at.where), at.line);
    case ORIGIN_ENV:
    case ORIGIN_FLAG:
        return err_set(e, ERR_REFUSED,
                       "%s only changes with a restart: it comes from %s; change it there, then start again.",
                       "%s ne change qu’au redémarrage\u00a0: il vient de %s\u00a0; modifiez-le là, puis redémarrez.",
                       key, at.where);
    case ORIGIN_DEFAULT:
    case ORIGIN_CREDENTIAL:
    case ORIGIN_CHAT:
    case ORIGIN_COUNT: break;
    }
    return err_set(e, ERR_REFUSED, "%s only changes with a restart: write it in %s, then start again.",
                   "%s ne change qu’au redémarrage\u00a0: écrivez-le dans %s, puis redémarrez.", key,
                   c->file[0] != '\0' ? file_name(c->file) : "mia.yaml");
}

static int may_change(const struct conf *c, const struct option *o, const char *key, struct err *e) {
    if (o->flags & OPTION_SECRET)
        return err_set(
            e, ERR_REFUSED,
            "%s is a secret: never set nor shown in a chat. If it was a real one, delete your message and renew it.",
            "%s est un secret\u00a0: jamais réglé ni montré dans une messagerie. S’il était vrai, effacez votre "
            "message et renouvelez-le.",
            key);
    if (!option_is_changeable(o) || !is_scalar(o)) return restart_only(c, key, e);
    return 0;
}

int conf_change_key(const struct conf *c, const char *typed, char out[CONF_KEY_MAX], struct err *e) {
    char pattern[CONF_KEY_MAX];
    const struct option *found = NULL;
    int n = 0;
    if (strlen(typed) >= CONF_KEY_MAX || !conf_pattern(typed, pattern)) return unknown(typed, e);
    const struct option *o = option_find(pattern);
    if (o == NULL && (option_is_list(pattern) || option_is_map(pattern)) && pattern[0] != '\0') {
        if (option_is_list(pattern)) return restart_only(c, typed, e);
        return err_set(e, ERR_USAGE, "%s is a group of settings: say which one.",
                       "%s est un groupe de réglages\u00a0: dites lequel.", typed);
    }
    if (o != NULL) {
        str_copy(out, CONF_KEY_MAX, typed);
        return may_change(c, o, typed, e);
    }
    for (o = option_table; o->key != NULL; o++) {
        if (!is_scalar(o) || !ends_so(o->key, pattern)) continue;
        found = o;
        n++;
    }
    if (n > 1) return ambiguous(typed, e);
    if (n == 0) return unknown(typed, e);
    str_copy(out, CONF_KEY_MAX, found->key);
    return may_change(c, found, found->key, e);
}

static bool is_word_end(char c) {
    return strchr(" =.:,;", c) != NULL; /* '\0' too */
}

void conf_hide_secrets(char *text) {
    for (const struct option *o = option_table; o->key != NULL; o++) {
        const char *dot = strrchr(o->key, '.'), *name = dot != NULL ? dot + 1 : o->key;
        size_t n = strlen(name);
        if (!(o->flags & OPTION_SECRET) && o->type != OPTION_DATABASE) continue;
        for (char *at = text; (at = strcasestr(at, name)) != NULL; at += n) {
            bool whole = (at == text || is_word_end(at[-1])) && is_word_end(at[n]);
            if (!whole || at[n] == '\0') continue;
            at[n] = '\0';
            return;
        }
    }
}

/* ---- a change ---- */

static const struct option *changeable(const char *key) {
    const struct option *o = option_find(key);
    return o != NULL && is_scalar(o) && option_is_changeable(o) && !(o->flags & OPTION_SECRET) ? o : NULL;
}

int conf_change_make(const struct conf *c, const char *key, const char *text, struct conf_change *ch, struct err *e) {
    const struct option *o = changeable(key);
    int64_t number = 0;
    if (o == NULL) return err_set(e, ERR_NOT_FOUND, "%s cannot be changed", "%s ne peut pas être modifié", key);
    if (strlen(text) >= CONF_CHANGE_TEXT_MAX)
        return err_set(e, ERR_RANGE, "%s: that value is too long", "%s\u00a0: cette valeur est trop longue", key);
    if (option_parse(o, text, &number, e) != 0) return err_prefix(e, "%s", "%s", key);
    *ch = (struct conf_change){.at = WHEN_NONE};
    str_copy(ch->key, sizeof ch->key, key);
    str_copy(ch->text, sizeof ch->text, text);
    str_copy(ch->base, sizeof ch->base, conf_entry_below(c, key)->text);
    return 0;
}

/* Does the change still win over what lies below it? */
static bool still_holds(const struct layer *l, const struct entry *below) {
    const struct option *o = below->option;
    int64_t base = 0;
    struct err ignored;
    if (strcmp(l->change.base, below->text) == 0) return true;
    if (option_parse(o, l->change.base, &base, &ignored) == 0 && base == below->number) return true;
    switch (option_way(o, l->entry.number, below->number)) {
    case WAY_TIGHTER:
    case WAY_NEUTRAL: return false;
    case WAY_NONE:
    case WAY_LOOSER: break;
    }
    return true;
}

int conf_change_put(struct conf *c, const struct conf_change *ch, struct err *e) {
    const struct option *o = changeable(ch->key);
    int64_t number = 0;
    if (o == NULL) return err_set(e, ERR_NOT_FOUND, "%s cannot be changed", "%s ne peut pas être modifié", ch->key);
    if (option_parse(o, ch->text, &number, e) != 0) return err_prefix(e, "%s", "%s", ch->key);
    conf_change_drop(c, ch->key);
    if (c->layer_count == CONF_CHANGES_MAX)
        return err_set(e, ERR_FULL, "too many settings are changed (%d)", "trop de réglages sont modifiés (%d)",
                       CONF_CHANGES_MAX);
    if (c->layers == NULL) c->layers = xcalloc(CONF_CHANGES_MAX, sizeof *c->layers);
    struct layer *l = &c->layers[c->layer_count++];
    l->change = *ch;
    l->entry = (struct entry){.key = xstrdup(ch->key),
                              .option = o,
                              .text = xstrdup(ch->text),
                              .number = number,
                              .origin = ORIGIN_CHAT,
                              .where = xstrdup(ch->by)};
    l->holds = still_holds(l, conf_entry_below(c, ch->key));
    return 0;
}

static void layer_clear(struct layer *l) {
    free(l->entry.key);
    free(l->entry.text);
    free(l->entry.where);
}

void conf_change_drop(struct conf *c, const char *key) {
    for (size_t i = 0; i < c->layer_count; i++) {
        if (strcmp(c->layers[i].change.key, key) != 0) continue;
        layer_clear(&c->layers[i]);
        c->layers[i] = c->layers[--c->layer_count];
        return;
    }
}

void conf_layers_free(struct conf *c) {
    for (size_t i = 0; i < c->layer_count; i++) layer_clear(&c->layers[i]);
    free(c->layers);
}

/* ---- what is changed ---- */

size_t conf_change_count(const struct conf *c) {
    return c->layer_count;
}

const struct conf_change *conf_change_at(const struct conf *c, size_t i) {
    return i < c->layer_count ? &c->layers[i].change : NULL;
}

const struct conf_change *conf_change_of(const struct conf *c, const char *key, bool *holds) {
    const struct layer *l = conf_layer(c, key);
    if (l == NULL) return NULL;
    *holds = l->holds;
    return &l->change;
}

static struct conf_value value_of(const struct entry *e) {
    return (struct conf_value){.option = e->option, .text = e->text, .number = e->number};
}

struct conf_value conf_value(const struct conf *c, const char *key) {
    return value_of(conf_entry(c, key));
}

struct conf_value conf_value_below(const struct conf *c, const char *key) {
    return value_of(conf_entry_below(c, key));
}
