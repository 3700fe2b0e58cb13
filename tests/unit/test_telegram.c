/*
 * The Telegram transport without a network: telegram_call is this file's, every call is
 * kept here and answered as a test says. The rest of the transport is the real one.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/chat/telegram_priv.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define CALLS_MAX 256
#define CHAT "-100500"

struct call {
    char method[32], *body;
    tg_fn fn;
    void *arg;
    bool answered;
};
struct told {
    uint64_t id;
    struct delivery_result result;
};
struct rig {
    struct loop *loop;
    struct conf *conf;
    void *t;
    struct call calls[CALLS_MAX];
    uint32_t n;
    struct told told[64];
    uint32_t told_count;
    struct {
        char key[64], value[64];
    } state[32];
    struct request received[8];
    uint32_t received_count, alarms, over, dropped, heard;
    const char *alarm;
    void (*after)(void *arg);
    void *after_arg;
    bool up;
};

static struct rig *rig; /* telegram_call has no other way to it */

void telegram_call(struct telegram *t, const char *method, const char *body, int64_t timeout_ms, bool own_connection,
                   tg_fn fn, void *arg) {
    (void)t;
    (void)timeout_ms;
    (void)own_connection;
    assert_true(rig->n < CALLS_MAX);
    struct call *c = &rig->calls[rig->n++];
    *c = (struct call){.body = xstrdup(body), .fn = fn, .arg = arg};
    str_copy(c->method, sizeof c->method, method);
}

void telegram_upload(struct telegram *t, const char *method, const struct http_part *parts, size_t n, tg_fn fn,
                     void *arg) {
    struct buf b;
    (void)t;
    assert_true(rig->n < CALLS_MAX);
    struct call *c = &rig->calls[rig->n++];
    /* "name=value" a line; of a file its name, type and size. */
    buf_init(&b, 1u << 16);
    for (size_t i = 0; i < n; i++) {
        if (parts[i].filename)
            buf_printf(&b, "%s=%s %s %zu\n", parts[i].name, parts[i].filename, parts[i].type, parts[i].n);
        else
            buf_printf(&b, "%s=%.*s\n", parts[i].name, (int)parts[i].n, (const char *)parts[i].bytes);
    }
    *c = (struct call){.body = buf_detach(&b), .fn = fn, .arg = arg};
    str_copy(c->method, sizeof c->method, method);
    buf_clear(&b);
}

static void answer_with(struct call *c, struct tg_answer a, const char *result) {
    struct err e;
    struct json *j = result ? json_parse(result, strlen(result), &e) : NULL;
    assert_false(c->answered);
    c->answered = true;
    a.value = j;
    c->fn(c->arg, &a);
    json_free(j);
}

void telegram_calls_close(struct telegram *t) {
    (void)t;
    for (uint32_t i = 0; i < rig->n; i++)
        if (!rig->calls[i].answered) answer_with(&rig->calls[i], (struct tg_answer){.result = TG_MAYBE}, NULL);
}

void telegram_call_drop(struct telegram *t, struct http_call *http) {
    (void)t, (void)http;
    rig->dropped++;
}

/* ---- the host ---- */

static void receive(void *arg, const struct request *r) {
    struct rig *g = arg;
    assert_true(g->received_count < 8);
    g->received[g->received_count++] = *r;
}
static void delivered(void *arg, enum platform p, uint64_t id, const struct delivery_result *r) {
    struct rig *g = arg;
    (void)p;
    assert_true(g->told_count < 64);
    g->told[g->told_count++] = (struct told){id, *r};
}
static void ready(void *arg, enum platform p, bool up) {
    (void)p;
    ((struct rig *)arg)->up = up;
}
static void on_alarm(void *arg, enum platform p, enum urgency u, const char *key, const char *en, const char *fr) {
    (void)p, (void)u, (void)key, (void)fr;
    ((struct rig *)arg)->alarms++;
    ((struct rig *)arg)->alarm = en;
}
static void on_heard(void *arg, enum platform p) {
    (void)p;
    ((struct rig *)arg)->heard++;
}
static void on_over(void *arg, enum platform p, const char *key, const char *en, const char *fr) {
    (void)p, (void)key, (void)en, (void)fr;
    ((struct rig *)arg)->over++;
}
static const char *state_get(void *arg, const char *key) {
    struct rig *g = arg;
    for (int i = 0; i < 32; i++)
        if (!strcmp(g->state[i].key, key)) return g->state[i].value;
    return NULL;
}
static void state_put(void *arg, const char *key, const char *value) {
    struct rig *g = arg;
    int slot = -1;
    for (int i = 32; i-- > 0;) {
        if (!strcmp(g->state[i].key, key)) {
            slot = i;
            break;
        }
        if (!*g->state[i].key) slot = i;
    }
    assert_true(slot >= 0);
    if (!value) {
        if (!strcmp(g->state[slot].key, key)) *g->state[slot].key = '\0';
        return;
    }
    str_copy(g->state[slot].key, sizeof g->state[slot].key, key);
    str_copy(g->state[slot].value, sizeof g->state[slot].value, value);
}
static void after_commit(void *arg, void (*fn)(void *), void *fn_arg) {
    struct rig *g = arg;
    g->after = fn;
    g->after_arg = fn_arg;
}

