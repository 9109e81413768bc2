/*
 * Story S1: a campaign done in Jira is claimed and settled once, and what finance answers.
 * SPDX-License-Identifier: Apache-2.0
 */

#include "unit/hub/play.h"

struct scene {
    struct stage s;
    const char *manager, *line;
};

/* The campaign is known, its project has a manager or none, and a marketing line or none. */
static void open_scene(struct scene *c, bool with_manager, const char *planned)
{
    struct stage *s = &c->s;
    play_open(s, true);
    c->manager = play_make(s, "employee", NULL, NULL, "{\"name\":\"Chen Yutong\"}");
    (void)play_send(s, PLAY_FIXTURES "campaign-created.json", NULL);
    (void)play_send(s, PLAY_FIXTURES "campaign-started-cloud.json", NULL);
    const char *project = play_at(s, play_one(s, "project", "key", "DTF"), "/id");
    if (planned != NULL)
        play_make(s, "budget", NULL, "active",
                  arena_fmt(&s->a,
                            "{\"title\":\"B\",\"lines\":[{\"name\":\"Travel\",\"category\":\"travel\",\"project\":%s,"
                            "\"planned\":{\"amount\":\"1.00\",\"currency\":\"CNY\"}},{\"name\":\"Promotion\","
                            "\"category\":\"marketing\",\"project\":%s,\"planned\":{\"amount\":\"%s\",\"currency\":"
                            "\"CNY\"},\"campaign_default\":{\"amount\":\"10000.00\",\"currency\":\"CNY\"}}]}",
                            project, project, planned)
                      .ptr);
    if (!with_manager)
        return;
    struct actor actor = play_system();
    struct write_result result;
    struct change change = {.op = CHANGE_UPDATE,
                            .type = STR("project"),
                            .id = str_sub(str_of(project), 1, ID_LEN),
                            .values = play_json(s, arena_fmt(&s->a, "{\"manager\":\"%s\"}", c->manager).ptr)};
    struct plan plan = {
        .actor = &actor, .mode = MODE_IMPORT, .source = STR("test"), .changes = &change, .changes_len = 1};
    stage_ok(s, "manager", record_write(s->records, &plan, &s->a, &result, &s->why));
}

/* Finance decides; with a person of its own, because nobody decides on what he sent. */
static void decide(struct scene *c, struct value claim, const char *transition, const char *json)
{
    static const struct str roles[] = {{"finance", 7}};
    struct stage *s = &c->s;
    const char *id = play_at(s, claim, "/id");
    const char *user = play_make(s, "user", NULL, NULL, "{\"name\":\"fin\",\"title\":\"Fin\",\"roles\":[\"finance\"]}");
    struct actor actor = {
        .id = str_of(user), .name = STR("fin"), .company = STR(PLAY_COMPANY), .roles = roles, .roles_len = 1};
    struct write_result result;
    struct change change = {.op = CHANGE_TRANSITION,
                            .type = STR("expense_claim"),
                            .id = str_sub(str_of(id), 1, ID_LEN),
                            .transition = str_of(transition),
                            .values = play_json(s, json)};
    struct plan plan = {
        .actor = &actor, .mode = MODE_USER, .source = STR("test"), .changes = &change, .changes_len = 1};
    stage_ok(s, transition, record_write(s->records, &plan, &s->a, &result, &s->why));
    play_settle(s);
}

static struct value only(struct stage *s, const char *type)
{
    struct value_list all = play_find(s, type, NULL, NULL);
    assert_int_equal(all.len, 1);
    return all.items[0];
}

static void a_campaign_done_in_jira_is_claimed_and_settled(void **state)
{
    (void)state;
    struct scene c;
    open_scene(&c, true, "100000.00");
    (void)play_send(&c.s, PLAY_FIXTURES "campaign-done-cloud.json", NULL);
    struct value claim = only(&c.s, "expense_claim"), settlement = only(&c.s, "project_settlement");
    play_assert(&c.s, claim, "/state", "\"submitted\"");
    play_assert(&c.s, claim, "/total/amount", "\"52500.50\"");
    play_assert(&c.s, claim, "/exception_kind", "null");
    play_assert(&c.s, settlement, "/state", "\"draft\"");
    play_assert(&c.s, settlement, "/planned/amount", "\"52500.50\"");
    play_assert(&c.s, settlement, "/reserved/amount", "\"52500.50\"");
    play_assert(&c.s, settlement, "/to_release/amount", "\"0.00\"");
    struct value budget = only(&c.s, "budget");
    play_assert(&c.s, budget, "/lines/1/reserved/amount", "\"52500.50\"");
    play_assert(&c.s, budget, "/lines/1/available/amount", "\"47499.50\"");
    play_assert(&c.s, only(&c.s, "task"), "/settlement_state", "\"claimed\"");
    play_close(&c.s);
}

