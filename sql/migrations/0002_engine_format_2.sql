-- 0002: events and the engine's state in format 2 (strategies switched by people, both limits of the drawdown, settings
-- changed while running). No table changes: an older program must refuse what it could not read.
DELETE FROM bot_state WHERE key = ''; -- a migration is at least one statement
