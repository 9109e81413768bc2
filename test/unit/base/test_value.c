/*
 * Values: sameness, copies, times.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/base/unit.h"

#include "base/value.h"

static struct value map_of(struct arena *a, size_t len, bool backwards)
{
    struct value *keys = arena_array(a, struct value, len), *values = arena_array(a, struct value, len);
    for (size_t i = 0; i < len; i++) {
        size_t k = backwards ? len - 1 - i : i;
        keys[i] = value_str(arena_fmt(a, "key%zu", k));
        values[i] = value_int((int64_t)k);
    }
    return (struct value){.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = len}};
}

static void sameness_is_by_kind_and_content(void **state UNUSED)
{
    assert_true(value_same(value_null(), value_null()));
    assert_false(value_same(value_int(1), value_bool(true)));
    assert_false(value_same(value_int(1), value_date(1)));
    assert_true(value_same(value_str(STR("a")), value_str(STR("a"))));
    assert_false(value_same(value_str(STR("a")), value_bytes(STR("a"))));
    assert_true(value_same(value_dec((struct decimal){10, 1}), value_dec((struct decimal){100, 2})));
    assert_false(value_same(value_dec((struct decimal){10, 1}), value_dec((struct decimal){100, 1})));
    struct money cny = {.minor = 1, .currency = "CNY"}, usd = {.minor = 1, .currency = "USD"};
    assert_true(value_same(value_money(cny), value_money(cny)));
    assert_false(value_same(value_money(cny), value_money(usd)));
}

static void the_order_of_keys_does_not_count(void **state UNUSED)
{
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    static const size_t sizes[] = {0, 1, 3, 31, 32, 500};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct value x = map_of(&a, sizes[i], false), y = map_of(&a, sizes[i], true);
        assert_true(value_same(x, y));
        assert_false(value_same(x, map_of(&a, sizes[i] + 1, true)));
        if (sizes[i] == 0)
            continue;
        ((struct value *)(uintptr_t)y.map.values)[0] = value_int(-1);
        assert_false(value_same(x, y));
    }
}

static void a_copy_shares_nothing(void **state UNUSED)
{
    struct arena from, to;
    arena_init(&from);
    arena_init(&to);
    struct value items[] = {map_of(&from, 3, false), value_str(arena_str(&from, STR("text"))), value_int(1)};
    struct value list = value_list_of(&from, items, ARRAY_LEN(items));
    struct value copy = value_copy(&to, list);
    assert_true(value_same(copy, list));
    arena_release(&from);
    assert_int_equal(copy.list.len, 3);
    assert_str(copy.list.items[1].s, "text");
    const struct value *two = value_map_get(copy.list.items[0], STR("key2"));
    assert_non_null(two);
    assert_int_equal(two->i, 2);
    assert_null(value_map_get(copy.list.items[0], STR("key3")));
    assert_null(value_map_get(copy, STR("key2")));
    arena_release(&to);
}

static void milliseconds_come_back_also_before_1970(void **state UNUSED)
{
    static const int64_t times[] = {0, 1, -1, 999, -999, -1000, -1001, 1764000000123, INT64_MIN, INT64_MAX};
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        struct value v = value_time_ms(times[i]);
        assert_true(v.time.nanos >= 0 && v.time.nanos < 1000000000);
        assert_true(value_to_ms(v) == times[i]);
    }
    struct value d = {.kind = VALUE_DURATION, .time = {.seconds = -1, .nanos = -500000}};
    assert_int_equal(value_to_ms(d), -1001);
    d.time = (struct value_time){.seconds = INT64_MAX};
    assert_true(value_to_ms(d) == INT64_MAX);
}

static void every_kind_has_a_name(void **state UNUSED)
{
    for (int k = 0; k < VALUE_KINDS; k++)
        assert_non_null(value_kind_name(k));
    assert_string_equal(value_kind_name(VALUE_TIMESTAMP), "timestamp");
    assert_string_equal(value_kind_name(VALUE_KINDS), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sameness_is_by_kind_and_content), cmocka_unit_test(the_order_of_keys_does_not_count),
        cmocka_unit_test(a_copy_shares_nothing),           cmocka_unit_test(milliseconds_come_back_also_before_1970),
        cmocka_unit_test(every_kind_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
