/*
 * Server-sent event streams: broadcast, end from either side, a peer that does not read, the limit.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/http/peer.h"

#include <pthread.h>

enum { HUB_MAX = 600 };

/* What the event module will be: it keeps streams and writes to all of them. */
struct hub {
    struct fixture *fixture;
    pthread_mutex_t lock;
    struct http_stream *streams[HUB_MAX];
    size_t len;
    atomic_int closed;
};

static void hub_closed(void *ctx)
{
    atomic_fetch_add(&((struct hub *)ctx)->closed, 1);
}

static const struct http_stream_ops hub_ops = {.closed = hub_closed};
static struct hub hub;

static void open_stream(void *ctx UNUSED, struct http_request *rq, struct http_response *rs)
{
    struct http_stream *s = http_stream_new(&hub_ops, &hub);
    pthread_mutex_lock(&hub.lock);
    if (hub.len < HUB_MAX)
        hub.streams[hub.len++] = http_stream_ref(s);
    pthread_mutex_unlock(&hub.lock);
    http_stream_send(s, STR(": hello\n\n"));
    rs->status = 200;
    rs->stream = s;
    http_set(rq, rs, "Content-Type", STR("text/event-stream"));
}

static int broadcast(struct str bytes)
{
    int failed = 0;
    pthread_mutex_lock(&hub.lock);
    for (size_t i = 0; i < hub.len; i++)
        failed += http_stream_send(hub.streams[i], bytes) < 0;
    pthread_mutex_unlock(&hub.lock);
    return failed;
}

static int setup(void **state UNUSED)
{
    hub = (struct hub){.lock = PTHREAD_MUTEX_INITIALIZER};
    hub.fixture = peer_start((struct http_options){.handler = open_stream, .write_ms = 600, .per_address_max = 600});
    return 0;
}

static int teardown(void **state UNUSED)
{
    peer_end(hub.fixture);
    for (size_t i = 0; i < hub.len; i++) {
        assert_int_equal(http_stream_send(hub.streams[i], STR("x")), ERR_NOT_FOUND);
        http_stream_unref(hub.streams[i]);
    }
    return 0;
}

static int connect_stream(void)
{
    int fd = peer_connect(hub.fixture);
    peer_say(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    return fd;
}

static bool wait_closed(int n)
{
    int64_t until = clock_mono_ms() + PEER_WAIT_MS;
    while (atomic_load(&hub.closed) < n && clock_mono_ms() < until)
        peer_sleep_ms(5);
    return atomic_load(&hub.closed) == n;
}

static void a_broadcast_reaches_every_stream_in_order(void **state UNUSED)
{
    int fds[50];
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        fds[i] = connect_stream();
        buf_clear(&in);
        assert_true(peer_read(fds[i], &in, ": hello\n\n", PEER_WAIT_MS));
        assert_true(peer_has(&in, "Content-Type: text/event-stream\r\n"));
        assert_true(peer_has(&in, "X-Content-Type-Options: nosniff\r\n"));
    }
    assert_int_equal(http_stats(hub.fixture->server).streams, 50);
    for (int i = 0; i < 100; i++)
        assert_int_equal(broadcast(arena_fmt(&hub.fixture->arena, "id: %d\ndata: {}\n\n", i)), 0);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        buf_clear(&in);
        assert_true(peer_read(fds[i], &in, "id: 99\ndata: {}\n\n", PEER_WAIT_MS));
        size_t at = 0;
        for (int n = 0; n < 100; n++) {
            at = str_find(buf_str(&in), arena_fmt(&hub.fixture->arena, "id: %d\n", n), at);
            assert_true(at != SIZE_MAX);
        }
        close(fds[i]);
    }
    assert_int_equal(atomic_load(&hub.closed), 0);
}

static void closing_a_stream_sends_what_waits_and_then_ends_it(void **state UNUSED)
{
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    int fd = connect_stream();
    assert_true(peer_read(fd, &in, ": hello\n\n", PEER_WAIT_MS));
    assert_int_equal(http_stream_send(hub.streams[0], STR("data: last\n\n")), 0);
    http_stream_close(hub.streams[0]);
    assert_int_equal(http_stream_send(hub.streams[0], STR("data: late\n\n")), ERR_NOT_FOUND);
    assert_true(peer_read(fd, &in, "data: last\n\n\r\n0\r\n\r\n", PEER_WAIT_MS));
    assert_true(wait_closed(1));
    assert_int_equal(http_stats(hub.fixture->server).streams, 0);
    close(fd);
}

