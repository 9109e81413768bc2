/* One row predicate behind every door: list, count, one record, its pages, labels, counts of links, search. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/record/read.h"

struct scene {
    struct str tasks[4]; /* one, two, three, four */
    struct str note;     /* of clerk, about nobody */
    struct actor foreigner;
};

static const char *const task_names[] = {"tone", "ttwo", "tthree", "tfour"};

static struct str task_for(struct world *w, const struct actor *maker, const char *subject, struct str assignee)
{
    struct str json = str_empty(assignee)
                          ? arena_fmt(&w->a, "{\"subject\":\"%s\"}", subject)
                          : arena_fmt(&w->a, "{\"subject\":\"%s\",\"assignee\":\"%.*s\"}", subject, STR_ARG(assignee));
    return create_as(w, maker, "task", STR_NULL, json.ptr);
}

static void open_scene(struct world *w, struct scene *s)
{
    s->tasks[0] = task_for(w, &w->clerk, task_names[0], w->clerk.employee);
    s->tasks[1] = task_for(w, &w->clerk, task_names[1], w->reader.employee);
    s->tasks[2] = task_for(w, &w->reader, task_names[2], w->stranger.employee);
    s->tasks[3] = task_for(w, &w->clerk, task_names[3], STR_NULL);
    s->foreigner = w->clerk;
    s->foreigner.company = STR(OTHER_COMPANY_ID);
    s->foreigner.id = STR("01900000-0000-7000-8000-0000000000aa");
    s->foreigner.employee = STR_NULL;
}

/* Every door says the same: exactly these are there. */
static void sees(struct world *w, struct scene *s, const struct actor *who, const bool seen[4])
{
    CLEANUP(buf_release) struct buf expected = {0};
    int64_t n = 0;
    buf_init(&expected, 1000);
    for (size_t i = 0; i < 4; i++) {
        struct value ignored;
        if (seen[i])
            (void)buf_addf(&expected, "%s%s", n++ > 0 ? " " : "", task_names[i]);
        for (enum door d = DOOR_GET; d <= DOOR_STORY; d++) {
            int err = page_as(w, d, who, "task", s->tasks[i], &ignored);
            if (err != (seen[i] ? 0 : ERR_NOT_FOUND))
                fail_msg("door %d, %.*s, %s: %s", (int)d, STR_ARG(who->name), task_names[i], err_name(err));
        }
        assert_string_equal(column(w, search_as(w, who, task_names[i]), "title"), seen[i] ? task_names[i] : "");
    }
    struct value list = list_as(w, who, "task", "order=created_at.asc");
    assert_string_equal(column(w, list, "subject"), arena_cstr(&w->a, buf_str(&expected)));
    assert_string_equal(at(w, list, "/count"), arena_fmt(&w->a, "%lld", (long long)n).ptr);
    assert_int_equal(count_as(w, who, "task", NULL), n);
    assert_int_equal(count_as(w, who, "task", "subject=like.t*"), n);
}

static void every_door_shows_each_role_the_same_rows(void **state)
{
    struct world *w = *state;
    struct scene s;
    open_scene(w, &s);
    sees(w, &s, &w->clerk, (const bool[]){true, true, true, true});
    sees(w, &s, &w->admin, (const bool[]){true, true, true, true});
    sees(w, &s, &w->reader, (const bool[]){false, true, true, false});
    sees(w, &s, &w->stranger, (const bool[]){false, false, true, false});
    sees(w, &s, &w->boss, (const bool[]){false, false, false, false});
    sees(w, &s, &s.foreigner, (const bool[]){false, false, false, false});
}

