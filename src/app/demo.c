/* The demo company: loading its records, and sending its messages. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "app/demo.h"

#include "codec/json.h"
#include "codec/text.h"
#include "http/client.h"

enum { DEMO_BYTES_MAX = 1 << 20 };

struct loading {
    struct server *s;
    struct arena a;
    struct map *refs; /* name → id */
    struct str company;
    int64_t today;
    struct problem *why;
};

/* ---- Values: references and days ---- */

static int ref_id(struct loading *l, const struct yaml_node *n, struct str name, struct str *ret)
{
    const char *id = map_get(l->refs, name);
    if (id == NULL)
        return YAML_PROBLEM(l->why, n, MODEL_UNKNOWN, ARG("kind", STR("ref")), ARG("name", name),
                            ARG("known", STR("those before it")));
    *ret = str_of(id);
    return 0;
}

/* "today+30" */
static bool day_text(struct loading *l, struct str text, struct str *ret)
{
    int64_t days = 0;
    if (!str_starts(text, STR("today")))
        return false;
    struct str rest = str_sub(text, 5, text.len);
    struct str digits = str_starts(rest, STR("+")) ? str_sub(rest, 1, rest.len) : rest;
    if (rest.len > 0 && str_to_i64(digits, &days) < 0)
        return false;
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 32);
    date_format(l->today + days, &b);
    *ret = arena_str(&l->a, buf_str(&b));
    return true;
}

static int read_value(struct loading *l, const struct yaml_node *n, struct value *ret);

/* A map; a line's `ref` names its id, which is made here. */
static int read_map(struct loading *l, const struct yaml_node *n, struct value *ret)
{
    struct value *keys = arena_array(&l->a, struct value, n->len), *values = arena_array(&l->a, struct value, n->len);
    for (size_t i = 0; i < n->len; i++) {
        keys[i] = value_str(n->pairs[i].key);
        int err = read_value(l, n->pairs[i].value, &values[i]);
        if (err < 0)
            return err;
    }
    *ret = (struct value){.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = n->len}};
    return 0;
}

static int read_value(struct loading *l, const struct yaml_node *n, struct value *ret)
{
    struct str text = STR_NULL;
    if (n->kind == YAML_MAP)
        return read_map(l, n, ret);
    if (n->kind == YAML_SEQ) {
        struct value *items = arena_array(&l->a, struct value, n->len);
        for (size_t i = 0; i < n->len; i++) {
            int err = read_value(l, n->items[i], &items[i]);
            if (err < 0)
                return err;
        }
        *ret = value_list_of(&l->a, items, n->len);
        return 0;
    }
    *ret = yaml_value(&l->a, n);
    if (ret->kind != VALUE_STRING)
        return 0;
    if (str_starts(ret->s, STR("@"))) {
        int err = ref_id(l, n, str_sub(ret->s, 1, ret->s.len), &text);
        *ret = value_str(text);
        return err;
    }
    if (day_text(l, ret->s, &text))
        *ret = value_str(text);
    return 0;
}

/* The refs of lines are taken out before the record is written, and bound to the lines' ids after it. */
struct line_ref {
    struct str field, name;
    size_t position;
};

static struct value without_refs(struct loading *l, struct str field, struct value v, struct line_ref *refs,
                                 size_t *len, size_t max)
{
    struct value *items = arena_array(&l->a, struct value, v.list.len);
    for (size_t i = 0; i < v.list.len; i++) {
        struct value line = v.list.items[i];
        const struct value *ref = line.kind == VALUE_MAP ? value_map_get(line, STR("ref")) : NULL;
        items[i] = line;
        if (ref == NULL || ref->kind != VALUE_STRING || *len == max)
            continue;
        refs[(*len)++] = (struct line_ref){.field = field, .name = ref->s, .position = i};
        struct value *keys = arena_array(&l->a, struct value, line.map.len),
                     *values = arena_array(&l->a, struct value, line.map.len);
        size_t n = 0;
        for (size_t k = 0; k < line.map.len; k++) {
            if (str_is(line.map.keys[k].s, "ref"))
                continue;
            keys[n] = line.map.keys[k];
            values[n++] = line.map.values[k];
        }
        items[i] = (struct value){.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = n}};
    }
    return value_list_of(&l->a, items, v.list.len);
}

struct line_ids {
    struct loading *l;
    const struct type *type;
    struct str id;
    const struct line_ref *refs;
    size_t len;
};

