/* The door for messages: who may send, what is a repeat, whose a field is, and which record is which. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/hub/play.h"

#define SECRET "a secret of this test"

static struct stage s;

static int setup(void **state)
{
    (void)state;
    play_open(&s, false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    play_close(&s);
    return 0;
}

static int send(const char *secret, const struct query_param *headers, size_t len, struct str body,
                struct hook_receipt *ret)
{
    struct hook_message m = {.connection = STR("jira"),
                             .secret = secret != NULL ? str_of(secret) : STR_NULL,
                             .headers = headers,
                             .headers_len = len,
                             .body = body};
    problem_init(&s.why, &s.a);
    return hub_receive(s.hub, &m, &s.a, ret, &s.why);
}

static size_t deliveries(void)
{
    return play_find(&s, "hook_delivery", NULL, NULL).len;
}

#define refused(call, error, sentence)                                                                                 \
    do {                                                                                                               \
        assert_int_equal((call), (error));                                                                             \
        assert_int_equal(s.why.message, MSG_##sentence);                                                               \
    } while (0)

static void what_is_not_signed_rightly_is_refused_and_not_kept(void **state)
{
    (void)state;
    struct hook_receipt receipt;
    const struct str body = STR("{\"webhookEvent\":\"x\"}");
    struct query_param *headers;
    size_t len;
    refused(send(NULL, NULL, 0, body, &receipt), ERR_UNAUTHENTICATED, SIGNATURE_MISSING);
    refused(send("wrong", NULL, 0, body, &receipt), ERR_UNAUTHENTICATED, BAD_SIGNATURE);
    stage_ok(&s, "sign", hub_sign(s.hub, STR("jira"), body, &s.a, &headers, &len, &s.why));
    refused(send(NULL, headers, len, STR("{\"webhookEvent\":\"y\"}"), &receipt), ERR_UNAUTHENTICATED, BAD_SIGNATURE);
    struct query_param empty = {STR("X-Hub-Signature"), STR("")};
    refused(send(SECRET, &empty, 1, body, &receipt), ERR_UNAUTHENTICATED, BAD_SIGNATURE);
    struct query_param bare = {STR("X-Hub-Signature"), STR("sha256=")};
    refused(send(SECRET, &bare, 1, body, &receipt), ERR_UNAUTHENTICATED, BAD_SIGNATURE);
    assert_int_equal(deliveries(), 0);
}

static void a_sender_that_can_not_sign_may_carry_the_secret_in_the_address(void **state)
{
    (void)state;
    struct hook_receipt receipt;
    assert_int_equal(send(SECRET, NULL, 0, STR("{\"webhookEvent\":\"x\"}"), &receipt), 0);
    assert_false(receipt.repeat);
    play_settle(&s);
    assert_int_equal(deliveries(), 1);
}

static void what_is_no_text_or_no_object_is_refused(void **state)
{
    (void)state;
    struct hook_receipt receipt;
    const struct str bodies[] = {STR("\xff"), str_n("{}\0", 3), STR("[1]"), STR("{")};
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
        assert_int_equal(send(SECRET, NULL, 0, bodies[i], &receipt), ERR_MALFORMED);
    assert_int_equal(send(SECRET, NULL, 0, str_n(NULL, 0), &receipt), ERR_MALFORMED);
    assert_int_equal(deliveries(), 0);
}

static void a_repeat_is_told_by_the_senders_id_else_by_the_body(void **state)
{
    (void)state;
    struct hook_receipt one, two;
    struct query_param id = {STR("x-atlassian-webhook-identifier"), STR("77")};
    assert_int_equal(send(SECRET, NULL, 0, STR("{\"webhookEvent\":\"x\"}"), &one), 0);
    assert_int_equal(send(SECRET, NULL, 0, STR("{\"webhookEvent\":\"x\"}"), &two), 0);
    assert_true(two.repeat);
    assert_true(str_eq(one.delivery, two.delivery));
    assert_int_equal(send(SECRET, NULL, 0, STR("{\"webhookEvent\":\"x\" }"), &two), 0);
    assert_false(two.repeat);
    assert_int_equal(send(SECRET, &id, 1, STR("{\"webhookEvent\":\"y\"}"), &one), 0);
    assert_false(one.repeat);
    assert_int_equal(send(SECRET, &id, 1, STR("{\"webhookEvent\":\"z\"}"), &two), 0);
    assert_true(two.repeat);
    play_settle(&s);
    assert_int_equal(deliveries(), 3);
}

static void words_that_are_too_long_are_cut_between_characters_and_the_message_is_kept(void **state)
{
    (void)state;
    struct hook_receipt receipt;
    CLEANUP(buf_release) struct buf body = {0};
    buf_init(&body, 1 << 20);
    buf_add_cstr(&body, "{\"webhookEvent\":\"ab");
    for (int i = 0; i < 400; i++)
        buf_add_cstr(&body, "事");
    buf_add_cstr(&body, "\"}");
    assert_int_equal(send(SECRET, NULL, 0, buf_str(&body), &receipt), 0);
    play_settle(&s);
    assert_int_equal(deliveries(), 1);
}

static void ids_that_are_long_or_no_text_are_still_told_apart(void **state)
{
    (void)state;
    struct hook_receipt receipt;
    static char text[3][301];
    for (int i = 0; i < 3; i++) {
        memset(text[i], 'a', 300);
        text[i][299] = (char)('0' + i);
    }
    text[2][0] = '\xff';
    for (int again = 0; again < 2; again++) {
        for (int i = 0; i < 3; i++) {
            struct query_param id = {STR("X-Atlassian-Webhook-Identifier"), str_of(text[i])};
            assert_int_equal(send(SECRET, &id, 1, STR("{\"webhookEvent\":\"x\"}"), &receipt), 0);
            assert_int_equal(receipt.repeat, again == 1);
        }
    }
    play_settle(&s);
    assert_int_equal(deliveries(), 3);
}

static void a_repeat_after_a_week_is_new(void **state)
{
    (void)state;
    struct hook_receipt receipt;
    int64_t now = clock_now_ms();
    clock_set_for_test(now);
    assert_int_equal(send(SECRET, NULL, 0, STR("{\"webhookEvent\":\"x\"}"), &receipt), 0);
    clock_set_for_test(now + HOOK_REPEAT_MS - 1);
    assert_int_equal(send(SECRET, NULL, 0, STR("{\"webhookEvent\":\"x\"}"), &receipt), 0);
    assert_true(receipt.repeat);
    clock_set_for_test(now + HOOK_REPEAT_MS + 1);
    assert_int_equal(send(SECRET, NULL, 0, STR("{\"webhookEvent\":\"other\"}"), &receipt), 0); /* sweeps */
    assert_int_equal(send(SECRET, NULL, 0, STR("{\"webhookEvent\":\"x\"}"), &receipt), 0);
    assert_false(receipt.repeat);
    clock_set_for_test(0); /* the jobs are due in that week: nothing here waits for them */
}

