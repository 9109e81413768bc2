/*
 * A data folder with the product's own types, connectors, mappings and flows.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_TEST_UNIT_HUB_STAGE_H
#define TANDEM_TEST_UNIT_HUB_STAGE_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "flow/flow.h"
#include "hub/hub.h"

enum { STAGE_FILES_MAX = 200 };

struct stage_files {
    struct meta_source items[STAGE_FILES_MAX];
    size_t len;
};

struct stage {
    struct arena a;
    struct problem why;
    char dir[64];
    struct keys keys;
    struct db *db;
    struct event_log *log;
    struct meta *meta;
    struct records *records;
    struct hub *hub;
    struct flows *flows;
    struct jobs *jobs;
    struct job_kind kinds[2];
    bool with_flows; /* its consumer runs */
    struct stage_files model, connectors, mappings, flow_files;
};

static inline struct str stage_read(struct arena *a, const char *path)
{
    static char text[1 << 20];
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail_msg("%s can't be read", path);
    size_t len = fread(text, 1, sizeof(text), f);
    (void)fclose(f);
    return arena_str(a, str_n(text, len));
}

static inline int stage_by_name(const void *x, const void *y)
{
    return str_cmp(((const struct meta_source *)x)->file, ((const struct meta_source *)y)->file);
}

/* The files of one folder that end in `end`, in the order of their names. A test's working folder is the root of the
 * source. */
static inline void stage_folder(struct arena *a, const char *folder, const char *end, struct stage_files *out)
{
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return;
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (!str_ends(str_of(e->d_name), str_of(end)))
            continue;
        assert_true(out->len < STAGE_FILES_MAX);
        struct str file = arena_fmt(a, "%s/%s", folder, e->d_name);
        out->items[out->len++] = (struct meta_source){.file = file, .text = stage_read(a, file.ptr)};
    }
    (void)closedir(dir);
    qsort(out->items, out->len, sizeof(out->items[0]), stage_by_name);
}

/* packs/<every pack>/<folder>/ */
static inline void stage_packs(struct arena *a, const char *folder, struct stage_files *out)
{
    DIR *dir = opendir("packs");
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (e->d_name[0] != '.')
            stage_folder(a, arena_fmt(a, "packs/%s/%s", e->d_name, folder).ptr, ".yaml", out);
    }
    (void)closedir(dir);
}

/* Every sentence of a problem with its place. */
static inline const char *stage_problem(struct stage *s)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 1 << 20);
    if (s->why.message != MSG_NONE)
        message_render(s->why.message, s->why.args, LANG_EN, &b);
    for (const struct problem_item *i = s->why.items; i != NULL; i = i->next) {
        buf_addf(&b, "\n%.*s ", STR_ARG(i->place));
        message_render(i->message, i->args, LANG_EN, &b);
    }
    return arena_str(&s->a, buf_str(&b)).ptr;
}

static inline void stage_ok(struct stage *s, const char *what, int err)
{
    if (err < 0)
        fail_msg("%s: %s %s", what, err_name(err), stage_problem(s));
}

static inline void stage_open_store(struct stage *s)
{
    char path[100];
    (void)snprintf(s->dir, sizeof(s->dir), "/tmp/tandem-hub-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    (void)snprintf(path, sizeof(path), "%s/tandem.db", s->dir);
    stage_ok(s, "keys", keys_create(s->dir, &s->why));
    stage_ok(s, "keys", keys_load(s->dir, &s->keys, &s->why));
    stage_ok(s, "database", db_open(&(struct db_options){.path = path}, &s->db, &s->why));
    stage_ok(s, "events", db_migrate(s->db, event_migrations, event_migrations_len, &s->why));
    stage_ok(s, "jobs", db_migrate(s->db, job_migrations, job_migrations_len, &s->why));
    stage_ok(s, "log", event_log_open(s->db, &s->keys, &s->log, &s->why));
    stage_ok(s, "types", meta_load(s->model.items, s->model.len, &s->meta, &s->why));
    const struct records_options records = {.db = s->db, .log = s->log, .meta = s->meta, .keys = &s->keys};
    stage_ok(s, "records", records_open(&records, &s->records, &s->why));
}

static inline void stage_open(struct stage *s)
{
    memset(s, 0, sizeof(*s));
    arena_init(&s->a);
    problem_init(&s->why, &s->a);
    stage_folder(&s->a, "model", ".yaml", &s->model);
    stage_folder(&s->a, "connectors", ".yaml", &s->connectors);
    stage_packs(&s->a, "mappings", &s->mappings);
    stage_packs(&s->a, "flows", &s->flow_files);
    stage_open_store(s);
    const struct hub_options hub = {.records = s->records,
                                    .connectors = s->connectors.items,
                                    .connectors_len = s->connectors.len,
                                    .mappings = s->mappings.items,
                                    .mappings_len = s->mappings.len};
    stage_ok(s, "connectors and mappings", hub_open(&hub, &s->hub, &s->why));
    const struct flows_options flows = {
        .records = s->records, .sources = s->flow_files.items, .sources_len = s->flow_files.len};
    stage_ok(s, "flows", flows_open(&flows, &s->flows, &s->why));
    s->kinds[0] = (struct job_kind){.kind = "hook.process", .run = hub_process_job, .ctx = s->hub};
    s->kinds[1] = (struct job_kind){.kind = "flow.run", .run = flow_run_job, .ctx = s->flows};
    stage_ok(s, "queue", jobs_open(s->db, s->kinds, ARRAY_LEN(s->kinds), &s->jobs, &s->why));
    hub_set_jobs(s->hub, s->jobs);
    flows_set_jobs(s->flows, s->jobs);
}

static inline void stage_close(struct stage *s)
{
    char path[400];
    s->jobs = jobs_free(s->jobs);
    s->flows = flows_free(s->flows);
    s->hub = hub_free(s->hub);
    s->records = records_free(s->records);
    s->meta = meta_free(s->meta);
    s->log = event_log_free(s->log);
    s->db = db_free(s->db);
    DIR *dir = opendir(s->dir);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        (void)snprintf(path, sizeof(path), "%s/%s", s->dir, e->d_name);
        (void)unlink(path);
    }
    if (dir != NULL)
        (void)closedir(dir);
    (void)rmdir(s->dir);
    arena_release(&s->a);
}

#endif
