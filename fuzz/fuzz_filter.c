/*
 * Fuzz target: an arbitrary query of a list is understood, and then runs on the database, or it is refused by the name
 * of a parameter. SPDX-License-Identifier: Apache-2.0
 *
 * A line of the input is a parameter, "name=value"; the first byte chooses who asks.
 */
/* links: record embedded_description */
#include <stdint.h>

#include "codec/json.h"
#include "world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PARAMS_MAX = 40 };

struct ask {
    struct fuzz_world *w;
    struct query_param params[PARAMS_MAX];
    size_t len;
    struct actor actor;
    struct arena *a;
    struct problem why;
};

static int ask_in(struct db_tx *tx, void *arg)
{
    struct ask *q = arg;
    CLEANUP(buf_release) struct buf out = {0};
    int64_t count;
    struct value v;
    buf_init(&out, 1 << 20);
    const struct type *t = meta_type(q->w->meta, STR("task"));
    int err = record_list(q->w->records, tx, &q->actor, t, q->params, q->len, q->a, &out, &q->why);
    if (err == 0 && json_parse(q->a, buf_str(&out), JSON_DEPTH_MAX, &v, NULL) < 0)
        die("the answer is not JSON");
    if (err == ERR_INTERNAL)
        die("the query made a statement that the database refuses");
    if (err == ERR_MALFORMED && q->why.items == NULL && q->why.message != MSG_QUERY_INVALID)
        die("refused without a reason");
    for (const struct problem_item *i = q->why.items; i != NULL; i = i->next)
        if (i->where != WHERE_PARAMETER)
            die("a fault of a query is not told by a parameter");
    struct problem again;
    problem_init(&again, q->a);
    if (err == 0 && record_count(q->w->records, tx, &q->actor, t, q->params, q->len, q->a, &count, &again) < 0)
        die("a list that is answered can't be counted");
    return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool closes;
    static const struct str roles[] = {STR("project_manager"), STR("finance"), STR("everyone")};
    struct arena a;
    struct ask q = {.w = fuzz_world_open()};
    if (!closes)
        closes = atexit(fuzz_world_close) == 0;
    arena_init(&a);
    q.a = &a;
    problem_init(&q.why, &a);
    struct str rest = str_n((const char *)data, size);
    unsigned who = size > 0 ? data[0] : 0;
    q.actor = (struct actor){.id = STR("01900000-0000-7000-8000-0000000000ff"),
                             .company = STR("01900000-0000-7000-8000-000000000001"),
                             .roles = &roles[who % ARRAY_LEN(roles)],
                             .roles_len = 1,
                             .admin = who % 4 == 3};
    /* The API hands on only what is UTF-8. */
    while (!str_empty(rest) && q.len < PARAMS_MAX && utf8_valid(rest)) {
        struct str line;
        rest = str_cut(rest, '\n', &line);
        if (str_empty(line))
            continue;
        struct query_param *p = &q.params[q.len++];
        p->value = str_cut(line, '=', &p->name);
        if (p->value.ptr == NULL)
            p->value = STR("");
    }
    (void)db_read(q.w->db, ask_in, &q);
    arena_release(&a);
    return 0;
}
