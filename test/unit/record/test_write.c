/* Writing records: values, refusals with code and pointer, rights, revisions, states, deletion. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"
#include "unit/record/support.h"

/* ---- Shorthands ---- */

static int put(struct world *w, const struct actor *who, struct change c, const char *json, struct write_result *r,
               struct problem *why)
{
    if (json != NULL)
        c.values = parsed(w, json);
    return write_one(w, who, MODE_USER, &c, r, why);
}

static struct str make(struct world *w, const struct actor *who, const char *type, const char *json)
{
    struct write_result r;
    struct problem why;
    int err = put(w, who, (struct change){.op = CHANGE_CREATE, .type = str_of(type)}, json, &r, &why);
    if (err < 0)
        fail_msg("%s: %s", json, problem_text(w, &why));
    assert_true(r.items[0].changed);
    return r.items[0].id;
}

static int64_t change(struct world *w, const struct actor *who, const char *type, struct str id, const char *json)
{
    struct write_result r;
    struct problem why;
    int err = put(w, who, (struct change){.op = CHANGE_UPDATE, .type = str_of(type), .id = id}, json, &r, &why);
    if (err < 0)
        fail_msg("%s: %s", json, problem_text(w, &why));
    return r.items[0].rev;
}

static int64_t move(struct world *w, const struct actor *who, const char *type, struct str id, const char *name,
                    const char *json)
{
    struct write_result r;
    struct problem why;
    struct change c = {.op = CHANGE_TRANSITION, .type = str_of(type), .id = id, .transition = str_of(name)};
    if (put(w, who, c, json, &r, &why) < 0)
        fail_msg("%s: %s", name, problem_text(w, &why));
    return r.items[0].rev;
}

/* The change must be refused with this error, code and (where it is about a field) pointer, and leave no event. */
static void refused_change(struct world *w, const struct actor *who, struct change c, const char *json, int err,
                           const char *code, const char *pointer)
{
    struct write_result r;
    struct problem why;
    int64_t seq = now_seq(w);
    int got = put(w, who, c, json, &r, &why);
    const char *text = problem_text(w, &why);
    if (got != err)
        fail_msg("wanted %s, got %d: %s", err_name(err), got, text);
    if (pointer != NULL) {
        for (const struct problem_item *i = why.items; i != NULL; i = i->next) {
            if (str_is(i->place, pointer) && strcmp(message_code(i->message), code) == 0) {
                assert_int_equal(now_seq(w), seq);
                return;
            }
        }
        fail_msg("wanted %s at %s, got: %s", code, pointer, text);
    }
    if (strcmp(message_code(why.message), code) != 0)
        fail_msg("wanted %s, got: %s", code, text);
    assert_int_equal(now_seq(w), seq);
}

static void refused(struct world *w, const struct actor *who, const char *type, const char *json, int err,
                    const char *code, const char *pointer)
{
    refused_change(w, who, (struct change){.op = CHANGE_CREATE, .type = str_of(type)}, json, err, code, pointer);
}

static void refused_update(struct world *w, const struct actor *who, const char *type, struct str id, const char *json,
                           int err, const char *code, const char *pointer)
{
    refused_change(w, who, (struct change){.op = CHANGE_UPDATE, .type = str_of(type), .id = id}, json, err, code,
                   pointer);
}

static void refused_move(struct world *w, const struct actor *who, const char *type, struct str id, const char *name,
                         const char *json, int err, const char *code, const char *pointer)
{
    refused_change(w, who,
                   (struct change){.op = CHANGE_TRANSITION, .type = str_of(type), .id = id, .transition = str_of(name)},
                   json, err, code, pointer);
}

/* ---- Values ---- */

