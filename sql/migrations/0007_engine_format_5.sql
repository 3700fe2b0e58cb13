-- 0007: events and the engine's state in format 5 (weekends and windows of announcements that loosen with the next trading day,
-- announcements without an hour). No table changes: an older program must refuse what it could not read.
DELETE FROM bot_state WHERE key = ''; -- a migration is at least one statement
