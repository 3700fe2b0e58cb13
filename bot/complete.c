/*
 * complete: suggestions while somebody types. From the command's own function, or from
 * the kind of the argument. Reads the engine; answers at once; changes nothing.
 */
#include <string.h>

#include "bot/router_priv.h"
#include "commands/parts.h"
#include "engine/base/mem.h"

struct offer {
    struct choice *out;
    uint32_t n;
    const char *typed;
};

static bool begins(const char *text, const char *typed) {
    return !strncasecmp(text, typed, strlen(typed));
}

static void add(struct offer *o, const char *value, const char *label) {
    if (o->n == COMMAND_CHOICES_MAX || (!begins(value, o->typed) && !begins(label, o->typed))) return;
    for (uint32_t i = 0; i < o->n; i++)
        if (!strcmp(o->out[i].value, value)) return;
    str_copy(o->out[o->n].value, sizeof o->out[o->n].value, value);
    str_copy(o->out[o->n].label, sizeof o->out[o->n].label, label);
    o->n++;
}

/* A number under its label, found with and without its "#". */
static void add_number(const struct command_ctx *c, struct offer *o, uint32_t number, const char *label) {
    struct offer any = {.out = o->out, .n = o->n, .typed = ""};
    const char *value = arena_printf(c->arena, "#%u", number);
    bool found = begins(value + 1, o->typed);
    add(found ? &any : o, value, label);
    if (found) o->n = any.n;
}

static void trades(const struct command_ctx *c, struct offer *o) {
    for (uint32_t i = 0; i < engine_trade_count(c->engine); i++) {
        const struct trade *t = engine_trade_at(c->engine, i);
        cash_t net;
        add_number(c, o, t->id,
                   engine_trade_pnl(c->engine, t, &net)
                       ? arena_printf(c->arena, "%s (%s)", parts_trade(c, t), parts_gain(c, net))
                       : parts_trade(c, t));
    }
}

/* Entries that wait, each under the number of the trade it is to open. */
static void waiting(const struct command_ctx *c, struct offer *o) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < engine_order_count(c->engine); i++)
        n += engine_can_cancel(c->engine, engine_order_at(c->engine, i));
    if (n > 1) add(o, "all", tr(c->lang, "all", "tout"));
    for (uint32_t i = 0; i < engine_order_count(c->engine); i++) {
        const struct order *w = engine_order_at(c->engine, i);
        if (!engine_can_cancel(c->engine, w)) continue;
        add_number(c, o, w->trade,
                   arena_printf(c->arena, "#%u %s %s %s", w->trade, parts_side(w->side), parts_qty(c, w->qty),
                                parts_instrument(c, w->instrument)->symbol));
    }
}

static void levels(const struct command_ctx *c, struct offer *o) {
    static const struct {
        const char *value, *label[LANG_COUNT];
    } all[] = {{"20 ticks", {"20 ticks behind the market", "20 ticks derrière le marché"}},
               {"50 ticks", {"50 ticks behind the market", "50 ticks derrière le marché"}},
               {"0.5%", {"0.5% behind the market", "0,5\u00a0% derrière le marché"}},
               {"1%", {"1% behind the market", "1\u00a0% derrière le marché"}},
               {"+10 ticks", {"10 ticks beyond the entry: a gain", "10 ticks au-delà de l’entrée\u00a0: un gain"}},
               {"-20 ticks", {"20 ticks short of the entry: a loss", "20 ticks en deçà de l’entrée\u00a0: une perte"}}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) add(o, all[i].value, all[i].label[c->lang]);
}

static void targets(const struct command_ctx *c, struct offer *o) {
    uint32_t n = engine_trade_count(c->engine);
    if (n > 1) add(o, "all", tr(c->lang, "all", "tout"));
    trades(c, o);
    for (uint32_t i = 0; i < n; i++) {
        const char *symbol = parts_instrument(c, engine_trade_at(c->engine, i)->instrument)->symbol;
        add(o, symbol, symbol);
    }
}

/* Found by either name, offered under the one of the language. */
static void commands(const struct command_ctx *c, struct offer *o, const char *slash) {
    struct offer any = {.out = o->out, .n = o->n, .typed = ""};
    for (uint32_t i = 0; command_table[i]; i++) {
        const struct command *cmd = command_table[i];
        const char *name = parts_name(cmd, c->lang);
        if (!auth_may(c->role, cmd)) continue;
        if (!begins(cmd->name, o->typed) && !(cmd->name_fr && begins(cmd->name_fr, o->typed))) continue;
        add(&any, arena_printf(c->arena, "%s%s", slash, name),
            arena_printf(c->arena, tr(c->lang, "%s%s: %s", "%s%s\u00a0: %s"), slash, name, cmd->summary[c->lang]));
    }
    o->n = any.n;
}

