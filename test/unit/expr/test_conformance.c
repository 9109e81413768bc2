/*
 * The conformance tests of the CEL specification, through `tandem expr`, with a ratchet for each file.
 * SPDX-License-Identifier: Apache-2.0
 *
 * They lie in shared/data/cel beside the source folder, or where TANDEM_SHARED says. Cases that need protocol-buffer
 * messages are left out. A file may never pass fewer cases than its row says. With TANDEM_VERBOSE set every failing
 * case is printed.
 */
#include <math.h>
#include <stdlib.h>

#include "app/expr_lines.h"
#include "app/expr_lines_internal.h"
#include "help.h"

static const struct {
    const char *file;
    int passing;
} RATCHET[] = {
    {"basic", 43},        {"comparisons", 334}, {"conversions", 109}, {"fields", 60},     {"fp_math", 30},
    {"integer_math", 64}, {"lists", 39},        {"logic", 30},        {"macros", 44},     {"namespace", 14},
    {"parse", 193},       {"plumbing", 5},      {"string", 51},       {"timestamps", 73}, {"string_ext", 212},
    {"math_ext", 199},    {"encoders_ext", 4},  {"bindings_ext", 8},  {"macros2", 46},    {"type_deduction", 12},
};

static const char *folder(void)
{
    const char *shared = getenv("TANDEM_SHARED");
    return shared ? shared : "../shared";
}

static bool same(const struct value *a, const struct value *b);

static bool same_map(const struct value_map *a, const struct value_map *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++) {
        size_t j = 0;
        while (j < b->len && !same(&a->keys[i], &b->keys[j]))
            j++;
        if (j == b->len || !same(&a->values[i], &b->values[j]))
            return false;
    }
    return true;
}

/* Of one kind and equal; NaN is NaN here, and the order of a map's entries does not matter. */
static bool same(const struct value *a, const struct value *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == VALUE_DOUBLE)
        return isnan(a->d) ? isnan(b->d) : a->d == b->d;
    if (a->kind == VALUE_MAP)
        return same_map(&a->map, &b->map);
    if (a->kind != VALUE_LIST)
        return value_same(*a, *b);
    if (a->list.len != b->list.len)
        return false;
    for (size_t i = 0; i < a->list.len; i++)
        if (!same(&a->list.items[i], &b->list.items[i]))
            return false;
    return true;
}

static bool passes(const json_t *test, const json_t *answer)
{
    const json_t *value = json_object_get(test, "value"), *got = json_object_get(answer, "value");
    struct value wanted = value_bool(true), is; /* where a test says nothing, true is meant */
    struct arena a;
    if (json_object_get(test, "eval_error"))
        return json_is_string(json_object_get(answer, "error"));
    if (json_object_get(test, "typed_result"))
        value = json_object_get(json_object_get(test, "typed_result"), "result");
    arena_init(&a);
    bool ok = got && (!value || !notation_to_value(&a, value, 0, &wanted)) && !notation_to_value(&a, got, 0, &is) &&
              same(&wanted, &is);
    arena_release(&a);
    return ok;
}

static bool counts(const json_t *test)
{
    return !json_is_true(json_object_get(test, "needs_proto")) && !json_is_true(json_object_get(test, "check_only"));
}

/* Calls fn for each test of a file that counts. */
static void each_test(const json_t *file, void (*fn)(const json_t *test, void *arg), void *arg)
{
    const json_t *sections = json_object_get(file, "section");
    for (size_t s = 0; s < json_array_size(sections); s++) {
        const json_t *tests = json_object_get(json_array_get(sections, s), "test");
        for (size_t t = 0; t < json_array_size(tests); t++)
            if (counts(json_array_get(tests, t)))
                fn(json_array_get(tests, t), arg);
    }
}

static void write_line(const json_t *test, void *arg)
{
    assert_int_equal(json_dumpf(test, arg, JSON_COMPACT), 0);
    fputc('\n', arg);
}

struct score {
    FILE *answers;
    int passed, all;
};

