/* Reads connectors and mappings from their files, with every expression compiled and every name checked. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/hub_internal.h"
#include "meta/describe.h"

static const struct expr_var payload_vars[] = {{.name = "payload", .type = {.kind = TYPE_DYN}},
                                               {.name = "currency", .type = {.kind = TYPE_STRING}}};
static const struct expr_var person_vars[] = {{.name = "person", .type = {.kind = TYPE_DYN}}};

const struct connector *hub_connector(const struct hub *h, struct str name)
{
    for (size_t i = 0; i < h->connectors_len; i++) {
        if (str_eq(h->connectors[i]->name, name))
            return h->connectors[i];
    }
    return NULL;
}

const struct mapping *hub_mapping(const struct hub *h, struct str name)
{
    for (size_t i = 0; i < h->mappings_len; i++) {
        if (str_eq(h->mappings[i]->name, name))
            return h->mappings[i];
    }
    return NULL;
}

const struct mapping_entity *mapping_entity(const struct mapping *m, struct str name)
{
    for (size_t i = 0; i < m->entities_len; i++) {
        if (str_eq(m->entities[i].name, name))
            return &m->entities[i];
    }
    return NULL;
}

struct compile {
    struct hub *h;
    const struct expr_var *vars;
    size_t vars_len;
    enum expr_type_kind want; /* TYPE_DYN: any */
};

/* The expression under a key; absent gives NULL unless it is needed. */
static int read_expr(const struct compile *c, const struct yaml_node *map, const char *key, bool need,
                     const struct expr **ret, struct problem *why)
{
    const struct describe d = {.meta = c->h->meta, .arena = &c->h->arena, .vars = c->vars, .vars_len = c->vars_len};
    return describe_expr(&d, map, key, need, c->want, ret, why);
}

static int read_webhook(struct hub *h, const struct yaml_node *n, struct connector *c, struct problem *why)
{
    static const char *const known[] = {"signature", "address_secret", "delivery_id", "event",
                                        "sent_at",   "record",         NULL};
    static const char *const known_signature[] = {"scheme", "header", "prefix", NULL};
    const struct compile text = {.h = h, .vars = payload_vars, .vars_len = 1, .want = TYPE_DYN};
    struct str scheme = STR_NULL;
    int err = yaml_check_keys(n, known, why);
    struct yaml_node *signature = yaml_get(n, "signature");
    if (err == 0 && signature != NULL) {
        err = yaml_check_keys(signature, known_signature, why);
        if (err == 0)
            err = yaml_str(signature, "scheme", STR_NULL, &scheme, why);
        if (err == 0 && !str_is(scheme, "hmac_sha256_hex"))
            err = YAML_PROBLEM(why, signature, MODEL_UNKNOWN, ARG("kind", STR("scheme")), ARG("name", scheme),
                               ARG("known", STR("hmac_sha256_hex")));
        if (err == 0)
            err = yaml_str(signature, "header", STR_NULL, &c->signature_header, why);
        if (err == 0)
            err = yaml_str(signature, "prefix", STR(""), &c->signature_prefix, why);
    }
    if (err == 0)
        err = yaml_bool(n, "address_secret", false, &c->address_secret, why);
    if (err == 0)
        err = yaml_str(n, "delivery_id", STR_NULL, &c->delivery_header, why);
    if (err == 0)
        err = read_expr(&text, n, "event", true, &c->event, why);
    if (err == 0)
        err = read_expr(&text, n, "sent_at", false, &c->sent_at, why);
    if (err == 0)
        err = read_expr(&text, n, "record", false, &c->record, why);
    return err;
}

