/*
 * Runs a tree: names, selection, logic, literals and calls, within the budgets of steps and memory.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "expr/eval_fold.h"
#include "expr/expr_internal.h"

int run_fail(struct run *r, const char *reason, struct str detail)
{
    r->reason = reason;
    r->detail = detail;
    r->at = r->node ? r->node->at : 0;
    r->absent = false;
    return ERR_INVALID;
}

int run_absent(struct run *r, const char *reason, struct str detail)
{
    int err = run_fail(r, reason, detail);
    r->absent = true;
    return err;
}

int run_no_overload(struct run *r)
{
    return run_fail(r, "no such overload", r->node && r->node->kind == NODE_CALL ? r->node->name : STR_NULL);
}

static int over_budget(struct run *r, const char *what)
{
    r->reason = what;
    r->detail = STR_NULL;
    return ERR_LIMIT;
}

int run_charge(struct run *r, size_t steps)
{
    if (steps > (size_t)EXPR_COST_MAX || (r->cost += (int64_t)steps) > EXPR_COST_MAX)
        return over_budget(r, "steps");
    return r->arena->used_bytes - r->used_before > EXPR_MEMORY_MAX ? over_budget(r, "memory") : 0;
}

int run_alloc(struct run *r, size_t n, size_t size, void *ret_pointer)
{
    size_t used = r->arena->used_bytes - r->used_before;
    if (used > EXPR_MEMORY_MAX || n > (EXPR_MEMORY_MAX - used) / size)
        return over_budget(r, "memory");
    void *p = arena_alloc_array(r->arena, n, size);
    memcpy(ret_pointer, &p, sizeof(p));
    return 0;
}

int run_str(struct run *r, struct str s, struct value *ret)
{
    char *copy;
    int err = run_alloc(r, s.len + 1, 1, &copy);
    if (err)
        return err;
    if (s.len)
        memcpy(copy, s.ptr, s.len);
    *ret = value_str(str_n(copy, s.len));
    return 0;
}

int run_take(struct run *r, struct buf *b, enum value_kind kind, struct value *ret)
{
    int err = buf_failed(b) ? over_budget(r, "memory") : run_str(r, buf_str(b), ret);
    buf_release(b);
    if (!err)
        ret->kind = kind;
    return err;
}

static int run_lookup(struct run *r, struct str name, struct value *ret)
{
    if (!r->in->lookup)
        return ERR_NOT_FOUND;
    return r->in->lookup(r->in->arg, name, r->arena, ret);
}

/* A name that was not resolved before: the first of its full names that is there, or a type. */
static int lookup_late(struct run *r, const struct node *n, struct value *ret)
{
    struct str type_name;
    for (size_t i = 0; i < n->names_len; i++) {
        int err = run_lookup(r, n->names[i], ret);
        if (err != ERR_NOT_FOUND)
            return err ? run_fail(r, "the value could not be read", n->names[i]) : 0;
        if (expr_type_ident(n->names[i], &type_name)) {
            *ret = (struct value){.kind = VALUE_TYPE, .s = type_name};
            return 0;
        }
    }
    return ERR_NOT_FOUND;
}

static int run_ident(struct run *r, const struct node *n, struct value *ret)
{
    int err = n->names_len ? lookup_late(r, n, ret) : run_lookup(r, n->name, ret);
    if (err == ERR_NOT_FOUND)
        return run_fail(r, "undeclared reference", n->name);
    return err && !n->names_len ? run_fail(r, "the value could not be read", n->name) : err;
}

static int run_local(struct run *r, const struct node *n, struct value *ret)
{
    for (const struct local *l = r->locals; l; l = l->next) {
        if (str_eq(l->name, n->name)) {
            *ret = l->value;
            return 0;
        }
    }
    return run_fail(r, "undeclared reference", n->name);
}

static int select_money(struct run *r, const struct value *v, struct str field, struct value *ret)
{
    if (str_is(field, "currency"))
        return run_str(r, str_of(v->money.currency), ret);
    int digits = currency_digits(v->money.currency);
    if (!str_is(field, "amount") || digits < 0)
        return run_fail(r, "no such field", field);
    *ret = value_dec((struct decimal){.coeff = v->money.minor, .scale = (uint8_t)digits});
    return 0;
}

static int select_field(struct run *r, const struct value *v, struct str field, struct value *ret)
{
    struct value key = value_str(field);
    const struct value *found;
    int err;
    switch (v->kind) {
    case VALUE_MAP:
        if ((err = run_charge(r, v->map.len / 16)))
            return err;
        if (!(found = run_map_get(r, v, &key)))
            return run_absent(r, "no such key", field);
        *ret = *found;
        return 0;
    case VALUE_OBJECT:
        err = v->obj.ops->get(v->obj.impl, field, r->arena, ret);
        if (err == ERR_NOT_FOUND)
            return run_absent(r, "no such field", field);
        return err ? run_fail(r, "the field could not be read", field) : 0;
    case VALUE_MONEY:
        return select_money(r, v, field, ret);
    case VALUE_NULL:
        if (r->null_rule) {
            *ret = value_null();
            return 0;
        }
        return run_absent(r, "a field of null", field);
    default:
        return run_fail(r, "this value has no fields", field);
    }
}

