/*
 * Expressions of a model: what they may name, compiled over a type, tried as SQL where rows are chosen by them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "meta/meta_internal.h"

/* ---- The environment ---- */

static const struct expr_type type_string = {.kind = TYPE_STRING};

/* System fields that a type does not use would only mislead. */
static bool field_in_expr(const struct type *t, const struct field *f)
{
    if (f->kind == FIELD_SECRET)
        return false;
    if (f->system && f->index == SYS_NUMBER)
        return !str_empty(t->number);
    if (f->system && f->index == SYS_STATE)
        return t->states_len > 0;
    return true;
}

struct expr_type field_expr_type(const struct field *f)
{
    static const enum expr_type_kind kinds[FIELD_KINDS] = {
        [FIELD_TEXT] = TYPE_STRING,     [FIELD_RICH] = TYPE_STRING,   [FIELD_INT] = TYPE_INT,
        [FIELD_DECIMAL] = TYPE_DECIMAL, [FIELD_MONEY] = TYPE_MONEY,   [FIELD_PERCENT] = TYPE_DECIMAL,
        [FIELD_BOOL] = TYPE_BOOL,       [FIELD_DATE] = TYPE_DATE,     [FIELD_DATETIME] = TYPE_TIMESTAMP,
        [FIELD_DURATION] = TYPE_INT,    [FIELD_SELECT] = TYPE_STRING, [FIELD_MULTISELECT] = TYPE_LIST,
        [FIELD_TAGS] = TYPE_LIST,       [FIELD_LINK] = TYPE_OBJECT,   [FIELD_LINK_ANY] = TYPE_DYN,
        [FIELD_USER] = TYPE_OBJECT,     [FIELD_LINES] = TYPE_LIST,    [FIELD_JSON] = TYPE_DYN,
        [FIELD_SECRET] = TYPE_STRING,
    };
    /* A sum of nothing is zero, and lists are empty rather than null. */
    bool summed = f->derived.kind != DERIVED_NO && f->derived.kind != DERIVED_EXPR;
    struct expr_type t = {.kind = kinds[f->kind]};
    bool system = f->system && f->index != SYS_NUMBER && f->index != SYS_ORIGIN && f->index != SYS_STATE;
    t.nullable = !f->required && !summed && !system && t.kind != TYPE_LIST;
    if (t.kind == TYPE_OBJECT) {
        if (!f->to)
            t.kind = TYPE_STRING; /* a model without users or companies: an id is all there is */
        else
            t.name = f->to->name;
    }
    if (f->many || f->kind == FIELD_LINES)
        return (struct expr_type){.kind = TYPE_LIST, .a = f->to ? &f->to->object : &type_string};
    if (t.kind == TYPE_LIST)
        t.a = &type_string;
    return t;
}

/* An object of a type that the model may not have. */
static struct expr_type object_or_id(const struct meta *m, struct str type, bool nullable)
{
    struct expr_type t = meta_type(m, type) ? meta_type(m, type)->object : type_string;
    t.nullable = nullable;
    return t;
}

static int actor_field(const struct meta *m, struct str name, struct expr_type *ret)
{
    if (str_is(name, "id") || str_is(name, "name"))
        *ret = type_string;
    else if (str_is(name, "roles"))
        *ret = (struct expr_type){.kind = TYPE_LIST, .a = &type_string};
    else if (str_is(name, "employee"))
        *ret = object_or_id(m, name, true);
    else if (str_is(name, "company"))
        *ret = object_or_id(m, name, false);
    else
        return ERR_NOT_FOUND;
    return 0;
}

static int env_field(void *arg, struct str object, struct str name, struct expr_type *ret)
{
    const struct meta *m = arg;
    if (str_is(object, "actor"))
        return actor_field(m, name, ret);
    const struct type *t = meta_type(m, object);
    const struct field *f = t ? type_field(t, name) : NULL;
    if (!f || !field_in_expr(t, f))
        return ERR_NOT_FOUND;
    *ret = field_expr_type(f);
    return 0;
}

