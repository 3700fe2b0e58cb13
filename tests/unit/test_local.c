/* The local page without a network: its rings, and the talk with browsers that are only names here. */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/chat/local_priv.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define TAB "00112233445566aa"
#define SESSION TAB "-0000000000000001"
#define SESSION_AGAIN TAB "-0000000000000002"
#define OTHER "99112233445566aa-0000000000000001"

/* ---- a desk of our own: the host, and browsers that only keep what they are told ---- */

#define BROWSERS 3
#define REQUESTS_MAX 64

struct desk {
    struct loop *loop;
    struct local *local;
    struct request got[REQUESTS_MAX];
    int got_n, ready_n, delivered_n;
    char lang[8]; /* as kept in the state */
    uint64_t delivered[2048];
    struct delivery_result last;
    bool hold_commit;
    void (*commit[REQUESTS_MAX])(void *);
    void *commit_arg[REQUESTS_MAX];
    int commit_n;
    struct buf heard[BROWSERS]; /* one message a line */
    bool kicked[BROWSERS];
    struct arena *arena;
};
static struct desk *now; /* the fake web server has no argument of its own */

static struct web_client *browser(int i) {
    return (struct web_client *)(uintptr_t)(i + 1);
}
static int index_of(const struct web_client *c) {
    return (int)((uintptr_t)c - 1);
}
static int fake_send(struct web_client *c, const char *text, size_t n) {
    buf_add(&now->heard[index_of(c)], text, n);
    buf_char(&now->heard[index_of(c)], '\n');
    return 0;
}
static void fake_kick(struct web_client *c) {
    now->kicked[index_of(c)] = true;
    local_web.closed(now->local, c);
}
static void receive(void *arg, const struct request *r) {
    struct desk *d = arg;
    d->got[d->got_n++ % REQUESTS_MAX] = *r;
}
static void delivered(void *arg, enum platform p, uint64_t id, const struct delivery_result *r) {
    struct desk *d = arg;
    assert_int_equal(p, PLATFORM_LOCAL);
    d->delivered[d->delivered_n++ % 2048] = id;
    d->last = *r;
}
static void is_ready(void *arg, enum platform p, bool up) {
    (void)p;
    ((struct desk *)arg)->ready_n += up;
}
static void state_put(void *arg, const char *key, const char *value) {
    assert_string_equal(key, LOCAL_LANG_KEY);
    str_copy(((struct desk *)arg)->lang, 8, value);
}
static void after_commit(void *arg, void (*fn)(void *), void *fn_arg) {
    struct desk *d = arg;
    if (d->hold_commit) {
        d->commit[d->commit_n] = fn;
        d->commit_arg[d->commit_n++] = fn_arg;
    } else {
        fn(fn_arg);
    }
}

static int setup(void **state) {
    struct desk *d = xcalloc(1, sizeof *d);
    d->loop = loop_new();
    d->arena = arena_new(16u << 20);
    for (int i = 0; i < BROWSERS; i++) buf_init(&d->heard[i], 64u << 20);
    struct transport_host host = {.arg = d,
                                  .receive = receive,
                                  .delivered = delivered,
                                  .ready = is_ready,
                                  .state_put = state_put,
                                  .after_commit = after_commit,
                                  .loop = d->loop};
    d->local = local_new(&host, "auto");
    d->local->send = fake_send;
    d->local->kick = fake_kick;
    now = d;
    *state = d;
    return 0;
}

static int teardown(void **state) {
    struct desk *d = *state;
    if (d->local) local_free(d->local);
    loop_free(d->loop);
    arena_free(d->arena);
    for (int i = 0; i < BROWSERS; i++) buf_clear(&d->heard[i]);
    free(d);
    return 0;
}

static void say(struct desk *d, int i, const char *text) {
    local_web.message(d->local, browser(i), text, strlen(text));
}

static void come(struct desk *d, int i, const char *session) {
    char hello[256];
    local_web.opened(d->local, browser(i));
    snprintf(hello, sizeof hello, "{\"t\":\"hello\",\"session\":\"%s\",\"lang\":\"fr-FR\"}", session);
    say(d, i, hello);
    assert_false(d->kicked[i]);
}

static void leave(struct desk *d, int i) {
    local_web.closed(d->local, browser(i));
    buf_reset(&d->heard[i]);
}

static bool heard(struct desk *d, int i, const char *what) {
    return strstr(d->heard[i].len ? d->heard[i].p : "", what) != NULL;
}

static struct doc *doc_of(struct desk *d, const char *title) {
    struct doc *doc = doc_new(d->arena, LANG_EN, DOC_GOOD);
    doc_title(doc, NULL, "%s", title);
    return doc;
}

static void deliver(struct desk *d, enum outbox_kind kind, uint64_t id, const char *where, const char *ref,
                    const char *title) {
    struct delivery x = {.id = id, .kind = kind, .attempt = 1, .doc = doc_of(d, title)};
    str_copy(x.channel, sizeof x.channel, kind == OUTBOX_REPLY ? "" : where);
    str_copy(x.address, sizeof x.address, kind == OUTBOX_REPLY ? where : "");
    str_copy(x.message_ref, sizeof x.message_ref, ref);
    int before = d->delivered_n;
    local_send(d->local, &x);
    assert_int_equal(d->delivered_n, before); /* never inside send */
}

