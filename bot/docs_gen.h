/* docs_gen: documents that come from the tables of commands, indicators, strategies and gates, so that they cannot be wrong. */
#ifndef MIA_BOT_DOCS_GEN_H
#define MIA_BOT_DOCS_GEN_H

#include "engine/base/buf.h"

struct param_spec;

void commands_markdown(struct buf *out);                                /* docs/COMMANDS.md, both languages */
void indicators_markdown(struct buf *out);                              /* docs/INDICATORS.md, English */
void strategies_markdown(struct buf *out);                              /* docs/STRATEGIES.md, English */
void params_markdown(struct buf *out, const struct param_spec *params); /* one line each */
void gates_markdown(struct buf *out); /* docs/GATES.md: every question a signal must pass, both languages */

#endif
