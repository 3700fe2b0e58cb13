/* setup_news: see setup_news.h. Reads the one file that news.file names. Owns nothing. */
#include "bot/setup_news.h"

#include <stdlib.h>
#include <string.h>

#include "bot/setup_file.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/feeds/news_file.h"
#include "engine/feeds/zone_file.h"

static int load(const struct conf *c, const struct engine_config *config, struct news *out, struct news_report *r,
                struct err *e) {
    struct zone *zone = NULL;
    char *bytes = NULL;
    ssize_t n = setup_file_read(conf_str(c, "news.file"), NEWS_FILE_MAX, &bytes, NULL, e);
    int rc = n < 0 || zone_open(conf_str(c, "news.time_zone"), &zone, e) != 0 ? -1 : 0;
    struct news_wish w = {.zone = zone,
                          .least = (enum news_impact)conf_int(c, "news.impact"),
                          .instruments = config->instruments,
                          .instrument_count = config->instrument_count};
    if (rc == 0) rc = news_parse(bytes, (size_t)n, &w, out, r, e);
    zone_free(zone);
    free(bytes);
    return rc;
}

void setup_news(const struct conf *c, struct engine_config *out) {
    struct news *n = &out->news;
    struct news_report r;
    struct err e = {0};
    memset(n, 0, sizeof *n);
    if (conf_str(c, "news.file")[0] == '\0') return;
    n->wanted = true;
    if (load(c, out, n, &r, &e) != 0) {
        memset(n->item, 0, sizeof n->item);
        n->n = 0;
        n->broken = true;
        log_error("news", "%s; no new trade is opened until it can be read", err_text(&e, LANG_EN));
        return;
    }
    memset(&n->item[n->n], 0, (NEWS_MAX - n->n) * sizeof n->item[0]);
    if (r.bad > 0) log_warn("news", "%u lines cannot be read, the first is line %u", r.bad, r.first_bad);
    log_info("news", "%u announcements that matter, of %u", r.kept, r.rows);
}

bool setup_news_say(const struct conf *c, const struct engine_config *made, enum lang lang, struct buf *out) {
    struct news *n = xcalloc(1, sizeof *n);
    struct news_report r;
    struct err e = {0};
    char last[WHEN_TEXT_MAX];
    bool good = load(c, made, n, &r, &e) == 0;
    if (!good)
        buf_printf(out,
                   tr(lang, "%s; no new trade is opened until it can be read",
                      "%s\u00a0; aucun trade n’est ouvert tant qu’il est illisible"),
                   err_text(&e, lang));
    else
        buf_printf(out,
                   tr(lang, "announcements that matter: %u of %u, bad lines: %u, the last %s UTC",
                      "annonces utiles\u00a0: %u sur %u, mauvaises lignes\u00a0: %u, la dernière le %s UTC"),
                   r.kept, r.rows, r.bad, when_say(last, lang, r.last, NULL));
    free(n);
    return good && r.bad == 0;
}
