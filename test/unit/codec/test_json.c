/*
 * Reading and writing JSON.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/base/unit.h"

#include <math.h>

#include "codec/json.h"

struct fixture {
    struct arena arena;
    struct problem why;
    struct buf out;
};

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    arena_init(&f->arena);
    problem_init(&f->why, &f->arena);
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

static struct value parse(struct fixture *f, const char *text)
{
    struct value v = value_null();
    if (json_parse(&f->arena, str_of(text), JSON_DEPTH_MAX, &v, &f->why))
        fail_msg("%s is refused", text);
    return v;
}

static const char *write(struct fixture *f, struct value v)
{
    buf_clear(&f->out);
    json_write(&f->out, v);
    return f->out.ptr;
}

static void what_is_read_is_written_the_same(void **state)
{
    static const char *const texts[] = {"null",
                                        "true",
                                        "false",
                                        "0",
                                        "-9223372036854775808",
                                        "9223372036854775807",
                                        "1.5",
                                        "-0.1",
                                        "1e+300",
                                        "5.0",
                                        "\"\"",
                                        "\"a\\\"b\\\\c\\n\\r\\t\\u0001\"",
                                        "\"双擎 \xf0\x9f\x9a\x80\"",
                                        "[]",
                                        "{}",
                                        "[1,[2,[]],{}]",
                                        "{\"z\":1,\"a\":{\"b\":[true,null]},\"\":\"x\"}",
                                        "0.30000000000000004",
                                        "5e-324",
                                        "1.7976931348623157e+308"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        assert_string_equal(write(*state, parse(*state, texts[i])), texts[i]);
}

static void kinds_follow_the_text(void **state)
{
    assert_int_equal(parse(*state, "1").kind, VALUE_INT);
    assert_int_equal(parse(*state, "1.0").kind, VALUE_DOUBLE);
    assert_int_equal(parse(*state, "1e2").kind, VALUE_DOUBLE);
    assert_str(parse(*state, " \"\\u53cc\\ud83d\\ude80\" ").s, "双🚀");
}

static void what_is_not_strict_json_is_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const bad[] = {"",
                                      " ",
                                      "{",
                                      "[1,]",
                                      "{\"a\":1,}",
                                      "{a:1}",
                                      "'a'",
                                      "01",
                                      "+1",
                                      ".5",
                                      "1.",
                                      "NaN",
                                      "Infinity",
                                      "-",
                                      "nul",
                                      "{\"a\":1,\"a\":2}",
                                      "\"\\u0000\"",
                                      "{\"\\u0000\":1}",
                                      "\"\\ud800\"",
                                      "\"\\udc00\\ud800\"",
                                      "\"\xff\"",
                                      "\"\xed\xa0\x80\"",
                                      "\"a\nb\"",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "1e999",
                                      "1 2",
                                      "[1]]",
                                      "// x\n1",
                                      "\xef\xbb\xbf{}"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct value v = value_int(7);
        problem_clear(&f->why);
        if (json_parse(&f->arena, str_of(bad[i]), JSON_DEPTH_MAX, &v, &f->why) != ERR_MALFORMED)
            fail_msg("%s is taken", bad[i]);
        assert_int_equal(f->why.message, MSG_JSON_SYNTAX);
        assert_int_equal(v.i, 7);
        for (const struct problem_arg *arg = f->why.args; arg->name; arg++)
            assert_true(utf8_valid(arg->value));
    }
    struct value v;
    assert_int_equal(json_parse(&f->arena, str_n("1\0", 2), JSON_DEPTH_MAX, &v, NULL), ERR_MALFORMED);
    assert_int_equal(json_parse(&f->arena, str_n("{}\0{}", 5), JSON_DEPTH_MAX, &v, NULL), ERR_MALFORMED);
    assert_int_equal(json_parse(&f->arena, str_n("[\0]", 3), JSON_DEPTH_MAX, &v, NULL), ERR_MALFORMED);
    assert_int_equal(json_parse(&f->arena, STR_NULL, JSON_DEPTH_MAX, &v, NULL), ERR_MALFORMED);
}

static void the_problem_names_line_and_column(void **state)
{
    struct fixture *f = *state;
    struct value v;
    assert_int_equal(json_parse(&f->arena, STR("{\n  \"a\": x\n}"), 8, &v, &f->why), ERR_MALFORMED);
    assert_string_equal(f->why.args[0].name, "line");
    assert_str(f->why.args[0].value, "2");
    assert_string_equal(f->why.args[1].name, "column");
    assert_str(f->why.args[1].value, "8");
}

static int nested(struct fixture *f, size_t levels, size_t max)
{
    CLEANUP(buf_release) struct buf b = {0};
    struct value v;
    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < levels; i++)
        buf_add_cstr(&b, i % 2 ? "{\"a\":" : "[");
    buf_add_cstr(&b, "1");
    for (size_t i = levels; i-- > 0;)
        buf_add_cstr(&b, i % 2 ? "}" : "]");
    problem_clear(&f->why);
    return json_parse(&f->arena, buf_str(&b), max, &v, &f->why);
}

static void nesting_is_allowed_up_to_its_limit(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(nested(f, 32, 32), 0);
    assert_int_equal(nested(f, 33, 32), ERR_MALFORMED);
    assert_int_equal(f->why.message, MSG_JSON_DEPTH);
    assert_str(f->why.args[0].value, "32");
    assert_int_equal(nested(f, 0, 0), 0);
    assert_int_equal(nested(f, 1, 0), ERR_MALFORMED);
    assert_int_equal(nested(f, 100000, 32), ERR_MALFORMED);
    assert_int_equal(f->why.message, MSG_JSON_DEPTH);
}

static void values_of_ours_have_a_text_form(void **state)
{
    struct fixture *f = *state;
    struct money m = {.minor = 1250, .currency = "CNY"};
    assert_string_equal(write(f, value_money(m)), "{\"amount\":\"12.50\",\"currency\":\"CNY\"}");
    assert_string_equal(write(f, value_dec((struct decimal){-5, 2})), "\"-0.05\"");
    assert_string_equal(write(f, value_date(20417)), "\"2025-11-25\"");
    assert_string_equal(write(f, value_time_ms(1764057600120)), "\"2025-11-25T08:00:00.12Z\"");
    assert_string_equal(write(f, value_bytes(STR("\xff\x00"))), "\"/wA=\"");
    assert_string_equal(write(f, (struct value){.kind = VALUE_UINT, .u = UINT64_MAX}), "18446744073709551615");
    struct value d = {.kind = VALUE_DURATION, .time = {.seconds = 0, .nanos = -500000000}};
    assert_string_equal(write(f, d), "\"-0.5s\"");
    assert_string_equal(write(f, (struct value){.kind = VALUE_DOUBLE, .d = NAN}), "null");
    assert_string_equal(write(f, (struct value){.kind = VALUE_DOUBLE, .d = -INFINITY}), "null");
    struct value keys[] = {value_int(1), value_bool(true)}, values[] = {value_null(), value_null()};
    struct value map = {.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = 2}};
    assert_string_equal(write(f, map), "{\"1\":null,\"true\":null}");
}

static void text_that_is_not_utf8_is_written_as_valid_json(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(write(f, value_str(STR("a\xff\xe4\xb8z"))), "\"a\\ufffd\\ufffd\\ufffdz\"");
    parse(f, f->out.ptr);
}

static void random_doubles_come_back(void **state)
{
    struct fixture *f = *state;
    uint64_t seed = 7;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 5000; i++) {
        double d;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        memcpy(&d, &seed, sizeof(d));
        if (!isfinite(d))
            continue;
        struct value v = parse(f, write(f, (struct value){.kind = VALUE_DOUBLE, .d = d}));
        assert_int_equal(v.kind, VALUE_DOUBLE);
        if (v.d != d)
            fail_msg("%s is not %.17g", f->out.ptr, d);
    }
}

static void keys_and_commas_place_themselves(void **state)
{
    struct fixture *f = *state;
    buf_add_char(&f->out, '{');
    json_key(&f->out, "a");
    buf_add_char(&f->out, '[');
    for (int i = 0; i < 3; i++) {
        json_comma(&f->out);
        buf_add_i64(&f->out, i);
    }
    buf_add_char(&f->out, ']');
    json_key_str(&f->out, STR("b\"{"));
    json_comma(&f->out);
    json_write_str(&f->out, STR("{"));
    json_key(&f->out, "c");
    buf_add_cstr(&f->out, "{}}");
    assert_str(buf_str(&f->out), "{\"a\":[0,1,2],\"b\\\"{\":\"{\",\"c\":{}}");
}

static void pointers_follow_rfc_6901(void **state)
{
    struct fixture *f = *state;
    /* The document of the standard's section 5. */
    struct value v = parse(f, "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"m~n\":8,\"~1\":9}");
    assert_ptr_equal(json_pointer(&v, STR("")), &v);
    assert_str(json_pointer(&v, STR("/foo/0"))->s, "bar");
    assert_int_equal(json_pointer(&v, STR("/"))->i, 0);
    assert_int_equal(json_pointer(&v, STR("/a~1b"))->i, 1);
    assert_int_equal(json_pointer(&v, STR("/c%d"))->i, 2);
    assert_int_equal(json_pointer(&v, STR("/m~0n"))->i, 8);
    assert_int_equal(json_pointer(&v, STR("/~01"))->i, 9);
    static const char *const nowhere[] = {"foo",     "/foo/2", "/foo/-",   "/foo/00",
                                          "/foo/-0", "/foo/a", "/foo/0/x", "/m~n",
                                          "/m~",     "/fo",    "/fooo",    "/foo/99999999999999999999"};
    for (size_t i = 0; i < ARRAY_LEN(nowhere); i++) {
        if (json_pointer(&v, str_of(nowhere[i])))
            fail_msg("%s is there", nowhere[i]);
    }
    assert_null(json_pointer(NULL, STR("/a")));
}