int connector_load(struct hub *h, const struct meta_source *src, const struct connector **ret, struct problem *why)
{
    static const char *const known[] = {"connector", "label", "note", "webhook", NULL};
    struct yaml_node *root, *webhook;
    struct connector *c = arena_new(&h->arena, struct connector);
    int err = yaml_parse(&h->arena, src->file, src->text, &root, why);
    if (err == 0)
        err = yaml_check_keys(root, known, why);
    if (err == 0)
        err = yaml_str(root, "connector", STR_NULL, &c->name, why);
    if (err == 0 && str_empty(c->name))
        err = YAML_PROBLEM(why, root, YAML_MISSING, ARG("key", STR("connector")));
    if (err == 0)
        err = label_read(root, "label", &c->label, why);
    if (err == 0)
        err = yaml_need(root, "webhook", &webhook, why);
    if (err == 0)
        err = read_webhook(h, webhook, c, why);
    if (err == 0)
        *ret = c;
    return err;
}

/* ---- Mappings ---- */

static int read_map(struct hub *h, const struct yaml_node *row, struct mapping_row *r, struct problem *why)
{
    struct yaml_node *map = yaml_get(row, "map"), *otherwise = yaml_get(row, "else");
    if (otherwise != NULL) {
        r->has_else = true;
        r->otherwise = yaml_value(&h->arena, otherwise);
    }
    if (map == NULL)
        return 0;
    if (map->kind != YAML_MAP)
        return YAML_PROBLEM(why, map, YAML_WRONG_KIND, ARG("key", STR("map")), ARG("expected", STR("a map of values")));
    struct value_map_item *items = arena_array(&h->arena, struct value_map_item, map->len);
    for (size_t i = 0; i < map->len; i++)
        items[i] = (struct value_map_item){.from = map->pairs[i].key, .to = yaml_value(&h->arena, map->pairs[i].value)};
    r->map = items;
    r->map_len = map->len;
    return 0;
}

static int read_row_words(const struct yaml_node *n, struct mapping_row *r, struct problem *why)
{
    struct str owner = STR_NULL;
    int err = yaml_str(n, "left", STR(""), &r->left, why);
    if (err == 0)
        err = yaml_str(n, "direction", STR("in"), &r->direction, why);
    if (err == 0)
        err = yaml_str(n, "update", STR("on_change"), &r->update, why);
    if (err == 0)
        err = yaml_str(n, "owner_left", STR(""), &r->owner_left, why);
    if (err == 0)
        err = yaml_str(n, "owner_right", STR(""), &r->owner_right, why);
    if (err == 0)
        err = yaml_str(n, "conflict", STR("left"), &r->conflict, why);
    if (err == 0)
        err = yaml_int(n, "sensitivity", 0, &r->sensitivity, why);
    if (err == 0)
        err = yaml_bool(n, "once", false, &r->once, why);
    if (err == 0)
        err = yaml_str(n, "owner", STR("left"), &owner, why);
    if (err == 0)
        err = label_read(n, "definition", &r->definition, why);
    /* Two departments sign the table, so no row goes without its meaning. */
    if (err == 0 && (str_empty(r->definition.text[LANG_EN]) || str_empty(r->definition.text[LANG_ZH])))
        err = YAML_PROBLEM(why, n, YAML_MISSING, ARG("key", STR("definition: {en, zh}")));
    r->ours = str_is(owner, "right");
    return err;
}

static int read_row(struct hub *h, const struct type *type, const struct yaml_node *n, struct mapping_row *r,
                    struct problem *why)
{
    static const char *const known[] = {"to",          "from",       "person",     "entity",      "entered",
                                        "map",         "else",       "once",       "left",        "direction",
                                        "update",      "owner",      "owner_left", "owner_right", "conflict",
                                        "sensitivity", "definition", "note",       NULL};
    const struct compile any = {.h = h, .vars = payload_vars, .vars_len = 2, .want = TYPE_DYN};
    const struct compile boolean = {.h = h, .vars = payload_vars, .vars_len = 2, .want = TYPE_BOOL};
    struct str to;
    int err = yaml_check_keys(n, known, why);
    if (err == 0)
        err = yaml_str(n, "to", STR_NULL, &to, why);
    if (err < 0)
        return err;
    r->line = n->line;
    r->is_state = str_is(to, "state");
    r->field = r->is_state ? NULL : type_field(type, to);
    if (!r->is_state && (r->field == NULL || r->field->system))
        return YAML_PROBLEM(why, n, MODEL_UNKNOWN, ARG("kind", STR("field")), ARG("name", to),
                            ARG("known", describe_field_names(type, &h->arena)));
    err = read_expr(&any, n, "from", false, &r->from, why);
    if (err == 0)
        err = read_expr(&any, n, "person", false, &r->person, why);
    if (err == 0)
        err = yaml_str(n, "entity", STR_NULL, &r->entity, why);
    if (err == 0)
        err = read_expr(&boolean, n, "entered", false, &r->entered, why);
    if (err == 0 && (r->from != NULL) + (r->person != NULL) + !str_empty(r->entity) != 1)
        err = YAML_PROBLEM(why, n, MODEL_ROW_SOURCE, ARG("known", STR("from, person, entity")));
    if (err == 0)
        err = read_map(h, n, r, why);
    return err == 0 ? read_row_words(n, r, why) : err;
}

