/*
 * Tests of the queue at work: once, in lanes, again after failures, taken over, stopped.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/job/job_fixture.h"

struct context {
    struct job_fixture *x;
    atomic_int calls, running, running_most, running_slow, fail_times;
    atomic_bool hold; /* handlers of "held" wait while it is set */
    _Atomic int64_t fence_seen;
    atomic_int conflict;
};

static struct context ctx;

static int run_good(void *c UNUSED, const struct job *job, struct arena *a UNUSED, struct problem *why UNUSED)
{
    atomic_fetch_add(&ctx.calls, 1);
    int now = atomic_fetch_add(&ctx.running, 1) + 1, most = atomic_load(&ctx.running_most);
    while (now > most && !atomic_compare_exchange_weak(&ctx.running_most, &most, now))
        ;
    int r = work(ctx.x->f->db, job);
    atomic_fetch_sub(&ctx.running, 1);
    return r;
}

static int run_flaky(void *c, const struct job *job, struct arena *a, struct problem *why)
{
    if (atomic_fetch_sub(&ctx.fail_times, 1) > 0)
        return PROBLEM(why, OVERLOADED);
    return run_good(c, job, a, why);
}

static int run_wrong(void *c UNUSED, const struct job *job UNUSED, struct arena *a UNUSED, struct problem *why)
{
    atomic_fetch_add(&ctx.calls, 1);
    return PROBLEM(why, MAP_FAILED, ARG("row", STR("7")), ARG("reason", STR("no \"such\" field")));
}

static int run_forgetful(void *c UNUSED, const struct job *job UNUSED, struct arena *a UNUSED,
                         struct problem *why UNUSED)
{
    return 0;
}

/* The first call holds until it is let go and finds its lease lost; the second does the work. */
static int run_held(void *c, const struct job *job, struct arena *a, struct problem *why)
{
    if (atomic_fetch_add(&ctx.fail_times, 1) > 0) {
        atomic_store(&ctx.fence_seen, job->fence);
        int r = run_good(c, job, a, why);
        atomic_store(&ctx.hold, false);
        return r;
    }
    for (int i = 0; i < 8000 && atomic_load(&ctx.hold); i++)
        usleep(1000);
    int r = work(ctx.x->f->db, job);
    atomic_store(&ctx.conflict, r == ERR_CONFLICT);
    return r;
}

static int run_slow(void *c, const struct job *job, struct arena *a, struct problem *why)
{
    atomic_fetch_add(&ctx.running_slow, 1);
    for (int i = 0; i < 5000 && atomic_load(&ctx.hold); i++)
        usleep(1000);
    return run_good(c, job, a, why);
}

static const struct job_kind kinds[] = {
    {.kind = "good", .run = run_good},   {.kind = "flaky", .run = run_flaky},
    {.kind = "wrong", .run = run_wrong}, {.kind = "forgetful", .run = run_forgetful},
    {.kind = "held", .run = run_held},   {.kind = "slow", .run = run_slow},
};

static int set_up(void **state)
{
    ctx = (struct context){.x = job_fixture_new(kinds, ARRAY_LEN(kinds))};
    *state = ctx.x;
    return 0;
}

static int tear_down(void **state)
{
    job_fixture_free(*state);
    return 0;
}

static void start(struct job_fixture *x)
{
    assert_int_equal(jobs_start(x->q, 8), 0);
}

static void a_job_runs_once_and_is_done(void **state)
{
    struct job_fixture *x = *state;
    start(x);
    assert_int_equal(
        enqueue(x, (struct job_spec){.kind = STR("good"), .payload = STR("{\"a\":1}"), .cause = STR("e1")}), 1);
    await_i64(x, "SELECT COUNT(*) FROM job WHERE state = 'done' AND attempts = 1 AND fence = 1 AND cause = 'e1'", 1);
    assert_int_equal(fixture_i64(x->f, "SELECT COUNT(*) FROM done WHERE payload = '{\"a\":1}'"), 1);
}

static void a_key_is_enqueued_once(void **state)
{
    struct job_fixture *x = *state;
    struct job_spec spec = {.kind = STR("good"), .key = STR("k")};
    assert_int_equal(enqueue(x, spec), 1);
    assert_int_equal(enqueue(x, spec), 0);
    start(x);
    await_i64(x, "SELECT COUNT(*) FROM job WHERE state = 'done'", 1);
    assert_int_equal(enqueue(x, spec), 0);
    spec.kind = STR("slow");
    assert_int_equal(enqueue(x, spec), 1);
    assert_int_equal(enqueue(x, (struct job_spec){.kind = STR("good")}), 1);
    assert_int_equal(enqueue(x, (struct job_spec){.kind = STR("good")}), 1);
}

