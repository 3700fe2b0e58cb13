/*
 * queries: the texts. Portable SQL only: ON CONFLICT, COALESCE, numbered parameters; no
 * function, pragma or type of one database. Columns are named, never starred, and come
 * in the order in which sql/rows.c and sql/query.c read them.
 */
#include "sql/queries.h"

#include "engine/store.h"

#define SIGNAL_COLUMNS                                                                                                 \
    "id, asset, strategy, direction, confidence, entry_e8, sl_e8, tp_e8, reward_risk_ppm, qty_e8, risk_e6, executed, " \
    "halved, refusal, reason, reason_en, why_not, why_not_en, time_ns, day, trade_id"
#define CONTEXT_COLUMNS                                                                                                \
    "regime, regime_bars, adx_e6, efficiency_ppm, volatility_ppm, stop_widen_ppm, confluence_e8, confluence, "         \
    "confluence_en, sizing, sizing_en"
#define SIGNAL_READ "SELECT " SIGNAL_COLUMNS ", " CONTEXT_COLUMNS
#define SIGNAL_WHOLE " FROM signals LEFT JOIN signal_context ON signal_id = id "
#define TRADE_COLUMNS                                                                                                  \
    "t.id, t.asset, t.strategy, t.version, t.signal_id, t.direction, t.status, t.protection, t.closed_reason, "        \
    "t.entry_order, t.exit_order, t.qty_e8, t.qty_entered_e8, t.entry_e8, t.exit_e8, t.sl_e8, t.tp_e8, "               \
    "t.sl_initial_e8, t.at_break_even, t.gross_e6, t.fees_e6, t.risk_e6, t.best_e8, t.worst_e8, t.entry_ns, "          \
    "t.exit_ns, t.day_opened, t.day_closed, s.confidence, COALESCE(k.contract, ''), COALESCE(k.rolled_from, 0)"
#define TRADES_WHOLE                                                                                                   \
    " FROM trades t LEFT JOIN signals s ON s.id = t.signal_id LEFT JOIN trade_contracts k ON k.trade_id = t.id "
#define OUTBOX_COLUMNS                                                                                                 \
    "id, kind, state, urgency, critical, attempts, created_ns, attempted_ns, platform, channel, address, key, "        \
    "event_id, message_ref, doc"
#define OUTBOX_READ                                                                                                    \
    "o.id, o.kind, o.state, o.urgency, o.critical, o.attempts, o.created_ns, o.attempted_ns, o.platform, o.channel, "  \
    "o.address, o.key, o.event_id, o.message_ref, o.doc, COALESCE(f.size, 0)"
#define OUTBOX_FROM " FROM outbox o LEFT JOIN outbox_files f ON f.id = o.id "
#define AUDIT_COLUMNS "id, at_ns, platform, actor, role, chat, command, arguments, verdict, detail, hash"

#define SIGNALS_FROM                                                                                                   \
    SIGNAL_WHOLE                                                                                                       \
    "WHERE (?1 = '' OR asset = ?1) AND (?2 = 0 OR executed) AND (?3 = 0 OR NOT executed) "                             \
    "AND COALESCE(time_ns, ?4) >= ?4 AND COALESCE(time_ns, ?4) < ?5 "
#define TRADES_FROM                                                                                                    \
    TRADES_WHOLE                                                                                                       \
    "WHERE (?1 = '' OR t.asset = ?1) "                                                                                 \
    "AND (?2 = 0 OR t.status = 'closed') AND COALESCE(t.entry_ns, ?3) >= ?3 "                                          \
    "AND COALESCE(t.entry_ns, ?3) < ?4 "

