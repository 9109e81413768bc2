/*
 * Characters, escapes and classes of regular expressions.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "expr/regex_class.h"

enum { LAST_CODE_POINT = 0x10FFFF };

int regex_error(struct regex_reader *in, const char *why)
{
    in->why = why;
    return ERR_SYNTAX;
}

int32_t regex_peek(const struct regex_reader *in)
{
    size_t pos = in->pos;
    return utf8_next(in->pattern, &pos);
}

int32_t regex_take(struct regex_reader *in)
{
    return utf8_next(in->pattern, &in->pos);
}

void regex_add_range(struct regex_reader *in, struct regex_class *c, uint32_t from, uint32_t to)
{
    struct regex_range range = {from, to};
    vec_push(in->arena, &c->ranges, range);
}

static bool in_ranges(const struct regex_class *c, uint32_t code_point)
{
    for (size_t i = 0; i < c->ranges.len; i++)
        if (code_point >= c->ranges.items[i].from && code_point <= c->ranges.items[i].to)
            return true;
    return false;
}

bool regex_class_has(const struct regex_class *c, uint32_t code_point)
{
    bool has = in_ranges(c, code_point);
    uint32_t lower = code_point | 0x20;
    if (!has && c->fold && lower >= 'a' && lower <= 'z')
        has = in_ranges(c, code_point ^ 0x20);
    return has != c->negated;
}

/* Named sets, each a list of ranges in rising order. */
static const struct named_set {
    const char *name;
    struct regex_range ranges[14];
    size_t len;
} SETS[] = {
    {"d", {{'0', '9'}}, 1},
    {"w", {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}, 4},
    {"s", {{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}}, 3},
    {"alnum", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}, 3},
    {"alpha", {{'A', 'Z'}, {'a', 'z'}}, 2},
    {"ascii", {{0, 127}}, 1},
    {"blank", {{'\t', '\t'}, {' ', ' '}}, 2},
    {"cntrl", {{0, 31}, {127, 127}}, 2},
    {"digit", {{'0', '9'}}, 1},
    {"graph", {{'!', '~'}}, 1},
    {"lower", {{'a', 'z'}}, 1},
    {"print", {{' ', '~'}}, 1},
    {"punct", {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}, 4},
    {"space", {{'\t', '\r'}, {' ', ' '}}, 2},
    {"upper", {{'A', 'Z'}}, 1},
    {"word", {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}, 4},
    {"xdigit", {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}, 3},
    /* Unicode 15, Scripts.txt. */
    {"Han",
     {{0x2E80, 0x2E99},
      {0x2E9B, 0x2EF3},
      {0x2F00, 0x2FD5},
      {0x3005, 0x3005},
      {0x3007, 0x3007},
      {0x3021, 0x3029},
      {0x3038, 0x303B},
      {0x3400, 0x4DBF},
      {0x4E00, 0x9FFF},
      {0xF900, 0xFA6D},
      {0xFA70, 0xFAD9},
      {0x16FE2, 0x16FF1},
      {0x20000, 0x323AF}},
     13},
};

/* Adds a named set or all that is not in it; false where the name is not known. */
static bool add_set(struct regex_reader *in, struct regex_class *c, struct str name, bool negated)
{
    for (size_t i = 0; i < ARRAY_LEN(SETS); i++) {
        const struct named_set *s = &SETS[i];
        uint32_t next = 0;
        if (!str_is(name, s->name))
            continue;
        for (size_t k = 0; k < s->len; k++) {
            if (!negated)
                regex_add_range(in, c, s->ranges[k].from, s->ranges[k].to);
            else if (s->ranges[k].from > next)
                regex_add_range(in, c, next, s->ranges[k].from - 1);
            next = s->ranges[k].to + 1;
        }
        if (negated)
            regex_add_range(in, c, next, LAST_CODE_POINT);
        return true;
    }
    return false;
}