static void neither_a_repeat_nor_a_later_edit_nor_a_reopening_claims_twice(void **state)
{
    (void)state;
    struct scene c;
    bool repeat = false;
    open_scene(&c, true, "500000.00");
    (void)play_send(&c.s, PLAY_FIXTURES "campaign-done-cloud.json", NULL);
    (void)play_send(&c.s, PLAY_FIXTURES "campaign-done-cloud-repeated.json", &repeat);
    assert_true(repeat);
    (void)play_send(&c.s, PLAY_FIXTURES "campaign-labelled-after-done-cloud.json", NULL);
    (void)play_send(&c.s, PLAY_FIXTURES "campaign-reopened-cloud.json", NULL);
    play_assert(&c.s, only(&c.s, "task"), "/state", "\"in_progress\"");
    (void)play_send(&c.s, PLAY_FIXTURES "campaign-done-again-cloud.json", NULL);
    play_assert(&c.s, only(&c.s, "task"), "/state", "\"done\"");
    (void)only(&c.s, "expense_claim");
    (void)only(&c.s, "project_settlement");
    (void)only(&c.s, "flow_run");
    play_close(&c.s);
}

static void an_edit_that_only_shows_done_claims_nothing(void **state)
{
    (void)state;
    struct scene c;
    open_scene(&c, true, "100000.00");
    (void)play_send(&c.s, PLAY_FIXTURES "campaign-labelled-after-done-cloud.json", NULL);
    play_assert(&c.s, only(&c.s, "task"), "/state", "\"done\"");
    assert_int_equal(play_find(&c.s, "expense_claim", NULL, NULL).len, 0);
    play_close(&c.s);
}

static void jira_server_of_any_age_is_understood_and_an_unknown_person_is_replaced_by_the_manager(void **state)
{
    (void)state;
    struct scene c;
    open_scene(&c, true, "100000.00");
    (void)play_send(&c.s, PLAY_FIXTURES "campaign-done-server.json", NULL);
    (void)play_send(&c.s, PLAY_FIXTURES "campaign-done-server-old.json", NULL);
    struct value_list claims = play_find(&c.s, "expense_claim", NULL, NULL);
    assert_int_equal(claims.len, 2);
    for (size_t i = 0; i < claims.len; i++) {
        play_assert(&c.s, claims.items[i], "/state", "\"submitted\"");
        play_assert(&c.s, claims.items[i], "/claimant", arena_fmt(&c.s.a, "\"%s\"", c.manager).ptr);
    }
    play_close(&c.s);
}

static void check_exception(bool manager, const char *planned, const char *file, const char *kind, const char *words)
{
    struct scene c;
    open_scene(&c, manager, planned);
    (void)play_send(&c.s, file, NULL);
    struct value claim = only(&c.s, "expense_claim");
    play_assert(&c.s, claim, "/state", "\"draft\"");
    play_assert(&c.s, claim, "/exception_kind", kind);
    const char *text = play_at(&c.s, claim, "/exception");
    if (strstr(text, words) == NULL)
        fail_msg("%s does not say %s", text, words);
    play_assert(&c.s, only(&c.s, "project_settlement"), "/reserved/amount", "\"0.00\"");
    assert_int_equal(play_find(&c.s, "commitment", NULL, NULL).len, 0);
    play_close(&c.s);
}

static void what_can_not_be_submitted_stays_a_draft_with_the_reason(void **state)
{
    (void)state;
    check_exception(true, NULL, PLAY_FIXTURES "campaign-done-cloud.json", "\"no_budget\"", "无预算");
    check_exception(true, "20000.00", PLAY_FIXTURES "campaign-done-cloud.json", "\"not_enough\"", "32500.50 CNY");
    check_exception(false, "90000.00", PLAY_FIXTURES "campaign-done-server.json", "\"no_claimant\"", "No claimant");
}

static void an_approval_turns_the_reservation_into_cost(void **state)
{
    (void)state;
    struct scene c;
    open_scene(&c, true, "100000.00");
    (void)play_send(&c.s, PLAY_FIXTURES "campaign-done-cloud.json", NULL);
    decide(&c, only(&c.s, "expense_claim"), "approve", "{}");
    struct value task = only(&c.s, "task"), settlement = only(&c.s, "project_settlement");
    play_assert(&c.s, task, "/settlement_state", "\"approved\"");
    play_assert(&c.s, task, "/cost/amount", "\"52500.50\"");
    play_assert(&c.s, settlement, "/spent/amount", "\"52500.50\"");
    play_assert(&c.s, settlement, "/reserved/amount", "\"0.00\"");
    play_close(&c.s);
}

