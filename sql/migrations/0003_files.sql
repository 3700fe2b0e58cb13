-- 0003: a message may carry a file.
--
-- Bytes of files that wait to be sent, and of those that the page's history shows. id: of the outbox row. What the file is
-- called and what it is stands in the row's doc; size is the length of body, so that nobody has to read it to know.

CREATE TABLE IF NOT EXISTS outbox_files (
    id INTEGER PRIMARY KEY,
    size BIGINT NOT NULL,
    body BLOB NOT NULL
);
