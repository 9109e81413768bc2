/* What may be written to a field by whom, and whether the values fit: kinds, defaults, required, links, uniqueness. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record_internal.h"
#include "record/write.h"

/* The last error that is not about a single field ends the work; errors of fields are gathered, so that a person sees
 * all at once. */
static bool gathers(int err)
{
    return err == ERR_INVALID || err == ERR_LIMIT || err == ERR_FORBIDDEN || err == ERR_EXISTS;
}

/* Keeps the first error in *first; answers whether the work may go on. */
static bool gather(int *first, int err)
{
    if (err < 0 && *first == 0)
        *first = err;
    return err >= 0 || gathers(err);
}

struct str op_pointer(struct op *op, struct str prefix, struct str name)
{
    return arena_fmt(op->w->a, "%.*s/%.*s", STR_ARG(prefix), STR_ARG(name));
}

/* ---- May this field be written ---- */

static bool field_is_ours(const struct op *op, const struct field *f)
{
    bool quiet = op->depth > 0 || op->w->plan->mode != MODE_USER;
    return !f->system && f->derived.kind == DERIVED_NO && (quiet || !f->read_only);
}

static int check_owner(struct op *op, const struct type *t, const struct field *f, struct str at)
{
    struct records *rs = op->w->rs;
    if (rs->owner == NULL || !op_by_user(op) || op->before == NULL)
        return 0;
    struct value origin = op->before->values[SYS_ORIGIN];
    if (origin.kind != VALUE_STRING || str_empty(origin.s))
        return 0;
    struct str system = rs->owner(rs->owner_ctx, t, origin.s, f, op->w->a);
    if (str_empty(system))
        return 0;
    return PROBLEM_AT(op->w->why, WHERE_POINTER, at, OWNED_OUTSIDE, ARG("field", op_field_label(op, f)),
                      ARG("system", system));
}

static int check_writable(struct op *op, const struct type *t, const struct field *f, struct str at)
{
    struct problem *why = op->w->why;
    if (op_by_user(op) && f->sensitivity > op->level)
        return PROBLEM_AT(why, WHERE_POINTER, at, NO_RIGHT_FIELD, ARG("field", op_field_label(op, f)));
    if (!field_is_ours(op, f))
        return PROBLEM_AT(why, WHERE_POINTER, at, READ_ONLY, ARG("field", op_field_label(op, f)));
    return check_owner(op, t, f, at);
}

static int check_immutable(struct op *op, const struct field *f, struct str at)
{
    if (op->before == NULL || op->depth > 0 || !op_is_live(op))
        return 0;
    struct value state = op->before->values[SYS_STATE];
    for (size_t i = 0; i < f->immutable_after_len && state.kind == VALUE_STRING; i++) {
        if (!str_eq(f->immutable_after[i], state.s))
            continue;
        const struct state *s = type_state(op->type, state.s);
        return PROBLEM_AT(op->w->why, WHERE_POINTER, at, IMMUTABLE, ARG("field", op_field_label(op, f)),
                          ARG("state", s != NULL ? s->label.text[op_lang(op)] : state.s));
    }
    return 0;
}

/* ---- Values ---- */

static int secret_typed(struct op *op, const struct record *before, const struct record *r, const struct field *f,
                        struct value *v)
{
    struct write *w = op->w;
    struct str old;
    if (v->kind != VALUE_STRING)
        return 0;
    /* Sealing the same text again would look like a change. */
    if (before != NULL && before->values[f->index].kind == VALUE_STRING) {
        int err = record_secret(w->rs, w->tx, r->type, r->values[SYS_ID].s, f, w->a, &old);
        if (err == 0 && str_eq(old, v->s)) {
            *v = before->values[f->index];
            return 0;
        }
    }
    *v = value_str(secret_seal(w->rs, r->type, r->values[SYS_ID].s, f, v->s, w->a));
    return 0;
}

static int apply_field(struct op *op, const struct record *before, struct record *r, const struct field *f,
                       struct value in, struct str at)
{
    struct value typed = value_null();
    int err;
    if (f->kind == FIELD_LINES) {
        err = op_apply_lines(op, f, in, at);
        return err < 0 || before == NULL || record_field_same(op, before, r, f) ? err : check_immutable(op, f, at);
    }
    err = field_from_json(f, in, op->w->a, at, &typed, op->w->why);
    if (err < 0)
        return err;
    if (typed.kind == VALUE_LIST && typed.list.len == 0)
        typed = value_null();
    if (f->kind == FIELD_SECRET) {
        err = secret_typed(op, before, r, f, &typed);
        if (err < 0)
            return err;
    }
    if (before != NULL && !value_same(before->values[f->index], typed)) {
        err = check_immutable(op, f, at);
        if (err < 0)
            return err;
    }
    r->values[f->index] = typed;
    return 0;
}

