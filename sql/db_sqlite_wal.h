/*
 * db_sqlite_wal: SQLite's files as its own default VFS keeps them, but for the WAL: what is written to it in one row goes
 * to the system in one piece. SQLite writes each page of a commit in two pieces, which is a dozen calls a command.
 */
#ifndef MIA_SQL_DB_SQLITE_WAL_H
#define MIA_SQL_DB_SQLITE_WAL_H

/* Registers it, once a process; its name for sqlite3_open_v2. NULL: no memory. */
const char *wal_vfs(void);

#endif
