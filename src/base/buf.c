/*
 * Bytes that grow up to a maximum.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "base/base.h"

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void buf_release(struct buf *b)
{
    free(b->ptr);
    *b = (struct buf){.max = b->max};
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->ptr)
        b->ptr[0] = '\0';
}

bool buf_failed(const struct buf *b)
{
    return b->failed;
}

/* Makes room for `more` bytes and the NUL behind them. */
static int buf_reserve(struct buf *b, size_t more)
{
    if (b->len > b->max || more > b->max - b->len || more > SIZE_MAX - 1 - b->len) {
        b->failed = true;
        return ERR_LIMIT;
    }
    size_t need = b->len + more + 1;
    if (need <= b->cap)
        return 0;
    size_t cap = b->cap ? b->cap : 64;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    if (b->max < SIZE_MAX && cap > b->max + 1)
        cap = b->max + 1;
    b->ptr = xrealloc(b->ptr, cap);
    b->cap = cap;
    return 0;
}

int buf_add(struct buf *b, struct str s)
{
    /* Text of the buffer itself would move away when it grows. */
    assert(s.len == 0 || !b->ptr || s.ptr + s.len <= b->ptr || s.ptr >= b->ptr + b->cap);
    int err = buf_reserve(b, s.len);
    if (err)
        return err;
    if (s.len)
        memcpy(b->ptr + b->len, s.ptr, s.len);
    b->len += s.len;
    b->ptr[b->len] = '\0';
    return 0;
}

int buf_add_char(struct buf *b, char c)
{
    int err = buf_reserve(b, 1);
    if (err)
        return err;
    b->ptr[b->len++] = c;
    b->ptr[b->len] = '\0';
    return 0;
}

int buf_add_cstr(struct buf *b, const char *s)
{
    return buf_add(b, str_of(s));
}

int buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
    va_list measure;
    va_copy(measure, ap);
    int len = vsnprintf(NULL, 0, fmt, measure);
    va_end(measure);
    if (len < 0)
        die("a format could not be printed: %s", fmt);
    int err = buf_reserve(b, (size_t)len);
    if (err)
        return err;
    vsnprintf(b->ptr + b->len, (size_t)len + 1, fmt, ap);
    b->len += (size_t)len;
    return 0;
}

int buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int err = buf_vaddf(b, fmt, ap);
    va_end(ap);
    return err;
}

int buf_add_i64(struct buf *b, int64_t v)
{
    char digits[20];
    size_t at = sizeof(digits);
    /* Unsigned, so that the smallest number has a magnitude. */
    uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (v < 0)
        digits[--at] = '-';
    return buf_add(b, str_n(digits + at, sizeof(digits) - at));
}
