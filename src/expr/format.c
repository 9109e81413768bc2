/*
 * string.format(list): %s %d %f %e %x %X %b %o, with a precision for %f and %e, and %%.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>

#include "codec/text.h"
#include "expr/expr_internal.h"

enum { PRECISION_MAX = 100 };

static int bad_clause(struct run *r, const char *why, const struct value *v)
{
    return run_fail(r, why, expr_value_type_name(v));
}

static void format_bits(uint64_t u, bool negative, unsigned bits, bool upper, struct buf *out)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[65];
    size_t i = sizeof(text);
    do {
        text[--i] = digits[u & ((1u << bits) - 1)];
        u >>= bits;
    } while (u);
    if (negative)
        buf_add_char(out, '-');
    buf_add(out, str_n(text + i, sizeof(text) - i));
}

static void format_hex_bytes(struct str s, bool upper, struct buf *out)
{
    for (size_t i = 0; i < s.len; i++)
        buf_addf(out, upper ? "%02X" : "%02x", (unsigned)(unsigned char)s.ptr[i]);
}

static int format_radix(struct run *r, char verb, const struct value *v, struct buf *out)
{
    unsigned bits = verb == 'b' ? 1 : verb == 'o' ? 3 : 4;
    if (bits == 4 && (v->kind == VALUE_STRING || v->kind == VALUE_BYTES)) {
        format_hex_bytes(v->s, verb == 'X', out);
        return run_charge(r, v->s.len / 16);
    }
    if (v->kind == VALUE_BOOL && verb == 'b')
        buf_add_char(out, v->b ? '1' : '0');
    else if (v->kind == VALUE_INT)
        format_bits(v->i < 0 ? 0 - (uint64_t)v->i : (uint64_t)v->i, v->i < 0, bits, verb == 'X', out);
    else if (v->kind == VALUE_UINT)
        format_bits(v->u, false, bits, verb == 'X', out);
    else
        return bad_clause(r, "%b, %o and %x can't write this kind of value", v);
    return 0;
}

static int format_float(struct run *r, char verb, int precision, const struct value *v, struct buf *out)
{
    double d = v->d;
    if (v->kind == VALUE_INT)
        d = (double)v->i;
    else if (v->kind == VALUE_UINT)
        d = (double)v->u;
    else if (v->kind != VALUE_DOUBLE)
        return bad_clause(r, "%e and %f write numbers only", v);
    if (!isfinite(d))
        double_format(d, out);
    else if (verb == 'e')
        buf_addf(out, "%.*e", precision, d);
    else
        buf_addf(out, "%.*f", precision, d);
    return 0;
}

static int format_decimal(struct run *r, const struct value *v, struct buf *out)
{
    if (v->kind == VALUE_INT || v->kind == VALUE_UINT || v->kind == VALUE_DECIMAL)
        return run_text(r, v, 0, out);
    if (v->kind == VALUE_DOUBLE && !isfinite(v->d)) {
        double_format(v->d, out);
        return 0;
    }
    return bad_clause(r, "%d writes whole numbers only", v);
}

/* Reads ".12" at *pos; the default where there is none, -1 where it is not valid. */
static int read_precision(struct str f, size_t *pos, int by_default)
{
    if (*pos >= f.len || f.ptr[*pos] != '.')
        return by_default;
    int precision = 0;
    size_t start = ++*pos;
    for (; *pos < f.len && f.ptr[*pos] >= '0' && f.ptr[*pos] <= '9' && precision <= PRECISION_MAX; (*pos)++)
        precision = precision * 10 + (f.ptr[*pos] - '0');
    return *pos == start || precision > PRECISION_MAX ? -1 : precision;
}

static int clause(struct run *r, char verb, int precision, const struct value *v, struct buf *out)
{
    switch (verb) {
    case 's':
        return run_text(r, v, 0, out);
    case 'd':
        return format_decimal(r, v, out);
    case 'e':
    case 'f':
        return format_float(r, verb, precision, v, out);
    case 'x':
    case 'X':
    case 'b':
    case 'o':
        return format_radix(r, verb, v, out);
    default:
        return run_fail(r, "format() does not know this clause", STR_NULL);
    }
}

static int format_into(struct run *r, struct str f, const struct value_list *args, struct buf *out)
{
    size_t used = 0;
    int err = run_charge(r, f.len / 16);
    for (size_t pos = 0; pos < f.len && !err;) {
        if (f.ptr[pos] != '%') {
            buf_add_char(out, f.ptr[pos++]);
            continue;
        }
        pos++;
        if (pos < f.len && f.ptr[pos] == '%') {
            buf_add_char(out, f.ptr[pos++]);
            continue;
        }
        int precision = read_precision(f, &pos, 6);
        if (precision < 0 || pos >= f.len)
            return run_fail(r, "format() does not know this clause", STR_NULL);
        if (used >= args->len)
            return run_fail(r, "format() has too few values: index out of range", STR_NULL);
        err = clause(r, f.ptr[pos++], precision, &args->items[used++], out);
    }
    return err;
}

int run_format(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    struct buf b;
    (void)n;
    buf_init(&b, EXPR_MEMORY_MAX);
    int err = format_into(r, v[0].s, &v[1].list, &b);
    if (err) {
        buf_release(&b);
        return err;
    }
    return run_take(r, &b, VALUE_STRING, ret);
}
