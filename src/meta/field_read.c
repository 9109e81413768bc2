/*
 * The fields of a type, read from its file: kind, length, range, options, and what a kind does not have.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "meta/meta_internal.h"

enum {
    LENGTH_TEXT = 500,
    LENGTH_RICH = 20000,
    LENGTH_TAG = 60,
    LENGTH_SECRET = 4096,
    LENGTH_JSON = 65536,
    OPTIONS_MAX = 500,
    SENSITIVITY_MAX = 3,
    PERCENT_SCALE = 4,
};

static const char *const kind_names[] = {
    "text",   "rich",        "int",  "decimal", "money",    "percent", "bool",  "date", "datetime", "duration",
    "select", "multiselect", "tags", "link",    "link_any", "user",    "lines", "json", "secret",   NULL,
};
STATIC_ASSERT(ARRAY_LEN(kind_names) == FIELD_KINDS + 1, "every kind has a name");

const char *field_kind_name(enum field_kind k)
{
    assert((size_t)k < FIELD_KINDS);
    return kind_names[k];
}

#define KIND(k) (1u << FIELD_##k)
enum {
    KINDS_TEXT = KIND(TEXT) | KIND(RICH) | KIND(TAGS) | KIND(SECRET) | KIND(JSON),
    KINDS_NUMBER = KIND(INT) | KIND(DECIMAL) | KIND(MONEY) | KIND(PERCENT) | KIND(DURATION),
    KINDS_OPTION = KIND(SELECT) | KIND(MULTISELECT),
    KINDS_ANY = (1u << FIELD_KINDS) - 1,
};

/* Every key a field may have, and the kinds for which it means something. */
static const struct {
    const char *key;
    unsigned kinds;
} field_keys[] = {
    {"type", KINDS_ANY},
    {"label", KINDS_ANY},
    {"help", KINDS_ANY},
    {"note", KINDS_ANY},
    {"required", KINDS_ANY & ~KIND(LINES)},
    {"read_only", KINDS_ANY},
    {"sensitivity", KINDS_ANY},
    {"history", KINDS_ANY},
    {"immutable_after", KINDS_ANY},
    {"unique", KIND(TEXT) | KIND(INT) | KIND(DATE) | KIND(LINK) | KIND(USER)},
    {"index", KINDS_ANY & ~(KIND(LINES) | KIND(JSON) | KIND(SECRET) | KIND(RICH) | KIND(TAGS) | KIND(MULTISELECT))},
    {"search", KIND(TEXT)},
    {"default", KINDS_ANY & ~(KIND(LINES) | KIND(SECRET))},
    {"derived",
     KINDS_ANY & ~(KIND(LINES) | KIND(SECRET) | KIND(JSON) | KIND(LINK_ANY) | KIND(TAGS) | KIND(MULTISELECT))},
    {"multiline", KIND(TEXT) | KIND(RICH)},
    {"max_length", KINDS_TEXT},
    {"min", KINDS_NUMBER},
    {"max", KINDS_NUMBER},
    {"scale", KIND(DECIMAL)},
    {"options", KINDS_OPTION},
    {"to", KIND(LINK) | KIND(LINK_ANY)},
    {"many", KIND(LINK) | KIND(USER)},
    {"of", KIND(LINES)},
};

static void keys_check(struct loader *l, const struct yaml_node *n, enum field_kind kind)
{
    const char *known[ARRAY_LEN(field_keys) + 1] = {0};
    for (size_t i = 0; i < ARRAY_LEN(field_keys); i++)
        known[i] = field_keys[i].key;
    if (yaml_check_keys(n, known, l->why) < 0)
        return;
    for (size_t i = 0; i < ARRAY_LEN(field_keys); i++) {
        const struct yaml_node *value = yaml_get(n, field_keys[i].key);
        if (value && !(field_keys[i].kinds & (1u << kind)))
            BAD(l, value, MODEL_NOT_HERE, ARG("key", str_of(field_keys[i].key)),
                ARG("what", arena_fmt(l->a, "type: %s", kind_names[kind])));
    }
}

/* Freer than a name, because outside systems have their own: zh-CN, In-Progress, 2.1. */
static bool option_valid(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-' && c != '.')
            return false;
    }
    return s.len >= 1 && s.len <= META_NAME_LEN_MAX;
}

static void option_read(struct loader *l, const struct yaml_node *n, struct option_item *o)
{
    static const char *const keys[] = {"value", "label", "color", "note", NULL};
    if (n->kind == YAML_SCALAR) {
        o->value = n->text;
    } else if (yaml_check_keys(n, keys, l->why) == 0) {
        struct yaml_node *value;
        if (yaml_need(n, "value", &value, l->why) < 0)
            return;
        o->value = value->text;
        o->color = read_text(l, n, "color", STR_NULL);
    }
    o->label = label_of_name(l->a, o->value);
    if (n->kind == YAML_MAP)
        o->label = read_label(l, n, "label", o->label);
    if (!option_valid(o->value))
        BAD(l, n, YAML_WRONG_KIND, ARG("key", STR("value")), ARG("expected", STR("A–Z a–z 0–9 _ . - (1–48)")));
}

