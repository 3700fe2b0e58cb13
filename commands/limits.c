/*
 * limits: every breaker with how much of it is used, its state and when it is lifted; and an
 * owner's override of one, which is confirmed, told and audited.
 */
#include <string.h>
#include <strings.h>

#include "commands/parts.h"

static const char *const actions[] = {"show", "override", NULL};

static bool overrides(const struct arg args[COMMAND_ARGS_MAX]) {
    return args[0].given && !strcmp(args[0].text, "override");
}

static struct command_access access(const struct arg args[COMMAND_ARGS_MAX]) {
    if (overrides(args)) return (struct command_access){ROLE_OWNER, COMMAND_MONEY | COMMAND_CONFIRM};
    return (struct command_access){ROLE_MENTOR, COMMAND_READONLY};
}

/* ---- show ---- */

static const char *state_text(const struct command_ctx *c, const struct limit_view *v) {
    switch (v->state) {
    case LIMIT_IS_OK: return tr(c->lang, "🟢 ok", "🟢 ok");
    case LIMIT_IS_NEAR: return tr(c->lang, "🟡 near", "🟡 proche");
    case LIMIT_IS_CAUTIOUS: return tr(c->lang, "🟠 cautious", "🟠 prudence");
    case LIMIT_IS_REACHED:
        return v->is_breaker ? tr(c->lang, "🔴 suspended", "🔴 suspendu")
                             : tr(c->lang, "🔴 no entries", "🔴 plus d’entrées");
    case LIMIT_STATE_COUNT: break;
    }
    return NONE_TEXT;
}

static const char *reset_text(struct command_ctx *c, const struct limit_view *v) {
    when_t market = engine_market_time(c->engine);
    switch (v->reset) {
    case RESET_COOLDOWN:
        if (v->reset_at.ns == 0) return tr(c->lang, "after a while without one", "après un moment sans erreur");
        return parts_when(c, v->reset_at);
    case RESET_RECOVERED:
        if (v->state == LIMIT_IS_REACHED)
            return tr(c->lang, "when made good, from a new day on", "une fois rattrapé, dès un nouveau jour");
        return tr(c->lang, "when made good", "une fois rattrapé");
    case RESET_DAY:
    case RESET_WEEK:
    case RESET_MONTH:
    case LIMIT_RESET_COUNT: break;
    }
    if (market.ns == 0 || market.ns == WHEN_NONE.ns) return NONE_TEXT;
    return parts_when(c, command_day_begins(c, v->reset_day));
}

static void row(struct command_ctx *c, const struct limit_view *v, struct doc *d) {
    bool counted = v->count_max > 0;
    const char *name = parts_limit(c, v->kind);
    if (v->instrument >= 0)
        name = arena_printf(c->arena, "%s (%s)", name, parts_instrument(c, (uint16_t)v->instrument)->symbol);
    const char *cells[] = {
        name,
        counted ? arena_printf(c->arena, "%u", v->count) : parts_cash(c, v->used),
        counted ? arena_printf(c->arena, "%u", v->count_max) : parts_cash(c, v->max),
        parts_ratio(c, parts_limit_share(v), 0),
        state_text(c, v),
        reset_text(c, v),
    };
    doc_row(d, cells);
}