static void a_rejection_releases_and_gives_the_manager_a_task(void **state)
{
    (void)state;
    struct scene c;
    open_scene(&c, true, "100000.00");
    (void)play_send(&c.s, PLAY_FIXTURES "campaign-done-cloud.json", NULL);
    decide(&c, only(&c.s, "expense_claim"), "reject", "{\"decision_note\":\"票据不全\"}");
    struct value follow_up = play_one(&c.s, "task", "assignee", c.manager);
    if (strstr(play_at(&c.s, follow_up, "/description"), "票据不全") == NULL)
        fail_msg("the reason is missing");
    play_assert(&c.s, only(&c.s, "budget"), "/lines/1/reserved/amount", "\"0.00\"");
    play_assert(&c.s, only(&c.s, "project_settlement"), "/to_release/amount", "\"52500.50\"");
    play_close(&c.s);
}

/* A campaign that was never in Jira, finished by hand; returns the settlement that came of it. */
static struct value finish_native(struct scene *c, const char *json, const char *spent)
{
    struct stage *s = &c->s;
    struct actor actor = play_system();
    struct write_result result;
    const char *id = play_make(s, "task", NULL, "in_progress", json);
    if (spent != NULL)
        play_make(s, "commitment", NULL, NULL,
                  arena_fmt(&s->a,
                            "{\"stage\":\"actual\",\"amount\":{\"amount\":\"%s\",\"currency\":\"CNY\"},"
                            "\"budget_line\":\"%s\",\"task\":\"%s\",\"document\":{\"type\":\"task\",\"id\":\"%s\"}}",
                            spent, c->line, id, id)
                      .ptr);
    struct change change = {
        .op = CHANGE_TRANSITION, .type = STR("task"), .id = str_of(id), .transition = STR("finish")};
    struct plan plan = {
        .actor = &actor, .mode = MODE_USER, .source = STR("test"), .changes = &change, .changes_len = 1};
    stage_ok(s, json, record_write(s->records, &plan, &s->a, &result, &s->why));
    play_settle(s);
    return play_one(s, "project_settlement", "task", id);
}

static void check_words(struct scene *c, struct value settlement, const char *words)
{
    const char *text = play_at(&c->s, settlement, "/remark");
    if (strstr(text, words) == NULL)
        fail_msg("%s does not say %s", text, words);
}

static void a_campaign_without_project_plan_or_anything_left_is_settled_with_the_reason(void **state)
{
    (void)state;
    struct scene c;
    open_scene(&c, true, "100000.00");
    struct stage *s = &c.s;
    const char *project = play_at(s, play_one(s, "project", "key", "DTF"), "/id");
    const char *line = play_at(s, only(s, "budget"), "/lines/1/id");
    c.line = arena_cstr(&s->a, str_sub(str_of(line), 1, ID_LEN));
    struct value alone = finish_native(
        &c, "{\"subject\":\"A\",\"kind\":\"campaign\",\"plan\":{\"amount\":\"10.00\",\"currency\":\"CNY\"}}", NULL);
    check_words(&c, alone, "无预算");
    check_words(&c, alone, "无报销人");
    struct value foreign = finish_native(
        &c, "{\"subject\":\"B\",\"kind\":\"campaign\",\"plan\":{\"amount\":\"10.00\",\"currency\":\"USD\"}}", NULL);
    play_assert(s, foreign, "/planned", "null");
    struct value spent = finish_native(
        &c,
        arena_fmt(&s->a,
                  "{\"subject\":\"C\",\"kind\":\"campaign\",\"project\":%s,\"plan\":{\"amount\":\"10.00\","
                  "\"currency\":\"CNY\"}}",
                  project)
            .ptr,
        "10.00");
    play_assert(s, spent, "/claim", "null");
    check_words(&c, spent, "nothing is left to claim");
    struct value usual = finish_native(
        &c, arena_fmt(&s->a, "{\"subject\":\"D\",\"kind\":\"campaign\",\"project\":%s}", project).ptr, "2500.00");
    play_assert(s, usual, "/planned/amount", "\"10000.00\"");
    play_assert(s, usual, "/reserved/amount", "\"7500.00\"");
    play_assert(s, usual, "/spent/amount", "\"2500.00\"");
    assert_int_equal(play_find(s, "flow_run", "state", "failed").len, 0);
    assert_int_equal(play_find(s, "expense_claim", NULL, NULL).len, 3);
    play_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_campaign_done_in_jira_is_claimed_and_settled),
        cmocka_unit_test(neither_a_repeat_nor_a_later_edit_nor_a_reopening_claims_twice),
        cmocka_unit_test(an_edit_that_only_shows_done_claims_nothing),
        cmocka_unit_test(jira_server_of_any_age_is_understood_and_an_unknown_person_is_replaced_by_the_manager),
        cmocka_unit_test(what_can_not_be_submitted_stays_a_draft_with_the_reason),
        cmocka_unit_test(a_campaign_without_project_plan_or_anything_left_is_settled_with_the_reason),
        cmocka_unit_test(an_approval_turns_the_reservation_into_cost),
        cmocka_unit_test(a_rejection_releases_and_gives_the_manager_a_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
