/*
 * Turns tokens into a syntax tree: the whole grammar of CEL, by recursive descent.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "expr/expr_internal.h"

struct parser {
    struct compile *c;
    struct lexer lx;
    struct token tok; /* the next one, not yet taken */
    int depth;
};

typedef VEC(struct node *) node_vec;

static int parse_expr(struct parser *p, struct node **ret);
static int parse_unary(struct parser *p, struct node **ret);

static int advance(struct parser *p)
{
    int err = expr_lex(&p->lx, &p->tok);
    return err ? expr_fail(p->c, MSG_EXPR_SYNTAX, p->lx.error_at, "%s", p->lx.error) : 0;
}

static bool at_punct(const struct parser *p, const char *punct)
{
    return p->tok.kind == TOKEN_PUNCT && str_is(p->tok.text, punct);
}

static bool at_word(const struct parser *p, const char *word)
{
    return p->tok.kind == TOKEN_IDENT && str_is(p->tok.text, word);
}

/* The beginning of a token for a message, cut between characters. */
static struct str shown(struct str token)
{
    enum { SHOWN_BYTES_MAX = 60 };
    size_t len = token.len;
    if (len > SHOWN_BYTES_MAX)
        for (len = SHOWN_BYTES_MAX; len && (token.ptr[len] & 0xC0) == 0x80; len--)
            ;
    return str_sub(token, 0, len);
}

static int unexpected(struct parser *p, const char *wanted)
{
    if (p->tok.kind == TOKEN_END)
        return expr_fail(p->c, MSG_EXPR_SYNTAX, p->tok.at, "the text ends here, %s was expected", wanted);
    return expr_fail(p->c, MSG_EXPR_SYNTAX, p->tok.at, "%.*s stands here, %s was expected", STR_ARG(shown(p->tok.text)),
                     wanted);
}

static int expect(struct parser *p, const char *punct)
{
    return at_punct(p, punct) ? advance(p) : unexpected(p, punct);
}

static int enter(struct parser *p)
{
    if (++p->depth > EXPR_DEPTH_MAX)
        return PROBLEM(p->c->why, EXPR_LIMIT, ARG("what", STR("nesting")));
    return 0;
}

static int too_deep(struct parser *p, const struct node *n)
{
    return n->depth > EXPR_TREE_DEPTH_MAX ? PROBLEM(p->c->why, EXPR_LIMIT, ARG("what", STR("nesting"))) : 0;
}

static void node_deepen(struct node *n, const struct node *child)
{
    if (child && child->depth >= n->depth)
        n->depth = child->depth + 1;
}

static int finish_call(struct parser *p, struct node *n, node_vec *args)
{
    n->args = args->items;
    n->args_len = args->len;
    for (size_t i = 0; i < args->len; i++)
        node_deepen(n, args->items[i]);
    node_deepen(n, n->target);
    return too_deep(p, n);
}

static int make_call(struct parser *p, const char *name, uint32_t at, struct node *a, struct node *b, struct node **ret)
{
    struct node *n = expr_node(p->c, NODE_CALL, at);
    node_vec args = {0};
    n->name = str_of(name);
    vec_push(p->c->arena, &args, a);
    if (b)
        vec_push(p->c->arena, &args, b);
    *ret = n;
    return finish_call(p, n, &args);
}

static bool reserved(struct str s)
{
    static const char *const words[] = {"as",       "break",     "const",  "continue", "else", "false", "for",
                                        "function", "if",        "import", "in",       "let",  "loop",  "null",
                                        "package",  "namespace", "return", "true",     "var",  "void",  "while"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_is(s, words[i]))
            return true;
    return false;
}

/* Items up to `close`, which is taken as well; a comma may stand before it. */
static int parse_items(struct parser *p, const char *close, node_vec *out)
{
    while (!at_punct(p, close)) {
        struct node *item;
        if (at_punct(p, "?"))
            return expr_fail(p->c, MSG_EXPR_SYNTAX, p->tok.at, "optional entries are not supported");
        int err = parse_expr(p, &item);
        if (err)
            return err;
        vec_push(p->c->arena, out, item);
        if (!at_punct(p, ","))
            break;
        if ((err = advance(p)))
            return err;
    }
    return expect(p, close);
}

