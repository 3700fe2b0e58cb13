/* messages: channels, urgency, keys and what is said, for every trigger; and what must hold for all of them. */
#include "tests/unit/unit.h"

#include "tests/unit/triggers.h"

struct told {
    struct sample s;
    struct message out[MESSAGES_MAX];
    uint32_t n;
};

static void tell_trigger(struct told *t, const char *name, enum lang lang) {
    sample_init(&t->s, lang);
    for (size_t i = 0; i < TRIGGERS; i++) {
        if (strcmp(triggers[i].name, name) != 0) continue;
        t->n = triggers[i].tell(&t->s, t->out);
        return;
    }
    fail_msg("no trigger %s", name);
}

static void done(struct told *t) {
    arena_free(t->s.arena);
}

/* Title of message `i`, in French. Narrow and wide no-break spaces are shown as '_'. */
static void check_title(const char *name, uint32_t i, const char *want) {
    struct told t;
    struct buf b;
    tell_trigger(&t, name, LANG_FR);
    assert_true(i < t.n);
    buf_init(&b, 4096);
    for (const char *p = t.out[i].doc->title; *p != '\0'; p++) {
        size_t skip = strncmp(p, "\u00a0", 2) == 0 ? 2 : strncmp(p, "\u202f", 3) == 0 ? 3 : 0;
        buf_char(&b, skip > 0 ? '_' : *p);
        if (skip > 0) p += skip - 1;
    }
    assert_string_equal(b.p, want);
    buf_clear(&b);
    done(&t);
}

static void check_where(const char *name, uint32_t n, uint32_t i, enum channel ch, enum urgency u, const char *key,
                        bool edit) {
    struct told t;
    tell_trigger(&t, name, LANG_EN);
    assert_int_equal(t.n, n);
    assert_int_equal(t.out[i].channel, ch);
    assert_int_equal(t.out[i].urgency, u);
    assert_string_equal(t.out[i].key, key);
    assert_int_equal(t.out[i].is_edit, edit);
    done(&t);
}

static void test_words_of_the_sources(void **state) {
    (void)state;
    check_title("trade_opened", 0, "ENTRÉE LONG ES @ 5_615,00 | Stop_: 5_611,00 | TP_: 5_621,00");
    check_title("trade_changed_break_even", 0,
                "Position sécurisée - Stop → 5_614,00 (breakeven) | Risque restant_: 54,50_$ | LONG ES");
    check_title("trade_closed_profit", 0, "PROFIT_! +6_pts = +300_$ sur LONG ES | Trade fermé @ 5_621,00");
    check_title("trade_closed_profit", 2, "Stats jour_: 3/3 gagnants | +750_$ | WR_: 100_%");
    check_title("limit_near", 0, "ATTENTION_: P&L jour -450_$ (limite_: -500_$)");
    check_title("limit_cautious_on", 0, "Mode prudence activé - Taille des positions réduite de 50_%");
    check_title("limit_reached", 0, "Limite journalière atteinte - Trading suspendu");
    check_title("limit_reached", 1, "Session difficile - Analyse détaillée disponible");
    check_title("signal_taken", 0, "Signal LONG détecté - Confiance_: 85_% | ES");
    check_title("signal_ignored", 0, "Signal ignoré - Confiance insuffisante (55_%) | LONG ES");
    check_title("day_closed", 0, "RAPPORT DU JOUR - 30 juin 2025");
    /* What the engine does not say is not made up. */
    check_title("limit_reached_trades", 0, "Maximum de trades du jour atteint - Plus d’entrées");
    check_title("limit_lifted", 0, "Limite levée (Perte journalière) - Trading de nouveau possible");
    check_title("order_surplus", 0, "Exécution inexpliquée - ACHAT 3_contrats ES");
    check_title("order_expired", 0, "Ordre expiré chez le courtier - ACHAT 2_contrats ES");
    check_title("order_protect_refused_old", 0, "Stop refusé par le courtier - ES");
    check_title("start_paused", 0, "MIA 0.2.0 démarré, en pause depuis 14:45 par telegram:400_; toujours en pause");
}

