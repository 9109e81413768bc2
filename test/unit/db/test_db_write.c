/*
 * Tests of transactions: groups, savepoints, snapshots, hooks, the bounded queue.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "unit/db/db_fixture.h"

enum { THREADS = 16, WRITES_EACH = 50 };

static int set_up(void **state)
{
    struct fixture *f = fixture_new();
    assert_true(fixture_sql(f, "CREATE TABLE t (k TEXT PRIMARY KEY, n BIGINT)") >= 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_free(*state);
    return 0;
}

static int insert(struct db_tx *tx, void *arg)
{
    return db_exec(tx, STR("INSERT INTO t (k, n) VALUES (?, 1)"), DB_VALUES(value_str(str_of(arg))));
}

static int insert_then_fail(struct db_tx *tx, void *arg)
{
    int r = insert(tx, arg);
    return r < 0 ? r : ERR_INVALID;
}

static void a_write_returns_what_its_function_returned(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_write(f->db, insert, TEXT_ARG("a")), 1);
    assert_int_equal(db_write(f->db, insert_then_fail, TEXT_ARG("b")), ERR_INVALID);
    assert_int_equal(fixture_i64(f, "SELECT COUNT(*) FROM t"), 1);
}

static void a_second_row_with_the_same_key_is_err_exists(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_write(f->db, insert, TEXT_ARG("a")), 1);
    assert_int_equal(db_write(f->db, insert, TEXT_ARG("a")), ERR_EXISTS);
}

static int insert_swallowing(struct db_tx *tx, void *arg)
{
    int r = insert(tx, arg);
    (void)r;
    return 0;
}

static void an_error_that_a_function_swallows_still_fails_it(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_write(f->db, insert, TEXT_ARG("a")), 1);
    assert_int_equal(db_write(f->db, insert_swallowing, TEXT_ARG("a")), ERR_EXISTS);
}

static int parts(struct db_tx *tx, void *arg UNUSED)
{
    assert_int_equal(db_savepoint(tx, insert, TEXT_ARG("kept")), 1);
    assert_int_equal(db_savepoint(tx, insert_then_fail, TEXT_ARG("gone")), ERR_INVALID);
    assert_int_equal(db_savepoint(tx, insert, TEXT_ARG("kept")), ERR_EXISTS);
    return 0;
}

static void a_part_that_fails_is_rolled_back_alone(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_write(f->db, parts, NULL), 0);
    assert_int_equal(fixture_i64(f, "SELECT COUNT(*) FROM t WHERE k = 'kept'"), 1);
    assert_int_equal(fixture_i64(f, "SELECT COUNT(*) FROM t"), 1);
}

struct writer {
    struct db *db;
    int id, good, bad;
};

struct keyed {
    char key[32];
    bool fail;
};

static int keyed_insert(struct db_tx *tx, void *arg)
{
    struct keyed *k = arg;
    return k->fail ? insert_then_fail(tx, k->key) : insert(tx, k->key);
}

static void *writer_main(void *arg)
{
    struct writer *w = arg;
    for (int i = 0; i < WRITES_EACH; i++) {
        struct keyed k = {.fail = i % 3 == 0};
        snprintf(k.key, sizeof(k.key), "%d-%d", w->id, i);
        int r = db_write(w->db, keyed_insert, &k);
        w->good += r == 1;
        w->bad += r == ERR_INVALID;
    }
    return NULL;
}

static void many_writers_share_commits_and_failures_take_nothing_along(void **state)
{
    struct fixture *f = *state;
    struct writer w[THREADS];
    pthread_t t[THREADS];
    struct db_stats before = db_stats(f->db);
    int64_t begin_us = clock_mono_us();
    for (int i = 0; i < THREADS; i++) {
        w[i] = (struct writer){.db = f->db, .id = i};
        assert_int_equal(pthread_create(&t[i], NULL, writer_main, &w[i]), 0);
    }
    int good = 0, bad = 0;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(t[i], NULL);
        good += w[i].good;
        bad += w[i].bad;
    }
    int64_t us = clock_mono_us() - begin_us;
    struct db_stats after = db_stats(f->db);
    print_message("%d writes by %d threads: %lld/s, %lld commits\n", good, THREADS,
                  (long long)good * 1000000 / (us ? us : 1), (long long)(after.commits - before.commits));
    assert_int_equal(good + bad, THREADS * WRITES_EACH);
    assert_int_equal(fixture_i64(f, "SELECT COUNT(*) FROM t"), good);
    assert_int_equal(after.writes - before.writes, good);
    assert_true(after.commits - before.commits < good);
}

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool entered, open;
};

static void gate_init(struct gate *g)
{
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->changed, NULL);
    g->entered = g->open = false;
}

/* A write that holds the writer until the gate opens. */
static int at_gate(struct db_tx *tx UNUSED, void *arg)
{
    struct gate *g = arg;
    pthread_mutex_lock(&g->lock);
    g->entered = true;
    pthread_cond_broadcast(&g->changed);
    while (!g->open)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
    return 0;
}

