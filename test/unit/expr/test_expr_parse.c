/*
 * Tests of the grammar: what is read, and where a text is refused.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "help.h"

static void literals_of_every_form_are_read(void **state)
{
    struct help *h = *state;
    assert_true_expr(h, "0x1F == 31 && 12u == uint(12) && .5 == 0.5 && 1e3 == 1000.0");
    assert_true_expr(h, "-9223372036854775808 < 0");
    assert_true_expr(h, "'\\u4e2d' == '中' && '\\U0001F600' == '😀' && '\\101' == 'A' && \"\\x41\" == 'A'");
    assert_true_expr(h, "r'\\n' == '\\\\n' && size(b'\\xff\\000') == 2 && '''a'b\n''' == 'a\\'b\\n'");
    assert_true_expr(h, "[1, 2,] == [1, 2] && {'a': 1,} == {'a': 1}");
}

static void comments_and_line_breaks_separate(void **state)
{
    assert_true_expr(*state, "1 // one\n + 1 ==\r\n\t2 // two");
}

static void precedence_is_that_of_the_language(void **state)
{
    struct help *h = *state;
    assert_true_expr(h, "1 + 2 * 3 == 7 && (1 + 2) * 3 == 9 && 7 - 2 - 1 == 4");
    assert_true_expr(h, "true || false && false");
    assert_true_expr(h, "!false && -(1) < 0 && (true ? (false ? 1 : 2) : false ? 3 : 4) == 2");
    assert_true_expr(h, "- 2 + 3 == 1 && !(1 in [2])");
}

static void syntax_errors_name_line_and_column(void **state)
{
    struct help *h = *state;
    assert_refused(h, "1 +", ERR_SYNTAX, "at 1:4: the text ends here");
    assert_refused(h, "a &&\n 项目", ERR_SYNTAX, "at 2:2");
    assert_refused(h, "'项目' 5", ERR_SYNTAX, "at 1:6");
    assert_refused(h, "'abc", ERR_SYNTAX, "at 1:1: the string has no end");
    assert_refused(h, "'a\\qb'", ERR_SYNTAX, "at 1:3: this escape sequence is not known");
    assert_refused(h, "'\\ud800'", ERR_SYNTAX, "not a character");
    assert_refused(h, "12abc", ERR_SYNTAX, "followed by a letter");
    assert_refused(h, "9223372036854775808", ERR_SYNTAX, "too large");
    assert_refused(h, "", ERR_SYNTAX, "the text ends here");
    assert_refused(h, "a = 1", ERR_SYNTAX, "this character has no meaning");
    assert_refused(h, "while", ERR_SYNTAX, "reserved word");
    assert_refused(h, "f(1,)", ERR_SYNTAX, "a value was expected");
}

static void optional_syntax_is_refused_by_name(void **state)
{
    struct help *h = *state;
    assert_refused(h, "payload.?x", ERR_SYNTAX, "optional");
    assert_refused(h, "payload[?'x']", ERR_SYNTAX, "optional");
    assert_refused(h, "[?payload]", ERR_SYNTAX, "optional");
    assert_refused(h, "{?'a': payload}", ERR_SYNTAX, "optional");
}

static void a_message_is_parsed_and_refused(void **state)
{
    assert_refused(*state, "a.b.Task{name: 'x', n: 1}", ERR_INVALID, "messages");
}

static void macro_variables_are_plain_names(void **state)
{
    struct help *h = *state;
    assert_refused(h, "lines.all(a.b, true)", ERR_SYNTAX, "plain name");
    assert_refused(h, "has(a)", ERR_SYNTAX, "has() takes a field");
    assert_refused(h, "lines.exists(x, x, true)", ERR_SYNTAX, "different names");
}

static void text_beyond_the_maximum_is_refused(void **state)
{
    struct help *h = *state;
    char *text = arena_alloc(&h->arena, EXPR_BYTES_MAX + 2);
    memset(text, ' ', EXPR_BYTES_MAX + 1);
    memcpy(text, "true", 4);
    assert_refused(h, text, ERR_LIMIT, "length");
    text[EXPR_BYTES_MAX] = '\0';
    assert_true_expr(h, text);
}

static void nesting_beyond_the_maximum_is_refused(void **state)
{
    struct help *h = *state;
    char text[2 * EXPR_DEPTH_MAX + 8];
    for (int depth = EXPR_DEPTH_MAX - 1; depth <= EXPR_DEPTH_MAX; depth++) {
        memset(text, '(', (size_t)depth);
        memcpy(text + depth, "true", 4);
        memset(text + depth + 4, ')', (size_t)depth);
        text[2 * depth + 4] = '\0';
        if (depth < EXPR_DEPTH_MAX)
            assert_true_expr(h, text);
        else
            assert_refused(h, text, ERR_LIMIT, "nesting");
    }
}

static void long_chains_of_and_are_not_deep_but_long_sums_are(void **state)
{
    struct help *h = *state;
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, EXPR_BYTES_MAX);
    buf_add_cstr(&b, "true");
    for (int i = 0; i < 1000; i++)
        buf_add_cstr(&b, " && true");
    assert_true_expr(h, b.ptr);
    buf_clear(&b);
    buf_add_cstr(&b, "1");
    for (int i = 0; i < 1000; i++)
        buf_add_cstr(&b, "+1");
    assert_refused(h, b.ptr, ERR_LIMIT, "nesting");
}

static void text_that_is_not_utf8_is_refused(void **state)
{
    assert_refused(*state, "'\xff'", ERR_SYNTAX, "UTF-8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(literals_of_every_form_are_read, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(comments_and_line_breaks_separate, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(precedence_is_that_of_the_language, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(syntax_errors_name_line_and_column, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(optional_syntax_is_refused_by_name, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(a_message_is_parsed_and_refused, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(macro_variables_are_plain_names, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(text_beyond_the_maximum_is_refused, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(nesting_beyond_the_maximum_is_refused, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(long_chains_of_and_are_not_deep_but_long_sums_are, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(text_that_is_not_utf8_is_refused, help_setup, help_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
