/*
 * The outgoing client against our own server: what it sends, what it caps, where it refuses to go.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/http/peer.h"

#include "http/client.h"

static void echo(void *ctx, struct http_request *rq, struct http_response *rs)
{
    if (str_is(rq->path, "/redirect")) {
        http_body(rq, rs, 302, "text/plain", STR("elsewhere"));
        http_set(rq, rs, "Location", STR("/secret"));
        return;
    }
    if (str_is(rq->path, "/echo")) {
        struct str thing = http_header(rq, "X-Thing");
        http_body(rq, rs, 418, "text/plain",
                  arena_fmt(rq->arena, "%.*s type=%.*s thing=%.*s expect=%zu body=%.*s", STR_ARG(rq->method),
                            STR_ARG(http_header(rq, "Content-Type")), STR_ARG(thing), http_header_count(rq, "Expect"),
                            STR_ARG(rq->body)));
        return;
    }
    peer_handler(ctx, rq, rs);
}

static int setup(void **state)
{
    *state = peer_start((struct http_options){.handler = echo});
    return 0;
}

static int teardown(void **state)
{
    return peer_end(*state);
}

static struct str url(struct fixture *f, const char *host, const char *path)
{
    return arena_fmt(&f->arena, "http://%s:%d%s", host, http_server_port(f->server), path);
}

static int fetch(struct fixture *f, struct http_fetch_options o, struct http_answer *ret)
{
    problem_clear(&f->why);
    return http_fetch(&o, &f->arena, ret, &f->why);
}

static void method_headers_and_body_arrive_and_the_answer_comes_back(void **state)
{
    struct fixture *f = *state;
    struct http_answer a = {0};
    struct http_pair headers[] = {{STR("Content-Type"), STR("application/json")}, {STR("X-Thing"), STR("双")}};
    struct http_fetch_options o = {.method = "PATCH",
                                   .url = url(f, "127.0.0.1", "/echo"),
                                   .headers = headers,
                                   .headers_len = 2,
                                   .body = STR("{\"a\":1}"),
                                   .allow_private = true};
    assert_int_equal(fetch(f, o, &a), 0);
    assert_int_equal(a.status, 418);
    assert_true(str_is(a.body, "PATCH type=application/json thing=双 expect=0 body={\"a\":1}"));
    assert_true(str_is(http_answer_header(&a, "content-type"), "text/plain"));
    assert_null(http_answer_header(&a, "nothing").ptr);
    o = (struct http_fetch_options){.method = "HEAD", .url = url(f, "127.0.0.1", "/echo"), .allow_private = true};
    assert_int_equal(fetch(f, o, &a), 0);
    assert_int_equal(a.body.len, 0);
    o = (struct http_fetch_options){.url = url(f, "127.0.0.1", "/echo"), .allow_private = true};
    assert_int_equal(fetch(f, o, &a), 0);
    assert_true(str_starts(a.body, STR("GET ")));
}

static void inner_addresses_are_refused_unless_allowed(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost",          "127.1",  "2130706433", "0x7f.1",
                                        "[::1]",     "[::ffff:127.0.0.1]", "0.0.0.0"};
    struct fixture *f = *state;
    struct http_answer a = {0};
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        int r = fetch(f, (struct http_fetch_options){.url = url(f, hosts[i], "/echo")}, &a);
        if (r != ERR_FORBIDDEN)
            fail_msg("%s: %d", hosts[i], r);
    }
    struct str allow[] = {STR("127.0.0.1:1"), arena_fmt(&f->arena, "LOCALHOST:%d", http_server_port(f->server))};
    struct http_fetch_options o = {.url = url(f, "localhost", "/echo"), .allow = allow, .allow_len = 2};
    assert_int_equal(fetch(f, o, &a), 0);
    o.url = url(f, "127.0.0.1", "/echo");
    assert_int_equal(fetch(f, o, &a), ERR_FORBIDDEN);
    assert_int_equal(f->why.message, MSG_FETCH_BLOCKED);
    assert_int_equal(atomic_load(&f->calls), 0);
}

static void other_schemes_and_credentials_in_the_address_are_refused(void **state)
{
    static const char *const urls[] = {
        "",        "file:///etc/passwd",    "gopher://127.0.0.1/",       "ftp://127.0.0.1/",       "//x", "x",
        "http://", "http://a:b@127.0.0.1/", "http://127.0.0.1/\r\nX: y", "http://127.0.0.1:99999/"};
    struct fixture *f = *state;
    struct http_answer a = {0};
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        int r = fetch(f, (struct http_fetch_options){.url = str_of(urls[i]), .allow_private = true}, &a);
        if (r != ERR_INVALID)
            fail_msg("%s: %d", urls[i], r);
    }
    struct http_pair bad = {STR("X"), STR("a\r\nHost: b")};
    struct http_fetch_options o = {
        .url = url(f, "127.0.0.1", "/echo"), .headers = &bad, .headers_len = 1, .allow_private = true};
    assert_int_equal(fetch(f, o, &a), ERR_INVALID);
}

static void a_redirect_is_an_answer_and_is_not_followed(void **state)
{
    struct fixture *f = *state;
    struct http_answer a = {0};
    assert_int_equal(
        fetch(f, (struct http_fetch_options){.url = url(f, "127.0.0.1", "/redirect"), .allow_private = true}, &a), 0);
    assert_int_equal(a.status, 302);
    assert_int_equal(http_stats(f->server).requests, 1);
}

static void a_proxy_in_the_environment_is_not_used(void **state)
{
    struct fixture *f = *state;
    struct http_answer a = {0};
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    assert_int_equal(
        fetch(f, (struct http_fetch_options){.url = url(f, "127.0.0.1", "/echo"), .allow_private = true}, &a), 0);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

static void size_and_time_are_capped(void **state)
{
    struct fixture *f = *state;
    struct http_answer a = {.status = 7};
    struct http_fetch_options o = {
        .url = url(f, "127.0.0.1", "/x?big=1000"), .allow_private = true, .answer_bytes_max = 1000};
    assert_int_equal(fetch(f, o, &a), 0);
    assert_int_equal(a.body.len, 1000);
    o.url = url(f, "127.0.0.1", "/x?big=1001");
    a.status = 7;
    assert_int_equal(fetch(f, o, &a), ERR_TOO_LARGE);
    assert_int_equal(a.status, 7);
    o = (struct http_fetch_options){
        .url = url(f, "127.0.0.1", "/x?sleep=1000"), .allow_private = true, .timeout_ms = 100};
    int64_t began = clock_mono_ms();
    assert_int_equal(fetch(f, o, &a), ERR_TIMEOUT);
    assert_in_range(clock_mono_ms() - began, 90, 600);
}

static void a_closed_port_is_unavailable(void **state)
{
    struct fixture *f = *state;
    struct http_answer a = {0};
    struct str gone = url(f, "127.0.0.1", "/");
    http_server_stop(f->server, 0);
    assert_int_equal(fetch(f, (struct http_fetch_options){.url = gone, .allow_private = true}, &a), ERR_UNAVAILABLE);
    assert_int_equal(f->why.message, MSG_FETCH_FAILED);
}

static void a_call_can_be_ended_early(void **state)
{
    struct fixture *f = *state;
    struct http_answer a = {0};
    const atomic_bool stop = true;
    struct http_fetch_options o = {.url = url(f, "127.0.0.1", "/x?sleep=100"), .allow_private = true, .abort = &stop};
    assert_int_equal(fetch(f, o, &a), ERR_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(method_headers_and_body_arrive_and_the_answer_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(inner_addresses_are_refused_unless_allowed, setup, teardown),
        cmocka_unit_test_setup_teardown(other_schemes_and_credentials_in_the_address_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_redirect_is_an_answer_and_is_not_followed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_proxy_in_the_environment_is_not_used, setup, teardown),
        cmocka_unit_test_setup_teardown(size_and_time_are_capped, setup, teardown),
        cmocka_unit_test_setup_teardown(a_closed_port_is_unavailable, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_can_be_ended_early, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
