/*
 * The escape sequences of string and bytes literals.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "expr/expr_internal.h"

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 99;
}

/* Reads exactly `count` digits at *pos; false where they are not there. */
static bool read_digits(struct str s, size_t *pos, size_t count, int base, uint32_t *ret)
{
    uint32_t v = 0;
    if (s.len - *pos < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        int d = digit_value(s.ptr[*pos + i]);
        if (d >= base)
            return false;
        v = v * (uint32_t)base + (uint32_t)d;
    }
    *pos += count;
    *ret = v;
    return true;
}

static char simple_escape(char c)
{
    static const char from[] = "abfnrtv\\?\"'`", to[] = "\a\b\f\n\r\t\v\\?\"'`";
    const char *p = c ? strchr(from, c) : NULL;
    return p ? to[p - from] : '\0';
}

/* Reads what follows a backslash at *pos and adds it to out; the reason where it is not valid, else NULL. */
static const char *one_escape(struct str s, size_t *pos, bool bytes, char *out, size_t *out_len)
{
    if (*pos >= s.len)
        return "the string ends within an escape sequence";
    char c = s.ptr[*pos], plain = simple_escape(c);
    if (plain) {
        (*pos)++;
        out[(*out_len)++] = plain;
        return NULL;
    }
    uint32_t v = 0;
    bool ok;
    if (c >= '0' && c <= '3') {
        ok = read_digits(s, pos, 3, 8, &v);
    } else if (c == 'x' || c == 'X') {
        (*pos)++;
        ok = read_digits(s, pos, 2, 16, &v);
    } else if ((c == 'u' || c == 'U') && !bytes) {
        (*pos)++;
        ok = read_digits(s, pos, c == 'u' ? 4 : 8, 16, &v);
    } else {
        ok = false;
    }
    if (!ok)
        return "this escape sequence is not known";
    if (v > 0x10FFFF || (v >= 0xD800 && v <= 0xDFFF))
        return "this escape sequence is not a character";
    if (bytes)
        out[(*out_len)++] = (char)(unsigned char)v;
    else
        *out_len += utf8_put(out + *out_len, v);
    return NULL;
}

int expr_unescape(struct lexer *lx, struct str inside, uint32_t at, bool bytes, struct str *ret)
{
    /* No escape sequence is shorter than what it stands for, so the text as written is long enough. */
    char *out = arena_alloc(lx->arena, inside.len + 4);
    size_t len = 0;
    for (size_t pos = 0; pos < inside.len;) {
        if (inside.ptr[pos] != '\\') {
            out[len++] = inside.ptr[pos++];
            continue;
        }
        size_t start = pos++;
        const char *why = one_escape(inside, &pos, bytes, out, &len);
        if (why) {
            lx->error = why;
            lx->error_at = at + (uint32_t)start;
            return ERR_SYNTAX;
        }
    }
    *ret = str_n(out, len);
    return 0;
}
