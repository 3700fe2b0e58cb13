/*
 * test_identities: generated attempts, identities x places x shapes, through the real way
 * from the platform's JSON to the engine. Nobody who is not listed, not at home or not
 * themselves has any effect, and each attempt leaves exactly one audit row; those who are
 * listed have the effect their role gives them, so the test can fail.
 *
 * Rows are limited to ROUTER_STRANGER_ROWS a minute for those who may nothing. In the first
 * part attempts come slower than that: one row each. In the second they come at once: each
 * is a row or counted, exactly once, in the "N more not written" of a later row.
 *
 * 20,000 with a fixed seed here; MIA_IDENTITIES=1000000 (make identities) for the promise.
 */
#include "tests/sim/shapes.h"
#include "tests/unit/unit.h"

#define CASES 20000
#define BETWEEN_MS 2600 /* no limit of a person or of strangers is ever reached */
#define TIDY_EVERY 512
#define FLOOD 5000

static const char *const commands[] = {"status", "positions", "help",  "config", "pause",
                                       "sos",    "resume",    "close", "aide",   "nonsense"};

struct counts {
    uint64_t heard, turned_away, listened, silent, effects, answers;
    uint64_t by_role[USER_ROLE_COUNT], by_shape[SHAPE_COUNT], by_likeness[WHO_COUNT];
};

struct world {
    struct house *h;
    struct rng r;
    uint64_t next_id;
    int64_t seq;
    struct counts t;
};

struct before { /* of an attempt */
    uint64_t seq, messages, confirmations;
    uint32_t commands, choices, requests;
    size_t rows;
};

/* ---- the platforms ---- */

static void acknowledge(void *arg) {
    static const char ack[] = "{\"op\":11}";
    struct world *w = arg;
    if (w->h->ws->live) virtual_message(w->h->ws->live, ack, sizeof ack - 1);
}

static void on_frame(void *arg, const char *text, size_t n) {
    (void)n;
    if (strstr(text, "\"op\":1,")) loop_soon(((struct world *)arg)->h->loop, acknowledge, arg);
}

/* What the program asks of the platforms is done. */
static void answer_calls(struct world *w) {
    for (struct http_call *c = w->h->http->first, *next; c; c = next) {
        next = c->next;
        if (c->own_connection) continue;
        bool list = !strcmp(c->method, "GET") && strstr(c->url, "/channels");
        virtual_answer_text(c, 200, list ? "[]" : "{\"ok\":true,\"id\":\"5\",\"result\":{\"message_id\":9}}");
        house_turn(w->h);
        next = w->h->http->first; /* others may have come and gone */
        while (next && next->own_connection) next = next->next;
    }
}

static void let_time_pass(struct world *w, int64_t ms) {
    house_sleep(w->h, ms);
    answer_calls(w);
}

static uint64_t fresh_id(struct world *w, enum platform p) {
    int64_t ms = VIRTUAL_WALL_START * 1000 + virtual_ms - VIRTUAL_MONO_START - 1420070400000LL;
    w->next_id++;
    return p == PLATFORM_DISCORD ? (uint64_t)ms << 22 | (w->next_id & 0x3fffff) : 1000000 + w->next_id;
}

static void send(struct world *w, const struct attempt *a) {
    struct buf b;
    struct jw j;
    buf_init(&b, 1u << 16);
    jw_init(&j, &b);
    if (a->who.platform == PLATFORM_DISCORD) {
        discord_write(&j, a, ++w->seq);
        assert_non_null(w->h->ws->live);
        virtual_message(w->h->ws->live, b.p, b.len);
    } else {
        struct http_call *c = virtual_call(w->h->http, "/getUpdates");
        telegram_write(&j, a);
        assert_non_null(c);
        virtual_answer(c, HTTP_ANSWERED, 200, b.p, b.len);
    }
    assert_false(b.overflow);
    house_turn(w->h);
    buf_clear(&b);
}

/* ---- one attempt ---- */

static bool is_paused(const struct world *w) {
    struct engine_status st;
    engine_status(desk_engine(w->h->desk), &st);
    return st.paused;
}

