/*
 * What the tests of expr share: an environment with records, values of its variables, and short calls.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A task has the fields of TASK_FIELDS; the variables of an expression are those fields, plus actor (an employee),
 * lines (a list) and payload (dyn).
 */
#ifndef TANDEM_TEST_UNIT_EXPR_HELP_H
#define TANDEM_TEST_UNIT_EXPR_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "expr/expr.h"

static const struct expr_type STRING_TYPE = {.kind = TYPE_STRING}, INT_TYPE = {.kind = TYPE_INT};

static const struct expr_var TASK_VARS[] = {
    {"a", {.kind = TYPE_INT, .nullable = true}},
    {"b", {.kind = TYPE_INT}},
    {"name", {.kind = TYPE_STRING, .nullable = true}},
    {"title", {.kind = TYPE_STRING}},
    {"done", {.kind = TYPE_BOOL, .nullable = true}},
    {"urgent", {.kind = TYPE_BOOL}},
    {"due", {.kind = TYPE_DATE, .nullable = true}},
    {"at", {.kind = TYPE_TIMESTAMP, .nullable = true}},
    {"manager", {.kind = TYPE_OBJECT, .name = {"employee", 8}, .nullable = true}},
    {"project", {.kind = TYPE_OBJECT, .name = {"project", 7}, .nullable = true}},
    {"total", {.kind = TYPE_MONEY, .nullable = true}},
    {"rate", {.kind = TYPE_DECIMAL}},
    {"actor", {.kind = TYPE_OBJECT, .name = {"employee", 8}}},
    {"lines", {.kind = TYPE_LIST, .a = &INT_TYPE}},
    {"payload", {.kind = TYPE_DYN}},
};

struct task_field {
    const char *object, *field;
    struct expr_type type;
};

static const struct task_field OBJECT_FIELDS[] = {
    {"employee", "id", {.kind = TYPE_STRING}},
    {"employee", "name", {.kind = TYPE_STRING, .nullable = true}},
    {"employee", "level", {.kind = TYPE_INT}},
    {"employee", "nothing", {.kind = TYPE_STRING, .nullable = true}},
    {"employee", "teams", {.kind = TYPE_LIST, .a = &STRING_TYPE}},
    {"project", "id", {.kind = TYPE_STRING}},
    {"project", "manager", {.kind = TYPE_OBJECT, .name = {"employee", 8}}},
    {"project", "budget", {.kind = TYPE_INT}},
};

static inline int help_field(void *arg, struct str object, struct str field, struct expr_type *ret)
{
    (void)arg;
    for (size_t i = 0; i < ARRAY_LEN(OBJECT_FIELDS); i++) {
        if (str_is(object, OBJECT_FIELDS[i].object) && str_is(field, OBJECT_FIELDS[i].field)) {
            *ret = OBJECT_FIELDS[i].type;
            return 0;
        }
    }
    return ERR_NOT_FOUND;
}

static inline struct expr_env help_env(void)
{
    return (struct expr_env){.vars = TASK_VARS, .vars_len = ARRAY_LEN(TASK_VARS), .field = help_field};
}

/* Named values: the variables of a run, or the fields of a record. */
struct named {
    const char *name;
    struct value value;
};

struct names {
    struct named items[24];
    size_t len;
};

static inline void names_put(struct names *n, const char *name, struct value v)
{
    assert_true(n->len < ARRAY_LEN(n->items));
    n->items[n->len++] = (struct named){name, v};
}

static inline int names_get(const struct names *n, struct str name, struct value *ret)
{
    for (size_t i = 0; i < n->len; i++) {
        if (str_is(name, n->items[i].name)) {
            *ret = n->items[i].value;
            return 0;
        }
    }
    return ERR_NOT_FOUND;
}

static inline int record_get(void *impl, struct str field, struct arena *a, struct value *ret)
{
    (void)a;
    return names_get(impl, field, ret);
}

static inline bool record_has(void *impl, struct str field)
{
    struct value v;
    return !names_get(impl, field, &v) && v.kind != VALUE_NULL && !(v.kind == VALUE_STRING && v.s.len == 0);
}

static const struct value_object_ops RECORD_OPS = {.name = "record", .get = record_get, .has = record_has};

static inline struct value record_value(struct names *fields)
{
    return (struct value){.kind = VALUE_OBJECT, .obj = {.ops = &RECORD_OPS, .impl = fields}};
}

static inline int names_lookup(void *arg, struct str name, struct arena *a, struct value *ret)
{
    (void)a;
    return names_get(arg, name, ret);
}

struct help {
    struct arena arena;
    struct problem why;
    struct names vars;
};

static inline int help_setup(void **state)
{
    struct help *h = xcalloc(1, sizeof(*h));
    arena_init(&h->arena);
    problem_init(&h->why, &h->arena);
    *state = h;
    return 0;
}

static inline int help_teardown(void **state)
{
    struct help *h = *state;
    arena_release(&h->arena);
    freep(state);
    return 0;
}

static inline int help_compile(struct help *h, const char *text, struct expr **ret)
{
    struct expr_env env = help_env();
    problem_clear(&h->why);
    problem_init(&h->why, &h->arena);
    return expr_compile(&h->arena, str_of(text), &env, NULL, ret, &h->why);
}

static inline struct expr_run help_run(struct help *h)
{
    return (struct expr_run){
        .lookup = names_lookup, .arg = &h->vars, .arena = &h->arena, .now_ms = 1764054000123, .today_days = 20417};
}

/* The value of an expression that must compile; the error of its run. */
static inline int help_eval(struct help *h, const char *text, struct value *ret)
{
    struct expr *e = NULL;
    struct expr_run run = help_run(h);
    int err = help_compile(h, text, &e);
    if (err)
        return err;
    return expr_eval(e, &run, ret, &h->why);
}

/* The English sentence of the last problem. */
static inline const char *help_why(struct help *h)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 10000);
    message_render(h->why.message, h->why.args, LANG_EN, &b);
    return arena_cstr(&h->arena, buf_str(&b));
}

static inline void assert_says(struct help *h, const char *part)
{
    const char *why = help_why(h);
    if (!strstr(why, part))
        fail_msg("expected \"%s\" in: %s", part, why);
}

static inline void assert_refused(struct help *h, const char *text, int err, const char *part)
{
    struct expr *e;
    assert_int_equal(help_compile(h, text, &e), err);
    assert_says(h, part);
}

/* The expression is a bool that is true. */
static inline void assert_true_expr(struct help *h, const char *text)
{
    struct value v = {.kind = VALUE_NULL};
    int err = help_eval(h, text, &v);
    if (err)
        fail_msg("%s: %s", text, help_why(h));
    if (v.kind != VALUE_BOOL || !v.b)
        fail_msg("not true: %s", text);
}

static inline void assert_run_fails(struct help *h, const char *text, int err, const char *part)
{
    struct value v = {.kind = VALUE_INT, .i = 77};
    int got = help_eval(h, text, &v);
    assert_true(got == err || (err == ERR_INVALID && got == ERR_NOT_FOUND)); /* a key or field that is not there */
    assert_int_equal(v.i, 77);                                               /* untouched */
    assert_says(h, part);
}

#endif
