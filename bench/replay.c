/*
 * The bare loop over recorded statements, on a database file of its own.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "replay.h"
#include "trace.h"

enum { BATCH = 16, CHECKPOINT_PAGES = 1024 /* the server's 4 MiB */ };

/* How a value that differs from create to create is made anew. */
enum fresh_kind { FRESH_ID, FRESH_NUMBER, FRESH_TEXT, FRESH_BYTES };

struct fresh {
    enum fresh_kind kind;
    struct value old; /* in the last create of the trace */
    int64_t step;     /* FRESH_NUMBER: from one create to the next */
    struct str stem;  /* FRESH_TEXT: what stands before its last digits */
    int digits;
    struct value now;
    char text[128];
};

/* One bound value: as it was, or the fresh one at `fresh`. */
struct slot {
    int fresh; /* -1 */
    struct value fixed;
};

struct statement {
    sqlite3_stmt *st;
    struct slot *slots;
    size_t len;
};

struct replay {
    struct arena arena;
    sqlite3 *db;
    sqlite3_stmt *begin, *commit;
    VEC(struct fresh) fresh;
    struct statement *statements;
    size_t len;
    struct trace_create trace;
    int64_t round;
    int log_pages, log_pages_copied;
};

/* ---- What is fresh ---- */

static bool same(struct value a, struct value b)
{
    if (a.kind != b.kind)
        return false;
    if (a.kind == VALUE_INT)
        return a.i == b.i;
    return a.kind == VALUE_NULL || str_eq(a.s, b.s);
}

static struct fresh fresh_of(struct value before, struct value after)
{
    struct fresh f = {.old = after};
    if (after.kind == VALUE_INT) {
        f.kind = FRESH_NUMBER;
        f.step = before.kind == VALUE_INT ? after.i - before.i : 1;
    } else if (after.kind == VALUE_BYTES)
        f.kind = FRESH_BYTES;
    else if (id_valid(after.s))
        f.kind = FRESH_ID;
    else {
        size_t end = after.s.len;
        while (end > 0 && after.s.ptr[end - 1] >= '0' && after.s.ptr[end - 1] <= '9')
            end--;
        f.kind = FRESH_TEXT;
        f.stem = str_sub(after.s, 0, end);
        f.digits = (int)(after.s.len - end);
    }
    return f;
}

static int fresh_index(struct replay *r, struct value before, struct value after)
{
    for (size_t i = 0; i < r->fresh.len; i++) {
        if (same(r->fresh.items[i].old, after))
            return (int)i;
    }
    struct fresh f = fresh_of(before, after);
    /* A text without a number at its end (the changes, as JSON) need not be unique and is bound as it was. */
    if (f.kind == FRESH_TEXT && (f.digits == 0 || f.stem.len > 64))
        return -1;
    vec_push(&r->arena, &r->fresh, f);
    return (int)r->fresh.len - 1;
}

static void fresh_make(struct replay *r, struct fresh *f)
{
    switch (f->kind) {
    case FRESH_ID: {
        struct id id;
        id_new(&id);
        memcpy(f->text, id.text, ID_LEN);
        f->now = value_str(str_n(f->text, ID_LEN));
        break;
    }
    case FRESH_NUMBER:
        f->now = value_int(f->old.i + f->step * r->round);
        break;
    case FRESH_TEXT: {
        int64_t old = 0;
        if (str_to_i64(str_sub(f->old.s, f->stem.len, f->old.s.len), &old) < 0)
            die("not a number: %.*s", STR_ARG(f->old.s));
        int n =
            snprintf(f->text, sizeof(f->text), "%.*s%0*lld", STR_ARG(f->stem), f->digits, (long long)(old + r->round));
        f->now = value_str(str_n(f->text, (size_t)n));
        break;
    }
    case FRESH_BYTES: /* as unlike each other as real ones, without the price of making them */
        memcpy(f->text, f->old.s.ptr, f->old.s.len);
        memcpy(f->text, &r->round, sizeof(r->round));
        f->now = value_bytes(str_n(f->text, f->old.s.len));
        break;
    }
}

/* ---- Preparing ---- */

static void check(const struct replay *r, int code, const char *what)
{
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
        die("the bare loop can't %s: %s", what, sqlite3_errmsg(r->db));
}

static sqlite3_stmt *prepare(struct replay *r, struct str sql)
{
    sqlite3_stmt *st = NULL;
    check(r, sqlite3_prepare_v3(r->db, sql.ptr, (int)sql.len, SQLITE_PREPARE_PERSISTENT, &st, NULL), "prepare");
    return st;
}

static int log_grew(void *arg, sqlite3 *db UNUSED, const char *name UNUSED, int pages)
{
    struct replay *r = arg;
    r->log_pages = pages;
    return SQLITE_OK;
}

static void settings(struct replay *r)
{
    check(r,
          sqlite3_exec(r->db,
                       "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"
                       "PRAGMA foreign_keys=OFF; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16384",
                       NULL, NULL, NULL),
          "set up");
    sqlite3_wal_hook(r->db, log_grew, r);
}

