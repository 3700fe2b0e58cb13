/*
 * fuzz_state: a start on small values and waiting messages that say anything: the gateway's
 * session, budgets, offsets, channels, confirmations, deliveries. The desk starts, talks to
 * servers that behave, and nothing in there acts: no command of nobody's, no connection or
 * request to anywhere but the configured places, no row sent for ever.
 */
#include "tests/fuzz/house.h"

#include "bot/confirm.h"
#include "engine/net/json.h"

#define VALUES_MAX 16
#define ROWS_MAX 8
#define TEXT_MAX 700
#define MINUTES 3

static const char *const keys[] = {
    "discord.session",     "discord.seq",      "discord.identifies",    "discord.self",         "discord.instance",
    "discord.channels",    "discord.commands", "telegram.offset",       "telegram.bot",         "telegram.chat",
    "telegram.configured", "telegram.menu",    "telegram.topic.trades", "telegram.topic.admin", "local.token",
    "local.lang",          "app.version",
};
#define KEYS (sizeof keys / sizeof keys[0])

/* ---- what lies on the disk ---- */

static char *likely(struct script *s, struct arena *a) {
    static const char *const words[] = {"0123456789abcdef s1 wss://r.discord.example",
                                        "0123456789abcdef " HOUSE_BOT " " HOUSE_APP,
                                        HOUSE_GUILD " 1 2 3 4 5",
                                        "1790000000 1790000001",
                                        "5",
                                        "-1",
                                        "99999999999999999999",
                                        "9223372036854775807 0",
                                        "-100777 5",
                                        "",
                                        " ",
                                        "fr",
                                        "0123456789abcdef0123456789abcdef"};
    uint32_t i = script_below(s, 16);
    return i < 13 ? arena_strdup(a, words[i]) : script_text(s, a, TEXT_MAX);
}

static void put_value(struct disk *d, struct script *s, struct arena *a) {
    char confirm[64];
    uint32_t i = script_below(s, KEYS + 2);
    const char *key = i < KEYS ? keys[i] : confirm;
    snprintf(confirm, sizeof confirm, CONFIRM_KEY "%032x", script_u8(s));
    char *value = likely(s, a);
    free(map_take(d->state, key));
    assert(map_put(d->state, key, xstrdup(value)));
}

static void put_row(struct disk *d, struct script *s, struct arena *a) {
    static const char *const platforms[] = {"discord", "telegram", "local", "?"};
    static const char *const addresses[] = {"i:1350000000000000001:tok:77:s:3000:n", "m:-1001234567890:0:7",
                                            "c:400000001:0:8:99", "l:00112233445566aa-0000000000000001:5:/pause"};
    static const char *const docs[] = {"{\"lang\":\"en\",\"severity\":\"good\",\"title\":\"t\"}", "{}", "null", "[1"};
    struct disk_outbox o = {.row = {.id = d->outbox_n + 1, .attempts = script_u8(s)}};
    o.row.kind = (enum outbox_kind)script_below(s, OUTBOX_KIND_COUNT);
    o.row.state = (enum outbox_state)script_below(s, 2);
    o.row.urgency = (enum urgency)script_below(s, URGENCY_COUNT);
    o.row.critical = script_u8(s) & 1;
    o.row.created = (when_t){script_u8(s) & 1 ? VIRTUAL_WALL_START * NS_PER_SEC : (int64_t)script_u64(s)};
    const char *text[] = {
        platforms[script_below(s, 4)], "trades", addresses[script_below(s, 4)], "trade:1", "E7F3", "1/2",
        docs[script_below(s, 4)]};
    int odd = script_below(s, 10);
    if (odd < 7) text[odd] = script_text(s, a, TEXT_MAX);
    for (int i = 0; i < 7; i++) o.text[i] = xstrdup(text[i]);
    GROW(d->outbox, d->outbox_n, d->outbox_cap);
    d->outbox[d->outbox_n++] = o;
}

/* ---- the world outside ---- */

static void in_its_place(void *arg, const struct http_call *c) {
    uint32_t *asked = arg;
    bool discord = !strncmp(c->url, "https://discord.com/api/v10/", 28);
    bool telegram = !strncmp(c->url, "https://api.telegram.org/bot" HOUSE_BOT_TG ":", 38);
    assert(discord || telegram);
    for (const char *p = c->url; *p; p++) assert((unsigned char)*p > ' ' && *p != 127);
    assert(!strstr(c->url, "..") && !strchr(c->url, '#') && !strchr(c->url, '@'));
    assert(++*asked < 4000);
}

static void answer_calls(struct house *h) {
    for (struct http_call *c; (c = h->http->first) && !c->own_connection;) {
        if (!strcmp(strrchr(c->url, '/'), "/bot"))
            virtual_answer_text(c, 200, "{\"url\":\"wss://gateway.discord.example\"}");
        else if (!strcmp(strrchr(c->url, '/'), "/getMe"))
            virtual_answer_text(c, 200, "{\"ok\":true,\"result\":{\"id\":" HOUSE_BOT_TG ",\"username\":\"mia_bot\"}}");
        else
            virtual_answer_text(c, 200, "{\"ok\":true,\"id\":\"5\",\"result\":{\"message_id\":9}}");
        house_turn(h);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct script s = {bytes, n};
    struct arena *a = arena_new(8u << 20);
    uint32_t asked = 0;
    struct house *h = house_new(true, true, true);
    for (int i = 0; i < VALUES_MAX && s.left && script_u8(&s) % 8; i++) put_value(h->disk, &s, a);
    for (int i = 0; i < ROWS_MAX && s.left; i++) put_row(h->disk, &s, a);
    house_start(h);
    h->http->asked = in_its_place;
    h->http->arg = &asked;
    for (int i = 0; i < MINUTES * 12; i++) {
        answer_calls(h);
        if (h->ws->live) assert(url_is_allowed(h->ws->live->url) && !strncmp(h->ws->live->url, "wss://", 6));
        house_sleep(h, 5000);
    }
    assert(!h->operator_commands);
    for (size_t i = 0; i < h->disk->outbox_n; i++) assert(h->disk->outbox[i].row.state < OUTBOX_STATE_COUNT);
    house_close(h);
    arena_free(a);
    return 0;
}
