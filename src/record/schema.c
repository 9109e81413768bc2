/* The tables of records: the fixed ones by numbered steps, those of types by adding what is missing; nothing is ever
 * dropped. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record_internal.h"
#include "record/write.h"

static const struct db_migration record_migrations[] = {
    {"record", 1,
     "CREATE TABLE number_series (company TEXT NOT NULL, type TEXT NOT NULL, period TEXT NOT NULL, value BIGINT NOT "
     "NULL,\n"
     "    PRIMARY KEY (company, type, period));\n"
     "CREATE TABLE idempotency (actor TEXT NOT NULL, key TEXT NOT NULL, hash TEXT NOT NULL, response TEXT NOT NULL, "
     "record TEXT NOT NULL,\n"
     "    rev BIGINT NOT NULL, event TEXT NOT NULL, at_ms BIGINT NOT NULL, PRIMARY KEY (actor, key));\n"
     "CREATE INDEX idempotency_at ON idempotency (at_ms);\n"},
};

static const char *column_type(const struct field *f, int part)
{
    switch (f->kind) {
    case FIELD_INT:
    case FIELD_DECIMAL:
    case FIELD_PERCENT:
    case FIELD_BOOL:
    case FIELD_DATE:
    case FIELD_DATETIME:
    case FIELD_DURATION:
        return "BIGINT";
    case FIELD_MONEY:
        return part == 1 ? "TEXT" : "BIGINT";
    default:
        return "TEXT";
    }
}

/* The suffix of a field's columns beyond the first. */
static const char *column_suffix(const struct field *f, int part)
{
    if (part == 0)
        return "";
    if (f->kind == FIELD_LINK_ANY)
        return "__type";
    return part == 1 ? "__cur" : "__base";
}

static bool has_column(const struct str *columns, size_t len, const struct field *f, int part)
{
    const char *suffix = column_suffix(f, part);
    size_t suffix_len = strlen(suffix);
    for (size_t i = 0; i < len; i++) {
        if (columns[i].len == f->name.len + suffix_len && str_starts(columns[i], f->name) &&
            str_ends(columns[i], str_of(suffix)))
            return true;
    }
    return false;
}

static int table_create(struct db_tx *tx, const struct type *t, struct buf *sql)
{
    buf_clear(sql);
    buf_addf(sql, "CREATE TABLE \"r_%.*s\" (", STR_ARG(t->name));
    for (size_t i = 0; i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        for (int part = 0; part < field_columns(f); part++)
            buf_addf(sql, "%s\"%.*s%s\" %s%s", i == 0 ? "" : ", ", STR_ARG(f->name), column_suffix(f, part),
                     column_type(f, part), i == SYS_ID ? " NOT NULL PRIMARY KEY" : "");
    }
    if (t->part_of != NULL)
        buf_add_cstr(sql, ", \"parent\" TEXT NOT NULL, \"position\" BIGINT NOT NULL");
    buf_add_cstr(sql, ");\n");
    return db_run_ddl(tx, buf_str(sql));
}

/* Columns of fields that came after the table was made; old rows have null there. */
static int table_extend(struct db_tx *tx, const struct type *t, const struct str *columns, size_t len, struct buf *sql)
{
    buf_clear(sql);
    for (size_t i = 0; i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        for (int part = 0; part < field_columns(f); part++) {
            if (!has_column(columns, len, f, part))
                buf_addf(sql, "ALTER TABLE \"r_%.*s\" ADD COLUMN \"%.*s%s\" %s;\n", STR_ARG(t->name), STR_ARG(f->name),
                         column_suffix(f, part), column_type(f, part));
        }
    }
    return sql->len == 0 ? 0 : db_run_ddl(tx, buf_str(sql));
}

static bool wants_index(const struct type *t, const struct field *f)
{
    if (f->index == SYS_CHANGED_AT)
        return true;
    if (f->index == SYS_STATE)
        return t->states_len > 0;
    if (f->system)
        return false;
    return f->indexed || f->kind == FIELD_LINK || f->kind == FIELD_USER || f->kind == FIELD_LINK_ANY;
}

static int indexes_create(struct db_tx *tx, const struct type *t, struct buf *sql)
{
    buf_clear(sql);
    for (size_t i = 0; i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        if (!field_has_column(f))
            continue;
        bool unique = f->unique || (f->index == SYS_NUMBER && !str_empty(t->number));
        if (unique)
            buf_addf(sql, "CREATE UNIQUE INDEX IF NOT EXISTS \"u_%.*s_%.*s\" ON \"r_%.*s\" (\"company\", \"%.*s\");\n",
                     STR_ARG(t->name), STR_ARG(f->name), STR_ARG(t->name), STR_ARG(f->name));
        if (wants_index(t, f))
            buf_addf(sql, "CREATE INDEX IF NOT EXISTS \"i_%.*s_%.*s\" ON \"r_%.*s\" (\"%.*s\");\n", STR_ARG(t->name),
                     STR_ARG(f->name), STR_ARG(t->name), STR_ARG(f->name));
    }
    if (t->part_of != NULL)
        buf_addf(sql, "CREATE INDEX IF NOT EXISTS \"i_%.*s_parent\" ON \"r_%.*s\" (\"parent\", \"position\");\n",
                 STR_ARG(t->name), STR_ARG(t->name));
    return sql->len == 0 ? 0 : db_run_ddl(tx, buf_str(sql));
}