static int bind_line_refs(struct db_tx *tx, void *arg)
{
    struct line_ids *w = arg;
    struct record *r;
    int err = record_get(w->l->s->records, tx, NULL, w->type, w->id, &w->l->a, &r);
    for (size_t i = 0; err == 0 && i < w->len; i++) {
        const struct field *f = type_field(w->type, w->refs[i].field);
        if (f != NULL && w->refs[i].position < r->lines_len[f->index])
            map_put(w->l->refs, w->refs[i].name,
                    arena_cstr(&w->l->a, record_value(&r->lines[f->index][w->refs[i].position], SYS_ID).s));
    }
    return err;
}

/* ---- Records ---- */

static int register_pair(struct loading *l, const struct yaml_node *n, struct change *change, struct hub_adoption *ret)
{
    static const char *const known[] = {"connection", "entity", "id", NULL};
    int err = yaml_check_keys(n, known, l->why);
    if (err == 0)
        err = yaml_str(n, "connection", STR_NULL, &ret->connection, l->why);
    if (err == 0)
        err = yaml_str(n, "entity", STR_NULL, &ret->entity, l->why);
    if (err == 0)
        err = yaml_str(n, "id", STR_NULL, &ret->outside_id, l->why);
    if (err == 0)
        err = hub_adoption_begin(l->s->hub, ret, &l->a, l->why);
    change->origin = ret->origin;
    return err;
}

enum { LINE_REFS_MAX = 64 };

static int load_values(struct loading *l, const struct yaml_node *n, struct value *ret, struct line_ref *refs,
                       size_t *refs_len)
{
    struct yaml_node *values = yaml_get(n, "values");
    if (values == NULL || values->kind != YAML_MAP)
        return YAML_PROBLEM(l->why, n, YAML_MISSING, ARG("key", STR("values")));
    int err = read_map(l, values, ret);
    if (err < 0)
        return err;
    struct value *items = (struct value *)(uintptr_t)ret->map.values; /* made by read_map() just now */
    for (size_t i = 0; i < ret->map.len; i++) {
        if (items[i].kind == VALUE_LIST)
            items[i] = without_refs(l, ret->map.keys[i].s, items[i], refs, refs_len, LINE_REFS_MAX);
    }
    return 0;
}

static int write_record(struct loading *l, const struct yaml_node *n, struct change *change, struct str ref)
{
    struct write_result result;
    struct line_ref refs[LINE_REFS_MAX];
    size_t refs_len = 0;
    struct hub_adoption pair = {0};
    struct yaml_node *pair_node = yaml_get(n, "pair");
    int err = load_values(l, n, &change->values, refs, &refs_len);
    if (err == 0 && pair_node != NULL)
        err = register_pair(l, pair_node, change, &pair);
    if (err < 0)
        return err;
    const struct actor system = {.id = STR("system"), .name = STR("system"), .company = l->company, .admin = true};
    struct plan plan = {
        .actor = &system, .mode = MODE_IMPORT, .source = STR("demo"), .changes = change, .changes_len = 1};
    err = record_write(l->s->records, &plan, &l->a, &result, l->why);
    if (err < 0)
        return YAML_PROBLEM(l->why, n, MODEL_RULE,
                            ARG("reason", arena_fmt(&l->a, "the record could not be made (%s)", err_name(err))));
    if (!str_empty(ref))
        map_put(l->refs, ref, arena_cstr(&l->a, result.items[0].id));
    struct line_ids ids = {
        .l = l, .type = meta_type(l->s->meta, change->type), .id = result.items[0].id, .refs = refs, .len = refs_len};
    if (refs_len > 0)
        err = db_read(l->s->db, bind_line_refs, &ids);
    if (err == 0 && pair_node != NULL)
        err = hub_adoption_end(l->s->hub, &pair, change->type, result.items[0].id);
    return err;
}

static int load_record(struct loading *l, const struct yaml_node *n)
{
    static const char *const known[] = {"type", "ref", "state", "values", "pair", "note", NULL};
    struct change change = {.op = CHANGE_CREATE};
    struct str ref = STR_NULL;
    int err = yaml_check_keys(n, known, l->why);
    if (err == 0)
        err = yaml_str(n, "type", STR_NULL, &change.type, l->why);
    if (err == 0)
        err = yaml_str(n, "ref", STR_NULL, &ref, l->why);
    if (err == 0)
        err = yaml_str(n, "state", STR_NULL, &change.state, l->why);
    if (err < 0)
        return err;
    if (str_is(change.type, "company")) {
        change.id = id_new_str(&l->a);
        l->company = change.id;
    }
    return write_record(l, n, &change, ref);
}

