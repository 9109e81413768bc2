/* Reads a flow from its file: trigger, occurrence and steps, with every name and expression checked. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/text.h"
#include "flow/flow_internal.h"
#include "meta/describe.h"

const struct expr_var flow_vars[] = {
    {.name = "record", .type = {.kind = TYPE_DYN}},
    {.name = "event", .type = {.kind = TYPE_DYN}},
    {.name = "steps", .type = {.kind = TYPE_DYN}},
    {.name = "vars", .type = {.kind = TYPE_DYN}},
};

static const char *const verbs[STEP_VERBS] = {"set", "find", "create", "update", "transition", "notify"};

const char *step_verb_name(enum step_verb v)
{
    return verbs[v];
}

struct loader {
    struct flows *f;
    struct flow *flow;
    struct problem *why;
    struct expr_var vars[FLOW_VARS]; /* record has the flow's own type */
};

static struct describe describe_of(struct loader *l)
{
    return (struct describe){.meta = l->f->meta, .arena = &l->f->arena, .vars = l->vars, .vars_len = FLOW_VARS};
}

static int compile(struct loader *l, const struct type *type, const struct yaml_node *n, enum expr_type_kind want,
                   const struct expr **ret)
{
    struct describe d = describe_of(l);
    return describe_compile(&d, type, n, want, ret, l->why);
}

static int read_expr(struct loader *l, const struct yaml_node *map, const char *key, bool need,
                     enum expr_type_kind want, const struct expr **ret)
{
    struct describe d = describe_of(l);
    return describe_expr(&d, map, key, need, want, ret, l->why);
}

static int read_type(struct loader *l, const struct yaml_node *map, const struct type **ret)
{
    struct describe d = describe_of(l);
    return describe_type(&d, map, ret, l->why);
}

/* Assignments; with a type their names are its fields, without one they are variables. */
static int read_set(struct loader *l, const struct yaml_node *map, const char *key, const struct type *type,
                    const struct flow_assign **ret, size_t *ret_len)
{
    struct yaml_node *n = key != NULL ? yaml_get(map, key) : (struct yaml_node *)(uintptr_t)map;
    if (n == NULL)
        return 0;
    if (n->kind != YAML_MAP)
        return YAML_PROBLEM(l->why, n, YAML_WRONG_KIND, ARG("key", str_of(key ? key : "set")),
                            ARG("expected", STR("a map of names and expressions")));
    struct flow_assign *out = arena_array(&l->f->arena, struct flow_assign, n->len);
    for (size_t i = 0; i < n->len; i++) {
        struct str name = n->pairs[i].key;
        const struct field *field = type != NULL ? type_field(type, name) : NULL;
        if (type != NULL && field == NULL)
            return YAML_PROBLEM(l->why, n->pairs[i].value, MODEL_UNKNOWN, ARG("kind", STR("field")), ARG("name", name),
                                ARG("known", describe_field_names(type, &l->f->arena)));
        if (type != NULL && (field->system || field->derived.kind != DERIVED_NO))
            return YAML_PROBLEM(l->why, n->pairs[i].value, MODEL_NOT_WRITABLE, ARG("field", name));
        out[i].name = name;
        int err = compile(l, NULL, n->pairs[i].value, TYPE_DYN, &out[i].value);
        if (err < 0)
            return err;
    }
    *ret = out;
    *ret_len = n->len;
    return 0;
}

static int read_find(struct loader *l, const struct yaml_node *n, struct flow_step *s)
{
    static const char *const known[] = {"type", "where", "first", NULL};
    struct yaml_node *where;
    int err = yaml_check_keys(n, known, l->why);
    if (err == 0)
        err = read_type(l, n, &s->type);
    if (err == 0)
        err = yaml_bool(n, "first", false, &s->first, l->why);
    if (err == 0)
        err = yaml_need(n, "where", &where, l->why);
    return err < 0 ? err : compile(l, s->type, where, TYPE_BOOL, &s->where);
}

