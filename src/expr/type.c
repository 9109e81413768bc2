/*
 * Types: their names and letters, copies, which go together, and the type of one or the other.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "expr/expr_internal.h"

/* Indexed by enum expr_type_kind: a letter for signatures, and the name as CEL's type() gives it. */
static const struct {
    char letter;
    const char *name;
} KINDS[] = {
    [TYPE_DYN] = {'*', "dyn"},
    [TYPE_NULL] = {'n', "null_type"},
    [TYPE_BOOL] = {'b', "bool"},
    [TYPE_INT] = {'i', "int"},
    [TYPE_UINT] = {'u', "uint"},
    [TYPE_DOUBLE] = {'d', "double"},
    [TYPE_STRING] = {'s', "string"},
    [TYPE_BYTES] = {'y', "bytes"},
    [TYPE_TIMESTAMP] = {'t', "google.protobuf.Timestamp"},
    [TYPE_DURATION] = {'r', "google.protobuf.Duration"},
    [TYPE_DATE] = {'D', "date"},
    [TYPE_DECIMAL] = {'c', "decimal"},
    [TYPE_MONEY] = {'m', "money"},
    [TYPE_TYPE] = {'T', "type"},
    [TYPE_LIST] = {'L', "list"},
    [TYPE_MAP] = {'M', "map"},
    [TYPE_OBJECT] = {'O', "object"},
};

static const enum expr_type_kind OF_VALUE[] = {
    [VALUE_NULL] = TYPE_NULL,           [VALUE_BOOL] = TYPE_BOOL,         [VALUE_INT] = TYPE_INT,
    [VALUE_UINT] = TYPE_UINT,           [VALUE_DOUBLE] = TYPE_DOUBLE,     [VALUE_STRING] = TYPE_STRING,
    [VALUE_BYTES] = TYPE_BYTES,         [VALUE_LIST] = TYPE_LIST,         [VALUE_MAP] = TYPE_MAP,
    [VALUE_TIMESTAMP] = TYPE_TIMESTAMP, [VALUE_DURATION] = TYPE_DURATION, [VALUE_DATE] = TYPE_DATE,
    [VALUE_DECIMAL] = TYPE_DECIMAL,     [VALUE_MONEY] = TYPE_MONEY,       [VALUE_TYPE] = TYPE_TYPE,
    [VALUE_OBJECT] = TYPE_OBJECT,
};
STATIC_ASSERT(ARRAY_LEN(OF_VALUE) == VALUE_KINDS, "each kind of value has a type");

char expr_type_letter(enum expr_type_kind kind)
{
    return KINDS[kind].letter;
}
char expr_value_letter(enum value_kind kind)
{
    return KINDS[OF_VALUE[kind]].letter;
}

struct str expr_value_type_name(const struct value *v)
{
    return v->kind == VALUE_OBJECT ? str_of(v->obj.ops->name) : str_of(KINDS[OF_VALUE[v->kind]].name);
}

bool expr_type_ident(struct str name, struct str *ret)
{
    for (int k = TYPE_NULL; k < TYPE_OBJECT; k++) {
        if (str_is(name, KINDS[k].name)) {
            *ret = str_of(KINDS[k].name);
            return true;
        }
    }
    return false;
}

struct str expr_type_name(struct arena *a, struct expr_type t)
{
    if (t.kind == TYPE_LIST && t.a)
        return arena_fmt(a, "list(%.*s)", STR_ARG(expr_type_name(a, *t.a)));
    if (t.kind == TYPE_MAP && t.a && t.b)
        return arena_fmt(a, "map(%.*s, %.*s)", STR_ARG(expr_type_name(a, *t.a)), STR_ARG(expr_type_name(a, *t.b)));
    if (t.kind == TYPE_OBJECT && t.name.len)
        return t.name;
    if (t.kind == TYPE_TIMESTAMP)
        return STR("timestamp");
    return t.kind == TYPE_DURATION ? STR("duration") : str_of(KINDS[t.kind].name);
}

struct expr_type expr_type_copy(struct arena *a, struct expr_type t)
{
    struct expr_type *inner;
    if (t.a) {
        inner = arena_new(a, struct expr_type);
        *inner = expr_type_copy(a, *t.a);
        t.a = inner;
    }
    if (t.b) {
        inner = arena_new(a, struct expr_type);
        *inner = expr_type_copy(a, *t.b);
        t.b = inner;
    }
    if (t.name.len)
        t.name = arena_str(a, t.name);
    return t;
}

static bool inner_fits(const struct expr_type *a, const struct expr_type *b)
{
    return !a || !b || expr_type_fits(*a, *b);
}

bool expr_type_fits(struct expr_type a, struct expr_type b)
{
    if (a.kind == TYPE_DYN || b.kind == TYPE_DYN || a.kind == TYPE_NULL || b.kind == TYPE_NULL)
        return true;
    if (a.kind != b.kind)
        return false;
    if (a.kind == TYPE_OBJECT)
        return !a.name.len || !b.name.len || str_eq(a.name, b.name);
    return inner_fits(a.a, b.a) && inner_fits(a.b, b.b);
}

static bool same(const struct expr_type *a, const struct expr_type *b)
{
    if (!a || !b)
        return a == b;
    return a->kind == b->kind && str_eq(a->name, b->name) && same(a->a, b->a) && same(a->b, b->b);
}

struct expr_type expr_type_join(struct expr_type a, struct expr_type b)
{
    if (a.kind == TYPE_NULL && b.kind != TYPE_NULL) {
        b.nullable = true;
        return b;
    }
    if (b.kind == TYPE_NULL && a.kind != TYPE_NULL) {
        a.nullable = true;
        return a;
    }
    bool nullable = a.nullable || b.nullable;
    struct expr_type t = same(&a, &b) ? a : (struct expr_type){.kind = TYPE_DYN};
    if (a.kind == b.kind && (a.kind == TYPE_LIST || a.kind == TYPE_MAP) && !same(&a, &b))
        t = (struct expr_type){.kind = a.kind}; /* lists of different things: a list of dyn */
    t.nullable = nullable;
    return t;
}
