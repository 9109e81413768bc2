/* Computed fields of one document: its lines' expressions, sums and counts over its lines, then its own expressions in
 * order. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record_internal.h"
#include "record/write.h"

struct value derive_zero(const struct field *f, const struct company_info *company)
{
    struct value v = {.kind = VALUE_MONEY};
    switch (f->kind) {
    case FIELD_MONEY:
        memcpy(v.money.currency, company->currency.ptr, company->currency.len < 3 ? company->currency.len : 3);
        return v;
    case FIELD_DECIMAL:
    case FIELD_PERCENT:
        return value_dec((struct decimal){.coeff = 0, .scale = f->scale});
    default:
        return value_int(0);
    }
}

static int overflow(struct op *op, const struct field *f)
{
    return PROBLEM_AT(op->w->why, WHERE_POINTER, op_pointer(op, STR_NULL, f->name), OVERFLOW,
                      ARG("field", op_field_label(op, f)));
}

static int add_money(struct op *op, const struct field *f, struct money sum, struct money part, bool minus,
                     struct value *ret)
{
    /* A sum of nothing has no currency yet: the first amount gives it. */
    if (sum.minor == 0)
        memcpy(sum.currency, part.currency, sizeof(sum.currency));
    if (part.minor == 0)
        memcpy(part.currency, sum.currency, sizeof(part.currency));
    if (memcmp(sum.currency, part.currency, 3) != 0)
        return PROBLEM_AT(op->w->why, WHERE_POINTER, op_pointer(op, STR_NULL, f->name), CURRENCY_MIX,
                          ARG("field", op_field_label(op, f)), ARG("a", str_n(sum.currency, 3)),
                          ARG("b", str_n(part.currency, 3)));
    bool over = minus ? __builtin_sub_overflow(sum.minor, part.minor, &sum.minor)
                      : __builtin_add_overflow(sum.minor, part.minor, &sum.minor);
    if (over)
        return overflow(op, f);
    *ret = value_money(sum);
    return 0;
}

int derive_add(struct op *op, const struct field *f, struct value sum, struct value part, bool minus, struct value *ret)
{
    if (value_is_null(part)) {
        *ret = sum;
        return 0;
    }
    if (sum.kind == VALUE_MONEY && part.kind == VALUE_MONEY)
        return add_money(op, f, sum.money, part.money, minus, ret);
    if (sum.kind == VALUE_DECIMAL && part.kind == VALUE_DECIMAL) {
        struct decimal d;
        int err = minus ? decimal_sub(sum.dec, part.dec, &d) : decimal_add(sum.dec, part.dec, &d);
        if (err == 0)
            err = decimal_rescale(d, f->scale, &d);
        if (err < 0)
            return overflow(op, f);
        *ret = value_dec(d);
        return 0;
    }
    int64_t i;
    if (minus ? __builtin_sub_overflow(sum.i, part.i, &i) : __builtin_add_overflow(sum.i, part.i, &i))
        return overflow(op, f);
    *ret = value_int(i);
    return 0;
}

/* ---- Expressions ---- */

struct null_seek {
    const struct record *r;
    bool found;
};

static void seek_null(void *arg, struct str path)
{
    struct null_seek *s = arg;
    struct str head;
    (void)str_cut(path, '.', &head);
    const struct field *f = type_field(s->r->type, head);
    if (f != NULL && f->kind != FIELD_LINES && value_is_null(s->r->values[f->index]))
        s->found = true;
}

/* Of an expression over a field that is still empty nothing is known yet, which is no mistake. */
static bool reads_null(const struct expr *e, const struct record *r)
{
    struct null_seek s = {.r = r};
    expr_paths(e, seek_null, &s);
    return s.found;
}

/* What computing said becomes an item of the field. */
static int expr_failed(struct op *op, const struct field *f, int err, const struct problem *said, struct str prefix)
{
    struct str at = op_pointer(op, prefix, f->name), reason = STR("?");
    if (err != ERR_INVALID && err != ERR_LIMIT)
        return err;
    if (said->message == MSG_EXPR_LIMIT)
        return PROBLEM_AT(op->w->why, WHERE_POINTER, at, OVERFLOW, ARG("field", op_field_label(op, f)));
    const struct problem_arg *args = said->args != NULL ? said->args : (said->items != NULL ? said->items->args : NULL);
    for (; args != NULL && args->name != NULL; args++) {
        if (strcmp(args->name, "reason") == 0)
            reason = args->value;
    }
    if (str_find(reason, STR("overflow"), 0) != SIZE_MAX || str_find(reason, STR("too large"), 0) != SIZE_MAX)
        return PROBLEM_AT(op->w->why, WHERE_POINTER, at, OVERFLOW, ARG("field", op_field_label(op, f)));
    return PROBLEM_AT(op->w->why, WHERE_POINTER, at, EXPR_RUN, ARG("reason", reason));
}

