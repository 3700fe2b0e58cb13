/*
 * alpaca_probe: one request that says whether the keys open an account, which one, and whether it may trade. Touches no order and
 * no stream.
 */
#include "engine/brokers/alpaca_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

#define PAPER_HOST "https://paper-api.alpaca.markets"
#define PROBE_MS 10000
#define PROBE_MAX 65536

/* The paper host serves paper accounts alone; on any other address the account's own number must say so. */
bool alpaca_is_demo(const char *url, const char *number) {
    return strncmp(url, PAPER_HOST, sizeof PAPER_HOST - 1) == 0 || (number != NULL && strncmp(number, "PA", 2) == 0);
}

struct probe {
    char url[VENUE_URL_MAX];
    bool demo_only;
    broker_probe_fn done;
    void *arg;
};

static bool is_set(const struct json *j, const char *key) {
    bool on = false;
    return json_bool(j, key, &on) && on;
}

static void say_account(const struct probe *p, const struct json *j, struct err *e) {
    const char *number = json_str(j, "account_number"), *status = json_str(j, "status"),
               *equity = json_str(j, "equity");
    bool is_demo = alpaca_is_demo(p->url, number);
    if (status == NULL || equity == NULL) {
        err_set(e, ERR_SYNTAX, "alpaca: what answers at %s shows no account; see ALPACA_BASE_URL",
                "alpaca\u00a0: ce qui répond à %s ne montre aucun compte\u00a0; voir ALPACA_BASE_URL", p->url);
    } else if (p->demo_only && !is_demo) {
        err_set(e, ERR_USAGE, "alpaca: not a paper account, and the mode is paper: no order would leave",
                "alpaca\u00a0: ce n’est pas un compte papier, et le mode est paper\u00a0: aucun ordre ne partirait");
    } else if (strcmp(status, "ACTIVE") != 0 || is_set(j, "trading_blocked") || is_set(j, "account_blocked") ||
               is_set(j, "trade_suspended_by_user")) {
        err_set(e, ERR_USAGE, "alpaca: the account may not trade (%.24s): look at its page at Alpaca",
                "alpaca\u00a0: le compte ne peut pas trader (%.24s)\u00a0: voyez sa page chez Alpaca", status);
    } else if (json_at(j, "shorting_enabled") != NULL && !is_set(j, "shorting_enabled")) {
        err_set(e, ERR_NOT_FOUND, "alpaca: the account may not sell short: Alpaca will refuse every short entry",
                "alpaca\u00a0: le compte ne peut pas vendre à découvert\u00a0: Alpaca refusera toute entrée courte");
    } else {
        err_set(e, ERR_NONE, "alpaca, %s, equity %.24s $", "alpaca, %s, capital %.24s\u00a0$",
                is_demo ? "PAPER" : "LIVE", equity);
    }
}

static void answered(void *arg, const struct http_response *r) {
    struct probe *p = arg;
    struct err e = {0}, bad;
    struct json *j = r->status == 200 ? json_parse(r->body, r->body_len, &bad) : NULL;
    if (r->sent != HTTP_ANSWERED)
        e = r->err;
    else if (r->status == 401 || r->status == 403)
        err_set(&e, ERR_AUTH,
                "alpaca: the keys are refused (%d): put those of the account into ALPACA_API_KEY and "
                "ALPACA_SECRET_KEY; paper "
                "and live have keys of their own",
                "alpaca\u00a0: les clés sont refusées (%d)\u00a0: mettez celles du compte dans ALPACA_API_KEY et "
                "ALPACA_SECRET_KEY\u00a0; papier et réel ont chacun les leurs",
                r->status);
    else if (r->status != 200)
        err_set(&e, ERR_NET, "alpaca answered %d; see ALPACA_BASE_URL",
                "alpaca a répondu %d\u00a0; voir ALPACA_BASE_URL", r->status);
    else
        say_account(p, j, &e);
    json_free(j);
    p->done(p->arg, &e);
    free(p);
}

void alpaca_probe(const struct venue_spec *spec, struct http *http, bool demo_only, broker_probe_fn done, void *arg) {
    struct err e;
    char url[VENUE_URL_MAX + 16];
    if (!alpaca_spec_ok(spec, &e)) {
        done(arg, &e);
        return;
    }
    struct probe *p = xcalloc(1, sizeof *p);
    *p = (struct probe){.demo_only = demo_only, .done = done, .arg = arg};
    str_copy(p->url, sizeof p->url, spec->url);
    snprintf(url, sizeof url, "%s/v2/account", spec->url);
    const struct http_request q = {.method = "GET",
                                   .url = url,
                                   .headers = {{"APCA-API-KEY-ID", spec->key}, {"APCA-API-SECRET-KEY", spec->secret}},
                                   .timeout_ms = PROBE_MS,
                                   .body_max = PROBE_MAX};
    if (http_send(http, &q, answered, p, &e) != NULL) return;
    free(p);
    done(arg, &e);
}
