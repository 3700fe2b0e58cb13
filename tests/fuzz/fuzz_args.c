/*
 * fuzz_args: any bytes as the line of a request, through every step that reads them
 * before anybody is known to be right: which command, its values, its traces in the
 * audit. What is taken is in its range, and reads back the same from what a confirmation
 * keeps; what is refused says why in both languages.
 */
#include "tests/fuzz/fuzz.h"

#include "bot/args.h"

static struct engine *engine_once(void) {
    static struct engine *engine;
    if (engine) return engine;
    struct engine_config *c = xcalloc(1, sizeof *c);
    struct effects *out = xcalloc(1, sizeof *out);
    struct err e;
    engine_config_defaults(c);
    c->instruments[0] = *instrument_builtin("XAUUSD");
    c->instrument_count = 1;
    engine = engine_new();
    const struct event ev = {.seq = 1, .kind = EVENT_CONFIG, .u.config = c};
    if (engine_apply(engine, &ev, out, &e) < 0) abort();
    free(c);
    free(out);
    return engine;
}

static void values_are_in_range(const struct parsed *p) {
    for (uint32_t i = 0; i < p->command->arg_count; i++) {
        const struct arg *a = &p->args[i];
        if (!a->given) continue;
        if (p->command->args[i].kind == ARG_PERCENT) assert(a->number >= 1 && a->number <= 100);
        if (p->command->args[i].kind == ARG_TARGET)
            assert((a->number > 0) + a->all + (a->instrument >= 0) == 1 && a->number <= UINT32_MAX);
        if (p->command->args[i].kind == ARG_ORDER)
            assert((a->number > 0) + (a->order > UINT32_MAX) + a->all + (a->instrument >= 0) == 1);
        if (p->command->args[i].kind == ARG_TRADE) assert(a->number > 0 && a->number <= UINT32_MAX);
        if (p->command->args[i].kind == ARG_LEVEL) {
            price_t price;
            struct err e = {0};
            assert(a->level.unit < STOP_UNIT_COUNT && (a->level.from_entry || a->level.v > 0));
            assert(engine_stop_price(engine_once(), 1, &a->level, &price, &e) < 0); /* nothing is open */
        }
    }
}

static void read_request(const struct request *q, struct arena *arena) {
    struct parsed p, again;
    struct err e = {0};
    struct buf command, rest;
    const struct command *c;
    buf_init(&command, 40);
    buf_init(&rest, 256);
    args_raw(q, &command, &rest);
    buf_clear(&command);
    buf_clear(&rest);
    if (args_command(q, &c, &e) < 0 || args_parse(q, c, engine_once(), arena, &p, &e) < 0) {
        said(&e);
        return;
    }
    values_are_in_range(&p);
    assert(args_again(c, p.value, engine_once(), arena, &again, &e) == 0);
    for (uint32_t i = 0; i < c->arg_count; i++) {
        assert(p.args[i].given == again.args[i].given && p.args[i].number == again.args[i].number);
        assert(p.args[i].all == again.args[i].all && p.args[i].instrument == again.args[i].instrument);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct arena *arena = arena_new(1u << 20);
    for (int p = 0; p < PLATFORM_COUNT; p++) {
        struct request q = {.platform = (enum platform)p};
        memcpy(q.text, bytes, n < sizeof q.text ? n : sizeof q.text); /* not always ended, as a careless sender's */
        read_request(&q, arena);
        str_copy(q.command, sizeof q.command, "close");
        q.arg_count = 1;
        str_copy(q.args[0].name, sizeof q.args[0].name, "target");
        memcpy(q.args[0].value, bytes, n < sizeof q.args[0].value - 1 ? n : sizeof q.args[0].value - 1);
        read_request(&q, arena);
        arena_reset(arena);
    }
    arena_free(arena);
    return 0;
}