static void rows_of_another_company_are_not_there_even_for_one_who_may_read_all(void **state)
{
    struct world *w = *state;
    struct scene s;
    open_scene(w, &s);
    struct str theirs = task_for(w, &s.foreigner, "theirs", STR_NULL);
    assert_int_equal(count_as(w, &w->clerk, "task", NULL), 4);
    assert_int_equal(page_as(w, DOOR_GET, &w->clerk, "task", theirs, NULL), ERR_NOT_FOUND);
    assert_int_equal(page_as(w, DOOR_HISTORY, &w->clerk, "task", theirs, NULL), ERR_NOT_FOUND);
    assert_int_equal(count_as(w, &s.foreigner, "task", NULL), 1);
    assert_int_equal(page_as(w, DOOR_GET, &s.foreigner, "task", theirs, NULL), 0);
}

static void a_type_without_a_right_is_refused_and_one_without_rows_is_empty(void **state)
{
    struct world *w = *state;
    struct ask q = ask_new(w, DOOR_LIST, &w->stranger, "note", NULL);
    assert_int_equal(db_read(w->db, ask_in, &q), ERR_FORBIDDEN);
    assert_int_equal(q.why.message, MSG_NO_RIGHT);
    q = ask_new(w, DOOR_COUNT, &w->stranger, "note", NULL);
    assert_int_equal(db_read(w->db, ask_in, &q), ERR_FORBIDDEN);
    assert_int_equal(count_as(w, &w->boss, "task", NULL), 0);
}

static void an_actor_without_an_employee_is_nobodys_assignee(void **state)
{
    struct world *w = *state;
    struct scene s;
    open_scene(w, &s);
    struct actor nobody = w->stranger;
    nobody.employee = STR_NULL;
    sees(w, &s, &nobody, (const bool[]){false, false, false, false});
}

static void a_level_hides_fields_at_every_door(void **state)
{
    struct world *w = *state;
    struct str id = create_as(w, &w->admin, "note", STR_NULL, "{\"subject\":\"n\",\"salary\":900}");
    struct value v = page_of(w, DOOR_GET, &w->admin, "note", id);
    assert_string_equal(at(w, v, "/salary"), "900");
    assert_string_equal(at(w, page_of(w, DOOR_HISTORY, &w->admin, "note", id), "/history/0/changes/salary/after"),
                        "900");
    const struct actor *const others[] = {&w->clerk, &w->reader};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        assert_string_equal(at(w, page_of(w, DOOR_GET, others[i], "note", id), "/salary"), "-");
        assert_string_equal(at(w, list_as(w, others[i], "note", NULL), "/records/0/salary"), "-");
        v = page_of(w, DOOR_HISTORY, others[i], "note", id);
        assert_string_equal(at(w, v, "/history/0/changes/salary"), "-");
        assert_string_equal(at(w, v, "/history/0/changes/subject/after"), "\"n\"");
        list_refused(w, others[i], "note", "salary=eq.900", "unknown_parameter", "salary");
        list_refused(w, others[i], "note", "order=salary.asc", "unknown_parameter", "order");
        list_refused(w, others[i], "note", "select=salary", "unknown_parameter", "select");
        list_refused(w, others[i], "note", "or=(salary.eq.900,subject.eq.n)", "unknown_parameter", "salary");
    }
    assert_int_equal(record_level(&w->clerk, meta_type(w->meta, STR("note"))), 1);
    assert_int_equal(record_level(&w->reader, meta_type(w->meta, STR("note"))), 0);
    assert_int_equal(record_level(&w->stranger, meta_type(w->meta, STR("note"))), -1);
    assert_int_equal(record_level(&w->admin, meta_type(w->meta, STR("note"))), 3);
}

