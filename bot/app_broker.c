/*
 * app_broker: an external broker's place in a run: the dealer with what the configuration says, what /health says of it, and
 * which of its effects it is given. Internal brokers need none of this: drive.c carries their orders out.
 */
#include <stdio.h>
#include <string.h>

#include "bot/app_priv.h"
#include "bot/setup_engine.h"
#include "engine/base/log.h"

static bool is_external(const struct broker *b) {
    return (b->caps & BROKER_INTERNAL) == 0;
}

int app_open_broker(struct app *a, struct err *e) {
    const struct conf *c = a->o.conf;
    struct dealer_options o = {.loop = a->loop,
                               .http = a->http,
                               .lws = a->lws,
                               .desk = a->desk,
                               .broker = app_broker(a),
                               .venue_time = (feed_find(conf_str(c, "feed.kind"))->caps & FEED_PUSH) != 0,
                               .demo_only = a->config.mode != MODE_LIVE,
                               .guard = {.orders_per_minute = (uint32_t)conf_int(c, "broker.guard.orders_per_minute"),
                                         .qty_max = conf_qty(c, "broker.guard.max_qty"),
                                         .notional_max = conf_cash(c, "broker.guard.max_value"),
                                         .collar_ppm = conf_ppm(c, "broker.guard.collar")}};
    if (!is_external(o.broker)) return 0;
    setup_venue(c, &o.venue);
    a->dealer = dealer_new(&o, e);
    explicit_bzero(&o.venue, sizeof o.venue);
    return a->dealer != NULL ? 0 : -1;
}

void app_broker_health(const struct app *a, struct health_item *i) {
    struct dealer_health h;
    if (a->dealer == NULL) return;
    dealer_health(a->dealer, &h);
    if (h.unknown > 0 || !h.up || h.real) snprintf(i->state, sizeof i->state, "%s", h.real ? "down" : "warn");
    for (int l = 0; l < LANG_COUNT; l++) {
        char *text = i->text[l];
        const char *name = app_broker(a)->name;
        if (h.real)
            snprintf(text, sizeof i->text[l],
                     tr((enum lang)l, "%s: not a demo account, and the mode is paper: no order leaves",
                        "%s\u00a0: ce n’est pas un compte de démonstration, et le mode est paper\u00a0: aucun ordre ne "
                        "part"),
                     name);
        else if (!h.up)
            snprintf(text, sizeof i->text[l],
                     tr((enum lang)l, "%s: not connected (%.100s)", "%s\u00a0: pas de liaison (%.100s)"), name,
                     h.why.text[l]);
        else
            snprintf(text, sizeof i->text[l],
                     tr((enum lang)l, "%s: connected, %u asked, %u of unknown fate",
                        "%s\u00a0: relié, %u demandes en cours, %u au sort inconnu"),
                     name, h.waiting, h.unknown);
    }
}
