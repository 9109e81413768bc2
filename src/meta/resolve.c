/*
 * Second step: what names other types. Links, lines, sums over other records, and who must be told when those change.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "meta/meta_internal.h"

static void link_resolve(struct loader *l, struct draft *d, struct field *f)
{
    struct yaml_node *n = d->field_nodes[f->index], *to;
    if (yaml_need(n, "to", &to, l->why) < 0)
        return;
    f->to = to->kind == YAML_SCALAR ? meta_type(l->m, to->text) : NULL;
    if (!f->to)
        unknown_type(l, to, to->text);
}

static void link_any_resolve(struct loader *l, struct draft *d, struct field *f)
{
    const struct yaml_node *n = d->field_nodes[f->index];
    struct str *names = NULL;
    size_t len = read_names(l, n, "to", &names);
    if (len == 0)
        return;
    f->to_any = arena_array(l->a, const struct type *, len);
    for (size_t i = 0; i < len; i++) {
        f->to_any[i] = meta_type(l->m, names[i]);
        if (!f->to_any[i])
            unknown_type(l, yaml_get(n, "to"), names[i]);
    }
    f->to_any_len = len;
}

static void lines_resolve(struct loader *l, struct draft *d, struct field *f)
{
    struct yaml_node *n = d->field_nodes[f->index], *of;
    if (yaml_need(n, "of", &of, l->why) < 0)
        return;
    if (yaml_get(d->root, "part_of")) {
        BAD(l, n, MODEL_NOT_HERE, ARG("key", STR("type: lines")), ARG("what", STR("part_of")));
        return;
    }
    struct draft *line = loader_find(l, of->text);
    if (!line) {
        unknown_type(l, of, of->text);
        return;
    }
    f->to = line->t;
    bool said = str_eq(read_text(l, line->root, "part_of", STR_NULL), d->t->name);
    if (!said || line->t->part_of) {
        BAD(l, of, MODEL_LINES, ARG("type", line->t->name), ARG("owner", d->t->name));
        return;
    }
    line->t->part_of = d->t;
    line->t->part_of_field = f;
}

static void system_links_resolve(struct loader *l, struct draft *d)
{
    const struct type *user = meta_type(l->m, STR("user"));
    d->fields[SYS_COMPANY].to = meta_type(l->m, STR("company"));
    d->fields[SYS_CREATED_BY].to = user;
    d->fields[SYS_CHANGED_BY].to = user;
}

static void immutable_resolve(struct loader *l, struct draft *d, const struct field *f)
{
    for (size_t i = 0; i < f->immutable_after_len; i++)
        if (!type_state(d->t, f->immutable_after[i]))
            unknown_state(l, yaml_get(d->field_nodes[f->index], "immutable_after"), f->immutable_after[i], d->t);
}

void fields_resolve(struct loader *l, struct draft *d)
{
    system_links_resolve(l, d);
    for (size_t i = SYS_COUNT; i < d->t->fields_len; i++) {
        struct field *f = &d->fields[i];
        if (f->kind == FIELD_LINK)
            link_resolve(l, d, f);
        else if (f->kind == FIELD_LINK_ANY)
            link_any_resolve(l, d, f);
        else if (f->kind == FIELD_LINES)
            lines_resolve(l, d, f);
        else if (f->kind == FIELD_USER && !(f->to = meta_type(l->m, STR("user"))))
            unknown_type(l, d->field_nodes[i], STR("user"));
        immutable_resolve(l, d, f);
    }
}

/* ---- Derived ---- */

static bool summable(const struct field *f)
{
    return f->kind == FIELD_MONEY || f->kind == FIELD_INT || f->kind == FIELD_DECIMAL || f->kind == FIELD_DURATION;
}

/* The field that is summed: of a type, by name. */
static const struct field *sum_field(struct loader *l, const struct yaml_node *at, const struct type *from,
                                     struct str name)
{
    const struct field *of = type_field(from, name);
    if (!of)
        unknown_field(l, at, name, from);
    else if (!summable(of) || of->system)
        BAD(l, at, MODEL_SUM_OF, ARG("field", name));
    else
        return of;
    return NULL;
}

/* {sum: lines.amount} and {count: lines}. */
static void derived_of_lines(struct loader *l, struct draft *d, struct field *f, const struct yaml_node *at, bool sum)
{
    struct str head, rest = str_cut(at->text, '.', &head);
    const struct field *lines = type_field(d->t, head);
    if (!lines) {
        unknown_field(l, at, head, d->t);
        return;
    }
    if (lines->kind != FIELD_LINES) {
        BAD(l, at, MODEL_FIELD_KIND, ARG("key", sum ? STR("sum") : STR("count")), ARG("field", head),
            ARG("actual", str_of(field_kind_name(lines->kind))), ARG("expected", STR("lines")));
        return;
    }
    f->derived.lines = lines;
    f->derived.from = lines->to;
    f->derived.kind = sum ? DERIVED_SUM_LINES : DERIVED_COUNT_LINES;
    if (sum)
        f->derived.of = sum_field(l, at, lines->to, rest);
    else if (!str_empty(rest))
        unknown_field(l, at, at->text, d->t);
}