static void test_where_and_how_loudly(void **state) {
    (void)state;
    check_where("trade_opened", 1, 0, CHANNEL_TRADES, URGENCY_IMPORTANT, "trade:17", false);
    check_where("trade_changed_trail", 2, 0, CHANNEL_TRADES, URGENCY_INFO, "", false);
    check_where("trade_changed_trail", 2, 1, CHANNEL_TRADES, URGENCY_INFO, "trade:17", true);
    check_where("trade_closed_loss", 3, 1, CHANNEL_TRADES, URGENCY_INFO, "trade:17", true);
    check_where("trade_closed_loss", 3, 2, CHANNEL_PERFORMANCE, URGENCY_INFO, "", false);
    check_where("signal_ignored", 1, 0, CHANNEL_SIGNAL, URGENCY_INFO, "", false);
    check_where("start", 1, 0, CHANNEL_ADMIN, URGENCY_INFO, "start:3", false);
    check_where("start_first", 1, 0, CHANNEL_ADMIN, URGENCY_INFO, "start:3", false);
    check_where("start_cut", 1, 0, CHANNEL_ADMIN, URGENCY_IMPORTANT, "start:3", false);
    check_where("start_cut_again", 1, 0, CHANNEL_ADMIN, URGENCY_IMPORTANT, "start:3", true);
    check_where("start_cut_thrice", 2, 1, CHANNEL_ALERTS, URGENCY_URGENT, "", false);
    check_where("start_trouble", 2, 1, CHANNEL_ALERTS, URGENCY_URGENT, "", false);
    check_where("start_upgraded", 1, 0, CHANNEL_ADMIN, URGENCY_IMPORTANT, "start:3", true);
    check_where("limit_near", 1, 0, CHANNEL_ALERTS, URGENCY_URGENT, "", false);
    check_where("limit_near_trades", 1, 0, CHANNEL_ALERTS, URGENCY_IMPORTANT, "", false);
    check_where("limit_cautious_on", 2, 0, CHANNEL_ADMIN, URGENCY_IMPORTANT, "", false);
    check_where("limit_cautious_on", 2, 1, CHANNEL_ALERTS, URGENCY_IMPORTANT, "", false);
    check_where("limit_reached", 2, 0, CHANNEL_ALERTS, URGENCY_URGENT, "", false);
    check_where("limit_reached", 2, 1, CHANNEL_PERFORMANCE, URGENCY_INFO, "", false);
    check_where("limit_reached_trades", 1, 0, CHANNEL_ALERTS, URGENCY_IMPORTANT, "", false);
    check_where("pause_on", 1, 0, CHANNEL_ADMIN, URGENCY_IMPORTANT, "", false);
    check_where("pause_sos", 2, 1, CHANNEL_ALERTS, URGENCY_URGENT, "", false);
    check_where("market_lost", 1, 0, CHANNEL_ALERTS, URGENCY_URGENT, "", false);
    check_where("market_ended", 1, 0, CHANNEL_ADMIN, URGENCY_INFO, "", false);
    check_where("order_unknown", 1, 0, CHANNEL_ALERTS, URGENCY_URGENT, "", false);
    check_where("day_closed", 1, 0, CHANNEL_PERFORMANCE, URGENCY_IMPORTANT, "", false);
    check_where("fault", 1, 0, CHANNEL_ALERTS, URGENCY_URGENT, "", false);
    check_where("start_lost_state", 2, 1, CHANNEL_ALERTS, URGENCY_URGENT, "", false);
    check_where("stop", 1, 0, CHANNEL_ADMIN, URGENCY_INFO, "", false);
}

/* Every text of a doc, one after the other. */
static void all_text(const struct doc *d, struct buf *out) {
    buf_str(out, d->title);
    for (uint32_t i = 0; i < d->line_count; i++) buf_printf(out, "\n%s", d->lines[i]);
    for (uint32_t i = 0; i < d->field_count; i++) buf_printf(out, "\n%s\n%s", d->fields[i].name, d->fields[i].value);
    if (d->footer != NULL) buf_printf(out, "\n%s", d->footer);
}

