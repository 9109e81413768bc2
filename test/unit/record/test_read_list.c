/* Pages of a list: the cursor walks every row once in both directions, whatever is made and deleted meanwhile. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/record/read.h"

enum { WALK_ROWS = 23, WALK_PAGE = 4 };

struct row {
    struct str id;
    int64_t pieces; /* -1: empty */
    const char *due;
    bool gone;
};

static struct str make_note(struct world *w, int n, int64_t pieces, const char *due)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 1000);
    (void)buf_addf(&b, "{\"subject\":\"n%d\"", n);
    if (pieces >= 0)
        (void)buf_addf(&b, ",\"pieces\":%lld", (long long)pieces);
    if (due != NULL)
        (void)buf_addf(&b, ",\"due\":\"%s\"", due);
    (void)buf_add_char(&b, '}');
    return create_as(w, &w->clerk, "note", STR_NULL, arena_cstr(&w->a, buf_str(&b)));
}

static void drop(struct world *w, struct str id)
{
    struct write_result r;
    struct problem why;
    struct change c = {.op = CHANGE_DELETE, .type = STR("note"), .id = id};
    if (write_one(w, &w->clerk, MODE_USER, &c, &r, &why) < 0)
        fail_msg("%s", problem_text(w, &why));
}

static void make_rows(struct world *w, struct row rows[WALK_ROWS])
{
    static const char *const dues[] = {"2026-01-01", NULL, "2026-03-01", "2026-01-01", NULL};
    static const int64_t pieces[] = {3, 1, -1, 2, 3, 1, -1};
    for (int i = 0; i < WALK_ROWS; i++) {
        rows[i] = (struct row){.pieces = pieces[i % 7], .due = dues[i % 5]};
        rows[i].id = make_note(w, i, rows[i].pieces, rows[i].due);
    }
}

static int cmp_key(bool empty_x, bool empty_y, int cmp, bool desc)
{
    if (empty_x || empty_y)
        return empty_x - empty_y; /* empty comes last in both directions */
    return desc ? -cmp : cmp;
}

/* due, then pieces, then id, as the list must have it. */
static int compare(const struct row *x, const struct row *y, bool desc)
{
    int c = cmp_key(x->due == NULL, y->due == NULL, x->due && y->due ? strcmp(x->due, y->due) : 0, desc);
    if (c == 0)
        c = cmp_key(x->pieces < 0, y->pieces < 0, (x->pieces > y->pieces) - (x->pieces < y->pieces), !desc);
    return c != 0 ? c : str_cmp(x->id, y->id);
}

static struct row *row_by_id(struct row *rows, struct str id)
{
    for (int i = 0; i < WALK_ROWS; i++) {
        if (str_eq(rows[i].id, id))
            return &rows[i];
    }
    return NULL;
}

/* Between two pages rows come and go on both sides of the cursor. */
static void disturb(struct world *w, struct row *rows, int page)
{
    static const char *const dues[] = {"2025-01-01", "2026-02-01", "2027-01-01", NULL};
    (void)make_note(w, 100 + page, page, dues[page % 4]);
    int victim = (page * 7 + 3) % WALK_ROWS;
    if (!rows[victim].gone) {
        drop(w, rows[victim].id);
        rows[victim].gone = true;
    }
}

static void walk(struct world *w, bool desc)
{
    struct row rows[WALK_ROWS];
    bool seen[WALK_ROWS] = {false}, was_there[WALK_ROWS];
    const char *after = NULL;
    const struct row *last = NULL;
    make_rows(w, rows);
    for (int page = 0; page < 40; page++) {
        struct ask q = ask_new(w, DOOR_LIST, &w->clerk, "note",
                               desc ? "order=due.desc,pieces.asc&limit=4" : "order=due.asc,pieces.desc&limit=4");
        if (after != NULL)
            q.params[q.len++] = (struct query_param){STR("after"), str_of(after)};
        for (int i = 0; i < WALK_ROWS; i++)
            was_there[i] = !rows[i].gone;
        if (db_read(w->db, ask_in, &q) < 0)
            fail_msg("page %d: %s", page, problem_text(w, &q.why));
        struct value_list found = value_map_get(q.answer, STR("records"))->list;
        assert_true(found.len <= WALK_PAGE);
        for (size_t i = 0; i < found.len; i++) {
            struct row *r = row_by_id(rows, value_map_get(found.items[i], STR("id"))->s);
            if (r == NULL)
                continue; /* made meanwhile */
            assert_false(seen[r - rows]);
            assert_true(was_there[r - rows]);
            assert_true(last == NULL || compare(last, r, desc) < 0);
            seen[r - rows] = true;
            last = r;
        }
        const struct value *next = value_map_get(q.answer, STR("next"));
        if (next->kind == VALUE_NULL) {
            for (int i = 0; i < WALK_ROWS; i++)
                assert_true(seen[i] || rows[i].gone);
            return;
        }
        assert_int_equal(found.len, WALK_PAGE);
        after = arena_cstr(&w->a, next->s);
        disturb(w, rows, page);
    }
    fail_msg("the walk has no end");
}

static void a_cursor_walks_upwards_over_every_row_once(void **state)
{
    walk(*state, false);
}

static void a_cursor_walks_downwards_over_every_row_once(void **state)
{
    walk(*state, true);
}