static int compile_over(const struct meta *m, struct arena *a, const struct type *type, struct str text,
                        enum env_actor actor, const struct expr_var *more, size_t more_len,
                        const struct expr_type *want, struct expr **ret, struct problem *why)
{
    size_t fields = type ? type->fields_len : 0, len = 0;
    struct expr_var *vars = arena_array(a, struct expr_var, fields + more_len + 1);
    for (size_t i = 0; i < fields; i++) {
        const struct field *f = &type->fields[i];
        if (field_in_expr(type, f))
            vars[len++] = (struct expr_var){.name = arena_cstr(a, f->name), .type = field_expr_type(f)};
    }
    if (actor == WITH_ACTOR)
        vars[len++] = (struct expr_var){.name = "actor", .type = {.kind = TYPE_OBJECT, .name = STR("actor")}};
    for (size_t i = 0; i < more_len; i++)
        vars[len++] = more[i];
    struct expr_env env = {.vars = vars, .vars_len = len, .field = env_field, .arg = (void *)(uintptr_t)m};
    return expr_compile(a, text, &env, want, ret, why);
}

int meta_compile(const struct meta *m, struct arena *a, const struct type *type, struct str text,
                 const struct expr_var *more, size_t more_len, const struct expr_type *want, struct expr **ret,
                 struct problem *why)
{
    return compile_over(m, a, type, text, WITH_ACTOR, more, more_len, want, ret, why);
}

/* ---- In a file ---- */

void problem_move(struct loader *l, const struct yaml_node *at, const struct problem *from)
{
    struct str reason = str_of(err_title(from->err ? from->err : ERR_INVALID, LANG_EN));
    if (from->message != MSG_NONE)
        (void)yaml_problem(l->why, at, from->message, from->args);
    else if (from->items)
        (void)yaml_problem(l->why, at, from->items->message, from->items->args);
    else
        BAD(l, at, MODEL_RULE, ARG("reason", reason));
}

const struct expr *expr_read(struct loader *l, const struct type *t, const struct yaml_node *at, enum env_actor actor,
                             const struct expr_type *want)
{
    struct problem why;
    problem_init(&why, l->a);
    if (at->kind != YAML_SCALAR) {
        BAD(l, at, YAML_WRONG_KIND, ARG("key", STR("…")), ARG("expected", STR("\"CEL\"")));
        return NULL;
    }
    struct expr *e;
    int err = compile_over(l->m, l->a, t, at->text, actor, NULL, 0, want, &e, &why);
    if (err == 0)
        return e;
    why.err = err;
    problem_move(l, at, &why);
    return NULL;
}

const struct expr *expr_read_bool(struct loader *l, const struct type *t, const struct yaml_node *at,
                                  enum env_actor actor)
{
    static const struct expr_type want = {.kind = TYPE_BOOL, .nullable = true};
    return expr_read(l, t, at, actor, &want);
}

/* ---- Row predicates, tried as SQL ---- */

struct dry_run {
    struct loader *l;
    const struct type *type;
    bool actor;
};

/* Amounts need their currency and decimals their scale beside them, so a bare comparison in SQL would lie. */
static bool field_in_sql(const struct type *t, const struct field *f)
{
    static const unsigned refused = 1u << FIELD_SECRET | 1u << FIELD_JSON | 1u << FIELD_MONEY | 1u << FIELD_DECIMAL |
                                    1u << FIELD_PERCENT | 1u << FIELD_LINK_ANY;
    return field_has_column(f) && !(refused & (1u << f->kind)) && field_in_expr(t, f);
}

static int dry_column(void *arg, struct str path, struct buf *sql)
{
    const struct dry_run *run = arg;
    struct str head, rest = str_cut(path, '.', &head);
    const struct type *t = run->type;
    const struct field *f = type_field(t, head);
    if (f && !str_empty(rest) && (f->kind == FIELD_LINK || f->kind == FIELD_USER) && !f->many && f->to) {
        t = f->to;
        f = type_field(t, rest);
    } else if (!str_empty(rest)) {
        return ERR_NOT_FOUND;
    }
    if (!f || !field_in_sql(t, f))
        return ERR_NOT_FOUND;
    return buf_add_cstr(sql, "c");
}

