/*
 * Messages of Jira, real ones among them: each is taken by a rule, and what becomes of it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/hub/play.h"

#define REAL "../shared/data/real/jira-webhooks/"

/* Each file alone, so that none is older than another: what its task, comment or time entry must say. */
struct expected {
    const char *file, *type, *field, *text;
    const char *pointer[4], *json[4];
};

static const struct expected real_files[] = {
    {REAL "webhook-cloud-comment-created.json",
     "task",
     "outside_key",
     "TES-41",
     {"/subject", "/state", "/kind", "/priority"},
     {"\"Unit test summary 1\"", "\"todo\"", "\"task\"", "\"high\""}},
    {REAL "webhook-cloud-issue-updated-custom-field.json",
     "task",
     "outside_key",
     "TES-14",
     {"/subject", "/tags", "/kind", "/assignee"},
     {"\"v\"", "[\"Pickles\"]", "\"story\"", "null"}},
    {REAL "webhook-issue-created-no-description.json",
     "task",
     "outside_key",
     "TES-41",
     {"/state", "/kind", "/plan", "/outside_url"},
     {"\"todo\"", "\"story\"", "null", "\"https://jira.example.com/browse/TES-41\""}},
    {REAL "webhook-issue-updated-attachments.json", "task", "outside_key", "TES-41", {"/state"}, {"\"todo\""}},
    {REAL "webhook-issue-updated-issue-type.json", "task", "outside_key", "TES-41", {"/state"}, {"\"todo\""}},
    {REAL "webhook-issue-updated-multiple-values.json", "task", "outside_key", "TES-41", {"/state"}, {"\"todo\""}},
    {REAL "webhook-issue-updated-reopened-one-changelog.json",
     "task",
     "outside_key",
     "TES-41",
     {"/state"},
     {"\"todo\""}},
    {REAL "webhook-issue-updated-sprint.json", "task", "outside_key", "TES-41", {"/state"}, {"\"todo\""}},
    {REAL "webhook-server-comment-updated.json",
     "comment",
     "outside_author",
     "User 07",
     {"/text", "/author"},
     {"\"and higher eeven higher\"", "null"}},
    {REAL "webhook-server-comment-updated.json",
     "task",
     "subject",
     "Jira 10013",
     {"/state", "/project"},
     {"\"todo\"", "null"}},
    {REAL "webhook-server-issue-updated-commented-1.json",
     "comment",
     "outside_author",
     "User 07",
     {"/text"},
     {"\"unik\""}},
    {REAL "webhook-server-issue-updated-in-progress.json",
     "task",
     "outside_key",
     "TES-4",
     {"/state", "/kind", "/estimate"},
     {"\"in_progress\"", "\"bug\"", "null"}},
    {REAL "webhook-server-old-issue-updated-no-event-type-assigned.json",
     "task",
     "outside_key",
     "TES-41",
     {"/state"},
     {"\"todo\""}},
    {REAL "webhook-server-old-issue-updated-no-event-type-edited.json",
     "task",
     "outside_key",
     "TES-41",
     {"/state"},
     {"\"todo\""}},
    {PLAY_FIXTURES "issue-created-sparse.json",
     "task",
     "outside_key",
     "DTF-310",
     {"/state", "/kind", "/tags", "/plan"},
     {"\"in_progress\"", "\"campaign\"", "[\"campaign\"]", "null"}},
    {PLAY_FIXTURES "issue-created-sparse.json",
     "task",
     "outside_key",
     "DTF-310",
     {"/priority", "/estimate", "/description", "/due"},
     {"\"normal\"", "3600000", "null", "null"}},
    {PLAY_FIXTURES "worklog-created-anonymous.json",
     "task",
     "subject",
     "Jira 10311",
     {"/state", "/project"},
     {"\"todo\"", "null"}},
    {PLAY_FIXTURES "worklog-created-anonymous.json",
     "time_entry",
     "date",
     "2026-11-25",
     {"/duration", "/employee", "/remark"},
     {"60000", "null", "null"}},
    {PLAY_FIXTURES "project-updated.json", "project", "key", "LAB", {"/state"}, {"\"active\""}},
    {PLAY_FIXTURES "comment-created-cloud.json",
     "comment",
     "outside_author",
     "Emma Johansson",
     {"/text", "/archived"},
     {"\"画面已定稿。 The artwork is final.\"", "false"}},
    {PLAY_FIXTURES "worklog-created.json",
     "time_entry",
     "remark",
     "勘察点位 Site survey",
     {"/duration", "/date", "/outside_author"},
     {"7200000", "\"2026-11-24\"", "\"刘思远 Liu Siyuan\""}},
};

