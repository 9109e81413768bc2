/*
 * Writing JSON: values, keys and commas into a buffer.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "codec/codec_internal.h"
#include "codec/json.h"
#include "codec/text.h"

static void write_escape(struct buf *b, int32_t c)
{
    switch (c) {
    case '"':
        buf_add_cstr(b, "\\\"");
        break;
    case '\\':
        buf_add_cstr(b, "\\\\");
        break;
    case '\n':
        buf_add_cstr(b, "\\n");
        break;
    case '\r':
        buf_add_cstr(b, "\\r");
        break;
    case '\t':
        buf_add_cstr(b, "\\t");
        break;
    default:
        buf_addf(b, "\\u%04x", (unsigned)c);
    }
}

void json_write_str(struct buf *b, struct str s)
{
    size_t plain = 0; /* where the run begins that needs no escape */
    buf_add_char(b, '"');
    for (size_t i = 0; i < s.len;) {
        unsigned char c = (unsigned char)s.ptr[i];
        size_t at = i;
        int32_t code = c;
        if (c < 0x80)
            i++;
        else
            code = utf8_next(s, &i);
        /* U+FFFD also stands for a byte that is not UTF-8: the output must be valid whatever came in. */
        if (code >= 0x20 && code != '"' && code != '\\' && code != 0xfffd)
            continue;
        buf_add(b, str_sub(s, plain, at - plain));
        write_escape(b, code);
        plain = i;
    }
    buf_add(b, str_sub(s, plain, SIZE_MAX));
    buf_add_char(b, '"');
}

static char last_byte(const struct buf *b)
{
    return b->len ? b->ptr[b->len - 1] : '\0';
}

void json_comma(struct buf *b)
{
    char c = last_byte(b);
    if (c != '\0' && c != '{' && c != '[' && c != ':')
        buf_add_char(b, ',');
}

void json_key_str(struct buf *b, struct str key)
{
    json_comma(b);
    json_write_str(b, key);
    buf_add_char(b, ':');
}

void json_key(struct buf *b, const char *key)
{
    json_key_str(b, str_of(key));
}

/* The fewest digits that read back as the same number; with ".0" where it would read back as an integer. */
static void write_double(struct buf *b, double d)
{
    if (!isfinite(d)) {
        buf_add_cstr(b, "null");
        return;
    }
    char text[32];
    int len = 0;
    /* 15 digits are always kept by a normal number, and %g drops the zeros at their end; a subnormal one has fewer. */
    for (int digits = fabs(d) < DBL_MIN ? 1 : DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
        len = snprintf(text, sizeof(text), "%.*g", digits, d);
        if (strtod(text, NULL) == d)
            break;
    }
    struct str s = str_n(text, (size_t)len);
    buf_add(b, s);
    if (str_find_char(s, '.') == SIZE_MAX && str_find_char(s, 'e') == SIZE_MAX)
        buf_add_cstr(b, ".0");
}

/* Seconds with an "s", as the JSON form of protocol buffers has them. */
static void write_duration(struct buf *b, struct value_time t)
{
    bool negative = t.seconds < 0 || t.nanos < 0;
    uint64_t seconds = t.seconds < 0 ? 0 - (uint64_t)t.seconds : (uint64_t)t.seconds;
    buf_addf(b, "\"%s%llu", negative ? "-" : "", (unsigned long long)seconds);
    write_fraction(b, t.nanos < 0 ? -t.nanos : t.nanos);
    buf_add_cstr(b, "s\"");
}

/* Values whose text form needs no escapes. */
static void write_quoted(struct buf *b, struct value v)
{
    buf_add_char(b, '"');
    if (v.kind == VALUE_BYTES)
        base64_encode(v.s, b);
    else if (v.kind == VALUE_DATE)
        date_format(v.i, b);
    else if (v.kind == VALUE_TIMESTAMP)
        time_format(v.time, b);
    else if (v.kind == VALUE_DECIMAL)
        decimal_format(v.dec, b);
    buf_add_char(b, '"');
}

static void write_money(struct buf *b, struct money m)
{
    buf_add_cstr(b, "{\"amount\":\"");
    money_format(m, b);
    buf_add_cstr(b, "\",\"currency\":");
    json_write_str(b, str_n(m.currency, strnlen(m.currency, 3)));
    buf_add_char(b, '}');
}

/* Keys are text in JSON; CEL's maps may also have numbers and booleans. */
static void write_key(struct buf *b, struct value key)
{
    json_comma(b);
    switch (key.kind) {
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_BOOL:
        buf_add_char(b, '"');
        json_write(b, key);
        buf_add_char(b, '"');
        break;
    case VALUE_STRING:
    case VALUE_TYPE:
        json_write_str(b, key.s);
        break;
    default:
        json_write_str(b, str_of(value_kind_name(key.kind)));
    }
    buf_add_char(b, ':');
}

static void write_map(struct buf *b, struct value_map m)
{
    buf_add_char(b, '{');
    for (size_t i = 0; i < m.len; i++) {
        write_key(b, m.keys[i]);
        json_write(b, m.values[i]);
    }
    buf_add_char(b, '}');
}

static void write_list(struct buf *b, struct value_list list)
{
    buf_add_char(b, '[');
    for (size_t i = 0; i < list.len; i++) {
        json_comma(b);
        json_write(b, list.items[i]);
    }
    buf_add_char(b, ']');
}

void json_write(struct buf *b, struct value v)
{
    switch (v.kind) {
    case VALUE_BOOL:
        buf_add_cstr(b, v.b ? "true" : "false");
        return;
    case VALUE_INT:
        buf_add_i64(b, v.i);
        return;
    case VALUE_UINT:
        buf_addf(b, "%llu", (unsigned long long)v.u);
        return;
    case VALUE_DOUBLE:
        write_double(b, v.d);
        return;
    case VALUE_STRING:
    case VALUE_TYPE:
        json_write_str(b, v.s);
        return;
    case VALUE_BYTES:
    case VALUE_DATE:
    case VALUE_TIMESTAMP:
    case VALUE_DECIMAL:
        write_quoted(b, v);
        return;
    case VALUE_DURATION:
        write_duration(b, v.time);
        return;
    case VALUE_MONEY:
        write_money(b, v.money);
        return;
    case VALUE_LIST:
        write_list(b, v.list);
        return;
    case VALUE_MAP:
        write_map(b, v.map);
        return;
    case VALUE_OBJECT: {
        /* Only an object over JSON can be walked; any other shows its fields one by one and has no text form. */
        const struct value *map = json_object_map(v);
        if (map) {
            json_write(b, *map);
            return;
        }
        break;
    }
    case VALUE_NULL:
    case VALUE_KINDS:
        break;
    }
    buf_add_cstr(b, "null");
}