static void an_object_gives_fields_one_by_one(void **state)
{
    struct fixture *f = *state;
    struct value v = parse(f, "{\"a\":1,\"n\":null,\"e\":\"\",\"l\":[],\"z\":false}"), got;
    struct value o = json_as_object(&f->arena, &v);
    assert_int_equal(o.kind, VALUE_OBJECT);
    assert_int_equal(o.obj.ops->get(o.obj.impl, STR("a"), &f->arena, &got), 0);
    assert_int_equal(got.i, 1);
    assert_int_equal(o.obj.ops->get(o.obj.impl, STR("b"), &f->arena, &got), ERR_NOT_FOUND);
    assert_true(o.obj.ops->has(o.obj.impl, STR("a")) && o.obj.ops->has(o.obj.impl, STR("z")));
    assert_false(o.obj.ops->has(o.obj.impl, STR("n")) || o.obj.ops->has(o.obj.impl, STR("e")));
    assert_false(o.obj.ops->has(o.obj.impl, STR("l")) || o.obj.ops->has(o.obj.impl, STR("b")));
    assert_string_equal(write(f, o), "{\"a\":1,\"n\":null,\"e\":\"\",\"l\":[],\"z\":false}");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    json_init();
    const struct CMUnitTest tests[] = {
        TEST(what_is_read_is_written_the_same),
        TEST(kinds_follow_the_text),
        TEST(what_is_not_strict_json_is_refused),
        TEST(the_problem_names_line_and_column),
        TEST(nesting_is_allowed_up_to_its_limit),
        TEST(values_of_ours_have_a_text_form),
        TEST(text_that_is_not_utf8_is_written_as_valid_json),
        TEST(random_doubles_come_back),
        TEST(keys_and_commas_place_themselves),
        TEST(pointers_follow_rfc_6901),
        TEST(an_object_gives_fields_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
