/*
 * Tests of statements: values in and out, the cache of prepared ones, nesting, changes of the schema under it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/db/db_fixture.h"

static int set_up(void **state)
{
    struct fixture *f = fixture_new();
    assert_true(fixture_sql(f, "CREATE TABLE t (k BIGINT PRIMARY KEY, s TEXT, b BLOB)") >= 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_free(*state);
    return 0;
}

static int values_both_ways(struct db_tx *tx, void *arg)
{
    struct fixture *f = arg;
    const struct str blob = STR("\0\xff\1");
    assert_int_equal(db_exec(tx, STR("INSERT INTO t VALUES (?, ?, ?)"),
                             DB_VALUES(value_int(INT64_MIN), value_str(STR("双擎")), value_bytes(blob))),
                     1);
    assert_int_equal(db_exec(tx, STR("INSERT INTO t VALUES (?, ?, ?)"),
                             DB_VALUES(value_bool(true), value_null(), value_bytes(STR("")))),
                     1);
    assert_int_equal(db_exec(tx, STR("INSERT INTO t VALUES (?, ?, ?)"),
                             DB_VALUES(value_int(2), value_str(STR("")), value_str(STR_NULL))),
                     1);
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    assert_int_equal(db_prepare(tx, STR("SELECT k, s, b FROM t ORDER BY k"), &st), 0);
    assert_int_equal(db_columns(st), 3);
    assert_int_equal(db_step(st), 1);
    assert_true(db_col_i64(st, 0) == INT64_MIN);
    assert_true(str_is(db_col_copy(st, 1, &f->arena), "双擎"));
    assert_true(str_eq(db_col_str(st, 2), blob));
    assert_int_equal(db_step(st), 1);
    assert_int_equal(db_col_i64(st, 0), 1);
    assert_true(db_col_null(st, 1));
    assert_null(db_col_copy(st, 1, &f->arena).ptr);
    assert_false(db_col_null(st, 2));
    assert_non_null(db_col_str(st, 2).ptr);
    assert_int_equal(db_step(st), 1);
    assert_false(db_col_null(st, 1));
    assert_true(db_col_null(st, 2));
    assert_int_equal(db_step(st), 0);
    assert_int_equal(db_step(st), 0);
    return 0;
}

static void values_come_back_as_they_were_bound(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_write(f->db, values_both_ways, f), 0);
}

static int nested(struct db_tx *tx, void *arg UNUSED)
{
    const struct str sql = STR("SELECT k FROM t ORDER BY k");
    CLEANUP(db_donep) struct db_stmt *outer = NULL;
    int pairs = 0;
    assert_int_equal(db_prepare(tx, sql, &outer), 0);
    while (db_step(outer) == 1) {
        CLEANUP(db_donep) struct db_stmt *inner = NULL;
        assert_int_equal(db_prepare(tx, sql, &inner), 0);
        assert_ptr_not_equal(outer, inner);
        while (db_step(inner) == 1)
            pairs++;
    }
    return pairs;
}

static void nested_use_of_a_text_gets_a_second_statement(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(fixture_sql(f, "INSERT INTO t (k) VALUES (1), (2), (3)"), 3);
    assert_int_equal(db_read(f->db, nested, NULL), 9);
    assert_int_equal(db_read(f->db, nested, NULL), 9);
}

static int reused(struct db_tx *tx, void *arg UNUSED)
{
    char text[64];
    int64_t n;
    snprintf(text, sizeof(text), "SELECT 11");
    assert_int_equal(db_query_i64(tx, str_of(text), NULL, 0, 0, &n), 0);
    assert_int_equal(n, 11);
    snprintf(text, sizeof(text), "SELECT 22");
    assert_int_equal(db_query_i64(tx, str_of(text), NULL, 0, 0, &n), 0);
    assert_int_equal(n, 22);
    struct db_stmt *a = NULL, *b = NULL;
    assert_int_equal(db_prepare(tx, STR("SELECT 33"), &a), 0);
    db_done(a);
    char copy[] = "SELECT 33";
    assert_int_equal(db_prepare(tx, str_of(copy), &b), 0);
    assert_ptr_equal(a, b);
    db_done(b);
    return 0;
}

static void a_statement_is_known_by_its_content_not_by_its_address(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_read(f->db, reused, NULL), 0);
}

static int many_texts(struct db_tx *tx, void *arg UNUSED)
{
    CLEANUP(db_donep) struct db_stmt *held = NULL;
    assert_int_equal(db_prepare(tx, STR("SELECT k FROM t"), &held), 0);
    for (int64_t i = 0; i < 1500; i++) {
        char text[64];
        int64_t n;
        snprintf(text, sizeof(text), "SELECT %d", (int)i);
        assert_int_equal(db_query_i64(tx, str_of(text), NULL, 0, -1, &n), 0);
        assert_int_equal(n, i);
    }
    assert_int_equal(db_step(held), 1);
    return 0;
}

static void more_texts_than_are_kept_work_and_one_in_use_stays(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(fixture_sql(f, "INSERT INTO t (k) VALUES (1)"), 1);
    assert_int_equal(db_read(f->db, many_texts, NULL), 0);
}

static int columns_of(struct db_tx *tx, void *arg)
{
    struct fixture *f = arg;
    struct str *names;
    size_t len;
    int r = db_table_columns(tx, STR("t"), &f->arena, &names, &len);
    return r < 0 ? r : (int)len;
}

static int all_columns(struct db_tx *tx, void *arg UNUSED)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    int r = db_prepare(tx, STR("SELECT * FROM t"), &st);
    if (r >= 0)
        r = db_step(st);
    return r < 0 ? r : db_columns(st);
}

static int add_column(struct db_tx *tx, void *arg UNUSED)
{
    return db_run_ddl(tx, STR("ALTER TABLE t ADD COLUMN x BIGINT;\nCREATE INDEX t_x ON t (x);\n"));
}

static void statements_survive_a_change_of_the_schema(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(fixture_sql(f, "INSERT INTO t (k) VALUES (1)"), 1);
    assert_int_equal(db_read(f->db, columns_of, f), 3);
    assert_int_equal(db_read(f->db, all_columns, NULL), 3);
    assert_int_equal(db_write(f->db, all_columns, NULL), 3);
    assert_int_equal(db_write(f->db, add_column, NULL), 0);
    assert_int_equal(db_read(f->db, columns_of, f), 4);
    assert_int_equal(db_read(f->db, all_columns, NULL), 4);
    assert_int_equal(db_write(f->db, all_columns, NULL), 4);
}

static int no_table(struct db_tx *tx, void *arg)
{
    struct str *names;
    size_t len = 9;
    int r = db_table_columns(tx, STR("no_such"), arg, &names, &len);
    return r < 0 ? r : (int)len;
}

static void a_table_that_is_not_there_has_no_columns(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_read(f->db, no_table, &f->arena), 0);
}

static int run_text(struct db_tx *tx, void *arg)
{
    return db_exec(tx, str_of(arg), NULL, 0);
}

static void a_wrong_statement_is_an_internal_error(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_write(f->db, run_text, TEXT_ARG("SELEKT 1")), ERR_INTERNAL);
    assert_int_equal(db_write(f->db, run_text, TEXT_ARG("INSERT INTO t (k) VALUES (1); DELETE FROM t")), ERR_INTERNAL);
    assert_int_equal(db_write(f->db, run_text, TEXT_ARG("INSERT INTO t (k) VALUES (1)")), 1);
}

static int forget(struct db_tx *tx, void *arg UNUSED)
{
    struct db_stmt *st;
    int r = db_prepare(tx, STR("SELECT k FROM t"), &st);
    return r < 0 ? r : db_step(st);
}

static void a_forgotten_statement_holds_nothing_after_the_transaction(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(fixture_sql(f, "INSERT INTO t (k) VALUES (1)"), 1);
    assert_int_equal(db_read(f->db, forget, NULL), 1);
    assert_int_equal(db_write(f->db, forget, NULL), 1);
    assert_int_equal(fixture_sql(f, "INSERT INTO t (k) VALUES (2)"), 1);
    assert_int_equal(fixture_i64(f, "SELECT COUNT(*) FROM t"), 2);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(values_come_back_as_they_were_bound),
        T(nested_use_of_a_text_gets_a_second_statement),
        T(a_statement_is_known_by_its_content_not_by_its_address),
        T(more_texts_than_are_kept_work_and_one_in_use_stays),
        T(statements_survive_a_change_of_the_schema),
        T(a_table_that_is_not_there_has_no_columns),
        T(a_wrong_statement_is_an_internal_error),
        T(a_forgotten_statement_holds_nothing_after_the_transaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
