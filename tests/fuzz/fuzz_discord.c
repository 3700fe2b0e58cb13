/*
 * fuzz_discord: any bytes as a dispatch of the gateway, as an address from the outbox, as
 * what the last start left, as an answer that says "too many". What is taken is whole: ids
 * are the digits that were written, an address reads back, waits are bounded; what cannot
 * be read means nothing.
 */
#include "tests/fuzz/fuzz.h"

#include "bot/chat/discord_limit.h"
#include "bot/chat/discord_priv.h"

#define INPUT_MAX 65536

/* The number that acts is the one that was written, or nobody's. */
static void is_who_was_written(const struct json *j, const struct request *r) {
    const char *s = json_str(j, json_is_object(json_at(j, "member")) ? "member.user.id" : "user.id");
    if (s && strcmp(r->user_id, INTERACTION_NOBODY) != 0) assert(!strcmp(s, r->user_id));
    assert(strspn(r->user_id, "0123456789") == strlen(r->user_id) && *r->user_id);
    if (r->home)
        assert(json_str(j, "guild_id") ? !strcmp(json_str(j, "guild_id"), "200")
                                       : json_is_number(json_at(j, "guild_id")));
    is_text(r->user_name);
}

static void what_means_nothing(const struct request *r) {
    if (r->kind == REQUEST_BUTTON && !strcmp(r->text, INTERACTION_UNREADABLE)) assert(!*r->command && !r->arg_count);
}

static void as_interaction(const struct json *j) {
    const struct interaction_home home = {.guild_id = "200", .bot_id = "100", .app_id = "77", .locale = -1};
    struct request r;
    struct interaction_address a;
    struct err e = {0};
    if (interaction_parse(j, &home, &r, &e) < 0) {
        said(&e);
        return;
    }
    assert(interaction_address_read(r.address, &a) && a.id == r.ext_id);
    is_who_was_written(j, &r);
    what_means_nothing(&r);
    assert(r.arg_count <= REQUEST_ARGS_MAX);
    assert(!strpbrk(a.token, "/?#:% "));
}

static const char *every_header(const void *arg, const char *name) {
    (void)name;
    return arg;
}

static void as_answer(const char *text, size_t n) {
    struct rate_told t;
    struct rate_bucket b = {0};
    rate_read(&t, 429, every_header, text, text, n);
    assert(t.limited && t.retry_after_ms >= 0 && t.retry_after_ms <= RATE_RETRY_MAX_MS);
    rate_bucket_sent(&b);
    rate_bucket_answered(&b, &t, 1000);
    int64_t wait = rate_bucket_wait_ms(&b, 1000);
    assert(wait == RATE_AFTER_ANSWER || (wait >= 0 && wait <= RATE_RETRY_MAX_MS));
}

static void as_record(const char *text) {
    struct interaction_address a;
    struct gateway_session s;
    struct identify_log l;
    if (interaction_address_read(text, &a)) assert(a.id && !strpbrk(a.token, "/?#:% "));
    if (session_read(&s, text, 0)) assert(*s.id && session_text_is_plain(s.url));
    identify_log_read(&l, text);
    assert(identify_wait_ms(&l, when_from_sec(1790000000)) <= 24 * 3600 * 1000LL && l.n <= GATEWAY_IDENTIFY_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    char id[GUILD_ID_MAX];
    if (n > INPUT_MAX) return 0;
    char *text = malloc(n + 1);
    if (!text) return 0;
    memcpy(text, bytes, n);
    text[n] = '\0';
    struct json *j = json_parse(text, n, NULL);
    if (j) {
        as_interaction(json_at(j, "d") ? json_at(j, "d") : j);
        if (discord_find_sent(j, "100", "E7F3", "", id, sizeof id)) assert(strspn(id, "0123456789") == strlen(id));
        json_free(j);
    }
    as_answer(text, n);
    as_record(text);
    free(text);
    return 0;
}