static int read_entity(struct hub *h, const struct yaml_node *n, struct mapping_entity *e, struct problem *why)
{
    static const char *const known[] = {"entity", "type", "id", "rows", "note", NULL};
    const struct compile any = {.h = h, .vars = payload_vars, .vars_len = 2, .want = TYPE_DYN};
    struct yaml_node *rows;
    int err = yaml_check_keys(n, known, why);
    if (err == 0)
        err = yaml_str(n, "entity", STR_NULL, &e->name, why);
    if (err == 0)
        err = read_expr(&any, n, "id", true, &e->id, why);
    if (err == 0)
        err = yaml_need(n, "rows", &rows, why);
    if (err < 0)
        return err;
    const struct describe d = {.meta = h->meta, .arena = &h->arena};
    err = describe_type(&d, n, &e->type, why);
    if (err < 0)
        return err;
    if (rows->kind != YAML_SEQ || rows->len > HUB_ROWS_MAX)
        return YAML_PROBLEM(why, rows, YAML_WRONG_KIND, ARG("key", STR("rows")),
                            ARG("expected", STR("a list of at most 400 rows")));
    struct mapping_row *out = arena_array(&h->arena, struct mapping_row, rows->len);
    for (size_t i = 0; err == 0 && i < rows->len; i++)
        err = read_row(h, e->type, rows->items[i], &out[i], why);
    e->rows = out;
    e->rows_len = rows->len;
    return err;
}

static struct str entity_names(const struct mapping *m, struct arena *a)
{
    CLEANUP(buf_release) struct buf names = {0};
    buf_init(&names, 1 << 16);
    for (size_t i = 0; i < m->entities_len; i++)
        buf_addf(&names, "%s%.*s", i > 0 ? ", " : "", STR_ARG(m->entities[i].name));
    return arena_str(a, buf_str(&names));
}

static int read_entity_names(struct hub *h, const struct mapping *m, const struct yaml_node *n, const char *key,
                             const struct mapping_entity ***ret, size_t *ret_len, struct problem *why)
{
    struct str *names;
    size_t len;
    int err = yaml_str_list(&h->arena, n, key, &names, &len, why);
    if (err < 0)
        return err;
    const struct mapping_entity **out = arena_array(&h->arena, const struct mapping_entity *, len);
    for (size_t i = 0; i < len; i++) {
        out[i] = mapping_entity(m, names[i]);
        if (out[i] == NULL)
            return YAML_PROBLEM(why, n, MODEL_UNKNOWN, ARG("kind", STR("entity")), ARG("name", names[i]),
                                ARG("known", entity_names(m, &h->arena)));
    }
    *ret = out;
    *ret_len = len;
    return 0;
}

static int read_event(struct hub *h, const struct mapping *m, const struct yaml_node *n, struct mapping_event *e,
                      struct problem *why)
{
    static const char *const known[] = {"event", "when", "upsert", "archive", "note", NULL};
    const struct compile boolean = {.h = h, .vars = payload_vars, .vars_len = 2, .want = TYPE_BOOL};
    int err = yaml_check_keys(n, known, why);
    if (err == 0)
        err = yaml_str(n, "event", STR_NULL, &e->event, why);
    if (err == 0)
        err = read_expr(&boolean, n, "when", false, &e->when, why);
    if (err == 0)
        err = read_entity_names(h, m, n, "upsert", &e->upsert, &e->upsert_len, why);
    if (err == 0)
        err = read_entity_names(h, m, n, "archive", &e->archive, &e->archive_len, why);
    return err;
}

