-- Made by sql/embed.sh --init from sql/migrations: do not edit. May be run any number of times; mia does the same itself.
BEGIN;
CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 VARCHAR(64) NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP);
-- 0001: everything MIA keeps.
--
-- Written so that two databases understand it. What differs is replaced by the driver of the other one:
-- INTEGER PRIMARY KEY (the row's own number, 64 bits) and BLOB.
--
-- Money. The integer columns are the truth: *_e8 are prices and quantities in 1e-8, *_e6 is cash in 1e-6, *_ns are
-- nanoseconds since 1970 (UTC), *_ppm are parts per million. The decimal columns beside them (entry_price, pnl, …) and the
-- ISO 8601 texts (entry_time, timestamp, …) say the same for people and tools; they are written from exact decimal texts
-- and never read back by MIA. Days are numbered since 1970-01-01.

CREATE TABLE IF NOT EXISTS signals (
    id INTEGER PRIMARY KEY,
    asset VARCHAR(16) NOT NULL,
    timestamp TIMESTAMPTZ,
    direction VARCHAR(10) NOT NULL,
    scenario VARCHAR(20) NOT NULL DEFAULT 'none',
    confidence INTEGER NOT NULL,
    entry_price DECIMAL(20,8),
    sl_price DECIMAL(20,8),
    tp_price DECIMAL(20,8),
    rr_ratio DECIMAL(12,6),
    confluences_used TEXT NOT NULL DEFAULT '[]',
    sweep_level VARCHAR(20),
    news_sentiment VARCHAR(10),
    social_sentiment VARCHAR(10),
    trade_valid BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    executed BOOLEAN NOT NULL,
    llm_used VARCHAR(20),
    created_at TIMESTAMPTZ,
    strategy TEXT NOT NULL,
    reason_en TEXT NOT NULL,
    why_not TEXT NOT NULL,
    why_not_en TEXT NOT NULL,
    refusal TEXT NOT NULL,
    halved BOOLEAN NOT NULL,
    trade_id BIGINT NOT NULL,
    entry_e8 BIGINT NOT NULL,
    sl_e8 BIGINT NOT NULL,
    tp_e8 BIGINT NOT NULL,
    reward_risk_ppm BIGINT NOT NULL,
    qty_e8 BIGINT NOT NULL,
    risk_e6 BIGINT NOT NULL,
    time_ns BIGINT,
    day INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS trades (
    id INTEGER PRIMARY KEY,
    signal_id BIGINT REFERENCES signals (id),
    asset VARCHAR(16) NOT NULL,
    entry_time TIMESTAMPTZ,
    exit_time TIMESTAMPTZ,
    direction VARCHAR(10) NOT NULL,
    entry_price DECIMAL(20,8),
    exit_price DECIMAL(20,8),
    sl_price DECIMAL(20,8),
    tp_price DECIMAL(20,8),
    lot_size DECIMAL(20,8),
    mt5_ticket BIGINT,
    pnl DECIMAL(20,6),
    status VARCHAR(20) NOT NULL,
    closed_reason VARCHAR(20),
    created_at TIMESTAMPTZ,
    strategy TEXT NOT NULL,
    version BIGINT NOT NULL,
    protection INTEGER NOT NULL,
    entry_order BIGINT NOT NULL,
    exit_order BIGINT NOT NULL,
    qty_e8 BIGINT NOT NULL,
    qty_entered_e8 BIGINT NOT NULL,
    entry_e8 BIGINT NOT NULL,
    exit_e8 BIGINT NOT NULL,
    sl_e8 BIGINT NOT NULL,
    tp_e8 BIGINT NOT NULL,
    sl_initial_e8 BIGINT NOT NULL,
    at_break_even BOOLEAN NOT NULL,
    gross_e6 BIGINT NOT NULL,
    fees_e6 BIGINT NOT NULL,
    pnl_e6 BIGINT,
    risk_e6 BIGINT NOT NULL,
    best_e8 BIGINT NOT NULL,
    worst_e8 BIGINT NOT NULL,
    entry_ns BIGINT,
    exit_ns BIGINT,
    day_opened INTEGER NOT NULL,
    day_closed INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS performance_stats (
    id INTEGER PRIMARY KEY,
    pattern_type VARCHAR(50) NOT NULL,
    asset VARCHAR(16) NOT NULL,
    total_trades INTEGER NOT NULL,
    winning_trades INTEGER NOT NULL,
    losing_trades INTEGER NOT NULL,
    win_rate DECIMAL(5,2) NOT NULL,
    avg_rr DECIMAL(12,6) NOT NULL,
    total_pnl DECIMAL(20,6) NOT NULL,
    last_updated TIMESTAMPTZ,
    total_pnl_e6 BIGINT NOT NULL,
    r_sum_ppm BIGINT NOT NULL,
    UNIQUE (pattern_type, asset)
);

CREATE TABLE IF NOT EXISTS daily_trade_counts (
    id INTEGER PRIMARY KEY,
    asset VARCHAR(16) NOT NULL,
    trade_date DATE NOT NULL,
    closed_trades INTEGER NOT NULL DEFAULT 0,
    opened_trades INTEGER NOT NULL DEFAULT 0,
    UNIQUE (asset, trade_date)
);

CREATE TABLE IF NOT EXISTS bot_state (
    id INTEGER PRIMARY KEY,
    key VARCHAR(200) NOT NULL UNIQUE,
    value TEXT NOT NULL,
    updated_at TIMESTAMPTZ
);

-- Inputs that are not market data. body: the event as the engine writes it, layout number in format.
CREATE TABLE IF NOT EXISTS journal (
    seq INTEGER PRIMARY KEY,
    day INTEGER NOT NULL,
    kind VARCHAR(20) NOT NULL,
    derived BOOLEAN NOT NULL,
    market_ns BIGINT,
    wall_ns BIGINT,
    format INTEGER NOT NULL,
    body BLOB NOT NULL
);

-- The first seq of each trading day, bars included.
CREATE TABLE IF NOT EXISTS days (
    day INTEGER PRIMARY KEY,
    first_seq BIGINT NOT NULL
);

-- Market data lies beside the database in journal/YYYY-MM-DD.seg. What is past `bytes` in a file was never committed.
CREATE TABLE IF NOT EXISTS segments (
    day INTEGER PRIMARY KEY,
    bytes BIGINT NOT NULL,
    frames BIGINT NOT NULL,
    events BIGINT NOT NULL,
    first_seq BIGINT NOT NULL,
    last_seq BIGINT NOT NULL
);

-- body: deflated, `size` bytes when inflated.
CREATE TABLE IF NOT EXISTS snapshots (
    seq INTEGER PRIMARY KEY,
    day INTEGER NOT NULL,
    size BIGINT NOT NULL,
    body BLOB NOT NULL
);

-- One row an update or interaction, whatever is redelivered.
CREATE TABLE IF NOT EXISTS inbox (
    id INTEGER PRIMARY KEY,
    platform VARCHAR(16) NOT NULL,
    bot VARCHAR(64) NOT NULL,
    ext_id BIGINT NOT NULL,
    at_ns BIGINT,
    actor TEXT NOT NULL,
    command TEXT NOT NULL,
    verdict TEXT NOT NULL,
    UNIQUE (ext_id, platform, bot)
);

-- state: 0 new, 1 attempted, 2 done, 3 refused. kind: 0 message, 1 reply, 2 edit. urgency: 0 info, 1 important, 2 urgent.
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    state INTEGER NOT NULL,
    urgency INTEGER NOT NULL,
    critical BOOLEAN NOT NULL,
    attempts INTEGER NOT NULL,
    created_ns BIGINT,
    attempted_ns BIGINT,
    platform VARCHAR(16) NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    key TEXT NOT NULL,
    event_id TEXT NOT NULL,
    message_ref TEXT NOT NULL,
    doc TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS outbox_pending ON outbox (id) WHERE state < 2;
CREATE INDEX IF NOT EXISTS outbox_key ON outbox (key, platform, id) WHERE key <> '';
CREATE INDEX IF NOT EXISTS outbox_history ON outbox (channel, id) WHERE platform = 'local';

-- Append only. hash = SHA-256 (hash of the row before, then the fields), see sql/audit.c.
CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY,
    at_ns BIGINT,
    at TIMESTAMPTZ,
    platform TEXT NOT NULL,
    actor TEXT NOT NULL,
    role TEXT NOT NULL,
    chat TEXT NOT NULL,
    command TEXT NOT NULL,
    arguments TEXT NOT NULL,
    verdict TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash VARCHAR(64) NOT NULL
);

-- Where the chain ends: rows that vanish from its end are missed too.
CREATE TABLE IF NOT EXISTS audit_head (
    id INTEGER PRIMARY KEY,
    last_id BIGINT NOT NULL,
    hash VARCHAR(64) NOT NULL
);
INSERT INTO schema_migrations (version, name, sha256) VALUES (1, 'first', 'd0c00b15c67ff4edbde4e2ab4db5db3893c85bf7ca4cf95baf2ad8d0929d722d') ON CONFLICT DO NOTHING;
-- 0002: events and the engine's state in format 2 (strategies switched by people, both limits of the drawdown, settings
-- changed while running). No table changes: an older program must refuse what it could not read.
DELETE FROM bot_state WHERE key = ''; -- a migration is at least one statement
INSERT INTO schema_migrations (version, name, sha256) VALUES (2, 'engine_format_2', '47fa5a5dadfe7347135872b62126b7b823c26320998dcf713de287f253e67904') ON CONFLICT DO NOTHING;
-- 0003: a message may carry a file.
--
-- Bytes of files that wait to be sent, and of those that the page's history shows. id: of the outbox row. What the file is
-- called and what it is stands in the row's doc; size is the length of body, so that nobody has to read it to know.

CREATE TABLE IF NOT EXISTS outbox_files (
    id INTEGER PRIMARY KEY,
    size BIGINT NOT NULL,
    body BLOB NOT NULL
);
INSERT INTO schema_migrations (version, name, sha256) VALUES (3, 'files', '3c3b0f19614c7fe6b39f70e8fa634593b7596fbee4c7e4bb4d31852fb08585d1') ON CONFLICT DO NOTHING;
-- 0004: which commits happened, for a database whose answer to COMMIT can be lost on the way.
--
-- id: the number of the newest batch in a transaction, written by the transaction itself. owner: which run of mia
-- wrote it. SQLite's answers are not lost: there the table stays empty.

CREATE TABLE IF NOT EXISTS commits (
    id INTEGER PRIMARY KEY,
    owner VARCHAR(32) NOT NULL
);
INSERT INTO schema_migrations (version, name, sha256) VALUES (4, 'commits', '16585d1789b3a0db1a48edefbc36a5e9e369fc3622d6c07097ff0b77f518d0b5') ON CONFLICT DO NOTHING;
-- 0005: events and the engine's state in format 3 (the flatten that goes on over restarts, stops and cancellations by hand,
-- results by symbol and strategy). No table changes: an older program must refuse what it could not read.
DELETE FROM bot_state WHERE key = ''; -- a migration is at least one statement
INSERT INTO schema_migrations (version, name, sha256) VALUES (5, 'engine_format_3', 'e6bfff147f0154390a56061bbcebf5b6c1a306cf3352242c71ca8450b6b86e6d') ON CONFLICT DO NOTHING;
-- 0006: events and the engine's state in format 4 (hours and weekends, levels, breakers by period, gates, sizing, payments). No
-- table changes: an older program must refuse what it could not read.
DELETE FROM bot_state WHERE key = ''; -- a migration is at least one statement
INSERT INTO schema_migrations (version, name, sha256) VALUES (6, 'engine_format_4', 'b74b5b6b168969631a748585b635b9bcbd1bcdcfe1a7737d9f6be69f3aa4ce37') ON CONFLICT DO NOTHING;
-- 0007: events and the engine's state in format 5 (weekends and windows of announcements that loosen with the next trading day,
-- announcements without an hour). No table changes: an older program must refuse what it could not read.
DELETE FROM bot_state WHERE key = ''; -- a migration is at least one statement
INSERT INTO schema_migrations (version, name, sha256) VALUES (7, 'engine_format_5', '82168397ab9f78488d4a025d7eb4ba0ccfd49583bffc18d61370e225dbbd0aea') ON CONFLICT DO NOTHING;
-- 0008: what a signal fell into, beside its row (columns cannot be added twice, and this file may be run twice).
--
-- signal_id: the signal's. regime: unknown, trend, range, transition, for regime_bars bars, with its figures: adx_e6 (0 to
-- 100), efficiency_ppm, volatility_ppm (its rank). stop_widen_ppm: its stop is so many times as far, 0: as it was.
-- confluence: the levels near the entry, named, lowest at confluence_e8. sizing: the arithmetic of its size.

