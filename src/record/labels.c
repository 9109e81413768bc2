/* What a person reads instead of an id: number and title of the records that others link to. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"
#include "record/record_internal.h"

struct str record_title(const struct record *r, enum lang lang, struct arena *a)
{
    const struct field *f = r->type->title_in[lang];
    if (f != NULL) {
        CLEANUP(buf_release) struct buf text = {0};
        buf_init(&text, 1 << 16);
        struct value v = r->values[f->index];
        if (v.kind == VALUE_STRING)
            return v.s;
        field_to_text(f, v, lang, &text);
        if (text.len > 0)
            return arena_str(a, buf_str(&text));
    }
    if (r->values[SYS_NUMBER].kind == VALUE_STRING && !str_empty(r->values[SYS_NUMBER].s))
        return r->values[SYS_NUMBER].s;
    return r->values[SYS_ID].s;
}

struct str record_title_for(const struct record *r, const struct actor *actor, struct arena *a)
{
    enum lang lang = actor != NULL ? actor->lang : LANG_EN;
    const struct field *f = r->type->title_in[lang];
    if (f == NULL || f->sensitivity <= record_level(actor, r->type))
        return record_title(r, lang, a);
    return r->values[r->values[SYS_NUMBER].kind == VALUE_STRING ? SYS_NUMBER : SYS_ID].s;
}

struct labeller {
    struct records *rs;
    struct db_tx *tx;
    const struct actor *actor;
    struct arena *a;
    struct buf *out;
    struct map *seen;
};

/* One label, if the actor may see what it names; each id once. */
static int label_one(struct labeller *l, const struct type *t, struct str id)
{
    struct record *r;
    if (t == NULL || str_empty(id) || map_get(l->seen, id) != NULL)
        return 0;
    map_put(l->seen, id, l);
    if (l->actor != NULL && !record_may(l->actor, t, RIGHT_READ))
        return 0;
    int err = record_get(l->rs, l->tx, l->actor, t, id, l->a, &r);
    if (err == ERR_NOT_FOUND || err == ERR_FORBIDDEN)
        return 0;
    if (err < 0)
        return err;
    json_key_str(l->out, id);
    buf_add_char(l->out, '{');
    json_key(l->out, "type");
    json_write_str(l->out, t->part_of != NULL ? t->part_of->name : t->name);
    json_key(l->out, "number");
    json_write(l->out, r->values[SYS_NUMBER]);
    json_key(l->out, "title");
    json_write_str(l->out, record_title_for(r, l->actor, l->a));
    buf_add_char(l->out, '}');
    return 0;
}

static int label_field(struct labeller *l, const struct field *f, struct value v)
{
    int err = 0;
    if (v.kind == VALUE_STRING)
        return label_one(l, f->to, v.s);
    if (v.kind == VALUE_LIST) {
        for (size_t i = 0; err == 0 && i < v.list.len; i++)
            err = v.list.items[i].kind == VALUE_STRING ? label_one(l, f->to, v.list.items[i].s) : 0;
        return err;
    }
    if (v.kind == VALUE_MAP) { /* link_any: {type, id} */
        const struct value *type = value_map_get(v, STR("type"));
        const struct value *id = value_map_get(v, STR("id"));
        if (type != NULL && id != NULL && type->kind == VALUE_STRING && id->kind == VALUE_STRING)
            return label_one(l, meta_type(l->rs->meta, type->s), id->s);
    }
    return 0;
}

static int label_record(struct labeller *l, const struct record *r)
{
    const struct type *t = r->type;
    int level = record_level(l->actor, t);
    int err = 0;
    for (size_t i = 0; err == 0 && i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        if (f->sensitivity > level)
            continue;
        if (f->kind == FIELD_LINK || f->kind == FIELD_USER || f->kind == FIELD_LINK_ANY)
            err = label_field(l, f, r->values[f->index]);
        for (size_t k = 0; err == 0 && f->kind == FIELD_LINES && r->lines != NULL && k < r->lines_len[f->index]; k++)
            err = label_record(l, &r->lines[f->index][k]);
    }
    return err;
}

int labels_json(struct records *rs, struct db_tx *tx, const struct actor *actor, struct record **records, size_t len,
                struct arena *a, struct buf *out)
{
    struct labeller l = {.rs = rs, .tx = tx, .actor = actor, .a = a, .out = out, .seen = map_new(a)};
    int err = 0;
    buf_add_char(out, '{');
    for (size_t i = 0; err == 0 && i < len; i++)
        err = label_record(&l, records[i]);
    buf_add_char(out, '}');
    return err;
}
