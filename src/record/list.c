/* Lists: one page under rights, filters and order, with a keyset cursor and an exact count. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"
#include "codec/text.h"
#include "record/record_internal.h"

struct list {
    struct records *rs;
    struct db_tx *tx;
    const struct actor *actor;
    const struct type *type;
    struct arena *a;
    struct query *q;
    struct map *linked; /* id → struct record, for selected fields of links */
    struct problem *why;
};

/* FROM … WHERE rights AND filters. Appends to sql and binds. */
static int from_where(struct list *l, struct buf *sql, struct expr_binds *binds)
{
    buf_addf(sql, " FROM %.*s t WHERE ", STR_ARG(type_sql(l->rs, l->type)->table));
    int err = access_sql(l->rs, l->type, l->actor, RIGHT_READ, "t", l->a, sql, binds);
    if (err == ERR_FORBIDDEN)
        return PROBLEM(l->why, NO_RIGHT, ARG("action", STR("read")), ARG("type", l->type->label.text[l->actor->lang]));
    if (err < 0)
        return err;
    if (l->q->where.len > 0) {
        buf_add_cstr(sql, " AND ");
        buf_add(sql, buf_str(&l->q->where));
        for (size_t i = 0; i < l->q->binds.len; i++)
            binds_add(l->a, binds, l->q->binds.items[i]);
    }
    return 0;
}

static void add_key(struct buf *sql, const struct order_key *k)
{
    buf_addf(sql, "t.\"%.*s\"", STR_ARG(k->field->name));
}

/* ORDER BY: empty fields come last in both directions, the id is the last resort. */
static void add_order(struct buf *sql, const struct query *q)
{
    buf_add_cstr(sql, " ORDER BY ");
    for (size_t i = 0; i < q->order_len; i++) {
        add_key(sql, &q->order[i]);
        buf_add_cstr(sql, " IS NULL, ");
        add_key(sql, &q->order[i]);
        buf_add_cstr(sql, q->order[i].descending ? " DESC, " : " ASC, ");
    }
    buf_add_cstr(sql, "t.\"id\" ASC");
}

/* The row is after the cursor in key i (given that all keys before are equal). */
static void add_after_key(struct list *l, const struct order_key *k, struct value v, struct buf *sql,
                          struct expr_binds *binds)
{
    if (v.kind == VALUE_NULL) { /* nothing comes after an empty value in this key */
        buf_add_cstr(sql, "(1=0)");
        return;
    }
    buf_add_char(sql, '(');
    add_key(sql, k);
    buf_add_cstr(sql, k->descending ? " < ? OR " : " > ? OR ");
    binds_add(l->a, binds, v);
    add_key(sql, k);
    buf_add_cstr(sql, " IS NULL)");
}

static void add_equal_key(struct list *l, const struct order_key *k, struct value v, struct buf *sql,
                          struct expr_binds *binds)
{
    add_key(sql, k);
    if (v.kind == VALUE_NULL) {
        buf_add_cstr(sql, " IS NULL");
        return;
    }
    buf_add_cstr(sql, " = ?");
    binds_add(l->a, binds, v);
}

/* A cursor is base64url of JSON [order text, key values…, id]. */
static int read_cursor(struct list *l, struct value_list *ret)
{
    struct str text;
    struct value v;
    const struct query *q = l->q;
    if (base64_decode(l->a, q->after, &text) < 0 || json_parse(l->a, text, 2, &v, NULL) < 0 || v.kind != VALUE_LIST ||
        v.list.len != q->order_len + 2)
        return ERR_MALFORMED;
    const struct value *items = v.list.items;
    if (items[0].kind != VALUE_STRING || !str_eq(items[0].s, q->order_text) ||
        items[v.list.len - 1].kind != VALUE_STRING || !id_valid(items[v.list.len - 1].s))
        return ERR_MALFORMED;
    for (size_t i = 1; i + 1 < v.list.len; i++) {
        enum value_kind k = items[i].kind;
        if (k != VALUE_NULL && k != VALUE_INT && k != VALUE_STRING)
            return ERR_MALFORMED;
    }
    *ret = v.list;
    return 0;
}