static void options_read(struct loader *l, const struct yaml_node *n, struct field *f)
{
    const struct yaml_node *list = read_seq(l, n, "options");
    if (!list || list->len == 0) {
        if (!yaml_get(n, "options") || list)
            BAD(l, n, YAML_MISSING, ARG("key", STR("options")));
        return;
    }
    if (list->len > OPTIONS_MAX) {
        BAD(l, list, MODEL_TOO_MANY, ARG("what", STR("options")), ARG("max", arena_fmt(l->a, "%d", OPTIONS_MAX)));
        return;
    }
    struct option_item *options = arena_array(l->a, struct option_item, list->len);
    for (size_t i = 0; i < list->len; i++) {
        option_read(l, list->items[i], &options[i]);
        for (size_t k = 0; k < i; k++)
            if (str_eq(options[k].value, options[i].value))
                BAD(l, list->items[i], MODEL_DUPLICATE, ARG("kind", STR("option")), ARG("name", options[i].value),
                    ARG("place", arena_fmt(l->a, "%.*s:%d", STR_ARG(list->file), list->items[k]->line)));
    }
    f->options = options;
    f->options_len = list->len;
}

static int64_t length_default(enum field_kind kind)
{
    switch (kind) {
    case FIELD_TEXT:
        return LENGTH_TEXT;
    case FIELD_RICH:
        return LENGTH_RICH;
    case FIELD_TAGS:
        return LENGTH_TAG;
    case FIELD_SECRET:
        return LENGTH_SECRET;
    case FIELD_JSON:
        return LENGTH_JSON;
    default:
        return 0;
    }
}

static bool bound_read(struct loader *l, const struct yaml_node *n, const char *key, const struct field *f,
                       struct decimal *ret)
{
    const struct yaml_node *at = yaml_get(n, key);
    if (yaml_is_null(at))
        return false;
    bool whole = f->kind == FIELD_INT || f->kind == FIELD_DURATION;
    if (at->kind == YAML_SCALAR && decimal_parse(at->text, ret) == 0 && (!whole || decimal_fits_scale(*ret, 0)))
        return true;
    BAD(l, at, YAML_WRONG_KIND, ARG("key", str_of(key)), ARG("expected", whole ? STR("100") : STR("\"0.00\"")));
    return false;
}

static void range_read(struct loader *l, const struct yaml_node *n, struct field *f)
{
    f->has_min = bound_read(l, n, "min", f, &f->min);
    f->has_max = bound_read(l, n, "max", f, &f->max);
    if (f->has_min && f->has_max && decimal_cmp(f->min, f->max) > 0)
        BAD(l, yaml_get(n, "min"), MODEL_RANGE, ARG("key", STR("min")), ARG("min", STR("…")),
            ARG("max", yaml_get(n, "max")->text));
}

static void flags_read(struct loader *l, const struct yaml_node *n, struct field *f)
{
    f->required = read_flag(l, n, "required", false);
    f->unique = read_flag(l, n, "unique", false);
    f->indexed = read_flag(l, n, "index", false) || f->unique;
    f->search = read_flag(l, n, "search", false);
    f->many = read_flag(l, n, "many", false);
    f->multiline = read_flag(l, n, "multiline", f->kind == FIELD_RICH);
    f->history = read_flag(l, n, "history", f->kind != FIELD_SECRET);
    f->read_only = read_flag(l, n, "read_only", false);
    f->sensitivity = (int)read_number(l, n, "sensitivity", 0, 0, SENSITIVITY_MAX);
    if (f->many && (f->unique || f->indexed))
        BAD(l, n, MODEL_NOT_HERE, ARG("key", STR("unique, index")), ARG("what", STR("many: true")));
    if (f->kind == FIELD_SECRET && f->history)
        BAD(l, yaml_get(n, "history"), MODEL_NOT_HERE, ARG("key", STR("history: true")),
            ARG("what", STR("type: secret")));
    if (yaml_get(n, "derived") && (f->required || f->many || yaml_get(n, "default")))
        BAD(l, n, MODEL_NOT_HERE, ARG("key", STR("required, many, default")), ARG("what", STR("derived")));
}

