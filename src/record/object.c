/* Records and actors as objects of expressions; running expressions over them; finding records by an expression. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record_internal.h"
#include "record/write.h"

/* ---- A record, perhaps not loaded yet: of a link only the id is known until a field below it is asked for ---- */

struct record_impl {
    struct records *rs;
    struct db_tx *tx;
    struct arena *arena; /* the life of the object and of what it loads */
    const struct type *type;
    const struct record *record;
    struct str id;
    bool missing;
};

static int record_field(void *impl, struct str name, struct arena *a, struct value *ret);
static bool record_has(void *impl, struct str name);

static struct str record_id(void *impl)
{
    return ((const struct record_impl *)impl)->id;
}

static const struct value_object_ops record_ops = {
    .name = "record", .get = record_field, .has = record_has, .id = record_id};

static struct value object_new(const struct record_impl *from)
{
    struct record_impl *impl = arena_new(from->arena, struct record_impl);
    *impl = *from;
    return (struct value){.kind = VALUE_OBJECT, .obj = {.ops = &record_ops, .impl = impl}};
}

static struct value link_object(const struct record_impl *o, const struct type *to, struct value id)
{
    if (id.kind != VALUE_STRING || to == NULL)
        return id;
    return object_new(&(struct record_impl){.rs = o->rs, .tx = o->tx, .arena = o->arena, .type = to, .id = id.s});
}

struct value record_object(struct records *rs, struct db_tx *tx, const struct record *r, struct arena *a)
{
    return object_new(
        &(struct record_impl){.rs = rs, .tx = tx, .arena = a, .type = r->type, .record = r, .id = r->values[SYS_ID].s});
}

static struct value lines_value(const struct record_impl *o, const struct field *f)
{
    const struct record *r = o->record;
    size_t len = r->lines != NULL ? r->lines_len[f->index] : 0;
    struct value *items = arena_array(o->arena, struct value, len);
    for (size_t i = 0; i < len; i++)
        items[i] = record_object(o->rs, o->tx, &r->lines[f->index][i], o->arena);
    return value_list_of(o->arena, items, len);
}

static struct value many_value(const struct record_impl *o, const struct field *f, struct value v)
{
    if (v.kind != VALUE_LIST)
        return value_list_of(o->arena, NULL, 0); /* a list is empty rather than null */
    if (f->kind != FIELD_LINK && f->kind != FIELD_USER)
        return v;
    struct value *items = arena_array(o->arena, struct value, v.list.len);
    for (size_t i = 0; i < v.list.len; i++)
        items[i] = link_object(o, f->to, v.list.items[i]);
    return value_list_of(o->arena, items, v.list.len);
}

static struct value link_any_object(const struct record_impl *o, struct value v)
{
    const struct value *type = v.kind == VALUE_MAP ? value_map_get(v, STR("type")) : NULL;
    const struct value *id = v.kind == VALUE_MAP ? value_map_get(v, STR("id")) : NULL;
    const struct type *t = type != NULL && type->kind == VALUE_STRING ? meta_type(o->rs->meta, type->s) : NULL;
    if (t == NULL || id == NULL)
        return value_null();
    return link_object(o, t, *id);
}

static struct value field_object(const struct record_impl *o, const struct field *f)
{
    struct value v = o->record->values[f->index];
    if (f->kind == FIELD_LINES)
        return lines_value(o, f);
    if (field_is_many(f))
        return many_value(o, f, v);
    if (f->kind == FIELD_LINK || f->kind == FIELD_USER)
        return link_object(o, f->to, v);
    if (f->kind == FIELD_LINK_ANY)
        return link_any_object(o, v);
    if (f->kind == FIELD_SECRET)
        return value_null();
    return v;
}

/* The document that a line belongs to: no field of the line, yet what rules about the line must ask. */
static int line_document(const struct record_impl *o, struct value *ret)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    struct str sql =
        arena_fmt(o->arena, "SELECT \"parent\" FROM %.*s WHERE \"id\" = ?", STR_ARG(type_sql(o->rs, o->type)->table));
    if (o->tx == NULL)
        return ERR_NOT_FOUND;
    int err = db_prepare(o->tx, sql, &st);
    if (err < 0)
        return err;
    db_bind_str(st, 1, o->id);
    err = db_step(st);
    if (err == 1)
        *ret = link_object(o, o->type->part_of, value_str(db_col_copy(st, 0, o->arena)));
    return err == 1 ? 0 : err < 0 ? err : ERR_NOT_FOUND;
}

