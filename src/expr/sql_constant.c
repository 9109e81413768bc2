/*
 * Computes the parts of a row rule that read no column, so that they are bound as values.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "expr/sql_internal.h"

/* A record known before the query stands for its id, as equality has it. */
static struct value plain(struct sql *s, struct value v)
{
    struct value id;
    if (v.kind == VALUE_OBJECT && !v.obj.ops->get(v.obj.impl, STR("id"), s->arena, &id))
        return id;
    return v;
}

static int named_constant(struct sql *s, struct str path, struct value *ret)
{
    struct value v;
    if (!s->env->constant)
        return ERR_NOT_FOUND;
    int err = s->env->constant(s->env->arg, path, s->arena, &v);
    if (!err)
        *ret = plain(s, v);
    return err;
}

static int path_constant(struct sql *s, const struct node *n, struct value *ret)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, EXPR_BYTES_MAX * 2);
    if (!expr_path(n, &b))
        return ERR_NOT_FOUND;
    int err = named_constant(s, buf_str(&b), ret);
    if (!err && n->kind == NODE_HAS) {
        bool empty = ret->kind == VALUE_NULL || (ret->kind == VALUE_STRING && ret->s.len == 0);
        *ret = value_bool(!empty);
    }
    return err;
}

/* Runs a copy of the node whose arguments are literals. */
static int compute(struct sql *s, const struct node *n, struct value *ret)
{
    struct expr_run in = {.arena = s->arena};
    struct run r = {
        .in = &in, .text = s->e->text, .arena = s->arena, .used_before = s->arena->used_bytes, .null_rule = true};
    struct node copy = *n;
    copy.args = arena_array(s->arena, struct node *, n->args_len);
    for (size_t i = 0; i < n->args_len; i++) {
        struct node *literal = arena_new(s->arena, struct node);
        literal->kind = NODE_LITERAL;
        literal->at = n->args[i]->at;
        int err = sql_constant(s, n->args[i], &literal->literal);
        if (err)
            return err;
        copy.args[i] = literal;
    }
    int err = expr_run_node(&r, &copy, ret);
    return err ? sql_refuse(s, n, r.reason ? r.reason : "this value") : 0;
}

int sql_constant(struct sql *s, const struct node *n, struct value *ret)
{
    switch (n->kind) {
    case NODE_LITERAL:
        *ret = n->literal;
        return 0;
    case NODE_IDENT:
    case NODE_SELECT:
    case NODE_HAS:
        return path_constant(s, n, ret);
    case NODE_CALL:
        if (str_is(n->name, "today"))
            return named_constant(s, STR("today()"), ret);
        if (str_is(n->name, "now"))
            return named_constant(s, STR("now()"), ret);
        return compute(s, n, ret);
    case NODE_AND:
    case NODE_OR:
    case NODE_COND:
    case NODE_LIST:
    case NODE_MAP:
        return compute(s, n, ret);
    default:
        return ERR_NOT_FOUND;
    }
}
