/*
 * CEL's math extension.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>

#include "expr/expr_internal.h"

static bool is_number(const struct value *v)
{
    return v->kind == VALUE_INT || v->kind == VALUE_UINT || v->kind == VALUE_DOUBLE;
}

/* The first of the numbers that no other is beyond (sign 1: greater, -1: less). */
static int extreme(struct run *r, const struct value *v, size_t n, int sign, struct value *ret)
{
    struct value_list all = {.items = v, .len = n};
    if (n == 1 && v->kind == VALUE_LIST)
        all = v->list;
    if (all.len == 0)
        return run_fail(r, "an empty list has no greatest or least", STR_NULL);
    const struct value *best = &all.items[0];
    for (size_t i = 0; i < all.len; i++) {
        int c = 0;
        if (!is_number(&all.items[i]) || run_compare(&all.items[i], best, &c))
            return run_no_overload(r);
        if (c == sign)
            best = &all.items[i];
    }
    *ret = *best;
    return run_charge(r, all.len);
}

static int fn_greatest(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    return extreme(r, v, n, 1, ret);
}
static int fn_least(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    return extreme(r, v, n, -1, ret);
}

#define ROUNDING(name, c_function)                                                                                     \
    static int name(struct run *r, const struct value *v, size_t n, struct value *ret)                                 \
    {                                                                                                                  \
        (void)r, (void)n;                                                                                              \
        *ret = (struct value){.kind = VALUE_DOUBLE, .d = c_function(v->d)};                                            \
        return 0;                                                                                                      \
    }
ROUNDING(fn_ceil, ceil)
ROUNDING(fn_floor, floor)
ROUNDING(fn_round, round)
ROUNDING(fn_trunc, trunc)

static int fn_sqrt(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)r, (void)n;
    double d = v->kind == VALUE_INT ? (double)v->i : v->kind == VALUE_UINT ? (double)v->u : v->d;
    *ret = (struct value){.kind = VALUE_DOUBLE, .d = sqrt(d)};
    return 0;
}

static int fn_math_abs(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)n;
    *ret = *v;
    if (v->kind == VALUE_INT && v->i == INT64_MIN)
        return run_fail(r, "the number is out of range (overflow)", STR_NULL);
    if (v->kind == VALUE_INT && v->i < 0)
        ret->i = -v->i;
    else if (v->kind == VALUE_DOUBLE)
        ret->d = fabs(v->d);
    return 0;
}

static int fn_sign(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)r, (void)n;
    *ret = *v;
    if (v->kind == VALUE_INT)
        ret->i = (v->i > 0) - (v->i < 0);
    else if (v->kind == VALUE_UINT)
        ret->u = v->u > 0;
    else if (!isnan(v->d))
        ret->d = (v->d > 0) - (v->d < 0);
    return 0;
}

#define TEST(name, c_test)                                                                                             \
    static int name(struct run *r, const struct value *v, size_t n, struct value *ret)                                 \
    {                                                                                                                  \
        (void)r, (void)n;                                                                                              \
        *ret = value_bool(c_test(v->d) != 0);                                                                          \
        return 0;                                                                                                      \
    }
TEST(fn_is_nan, isnan)
TEST(fn_is_inf, isinf)
TEST(fn_is_finite, isfinite)

/* Signed and unsigned share the bits of the union. */
#define BITS(name, operation)                                                                                          \
    static int name(struct run *r, const struct value *v, size_t n, struct value *ret)                                 \
    {                                                                                                                  \
        (void)r, (void)n;                                                                                              \
        *ret = v[0];                                                                                                   \
        ret->u = operation;                                                                                            \
        return 0;                                                                                                      \
    }
BITS(fn_bit_and, v[0].u &v[1].u)
BITS(fn_bit_or, v[0].u | v[1].u)
BITS(fn_bit_xor, v[0].u ^ v[1].u)
BITS(fn_bit_not, ~v[0].u)

static int shift(struct run *r, const struct value *v, bool left, struct value *ret)
{
    if (v[1].i < 0)
        return run_fail(r, "a negative offset", STR_NULL);
    *ret = v[0];
    if (v[1].i > 63)
        ret->u = 0;
    else
        ret->u = left ? v[0].u << v[1].i : v[0].u >> v[1].i;
    return 0;
}

static int fn_shift_left(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)n;
    return shift(r, v, true, ret);
}

static int fn_shift_right(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)n;
    return shift(r, v, false, ret);
}

#define EXTREME "L>* i>i u>u d>d i+>i u+>u d+>d *+>*"

const struct function FUNCTIONS_MATH[] = {
    {"math.greatest", EXTREME, fn_greatest, 0},
    {"math.least", EXTREME, fn_least, 0},
    {"math.ceil", "d>d", fn_ceil, 0},
    {"math.floor", "d>d", fn_floor, 0},
    {"math.round", "d>d", fn_round, 0},
    {"math.trunc", "d>d", fn_trunc, 0},
    {"math.sqrt", "d>d i>d u>d", fn_sqrt, 0},
    {"math.abs", "i>i u>u d>d", fn_math_abs, 0},
    {"math.sign", "i>i u>u d>d", fn_sign, 0},
    {"math.isNaN", "d>b", fn_is_nan, FN_BOOL},
    {"math.isInf", "d>b", fn_is_inf, FN_BOOL},
    {"math.isFinite", "d>b", fn_is_finite, FN_BOOL},
    {"math.bitAnd", "ii>i uu>u", fn_bit_and, 0},
    {"math.bitOr", "ii>i uu>u", fn_bit_or, 0},
    {"math.bitXor", "ii>i uu>u", fn_bit_xor, 0},
    {"math.bitNot", "i>i u>u", fn_bit_not, 0},
    {"math.bitShiftLeft", "ii>i ui>u", fn_shift_left, 0},
    {"math.bitShiftRight", "ii>i ui>u", fn_shift_right, 0},
    {NULL, NULL, NULL, 0},
};
