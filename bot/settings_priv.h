/* settings_priv: what the files of the settings share. Private to them. */
#ifndef MIA_BOT_SETTINGS_PRIV_H
#define MIA_BOT_SETTINGS_PRIV_H

#include "bot/limit_keys.h"
#include "bot/settings.h"
#include "config/conf.h"
#include "config/options.h"

/* A change that was taken back and still holds until the day is over: by whom. */
struct unset_row {
    char key[CONF_KEY_MAX], by[ACTOR_MAX];
    when_t at;
};

struct settings {
    struct settings_options o;
    struct unset_row unset[CONF_CHANGES_MAX];
    size_t unset_count;
    bool started;
    int32_t day;
    int64_t holds[CONF_CHANGES_MAX]; /* of limit_keys, as last seen */
};

const struct unset_row *settings_unset_of(const struct settings *s, const char *key);

/* settings_text.c */
/* "2 %", "5 000 $", "true"; "0 (aucune)" where 0 is no limit. */
const char *setting_value(struct arena *a, const struct settings *s, const struct option *o, int64_t number,
                          enum lang lang);
/* "2 000 $", "500 $ – 1 000 $"; "" where it is no money. */
const char *setting_money(struct arena *a, const struct settings *s, const char *key, int64_t number, enum lang lang);
/* When the next trading day begins at the earliest; "" where no market time is known. */
const char *setting_next_day(struct arena *a, const struct settings *s, enum lang lang);

#endif
