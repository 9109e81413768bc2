/*
 * Case folding for comparisons.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/base/unit.h"

#include "codec/text.h"

static void texts_that_differ_by_case_fold_alike(void **state UNUSED)
{
    static const char *const pairs[][2] = {
        {"Budget", "bUDGET"}, {"ÉCOLE", "école"}, {"STRASSE", "straße"}, {"ΣΊΣΥΦΟΣ", "σίσυφος"}, {"采购A", "采购a"}};
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        struct str left = text_fold(&a, str_of(pairs[i][0])), right = text_fold(&a, str_of(pairs[i][1]));
        if (!str_eq(left, right))
            fail_msg("\"%.*s\" is not \"%.*s\"", STR_ARG(left), STR_ARG(right));
        assert_true(utf8_valid(left));
    }
    assert_false(str_eq(text_fold(&a, STR("é")), text_fold(&a, STR("e"))));
}

static void what_needs_no_folding_comes_back_as_it_is(void **state UNUSED)
{
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    assert_str(text_fold(&a, STR("plain 1")), "plain 1");
    assert_str(text_fold(&a, STR("采购申请")), "采购申请");
    assert_str(text_fold(&a, STR_NULL), "");
    assert_true(str_eq(text_fold(&a, STR("A\xff")), STR("A\xff")));
}

static void folded_text_that_grows_has_room(void **state UNUSED)
{
    CLEANUP(arena_release) struct arena a = {0};
    CLEANUP(buf_release) struct buf in, out;
    arena_init(&a);
    buf_init(&in, 1 << 16);
    buf_init(&out, 1 << 16);
    /* U+0390 folds to three code points, two bytes to six: the most that folding adds. */
    for (int i = 0; i < 1000; i++) {
        buf_add_cstr(&in, "\xce\x90");
        buf_add_cstr(&out, "\xce\xb9\xcc\x88\xcc\x81");
    }
    assert_true(str_eq(text_fold(&a, buf_str(&in)), buf_str(&out)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_differ_by_case_fold_alike),
        cmocka_unit_test(what_needs_no_folding_comes_back_as_it_is),
        cmocka_unit_test(folded_text_that_grows_has_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