/* Spaces before double punctuation, percent and currency signs must not break; apostrophes are the typographic one. The
 * operator's own option lines and the venue's words are not ours to set. */
static void check_french(const char *name, const char *s) {
    for (const char *p = s; *p != '\0'; p++) {
        bool sign = strchr(":;!?%$", *p) != NULL;
        if (sign && p > s && p[-1] == ' ') fail_msg("%s: a breaking space before '%c' in: %s", name, *p, s);
        if (*p == '\'') fail_msg("%s: a straight apostrophe in: %s", name, s);
        bool colon_after_word = *p == ':' && p[1] == ' ' && p > s + 1 && strncmp(p - 2, "\u00a0", 2) != 0;
        if (colon_after_word && strcmp(name, "config_changed") != 0 && strcmp(name, "order_rejected") != 0)
            fail_msg("%s: no space before ':' in: %s", name, s);
    }
}

static void check_message(const char *name, const struct message *m, enum lang lang) {
    struct buf b;
    buf_init(&b, 1u << 16);
    assert_string_equal(m->doc->mode, "PAPER");
    assert_int_equal(m->doc->lang, lang);
    assert_true(m->doc->title[0] != '\0');
    assert_non_null(m->doc->emoji);
    assert_int_equal(m->doc->mention, m->urgency == URGENCY_URGENT);
    assert_true(m->urgency != URGENCY_URGENT || m->channel == CHANNEL_ALERTS); /* what rings is in #alertes */
    if (m->urgency == URGENCY_URGENT && strcmp(name, "market_lost") != 0) assert_true(m->critical);
    if (m->is_edit) assert_true(m->key[0] != '\0');
    all_text(m->doc, &b);
    assert_false(b.overflow);
    assert_null(strchr(b.p, '?')); /* an unknown symbol, strategy or name */
    if (lang == LANG_FR) check_french(name, b.p);
    assert_null(strstr(b.p, "1234567"));
    buf_clear(&b);
}

static void test_what_holds_for_all(void **state) {
    (void)state;
    for (size_t i = 0; i < TRIGGERS; i++) {
        struct told t[LANG_COUNT];
        for (int lang = 0; lang < LANG_COUNT; lang++) {
            tell_trigger(&t[lang], triggers[i].name, (enum lang)lang);
            for (uint32_t k = 0; k < t[lang].n; k++) check_message(triggers[i].name, &t[lang].out[k], (enum lang)lang);
        }
        assert_int_equal(t[LANG_EN].n, t[LANG_FR].n);
        for (uint32_t k = 0; k < t[LANG_EN].n; k++) {
            const struct message *en = &t[LANG_EN].out[k], *fr = &t[LANG_FR].out[k];
            assert_int_equal(en->channel, fr->channel);
            assert_int_equal(en->urgency, fr->urgency);
            assert_string_equal(en->key, fr->key);
            assert_int_equal(en->doc->field_count, fr->doc->field_count);
            assert_int_equal(en->doc->line_count, fr->doc->line_count);
            assert_int_equal(en->doc->severity, fr->doc->severity);
        }
        done(&t[LANG_EN]);
        done(&t[LANG_FR]);
    }
}