/* ---- messages ---- */

static void a_message_goes_to_all_and_is_kept(void **state) {
    struct desk *d = *state;
    come(d, 0, SESSION);
    come(d, 1, OTHER);
    deliver(d, OUTBOX_MESSAGE, 7, "trades", "", "bought");
    assert_true(heard(d, 0, "bought") && heard(d, 1, "bought"));
    local_soon(d->local);
    assert_int_equal(d->delivered_n, 1);
    assert_int_equal(d->delivered[0], 7);
    assert_int_equal(d->last.outcome, OUTCOME_DELIVERED);
    assert_string_equal(d->last.message_ref, "7");
    assert_int_equal(d->ready_n, 1);
    come(d, 2, OTHER);
    assert_true(heard(d, 2, "bought"));
}

static void an_edit_takes_the_place_of_its_message(void **state) {
    struct desk *d = *state;
    deliver(d, OUTBOX_MESSAGE, 7, "trades", "", "bought");
    deliver(d, OUTBOX_MESSAGE, 8, "trades", "", "another");
    deliver(d, OUTBOX_EDIT, 9, "trades", "7", "sold");
    local_soon(d->local);
    assert_int_equal(d->delivered_n, 3);
    assert_string_equal(d->last.message_ref, "7");
    assert_int_equal(d->local->ring[CHANNEL_TRADES].n, 2);
    come(d, 0, SESSION);
    assert_true(heard(d, 0, "sold"));
    assert_false(heard(d, 0, "bought"));
    assert_true(strstr(d->heard[0].p, "sold") < strstr(d->heard[0].p, "another"));
    /* Of a message that is not kept any more: whoever still shows it hears of it. */
    deliver(d, OUTBOX_EDIT, 10, "trades", "3", "older");
    assert_null(local_ring_find(&d->local->ring[CHANNEL_TRADES], 3));
    assert_true(heard(d, 0, "{\"t\":\"edit\",\"channel\":\"trades\",\"item\":{\"id\":\"3\",\"v\":\"10\"") &&
                heard(d, 0, "older"));
}

static void the_same_message_twice_is_one(void **state) {
    struct desk *d = *state;
    deliver(d, OUTBOX_MESSAGE, 7, "trades", "", "once");
    deliver(d, OUTBOX_MESSAGE, 7, "trades", "", "once");
    assert_int_equal(d->local->ring[CHANNEL_TRADES].n, 1);
}

static void the_ring_is_bounded(void **state) {
    struct desk *d = *state;
    char title[32];
    for (int i = 1; i <= LOCAL_RING_MAX + 25; i++) {
        snprintf(title, sizeof title, "message %d.", i);
        deliver(d, OUTBOX_MESSAGE, (uint64_t)i, "signal", "", title);
    }
    struct local_ring *r = &d->local->ring[CHANNEL_SIGNAL];
    assert_int_equal(r->n, LOCAL_RING_MAX);
    assert_null(local_ring_find(r, 25));
    assert_non_null(local_ring_find(r, 26));
    local_soon(d->local);
    assert_int_equal(d->delivered_n, LOCAL_RING_MAX + 25);
}

static void the_ring_is_bounded_in_bytes(void **state) {
    struct desk *d = *state;
    char *code = xmalloc(DOC_CODE_MAX);
    memset(code, 'x', DOC_CODE_MAX - 1);
    code[DOC_CODE_MAX - 1] = '\0';
    for (uint64_t id = 1; id <= 200; id++) {
        struct doc *doc = doc_of(d, "long");
        doc_code(doc, code);
        struct delivery x = {.id = id, .kind = OUTBOX_MESSAGE, .channel = "admin", .doc = doc};
        local_send(d->local, &x);
        arena_reset(d->arena);
        assert_true(d->local->ring[CHANNEL_ADMIN].bytes <= LOCAL_RING_BYTES);
    }
    assert_true(d->local->ring[CHANNEL_ADMIN].n > 10);
    assert_non_null(local_ring_find(&d->local->ring[CHANNEL_ADMIN], 200));
    free(code);
}

static void remember(struct desk *d, enum outbox_kind kind, uint64_t id, uint64_t edited, const char *address,
                     const char *title) {
    const struct history_row row = {.row = {.id = id,
                                            .kind = kind,
                                            .state = OUTBOX_DONE,
                                            .created = when_from_sec(1000),
                                            .platform = "local",
                                            .channel = kind == OUTBOX_REPLY ? "" : "trades",
                                            .address = address,
                                            .key = "",
                                            .event_id = "",
                                            .message_ref = ""},
                                    .edit = edited,
                                    .edited = when_from_sec(2000)};
    local_history(d->local, &row, doc_of(d, title));
}