/* {sum: commitment.amount, by: budget_line, where: …} and {count: comment, by: task}. */
static void derived_by_link(struct loader *l, struct draft *d, struct field *f, const struct yaml_node *map, bool sum)
{
    const struct yaml_node *at = yaml_get(map, sum ? "sum" : "count"), *by = yaml_get(map, "by");
    struct str head, rest = str_cut(at->text, '.', &head);
    const struct type *from = meta_type(l->m, head);
    if (!from) {
        unknown_type(l, at, head);
        return;
    }
    f->derived.from = from;
    f->derived.kind = sum ? DERIVED_SUM_BY : DERIVED_COUNT_BY;
    f->derived.by = by->kind == YAML_SCALAR ? type_field(from, by->text) : NULL;
    if (!f->derived.by || f->derived.by->kind != FIELD_LINK || f->derived.by->many || f->derived.by->to != d->t)
        BAD(l, by, MODEL_SUM_BY, ARG("from", head), ARG("type", d->t->name), ARG("field", by->text));
    if (sum)
        f->derived.of = sum_field(l, at, from, rest);
    else if (!str_empty(rest))
        unknown_type(l, at, at->text);
    d->derived_nodes[f->index] = yaml_get(map, "where");
}

/* "sum(lines.amount)" as DESIGN writes it: the same as {sum: lines.amount}. */
static bool derived_short(struct loader *l, struct draft *d, struct field *f, const struct yaml_node *n)
{
    bool sum = str_starts(n->text, STR("sum("));
    if ((!sum && !str_starts(n->text, STR("count("))) || !str_ends(n->text, STR(")")))
        return false;
    size_t open = sum ? 4 : 6;
    struct yaml_node inner = *n;
    inner.text = str_trim(str_sub(n->text, open, n->text.len - open - 1));
    derived_of_lines(l, d, f, &inner, sum);
    return true;
}

static void derived_read(struct loader *l, struct draft *d, struct field *f, struct yaml_node *n)
{
    static const char *const keys[] = {"sum", "count", "by", "where", "expr", NULL};
    f->read_only = true;
    if (n->kind == YAML_SCALAR && derived_short(l, d, f, n))
        return;
    if (yaml_check_keys(n, keys, l->why) < 0)
        return;
    struct yaml_node *sum = yaml_get(n, "sum"), *count = yaml_get(n, "count"), *expr = yaml_get(n, "expr");
    if (!!sum + !!count + !!expr != 1) {
        BAD(l, n, YAML_WRONG_KIND, ARG("key", STR("derived")),
            ARG("expected", STR("{sum: …} | {count: …} | {expr: …}")));
        return;
    }
    const char *alone = expr && yaml_get(n, "by") ? "by" : !yaml_get(n, "by") && yaml_get(n, "where") ? "where" : NULL;
    if (alone)
        BAD(l, yaml_get(n, alone), MODEL_NOT_HERE, ARG("key", str_of(alone)),
            ARG("what", expr ? STR("expr") : STR("sum, count")));
    if (expr) {
        f->derived.kind = DERIVED_EXPR;
        d->derived_nodes[f->index] = expr;
        return;
    }
    if (yaml_get(n, "by"))
        derived_by_link(l, d, f, n, sum);
    else
        derived_of_lines(l, d, f, sum ? sum : count, sum);
}

void derived_resolve(struct loader *l, struct draft *d)
{
    for (size_t i = SYS_COUNT; i < d->t->fields_len; i++) {
        struct field *f = &d->fields[i];
        struct yaml_node *n = yaml_get(d->field_nodes[i], "derived");
        if (!n)
            continue;
        derived_read(l, d, f, n);
        const struct field *of = f->derived.of;
        bool count = f->derived.kind == DERIVED_COUNT_BY || f->derived.kind == DERIVED_COUNT_LINES;
        d->sums[i] = f->derived.kind != DERIVED_NO && f->derived.kind != DERIVED_EXPR;
        if (of && (of->kind != f->kind || of->scale != f->scale))
            BAD(l, n, MODEL_VALUE_KIND, ARG("field", f->name), ARG("expected", str_of(field_kind_name(f->kind))),
                ARG("actual", str_of(field_kind_name(of->kind))));
        else if (count && f->kind != FIELD_INT)
            BAD(l, n, MODEL_VALUE_KIND, ARG("field", f->name), ARG("expected", str_of(field_kind_name(f->kind))),
                ARG("actual", STR("int")));
    }
}

/* Every type learns which sums elsewhere its records belong to. */
void dependants_collect(struct loader *l)
{
    for (size_t k = 0; k < l->len; k++) {
        VEC(struct dependant) found = {0};
        for (size_t i = 0; i < l->len; i++)
            for (size_t j = SYS_COUNT; j < l->drafts[i].t->fields_len; j++) {
                const struct field *f = &l->drafts[i].fields[j];
                bool by = f->derived.kind == DERIVED_SUM_BY || f->derived.kind == DERIVED_COUNT_BY;
                if (by && f->derived.from == l->drafts[k].t)
                    vec_push(l->a, &found, (struct dependant){.type = l->drafts[i].t, .field = f});
            }
        l->drafts[k].t->dependants = found.items;
        l->drafts[k].t->dependants_len = found.len;
    }
}
