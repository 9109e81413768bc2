/*
 * The log as a thing that is open: what is sealed, who waits for more, and the last checkpoint.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "event/event_internal.h"
#include "event/event_sql.h"

struct opening {
    struct event_log *log;
    int64_t last;
};

/* Where the tail no longer holds what was signed last, the log has lost events. It still opens, so that it can be
 * examined. */
static int checkpoint_look(struct db_tx *tx, struct event_log *log)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL, *at = NULL;
    int r = db_prepare(tx, SQL_EVENT_CHECKPOINT_LAST, &st);
    if (r >= 0)
        r = db_step(st);
    if (r <= 0)
        return r;
    int64_t seq = db_col_i64(st, 0);
    struct str hash = db_col_str(st, 1);
    bool fits = event_checkpoint_fits(&log->keys, seq, hash, db_col_i64(st, 2), db_col_str(st, 3));
    r = db_prepare(tx, SQL_EVENT_HASH_AT, &at);
    if (r < 0)
        return r;
    db_bind_i64(at, 1, seq);
    r = db_step(at);
    if (r < 0)
        return r;
    if (!fits || r == 0 || !str_eq(db_col_str(at, 0), hash))
        LOG(ERROR, "the event log does not hold what its last checkpoint signed; verify it");
    return 0;
}

static int log_look(struct db_tx *tx, void *arg)
{
    struct opening *o = arg;
    int r = checkpoint_look(tx, o->log);
    return r < 0 ? r : event_last_seq(tx, &o->last);
}

int event_log_open(struct db *db, const struct keys *keys, struct event_log **ret, struct problem *why)
{
    struct event_log *log = xcalloc(1, sizeof(*log));
    log->db = db;
    log->keys = *keys;
    struct opening o = {.log = log};
    int r = db_read(db, log_look, &o);
    if (r < 0) {
        int said = PROBLEM(why, DB_DAMAGED, ARG("reason", STR("the event log can't be read")));
        (void)said;
        free(log);
        return r;
    }
    atomic_init(&log->sealed, o.last);
    pthread_mutex_init(&log->lock, NULL);
    pthread_cond_init(&log->sealed_changed, NULL);
    *ret = log;
    return 0;
}

static int checkpoint_last(struct db_tx *tx, void *arg)
{
    struct event_log *log = arg;
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    int r = db_prepare(tx, SQL_EVENT_TAIL, &st);
    if (r >= 0)
        r = db_step(st);
    if (r <= 0)
        return r;
    struct str hash = db_col_str(st, 1);
    if (hash.len != HASH_BYTES)
        return ERR_INTERNAL;
    return event_checkpoint_write(&log->keys, tx, db_col_i64(st, 0), (const uint8_t *)hash.ptr);
}

struct event_log *event_log_free(struct event_log *log)
{
    if (!log)
        return NULL;
    int r = db_write(log->db, checkpoint_last, log);
    if (r < 0)
        LOG(WARN, "the last checkpoint of the event log could not be written", ARG("error", str_of(err_name(r))));
    pthread_mutex_destroy(&log->lock);
    pthread_cond_destroy(&log->sealed_changed);
    /* The keys must not stay in memory that somebody else gets. */
    explicit_bzero(&log->keys, sizeof(log->keys));
    free(log);
    return NULL;
}

int64_t event_sealed(struct event_log *log)
{
    return atomic_load(&log->sealed);
}

int64_t event_wait(struct event_log *log, int64_t after_seq, int timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + (int64_t)timeout_ms * 1000000;
    until.tv_sec += (time_t)(ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    pthread_mutex_lock(&log->lock);
    while (atomic_load(&log->sealed) <= after_seq) {
        if (pthread_cond_clockwait(&log->sealed_changed, &log->lock, CLOCK_MONOTONIC, &until) == ETIMEDOUT)
            break;
    }
    pthread_mutex_unlock(&log->lock);
    return atomic_load(&log->sealed);
}

void event_on_sealed(struct event_log *log, void (*fn)(void *arg, int64_t last_seq), void *arg)
{
    size_t len = atomic_load(&log->hooks_len);
    assert(fn && len < EVENT_HOOKS_MAX);
    log->hooks[len].fn = fn;
    log->hooks[len].arg = arg;
    atomic_store(&log->hooks_len, len + 1);
}
