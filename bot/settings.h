/*
 * settings: what people change in the chat while the bot runs. Owns the stored rows
 * ("setting:KEY"), the layer over the loaded configuration and the way of a change into
 * the engine; everything of one change is in the transaction of its turn. Tighter acts
 * at once, looser with the next trading day: the engine sees to that, this tells of it.
 */
#ifndef MIA_BOT_SETTINGS_H
#define MIA_BOT_SETTINGS_H

#include "bot/command.h"
#include "bot/desk.h"
#include "bot/messages.h"

#define SETTING_KEY "setting:"

struct conf;
struct settings;

struct settings_options {
    struct conf *conf;            /* borrowed; changes are laid over it */
    struct engine_config *config; /* borrowed: as the engine was told last, kept up to date */
    struct desk *desk;
    const struct zone *zone, *day_zone; /* of times people read; of the trading day */
    int day_rollover_min;
    void *arg; /* of the functions below */
    void (*state_put)(void *arg, const char *key, const char *value);
    void (*told)(void *arg, const struct setting_news *n);
    void (*applied)(void *arg, const char *key); /* something that the engine does not hold has a new value */
};
struct settings *settings_new(const struct settings_options *o);
void settings_free(struct settings *s);

/* A stored row; others are left alone. Before the engine is told its configuration. */
void settings_load(struct settings *s, const char *key, const char *value);
/* The engine knows its configuration: from here on a limit that comes into force with its day is told. */
void settings_started(struct settings *s);
void settings_turn(struct settings *s); /* before the turn is committed */

/* See struct setting_plan. value NULL: unset. Texts live in the arena. -1: e says why it cannot be. */
struct setting_asked {
    enum lang lang;
    struct arena *arena;
    const char *key, *value;
};
int settings_plan(const struct settings *s, const struct setting_asked *q, struct setting_plan *out, struct err *e);
/* Plans and does it. */
int settings_change(struct settings *s, const struct setting_asked *q, const char *actor, struct setting_plan *out,
                    struct err *e);

/* Keys, or values of `key` where that is given, that what was typed may become. */
when_t settings_day_begins(const struct settings *s, int32_t day); /* the instant at which that trading day begins */
uint32_t settings_complete(const struct settings *s, enum lang lang, const char *action, const char *key,
                           const char *typed, struct choice out[COMMAND_CHOICES_MAX]);
/* `/config show`: every setting, who set it, which limit binds, what waits. */
void settings_text(const struct settings *s, const char *prefix, enum lang lang, struct buf *out);

#endif
