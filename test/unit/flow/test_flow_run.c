/* Runs: every verb, conditions, foreseen refusals, resuming, occurrences, loops, switches. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/flow/runner.h"

static struct str note(struct runner *r, const char *json)
{
    return make(r->w, &r->w->clerk, "note", json);
}

static int64_t count(struct runner *r, const char *type, const char *query)
{
    return count_as(r->w, &r->w->admin, type, query);
}

/* The only record of a type that fits. */
static struct value one(struct runner *r, const char *type, const char *query)
{
    struct value v = list_as(r->w, &r->w->admin, type, query);
    const struct value *records = value_map_get(v, STR("records"));
    if (records->list.len != 1)
        fail_msg("%zu of %s?%s", records->list.len, type, query ? query : "");
    return records->list.items[0];
}

static const char every_verb[] =
    "flow: all\nlabel: {en: All, zh: 全部}\ntrigger: {type: note, on: created, when: record.subject == 'go'}\n"
    "occurrence: \"1\"\nsteps:\n"
    "  - step: words\n    set: {n: record.pieces + 1, text: \"'n' + string(vars.n)\"}\n"
    "  - step: who\n    find: {type: employee, where: name == 'boss', first: true}\n"
    "  - step: nobody\n    find: {type: employee, where: name == 'none', first: true}\n"
    "  - step: everybody\n    find: {type: employee, where: name != 'boss'}\n"
    "  - step: made\n    create: {type: note, set: {subject: vars.text, pieces: size(steps.everybody)}}\n"
    "  - step: changed\n    update: {type: note, record: steps.made, set: {code: \"'seen'\", parent_note: record}}\n"
    "  - step: errand\n    create: {type: errand, set: {subject: \"'e'\", about: record}}\n"
    "  - step: finish\n    transition: {type: errand, record: steps.errand, transition: finish, set: {reason: "
    "\"'why'\"}}\n"
    "  - step: tell\n    notify: {to: \"'boss'\", text: {en: \"'made ' + steps.made.subject\", zh: \"'已建'\"}}\n"
    "  - step: tell_one\n    notify: {to: steps.who, about: \"{'type': 'errand', 'id': steps.errand.id}\", text: {en: "
    "\"'to you'\", zh: \"'给您'\"}}\n"
    "  - step: tell_nobody\n    notify: {to: steps.nobody, text: {en: \"'lost'\", zh: \"'无'\"}}\n"
    "  - step: never\n    when: record.pieces > 100\n    create: {type: note, set: {subject: \"'never'\"}}\n"
    "  - step: for_nobody\n    update: {type: note, record: steps.never, set: {code: \"'x'\"}}\n"
    "  - step: mark\n    update: {type: note, record: record, set: {code: \"steps.never == null ? 'gone' : "
    "'there'\"}}\n";

static void every_verb_does_its_work_in_one_run(void **state)
{
    struct runner *r = *state;
    struct world *w = r->w;
    const char *const texts[] = {every_verb};
    runner_start(r, texts, 1);
    (void)note(r, "{\"subject\":\"stay\",\"pieces\":1}");
    struct str id = note(r, "{\"subject\":\"go\",\"pieces\":6}");
    settle(r);
    struct value run = one(r, "flow_run", NULL);
    if (strcmp(at(w, run, "/state"), "\"done\"") != 0)
        fail_msg("%s: %s", at(w, run, "/step"), at(w, run, "/error"));
    assert_string_equal(at(w, run, "/key"), arena_fmt(&w->a, "\"all/%.*s/1\"", STR_ARG(id)).ptr);
    assert_string_equal(at(w, run, "/record/id"), arena_fmt(&w->a, "\"%.*s\"", STR_ARG(id)).ptr);
    struct value made = one(r, "note", "subject=eq.n7");
    assert_string_equal(at(w, made, "/pieces"), "3"); /* clerk, reader, stranger */
    assert_string_equal(at(w, made, "/code"), "\"seen\"");
    assert_string_equal(at(w, made, "/parent_note"), arena_fmt(&w->a, "\"%.*s\"", STR_ARG(id)).ptr);
    struct value errand = one(r, "errand", NULL);
    assert_string_equal(at(w, errand, "/state"), "\"done\"");
    assert_string_equal(at(w, errand, "/reason"), "\"why\"");
    assert_int_equal(count(r, "notification", NULL), 2);
    struct value told = one(r, "notification", "text_en=eq.made n7");
    assert_string_equal(at(w, told, "/to"), arena_fmt(&w->a, "\"%.*s\"", STR_ARG(w->boss.id)).ptr);
    assert_string_equal(at(w, told, "/text_zh"), "\"已建\"");
    assert_string_equal(at(w, told, "/subject/id"), arena_fmt(&w->a, "\"%.*s\"", STR_ARG(id)).ptr);
    told = one(r, "notification", "text_en=eq.to you");
    assert_string_equal(at(w, told, "/subject/type"), "\"errand\"");
    assert_int_equal(count(r, "note", "subject=eq.never"), 0);
    assert_string_equal(shown(w, "note", id, "code"), "\"gone\"");
}

