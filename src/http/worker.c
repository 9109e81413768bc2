/*
 * Worker threads: they take requests from one queue and run the handler as plain sequential code.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/http_internal.h"

#include <stdlib.h>

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

static void run(struct http_server *s, struct exchange *x)
{
    if (request_parse_query(&x->request) < 0)
        answer_refuse(x, &(struct refusal){.err = message_err(MSG_ENCODING), .message = MSG_ENCODING});
    else
        s->options.handler(s->options.ctx, &x->request, &x->answer);
    x->response = answer_make(x);
    /* Either this thread wakes the connection or, when the server gave the request up, stopping did. `resuming` keeps
     * stopping back. */
    enum exchange_state was = EXCHANGE_WORKING;
    atomic_fetch_add(&s->resuming, 1);
    if (atomic_compare_exchange_strong(&x->state, &was, EXCHANGE_ANSWERED))
        MHD_resume_connection(x->connection);
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
