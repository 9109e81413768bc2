/* Mistakes in connectors and mappings: each is told with file and line; and the messages that expressions read. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/hub_internal.h"
#include "unit/hub/stage.h"

static struct stage stage;

static int setup(void **state)
{
    (void)state;
    stage_open(&stage);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

struct mistake {
    const char *text, *code, *place;
};

static void has_mistake(const struct mistake *m, const struct hub_options *o)
{
    struct hub *h = NULL;
    problem_init(&stage.why, &stage.a);
    int err = hub_open(o, &h, &stage.why);
    if (err == 0) {
        (void)hub_free(h);
        fail_msg("taken:\n%s", m->text);
    }
    for (const struct problem_item *i = stage.why.items; i != NULL; i = i->next) {
        if (i->where == WHERE_FILE && str_is(i->place, m->place) && strcmp(message_code(i->message), m->code) == 0)
            return;
    }
    fail_msg("wanted %s at %s for\n%s\ngot %s", m->code, m->place, m->text, stage_problem(&stage));
}

static void a_mistake_in_a_connector_is_told_with_its_line(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {"connector: [", "yaml_syntax", "c.yaml:2"},
        {"label: L\nwebhook: {event: payload.e}\n", "missing_key", "c.yaml:1"},
        {"connector: c\n", "missing_key", "c.yaml:1"},
        {"connector: c\ncolour: red\nwebhook: {event: payload.e}\n", "unknown_key", "c.yaml:2"},
        {"connector: c\nwebhook:\n  sent_at: payload.t\n", "missing_key", "c.yaml:3"},
        {"connector: c\nwebhook:\n  event: payload.e +\n", "model_expression", "c.yaml:3"},
        {"connector: c\nwebhook:\n  event: currency\n", "model_expression", "c.yaml:3"},
        {"connector: c\nwebhook:\n  event: [a]\n", "wrong_kind", "c.yaml:3"},
        {"connector: c\nwebhook:\n  event: payload.e\n  signature: {scheme: md5, header: X}\n", "model_unknown_name",
         "c.yaml:4"},
        {"connector: c\nwebhook:\n  event: payload.e\n  address_secret: maybe\n", "wrong_kind", "c.yaml:4"},
    };
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
        const struct meta_source src = {STR("c.yaml"), str_of(mistakes[i].text)};
        has_mistake(&mistakes[i],
                    &(struct hub_options){.records = stage.records, .connectors = &src, .connectors_len = 1});
    }
}

#define HEAD "mapping: m\nconnector: jira\n"
#define ENTITY HEAD "events: []\nentities:\n  - entity: e\n    type: task\n    id: payload.id\n    rows:\n"

static void a_mistake_in_a_mapping_is_told_with_its_line(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {"connector: jira\nentities: []\nevents: []\n", "missing_key", "m.yaml:1"},
        {"mapping: m\nconnector: none\nentities: []\nevents: []\n", "model_unknown_name", "m.yaml:1"},
        {HEAD "entities: []\n", "missing_key", "m.yaml:1"},
        {HEAD "entities: {}\nevents: []\n", "wrong_kind", "m.yaml:1"},
        {HEAD "events: []\nentities:\n  - {entity: e, type: nothing, id: payload.id, rows: []}\n", "model_unknown_name",
         "m.yaml:5"},
        {HEAD "events: []\nentities:\n  - {entity: e, type: task, rows: []}\n", "missing_key", "m.yaml:5"},
        {ENTITY "      - {to: colour, from: payload.c}\n", "model_unknown_name", "m.yaml:9"},
        {ENTITY "      - {to: rev, from: payload.c}\n", "model_unknown_name", "m.yaml:9"},
        {ENTITY "      - {to: subject, from: payload.a, person: payload.b}\n", "model_rule", "m.yaml:9"},
        {ENTITY "      - {to: subject}\n", "model_rule", "m.yaml:9"},
        {ENTITY "      - {to: subject, from: unknown.a}\n", "model_expression", "m.yaml:9"},
        {ENTITY "      - {to: state, from: payload.s, entered: payload.s + 1 == 'x' + 1}\n", "model_expression",
         "m.yaml:9"},
        {ENTITY "      - {to: subject, from: payload.s, map: [a]}\n", "wrong_kind", "m.yaml:9"},
        {ENTITY "      - {to: subject, from: payload.s, ownr: left}\n", "unknown_key", "m.yaml:9"},
        {HEAD "entities: []\nevents:\n  - {event: x, upsert: [nobody]}\n", "model_unknown_name", "m.yaml:5"},
        {HEAD "entities: []\nevents:\n  - {event: x, when: \"payload.a &&\"}\n", "model_expression", "m.yaml:5"},
        {HEAD "entities: []\nevents: []\nperson: {account: person.id}\n", "missing_key", "m.yaml:5"},
    };
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
        const struct meta_source src = {STR("m.yaml"), str_of(mistakes[i].text)};
        has_mistake(&mistakes[i], &(struct hub_options){.records = stage.records,
                                                        .connectors = stage.connectors.items,
                                                        .connectors_len = stage.connectors.len,
                                                        .mappings = &src,
                                                        .mappings_len = 1});
    }
}

static void a_name_that_is_given_twice_is_told_with_the_other_place(void **state)
{
    (void)state;
    const struct meta_source twice[] = {{STR("a.yaml"), STR(HEAD "entities: []\nevents: []\n")},
                                        {STR("b.yaml"), STR(HEAD "entities: []\nevents: []\n")}};
    has_mistake(&(struct mistake){"two mappings", "model_duplicate", "b.yaml:1"},
                &(struct hub_options){.records = stage.records,
                                      .connectors = stage.connectors.items,
                                      .connectors_len = stage.connectors.len,
                                      .mappings = twice,
                                      .mappings_len = 2});
    const struct meta_source connectors[] = {{STR("a.yaml"), STR("connector: c\nwebhook: {event: payload.e}\n")},
                                             {STR("b.yaml"), STR("connector: c\nwebhook: {event: payload.e}\n")}};
    has_mistake(&(struct mistake){"two connectors", "model_duplicate", "b.yaml:1"},
                &(struct hub_options){.records = stage.records, .connectors = connectors, .connectors_len = 2});
}

/* ---- One message ---- */

