/* Mistakes in flows: each is told with file and line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/flow/runner.h"

struct mistake {
    const char *text, *code, *place;
};

#define HEAD "flow: f\ntrigger: {type: note, on: created}\noccurrence: \"1\"\n"
#define STEP HEAD "steps:\n  - step: s\n"

static const struct mistake mistakes[] = {
    {"flow: [", "yaml_syntax", "f0.yaml:2"},
    {"trigger: {type: note, on: created}\noccurrence: \"1\"\nsteps: [{step: s, set: {a: '1'}}]\n", "missing_key",
     "f0.yaml:1"},
    {"flow: f\noccurrence: \"1\"\nsteps: [{step: s, set: {a: '1'}}]\n", "missing_key", "f0.yaml:1"},
    {"flow: f\ncolour: red\n", "unknown_key", "f0.yaml:2"},
    {"flow: f\ntrigger: {type: nothing, on: created}\n", "model_unknown_name", "f0.yaml:2"},
    {"flow: f\ntrigger: {type: note, on: sometimes}\n", "model_unknown_name", "f0.yaml:2"},
    {"flow: f\ntrigger: {type: task, on: entered, state: nowhere}\n", "model_unknown_name", "f0.yaml:2"},
    {"flow: f\ntrigger: {type: note, on: created, when: record.colour == 'x'}\n", "model_expression", "f0.yaml:2"},
    {"flow: f\ntrigger: {type: note, on: created, when: \"1 + 1\"}\n", "model_expression", "f0.yaml:2"},
    {"flow: f\ntrigger: {type: note, on: created}\nsteps: [{step: s, set: {a: '1'}}]\n", "missing_key", "f0.yaml:1"},
    {HEAD, "missing_key", "f0.yaml:1"},
    {HEAD "steps: []\n", "wrong_kind", "f0.yaml:4"},
    {HEAD "steps:\n  - set: {a: '1'}\n", "missing_key", "f0.yaml:5"},
    {STEP, "model_rule", "f0.yaml:5"},
    {STEP "    set: {a: '1'}\n    notify: {to: \"'boss'\"}\n", "model_rule", "f0.yaml:5"},
    {STEP "    dance: now\n", "unknown_key", "f0.yaml:6"},
    {STEP "    set: {a: '1 +'}\n", "model_expression", "f0.yaml:6"},
    {STEP "    set: {a: nobody.x}\n", "model_expression", "f0.yaml:6"},
    {STEP "    set: {a: '1'}\n  - step: s\n    set: {b: '2'}\n", "yaml_duplicate_key", "f0.yaml:7"},
    {STEP "    find: {type: nothing, where: 'true'}\n", "model_unknown_name", "f0.yaml:6"},
    {STEP "    find: {type: note}\n", "missing_key", "f0.yaml:6"},
    {STEP "    find: {type: note, where: colour == 'x'}\n", "model_expression", "f0.yaml:6"},
    {STEP "    create: {type: note, set: {colour: \"'x'\"}}\n", "model_unknown_name", "f0.yaml:6"},
    {STEP "    create: {type: note, set: {rev: '1'}}\n", "model_not_writable", "f0.yaml:6"},
    {STEP "    create: {type: note, set: {children: '1'}}\n", "model_not_writable", "f0.yaml:6"},
    {STEP "    create: {type: note, record: record}\n", "unknown_key", "f0.yaml:6"},
    {STEP "    update: {type: note, set: {subject: \"'x'\"}}\n", "missing_key", "f0.yaml:6"},
    {STEP "    transition: {type: task, record: record, transition: fly}\n", "model_unknown_name", "f0.yaml:6"},
    {STEP "    notify: {to: \"'boss'\", text: {en: \"'x'\"}}\n", "missing_key", "f0.yaml:6"},
    {STEP "    refused: {cod: [x]}\n    set: {a: '1'}\n", "unknown_key", "f0.yaml:6"},
};

static void every_mistake_is_told_with_its_line(void **state)
{
    struct runner *r = *state;
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
        const struct mistake *m = &mistakes[i];
        bool found = false;
        if (runner_open_flows(r, &m->text, 1) == 0)
            fail_msg("taken:\n%s", m->text);
        for (const struct problem_item *p = r->why.items; p != NULL; p = p->next)
            found = found || (p->where == WHERE_FILE && str_is(p->place, m->place) &&
                              strcmp(message_code(p->message), m->code) == 0);
        if (!found)
            fail_msg("wanted %s at %s for\n%s\ngot %s", m->code, m->place, m->text, problem_text(r->w, &r->why));
    }
}

static void mistakes_of_all_files_are_told_at_once(void **state)
{
    struct runner *r = *state;
    static const char *const texts[] = {"flow: a\ncolour: red\n", HEAD "steps: [{step: s, set: {a: '1'}}]\n",
                                        HEAD "steps: [{step: s, set: {a: '1'}}]\n"};
    assert_true(runner_open_flows(r, texts, 3) < 0);
    refused_at(r->w, &r->why, "unknown_key", "f0.yaml:2");
    refused_at(r->w, &r->why, "model_duplicate", "f2.yaml:1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_mistake_is_told_with_its_line, runner_setup, runner_teardown),
        cmocka_unit_test_setup_teardown(mistakes_of_all_files_are_told_at_once, runner_setup, runner_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
