/* Passwords, one-time links, and the brake on guessing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/auth/people.h"

static int login(struct people *p, const char *name, const char *password, struct session *ret)
{
    problem_init(&p->why, &p->w->a);
    return auth_login(p->au, str_of(name), str_of(password), ADDRESS, &p->w->a, ret, &p->why);
}

static void the_right_password_opens_and_a_wrong_one_tells_not_what_was_wrong(void **state)
{
    struct people *p = *state;
    struct session s;
    assert_int_equal(auth_set_password(p->au, STR("clerk"), STR(GOOD_PASSWORD), &p->why), 0);
    assert_int_equal(login(p, "clerk", GOOD_PASSWORD, &s), 0);
    assert_int_equal(by_cookie(p, s.cookie, NULL), 0);
    assert_refused(p, login(p, "clerk", "a long walk at night", &s), ERR_UNAUTHENTICATED, BAD_PASSWORD);
    assert_refused(p, login(p, "nobody", GOOD_PASSWORD, &s), ERR_UNAUTHENTICATED, BAD_PASSWORD);
    assert_refused(p, login(p, "boss", GOOD_PASSWORD, &s), ERR_UNAUTHENTICATED, BAD_PASSWORD);
    assert_int_equal(query(p->w, "SELECT count(*) FROM auth_password WHERE hash LIKE '$argon2id$%m=65536%'"), 1);
}

static void weak_passwords_are_refused_with_the_place(void **state)
{
    struct people *p = *state;
    static const char *const weak[] = {"",           "short",       "123456789", "password12",  "PASSWORD1234",
                                       "1234567890", "aaaaaaaaaaa", "密码密码",  "qwertyuiop1", "\xff\xfe bad utf-8"};
    for (size_t i = 0; i < ARRAY_LEN(weak); i++) {
        problem_init(&p->why, &p->w->a);
        if (auth_set_password(p->au, STR("clerk"), str_of(weak[i]), &p->why) != ERR_INVALID)
            fail_msg("%s was taken", weak[i]);
        refused_at(p->w, &p->why, "password_weak", "/password");
    }
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 1000);
    for (int i = 0; i < 167; i++)
        (void)buf_add_cstr(&b, "abc");
    problem_init(&p->why, &p->w->a);
    assert_int_equal(auth_set_password(p->au, STR("clerk"), buf_str(&b), &p->why), ERR_INVALID); /* 501 bytes */
    problem_init(&p->why, &p->w->a);
    assert_int_equal(auth_set_password(p->au, STR("clerk"), STR("长长的密码一共十个字"), &p->why), 0);
    assert_refused(p, auth_set_password(p->au, STR("nobody"), STR(GOOD_PASSWORD), &p->why), ERR_INVALID,
                   LINK_TO_NOTHING);
}

/* ---- Links ---- */

static struct str link_for(struct people *p, const char *name)
{
    struct str link;
    if (auth_link_create(p->au, str_of(name), &p->w->a, &link, &p->why) < 0)
        fail_msg("%s", problem_text(p->w, &p->why));
    return link;
}

static int use(struct people *p, struct str link, const char *password, struct session *ret)
{
    problem_init(&p->why, &p->w->a);
    return auth_link_use(p->au, link, str_of(password), &p->w->a, ret, &p->why);
}

static void a_link_sets_the_password_and_logs_in_once(void **state)
{
    struct people *p = *state;
    struct session s;
    struct str link = link_for(p, "clerk");
    assert_refused(p, use(p, link, "short", &s), ERR_INVALID, INVALID); /* a weak password does not use it up */
    assert_int_equal(use(p, link, GOOD_PASSWORD, &s), 0);
    assert_true(str_eq(s.actor.id, p->w->clerk.id));
    assert_int_equal(by_cookie(p, s.cookie, NULL), 0);
    assert_int_equal(login(p, "clerk", GOOD_PASSWORD, &s), 0);
    assert_refused(p, use(p, link, "another good one", &s), ERR_UNAUTHENTICATED, LINK_USED);
    assert_int_equal(login(p, "clerk", GOOD_PASSWORD, &s), 0);
}

static void a_link_ends_after_a_day(void **state)
{
    struct people *p = *state;
    struct session s;
    int64_t now = clock_now_ms();
    clock_set_for_test(now);
    struct str late = link_for(p, "clerk"), timely = link_for(p, "boss");
    clock_set_for_test(now + LINK_LIFE_MS - 1);
    assert_int_equal(use(p, timely, GOOD_PASSWORD, &s), 0);
    clock_set_for_test(now + LINK_LIFE_MS);
    assert_refused(p, use(p, late, GOOD_PASSWORD, &s), ERR_UNAUTHENTICATED, LINK_USED);
    assert_refused(p, use(p, STR("nonsense"), GOOD_PASSWORD, &s), ERR_UNAUTHENTICATED, LINK_USED);
}

