-- 0009: of a future that changes its contract, which one a trade was in ("ESZ26"), and the trade in the contract before that it went
-- on from (0: none). Beside its row: columns cannot be added twice, and this file may be run twice.

CREATE TABLE IF NOT EXISTS trade_contracts (
    trade_id INTEGER PRIMARY KEY,
    contract VARCHAR(24) NOT NULL,
    rolled_from BIGINT NOT NULL
);
