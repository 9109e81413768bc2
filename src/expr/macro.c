/*
 * The macros: has, all, exists, exists_one, map, filter, transformList, transformMap, and cel.bind.
 * SPDX-License-Identifier: Apache-2.0
 *
 * They become nodes of their own instead of CEL's general comprehension: the tree stays small, and each always ends.
 */
#include "expr/expr_internal.h"

struct macro {
    const char *name;
    enum fold_kind fold;
    int vars;               /* how many variables come first */
    int args_min, args_max; /* without the variables */
    bool predicate; /* the only argument is a condition; otherwise the last is a result, one before it a condition */
};

static const struct macro MACROS[] = {
    {"all", FOLD_ALL, 1, 1, 1, true},
    {"all", FOLD_ALL, 2, 1, 1, true},
    {"exists", FOLD_EXISTS, 1, 1, 1, true},
    {"exists", FOLD_EXISTS, 2, 1, 1, true},
    {"exists_one", FOLD_EXISTS_ONE, 1, 1, 1, true},
    {"existsOne", FOLD_EXISTS_ONE, 1, 1, 1, true},
    {"existsOne", FOLD_EXISTS_ONE, 2, 1, 1, true},
    {"exists_one", FOLD_EXISTS_ONE, 2, 1, 1, true},
    {"filter", FOLD_FILTER, 1, 1, 1, true},
    {"map", FOLD_MAP, 1, 1, 2, false},
    {"transformList", FOLD_MAP, 2, 1, 2, false},
    {"transformMap", FOLD_MAP_VALUES, 2, 1, 2, false},
};

static const struct macro *find_macro(const struct node *call)
{
    for (size_t i = 0; i < ARRAY_LEN(MACROS); i++) {
        const struct macro *m = &MACROS[i];
        size_t vars = (size_t)m->vars;
        if (str_is(call->name, m->name) && call->args_len >= vars + (size_t)m->args_min &&
            call->args_len <= vars + (size_t)m->args_max)
            return m;
    }
    return NULL;
}

static int macro_variable(struct compile *c, const struct node *arg, struct str *ret)
{
    if (arg->kind != NODE_IDENT || arg->rooted)
        return expr_fail(c, MSG_EXPR_SYNTAX, arg->at, "a macro's variable is a plain name");
    *ret = arg->name;
    return 0;
}

static int macro_has(struct compile *c, struct node *call, struct node **ret)
{
    struct node *arg = call->args[0];
    if (arg->kind != NODE_SELECT)
        return expr_fail(c, MSG_EXPR_SYNTAX, arg->at, "has() takes a field: has(a.b)");
    arg->kind = NODE_HAS;
    *ret = arg;
    return 0;
}

static bool is_cel_bind(const struct node *call)
{
    const struct node *t = call->target;
    return t && t->kind == NODE_IDENT && str_is(t->name, "cel") && str_is(call->name, "bind") && call->args_len == 3;
}

static int macro_bind(struct compile *c, struct node *call, struct node **ret)
{
    struct node *n = expr_node(c, NODE_BIND, call->at);
    int err = macro_variable(c, call->args[0], &n->var1);
    n->depth = call->depth;
    n->target = call->args[1];
    n->args = call->args + 2;
    n->args_len = 1;
    if (!err)
        *ret = n;
    return err;
}

int expr_macro(struct compile *c, struct node *call, struct node **ret)
{
    *ret = call;
    if (c->env->macros_off)
        return 0;
    if (!call->target)
        return str_is(call->name, "has") && call->args_len == 1 ? macro_has(c, call, ret) : 0;
    if (is_cel_bind(call))
        return macro_bind(c, call, ret);
    const struct macro *m = find_macro(call);
    if (!m)
        return 0;
    struct node *n = expr_node(c, NODE_FOLD, call->at);
    int err = macro_variable(c, call->args[0], &n->var1);
    if (!err && m->vars == 2)
        err = macro_variable(c, call->args[1], &n->var2);
    if (!err && m->vars == 2 && str_eq(n->var1, n->var2))
        err = expr_fail(c, MSG_EXPR_SYNTAX, call->args[1]->at, "a macro's two variables need different names");
    if (err)
        return err;
    size_t vars = (size_t)m->vars;
    n->fold = m->fold;
    n->depth = call->depth;
    n->target = call->target;
    n->args = arena_array(c->arena, struct node *, 2);
    n->args_len = 2;
    if (m->predicate) {
        n->args[0] = call->args[vars];
    } else {
        n->args[0] = call->args_len == vars + 2 ? call->args[vars] : NULL;
        n->args[1] = call->args[call->args_len - 1];
    }
    *ret = n;
    return 0;
}
