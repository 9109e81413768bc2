/*
 * Effects of a transition: seven verbs with parameters, each checked against the types it writes to.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "meta/meta_internal.h"

enum { EFFECTS_MAX = 20 };

struct effect_of {
    struct loader *l;
    struct draft *d;
    struct effect *e;
    const struct yaml_node *at; /* the parameters */
};

static const struct expr *param_expr(struct effect_of *x, const char *key)
{
    struct yaml_node *n;
    return yaml_need(x->at, key, &n, x->l->why) < 0 ? NULL : expr_read(x->l, x->d->t, n, WITH_ACTOR, NULL);
}

/* The type under a key; NULL with a problem. */
static const struct type *param_type(struct effect_of *x, const char *key)
{
    struct yaml_node *n;
    if (yaml_need(x->at, key, &n, x->l->why) < 0)
        return NULL;
    const struct type *t = meta_type(x->l->m, n->text);
    if (!t)
        unknown_type(x->l, n, n->text);
    return t;
}

/* Which record is written: an object of the type, or its id. */
static void param_record(struct effect_of *x)
{
    x->e->record = param_expr(x, "record");
    if (!x->e->record || !x->e->type)
        return;
    struct expr_type is = expr_result_type(x->e->record);
    bool good = is.kind == TYPE_DYN || is.kind == TYPE_STRING || is.kind == TYPE_NULL ||
                (is.kind == TYPE_OBJECT && str_eq(is.name, x->e->type->name));
    if (!good)
        BAD(x->l, yaml_get(x->at, "record"), MODEL_VALUE_KIND, ARG("field", STR("record")),
            ARG("expected", x->e->type->name), ARG("actual", is.kind == TYPE_OBJECT ? is.name : STR("…")));
}

static bool set_field_good(struct effect_of *x, const struct yaml_node *at, struct str name, const struct type *t,
                           const struct field **ret)
{
    const struct field *f = type_field(t, name);
    if (!f) {
        unknown_field(x->l, at, name, t);
        return false;
    }
    bool posted =
        x->e->verb == EFFECT_POST && (str_is(name, "stage") || str_is(name, "amount") || str_is(name, "document"));
    if (f->system || f->derived.kind != DERIVED_NO || f->kind == FIELD_SECRET || f->kind == FIELD_LINES || posted) {
        BAD(x->l, at, MODEL_NOT_WRITABLE, ARG("field", name));
        return false;
    }
    *ret = f;
    return true;
}

static void set_read(struct effect_of *x, const struct yaml_node *map, const struct type *t)
{
    if (!map)
        return;
    struct assignment *set = arena_array(x->l->a, struct assignment, map->len);
    for (size_t i = 0; i < map->len; i++) {
        struct assignment *s = &set[x->e->set_len];
        const struct yaml_node *at = map->pairs[i].value;
        if (!set_field_good(x, at, map->pairs[i].key, t, &s->field))
            continue;
        s->value = expr_read(x->l, x->d->t, at, WITH_ACTOR, NULL);
        if (s->value) {
            assign_check(x->l, at, s->field, s->value);
            x->e->set_len++;
        }
    }
    x->e->set = set;
}

/* What is made must have its required fields, which otherwise only the first user would find out. */
static void required_check(struct effect_of *x, const struct yaml_node *set)
{
    const struct type *t = x->e->type;
    for (size_t i = SYS_COUNT; i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        const struct draft *other = loader_draft(x->l, t);
        bool has_default = !yaml_is_null(yaml_get(other->field_nodes[i], "default"));
        bool posted = x->e->verb == EFFECT_POST &&
                      (str_is(f->name, "stage") || str_is(f->name, "amount") || str_is(f->name, "document"));
        if (f->required && !has_default && !posted && !yaml_get(set, arena_cstr(x->l->a, f->name)))
            BAD(x->l, x->at, MODEL_SET_MISSING, ARG("type", t->name), ARG("field", f->name));
    }
}

static bool ledger_good(const struct type *t)
{
    const struct field *stage = type_field(t, STR("stage")), *amount = type_field(t, STR("amount")),
                       *document = type_field(t, STR("document"));
    return t->ledger && stage && stage->kind == FIELD_SELECT && amount && amount->kind == FIELD_MONEY && document &&
           document->kind == FIELD_LINK_ANY;
}