static int hex_digit(int32_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What follows "\x": two digits, or any number of them in braces. */
static int read_hex(struct regex_reader *in, uint32_t *ret)
{
    bool braces = regex_peek(in) == '{';
    uint32_t v = 0;
    int count = 0;
    if (braces)
        regex_take(in);
    while (hex_digit(regex_peek(in)) >= 0 && (braces || count < 2) && v <= LAST_CODE_POINT) {
        v = v * 16 + (uint32_t)hex_digit(regex_take(in));
        count++;
    }
    bool closed = !braces || regex_take(in) == '}';
    if (!closed || count == 0 || (!braces && count < 2) || v > LAST_CODE_POINT)
        return regex_error(in, "\\x takes two hexadecimal digits or {digits}");
    *ret = v;
    return 0;
}

/* What follows "\p" or "\P". */
static int read_property(struct regex_reader *in, struct regex_class *c, bool negated)
{
    struct str rest = str_sub(in->pattern, in->pos, in->pattern.len), name;
    if (regex_take(in) == '{') {
        struct str behind = str_cut(str_sub(rest, 1, rest.len), '}', &name);
        if (name.len && name.ptr[0] == '^') {
            negated = !negated;
            name = str_sub(name, 1, name.len);
        }
        in->pos = in->pattern.len - behind.len;
        if (str_is(name, "Han") && add_set(in, c, name, negated))
            return 0;
    }
    return regex_error(in, "of the Unicode classes only \\p{Han} is there");
}

/* A single character after a backslash; ERR_NOT_FOUND where c is no such escape. */
static int escaped_char(struct regex_reader *in, int32_t c, uint32_t *ret)
{
    static const char from[] = "aftnrv", to[] = "\a\f\t\n\r\v";
    const char *p = c > 0 && c < 128 ? strchr(from, (char)c) : NULL;
    if (c == 'x')
        return read_hex(in, ret);
    if (p) {
        *ret = (uint32_t)to[p - from];
        return 0;
    }
    bool letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (c <= 0 || c >= 128 || letter)
        return ERR_NOT_FOUND;
    *ret = (uint32_t)c;
    return 0;
}

/* An escape as one character (*ret_char) or, with *ret_char UINT32_MAX, as a set that was added. */
static int read_one(struct regex_reader *in, struct regex_class *c, uint32_t *ret_char)
{
    int32_t e = regex_take(in);
    char lower = e > 0 && e < 128 ? (char)(e | 0x20) : '\0';
    bool upper = e >= 'A' && e <= 'Z';
    *ret_char = UINT32_MAX;
    if (e > 0 && (lower == 'd' || lower == 'w' || lower == 's') && (upper || e == lower)) {
        add_set(in, c, str_n(&lower, 1), upper);
        return 0;
    }
    if (e == 'p' || e == 'P')
        return read_property(in, c, e == 'P');
    int err = escaped_char(in, e, ret_char);
    return err == ERR_NOT_FOUND ? regex_error(in, "this escape does not exist (back references do not either)") : err;
}

int regex_read_escape(struct regex_reader *in, struct regex_class *c)
{
    uint32_t one;
    int err = read_one(in, c, &one);
    if (!err && one != UINT32_MAX)
        regex_add_range(in, c, one, one);
    return err;
}

/* "[:alpha:]" and "[:^alpha:]" within a class; false where there is none. */
static bool read_posix(struct regex_reader *in, struct regex_class *c)
{
    struct str rest = str_sub(in->pattern, in->pos, in->pattern.len);
    size_t end = str_find(rest, STR(":]"), 0);
    if (!str_starts(rest, STR("[:")) || end == SIZE_MAX || end < 2)
        return false;
    struct str name = str_sub(rest, 2, end - 2);
    bool negated = name.len && name.ptr[0] == '^';
    if (negated)
        name = str_sub(name, 1, name.len);
    if (name.len < 4 || !add_set(in, c, name, negated))
        return false;
    in->pos += end + 2;
    return true;
}

/* One character of a class, or UINT32_MAX for a set. */
static int read_member(struct regex_reader *in, struct regex_class *c, uint32_t *ret)
{
    int32_t t = regex_take(in);
    if (t < 0)
        return regex_error(in, "a ] is missing");
    if (t == '\\')
        return read_one(in, c, ret);
    *ret = (uint32_t)t;
    return 0;
}

int regex_read_class(struct regex_reader *in, struct regex_class *c)
{
    int err = 0;
    if (regex_peek(in) == '^') {
        regex_take(in);
        c->negated = true;
    }
    for (bool first = true; first || regex_peek(in) != ']'; first = false) {
        uint32_t from, to;
        if (read_posix(in, c))
            continue;
        if ((err = read_member(in, c, &from)))
            return err;
        to = from;
        struct str rest = str_sub(in->pattern, in->pos, in->pattern.len);
        if (from != UINT32_MAX && rest.len > 1 && rest.ptr[0] == '-' && rest.ptr[1] != ']') {
            regex_take(in);
            if ((err = read_member(in, c, &to)))
                return err;
            if (to == UINT32_MAX || to < from)
                return regex_error(in, "a range goes from a lower to a higher character");
        }
        if (from != UINT32_MAX)
            regex_add_range(in, c, from, to);
    }
    regex_take(in);
    return 0;
}
