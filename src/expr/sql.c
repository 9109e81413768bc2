/*
 * Translates predicates to SQL that has the same answer as expr_eval_bool().
 * SPDX-License-Identifier: Apache-2.0
 *
 * SQL has three truth values where the null rule has two. Where nothing is negated, null may stand for false, and
 * comparisons stay plain so that indexes serve them; below a `!` each is closed by IS TRUE. IS [NOT] DISTINCT FROM and
 * IS TRUE are in SQLite 3.39 and PostgreSQL.
 */
#include "expr/sql_internal.h"

enum { SQL_BYTES_MAX = 200000, SQL_BINDS_MAX = 10000 };

int sql_refuse(struct sql *s, const struct node *n, const char *what)
{
    return PROBLEM(s->why, EXPR_NOT_SQL, ARG("what", str_of(what)), ARG("at", expr_place(s->arena, s->e->text, n->at)));
}

static int never(struct sql *s)
{
    return buf_add_cstr(s->out, "(1=0)");
}

/* Opens and closes a comparison that may be null. */
static void open_leaf(struct sql *s, bool exact)
{
    buf_add_cstr(s->out, exact ? "((" : "(");
}
static int close_leaf(struct sql *s, bool exact)
{
    return buf_add_cstr(s->out, exact ? ") IS TRUE)" : ")");
}

static int write_pair(struct sql *s, const struct sql_term *a, const char *op, const struct sql_term *b, bool close)
{
    open_leaf(s, close);
    int err = sql_term_write(s, a);
    buf_add_cstr(s->out, op);
    if (err || (err = sql_term_write(s, b)))
        return err;
    return close_leaf(s, close);
}

static bool is_null(const struct sql_term *t)
{
    return t->kind == TYPE_NULL;
}

static int two_terms(struct sql *s, const struct node *n, struct sql_term *a, struct sql_term *b)
{
    int err = sql_term_of(s, n->args[0], a);
    if (err || (err = sql_term_of(s, n->args[1], b)))
        return err;
    return is_null(a) || is_null(b) || a->kind == b->kind
               ? 0
               : sql_refuse(s, n, "a comparison of different kinds of values");
}

static int predicate_equal(struct sql *s, const struct node *n, bool exact)
{
    struct sql_term a, b;
    bool equal = str_is(n->name, "_==_");
    int err = two_terms(s, n, &a, &b);
    if (err)
        return err;
    if (is_null(&a) || is_null(&b)) {
        buf_add_char(s->out, '(');
        err = sql_term_write(s, is_null(&a) ? &b : &a);
        return err ? err : buf_add_cstr(s->out, equal ? " IS NULL)" : " IS NOT NULL)");
    }
    bool either = a.nullable || b.nullable;
    if (equal && !(a.nullable && b.nullable))
        return write_pair(s, &a, " = ", &b, exact && either);
    if (equal)
        return write_pair(s, &a, " IS NOT DISTINCT FROM ", &b, false);
    return write_pair(s, &a, either ? " IS DISTINCT FROM " : " <> ", &b, false);
}

static int predicate_order(struct sql *s, const struct node *n, const char *op, bool exact)
{
    struct sql_term a, b;
    int err = two_terms(s, n, &a, &b);
    if (err)
        return err;
    if (is_null(&a) || is_null(&b))
        return never(s);
    return write_pair(s, &a, op, &b, exact && (a.nullable || b.nullable));
}

/* Looks up the items of the list on the right of `in`; elements that can equal nothing here are left out. */
static int in_items(struct sql *s, const struct node *n, const struct sql_term *what, struct sql_term **ret,
                    size_t *ret_len)
{
    const struct node *list = n->args[1];
    VEC(struct sql_term) items = {0};
    struct value v;
    int err = sql_constant(s, list, &v);
    if (err && err != ERR_NOT_FOUND)
        return err;
    if (!err && v.kind != VALUE_LIST && v.kind != VALUE_MAP && v.kind != VALUE_NULL)
        return sql_refuse(s, list, "in something that is no list");
    if (err && list->kind != NODE_LIST)
        return sql_refuse(s, list, "in a list that is not known before");
    bool known = !err;
    size_t len = !known ? list->args_len : v.kind == VALUE_LIST ? v.list.len : v.kind == VALUE_MAP ? v.map.len : 0;
    if (len > SQL_BINDS_MAX)
        return PROBLEM(s->why, EXPR_LIMIT, ARG("what", STR("length of a list")));
    for (size_t i = 0; i < len; i++) {
        struct node literal = {.kind = NODE_LITERAL, .at = list->at};
        if (known)
            literal.literal = v.kind == VALUE_LIST ? v.list.items[i] : v.map.keys[i];
        struct sql_term t;
        if ((err = sql_term_of(s, known ? &literal : list->args[i], &t)))
            return err;
        if (known)
            t.node = list; /* of a known term only the value counts, and `literal` ends here */
        if (t.kind == what->kind)
            vec_push(s->arena, &items, t);
    }
    *ret = items.items;
    *ret_len = items.len;
    return 0;
}

static int predicate_in(struct sql *s, const struct node *n, bool exact)
{
    struct sql_term what, *items = NULL;
    size_t len = 0;
    int err = sql_term_of(s, n->args[0], &what);
    if (err || (err = in_items(s, n, &what, &items, &len)))
        return err;
    if (is_null(&what) || len == 0)
        return never(s);
    open_leaf(s, exact);
    if ((err = sql_term_write(s, &what)))
        return err;
    buf_add_cstr(s->out, " IN (");
    for (size_t i = 0; i < len; i++) {
        buf_add_cstr(s->out, i ? ", " : "");
        if ((err = sql_term_write(s, &items[i])))
            return err;
    }
    buf_add_char(s->out, ')');
    return close_leaf(s, exact);
}

