/*
 * Functions of text: CEL's standard ones and its strings extension. Positions count code points.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "codec/text.h"
#include "expr/expr_internal.h"

/* The byte offset of a code point's position; SIZE_MAX past the end. Position == length is the end. */
static size_t byte_of(struct str s, int64_t position)
{
    size_t pos = 0;
    for (int64_t i = 0; i < position; i++)
        if (utf8_next(s, &pos) < 0)
            return SIZE_MAX;
    return position < 0 ? SIZE_MAX : pos;
}

static int out_of_range(struct run *r)
{
    return run_fail(r, "index out of range", STR_NULL);
}

/* The work of a function over the texts among its arguments. */
static int charge_text(struct run *r, const struct value *v, size_t n)
{
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++)
        if (v[i].kind == VALUE_STRING)
            bytes += v[i].s.len;
    return run_charge(r, bytes / 64);
}

static int fn_contains(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    *ret = value_bool(str_find(v[0].s, v[1].s, 0) != SIZE_MAX);
    return charge_text(r, v, n);
}

static int fn_starts_with(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    *ret = value_bool(str_starts(v[0].s, v[1].s));
    return charge_text(r, v, n);
}

static int fn_ends_with(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    *ret = value_bool(str_ends(v[0].s, v[1].s));
    return charge_text(r, v, n);
}

static int fn_char_at(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    size_t from = byte_of(v[0].s, v[1].i), to = from;
    if (from == SIZE_MAX)
        return out_of_range(r);
    utf8_next(v[0].s, &to);
    *ret = value_str(str_sub(v[0].s, from, to - from));
    return charge_text(r, v, n);
}

static int fn_index_of(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    size_t from = n > 2 ? byte_of(v[0].s, v[2].i) : 0;
    if (from == SIZE_MAX)
        return out_of_range(r);
    size_t at = str_find(v[0].s, v[1].s, from);
    *ret = value_int(at == SIZE_MAX ? -1 : (int64_t)utf8_len(str_sub(v[0].s, 0, at)));
    return charge_text(r, v, n);
}

static int fn_last_index_of(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    struct str s = v[0].s, needle = v[1].s;
    int err = run_charge(r, (s.len / 64 + 1) * (needle.len / 64 + 1));
    size_t from = n > 2 && !err ? byte_of(s, v[2].i) : s.len;
    if (err || from == SIZE_MAX)
        return err ? err : out_of_range(r);
    *ret = value_int(-1);
    if (needle.len > s.len)
        return 0;
    if (from > s.len - needle.len)
        from = s.len - needle.len;
    for (size_t at = from + 1; at-- > 0;) {
        if (needle.len == 0 || memcmp(s.ptr + at, needle.ptr, needle.len) == 0) {
            *ret = value_int((int64_t)utf8_len(str_sub(s, 0, at)));
            break;
        }
    }
    return 0;
}

static int map_ascii(struct run *r, struct str s, char first, struct value *ret)
{
    char *p;
    int err = run_charge(r, s.len / 64);
    if (err || (err = run_alloc(r, s.len + 1, 1, &p)))
        return err;
    for (size_t i = 0; i < s.len; i++)
        p[i] = s.ptr[i] >= first && s.ptr[i] < first + 26 ? (char)(s.ptr[i] ^ 0x20) : s.ptr[i];
    *ret = value_str(str_n(p, s.len));
    return 0;
}

static int fn_lower(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)n;
    return map_ascii(r, v->s, 'A', ret);
}

static int fn_upper(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)n;
    return map_ascii(r, v->s, 'a', ret);
}

static int fn_replace(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    struct str s = v[0].s, from = v[1].s;
    int64_t left = n > 3 && v[3].i >= 0 ? v[3].i : INT64_MAX;
    struct buf b;
    size_t pos = 0;
    buf_init(&b, EXPR_MEMORY_MAX);
    while (left > 0 && pos <= s.len) {
        size_t at = str_find(s, from, pos), next = at + from.len;
        if (at == SIZE_MAX)
            break;
        if (from.len == 0 && next < s.len) /* between characters, never within one */
            utf8_next(s, &next);
        else if (from.len == 0)
            next = s.len + 1;
        buf_add(&b, str_sub(s, pos, at - pos));
        buf_add(&b, v[2].s);
        if (from.len == 0)
            buf_add(&b, str_sub(s, at, next - at));
        pos = next;
        left--;
    }
    if (pos < s.len)
        buf_add(&b, str_sub(s, pos, s.len));
    int err = run_charge(r, (s.len + b.len) / 32);
    if (err) {
        buf_release(&b);
        return err;
    }
    return run_take(r, &b, VALUE_STRING, ret);
}

struct parts {
    struct value *items;
    size_t len, cap;
};

static int add_part(struct run *r, struct parts *parts, struct str s)
{
    if (parts->len == parts->cap) {
        struct value *grown;
        size_t cap = parts->cap ? parts->cap * 2 : 8;
        int err = run_alloc(r, cap, sizeof(*grown), &grown);
        if (err)
            return err;
        if (parts->len)
            memcpy(grown, parts->items, parts->len * sizeof(*grown));
        parts->items = grown;
        parts->cap = cap;
    }
    parts->items[parts->len++] = value_str(s);
    return 0;
}

