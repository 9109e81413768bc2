/*
 * The value: what a field holds, what an expression computes, what a statement binds. One type everywhere.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A value is small and copied freely; text, lists and maps it points to live in an arena and never change.
 * Dates are days, times are milliseconds where a record holds them; expressions (CEL) count seconds and nanoseconds.
 *
 * Exactness: decimals and money are integers with a scale. There is no float for either; an overflow is ERR_LIMIT.
 * Threads: immutable values may be read from any thread.
 */
#ifndef TANDEM_BASE_VALUE_H
#define TANDEM_BASE_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"

/* A decimal number: coeff × 10^-scale, 0 <= scale <= DECIMAL_SCALE_MAX. */
enum { DECIMAL_SCALE_MAX = 18 };
struct decimal {
    int64_t coeff;
    uint8_t scale;
};

/* An amount in minor units of an ISO 4217 currency. */
struct money {
    int64_t minor;
    char currency[4]; /* "CNY" */
};

enum value_kind {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_INT,    /* int64 */
    VALUE_UINT,   /* CEL only */
    VALUE_DOUBLE, /* CEL only; never money */
    VALUE_STRING, /* UTF-8 */
    VALUE_BYTES,
    VALUE_LIST,
    VALUE_MAP,
    VALUE_TIMESTAMP, /* seconds and nanoseconds since 1970 UTC */
    VALUE_DURATION,  /* seconds and nanoseconds, both of one sign */
    VALUE_DATE,      /* days since 1970-01-01 */
    VALUE_DECIMAL,
    VALUE_MONEY,
    VALUE_TYPE,   /* CEL's type values; s is the type's name */
    VALUE_OBJECT, /* something whose fields are asked for one by one: a record, a payload */
    VALUE_KINDS
};

struct value;

struct value_list {
    const struct value *items;
    size_t len;
};

struct value_map { /* keys in order of insertion, unique */
    const struct value *keys;
    const struct value *values;
    size_t len;
};

/* An object: get() puts the field's value and returns 0, or ERR_NOT_FOUND where there is no such field. has() is get()
 * without a value. */
struct value_object_ops {
    const char *name; /* shown by type() and in messages: "record", "json" */
    int (*get)(void *impl, struct str field, struct arena *a, struct value *ret);
    bool (*has)(void *impl, struct str field); /* CEL has(): there and not empty */
    /* The id by which it is compared with another object or with a text (a link is an object here); NULL: compared by
     * identity. */
    struct str (*id)(void *impl);
};

struct value_object {
    const struct value_object_ops *ops;
    void *impl;
};

struct value_time {
    int64_t seconds;
    int32_t nanos;
};

struct value {
    enum value_kind kind;
    union {
        bool b;
        int64_t i; /* INT; DATE: days */
        uint64_t u;
        double d;
        struct str s; /* STRING, BYTES, TYPE */
        struct value_list list;
        struct value_map map;
        struct value_time time;
        struct decimal dec;
        struct money money;
        struct value_object obj;
    };
};

static inline struct value value_null(void)
{
    return (struct value){.kind = VALUE_NULL};
}
static inline struct value value_bool(bool b)
{
    return (struct value){.kind = VALUE_BOOL, .b = b};
}
static inline struct value value_int(int64_t i)
{
    return (struct value){.kind = VALUE_INT, .i = i};
}
static inline struct value value_str(struct str s)
{
    return (struct value){.kind = VALUE_STRING, .s = s};
}
static inline struct value value_date(int64_t days)
{
    return (struct value){.kind = VALUE_DATE, .i = days};
}
static inline struct value value_dec(struct decimal d)
{
    return (struct value){.kind = VALUE_DECIMAL, .dec = d};
}
static inline struct value value_money(struct money m)
{
    return (struct value){.kind = VALUE_MONEY, .money = m};
}
static inline struct value value_bytes(struct str s)
{
    return (struct value){.kind = VALUE_BYTES, .s = s};
}
struct value value_time_ms(int64_t ms); /* a TIMESTAMP */
int64_t value_to_ms(struct value v);    /* of a TIMESTAMP or DURATION, rounded down */
static inline bool value_is_null(struct value v)
{
    return v.kind == VALUE_NULL;
}

/* Same kind and same content, deeply; decimals by number (1.0 equals 1.00), numbers of different kinds are different.
 */
bool value_same(struct value a, struct value b);
/* A deep copy into an arena; objects are copied by reference. */
struct value value_copy(struct arena *a, struct value v);
struct value value_list_of(struct arena *a, const struct value *items, size_t len);
/* The value under a string key, or NULL. */
const struct value *value_map_get(struct value map, struct str key);
const char *value_kind_name(enum value_kind k); /* "null", "bool", … for messages */

/* Decimals. All return 0 or ERR_LIMIT (overflow), ERR_SYNTAX (parse), ERR_INVALID (division by zero). Rounding is half
 * away from zero. */
MUST_CHECK int decimal_parse(struct str s, struct decimal *ret); /* "-12.340": scale is the digits given */
void decimal_format(struct decimal d, struct buf *out);
MUST_CHECK int decimal_rescale(struct decimal d, uint8_t scale, struct decimal *ret); /* rounds when fewer digits */
bool decimal_fits_scale(struct decimal d, uint8_t scale);                             /* without rounding */
int decimal_cmp(struct decimal a, struct decimal b);
MUST_CHECK int decimal_add(struct decimal a, struct decimal b, struct decimal *ret);
MUST_CHECK int decimal_sub(struct decimal a, struct decimal b, struct decimal *ret);
MUST_CHECK int decimal_mul(struct decimal a, struct decimal b, struct decimal *ret);
MUST_CHECK int decimal_div(struct decimal a, struct decimal b, uint8_t scale, struct decimal *ret);

/* Currencies: ISO 4217 with their minor digits (JPY 0, CNY 2, KWD 3). */
bool currency_known(struct str code);
int currency_digits(const char code[4]); /* -1: not known */
/* Every known code in alphabetic order: *i begins at 0; NULL at the end. */
const char *currency_next(size_t *i);
/* "1234.50" in a currency; more digits than the currency has: ERR_SYNTAX. */
MUST_CHECK int money_parse(struct str amount, struct str currency, struct money *ret);
void money_format(struct money m, struct buf *out);                          /* "1234.50", without the currency */
MUST_CHECK int money_add(struct money a, struct money b, struct money *ret); /* other currency: ERR_INVALID */
MUST_CHECK int money_neg(struct money a, struct money *ret);
MUST_CHECK int money_mul(struct money a, struct decimal factor, struct money *ret);

#endif
