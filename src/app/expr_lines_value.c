/*
 * Values and types in the notation of CEL's conformance tests: {"int64_value": "1"}, {"list_type": {"elem_type": …}}.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>

#include "app/expr_lines_internal.h"
#include "codec/text.h"

#define TIMESTAMP_KEY "[type.googleapis.com/google.protobuf.Timestamp]"
#define DURATION_KEY "[type.googleapis.com/google.protobuf.Duration]"

static struct str json_text(const json_t *j)
{
    return json_is_string(j) ? str_n(json_string_value(j), json_string_length(j)) : STR_NULL;
}

/* An integer as text or as a number. */
static int read_i64(const json_t *j, int64_t *ret)
{
    if (json_is_integer(j)) {
        *ret = json_integer_value(j);
        return 0;
    }
    return str_to_i64(json_text(j), ret);
}

static int read_number(struct arena *a, const char *key, const json_t *j, struct value *ret)
{
    struct value v = {.kind = VALUE_INT};
    const char *text = arena_cstr(a, json_text(j));
    char *end = NULL;
    if (strcmp(key, "int64_value") == 0) {
        if (read_i64(j, &v.i))
            return ERR_INVALID;
    } else if (strcmp(key, "uint64_value") == 0) {
        v.kind = VALUE_UINT;
        v.u = json_is_integer(j) ? (uint64_t)json_integer_value(j) : strtoull(text, &end, 10);
    } else {
        v.kind = VALUE_DOUBLE;
        v.d = json_is_number(j) ? json_number_value(j) : strtod(text, &end);
    }
    if (end && (*end || end == text))
        return ERR_INVALID;
    *ret = v;
    return 0;
}

static int read_bytes(struct arena *a, const json_t *j, struct value *ret)
{
    struct str bytes = json_text(j);
    if (json_is_object(j) && hex_decode(a, json_text(json_object_get(j, "bytes_hex")), &bytes))
        return ERR_INVALID;
    *ret = value_bytes(arena_str(a, bytes));
    return 0;
}

static int read_list(struct arena *a, const json_t *j, int depth, struct value *ret)
{
    const json_t *values = json_object_get(j, "values");
    size_t len = json_array_size(values);
    struct value *items = arena_array(a, struct value, len);
    for (size_t i = 0; i < len; i++) {
        int err = notation_to_value(a, json_array_get(values, i), depth + 1, &items[i]);
        if (err)
            return err;
    }
    *ret = (struct value){.kind = VALUE_LIST, .list = {.items = items, .len = len}};
    return 0;
}

static int read_map(struct arena *a, const json_t *j, int depth, struct value *ret)
{
    const json_t *entries = json_object_get(j, "entries");
    size_t len = json_array_size(entries);
    struct value *keys = arena_array(a, struct value, len), *values = arena_array(a, struct value, len);
    for (size_t i = 0; i < len; i++) {
        const json_t *e = json_array_get(entries, i);
        int err = notation_to_value(a, json_object_get(e, "key"), depth + 1, &keys[i]);
        if (err || (err = notation_to_value(a, json_object_get(e, "value"), depth + 1, &values[i])))
            return err;
    }
    *ret = (struct value){.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = len}};
    return 0;
}

static int read_object(const json_t *j, struct value *ret)
{
    const json_t *t = json_object_get(j, TIMESTAMP_KEY), *d = json_object_get(j, DURATION_KEY);
    const json_t *of = t ? t : d, *seconds = json_object_get(of, "seconds"), *nanos = json_object_get(of, "nanos");
    struct value v = {.kind = t ? VALUE_TIMESTAMP : VALUE_DURATION};
    int64_t n = 0;
    if (!of || (seconds && read_i64(seconds, &v.time.seconds)) || (nanos && read_i64(nanos, &n)))
        return ERR_INVALID;
    v.time.nanos = (int32_t)n;
    *ret = v;
    return 0;
}

