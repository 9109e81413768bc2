/*
 * Connections: keep-alive, pipelining, half-close, deadlines, many idle ones, slow handlers, a full queue.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/http/peer.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"

static int setup(void **state)
{
    *state = peer_start((struct http_options){.read_ms = 200, .write_ms = 200});
    return 0;
}

static int teardown(void **state)
{
    return peer_end(*state);
}

static void a_connection_takes_one_request_after_another(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    int fd = peer_connect(f);
    for (int i = 0; i < 50; i++) {
        peer_say(fd, GET("/a"));
        assert_int_equal(peer_answer(fd, &in), 200);
        peer_say(fd, "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
        assert_int_equal(peer_answer(fd, &in), 200);
        assert_true(peer_has(&in, "POST /b body=5:hello"));
    }
    assert_int_equal(http_stats(f->server).requests, 100);
    close(fd);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    int fd = peer_connect(f);
    peer_say(fd, GET("/one?sleep=30") "POST /two HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi" GET("/three"));
    assert_int_equal(peer_answer(fd, &in), 200);
    assert_true(peer_has(&in, "GET /one "));
    assert_int_equal(peer_answer(fd, &in), 200);
    assert_true(peer_has(&in, "POST /two body=2:hi"));
    assert_int_equal(peer_answer(fd, &in), 200);
    assert_true(peer_has(&in, "GET /three "));
    close(fd);
}

static void a_whole_request_before_a_half_close_is_answered(void **state)
{
    static const char *const texts[] = {
        GET("/a"), GET("/a?sleep=60"), "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
        "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"};
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(texts) * 10; i++) {
        int fd = peer_connect(f);
        peer_say(fd, texts[i % ARRAY_LEN(texts)]);
        shutdown(fd, SHUT_WR);
        assert_int_equal(peer_answer(fd, &in), 200);
        assert_true(peer_closed(fd, PEER_WAIT_MS));
        close(fd);
    }
    int fd = peer_connect(f);
    peer_say(fd, GET("/a") GET("/b?sleep=20"));
    shutdown(fd, SHUT_WR);
    assert_int_equal(peer_answer(fd, &in), 200);
    assert_int_equal(peer_answer(fd, &in), 200);
    close(fd);
}

/* Sends a byte every 20 ms, for at most two seconds; returns after how long the connection was cut. */
static int64_t dribble(int fd, const char *text)
{
    int64_t began = clock_mono_ms();
    for (size_t i = 0; clock_mono_ms() - began < 2000; i++) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        char c = text[i % strlen(text)];
        if (send(fd, &c, 1, MSG_NOSIGNAL) < 0)
            break;
        if (poll(&p, 1, 20) > 0)
            break;
    }
    return clock_mono_ms() - began;
}

static void a_slow_header_is_cut_off_at_the_deadline(void **state)
{
    struct fixture *f = *state;
    int fd = peer_connect(f);
    peer_say(fd, "GET / HTTP/1.1\r\nHost: x\r\nA: ");
    assert_in_range(dribble(fd, "a"), 150, 1000);
    close(fd);
    assert_int_equal(atomic_load(&f->calls), 0);
}

