/*
 * sample: the account, the symbols and the day that the tests of messages talk about: that
 * of the sources' example, June 30, 2025. Tests only.
 */
#ifndef MIA_TESTS_SAMPLE_H
#define MIA_TESTS_SAMPLE_H

#include <string.h>

#include "bot/messages.h"
#include "engine/base/buf.h"

#define PX(v) ((price_t){(int64_t)((v)*1e8 + ((v) < 0 ? -0.5 : 0.5))})
#define QTY(v) ((qty_t){(int64_t)((v)*1e8 + 0.5)})
#define CASH(v) ((cash_t){(int64_t)((v)*1e6 + ((v) < 0 ? -0.5 : 0.5))})
#define AT(hour, minute) when_from_sec(1751241600 + (hour)*3600 + (minute)*60)
#define SAMPLE_DAY 20269

enum { ES, XAUUSD, EURUSD, AAPL };

static void sample_config(struct engine_config *c) {
    memset(c, 0, sizeof *c);
    str_copy(c->currency, sizeof c->currency, "USD");
    c->instruments[ES] = (struct instrument){.symbol = "ES", .asset = ASSET_FUTURE, .tick = PX(0.25), .decimals = 2};
    c->instruments[XAUUSD] =
        (struct instrument){.symbol = "XAUUSD", .asset = ASSET_METAL, .tick = PX(0.01), .decimals = 2};
    c->instruments[EURUSD] =
        (struct instrument){.symbol = "EURUSD", .asset = ASSET_FX, .tick = PX(0.00001), .decimals = 5};
    c->instruments[AAPL] = (struct instrument){.symbol = "AAPL", .asset = ASSET_STOCK, .tick = PX(0.01), .decimals = 2};
    c->instrument_count = 4;
    c->strategies[0] = (struct strategy_config){.name = "MovingAverage",
                                                .label = "MovingAverage",
                                                .enabled = true,
                                                .symbols = {ES, XAUUSD},
                                                .symbol_count = 2,
                                                .capital = CASH(50000)};
    c->strategies[1] = (struct strategy_config){.name = "MovingAverage",
                                                .label = "MovingAverage 2",
                                                .symbols = {EURUSD},
                                                .symbol_count = 1,
                                                .capital = CASH(10000)};
    c->strategy_count = 2;
    c->limits = (struct limits){.daily_loss = CASH(500), .daily_trades = 10, .risk_per_trade_ppm = 10000};
}

struct sample {
    struct event ev;
    struct effect f;
    struct engine_config config;
    struct engine_status status;
    struct message_ctx ctx;
    struct arena *arena;
};

static void sample_trade(struct trade *t) {
    *t = (struct trade){.id = 17,
                        .version = 1,
                        .signal_id = 40,
                        .instrument = ES,
                        .side = SIDE_LONG,
                        .state = TRADE_OPEN,
                        .protection = PROTECTION_RESTING,
                        .qty = QTY(1),
                        .qty_entered = QTY(1),
                        .entry = PX(5615),
                        .stop = PX(5611),
                        .target = PX(5621),
                        .stop_initial = PX(5611),
                        .fees = CASH(2.25),
                        .risk = CASH(204.5),
                        .opened = AT(10, 16),
                        .closed = WHEN_NONE,
                        .day_opened = SAMPLE_DAY};
}

static uint32_t tell(struct sample *s, struct message *out) {
    return messages_for(&s->ev, &s->f, &s->ctx, s->arena, out);
}

/* A fresh sample in a fresh arena; the caller frees s->arena. */
static void sample_init(struct sample *s, enum lang lang) {
    memset(s, 0, sizeof *s);
    sample_config(&s->config);
    s->arena = arena_new(4u << 20);
    s->ev = (struct event){
        .seq = 100, .kind = EVENT_BAR, .market_time = AT(10, 16), .wall_time = AT(16, 2), .day = SAMPLE_DAY};
    s->ctx = (struct message_ctx){
        .lang = lang, .mode = "PAPER", .now = AT(16, 2), .config = &s->config, .status = &s->status};
}

#endif