static int run_select(struct run *r, const struct node *n, struct value *ret)
{
    struct value target;
    if (n->names_len) {
        int err = lookup_late(r, n, ret);
        if (err != ERR_NOT_FOUND)
            return err;
    }
    int err = expr_run_node(r, n->target, &target);
    r->node = n;
    return err ? err : select_field(r, &target, n->name, ret);
}

static int run_has(struct run *r, const struct node *n, struct value *ret)
{
    struct value target, field;
    int err = expr_run_node(r, n->target, &target);
    if (err)
        return err;
    r->node = n;
    if (target.kind == VALUE_OBJECT && target.obj.ops->has) {
        *ret = value_bool(target.obj.ops->has(target.obj.impl, n->name));
        return 0;
    }
    if (target.kind == VALUE_OBJECT) {
        err = target.obj.ops->get(target.obj.impl, n->name, r->arena, &field);
        *ret = value_bool(!err && field.kind != VALUE_NULL);
        return 0;
    }
    if (target.kind == VALUE_MAP) {
        struct value key = value_str(n->name);
        *ret = value_bool(run_map_get(r, &target, &key) != NULL);
        return 0;
    }
    if (target.kind == VALUE_NULL && r->null_rule) {
        *ret = value_bool(false);
        return 0;
    }
    return run_fail(r, "this value has no fields", n->name);
}

/* A condition's value: bool, or null that counts as false under the null rule. */
static int run_condition(struct run *r, const struct node *n, bool *ret)
{
    struct value v;
    int err = expr_run_node(r, n, &v);
    if (err)
        return err;
    if (v.kind == VALUE_NULL && r->null_rule)
        v = value_bool(false);
    if (v.kind != VALUE_BOOL) {
        r->node = n;
        return run_fail(r, "no such overload: a bool is needed", STR_NULL);
    }
    *ret = v.b;
    return 0;
}

/* && is false, || true as soon as one side says so, whichever fails: an error counts only where nothing decides. */
static int run_logic(struct run *r, const struct node *n, struct value *ret)
{
    bool decides = n->kind == NODE_OR, b = false;
    int failed = 0;
    for (size_t i = 0; i < n->args_len; i++) {
        int err = run_condition(r, n->args[i], &b);
        if (err == ERR_LIMIT)
            return err;
        if (!err && b == decides) {
            *ret = value_bool(decides);
            return 0;
        }
        failed = err ? err : failed;
    }
    if (!failed)
        *ret = value_bool(!decides);
    return failed;
}

static int run_cond(struct run *r, const struct node *n, struct value *ret)
{
    bool b;
    int err = run_condition(r, n->args[0], &b);
    return err ? err : expr_run_node(r, n->args[b ? 1 : 2], ret);
}

static int run_list(struct run *r, const struct node *n, struct value *ret)
{
    struct value *items;
    int err = run_alloc(r, n->args_len, sizeof(*items), &items);
    for (size_t i = 0; i < n->args_len && !err; i++)
        err = expr_run_node(r, n->args[i], &items[i]);
    if (!err)
        *ret = (struct value){.kind = VALUE_LIST, .list = {.items = items, .len = n->args_len}};
    return err;
}

static int run_map(struct run *r, const struct node *n, struct value *ret)
{
    size_t len = n->args_len / 2;
    struct value *keys, *values;
    int err = run_alloc(r, len, sizeof(*keys), &keys);
    if (err || (err = run_alloc(r, len, sizeof(*values), &values)))
        return err;
    struct value map = {.kind = VALUE_MAP, .map = {.keys = keys, .values = values}};
    for (size_t i = 0; i < len; i++) {
        if ((err = expr_run_node(r, n->args[2 * i], &keys[i])) ||
            (err = expr_run_node(r, n->args[2 * i + 1], &values[i])))
            return err;
        r->node = n->args[2 * i];
        if (!run_key_kind(keys[i].kind))
            return run_fail(r, "unsupported key type", expr_value_type_name(&keys[i]));
        if ((err = run_charge(r, i / 16)))
            return err;
        if (run_map_get(r, &map, &keys[i]))
            return run_fail(r, "the map has a repeated key", STR_NULL);
        map.map.len++;
    }
    *ret = map;
    return 0;
}

