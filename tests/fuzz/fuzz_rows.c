/*
 * fuzz_rows: a database whose rows say anything: values of any type in every column of the
 * tables that are read back. Each question ends after a bounded number of pages with rows
 * whose enums, texts and numbers this program knows, or with a refusal in both languages.
 * The first byte chooses the table, the rest is its rows.
 */
#include "tests/fuzz/fuzz.h"

#include "engine/config.h"
#include "sql/load.h"
#include "sql/migrate.h"
#include "sql/query.h"
#include "sql/rows.h"

#define ROWS_MAX 6
#define COLUMNS_MAX 64
#define TEXT_MAX 400
#define PAGES_MAX 32 /* of at most ROWS_MAX rows: more is a question that never ends */

static struct vault vault;

static const struct {
    const char *name;
    const struct read_kind *kind;
} tables[] = {
    {"trades", &read_trades},     {"signals", &read_signals},    {"outbox", &read_outbox},   {"outbox", &read_history},
    {"outbox", &read_ref},        {"audit", &read_audit},        {"bot_state", &read_state}, {"inbox", &read_inbox},
    {"outbox_files", &read_file}, {"snapshots", &read_snapshot}, {"journal", NULL},          {"segments", NULL},
};
#define TABLES (sizeof tables / sizeof tables[0])
static struct stmt *insert[TABLES], *empty[TABLES], *update[TABLES][COLUMNS_MAX];
static int columns[TABLES];

/* ---- the database ---- */