static int side_tables_create(struct db_tx *tx, const struct type *t, struct buf *sql)
{
    buf_clear(sql);
    for (size_t i = 0; i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        if (!field_is_many(f))
            continue;
        buf_addf(sql,
                 "CREATE TABLE IF NOT EXISTS \"m_%.*s_%.*s\" (\"record\" TEXT NOT NULL, \"position\" BIGINT NOT NULL, "
                 "\"value\" TEXT NOT NULL, PRIMARY KEY (\"record\", \"position\"));\n",
                 STR_ARG(t->name), STR_ARG(f->name));
        buf_addf(sql, "CREATE INDEX IF NOT EXISTS \"i_m_%.*s_%.*s\" ON \"m_%.*s_%.*s\" (\"value\", \"record\");\n",
                 STR_ARG(t->name), STR_ARG(f->name), STR_ARG(t->name), STR_ARG(f->name));
    }
    return sql->len == 0 ? 0 : db_run_ddl(tx, buf_str(sql));
}

static int type_apply(struct db_tx *tx, const struct type *t)
{
    CLEANUP(arena_release) struct arena a = {0};
    CLEANUP(buf_release) struct buf sql = {0};
    struct str *columns = NULL;
    size_t columns_len = 0;

    arena_init(&a);
    buf_init(&sql, 1 << 20);
    int err = db_table_columns(tx, arena_fmt(&a, "r_%.*s", STR_ARG(t->name)), &a, &columns, &columns_len);
    if (err < 0)
        return err;
    err = columns_len == 0 ? table_create(tx, t, &sql) : table_extend(tx, t, columns, columns_len, &sql);
    if (err == 0)
        err = indexes_create(tx, t, &sql);
    if (err == 0)
        err = side_tables_create(tx, t, &sql);
    return err;
}

static int schema_apply_in(struct db_tx *tx, void *arg)
{
    const struct records *rs = arg;
    for (size_t i = 0; i < rs->meta->types_len; i++) {
        int err = type_apply(tx, rs->meta->types[i]);
        if (err < 0)
            return err;
    }
    return 0;
}

int schema_apply(struct records *rs, struct problem *why)
{
    int err = db_migrate(rs->db, record_migrations, ARRAY_LEN(record_migrations), why);
    if (err < 0)
        return err;
    return db_write(rs->db, schema_apply_in, rs);
}

/* ---- Statements that are the same for every record of a type ---- */

static void columns_add(struct buf *b, const struct type *t, const char *alias, int *ret_len)
{
    int n = 0;
    for (size_t i = 0; i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        for (int part = 0; part < field_columns(f); part++, n++)
            buf_addf(b, "%s%s\"%.*s%s\"", n == 0 ? "" : ", ", alias, STR_ARG(f->name), column_suffix(f, part));
    }
    *ret_len = n;
}

static struct str insert_text(struct records *rs, const struct type *t)
{
    CLEANUP(buf_release) struct buf b = {0};
    int n;
    buf_init(&b, 1 << 18);
    buf_addf(&b, "INSERT INTO \"r_%.*s\" (", STR_ARG(t->name));
    columns_add(&b, t, "", &n);
    if (t->part_of != NULL)
        buf_add_cstr(&b, ", \"parent\", \"position\"");
    buf_add_cstr(&b, ") VALUES (?");
    for (int i = 1; i < n + (t->part_of != NULL ? 2 : 0); i++)
        buf_add_cstr(&b, ", ?");
    buf_add_cstr(&b, ")");
    return arena_str(&rs->arena, buf_str(&b));
}

static void fill_texts(struct records *rs, const struct type *t, struct type_sql *s)
{
    s->fill = arena_array(&rs->arena, struct str, t->fields_len);
    for (size_t i = 0; i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        if (f->kind == FIELD_LINES)
            s->fill[i] =
                arena_fmt(&rs->arena, "SELECT %.*s FROM \"r_%.*s\" t WHERE t.\"parent\" = ? ORDER BY t.\"position\"",
                          STR_ARG(type_sql(rs, f->to)->columns), STR_ARG(f->to->name));
        else if (field_is_many(f))
            s->fill[i] = arena_fmt(
                &rs->arena,
                "SELECT \"value\" FROM \"m_%.*s_%.*s\" WHERE \"record\" = ? ORDER BY \"record\", \"position\"",
                STR_ARG(t->name), STR_ARG(f->name));
    }
}

void schema_statements(struct records *rs)
{
    rs->sql = arena_array(&rs->arena, struct type_sql, rs->meta->types_len);
    for (size_t i = 0; i < rs->meta->types_len; i++) {
        const struct type *t = rs->meta->types[i];
        struct type_sql *s = &rs->sql[i];
        CLEANUP(buf_release) struct buf b = {0};
        buf_init(&b, 1 << 18);
        columns_add(&b, t, "t.", &s->columns_len);
        s->columns = arena_str(&rs->arena, buf_str(&b));
        s->table = arena_fmt(&rs->arena, "\"r_%.*s\"", STR_ARG(t->name));
        s->by_id =
            arena_fmt(&rs->arena, "SELECT %.*s FROM %.*s t WHERE t.\"id\" = ?", STR_ARG(s->columns), STR_ARG(s->table));
        s->insert = insert_text(rs, t);
        s->remove = arena_fmt(&rs->arena, "DELETE FROM %.*s WHERE \"id\" = ?", STR_ARG(s->table));
    }
    for (size_t i = 0; i < rs->meta->types_len; i++)
        fill_texts(rs, rs->meta->types[i], &rs->sql[i]);
}
