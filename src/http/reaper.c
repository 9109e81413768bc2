/*
 * The reaper: one thread that ends connections whose absolute deadline passed, says keep-alive on quiet streams and
 * drains refused uploads. SPDX-License-Identifier: Apache-2.0
 *
 * MHD's own time-out begins anew with every byte, so that a slow sender is never cut off; this one is counted from the
 * first byte.
 */
#include "http/http_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

void conn_cut(struct conn *c)
{
    if (c->cut)
        return;
    /* Only shut down: MHD sees the end, tells CLOSED and closes the descriptor itself. */
    c->cut = true;
    shutdown(c->fd, SHUT_RDWR);
}

/* MHD does not tell of the first byte of a further request; the kernel's count of received bytes does. */
static bool has_first_byte(const struct conn *c)
{
    struct tcp_info info;
    socklen_t len = sizeof(info);
    memset(&info, 0, sizeof(info));
    return getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 && info.tcpi_bytes_received > c->consumed_bytes;
}

/* The peer of a sleeping stream is gone for good (not only done with sending). */
static bool is_hung_up(const struct conn *c)
{
    struct pollfd p = {.fd = c->fd, .events = 0};
    return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR)) != 0;
}

static void look_at(struct conn *c, int64_t now_ms)
{
    struct http_server *s = c->server;
    switch (c->phase) {
    case CONN_WORKING:
        return;
    case CONN_IDLE:
        if (has_first_byte(c)) {
            c->phase = CONN_READING;
            c->deadline_ms = now_ms + s->options.read_ms;
        }
        break;
    case CONN_STREAM:
        if (stream_is_stuck(c->stream, now_ms, s->options.write_ms))
            conn_cut(c);
        else if (is_hung_up(c))
            http_stream_close(c->stream);
        return;
    case CONN_READING:
    case CONN_WRITING:
        break;
    }
    if (now_ms >= c->deadline_ms)
        conn_cut(c);
}

/* Sends the comment lines outside the lock, so that 500 streams delay no request. */
static void tick(struct http_server *s)
{
    struct http_stream *quiet[HTTP_STREAMS_MAX];
    size_t quiet_len = 0;
    int64_t now_ms = clock_mono_ms();
    pthread_mutex_lock(&s->lock);
    for (struct conn *c = s->conns; c; c = c->next) {
        look_at(c, now_ms);
        if (c->phase == CONN_STREAM && quiet_len < ARRAY_LEN(quiet) && stream_is_quiet(c->stream, now_ms))
            quiet[quiet_len++] = http_stream_ref(c->stream);
    }
    pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < quiet_len; i++) {
        if (http_stream_send(quiet[i], STR(": keep-alive\n\n")) < 0)
            http_stream_close(quiet[i]);
        http_stream_unref(quiet[i]);
    }
}

void reaper_linger(struct http_server *s, int fd)
{
    pthread_mutex_lock(&s->linger_lock);
    int copy = s->lingers_len < LINGER_MAX ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (copy >= 0) {
        shutdown(copy, SHUT_WR);
        s->lingers[s->lingers_len++] = (struct lingering){.fd = copy, .deadline_ms = clock_mono_ms() + LINGER_MS};
    }
    pthread_mutex_unlock(&s->linger_lock);
    if (copy >= 0)
        reaper_wake(s);
}

/* True when the peer is done, or fails. */
static bool drain(int fd)
{
    char scrap[65536];
    for (int i = 0; i < 64; i++) {
        ssize_t n = recv(fd, scrap, sizeof(scrap), MSG_DONTWAIT);
        if (n > 0)
            continue;
        return n == 0 || (errno != EAGAIN && errno != EINTR);
    }
    return false;
}

/* Others only append, so that draining itself, which may take a while, needs no lock. */
static void drain_all(struct http_server *s)
{
    int64_t now_ms = clock_mono_ms();
    pthread_mutex_lock(&s->linger_lock);
    size_t len = s->lingers_len;
    pthread_mutex_unlock(&s->linger_lock);
    while (len-- > 0) {
        struct lingering *l = &s->lingers[len];
        if (!drain(l->fd) && now_ms < l->deadline_ms)
            continue;
        close(l->fd);
        pthread_mutex_lock(&s->linger_lock);
        *l = s->lingers[--s->lingers_len];
        pthread_mutex_unlock(&s->linger_lock);
    }
}

static void wait_for_work(struct http_server *s, int timeout_ms)
{
    struct pollfd fds[LINGER_MAX + 1];
    nfds_t n = 0;
    fds[n++] = (struct pollfd){.fd = s->wake_fd, .events = POLLIN};
    pthread_mutex_lock(&s->linger_lock);
    for (size_t i = 0; i < s->lingers_len; i++)
        fds[n++] = (struct pollfd){.fd = s->lingers[i].fd, .events = POLLIN};
    pthread_mutex_unlock(&s->linger_lock);
    if (poll(fds, n, timeout_ms) > 0 && fds[0].revents) {
        eventfd_t count;
        eventfd_read(s->wake_fd, &count);
    }
}

static void *reaper_main(void *arg)
{
    struct http_server *s = arg;
    int least_ms = s->options.read_ms < s->options.write_ms ? s->options.read_ms : s->options.write_ms;
    int tick_ms = least_ms / 4 < REAPER_TICK_MS ? least_ms / 4 + 1 : REAPER_TICK_MS;
    int64_t next_ms = clock_mono_ms() + tick_ms;
    while (!atomic_load(&s->reaper_ends)) {
        int64_t left_ms = next_ms - clock_mono_ms();
        wait_for_work(s, left_ms > 0 ? (int)left_ms : 0);
        drain_all(s);
        if (clock_mono_ms() >= next_ms) {
            tick(s);
            next_ms = clock_mono_ms() + tick_ms;
        }
    }
    return NULL;
}

int reaper_start(struct http_server *s)
{
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->wake_fd < 0)
        return ERR_UNAVAILABLE;
    s->reaper_runs = pthread_create(&s->reaper, NULL, reaper_main, s) == 0;
    return s->reaper_runs ? 0 : ERR_UNAVAILABLE;
}

void reaper_wake(struct http_server *s)
{
    eventfd_write(s->wake_fd, 1);
}

void reaper_join(struct http_server *s)
{
    if (s->reaper_runs) {
        atomic_store(&s->reaper_ends, true);
        reaper_wake(s);
        pthread_join(s->reaper, NULL);
        s->reaper_runs = false;
    }
    for (size_t i = 0; i < s->lingers_len; i++)
        close(s->lingers[i].fd);
    s->lingers_len = 0;
    if (s->wake_fd >= 0)
        close(s->wake_fd);
    s->wake_fd = -1;
}
