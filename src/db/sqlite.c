/*
 * The SQLite back end: opening and closing, the pool of readers, and the table that ties its parts together.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "db/sqlite_internal.h"

static void sq_close(void *impl)
{
    struct sq *s = impl;
    sq_writer_stop(s);
    pthread_mutex_lock(&s->readers_lock);
    while (s->readers_busy)
        pthread_cond_wait(&s->reader_freed, &s->readers_lock);
    pthread_mutex_unlock(&s->readers_lock);
    while (s->readers_idle) {
        struct sq_conn *c = s->readers_idle;
        s->readers_idle = c->next;
        sq_conn_close(c);
    }
    /* The writer is the last one, so its close copies the rest of the log and removes it. */
    sq_conn_close(s->writer);
    pthread_mutex_destroy(&s->readers_lock);
    pthread_cond_destroy(&s->reader_freed);
    pthread_mutex_destroy(&s->queue_lock);
    pthread_cond_destroy(&s->queue_filled);
    free(s->path);
    free(s);
}

/* Counting SQLite's memory would take one lock for every piece, in all threads. */
static void configure(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int sq_open(struct db *db, const struct db_options *o, void **ret_impl, struct problem *why)
{
    static pthread_once_t configured = PTHREAD_ONCE_INIT;
    (void)pthread_once(&configured, configure);
    struct sq *s = xcalloc(1, sizeof(*s));
    s->db = db;
    s->path = xstrdup(o->path);
    s->readers_max = o->readers_max;
    s->queue_max = o->queue_max;
    s->group_max = o->group_max;
    int r = sq_conn_open(s, true, &s->writer, why);
    if (r < 0) {
        free(s->path);
        free(s);
        return r;
    }
    pthread_mutex_init(&s->readers_lock, NULL);
    pthread_cond_init(&s->reader_freed, NULL);
    pthread_mutex_init(&s->queue_lock, NULL);
    pthread_cond_init(&s->queue_filled, NULL);
    if (sq_writer_start(s) < 0)
        die("the writer's thread can't be started");
    *ret_impl = s;
    return 0;
}

/* Waits for a reader; *ret stays NULL where a new one may be opened. Called with the lock held. */
static int reader_wait(struct sq *s, struct sq_conn **ret)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += SQ_READER_WAIT_MS / 1000;
    while (!s->readers_idle && s->readers_open >= s->readers_max) {
        if (pthread_cond_clockwait(&s->reader_freed, &s->readers_lock, CLOCK_MONOTONIC, &until) == ETIMEDOUT)
            return ERR_UNAVAILABLE;
    }
    struct sq_conn *c = s->readers_idle;
    if (c)
        s->readers_idle = c->next;
    else
        s->readers_open++;
    s->readers_busy++;
    *ret = c;
    return 0;
}

static void reader_give(struct sq *s, struct sq_conn *c)
{
    pthread_mutex_lock(&s->readers_lock);
    if (c) {
        c->next = s->readers_idle;
        s->readers_idle = c;
    } else {
        s->readers_open--;
    }
    s->readers_busy--;
    pthread_cond_signal(&s->reader_freed); /* closing waits for it too, but then nobody else does */
    pthread_mutex_unlock(&s->readers_lock);
}

static int sq_read_begin(void *impl, struct db_tx **ret)
{
    struct sq *s = impl;
    struct sq_conn *c = NULL;
    pthread_mutex_lock(&s->readers_lock);
    int r = reader_wait(s, &c);
    pthread_mutex_unlock(&s->readers_lock);
    if (r < 0)
        return r;
    if (!c)
        r = sq_conn_open(s, false, &c, NULL);
    if (r >= 0) {
        c->lost = false;
        db_tx_reset(&c->tx);
        r = sq_run(c, STR("BEGIN"));
    }
    if (r < 0) {
        reader_give(s, c);
        return r;
    }
    *ret = &c->tx;
    return 0;
}

static void sq_read_end(struct db_tx *tx)
{
    struct sq_conn *c = tx->conn;
    struct sq *s = tx->db->impl;
    sq_statements_settle(c);
    /* After a page that is damaged nothing can be committed, and there is nothing to commit. */
    if (!sqlite3_get_autocommit(c->h) && sq_run(c, STR("COMMIT")) < 0 && !sqlite3_get_autocommit(c->h) &&
        sq_run(c, STR("ROLLBACK")) < 0) {
        sq_conn_close(c);
        c = NULL;
    }
    reader_give(s, c);
}

static int sq_savepoint_begin(struct db_tx *tx)
{
    struct sq_conn *c = tx->conn;
    if (c->lost)
        return tx->err ? tx->err : ERR_INTERNAL;
    if (!c->hopeful)
        return sq_run(c, STR("SAVEPOINT part"));
    if (c->parts_len < SQ_PARTS_MAX)
        c->parts[c->parts_len] = c->changes;
    c->parts_len++;
    return 0;
}

static int hopeful_end(struct sq_conn *c, bool keep)
{
    c->parts_len--;
    bool wrote = c->parts_len >= SQ_PARTS_MAX || c->changes != c->parts[c->parts_len];
    c->spoilt = c->spoilt || (!keep && wrote);
    return 0;
}

static int sq_savepoint_end(struct db_tx *tx, bool keep)
{
    struct sq_conn *c = tx->conn;
    if (c->lost)
        return ERR_INTERNAL;
    if (c->hopeful)
        return hopeful_end(c, keep);
    int r = keep ? 0 : sq_run(c, STR("ROLLBACK TO part"));
    return r < 0 ? r : sq_run(c, STR("RELEASE part"));
}

static void sq_stats(void *impl, struct db_stats *ret)
{
    struct sq *s = impl;
    ret->commits = atomic_load(&s->commits);
    ret->writes = atomic_load(&s->writes);
    ret->wal_bytes = atomic_load(&s->log_bytes);
    pthread_mutex_lock(&s->queue_lock);
    ret->waiting = s->queue_len;
    pthread_mutex_unlock(&s->queue_lock);
}

const struct db_ops db_sqlite_ops = {
    .name = "sqlite",
    .shared = false,
    .open = sq_open,
    .close = sq_close,
    .read_begin = sq_read_begin,
    .read_end = sq_read_end,
    .write = sq_write,
    .savepoint_begin = sq_savepoint_begin,
    .savepoint_end = sq_savepoint_end,
    .lock = NULL,
    .prepare = sq_prepare,
    .bind = sq_bind,
    .step = sq_step,
    .done = sq_done,
    .columns = sq_columns,
    .col_null = sq_col_null,
    .col_i64 = sq_col_i64,
    .col_str = sq_col_str,
    .changes = sq_changes,
    .script = sq_script,
    .table_columns = {.ptr = "SELECT name FROM pragma_table_info(?) ORDER BY cid",
                      .len = sizeof("SELECT name FROM pragma_table_info(?) ORDER BY cid") - 1},
    .check = sq_check,
    .stats = sq_stats,
    .trace = sq_trace,
};
