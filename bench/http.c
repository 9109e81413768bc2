/*
 * A lean HTTP client: it shares the machine with what it measures, so it copies and parses no more than it must.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

void bench_connect(struct bench_conn *c, int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int on = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *c = (struct bench_conn){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
        die("can't connect to port %d: %s", port, strerror(errno));
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    c->in_cap = BENCH_IN_BYTES;
    c->in = xmalloc(c->in_cap);
}

void bench_disconnect(struct bench_conn *c)
{
    (void)close(c->fd);
    free(c->in);
    *c = (struct bench_conn){.fd = -1};
}

void bench_send(struct bench_conn *c, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t n = send(c->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            die("can't send: %s", strerror(errno));
        bytes = str_sub(bytes, (size_t)n, bytes.len);
    }
}

static size_t content_length(struct str head)
{
    static const char name[] = "\r\nContent-Length: ";
    const char *at = memmem(head.ptr, head.len, name, sizeof(name) - 1);
    return at ? strtoul(at + sizeof(name) - 1, NULL, 10) : 0;
}

static void read_head(struct bench_conn *c)
{
    const char *end = memmem(c->in, c->in_len, "\r\n\r\n", 4);
    if (!end)
        return;
    c->head_len = (size_t)(end - c->in) + 4;
    if (c->in_len < 12 || memcmp(c->in, "HTTP/1.1 ", 9) != 0)
        die("not an answer: %.*s", (int)c->head_len, c->in);
    c->status = (int)strtol(c->in + 9, NULL, 10);
    c->answer_len = c->head_len + content_length(str_n(c->in, c->head_len));
}

bool bench_receive(struct bench_conn *c, bool wait, struct bench_answer *ret)
{
    if (c->head_len > 0 && c->in_len >= c->answer_len)
        c->in_len = c->head_len = c->answer_len = 0; /* the last one was taken */
    if (c->in_len == c->in_cap) {
        c->in_cap *= 2;
        c->in = xrealloc(c->in, c->in_cap);
    }
    ssize_t n = recv(c->fd, c->in + c->in_len, c->in_cap - c->in_len, wait ? 0 : MSG_DONTWAIT);
    if (n == 0)
        die("the server closed the connection");
    if (n < 0 && errno != EINTR && errno != EAGAIN)
        die("can't receive: %s", strerror(errno));
    if (n < 0)
        return false;
    c->in_len += (size_t)n;
    if (c->head_len == 0)
        read_head(c);
    if (c->head_len == 0 || c->in_len < c->answer_len)
        return false;
    *ret = (struct bench_answer){.status = c->status, .body = str_n(c->in + c->head_len, c->answer_len - c->head_len)};
    return true;
}

void bench_request(struct buf *out, const char *method, struct str path, struct str token, const char *extra,
                   struct str body)
{
    buf_addf(out, "%s %.*s HTTP/1.1\r\nHost: localhost\r\n", method, STR_ARG(path));
    if (!str_empty(token))
        buf_addf(out, "Authorization: Bearer %.*s\r\n", STR_ARG(token));
    if (body.len > 0)
        buf_addf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", body.len);
    buf_addf(out, "%s\r\n", extra ? extra : "");
    buf_add(out, body);
}

struct str bench_call(struct bench_conn *c, const char *method, const char *path, struct str token, const char *extra,
                      struct str body, int want)
{
    CLEANUP(buf_release) struct buf request = {0};
    struct bench_answer answer;
    buf_init(&request, 1 << 20);
    bench_request(&request, method, str_of(path), token, extra, body);
    bench_send(c, buf_str(&request));
    while (!bench_receive(c, true, &answer))
        ;
    if (answer.status != want)
        die("%s %s: %d instead of %d: %.*s", method, path, answer.status, want, STR_ARG(answer.body));
    return answer.body;
}

struct str bench_json_text(struct str json, const char *key)
{
    CLEANUP(buf_release) struct buf mark = {0};
    buf_init(&mark, 200);
    buf_addf(&mark, "\"%s\":\"", key);
    size_t at = str_find(json, buf_str(&mark), 0);
    if (at == SIZE_MAX)
        die("no %s in %.*s", key, STR_ARG(json));
    struct str rest = str_sub(json, at + mark.len, json.len), text;
    (void)str_cut(rest, '"', &text);
    return text;
}