/* Every kind of effect, and every value of its own enum, has a trigger: what is added to the engine is added here. */
static void test_every_kind_has_a_builder(void **state) {
    (void)state;
    for (int k = 0; k < EFFECT_KIND_COUNT; k++) {
        assert_non_null(message_table[k].name);
        bool silent = k == EFFECT_SUBMIT || k == EFFECT_CANCEL || k == EFFECT_PROTECT || k == EFFECT_QUERY ||
                      k == EFFECT_CONFIGURED;
        assert_int_equal(message_table[k].build == NULL, silent);
    }
    uint32_t changes[CHANGE_COUNT] = {0}, troubles[TROUBLE_COUNT] = {0}, limits[LIMIT_EVENT_COUNT] = {0};
    uint32_t pauses[PAUSE_EVENT_COUNT] = {0}, markets[MARKET_EVENT_COUNT] = {0};
    uint32_t flattens[FLATTEN_EVENT_COUNT] = {0}, cancels[CANCEL_OUTCOME_COUNT] = {0};
    uint32_t rolls[ROLL_EVENT_COUNT] = {0}, whys[ROLL_WHY_COUNT] = {0};
    for (size_t i = 0; i < TRIGGERS; i++) {
        struct told t;
        tell_trigger(&t, triggers[i].name, LANG_EN);
        const struct effect *f = &t.s.f;
        if (f->kind == EFFECT_TRADE_CHANGED) changes[f->u.changed.change]++;
        if (f->kind == EFFECT_ORDER_TROUBLE) troubles[f->u.trouble.trouble]++;
        if (f->kind == EFFECT_LIMIT) limits[f->u.limit.event]++;
        if (f->kind == EFFECT_PAUSE) pauses[f->u.pause.event]++;
        if (f->kind == EFFECT_MARKET) markets[f->u.market.event]++;
        if (f->kind == EFFECT_FLATTEN) flattens[f->u.flatten.event]++;
        if (f->kind == EFFECT_CANCELLED) cancels[f->u.cancelled.outcome]++;
        if (f->kind == EFFECT_ROLL) rolls[f->u.roll.event]++;
        if (f->kind == EFFECT_ROLL && f->u.roll.event == ROLL_DONE) whys[f->u.roll.why]++;
        done(&t);
    }
    for (int i = 0; i < CHANGE_COUNT; i++) assert_true(changes[i] > 0);
    for (int i = 0; i < TROUBLE_COUNT; i++) assert_true(troubles[i] > 0);
    for (int i = 0; i < LIMIT_EVENT_COUNT; i++) assert_true(limits[i] > 0);
    for (int i = 0; i < PAUSE_EVENT_COUNT; i++) assert_true(pauses[i] > 0);
    for (int i = 0; i < MARKET_EVENT_COUNT; i++) assert_true(markets[i] > 0);
    for (int i = 0; i < FLATTEN_EVENT_COUNT; i++) assert_true(flattens[i] > 0);
    for (int i = 0; i < CANCEL_OUTCOME_COUNT; i++) assert_true(cancels[i] > 0);
    for (int i = 0; i < ROLL_EVENT_COUNT; i++) assert_true(rolls[i] > 0);
    for (int i = 0; i < ROLL_WHY_COUNT; i++) assert_true(whys[i] > 0);
}

static void test_silent_effects_say_nothing(void **state) {
    (void)state;
    struct sample s;
    struct message out[MESSAGES_MAX];
    sample_init(&s, LANG_EN);
    const enum effect_kind silent[] = {EFFECT_SUBMIT, EFFECT_CANCEL, EFFECT_PROTECT, EFFECT_QUERY, EFFECT_CONFIGURED};
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++) {
        s.f.kind = silent[i];
        assert_int_equal(messages_for(&s.ev, &s.f, &s.ctx, s.arena, out), 0);
    }
    arena_free(s.arena);
}

/* An effect of a configuration that this start does not know must not read past it. */
static void test_unknown_indices(void **state) {
    (void)state;
    struct sample s;
    struct message out[MESSAGES_MAX];
    sample_init(&s, LANG_EN);
    s.f.kind = EFFECT_TRADE_OPENED;
    sample_trade(&s.f.u.opened.trade);
    s.f.u.opened.trade.instrument = 60000;
    s.f.u.opened.trade.strategy = 60000;
    assert_int_equal(messages_for(&s.ev, &s.f, &s.ctx, s.arena, out), 1);
    assert_non_null(strstr(out[0].doc->title, "LONG ENTRY ? @"));
    s.ctx.config = NULL;
    assert_int_equal(messages_for(&s.ev, &s.f, &s.ctx, s.arena, out), 1);
    arena_free(s.arena);
}

