/*
 * Stopping: running requests are answered, streams end, nobody is accepted, and a handler that never ends does not hold
 * it up. SPDX-License-Identifier: Apache-2.0
 */
#include "unit/http/peer.h"

#include <pthread.h>

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"

static int setup(void **state)
{
    *state = peer_start((struct http_options){.workers = 8});
    return 0;
}

static int teardown(void **state)
{
    return peer_end(*state);
}

static bool wait_calls(struct fixture *f, int n)
{
    int64_t until = clock_mono_ms() + PEER_WAIT_MS;
    while (atomic_load(&f->calls) < n && clock_mono_ms() < until)
        peer_sleep_ms(1);
    return atomic_load(&f->calls) >= n;
}

static void running_requests_are_answered_and_told_to_leave(void **state)
{
    struct fixture *f = *state;
    int fds[5];
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    int idle = peer_connect(f);
    peer_say(idle, GET("/a"));
    assert_int_equal(peer_answer(idle, &in), 200);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        fds[i] = peer_connect(f);
        peer_say(fds[i], GET("/a?sleep=150"));
    }
    assert_true(wait_calls(f, 6));
    int64_t began = clock_mono_ms();
    http_server_stop(f->server, 5000);
    assert_true(clock_mono_ms() - began < 2000);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        assert_int_equal(peer_answer(fds[i], &in), 200);
        assert_true(peer_has(&in, "Connection: close\r\n"));
        close(fds[i]);
    }
    assert_true(peer_closed(idle, 100));
    close(idle);
    http_server_stop(f->server, 5000); /* once more does nothing */
}

static void a_handler_that_does_not_end_is_left_behind_at_the_limit(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    int fd = peer_connect(f);
    peer_say(fd, GET("/a?sleep=700"));
    assert_true(wait_calls(f, 1));
    int64_t began = clock_mono_ms();
    http_server_stop(f->server, 100);
    assert_in_range(clock_mono_ms() - began, 90, 500);
    assert_int_equal(peer_answer(fd, &in), 0);
    close(fd);
}

struct load {
    struct fixture *f;
    atomic_bool end;
    atomic_int answered, bad;
    int from;
};

static void one_call(struct load *l, struct buf *in)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                            .sin_port = htons((uint16_t)http_server_port(l->f->server))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0) {
        peer_say(fd, GET("/a?sleep=1"));
        int status = peer_answer(fd, in);
        if (status == 200)
            atomic_fetch_add(&l->answered, 1);
        else if (status != 0 || in->len != 0)
            atomic_fetch_add(&l->bad, 1);
    }
    close(fd);
}

static void *load_main(void *arg)
{
    struct load *l = arg;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    while (!atomic_load(&l->end))
        one_call(l, &in);
    return NULL;
}

static void a_stop_under_load_gives_whole_answers_or_none(void **state)
{
    for (int round = 0; round < 5; round++) {
        struct fixture *f = *state;
        pthread_t threads[6];
        struct load l = {.f = f};
        for (size_t i = 0; i < ARRAY_LEN(threads); i++)
            assert_int_equal(pthread_create(&threads[i], NULL, load_main, &l), 0);
        assert_true(wait_calls(f, 50));
        http_server_stop(f->server, round % 2 ? 0 : 2000);
        atomic_store(&l.end, true);
        for (size_t i = 0; i < ARRAY_LEN(threads); i++)
            pthread_join(threads[i], NULL);
        assert_true(atomic_load(&l.answered) > 20);
        assert_int_equal(atomic_load(&l.bad), 0);
        peer_end(f);
        setup(state);
    }
}

static void stream_handler(void *ctx, struct http_request *rq, struct http_response *rs)
{
    struct fixture *f = ctx;
    rs->status = 200;
    rs->stream = http_stream_new(NULL, NULL);
    http_set(rq, rs, "Content-Type", STR("text/event-stream"));
    atomic_fetch_add(&f->calls, 1);
}

static void streams_end_at_once(void **state)
{
    struct fixture *f = *state;
    int fds[20];
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    peer_end(f);
    *state = f = peer_start((struct http_options){.handler = stream_handler});
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        fds[i] = peer_connect(f);
        peer_say(fds[i], GET("/stream"));
        buf_clear(&in);
        assert_true(peer_read(fds[i], &in, "\r\n\r\n", PEER_WAIT_MS));
    }
    int64_t began = clock_mono_ms();
    http_server_stop(f->server, 5000);
    assert_true(clock_mono_ms() - began < 1000);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        assert_true(peer_closed(fds[i], 500));
        close(fds[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(running_requests_are_answered_and_told_to_leave, setup, teardown),
        cmocka_unit_test_setup_teardown(a_handler_that_does_not_end_is_left_behind_at_the_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stop_under_load_gives_whole_answers_or_none, setup, teardown),
        cmocka_unit_test_setup_teardown(streams_end_at_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
