/*
 * Tests of the translation to SQL: its forms, its values, and what it refuses.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "help.h"

static int column(void *arg, struct str path, struct buf *sql)
{
    (void)arg;
    if (str_starts(path, STR("actor")) || str_starts(path, STR("payload")))
        return ERR_NOT_FOUND;
    return buf_addf(sql, "\"%.*s\"", STR_ARG(path));
}

static int constant(void *arg, struct str path, struct arena *a, struct value *ret)
{
    static const struct value teams[] = {{.kind = VALUE_STRING, .s = {"t1", 2}},
                                         {.kind = VALUE_STRING, .s = {"t2", 2}}};
    (void)arg, (void)a;
    if (str_is(path, "actor.id") || str_is(path, "actor"))
        *ret = value_str(STR("e1"));
    else if (str_is(path, "actor.teams"))
        *ret = (struct value){.kind = VALUE_LIST, .list = {teams, 2}};
    else if (str_is(path, "actor.nothing"))
        *ret = value_null();
    else if (str_is(path, "today()"))
        *ret = value_date(20000);
    else
        return ERR_NOT_FOUND;
    return 0;
}

static const struct expr_sql_env SQL_ENV = {.column = column, .constant = constant};

static int translate(struct help *h, const char *text, struct buf *sql, struct expr_binds *binds)
{
    struct expr *e;
    if (help_compile(h, text, &e))
        fail_msg("%s: %s", text, help_why(h));
    return expr_to_sql(e, &SQL_ENV, &h->arena, sql, binds, &h->why);
}

static void assert_sql(struct help *h, const char *text, const char *expected, size_t binds_expected)
{
    CLEANUP(buf_release) struct buf sql = {0};
    struct expr_binds binds = {0};
    buf_init(&sql, 10000);
    if (translate(h, text, &sql, &binds))
        fail_msg("%s: %s", text, help_why(h));
    assert_string_equal(sql.ptr, expected);
    assert_int_equal(binds.len, binds_expected);
}

static void assert_not_sql(struct help *h, const char *text, const char *part)
{
    CLEANUP(buf_release) struct buf sql = {0};
    struct expr_binds binds = {0};
    buf_init(&sql, 10000);
    buf_add_cstr(&sql, "kept");
    assert_int_equal(translate(h, text, &sql, &binds), ERR_INVALID);
    assert_int_equal(h->why.message, MSG_EXPR_NOT_SQL);
    assert_says(h, part);
    assert_string_equal(sql.ptr, "kept");
    assert_int_equal(binds.len, 0);
}

static void comparisons_stay_plain_where_null_is_as_good_as_false(void **state)
{
    struct help *h = *state;
    assert_sql(h, "a < 5", "(\"a\" < ?)", 1);
    assert_sql(h, "a == 5 && b >= a", "((\"a\" = ?) AND (\"b\" >= \"a\"))", 1);
    assert_sql(h, "manager == actor", "(\"manager\" = ?)", 1);
    assert_sql(h, "project.manager == actor.id", "(\"project.manager\" = ?)", 1);
}

static void negation_closes_what_may_be_null(void **state)
{
    struct help *h = *state;
    assert_sql(h, "!(a < 5)", "(NOT ((\"a\" < ?) IS TRUE))", 1);
    assert_sql(h, "!(b < 5)", "(NOT (\"b\" < ?))", 1);
    assert_sql(h, "!done", "(NOT ((\"done\" = 1) IS TRUE))", 0);
    assert_sql(h, "!urgent || urgent", "((NOT (\"urgent\" = 1)) OR (\"urgent\" = 1))", 0);
}

static void null_is_tested_by_is(void **state)
{
    struct help *h = *state;
    assert_sql(h, "a == null", "(\"a\" IS NULL)", 0);
    assert_sql(h, "null != a", "(\"a\" IS NOT NULL)", 0);
    assert_sql(h, "name == actor.nothing", "(\"name\" IS NULL)", 0);
    assert_sql(h, "a != 5", "(\"a\" IS DISTINCT FROM ?)", 1);
    assert_sql(h, "a == project.budget", "(\"a\" IS NOT DISTINCT FROM \"project.budget\")", 0);
    assert_sql(h, "a < project.budget || name < actor.nothing", "((\"a\" < \"project.budget\") OR (1=0))", 0);
}

static void texts_and_lists_have_portable_forms(void **state)
{
    struct help *h = *state;
    assert_sql(h, "title.startsWith('项')", "(substr(\"title\", 1, length(?)) = ?)", 2);
    assert_sql(h, "title.contains('x')", "(instr(\"title\", ?) > 0)", 1);
    assert_sql(h, "b in [1, 2, 3]", "(\"b\" IN (?, ?, ?))", 3);
    assert_sql(h, "name in actor.teams", "(\"name\" IN (?, ?))", 2);
    assert_sql(h, "b in [a, 7]", "(\"b\" IN (\"a\", ?))", 1);
    assert_sql(h, "b in []", "(1=0)", 0);
    assert_sql(h, "has(manager.name)", "(\"manager.name\" <> '')", 0);
}

static void what_reads_no_column_is_computed_before(void **state)
{
    struct help *h = *state;
    assert_sql(h, "due < today() + 7", "(\"due\" < ?)", 1);
    assert_sql(h, "due >= date('2026-01-01')", "(\"due\" >= ?)", 1);
    assert_sql(h, "actor.id.startsWith('e') && b > 2 * 3", "((1=1) AND (\"b\" > ?))", 1);
}

static void what_has_no_sql_is_refused_where_it_stands(void **state)
{
    struct help *h = *state;
    assert_not_sql(h, "title.matches('x')", "matches at 1:7");
    assert_not_sql(h, "b * 2 > 4", "_*_");
    assert_not_sql(h, "urgent ? true : done", "? :");
    assert_not_sql(h, "lines.all(x, x > 1)", "macro");
    assert_not_sql(h, "b in lines", "list that is not known");
    assert_not_sql(h, "payload == 1", "dyn");
    assert_not_sql(h, "total > money('1', 'CNY')", "money");
    assert_not_sql(h, "rate == 1", "decimal");
    assert_not_sql(h, "name == 'a\\u0000b'", "NUL");
    assert_not_sql(h, "name == actor.name", "actor.name");
    assert_not_sql(h, "title + 'x' == 'y'", "+ or -");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(comparisons_stay_plain_where_null_is_as_good_as_false, help_setup,
                                        help_teardown),
        cmocka_unit_test_setup_teardown(negation_closes_what_may_be_null, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(null_is_tested_by_is, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(texts_and_lists_have_portable_forms, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(what_reads_no_column_is_computed_before, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(what_has_no_sql_is_refused_where_it_stands, help_setup, help_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