static void a_connection_that_is_not_there_or_off_or_has_no_secret_takes_nothing(void **state)
{
    (void)state;
    struct hook_receipt receipt;
    struct hook_message m = {.connection = STR("nobody"), .body = STR("{}")};
    problem_init(&s.why, &s.a);
    refused(hub_receive(s.hub, &m, &s.a, &receipt, &s.why), ERR_NOT_FOUND, NO_CONNECTION);
    play_make(&s, "connection", NULL, NULL, "{\"name\":\"bare\",\"connector\":\"jira\",\"on\":true}");
    play_make(&s, "connection", NULL, NULL, "{\"name\":\"off\",\"connector\":\"jira\",\"on\":false}");
    m.connection = STR("bare");
    problem_init(&s.why, &s.a);
    refused(hub_receive(s.hub, &m, &s.a, &receipt, &s.why), ERR_CONFLICT, NO_SECRET);
    m.connection = STR("off");
    problem_init(&s.why, &s.a);
    refused(hub_receive(s.hub, &m, &s.a, &receipt, &s.why), ERR_CONFLICT, CONNECTION_OFF);
}

/* ---- Whose is it ---- */

static int edit(const char *id, const char *json)
{
    struct actor actor = play_system();
    struct write_result result;
    struct change change = {.op = CHANGE_UPDATE, .type = STR("task"), .id = str_of(id), .values = play_json(&s, json)};
    struct plan plan = {.actor = &actor, .mode = MODE_USER, .source = STR("api"), .changes = &change, .changes_len = 1};
    problem_init(&s.why, &s.a);
    return record_write(s.records, &plan, &s.a, &result, &s.why);
}