static void history_of_an_earlier_run(void **state) {
    struct desk *d = *state;
    remember(d, OUTBOX_MESSAGE, 3, 6, "", "stop moved");
    remember(d, OUTBOX_MESSAGE, 4, 0, "", "plain");
    local_history_end(d->local, "trades", false);
    remember(d, OUTBOX_REPLY, 5, 0, "l:" OTHER ":9:/status", "all was well");
    remember(d, OUTBOX_REPLY, 7, 0, "l:" OTHER ":10", "of an older program");
    assert_int_equal(d->local->ring[CHANNEL_TRADES].n, 2);
    deliver(d, OUTBOX_MESSAGE, 8, "trades", "", "of today");
    deliver(d, OUTBOX_EDIT, 9, "trades", "3", "booked"); /* an edit of today finds it */
    assert_int_equal(d->local->ring[CHANNEL_TRADES].n, 3);
    come(d, 0, SESSION);
    assert_true(heard(d, 0, "booked") && heard(d, 0, "plain") && heard(d, 0, "of today"));
    assert_false(heard(d, 0, "stop moved"));
    assert_true(
        heard(d, 0, "\"kind\":\"question\",\"session\":\"" OTHER "\",\"req\":9,\"at\":1000000,\"text\":\"/status\""));
    assert_true(heard(d, 0, "all was well") && heard(d, 0, "of an older program"));
    assert_int_equal(d->local->talk.n, 3);
}

/* ---- coming back ---- */

static void come_again(struct desk *d, int i, uint64_t epoch, const char *seen) {
    char hello[512];
    local_web.opened(d->local, browser(i));
    snprintf(hello, sizeof hello,
             "{\"t\":\"hello\",\"session\":\"" SESSION "\",\"epoch\":\"%" PRIu64 "\",\"seen\":{%s}}", epoch, seen);
    say(d, i, hello);
    assert_false(d->kicked[i]);
}

static void a_page_that_comes_back_gets_what_it_missed(void **state) {
    struct desk *d = *state;
    d->local->epoch = 77;
    for (uint64_t id = 1; id <= 3; id++) deliver(d, OUTBOX_MESSAGE, id, "trades", "", id == 1 ? "first" : "next");
    come(d, 0, SESSION);
    assert_true(heard(d, 0, "\"channel\":\"trades\",\"reset\":true,\"older\":false"));
    leave(d, 0);
    deliver(d, OUTBOX_MESSAGE, 4, "trades", "", "missed");
    deliver(d, OUTBOX_EDIT, 5, "trades", "1", "changed");
    come_again(d, 0, 77, "\"trades\":\"3\"");
    assert_true(heard(d, 0, "\"channel\":\"trades\",\"reset\":false"));
    assert_true(heard(d, 0, "missed") && heard(d, 0, "changed"));
    assert_false(heard(d, 0, "next"));
    leave(d, 0);
    come_again(d, 0, 77, "\"trades\":\"5\"");
    assert_true(heard(d, 0, "\"channel\":\"trades\",\"reset\":false,\"older\":false,\"items\":[]"));
    leave(d, 0);
    come_again(d, 0, 77, "\"trades\":\"6\""); /* seen what is not there: another past, from a backup */
    assert_true(heard(d, 0, "\"channel\":\"trades\",\"reset\":true"));
    leave(d, 0);
    come_again(d, 0, 78, "\"trades\":\"3\""); /* of another state folder */
    assert_true(heard(d, 0, "\"channel\":\"trades\",\"reset\":true") && heard(d, 0, "next"));
    leave(d, 0);
    come_again(d, 0, 77, "\"trades\":\"-3\",\"talk\":\"99999999999999999999\",\"signal\":{}"); /* nonsense is nothing */
    assert_true(heard(d, 0, "\"channel\":\"trades\",\"reset\":true"));
}

static void what_went_together_is_seen_together(void **state) {
    struct desk *d = *state;
    struct delivery x = {
        .id = 3, .last_id = 9, .kind = OUTBOX_MESSAGE, .channel = "trades", .doc = doc_of(d, "seven in one")};
    local_send(d->local, &x);
    come_again(d, 0, 0, "\"trades\":\"9\"");
    assert_true(heard(d, 0, "\"channel\":\"trades\",\"reset\":false,\"older\":false,\"items\":[]"));
}

static void a_page_that_missed_more_than_is_kept_begins_anew(void **state) {
    struct desk *d = *state;
    for (uint64_t id = 1; id <= LOCAL_RING_MAX + 10; id++) deliver(d, OUTBOX_MESSAGE, id, "trades", "", "one of many");
    come_again(d, 0, 0, "\"trades\":\"9\"");
    assert_true(heard(d, 0, "\"channel\":\"trades\",\"reset\":true,\"older\":true"));
    leave(d, 0);
    come_again(d, 0, 0, "\"trades\":\"10\"");
    assert_true(heard(d, 0, "\"channel\":\"trades\",\"reset\":false"));
    leave(d, 0);
    deliver(d, OUTBOX_EDIT, 1000, "trades", "2", "long ago"); /* nobody can say later what it became */
    come_again(d, 0, 0, "\"trades\":\"310\"");
    assert_true(heard(d, 0, "\"channel\":\"trades\",\"reset\":true"));
    leave(d, 0);
    come_again(d, 0, 0, "\"trades\":\"1000\"");
    assert_true(heard(d, 0, "\"channel\":\"trades\",\"reset\":false"));
}