/* ---- the rig ---- */

static void stop_loop(void *arg) {
    loop_stop(((struct rig *)arg)->loop);
}

/* Runs what was asked for at once, and timers that are due within a few milliseconds. */
static void spin(struct rig *g, int64_t ms) {
    struct loop_timer *t = loop_timer_new(g->loop, stop_loop, g);
    loop_timer_start(t, ms, 0);
    loop_run(g->loop);
    loop_timer_free(t);
}

static struct call *last_call(struct rig *g, const char *method) {
    for (uint32_t i = g->n; i-- > 0;)
        if (!strcmp(g->calls[i].method, method) && !g->calls[i].answered) return &g->calls[i];
    return NULL;
}

static struct call *waiting(struct rig *g, const char *method) {
    for (uint32_t i = 0; i < g->n; i++)
        if (!strcmp(g->calls[i].method, method) && !g->calls[i].answered) return &g->calls[i];
    fail_msg("no %s is under way", method);
    return NULL;
}

static void ok(struct rig *g, const char *method, const char *result) {
    answer_with(waiting(g, method), (struct tg_answer){.result = TG_OK}, result);
}

static void no(struct rig *g, const char *method, const char *text, int64_t migrate_to) {
    struct tg_answer a = {.result = TG_NO, .code = 400, .migrate_to = migrate_to};
    str_copy(a.text, sizeof a.text, text);
    answer_with(waiting(g, method), a, NULL);
}

static void open_with(struct rig *g, const char *bot, bool forum) {
    const struct transport_host host = {.arg = g,
                                        .receive = receive,
                                        .delivered = delivered,
                                        .ready = ready,
                                        .alarm = on_alarm,
                                        .alarm_over = on_over,
                                        .heard = on_heard,
                                        .state_get = state_get,
                                        .state_put = state_put,
                                        .after_commit = after_commit,
                                        .loop = g->loop};
    struct err e;
    g->t = transport_telegram.open(g->conf, &host, &e);
    ok(g, "getMe", bot);
    ok(g, "getChat", forum ? "{\"is_forum\": true}" : "{}");
}

static struct rig *rig_new(bool forum) {
    struct conf_errors errs = {0};
    const struct conf_flag flags[] = {{"telegram.chat_id", CHAT, "test"}};
    const struct conf_source src = {.env_path = "", .flags = flags, .flag_count = 1, .no_secrets = true, .base = "/"};
    log_set_stderr(false);
    rig = xcalloc(1, sizeof *rig);
    rig->loop = loop_new();
    rig->conf = conf_load(&src, &errs);
    assert_non_null(rig->conf);
    conf_errors_clear(&errs);
    open_with(rig, "{\"id\": 9, \"username\": \"mia_bot\"}", forum);
    return rig;
}

static void close_transport(struct rig *g) {
    transport_telegram.close(g->t, true);
    for (uint32_t i = 0; i < g->n; i++) free(g->calls[i].body);
    g->n = 0;
}

static void rig_free(struct rig *g) {
    close_transport(g);
    loop_free(g->loop);
    conf_free(g->conf);
    free(g);
}

static void send_doc(struct rig *g, struct delivery d, const char *title, int lines) {
    struct arena *a = arena_new(1u << 20);
    struct doc *doc = doc_new(a, LANG_EN, DOC_PLAIN);
    doc_title(doc, "", "%s", title);
    char dots[900];
    memset(dots, '.', sizeof dots - 1);
    dots[sizeof dots - 1] = '\0';
    for (int i = 0; i < lines; i++) doc_line(doc, "line %d %s", i, dots);
    d.doc = doc;
    d.attempt = 1;
    transport_telegram.send(g->t, &d);
    arena_free(a);
}

static void message(struct rig *g, uint64_t id, enum channel c) {
    struct delivery d = {.id = id, .kind = OUTBOX_MESSAGE, .urgency = URGENCY_IMPORTANT};
    str_copy(d.channel, sizeof d.channel, channel_name(c));
    send_doc(g, d, "a message", 0);
}

