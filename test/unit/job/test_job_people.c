/*
 * Tests of what people do with the queue: list, look, count, replay, drop; and that a replay keeps its lane's order.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "job/job_sql.h"
#include "unit/job/job_fixture.h"

static struct job_fixture *fixture;

static int run_good(void *c UNUSED, const struct job *job, struct arena *a UNUSED, struct problem *why UNUSED)
{
    return work(fixture->f->db, job);
}

static const struct job_kind kinds[] = {{.kind = "good", .run = run_good}};

static int set_up(void **state)
{
    *state = fixture = job_fixture_new(kinds, ARRAY_LEN(kinds));
    for (int i = 0; i < 4; i++) {
        char payload[16];
        snprintf(payload, sizeof(payload), "p%d", i);
        assert_int_equal(
            enqueue(fixture, (struct job_spec){.kind = STR("good"), .lane = STR("l"), .payload = str_of(payload)}), 1);
    }
    return 0;
}

static int tear_down(void **state)
{
    job_fixture_free(*state);
    return 0;
}

struct asking {
    struct job_fixture *x;
    const char *state;
    int64_t before;
    size_t limit;
    struct job *jobs;
    size_t len;
    struct str id;
    struct str payload;
    struct job one;
    struct job_counts counts;
};

static int list_fn(struct db_tx *tx, void *arg)
{
    struct asking *k = arg;
    return job_list(tx, &k->x->f->arena, k->state, k->before, k->limit, &k->jobs, &k->len);
}

static int get_fn(struct db_tx *tx, void *arg)
{
    struct asking *k = arg;
    return job_get(tx, &k->x->f->arena, k->id, &k->one);
}

static int replay_fn(struct db_tx *tx, void *arg)
{
    struct asking *k = arg;
    return job_replay(k->x->q, tx, k->id, k->payload);
}

static int drop_fn(struct db_tx *tx, void *arg)
{
    return job_drop(tx, ((struct asking *)arg)->id);
}

static int counts_fn(struct db_tx *tx, void *arg)
{
    return job_counts(tx, &((struct asking *)arg)->counts);
}

/* The id of the job with this number. */
static struct str id_of(struct job_fixture *x, int64_t seq)
{
    struct asking k = {.x = x, .before = seq + 1, .limit = 1};
    assert_int_equal(db_read(x->f->db, list_fn, &k), 0);
    assert_int_equal(k.len, 1);
    assert_int_equal(k.jobs[0].seq, seq);
    return k.jobs[0].id;
}

static void the_list_is_newest_first_in_pages_and_by_state(void **state)
{
    struct job_fixture *x = *state;
    struct asking k = {.x = x, .limit = 3};
    assert_int_equal(db_read(x->f->db, list_fn, &k), 0);
    assert_int_equal(k.len, 3);
    assert_int_equal(k.jobs[0].seq, 4);
    assert_true(str_is(k.jobs[0].payload, "p3"));
    k.before = 2;
    assert_int_equal(db_read(x->f->db, list_fn, &k), 0);
    assert_int_equal(k.len, 1);
    assert_int_equal(fixture_sql(x->f, "UPDATE job SET state = 'dead' WHERE seq = 2"), 1);
    k = (struct asking){.x = x, .limit = 9, .state = "dead"};
    assert_int_equal(db_read(x->f->db, list_fn, &k), 0);
    assert_int_equal(k.len, 1);
    assert_int_equal(k.jobs[0].state, JOB_DEAD);
    k.state = "asleep";
    assert_int_equal(db_read(x->f->db, list_fn, &k), ERR_INVALID);
}

static void one_job_can_be_looked_at(void **state)
{
    struct job_fixture *x = *state;
    struct asking k = {.x = x, .id = id_of(x, 2)};
    assert_int_equal(db_read(x->f->db, get_fn, &k), 0);
    assert_true(k.one.seq == 2 && k.one.state == JOB_WAITING && k.one.attempts_max == JOB_ATTEMPTS_DEFAULT);
    assert_true(str_is(k.one.kind, "good") && str_is(k.one.lane, "l") && str_is(k.one.payload, "p1"));
    k.id = STR("none");
    assert_int_equal(db_read(x->f->db, get_fn, &k), ERR_NOT_FOUND);
}

static void jobs_are_counted(void **state)
{
    struct job_fixture *x = *state;
    assert_int_equal(fixture_sql(x->f, "UPDATE job SET state = 'dead' WHERE seq = 2"), 1);
    assert_int_equal(fixture_sql(x->f, "UPDATE job SET state = 'done' WHERE seq = 1"), 1);
    struct asking k = {.x = x};
    assert_int_equal(db_read(x->f->db, counts_fn, &k), 0);
    assert_true(k.counts.waiting == 2 && k.counts.leased == 0 && k.counts.dead == 1);
}

static void only_a_dead_job_can_be_replayed_or_dropped(void **state)
{
    struct job_fixture *x = *state;
    struct asking k = {.x = x, .id = id_of(x, 2)};
    assert_int_equal(db_write(x->f->db, replay_fn, &k), ERR_CONFLICT);
    assert_int_equal(db_write(x->f->db, drop_fn, &k), ERR_CONFLICT);
    k.id = STR("none");
    assert_int_equal(db_write(x->f->db, replay_fn, &k), ERR_NOT_FOUND);
    assert_int_equal(db_write(x->f->db, drop_fn, &k), ERR_NOT_FOUND);
}

