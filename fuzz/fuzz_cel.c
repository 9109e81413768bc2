/*
 * Fuzz target: an expression is refused with a reason, or runs within its budgets; its SQL binds as many values as it
 * asks for. SPDX-License-Identifier: Apache-2.0
 */
/* links: expr */
#include <stdint.h>

#include "expr/expr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct expr_type INT_TYPE = {.kind = TYPE_INT};

static const struct expr_var VARS[] = {
    {"n", {.kind = TYPE_INT}},
    {"a", {.kind = TYPE_INT, .nullable = true}},
    {"name", {.kind = TYPE_STRING, .nullable = true}},
    {"done", {.kind = TYPE_BOOL, .nullable = true}},
    {"due", {.kind = TYPE_DATE, .nullable = true}},
    {"at", {.kind = TYPE_TIMESTAMP}},
    {"rate", {.kind = TYPE_DECIMAL}},
    {"total", {.kind = TYPE_MONEY}},
    {"lines", {.kind = TYPE_LIST, .a = &INT_TYPE}},
    {"task", {.kind = TYPE_OBJECT, .name = {"task", 4}}},
    {"x", {.kind = TYPE_DYN}},
};

static int field(void *arg, struct str object, struct str name, struct expr_type *ret)
{
    (void)arg, (void)object;
    if (name.len > 8)
        return ERR_NOT_FOUND;
    *ret = str_is(name, "task") ? VARS[9].type : (struct expr_type){.kind = TYPE_STRING, .nullable = true};
    return 0;
}

static int get(void *impl, struct str name, struct arena *a, struct value *ret);
static const struct value_object_ops TASK_OPS = {.name = "task", .get = get};

static int get(void *impl, struct str name, struct arena *a, struct value *ret)
{
    (void)impl, (void)a;
    if (name.len > 8)
        return ERR_NOT_FOUND;
    *ret = value_str(STR("任务 1"));
    if (str_is(name, "task"))
        *ret = (struct value){.kind = VALUE_OBJECT, .obj = {.ops = &TASK_OPS}};
    return 0;
}

static int lookup(void *arg, struct str name, struct arena *a, struct value *ret)
{
    static const struct value lines[] = {
        {.kind = VALUE_INT, .i = 3}, {.kind = VALUE_INT, .i = -7}, {.kind = VALUE_INT}};
    (void)arg, (void)a;
    if (str_is(name, "n"))
        *ret = value_int(INT64_MAX);
    else if (str_is(name, "a") || str_is(name, "done"))
        *ret = value_null();
    else if (str_is(name, "name"))
        *ret = value_str(STR("项目 Ω x"));
    else if (str_is(name, "due"))
        *ret = value_date(20000);
    else if (str_is(name, "at"))
        *ret = value_time_ms(-1);
    else if (str_is(name, "rate"))
        *ret = value_dec((struct decimal){.coeff = INT64_MIN + 1, .scale = 18});
    else if (str_is(name, "total"))
        *ret = value_money((struct money){.minor = INT64_MAX, .currency = "CNY"});
    else if (str_is(name, "lines") || str_is(name, "x"))
        *ret = (struct value){.kind = VALUE_LIST, .list = {.items = lines, .len = 3}};
    else if (str_is(name, "task"))
        return get(NULL, name, a, ret);
    else
        return ERR_NOT_FOUND;
    return 0;
}

static int column(void *arg, struct str path, struct buf *sql)
{
    (void)arg, (void)path;
    return buf_add_char(sql, 'c');
}

static void check_refusal(int err, const struct problem *why)
{
    if (err >= 0 || !why->err || why->message == MSG_NONE)
        die("a refusal without a reason");
    for (const struct problem_arg *arg = why->args; arg->name; arg++)
        if (!utf8_valid(arg->value))
            die("the reason is not UTF-8");
}

static void check_sql(struct arena *a, const struct expr *e)
{
    struct expr_sql_env env = {.column = column};
    struct expr_binds binds = {0};
    struct problem why;
    CLEANUP(buf_release) struct buf sql = {0};
    buf_init(&sql, 1 << 20);
    problem_init(&why, a);
    int err = expr_to_sql(e, &env, a, &sql, &binds, &why);
    if (err) {
        check_refusal(err, &why);
        return;
    }
    size_t asked = 0;
    for (size_t i = 0; i < sql.len; i++)
        asked += sql.ptr[i] == '?';
    if (asked != binds.len)
        die("SQL asks for %zu values and binds %zu", asked, binds.len);
}

static void path_is_text(void *arg, struct str path)
{
    (void)arg;
    if (!path.len || !utf8_valid(path))
        die("a path is no text");
}

static void one(struct str text, bool check_off)
{
    struct arena a;
    struct problem why;
    struct expr *e;
    struct value v;
    bool b;
    arena_init(&a);
    problem_init(&why, &a);
    struct expr_env env = {.vars = VARS, .vars_len = ARRAY_LEN(VARS), .field = field, .check_off = check_off};
    struct expr_run run = {.lookup = lookup, .arena = &a, .now_ms = 1, .today_days = 20000};
    int err = expr_compile(&a, text, &env, NULL, &e, &why);
    if (err) {
        check_refusal(err, &why);
    } else {
        expr_paths(e, path_is_text, NULL);
        size_t before = a.used_bytes;
        err = expr_eval(e, &run, &v, &why);
        if (a.used_bytes - before > 2 * EXPR_MEMORY_MAX)
            die("a run took %zu bytes", a.used_bytes - before);
        if (err)
            check_refusal(err, &why);
        else if (v.kind == VALUE_STRING && !utf8_valid(v.s))
            die("a text is not UTF-8");
        err = expr_eval_bool(e, &run, &b, NULL);
        check_sql(&a, e);
    }
    arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_n((const char *)data, size);
    one(text, false);
    one(text, true);
    return 0;
}
