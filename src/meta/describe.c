/* Reads what flows, mappings and connectors have in common: labels, expressions, types. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/describe.h"

#include "codec/json.h"

int label_read(const struct yaml_node *map, const char *key, struct label *ret, struct problem *why)
{
    static const char *const known[] = {"en", "zh", NULL};
    struct yaml_node *n = yaml_get(map, key);
    if (n == NULL)
        return 0;
    if (n->kind == YAML_SCALAR) {
        ret->text[LANG_EN] = ret->text[LANG_ZH] = n->text;
        return 0;
    }
    int err = yaml_check_keys(n, known, why);
    if (err == 0)
        err = yaml_str(n, "en", STR_NULL, &ret->text[LANG_EN], why);
    if (err == 0)
        err = yaml_str(n, "zh", ret->text[LANG_EN], &ret->text[LANG_ZH], why);
    if (err == 0 && str_empty(ret->text[LANG_EN]))
        ret->text[LANG_EN] = ret->text[LANG_ZH];
    return err;
}

void label_to_json(struct buf *out, const char *key, const struct label *l)
{
    json_key(out, key);
    buf_add_cstr(out, "{\"en\":");
    json_write_str(out, l->text[LANG_EN]);
    buf_add_cstr(out, ",\"zh\":");
    json_write_str(out, l->text[LANG_ZH]);
    buf_add_char(out, '}');
}

int describe_compile(const struct describe *d, const struct type *type, const struct yaml_node *n,
                     enum expr_type_kind want, const struct expr **ret, struct problem *why)
{
    struct problem detail;
    struct expr_type wanted = {.kind = want};
    struct expr *e;
    if (n->kind != YAML_SCALAR)
        return YAML_PROBLEM(why, n, YAML_WRONG_KIND, ARG("key", STR("this")), ARG("expected", STR("an expression")));
    problem_init(&detail, d->arena);
    int err = meta_compile(d->meta, d->arena, type, n->text, d->vars, d->vars_len, want == TYPE_DYN ? NULL : &wanted,
                           &e, &detail);
    if (err == 0) {
        *ret = e;
        return 0;
    }
    /* A mistake in the expression, told with its place there, is a mistake of the file. */
    bool plain = detail.message == MSG_EXPR_SYNTAX || detail.message == MSG_EXPR_TYPE;
    return yaml_problem(why, n, plain ? MSG_MODEL_EXPR : detail.message, detail.args);
}

int describe_expr(const struct describe *d, const struct yaml_node *map, const char *key, bool need,
                  enum expr_type_kind want, const struct expr **ret, struct problem *why)
{
    struct yaml_node *n = yaml_get(map, key);
    if (n == NULL && !need)
        return 0;
    int err = yaml_need(map, key, &n, why);
    return err < 0 ? err : describe_compile(d, NULL, n, want, ret, why);
}

static struct str type_names(const struct describe *d)
{
    CLEANUP(buf_release) struct buf names = {0};
    buf_init(&names, 1 << 16);
    for (size_t i = 0; i < d->meta->types_len; i++)
        buf_addf(&names, "%s%.*s", i > 0 ? ", " : "", STR_ARG(d->meta->types[i]->name));
    return arena_str(d->arena, buf_str(&names));
}

int describe_type(const struct describe *d, const struct yaml_node *map, const struct type **ret, struct problem *why)
{
    struct str name = STR_NULL;
    int err = yaml_str(map, "type", STR_NULL, &name, why);
    if (err < 0)
        return err;
    *ret = meta_type(d->meta, name);
    if (*ret == NULL)
        return YAML_PROBLEM(why, map, MODEL_UNKNOWN, ARG("kind", STR("type")), ARG("name", name),
                            ARG("known", type_names(d)));
    return 0;
}

struct str describe_field_names(const struct type *t, struct arena *a)
{
    CLEANUP(buf_release) struct buf names = {0};
    buf_init(&names, 1 << 16);
    for (size_t i = SYS_COUNT; i < t->fields_len; i++) {
        if (t->fields[i].derived.kind == DERIVED_NO)
            buf_addf(&names, "%s%.*s", names.len > 0 ? ", " : "", STR_ARG(t->fields[i].name));
    }
    return arena_str(a, buf_str(&names));
}
