/*
 * fuzz_gateway: a session with Discord's gateway as a script: each byte is something the
 * server does (hello, acknowledgements or none, op 7, op 9, any close code, interactions
 * once or twice, jumps of the sequence, late frames), or time, a slow disk, a kill. The
 * oracle sees what the program sends and what is on the disk:
 *   identifies stay within their budgets and are counted durably first; heartbeats go on
 *   as long as the connection does; nothing is resumed that may not be; a resume never
 *   passes an interaction that was lost; each interaction has at most one row and one
 *   effect; only listed people have any; and with a server that behaves it comes back.
 */
#include "tests/fuzz/house.h"

#include "bot/chat/discord_gateway.h"
#include "engine/net/json.h"

#define SCRIPT_MAX 400
#define HEARD_MAX 512
#define SESSIONS_MAX 400
#define FRAMES_A_MINUTE 120 /* Discord closes past it */
#define IDENTIFY_EVERY_MS 5000
#define DAY_MS (24 * 3600 * 1000LL)
#define STRANGER "3000000000000000009"

struct heard { /* an interaction that the program took */
    uint64_t id;
    int session;
    int64_t seq;
    bool owner;
};

struct model {
    struct house *h;
    /* the connection */
    uint32_t connection; /* number of it */
    bool helloed, leaving;
    int64_t hello_ms, interval_ms, beat_ms, unanswered_ms; /* the first beat without an answer; 0: none */
    int64_t frames_ms[FRAMES_A_MINUTE];
    uint32_t frames;
    /* sessions */
    int session, opening; /* the last one told by READY, 0: none; what is being opened: 1 identify, 2 resume */
    bool dead[SESSIONS_MAX];
    int64_t seq; /* highest of the session that the program has seen in this life */
    int64_t server_seq;
    bool seq_certain; /* false after a kill: what the program remembers may be older */
    bool stopped;
    uint32_t connects_at_stop;
    /* budgets */
    int64_t identified_ms[4 * GATEWAY_IDENTIFY_MAX];
    uint32_t identified;
    /* interactions */
    struct heard heard[HEARD_MAX];
    uint32_t heard_n;
    uint64_t next_id;
    uint32_t owner_pauses;
    bool well; /* the epilogue: a server that behaves */
    bool ack_due;
};

/* ---- what the program sends ---- */

static void counted_durably(const struct model *m) {
    struct identify_log l;
    uint32_t n = 0;
    identify_log_read(&l, disk_state(m->h->disk, "discord.identifies"));
    for (uint32_t i = 0; i < m->identified; i++) n += m->identified_ms[i] > virtual_ms - DAY_MS;
    assert(n <= GATEWAY_IDENTIFY_MAX && l.n >= n);
}

static void on_identify(struct model *m, const struct json *d) {
    int64_t intents = -1;
    assert(json_str(d, "token") && json_i64(d, "intents", &intents) && intents == GATEWAY_INTENTS);
    if (m->identified) assert(virtual_ms - m->identified_ms[m->identified - 1] >= IDENTIFY_EVERY_MS);
    assert(m->identified < sizeof m->identified_ms / sizeof m->identified_ms[0]);
    m->identified_ms[m->identified++] = virtual_ms;
    counted_durably(m);
    m->opening = 1;
    m->seq = -1;
    m->seq_certain = true;
}

static bool is_durable(const struct model *m, const struct heard *x) {
    return disk_inbox_count(m->h->disk, "discord", x->id) == 1;
}

static void on_resume(struct model *m, const struct json *d) {
    char own[16];
    int64_t seq = -1;
    const char *id = json_str(d, "session_id");
    snprintf(own, sizeof own, "s%d", m->session);
    assert(m->session && id && !strcmp(id, own) && !m->dead[m->session]);
    assert(json_i64(d, "seq", &seq) && seq <= m->server_seq);
    assert(!m->seq_certain || seq == m->seq);
    for (uint32_t i = 0; i < m->heard_n; i++) /* behind a kill: nothing that was lost is stepped over */
        if (!m->seq_certain && m->heard[i].owner && m->heard[i].session == m->session && m->heard[i].seq <= seq)
            assert(is_durable(m, &m->heard[i]));
    m->seq = seq;
    m->opening = 2;
}

