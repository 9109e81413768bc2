/*
 * The command `tandem expr`: compiles and runs one expression per line of input.
 * SPDX-License-Identifier: Apache-2.0
 *
 * It reads JSON with jansson itself and not by codec/json.h, because texts here may hold NUL, which records never do.
 */
#include "app/expr_lines.h"
#include "app/expr_lines_internal.h"
#include "codec/json.h"

struct binding {
    struct str name;
    struct value value;
};

struct line {
    struct arena *arena;
    const json_t *json;
    VEC(struct binding) bindings;
    VEC(struct expr_var) vars;
};

static struct str text_of(const json_t *j)
{
    return json_is_string(j) ? str_n(json_string_value(j), json_string_length(j)) : STR_NULL;
}

static int lookup(void *arg, struct str name, struct arena *a, struct value *ret)
{
    const struct line *l = arg;
    (void)a;
    for (size_t i = 0; i < l->bindings.len; i++) {
        if (str_eq(l->bindings.items[i].name, name)) {
            *ret = l->bindings.items[i].value;
            return 0;
        }
    }
    return ERR_NOT_FOUND;
}

static bool declared(const struct line *l, struct str name)
{
    for (size_t i = 0; i < l->vars.len; i++)
        if (str_is(name, l->vars.items[i].name))
            return true;
    return false;
}

static void read_types(struct line *l)
{
    const json_t *env = json_object_get(l->json, "type_env");
    for (size_t i = 0; i < json_array_size(env); i++) {
        const json_t *decl = json_array_get(env, i), *ident = json_object_get(decl, "ident");
        if (!ident)
            continue;
        struct expr_var v = {.name = arena_cstr(l->arena, text_of(json_object_get(decl, "name"))),
                             .type = notation_to_type(l->arena, json_object_get(ident, "type"), 0)};
        vec_push(l->arena, &l->vars, v);
    }
}

/* {"value": {…}} or the value itself. */
static int bind(struct line *l, struct str name, const json_t *value)
{
    const json_t *within = json_object_get(value, "value");
    struct binding b = {.name = name};
    int err = notation_to_value(l->arena, within ? within : value, 0, &b.value);
    if (err)
        return err;
    vec_push(l->arena, &l->bindings, b);
    if (!declared(l, name)) { /* nothing is said of its type */
        struct expr_var v = {.name = arena_cstr(l->arena, name), .type = {.kind = TYPE_DYN}};
        vec_push(l->arena, &l->vars, v);
    }
    return 0;
}

static int read_bindings(struct line *l)
{
    json_t *all = json_object_get(l->json, "bindings");
    int err = 0;
    for (size_t i = 0; i < json_array_size(all) && !err; i++) {
        const json_t *b = json_array_get(all, i);
        err = bind(l, text_of(json_object_get(b, "key")), json_object_get(b, "value"));
    }
    if (json_is_object(all)) {
        for (void *at = json_object_iter(all); at && !err; at = json_object_iter_next(all, at))
            err = bind(l, str_of(json_object_iter_key(at)), json_object_iter_value(at));
    }
    return err;
}

static int run_line(struct line *l, struct value *ret, struct problem *why)
{
    struct expr *e;
    read_types(l);
    int err = read_bindings(l);
    if (err)
        return PROBLEM(why, EXPR_RUN, ARG("reason", STR("a binding is not in the known notation")));
    struct expr_env env = {.vars = l->vars.items,
                           .vars_len = l->vars.len,
                           .container = text_of(json_object_get(l->json, "container")),
                           .check_off = json_is_true(json_object_get(l->json, "disable_check")),
                           .macros_off = json_is_true(json_object_get(l->json, "disable_macros"))};
    int64_t now_ms = clock_now_ms();
    struct expr_run run = {
        .lookup = lookup, .arg = l, .arena = l->arena, .now_ms = now_ms, .today_days = now_ms / 86400000};
    if ((err = expr_compile(l->arena, text_of(json_object_get(l->json, "expr")), &env, NULL, &e, why)))
        return err;
    return expr_eval(e, &run, ret, why);
}

static json_t *error_json(const struct problem *why, int err)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 4000);
    if (why->message)
        message_render(why->message, why->args, LANG_EN, &b);
    else
        buf_add_cstr(&b, err_title(err, LANG_EN));
    /* A sentence may quote bytes of the expression that are no text. */
    struct str s = utf8_valid(buf_str(&b)) ? buf_str(&b) : str_of(err_title(err, LANG_EN));
    return json_pack("{s:o}", "error", json_stringn(s.ptr, s.len));
}

static json_t *answer(struct arena *a, struct str text)
{
    json_error_t at;
    json_t *j = json_loadb(text.ptr, text.len, JSON_ALLOW_NUL, &at), *result;
    if (!json_is_object(j)) {
        json_decref(j);
        return json_pack("{s:s}", "error", "The line is not a JSON object.");
    }
    struct line l = {.arena = a, .json = j};
    struct problem why;
    struct value v;
    problem_init(&why, a);
    int err = run_line(&l, &v, &why);
    result = err ? error_json(&why, err) : json_pack("{s:o}", "value", value_to_notation(a, &v, 0));
    json_decref(j);
    return result;
}

int expr_lines_run(FILE *in, FILE *out)
{
    CLEANUP(freep) char *text = NULL;
    size_t cap = 0;
    ssize_t len;
    json_init();
    while ((len = getline(&text, &cap, in)) >= 0) {
        struct arena a;
        struct str line = str_trim(str_n(text, (size_t)len));
        if (!line.len)
            continue;
        arena_init(&a);
        json_t *j = answer(&a, line);
        int bad = !j || json_dumpf(j, out, JSON_COMPACT) || fputc('\n', out) == EOF || fflush(out);
        json_decref(j);
        arena_release(&a);
        if (bad)
            return 1;
    }
    return 0;
}