static void gate_await(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    while (!g->entered)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void gate_open(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->open = true;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

static atomic_int done_good, done_bad;

static void count_done(void *arg UNUSED, int result)
{
    atomic_fetch_add(result >= 0 ? &done_good : &done_bad, 1);
}

static int insert_number(struct db_tx *tx, void *arg UNUSED)
{
    return db_exec(tx, STR("INSERT INTO t (k, n) SELECT COUNT(*), 0 FROM t"), NULL, 0);
}

static void more_writes_than_may_wait_are_refused_and_free_lets_the_waiting_ones_end(void **state)
{
    struct fixture *f = *state;
    db_free(f->db);
    struct db_options o = {.path = f->path, .queue_max = 4, .group_max = 2};
    assert_int_equal(db_open(&o, &f->db, &f->why), 0);
    struct gate gate;
    gate_init(&gate);
    atomic_store(&done_good, 0);
    atomic_store(&done_bad, 0);
    assert_int_equal(db_write_async(f->db, at_gate, &gate, count_done), 0);
    gate_await(&gate);
    for (int i = 0; i < 4; i++)
        assert_int_equal(db_write_async(f->db, insert_number, NULL, count_done), 0);
    assert_int_equal(db_stats(f->db).waiting, 4);
    assert_int_equal(db_write_async(f->db, insert_number, NULL, count_done), ERR_UNAVAILABLE);
    assert_int_equal(db_write(f->db, insert_number, NULL), ERR_UNAVAILABLE);
    gate_open(&gate);
    f->db = db_free(f->db);
    assert_int_equal(atomic_load(&done_good), 5);
    assert_int_equal(atomic_load(&done_bad), 0);
    fixture_reopen(f);
    assert_int_equal(fixture_i64(f, "SELECT COUNT(*) FROM t"), 4);
}

static int read_around_a_write(struct db_tx *tx, void *arg)
{
    struct fixture *f = arg;
    int64_t before, after;
    assert_false(db_is_write(tx));
    assert_ptr_equal(db_of(tx), f->db);
    assert_int_equal(db_query_i64(tx, STR("SELECT COUNT(*) FROM t"), NULL, 0, -1, &before), 0);
    pthread_t t;
    struct writer w = {.db = f->db, .id = 1};
    assert_int_equal(pthread_create(&t, NULL, writer_main, &w), 0);
    pthread_join(t, NULL);
    assert_int_equal(db_query_i64(tx, STR("SELECT COUNT(*) FROM t"), NULL, 0, -1, &after), 0);
    assert_int_equal(before, after);
    return w.good;
}

static void a_read_sees_one_snapshot(void **state)
{
    struct fixture *f = *state;
    int good = db_read(f->db, read_around_a_write, f);
    assert_true(good > 0);
    assert_int_equal(fixture_i64(f, "SELECT COUNT(*) FROM t"), good);
}

static int write_in_read(struct db_tx *tx, void *arg)
{
    return insert(tx, arg);
}

static void a_read_can_not_write(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_read(f->db, write_in_read, TEXT_ARG("x")), ERR_INTERNAL);
    assert_int_equal(fixture_i64(f, "SELECT COUNT(*) FROM t"), 0);
}

static void read_much(void *arg)
{
    struct fixture *f = arg;
    for (int i = 0; i < 50; i++)
        fixture_i64(f, "SELECT COUNT(*) FROM t");
}

static void *reader_main(void *arg)
{
    read_much(arg);
    return NULL;
}

static void more_readers_than_connections_take_turns(void **state)
{
    struct fixture *f = *state;
    db_free(f->db);
    assert_int_equal(db_open(&(struct db_options){.path = f->path, .readers_max = 2}, &f->db, &f->why), 0);
    pthread_t t[8];
    for (size_t i = 0; i < ARRAY_LEN(t); i++)
        assert_int_equal(pthread_create(&t[i], NULL, reader_main, f), 0);
    for (size_t i = 0; i < ARRAY_LEN(t); i++)
        pthread_join(t[i], NULL);
}

static void hook(void *arg)
{
    (*(int *)arg)++;
}

static void note(void *arg, int64_t n)
{
    *(int64_t *)arg = n;
}

struct noting {
    int64_t *seen;
    int64_t n;
    int r;
};

static int write_note(struct db_tx *tx, void *arg)
{
    struct noting *n = arg;
    db_after_commit(tx, note, n->seen, n->n);
    return n->r;
}

static int notes_in_parts(struct db_tx *tx, void *arg)
{
    int64_t *seen = arg;
    assert_int_equal(db_savepoint(tx, write_note, &(struct noting){seen, 7, 0}), 0);
    assert_int_equal(db_savepoint(tx, write_note, &(struct noting){seen, 8, ERR_INVALID}), ERR_INVALID);
    return 0;
}

static void hooks_and_notes_run_for_what_was_committed_only(void **state)
{
    struct fixture *f = *state;
    int calls = 0;
    int64_t seen = 0;
    db_on_commit(f->db, hook, &calls);
    assert_int_equal(db_write(f->db, write_note, &(struct noting){&seen, 5, 0}), 0);
    assert_int_equal(calls, 1);
    assert_int_equal(seen, 5);
    assert_int_equal(db_write(f->db, write_note, &(struct noting){&seen, 6, ERR_INVALID}), ERR_INVALID);
    assert_int_equal(calls, 1);
    assert_int_equal(seen, 5);
    assert_int_equal(db_write(f->db, notes_in_parts, &seen), 0);
    assert_int_equal(seen, 7);
}

static void what_was_written_is_there_after_reopening_and_the_file_checks(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_write(f->db, insert, TEXT_ARG("a")), 1);
    fixture_reopen(f);
    assert_int_equal(fixture_i64(f, "SELECT COUNT(*) FROM t"), 1);
    assert_int_equal(db_check(f->db, &f->why), 0);
}

