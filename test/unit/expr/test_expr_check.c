/*
 * Tests of the checker: names, types, what an expression reads.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "help.h"

static struct expr_type type_of(struct help *h, const char *text)
{
    struct expr *e = NULL;
    if (help_compile(h, text, &e))
        fail_msg("%s: %s", text, help_why(h));
    return expr_result_type(e);
}

static void a_name_that_is_not_there_is_refused_where_it_stands(void **state)
{
    struct help *h = *state;
    assert_refused(h, "b > 1 && nobody", ERR_INVALID, "at 1:10: there is no variable nobody");
    assert_refused(h, "manager.salary", ERR_INVALID, "at 1:9: employee has no field salary");
    assert_refused(h, "project.manager.salary > 1", ERR_INVALID, "employee has no field salary");
    assert_refused(h, "b.x", ERR_INVALID, "int has no field x");
    assert_refused(h, "total.cents", ERR_INVALID, "money has no field cents");
    assert_refused(h, "frobnicate(1)", ERR_INVALID, "there is no function frobnicate");
}

static void types_that_do_not_go_together_are_refused(void **state)
{
    struct help *h = *state;
    assert_refused(h, "b + 'x'", ERR_INVALID, "at 1:3: + does not take (int, string)");
    assert_refused(h, "b == 'x'", ERR_INVALID, "== does not take (int, string)");
    assert_refused(h, "1 == 1.0", ERR_INVALID, "== does not take (int, double)");
    assert_refused(h, "total * total", ERR_INVALID, "* does not take (money, money)");
    assert_refused(h, "rate + 0.5", ERR_INVALID, "+ does not take (decimal, double)");
    assert_refused(h, "due < at", ERR_INVALID, "< does not take (date, timestamp)");
    assert_refused(h, "title.startsWith(1)", ERR_INVALID, "startsWith does not take (string, int)");
    assert_refused(h, "b && urgent", ERR_INVALID, "&& takes bool, not int");
    assert_refused(h, "urgent ? 1 : 'a'", ERR_INVALID, "different types, int and string");
    assert_refused(h, "b ? 1 : 2", ERR_INVALID, "takes bool");
    assert_refused(h, "b in ['a']", ERR_INVALID, "in does not take (int, list(string))");
    assert_refused(h, "b.all(x, true)", ERR_INVALID, "over a list or a map, not int");
    assert_refused(h, "lines.all(x, x)", ERR_INVALID, "takes bool");
    assert_refused(h, "lines.map(x, x.y)", ERR_INVALID, "int has no field y");
    assert_refused(h, "{1.5: 2}", ERR_INVALID, "a map's key");
    assert_refused(h, "manager == project", ERR_INVALID, "== does not take (employee, project)");
}

static void results_have_the_type_that_follows(void **state)
{
    struct help *h = *state;
    assert_int_equal(type_of(h, "b + 1").kind, TYPE_INT);
    assert_int_equal(type_of(h, "rate * b").kind, TYPE_DECIMAL);
    assert_int_equal(type_of(h, "total * rate").kind, TYPE_MONEY);
    assert_int_equal(type_of(h, "total.amount").kind, TYPE_DECIMAL);
    assert_int_equal(type_of(h, "due + 1").kind, TYPE_DATE);
    assert_int_equal(type_of(h, "due - due").kind, TYPE_INT);
    assert_int_equal(type_of(h, "at - at").kind, TYPE_DURATION);
    assert_int_equal(type_of(h, "payload.x.y").kind, TYPE_DYN);
    assert_int_equal(type_of(h, "[1, 'a'][0]").kind, TYPE_DYN);
    assert_int_equal(type_of(h, "project.manager.level").kind, TYPE_INT);
    struct expr_type list = type_of(h, "lines.map(x, x > 1)");
    assert_int_equal(list.kind, TYPE_LIST);
    assert_int_equal(list.a->kind, TYPE_BOOL);
}

static void null_spreads_through_types(void **state)
{
    struct help *h = *state;
    assert_true(type_of(h, "a").nullable);
    assert_false(type_of(h, "b").nullable);
    assert_true(type_of(h, "project.budget").nullable); /* the project may be missing */
    assert_true(type_of(h, "a + b").nullable);
    assert_false(type_of(h, "a == b").nullable);
    assert_true(type_of(h, "urgent ? b : null").nullable);
}

