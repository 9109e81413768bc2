/*
 * The SQLite back end's own structures, private to db/sqlite*.c: connection, statements, readers, queue.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_DB_SQLITE_INTERNAL_H
#define TANDEM_DB_SQLITE_INTERNAL_H

#include <pthread.h>
#include <sqlite3.h>

#include "db/db_internal.h"

enum {
    SQ_BUCKETS = 256,              /* of a connection's statements, by content */
    SQ_RECENT = 256,               /* of a connection's statements, by address */
    SQ_STATEMENTS_MAX = 512,       /* kept prepared per connection */
    SQ_BUSY_MS = 2000,             /* only another process could make us wait */
    SQ_READER_WAIT_MS = 10000,     /* for a free reader */
    SQ_IDLE_MS = 1000,             /* without a write, before the log is copied into the file */
    SQ_CHECKPOINT_BYTES = 4 << 20, /* of log, before it is copied into the file under load */
    SQ_LOG_BYTES_MAX = 64 << 20,   /* of log, before readers are waited for so that it can start anew */
    SQ_RESTART_WAIT_MS = 100,
    SQ_CAREFUL_GROUPS = 64,      /* after a group that was spoilt */
    SQ_PARTS_MAX = 64,           /* nested in each other, without savepoints */
    SQ_CACHE_KIB_WRITER = 16384, /* every commit may walk all of it (SQLite 3.40) */
    SQ_CACHE_KIB_READER = 16384,
};

struct sq_stmt {
    struct db_stmt base; /* first: a db_stmt is one of these */
    struct sq_conn *conn;
    sqlite3_stmt *st;
    char *text;
    size_t len;
    uint64_t hash;
    struct sq_stmt *next; /* in its bucket */
    uint64_t used;        /* the connection's turn at its last use */
    bool busy, ended;
    bool writes; /* stepping it may change the database */
};

struct sq_conn {
    sqlite3 *h;
    struct db_tx tx;
    struct sq_stmt *buckets[SQ_BUCKETS];
    struct sq_stmt *recent[SQ_RECENT];
    size_t statements;
    int busy; /* statements in use */
    uint64_t turn;
    bool lost;        /* SQLite itself rolled the transaction back */
    uint64_t changes; /* statements that may change the database, so far */
    /* Of a writer that hopes for the best (sqlite_write.c): no savepoints, only how much had been written at each. */
    bool hopeful;
    bool spoilt; /* a part failed after it had written: all of it must run again, with savepoints */
    uint64_t parts[SQ_PARTS_MAX];
    size_t parts_len;
    int careful;          /* groups to come that hope for nothing */
    struct sq_conn *next; /* idle readers */
    int log_pages;        /* writer: in the write-ahead log after the last commit */
    int log_pages_copied; /* writer: at the last checkpoint */
};

/* A write that waits: on the caller's stack, or (done set) on the heap. */
struct sq_write {
    db_fn fn;
    void *arg;
    void (*done)(void *arg, int result);
    int result;
    atomic_uint ready; /* the caller waits on this word */
    struct sq_write *next;
};

struct sq {
    struct db *db;
    char *path;

    pthread_mutex_t readers_lock;
    pthread_cond_t reader_freed;
    struct sq_conn *readers_idle;
    int readers_open, readers_busy, readers_max;

    struct sq_conn *writer;
    pthread_t thread;
    pthread_mutex_t queue_lock;
    pthread_cond_t queue_filled;
    struct sq_write *head, *tail;
    int queue_len, queue_max, group_max;
    bool stopping;
    struct sq_write **group; /* what the writer is at */

    _Atomic int64_t commits, writes, log_bytes;

    void (*trace_fn)(void *arg, struct str sql, struct str filled);
    void *trace_arg;
};

/* sqlite_conn.c */
int sq_conn_open(struct sq *s, bool writer, struct sq_conn **ret, struct problem *why);
void sq_conn_close(struct sq_conn *c);
/* Maps a result code to an ERR_*, logs what is nobody's input, and notes whether SQLite rolled back. */
int sq_error(struct sq_conn *c, int code, struct str sql);
int sq_script(struct db_tx *tx, struct str sql);
int sq_check(void *impl, struct problem *why);
void sq_trace(void *impl, void (*fn)(void *arg, struct str sql, struct str filled), void *arg);

/* sqlite_stmt.c */
int sq_prepare(struct db_tx *tx, struct str sql, struct db_stmt **ret);
void sq_bind(struct db_stmt *st, int index, struct value v);
int sq_step(struct db_stmt *st);
void sq_done(struct db_stmt *st);
int sq_columns(const struct db_stmt *st);
bool sq_col_null(struct db_stmt *st, int i);
int64_t sq_col_i64(struct db_stmt *st, int i);
struct str sq_col_str(struct db_stmt *st, int i);
int64_t sq_changes(struct db_tx *tx);
/* A statement without values or rows, kept prepared: BEGIN and its like. */
int sq_run(struct sq_conn *c, struct str sql);
/* Ends statements that a function forgot, so that they can't hold a snapshot. */
void sq_statements_settle(struct sq_conn *c);
void sq_statements_free(struct sq_conn *c);

/* sqlite_write.c */
int sq_writer_start(struct sq *s);
void sq_writer_stop(struct sq *s);
int sq_write(void *impl, db_fn fn, void *arg, void (*done)(void *arg, int result));

/* sqlite_fold.c: the SQL function fold(text), case folding for comparisons that ignore case. */
int sq_fold_register(sqlite3 *h);

#endif
