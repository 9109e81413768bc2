/*
 * Names and small readers: what may be called what, labels in two languages, and advice about names that are not there.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "meta/meta_internal.h"

/*
 * Words that can't name a field: those of CEL, those that a list's query takes for itself, and the ones of SQL that
 * would make a column confusing to read even in quotes.
 */
static const char *const reserved_words[] = {
    "actor",    "after",  "all",    "alter",      "and",      "any",     "as",      "between",    "bool",      "break",
    "bytes",    "case",   "const",  "constraint", "continue", "count",   "create",  "default",    "delete",    "desc",
    "distinct", "double", "drop",   "else",       "end",      "exists",  "false",   "for",        "foreign",   "from",
    "function", "group",  "has",    "having",     "if",       "import",  "in",      "insert",     "int",       "is",
    "join",     "labels", "let",    "like",       "limit",    "list",    "loop",    "map",        "namespace", "not",
    "now",      "null",   "offset", "or",         "order",    "package", "primary", "references", "return",    "rowid",
    "select",   "set",    "size",   "string",     "table",    "then",    "today",   "true",       "type",      "uint",
    "union",    "unique", "update", "values",     "var",      "void",    "when",    "where",      "while",
};

bool name_valid(struct str s)
{
    if (s.len == 0 || s.len > META_NAME_LEN_MAX || s.ptr[0] < 'a' || s.ptr[0] > 'z' || s.ptr[s.len - 1] == '_')
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        if (!good || (c == '_' && s.ptr[i - 1] == '_'))
            return false;
    }
    return true;
}

bool name_check(struct loader *l, const struct yaml_node *at, struct str name, bool reserved)
{
    bool good = name_valid(name);
    for (size_t i = 0; reserved && good && i < ARRAY_LEN(reserved_words); i++)
        good = !str_is(name, reserved_words[i]);
    if (!good)
        BAD(l, at, MODEL_BAD_NAME, ARG("name", name));
    return good;
}

void unknown_name(struct loader *l, const struct yaml_node *at, struct str name, struct known known)
{
    enum { SHOWN_MAX = 40, SHOWN_BYTES_MAX = 2000 };
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, SHOWN_BYTES_MAX);
    for (size_t i = 0; i < known.len && i < SHOWN_MAX; i++) {
        if (i > 0)
            (void)buf_add_cstr(&b, ", ");
        (void)buf_add(&b, known.at(known.of, i));
    }
    if (known.len > SHOWN_MAX)
        (void)buf_add_cstr(&b, ", …");
    BAD(l, at, MODEL_UNKNOWN, ARG("kind", str_of(known.kind)), ARG("name", name), ARG("known", buf_str(&b)));
}

static struct str type_at(const void *of, size_t i)
{
    return ((const struct meta *)of)->types[i]->name;
}
static struct str field_at(const void *of, size_t i)
{
    return ((const struct type *)of)->fields[i].name;
}
static struct str own_field_at(const void *of, size_t i)
{
    return field_at(of, i + SYS_COUNT);
}
static struct str state_at(const void *of, size_t i)
{
    return ((const struct type *)of)->states[i].name;
}
static struct str transition_at(const void *of, size_t i)
{
    return ((const struct type *)of)->transitions[i].name;
}

void unknown_type(struct loader *l, const struct yaml_node *at, struct str name)
{
    unknown_name(l, at, name, (struct known){"type", type_at, l->m, l->m->types_len});
}

void unknown_field(struct loader *l, const struct yaml_node *at, struct str name, const struct type *t)
{
    unknown_name(l, at, name, (struct known){"field", own_field_at, t, t->fields_len - SYS_COUNT});
}

void unknown_state(struct loader *l, const struct yaml_node *at, struct str name, const struct type *t)
{
    unknown_name(l, at, name, (struct known){"state", state_at, t, t->states_len});
}

void unknown_transition(struct loader *l, const struct yaml_node *at, struct str name, const struct type *t)
{
    unknown_name(l, at, name, (struct known){"transition", transition_at, t, t->transitions_len});
}