/* Call arguments: as items, but without a comma at the end. */
static int parse_args(struct parser *p, node_vec *out)
{
    int err = 0;
    if (at_punct(p, ")"))
        return advance(p);
    for (;;) {
        struct node *item;
        if ((err = parse_expr(p, &item)))
            return err;
        vec_push(p->c->arena, out, item);
        if (!at_punct(p, ","))
            return expect(p, ")");
        if ((err = advance(p)))
            return err;
    }
}

static int parse_map(struct parser *p, struct node **ret)
{
    struct node *n = expr_node(p->c, NODE_MAP, p->tok.at);
    node_vec items = {0};
    int err = advance(p);
    while (!err && !at_punct(p, "}")) {
        struct node *key, *value;
        if (at_punct(p, "?"))
            return expr_fail(p->c, MSG_EXPR_SYNTAX, p->tok.at, "optional entries are not supported");
        if ((err = parse_expr(p, &key)) || (err = expect(p, ":")) || (err = parse_expr(p, &value)))
            return err;
        vec_push(p->c->arena, &items, key);
        vec_push(p->c->arena, &items, value);
        if (!at_punct(p, ","))
            break;
        err = advance(p);
    }
    if (err || (err = expect(p, "}")))
        return err;
    *ret = n;
    return finish_call(p, n, &items);
}

/* The fields of a message after its name: parsed so that the error is about messages and not about a brace. */
static int parse_message(struct parser *p, struct node *name, struct node **ret)
{
    struct node *n = expr_node(p->c, NODE_MESSAGE, name->at);
    node_vec items = {0};
    int err = advance(p);
    while (!err && !at_punct(p, "}")) {
        struct node *value;
        if (at_punct(p, "?"))
            return expr_fail(p->c, MSG_EXPR_SYNTAX, p->tok.at, "optional entries are not supported");
        if (p->tok.kind != TOKEN_IDENT && p->tok.kind != TOKEN_QUOTED_IDENT)
            return unexpected(p, "a field name");
        if ((err = advance(p)) || (err = expect(p, ":")) || (err = parse_expr(p, &value)))
            return err;
        vec_push(p->c->arena, &items, value);
        if (!at_punct(p, ","))
            break;
        err = advance(p);
    }
    if (err || (err = expect(p, "}")))
        return err;
    n->name = name->name;
    *ret = n;
    return finish_call(p, n, &items);
}

/* The digits of an integer literal; false where they do not fit 64 bits. */
static bool magnitude(struct str s, uint64_t *ret)
{
    uint64_t v = 0, base = 10;
    size_t i = 0;
    if (s.len > 2 && (s.ptr[1] == 'x' || s.ptr[1] == 'X')) {
        base = 16;
        i = 2;
    }
    for (; i < s.len; i++) {
        char c = s.ptr[i];
        uint64_t d = (uint64_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, d, &v))
            return false;
    }
    *ret = v;
    return true;
}

static int parse_number(struct parser *p, bool negative, struct node **ret)
{
    struct node *n = expr_node(p->c, NODE_LITERAL, p->tok.at);
    struct token t = p->tok;
    uint64_t v = 0;
    if (t.kind == TOKEN_DOUBLE) {
        double d = strtod(arena_cstr(p->c->arena, t.text), NULL);
        n->literal = (struct value){.kind = VALUE_DOUBLE, .d = negative ? -d : d};
    } else if (!magnitude(t.text, &v)) {
        return expr_fail(p->c, MSG_EXPR_SYNTAX, t.at, "the number is too large");
    } else if (t.kind == TOKEN_UINT) {
        n->literal = (struct value){.kind = VALUE_UINT, .u = v};
    } else {
        if (v > (uint64_t)INT64_MAX + (negative ? 1 : 0))
            return expr_fail(p->c, MSG_EXPR_SYNTAX, t.at, "the number is too large");
        n->literal = value_int((int64_t)(negative ? 0 - v : v));
    }
    *ret = n;
    return advance(p);
}

static int literal_node(struct parser *p, struct value v, struct node **ret)
{
    *ret = expr_node(p->c, NODE_LITERAL, p->tok.at);
    (*ret)->literal = v;
    return advance(p);
}

