/*
 * Readers of a YAML tree: typed scalars, lists, and the check for keys that nobody knows.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "codec/yaml.h"

/* Longer names are not compared letter by letter: no known key is that long. */
enum { ADVICE_KEY_MAX = 64 };

int yaml_problem(struct problem *why, const struct yaml_node *n, enum message m, const struct problem_arg *args)
{
    if (!why)
        return message_err(m);
    struct str place = arena_fmt(why->arena, "%.*s:%d", STR_ARG(n->file), n->line);
    return problem_add(why, WHERE_FILE, place, m, args);
}

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    if (!map || map->kind != YAML_MAP)
        return NULL;
    for (size_t i = 0; i < map->len; i++) {
        if (str_is(map->pairs[i].key, key))
            return map->pairs[i].value;
    }
    return NULL;
}

static bool is_plain(const struct yaml_node *n)
{
    return n->kind == YAML_SCALAR && !n->quoted;
}

bool yaml_is_null(const struct yaml_node *n)
{
    return !n || (is_plain(n) && (n->text.len == 0 || str_is(n->text, "~") || str_is(n->text, "null")));
}

/* Integers are written in one way only, so that a code such as 007 stays a text. */
static bool plain_int(const struct yaml_node *n, int64_t *ret)
{
    struct str digits = n->text;
    if (!is_plain(n))
        return false;
    if (str_starts(digits, STR("-")))
        digits = str_sub(digits, 1, SIZE_MAX);
    if (digits.len > 1 && digits.ptr[0] == '0')
        return false;
    return str_to_i64(n->text, ret) == 0;
}

static bool plain_bool(const struct yaml_node *n, bool *ret)
{
    if (!is_plain(n) || (!str_is(n->text, "true") && !str_is(n->text, "false")))
        return false;
    *ret = str_is(n->text, "true");
    return true;
}

static struct value scalar_value(const struct yaml_node *n)
{
    int64_t i;
    bool b;
    if (yaml_is_null(n))
        return value_null();
    if (plain_bool(n, &b))
        return value_bool(b);
    if (plain_int(n, &i))
        return value_int(i);
    return value_str(n->text);
}

struct value yaml_value(struct arena *a, const struct yaml_node *n)
{
    if (!n || n->kind == YAML_SCALAR)
        return scalar_value(n);
    struct value *values = arena_array(a, struct value, n->len);
    if (n->kind == YAML_SEQ) {
        for (size_t i = 0; i < n->len; i++)
            values[i] = yaml_value(a, n->items[i]);
        return (struct value){.kind = VALUE_LIST, .list = {.items = values, .len = n->len}};
    }
    struct value *keys = arena_array(a, struct value, n->len);
    for (size_t i = 0; i < n->len; i++) {
        keys[i] = value_str(n->pairs[i].key);
        values[i] = yaml_value(a, n->pairs[i].value);
    }
    return (struct value){.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = n->len}};
}

static int wrong_kind(struct problem *why, const struct yaml_node *n, const char *key, struct str expected)
{
    return YAML_PROBLEM(why, n, YAML_WRONG_KIND, ARG("key", str_of(key)), ARG("expected", expected));
}

int yaml_need(const struct yaml_node *map, const char *key, struct yaml_node **ret, struct problem *why)
{
    static const struct yaml_node nowhere = {.line = 1};
    struct yaml_node *n = yaml_get(map, key);
    if (yaml_is_null(n))
        return YAML_PROBLEM(why, n ? n : map ? map : &nowhere, YAML_MISSING, ARG("key", str_of(key)));
    *ret = n;
    return 0;
}

int yaml_str(const struct yaml_node *map, const char *key, struct str def, struct str *ret, struct problem *why)
{
    const struct yaml_node *n = yaml_get(map, key);
    if (!yaml_is_null(n) && n->kind != YAML_SCALAR)
        return wrong_kind(why, n, key, STR("text"));
    *ret = yaml_is_null(n) ? def : n->text;
    return 0;
}

int yaml_bool(const struct yaml_node *map, const char *key, bool def, bool *ret, struct problem *why)
{
    const struct yaml_node *n = yaml_get(map, key);
    if (yaml_is_null(n)) {
        *ret = def;
        return 0;
    }
    return plain_bool(n, ret) ? 0 : wrong_kind(why, n, key, STR("true / false"));
}

int yaml_int(const struct yaml_node *map, const char *key, int64_t def, int64_t *ret, struct problem *why)
{
    const struct yaml_node *n = yaml_get(map, key);
    if (yaml_is_null(n)) {
        *ret = def;
        return 0;
    }
    return plain_int(n, ret) ? 0 : wrong_kind(why, n, key, STR("1, 2, 3, …"));
}

int yaml_str_list(struct arena *a, const struct yaml_node *map, const char *key, struct str **ret, size_t *ret_len,
                  struct problem *why)
{
    struct yaml_node *n = yaml_get(map, key);
    bool missing = yaml_is_null(n), single = !missing && n->kind == YAML_SCALAR;
    if (!missing && n->kind == YAML_MAP)
        return wrong_kind(why, n, key, STR("[text, …]"));
    size_t len = missing ? 0 : single ? 1 : n->len;
    struct str *list = arena_array(a, struct str, len);
    for (size_t i = 0; i < len; i++) {
        const struct yaml_node *item = single ? n : n->items[i];
        if (item->kind != YAML_SCALAR || yaml_is_null(item))
            return wrong_kind(why, item, key, STR("[text, …]"));
        list[i] = item->text;
    }
    *ret = list;
    *ret_len = len;
    return 0;
}

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Levenshtein's distance: how many letters to insert, drop or replace. */
static size_t distance(struct str a, struct str b)
{
    size_t row[ADVICE_KEY_MAX + 1];
    if (a.len > ADVICE_KEY_MAX || b.len > ADVICE_KEY_MAX)
        return ADVICE_KEY_MAX;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t above = row[j];
            row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a.ptr[i - 1] != b.ptr[j - 1]));
            diagonal = above;
        }
    }
    return row[b.len];
}

static const char *nearest(struct str key, const char *const known[])
{
    const char *best = known[0] ? known[0] : "";
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; known[i]; i++) {
        size_t d = distance(key, str_of(known[i]));
        if (d < best_distance) {
            best_distance = d;
            best = known[i];
        }
    }
    return best;
}

static bool is_known(struct str key, const char *const known[])
{
    for (size_t i = 0; known[i]; i++) {
        if (str_is(key, known[i]))
            return true;
    }
    return false;
}

int yaml_check_keys(const struct yaml_node *map, const char *const known[], struct problem *why)
{
    static const struct yaml_node nowhere = {.line = 1};
    int err = 0;
    if (!map || map->kind != YAML_MAP)
        return wrong_kind(why, map ? map : &nowhere, "-", STR("{key: value, …}"));
    /* All of them at once, so that a file is mended in one go. */
    for (size_t i = 0; i < map->len; i++) {
        const struct yaml_pair *pair = &map->pairs[i];
        if (is_known(pair->key, known))
            continue;
        struct yaml_node at = {.file = map->file, .line = pair->key_line};
        err = YAML_PROBLEM(why, &at, YAML_UNKNOWN_KEY, ARG("key", pair->key),
                           ARG("advice", str_of(nearest(pair->key, known))));
    }
    return err;
}