static void make_paused(struct world *w, bool paused) {
    struct err e;
    const struct operator_command op = {.verb = paused ? OP_PAUSE : OP_RESUME, .instrument = -1, .actor = "test"};
    if (is_paused(w) != paused) assert_int_equal(desk_operate(w->h->desk, &op, &e), 0);
    house_turn(w->h);
}

static struct before look(const struct world *w) {
    const struct house *h = w->h;
    return (struct before){.seq = engine_seq(desk_engine(h->desk)),
                           .messages = h->store->messages,
                           .confirmations = h->store->confirmations,
                           .commands = h->operator_commands,
                           .choices = h->choices_shown,
                           .requests = h->requests,
                           .rows = h->disk->audit_n};
}

static void assert_no_effect(const struct world *w, const struct before *b) {
    struct before now = look(w);
    assert_int_equal(now.seq, b->seq);
    assert_int_equal(now.commands, b->commands);
    assert_int_equal(now.choices, b->choices);
    assert_int_equal(now.confirmations, b->confirmations);
}

static const struct disk_audit *the_row(const struct world *w, const struct attempt *a, const struct before *b) {
    assert_int_equal(w->h->disk->audit_n, b->rows + 1);
    const struct disk_audit *row = &w->h->disk->audit[b->rows];
    assert_string_equal(row->platform, platform_name(a->who.platform));
    bool nameless = a->shape == SHAPE_CHANNEL && a->variant & 1; /* a channel's post has no sender */
    char nobody_there[ACTOR_MAX];
    snprintf(nobody_there, sizeof nobody_there, "%s:?", platform_name(a->who.platform));
    assert_string_equal(row->actor, nameless ? nobody_there : a->who.actor);
    return row;
}

/* Nothing but the row, and for people the one sentence a day. */
static void assert_turned_away(struct world *w, const struct attempt *a, const struct before *b, enum role role) {
    const char *verdict = role == ROLE_NOBODY   ? "stranger"
                          : !attempt_is_home(a) ? "refused:not_home"
                                                : "refused:not_genuine";
    const struct disk_audit *row = the_row(w, a, b);
    assert_string_equal(row->verdict, verdict);
    assert_string_equal(row->role, role_key(role));
    assert_no_effect(w, b);
    uint64_t answers = look(w).messages - b->messages;
    assert_in_range(answers, 0, attempt_is_genuine(a));
    w->t.answers += answers;
    w->t.turned_away++;
}

/* By hand: what each role gets from each command at home. */
static const char *verdict_of(const struct attempt *a) {
    const char *c = a->command;
    bool reads = !strcmp(c, "status") || !strcmp(c, "positions") || !strcmp(c, "help") || !strcmp(c, "aide");
    if (!strcmp(c, "nonsense")) return "unknown_command";
    if (reads) return "executed";
    if (a->who.role == ROLE_MENTOR) return "refused:role";
    if (!strcmp(c, "config") && a->who.platform == PLATFORM_TELEGRAM && a->place != AT_PRIVATE &&
        (a->shape == SHAPE_COMMAND || a->shape == SHAPE_DECOY))
        return "refused:not_private";
    if (!strcmp(c, "resume")) return "confirm_asked"; /* the desk is paused before */
    if (!strcmp(c, "close")) return "failed";         /* nothing is open */
    return "executed";
}

static void assert_listened(struct world *w, const struct attempt *a, const struct before *b) {
    const struct disk_audit *row = the_row(w, a, b);
    const char *verdict = a->shape == SHAPE_MODAL || a->shape == SHAPE_MENU ? "bad_arguments" : verdict_of(a);
    bool acts = !strcmp(verdict, "executed") && (!strcmp(a->command, "pause") || !strcmp(a->command, "sos"));
    struct before now = look(w);
    if (strcmp(a->command, "close") != 0) assert_string_equal(row->verdict, verdict);
    assert_string_equal(row->role, role_key(a->who.role));
    assert_int_equal(now.messages, b->messages + 1);
    assert_int_equal(now.commands > b->commands, acts);
    if (a->who.role == ROLE_MENTOR) assert_no_effect(w, b); /* looks, and never touches */
    w->t.effects += acts;
    w->t.by_role[a->who.role]++;
    w->t.listened++;
}

