/*
 * Loading a model: files to drafts, the steps over them in order, and looking things up in the result.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "meta/meta_internal.h"

struct draft *loader_draft(struct loader *l, const struct type *t)
{
    for (size_t i = 0; i < l->len; i++)
        if (l->drafts[i].t == t)
            return &l->drafts[i];
    return NULL;
}

struct draft *loader_find(struct loader *l, struct str name)
{
    const struct type *t = meta_type(l->m, name);
    return t ? loader_draft(l, t) : NULL;
}

/* ---- Files ---- */

/* "model/task.yaml" describes the type "task". */
static struct str file_stem(struct str file)
{
    size_t slash = str_rfind_char(file, '/');
    struct str name = slash == SIZE_MAX ? file : str_sub(file, slash + 1, file.len);
    return str_ends(name, STR(".yaml")) ? str_sub(name, 0, name.len - 5) : name;
}

/* Answers whether the file describes a type at all; its mistakes are in the problem. */
static bool draft_read(struct loader *l, const struct meta_source *source, struct draft *d)
{
    struct str file = arena_str(l->a, source->file);
    struct yaml_node *type;
    if (yaml_parse(l->a, file, source->text, &d->root, l->why) < 0)
        return false;
    if (d->root->kind != YAML_MAP) {
        BAD(l, d->root, YAML_WRONG_KIND, ARG("key", file), ARG("expected", STR("type: …")));
        return false;
    }
    if (yaml_need(d->root, "type", &type, l->why) < 0)
        return false;
    d->t = arena_new(l->a, struct type);
    d->t->name = type->text;
    d->t->file = file;
    d->t->object = (struct expr_type){.kind = TYPE_OBJECT, .name = type->text};
    if (!name_check(l, type, type->text, true))
        return false;
    if (!str_eq(file_stem(file), type->text))
        BAD(l, type, MODEL_FILE_NAME, ARG("type", type->text));
    return true;
}

static int draft_cmp(const void *a, const void *b)
{
    return str_cmp(((const struct draft *)a)->t->name, ((const struct draft *)b)->t->name);
}

static void drafts_read(struct loader *l, const struct meta_source *sources, size_t len)
{
    l->drafts = arena_array(l->a, struct draft, len);
    for (size_t i = 0; i < len; i++)
        if (draft_read(l, &sources[i], &l->drafts[l->len]))
            l->len++;
    if (l->len > 0)
        qsort(l->drafts, l->len, sizeof(l->drafts[0]), draft_cmp);
    l->m->types = arena_array(l->a, const struct type *, l->len);
    for (size_t i = 0; i < l->len; i++) {
        const struct draft *d = &l->drafts[i];
        if (i > 0 && str_eq(d[-1].t->name, d->t->name))
            BAD(l, d->root, MODEL_DUPLICATE, ARG("kind", STR("type")), ARG("name", d->t->name),
                ARG("place", d[-1].t->file));
        l->m->types[i] = d->t;
    }
    l->m->types_len = l->len;
}

/* ---- Steps ---- */

/* m_<type>_<field> of two types may not be the same table: task + x_y against task_x + y. */
static void side_tables_check(struct loader *l)
{
    struct map *seen = map_new(l->a);
    for (size_t i = 0; i < l->len; i++)
        for (size_t j = SYS_COUNT; j < l->drafts[i].t->fields_len; j++) {
            const struct type *t = l->drafts[i].t;
            const struct field *f = &t->fields[j];
            if (!field_is_many(f))
                continue;
            struct str table = arena_fmt(l->a, "%.*s_%.*s", STR_ARG(t->name), STR_ARG(f->name));
            const struct type *other = map_get(seen, table);
            if (other)
                BAD(l, l->drafts[i].field_nodes[j], MODEL_DUPLICATE, ARG("kind", STR("table")), ARG("name", table),
                    ARG("place", other->file));
            map_put(seen, table, l->drafts[i].t);
        }
}

/* A line type belongs to the one lines field that names it. */
static void parts_check(struct loader *l)
{
    for (size_t i = 0; i < l->len; i++) {
        const struct draft *d = &l->drafts[i];
        const struct yaml_node *part = yaml_get(d->root, "part_of");
        if (!part || d->t->part_of)
            continue;
        if (!meta_type(l->m, part->text))
            unknown_type(l, part, part->text);
        else
            BAD(l, part, MODEL_LINES, ARG("type", d->t->name), ARG("owner", part->text));
    }
}

static void for_all(struct loader *l, void (*step)(struct loader *, struct draft *))
{
    for (size_t i = 0; i < l->len; i++)
        step(l, &l->drafts[i]);
}