static void on_beat(struct model *m, const struct json *frame) {
    int64_t seq;
    assert(json_i64(frame, "d", &seq) ? seq >= 0 : json_at(frame, "d") && json_is_null(json_at(frame, "d")));
    m->beat_ms = virtual_ms;
    if (!m->unanswered_ms) m->unanswered_ms = virtual_ms;
    m->ack_due = true;
}

static void sent(void *arg, const char *text, size_t n) {
    struct model *m = arg;
    int64_t op = -1;
    struct json *frame = json_parse(text, n, NULL);
    assert(frame && n <= 4096 && json_i64(frame, "op", &op) && !m->stopped && !m->leaving);
    int64_t *slot = &m->frames_ms[m->frames++ % FRAMES_A_MINUTE];
    assert(m->frames <= FRAMES_A_MINUTE || virtual_ms - *slot >= 60000);
    *slot = virtual_ms;
    const struct json *d = json_at(frame, "d");
    if (op == 1)
        on_beat(m, frame);
    else if (op == 2)
        on_identify(m, d);
    else if (op == 6)
        on_resume(m, d);
    else
        assert(!"an op that no bot of ours sends");
    json_free(frame);
}

static void closing(void *arg, int code) {
    struct model *m = arg;
    m->leaving = true;
    assert(code != 1000 && code != 1001); /* these end the session */
}

/* ---- what holds at any time ---- */

static bool out_of_breath(const struct model *m) {
    return m->frames >= 50; /* flooded with questions: the limit of frames comes first */
}

static void check(struct model *m) {
    struct house *h = m->h;
    struct ws *w = h->ws->live;
    if (m->connection != h->ws->connects) {
        m->connection = h->ws->connects;
        m->helloed = m->leaving = false;
        m->frames = 0;
        m->opening = 0;
        m->unanswered_ms = 0;
    }
    if (m->stopped) assert(h->ws->connects == m->connects_at_stop);
    if (!w || !w->open || !m->helloed || m->leaving || out_of_breath(m)) return;
    assert(virtual_ms - m->beat_ms <= m->interval_ms);
    /* Asked for a beat before hello, the answer may be waited for from the first interval's end on. */
    if (m->unanswered_ms)
        assert(virtual_ms - m->unanswered_ms <=
               2 * m->interval_ms + (m->unanswered_ms < m->hello_ms ? m->hello_ms - m->unanswered_ms : 0));
}

static void check_arg(void *arg) {
    struct model *m = arg;
    house_commit(m->h);
    check(m);
}

static void pass(struct model *m, int64_t ms) {
    house_turn(m->h);
    check(m);
    virtual_sleep(m->h->loop, ms, check_arg, m);
    house_turn(m->h);
    check(m);
}

/* ---- what the server does ---- */

static void frame(struct model *m, const struct buf *b) {
    if (m->h->ws->live) virtual_message(m->h->ws->live, b->p, b->len);
    house_turn(m->h);
    check(m);
}

static void op_only(struct model *m, int op, int d /* -1 none, 0 false, 1 true */) {
    struct buf b;
    struct jw w;
    buf_init(&b, 256);
    jw_init(&w, &b);
    jw_obj(&w);
    jw_ki64(&w, "op", op);
    if (d >= 0) jw_kbool(&w, "d", d);
    jw_end_obj(&w);
    frame(m, &b);
    buf_clear(&b);
}