static int enqueue_then_fail(struct db_tx *tx, void *arg)
{
    int r = enqueue_fn(tx, arg);
    return r < 0 ? r : ERR_INVALID;
}

static void a_job_of_a_transaction_that_failed_is_not_there(void **state)
{
    struct job_fixture *x = *state;
    struct enqueueing e = {.q = x->q, .spec = {.kind = STR("good")}};
    assert_int_equal(db_write(x->f->db, enqueue_then_fail, &e), ERR_INVALID);
    assert_int_equal(fixture_i64(x->f, "SELECT COUNT(*) FROM job"), 0);
}

static void a_payload_beyond_the_limit_is_refused(void **state)
{
    struct job_fixture *x = *state;
    char *large = xcalloc(1, JOB_PAYLOAD_BYTES_MAX + 1);
    memset(large, 'x', JOB_PAYLOAD_BYTES_MAX + 1);
    assert_int_equal(
        enqueue(x, (struct job_spec){.kind = STR("good"), .payload = str_n(large, JOB_PAYLOAD_BYTES_MAX + 1)}),
        ERR_LIMIT);
    assert_int_equal(enqueue(x, (struct job_spec){.kind = STR("good"), .payload = str_n(large, JOB_PAYLOAD_BYTES_MAX)}),
                     1);
    free(large);
}

static void jobs_of_a_lane_keep_their_order_and_never_run_together(void **state)
{
    struct job_fixture *x = *state;
    for (int i = 0; i < 40; i++) {
        char payload[16];
        snprintf(payload, sizeof(payload), "%d", i);
        assert_int_equal(
            enqueue(x, (struct job_spec){.kind = STR("good"), .lane = STR("l"), .payload = str_of(payload)}), 1);
    }
    int64_t begin_ms = clock_mono_ms();
    start(x);
    await_i64(x, "SELECT COUNT(*) FROM job WHERE state = 'done'", 40);
    print_message("40 jobs of one lane: %lld ms\n", (long long)(clock_mono_ms() - begin_ms));
    assert_int_equal(atomic_load(&ctx.running_most), 1);
    assert_int_equal(fixture_i64(x->f, "SELECT COUNT(*) FROM done WHERE CAST(payload AS INTEGER) = n - 1"), 40);
}

static void a_job_that_failed_is_tried_again_after_a_while_and_its_lane_waits(void **state)
{
    struct job_fixture *x = *state;
    atomic_store(&ctx.fail_times, 1);
    assert_int_equal(enqueue(x, (struct job_spec){.kind = STR("flaky"), .lane = STR("l"), .payload = STR("first")}), 1);
    assert_int_equal(enqueue(x, (struct job_spec){.kind = STR("good"), .lane = STR("l"), .payload = STR("second")}), 1);
    start(x);
    await_i64(x, "SELECT COUNT(*) FROM job WHERE state = 'waiting' AND attempts = 1 AND error LIKE '%\"overloaded\"%'",
              1);
    int64_t wait_ms = fixture_i64(x->f, "SELECT due_ms - changed_ms FROM job WHERE kind = 'flaky'");
    assert_in_range(wait_ms, 800, 1200);
    assert_int_equal(fixture_i64(x->f, "SELECT COUNT(*) FROM done"), 0);
    await_i64(x, "SELECT COUNT(*) FROM job WHERE state = 'done'", 2);
    assert_int_equal(fixture_i64(x->f, "SELECT COUNT(*) FROM done WHERE n = 1 AND payload = 'first'"), 1);
}

static void a_final_error_is_dead_at_once_with_its_words_and_lets_its_lane_go_on(void **state)
{
    struct job_fixture *x = *state;
    assert_int_equal(enqueue(x, (struct job_spec){.kind = STR("wrong"), .lane = STR("l")}), 1);
    assert_int_equal(enqueue(x, (struct job_spec){.kind = STR("good"), .lane = STR("l")}), 1);
    start(x);
    await_i64(x, "SELECT COUNT(*) FROM job WHERE state = 'dead' AND attempts = 1", 1);
    await_i64(x, "SELECT COUNT(*) FROM job WHERE state = 'done'", 1);
    assert_int_equal(
        fixture_i64(x->f, "SELECT json_extract(error, '$.error') = 'INVALID' AND json_extract(error, '$.code') = "
                          "'mapping_failed' AND json_extract(error, '$.detail.en') LIKE '%7%no \"such\"%' AND "
                          "json_extract(error, '$.detail.zh') <> '' FROM job WHERE state = 'dead'"),
        1);
}