static int record_field(void *impl, struct str name, struct arena *a, struct value *ret)
{
    struct record_impl *o = impl;
    const struct field *f = type_field(o->type, name);
    (void)a;
    if (f == NULL && o->type->part_of != NULL && str_is(name, "parent"))
        return line_document(o, ret);
    if (f == NULL)
        return ERR_NOT_FOUND;
    if (f->index == SYS_ID) {
        *ret = value_str(o->id);
        return 0;
    }
    if (o->record == NULL && !o->missing) {
        struct record *r;
        int err = o->tx == NULL ? ERR_NOT_FOUND : record_load(o->rs, o->tx, o->type, o->id, o->arena, &r);
        if (err < 0 && err != ERR_NOT_FOUND)
            return err;
        o->missing = err < 0;
        o->record = err < 0 ? NULL : r;
    }
    *ret = o->missing ? value_null() : field_object(o, f);
    return 0;
}

static bool record_has(void *impl, struct str name)
{
    struct value v;
    if (record_field(impl, name, NULL, &v) < 0)
        return false;
    if (v.kind == VALUE_LIST)
        return v.list.len > 0;
    return !value_is_null(v);
}

/* ---- An actor ---- */

struct actor_impl {
    const struct record_scope *scope;
    struct arena *arena;
};

static struct value actor_link(const struct actor_impl *o, const char *type, struct str id)
{
    const struct record_scope *s = o->scope;
    struct record_impl from = {.rs = s->rs, .tx = s->tx, .arena = o->arena};
    if (str_empty(id))
        return value_null();
    return link_object(&from, meta_type(s->rs->meta, str_of(type)), value_str(id));
}

static int actor_field(void *impl, struct str name, struct arena *a, struct value *ret)
{
    const struct actor_impl *o = impl;
    const struct actor *who = o->scope->actor;
    if (str_is(name, "id")) {
        *ret = value_str(who->id);
    } else if (str_is(name, "name")) {
        *ret = value_str(who->name);
    } else if (str_is(name, "employee")) {
        *ret = actor_link(o, "employee", who->employee);
    } else if (str_is(name, "company")) {
        *ret = actor_link(o, "company", who->company);
    } else if (str_is(name, "roles")) {
        struct value *items = arena_array(a, struct value, who->roles_len);
        for (size_t i = 0; i < who->roles_len; i++)
            items[i] = value_str(who->roles[i]);
        *ret = value_list_of(a, items, who->roles_len);
    } else {
        return ERR_NOT_FOUND;
    }
    return 0;
}

static bool actor_has(void *impl, struct str name)
{
    const struct actor_impl *o = impl;
    struct value v;
    return actor_field(impl, name, o->arena, &v) == 0 && !value_is_null(v);
}

static struct str actor_id(void *impl)
{
    return ((const struct actor_impl *)impl)->scope->actor->id;
}

static const struct value_object_ops actor_ops = {
    .name = "actor", .get = actor_field, .has = actor_has, .id = actor_id};

static struct value actor_object(const struct record_scope *s, struct arena *a)
{
    if (s->actor == NULL)
        return value_null();
    struct actor_impl *impl = arena_new(a, struct actor_impl);
    *impl = (struct actor_impl){.scope = s, .arena = a};
    return (struct value){.kind = VALUE_OBJECT, .obj = {.ops = &actor_ops, .impl = impl}};
}

/* ---- Running ---- */

static int scope_lookup(void *arg, struct str name, struct arena *a, struct value *ret)
{
    const struct record_scope *s = arg;
    for (size_t i = 0; i < s->len; i++) {
        if (str_is(name, s->names[i].name)) {
            *ret = s->values[i];
            return 0;
        }
    }
    if (str_is(name, "actor")) {
        *ret = actor_object(s, a);
        return 0;
    }
    if (s->record == NULL)
        return ERR_NOT_FOUND;
    struct record_impl o = {.rs = s->rs,
                            .tx = s->tx,
                            .arena = a,
                            .type = s->record->type,
                            .record = s->record,
                            .id = s->record->values[SYS_ID].s};
    return record_field(&o, name, a, ret);
}

static struct expr_run run_of(const struct record_scope *s, struct arena *a)
{
    int64_t today = s->today_days;
    if (today == 0) {
        struct str company = STR_NULL;
        if (s->record != NULL && s->record->values[SYS_COMPANY].kind == VALUE_STRING)
            company = s->record->values[SYS_COMPANY].s;
        else if (s->actor != NULL)
            company = s->actor->company;
        today = company_today(s->rs, s->tx, company);
    }
    return (struct expr_run){
        .lookup = scope_lookup, .arg = (void *)(uintptr_t)s, .now_ms = clock_now_ms(), .today_days = today, .arena = a};
}

int record_eval(const struct record_scope *s, const struct expr *e, struct arena *a, struct value *ret,
                struct problem *why)
{
    struct expr_run run = run_of(s, a);
    return expr_eval(e, &run, ret, why);
}

