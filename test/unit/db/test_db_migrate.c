/*
 * Tests of migrations: in order, once, each all or nothing, and never from a newer schema.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/db/db_fixture.h"

static const struct db_migration good[] = {
    {.module = "x", .number = 1, .sql = "CREATE TABLE a (n BIGINT);\nINSERT INTO a VALUES (1);\n"},
    {.module = "x", .number = 2, .sql = "ALTER TABLE a ADD COLUMN m BIGINT;\nUPDATE a SET n = n + 1;\n"},
    {.module = "y", .number = 1, .sql = "CREATE TABLE b (n BIGINT);\n"},
};
static const struct db_migration broken[] = {
    {.module = "x", .number = 1, .sql = "CREATE TABLE a (n BIGINT);\nINSERT INTO a VALUES (1);\n"},
    {.module = "x", .number = 2, .sql = "CREATE TABLE half (n BIGINT);\nINSERT INTO no_such VALUES (1);\n"},
};

static int set_up(void **state)
{
    *state = fixture_new();
    return 0;
}

static int tear_down(void **state)
{
    fixture_free(*state);
    return 0;
}

static void steps_run_once_and_in_order(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_migrate(f->db, good, 1, &f->why), 0);
    assert_int_equal(fixture_i64(f, "SELECT n FROM a"), 1);
    assert_int_equal(db_migrate(f->db, good, ARRAY_LEN(good), &f->why), 0);
    fixture_reopen(f);
    assert_int_equal(db_migrate(f->db, good, ARRAY_LEN(good), &f->why), 0);
    assert_int_equal(fixture_i64(f, "SELECT n FROM a"), 2);
    assert_int_equal(fixture_i64(f, "SELECT COUNT(*) FROM tandem_migration"), 3);
}

static void a_step_that_fails_leaves_the_step_before(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_migrate(f->db, broken, ARRAY_LEN(broken), &f->why), ERR_INTERNAL);
    assert_int_equal(f->why.message, MSG_DB_MIGRATION);
    assert_int_equal(fixture_i64(f, "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'half'"), 0);
    assert_int_equal(fixture_i64(f, "SELECT MAX(number) FROM tandem_migration"), 1);
    problem_clear(&f->why);
    assert_int_equal(db_migrate(f->db, good, ARRAY_LEN(good), &f->why), 0);
}

static void a_newer_schema_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_migrate(f->db, good, 2, &f->why), 0);
    assert_int_equal(db_migrate(f->db, good, 1, &f->why), ERR_CONFLICT);
    assert_int_equal(f->why.message, MSG_DB_NEWER);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(steps_run_once_and_in_order),
        T(a_step_that_fails_leaves_the_step_before),
        T(a_newer_schema_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
