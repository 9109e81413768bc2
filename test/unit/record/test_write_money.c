/* Lines, exact sums, ledgers, limits, effects and their chain of causes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"
#include "unit/record/claims.h"

/* ---- Lines ---- */

static void lines_are_made_changed_and_removed_by_one_list(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct str id = make(w, &w->clerk, "claim",
                         "{\"subject\":\"c\",\"lines\":[{\"text\":\"one\",\"quantity\":\"2\",\"price\":{\"amount\":\"0."
                         "10\",\"currency\":\"CNY\"},"
                         "\"marks\":[\"m\"]},{\"text\":\"two\",\"quantity\":\"3\",\"price\":{\"amount\":\"-1.01\","
                         "\"currency\":\"CNY\"}}]}");
    struct record *r = load(w, "claim", id);
    const struct field *f = type_field(r->type, STR("lines"));
    assert_int_equal(r->lines_len[f->index], 2);
    assert_string_equal(field_json(w, r, "total"), "{\"amount\":\"-2.83\",\"currency\":\"CNY\"}");
    assert_string_equal(field_json(w, r, "line_count"), "2");
    assert_string_equal(field_json(w, &r->lines[f->index][0], "amount"), "{\"amount\":\"0.20\",\"currency\":\"CNY\"}");
    struct str second = r->lines[f->index][1].values[SYS_ID].s;
    const char *json =
        arena_fmt(&w->a, "{\"lines\":[{\"id\":\"%.*s\",\"quantity\":\"1\"},{\"text\":\"new\"}]}", STR_ARG(second)).ptr;
    assert_int_equal(update(w, &w->clerk, "claim", id, json, &why), 0);
    r = load(w, "claim", id);
    assert_int_equal(r->lines_len[f->index], 2);
    assert_true(str_eq(r->lines[f->index][0].values[SYS_ID].s, second));
    assert_string_equal(field_json(w, &r->lines[f->index][0], "text"), "\"two\"");
    assert_string_equal(field_json(w, &r->lines[f->index][0], "amount"), "{\"amount\":\"-1.01\",\"currency\":\"CNY\"}");
    assert_string_equal(field_json(w, &r->lines[f->index][1], "amount"), "null");
    assert_string_equal(field_json(w, r, "total"), "{\"amount\":\"-1.01\",\"currency\":\"CNY\"}");
    assert_int_equal(query(w, "SELECT count(*) FROM r_claim_line"), 2);
    assert_int_equal(query(w, "SELECT count(*) FROM m_claim_line_marks"), 0);
}

static void the_same_lines_again_change_nothing_and_the_order_counts(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct str id = make(w, &w->clerk, "claim", "{\"subject\":\"c\",\"lines\":[{\"text\":\"a\"},{\"text\":\"b\"}]}");
    struct record *r = load(w, "claim", id);
    const struct field *f = type_field(r->type, STR("lines"));
    struct str a = r->lines[f->index][0].values[SYS_ID].s, b = r->lines[f->index][1].values[SYS_ID].s;
    const char *same =
        arena_fmt(&w->a, "{\"lines\":[{\"id\":\"%.*s\"},{\"id\":\"%.*s\",\"text\":\"b\"}]}", STR_ARG(a), STR_ARG(b))
            .ptr;
    assert_int_equal(update(w, &w->clerk, "claim", id, same, &why), 0);
    assert_int_equal(load(w, "claim", id)->values[SYS_REV].i, 1);
    const char *turned =
        arena_fmt(&w->a, "{\"lines\":[{\"id\":\"%.*s\"},{\"id\":\"%.*s\"}]}", STR_ARG(b), STR_ARG(a)).ptr;
    assert_int_equal(update(w, &w->clerk, "claim", id, turned, &why), 0);
    r = load(w, "claim", id);
    assert_int_equal(r->values[SYS_REV].i, 2);
    assert_true(str_eq(r->lines[f->index][0].values[SYS_ID].s, b));
}

