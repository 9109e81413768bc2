/*
 * The two kinds of text: struct str, a view that somebody else owns, and struct buf, bytes that grow up to a maximum.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Life: a str is valid as long as what it looks into; buf_init() cannot fail; buf_release() frees and may be called
 * twice. Errors: adding past `max` returns ERR_LIMIT and leaves the buffer as it was. Out of memory ends the process.
 * Threads: one at a time.
 */
#ifndef TANDEM_BASE_STR_H
#define TANDEM_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The languages of the interface. */
enum lang { LANG_EN, LANG_ZH, LANG_COUNT };

struct str {
    const char *ptr; /* not NUL-terminated; may be NULL when len is 0 */
    size_t len;
};

#define STR(literal) ((struct str){.ptr = (literal), .len = sizeof(literal) - 1})
#define STR_NULL ((struct str){.ptr = NULL, .len = 0})
/* For printf: printf("%.*s", STR_ARG(s)). */
#define STR_ARG(s) (int)(s).len, (s).ptr ? (s).ptr : ""

static inline struct str str_of(const char *cstr)
{
    return (struct str){.ptr = cstr, .len = cstr ? strlen(cstr) : 0};
}
static inline struct str str_n(const char *ptr, size_t len)
{
    return (struct str){.ptr = ptr, .len = len};
}
static inline bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
static inline bool str_is(struct str a, const char *b)
{
    return str_eq(a, str_of(b));
}
static inline bool str_empty(struct str s)
{
    return s.len == 0;
}
/* <0, 0, >0 by code point (which is by byte in UTF-8). */
int str_cmp(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* The offset of the first occurrence at or after `from`, or SIZE_MAX. */
size_t str_find(struct str s, struct str needle, size_t from);
size_t str_find_char(struct str s, char c);
size_t str_rfind_char(struct str s, char c);
struct str str_sub(struct str s, size_t from, size_t len); /* clamped to s */
struct str str_trim(struct str s);                         /* without ASCII white space at both ends */
/* Cuts at the first `sep`: *ret_head is what is before it, the return value what is after it. Without a `sep` *ret_head
 * is all of s and the return value STR_NULL (its ptr is NULL), so that `while (rest.ptr != NULL)` walks a list, a
 * trailing empty item included. */
struct str str_cut(struct str s, char sep, struct str *ret_head);
/* Case-insensitive for ASCII only. */
bool str_eq_nocase(struct str a, struct str b);
/* The whole of s as a decimal integer; ERR_SYNTAX, ERR_LIMIT. */
__attribute__((warn_unused_result)) int str_to_i64(struct str s, int64_t *ret);
__attribute__((warn_unused_result)) int str_to_double(struct str s, double *ret);
uint64_t str_hash(struct str s); /* FNV-1a; not for keys that an attacker chooses */

/* UTF-8. */
bool utf8_valid(struct str s);
/* The code point at *pos, which moves on; -1 at the end. s must be valid. */
int32_t utf8_next(struct str s, size_t *pos);
size_t utf8_len(struct str s); /* in code points */
/* The longest beginning of at most `max` bytes that ends between two characters. */
struct str utf8_cut(struct str s, size_t max);
/* Writes 1–4 bytes; returns how many. */
size_t utf8_put(char out[4], uint32_t code_point);

struct buf {
    char *ptr; /* always NUL-terminated once something was added */
    size_t len, cap;
    size_t max;  /* the most it may ever hold, in bytes */
    bool failed; /* see buf_failed() */
};

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);
void buf_clear(struct buf *b);
static inline struct str buf_str(const struct buf *b)
{
    return (struct str){.ptr = b->ptr, .len = b->len};
}
/* These return 0 or ERR_LIMIT; the result may be ignored where the maximum can't be reached: buf_failed() tells at the
 * end. */
int buf_add(struct buf *b, struct str s);
int buf_add_char(struct buf *b, char c);
int buf_add_cstr(struct buf *b, const char *s);
int buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int buf_vaddf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
int buf_add_i64(struct buf *b, int64_t v);
/* True when any addition since init or clear was refused. */
bool buf_failed(const struct buf *b);

#endif
