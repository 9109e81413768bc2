/*
 * Rows of the queue as structures, and what people do with them: list, look, replay, drop, count.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <limits.h>

#include "job/job_internal.h"
#include "job/job_sql.h"

static const char *const state_names[JOB_STATES] = {
    [JOB_WAITING] = "waiting", [JOB_LEASED] = "leased",   [JOB_DONE] = "done",
    [JOB_DEAD] = "dead",       [JOB_DROPPED] = "dropped",
};

const char *job_state_name(enum job_state s)
{
    assert(s < JOB_STATES);
    return state_names[s];
}

static bool state_of(struct str name, enum job_state *ret)
{
    for (int i = 0; i < JOB_STATES; i++) {
        if (str_is(name, state_names[i])) {
            *ret = (enum job_state)i;
            return true;
        }
    }
    return false;
}

void job_of_row(struct db_stmt *st, struct arena *a, struct job *ret)
{
    *ret = (struct job){
        .seq = db_col_i64(st, 0),
        .id = db_col_copy(st, 1, a),
        .kind = db_col_copy(st, 2, a),
        .lane = db_col_copy(st, 3, a),
        .key = db_col_copy(st, 4, a),
        .payload = db_col_copy(st, 5, a),
        .cause = db_col_copy(st, 6, a),
        .state = JOB_DEAD,
        .attempts = (int)db_col_i64(st, 8),
        .attempts_max = (int)db_col_i64(st, 9),
        .due_ms = db_col_i64(st, 10),
        .lease_until_ms = db_col_i64(st, 11),
        .fence = db_col_i64(st, 12),
        .created_ms = db_col_i64(st, 13),
        .changed_ms = db_col_i64(st, 14),
        .error = db_col_copy(st, 15, a),
    };
    if (!state_of(db_col_str(st, 7), &ret->state))
        LOG(ERROR, "a job has an unknown state", ARG("id", ret->id));
}

struct job_hold job_hold_of(const struct job *j)
{
    return (struct job_hold){
        .seq = j->seq, .fence = j->fence, .lane = j->lane, .attempts = j->attempts, .attempts_max = j->attempts_max};
}

int job_list(struct db_tx *tx, struct arena *a, const char *state_or_null, int64_t before_seq, size_t limit,
             struct job **ret, size_t *ret_len)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    enum job_state state;
    if (state_or_null && !state_of(str_of(state_or_null), &state))
        return ERR_INVALID;
    int r = db_prepare(tx, state_or_null ? SQL_JOB_LIST_STATE : SQL_JOB_LIST, &st);
    if (r < 0)
        return r;
    int i = 1;
    if (state_or_null)
        db_bind_str(st, i++, str_of(state_or_null));
    db_bind_i64(st, i++, before_seq > 0 ? before_seq : INT64_MAX);
    db_bind_i64(st, i, limit > INT_MAX ? INT_MAX : (int64_t)limit);
    VEC(struct job) jobs = {0};
    while ((r = db_step(st)) > 0) {
        struct job j;
        job_of_row(st, a, &j);
        vec_push(a, &jobs, j);
    }
    if (r < 0)
        return r;
    *ret = jobs.items;
    *ret_len = jobs.len;
    return 0;
}

int job_get(struct db_tx *tx, struct arena *a, struct str id, struct job *ret)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    int r = db_prepare(tx, SQL_JOB_GET, &st);
    if (r < 0)
        return r;
    db_bind_str(st, 1, id);
    r = db_step(st);
    if (r <= 0)
        return r < 0 ? r : ERR_NOT_FOUND;
    job_of_row(st, a, ret);
    return 0;
}

static void replay_note(void *arg, int64_t n UNUSED)
{
    jobs_wake(arg);
}

/* After a replay the lane's earliest must be its head again, unless one of the lane runs just now: that one chooses
 * when it ends. */
static int lane_settle(struct db_tx *tx, struct str lane)
{
    int64_t leased;
    int r = db_query_i64(tx, SQL_JOB_LANE_LEASED, DB_VALUES(value_str(lane)), 0, &leased);
    if (r < 0 || leased)
        return r;
    r = db_exec(tx, SQL_JOB_LANE_BLOCK, DB_VALUES(value_str(lane)));
    if (r < 0)
        return r;
    r = db_exec(tx, SQL_JOB_LANE_NEXT, DB_VALUES(value_str(lane)));
    return r < 0 ? r : 0;
}

int job_replay(struct jobs *q, struct db_tx *tx, struct str id, struct str payload_or_null)
{
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    struct job j;
    int r = job_get(tx, &a, id, &j);
    if (r < 0)
        return r;
    if (j.state != JOB_DEAD)
        return ERR_CONFLICT;
    if (payload_or_null.len > JOB_PAYLOAD_BYTES_MAX)
        return ERR_LIMIT;
    int64_t now = clock_now_ms();
    struct str payload = payload_or_null.ptr ? payload_or_null : j.payload;
    r = db_exec(
        tx, SQL_JOB_REPLAY,
        DB_VALUES(value_int(!str_empty(j.lane)), value_int(now), value_int(now), value_str(payload), value_int(j.seq)));
    if (r >= 0 && !str_empty(j.lane))
        r = lane_settle(tx, j.lane);
    if (r < 0)
        return r;
    db_after_commit(tx, replay_note, q, 0);
    return 0;
}

int job_drop(struct db_tx *tx, struct str id)
{
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    struct job j;
    int r = job_get(tx, &a, id, &j);
    if (r < 0)
        return r;
    r = db_exec(tx, SQL_JOB_DROP, DB_VALUES(value_int(clock_now_ms()), value_int(j.seq)));
    if (r < 0)
        return r;
    return r > 0 ? 0 : ERR_CONFLICT;
}

int job_counts(struct db_tx *tx, struct job_counts *ret)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    int r = db_prepare(tx, SQL_JOB_COUNTS, &st);
    if (r < 0)
        return r;
    struct job_counts counts = {0};
    while ((r = db_step(st)) > 0) {
        struct str state = db_col_str(st, 0);
        int64_t n = db_col_i64(st, 1);
        if (str_is(state, "waiting"))
            counts.waiting = n;
        else if (str_is(state, "leased"))
            counts.leased = n;
        else
            counts.dead = n;
    }
    if (r < 0)
        return r;
    *ret = counts;
    return 0;
}
