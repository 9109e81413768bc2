/*
 * Arenas and the vectors in them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/base/unit.h"

static void pieces_are_zeroed_aligned_and_apart(void **state UNUSED)
{
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    char *pieces[2000];
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        size_t size = i % 97;
        pieces[i] = arena_alloc(&a, size);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        for (size_t j = 0; j < size; j++)
            assert_int_equal(pieces[i][j], 0);
        memset(pieces[i], (int)(i % 251), size);
    }
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        for (size_t j = 0; j < i % 97; j++)
            assert_int_equal((unsigned char)pieces[i][j], i % 251);
        assert_true(i == 0 || pieces[i] != pieces[i - 1]);
    }
}

static void a_reused_block_is_zeroed_again(void **state UNUSED)
{
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    memset(arena_alloc(&a, 1000), 0xff, 1000);
    memset(arena_alloc(&a, 1 << 20), 0xff, 1 << 20);
    assert_true(a.used_bytes >= 1000 + (1 << 20));
    arena_reset(&a);
    assert_int_equal(a.used_bytes, 0);
    const char *again = arena_alloc(&a, 1000);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(again[i], 0);
}

struct trace {
    char order[8];
    size_t len;
};
struct step {
    struct trace *trace;
    char name;
};

static void record_step(void *arg)
{
    struct step *s = arg;
    s->trace->order[s->trace->len++] = s->name;
}

static void deferred_calls_run_last_in_first_out_and_once(void **state UNUSED)
{
    struct trace t = {0};
    struct step one = {&t, '1'}, two = {&t, '2'};
    struct arena a;
    arena_init(&a);
    arena_on_release(&a, record_step, &one);
    arena_on_release(&a, record_step, &two);
    arena_reset(&a);
    assert_string_equal(t.order, "21");
    arena_release(&a);
    assert_string_equal(t.order, "21");
    arena_release(&a);
}

static void copies_are_terminated_and_independent(void **state UNUSED)
{
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    char text[] = "abc";
    struct str copy = arena_str(&a, str_n(text, 2));
    text[0] = 'x';
    assert_string_equal(copy.ptr, "ab");
    assert_string_equal(arena_cstr(&a, STR_NULL), "");
    assert_str(arena_fmt(&a, "%d-%s", 7, "x"), "7-x");
}

static void a_vector_keeps_what_was_pushed(void **state UNUSED)
{
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    VEC(int) numbers = {0};
    for (int i = 0; i < 1000; i++)
        vec_push(&a, &numbers, i * 3);
    assert_int_equal(numbers.len, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers.items[i], i * 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(a_reused_block_is_zeroed_again),
        cmocka_unit_test(deferred_calls_run_last_in_first_out_and_once),
        cmocka_unit_test(copies_are_terminated_and_independent),
        cmocka_unit_test(a_vector_keeps_what_was_pushed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
