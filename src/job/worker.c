/*
 * A worker: takes a leased job, runs its handler, and settles what the handler did not.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "job/job_internal.h"
#include "job/job_sql.h"

void job_run_free(struct run *r)
{
    if (!r)
        return;
    arena_release(&r->arena);
    free(r);
}

static int still_held(struct db_tx *tx, void *arg)
{
    const struct job *j = arg;
    int64_t held;
    int r = db_query_i64(tx, SQL_JOB_HELD, DB_VALUES(value_int(j->seq), value_int(j->fence)), 0, &held);
    return r < 0 ? r : held > 0;
}

struct failing {
    struct job_hold hold;
    int err;
    struct str error_json;
};

static int fail_write(struct db_tx *tx, void *arg)
{
    struct failing *f = arg;
    return job_fail(tx, &f->hold, f->err, f->error_json);
}

static void run_failed(struct jobs *q, const struct job *j, int err, const struct problem *why)
{
    CLEANUP(buf_release) struct buf json = {0};
    buf_init(&json, 1 << 20);
    job_error_json(why, err, &json);
    if (buf_failed(&json)) {
        buf_clear(&json);
        job_error_json(NULL, err, &json);
    }
    struct failing f = {.hold = job_hold_of(j), .err = err, .error_json = buf_str(&json)};
    int r = db_write(q->db, fail_write, &f);
    /* A lost lease means that somebody else has the job now. Any other failure is healed by the lease running out. */
    LOG(WARN, "a job failed", ARG("id", j->id), ARG("kind", j->kind), ARG("error", str_of(err_name(err))),
        ARG("kept", str_of(r < 0 ? err_name(r) : "yes")));
}

static const struct job_kind *kind_of(const struct jobs *q, struct str kind)
{
    for (size_t i = 0; i < q->kinds_len; i++) {
        if (str_is(kind, q->kinds[i].kind))
            return &q->kinds[i];
    }
    return NULL;
}

static void run_one(struct jobs *q, struct run *run)
{
    struct job *j = &run->job;
    struct problem why;
    problem_init(&why, &run->arena);
    const struct job_kind *kind = kind_of(q, j->kind);
    int r = kind ? kind->run(kind->ctx, j, &run->arena, &why) : PROBLEM(&why, JOB_NO_KIND, ARG("kind", j->kind));
    if (r >= 0) {
        int held = db_read(q->db, still_held, j);
        if (held == 1)
            r = PROBLEM(&why, JOB_UNFINISHED, ARG("kind", j->kind));
    }
    if (r < 0)
        run_failed(q, j, r, &why);
    if (r < 0 || !str_empty(j->lane))
        jobs_wake(q); /* the lane's next one, or the time of the next attempt */
}

/* Called with the lock held. */
static struct run *take(struct jobs *q)
{
    while (!q->head && !q->stopping)
        pthread_cond_wait(&q->work, &q->lock);
    if (q->stopping)
        return NULL;
    struct run *run = q->head;
    q->head = run->next;
    if (!q->head)
        q->tail = NULL;
    run->next = NULL;
    run->started_ms = clock_mono_ms();
    q->line_len--;
    if (q->more && q->line_len <= q->line_max / 2)
        pthread_cond_signal(&q->wake);
    return run;
}

static void held_remove(struct jobs *q, struct run *run)
{
    if (run->held_prev)
        run->held_prev->held_next = run->held_next;
    else
        q->held = run->held_next;
    if (run->held_next)
        run->held_next->held_prev = run->held_prev;
}

void *job_worker_main(void *arg)
{
    struct jobs *q = arg;
    pthread_setname_np(pthread_self(), "job-worker");
    pthread_mutex_lock(&q->lock);
    struct run *run;
    while ((run = take(q))) {
        pthread_mutex_unlock(&q->lock);
        run_one(q, run);
        pthread_mutex_lock(&q->lock);
        held_remove(q, run);
        job_run_free(run);
    }
    q->workers_ended++;
    pthread_cond_signal(&q->ended);
    pthread_mutex_unlock(&q->lock);
    return NULL;
}