static void a_job_is_dead_after_its_attempts(void **state)
{
    struct job_fixture *x = *state;
    atomic_store(&ctx.fail_times, 100);
    assert_int_equal(enqueue(x, (struct job_spec){.kind = STR("flaky"), .attempts_max = 1}), 1);
    start(x);
    await_i64(x, "SELECT COUNT(*) FROM job WHERE state = 'dead' AND attempts = 1", 1);
}

static void a_handler_that_does_not_finish_its_job_has_failed(void **state)
{
    struct job_fixture *x = *state;
    assert_int_equal(enqueue(x, (struct job_spec){.kind = STR("forgetful"), .attempts_max = 1}), 1);
    assert_int_equal(enqueue(x, (struct job_spec){.kind = STR("nobody knows it")}), 1);
    start(x);
    await_i64(x, "SELECT COUNT(*) FROM job WHERE state = 'dead' AND error LIKE '%job_unfinished%'", 1);
    await_i64(x, "SELECT COUNT(*) FROM job WHERE state = 'dead' AND error LIKE '%unknown_job_kind%'", 1);
}

static void a_job_waits_until_it_is_due(void **state)
{
    struct job_fixture *x = *state;
    int64_t due = clock_now_ms() + 300;
    start(x);
    assert_int_equal(enqueue(x, (struct job_spec){.kind = STR("good"), .due_ms = due}), 1);
    await_i64(x, "SELECT COUNT(*) FROM job WHERE state = 'done'", 1);
    int64_t late = fixture_i64(x->f, "SELECT changed_ms - due_ms FROM job");
    assert_in_range(late, 0, 2000);
}

static void a_worker_whose_lease_was_taken_over_can_not_finish(void **state)
{
    struct job_fixture *x = *state;
    atomic_store(&ctx.hold, true);
    assert_int_equal(enqueue(x, (struct job_spec){.kind = STR("held"), .lane = STR("l")}), 1);
    start(x);
    await_i64(x, "SELECT COUNT(*) FROM job WHERE state = 'leased'", 1);
    while (!atomic_load(&ctx.fail_times))
        usleep(1000);
    assert_int_equal(fixture_sql(x->f, "UPDATE job SET lease_until_ms = 1"), 1);
    await_i64(x, "SELECT COUNT(*) FROM job WHERE state = 'done'", 1);
    jobs_stop(x->q);
    assert_int_equal(atomic_load(&ctx.fence_seen), 2);
    assert_true(atomic_load(&ctx.conflict));
    assert_int_equal(fixture_i64(x->f, "SELECT COUNT(*) FROM done"), 1);
    assert_int_equal(fixture_i64(x->f, "SELECT COUNT(*) FROM job WHERE state = 'done' AND error = ''"), 1);
}

static void *stop_main(void *arg)
{
    jobs_stop(arg);
    return NULL;
}

static void stopping_lets_running_jobs_end_and_gives_the_others_back(void **state)
{
    struct job_fixture *x = *state;
    atomic_store(&ctx.hold, true);
    for (int i = 0; i < 20; i++)
        assert_int_equal(enqueue(x, (struct job_spec){.kind = STR("slow")}), 1);
    start(x);
    await_i64(x, "SELECT COUNT(*) FROM job WHERE state = 'leased'", 20);
    while (atomic_load(&ctx.running_slow) < 8)
        usleep(1000);
    pthread_t t;
    assert_int_equal(pthread_create(&t, NULL, stop_main, x->q), 0);
    await_i64(x, "SELECT COUNT(*) FROM job WHERE state = 'waiting' AND attempts = 0", 12);
    atomic_store(&ctx.hold, false);
    pthread_join(t, NULL);
    assert_int_equal(fixture_i64(x->f, "SELECT COUNT(*) FROM job WHERE state = 'done'"), 8);
    assert_int_equal(fixture_i64(x->f, "SELECT COUNT(*) FROM done"), 8);
}

static void leases_of_a_process_that_died_are_taken_at_the_next_start(void **state)
{
    struct job_fixture *x = *state;
    assert_int_equal(enqueue(x, (struct job_spec){.kind = STR("good"), .attempts_max = 1}), 1);
    assert_int_equal(
        fixture_sql(x->f, "UPDATE job SET state = 'leased', attempts = 1, fence = 1, lease_until_ms = 9999999999999"),
        1);
    start(x);
    await_i64(x, "SELECT COUNT(*) FROM job WHERE state = 'done' AND attempts = 1 AND fence = 2", 1);
}

