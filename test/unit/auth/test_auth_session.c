/* Sessions: they end after idling, after a week, by logging out, and with a new password. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/auth/people.h"

static struct session logged_in(struct people *p, const char *name)
{
    struct session s;
    if (auth_login_as(p->au, str_of(name), &p->w->a, &s, &p->why) < 0)
        fail_msg("%s", problem_text(p->w, &p->why));
    return s;
}

static void a_session_is_its_user_with_a_secret_of_its_own_for_forms(void **state)
{
    struct people *p = *state;
    struct session s = logged_in(p, "clerk"), again;
    assert_int_equal(s.cookie.len, TOKEN_TEXT_LEN);
    assert_int_equal(s.csrf.len, TOKEN_TEXT_LEN);
    assert_false(str_eq(s.cookie, s.csrf));
    assert_int_equal(by_cookie(p, s.cookie, &again), 0);
    assert_true(str_eq(again.csrf, s.csrf));
    assert_true(str_eq(again.actor.id, p->w->clerk.id));
    assert_int_equal(query(p->w, "SELECT count(*) FROM auth_session WHERE length(hash) = 64"), 1);
    struct session other = logged_in(p, "clerk");
    assert_false(str_eq(s.cookie, other.cookie));
}

static void what_is_no_session_is_refused(void **state)
{
    struct people *p = *state;
    struct session s = logged_in(p, "clerk");
    const struct str wrong[] = {STR(""), STR("x"), s.csrf, str_sub(s.cookie, 0, 42)};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_refused(p, by_cookie(p, wrong[i], NULL), ERR_UNAUTHENTICATED, BAD_CREDENTIAL);
    assert_refused(p, by_token(p, s.cookie, NULL), ERR_UNAUTHENTICATED, BAD_CREDENTIAL);
    assert_refused(p, auth_login_as(p->au, STR("nobody"), &p->w->a, &s, &p->why), ERR_UNAUTHENTICATED, BAD_PASSWORD);
}

static void a_session_ends_after_twelve_idle_hours(void **state)
{
    struct people *p = *state;
    int64_t now = clock_now_ms();
    clock_set_for_test(now);
    struct session s = logged_in(p, "clerk");
    clock_set_for_test(now + SESSION_IDLE_MS);
    assert_int_equal(by_cookie(p, s.cookie, NULL), 0);
    clock_set_for_test(now + 2 * (int64_t)SESSION_IDLE_MS + 1000);
    assert_refused(p, by_cookie(p, s.cookie, NULL), ERR_UNAUTHENTICATED, BAD_CREDENTIAL);
}

static void wait_seen(struct people *p, int64_t now)
{
    for (int i = 0; i < 400 && query(p->w, "SELECT max(seen_ms) FROM auth_session") != now; i++)
        (void)usleep(5000);
    assert_int_equal(query(p->w, "SELECT max(seen_ms) FROM auth_session"), now);
}

static void use_keeps_a_session_alive_for_a_week_and_no_longer(void **state)
{
    struct people *p = *state;
    int64_t begun = clock_now_ms(), now = begun;
    clock_set_for_test(now);
    struct session s = logged_in(p, "clerk");
    while (now + SESSION_IDLE_MS <= begun + SESSION_LIFE_MS) {
        now += SESSION_IDLE_MS;
        clock_set_for_test(now);
        assert_int_equal(by_cookie(p, s.cookie, NULL), 0);
        wait_seen(p, now);
    }
    assert_int_equal(now, begun + SESSION_LIFE_MS);
    clock_set_for_test(now + 1);
    assert_refused(p, by_cookie(p, s.cookie, NULL), ERR_UNAUTHENTICATED, BAD_CREDENTIAL);
}

static void logging_out_ends_this_session_alone(void **state)
{
    struct people *p = *state;
    struct session one = logged_in(p, "clerk"), two = logged_in(p, "clerk");
    assert_int_equal(auth_logout(p->au, one.cookie), 0);
    assert_int_equal(auth_logout(p->au, one.cookie), 0);
    assert_refused(p, by_cookie(p, one.cookie, NULL), ERR_UNAUTHENTICATED, BAD_CREDENTIAL);
    assert_int_equal(by_cookie(p, two.cookie, NULL), 0);
}

static void a_new_password_ends_the_users_sessions_and_nobody_elses(void **state)
{
    struct people *p = *state;
    struct session clerk = logged_in(p, "clerk"), boss = logged_in(p, "boss");
    assert_int_equal(auth_set_password(p->au, STR("clerk"), STR(GOOD_PASSWORD), &p->why), 0);
    assert_refused(p, by_cookie(p, clerk.cookie, NULL), ERR_UNAUTHENTICATED, BAD_CREDENTIAL);
    assert_int_equal(by_cookie(p, boss.cookie, NULL), 0);
}

static void a_user_who_is_switched_off_is_out_at_once(void **state)
{
    struct people *p = *state;
    struct session s = logged_in(p, "clerk");
    change_user(p, &p->w->clerk, "{\"active\":false}");
    assert_refused(p, by_cookie(p, s.cookie, NULL), ERR_UNAUTHENTICATED, BAD_CREDENTIAL);
    assert_refused(p, auth_login_as(p->au, STR("clerk"), &p->w->a, &s, &p->why), ERR_UNAUTHENTICATED, BAD_PASSWORD);
}

static void preferences_are_the_users_own_whatever_his_rights(void **state)
{
    struct people *p = *state;
    struct session s = logged_in(p, "stranger"), again;
    assert_int_equal(auth_set_preferences(p->au, &s.actor, STR("zh-CN"), STR("dark"), &p->why), 0);
    assert_int_equal(auth_set_preferences(p->au, &s.actor, STR_NULL, STR_NULL, &p->why), 0);
    assert_int_equal(by_cookie(p, s.cookie, &again), 0);
    assert_int_equal(again.actor.lang, LANG_ZH);
    assert_string_equal(shown(p->w, "user", s.actor.id, "theme"), "\"dark\"");
    assert_int_equal(auth_set_preferences(p->au, &s.actor, STR("fr"), STR_NULL, &p->why), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_session_is_its_user_with_a_secret_of_its_own_for_forms, people_setup,
                                        people_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_session_is_refused, people_setup, people_teardown),
        cmocka_unit_test_setup_teardown(a_session_ends_after_twelve_idle_hours, people_setup, people_teardown),
        cmocka_unit_test_setup_teardown(use_keeps_a_session_alive_for_a_week_and_no_longer, people_setup,
                                        people_teardown),
        cmocka_unit_test_setup_teardown(logging_out_ends_this_session_alone, people_setup, people_teardown),
        cmocka_unit_test_setup_teardown(a_new_password_ends_the_users_sessions_and_nobody_elses, people_setup,
                                        people_teardown),
        cmocka_unit_test_setup_teardown(a_user_who_is_switched_off_is_out_at_once, people_setup, people_teardown),
        cmocka_unit_test_setup_teardown(preferences_are_the_users_own_whatever_his_rights, people_setup,
                                        people_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