static int read_write(struct loader *l, const struct yaml_node *n, struct flow_step *s)
{
    static const char *const known_create[] = {"type", "set", NULL};
    static const char *const known_update[] = {"type", "record", "set", NULL};
    static const char *const known_transition[] = {"type", "record", "transition", "set", NULL};
    const char *const *known = s->verb == STEP_CREATE   ? known_create
                               : s->verb == STEP_UPDATE ? known_update
                                                        : known_transition;
    int err = yaml_check_keys(n, known, l->why);
    if (err == 0)
        err = read_type(l, n, &s->type);
    if (err == 0 && s->verb != STEP_CREATE)
        err = read_expr(l, n, "record", true, TYPE_DYN, &s->record);
    if (err == 0)
        err = read_set(l, n, "set", s->type, &s->set, &s->set_len);
    if (err < 0 || s->verb != STEP_TRANSITION)
        return err;
    err = yaml_str(n, "transition", STR_NULL, &s->transition, l->why);
    if (err == 0 && type_transition(s->type, s->transition) == NULL)
        err = YAML_PROBLEM(l->why, n, MODEL_UNKNOWN, ARG("kind", STR("transition")), ARG("name", s->transition),
                           ARG("known", s->type->file));
    return err;
}

static int read_notify(struct loader *l, const struct yaml_node *n, struct flow_step *s)
{
    static const char *const known[] = {"to", "about", "text", NULL};
    static const char *const known_text[] = {"en", "zh", NULL};
    struct yaml_node *text;
    int err = yaml_check_keys(n, known, l->why);
    if (err == 0)
        err = read_expr(l, n, "to", true, TYPE_DYN, &s->to);
    if (err == 0)
        err = read_expr(l, n, "about", false, TYPE_DYN, &s->record);
    if (err == 0)
        err = yaml_need(n, "text", &text, l->why);
    if (err == 0)
        err = yaml_check_keys(text, known_text, l->why);
    if (err == 0)
        err = read_expr(l, text, "en", true, TYPE_DYN, &s->text[LANG_EN]);
    if (err == 0)
        err = read_expr(l, text, "zh", true, TYPE_DYN, &s->text[LANG_ZH]);
    return err;
}

static int read_refused(struct loader *l, const struct yaml_node *map, struct flow_step *s)
{
    static const char *const known[] = {"code", "set", NULL};
    struct yaml_node *n = yaml_get(map, "refused");
    struct str *codes;
    if (n == NULL)
        return 0;
    int err = yaml_check_keys(n, known, l->why);
    if (err == 0)
        err = yaml_str_list(&l->f->arena, n, "code", &codes, &s->refused_len, l->why);
    if (err == 0) {
        s->refused = codes;
        err = read_set(l, n, "set", NULL, &s->refused_set, &s->refused_set_len);
    }
    return err;
}

static int read_step(struct loader *l, const struct yaml_node *n, struct flow_step *s)
{
    static const char *const known[] = {"step", "label",  "when",   "refused",    "note",   "set",
                                        "find", "create", "update", "transition", "notify", NULL};
    struct yaml_node *body = NULL;
    int found = 0;
    int err = yaml_check_keys(n, known, l->why);
    if (err == 0)
        err = yaml_str(n, "step", STR_NULL, &s->name, l->why);
    if (err == 0 && str_empty(s->name))
        err = YAML_PROBLEM(l->why, n, YAML_MISSING, ARG("key", STR("step")));
    if (err == 0)
        err = label_read(n, "label", &s->label, l->why);
    if (err == 0)
        err = read_expr(l, n, "when", false, TYPE_DYN, &s->when);
    if (err == 0)
        err = read_refused(l, n, s);
    for (int v = 0; err == 0 && v < STEP_VERBS; v++) {
        struct yaml_node *b = yaml_get(n, verbs[v]);
        if (b == NULL)
            continue;
        body = b;
        s->verb = (enum step_verb)v;
        found++;
    }
    if (err == 0 && found != 1)
        err = YAML_PROBLEM(l->why, n, MODEL_STEP_VERB,
                           ARG("known", STR("set, find, create, update, transition, notify")));
    if (err < 0)
        return err;
    if (s->verb == STEP_SET)
        return read_set(l, body, NULL, NULL, &s->set, &s->set_len);
    if (s->verb == STEP_FIND)
        return read_find(l, body, s);
    return s->verb == STEP_NOTIFY ? read_notify(l, body, s) : read_write(l, body, s);
}

