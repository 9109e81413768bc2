/* Ways round a right, a limit or the segregation of duties: each was open once, or would be the next to be tried. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"
#include "unit/record/claims.h"

/* ---- Links ---- */

static void ones_own_id_is_no_record_of_another_type(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct write_result r;
    const struct str ids[] = {w->clerk.employee, w->clerk.id};
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        struct change c = {.op = CHANGE_CREATE, .type = STR("claim")};
        const char *json = arena_fmt(&w->a, "{\"subject\":\"c\",\"budget_line\":\"%.*s\"}", STR_ARG(ids[i])).ptr;
        assert_int_equal(run(w, &w->clerk, MODE_USER, c, json, &r, &why), ERR_INVALID);
        refused_at(w, &why, "link_to_nothing", "/budget_line");
    }
}

static void everybody_may_still_name_himself(void **state)
{
    struct world *w = *state;
    const char *json = arena_fmt(&w->a, "{\"subject\":\"c\",\"claimant\":\"%.*s\"}", STR_ARG(w->clerk.employee)).ptr;
    struct str id = make(w, &w->clerk, "claim", json);
    assert_non_null(load(w, "claim", id));
    json = arena_fmt(&w->a, "{\"subject\":\"n\",\"owner\":\"%.*s\"}", STR_ARG(w->clerk.id)).ptr;
    assert_non_null(load(w, "note", make(w, &w->clerk, "note", json)));
}

/* ---- Segregation of duties ---- */

struct many {
    struct world *w;
    struct str subject;
    int len;
};

static int append_many(struct db_tx *tx, void *arg)
{
    struct many *m = arg;
    for (int i = 0; i < m->len; i++) {
        struct event e = {.at_ms = clock_now_ms(),
                          .type = STR("record.updated"),
                          .subject_type = STR("claim"),
                          .subject = m->subject,
                          .company = STR(COMPANY_ID),
                          .actor = m->w->system.id,
                          .source = STR("api"),
                          .mode = STR("user"),
                          .rev = 2 + i,
                          .changes = STR("{}")};
        int err = event_append(m->w->log, tx, &e);
        if (err < 0)
            return err;
    }
    return 0;
}

static void ten_thousand_edits_do_not_hide_who_submitted(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct str roles[] = {STR("clerk"), STR("boss")};
    struct actor both = w->boss; /* submits what another made, and would like to approve it */
    both.roles = roles;
    both.roles_len = 2;
    struct str id = claim(w, budget(w, "100.00", NULL), "40.00");
    struct many m = {.w = w, .subject = id, .len = 10001};
    assert_return_code(db_write(w->db, append_many, &m), 0);
    moved(w, &both, id, "submit");
    assert_int_equal(move(w, &both, "claim", id, "approve", &why), ERR_FORBIDDEN);
    assert_string_equal(message_code(why.message), "segregation_of_duties");
}

/* ---- Currencies ---- */

static void a_budget_that_nobody_touched_takes_no_other_currency(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct str budget_id, line = budget(w, "100.00", &budget_id);
    struct str id = make(w, &w->clerk, "claim",
                         arena_fmt(&w->a,
                                   "{\"subject\":\"c\",\"budget_line\":\"%.*s\",\"lines\":[{\"text\":\"t\","
                                   "\"quantity\":\"1\",\"price\":{\"amount\":\"5\",\"currency\":\"USD\"}}]}",
                                   STR_ARG(line))
                             .ptr);
    assert_true(move(w, &w->clerk, "claim", id, "submit", &why) < 0);
    line_is(w, budget_id, "0.00", "0.00", "100.00");
    assert_int_equal(query(w, "SELECT count(*) FROM r_commitment"), 0);
    moved(w, &w->clerk, claim(w, line, "40.00"), "submit");
    line_is(w, budget_id, "40.00", "0.00", "60.00");
}

/* ---- Companies ---- */

