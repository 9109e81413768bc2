/* The product's own types: each can be made from its required fields alone, and a claim goes its way to the budget. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"
#include "unit/meta/model.h"
#include "unit/record/support.h"

static int product_setup(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    struct problem why;
    struct meta_source sources[META_TYPES_MAX];
    crypto_init();
    json_init();
    arena_init(&w->a);
    problem_init(&why, &w->a);
    snprintf(w->dir, sizeof(w->dir), "%s/tandem-record-XXXXXX", "/tmp");
    assert_non_null(mkdtemp(w->dir));
    random_bytes(&w->keys, sizeof(w->keys));
    size_t len = model_sources(&w->a, sources, ARRAY_LEN(sources));
    if (meta_load(sources, len, &w->meta, &why) < 0)
        fail_msg("model: %s", problem_text(w, &why));
    world_open_store(w);
    w->system = (struct actor){.id = STR("01900000-0000-7000-8000-0000000000ff"), .company = STR(COMPANY_ID)};
    create_as(w, &w->system, "company", STR(COMPANY_ID), "{\"code\":\"H\",\"title\":\"Home\"}");
    w->admin =
        (struct actor){.id = create_as(w, &w->system, "user", STR_NULL, "{\"name\":\"root\",\"title\":\"Root\"}"),
                       .company = STR(COMPANY_ID),
                       .admin = true};
    *state = w;
    return 0;
}

static struct value example(struct world *w, const struct field *f)
{
    static const char *const forms[FIELD_KINDS] = {
        [FIELD_TEXT] = "\"t\"",
        [FIELD_RICH] = "\"t\"",
        [FIELD_INT] = "1",
        [FIELD_DECIMAL] = "\"1\"",
        [FIELD_PERCENT] = "\"0.5\"",
        [FIELD_MONEY] = "{\"amount\":\"1\",\"currency\":\"CNY\"}",
        [FIELD_BOOL] = "true",
        [FIELD_DATE] = "\"2026-11-25\"",
        [FIELD_DATETIME] = "\"2026-11-25T08:00:00Z\"",
        [FIELD_DURATION] = "60000",
        [FIELD_TAGS] = "[\"t\"]",
        [FIELD_JSON] = "{}",
        [FIELD_SECRET] = "\"s\"",
    };
    if (f->kind == FIELD_SELECT)
        return value_str(f->options[0].value);
    if (f->kind == FIELD_MULTISELECT)
        return value_list_of(&w->a, &(struct value){.kind = VALUE_STRING, .s = f->options[0].value}, 1);
    assert_non_null(forms[f->kind]);
    return parsed(w, forms[f->kind]);
}

static struct str made(struct world *w, const struct type *t, int depth);

/* What stands for a field that is required; a link gets a record of its own. */
static struct value required_value(struct world *w, const struct field *f, int depth)
{
    if (f->kind != FIELD_LINK && f->kind != FIELD_USER && f->kind != FIELD_LINK_ANY)
        return example(w, f);
    const struct type *to =
        f->kind == FIELD_LINK_ANY ? (f->to_any ? f->to_any[0] : meta_type(w->meta, STR("task"))) : f->to;
    struct value id = value_str(made(w, to, depth + 1));
    if (f->kind == FIELD_LINK_ANY)
        return parsed(w, arena_fmt(&w->a, "{\"type\":\"%.*s\",\"id\":\"%.*s\"}", STR_ARG(to->name), STR_ARG(id.s)).ptr);
    return f->many ? value_list_of(&w->a, &id, 1) : id;
}

static struct str made(struct world *w, const struct type *t, int depth)
{
    assert_true(depth < 5);
    struct value *keys = arena_array(&w->a, struct value, t->fields_len),
                 *values = arena_array(&w->a, struct value, t->fields_len);
    size_t n = 0;
    for (size_t i = SYS_COUNT; i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        if (!f->required || f->read_only)
            continue;
        keys[n] = value_str(f->name);
        values[n++] =
            f->unique ? value_str(arena_fmt(&w->a, "u%d%zu", depth, w->a.used_bytes)) : required_value(w, f, depth);
    }
    struct change c = {.op = CHANGE_CREATE, .type = t->name};
    c.values = (struct value){.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = n}};
    struct write_result r;
    struct problem why;
    if (write_one(w, &w->admin, MODE_USER, &c, &r, &why) < 0)
        fail_msg("%.*s: %s", STR_ARG(t->name), problem_text(w, &why));
    return r.items[0].id;
}

