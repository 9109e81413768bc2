/*
 * One request and its answer, step by step on MHD's I/O threads: begin, header, body, hand over, answer, done.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/http_internal.h"

#include <stdlib.h>
#include <unistd.h>

static struct conn *conn_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static void conn_add(struct http_server *s, struct conn *c)
{
    pthread_mutex_lock(&s->lock);
    c->next = s->conns;
    if (c->next)
        c->next->prev = c;
    s->conns = c;
    pthread_mutex_unlock(&s->lock);
    atomic_fetch_add_explicit(&s->connections, 1, memory_order_relaxed);
}

static void conn_remove(struct http_server *s, struct conn *c)
{
    pthread_mutex_lock(&s->lock);
    if (c->prev)
        c->prev->next = c->next;
    else
        s->conns = c->next;
    if (c->next)
        c->next->prev = c->prev;
    pthread_mutex_unlock(&s->lock);
    atomic_fetch_sub_explicit(&s->connections, 1, memory_order_relaxed);
    free(c);
}

/* MHD closes the socket only after it told CLOSED, so that whoever holds server.lock may use a listed connection's fd.
 */
void exchange_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                         enum MHD_ConnectionNotificationCode code)
{
    struct http_server *s = cls;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*socket_context)
            conn_remove(s, *socket_context);
        *socket_context = NULL;
        return;
    }
    struct conn *c = xcalloc(1, sizeof(*c));
    c->server = s;
    c->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    c->loopback =
        address_text(MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr, c->address);
    c->phase = CONN_READING;
    c->deadline_ms = clock_mono_ms() + s->options.read_ms;
    c->countable = true;
    conn_add(s, c);
    *socket_context = c;
}

void *exchange_begin(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct http_server *s = cls;
    struct exchange *x = xcalloc(1, sizeof(*x));
    x->server = s;
    x->conn = conn_of(connection);
    x->connection = connection;
    atomic_init(&x->refs, 1);
    atomic_init(&x->state, EXCHANGE_HEAD);
    arena_init(&x->arena);
    x->uri = arena_str(&x->arena, str_of(uri));
    x->request.arena = &x->arena;
    x->request.received_us = clock_mono_us();
    pthread_mutex_lock(&s->lock);
    s->active++;
    x->conn->exchange = x;
    if (x->conn->phase == CONN_IDLE) {
        x->conn->phase = CONN_READING;
        x->conn->deadline_ms = clock_mono_ms() + s->options.read_ms;
    }
    pthread_mutex_unlock(&s->lock);
    atomic_fetch_add_explicit(&s->requests, 1, memory_order_relaxed);
    return x;
}

