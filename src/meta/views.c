/*
 * What a person meets first: the title of a record, the columns of a list, the groups of a form; and rights and limits.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "meta/meta_internal.h"

/* A text field by name; NULL with a problem. */
static const struct field *title_field(struct loader *l, const struct draft *d, const struct yaml_node *n)
{
    const struct field *f = type_field(d->t, n->text);
    if (!f) {
        unknown_field(l, n, n->text, d->t);
        return NULL;
    }
    if (f->kind == FIELD_TEXT)
        return f;
    BAD(l, n, MODEL_FIELD_KIND, ARG("key", STR("title")), ARG("field", f->name),
        ARG("actual", str_of(field_kind_name(f->kind))), ARG("expected", STR("text")));
    return NULL;
}

/* `title: subject`, or one field by language: `title: {en: text_en, zh: text_zh}`. */
void title_read(struct loader *l, struct draft *d)
{
    static const char *const keys[] = {"en", "zh"};
    const struct yaml_node *n = yaml_get(d->root, "title");
    const struct field *fallback = &d->t->fields[str_empty(d->t->number) ? SYS_ID : SYS_NUMBER];
    for (int lang = 0; lang < LANG_COUNT; lang++) {
        const struct yaml_node *at = n != NULL && n->kind == YAML_MAP ? yaml_get(n, keys[lang]) : n;
        const struct field *f = yaml_is_null(at) ? NULL : title_field(l, d, at);
        d->t->title_in[lang] = f != NULL ? f : fallback;
    }
    d->t->title = d->t->title_in[LANG_EN];
}

/* A field that may stand in a list or a form, by name; NULL with a problem. */
static const struct field *view_field(struct loader *l, const struct draft *d, const struct yaml_node *at,
                                      struct str name, bool column)
{
    const struct field *f = type_field(d->t, name);
    const char *key = column ? "list" : "form";
    if (!f)
        unknown_field(l, at, name, d->t);
    else if (column && (f->kind == FIELD_LINES || f->kind == FIELD_SECRET || f->kind == FIELD_JSON))
        BAD(l, at, MODEL_FIELD_KIND, ARG("key", str_of(key)), ARG("field", name),
            ARG("actual", str_of(field_kind_name(f->kind))), ARG("expected", STR("text, int, money, date, link, …")));
    else
        return f;
    return NULL;
}

static size_t view_fields(struct loader *l, struct draft *d, const struct yaml_node *map, const char *key, bool column,
                          const struct field ***ret)
{
    struct str *names = NULL;
    size_t len = read_names(l, map, key, &names);
    const struct field **fields = arena_array(l->a, const struct field *, len);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        const struct field *f = view_field(l, d, yaml_get(map, key), names[i], column);
        for (size_t k = 0; f && k < n; k++)
            if (fields[k] == f) {
                BAD(l, yaml_get(map, key), MODEL_DUPLICATE, ARG("kind", STR("field")), ARG("name", names[i]),
                    ARG("place", str_of(key)));
                f = NULL;
            }
        if (f)
            fields[n++] = f;
    }
    *ret = fields;
    return n;
}

/* Without a list: number, title, state, and the first own columns. */
static void list_default(struct loader *l, struct draft *d)
{
    enum { SHOWN = 6 };
    struct type *t = d->t;
    t->list = arena_array(l->a, const struct field *, t->fields_len);
    if (!str_empty(t->number))
        t->list[t->list_len++] = &t->fields[SYS_NUMBER];
    if (t->title->index >= SYS_COUNT)
        t->list[t->list_len++] = t->title;
    if (t->states_len > 0)
        t->list[t->list_len++] = &t->fields[SYS_STATE];
    for (size_t i = SYS_COUNT; i < t->fields_len && t->list_len < SHOWN; i++) {
        const struct field *f = &t->fields[i];
        bool wide = f->kind == FIELD_RICH || f->kind == FIELD_JSON || f->kind == FIELD_SECRET || f->multiline;
        if (f != t->title && field_has_column(f) && !wide)
            t->list[t->list_len++] = f;
    }
    if (t->list_len == 0)
        t->list[t->list_len++] = &t->fields[SYS_CHANGED_AT];
}