static void reply_to(struct rig *g, uint64_t id, const char *address, const char *title, int lines) {
    struct delivery d = {.id = id, .kind = OUTBOX_REPLY, .urgency = URGENCY_IMPORTANT};
    str_copy(d.address, sizeof d.address, address);
    send_doc(g, d, title, lines);
}

static bool says(const struct call *c, const char *text) {
    return strstr(c->body, text) != NULL;
}

static const struct told *told(const struct rig *g, uint64_t id) {
    for (uint32_t i = 0; i < g->told_count; i++)
        if (g->told[i].id == id) return &g->told[i];
    return NULL;
}

/* ---- topics ---- */

static void make_topics(struct rig *g) {
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        char result[64];
        snprintf(result, sizeof result, "{\"message_thread_id\": %d}", 50 + i);
        ok(g, "createForumTopic", result);
    }
}

static void test_a_topic_belongs_to_the_channel_it_was_asked_for(void **state) {
    (void)state;
    struct rig *g = rig_new(true);
    make_topics(g);
    message(g, 1, CHANNEL_SIGNAL);
    assert_true(says(waiting(g, "sendMessage"), "\"message_thread_id\":53"));
    no(g, "sendMessage", "Bad Request: message thread not found", 0);
    assert_true(says(waiting(g, "createForumTopic"), "\"signal\""));
    /* While that one is made, an earlier channel loses its topic too. */
    message(g, 2, CHANNEL_TRADES);
    answer_with(last_call(g, "sendMessage"), (struct tg_answer){.result = TG_NO, .code = 400, .text = "TOPIC_CLOSED"},
                NULL);
    ok(g, "createForumTopic", "{\"message_thread_id\": 77}");
    assert_string_equal(state_get(g, "telegram.topic.signal"), "77");
    assert_true(says(waiting(g, "createForumTopic"), "\"trades\""));
    ok(g, "createForumTopic", "{\"message_thread_id\": 78}");
    assert_string_equal(state_get(g, "telegram.topic.trades"), "78");
    rig_free(g);
}

static void test_a_topic_of_the_group_that_was_left_is_not_used(void **state) {
    (void)state;
    struct rig *g = rig_new(true);
    ok(g, "createForumTopic", "{\"message_thread_id\": 50}");
    message(g, 1, CHANNEL_TRADES);
    no(g, "sendMessage", "Bad Request: group chat was upgraded to a supergroup chat", -100777);
    assert_null(state_get(g, "telegram.topic.trades"));
    ok(g, "createForumTopic", "{\"message_thread_id\": 51}"); /* asked of the old group */
    assert_null(state_get(g, "telegram.topic.alertes"));
    assert_true(says(waiting(g, "getChat"), "-100777"));
    ok(g, "getChat", "{\"is_forum\": true}");
    assert_true(says(waiting(g, "createForumTopic"), "-100777"));
    rig_free(g);
}

/* ---- a group that moved ---- */

static void test_all_that_is_queued_follows_a_group_that_moved(void **state) {
    (void)state;
    struct rig *g = rig_new(false);
    message(g, 1, CHANNEL_TRADES);
    message(g, 2, CHANNEL_ALERTS);
    struct delivery edit = {.id = 3, .kind = OUTBOX_EDIT, .urgency = URGENCY_INFO, .message_ref = CHAT "/8"};
    str_copy(edit.channel, sizeof edit.channel, channel_name(CHANNEL_SIGNAL));
    send_doc(g, edit, "an edit", 0);
    no(g, "sendMessage", "Bad Request: group chat was upgraded to a supergroup chat", -100777);
    no(g, "sendMessage", "Bad Request: group chat was upgraded to a supergroup chat", -100777);
    no(g, "editMessageText", "Bad Request: group chat was upgraded to a supergroup chat", -100777);
    assert_int_equal(told(g, 3)->result.outcome, OUTCOME_REFUSED); /* its message stayed behind */
    assert_true(says(waiting(g, "sendMessage"), "-100777"));
    ok(g, "sendMessage", "{\"message_id\": 1}");
    assert_true(says(waiting(g, "sendMessage"), "-100777"));
    ok(g, "sendMessage", "{\"message_id\": 2}");
    assert_int_equal(told(g, 1)->result.outcome, OUTCOME_DELIVERED);
    assert_string_equal(told(g, 2)->result.message_ref, "-100777/2");
    rig_free(g);
}

/* ---- files ---- */

static void send_file(struct rig *g, struct delivery d, const char *name, const char *type, int lines) {
    struct arena *a = arena_new(1u << 20);
    struct doc *doc = doc_new(a, LANG_EN, DOC_PLAIN);
    doc_title(doc, "", "a <file>");
    for (int i = 0; i < lines; i++) doc_line(doc, "%0200d", i);
    doc_button(doc, "/status", "Status", BUTTON_NEUTRAL);
    assert_int_equal(doc_file(doc, name, type, "0123456789", 10), 0);
    d.doc = doc;
    transport_telegram.send(g->t, &d);
    arena_free(a);
}