static void every_kind_of_value_comes_back_as_it_was_sent(void **state)
{
    struct world *w = *state;
    struct str friend = make(w, &w->clerk, "note", "{\"subject\":\"f\"}");
    const char *json =
        arena_fmt(&w->a,
                  "{\"subject\":\"a\",\"code\":\"c-1\",\"body\":\"long\",\"pieces\":7,\"weight\":\"1.250\","
                  "\"price\":{\"amount\":\"-12.50\",\"currency\":\"USD\"},\"share\":\"0.2500\",\"done\":true,"
                  "\"due\":\"2026-11-25\",\"at\":\"2026-11-25T08:00:00.123Z\",\"spent\":5400000,\"mood\":\"bad\","
                  "\"moods\":[\"mixed\",\"good\"],\"marks\":[\"x\",\"y\"],\"friends\":[\"%.*s\"],"
                  "\"about\":{\"type\":\"note\",\"id\":\"%.*s\"},\"raw\":{\"k\":[1,null,\"z\"]}}",
                  STR_ARG(friend), STR_ARG(friend))
            .ptr;
    struct str id = make(w, &w->clerk, "note", json);
    struct value sent = parsed(w, json);
    for (size_t i = 0; i < sent.map.len; i++) {
        CLEANUP(buf_release) struct buf b = {0};
        buf_init(&b, 4096);
        json_write(&b, sent.map.values[i]);
        const char *name = arena_cstr(&w->a, sent.map.keys[i].s);
        assert_string_equal(shown(w, "note", id, name), arena_cstr(&w->a, buf_str(&b)));
    }
}

static void the_required_fields_alone_make_a_record_with_defaults_and_zeros(void **state)
{
    struct world *w = *state;
    struct record *r = load(w, "note", make(w, &w->clerk, "note", "{\"subject\":\"a\"}"));
    assert_string_equal(field_json(w, r, "mood"), "\"good\"");
    assert_string_equal(field_json(w, r, "done"), "false");
    assert_string_equal(field_json(w, r, "children"), "0");
    assert_string_equal(field_json(w, r, "double_weight"), "null");
    assert_true(str_eq(r->values[type_field(r->type, STR("owner"))->index].s, w->clerk.id));
    assert_int_equal(r->values[SYS_REV].i, 1);
    assert_true(str_eq(r->values[SYS_CREATED_BY].s, w->clerk.id));
    assert_true(str_is(r->values[SYS_COMPANY].s, COMPANY_ID));
}

static void a_null_empties_a_field_and_a_list(void **state)
{
    struct world *w = *state;
    struct str id = make(w, &w->clerk, "note", "{\"subject\":\"a\",\"pieces\":3,\"marks\":[\"x\"],\"mood\":null}");
    assert_string_equal(shown(w, "note", id, "mood"), "null");
    assert_int_equal(change(w, &w->clerk, "note", id, "{\"pieces\":null,\"marks\":[]}"), 2);
    struct record *r = load(w, "note", id);
    assert_int_equal(r->values[type_field(r->type, STR("pieces"))->index].kind, VALUE_NULL);
    assert_int_equal(r->values[type_field(r->type, STR("marks"))->index].kind, VALUE_NULL);
    assert_int_equal(query(w, "SELECT count(*) FROM m_note_marks"), 0);
}

static void a_derived_value_follows_its_own_record(void **state)
{
    struct world *w = *state;
    struct str id = make(w, &w->clerk, "note", "{\"subject\":\"a\",\"weight\":\"1.5\"}");
    assert_string_equal(shown(w, "note", id, "double_weight"), "\"3.000\"");
    change(w, &w->clerk, "note", id, "{\"weight\":\"-0.001\"}");
    assert_string_equal(shown(w, "note", id, "double_weight"), "\"-0.002\"");
}

static void a_count_follows_the_records_that_point_here(void **state)
{
    struct world *w = *state;
    struct str a = make(w, &w->clerk, "note", "{\"subject\":\"a\"}"),
               b = make(w, &w->clerk, "note", "{\"subject\":\"b\"}");
    struct str child =
        make(w, &w->clerk, "note", arena_fmt(&w->a, "{\"subject\":\"c\",\"parent_note\":\"%.*s\"}", STR_ARG(a)).ptr);
    assert_string_equal(shown(w, "note", a, "children"), "1");
    change(w, &w->clerk, "note", child, arena_fmt(&w->a, "{\"parent_note\":\"%.*s\"}", STR_ARG(b)).ptr);
    assert_string_equal(shown(w, "note", a, "children"), "0");
    assert_string_equal(shown(w, "note", b, "children"), "1");
    assert_int_equal(load(w, "note", b)->values[SYS_REV].i, 1);
}

