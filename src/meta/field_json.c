/*
 * A field's value from JSON and back: kind, length, range, scale, options, each mistake at its pointer.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "codec/json.h"
#include "codec/text.h"
#include "meta/meta.h"

struct reading {
    const struct field *f;
    struct arena *a;
    struct str pointer;
    struct problem *why;
};

#define WRONG(r, m, ...)                                                                                               \
    PROBLEM_AT((r)->why, WHERE_POINTER, (r)->pointer, m, ARG("field", (r)->f->name) __VA_OPT__(, ) __VA_ARGS__)

/* What a client must send, as an example: it reads the same in every language. */
static struct str expected_form(const struct field *f)
{
    static const char *const forms[FIELD_KINDS] = {
        [FIELD_TEXT] = "\"text\"",
        [FIELD_RICH] = "\"text\"",
        [FIELD_INT] = "12",
        [FIELD_DECIMAL] = "\"12.50\"",
        [FIELD_MONEY] = "{\"amount\": \"12.50\", \"currency\": \"CNY\"}",
        [FIELD_PERCENT] = "\"0.25\"",
        [FIELD_BOOL] = "true / false",
        [FIELD_DATE] = "\"2026-11-25\"",
        [FIELD_DATETIME] = "\"2026-11-25T08:00:00Z\"",
        [FIELD_DURATION] = "5400000 (ms)",
        [FIELD_SELECT] = "\"text\"",
        [FIELD_MULTISELECT] = "[\"text\"]",
        [FIELD_TAGS] = "[\"text\"]",
        [FIELD_LINK] = "\"id\" (UUID)",
        [FIELD_LINK_ANY] = "{\"type\": \"task\", \"id\": \"id\" (UUID)}",
        [FIELD_USER] = "\"id\" (UUID)",
        [FIELD_LINES] = "[{…}]",
        [FIELD_JSON] = "JSON",
        [FIELD_SECRET] = "\"text\"",
    };
    return f->many ? STR("[\"id\"] (UUID)") : str_of(forms[f->kind]);
}

static int wrong_type(struct reading *r)
{
    return WRONG(r, WRONG_TYPE, ARG("expected", expected_form(r->f)));
}

/* ---- Text ---- */

static int text_from(struct reading *r, struct value in, struct value *ret)
{
    if (in.kind != VALUE_STRING)
        return wrong_type(r);
    if (!utf8_valid(in.s) || (in.s.len > 0 && memchr(in.s.ptr, 0, in.s.len)))
        return WRONG(r, NUL_IN_TEXT);
    if (r->f->max_length > 0 && in.s.len > (size_t)r->f->max_length && utf8_len(in.s) > (size_t)r->f->max_length)
        return WRONG(r, TOO_LONG, ARG("max", arena_fmt(r->a, "%lld", (long long)r->f->max_length)));
    *ret = in;
    return 0;
}

static int option_from(struct reading *r, struct value in, struct value *ret)
{
    enum { OPTIONS_BYTES_MAX = 4000 };
    if (in.kind != VALUE_STRING)
        return wrong_type(r);
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, OPTIONS_BYTES_MAX);
    for (size_t i = 0; i < r->f->options_len; i++) {
        if (str_eq(r->f->options[i].value, in.s)) {
            *ret = in;
            return 0;
        }
        (void)buf_addf(&b, "%s%.*s", i ? ", " : "", STR_ARG(r->f->options[i].value));
    }
    return WRONG(r, NOT_AN_OPTION, ARG("options", buf_str(&b)));
}

/* An object of an expression stands for its id. */
static bool id_of(struct value in, struct str *ret)
{
    if (in.kind == VALUE_OBJECT && in.obj.ops->id)
        *ret = in.obj.ops->id(in.obj.impl);
    else if (in.kind == VALUE_STRING)
        *ret = in.s;
    else
        return false;
    return id_valid(*ret);
}

static int link_from(struct reading *r, struct value in, struct value *ret)
{
    struct str id;
    if (!id_of(in, &id))
        return wrong_type(r);
    *ret = value_str(id);
    return 0;
}