static int load_file(struct loading *l, const struct meta_source *src)
{
    static const char *const known[] = {"note", "records", NULL};
    struct yaml_node *root, *records;
    int err = yaml_parse(&l->a, src->file, src->text, &root, l->why);
    if (err == 0)
        err = yaml_check_keys(root, known, l->why);
    if (err == 0)
        err = yaml_need(root, "records", &records, l->why);
    if (err == 0 && records->kind != YAML_SEQ)
        err =
            YAML_PROBLEM(l->why, records, YAML_WRONG_KIND, ARG("key", STR("records")), ARG("expected", STR("a list")));
    for (size_t i = 0; err == 0 && i < records->len; i++)
        err = load_record(l, records->items[i]);
    return err;
}

/* Each connection gets a secret of its own, made at random: nobody can know the demo's in advance. */
static int make_secrets(struct loading *l)
{
    const struct actor system = {.id = STR("system"), .company = l->company, .admin = true};
    const struct meta_source *actions = l->s->sources.actions.items;
    int err = 0;
    for (size_t i = 0; err == 0 && i < l->s->sources.actions.len; i++) {
        struct yaml_node *root;
        struct str connection = STR_NULL;
        err = yaml_parse(&l->a, actions[i].file, actions[i].text, &root, l->why);
        if (err == 0)
            err = yaml_str(root, "connection", STR_NULL, &connection, l->why);
        if (err == 0 && !str_empty(connection) && map_get(l->refs, connection) == NULL) {
            map_put(l->refs, connection, l);
            err = hub_set_secret(l->s->hub, &system, connection, token_new(&l->a), l->why);
        }
    }
    return err;
}

int demo_load(struct server *s, struct problem *why)
{
    struct loading l = {.s = s, .why = why};
    arena_init(&l.a);
    l.refs = map_new(&l.a);
    int err = zone_day(STR("Asia/Shanghai"), clock_now_ms(), &l.today);
    for (size_t i = 0; err == 0 && i < s->sources.data.len; i++)
        err = load_file(&l, &s->sources.data.items[i]);
    if (err == 0) {
        l.refs = map_new(&l.a); /* from here on: the connections that have their secret */
        err = make_secrets(&l);
    }
    s->demo = s->demo || err == 0;
    arena_release(&l.a);
    return err;
}

/* ---- Actions ---- */

struct action {
    struct server *s;
    struct arena *a;
    struct problem *why;
    struct yaml_node *root;
    struct str connection;
    struct record *record; /* found, or NULL where the action needs none */
    struct pair pair, project;
    struct db_tx *tx;
    struct value names[5];
    struct buf *body;
};

static const struct expr_var action_vars[] = {
    {.name = "record", .type = {.kind = TYPE_DYN}},      {.name = "pair", .type = {.kind = TYPE_DYN}},
    {.name = "project", .type = {.kind = TYPE_DYN}},     {.name = "now_ms", .type = {.kind = TYPE_INT}},
    {.name = "now_text", .type = {.kind = TYPE_STRING}},
};

static int parse_action(struct action *act, struct str name)
{
    const struct source_list *list = &act->s->sources.actions;
    for (size_t i = 0; i < list->len; i++) {
        struct str found = STR_NULL;
        int err = yaml_parse(act->a, list->items[i].file, list->items[i].text, &act->root, act->why);
        if (err == 0)
            err = yaml_str(act->root, "action", STR_NULL, &found, act->why);
        if (err < 0)
            return err;
        if (str_eq(found, name))
            return yaml_str(act->root, "connection", STR_NULL, &act->connection, act->why);
    }
    return PROBLEM(act->why, NO_ROUTE);
}