static void what_a_run_does_is_caused_by_the_run(void **state)
{
    struct runner *r = *state;
    struct world *w = r->w;
    const char *const texts[] = {every_verb};
    runner_start(r, texts, 1);
    struct str id = note(r, "{\"subject\":\"go\",\"pieces\":6}");
    settle(r);
    struct value story = page_of(w, DOOR_STORY, &w->admin, "note", id);
    const char *text = json_of(w, story);
    static const char *const types[] = {"\"flow_run\"", "\"errand\"", "\"notification\""};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        assert_non_null(strstr(text, types[i]));
    struct value made = one(r, "note", "subject=eq.n7");
    struct value history = page_of(w, DOOR_HISTORY, &w->admin, "note", value_map_get(made, STR("id"))->s);
    assert_string_equal(at(w, history, "/history/0/source"), "\"flow:all\"");
    assert_string_equal(at(w, history, "/history/0/mode"), "\"flow\"");
}

/* ---- Refusals ---- */

static const char foreseen[] =
    "flow: f\ntrigger: {type: note, on: created}\noccurrence: \"1\"\nsteps:\n"
    "  - step: try\n    refused: {code: [too_long], set: {why: \"'long'\"}}\n"
    "    create: {type: errand, set: {subject: record.subject}}\n"
    "  - step: say\n    when: has(vars.why)\n    update: {type: note, record: record, set: {code: vars.why}}\n";

static void a_foreseen_refusal_sets_variables_and_the_run_goes_on(void **state)
{
    struct runner *r = *state;
    const char *const texts[] = {foreseen};
    runner_start(r, texts, 1);
    struct str longer = note(r, "{\"subject\":\"longer than ten\"}"), shorter = note(r, "{\"subject\":\"short\"}");
    settle(r);
    assert_int_equal(runs(r, "done"), 2);
    assert_string_equal(shown(r->w, "note", longer, "code"), "\"long\"");
    assert_string_equal(shown(r->w, "note", shorter, "code"), "null");
    assert_int_equal(count(r, "errand", NULL), 1);
}

static const char resumes[] =
    "flow: f\ntrigger: {type: note, on: created, when: record.mood == 'bad'}\noccurrence: \"1\"\nsteps:\n"
    "  - step: first\n    create: {type: note, set: {subject: \"'made'\"}}\n"
    "  - step: second\n    create: {type: errand, set: {subject: record.subject}}\n"
    "  - step: third\n    update: {type: note, record: steps.first, set: {code: \"'third'\"}}\n";

static int replay_in(struct db_tx *tx, void *arg)
{
    struct runner *r = arg;
    struct job *jobs;
    size_t len;
    int err = job_list(tx, &r->w->a, "dead", INT64_MAX, 10, &jobs, &len);
    if (err < 0)
        return err;
    assert_int_equal(len, 1);
    return job_replay(r->jobs, tx, jobs[0].id, STR_NULL);
}

