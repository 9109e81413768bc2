/*
 * Statements of a SQLite connection, kept prepared: found by the address of their text, else by its content.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <stdlib.h>

#include "db/sqlite_internal.h"

static size_t recent_slot(struct str sql)
{
    uint64_t x = (uint64_t)(uintptr_t)sql.ptr * 0x9e3779b97f4a7c15u + sql.len;
    return (size_t)(x >> 56) % SQ_RECENT;
}

static bool has_text(const struct sq_stmt *s, struct str sql)
{
    return s->len == sql.len && memcmp(s->text, sql.ptr, sql.len) == 0;
}

static void statement_free(struct sq_conn *c, struct sq_stmt *s)
{
    struct sq_stmt **at = &c->buckets[s->hash % SQ_BUCKETS];
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    for (size_t i = 0; i < SQ_RECENT; i++) {
        if (c->recent[i] == s)
            c->recent[i] = NULL;
    }
    sqlite3_finalize(s->st);
    free(s->text);
    free(s);
    c->statements--;
}

static void evict_oldest(struct sq_conn *c)
{
    struct sq_stmt *oldest = NULL;
    for (size_t i = 0; i < SQ_BUCKETS; i++) {
        for (struct sq_stmt *s = c->buckets[i]; s; s = s->next) {
            if (!s->busy && (!oldest || s->used < oldest->used))
                oldest = s;
        }
    }
    if (oldest)
        statement_free(c, oldest);
}

static int statement_new(struct sq_conn *c, struct str sql, uint64_t hash, struct sq_stmt **ret)
{
    if (c->statements >= SQ_STATEMENTS_MAX)
        evict_oldest(c);
    sqlite3_stmt *st = NULL;
    const char *rest = NULL;
    int code = sqlite3_prepare_v3(c->h, sql.ptr, (int)sql.len, SQLITE_PREPARE_PERSISTENT, &st, &rest);
    if (code != SQLITE_OK)
        return sq_error(c, code, sql);
    /* A second statement in the text would silently not run. */
    if (!st || !str_empty(str_trim(str_n(rest, (size_t)(sql.ptr + sql.len - rest))))) {
        sqlite3_finalize(st);
        LOG(ERROR, "a statement must be exactly one", ARG("sql", sql));
        return ERR_INTERNAL;
    }
    struct sq_stmt *s = xcalloc(1, sizeof(*s));
    s->conn = c;
    s->st = st;
    s->writes = !sqlite3_stmt_readonly(st);
    s->text = xstrndup(sql);
    s->len = sql.len;
    s->hash = hash;
    s->next = c->buckets[hash % SQ_BUCKETS];
    c->buckets[hash % SQ_BUCKETS] = s;
    c->statements++;
    *ret = s;
    return 0;
}

/* A statement with this text that nobody uses. */
static int statement_get(struct sq_conn *c, struct str sql, struct sq_stmt **ret)
{
    /* The address alone proves nothing (text in an arena), so the content is compared too; that is far cheaper than
     * hashing it. */
    size_t slot = recent_slot(sql);
    struct sq_stmt *s = c->recent[slot];
    if (s && !s->busy && has_text(s, sql)) {
        *ret = s;
        return 0;
    }
    uint64_t hash = str_hash(sql);
    for (s = c->buckets[hash % SQ_BUCKETS]; s; s = s->next) {
        if (!s->busy && s->hash == hash && has_text(s, sql))
            break;
    }
    if (!s) {
        int r = statement_new(c, sql, hash, &s);
        if (r < 0)
            return r;
    }
    c->recent[slot] = s;
    *ret = s;
    return 0;
}

int sq_prepare(struct db_tx *tx, struct str sql, struct db_stmt **ret)
{
    struct sq_conn *c = tx->conn;
    if (c->lost)
        return tx->err ? tx->err : ERR_INTERNAL;
    struct sq_stmt *s;
    int r = statement_get(c, sql, &s);
    if (r < 0)
        return r;
    s->base.tx = tx;
    s->used = ++c->turn;
    s->busy = true;
    s->ended = false;
    c->busy++;
    *ret = &s->base;
    return 0;
}

