/* Connections: a connector, an address, a sealed secret; and signing as their senders do. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/text.h"
#include "hub/hub_internal.h"
#include "hub/hub_sql.h"

static struct value connection_value(const struct record *r, const char *name)
{
    const struct field *f = type_field(r->type, str_of(name));
    return f != NULL ? r->values[f->index] : value_null();
}

static struct str connection_text(const struct record *r, const char *name)
{
    struct value v = connection_value(r, name);
    return v.kind == VALUE_STRING ? v.s : STR_NULL;
}

static int connection_id(struct db_tx *tx, struct str name, struct arena *a, struct str *ret)
{
    struct db_stmt *st;
    int err = db_prepare(tx, SQL_HUB_CONNECTION_BY_NAME, &st);
    if (err < 0)
        return err;
    db_bind_str(st, 1, name);
    err = db_step(st);
    if (err > 0)
        *ret = db_col_copy(st, 0, a);
    db_done(st);
    return err > 0 ? 0 : err < 0 ? err : ERR_NOT_FOUND;
}

/* The mapping that the connection names, else the first one for its connector. */
static const struct mapping *connection_mapping(const struct hub *h, struct str name, const struct connector *c)
{
    const struct mapping *m = hub_mapping(h, name);
    for (size_t i = 0; m == NULL && str_empty(name) && i < h->mappings_len; i++) {
        if (h->mappings[i]->connector == c)
            m = h->mappings[i];
    }
    return m;
}

int connection_get(struct hub *h, struct db_tx *tx, struct str name, bool with_secret, struct arena *a,
                   struct connection *ret, struct problem *why)
{
    const struct type *t = meta_type(h->meta, STR("connection"));
    struct connection c = {0};
    struct record *r;
    int err = connection_id(tx, name, a, &c.id);
    if (err == ERR_NOT_FOUND)
        return PROBLEM(why, NO_CONNECTION, ARG("name", str_sub(name, 0, 60)));
    if (err == 0)
        err = record_get(h->records, tx, NULL, t, c.id, a, &r);
    if (err < 0)
        return err;
    struct value on = connection_value(r, "on");
    c.name = connection_text(r, "name");
    c.company = record_value(r, SYS_COMPANY).s;
    c.on = on.kind != VALUE_BOOL || on.b;
    c.connector = hub_connector(h, connection_text(r, "connector"));
    if (c.connector == NULL)
        return PROBLEM(why, MODEL_UNKNOWN, ARG("kind", STR("connector")), ARG("name", connection_text(r, "connector")),
                       ARG("known", STR("see connectors/")));
    c.mapping = connection_mapping(h, connection_text(r, "mapping"), c.connector);
    if (with_secret) {
        err = record_secret(h->records, tx, t, c.id, type_field(t, STR("secret")), a, &c.secret);
        if (err == ERR_NOT_FOUND)
            err = 0;
    }
    if (err == 0)
        *ret = c;
    return err;
}

struct secret_work {
    struct hub *h;
    struct str connection;
    struct arena *a;
    struct problem *why;
    struct connection found;
};

static int find_in_tx(struct db_tx *tx, void *arg)
{
    struct secret_work *w = arg;
    return connection_get(w->h, tx, w->connection, true, w->a, &w->found, w->why);
}

int hub_set_secret(struct hub *h, const struct actor *actor, struct str connection, struct str secret,
                   struct problem *why)
{
    CLEANUP(arena_release) struct arena a = {0};
    struct write_result result;
    arena_init(&a);
    struct secret_work w = {.h = h, .connection = connection, .a = &a, .why = why};
    int err = db_read(h->db, find_in_tx, &w);
    if (err < 0)
        return err;
    const struct value key = value_str(STR("secret")), value = value_str(secret);
    struct change change = {.op = CHANGE_UPDATE,
                            .type = STR("connection"),
                            .id = w.found.id,
                            .values = {.kind = VALUE_MAP, .map = {.keys = &key, .values = &value, .len = 1}}};
    struct plan plan = {.actor = actor, .mode = MODE_USER, .source = STR("cli"), .changes = &change, .changes_len = 1};
    return record_write(h->records, &plan, &a, &result, why);
}

int hub_sign(struct hub *h, struct str connection, struct str body, struct arena *a, struct query_param **ret,
             size_t *ret_len, struct problem *why)
{
    struct secret_work w = {.h = h, .connection = connection, .a = a, .why = why};
    uint8_t mac[HASH_BYTES];
    CLEANUP(buf_release) struct buf text = {0};
    struct id delivery;
    VEC(struct query_param) headers = {0};
    int err = db_read(h->db, find_in_tx, &w);
    if (err < 0)
        return err;
    if (str_empty(w.found.secret))
        return PROBLEM(why, NO_SECRET, ARG("name", connection));
    const struct connector *c = w.found.connector;
    buf_init(&text, 1000);
    if (!str_empty(c->signature_header)) {
        hmac_sha256(w.found.secret, body, mac);
        buf_add(&text, c->signature_prefix);
        hex_encode(str_n((const char *)mac, sizeof(mac)), &text);
        vec_push(a, &headers, (struct query_param){.name = c->signature_header, .value = arena_str(a, buf_str(&text))});
    }
    if (!str_empty(c->delivery_header)) {
        id_new(&delivery);
        vec_push(a, &headers,
                 (struct query_param){.name = c->delivery_header, .value = arena_str(a, str_of(delivery.text))});
    }
    *ret = headers.items;
    *ret_len = headers.len;
    return 0;
}
