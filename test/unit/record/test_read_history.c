/* The history of a record and the story around it: who may read which part, deleted records, causes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/record/read.h"

static struct str task(struct world *w, const char *json)
{
    return make(w, &w->clerk, "task", json);
}

static void drop(struct world *w, const struct actor *who, const char *type, struct str id)
{
    struct write_result r;
    struct problem why;
    struct change c = {.op = CHANGE_DELETE, .type = str_of(type), .id = id};
    if (write_one(w, who, MODE_USER, &c, &r, &why) < 0)
        fail_msg("%s", problem_text(w, &why));
}

static void a_history_tells_every_change_in_order_with_who_and_how(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct str id =
        task(w, arena_fmt(&w->a, "{\"subject\":\"s\",\"assignee\":\"%.*s\"}", STR_ARG(w->clerk.employee)).ptr);
    assert_int_equal(update(w, &w->clerk, "task", id, "{\"remark\":\"r\"}", &why), 0);
    assert_int_equal(move(w, &w->clerk, "task", id, "start", &why), 0);
    struct value v = page_of(w, DOOR_HISTORY, &w->clerk, "task", id);
    assert_int_equal(value_map_get(v, STR("history"))->list.len, 3);
    assert_string_equal(at(w, v, "/history/0/rev"), "1");
    assert_string_equal(at(w, v, "/history/0/type"), "\"record.created\"");
    assert_string_equal(at(w, v, "/history/0/actor"), arena_fmt(&w->a, "\"%.*s\"", STR_ARG(w->clerk.id)).ptr);
    assert_string_equal(at(w, v, "/history/1/changes"), "{\"remark\":{\"before\":null,\"after\":\"r\"}}");
    assert_string_equal(at(w, v, "/history/1/state_after"), "null");
    assert_string_equal(at(w, v, "/history/2/rev"), "3");
    assert_string_equal(at(w, v, "/history/2/transition"), "\"start\"");
    assert_string_equal(at(w, v, "/history/2/state_before"), "\"open\"");
    assert_string_equal(at(w, v, "/history/2/state_after"), "\"doing\"");
    assert_string_equal(at(w, v, "/history/2/mode"), "\"user\"");
    assert_string_equal(at(w, v, "/history/2/source"), "\"api\"");
    assert_string_equal(at(w, v, "/history/2/cause"), "null");
}

static void a_field_without_history_leaves_only_hashes(void **state)
{
    struct world *w = *state;
    struct str id = make(w, &w->clerk, "note", "{\"subject\":\"s\",\"body\":\"canary\"}");
    struct value v = page_of(w, DOOR_HISTORY, &w->clerk, "note", id);
    assert_null(strstr(json_of(w, v), "canary"));
    assert_string_equal(at(w, v, "/history/0/changes/body/before_hash"), "null");
    assert_int_equal(strlen(at(w, v, "/history/0/changes/body/after_hash")), HASH_BYTES * 2 + 2);
}

static void what_is_not_a_record_or_was_never_there_is_not_found(void **state)
{
    struct world *w = *state;
    assert_int_equal(page_as(w, DOOR_HISTORY, &w->admin, "note", STR("x"), NULL), ERR_NOT_FOUND);
    assert_int_equal(page_as(w, DOOR_HISTORY, &w->admin, "note", STR(COMPANY_ID), NULL), ERR_NOT_FOUND);
    assert_int_equal(page_as(w, DOOR_STORY, &w->admin, "note", STR("x"), NULL), ERR_NOT_FOUND);
    assert_int_equal(page_as(w, DOOR_CONTEXT, &w->admin, "note", STR("x"), NULL), ERR_NOT_FOUND);
}

static void a_deleted_records_history_is_for_those_who_read_every_row_of_its_company(void **state)
{
    struct world *w = *state;
    struct value v;
    struct str id =
        task(w, arena_fmt(&w->a, "{\"subject\":\"s\",\"assignee\":\"%.*s\"}", STR_ARG(w->reader.employee)).ptr);
    assert_int_equal(page_as(w, DOOR_HISTORY, &w->reader, "task", id, NULL), 0);
    drop(w, &w->clerk, "task", id);
    assert_int_equal(page_as(w, DOOR_HISTORY, &w->clerk, "task", id, &v), 0);
    assert_string_equal(at(w, v, "/history/1/type"), "\"record.deleted\"");
    assert_int_equal(page_as(w, DOOR_HISTORY, &w->admin, "task", id, NULL), 0);
    assert_int_equal(page_as(w, DOOR_HISTORY, &w->reader, "task", id, NULL), ERR_NOT_FOUND);
    assert_int_equal(page_as(w, DOOR_STORY, &w->reader, "task", id, NULL), ERR_NOT_FOUND);
    struct actor elsewhere = w->clerk;
    elsewhere.company = STR(OTHER_COMPANY_ID);
    assert_int_equal(page_as(w, DOOR_HISTORY, &elsewhere, "task", id, NULL), ERR_NOT_FOUND);
    assert_int_equal(page_as(w, DOOR_STORY, &elsewhere, "task", id, NULL), ERR_NOT_FOUND);
}

static void one_types_door_does_not_open_anothers_history(void **state)
{
    struct world *w = *state;
    struct str id = create_as(w, &w->admin, "claim", STR_NULL, "{\"subject\":\"canary\"}");
    /* Whoever reads notes asks for a claim's id under /note: there is no such note. */
    assert_int_equal(page_as(w, DOOR_HISTORY, &w->reader, "note", id, NULL), ERR_NOT_FOUND);
    assert_int_equal(page_as(w, DOOR_STORY, &w->reader, "note", id, NULL), ERR_NOT_FOUND);
    assert_int_equal(page_as(w, DOOR_HISTORY, &w->admin, "note", id, NULL), ERR_NOT_FOUND);
}

