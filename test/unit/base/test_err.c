/*
 * Errors, messages in both languages, problems.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/base/unit.h"

/* The names in braces of a template, in order of appearance. */
static size_t template_args(struct str t, struct str out[], size_t max)
{
    size_t count = 0, at = 0;
    for (size_t open; (open = str_find(t, STR("{"), at)) != SIZE_MAX;) {
        at = str_find(t, STR("}"), open);
        if (at == SIZE_MAX || count == max)
            fail_msg("braces do not pair: %.*s", STR_ARG(t));
        out[count++] = str_sub(t, open + 1, at - open - 1);
    }
    return count;
}

static bool names(const struct str *args, size_t len, struct str arg)
{
    for (size_t i = 0; i < len; i++) {
        if (str_eq(args[i], arg))
            return true;
    }
    return false;
}

static void both_languages_name_the_same_arguments(void **state UNUSED)
{
    for (int m = MSG_NONE + 1; m < MSG_COUNT; m++) {
        struct str en[8], zh[8];
        size_t en_len = template_args(str_of(message_template(m, LANG_EN)), en, 8);
        size_t zh_len = template_args(str_of(message_template(m, LANG_ZH)), zh, 8);
        for (size_t i = 0; i < en_len; i++) {
            if (!names(zh, zh_len, en[i]))
                fail_msg("%s: {%.*s} is not in the Chinese sentence", message_code(m), STR_ARG(en[i]));
        }
        for (size_t i = 0; i < zh_len; i++) {
            if (!names(en, en_len, zh[i]))
                fail_msg("%s: {%.*s} is not in the English sentence", message_code(m), STR_ARG(zh[i]));
        }
    }
}

static bool lower_snake(const char *s)
{
    if (*s < 'a' || *s > 'z')
        return false;
    for (; *s; s++) {
        bool fine = (*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9') || (*s == '_' && s[1] && s[1] != '_');
        if (!fine)
            return false;
    }
    return true;
}

static void every_message_has_a_snake_case_code_an_error_and_text(void **state UNUSED)
{
    for (int m = MSG_NONE + 1; m < MSG_COUNT; m++) {
        if (!lower_snake(message_code(m)))
            fail_msg("\"%s\" is not lower_snake", message_code(m));
        assert_true(message_err(m) < 0);
        assert_string_not_equal(err_name(message_err(m)), "UNKNOWN");
        for (int lang = 0; lang < LANG_COUNT; lang++) {
            struct str t = str_of(message_template(m, lang));
            if (str_empty(t) || !utf8_valid(t))
                fail_msg("%s has no text", message_code(m));
        }
    }
}

static void every_error_has_a_number_of_its_own(void **state UNUSED)
{
    static const int numbers[] = {
#define X(name, number, http, en, zh) number,
        ERR_MAP(X)
#undef X
    };
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        assert_true(numbers[i] > 0);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(numbers[i], numbers[j]);
        int http = err_http_status(-numbers[i]);
        assert_true(http >= 400 && http <= 599);
    }
}

static void an_unknown_error_is_an_internal_one(void **state UNUSED)
{
    assert_string_equal(err_name(ERR_STALE), "STALE");
    assert_int_equal(err_http_status(ERR_STALE), 412);
    assert_string_equal(err_name(-999), "UNKNOWN");
    assert_string_equal(err_name(5), "UNKNOWN");
    assert_int_equal(err_http_status(-999), 500);
    assert_string_equal(err_title(-999, LANG_EN), err_title(ERR_INTERNAL, LANG_EN));
    assert_string_equal(err_title(ERR_NOT_FOUND, LANG_ZH), "未找到");
}

static void templates_are_filled_in_both_languages(void **state UNUSED)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 1000);
    const struct problem_arg args[] = {ARG("field", STR("{max}")), ARG("max", STR("9")), {.name = NULL}};
    message_render(MSG_TOO_LONG, args, LANG_EN, &b);
    assert_str(buf_str(&b), "{max} may have at most 9 characters.");
    buf_clear(&b);
    message_render(MSG_TOO_LONG, args, LANG_ZH, &b);
    assert_str(buf_str(&b), "“{max}”最多 9 个字符。");
    buf_clear(&b);
    message_render(MSG_REQUIRED, NULL, LANG_EN, &b);
    assert_str(buf_str(&b), "{field} is required.");
}

static void the_first_sentence_wins_and_is_copied(void **state UNUSED)
{
    CLEANUP(arena_release) struct arena a = {0};
    struct problem p;
    arena_init(&a);
    problem_init(&p, &a);
    char name[] = "task";
    assert_int_equal(PROBLEM(&p, NO_TYPE, ARG("type", str_of(name))), ERR_NOT_FOUND);
    name[0] = 'x';
    assert_int_equal(PROBLEM(&p, INTERNAL, ARG("instance", STR("1"))), ERR_NOT_FOUND);
    assert_int_equal(p.message, MSG_NO_TYPE);
    assert_str(p.args[0].value, "task");
    assert_int_equal(PROBLEM((struct problem *)NULL, METHOD), ERR_METHOD);
    problem_clear(&p);
    assert_int_equal(p.err, 0);
    assert_int_equal(PROBLEM(&p, METHOD), ERR_METHOD);
}

static void items_are_kept_in_order_up_to_the_limit(void **state UNUSED)
{
    CLEANUP(arena_release) struct arena a = {0};
    struct problem p;
    arena_init(&a);
    problem_init(&p, &a);
    for (int i = 0; i < PROBLEM_ITEMS_MAX + 5; i++) {
        struct str place = arena_fmt(&a, "/lines/%d", i);
        assert_int_equal(PROBLEM_AT(&p, WHERE_POINTER, place, REQUIRED, ARG("field", STR("x"))), ERR_INVALID);
    }
    assert_int_equal(p.items_count, PROBLEM_ITEMS_MAX + 5);
    assert_int_equal(p.err, ERR_INVALID);
    assert_int_equal(p.message, MSG_NONE);
    int kept = 0;
    for (const struct problem_item *i = p.items; i; i = i->next, kept++)
        assert_str(i->place, arena_cstr(&a, arena_fmt(&a, "/lines/%d", kept)));
    assert_int_equal(kept, PROBLEM_ITEMS_MAX);
    assert_int_equal(PROBLEM(&p, QUERY_INVALID), ERR_MALFORMED);
    assert_int_equal(p.err, ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_languages_name_the_same_arguments),
        cmocka_unit_test(every_message_has_a_snake_case_code_an_error_and_text),
        cmocka_unit_test(every_error_has_a_number_of_its_own),
        cmocka_unit_test(an_unknown_error_is_an_internal_one),
        cmocka_unit_test(templates_are_filled_in_both_languages),
        cmocka_unit_test(the_first_sentence_wins_and_is_copied),
        cmocka_unit_test(items_are_kept_in_order_up_to_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