static void hello(struct model *m, uint8_t how) {
    static const int64_t intervals[] = {41250, 41250, 5000, 600000, 700, 100, 99, 0, -1, 600001};
    int64_t interval = intervals[how % 10];
    struct ws *w = m->h->ws->live;
    struct buf b;
    struct jw x;
    if (!w || !w->open) return;
    if (!m->helloed && !m->leaving && interval >= 100 && interval <= 600000) {
        m->helloed = true;
        m->interval_ms = interval;
        m->hello_ms = m->beat_ms = virtual_ms;
    }
    buf_init(&b, 256);
    jw_init(&x, &b);
    jw_obj(&x);
    jw_ki64(&x, "op", 10);
    jw_key(&x, "d");
    jw_obj(&x);
    if (interval >= 0) jw_ki64(&x, "heartbeat_interval", interval);
    jw_end_obj(&x);
    jw_end_obj(&x);
    frame(m, &b);
    buf_clear(&b);
}

/* A dispatch around `data`; the program is told of its place in the sequence. */
static void dispatch(struct model *m, const char *type, int64_t seq, const char *data) {
    struct buf b;
    struct jw w;
    buf_init(&b, 8192);
    jw_init(&w, &b);
    jw_obj(&w);
    jw_ki64(&w, "op", 0);
    jw_kstr(&w, "t", type);
    jw_ki64(&w, "s", seq);
    jw_key(&w, "d");
    jw_raw(&w, data);
    jw_end_obj(&w);
    frame(m, &b);
    buf_clear(&b);
}

static void saw(struct model *m, int64_t seq) {
    if (m->opening && seq > m->seq) m->seq = seq;
    if (seq > m->server_seq) m->server_seq = seq;
}

static void ready(struct model *m) {
    char data[400];
    struct ws *w = m->h->ws->live;
    bool taken = w && w->open && !m->leaving && m->opening == 1 && m->session + 1 < SESSIONS_MAX;
    if (!taken && m->opening != 1) return; /* nobody asked: a server would not */
    if (!taken) return;
    m->session++;
    m->server_seq = 1;
    m->seq = 1;
    m->opening = 3;
    snprintf(data, sizeof data,
             "{\"session_id\":\"s%d\",\"resume_gateway_url\":\"wss://r.discord.example\",\"user\":{\"id\":\"" HOUSE_BOT
             "\"},\"application\":{\"id\":\"" HOUSE_APP "\"},\"guilds\":[]}",
             m->session);
    dispatch(m, "READY", 1, data);
}

static void resumed(struct model *m) {
    const struct ws *w = m->h->ws->live;
    if (m->opening != 2 || !w || !w->open || m->leaving) return;
    m->opening = 3;
    saw(m, m->server_seq + 1);
    dispatch(m, "RESUMED", m->server_seq, "{}");
}

static void interaction_of(struct buf *b, uint64_t id, bool owner, const char *command) {
    struct jw w;
    jw_init(&w, b);
    jw_obj(&w);
    jw_id(&w, "id", id);
    jw_ki64(&w, "type", 2);
    jw_kstr(&w, "token", "aW50ZXJhY3Rpb24");
    jw_kstr(&w, "application_id", HOUSE_APP);
    jw_kstr(&w, "guild_id", HOUSE_GUILD);
    jw_kstr(&w, "channel_id", "2000000000000000009");
    jw_key(&w, "member");
    jw_obj(&w);
    jw_key(&w, "user");
    jw_obj(&w);
    jw_kstr(&w, "id", owner ? OWNER_DISCORD : STRANGER);
    jw_kstr(&w, "username", "ann");
    jw_end_obj(&w);
    jw_end_obj(&w);
    jw_key(&w, "data");
    jw_obj(&w);
    jw_ki64(&w, "type", 1);
    jw_kstr(&w, "name", command);
    jw_end_obj(&w);
    jw_end_obj(&w);
}

static uint64_t snowflake(const struct model *m) {
    int64_t ms = VIRTUAL_WALL_START * 1000 + virtual_ms - VIRTUAL_MONO_START - 1420070400000LL;
    return (uint64_t)ms << 22 | (m->next_id & 0x3fffff);
}