static void a_peer_that_leaves_ends_its_stream(void **state UNUSED)
{
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    int fd = connect_stream();
    assert_true(peer_read(fd, &in, ": hello\n\n", PEER_WAIT_MS));
    close(fd);
    broadcast(STR("data: 1\n\n")); /* the peer's machine answers this with a reset, which is what shows that it left */
    assert_true(wait_closed(1));
}

static void a_peer_that_does_not_read_loses_its_stream_and_others_do_not_notice(void **state UNUSED)
{
    CLEANUP(buf_release) struct buf in, event;
    buf_init(&in, 1 << 20);
    buf_init(&event, 1 << 20);
    while (event.len < 65000)
        buf_add_cstr(&event, "data: 0123456789\n");
    int slow = connect_stream(), good = connect_stream();
    assert_true(peer_read(slow, &in, ": hello\n\n", PEER_WAIT_MS));
    buf_clear(&in);
    assert_true(peer_read(good, &in, ": hello\n\n", PEER_WAIT_MS));
    int failed = 0;
    int64_t until = clock_mono_ms() + PEER_WAIT_MS;
    while (failed == 0 && clock_mono_ms() < until) {
        failed = broadcast(buf_str(&event));
        buf_clear(&in);
        assert_true(peer_read(good, &in, "\n", PEER_WAIT_MS));
        struct pollfd p = {.fd = good, .events = POLLIN};
        char scrap[65536];
        while (poll(&p, 1, 2) > 0 && recv(good, scrap, sizeof(scrap), 0) > 0)
            ;
    }
    assert_int_equal(failed, 1);
    assert_true(wait_closed(1));
    assert_int_equal(http_stats(hub.fixture->server).streams, 1);
    close(slow);
    close(good);
}

static void head_on_a_stream_has_no_body_and_closes_it(void **state UNUSED)
{
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    assert_int_equal(peer_ask(hub.fixture, STR("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n"), &in), 200);
    assert_true(peer_has(&in, "Content-Type: text/event-stream\r\n"));
    assert_true(wait_closed(1));
}

static void the_stream_past_the_limit_gets_503(void **state UNUSED)
{
    int fds[HTTP_STREAMS_MAX + 1];
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        fds[i] = connect_stream();
        buf_clear(&in);
        if (i < HTTP_STREAMS_MAX)
            assert_true(peer_read(fds[i], &in, ": hello\n\n", PEER_WAIT_MS));
        else
            assert_int_equal(peer_answer(fds[i], &in), 503);
    }
    assert_true(peer_has(&in, "Retry-After: "));
    assert_true(wait_closed(1));
    int64_t began = clock_mono_ms();
    broadcast(STR("data: all\n\n"));
    for (size_t i = 0; i < HTTP_STREAMS_MAX; i++) {
        buf_clear(&in);
        assert_true(peer_read(fds[i], &in, "data: all\n\n", PEER_WAIT_MS));
        close(fds[i]);
    }
    print_message("broadcast to %d: %d ms\n", HTTP_STREAMS_MAX, (int)(clock_mono_ms() - began));
    close(fds[HTTP_STREAMS_MAX]);
}

static void *send_much(void *arg)
{
    for (int i = 0; i < 500; i++)
        http_stream_send(arg, STR("data: x\n\n"));
    return NULL;
}

static void many_threads_may_send_while_the_stream_is_closed(void **state UNUSED)
{
    pthread_t threads[4];
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 4 << 20);
    for (int round = 0; round < 10; round++) {
        int fd = connect_stream();
        buf_clear(&in);
        assert_true(peer_read(fd, &in, ": hello\n\n", PEER_WAIT_MS));
        for (size_t i = 0; i < ARRAY_LEN(threads); i++)
            assert_int_equal(pthread_create(&threads[i], NULL, send_much, hub.streams[round]), 0);
        if (round % 2)
            http_stream_close(hub.streams[round]);
        else
            close(fd);
        for (size_t i = 0; i < ARRAY_LEN(threads); i++)
            pthread_join(threads[i], NULL);
        if (round % 2) {
            assert_true(peer_read(fd, &in, "\r\n0\r\n\r\n", PEER_WAIT_MS));
            close(fd);
        }
    }
    broadcast(STR("data: y\n\n"));
    assert_true(wait_closed(10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_broadcast_reaches_every_stream_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(closing_a_stream_sends_what_waits_and_then_ends_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_peer_that_leaves_ends_its_stream, setup, teardown),
        cmocka_unit_test_setup_teardown(a_peer_that_does_not_read_loses_its_stream_and_others_do_not_notice, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(head_on_a_stream_has_no_body_and_closes_it, setup, teardown),
        cmocka_unit_test_setup_teardown(the_stream_past_the_limit_gets_503, setup, teardown),
        cmocka_unit_test_setup_teardown(many_threads_may_send_while_the_stream_is_closed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