static int fn_split(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    struct str s = v[0].s, sep = v[1].s;
    int64_t limit = n > 2 && v[2].i >= 0 ? v[2].i : INT64_MAX;
    struct parts parts = {0};
    size_t pos = 0;
    int err = charge_text(r, v, n);
    while (!err && (int64_t)parts.len + 1 < limit) {
        size_t end = pos;
        if (sep.len == 0)
            utf8_next(s, &end);
        else
            end = str_find(s, sep, pos);
        if (end == SIZE_MAX || (sep.len == 0 && end >= s.len))
            break;
        err = add_part(r, &parts, str_sub(s, pos, end - pos));
        pos = end + sep.len;
    }
    if (!err && limit > 0 && (sep.len || s.len))
        err = add_part(r, &parts, str_sub(s, pos, s.len));
    *ret = (struct value){.kind = VALUE_LIST, .list = {.items = parts.items, .len = parts.len}};
    return err;
}

static int fn_join(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    struct buf b;
    buf_init(&b, EXPR_MEMORY_MAX);
    int err = 0;
    for (size_t i = 0; i < v->list.len && !err; i++) {
        const struct value *item = &v->list.items[i];
        if (item->kind != VALUE_STRING) {
            err = run_no_overload(r);
            break;
        }
        if (i && n > 1)
            buf_add(&b, v[1].s);
        buf_add(&b, item->s);
        err = run_charge(r, 1 + item->s.len / 64);
    }
    if (err) {
        buf_release(&b);
        return err;
    }
    return run_take(r, &b, VALUE_STRING, ret);
}

static int fn_substring(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    struct str s = v[0].s;
    size_t from = byte_of(s, v[1].i), to = n > 2 ? byte_of(s, v[2].i) : s.len;
    if (from == SIZE_MAX || to == SIZE_MAX || to < from)
        return out_of_range(r);
    *ret = value_str(str_sub(s, from, to - from));
    return charge_text(r, v, n);
}

/* White space as Unicode defines it (property White_Space). */
static bool is_space(int32_t c)
{
    return (c >= 9 && c <= 13) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
           c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

static int fn_trim(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    struct str s = v->s;
    size_t start = SIZE_MAX, end = 0;
    for (size_t pos = 0, at = 0; pos < s.len; at = pos) {
        if (is_space(utf8_next(s, &pos)))
            continue;
        start = start == SIZE_MAX ? at : start;
        end = pos;
    }
    *ret = value_str(start == SIZE_MAX ? STR("") : str_sub(s, start, end - start));
    return charge_text(r, v, n);
}

static int fn_reverse(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    struct str s = v->s;
    char *p;
    (void)n;
    int err = run_charge(r, s.len / 64);
    if (err || (err = run_alloc(r, s.len + 1, 1, &p)))
        return err;
    for (size_t pos = 0, at = 0; pos < s.len; at = pos) {
        utf8_next(s, &pos);
        memcpy(p + s.len - pos, s.ptr + at, pos - at);
    }
    *ret = value_str(str_n(p, s.len));
    return 0;
}

static int fn_quote(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    static const char special[] = "\a\b\f\n\r\t\v\\\"", names[] = "abfnrtv\\\"";
    struct buf b;
    (void)n;
    int err = run_charge(r, v->s.len / 32);
    if (err)
        return err;
    buf_init(&b, EXPR_MEMORY_MAX);
    buf_add_char(&b, '"');
    for (size_t i = 0; i < v->s.len; i++) {
        char c = v->s.ptr[i];
        const char *at = c ? strchr(special, c) : NULL;
        if (at)
            buf_add_char(&b, '\\');
        buf_add_char(&b, at ? names[at - special] : c);
    }
    buf_add_char(&b, '"');
    return run_take(r, &b, VALUE_STRING, ret);
}

static int fn_base64_encode(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    struct buf b;
    (void)n;
    int err = run_charge(r, v->s.len / 32);
    if (err)
        return err;
    buf_init(&b, EXPR_MEMORY_MAX);
    base64_encode(v->s, &b);
    return run_take(r, &b, VALUE_STRING, ret);
}

static int fn_base64_decode(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    struct str bytes;
    (void)n;
    int err = run_charge(r, v->s.len / 32);
    if (err)
        return err;
    if (base64_decode(r->arena, v->s, &bytes))
        return run_fail(r, "the text is not base64", STR_NULL);
    *ret = value_bytes(bytes);
    return run_charge(r, 0);
}

const struct function FUNCTIONS_STRING[] = {
    {"contains", "s.s>b", fn_contains, FN_BOOL},
    {"startsWith", "s.s>b", fn_starts_with, FN_BOOL},
    {"endsWith", "s.s>b", fn_ends_with, FN_BOOL},
    {"matches", "s.s>b ss>b", run_matches, FN_BOOL},
    {"charAt", "s.i>s", fn_char_at, 0},
    {"indexOf", "s.s>i s.si>i", fn_index_of, 0},
    {"lastIndexOf", "s.s>i s.si>i", fn_last_index_of, 0},
    {"lowerAscii", "s.>s", fn_lower, 0},
    {"upperAscii", "s.>s", fn_upper, 0},
    {"replace", "s.ss>s s.ssi>s", fn_replace, 0},
    {"split", "s.s>S s.si>S", fn_split, 0},
    {"join", "S.>s S.s>s", fn_join, 0},
    {"substring", "s.i>s s.ii>s", fn_substring, 0},
    {"trim", "s.>s", fn_trim, 0},
    {"reverse", "s.>s", fn_reverse, 0},
    {"format", "s.L>s", run_format, 0},
    {"strings.quote", "s>s", fn_quote, 0},
    {"base64.encode", "y>s", fn_base64_encode, 0},
    {"base64.decode", "s>y", fn_base64_decode, 0},
    {NULL, NULL, NULL, 0},
};