/* The owner's question, and this one's click on its "yes". */
static void click_of_another(struct world *w, struct attempt *a) {
    struct attempt ask = {.who = {.platform = a->who.platform}, .shape = SHAPE_COMMAND, .command = "resume"};
    a_person(&ask.who, strtoull(listed[a->who.platform][0].id, NULL, 10));
    make_paused(w, true);
    ask.id = fresh_id(w, a->who.platform);
    uint64_t asked = w->h->store->confirmations;
    send(w, &ask);
    assert_int_equal(w->h->store->confirmations, asked + 1);
    snprintf(a->button, sizeof a->button, "c:%s:y", w->h->store->confirmation + strlen("confirm:"));
    let_time_pass(w, 1000);
}

static void assert_clicked(struct world *w, const struct attempt *a, const struct before *b) {
    const struct disk_audit *row = the_row(w, a, b);
    bool own = a->who.role == ROLE_OWNER,
         here = a->place == AT_HOME || (a->place == AT_HOME_THREAD && a->who.platform == PLATFORM_TELEGRAM);
    const char *verdict = !own ? "refused:other_user" : !here ? "refused:other_chat" : "confirmed";
    assert_string_equal(row->verdict, verdict);
    assert_int_equal(is_paused(w), !(own && here));
    assert_int_equal(w->h->operator_commands, b->commands + (own && here));
    w->t.effects += own && here;
    w->t.by_role[a->who.role]++;
    w->t.listened++;
}

/* The attempt that is being looked at: where a test ends there, it is named. */
static const struct attempt *judging;

static int name_it(void **state) {
    const struct attempt *a = judging;
    (void)state;
    if (a)
        print_error("%s %s likeness %d role %d place %d shape %d variant %u /%s\n", a->who.actor, a->who.raw,
                    a->who.likeness, a->who.role, a->place, a->shape, a->variant, a->command);
    judging = NULL;
    return 0;
}

static void judge(struct world *w, const struct attempt *a, const struct before *b) {
    bool nameless = a->shape == SHAPE_CHANNEL && a->variant & 1;
    enum role role = nameless ? ROLE_NOBODY : a->who.role;
    bool welcome = role != ROLE_NOBODY && attempt_is_home(a) && attempt_is_genuine(a);
    struct before now = look(w);
    assert_int_equal(now.requests, b->requests + attempt_is_heard(a));
    w->t.heard += attempt_is_heard(a);
    if (!attempt_is_heard(a) || a->shape == SHAPE_COMPLETE) {
        assert_int_equal(now.rows, b->rows);
        assert_int_equal(now.messages, b->messages);
        if (welcome) {
            w->t.effects += now.choices > b->choices;
            return;
        }
        assert_no_effect(w, b);
        w->t.silent++;
    } else if (!welcome) {
        assert_turned_away(w, a, b, role);
    } else if (a->shape == SHAPE_CONFIRM) {
        assert_clicked(w, a, b);
    } else {
        assert_listened(w, a, b);
    }
}

static void make_attempt(struct world *w, struct attempt *a) {
    struct rng *r = &w->r;
    enum platform p = (enum platform)rng_below(r, 2);
    *a = (struct attempt){.place = (enum place)rng_below(r, PLACE_COUNT),
                          .shape = (enum shape)rng_below(r, SHAPE_COUNT),
                          .variant = (uint32_t)rng_below(r, 60),
                          .command = commands[rng_below(r, sizeof commands / sizeof commands[0])]};
    make_who(&a->who, r, p, rng_below(r, 4) ? (enum likeness)rng_below(r, WHO_COUNT) : WHO_LISTED);
    if (p == PLATFORM_TELEGRAM && a->shape == SHAPE_COMPLETE) a->shape = SHAPE_COMMAND;
    if (a->shape == SHAPE_COMPLETE) a->command = "close";
    w->t.by_shape[a->shape]++;
    w->t.by_likeness[a->who.likeness]++;
}

