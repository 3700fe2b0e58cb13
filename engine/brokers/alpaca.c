/*
 * alpaca: Alpaca's trading API as a broker. Translates and remembers, decides nothing: when something is asked again, and what
 * silence means, bot/dealer knows. Owns what it has learned of the venue's ids in this run; a new run asks for it again.
 *
 * An entry is a bracket (stop and target) or an OTO (stop alone), good till cancelled. Legs are held until the entry is
 * filled completely; what protects a trade later has an order of its own. Executions are identified by the venue's order
 * and its cumulative quantity, the same in the stream and in the account's activities: each counts once.
 */
#include "engine/brokers/alpaca_int.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"

extern const struct broker broker_alpaca;

#define BUDGET_BURST 60 /* of the venue's 200 requests a minute */
#define BUDGET_EVERY_MS 300

const struct instrument *alpaca_instrument(const struct alpaca *a, const char *symbol) {
    const struct engine_config *c = a->host.config(a->host.arg);
    int i = engine_config_instrument(c, symbol);
    return i < 0 ? NULL : &c->instruments[i];
}

/* ---- what is known ---- */

struct alpaca_known *alpaca_known(struct alpaca *a, const char *id) {
    for (uint32_t i = a->known_count; i-- > 0;)
        if (strcmp(a->known[i].id, id) == 0) return &a->known[i];
    return NULL;
}

struct alpaca_known *alpaca_learn(struct alpaca *a, const struct alpaca_order *o, uint64_t entry) {
    struct alpaca_known *k = alpaca_known(a, o->id);
    if (k == NULL) {
        k = &a->known[a->known_at];
        a->known_at = (a->known_at + 1) % ALPACA_KNOWN_MAX;
        if (a->known_count < ALPACA_KNOWN_MAX) a->known_count++;
        *k = (struct alpaca_known){0};
        memcpy(k->id, o->id, sizeof k->id);
    }
    bool protects = false;
    uint64_t ours = alpaca_client_read(o->client, &protects);
    k->protects = entry != 0 || protects;
    k->order = entry != 0 ? entry : ours;
    k->is_stop = o->is_stop;
    return k;
}

void alpaca_report_state(struct alpaca *a, uint64_t order, const struct alpaca_order *o, const char *note) {
    static const enum report_kind kinds[] = {
        [ALPACA_WORKING] = REPORT_ACCEPTED,    [ALPACA_HELD] = REPORT_ACCEPTED,   [ALPACA_FILLED] = REPORT_ACCEPTED,
        [ALPACA_CANCELLED] = REPORT_CANCELLED, [ALPACA_EXPIRED] = REPORT_EXPIRED, [ALPACA_REJECTED] = REPORT_REJECTED,
        [ALPACA_REPLACED] = REPORT_ACCEPTED};
    struct order_report r = {.kind = kinds[o->status], .order = order};
    str_copy(r.note, sizeof r.note, note);
    bool is_over = alpaca_is_final(o->status) && o->status != ALPACA_FILLED && o->status != ALPACA_REPLACED;
    uint64_t entry = is_over ? a->host.entry_of(a->host.arg, order) : 0;
    struct venue_trade t;
    a->host.report(a->host.arg, &r);
    if (entry == 0 || entry == order || !a->host.trade(a->host.arg, entry, &t)) return;
    /* An exit that came to nothing: the stop was taken off for it, wholly or in part. */
    struct order_report lost = {.kind = REPORT_PROTECTION_LOST, .order = entry};
    a->host.report(a->host.arg, &lost);
}

bool alpaca_fill_is_new(const struct alpaca *a, const struct alpaca_fill *f) {
    uint64_t id = alpaca_fill_id(f->order, f->cumulative);
    for (uint32_t i = 0; i < a->fill_count; i++)
        if (a->fills[i].id == id) return a->fills[i].again;
    return true;
}