static void the_fields_of_a_mirrored_record_belong_where_the_mapping_says(void **state)
{
    (void)state;
    (void)play_send(&s, PLAY_FIXTURES "campaign-created.json", NULL);
    struct value task = play_one(&s, "task", "outside_key", "DTF-301");
    const char *id = arena_cstr(&s.a, value_map_get(task, STR("id"))->s);
    assert_int_equal(edit(id, "{\"subject\":\"mine\"}"), ERR_INVALID);
    assert_non_null(s.why.items);
    assert_int_equal(s.why.items->message, MSG_OWNED_OUTSIDE);
    assert_true(str_is(s.why.items->place, "/subject"));
    const char *own = play_make(&s, "task", NULL, NULL, "{\"subject\":\"ours\"}");
    assert_int_equal(edit(own, "{\"subject\":\"mine\"}"), 0);
}

struct pair_query {
    struct str connection, outside_id, record;
    struct pair pair;
};

static int by_outside(struct db_tx *tx, void *arg)
{
    struct pair_query *q = arg;
    return hub_pair_by_outside(s.hub, tx, q->connection, STR("issue"), q->outside_id, &s.a, &q->pair);
}

static int by_record(struct db_tx *tx, void *arg)
{
    struct pair_query *q = arg;
    return hub_pair_by_record(s.hub, tx, q->record, &s.a, &q->pair);
}

static void a_pair_is_found_from_both_sides(void **state)
{
    (void)state;
    struct hub_adoption ad = {.connection = STR("jira"), .entity = STR("issue"), .outside_id = STR("4711")};
    stage_ok(&s, "begin", hub_adoption_begin(s.hub, &ad, &s.a, &s.why));
    assert_true(str_starts(ad.origin, STR("jira_work:issue:")));
    assert_true(str_ends(ad.origin, ad.pair));
    const char *own = play_make(&s, "task", NULL, NULL, "{\"subject\":\"adopted\"}");
    assert_int_equal(hub_adoption_end(s.hub, &ad, STR("task"), str_of(own)), 0);
    struct pair_query q = {.connection = ad.connection_id, .outside_id = STR("4711"), .record = str_of(own)};
    assert_int_equal(db_read(s.db, by_outside, &q), 0);
    assert_true(str_is(q.pair.record, own));
    assert_int_equal(db_read(s.db, by_record, &q), 0);
    assert_true(str_is(q.pair.outside_id, "4711"));
    assert_true(str_eq(q.pair.id, ad.pair));
    assert_int_equal(hub_adoption_end(s.hub, &ad, STR("task"), str_of(own)), ERR_EXISTS); /* once */
    q.outside_id = STR("4712");
    q.record = ad.pair;
    assert_int_equal(db_read(s.db, by_outside, &q), ERR_NOT_FOUND);
    assert_int_equal(db_read(s.db, by_record, &q), ERR_NOT_FOUND);
    ad.entity = STR("nothing");
    problem_init(&s.why, &s.a);
    assert_int_equal(hub_adoption_begin(s.hub, &ad, &s.a, &s.why), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_not_signed_rightly_is_refused_and_not_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(a_sender_that_can_not_sign_may_carry_the_secret_in_the_address, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_no_text_or_no_object_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_repeat_is_told_by_the_senders_id_else_by_the_body, setup, teardown),
        cmocka_unit_test_setup_teardown(words_that_are_too_long_are_cut_between_characters_and_the_message_is_kept,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(ids_that_are_long_or_no_text_are_still_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(a_repeat_after_a_week_is_new, setup, teardown),
        cmocka_unit_test_setup_teardown(a_connection_that_is_not_there_or_off_or_has_no_secret_takes_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_fields_of_a_mirrored_record_belong_where_the_mapping_says, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pair_is_found_from_both_sides, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
