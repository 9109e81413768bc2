/*
 * For tests of the queue: a database with its tables, a queue, and waiting for a state with a limit.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_TEST_JOB_FIXTURE_H
#define TANDEM_TEST_JOB_FIXTURE_H

#include <pthread.h>
#include <stdatomic.h>

#include "job/job_internal.h"
#include "unit/db/db_fixture.h"

struct job_fixture {
    struct fixture *f;
    struct jobs *q;
};

static inline struct job_fixture *job_fixture_new(const struct job_kind *kinds, size_t len)
{
    struct job_fixture *x = xcalloc(1, sizeof(*x));
    x->f = fixture_new();
    assert_int_equal(db_migrate(x->f->db, job_migrations, job_migrations_len, &x->f->why), 0);
    assert_true(fixture_sql(x->f, "CREATE TABLE done (n INTEGER PRIMARY KEY, job TEXT, payload TEXT)") >= 0);
    assert_int_equal(jobs_open(x->f->db, kinds, len, &x->q, &x->f->why), 0);
    return x;
}

static inline void job_fixture_free(struct job_fixture *x)
{
    jobs_free(x->q);
    fixture_free(x->f);
    clock_set_for_test(0);
    free(x);
}

struct enqueueing {
    struct jobs *q;
    struct job_spec spec;
};

static inline int enqueue_fn(struct db_tx *tx, void *arg)
{
    struct enqueueing *e = arg;
    return job_enqueue(e->q, tx, &e->spec);
}

static inline int enqueue(struct job_fixture *x, struct job_spec spec)
{
    struct enqueueing e = {.q = x->q, .spec = spec};
    return db_write(x->f->db, enqueue_fn, &e);
}

/* Waits until the query answers n; fails the test after ten seconds. */
static inline void await_i64(struct job_fixture *x, const char *sql, int64_t n)
{
    int64_t until_ms = clock_mono_ms() + 10000, got = -1;
    while ((got = fixture_i64(x->f, sql)) != n && clock_mono_ms() < until_ms)
        usleep(2000);
    if (got != n)
        print_error("%s\n", sql);
    assert_int_equal(got, n);
}

struct working {
    struct db *db;
    const struct job *job;
};

static inline int work_fn(struct db_tx *tx, void *arg)
{
    struct working *w = arg;
    int r = db_exec(tx, STR("INSERT INTO done (job, payload) VALUES (?, ?)"),
                    DB_VALUES(value_str(w->job->id), value_str(w->job->payload)));
    return r < 0 ? r : job_finish(tx, w->job);
}

/* The work of a good handler: one row, in the transaction that finishes the job. */
static inline int work(struct db *db, const struct job *job)
{
    struct working w = {.db = db, .job = job};
    return db_write(db, work_fn, &w);
}

#endif