static void statements_make(struct replay *r, const struct trace_create trace[TRACE_CREATES])
{
    const struct trace_create *one = &trace[TRACE_CREATES - 2], *two = &trace[TRACE_CREATES - 1];
    if (one->len != two->len || one->len == 0)
        die("two creates ran different statements: %zu and %zu", one->len, two->len);
    r->trace = *two;
    r->len = two->len;
    r->statements = arena_array(&r->arena, struct statement, r->len);
    for (size_t i = 0; i < r->len; i++) {
        const struct trace_statement *a = &one->statements[i], *b = &two->statements[i];
        if (!str_eq(a->sql, b->sql))
            die("two creates ran different statements: %.*s and %.*s", STR_ARG(a->sql), STR_ARG(b->sql));
        struct statement *s = &r->statements[i];
        *s = (struct statement){
            .st = prepare(r, b->sql), .slots = arena_array(&r->arena, struct slot, b->len), .len = b->len};
        for (size_t k = 0; k < b->len; k++) {
            bool fresh = !same(a->values[k], b->values[k]);
            s->slots[k] =
                (struct slot){.fresh = fresh ? fresh_index(r, a->values[k], b->values[k]) : -1, .fixed = b->values[k]};
        }
    }
}

static void copy_file(const char *from, const char *to)
{
    struct stat st;
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (in < 0 || out < 0 || fstat(in, &st) < 0)
        die("can't copy %s: %s", from, strerror(errno));
    for (off_t left = st.st_size; left > 0;) {
        ssize_t n = sendfile(out, in, NULL, (size_t)left);
        if (n <= 0)
            die("can't copy %s: %s", from, strerror(errno));
        left -= n;
    }
    (void)close(in);
    (void)close(out);
}

struct replay *replay_new(const char *dir)
{
    struct replay *r = xcalloc(1, sizeof(*r));
    struct trace_create trace[TRACE_CREATES];
    CLEANUP(buf_release) struct buf from = {0}, to = {0};
    arena_init(&r->arena);
    buf_init(&from, 4096);
    buf_init(&to, 4096);
    buf_addf(&from, "%s/tandem.db", dir);
    buf_addf(&to, "%s/bare.db", dir);
    trace_creates(dir, &r->arena, trace);
    copy_file(from.ptr, to.ptr); /* closed, so that all of it is in the one file */
    if (sqlite3_open_v2(to.ptr, &r->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        die("the bare database can't be opened");
    settings(r);
    r->begin = prepare(r, STR("BEGIN IMMEDIATE"));
    r->commit = prepare(r, STR("COMMIT"));
    statements_make(r, trace);
    return r;
}

struct replay *replay_free(struct replay *r)
{
    for (size_t i = 0; i < r->len; i++)
        sqlite3_finalize(r->statements[i].st);
    sqlite3_finalize(r->begin);
    sqlite3_finalize(r->commit);
    sqlite3_close(r->db);
    arena_release(&r->arena);
    free(r);
    return NULL;
}

void replay_tell(const struct replay *r)
{
    bench_note("a create is %zu statements of the writer, %zu values of them fresh:", r->len, r->fresh.len);
    for (size_t i = 0; i < r->len; i++)
        bench_note("  %.110s%s", r->trace.statements[i].sql.ptr, r->trace.statements[i].sql.len > 110 ? "…" : "");
}

/* ---- Running ---- */

static void bind(struct replay *r, sqlite3_stmt *st, int index, struct value v)
{
    int code = SQLITE_OK;
    if (v.kind == VALUE_INT)
        code = sqlite3_bind_int64(st, index, v.i);
    else if (v.kind == VALUE_STRING)
        code = sqlite3_bind_text64(st, index, v.s.ptr, v.s.len, SQLITE_STATIC, SQLITE_UTF8);
    else if (v.kind == VALUE_BYTES)
        code = sqlite3_bind_blob64(st, index, v.s.ptr, v.s.len, SQLITE_STATIC);
    else
        code = sqlite3_bind_null(st, index);
    check(r, code, "bind");
}

static void step(struct replay *r, sqlite3_stmt *st)
{
    int code;
    while ((code = sqlite3_step(st)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(st); i++)
            (void)sqlite3_column_text(st, i);
    }
    check(r, code, sqlite3_sql(st));
    sqlite3_reset(st);
}

static void create_once(struct replay *r)
{
    r->round++;
    for (size_t i = 0; i < r->fresh.len; i++)
        fresh_make(r, &r->fresh.items[i]);
    for (size_t i = 0; i < r->len; i++) {
        struct statement *s = &r->statements[i];
        for (size_t k = 0; k < s->len; k++) {
            const struct slot *slot = &s->slots[k];
            bind(r, s->st, (int)k + 1, slot->fresh < 0 ? slot->fixed : r->fresh.items[slot->fresh].now);
        }
        step(r, s->st);
    }
}

/* As the server's writer does it. */
static void checkpoint_if_due(struct replay *r)
{
    if (r->log_pages < r->log_pages_copied)
        r->log_pages_copied = 0; /* the log began anew */
    if (r->log_pages - r->log_pages_copied < CHECKPOINT_PAGES)
        return;
    check(r, sqlite3_wal_checkpoint_v2(r->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL), "checkpoint");
    r->log_pages_copied = r->log_pages;
}

double replay_run(struct replay *r, int64_t duration_ms)
{
    int64_t begun_us = clock_mono_us(), end_us = begun_us + duration_ms * 1000, now_us, done = 0;
    do {
        step(r, r->begin);
        for (int i = 0; i < BATCH; i++)
            create_once(r);
        step(r, r->commit);
        done += BATCH;
        checkpoint_if_due(r);
        now_us = clock_mono_us();
    } while (now_us < end_us);
    return (double)done * 1e6 / (double)(now_us - begun_us);
}
