/* discord_rival: see discord_rival.h. Owns the budget as last told, and the timer that asks for it. */
#include "bot/chat/discord_rival.h"

#include <stdlib.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"

struct rival {
    struct transport_host host;
    struct rest *rest;
    struct loop_timer *look;
    struct session_budget budget;
};

int64_t session_budget_look(struct session_budget *b, int64_t remaining, int64_t reset_after_ms, int64_t now_ms) {
    /* What rises was counted anew; so was, perhaps, what is looked at after its time. */
    bool anew = !b->known || remaining > b->remaining || (b->reset_ms && now_ms >= b->reset_ms);
    int64_t others = anew ? 0 : b->remaining - b->own - remaining;
    *b = (struct session_budget){
        .known = true, .remaining = remaining, .reset_ms = reset_after_ms > 0 ? now_ms + reset_after_ms : 0};
    return others > 0 ? others : 0;
}

void rival_told(struct rival *r, const struct json *gateway_bot) {
    int64_t remaining, reset_ms = 0;
    if (!json_i64(gateway_bot, "session_start_limit.remaining", &remaining)) return;
    json_i64(gateway_bot, "session_start_limit.reset_after", &reset_ms);
    int64_t others = session_budget_look(&r->budget, remaining, reset_ms, clock_mono_ms());
    if (!others) return;
    log_warn("discord", "sessions opened by others with this token: %lld", (long long)others);
    rival_seen(r, RIVAL_SESSIONS);
}

void rival_identified(struct rival *r) {
    r->budget.own++;
}

void rival_seen(struct rival *r, enum rival_sign sign) {
    static const char *const texts[][LANG_COUNT] = {
        [RIVAL_ANSWERED] =
            {"Another program answers with this bot's token: somebody else had answered a command first. "
             "Commands may be carried out by both. Stop the other one, or make a new token.",
             "Un autre programme répond avec le jeton de ce bot\u00a0: une commande avait déjà une réponse. "
             "Les deux peuvent exécuter les commandes. Arrêtez l’autre, ou créez un nouveau jeton."},
        [RIVAL_GONE] =
            {"Discord took back a command before its three seconds were over: another program may be using "
             "this bot's token. Stop it, or make a new token.",
             "Discord a repris une commande avant la fin de ses trois secondes\u00a0: un autre programme utilise "
             "peut-être le jeton de ce bot. Arrêtez-le, ou créez un nouveau jeton."},
        [RIVAL_SESSIONS] = {
            "Another program opens Discord sessions with this bot's token. Commands may be carried out by "
            "both. Stop the other one, or make a new token.",
            "Un autre programme ouvre des sessions Discord avec le jeton de ce bot. Les deux peuvent "
            "exécuter les commandes. Arrêtez l’autre, ou créez un nouveau jeton."}};
    _Static_assert(sizeof texts / sizeof texts[0] == RIVAL_SIGN_COUNT, "a text for every sign");
    r->host.alarm(r->host.arg, PLATFORM_DISCORD, URGENCY_URGENT, "discord.rival", texts[sign][LANG_EN],
                  texts[sign][LANG_FR]);
}

static void on_look(void *arg, const struct rest_answer *a) {
    if (a->end == REST_OK) rival_told(arg, a->json);
}

static void look(void *arg) {
    struct rival *r = arg;
    if (rest_is_stopped(r->rest)) return;
    rest_send(r->rest, &(struct rest_request){.method = "GET", .path = "/gateway/bot", .route = "gateway.bot"}, on_look,
              r);
}

struct rival *rival_new(const struct transport_host *host, struct rest *rest) {
    struct rival *r = xcalloc(1, sizeof *r);
    r->host = *host;
    r->rest = rest;
    r->look = loop_timer_new(host->loop, look, r);
    loop_timer_start(r->look, RIVAL_LOOK_MS, RIVAL_LOOK_MS);
    return r;
}

void rival_free(struct rival *r) {
    if (!r) return;
    loop_timer_free(r->look);
    free(r);
}