static void bad_lines_are_refused_at_their_pointers(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct str id = make(w, &w->clerk, "claim", "{\"subject\":\"c\",\"lines\":[{\"text\":\"a\"}]}");
    struct str other = make(w, &w->clerk, "claim", "{\"subject\":\"d\",\"lines\":[{\"text\":\"a\"}]}");
    struct record *r = load(w, "claim", other), *own = load(w, "claim", id);
    const struct field *f = type_field(r->type, STR("lines"));
    struct str foreign = r->lines[f->index][0].values[SYS_ID].s, mine = own->lines[f->index][0].values[SYS_ID].s;
    assert_int_equal(
        update(w, &w->clerk, "claim", id, "{\"lines\":[{\"text\":\"a\"},{\"quantity\":\"x\",\"nope\":1}]}", &why),
        ERR_INVALID);
    refused_at(w, &why, "wrong_type", "/lines/1/quantity");
    refused_at(w, &why, "unknown_field", "/lines/1/nope");
    assert_int_equal(update(w, &w->clerk, "claim", id, "{\"lines\":[{\"quantity\":\"1\"}]}", &why), ERR_INVALID);
    refused_at(w, &why, "required", "/lines/0/text");
    assert_int_equal(update(w, &w->clerk, "claim", id, "{\"lines\":[5]}", &why), ERR_INVALID);
    refused_at(w, &why, "wrong_type", "/lines/0");
    assert_int_equal(update(w, &w->clerk, "claim", id, "{\"lines\":\"x\"}", &why), ERR_INVALID);
    refused_at(w, &why, "wrong_type", "/lines");
    assert_int_equal(update(w, &w->clerk, "claim", id, "{\"lines\":[{\"text\":\"a\",\"amount\":null}]}", &why),
                     ERR_INVALID);
    refused_at(w, &why, "read_only", "/lines/0/amount");
    assert_int_equal(update(w, &w->clerk, "claim", id,
                            arena_fmt(&w->a, "{\"lines\":[{\"id\":\"%.*s\"}]}", STR_ARG(foreign)).ptr, &why),
                     ERR_INVALID);
    refused_at(w, &why, "link_to_nothing", "/lines/0/id");
    const char *twice =
        arena_fmt(&w->a, "{\"lines\":[{\"id\":\"%.*s\"},{\"id\":\"%.*s\"}]}", STR_ARG(mine), STR_ARG(mine)).ptr;
    assert_int_equal(update(w, &w->clerk, "claim", id, twice, &why), ERR_INVALID);
    refused_at(w, &why, "not_unique", "/lines/1/id");
    assert_int_equal(load(w, "claim", id)->values[SYS_REV].i, 1);
}

static void more_lines_than_the_limit_are_refused(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct str id = make(w, &w->clerk, "claim", "{\"subject\":\"c\"}");
    struct buf b;
    buf_init(&b, 1 << 20);
    buf_add_cstr(&b, "{\"lines\":[{\"text\":\"x\"}");
    for (int i = 0; i < META_LINES_MAX; i++)
        buf_add_cstr(&b, ",{\"text\":\"x\"}");
    buf_add_cstr(&b, "]}");
    assert_int_equal(update(w, &w->clerk, "claim", id, b.ptr, &why), ERR_INVALID);
    refused_at(w, &why, "too_many_items", "/lines");
    buf_release(&b);
}

static void sums_refuse_mixed_currencies_and_overflow(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct str id = make(w, &w->clerk, "claim", "{\"subject\":\"c\"}");
    const char *mix =
        "{\"lines\":[{\"text\":\"a\",\"quantity\":\"1\",\"price\":{\"amount\":\"1\",\"currency\":\"CNY\"}},"
        "{\"text\":\"a\",\"quantity\":\"1\",\"price\":{\"amount\":\"1\",\"currency\":\"USD\"}}]}";
    assert_int_equal(update(w, &w->clerk, "claim", id, mix, &why), ERR_INVALID);
    refused_at(w, &why, "currency_mix", "/total");
    const char *large = "{\"lines\":[{\"text\":\"a\",\"quantity\":\"1\",\"price\":{\"amount\":\"92233720368547758.07\","
                        "\"currency\":\"CNY\"}},"
                        "{\"text\":\"a\",\"quantity\":\"1\",\"price\":{\"amount\":\"0.01\",\"currency\":\"CNY\"}}]}";
    assert_int_equal(update(w, &w->clerk, "claim", id, large, &why), ERR_INVALID);
    refused_at(w, &why, "overflow", "/total");
    const char *most = "{\"lines\":[{\"text\":\"a\",\"quantity\":\"1\",\"price\":{\"amount\":\"92233720368547758.06\","
                       "\"currency\":\"CNY\"}},"
                       "{\"text\":\"a\",\"quantity\":\"1\",\"price\":{\"amount\":\"0.01\",\"currency\":\"CNY\"}}]}";
    assert_int_equal(update(w, &w->clerk, "claim", id, most, &why), 0);
    assert_string_equal(shown(w, "claim", id, "total"), "{\"amount\":\"92233720368547758.07\",\"currency\":\"CNY\"}");
}