static int find_record(struct action *act)
{
    struct yaml_node *find = yaml_get(act->root, "find");
    struct str type = STR_NULL, where = STR_NULL;
    struct expr *e;
    struct record **found;
    size_t len;
    if (find == NULL)
        return 0;
    int err = yaml_str(find, "type", STR_NULL, &type, act->why);
    if (err == 0)
        err = yaml_str(find, "where", STR_NULL, &where, act->why);
    const struct type *t = err == 0 ? meta_type(act->s->meta, type) : NULL;
    if (err == 0 && t == NULL)
        err = PROBLEM(act->why, NO_TYPE, ARG("type", type));
    if (err == 0)
        err = meta_compile(act->s->meta, act->a, t, where, NULL, 0, NULL, &e, act->why);
    if (err < 0)
        return err;
    struct record_scope scope = {.rs = act->s->records, .tx = act->tx};
    err = record_find(&scope, t, e, 1, act->a, &found, &len, act->why);
    if (err == 0 && len == 0)
        err = PROBLEM(act->why, DEMO_NOTHING_LEFT);
    if (err == 0)
        act->record = found[0];
    return err;
}

static struct value pair_value(struct action *act, const struct pair *p)
{
    struct value *keys = arena_array(act->a, struct value, 2), *values = arena_array(act->a, struct value, 2);
    keys[0] = value_str(STR("outside_id"));
    keys[1] = value_str(STR("entity"));
    values[0] = value_str(p->outside_id.ptr ? p->outside_id : STR(""));
    values[1] = value_str(p->entity.ptr ? p->entity : STR(""));
    return (struct value){.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = 2}};
}

static int find_pairs(struct action *act)
{
    if (act->record == NULL)
        return 0;
    const struct field *project = type_field(act->record->type, STR("project"));
    int err = hub_pair_by_record(act->s->hub, act->tx, record_value(act->record, SYS_ID).s, act->a, &act->pair);
    if (err < 0 && err != ERR_NOT_FOUND)
        return err;
    if (project == NULL || act->record->values[project->index].kind != VALUE_STRING)
        return 0;
    err = hub_pair_by_record(act->s->hub, act->tx, act->record->values[project->index].s, act->a, &act->project);
    return err == ERR_NOT_FOUND ? 0 : err;
}

static int body_value(struct action *act, const struct yaml_node *n);

/* "= expression" */
static int computed(struct action *act, struct str text)
{
    struct expr *e;
    struct value v;
    int err = meta_compile(act->s->meta, act->a, NULL, text, action_vars, ARRAY_LEN(action_vars), NULL, &e, act->why);
    if (err < 0)
        return err;
    struct record_scope scope = {.rs = act->s->records,
                                 .tx = act->tx,
                                 .names = action_vars,
                                 .values = act->names,
                                 .len = ARRAY_LEN(action_vars)};
    err = record_eval(&scope, e, act->a, &v, act->why);
    if (err == 0)
        json_write(act->body, v);
    return err;
}

static int body_value(struct action *act, const struct yaml_node *n)
{
    int err = 0;
    if (n->kind == YAML_MAP) {
        buf_add_char(act->body, '{');
        for (size_t i = 0; err == 0 && i < n->len; i++) {
            json_key_str(act->body, n->pairs[i].key);
            err = body_value(act, n->pairs[i].value);
        }
        buf_add_char(act->body, '}');
    } else if (n->kind == YAML_SEQ) {
        buf_add_char(act->body, '[');
        for (size_t i = 0; err == 0 && i < n->len; i++) {
            json_comma(act->body);
            err = body_value(act, n->items[i]);
        }
        buf_add_char(act->body, ']');
    } else if (str_starts(n->text, STR("= ")))
        err = computed(act, str_sub(n->text, 2, n->text.len));
    else
        json_write(act->body, yaml_value(act->a, n));
    return err;
}

static int make_body(struct db_tx *tx, void *arg)
{
    struct action *act = arg;
    struct yaml_node *body;
    CLEANUP(buf_release) struct buf now = {0};
    act->tx = tx;
    int err = find_record(act);
    if (err == 0)
        err = find_pairs(act);
    if (err == 0)
        err = yaml_need(act->root, "body", &body, act->why);
    if (err < 0)
        return err;
    int64_t now_ms = clock_now_ms();
    buf_init(&now, 100);
    time_format_ms(now_ms, &now);
    struct str stamp = arena_fmt(act->a, "%.*s+0000", (int)now.len - 1,
                                 now.ptr); /* the offset without a colon, as such senders write it */
    act->names[0] = act->record != NULL ? record_object(act->s->records, tx, act->record, act->a) : value_null();
    act->names[1] = pair_value(act, &act->pair);
    act->names[2] = pair_value(act, &act->project);
    act->names[3] = value_int(now_ms);
    act->names[4] = value_str(stamp);
    return body_value(act, body);
}

