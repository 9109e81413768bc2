/*
 * A connection to the SQLite file with the settings that durability rests on, its errors, its check.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Debian's SQLite 3.40.1 can damage a file when two connections write or checkpoint at the same moment (fixed
 * in 3.51.3). So exactly one connection writes and checkpoints: nobody checkpoints by himself, readers not even when
 * they close, and nothing is mapped.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "db/sqlite_internal.h"

static const char settings_common[] = "PRAGMA mmap_size=0;"
                                      "PRAGMA foreign_keys=OFF;"
                                      "PRAGMA trusted_schema=OFF;"
                                      "PRAGMA cell_size_check=ON;"
                                      "PRAGMA temp_store=MEMORY;"
                                      "PRAGMA synchronous=FULL;"
                                      "PRAGMA wal_autocheckpoint=0;";

static bool no_space(int err)
{
    return err == ENOSPC || err == EDQUOT || err == EFBIG;
}

static int map_code(struct sq_conn *c, int code, int system_err)
{
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
        if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID)
            return ERR_EXISTS;
        return ERR_INTERNAL;
    case SQLITE_FULL:
        return ERR_DISK_FULL;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        /* SQLite does not note the system's error of a COMMIT, so errno is looked at as well. */
        return no_space(system_err) || no_space(sqlite3_system_errno(c->h)) ? ERR_DISK_FULL : ERR_INTERNAL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_UNAVAILABLE;
    case SQLITE_TOOBIG:
        return ERR_LIMIT;
    case SQLITE_NOMEM:
        die("out of memory in SQLite");
    default:
        return ERR_INTERNAL;
    }
}

int sq_error(struct sq_conn *c, int code, struct str sql)
{
    int r = map_code(c, code, errno);
    if (r != ERR_EXISTS) {
        CLEANUP(buf_release) struct buf number = {0};
        buf_init(&number, 64);
        buf_add_i64(&number, code);
        LOG(ERROR, "a statement failed", ARG("error", str_of(err_name(r))), ARG("code", buf_str(&number)),
            ARG("reason", str_of(sqlite3_errmsg(c->h))), ARG("sql", sql));
    }
    /* Some errors (full, I/O) end the whole transaction; what ran before in it is gone too. */
    if (sqlite3_get_autocommit(c->h))
        c->lost = true;
    return r;
}

static int log_grew(void *arg, sqlite3 *h UNUSED, const char *name UNUSED, int pages)
{
    struct sq_conn *c = arg;
    c->log_pages = pages;
    return SQLITE_OK;
}

/* The file is made private before SQLite opens it: its log and index take over the mode. */
static void make_private(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
}

static int pragma_i64(struct sq_conn *c, const char *name, int64_t v)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 256);
    buf_addf(&b, "PRAGMA %s=%lld", name, (long long)v);
    return sqlite3_exec(c->h, b.ptr, NULL, NULL, NULL);
}

