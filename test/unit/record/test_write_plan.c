/* Numbers, idempotency keys, whole plans, many writers on one budget, and a store that opens again. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "record/record.h"
#include "unit/record/claims.h"

/* ---- Numbers ---- */

static void numbers_count_by_company_and_year_of_the_companys_day(void **state)
{
    struct world *w = *state;
    struct value_time eve;
    assert_int_equal(time_parse(STR("2026-12-31T15:59:59Z"), &eve), 0);
    clock_set_for_test(eve.seconds * 1000);
    assert_string_equal(shown(w, "task", make(w, &w->clerk, "task", "{\"subject\":\"a\"}"), "number"),
                        "\"T-2026-0001\"");
    assert_string_equal(shown(w, "task", make(w, &w->clerk, "task", "{\"subject\":\"a\"}"), "number"),
                        "\"T-2026-0002\"");
    struct problem why;
    struct write_result r;
    assert_int_equal(
        run(w, &w->clerk, MODE_USER, (struct change){.op = CHANGE_CREATE, .type = STR("task")}, "{}", &r, &why),
        ERR_INVALID);
    clock_set_for_test(eve.seconds * 1000 + 1000); /* midnight in Shanghai */
    assert_string_equal(shown(w, "task", make(w, &w->clerk, "task", "{\"subject\":\"a\"}"), "number"),
                        "\"T-2027-0001\"");
    clock_set_for_test(eve.seconds * 1000);
    assert_string_equal(shown(w, "task", make(w, &w->clerk, "task", "{\"subject\":\"a\"}"), "number"),
                        "\"T-2026-0003\"");
    struct actor abroad = w->system;
    abroad.company = STR(OTHER_COMPANY_ID);
    assert_string_equal(shown(w, "task", create_as(w, &abroad, "task", STR_NULL, "{\"subject\":\"far\"}"), "number"),
                        "\"T-2026-0001\"");
}

/* ---- Keys ---- */

static int with_key(struct world *w, const struct actor *who, const char *key, const char *hash, const char *json,
                    struct write_result *r, struct problem *why)
{
    struct change c = {.op = CHANGE_CREATE, .type = STR("note"), .values = parsed(w, json)};
    struct plan plan = {.actor = who,
                        .mode = MODE_USER,
                        .source = STR("api"),
                        .changes = &c,
                        .changes_len = 1,
                        .key = str_of(key),
                        .key_hash = str_of(hash)};
    problem_init(why, &w->a);
    return record_write(w->rs, &plan, &w->a, r, why);
}

static void a_key_gives_one_record_and_one_answer_for_a_day(void **state)
{
    struct world *w = *state;
    struct write_result first, again;
    struct problem why;
    int64_t now = clock_now_ms();
    clock_set_for_test(now);
    assert_int_equal(with_key(w, &w->clerk, "k", "h", "{\"subject\":\"a\"}", &first, &why), 0);
    assert_false(first.replayed);
    assert_true(str_find(first.response, STR("\"subject\":\"a\""), 0) != SIZE_MAX);
    int64_t seq = now_seq(w);
    assert_int_equal(with_key(w, &w->clerk, "k", "h", "{\"subject\":\"a\"}", &again, &why), 0);
    assert_true(again.replayed);
    assert_true(str_eq(again.response, first.response));
    assert_true(str_eq(again.items[0].id, first.items[0].id));
    assert_int_equal(now_seq(w), seq);
    assert_int_equal(with_key(w, &w->clerk, "k", "other", "{\"subject\":\"b\"}", &again, &why), ERR_INVALID);
    assert_string_equal(message_code(why.message), "idempotency_key_reused");
    assert_int_equal(with_key(w, &w->admin, "k", "h", "{\"subject\":\"a\"}", &again, &why), 0);
    assert_false(again.replayed);
    clock_set_for_test(now + RECORD_IDEMPOTENCY_KEEP_MS + 1);
    assert_int_equal(with_key(w, &w->clerk, "k", "other", "{\"subject\":\"b\"}", &again, &why), 0);
    assert_false(again.replayed);
    assert_int_equal(query(w, "SELECT count(*) FROM idempotency"), 1);
}