static int read_steps(struct loader *l, const struct yaml_node *root)
{
    struct yaml_node *n;
    int err = yaml_need(root, "steps", &n, l->why);
    if (err < 0)
        return err;
    if (n->kind != YAML_SEQ || n->len == 0 || n->len > FLOW_STEPS_MAX)
        return YAML_PROBLEM(l->why, n, YAML_WRONG_KIND, ARG("key", STR("steps")),
                            ARG("expected", STR("a list of 1 to 100 steps")));
    struct flow_step *steps = arena_array(&l->f->arena, struct flow_step, n->len);
    for (size_t i = 0; i < n->len; i++) {
        err = read_step(l, n->items[i], &steps[i]);
        for (size_t k = 0; err == 0 && k < i; k++) {
            if (str_eq(steps[k].name, steps[i].name))
                err = YAML_PROBLEM(l->why, n->items[i], YAML_DUPLICATE, ARG("key", steps[i].name));
        }
        if (err < 0)
            return err;
    }
    l->flow->steps = steps;
    l->flow->steps_len = n->len;
    return 0;
}

static int read_trigger(struct loader *l, const struct yaml_node *root)
{
    static const char *const known[] = {"type", "on", "state", "when", NULL};
    static const char *const kinds[] = {"created", "updated", "entered"};
    struct yaml_node *n;
    struct str on = STR_NULL;
    struct flow *flow = l->flow;
    int err = yaml_need(root, "trigger", &n, l->why);
    if (err == 0)
        err = yaml_check_keys(n, known, l->why);
    if (err == 0)
        err = read_type(l, n, &flow->type);
    if (err == 0)
        err = yaml_str(n, "on", STR_NULL, &on, l->why);
    if (err == 0)
        err = yaml_str(n, "state", STR_NULL, &flow->state, l->why);
    if (err < 0)
        return err;
    int kind = 0;
    while (kind < 3 && !str_is(on, kinds[kind]))
        kind++;
    if (kind == 3)
        return YAML_PROBLEM(l->why, n, MODEL_UNKNOWN, ARG("kind", STR("trigger")), ARG("name", on),
                            ARG("known", STR("created, updated, entered")));
    flow->trigger = (enum trigger_kind)kind;
    if (flow->trigger == TRIGGER_ENTERED && type_state(flow->type, flow->state) == NULL)
        return YAML_PROBLEM(l->why, n, MODEL_UNKNOWN, ARG("kind", STR("state")), ARG("name", flow->state),
                            ARG("known", flow->type->file));
    l->vars[FLOW_VAR_RECORD].type = (struct expr_type){.kind = TYPE_OBJECT, .name = flow->type->name};
    return read_expr(l, n, "when", false, TYPE_BOOL, &flow->when);
}

/* A version is what the file says: any change of it is another version. */
static struct str version_of(struct flows *f, struct str text)
{
    uint8_t hash[HASH_BYTES];
    CLEANUP(buf_release) struct buf hex = {0};
    buf_init(&hex, 100);
    sha256(text, hash);
    hex_encode(str_n((const char *)hash, 8), &hex);
    return arena_str(&f->arena, buf_str(&hex));
}

int flow_load(struct flows *f, const struct meta_source *src, const struct flow **ret, struct problem *why)
{
    static const char *const known[] = {"flow", "label", "note", "on", "trigger", "occurrence", "steps", NULL};
    struct loader l = {.f = f, .flow = arena_new(&f->arena, struct flow), .why = why};
    struct yaml_node *root;
    for (int i = 0; i < FLOW_VARS; i++)
        l.vars[i] = flow_vars[i];
    l.flow->file = src->file;
    l.flow->version = version_of(f, src->text);
    int err = yaml_parse(&f->arena, src->file, src->text, &root, why);
    if (err == 0)
        err = yaml_check_keys(root, known, why);
    if (err == 0)
        err = yaml_str(root, "flow", STR_NULL, &l.flow->name, why);
    if (err == 0 && str_empty(l.flow->name))
        err = YAML_PROBLEM(why, root, YAML_MISSING, ARG("key", STR("flow")));
    if (err == 0)
        err = label_read(root, "label", &l.flow->label, why);
    if (err == 0)
        err = label_read(root, "note", &l.flow->note, why);
    if (err == 0)
        err = yaml_bool(root, "on", true, &l.flow->on_by_default, why);
    if (err == 0)
        err = read_trigger(&l, root);
    if (err == 0)
        err = read_expr(&l, root, "occurrence", true, TYPE_DYN, &l.flow->occurrence);
    if (err == 0)
        err = read_steps(&l, root);
    if (err == 0)
        *ret = l.flow;
    return err;
}
