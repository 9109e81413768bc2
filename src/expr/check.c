/*
 * Resolves names and checks types; without checking (env.check_off) only names are resolved, as far as they can be.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "expr/expr_internal.h"

struct scope {
    struct str name;
    struct expr_type type;
    const struct scope *outer;
};

struct checker {
    struct compile *c;
    const struct scope *scope;
};

static int check(struct checker *k, struct node *n);

static const struct expr_type DYN = {.kind = TYPE_DYN};
static const struct expr_type BOOL = {.kind = TYPE_BOOL};

static struct str name_of(struct checker *k, struct expr_type t)
{
    return expr_type_name(k->c->arena, t);
}

static const struct expr_type *type_box(struct checker *k, struct expr_type t)
{
    struct expr_type *box = arena_new(k->c->arena, struct expr_type);
    *box = t;
    return box;
}

static struct expr_type inner(const struct expr_type *t)
{
    return t ? *t : DYN;
}

static const struct scope *find_local(const struct checker *k, struct str name)
{
    for (const struct scope *s = k->scope; s; s = s->outer)
        if (str_eq(s->name, name))
            return s;
    return NULL;
}

static const struct expr_var *find_var(const struct checker *k, struct str name)
{
    for (size_t i = 0; i < k->c->env->vars_len; i++)
        if (str_is(name, k->c->env->vars[i].name))
            return &k->c->env->vars[i];
    return NULL;
}

/* "a.b.c" of a chain of selections on an identifier that is no local variable; false where it is another thing. */
static bool chain(const struct checker *k, const struct node *n, struct buf *b, bool *ret_rooted)
{
    if (n->kind == NODE_IDENT && (n->rooted || !find_local(k, n->name))) {
        *ret_rooted = n->rooted;
        return !buf_add(b, n->name);
    }
    return n->kind == NODE_SELECT && chain(k, n->target, b, ret_rooted) && !buf_add_char(b, '.') &&
           !buf_add(b, n->name);
}

/* The full names that a name may have in the container "x.y": x.y.name, x.name, name. */
static size_t candidates(struct checker *k, struct str name, bool rooted, struct str **ret)
{
    VEC(struct str) names = {0};
    struct str prefix = rooted ? STR_NULL : k->c->env->container;
    struct arena *a = k->c->arena;
    while (prefix.len) {
        vec_push(a, &names, arena_fmt(a, "%.*s.%.*s", STR_ARG(prefix), STR_ARG(name)));
        size_t dot = str_rfind_char(prefix, '.');
        prefix = str_sub(prefix, 0, dot == SIZE_MAX ? 0 : dot);
    }
    vec_push(a, &names, arena_str(a, name));
    *ret = names.items;
    return names.len;
}

/* Makes a variable or a type's name out of a chain; false where it is neither. */
static bool resolve_name(struct checker *k, struct node *n)
{
    CLEANUP(buf_release) struct buf b = {0};
    bool rooted = false;
    struct str *names, type_name;
    buf_init(&b, EXPR_BYTES_MAX * 2);
    if (!chain(k, n, &b, &rooted))
        return false;
    size_t len = candidates(k, buf_str(&b), rooted, &names);
    if (k->c->env->check_off) {
        n->names = names;
        n->names_len = len;
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        const struct expr_var *v = find_var(k, names[i]);
        if (v) {
            n->kind = NODE_IDENT;
            n->name = names[i];
            n->type = expr_type_copy(k->c->arena, v->type);
            return true;
        }
        if (expr_type_ident(names[i], &type_name)) {
            n->kind = NODE_LITERAL;
            n->literal = (struct value){.kind = VALUE_TYPE, .s = type_name};
            n->type = (struct expr_type){.kind = TYPE_TYPE};
            return true;
        }
    }
    return false;
}

