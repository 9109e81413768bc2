/* Hooks in, jobs, flows, mappings and the demo's actions. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_internal.h"
#include "codec/json.h"
#include "codec/text.h"

enum { INTEGRATION_BYTES_MAX = 16 << 20, JOBS_LIMIT_MAX = 200 };

int route_hook(struct call *c)
{
    struct hook_receipt receipt;
    CLEANUP(buf_release) struct buf out = {0};
    struct query_param *headers = arena_array(c->a, struct query_param, c->rq->headers_len);
    for (size_t i = 0; i < c->rq->headers_len; i++)
        headers[i] = (struct query_param){.name = c->rq->headers[i].name, .value = c->rq->headers[i].value};
    struct hook_message m = {.connection = c->args[0],
                             .secret = c->args[1],
                             .headers = headers,
                             .headers_len = c->rq->headers_len,
                             .body = c->rq->body};
    int err = hub_receive(c->api->o.hub, &m, c->a, &receipt, &c->why);
    if (err < 0)
        return err;
    buf_init(&out, 1000);
    buf_add_cstr(&out, "{\"delivery\":");
    json_write_str(&out, receipt.delivery);
    buf_addf(&out, ",\"repeat\":%s}", receipt.repeat ? "true" : "false");
    return call_json(c, receipt.repeat ? 200 : 202, &out);
}

/* ---- Jobs ---- */

static void key_ms(struct buf *out, const char *key, int64_t ms)
{
    json_key(out, key);
    buf_add_char(out, '"');
    time_format_ms(ms, out);
    buf_add_char(out, '"');
}

/* Stored JSON goes out as it is; what is not JSON goes out as text. */
static void key_json(struct call *c, struct buf *out, const char *key, struct str json)
{
    struct value v;
    json_key(out, key);
    if (str_empty(json))
        buf_add_cstr(out, "null");
    else if (json_parse(c->a, json, 64, &v, NULL) == 0)
        buf_add(out, json);
    else
        json_write_str(out, json);
}

static void job_to_json(struct call *c, const struct job *j, struct buf *out)
{
    json_comma(out);
    buf_addf(out, "{\"seq\":%lld", (long long)j->seq);
    json_key(out, "id");
    json_write_str(out, j->id);
    json_key(out, "kind");
    json_write_str(out, j->kind);
    json_key(out, "state");
    json_write_str(out, str_of(job_state_name(j->state)));
    buf_addf(out, ",\"attempts\":%d,\"attempts_max\":%d", j->attempts, j->attempts_max);
    key_ms(out, "due_at", j->due_ms);
    key_ms(out, "created_at", j->created_ms);
    key_ms(out, "changed_at", j->changed_ms);
    json_key(out, "cause");
    json_write(out, str_empty(j->cause) ? value_null() : value_str(j->cause));
    key_json(c, out, "payload", j->payload);
    key_json(c, out, "error", j->error);
    buf_add_char(out, '}');
}

static int number_param(struct call *c, const char *name, int64_t min, int64_t max, int64_t def, int64_t *ret)
{
    const struct str *p = http_param(c->rq, name);
    int64_t n = def;
    if (p != NULL && (str_to_i64(*p, &n) < 0 || n < min || n > max)) {
        (void)PROBLEM_AT(&c->why, WHERE_PARAMETER, str_of(name), OUT_OF_RANGE, ARG("field", str_of(name)),
                         ARG("min", arena_fmt(c->a, "%lld", (long long)min)),
                         ARG("max", arena_fmt(c->a, "%lld", (long long)max)));
        return PROBLEM(&c->why, QUERY_INVALID);
    }
    *ret = n;
    return 0;
}

/* The state that the parameter names; NULL for all. */
static int state_param(struct call *c, const char **ret)
{
    const struct str *p = http_param(c->rq, "state");
    *ret = NULL;
    if (p == NULL)
        return 0;
    for (int s = 0; s < JOB_STATES; s++) {
        if (str_is(*p, job_state_name((enum job_state)s))) {
            *ret = job_state_name((enum job_state)s);
            return 0;
        }
    }
    (void)PROBLEM_AT(&c->why, WHERE_PARAMETER, STR("state"), NOT_AN_OPTION, ARG("field", STR("state")),
                     ARG("options", STR("waiting, leased, done, dead, dropped")));
    return PROBLEM(&c->why, QUERY_INVALID);
}

