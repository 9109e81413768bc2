/*
 * Hexadecimal, base64 and percent-encoding.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/base/unit.h"

#include "codec/text.h"

struct fixture {
    struct arena arena;
    struct buf out;
};

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    arena_init(&f->arena);
    buf_init(&f->out, 1 << 20);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_release(&f->arena);
    buf_release(&f->out);
    free(f);
    return 0;
}

static void base64_has_the_vectors_of_rfc_4648(void **state)
{
    struct fixture *f = *state;
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str back;
        buf_clear(&f->out);
        base64_encode(str_of(rows[i][0]), &f->out);
        assert_str(buf_str(&f->out), rows[i][1]);
        assert_int_equal(base64_decode(&f->arena, buf_str(&f->out), &back), 0);
        assert_str(back, rows[i][0]);
    }
    buf_clear(&f->out);
    base64url_encode(STR("\xfb\xff\xfe\xff"), &f->out);
    assert_str(buf_str(&f->out), "-__-_w");
}

static void base64_takes_both_alphabets_and_one_text_per_content(void **state)
{
    struct fixture *f = *state;
    struct str back = STR("kept");
    assert_int_equal(base64_decode(&f->arena, STR("-_-_"), &back), 0);
    assert_true(str_eq(back, STR("\xfb\xff\xbf")));
    assert_int_equal(base64_decode(&f->arena, STR("+/+/"), &back), 0);
    assert_true(str_eq(back, STR("\xfb\xff\xbf")));
    static const char *const bad[] = {
        "Z", "Zg=", "Zg===", "=", "====", "Zh==", "Zm9=", "Z g=", "Zm9v\n", "Zg==Zg==", "Zm*v"};
    back = STR("kept");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (base64_decode(&f->arena, str_of(bad[i]), &back) != ERR_SYNTAX)
            fail_msg("%s is taken", bad[i]);
    }
    assert_str(back, "kept");
}

static void every_byte_survives_each_encoding(void **state)
{
    struct fixture *f = *state;
    char bytes[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    for (size_t len = 0; len <= 256; len++) {
        struct str in = str_n(bytes + 256 - len, len), back;
        buf_clear(&f->out);
        base64url_encode(in, &f->out);
        assert_int_equal(base64_decode(&f->arena, buf_str(&f->out), &back), 0);
        assert_true(str_eq(in, back));
        buf_clear(&f->out);
        hex_encode(in, &f->out);
        assert_int_equal(hex_decode(&f->arena, buf_str(&f->out), &back), 0);
        assert_true(str_eq(in, back));
    }
}

static void hexadecimal_comes_in_pairs(void **state)
{
    struct fixture *f = *state;
    struct str back;
    hex_encode(STR("\x00\xab\x7f"), &f->out);
    assert_str(buf_str(&f->out), "00ab7f");
    assert_int_equal(hex_decode(&f->arena, STR("AbCd"), &back), 0);
    assert_true(str_eq(back, STR("\xab\xcd")));
    assert_int_equal(hex_decode(&f->arena, STR("abc"), &back), ERR_SYNTAX);
    assert_int_equal(hex_decode(&f->arena, STR("0g"), &back), ERR_SYNTAX);
    assert_int_equal(hex_decode(&f->arena, STR("0x"), &back), ERR_SYNTAX);
}

static void percent_encoding_is_decoded_or_refused(void **state)
{
    struct fixture *f = *state;
    struct str back = STR("kept");
    assert_int_equal(url_decode(&f->arena, STR("a%20b+c%2B%e5%8f%8c"), true, &back), 0);
    assert_str(back, "a b c+双");
    assert_int_equal(url_decode(&f->arena, STR("a+b"), false, &back), 0);
    assert_str(back, "a+b");
    static const char *const bad[] = {"%", "%2", "%zz", "a%2", "%00", "%ff", "%e5%8f", "%c0%80", "\xff", "%+1"};
    back = STR("kept");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (url_decode(&f->arena, str_of(bad[i]), true, &back) != ERR_MALFORMED)
            fail_msg("%s is taken", bad[i]);
    }
    assert_int_equal(url_decode(&f->arena, str_n("a\0b", 3), true, &back), ERR_MALFORMED);
    assert_str(back, "kept");
}

static void only_unreserved_characters_stay_plain(void **state)
{
    struct fixture *f = *state;
    struct str back;
    url_encode(STR("aZ09-._~ /?&=+%双"), &f->out);
    assert_str(buf_str(&f->out), "aZ09-._~%20%2F%3F%26%3D%2B%25%E5%8F%8C");
    assert_int_equal(url_decode(&f->arena, buf_str(&f->out), true, &back), 0);
    assert_str(back, "aZ09-._~ /?&=+%双");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(base64_has_the_vectors_of_rfc_4648),     TEST(base64_takes_both_alphabets_and_one_text_per_content),
        TEST(every_byte_survives_each_encoding),      TEST(hexadecimal_comes_in_pairs),
        TEST(percent_encoding_is_decoded_or_refused), TEST(only_unreserved_characters_stay_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