static int check_ident(struct checker *k, struct node *n)
{
    const struct scope *local = n->rooted ? NULL : find_local(k, n->name);
    if (local) {
        n->kind = NODE_LOCAL;
        n->type = local->type;
        return 0;
    }
    if (resolve_name(k, n))
        return 0;
    n->type = DYN;
    if (k->c->env->check_off)
        return 0;
    return expr_fail(k->c, MSG_EXPR_TYPE, n->at, "there is no variable %.*s", STR_ARG(n->name));
}

/* The type of a field of a value of type t. */
static int field_type(struct checker *k, struct node *n, struct expr_type t, struct expr_type *ret)
{
    const struct expr_env *env = k->c->env;
    struct expr_type found;
    switch (t.kind) {
    case TYPE_DYN:
    case TYPE_NULL:
        *ret = DYN;
        return 0;
    case TYPE_MAP:
        if (t.a && !expr_type_fits(*t.a, (struct expr_type){.kind = TYPE_STRING}))
            break;
        *ret = inner(t.b);
        return 0;
    case TYPE_MONEY:
        if (str_is(n->name, "amount")) {
            *ret = (struct expr_type){.kind = TYPE_DECIMAL, .nullable = t.nullable};
            return 0;
        }
        if (!str_is(n->name, "currency"))
            break;
        *ret = (struct expr_type){.kind = TYPE_STRING, .nullable = t.nullable};
        return 0;
    case TYPE_OBJECT:
        if (!env->field || env->field(env->arg, t.name, n->name, &found))
            break;
        *ret = expr_type_copy(k->c->arena, found);
        ret->nullable = ret->nullable || t.nullable;
        return 0;
    default:
        break;
    }
    struct str type = name_of(k, t);
    return expr_fail(k->c, MSG_EXPR_TYPE, n->at, "%.*s has no field %.*s", STR_ARG(type), STR_ARG(n->name));
}

static int check_select(struct checker *k, struct node *n)
{
    if (n->kind == NODE_SELECT && resolve_name(k, n))
        return 0;
    int err = check(k, n->target);
    if (err)
        return err;
    struct expr_type field = DYN;
    if (!k->c->env->check_off && (err = field_type(k, n, n->target->type, &field)))
        return err;
    n->field_kind = field.kind;
    n->type = n->kind == NODE_HAS ? BOOL : field;
    return 0;
}

static int want_bool(struct checker *k, const struct node *n, const char *where)
{
    if (k->c->env->check_off || n->type.kind == TYPE_DYN || n->type.kind == TYPE_BOOL)
        return 0;
    struct str type = name_of(k, n->type);
    return expr_fail(k->c, MSG_EXPR_TYPE, n->at, "%s takes bool, not %.*s", where, STR_ARG(type));
}

static struct expr_type type_of_letter(struct checker *k, char letter)
{
    if (letter == 'S')
        return (struct expr_type){.kind = TYPE_LIST, .a = type_box(k, (struct expr_type){.kind = TYPE_STRING})};
    for (int kind = TYPE_NULL; kind <= TYPE_OBJECT; kind++)
        if (expr_type_letter((enum expr_type_kind)kind) == letter)
            return (struct expr_type){.kind = (enum expr_type_kind)kind};
    return DYN;
}

static int no_overload(struct checker *k, const struct node *n)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 500);
    for (size_t i = 0; i < n->args_len; i++) {
        buf_add_cstr(&b, i ? ", " : "");
        buf_add(&b, name_of(k, n->args[i]->type));
    }
    struct str name = n->name;
    if (name.len > 1 && name.ptr[0] == '_' && name.ptr[name.len - 1] == '_')
        name = str_sub(name, 1, name.len - 2);
    return expr_fail(k->c, MSG_EXPR_TYPE, n->at, "%.*s does not take (%.*s)", STR_ARG(name), STR_ARG(buf_str(&b)));
}

