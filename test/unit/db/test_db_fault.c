/*
 * Tests of the database when the disk does not do as it should: no room, a damaged file, a process that is killed.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "unit/db/db_fixture.h"

static int set_up(void **state)
{
    struct fixture *f = fixture_new();
    assert_true(fixture_sql(f, "CREATE TABLE t (k BIGINT PRIMARY KEY, s TEXT)") >= 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_free(*state);
    return 0;
}

static void file_bytes_max(rlim_t max)
{
    struct rlimit now;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &now), 0);
    now.rlim_cur = max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
}

static rlim_t log_bytes(const struct fixture *f)
{
    char path[128];
    struct stat st;
    snprintf(path, sizeof(path), "%s-wal", f->path);
    assert_int_equal(stat(path, &st), 0);
    return (rlim_t)st.st_size;
}

static int insert_large(struct db_tx *tx, void *arg)
{
    return db_exec(tx, STR("INSERT INTO t VALUES (?, printf('%.*c', 200000, 'x'))"), DB_VALUES(value_int(*(int *)arg)));
}

static int insert_small(struct db_tx *tx, void *arg)
{
    return db_exec(tx, STR("INSERT INTO t VALUES (?, 'y')"), DB_VALUES(value_int(*(int *)arg)));
}

static void without_room_writes_fail_reads_go_on_and_it_heals(void **state)
{
    struct fixture *f = *state;
    int one = 1, two = 2;
    assert_int_equal(db_write(f->db, insert_small, &one), 1);
    signal(SIGXFSZ, SIG_IGN);
    file_bytes_max(log_bytes(f) + 20000);
    int r = db_write(f->db, insert_large, &two);
    int64_t seen = fixture_i64(f, "SELECT COUNT(*) FROM t");
    file_bytes_max(RLIM_INFINITY);
    assert_int_equal(r, ERR_DISK_FULL);
    assert_int_equal(seen, 1);
    assert_int_equal(db_write(f->db, insert_large, &two), 1);
    assert_int_equal(db_check(f->db, &f->why), 0);
}

struct one_write {
    struct fixture *f;
    int k, result;
    db_fn fn;
};

static void *one_write_main(void *arg)
{
    struct one_write *w = arg;
    w->result = db_write(w->f->db, w->fn, &w->k);
    return NULL;
}

struct holding {
    struct fixture *f;
    atomic_bool entered;
};

/* The others join one group behind this write: the writer is busy until they all wait. */
static int hold(struct db_tx *tx UNUSED, void *arg)
{
    struct holding *h = arg;
    atomic_store(&h->entered, true);
    for (int i = 0; i < 5000 && db_stats(h->f->db).waiting < 4; i++)
        usleep(1000);
    return 0;
}

static void *hold_main(void *arg)
{
    assert_int_equal(db_write(((struct holding *)arg)->f->db, hold, arg), 0);
    return NULL;
}

static void a_write_without_room_takes_nobody_of_its_group_along(void **state)
{
    struct fixture *f = *state;
    int one = 1;
    assert_int_equal(db_write(f->db, insert_small, &one), 1);
    signal(SIGXFSZ, SIG_IGN);
    file_bytes_max(log_bytes(f) + 120000);
    struct one_write w[4];
    pthread_t t[5];
    struct holding holding = {.f = f};
    assert_int_equal(pthread_create(&t[4], NULL, hold_main, &holding), 0);
    while (!atomic_load(&holding.entered))
        usleep(1000);
    for (int i = 0; i < 4; i++) {
        w[i] = (struct one_write){.f = f, .k = 10 + i, .fn = i == 2 ? insert_large : insert_small};
        assert_int_equal(pthread_create(&t[i], NULL, one_write_main, &w[i]), 0);
    }
    for (int i = 0; i < 5; i++)
        pthread_join(t[i], NULL);
    file_bytes_max(RLIM_INFINITY);
    for (int i = 0; i < 4; i++)
        assert_int_equal(w[i].result, i == 2 ? ERR_DISK_FULL : 1);
    assert_int_equal(fixture_i64(f, "SELECT COUNT(*) FROM t"), 4);
}