static void an_expression_that_overflows_is_refused(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct str id = make(w, &w->clerk, "note", "{\"subject\":\"a\",\"weight\":\"4611686018427387.903\"}");
    assert_string_equal(shown(w, "note", id, "double_weight"), "\"9223372036854775.806\"");
    assert_int_equal(update(w, &w->clerk, "note", id, "{\"weight\":\"4611686018427387.904\"}", &why), ERR_INVALID);
    refused_at(w, &why, "overflow", "/double_weight");
}

/* ---- Ledger and limits ---- */

static void a_claim_holds_releases_and_spends_budget_exactly(void **state)
{
    struct world *w = *state;
    struct str b, line = budget(w, "1000.00", &b);
    line_is(w, b, "0.00", "0.00", "1000.00");
    struct str c = claim(w, line, "333.33");
    moved(w, &w->clerk, c, "submit");
    line_is(w, b, "333.33", "0.00", "666.67");
    moved(w, &w->boss, c, "return");
    line_is(w, b, "0.00", "0.00", "1000.00");
    /* Another amount the second time: exactly what is held is released. */
    struct problem why;
    struct record *r = load(w, "claim", c);
    struct str l = r->lines[type_field(r->type, STR("lines"))->index][0].values[SYS_ID].s;
    const char *json = arena_fmt(&w->a, "{\"lines\":[{\"id\":\"%.*s\",\"quantity\":\"2\"}]}", STR_ARG(l)).ptr;
    assert_int_equal(update(w, &w->clerk, "claim", c, json, &why), 0);
    moved(w, &w->clerk, c, "submit");
    line_is(w, b, "666.66", "0.00", "333.34");
    moved(w, &w->boss, c, "approve");
    line_is(w, b, "0.00", "666.66", "333.34");
    assert_string_equal(field_json(w, line_of(w, b), "entries"), "5");
    assert_int_equal(query(w, "SELECT sum(amount) FROM r_commitment"), 66666);
    assert_int_equal(load(w, "budget", b)->values[SYS_REV].i, 1);
    assert_string_equal(shown(w, "claim", c, "decided_by"), arena_fmt(&w->a, "\"%.*s\"", STR_ARG(w->boss.id)).ptr);
}

static void what_exceeds_the_budget_leaves_nothing_behind(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct str b, line = budget(w, "100.00", &b), c = claim(w, line, "100.01");
    int64_t seq = now_seq(w), notes = query(w, "SELECT count(*) FROM r_notification");
    assert_int_equal(move(w, &w->clerk, "claim", c, "submit", &why), ERR_CONFLICT);
    assert_string_equal(message_code(why.message), "budget_exceeded");
    const char *text = problem_text(w, &why);
    assert_non_null(strstr(text, "100.00"));
    assert_non_null(strstr(text, "100.01"));
    assert_int_equal(now_seq(w), seq);
    assert_string_equal(shown(w, "claim", c, "state"), "\"draft\"");
    assert_int_equal(query(w, "SELECT count(*) FROM r_commitment"), 0);
    assert_int_equal(query(w, "SELECT count(*) FROM r_notification"), notes);
    line_is(w, b, "0.00", "0.00", "100.00");
    struct str exact = claim(w, line, "100.00");
    moved(w, &w->clerk, exact, "submit");
    line_is(w, b, "100.00", "0.00", "0.00");
}

static void a_posting_without_its_line_names_what_is_missing(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct str c = make(w, &w->clerk, "claim",
                        "{\"subject\":\"c\",\"lines\":[{\"text\":\"t\",\"quantity\":\"1\",\"price\":{\"amount\":\"1\","
                        "\"currency\":\"CNY\"}}]}");
    assert_int_equal(move(w, &w->clerk, "claim", c, "submit", &why), ERR_INVALID);
    assert_string_equal(message_code(why.message), "ledger_no_line");
    struct str line = budget(w, "10.00", NULL), foreign = claim(w, line, "1.00");
    (void)foreign;
    struct str usd = make(
        w, &w->clerk, "claim",
        arena_fmt(&w->a,
                  "{\"subject\":\"c\",\"budget_line\":\"%.*s\",\"lines\":[{\"text\":\"t\",\"quantity\":\"1\",\"price\":"
                  "{\"amount\":\"1\",\"currency\":\"USD\"}}]}",
                  STR_ARG(line))
            .ptr);
    assert_true(move(w, &w->clerk, "claim", usd, "submit", &why) < 0);
}