static void a_refused_write_does_not_keep_its_key(void **state)
{
    struct world *w = *state;
    struct write_result r;
    struct problem why;
    assert_int_equal(with_key(w, &w->clerk, "k", "h", "{}", &r, &why), ERR_INVALID);
    assert_int_equal(with_key(w, &w->clerk, "k", "h2", "{\"subject\":\"a\"}", &r, &why), 0);
}

/* ---- Plans ---- */

static int refuse_all(struct db_tx *tx, void *arg)
{
    (void)tx;
    *(int *)arg += 1;
    return ERR_CONFLICT;
}

static void a_plan_is_all_or_nothing(void **state)
{
    struct world *w = *state;
    struct write_result r;
    struct problem why;
    int64_t seq = now_seq(w);
    struct change changes[] = {{.op = CHANGE_CREATE, .type = STR("note"), .values = parsed(w, "{\"subject\":\"a\"}")},
                               {.op = CHANGE_CREATE, .type = STR("note"), .values = parsed(w, "{}")}};
    struct plan plan = {
        .actor = &w->clerk, .mode = MODE_USER, .source = STR("api"), .changes = changes, .changes_len = 2};
    problem_init(&why, &w->a);
    assert_int_equal(record_write(w->rs, &plan, &w->a, &r, &why), ERR_INVALID);
    assert_int_equal(query(w, "SELECT count(*) FROM r_note"), 0);
    int called = 0;
    plan.changes_len = 1;
    plan.also = refuse_all;
    plan.arg = &called;
    assert_int_equal(record_write(w->rs, &plan, &w->a, &r, &why), ERR_CONFLICT);
    assert_true(called > 0);
    assert_int_equal(query(w, "SELECT count(*) FROM r_note"), 0);
    assert_int_equal(now_seq(w), seq);
}

/* ---- Many writers ---- */

enum { THREADS = 16, CLAIMS = 6 };

struct writer {
    struct world *w;
    struct str line;
    int number, good, refused, failed;
};

static int one_claim(struct writer *t, struct arena *a, const char *amount, struct str *ret)
{
    struct value v;
    struct problem why;
    struct write_result r;
    problem_init(&why, a);
    struct str json =
        arena_fmt(a,
                  "{\"subject\":\"c\",\"budget_line\":\"%.*s\",\"lines\":[{\"text\":\"t\",\"quantity\":\"1\",\"price\":"
                  "{\"amount\":\"%s\",\"currency\":\"CNY\"}}]}",
                  STR_ARG(t->line), amount);
    int err = json_parse(a, json, 32, &v, &why);
    struct change c = {.op = CHANGE_CREATE, .type = STR("claim"), .values = v};
    struct plan plan = {
        .actor = &t->w->clerk, .mode = MODE_USER, .source = STR("api"), .changes = &c, .changes_len = 1};
    if (err == 0)
        err = record_write(t->w->rs, &plan, a, &r, &why);
    if (err == 0)
        *ret = r.items[0].id;
    return err;
}

static int one_move(struct writer *t, struct arena *a, const struct actor *who, struct str id, const char *name)
{
    struct problem why;
    struct write_result r;
    problem_init(&why, a);
    struct change c = {.op = CHANGE_TRANSITION, .type = STR("claim"), .id = id, .transition = str_of(name)};
    struct plan plan = {.actor = who, .mode = MODE_USER, .source = STR("api"), .changes = &c, .changes_len = 1};
    return record_write(t->w->rs, &plan, a, &r, &why);
}

static void *writer_main(void *arg)
{
    struct writer *t = arg;
    for (int i = 0; i < CLAIMS; i++) {
        CLEANUP(arena_release) struct arena a = {0};
        struct str id = STR_NULL;
        arena_init(&a);
        int err = one_claim(t, &a, i % 2 ? "7.77" : "13.01", &id);
        if (err == 0)
            err = one_move(t, &a, &t->w->clerk, id, "submit");
        if (err == 0 && i % 3 != 2)
            err = one_move(t, &a, &t->w->boss, id, i % 3 ? "return" : "approve");
        t->good += err == 0;
        t->refused += err == ERR_CONFLICT;
        t->failed += err < 0 && err != ERR_CONFLICT;
    }
    return NULL;
}