static void a_file_that_is_no_database_is_refused_with_words(void **state)
{
    struct fixture *f = *state;
    f->db = db_free(f->db);
    int fd = open(f->path, O_WRONLY | O_TRUNC);
    char junk[4096];
    memset(junk, 'j', sizeof(junk));
    assert_int_equal(write(fd, junk, sizeof(junk)), sizeof(junk));
    close(fd);
    assert_int_equal(db_open(&(struct db_options){.path = f->path}, &f->db, &f->why), ERR_INTERNAL);
    assert_int_equal(f->why.message, MSG_DB_OPEN);
    assert_null(f->db);
}

static int sum_all(struct db_tx *tx, void *arg)
{
    return db_query_i64(tx, STR("SELECT SUM(LENGTH(s)) FROM t"), NULL, 0, 0, arg);
}

static void damage_inside_the_file_is_found(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 5; i++)
        assert_int_equal(db_write(f->db, insert_large, &i), 1);
    f->db = db_free(f->db);
    int fd = open(f->path, O_WRONLY);
    char junk[4096];
    memset(junk, 0xee, sizeof(junk));
    assert_int_equal(pwrite(fd, junk, sizeof(junk), 4096), sizeof(junk));
    close(fd);
    assert_int_equal(db_open(&(struct db_options){.path = f->path}, &f->db, &f->why), 0);
    assert_int_equal(db_check(f->db, &f->why), ERR_INTERNAL);
    assert_int_equal(f->why.message, MSG_DB_DAMAGED);
    int64_t sum;
    for (int i = 0; i < 20; i++) /* refused, each time, by a process that lives on */
        assert_int_equal(db_read(f->db, sum_all, &sum), ERR_INTERNAL);
}

/* Writes 1, 2, 3, … and tells each one that was acknowledged, until it is killed. */
static void child_writes(const char *path, int out)
{
    struct db *db;
    if (db_open(&(struct db_options){.path = path}, &db, NULL) < 0)
        _exit(1);
    for (int k = 1;; k++) {
        if (db_write(db, insert_small, &k) != 1 || write(out, &k, sizeof(k)) != sizeof(k))
            _exit(1);
    }
}

static void what_was_acknowledged_survives_a_kill(void **state)
{
    struct fixture *f = *state;
    f->db = db_free(f->db);
    int fds[2], last = 0, k;
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0)
        child_writes(f->path, fds[1]);
    close(fds[1]);
    while (last < 100 && read(fds[0], &k, sizeof(k)) == sizeof(k))
        last = k;
    kill(child, SIGKILL);
    while (read(fds[0], &k, sizeof(k)) == sizeof(k))
        last = k;
    waitpid(child, NULL, 0);
    close(fds[0]);
    assert_true(last >= 100);
    fixture_reopen(f);
    assert_true(fixture_i64(f, "SELECT COUNT(*) FROM t") >= last);
    assert_int_equal(db_check(f->db, &f->why), 0);
}

static void the_file_is_for_its_owner_only(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void the_log_is_copied_into_the_file_when_nothing_is_written(void **state)
{
    struct fixture *f = *state;
    struct stat before, after = {0};
    assert_int_equal(stat(f->path, &before), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(db_write(f->db, insert_large, &i), 1);
    for (int i = 0; i < 500 && after.st_size < 600000; i++) {
        usleep(10000);
        assert_int_equal(stat(f->path, &after), 0);
    }
    assert_true(before.st_size < 100000 && after.st_size >= 600000);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(without_room_writes_fail_reads_go_on_and_it_heals),
        T(a_write_without_room_takes_nobody_of_its_group_along),
        T(a_file_that_is_no_database_is_refused_with_words),
        T(damage_inside_the_file_is_found),
        T(what_was_acknowledged_survives_a_kill),
        T(the_file_is_for_its_owner_only),
        T(the_log_is_copied_into_the_file_when_nothing_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
