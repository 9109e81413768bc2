/*
 * Values that are computed: expressions of derived fields in their order, sums of one level, and defaults.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "meta/meta_internal.h"

struct reading {
    struct loader *l;
    struct draft *d;
    const struct field *f; /* the derived field that reads */
    const struct yaml_node *at;
};

/* A derived expression reads its own record, and of derived expressions only those above it: then one pass computes
 * all. */
static void path_check(void *arg, struct str path)
{
    struct reading *r = arg;
    struct str head, rest = str_cut(path, '.', &head);
    const struct field *f = type_field(r->d->t, head);
    if (!f)
        return;
    if (!str_empty(rest) && (f->kind == FIELD_LINK || f->kind == FIELD_USER || f->kind == FIELD_LINK_ANY))
        BAD(r->l, r->at, MODEL_DERIVED_OWN, ARG("path", path));
    if (f->derived.kind == DERIVED_EXPR && f->index >= r->f->index)
        BAD(r->l, r->at, MODEL_DERIVED_ORDER, ARG("field", r->f->name), ARG("other", f->name));
    if (r->d->sums[f->index])
        r->d->sums[r->f->index] = true;
}

void derived_compile(struct loader *l, struct draft *d)
{
    for (size_t i = SYS_COUNT; i < d->t->fields_len; i++) {
        struct field *f = &d->fields[i];
        const struct yaml_node *at = d->derived_nodes[i];
        if (!at)
            continue;
        if (f->derived.kind != DERIVED_EXPR) {
            f->derived.where = expr_read_where(l, f->derived.from, at, WITHOUT_ACTOR);
            continue;
        }
        f->derived.expr = expr_read(l, d->t, at, WITHOUT_ACTOR, NULL);
        if (!f->derived.expr)
            continue;
        assign_check(l, at, f, f->derived.expr);
        struct reading r = {.l = l, .d = d, .f = f, .at = at};
        expr_paths(f->derived.expr, path_check, &r);
    }
}

/* Sums of sums would need a cascade, which the write path does not have. */
void derived_check_levels(struct loader *l, struct draft *d)
{
    for (size_t i = SYS_COUNT; i < d->t->fields_len; i++) {
        const struct field *of = d->fields[i].derived.of;
        const struct draft *from = of ? loader_draft(l, d->fields[i].derived.from) : NULL;
        if (from && from->sums[of->index])
            BAD(l, yaml_get(d->field_nodes[i], "derived"), MODEL_SUM_LEVEL, ARG("field", of->name));
    }
}

/* A text that begins with "= " is an expression, everything else the value itself. */
static void default_read(struct loader *l, struct draft *d, struct field *f, const struct yaml_node *n)
{
    if (n->kind == YAML_SCALAR && str_starts(n->text, STR("="))) {
        struct yaml_node inner = *n;
        inner.text = str_trim(str_sub(n->text, 1, n->text.len));
        f->def_expr = expr_read(l, d->t, &inner, WITH_ACTOR, NULL);
        if (f->def_expr)
            assign_check(l, n, f, f->def_expr);
        return;
    }
    struct problem why;
    problem_init(&why, l->a);
    struct value given = yaml_value(l->a, n);
    /* A decimal is exact as it is written, and a text may look like a number, so neither needs quotes here. */
    const unsigned as_written =
        1u << FIELD_DECIMAL | 1u << FIELD_PERCENT | 1u << FIELD_TEXT | 1u << FIELD_RICH | 1u << FIELD_SELECT;
    if ((as_written & (1u << f->kind)) && n->kind == YAML_SCALAR)
        given = value_str(n->text);
    if (field_from_json(f, given, l->a, f->name, &f->def, &why) < 0)
        problem_move(l, n, &why);
}

void defaults_read(struct loader *l, struct draft *d)
{
    for (size_t i = SYS_COUNT; i < d->t->fields_len; i++) {
        const struct yaml_node *n = yaml_get(d->field_nodes[i], "default");
        if (!yaml_is_null(n))
            default_read(l, d, &d->fields[i], n);
    }
}