static void bad_values_are_refused_at_their_pointers(void **state)
{
    struct world *w = *state;
    refused(w, &w->clerk, "note", "{}", ERR_INVALID, "required", "/subject");
    refused(w, &w->clerk, "note", "{\"subject\":null}", ERR_INVALID, "required", "/subject");
    refused(w, &w->clerk, "note", "{\"subject\":\"a\",\"nope\":1}", ERR_INVALID, "unknown_field", "/nope");
    refused(w, &w->clerk, "note", "{\"subject\":5}", ERR_INVALID, "wrong_type", "/subject");
    refused(w, &w->clerk, "note", "{\"subject\":\"123456789012345678901\"}", ERR_INVALID, "too_long", "/subject");
    refused(w, &w->clerk, "note", "{\"subject\":\"a\",\"pieces\":1001}", ERR_INVALID, "out_of_range", "/pieces");
    refused(w, &w->clerk, "note", "{\"subject\":\"a\",\"weight\":\"1.2345\"}", ERR_INVALID, "too_precise", "/weight");
    refused(w, &w->clerk, "note", "{\"subject\":\"a\",\"mood\":\"so\"}", ERR_INVALID, "not_an_option", "/mood");
    refused(w, &w->clerk, "note", "{\"subject\":\"a\",\"price\":{\"amount\":\"1\",\"currency\":\"XXQ\"}}", ERR_INVALID,
            "bad_currency", "/price");
    refused(w, &w->clerk, "nothing", "{}", ERR_NOT_FOUND, "unknown_type", NULL);
    refused(w, &w->clerk, "budget_line", "{\"name\":\"x\"}", ERR_NOT_FOUND, "unknown_type", NULL);
}

static void several_mistakes_are_told_at_once(void **state)
{
    struct world *w = *state;
    struct write_result r;
    struct problem why;
    struct change c = {.op = CHANGE_CREATE, .type = STR("note")};
    assert_int_equal(put(w, &w->clerk, c, "{\"pieces\":\"x\",\"nope\":1}", &r, &why), ERR_INVALID);
    assert_int_equal(why.items_count, 3);
}

static void what_the_system_keeps_can_not_be_written(void **state)
{
    struct world *w = *state;
    static const char *const fields[] = {"id",         "rev",        "number",   "state", "company",
                                         "created_at", "created_by", "archived", "origin"};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        refused(w, &w->clerk, "note", arena_fmt(&w->a, "{\"subject\":\"a\",\"%s\":null}", fields[i]).ptr, ERR_INVALID,
                "read_only", arena_fmt(&w->a, "/%s", fields[i]).ptr);
    refused(w, &w->clerk, "note", "{\"subject\":\"a\",\"inner\":\"x\"}", ERR_INVALID, "read_only", "/inner");
    refused(w, &w->clerk, "note", "{\"subject\":\"a\",\"double_weight\":\"1\"}", ERR_INVALID, "read_only",
            "/double_weight");
    refused(w, &w->clerk, "note", "{\"subject\":\"a\",\"salary\":1}", ERR_FORBIDDEN, "no_right_field", "/salary");
}