static struct delivery answer_to(uint64_t id, const char *address) {
    struct delivery d = {.id = id, .kind = OUTBOX_REPLY, .urgency = URGENCY_IMPORTANT, .attempt = 1};
    str_copy(d.address, sizeof d.address, address);
    return d;
}

static void test_a_file_is_a_document_with_its_text_as_caption(void **state) {
    (void)state;
    struct rig *g = rig_new(false);
    send_file(g, answer_to(1, "m:400:7:55"), "t.csv", "text/csv", 0);
    const struct call *c = waiting(g, "sendDocument");
    assert_string_equal(c->body,
                        "chat_id=400\nmessage_thread_id=7\ncaption=<b>a &lt;file&gt;</b>\nparse_mode=HTML\n"
                        "disable_content_type_detection=true\n"
                        "reply_parameters={\"message_id\":55,\"allow_sending_without_reply\":true}\n"
                        "reply_markup={\"inline_keyboard\":[[{\"text\":\"Status\",\"callback_data\":\"/status\"}]]}\n"
                        "document=t.csv text/csv 10\n");
    ok(g, "sendDocument", "{\"message_id\": 9}");
    assert_int_equal(told(g, 1)->result.outcome, OUTCOME_DELIVERED);
    assert_string_equal(told(g, 1)->result.message_ref, "400/9");
    rig_free(g);
}

static void test_a_picture_is_a_photo_or_a_document(void **state) {
    (void)state;
    struct rig *g = rig_new(false);
    struct delivery d = {
        .id = 1, .kind = OUTBOX_MESSAGE, .urgency = URGENCY_INFO, .possible_repeat = true, .event_id = "AB12"};
    str_copy(d.channel, sizeof d.channel, channel_name(CHANNEL_PERFORMANCE));
    send_file(g, d, "curve.png", "image/png", 0);
    const struct call *c = waiting(g, "sendPhoto");
    assert_true(says(c, "photo=curve.png image/png 10\n") && says(c, "disable_notification=true\n"));
    assert_true(says(c, "possible repeat of #AB12") && says(c, "#performance"));
    no(g, "sendPhoto", "Bad Request: PHOTO_INVALID_DIMENSIONS", 0);
    assert_true(says(waiting(g, "sendDocument"), "document=curve.png image/png 10\n"));
    no(g, "sendDocument", "Bad Request: can't parse entities: x", 0);
    assert_false(says(waiting(g, "sendDocument"), "parse_mode"));
    ok(g, "sendDocument", "{\"message_id\": 9}");
    assert_int_equal(told(g, 1)->result.outcome, OUTCOME_DELIVERED);
    rig_free(g);
}

/* The file first: what is refused for it has left nothing behind. */
static void test_a_long_text_follows_its_file(void **state) {
    (void)state;
    struct rig *g = rig_new(false);
    send_file(g, answer_to(1, "m:400:0:55"), "t.csv", "text/csv", 8);
    assert_false(says(waiting(g, "sendDocument"), "caption="));
    assert_false(says(waiting(g, "sendDocument"), "reply_markup="));
    assert_null(last_call(g, "sendMessage"));
    ok(g, "sendDocument", "{\"message_id\": 9}");
    assert_true(says(waiting(g, "sendMessage"), "reply_markup") &&
                !says(waiting(g, "sendMessage"), "reply_parameters"));
    answer_with(waiting(g, "sendMessage"), (struct tg_answer){.result = TG_AGAIN, .wait_ms = 1}, NULL);
    assert_null(told(g, 1)); /* the file is there: only the text goes again */
    spin(g, 60);
    ok(g, "sendMessage", "{\"message_id\": 10}");
    assert_int_equal(told(g, 1)->result.outcome, OUTCOME_DELIVERED);
    assert_string_equal(told(g, 1)->result.message_ref, "400/10"); /* what later edits mean */
    rig_free(g);
}

