-- 0005: events and the engine's state in format 3 (the flatten that goes on over restarts, stops and cancellations by hand,
-- results by symbol and strategy). No table changes: an older program must refuse what it could not read.
DELETE FROM bot_state WHERE key = ''; -- a migration is at least one statement
