/*
 * Server-sent event streams: a bounded buffer between any thread and the I/O thread, the connection asleep while it is
 * empty. SPDX-License-Identifier: Apache-2.0
 */
#include "http/http_internal.h"

#include <stdlib.h>

struct http_stream {
    const struct http_stream_ops *ops;
    void *ctx;
    atomic_int refs;
    pthread_mutex_t lock; /* everything below */
    struct http_server *server;
    struct MHD_Connection *connection; /* while it is attached */
    char *ptr;                         /* given back whenever it is empty: most streams are idle most of the time */
    size_t from, len, cap;
    bool suspended, closing, broken, gone;
    int64_t moved_ms; /* when MHD last took bytes, or began to wait for the peer */
};

struct http_stream *http_stream_new(const struct http_stream_ops *ops, void *ctx)
{
    struct http_stream *s = xcalloc(1, sizeof(*s));
    s->ops = ops;
    s->ctx = ctx;
    atomic_init(&s->refs, 1);
    pthread_mutex_init(&s->lock, NULL);
    s->moved_ms = clock_mono_ms();
    return s;
}

struct http_stream *http_stream_ref(struct http_stream *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

struct http_stream *http_stream_unref(struct http_stream *s)
{
    if (s && atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) == 1) {
        pthread_mutex_destroy(&s->lock);
        free(s->ptr);
        free(s);
    }
    return NULL;
}

static void wake_locked(struct http_stream *s)
{
    if (!s->suspended)
        return;
    s->suspended = false;
    s->moved_ms = clock_mono_ms();
    MHD_resume_connection(s->connection);
}

static void append_locked(struct http_stream *s, struct str bytes)
{
    if (s->from > 0 && s->from + s->len + bytes.len > s->cap) {
        memmove(s->ptr, s->ptr + s->from, s->len);
        s->from = 0;
    }
    if (s->len + bytes.len > s->cap) {
        size_t cap = s->cap ? s->cap : 512;
        while (cap < s->len + bytes.len)
            cap *= 2;
        s->ptr = xrealloc(s->ptr, cap);
        s->cap = cap;
    }
    if (bytes.len)
        memcpy(s->ptr + s->from + s->len, bytes.ptr, bytes.len);
    s->len += bytes.len;
}

int http_stream_send(struct http_stream *s, struct str bytes)
{
    int r = 0;
    pthread_mutex_lock(&s->lock);
    if (s->gone || s->closing || s->broken) {
        r = ERR_NOT_FOUND;
    } else if (bytes.len > HTTP_STREAM_BYTES_MAX - s->len) {
        s->broken = true;
        r = ERR_LIMIT;
        wake_locked(s);
    } else {
        append_locked(s, bytes);
        wake_locked(s);
    }
    struct http_server *server = r == ERR_LIMIT ? s->server : NULL;
    pthread_mutex_unlock(&s->lock);
    if (server)
        reaper_wake(server);
    return r;
}

void http_stream_close(struct http_stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->closing = true;
    wake_locked(s);
    pthread_mutex_unlock(&s->lock);
}

static void drop_buffer_locked(struct http_stream *s)
{
    free(s->ptr);
    s->ptr = NULL;
    s->from = s->len = s->cap = 0;
}

/* Called by MHD on the connection's I/O thread whenever what it had was written. */
static ssize_t stream_read(void *cls, uint64_t pos UNUSED, char *out, size_t max)
{
    struct http_stream *s = cls;
    ssize_t n = 0;
    pthread_mutex_lock(&s->lock);
    if (s->broken) {
        n = MHD_CONTENT_READER_END_WITH_ERROR;
    } else if (s->len > 0) {
        size_t take = s->len < max ? s->len : max;
        memcpy(out, s->ptr + s->from, take);
        s->from += take;
        s->len -= take;
        s->moved_ms = clock_mono_ms();
        n = (ssize_t)take;
        if (s->len == 0)
            drop_buffer_locked(s);
    } else if (s->closing) {
        n = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        /* Under the lock: who sends after this sees `suspended` and resumes, so no wake-up is lost. */
        s->suspended = true;
        s->moved_ms = clock_mono_ms();
        MHD_suspend_connection(s->connection);
    }
    pthread_mutex_unlock(&s->lock);
    return n;
}

void stream_gone(struct http_stream *s)
{
    pthread_mutex_lock(&s->lock);
    bool first = !s->gone;
    s->gone = true;
    s->suspended = false;
    s->connection = NULL;
    if (s->server)
        atomic_fetch_sub(&s->server->streams, 1);
    s->server = NULL;
    drop_buffer_locked(s);
    pthread_mutex_unlock(&s->lock);
    if (first && s->ops && s->ops->closed)
        s->ops->closed(s->ctx);
    http_stream_unref(s);
}

static void stream_free(void *cls)
{
    stream_gone(cls);
}

struct MHD_Response *stream_response(struct http_stream *s, struct http_server *server)
{
    pthread_mutex_lock(&s->lock);
    s->server = server;
    pthread_mutex_unlock(&s->lock);
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, stream_read, s, stream_free);
}

void stream_attach(struct http_stream *s, struct MHD_Connection *connection)
{
    pthread_mutex_lock(&s->lock);
    s->connection = connection;
    s->moved_ms = clock_mono_ms();
    pthread_mutex_unlock(&s->lock);
}

bool stream_is_stuck(struct http_stream *s, int64_t now_ms, int write_ms)
{
    pthread_mutex_lock(&s->lock);
    bool stuck = !s->gone && (s->broken || (!s->suspended && now_ms - s->moved_ms > write_ms));
    pthread_mutex_unlock(&s->lock);
    return stuck;
}

bool stream_is_quiet(struct http_stream *s, int64_t now_ms)
{
    pthread_mutex_lock(&s->lock);
    bool quiet = s->suspended && now_ms - s->moved_ms >= HTTP_STREAM_KEEP_ALIVE_MS;
    pthread_mutex_unlock(&s->lock);
    return quiet;
}
