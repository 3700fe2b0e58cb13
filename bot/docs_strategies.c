/* docs_strategies: docs/STRATEGIES.md, all of it read from the strategies' table. */
#include "bot/docs_gen.h"
#include "engine/strategy.h"

void strategies_markdown(struct buf *out) {
    buf_str(out,
            "# Strategies\n\nGenerated from the strategies' table (`engine/strategies/`); do not edit: `make docs` "
            "writes it.\n\n"
            "Each entry of `strategies` in the configuration runs one of them on its own symbols, with its own "
            "parameters, capital and book. A rule sees closed bars only, one after the other; what it wants comes "
            "with the close of a bar and is asked of the market after it. It wants a stop with every entry. The "
            "gates of [GATES.md](GATES.md) and the size have the last word. ATR is the average true range of 14 "
            "bars. No claim is made that any of them earns money.\n\n");
    for (const struct strategy *const *s = strategy_table; *s != NULL; s++) {
        buf_printf(out, "## %s\n\n%s %s\n\n", (*s)->name, (*s)->summary[LANG_EN], (*s)->definition);
        params_markdown(out, (*s)->params);
        buf_str(out, "\n");
    }
    buf_cut(out, out->len - 1);
}