static enum exec_result show(struct command_ctx *c) {
    struct limit_view *v = arena_alloc(c->arena, LIMIT_VIEWS_MAX * sizeof *v);
    uint32_t n = engine_limits(c->engine, v), suspended = 0;
    struct doc *d = doc_new(c->arena, c->lang, DOC_PLAIN);
    doc_column(d, tr(c->lang, "Limit", "Limite"), DOC_LEFT);
    doc_column(d, tr(c->lang, "Used", "Utilisé"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "Max", "Max"), DOC_RIGHT);
    doc_column(d, "%", DOC_RIGHT);
    doc_column(d, tr(c->lang, "State", "État"), DOC_LEFT);
    doc_column(d, tr(c->lang, "Lifted", "Levée"), DOC_LEFT);
    for (uint32_t i = 0; i < n; i++) {
        if (!v[i].binding) continue;
        row(c, &v[i], d);
        suspended += v[i].state == LIMIT_IS_REACHED && v[i].is_breaker;
        if (*v[i].by)
            doc_line(d,
                     tr(c->lang, "🔓 %s: overridden by %s, %s; counted anew since",
                        "🔓 %s\u00a0: levé par %s, le %s\u00a0; compté à nouveau depuis"),
                     parts_limit(c, v[i].kind), parts_actor(c, v[i].by), parts_when(c, v[i].by_at));
    }
    if (suspended)
        doc_title(d, "🚦", tr(c->lang, "Limits: trading is suspended by %u", "Limites\u00a0: trading suspendu par %u"),
                  suspended);
    else
        doc_title(d, "🚦", "%s", tr(c->lang, "Limits", "Limites"));
    if (!n) doc_line(d, "%s", tr(c->lang, "No limit is set.", "Aucune limite n’est fixée."));
    doc_footer(d, "%s",
               tr(c->lang, "/risk shows every setting behind them; /limits override NAME is an owner's",
                  "/risque montre tous les réglages\u00a0; /limites override NOM est réservé aux propriétaires"));
    c->doc = d;
    return EXEC_DONE;
}

/* ---- override ---- */

/* The name of the files, or what people read, in either language: a button is pressed in the presser's. */
static bool is_named(const struct command_ctx *c, enum limit_kind k, const char *typed) {
    struct command_ctx in = *c;
    for (int l = 0; l < LANG_COUNT; l++) {
        in.lang = (enum lang)l;
        if (!strcasecmp(parts_limit(&in, k), typed)) return true;
    }
    return !strcasecmp(limit_kind_name(k), typed);
}

static int meant(struct command_ctx *c, struct operator_command *op) {
    const char *names = "";
    *op = (struct operator_command){.verb = OP_OVERRIDE, .instrument = -1};
    for (int k = 0; k < LIMIT_KIND_COUNT; k++) {
        if (k == LIMIT_DAILY_TRADES) continue;
        names = arena_printf(c->arena, "%s%s%s", names, *names ? ", " : "", limit_kind_name((enum limit_kind)k));
        if (!c->args[1].given || !is_named(c, (enum limit_kind)k, c->args[1].text)) continue;
        op->limit = k;
        return 0;
    }
    return err_set(&c->err, ERR_USAGE, "Which breaker: %s?", "Quel coupe-circuit\u00a0: %s\u00a0?", names);
}

static bool view_of(const struct command_ctx *c, int32_t kind, struct limit_view *out) {
    struct limit_view *v = arena_alloc(c->arena, LIMIT_VIEWS_MAX * sizeof *v);
    uint32_t n = engine_limits(c->engine, v);
    for (uint32_t i = 0; i < n; i++) {
        if ((int32_t)v[i].kind != kind || !v[i].binding) continue;
        *out = v[i];
        return true;
    }
    return false;
}

static int can_override(struct command_ctx *c, const struct operator_command *op, struct limit_view *v) {
    if (view_of(c, op->limit, v) && (v->state == LIMIT_IS_REACHED || v->state == LIMIT_IS_CAUTIOUS)) return 0;
    return err_set(&c->err, ERR_REFUSED, "%s neither suspends nor slows trading: there is nothing to override.",
                   "%s ne suspend ni ne freine le trading\u00a0: il n’y a rien à lever.",
                   parts_limit(c, (enum limit_kind)op->limit));
}

