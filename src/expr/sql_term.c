/*
 * Values in SQL: bound constants, columns, sums of ints, and predicates as 0 or 1.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "expr/sql_internal.h"

/*
 * A sum that does not fit 64 bits is missing, as under the null rule. SQLite makes it a real number, and a real stays
 * real in further sums, so that one look at the whole is enough. PostgreSQL, which raises an error instead, will need
 * another form here.
 */
static const char SUM_OPEN[] = "CASE WHEN typeof(", SUM_THEN[] = ") = 'integer' THEN ", SUM_CLOSE[] = " END";

static bool is_sum(const struct node *n)
{
    return n->kind == NODE_CALL && (str_is(n->name, "_+_") || str_is(n->name, "_-_") || str_is(n->name, "-_"));
}

static bool is_predicate(const struct node *n)
{
    return n->kind == NODE_AND || n->kind == NODE_OR || n->kind == NODE_HAS ||
           (n->kind == NODE_CALL && n->fn && (n->fn->flags & FN_BOOL));
}

static int known_kind(struct sql *s, const struct node *n, const struct value *v, enum expr_type_kind *ret)
{
    switch (v->kind) {
    case VALUE_NULL:
        *ret = TYPE_NULL;
        return 0;
    case VALUE_BOOL:
        *ret = TYPE_BOOL;
        return 0;
    case VALUE_INT:
        *ret = TYPE_INT;
        return 0;
    case VALUE_STRING:
        *ret = TYPE_STRING;
        return v->s.len && memchr(v->s.ptr, '\0', v->s.len) ? sql_refuse(s, n, "a text with a NUL") : 0;
    case VALUE_DATE:
        *ret = TYPE_DATE;
        return 0;
    case VALUE_TIMESTAMP:
        *ret = TYPE_TIMESTAMP;
        return v->time.nanos % 1000000 ? sql_refuse(s, n, "a time finer than milliseconds") : 0;
    default:
        return sql_refuse(s, n, value_kind_name(v->kind));
    }
}

static int sum_check(struct sql *s, const struct node *n)
{
    if (n->type.kind != TYPE_INT)
        return sql_refuse(s, n, "+ or - of anything but whole numbers");
    for (size_t i = 0; i < n->args_len; i++) {
        struct sql_term t;
        int err = sql_term_of(s, n->args[i], &t);
        if (err)
            return err;
        if (t.kind != TYPE_INT && t.kind != TYPE_NULL)
            return sql_refuse(s, n, "+ or - of anything but whole numbers");
    }
    return 0;
}

/* The kinds of columns that are stored so that SQL compares them as expressions do. */
static int column_kind(struct sql *s, const struct node *n, enum expr_type_kind *ret)
{
    switch (n->type.kind) {
    case TYPE_BOOL:
    case TYPE_INT:
    case TYPE_STRING:
    case TYPE_DATE:
    case TYPE_TIMESTAMP:
        *ret = n->type.kind;
        return 0;
    case TYPE_OBJECT:
        *ret = TYPE_STRING;
        return 0;
    default:
        return sql_refuse(s, n, arena_cstr(s->arena, expr_type_name(s->arena, n->type)));
    }
}

int sql_term_of(struct sql *s, const struct node *n, struct sql_term *ret)
{
    struct sql_term t = {.node = n, .nullable = n->type.nullable};
    int err = sql_constant(s, n, &t.value);
    if (!err) {
        t.known = true;
        err = known_kind(s, n, &t.value, &t.kind);
        t.nullable = t.kind == TYPE_NULL;
    } else if (err != ERR_NOT_FOUND) {
        return err;
    } else if (n->kind == NODE_IDENT || n->kind == NODE_SELECT) {
        err = column_kind(s, n, &t.kind);
    } else if (is_sum(n)) {
        err = sum_check(s, n);
        t.kind = TYPE_INT;
        t.nullable = true; /* it may overflow */
    } else if (is_predicate(n)) {
        err = 0;
        t.kind = TYPE_BOOL;
        t.nullable = false;
    } else {
        return sql_refuse(s, n, n->kind == NODE_CALL ? arena_cstr(s->arena, n->name) : "this");
    }
    if (!err)
        *ret = t;
    return err;
}

static int write_known(struct sql *s, const struct value *v)
{
    struct value bound = *v;
    if (v->kind == VALUE_DATE)
        bound = value_int(v->i);
    else if (v->kind == VALUE_TIMESTAMP)
        bound = value_int(value_to_ms(*v));
    vec_push(s->arena, s->binds, bound);
    return buf_add_char(s->out, '?');
}

static int write_column(struct sql *s, const struct node *n)
{
    CLEANUP(buf_release) struct buf path = {0};
    buf_init(&path, EXPR_BYTES_MAX * 2);
    int err = ERR_NOT_FOUND;
    if (s->env->column && expr_path(n, &path))
        err = s->env->column(s->env->arg, buf_str(&path), s->out);
    return err == ERR_NOT_FOUND ? sql_refuse(s, n, arena_cstr(s->arena, buf_str(&path))) : err;
}

/* A sum without the look at its overflow. */
static int write_sum(struct sql *s, const struct node *n)
{
    struct sql_term t;
    int err;
    bool minus = str_is(n->name, "_-_") || n->args_len == 1;
    buf_add_cstr(s->out, n->args_len == 1 ? "(- " : "(");
    for (size_t i = 0; i < n->args_len; i++) {
        if (i)
            buf_add_cstr(s->out, minus ? " - " : " + ");
        if ((err = sql_term_of(s, n->args[i], &t)))
            return err;
        if ((err = !t.known && is_sum(n->args[i]) ? write_sum(s, n->args[i]) : sql_term_write(s, &t)))
            return err;
    }
    return buf_add_char(s->out, ')');
}

int sql_term_write(struct sql *s, const struct sql_term *t)
{
    int err;
    if (t->known)
        return write_known(s, &t->value);
    if (is_sum(t->node)) {
        buf_add_cstr(s->out, SUM_OPEN);
        if ((err = write_sum(s, t->node)))
            return err;
        buf_add_cstr(s->out, SUM_THEN);
        if ((err = write_sum(s, t->node)))
            return err;
        return buf_add_cstr(s->out, SUM_CLOSE);
    }
    if (is_predicate(t->node)) {
        buf_add_cstr(s->out, "CASE WHEN ");
        if ((err = sql_predicate(s, t->node, false)))
            return err;
        return buf_add_cstr(s->out, " THEN 1 ELSE 0 END");
    }
    return write_column(s, t->node);
}
