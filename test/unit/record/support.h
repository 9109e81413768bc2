/*
 * A small company in a temporary folder, for tests of records: types from YAML texts, database, event log, record
 * store, people. SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_TEST_UNIT_RECORD_SUPPORT_H
#define TANDEM_TEST_UNIT_RECORD_SUPPORT_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "codec/json.h"
#include "codec/text.h"
#include "record/record.h"

#define COMPANY_ID "01900000-0000-7000-8000-000000000001"
#define OTHER_COMPANY_ID "01900000-0000-7000-8000-000000000002"

struct world {
    struct arena a;
    char dir[64];
    struct keys keys;
    struct db *db;
    struct event_log *log;
    struct meta *meta;
    struct records *rs;
    struct actor admin, system, clerk, boss, reader, stranger;
};

/* Types that most tests need. */
static const char *const world_types[] = {
    "type: company\nengine: system\ntitle: title\nfields:\n"
    "  title: {type: text, required: true}\n"
    "  currency: {type: text, max_length: 3, default: CNY}\n"
    "  time_zone: {type: text, default: Asia/Shanghai}\n"
    "rights:\n  - {role: everyone, may: [read]}\n",

    "type: user\nengine: system\ntitle: title\nfields:\n"
    "  name: {type: text, required: true, unique: true}\n"
    "  title: {type: text, required: true}\n"
    "  employee: {type: link, to: employee}\n"
    "  roles: {type: multiselect, options: [clerk, boss, reader, flow, sync, admin]}\n"
    "  lang: {type: select, options: [zh-CN, en]}\n"
    "  theme: {type: select, options: [light, dark]}\n"
    "  active: {type: bool, default: true}\n"
    "  service: {type: bool, default: false}\n"
    "rights:\n  - {role: everyone, may: [read]}\n",

    "type: employee\nengine: operations\ntitle: name\nfields:\n"
    "  name: {type: text, required: true}\n"
    "rights:\n  - {role: everyone, may: [read]}\n  - {role: clerk, may: [create, update, delete]}\n",

    "type: notification\nengine: system\nfields:\n"
    "  to: {type: user, required: true, read_only: true}\n"
    "  text_en: {type: text, required: true, read_only: true}\n"
    "  text_zh: {type: text, required: true, read_only: true}\n"
    "  subject: {type: link_any, read_only: true}\n"
    "rights:\n  - {role: everyone, may: [read]}\n  - {role: flow, may: [create]}\n",

    /* Every kind of field. */
    "type: note\nengine: project\ntitle: subject\nfields:\n"
    "  subject: {type: text, required: true, max_length: 20}\n"
    "  code: {type: text, unique: true}\n"
    "  body: {type: rich, history: false}\n"
    "  pieces: {type: int, min: 0, max: 1000}\n"
    "  weight: {type: decimal, scale: 3}\n"
    "  double_weight: {type: decimal, scale: 3, derived: {expr: \"weight * 2\"}}\n"
    "  price: {type: money}\n"
    "  share: {type: percent}\n"
    "  done: {type: bool, default: false}\n"
    "  due: {type: date}\n"
    "  at: {type: datetime}\n"
    "  spent: {type: duration}\n"
    "  mood: {type: select, options: [good, bad], default: good}\n"
    "  moods: {type: multiselect, options: [good, bad, mixed]}\n"
    "  marks: {type: tags}\n"
    "  owner: {type: user, default: \"= actor\"}\n"
    "  friends: {type: link, to: note, many: true}\n"
    "  parent_note: {type: link, to: note}\n"
    "  about: {type: link_any, to: [note, employee]}\n"
    "  raw: {type: json}\n"
    "  token: {type: secret}\n"
    "  inner: {type: text, read_only: true}\n"
    "  salary: {type: int, sensitivity: 3}\n"
    "  children: {type: int, derived: {count: note, by: parent_note}}\n"
    "menu: {group: project}\n"
    "rights:\n  - {role: clerk, may: [read, create, update, delete], level: 1}\n"
    "  - {role: flow, may: [read, create, update]}\n"
    "  - {role: reader, may: [read]}\n",

    /* Rows by rule, states, numbers. */
    "type: task\nengine: project\ntitle: subject\nnumber: T-{yyyy}-{seq:4}\nfields:\n"
    "  subject: {type: text, required: true}\n"
    "  kind: {type: text, immutable_after: [doing, done]}\n"
    "  assignee: {type: link, to: employee}\n"
    "  reason: {type: text}\n"
    "  remark: {type: text}\n"
    "  closed_on: {type: datetime, read_only: true}\n"
    "menu: {group: project}\n"
    "states:\n  open: {kind: draft}\n  doing: {kind: open}\n  done: {kind: done}\n  filed: {kind: done, posted: true}\n"
    "transitions:\n"
    "  start: {from: open, to: doing, who: [clerk, \"field:assignee\"], guard: \"assignee != null\", guard_text: Name "
    "somebody first.}\n"
    "  finish: {from: doing, to: done, who: [creator, clerk], requires: [reason], effects: [{set: {closed_on: "
    "now()}}]}\n"
    "  reopen: {from: done, to: doing, who: [clerk]}\n"
    "  file: {from: done, to: filed, who: [clerk]}\n"
    "rights:\n  - {role: clerk, may: [read, create, update, delete]}\n"
    "  - {role: flow, may: [read, create, update]}\n"
    "  - {role: everyone, may: [read], where: \"assignee == actor.employee || created_by == actor.id\"}\n"
    "  - {role: reader, may: [create, update], where: \"assignee == actor.employee\"}\n",

    /* Money: budget, ledger, claim. */
    "type: budget\nengine: operations\ntitle: title\nfields:\n"
    "  title: {type: text, required: true}\n"
    "  lines: {type: lines, of: budget_line}\n"
    "  planned: {type: money, derived: {sum: lines.planned}}\n"
    "rights:\n  - {role: clerk, may: [read, create, update, delete]}\n  - {role: boss, may: [read]}\n",

    "type: budget_line\npart_of: budget\nengine: operations\ntitle: name\nfields:\n"
    "  name: {type: text, required: true}\n"
    "  planned: {type: money, required: true}\n"
    "  reserved: {type: money, derived: {sum: commitment.amount, by: budget_line, where: \"stage == 'reserved'\"}}\n"
    "  actual: {type: money, derived: {sum: commitment.amount, by: budget_line, where: \"stage == 'actual'\"}}\n"
    "  entries: {type: int, derived: {count: commitment, by: budget_line}}\n"
    "  available: {type: money, derived: {expr: \"planned - reserved - actual\"}}\n"
    "limits:\n  - {that: \"available.amount >= decimal('0')\", shown: available}\n",

    "type: commitment\nengine: operations\nledger: true\nfields:\n"
    "  stage: {type: select, required: true, options: [reserved, actual]}\n"
    "  amount: {type: money, required: true}\n"
    "  budget_line: {type: link, to: budget_line, required: true}\n"
    "  document: {type: link_any, required: true}\n"
    "  remark: {type: text}\n"
    "rights:\n  - {role: boss, may: [read]}\n  - {role: clerk, may: [read, create, update, delete]}\n",

    "type: claim\nengine: operations\ntitle: subject\nnumber: EC-{yyyy}-{seq:5}\nfields:\n"
    "  subject: {type: text, required: true}\n"
    "  claimant: {type: link, to: employee}\n"
    "  task: {type: link, to: task}\n"
    "  budget_line: {type: link, to: budget_line}\n"
    "  lines: {type: lines, of: claim_line}\n"
    "  total: {type: money, derived: {sum: lines.amount}}\n"
    "  line_count: {type: int, derived: {count: lines}}\n"
    "  decided_by: {type: user, read_only: true}\n"
    "menu: {group: operations}\n"
    "states:\n  draft: {kind: draft}\n  submitted: {kind: open}\n  approved: {kind: done, posted: true}\n  rejected: "
    "{kind: cancelled}\n"
    "transitions:\n"
    "  submit:\n    from: draft\n    to: submitted\n    who: [creator, clerk]\n    guard: total.amount > decimal('0')\n"
    "    guard_text: Add a line with an amount.\n    effects:\n"
    "      - post: {ledger: commitment, stage: reserved, amount: total, set: {budget_line: budget_line, remark: "
    "subject}}\n"
    "      - update: {type: task, record: task, set: {remark: \"'claimed'\"}}\n"
    "      - notify: {to: \"'boss'\", text: {en: \"Claim {number} over {total}\", zh: \"报销 {number}，{total}\"}}\n"
    "  approve:\n    from: submitted\n    to: approved\n    who: [boss]\n    decides: true\n    apart_from: [submit]\n "
    "   effects:\n"
    "      - post: {ledger: commitment, stage: reserved, release: true}\n"
    "      - post: {ledger: commitment, stage: actual, amount: total, set: {budget_line: budget_line}}\n"
    "      - set: {decided_by: actor.id}\n"
    "  return:\n    from: submitted\n    to: draft\n    who: [boss]\n    effects:\n"
    "      - post: {ledger: commitment, stage: reserved, release: true}\n"
    "rights:\n  - {role: clerk, may: [read, create, update, delete]}\n  - {role: boss, may: [read, update]}\n"
    "  - {role: flow, may: [read, create, update]}\n",

    "type: claim_line\npart_of: claim\nengine: operations\ntitle: text\nfields:\n"
    "  text: {type: text, required: true}\n"
    "  quantity: {type: decimal, scale: 2}\n"
    "  price: {type: money}\n"
    "  amount: {type: money, derived: {expr: \"price * quantity\"}}\n"
    "  hidden: {type: text, sensitivity: 2}\n"
    "  marks: {type: tags}\n",

    /* A chain without an end. */
    "type: ring\nengine: project\nfields:\n"
    "  twin: {type: link, to: ring}\n"
    "states:\n  a: {kind: draft}\n  b: {kind: open}\n"
    "transitions:\n"
    "  go: {from: [a, b], to: b, who: [clerk], effects: [{transition: {type: ring, record: id, transition: go}}]}\n"
    "rights:\n  - {role: clerk, may: [read, create, update]}\n",
};

