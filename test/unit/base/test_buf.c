/*
 * Growing bytes and their maximum.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/base/unit.h"

static void buf_refuses_to_pass_its_max(void **state UNUSED)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 5);
    assert_int_equal(buf_add(&b, STR("abc")), 0);
    assert_int_equal(buf_add(&b, STR("def")), ERR_LIMIT);
    assert_str(buf_str(&b), "abc");
    assert_true(buf_failed(&b));
    assert_int_equal(buf_addf(&b, "%d", 123), ERR_LIMIT);
    assert_string_equal(b.ptr, "abc");
    assert_int_equal(buf_add_char(&b, 'd'), 0);
    assert_int_equal(buf_add_char(&b, 'e'), 0);
    assert_int_equal(buf_add_char(&b, 'f'), ERR_LIMIT);
    assert_string_equal(b.ptr, "abcde");
    buf_clear(&b);
    assert_false(buf_failed(&b));
    assert_int_equal(b.len, 0);
    assert_int_equal(buf_add(&b, STR("abcde")), 0);
}

static void buf_stays_terminated_while_it_grows(void **state UNUSED)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 100000);
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(buf_add_char(&b, 'x'), 0);
        assert_int_equal(b.ptr[b.len], 0);
    }
    assert_int_equal(buf_addf(&b, "%05d", 42), 0);
    assert_true(str_ends(buf_str(&b), STR("x00042")));
    assert_int_equal(strlen(b.ptr), b.len);
}

static void buf_writes_the_extreme_integers(void **state UNUSED)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, SIZE_MAX);
    buf_add_i64(&b, INT64_MIN);
    buf_add_char(&b, ' ');
    buf_add_i64(&b, INT64_MAX);
    buf_add_char(&b, ' ');
    buf_add_i64(&b, 0);
    assert_str(buf_str(&b), "-9223372036854775808 9223372036854775807 0");
}

static void buf_may_be_released_twice_and_used_again(void **state UNUSED)
{
    struct buf b;
    buf_init(&b, 10);
    buf_add_cstr(&b, "abc");
    buf_release(&b);
    buf_release(&b);
    assert_str(buf_str(&b), "");
    assert_int_equal(buf_add_cstr(&b, "0123456789"), 0);
    assert_int_equal(buf_add_cstr(&b, "x"), ERR_LIMIT);
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buf_refuses_to_pass_its_max),
        cmocka_unit_test(buf_stays_terminated_while_it_grows),
        cmocka_unit_test(buf_writes_the_extreme_integers),
        cmocka_unit_test(buf_may_be_released_twice_and_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