/* Found by its key, too, offered under the word of the language. */
static void add_choice(const struct command_ctx *c, struct offer *o, const char *key) {
    struct offer any = {.out = o->out, .n = o->n, .typed = begins(key, o->typed) ? "" : o->typed};
    const char *word = parts_choice(key, c->lang);
    add(&any, word, word);
    o->n = any.n;
}

static void from_kind(const struct command_ctx *c, const struct arg_spec *s, struct offer *o) {
    static const char *const percents[] = {"25", "50", "75", "100"};
    const struct engine_config *cf = engine_config(c->engine);
    switch (s->kind) {
    case ARG_TARGET: targets(c, o); break;
    case ARG_SYMBOL:
        for (uint32_t i = 0; i < cf->instrument_count; i++)
            add(o, cf->instruments[i].symbol, cf->instruments[i].symbol);
        break;
    case ARG_COMMAND: commands(c, o, ""); break;
    case ARG_TRADE: trades(c, o); break;
    case ARG_ORDER: waiting(c, o); break;
    case ARG_LEVEL: levels(c, o); break;
    case ARG_PERCENT:
        for (size_t i = 0; i < sizeof percents / sizeof percents[0]; i++)
            add(o, percents[i], parts_ratio(c, (double)(i + 1) / 4, 0));
        break;
    case ARG_WORD:
        for (uint32_t i = 0; s->choices && s->choices[i]; i++) add_choice(c, o, s->choices[i]);
        break;
    case ARG_INT:
    case ARG_WHEN:
    case ARG_TEXT: break;
    }
}

static uint32_t argument(struct command_ctx *ctx, const struct command *c, uint32_t i, const char *typed,
                         struct choice out[COMMAND_CHOICES_MAX]) {
    struct offer o = {.out = out, .typed = typed};
    if (i >= c->arg_count || !auth_may(ctx->role, c)) return 0;
    ctx->command = c;
    if (c->complete) {
        uint32_t n = c->complete(ctx, i, typed, out);
        if (n) return n < COMMAND_CHOICES_MAX ? n : COMMAND_CHOICES_MAX;
    }
    from_kind(ctx, &c->args[i], &o);
    return o.n;
}

/* Discord: named options, one of them under the cursor. */
static uint32_t structured(struct command_ctx *ctx, const struct request *q, struct choice out[COMMAND_CHOICES_MAX]) {
    const struct command *c = command_find(q->command);
    const char *typed = NULL;
    uint32_t focused = 0;
    for (uint32_t k = 0; c && k < q->arg_count && k < REQUEST_ARGS_MAX; k++) {
        for (uint32_t i = 0; i < c->arg_count; i++) {
            if (strcasecmp(q->args[k].name, c->args[i].name[LANG_EN]) != 0 &&
                strcasecmp(q->args[k].name, c->args[i].name[LANG_FR]) != 0)
                continue;
            ctx->args[i].text = arena_strdup(ctx->arena, q->args[k].value);
            if (!q->args[k].focused) continue;
            typed = q->args[k].value;
            focused = i;
        }
    }
    return typed ? argument(ctx, c, focused, typed, out) : 0;
}

/* The page: a line that is being typed; the last word is the one to complete. */
static uint32_t line(struct command_ctx *ctx, const struct request *q, struct choice out[COMMAND_CHOICES_MAX]) {
    char text[REQUEST_TEXT_MAX], name[64];
    str_copy_n(text, sizeof text, q->text, strnlen(q->text, sizeof q->text - 1));
    const char *p = text + strspn(text, " ");
    if (*p != '/') return 0;
    size_t n = strcspn(p + 1, " ");
    if (!p[1 + n]) {
        struct offer o = {.out = out, .typed = p + 1};
        commands(ctx, &o, "/");
        return o.n;
    }
    if (!str_copy_n(name, sizeof name, p + 1, n)) return 0;
    const struct command *c = command_find(name);
    const char *typed = p + 1 + n;
    uint32_t words = 0;
    for (;;) { /* typed: the last word, "" after a blank */
        typed += strspn(typed, " ");
        size_t word = strcspn(typed, " ");
        if (!typed[word]) break;
        if (words < COMMAND_ARGS_MAX) ctx->args[words].text = arena_strndup(ctx->arena, typed, word);
        typed += word;
        words++;
    }
    return c ? argument(ctx, c, words, typed, out) : 0;
}

uint32_t complete_request(struct command_ctx *ctx, const struct request *q, struct choice out[COMMAND_CHOICES_MAX]) {
    return *q->command ? structured(ctx, q, out) : line(ctx, q, out);
}
