/* Who may ask the local page for what. */
#include "unit.h"

#include <string.h>

#include "bot/chat/local_priv.h"

#define TOKEN "0123456789abcdef0123456789abcdef"

static const struct web_request page = {.path = "/", .query = "", .host = "127.0.0.1:8787", .origin = "", .cookie = ""};
#define COOKIE "mia_8787=" TOKEN

static int ask(struct web_request q, struct web_answer *a) {
    static struct local_gate g; /* the answer borrows from it */
    struct web_answer mine;
    if (!a) a = &mine;
    memset(a, 0, sizeof *a);
    local_gate_init(&g, TOKEN, "127.0.0.5", 8787);
    local_gate_answer(&g, &q, a);
    return a->status;
}

#define WITH(...)                                                                                                      \
    ask((struct web_request){.path = "/", .query = "", .host = "127.0.0.1:8787", .origin = "", __VA_ARGS__}, NULL)

static const char *header(const struct web_answer *a, const char *name) {
    for (int i = 0; i < 8 && a->headers[i][0]; i++)
        if (!strcmp(a->headers[i][0], name)) return a->headers[i][1];
    return NULL;
}

static void nothing_without_the_token(void **state) {
    static const char *const paths[] = {"/", "/app.js", "/app.css", "/icon.svg", "/ws", "/nothing"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct web_request q = page;
        struct web_answer a;
        q.path = paths[i];
        assert_int_equal(ask(q, &a), 403);
        assert_true(a.body_len > 20);
        q.upgrade = true;
        assert_int_equal(ask(q, NULL), 403);
    }
}

static void wrong_tokens_are_refused(void **state) {
    static const char *const wrong[] = {
        "mia_8787=",
        "mia_8787=0123456789abcdef0123456789abcde",
        "mia_8787=0123456789abcdef0123456789abcdef0",
        "mia_8787=0123456789abcdef0123456789abcdee",
        "mia_8787=0123456789ABCDEF0123456789ABCDEF",
        "mia_8788=" TOKEN,
        "xmia_8787=" TOKEN,
        "mia_8787 =" TOKEN,
        TOKEN,
        "=" TOKEN,
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) assert_int_equal(WITH(.cookie = wrong[i]), 403);
    assert_int_equal(WITH(.cookie = COOKIE), 200);
    assert_int_equal(WITH(.cookie = "a=b; " COOKIE "; c=d"), 200);
    assert_int_equal(WITH(.cookie = "mia_8787=old; " COOKIE), 200);
    /* A wrong token that is shown is refused, whatever the cookie says. */
    assert_int_equal(
        ask(
            (struct web_request){
                .path = "/", .query = "token=wrong", .host = "127.0.0.1:8787", .origin = "", .cookie = COOKIE},
            NULL),
        403);
}

static void the_first_visit_moves_the_token_into_a_cookie(void **state) {
    struct web_request q = page;
    struct web_answer a;
    (void)state;
    q.query = "x=1&token=" TOKEN;
    assert_int_equal(ask(q, &a), 302);
    assert_string_equal(header(&a, "location"), "/");
    const char *cookie = header(&a, "set-cookie");
    assert_non_null(cookie);
    assert_memory_equal(cookie, COOKIE ";", sizeof COOKIE);
    assert_non_null(strstr(cookie, "HttpOnly"));
    assert_non_null(strstr(cookie, "SameSite=Strict"));
}

static void only_names_of_this_machine(void **state) {
    static const char *const good[] = {"127.0.0.1:8787", "localhost:8787", "LocalHost:8787", "[::1]:8787",
                                       "127.0.0.5:8787"};
    static const char *const bad[] = {"",           "127.0.0.1",           "127.0.0.1:8788",  "evil.example:8787",
                                      "localhost.", "localhost.evil:8787", "127.0.0.1:87870", "0.0.0.0:8787"};
    struct web_request q = page;
    (void)state;
    q.cookie = COOKIE;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        q.host = good[i];
        assert_int_equal(ask(q, NULL), 200);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        q.host = bad[i];
        assert_int_equal(ask(q, NULL), 403);
    }
}

static void a_socket_is_for_the_page_itself(void **state) {
    static const char *const bad[] = {
        "http://evil.example",       "https://127.0.0.1:8787", "http://127.0.0.1:9999", "http://localhost:8787", "null",
        "http://127.0.0.1:8787.evil"};
    struct web_request q = page;
    (void)state;
    q.path = "/ws";
    q.upgrade = true;
    q.cookie = COOKIE;
    q.origin = "http://127.0.0.1:8787";
    assert_int_equal(ask(q, NULL), 101);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        q.origin = bad[i];
        assert_int_equal(ask(q, NULL), 403);
        q.query = "token=" TOKEN;
        assert_int_equal(ask(q, NULL), 403);
        q.query = "";
    }
    q.origin = ""; /* no browser: it must show the token itself */
    assert_int_equal(ask(q, NULL), 403);
    q.query = "token=" TOKEN;
    q.cookie = "";
    assert_int_equal(ask(q, NULL), 101);
    q.path = "/";
    assert_int_equal(ask(q, NULL), 403);
}