static int lost_fn(struct db_tx *tx, void *arg UNUSED)
{
    int r = fixture_run_sql(tx, TEXT_ARG("UPDATE job SET state = 'leased', attempts = attempts + 1"));
    if (r >= 0)
        r = jobs_orphans(tx);
    return r < 0 ? r : jobs_expire(tx);
}

static void a_job_that_is_there_whenever_the_server_dies_is_dead_at_last(void **state)
{
    struct job_fixture *x = *state;
    assert_int_equal(enqueue(x, (struct job_spec){.kind = STR("good")}), 1);
    for (int i = 0; i < JOB_LOST_MAX; i++)
        assert_true(db_write(x->f->db, lost_fn, NULL) >= 0);
    assert_int_equal(fixture_i64(x->f, "SELECT COUNT(*) FROM job WHERE state = 'waiting' AND attempts = 0"), 1);
    assert_true(db_write(x->f->db, lost_fn, NULL) >= 0);
    assert_int_equal(
        fixture_i64(x->f, "SELECT COUNT(*) FROM job WHERE state = 'dead' AND error LIKE '%job_lease_over%'"), 1);
}

static int clean_fn(struct db_tx *tx, void *arg UNUSED)
{
    return jobs_clean(tx);
}

static void done_jobs_go_after_seven_days_but_never_the_newest(void **state)
{
    struct job_fixture *x = *state;
    int64_t now = clock_now_ms();
    for (int i = 0; i < 3; i++)
        assert_int_equal(enqueue(x, (struct job_spec){.kind = STR("good")}), 1);
    assert_int_equal(fixture_sql(x->f, "UPDATE job SET state = 'done'"), 3);
    assert_int_equal(db_write(x->f->db, clean_fn, NULL), 0);
    clock_set_for_test(now + 8 * (int64_t)86400000);
    assert_int_equal(db_write(x->f->db, clean_fn, NULL), 2);
    assert_int_equal(fixture_i64(x->f, "SELECT MIN(seq) FROM job"), 3);
}

static void back_off_grows_to_an_hour_with_a_fifth_of_jitter(void **state UNUSED)
{
    assert_int_equal(job_backoff_ms(1, 0), 800);
    assert_int_equal(job_backoff_ms(1, 400), 1200);
    assert_int_equal(job_backoff_ms(4, 200), 8000);
    assert_int_equal(job_backoff_ms(8, 200), 128000);
    assert_int_equal(job_backoff_ms(30, 400), 3600000);
}

static int enqueue_many(struct db_tx *tx, void *arg)
{
    struct job_fixture *x = arg;
    for (int i = 0; i < 1000; i++) {
        int r = job_enqueue(x->q, tx, &(struct job_spec){.kind = STR("good"), .payload = STR("{}")});
        if (r < 0)
            return r;
    }
    return 0;
}

static void throughput_is_printed(void **state)
{
    struct job_fixture *x = *state;
    start(x);
    int64_t begin_us = clock_mono_us();
    assert_int_equal(db_write(x->f->db, enqueue_many, x), 0);
    await_i64(x, "SELECT COUNT(*) FROM job WHERE state = 'done'", 1000);
    int64_t us = clock_mono_us() - begin_us;
    print_message("1000 jobs by 8 workers: %lld/s, %lld commits\n", 1000000000LL / (long long)us,
                  (long long)db_stats(x->f->db).commits);
    assert_int_equal(atomic_load(&ctx.calls), 1000);
}

int main(void)
{
    log_set_level(LOG_ERROR);
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_job_runs_once_and_is_done),
        T(a_key_is_enqueued_once),
        T(a_job_of_a_transaction_that_failed_is_not_there),
        T(a_payload_beyond_the_limit_is_refused),
        T(jobs_of_a_lane_keep_their_order_and_never_run_together),
        T(a_job_that_failed_is_tried_again_after_a_while_and_its_lane_waits),
        T(a_final_error_is_dead_at_once_with_its_words_and_lets_its_lane_go_on),
        T(a_job_is_dead_after_its_attempts),
        T(a_handler_that_does_not_finish_its_job_has_failed),
        T(a_job_waits_until_it_is_due),
        T(a_worker_whose_lease_was_taken_over_can_not_finish),
        T(stopping_lets_running_jobs_end_and_gives_the_others_back),
        T(leases_of_a_process_that_died_are_taken_at_the_next_start),
        T(a_job_that_is_there_whenever_the_server_dies_is_dead_at_last),
        T(done_jobs_go_after_seven_days_but_never_the_newest),
        cmocka_unit_test(back_off_grows_to_an_hour_with_a_fifth_of_jitter),
        T(throughput_is_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
