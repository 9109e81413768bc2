/*
 * What the parts of the HTTP server know of each other: connection, exchange, stream, and the locks between them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Threads: MHD's I/O threads call the functions of exchange.c; workers run handlers; one reaper enforces deadlines.
 * Locks, in the order in which they may be taken: server.lock, then stream.lock, then the locks inside MHD.
 * server.queue_lock and server.linger_lock are never held while another is taken. No lock is held while a handler,
 * refuse() or closed() runs.
 */
#ifndef TANDEM_HTTP_HTTP_INTERNAL_H
#define TANDEM_HTTP_HTTP_INTERNAL_H

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "http/http.h"

enum {
    CONNECTION_POOL_BYTES = 32768, /* MHD's memory for one connection: header, and the answer's header */
    IO_THREADS = 2,
    LISTEN_BACKLOG = 511,
    LINGER_MAX = 64, /* connections that are drained after a refusal */
    LINGER_MS = 2000,
    REAPER_TICK_MS = 250,
};

/* Where a connection is; only the I/O thread and, under server.lock, the reaper move it. */
enum conn_phase {
    CONN_READING, /* header and body must be there at deadline_ms */
    CONN_WORKING, /* a worker has it: no deadline of ours */
    CONN_WRITING, /* the answer must be taken at deadline_ms */
    CONN_STREAM,  /* the stream's progress counts */
    CONN_IDLE,    /* between requests: closed at deadline_ms, READING with the first byte */
};

struct exchange;

/* One connection, from MHD's STARTED to its CLOSED; the list and the fields below `prev` are under server.lock. */
struct conn {
    struct http_server *server;
    int fd; /* MHD's: valid until CLOSED */
    bool loopback;
    char address[INET6_ADDRSTRLEN];
    struct conn *next, *prev;
    enum conn_phase phase;
    int64_t deadline_ms;     /* monotonic */
    uint64_t consumed_bytes; /* of the requests that are done; counted only while countable */
    bool countable;          /* false once a chunked body came: its framing is not seen */
    bool cut;                /* was shut down already */
    struct exchange *exchange;
    struct http_stream *stream;
};

enum exchange_state {
    EXCHANGE_HEAD,      /* the request line is there */
    EXCHANGE_BODY,      /* the header passed its checks */
    EXCHANGE_WHOLE,     /* all of it is there */
    EXCHANGE_WORKING,   /* queued or run; the connection is suspended */
    EXCHANGE_ANSWERED,  /* the response is made */
    EXCHANGE_ABANDONED, /* the server stopped before the handler was done */
};

/* One request and its answer. Two own it while a worker has it: MHD's connection and the worker. */
struct exchange {
    struct http_server *server;
    struct conn *conn; /* only for I/O threads */
    struct MHD_Connection *connection;
    atomic_int refs;
    _Atomic(enum exchange_state) state;
    struct arena arena;
    struct http_request request;
    struct http_response answer;
    struct MHD_Response *response; /* made by the worker, queued by the I/O thread */
    struct buf body;
    struct str uri; /* raw */
    size_t body_bytes_max, header_bytes, body_seen_bytes;
    bool malformed, chunked, early;
    struct exchange *next; /* in the queue */
};

struct lingering {
    int fd;
    int64_t deadline_ms;
};

struct http_server {
    struct http_options options; /* defaults filled in */
    struct MHD_Daemon *daemon;
    int port;
    pthread_mutex_t lock; /* the list of connections, and that nobody suspends once `closed` */
    pthread_cond_t drained;
    struct conn *conns;
    size_t active; /* exchanges that are not completed */
    bool closed;
    atomic_bool stopping;
    atomic_int resuming; /* workers between their last look at the state and the end of MHD_resume_connection() */
    pthread_mutex_t queue_lock;
    pthread_cond_t queue_cond;
    struct exchange *queue_head, **queue_tail;
    size_t queue_len;
    bool queue_closed;
    pthread_t *workers;
    int workers_len;
    pthread_t reaper;
    bool reaper_runs;
    int wake_fd; /* an eventfd that ends the reaper's wait */
    atomic_bool reaper_ends;
    pthread_mutex_t linger_lock;
    struct lingering lingers[LINGER_MAX];
    size_t lingers_len;
    atomic_llong connections, requests, refused, streams;
};

/* listen.c: a listening socket for "HOST:PORT", or ERR_UNAVAILABLE. */
MUST_CHECK int listen_open(const char *address, int *ret_fd, int *ret_port, struct problem *why);
/* Writes the peer's address as text; true when it is this machine. */
bool address_text(const struct sockaddr *sa, char out[INET6_ADDRSTRLEN]);

/* check.c: what is wrong with a header (0: nothing). */
struct refusal {
    int err;
    enum message message;
    const struct problem_arg *args;
};
int check_head(struct exchange *x, const char *version, struct refusal *ret);

/* request.c: fills the request from MHD's header; parses the query. */
void request_fill(struct exchange *x, const char *method, const char *version);
MUST_CHECK int request_parse_query(struct http_request *rq);

/* answer.c */
void answer_refuse(struct exchange *x, const struct refusal *why); /* fills x->answer */
struct MHD_Response *answer_make(struct exchange *x);              /* from x->answer; takes over its stream */
void answer_send_raw(struct exchange *x, int fd);                  /* past MHD, before its connection is given up */

/* exchange.c: MHD's callbacks. */
void *exchange_begin(void *cls, const char *uri, struct MHD_Connection *connection);
enum MHD_Result exchange_step(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *data, size_t *data_len, void **con_cls);
void exchange_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                        enum MHD_RequestTerminationCode code);
void exchange_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                         enum MHD_ConnectionNotificationCode code);
void exchange_unref(struct exchange *x);

/* worker.c */
bool worker_reserve(struct http_server *s); /* false: the queue is full */
void worker_push(struct http_server *s,
                 struct exchange *x); /* into the reserved place; a worker has one reference then */
MUST_CHECK int workers_start(struct http_server *s);
void workers_close(struct http_server *s); /* no further request is taken */
void workers_join(struct http_server *s);

/* reaper.c */
MUST_CHECK int reaper_start(struct http_server *s);
void reaper_join(struct http_server *s);
void reaper_wake(struct http_server *s);
void reaper_linger(struct http_server *s,
                   int fd);    /* drains a copy of fd for a moment, so that the peer can read the refusal */
void conn_cut(struct conn *c); /* under server.lock */

/* stream.c: the server's side of a stream. */
struct MHD_Response *stream_response(struct http_stream *s,
                                     struct http_server *server); /* takes over the reference and the count */
void stream_attach(struct http_stream *s, struct MHD_Connection *connection);
bool stream_is_stuck(struct http_stream *s, int64_t now_ms, int write_ms); /* no progress, or too much waits */
bool stream_is_quiet(struct http_stream *s, int64_t now_ms);               /* time for a comment line */
void stream_gone(struct http_stream *s); /* closed() once; then gives back the server's reference */

#endif