static void test_a_file_that_is_refused_is_told_as_that(void **state) {
    (void)state;
    struct rig *g = rig_new(false);
    for (uint64_t id = 1; id <= 3; id++) send_file(g, answer_to(id, "m:400:0:55"), "t.csv", "text/csv", 0);
    answer_with(waiting(g, "sendDocument"), (struct tg_answer){.result = TG_NO, .code = 413}, NULL);
    no(g, "sendDocument", "Bad Request: not enough rights to send documents to the chat", 0);
    no(g, "sendDocument", "Bad Request: chat not found", 0);
    assert_int_equal(told(g, 1)->result.outcome, OUTCOME_FILE_REFUSED);
    assert_string_equal(told(g, 1)->result.err.text[LANG_FR], "il est trop grand pour Telegram");
    assert_int_equal(told(g, 2)->result.outcome, OUTCOME_FILE_REFUSED);
    assert_int_equal(told(g, 3)->result.outcome, OUTCOME_REFUSED);
    rig_free(g);
}

static void test_a_lost_answer_to_an_upload_is_a_doubt(void **state) {
    (void)state;
    struct rig *g = rig_new(false);
    send_file(g, answer_to(1, "m:400:0:55"), "t.csv", "text/csv", 0);
    answer_with(waiting(g, "sendDocument"), (struct tg_answer){.result = TG_MAYBE}, NULL);
    assert_int_equal(told(g, 1)->result.outcome, OUTCOME_AMBIGUOUS);
    send_file(g, answer_to(2, "m:400:0:55"), "t.csv", "text/csv", 0);
    answer_with(waiting(g, "sendDocument"), (struct tg_answer){.result = TG_AGAIN, .wait_ms = 5000}, NULL);
    assert_int_equal(told(g, 2)->result.outcome, OUTCOME_RETRY);
    assert_int_equal(told(g, 2)->result.retry_ms, 5000);
    rig_free(g);
}

static void test_an_edit_makes_a_file_of_a_message_and_text_of_a_caption(void **state) {
    (void)state;
    struct rig *g = rig_new(false);
    struct delivery d = {.id = 1, .kind = OUTBOX_EDIT, .urgency = URGENCY_INFO, .message_ref = CHAT "/8"};
    str_copy(d.channel, sizeof d.channel, channel_name(CHANNEL_TRADES));
    send_file(g, d, "c.png", "image/png", 30);
    const struct call *c = waiting(g, "editMessageMedia");
    assert_true(says(c, "message_id=8\n") && says(c, "\"type\":\"photo\",\"media\":\"attach://file\"") &&
                says(c, "file=c.png image/png 10\n") && says(c, "…\",\"parse_mode\":\"HTML\""));
    ok(g, "editMessageMedia", "{\"message_id\": 8}");
    assert_int_equal(told(g, 1)->result.outcome, OUTCOME_DELIVERED);
    d.id = 2;
    send_doc(g, d, "text alone", 0);
    no(g, "editMessageText", "Bad Request: there is no text in the message to edit", 0);
    c = waiting(g, "editMessageCaption");
    assert_true(says(c, "\"caption\":\"<b>text alone</b>") && !says(c, "\"text\"") && !says(c, "link_preview"));
    ok(g, "editMessageCaption", "{\"message_id\": 8}");
    assert_int_equal(told(g, 2)->result.outcome, OUTCOME_DELIVERED);
    rig_free(g);
}

/* ---- long texts ---- */

static void test_a_429_in_the_middle_of_a_long_text_repeats_nothing(void **state) {
    (void)state;
    struct rig *g = rig_new(false);
    reply_to(g, 1, "m:400:0:7", "long", 10);
    assert_true(says(waiting(g, "sendMessage"), "line 0"));
    ok(g, "sendMessage", "{\"message_id\": 1}");
    struct call *second = waiting(g, "sendMessage");
    assert_false(says(second, "line 0"));
    answer_with(second, (struct tg_answer){.result = TG_AGAIN, .code = 429, .wait_ms = 1}, NULL);
    assert_null(told(g, 1));
    spin(g, 30);
    assert_string_equal(waiting(g, "sendMessage")->body, second->body);
    while (!told(g, 1)) ok(g, "sendMessage", "{\"message_id\": 2}");
    assert_int_equal(told(g, 1)->result.outcome, OUTCOME_DELIVERED);
    rig_free(g);
}

static void test_a_429_at_the_start_goes_back_to_the_outbox(void **state) {
    (void)state;
    struct rig *g = rig_new(false);
    reply_to(g, 1, "m:400:0:7", "short", 0);
    answer_with(waiting(g, "sendMessage"), (struct tg_answer){.result = TG_AGAIN, .code = 429, .wait_ms = 3000}, NULL);
    assert_int_equal(told(g, 1)->result.outcome, OUTCOME_RETRY);
    assert_int_equal(told(g, 1)->result.retry_ms, 3000);
    rig_free(g);
}

