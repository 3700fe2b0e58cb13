/*
 * indicator: what is the same for every indicator: its text "NAME:K=V,K=V", the bounds of its parameters, missing columns,
 * and the head of its state.
 */
#include "engine/indicator.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 200

uint32_t indicator_outputs(const struct indicator *in) {
    uint32_t n = 0;
    while (in->outputs[n] != NULL) n++;
    return n;
}

uint32_t indicator_params(const struct indicator *in) {
    uint32_t n = 0;
    while (in->params[n].name != NULL) n++;
    return n;
}

struct indicator_bar indicator_bar_of(const struct bar *b) {
    const bool flow = b->buy > 0 || b->sell > 0;
    return (struct indicator_bar){.open = price_to_double(b->open),
                                  .high = price_to_double(b->high),
                                  .low = price_to_double(b->low),
                                  .close = price_to_double(b->close),
                                  .volume = (double)b->volume,
                                  .buy = flow ? (double)b->buy : NAN,
                                  .sell = flow ? (double)b->sell : NAN,
                                  .start_ns = b->start.ns};
}

/* ---- text ---- */

static int unknown_param(const struct indicator *in, const char *key, struct err *e) {
    char names[100] = "";
    for (const struct param_spec *p = in->params; p->name != NULL; p++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? ", " : "", p->name);
    }
    if (names[0] == '\0') return err_set(e, ERR_USAGE, "%s has no parameters", "%s n’a pas de paramètre", in->name);
    return err_set(e, ERR_USAGE, "%s has no parameter “%.40s”; it has: %s",
                   "%s n’a pas de paramètre «\u00a0%.40s\u00a0»\u00a0; il a\u00a0: %s", in->name, key, names);
}

static int check_bounds(const struct indicator *in, const double *params, struct err *e) {
    for (uint32_t i = 0; in->params[i].name != NULL; i++) {
        const struct param_spec *p = &in->params[i];
        bool within = params[i] >= p->min && params[i] <= p->max; /* NaN is not */
        if (!within)
            return err_set(e, ERR_RANGE, "%s: %s goes from %.10g to %.10g", "%s\u00a0: %s va de %.10g à %.10g",
                           in->name, p->name, p->min, p->max);
        if (p->whole && params[i] != floor(params[i]))
            return err_set(e, ERR_RANGE, "%s: %s is a whole number", "%s\u00a0: %s est un nombre entier", in->name,
                           p->name);
    }
    return 0;
}

/* One "K=V" of a copy that may be cut up. */
static int take_param(const struct indicator *in, char *pair, double *params, struct err *e) {
    char *value = strchr(pair, '='), *end;
    if (value == NULL || value == pair || value[1] == '\0')
        return err_set(e, ERR_USAGE, "%s: “%.40s” is not name=value",
                       "%s\u00a0: «\u00a0%.40s\u00a0» n’est pas nom=valeur", in->name, pair);
    *value++ = '\0';
    for (uint32_t i = 0; in->params[i].name != NULL; i++) {
        if (strcmp(in->params[i].name, pair) != 0) continue;
        double v = strtod(value, &end);
        if (*end != '\0' || value[0] == ' ' || !isfinite(v))
            return err_set(e, ERR_USAGE, "%s: %s=%.40s is not a number", "%s\u00a0: %s=%.40s n’est pas un nombre",
                           in->name, pair, value);
        params[i] = v;
        return 0;
    }
    return unknown_param(in, pair, e);
}