static void a_flow_may_write_read_only_fields_but_never_derived_ones(void **state)
{
    struct world *w = *state;
    struct write_result r;
    struct problem why;
    struct actor flow = {.id = STR("01900000-0000-7000-8000-0000000000fe"),
                         .name = STR("flow"),
                         .company = STR(COMPANY_ID),
                         .roles = (struct str[]){STR("flow")},
                         .roles_len = 1};
    struct change c = {
        .op = CHANGE_CREATE, .type = STR("note"), .values = parsed(w, "{\"subject\":\"a\",\"inner\":\"x\"}")};
    assert_int_equal(write_one(w, &flow, MODE_FLOW, &c, &r, &why), 0);
    assert_string_equal(shown(w, "note", r.items[0].id, "inner"), "\"x\"");
    c.values = parsed(w, "{\"subject\":\"a\",\"double_weight\":\"1\"}");
    assert_int_equal(write_one(w, &flow, MODE_FLOW, &c, &r, &why), ERR_INVALID);
    c = (struct change){.op = CHANGE_CREATE, .type = STR("budget"), .values = parsed(w, "{\"title\":\"a\"}")};
    assert_int_equal(write_one(w, &flow, MODE_FLOW, &c, &r, &why), ERR_FORBIDDEN);
}

static void links_must_lead_to_what_the_writer_may_see(void **state)
{
    struct world *w = *state;
    const char *nowhere = "{\"subject\":\"a\",\"parent_note\":\"01900000-0000-7000-8000-00000000dead\"}";
    refused(w, &w->clerk, "note", nowhere, ERR_INVALID, "link_to_nothing", "/parent_note");
    struct str task = make(w, &w->clerk, "task", "{\"subject\":\"secret\"}");
    struct str mine =
        make(w, &w->reader, "task",
             arena_fmt(&w->a, "{\"subject\":\"m\",\"assignee\":\"%.*s\"}", STR_ARG(w->reader.employee)).ptr);
    const char *link = "{\"subject\":\"c\",\"task\":\"%.*s\"}";
    struct actor half = w->clerk;
    half.roles = (struct str[]){STR("boss")};
    struct str claim = make(w, &w->clerk, "claim", "{\"subject\":\"c\"}");
    (void)mine;
    half.id = w->boss.id;
    half.employee = w->boss.employee;
    refused_update(w, &half, "claim", claim, arena_fmt(&w->a, "{\"task\":\"%.*s\"}", STR_ARG(task)).ptr, ERR_INVALID,
                   "link_to_nothing", "/task");
    (void)link;
    /* Of another company. */
    struct actor abroad = w->system;
    abroad.company = STR(OTHER_COMPANY_ID);
    struct str foreign = create_as(w, &abroad, "note", STR_NULL, "{\"subject\":\"far\"}");
    refused(w, &w->clerk, "note", arena_fmt(&w->a, "{\"subject\":\"a\",\"friends\":[\"%.*s\"]}", STR_ARG(foreign)).ptr,
            ERR_INVALID, "link_to_nothing", "/friends");
    refused(w, &w->clerk, "note",
            arena_fmt(&w->a, "{\"subject\":\"a\",\"about\":{\"type\":\"note\",\"id\":\"%.*s\"}}", STR_ARG(foreign)).ptr,
            ERR_INVALID, "link_to_nothing", "/about");
}

static void a_unique_value_is_unique_within_its_company(void **state)
{
    struct world *w = *state;
    struct str id = make(w, &w->clerk, "note", "{\"subject\":\"a\",\"code\":\"1\"}");
    refused(w, &w->clerk, "note", "{\"subject\":\"b\",\"code\":\"1\"}", ERR_INVALID, "not_unique", "/code");
    change(w, &w->clerk, "note", id, "{\"code\":\"1\",\"pieces\":1}");
    struct actor abroad = w->system;
    abroad.company = STR(OTHER_COMPANY_ID);
    create_as(w, &abroad, "note", STR_NULL, "{\"subject\":\"far\",\"code\":\"1\"}");
}

/* ---- Revisions ---- */

