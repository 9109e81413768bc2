/*
 * Ids, random bytes and the clock that tests freeze.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/base/unit.h"

#include <pthread.h>

static void ids_are_uuid_version_7_and_rise(void **state UNUSED)
{
    struct id before, id;
    id_new(&before);
    for (int i = 0; i < 20000; i++) {
        id_new(&id);
        assert_true(id_valid(str_of(id.text)));
        assert_int_equal(id.text[14], '7');
        assert_non_null(strchr("89ab", id.text[19]));
        if (strcmp(before.text, id.text) >= 0)
            fail_msg("%s is not above %s", id.text, before.text);
        before = id;
    }
}

static void ids_rise_while_the_clock_stands_or_steps_back(void **state UNUSED)
{
    struct id before, id;
    int64_t now = clock_now_ms();
    clock_set_for_test(now + 1000);
    id_new(&before);
    for (int i = 0; i < 10000; i++) {
        if (i == 5000)
            clock_set_for_test(now - 5000);
        id_new(&id);
        if (strcmp(before.text, id.text) >= 0)
            fail_msg("%s is not above %s", id.text, before.text);
        before = id;
    }
    clock_set_for_test(0);
}

static void an_id_carries_its_time(void **state UNUSED)
{
    struct id id;
    int64_t far = clock_now_ms() + 3600 * 1000;
    clock_set_for_test(far);
    id_new(&id);
    clock_set_for_test(0);
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 100);
    buf_addf(&b, "%012llx", (unsigned long long)far);
    assert_memory_equal(id.text, b.ptr, 8);
    assert_memory_equal(id.text + 9, b.ptr + 8, 4);
}

enum { THREADS = 4, IDS_EACH = 2000 };

static void *make_ids(void *out)
{
    struct id *ids = out;
    for (int i = 0; i < IDS_EACH; i++)
        id_new(&ids[i]);
    return NULL;
}

static void threads_never_share_an_id(void **state UNUSED)
{
    CLEANUP(freep) struct id *ids = xcalloc(THREADS * IDS_EACH, sizeof(*ids));
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, make_ids, ids + i * IDS_EACH), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    struct map *seen = map_new(NULL);
    for (int i = 0; i < THREADS * IDS_EACH; i++)
        map_put(seen, str_of(ids[i].text), ids);
    assert_int_equal(map_len(seen), THREADS * IDS_EACH);
    map_free(seen);
}

static void only_canonical_ids_are_valid(void **state UNUSED)
{
    assert_true(id_valid(STR("01890a5d-ac96-774b-bcce-b302099a8057")));
    static const char *const bad[] = {"",
                                      "01890A5D-ac96-774b-bcce-b302099a8057",
                                      "01890a5dac96774bbcceb302099a8057",
                                      "01890a5d-ac96-774b-bcce-b302099a805",
                                      "01890a5d-ac96-774b-bcce-b302099a80577",
                                      "01890a5d-ac96-774b-bcce_b302099a8057",
                                      "0189ga5d-ac96-774b-bcce-b302099a8057"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(id_valid(str_of(bad[i])));
}

static void the_test_clock_freezes_and_lets_go(void **state UNUSED)
{
    clock_set_for_test(1000);
    assert_int_equal(clock_now_ms(), 1000);
    clock_set_for_test(0);
    assert_true(clock_now_ms() > 1600000000000);
    int64_t us = clock_mono_us(), ms = clock_mono_ms();
    assert_true(clock_mono_us() >= us && ms >= us / 1000);
}

static void random_bytes_differ(void **state UNUSED)
{
    unsigned char a[600] = {0}, b[600] = {0}, zero[600] = {0};
    random_bytes(a, sizeof(a));
    random_bytes(b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
    assert_memory_not_equal(a + 580, zero, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_uuid_version_7_and_rise),
        cmocka_unit_test(ids_rise_while_the_clock_stands_or_steps_back),
        cmocka_unit_test(an_id_carries_its_time),
        cmocka_unit_test(threads_never_share_an_id),
        cmocka_unit_test(only_canonical_ids_are_valid),
        cmocka_unit_test(the_test_clock_freezes_and_lets_go),
        cmocka_unit_test(random_bytes_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