static void test_a_long_answer_to_a_click_is_whole(void **state) {
    (void)state;
    struct rig *g = rig_new(false);
    reply_to(g, 1, "c:400:0:7:555", "long", 10);
    ok(g, "answerCallbackQuery", "true");
    assert_true(says(waiting(g, "editMessageText"), "line 0"));
    ok(g, "editMessageText", "{\"message_id\": 7}");
    bool last = false;
    while (!told(g, 1)) {
        last = says(waiting(g, "sendMessage"), "line 9");
        ok(g, "sendMessage", "{\"message_id\": 8}");
    }
    assert_true(last);
    rig_free(g);
}

static void test_a_text_refused_as_html_in_the_middle_goes_on_plain(void **state) {
    (void)state;
    struct rig *g = rig_new(false);
    reply_to(g, 1, "m:400:0:7", "long", 10);
    ok(g, "sendMessage", "{\"message_id\": 1}");
    no(g, "sendMessage", "Bad Request: can't parse entities", 0);
    assert_false(says(waiting(g, "sendMessage"), "line 0"));
    assert_false(says(waiting(g, "sendMessage"), "parse_mode"));
    rig_free(g);
}

/* ---- clicks ---- */

static void private_reply(struct rig *g, uint64_t id, const char *address) {
    struct arena *a = arena_new(1u << 16);
    struct doc *doc = doc_new(a, LANG_EN, DOC_WARNING);
    doc_title(doc, "", "not yours");
    doc->is_private = true;
    struct delivery d = {.id = id, .kind = OUTBOX_REPLY, .doc = doc};
    str_copy(d.address, sizeof d.address, address);
    transport_telegram.send(g->t, &d);
    arena_free(a);
}

static void test_a_private_answer_to_a_click_that_did_not_get_through_goes_again(void **state) {
    (void)state;
    struct rig *g = rig_new(false);
    private_reply(g, 1, "c:" CHAT ":0:7:555");
    assert_true(says(waiting(g, "answerCallbackQuery"), "not yours"));
    answer_with(waiting(g, "answerCallbackQuery"), (struct tg_answer){.result = TG_AGAIN, .wait_ms = 500}, NULL);
    assert_int_equal(told(g, 1)->result.outcome, OUTCOME_RETRY);
    assert_null(last_call(g, "sendMessage")); /* never for all to read */
    rig_free(g);
}

static void test_a_click_that_is_too_old_is_answered_in_private_only(void **state) {
    (void)state;
    struct rig *g = rig_new(false);
    private_reply(g, 1, "c:" CHAT ":0:7:555");
    no(g, "answerCallbackQuery", "Bad Request: query is too old", 0);
    assert_null(last_call(g, "sendMessage"));
    assert_int_equal(told(g, 1)->result.outcome, OUTCOME_DELIVERED);
    private_reply(g, 2, "c:400:0:7:556");
    no(g, "answerCallbackQuery", "Bad Request: query is too old", 0);
    assert_true(says(waiting(g, "sendMessage"), "not yours"));
    rig_free(g);
}

/* ---- updates ---- */

#define UPDATE(id, text)                                                                                               \
    "[{\"update_id\": " id ", \"message\": {\"message_id\": 5, \"date\": 1736121600, \"text\": \"" text "\", "         \
    "\"from\": {\"id\": 400, \"first_name\": \"Ann\"}, \"chat\": {\"id\": 400, \"type\": \"private\"}}}]"

static void test_an_update_is_confirmed_once_it_is_durable(void **state) {
    (void)state;
    struct rig *g = rig_new(false);
    ok(g, "getUpdates", UPDATE("1000", "/pause"));
    assert_int_equal(g->received_count, 1);
    assert_string_equal(g->received[0].text, "/pause");
    assert_true(g->received[0].home && g->received[0].genuine && g->received[0].can_be_private);
    assert_null(last_call(g, "getUpdates")); /* the next poll would confirm it */
    assert_int_equal(strtoll(state_get(g, "telegram.offset"), NULL, 10), 1001);
    g->after(g->after_arg);
    assert_true(says(waiting(g, "getUpdates"), "\"offset\":1001"));
    rig_free(g);
}

static void again(struct rig *g, const char *bot) {
    close_transport(g);
    g->told_count = g->received_count = 0;
    open_with(g, bot, false);
}

static void test_an_offset_that_is_too_old_or_another_bots_confirms_nothing(void **state) {
    char old[64];
    (void)state;
    struct rig *g = rig_new(false);
    ok(g, "getUpdates", UPDATE("1000", "/pause"));
    again(g, "{\"id\": 9, \"username\": \"mia_bot\"}");
    assert_true(says(waiting(g, "getUpdates"), "\"offset\":1001"));
    snprintf(old, sizeof old, "1001 %lld", (long long)when_sec(clock_wall()) - 7 * 86400);
    state_put(g, "telegram.offset", old);
    again(g, "{\"id\": 9, \"username\": \"mia_bot\"}");
    assert_true(says(waiting(g, "getUpdates"), "\"offset\":0"));
    state_put(g, "telegram.offset", "1001"); /* as it was written before */
    again(g, "{\"id\": 9, \"username\": \"mia_bot\"}");
    assert_true(says(waiting(g, "getUpdates"), "\"offset\":1001"));
    again(g, "{\"id\": 10, \"username\": \"other_bot\"}");
    assert_true(says(waiting(g, "getUpdates"), "\"offset\":0"));
    rig_free(g);
}