static void a_stale_revision_changes_nothing(void **state)
{
    struct world *w = *state;
    struct str id = make(w, &w->clerk, "note", "{\"subject\":\"a\"}");
    assert_int_equal(change(w, &w->clerk, "note", id, "{\"pieces\":1}"), 2);
    struct change c = {.op = CHANGE_UPDATE, .type = STR("note"), .id = id, .expected_rev = 1};
    refused_change(w, &w->clerk, c, "{\"pieces\":2}", ERR_STALE, "revision_stale", NULL);
    assert_string_equal(shown(w, "note", id, "pieces"), "1");
    c.expected_rev = 2;
    struct write_result r;
    struct problem why;
    assert_int_equal(put(w, &w->clerk, c, "{\"pieces\":2}", &r, &why), 0);
    assert_int_equal(r.items[0].rev, 3);
}

static void a_change_to_the_same_values_writes_nothing(void **state)
{
    struct world *w = *state;
    const char *json = "{\"subject\":\"a\",\"pieces\":1,\"marks\":[\"x\"],\"weight\":\"1.50\",\"token\":\"s\"}";
    struct str id = make(w, &w->clerk, "note", json);
    int64_t seq = now_seq(w);
    struct write_result r;
    struct problem why;
    struct change c = {.op = CHANGE_UPDATE, .type = STR("note"), .id = id};
    assert_int_equal(put(w, &w->clerk, c, json, &r, &why), 0);
    assert_false(r.items[0].changed);
    assert_int_equal(r.items[0].rev, 1);
    assert_true(str_empty(r.items[0].event_id));
    assert_int_equal(now_seq(w), seq);
}

/* ---- Rights ---- */

static void rights_hold_for_types_and_rows(void **state)
{
    struct world *w = *state;
    struct str id = make(w, &w->clerk, "note", "{\"subject\":\"a\"}");
    refused(w, &w->reader, "note", "{\"subject\":\"a\"}", ERR_FORBIDDEN, "no_right", NULL);
    refused_update(w, &w->reader, "note", id, "{\"pieces\":1}", ERR_FORBIDDEN, "no_right", NULL);
    struct str task = make(w, &w->clerk, "task", "{\"subject\":\"hidden\"}");
    refused_update(w, &w->reader, "task", task, "{\"kind\":\"x\"}", ERR_NOT_FOUND, "not_found", NULL);
    refused_update(w, &w->clerk, "task", STR("01900000-0000-7000-8000-00000000dead"), "{}", ERR_NOT_FOUND, "not_found",
                   NULL);
    refused_update(w, &w->clerk, "task", STR("' OR 1=1"), "{}", ERR_NOT_FOUND, "not_found", NULL);
    /* He sees what he made, but may change only what is his to do. */
    struct str own =
        make(w, &w->reader, "task",
             arena_fmt(&w->a, "{\"subject\":\"m\",\"assignee\":\"%.*s\"}", STR_ARG(w->reader.employee)).ptr);
    change(w, &w->reader, "task", own, "{\"kind\":\"y\"}");
    refused_update(w, &w->reader, "task", own, "{\"assignee\":null}", ERR_FORBIDDEN, "no_right_row", NULL);
    change(w, &w->clerk, "task", own, "{\"assignee\":null}");
    refused_update(w, &w->reader, "task", own, "{\"kind\":\"z\"}", ERR_FORBIDDEN, "no_right_row", NULL);
    refused(w, &w->reader, "task", "{\"subject\":\"of nobody\"}", ERR_FORBIDDEN, "no_right_row", NULL);
}

static void a_record_of_another_company_is_not_there(void **state)
{
    struct world *w = *state;
    struct actor abroad = w->system;
    abroad.company = STR(OTHER_COMPANY_ID);
    struct str foreign = create_as(w, &abroad, "note", STR_NULL, "{\"subject\":\"far\"}");
    refused_update(w, &w->clerk, "note", foreign, "{\"pieces\":1}", ERR_NOT_FOUND, "not_found", NULL);
    refused_change(w, &w->clerk, (struct change){.op = CHANGE_DELETE, .type = STR("note"), .id = foreign}, NULL,
                   ERR_NOT_FOUND, "not_found", NULL);
}

