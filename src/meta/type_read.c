/*
 * The head and the states of a type, read from its file without a look at others.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "meta/meta_internal.h"

const char *state_kind_name(enum state_kind k)
{
    static const char *const names[] = {"draft", "open", "done", "cancelled"};
    assert((size_t)k < ARRAY_LEN(names));
    return names[k];
}

/* "EC-{yyyy}-{seq:5}": text, date parts, and exactly one counter of 1 to 12 digits. */
static bool number_valid(struct str s)
{
    static const char *const parts[] = {"yyyy", "yy", "mm"};
    int counters = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == '}' || c < ' ')
            return false;
        if (c != '{')
            continue;
        size_t end = str_find(s, STR("}"), i);
        if (end == SIZE_MAX)
            return false;
        struct str part = str_sub(s, i + 1, end - i - 1);
        bool good = false;
        for (size_t k = 0; k < ARRAY_LEN(parts); k++)
            good = good || str_is(part, parts[k]);
        int64_t digits;
        if (str_starts(part, STR("seq:")) && str_to_i64(str_sub(part, 4, part.len), &digits) == 0) {
            good = digits >= 1 && digits <= 12;
            counters++;
        }
        if (!good)
            return false;
        i = end;
    }
    return counters == 1 && s.len <= META_NAME_LEN_MAX;
}

/* Refuses what only a document of its own can have. */
static void line_type_check(struct loader *l, struct draft *d)
{
    static const char *const not_here[] = {"number", "states", "transitions", "rights", "ledger", "menu"};
    for (size_t i = 0; i < ARRAY_LEN(not_here); i++) {
        const struct yaml_node *n = yaml_get(d->root, not_here[i]);
        if (n)
            BAD(l, n, MODEL_NOT_HERE, ARG("key", str_of(not_here[i])), ARG("what", STR("part_of")));
    }
}

static void menu_read(struct loader *l, struct draft *d)
{
    static const char *const keys[] = {"group", "order", NULL};
    static const char *const groups[] = {"project", "operations", "integration", "administration", NULL};
    const struct yaml_node *menu = read_map(l, d->root, "menu");
    if (!menu || yaml_check_keys(menu, keys, l->why) < 0)
        return;
    struct yaml_node *group;
    if (yaml_need(menu, "group", &group, l->why) < 0)
        return;
    int i = read_choice(l, group, "group", group->text, groups);
    if (i >= 0)
        d->t->menu_group = str_of(groups[i]);
    d->t->menu_order = (int)read_number(l, menu, "order", 100, 0, 100000);
}

void type_read_head(struct loader *l, struct draft *d)
{
    static const char *const keys[] = {"type",   "engine",  "label",  "plural", "number",      "title",
                                       "ledger", "part_of", "fields", "states", "transitions", "rights",
                                       "limits", "views",   "menu",   "note",   NULL};
    static const char *const engines[] = {"project", "operations", "integration", "system", NULL};
    (void)!yaml_check_keys(d->root, keys, l->why);
    struct type *t = d->t;
    t->label = read_label(l, d->root, "label", label_of_name(l->a, t->name));
    t->plural = read_label(l, d->root, "plural", t->label);
    t->ledger = read_flag(l, d->root, "ledger", false);
    struct yaml_node *engine;
    if (yaml_need(d->root, "engine", &engine, l->why) == 0) {
        int i = read_choice(l, engine, "engine", engine->text, engines);
        t->engine = i < 0 ? STR_NULL : str_of(engines[i]);
    }
    t->number = read_text(l, d->root, "number", STR_NULL);
    if (!str_empty(t->number) && !number_valid(t->number))
        BAD(l, yaml_get(d->root, "number"), MODEL_NUMBER, ARG("value", t->number));
    if (yaml_get(d->root, "part_of"))
        line_type_check(l, d);
    menu_read(l, d);
}

static void state_read(struct loader *l, const struct yaml_pair *pair, struct state *st)
{
    static const char *const keys[] = {"kind", "label", "effective", "posted", "note", NULL};
    static const char *const kinds[] = {"draft", "open", "done", "cancelled", NULL};
    st->name = pair->key;
    (void)name_check(l, pair->value, pair->key, false);
    st->label = label_of_name(l->a, pair->key);
    if (yaml_check_keys(pair->value, keys, l->why) < 0)
        return;
    st->label = read_label(l, pair->value, "label", st->label);
    st->effective = read_flag(l, pair->value, "effective", false);
    st->posted = read_flag(l, pair->value, "posted", false);
    struct yaml_node *kind;
    if (yaml_need(pair->value, "kind", &kind, l->why) < 0)
        return;
    int i = read_choice(l, kind, "kind", kind->text, kinds);
    st->kind = i < 0 ? STATE_OPEN : (enum state_kind)i;
    if (st->posted && st->kind == STATE_DRAFT)
        BAD(l, yaml_get(pair->value, "posted"), MODEL_NOT_HERE, ARG("key", STR("posted")),
            ARG("what", STR("kind: draft")));
}

/* The state field is a select of the states, so that filters, labels and checks need no special case. */
static void state_field_fill(struct loader *l, struct draft *d)
{
    struct option_item *options = arena_array(l->a, struct option_item, d->t->states_len);
    for (size_t i = 0; i < d->t->states_len; i++)
        options[i] = (struct option_item){.value = d->t->states[i].name, .label = d->t->states[i].label};
    d->fields[SYS_STATE].options = options;
    d->fields[SYS_STATE].options_len = d->t->states_len;
}

void type_read_states(struct loader *l, struct draft *d)
{
    const struct yaml_node *map = read_map(l, d->root, "states");
    if (!map || yaml_get(d->root, "part_of"))
        return;
    if (map->len > META_STATES_MAX) {
        BAD(l, map, MODEL_TOO_MANY, ARG("what", STR("states")), ARG("max", arena_fmt(l->a, "%d", META_STATES_MAX)));
        return;
    }
    struct state *states = arena_array(l->a, struct state, map->len);
    for (size_t i = 0; i < map->len; i++)
        state_read(l, &map->pairs[i], &states[i]);
    d->t->states = states;
    d->t->states_len = map->len;
    state_field_fill(l, d);
}