/* The result of a call whose arguments have these types, by the signatures of the function. */
static int check_signatures(struct checker *k, struct node *n)
{
    char letters[EXPR_ARGS_MAX + 1], result = 0, next;
    bool found = false, nullable = false;
    if (n->args_len >= sizeof(letters))
        return no_overload(k, n);
    for (size_t i = 0; i < n->args_len; i++) {
        const struct expr_type *t = &n->args[i]->type;
        letters[i] = expr_type_letter(t->kind);
        nullable = nullable || t->nullable;
    }
    const char *sig = n->fn->signatures;
    while (expr_signature_next(&sig, n->member, letters, n->args_len, &next)) {
        result = found && result != next ? '*' : next;
        found = true;
    }
    if (!found)
        return no_overload(k, n);
    n->type = type_of_letter(k, result);
    n->type.nullable = nullable && !(n->fn->flags & (FN_BOOL | FN_NULL_OK));
    return 0;
}

static bool is_number(enum expr_type_kind k)
{
    return k == TYPE_INT || k == TYPE_DECIMAL;
}

/* Whether == of the two makes sense: the same type, an int with a decimal, a record with its id. */
static bool comparable(struct expr_type a, struct expr_type b)
{
    return expr_type_fits(a, b) || (is_number(a.kind) && is_number(b.kind)) ||
           (a.kind == TYPE_OBJECT && b.kind == TYPE_STRING) || (a.kind == TYPE_STRING && b.kind == TYPE_OBJECT);
}

static int check_index(struct checker *k, struct node *n)
{
    struct expr_type of = n->args[0]->type, by = n->args[1]->type;
    if (of.kind == TYPE_DYN)
        n->type = DYN;
    else if (of.kind == TYPE_LIST && (by.kind == TYPE_INT || by.kind == TYPE_UINT || by.kind == TYPE_DYN))
        n->type = inner(of.a);
    else if (of.kind == TYPE_MAP && expr_type_fits(inner(of.a), by))
        n->type = inner(of.b);
    else
        return no_overload(k, n);
    n->type.nullable = n->type.nullable || of.nullable;
    return 0;
}

static int check_in(struct checker *k, struct node *n)
{
    struct expr_type what = n->args[0]->type, of = n->args[1]->type;
    bool ok = of.kind == TYPE_DYN || ((of.kind == TYPE_LIST || of.kind == TYPE_MAP) && comparable(what, inner(of.a)));
    n->type = BOOL;
    return ok ? 0 : no_overload(k, n);
}

/* Operators whose types depend on each other in ways that signatures do not say. */
static int check_special(struct checker *k, struct node *n)
{
    struct str name = n->name;
    if (str_is(name, "_[_]"))
        return check_index(k, n);
    if (str_is(name, "@in"))
        return check_in(k, n);
    struct expr_type a = n->args[0]->type, b = n->args[1]->type;
    if (str_is(name, "_==_") || str_is(name, "_!=_")) {
        n->type = BOOL;
        return comparable(a, b) ? 0 : no_overload(k, n);
    }
    if (a.kind == TYPE_LIST && b.kind == TYPE_LIST) { /* list + list */
        struct expr_type t = a.a && b.a ? expr_type_join(*a.a, *b.a) : DYN;
        n->type = (struct expr_type){.kind = TYPE_LIST, .a = type_box(k, t)};
        return 0;
    }
    return check_signatures(k, n);
}

/* math.greatest(x): not a receiver "math" but a function's full name. Drops the receiver then. */
static bool qualified_function(struct checker *k, struct node *n)
{
    CLEANUP(buf_release) struct buf b = {0};
    bool rooted = false;
    buf_init(&b, EXPR_BYTES_MAX * 2);
    if (!chain(k, n->target, &b, &rooted) || buf_add_char(&b, '.') || buf_add(&b, n->name))
        return false;
    const struct function *fn = expr_function(buf_str(&b));
    if (!fn)
        return false;
    n->fn = fn;
    n->name = str_of(fn->name);
    n->target = NULL;
    n->member = false;
    return true;
}