static void field_read(struct loader *l, const struct yaml_pair *pair, struct field *f)
{
    const struct yaml_node *n = pair->value;
    f->name = pair->key;
    f->history = true;
    f->label = label_of_name(l->a, pair->key);
    (void)name_check(l, n, pair->key, true);
    struct yaml_node *type;
    if (yaml_need(n, "type", &type, l->why) < 0)
        return;
    int kind = read_choice(l, type, "type", type->text, kind_names);
    if (kind < 0)
        return;
    f->kind = (enum field_kind)kind;
    keys_check(l, n, f->kind);
    f->label = read_label(l, n, "label", f->label);
    f->help = read_label(l, n, "help", (struct label){0});
    flags_read(l, n, f);
    bool bytes = f->kind == FIELD_JSON || f->kind == FIELD_TEXT || f->kind == FIELD_RICH;
    f->max_length =
        read_number(l, n, "max_length", length_default(f->kind), 1, bytes ? META_TEXT_LEN_MAX : LENGTH_SECRET);
    f->scale = f->kind == FIELD_PERCENT
                   ? PERCENT_SCALE
                   : (uint8_t)(f->kind == FIELD_DECIMAL ? read_number(l, n, "scale", 2, 0, 12) : 0);
    if (KINDS_NUMBER & (1u << f->kind))
        range_read(l, n, f);
    if (KINDS_OPTION & (1u << f->kind))
        options_read(l, n, f);
    f->immutable_after_len = read_names(l, n, "immutable_after", (struct str **)&f->immutable_after);
}

static const struct {
    const char *name, *en, *zh;
    enum field_kind kind;
} system_fields[SYS_COUNT] = {
    [SYS_ID] = {"id", "Id", "标识", FIELD_TEXT},
    [SYS_REV] = {"rev", "Revision", "版本", FIELD_INT},
    [SYS_NUMBER] = {"number", "Number", "编号", FIELD_TEXT},
    [SYS_STATE] = {"state", "State", "状态", FIELD_SELECT},
    [SYS_COMPANY] = {"company", "Company", "公司", FIELD_LINK},
    [SYS_CREATED_AT] = {"created_at", "Created at", "创建时间", FIELD_DATETIME},
    [SYS_CREATED_BY] = {"created_by", "Created by", "创建人", FIELD_USER},
    [SYS_CHANGED_AT] = {"changed_at", "Changed at", "修改时间", FIELD_DATETIME},
    [SYS_CHANGED_BY] = {"changed_by", "Changed by", "修改人", FIELD_USER},
    [SYS_ARCHIVED] = {"archived", "Archived", "已归档", FIELD_BOOL},
    [SYS_ORIGIN] = {"origin", "Origin", "来源", FIELD_TEXT},
};

static void system_fields_fill(struct draft *d)
{
    for (int i = 0; i < SYS_COUNT; i++)
        d->fields[i] = (struct field){
            .name = str_of(system_fields[i].name),
            .kind = system_fields[i].kind,
            .index = i,
            .label = {.text = {str_of(system_fields[i].en), str_of(system_fields[i].zh)}},
            .system = true,
            .read_only = true,
            .history = true,
            .indexed = i == SYS_STATE || i == SYS_CHANGED_AT || i == SYS_NUMBER,
            .search = i == SYS_NUMBER,
            .max_length = LENGTH_TEXT,
        };
}

static bool is_system_name(struct str name)
{
    for (int i = 0; i < SYS_COUNT; i++)
        if (str_is(name, system_fields[i].name))
            return true;
    return str_is(name, "merged_into");
}

void fields_read(struct loader *l, struct draft *d)
{
    const struct yaml_node *map = read_map(l, d->root, "fields");
    size_t own = map ? map->len : 0;
    if (own == 0)
        BAD(l, d->root, YAML_MISSING, ARG("key", STR("fields")));
    if (own > META_FIELDS_MAX) {
        BAD(l, map, MODEL_TOO_MANY, ARG("what", STR("fields")), ARG("max", arena_fmt(l->a, "%d", META_FIELDS_MAX)));
        own = 0;
    }
    size_t len = SYS_COUNT + own;
    d->fields = arena_array(l->a, struct field, len);
    d->field_nodes = arena_array(l->a, struct yaml_node *, len);
    d->derived_nodes = arena_array(l->a, struct yaml_node *, len);
    d->sums = arena_array(l->a, bool, len);
    d->t->fields = d->fields;
    d->t->fields_len = len;
    system_fields_fill(d);
    bool line = yaml_get(d->root, "part_of");
    for (size_t i = 0; i < own; i++) {
        struct str name = map->pairs[i].key;
        d->fields[SYS_COUNT + i].index = (int)(SYS_COUNT + i);
        d->field_nodes[SYS_COUNT + i] = map->pairs[i].value;
        field_read(l, &map->pairs[i], &d->fields[SYS_COUNT + i]);
        /* A line's table has a parent and a position of its own. */
        if (is_system_name(name) || (line && (str_is(name, "parent") || str_is(name, "position"))))
            BAD(l, map->pairs[i].value, MODEL_BAD_NAME, ARG("name", name));
    }
}
