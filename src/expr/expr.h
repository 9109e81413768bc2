/*
 * CEL, the Common Expression Language: parse, check, run, translate to SQL.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The language is https://github.com/google/cel-spec, doc/langdef.md, with our types beside its own: decimal, money and
 * date. The whole grammar is parsed; the standard operators, functions and macros (all, exists, exists_one, map,
 * filter, has) run. Ours: decimal("1.50"), money("1.50", "CNY"), date("2026-11-25"), m.amount (a decimal), m.currency,
 * today(), now(); arithmetic and comparison of decimals with decimals and ints, money with money of one currency, money
 * × decimal/int, date ± int days.
 *
 * Life: an expr is immutable and lives in the arena it was compiled in; it may be run from any thread, each run with an
 * arena of its own. Errors: ERR_SYNTAX (parse), ERR_INVALID (check, run), ERR_LIMIT (cost, depth, size); the problem
 * says where (line:column) and what. Bounds: text EXPR_BYTES_MAX, nesting EXPR_DEPTH_MAX, a run EXPR_COST_MAX steps and
 * EXPR_MEMORY_MAX bytes of the arena (P18).
 */
#ifndef TANDEM_EXPR_EXPR_H
#define TANDEM_EXPR_EXPR_H

#include "base/value.h"

enum { EXPR_BYTES_MAX = 16384, EXPR_DEPTH_MAX = 64, EXPR_COST_MAX = 200000, EXPR_MEMORY_MAX = 4 << 20 };

enum expr_type_kind {
    TYPE_DYN,
    TYPE_NULL,
    TYPE_BOOL,
    TYPE_INT,
    TYPE_UINT,
    TYPE_DOUBLE,
    TYPE_STRING,
    TYPE_BYTES,
    TYPE_TIMESTAMP,
    TYPE_DURATION,
    TYPE_DATE,
    TYPE_DECIMAL,
    TYPE_MONEY,
    TYPE_TYPE,
    TYPE_LIST,   /* a: element */
    TYPE_MAP,    /* a: key, b: value */
    TYPE_OBJECT, /* name: a record type; its fields come from expr_env.field() */
};

struct expr_type {
    enum expr_type_kind kind;
    const struct expr_type *a, *b;
    struct str name;
    bool nullable; /* may also be null; every field that is not required is */
};

struct expr_var {
    const char *name; /* may be qualified: "a.b.c" (a name in a container) */
    struct expr_type type;
};

/* What an expression may name. */
struct expr_env {
    const struct expr_var *vars;
    size_t vars_len;
    /* The type of a field of an OBJECT type; ERR_NOT_FOUND refuses the expression and names the field. NULL: no object
     * types. */
    int (*field)(void *arg, struct str object_name, struct str field, struct expr_type *ret);
    void *arg;
    struct str container; /* CEL container for name resolution; mostly empty */
    bool check_off;       /* parse only, resolve at run time */
    bool macros_off;
};

struct expr;

/* `want`: NULL for any type, else the type the result must have (a dyn result passes). */
MUST_CHECK int expr_compile(struct arena *a, struct str text, const struct expr_env *env, const struct expr_type *want,
                            struct expr **ret, struct problem *why);
struct str expr_text(const struct expr *e);
struct expr_type expr_result_type(const struct expr *e);
/* Calls fn for each variable and path of fields below it ("record.project.manager") that the expression reads. */
void expr_paths(const struct expr *e, void (*fn)(void *arg, struct str path), void *arg);

/* A run: values of the variables. lookup() answers 0 or ERR_NOT_FOUND. */
struct expr_run {
    int (*lookup)(void *arg, struct str name, struct arena *a, struct value *ret);
    void *arg;
    int64_t now_ms;     /* now(); 0: the clock */
    int64_t today_days; /* today(): the company's day */
    struct arena *arena;
};
/* ERR_NOT_FOUND: it failed because a map or object does not have a key or field that it names (a mapping row then has
 * no value). */
MUST_CHECK int expr_eval(const struct expr *e, const struct expr_run *run, struct value *ret, struct problem *why);
/*
 * For guards and predicates, under the null rule: an operation with null gives null (so does an int sum that
 * overflows), a predicate of null is false and its negation true, == and != compare with null as with any value; a null
 * result is false. Another kind than bool is ERR_INVALID.
 */
MUST_CHECK int expr_eval_bool(const struct expr *e, const struct expr_run *run, bool *ret, struct problem *why);

/*
 * The subset that has the same answer in SQL: literals, && || ! == != < <= > >= in, + - on ints, has(), startsWith,
 * endsWith, contains, and paths that the caller can name in SQL. Everything else: ERR_INVALID with what is outside the
 * subset. In SQL a missing value is null: == null and != null test for it, any other comparison with null is false, and
 * !x of such a one is true, just as expr_eval_bool() answers under the null rule. What reads no column is
 * computed before and bound. The expression must have been checked.
 */
struct expr_sql_env {
    /* SQL of a path ("manager", "project.manager"): a column, already quoted; ERR_NOT_FOUND where it is not a column.
     */
    int (*column)(void *arg, struct str path, struct buf *sql);
    /*
     * A value known before the query runs ("actor.employee"); a list for `in`; a record stands for its id.
     * ERR_NOT_FOUND where it is not one. today() and now() are asked for under the names "today()" and "now()".
     */
    int (*constant)(void *arg, struct str path, struct arena *a, struct value *ret);
    void *arg;
};
/*
 * Appends SQL with ? for each value in *binds (BOOL, INT or STRING: dates are bound as days, timestamps as
 * milliseconds). The result is a complete boolean expression in parentheses, for WHERE: true exactly where the
 * expression is, elsewhere false or null. So it may be joined by AND and OR, but not negated. On failure *sql and
 * *binds are as they were.
 */
struct expr_binds {
    struct value *items;
    size_t len, cap;
};
MUST_CHECK int expr_to_sql(const struct expr *e, const struct expr_sql_env *env, struct arena *a, struct buf *sql,
                           struct expr_binds *binds, struct problem *why);

#endif