static void the_conversation_goes_on_where_it_was(void **state) {
    struct desk *d = *state;
    remember(d, OUTBOX_REPLY, 5, 0, "l:" OTHER ":9:/status", "all was well");
    remember(d, OUTBOX_REPLY, 6, 0, "l:" OTHER ":10:/risk", "little");
    come_again(d, 0, 0, "\"talk\":\"5\"");
    assert_true(heard(d, 0, "{\"t\":\"talk\",\"reset\":false") && heard(d, 0, "little"));
    assert_false(heard(d, 0, "all was well"));
    leave(d, 0);
    come_again(d, 0, 0, "\"talk\":\"4\"");
    assert_true(heard(d, 0, "{\"t\":\"talk\",\"reset\":true") && heard(d, 0, "all was well"));
}

/* ---- older ones ---- */

struct reader {
    uint64_t ticket, before;
    char channel[16];
    int n;
};
static void read_older(void *arg, uint64_t ticket, const char *channel, uint64_t before) {
    struct reader *r = arg;
    r->n++;
    r->ticket = ticket;
    r->before = before;
    str_copy(r->channel, sizeof r->channel, channel);
}

static void give(struct desk *d, uint64_t ticket, enum outbox_kind kind, uint64_t id, const char *title) {
    const struct history_row row = {
        .row = {.id = id, .kind = kind, .channel = "trades", .address = "l:" OTHER ":9:/status", .event_id = ""}};
    local_older_row(d->local, ticket, &row, doc_of(d, title));
}

static void older_messages_are_read_when_asked_for(void **state) {
    struct desk *d = *state;
    struct reader r = {0};
    local_set_reader(d->local, read_older, &r);
    come(d, 0, SESSION);
    say(d, 0, "{\"t\":\"older\",\"req\":8,\"channel\":\"trades\",\"before\":\"500\"}");
    assert_int_equal(r.n, 1);
    assert_int_equal(r.before, 500);
    assert_string_equal(r.channel, "trades");
    say(d, 0, "{\"t\":\"older\",\"req\":9,\"channel\":\"trades\",\"before\":\"400\"}"); /* one at a time */
    assert_int_equal(r.n, 1);
    assert_true(heard(d, 0, "{\"t\":\"refused\",\"session\":\"" SESSION "\",\"req\":9"));
    give(d, r.ticket, OUTBOX_MESSAGE, 41, "long ago");
    give(d, r.ticket, OUTBOX_MESSAGE, 42, "a little later");
    local_older_end(d->local, r.ticket, false);
    assert_true(heard(d, 0,
                      "{\"t\":\"older\",\"session\":\"" SESSION
                      "\",\"req\":8,\"failed\":false,\"older\":false,\"items\":[{\"id\":\"41\""));
    assert_true(heard(d, 0, "a little later"));
    say(d, 0, "{\"t\":\"older\",\"req\":10,\"channel\":\"talk\",\"before\":\"41\"}");
    assert_string_equal(r.channel, "");
    give(d, r.ticket, OUTBOX_REPLY, 30, "all was well");
    local_older_end(d->local, r.ticket, false);
    assert_true(heard(d, 0, "\"turns\":[[{\"kind\":\"question\"") && heard(d, 0, "all was well"));
    say(d, 0, "{\"t\":\"older\",\"req\":11,\"channel\":\"signal\",\"before\":\"41\"}");
    local_older_end(d->local, r.ticket, true);
    assert_true(heard(d, 0, "\"req\":11,\"failed\":true"));
}

static void whoever_left_is_not_told(void **state) {
    struct desk *d = *state;
    struct reader r = {0};
    local_set_reader(d->local, read_older, &r);
    come(d, 0, SESSION);
    say(d, 0, "{\"t\":\"older\",\"req\":8,\"channel\":\"trades\",\"before\":\"500\"}");
    give(d, r.ticket, OUTBOX_MESSAGE, 41, "long ago");
    leave(d, 0);
    come(d, 0, OTHER);
    give(d, r.ticket, OUTBOX_MESSAGE, 42, "a little later");
    local_older_end(d->local, r.ticket, false);
    assert_false(heard(d, 0, "long ago") || heard(d, 0, "a little later"));
    say(d, 0, "{\"t\":\"older\",\"req\":8,\"channel\":\"trades\",\"before\":\"500\"}");
    give(d, r.ticket, OUTBOX_MESSAGE, 41, "not given back"); /* the page is closed with it under way */
}

static void a_page_of_large_ones_is_cut(void **state) {
    struct desk *d = *state;
    struct reader r = {0};
    char *code = xmalloc(DOC_CODE_MAX);
    memset(code, 'x', DOC_CODE_MAX - 1);
    code[DOC_CODE_MAX - 1] = '\0';
    local_set_reader(d->local, read_older, &r);
    come(d, 0, SESSION);
    buf_reset(&d->heard[0]);
    say(d, 0, "{\"t\":\"older\",\"req\":8,\"channel\":\"trades\",\"before\":\"500\"}");
    for (uint64_t id = 1; id <= LOCAL_PAGE + 5; id++) {
        struct doc *doc = doc_of(d, "long");
        doc_code(doc, code);
        const struct history_row row = {.row = {.id = id, .channel = "trades", .event_id = ""}};
        local_older_row(d->local, r.ticket, &row, doc);
        arena_reset(d->arena);
    }
    local_older_end(d->local, r.ticket, false);
    assert_true(d->heard[0].len > LOCAL_OLDER_BYTES / 2 && d->heard[0].len < LOCAL_OLDER_BYTES + 4096);
    assert_true(heard(d, 0, "\"older\":true"));
    assert_true(heard(d, 0, "{\"id\":\"100\"") && !heard(d, 0, "{\"id\":\"1\","));
    free(code);
}