static void test_who_may_not_be_whom_they_seem_is_not_genuine(void **state) {
    static const char *const bad[] = {"\"sender_chat\": {\"id\": 1}", "\"forward_origin\": {\"type\": \"user\"}",
                                      "\"via_bot\": {\"id\": 5}",     "\"edit_date\": 1736121600",
                                      "\"forward_date\": 1736121600", "\"is_automatic_forward\": true"};
    (void)state;
    struct rig *g = rig_new(false);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char update[512];
        snprintf(
            update, sizeof update,
            "[{\"update_id\": %zu, \"message\": {\"message_id\": 5, \"text\": \"/pause@MIA_bot now\", %s, \"from\": "
            "{\"id\": 400}, \"chat\": {\"id\": -42, \"type\": \"group\"}}}]",
            2000 + i, bad[i]);
        ok(g, "getUpdates", update);
        assert_int_equal(g->received_count, 1);
        assert_false(g->received[0].genuine || g->received[0].home || g->received[0].can_be_private);
        assert_string_equal(g->received[0].text, "/pause now");
        g->received_count = 0;
        g->after(g->after_arg);
    }
    ok(g, "getUpdates", UPDATE("3000", "/pause@somebody_else"));
    assert_int_equal(g->received_count, 0);
    rig_free(g);
}

/* ---- up, down, stopped ---- */

static void test_messages_go_out_while_another_program_polls(void **state) {
    struct transport_health h;
    (void)state;
    struct rig *g = rig_new(false);
    for (int i = 0; i < TELEGRAM_CONFLICTS_ALARM; i++) {
        ((struct telegram *)g->t)->conflicts = i;
        answer_with(waiting(g, "getUpdates"), (struct tg_answer){.result = TG_NO, .code = 409}, NULL);
        if (i + 1 < TELEGRAM_CONFLICTS_ALARM) telegram_poll_start(g->t);
    }
    assert_int_equal(g->alarms, 1);
    transport_telegram.health(g->t, &h);
    assert_true(!h.up && strstr(h.text[LANG_FR], "409"));
    message(g, 1, CHANNEL_ALERTS);
    ok(g, "sendMessage", "{\"message_id\": 1}");
    assert_int_equal(told(g, 1)->result.outcome, OUTCOME_DELIVERED);
    rig_free(g);
}

static struct telegram *with_a_rival(struct rig *g) {
    struct telegram *t = g->t;
    for (int i = 0; i < TELEGRAM_CONFLICTS_ALARM; i++) {
        answer_with(waiting(g, "getUpdates"), (struct tg_answer){.result = TG_NO, .code = 409}, NULL);
        assert_true(loop_timer_active(t->retry));
        telegram_poll_start(t);
    }
    return t;
}

static void test_the_other_program_is_gone_after_a_quiet_time(void **state) {
    (void)state;
    struct rig *g = rig_new(false);
    struct telegram *t = with_a_rival(g);
    assert_int_equal(g->alarms, 1);
    assert_non_null(strstr(waiting(g, "getUpdates")->body, "\"timeout\":0")); /* looks, and does not wait */
    ok(g, "getUpdates", "[]");
    assert_int_equal(g->over, 0); /* the two take turns: one good answer says nothing */
    assert_true(t->rival && loop_timer_active(t->retry));
    t->conflict_ms -= TELEGRAM_RIVAL_GONE_MS;
    telegram_poll_start(t);
    ok(g, "getUpdates", "[]");
    assert_int_equal(g->over, 1);
    assert_false(t->rival);
    assert_non_null(strstr(waiting(g, "getUpdates")->body, "\"timeout\":50"));
    rig_free(g);
}

static void test_a_webhook_is_named(void **state) {
    (void)state;
    struct rig *g = rig_new(false);
    struct tg_answer a = {.result = TG_NO, .code = 409};
    str_copy(a.text, sizeof a.text, "Conflict: can't use getUpdates method while webhook is active");
    for (int i = 0; i < TELEGRAM_CONFLICTS_ALARM; i++) {
        answer_with(waiting(g, "getUpdates"), a, NULL);
        telegram_poll_start(g->t);
    }
    assert_non_null(strstr(g->alarm, "deleteWebhook"));
    rig_free(g);
}

