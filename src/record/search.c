/* Search by number and title over every type that the actor may read. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"
#include "codec/text.h"
#include "record/record_internal.h"

enum { SEARCH_RESULTS_MAX = 20, SEARCH_PER_TYPE_MAX = 8, SEARCH_TEXT_BYTES_MAX = 200 };

struct search {
    struct records *rs;
    struct db_tx *tx;
    const struct actor *actor;
    struct str pattern; /* GLOB, folded */
    struct arena *a;
    struct buf *out;
    size_t found;
};

static struct str search_pattern(struct str text, struct arena *a)
{
    CLEANUP(buf_release) struct buf b = {0};
    struct str folded = text_fold(a, str_trim(text));
    buf_init(&b, SEARCH_TEXT_BYTES_MAX * 4);
    buf_add_char(&b, '*');
    for (size_t i = 0; i < folded.len; i++) {
        char c = folded.ptr[i];
        if (c == '*' || c == '?' || c == '[')
            buf_addf(&b, "[%c]", c);
        else
            buf_add_char(&b, c);
    }
    buf_add_char(&b, '*');
    return arena_str(a, buf_str(&b));
}

static void result_to_json(struct search *s, const struct record *r)
{
    json_comma(s->out);
    buf_add_char(s->out, '{');
    json_key(s->out, "type");
    json_write_str(s->out, r->type->name);
    json_key(s->out, "id");
    json_write_str(s->out, r->values[SYS_ID].s);
    json_key(s->out, "number");
    json_write(s->out, r->values[SYS_NUMBER]);
    json_key(s->out, "title");
    json_write_str(s->out, record_title_for(r, s->actor, s->a));
    buf_add_char(s->out, '}');
    s->found++;
}

static int search_type(struct search *s, const struct type *t)
{
    CLEANUP(buf_release) struct buf sql = {0};
    struct expr_binds binds = {0};
    struct db_stmt *st;
    const struct field *title = t->title != NULL && t->title->kind == FIELD_TEXT ? t->title : NULL;
    if (title != NULL && title->sensitivity > record_level(s->actor, t))
        title = NULL;

    buf_init(&sql, 1 << 16);
    buf_addf(&sql, "SELECT %.*s FROM %.*s t WHERE (fold(t.\"number\") GLOB ?", STR_ARG(type_sql(s->rs, t)->columns),
             STR_ARG(type_sql(s->rs, t)->table));
    binds_add(s->a, &binds, value_str(s->pattern));
    if (title != NULL) {
        buf_addf(&sql, " OR fold(t.\"%.*s\") GLOB ?", STR_ARG(title->name));
        binds_add(s->a, &binds, value_str(s->pattern));
    }
    buf_add_cstr(&sql, ") AND ");
    int err = access_sql(s->rs, t, s->actor, RIGHT_READ, "t", s->a, &sql, &binds);
    if (err < 0)
        return err;
    buf_addf(&sql, " ORDER BY t.\"changed_at\" DESC LIMIT %d", SEARCH_PER_TYPE_MAX);
    err = db_prepare(s->tx, buf_str(&sql), &st);
    if (err < 0)
        return err;
    for (size_t i = 0; i < binds.len; i++)
        db_bind(st, (int)i + 1, binds.items[i]);
    while (s->found < SEARCH_RESULTS_MAX && (err = db_step(st)) > 0)
        result_to_json(s, row_decode(st, 0, t, s->a));
    db_done(st);
    return err < 0 ? err : 0;
}

int record_search(struct records *rs, struct db_tx *tx, const struct actor *actor, struct str text, struct arena *a,
                  struct buf *out)
{
    struct search s = {.rs = rs, .tx = tx, .actor = actor, .a = a, .out = out};
    const struct meta *m = rs->meta;
    int err = 0;
    buf_add_cstr(out, "{\"results\":[");
    if (!str_empty(str_trim(text)) && text.len <= SEARCH_TEXT_BYTES_MAX) {
        s.pattern = search_pattern(text, a);
        for (size_t i = 0; err == 0 && i < m->types_len && s.found < SEARCH_RESULTS_MAX; i++) {
            const struct type *t = m->types[i];
            if (t->part_of == NULL && !str_empty(t->menu_group) && record_may(actor, t, RIGHT_READ))
                err = search_type(&s, t);
        }
    }
    buf_add_cstr(out, "]}");
    return err;
}