/* Every sentence of a problem, for the message of a failing test. */
UNUSED static const char *problem_text(struct world *w, const struct problem *why)
{
    struct buf b;
    buf_init(&b, 1 << 16);
    buf_addf(&b, "%s ", err_name(why->err));
    if (why->message != MSG_NONE)
        message_render(why->message, why->args, LANG_EN, &b);
    for (const struct problem_item *i = why->items; i; i = i->next) {
        (void)buf_addf(&b, " [%.*s %s ", STR_ARG(i->place), message_code(i->message));
        message_render(i->message, i->args, LANG_EN, &b);
        (void)buf_add_char(&b, ']');
    }
    const char *text = arena_cstr(&w->a, buf_str(&b));
    buf_release(&b);
    return text;
}

static inline void world_load(struct world *w, const char *const types[], size_t len)
{
    struct meta_source *sources = arena_array(&w->a, struct meta_source, len);
    for (size_t i = 0; i < len; i++) {
        struct str name, text = str_of(types[i]);
        (void)str_cut(str_sub(text, 6, text.len), '\n', &name);
        sources[i] = (struct meta_source){.file = arena_fmt(&w->a, "model/%.*s.yaml", STR_ARG(name)), .text = text};
    }
    struct problem why;
    problem_init(&why, &w->a);
    if (meta_load(sources, len, &w->meta, &why) < 0)
        fail_msg("model: %s", problem_text(w, &why));
}