static void prepare(size_t t) {
    const struct db_driver *d = vault.db->driver;
    char sql[256 + 2 * COLUMNS_MAX];
    struct stmt *st = d->prepare(vault.db, d->columns);
    d->bind_text(st, 1, tables[t].name, true);
    while (d->step(st) > 0 && columns[t] < COLUMNS_MAX) {
        snprintf(sql, sizeof sql, "UPDATE %s SET %s = ?", tables[t].name, d->col_text(st, 0));
        update[t][columns[t]++] = d->prepare(vault.db, sql);
    }
    d->finish(st);
    assert(columns[t] > 0 && columns[t] <= COLUMNS_MAX);
    int n = snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO %s VALUES (?", tables[t].name);
    for (int i = 1; i < columns[t]; i++) n += snprintf(sql + n, sizeof sql - (size_t)n, ",?");
    snprintf(sql + n, sizeof sql - (size_t)n, ")");
    insert[t] = d->prepare(vault.db, sql);
    snprintf(sql, sizeof sql, "DELETE FROM %s", tables[t].name);
    empty[t] = d->prepare(vault.db, sql);
    assert(insert[t] && empty[t]);
}

static char folder[128];

static void folder_remove(void) {
    char journal[sizeof folder + 16];
    segments_close(vault.segments);
    snprintf(journal, sizeof journal, "%s/journal", folder);
    rmdir(journal);
    rmdir(folder);
}

static void open_once(void) {
    struct err e;
    int version;
    const char *base = getenv("TMPDIR");
    if (vault.db) return;
    snprintf(folder, sizeof folder, "%s/mia-fuzz-XXXXXX", base ? base : "/tmp");
    assert(mkdtemp(folder));
    atexit(folder_remove);
    vault.db = db_open(&db_sqlite, ":memory:", &e);
    unlink(":memory:"); /* made so that nobody else may read it; SQLite does not use it */
    assert(vault.db && migrate_run(vault.db, migration_table, false, &version, &e) == 0);
    vault.segments = segments_open(folder, vault.db, false, &e);
    assert(vault.segments);
    for (size_t t = 0; t < TABLES; t++) prepare(t);
}

/* ---- rows ---- */

/* Words and numbers that get past the first look. */
static void bind_likely(struct stmt *st, int i, struct script *s) {
    static const char *const words[] = {"long",     "short",   "open",  "closed", "stop", "target", "none",
                                        "telegram", "discord", "local", "trades", "",     "XAUUSD", "MovingAverage"};
    static const int64_t numbers[] = {0,         1,         2,          3,          -1,         100,
                                      INT64_MAX, INT64_MIN, 4294967296, 4294967297, 2147483648, 1790000000000000000};
    const struct db_driver *d = vault.db->driver;
    uint8_t what = script_below(s, 26);
    if (what < 14)
        d->bind_text(st, i, words[what], true);
    else
        d->bind_i64(st, i, numbers[what - 14]);
}

static void bind_anything(struct stmt *st, int i, struct script *s, struct arena *a) {
    const struct db_driver *d = vault.db->driver;
    struct script part;
    uint64_t bits;
    double real;
    switch (script_below(s, 8)) {
    case 0: d->bind_text(st, i, NULL, true); return;
    case 1: d->bind_i64(st, i, (int64_t)script_u64(s)); return;
    case 2:
        bits = script_u64(s);
        memcpy(&real, &bits, sizeof real);
        d->bind_f64(st, i, real);
        return;
    case 3: d->bind_text(st, i, script_text(s, a, TEXT_MAX), true); return;
    case 4:
        part = script_part(s, TEXT_MAX);
        d->bind_blob(st, i, part.left ? part.p : (const uint8_t *)"", part.left);
        return;
    default: bind_likely(st, i, s); return;
    }
}

/* A row as the program writes it. */
static void write_good(size_t t, struct script *s) {
    struct err e;
    const when_t now = {1790000000000000000};
    struct trade_row trade = {.trade = {.id = 1 + script_u8(s), .side = script_u8(s) & 1 ? SIDE_LONG : SIDE_SHORT}};
    struct signal_row signal = {.signal = {.id = 1 + script_u8(s), .side = trade.trade.side}};
    struct outbox_row row = {.id = 1 + script_u8(s),
                             .platform = "local",
                             .channel = "trades",
                             .address = "",
                             .key = "trade:1",
                             .event_id = "E7F3",
                             .message_ref = "1/2",
                             .doc = "{}"};
    str_copy(trade.symbol, sizeof trade.symbol, "XAUUSD");
    str_copy(signal.symbol, sizeof signal.symbol, "XAUUSD");
    row.kind = (enum outbox_kind)script_below(s, OUTBOX_KIND_COUNT);
    row.state = (enum outbox_state)script_below(s, OUTBOX_STATE_COUNT);
    trade.trade.state = (enum trade_state)script_below(s, TRADE_STATE_COUNT);
    if (tables[t].kind == &read_trades) trade_row_write(vault.db, &trade, now, &e);
    if (tables[t].kind == &read_signals) signal_row_write(vault.db, &signal, now, &e);
    if (!strcmp(tables[t].name, "outbox")) outbox_row_write(vault.db, &row, &e);
}

/* Some columns of what is there say something else. */
static void change(size_t t, struct script *s, struct arena *a) {
    const struct db_driver *d = vault.db->driver;
    for (int k = script_u8(s) % 4; k > 0; k--) {
        struct stmt *st = update[t][script_u8(s) % columns[t]];
        bind_anything(st, 1, s, a);
        d->step(st);
        d->reset(st);
    }
}

/* A row that a rule of the table refuses is not there. */
static void fill(size_t t, struct script *s, struct arena *a) {
    const struct db_driver *d = vault.db->driver;
    for (size_t i = 0; i < 2 * TABLES; i++) { /* twice: a row that another one names goes after it */
        int rc = d->step(empty[i % TABLES]);
        d->reset(empty[i % TABLES]);
        assert(rc == 0 || i < TABLES);
    }
    bool good = script_u8(s) & 1;
    for (int r = 0; r < 2 && good; r++) write_good(t, s);
    if (good) change(t, s, a);
    for (int r = 2; r < ROWS_MAX && s->left; r++) {
        for (int i = 1; i <= columns[t]; i++) bind_anything(insert[t], i, s, a);
        d->step(insert[t]);
        d->reset(insert[t]);
    }
}

/* ---- what is handed out ---- */

static uint32_t given;

static void a_trade(void *arg, const struct trade_row *r) {
    (void)arg;
    given++;
    assert(r->trade.side < SIDE_COUNT && r->trade.state < TRADE_STATE_COUNT);
    assert(r->trade.protection < PROTECTION_COUNT && r->trade.reason < CLOSE_REASON_COUNT);
    assert(strnlen(r->symbol, SYMBOL_MAX) < SYMBOL_MAX && strnlen(r->strategy, STRATEGY_NAME_MAX) < STRATEGY_NAME_MAX);
}

static void a_signal(void *arg, const struct signal_row *r) {
    (void)arg;
    given++;
    assert(r->signal.side < SIDE_COUNT && r->signal.refusal < REFUSAL_COUNT);
    assert(strnlen(r->symbol, SYMBOL_MAX) < SYMBOL_MAX && strnlen(r->strategy, STRATEGY_NAME_MAX) < STRATEGY_NAME_MAX);
}

static void an_outbox_row(void *arg, const struct outbox_row *r) {
    (void)arg;
    given++;
    assert(r->kind < OUTBOX_KIND_COUNT && r->state < OUTBOX_STATE_COUNT && r->urgency <= URGENCY_URGENT);
    assert(r->platform && r->channel && r->address && r->key && r->event_id && r->message_ref && r->doc);
}

static void a_history_row(void *arg, const struct history_row *r) {
    an_outbox_row(arg, &r->row);
}

static void an_entry(void *arg, const struct audit_entry *r) {
    (void)arg;
    given++;
    assert(r->row.platform && r->row.detail && strnlen(r->hash, sizeof r->hash) < sizeof r->hash);
}

static void two_texts(void *arg, const char *a, const char *b) {
    (void)arg;
    given++;
    assert(a && b);
}

static void an_id(void *arg, const char *platform, uint64_t id) {
    (void)arg, (void)id;
    given++;
    assert(platform);
}

static void a_file(void *arg, const void *bytes, size_t n) {
    (void)arg;
    given++;
    assert(bytes && n <= STORE_BATCH_MAX);
}

static void a_snapshot(void *arg, uint64_t seq, int32_t day, const void *bytes, size_t n) {
    (void)seq, (void)day;
    a_file(arg, bytes, n);
}

static union row_fn handler(const struct read_kind *k) {
    if (k == &read_trades) return (union row_fn){.trade = a_trade};
    if (k == &read_signals) return (union row_fn){.signal = a_signal};
    if (k == &read_audit) return (union row_fn){.audit = an_entry};
    if (k == &read_state) return (union row_fn){.state = two_texts};
    if (k == &read_inbox) return (union row_fn){.inbox = an_id};
    if (k == &read_outbox) return (union row_fn){.outbox = an_outbox_row};
    if (k == &read_history) return (union row_fn){.history = a_history_row};
    if (k == &read_ref) return (union row_fn){.ref = two_texts};
    if (k == &read_file) return (union row_fn){.file = a_file};
    return (union row_fn){.snapshot = a_snapshot};
}

static void question(const struct read_kind *k, struct script *s) {
    static const char *const names[] = {"", "XAUUSD", "telegram", "local", "trades"};
    struct read_args a = {.limit = script_u8(s) % 4, .paged = false};
    struct err e = {0};
    bool more = true;
    int pages = 0;
    read_range(&a, (when_t){0}, WHEN_NONE);
    a.id = k == &read_file ? script_u8(s) : script_u8(s) & 1 ? script_u8(s) : 0;
    if (k == &read_history && !a.limit) a.limit = 5;
    str_copy(a.platform, sizeof a.platform, names[script_below(s, 5)]);
    str_copy(a.key, sizeof a.key, names[script_below(s, 5)]);
    for (given = 0; more; pages++) {
        struct buf out;
        assert(pages < PAGES_MAX);
        buf_init(&out, RESULT_MAX);
        more = false;
        int rc = k->run(&vault, &a, &out, &more, &e);
        struct reader in = {out.p, out.p + out.len};
        while (rc == 0 && in.p < in.end) k->hand(handler(k), NULL, &in);
        buf_clear(&out);
        if (rc < 0) said(&e);
        if (rc < 0) return;
    }
    assert(given <= ROWS_MAX);
}

/* ---- the journal ---- */

static bool an_event(void *arg, const struct event *ev) {
    (void)arg;
    given++;
    assert(ev->kind < EVENT_KIND_COUNT);
    return true;
}

static void journal(struct script *s) {
    struct err e = {0};
    struct load *l = load_new(script_u8(s) % 3, an_event);
    vault.last_seq = script_u8(s);
    for (int steps = 0; steps < PAGES_MAX; steps++) {
        struct chunk *c = &l->chunk[steps & 1];
        if (load_step(&vault, l, c, &e) < 0) {
            said(&e);
            break;
        }
        if (!load_hand(l, c, NULL) || c->last) break;
        assert(steps + 1 < PAGES_MAX);
    }
    load_end(&vault, l);
    load_free(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct script s = {bytes, n};
    struct arena *a = arena_new(4u << 20);
    open_once();
    size_t t = script_u8(&s) % TABLES;
    struct script asked = script_part(&s, 16);
    fill(t, &s, a);
    if (tables[t].kind)
        question(tables[t].kind, &asked);
    else
        journal(&asked);
    arena_free(a);
    return 0;
}
