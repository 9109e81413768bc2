/*
 * The product's own types, connectors and mappings over an empty store in a temporary folder, made once per process.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_FUZZ_WORLD_H
#define TANDEM_FUZZ_WORLD_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/embed.h"
#include "record/record.h"

struct fuzz_world {
    struct arena a;
    char dir[64];
    struct keys keys;
    struct db *db;
    struct event_log *log;
    struct meta *meta;
    struct records *records;
};
static struct fuzz_world fuzz_world;

/* The embedded files whose path has a part between slashes, or begins with it. */
static inline struct meta_source *fuzz_sources(struct arena *a, const char *folder, size_t *ret_len)
{
    struct meta_source *out = arena_array(a, struct meta_source, description_files_len);
    size_t n = 0;
    struct str inside = arena_fmt(a, "/%s/", folder), first = arena_fmt(a, "%s/", folder);
    for (size_t i = 0; i < description_files_len; i++) {
        struct str path = str_of(description_files[i].path);
        if (str_starts(path, first) || str_find(path, inside, 0) != SIZE_MAX)
            out[n++] =
                (struct meta_source){path, str_n((const char *)description_files[i].data, description_files[i].len)};
    }
    *ret_len = n;
    return out;
}

static void fuzz_world_close(void)
{
    struct fuzz_world *w = &fuzz_world;
    char path[400];
    w->records = records_free(w->records);
    w->meta = meta_free(w->meta);
    w->log = event_log_free(w->log);
    w->db = db_free(w->db);
    DIR *dir = opendir(w->dir);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        (void)snprintf(path, sizeof(path), "%s/%s", w->dir, e->d_name);
        (void)unlink(path);
    }
    if (dir != NULL)
        (void)closedir(dir);
    (void)rmdir(w->dir);
    arena_release(&w->a);
}

static inline struct fuzz_world *fuzz_world_open(void)
{
    struct fuzz_world *w = &fuzz_world;
    struct problem why;
    size_t len;
    char path[100];
    if (w->records != NULL)
        return w;
    crypto_init();
    json_init();
    arena_init(&w->a);
    problem_init(&why, &w->a);
    (void)snprintf(w->dir, sizeof(w->dir), "/tmp/tandem-fuzz-XXXXXX");
    if (mkdtemp(w->dir) == NULL)
        die("no temporary folder");
    (void)snprintf(path, sizeof(path), "%s/tandem.db", w->dir);
    random_bytes(&w->keys, sizeof(w->keys));
    const struct meta_source *model = fuzz_sources(&w->a, "model", &len);
    if (meta_load(model, len, &w->meta, &why) < 0 ||
        db_open(&(struct db_options){.path = path, .readers_max = 2}, &w->db, &why) < 0 ||
        db_migrate(w->db, event_migrations, event_migrations_len, &why) < 0 ||
        event_log_open(w->db, &w->keys, &w->log, &why) < 0)
        die("the store can't be made");
    const struct records_options o = {.db = w->db, .log = w->log, .meta = w->meta, .keys = &w->keys};
    if (records_open(&o, &w->records, &why) < 0)
        die("the records can't be opened");
    return w;
}

#endif