static void a_failed_run_says_where_and_why_and_resumes_there(void **state)
{
    struct runner *r = *state;
    struct world *w = r->w;
    struct problem why;
    const char *const texts[] = {resumes};
    runner_start(r, texts, 1);
    struct str id = note(r, "{\"subject\":\"longer than ten\",\"mood\":\"bad\"}");
    settle(r);
    struct value run = one(r, "flow_run", NULL);
    assert_string_equal(at(w, run, "/state"), "\"failed\"");
    assert_string_equal(at(w, run, "/step"), "\"second\"");
    assert_non_null(strstr(at(w, run, "/error"), "/subject"));
    assert_int_equal(query(w, "SELECT count(*) FROM job WHERE state = 'dead'"), 1);
    assert_int_equal(count(r, "note", "subject=eq.made"), 1); /* what was done stays */
    assert_int_equal(count(r, "note", "code=eq.third"), 0);
    assert_int_equal(update(w, &w->clerk, "note", id, "{\"subject\":\"short\"}", &why), 0);
    assert_return_code(db_write(w->db, replay_in, r), 0);
    settle(r);
    run = one(r, "flow_run", NULL);
    assert_string_equal(at(w, run, "/state"), "\"done\"");
    assert_string_equal(at(w, run, "/error"), "null");
    assert_int_equal(count(r, "note", "subject=eq.made"), 1); /* and is not done again */
    assert_int_equal(count(r, "note", "code=eq.third"), 1);   /* the journal knew what the first step had made */
    assert_int_equal(count(r, "errand", NULL), 1);
}

/* ---- Triggers ---- */

#define MAKES(name, trigger, occurrence)                                                                               \
    "flow: " name "\ntrigger: " trigger "\noccurrence: " occurrence                                                    \
    "\nsteps: [{step: s, create: {type: errand, set: {subject: \"'" name "'\"}}}]\n"

static void an_occurrence_says_how_often_a_record_may_act(void **state)
{
    struct runner *r = *state;
    struct world *w = r->w;
    struct problem why;
    const char *const texts[] = {MAKES("once", "{type: task, on: entered, state: done}", "\"'always'\""),
                                 MAKES("each", "{type: task, on: entered, state: done}", "event.entered")};
    runner_start(r, texts, 2);
    struct str id = make(
        w, &w->clerk, "task",
        arena_fmt(&w->a, "{\"subject\":\"t\",\"reason\":\"r\",\"assignee\":\"%.*s\"}", STR_ARG(w->clerk.employee)).ptr);
    static const char *const moves[] = {"start", "finish", "reopen", "finish"};
    for (size_t i = 0; i < ARRAY_LEN(moves); i++)
        if (move(w, &w->clerk, "task", id, moves[i], &why) < 0)
            fail_msg("%s", problem_text(w, &why));
    assert_int_equal(update(w, &w->clerk, "task", id, "{\"remark\":\"still done\"}", &why), 0);
    settle(r);
    assert_int_equal(count(r, "errand", "subject=eq.once"), 1);
    assert_int_equal(count(r, "errand", "subject=eq.each"), 2);
}

static void what_was_adopted_or_imported_triggers_nothing(void **state)
{
    struct runner *r = *state;
    struct world *w = r->w;
    struct write_result res;
    struct problem why;
    const char *const texts[] = {MAKES("made", "{type: task, on: created}", "\"1\""),
                                 MAKES("entered", "{type: task, on: entered, state: done}", "\"1\"")};
    runner_start(r, texts, 2);
    struct change c = {.op = CHANGE_CREATE, .type = STR("task"), .state = STR("done")};
    assert_return_code(run(w, &w->clerk, MODE_ADOPT, c, "{\"subject\":\"s\"}", &res, &why), 0);
    assert_return_code(run(w, &w->clerk, MODE_IMPORT, c, "{\"subject\":\"s\"}", &res, &why), 0);
    settle(r);
    assert_int_equal(count(r, "flow_run", NULL), 0);
    assert_return_code(run(w, &w->clerk, MODE_FLOW, c, "{\"subject\":\"s\"}", &res, &why), 0);
    settle(r);
    assert_int_equal(count(r, "flow_run", NULL), 2);
}