static int parse_ident(struct parser *p, struct node **ret)
{
    struct node *n = expr_node(p->c, NODE_IDENT, p->tok.at);
    int err;
    if (at_punct(p, ".")) {
        n->rooted = true;
        if ((err = advance(p)))
            return err;
    }
    if (p->tok.kind != TOKEN_IDENT)
        return unexpected(p, "a value");
    if (reserved(p->tok.text))
        return expr_fail(p->c, MSG_EXPR_SYNTAX, p->tok.at, "%.*s is a reserved word", STR_ARG(p->tok.text));
    n->name = p->tok.text;
    if ((err = advance(p)))
        return err;
    if (!at_punct(p, "(")) {
        *ret = n;
        return 0;
    }
    node_vec args = {0};
    n->kind = NODE_CALL;
    if ((err = advance(p)) || (err = parse_args(p, &args)) || (err = finish_call(p, n, &args)))
        return err;
    return expr_macro(p->c, n, ret);
}

static int parse_primary(struct parser *p, struct node **ret)
{
    int err;
    switch (p->tok.kind) {
    case TOKEN_INT:
    case TOKEN_UINT:
    case TOKEN_DOUBLE:
        return parse_number(p, false, ret);
    case TOKEN_STRING:
        return literal_node(p, value_str(p->tok.content), ret);
    case TOKEN_BYTES:
        return literal_node(p, value_bytes(p->tok.content), ret);
    default:
        break;
    }
    if (at_word(p, "true") || at_word(p, "false"))
        return literal_node(p, value_bool(at_word(p, "true")), ret);
    if (at_word(p, "null"))
        return literal_node(p, value_null(), ret);
    if (at_punct(p, "(")) {
        if ((err = advance(p)) || (err = parse_expr(p, ret)))
            return err;
        return expect(p, ")");
    }
    if (at_punct(p, "[")) {
        struct node *n = expr_node(p->c, NODE_LIST, p->tok.at);
        node_vec items = {0};
        if ((err = advance(p)) || (err = parse_items(p, "]", &items)))
            return err;
        *ret = n;
        return finish_call(p, n, &items);
    }
    return at_punct(p, "{") ? parse_map(p, ret) : parse_ident(p, ret);
}

/* What follows a dot: a field, or a call with the value before the dot as receiver. */
static int parse_selector(struct parser *p, struct node *target, struct node **ret)
{
    struct node *n = expr_node(p->c, NODE_SELECT, p->tok.at);
    bool quoted = p->tok.kind == TOKEN_QUOTED_IDENT;
    int err;
    if (at_punct(p, "?"))
        return expr_fail(p->c, MSG_EXPR_SYNTAX, p->tok.at, "optional selection (.?) is not supported");
    if (!quoted && p->tok.kind != TOKEN_IDENT)
        return unexpected(p, "a field name");
    n->name = p->tok.text;
    n->target = target;
    if ((err = advance(p)))
        return err;
    if (quoted || !at_punct(p, "(")) {
        node_deepen(n, target);
        *ret = n;
        return too_deep(p, n);
    }
    node_vec args = {0};
    n->kind = NODE_CALL;
    n->member = true;
    if ((err = advance(p)) || (err = parse_args(p, &args)) || (err = finish_call(p, n, &args)))
        return err;
    return expr_macro(p->c, n, ret);
}

static bool is_path(const struct node *n)
{
    while (n->kind == NODE_SELECT)
        n = n->target;
    return n->kind == NODE_IDENT;
}

/* Selections, calls and indexes that follow a value. */
static int parse_tail(struct parser *p, struct node *n, struct node **ret)
{
    int err = 0;
    while (!err) {
        uint32_t at = p->tok.at;
        if (at_punct(p, ".")) {
            err = advance(p);
            err = err ? err : parse_selector(p, n, &n);
        } else if (at_punct(p, "[")) {
            struct node *index;
            if ((err = advance(p)))
                return err;
            if (at_punct(p, "?"))
                return expr_fail(p->c, MSG_EXPR_SYNTAX, p->tok.at, "optional selection ([?) is not supported");
            if ((err = parse_expr(p, &index)) || (err = expect(p, "]")))
                return err;
            err = make_call(p, "_[_]", at, n, index, &n);
        } else if (at_punct(p, "{") && is_path(n)) {
            err = parse_message(p, n, &n);
        } else {
            *ret = n;
            return 0;
        }
    }
    return err;
}

static int parse_member(struct parser *p, struct node **ret)
{
    struct node *n;
    int err = parse_primary(p, &n);
    return err ? err : parse_tail(p, n, ret);
}