/* Writes one change; the answer in *ret. */
static inline int write_one(struct world *w, const struct actor *actor, enum plan_mode mode,
                            const struct change *change, struct write_result *ret, struct problem *why)
{
    struct plan plan = {.actor = actor, .mode = mode, .source = STR("api"), .changes = change, .changes_len = 1};
    problem_init(why, &w->a);
    return record_write(w->rs, &plan, &w->a, ret, why);
}

static inline struct value parsed(struct world *w, const char *json)
{
    struct value v;
    struct problem why;
    problem_init(&why, &w->a);
    if (json_parse(&w->a, str_of(json), JSON_DEPTH_MAX, &v, &why) < 0)
        fail_msg("test JSON %s", json);
    return v;
}

static inline struct str create_as(struct world *w, const struct actor *actor, const char *type, struct str id,
                                   const char *json)
{
    struct change c = {.op = CHANGE_CREATE, .type = str_of(type), .id = id, .values = parsed(w, json)};
    struct write_result r;
    struct problem why;
    if (write_one(w, actor, MODE_IMPORT, &c, &r, &why) < 0)
        fail_msg("create %s %s: %s", type, json, problem_text(w, &why));
    return r.items[0].id;
}

static inline struct actor world_actor(struct world *w, const char *name, const char *role, bool employee)
{
    struct str *roles = arena_array(&w->a, struct str, 1);
    roles[0] = str_of(role);
    struct str who = STR_NULL;
    if (employee)
        who = create_as(w, &w->system, "employee", STR_NULL, arena_fmt(&w->a, "{\"name\":\"%s\"}", name).ptr);
    struct str json =
        arena_fmt(&w->a, "{\"name\":\"%s\",\"title\":\"%s\",\"roles\":[%s%s%s]%s%.*s%s}", name, name, *role ? "\"" : "",
                  role, *role ? "\"" : "", employee ? ",\"employee\":\"" : "", STR_ARG(who), employee ? "\"" : "");
    struct str id = create_as(w, &w->system, "user", STR_NULL, json.ptr);
    return (struct actor){.id = id,
                          .name = str_of(name),
                          .title = str_of(name),
                          .company = STR(COMPANY_ID),
                          .employee = who,
                          .roles = roles,
                          .roles_len = *role ? 1 : 0};
}

