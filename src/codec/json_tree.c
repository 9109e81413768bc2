/*
 * Reading parsed JSON: by pointer (RFC 6901), and as an object for expressions.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "codec/codec_internal.h"
#include "codec/json.h"

/* Compares a key with a token of a pointer, in which ~0 stands for ~ and ~1 for /. */
static bool token_is(struct str token, struct str key)
{
    size_t k = 0;
    for (size_t i = 0; i < token.len; i++, k++) {
        char c = token.ptr[i];
        if (c == '~') {
            if (++i == token.len || (token.ptr[i] != '0' && token.ptr[i] != '1'))
                return false;
            c = token.ptr[i] == '0' ? '~' : '/';
        }
        if (k == key.len || key.ptr[k] != c)
            return false;
    }
    return k == key.len;
}

static const struct value *list_at(struct value_list list, struct str token)
{
    int64_t i;
    bool leading_zero = token.len > 1 && token.ptr[0] == '0';
    if (leading_zero || str_starts(token, STR("-")) || str_to_i64(token, &i) || (uint64_t)i >= list.len)
        return NULL;
    return &list.items[i];
}

static const struct value *step(const struct value *v, struct str token)
{
    if (v->kind == VALUE_LIST)
        return list_at(v->list, token);
    if (v->kind != VALUE_MAP)
        return NULL;
    for (size_t i = 0; i < v->map.len; i++) {
        const struct value *key = &v->map.keys[i];
        if (key->kind == VALUE_STRING && token_is(token, key->s))
            return &v->map.values[i];
    }
    return NULL;
}

const struct value *json_pointer(const struct value *v, struct str pointer)
{
    while (v && pointer.len) {
        if (pointer.ptr[0] != '/')
            return NULL;
        pointer = str_sub(pointer, 1, SIZE_MAX);
        size_t end = str_find_char(pointer, '/');
        v = step(v, str_sub(pointer, 0, end));
        pointer = str_sub(pointer, end, SIZE_MAX);
    }
    return v;
}

static int object_get(void *impl, struct str field, struct arena *a UNUSED, struct value *ret)
{
    const struct value *v = value_map_get(*(const struct value *)impl, field);
    if (!v)
        return ERR_NOT_FOUND;
    *ret = *v;
    return 0;
}

static bool object_has(void *impl, struct str field)
{
    const struct value *v = value_map_get(*(const struct value *)impl, field);
    if (!v)
        return false;
    switch (v->kind) {
    case VALUE_NULL:
        return false;
    case VALUE_STRING:
        return v->s.len > 0;
    case VALUE_LIST:
        return v->list.len > 0;
    case VALUE_MAP:
        return v->map.len > 0;
    default:
        return true;
    }
}

static const struct value_object_ops object_ops = {.name = "json", .get = object_get, .has = object_has};

struct value json_as_object(struct arena *a, const struct value *map)
{
    struct value *copy = arena_new(a, struct value);
    *copy = *map;
    return (struct value){.kind = VALUE_OBJECT, .obj = {.ops = &object_ops, .impl = copy}};
}

const struct value *json_object_map(struct value v)
{
    return v.kind == VALUE_OBJECT && v.obj.ops == &object_ops ? v.obj.impl : NULL;
}
