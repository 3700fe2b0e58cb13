-- 0006: events and the engine's state in format 4 (hours and weekends, levels, breakers by period, gates, sizing, payments). No
-- table changes: an older program must refuse what it could not read.
DELETE FROM bot_state WHERE key = ''; -- a migration is at least one statement
