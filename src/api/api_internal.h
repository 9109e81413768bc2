/*
 * What the handlers share: one call, the route table, answers.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_API_API_INTERNAL_H
#define TANDEM_API_API_INTERNAL_H

#include <pthread.h>

#include "api/api.h"

enum { CALL_ARGS_MAX = 3 };

struct streams;

struct api {
    struct api_options o;
    const struct meta *meta;
    struct db *db;
    struct streams *streams;
    bool stopping;
    struct arena arena;
    struct str openapi; /* made once */
};

struct call {
    struct api *api;
    struct http_request *rq;
    struct http_response *rs;
    struct arena *a;
    const struct route *route;
    struct str args[CALL_ARGS_MAX]; /* of the path, decoded, in order */
    enum lang lang;
    struct actor actor;
    struct session session; /* cookie and csrf where a cookie was the credential */
    bool by_cookie;
    struct str credential; /* the token or cookie that was good; secret */
    struct value body;     /* the parsed body: a MAP, or NULL where there is none */
    struct problem why;
};

enum route_flags {
    ROUTE_PUBLIC = 1,   /* needs no credential */
    ROUTE_BODY = 2,     /* needs a JSON object */
    ROUTE_BODY_MAY = 4, /* takes one */
    ROUTE_RAW = 8,      /* takes any bytes: the handler reads them */
    ROUTE_HIDDEN = 16,  /* not in the description */
    ROUTE_ADMIN = 32,   /* role admin or process_engineer */
    ROUTE_QUERY = 64,   /* takes query parameters, and checks them itself */
};

typedef int (*route_fn)(struct call *c); /* 0: answered; negative: c->why says why */

struct route {
    const char *method;
    const char *path; /* "/api/v1/records/{type}/{id}" */
    route_fn fn;
    int flags;
    const char *summary;
    const char *operation; /* operationId, unique; for {type} routes a prefix: "list" gives "list_task" */
};
extern const struct route api_routes[];
extern const size_t api_routes_len;

/* answer.c */
int call_json(struct call *c, int status, const struct buf *body); /* copies it; returns 0 */
int call_empty(struct call *c, int status);
void call_problem(struct call *c, int err);
int call_read(struct call *c, db_fn fn); /* in a read snapshot; arg is the call */
/* The type that the path names: 404 NO_TYPE where there is none or it has no paths of its own. */
int call_type(struct call *c, const struct type **ret);
/* Refuses members of the body that are not named here. */
int call_members(struct call *c, const char *const *names, size_t len);
/* Refuses any query parameter: a word that is not understood is never silently ignored. */
int call_no_params(struct call *c);
/* A text member of the body; missing or of another kind: 422 at its pointer. */
int call_text(struct call *c, const char *name, bool required, struct str *ret);
/* Sent on this machine itself, to one of its own names, and through no proxy. */
bool call_is_local(const struct call *c);
enum lang call_language(const struct http_request *rq, enum lang fallback);

/* handlers, one file per resource */
int route_records_list(struct call *c);
int route_records_create(struct call *c);
int route_record_get(struct call *c);
int route_record_update(struct call *c);
int route_record_delete(struct call *c);
int route_record_transition(struct call *c);
int route_record_history(struct call *c);
int route_record_context(struct call *c);
int route_record_story(struct call *c);
int route_search(struct call *c);
int route_types(struct call *c);
int route_openapi(struct call *c);
int route_login_page(struct call *c);
int route_login(struct call *c);
int route_login_demo(struct call *c);
int route_login_link(struct call *c);
int route_logout(struct call *c);
int route_session(struct call *c);
int route_session_update(struct call *c);
int route_stream(struct call *c);
int route_hook(struct call *c);
int route_jobs(struct call *c);
int route_job_replay(struct call *c);
int route_job_drop(struct call *c);
int route_flows(struct call *c);
int route_flow_on(struct call *c);
int route_flow_off(struct call *c);
int route_mappings(struct call *c);
int route_demo(struct call *c);
int route_demo_run(struct call *c);
int route_healthz(struct call *c);
int route_readyz(struct call *c);
int route_metrics(struct call *c);
/* Any other GET: the web interface. False where there is no such file. */
bool web_answer(struct call *c);

/* stream.c */
int streams_open(struct api *api, struct streams **ret);
void streams_stop(struct streams *s);
struct streams *streams_free(struct streams *s);
/* openapi.c, types.c */
void openapi_write(const struct api *api, struct buf *out);
void openapi_schemas(const struct api *api, struct buf *out);
/* Adds JSON that is written with ' in place of " . */
void openapi_add(struct buf *out, const char *text);
void types_write(const struct api *api, const struct actor *actor, struct buf *out);

#endif
