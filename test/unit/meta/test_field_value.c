/*
 * A field's value from JSON, back to JSON, and as text for a person.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "codec/json.h"
#include "unit/meta/model.h"

static struct arena arena;
static struct meta *meta;

static const char thing[] = "type: thing\nengine: project\nfields:\n"
                            "  name: {type: text, max_length: 4}\n"
                            "  n: {type: int, min: 1, max: 1000}\n"
                            "  d: {type: decimal, scale: 2}\n"
                            "  m: {type: money, min: '0'}\n"
                            "  p: {type: percent}\n"
                            "  b: {type: bool}\n"
                            "  day: {type: date}\n"
                            "  at: {type: datetime}\n"
                            "  spent: {type: duration}\n"
                            "  s: {type: select, options: [{value: red, label: {en: Red, zh: 红}}, blue]}\n"
                            "  ms: {type: multiselect, options: [{value: red, label: {en: Red, zh: 红}}, blue]}\n"
                            "  t: {type: tags, max_length: 5}\n"
                            "  l: {type: link, to: thing}\n"
                            "  ll: {type: link, to: thing, many: true}\n"
                            "  ref: {type: link_any}\n"
                            "  only: {type: link_any, to: thing}\n"
                            "  j: {type: json, max_length: 20}\n"
                            "  sec: {type: secret}\n";

#define ID1 "0192a7b0-0000-7000-8000-000000000001"
#define ID2 "0192a7b0-0000-7000-8000-000000000002"

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    struct meta_source source = {STR("model/thing.yaml"), STR(thing)};
    struct problem why;
    problem_init(&why, &arena);
    if (meta_load(&source, 1, &meta, &why) < 0)
        fail_msg("%s", model_problem_text(&why).ptr);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    meta = meta_free(meta);
    arena_release(&arena);
    return 0;
}

static const struct field *field(const char *name)
{
    const struct field *f = type_field(meta_type(meta, STR("thing")), str_of(name));
    assert_non_null(f);
    return f;
}

/* Reads JSON as the field and gives "" for good and the code of the refusal otherwise. */
static const char *read_as(const char *name, const char *json, struct value *ret)
{
    struct value in;
    struct problem why;
    problem_init(&why, &arena);
    assert_int_equal(json_parse(&arena, str_of(json), JSON_DEPTH_MAX, &in, &why), 0);
    *ret = value_null();
    if (field_from_json(field(name), in, &arena, STR("/x"), ret, &why) == 0)
        return "";
    assert_non_null(why.items);
    assert_int_equal(why.items->where, WHERE_POINTER);
    assert_true(str_starts(why.items->place, STR("/x")));
    return message_code(why.items->message);
}

static void check_same(const char *name, const char *json, const char *out)
{
    struct value v;
    const char *code = read_as(name, json, &v);
    if (*code)
        fail_msg("%s %s: %s", name, json, code);
    struct buf b;
    buf_init(&b, 10000);
    field_to_json(field(name), v, &b);
    assert_string_equal(b.ptr, out);
    buf_release(&b);
}

static void check_refused(const char *name, const char *json, const char *code)
{
    struct value v;
    const char *got = read_as(name, json, &v);
    if (strcmp(got, code) != 0)
        fail_msg("%s %s: expected %s, got \"%s\"", name, json, code, got);
}

static void values_come_back_as_they_were_sent(void **state)
{
    (void)state;
    check_same("name", "\"报销单x\"", "\"报销单x\"");
    check_same("n", "12", "12");
    check_same("d", "\"1.5\"", "\"1.50\"");
    check_same("d", "\"-0.25\"", "\"-0.25\"");
    check_same("m", "{\"amount\": \"12.5\", \"currency\": \"CNY\"}", "{\"amount\":\"12.50\",\"currency\":\"CNY\"}");
    check_same("m", "{\"currency\": \"JPY\", \"amount\": \"12\"}", "{\"amount\":\"12\",\"currency\":\"JPY\"}");
    check_same("p", "\"0.25\"", "\"0.2500\"");
    check_same("b", "false", "false");
    check_same("day", "\"2024-02-29\"", "\"2024-02-29\"");
    check_same("at", "\"2026-11-25T08:00:00.1239+08:00\"", "\"2026-11-25T00:00:00.123Z\"");
    check_same("spent", "-5", "-5");
    check_same("s", "\"blue\"", "\"blue\"");
    check_same("ms", "[\"blue\", \"red\", \"blue\"]", "[\"blue\",\"red\"]");
    check_same("t", "[]", "[]");
    check_same("l", "\"" ID1 "\"", "\"" ID1 "\"");
    check_same("ll", "[\"" ID1 "\", \"" ID2 "\"]", "[\"" ID1 "\",\"" ID2 "\"]");
    check_same("only", "{\"type\": \"thing\", \"id\": \"" ID1 "\"}", "{\"type\":\"thing\",\"id\":\"" ID1 "\"}");
    check_same("j", "{\"a\": [1]}", "{\"a\":[1]}");
    check_same("sec", "\"hidden\"", "null");
    check_same("name", "null", "null");
    check_same("t", "null", "[]");
}