int record_eval_bool(const struct record_scope *s, const struct expr *e, struct arena *a, bool *ret,
                     struct problem *why)
{
    struct expr_run run = run_of(s, a);
    return expr_eval_bool(e, &run, ret, why);
}

/* ---- Finding ---- */

struct find_env {
    const struct record_scope *scope;
    const struct type *type;
};

/* A variable of the scope with this first name hides the type's own field. */
static const struct value *scope_value(const struct record_scope *s, struct str head)
{
    for (size_t i = 0; i < s->len; i++) {
        if (str_is(head, s->names[i].name))
            return &s->values[i];
    }
    return NULL;
}

static int find_column(void *arg, struct str path, struct buf *sql)
{
    const struct find_env *env = arg;
    struct str head;
    (void)str_cut(path, '.', &head);
    if (scope_value(env->scope, head) != NULL || scope_value(env->scope, path) != NULL)
        return ERR_NOT_FOUND;
    return path_sql(env->scope->rs, env->type, "t", path, sql);
}

static int value_below(struct value v, struct str rest, struct arena *a, struct value *ret)
{
    while (!str_empty(rest)) {
        struct str head;
        rest = str_cut(rest, '.', &head);
        if (v.kind == VALUE_OBJECT) {
            int err = v.obj.ops->get(v.obj.impl, head, a, &v);
            if (err < 0 && err != ERR_NOT_FOUND)
                return err;
            if (err < 0)
                v = value_null();
        } else if (v.kind == VALUE_MAP) {
            const struct value *below = value_map_get(v, head);
            v = below != NULL ? *below : value_null();
        } else {
            v = value_null();
        }
    }
    if (v.kind == VALUE_OBJECT && v.obj.ops->id != NULL)
        v = value_str(v.obj.ops->id(v.obj.impl));
    *ret = v;
    return 0;
}

static int find_constant(void *arg, struct str path, struct arena *a, struct value *ret)
{
    const struct find_env *env = arg;
    struct str head, rest = str_cut(path, '.', &head);
    const struct value *v = scope_value(env->scope, path);
    if (v != NULL)
        return value_below(*v, STR_NULL, a, ret);
    v = scope_value(env->scope, head);
    if (v != NULL)
        return value_below(*v, rest, a, ret);
    if (str_is(head, "actor") && env->scope->actor != NULL)
        return value_below(actor_object(env->scope, a), rest, a, ret);
    return ERR_NOT_FOUND;
}

static int find_rows(const struct record_scope *s, const struct type *type, struct str sql,
                     const struct expr_binds *binds, struct arena *a, struct record ***ret, size_t *ret_len)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    VEC(struct record *) found = {0};
    int err = db_prepare(s->tx, sql, &st);
    if (err < 0)
        return err;
    for (size_t i = 0; i < binds->len; i++)
        db_bind(st, (int)i + 1, binds->items[i]);
    while ((err = db_step(st)) == 1)
        vec_push(a, &found, row_decode(st, 0, type, a));
    if (err < 0)
        return err;
    err = row_fill(s->rs, s->tx, found.items, found.len, a);
    if (err < 0)
        return err;
    *ret = found.items;
    *ret_len = found.len;
    return 0;
}

int record_find(const struct record_scope *s, const struct type *type, const struct expr *where, size_t limit,
                struct arena *a, struct record ***ret, size_t *ret_len, struct problem *why)
{
    CLEANUP(buf_release) struct buf sql = {0};
    struct expr_binds binds = {0};
    struct find_env env = {.scope = s, .type = type};
    struct expr_sql_env sql_env = {.column = find_column, .constant = find_constant, .arg = &env};
    const struct type_sql *ts = type_sql(s->rs, type);

    buf_init(&sql, 1 << 20);
    buf_addf(&sql, "SELECT %.*s FROM %.*s t WHERE ", STR_ARG(ts->columns), STR_ARG(ts->table));
    if (where != NULL) {
        int err = expr_to_sql(where, &sql_env, a, &sql, &binds, why);
        if (err < 0)
            return err;
    } else {
        buf_add_cstr(&sql, "(1=1)");
    }
    if (s->actor != NULL && !str_empty(s->actor->company)) {
        buf_add_cstr(&sql, " AND t.\"company\" = ?");
        binds_add(a, &binds, value_str(s->actor->company));
    }
    buf_add_cstr(&sql, " ORDER BY t.\"id\" LIMIT ?");
    binds_add(a, &binds, value_int(limit > INT32_MAX ? INT32_MAX : (int64_t)limit));
    return find_rows(s, type, buf_str(&sql), &binds, a, ret, ret_len);
}