static void check_line(const json_t *test, void *arg)
{
    struct score *s = arg;
    char *line = NULL;
    size_t cap = 0;
    assert_true(getline(&line, &cap, s->answers) > 0);
    json_t *answer = json_loads(line, JSON_ALLOW_NUL, NULL);
    bool ok = passes(test, answer);
    s->passed += ok;
    s->all++;
    if (!ok && getenv("TANDEM_VERBOSE"))
        print_message("  %s\n    %s", json_string_value(json_object_get(test, "expr")), line);
    json_decref(answer);
    free(line);
}

static void run_file(const char *name, int passing)
{
    struct arena a;
    struct score score = {0};
    char *text = NULL, *answers = NULL;
    size_t text_len, answers_len;
    arena_init(&a);
    struct str path = arena_fmt(&a, "%s/data/cel/%s.json", folder(), name);
    json_t *file = json_load_file(path.ptr, JSON_ALLOW_NUL, NULL);
    if (!file)
        fail_msg("%s can't be read", path.ptr);
    FILE *lines = open_memstream(&text, &text_len), *out = open_memstream(&answers, &answers_len);
    each_test(file, write_line, lines);
    fclose(lines);
    if (text_len) {
        FILE *in = fmemopen(text, text_len, "r");
        assert_int_equal(expr_lines_run(in, out), 0);
        fclose(in);
    }
    fclose(out);
    score.answers = answers_len ? fmemopen(answers, answers_len, "r") : NULL;
    each_test(file, check_line, &score);
    if (score.answers)
        fclose(score.answers);
    print_message("%-16s %3d of %3d\n", name, score.passed, score.all);
    json_decref(file);
    free(text);
    free(answers);
    arena_release(&a);
    if (score.passed < passing)
        fail_msg("%s: %d cases pass, %d did before; run with TANDEM_VERBOSE=1", name, score.passed, passing);
}

static void no_file_of_the_conformance_suite_passes_fewer_cases_than_before(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a);
    FILE *f = fopen(arena_fmt(&a, "%s/data/cel/basic.json", folder()).ptr, "r");
    arena_release(&a);
    if (!f) {
        print_message("SKIPPED: the conformance tests are not in %s/data/cel; set TANDEM_SHARED\n", folder());
        skip();
    }
    fclose(f);
    for (size_t i = 0; i < ARRAY_LEN(RATCHET); i++)
        run_file(RATCHET[i].file, RATCHET[i].passing);
}

/* What the suite does not have: our types, bad lines, and texts that JSON can carry but records can't. */
static void lines_answer_each_for_itself(void **state)
{
    static const char in[] = "{\"expr\": \"money('10.50', 'CNY') * decimal('1.5')\"}\n"
                             "no json\n"
                             "\n"
                             "{\"expr\": \"1 +\"}\n"
                             "{\"expr\": \"x + 1\", \"bindings\": {\"x\": {\"int64_value\": \"41\"}}}\n"
                             "{\"expr\": \"'\\\\000' + x\", \"bindings\": [{\"key\": \"x\", \"value\": {\"value\": "
                             "{\"string_value\": \"\\u0000\"}}}]}\n"
                             "{\"expr\": \"[date('2026-11-25'), duration('1.5s')]\"}";
    static const char expected[] =
        "{\"value\":{\"money_value\":{\"amount\":\"15.75\",\"currency\":\"CNY\"}}}\n"
        "{\"error\":\"The line is not a JSON object.\"}\n"
        "{\"error\":\"The expression can't be parsed at 1:4: the text ends here, a value was expected\"}\n"
        "{\"value\":{\"int64_value\":\"42\"}}\n"
        "{\"value\":{\"string_value\":\"\\u0000\\u0000\"}}\n"
        "{\"value\":{\"list_value\":{\"values\":[{\"date_value\":\"2026-11-25\"},{\"object_value\":{\"[type.googleapis."
        "com/"
        "google.protobuf.Duration]\":{\"seconds\":\"1\",\"nanos\":\"500000000\"}}}]}}}\n";
    char *answers = NULL;
    size_t len;
    (void)state;
    FILE *f = fmemopen((void *)in, sizeof(in) - 1, "r"), *out = open_memstream(&answers, &len);
    assert_int_equal(expr_lines_run(f, out), 0);
    fclose(f);
    fclose(out);
    assert_string_equal(answers, expected);
    free(answers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_file_of_the_conformance_suite_passes_fewer_cases_than_before),
        cmocka_unit_test(lines_answer_each_for_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
