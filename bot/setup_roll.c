/* setup_roll: see setup_roll.h. What a root has by itself comes first, the configuration's row over it. Owns nothing. */
#include "bot/setup_roll.h"

#include <stdio.h>
#include <string.h>

#define KEY(key, ...) (snprintf(key, sizeof key, __VA_ARGS__), key)

/* The options' choices, in their order. */
static const enum roll_rule rules[] = {ROLL_NONE, ROLL_DATE, ROLL_VOLUME};
static const enum roll_action actions[] = {ROLL_FLAT, ROLL_OVER};

static void list_contract(const struct conf *c, size_t i, size_t k, const char *root, struct roll_config *r,
                          struct conf_errors *errs) {
    char key[CONF_KEY_MAX];
    const char *code = conf_str(c, "instruments[%zu].contracts[%zu].code", i, k);
    uint16_t contract = contract_parse(code, strlen(code), root);
    int64_t sec = when_sec(conf_when(c, "instruments[%zu].contracts[%zu].expires", i, k));
    int32_t expires = (int32_t)(sec / 86400);
    KEY(key, "instruments[%zu].contracts[%zu].code", i, k);
    if (contract == 0) {
        conf_error_at(c, errs, key, "%s is no contract of %s: a month letter and a year, such as %sZ26",
                      "%s n’est pas un contrat de %s\u00a0: une lettre de mois et une année, comme %sZ26", code, root,
                      root);
        return;
    }
    bool follows =
        r->count == 0 || (contract > r->list[r->count - 1].contract && expires > r->list[r->count - 1].expires);
    if (!follows) {
        conf_error_at(c, errs, key, "%s does not follow the one before it: they go by rising month and expiry",
                      "%s ne suit pas le précédent\u00a0: l’ordre est celui des mois et des échéances", code);
        return;
    }
    r->list[r->count].contract = contract;
    r->list[r->count++].expires = expires;
}

static void list_contracts(const struct conf *c, size_t i, const char *root, struct roll_config *r,
                           struct conf_errors *errs) {
    char key[CONF_KEY_MAX];
    size_t n = conf_count(c, "instruments[%zu].contracts", i);
    if (n == 0) return;
    if (r->rule == ROLL_NONE) *r = (struct roll_config){.rule = ROLL_DATE, .volume_days = 2, .warn_days = 3};
    if (r->expiry == EXPIRY_LISTED) r->days_before = 5;
    r->count = 0;
    if (n > CONTRACTS_MAX)
        conf_error_at(c, errs, KEY(key, "instruments[%zu].contracts", i), "more than %d", "plus de %d", CONTRACTS_MAX);
    for (size_t k = 0; k < n && k < CONTRACTS_MAX; k++) list_contract(c, i, k, root, r, errs);
}

static void months(const struct conf *c, size_t i, struct roll_config *r, struct conf_errors *errs) {
    char key[CONF_KEY_MAX];
    if (!conf_given(c, "instruments[%zu].roll.months", i)) return;
    KEY(key, "instruments[%zu].roll.months", i);
    r->months = contract_months(conf_str(c, "%s", key));
    if (r->months == 0)
        conf_error_at(c, errs, key, "wants letters of months: F G H J K M N Q U V X Z",
                      "attend des lettres de mois\u00a0: F G H J K M N Q U V X Z");
}

static void one_row(const struct conf *c, size_t i, const char *root, struct roll_config *r, struct conf_errors *errs) {
    char key[CONF_KEY_MAX];
    list_contracts(c, i, root, r, errs);
    bool given = conf_given(c, "instruments[%zu].roll.by", i);
    enum roll_rule rule = given ? rules[conf_int(c, "instruments[%zu].roll.by", i)] : r->rule;
    if (rule == ROLL_NONE) {
        *r = (struct roll_config){.rule = ROLL_NONE};
        return;
    }
    if (r->rule == ROLL_NONE) {
        conf_error_at(c, errs, KEY(key, "instruments[%zu].roll.by", i),
                      "the contracts of %s are not known: list them under contracts (code, expires)",
                      "les contrats de %s ne sont pas connus\u00a0: donnez-les sous contracts (code, expires)", root);
        return;
    }
    r->rule = rule;
    months(c, i, r, errs);
    if (conf_given(c, "instruments[%zu].roll.at_roll", i))
        r->action = actions[conf_int(c, "instruments[%zu].roll.at_roll", i)];
    if (conf_given(c, "instruments[%zu].roll.days_before", i))
        r->days_before = (int32_t)conf_int(c, "instruments[%zu].roll.days_before", i);
    if (conf_given(c, "instruments[%zu].roll.volume_days", i))
        r->volume_days = (int32_t)conf_int(c, "instruments[%zu].roll.volume_days", i);
    if (conf_given(c, "instruments[%zu].roll.warn_days", i))
        r->warn_days = (int32_t)conf_int(c, "instruments[%zu].roll.warn_days", i);
}

