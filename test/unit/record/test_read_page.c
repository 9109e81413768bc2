/* What a record's page needs beside the record: possible moves and why not, who points here; and search. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/record/read.h"

static struct str task(struct world *w, const char *subject, struct str assignee)
{
    struct str json = str_empty(assignee)
                          ? arena_fmt(&w->a, "{\"subject\":\"%s\"}", subject)
                          : arena_fmt(&w->a, "{\"subject\":\"%s\",\"assignee\":\"%.*s\"}", subject, STR_ARG(assignee));
    return make(w, &w->clerk, "task", json.ptr);
}

static void a_page_says_which_moves_are_possible_and_why_not(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct str id = task(w, "s", STR_NULL);
    struct value v = page_of(w, DOOR_CONTEXT, &w->clerk, "task", id);
    assert_string_equal(at(w, v, "/transitions/start/allowed"), "false");
    assert_non_null(strstr(at(w, v, "/transitions/start/reason"), "Name somebody first."));
    assert_string_equal(at(w, v, "/transitions/finish"), "-"); /* not from this state */
    assert_int_equal(update(w, &w->clerk, "task", id,
                            arena_fmt(&w->a, "{\"assignee\":\"%.*s\"}", STR_ARG(w->reader.employee)).ptr, &why),
                     0);
    v = page_of(w, DOOR_CONTEXT, &w->clerk, "task", id);
    assert_string_equal(at(w, v, "/transitions/start"), "{\"allowed\":true}");
    v = page_of(w, DOOR_CONTEXT, &w->reader, "task", id); /* the assignee may start it */
    assert_string_equal(at(w, v, "/transitions/start/allowed"), "true");
    assert_int_equal(move(w, &w->clerk, "task", id, "start", &why), 0);
    v = page_of(w, DOOR_CONTEXT, &w->reader, "task", id); /* but neither finish nor delete it */
    assert_string_equal(at(w, v, "/transitions/finish/allowed"), "false");
    assert_string_equal(at(w, v, "/editable/allowed"), "true");
    assert_string_equal(at(w, v, "/deletable/allowed"), "false");
    v = page_of(w, DOOR_CONTEXT, &w->clerk, "task", id);
    assert_string_equal(at(w, v, "/deletable/allowed"), "false"); /* no draft any more */
    assert_non_null(strstr(at(w, v, "/read_only/kind"), "Doing"));
    assert_non_null(strstr(at(w, v, "/read_only/closed_on"), "set by the system"));
    assert_string_equal(at(w, v, "/read_only/subject"), "-");
}

static void what_the_page_allows_the_write_path_does(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct str line = budget(w, "100.00", NULL);
    struct str id = claim(w, line, "10.00");
    moved(w, &w->clerk, id, "submit");
    const struct actor *const actors[] = {&w->clerk, &w->boss, &w->admin};
    static const char *const names[] = {"approve", "return"};
    for (size_t i = 0; i < ARRAY_LEN(actors); i++) {
        struct value v = page_of(w, DOOR_CONTEXT, actors[i], "claim", id);
        for (size_t k = 0; k < ARRAY_LEN(names); k++) {
            bool allowed = strcmp(at(w, v, arena_fmt(&w->a, "/transitions/%s/allowed", names[k]).ptr), "true") == 0;
            struct str again = claim(w, line, "1.00");
            moved(w, &w->clerk, again, "submit");
            int err = move(w, actors[i], "claim", again, names[k], &why);
            if ((err == 0) != allowed)
                fail_msg("%.*s, %s: %s", STR_ARG(actors[i]->name), names[k], problem_text(w, &why));
        }
    }
}

static void whoever_submitted_is_told_that_another_must_decide(void **state)
{
    struct world *w = *state;
    struct str line = budget(w, "100.00", NULL);
    struct actor both = w->boss;
    struct str roles[] = {STR("boss"), STR("clerk")};
    both.roles = roles;
    both.roles_len = 2;
    struct str id = make(w, &both, "claim",
                         arena_fmt(&w->a,
                                   "{\"subject\":\"c\",\"budget_line\":\"%.*s\",\"lines\":[{\"text\":\"t\","
                                   "\"quantity\":\"1\",\"price\":{\"amount\":\"1.00\",\"currency\":\"CNY\"}}]}",
                                   STR_ARG(line))
                             .ptr);
    moved(w, &both, id, "submit");
    struct value v = page_of(w, DOOR_CONTEXT, &both, "claim", id);
    assert_string_equal(at(w, v, "/transitions/approve/allowed"), "false");
    assert_non_null(strstr(at(w, v, "/transitions/approve/reason"), "Ask a colleague"));
    assert_string_equal(at(w, v, "/transitions/return/allowed"), "true");
}

