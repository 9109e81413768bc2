/*
 * Tests of runs: our own types, null, budgets and what an attacker might try.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "help.h"

static void decimals_are_exact(void **state)
{
    struct help *h = *state;
    assert_true_expr(h, "decimal('0.1') + decimal('0.2') == decimal('0.3')");
    assert_true_expr(h, "decimal('1.50') * 2 == 3 && 3 == decimal('3.00')");
    assert_true_expr(h, "decimal('1') / 3 == decimal('0.333333') && string(decimal('1.50')) == '1.50'");
    assert_true_expr(h, "-decimal('1.5') < 0 && abs(decimal('-1.5')) == decimal('1.5') && max(decimal('1.2'), 1) > 1");
    assert_true_expr(h, "decimal('12.30') > decimal('2') && int(decimal('-1.9')) == -1");
    assert_run_fails(h, "decimal('1') / 0", ERR_INVALID, "division by zero (1:14)");
    assert_run_fails(h, "decimal('x')", ERR_INVALID, "not a decimal number: x");
    assert_run_fails(h, "decimal('9000000000000000000') * 10", ERR_INVALID, "overflow");
}

static void money_keeps_its_currency(void **state)
{
    struct help *h = *state;
    assert_true_expr(h, "money('10.50', 'CNY') + money('0.50', 'CNY') == money('11', 'CNY')");
    assert_true_expr(h, "money('10.50', 'CNY') * decimal('1.5') == money('15.75', 'CNY')");
    assert_true_expr(h, "2 * money('10.50', 'CNY') == money(21, 'CNY')");
    assert_true_expr(h, "money('10.50', 'CNY').amount == decimal('10.5') && money('1', 'JPY').currency == 'JPY'");
    assert_true_expr(h, "money('1', 'CNY') != money('1', 'USD') && string(money('1.5', 'CNY')) == '1.50 CNY'");
    assert_true_expr(h, "money('1', 'CNY') < money('2', 'CNY') && -money('1', 'CNY') < money('0', 'CNY')");
    assert_true_expr(h, "money('1', 'CNY') / money('4', 'CNY') == decimal('0.25')");
    assert_run_fails(h, "money('1', 'CNY') + money('1', 'USD')", ERR_INVALID, "different currencies");
    assert_run_fails(h, "money('1', 'CNY') < money('1', 'USD')", ERR_INVALID, "different currencies");
    assert_run_fails(h, "money('1.001', 'CNY')", ERR_INVALID, "not an amount");
    assert_run_fails(h, "money('1', 'XXQ')", ERR_INVALID, "not an ISO 4217 currency");
}

static void dates_count_in_days(void **state)
{
    struct help *h = *state;
    assert_true_expr(h, "date('2026-02-28') + 1 == date('2026-03-01') && date('2026-03-01') - date('2026-02-28') == 1");
    assert_true_expr(h, "date('2026-11-25').getFullYear() == 2026 && string(date('2026-11-25')) == '2026-11-25'");
    assert_true_expr(h, "date(timestamp('2026-11-25T23:00:00Z'), 'Asia/Shanghai') == date('2026-11-26')");
    assert_true_expr(h, "today() == date('2025-11-25') && now() == timestamp('2025-11-25T07:00:00.123Z')");
    assert_run_fails(h, "date('2026-02-30')", ERR_INVALID, "not a date");
    assert_run_fails(h, "date('9999-12-31') + 1", ERR_INVALID, "out of range");
}

static void errors_do_not_count_where_the_other_side_decides(void **state)
{
    struct help *h = *state;
    assert_true_expr(h, "1 / 0 > 1 || true");
    assert_true_expr(h, "!(1 / 0 > 1 && false)");
    assert_true_expr(h, "[0, 1].exists(x, 1 / x == 1)");
    assert_run_fails(h, "1 / 0 > 1 || false", ERR_INVALID, "division by zero (1:3)");
}

static void null_in_arithmetic_is_an_error_of_a_plain_run(void **state)
{
    struct help *h = *state;
    names_put(&h->vars, "a", value_null());
    names_put(&h->vars, "manager", value_null());
    assert_true_expr(h, "a == null && a != 1 && !(a == 1)");
    assert_run_fails(h, "a + 1", ERR_INVALID, "no such overload");
    assert_run_fails(h, "a < 1", ERR_INVALID, "no such overload");
    assert_run_fails(h, "manager.level", ERR_NOT_FOUND, "a field of null: level");
}

static bool eval_bool(struct help *h, const char *text)
{
    struct expr *e;
    struct expr_run run = help_run(h);
    bool b = false;
    if (help_compile(h, text, &e) || expr_eval_bool(e, &run, &b, &h->why))
        fail_msg("%s: %s", text, help_why(h));
    return b;
}

static void null_makes_predicates_false_under_the_null_rule(void **state)
{
    struct help *h = *state;
    names_put(&h->vars, "a", value_null());
    names_put(&h->vars, "b", value_int(INT64_MAX));
    names_put(&h->vars, "name", value_null());
    names_put(&h->vars, "done", value_null());
    names_put(&h->vars, "project", value_null());
    assert_false(eval_bool(h, "a < 1"));
    assert_true(eval_bool(h, "!(a < 1)"));
    assert_true(eval_bool(h, "!(a < 1) && !(a >= 1)"));
    assert_false(eval_bool(h, "name.startsWith('x') || name.contains('') || name in ['x']"));
    assert_false(eval_bool(h, "a == 1"));
    assert_true(eval_bool(h, "a != 1 && a == null"));
    assert_true(eval_bool(h, "project.budget == null && !(project.budget > 1)"));
    assert_false(eval_bool(h, "done"));
    assert_true(eval_bool(h, "!done || false"));
    assert_false(eval_bool(h, "b + 1 > 0")); /* an overflow is missing, too */
    assert_true(eval_bool(h, "a + 1 == null"));
    assert_false(eval_bool(h, "has(project.budget)"));
}

