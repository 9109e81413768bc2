/* What a call learns from its request before a handler sees it: the language, the members of a body, the route. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/api_internal.h"
#include "codec/json.h"

struct language {
    const char *header;
    enum lang fallback, wanted;
};

static void the_better_of_two_languages_is_taken(void **state)
{
    (void)state;
    static const struct language rows[] = {
        {NULL, LANG_EN, LANG_EN},
        {NULL, LANG_ZH, LANG_ZH},
        {"", LANG_ZH, LANG_ZH},
        {"zh-CN", LANG_EN, LANG_ZH},
        {"ZH", LANG_EN, LANG_ZH},
        {"en-GB,en;q=0.9", LANG_ZH, LANG_EN},
        {"en;q=0.4, zh;q=0.6", LANG_EN, LANG_ZH},
        {"zh;q=0.4,en;q=0.6", LANG_ZH, LANG_EN},
        {"en,zh", LANG_ZH, LANG_EN}, /* of two alike, the first */
        {"fr, de;q=0.9", LANG_ZH, LANG_ZH},
        {"fr, zh;q=0.1", LANG_EN, LANG_ZH},
        {"zh;q=0", LANG_EN, LANG_EN},
        {"zh;q=much, en;q=0.1", LANG_ZH, LANG_EN},
        {"*", LANG_ZH, LANG_ZH},
        {";;,,q=,", LANG_EN, LANG_EN},
        {"z", LANG_EN, LANG_EN},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct http_pair header = {STR("accept-language"), str_of(rows[i].header ? rows[i].header : "")};
        struct http_request rq = {.headers = &header, .headers_len = rows[i].header != NULL};
        if (call_language(&rq, rows[i].fallback) != rows[i].wanted)
            fail_msg("%s", rows[i].header ? rows[i].header : "(none)");
    }
}

static bool takes_raw(const char *method, const char *path)
{
    return api_body_bytes_max(NULL, str_of(method), str_of(path)) == HOOK_BODY_BYTES_MAX;
}

static void a_body_has_the_limit_of_its_route(void **state)
{
    (void)state;
    assert_true(takes_raw("POST", "/hooks/jira"));
    assert_true(takes_raw("POST", "/hooks/jira/secret"));
    assert_int_equal(api_body_bytes_max(NULL, STR("POST"), STR("/api/v1/records/task")), HTTP_BODY_BYTES_MAX);
    assert_int_equal(api_body_bytes_max(NULL, STR("POST"), STR("/nowhere")), HTTP_BODY_BYTES_MAX);
    assert_int_equal(api_body_bytes_max(NULL, STR(""), STR("")), HTTP_BODY_BYTES_MAX);
}

static void every_route_is_described_and_stands_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < api_routes_len; i++) {
        const struct route *r = &api_routes[i];
        assert_non_null(r->fn);
        assert_true(r->path[0] == '/');
        if (!(r->flags & ROUTE_HIDDEN)) {
            assert_non_null(r->summary);
            assert_non_null(r->operation);
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(r->path, api_routes[k].path) == 0 && strcmp(r->method, api_routes[k].method) == 0)
                fail_msg("%s %s stands twice", r->method, r->path);
        }
    }
}

static void what_is_public_is_a_short_list(void **state)
{
    (void)state;
    static const char *const open[] = {"/api/v1/login", "/hooks/", "/healthz", "/readyz", "/metrics", "/openapi.json"};
    for (size_t i = 0; i < api_routes_len; i++) {
        bool known = !(api_routes[i].flags & ROUTE_PUBLIC);
        for (size_t k = 0; k < ARRAY_LEN(open); k++)
            known = known || str_starts(str_of(api_routes[i].path), str_of(open[k]));
        if (!known)
            fail_msg("%s %s needs no credential", api_routes[i].method, api_routes[i].path);
    }
}

static void members_that_nobody_knows_are_refused_at_their_place(void **state)
{
    (void)state;
    struct arena a;
    struct str s = STR_NULL;
    static const struct route route = {.method = "POST", .path = "/x", .operation = "x"};
    static const char *const names[] = {"name"};
    arena_init(&a);
    struct call c = {.a = &a, .route = &route};
    problem_init(&c.why, &a);
    assert_int_equal(json_parse(&a, STR("{\"name\":7,\"nmae\":1}"), 4, &c.body, NULL), 0);
    assert_int_equal(call_members(&c, names, 1), ERR_INVALID);
    assert_true(str_is(c.why.items->place, "/nmae"));
    problem_init(&c.why, &a);
    assert_int_equal(call_text(&c, "name", true, &s), ERR_INVALID);
    assert_int_equal(c.why.items->message, MSG_WRONG_TYPE);
    problem_init(&c.why, &a);
    assert_int_equal(call_text(&c, "other", true, &s), ERR_INVALID);
    assert_int_equal(c.why.items->message, MSG_REQUIRED);
    assert_int_equal(call_text(&c, "other", false, &s), 0);
    assert_null(s.ptr);
    arena_release(&a);
}

int main(void)
{
    json_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_better_of_two_languages_is_taken),
        cmocka_unit_test(a_body_has_the_limit_of_its_route),
        cmocka_unit_test(every_route_is_described_and_stands_once),
        cmocka_unit_test(what_is_public_is_a_short_list),
        cmocka_unit_test(members_that_nobody_knows_are_refused_at_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
