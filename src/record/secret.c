/* Secret fields: sealed under the key of the data folder, bound to their record and field, opened only by name. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/text.h"
#include "record/record_internal.h"
#include "record/write.h"

enum { SEALED_TEXT_BYTES_MAX = 1 << 20 };

static struct str context_of(const struct type *t, struct str id, const struct field *f, struct arena *a)
{
    return arena_fmt(a, "%.*s.%.*s.%.*s", STR_ARG(t->name), STR_ARG(id), STR_ARG(f->name));
}

struct str secret_seal(struct records *rs, const struct type *t, struct str id, const struct field *f, struct str plain,
                       struct arena *a)
{
    CLEANUP(buf_release) struct buf b = {0};
    struct str sealed = seal(a, rs->keys->secret, context_of(t, id, f, a), plain);
    buf_init(&b, SEALED_TEXT_BYTES_MAX);
    base64_encode(sealed, &b);
    return arena_str(a, buf_str(&b));
}

int record_secret(struct records *rs, struct db_tx *tx, const struct type *type, struct str id,
                  const struct field *field, struct arena *a, struct str *ret)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    CLEANUP(buf_release) struct buf sql = {0};
    struct str sealed;
    assert(field->kind == FIELD_SECRET);
    buf_init(&sql, 1024);
    buf_addf(&sql, "SELECT \"%.*s\" FROM %.*s WHERE \"id\" = ?", STR_ARG(field->name),
             STR_ARG(type_sql(rs, type)->table));
    int err = db_prepare(tx, buf_str(&sql), &st);
    if (err < 0)
        return err;
    db_bind_str(st, 1, id);
    err = db_step(st);
    if (err < 0)
        return err;
    if (err == 0 || db_col_null(st, 0))
        return ERR_NOT_FOUND;
    err = base64_decode(a, db_col_str(st, 0), &sealed);
    return err < 0 ? err : unseal(a, rs->keys->secret, context_of(type, id, field, a), sealed, ret);
}