void sq_bind(struct db_stmt *base, int index, struct value v)
{
    sqlite3_stmt *st = ((struct sq_stmt *)base)->st;
    int code = SQLITE_MISUSE;
    switch (v.kind) {
    case VALUE_NULL:
        code = sqlite3_bind_null(st, index);
        break;
    case VALUE_BOOL:
        code = sqlite3_bind_int64(st, index, v.b);
        break;
    case VALUE_INT:
        code = sqlite3_bind_int64(st, index, v.i);
        break;
    case VALUE_STRING:
        code = sqlite3_bind_text64(st, index, v.s.ptr, v.s.len, SQLITE_STATIC, SQLITE_UTF8);
        break;
    case VALUE_BYTES:
        code = sqlite3_bind_blob64(st, index, v.s.ptr, v.s.len, SQLITE_STATIC);
        break;
    default:
        die("a value of the kind %s can't be bound", value_kind_name(v.kind));
    }
    if (code != SQLITE_OK)
        die("value %d can't be bound (%s): %s", index, sqlite3_errstr(code), ((struct sq_stmt *)base)->text);
}

int sq_step(struct db_stmt *base)
{
    struct sq_stmt *s = (struct sq_stmt *)base;
    if (s->ended)
        return 0;
    if (s->conn->lost)
        return base->tx->err ? base->tx->err : ERR_INTERNAL;
    s->conn->changes += s->writes;
    errno = 0; /* sq_error() looks at it */
    int code = sqlite3_step(s->st);
    if (code == SQLITE_ROW)
        return 1;
    s->ended = true;
    if (code == SQLITE_DONE)
        return 0;
    int r = sq_error(s->conn, code, str_n(s->text, s->len));
    sqlite3_reset(s->st);
    return r;
}

void sq_done(struct db_stmt *base)
{
    struct sq_stmt *s = (struct sq_stmt *)base;
    assert(s->busy);
    sqlite3_reset(s->st);
    sqlite3_clear_bindings(s->st);
    s->busy = false;
    s->conn->busy--;
}

int sq_columns(const struct db_stmt *base)
{
    return sqlite3_column_count(((const struct sq_stmt *)base)->st);
}

bool sq_col_null(struct db_stmt *base, int i)
{
    return sqlite3_column_type(((struct sq_stmt *)base)->st, i) == SQLITE_NULL;
}

int64_t sq_col_i64(struct db_stmt *base, int i)
{
    return sqlite3_column_int64(((struct sq_stmt *)base)->st, i);
}

struct str sq_col_str(struct db_stmt *base, int i)
{
    sqlite3_stmt *st = ((struct sq_stmt *)base)->st;
    int type = sqlite3_column_type(st, i);
    if (type == SQLITE_NULL)
        return STR_NULL;
    const char *p = type == SQLITE_BLOB ? sqlite3_column_blob(st, i) : (const char *)sqlite3_column_text(st, i);
    /* SQLite gives no pointer for an empty blob, which must not look like null. */
    return p ? str_n(p, (size_t)sqlite3_column_bytes(st, i)) : STR("");
}

int64_t sq_changes(struct db_tx *tx)
{
    return sqlite3_changes64(((struct sq_conn *)tx->conn)->h);
}

int sq_run(struct sq_conn *c, struct str sql)
{
    struct sq_stmt *s;
    int r = statement_get(c, sql, &s);
    if (r < 0)
        return r;
    s->used = ++c->turn;
    errno = 0; /* sq_error() looks at it */
    int code = sqlite3_step(s->st);
    if (code != SQLITE_DONE)
        r = sq_error(c, code, sql);
    sqlite3_reset(s->st);
    return r;
}

void sq_statements_settle(struct sq_conn *c)
{
    for (size_t i = 0; c->busy > 0 && i < SQ_BUCKETS; i++) {
        for (struct sq_stmt *s = c->buckets[i]; s; s = s->next) {
            if (!s->busy)
                continue;
            LOG(ERROR, "a statement was not ended by db_done()", ARG("sql", str_n(s->text, s->len)));
            sq_done(&s->base);
        }
    }
}

void sq_statements_free(struct sq_conn *c)
{
    for (size_t i = 0; i < SQ_BUCKETS; i++) {
        while (c->buckets[i])
            statement_free(c, c->buckets[i]);
    }
}
