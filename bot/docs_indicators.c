/* docs_indicators: docs/INDICATORS.md, all of it read from the indicators' table. */
#include "bot/docs_gen.h"
#include "engine/indicator.h"

void params_markdown(struct buf *out, const struct param_spec *params) {
    for (const struct param_spec *p = params; p->name != NULL; p++)
        buf_printf(out, "- `%s`: %s; %.10g to %.10g%s, default %.10g\n", p->name, p->summary, p->min, p->max,
                   p->whole ? ", whole" : "", p->value);
    if (params[0].name == NULL) buf_str(out, "- no parameters\n");
}

static void outputs_line(struct buf *out, const struct indicator *in) {
    buf_str(out, "- gives ");
    for (uint32_t k = 0; in->outputs[k] != NULL; k++) buf_printf(out, "%s`%s`", k > 0 ? ", " : "", in->outputs[k]);
}

static void uses_line(struct buf *out, const struct indicator *in) {
    static const struct {
        uint32_t field;
        const char *name;
    } fields[] = {{INDICATOR_OPEN, "open"},
                  {INDICATOR_HIGH, "high"},
                  {INDICATOR_LOW, "low"},
                  {INDICATOR_CLOSE, "close"},
                  {INDICATOR_VOLUME, "volume"},
                  {INDICATOR_START, "time"},
                  {INDICATOR_FLOW, "bought and sold volume where told"}};
    const char *before = " from ";
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if ((in->uses & fields[i].field) == 0) continue;
        buf_printf(out, "%s%s", before, fields[i].name);
        before = ", ";
    }
}

static void one(struct buf *out, const struct indicator *in) {
    double params[INDICATOR_PARAMS_MAX];
    for (uint32_t i = 0; in->params[i].name != NULL; i++) params[i] = in->params[i].value;
    buf_printf(out, "### %s\n\n%s.", in->name, in->summary[LANG_EN]);
    if (in->alias != NULL) buf_printf(out, " Also `%s`.", in->alias);
    buf_printf(out, " %s\n\n", in->definition);
    params_markdown(out, in->params);
    outputs_line(out, in);
    uses_line(out, in);
    buf_printf(out, "; with the defaults the first answer comes in row %u\n\n",
               (unsigned)indicator_lookback(in, params) + 1);
}

void indicators_markdown(struct buf *out) {
    buf_str(
        out,
        "# Indicators\n\nGenerated from the indicators' table (`engine/indicators/`); do not edit: `make docs` writes "
        "it.\n\n"
        "`mia indicator NAME[:K=V,K=V]… --data FILE` prints any of them over a file; `engine/indicator.h` is their "
        "contract. One row at a time costs the same whatever the period (now and then a window is turned over, "
        "which comes to a few additions a row), where nothing else is said. All outputs begin in the same row. A row "
        "in which a field that is used is no number has no answer and changes nothing. No answer depends on a later "
        "row. The figures are held to TA-Lib 0.4 or to the plain formulas of `tests/vectors/formulas.py`.\n\n");
    for (const struct indicator *const *in = indicator_table; *in != NULL; in++) one(out, *in);
    while (out->len > 1 && out->p[out->len - 1] == '\n' && out->p[out->len - 2] == '\n') buf_cut(out, out->len - 1);
}
