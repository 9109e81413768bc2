/*
 * Conversions between kinds of values: int(), uint(), double(), string(), bytes(), bool(), type(), dyn(), size().
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>

#include "codec/text.h"
#include "expr/expr_internal.h"

static int range(struct run *r)
{
    return run_fail(r, "the number is out of range", STR_NULL);
}
static int bad_text(struct run *r, struct str s)
{
    return run_fail(r, "the text can't be converted", s);
}

/* A decimal's whole part; false where it does not fit. */
static int64_t decimal_whole(struct decimal d)
{
    while (d.scale--)
        d.coeff /= 10;
    return d.coeff;
}

static int fn_int(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    int64_t i = v->i;
    (void)n;
    switch (v->kind) {
    case VALUE_UINT:
        if (v->u > INT64_MAX)
            return range(r);
        i = (int64_t)v->u;
        break;
    case VALUE_DOUBLE:
        if (!(v->d > -0x1p63 && v->d < 0x1p63))
            return range(r);
        i = (int64_t)v->d;
        break;
    case VALUE_STRING:
        if (str_to_i64(v->s, &i))
            return bad_text(r, v->s);
        break;
    case VALUE_TIMESTAMP:
        i = v->time.seconds;
        break;
    case VALUE_DECIMAL:
        i = decimal_whole(v->dec);
        break;
    default:
        break;
    }
    *ret = value_int(i);
    return 0;
}

static bool text_to_uint(struct str s, uint64_t *ret)
{
    uint64_t u = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c < '0' || c > '9' || __builtin_mul_overflow(u, (uint64_t)10, &u) ||
            __builtin_add_overflow(u, (uint64_t)(c - '0'), &u))
            return false;
    }
    *ret = u;
    return s.len > 0;
}

static int fn_uint(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    uint64_t u = v->u;
    (void)n;
    if (v->kind == VALUE_INT) {
        if (v->i < 0)
            return range(r);
        u = (uint64_t)v->i;
    } else if (v->kind == VALUE_DOUBLE) {
        if (!(v->d > -1 && v->d < 0x1p64))
            return range(r);
        u = (uint64_t)v->d;
    } else if (v->kind == VALUE_STRING && !text_to_uint(v->s, &u)) {
        return bad_text(r, v->s);
    }
    *ret = (struct value){.kind = VALUE_UINT, .u = u};
    return 0;
}

/* "NaN", "Infinity", "inf" with a sign, besides what str_to_double() reads. */
static bool text_to_double(struct str s, double *ret)
{
    struct str t = s;
    bool minus = t.len && t.ptr[0] == '-';
    if (t.len && (t.ptr[0] == '-' || t.ptr[0] == '+'))
        t = str_sub(t, 1, t.len);
    if (str_eq_nocase(t, STR("nan")))
        *ret = NAN;
    else if (str_eq_nocase(t, STR("inf")) || str_eq_nocase(t, STR("infinity")))
        *ret = minus ? -INFINITY : INFINITY;
    else
        return !str_to_double(s, ret);
    return true;
}

static int fn_double(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    double d = v->d;
    (void)n;
    if (v->kind == VALUE_INT)
        d = (double)v->i;
    else if (v->kind == VALUE_UINT)
        d = (double)v->u;
    else if (v->kind == VALUE_DECIMAL)
        d = (double)v->dec.coeff / pow(10, v->dec.scale);
    else if (v->kind == VALUE_STRING && !text_to_double(v->s, &d))
        return bad_text(r, v->s);
    *ret = (struct value){.kind = VALUE_DOUBLE, .d = d};
    return 0;
}

static int fn_bool(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    static const char *const yes[] = {"1", "t", "true", "TRUE", "True"}, *const no[] = {"0", "f", "false", "FALSE",
                                                                                        "False"};
    (void)n;
    if (v->kind == VALUE_BOOL) {
        *ret = *v;
        return 0;
    }
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        if (str_is(v->s, yes[i]) || str_is(v->s, no[i])) {
            *ret = value_bool(str_is(v->s, yes[i]));
            return 0;
        }
    }
    return bad_text(r, v->s);
}

static int fn_bytes(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)r, (void)n;
    *ret = value_bytes(v->s);
    return 0;
}

static int fn_string(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    struct buf b;
    (void)n;
    if (v->kind == VALUE_STRING) {
        *ret = *v;
        return 0;
    }
    if (v->kind == VALUE_BYTES) {
        int err = run_charge(r, v->s.len / 64);
        if (!err && !utf8_valid(v->s))
            err = run_fail(r, "the bytes are not valid UTF-8", STR_NULL);
        *ret = value_str(v->s);
        return err;
    }
    buf_init(&b, 500);
    int err = run_text(r, v, 0, &b);
    if (err) {
        buf_release(&b);
        return err;
    }
    return run_take(r, &b, VALUE_STRING, ret);
}

static int fn_type(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)r, (void)n;
    *ret = (struct value){.kind = VALUE_TYPE, .s = expr_value_type_name(v)};
    return 0;
}

static int fn_dyn(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)r, (void)n;
    *ret = *v;
    return 0;
}

static int fn_size(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    size_t len;
    (void)n;
    switch (v->kind) {
    case VALUE_STRING:
        len = utf8_len(v->s);
        break;
    case VALUE_BYTES:
        len = v->s.len;
        break;
    case VALUE_LIST:
        len = v->list.len;
        break;
    default:
        len = v->map.len;
        break;
    }
    *ret = value_int((int64_t)len);
    return v->kind == VALUE_STRING ? run_charge(r, v->s.len / 64) : 0;
}

const struct function FUNCTIONS_CONVERT[] = {
    {"int", "i>i u>i d>i s>i t>i c>i", fn_int, 0},
    {"uint", "u>u i>u d>u s>u", fn_uint, 0},
    {"double", "d>d i>d u>d s>d c>d", fn_double, 0},
    {"bool", "b>b s>b", fn_bool, 0},
    {"bytes", "y>y s>y", fn_bytes, 0},
    {"string", "s>s b>s i>s u>s d>s y>s t>s r>s D>s c>s m>s", fn_string, 0},
    {"type", "*>T", fn_type, FN_NULL_OK},
    {"dyn", "*>*", fn_dyn, FN_NULL_OK},
    {"size", "s>i y>i L>i M>i s.>i y.>i L.>i M.>i", fn_size, 0},
    {NULL, NULL, NULL, 0},
};