/* ---- Story ---- */

struct claim_scene {
    struct str task, claim, line;
};

static void open_claim(struct world *w, struct claim_scene *s)
{
    s->line = budget(w, "100.00", NULL);
    s->task = task(w, "{\"subject\":\"work\"}");
    s->claim = make(w, &w->clerk, "claim",
                    arena_fmt(&w->a,
                              "{\"subject\":\"c\",\"task\":\"%.*s\",\"budget_line\":\"%.*s\",\"lines\":[{\"text\":"
                              "\"t\",\"quantity\":\"1\",\"price\":{\"amount\":\"10.00\",\"currency\":\"CNY\"}}]}",
                              STR_ARG(s->task), STR_ARG(s->line))
                        .ptr);
    moved(w, &w->clerk, s->claim, "submit");
}

/* The index of the event of a subject's type, or -1. */
static int event_of(struct world *w, struct value story, const char *type, const char *event)
{
    struct value_list events = value_map_get(story, STR("events"))->list;
    for (size_t i = 0; i < events.len; i++) {
        if (strcmp(at(w, events.items[i], "/subject/type"), type) == 0 &&
            strcmp(at(w, events.items[i], "/type"), event) == 0)
            return (int)i;
    }
    return -1;
}

static void a_story_leads_from_the_cause_to_all_that_came_of_it(void **state)
{
    struct world *w = *state;
    struct claim_scene s;
    open_claim(w, &s);
    struct value story = page_of(w, DOOR_STORY, &w->admin, "claim", s.claim);
    int submitted = event_of(w, story, "\"claim\"", "\"record.transitioned\"");
    int posted = event_of(w, story, "\"commitment\"", "\"record.created\"");
    int marked = event_of(w, story, "\"task\"", "\"record.updated\"");
    int told = event_of(w, story, "\"notification\"", "\"record.created\"");
    assert_true(submitted >= 0 && posted > submitted && marked > submitted && told > submitted);
    const char *id = at(w, story, arena_fmt(&w->a, "/events/%d/id", submitted).ptr);
    assert_string_equal(at(w, story, arena_fmt(&w->a, "/events/%d/cause", posted).ptr), id);
    assert_string_equal(at(w, story, arena_fmt(&w->a, "/events/%d/here", submitted).ptr), "true");
    assert_string_equal(at(w, story, arena_fmt(&w->a, "/events/%d/here", posted).ptr), "false");
    assert_string_equal(at(w, story, arena_fmt(&w->a, "/events/%d/lag_ms", posted).ptr), "0");
    assert_string_equal(at(w, story, arena_fmt(&w->a, "/events/%d/actor/title", posted).ptr), "\"clerk\"");
    assert_int_equal(event_of(w, story, "\"claim\"", "\"record.derived\""), -1);
    /* The same story, told from where it arrived. */
    struct value from_task = page_of(w, DOOR_STORY, &w->admin, "task", s.task);
    assert_true(event_of(w, from_task, "\"claim\"", "\"record.transitioned\"") >= 0);
}