CREATE TABLE IF NOT EXISTS signal_context (
    signal_id INTEGER PRIMARY KEY,
    regime VARCHAR(12) NOT NULL,
    regime_bars BIGINT NOT NULL,
    adx_e6 BIGINT NOT NULL,
    efficiency_ppm BIGINT NOT NULL,
    volatility_ppm BIGINT NOT NULL,
    stop_widen_ppm BIGINT NOT NULL,
    confluence_e8 BIGINT NOT NULL,
    confluence TEXT NOT NULL,
    confluence_en TEXT NOT NULL,
    sizing TEXT NOT NULL,
    sizing_en TEXT NOT NULL
);
INSERT INTO schema_migrations (version, name, sha256) VALUES (8, 'signal_context', 'd6ea7c736e19525aa90caeaef33c7eccb9b5655937683f9d6df9174dcf6aa899') ON CONFLICT DO NOTHING;
-- 0009: of a future that changes its contract, which one a trade was in ("ESZ26"), and the trade in the contract before that it went
-- on from (0: none). Beside its row: columns cannot be added twice, and this file may be run twice.

CREATE TABLE IF NOT EXISTS trade_contracts (
    trade_id INTEGER PRIMARY KEY,
    contract VARCHAR(24) NOT NULL,
    rolled_from BIGINT NOT NULL
);
INSERT INTO schema_migrations (version, name, sha256) VALUES (9, 'trade_contracts', '38a0c9db4e70e87d99c22c8b888576e3337ba5e3e255b8a26aa3df47919758ce') ON CONFLICT DO NOTHING;
COMMIT;
