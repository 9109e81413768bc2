/*
 * How values are written as text: string() and format() agree.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>

#include "codec/text.h"
#include "expr/expr_internal.h"

void double_format(double d, struct buf *out)
{
    if (isnan(d) || isinf(d)) {
        buf_add_cstr(out, isnan(d) ? "NaN" : d < 0 ? "-Infinity" : "Infinity");
        return;
    }
    char text[40];
    int digits = 1;
    for (; digits < 17; digits++) { /* the fewest digits that read back as the same number */
        snprintf(text, sizeof(text), "%.*e", digits - 1, d);
        if (strtod(text, NULL) == d)
            break;
    }
    snprintf(text, sizeof(text), "%.*e", digits - 1, d);
    char *exponent_at = strchr(text, 'e');
    long exponent = exponent_at ? strtol(exponent_at + 1, NULL, 10) : 0;
    if (exponent < -4 || exponent >= 21) {
        buf_add_cstr(out, text);
        return;
    }
    int decimals = digits - 1 - (int)exponent;
    buf_addf(out, "%.*f", decimals > 0 ? decimals : 0, d);
}

void duration_format(struct value_time t, struct buf *out)
{
    int64_t s = t.seconds;
    int32_t n = t.nanos;
    if (s < 0 || n < 0)
        buf_add_char(out, '-');
    buf_addf(out, "%llu", (unsigned long long)(s < 0 ? 0 - (uint64_t)s : (uint64_t)s));
    if (n) {
        char digits[12];
        int len = snprintf(digits, sizeof(digits), "%09d", n < 0 ? -n : n);
        while (len > 0 && digits[len - 1] == '0')
            len--;
        buf_addf(out, ".%.*s", len, digits);
    }
    buf_add_char(out, 's');
}

static int text_list(struct run *r, const struct value *v, int depth, struct buf *out)
{
    int err = 0;
    buf_add_char(out, '[');
    for (size_t i = 0; i < v->list.len && !err; i++) {
        if (i)
            buf_add_cstr(out, ", ");
        err = run_text(r, &v->list.items[i], depth + 1, out);
    }
    buf_add_char(out, ']');
    return err;
}

struct text_entry {
    struct str key;
    const struct value *value;
};

static int by_key(const void *a, const void *b)
{
    return str_cmp(((const struct text_entry *)a)->key, ((const struct text_entry *)b)->key);
}

/* Entries stand in the order of their keys' texts, so that equal maps read alike. */
static int text_map(struct run *r, const struct value *v, int depth, struct buf *out)
{
    struct text_entry *entries;
    int err = run_alloc(r, v->map.len, sizeof(*entries), &entries);
    for (size_t i = 0; i < v->map.len && !err; i++) {
        struct buf key;
        struct value text;
        buf_init(&key, EXPR_MEMORY_MAX);
        if ((err = run_text(r, &v->map.keys[i], depth + 1, &key)))
            buf_release(&key);
        else if (!(err = run_take(r, &key, VALUE_STRING, &text)))
            entries[i] = (struct text_entry){.key = text.s, .value = &v->map.values[i]};
    }
    if (err)
        return err;
    if (v->map.len)
        qsort(entries, v->map.len, sizeof(*entries), by_key);
    buf_add_char(out, '{');
    for (size_t i = 0; i < v->map.len && !err; i++) {
        buf_add_cstr(out, i ? ", " : "");
        buf_add(out, entries[i].key);
        buf_add_cstr(out, ": ");
        err = run_text(r, entries[i].value, depth + 1, out);
    }
    buf_add_char(out, '}');
    return err;
}

int run_text(struct run *r, const struct value *v, int depth, struct buf *out)
{
    int err = run_charge(r, 1 + (v->kind == VALUE_STRING || v->kind == VALUE_BYTES ? v->s.len / 64 : 0));
    if (err)
        return err;
    switch (v->kind) {
    case VALUE_NULL:
        buf_add_cstr(out, "null");
        return 0;
    case VALUE_BOOL:
        buf_add_cstr(out, v->b ? "true" : "false");
        return 0;
    case VALUE_INT:
        buf_add_i64(out, v->i);
        return 0;
    case VALUE_UINT:
        buf_addf(out, "%llu", (unsigned long long)v->u);
        return 0;
    case VALUE_DOUBLE:
        double_format(v->d, out);
        return 0;
    case VALUE_BYTES:
        if (!utf8_valid(v->s))
            return run_fail(r, "the bytes are not valid UTF-8", STR_NULL);
        buf_add(out, v->s);
        return 0;
    case VALUE_STRING:
    case VALUE_TYPE:
        buf_add(out, v->s);
        return 0;
    case VALUE_TIMESTAMP:
        time_format(v->time, out);
        return 0;
    case VALUE_DURATION:
        duration_format(v->time, out);
        return 0;
    case VALUE_DATE:
        date_format(v->i, out);
        return 0;
    case VALUE_DECIMAL:
        decimal_format(v->dec, out);
        return 0;
    case VALUE_MONEY:
        money_format(v->money, out);
        buf_addf(out, " %s", v->money.currency);
        return 0;
    case VALUE_LIST:
        return depth < EXPR_DEPTH_MAX ? text_list(r, v, depth, out) : run_fail(r, "nested too deep", STR_NULL);
    case VALUE_MAP:
        return depth < EXPR_DEPTH_MAX ? text_map(r, v, depth, out) : run_fail(r, "nested too deep", STR_NULL);
    default:
        return run_fail(r, "this value has no text", expr_value_type_name(v));
    }
}