static int check_call(struct checker *k, struct node *n)
{
    int err;
    bool off = k->c->env->check_off;
    if (!n->member || !qualified_function(k, n))
        n->fn = expr_function(n->name);
    if (n->member) { /* the receiver becomes the first argument */
        struct node **args = arena_array(k->c->arena, struct node *, n->args_len + 1);
        args[0] = n->target;
        if (n->args_len)
            memcpy(args + 1, n->args, n->args_len * sizeof(args[0]));
        n->args = args;
        n->args_len++;
        n->target = NULL;
    }
    if (!n->fn && !off)
        return expr_fail(k->c, MSG_EXPR_TYPE, n->at, "there is no function %.*s", STR_ARG(n->name));
    for (size_t i = 0; i < n->args_len; i++)
        if ((err = check(k, n->args[i])))
            return err;
    n->type = DYN;
    if (off)
        return 0;
    return n->fn->flags & FN_SPECIAL ? check_special(k, n) : check_signatures(k, n);
}

static int check_args(struct checker *k, struct node *n)
{
    int err = 0;
    for (size_t i = 0; i < n->args_len && !err; i++)
        err = check(k, n->args[i]);
    return err;
}

static int check_logic(struct checker *k, struct node *n)
{
    int err = check_args(k, n);
    n->type = BOOL;
    for (size_t i = 0; i < n->args_len && !err; i++)
        err = want_bool(k, n->args[i], n->kind == NODE_AND ? "&&" : "||");
    return err;
}

static int check_cond(struct checker *k, struct node *n)
{
    int err = check_args(k, n);
    if (err || (err = want_bool(k, n->args[0], "the condition before ?")))
        return err;
    struct expr_type yes = n->args[1]->type, no = n->args[2]->type;
    n->type = expr_type_join(yes, no);
    if (k->c->env->check_off || expr_type_fits(yes, no))
        return 0;
    struct str a = name_of(k, yes), b = name_of(k, no);
    return expr_fail(k->c, MSG_EXPR_TYPE, n->at, "the branches of ? : are of different types, %.*s and %.*s",
                     STR_ARG(a), STR_ARG(b));
}

/* The common type of every `step`-th argument from `first`. */
static const struct expr_type *joined(struct checker *k, const struct node *n, size_t first, size_t step)
{
    if (n->args_len <= first)
        return NULL;
    struct expr_type t = n->args[first]->type;
    for (size_t i = first + step; i < n->args_len; i += step)
        t = expr_type_join(t, n->args[i]->type);
    return type_box(k, t);
}

static int check_list(struct checker *k, struct node *n)
{
    int err = check_args(k, n);
    n->type = (struct expr_type){.kind = TYPE_LIST, .a = joined(k, n, 0, 1)};
    return err;
}

static int check_map(struct checker *k, struct node *n)
{
    int err = check_args(k, n);
    n->type = (struct expr_type){.kind = TYPE_MAP, .a = joined(k, n, 0, 2), .b = joined(k, n, 1, 2)};
    for (size_t i = 0; i < n->args_len && !err && !k->c->env->check_off; i += 2) {
        enum expr_type_kind kind = n->args[i]->type.kind;
        if (kind != TYPE_DYN && kind != TYPE_STRING && kind != TYPE_INT && kind != TYPE_UINT && kind != TYPE_BOOL)
            err = expr_fail(k->c, MSG_EXPR_TYPE, n->args[i]->at, "a map's key is string, int, uint or bool");
    }
    return err;
}

/* The types of a macro's variables over a value of type t. */
static int fold_types(struct checker *k, const struct node *n, struct expr_type *ret_1, struct expr_type *ret_2)
{
    struct expr_type t = n->target->type;
    bool two = n->var2.len > 0;
    if (k->c->env->check_off || t.kind == TYPE_DYN) {
        *ret_1 = *ret_2 = DYN;
    } else if (t.kind == TYPE_LIST) {
        *ret_1 = two ? (struct expr_type){.kind = TYPE_INT} : inner(t.a);
        *ret_2 = inner(t.a);
    } else if (t.kind == TYPE_MAP) {
        *ret_1 = inner(t.a);
        *ret_2 = inner(t.b);
    } else {
        struct str name = name_of(k, t);
        return expr_fail(k->c, MSG_EXPR_TYPE, n->at, "this macro goes over a list or a map, not %.*s", STR_ARG(name));
    }
    return 0;
}

