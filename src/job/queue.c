/*
 * The queue as a thing that runs: opening, starting and stopping its threads.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "job/job_internal.h"

int jobs_open(struct db *db, const struct job_kind *kinds, size_t len, struct jobs **ret, struct problem *why UNUSED)
{
    struct jobs *q = xcalloc(1, sizeof(*q));
    q->db = db;
    q->kinds = kinds;
    q->kinds_len = len;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->work, NULL);
    pthread_cond_init(&q->wake, NULL);
    pthread_cond_init(&q->ended, NULL);
    *ret = q;
    return 0;
}

static int orphans_write(struct db_tx *tx, void *arg UNUSED)
{
    return jobs_orphans(tx);
}

int jobs_start(struct jobs *q, int workers)
{
    assert(!q->started && workers > 0);
    if (workers > JOB_WORKERS_MAX)
        workers = JOB_WORKERS_MAX;
    /* Where this process has the database alone, whoever holds a lease is dead. */
    int r = db_shared(q->db) ? 0 : db_write(q->db, orphans_write, NULL);
    if (r < 0)
        return r;
    q->line_max = workers * JOB_QUEUE_PER_WORKER;
    if (q->line_max > JOB_QUEUE_MAX)
        q->line_max = JOB_QUEUE_MAX;
    q->workers = workers;
    q->threads = xcalloc((size_t)workers, sizeof(*q->threads));
    q->renewed_ms = q->cleaned_ms = clock_mono_ms();
    q->expired_ms = clock_mono_ms() - JOB_POLL_MS;
    q->started = true;
    /* Signals are for the main thread. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (int i = 0; i < workers; i++) {
        if (pthread_create(&q->threads[i], NULL, job_worker_main, q))
            die("a worker's thread can't be started");
    }
    if (pthread_create(&q->dispatcher, NULL, job_dispatch_main, q))
        die("the dispatcher's thread can't be started");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return 0;
}

void jobs_stop(struct jobs *q)
{
    if (!q->started)
        return;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += JOB_STOP_MS_MAX / 1000;
    pthread_mutex_lock(&q->lock);
    q->stopping = true;
    pthread_cond_broadcast(&q->work);
    pthread_cond_broadcast(&q->wake);
    pthread_mutex_unlock(&q->lock);
    pthread_join(q->dispatcher, NULL);
    pthread_mutex_lock(&q->lock);
    while (q->workers_ended < q->workers) {
        if (pthread_cond_clockwait(&q->ended, &q->lock, CLOCK_MONOTONIC, &until) == ETIMEDOUT)
            break;
    }
    q->abandoned = q->workers_ended < q->workers;
    pthread_mutex_unlock(&q->lock);
    q->started = false;
    if (q->abandoned) {
        LOG(WARN, "some jobs still run; their leases will run out");
        return;
    }
    for (int i = 0; i < q->workers; i++)
        pthread_join(q->threads[i], NULL);
    while (q->head) {
        struct run *run = q->head;
        q->head = run->next;
        job_run_free(run);
    }
    q->tail = NULL;
    q->held = NULL;
    q->line_len = 0;
}

struct jobs *jobs_free(struct jobs *q)
{
    if (!q)
        return NULL;
    jobs_stop(q);
    /* A thread that never ended still looks at it. */
    if (q->abandoned)
        return NULL;
    pthread_mutex_destroy(&q->lock);
    pthread_cond_destroy(&q->work);
    pthread_cond_destroy(&q->wake);
    pthread_cond_destroy(&q->ended);
    free(q->threads);
    free(q);
    return NULL;
}