struct taker {
    struct people *p;
    struct str link;
    pthread_t thread;
    int err;
};

static void *take(void *arg)
{
    struct taker *t = arg;
    struct arena a;
    struct problem why;
    struct session s;
    arena_init(&a);
    problem_init(&why, &a);
    t->err = auth_link_use(t->p->au, t->link, STR(GOOD_PASSWORD), &a, &s, &why);
    arena_release(&a);
    return NULL;
}

static void of_many_who_use_a_link_at_once_one_gets_in(void **state)
{
    struct people *p = *state;
    struct taker takers[4];
    struct str link = link_for(p, "clerk");
    int in = 0;
    for (size_t i = 0; i < ARRAY_LEN(takers); i++) {
        takers[i] = (struct taker){.p = p, .link = link};
        assert_int_equal(pthread_create(&takers[i].thread, NULL, take, &takers[i]), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(takers); i++) {
        assert_int_equal(pthread_join(takers[i].thread, NULL), 0);
        in += takers[i].err == 0;
        assert_true(takers[i].err == 0 || takers[i].err == ERR_UNAUTHENTICATED);
    }
    assert_int_equal(in, 1);
}

static int first_start(struct db_tx *tx, void *arg)
{
    struct people *p = *(struct people **)arg;
    bool first = false;
    int err = auth_is_first_start(p->au, tx, &first);
    return err < 0 ? err : first;
}

static void the_first_start_is_over_with_the_first_password(void **state)
{
    struct people *p = *state;
    assert_int_equal(db_read(p->w->db, first_start, &p), 1);
    assert_int_equal(auth_set_password(p->au, STR("clerk"), STR(GOOD_PASSWORD), &p->why), 0);
    assert_int_equal(db_read(p->w->db, first_start, &p), 0);
}

/* ---- The brake ---- */

static void after_five_failures_an_account_waits_even_with_the_right_password(void **state)
{
    struct people *p = *state;
    struct session s;
    assert_int_equal(auth_set_password(p->au, STR("clerk"), STR(GOOD_PASSWORD), &p->why), 0);
    assert_int_equal(auth_set_password(p->au, STR("boss"), STR(GOOD_PASSWORD), &p->why), 0);
    for (int i = 0; i < LOGIN_FAILURES_MAX; i++)
        assert_refused(p, login(p, "clerk", "a wrong password", &s), ERR_UNAUTHENTICATED, BAD_PASSWORD);
    assert_refused(p, login(p, "clerk", GOOD_PASSWORD, &s), ERR_TOO_MANY, LOGIN_THROTTLED);
    assert_int_equal(login(p, "boss", GOOD_PASSWORD, &s), 0); /* the address may still */
}

static void a_success_forgets_the_failures_before_it(void **state)
{
    struct people *p = *state;
    for (int i = 0; i < LOGIN_FAILURES_MAX - 1; i++)
        throttle_failed(p->au, STR("clerk"), ADDRESS);
    throttle_passed(p->au, STR("clerk"), ADDRESS);
    for (int i = 0; i < LOGIN_FAILURES_MAX - 1; i++)
        throttle_failed(p->au, STR("clerk"), ADDRESS);
    assert_int_equal(throttle_wait_s(p->au, STR("clerk"), ADDRESS), 0);
    throttle_failed(p->au, STR("clerk"), ADDRESS);
    assert_in_range(throttle_wait_s(p->au, STR("clerk"), ADDRESS), LOGIN_WINDOW_MS / 1000 - 5, LOGIN_WINDOW_MS / 1000);
}

static void an_address_that_tries_many_names_waits_for_all_of_them(void **state)
{
    struct people *p = *state;
    for (int i = 0; i < LOGIN_FAILURES_MAX * 10; i++)
        throttle_failed(p->au, arena_fmt(&p->w->a, "user %d", i), ADDRESS);
    assert_true(throttle_wait_s(p->au, STR("somebody new"), ADDRESS) > 0);
    assert_int_equal(throttle_wait_s(p->au, STR("somebody new"), STR("192.0.2.2")), 0);
}

static void a_table_full_of_other_names_does_not_release_the_brake(void **state)
{
    struct people *p = *state;
    char name[40];
    for (int i = 0; i < THROTTLE_ENTRIES_MAX + 100; i++) {
        (void)snprintf(name, sizeof(name), "name %d", i);
        throttle_failed(p->au, str_of(name), str_of(name));
    }
    assert_true(map_len(p->au->failures) <= THROTTLE_ENTRIES_MAX);
    for (int i = 0; i < LOGIN_FAILURES_MAX; i++)
        throttle_failed(p->au, STR("clerk"), ADDRESS);
    assert_true(throttle_wait_s(p->au, STR("clerk"), ADDRESS) > 0);
}

static void a_password_that_was_set_ends_links_that_nobody_used(void **state)
{
    struct people *p = *state;
    struct session s;
    struct str first = link_for(p, "clerk"), second = link_for(p, "clerk"), other = link_for(p, "boss");
    assert_int_equal(use(p, first, GOOD_PASSWORD, &s), 0);
    assert_refused(p, use(p, second, "another good one", &s), ERR_UNAUTHENTICATED, LINK_USED);
    assert_int_equal(use(p, other, GOOD_PASSWORD, &s), 0);
}

static void a_link_that_somebody_made_up_costs_no_hash(void **state)
{
    struct people *p = *state;
    struct session s;
    for (int i = 0; i < HASHES_AT_ONCE_MAX; i++)
        assert_int_equal(hash_begin(p->au, &p->why), 0);
    assert_refused(p, use(p, STR("nonsense"), GOOD_PASSWORD, &s), ERR_UNAUTHENTICATED, LINK_USED);
    for (int i = 0; i < HASHES_AT_ONCE_MAX; i++)
        hash_end(p->au);
}

static void only_a_few_passwords_are_hashed_at_once(void **state)
{
    struct people *p = *state;
    struct session s;
    struct str link = link_for(p, "clerk");
    for (int i = 0; i < HASHES_AT_ONCE_MAX; i++)
        assert_int_equal(hash_begin(p->au, &p->why), 0);
    assert_refused(p, login(p, "clerk", GOOD_PASSWORD, &s), ERR_UNAVAILABLE, OVERLOADED);
    assert_refused(p, use(p, link, GOOD_PASSWORD, &s), ERR_UNAVAILABLE, OVERLOADED);
    hash_end(p->au);
    assert_int_equal(use(p, link, GOOD_PASSWORD, &s), 0);
    assert_int_equal(login(p, "clerk", GOOD_PASSWORD, &s), 0);
}

static void many_attempts_at_once_count_before_they_are_over(void **state)
{
    struct people *p = *state;
    for (int i = 0; i < LOGIN_FAILURES_MAX; i++)
        assert_int_equal(throttle_begin(p->au, STR("clerk"), ADDRESS), 0);
    assert_true(throttle_begin(p->au, STR("clerk"), ADDRESS) > 0);
    throttle_passed(p->au, STR("clerk"), ADDRESS);
    assert_int_equal(throttle_begin(p->au, STR("clerk"), ADDRESS), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_password_that_was_set_ends_links_that_nobody_used, people_setup,
                                        people_teardown),
        cmocka_unit_test_setup_teardown(a_link_that_somebody_made_up_costs_no_hash, people_setup, people_teardown),
        cmocka_unit_test_setup_teardown(only_a_few_passwords_are_hashed_at_once, people_setup, people_teardown),
        cmocka_unit_test_setup_teardown(many_attempts_at_once_count_before_they_are_over, people_setup,
                                        people_teardown),
        cmocka_unit_test_setup_teardown(the_right_password_opens_and_a_wrong_one_tells_not_what_was_wrong, people_setup,
                                        people_teardown),
        cmocka_unit_test_setup_teardown(weak_passwords_are_refused_with_the_place, people_setup, people_teardown),
        cmocka_unit_test_setup_teardown(a_link_sets_the_password_and_logs_in_once, people_setup, people_teardown),
        cmocka_unit_test_setup_teardown(a_link_ends_after_a_day, people_setup, people_teardown),
        cmocka_unit_test_setup_teardown(of_many_who_use_a_link_at_once_one_gets_in, people_setup, people_teardown),
        cmocka_unit_test_setup_teardown(the_first_start_is_over_with_the_first_password, people_setup, people_teardown),
        cmocka_unit_test_setup_teardown(after_five_failures_an_account_waits_even_with_the_right_password, people_setup,
                                        people_teardown),
        cmocka_unit_test_setup_teardown(a_success_forgets_the_failures_before_it, people_setup, people_teardown),
        cmocka_unit_test_setup_teardown(an_address_that_tries_many_names_waits_for_all_of_them, people_setup,
                                        people_teardown),
        cmocka_unit_test_setup_teardown(a_table_full_of_other_names_does_not_release_the_brake, people_setup,
                                        people_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
