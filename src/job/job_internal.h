/*
 * What the files of job/ share, private to them and their tests: the queue, its runs, the moves of a row.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_JOB_JOB_INTERNAL_H
#define TANDEM_JOB_JOB_INTERNAL_H

#include <pthread.h>

#include "job/job.h"

enum {
    JOB_COLUMNS = 16,
    JOB_QUEUE_PER_WORKER = 4,
    JOB_QUEUE_MAX = 64, /* leased at once by one process */
    JOB_WORKERS_MAX = 64,
    JOB_POLL_MS = 1000, /* due jobs and expired leases are looked for at least so often */
    JOB_RENEW_MS = JOB_LEASE_MS / 3,
    JOB_RUN_MS_MAX = 900000, /* a handler that runs longer loses its lease */
    JOB_STOP_MS_MAX = 8000,
    JOB_BACKOFF_MS_FIRST = 1000,
    JOB_BACKOFF_MS_MAX = 3600000,
    JOB_KEEP_MS = 7 * 86400000, /* done ones */
    JOB_CLEAN_MS = 60000,       /* between two cleanings */
    JOB_CLEAN_BATCH = 500,
    JOB_LOST_MAX = 50, /* times that the server died while it held a job, before the job is blamed */
};

/* A leased job in this process: waits for a worker, or runs. */
struct run {
    struct job job;
    struct arena arena;
    int64_t started_ms; /* monotonic; 0 while it waits */
    struct run *next;   /* in the line for workers */
    struct run *held_next, *held_prev;
};

struct jobs {
    struct db *db;
    const struct job_kind *kinds;
    size_t kinds_len;

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t work;  /* for workers: a run, or the end */
    pthread_cond_t wake;  /* for the dispatcher */
    pthread_cond_t ended; /* for jobs_stop(): a worker ended */
    struct run *head, *tail;
    int line_len, line_max;
    struct run *held; /* every run of this process */
    bool woken, more, stopping, started, abandoned;
    int workers, workers_ended;
    pthread_t dispatcher;
    pthread_t *threads;
    int64_t renewed_ms, expired_ms, cleaned_ms; /* monotonic; the dispatcher's own */
};

/* row.c */
void job_of_row(struct db_stmt *st, struct arena *a, struct job *ret);
/* A seq and fence, so that moves need no whole job. */
struct job_hold {
    int64_t seq, fence;
    struct str lane;
    int attempts, attempts_max;
};
struct job_hold job_hold_of(const struct job *j);

/* move.c: inside a write transaction. A lost lease is ERR_CONFLICT. */
int job_fail(struct db_tx *tx, const struct job_hold *h, int err, struct str error_json);
bool job_err_is_final(int err);
int64_t job_backoff_ms(int attempts, uint32_t random);
void job_error_json(const struct problem *why, int err, struct buf *out);
int jobs_expire(struct db_tx *tx);  /* leases that ran out: waiting again, or dead */
int jobs_orphans(struct db_tx *tx); /* leases of a process that died */
int jobs_clean(struct db_tx *tx);   /* old done ones; returns how many, at most JOB_CLEAN_BATCH */

/* worker.c */
void *job_worker_main(void *arg);
void job_run_free(struct run *r);

/* dispatch.c */
void *job_dispatch_main(void *arg);
void jobs_wake(struct jobs *q);

#endif