static void check_file(const struct expected *e)
{
    struct stage s;
    if (access(e->file, R_OK) != 0) {
        print_message("%s is not here\n", e->file);
        return;
    }
    play_open(&s, false);
    struct value delivery = play_send(&s, e->file, NULL);
    if (strcmp(play_at(&s, delivery, "/state"), "\"processed\"") != 0)
        fail_msg("%s: %s, %s", e->file, play_at(&s, delivery, "/state"), play_at(&s, delivery, "/reason"));
    struct value record = play_one(&s, e->type, e->field, e->text);
    for (size_t i = 0; i < ARRAY_LEN(e->pointer) && e->pointer[i] != NULL; i++)
        play_assert(&s, record, e->pointer[i], e->json[i]);
    play_close(&s);
}

static void every_message_is_taken_and_says_what_it_must(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(real_files); i++)
        check_file(&real_files[i]);
}

static void what_was_deleted_outside_is_archived_with_what_was_said_about_it(void **state)
{
    (void)state;
    struct stage s;
    play_open(&s, false);
    (void)play_send(&s, PLAY_FIXTURES "campaign-created.json", NULL);
    (void)play_send(&s, PLAY_FIXTURES "comment-updated-server.json", NULL);
    (void)play_send(&s, PLAY_FIXTURES "worklog-created.json", NULL);
    play_assert(&s, play_one(&s, "task", "outside_key", "DTF-301"), "/archived", "false");
    (void)play_send(&s, PLAY_FIXTURES "comment-deleted-server.json", NULL);
    (void)play_send(&s, PLAY_FIXTURES "worklog-deleted.json", NULL);
    (void)play_send(&s, PLAY_FIXTURES "issue-deleted.json", NULL);
    play_assert(&s, play_one(&s, "comment", "outside_author", "Sofia Rossi"), "/archived", "true");
    play_assert(&s, play_one(&s, "time_entry", "outside_author", "刘思远 Liu Siyuan"), "/archived", "true");
    play_assert(&s, play_one(&s, "task", "outside_key", "DTF-301"), "/archived", "true");
    play_close(&s);
}

static void an_unknown_event_is_kept_and_listed(void **state)
{
    (void)state;
    struct stage s;
    play_open(&s, false);
    struct value delivery = play_send(&s, PLAY_FIXTURES "event-unknown.json", NULL);
    play_assert(&s, delivery, "/state", "\"unknown\"");
    play_assert(&s, delivery, "/event", "\"sprint_started\"");
    assert_int_equal(play_find(&s, "task", NULL, NULL).len, 0);
    play_close(&s);
}

static void a_comment_never_moves_its_issue(void **state)
{
    (void)state;
    struct stage s;
    play_open(&s, false);
    (void)play_send(&s, PLAY_FIXTURES "campaign-created.json", NULL);
    (void)play_send(&s, PLAY_FIXTURES "comment-created-cloud.json", NULL); /* its part of the issue is in progress */
    play_assert(&s, play_one(&s, "task", "outside_key", "DTF-301"), "/state", "\"todo\"");
    play_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_is_taken_and_says_what_it_must),
        cmocka_unit_test(what_was_deleted_outside_is_archived_with_what_was_said_about_it),
        cmocka_unit_test(an_unknown_event_is_kept_and_listed),
        cmocka_unit_test(a_comment_never_moves_its_issue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