/* how: bit 0 by the owner; bits 1.. one heard before, or a new one. */
static void interaction(struct model *m, uint8_t how, int64_t seq) {
    static const char *const commands[] = {"pause", "status", "sos", "close"};
    struct buf b;
    bool again = (how & 2) && m->heard_n, owner = how & 1;
    struct heard x = {.id = snowflake(m), .owner = owner, .session = m->session, .seq = seq};
    if (m->heard_n == HEARD_MAX || !m->h->ws->live || !m->opening) return;
    if (again) {
        x.id = m->heard[(how >> 2) % m->heard_n].id;
        x.owner = m->heard[(how >> 2) % m->heard_n].owner;
    } else {
        m->next_id++;
    }
    buf_init(&b, 4096);
    interaction_of(&b, x.id, x.owner, commands[(how >> 4) & 3]);
    uint32_t before = m->h->requests;
    if (m->h->ws->live->open && !m->leaving) saw(m, seq);
    dispatch(m, "INTERACTION_CREATE", seq, b.p);
    if (m->h->requests != before) {
        m->heard[m->heard_n++] = x;
        m->owner_pauses += !again && owner;
    }
    buf_clear(&b);
}

static void close_it(struct model *m, int code) {
    struct ws *w = m->h->ws->live;
    if (!w) return;
    m->opening = 0;
    m->helloed = false;
    enum gateway_next next = gateway_next_of(code);
    if (next == GATEWAY_IDENTIFY || next == GATEWAY_STOP) m->dead[m->session] = true;
    if (next == GATEWAY_STOP) {
        m->stopped = true;
        m->connects_at_stop = m->h->ws->connects;
    }
    virtual_closed(w, code);
    house_turn(m->h);
    check(m);
}

static void gateway_bot(struct model *m, uint8_t how) {
    struct http_call *c = virtual_call(m->h->http, "/gateway/bot");
    if (!c) return;
    switch (how % 8) {
    case 0:
    case 1: virtual_answer_text(c, 200, "{\"url\":\"wss://gateway.discord.example\"}"); break;
    case 2:
        virtual_answer_text(c, 200,
                            "{\"url\":\"wss://gateway.discord.example/\",\"session_start_limit\":{\"remaining\":3,"
                            "\"reset_after\":30000}}");
        break;
    case 3: virtual_answer_text(c, 200, "{\"url\":\"ws://evil.example\"}"); break;
    case 4: virtual_answer_text(c, 500, ""); break;
    case 5: virtual_answer(c, HTTP_NOT_SENT, 0, "", 0); break;
    case 6: virtual_answer_text(c, 429, "{\"retry_after\":2.5,\"global\":false}"); break;
    case 7: /* the token is worth nothing */
        m->stopped = true;
        m->connects_at_stop = m->h->ws->connects;
        virtual_answer_text(c, 401, "{\"code\":0,\"message\":\"401: Unauthorized\"}");
        break;
    }
    house_turn(m->h);
    check(m);
}

static void listen_in(struct model *m) {
    m->h->ws->sent = sent;
    m->h->ws->closing = closing;
    m->h->ws->arg = m;
    m->connection = 0;
    m->helloed = m->leaving = false;
    m->opening = 0;
    m->frames = 0;
}

/* Does the disk name the last session? */
static bool is_kept(const struct model *m) {
    char own[16];
    const char *kept = disk_state(m->h->disk, "discord.session");
    snprintf(own, sizeof own, " s%d ", m->session);
    return kept && strstr(kept, own);
}

static void kill_it(struct model *m, uint32_t durable) {
    house_kill(m->h, durable);
    if (is_kept(m)) m->dead[m->session] = false; /* what is not on the disk nobody knows any more */
    m->stopped = false;                          /* a new start asks anew */
    m->seq_certain = false;
    house_start(m->h);
    listen_in(m);
    check(m);
}