static int wal_on(struct sq_conn *c)
{
    sqlite3_stmt *st = NULL;
    int code = sqlite3_prepare_v2(c->h, "PRAGMA journal_mode=WAL", -1, &st, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(st);
    bool on = code == SQLITE_ROW && str_eq_nocase(str_of((const char *)sqlite3_column_text(st, 0)), STR("wal"));
    int ended = sqlite3_finalize(st);
    if (code == SQLITE_ROW)
        code = on ? ended : SQLITE_CANTOPEN;
    return code;
}

static int set_up(struct sq_conn *c, bool writer)
{
    sqlite3_busy_timeout(c->h, SQ_BUSY_MS);
    sqlite3_db_config(c->h, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    sqlite3_db_config(c->h, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, (int *)NULL);
    sqlite3_limit(c->h, SQLITE_LIMIT_ATTACHED, 1);
    if (!writer)
        sqlite3_db_config(c->h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
    int code = sqlite3_exec(c->h, settings_common, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sq_fold_register(c->h);
    if (code == SQLITE_OK)
        code = pragma_i64(c, "cache_size", writer ? -SQ_CACHE_KIB_WRITER : -SQ_CACHE_KIB_READER);
    if (code != SQLITE_OK)
        return code;
    if (!writer)
        return pragma_i64(c, "query_only", 1);
    code = wal_on(c);
    if (code == SQLITE_OK)
        code = pragma_i64(c, "journal_size_limit", SQ_LOG_BYTES_MAX);
    if (code == SQLITE_OK)
        sqlite3_wal_hook(c->h, log_grew, c); /* also takes the place of SQLite's own checkpointing */
    return code;
}

int sq_conn_open(struct sq *s, bool writer, struct sq_conn **ret, struct problem *why)
{
    struct sq_conn *c = xcalloc(1, sizeof(*c));
    c->tx = (struct db_tx){.db = s->db, .conn = c, .write = writer};
    if (writer)
        make_private(s->path);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | (writer ? SQLITE_OPEN_CREATE : 0);
    int code = sqlite3_open_v2(s->path, &c->h, flags, NULL);
    if (code == SQLITE_OK)
        code = set_up(c, writer);
    if (code != SQLITE_OK) {
        int r = sq_error(c, code, STR("(opening the file)"));
        int said = PROBLEM(why, DB_OPEN, ARG("file", str_of(s->path)), ARG("reason", str_of(sqlite3_errmsg(c->h))));
        (void)said;
        sq_conn_close(c);
        return r;
    }
    *ret = c;
    return 0;
}

void sq_conn_close(struct sq_conn *c)
{
    if (!c)
        return;
    sq_statements_free(c);
    db_tx_release(&c->tx);
    int code = sqlite3_close(c->h);
    if (code != SQLITE_OK)
        LOG(ERROR, "a connection could not be closed", ARG("reason", str_of(sqlite3_errstr(code))));
    free(c);
}

int sq_script(struct db_tx *tx, struct str sql)
{
    struct sq_conn *c = tx->conn;
    if (c->lost)
        return tx->err ? tx->err : ERR_INTERNAL;
    c->changes++;
    char *text = xstrndup(sql);
    int code = sqlite3_exec(c->h, text, NULL, NULL, NULL);
    free(text);
    return code == SQLITE_OK ? 0 : sq_error(c, code, sql);
}

/* In a read transaction: the first thing that is wrong, or "ok". */
static int check_file(struct db_tx *tx, void *arg)
{
    struct buf *found = arg;
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    int r = db_prepare(tx, STR("PRAGMA integrity_check(1)"), &st);
    if (r < 0)
        return r;
    r = db_step(st);
    if (r > 0)
        buf_add(found, db_col_str(st, 0));
    return r < 0 ? r : 0;
}

int sq_check(void *impl, struct problem *why)
{
    struct sq *s = impl;
    CLEANUP(buf_release) struct buf found = {0};
    buf_init(&found, 4096);
    int r = db_read(s->db, check_file, &found);
    if (r >= 0 && str_is(buf_str(&found), "ok"))
        return 0;
    int said = PROBLEM(why, DB_DAMAGED, ARG("reason", found.len ? buf_str(&found) : STR("it can't be read")));
    return r < 0 ? r : said;
}

static int trace_statement(unsigned what UNUSED, void *ctx, void *statement, void *text UNUSED)
{
    struct sq *s = ctx;
    char *filled = sqlite3_expanded_sql(statement);
    if (filled)
        s->trace_fn(s->trace_arg, str_of(sqlite3_sql(statement)), str_of(filled));
    sqlite3_free(filled);
    return 0;
}

void sq_trace(void *impl, void (*fn)(void *arg, struct str sql, struct str filled), void *arg)
{
    struct sq *s = impl;
    s->trace_fn = fn;
    s->trace_arg = arg;
    sqlite3_trace_v2(s->writer->h, fn ? SQLITE_TRACE_STMT : 0, fn ? trace_statement : NULL, s);
}