static void stage_read(struct effect_of *x)
{
    struct yaml_node *stage;
    if (yaml_need(x->at, "stage", &stage, x->l->why) < 0)
        return;
    x->e->stage = stage->text;
    const struct field *f = type_field(x->e->type, STR("stage"));
    CLEANUP(buf_release) struct buf known = {0};
    buf_init(&known, 1000);
    for (size_t i = 0; i < f->options_len; i++) {
        if (str_eq(f->options[i].value, stage->text))
            return;
        (void)buf_addf(&known, "%s%.*s", i ? ", " : "", STR_ARG(f->options[i].value));
    }
    BAD(x->l, stage, MODEL_CHOICE, ARG("key", STR("stage")), ARG("value", stage->text), ARG("known", buf_str(&known)));
}

static void post_read(struct effect_of *x)
{
    static const char *const keys[] = {"ledger", "stage", "amount", "set", "release", "note", NULL};
    (void)!yaml_check_keys(x->at, keys, x->l->why);
    x->e->type = param_type(x, "ledger");
    if (!x->e->type)
        return;
    if (!ledger_good(x->e->type)) {
        BAD(x->l, yaml_get(x->at, "ledger"), MODEL_LEDGER, ARG("type", x->e->type->name));
        return;
    }
    stage_read(x);
    x->e->release = read_flag(x->l, x->at, "release", false);
    if (x->e->release) {
        const struct yaml_node *extra = yaml_get(x->at, "amount") ? yaml_get(x->at, "amount") : yaml_get(x->at, "set");
        if (extra)
            BAD(x->l, extra, MODEL_NOT_HERE, ARG("key", STR("amount, set")), ARG("what", STR("release: true")));
        return;
    }
    const struct yaml_node *set = read_map(x->l, x->at, "set");
    x->e->amount = param_expr(x, "amount");
    if (x->e->amount)
        assign_check(x->l, yaml_get(x->at, "amount"), type_field(x->e->type, STR("amount")), x->e->amount);
    set_read(x, set, x->e->type);
    required_check(x, set);
}

static void create_read(struct effect_of *x)
{
    static const char *const keys[] = {"type", "set", "note", NULL};
    (void)!yaml_check_keys(x->at, keys, x->l->why);
    x->e->type = param_type(x, "type");
    if (!x->e->type)
        return;
    if (x->e->type->part_of)
        BAD(x->l, yaml_get(x->at, "type"), MODEL_NOT_HERE, ARG("key", x->e->type->name), ARG("what", STR("create")));
    const struct yaml_node *set = read_map(x->l, x->at, "set");
    set_read(x, set, x->e->type);
    required_check(x, set);
}

static void update_read(struct effect_of *x)
{
    static const char *const keys[] = {"type", "record", "set", "note", NULL};
    (void)!yaml_check_keys(x->at, keys, x->l->why);
    x->e->type = param_type(x, "type");
    if (!x->e->type)
        return;
    param_record(x);
    const struct yaml_node *set = read_map(x->l, x->at, "set");
    if (!set)
        BAD(x->l, x->at, YAML_MISSING, ARG("key", STR("set")));
    set_read(x, set, x->e->type);
}

static void link_read(struct effect_of *x)
{
    update_read(x);
    const struct field *f = x->e->set_len == 1 ? x->e->set[0].field : NULL;
    if (x->e->type && (!f || (f->kind != FIELD_LINK && f->kind != FIELD_USER && f->kind != FIELD_LINK_ANY)))
        BAD(x->l, x->at, MODEL_SET_ONE, ARG("key", STR("set")));
}

static void transition_effect_read(struct effect_of *x)
{
    static const char *const keys[] = {"type", "record", "transition", "note", NULL};
    (void)!yaml_check_keys(x->at, keys, x->l->why);
    struct yaml_node *n;
    x->e->type = param_type(x, "type");
    if (!x->e->type)
        return;
    param_record(x);
    if (yaml_need(x->at, "transition", &n, x->l->why) < 0)
        return;
    x->e->transition = n->text;
    /* The other type's transitions may not be read yet, so its file is asked. */
    const struct yaml_node *known = yaml_get(loader_draft(x->l, x->e->type)->root, "transitions");
    if (!yaml_get(known, arena_cstr(x->l->a, n->text)))
        unknown_transition(x->l, n, n->text, x->e->type);
}