static void test_a_stop_fetches_nothing_more_and_still_sends(void **state) {
    (void)state;
    struct rig *g = rig_new(false);
    struct telegram *t = g->t;
    t->poll = (struct http_call *)g;
    transport_telegram.drain(t);
    assert_int_equal(g->dropped, 1);
    assert_null(t->poll);
    telegram_poll_start(t);
    assert_false(loop_timer_active(t->retry));
    message(g, 1, CHANNEL_ALERTS);
    ok(g, "sendMessage", "{\"message_id\": 1}");
    assert_int_equal(told(g, 1)->result.outcome, OUTCOME_DELIVERED);
    rig_free(g);
}

static void test_a_revoked_token_gives_everything_back_and_is_said_once(void **state) {
    (void)state;
    struct rig *g = rig_new(false);
    for (uint64_t i = 1; i <= 20; i++) message(g, i, CHANNEL_TRADES); /* more than the group's bucket */
    answer_with(waiting(g, "sendMessage"), (struct tg_answer){.result = TG_REVOKED, .code = 401}, NULL);
    spin(g, 5);
    while (last_call(g, "sendMessage"))
        answer_with(waiting(g, "sendMessage"), (struct tg_answer){.result = TG_REVOKED, .code = 401}, NULL);
    spin(g, 5);
    assert_int_equal(g->told_count, 20);
    for (uint64_t i = 1; i <= 20; i++) assert_int_equal(told(g, i)->result.outcome, OUTCOME_DOWN);
    assert_true(g->alarms == 1 && !g->up);
    rig_free(g);
}

static void test_answers_keep_their_order_through_a_429(void **state) {
    (void)state;
    struct rig *g = rig_new(false);
    bucket_block(&((struct telegram *)g->t)->all, clock_mono_ms(), 5);
    message(g, 9, CHANNEL_TRADES);
    reply_to(g, 1, "m:400:0:1", "first", 0);
    reply_to(g, 2, "m:400:0:2", "second", 0);
    assert_null(last_call(g, "sendMessage"));
    spin(g, 60);
    assert_true(says(waiting(g, "sendMessage"), "first"));
    ok(g, "sendMessage", "{\"message_id\": 1}");
    assert_true(says(waiting(g, "sendMessage"), "second"));
    ok(g, "sendMessage", "{\"message_id\": 2}");
    assert_true(says(waiting(g, "sendMessage"), "a message"));
    rig_free(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_is_a_document_with_its_text_as_caption),
        cmocka_unit_test(test_a_picture_is_a_photo_or_a_document),
        cmocka_unit_test(test_a_long_text_follows_its_file),
        cmocka_unit_test(test_a_file_that_is_refused_is_told_as_that),
        cmocka_unit_test(test_a_lost_answer_to_an_upload_is_a_doubt),
        cmocka_unit_test(test_an_edit_makes_a_file_of_a_message_and_text_of_a_caption),
        cmocka_unit_test(test_a_topic_belongs_to_the_channel_it_was_asked_for),
        cmocka_unit_test(test_a_topic_of_the_group_that_was_left_is_not_used),
        cmocka_unit_test(test_all_that_is_queued_follows_a_group_that_moved),
        cmocka_unit_test(test_a_429_in_the_middle_of_a_long_text_repeats_nothing),
        cmocka_unit_test(test_a_429_at_the_start_goes_back_to_the_outbox),
        cmocka_unit_test(test_a_long_answer_to_a_click_is_whole),
        cmocka_unit_test(test_a_text_refused_as_html_in_the_middle_goes_on_plain),
        cmocka_unit_test(test_a_private_answer_to_a_click_that_did_not_get_through_goes_again),
        cmocka_unit_test(test_a_click_that_is_too_old_is_answered_in_private_only),
        cmocka_unit_test(test_an_update_is_confirmed_once_it_is_durable),
        cmocka_unit_test(test_an_offset_that_is_too_old_or_another_bots_confirms_nothing),
        cmocka_unit_test(test_who_may_not_be_whom_they_seem_is_not_genuine),
        cmocka_unit_test(test_messages_go_out_while_another_program_polls),
        cmocka_unit_test(test_the_other_program_is_gone_after_a_quiet_time),
        cmocka_unit_test(test_a_webhook_is_named),
        cmocka_unit_test(test_a_stop_fetches_nothing_more_and_still_sends),
        cmocka_unit_test(test_a_revoked_token_gives_everything_back_and_is_said_once),
        cmocka_unit_test(test_answers_keep_their_order_through_a_429),
    };
    return RUN(tests);
}