static void the_wanted_type_is_enforced(void **state)
{
    struct help *h = *state;
    struct expr_env env = help_env();
    struct expr_type boolean = {.kind = TYPE_BOOL};
    struct expr *e = NULL;
    assert_int_equal(expr_compile(&h->arena, STR("b + 1"), &env, &boolean, &e, &h->why), ERR_INVALID);
    assert_says(h, "the result is int, not bool");
    assert_null(e);
    assert_int_equal(expr_compile(&h->arena, STR("payload.ok"), &env, &boolean, &e, NULL), 0);
    assert_int_equal(expr_compile(&h->arena, STR("b > 1"), &env, &boolean, &e, NULL), 0);
    assert_int_equal(expr_compile(&h->arena, STR("null"), &env, &boolean, &e, NULL), ERR_INVALID);
}

static void containers_and_leading_dots_choose_among_names(void **state)
{
    struct help *h = *state;
    static const struct expr_var vars[] = {
        {"x", {.kind = TYPE_INT}}, {"a.x", {.kind = TYPE_STRING}}, {"a.b.x", {.kind = TYPE_BOOL}}};
    struct expr_env env = {.vars = vars, .vars_len = 3, .container = STR("a.b")};
    static const struct {
        const char *text;
        enum expr_type_kind kind;
    } cases[] = {{"x", TYPE_BOOL}, {".x", TYPE_INT}, {"b.x", TYPE_BOOL}, {"a.x", TYPE_STRING}, {".a.x", TYPE_STRING}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct expr *e;
        assert_int_equal(expr_compile(&h->arena, str_of(cases[i].text), &env, NULL, &e, NULL), 0);
        assert_int_equal(expr_result_type(e).kind, cases[i].kind);
    }
}

static void collect(void *arg, struct str path)
{
    struct buf *b = arg;
    buf_add(b, path);
    buf_add_char(b, ' ');
}

static void paths_name_all_that_is_read_and_no_macro_variable(void **state)
{
    struct help *h = *state;
    CLEANUP(buf_release) struct buf b = {0};
    struct expr *e;
    buf_init(&b, 1000);
    assert_int_equal(help_compile(h,
                                  "project.manager == actor && lines.all(x, x > a) && has(manager.name) && "
                                  "title.startsWith(actor.id)",
                                  &e),
                     0);
    expr_paths(e, collect, &b);
    assert_string_equal(b.ptr, "project.manager actor lines a manager.name title actor.id ");
}

static void unchecked_expressions_compile_whatever_they_name(void **state)
{
    struct help *h = *state;
    struct expr_env env = {.check_off = true};
    struct expr *e;
    struct value v;
    struct expr_run run = help_run(h);
    assert_int_equal(expr_compile(&h->arena, STR("nobody.x == 1 || true"), &env, NULL, &e, NULL), 0);
    assert_int_equal(expr_eval(e, &run, &v, NULL), 0);
    assert_true(v.b);
}

static void macros_can_be_switched_off(void **state)
{
    struct help *h = *state;
    struct expr_env env = help_env();
    struct expr *e;
    env.macros_off = true;
    assert_int_equal(expr_compile(&h->arena, STR("[1].all(x, x > 0)"), &env, NULL, &e, &h->why), ERR_INVALID);
    assert_says(h, "there is no function all");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_name_that_is_not_there_is_refused_where_it_stands, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(types_that_do_not_go_together_are_refused, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(results_have_the_type_that_follows, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(null_spreads_through_types, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(the_wanted_type_is_enforced, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(containers_and_leading_dots_choose_among_names, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(paths_name_all_that_is_read_and_no_macro_variable, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(unchecked_expressions_compile_whatever_they_name, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(macros_can_be_switched_off, help_setup, help_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