void setup_roll(const struct conf *c, struct engine_config *out, struct conf_errors *errs) {
    for (uint32_t k = 0; k < out->instrument_count; k++) {
        struct instrument *in = &out->instruments[k];
        struct roll_config r = {.rule = ROLL_NONE};
        if (in->asset == ASSET_FUTURE) roll_config_builtin(in->symbol, &r);
        for (size_t i = 0, n = conf_count(c, "instruments"); i < n; i++) {
            if (strcmp(conf_str(c, "instruments[%zu].symbol", i), in->symbol) == 0) one_row(c, i, in->symbol, &r, errs);
        }
        if (roll_config_holds(&r)) in->roll = r;
    }
}

static bool say_one(const struct instrument *in, int32_t day, enum lang lang, struct buf *out) {
    char now[CONTRACT_TEXT_MAX], next[CONTRACT_TEXT_MAX], on[WHEN_TEXT_MAX];
    uint16_t contract = contract_on(&in->roll, day), after = contract_after(&in->roll, contract);
    int32_t roll, expires;
    if (!contract_days(&in->roll, contract, &roll, &expires)) {
        buf_printf(out,
                   tr(lang, "%s: the last of its contracts is over", "%s\u00a0: le dernier de ses contrats est passé"),
                   in->symbol);
        return false;
    }
    contract_say(now, in->symbol, contract);
    contract_say(next, in->symbol, after);
    day_say(on, lang, roll);
    if (after != 0)
        buf_printf(out, tr(lang, "today %s, then %s from %s", "aujourd’hui %s, puis %s à partir du %s"), now, next, on);
    else
        buf_printf(out,
                   tr(lang, "today %s, until %s, and none after it", "aujourd’hui %s, jusqu’au %s, et aucun après"),
                   now, on);
    if (after != 0 && in->roll.rule == ROLL_VOLUME) buf_str(out, tr(lang, " or by volume", " ou selon le volume"));
    return after != 0;
}

int setup_roll_say(const struct engine_config *made, int32_t day, enum lang lang, struct buf *out) {
    int good = 0;
    for (uint32_t i = 0; i < made->instrument_count; i++) {
        const struct instrument *in = &made->instruments[i];
        if (in->roll.rule == ROLL_NONE) continue;
        if (good != 0) buf_str(out, tr(lang, "; ", "\u00a0; "));
        bool is = say_one(in, day, lang, out);
        good = is && good >= 0 ? 1 : -1;
    }
    return good;
}

uint16_t setup_roll_file(const struct conf *c, size_t i, const struct engine_config *config, struct conf_errors *errs) {
    char key[CONF_KEY_MAX];
    if (!conf_given(c, "feed.files[%zu].contract", i)) return 0;
    KEY(key, "feed.files[%zu].contract", i);
    const char *code = conf_str(c, "%s", key), *symbol = conf_str(c, "feed.files[%zu].symbol", i);
    int at = engine_config_instrument(config, symbol);
    if (at < 0) return 0; /* told elsewhere */
    if (config->instruments[at].roll.rule == ROLL_NONE) {
        conf_error_at(c, errs, key, "%s is not rolled (instruments[].roll): its files are of no contract",
                      "%s ne change pas de contrat (instruments[].roll)\u00a0: ses fichiers n’en ont pas", symbol);
        return 0;
    }
    uint16_t contract = contract_parse(code, strlen(code), symbol);
    if (contract == 0)
        conf_error_at(c, errs, key, "%s is no contract of %s: a month letter and a year, such as %sZ26",
                      "%s n’est pas un contrat de %s\u00a0: une lettre de mois et une année, comme %sZ26", code, symbol,
                      symbol);
    return contract;
}