static void a_guard_that_is_no_bool_is_an_error(void **state)
{
    struct help *h = *state;
    struct expr *e;
    struct expr_run run = help_run(h);
    bool b = true;
    assert_int_equal(help_compile(h, "1 + 1", &e), 0);
    assert_int_equal(expr_eval_bool(e, &run, &b, &h->why), ERR_INVALID);
    assert_true(b);
}

static void records_are_equal_by_id(void **state)
{
    struct help *h = *state;
    struct names one = {0}, same = {0};
    names_put(&one, "id", value_str(STR("e1")));
    names_put(&same, "id", value_str(STR("e1")));
    names_put(&h->vars, "manager", record_value(&one));
    names_put(&h->vars, "actor", record_value(&same));
    assert_true_expr(h, "manager == actor && manager == 'e1' && actor.id in ['e1'] && manager in ['e0', 'e1']");
    assert_true_expr(h, "manager != 'e2'");
}

static void budgets_of_steps_and_memory_end_a_run(void **state)
{
    struct help *h = *state;
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, EXPR_BYTES_MAX);
    assert_run_fails(h,
                     "[1,2,3,4,5,6,7,8,9,10].all(a1, [1,2,3,4,5,6,7,8,9,10].all(a2, [1,2,3,4,5,6,7,8,9,10].all(a3, "
                     "[1,2,3,4,5,6,7,8,9,10].all(a4, [1,2,3,4,5,6,7,8,9,10].all(a5, [1,2,3].all(a6, true))))))",
                     ERR_LIMIT, "steps");
    buf_add_cstr(&b, "cel.bind(x, 'aaaaaaaaaaaaaaaa', ");
    for (int i = 0; i < 20; i++)
        buf_add_cstr(&b, "cel.bind(x, x + x, ");
    buf_add_cstr(&b, "size(x)");
    for (int i = 0; i < 21; i++)
        buf_add_char(&b, ')');
    assert_run_fails(h, b.ptr, ERR_LIMIT, "memory");
}

static void a_limit_is_not_absorbed_by_or(void **state)
{
    assert_run_fails(*state,
                     "[1,2,3,4,5,6,7,8,9,10].map(a1, [1,2,3,4,5,6,7,8,9,10].map(a2, [1,2,3,4,5,6,7,8,9,10].map(a3, "
                     "[1,2,3,4,5,6,7,8,9,10].map(a4, [1,2,3,4,5,6,7,8,9,10].map(a5, 1))))).size() > 1 || true",
                     ERR_LIMIT, "");
}

