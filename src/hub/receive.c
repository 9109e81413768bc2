/* A message from outside: verified on its raw bytes, repeats dropped, stored with its job before it is answered. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"
#include "codec/text.h"
#include "hub/hub_internal.h"
#include "hub/hub_sql.h"

enum { DELIVERY_ID_LEN_MAX = 200, EVENT_NAME_LEN_MAX = 100 };

static struct str message_header(const struct hook_message *m, struct str name)
{
    for (size_t i = 0; i < m->headers_len; i++) {
        if (str_eq_nocase(m->headers[i].name, name))
            return m->headers[i].value;
    }
    return STR_NULL;
}

static struct str hash_text(struct str s, struct arena *a)
{
    uint8_t hash[HASH_BYTES];
    CLEANUP(buf_release) struct buf hex = {0};
    buf_init(&hex, 100);
    sha256(s, hash);
    hex_encode(str_n((const char *)hash, sizeof(hash)), &hex);
    return arena_str(a, buf_str(&hex));
}

static int verify_signature(const struct connection *c, struct str given, struct str body, struct problem *why)
{
    uint8_t mac[HASH_BYTES];
    CLEANUP(buf_release) struct buf expected = {0};
    hmac_sha256(c->secret, body, mac);
    buf_init(&expected, 1000);
    buf_add(&expected, c->connector->signature_prefix);
    hex_encode(str_n((const char *)mac, sizeof(mac)), &expected);
    return equal_constant_time(given, buf_str(&expected)) ? 0 : PROBLEM(why, BAD_SIGNATURE);
}

/* A signature counts before a secret in the address: who can sign must sign rightly. */
static int verify(const struct connection *c, const struct hook_message *m, struct problem *why)
{
    const struct connector *k = c->connector;
    struct str given = str_empty(k->signature_header) ? STR_NULL : message_header(m, k->signature_header);
    if (!c->on)
        return PROBLEM(why, CONNECTION_OFF, ARG("name", c->name));
    if (str_empty(c->secret))
        return PROBLEM(why, NO_SECRET, ARG("name", c->name));
    if (given.ptr != NULL)
        return verify_signature(c, given, m->body, why);
    if (!str_empty(m->secret) && k->address_secret)
        return equal_constant_time(m->secret, c->secret) ? 0 : PROBLEM(why, BAD_SIGNATURE);
    return PROBLEM(why, SIGNATURE_MISSING);
}

struct receive {
    struct hub *h;
    const struct hook_message *m;
    struct connection connection;
    struct actor actor;
    struct arena *a;
    struct problem *why;
    struct str delivery_id, hash, event, lane;
    struct hook_receipt receipt;
};

static int prepare(struct db_tx *tx, void *arg)
{
    struct receive *r = arg;
    return connection_get(r->h, tx, r->m->connection, true, r->a, &r->connection, r->why);
}

/* The name of the event and the lane; a message whose words are not there is stored all the same and found in the list.
 */
static int read_message(struct receive *r)
{
    struct inbound m;
    struct str record = STR("");
    const struct connector *c = r->connection.connector;
    int err = inbound_open(r->h, r->m->body, r->a, &m, r->why);
    if (err < 0)
        return err;
    r->event = STR("");
    if (inbound_text(&m, c->event, &r->event, NULL) == 0)
        r->event = utf8_cut(r->event, EVENT_NAME_LEN_MAX);
    if (c->record != NULL && inbound_text(&m, c->record, &record, NULL) < 0)
        record = STR("");
    r->lane =
        arena_fmt(r->a, "hook:%.*s:%.*s", STR_ARG(r->connection.id), STR_ARG(str_sub(record, 0, DELIVERY_ID_LEN_MAX)));
    return 0;
}

