/* discord_away: what people are told of a gateway that is away for long. Owns nothing. */
#include <stdio.h>

#include "bot/chat/discord_gateway.h"

void away_begin(struct away *a) {
    if (!a->since_ms) a->since_ms = clock_mono_ms();
}

void away_look(struct away *a, const struct transport_host *host) {
    away_begin(a);
    if (a->told || clock_mono_ms() - a->since_ms < GATEWAY_AWAY_MS) return;
    a->told = true;
    host->alarm(
        host->arg, PLATFORM_DISCORD, URGENCY_IMPORTANT, "discord.down",
        "The connection to Discord is lost; it is tried again. Commands typed there are not heard meanwhile.",
        "La connexion à Discord est perdue\u00a0; elle est retentée. Les commandes qui y sont tapées ne sont pas "
        "entendues entre-temps.");
}

void away_over(struct away *a, const struct transport_host *host) {
    char ago[LANG_COUNT][WHEN_TEXT_MAX], en[120], fr[120];
    int64_t since_ms = a->since_ms;
    bool told = a->told;
    *a = (struct away){0};
    if (!told) return;
    for (int l = 0; l < LANG_COUNT; l++) duration_say(ago[l], (enum lang)l, clock_mono_ms() - since_ms);
    snprintf(en, sizeof en, "Connected again after %s.", ago[LANG_EN]);
    snprintf(fr, sizeof fr, "Reconnecté après %s.", ago[LANG_FR]);
    host->alarm_over(host->arg, PLATFORM_DISCORD, "discord.down", en, fr);
}