static void nobody_writes_a_ledger_by_hand(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct write_result r;
    struct str line = budget(w, "10.00", NULL), c = claim(w, line, "1.00");
    const char *json =
        arena_fmt(&w->a,
                  "{\"stage\":\"actual\",\"amount\":{\"amount\":\"1\",\"currency\":\"CNY\"},\"budget_line\":\"%.*s\","
                  "\"document\":{\"type\":\"claim\",\"id\":\"%.*s\"}}",
                  STR_ARG(line), STR_ARG(c))
            .ptr;
    struct change create = {.op = CHANGE_CREATE, .type = STR("commitment")};
    assert_int_equal(run(w, &w->clerk, MODE_USER, create, json, &r, &why), ERR_CONFLICT);
    assert_string_equal(message_code(why.message), "append_only");
    assert_int_equal(run(w, &w->system, MODE_IMPORT, create, json, &r, &why), 0);
    struct change edit = {.op = CHANGE_UPDATE, .type = STR("commitment"), .id = r.items[0].id};
    assert_int_equal(run(w, &w->system, MODE_IMPORT, edit, "{\"remark\":\"x\"}", &r, &why), ERR_CONFLICT);
    edit.op = CHANGE_DELETE;
    assert_int_equal(run(w, &w->admin, MODE_USER, edit, NULL, &r, &why), ERR_CONFLICT);
}

static void a_budget_line_that_is_used_can_not_go(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct write_result r;
    struct str b, line = budget(w, "10.00", &b);
    claim(w, line, "1.00");
    assert_int_equal(run(w, &w->clerk, MODE_USER, (struct change){.op = CHANGE_DELETE, .type = STR("budget"), .id = b},
                         NULL, &r, &why),
                     ERR_CONFLICT);
    assert_string_equal(message_code(why.message), "is_referred");
    assert_int_equal(update(w, &w->clerk, "budget", b, "{\"lines\":[]}", &why), ERR_CONFLICT);
    assert_string_equal(message_code(why.message), "is_referred");
}

static void who_submits_does_not_approve_not_even_an_administrator(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct str line = budget(w, "10.00", NULL);
    struct actor all = w->admin;
    struct str c = make(
        w, &all, "claim",
        arena_fmt(&w->a,
                  "{\"subject\":\"c\",\"budget_line\":\"%.*s\",\"lines\":[{\"text\":\"t\",\"quantity\":\"1\",\"price\":"
                  "{\"amount\":\"1\",\"currency\":\"CNY\"}}]}",
                  STR_ARG(line))
            .ptr);
    moved(w, &all, c, "submit");
    assert_int_equal(move(w, &all, "claim", c, "approve", &why), ERR_FORBIDDEN);
    assert_string_equal(message_code(why.message), "segregation_of_duties");
    moved(w, &w->boss, c, "approve");
    assert_int_equal(update(w, &w->boss, "claim", c, "{\"subject\":\"x\"}", &why), ERR_CONFLICT);
    assert_string_equal(message_code(why.message), "posted");
}

/* ---- Effects ---- */

static const struct event *event_of(struct events *all, const char *type, const char *subject_type)
{
    for (size_t i = 0; i < all->len; i++) {
        if (str_is(all->items[i].type, type) && str_is(all->items[i].subject_type, subject_type))
            return &all->items[i];
    }
    fail_msg("no event %s of %s", type, subject_type);
    return NULL;
}

