/*
 * Streak: a whole rule to begin with. Copy it to engine/strategies/, name it, list it in table.c, `make docs`; whoever
 * configures `strategies: [{name: Streak, …}]` has it then. test_strategies asks this file, too, so it cannot rot.
 */
#include "engine/strategies/kit.h"

extern const struct indicator indicator_atr;
extern const struct strategy strategy_streak;

enum { P_COUNT, P_STOP, P_TARGET, P_SHORT };
static const struct param_spec params[] = {
    [P_COUNT] = {"count", 3, 2, 100, true, "closes in a row, each beyond the one before"},
    [P_STOP] = PARAM_STOP_ATR(2),
    [P_TARGET] = PARAM_TARGET_R(1.5),
    [P_SHORT] = PARAM_SHORT(1),
    {.name = NULL},
};

struct streak {
    struct kit kit; /* first */
    double stop, target;
    bool allow_short;
    int32_t wanted;
    int32_t row;  /* closes in a row: up, or down where negative */
    double close; /* the last one; NaN: none yet */
};

static const double atr_period = 14;
static const struct kit_use uses[] = {{&indicator_atr, &atr_period}};

static size_t streak_state_size(const double *p) {
    (void)p;
    return kit_size(sizeof(struct streak), uses, 1);
}

static int streak_open(void *state, const double *p, struct err *e) {
    struct streak *s = state;
    *s = (struct streak){.stop = p[P_STOP],
                         .target = p[P_TARGET],
                         .allow_short = p[P_SHORT] != 0,
                         .wanted = (int32_t)p[P_COUNT],
                         .close = NAN};
    return kit_open(&s->kit, sizeof *s, uses, 1, e);
}

static void reason(struct intent *w, int32_t row) {
    for (int l = 0; l < LANG_COUNT; l++)
        reason_set(w->reason[l],
                   row > 0 ? tr((enum lang)l, "%d higher closes in a row", "%d clôtures de suite en hausse")
                           : tr((enum lang)l, "%d lower closes in a row", "%d clôtures de suite en baisse"),
                   row > 0 ? row : -row);
}

static void streak_bar(void *state, const struct strategy_view *v, struct intents *out) {
    struct streak *s = state;
    const struct indicator_bar row = indicator_bar_of(v->bar);
    double atr, change = row.close - s->close;
    kit_step(&s->kit, 0, &row, &atr);
    s->close = row.close;
    if (!(change > 0) && !(change < 0)) s->row = 0; /* NaN, too */
    if (change > 0) s->row = s->row > 0 ? s->row + 1 : 1;
    if (change < 0) s->row = s->row < 0 ? s->row - 1 : -1;
    if (!(atr > 0) || (s->row != s->wanted && s->row != -s->wanted)) return;
    double way = s->row > 0 ? 1 : -1;
    struct intent *w = kit_turn(v, way, s->allow_short, out);
    if (w == NULL) return;
    w->confidence = (uint32_t)(100 * kit_place(v->bar, way) + 0.5);
    kit_bracket(w, v, way, s->stop * atr, s->target);
    reason(w, s->row);
}

static void streak_snap(void *state, struct snap *s) {
    struct streak *x = state;
    snap_i32(s, &x->row);
    snap_f64(s, &x->close);
    kit_snap(&x->kit, s);
}

const struct strategy strategy_streak = {
    .name = "Streak",
    .summary = {"Joins a streak of closes.", "Rejoint une série de clôtures."},
    .definition = "Long after `count` closes in a row that were each above the one before; short in the mirror.",
    .params = params,
    .state_size = streak_state_size,
    .open = streak_open,
    .bar = streak_bar,
    .snap = streak_snap,
};