/* {a} and {b} in the form stand for the two texts. These run on both engines but for contains (PostgreSQL: strpos). */
static const struct text_test {
    const char *name, *form;
} TEXT_TESTS[] = {
    {"startsWith", "substr({a}, 1, length({b})) = {b}"},
    {"endsWith", "substr({a}, length({a}) - length({b}) + 1) = {b}"},
    {"contains", "instr({a}, {b}) > 0"},
};

static int predicate_text(struct sql *s, const struct node *n, const struct text_test *test, bool exact)
{
    struct sql_term a, b;
    int err = two_terms(s, n, &a, &b);
    if (err)
        return err;
    if (is_null(&a) || is_null(&b))
        return never(s);
    if (a.kind != TYPE_STRING)
        return sql_refuse(s, n, test->name);
    open_leaf(s, exact);
    for (const char *p = test->form; *p && !err; p++) {
        if (*p == '{') {
            err = sql_term_write(s, p[1] == 'a' ? &a : &b);
            p += 2;
        } else {
            buf_add_char(s->out, *p);
        }
    }
    return err ? err : close_leaf(s, exact);
}

static int predicate_call(struct sql *s, const struct node *n, bool exact)
{
    static const struct {
        const char *name, *sql;
    } orders[] = {{"_<_", " < "}, {"_<=_", " <= "}, {"_>_", " > "}, {"_>=_", " >= "}};
    if (str_is(n->name, "!_")) {
        buf_add_cstr(s->out, "(NOT ");
        int err = sql_predicate(s, n->args[0], true);
        return err ? err : buf_add_char(s->out, ')');
    }
    if (str_is(n->name, "_==_") || str_is(n->name, "_!=_"))
        return predicate_equal(s, n, exact);
    if (str_is(n->name, "@in"))
        return predicate_in(s, n, exact);
    for (size_t i = 0; i < ARRAY_LEN(orders); i++)
        if (str_is(n->name, orders[i].name))
            return predicate_order(s, n, orders[i].sql, exact);
    for (size_t i = 0; i < ARRAY_LEN(TEXT_TESTS); i++)
        if (str_is(n->name, TEXT_TESTS[i].name))
            return predicate_text(s, n, &TEXT_TESTS[i], exact);
    return sql_refuse(s, n, arena_cstr(s->arena, n->name));
}

static int predicate_logic(struct sql *s, const struct node *n, bool exact)
{
    int err = 0;
    buf_add_char(s->out, '(');
    for (size_t i = 0; i < n->args_len && !err; i++) {
        if (i)
            buf_add_cstr(s->out, n->kind == NODE_AND ? " AND " : " OR ");
        err = sql_predicate(s, n->args[i], exact);
    }
    return err ? err : buf_add_char(s->out, ')');
}

static int predicate_column(struct sql *s, const struct node *n, bool exact)
{
    struct sql_term t;
    int err = sql_term_of(s, n, &t);
    if (err)
        return err;
    if (t.kind != TYPE_BOOL)
        return sql_refuse(s, n, "a field that is not true or false");
    open_leaf(s, exact && t.nullable);
    err = sql_term_write(s, &t);
    buf_add_cstr(s->out, " = 1");
    return err ? err : close_leaf(s, exact && t.nullable);
}

/* has(): there and not empty. */
static int predicate_has(struct sql *s, const struct node *n, bool exact)
{
    struct node column = *n;
    struct sql_term t = {.node = &column};
    column.kind = NODE_SELECT;
    bool text = n->field_kind == TYPE_STRING;
    open_leaf(s, exact && text);
    int err = sql_term_write(s, &t);
    buf_add_cstr(s->out, text ? " <> ''" : " IS NOT NULL");
    return err ? err : close_leaf(s, exact && text);
}

int sql_predicate(struct sql *s, const struct node *n, bool exact)
{
    struct value v;
    int err = sql_constant(s, n, &v);
    if (!err) {
        if (v.kind != VALUE_BOOL && v.kind != VALUE_NULL)
            return sql_refuse(s, n, "a value that is not true or false");
        return buf_add_cstr(s->out, v.kind == VALUE_BOOL && v.b ? "(1=1)" : "(1=0)");
    }
    if (err != ERR_NOT_FOUND)
        return err;
    switch (n->kind) {
    case NODE_AND:
    case NODE_OR:
        return predicate_logic(s, n, exact);
    case NODE_CALL:
        return predicate_call(s, n, exact);
    case NODE_IDENT:
    case NODE_SELECT:
        return predicate_column(s, n, exact);
    case NODE_HAS:
        return predicate_has(s, n, exact);
    case NODE_COND:
        return sql_refuse(s, n, "? :");
    case NODE_FOLD:
        return sql_refuse(s, n, "a macro over a list");
    default:
        return sql_refuse(s, n, "this");
    }
}

int expr_to_sql(const struct expr *e, const struct expr_sql_env *env, struct arena *a, struct buf *sql,
                struct expr_binds *binds, struct problem *why)
{
    CLEANUP(buf_release) struct buf out = {0};
    struct sql s = {.e = e, .env = env, .arena = a, .out = &out, .binds = binds, .why = why};
    size_t binds_before = binds->len;
    buf_init(&out, SQL_BYTES_MAX);
    int err =
        e->checked ? sql_predicate(&s, e->root, false) : sql_refuse(&s, e->root, "an expression that was not checked");
    if (!err && (buf_failed(&out) || binds->len - binds_before > SQL_BINDS_MAX))
        err = PROBLEM(why, EXPR_LIMIT, ARG("what", STR("size of the row rule")));
    if (!err)
        err = buf_add(sql, buf_str(&out));
    if (err)
        binds->len = binds_before;
    return err;
}