static void regular_expressions_are_those_of_re2(void **state)
{
    struct help *h = *state;
    assert_true_expr(h, "'abc'.matches('^a.c$') && 'xabcx'.matches('b') && !'abc'.matches('^b') && ''.matches('^$')");
    assert_true_expr(
        h,
        "'a\\nb'.matches('(?m)^b$') && !'a\\nb'.matches('^b$') && !'a\\n'.matches('a$') && 'a\\nb'.matches('(?s)a.b')");
    assert_true_expr(h, "'aaa'.matches('^a{3}$') && !'aaaa'.matches('^a{2,3}$') && 'aaaa'.matches('^a{2,}$') && "
                        "'a{,2}'.matches('^a{,2}$')");
    assert_true_expr(h, "'ABC'.matches('(?i)^abc$') && !'ABC'.matches('^(?i:a)bc$') && 'aBC'.matches('^a(?i)bc$')");
    assert_true_expr(h, "'k]'.matches('^[^]x]]$') && 'a-b'.matches('^[a-]+[b-]$') && 'q1_'.matches('^\\\\w+$') && ' "
                        "'.matches('\\\\s')");
    assert_true_expr(
        h, "'项目'.matches('^\\\\p{Han}{2}$') && !'项a'.matches('^[\\\\p{Han}]+$') && 'x'.matches('\\\\P{Han}')");
    assert_true_expr(h, "'中'.matches('^\\\\x{4e2d}$') && 'a.b'.matches('a\\\\.b') && !'axb'.matches('a\\\\.b') && "
                        "'F0'.matches('^[[:xdigit:]]+$')");
    assert_true_expr(h, "'a b'.matches('\\\\bb') && !'ab'.matches('\\\\bb') && 'ab'.matches('a\\\\Bb') && "
                        "'ab'.matches('\\\\Aab\\\\z')");
    assert_true_expr(h,
                     "'abab'.matches('^(?P<x>ab)+?$') && 'cat'.matches('^(cat|dog|)$') && ''.matches('^(cat|dog|)$')");
    assert_run_fails(h, "'aa'.matches('(a)\\\\1')", ERR_INVALID, "this escape does not exist");
    assert_run_fails(h, "'aa'.matches('(?=a)')", ERR_INVALID, "kind of group");
    assert_run_fails(h, "'aa'.matches('(?>a)')", ERR_INVALID, "kind of group");
    assert_run_fails(h, "'aa'.matches('a++')", ERR_INVALID, "nothing to repeat");
    assert_run_fails(h, "'aa'.matches('(')", ERR_INVALID, "a ) is missing");
    assert_run_fails(h, "'aa'.matches('a)')", ERR_INVALID, "a ( is missing");
    assert_run_fails(h, "'aa'.matches('[a')", ERR_INVALID, "a ] is missing");
    assert_run_fails(h, "'aa'.matches('a{3,2}')", ERR_INVALID, "repeats too often");
    assert_run_fails(h, "'aa'.matches('[z-a]')", ERR_INVALID, "a range goes");
}

static void hostile_regular_expressions_end(void **state)
{
    struct help *h = *state;
    int64_t start = clock_mono_ms();
    assert_true_expr(h, "!'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'.matches('^(a+)+$')");
    assert_true_expr(h, "!'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.matches('(a?){30}a{30}b')");
    assert_run_fails(h, "'a'.matches('((((){1000}){1000}){1000}){1000}')", ERR_INVALID, "too large");
    assert_run_fails(h, "'a'.matches('(a{1000}){1000}')", ERR_INVALID, "too large");
    assert_true_expr(h, "'a'.matches('(((a*)*)*)*$')");
    assert_true(clock_mono_ms() - start < 1000);
}

static void parsed_payloads_are_walked(void **state)
{
    struct help *h = *state;
    struct value keys[] = {value_str(STR("n")), value_str(STR("list"))}, items[] = {value_int(1), value_null()};
    struct value values[] = {value_int(5), {.kind = VALUE_LIST, .list = {items, 2}}};
    names_put(&h->vars, "payload", (struct value){.kind = VALUE_MAP, .map = {keys, values, 2}});
    assert_true_expr(
        h, "payload.n == 5 && payload['n'] == 5 && has(payload.n) && !has(payload.m) && payload.list[1] == null");
    assert_true_expr(h, "payload.n == 5.0 && payload.list.exists(x, x == null)");
    assert_run_fails(h, "payload.m", ERR_NOT_FOUND, "no such key: m (1:9)");
    assert_run_fails(h, "payload.n.x", ERR_INVALID, "no fields");
    assert_run_fails(h, "payload['m'] + 1", ERR_NOT_FOUND, "no such key: m");
    assert_run_fails(h, "payload.m == 1 || 1 / 0 == 1", ERR_INVALID, "division by zero"); /* the last failure counts */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(decimals_are_exact, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(money_keeps_its_currency, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(dates_count_in_days, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(errors_do_not_count_where_the_other_side_decides, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(null_in_arithmetic_is_an_error_of_a_plain_run, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(null_makes_predicates_false_under_the_null_rule, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(a_guard_that_is_no_bool_is_an_error, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(records_are_equal_by_id, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(budgets_of_steps_and_memory_end_a_run, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(a_limit_is_not_absorbed_by_or, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(regular_expressions_are_those_of_re2, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(hostile_regular_expressions_end, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(parsed_payloads_are_walked, help_setup, help_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