static int read_mapping_parts(struct hub *h, const struct yaml_node *root, struct mapping *m, struct problem *why)
{
    struct yaml_node *entities, *events;
    int err = yaml_need(root, "entities", &entities, why);
    if (err == 0)
        err = yaml_need(root, "events", &events, why);
    if (err < 0)
        return err;
    if (entities->kind != YAML_SEQ || entities->len > HUB_ENTITIES_MAX || events->kind != YAML_SEQ ||
        events->len > HUB_EVENTS_MAX)
        return YAML_PROBLEM(why, root, YAML_WRONG_KIND, ARG("key", STR("entities, events")),
                            ARG("expected", STR("lists")));
    struct mapping_entity *out = arena_array(&h->arena, struct mapping_entity, entities->len);
    for (size_t i = 0; err == 0 && i < entities->len; i++)
        err = read_entity(h, entities->items[i], &out[i], why);
    m->entities = out;
    m->entities_len = entities->len;
    struct mapping_event *rules = arena_array(&h->arena, struct mapping_event, events->len);
    for (size_t i = 0; err == 0 && i < events->len; i++)
        err = read_event(h, m, events->items[i], &rules[i], why);
    m->events = rules;
    m->events_len = events->len;
    return err;
}

static int read_person(struct hub *h, const struct yaml_node *root, struct mapping *m, struct problem *why)
{
    static const char *const known[] = {"account", "title", NULL};
    const struct compile person = {.h = h, .vars = person_vars, .vars_len = 1, .want = TYPE_DYN};
    struct yaml_node *n = yaml_get(root, "person");
    if (n == NULL)
        return 0;
    int err = yaml_check_keys(n, known, why);
    if (err == 0)
        err = read_expr(&person, n, "account", true, &m->account, why);
    if (err == 0)
        err = read_expr(&person, n, "title", true, &m->account_title, why);
    return err;
}

static struct str connector_names(struct hub *h)
{
    CLEANUP(buf_release) struct buf names = {0};
    buf_init(&names, 1 << 16);
    for (size_t i = 0; i < h->connectors_len; i++)
        buf_addf(&names, "%s%.*s", i > 0 ? ", " : "", STR_ARG(h->connectors[i]->name));
    return arena_str(&h->arena, buf_str(&names));
}

int mapping_load(struct hub *h, const struct meta_source *src, const struct mapping **ret, struct problem *why)
{
    static const char *const known[] = {"mapping", "connector", "label",  "note", "version",
                                        "person",  "entities",  "events", NULL};
    struct yaml_node *root;
    struct str connector = STR_NULL;
    struct mapping *m = arena_new(&h->arena, struct mapping);
    m->file = src->file;
    int err = yaml_parse(&h->arena, src->file, src->text, &root, why);
    if (err == 0)
        err = yaml_check_keys(root, known, why);
    if (err == 0)
        err = yaml_str(root, "mapping", STR_NULL, &m->name, why);
    if (err == 0)
        err = yaml_str(root, "connector", STR_NULL, &connector, why);
    if (err == 0)
        err = label_read(root, "label", &m->label, why);
    if (err < 0)
        return err;
    m->connector = hub_connector(h, connector);
    if (str_empty(m->name))
        return YAML_PROBLEM(why, root, YAML_MISSING, ARG("key", STR("mapping")));
    if (m->connector == NULL)
        return YAML_PROBLEM(why, root, MODEL_UNKNOWN, ARG("kind", STR("connector")), ARG("name", connector),
                            ARG("known", connector_names(h)));
    err = read_person(h, root, m, why);
    if (err == 0)
        err = read_mapping_parts(h, root, m, why);
    if (err == 0)
        *ret = m;
    return err;
}