static void own_set_read(struct effect_of *x)
{
    if (x->at->kind != YAML_MAP || x->at->len == 0) {
        BAD(x->l, x->at, YAML_WRONG_KIND, ARG("key", STR("set")), ARG("expected", STR("{field: \"CEL\"}")));
        return;
    }
    x->e->type = x->d->t;
    set_read(x, x->at, x->d->t);
}

/* {field} in a notification's text. */
static void text_check(struct effect_of *x, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        size_t end = text.ptr[i] == '{' ? str_find(text, STR("}"), i) : SIZE_MAX;
        if (end == SIZE_MAX)
            continue;
        struct str name = str_sub(text, i + 1, end - i - 1);
        const struct field *f = type_field(x->d->t, name);
        if (!f || f->kind == FIELD_SECRET)
            unknown_field(x->l, yaml_get(x->at, "text"), name, x->d->t);
        i = end;
    }
}

static void notify_read(struct effect_of *x)
{
    static const char *const keys[] = {"to", "text", "note", NULL};
    (void)!yaml_check_keys(x->at, keys, x->l->why);
    struct yaml_node *text;
    x->e->to = param_expr(x, "to");
    if (yaml_need(x->at, "text", &text, x->l->why) < 0)
        return;
    x->e->text = read_label(x->l, x->at, "text", (struct label){0});
    text_check(x, x->e->text.text[LANG_EN]);
    text_check(x, x->e->text.text[LANG_ZH]);
    struct expr_type is = x->e->to ? expr_result_type(x->e->to) : (struct expr_type){.kind = TYPE_DYN};
    bool person =
        is.kind == TYPE_OBJECT && (str_is(is.name, "user") || str_is(is.name, "employee") || str_is(is.name, "actor"));
    if (!person && is.kind != TYPE_STRING && is.kind != TYPE_DYN)
        BAD(x->l, yaml_get(x->at, "to"), MODEL_VALUE_KIND, ARG("field", STR("to")),
            ARG("expected", STR("user, employee, 'role'")), ARG("actual", is.kind == TYPE_OBJECT ? is.name : STR("…")));
}

static const struct {
    const char *name;
    enum effect_verb verb;
    void (*read)(struct effect_of *x);
} verbs[] = {
    {"post", EFFECT_POST, post_read},       {"create", EFFECT_CREATE, create_read},
    {"update", EFFECT_UPDATE, update_read}, {"transition", EFFECT_TRANSITION, transition_effect_read},
    {"link", EFFECT_LINK, link_read},       {"set", EFFECT_SET, own_set_read},
    {"notify", EFFECT_NOTIFY, notify_read},
};

static void effect_read(struct loader *l, struct draft *d, const struct yaml_node *n, struct effect *e)
{
    static const char *const keys[] = {"post", "create", "update", "transition", "link",
                                       "set",  "notify", "when",   "note",       NULL};
    if (yaml_check_keys(n, keys, l->why) < 0)
        return;
    size_t found = 0, which = 0;
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (yaml_get(n, verbs[i].name)) {
            found++;
            which = i;
        }
    if (found != 1) {
        BAD(l, n, YAML_WRONG_KIND, ARG("key", STR("effects")),
            ARG("expected", STR("[{post | create | update | transition | link | set | notify: {…}}]")));
        return;
    }
    e->verb = verbs[which].verb;
    e->line = n->line;
    const struct yaml_node *when = yaml_get(n, "when");
    if (!yaml_is_null(when))
        e->when = expr_read_bool(l, d->t, when, WITH_ACTOR);
    struct effect_of x = {.l = l, .d = d, .e = e, .at = yaml_get(n, verbs[which].name)};
    verbs[which].read(&x);
}

void effects_read(struct loader *l, struct draft *d, const struct yaml_node *list, struct transition *tr)
{
    if (list->len > EFFECTS_MAX) {
        BAD(l, list, MODEL_TOO_MANY, ARG("what", STR("effects")), ARG("max", arena_fmt(l->a, "%d", EFFECTS_MAX)));
        return;
    }
    struct effect *effects = arena_array(l->a, struct effect, list->len);
    for (size_t i = 0; i < list->len; i++)
        effect_read(l, d, list->items[i], &effects[i]);
    tr->effects = effects;
    tr->effects_len = list->len;
}
