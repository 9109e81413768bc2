/*
 * Equality and order of values, across the kinds of numbers.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>

#include "expr/expr_internal.h"

static int sign_of(int c)
{
    return c < 0 ? -1 : c > 0;
}
#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

bool run_key_kind(enum value_kind k)
{
    return k == VALUE_BOOL || k == VALUE_INT || k == VALUE_UINT || k == VALUE_STRING;
}

static bool is_cel_number(enum value_kind k)
{
    return k == VALUE_INT || k == VALUE_UINT || k == VALUE_DOUBLE;
}

static int compare_int_uint(int64_t i, uint64_t u)
{
    return i < 0 ? -1 : ORDER((uint64_t)i, u);
}

/* An int or uint against a double by their exact values where a double can tell them apart. */
static int compare_double(const struct value *v, double d)
{
    if (isnan(d))
        return UNORDERED;
    if (v->kind == VALUE_UINT) {
        if (d < 0)
            return 1;
        return d >= 0x1p64 ? -1 : ORDER((double)v->u, d);
    }
    if (d >= 0x1p63)
        return (double)v->i == d ? 0 : -1;
    return d < -0x1p63 ? 1 : ORDER((double)v->i, d);
}

static int flip(int c)
{
    return c == UNORDERED ? c : -c;
}

static int compare_numbers(const struct value *a, const struct value *b)
{
    if (a->kind == VALUE_DOUBLE && b->kind == VALUE_DOUBLE)
        return isnan(a->d) || isnan(b->d) ? UNORDERED : ORDER(a->d, b->d);
    if (b->kind == VALUE_DOUBLE)
        return compare_double(a, b->d);
    if (a->kind == VALUE_DOUBLE)
        return flip(compare_double(b, a->d));
    if (a->kind == VALUE_INT)
        return b->kind == VALUE_INT ? ORDER(a->i, b->i) : compare_int_uint(a->i, b->u);
    return b->kind == VALUE_UINT ? ORDER(a->u, b->u) : -compare_int_uint(b->i, a->u);
}

static bool as_decimal(const struct value *v, struct decimal *ret)
{
    if (v->kind == VALUE_DECIMAL)
        *ret = v->dec;
    else if (v->kind == VALUE_INT)
        *ret = (struct decimal){.coeff = v->i};
    else
        return false;
    return true;
}

static int compare_time(struct value_time a, struct value_time b)
{
    return a.seconds != b.seconds ? ORDER(a.seconds, b.seconds) : ORDER(a.nanos, b.nanos);
}

int run_compare(const struct value *a, const struct value *b, int *ret)
{
    struct decimal x, y;
    if (is_cel_number(a->kind) && is_cel_number(b->kind)) {
        *ret = compare_numbers(a, b);
        return 0;
    }
    if (as_decimal(a, &x) && as_decimal(b, &y)) {
        *ret = sign_of(decimal_cmp(x, y));
        return 0;
    }
    if (a->kind != b->kind)
        return ERR_INVALID;
    switch (a->kind) {
    case VALUE_BOOL:
        *ret = ORDER(a->b, b->b);
        return 0;
    case VALUE_STRING:
    case VALUE_BYTES:
    case VALUE_TYPE:
        *ret = sign_of(str_cmp(a->s, b->s));
        return 0;
    case VALUE_TIMESTAMP:
    case VALUE_DURATION:
        *ret = compare_time(a->time, b->time);
        return 0;
    case VALUE_DATE:
        *ret = ORDER(a->i, b->i);
        return 0;
    case VALUE_MONEY:
        if (strcmp(a->money.currency, b->money.currency) != 0)
            return ERR_INVALID;
        *ret = ORDER(a->money.minor, b->money.minor);
        return 0;
    default:
        return ERR_INVALID;
    }
}

/* Steps are counted, but equality itself never fails: past the budget the next node ends the run. */
static void count(struct run *r)
{
    r->cost++;
}

static bool lists_equal(struct run *r, const struct value_list *a, const struct value_list *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len && r->cost <= EXPR_COST_MAX; i++)
        if (!run_equal(r, &a->items[i], &b->items[i]))
            return false;
    return true;
}

const struct value *run_map_get(struct run *r, const struct value *map, const struct value *key)
{
    if (!run_key_kind(key->kind) && key->kind != VALUE_DOUBLE)
        return NULL;
    for (size_t i = 0; i < map->map.len; i++)
        if (run_equal(r, &map->map.keys[i], key))
            return &map->map.values[i];
    return NULL;
}

static bool maps_equal(struct run *r, const struct value *a, const struct value *b)
{
    if (a->map.len != b->map.len)
        return false;
    for (size_t i = 0; i < a->map.len && r->cost <= EXPR_COST_MAX; i++) {
        const struct value *other = run_map_get(r, b, &a->map.keys[i]);
        r->cost += (int64_t)(b->map.len / 16);
        if (!other || !run_equal(r, &a->map.values[i], other))
            return false;
    }
    return true;
}

/* The id of a record. */
static bool object_id(struct run *r, const struct value *v, struct value *ret)
{
    return v->kind == VALUE_OBJECT && !v->obj.ops->get(v->obj.impl, STR("id"), r->arena, ret) &&
           ret->kind == VALUE_STRING;
}

/* Two records are equal when their ids are; a record is equal to its id. */
static bool objects_equal(struct run *r, const struct value *a, const struct value *b)
{
    struct value x = *a, y = *b;
    if (a->kind == VALUE_OBJECT && b->kind == VALUE_OBJECT && a->obj.impl == b->obj.impl)
        return true;
    if (a->kind == VALUE_OBJECT && !object_id(r, a, &x))
        return false;
    if (b->kind == VALUE_OBJECT && !object_id(r, b, &y))
        return false;
    return x.kind == VALUE_STRING && y.kind == VALUE_STRING && str_eq(x.s, y.s);
}

bool run_equal(struct run *r, const struct value *a, const struct value *b)
{
    int c;
    count(r);
    if (a->kind == VALUE_STRING || a->kind == VALUE_BYTES)
        r->cost += (int64_t)(a->s.len / 64);
    if (a->kind == VALUE_OBJECT || b->kind == VALUE_OBJECT)
        return objects_equal(r, a, b);
    if (a->kind == b->kind) {
        switch (a->kind) {
        case VALUE_NULL:
            return true;
        case VALUE_LIST:
            return lists_equal(r, &a->list, &b->list);
        case VALUE_MAP:
            return maps_equal(r, a, b);
        default:
            break;
        }
    }
    return !run_compare(a, b, &c) && c == 0;
}