static void a_story_names_only_records_that_its_reader_may_see(void **state)
{
    struct world *w = *state;
    struct claim_scene s;
    open_claim(w, &s);
    struct value story = page_of(w, DOOR_STORY, &w->boss, "claim", s.claim);
    assert_true(event_of(w, story, "\"claim\"", "\"record.transitioned\"") >= 0);
    assert_int_equal(event_of(w, story, "\"task\"", "\"record.updated\""), -1);
    assert_null(strstr(json_of(w, story), arena_cstr(&w->a, s.task)));
}

static void of_a_record_that_one_may_not_see_a_story_tells_neither_moves_nor_states(void **state)
{
    struct world *w = *state;
    struct write_result r;
    struct problem why;
    struct str id =
        task(w, arena_fmt(&w->a, "{\"subject\":\"s\",\"assignee\":\"%.*s\"}", STR_ARG(w->clerk.employee)).ptr);
    struct change c = {.op = CHANGE_TRANSITION, .type = STR("task"), .id = id, .transition = STR("start")};
    assert_return_code(write_one(w, &w->clerk, MODE_USER, &c, &r, &why), 0);
    c = (struct change){.op = CHANGE_CREATE, .type = STR("claim"), .values = parsed(w, "{\"subject\":\"made by it\"}")};
    struct plan plan = {.actor = &w->clerk,
                        .mode = MODE_USER,
                        .source = STR("api"),
                        .cause = r.items[0].event_id,
                        .hops = 1,
                        .changes = &c,
                        .changes_len = 1};
    problem_init(&why, &w->a);
    assert_return_code(record_write(w->rs, &plan, &w->a, &r, &why), 0);
    struct value story = page_of(w, DOOR_STORY, &w->clerk, "claim", r.items[0].id);
    assert_string_equal(at(w, story, "/events/0/transition"), "\"start\"");
    assert_string_equal(at(w, story, "/events/1/here"), "true");
    story = page_of(w, DOOR_STORY, &w->boss, "claim", r.items[0].id); /* who may not see the task */
    assert_string_equal(at(w, story, "/events/0/subject"), "null");
    assert_string_equal(at(w, story, "/events/0/transition"), "null");
    assert_string_equal(at(w, story, "/events/0/state_before"), "null");
    assert_string_equal(at(w, story, "/events/0/state_after"), "null");
    assert_string_equal(at(w, story, "/events/1/subject/title"), "\"made by it\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_history_tells_every_change_in_order_with_who_and_how, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_field_without_history_leaves_only_hashes, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(what_is_not_a_record_or_was_never_there_is_not_found, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_deleted_records_history_is_for_those_who_read_every_row_of_its_company,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(one_types_door_does_not_open_anothers_history, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_story_leads_from_the_cause_to_all_that_came_of_it, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_story_names_only_records_that_its_reader_may_see, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(of_a_record_that_one_may_not_see_a_story_tells_neither_moves_nor_states,
                                        world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