void exchange_unref(struct exchange *x)
{
    if (atomic_fetch_sub_explicit(&x->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (x->response)
        MHD_destroy_response(x->response);
    else if (x->answer.stream)
        stream_gone(x->answer.stream);
    buf_release(&x->body);
    arena_release(&x->arena);
    free(x);
}

/* From here the answer leaves: the write deadline runs. */
static enum MHD_Result send_answer(struct exchange *x)
{
    struct http_server *s = x->server;
    struct http_stream *stream = x->answer.stream;
    if (stream)
        stream_attach(stream, x->connection);
    pthread_mutex_lock(&s->lock);
    x->conn->phase = stream ? CONN_STREAM : CONN_WRITING;
    x->conn->deadline_ms = clock_mono_ms() + s->options.write_ms;
    x->conn->stream = stream ? http_stream_ref(stream) : NULL;
    bool closed = s->closed || (stream && atomic_load(&s->stopping));
    pthread_mutex_unlock(&s->lock);
    if (stream && closed)
        http_stream_close(stream);
    enum MHD_Result r = MHD_queue_response(x->connection, (unsigned)x->answer.status, x->response);
    MHD_destroy_response(TAKE(x->response));
    x->answer.stream = NULL; /* the response has its reference */
    return r;
}

static enum MHD_Result refuse(struct exchange *x, const struct refusal *why, bool early)
{
    x->early = early;
    answer_refuse(x, why);
    x->response = answer_make(x);
    return send_answer(x);
}

static enum MHD_Result read_head(struct exchange *x, const char *method, const char *version)
{
    const struct http_options *o = &x->server->options;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    struct refusal why;
    x->header_bytes = info ? info->header_size : 0;
    request_fill(x, method, version);
    x->body_bytes_max =
        o->body_bytes_max ? o->body_bytes_max(o->ctx, x->request.method, x->request.path) : HTTP_BODY_BYTES_MAX;
    buf_init(&x->body, x->body_bytes_max);
    if (check_head(x, version, &why) < 0)
        return refuse(x, &why, true);
    atomic_store(&x->state, EXCHANGE_BODY);
    return MHD_YES;
}

/* In the middle of a body MHD takes no answer any more: it is written past MHD, which then gives the connection up. */
static enum MHD_Result refuse_body(struct exchange *x)
{
    struct problem_arg args[] = {{.name = "max", .value = arena_fmt(&x->arena, "%zu", x->body_bytes_max)},
                                 {.name = NULL}};
    x->early = true;
    answer_refuse(x, &(struct refusal){.err = ERR_TOO_LARGE, .message = MSG_BODY_TOO_LARGE, .args = args});
    answer_send_raw(x, x->conn->fd);
    return MHD_NO;
}

static enum MHD_Result read_body(struct exchange *x, const char *data, size_t *data_len)
{
    x->body_seen_bytes += *data_len;
    if (x->body_seen_bytes > x->body_bytes_max || buf_add(&x->body, str_n(data, *data_len)) < 0)
        return refuse_body(x);
    *data_len = 0;
    return MHD_YES;
}

static enum MHD_Result hand_over(struct exchange *x)
{
    struct http_server *s = x->server;
    x->request.body = buf_str(&x->body);
    if (!worker_reserve(s))
        return refuse(x, &(struct refusal){.err = ERR_UNAVAILABLE, .message = MSG_OVERLOADED}, false);
    pthread_mutex_lock(&s->lock);
    bool closed = s->closed;
    if (!closed) {
        /* Under the lock: once `closed` is set nobody suspends any more, as MHD can't stop with a suspended connection.
         */
        x->conn->phase = CONN_WORKING;
        atomic_store(&x->state, EXCHANGE_WORKING);
        atomic_fetch_add(&x->refs, 1);
        MHD_suspend_connection(x->connection);
    }
    pthread_mutex_unlock(&s->lock);
    if (closed)
        return MHD_NO;
    worker_push(s, x);
    return MHD_YES;
}

enum MHD_Result exchange_step(void *cls UNUSED, struct MHD_Connection *connection UNUSED, const char *url UNUSED,
                              const char *method, const char *version, const char *data, size_t *data_len,
                              void **con_cls)
{
    struct exchange *x = *con_cls;
    switch (atomic_load(&x->state)) {
    case EXCHANGE_HEAD:
        return read_head(x, method, version);
    case EXCHANGE_BODY:
        if (*data_len > 0)
            return read_body(x, data, data_len);
        /* Suspended now, MHD (0.9.75) would read once more when it wakes, and take the peer's half-close for an end.
         * Asked again, as it does at once while there is no answer, it knows that there is nothing to be read. */
        atomic_store(&x->state, EXCHANGE_WHOLE);
        return MHD_YES;
    case EXCHANGE_WHOLE:
        return hand_over(x);
    case EXCHANGE_ANSWERED:
        return send_answer(x);
    case EXCHANGE_WORKING:
    case EXCHANGE_ABANDONED:
        break;
    }
    return MHD_NO;
}

void exchange_completed(void *cls, struct MHD_Connection *connection UNUSED, void **con_cls,
                        enum MHD_RequestTerminationCode code UNUSED)
{
    struct http_server *s = cls;
    struct exchange *x = *con_cls;
    if (!x)
        return;
    *con_cls = NULL;
    struct conn *c = x->conn;
    if (x->early)
        reaper_linger(s, c->fd);
    int64_t now_ms = clock_mono_ms();
    pthread_mutex_lock(&s->lock);
    if (x->chunked)
        c->countable = false;
    c->phase = c->countable ? CONN_IDLE : CONN_READING;
    c->deadline_ms = now_ms + (c->countable ? HTTP_IDLE_MS : s->options.read_ms);
    c->consumed_bytes += x->header_bytes + x->body_seen_bytes;
    c->exchange = NULL;
    struct http_stream *stream = TAKE(c->stream);
    if (--s->active == 0)
        pthread_cond_broadcast(&s->drained);
    pthread_mutex_unlock(&s->lock);
    http_stream_unref(stream);
    exchange_unref(x);
}
