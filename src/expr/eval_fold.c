/*
 * Runs the macros over lists and maps: all, exists, exists_one, map, filter and their forms with two variables.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "expr/eval_fold.h"
#include "expr/expr_internal.h"

struct fold {
    const struct node *n;
    struct value over;
    size_t len;
    struct value *keys, *out; /* what map and filter collect */
    size_t out_len;
    int matches;
    int failed; /* the last error of a condition, which a later answer may still absorb */
};

/* The variables at one place: element; index and element; key; key and value. */
static void variables(const struct fold *f, size_t i, struct value *ret_1, struct value *ret_2)
{
    bool two = f->n->var2.len > 0;
    if (f->over.kind == VALUE_MAP) {
        *ret_1 = f->over.map.keys[i];
        *ret_2 = f->over.map.values[i];
    } else {
        *ret_1 = two ? value_int((int64_t)i) : f->over.list.items[i];
        *ret_2 = f->over.list.items[i];
    }
}

static int condition(struct run *r, const struct node *n, bool *ret)
{
    struct value v;
    int err = expr_run_node(r, n, &v);
    if (err)
        return err;
    if (v.kind == VALUE_NULL && r->null_rule)
        v = value_bool(false);
    if (v.kind != VALUE_BOOL) {
        r->node = n;
        return run_fail(r, "no such overload: a macro's condition is a bool", STR_NULL);
    }
    *ret = v.b;
    return 0;
}

/* One element of all, exists or exists_one; *ret_stop where the answer is settled. */
static int step_predicate(struct run *r, struct fold *f, bool *ret_stop)
{
    bool b = false;
    int err = condition(r, f->n->args[0], &b);
    if (err == ERR_LIMIT || (err && f->n->fold == FOLD_EXISTS_ONE))
        return err;
    if (err) {
        f->failed = err;
        return 0;
    }
    f->matches += b;
    *ret_stop = (f->n->fold == FOLD_ALL && !b) || (f->n->fold == FOLD_EXISTS && b);
    return 0;
}

static int step_collect(struct run *r, struct fold *f, const struct value *first)
{
    bool keep = true;
    int err = f->n->args[0] ? condition(r, f->n->args[0], &keep) : 0;
    if (err || !keep)
        return err;
    struct value v = *first;
    if (f->n->args[1] && (err = expr_run_node(r, f->n->args[1], &v)))
        return err;
    f->keys[f->out_len] = *first;
    f->out[f->out_len++] = v;
    return 0;
}

static bool is_predicate(const struct fold *f)
{
    return f->n->fold <= FOLD_EXISTS_ONE;
}

static int step(struct run *r, struct fold *f, size_t i, bool *ret_stop)
{
    struct local one = {.name = f->n->var1, .next = r->locals};
    struct local two = {.name = f->n->var2, .next = &one};
    variables(f, i, &one.value, &two.value);
    r->locals = f->n->var2.len ? &two : &one;
    int err = is_predicate(f) ? step_predicate(r, f, ret_stop) : step_collect(r, f, &one.value);
    r->locals = one.next;
    return err;
}

static int finish(struct run *r, struct fold *f, bool stopped, struct value *ret)
{
    if (f->failed && !stopped)
        return f->failed;
    (void)r;
    switch (f->n->fold) {
    case FOLD_ALL:
        *ret = value_bool(!stopped);
        break;
    case FOLD_EXISTS:
        *ret = value_bool(stopped);
        break;
    case FOLD_EXISTS_ONE:
        *ret = value_bool(f->matches == 1);
        break;
    case FOLD_MAP:
    case FOLD_FILTER:
        *ret = (struct value){.kind = VALUE_LIST, .list = {.items = f->out, .len = f->out_len}};
        break;
    case FOLD_MAP_VALUES:
        *ret = (struct value){.kind = VALUE_MAP, .map = {.keys = f->keys, .values = f->out, .len = f->out_len}};
        break;
    }
    return 0;
}

int run_fold(struct run *r, const struct node *n, struct value *ret)
{
    struct fold f = {.n = n};
    bool stop = false;
    int err = expr_run_node(r, n->target, &f.over);
    if (err)
        return err;
    if (f.over.kind == VALUE_NULL && r->null_rule) {
        *ret = is_predicate(&f) ? value_bool(false) : value_null();
        return 0;
    }
    r->node = n;
    if (f.over.kind != VALUE_LIST && f.over.kind != VALUE_MAP)
        return run_fail(r, "no such overload: a macro goes over a list or a map", STR_NULL);
    f.len = f.over.kind == VALUE_MAP ? f.over.map.len : f.over.list.len;
    if (!is_predicate(&f)) {
        if ((err = run_alloc(r, f.len, sizeof(*f.out), &f.out)) ||
            (err = run_alloc(r, f.len, sizeof(*f.keys), &f.keys)))
            return err;
    }
    for (size_t i = 0; i < f.len && !stop && !err; i++) {
        err = run_charge(r, 1);
        err = err ? err : step(r, &f, i, &stop);
    }
    return err ? err : finish(r, &f, stop, ret);
}

int run_bind(struct run *r, const struct node *n, struct value *ret)
{
    struct local l = {.name = n->var1, .next = r->locals};
    int err = expr_run_node(r, n->target, &l.value);
    if (err)
        return err;
    r->locals = &l;
    err = expr_run_node(r, n->args[0], ret);
    r->locals = l.next;
    return err;
}