static int send_message(struct action *act, struct http_answer *ret)
{
    struct query_param *signed_headers;
    size_t len;
    int err = hub_sign(act->s->hub, act->connection, buf_str(act->body), act->a, &signed_headers, &len, act->why);
    if (err < 0)
        return err;
    struct http_pair *headers = arena_array(act->a, struct http_pair, len + 1);
    headers[0] = (struct http_pair){STR("Content-Type"), STR("application/json")};
    for (size_t i = 0; i < len; i++)
        headers[i + 1] = (struct http_pair){signed_headers[i].name, signed_headers[i].value};
    struct http_fetch_options o = {
        .method = "POST",
        .url = arena_fmt(act->a, "%.*s/hooks/%.*s", STR_ARG(act->s->address), STR_ARG(act->connection)),
        .headers = headers,
        .headers_len = len + 1,
        .body = buf_str(act->body),
        .allow_private = true};
    return http_fetch(&o, act->a, ret, act->why);
}

static void result_to_json(struct action *act, const struct http_answer *answer, struct buf *out)
{
    struct value v;
    const struct value *delivery = json_parse(act->a, answer->body, 16, &v, NULL) == 0 && v.kind == VALUE_MAP
                                       ? value_map_get(v, STR("delivery"))
                                       : NULL;
    buf_addf(out, "{\"status\":%d", answer->status);
    json_key(out, "delivery");
    json_write(out, delivery != NULL ? *delivery : value_null());
    json_key(out, "record");
    if (act->record == NULL)
        buf_add_cstr(out, "null");
    else {
        buf_add_cstr(out, "{\"type\":");
        json_write_str(out, act->record->type->name);
        json_key(out, "id");
        json_write_str(out, record_value(act->record, SYS_ID).s);
        buf_add_char(out, '}');
    }
    buf_add_char(out, '}');
}

int demo_run(struct server *s, struct str name, struct arena *a, struct buf *out, struct problem *why)
{
    CLEANUP(buf_release) struct buf body = {0};
    struct action act = {.s = s, .a = a, .why = why, .body = &body};
    struct http_answer answer;
    buf_init(&body, DEMO_BYTES_MAX);
    int err = parse_action(&act, name);
    if (err == 0 && s->http == NULL)
        err = PROBLEM(why, STOPPING);
    if (err == 0)
        err = db_read(s->db, make_body, &act);
    if (err == 0)
        err = send_message(&act, &answer);
    if (err == 0)
        result_to_json(&act, &answer, out);
    return err;
}

static void label_to_json(const struct yaml_node *root, const char *key, struct buf *out)
{
    struct yaml_node *n = yaml_get(root, key);
    struct str en = STR(""), zh = STR("");
    if (n != NULL && n->kind == YAML_MAP) {
        struct yaml_node *en_node = yaml_get(n, "en"), *zh_node = yaml_get(n, "zh");
        en = en_node != NULL ? en_node->text : en;
        zh = zh_node != NULL ? zh_node->text : en;
    }
    json_key(out, key);
    buf_add_cstr(out, "{\"en\":");
    json_write_str(out, en);
    buf_add_cstr(out, ",\"zh\":");
    json_write_str(out, zh);
    buf_add_char(out, '}');
}

static void list_actions(void *ctx, struct buf *out)
{
    struct server *s = ctx;
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    buf_add_char(out, '[');
    for (size_t i = 0; i < s->sources.actions.len; i++) {
        struct yaml_node *root;
        struct str name = STR_NULL;
        if (yaml_parse(&a, s->sources.actions.items[i].file, s->sources.actions.items[i].text, &root, NULL) < 0 ||
            yaml_str(root, "action", STR_NULL, &name, NULL) < 0)
            continue;
        json_comma(out);
        buf_add_cstr(out, "{\"name\":");
        json_write_str(out, name);
        label_to_json(root, "label", out);
        label_to_json(root, "note", out);
        buf_add_char(out, '}');
    }
    buf_add_char(out, ']');
}

static int run_action(void *ctx, struct str name, struct arena *a, struct buf *out, struct problem *why)
{
    return demo_run(ctx, name, a, out, why);
}

const struct api_demo_ops demo_ops = {.list = list_actions, .run = run_action};
