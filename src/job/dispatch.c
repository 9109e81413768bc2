/*
 * The dispatcher: leases what is due, hands it to the workers, renews leases, takes back what ran out.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>

#include "job/job_internal.h"
#include "job/job_sql.h"

void jobs_wake(struct jobs *q)
{
    pthread_mutex_lock(&q->lock);
    q->woken = true;
    pthread_mutex_unlock(&q->lock);
    pthread_cond_signal(&q->wake);
}

struct leasing {
    int room;
    bool expire;
    struct run *first, *last; /* out */
    int leased;
    int64_t next_due_ms; /* out: of what waits; INT64_MAX: nothing */
};

static void leasing_drop(struct leasing *l)
{
    while (l->first) {
        struct run *run = l->first;
        l->first = run->next;
        job_run_free(run);
    }
    l->last = NULL;
    l->leased = 0;
}

static int lease_due(struct db_tx *tx, struct leasing *l)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    int r = db_prepare(tx, SQL_JOB_LEASE, &st);
    if (r < 0)
        return r;
    int64_t now = clock_now_ms();
    db_bind_i64(st, 1, now + JOB_LEASE_MS);
    db_bind_i64(st, 2, now);
    db_bind_i64(st, 3, now);
    db_bind_i64(st, 4, l->room);
    while ((r = db_step(st)) > 0) {
        struct run *run = xcalloc(1, sizeof(*run));
        arena_init(&run->arena);
        job_of_row(st, &run->arena, &run->job);
        if (l->last)
            l->last->next = run;
        else
            l->first = run;
        l->last = run;
        l->leased++;
    }
    return r;
}

static int lease_write(struct db_tx *tx, void *arg)
{
    struct leasing *l = arg;
    leasing_drop(l); /* this may be a second run, after a commit that failed */
    int r = l->expire ? jobs_expire(tx) : 0;
    if (r >= 0)
        r = lease_due(tx, l);
    if (r >= 0)
        r = db_query_i64(tx, SQL_JOB_NEXT_DUE, NULL, 0, INT64_MAX, &l->next_due_ms);
    return r;
}

static void hand_over(struct jobs *q, struct leasing *l)
{
    pthread_mutex_lock(&q->lock);
    q->more = l->leased >= l->room;
    for (struct run *run = l->first; run; run = run->next) {
        run->held_prev = NULL;
        run->held_next = q->held;
        if (q->held)
            q->held->held_prev = run;
        q->held = run;
    }
    if (l->first) {
        if (q->tail)
            q->tail->next = l->first;
        else
            q->head = l->first;
        q->tail = l->last;
        q->line_len += l->leased;
        pthread_cond_broadcast(&q->work);
    }
    pthread_mutex_unlock(&q->lock);
}

/* Leases what there is room for. Returns how long to wait for the next, in milliseconds. */
static int64_t lease(struct jobs *q, int room)
{
    int64_t mono = clock_mono_ms();
    struct leasing l = {.room = room, .expire = mono - q->expired_ms >= JOB_POLL_MS, .next_due_ms = INT64_MAX};
    int r = db_write(q->db, lease_write, &l);
    if (r < 0) {
        leasing_drop(&l);
        l.room = INT_MAX; /* nothing is known to be there, so nothing hurries */
        hand_over(q, &l);
        LOG(WARN, "jobs can't be leased just now", ARG("error", str_of(err_name(r))));
        return JOB_POLL_MS;
    }
    if (l.expire)
        q->expired_ms = mono;
    hand_over(q, &l);
    if (l.leased >= room)
        return JOB_POLL_MS; /* there may be more, but workers say when there is room for it */
    int64_t wait_ms = l.next_due_ms == INT64_MAX ? JOB_POLL_MS : l.next_due_ms - clock_now_ms();
    return wait_ms < 1 ? 1 : (wait_ms > JOB_POLL_MS ? JOB_POLL_MS : wait_ms);
}

