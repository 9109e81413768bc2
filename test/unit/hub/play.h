/*
 * A small company on the stage, and the means to send it messages and to ask what became of them.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_TEST_UNIT_HUB_PLAY_H
#define TANDEM_TEST_UNIT_HUB_PLAY_H

#include "codec/json.h"
#include "unit/hub/stage.h"

enum { PLAY_WAIT_MS = 20000, PLAY_WORKERS = 2 };
#define PLAY_COMPANY "01900000-0000-7000-8000-000000000001"
#define PLAY_FIXTURES "test/fixtures/jira/"

static inline struct actor play_system(void)
{
    return (struct actor){
        .id = STR("system"), .name = STR("system"), .company = STR(PLAY_COMPANY), .admin = true, .lang = LANG_EN};
}

static inline struct value play_json(struct stage *s, const char *json)
{
    struct value v;
    stage_ok(s, json, json_parse(&s->a, str_of(json), JSON_DEPTH_MAX, &v, &s->why));
    return v;
}

/* Makes a record as it is, without effects; returns its id. */
static inline const char *play_make(struct stage *s, const char *type, const char *id, const char *state,
                                    const char *json)
{
    struct actor actor = play_system();
    struct write_result result;
    struct change change = {.op = CHANGE_CREATE,
                            .type = str_of(type),
                            .id = id != NULL ? str_of(id) : STR_NULL,
                            .state = state != NULL ? str_of(state) : STR_NULL,
                            .values = play_json(s, json)};
    struct plan plan = {
        .actor = &actor, .mode = MODE_IMPORT, .source = STR("test"), .changes = &change, .changes_len = 1};
    stage_ok(s, json, record_write(s->records, &plan, &s->a, &result, &s->why));
    return arena_cstr(&s->a, result.items[0].id);
}

struct play_query {
    struct stage *s;
    const char *type;
    struct query_param params[2];
    size_t len;
    struct value answer;
};

static inline int play_list(struct db_tx *tx, void *arg)
{
    struct play_query *q = arg;
    CLEANUP(buf_release) struct buf out;
    struct actor actor = play_system();
    buf_init(&out, 8 << 20);
    int err = record_list(q->s->records, tx, &actor, meta_type(q->s->meta, str_of(q->type)), q->params, q->len,
                          &q->s->a, &out, &q->s->why);
    return err < 0 ? err : json_parse(&q->s->a, buf_str(&out), JSON_DEPTH_MAX, &q->answer, &q->s->why);
}

/* The records of a type for which a field has a text. */
static inline struct value_list play_find(struct stage *s, const char *type, const char *field, const char *text)
{
    struct play_query q = {.s = s, .type = type};
    if (field != NULL)
        q.params[q.len++] = (struct query_param){str_of(field), arena_fmt(&s->a, "eq.\"%s\"", text)};
    stage_ok(s, type, db_read(s->db, play_list, &q));
    return value_map_get(q.answer, STR("records"))->list;
}

static inline struct value play_one(struct stage *s, const char *type, const char *field, const char *text)
{
    struct value_list found = play_find(s, type, field, text);
    if (found.len != 1)
        fail_msg("%zu records of %s have %s %s", found.len, type, field, text);
    return found.items[0];
}

/* The value under a pointer as JSON text: "\"done\"", "null". */
static inline const char *play_at(struct stage *s, struct value record, const char *pointer)
{
    CLEANUP(buf_release) struct buf out;
    const struct value *v = json_pointer(&record, str_of(pointer));
    buf_init(&out, 1 << 20);
    json_write(&out, v != NULL ? *v : value_null());
    return arena_cstr(&s->a, buf_str(&out));
}

static inline void play_assert(struct stage *s, struct value record, const char *pointer, const char *json)
{
    const char *found = play_at(s, record, pointer);
    if (strcmp(found, json) != 0)
        fail_msg("%s is %s and not %s", pointer, found, json);
}

static inline int play_busy(struct db_tx *tx, void *arg)
{
    struct job_counts counts;
    int err = job_counts(tx, &counts);
    *(int64_t *)arg = counts.waiting + counts.leased;
    return err;
}

/* Until every message is processed and every flow has run. */
static inline void play_settle(struct stage *s)
{
    int64_t busy = 1, quiet = 0;
    for (int ms = 0; ms < PLAY_WAIT_MS && quiet < 3; ms += 10) {
        stage_ok(s, "counts", db_read(s->db, play_busy, &busy));
        quiet = busy == 0 && (!s->with_flows || flows_lag(s->flows) == 0) ? quiet + 1 : 0;
        (void)usleep(10000);
    }
    if (quiet == 0)
        fail_msg("%lld jobs and %lld events are left", (long long)busy, (long long)flows_lag(s->flows));
}

/* Sends the file as Jira would, signed; returns the delivery's record once it is processed. */
static inline struct value play_send(struct stage *s, const char *path, bool *ret_repeat)
{
    struct query_param *headers;
    struct hook_message m = {.connection = STR("jira"), .body = stage_read(&s->a, path)};
    struct hook_receipt receipt;
    stage_ok(s, "sign", hub_sign(s->hub, m.connection, m.body, &s->a, &headers, &m.headers_len, &s->why));
    for (size_t i = 0; i < m.headers_len; i++) { /* without an id of the delivery: the body's hash tells a repeat */
        if (str_is(headers[i].name, "X-Hub-Signature"))
            headers[0] = headers[i];
    }
    m.headers_len = 1;
    m.headers = headers;
    stage_ok(s, path, hub_receive(s->hub, &m, &s->a, &receipt, &s->why));
    if (ret_repeat != NULL)
        *ret_repeat = receipt.repeat;
    play_settle(s);
    return play_one(s, "hook_delivery", "id", arena_cstr(&s->a, receipt.delivery));
}

static inline void play_open(struct stage *s, bool with_flows)
{
    struct actor actor = play_system();
    stage_open(s);
    play_make(s, "company", PLAY_COMPANY, NULL, "{\"code\":\"T\",\"title\":\"Test\",\"currency\":\"CNY\"}");
    const char *connection =
        play_make(s, "connection", NULL, NULL,
                  "{\"name\":\"jira\",\"connector\":\"jira\",\"mapping\":\"jira_work\",\"on\":true}");
    const char *liu = play_make(s, "employee", NULL, NULL, "{\"name\":\"Liu Siyuan\"}");
    play_make(s, "identity", NULL, NULL,
              arena_fmt(&s->a,
                        "{\"connection\":\"%s\",\"account\":\"557058:6f0c1a52-2f7e-4d0b-9a44-3b1de1c0a102\","
                        "\"title\":\"Liu\",\"employee\":\"%s\"}",
                        connection, liu)
                  .ptr);
    stage_ok(s, "secret", hub_set_secret(s->hub, &actor, STR("jira"), STR("a secret of this test"), &s->why));
    stage_ok(s, "workers", jobs_start(s->jobs, PLAY_WORKERS));
    if (with_flows)
        stage_ok(s, "consumer", flows_start(s->flows));
    s->with_flows = with_flows;
}

static inline void play_close(struct stage *s)
{
    flows_stop(s->flows);
    jobs_stop(s->jobs);
    stage_close(s);
}

#endif
