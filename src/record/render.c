/* A record as JSON, with the fields that its reader may see. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"
#include "record/record_internal.h"

static void line_to_json(const struct record *line, int level, struct buf *out)
{
    const struct type *t = line->type;
    buf_add_char(out, '{');
    json_key(out, "id");
    json_write_str(out, line->values[SYS_ID].s);
    for (size_t i = SYS_COUNT; i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        if (f->system || f->kind == FIELD_SECRET || f->sensitivity > level)
            continue;
        json_key_str(out, f->name);
        field_to_json(f, line->values[f->index], out);
    }
    buf_add_char(out, '}');
}

void record_field_to_json(const struct record *r, const struct field *f, int level, struct buf *out)
{
    if (f->kind != FIELD_LINES) {
        field_to_json(f, r->values[f->index], out);
        return;
    }
    buf_add_char(out, '[');
    for (size_t i = 0; r->lines != NULL && i < r->lines_len[f->index]; i++) {
        json_comma(out);
        line_to_json(&r->lines[f->index][i], level, out);
    }
    buf_add_char(out, ']');
}

bool record_field_shown(const struct type *t, const struct field *f, int level)
{
    if (f->kind == FIELD_SECRET || f->sensitivity > level)
        return false;
    if (f->index == SYS_STATE && t->states_len == 0)
        return false;
    return true;
}

void record_to_json(const struct record *r, const struct actor *actor, struct buf *out)
{
    const struct type *t = r->type;
    int level = record_level(actor, t);

    buf_add_char(out, '{');
    for (size_t i = 0; i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        if (!record_field_shown(t, f, level))
            continue;
        json_key_str(out, f->name);
        record_field_to_json(r, f, level, out);
    }
    buf_add_char(out, '}');
}

int record_get(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct type *type, struct str id,
               struct arena *a, struct record **ret)
{
    if (!id_valid(id))
        return ERR_NOT_FOUND;
    if (actor != NULL) {
        int err = access_check(rs, tx, type, actor, RIGHT_READ, id);
        if (err < 0)
            return err;
    }
    return record_load(rs, tx, type, id, a, ret);
}