static int parse_unary(struct parser *p, struct node **ret)
{
    uint32_t at = p->tok.at;
    bool negate = at_punct(p, "-");
    if (!negate && !at_punct(p, "!"))
        return parse_member(p, ret);
    int err = enter(p);
    if (err || (err = advance(p)))
        return err;
    struct node *n;
    if (negate && (p->tok.kind == TOKEN_INT || p->tok.kind == TOKEN_DOUBLE)) {
        /* The sign belongs to the literal, or the lowest int could not be written. */
        p->depth--;
        err = parse_number(p, true, &n);
        return err ? err : parse_tail(p, n, ret);
    }
    if ((err = parse_unary(p, &n)))
        return err;
    p->depth--;
    return make_call(p, negate ? "-_" : "!_", at, n, NULL, ret);
}

/* Binary operators by how tightly they bind, loosest first. */
struct operator
{
    const char *text, *name;
    int level;
};

static const struct operator OPERATORS[] = {
    {"==", "_==_", 0}, {"!=", "_!=_", 0}, {"<=", "_<=_", 0}, {">=", "_>=_", 0}, {"<", "_<_", 0}, {">", "_>_", 0},
    {"in", "@in", 0},  {"+", "_+_", 1},   {"-", "_-_", 1},   {"*", "_*_", 2},   {"/", "_/_", 2}, {"%", "_%_", 2},
};
enum { LEVELS = 3 };

static const struct operator* at_operator(const struct parser *p, int level)
{
    for (size_t i = 0; i < ARRAY_LEN(OPERATORS); i++) {
        const struct operator* op = & OPERATORS[i];
        if (op->level == level && (at_punct(p, op->text) || (op->text[0] == 'i' && at_word(p, op->text))))
            return op;
    }
    return NULL;
}

static int parse_binary(struct parser *p, int level, struct node **ret)
{
    if (level == LEVELS)
        return parse_unary(p, ret);
    struct node *left, *right;
    int err = parse_binary(p, level + 1, &left);
    const struct operator* op;
    while (!err && (op = at_operator(p, level))) {
        uint32_t at = p->tok.at;
        if ((err = advance(p)) || (err = parse_binary(p, level + 1, &right)))
            return err;
        err = make_call(p, op->name, at, left, right, &left);
    }
    if (!err)
        *ret = left;
    return err;
}

/* && and || are kept flat, so that long chains stay shallow. */
static int parse_logic(struct parser *p, bool is_or, struct node **ret)
{
    const char *punct = is_or ? "||" : "&&";
    uint32_t at = p->tok.at;
    struct node *n;
    int err = is_or ? parse_logic(p, false, &n) : parse_binary(p, 0, &n);
    if (err || !at_punct(p, punct)) {
        if (!err)
            *ret = n;
        return err;
    }
    struct node *all = expr_node(p->c, is_or ? NODE_OR : NODE_AND, at);
    node_vec args = {0};
    vec_push(p->c->arena, &args, n);
    while (at_punct(p, punct)) {
        if ((err = advance(p)))
            return err;
        err = is_or ? parse_logic(p, false, &n) : parse_binary(p, 0, &n);
        if (err)
            return err;
        vec_push(p->c->arena, &args, n);
    }
    *ret = all;
    return finish_call(p, all, &args);
}

static int parse_expr(struct parser *p, struct node **ret)
{
    struct node *cond, *yes, *no;
    int err = enter(p);
    if (err || (err = parse_logic(p, true, &cond)))
        return err;
    if (!at_punct(p, "?")) {
        p->depth--;
        *ret = cond;
        return 0;
    }
    struct node *n = expr_node(p->c, NODE_COND, p->tok.at);
    if ((err = advance(p)) || (err = parse_logic(p, true, &yes)) || (err = expect(p, ":")) ||
        (err = parse_expr(p, &no)))
        return err;
    p->depth--;
    node_vec args = {0};
    vec_push(p->c->arena, &args, cond);
    vec_push(p->c->arena, &args, yes);
    vec_push(p->c->arena, &args, no);
    *ret = n;
    return finish_call(p, n, &args);
}

int expr_parse(struct compile *c, struct node **ret)
{
    struct parser p = {.c = c, .lx = {.arena = c->arena, .text = c->text}};
    struct node *root;
    int err = advance(&p);
    if (err || (err = parse_expr(&p, &root)))
        return err;
    if (p.tok.kind != TOKEN_END)
        return unexpected(&p, "an operator or the end");
    *ret = root;
    return 0;
}