struct renewal {
    struct job_hold holds[JOB_QUEUE_MAX + JOB_WORKERS_MAX];
    size_t len;
};

static int renew_write(struct db_tx *tx, void *arg)
{
    struct renewal *n = arg;
    int64_t until = clock_now_ms() + JOB_LEASE_MS;
    int r = 0;
    for (size_t i = 0; i < n->len && r >= 0; i++)
        r = db_exec(tx, SQL_JOB_RENEW,
                    DB_VALUES(value_int(until), value_int(n->holds[i].seq), value_int(n->holds[i].fence)));
    return r;
}

/* What waits here for a worker or still runs keeps its lease, but a handler that hangs loses it in the end. */
static void renew(struct jobs *q)
{
    struct renewal n = {.len = 0};
    int64_t mono = clock_mono_ms();
    q->renewed_ms = mono;
    pthread_mutex_lock(&q->lock);
    for (struct run *run = q->held; run && n.len < ARRAY_LEN(n.holds); run = run->held_next) {
        if (!run->started_ms || mono - run->started_ms < JOB_RUN_MS_MAX)
            n.holds[n.len++] = job_hold_of(&run->job);
    }
    pthread_mutex_unlock(&q->lock);
    int r = n.len ? db_write(q->db, renew_write, &n) : 0;
    if (r < 0)
        LOG(WARN, "leases can't be renewed just now", ARG("error", str_of(err_name(r))));
}

static int clean_write(struct db_tx *tx, void *arg UNUSED)
{
    return jobs_clean(tx);
}

static void keep_house(struct jobs *q)
{
    int64_t mono = clock_mono_ms();
    if (mono - q->renewed_ms >= JOB_RENEW_MS)
        renew(q);
    if (mono - q->cleaned_ms < JOB_CLEAN_MS)
        return;
    int r = db_write(q->db, clean_write, NULL);
    /* A full batch: there is more, so the next one comes soon. */
    q->cleaned_ms = r == JOB_CLEAN_BATCH ? mono - JOB_CLEAN_MS + JOB_POLL_MS : mono;
}

/* Waits until there is room and a reason to look. Returns the room; negative: the end. */
static int wait_for_reason(struct jobs *q, int64_t wait_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + wait_ms * 1000000;
    until.tv_sec += (time_t)(ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    pthread_mutex_lock(&q->lock);
    while (!q->stopping && !((q->woken || q->more) && q->line_len <= q->line_max / 2)) {
        if (pthread_cond_clockwait(&q->wake, &q->lock, CLOCK_MONOTONIC, &until) == ETIMEDOUT)
            break;
    }
    int room = q->stopping ? -1 : q->line_max - q->line_len;
    if (room > 0)
        q->woken = false;
    pthread_mutex_unlock(&q->lock);
    return room;
}

static int give_back_write(struct db_tx *tx, void *arg)
{
    struct jobs *q = arg;
    int r = 0;
    for (struct run *run = q->head; run && r >= 0; run = run->next)
        r = db_exec(tx, SQL_JOB_GIVE_BACK, DB_VALUES(value_int(run->job.seq), value_int(run->job.fence)));
    return r;
}

/* At the end: what no worker has begun is another's at once. Workers take nothing more, so the line is the dispatcher's
 * own. */
static void give_back(struct jobs *q)
{
    int r = q->head ? db_write(q->db, give_back_write, q) : 0;
    if (r < 0)
        LOG(WARN, "leased jobs could not be given back; they wait for their leases to run out");
}

void *job_dispatch_main(void *arg)
{
    struct jobs *q = arg;
    pthread_setname_np(pthread_self(), "job-dispatch");
    int64_t wait_ms = 0;
    for (;;) {
        int room = wait_for_reason(q, wait_ms);
        if (room < 0)
            break;
        wait_ms = room > 0 ? lease(q, room) : JOB_POLL_MS;
        keep_house(q);
    }
    give_back(q);
    return NULL;
}