static int add_after(struct list *l, struct buf *sql, struct expr_binds *binds)
{
    struct value_list cursor;
    const struct query *q = l->q;
    if (q->after.ptr == NULL)
        return 0;
    if (read_cursor(l, &cursor) < 0) {
        (void)PROBLEM_AT(l->why, WHERE_PARAMETER, STR("after"), BAD_CURSOR);
        return PROBLEM(l->why, QUERY_INVALID);
    }
    buf_add_cstr(sql, " AND (");
    for (size_t i = 0; i <= q->order_len; i++) {
        buf_add_cstr(sql, i == 0 ? "(" : " OR (");
        for (size_t k = 0; k < i; k++) {
            add_equal_key(l, &q->order[k], cursor.items[k + 1], sql, binds);
            buf_add_cstr(sql, " AND ");
        }
        if (i < q->order_len)
            add_after_key(l, &q->order[i], cursor.items[i + 1], sql, binds);
        else {
            buf_add_cstr(sql, "t.\"id\" > ?");
            binds_add(l->a, binds, cursor.items[i + 1]);
        }
        buf_add_char(sql, ')');
    }
    buf_add_char(sql, ')');
    return 0;
}

static void write_cursor(struct list *l, const struct record *last, struct buf *out)
{
    CLEANUP(buf_release) struct buf json = {0};
    CLEANUP(buf_release) struct buf text = {0};
    buf_init(&json, 1 << 18);
    buf_init(&text, 1 << 19);
    buf_add_char(&json, '[');
    json_write_str(&json, l->q->order_text);
    for (size_t i = 0; i < l->q->order_len; i++) {
        struct value cols[3];
        const struct field *f = l->q->order[i].field;
        (void)field_to_columns(f, last->values[f->index], cols);
        buf_add_char(&json, ',');
        json_write(&json, cols[0].kind == VALUE_BOOL ? value_int(cols[0].b) : cols[0]);
    }
    buf_add_char(&json, ',');
    json_write_str(&json, last->values[SYS_ID].s);
    buf_add_char(&json, ']');
    base64url_encode(buf_str(&json), &text);
    json_write_str(out, buf_str(&text));
}

static int read_page(struct list *l, struct record ***ret, size_t *ret_len)
{
    CLEANUP(buf_release) struct buf sql = {0};
    struct expr_binds binds = {0};
    struct db_stmt *st;
    VEC(struct record *) rows = {0};

    buf_init(&sql, 1 << 19);
    buf_add_cstr(&sql, "SELECT ");
    buf_add(&sql, type_sql(l->rs, l->type)->columns);
    int err = from_where(l, &sql, &binds);
    if (err == 0)
        err = add_after(l, &sql, &binds);
    if (err < 0)
        return err;
    add_order(&sql, l->q);
    buf_add_cstr(&sql, " LIMIT ?");
    binds_add(l->a, &binds, value_int(l->q->limit + 1));
    if (buf_failed(&sql))
        return PROBLEM(l->why, QUERY_INVALID);
    err = db_prepare(l->tx, buf_str(&sql), &st);
    if (err < 0)
        return err;
    for (size_t i = 0; i < binds.len; i++)
        db_bind(st, (int)i + 1, binds.items[i]);
    while ((err = db_step(st)) > 0)
        vec_push(l->a, &rows, row_decode(st, 0, l->type, l->a));
    db_done(st);
    if (err == 0)
        err = row_fill(l->rs, l->tx, rows.items, rows.len, l->a);
    *ret = rows.items;
    *ret_len = rows.len;
    return err;
}

static int count_all(struct list *l, int64_t *ret)
{
    CLEANUP(buf_release) struct buf sql = {0};
    struct expr_binds binds = {0};
    buf_init(&sql, 1 << 19);
    buf_add_cstr(&sql, "SELECT count(*)");
    int err = from_where(l, &sql, &binds);
    return err < 0 ? err : db_query_i64(l->tx, buf_str(&sql), binds.items, binds.len, 0, ret);
}

/* What is linked, as far as the reader may see it; each record of a page is read once. */
static int linked(struct list *l, const struct type *t, struct str id, struct record **ret)
{
    struct record *r = map_get(l->linked, id);
    *ret = r;
    if (r != NULL || (l->actor != NULL && !record_may(l->actor, t, RIGHT_READ)))
        return 0;
    int err = record_get(l->rs, l->tx, l->actor, t, id, l->a, &r);
    if (err < 0)
        return err == ERR_NOT_FOUND || err == ERR_FORBIDDEN ? 0 : err;
    map_put(l->linked, id, r);
    *ret = r;
    return 0;
}