static void an_entry_belongs_to_the_company_of_its_document(void **state)
{
    struct world *w = *state;
    struct actor abroad = w->admin;
    abroad.company = STR(OTHER_COMPANY_ID);
    struct str id = claim(w, budget(w, "100.00", NULL), "40.00");
    moved(w, &w->clerk, id, "submit");
    moved(w, &abroad, id, "approve");
    assert_int_equal(query(w, "SELECT count(*) FROM r_commitment"), 3);
    assert_int_equal(query(w, "SELECT count(*) FROM r_commitment WHERE company <> '" COMPANY_ID "'"), 0);
}

/* ---- What a refusal tells ---- */

static void who_may_not_see_what_refers_to_his_record_does_not_learn_its_number(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct write_result r;
    struct str employee = make(w, &w->clerk, "employee", "{\"name\":\"e\"}");
    const char *json =
        arena_fmt(&w->a, "{\"subject\":\"t\",\"assignee\":\"%.*s\",\"kind\":\"secret\"}", STR_ARG(employee)).ptr;
    struct str task = create_as(w, &w->system, "task", STR_NULL, json);
    struct str scopes[] = {STR("write:employee")};
    struct actor narrow = w->clerk; /* a token that reads no tasks */
    narrow.scopes = scopes;
    narrow.scopes_len = 1;
    struct change c = {.op = CHANGE_DELETE, .type = STR("employee"), .id = employee};
    const char *number = arena_cstr(&w->a, load(w, "task", task)->values[SYS_NUMBER].s);
    assert_int_equal(run(w, &narrow, MODE_USER, c, NULL, &r, &why), ERR_CONFLICT);
    assert_null(strstr(problem_text(w, &why), number));
    assert_int_equal(run(w, &w->clerk, MODE_USER, c, NULL, &r, &why), ERR_CONFLICT);
    assert_non_null(strstr(problem_text(w, &why), number));
}

/* ---- Titles ---- */

static const char *const hushed[] = {
    "type: hush\nengine: project\ntitle: subject\nnumber: H-{seq:3}\nfields:\n"
    "  subject: {type: text, required: true, sensitivity: 2}\n"
    "  twin: {type: link, to: hush}\n"
    "menu: {group: project}\n"
    "rights:\n  - {role: clerk, may: [read, create], level: 2}\n  - {role: reader, may: [read]}\n",
};

static int hushed_setup(void **state)
{
    *state = world_new_with(hushed, ARRAY_LEN(hushed));
    return 0;
}

struct titles {
    struct world *w;
    const struct actor *actor;
    struct str id;
    struct buf *out;
};

/* Every door that shows titles: labels of a list and of a page, search, story. */
static int titles_in(struct db_tx *tx, void *arg)
{
    struct titles *t = arg;
    struct problem why;
    struct world *w = t->w;
    const struct type *hush = meta_type(w->meta, STR("hush"));
    const struct query_param params[] = {{STR("labels"), STR("true")}};
    problem_init(&why, &w->a);
    int err = record_list(w->rs, tx, t->actor, hush, params, 1, &w->a, t->out, &why);
    if (err == 0)
        err = record_context(w->rs, tx, t->actor, hush, t->id, &w->a, t->out, &why);
    if (err == 0)
        err = record_search(w->rs, tx, t->actor, STR("H-"), &w->a, t->out);
    if (err == 0)
        err = record_story(w->rs, tx, t->actor, hush, t->id, &w->a, t->out, &why);
    return err;
}