static void the_header_follows_the_mode(void **state) {
    struct desk *d = *state;
    come(d, 0, SESSION);
    assert_true(heard(d, 0, "\"mode\":\"PAPER\""));
    struct doc *doc = doc_of(d, "start");
    doc->mode = "DEMO";
    struct delivery x = {.id = 1, .kind = OUTBOX_MESSAGE, .channel = "admin", .doc = doc};
    local_send(d->local, &x);
    assert_true(heard(d, 0, "{\"t\":\"header\",\"mode\":\"DEMO\"}"));
    local_header(d->local, "DEMO", true, false, false);
    assert_true(heard(d, 0, "\"paused\":true"));
}

/* ---- requests and answers ---- */

static void a_command_becomes_a_request(void **state) {
    struct desk *d = *state;
    come(d, 0, SESSION);
    d->hold_commit = true;
    say(d, 0, "{\"t\":\"command\",\"req\":5,\"text\":\"/close 17 50\",\"age\":3000}");
    assert_int_equal(d->got_n, 1);
    const struct request *r = &d->got[0];
    assert_int_equal(r->platform, PLATFORM_LOCAL);
    assert_int_equal(r->kind, REQUEST_COMMAND);
    assert_string_equal(r->text, "/close 17 50");
    assert_string_equal(r->user_id, "1");
    assert_string_equal(r->address, "l:" SESSION ":5:/close 17 50");
    assert_true(r->home && r->genuine && r->can_be_private);
    assert_int_equal(r->lang, LANG_FR);
    int64_t age = when_ms_between(r->sent, clock_wall());
    assert_true(age >= 3000 && age < 60000);
    assert_false(heard(d, 0, "accepted")); /* not before it is durable */
    d->commit[0](d->commit_arg[0]);
    assert_true(heard(d, 0, "\"t\":\"accepted\""));
}

static void the_same_request_keeps_its_id(void **state) {
    struct desk *d = *state;
    come(d, 0, SESSION);
    say(d, 0, "{\"t\":\"command\",\"req\":5,\"text\":\"/pause\"}");
    leave(d, 0);
    come(d, 1, SESSION);
    say(d, 1, "{\"t\":\"command\",\"req\":5,\"text\":\"/pause\",\"age\":800}");
    say(d, 1, "{\"t\":\"command\",\"req\":6,\"text\":\"pause\"}");
    leave(d, 1);
    come(d, 2, SESSION_AGAIN); /* the page was loaded anew: its numbers begin again */
    say(d, 2, "{\"t\":\"command\",\"req\":5,\"text\":\"/pause\"}");
    assert_int_equal(d->got_n, 4);
    assert_true(d->got[0].ext_id == d->got[1].ext_id);
    assert_true(d->got[0].ext_id != d->got[2].ext_id);
    assert_true(d->got[0].ext_id != d->got[3].ext_id);
    assert_true(d->got[0].ext_id != 0 && d->got[0].ext_id <= INT64_MAX);
    assert_string_equal(d->got[2].text, "/pause");
}

static void the_conversation_is_one_in_every_tab(void **state) {
    struct desk *d = *state;
    come(d, 0, SESSION);
    come(d, 1, OTHER);
    say(d, 0, "{\"t\":\"command\",\"req\":5,\"text\":\"/status\"}");
    assert_true(heard(d, 1, "\"kind\":\"question\"") && heard(d, 1, "/status"));
    deliver(d, OUTBOX_REPLY, 20, d->got[0].address, "", "all is well");
    assert_true(heard(d, 0, "all is well") && heard(d, 1, "all is well"));
    local_soon(d->local);
    assert_int_equal(d->delivered_n, 1);
    leave(d, 0);
    come(d, 2, SESSION_AGAIN); /* a reload */
    assert_true(heard(d, 2, "/status") && heard(d, 2, "all is well"));
    assert_int_equal(d->local->ring[CHANNEL_ADMIN].n, 0);
}

static void an_answer_that_nobody_heard_waits(void **state) {
    struct desk *d = *state;
    deliver(d, OUTBOX_REPLY, 20, "l:" SESSION ":5:/close 17", "", "closed 17");
    deliver(d, OUTBOX_REPLY, 20, "l:" SESSION ":5:/close 17", "", "closed 17"); /* again after a restart of the desk */
    local_soon(d->local);
    assert_int_equal(d->delivered_n, 2);
    assert_int_equal(d->local->talk.n, 2);
    come(d, 0, OTHER);
    assert_true(heard(d, 0, "\"text\":\"/close 17\"") && heard(d, 0, "closed 17"));
    assert_int_equal(d->local->ring[CHANNEL_ADMIN].n, 0);
}

