/*
 * Fuzz target: one arbitrary description beside two sound ones is loaded whole, or refused with a place for each
 * mistake. SPDX-License-Identifier: Apache-2.0
 */
/* links: meta */
#include <stdint.h>

#include "meta/meta.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What links, lines, sums and effects of the input can lean on. */
static const char user[] = "type: user\nengine: system\nfields:\n  name: {type: text, required: true}\n";
static const char ledger[] = "type: ledger\nengine: operations\nledger: true\nfields:\n"
                             "  stage: {type: select, required: true, options: [a, b]}\n"
                             "  amount: {type: money, required: true}\n"
                             "  document: {type: link_any}\n"
                             "  thing: {type: link, to: thing}\n";

static void check_meta(const struct meta *m)
{
    for (size_t i = 0; i < m->types_len; i++) {
        const struct type *t = m->types[i];
        if (meta_type(m, t->name) != t)
            die("a type is not found by its name");
        if (!t->title || t->list_len == 0 || t->form_len == 0)
            die("a type has no title, list or form");
        for (size_t k = 0; k < t->fields_len; k++)
            if (type_field(t, t->fields[k].name) != &t->fields[k] || t->fields[k].index != (int)k)
                die("a field is not found by its name");
        for (size_t k = 0; k < t->transitions_len; k++)
            if (t->transitions[k].to < 0 || (size_t)t->transitions[k].to >= t->states_len ||
                t->transitions[k].from == 0)
                die("a transition leads nowhere");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    arena_init(&a);
    struct problem why;
    problem_init(&why, &a);
    struct meta_source sources[] = {
        {STR("model/thing.yaml"), str_n((const char *)data, size)},
        {STR("model/user.yaml"), STR(user)},
        {STR("model/ledger.yaml"), STR(ledger)},
    };
    struct meta *m = NULL;
    int err = meta_load(sources, 3, &m, &why);
    if (err == 0) {
        check_meta(m);
        meta_free(m);
    } else if (!why.items) {
        die("refused without a reason");
    }
    for (const struct problem_item *i = why.items; i; i = i->next)
        if (i->where != WHERE_FILE || str_find_char(i->place, ':') == SIZE_MAX)
            die("a mistake has no place");
    arena_release(&a);
    return 0;
}