static void a_token_does_no_more_than_its_scope(void **state)
{
    struct world *w = *state;
    struct actor token = w->clerk;
    token.read_only = true;
    refused(w, &token, "note", "{\"subject\":\"a\"}", ERR_FORBIDDEN, "no_scope", NULL);
    token.read_only = false;
    token.scopes = (struct str[]){STR("write:task")};
    token.scopes_len = 1;
    refused(w, &token, "note", "{\"subject\":\"a\"}", ERR_FORBIDDEN, "no_scope", NULL);
    make(w, &token, "task", "{\"subject\":\"a\"}");
}

static struct str jira_owns_the_subject(void *ctx, const struct type *type, struct str origin,
                                        const struct field *field, struct arena *a)
{
    (void)ctx, (void)type, (void)a;
    return str_is(origin, "pair-1") && str_is(field->name, "subject") ? STR("Jira") : STR_NULL;
}

static void a_field_that_belongs_outside_is_read_only_here(void **state)
{
    struct world *w = *state;
    struct write_result r;
    struct problem why;
    records_set_owner(w->rs, jira_owns_the_subject, NULL);
    struct change c = {
        .op = CHANGE_CREATE, .type = STR("task"), .origin = STR("pair-1"), .values = parsed(w, "{\"subject\":\"a\"}")};
    assert_int_equal(write_one(w, &w->system, MODE_ADOPT, &c, &r, &why), 0);
    struct str id = r.items[0].id;
    refused_update(w, &w->clerk, "task", id, "{\"subject\":\"b\"}", ERR_INVALID, "owned_outside", "/subject");
    change(w, &w->clerk, "task", id, "{\"remark\":\"b\"}");
    c = (struct change){.op = CHANGE_UPDATE, .type = STR("task"), .id = id, .values = parsed(w, "{\"subject\":\"b\"}")};
    assert_int_equal(write_one(w, &w->system, MODE_ADOPT, &c, &r, &why), 0);
    assert_true(r.items[0].changed);
}

/* ---- States ---- */

static void a_transition_needs_state_right_fields_and_guard(void **state)
{
    struct world *w = *state;
    struct str id = make(w, &w->clerk, "task", "{\"subject\":\"a\"}");
    refused_move(w, &w->clerk, "task", id, "nope", NULL, ERR_NOT_FOUND, "unknown_transition", NULL);
    refused_move(w, &w->clerk, "task", id, "finish", NULL, ERR_CONFLICT, "wrong_state", NULL);
    refused_move(w, &w->clerk, "task", id, "start", NULL, ERR_INVALID, "guard_failed", NULL);
    const char *assign = arena_fmt(&w->a, "{\"assignee\":\"%.*s\"}", STR_ARG(w->reader.employee)).ptr;
    /* A value that comes along counts for the guard, not for who may. */
    refused_move(w, &w->reader, "task", id, "start", assign, ERR_NOT_FOUND, "not_found", NULL);
    assert_int_equal(move(w, &w->clerk, "task", id, "start", assign), 2);
    assert_string_equal(shown(w, "task", id, "state"), "\"doing\"");
    refused_move(w, &w->clerk, "task", id, "finish", NULL, ERR_INVALID, "required", "/reason");
    refused_move(w, &w->reader, "task", id, "finish", "{\"reason\":\"r\"}", ERR_FORBIDDEN, "no_right", NULL);
    refused_update(w, &w->clerk, "task", id, "{\"kind\":\"late\"}", ERR_INVALID, "immutable", "/kind");
    assert_int_equal(move(w, &w->clerk, "task", id, "finish", "{\"reason\":\"r\"}"), 3);
    assert_string_not_equal(shown(w, "task", id, "closed_on"), "null");
}

static void who_may_decide_may_not_thereby_edit(void **state)
{
    struct world *w = *state;
    const char *json = arena_fmt(&w->a, "{\"subject\":\"a\",\"assignee\":\"%.*s\"}", STR_ARG(w->stranger.employee)).ptr;
    struct str id = make(w, &w->clerk, "task", json);
    refused_move(w, &w->stranger, "task", id, "start", "{\"remark\":\"mine\"}", ERR_FORBIDDEN, "no_right_field",
                 "/remark");
    assert_int_equal(move(w, &w->stranger, "task", id, "start", NULL), 2);
}