int op_apply_map(struct op *op, const struct record *before, struct record *r, struct value map, struct str prefix,
                 bool *given)
{
    const struct type *t = r->type;
    int first = 0;
    if (map.kind == VALUE_NULL)
        return 0;
    if (map.kind != VALUE_MAP)
        return PROBLEM_AT(op->w->why, WHERE_POINTER, prefix, WRONG_TYPE, ARG("field", op_type_label(op, t)),
                          ARG("expected", STR("object")));
    for (size_t i = 0; i < map.map.len; i++) {
        struct str name = map.map.keys[i].s;
        const struct field *f = type_field(t, name);
        struct str at = op_pointer(op, prefix, name);
        int err;
        if (t->part_of != NULL && str_is(name, "id"))
            continue;
        if (f == NULL) {
            err = PROBLEM_AT(op->w->why, WHERE_POINTER, at, UNKNOWN_FIELD, ARG("type", op_type_label(op, t)),
                             ARG("field", name));
        } else {
            given[f->index] = true;
            err = check_writable(op, t, f, at);
            if (err == 0)
                err = apply_field(op, before, r, f, map.map.values[i], at);
        }
        if (!gather(&first, err))
            return err;
    }
    return first;
}

int op_apply_values(struct op *op)
{
    op->given = arena_array(op->w->a, bool, op->type->fields_len);
    return op_apply_map(op, op->before, op->after, op->change->values, STR_NULL, op->given);
}

/* ---- Defaults, required ---- */

int op_defaults(struct op *op, struct record *r, const bool *given)
{
    struct write *w = op->w;
    struct record_scope scope = {.rs = w->rs, .tx = w->tx, .record = r, .actor = w->plan->actor};
    for (size_t i = SYS_COUNT; i < r->type->fields_len; i++) {
        const struct field *f = &r->type->fields[i];
        if (given[i] || f->derived.kind != DERIVED_NO || f->kind == FIELD_LINES)
            continue;
        if (f->def_expr == NULL) {
            r->values[i] = f->def;
            continue;
        }
        struct value v = value_null();
        int err = record_eval(&scope, f->def_expr, w->a, &v, w->why);
        if (err == 0)
            err = field_from_json(f, v, w->a, op_pointer(op, STR_NULL, f->name), &r->values[i], w->why);
        if (err < 0)
            return err;
    }
    return 0;
}

static bool is_missing(const struct field *f, struct value v)
{
    return value_is_null(v) || (field_is_many(f) && v.kind == VALUE_LIST && v.list.len == 0) ||
           (f->kind == FIELD_TEXT && v.kind == VALUE_STRING && v.s.len == 0);
}

int op_check_required(struct op *op, const struct record *r, const bool *given, bool created, struct str prefix)
{
    int first = 0;
    for (size_t i = SYS_COUNT; i < r->type->fields_len; i++) {
        const struct field *f = &r->type->fields[i];
        if (!f->required || f->derived.kind != DERIVED_NO || f->kind == FIELD_LINES || (!created && !given[i]))
            continue;
        /* Nobody but the system can fill it, so nobody else can be asked to. */
        if (f->read_only && op_by_user(op))
            continue;
        if (is_missing(f, r->values[i]))
            (void)gather(&first, PROBLEM_AT(op->w->why, WHERE_POINTER, op_pointer(op, prefix, f->name), REQUIRED,
                                            ARG("field", op_field_label(op, f))));
    }
    return first;
}

/* ---- Links ---- */

/* 0: there and to be seen; ERR_NOT_FOUND; another error. */
static int link_target(struct op *op, const struct type *to, struct str id)
{
    struct write *w = op->w;
    const struct actor *actor = w->plan->actor;
    int64_t there = 0;
    /* Everybody knows himself, as the user and the employee that he is: his id names nothing of another type. */
    if ((str_is(to->name, "user") && str_eq(id, actor->id)) ||
        (str_is(to->name, "employee") && !str_empty(actor->employee) && str_eq(id, actor->employee)))
        return 0;
    if (op_by_user(op) && !record_may_all(actor, to, RIGHT_READ)) {
        int err = access_check(w->rs, w->tx, to, actor, RIGHT_READ, id);
        return err == ERR_FORBIDDEN ? ERR_NOT_FOUND : err;
    }
    CLEANUP(buf_release) struct buf sql = {0};
    buf_init(&sql, 1024);
    buf_addf(&sql, "SELECT 1 FROM %.*s WHERE \"id\" = ?", STR_ARG(type_sql(w->rs, to)->table));
    bool own_company = op_by_user(op) && !actor->admin;
    if (own_company)
        buf_add_cstr(&sql, " AND \"company\" = ?");
    struct value values[] = {value_str(id), value_str(actor->company)};
    int err = db_query_i64(w->tx, buf_str(&sql), values, own_company ? 2 : 1, 0, &there);
    if (err < 0)
        return err;
    return there == 1 ? 0 : ERR_NOT_FOUND;
}

