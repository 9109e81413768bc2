/*
 * Views of text, UTF-8 and numbers in text.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/base/unit.h"

static void str_orders_by_code_point_and_then_by_length(void **state UNUSED)
{
    assert_true(str_cmp(STR("a"), STR("b")) < 0);
    assert_true(str_cmp(STR("a"), STR("ab")) < 0);
    assert_true(str_cmp(STR("é"), STR("z")) > 0);
    assert_true(str_cmp(STR("\xff"), STR("a")) > 0);
    assert_int_equal(str_cmp(STR_NULL, STR("")), 0);
}

static void str_finds_at_the_edges(void **state UNUSED)
{
    assert_int_equal(str_find(STR("abcabc"), STR("abc"), 1), 3);
    assert_int_equal(str_find(STR("abc"), STR("abcd"), 0), SIZE_MAX);
    assert_int_equal(str_find(STR("abc"), STR(""), 3), 3);
    assert_int_equal(str_find(STR("abc"), STR(""), 4), SIZE_MAX);
    assert_int_equal(str_find(STR_NULL, STR("a"), 0), SIZE_MAX);
    assert_int_equal(str_find_char(STR("abca"), 'a'), 0);
    assert_int_equal(str_rfind_char(STR("abca"), 'a'), 3);
    assert_int_equal(str_rfind_char(STR_NULL, 'a'), SIZE_MAX);
    assert_true(str_starts(STR("abc"), STR("ab")) && !str_starts(STR("a"), STR("ab")));
    assert_true(str_ends(STR("abc"), STR("bc")) && !str_ends(STR("c"), STR("bc")) && str_ends(STR_NULL, STR("")));
}

static void str_sub_stays_inside(void **state UNUSED)
{
    assert_str(str_sub(STR("abc"), 1, SIZE_MAX), "bc");
    assert_str(str_sub(STR("abc"), 5, 2), "");
    assert_str(str_sub(STR_NULL, 1, 1), "");
    assert_str(str_trim(STR(" \t a b\r\n")), "a b");
    assert_str(str_trim(STR("  ")), "");
}

static void str_cut_gives_head_and_rest(void **state UNUSED)
{
    struct str head, rest = str_cut(STR("a=b=c"), '=', &head);
    assert_str(head, "a");
    assert_str(rest, "b=c");
    rest = str_cut(STR("abc"), '=', &head);
    assert_str(head, "abc");
    assert_str(rest, "");
}

static void only_ascii_letters_ignore_case(void **state UNUSED)
{
    assert_true(str_eq_nocase(STR("Content-TYPE"), STR("content-type")));
    assert_false(str_eq_nocase(STR("É"), STR("é")));
    assert_false(str_eq_nocase(STR("["), STR("{")));
}

static void integers_are_read_whole_or_refused(void **state UNUSED)
{
    int64_t v = 7;
    assert_int_equal(str_to_i64(STR("9223372036854775807"), &v), 0);
    assert_true(v == INT64_MAX);
    assert_int_equal(str_to_i64(STR("-9223372036854775808"), &v), 0);
    assert_true(v == INT64_MIN);
    v = 7;
    assert_int_equal(str_to_i64(STR("9223372036854775808"), &v), ERR_LIMIT);
    assert_int_equal(str_to_i64(STR("-9223372036854775809"), &v), ERR_LIMIT);
    assert_int_equal(str_to_i64(STR("99999999999999999999999"), &v), ERR_LIMIT);
    static const char *const bad[] = {"", "-", "+1", " 1", "1 ", "1a", "0x1", "--1", "1.0"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(str_to_i64(str_of(bad[i]), &v), ERR_SYNTAX);
    assert_int_equal(v, 7);
}

static void doubles_are_numbers_only(void **state UNUSED)
{
    double d = 7;
    assert_int_equal(str_to_double(STR("-1.5e3"), &d), 0);
    assert_true(d == -1500);
    assert_int_equal(str_to_double(STR(".5"), &d), 0);
    assert_true(d == 0.5);
    static const char *const bad[] = {"", ".", "e1", "1e", "1e+", "nan", "inf", "0x10", " 1", "1 ", "1..2"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(str_to_double(str_of(bad[i]), &d), ERR_SYNTAX);
    assert_int_equal(str_to_double(STR("1e999"), &d), ERR_LIMIT);
    assert_true(d == 0.5);
}

static void utf8_refuses_every_wrong_form(void **state UNUSED)
{
    static const char *const good[] = {"", "a", "é", "双擎", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80"};
    static const char *const bad[] = {"\x80",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xe4\xb8",
                                      "\xc3",
                                      "a\xff"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(utf8_valid(str_of(good[i])));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(utf8_valid(str_of(bad[i])));
}

static void every_code_point_comes_back(void **state UNUSED)
{
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        char text[4];
        size_t pos = 0, len = utf8_put(text, c);
        struct str s = str_n(text, len);
        if (!utf8_valid(s) || utf8_next(s, &pos) != (int32_t)c || pos != len || utf8_len(s) != 1)
            fail_msg("U+%04X", (unsigned)c);
    }
    size_t end = 1;
    assert_int_equal(utf8_next(STR("a"), &end), -1);
    assert_int_equal(utf8_len(STR("双a擎")), 3);
}

static void hash_is_fnv_1a(void **state UNUSED)
{
    assert_true(str_hash(STR("")) == 0xcbf29ce484222325u);
    assert_true(str_hash(STR("a")) == 0xaf63dc4c8601ec8cu);
    assert_true(str_hash(STR("foobar")) == 0x85944171f73967e8u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(str_orders_by_code_point_and_then_by_length),
        cmocka_unit_test(str_finds_at_the_edges),
        cmocka_unit_test(str_sub_stays_inside),
        cmocka_unit_test(str_cut_gives_head_and_rest),
        cmocka_unit_test(only_ascii_letters_ignore_case),
        cmocka_unit_test(integers_are_read_whole_or_refused),
        cmocka_unit_test(doubles_are_numbers_only),
        cmocka_unit_test(utf8_refuses_every_wrong_form),
        cmocka_unit_test(every_code_point_comes_back),
        cmocka_unit_test(hash_is_fnv_1a),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