static enum exec_result preview(struct command_ctx *c, uint64_t *state) {
    struct operator_command op;
    struct limit_view v;
    if (!overrides(c->args)) return EXEC_UNASKED;
    if (meant(c, &op) < 0 || can_override(c, &op, &v) < 0) return EXEC_FAILED;
    *state = engine_preview_override(c->engine, v.kind);
    struct doc *d = doc_new(c->arena, c->lang, DOC_WARNING);
    doc_title(d, "🔓", tr(c->lang, "Override this breaker: %s?", "Lever ce coupe-circuit\u00a0: %s\u00a0?"),
              parts_limit(c, v.kind));
    doc_field(d, tr(c->lang, "State", "État"), "%s", state_text(c, &v));
    doc_field(d, tr(c->lang, "Used", "Utilisé"), "%s", parts_limit_use(c, &v));
    doc_field(d, tr(c->lang, "Lifted by itself", "Levé de lui-même"), "%s", reset_text(c, &v));
    doc_line(
        d, "%s",
        v.kind == LIMIT_OPEN_RISK
            ? tr(c->lang,
                 "⚠️ It stays silent until the next trading day; new trades are still refused above the limit.",
                 "⚠️ Il se tait jusqu’au prochain jour de bourse\u00a0; au-dessus de la limite, les nouveaux "
                 "trades "
                 "restent refusés.")
            : tr(c->lang, "⚠️ It then counts anew from here: as much again may be lost before it acts.",
                 "⚠️ Il compte ensuite à nouveau à partir d’ici\u00a0: autant peut encore être perdu avant "
                 "qu’il "
                 "n’agisse."));
    c->doc = d;
    return EXEC_DONE;
}

static enum exec_result override(struct command_ctx *c) {
    struct operator_command op;
    struct limit_view v;
    struct engine_status st;
    if (meant(c, &op) < 0 || can_override(c, &op, &v) < 0 || command_apply(c, &op, &c->err) < 0) return EXEC_FAILED;
    engine_status(c->engine, &st);
    struct doc *d = doc_new(c->arena, c->lang, DOC_WARNING);
    doc_title(d, "🔓", tr(c->lang, "Overridden: %s", "Levé\u00a0: %s"), parts_limit(c, v.kind));
    if (st.suspended)
        doc_line(d, tr(c->lang, "Trading is still suspended by: %s.", "Le trading reste suspendu par\u00a0: %s."),
                 parts_limit(c, st.suspended_by));
    else if (st.paused)
        doc_line(d, "%s",
                 tr(c->lang, "Trading is still paused: /resume goes on.",
                    "Le trading reste en pause\u00a0: /reprendre relance."));
    else
        doc_line(d, "%s",
                 tr(c->lang, "New trades are possible again.", "De nouvelles positions sont de nouveau possibles."));
    c->doc = d;
    return EXEC_DONE;
}

static enum exec_result limits(struct command_ctx *c) {
    return overrides(c->args) ? override(c) : show(c);
}

/* Only those that can be overridden now. */
static uint32_t complete(struct command_ctx *c, uint32_t arg, const char *typed,
                         struct choice out[COMMAND_CHOICES_MAX]) {
    uint32_t n = 0;
    for (int k = 0; arg == 1 && k < LIMIT_KIND_COUNT && n < COMMAND_CHOICES_MAX; k++) {
        struct limit_view v;
        const char *name = limit_kind_name((enum limit_kind)k);
        if (!view_of(c, k, &v) || !v.is_breaker || v.state < LIMIT_IS_CAUTIOUS) continue;
        if (strncasecmp(name, typed, strlen(typed)) != 0 &&
            strncasecmp(parts_limit(c, v.kind), typed, strlen(typed)) != 0)
            continue;
        str_copy(out[n].value, sizeof out[n].value, name);
        str_copy(out[n].label, sizeof out[n].label, parts_limit(c, v.kind));
        n++;
    }
    return n;
}

const struct command limits_command = {
    .name = "limits",
    .name_fr = "limites",
    .summary = {"Every breaker: used, state, when it is lifted; an owner may override one",
                "Chaque coupe-circuit\u00a0: utilisé, état, levée\u00a0; un propriétaire peut en lever un"},
    .help = {"/limits, /limits override weekly_loss (owners, after one confirmation)",
             "/limites, /limites override weekly_loss (propriétaires, après confirmation)"},
    .args =
        {{.name = {"action", "action"}, .summary = {"What to do", "Que faire"}, .kind = ARG_WORD, .choices = actions},
         {.name = {"name", "nom"}, .summary = {"The breaker's name", "Le nom du coupe-circuit"}, .kind = ARG_TEXT}},
    .arg_count = 2,
    .role = ROLE_MENTOR,
    .flags = COMMAND_READONLY | COMMAND_CONFIRM | COMMAND_SOMETIMES,
    .access = access,
    .exec = limits,
    .preview = preview,
    .complete = complete,
};
