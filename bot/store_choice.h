/* store_choice: which database the settings name, as the store wants to hear it. The demo is always SQLite, in DIR/demo. */
#ifndef MIA_BOT_STORE_CHOICE_H
#define MIA_BOT_STORE_CHOICE_H

#include "config/conf.h"
#include "engine/store.h"

struct store_choice { /* do not copy: options points into it */
    struct store_options options;
    struct store_server server; /* texts of the settings: the settings must live as long */
    char dir[CONF_PATH_MAX + 8], port[8];
};
void store_choice(const struct conf *c, bool demo, struct store_choice *out);

#endif