static int link_any_from(struct reading *r, struct value in, struct value *ret)
{
    struct str type = STR_NULL, id = STR_NULL;
    if (in.kind == VALUE_OBJECT && in.obj.ops->id) {
        /* "type" is no field's name, so an object of a record can answer it with its record type. */
        struct value t;
        if (in.obj.ops->get(in.obj.impl, STR("type"), r->a, &t) < 0 || t.kind != VALUE_STRING)
            return wrong_type(r);
        type = t.s;
        id = in.obj.ops->id(in.obj.impl);
    } else if (in.kind == VALUE_MAP && in.map.len == 2) {
        const struct value *t = value_map_get(in, STR("type")), *i = value_map_get(in, STR("id"));
        if (!t || !i || t->kind != VALUE_STRING || !id_of(*i, &id))
            return wrong_type(r);
        type = t->s;
    }
    if (str_empty(type) || !id_valid(id))
        return wrong_type(r);
    bool allowed = r->f->to_any_len == 0;
    for (size_t i = 0; i < r->f->to_any_len; i++)
        allowed = allowed || str_eq(r->f->to_any[i]->name, type);
    if (!allowed)
        return wrong_type(r);
    struct value *kv = arena_array(r->a, struct value, 4);
    kv[0] = value_str(STR("type"));
    kv[1] = value_str(STR("id"));
    kv[2] = value_str(type);
    kv[3] = value_str(id);
    *ret = (struct value){.kind = VALUE_MAP, .map = {.keys = kv, .values = kv + 2, .len = 2}};
    return 0;
}

/* ---- Numbers ---- */

static struct str decimal_text(struct arena *a, struct decimal d)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 64);
    decimal_format(d, &b);
    return arena_str(a, buf_str(&b));
}

static int range_check(struct reading *r, struct decimal d)
{
    const struct field *f = r->f;
    if ((!f->has_min || decimal_cmp(d, f->min) >= 0) && (!f->has_max || decimal_cmp(d, f->max) <= 0))
        return 0;
    return WRONG(r, OUT_OF_RANGE, ARG("min", f->has_min ? decimal_text(r->a, f->min) : STR("-∞")),
                 ARG("max", f->has_max ? decimal_text(r->a, f->max) : STR("∞")));
}

static int int_from(struct reading *r, struct value in, struct value *ret)
{
    if (r->f->kind == FIELD_DURATION && in.kind == VALUE_DURATION)
        in = value_int(value_to_ms(in));
    if (in.kind != VALUE_INT)
        return wrong_type(r);
    int err = range_check(r, (struct decimal){.coeff = in.i});
    if (err == 0)
        *ret = in;
    return err;
}

static int decimal_from(struct reading *r, struct value in, struct value *ret)
{
    struct decimal d;
    if (in.kind == VALUE_DECIMAL) {
        d = in.dec;
    } else if (in.kind != VALUE_STRING) {
        return wrong_type(r);
    } else {
        int err = decimal_parse(in.s, &d);
        if (err < 0)
            return err == ERR_LIMIT ? WRONG(r, OVERFLOW) : wrong_type(r);
    }
    if (!decimal_fits_scale(d, r->f->scale))
        return WRONG(r, TOO_PRECISE, ARG("max", arena_fmt(r->a, "%d", r->f->scale)));
    if (decimal_rescale(d, r->f->scale, &d) < 0)
        return WRONG(r, OVERFLOW);
    int err = range_check(r, d);
    if (err == 0)
        *ret = value_dec(d);
    return err;
}

static int money_text(struct reading *r, struct value in, struct money *ret)
{
    const struct value *amount = in.kind == VALUE_MAP ? value_map_get(in, STR("amount")) : NULL;
    const struct value *currency = amount ? value_map_get(in, STR("currency")) : NULL;
    if (!currency || in.map.len != 2 || amount->kind != VALUE_STRING || currency->kind != VALUE_STRING)
        return wrong_type(r);
    if (!currency_known(currency->s))
        return WRONG(r, BAD_CURRENCY, ARG("currency", str_sub(currency->s, 0, 12)));
    int err = money_parse(amount->s, currency->s, ret);
    if (err == ERR_LIMIT)
        return WRONG(r, OVERFLOW);
    struct decimal d;
    if (err < 0 && decimal_parse(amount->s, &d) == 0)
        return WRONG(r, TOO_PRECISE, ARG("max", arena_fmt(r->a, "%d", currency_digits(arena_cstr(r->a, currency->s)))));
    return err < 0 ? wrong_type(r) : 0;
}

static int money_from(struct reading *r, struct value in, struct value *ret)
{
    struct money m;
    int err = 0;
    if (in.kind == VALUE_MONEY)
        m = in.money;
    else
        err = money_text(r, in, &m);
    if (err < 0)
        return err;
    int digits = currency_digits(m.currency);
    if (digits < 0)
        return WRONG(r, BAD_CURRENCY, ARG("currency", str_n(m.currency, strnlen(m.currency, sizeof(m.currency)))));
    err = range_check(r, (struct decimal){.coeff = m.minor, .scale = (uint8_t)digits});
    if (err == 0)
        *ret = value_money(m);
    return err;
}

/* ---- Time ---- */

static int date_from(struct reading *r, struct value in, struct value *ret)
{
    int64_t days;
    if (in.kind == VALUE_DATE)
        *ret = in;
    else if (in.kind == VALUE_STRING && date_parse(in.s, &days) == 0)
        *ret = value_date(days);
    else
        return wrong_type(r);
    return 0;
}