static int dry_constant(void *arg, struct str path, struct arena *a, struct value *ret)
{
    const struct dry_run *run = arg;
    struct str head, rest = str_cut(path, '.', &head);
    struct expr_type t;
    if (!run->actor || !str_is(head, "actor") || actor_field(run->l->m, rest, &t) < 0)
        return ERR_NOT_FOUND;
    *ret = value_str(STR("x"));
    if (t.kind == TYPE_LIST)
        *ret = value_list_of(a, ret, 0);
    return 0;
}

const struct expr *expr_read_where(struct loader *l, const struct type *t, const struct yaml_node *at,
                                   enum env_actor actor)
{
    enum { SQL_BYTES_MAX = 1 << 18 };
    const struct expr *e = expr_read_bool(l, t, at, actor);
    if (!e)
        return NULL;
    CLEANUP(buf_release) struct buf sql = {0};
    buf_init(&sql, SQL_BYTES_MAX);
    struct dry_run run = {.l = l, .type = t, .actor = actor == WITH_ACTOR};
    struct expr_sql_env env = {.column = dry_column, .constant = dry_constant, .arg = &run};
    struct expr_binds binds = {0};
    struct problem why;
    problem_init(&why, l->a);
    int err = expr_to_sql(e, &env, l->a, &sql, &binds, &why);
    if (err == 0)
        return e;
    why.err = err;
    problem_move(l, at, &why);
    return NULL;
}

/* ---- Values for fields ---- */

static const char *expr_kind_name(enum expr_type_kind k)
{
    static const char *const names[] = {
        [TYPE_DYN] = "dyn",           [TYPE_NULL] = "null",     [TYPE_BOOL] = "bool",
        [TYPE_INT] = "int",           [TYPE_UINT] = "uint",     [TYPE_DOUBLE] = "double",
        [TYPE_STRING] = "string",     [TYPE_BYTES] = "bytes",   [TYPE_TIMESTAMP] = "timestamp",
        [TYPE_DURATION] = "duration", [TYPE_DATE] = "date",     [TYPE_DECIMAL] = "decimal",
        [TYPE_MONEY] = "money",       [TYPE_TYPE] = "type",     [TYPE_LIST] = "list",
        [TYPE_MAP] = "map",           [TYPE_OBJECT] = "record",
    };
    return names[k];
}

static bool assignable(const struct field *f, struct expr_type is)
{
    struct expr_type to = field_expr_type(f);
    if (is.kind == TYPE_DYN || is.kind == TYPE_NULL || to.kind == TYPE_DYN)
        return true;
    if (to.kind == TYPE_OBJECT && is.kind == TYPE_STRING)
        return true;
    if (to.kind == TYPE_OBJECT && is.kind == TYPE_OBJECT)
        return str_eq(is.name, to.name) || (str_is(is.name, "actor") && f->to && str_is(f->to->name, "user"));
    if (f->kind == FIELD_DURATION && is.kind == TYPE_DURATION)
        return true;
    return to.kind == is.kind;
}

static void path_note(void *arg, struct str path)
{
    (void)path;
    *(bool *)arg = true;
}

static int no_variable(void *arg, struct str name, struct arena *a, struct value *ret)
{
    (void)arg, (void)name, (void)a, (void)ret;
    return ERR_NOT_FOUND;
}

/* What reads nothing is known already, so that 'finnance' for a select is found when the model is read. */
static void constant_check(struct loader *l, const struct yaml_node *at, const struct field *f, const struct expr *e)
{
    bool reads = false;
    expr_paths(e, path_note, &reads);
    struct expr_run run = {.lookup = no_variable, .arena = l->a};
    struct value v, typed;
    struct problem why;
    problem_init(&why, l->a);
    if (reads || expr_eval(e, &run, &v, &why) < 0 || value_is_null(v))
        return;
    if (field_from_json(f, v, l->a, f->name, &typed, &why) < 0)
        problem_move(l, at, &why);
}

void assign_check(struct loader *l, const struct yaml_node *at, const struct field *f, const struct expr *e)
{
    struct expr_type is = expr_result_type(e);
    if (assignable(f, is)) {
        constant_check(l, at, f, e);
        return;
    }
    struct str actual = is.kind == TYPE_OBJECT ? is.name : str_of(expr_kind_name(is.kind));
    BAD(l, at, MODEL_VALUE_KIND, ARG("field", f->name), ARG("expected", str_of(field_kind_name(f->kind))),
        ARG("actual", actual));
}
