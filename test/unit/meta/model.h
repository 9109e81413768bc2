/*
 * Loads models for tests: from texts, and the product's own from model/.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_TEST_UNIT_META_MODEL_H
#define TANDEM_TEST_UNIT_META_MODEL_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "meta/meta.h"

/* Every sentence of a problem with its place, for the message of a failing test. */
static inline struct str model_problem_text(struct problem *why)
{
    struct buf b;
    buf_init(&b, 1 << 20);
    for (const struct problem_item *i = why->items; i; i = i->next) {
        (void)buf_addf(&b, "%.*s %s: ", STR_ARG(i->place), message_code(i->message));
        message_render(i->message, i->args, LANG_EN, &b);
        (void)buf_add_char(&b, '\n');
    }
    struct str s = arena_str(why->arena, buf_str(&b));
    buf_release(&b);
    return s;
}

static inline struct str model_file(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s can't be read", path);
    static char text[1 << 20];
    size_t len = fread(text, 1, sizeof(text), f);
    fclose(f);
    return arena_str(a, str_n(text, len));
}

/* The files of model/; the working directory of a test is the root of the source. */
static inline size_t model_sources(struct arena *a, struct meta_source *out, size_t max)
{
    size_t len = 0;
    DIR *dir = opendir("model");
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        if (!str_ends(str_of(e->d_name), STR(".yaml")))
            continue;
        assert_true(len < max);
        struct str file = arena_fmt(a, "model/%s", e->d_name);
        out[len++] = (struct meta_source){.file = file, .text = model_file(a, file.ptr)};
    }
    closedir(dir);
    return len;
}

static inline struct meta *model_load(struct arena *a)
{
    struct meta_source sources[200];
    size_t len = model_sources(a, sources, 200);
    struct problem why;
    problem_init(&why, a);
    struct meta *m = NULL;
    if (meta_load(sources, len, &m, &why) < 0)
        fail_msg("%s", model_problem_text(&why).ptr);
    return m;
}

#endif
