/*
 * The calls of expr.h: compiling, what an expression reads, and the problems that say where something is wrong.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "expr/expr_internal.h"

struct str expr_place(struct arena *a, struct str text, uint32_t at)
{
    unsigned line = 1, column = 1;
    for (size_t i = 0; i < at && i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            line++;
            column = 1;
        } else if ((text.ptr[i] & 0xC0) != 0x80) {
            column++;
        }
    }
    return arena_fmt(a, "%u:%u", line, column);
}

int expr_fail(struct compile *c, enum message m, uint32_t at, const char *fmt, ...)
{
    CLEANUP(buf_release) struct buf b = {0};
    va_list ap;
    buf_init(&b, 4 * EXPR_BYTES_MAX); /* a name may be as long as the text */
    va_start(ap, fmt);
    buf_vaddf(&b, fmt, ap);
    va_end(ap);
    return problem_set(c->why, m,
                       (const struct problem_arg[]){
                           ARG("at", expr_place(c->arena, c->text, at)), ARG("reason", buf_str(&b)), {.name = NULL}});
}

struct node *expr_node(struct compile *c, enum node_kind kind, uint32_t at)
{
    struct node *n = arena_new(c->arena, struct node);
    n->kind = kind;
    n->at = at;
    n->depth = 1;
    return n;
}

static int check_result(struct compile *c, const struct node *root, const struct expr_type *want)
{
    if (!want || want->kind == TYPE_DYN || c->env->check_off)
        return 0;
    bool null = root->type.kind == TYPE_NULL && !want->nullable && want->kind != TYPE_NULL;
    if (!null && expr_type_fits(root->type, *want))
        return 0;
    struct str is = expr_type_name(c->arena, root->type), wants = expr_type_name(c->arena, *want);
    return expr_fail(c, MSG_EXPR_TYPE, root->at, "the result is %.*s, not %.*s", STR_ARG(is), STR_ARG(wants));
}

int expr_compile(struct arena *a, struct str text, const struct expr_env *env, const struct expr_type *want,
                 struct expr **ret, struct problem *why)
{
    static const struct expr_env nothing = {0};
    struct compile c = {.arena = a, .env = env ? env : &nothing, .why = why};
    struct node *root;
    if (text.len > EXPR_BYTES_MAX)
        return PROBLEM(why, EXPR_LIMIT, ARG("what", STR("length of the text")));
    if (!utf8_valid(text))
        return PROBLEM(why, EXPR_SYNTAX, ARG("at", STR("1:1")), ARG("reason", STR("the text is not valid UTF-8")));
    c.text = arena_str(a, text);
    int err = expr_parse(&c, &root);
    if (err || (err = expr_check(&c, root)) || (err = check_result(&c, root, want)))
        return err;
    struct expr *e = arena_new(a, struct expr);
    e->text = c.text;
    e->root = root;
    e->type = root->type;
    e->checked = !c.env->check_off;
    *ret = e;
    return 0;
}

struct str expr_text(const struct expr *e)
{
    return e->text;
}
struct expr_type expr_result_type(const struct expr *e)
{
    return e->type;
}

struct path_walk {
    void (*fn)(void *arg, struct str path);
    void *arg;
};

bool expr_path(const struct node *n, struct buf *b)
{
    if (n->kind == NODE_IDENT) {
        buf_add(b, n->name);
        return true;
    }
    if ((n->kind != NODE_SELECT && n->kind != NODE_HAS) || !expr_path(n->target, b))
        return false;
    buf_add_char(b, '.');
    buf_add(b, n->name);
    return true;
}

static void walk_paths(const struct node *n, const struct path_walk *w)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, EXPR_BYTES_MAX * 2);
    if (expr_path(n, &b)) {
        w->fn(w->arg, buf_str(&b));
        return;
    }
    if (n->target)
        walk_paths(n->target, w);
    for (size_t i = 0; i < n->args_len; i++)
        if (n->args[i])
            walk_paths(n->args[i], w);
}

void expr_paths(const struct expr *e, void (*fn)(void *arg, struct str path), void *arg)
{
    struct path_walk w = {.fn = fn, .arg = arg};
    walk_paths(e->root, &w);
}