static void a_title_that_one_may_not_read_is_shown_by_no_door(void **state)
{
    struct world *w = *state;
    struct str first = make(w, &w->clerk, "hush", "{\"subject\":\"hidden words\"}");
    const char *json = arena_fmt(&w->a, "{\"subject\":\"hidden words\",\"twin\":\"%.*s\"}", STR_ARG(first)).ptr;
    struct str id = make(w, &w->clerk, "hush", json);
    const struct actor *const who[] = {&w->reader, &w->clerk};
    for (size_t i = 0; i < ARRAY_LEN(who); i++) {
        CLEANUP(buf_release) struct buf out = {0};
        buf_init(&out, 1 << 20);
        struct titles t = {.w = w, .actor = who[i], .id = id, .out = &out};
        assert_return_code(db_read(w->db, titles_in, &t), 0);
        assert_int_equal(str_find(buf_str(&out), STR("hidden words"), 0) != SIZE_MAX, i == 1);
        assert_true(str_find(buf_str(&out), STR("H-001"), 0) != SIZE_MAX);
    }
}

/* ---- Idempotency keys ---- */

static int create_keyed(struct world *w, const struct actor *who, struct write_result *r, struct problem *why)
{
    struct change c = {.op = CHANGE_CREATE, .type = STR("claim"), .values = parsed(w, "{\"subject\":\"kept\"}")};
    struct plan plan = {.actor = who,
                        .mode = MODE_USER,
                        .source = STR("api"),
                        .changes = &c,
                        .changes_len = 1,
                        .key = STR("k1"),
                        .key_hash = STR("h1")};
    problem_init(why, &w->a);
    return record_write(w->rs, &plan, &w->a, r, why);
}

static void an_answer_is_not_given_again_to_who_lost_the_right(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct write_result r;
    assert_return_code(create_keyed(w, &w->clerk, &r, &why), 0);
    assert_return_code(create_keyed(w, &w->clerk, &r, &why), 0);
    assert_true(r.replayed);
    struct actor former = w->clerk;
    former.roles_len = 0;
    assert_int_equal(create_keyed(w, &former, &r, &why), ERR_FORBIDDEN);
    struct str scopes[] = {STR("read:task")};
    struct actor narrow = w->clerk;
    narrow.scopes = scopes;
    narrow.scopes_len = 1;
    assert_int_equal(create_keyed(w, &narrow, &r, &why), ERR_FORBIDDEN);
    assert_int_equal(query(w, "SELECT count(*) FROM r_claim"), 1);
}

/* ---- The story ---- */

struct story_arg {
    struct world *w;
    struct str id;
    struct buf *out;
    struct problem *why;
};

static int story_in(struct db_tx *tx, void *arg)
{
    struct story_arg *s = arg;
    return record_story(s->w->rs, tx, &s->w->clerk, meta_type(s->w->meta, STR("claim")), s->id, &s->w->a, s->out,
                        s->why);
}

static void a_story_of_many_edits_still_tells_the_last_step(void **state)
{
    struct world *w = *state;
    struct problem why;
    CLEANUP(buf_release) struct buf out = {0};
    buf_init(&out, 1 << 22);
    problem_init(&why, &w->a);
    struct str id = claim(w, budget(w, "100.00", NULL), "40.00");
    struct many m = {.w = w, .subject = id, .len = 500};
    assert_return_code(db_write(w->db, append_many, &m), 0);
    moved(w, &w->clerk, id, "submit");
    moved(w, &w->boss, id, "approve");
    struct story_arg s = {.w = w, .id = id, .out = &out, .why = &why};
    assert_return_code(db_read(w->db, story_in, &s), 0);
    assert_true(str_find(buf_str(&out), STR("\"transition\":\"approve\""), 0) != SIZE_MAX);
    assert_true(str_find(buf_str(&out), STR("record.created"), 0) != SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ones_own_id_is_no_record_of_another_type, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(everybody_may_still_name_himself, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(ten_thousand_edits_do_not_hide_who_submitted, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_budget_that_nobody_touched_takes_no_other_currency, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_title_that_one_may_not_read_is_shown_by_no_door, hushed_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(an_entry_belongs_to_the_company_of_its_document, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(who_may_not_see_what_refers_to_his_record_does_not_learn_its_number,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(an_answer_is_not_given_again_to_who_lost_the_right, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_story_of_many_edits_still_tells_the_last_step, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