static void a_level_hides_fields_of_lines_at_every_door_history_too(void **state)
{
    struct world *w = *state;
    struct str id =
        create_as(w, &w->system, "claim", STR_NULL,
                  "{\"subject\":\"c\",\"lines\":[{\"text\":\"seen\",\"quantity\":\"1\",\"hidden\":\"canary\",\"price\":"
                  "{\"amount\":\"1.00\",\"currency\":\"CNY\"}}]}");
    for (enum door d = DOOR_GET; d <= DOOR_STORY; d++) {
        const char *text = json_of(w, page_of(w, d, &w->clerk, "claim", id));
        if (strstr(text, "canary") != NULL)
            fail_msg("door %d tells what is hidden: %s", (int)d, text);
    }
    assert_null(strstr(json_of(w, list_as(w, &w->clerk, "claim", NULL)), "canary"));
    struct value v = page_of(w, DOOR_HISTORY, &w->clerk, "claim", id);
    assert_string_equal(at(w, v, "/history/0/changes/lines/after/0/text"), "\"seen\"");
    v = page_of(w, DOOR_HISTORY, &w->admin, "claim", id);
    assert_string_equal(at(w, v, "/history/0/changes/lines/after/0/hidden"), "\"canary\"");
    v = page_of(w, DOOR_GET, &w->admin, "claim", id);
    assert_string_equal(at(w, v, "/lines/0/hidden"), "\"canary\"");
}

static void a_secret_is_shown_at_no_door_to_nobody(void **state)
{
    struct world *w = *state;
    struct str id = create_as(w, &w->admin, "note", STR_NULL, "{\"subject\":\"n\",\"token\":\"canary\"}");
    for (enum door d = DOOR_GET; d <= DOOR_STORY; d++)
        assert_null(strstr(json_of(w, page_of(w, d, &w->admin, "note", id)), "canary"));
    assert_null(strstr(json_of(w, list_as(w, &w->admin, "note", NULL)), "canary"));
    list_refused(w, &w->admin, "note", "token=eq.canary", "not_filterable", "token");
    list_refused(w, &w->admin, "note", "order=token.asc", "not_filterable", "order");
    list_refused(w, &w->admin, "note", "select=token", "unknown_parameter", "select");
}

static void scopes_of_a_token_narrow_what_its_user_may(void **state)
{
    struct world *w = *state;
    const struct type *task = meta_type(w->meta, STR("task")), *note = meta_type(w->meta, STR("note"));
    const struct str read_task[] = {STR("read:task")}, write_note[] = {STR("write:note")}, read_all[] = {STR("read")},
                     nonsense[] = {STR("tasks"), STR("read:tas")};
    struct actor a = w->clerk;
    a.scopes = read_task;
    a.scopes_len = 1;
    assert_true(record_may(&a, task, RIGHT_READ));
    assert_false(record_may(&a, task, RIGHT_UPDATE));
    assert_false(record_may(&a, note, RIGHT_READ));
    a.scopes = write_note;
    assert_true(record_may(&a, note, RIGHT_READ));
    assert_true(record_may(&a, note, RIGHT_CREATE));
    assert_false(record_may(&a, task, RIGHT_READ));
    a.scopes = read_all;
    assert_true(record_may(&a, note, RIGHT_READ));
    assert_false(record_may(&a, note, RIGHT_DELETE));
    a.scopes = nonsense;
    a.scopes_len = 2;
    assert_false(record_may(&a, task, RIGHT_READ));
    a = w->admin;
    a.scopes = read_task;
    a.scopes_len = 1;
    assert_false(record_may(&a, note, RIGHT_READ));
    a = w->clerk;
    a.read_only = true;
    assert_true(record_may(&a, note, RIGHT_READ));
    assert_false(record_may(&a, note, RIGHT_UPDATE));
    a = w->reader;
    a.scopes = write_note;
    a.scopes_len = 1;
    assert_false(record_may(&a, note, RIGHT_UPDATE)); /* a scope gives no right */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_door_shows_each_role_the_same_rows, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(rows_of_another_company_are_not_there_even_for_one_who_may_read_all,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_type_without_a_right_is_refused_and_one_without_rows_is_empty, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(an_actor_without_an_employee_is_nobodys_assignee, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_level_hides_fields_at_every_door, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_level_hides_fields_of_lines_at_every_door_history_too, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_secret_is_shown_at_no_door_to_nobody, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(scopes_of_a_token_narrow_what_its_user_may, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