struct label label_of_name(struct arena *a, struct str name)
{
    char *text = arena_cstr(a, name);
    for (size_t i = 0; i < name.len; i++)
        if (text[i] == '_')
            text[i] = ' ';
    if (name.len > 0 && text[0] >= 'a' && text[0] <= 'z')
        text[0] = (char)(text[0] - 'a' + 'A');
    struct str s = str_n(text, name.len);
    return (struct label){.text = {s, s}};
}

struct label read_label(struct loader *l, const struct yaml_node *map, const char *key, struct label fallback)
{
    static const char *const keys[] = {"en", "zh", NULL};
    const struct yaml_node *n = yaml_get(map, key);
    if (yaml_is_null(n))
        return fallback;
    if (n->kind == YAML_SCALAR)
        return (struct label){.text = {n->text, n->text}};
    if (yaml_check_keys(n, keys, l->why) < 0)
        return fallback;
    struct str en = read_text(l, n, "en", STR_NULL);
    struct str zh = read_text(l, n, "zh", STR_NULL);
    if (str_empty(en) && str_empty(zh)) {
        BAD(l, n, YAML_MISSING, ARG("key", STR("en, zh")));
        return fallback;
    }
    return (struct label){.text = {str_empty(en) ? zh : en, str_empty(zh) ? en : zh}};
}

static const struct yaml_node *read_kind(struct loader *l, const struct yaml_node *map, const char *key,
                                         enum yaml_kind kind)
{
    const struct yaml_node *n = yaml_get(map, key);
    if (yaml_is_null(n))
        return NULL;
    if (n->kind == kind)
        return n;
    BAD(l, n, YAML_WRONG_KIND, ARG("key", str_of(key)),
        ARG("expected", kind == YAML_MAP ? STR("{name: …}") : STR("[…, …]")));
    return NULL;
}

const struct yaml_node *read_map(struct loader *l, const struct yaml_node *map, const char *key)
{
    return read_kind(l, map, key, YAML_MAP);
}

const struct yaml_node *read_seq(struct loader *l, const struct yaml_node *map, const char *key)
{
    return read_kind(l, map, key, YAML_SEQ);
}

size_t read_names(struct loader *l, const struct yaml_node *map, const char *key, struct str **ret)
{
    struct str *names;
    size_t len;
    if (yaml_str_list(l->a, map, key, &names, &len, l->why) < 0)
        return 0;
    *ret = names;
    return len;
}

/* The yaml readers add their own problem, so a bad value only has to become the default here. */
struct str read_text(struct loader *l, const struct yaml_node *map, const char *key, struct str def)
{
    struct str s = def;
    return yaml_str(map, key, def, &s, l->why) < 0 ? def : s;
}

bool read_flag(struct loader *l, const struct yaml_node *map, const char *key, bool def)
{
    bool b = def;
    return yaml_bool(map, key, def, &b, l->why) < 0 ? def : b;
}

int64_t read_number(struct loader *l, const struct yaml_node *map, const char *key, int64_t def, int64_t min,
                    int64_t max)
{
    int64_t i = def;
    if (yaml_int(map, key, def, &i, l->why) < 0)
        return def;
    if (!yaml_is_null(yaml_get(map, key)) && (i < min || i > max)) {
        BAD(l, yaml_get(map, key), MODEL_RANGE, ARG("key", str_of(key)),
            ARG("min", arena_fmt(l->a, "%lld", (long long)min)), ARG("max", arena_fmt(l->a, "%lld", (long long)max)));
        return def;
    }
    return i;
}

int read_choice(struct loader *l, const struct yaml_node *at, const char *key, struct str value,
                const char *const names[])
{
    CLEANUP(buf_release) struct buf known = {0};
    buf_init(&known, 1000);
    for (int i = 0; names[i]; i++) {
        if (str_is(value, names[i]))
            return i;
        (void)buf_addf(&known, "%s%s", i ? ", " : "", names[i]);
    }
    BAD(l, at, MODEL_CHOICE, ARG("key", str_of(key)), ARG("value", value), ARG("known", buf_str(&known)));
    return -1;
}