/* 1 where this delivery was seen before; then the receipt names the first one. */
static int is_repeat(struct db_tx *tx, struct receive *r, struct str delivery)
{
    struct db_stmt *st;
    int inserted = db_exec(tx, SQL_HUB_REPEAT_INSERT,
                           DB_VALUES(value_str(r->connection.id), value_str(r->delivery_id), value_int(clock_now_ms()),
                                     value_str(delivery)));
    if (inserted != 0)
        return inserted < 0 ? inserted : 0;
    int err = db_prepare(tx, SQL_HUB_REPEAT_GET, &st);
    if (err < 0)
        return err;
    db_bind_str(st, 1, r->connection.id);
    db_bind_str(st, 2, r->delivery_id);
    err = db_step(st);
    if (err > 0)
        r->receipt = (struct hook_receipt){.delivery = db_col_copy(st, 0, r->a), .repeat = true};
    db_done(st);
    return err;
}

static int store_record(struct db_tx *tx, struct receive *r, struct str id, struct write_result *result)
{
    const struct value keys[] = {value_str(STR("connection")), value_str(STR("delivery_id")), value_str(STR("event")),
                                 value_str(STR("body")), value_str(STR("body_hash"))};
    const struct value values[] = {value_str(r->connection.id), value_str(r->delivery_id), value_str(r->event),
                                   value_str(r->m->body), value_str(r->hash)};
    struct change change = {
        .op = CHANGE_CREATE,
        .type = STR("hook_delivery"),
        .id = id,
        .values = {.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = ARRAY_LEN(keys)}}};
    struct plan plan = {.actor = &r->actor,
                        .mode = MODE_FLOW,
                        .source = arena_fmt(r->a, "hook:%.*s", STR_ARG(r->connection.name)),
                        .changes = &change,
                        .changes_len = 1};
    return record_write_in(r->h->records, tx, &plan, r->a, result, r->why);
}

/* Messages of one outside record keep their order: its id is in the lane. */
static int store(struct db_tx *tx, void *arg)
{
    struct receive *r = arg;
    struct write_result result;
    struct str id = id_new_str(r->a);
    int err = is_repeat(tx, r, id);
    if (err != 0)
        return err < 0 ? err : 0;
    err = store_record(tx, r, id, &result);
    if (err < 0)
        return err;
    struct job_spec job = {.kind = STR("hook.process"),
                           .lane = r->lane,
                           .key = id,
                           .payload = arena_fmt(r->a, "{\"delivery\":\"%.*s\"}", STR_ARG(id)),
                           .cause = result.items[0].event_id};
    err = job_enqueue(r->h->jobs, tx, &job);
    if (err >= 0)
        err = db_exec(tx, SQL_HUB_REPEAT_PURGE, DB_VALUES(value_int(clock_now_ms() - HOOK_REPEAT_MS)));
    r->receipt = (struct hook_receipt){.delivery = id};
    return err < 0 ? err : 0;
}

/* The sender's id; one that is too long or no text by its hash, so that no other is taken for it. */
static struct str delivery_id(struct str given, struct str body_hash, struct arena *a)
{
    if (str_empty(given))
        return body_hash;
    return given.len <= DELIVERY_ID_LEN_MAX && utf8_valid(given) ? given : hash_text(given, a);
}

int hub_receive(struct hub *h, const struct hook_message *m, struct arena *a, struct hook_receipt *ret,
                struct problem *why)
{
    struct receive r = {.h = h, .m = m, .a = a, .why = why};
    int err = db_read(h->db, prepare, &r);
    if (err == 0)
        err = verify(&r.connection, m, why);
    if (err < 0)
        return err;
    if (str_empty(m->body))
        return PROBLEM(why, BODY_MISSING);
    if (!utf8_valid(m->body) || str_find_char(m->body, '\0') != SIZE_MAX)
        return PROBLEM(why, JSON_SYNTAX, ARG("line", STR("1")), ARG("column", STR("1")),
                       ARG("reason", STR("not UTF-8 text")));
    err = read_message(&r);
    if (err < 0)
        return err;
    r.hash = hash_text(m->body, a);
    struct str given = str_empty(r.connection.connector->delivery_header)
                           ? STR_NULL
                           : message_header(m, r.connection.connector->delivery_header);
    r.delivery_id = delivery_id(given, r.hash, a);
    err = record_service_actor(h->records, STR("sync"), r.connection.company, a, &r.actor);
    if (err == 0)
        err = db_write(h->db, store, &r);
    if (err < 0)
        return err;
    *ret = r.receipt;
    return 0;
}
