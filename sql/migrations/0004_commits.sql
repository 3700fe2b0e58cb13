-- 0004: which commits happened, for a database whose answer to COMMIT can be lost on the way.
--
-- id: the number of the newest batch in a transaction, written by the transaction itself. owner: which run of mia
-- wrote it. SQLite's answers are not lost: there the table stays empty.

CREATE TABLE IF NOT EXISTS commits (
    id INTEGER PRIMARY KEY,
    owner VARCHAR(32) NOT NULL
);