static void a_lost_reply_is_told_again_and_nothing_is_done_twice(void **state) {
    struct desk *d = *state;
    come(d, 0, SESSION);
    say(d, 0, "{\"t\":\"command\",\"req\":5,\"text\":\"/pause\"}");
    deliver(d, OUTBOX_REPLY, 20, d->got[0].address, "", "paused");
    leave(d, 0);
    come_again(d, 0, 0, "\"talk\":\"20\"");
    assert_false(heard(d, 0, "paused"));
    say(d, 0, "{\"t\":\"command\",\"req\":5,\"text\":\"/pause\",\"age\":900}");
    assert_true(heard(d, 0, "paused"));
    assert_int_equal(d->got_n, 1);
}

static void a_confirmation_says_how_long_it_holds(void **state) {
    struct desk *d = *state;
    struct delivery x = {.id = 20, .kind = OUTBOX_REPLY, .address = "l:" SESSION ":5:/close all"};
    struct doc *doc = doc_of(d, "Sure?");
    doc->expires = when_add_ms(clock_wall(), 30000);
    doc_button(doc, "c:abc:y", "Yes", BUTTON_DANGER);
    x.doc = doc;
    local_send(d->local, &x);
    come(d, 0, SESSION);
    const char *left = strstr(d->heard[0].p, "\"left\":");
    assert_non_null(left);
    long ms = strtol(left + 7, NULL, 10);
    assert_true(ms > 0 && ms <= 30000);
    local_talk_answer(&d->local->talk, 20)->expires = when_add_ms(clock_wall(), -5000);
    come(d, 1, OTHER);
    assert_true(heard(d, 1, "\"left\":0,"));
}

static void an_answer_of_unknown_address_is_read_in_admin(void **state) {
    struct desk *d = *state;
    static const char *const strange[] = {"l:1:2",          "", "x", "l:" SESSION, "l:" SESSION ":", "l:" SESSION ":5x",
                                          "l:" SESSION "x5"};
    uint64_t id = 30;
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++)
        deliver(d, OUTBOX_REPLY, id++, strange[i], "", "strange");
    assert_int_equal(d->local->ring[CHANNEL_ADMIN].n, 7);
}

static void a_click_carries_the_buttons_id(void **state) {
    struct desk *d = *state;
    come(d, 0, SESSION);
    say(d, 0, "{\"t\":\"button\",\"req\":9,\"id\":\"c:abc:yes\"}");
    assert_int_equal(d->got_n, 1);
    assert_int_equal(d->got[0].kind, REQUEST_BUTTON);
    assert_string_equal(d->got[0].text, "c:abc:yes");
    leave(d, 0);
    come(d, 1, SESSION_AGAIN); /* after a reload, the button is known to be used */
    assert_true(heard(d, 1, "\"kind\":\"click\"") && heard(d, 1, "c:abc:yes"));
}

static void completion_asks_with_named_arguments(void **state) {
    struct desk *d = *state;
    come(d, 0, SESSION);
    say(d, 0, "{\"t\":\"complete\",\"req\":3,\"text\":\"/close 17 5\"}");
    assert_int_equal(d->got_n, 1);
    const struct request *r = &d->got[0];
    assert_int_equal(r->kind, REQUEST_COMPLETE);
    assert_string_equal(r->command, "close");
    assert_int_equal(r->arg_count, 2);
    assert_string_equal(r->args[0].value, "17");
    assert_false(r->args[0].focused);
    assert_string_equal(r->args[1].value, "5");
    assert_true(r->args[1].focused);
    say(d, 0, "{\"t\":\"complete\",\"req\":4,\"text\":\"/close \"}");
    assert_int_equal(d->got_n, 2);
    assert_true(d->got[1].args[0].focused);
    assert_string_equal(d->got[1].args[0].value, "");
    say(d, 0, "{\"t\":\"complete\",\"req\":5,\"text\":\"/close 17 50 more\"}");
    say(d, 0, "{\"t\":\"complete\",\"req\":6,\"text\":\"/nothing 1\"}");
    assert_int_equal(d->got_n, 2);
    struct choice c[] = {{"#17", "#17 XAUUSD"}, {"all", "<all>"}};
    local_choices(d->local, d->got[0].address, c, 2);
    assert_true(heard(d, 0, "\"t\":\"choices\"") && heard(d, 0, "#17 XAUUSD"));
    assert_int_equal(d->local->talk.n, 0);
}

static void the_language_is_that_of_the_last_reader(void **state) {
    struct desk *d = *state;
    enum lang lang;
    assert_false(local_lang(d->local, &lang));
    come(d, 0, SESSION);
    assert_true(local_lang(d->local, &lang));
    assert_int_equal(lang, LANG_FR);
    assert_string_equal(d->lang, "fr");
}

static void the_language_can_be_chosen(void **state) {
    struct desk *d = *state;
    come(d, 0, SESSION);
    say(d, 0, "{\"t\":\"lang\",\"lang\":\"en\",\"chosen\":true}");
    assert_string_equal(d->lang, "en");
    say(d, 0, "{\"t\":\"command\",\"req\":5,\"text\":\"/status\"}");
    assert_int_equal(d->got[0].lang, LANG_EN);
    d->local->lang_forced = true; /* the channels', not what somebody asked for */
    d->local->lang = LANG_EN;
    say(d, 0, "{\"t\":\"lang\",\"lang\":\"fr\",\"chosen\":true}");
    say(d, 0, "{\"t\":\"command\",\"req\":6,\"text\":\"/status\"}");
    assert_int_equal(d->got[1].lang, LANG_FR);
    assert_int_equal(d->local->lang, LANG_EN);
    say(d, 0, "{\"t\":\"lang\",\"lang\":\"fr\"}");
    say(d, 0, "{\"t\":\"command\",\"req\":7,\"text\":\"/status\"}");
    assert_int_equal(d->got[2].lang, LANG_EN);
}