static void one_case(struct world *w) {
    static struct attempt a;
    make_attempt(w, &a);
    if (a.shape == SHAPE_CONFIRM)
        click_of_another(w, &a);
    else
        make_paused(w, !strcmp(a.command, "resume"));
    a.id = fresh_id(w, a.who.platform);
    struct before b = look(w);
    send(w, &a);
    judging = &a;
    judge(w, &a, &b);
    judging = NULL;
}

/* ---- all of them ---- */

static struct world *world_open(uint64_t seed) {
    struct world *w = xcalloc(1, sizeof *w);
    w->h = house_open(true, true);
    w->h->ws->sent = on_frame;
    w->h->ws->arg = w;
    rng_seed(&w->r, seed);
    w->seq = 1;
    house_telegram_up(w->h);
    house_discord_up(w->h);
    let_time_pass(w, 120000);
    return w;
}

static void world_close(struct world *w) {
    house_close(w->h);
    free(w);
}

static void tidy(struct world *w) {
    w->h->disk->audit_n = w->h->disk->inbox_n = 0;
    disk_forget_ended(w->h->disk);
}

static uint64_t how_many(void) {
    const char *told = getenv("MIA_IDENTITIES");
    return told ? strtoull(told, NULL, 10) : CASES;
}

static void nobody_unlisted_has_any_effect(void **state) {
    (void)state;
    uint64_t n = how_many();
    struct world *w = world_open(20261121);
    for (uint64_t i = 0; i < n; i++) {
        one_case(w);
        let_time_pass(w, BETWEEN_MS);
        if (i % TIDY_EVERY == 0) tidy(w);
    }
    const struct counts *t = &w->t;
    print_message(
        "%llu attempts: %llu requests, %llu turned away with one row each and no effect, %llu autocompletes and "
        "plain messages without one, %llu by listed people, %llu of those with an effect\n",
        (unsigned long long)n, (unsigned long long)t->heard, (unsigned long long)t->turned_away,
        (unsigned long long)t->silent, (unsigned long long)t->listened, (unsigned long long)t->effects);
    for (int i = 0; i < SHAPE_COUNT; i++) assert_true(t->by_shape[i] > n / 200);
    for (int i = 0; i < WHO_COUNT; i++) assert_true(t->by_likeness[i] > n / 200);
    for (int i = ROLE_MENTOR; i < USER_ROLE_COUNT; i++) assert_true(t->by_role[i] > n / 200);
    assert_true(t->effects > n / 200 && t->answers > 0); /* else nothing could have had any */
    world_close(w);
}

/* At once: few rows, and none of the attempts is lost to the count. */
static void a_flood_is_counted(void **state) {
    (void)state;
    struct world *w = world_open(7);
    struct before b = look(w);
    uint64_t attempts = 0, told = 0;
    for (int i = 0; i < FLOOD; i++) {
        struct attempt a = {.shape = SHAPE_COMMAND, .command = "sos", .id = 0};
        make_who(&a.who, &w->r, (enum platform)(i % 2), WHO_ANYBODY);
        a.id = fresh_id(w, a.who.platform);
        send(w, &a);
        attempts++;
        if (i % 100 == 99) let_time_pass(w, 3000);
    }
    let_time_pass(w, 60000);
    struct attempt last = {.shape = SHAPE_COMMAND, .command = "sos", .id = fresh_id(w, PLATFORM_TELEGRAM)};
    make_who(&last.who, &w->r, PLATFORM_TELEGRAM, WHO_ANYBODY);
    send(w, &last); /* brings the count of what was left out since the row before */
    size_t rows = w->h->disk->audit_n - b.rows;
    for (size_t i = b.rows; i < w->h->disk->audit_n; i++) {
        const char *detail = w->h->disk->audit[i].detail;
        if (strstr(detail, "more not written")) told += strtoull(detail, NULL, 10);
    }
    assert_int_equal(rows + told, attempts + 1);
    assert_in_range(rows, ROUTER_STRANGER_ROWS, ROUTER_STRANGER_ROWS + FLOOD / 100 * 3 + 2);
    assert_no_effect(w, &b);
    world_close(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(nobody_unlisted_has_any_effect, name_it),
        cmocka_unit_test(a_flood_is_counted),
    };
    return RUN(tests);
}