const char *const query_text[QUERY_COUNT] = {
    [QUERY_BEGIN] = "BEGIN",
    [QUERY_COMMIT] = "COMMIT",
    [QUERY_ROLLBACK] = "ROLLBACK",

    [QUERY_SCHEMA_VERSION] = "SELECT MAX(version) FROM schema_migrations",
    [QUERY_SCHEMA_ADD] = "INSERT INTO schema_migrations (version, name, sha256) VALUES (?1, ?2, ?3)",
    [QUERY_SCHEMA_SUM] = "SELECT sha256 FROM schema_migrations WHERE version = ?1",

    [QUERY_SCHEMA_WRITER] = "SELECT value FROM bot_state WHERE key = '" STORE_VERSION_KEY "'",
    [QUERY_COMMIT_ADD] = "INSERT INTO commits (id, owner) VALUES (?1, ?2)",
    [QUERY_COMMIT_LAST] = "SELECT id, owner FROM commits ORDER BY id DESC LIMIT 1",
    [QUERY_COMMIT_OWNER] = "SELECT owner FROM commits WHERE id = 0",
    [QUERY_COMMIT_RETAIN] = "DELETE FROM commits WHERE id > 0 AND id < ?1",

    [QUERY_INBOX_ADD] = "INSERT INTO inbox (platform, bot, ext_id, at_ns, actor, command, verdict) "
                        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
    [QUERY_INBOX_LOAD] = "SELECT id, platform, ext_id FROM inbox WHERE id < ?2 ORDER BY id DESC LIMIT ?1",
    [QUERY_INBOX_RETAIN] = "DELETE FROM inbox WHERE at_ns < ?1",

    [QUERY_JOURNAL_ADD] = "INSERT INTO journal (seq, day, kind, derived, market_ns, wall_ns, format, body) "
                          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [QUERY_JOURNAL_LOAD] = "SELECT seq, format, body FROM journal WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3",
    [QUERY_JOURNAL_LAST] = "SELECT MAX(seq) FROM journal",
    [QUERY_JOURNAL_FIRST] = "SELECT MIN(seq) FROM (SELECT MIN(seq) AS seq FROM journal UNION ALL "
                            "SELECT MIN(first_seq) AS seq FROM segments) AS first",
    [QUERY_JOURNAL_RETAIN] = "DELETE FROM journal WHERE seq <= ?1",

    [QUERY_DAY_ADD] = "INSERT INTO days (day, first_seq) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    [QUERY_DAY_LAST] = "SELECT MAX(day) FROM days",
    [QUERY_DAY_FIRST_SEQ] = "SELECT MIN(first_seq) FROM days WHERE day >= ?1",
    [QUERY_DAY_RETAIN] = "DELETE FROM days WHERE day < ?1",

    [QUERY_SEGMENT_PUT] =
        "INSERT INTO segments (day, bytes, frames, events, first_seq, last_seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
        "ON CONFLICT (day) DO UPDATE SET bytes = excluded.bytes, frames = excluded.frames, "
        "events = excluded.events, last_seq = excluded.last_seq",
    [QUERY_SEGMENT_GET] = "SELECT day, bytes, frames, events, first_seq, last_seq FROM segments WHERE day = ?1",
    [QUERY_SEGMENT_LIST] =
        "SELECT day, bytes, frames, events, first_seq, last_seq FROM segments WHERE last_seq > ?1 ORDER BY first_seq",
    [QUERY_SEGMENT_LAST] = "SELECT MAX(last_seq) FROM segments",
    [QUERY_SEGMENT_FIRST_PAST] = "SELECT MIN(first_seq) FROM segments WHERE last_seq > ?1",
    [QUERY_SEGMENT_DROP] = "DELETE FROM segments WHERE last_seq <= ?1",

    [QUERY_SNAPSHOT_ADD] =
        "INSERT INTO snapshots (seq, day, size, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (seq) DO UPDATE SET "
        "day = excluded.day, size = excluded.size, body = excluded.body",
    [QUERY_SNAPSHOT_NEWEST] = "SELECT seq, day, size, body FROM snapshots WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1",
    [QUERY_SNAPSHOT_LAST] = "SELECT MAX(seq) FROM snapshots",
    [QUERY_SNAPSHOT_SEQ] = "SELECT MAX(seq) FROM snapshots WHERE seq <= ?1",
    [QUERY_SNAPSHOT_RETAIN] = "DELETE FROM snapshots WHERE seq < ?1",
    [QUERY_SNAPSHOT_THIN] =
        "DELETE FROM snapshots WHERE day < ?1 AND seq NOT IN (SELECT MAX(seq) FROM snapshots GROUP BY day)",

    [QUERY_SIGNAL_ADD] = "INSERT INTO signals (" SIGNAL_COLUMNS
                         ", timestamp, entry_price, sl_price, tp_price, rr_ratio, trade_valid, created_at) "
                         "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, "
                         "?19, ?20, ?21, ?22, ?23, "
                         "?24, ?25, ?26, ?27, ?28)",
    [QUERY_SIGNAL_CONTEXT_ADD] = "INSERT INTO signal_context (signal_id, " CONTEXT_COLUMNS
                                 ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [QUERY_SIGNAL_BY_ID] = SIGNAL_READ SIGNAL_WHOLE "WHERE id = ?1",
    [QUERY_SIGNALS_OLDEST] = SIGNAL_READ SIGNALS_FROM "AND id > ?7 AND id <= ?8 ORDER BY id LIMIT ?6",
    [QUERY_SIGNALS_NEWEST] = SIGNAL_READ SIGNALS_FROM "AND id < ?7 ORDER BY id DESC LIMIT ?6",
    [QUERY_SIGNALS_LAST] = "SELECT MAX(id) FROM signals",

    [QUERY_TRADE_PUT] =
        "INSERT INTO trades (id, asset, strategy, version, signal_id, direction, status, protection, closed_reason, "
        "entry_order, "
        "exit_order, qty_e8, qty_entered_e8, entry_e8, exit_e8, sl_e8, tp_e8, sl_initial_e8, at_break_even, gross_e6, "
        "fees_e6, "
        "risk_e6, best_e8, worst_e8, entry_ns, exit_ns, day_opened, day_closed, pnl_e6, entry_time, exit_time, "
        "entry_price, "
        "exit_price, sl_price, tp_price, lot_size, pnl, created_at) "
        "VALUES (?1, ?2, ?3, ?4, (SELECT id FROM signals WHERE id = ?5), ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
        "?16, ?17, "
        "?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38) "
        "ON CONFLICT (id) DO UPDATE SET version = excluded.version, status = excluded.status, protection = "
        "excluded.protection, "
        "closed_reason = excluded.closed_reason, entry_order = excluded.entry_order, exit_order = excluded.exit_order, "
        "qty_e8 = excluded.qty_e8, qty_entered_e8 = excluded.qty_entered_e8, entry_e8 = excluded.entry_e8, "
        "exit_e8 = excluded.exit_e8, sl_e8 = excluded.sl_e8, tp_e8 = excluded.tp_e8, sl_initial_e8 = "
        "excluded.sl_initial_e8, "
        "at_break_even = excluded.at_break_even, gross_e6 = excluded.gross_e6, fees_e6 = excluded.fees_e6, "
        "risk_e6 = excluded.risk_e6, best_e8 = excluded.best_e8, worst_e8 = excluded.worst_e8, entry_ns = "
        "excluded.entry_ns, "
        "exit_ns = excluded.exit_ns, day_opened = excluded.day_opened, day_closed = excluded.day_closed, "
        "pnl_e6 = excluded.pnl_e6, entry_time = excluded.entry_time, exit_time = excluded.exit_time, "
        "entry_price = excluded.entry_price, exit_price = excluded.exit_price, sl_price = excluded.sl_price, "
        "tp_price = excluded.tp_price, lot_size = excluded.lot_size, pnl = excluded.pnl",
    [QUERY_TRADE_CONTRACT_PUT] = "INSERT INTO trade_contracts (trade_id, contract, rolled_from) VALUES (?1, ?2, ?3) "
                                 "ON CONFLICT (trade_id) DO NOTHING",
    [QUERY_TRADE_BY_ID] = "SELECT " TRADE_COLUMNS TRADES_WHOLE "WHERE t.id = ?1",
    [QUERY_TRADES_OLDEST] = "SELECT " TRADE_COLUMNS TRADES_FROM "AND t.id > ?6 AND t.id <= ?7 ORDER BY t.id LIMIT ?5",
    [QUERY_TRADES_NEWEST] = "SELECT " TRADE_COLUMNS TRADES_FROM "AND t.id < ?6 ORDER BY t.id DESC LIMIT ?5",
    [QUERY_TRADES_LAST] = "SELECT MAX(id) FROM trades",

    [QUERY_STATS_GET] =
        "SELECT total_trades, winning_trades, losing_trades, total_pnl_e6, r_sum_ppm FROM performance_stats "
        "WHERE pattern_type = ?1 AND asset = ?2",
    [QUERY_STATS_PUT] =
        "INSERT INTO performance_stats (pattern_type, asset, total_trades, winning_trades, losing_trades, "
        "total_pnl_e6, r_sum_ppm, "
        "win_rate, avg_rr, total_pnl, last_updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
        "ON CONFLICT (pattern_type, asset) DO UPDATE SET total_trades = excluded.total_trades, "
        "winning_trades = excluded.winning_trades, losing_trades = excluded.losing_trades, total_pnl_e6 = "
        "excluded.total_pnl_e6, "
        "r_sum_ppm = excluded.r_sum_ppm, win_rate = excluded.win_rate, avg_rr = excluded.avg_rr, total_pnl = "
        "excluded.total_pnl, "
        "last_updated = excluded.last_updated",
    [QUERY_DAILY_ADD] =
        "INSERT INTO daily_trade_counts (asset, trade_date, opened_trades, closed_trades) VALUES (?1, ?2, ?3, ?4) "
        "ON CONFLICT (asset, trade_date) DO UPDATE SET "
        "opened_trades = daily_trade_counts.opened_trades + excluded.opened_trades, "
        "closed_trades = daily_trade_counts.closed_trades + excluded.closed_trades",

    [QUERY_OUTBOX_PUT] =
        "INSERT INTO outbox (" OUTBOX_COLUMNS
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) "
        "ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, state = excluded.state, urgency = excluded.urgency, "
        "critical = excluded.critical, attempts = excluded.attempts, created_ns = excluded.created_ns, "
        "attempted_ns = excluded.attempted_ns, platform = excluded.platform, channel = excluded.channel, "
        "address = excluded.address, key = excluded.key, event_id = excluded.event_id, message_ref = "
        "excluded.message_ref, "
        "doc = excluded.doc",
    [QUERY_OUTBOX_ATTEMPT] =
        "UPDATE outbox SET state = 1, attempts = ?2, attempted_ns = ?3 WHERE id = ?1 AND state < 2",
    [QUERY_OUTBOX_END] = "UPDATE outbox SET state = ?2, message_ref = CASE WHEN ?3 <> '' THEN ?3 ELSE message_ref END, "
                         "attempted_ns = ?4, doc = CASE WHEN platform = 'local' THEN doc ELSE '' END WHERE id = ?1",
    [QUERY_OUTBOX_PENDING] = "SELECT " OUTBOX_READ OUTBOX_FROM "WHERE o.state < 2 AND o.id > ?1 ORDER BY o.id LIMIT ?2",
    [QUERY_OUTBOX_LAST] = "SELECT MAX(id) FROM outbox",
    [QUERY_OUTBOX_REF] = "SELECT channel, message_ref FROM outbox WHERE key = ?1 AND key <> '' AND platform = ?2 "
                         "AND message_ref <> '' ORDER BY id DESC LIMIT 1",
    /* Of the local page alone: its index covers nothing else. The edit of a message is the last one of its key behind it, found
     * by the index of keys: were its platform a constant, SQLite would walk the whole channel for each message instead. */
    [QUERY_HISTORY] =
        "SELECT " OUTBOX_READ
        ", o.edit_id, o.edit_ns, o.edit_doc, COALESCE(g.size, 0) FROM (SELECT b.*, e.id AS edit_id, "
        "e.created_ns AS edit_ns, e.doc AS edit_doc FROM outbox b LEFT JOIN outbox e ON e.id = (SELECT MAX(x.id) "
        "FROM outbox x WHERE x.key = b.key AND x.key <> '' AND x.platform = b.platform AND x.kind = 2 AND x.state >= 2 "
        "AND x.channel = b.channel AND x.id > b.id) WHERE b.channel = ?1 AND b.platform = 'local' AND b.kind = ?2 "
        "AND b.state >= 2 AND b.id < ?3 ORDER BY b.id DESC LIMIT ?4) AS o LEFT JOIN outbox_files f ON f.id = o.id "
        "LEFT JOIN outbox_files g ON g.id = o.edit_id ORDER BY o.id",
    [QUERY_OUTBOX_RETAIN] = "DELETE FROM outbox WHERE state >= 2 AND key = '' AND created_ns < ?1 "
                            "AND id < (SELECT MAX(id) FROM outbox)",
    [QUERY_OUTBOX_RETAIN_KEYED] = "DELETE FROM outbox WHERE state >= 2 AND key <> '' AND created_ns < ?1 "
                                  "AND id < (SELECT MAX(id) FROM outbox)",

    [QUERY_FILE_PUT] = "INSERT INTO outbox_files (id, size, body) VALUES (?1, ?2, ?3) "
                       "ON CONFLICT (id) DO UPDATE SET size = excluded.size, body = excluded.body",
    [QUERY_FILE_GET] = "SELECT body FROM outbox_files WHERE id = ?1",
    [QUERY_FILE_DROP] = "DELETE FROM outbox_files WHERE id = ?1",
    [QUERY_FILE_RETAIN] = "DELETE FROM outbox_files WHERE id NOT IN (SELECT id FROM outbox)",
    [QUERY_FILE_THIN] = "DELETE FROM outbox_files WHERE id < (SELECT COALESCE(MIN(id), 0) FROM (SELECT id FROM "
                        "outbox_files ORDER BY id DESC LIMIT ?1) AS newest) "
                        "AND id IN (SELECT id FROM outbox WHERE state >= 2)",

    [QUERY_AUDIT_ADD] =
        "INSERT INTO audit (" AUDIT_COLUMNS ", at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [QUERY_AUDIT_HEAD] = "SELECT last_id, hash FROM audit_head WHERE id = 1",
    [QUERY_AUDIT_HEAD_PUT] = "INSERT INTO audit_head (id, last_id, hash) VALUES (1, ?1, ?2) "
                             "ON CONFLICT (id) DO UPDATE SET last_id = excluded.last_id, hash = excluded.hash",
    [QUERY_AUDIT_LAST] = "SELECT MAX(id) FROM audit",
    [QUERY_AUDIT_OLDEST] =
        "SELECT " AUDIT_COLUMNS " FROM audit WHERE COALESCE(at_ns, ?1) >= ?1 AND COALESCE(at_ns, ?1) < ?2 "
        "AND id > ?4 AND id <= ?5 ORDER BY id LIMIT ?3",
    [QUERY_AUDIT_NEWEST] = "SELECT " AUDIT_COLUMNS " FROM audit WHERE COALESCE(at_ns, ?1) >= ?1 AND COALESCE(at_ns, "
                           "?1) < ?2 AND id < ?4 ORDER BY id DESC LIMIT ?3",

    [QUERY_STATE_PUT] = "INSERT INTO bot_state (key, value, updated_at) VALUES (?1, ?2, ?3) "
                        "ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
    [QUERY_STATE_DROP] = "DELETE FROM bot_state WHERE key = ?1",
    [QUERY_STATE_LOAD] = "SELECT key, value FROM bot_state ORDER BY key",
};
