/*
 * What a back end of db/ is: a table of functions, and the structures that db.c shares with it. Private to db/.
 * SPDX-License-Identifier: Apache-2.0
 *
 * db.c checks arguments and keeps what is the same everywhere (savepoints' errors, notes for after the commit, hooks);
 * a back end owns connections, threads and statements. Adding a back end means one more `const struct db_ops` and the
 * contract tests run on it.
 */
#ifndef TANDEM_DB_DB_INTERNAL_H
#define TANDEM_DB_DB_INTERNAL_H

#include <stdatomic.h>

#include "db/db.h"

enum { DB_HOOKS_MAX = 8, DB_READERS_DEFAULT = 8, DB_QUEUE_DEFAULT = 4096, DB_GROUP_DEFAULT = 128 };

struct db_hook {
    void (*fn)(void *arg);
    void *arg;
};

struct db_note {
    void (*fn)(void *arg, int64_t n);
    void *arg;
    int64_t n;
};

struct db {
    const struct db_ops *ops;
    void *impl;
    struct db_hook hooks[DB_HOOKS_MAX];
    atomic_size_t hooks_len;
};

struct db_tx {
    struct db *db;
    void *conn; /* the back end's connection */
    bool write;
    int err; /* the first error of a statement in the innermost part; 0 when there was none */
    struct db_note *notes;
    size_t notes_len, notes_cap;
    size_t notes_mark; /* where the innermost part began: earlier notes belong to others */
};

/* A back end's statement begins with this. */
struct db_stmt {
    struct db_tx *tx;
};

struct db_ops {
    const char *name;
    bool shared; /* several processes may use the database at once */

    int (*open)(struct db *db, const struct db_options *o, void **ret_impl, struct problem *why);
    void (*close)(void *impl);

    int (*read_begin)(void *impl, struct db_tx **ret);
    void (*read_end)(struct db_tx *tx);
    /* Runs fn in a write transaction and waits; done NULL. With done: queues it, returns at once. */
    int (*write)(void *impl, db_fn fn, void *arg, void (*done)(void *arg, int result));

    int (*savepoint_begin)(struct db_tx *tx);
    int (*savepoint_end)(struct db_tx *tx, bool keep);
    int (*lock)(struct db_tx *tx, struct str key); /* NULL: there is only one writer */

    int (*prepare)(struct db_tx *tx, struct str sql, struct db_stmt **ret);
    void (*bind)(struct db_stmt *st, int index, struct value v);
    int (*step)(struct db_stmt *st);
    void (*done)(struct db_stmt *st);
    int (*columns)(const struct db_stmt *st);
    bool (*col_null)(struct db_stmt *st, int i);
    int64_t (*col_i64)(struct db_stmt *st, int i);
    struct str (*col_str)(struct db_stmt *st, int i);
    int64_t (*changes)(struct db_tx *tx); /* rows changed by the last statement that ended */

    int (*script)(struct db_tx *tx, struct str sql); /* several statements without values */
    struct str table_columns; /* a statement: name of a table in, names of its columns in order out */
    int (*check)(void *impl, struct problem *why);
    void (*stats)(void *impl, struct db_stats *ret);
    void (*trace)(void *impl, void (*fn)(void *arg, struct str sql, struct str filled), void *arg);
};

extern const struct db_ops db_sqlite_ops;

/* Runs fn and settles its result: an error that fn swallowed counts, and the notes of a part that failed are forgotten.
 */
int db_tx_call(struct db_tx *tx, db_fn fn, void *arg);
/* For back ends, after a commit: runs the notes and the hooks. */
void db_tx_committed(struct db_tx *tx);
/* For back ends: makes a transaction fit for its next use; its notes' memory is kept. */
void db_tx_reset(struct db_tx *tx);
void db_tx_release(struct db_tx *tx);

#endif