static void the_language_may_be_forced(void **state) {
    struct desk *d = *state;
    d->local->lang_forced = true;
    d->local->lang = LANG_EN;
    come(d, 0, SESSION);
    say(d, 0, "{\"t\":\"command\",\"req\":5,\"text\":\"/status\"}");
    assert_int_equal(d->got[0].lang, LANG_EN);
    assert_string_equal(d->lang, "");
}

/* ---- hostile browsers ---- */

static void what_the_page_never_sends_ends_the_connection(void **state) {
    static const char *const bad[] = {
        "",
        "x",
        "[]",
        "\"hello\"",
        "{}",
        "{\"t\":5}",
        "{\"t\":\"hello\"}",
        "{\"t\":\"hello\",\"session\":\"" TAB "\"}",
        "{\"t\":\"hello\",\"session\":\"" TAB "-000000000000000g\"}",
        "{\"t\":\"hello\",\"session\":\"" SESSION "0\"}",
        "{\"t\":\"command\",\"req\":1,\"text\":\"/status\"}", /* before it said hello */
        "{\"t\":\"ping\"}",
        "{\"t\":\"hello\",\"session\":\"" SESSION "\"",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    };
    struct desk *d = *state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        local_web.opened(d->local, browser(0));
        d->kicked[0] = false;
        say(d, 0, bad[i]);
        assert_true(d->kicked[0]);
        assert_int_equal(d->heard[0].len, 0);
    }
    static const char *const later[] = {
        "{\"t\":\"hello\",\"session\":\"" SESSION "\"}", /* twice */
        "{\"t\":\"command\",\"text\":\"/status\"}",
        "{\"t\":\"command\",\"req\":0,\"text\":\"/status\"}",
        "{\"t\":\"command\",\"req\":-1,\"text\":\"/status\"}",
        "{\"t\":\"command\",\"req\":1.5,\"text\":\"/status\"}",
        "{\"t\":\"command\",\"req\":\"1\",\"text\":\"/status\"}",
        "{\"t\":\"dance\",\"req\":1}",
        "{\"t\":\"older\",\"req\":1}",
        "{\"t\":\"older\",\"req\":1,\"channel\":\"trades\"}",
        "{\"t\":\"older\",\"req\":1,\"channel\":\"cellar\",\"before\":\"5\"}",
        "{\"t\":\"older\",\"req\":1,\"channel\":\"trades\",\"before\":5}",
    };
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
        d->kicked[0] = false;
        come(d, 0, SESSION);
        say(d, 0, later[i]);
        assert_true(d->kicked[0]);
    }
    assert_int_equal(d->got_n, 0);
}

static void too_big_is_not_read(void **state) {
    struct desk *d = *state;
    struct buf b;
    come(d, 0, SESSION);
    buf_init(&b, 1u << 20);
    buf_str(&b, "{\"t\":\"command\",\"req\":1,\"text\":\"/status\",\"x\":\"");
    while (b.len < LOCAL_MESSAGE_MAX) buf_char(&b, 'a');
    buf_str(&b, "\"}");
    say(d, 0, b.p);
    assert_true(d->kicked[0]);
    assert_int_equal(d->got_n, 0);
    buf_clear(&b);
}

static void a_bad_command_is_refused_with_a_sentence(void **state) {
    struct desk *d = *state;
    struct buf b;
    come(d, 0, SESSION);
    say(d, 0, "{\"t\":\"command\",\"req\":1}");
    say(d, 0, "{\"t\":\"command\",\"req\":2,\"text\":\"\"}");
    say(d, 0, "{\"t\":\"command\",\"req\":3,\"text\":\"\\u0001\\u202e\"}");
    buf_init(&b, 1u << 16);
    buf_str(&b, "{\"t\":\"command\",\"req\":4,\"text\":\"/");
    while (b.len < REQUEST_TEXT_MAX + 60) buf_char(&b, 'a');
    buf_str(&b, "\"}");
    say(d, 0, b.p);
    buf_clear(&b);
    say(d, 0,
        "{\"t\":\"button\",\"req\":5,\"id\":"
        "\"0123456789012345678901234567890123456789012345678901234567890123456789\"}");
    assert_int_equal(d->got_n, 0);
    assert_false(d->kicked[0]);
    for (int i = 1; i <= 5; i++) {
        char want[80];
        snprintf(want, sizeof want, "{\"t\":\"refused\",\"session\":\"" SESSION "\",\"req\":%d,", i);
        assert_true(heard(d, 0, want));
    }
    assert_true(heard(d, 0, "Ce n’est pas une commande"));
    say(d, 0, "{\"t\":\"command\",\"req\":6,\"text\":\"/sta\\ttus \\u202eX\"}"); /* cleaned, then the router's matter */
    assert_string_equal(d->got[0].text, "/sta tus X");
}

