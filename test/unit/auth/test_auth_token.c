/* API tokens: what they carry, when they end, and what is kept of them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/auth/people.h"

static void a_token_is_its_users_rights_as_they_are_now(void **state)
{
    struct people *p = *state;
    struct actor a;
    struct str token = token_for(p, "clerk", 0, NULL, 0);
    assert_int_equal(token.len, 4 + TOKEN_TEXT_LEN);
    assert_true(str_starts(token, STR("tdm_")));
    assert_int_equal(by_token(p, token, &a), 0);
    assert_true(str_eq(a.id, p->w->clerk.id));
    assert_true(str_eq(a.employee, p->w->clerk.employee));
    assert_true(str_is(a.company, COMPANY_ID));
    assert_true(actor_has_role(&a, STR("clerk")));
    assert_false(a.admin);
    assert_int_equal(a.scopes_len, 0);
    change_user(p, &p->w->clerk, "{\"roles\":[\"boss\"]}");
    assert_int_equal(by_token(p, token, &a), 0);
    assert_false(actor_has_role(&a, STR("clerk")));
    assert_true(actor_has_role(&a, STR("boss")));
    change_user(p, &p->w->clerk, "{\"roles\":[\"admin\"],\"lang\":\"zh-CN\"}");
    assert_int_equal(by_token(p, token, &a), 0);
    assert_true(a.admin);
    assert_int_equal(a.lang, LANG_ZH);
}

static void two_tokens_are_never_alike(void **state)
{
    struct people *p = *state;
    assert_false(str_eq(token_for(p, "clerk", 0, NULL, 0), token_for(p, "clerk", 0, NULL, 0)));
}

static void scopes_come_back_as_they_were_given_and_at_most_fifty(void **state)
{
    struct people *p = *state;
    struct actor a;
    struct str many[51], token;
    const struct str scopes[] = {STR("read"), STR("write:note")};
    assert_int_equal(by_token(p, token_for(p, "clerk", 0, scopes, 2), &a), 0);
    assert_int_equal(a.scopes_len, 2);
    assert_true(str_is(a.scopes[0], "read"));
    assert_true(str_is(a.scopes[1], "write:note"));
    for (size_t i = 0; i < ARRAY_LEN(many); i++)
        many[i] = STR("read:note");
    (void)token_for(p, "clerk", 0, many, 50);
    assert_refused(p, auth_token_create(p->au, STR("clerk"), 0, many, 51, &p->w->a, &token, &p->why), ERR_INVALID,
                   TOO_MANY_ITEMS);
}

static void a_token_ends_on_the_millisecond_it_was_given(void **state)
{
    struct people *p = *state;
    int64_t now = clock_now_ms();
    clock_set_for_test(now);
    struct str token = token_for(p, "clerk", now + 1000, NULL, 0);
    clock_set_for_test(now + 999);
    assert_int_equal(by_token(p, token, NULL), 0);
    clock_set_for_test(now + 1000);
    assert_refused(p, by_token(p, token, NULL), ERR_UNAUTHENTICATED, BAD_CREDENTIAL);
}

static void what_is_no_token_is_refused(void **state)
{
    struct people *p = *state;
    struct str token = token_for(p, "clerk", 0, NULL, 0);
    char *other = arena_cstr(&p->w->a, token);
    other[token.len - 2] = other[token.len - 2] == 'a' ? 'b' : 'a';
    const struct str wrong[] = {STR(""), STR("tdm_"), str_of(other), str_sub(token, 4, token.len),
                                str_sub(token, 0, token.len - 1)};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_refused(p, by_token(p, wrong[i], NULL), ERR_UNAUTHENTICATED, BAD_CREDENTIAL);
}

static void a_user_who_is_off_or_archived_has_no_token_any_more(void **state)
{
    struct people *p = *state;
    struct write_result r;
    struct problem why;
    struct str clerk = token_for(p, "clerk", 0, NULL, 0), boss = token_for(p, "boss", 0, NULL, 0);
    change_user(p, &p->w->clerk, "{\"active\":false}");
    assert_refused(p, by_token(p, clerk, NULL), ERR_UNAUTHENTICATED, BAD_CREDENTIAL);
    change_user(p, &p->w->clerk, "{\"active\":true}");
    assert_int_equal(by_token(p, clerk, NULL), 0);
    struct change c = {.op = CHANGE_ARCHIVE, .type = STR("user"), .id = p->w->boss.id, .note = STR("left")};
    assert_return_code(write_one(p->w, &p->w->admin, MODE_USER, &c, &r, &why), 0);
    assert_refused(p, by_token(p, boss, NULL), ERR_UNAUTHENTICATED, BAD_CREDENTIAL);
}

static void nobody_gets_a_token_for_a_user_who_is_not_there(void **state)
{
    struct people *p = *state;
    struct str token;
    assert_refused(p, auth_token_create(p->au, STR("nobody"), 0, NULL, 0, &p->w->a, &token, &p->why), ERR_INVALID,
                   LINK_TO_NOTHING);
}

static void only_hashes_are_kept(void **state)
{
    struct people *p = *state;
    struct str token = token_for(p, "clerk", 0, NULL, 0);
    const char *sql = arena_fmt(&p->w->a, "SELECT count(*) FROM auth_token WHERE instr(hash, '%.*s') > 0",
                                STR_ARG(str_sub(token, 4, 43)))
                          .ptr;
    assert_int_equal(query(p->w, sql), 0);
    assert_int_equal(query(p->w, "SELECT count(*) FROM auth_token WHERE length(hash) = 64"), 1);
}

static void the_time_of_last_use_is_kept(void **state)
{
    struct people *p = *state;
    int64_t now = clock_now_ms();
    struct str token = token_for(p, "clerk", 0, NULL, 0);
    clock_set_for_test(now);
    assert_int_equal(by_token(p, token, NULL), 0);
    for (int i = 0; i < 200 && query(p->w, "SELECT used_ms FROM auth_token") == 0; i++)
        (void)usleep(5000);
    assert_int_equal(query(p->w, "SELECT used_ms FROM auth_token"), now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_token_is_its_users_rights_as_they_are_now, people_setup, people_teardown),
        cmocka_unit_test_setup_teardown(two_tokens_are_never_alike, people_setup, people_teardown),
        cmocka_unit_test_setup_teardown(scopes_come_back_as_they_were_given_and_at_most_fifty, people_setup,
                                        people_teardown),
        cmocka_unit_test_setup_teardown(a_token_ends_on_the_millisecond_it_was_given, people_setup, people_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_token_is_refused, people_setup, people_teardown),
        cmocka_unit_test_setup_teardown(a_user_who_is_off_or_archived_has_no_token_any_more, people_setup,
                                        people_teardown),
        cmocka_unit_test_setup_teardown(nobody_gets_a_token_for_a_user_who_is_not_there, people_setup, people_teardown),
        cmocka_unit_test_setup_teardown(only_hashes_are_kept, people_setup, people_teardown),
        cmocka_unit_test_setup_teardown(the_time_of_last_use_is_kept, people_setup, people_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