static void count_inserts(void *arg, struct str sql, struct str filled)
{
    int *seen = arg;
    if (!str_starts(sql, STR("INSERT")))
        return;
    assert_non_null(strchr(sql.ptr, '?'));
    assert_true(str_find(filled, STR("VALUES ('it''s', 1)"), 0) != SIZE_MAX);
    ++*seen;
}

static void a_trace_sees_each_statement_with_its_values_until_it_ends(void **state)
{
    struct fixture *f = *state;
    int seen = 0;
    db_trace(f->db, count_inserts, &seen);
    assert_int_equal(db_write(f->db, insert, TEXT_ARG("it's")), 1);
    assert_int_equal(seen, 1);
    db_trace(f->db, NULL, NULL);
    assert_int_equal(db_write(f->db, insert, TEXT_ARG("b")), 1);
    assert_int_equal(seen, 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_write_returns_what_its_function_returned),
        T(a_second_row_with_the_same_key_is_err_exists),
        T(an_error_that_a_function_swallows_still_fails_it),
        T(a_part_that_fails_is_rolled_back_alone),
        T(many_writers_share_commits_and_failures_take_nothing_along),
        T(more_writes_than_may_wait_are_refused_and_free_lets_the_waiting_ones_end),
        T(a_read_sees_one_snapshot),
        T(a_read_can_not_write),
        T(more_readers_than_connections_take_turns),
        T(hooks_and_notes_run_for_what_was_committed_only),
        T(what_was_written_is_there_after_reopening_and_the_file_checks),
        T(a_trace_sees_each_statement_with_its_values_until_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
