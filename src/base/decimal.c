/*
 * Exact decimal numbers: 64-bit coefficients, 128-bit intermediates, no rounding that was not asked for.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/value.h"

/* 10^0 … 10^36: two scales together. */
static __int128 power10(unsigned n)
{
    __int128 p = 1;
    while (n--)
        p *= 10;
    return p;
}

static __int128 absolute(__int128 v)
{
    return v < 0 ? -v : v;
}

/* num / den, half away from zero; den > 0 and far enough below the 128-bit limit to be doubled. */
static __int128 divide_rounded(__int128 num, __int128 den)
{
    __int128 q = num / den;
    __int128 rest = absolute(num % den);
    if (rest * 2 >= den)
        q += num < 0 ? -1 : 1;
    return q;
}

static bool in_range(__int128 v)
{
    return v >= INT64_MIN && v <= INT64_MAX;
}

/* Stores an exact result; zeros at its end are given up where it would not fit otherwise. */
static int store(__int128 coeff, unsigned scale, struct decimal *ret)
{
    while (scale > 0 && (scale > DECIMAL_SCALE_MAX || !in_range(coeff)) && coeff % 10 == 0) {
        coeff /= 10;
        scale--;
    }
    if (scale > DECIMAL_SCALE_MAX) {
        coeff = divide_rounded(coeff, power10(scale - DECIMAL_SCALE_MAX));
        scale = DECIMAL_SCALE_MAX;
    }
    if (!in_range(coeff))
        return ERR_LIMIT;
    *ret = (struct decimal){.coeff = (int64_t)coeff, .scale = (uint8_t)scale};
    return 0;
}

int decimal_parse(struct str s, struct decimal *ret)
{
    bool negative = str_starts(s, STR("-"));
    size_t digits = 0, scale = 0;
    bool point = false, over = false;
    int64_t v = 0;

    for (size_t i = negative ? 1 : 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '.' && !point && digits) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9')
            return ERR_SYNTAX;
        digits++;
        scale += point;
        over = over || __builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, c - '0', &v);
    }
    if (digits == 0 || (point && scale == 0))
        return ERR_SYNTAX;
    if (over || scale > DECIMAL_SCALE_MAX || (!negative && v == INT64_MIN))
        return ERR_LIMIT;
    *ret = (struct decimal){.coeff = negative ? v : -v, .scale = (uint8_t)scale};
    return 0;
}

void decimal_format(struct decimal d, struct buf *out)
{
    char digits[DECIMAL_SCALE_MAX + 24];
    size_t at = sizeof(digits), done = 0;
    uint64_t rest = d.coeff < 0 ? 0 - (uint64_t)d.coeff : (uint64_t)d.coeff;

    while (rest || done <= d.scale) {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
        if (++done == d.scale)
            digits[--at] = '.';
    }
    if (d.coeff < 0)
        digits[--at] = '-';
    buf_add(out, str_n(digits + at, sizeof(digits) - at));
}

int decimal_rescale(struct decimal d, uint8_t scale, struct decimal *ret)
{
    if (scale > DECIMAL_SCALE_MAX)
        return ERR_LIMIT;
    __int128 v = d.coeff;
    if (scale >= d.scale)
        v *= power10(scale - d.scale);
    else
        v = divide_rounded(v, power10(d.scale - scale));
    if (!in_range(v))
        return ERR_LIMIT;
    *ret = (struct decimal){.coeff = (int64_t)v, .scale = scale};
    return 0;
}

bool decimal_fits_scale(struct decimal d, uint8_t scale)
{
    return scale >= d.scale || d.coeff % power10(d.scale - scale) == 0;
}

/* Coefficients at the larger of both scales: below 2^63 × 10^18 < 2^123. */
static unsigned align(struct decimal a, struct decimal b, __int128 *ret_a, __int128 *ret_b)
{
    unsigned scale = a.scale > b.scale ? a.scale : b.scale;
    *ret_a = a.coeff * power10(scale - a.scale);
    *ret_b = b.coeff * power10(scale - b.scale);
    return scale;
}

int decimal_cmp(struct decimal a, struct decimal b)
{
    __int128 left, right;
    align(a, b, &left, &right);
    return (left > right) - (left < right);
}

int decimal_add(struct decimal a, struct decimal b, struct decimal *ret)
{
    __int128 left, right;
    unsigned scale = align(a, b, &left, &right);
    return store(left + right, scale, ret);
}

int decimal_sub(struct decimal a, struct decimal b, struct decimal *ret)
{
    __int128 left, right;
    unsigned scale = align(a, b, &left, &right);
    return store(left - right, scale, ret);
}

int decimal_mul(struct decimal a, struct decimal b, struct decimal *ret)
{
    return store((__int128)a.coeff * b.coeff, (unsigned)a.scale + b.scale, ret);
}

/* Long division: a·10^-as ÷ b·10^-bs at `scale` digits, one digit at a time where the numerator would pass 128 bits. */
int decimal_div(struct decimal a, struct decimal b, uint8_t scale, struct decimal *ret)
{
    if (b.coeff == 0)
        return ERR_INVALID;
    if (scale > DECIMAL_SCALE_MAX)
        return ERR_LIMIT;
    bool negative = (a.coeff < 0) != (b.coeff < 0);
    int shift = scale + b.scale - a.scale;
    __int128 den = absolute(b.coeff);
    if (shift < 0)
        den *= power10((unsigned)-shift);
    __int128 num = absolute(a.coeff);
    __int128 q = num / den, rest = num % den;
    for (; shift > 0; shift--) {
        rest *= 10;
        q = q * 10 + rest / den;
        rest %= den;
        if (q > (__int128)INT64_MAX + 1)
            return ERR_LIMIT;
    }
    if (rest * 2 >= den)
        q++;
    if (negative)
        q = -q;
    if (!in_range(q))
        return ERR_LIMIT;
    *ret = (struct decimal){.coeff = (int64_t)q, .scale = scale};
    return 0;
}