static void a_flood_is_slowed(void **state) {
    struct desk *d = *state;
    char text[96];
    come(d, 0, SESSION);
    for (int i = 1; i <= 20 * LOCAL_BURST; i++) {
        snprintf(text, sizeof text, "{\"t\":\"command\",\"req\":%d,\"text\":\"/status\"}", i);
        say(d, 0, text);
    }
    assert_true(d->got_n >= LOCAL_BURST && d->got_n < 20 * LOCAL_BURST);
    assert_true(heard(d, 0, "Trop de demandes"));
}

static void the_conversation_is_bounded(void **state) {
    struct desk *d = *state;
    char address[ADDRESS_MAX];
    for (uint64_t i = 1; i <= LOCAL_TALK_MAX + 40; i++) {
        local_address(address, SESSION, i, "/status");
        deliver(d, OUTBOX_REPLY, 1000 + i, address, "", "again and again");
    }
    assert_int_equal(d->local->talk.n, LOCAL_TALK_MAX);
    assert_true(d->local->talk.bytes <= LOCAL_TALK_BYTES);
    assert_true(d->local->talk.older);
    come(d, 0, OTHER);
    assert_true(heard(d, 0, "{\"t\":\"talk\",\"reset\":true,\"older\":true"));
}

static void a_secret_is_not_kept_with_the_question(void **state) {
    char address[ADDRESS_MAX], session[LOCAL_SESSION_MAX];
    const char *text;
    uint64_t req;
    (void)state;
    log_secret("0123456789abcdef-not-to-be-told");
    local_address(address, SESSION, 5, "/why 0123456789abcdef-not-to-be-told");
    assert_null(strstr(address, "not-to-be-told"));
    assert_true(local_address_read(address, session, &req, &text));
    assert_int_equal(req, 5);
    assert_int_equal(strncmp(text, "/why ", 5), 0);
    char longest[REQUEST_TEXT_MAX];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    local_address(address, SESSION, (1ULL << 53) - 1, longest);
    assert_true(local_address_read(address, session, &req, &text));
    assert_true(strlen(address) < ADDRESS_MAX && strlen(text) > 400);
}

static void closing_while_a_commit_is_under_way(void **state) {
    struct desk *d = *state;
    come(d, 0, SESSION);
    d->hold_commit = true;
    say(d, 0, "{\"t\":\"command\",\"req\":1,\"text\":\"/pause\"}");
    say(d, 0, "{\"t\":\"command\",\"req\":2,\"text\":\"/status\"}");
    deliver(d, OUTBOX_MESSAGE, 7, "trades", "", "never told");
    local_free(d->local);
    d->local = NULL;
    for (int i = 0; i < d->commit_n; i++) d->commit[i](d->commit_arg[i]);
    assert_false(heard(d, 0, "accepted"));
    assert_int_equal(d->delivered_n, 0);
}

#define ON_A_DESK(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void) {
    log_set_stderr(false);
    const struct CMUnitTest tests[] = {
        ON_A_DESK(a_message_goes_to_all_and_is_kept),
        ON_A_DESK(an_edit_takes_the_place_of_its_message),
        ON_A_DESK(the_same_message_twice_is_one),
        ON_A_DESK(the_ring_is_bounded),
        ON_A_DESK(the_ring_is_bounded_in_bytes),
        ON_A_DESK(history_of_an_earlier_run),
        ON_A_DESK(the_header_follows_the_mode),
        ON_A_DESK(a_command_becomes_a_request),
        ON_A_DESK(the_same_request_keeps_its_id),
        ON_A_DESK(a_page_that_comes_back_gets_what_it_missed),
        ON_A_DESK(what_went_together_is_seen_together),
        ON_A_DESK(a_page_that_missed_more_than_is_kept_begins_anew),
        ON_A_DESK(the_conversation_goes_on_where_it_was),
        ON_A_DESK(older_messages_are_read_when_asked_for),
        ON_A_DESK(whoever_left_is_not_told),
        ON_A_DESK(a_page_of_large_ones_is_cut),
        ON_A_DESK(the_conversation_is_one_in_every_tab),
        ON_A_DESK(an_answer_that_nobody_heard_waits),
        ON_A_DESK(a_lost_reply_is_told_again_and_nothing_is_done_twice),
        ON_A_DESK(a_confirmation_says_how_long_it_holds),
        ON_A_DESK(the_language_can_be_chosen),
        ON_A_DESK(a_secret_is_not_kept_with_the_question),
        ON_A_DESK(an_answer_of_unknown_address_is_read_in_admin),
        ON_A_DESK(a_click_carries_the_buttons_id),
        ON_A_DESK(completion_asks_with_named_arguments),
        ON_A_DESK(the_language_is_that_of_the_last_reader),
        ON_A_DESK(the_language_may_be_forced),
        ON_A_DESK(what_the_page_never_sends_ends_the_connection),
        ON_A_DESK(too_big_is_not_read),
        ON_A_DESK(a_bad_command_is_refused_with_a_sentence),
        ON_A_DESK(a_flood_is_slowed),
        ON_A_DESK(the_conversation_is_bounded),
        ON_A_DESK(closing_while_a_commit_is_under_way),
    };
    return RUN(tests);
}
