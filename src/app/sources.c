/* Gathers the descriptions by folder. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "app/sources.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/embed.h"

enum { SOURCE_FILES_MAX = 2000, SOURCE_DEPTH_MAX = 5 };

struct gather {
    struct arena *a;
    VEC(struct meta_source) files;
    struct problem *why;
};

static void gather_put(struct gather *g, struct str path, struct str text)
{
    for (size_t i = 0; i < g->files.len; i++) {
        if (str_eq(g->files.items[i].file, path)) {
            g->files.items[i].text = text;
            return;
        }
    }
    vec_push(g->a, &g->files, (struct meta_source){.file = path, .text = text});
}

static int read_file(struct gather *g, const char *path, struct str *ret)
{
    CLEANUP(buf_release) struct buf text = {0};
    char chunk[8192];
    size_t n;
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return PROBLEM(g->why, FILE_UNREADABLE, ARG("file", str_of(path)), ARG("reason", str_of(strerror(errno))));
    buf_init(&text, YAML_BYTES_MAX + 1);
    while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
        (void)buf_add(&text, str_n(chunk, n));
    int failed = ferror(f);
    (void)fclose(f);
    if (failed)
        return PROBLEM(g->why, FILE_UNREADABLE, ARG("file", str_of(path)), ARG("reason", STR("it broke off")));
    *ret = arena_str(g->a, buf_str(&text));
    return 0;
}

static int gather_folder(struct gather *g, const char *dir, struct str below, int depth)
{
    struct str full = arena_fmt(g->a, "%s/%.*s", dir, STR_ARG(below));
    DIR *d = opendir(full.ptr);
    struct dirent *entry;
    int err = 0;
    if (d == NULL || depth > SOURCE_DEPTH_MAX) {
        if (d != NULL)
            (void)closedir(d);
        return 0;
    }
    while (err == 0 && (entry = readdir(d)) != NULL) {
        struct str name = str_of(entry->d_name), text;
        struct str path = arena_fmt(g->a, "%.*s/%.*s", STR_ARG(below), STR_ARG(name));
        if (name.ptr[0] == '.')
            continue;
        if (!str_ends(name, STR(".yaml"))) {
            err = gather_folder(g, dir, path, depth + 1);
            continue;
        }
        if (g->files.len >= SOURCE_FILES_MAX)
            err = PROBLEM(g->why, TOO_MANY_ITEMS, ARG("field", below), ARG("max", STR("2000")));
        if (err == 0)
            err = read_file(g, arena_fmt(g->a, "%s/%.*s", dir, STR_ARG(path)).ptr, &text);
        if (err == 0)
            gather_put(g, path, text);
    }
    (void)closedir(d);
    return err;
}

static int by_path(const void *x, const void *y)
{
    return str_cmp(((const struct meta_source *)x)->file, ((const struct meta_source *)y)->file);
}

/* The files below a first folder ("model") or, in packs, below a pack's folder ("packs" and "flows"). */
static struct source_list pick(const struct gather *g, const char *top, const char *second)
{
    VEC(struct meta_source) picked = {0};
    for (size_t i = 0; i < g->files.len; i++) {
        struct str head, pack, folder;
        struct str rest = str_cut(g->files.items[i].file, '/', &head);
        bool fits = str_is(head, top);
        if (fits && second != NULL) {
            rest = str_cut(rest, '/', &pack);
            (void)str_cut(rest, '/', &folder);
            fits = str_is(folder, second);
        }
        if (fits)
            vec_push(g->a, &picked, g->files.items[i]);
    }
    return (struct source_list){.items = picked.items, .len = picked.len};
}

int sources_load(const char *dir, struct arena *a, struct sources *ret, struct problem *why)
{
    struct gather g = {.a = a, .why = why};
    for (size_t i = 0; i < description_files_len; i++) {
        const struct embedded_file *f = &description_files[i];
        if (str_ends(str_of(f->path), STR(".yaml")))
            gather_put(&g, str_of(f->path), str_n((const char *)f->data, f->len));
    }
    int err = gather_folder(&g, dir, STR("model"), 0);
    if (err == 0)
        err = gather_folder(&g, dir, STR("connectors"), 0);
    if (err == 0)
        err = gather_folder(&g, dir, STR("packs"), 0);
    if (err < 0)
        return err;
    if (g.files.len > 1)
        qsort(g.files.items, g.files.len, sizeof(g.files.items[0]), by_path);
    *ret = (struct sources){.model = pick(&g, "model", NULL),
                            .connectors = pick(&g, "connectors", NULL),
                            .mappings = pick(&g, "packs", "mappings"),
                            .flows = pick(&g, "packs", "flows"),
                            .data = pick(&g, "packs", "data"),
                            .actions = pick(&g, "packs", "actions")};
    return 0;
}