static int check_link(struct op *op, const struct field *f, const struct type *to, struct str id, struct str prefix)
{
    int err = to == NULL ? 0 : link_target(op, to, id);
    if (err != ERR_NOT_FOUND)
        return err;
    return PROBLEM_AT(op->w->why, WHERE_POINTER, op_pointer(op, prefix, f->name), LINK_TO_NOTHING,
                      ARG("field", op_field_label(op, f)), ARG("type", op_type_label(op, to)));
}

static int check_link_any(struct op *op, const struct field *f, struct value v, struct str prefix)
{
    const struct value *type = value_map_get(v, STR("type")), *id = value_map_get(v, STR("id"));
    const struct type *to = type != NULL && type->kind == VALUE_STRING ? meta_type(op->w->rs->meta, type->s) : NULL;
    if (to != NULL && id != NULL && id->kind == VALUE_STRING)
        return check_link(op, f, to, id->s, prefix);
    return PROBLEM_AT(op->w->why, WHERE_POINTER, op_pointer(op, prefix, f->name), LINK_TO_NOTHING,
                      ARG("field", op_field_label(op, f)),
                      ARG("type", type != NULL && type->kind == VALUE_STRING ? type->s : STR("?")));
}

static bool list_holds(struct value list, struct value item)
{
    for (size_t i = 0; list.kind == VALUE_LIST && i < list.list.len; i++) {
        if (value_same(list.list.items[i], item))
            return true;
    }
    return false;
}

static int check_links_of(struct op *op, const struct field *f, struct value old, struct value v, struct str prefix)
{
    if (f->kind == FIELD_LINK_ANY)
        return v.kind == VALUE_MAP ? check_link_any(op, f, v, prefix) : 0;
    if (v.kind == VALUE_STRING)
        return check_link(op, f, f->to, v.s, prefix);
    for (size_t i = 0; v.kind == VALUE_LIST && i < v.list.len; i++) {
        if (list_holds(old, v.list.items[i]))
            continue;
        int err = check_link(op, f, f->to, v.list.items[i].s, prefix);
        if (err < 0)
            return err;
    }
    return 0;
}

int op_check_links(struct op *op, const struct record *before, const struct record *after, struct str prefix)
{
    int first = 0;
    for (size_t i = SYS_COUNT; i < after->type->fields_len; i++) {
        const struct field *f = &after->type->fields[i];
        if (f->kind != FIELD_LINK && f->kind != FIELD_USER && f->kind != FIELD_LINK_ANY)
            continue;
        struct value old = before != NULL ? before->values[i] : value_null();
        if (value_is_null(after->values[i]) || value_same(old, after->values[i]))
            continue;
        int err = check_links_of(op, f, old, after->values[i], prefix);
        if (!gather(&first, err))
            return err;
    }
    return first;
}

/* ---- Uniqueness, within the company ---- */

static int check_unique(struct op *op, const struct field *f, const struct record *r, struct str prefix)
{
    struct write *w = op->w;
    struct value columns[3];
    int64_t taken;
    CLEANUP(buf_release) struct buf sql = {0};
    buf_init(&sql, 1024);
    buf_addf(&sql, "SELECT 1 FROM %.*s WHERE \"company\" = ? AND \"%.*s\" = ? AND \"id\" <> ?",
             STR_ARG(type_sql(w->rs, r->type)->table), STR_ARG(f->name));
    (void)field_to_columns(f, r->values[f->index], columns);
    int err =
        db_query_i64(w->tx, buf_str(&sql), DB_VALUES(r->values[SYS_COMPANY], columns[0], r->values[SYS_ID]), 0, &taken);
    if (err < 0 || taken == 0)
        return err;
    return PROBLEM_AT(w->why, WHERE_POINTER, op_pointer(op, prefix, f->name), NOT_UNIQUE,
                      ARG("type", op_type_label(op, r->type)), ARG("field", op_field_label(op, f)));
}

int op_check_unique(struct op *op, const struct record *before, const struct record *after, struct str prefix)
{
    int first = 0;
    for (size_t i = SYS_COUNT; i < after->type->fields_len; i++) {
        const struct field *f = &after->type->fields[i];
        if (!f->unique || !field_has_column(f) || value_is_null(after->values[i]))
            continue;
        if (before != NULL && value_same(before->values[i], after->values[i]))
            continue;
        int err = check_unique(op, f, after, prefix);
        if (!gather(&first, err))
            return err;
    }
    return first;
}
