/*
 * The one thread that writes: runs what waits, takes out what fails, commits the rest together, checkpoints.
 * SPDX-License-Identifier: Apache-2.0
 *
 * It never lingers for more: while one group is being flushed the next gathers, so groups grow with the load by
 * themselves.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "db/sqlite_internal.h"

/* A futex and not a condition variable: the word may vanish with the caller's stack as soon as it is set, and a wake-up
 * of an address that is gone does no harm. */
static void futex(atomic_uint *word, int op, unsigned value)
{
    syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static void write_finish(struct sq_write *w)
{
    if (w->done) {
        w->done(w->arg, w->result);
        free(w);
        return;
    }
    atomic_uint *ready = &w->ready;
    atomic_store_explicit(ready, 1, memory_order_release);
    futex(ready, FUTEX_WAKE, 1);
}

static void group_fail(struct sq_write **group, size_t len, int err)
{
    for (size_t i = 0; i < len; i++)
        group[i]->result = err;
}

static void roll_back(struct sq_conn *c)
{
    sq_statements_settle(c);
    if (!sqlite3_get_autocommit(c->h) && sq_run(c, STR("ROLLBACK")) < 0)
        die("the writer can't roll back: %s", sqlite3_errmsg(c->h));
}

enum { GROUP_SPOILT = 1 };

/* Runs the writes of a group. GROUP_SPOILT: one of them, or a part of one, failed after it had written. */
static int group_fill(struct sq *s, struct sq_write **group, size_t len, size_t *ret_good)
{
    struct sq_conn *c = s->writer;
    size_t good = 0;
    for (size_t i = 0; i < len && !c->lost; i++) {
        struct sq_write *w = group[i];
        /* One alone that fails goes with its transaction. */
        w->result = len == 1 ? db_tx_call(&c->tx, w->fn, w->arg) : db_savepoint(&c->tx, w->fn, w->arg);
        good += w->result >= 0;
        if (c->lost)
            return w->result < 0 ? w->result : ERR_INTERNAL;
        if (c->spoilt && (len > 1 || w->result >= 0))
            return GROUP_SPOILT;
    }
    *ret_good = good;
    return 0;
}

/* Runs and commits the group. Otherwise nothing of it was kept: negative, and each result says so only where `len` is
 * 1; or GROUP_SPOILT. */
static int group_try(struct sq *s, struct sq_write **group, size_t len, bool hopeful)
{
    struct sq_conn *c = s->writer;
    size_t good = 0;
    c->lost = c->spoilt = false;
    c->hopeful = hopeful;
    c->parts_len = 0;
    db_tx_reset(&c->tx);
    int r = sq_run(c, STR("BEGIN IMMEDIATE"));
    if (r < 0) {
        group_fail(group, len, r);
        return 0;
    }
    r = group_fill(s, group, len, &good);
    if (r != 0 || !good) {
        roll_back(c);
        return r;
    }
    sq_statements_settle(c);
    r = sq_run(c, STR("COMMIT"));
    if (r < 0) {
        roll_back(c);
        return r;
    }
    atomic_fetch_add(&s->commits, 1);
    atomic_fetch_add(&s->writes, (int64_t)good);
    db_tx_committed(&c->tx);
    return 0;
}

/*
 * A savepoint costs a copy of every page that is touched in it, and there are many in one write; nearly all are kept,
 * and most that fail do so before they wrote anything. So a group first runs without any. Where a part fails after it
 * wrote, all begins again with savepoints, and some groups after it have them at once.
 */
static int group_run_as_one(struct sq *s, struct sq_write **group, size_t len)
{
    struct sq_conn *c = s->writer;
    if (c->careful > 0) {
        c->careful--;
        return group_try(s, group, len, false);
    }
    int r = group_try(s, group, len, true);
    if (r != GROUP_SPOILT)
        return r;
    c->careful = SQ_CAREFUL_GROUPS;
    return group_try(s, group, len, false);
}

static void group_run(struct sq *s, struct sq_write **group, size_t len)
{
    int r = group_run_as_one(s, group, len);
    if (r >= 0)
        return;
    if (len == 1) {
        group[0]->result = r;
        return;
    }
    /* One write may have spoilt it for all (no room for a large one): each gets a commit of its own. */
    for (size_t i = 0; i < len; i++) {
        r = group_try(s, &group[i], 1, false);
        if (r < 0)
            group[i]->result = r;
    }
}

static void deadline_in(struct timespec *ret, int64_t ms)
{
    clock_gettime(CLOCK_MONOTONIC, ret);
    ret->tv_sec += ms / 1000;
    ret->tv_nsec += (ms % 1000) * 1000000;
    if (ret->tv_nsec >= 1000000000) {
        ret->tv_sec++;
        ret->tv_nsec -= 1000000000;
    }
}

/* Takes what waits, up to a group. 0: idle (where `idle_ms` is given) or, with s->stopping, the end. */
static size_t group_take(struct sq *s, int idle_ms)
{
    size_t len = 0;
    struct timespec until;
    deadline_in(&until, idle_ms);
    pthread_mutex_lock(&s->queue_lock);
    while (!s->head && !s->stopping) {
        if (!idle_ms)
            pthread_cond_wait(&s->queue_filled, &s->queue_lock);
        else if (pthread_cond_clockwait(&s->queue_filled, &s->queue_lock, CLOCK_MONOTONIC, &until) == ETIMEDOUT)
            break;
    }
    while (s->head && len < (size_t)s->group_max) {
        struct sq_write *w = s->head;
        s->head = w->next;
        s->group[len++] = w;
        s->queue_len--;
    }
    if (!s->head)
        s->tail = NULL;
    pthread_mutex_unlock(&s->queue_lock);
    return len;
}

static int64_t log_bytes(int pages)
{
    return (int64_t)pages * 4096;
}

/* Copies the log into the file. Readers are not waited for, until they keep the log from starting anew for too long. */
static void checkpoint(struct sq *s)
{
    struct sq_conn *c = s->writer;
    bool restart = log_bytes(c->log_pages) > SQ_LOG_BYTES_MAX;
    if (restart)
        sqlite3_busy_timeout(c->h, SQ_RESTART_WAIT_MS);
    int code = sqlite3_wal_checkpoint_v2(c->h, NULL, restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE,
                                         NULL, NULL);
    if (restart)
        sqlite3_busy_timeout(c->h, SQ_BUSY_MS);
    /* What could not be copied stays in the log, so nothing is lost; the next one tries again. */
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
        LOG(WARN, "the log could not be copied into the database file", ARG("reason", str_of(sqlite3_errstr(code))));
    c->log_pages_copied = c->log_pages;
}

static void checkpoint_if_due(struct sq *s, bool idle)
{
    struct sq_conn *c = s->writer;
    atomic_store(&s->log_bytes, log_bytes(c->log_pages));
    if (c->log_pages < c->log_pages_copied)
        c->log_pages_copied = 0; /* the log began anew */
    int new_pages = c->log_pages - c->log_pages_copied;
    if (new_pages > 0 && (idle || log_bytes(new_pages) >= SQ_CHECKPOINT_BYTES))
        checkpoint(s);
}

static void *writer_main(void *arg)
{
    struct sq *s = arg;
    pthread_setname_np(pthread_self(), "db-writer");
    for (;;) {
        bool copied = s->writer->log_pages == s->writer->log_pages_copied;
        size_t len = group_take(s, copied ? 0 : SQ_IDLE_MS);
        if (len) {
            group_run(s, s->group, len);
            for (size_t i = 0; i < len; i++)
                write_finish(s->group[i]);
        }
        checkpoint_if_due(s, len == 0);
        pthread_mutex_lock(&s->queue_lock);
        bool end = s->stopping && !s->head;
        pthread_mutex_unlock(&s->queue_lock);
        if (end)
            return NULL;
    }
}

int sq_writer_start(struct sq *s)
{
    s->group = xcalloc((size_t)s->group_max, sizeof(struct sq_write *));
    /* Signals are for the main thread. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pthread_create(&s->thread, NULL, writer_main, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err ? ERR_UNAVAILABLE : 0;
}

void sq_writer_stop(struct sq *s)
{
    pthread_mutex_lock(&s->queue_lock);
    s->stopping = true;
    pthread_cond_signal(&s->queue_filled);
    pthread_mutex_unlock(&s->queue_lock);
    pthread_join(s->thread, NULL);
    free(s->group);
}

static int queue_put(struct sq *s, struct sq_write *w)
{
    int r = 0;
    bool first = false;
    pthread_mutex_lock(&s->queue_lock);
    if (s->stopping || s->queue_len >= s->queue_max) {
        r = ERR_UNAVAILABLE;
    } else {
        if (s->tail)
            s->tail->next = w;
        else
            s->head = w;
        s->tail = w;
        first = s->queue_len++ == 0;
    }
    pthread_mutex_unlock(&s->queue_lock);
    if (first)
        pthread_cond_signal(&s->queue_filled);
    return r;
}

int sq_write(void *impl, db_fn fn, void *arg, void (*done)(void *arg, int result))
{
    struct sq *s = impl;
    if (done) {
        struct sq_write *w = xcalloc(1, sizeof(*w));
        *w = (struct sq_write){.fn = fn, .arg = arg, .done = done};
        int r = queue_put(s, w);
        if (r < 0)
            free(w);
        return r;
    }
    assert(!pthread_equal(pthread_self(), s->thread));
    struct sq_write w = {.fn = fn, .arg = arg};
    int r = queue_put(s, &w);
    if (r < 0)
        return r;
    while (!atomic_load_explicit(&w.ready, memory_order_acquire))
        futex(&w.ready, FUTEX_WAIT, 0);
    return w.result;
}
