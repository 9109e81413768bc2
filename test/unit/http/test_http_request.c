/*
 * What a handler sees of a request, and what leaves of its answer: path, query, headers, cookies, HEAD.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/http/peer.h"

static void describe(void *ctx UNUSED, struct http_request *rq, struct http_response *rs)
{
    CLEANUP(buf_release) struct buf out = {0};
    buf_init(&out, 65536);
    buf_addf(&out, "method=%.*s head=%d path=%.*s query=%.*s from=%.*s loopback=%d\n", STR_ARG(rq->method), rq->head,
             STR_ARG(rq->path), STR_ARG(rq->query), STR_ARG(rq->address), rq->loopback);
    for (size_t i = 0; i < rq->params_len; i++)
        buf_addf(&out, "param %.*s=%.*s;\n", STR_ARG(rq->params[i].name), STR_ARG(rq->params[i].value));
    struct str cookie = http_cookie(rq, "sid"), header = http_header(rq, "x-thing");
    if (cookie.ptr)
        buf_addf(&out, "cookie=%.*s;\n", STR_ARG(cookie));
    if (header.ptr)
        buf_addf(&out, "header=%.*s; of %zu\n", STR_ARG(header), http_header_count(rq, "X-THING"));
    if (http_param(rq, "bare"))
        buf_addf(&out, "bare is there\n");
    if (str_is(rq->path, "/gone")) {
        rs->status = 204;
        return;
    }
    http_set(rq, rs, "X-Bad", STR("a\r\nSet-Cookie: b"));
    http_set(rq, rs, "Set-Cookie", STR("a=1"));
    http_set(rq, rs, "Set-Cookie", STR("b=2"));
    http_set(rq, rs, "ETag", STR("\"1\""));
    http_set(rq, rs, "etag", STR("\"2\""));
    http_body(rq, rs, 200, "text/plain", arena_str(rq->arena, buf_str(&out)));
}

static int setup(void **state)
{
    *state = peer_start((struct http_options){.handler = describe});
    log_set_level(LOG_ERROR + 1);
    return 0;
}

static int teardown(void **state)
{
    return peer_end(*state);
}

static void the_query_is_decoded_in_order_and_the_path_is_raw(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    assert_int_equal(
        peer_ask(f, STR("GET /a%2Fb//c?x=1+2&x=%E5%8F%8C&y=a%26b=c&&bare HTTP/1.1\r\nHost: x\r\n\r\n"), &in), 200);
    assert_true(peer_has(&in, "path=/a%2Fb//c query=x=1+2&x=%E5%8F%8C&y=a%26b=c&&bare from=127.0.0.1 loopback=1\n"));
    assert_true(peer_has(&in, "param x=1 2;\nparam x=双;\nparam y=a&b=c;\nparam bare=;\nbare is there\n"));
}

static void an_absolute_address_is_as_good_as_a_path(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    assert_int_equal(peer_ask(f, STR("GET http://other/a?b=1 HTTP/1.1\r\nHost: x\r\n\r\n"), &in), 200);
    assert_true(peer_has(&in, "path=/a query=b=1 "));
    assert_int_equal(peer_ask(f, STR("GET http://other HTTP/1.1\r\nHost: x\r\n\r\n"), &in), 200);
    assert_true(peer_has(&in, "path=/ query= "));
}

static void headers_and_cookies_are_found_in_any_case(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    struct str text =
        STR("GET / HTTP/1.1\r\nhost: x\r\nX-Thing: one\r\nx-thing: two\r\nCookie: a=b; sid=abc; sidx=no\r\n\r\n");
    assert_int_equal(peer_ask(f, text, &in), 200);
    assert_true(peer_has(&in, "header=one; of 2\n"));
    assert_true(peer_has(&in, "cookie=abc;\n"));
    assert_int_equal(peer_ask(f, STR("GET / HTTP/1.1\r\nhost: x\r\nCookie: xsid=abc\r\n\r\n"), &in), 200);
    assert_false(peer_has(&in, "cookie="));
}

static void an_answer_can_not_be_split_and_says_each_header_once(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    assert_int_equal(peer_ask(f, STR("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), &in), 200);
    assert_false(peer_has(&in, "Set-Cookie: b\r\n"));
    assert_true(peer_has(&in, "Set-Cookie: a=1\r\n"));
    assert_true(peer_has(&in, "Set-Cookie: b=2\r\n"));
    assert_true(peer_has(&in, "ETag: \"2\"\r\n"));
    assert_false(peer_has(&in, "\"1\""));
}

static void head_is_as_get_without_a_body(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    int fd = peer_connect(f);
    peer_say(fd, "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(peer_read(fd, &in, "\r\n\r\n", PEER_WAIT_MS));
    struct str expected = STR("method=GET head=1 path=/a query= from=127.0.0.1 loopback=1\n");
    assert_true(peer_has(&in, arena_fmt(&f->arena, "Content-Length: %zu\r\n", expected.len).ptr));
    /* The next answer begins right after the header: there was no body between. */
    peer_say(fd, "GET /gone HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(peer_answer(fd, &in), 204);
    assert_false(peer_has(&in, "Content-Type:"));
    peer_say(fd, "GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(peer_answer(fd, &in), 200);
    assert_true(peer_has(&in, "head=0 path=/b"));
    close(fd);
}

static void an_address_that_can_not_be_listened_on_is_explained(void **state UNUSED)
{
    static const char *const bad[] = {"",       "8080",    "127.0.0.1",  "127.0.0.1:x", "127.0.0.1:70000",
                                      "::1:80", "[::1:80", "nowhere:80", "192.0.2.1:0"};
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct problem why;
        struct http_server *s = NULL;
        problem_init(&why, &arena);
        struct http_options o = {.listen = bad[i], .handler = describe};
        assert_int_equal(http_server_start(&o, &s, &why), ERR_UNAVAILABLE);
        assert_int_equal(why.message, MSG_LISTEN_FAILED);
        assert_null(s);
    }
    arena_release(&arena);
}

static void ipv6_is_listened_on_too(void **state UNUSED)
{
    struct arena arena;
    struct problem why;
    struct http_server *s = NULL;
    arena_init(&arena);
    problem_init(&why, &arena);
    struct http_options o = {.listen = "[::1]:0", .handler = describe, .workers = 1};
    if (http_server_start(&o, &s, &why) == 0) { /* some machines have no IPv6 */
        CLEANUP(buf_release) struct buf in = {0};
        buf_init(&in, 1 << 16);
        struct sockaddr_in6 a = {.sin6_family = AF_INET6,
                                 .sin6_addr = IN6ADDR_LOOPBACK_INIT,
                                 .sin6_port = htons((uint16_t)http_server_port(s))};
        int fd = socket(AF_INET6, SOCK_STREAM, 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
        peer_say(fd, "GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n");
        assert_int_equal(peer_answer(fd, &in), 200);
        assert_true(peer_has(&in, "from=::1 loopback=1"));
        close(fd);
    }
    http_server_free(s);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_query_is_decoded_in_order_and_the_path_is_raw, setup, teardown),
        cmocka_unit_test_setup_teardown(an_absolute_address_is_as_good_as_a_path, setup, teardown),
        cmocka_unit_test_setup_teardown(headers_and_cookies_are_found_in_any_case, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_can_not_be_split_and_says_each_header_once, setup, teardown),
        cmocka_unit_test_setup_teardown(head_is_as_get_without_a_body, setup, teardown),
        cmocka_unit_test(an_address_that_can_not_be_listened_on_is_explained),
        cmocka_unit_test(ipv6_is_listened_on_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