static void effects_follow_from_the_transition_that_fired_them(void **state)
{
    struct world *w = *state;
    struct str b, line = budget(w, "1000.00", &b), task = make(w, &w->clerk, "task", "{\"subject\":\"t\"}");
    struct str c = claim(w, line, "12.50");
    struct problem why;
    assert_int_equal(update(w, &w->clerk, "claim", c, arena_fmt(&w->a, "{\"task\":\"%.*s\"}", STR_ARG(task)).ptr, &why),
                     0);
    int64_t seq = now_seq(w);
    moved(w, &w->clerk, c, "submit");
    struct events *all = events_after(w, seq);
    const struct event *submit = event_of(all, "record.transitioned", "claim"),
                       *post = event_of(all, "record.created", "commitment");
    const struct event *sum = event_of(all, "record.derived", "budget"),
                       *other = event_of(all, "record.updated", "task");
    const struct event *note = event_of(all, "record.created", "notification");
    assert_true(str_empty(submit->cause));
    assert_int_equal(submit->hops, 0);
    assert_true(str_is(submit->transition, "submit"));
    assert_true(str_is(submit->state_before, "draft"));
    assert_true(str_is(submit->state_after, "submitted"));
    assert_int_equal(submit->entered, 1);
    assert_true(str_is(submit->mode, "user"));
    assert_true(str_is(submit->company, COMPANY_ID));
    assert_true(str_eq(post->cause, submit->id) && post->hops == 1 && str_eq(post->actor, w->clerk.id));
    assert_true(str_eq(other->cause, submit->id));
    assert_true(str_eq(note->cause, submit->id));
    assert_true(str_eq(sum->cause, post->id) && sum->hops == 2);
    assert_true(str_eq(sum->subject, b));
    assert_true(str_find(sum->changes, STR("\"reserved\":{\"amount\":\"12.50\",\"currency\":\"CNY\"}"), 0) != SIZE_MAX);
    assert_string_equal(shown(w, "task", task, "remark"), "\"claimed\"");
    assert_true(str_find(note->changes, STR("over 12.50 CNY"), 0) != SIZE_MAX);
    assert_true(str_find(note->changes, STR("报销 EC-"), 0) != SIZE_MAX);
}

static void entering_a_state_is_counted_only_when_it_is_true(void **state)
{
    struct world *w = *state;
    struct write_result r;
    struct problem why;
    struct actor flow = w->system;
    flow.roles = (struct str[]){STR("flow")};
    flow.roles_len = 1;
    struct change c = {.op = CHANGE_CREATE, .type = STR("task"), .state = STR("done")};
    int64_t seq = now_seq(w);
    assert_int_equal(run(w, &flow, MODE_ADOPT, c, "{\"subject\":\"adopted\"}", &r, &why), 0);
    struct str adopted = r.items[0].id;
    assert_int_equal(run(w, &flow, MODE_FLOW, c, "{\"subject\":\"seen\"}", &r, &why), 0);
    struct events *all = events_after(w, seq);
    assert_int_equal(all->len, 2);
    assert_int_equal(all->items[0].entered, 0);
    assert_true(str_is(all->items[0].state_after, "done"));
    assert_int_equal(all->items[1].entered, 1);
    assert_true(str_is(all->items[1].state_after, "done"));
    /* A true reopening and a true end: the effects of `finish` fire, and the second entry counts as the second. */
    struct change on = {.op = CHANGE_UPDATE, .type = STR("task"), .id = adopted, .state = STR("doing")};
    seq = now_seq(w);
    assert_int_equal(run(w, &flow, MODE_FLOW, on, NULL, &r, &why), 0);
    on.state = STR("done");
    assert_int_equal(run(w, &flow, MODE_FLOW, on, NULL, &r, &why), 0);
    assert_int_equal(run(w, &flow, MODE_FLOW, on, NULL, &r, &why), 0);
    assert_false(r.items[0].changed);
    on.state = STR("doing");
    assert_int_equal(run(w, &flow, MODE_FLOW, on, NULL, &r, &why), 0);
    on.state = STR("done");
    assert_int_equal(run(w, &flow, MODE_ADOPT, on, NULL, &r, &why), 0);
    all = events_after(w, seq);
    assert_int_equal(all->len, 4);
    assert_true(str_is(all->items[0].transition, "reopen") && all->items[0].entered == 1);
    assert_true(str_is(all->items[1].transition, "finish") && all->items[1].entered == 1);
    assert_true(str_is(all->items[2].transition, "reopen") && all->items[2].entered == 2);
    assert_true(str_empty(all->items[3].transition) && all->items[3].entered == 0);
    assert_string_not_equal(shown(w, "task", adopted, "closed_on"), "null");
    on.state = STR("open"); /* no transition leads there, but outside it is so */
    assert_int_equal(run(w, &flow, MODE_FLOW, on, NULL, &r, &why), 0);
    assert_string_equal(shown(w, "task", adopted, "state"), "\"open\"");
    on.state = STR("nowhere");
    assert_int_equal(run(w, &flow, MODE_FLOW, on, NULL, &r, &why), ERR_INVALID);
    on.state = STR("filed");
    assert_int_equal(run(w, &flow, MODE_ADOPT, on, NULL, &r, &why), 0);
    on.state = STR("open");
    assert_int_equal(run(w, &flow, MODE_FLOW, on, NULL, &r, &why), ERR_CONFLICT);
    assert_string_equal(message_code(why.message), "posted");
}