static void a_slow_body_is_cut_off_at_the_deadline(void **state)
{
    struct fixture *f = *state;
    int fd = peer_connect(f);
    peer_say(fd, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
    assert_in_range(dribble(fd, "a"), 150, 1000);
    close(fd);
    fd = peer_connect(f);
    peer_say(fd, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_in_range(dribble(fd, "1\r\na\r\n"), 150, 1000);
    close(fd);
    assert_int_equal(atomic_load(&f->calls), 0);
}

static void a_slow_second_request_is_cut_off_too(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    int fd = peer_connect(f);
    peer_say(fd, GET("/a"));
    assert_int_equal(peer_answer(fd, &in), 200);
    assert_in_range(
        dribble(fd,
                "GET / HTTP/1.1\r\nA: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        150, 1200);
    close(fd);
}

static void a_connection_may_rest_between_requests_for_longer_than_the_read_deadline(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    int fd = peer_connect(f);
    for (int i = 0; i < 2; i++) {
        peer_say(fd, "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
        assert_int_equal(peer_answer(fd, &in), 200);
        assert_false(peer_closed(fd, 400));
    }
    peer_say(fd, GET("/a"));
    assert_int_equal(peer_answer(fd, &in), 200);
    close(fd);
}

static void an_answer_that_is_not_taken_is_cut_off(void **state)
{
    struct fixture *f = *state;
    int fd = peer_connect(f);
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    peer_say(fd, GET("/a?big=30000000"));
    assert_true(peer_read(fd, &in, "\r\n", PEER_WAIT_MS));
    int64_t began = clock_mono_ms();
    while (http_stats(f->server).connections > 0 && clock_mono_ms() - began < 3000)
        peer_sleep_ms(10);
    assert_in_range(clock_mono_ms() - began, 150, 1200);
    close(fd);
}

static void idle_connections_delay_nobody(void **state)
{
    struct fixture *f = *state;
    int idle[300];
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    peer_end(f);
    *state = f = peer_start((struct http_options){.read_ms = 5000});
    for (size_t i = 0; i < ARRAY_LEN(idle); i++) {
        idle[i] = peer_connect_from(f, 2 + (int)i % 10);
        if (i % 3)
            peer_say(idle[i], i % 3 == 1 ? "GET / HTTP/1.1\r\n" : GET("/a"));
    }
    int64_t began = clock_mono_ms();
    for (int i = 0; i < 20; i++)
        assert_int_equal(peer_ask(f, STR(GET("/a")), &in), 200);
    assert_true(clock_mono_ms() - began < 1000);
    assert_true(http_stats(f->server).connections >= 300);
    for (size_t i = 0; i < ARRAY_LEN(idle); i++)
        close(idle[i]);
}

static void one_address_gets_64_connections_and_no_more(void **state)
{
    struct fixture *f = *state;
    int fds[HTTP_PER_ADDRESS_MAX + 1];
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        fds[i] = peer_connect(f);
        peer_say(fds[i], GET("/a"));
        assert_int_equal(peer_answer(fds[i], &in), i < HTTP_PER_ADDRESS_MAX ? 200 : 0);
    }
    int other = peer_connect_from(f, 9);
    peer_say(other, GET("/a"));
    assert_int_equal(peer_answer(other, &in), 200);
    close(other);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        close(fds[i]);
}

static void a_handler_that_sleeps_holds_up_only_its_own_request(void **state)
{
    struct fixture *f = *state;
    int slow[7];
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(slow); i++) {
        slow[i] = peer_connect(f);
        peer_say(slow[i], GET("/slow?sleep=200"));
    }
    int64_t began = clock_mono_ms();
    assert_int_equal(peer_ask(f, STR(GET("/fast")), &in), 200);
    assert_true(clock_mono_ms() - began < 150);
    for (size_t i = 0; i < ARRAY_LEN(slow); i++) {
        assert_int_equal(peer_answer(slow[i], &in), 200);
        close(slow[i]);
    }
    assert_true(clock_mono_ms() - began < 1000);
}

static void a_full_queue_gives_503_with_retry_after(void **state)
{
    struct fixture *f = *state;
    int fds[20], ok = 0, busy = 0;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    peer_end(f);
    *state = f = peer_start((struct http_options){.workers = 1, .queue_max = 3});
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        fds[i] = peer_connect(f);
        peer_say(fds[i], GET("/slow?sleep=50"));
    }
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        int status = peer_answer(fds[i], &in);
        ok += status == 200;
        if (status == 503) {
            busy++;
            assert_true(peer_has(&in, "\r\nRetry-After: "));
            assert_true(peer_has(&in, "overloaded"));
        }
        close(fds[i]);
    }
    assert_int_equal(ok + busy, ARRAY_LEN(fds));
    assert_true(busy > 0 && ok > 0);
    assert_true(http_stats(f->server).refused == busy);
}

static void a_peer_that_leaves_while_its_request_runs_harms_nothing(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    for (int i = 0; i < 40; i++) {
        struct linger hard = {.l_onoff = 1, .l_linger = 0};
        int fd = peer_connect(f);
        peer_say(fd, GET("/slow?sleep=20"));
        if (i % 2)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        close(fd);
    }
    assert_int_equal(peer_ask(f, STR(GET("/a")), &in), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_connection_takes_one_request_after_another, setup, teardown),
        cmocka_unit_test_setup_teardown(pipelined_requests_are_answered_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(a_whole_request_before_a_half_close_is_answered, setup, teardown),
        cmocka_unit_test_setup_teardown(a_slow_header_is_cut_off_at_the_deadline, setup, teardown),
        cmocka_unit_test_setup_teardown(a_slow_body_is_cut_off_at_the_deadline, setup, teardown),
        cmocka_unit_test_setup_teardown(a_slow_second_request_is_cut_off_too, setup, teardown),
        cmocka_unit_test_setup_teardown(a_connection_may_rest_between_requests_for_longer_than_the_read_deadline, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_answer_that_is_not_taken_is_cut_off, setup, teardown),
        cmocka_unit_test_setup_teardown(idle_connections_delay_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(one_address_gets_64_connections_and_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(a_handler_that_sleeps_holds_up_only_its_own_request, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_queue_gives_503_with_retry_after, setup, teardown),
        cmocka_unit_test_setup_teardown(a_peer_that_leaves_while_its_request_runs_harms_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