static void a_trigger_that_can_not_be_computed_does_not_stop_the_others(void **state)
{
    struct runner *r = *state;
    const char *const texts[] = {MAKES("broken", "{type: note, on: created, when: 1 / record.pieces > 0}", "\"1\""),
                                 MAKES("sound", "{type: note, on: created}", "\"1\"")};
    runner_start(r, texts, 2);
    (void)note(r, "{\"subject\":\"a\",\"pieces\":0}");
    (void)note(r, "{\"subject\":\"b\",\"pieces\":1}");
    settle(r);
    assert_int_equal(count(r, "errand", "subject=eq.sound"), 2);
    assert_int_equal(count(r, "errand", "subject=eq.broken"), 1);
}

static void a_loop_ends_after_sixteen_hops(void **state)
{
    struct runner *r = *state;
    const char *const texts[] = {"flow: loop\ntrigger: {type: note, on: created}\noccurrence: \"1\"\nsteps: [{step: s, "
                                 "create: {type: note, set: {subject: \"'again'\"}}}]\n"};
    runner_start(r, texts, 1);
    (void)note(r, "{\"subject\":\"a\"}");
    settle(r);
    /* A run is one hop and what it makes another: 0, 2, … 14 trigger, 16 does not. */
    assert_int_equal(count(r, "note", NULL), 1 + EVENT_HOPS_MAX / 2);
    assert_int_equal(runs(r, "done"), EVENT_HOPS_MAX / 2);
}

/* ---- Switches ---- */

struct flows_page {
    struct runner *r;
    struct value answer;
};

static int page_in(struct db_tx *tx, void *arg)
{
    struct flows_page *p = arg;
    struct world *w = p->r->w;
    CLEANUP(buf_release) struct buf out = {0};
    buf_init(&out, 1 << 20);
    int err = flows_json(p->r->flows, tx, &w->admin, &w->a, &out);
    return err < 0 ? err : json_parse(&w->a, buf_str(&out), JSON_DEPTH_MAX, &p->answer, NULL);
}

static const char *on_page(struct runner *r, const char *pointer)
{
    struct flows_page p = {.r = r};
    assert_return_code(db_read(r->w->db, page_in, &p), 0);
    return at(r->w, p.answer, pointer);
}

static void a_flow_that_is_off_misses_what_passes_and_stays_off_over_a_restart(void **state)
{
    struct runner *r = *state;
    struct world *w = r->w;
    const char *const texts[] = {MAKES("f", "{type: note, on: created}", "\"1\"")};
    runner_start(r, texts, 1);
    (void)note(r, "{\"subject\":\"1\"}");
    settle(r);
    assert_int_equal(flow_switch(r->flows, &w->admin, STR("f"), false, &r->why), 0);
    (void)note(r, "{\"subject\":\"2\"}");
    settle(r);
    assert_string_equal(on_page(r, "/flows/0/on"), "false");
    runner_stop(r);
    runner_start(r, texts, 1);
    assert_string_equal(on_page(r, "/flows/0/on"), "false");
    (void)note(r, "{\"subject\":\"3\"}");
    settle(r);
    assert_int_equal(count(r, "errand", NULL), 1);
    assert_int_equal(flow_switch(r->flows, &w->admin, STR("f"), true, &r->why), 0);
    (void)note(r, "{\"subject\":\"4\"}");
    settle(r);
    assert_int_equal(count(r, "errand", NULL), 2);
    assert_string_equal(on_page(r, "/flows/0/runs"), "{\"done\":2,\"failed\":0,\"running\":0}");
    assert_int_equal(flow_switch(r->flows, &w->admin, STR("nobody"), true, &r->why), ERR_NOT_FOUND);
    assert_int_equal(query(w, "SELECT count(*) FROM event WHERE type IN ('flow.on', 'flow.off')"), 2);
}

static void a_long_occurrence_is_cut_between_characters_and_stops_no_flow(void **state)
{
    struct runner *r = *state;
    const char *const texts[] = {MAKES("f", "{type: note, on: created}",
                                       "\"'事件发生次数与月份组成的说明文字甲' + '事件发生次数与月份组成的说明文字乙' "
                                       "+ '事件发生次数与月份组成的说明文字丙'\"")};
    runner_start(r, texts, 1);
    (void)note(r, "{\"subject\":\"1\"}");
    settle(r);
    (void)note(r, "{\"subject\":\"2\"}");
    settle(r);
    assert_int_equal(count(r, "errand", NULL), 2);
}

