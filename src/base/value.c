/*
 * Values: comparing, copying, reading out of maps.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>

#include "base/value.h"

/* From this many keys on, two maps in different order are compared by an index rather than by looking through. */
enum { MAP_INDEX_MIN = 32 };

struct value value_time_ms(int64_t ms)
{
    int64_t seconds = ms / 1000;
    int64_t rest = ms % 1000;
    if (rest < 0) {
        rest += 1000;
        seconds--;
    }
    return (struct value){.kind = VALUE_TIMESTAMP, .time = {.seconds = seconds, .nanos = (int32_t)(rest * 1000000)}};
}

int64_t value_to_ms(struct value v)
{
    assert(v.kind == VALUE_TIMESTAMP || v.kind == VALUE_DURATION);
    int64_t rest = v.time.nanos / 1000000;
    if (v.time.nanos % 1000000 < 0)
        rest--;
    __int128 ms = (__int128)v.time.seconds * 1000 + rest;
    if (ms > INT64_MAX)
        return INT64_MAX;
    return ms < INT64_MIN ? INT64_MIN : (int64_t)ms;
}

static bool list_same(struct value_list a, struct value_list b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (!value_same(a.items[i], b.items[i]))
            return false;
    }
    return true;
}

static const struct value *map_find(struct value_map m, struct value key)
{
    for (size_t i = 0; i < m.len; i++) {
        if (value_same(m.keys[i], key))
            return m.values + i;
    }
    return NULL;
}

/* Text keys go into `index`; its values point into m. */
static void map_index(struct value_map m, struct map *index)
{
    for (size_t i = 0; i < m.len; i++) {
        if (m.keys[i].kind == VALUE_STRING)
            map_put(index, m.keys[i].s, (void *)(uintptr_t)&m.values[i]);
    }
}

/* The order of keys is no part of a map's content. */
static bool map_same(struct value_map a, struct value_map b)
{
    if (a.len != b.len)
        return false;
    struct map *index = NULL;
    bool same = true;
    for (size_t i = 0; i < a.len && same; i++) {
        const struct value *other = value_same(a.keys[i], b.keys[i]) ? &b.values[i] : NULL;
        if (!other && !index && b.len >= MAP_INDEX_MIN) {
            index = map_new(NULL);
            map_index(b, index);
        }
        if (!other)
            other = index && a.keys[i].kind == VALUE_STRING ? map_get(index, a.keys[i].s) : map_find(b, a.keys[i]);
        same = other && value_same(a.values[i], *other);
    }
    map_free(index);
    return same;
}

bool value_same(struct value a, struct value b)
{
    if (a.kind != b.kind)
        return false;
    switch (a.kind) {
    case VALUE_NULL:
        return true;
    case VALUE_BOOL:
        return a.b == b.b;
    case VALUE_INT:
    case VALUE_DATE:
        return a.i == b.i;
    case VALUE_UINT:
        return a.u == b.u;
    case VALUE_DOUBLE:
        return a.d == b.d || (isnan(a.d) && isnan(b.d));
    case VALUE_STRING:
    case VALUE_BYTES:
    case VALUE_TYPE:
        return str_eq(a.s, b.s);
    case VALUE_LIST:
        return list_same(a.list, b.list);
    case VALUE_MAP:
        return map_same(a.map, b.map);
    case VALUE_TIMESTAMP:
    case VALUE_DURATION:
        return a.time.seconds == b.time.seconds && a.time.nanos == b.time.nanos;
    case VALUE_DECIMAL:
        return decimal_cmp(a.dec, b.dec) == 0;
    case VALUE_MONEY:
        return a.money.minor == b.money.minor && memcmp(a.money.currency, b.money.currency, 4) == 0;
    case VALUE_OBJECT:
        return a.obj.ops == b.obj.ops && a.obj.impl == b.obj.impl;
    case VALUE_KINDS:
        break;
    }
    return false;
}

static struct value *copy_items(struct arena *a, const struct value *items, size_t len)
{
    struct value *copy = arena_array(a, struct value, len);
    for (size_t i = 0; i < len; i++)
        copy[i] = value_copy(a, items[i]);
    return copy;
}

struct value value_copy(struct arena *a, struct value v)
{
    switch (v.kind) {
    case VALUE_STRING:
    case VALUE_BYTES:
    case VALUE_TYPE:
        v.s = arena_str(a, v.s);
        break;
    case VALUE_LIST:
        v.list.items = copy_items(a, v.list.items, v.list.len);
        break;
    case VALUE_MAP:
        v.map.keys = copy_items(a, v.map.keys, v.map.len);
        v.map.values = copy_items(a, v.map.values, v.map.len);
        break;
    default:
        break;
    }
    return v;
}

struct value value_list_of(struct arena *a, const struct value *items, size_t len)
{
    struct value *copy = arena_array(a, struct value, len);
    if (len)
        memcpy(copy, items, len * sizeof(*items));
    return (struct value){.kind = VALUE_LIST, .list = {.items = copy, .len = len}};
}

const struct value *value_map_get(struct value map, struct str key)
{
    if (map.kind != VALUE_MAP)
        return NULL;
    for (size_t i = 0; i < map.map.len; i++) {
        const struct value *k = &map.map.keys[i];
        if (k->kind == VALUE_STRING && str_eq(k->s, key))
            return map.map.values + i;
    }
    return NULL;
}

const char *value_kind_name(enum value_kind k)
{
    static const char *const names[VALUE_KINDS] = {
        [VALUE_NULL] = "null",           [VALUE_BOOL] = "bool",         [VALUE_INT] = "int",
        [VALUE_UINT] = "uint",           [VALUE_DOUBLE] = "double",     [VALUE_STRING] = "string",
        [VALUE_BYTES] = "bytes",         [VALUE_LIST] = "list",         [VALUE_MAP] = "map",
        [VALUE_TIMESTAMP] = "timestamp", [VALUE_DURATION] = "duration", [VALUE_DATE] = "date",
        [VALUE_DECIMAL] = "decimal",     [VALUE_MONEY] = "money",       [VALUE_TYPE] = "type",
        [VALUE_OBJECT] = "object",
    };
    return (unsigned)k < VALUE_KINDS ? names[k] : "unknown";
}
