/*
 * The durable queue: a job is a row, leased with a fencing number, retried with back-off, dead at last.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Jobs of one lane run one after the other in the order they were enqueued; different lanes in parallel. A job is
 * enqueued inside the transaction of what made it, and finished inside the transaction of its own work (job_finish), so
 * local work happens exactly once. A worker whose lease was taken over has an old fencing number: its job_finish() is
 * ERR_CONFLICT and its transaction must roll back.
 *
 * Errors: those of db.
 *
 * Threads: struct jobs from any.
 */
#ifndef TANDEM_JOB_JOB_H
#define TANDEM_JOB_JOB_H

#include "db/db.h"
#include "event/event.h"

enum { JOB_ATTEMPTS_DEFAULT = 8, JOB_LEASE_MS = 30000, JOB_PAYLOAD_BYTES_MAX = 262144 };

enum job_state {
    JOB_WAITING, /* in the queue, due at due_ms */
    JOB_LEASED,  /* held by one worker until lease_until_ms */
    JOB_DONE,    /* kept 7 days for inspection */
    JOB_DEAD,    /* attempts used up or refused for good: a person must look */
    JOB_DROPPED, /* a person decided that it must not run */
    JOB_STATES
};

struct job {
    int64_t seq;        /* order in the queue */
    struct str id;      /* UUID */
    struct str kind;    /* "hook.process", "flow.run" */
    struct str lane;    /* jobs of one lane keep their order; empty: none */
    struct str key;     /* unique among all jobs of a kind, or empty: a second enqueue is ignored */
    struct str payload; /* JSON */
    struct str cause;   /* event id */
    enum job_state state;
    int attempts, attempts_max;
    int64_t due_ms, lease_until_ms, fence;
    int64_t created_ms, changed_ms;
    struct str error; /* JSON of the last problem, or empty */
};

struct jobs;
extern const struct db_migration job_migrations[];
extern const size_t job_migrations_len;

/*
 * A handler does the work of one job. It must call job_finish(tx, job) inside the write transaction of its work.
 * Returning 0 without having finished it is a defect and counts as a failure. A negative return: ERR_UNAVAILABLE,
 * ERR_TIMEOUT, ERR_CONFLICT, ERR_INTERNAL, ERR_DISK_FULL, ERR_TOO_MANY are tried again; every other error is final
 * (dead at once). The words in `why` are kept with the job.
 */
typedef int (*job_handler)(void *ctx, const struct job *job, struct arena *a, struct problem *why);
struct job_kind {
    const char *kind;
    job_handler run;
    void *ctx;
};

/* kinds: an array that outlives the queue. Workers start with jobs_start(). */
MUST_CHECK int jobs_open(struct db *db, const struct job_kind *kinds, size_t len, struct jobs **ret,
                         struct problem *why);
MUST_CHECK int jobs_start(struct jobs *q, int workers);
/* Lets running jobs end, at most 8 s; those that only waited for a worker go back. After a job that did not end the
 * process should end. */
void jobs_stop(struct jobs *q);
struct jobs *jobs_free(struct jobs *q);

struct job_spec {
    struct str kind, lane, key, payload, cause;
    int attempts_max; /* 0: JOB_ATTEMPTS_DEFAULT */
    int64_t due_ms;   /* 0: now */
};
/* Inside a write transaction. Returns 1 where it was added, 0 where a job with that kind and key is there already.
 * Workers wake after the commit. */
MUST_CHECK int job_enqueue(struct jobs *q, struct db_tx *tx, const struct job_spec *spec);
/* Inside the write transaction of the work: done, if the fence still holds; else ERR_CONFLICT. */
MUST_CHECK int job_finish(struct db_tx *tx, const struct job *job);

/* For people: list (newest first), one, replay a dead one (with another payload where given), drop it. */
MUST_CHECK int job_list(struct db_tx *tx, struct arena *a, const char *state_or_null, int64_t before_seq, size_t limit,
                        struct job **ret, size_t *ret_len);
MUST_CHECK int job_get(struct db_tx *tx, struct arena *a, struct str id, struct job *ret);
MUST_CHECK int job_replay(struct jobs *q, struct db_tx *tx, struct str id, struct str payload_or_null);
MUST_CHECK int job_drop(struct db_tx *tx, struct str id);
const char *job_state_name(enum job_state s);

struct job_counts {
    int64_t waiting, leased, dead;
};
MUST_CHECK int job_counts(struct db_tx *tx, struct job_counts *ret);

#endif
