/*
 * Shorthands for tests of documents with amounts: budgets, claims, and changes that must go well.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_TEST_UNIT_RECORD_CLAIMS_H
#define TANDEM_TEST_UNIT_RECORD_CLAIMS_H

#include "unit/record/support.h"

UNUSED static int run(struct world *w, const struct actor *who, enum plan_mode mode, struct change c, const char *json,
                      struct write_result *r, struct problem *why)
{
    if (json != NULL)
        c.values = parsed(w, json);
    return write_one(w, who, mode, &c, r, why);
}

UNUSED static struct str make(struct world *w, const struct actor *who, const char *type, const char *json)
{
    struct write_result r;
    struct problem why;
    if (run(w, who, MODE_USER, (struct change){.op = CHANGE_CREATE, .type = str_of(type)}, json, &r, &why) < 0)
        fail_msg("%s: %s", json, problem_text(w, &why));
    return r.items[0].id;
}

UNUSED static int update(struct world *w, const struct actor *who, const char *type, struct str id, const char *json,
                         struct problem *why)
{
    struct write_result r;
    return run(w, who, MODE_USER, (struct change){.op = CHANGE_UPDATE, .type = str_of(type), .id = id}, json, &r, why);
}

UNUSED static int move(struct world *w, const struct actor *who, const char *type, struct str id, const char *name,
                       struct problem *why)
{
    struct write_result r;
    struct change c = {.op = CHANGE_TRANSITION, .type = str_of(type), .id = id, .transition = str_of(name)};
    return run(w, who, MODE_USER, c, NULL, &r, why);
}

UNUSED static void moved(struct world *w, const struct actor *who, struct str id, const char *name)
{
    struct problem why;
    if (move(w, who, "claim", id, name, &why) < 0)
        fail_msg("%s: %s", name, problem_text(w, &why));
}

UNUSED static void refused_at(struct world *w, const struct problem *why, const char *code, const char *pointer)
{
    for (const struct problem_item *i = why->items; i != NULL; i = i->next) {
        if (str_is(i->place, pointer) && strcmp(message_code(i->message), code) == 0)
            return;
    }
    fail_msg("wanted %s at %s, got %s", code, pointer, problem_text(w, why));
}

/* A budget with one line; answers the line's id. */
UNUSED static struct str budget(struct world *w, const char *planned, struct str *ret_budget)
{
    const char *json =
        arena_fmt(&w->a,
                  "{\"title\":\"b\",\"lines\":[{\"name\":\"l\",\"planned\":{\"amount\":\"%s\",\"currency\":\"CNY\"}}]}",
                  planned)
            .ptr;
    struct str id = make(w, &w->clerk, "budget", json);
    struct record *r = load(w, "budget", id);
    const struct field *f = type_field(r->type, STR("lines"));
    if (ret_budget != NULL)
        *ret_budget = id;
    return r->lines[f->index][0].values[SYS_ID].s;
}

UNUSED static const struct record *line_of(struct world *w, struct str budget_id)
{
    struct record *r = load(w, "budget", budget_id);
    return &r->lines[type_field(r->type, STR("lines"))->index][0];
}

UNUSED static void line_is(struct world *w, struct str budget_id, const char *reserved, const char *actual,
                           const char *available)
{
    const struct record *l = line_of(w, budget_id);
    assert_string_equal(field_json(w, l, "reserved"),
                        arena_fmt(&w->a, "{\"amount\":\"%s\",\"currency\":\"CNY\"}", reserved).ptr);
    assert_string_equal(field_json(w, l, "actual"),
                        arena_fmt(&w->a, "{\"amount\":\"%s\",\"currency\":\"CNY\"}", actual).ptr);
    assert_string_equal(field_json(w, l, "available"),
                        arena_fmt(&w->a, "{\"amount\":\"%s\",\"currency\":\"CNY\"}", available).ptr);
}

UNUSED static struct str claim(struct world *w, struct str line, const char *amount)
{
    return make(
        w, &w->clerk, "claim",
        arena_fmt(&w->a,
                  "{\"subject\":\"c\",\"budget_line\":\"%.*s\",\"lines\":[{\"text\":\"t\",\"quantity\":\"1\",\"price\":"
                  "{\"amount\":\"%s\",\"currency\":\"CNY\"}}]}",
                  STR_ARG(line), amount)
            .ptr);
}

#endif