static void sixteen_writers_on_one_budget_line_leave_exact_sums(void **state)
{
    struct world *w = *state;
    struct str b, line = budget(w, "400.00", &b);
    struct writer writers[THREADS];
    pthread_t threads[THREADS];
    int failed = 0, refused = 0;
    for (int i = 0; i < THREADS; i++) {
        writers[i] = (struct writer){.w = w, .line = line, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, writer_main, &writers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        failed += writers[i].failed;
        refused += writers[i].refused;
    }
    assert_int_equal(failed, 0);
    assert_true(refused > 0);
    int64_t reserved = query(w, "SELECT sum(amount) FROM r_commitment WHERE stage = 'reserved'");
    int64_t actual = query(w, "SELECT sum(amount) FROM r_commitment WHERE stage = 'actual'");
    const struct record *l = line_of(w, b);
    assert_int_equal(l->values[type_field(l->type, STR("reserved"))->index].money.minor, reserved);
    assert_int_equal(l->values[type_field(l->type, STR("actual"))->index].money.minor, actual);
    assert_int_equal(l->values[type_field(l->type, STR("available"))->index].money.minor, 40000 - reserved - actual);
    assert_true(reserved + actual <= 40000);
    assert_int_equal(query(w, "SELECT count(*) - count(DISTINCT number) FROM r_claim"), 0);
    assert_int_equal(l->values[type_field(l->type, STR("entries"))->index].i,
                     query(w, "SELECT count(*) FROM r_commitment"));
}

static void a_service_actor_is_made_once_and_has_its_role(void **state)
{
    struct world *w = *state;
    struct actor one, two;
    assert_int_equal(record_service_actor(w->rs, STR("sync"), STR(COMPANY_ID), &w->a, &one), 0);
    assert_int_equal(record_service_actor(w->rs, STR("sync"), STR(COMPANY_ID), &w->a, &two), 0);
    assert_true(str_eq(one.id, two.id));
    assert_true(actor_has_role(&one, STR("sync")));
    assert_string_equal(shown(w, "user", one.id, "service"), "true");
    assert_string_equal(shown(w, "user", one.id, "roles"), "[\"sync\"]");
}

static void the_store_opens_again_with_more_fields(void **state)
{
    struct world *w = *state;
    struct str id = make(w, &w->clerk, "note", "{\"subject\":\"kept\"}");
    const char *types[ARRAY_LEN(world_types)];
    struct meta *old = w->meta;
    for (size_t i = 0; i < ARRAY_LEN(world_types); i++) {
        types[i] = world_types[i];
        if (strncmp(types[i], "type: note\n", 11) == 0) {
            const char *at = strstr(types[i], "  subject:");
            types[i] = arena_fmt(&w->a, "%.*s  extra: {type: money}\n  more: {type: tags}\n%s", (int)(at - types[i]),
                                 types[i], at)
                           .ptr;
        }
    }
    world_close_store(w);
    world_load(w, types, ARRAY_LEN(types));
    meta_free(old);
    world_open_store(w);
    struct problem why;
    assert_int_equal(update(w, &w->clerk, "note", id,
                            "{\"extra\":{\"amount\":\"1.00\",\"currency\":\"CNY\"},\"more\":[\"x\"]}", &why),
                     0);
    assert_string_equal(shown(w, "note", id, "subject"), "\"kept\"");
    assert_string_equal(shown(w, "note", id, "extra"), "{\"amount\":\"1.00\",\"currency\":\"CNY\"}");
    assert_int_equal(query(w, "SELECT extra__base FROM r_note WHERE extra__cur = 'CNY'"), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
        T(numbers_count_by_company_and_year_of_the_companys_day),
        T(a_key_gives_one_record_and_one_answer_for_a_day),
        T(a_refused_write_does_not_keep_its_key),
        T(a_plan_is_all_or_nothing),
        T(sixteen_writers_on_one_budget_line_leave_exact_sums),
        T(a_service_actor_is_made_once_and_has_its_role),
        T(the_store_opens_again_with_more_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