static int datetime_from(struct reading *r, struct value in, struct value *ret)
{
    struct value t = in;
    if (in.kind == VALUE_STRING) {
        if (time_parse(in.s, &t.time) < 0)
            return wrong_type(r);
        t.kind = VALUE_TIMESTAMP;
    }
    if (t.kind != VALUE_TIMESTAMP)
        return wrong_type(r);
    *ret = value_time_ms(value_to_ms(t));
    return 0;
}

/* ---- Lists and the rest ---- */

static int json_from(struct reading *r, struct value in, struct value *ret)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, (size_t)r->f->max_length);
    json_write(&b, in);
    if (buf_failed(&b))
        return WRONG(r, TOO_LONG, ARG("max", arena_fmt(r->a, "%lld", (long long)r->f->max_length)));
    *ret = in;
    return 0;
}

static int bool_from(struct reading *r, struct value in, struct value *ret)
{
    if (in.kind != VALUE_BOOL)
        return wrong_type(r);
    *ret = in;
    return 0;
}

static int lines_from(struct reading *r, struct value in, struct value *ret)
{
    if (in.kind != VALUE_LIST)
        return wrong_type(r);
    if (in.list.len > META_LINES_MAX)
        return WRONG(r, TOO_MANY_ITEMS, ARG("max", arena_fmt(r->a, "%d", META_LINES_MAX)));
    for (size_t i = 0; i < in.list.len; i++)
        if (in.list.items[i].kind != VALUE_MAP)
            return wrong_type(r);
    *ret = in;
    return 0;
}

static int one_from(struct reading *r, struct value in, struct value *ret)
{
    static int (*const readers[FIELD_KINDS])(struct reading *, struct value, struct value *) = {
        [FIELD_TEXT] = text_from,       [FIELD_RICH] = text_from,     [FIELD_INT] = int_from,
        [FIELD_DECIMAL] = decimal_from, [FIELD_MONEY] = money_from,   [FIELD_PERCENT] = decimal_from,
        [FIELD_BOOL] = bool_from,       [FIELD_DATE] = date_from,     [FIELD_DATETIME] = datetime_from,
        [FIELD_DURATION] = int_from,    [FIELD_SELECT] = option_from, [FIELD_MULTISELECT] = option_from,
        [FIELD_TAGS] = text_from,       [FIELD_LINK] = link_from,     [FIELD_LINK_ANY] = link_any_from,
        [FIELD_USER] = link_from,       [FIELD_LINES] = lines_from,   [FIELD_JSON] = json_from,
        [FIELD_SECRET] = text_from,
    };
    return readers[r->f->kind](r, in, ret);
}

/* Each entry once, in the order given: they are sets to a person. */
static int many_from(struct reading *r, struct value in, struct value *ret)
{
    if (in.kind != VALUE_LIST)
        return wrong_type(r);
    if (in.list.len > META_MANY_MAX)
        return WRONG(r, TOO_MANY_ITEMS, ARG("max", arena_fmt(r->a, "%d", META_MANY_MAX)));
    struct value *items = arena_array(r->a, struct value, in.list.len);
    size_t len = 0;
    for (size_t i = 0; i < in.list.len; i++) {
        struct reading one = *r;
        one.pointer = arena_fmt(r->a, "%.*s/%zu", STR_ARG(r->pointer), i);
        int err = one_from(&one, in.list.items[i], &items[len]);
        if (err < 0)
            return err;
        bool seen = false;
        for (size_t k = 0; k < len && !seen; k++)
            seen = value_same(items[k], items[len]);
        if (!seen)
            len++;
    }
    *ret = value_list_of(r->a, items, len);
    return 0;
}

int field_from_json(const struct field *f, struct value in, struct arena *a, struct str pointer, struct value *ret,
                    struct problem *why)
{
    struct reading r = {.f = f, .a = a, .pointer = pointer, .why = why};
    struct value typed;
    if (value_is_null(in)) {
        *ret = value_null();
        return 0;
    }
    int err = field_is_many(f) ? many_from(&r, in, &typed) : one_from(&r, in, &typed);
    if (err == 0)
        *ret = typed;
    return err;
}

/* ---- Out ---- */

static void datetime_to_json(struct value v, struct buf *out)
{
    (void)buf_add_char(out, '"');
    time_format_ms(value_to_ms(v), out);
    (void)buf_add_char(out, '"');
}

void field_to_json(const struct field *f, struct value v, struct buf *out)
{
    if (f->kind == FIELD_SECRET) /* write-only, whatever the caller holds */
        (void)buf_add_cstr(out, "null");
    else if (value_is_null(v) && (field_is_many(f) || f->kind == FIELD_LINES))
        (void)buf_add_cstr(out, "[]");
    else if (f->kind == FIELD_DATETIME && v.kind == VALUE_TIMESTAMP)
        datetime_to_json(v, out);
    else
        json_write(out, v);
}