static inline void world_open_store(struct world *w)
{
    struct problem why;
    problem_init(&why, &w->a);
    char *path = arena_cstr(&w->a, arena_fmt(&w->a, "%s/data.db", w->dir));
    struct db_options o = {.path = path};
    if (db_open(&o, &w->db, &why) < 0 || db_migrate(w->db, event_migrations, event_migrations_len, &why) < 0 ||
        event_log_open(w->db, &w->keys, &w->log, &why) < 0)
        fail_msg("store: %s", problem_text(w, &why));
    struct records_options ro = {.db = w->db, .log = w->log, .meta = w->meta, .keys = &w->keys};
    if (records_open(&ro, &w->rs, &why) < 0)
        fail_msg("records: %s", problem_text(w, &why));
}

/* A world with more types than the usual ones. */
static inline struct world *world_new_with(const char *const more[], size_t more_len)
{
    struct world *w = xcalloc(1, sizeof(*w));
    crypto_init();
    json_init();
    arena_init(&w->a);
    snprintf(w->dir, sizeof(w->dir), "%s/tandem-record-XXXXXX", "/tmp");
    assert_non_null(mkdtemp(w->dir));
    random_bytes(&w->keys, sizeof(w->keys));
    const char **types = arena_array(&w->a, const char *, ARRAY_LEN(world_types) + more_len);
    memcpy(types, world_types, sizeof(world_types));
    for (size_t i = 0; i < more_len; i++)
        types[ARRAY_LEN(world_types) + i] = more[i];
    world_load(w, types, ARRAY_LEN(world_types) + more_len);
    world_open_store(w);
    w->system = (struct actor){
        .id = STR("01900000-0000-7000-8000-0000000000ff"), .name = STR("system"), .company = STR(COMPANY_ID)};
    create_as(w, &w->system, "company", STR(COMPANY_ID), "{\"title\":\"Home\"}");
    create_as(w, &w->system, "company", STR(OTHER_COMPANY_ID), "{\"title\":\"Elsewhere\",\"currency\":\"USD\"}");
    w->clerk = world_actor(w, "clerk", "clerk", true);
    w->boss = world_actor(w, "boss", "boss", true);
    w->reader = world_actor(w, "reader", "reader", true);
    w->stranger = world_actor(w, "stranger", "", true);
    w->admin = world_actor(w, "admin", "", false);
    w->admin.admin = true;
    return w;
}