/* Our own types. */
static int read_ours(const char *key, const json_t *j, struct value *ret)
{
    struct value v = {.kind = VALUE_DECIMAL};
    if (strcmp(key, "decimal_value") == 0) {
        if (decimal_parse(json_text(j), &v.dec))
            return ERR_INVALID;
    } else if (strcmp(key, "date_value") == 0) {
        v.kind = VALUE_DATE;
        if (date_parse(json_text(j), &v.i))
            return ERR_INVALID;
    } else if (strcmp(key, "money_value") == 0) {
        v.kind = VALUE_MONEY;
        if (money_parse(json_text(json_object_get(j, "amount")), json_text(json_object_get(j, "currency")), &v.money))
            return ERR_INVALID;
    } else {
        return ERR_INVALID;
    }
    *ret = v;
    return 0;
}

int notation_to_value(struct arena *a, const json_t *j, int depth, struct value *ret)
{
    void *at = json_object_iter((json_t *)j);
    if (!at || depth > EXPR_LINES_DEPTH_MAX)
        return ERR_INVALID;
    const char *key = json_object_iter_key(at);
    const json_t *v = json_object_iter_value(at);
    if (strcmp(key, "null_value") == 0)
        *ret = value_null();
    else if (strcmp(key, "bool_value") == 0)
        *ret = value_bool(json_is_true(v));
    else if (strcmp(key, "string_value") == 0)
        *ret = value_str(arena_str(a, json_text(v)));
    else if (strcmp(key, "type_value") == 0)
        *ret = (struct value){.kind = VALUE_TYPE, .s = arena_str(a, json_text(v))};
    else if (strcmp(key, "bytes_value") == 0)
        return read_bytes(a, v, ret);
    else if (strcmp(key, "list_value") == 0)
        return read_list(a, v, depth, ret);
    else if (strcmp(key, "map_value") == 0)
        return read_map(a, v, depth, ret);
    else if (strcmp(key, "object_value") == 0)
        return read_object(v, ret);
    else if (strcmp(key, "int64_value") == 0 || strcmp(key, "uint64_value") == 0 || strcmp(key, "double_value") == 0)
        return read_number(a, key, v, ret);
    else
        return read_ours(key, v, ret);
    return 0;
}

static const struct expr_type *inner_type(struct arena *a, const json_t *j, int depth)
{
    struct expr_type *t = arena_new(a, struct expr_type);
    *t = notation_to_type(a, j, depth + 1);
    return t;
}

struct expr_type notation_to_type(struct arena *a, const json_t *j, int depth)
{
    static const struct {
        const char *name;
        enum expr_type_kind kind;
    } names[] = {{"BOOL", TYPE_BOOL},           {"INT64", TYPE_INT},         {"UINT64", TYPE_UINT},
                 {"DOUBLE", TYPE_DOUBLE},       {"STRING", TYPE_STRING},     {"BYTES", TYPE_BYTES},
                 {"TIMESTAMP", TYPE_TIMESTAMP}, {"DURATION", TYPE_DURATION}, {"DATE", TYPE_DATE},
                 {"DECIMAL", TYPE_DECIMAL},     {"MONEY", TYPE_MONEY}};
    const json_t *list = json_object_get(j, "list_type"), *map = json_object_get(j, "map_type");
    if (depth > EXPR_LINES_DEPTH_MAX)
        return (struct expr_type){.kind = TYPE_DYN};
    if (list)
        return (struct expr_type){.kind = TYPE_LIST, .a = inner_type(a, json_object_get(list, "elem_type"), depth)};
    if (map)
        return (struct expr_type){.kind = TYPE_MAP,
                                  .a = inner_type(a, json_object_get(map, "key_type"), depth),
                                  .b = inner_type(a, json_object_get(map, "value_type"), depth)};
    if (json_object_get(j, "null"))
        return (struct expr_type){.kind = TYPE_NULL};
    const json_t *name = json_object_get(j, "primitive");
    name = name ? name : json_object_get(j, "well_known");
    name = name ? name : json_object_get(j, "tandem");
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_is(json_text(name), names[i].name))
            return (struct expr_type){.kind = names[i].kind};
    return (struct expr_type){.kind = TYPE_DYN};
}

static json_t *text_json(struct str s)
{
    return json_stringn(s.ptr ? s.ptr : "", s.len);
}

/* {key: text} */
static json_t *tagged(const char *key, struct str text)
{
    return json_pack("{s:o}", key, text_json(text));
}

