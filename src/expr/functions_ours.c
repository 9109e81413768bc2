/*
 * Our own types and functions: decimal(), money(), date(), today(), now(), abs(), min() and max().
 * SPDX-License-Identifier: Apache-2.0
 */
#include "codec/text.h"
#include "expr/expr_internal.h"

static int fn_decimal(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    struct decimal d = v->dec;
    (void)n;
    if (v->kind == VALUE_INT)
        d = (struct decimal){.coeff = v->i};
    else if (v->kind == VALUE_STRING && decimal_parse(v->s, &d))
        return run_fail(r, "the text is not a decimal number", v->s);
    *ret = value_dec(d);
    return 0;
}

static int fn_money(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    CLEANUP(buf_release) struct buf amount = {0};
    struct money m;
    (void)n;
    buf_init(&amount, 100);
    if (!currency_known(v[1].s))
        return run_fail(r, "this is not an ISO 4217 currency", v[1].s);
    if (v[0].kind == VALUE_STRING)
        buf_add(&amount, v[0].s);
    else if (v[0].kind == VALUE_INT)
        buf_add_i64(&amount, v[0].i);
    else
        decimal_format(v[0].dec, &amount);
    if (buf_failed(&amount) || money_parse(buf_str(&amount), v[1].s, &m))
        return run_fail(r, "this is not an amount in the currency", v[1].s);
    *ret = value_money(m);
    return 0;
}

static int fn_date(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    int64_t days = v->i;
    if (v->kind == VALUE_STRING && date_parse(v->s, &days))
        return run_fail(r, "the text is not a date like 2026-11-25", v->s);
    if (v->kind == VALUE_TIMESTAMP && zone_day(n > 1 ? v[1].s : STR("UTC"), v->time.seconds * 1000, &days))
        return run_fail(r, "there is no such time zone", n > 1 ? v[1].s : STR_NULL);
    *ret = value_date(days);
    return 0;
}

static int fn_today(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)v, (void)n;
    *ret = value_date(r->in->today_days);
    return 0;
}

static int fn_now(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)v, (void)n;
    *ret = value_time_ms(r->in->now_ms ? r->in->now_ms : clock_now_ms());
    return 0;
}

static int fn_abs(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)n;
    bool lowest = (v->kind == VALUE_INT && v->i == INT64_MIN) ||
                  (v->kind == VALUE_DECIMAL && v->dec.coeff == INT64_MIN) ||
                  (v->kind == VALUE_MONEY && v->money.minor == INT64_MIN);
    if (lowest)
        return run_fail(r, "the number is out of range (overflow)", STR_NULL);
    *ret = *v;
    if (v->kind == VALUE_INT && v->i < 0)
        ret->i = -v->i;
    else if (v->kind == VALUE_DOUBLE && v->d < 0)
        ret->d = -v->d;
    else if (v->kind == VALUE_DECIMAL && v->dec.coeff < 0)
        ret->dec.coeff = -v->dec.coeff;
    else if (v->kind == VALUE_MONEY && v->money.minor < 0)
        ret->money.minor = -v->money.minor;
    return 0;
}

static int pick(struct run *r, const struct value *v, bool larger, struct value *ret)
{
    int c;
    if (run_compare(&v[0], &v[1], &c))
        return run_fail(r, "the two can't be compared", STR_NULL);
    *ret = (larger ? c >= 0 : c <= 0) ? v[0] : v[1];
    return 0;
}

static int fn_min(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)n;
    return pick(r, v, false, ret);
}

static int fn_max(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)n;
    return pick(r, v, true, ret);
}

#define ONE_OF_TWO "ii>i uu>u dd>d ss>s tt>t rr>r DD>D cc>c ci>c ic>c mm>m"

const struct function FUNCTIONS_OURS[] = {
    {"decimal", "c>c s>c i>c", fn_decimal, 0},
    {"money", "ss>m is>m cs>m", fn_money, 0},
    {"date", "D>D s>D t>D ts>D", fn_date, 0},
    {"today", ">D", fn_today, 0},
    {"now", ">t", fn_now, 0},
    {"abs", "i>i d>d c>c m>m", fn_abs, 0},
    {"min", ONE_OF_TWO, fn_min, 0},
    {"max", ONE_OF_TWO, fn_max, 0},
    {NULL, NULL, NULL, 0},
};