static void a_dropped_job_stays_to_be_seen_and_never_runs(void **state)
{
    struct job_fixture *x = *state;
    assert_int_equal(fixture_sql(x->f, "UPDATE job SET state = 'dead' WHERE seq = 4"), 1);
    struct asking k = {.x = x, .id = id_of(x, 4)};
    assert_int_equal(db_write(x->f->db, drop_fn, &k), 0);
    assert_int_equal(jobs_start(x->q, 2), 0);
    await_i64(x, "SELECT COUNT(*) FROM job WHERE state = 'done'", 3);
    assert_int_equal(fixture_i64(x->f, "SELECT COUNT(*) FROM job WHERE state = 'dropped' AND fence = 0"), 1);
}

static void a_replayed_job_runs_before_the_later_ones_of_its_lane_with_its_new_payload(void **state)
{
    struct job_fixture *x = *state;
    /* The first died, so the second is the head; the replay takes its place again. */
    assert_int_equal(fixture_sql(x->f, "UPDATE job SET state = 'dead', attempts = 8 WHERE seq = 1"), 1);
    assert_int_equal(fixture_sql(x->f, "UPDATE job SET blocked = 0 WHERE seq = 2"), 1);
    struct asking k = {.x = x, .id = id_of(x, 1), .payload = STR("new")};
    assert_int_equal(db_write(x->f->db, replay_fn, &k), 0);
    assert_int_equal(fixture_i64(x->f, "SELECT COUNT(*) FROM job WHERE state = 'waiting' AND blocked = 0"), 1);
    assert_int_equal(fixture_i64(x->f, "SELECT blocked FROM job WHERE seq = 1"), 0);
    assert_int_equal(jobs_start(x->q, 4), 0);
    await_i64(x, "SELECT COUNT(*) FROM job WHERE state = 'done'", 4);
    assert_int_equal(fixture_i64(x->f, "SELECT COUNT(*) FROM done WHERE n = 1 AND payload = 'new'"), 1);
    assert_int_equal(fixture_i64(x->f, "SELECT COUNT(*) FROM done WHERE n = 4 AND payload = 'p3'"), 1);
}

/* How SQLite would run a statement with all values null. */
static int plan_fn(struct db_tx *tx, void *arg)
{
    struct buf *plan = arg;
    CLEANUP(buf_release) struct buf sql = {0};
    buf_init(&sql, 4096);
    buf_addf(&sql, "EXPLAIN QUERY PLAN %.*s", STR_ARG(SQL_JOB_LEASE));
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    int r = db_prepare(tx, buf_str(&sql), &st);
    while (r >= 0 && (r = db_step(st)) > 0) {
        buf_add(plan, db_col_str(st, 3));
        buf_add_char(plan, '\n');
    }
    return r;
}

static void leasing_takes_no_longer_when_many_wait(void **state)
{
    struct job_fixture *x = *state;
    CLEANUP(buf_release) struct buf plan = {0};
    buf_init(&plan, 4096);
    assert_int_equal(db_read(x->f->db, plan_fn, &plan), 0);
    assert_non_null(strstr(plan.ptr, "INDEX job_due (state=? AND blocked=? AND due_ms<?)"));
    assert_null(strstr(plan.ptr, "TEMP B-TREE"));
}

static int fail_fn(struct db_tx *tx, void *arg)
{
    return job_fail(tx, arg, ERR_UNAVAILABLE, STR("{}"));
}

static void a_replay_waits_for_the_one_of_its_lane_that_runs_and_then_goes_first(void **state)
{
    struct job_fixture *x = *state;
    assert_int_equal(fixture_sql(x->f, "UPDATE job SET state = 'dead' WHERE seq = 1"), 1);
    assert_int_equal(
        fixture_sql(x->f, "UPDATE job SET state = 'leased', blocked = 0, fence = 5, attempts = 1 WHERE seq = 2"), 1);
    struct asking k = {.x = x, .id = id_of(x, 1)};
    assert_int_equal(db_write(x->f->db, replay_fn, &k), 0);
    assert_int_equal(fixture_i64(x->f, "SELECT COUNT(*) FROM job WHERE state = 'waiting' AND blocked = 0"), 0);
    struct job_hold hold = {.seq = 2, .fence = 5, .lane = STR("l"), .attempts = 1, .attempts_max = 8};
    assert_int_equal(db_write(x->f->db, fail_fn, &hold), 0);
    assert_int_equal(fixture_i64(x->f, "SELECT seq FROM job WHERE state = 'waiting' AND blocked = 0"), 1);
    assert_int_equal(db_write(x->f->db, fail_fn, &hold), ERR_CONFLICT);
}

int main(void)
{
    log_set_level(LOG_ERROR);
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(the_list_is_newest_first_in_pages_and_by_state),
        T(one_job_can_be_looked_at),
        T(jobs_are_counted),
        T(only_a_dead_job_can_be_replayed_or_dropped),
        T(a_dropped_job_stays_to_be_seen_and_never_runs),
        T(a_replayed_job_runs_before_the_later_ones_of_its_lane_with_its_new_payload),
        T(leasing_takes_no_longer_when_many_wait),
        T(a_replay_waits_for_the_one_of_its_lane_that_runs_and_then_goes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