static void fold_result(struct checker *k, struct node *n)
{
    struct expr_type t = n->target->type;
    switch (n->fold) {
    case FOLD_ALL:
    case FOLD_EXISTS:
    case FOLD_EXISTS_ONE:
        n->type = BOOL;
        return;
    case FOLD_FILTER:
        n->type = (struct expr_type){.kind = TYPE_LIST, .a = t.kind == TYPE_LIST || t.kind == TYPE_MAP ? t.a : NULL};
        return;
    case FOLD_MAP:
        n->type = (struct expr_type){.kind = TYPE_LIST, .a = type_box(k, n->args[1]->type)};
        return;
    case FOLD_MAP_VALUES:
        n->type = (struct expr_type){.kind = TYPE_MAP, .b = type_box(k, n->args[1]->type)};
        if (t.kind == TYPE_MAP)
            n->type.a = t.a;
        else if (t.kind == TYPE_LIST)
            n->type.a = type_box(k, (struct expr_type){.kind = TYPE_INT});
        return;
    }
}

static int check_fold(struct checker *k, struct node *n)
{
    struct expr_type t1 = DYN, t2 = DYN;
    int err = check(k, n->target);
    if (err || (err = fold_types(k, n, &t1, &t2)))
        return err;
    struct scope one = {.name = n->var1, .type = t1, .outer = k->scope};
    struct scope two = {.name = n->var2, .type = t2, .outer = &one};
    k->scope = n->var2.len ? &two : &one;
    for (size_t i = 0; i < 2 && !err; i++)
        if (n->args[i])
            err = check(k, n->args[i]);
    k->scope = one.outer;
    if (!err && n->args[0])
        err = want_bool(k, n->args[0], "the macro's condition");
    if (!err)
        fold_result(k, n);
    return err;
}

static int check_bind(struct checker *k, struct node *n)
{
    int err = check(k, n->target);
    struct scope s = {.name = n->var1, .type = n->target->type, .outer = k->scope};
    if (err)
        return err;
    k->scope = &s;
    err = check(k, n->args[0]);
    k->scope = s.outer;
    n->type = n->args[0]->type;
    return err;
}

static struct expr_type literal_type(const struct value *v)
{
    static const enum expr_type_kind kinds[VALUE_KINDS] = {
        [VALUE_NULL] = TYPE_NULL,     [VALUE_BOOL] = TYPE_BOOL,     [VALUE_INT] = TYPE_INT,    [VALUE_UINT] = TYPE_UINT,
        [VALUE_DOUBLE] = TYPE_DOUBLE, [VALUE_STRING] = TYPE_STRING, [VALUE_BYTES] = TYPE_BYTES};
    return (struct expr_type){.kind = kinds[v->kind]};
}

static int check(struct checker *k, struct node *n)
{
    switch (n->kind) {
    case NODE_LITERAL:
        n->type = literal_type(&n->literal);
        return 0;
    case NODE_IDENT:
        return check_ident(k, n);
    case NODE_LOCAL:
        return 0;
    case NODE_SELECT:
    case NODE_HAS:
        return check_select(k, n);
    case NODE_CALL:
        return check_call(k, n);
    case NODE_AND:
    case NODE_OR:
        return check_logic(k, n);
    case NODE_COND:
        return check_cond(k, n);
    case NODE_LIST:
        return check_list(k, n);
    case NODE_MAP:
        return check_map(k, n);
    case NODE_MESSAGE:
        return expr_fail(k->c, MSG_EXPR_TYPE, n->at,
                         "messages (Name{field: value}) are not supported; records are not made here");
    case NODE_FOLD:
        return check_fold(k, n);
    case NODE_BIND:
        return check_bind(k, n);
    }
    return ERR_INTERNAL;
}

int expr_check(struct compile *c, struct node *root)
{
    struct checker k = {.c = c};
    return check(&k, root);
}