static void one_step(struct model *m, struct script *s) {
    static const int codes[] = {1000, 1001, 1006, 4000, 4001, 4002, 4003, 4004, 4005, 4007,
                                4008, 4009, 4010, 4011, 4012, 4013, 4014, 4200, 0,    9999};
    uint8_t what = script_u8(s), how = script_u8(s);
    struct ws *w = m->h->ws->live;
    struct script part;
    switch (what % 20) {
    case 0:
        if (w) virtual_open(w);
        house_turn(m->h);
        return;
    case 1: hello(m, how); return;
    case 2:
        if (w && w->open) m->unanswered_ms = 0;
        op_only(m, 11, -1);
        return;
    case 3: op_only(m, 7, -1); return;
    case 4:
        if (!w || !w->open) return;
        if (!m->leaving && !(how & 1)) m->dead[m->session] = true;
        op_only(m, 9, how & 1);
        if (m->dead[m->session] && !m->h->commits_held) assert(!is_kept(m)); /* a kill from here on cannot revive it */
        return;
    case 5: close_it(m, codes[how % 20]); return;
    case 6: ready(m); return;
    case 7: resumed(m); return;
    case 8: interaction(m, how, m->server_seq + 1); return;
    case 9: /* an old number comes with an old interaction only */
        if (m->heard_n) interaction(m, how | 2, m->server_seq > 3 ? m->server_seq - 2 : 1);
        return;
    case 10: interaction(m, how, m->server_seq + 1 + 1000 * (int64_t)how); return;
    case 11: pass(m, 4 * (int64_t)how); return;
    case 12: pass(m, 1000 * (int64_t)how); return;
    case 13: pass(m, 60000 * (int64_t)how); return;
    case 14: gateway_bot(m, how); return;
    case 15:
        for (int i = 0; i <= how; i++) op_only(m, 1, -1);
        return;
    case 16: m->h->commits_held = how & 1; return;
    case 17: kill_it(m, how % 4); return;
    case 18: m->h->ws->refuse = how & 1; return;
    case 19:
        part = script_part(s, 400);
        if (w && memmem(part.p, part.left, "\"op\"", 4) == NULL) virtual_message(w, part.p, part.left);
        house_turn(m->h);
        check(m);
        return;
    }
}

/* ---- the end: a server that behaves ---- */

static void well_behaved(struct model *m) {
    struct house *h = m->h;
    struct http_call *c = virtual_call(h->http, "/gateway/bot");
    if (c) gateway_bot(m, 0);
    if (!h->ws->live || m->leaving) return;
    virtual_open(h->ws->live);
    if (!m->helloed) hello(m, 0);
    if (m->opening == 1) ready(m);
    if (m->opening == 2) resumed(m);
    if (m->ack_due) m->unanswered_ms = 0;
    if (m->ack_due) op_only(m, 11, -1);
    m->ack_due = false;
}

static void comes_back(struct model *m) {
    struct house *h = m->h;
    h->commits_held = h->ws->refuse = false;
    for (int64_t waited = 0; m->opening != 3 || m->leaving || !h->ws->live; waited++) {
        assert(waited < 26 * 3600); /* a day for the budget of identifies, and the longest back-off */
        well_behaved(m);
        pass(m, waited < 600 ? 1000 : 20000);
        if (waited > 600) waited += 19;
    }
}

static void rows_are_right(const struct model *m) {
    const struct disk *d = m->h->disk;
    uint32_t commands = 0;
    for (size_t i = 0; i < d->events_n; i++) {
        if (d->events[i].kind != EVENT_COMMAND) continue;
        assert(!strcmp(d->events[i].u.command.actor, "discord:" OWNER_DISCORD));
        commands++;
    }
    assert(commands <= m->owner_pauses);
    for (uint32_t i = 0; i < m->heard_n; i++) assert(disk_inbox_count(d, "discord", m->heard[i].id) <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct script s = {bytes, n};
    struct model *m = xcalloc(1, sizeof *m);
    m->h = house_open(true, false);
    m->seq = -1;
    m->next_id = 1;
    listen_in(m);
    pass(m, 0);
    for (int i = 0; i < SCRIPT_MAX && s.left; i++) one_step(m, &s);
    if (!m->stopped) comes_back(m);
    house_turn(m->h);
    rows_are_right(m);
    house_close(m->h);
    free(m);
    return 0;
}
