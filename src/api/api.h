/*
 * The interface to the outside: one table of routes over records, sessions, hooks, jobs, flows and the web files.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Handlers are plain sequential code on the HTTP server's worker threads; none holds SQL. What a handler refuses
 * becomes a problem document (RFC 9457) in the caller's language. /openapi.json is made from the same table and from
 * the types.
 */
#ifndef TANDEM_API_API_H
#define TANDEM_API_API_H

#include "auth/auth.h"
#include "base/embed.h"
#include "flow/flow.h"
#include "http/http.h"
#include "hub/hub.h"

struct api;

/* The demo company's actions; run by app/, since they send a message to this server's own address. */
struct api_demo_ops {
    void (*list)(void *ctx, struct buf *out); /* [{"name", "label", "note"}] */
    int (*run)(void *ctx, struct str name, struct arena *a, struct buf *out, struct problem *why);
};

struct api_options {
    struct records *records;
    struct auth *auth;
    struct hub *hub;
    struct flows *flows;
    struct jobs *jobs;
    const struct embedded_file *web; /* the built interface; may be empty */
    size_t web_len;
    bool demo; /* the demo company is there: one-click log-in on loopback */
    bool tls;  /* cookies are Secure and __Host- */
    const struct api_demo_ops *demo_ops;
    void *demo_ctx;
    /* metrics of the HTTP server, which is made after this */
    struct http_stats (*http_stats)(void *ctx);
    void *http_ctx;
};
MUST_CHECK int api_open(const struct api_options *o, struct api **ret, struct problem *why);
void api_stop_streams(struct api *api);
struct api *api_free(struct api *api);
/* From then on /readyz answers 503. */
void api_set_stopping(struct api *api);

/* For struct http_options; ctx is the api. */
void api_handle(void *ctx, struct http_request *rq, struct http_response *rs);
void api_refuse(void *ctx, struct http_request *rq, int err, enum message m, struct http_response *rs);
size_t api_body_bytes_max(void *ctx, struct str method, struct str path);

/* The description alone, for tests and tools. */
void api_openapi(struct api *api, struct buf *out);

#endif