static void a_posted_document_never_changes(void **state)
{
    struct world *w = *state;
    struct str id = make(w, &w->clerk, "task",
                         arena_fmt(&w->a, "{\"subject\":\"a\",\"assignee\":\"%.*s\"}", STR_ARG(w->clerk.employee)).ptr);
    move(w, &w->clerk, "task", id, "start", NULL);
    move(w, &w->clerk, "task", id, "finish", "{\"reason\":\"r\"}");
    move(w, &w->clerk, "task", id, "file", NULL);
    refused_update(w, &w->clerk, "task", id, "{\"remark\":\"x\"}", ERR_CONFLICT, "posted", NULL);
}

static void the_state_is_not_a_value(void **state)
{
    struct world *w = *state;
    struct str id = make(w, &w->clerk, "task", "{\"subject\":\"a\"}");
    struct change c = {.op = CHANGE_UPDATE, .type = STR("task"), .id = id, .state = STR("done")};
    refused_change(w, &w->clerk, c, NULL, ERR_INVALID, "read_only", "/state");
}

/* ---- Deletion, archive ---- */

static void only_a_draft_that_nobody_refers_to_is_deleted(void **state)
{
    struct world *w = *state;
    struct str task =
        make(w, &w->clerk, "task",
             arena_fmt(&w->a, "{\"subject\":\"a\",\"assignee\":\"%.*s\"}", STR_ARG(w->clerk.employee)).ptr);
    struct str claim =
        make(w, &w->clerk, "claim", arena_fmt(&w->a, "{\"subject\":\"c\",\"task\":\"%.*s\"}", STR_ARG(task)).ptr);
    struct change del = {.op = CHANGE_DELETE, .type = STR("task"), .id = task};
    refused_change(w, &w->clerk, del, NULL, ERR_CONFLICT, "is_referred", NULL);
    struct change gone = {.op = CHANGE_DELETE, .type = STR("claim"), .id = claim};
    struct write_result r;
    struct problem why;
    assert_int_equal(put(w, &w->clerk, gone, NULL, &r, &why), 0);
    assert_null(load(w, "claim", claim));
    move(w, &w->clerk, "task", task, "start", NULL);
    refused_change(w, &w->clerk, del, NULL, ERR_CONFLICT, "not_deletable", NULL);
}

static void many_links_and_any_links_hold_a_record_too(void **state)
{
    struct world *w = *state;
    struct str a = make(w, &w->clerk, "note", "{\"subject\":\"a\"}");
    struct change del = {.op = CHANGE_DELETE, .type = STR("note"), .id = a};
    struct str b =
        make(w, &w->clerk, "note", arena_fmt(&w->a, "{\"subject\":\"b\",\"friends\":[\"%.*s\"]}", STR_ARG(a)).ptr);
    refused_change(w, &w->clerk, del, NULL, ERR_CONFLICT, "is_referred", NULL);
    change(w, &w->clerk, "note", b,
           arena_fmt(&w->a, "{\"friends\":[],\"about\":{\"type\":\"note\",\"id\":\"%.*s\"}}", STR_ARG(a)).ptr);
    refused_change(w, &w->clerk, del, NULL, ERR_CONFLICT, "is_referred", NULL);
    change(w, &w->clerk, "note", b, "{\"about\":null,\"marks\":[\"t\"]}");
    struct write_result r;
    struct problem why;
    assert_int_equal(put(w, &w->clerk, del, NULL, &r, &why), 0);
    del.id = b;
    assert_int_equal(put(w, &w->clerk, del, NULL, &r, &why), 0);
    assert_int_equal(query(w, "SELECT count(*) FROM m_note_marks"), 0);
}

