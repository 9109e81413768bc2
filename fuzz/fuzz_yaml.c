/*
 * Fuzz target: YAML gives a tree whose every node has a line, or a problem that names one.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>

#include "codec/json.h"
#include "codec/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_node(const struct yaml_node *n, int depth, int lines_max)
{
    if (depth > YAML_DEPTH_MAX)
        die("deeper than the limit");
    if (n->line < 1 || n->line > lines_max)
        die("line %d of %d", n->line, lines_max);
    if (n->kind == YAML_SCALAR && (!utf8_valid(n->text) || str_find_char(n->text, '\0') != SIZE_MAX))
        die("a scalar is not text");
    for (size_t i = 0; i < n->len; i++) {
        if (n->kind == YAML_MAP && yaml_get(n, n->pairs[i].key.ptr) != n->pairs[i].value)
            die("a key leads to another value");
        check_node(n->kind == YAML_MAP ? n->pairs[i].value : n->items[i], depth + 1, lines_max);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const known[] = {"type", "fields", "label", NULL};
    struct yaml_node *n = NULL;
    struct arena a;
    struct problem why;
    CLEANUP(buf_release) struct buf out = {0};

    /* Checking every key by a walk is quadratic: that is the target's doing, not the parser's. */
    if (size > 8192)
        return 0;
    arena_init(&a);
    problem_init(&why, &a);
    buf_init(&out, size * 8 + 64);
    /* Every byte could end a line, and the mark may stand behind the last one. */
    int lines_max = (int)size + 2;
    if (yaml_parse(&a, STR("f.yaml"), str_n((const char *)data, size), &n, &why) == 0) {
        check_node(n, 0, lines_max);
        (void)!yaml_check_keys(n, known, &why);
        json_write(&out, yaml_value(&a, n));
        if (!utf8_valid(buf_str(&out)))
            die("the tree has no JSON form");
    } else if (!why.items || why.items->where != WHERE_FILE || !str_starts(why.items->place, STR("f.yaml:"))) {
        die("a refusal without a place");
    }
    arena_release(&a);
    return 0;
}