static void values_of_the_wrong_kind_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"name",  "n", "d",  "m", "p", "b",  "day", "at",
                                        "spent", "s", "ms", "t", "l", "ll", "ref", "sec"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        check_refused(names[i], "{\"a\": 1}", "wrong_type");
        check_refused(names[i], "1.5", "wrong_type");
    }
    check_refused("d", "1", "wrong_type");
    check_refused("n", "\"1\"", "wrong_type");
    check_refused("m", "\"1\"", "wrong_type");
    check_refused("m", "{\"amount\": 1, \"currency\": \"CNY\"}", "wrong_type");
    check_refused("m", "{\"amount\": \"1\", \"currency\": \"CNY\", \"x\": 1}", "wrong_type");
    check_refused("day", "\"2026-02-29\"", "wrong_type");
    check_refused("day", "\"2026-02-28T00:00:00Z\"", "wrong_type");
    check_refused("at", "\"2026-02-28\"", "wrong_type");
    check_refused("l", "\"x\"", "wrong_type");
    check_refused("ll", "\"" ID1 "\"", "wrong_type");
    check_refused("ref", "{\"type\": \"thing\", \"id\": \"x\"}", "wrong_type");
    check_refused("only", "{\"type\": \"other\", \"id\": \"" ID1 "\"}", "wrong_type");
}

static void values_beyond_their_limits_are_refused(void **state)
{
    (void)state;
    check_refused("name", "\"12345\"", "too_long");
    check_refused("t", "[\"123456\"]", "too_long");
    check_refused("n", "0", "out_of_range");
    check_refused("n", "1001", "out_of_range");
    check_refused("d", "\"1.234\"", "too_precise");
    check_refused("d", "\"99999999999999999999\"", "overflow");
    check_refused("m", "{\"amount\": \"1.234\", \"currency\": \"CNY\"}", "too_precise");
    check_refused("m", "{\"amount\": \"0.5\", \"currency\": \"JPY\"}", "too_precise");
    check_refused("m", "{\"amount\": \"-1\", \"currency\": \"CNY\"}", "out_of_range");
    check_refused("m", "{\"amount\": \"1\", \"currency\": \"QQQ\"}", "bad_currency");
    check_refused("s", "\"green\"", "not_an_option");
    check_refused("ms", "[\"red\", \"green\"]", "not_an_option");
    check_refused("j", "\"0123456789012345678901234567890123456789\"", "too_long");
    struct buf b;
    buf_init(&b, 1 << 16);
    for (int i = 0; i <= META_MANY_MAX; i++)
        (void)buf_addf(&b, "%s\"%d\"", i ? "," : "[", i);
    (void)buf_add_char(&b, ']');
    check_refused("t", b.ptr, "too_many_items");
    buf_release(&b);
}

static void text_with_a_nul_is_refused(void **state)
{
    (void)state;
    struct problem why;
    problem_init(&why, &arena);
    struct value v = value_null();
    assert_int_equal(field_from_json(field("name"), value_str(str_n("a\0b", 3)), &arena, STR("/x"), &v, &why),
                     ERR_INVALID);
    assert_int_equal(field_from_json(field("name"), value_str(str_n("\xff", 1)), &arena, STR("/x"), &v, &why),
                     ERR_INVALID);
    assert_true(value_is_null(v));
}

static void a_refused_entry_of_a_list_is_named(void **state)
{
    (void)state;
    struct problem why;
    problem_init(&why, &arena);
    struct value items[] = {value_str(STR("red")), value_str(STR("no"))}, v;
    assert_int_equal(field_from_json(field("ms"), value_list_of(&arena, items, 2), &arena, STR("/ms"), &v, &why),
                     ERR_INVALID);
    assert_true(str_is(why.items->place, "/ms/1"));
}

static void check_text(const char *name, struct value v, enum lang lang, const char *out)
{
    struct buf b;
    buf_init(&b, 10000);
    (void)buf_add_cstr(&b, "");
    field_to_text(field(name), v, lang, &b);
    assert_string_equal(b.ptr ? b.ptr : "", out);
    buf_release(&b);
}

static void a_person_reads_grouped_amounts_and_labels(void **state)
{
    (void)state;
    check_text("m", value_money((struct money){1250000, "CNY"}), LANG_EN, "12,500.00 CNY");
    check_text("m", value_money((struct money){-100, "JPY"}), LANG_EN, "-100 JPY");
    check_text("m", value_money((struct money){-123456789, "CNY"}), LANG_ZH, "-1,234,567.89 CNY");
    check_text("n", value_int(999), LANG_EN, "999");
    check_text("n", value_int(-1000), LANG_EN, "-1,000");
    check_text("p", value_dec((struct decimal){2500, 4}), LANG_EN, "25 %");
    check_text("p", value_dec((struct decimal){1250, 4}), LANG_EN, "12.5 %");
    check_text("b", value_bool(true), LANG_ZH, "是");
    check_text("s", value_str(STR("red")), LANG_ZH, "红");
    check_text("spent", value_int(5400000), LANG_EN, "1 h 30 min");
    check_text("spent", value_int(INT64_MIN), LANG_EN, "-2562047788015 h 12 min");
    check_text("day", value_date(0), LANG_EN, "1970-01-01");
    check_text("at", value_time_ms(0), LANG_EN, "1970-01-01 00:00 UTC");
    struct value two[] = {value_str(STR("red")), value_str(STR("blue"))};
    check_text("ms", value_list_of(&arena, two, 2), LANG_ZH, "红、Blue");
    check_text("ms", value_list_of(&arena, two, 2), LANG_EN, "Red, Blue");
    check_text("sec", value_str(STR("hidden")), LANG_EN, "");
    check_text("name", value_null(), LANG_EN, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back_as_they_were_sent),
        cmocka_unit_test(values_of_the_wrong_kind_are_refused),
        cmocka_unit_test(values_beyond_their_limits_are_refused),
        cmocka_unit_test(text_with_a_nul_is_refused),
        cmocka_unit_test(a_refused_entry_of_a_list_is_named),
        cmocka_unit_test(a_person_reads_grouped_amounts_and_labels),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
