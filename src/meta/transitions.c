/*
 * Transitions: from where to where, who may, under which guard, with which fields filled.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "meta/meta_internal.h"

static void from_read(struct loader *l, struct draft *d, const struct yaml_node *n, struct transition *tr)
{
    struct str *names = NULL;
    size_t len = read_names(l, n, "from", &names);
    if (len == 0)
        BAD(l, n, YAML_MISSING, ARG("key", STR("from")));
    for (size_t i = 0; i < len; i++) {
        int s = type_state_index(d->t, names[i]);
        if (s < 0) {
            unknown_state(l, yaml_get(n, "from"), names[i], d->t);
            continue;
        }
        tr->from |= UINT64_C(1) << s;
        if (d->t->states[s].posted)
            BAD(l, yaml_get(n, "from"), MODEL_POSTED, ARG("state", names[i]));
    }
}

static void to_read(struct loader *l, struct draft *d, const struct yaml_node *n, struct transition *tr)
{
    struct yaml_node *to;
    if (yaml_need(n, "to", &to, l->why) < 0)
        return;
    int s = type_state_index(d->t, to->text);
    if (s < 0)
        unknown_state(l, to, to->text, d->t);
    else
        tr->to = s;
}

/* A link of the type to a person. */
static bool names_person(const struct type *t, struct str name)
{
    const struct field *f = type_field(t, name);
    if (!f)
        return false;
    return f->kind == FIELD_USER ||
           (f->kind == FIELD_LINK && f->to && (str_is(f->to->name, "employee") || str_is(f->to->name, "user")));
}

static void who_read(struct loader *l, struct draft *d, const struct yaml_node *n, struct transition *tr)
{
    struct str *who = NULL;
    size_t len = read_names(l, n, "who", &who);
    if (len == 0)
        BAD(l, n, YAML_MISSING, ARG("key", STR("who")));
    for (size_t i = 0; i < len; i++) {
        bool field = str_starts(who[i], STR("field:"));
        bool good = field ? names_person(d->t, str_sub(who[i], 6, who[i].len)) : name_valid(who[i]);
        if (!good)
            BAD(l, yaml_get(n, "who"), MODEL_WHO, ARG("name", who[i]));
    }
    tr->who = who;
    tr->who_len = len;
}

static void requires_read(struct loader *l, struct draft *d, const struct yaml_node *n, struct transition *tr)
{
    struct str *names = NULL;
    size_t len = read_names(l, n, "requires", &names);
    tr->requires = arena_array(l->a, const struct field *, len);
    for (size_t i = 0; i < len; i++) {
        const struct field *f = type_field(d->t, names[i]);
        if (f)
        tr->requires[tr->requires_len++] = f;
        else unknown_field(l, yaml_get(n, "requires"), names[i], d->t);
    }
}

static void transition_read(struct loader *l, struct draft *d, const struct yaml_pair *pair, struct transition *tr)
{
    static const char *const keys[] = {"from",    "to",         "label", "who",     "guard", "guard_text", "requires",
                                       "decides", "apart_from", "style", "effects", "note",  NULL};
    static const char *const styles[] = {"default", "primary", "danger", NULL};
    const struct yaml_node *n = pair->value;
    tr->name = pair->key;
    tr->style = STR("default");
    (void)name_check(l, n, pair->key, false);
    if (yaml_check_keys(n, keys, l->why) < 0)
        return;
    tr->label = read_label(l, n, "label", label_of_name(l->a, pair->key));
    from_read(l, d, n, tr);
    to_read(l, d, n, tr);
    who_read(l, d, n, tr);
    requires_read(l, d, n, tr);
    tr->decides = read_flag(l, n, "decides", false);
    tr->apart_from_len = read_names(l, n, "apart_from", (struct str **)&tr->apart_from);
    const struct yaml_node *style = yaml_get(n, "style"), *guard = yaml_get(n, "guard");
    if (!yaml_is_null(style)) {
        int i = read_choice(l, style, "style", style->text, styles);
        tr->style = str_of(styles[i < 0 ? 0 : i]);
    }
    if (!yaml_is_null(guard)) {
        tr->guard = expr_read_bool(l, d->t, guard, WITH_ACTOR);
        if (!yaml_get(n, "guard_text"))
            BAD(l, guard, YAML_MISSING, ARG("key", STR("guard_text")));
    }
    tr->guard_text = read_label(l, n, "guard_text", (struct label){0});
    const struct yaml_node *effects = read_seq(l, n, "effects");
    if (effects)
        effects_read(l, d, effects, tr);
}

static void apart_check(struct loader *l, struct draft *d, const struct yaml_node *map)
{
    for (size_t i = 0; i < d->t->transitions_len; i++) {
        const struct transition *tr = &d->t->transitions[i];
        const struct yaml_node *at = yaml_get(map->pairs[i].value, "apart_from");
        for (size_t k = 0; k < tr->apart_from_len; k++)
            if (!type_transition(d->t, tr->apart_from[k]))
                unknown_transition(l, at, tr->apart_from[k], d->t);
        if (tr->apart_from_len > 0 && !tr->decides)
            BAD(l, at, YAML_MISSING, ARG("key", STR("decides: true")));
    }
}

void transitions_read(struct loader *l, struct draft *d)
{
    enum { TRANSITIONS_MAX = 100 };
    const struct yaml_node *map = read_map(l, d->root, "transitions");
    if (!map)
        return;
    if (d->t->states_len == 0) {
        BAD(l, map, YAML_MISSING, ARG("key", STR("states")));
        return;
    }
    if (map->len > TRANSITIONS_MAX) {
        BAD(l, map, MODEL_TOO_MANY, ARG("what", STR("transitions")),
            ARG("max", arena_fmt(l->a, "%d", TRANSITIONS_MAX)));
        return;
    }
    struct transition *list = arena_array(l->a, struct transition, map->len);
    d->t->transitions = list;
    d->t->transitions_len = map->len;
    for (size_t i = 0; i < map->len; i++)
        transition_read(l, d, &map->pairs[i], &list[i]);
    apart_check(l, d, map);
}