static void form_default(struct loader *l, struct draft *d)
{
    struct form_group *group = arena_new(l->a, struct form_group);
    group->len = d->t->fields_len - SYS_COUNT;
    group->fields = arena_array(l->a, const struct field *, group->len);
    for (size_t i = 0; i < group->len; i++)
        group->fields[i] = &d->t->fields[SYS_COUNT + i];
    d->t->form = group;
    d->t->form_len = 1;
}

static void form_read(struct loader *l, struct draft *d, const struct yaml_node *list)
{
    static const char *const keys[] = {"label", "fields", "note", NULL};
    struct form_group *groups = arena_array(l->a, struct form_group, list->len);
    for (size_t i = 0; i < list->len; i++) {
        if (yaml_check_keys(list->items[i], keys, l->why) < 0)
            continue;
        groups[i].label = read_label(l, list->items[i], "label", (struct label){0});
        groups[i].len = view_fields(l, d, list->items[i], "fields", false, &groups[i].fields);
        if (groups[i].len == 0)
            BAD(l, list->items[i], YAML_MISSING, ARG("key", STR("fields")));
    }
    d->t->form = groups;
    d->t->form_len = list->len;
}

void views_read(struct loader *l, struct draft *d)
{
    static const char *const keys[] = {"list", "form", NULL};
    const struct yaml_node *views = read_map(l, d->root, "views");
    if (views)
        (void)!yaml_check_keys(views, keys, l->why);
    d->t->list_len = view_fields(l, d, views, "list", true, &d->t->list);
    if (d->t->list_len == 0)
        list_default(l, d);
    const struct yaml_node *form = views ? read_seq(l, views, "form") : NULL;
    if (form)
        form_read(l, d, form);
    else
        form_default(l, d);
}

/* ---- Rights ---- */

static unsigned actions_read(struct loader *l, const struct yaml_node *n)
{
    static const char *const names[] = {"read", "create", "update", "delete", NULL};
    struct str *list = NULL;
    size_t len = read_names(l, n, "may", &list);
    unsigned actions = 0;
    if (len == 0)
        BAD(l, n, YAML_MISSING, ARG("key", STR("may")));
    for (size_t i = 0; i < len; i++) {
        int a = read_choice(l, yaml_get(n, "may"), "may", list[i], names);
        if (a >= 0)
            actions |= 1u << a;
    }
    return actions;
}

static void right_read(struct loader *l, struct draft *d, const struct yaml_node *n, struct right *r)
{
    static const char *const keys[] = {"role", "may", "where", "level", "note", NULL};
    struct yaml_node *role;
    if (yaml_check_keys(n, keys, l->why) < 0 || yaml_need(n, "role", &role, l->why) < 0)
        return;
    r->role = role->text;
    (void)name_check(l, role, role->text, false);
    r->actions = actions_read(l, n);
    r->level = (int)read_number(l, n, "level", 0, 0, 3);
    const struct yaml_node *where = yaml_get(n, "where");
    if (!yaml_is_null(where))
        r->where = expr_read_where(l, d->t, where, WITH_ACTOR);
}

void rights_read(struct loader *l, struct draft *d)
{
    const struct yaml_node *list = read_seq(l, d->root, "rights");
    if (!list)
        return;
    struct right *rights = arena_array(l->a, struct right, list->len);
    for (size_t i = 0; i < list->len; i++)
        right_read(l, d, list->items[i], &rights[i]);
    d->t->rights = rights;
    d->t->rights_len = list->len;
}

void limits_read(struct loader *l, struct draft *d)
{
    static const char *const keys[] = {"that", "shown", "note", NULL};
    const struct yaml_node *list = read_seq(l, d->root, "limits");
    if (!list)
        return;
    struct limit_rule *rules = arena_array(l->a, struct limit_rule, list->len);
    for (size_t i = 0; i < list->len; i++) {
        const struct yaml_node *n = list->items[i];
        struct yaml_node *that, *shown;
        if (yaml_check_keys(n, keys, l->why) < 0 || yaml_need(n, "that", &that, l->why) < 0 ||
            yaml_need(n, "shown", &shown, l->why) < 0)
            continue;
        rules[i].that = expr_read_bool(l, d->t, that, WITHOUT_ACTOR);
        rules[i].shown = type_field(d->t, shown->text);
        if (!rules[i].shown)
            unknown_field(l, shown, shown->text, d->t);
    }
    d->t->limits = rules;
    d->t->limits_len = list->len;
}