static int jobs_in_tx(struct db_tx *tx, void *arg)
{
    struct call *c = arg;
    struct job *jobs;
    size_t len;
    int64_t limit, before;
    const char *state;
    struct job_counts counts;
    CLEANUP(buf_release) struct buf out = {0};
    int err = number_param(c, "limit", 1, JOBS_LIMIT_MAX, 50, &limit);
    if (err == 0)
        err = number_param(c, "before", 1, INT64_MAX, INT64_MAX, &before);
    if (err == 0)
        err = state_param(c, &state);
    if (err == 0)
        err = job_list(tx, c->a, state, before, (size_t)limit, &jobs, &len);
    if (err >= 0)
        err = job_counts(tx, &counts);
    if (err < 0)
        return err;
    buf_init(&out, INTEGRATION_BYTES_MAX);
    buf_add_cstr(&out, "{\"jobs\":[");
    for (size_t i = 0; i < len; i++)
        job_to_json(c, &jobs[i], &out);
    buf_add_cstr(&out, "],\"next\":");
    if (len == (size_t)limit)
        buf_add_i64(&out, jobs[len - 1].seq);
    else
        buf_add_cstr(&out, "null");
    buf_addf(&out, ",\"counts\":{\"waiting\":%lld,\"leased\":%lld,\"dead\":%lld}}", (long long)counts.waiting,
             (long long)counts.leased, (long long)counts.dead);
    return call_json(c, 200, &out);
}

int route_jobs(struct call *c)
{
    return call_read(c, jobs_in_tx);
}

static int replay_in_tx(struct db_tx *tx, void *arg)
{
    struct call *c = arg;
    CLEANUP(buf_release) struct buf payload = {0};
    const struct value *v = c->body.kind == VALUE_MAP ? value_map_get(c->body, STR("payload")) : NULL;
    buf_init(&payload, JOB_PAYLOAD_BYTES_MAX);
    if (v != NULL)
        json_write(&payload, *v);
    if (buf_failed(&payload))
        return ERR_LIMIT;
    return job_replay(c->api->o.jobs, tx, c->args[0], v != NULL ? buf_str(&payload) : STR_NULL);
}

static int drop_in_tx(struct db_tx *tx, void *arg)
{
    struct call *c = arg;
    return job_drop(tx, c->args[0]);
}

static int job_change(struct call *c, db_fn fn, int status)
{
    int err = db_write(c->api->db, fn, c);
    if (err == ERR_CONFLICT)
        return PROBLEM(&c->why, JOB_NOT_DEAD);
    if (err == ERR_LIMIT)
        return PROBLEM(&c->why, BODY_TOO_LARGE, ARG("max", arena_fmt(c->a, "%d", JOB_PAYLOAD_BYTES_MAX)));
    return err < 0 ? err : call_empty(c, status);
}

int route_job_replay(struct call *c)
{
    return job_change(c, replay_in_tx, 202);
}

int route_job_drop(struct call *c)
{
    return job_change(c, drop_in_tx, 204);
}

/* ---- Flows, mappings ---- */

static int flows_in_tx(struct db_tx *tx, void *arg)
{
    struct call *c = arg;
    CLEANUP(buf_release) struct buf out = {0};
    buf_init(&out, INTEGRATION_BYTES_MAX);
    int err = flows_json(c->api->o.flows, tx, &c->actor, c->a, &out);
    return err < 0 ? err : call_json(c, 200, &out);
}

int route_flows(struct call *c)
{
    return call_read(c, flows_in_tx);
}

static int flow_set(struct call *c, bool on)
{
    int err = flow_switch(c->api->o.flows, &c->actor, c->args[0], on, &c->why);
    return err < 0 ? err : call_empty(c, 204);
}

int route_flow_on(struct call *c)
{
    return flow_set(c, true);
}

int route_flow_off(struct call *c)
{
    return flow_set(c, false);
}

int route_mappings(struct call *c)
{
    CLEANUP(buf_release) struct buf out = {0};
    buf_init(&out, INTEGRATION_BYTES_MAX);
    hub_mappings_json(c->api->o.hub, &out);
    return call_json(c, 200, &out);
}

/* ---- The demo's actions ---- */

int route_demo(struct call *c)
{
    CLEANUP(buf_release) struct buf out = {0};
    buf_init(&out, INTEGRATION_BYTES_MAX);
    buf_add_cstr(&out, "{\"actions\":");
    if (c->api->o.demo && c->api->o.demo_ops != NULL)
        c->api->o.demo_ops->list(c->api->o.demo_ctx, &out);
    else
        buf_add_cstr(&out, "[]");
    buf_add_char(&out, '}');
    return call_json(c, 200, &out);
}

int route_demo_run(struct call *c)
{
    CLEANUP(buf_release) struct buf out = {0};
    buf_init(&out, INTEGRATION_BYTES_MAX);
    if (!c->api->o.demo || c->api->o.demo_ops == NULL)
        return PROBLEM(&c->why, NO_ROUTE);
    if (!call_is_local(c))
        return PROBLEM(&c->why, LOOPBACK_ONLY);
    int err = c->api->o.demo_ops->run(c->api->o.demo_ctx, c->args[0], c->a, &out, &c->why);
    return err < 0 ? err : call_json(c, 200, &out);
}
