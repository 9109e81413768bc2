/* Sums and counts kept in other records: the exact difference that one change makes, limits, and the event that tells
 * of it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record_internal.h"
#include "record/write.h"

struct delta {
    const struct type *type; /* of the target */
    const struct field *field;
    struct str id;
    struct value part;
    bool minus;
};

struct deltas {
    VEC(struct delta) list;
};

/* ---- What one record gives to a sum ---- */

struct share {
    struct str id; /* the target; empty: none */
    struct value part;
};

static int share_of(struct op *op, const struct dependant *dep, const struct record *r, struct share *ret)
{
    struct write *w = op->w;
    const struct derived *d = &dep->field->derived;
    bool counts = true;
    *ret = (struct share){.id = STR_NULL};
    if (r == NULL || r->values[d->by->index].kind != VALUE_STRING)
        return 0;
    if (d->where != NULL) {
        struct record_scope scope = {.rs = w->rs, .tx = w->tx, .record = r, .actor = w->plan->actor};
        int err = record_eval_bool(&scope, d->where, w->a, &counts, w->why);
        if (err < 0)
            return err;
    }
    if (!counts)
        return 0;
    ret->part = d->kind == DERIVED_COUNT_BY ? value_int(1) : r->values[d->of->index];
    if (!value_is_null(ret->part))
        ret->id = r->values[d->by->index].s;
    return 0;
}

static int collect(struct op *op, struct deltas *all, const struct type *t, const struct record *before,
                   const struct record *after)
{
    for (size_t i = 0; i < t->dependants_len; i++) {
        const struct dependant *dep = &t->dependants[i];
        struct share old, new;
        int err = share_of(op, dep, before, &old);
        if (err == 0)
            err = share_of(op, dep, after, &new);
        if (err < 0)
            return err;
        if (str_eq(old.id, new.id) && (str_empty(old.id) || value_same(old.part, new.part)))
            continue;
        if (!str_empty(old.id))
            vec_push(op->w->a, &all->list, (struct delta){dep->type, dep->field, old.id, old.part, true});
        if (!str_empty(new.id))
            vec_push(op->w->a, &all->list, (struct delta){dep->type, dep->field, new.id, new.part, false});
    }
    return 0;
}

static int collect_lines(struct op *op, struct deltas *all, const struct field *f)
{
    const struct record *before = op->before, *after = op->after;
    for (size_t i = 0; after != NULL && after->lines != NULL && i < after->lines_len[f->index]; i++) {
        const struct record *line = &after->lines[f->index][i];
        int err = collect(op, all, f->to, record_line_by_id(before, f, line->values[SYS_ID].s), line);
        if (err < 0)
            return err;
    }
    for (size_t i = 0; before != NULL && before->lines != NULL && i < before->lines_len[f->index]; i++) {
        const struct record *line = &before->lines[f->index][i];
        if (record_line_by_id(after, f, line->values[SYS_ID].s) != NULL)
            continue;
        int err = collect(op, all, f->to, line, NULL);
        if (err < 0)
            return err;
    }
    return 0;
}

/* ---- The target ---- */

/* The number that a limit shows, for comparing before with after. */
static int shown_cmp(struct value x, struct value y)
{
    if (x.kind == VALUE_DECIMAL && y.kind == VALUE_DECIMAL)
        return decimal_cmp(x.dec, y.dec);
    int64_t p = x.kind == VALUE_MONEY ? x.money.minor : x.i, q = y.kind == VALUE_MONEY ? y.money.minor : y.i;
    return p < q ? -1 : p > q;
}

static struct str shown_text(struct op *op, const struct field *f, struct value v)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 4096);
    field_to_text(f, v, op_lang(op), &b);
    return arena_str(op->w->a, buf_str(&b));
}

static int limit_hit(struct op *op, const struct limit_rule *rule, const struct record *before,
                     const struct record *after)
{
    const struct field *f = rule->shown;
    struct value was = before->values[f->index], is = after->values[f->index], needed = was;
    /* What was over its limit already may come down, or stay: only more is refused. */
    if (was.kind == is.kind && shown_cmp(is, was) >= 0)
        return 0;
    if (was.kind == is.kind && derive_add(op, f, was, is, true, &needed) < 0)
        needed = was;
    return PROBLEM(op->w->why, BUDGET_EXCEEDED, ARG("available", shown_text(op, f, was)),
                   ARG("amount", shown_text(op, f, needed)));
}

static int check_limits(struct op *op, const struct record *before, const struct record *after)
{
    struct write *w = op->w;
    const struct type *t = after->type;
    if (!op_is_live(op))
        return 0;
    for (size_t i = 0; i < t->limits_len; i++) {
        struct record_scope scope = {.rs = w->rs, .tx = w->tx, .record = after, .actor = w->plan->actor};
        bool good = true;
        int err = record_eval_bool(&scope, t->limits[i].that, w->a, &good, w->why);
        if (err == 0 && !good)
            err = limit_hit(op, &t->limits[i], before, after);
        if (err < 0)
            return err;
    }
    return 0;
}

static int target_apply(struct op *op, const struct delta *deltas, size_t len)
{
    struct write *w = op->w;
    struct record *before;
    int err = record_load(w->rs, w->tx, deltas[0].type, deltas[0].id, w->a, &before);
    if (err == ERR_NOT_FOUND)
        return 0; /* it was deleted, so there is no sum to keep */
    if (err < 0)
        return err;
    struct record *after = record_copy(before, w->a);
    for (size_t i = 0; i < len; i++) {
        const struct field *f = deltas[i].field;
        struct value sum = after->values[f->index];
        if (value_is_null(sum))
            sum = derive_zero(f, &w->company);
        err = derive_add(op, f, sum, deltas[i].part, deltas[i].minus, &after->values[f->index]);
        if (err < 0)
            return err;
    }
    err = derive_exprs(op, after, STR_NULL);
    if (err == 0)
        err = row_update(op, before, after);
    if (err == 0)
        err = op_emit_derived(op, before, after);
    return err < 0 ? err : check_limits(op, before, after);
}

static int delta_cmp(const void *x, const void *y)
{
    const struct delta *p = x, *q = y;
    int order = str_cmp(p->id, q->id);
    if (order != 0)
        return order;
    /* What is taken away goes first, so that a sum does not overflow or mix currencies half-way. */
    return p->minus == q->minus ? 0 : (p->minus ? -1 : 1);
}

static int apply_all(struct op *op, struct deltas *all)
{
    struct write *w = op->w;
    size_t n = all->list.len;
    qsort(all->list.items, n, sizeof(struct delta), delta_cmp);
    for (size_t i = 0; i < n; i++) {
        int err = db_lock(w->tx, all->list.items[i].id);
        if (err < 0)
            return err;
    }
    w->dirty = w->dirty || n > 0;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && str_eq(all->list.items[end].id, all->list.items[i].id);)
            end++;
        int err = target_apply(op, &all->list.items[i], end - i);
        if (err < 0)
            return err;
    }
    return 0;
}

int op_sums(struct op *op)
{
    struct deltas all = {0};
    int err = collect(op, &all, op->type, op->before, op->after);
    for (size_t i = SYS_COUNT; err == 0 && i < op->type->fields_len; i++) {
        const struct field *f = &op->type->fields[i];
        if (f->kind == FIELD_LINES && f->to->dependants_len > 0)
            err = collect_lines(op, &all, f);
    }
    if (err < 0 || all.list.len == 0)
        return err;
    return apply_all(op, &all);
}