static void a_ledger_and_a_posted_document_can_not_be_edited(void **state)
{
    struct world *w = *state;
    struct str line = budget(w, "100.00", NULL);
    struct str id = claim(w, line, "10.00");
    moved(w, &w->clerk, id, "submit");
    struct value entries = list_as(w, &w->boss, "commitment", NULL);
    struct str entry = value_map_get(value_map_get(entries, STR("records"))->list.items[0], STR("id"))->s;
    struct value v = page_of(w, DOOR_CONTEXT, &w->clerk, "commitment", entry);
    assert_string_equal(at(w, v, "/editable/allowed"), "false");
    assert_non_null(strstr(at(w, v, "/editable/reason"), "ledger"));
    moved(w, &w->boss, id, "approve");
    v = page_of(w, DOOR_CONTEXT, &w->clerk, "claim", id);
    assert_string_equal(at(w, v, "/editable/allowed"), "false");
    assert_string_equal(at(w, v, "/deletable/allowed"), "false");
}

/* How many records of a type point here by a field, as the page says. */
static int64_t pointing(struct value v, const char *type, const char *field)
{
    struct value_list links = value_map_get(v, STR("links"))->list;
    for (size_t i = 0; i < links.len; i++) {
        if (str_is(value_map_get(links.items[i], STR("type"))->s, type) &&
            str_is(value_map_get(links.items[i], STR("field"))->s, field))
            return value_map_get(links.items[i], STR("count"))->i;
    }
    return 0;
}

static void links_are_counted_under_the_readers_rights(void **state)
{
    struct world *w = *state;
    struct str who = w->reader.employee;
    (void)task(w, "one", who);
    (void)task(w, "two", who);
    (void)task(w, "other", w->clerk.employee);
    (void)make(
        w, &w->clerk, "note",
        arena_fmt(&w->a, "{\"subject\":\"n\",\"about\":{\"type\":\"employee\",\"id\":\"%.*s\"}}", STR_ARG(who)).ptr);
    struct value v = page_of(w, DOOR_CONTEXT, &w->clerk, "employee", who);
    assert_int_equal(pointing(v, "task", "assignee"), 2);
    assert_int_equal(pointing(v, "note", "about"), 1);
    assert_int_equal(pointing(v, "user", "employee"), 1);
    v = page_of(w, DOOR_CONTEXT, &w->reader, "employee", who);
    assert_int_equal(pointing(v, "task", "assignee"), 2);
    v = page_of(w, DOOR_CONTEXT, &w->stranger, "employee", who);
    assert_int_equal(pointing(v, "task", "assignee"), 0);
    assert_int_equal(pointing(v, "note", "about"), 0);
    assert_int_equal(pointing(v, "user", "employee"), 1);
}

static void many_valued_links_are_counted(void **state)
{
    struct world *w = *state;
    struct str one = make(w, &w->clerk, "note", "{\"subject\":\"1\"}");
    (void)make(w, &w->clerk, "note", arena_fmt(&w->a, "{\"subject\":\"2\",\"friends\":[\"%.*s\"]}", STR_ARG(one)).ptr);
    assert_int_equal(pointing(page_of(w, DOOR_CONTEXT, &w->clerk, "note", one), "note", "friends"), 1);
}

/* ---- Search ---- */

static void search_finds_by_number_and_title_in_any_case_and_literally(void **state)
{
    struct world *w = *state;
    struct str id = task(w, "Ärger [1]* mit Öl", STR_NULL);
    struct record *r = load(w, "task", id);
    const char *number = arena_cstr(&w->a, r->values[SYS_NUMBER].s);
    assert_string_equal(column(w, search_as(w, &w->clerk, number), "id"), arena_cstr(&w->a, id));
    assert_string_equal(column(w, search_as(w, &w->clerk, "äRGER"), "id"), arena_cstr(&w->a, id));
    assert_string_equal(column(w, search_as(w, &w->clerk, "  [1]*  "), "id"), arena_cstr(&w->a, id));
    assert_string_equal(column(w, search_as(w, &w->clerk, "r*t"), "id"), "");
    assert_string_equal(column(w, search_as(w, &w->clerk, "?"), "id"), "");
    assert_string_equal(column(w, search_as(w, &w->clerk, ""), "id"), "");
    assert_string_equal(column(w, search_as(w, &w->clerk, " "), "id"), "");
}

static void search_gives_eight_of_a_type_and_twenty_in_all(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 10; i++) {
        (void)task(w, "findme", STR_NULL);
        (void)make(w, &w->clerk, "note", "{\"subject\":\"findme\"}");
        (void)make(w, &w->clerk, "claim", "{\"subject\":\"findme\"}");
    }
    struct value v = search_as(w, &w->clerk, "findme");
    assert_int_equal(value_map_get(v, STR("results"))->list.len, 20);
    v = search_as(w, &w->boss, "findme"); /* reads claims alone */
    assert_int_equal(value_map_get(v, STR("results"))->list.len, 8);
    assert_string_equal(at(w, v, "/results/0/type"), "\"claim\"");
    v = search_as(w, &w->stranger, "findme");
    assert_int_equal(value_map_get(v, STR("results"))->list.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_page_says_which_moves_are_possible_and_why_not, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(what_the_page_allows_the_write_path_does, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(whoever_submitted_is_told_that_another_must_decide, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_ledger_and_a_posted_document_can_not_be_edited, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(links_are_counted_under_the_readers_rights, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(many_valued_links_are_counted, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(search_finds_by_number_and_title_in_any_case_and_literally, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(search_gives_eight_of_a_type_and_twenty_in_all, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