static int derive_expr(struct op *op, struct record *r, const struct field *f, struct str prefix)
{
    struct write *w = op->w;
    struct record_scope scope = {.rs = w->rs, .tx = w->tx, .record = r, .actor = w->plan->actor};
    struct value v = value_null();
    struct problem said;
    problem_init(&said, w->a);
    int err = record_eval(&scope, f->derived.expr, w->a, &v, &said);
    if (err == ERR_INVALID && reads_null(f->derived.expr, r)) {
        r->values[f->index] = value_null();
        return 0;
    }
    if (err < 0)
        return expr_failed(op, f, err, &said, prefix);
    if (v.kind == VALUE_DECIMAL && (f->kind == FIELD_DECIMAL || f->kind == FIELD_PERCENT)) {
        if (decimal_rescale(v.dec, f->scale, &v.dec) < 0)
            return overflow(op, f);
    }
    return field_from_json(f, v, w->a, op_pointer(op, prefix, f->name), &r->values[f->index], w->why);
}

int derive_exprs(struct op *op, struct record *r, struct str prefix)
{
    for (size_t i = SYS_COUNT; i < r->type->fields_len; i++) {
        const struct field *f = &r->type->fields[i];
        if (f->derived.kind != DERIVED_EXPR || f->derived.expr == NULL)
            continue;
        int err = derive_expr(op, r, f, prefix);
        if (err < 0)
            return err;
    }
    return 0;
}

/* ---- Lines ---- */

static int derive_lines(struct op *op, const struct field *f)
{
    struct record *r = op->after;
    for (size_t i = 0; r->lines != NULL && i < r->lines_len[f->index]; i++) {
        struct record *line = &r->lines[f->index][i];
        bool fresh = record_line_by_id(op->before, f, line->values[SYS_ID].s) == NULL;
        for (size_t k = SYS_COUNT; fresh && k < f->to->fields_len; k++) {
            enum derived_kind kind = f->to->fields[k].derived.kind;
            if (kind == DERIVED_SUM_BY || kind == DERIVED_COUNT_BY)
                line->values[k] = derive_zero(&f->to->fields[k], &op->w->company);
        }
        int err = derive_exprs(op, line, arena_fmt(op->w->a, "/%.*s/%zu", STR_ARG(f->name), i));
        if (err < 0)
            return err;
    }
    return 0;
}

static int derive_over_lines(struct op *op, const struct field *f)
{
    struct record *r = op->after;
    const struct field *lines = f->derived.lines;
    size_t len = r->lines != NULL ? r->lines_len[lines->index] : 0;
    if (f->derived.kind == DERIVED_COUNT_LINES) {
        r->values[f->index] = value_int((int64_t)len);
        return 0;
    }
    struct value sum = derive_zero(f, &op->w->company);
    for (size_t i = 0; i < len; i++) {
        int err = derive_add(op, f, sum, r->lines[lines->index][i].values[f->derived.of->index], false, &sum);
        if (err < 0)
            return err;
    }
    r->values[f->index] = sum;
    return 0;
}

int op_derive(struct op *op)
{
    const struct type *t = op->type;
    for (size_t i = SYS_COUNT; i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        int err = 0;
        /* Untouched lines have what they had. */
        if (f->kind == FIELD_LINES && (op->before == NULL || op->given[i]))
            err = derive_lines(op, f);
        else if (op->before == NULL && (f->derived.kind == DERIVED_SUM_BY || f->derived.kind == DERIVED_COUNT_BY))
            op->after->values[i] = derive_zero(f, &op->w->company);
        if (err < 0)
            return err;
    }
    for (size_t i = SYS_COUNT; i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        if (f->derived.kind != DERIVED_SUM_LINES && f->derived.kind != DERIVED_COUNT_LINES)
            continue;
        int err = derive_over_lines(op, f);
        if (err < 0)
            return err;
    }
    return derive_exprs(op, op->after, STR_NULL);
}
