/*
 * Records what the writer runs for a create, by asking the database itself while the server's modules make one.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "app/server.h"
#include "codec/json.h"
#include "trace.h"

/* The first ones make what is made once: counters, prepared statements, the company in memory. */
enum { WARM_UP = 3 };

struct recording {
    struct arena *a;
    VEC(struct trace_statement) statements;
};

/* ---- Values: what stands in the filled text where the statement has a ? ---- */

static struct value read_number(struct str text, size_t *at)
{
    char *end;
    struct value v = value_int(strtoll(text.ptr + *at, &end, 10));
    *at = (size_t)(end - text.ptr);
    return v;
}

static struct value read_text(struct str text, size_t *at, struct arena *a)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 1 << 20);
    for (++*at; *at < text.len; ++*at) {
        if (text.ptr[*at] == '\'' && (++*at >= text.len || text.ptr[*at] != '\''))
            break; /* not a doubled one: the end */
        buf_add_char(&b, text.ptr[*at]);
    }
    return value_str(arena_str(a, buf_str(&b)));
}

static struct value read_bytes(struct str text, size_t *at, struct arena *a)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 1 << 20);
    for (*at += 2; *at + 1 < text.len && text.ptr[*at] != '\''; *at += 2) {
        char pair[3] = {text.ptr[*at], text.ptr[*at + 1], 0};
        buf_add_char(&b, (char)strtol(pair, NULL, 16));
    }
    ++*at;
    return value_bytes(arena_str(a, buf_str(&b)));
}

static struct value read_value(struct str text, size_t *at, struct arena *a)
{
    char c = text.ptr[*at];
    if (c == '\'')
        return read_text(text, at, a);
    if (c == 'x')
        return read_bytes(text, at, a);
    if (c != 'N')
        return read_number(text, at);
    *at += 4;
    return value_null();
}

static void on_statement(void *arg, struct str sql, struct str filled)
{
    struct recording *rec = arg;
    static const struct str control[] = {STR("BEGIN"), STR("COMMIT"), STR("SAVEPOINT"), STR("RELEASE")};
    VEC(struct value) values = {0};
    bool quoted = false;
    size_t at = 0;
    for (size_t i = 0; i < ARRAY_LEN(control); i++) {
        if (str_starts(sql, control[i]))
            return;
    }
    for (size_t i = 0; i < sql.len; i++) {
        quoted = quoted != (sql.ptr[i] == '\'');
        if (sql.ptr[i] == '?' && !quoted)
            vec_push(rec->a, &values, read_value(filled, &at, rec->a));
        else
            at++;
    }
    if (at != filled.len)
        die("a traced statement was not understood: %.*s", STR_ARG(filled));
    vec_push(rec->a, &rec->statements,
             (struct trace_statement){.sql = arena_str(rec->a, sql), .values = values.items, .len = values.len});
}

/* ---- Creates ---- */

void create_body(struct buf *out, int64_t n)
{
    buf_addf(out,
             "{\"subject\":\"Print the flyers for shop %lld\",\"priority\":\"high\",\"due\":\"2026-12-31\","
             "\"estimate\":7200000,\"description\":\"Four pages, both languages; proofs go to marketing first.\"}",
             (long long)n);
}

static int read_actor(struct db_tx *tx, void *arg)
{
    struct server *s = ((void **)arg)[0];
    return auth_actor_by_name(s->auth, tx, STR(CREATE_USER), &s->arena, ((void **)arg)[1]);
}

static void create(struct server *s, const struct actor *actor, int64_t n)
{
    CLEANUP(arena_release) struct arena a = {0};
    CLEANUP(buf_release) struct buf body = {0};
    struct change change = {.op = CHANGE_CREATE, .type = STR(CREATE_TYPE)};
    struct plan plan = {.actor = actor, .mode = MODE_USER, .source = STR("api"), .changes = &change, .changes_len = 1};
    struct write_result result;
    struct problem why;
    arena_init(&a);
    problem_init(&why, &a);
    buf_init(&body, 4096);
    create_body(&body, n);
    int err = json_parse(&a, buf_str(&body), 8, &change.values, &why);
    if (err == 0)
        err = record_write(s->records, &plan, &a, &result, &why);
    if (err < 0)
        die("a create for the trace failed: %s", err_name(err));
}

void trace_creates(const char *dir, struct arena *a, struct trace_create ret[TRACE_CREATES])
{
    struct server s;
    struct problem why;
    struct actor actor;
    problem_init(&why, a);
    if (server_open(dir, &s, &why) < 0)
        die("the data folder %s can't be opened", dir);
    if (db_read(s.db, read_actor, (void *[]){&s, &actor}) < 0)
        die("there is no user " CREATE_USER);
    for (int i = 0; i < WARM_UP; i++)
        create(&s, &actor, i);
    for (int i = 0; i < TRACE_CREATES; i++) {
        struct recording rec = {.a = a};
        db_trace(s.db, on_statement, &rec);
        create(&s, &actor, WARM_UP + i);
        db_trace(s.db, NULL, NULL);
        ret[i] = (struct trace_create){.statements = rec.statements.items, .len = rec.statements.len};
    }
    server_close(&s);
}
