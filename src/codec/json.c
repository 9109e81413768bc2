/*
 * Reading JSON: jansson parses, this turns its tree into values and its errors into problems.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <jansson.h>

#include "codec/json.h"

void json_init(void)
{
    uint32_t seed;
    random_bytes(&seed, sizeof(seed));
    /* 0 would let jansson pick one itself at the first use, perhaps in two threads at once. */
    json_object_seed(seed ? seed : 1);
}

static void json_free(json_t **j)
{
    json_decref(*j);
}

static int convert(struct arena *a, json_t *j, size_t depth_left, struct value *ret);

static int convert_array(struct arena *a, json_t *j, size_t depth_left, struct value *ret)
{
    size_t len = json_array_size(j);
    struct value *items = arena_array(a, struct value, len);
    for (size_t i = 0; i < len; i++) {
        int err = convert(a, json_array_get(j, i), depth_left, &items[i]);
        if (err)
            return err;
    }
    *ret = (struct value){.kind = VALUE_LIST, .list = {.items = items, .len = len}};
    return 0;
}

static int convert_object(struct arena *a, json_t *j, size_t depth_left, struct value *ret)
{
    size_t len = json_object_size(j), i = 0;
    struct value *keys = arena_array(a, struct value, len);
    struct value *values = arena_array(a, struct value, len);
    const char *key;
    json_t *item;

    json_object_foreach(j, key, item)
    {
        keys[i] = value_str(arena_str(a, str_of(key)));
        int err = convert(a, item, depth_left, &values[i]);
        if (err)
            return err;
        i++;
    }
    *ret = (struct value){.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = len}};
    return 0;
}

/* ERR_LIMIT where there are more levels than allowed. */
static int convert(struct arena *a, json_t *j, size_t depth_left, struct value *ret)
{
    switch (json_typeof(j)) {
    case JSON_OBJECT:
        return depth_left ? convert_object(a, j, depth_left - 1, ret) : ERR_LIMIT;
    case JSON_ARRAY:
        return depth_left ? convert_array(a, j, depth_left - 1, ret) : ERR_LIMIT;
    case JSON_STRING:
        *ret = value_str(arena_str(a, str_n(json_string_value(j), json_string_length(j))));
        return 0;
    case JSON_INTEGER:
        *ret = value_int(json_integer_value(j));
        return 0;
    case JSON_REAL:
        *ret = (struct value){.kind = VALUE_DOUBLE, .d = json_real_value(j)};
        return 0;
    case JSON_TRUE:
    case JSON_FALSE:
        *ret = value_bool(json_is_true(j));
        return 0;
    case JSON_NULL:
        break;
    }
    *ret = value_null();
    return 0;
}

static int depth_problem(struct arena *a, size_t depth_max, struct problem *why)
{
    return PROBLEM(why, JSON_DEPTH, ARG("max", arena_fmt(a, "%zu", depth_max)));
}

static int syntax_problem(struct arena *a, int line, int column, struct str reason, struct problem *why)
{
    return PROBLEM(why, JSON_SYNTAX, ARG("line", arena_fmt(a, "%d", line > 0 ? line : 1)),
                   ARG("column", arena_fmt(a, "%d", column > 0 ? column : 1)), ARG("reason", reason));
}

/* jansson 2.14 takes a NUL byte after the value for the end of the text, and would not see what follows it. */
static int nul_problem(struct arena *a, struct str text, size_t at, struct problem *why)
{
    int line = 1;
    size_t line_start = 0;
    for (size_t i = 0; i < at; i++) {
        if (text.ptr[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    return syntax_problem(a, line, (int)(at - line_start) + 1, STR("a NUL byte"), why);
}

int json_parse(struct arena *a, struct str text, size_t depth_max, struct value *ret, struct problem *why)
{
    json_error_t error;
    CLEANUP(json_free) json_t *root = NULL;

    size_t nul = str_find_char(text, '\0');
    if (nul != SIZE_MAX)
        return nul_problem(a, text, nul, why);
    root = json_loadb(text.len ? text.ptr : "", text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!root) {
        if (json_error_code(&error) == json_error_stack_overflow)
            return depth_problem(a, depth_max, why);
        /* The reason can quote broken input, which must not travel on as text. */
        struct str reason = str_of(error.text);
        if (!utf8_valid(reason))
            reason = STR("the text is not valid UTF-8");
        return syntax_problem(a, error.line, error.column, reason, why);
    }
    struct value v;
    if (convert(a, root, depth_max, &v))
        return depth_problem(a, depth_max, why);
    *ret = v;
    return 0;
}