static bool clean(const struct loader *l)
{
    return l->why->items_count == 0 && l->why->err == 0;
}

/* A step begins only where the one before found nothing, because it relies on it. */
static void load_steps(struct loader *l)
{
    for_all(l, type_read_head);
    for_all(l, fields_read);
    for_all(l, type_read_states);
    if (!clean(l))
        return;
    for_all(l, fields_resolve);
    parts_check(l);
    side_tables_check(l);
    if (!clean(l))
        return;
    for_all(l, derived_resolve);
    for_all(l, title_read);
    for_all(l, views_read);
    if (!clean(l))
        return;
    for_all(l, derived_compile);
    for_all(l, derived_check_levels);
    for_all(l, defaults_read);
    for_all(l, rights_read);
    for_all(l, limits_read);
    for_all(l, transitions_read);
    dependants_collect(l);
}

/* Two 64-bit FNV-1a sums with different beginnings: enough to see that something changed; it protects nothing. */
static struct str version_of(struct arena *a, const struct loader *l, const struct meta_source *sources, size_t len)
{
    const uint64_t prime = 0x100000001b3;
    uint64_t low = 0xcbf29ce484222325, high = 0x84222325cbf29ce4;
    for (size_t i = 0; i < l->len; i++)
        for (size_t k = 0; k < len; k++) {
            if (!str_eq(sources[k].file, l->drafts[i].t->file))
                continue;
            for (size_t c = 0; c < sources[k].text.len; c++) {
                low = (low ^ (unsigned char)sources[k].text.ptr[c]) * prime;
                high = (high ^ (unsigned char)(sources[k].text.ptr[c] + 1)) * prime;
            }
        }
    return arena_fmt(a, "%016llx%016llx", (unsigned long long)low, (unsigned long long)high);
}

/* Reads into l->why, which is empty at the beginning. */
static int load_into(struct loader *l, const struct meta_source *sources, size_t len)
{
    if (len > META_TYPES_MAX)
        return PROBLEM_AT(l->why, WHERE_FILE, arena_fmt(l->a, "%.*s:1", STR_ARG(sources[META_TYPES_MAX].file)),
                          MODEL_TOO_MANY, ARG("what", STR("types")), ARG("max", arena_fmt(l->a, "%d", META_TYPES_MAX)));
    drafts_read(l, sources, len);
    if (clean(l))
        load_steps(l);
    if (!clean(l))
        return l->why->items ? message_err(l->why->items->message) : ERR_INVALID;
    l->m->version = version_of(l->a, l, sources, len);
    return 0;
}

int meta_load(const struct meta_source *sources, size_t len, struct meta **ret, struct problem *why)
{
    struct meta *m = xcalloc(1, sizeof(*m));
    arena_init(&m->arena);
    struct problem own;
    problem_init(&own, &m->arena);
    struct loader l = {.m = m, .a = &m->arena, .why = &own};
    int err = load_into(&l, sources, len);
    if (err < 0) {
        /* The arguments are copied, because the caller's problem outlives the arena of what could not be loaded. */
        for (const struct problem_item *i = own.items; i && why; i = i->next)
            (void)problem_add(why, i->where, arena_str(why->arena, i->place), i->message, i->args);
        meta_free(m);
        return err;
    }
    *ret = m;
    return 0;
}

struct meta *meta_free(struct meta *m)
{
    if (m) {
        arena_release(&m->arena);
        free(m);
    }
    return NULL;
}

/* ---- Looking up ---- */

const struct type *meta_type(const struct meta *m, struct str name)
{
    size_t low = 0, high = m->types_len;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = str_cmp(m->types[mid]->name, name);
        if (c == 0)
            return m->types[mid];
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

const struct field *type_field(const struct type *t, struct str name)
{
    for (size_t i = 0; i < t->fields_len; i++)
        if (str_eq(t->fields[i].name, name))
            return &t->fields[i];
    return NULL;
}

int type_state_index(const struct type *t, struct str name)
{
    for (size_t i = 0; i < t->states_len; i++)
        if (str_eq(t->states[i].name, name))
            return (int)i;
    return -1;
}

const struct state *type_state(const struct type *t, struct str name)
{
    int i = type_state_index(t, name);
    return i < 0 ? NULL : &t->states[i];
}

const struct transition *type_transition(const struct type *t, struct str name)
{
    for (size_t i = 0; i < t->transitions_len; i++)
        if (str_eq(t->transitions[i].name, name))
            return &t->transitions[i];
    return NULL;
}
