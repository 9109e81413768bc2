/* Opens the record store over a database, an event log and the types, and keeps what it knows of companies. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/text.h"
#include "record/record_internal.h"
#include "record/write.h"

enum { COMPANY_KEEP_MS = 1000, DAY_SLOT_MS = 15 * 60 * 1000 };

int records_open(const struct records_options *o, struct records **ret, struct problem *why)
{
    assert(o->db && o->log && o->meta && o->keys);
    struct records *rs = xcalloc(1, sizeof(*rs));
    rs->db = o->db;
    rs->log = o->log;
    rs->meta = o->meta;
    rs->keys = o->keys;
    arena_init(&rs->arena);
    pthread_mutex_init(&rs->lock, NULL);
    rs->companies = map_new(NULL);
    rs->services = map_new(NULL);
    int err = schema_apply(rs, why);
    if (err < 0) {
        records_free(rs);
        return err;
    }
    schema_statements(rs);
    *ret = rs;
    return 0;
}

struct records *records_free(struct records *rs)
{
    if (rs == NULL)
        return NULL;
    rs->companies = map_free(rs->companies);
    rs->services = map_free(rs->services);
    arena_release(&rs->arena);
    pthread_mutex_destroy(&rs->lock);
    free(rs);
    return NULL;
}

void records_set_owner(struct records *rs, record_owner_fn fn, void *ctx)
{
    rs->owner = fn;
    rs->owner_ctx = ctx;
}

const struct meta *records_meta(const struct records *rs)
{
    return rs->meta;
}

struct db *records_db(const struct records *rs)
{
    return rs->db;
}

struct event_log *records_log(const struct records *rs)
{
    return rs->log;
}

size_t type_index(const struct records *rs, const struct type *t)
{
    size_t low = 0, high = rs->meta->types_len;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = str_cmp(rs->meta->types[mid]->name, t->name);
        if (order == 0)
            return mid;
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    die("type %.*s is not of this model", STR_ARG(t->name));
}

/* ---- Companies ---- */

static struct str company_text(const struct record *r, const char *name, const char *def)
{
    const struct field *f = type_field(r->type, str_of(name));
    if (f == NULL || r->values[f->index].kind != VALUE_STRING)
        return str_of(def);
    return r->values[f->index].s;
}

/* Texts are kept in the arena of the store, and only where they changed, so that copies in use stay valid. */
static void company_keep(struct records *rs, const struct company_info *fresh)
{
    struct company_info *c = map_get(rs->companies, fresh->id);
    if (c == NULL) {
        c = arena_new(&rs->arena, struct company_info);
        c->id = arena_str(&rs->arena, fresh->id);
        map_put(rs->companies, c->id, c);
    }
    if (!str_eq(c->title, fresh->title))
        c->title = arena_str(&rs->arena, fresh->title);
    if (!str_eq(c->currency, fresh->currency))
        c->currency = arena_str(&rs->arena, fresh->currency);
    if (!str_eq(c->time_zone, fresh->time_zone)) {
        c->time_zone = arena_str(&rs->arena, fresh->time_zone);
        c->slot = 0;
    }
    c->read_ms = clock_mono_ms();
}

static bool company_cached(struct records *rs, struct str id, struct company_info *ret)
{
    pthread_mutex_lock(&rs->lock);
    const struct company_info *c = map_get(rs->companies, id);
    bool fresh = c != NULL && clock_mono_ms() - c->read_ms < COMPANY_KEEP_MS;
    if (fresh)
        *ret = *c;
    pthread_mutex_unlock(&rs->lock);
    return fresh;
}

int company_get(struct records *rs, struct db_tx *tx, struct str id, struct company_info *ret)
{
    if (company_cached(rs, id, ret))
        return 0;
    const struct type *t = meta_type(rs->meta, STR("company"));
    if (t == NULL)
        return ERR_NOT_FOUND;
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    struct record *r;
    int err = record_load(rs, tx, t, id, &a, &r);
    if (err < 0)
        return err;
    struct company_info fresh = {.id = id};
    fresh.title = record_title(r, LANG_EN, &a);
    fresh.currency = company_text(r, "currency", "CNY");
    fresh.time_zone = company_text(r, "time_zone", "UTC");
    pthread_mutex_lock(&rs->lock);
    company_keep(rs, &fresh);
    *ret = *(const struct company_info *)map_get(rs->companies, id);
    pthread_mutex_unlock(&rs->lock);
    return 0;
}

void company_forget(struct records *rs, struct str id)
{
    pthread_mutex_lock(&rs->lock);
    struct company_info *c = map_get(rs->companies, id);
    if (c != NULL)
        c->read_ms = clock_mono_ms() - COMPANY_KEEP_MS - 1;
    pthread_mutex_unlock(&rs->lock);
}

int64_t company_today(struct records *rs, struct db_tx *tx, struct str company)
{
    struct company_info info = {0};
    int64_t now = clock_now_ms(), slot = now / DAY_SLOT_MS + 1, day;
    if (str_empty(company) || company_get(rs, tx, company, &info) < 0)
        info.time_zone = STR("UTC");
    if (info.slot == slot)
        return info.day;
    if (zone_day(info.time_zone, now, &day) < 0)
        day = now / 86400000;
    pthread_mutex_lock(&rs->lock);
    struct company_info *c = map_get(rs->companies, company);
    if (c != NULL && str_eq(c->time_zone, info.time_zone)) {
        c->slot = slot;
        c->day = day;
    }
    pthread_mutex_unlock(&rs->lock);
    return day;
}
