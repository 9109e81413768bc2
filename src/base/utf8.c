/*
 * UTF-8 (RFC 3629): checking, walking and writing code points.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/base.h"

static bool is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* The length of the sequence at p, or 0 when it is not valid: over-long, surrogate, beyond U+10FFFF, cut off. */
static size_t sequence_len(const unsigned char *p, size_t left)
{
    unsigned char c = p[0];
    if (c < 0x80)
        return 1;
    if (c >= 0xc2 && c <= 0xdf)
        return left >= 2 && is_tail(p[1]) ? 2 : 0;
    if ((c & 0xf0) == 0xe0) {
        if (left < 3 || !is_tail(p[1]) || !is_tail(p[2]))
            return 0;
        if ((c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f))
            return 0;
        return 3;
    }
    if (c >= 0xf0 && c <= 0xf4) {
        if (left < 4 || !is_tail(p[1]) || !is_tail(p[2]) || !is_tail(p[3]))
            return 0;
        if ((c == 0xf0 && p[1] < 0x90) || (c == 0xf4 && p[1] > 0x8f))
            return 0;
        return 4;
    }
    return 0;
}

bool utf8_valid(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    for (size_t i = 0; i < s.len;) {
        size_t len = sequence_len(p + i, s.len - i);
        if (len == 0)
            return false;
        i += len;
    }
    return true;
}

int32_t utf8_next(struct str s, size_t *pos)
{
    if (*pos >= s.len)
        return -1;
    const unsigned char *p = (const unsigned char *)s.ptr + *pos;
    size_t len = sequence_len(p, s.len - *pos);
    /* A caller that breaks the rule gets the replacement character for one byte rather than a read past the end. */
    if (len == 0) {
        (*pos)++;
        return 0xfffd;
    }
    static const unsigned char head_mask[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    int32_t c = p[0] & head_mask[len];
    for (size_t i = 1; i < len; i++)
        c = (c << 6) | (p[i] & 0x3f);
    *pos += len;
    return c;
}

size_t utf8_len(struct str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++)
        count += !is_tail((unsigned char)s.ptr[i]);
    return count;
}

struct str utf8_cut(struct str s, size_t max)
{
    if (s.len <= max)
        return s;
    while (max > 0 && is_tail((unsigned char)s.ptr[max]))
        max--;
    return str_sub(s, 0, max);
}

size_t utf8_put(char out[4], uint32_t code_point)
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xc0 | (code_point >> 6));
        out[1] = (char)(0x80 | (code_point & 0x3f));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xe0 | (code_point >> 12));
        out[1] = (char)(0x80 | ((code_point >> 6) & 0x3f));
        out[2] = (char)(0x80 | (code_point & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | ((code_point >> 18) & 0x07));
    out[1] = (char)(0x80 | ((code_point >> 12) & 0x3f));
    out[2] = (char)(0x80 | ((code_point >> 6) & 0x3f));
    out[3] = (char)(0x80 | (code_point & 0x3f));
    return 4;
}