static void required_fields_alone_make_a_record_of_every_type(void **state)
{
    struct world *w = *state;
    size_t count = 0;
    for (size_t i = 0; i < w->meta->types_len; i++) {
        const struct type *t = w->meta->types[i];
        if (t->part_of != NULL || t->ledger)
            continue;
        struct str id = made(w, t, 0);
        assert_non_null(load(w, arena_cstr(&w->a, t->name), id));
        count++;
    }
    assert_true(count > 10);
}

static struct actor person(struct world *w, const char *name, const char *role)
{
    struct str employee =
        create_as(w, &w->system, "employee", STR_NULL, arena_fmt(&w->a, "{\"name\":\"%s\"}", name).ptr);
    struct str id =
        create_as(w, &w->system, "user", STR_NULL,
                  arena_fmt(&w->a, "{\"name\":\"%s\",\"title\":\"%s\",\"employee\":\"%.*s\",\"roles\":[\"%s\"]}", name,
                            name, STR_ARG(employee), role)
                      .ptr);
    struct str *roles = arena_array(&w->a, struct str, 1);
    roles[0] = str_of(role);
    return (struct actor){.id = id, .company = STR(COMPANY_ID), .employee = employee, .roles = roles, .roles_len = 1};
}

static void step(struct world *w, const struct actor *who, struct str id, const char *name)
{
    struct write_result r;
    struct problem why;
    struct change c = {.op = CHANGE_TRANSITION, .type = STR("expense_claim"), .id = id, .transition = str_of(name)};
    if (write_one(w, who, MODE_USER, &c, &r, &why) < 0)
        fail_msg("%s: %s", name, problem_text(w, &why));
}

static void a_claim_of_the_product_reaches_the_budget(void **state)
{
    struct world *w = *state;
    struct actor one = person(w, "one", "project_manager"), two = person(w, "two", "finance");
    struct str b = create_as(
        w, &w->system, "budget", STR_NULL,
        "{\"title\":\"b\",\"lines\":[{\"name\":\"l\",\"planned\":{\"amount\":\"500.00\",\"currency\":\"CNY\"}}]}");
    struct record *r = load(w, "budget", b);
    const struct field *lines = type_field(r->type, STR("lines"));
    struct str line = r->lines[lines->index][0].values[SYS_ID].s;
    struct change c = {.op = CHANGE_CREATE, .type = STR("expense_claim")};
    c.values = parsed(
        w,
        arena_fmt(&w->a,
                  "{\"subject\":\"s\",\"claimant\":\"%.*s\",\"budget_line\":\"%.*s\",\"lines\":[{\"description\":\"d\","
                  "\"amount\":{\"amount\":\"120.50\",\"currency\":\"CNY\"}}]}",
                  STR_ARG(one.employee), STR_ARG(line))
            .ptr);
    struct write_result result;
    struct problem why;
    if (write_one(w, &one, MODE_USER, &c, &result, &why) < 0)
        fail_msg("%s", problem_text(w, &why));
    struct str claim = result.items[0].id;
    step(w, &one, claim, "submit");
    step(w, &two, claim, "approve");
    r = load(w, "budget", b);
    assert_string_equal(field_json(w, &r->lines[lines->index][0], "available"),
                        "{\"amount\":\"379.50\",\"currency\":\"CNY\"}");
    assert_string_equal(field_json(w, &r->lines[lines->index][0], "reserved"),
                        "{\"amount\":\"0.00\",\"currency\":\"CNY\"}");
    assert_int_equal(query(w, "SELECT count(*) FROM r_notification"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(required_fields_alone_make_a_record_of_every_type, product_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_claim_of_the_product_reaches_the_budget, product_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
