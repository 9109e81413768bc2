/*
 * Worker threads: they take requests from one queue and run the handler as plain sequential code.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/http_internal.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { LAST_WRITE_MS = 1000 }; /* a worker waits for no slow reader */

bool worker_reserve(struct http_server *s)
{
    pthread_mutex_lock(&s->queue_lock);
    bool ok = !s->queue_closed && s->queue_len < (size_t)s->options.queue_max;
    if (ok)
        s->queue_len++;
    pthread_mutex_unlock(&s->queue_lock);
    return ok;
}

void worker_push(struct http_server *s, struct exchange *x)
{
    x->next = NULL;
    pthread_mutex_lock(&s->queue_lock);
    *s->queue_tail = x;
    s->queue_tail = &x->next;
    pthread_mutex_unlock(&s->queue_lock);
    pthread_cond_signal(&s->queue_cond); /* whoever wakes finds the lock free */
}

static struct exchange *pop(struct http_server *s)
{
    pthread_mutex_lock(&s->queue_lock);
    while (!s->queue_head && !s->queue_closed)
        pthread_cond_wait(&s->queue_cond, &s->queue_lock);
    struct exchange *x = s->queue_head;
    if (x) {
        s->queue_head = x->next;
        if (!s->queue_head)
            s->queue_tail = &s->queue_head;
        s->queue_len--;
    }
    pthread_mutex_unlock(&s->queue_lock);
    return x;
}

/* The peer has said that it will send no more, and this was all that it sent: after it wakes, MHD (0.9.75) may read
 * that end first and give the connection up without the answer. */
static bool was_last(const struct exchange *x)
{
    struct tcp_info info;
    socklen_t len = sizeof(info);
    char c;
    memset(&info, 0, sizeof(info));
    if (recv(x->conn->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) != 0)
        return false;
    if (!x->conn->countable || x->chunked)
        return true;
    /* Requests behind this one are in MHD's buffer already. The kernel may count the end as a byte. */
    uint64_t known = x->conn->consumed_bytes + x->header_bytes + x->body_seen_bytes;
    return getsockopt(x->conn->fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 && info.tcpi_bytes_received <= known + 1;
}

/* Takes the answer over from MHD where it would lose it. Under the lock, as stopping gives requests up: then the
 * connection may be gone. */
static bool take_last(struct http_server *s, struct exchange *x)
{
    if (x->answer.stream || x->answer.status < 200)
        return false;
    pthread_mutex_lock(&s->lock);
    bool last = atomic_load(&x->state) == EXCHANGE_WORKING && was_last(x);
    if (last)
        atomic_store(&x->state, EXCHANGE_SENT);
    pthread_mutex_unlock(&s->lock);
    return last;
}

static void run(struct http_server *s, struct exchange *x)
{
    if (request_parse_query(&x->request) < 0)
        answer_refuse(x, &(struct refusal){.err = message_err(MSG_ENCODING), .message = MSG_ENCODING});
    else
        s->options.handler(s->options.ctx, &x->request, &x->answer);
    /* Either this thread wakes the connection or, when the server gave the request up, stopping did. `resuming` keeps
     * stopping back; until it is woken the connection's descriptor stays open. */
    enum exchange_state was = EXCHANGE_WORKING;
    atomic_fetch_add(&s->resuming, 1);
    if (take_last(s, x)) {
        answer_send_raw(x, x->conn->fd, LAST_WRITE_MS);
        MHD_resume_connection(x->connection);
    } else {
        x->response = answer_make(x);
        if (atomic_compare_exchange_strong(&x->state, &was, EXCHANGE_ANSWERED))
            MHD_resume_connection(x->connection);
    }
    atomic_fetch_sub(&s->resuming, 1);
}

static void *worker_main(void *arg)
{
    struct http_server *s = arg;
    struct exchange *x;
    while ((x = pop(s)) != NULL) {
        if (atomic_load(&x->state) == EXCHANGE_WORKING)
            run(s, x);
        exchange_unref(x);
    }
    return NULL;
}

int workers_start(struct http_server *s)
{
    s->workers = xcalloc((size_t)s->options.workers, sizeof(s->workers[0]));
    for (; s->workers_len < s->options.workers; s->workers_len++) {
        if (pthread_create(&s->workers[s->workers_len], NULL, worker_main, s) != 0)
            return ERR_UNAVAILABLE;
    }
    return 0;
}

void workers_close(struct http_server *s)
{
    pthread_mutex_lock(&s->queue_lock);
    s->queue_closed = true;
    pthread_cond_broadcast(&s->queue_cond);
    pthread_mutex_unlock(&s->queue_lock);
}

void workers_join(struct http_server *s)
{
    for (int i = 0; i < s->workers_len; i++)
        pthread_join(s->workers[i], NULL);
    s->workers_len = 0;
    free(TAKE(s->workers));
}
