/*
 * Amounts of money: minor units of one currency, exact or refused.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/value.h"

int money_parse(struct str amount, struct str currency, struct money *ret)
{
    if (!currency_known(currency))
        return ERR_INVALID;
    struct money m = {0};
    memcpy(m.currency, currency.ptr, 3);
    int digits = currency_digits(m.currency);

    struct decimal d;
    int err = decimal_parse(amount, &d);
    if (err)
        return err;
    if (d.scale > digits)
        return ERR_SYNTAX;
    err = decimal_rescale(d, (uint8_t)digits, &d);
    if (err)
        return err;
    m.minor = d.coeff;
    *ret = m;
    return 0;
}

void money_format(struct money m, struct buf *out)
{
    int digits = currency_digits(m.currency);
    /* Nothing makes money of an unknown currency; should a damaged row hold one, two digits are the commonest. */
    decimal_format((struct decimal){.coeff = m.minor, .scale = (uint8_t)(digits < 0 ? 2 : digits)}, out);
}

int money_add(struct money a, struct money b, struct money *ret)
{
    if (memcmp(a.currency, b.currency, sizeof(a.currency)) != 0)
        return ERR_INVALID;
    if (__builtin_add_overflow(a.minor, b.minor, &a.minor))
        return ERR_LIMIT;
    *ret = a;
    return 0;
}

int money_neg(struct money a, struct money *ret)
{
    if (__builtin_sub_overflow(0, a.minor, &a.minor))
        return ERR_LIMIT;
    *ret = a;
    return 0;
}

int money_mul(struct money a, struct decimal factor, struct money *ret)
{
    /* The minor units count as a whole number, so that only the last step rounds. */
    __int128 product = (__int128)a.minor * factor.coeff;
    __int128 den = 1;
    for (unsigned i = 0; i < factor.scale; i++)
        den *= 10;
    __int128 rest = product % den;
    product /= den;
    if ((rest < 0 ? -rest : rest) * 2 >= den)
        product += rest < 0 ? -1 : 1;
    if (product > INT64_MAX || product < INT64_MIN)
        return ERR_LIMIT;
    a.minor = (int64_t)product;
    *ret = a;
    return 0;
}