/* Whatever is still at risk is in the title of a stop that moved: a loss, nothing, or what is locked in. */
static void test_break_even_tells_the_truth(void **state) {
    (void)state;
    static const struct {
        double at_risk;
        const char *en;
    } cases[] = {{54.5, "Still at risk: $54.50"},
                 {0.01, "Still at risk: $0.01"},
                 {0, "Nothing at risk"},
                 {-8, "Locked in: +$8"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sample s;
        struct message out[MESSAGES_MAX];
        sample_init(&s, LANG_EN);
        changed(&s, CHANGE_BREAK_EVEN)->stop = PX(5614);
        s.f.u.changed.at_risk = CASH(cases[i].at_risk);
        assert_int_equal(messages_for(&s.ev, &s.f, &s.ctx, s.arena, out), 2);
        assert_non_null(strstr(out[0].doc->title, "(breakeven)"));
        assert_non_null(strstr(out[0].doc->title, cases[i].en));
        assert_string_equal(out[1].doc->lines[0], cases[i].en);
        arena_free(s.arena);
    }
}

/* What ended with the day comes without figures, and none are shown for it. */
static void test_no_figures_where_there_are_none(void **state) {
    (void)state;
    static const char *const names[] = {"limit_cautious_off", "limit_lifted"};
    for (size_t i = 0; i < 2; i++) {
        struct told t;
        tell_trigger(&t, names[i], LANG_EN);
        for (uint32_t k = 0; k < t.n; k++) assert_int_equal(t.out[k].doc->line_count, 0);
        done(&t);
    }
}

static void test_results_have_their_own_signs(void **state) {
    (void)state;
    static const struct {
        const char *name, *emoji;
        enum doc_severity severity;
    } cases[] = {{"trade_closed_profit", "🎯", DOC_GOOD},
                 {"trade_closed_loss", "🔻", DOC_BAD},
                 {"trade_closed_flat", "⚪", DOC_PLAIN}};
    for (size_t i = 0; i < 3; i++) {
        struct told t;
        tell_trigger(&t, cases[i].name, LANG_FR);
        for (int k = 0; k < 2; k++) {
            assert_string_equal(t.out[k].doc->emoji, cases[i].emoji);
            assert_int_equal(t.out[k].doc->severity, cases[i].severity);
        }
        done(&t);
    }
}

static void test_profit_factor(void **state) {
    (void)state;
    static const struct {
        double profit, loss;
        const char *want;
    } cases[] = {{2386.36, -1136.36, "📍 Profit factor: 2.10"},
                 {100, 0, "📍 Profit factor: ∞"},
                 {0, 0, "📍 Profit factor: –"},
                 {0, -5, "📍 Profit factor: 0.00"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sample s;
        struct message out[MESSAGES_MAX];
        bool found = false;
        sample_init(&s, LANG_EN);
        day_closed(&s, out);
        s.f.u.day.stats.gross_profit = CASH(cases[i].profit);
        s.f.u.day.stats.gross_loss = CASH(cases[i].loss);
        messages_for(&s.ev, &s.f, &s.ctx, s.arena, out);
        for (uint32_t k = 0; k < out[0].doc->line_count; k++) found |= strcmp(out[0].doc->lines[k], cases[i].want) == 0;
        assert_true(found);
        arena_free(s.arena);
    }
}

static void test_points(void **state) {
    (void)state;
    static const struct {
        int instrument;
        double from, to;
        enum side side;
        const char *want;
    } cases[] = {
        {ES, 5615, 5621, SIDE_LONG, "+6\u00a0pts"},          {ES, 5615, 5621, SIDE_SHORT, "-6\u00a0pts"},
        {ES, 5615, 5616.25, SIDE_LONG, "+1,25\u00a0pt"},     {EURUSD, 1.08, 1.08042, SIDE_LONG, "+0,00042\u00a0pt"},
        {ES, 5615, 5615.333333, SIDE_LONG, "+0,33\u00a0pt"}, {ES, 5615, 5615, SIDE_LONG, " 0\u00a0pt"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sample s;
        struct message out[MESSAGES_MAX];
        sample_init(&s, LANG_FR);
        struct trade *t = closed(&s, cases[i].to, 1, CLOSE_TARGET);
        t->instrument = (uint16_t)cases[i].instrument;
        t->entry = PX(cases[i].from);
        t->side = cases[i].side;
        assert_int_equal(messages_for(&s.ev, &s.f, &s.ctx, s.arena, out), 3);
        assert_non_null(strstr(out[0].doc->title, cases[i].want));
        arena_free(s.arena);
    }
}

static void test_extreme_figures(void **state) {
    (void)state;
    struct sample s;
    struct message out[MESSAGES_MAX];
    sample_init(&s, LANG_FR);
    struct trade *t = closed(&s, 1, 1, CLOSE_STOP);
    t->entry = (price_t){INT64_MIN};
    t->exit = (price_t){INT64_MAX};
    t->gross = (cash_t){INT64_MIN};
    t->fees = (cash_t){INT64_MAX};
    t->opened = WHEN_NONE;
    assert_int_equal(messages_for(&s.ev, &s.f, &s.ctx, s.arena, out), 3);
    limit(&s, out, LIMIT_NEAR, LIMIT_DAILY_LOSS);
    s.f.u.limit.used = s.f.u.limit.max = (cash_t){INT64_MIN};
    assert_int_equal(messages_for(&s.ev, &s.f, &s.ctx, s.arena, out), 1);
    arena_free(s.arena);
}

static void test_accounts_are_masked(void **state) {
    (void)state;
    char text[ACCOUNT_TEXT_MAX];
    assert_string_equal(account_mask(text, "DU1234567"), "••••4567");
    assert_string_equal(account_mask(text, "12345"), "••••");
    assert_string_equal(account_mask(text, ""), "••••");
    assert_string_equal(account_mask(text, "PA3X12ABCD\xc3\xa9"), "••••"); /* never half a character */
    struct arena *a = arena_new(1u << 16);
    assert_string_equal(accounts_masked(a, "account 12345678 at 2624.81 ES ESZ25"),
                        "account ••••5678 at 2624.81 ES ESZ25");
    assert_string_equal(accounts_masked(a, "PA3X12ABCD34/é"), "••••CD34/é");
    assert_string_equal(accounts_masked(a, ""), "");
    arena_free(a);
}

/* Every refusal and every reason of a close has words in both languages. */
static void test_names(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 16);
    for (int lang = 0; lang < LANG_COUNT; lang++) {
        for (int r = 0; r < REFUSAL_COUNT; r++) {
            const char *s = refusal_text(a, (enum lang)lang, (enum refusal)r);
            assert_non_null(s);
            assert_true(strlen(s) > 3);
        }
        for (int r = 0; r < CLOSE_REASON_COUNT; r++)
            assert_non_null(close_reason_text((enum lang)lang, (enum close_reason)r));
    }
    arena_free(a);
}

/* Without an engine and without a clock (tests, reports) the shell's messages still stand. */
static void test_bare_context(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct message out[MESSAGES_MAX];
    struct message_ctx c = {.lang = LANG_FR, .mode = "DEMO"};
    assert_int_equal(message_stop(&c, a, out), 1);
    assert_true(out[0].doc->time.ns == WHEN_NONE.ns);
    struct found f = {.version = "1",
                      .ended = WHEN_NONE,
                      .status = {.paused = true, .paused_at = AT(14, 45), .paused_by = "local:1"}};
    assert_int_equal(message_start(&c, a, &f, out), 1);
    assert_non_null(strstr(out[0].doc->title, "30 juin 2025 14:45"));
    assert_string_equal(message_repeat_mark(a, LANG_FR, "E7F3"), "🔁 Répétition possible du message E7F3");
    arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_of_the_sources),
        cmocka_unit_test(test_where_and_how_loudly),
        cmocka_unit_test(test_what_holds_for_all),
        cmocka_unit_test(test_every_kind_has_a_builder),
        cmocka_unit_test(test_silent_effects_say_nothing),
        cmocka_unit_test(test_unknown_indices),
        cmocka_unit_test(test_break_even_tells_the_truth),
        cmocka_unit_test(test_no_figures_where_there_are_none),
        cmocka_unit_test(test_results_have_their_own_signs),
        cmocka_unit_test(test_profit_factor),
        cmocka_unit_test(test_points),
        cmocka_unit_test(test_extreme_figures),
        cmocka_unit_test(test_accounts_are_masked),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_bare_context),
    };
    return RUN(tests);
}
