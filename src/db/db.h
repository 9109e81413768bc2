/*
 * The only door to our database: SQLite today, PostgreSQL behind the same contract.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Reads run on the caller's thread in one snapshot. Writes run in one transaction each and are durable when db_write()
 * returns: on SQLite one writer thread runs them, many to a commit; one that fails is taken out of it and takes nothing
 * along. A write function may run again (after a failed group commit), so it must keep nothing that
 * it can't make anew.
 *
 * SQL: statements are constant text with ? for each value, kept prepared per connection. Only TEXT, BIGINT and BLOB
 * columns are used, so both databases answer alike: ids are text, dates days, times milliseconds, booleans 0/1,
 * decimals and money scaled integers.
 *
 * Errors: ERR_EXISTS (unique), ERR_CONFLICT (serialization: retried inside),
 * ERR_DISK_FULL, ERR_UNAVAILABLE (busy, too many waiting), ERR_INTERNAL (damage, a wrong statement; logged with its
 * text). An error inside a write function must be returned by it.
 *
 * Threads: struct db from any; struct db_tx only inside
 * the function it was given to.
 */
#ifndef TANDEM_DB_DB_H
#define TANDEM_DB_DB_H

#include "base/value.h"

struct db;
struct db_tx;
struct db_stmt;

struct db_options {
    const char *path; /* the database file */
    int readers_max;  /* default 8 */
    int queue_max;    /* writes that may wait; beyond: ERR_UNAVAILABLE. default 4096 */
    int group_max;    /* writes in one commit; default 128 */
};

MUST_CHECK int db_open(const struct db_options *o, struct db **ret, struct problem *why);
struct db *db_free(struct db *db); /* lets waiting writes end; returns NULL */

typedef int (*db_fn)(struct db_tx *tx, void *arg); /* 0 or a count: commit; negative: roll back */

/* Runs fn in a read snapshot on this thread. Returns what fn returned. */
int db_read(struct db *db, db_fn fn, void *arg);
/* Runs fn in a write transaction; returns what fn returned, after the commit is on disk. Never call it inside a
 * transaction. */
int db_write(struct db *db, db_fn fn, void *arg);
/* The same without waiting: done(arg, result) is called, on a thread of the database's own, when it is on disk or has
 * failed. */
int db_write_async(struct db *db, db_fn fn, void *arg, void (*done)(void *arg, int result));

/* A part of a transaction that can fail alone: rolled back to here when fn returns a negative. */
int db_savepoint(struct db_tx *tx, db_fn fn, void *arg);
/* Holds `key` for the rest of the transaction against other writers of the same key, on every node. Take keys in
 * ascending order. */
int db_lock(struct db_tx *tx, struct str key);
bool db_is_write(const struct db_tx *tx);
struct db *db_of(struct db_tx *tx);
/* Called on the writer thread after each commit that had a successful write; must be quick and not use the database. At
 * most 8. */
void db_on_commit(struct db *db, void (*fn)(void *arg), void *arg);
/*
 * The same for this write alone: fn(arg, n) is called after its commit and before the hooks above, and not at all where
 * this part is rolled back. Calls with the same fn and arg may be merged into one with the last n.
 */
void db_after_commit(struct db_tx *tx, void (*fn)(void *arg, int64_t n), void *arg, int64_t n);
/* True where several processes may use the database at once (PostgreSQL), false where this one has it alone (SQLite).
 */
bool db_shared(const struct db *db);

/*
 * Statements. db_prepare() gives a statement with its values unbound; it belongs to the transaction's connection and
 * must be ended by db_done() before it is prepared again (nested use of the same text gets a second statement). Text
 * columns are valid until the next step.
 */
MUST_CHECK int db_prepare(struct db_tx *tx, struct str sql, struct db_stmt **ret);
void db_bind(struct db_stmt *st, int index, struct value v); /* index from 1; NULL, BOOL, INT, STRING, BYTES only */
void db_bind_i64(struct db_stmt *st, int index, int64_t v);
void db_bind_str(struct db_stmt *st, int index,
                 struct str s); /* a NULL pointer binds null; s must live until db_done() */
void db_bind_null(struct db_stmt *st, int index);
MUST_CHECK int db_step(struct db_stmt *st); /* 1: a row; 0: no more rows */
void db_done(struct db_stmt *st);           /* NULL is fine */
void db_donep(struct db_stmt **st);         /* for CLEANUP */
int db_columns(const struct db_stmt *st);
bool db_col_null(struct db_stmt *st, int i); /* from 0 */
int64_t db_col_i64(struct db_stmt *st, int i);
struct str db_col_str(struct db_stmt *st, int i);                   /* until the next step */
struct str db_col_copy(struct db_stmt *st, int i, struct arena *a); /* NULL stays STR_NULL */

/* One call for what returns no rows: db_exec(tx, SQL(event_append), VALUES(value_str(a), value_int(b))). Returns rows
 * changed. */
MUST_CHECK int db_exec(struct db_tx *tx, struct str sql, const struct value *values, size_t len);
#define DB_VALUES(...)                                                                                                 \
    (const struct value[]){__VA_ARGS__}, (sizeof((const struct value[]){__VA_ARGS__}) / sizeof(struct value))
/* The first column of the first row as a number, or `def` where there is no row or it is null. */
MUST_CHECK int db_query_i64(struct db_tx *tx, struct str sql, const struct value *values, size_t len, int64_t def,
                            int64_t *ret);

/*
 * Migrations: numbered steps of a module ("event" 1, 2, …), each in a transaction with the number it reached, so that
 * one that was killed leaves the step before. A module gives its own list; db_migrate() runs what is missing, in order.
 */
struct db_migration {
    const char *module;
    int number;
    const char *sql; /* several statements, each ended by ";\n" */
};
MUST_CHECK int db_migrate(struct db *db, const struct db_migration *steps, size_t len, struct problem *why);

/* Tables made from descriptions: the one variable part of the schema. Run inside db_write(). */
MUST_CHECK int db_run_ddl(struct db_tx *tx, struct str sql);
/* Column names of a table in order, empty where the table is not there. */
MUST_CHECK int db_table_columns(struct db_tx *tx, struct str table, struct arena *a, struct str **ret, size_t *ret_len);

/* Checks the whole file (slow); ERR_INTERNAL with what is damaged. */
MUST_CHECK int db_check(struct db *db, struct problem *why);

struct db_stats {
    int64_t commits, writes, waiting, wal_bytes;
};
struct db_stats db_stats(struct db *db);

/*
 * For measurements: from now on fn(arg, sql, filled) is called on the writer thread for each statement that it begins;
 * `filled` is the same text with the values in place of each ?. NULL ends it. Call it while nothing is being written.
 */
void db_trace(struct db *db, void (*fn)(void *arg, struct str sql, struct str filled), void *arg);

#endif
