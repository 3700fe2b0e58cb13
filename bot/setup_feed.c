/*
 * setup_feed: fills feed_spec from the settings, for files and for venues. Every problem is
 * told at its file and line. Owns nothing: texts of the settings are borrowed.
 */
#include <stdio.h>
#include <string.h>

#include "bot/setup_engine.h"
#include "bot/setup_roll.h"
#include "engine/net/http.h"

#define KEY(key, ...) (snprintf(key, sizeof key, __VA_ARGS__), key)
#define HOUR_S 3600

static size_t fatal_count(const struct conf_errors *errs) {
    size_t n = errs->more;
    for (size_t i = 0; i < errs->n; i++) n += !errs->item[i].warning;
    return n;
}

/* data.alpaca.markets has its stream at stream.data.alpaca.markets; a stand-in on this machine has both in one place. */
static bool stream_of(const char *rest, char *out, size_t size) {
    bool tls = strncmp(rest, "https://", 8) == 0;
    const char *host = strstr(rest, "://");
    if (host == NULL) return false;
    host += 3;
    const char *before = strncmp(host, "data.", 5) == 0 ? "stream." : "";
    size_t n = strlen(host);
    while (n > 0 && host[n - 1] == '/') n--;
    return (size_t)snprintf(out, size, "%s://%s%.*s", tls ? "wss" : "ws", before, (int)n, host) < size;
}

static void alpaca(const struct conf *c, struct feed_spec *out, struct conf_errors *errs) {
    struct feed_venue *v = &out->venue;
    *v = (struct feed_venue){.rest_url = conf_str(c, "alpaca.data_url"),
                             .key = conf_str(c, "alpaca.api_key"),
                             .secret = conf_str(c, "alpaca.secret_key"),
                             .source = conf_str(c, "alpaca.data_feed"),
                             .seconds = conf_seconds(c, "feed.timeframe"),
                             .history = (uint32_t)conf_int(c, "feed.history"),
                             .grace_ms = conf_int(c, "feed.close_grace") * 1000,
                             .extended = conf_bool(c, "feed.extended_hours"),
                             .quotes = conf_bool(c, "alpaca.quotes")};
    if (!conf_given(c, "alpaca.stream_url")) {
        if (!stream_of(v->rest_url, v->stream_url, sizeof v->stream_url))
            conf_error_at(c, errs, "alpaca.data_url", "is too long", "est trop long");
    } else {
        const char *told = conf_str(c, "alpaca.stream_url");
        bool ws = strncmp(told, "wss://", 6) == 0 || strncmp(told, "ws://", 5) == 0;
        if (!ws || !url_is_allowed(told) || !str_copy(v->stream_url, sizeof v->stream_url, told))
            conf_error_at(c, errs, "alpaca.stream_url", "must begin with wss:// (ws:// on this machine only)",
                          "doit commencer par wss:// (ws:// sur cette machine seulement)");
    }
    if (v->seconds > HOUR_S || HOUR_S % v->seconds != 0 || v->seconds % 60 != 0)
        conf_error_at(c, errs, "feed.timeframe", "alpaca: must be whole minutes that divide an hour (M1 M5 M15 M30 H1)",
                      "alpaca\u00a0: doit compter des minutes entières qui divisent l’heure (M1 M5 M15 M30 H1)");
    bool is_test = strcmp(v->source, "test") == 0;
    for (uint32_t i = 0; i < out->config->instrument_count; i++)
        if (is_test != (strcmp(out->config->instruments[i].symbol, "FAKEPACA") == 0)) {
            conf_error_at(c, errs, "alpaca.data_feed", "test has FAKEPACA and nothing else, and no other feed has it",
                          "test n’a que FAKEPACA, et aucun autre flux ne l’a");
            break;
        }
    if (*v->key == '\0' || *v->secret == '\0')
        conf_error_at(c, errs, "feed.kind",
                      "alpaca needs ALPACA_API_KEY and ALPACA_SECRET_KEY in the environment or .env",
                      "alpaca demande ALPACA_API_KEY et ALPACA_SECRET_KEY dans l’environnement ou .env");
}

static void feed_files(const struct conf *c, struct feed_spec *out, struct conf_errors *errs) {
    char key[CONF_KEY_MAX];
    size_t n = conf_count(c, "feed.files");
    if (n == 0)
        conf_error_at(c, errs, "feed.files", "replay needs at least one file", "replay demande au moins un fichier");
    if (n > FEED_FILES_MAX) conf_error_at(c, errs, "feed.files", "more than %d", "plus de %d", FEED_FILES_MAX);
    for (size_t i = 0; i < n && i < FEED_FILES_MAX; i++) {
        struct feed_file *f = &out->files[out->file_count++];
        const char *zone = conf_str(c, "feed.files[%zu].time_zone", i);
        f->seconds = conf_seconds(c, "feed.files[%zu].timeframe", i);
        bool fits = str_copy(f->symbol, sizeof f->symbol, conf_str(c, "feed.files[%zu].symbol", i)) &&
                    str_copy(f->path, sizeof f->path, conf_str(c, "feed.files[%zu].path", i)) &&
                    str_copy(f->zone, sizeof f->zone, strcmp(zone, "UTC") == 0 ? "" : zone);
        f->contract = setup_roll_file(c, i, out->config, errs);
        if (!fits) conf_error_at(c, errs, KEY(key, "feed.files[%zu].path", i), "is too long", "est trop long");
    }
}

int setup_feed(const struct conf *c, const struct engine_config *config, struct feed_spec *out,
               struct conf_errors *errs) {
    size_t before = fatal_count(errs);
    bool replay = strcmp(conf_str(c, "feed.kind"), "replay") == 0;
    memset(out, 0, sizeof *out);
    out->config = config;
    out->seed = conf_u64(c, "feed.seed");
    out->sim_seconds = conf_seconds(c, "feed.timeframe");
    out->sim_start = conf_when(c, "feed.start");
    if (strcmp(conf_str(c, "feed.kind"), "alpaca") == 0) alpaca(c, out, errs);
    if (replay)
        feed_files(c, out, errs);
    else if (config->instrument_count == 0)
        conf_error_at(c, errs, "feed.symbols", "there is no symbol to follow: name some here or in strategies",
                      "il n’y a aucun symbole à suivre\u00a0: nommez-en ici ou dans strategies");
    return fatal_count(errs) > before ? -1 : 0;
}
