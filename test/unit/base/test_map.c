/*
 * The hash map, against a plain array as the model.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/base/unit.h"

enum { KEYS = 500, STEPS = 20000 };

static unsigned next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*seed >> 33);
}

static void compare(const struct map *m, void *const model[KEYS])
{
    size_t expected = 0;
    for (int k = 0; k < KEYS; k++)
        expected += model[k] != NULL;
    assert_int_equal(map_len(m), expected);
    size_t pos = 0, seen = 0;
    struct str key;
    void *value;
    while (map_next(m, &pos, &key, &value)) {
        int64_t k;
        assert_int_equal(str_to_i64(str_sub(key, 1, SIZE_MAX), &k), 0);
        assert_ptr_equal(model[k], value);
        seen++;
    }
    assert_int_equal(seen, expected);
}

static void random_steps(struct map *m, uint64_t seed)
{
    void *model[KEYS] = {0};
    char name[16];
    print_message("seed %llu\n", (unsigned long long)seed);
    for (uintptr_t step = 1; step <= STEPS; step++) {
        unsigned k = next_random(&seed) % KEYS;
        snprintf(name, sizeof(name), "k%u", k);
        if (next_random(&seed) % 3 == 0) {
            assert_int_equal(map_del(m, str_of(name)), model[k] != NULL);
            model[k] = NULL;
        } else {
            model[k] = (void *)step;
            map_put(m, str_of(name), model[k]);
        }
        assert_ptr_equal(map_get(m, str_of(name)), model[k]);
        if (step % 1000 == 0)
            compare(m, model);
    }
}

static void a_heap_map_does_what_the_model_does(void **state UNUSED)
{
    struct map *m = map_new(NULL);
    random_steps(m, 1);
    assert_null(map_free(m));
    assert_null(map_free(NULL));
}

static void an_arena_map_does_what_the_model_does(void **state UNUSED)
{
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    random_steps(map_new(&a), 2);
}

static void walking_follows_the_order_of_insertion(void **state UNUSED)
{
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    struct map *m = map_new(&a);
    int x;
    map_put(m, STR("c"), &x);
    map_put(m, STR("a"), &x);
    map_put(m, STR("b"), &x);
    map_put(m, STR("c"), &a);
    map_del(m, STR("a"));
    map_put(m, STR("a"), &x);
    static const char *const order[] = {"c", "b", "a"};
    struct str key;
    void *value;
    size_t pos = 0;
    for (int i = 0; i < 3; i++) {
        assert_true(map_next(m, &pos, &key, &value));
        assert_str(key, order[i]);
    }
    assert_false(map_next(m, &pos, &key, &value));
    assert_ptr_equal(map_get(m, STR("c")), &a);
}

static void an_empty_map_has_nothing(void **state UNUSED)
{
    struct map *m = map_new(NULL);
    size_t pos = 0;
    struct str key;
    void *value;
    assert_null(map_get(m, STR("x")));
    assert_false(map_del(m, STR("x")));
    assert_false(map_next(m, &pos, &key, &value));
    map_put(m, STR_NULL, &pos);
    assert_ptr_equal(map_get(m, STR("")), &pos);
    map_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_heap_map_does_what_the_model_does),
        cmocka_unit_test(an_arena_map_does_what_the_model_does),
        cmocka_unit_test(walking_follows_the_order_of_insertion),
        cmocka_unit_test(an_empty_map_has_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
