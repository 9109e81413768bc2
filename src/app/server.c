/* Opening the parts in order, starting to serve, stopping. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "app/server.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/demo.h"

enum { JOB_WORKERS = 6, STOP_MS = 8000 };

static struct str path_in(struct arena *a, const char *dir, const char *name)
{
    return arena_fmt(a, "%s/%s", dir, name);
}

/* ---- The folder ---- */

static bool is_empty_folder(const char *dir)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    bool empty = d != NULL;
    while (empty && (entry = readdir(d)) != NULL)
        empty = str_is(str_of(entry->d_name), ".") || str_is(str_of(entry->d_name), "..");
    if (d != NULL)
        (void)closedir(d);
    return empty;
}

int server_create(const char *dir, struct problem *why)
{
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    if (mkdir(dir, 0700) < 0 && errno != EEXIST)
        return PROBLEM(why, FILE_UNREADABLE, ARG("file", str_of(dir)), ARG("reason", str_of(strerror(errno))));
    if (!is_empty_folder(dir))
        return PROBLEM(why, DIR_NOT_EMPTY, ARG("dir", str_of(dir)));
    int err = keys_create(dir, why);
    if (err < 0)
        return err;
    int fd = open(path_in(&a, dir, "tandem.lock").ptr, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return PROBLEM(why, FILE_UNREADABLE, ARG("file", str_of(dir)), ARG("reason", str_of(strerror(errno))));
    (void)close(fd);
    return 0;
}

static int take_lock(const char *dir, int *ret_fd)
{
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    int fd = open(path_in(&a, dir, "tandem.lock").ptr, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return ERR_NOT_FOUND;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        (void)close(fd);
        return ERR_CONFLICT;
    }
    *ret_fd = fd;
    return 0;
}

int server_is_running(const char *dir)
{
    int fd;
    int err = take_lock(dir, &fd);
    if (err == ERR_CONFLICT)
        return 1;
    if (err < 0)
        return err;
    (void)close(fd);
    return 0;
}

/* ---- Opening ---- */

static int open_store(struct server *s, struct problem *why)
{
    struct db_options db = {.path = path_in(&s->arena, s->dir.ptr, "tandem.db").ptr};
    int err = keys_load(s->dir.ptr, &s->keys, why);
    if (err == 0)
        err = sources_load(s->dir.ptr, &s->arena, &s->sources, why);
    if (err == 0)
        err = db_open(&db, &s->db, why);
    if (err == 0)
        err = db_migrate(s->db, event_migrations, event_migrations_len, why);
    if (err == 0)
        err = db_migrate(s->db, job_migrations, job_migrations_len, why);
    if (err == 0)
        err = event_log_open(s->db, &s->keys, &s->log, why);
    if (err == 0)
        err = meta_load(s->sources.model.items, s->sources.model.len, &s->meta, why);
    if (err == 0)
        err = records_open(&(struct records_options){.db = s->db, .log = s->log, .meta = s->meta, .keys = &s->keys},
                           &s->records, why);
    return err;
}

static int open_parts(struct server *s, struct problem *why)
{
    int err = auth_open(s->records, &s->keys, &s->auth, why);
    if (err == 0)
        err = hub_open(&(struct hub_options){.records = s->records,
                                             .connectors = s->sources.connectors.items,
                                             .connectors_len = s->sources.connectors.len,
                                             .mappings = s->sources.mappings.items,
                                             .mappings_len = s->sources.mappings.len},
                       &s->hub, why);
    if (err == 0)
        err = flows_open(&(struct flows_options){.records = s->records,
                                                 .sources = s->sources.flows.items,
                                                 .sources_len = s->sources.flows.len},
                         &s->flows, why);
    if (err < 0)
        return err;
    s->kinds[0] = (struct job_kind){.kind = "hook.process", .run = hub_process_job, .ctx = s->hub};
    s->kinds[1] = (struct job_kind){.kind = "flow.run", .run = flow_run_job, .ctx = s->flows};
    err = jobs_open(s->db, s->kinds, ARRAY_LEN(s->kinds), &s->jobs, why);
    if (err == 0) {
        hub_set_jobs(s->hub, s->jobs);
        flows_set_jobs(s->flows, s->jobs);
    }
    return err;
}

static int find_demo(struct db_tx *tx, void *arg)
{
    struct server *s = arg;
    CLEANUP(arena_release) struct arena a = {0};
    const struct type *t = meta_type(s->meta, STR("company"));
    const struct query_param params[] = {{STR("demo"), STR("is.true")}};
    const struct actor system = {.id = STR("system"), .admin = true};
    struct problem ignored;
    int64_t count = 0;
    arena_init(&a);
    problem_init(&ignored, &a);
    if (t == NULL || type_field(t, STR("demo")) == NULL)
        return 0;
    int err = record_count(s->records, tx, &system, t, params, 1, &a, &count, &ignored);
    s->demo = count > 0;
    return err;
}

int server_open(const char *dir, struct server *s, struct problem *why)
{
    *s = (struct server){.lock_fd = -1};
    arena_init(&s->arena);
    s->dir = arena_str(&s->arena, str_of(dir));
    int err = take_lock(dir, &s->lock_fd);
    if (err == ERR_NOT_FOUND)
        err = PROBLEM(why, DIR_NOT_DATA, ARG("dir", str_of(dir)));
    else if (err == ERR_CONFLICT)
        err = PROBLEM(why, DIR_LOCKED, ARG("dir", str_of(dir)));
    if (err == 0)
        err = open_store(s, why);
    if (err == 0)
        err = open_parts(s, why);
    if (err == 0)
        err = db_read(s->db, find_demo, s);
    if (err < 0)
        server_close(s);
    return err;
}

void server_close(struct server *s)
{
    s->jobs = jobs_free(s->jobs);
    s->flows = flows_free(s->flows);
    s->hub = hub_free(s->hub);
    s->auth = auth_free(s->auth);
    s->records = records_free(s->records);
    s->meta = meta_free(s->meta);
    s->log = event_log_free(s->log);
    s->db = db_free(s->db);
    if (s->lock_fd >= 0)
        (void)close(s->lock_fd);
    s->lock_fd = -1;
    arena_release(&s->arena);
}

/* ---- Serving ---- */

static struct http_stats stats_of(void *ctx)
{
    struct server *s = ctx;
    return http_stats(s->http);
}

/* "127.0.0.1:80", "[::1]:0", "localhost:80" */
static bool is_loopback(struct str listen)
{
    return str_starts(listen, STR("127.")) || str_starts(listen, STR("[::1]:")) ||
           str_starts(listen, STR("localhost:"));
}

static struct str address_of(struct server *s, struct str listen)
{
    size_t colon = str_rfind_char(listen, ':');
    return arena_fmt(&s->arena, "http://%.*s:%d", STR_ARG(str_sub(listen, 0, colon == SIZE_MAX ? listen.len : colon)),
                     http_server_port(s->http));
}

int server_start(struct server *s, const struct serve_options *o, struct problem *why)
{
    if (!is_loopback(str_of(o->listen)) && !o->behind_proxy)
        return PROBLEM(why, LISTEN_FAILED, ARG("address", str_of(o->listen)),
                       ARG("reason", STR("plain HTTP beyond this machine needs a proxy that does TLS in front; say so "
                                         "with --behind-proxy")));
    struct api_options api = {.records = s->records,
                              .auth = s->auth,
                              .hub = s->hub,
                              .flows = s->flows,
                              .jobs = s->jobs,
                              .web = web_files,
                              .web_len = web_files_len,
                              .demo = s->demo && !o->behind_proxy, /* everybody looks local there */
                              .tls = o->behind_proxy,              /* it does TLS, so cookies never travel without */
                              .demo_ops = &demo_ops,
                              .demo_ctx = s,
                              .http_stats = stats_of,
                              .http_ctx = s};
    int err = api_open(&api, &s->api, why);
    if (err < 0)
        return err;
    struct http_options http = {.listen = o->listen,
                                .handler = api_handle,
                                .body_bytes_max = api_body_bytes_max,
                                .refuse = api_refuse,
                                .ctx = s->api};
    err = http_server_start(&http, &s->http, why);
    if (err == 0) {
        s->address = address_of(s, str_of(o->listen));
        err = jobs_start(s->jobs, JOB_WORKERS);
    }
    if (err == 0)
        err = flows_start(s->flows);
    if (err < 0)
        server_stop(s);
    return err;
}

void server_stop(struct server *s)
{
    if (s->api != NULL) {
        api_set_stopping(s->api);
        api_stop_streams(s->api);
    }
    if (s->http != NULL)
        http_server_stop(s->http, STOP_MS);
    flows_stop(s->flows);
    jobs_stop(s->jobs);
    s->http = http_server_free(s->http);
    s->api = api_free(s->api);
}

/* ---- Acting as the system ---- */

struct first_company {
    struct server *s;
    struct arena *a;
    struct str id;
};

static int first_company(struct db_tx *tx, void *arg)
{
    struct first_company *f = arg;
    struct record **found;
    size_t len;
    struct record_scope scope = {.rs = f->s->records, .tx = tx};
    int err = record_find(&scope, meta_type(f->s->meta, STR("company")), NULL, 1, f->a, &found, &len, NULL);
    if (err < 0)
        return err;
    if (len == 0)
        return ERR_NOT_FOUND;
    f->id = record_value(found[0], SYS_ID).s;
    return 0;
}

int server_system_actor(struct server *s, struct arena *a, struct actor *ret)
{
    struct first_company f = {.s = s, .a = a};
    int err = db_read(s->db, first_company, &f);
    if (err < 0)
        return err;
    *ret = (struct actor){
        .id = STR("system"), .name = STR("system"), .title = STR("Tandem"), .company = f.id, .admin = true};
    return 0;
}
