/* Health, readiness, metrics, and the files of the web interface. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "api/api_internal.h"
#include "codec/json.h"

int route_healthz(struct call *c)
{
    http_body(c->rq, c->rs, 200, "application/json", STR("{\"status\":\"ok\"}"));
    return 0;
}

static int ready_in_tx(struct db_tx *tx, void *arg)
{
    int64_t seq;
    (void)arg;
    return event_last_seq(tx, &seq);
}

int route_readyz(struct call *c)
{
    if (__atomic_load_n(&c->api->stopping, __ATOMIC_ACQUIRE))
        return PROBLEM(&c->why, STOPPING);
    int err = call_read(c, ready_in_tx);
    if (err < 0)
        return err;
    http_body(c->rq, c->rs, 200, "application/json", STR("{\"status\":\"ready\"}"));
    return 0;
}

static void metric(struct buf *out, const char *name, const char *kind, const char *help, int64_t value)
{
    buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n%s %lld\n", name, help, name, kind, name, (long long)value);
}

static int64_t resident_bytes(void)
{
    char text[128];
    FILE *f = fopen("/proc/self/statm", "re");
    long long pages = 0;
    if (f == NULL)
        return 0;
    if (fgets(text, sizeof(text), f) == NULL || sscanf(text, "%*s %lld", &pages) != 1)
        pages = 0;
    (void)fclose(f);
    return pages * sysconf(_SC_PAGESIZE);
}

static int metrics_in_tx(struct db_tx *tx, void *arg)
{
    struct call *c = arg;
    struct job_counts jobs;
    int64_t seq;
    CLEANUP(buf_release) struct buf out = {0};
    int err = job_counts(tx, &jobs);
    if (err == 0)
        err = event_last_seq(tx, &seq);
    if (err < 0)
        return err;
    struct db_stats db = db_stats(c->api->db);
    buf_init(&out, 65536);
    metric(&out, "tandem_events_total", "counter", "Sealed events.", seq);
    metric(&out, "tandem_db_commits_total", "counter", "Group commits since start.", db.commits);
    metric(&out, "tandem_db_writes_total", "counter", "Write transactions since start.", db.writes);
    metric(&out, "tandem_db_writes_waiting", "gauge", "Write transactions in the queue.", db.waiting);
    metric(&out, "tandem_db_wal_bytes", "gauge", "Size of the write-ahead log.", db.wal_bytes);
    metric(&out, "tandem_jobs_waiting", "gauge", "Jobs in the queue.", jobs.waiting);
    metric(&out, "tandem_jobs_leased", "gauge", "Jobs that run now.", jobs.leased);
    metric(&out, "tandem_jobs_dead", "gauge", "Jobs that failed for good.", jobs.dead);
    metric(&out, "tandem_flow_lag_events", "gauge", "Events that the flows have not read yet.",
           flows_lag(c->api->o.flows));
    metric(&out, "tandem_resident_bytes", "gauge", "Resident memory.", resident_bytes());
    if (c->api->o.http_stats != NULL) {
        struct http_stats h = c->api->o.http_stats(c->api->o.http_ctx);
        metric(&out, "tandem_http_connections", "gauge", "Open connections.", h.connections);
        metric(&out, "tandem_http_requests_total", "counter", "Requests since start.", h.requests);
        metric(&out, "tandem_http_refused_total", "counter", "Requests that the server itself refused.", h.refused);
        metric(&out, "tandem_http_waiting", "gauge", "Requests that wait for a worker.", h.waiting);
        metric(&out, "tandem_http_streams", "gauge", "Open live streams.", h.streams);
    }
    http_body(c->rq, c->rs, 200, "text/plain; version=0.0.4; charset=utf-8", arena_str(c->a, buf_str(&out)));
    return 0;
}

int route_metrics(struct call *c)
{
    if (!c->actor.admin && !actor_has_role(&c->actor, STR("process_engineer")))
        return PROBLEM(&c->why, NO_RIGHT, ARG("action", STR("read")), ARG("type", STR("metrics")));
    return call_read(c, metrics_in_tx);
}

/* ---- Web files ---- */

static const struct {
    const char *ending, *type;
} media_types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".json", "application/json"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
};

static const char *media_type(struct str path)
{
    for (size_t i = 0; i < ARRAY_LEN(media_types); i++) {
        if (str_ends(path, str_of(media_types[i].ending)))
            return media_types[i].type;
    }
    return "application/octet-stream";
}

static const struct embedded_file *web_file(const struct api *api, struct str path)
{
    for (size_t i = 0; i < api->o.web_len; i++) {
        if (str_is(path, api->o.web[i].path))
            return &api->o.web[i];
    }
    return NULL;
}

static const char csp[] = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' "
                          "data: blob:; connect-src 'self'; "
                          "object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

bool web_answer(struct call *c)
{
    struct str path = c->rq->path.len > 1 ? str_sub(c->rq->path, 1, c->rq->path.len) : STR("index.html");
    const struct embedded_file *f = web_file(c->api, path);
    bool asset = f != NULL && str_starts(path, STR("assets/"));
    if (!str_is(c->rq->method, "GET"))
        return false;
    if (f == NULL) { /* a page of the interface: its own router knows which */
        if (str_starts(path, STR("assets/")) || str_find(http_header(c->rq, "Accept"), STR("text/html"), 0) == SIZE_MAX)
            return false;
        path = STR("index.html");
        f = web_file(c->api, path);
    }
    if (f == NULL)
        return false;
    const struct embedded_file *gz = web_file(c->api, arena_fmt(c->a, "%.*s.gz", STR_ARG(path)));
    bool compressed = gz != NULL && str_find(http_header(c->rq, "Accept-Encoding"), STR("gzip"), 0) != SIZE_MAX;
    const struct embedded_file *sent = compressed ? gz : f;
    http_body(c->rq, c->rs, 200, media_type(path), str_n((const char *)sent->data, sent->len));
    c->rs->body_static = true;
    if (compressed)
        http_set(c->rq, c->rs, "Content-Encoding", STR("gzip"));
    http_set(c->rq, c->rs, "Vary", STR("Accept-Encoding"));
    http_set(c->rq, c->rs, "Cache-Control", asset ? STR("public, max-age=31536000, immutable") : STR("no-cache"));
    http_set(c->rq, c->rs, "Content-Security-Policy", STR(csp));
    http_set(c->rq, c->rs, "Referrer-Policy", STR("same-origin"));
    http_set(c->rq, c->rs, "X-Frame-Options", STR("DENY"));
    return true;
}
