/*
 * The HTTP server: libmicrohttpd's I/O threads that never wait, and worker threads that run handlers as plain
 * sequential code. SPDX-License-Identifier: Apache-2.0
 *
 * A request is read whole (up to the route's body limit), checked against the refusals of docs/API (smuggling forms,
 * header limits, methods), then handed to a worker; its connection is suspended until the answer is there. Deadlines
 * are absolute: header and body must be there within HTTP_READ_MS, an answer must be taken within HTTP_WRITE_MS.
 * Connections: HTTP_CONNECTIONS_MAX, HTTP_PER_ADDRESS_MAX from one address. When every worker is busy and
 * HTTP_QUEUE_MAX requests wait, further ones get 503 with Retry-After (P11). Errors: ERR_UNAVAILABLE where it can't
 * listen. Threads: handlers run on workers, each request on one.
 */
#ifndef TANDEM_HTTP_HTTP_H
#define TANDEM_HTTP_HTTP_H

#include "base/value.h"

enum {
    HTTP_HEADER_BYTES_MAX = 16384,
    HTTP_URI_BYTES_MAX = 8192,
    HTTP_BODY_BYTES_MAX = 1 << 20, /* a route may name less or more */
    HTTP_READ_MS = 10000,
    HTTP_WRITE_MS = 30000,
    HTTP_CONNECTIONS_MAX = 1024,
    HTTP_PER_ADDRESS_MAX = 64,
    HTTP_QUEUE_MAX = 1024,
    HTTP_WORKERS = 24,
    HTTP_STREAMS_MAX = 512,
    HTTP_STREAM_BYTES_MAX = 256 * 1024, /* that may wait in one stream */
    HTTP_IDLE_MS = 75000,               /* between two requests on one connection */
    HTTP_STREAM_KEEP_ALIVE_MS = 15000,  /* a comment line when a stream had nothing else to say */
};

struct http_pair {
    struct str name, value;
};

struct http_request {
    struct arena *arena; /* lives until the answer was sent */
    struct str method;   /* "GET"; HEAD arrives as GET with head set */
    bool head;
    struct str path;          /* raw, before '?' */
    struct str query;         /* raw, after '?' */
    struct http_pair *params; /* of the query, decoded, in order; repeated names stay */
    size_t params_len;
    struct http_pair *headers; /* names as sent */
    size_t headers_len;
    struct str body;    /* raw bytes */
    struct str address; /* of the peer, "127.0.0.1" */
    bool loopback;
    int64_t received_us; /* monotonic */
    const struct problem_arg
        *refusal_args; /* only inside refuse(): the arguments of its message, ended by a NULL name; may be NULL */
};

/* The first header of that name (any case), or STR_NULL. */
struct str http_header(const struct http_request *rq, const char *name);
size_t http_header_count(const struct http_request *rq, const char *name);
/* The first query parameter of that name, or NULL. */
const struct str *http_param(const struct http_request *rq, const char *name);
/* The value of a cookie, or STR_NULL. */
struct str http_cookie(const struct http_request *rq, const char *name);

struct http_response {
    int status;
    struct http_pair *headers; /* Content-Type among them; nosniff, Content-Length, Date are added */
    size_t headers_len, headers_cap;
    struct str body; /* in the request's arena or constant for the life of the process */
    bool body_static;
    struct http_stream *stream; /* instead of a body: server-sent events */
};

void http_set(struct http_request *rq, struct http_response *rs, const char *name, struct str value);
void http_body(struct http_request *rq, struct http_response *rs, int status, const char *content_type,
               struct str body);

/*
 * One server-sent event stream. The handler makes it and answers; others write from any thread until it is closed by
 * the peer or by us. The reference that http_stream_new() gives passes to the server with rs->stream (a handler that
 * does not answer with it unrefs it); whoever keeps the stream besides takes one of his own with http_stream_ref(). A
 * stream whose answer never leaves (too many streams: 503, HEAD, a lost connection) is closed too. closed() may be
 * called before the handler has returned: it must not wait for the handler.
 */
struct http_stream;
struct http_stream_ops {
    void (*closed)(
        void *ctx); /* called once, on any thread, when the peer is gone or http_stream_close() took effect */
};
struct http_stream *http_stream_new(const struct http_stream_ops *ops, void *ctx);
struct http_stream *http_stream_ref(struct http_stream *s);
struct http_stream *http_stream_unref(struct http_stream *s); /* NULL */
/* Queues bytes ("id: 7\ndata: {}\n\n"); ERR_LIMIT where the peer is too slow (256 KiB wait): the stream is then closed.
 * ERR_NOT_FOUND: gone. */
int http_stream_send(struct http_stream *s, struct str bytes);
void http_stream_close(struct http_stream *s);

/* Fills the answer. Called on a worker. Whatever it does not answer becomes 500. */
typedef void (*http_handler)(void *ctx, struct http_request *rq, struct http_response *rs);

struct http_options {
    const char *listen; /* "127.0.0.1:8080", "[::1]:0" */
    http_handler handler;
    /* The most bytes of body that a method and path take; called on an I/O thread before the body is read: must be
     * quick. NULL: HTTP_BODY_BYTES_MAX. */
    size_t (*body_bytes_max)(void *ctx, struct str method, struct str path);
    /* Fills an answer for what the server itself refuses (413, 431, 400, 503 …), a problem document in the caller's
     * language. Quick, on an I/O thread. */
    void (*refuse)(void *ctx, struct http_request *rq, int err, enum message m, struct http_response *rs);
    void *ctx;
    int workers;         /* 0: HTTP_WORKERS */
    int read_ms;         /* 0: HTTP_READ_MS */
    int write_ms;        /* 0: HTTP_WRITE_MS */
    int per_address_max; /* 0: HTTP_PER_ADDRESS_MAX; a proxy in front needs HTTP_CONNECTIONS_MAX */
    int queue_max;       /* 0: HTTP_QUEUE_MAX */
};

struct http_server;
MUST_CHECK int http_server_start(const struct http_options *o, struct http_server **ret, struct problem *why);
int http_server_port(const struct http_server *s);
/* Takes no new connection, closes streams, lets requests end, at most `timeout_ms`. */
void http_server_stop(struct http_server *s, int timeout_ms);
struct http_server *http_server_free(struct http_server *s);

struct http_stats {
    int64_t connections, requests, refused, waiting, streams;
};
struct http_stats http_stats(struct http_server *s);

#endif