void alpaca_forget(struct alpaca *a, uint64_t order) {
    for (uint32_t i = 0; i < a->fill_count; i++)
        if (a->fills[i].order == order) a->fills[i].again = true;
    for (uint32_t i = 0; i < a->known_count; i++)
        if (a->known[i].order == order) a->known[i].reported = QTY_ZERO;
}

static bool was_told(const struct alpaca *a, uint64_t id) {
    for (uint32_t i = 0; i < a->fill_count; i++)
        if (a->fills[i].id == id) return true;
    return false;
}

static void remember(struct alpaca *a, uint64_t id, uint64_t order) {
    for (uint32_t i = 0; i < a->fill_count; i++) {
        if (a->fills[i].id != id) continue;
        a->fills[i].again = false;
        return;
    }
    a->fills[a->fill_at].id = id;
    a->fills[a->fill_at].order = order;
    a->fills[a->fill_at].again = false;
    a->fill_at = (a->fill_at + 1) % ALPACA_FILLS_MAX;
    if (a->fill_count < ALPACA_FILLS_MAX) a->fill_count++;
}

void alpaca_report_fill(struct alpaca *a, struct alpaca_known *k, const struct alpaca_fill *f, bool by_stream) {
    uint64_t id = alpaca_fill_id(f->order, f->cumulative);
    alpaca_stream_proof(a, id, f->at, by_stream, !was_told(a, id));
    if (!alpaca_fill_is_new(a, f)) return;
    remember(a, id, k->order);
    k->reported.v += f->qty.v;
    struct order_report r = {.kind = k->protects ? REPORT_PROTECTION_FILL : REPORT_FILL,
                             .order = k->order,
                             .fill_id = id,
                             .qty = f->qty,
                             .price = f->price,
                             .reason = !k->protects ? CLOSE_NONE
                                       : k->is_stop ? CLOSE_STOP
                                                    : CLOSE_TARGET,
                             .at = f->at};
    a->host.report(a->host.arg, &r);
}

/* ---- the contract ---- */

bool alpaca_spec_ok(const struct venue_spec *spec, struct err *e) {
    if (spec->key[0] == '\0' || spec->secret[0] == '\0') {
        err_set(e, ERR_USAGE, "Alpaca needs ALPACA_API_KEY and ALPACA_SECRET_KEY, in the environment or in .env",
                "Alpaca a besoin de ALPACA_API_KEY et de ALPACA_SECRET_KEY, dans l’environnement ou dans .env");
        return false;
    }
    if (!url_is_allowed(spec->url)) {
        err_set(e, ERR_USAGE, "ALPACA_BASE_URL is to begin with https://; http:// is for this machine alone",
                "ALPACA_BASE_URL doit commencer par https://\u00a0; http:// ne vaut que pour cette machine");
        return false;
    }
    return true;
}

static void *alpaca_open(const struct venue_spec *spec, const struct venue_host *host, struct err *e) {
    if (!alpaca_spec_ok(spec, e)) return NULL;
    struct alpaca *a = xcalloc(1, sizeof *a);
    a->spec = *spec;
    a->host = *host;
    bucket_init(&a->budget, BUDGET_BURST, BUDGET_EVERY_MS, clock_mono_ms());
    alpaca_stream_open(a);
    return a;
}

static void alpaca_ask(void *venue, const struct venue_ask *ask) {
    alpaca_job(venue, ask);
}

static void alpaca_close(void *venue) {
    struct alpaca *a = venue;
    alpaca_jobs_close(a);
    alpaca_stream_close(a);
    explicit_bzero(&a->spec, sizeof a->spec);
    free(a);
}

const struct broker broker_alpaca = {
    .name = "alpaca",
    .summary = {"Alpaca: stocks and ETFs in the US; the paper account, or, armed, the live one.",
                "Alpaca\u00a0: actions et ETF américains\u00a0; le compte papier ou, armé, le compte réel."},
    .caps = BROKER_ATTACHED_STOP | BROKER_UNIQUE_IDS | BROKER_NETTING,
    .open = alpaca_open,
    .ask = alpaca_ask,
    .close = alpaca_close,
    .probe = alpaca_probe,
};