static json_t *bytes_notation(struct str bytes)
{
    CLEANUP(buf_release) struct buf hex = {0};
    buf_init(&hex, bytes.len * 2 + 1);
    if (utf8_valid(bytes))
        return tagged("bytes_value", bytes);
    hex_encode(bytes, &hex);
    return json_pack("{s:o}", "bytes_value", tagged("bytes_hex", buf_str(&hex)));
}

static json_t *double_notation(struct arena *a, double d)
{
    struct str s = STR("0");
    if (isnan(d) || isinf(d))
        s = isnan(d) ? STR("nan") : d < 0 ? STR("-inf") : STR("inf");
    else
        for (int digits = 1; digits <= 17; digits++) {
            s = arena_fmt(a, "%.*g", digits, d);
            if (strtod(s.ptr, NULL) == d)
                break;
        }
    return tagged("double_value", s);
}

static json_t *time_notation(struct arena *a, const char *key, struct value_time t)
{
    json_t *inner = json_object();
    if (t.seconds)
        json_object_set_new(inner, "seconds", text_json(arena_fmt(a, "%lld", (long long)t.seconds)));
    if (t.nanos)
        json_object_set_new(inner, "nanos", text_json(arena_fmt(a, "%d", (int)t.nanos)));
    return json_pack("{s:{s:o}}", "object_value", key, inner);
}

static json_t *list_notation(struct arena *a, const struct value *v, int depth)
{
    json_t *inner = json_object(), *values = json_array();
    for (size_t i = 0; i < v->list.len; i++)
        json_array_append_new(values, value_to_notation(a, &v->list.items[i], depth + 1));
    if (v->list.len)
        json_object_set(inner, "values", values);
    json_decref(values);
    return json_pack("{s:o}", "list_value", inner);
}

static json_t *map_notation(struct arena *a, const struct value *v, int depth)
{
    json_t *inner = json_object(), *entries = json_array();
    for (size_t i = 0; i < v->map.len; i++)
        json_array_append_new(entries, json_pack("{s:o,s:o}", "key", value_to_notation(a, &v->map.keys[i], depth + 1),
                                                 "value", value_to_notation(a, &v->map.values[i], depth + 1)));
    if (v->map.len)
        json_object_set(inner, "entries", entries);
    json_decref(entries);
    return json_pack("{s:o}", "map_value", inner);
}

static json_t *ours_notation(const struct value *v)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 100);
    if (v->kind == VALUE_DATE) {
        date_format(v->i, &b);
        return tagged("date_value", buf_str(&b));
    }
    if (v->kind == VALUE_DECIMAL) {
        decimal_format(v->dec, &b);
        return tagged("decimal_value", buf_str(&b));
    }
    money_format(v->money, &b);
    return json_pack("{s:{s:o,s:s}}", "money_value", "amount", text_json(buf_str(&b)), "currency", v->money.currency);
}

json_t *value_to_notation(struct arena *a, const struct value *v, int depth)
{
    if (depth > EXPR_LINES_DEPTH_MAX)
        return json_pack("{s:s}", "string_value", "(nested too deep)");
    switch (v->kind) {
    case VALUE_NULL:
        return json_pack("{s:s}", "null_value", "NULL_VALUE");
    case VALUE_BOOL:
        return json_pack("{s:b}", "bool_value", v->b);
    case VALUE_INT:
        return tagged("int64_value", arena_fmt(a, "%lld", (long long)v->i));
    case VALUE_UINT:
        return tagged("uint64_value", arena_fmt(a, "%llu", (unsigned long long)v->u));
    case VALUE_DOUBLE:
        return double_notation(a, v->d);
    case VALUE_STRING:
        return tagged("string_value", v->s);
    case VALUE_BYTES:
        return bytes_notation(v->s);
    case VALUE_LIST:
        return list_notation(a, v, depth);
    case VALUE_MAP:
        return map_notation(a, v, depth);
    case VALUE_TIMESTAMP:
        return time_notation(a, TIMESTAMP_KEY, v->time);
    case VALUE_DURATION:
        return time_notation(a, DURATION_KEY, v->time);
    case VALUE_TYPE:
        return tagged("type_value", v->s);
    case VALUE_DATE:
    case VALUE_DECIMAL:
    case VALUE_MONEY:
        return ours_notation(v);
    default:
        return tagged("object_value", str_of(value_kind_name(v->kind)));
    }
}