/* Under the null rule a call with null is false or null; *ret_done tells that nothing is left to do. */
static void null_call(const struct run *r, const struct function *fn, const struct value *args, size_t n,
                      bool *ret_done, struct value *ret)
{
    *ret_done = false;
    if (!r->null_rule || (fn->flags & FN_NULL_OK))
        return;
    for (size_t i = 0; i < n; i++) {
        if (args[i].kind == VALUE_NULL) {
            *ret_done = true;
            *ret = fn->flags & FN_BOOL ? value_bool((fn->flags & FN_NULL_TRUE) != 0) : value_null();
            return;
        }
    }
}

static bool arguments_fit(const struct node *n, const struct value *args)
{
    char letters[EXPR_ARGS_MAX + 1], result;
    const char *sig = n->fn->signatures;
    for (size_t i = 0; i < n->args_len; i++)
        letters[i] = expr_value_letter(args[i].kind);
    return expr_signature_next(&sig, n->member, letters, n->args_len, &result);
}

static int run_call(struct run *r, const struct node *n, struct value *ret)
{
    struct value args[EXPR_ARGS_MAX];
    bool done;
    r->node = n;
    if (n->args_len > EXPR_ARGS_MAX)
        return run_no_overload(r);
    for (size_t i = 0; i < n->args_len; i++) {
        int err = expr_run_node(r, n->args[i], &args[i]);
        if (err)
            return err;
    }
    r->node = n;
    if (!n->fn)
        return run_fail(r, "unbound function", n->name);
    null_call(r, n->fn, args, n->args_len, &done, ret);
    if (done)
        return 0;
    if (!arguments_fit(n, args))
        return run_no_overload(r);
    return n->fn->call(r, args, n->args_len, ret);
}

int expr_run_node(struct run *r, const struct node *n, struct value *ret)
{
    int err = run_charge(r, 1);
    if (err)
        return err;
    r->node = n;
    switch (n->kind) {
    case NODE_LITERAL:
        *ret = n->literal;
        return 0;
    case NODE_IDENT:
        return run_ident(r, n, ret);
    case NODE_LOCAL:
        return run_local(r, n, ret);
    case NODE_SELECT:
        return run_select(r, n, ret);
    case NODE_HAS:
        return run_has(r, n, ret);
    case NODE_CALL:
        return run_call(r, n, ret);
    case NODE_AND:
    case NODE_OR:
        return run_logic(r, n, ret);
    case NODE_COND:
        return run_cond(r, n, ret);
    case NODE_LIST:
        return run_list(r, n, ret);
    case NODE_MAP:
        return run_map(r, n, ret);
    case NODE_MESSAGE:
        return run_fail(r, "messages are not supported", n->name);
    case NODE_FOLD:
        return run_fold(r, n, ret);
    case NODE_BIND:
        return run_bind(r, n, ret);
    }
    return ERR_INTERNAL;
}

static int report(const struct run *r, int err, struct problem *why)
{
    if (!why)
        return err;
    struct str reason = str_of(r->reason ? r->reason : "unknown");
    if (err == ERR_LIMIT)
        return PROBLEM(why, EXPR_LIMIT, ARG("what", reason));
    if (err != ERR_INVALID)
        return err;
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 2000);
    buf_add(&b, reason);
    if (r->detail.len && r->detail.len < 500)
        buf_addf(&b, ": %.*s", STR_ARG(r->detail));
    buf_addf(&b, " (%.*s)", STR_ARG(expr_place(r->arena, r->text, r->at)));
    return PROBLEM(why, EXPR_RUN, ARG("reason", buf_str(&b)));
}

static int eval(const struct expr *e, const struct expr_run *in, bool null_rule, struct value *ret, struct problem *why)
{
    struct run r = {.in = in, .text = e->text, .arena = in->arena, .null_rule = null_rule};
    struct value v;
    r.used_before = in->arena->used_bytes;
    int err = expr_run_node(&r, e->root, &v);
    if (err) {
        int said = report(&r, err, why);
        return err == ERR_INVALID && r.absent && !null_rule ? ERR_NOT_FOUND : said;
    }
    *ret = v;
    return 0;
}

int expr_eval(const struct expr *e, const struct expr_run *run, struct value *ret, struct problem *why)
{
    return eval(e, run, false, ret, why);
}

int expr_eval_bool(const struct expr *e, const struct expr_run *run, bool *ret, struct problem *why)
{
    struct value v = value_null(); /* the compiler can't see that a failure is never 0 */
    int err = eval(e, run, true, &v, why);
    if (err)
        return err;
    if (v.kind != VALUE_BOOL && v.kind != VALUE_NULL)
        return PROBLEM(why, EXPR_RUN, ARG("reason", STR("the result is not true or false")));
    *ret = v.kind == VALUE_BOOL && v.b;
    return 0;
}
