/*
 * The part of db/ that is the same for every back end: arguments, errors, notes, and the calls of the back end.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "db/db_internal.h"

#include <stdlib.h>

int db_open(const struct db_options *o, struct db **ret, struct problem *why)
{
    assert(o && o->path && ret);
    struct db_options set = *o;
    if (set.readers_max <= 0)
        set.readers_max = DB_READERS_DEFAULT;
    if (set.queue_max <= 0)
        set.queue_max = DB_QUEUE_DEFAULT;
    if (set.group_max <= 0)
        set.group_max = DB_GROUP_DEFAULT;
    struct db *db = xcalloc(1, sizeof(*db));
    db->ops = &db_sqlite_ops;
    int r = db->ops->open(db, &set, &db->impl, why);
    if (r < 0) {
        free(db);
        return r;
    }
    *ret = db;
    return 0;
}

struct db *db_free(struct db *db)
{
    if (!db)
        return NULL;
    db->ops->close(db->impl);
    free(db);
    return NULL;
}

int db_read(struct db *db, db_fn fn, void *arg)
{
    assert(db && fn);
    struct db_tx *tx;
    int r = db->ops->read_begin(db->impl, &tx);
    if (r < 0)
        return r;
    r = db_tx_call(tx, fn, arg);
    db->ops->read_end(tx);
    return r;
}

int db_write(struct db *db, db_fn fn, void *arg)
{
    assert(db && fn);
    return db->ops->write(db->impl, fn, arg, NULL);
}

int db_write_async(struct db *db, db_fn fn, void *arg, void (*done)(void *arg, int result))
{
    assert(db && fn && done);
    return db->ops->write(db->impl, fn, arg, done);
}

int db_tx_call(struct db_tx *tx, db_fn fn, void *arg)
{
    int outer_err = tx->err;
    size_t outer_mark = tx->notes_mark, notes_len = tx->notes_len;
    tx->err = 0;
    tx->notes_mark = notes_len;
    int r = fn(tx, arg);
    if (r >= 0 && tx->err < 0) {
        /* PostgreSQL would refuse everything after the error; answering alike here keeps such code from working by
         * luck. */
        LOG(WARN, "a database function did not return the error of its statement",
            ARG("error", str_of(err_name(tx->err))));
        r = tx->err;
    }
    if (r < 0)
        tx->notes_len = notes_len;
    tx->err = outer_err;
    tx->notes_mark = outer_mark;
    return r;
}

int db_savepoint(struct db_tx *tx, db_fn fn, void *arg)
{
    const struct db_ops *ops = tx->db->ops;
    int r = ops->savepoint_begin(tx);
    if (r < 0)
        return r;
    size_t notes_before = tx->notes_len;
    r = db_tx_call(tx, fn, arg);
    int ended = ops->savepoint_end(tx, r >= 0);
    if (ended < 0) {
        tx->err = tx->err ? tx->err : ended;
        tx->notes_len = notes_before;
        return r < 0 ? r : ended;
    }
    return r;
}

int db_lock(struct db_tx *tx, struct str key)
{
    assert(tx->write);
    return tx->db->ops->lock ? tx->db->ops->lock(tx, key) : 0;
}

bool db_is_write(const struct db_tx *tx)
{
    return tx->write;
}

struct db *db_of(struct db_tx *tx)
{
    return tx->db;
}

bool db_shared(const struct db *db)
{
    return db->ops->shared;
}

void db_on_commit(struct db *db, void (*fn)(void *arg), void *arg)
{
    size_t len = atomic_load_explicit(&db->hooks_len, memory_order_acquire);
    assert(fn && len < DB_HOOKS_MAX);
    db->hooks[len] = (struct db_hook){.fn = fn, .arg = arg};
    atomic_store_explicit(&db->hooks_len, len + 1, memory_order_release);
}

void db_after_commit(struct db_tx *tx, void (*fn)(void *arg, int64_t n), void *arg, int64_t n)
{
    assert(tx->write && fn);
    if (tx->notes_len > tx->notes_mark) {
        struct db_note *last = &tx->notes[tx->notes_len - 1];
        if (last->fn == fn && last->arg == arg) {
            last->n = n;
            return;
        }
    }
    if (tx->notes_len == tx->notes_cap) {
        tx->notes_cap = tx->notes_cap ? tx->notes_cap * 2 : 16;
        tx->notes = xrealloc(tx->notes, tx->notes_cap * sizeof(*tx->notes));
    }
    tx->notes[tx->notes_len++] = (struct db_note){.fn = fn, .arg = arg, .n = n};
}

/* A group of many writes leaves many like notes; only the last of them matters, and looking a little ahead finds most.
 */
static bool note_again(const struct db_tx *tx, size_t i)
{
    for (size_t j = i + 1; j < tx->notes_len && j <= i + 8; j++) {
        if (tx->notes[j].fn == tx->notes[i].fn && tx->notes[j].arg == tx->notes[i].arg)
            return true;
    }
    return false;
}

void db_tx_committed(struct db_tx *tx)
{
    for (size_t i = 0; i < tx->notes_len; i++) {
        if (!note_again(tx, i))
            tx->notes[i].fn(tx->notes[i].arg, tx->notes[i].n);
    }
    tx->notes_len = 0;
    size_t len = atomic_load_explicit(&tx->db->hooks_len, memory_order_acquire);
    for (size_t i = 0; i < len; i++)
        tx->db->hooks[i].fn(tx->db->hooks[i].arg);
}

void db_tx_reset(struct db_tx *tx)
{
    tx->err = 0;
    tx->notes_len = tx->notes_mark = 0;
}

void db_tx_release(struct db_tx *tx)
{
    free(tx->notes);
    tx->notes = NULL;
    tx->notes_len = tx->notes_cap = tx->notes_mark = 0;
}

int db_check(struct db *db, struct problem *why)
{
    return db->ops->check(db->impl, why);
}

struct db_stats db_stats(struct db *db)
{
    struct db_stats s = {0};
    db->ops->stats(db->impl, &s);
    return s;
}

void db_trace(struct db *db, void (*fn)(void *arg, struct str sql, struct str filled), void *arg)
{
    db->ops->trace(db->impl, fn, arg);
}