static void a_cursor_fits_only_the_order_it_was_made_with(void **state)
{
    struct world *w = *state;
    struct row rows[WALK_ROWS];
    make_rows(w, rows);
    struct value v = list_as(w, &w->clerk, "note", "order=due.asc&limit=2");
    const struct value *next = value_map_get(v, STR("next"));
    list_refused(w, &w->clerk, "note", arena_fmt(&w->a, "order=due.desc&after=%.*s", STR_ARG(next->s)).ptr,
                 "bad_cursor", "after");
    list_refused(w, &w->clerk, "note", arena_fmt(&w->a, "after=%.*s", STR_ARG(next->s)).ptr, "bad_cursor", "after");
    (void)list_as(w, &w->clerk, "note", arena_fmt(&w->a, "order=due.asc&after=%.*s", STR_ARG(next->s)).ptr);
}

static void a_page_has_fifty_rows_unless_told_and_two_hundred_at_most(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < RECORD_PAGE_MAX + 1; i++)
        (void)make_note(w, i, 1, NULL);
    struct value v = list_as(w, &w->clerk, "note", NULL);
    assert_int_equal(value_map_get(v, STR("records"))->list.len, RECORD_PAGE_DEFAULT);
    assert_string_equal(at(w, v, "/count"), "201");
    v = list_as(w, &w->clerk, "note", "limit=200&count=none");
    assert_int_equal(value_map_get(v, STR("records"))->list.len, RECORD_PAGE_MAX);
    assert_string_equal(at(w, v, "/count"), "-");
    assert_int_equal(value_map_get(v, STR("next"))->kind, VALUE_STRING);
    v = list_as(w, &w->clerk, "note", "limit=1&subject=eq.n7&count=exact");
    assert_string_equal(at(w, v, "/next"), "null");
    assert_string_equal(at(w, v, "/count"), "1");
}

static void select_gives_what_was_asked_for_with_id_and_revision_once(void **state)
{
    struct world *w = *state;
    struct str id = make_note(w, 1, 4, NULL);
    struct value v = list_as(w, &w->clerk, "note", "select=pieces,id,pieces,rev,subject");
    assert_string_equal(
        at(w, v, "/records/0"),
        arena_fmt(&w->a, "{\"id\":\"%.*s\",\"rev\":1,\"pieces\":4,\"subject\":\"n1\"}", STR_ARG(id)).ptr);
}

/* ---- Labels ---- */

static void links_carry_the_labels_that_the_reader_may_see(void **state)
{
    struct world *w = *state;
    struct str task = create_as(w, &w->clerk, "task", STR_NULL, "{\"subject\":\"work\"}");
    struct str mine = create_as(w, &w->clerk, "claim", STR_NULL,
                                arena_fmt(&w->a, "{\"subject\":\"c\",\"task\":\"%.*s\",\"claimant\":\"%.*s\"}",
                                          STR_ARG(task), STR_ARG(w->boss.employee))
                                    .ptr);
    struct value v = list_as(w, &w->clerk, "claim", "labels=true");
    const char *of_task = arena_fmt(&w->a, "/labels/%.*s", STR_ARG(task)).ptr;
    const char *of_boss = arena_fmt(&w->a, "/labels/%.*s", STR_ARG(w->boss.employee)).ptr;
    assert_string_equal(at(w, v, arena_fmt(&w->a, "%s/title", of_task).ptr), "\"work\"");
    assert_string_equal(at(w, v, arena_fmt(&w->a, "%s/type", of_task).ptr), "\"task\"");
    assert_non_null(strstr(at(w, v, arena_fmt(&w->a, "%s/number", of_task).ptr), "T-"));
    assert_string_equal(at(w, v, arena_fmt(&w->a, "%s/title", of_boss).ptr), "\"boss\"");
    v = list_as(w, &w->boss, "claim", "labels=true"); /* sees the claim, the person, not the task */
    assert_string_equal(at(w, v, "/count"), "1");
    assert_string_equal(at(w, v, of_task), "-");
    assert_string_equal(at(w, v, arena_fmt(&w->a, "%s/title", of_boss).ptr), "\"boss\"");
    v = page_of(w, DOOR_CONTEXT, &w->boss, "claim", mine);
    assert_string_equal(at(w, v, of_task), "-");
    assert_string_equal(at(w, list_as(w, &w->clerk, "claim", NULL), "/labels"), "-");
}

static void many_valued_and_free_links_carry_labels_too(void **state)
{
    struct world *w = *state;
    struct str one = make_note(w, 1, -1, NULL), two = make_note(w, 2, -1, NULL);
    struct str id = create_as(w, &w->clerk, "note", STR_NULL,
                              arena_fmt(&w->a,
                                        "{\"subject\":\"k\",\"friends\":[\"%.*s\"],\"about\":{\"type\":\"note\",\"id\":"
                                        "\"%.*s\"}}",
                                        STR_ARG(one), STR_ARG(two))
                                  .ptr);
    struct value v = page_of(w, DOOR_CONTEXT, &w->clerk, "note", id);
    assert_string_equal(at(w, v, arena_fmt(&w->a, "/labels/%.*s/title", STR_ARG(one)).ptr), "\"n1\"");
    assert_string_equal(at(w, v, arena_fmt(&w->a, "/labels/%.*s/title", STR_ARG(two)).ptr), "\"n2\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_cursor_walks_upwards_over_every_row_once, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_cursor_walks_downwards_over_every_row_once, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_cursor_fits_only_the_order_it_was_made_with, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_page_has_fifty_rows_unless_told_and_two_hundred_at_most, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(select_gives_what_was_asked_for_with_id_and_revision_once, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(links_carry_the_labels_that_the_reader_may_see, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(many_valued_and_free_links_carry_labels_too, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
