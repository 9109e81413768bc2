/*
 * Reading YAML descriptions.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/base/unit.h"

#include <unistd.h>

#include "codec/yaml.h"

struct fixture {
    struct arena arena;
    struct problem why;
};

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    arena_init(&f->arena);
    problem_init(&f->why, &f->arena);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_release(&f->arena);
    free(f);
    return 0;
}

static struct yaml_node *parse(struct fixture *f, const char *text)
{
    struct yaml_node *n = NULL;
    if (yaml_parse(&f->arena, STR("t.yaml"), str_of(text), &n, &f->why))
        fail_msg("refused: %s", text);
    return n;
}

static void assert_refused(struct fixture *f, const char *text, enum message m, const char *place)
{
    struct yaml_node *n = NULL;
    problem_clear(&f->why);
    if (yaml_parse(&f->arena, STR("t.yaml"), str_of(text), &n, &f->why) != ERR_SYNTAX)
        fail_msg("taken: %s", text);
    assert_null(n);
    assert_non_null(f->why.items);
    assert_int_equal(f->why.items->where, WHERE_FILE);
    if (f->why.items->message != m)
        fail_msg("%s: %s", text, message_code(f->why.items->message));
    assert_str(f->why.items->place, place);
}

static void a_description_becomes_a_tree_with_lines(void **state)
{
    struct yaml_node *n = parse(*state, "type: task\nfields:\n  subject: {type: text, required: true}\n"
                                        "  due:\n    type: date\nlist: [a, 2, \"3\"]\n");
    assert_int_equal(n->kind, YAML_MAP);
    assert_int_equal(n->len, 3);
    assert_int_equal(n->pairs[1].key_line, 2);
    struct yaml_node *subject = yaml_get(yaml_get(n, "fields"), "subject");
    assert_int_equal(subject->line, 3);
    assert_str(subject->file, "t.yaml");
    assert_str(yaml_get(subject, "type")->text, "text");
    assert_int_equal(yaml_get(yaml_get(yaml_get(n, "fields"), "due"), "type")->line, 5);
    assert_int_equal(yaml_get(n, "list")->len, 3);
    assert_true(yaml_get(n, "list")->items[2]->quoted);
    assert_null(yaml_get(n, "none"));
    assert_null(yaml_get(NULL, "none"));
}

static void plain_scalars_have_types_and_quoted_ones_are_text(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text;
        enum value_kind kind;
    } rows[] = {{"", VALUE_NULL},
                {"~", VALUE_NULL},
                {"null", VALUE_NULL},
                {"true", VALUE_BOOL},
                {"false", VALUE_BOOL},
                {"yes", VALUE_STRING},
                {"True", VALUE_STRING},
                {"12", VALUE_INT},
                {"-12", VALUE_INT},
                {"0", VALUE_INT},
                {"007", VALUE_STRING},
                {"-0", VALUE_INT},
                {"1.5", VALUE_STRING},
                {"0x1F", VALUE_STRING},
                {"'12'", VALUE_STRING},
                {"\"true\"", VALUE_STRING},
                {"'~'", VALUE_STRING},
                {"\"\"", VALUE_STRING},
                {"99999999999999999999", VALUE_STRING},
                {"|\n  12", VALUE_STRING},
                {"2026-11-25", VALUE_STRING},
                {"[]", VALUE_LIST},
                {"{}", VALUE_MAP}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str text = arena_fmt(&f->arena, "k: %s\n", rows[i].text);
        struct value v = yaml_value(&f->arena, parse(f, text.ptr));
        if (v.map.values[0].kind != rows[i].kind)
            fail_msg("%s is %s", rows[i].text, value_kind_name(v.map.values[0].kind));
    }
}

static void an_empty_file_is_null(void **state)
{
    assert_true(yaml_is_null(parse(*state, "")));
    assert_true(yaml_is_null(parse(*state, "# only a remark\n")));
    assert_true(yaml_is_null(parse(*state, "---\n")));
    assert_int_equal(parse(*state, "--- {a: 1}\n")->kind, YAML_MAP);
}

static void clever_things_are_refused_with_their_line(void **state)
{
    assert_refused(*state, "a: &x 1\n", MSG_YAML_REFUSED, "t.yaml:1");
    assert_refused(*state, "a: 1\nb: &x [1]\n", MSG_YAML_REFUSED, "t.yaml:2");
    assert_refused(*state, "a: &x {b: 1}\n", MSG_YAML_REFUSED, "t.yaml:1");
    assert_refused(*state, "a: 1\nb: *x\n", MSG_YAML_REFUSED, "t.yaml:2");
    assert_refused(*state, "*x : 1\n", MSG_YAML_REFUSED, "t.yaml:1");
    assert_refused(*state, "a: !!str 1\n", MSG_YAML_REFUSED, "t.yaml:1");
    assert_refused(*state, "a: ! 1\n", MSG_YAML_REFUSED, "t.yaml:1");
    assert_refused(*state, "a: !x [1]\n", MSG_YAML_REFUSED, "t.yaml:1");
    assert_refused(*state, "%YAML 1.1\n---\na: 1\n", MSG_YAML_REFUSED, "t.yaml:1");
    assert_refused(*state, "a: 1\n---\nb: 1\n", MSG_YAML_REFUSED, "t.yaml:2");
    assert_refused(*state, "? [a]\n: 1\n", MSG_YAML_REFUSED, "t.yaml:1");
    assert_refused(*state, "{a: b}: 1\n", MSG_YAML_REFUSED, "t.yaml:1");
    assert_refused(*state, "a: \"x\\0y\"\n", MSG_YAML_REFUSED, "t.yaml:1");
    assert_refused(*state, "a: 1\nb: 2\n\na: 3\n", MSG_YAML_DUPLICATE, "t.yaml:4");
    assert_refused(*state, "a: 1\n\"a\": 3\n", MSG_YAML_DUPLICATE, "t.yaml:2");
}

static void broken_files_are_refused_with_their_line(void **state)
{
    assert_refused(*state, "a: 1\n b: 2\n", MSG_YAML_SYNTAX, "t.yaml:2");
    assert_refused(*state, "a: [1\n", MSG_YAML_SYNTAX, "t.yaml:2");
    assert_refused(*state, "a: \"x\n", MSG_YAML_SYNTAX, "t.yaml:2");
    assert_refused(*state, "a:\tb\n\tc: d\n", MSG_YAML_SYNTAX, "t.yaml:2");
    assert_refused(*state, "a: \xff\n", MSG_YAML_SYNTAX, "t.yaml:1");
    assert_refused(*state,
                   "\xff\xfe"
                   "a",
                   MSG_YAML_SYNTAX, "t.yaml:1");
    assert_refused(*state, "a: \x01\n", MSG_YAML_SYNTAX, "t.yaml:1");
}

static int nested(struct fixture *f, int levels)
{
    CLEANUP(buf_release) struct buf b = {0};
    struct yaml_node *n;
    buf_init(&b, 1 << 20);
    for (int i = 0; i < levels; i++)
        buf_add_char(&b, '[');
    for (int i = 0; i < levels; i++)
        buf_add_char(&b, ']');
    return yaml_parse(&f->arena, STR("t.yaml"), buf_str(&b), &n, NULL);
}

static void depth_and_size_have_limits(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(nested(f, YAML_DEPTH_MAX), 0);
    assert_int_equal(nested(f, YAML_DEPTH_MAX + 1), ERR_SYNTAX);
    assert_int_equal(nested(f, 100000), ERR_SYNTAX);

    struct yaml_node *n;
    char *big = arena_alloc(&f->arena, YAML_BYTES_MAX + 1);
    memset(big, 'a', YAML_BYTES_MAX + 1);
    assert_int_equal(yaml_parse(&f->arena, STR("t"), str_n(big, YAML_BYTES_MAX), &n, &f->why), 0);
    assert_int_equal(yaml_parse(&f->arena, STR("t"), str_n(big, YAML_BYTES_MAX + 1), &n, &f->why), ERR_SYNTAX);
}

static void readers_give_the_value_or_the_default(void **state)
{
    struct fixture *f = *state;
    struct yaml_node *n = parse(f, "s: text\nb: true\ni: 42\nempty:\nlist: [a, b]\none: a\n"), *got;
    struct str s, *list;
    size_t len;
    bool b;
    int64_t i;
    assert_int_equal(yaml_str(n, "s", STR("x"), &s, &f->why), 0);
    assert_str(s, "text");
    assert_int_equal(yaml_str(n, "i", STR("x"), &s, &f->why), 0);
    assert_str(s, "42");
    assert_int_equal(yaml_str(n, "empty", STR("x"), &s, &f->why), 0);
    assert_str(s, "x");
    assert_int_equal(yaml_bool(n, "b", false, &b, &f->why), 0);
    assert_true(b);
    assert_int_equal(yaml_bool(n, "none", true, &b, &f->why), 0);
    assert_true(b);
    assert_int_equal(yaml_int(n, "i", 7, &i, &f->why), 0);
    assert_int_equal(i, 42);
    assert_int_equal(yaml_int(NULL, "i", 7, &i, &f->why), 0);
    assert_int_equal(i, 7);
    assert_int_equal(yaml_str_list(&f->arena, n, "list", &list, &len, &f->why), 0);
    assert_int_equal(len, 2);
    assert_str(list[1], "b");
    assert_int_equal(yaml_str_list(&f->arena, n, "one", &list, &len, &f->why), 0);
    assert_int_equal(len, 1);
    assert_int_equal(yaml_str_list(&f->arena, n, "none", &list, &len, &f->why), 0);
    assert_int_equal(len, 0);
    assert_int_equal(yaml_need(n, "s", &got, &f->why), 0);
    assert_str(got->text, "text");
    assert_int_equal(f->why.items_count, 0);
}

static void readers_refuse_the_wrong_kind_with_its_line(void **state)
{
    struct fixture *f = *state;
    struct yaml_node *n = parse(f, "a: 1\nlist: [[x]]\nmap: {}\nq: '1'\n"), *got;
    struct str s = STR("kept"), *list;
    size_t len;
    bool b;
    int64_t i = 5;
    assert_int_equal(yaml_str(n, "list", STR("x"), &s, &f->why), ERR_INVALID);
    assert_str(s, "kept");
    assert_str(f->why.last->place, "t.yaml:2");
    assert_int_equal(f->why.last->message, MSG_YAML_WRONG_KIND);
    assert_int_equal(yaml_bool(n, "a", true, &b, &f->why), ERR_INVALID);
    assert_int_equal(yaml_int(n, "q", 7, &i, &f->why), ERR_INVALID);
    assert_int_equal(i, 5);
    assert_int_equal(yaml_str_list(&f->arena, n, "list", &list, &len, &f->why), ERR_INVALID);
    assert_int_equal(yaml_str_list(&f->arena, n, "map", &list, &len, &f->why), ERR_INVALID);
    assert_int_equal(yaml_need(n, "none", &got, &f->why), ERR_INVALID);
    assert_int_equal(f->why.last->message, MSG_YAML_MISSING);
    assert_str(f->why.last->place, "t.yaml:1");
    assert_int_equal(yaml_need(n, "none", &got, NULL), ERR_INVALID);
}

static void unknown_keys_are_named_with_advice(void **state)
{
    struct fixture *f = *state;
    static const char *const known[] = {"type", "label", "required", NULL};
    struct yaml_node *n = parse(f, "type: text\nrequird: true\nlable: x\n");
    assert_int_equal(yaml_check_keys(n, known, &f->why), ERR_INVALID);
    assert_int_equal(f->why.items_count, 2);
    assert_str(f->why.items->place, "t.yaml:2");
    assert_str(f->why.items->args[0].value, "requird");
    assert_str(f->why.items->args[1].value, "required");
    assert_str(f->why.last->args[1].value, "label");
    assert_int_equal(yaml_check_keys(parse(f, "type: x\n"), known, &f->why), 0);
    assert_int_equal(yaml_check_keys(parse(f, "[type]\n"), known, &f->why), ERR_INVALID);
    assert_int_equal(yaml_check_keys(NULL, known, NULL), ERR_INVALID);
}

static void a_file_is_loaded_and_a_missing_one_named(void **state)
{
    struct fixture *f = *state;
    char path[] = "/tmp/tandem-yaml-XXXXXX";
    struct yaml_node *n;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "a: 1\n", 5), 5);
    close(fd);
    assert_int_equal(yaml_load(&f->arena, path, &n, &f->why), 0);
    assert_str(yaml_get(n, "a")->text, "1");
    assert_str(n->file, path);
    unlink(path);
    assert_int_equal(yaml_load(&f->arena, path, &n, &f->why), ERR_NOT_FOUND);
    assert_int_equal(f->why.message, MSG_FILE_UNREADABLE);
    assert_str(f->why.args[0].value, path);
    assert_int_equal(yaml_load(&f->arena, "/tmp", &n, NULL), ERR_NOT_FOUND);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_description_becomes_a_tree_with_lines),
        TEST(plain_scalars_have_types_and_quoted_ones_are_text),
        TEST(an_empty_file_is_null),
        TEST(clever_things_are_refused_with_their_line),
        TEST(broken_files_are_refused_with_their_line),
        TEST(depth_and_size_have_limits),
        TEST(readers_give_the_value_or_the_default),
        TEST(readers_refuse_the_wrong_kind_with_its_line),
        TEST(unknown_keys_are_named_with_advice),
        TEST(a_file_is_loaded_and_a_missing_one_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
