/*
 * The server as a whole: start, stop without losing a request, counts.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/http_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { OTHER_FILES = 512 }; /* what the rest of the process may have open beside connections */

/* The usual soft limit of 1024 descriptors is below what the connections need; the hard limit stays the
 * administrator's. */
static void raise_file_limit(void)
{
    struct rlimit lim;
    const rlim_t wanted = HTTP_CONNECTIONS_MAX + OTHER_FILES;
    if (getrlimit(RLIMIT_NOFILE, &lim) < 0 || lim.rlim_cur >= wanted)
        return;
    lim.rlim_cur = lim.rlim_max < wanted ? lim.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &lim) < 0)
        LOG(WARN, "The limit of open files can't be raised; fewer connections will be taken");
}

static struct http_server *server_new(const struct http_options *o)
{
    struct http_server *s = xcalloc(1, sizeof(*s));
    s->options = *o;
    s->options.workers = o->workers > 0 ? o->workers : HTTP_WORKERS;
    s->options.read_ms = o->read_ms > 0 ? o->read_ms : HTTP_READ_MS;
    s->options.write_ms = o->write_ms > 0 ? o->write_ms : HTTP_WRITE_MS;
    s->options.per_address_max = o->per_address_max > 0 ? o->per_address_max : HTTP_PER_ADDRESS_MAX;
    s->options.queue_max = o->queue_max > 0 ? o->queue_max : HTTP_QUEUE_MAX;
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->queue_lock, NULL);
    pthread_mutex_init(&s->linger_lock, NULL);
    pthread_cond_init(&s->queue_cond, NULL);
    pthread_condattr_t mono;
    pthread_condattr_init(&mono);
    pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
    pthread_cond_init(&s->drained, &mono);
    pthread_condattr_destroy(&mono);
    s->queue_tail = &s->queue_head;
    s->wake_fd = -1;
    return s;
}

static struct MHD_Daemon *start_daemon(struct http_server *s, int fd)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    return MHD_start_daemon(
        flags, 0, NULL, NULL, exchange_step, s, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE,
        (unsigned)IO_THREADS, MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)s->options.per_address_max, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_POOL_BYTES, MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, s, MHD_OPTION_NOTIFY_COMPLETED,
        exchange_completed, s, MHD_OPTION_NOTIFY_CONNECTION, exchange_connection, s, MHD_OPTION_END);
}

static int start_parts(struct http_server *s, int fd, struct problem *why)
{
    if (workers_start(s) == 0 && reaper_start(s) == 0)
        s->daemon = start_daemon(s, fd);
    if (s->daemon)
        return 0;
    close(fd);
    return PROBLEM(why, LISTEN_FAILED, ARG("address", str_of(s->options.listen)),
                   ARG("reason", str_of(strerror(errno))));
}

int http_server_start(const struct http_options *o, struct http_server **ret, struct problem *why)
{
    int fd, port;
    int r = listen_open(o->listen, &fd, &port, why);
    if (r < 0)
        return r;
    raise_file_limit();
    struct http_server *s = server_new(o);
    s->port = port;
    /* Signals are the main thread's: no thread that is made here takes one. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r = start_parts(s, fd, why);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (r < 0) {
        http_server_free(s);
        return r;
    }
    *ret = s;
    return 0;
}

int http_server_port(const struct http_server *s)
{
    return s->port;
}

static void close_streams_and_idle(struct http_server *s)
{
    pthread_mutex_lock(&s->lock);
    for (struct conn *c = s->conns; c; c = c->next) {
        if (c->stream)
            http_stream_close(c->stream);
        else if (c->phase == CONN_IDLE)
            conn_cut(c);
    }
    pthread_mutex_unlock(&s->lock);
}

static void wait_until_drained(struct http_server *s, int timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (timeout_ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock(&s->lock);
    while (s->active > 0 && pthread_cond_timedwait(&s->drained, &s->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&s->lock);
}

/* Wakes every suspended connection and sees to it that none is suspended again: MHD can't stop otherwise. */
static void abandon_rest(struct http_server *s)
{
    pthread_mutex_lock(&s->lock);
    s->closed = true;
    for (struct conn *c = s->conns; c; c = c->next) {
        enum exchange_state was = EXCHANGE_WORKING;
        if (c->stream)
            http_stream_close(c->stream);
        if (c->exchange && atomic_compare_exchange_strong(&c->exchange->state, &was, EXCHANGE_ABANDONED))
            MHD_resume_connection(c->exchange->connection);
        conn_cut(c);
    }
    pthread_mutex_unlock(&s->lock);
    while (atomic_load(&s->resuming) > 0)
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}

void http_server_stop(struct http_server *s, int timeout_ms)
{
    if (!s || !s->daemon)
        return;
    atomic_store(&s->stopping, true);
    int fd = MHD_quiesce_daemon(s->daemon);
    if (fd >= 0)
        close(fd);
    close_streams_and_idle(s);
    wait_until_drained(s, timeout_ms);
    workers_close(s);
    abandon_rest(s);
    reaper_join(s);
    MHD_stop_daemon(TAKE(s->daemon));
}

struct http_server *http_server_free(struct http_server *s)
{
    if (!s)
        return NULL;
    http_server_stop(s, 0);
    workers_close(s);
    workers_join(s); /* waits for handlers that still run */
    reaper_join(s);
    pthread_cond_destroy(&s->drained);
    pthread_cond_destroy(&s->queue_cond);
    pthread_mutex_destroy(&s->linger_lock);
    pthread_mutex_destroy(&s->queue_lock);
    pthread_mutex_destroy(&s->lock);
    free(s);
    return NULL;
}

struct http_stats http_stats(struct http_server *s)
{
    struct http_stats st = {
        .connections = atomic_load(&s->connections),
        .requests = atomic_load(&s->requests),
        .refused = atomic_load(&s->refused),
        .streams = atomic_load(&s->streams),
    };
    pthread_mutex_lock(&s->queue_lock);
    st.waiting = (int64_t)s->queue_len;
    pthread_mutex_unlock(&s->queue_lock);
    return st;
}