static void every_answer_is_locked_down(void **state) {
    static const char *const paths[] = {"/", "/app.js", "/nothing"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct web_request q = page;
        struct web_answer a;
        q.path = paths[i];
        q.cookie = COOKIE;
        ask(q, &a);
        assert_memory_equal(header(&a, "content-security-policy"), "default-src 'none';", 19);
        assert_null(strstr(header(&a, "content-security-policy"), "unsafe"));
        assert_string_equal(header(&a, "cache-control"), "no-store");
        assert_string_equal(header(&a, "referrer-policy"), "no-referrer");
    }
}

/* ---- files ---- */

static int ask_file(struct local_files *files, const char *path, const char *cookie, struct web_answer *a) {
    static struct local_gate g;
    struct web_request q = page;
    q.path = path;
    q.cookie = cookie;
    memset(a, 0, sizeof *a);
    local_gate_init(&g, TOKEN, "127.0.0.1", 8787);
    g.files = files;
    local_gate_answer(&g, &q, a);
    return a->status;
}

static struct doc_file file(const char *name, const char *type, const void *bytes, size_t n) {
    struct doc_file f = {.bytes = bytes, .n = n};
    str_copy(f.name, sizeof f.name, name);
    str_copy(f.type, sizeof f.type, type);
    return f;
}

static void files_are_for_who_holds_the_token(void **state) {
    (void)state;
    struct local_files files = {0};
    struct web_answer a;
    struct doc_file csv = file("t.csv", "text/csv", "a,b\n", 4), png = file("c.png", "image/png", "PNG", 3);
    local_files_put(&files, 7, &csv);
    local_files_put(&files, 8, &png);
    assert_int_equal(ask_file(&files, "/file/7/t.csv", "", &a), 403);
    assert_int_equal(ask_file(&files, "/file/7/t.csv",
                              "mia_8787="
                              "0123456789abcdef0123456789abcdee",
                              &a),
                     403);
    assert_null(a.release);
    assert_int_equal(ask_file(&files, "/file/7/t.csv", COOKIE, &a), 200);
    assert_int_equal(a.body_len, 4);
    assert_string_equal(a.type, "text/csv");
    assert_string_equal(header(&a, "content-disposition"), "attachment; filename=\"t.csv\"");
    assert_string_equal(header(&a, "x-content-type-options"), "nosniff");
    assert_memory_equal(header(&a, "content-security-policy"), "default-src 'none';", 19);
    a.release(a.release_arg);
    assert_int_equal(ask_file(&files, "/file/8/c.png", COOKIE, &a), 200);
    assert_string_equal(header(&a, "content-disposition"), "inline; filename=\"c.png\"");
    a.release(a.release_arg);
    static const char *const wrong[] = {"/file/8/t.csv", "/file/9/c.png",  "/file/7/",
                                        "/file/",        "/file/7/t.csv/", "/file/07/t.csv"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(ask_file(&files, wrong[i], COOKIE, &a), 404);
    local_files_clear(&files);
}

static void a_file_that_is_read_outlives_its_place(void **state) {
    (void)state;
    struct local_files files = {0};
    struct web_answer a;
    static char big[4 << 20];
    memset(big, 'x', sizeof big);
    struct doc_file f = file("t.csv", "text/csv", big, sizeof big);
    local_files_put(&files, 1, &f);
    assert_int_equal(ask_file(&files, "/file/1/t.csv", COOKIE, &a), 200);
    for (uint64_t id = 2; id < 20; id++) local_files_put(&files, id, &f);
    assert_true(files.bytes <= LOCAL_FILES_BYTES && files.n == LOCAL_FILES_BYTES / sizeof big);
    struct web_answer gone;
    assert_int_equal(ask_file(&files, "/file/1/t.csv", COOKIE, &gone), 404);
    assert_memory_equal(a.body, big, sizeof big); /* the browser that reads it still may */
    a.release(a.release_arg);
    struct doc_file little = file("t.csv", "text/csv", "x", 1);
    for (uint64_t id = 100; id < 300; id++) local_files_put(&files, id, &little);
    assert_int_equal(files.n, LOCAL_FILES_MAX);
    local_files_clear(&files);
    assert_int_equal(files.bytes, 0);
}

static void tokens_have_one_form(void **state) {
    (void)state;
    assert_true(local_token_valid(TOKEN));
    assert_false(local_token_valid(NULL));
    assert_false(local_token_valid(""));
    assert_false(local_token_valid("0123456789abcdef0123456789abcdeg"));
    assert_false(local_token_valid(TOKEN "0"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_without_the_token),
        cmocka_unit_test(wrong_tokens_are_refused),
        cmocka_unit_test(the_first_visit_moves_the_token_into_a_cookie),
        cmocka_unit_test(only_names_of_this_machine),
        cmocka_unit_test(a_socket_is_for_the_page_itself),
        cmocka_unit_test(every_answer_is_locked_down),
        cmocka_unit_test(files_are_for_who_holds_the_token),
        cmocka_unit_test(a_file_that_is_read_outlives_its_place),
        cmocka_unit_test(tokens_have_one_form),
    };
    return RUN(tests);
}
