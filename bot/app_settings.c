/*
 * app_settings: what people change in the chat, wired into the run: rows at the start,
 * messages, and the few settings that the shell itself holds. It decides nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "bot/app_priv.h"
#include "bot/found.h"
#include "bot/setup_engine.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

static void put_row(void *arg, const char *key, const char *value) {
    state_put(((struct app *)arg)->state, key, value);
}

static uint32_t build_setting(const void *arg, const struct message_ctx *ctx, struct arena *arena,
                              struct message out[MESSAGES_MAX]) {
    return message_setting(ctx, arena, arg, out);
}

static void told(void *arg, const struct setting_news *n) {
    struct app *a = arg;
    found_settings(&(struct found){.version = a->o.version}, a->state, a->o.conf); /* told now, not by the next start */
    reporter_say(a->reporter, build_setting, n);
}

static void use_log_level(const struct app *a) {
    enum log_level level;
    if (log_level_parse(conf_str(a->o.conf, "log.level"), &level)) log_set_level(level);
}

static void applied(void *arg, const char *key) {
    struct app *a = arg;
    if (!strcmp(key, "log.level")) use_log_level(a);
    if (!strcmp(key, "feed.speed") && a->pace) pace_speed(a->pace, conf_int(a->o.conf, "feed.speed"));
}

static void one_row(void *arg, const char *key, const char *value) {
    settings_load(arg, key, value);
}

/* Before the engine is told anything: with what is stored, the configuration is made once more. */
int app_open_settings(struct app *a, struct err *e) {
    bool holds = false;
    struct conf_errors errs = {0};
    const struct settings_options o = {.conf = a->o.conf,
                                       .config = &a->config,
                                       .desk = a->desk,
                                       .zone = a->zone,
                                       .day_zone = a->day_zone,
                                       .day_rollover_min = (int)conf_int(a->o.conf, "trading.day_rollover"),
                                       .arg = a,
                                       .state_put = put_row,
                                       .told = told,
                                       .applied = applied};
    a->settings = settings_new(&o);
    state_each(a->state, SETTING_KEY, one_row, a->settings);
    if (conf_change_count(a->o.conf) == 0) return 0;
    struct engine_config *fresh = xmalloc(sizeof *fresh);
    if (setup_engine(a->o.conf, fresh, &errs) < 0) {
        free(fresh);
        conf_errors_clear(&errs);
        return err_set(e, ERR_USAGE, "the configuration and what was changed in the chat do not go together",
                       "la configuration et ce qui a été modifié dans la messagerie ne vont pas ensemble");
    }
    conf_errors_clear(&errs);
    a->config.limits = fresh->limits;
    a->config.management = fresh->management;
    a->config.danger_range_ppm = fresh->danger_range_ppm;
    free(fresh);
    if (conf_change_of(a->o.conf, "log.level", &holds) && holds) use_log_level(a);
    return 0;
}
