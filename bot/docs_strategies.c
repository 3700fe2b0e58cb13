/* docs_strategies: docs/STRATEGIES.md, all of it read from the strategies' table. */
#include "bot/docs_gen.h"
#include "engine/strategy.h"

/* What to write into `regimes`, for those that are made for some. */
static void regimes_in(struct buf *out, uint32_t regimes) {
    bool any = false;
    if (regimes == 0) {
        buf_str(out, "Recommended `regimes`: none named; it is made for any.\n\n");
        return;
    }
    buf_str(out, "Recommended `regimes`: `[");
    for (int r = 0; r < REGIME_COUNT; r++) {
        if ((regimes & 1u << r) == 0) continue;
        buf_printf(out, "%s%s", any ? ", " : "", regime_name((enum regime)r));
        any = true;
    }
    buf_str(out, "]`.\n\n");
}

void strategies_markdown(struct buf *out) {
    buf_str(
        out,
        "# Strategies\n\nGenerated from the strategies' table (`engine/strategies/`); do not edit: `make docs` "
        "writes it.\n\n"
        "Each entry of `strategies` in the configuration runs one of them on its own symbols, with its own "
        "parameters, capital and book. A rule sees closed bars only, one after the other; what it wants comes "
        "with the close of a bar and is asked of the market after it. It wants a stop with every entry. The "
        "gates of [GATES.md](GATES.md) and the size have the last word. ATR is the average true range of 14 "
        "bars. No claim is made that any of them earns money.\n\n"
        "`regimes: [trend, range, transition]` lets it enter only in those regimes of its market (LEVELS.md has the "
        "rule): without it in any, also before the regime is known; with it not before. What is recommended below is "
        "what the rule is made for; nothing is set unasked. `stop_widen: {transition: 1.5}` makes the way to the stop "
        "so many times as long in that regime, whoever's stop it is, before the size is computed: the money at risk "
        "stays, the size shrinks. A target in R (`target_r`) moves along, the strategy's own stays, so its reward for "
        "the risk falls and its gate sees that. `advisor: required` asks for a second mind; this version has none, so "
        "every entry is refused.\n\n");
    for (const struct strategy *const *s = strategy_table; *s != NULL; s++) {
        buf_printf(out, "## %s\n\n%s %s\n\n", (*s)->name, (*s)->summary[LANG_EN], (*s)->definition);
        regimes_in(out, (*s)->regimes);
        params_markdown(out, (*s)->params);
        buf_str(out, "\n");
    }
    buf_cut(out, out->len - 1);
}