static const struct expr *compiled(const char *text)
{
    static const struct expr_var vars[] = {{.name = "payload", .type = {.kind = TYPE_DYN}},
                                           {.name = "currency", .type = {.kind = TYPE_STRING}}};
    struct expr *e;
    stage_ok(&stage, text, meta_compile(stage.meta, &stage.a, NULL, str_of(text), vars, 2, NULL, &e, &stage.why));
    return e;
}

static const char *text_of(const char *body, const char *expr)
{
    struct inbound m;
    struct str s;
    stage_ok(&stage, body, inbound_open(stage.hub, str_of(body), &stage.a, &m, &stage.why));
    stage_ok(&stage, expr, inbound_text(&m, compiled(expr), &s, &stage.why));
    return arena_cstr(&stage.a, s);
}

static void a_text_of_a_message_is_a_text_a_number_or_nothing(void **state)
{
    (void)state;
    static const char body[] = "{\"a\":\"t\",\"n\":10017,\"o\":{\"deep\":[{\"x\":\"y\"}]},\"z\":null,\"b\":true}";
    assert_string_equal(text_of(body, "payload.a"), "t");
    assert_string_equal(text_of(body, "payload.n"), "10017");
    assert_string_equal(text_of(body, "payload.o.deep[0].x"), "y");
    assert_string_equal(text_of(body, "payload.z"), "");
    assert_string_equal(text_of(body, "payload.b"), "");
    assert_string_equal(text_of(body, "payload.o"), "");
    assert_string_equal(text_of(body, "payload.missing"), "");
    assert_string_equal(text_of(body, "payload.o.missing.further"), "");
    assert_string_equal(text_of(body, "has(payload.missing) ? payload.missing : currency"), "CNY");
}

static void what_a_message_does_not_hold_is_no_mistake(void **state)
{
    (void)state;
    struct inbound m;
    struct value v;
    problem_init(&stage.why, &stage.a);
    stage_ok(&stage, "open", inbound_open(stage.hub, STR("{\"a\":1}"), &stage.a, &m, &stage.why));
    assert_int_equal(inbound_eval(&m, compiled("payload.b"), &v, &stage.why), ERR_NOT_FOUND);
    assert_int_equal(stage.why.err, 0);
    assert_int_equal(inbound_eval(&m, compiled("payload.a + 'x'"), &v, &stage.why), ERR_INVALID);
    assert_int_equal(stage.why.message, MSG_EXPR_RUN);
}

static void a_body_that_is_no_object_is_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {"", "[]", "1", "{", "{\"a\":1,\"a\":2}", "null"};
    struct inbound m;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        problem_init(&stage.why, &stage.a);
        assert_int_equal(inbound_open(stage.hub, str_of(bodies[i]), &stage.a, &m, &stage.why), ERR_MALFORMED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mistake_in_a_connector_is_told_with_its_line),
        cmocka_unit_test(a_mistake_in_a_mapping_is_told_with_its_line),
        cmocka_unit_test(a_name_that_is_given_twice_is_told_with_the_other_place),
        cmocka_unit_test(a_text_of_a_message_is_a_text_a_number_or_nothing),
        cmocka_unit_test(what_a_message_does_not_hold_is_no_mistake),
        cmocka_unit_test(a_body_that_is_no_object_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
