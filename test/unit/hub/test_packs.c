/*
 * What the product ships: every connector, mapping and flow is read and says what it must.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/hub/stage.h"

#include "codec/json.h"

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

static void every_shipped_description_is_read(void **state)
{
    (void)state;
    assert_true(stage.connectors.len >= 1);
    assert_true(stage.mappings.len >= 1);
    assert_true(stage.flow_files.len >= 2);
    assert_non_null(stage.hub);
    assert_non_null(stage.flows);
}

static const struct value *member(const struct value *map, const char *key)
{
    const struct value *v = value_map_get(*map, str_of(key));
    if (v == NULL)
        fail_msg("the table of mappings has no %s", key);
    return v;
}

static void every_row_of_a_mapping_is_defined_in_both_languages(void **state)
{
    (void)state;
    CLEANUP(buf_release) struct buf out = {0};
    struct value all;
    size_t count = 0;
    buf_init(&out, 1 << 20);
    hub_mappings_json(stage.hub, &out);
    stage_ok(&stage, "table", json_parse(&stage.a, buf_str(&out), JSON_DEPTH_MAX, &all, &stage.why));
    const struct value *mappings = member(&all, "mappings");
    for (size_t i = 0; i < mappings->list.len; i++) {
        const struct value *rows = member(&mappings->list.items[i], "rows");
        for (size_t k = 0; k < rows->list.len; k++, count++) {
            const struct value *definition = member(&rows->list.items[k], "definition");
            const struct value *en = member(definition, "en"), *zh = member(definition, "zh");
            if (en->kind != VALUE_STRING || zh->kind != VALUE_STRING || en->s.len < 10 || zh->s.len < 10 ||
                str_eq(en->s, zh->s))
                fail_msg("row %zu of mapping %zu is not defined in both languages", k, i);
        }
    }
    assert_true(count > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shipped_description_is_read),
        cmocka_unit_test(every_row_of_a_mapping_is_defined_in_both_languages),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