static void a_flow_decides_nothing(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct write_result r;
    struct actor flow;
    struct str c = claim(w, budget(w, "10.00", NULL), "1.00");
    assert_int_equal(record_service_actor(w->rs, STR("flow"), STR(COMPANY_ID), &w->a, &flow), 0);
    moved(w, &w->clerk, c, "submit");
    struct change approve = {.op = CHANGE_TRANSITION, .type = STR("claim"), .id = c, .transition = STR("approve")};
    assert_int_equal(run(w, &flow, MODE_FLOW, approve, NULL, &r, &why), ERR_FORBIDDEN);
    assert_string_equal(message_code(why.message), "no_right");
    /* What was decided outside is a fact, told as the state that it led to. */
    struct change told = {.op = CHANGE_UPDATE, .type = STR("claim"), .id = c, .state = STR("approved")};
    assert_int_equal(run(w, &flow, MODE_FLOW, told, NULL, &r, &why), 0);
    assert_int_equal(query(w, "SELECT sum(amount) FROM r_commitment WHERE stage = 'actual'"), 100);
}

static void effects_without_an_end_are_stopped(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct str id = make(w, &w->clerk, "ring", "{}");
    int64_t seq = now_seq(w);
    assert_int_equal(move(w, &w->clerk, "ring", id, "go", &why), ERR_CONFLICT);
    assert_string_equal(message_code(why.message), "effect_depth");
    assert_int_equal(now_seq(w), seq);
    assert_int_equal(load(w, "ring", id)->values[SYS_REV].i, 1);
}

static void an_event_tells_what_changed_and_hides_what_has_no_history(void **state)
{
    struct world *w = *state;
    struct problem why;
    struct str id = make(w, &w->clerk, "note", "{\"subject\":\"a\",\"body\":\"private words\",\"pieces\":1}");
    int64_t seq = now_seq(w);
    assert_int_equal(
        update(w, &w->clerk, "note", id, "{\"body\":\"other words\",\"pieces\":2,\"subject\":\"a\"}", &why), 0);
    struct events *all = events_after(w, seq);
    assert_int_equal(all->len, 1);
    struct value changes = parsed(w, arena_cstr(&w->a, all->items[0].changes));
    assert_int_equal(changes.map.len, 2);
    assert_int_equal(json_pointer(&changes, STR("/pieces/before"))->i, 1);
    assert_int_equal(json_pointer(&changes, STR("/pieces/after"))->i, 2);
    assert_int_equal(json_pointer(&changes, STR("/body/after_hash"))->s.len, 64);
    assert_true(str_find(all->items[0].changes, STR("words"), 0) == SIZE_MAX);
    assert_int_equal(all->items[0].rev, 2);
    assert_true(str_is(all->items[0].source, "api"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
        T(lines_are_made_changed_and_removed_by_one_list),
        T(the_same_lines_again_change_nothing_and_the_order_counts),
        T(bad_lines_are_refused_at_their_pointers),
        T(more_lines_than_the_limit_are_refused),
        T(sums_refuse_mixed_currencies_and_overflow),
        T(an_expression_that_overflows_is_refused),
        T(a_claim_holds_releases_and_spends_budget_exactly),
        T(what_exceeds_the_budget_leaves_nothing_behind),
        T(a_posting_without_its_line_names_what_is_missing),
        T(nobody_writes_a_ledger_by_hand),
        T(a_budget_line_that_is_used_can_not_go),
        T(who_submits_does_not_approve_not_even_an_administrator),
        T(effects_follow_from_the_transition_that_fired_them),
        T(entering_a_state_is_counted_only_when_it_is_true),
        T(a_flow_decides_nothing),
        T(effects_without_an_end_are_stopped),
        T(an_event_tells_what_changed_and_hides_what_has_no_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