static void an_archived_record_keeps_the_reason_in_its_history(void **state)
{
    struct world *w = *state;
    struct str id = make(w, &w->clerk, "note", "{\"subject\":\"a\"}");
    int64_t seq = now_seq(w);
    struct write_result r;
    struct problem why;
    struct change c = {.op = CHANGE_ARCHIVE, .type = STR("note"), .id = id, .note = STR("gone in Jira")};
    assert_int_equal(put(w, &w->clerk, c, NULL, &r, &why), 0);
    struct events *e = events_after(w, seq);
    assert_int_equal(e->len, 1);
    assert_true(str_is(e->items[0].type, "record.archived"));
    assert_true(str_find(e->items[0].changes, STR("gone in Jira"), 0) != SIZE_MAX);
    assert_string_equal(shown(w, "note", id, "archived"), "true");
    assert_int_equal(put(w, &w->clerk, c, NULL, &r, &why), 0);
    assert_false(r.items[0].changed);
}

/* ---- Secrets ---- */

struct open_arg {
    struct world *w;
    struct str id, secret;
};

static int open_secret(struct db_tx *tx, void *arg)
{
    struct open_arg *o = arg;
    const struct type *t = meta_type(o->w->meta, STR("note"));
    return record_secret(o->w->rs, tx, t, o->id, type_field(t, STR("token")), &o->w->a, &o->secret);
}

static void a_secret_is_sealed_in_the_table_and_absent_from_events(void **state)
{
    struct world *w = *state;
    int64_t seq = now_seq(w);
    struct open_arg o = {.w = w, .id = make(w, &w->clerk, "note", "{\"subject\":\"a\",\"token\":\"canary-123\"}")};
    assert_int_equal(query(w, "SELECT count(*) FROM r_note WHERE token LIKE '%canary%'"), 0);
    assert_int_equal(query(w, "SELECT count(*) FROM r_note WHERE token IS NOT NULL"), 1);
    struct events *e = events_after(w, seq);
    assert_true(str_find(e->items[0].changes, STR("token"), 0) == SIZE_MAX);
    assert_int_equal(db_read(w->db, open_secret, &o), 0);
    assert_true(str_is(o.secret, "canary-123"));
    assert_int_equal(change(w, &w->clerk, "note", o.id, "{\"token\":\"other\"}"), 2);
    assert_int_equal(db_read(w->db, open_secret, &o), 0);
    assert_true(str_is(o.secret, "other"));
    change(w, &w->clerk, "note", o.id, "{\"token\":null}");
    assert_int_equal(db_read(w->db, open_secret, &o), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
        T(every_kind_of_value_comes_back_as_it_was_sent),
        T(the_required_fields_alone_make_a_record_with_defaults_and_zeros),
        T(a_null_empties_a_field_and_a_list),
        T(a_derived_value_follows_its_own_record),
        T(a_count_follows_the_records_that_point_here),
        T(bad_values_are_refused_at_their_pointers),
        T(several_mistakes_are_told_at_once),
        T(what_the_system_keeps_can_not_be_written),
        T(a_flow_may_write_read_only_fields_but_never_derived_ones),
        T(links_must_lead_to_what_the_writer_may_see),
        T(a_unique_value_is_unique_within_its_company),
        T(a_stale_revision_changes_nothing),
        T(a_change_to_the_same_values_writes_nothing),
        T(rights_hold_for_types_and_rows),
        T(a_record_of_another_company_is_not_there),
        T(a_token_does_no_more_than_its_scope),
        T(a_field_that_belongs_outside_is_read_only_here),
        T(a_transition_needs_state_right_fields_and_guard),
        T(who_may_decide_may_not_thereby_edit),
        T(a_posted_document_never_changes),
        T(the_state_is_not_a_value),
        T(only_a_draft_that_nobody_refers_to_is_deleted),
        T(many_links_and_any_links_hold_a_record_too),
        T(an_archived_record_keeps_the_reason_in_its_history),
        T(a_secret_is_sealed_in_the_table_and_absent_from_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
