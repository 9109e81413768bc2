/* The descriptions that a server runs on: those compiled in, and how the organisation's own lie over them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "app/command.h"
#include "app/sources.h"

struct place {
    struct arena a;
    struct problem why;
    char dir[64];
};

static int setup(void **state)
{
    struct place *p = xcalloc(1, sizeof(*p));
    arena_init(&p->a);
    problem_init(&p->why, &p->a);
    (void)snprintf(p->dir, sizeof(p->dir), "/tmp/tandem-app-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    *state = p;
    return 0;
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static int teardown(void **state)
{
    struct place *p = *state;
    (void)nftw(p->dir, drop, 8, FTW_DEPTH | FTW_PHYS);
    arena_release(&p->a);
    free(p);
    return 0;
}

/* Writes DIR/path, with the folders above it. */
static void put(struct place *p, const char *path, const char *text)
{
    struct str full = arena_fmt(&p->a, "%s/%s", p->dir, path);
    for (size_t i = strlen(p->dir) + 1; i < full.len; i++) {
        if (full.ptr[i] == '/')
            (void)mkdir(arena_cstr(&p->a, str_sub(full, 0, i)), 0700);
    }
    FILE *f = fopen(full.ptr, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static const struct meta_source *find(const struct source_list *list, const char *file)
{
    for (size_t i = 0; i < list->len; i++) {
        if (str_is(list->items[i].file, file))
            return &list->items[i];
    }
    return NULL;
}

static struct sources loaded(struct place *p)
{
    struct sources s;
    assert_int_equal(sources_load(p->dir, &p->a, &s, &p->why), 0);
    return s;
}

static void an_empty_folder_gives_what_is_compiled_in(void **state)
{
    struct sources s = loaded(*state);
    assert_non_null(find(&s.model, "model/task.yaml"));
    assert_non_null(find(&s.connectors, "connectors/jira.yaml"));
    assert_non_null(find(&s.mappings, "packs/campaign-finance/mappings/jira_work.yaml"));
    assert_non_null(find(&s.flows, "packs/campaign-finance/flows/campaign_claim.yaml"));
    assert_null(find(&s.model, "connectors/jira.yaml"));
    assert_null(find(&s.flows, "packs/campaign-finance/mappings/jira_work.yaml"));
}

static void own_files_are_added_and_those_with_the_same_path_replace(void **state)
{
    struct place *p = *state;
    size_t before = loaded(p).model.len;
    put(p, "model/ship.yaml", "type: ship\n");
    put(p, "model/task.yaml", "type: task\nnote: ours\n");
    put(p, "packs/own/flows/f.yaml", "flow: f\n");
    put(p, "packs/own/mappings/m.yaml", "mapping: m\n");
    put(p, "connectors/own.yaml", "connector: own\n");
    struct sources s = loaded(p);
    assert_int_equal(s.model.len, before + 1);
    assert_true(str_is(find(&s.model, "model/ship.yaml")->text, "type: ship\n"));
    assert_true(str_is(find(&s.model, "model/task.yaml")->text, "type: task\nnote: ours\n"));
    assert_non_null(find(&s.flows, "packs/own/flows/f.yaml"));
    assert_non_null(find(&s.mappings, "packs/own/mappings/m.yaml"));
    assert_non_null(find(&s.connectors, "connectors/own.yaml"));
    for (size_t i = 1; i < s.model.len; i++)
        assert_true(str_cmp(s.model.items[i - 1].file, s.model.items[i].file) < 0);
}

static void other_files_and_hidden_ones_are_left_alone(void **state)
{
    struct place *p = *state;
    size_t before = loaded(p).model.len;
    put(p, "model/.hidden.yaml", "type: x\n");
    put(p, "model/notes.txt", "hello\n");
    put(p, "model/a/b/c/d/e/f/g.yaml", "type: deep\n");
    put(p, "elsewhere/type.yaml", "type: x\n");
    assert_int_equal(loaded(p).model.len, before);
}

static void a_file_that_can_not_be_read_is_named(void **state)
{
    struct place *p = *state;
    struct sources s;
    put(p, "model/x/y", "");
    assert_int_equal(mkdir(arena_fmt(&p->a, "%s/model/folder.yaml", p->dir).ptr, 0700), 0);
    assert_true(sources_load(p->dir, &p->a, &s, &p->why) < 0);
    assert_int_equal(p->why.message, MSG_FILE_UNREADABLE);
}

static void every_command_explains_itself(void **state)
{
    (void)state;
    assert_true(commands_len > 0);
    for (size_t i = 0; i < commands_len; i++) {
        const struct command *c = &commands[i];
        assert_true(c->words != NULL && c->help != NULL && c->run != NULL);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(c->words, commands[k].words);
        for (size_t k = 0; k < COMMAND_OPTIONS_MAX && c->options[k].name != NULL; k++) {
            const struct command_option *o = &c->options[k];
            assert_non_null(o->help);
            if (strstr(o->name, "password") != NULL || strstr(o->name, "secret") != NULL)
                assert_true(o->stdin_secret); /* never on the command line, where every process reads it */
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_folder_gives_what_is_compiled_in, setup, teardown),
        cmocka_unit_test_setup_teardown(own_files_are_added_and_those_with_the_same_path_replace, setup, teardown),
        cmocka_unit_test_setup_teardown(other_files_and_hidden_ones_are_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_can_not_be_read_is_named, setup, teardown),
        cmocka_unit_test(every_command_explains_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