int indicator_parse(const char *text, const struct indicator **in, double params[INDICATOR_PARAMS_MAX], struct err *e) {
    char copy[TEXT_MAX], *rest = NULL;
    if (strlen(text) >= sizeof copy)
        return err_set(e, ERR_USAGE, "“%.40s…” is too long for an indicator",
                       "«\u00a0%.40s…\u00a0» est trop long pour un indicateur", text);
    memcpy(copy, text, strlen(text) + 1);
    rest = strchr(copy, ':');
    if (rest != NULL) *rest++ = '\0';
    *in = indicator_find(copy);
    if (*in == NULL)
        return err_set(
            e, ERR_NOT_FOUND, "there is no indicator “%.40s”: `mia indicator` lists them",
            "il n’y a pas d’indicateur «\u00a0%.40s\u00a0»\u00a0: «\u00a0mia indicator\u00a0» en donne la liste", copy);
    for (uint32_t i = 0; i < INDICATOR_PARAMS_MAX; i++)
        params[i] = i < indicator_params(*in) ? (*in)->params[i].value : 0;
    while (rest != NULL) {
        char *pair = rest;
        rest = strchr(rest, ',');
        if (rest != NULL) *rest++ = '\0';
        if (take_param(*in, pair, params, e) != 0) return -1;
    }
    return check_bounds(*in, params, e);
}

/* ---- a state ---- */

static void *body(void *state) {
    return (struct indicator_head *)state + 1;
}

size_t indicator_size(const struct indicator *in, const double *params) {
    return sizeof(struct indicator_head) + in->size(params);
}

uint32_t indicator_lookback(const struct indicator *in, const double *params) {
    return in->lookback(params);
}

static int start(const struct indicator *in, struct indicator_head *h, struct err *e) {
    memset(body(h), 0, in->size(h->params));
    return in->open(body(h), h->params, e);
}

int indicator_open(const struct indicator *in, void *state, const double *params, struct err *e) {
    struct indicator_head *h = state;
    if (check_bounds(in, params, e) != 0) return -1;
    *h = (struct indicator_head){{0}};
    memcpy(h->params, params, indicator_params(in) * sizeof *params);
    return start(in, h, e);
}

void indicator_reset(const struct indicator *in, void *state) {
    (void)start(in, state, NULL); /* what could be opened once can be opened again */
}

static int missing(const struct indicator *in, const struct indicator_columns *c, struct err *e) {
    const struct {
        uint32_t field;
        const char *name;
        const void *column;
    } all[] = {{INDICATOR_OPEN, "open", c->open},       {INDICATOR_HIGH, "high", c->high},
               {INDICATOR_LOW, "low", c->low},          {INDICATOR_CLOSE, "close", c->close},
               {INDICATOR_VOLUME, "volume", c->volume}, {INDICATOR_START, "time", c->start_ns}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if ((in->uses & all[i].field) != 0 && all[i].column == NULL)
            return err_set(e, ERR_NOT_FOUND, "%s needs the column %s", "%s a besoin de la colonne %s", in->name,
                           all[i].name);
    }
    return 0;
}

static double cell(const double *column, size_t i) {
    return column != NULL ? column[i] : NAN;
}

static void by_steps(const struct indicator *in, void *state, const struct indicator_columns *c, size_t n,
                     double *const *out) {
    uint32_t outputs = indicator_outputs(in);
    for (size_t i = 0; i < n; i++) {
        const struct indicator_bar b = {.open = cell(c->open, i),
                                        .high = cell(c->high, i),
                                        .low = cell(c->low, i),
                                        .close = cell(c->close, i),
                                        .volume = cell(c->volume, i),
                                        .buy = cell(c->buy, i),
                                        .sell = cell(c->sell, i),
                                        .start_ns = c->start_ns != NULL ? c->start_ns[i] : 0};
        double o[INDICATOR_OUTPUTS_MAX];
        in->step(state, &b, o);
        for (uint32_t k = 0; k < outputs; k++) out[k][i] = o[k];
    }
}

int indicator_batch(const struct indicator *in, void *state, const struct indicator_columns *columns, size_t n,
                    double *const *out, struct err *e) {
    if (missing(in, columns, e) != 0) return -1;
    if (in->batch != NULL)
        in->batch(body(state), columns, n, out);
    else
        by_steps(in, body(state), columns, n, out);
    return 0;
}

void indicator_snap(const struct indicator *in, void *state, struct snap *s) {
    struct indicator_head *h = state;
    for (uint32_t i = 0; i < indicator_params(in); i++) {
        double p = h->params[i];
        snap_f64(s, &p);
        if (memcmp(&p, &h->params[i], sizeof p) != 0) s->bad = true; /* another parameter's state */
    }
    if (!s->bad) in->snap(body(state), s);
}