static void what_passed_a_flow_that_was_off_stays_passed_when_it_is_on_after_a_restart(void **state)
{
    struct runner *r = *state;
    const char *const texts[] = {MAKES("f", "{type: note, on: created}", "\"1\"")};
    runner_start(r, texts, 1);
    assert_int_equal(flow_switch(r->flows, &r->w->admin, STR("f"), false, &r->why), 0);
    (void)note(r, "{\"subject\":\"missed\"}");
    settle(r);
    assert_int_equal(flow_switch(r->flows, &r->w->admin, STR("f"), true, &r->why), 0);
    runner_stop(r);
    runner_start(r, texts, 1);
    settle(r);
    assert_int_equal(count(r, "errand", NULL), 0);
}

static void a_flow_that_is_new_begins_with_what_happens_from_then_on(void **state)
{
    struct runner *r = *state;
    const char *const texts[] = {MAKES("f", "{type: note, on: created}", "\"1\"")};
    runner_start(r, NULL, 0);
    (void)note(r, "{\"subject\":\"before\"}");
    settle(r);
    runner_stop(r);
    runner_start(r, texts, 1);
    settle(r);
    assert_int_equal(count(r, "errand", NULL), 0);
}

static void the_page_of_flows_shows_trigger_and_steps(void **state)
{
    struct runner *r = *state;
    const char *const texts[] = {every_verb};
    runner_start(r, texts, 1);
    assert_string_equal(on_page(r, "/flows/0/name"), "\"all\"");
    assert_string_equal(on_page(r, "/flows/0/label/zh"), "\"全部\"");
    assert_string_equal(on_page(r, "/flows/0/trigger/type"), "\"note\"");
    assert_string_equal(on_page(r, "/flows/0/trigger/on"), "\"created\"");
    assert_string_equal(on_page(r, "/flows/0/trigger/when"), "\"record.subject == 'go'\"");
    assert_string_equal(on_page(r, "/flows/0/steps/4/do"), "\"create\"");
    assert_string_equal(on_page(r, "/flows/0/steps/4/type"), "\"note\"");
    assert_string_equal(on_page(r, "/flows/0/steps/11/when"), "\"record.pieces > 100\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_long_occurrence_is_cut_between_characters_and_stops_no_flow, runner_setup,
                                        runner_teardown),
        cmocka_unit_test_setup_teardown(every_verb_does_its_work_in_one_run, runner_setup, runner_teardown),
        cmocka_unit_test_setup_teardown(what_a_run_does_is_caused_by_the_run, runner_setup, runner_teardown),
        cmocka_unit_test_setup_teardown(a_foreseen_refusal_sets_variables_and_the_run_goes_on, runner_setup,
                                        runner_teardown),
        cmocka_unit_test_setup_teardown(a_failed_run_says_where_and_why_and_resumes_there, runner_setup,
                                        runner_teardown),
        cmocka_unit_test_setup_teardown(an_occurrence_says_how_often_a_record_may_act, runner_setup, runner_teardown),
        cmocka_unit_test_setup_teardown(what_was_adopted_or_imported_triggers_nothing, runner_setup, runner_teardown),
        cmocka_unit_test_setup_teardown(a_trigger_that_can_not_be_computed_does_not_stop_the_others, runner_setup,
                                        runner_teardown),
        cmocka_unit_test_setup_teardown(a_loop_ends_after_sixteen_hops, runner_setup, runner_teardown),
        cmocka_unit_test_setup_teardown(what_passed_a_flow_that_was_off_stays_passed_when_it_is_on_after_a_restart,
                                        runner_setup, runner_teardown),
        cmocka_unit_test_setup_teardown(a_flow_that_is_new_begins_with_what_happens_from_then_on, runner_setup,
                                        runner_teardown),
        cmocka_unit_test_setup_teardown(a_flow_that_is_off_misses_what_passes_and_stays_off_over_a_restart,
                                        runner_setup, runner_teardown),
        cmocka_unit_test_setup_teardown(the_page_of_flows_shows_trigger_and_steps, runner_setup, runner_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
