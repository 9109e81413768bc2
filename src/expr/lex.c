/*
 * Cuts the text of an expression into tokens.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "expr/expr_internal.h"

static int lex_fail(struct lexer *lx, size_t at, const char *why)
{
    lx->error = why;
    lx->error_at = (uint32_t)at;
    return ERR_SYNTAX;
}

/* The byte at an offset from the position; 0 past the end (a NUL in the text is no token either). */
static char peek(const struct lexer *lx, size_t off)
{
    return lx->pos + off < lx->text.len ? lx->text.ptr[lx->pos + off] : '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
static bool is_name(char c)
{
    return is_name_start(c) || is_digit(c);
}

static void skip_space(struct lexer *lx)
{
    while (lx->pos < lx->text.len) {
        char c = peek(lx, 0);
        if (c == '/' && peek(lx, 1) == '/') {
            while (lx->pos < lx->text.len && peek(lx, 0) != '\n')
                lx->pos++;
        } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
            lx->pos++;
        } else {
            return;
        }
    }
}

static void skip_digits(struct lexer *lx)
{
    while (is_digit(peek(lx, 0)))
        lx->pos++;
}

static int lex_number(struct lexer *lx, struct token *t)
{
    size_t start = lx->pos;
    t->kind = TOKEN_INT;
    if (peek(lx, 0) == '0' && (peek(lx, 1) == 'x' || peek(lx, 1) == 'X')) {
        lx->pos += 2;
        if (!is_hex(peek(lx, 0)))
            return lex_fail(lx, start, "a hexadecimal number needs digits");
        while (is_hex(peek(lx, 0)))
            lx->pos++;
    } else {
        skip_digits(lx);
        if (peek(lx, 0) == '.' && is_digit(peek(lx, 1))) {
            t->kind = TOKEN_DOUBLE;
            lx->pos++;
            skip_digits(lx);
        }
        size_t sign = peek(lx, 1) == '+' || peek(lx, 1) == '-' ? 2 : 1;
        if ((peek(lx, 0) == 'e' || peek(lx, 0) == 'E') && is_digit(peek(lx, sign))) {
            t->kind = TOKEN_DOUBLE;
            lx->pos += sign;
            skip_digits(lx);
        }
    }
    t->text = str_sub(lx->text, start, lx->pos - start);
    if (t->kind == TOKEN_INT && (peek(lx, 0) == 'u' || peek(lx, 0) == 'U')) {
        t->kind = TOKEN_UINT;
        lx->pos++;
    }
    if (is_name(peek(lx, 0)))
        return lex_fail(lx, lx->pos, "a number is followed by a letter");
    return 0;
}

/* How many characters of a string's prefix stand at the position (r, b, br in any case), 0 for none; -1: this is no
 * string. */
static int string_prefix(const struct lexer *lx, bool *ret_raw, bool *ret_bytes)
{
    *ret_raw = *ret_bytes = false;
    for (int i = 0; i < 3; i++) {
        char c = peek(lx, (size_t)i);
        if (c == '\'' || c == '"')
            return i;
        if ((c == 'r' || c == 'R') && !*ret_raw)
            *ret_raw = true;
        else if ((c == 'b' || c == 'B') && !*ret_bytes)
            *ret_bytes = true;
        else
            return -1;
    }
    return -1;
}

static int lex_string(struct lexer *lx, size_t prefix, bool raw, bool bytes, struct token *t)
{
    size_t start = lx->pos;
    lx->pos += prefix;
    char quote = peek(lx, 0);
    bool triple = peek(lx, 1) == quote && peek(lx, 2) == quote;
    lx->pos += triple ? 3 : 1;
    size_t inside = lx->pos;
    for (;; lx->pos++) {
        char c = peek(lx, 0);
        if (lx->pos >= lx->text.len || (!triple && (c == '\n' || c == '\r')))
            return lex_fail(lx, start, "the string has no end");
        if (c == '\\' && !raw && lx->pos + 1 < lx->text.len) {
            lx->pos++;
            continue;
        }
        if (c == quote && (!triple || (peek(lx, 1) == quote && peek(lx, 2) == quote)))
            break;
    }
    struct str content = str_sub(lx->text, inside, lx->pos - inside);
    lx->pos += triple ? 3 : 1;
    t->kind = bytes ? TOKEN_BYTES : TOKEN_STRING;
    t->text = str_sub(lx->text, start, lx->pos - start);
    t->content = content;
    return raw ? 0 : expr_unescape(lx, content, (uint32_t)inside, bytes, &t->content);
}

static int lex_quoted_ident(struct lexer *lx, struct token *t)
{
    size_t start = ++lx->pos;
    while (is_name(peek(lx, 0)) || (peek(lx, 0) && strchr(".-/ ", peek(lx, 0))))
        lx->pos++;
    if (peek(lx, 0) != '`' || lx->pos == start)
        return lex_fail(lx, start - 1, "a name in back quotes has letters, digits and . - / _ only");
    t->kind = TOKEN_QUOTED_IDENT;
    t->text = str_sub(lx->text, start, lx->pos - start);
    lx->pos++;
    return 0;
}

static int lex_punct(struct lexer *lx, struct token *t)
{
    static const char *const two[] = {"==", "!=", "<=", ">=", "&&", "||"};
    t->kind = TOKEN_PUNCT;
    for (size_t i = 0; i < ARRAY_LEN(two); i++) {
        if (peek(lx, 0) == two[i][0] && peek(lx, 1) == two[i][1]) {
            t->text = str_sub(lx->text, lx->pos, 2);
            lx->pos += 2;
            return 0;
        }
    }
    if (!peek(lx, 0) || !strchr("()[]{}.,?:+-*/%<>!", peek(lx, 0)))
        return lex_fail(lx, lx->pos, "this character has no meaning here");
    t->text = str_sub(lx->text, lx->pos, 1);
    lx->pos++;
    return 0;
}

int expr_lex(struct lexer *lx, struct token *ret)
{
    skip_space(lx);
    struct token t = {.kind = TOKEN_END, .at = (uint32_t)lx->pos};
    bool raw, bytes;
    char c = peek(lx, 0);
    int prefix = string_prefix(lx, &raw, &bytes);
    int err = 0;
    if (lx->pos >= lx->text.len) {
        t.text = STR_NULL;
    } else if (prefix >= 0) {
        err = lex_string(lx, (size_t)prefix, raw, bytes, &t);
    } else if (is_digit(c) || (c == '.' && is_digit(peek(lx, 1)))) {
        err = lex_number(lx, &t);
    } else if (is_name_start(c)) {
        size_t start = lx->pos;
        while (is_name(peek(lx, 0)))
            lx->pos++;
        t.kind = TOKEN_IDENT;
        t.text = str_sub(lx->text, start, lx->pos - start);
    } else if (c == '`') {
        err = lex_quoted_ident(lx, &t);
    } else {
        err = lex_punct(lx, &t);
    }
    if (!err)
        *ret = t;
    return err;
}