static inline struct world *world_new(void)
{
    return world_new_with(NULL, 0);
}

static inline void world_close_store(struct world *w)
{
    w->rs = records_free(w->rs);
    w->log = event_log_free(w->log);
    w->db = db_free(w->db);
}

static inline void world_free(struct world *w)
{
    world_close_store(w);
    meta_free(w->meta);
    DIR *dir = opendir(w->dir);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        if (e->d_name[0] != '.')
            unlink(arena_cstr(&w->a, arena_fmt(&w->a, "%s/%s", w->dir, e->d_name)));
    }
    if (dir)
        closedir(dir);
    rmdir(w->dir);
    arena_release(&w->a);
    free(w);
}

static inline int world_setup(void **state)
{
    *state = world_new();
    return 0;
}

static inline int world_teardown(void **state)
{
    clock_set_for_test(0);
    world_free(*state);
    return 0;
}

/* ---- Reading back ---- */

struct load_arg {
    struct world *w;
    const struct type *type;
    struct str id;
    struct record *record;
};

static inline int load_in(struct db_tx *tx, void *arg)
{
    struct load_arg *l = arg;
    return record_get(l->w->rs, tx, NULL, l->type, l->id, &l->w->a, &l->record);
}

/* NULL where it is not there. */
static inline struct record *load(struct world *w, const char *type, struct str id)
{
    struct load_arg l = {.w = w, .type = meta_type(w->meta, str_of(type)), .id = id};
    assert_non_null(l.type);
    return db_read(w->db, load_in, &l) < 0 ? NULL : l.record;
}

/* A field of a record as the API writes it. */
UNUSED static const char *field_json(struct world *w, const struct record *r, const char *field)
{
    const struct field *f = type_field(r->type, str_of(field));
    assert_non_null(f);
    struct buf b;
    buf_init(&b, 1 << 20);
    field_to_json(f, r->values[f->index], &b);
    const char *text = arena_cstr(&w->a, buf_str(&b));
    buf_release(&b);
    return text;
}

UNUSED static const char *shown(struct world *w, const char *type, struct str id, const char *field)
{
    struct record *r = load(w, type, id);
    assert_non_null(r);
    return field_json(w, r, field);
}

struct query_arg {
    struct str sql;
    int64_t n;
};

static inline int query_in(struct db_tx *tx, void *arg)
{
    struct query_arg *q = arg;
    return db_query_i64(tx, q->sql, NULL, 0, 0, &q->n);
}

/* One number out of the tables themselves. */
UNUSED static int64_t query(struct world *w, const char *sql)
{
    struct query_arg q = {.sql = str_of(sql)};
    assert_return_code(db_read(w->db, query_in, &q), 0);
    return q.n;
}

struct events {
    struct world *w;
    struct event items[400];
    size_t len;
};

static inline int events_add(void *arg, const struct event *e)
{
    struct events *all = arg;
    assert_true(all->len < ARRAY_LEN(all->items));
    all->items[all->len++] = *e;
    return 0;
}

static inline int events_in(struct db_tx *tx, void *arg)
{
    struct events *all = arg;
    return event_read(tx, &all->w->a, all->items[0].seq, ARRAY_LEN(all->items), events_add, all);
}

/* The events after a seq. */
UNUSED static struct events *events_after(struct world *w, int64_t seq)
{
    struct events *all = arena_new(&w->a, struct events);
    all->w = w;
    all->items[0].seq = seq;
    assert_true(db_read(w->db, events_in, all) >= 0);
    return all;
}

UNUSED static int64_t now_seq(struct world *w)
{
    return event_sealed(w->log);
}

#endif
