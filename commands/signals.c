/* signals: the last signals, taken and ignored, newest first, from the store. */
#include "commands/parts.h"

#define SIGNALS_SHOWN 10
#define SIGNALS_SHOWN_MAX 50

struct listing {
    struct command_ctx *c;
    struct doc *doc;
    uint32_t n, taken, newest;
};

static void signal_row(void *arg, const struct signal_row *r) {
    struct listing *l = arg;
    const struct command_ctx *c = l->c;
    const struct signal *g = &r->signal;
    if (!l->n++) l->newest = g->id;
    l->taken += g->taken;
    const char *cells[] = {
        arena_printf(c->arena, "S%u", g->id),
        parts_when(c, g->time),
        arena_strdup(c->arena, r->symbol),
        parts_side(g->side),
        parts_ratio(c, g->confidence / 100.0, 0),
        arena_strdup(c->arena, r->strategy),
        g->taken ? arena_printf(c->arena, tr(c->lang, "✅ trade #%u", "✅ trade #%u"), g->trade)
                 : arena_printf(c->arena, "⏭️ %s", parts_refusal(c, g->refusal)),
    };
    doc_row(l->doc, cells);
}

static void done(void *arg, const struct err *failed) {
    struct listing *l = arg;
    struct command_ctx *c = l->c;
    if (failed) {
        c->err = *failed;
        command_finish(c);
        return;
    }
    c->doc = l->n ? l->doc : doc_new(c->arena, c->lang, DOC_PLAIN);
    if (l->n) {
        doc_title(c->doc, "📡", tr(c->lang, "Last signals (%u, %u taken)", "Derniers signaux (%u, dont %u pris)"), l->n,
                  l->taken);
        doc_footer(c->doc, tr(c->lang, "/why S%u tells why.", "/pourquoi S%u dit pourquoi."), l->newest);
    } else {
        doc_title(c->doc, "📭", "%s", tr(c->lang, "No signal yet", "Aucun signal pour l’instant"));
    }
    command_finish(c);
}

static enum exec_result signals(struct command_ctx *c) {
    struct listing *l = arena_alloc(c->arena, sizeof *l);
    struct store_filter f = {.from = WHEN_NONE, .to = WHEN_NONE, .symbol = ""};
    *l = (struct listing){.c = c, .doc = doc_new(c->arena, c->lang, DOC_PLAIN)};
    f.limit = c->args[0].given ? (uint32_t)c->args[0].number : SIGNALS_SHOWN;
    doc_column(l->doc, tr(c->lang, "Signal", "Signal"), DOC_RIGHT);
    doc_column(l->doc, tr(c->lang, "Time", "Heure"), DOC_LEFT);
    doc_column(l->doc, tr(c->lang, "Symbol", "Symbole"), DOC_LEFT);
    doc_column(l->doc, tr(c->lang, "Side", "Sens"), DOC_LEFT);
    doc_column(l->doc, tr(c->lang, "Confidence", "Confiance"), DOC_RIGHT);
    doc_column(l->doc, tr(c->lang, "Strategy", "Stratégie"), DOC_LEFT);
    doc_column(l->doc, tr(c->lang, "Became", "Suite"), DOC_LEFT);
    store_signals(c->store, &f, signal_row, done, l);
    return EXEC_WAIT;
}

const struct command signals_command = {
    .name = "signals",
    .name_fr = "signaux",
    .summary = {"The last signals, taken and ignored", "Les derniers signaux, pris et ignorés"},
    .help = {"/signals, /signals 20", "/signaux, /signaux 20"},
    .args = {{.name = {"count", "nombre"},
              .summary = {"How many", "Combien"},
              .kind = ARG_INT,
              .min = 1,
              .max = SIGNALS_SHOWN_MAX}},
    .arg_count = 1,
    .role = ROLE_MENTOR,
    .flags = COMMAND_READONLY,
    .exec = signals,
};
