/*
 * A server under test with a small handler, and raw sockets that talk to it: what the tests of http share.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_TEST_HTTP_PEER_H
#define TANDEM_TEST_HTTP_PEER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http/http.h"

enum { PEER_WAIT_MS = 5000, SMALL_BODY_MAX = 1000 };

struct fixture {
    struct http_server *server;
    struct arena arena;
    struct problem why;
    atomic_int calls;
};

static UNUSED void peer_sleep_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L}, NULL);
}

/* Describes the request in its answer, so that tests can look at what arrived. */
static UNUSED void peer_handler(void *ctx, struct http_request *rq, struct http_response *rs)
{
    struct fixture *f = ctx;
    atomic_fetch_add(&f->calls, 1);
    const struct str *sleep = http_param(rq, "sleep");
    int64_t ms = 0;
    if (sleep && str_to_i64(*sleep, &ms) == 0)
        peer_sleep_ms((int)ms);
    if (str_is(rq->path, "/nothing"))
        return;
    const struct str *big = http_param(rq, "big");
    int64_t bytes = 0;
    if (big && str_to_i64(*big, &bytes) == 0) {
        http_body(rq, rs, 200, "text/plain", str_n(arena_alloc(rq->arena, (size_t)bytes), (size_t)bytes));
        return;
    }
    http_body(rq, rs, 200, "text/plain; charset=utf-8",
              arena_fmt(rq->arena, "%.*s %.*s body=%zu:%.*s", STR_ARG(rq->method), STR_ARG(rq->path), rq->body.len,
                        (int)(rq->body.len < 100 ? rq->body.len : 100), rq->body.len ? rq->body.ptr : ""));
}

static UNUSED void peer_refuse(void *ctx UNUSED, struct http_request *rq, int err, enum message m,
                               struct http_response *rs)
{
    http_body(rq, rs, err_http_status(err), "application/problem+json",
              arena_fmt(rq->arena, "{\"code\":\"%s\"}", message_code(m)));
}

static UNUSED size_t peer_body_max(void *ctx UNUSED, struct str method UNUSED, struct str path)
{
    return str_is(path, "/small") ? SMALL_BODY_MAX : HTTP_BODY_BYTES_MAX;
}

static UNUSED struct fixture *peer_start(struct http_options o)
{
    struct fixture *f = calloc(1, sizeof(*f));
    arena_init(&f->arena);
    problem_init(&f->why, &f->arena);
    log_set_level(LOG_ERROR);
    o.listen = o.listen ? o.listen : "127.0.0.1:0";
    o.handler = o.handler ? o.handler : peer_handler;
    o.refuse = peer_refuse;
    o.body_bytes_max = peer_body_max;
    o.ctx = f;
    o.workers = o.workers ? o.workers : 8;
    assert_int_equal(http_server_start(&o, &f->server, &f->why), 0);
    assert_true(http_server_port(f->server) > 0);
    return f;
}

static UNUSED int peer_end(struct fixture *f)
{
    f->server = http_server_free(f->server);
    arena_release(&f->arena);
    free(f);
    return 0;
}

/* Connects from 127.0.0.<from>, so that tests with many connections pass the limit of one address. */
static UNUSED int peer_connect_from(const struct fixture *f, int from)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000000u + (unsigned)from)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    a.sin_port = htons((uint16_t)http_server_port(f->server));
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

static UNUSED int peer_connect(const struct fixture *f)
{
    return peer_connect_from(f, 1);
}

static UNUSED void peer_write(int fd, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (n < 0)
            return; /* cut off: what was read tells */
        bytes = str_sub(bytes, (size_t)n, bytes.len);
    }
}

static UNUSED void peer_say(int fd, const char *text)
{
    peer_write(fd, str_of(text));
}

/* Adds what comes to the text until `wanted` occurs in it; false at the end of the connection or after the limit.
 * wanted NULL: to the end. */
static UNUSED bool peer_read(int fd, struct buf *in, const char *wanted, int limit_ms)
{
    int64_t until = clock_mono_ms() + limit_ms;
    for (;;) {
        char bytes[4096];
        if (wanted && in->len && str_find(buf_str(in), str_of(wanted), 0) != SIZE_MAX)
            return true;
        int left = (int)(until - clock_mono_ms());
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (left <= 0 || poll(&p, 1, left) <= 0)
            return false;
        ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
        if (n <= 0)
            return wanted == NULL;
        buf_add(in, str_n(bytes, (size_t)n));
    }
}

/* Exactly n bytes more, fewer at the end of the connection or after the limit. */
static UNUSED bool peer_take(int fd, struct buf *in, size_t n)
{
    while (n > 0) {
        char bytes[65536];
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, PEER_WAIT_MS) <= 0)
            return false;
        ssize_t got = recv(fd, bytes, n < sizeof(bytes) ? n : sizeof(bytes), 0);
        if (got <= 0)
            return false;
        buf_add(in, str_n(bytes, (size_t)got));
        n -= (size_t)got;
    }
    return true;
}

/*
 * One answer with its body by Content-Length; returns the status, or 0 where none came. The text is in `in`. Nothing of
 * a following answer is taken: the header is read byte by byte.
 */
static UNUSED int peer_answer(int fd, struct buf *in)
{
    buf_clear(in);
    while (!in->len || !str_ends(buf_str(in), STR("\r\n\r\n"))) {
        if (!peer_take(fd, in, 1))
            return 0;
    }
    struct str text = buf_str(in);
    int64_t status = 0, len = 0;
    assert_true(str_starts(text, STR("HTTP/1.1 ")));
    assert_int_equal(str_to_i64(str_sub(text, 9, 3), &status), 0);
    size_t at = str_find(text, STR("Content-Length: "), 0);
    if (at != SIZE_MAX) {
        size_t end = str_find(text, STR("\r\n"), at);
        assert_int_equal(str_to_i64(str_sub(text, at + 16, end - at - 16), &len), 0);
    }
    peer_take(fd, in, (size_t)len);
    return (int)status;
}

/* Sends one text on a new connection and returns the status of the answer. */
static UNUSED int peer_ask(const struct fixture *f, struct str text, struct buf *in)
{
    int fd = peer_connect(f);
    peer_write(fd, text);
    int status = peer_answer(fd, in);
    close(fd);
    return status;
}

static UNUSED bool peer_has(const struct buf *in, const char *text)
{
    return in->len && str_find(buf_str(in), str_of(text), 0) != SIZE_MAX;
}

/* Waits until the peer has ended the connection. */
static UNUSED bool peer_closed(int fd, int limit_ms)
{
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    int64_t until = clock_mono_ms() + limit_ms;
    return peer_read(fd, &in, NULL, limit_ms) && clock_mono_ms() < until;
}

#endif