static int below_to_json(struct list *l, const struct selected *s, struct value id, struct buf *out)
{
    struct record *r = NULL;
    const struct type *to = s->field->to;
    int err = id.kind == VALUE_STRING ? linked(l, to, id.s, &r) : 0;
    if (r == NULL)
        buf_add_cstr(out, "null");
    else
        record_field_to_json(r, s->below, record_level(l->actor, to), out);
    return err;
}

static int one_selected(struct list *l, const struct record *r, const struct selected *s, struct buf *out)
{
    struct value v = r->values[s->field->index];
    int err = 0;
    json_key_str(out, s->name);
    if (s->below == NULL) {
        record_field_to_json(r, s->field, record_level(l->actor, l->type), out);
        return 0;
    }
    if (!field_is_many(s->field))
        return below_to_json(l, s, v, out);
    buf_add_char(out, '[');
    for (size_t i = 0; err == 0 && v.kind == VALUE_LIST && i < v.list.len; i++) {
        json_comma(out);
        err = below_to_json(l, s, v.list.items[i], out);
    }
    buf_add_char(out, ']');
    return err;
}

static int selected_to_json(struct list *l, const struct record *r, struct buf *out)
{
    int err = 0;
    if (l->q->select == NULL) {
        record_to_json(r, l->actor, out);
        return 0;
    }
    buf_add_char(out, '{');
    json_key(out, "id");
    json_write_str(out, r->values[SYS_ID].s);
    json_key(out, "rev");
    json_write(out, r->values[SYS_REV]);
    for (size_t i = 0; err == 0 && i < l->q->select_len; i++) {
        const struct selected *s = &l->q->select[i];
        bool again = str_is(s->name, "id") || str_is(s->name, "rev");
        for (size_t k = 0; k < i; k++)
            again = again || str_eq(l->q->select[k].name, s->name);
        if (!again)
            err = one_selected(l, r, s, out);
    }
    buf_add_char(out, '}');
    return err;
}

static int list_run(struct list *l, struct buf *out)
{
    struct record **rows = NULL;
    size_t len = 0;
    int64_t count = 0;
    int err = read_page(l, &rows, &len);
    if (err == 0 && l->q->count)
        err = count_all(l, &count);
    if (err < 0)
        return err;
    bool more = len > (size_t)l->q->limit;
    if (more)
        len = (size_t)l->q->limit;
    buf_add_cstr(out, "{\"records\":[");
    for (size_t i = 0; i < len; i++) {
        json_comma(out);
        err = selected_to_json(l, rows[i], out);
        if (err < 0)
            return err;
    }
    buf_add_cstr(out, "],\"next\":");
    if (more)
        write_cursor(l, rows[len - 1], out);
    else
        buf_add_cstr(out, "null");
    if (l->q->count)
        buf_addf(out, ",\"count\":%lld", (long long)count);
    if (l->q->labels) {
        buf_add_cstr(out, ",\"labels\":");
        err = labels_json(l->rs, l->tx, l->actor, rows, len, l->a, out);
    }
    buf_add_char(out, '}');
    return err;
}

int record_list(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct type *type,
                const struct query_param *params, size_t len, struct arena *a, struct buf *out, struct problem *why)
{
    struct query q;
    struct list l = {.rs = rs, .tx = tx, .actor = actor, .type = type, .a = a, .q = &q, .why = why};
    l.linked = map_new(a);
    int err = query_parse(rs, tx, actor, type, params, len, a, &q, why);
    if (err == 0)
        err = list_run(&l, out);
    query_release(&q);
    return err;
}

int record_count(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct type *type,
                 const struct query_param *params, size_t len, struct arena *a, int64_t *ret, struct problem *why)
{
    struct query q;
    struct list l = {.rs = rs, .tx = tx, .actor = actor, .type = type, .a = a, .q = &q, .why = why};
    int err = query_parse(rs, tx, actor, type, params, len, a, &q, why);
    if (err == 0)
        err = count_all(&l, ret);
    query_release(&q);
    return err;
}
