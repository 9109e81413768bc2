/* Opening the hub, and who owns a field of a mirrored record. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "codec/json.h"
#include "hub/hub_internal.h"
#include "meta/describe.h"

const struct db_migration hub_migrations[] = {
    {"hub", 1,
     "CREATE TABLE hub_pair (id TEXT PRIMARY KEY, connection TEXT NOT NULL, entity TEXT NOT NULL, outside_id TEXT NOT "
     "NULL, type TEXT NOT NULL, record TEXT NOT NULL, sent_ms BIGINT NOT NULL, base TEXT NOT NULL);\n"
     "CREATE UNIQUE INDEX hub_pair_outside ON hub_pair (connection, entity, outside_id);\n"
     "CREATE INDEX hub_pair_record ON hub_pair (record);\n"
     "CREATE TABLE hub_repeat (connection TEXT NOT NULL, delivery_id TEXT NOT NULL, at_ms BIGINT NOT NULL, delivery "
     "TEXT NOT NULL, PRIMARY KEY (connection, delivery_id));\n"
     "CREATE INDEX hub_repeat_at ON hub_repeat (at_ms);\n"},
};
const size_t hub_migrations_len = ARRAY_LEN(hub_migrations);

/* An origin is "MAPPING:ENTITY:PAIR": enough to tell whose each field is without a look at the registry. */
static struct str field_owner(void *ctx, const struct type *type, struct str origin, const struct field *field,
                              struct arena *a)
{
    struct hub *h = ctx;
    struct str mapping_name, entity_name;
    struct str rest = str_cut(origin, ':', &mapping_name);
    (void)str_cut(rest, ':', &entity_name);
    (void)a;
    const struct mapping *m = hub_mapping(h, mapping_name);
    const struct mapping_entity *e = m != NULL ? mapping_entity(m, entity_name) : NULL;
    for (size_t i = 0; e != NULL && e->type == type && i < e->rows_len; i++) {
        bool same = e->rows[i].is_state ? field->index == SYS_STATE : e->rows[i].field == field;
        if (same && !e->rows[i].ours)
            return m->connector->label.text[LANG_EN];
    }
    return STR_NULL;
}

/* The file that came first has the name; the other is told by its first line. */
static int duplicate(struct problem *why, const char *kind, struct str name, struct str file)
{
    CLEANUP(buf_release) struct buf place = {0};
    buf_init(&place, 4096);
    buf_addf(&place, "%.*s:1", STR_ARG(file));
    return PROBLEM_AT(why, WHERE_FILE, buf_str(&place), MODEL_DUPLICATE, ARG("kind", str_of(kind)), ARG("name", name),
                      ARG("place", STR("a file before it")));
}

static int load_all(struct hub *h, const struct hub_options *o, struct problem *why)
{
    const struct connector **connectors = arena_array(&h->arena, const struct connector *, o->connectors_len);
    const struct mapping **mappings = arena_array(&h->arena, const struct mapping *, o->mappings_len);
    int first = 0;
    h->connectors = connectors;
    for (size_t i = 0; i < o->connectors_len; i++) {
        const struct connector **c = &connectors[h->connectors_len];
        int err = connector_load(h, &o->connectors[i], c, why);
        if (err == 0 && hub_connector(h, (*c)->name) != NULL)
            err = duplicate(why, "connector", (*c)->name, o->connectors[i].file);
        first = first < 0 ? first : err;
        h->connectors_len += err == 0;
    }
    h->mappings = mappings;
    for (size_t i = 0; i < o->mappings_len; i++) {
        const struct mapping **m = &mappings[h->mappings_len];
        int err = mapping_load(h, &o->mappings[i], m, why);
        if (err == 0 && hub_mapping(h, (*m)->name) != NULL)
            err = duplicate(why, "mapping", (*m)->name, o->mappings[i].file);
        first = first < 0 ? first : err;
        h->mappings_len += err == 0;
    }
    return first;
}

int hub_open(const struct hub_options *o, struct hub **ret, struct problem *why)
{
    struct hub *h = xcalloc(1, sizeof(*h));
    h->records = o->records;
    h->jobs = o->jobs;
    h->db = records_db(o->records);
    h->meta = records_meta(o->records);
    arena_init(&h->arena);
    int err = db_migrate(h->db, hub_migrations, hub_migrations_len, why);
    if (err >= 0)
        err = load_all(h, o, why);
    if (err < 0) {
        hub_free(h);
        return err;
    }
    records_set_owner(o->records, field_owner, h);
    *ret = h;
    return 0;
}

struct hub *hub_free(struct hub *h)
{
    if (h != NULL) {
        arena_release(&h->arena);
        free(h);
    }
    return NULL;
}

void hub_set_jobs(struct hub *h, struct jobs *jobs)
{
    h->jobs = jobs;
}

/* ---- The mapping table for people ---- */

static void key_str(struct buf *out, const char *key, struct str s)
{
    json_key(out, key);
    json_write_str(out, s);
}

static void row_to_json(const struct mapping_entity *e, const struct mapping_row *r, struct buf *out)
{
    struct str from = r->from != NULL ? expr_text(r->from) : r->person != NULL ? expr_text(r->person) : r->entity;
    json_comma(out);
    buf_add_char(out, '{');
    key_str(out, "entity", e->name);
    key_str(out, "type", e->type->name);
    key_str(out, "left", str_empty(r->left) ? from : r->left);
    key_str(out, "transform", from);
    key_str(out, "right", r->is_state ? STR("state") : r->field->name);
    key_str(out, "direction", r->direction);
    key_str(out, "update", r->update);
    key_str(out, "owner_left", r->owner_left);
    key_str(out, "owner_right", r->owner_right);
    key_str(out, "conflict", r->conflict);
    json_key(out, "sensitivity");
    buf_add_i64(out, r->sensitivity);
    label_to_json(out, "definition", &r->definition);
    buf_add_char(out, '}');
}

void hub_mappings_json(struct hub *h, struct buf *out)
{
    buf_add_cstr(out, "{\"mappings\":[");
    for (size_t i = 0; i < h->mappings_len; i++) {
        const struct mapping *m = h->mappings[i];
        json_comma(out);
        buf_add_char(out, '{');
        key_str(out, "name", m->name);
        key_str(out, "connector", m->connector->name);
        label_to_json(out, "label", &m->label);
        json_key(out, "rows");
        buf_add_char(out, '[');
        for (size_t k = 0; k < m->entities_len; k++) {
            for (size_t r = 0; r < m->entities[k].rows_len; r++)
                row_to_json(&m->entities[k], &m->entities[k].rows[r], out);
        }
        buf_add_cstr(out, "]}");
    }
    buf_add_cstr(out, "]}");
}
