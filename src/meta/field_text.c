/*
 * A field's value as a person reads it in a sentence: grouped amounts, labels of options, hours and minutes.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "codec/json.h"
#include "codec/text.h"
#include "meta/meta.h"

/* "-1234567.50" → "-1,234,567.50" */
static void add_grouped(struct buf *out, struct str number)
{
    size_t sign = number.len > 0 && number.ptr[0] == '-';
    size_t point = str_find_char(number, '.');
    size_t end = point == SIZE_MAX ? number.len : point;
    for (size_t i = 0; i < number.len; i++) {
        if (i > sign && i < end && (end - i) % 3 == 0)
            (void)buf_add_char(out, ',');
        (void)buf_add_char(out, number.ptr[i]);
    }
}

static void money_text(struct money m, struct buf *out)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 64);
    money_format(m, &b);
    add_grouped(out, buf_str(&b));
    (void)buf_addf(out, " %.3s", m.currency);
}

static void decimal_text(struct decimal d, struct buf *out)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 64);
    decimal_format(d, &b);
    add_grouped(out, buf_str(&b));
}

/* A fraction of scale 4 is two decimals of a percentage; trailing zeros say nothing. */
static void percent_text(struct decimal d, struct buf *out)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 64);
    if (decimal_mul(d, (struct decimal){.coeff = 100}, &d) < 0)
        return;
    decimal_format(d, &b);
    struct str s = buf_str(&b);
    if (str_find_char(s, '.') != SIZE_MAX)
        while (s.len > 0 && s.ptr[s.len - 1] == '0')
            s.len--;
    if (s.len > 0 && s.ptr[s.len - 1] == '.')
        s.len--;
    (void)buf_add(out, s);
    (void)buf_add_cstr(out, " %");
}

static void int_text(int64_t i, struct buf *out)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 32);
    (void)buf_add_i64(&b, i);
    add_grouped(out, buf_str(&b));
}

static void duration_text(int64_t ms, enum lang lang, struct buf *out)
{
    const int64_t minute_ms = 60000;
    /* As unsigned, because the smallest number has no positive counterpart. */
    uint64_t minutes = (ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms) / (uint64_t)minute_ms;
    uint64_t hours = minutes / 60, rest = minutes % 60;
    const char *h = lang == LANG_ZH ? "小时" : "h", *m = lang == LANG_ZH ? "分钟" : "min";
    if (ms < 0)
        (void)buf_add_char(out, '-');
    if (hours > 0)
        (void)buf_addf(out, "%llu %s", (unsigned long long)hours, h);
    if (rest > 0 || hours == 0)
        (void)buf_addf(out, "%s%llu %s", hours > 0 ? " " : "", (unsigned long long)rest, m);
}

static void option_text(const struct field *f, struct str value, enum lang lang, struct buf *out)
{
    for (size_t i = 0; i < f->options_len; i++)
        if (str_eq(f->options[i].value, value)) {
            (void)buf_add(out, f->options[i].label.text[lang]);
            return;
        }
    (void)buf_add(out, value);
}

static void datetime_text(struct value v, struct buf *out)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 64);
    time_format_ms(value_to_ms(v), &b);
    /* "2026-11-25T08:00:00.123Z": the day, the minute, and that it is UTC. */
    (void)buf_addf(out, "%.*s %.*s UTC", STR_ARG(str_sub(buf_str(&b), 0, 10)), STR_ARG(str_sub(buf_str(&b), 11, 5)));
}

static void one_text(const struct field *f, struct value v, enum lang lang, struct buf *out)
{
    if (v.kind == VALUE_MONEY)
        money_text(v.money, out);
    else if (v.kind == VALUE_DECIMAL && f->kind == FIELD_PERCENT)
        percent_text(v.dec, out);
    else if (v.kind == VALUE_DECIMAL)
        decimal_text(v.dec, out);
    else if (v.kind == VALUE_INT && f->kind == FIELD_DURATION)
        duration_text(v.i, lang, out);
    else if (v.kind == VALUE_INT)
        int_text(v.i, out);
    else if (v.kind == VALUE_BOOL)
        (void)buf_add_cstr(out, lang == LANG_ZH ? (v.b ? "是" : "否") : (v.b ? "yes" : "no"));
    else if (v.kind == VALUE_DATE)
        date_format(v.i, out);
    else if (v.kind == VALUE_TIMESTAMP)
        datetime_text(v, out);
    else if (v.kind == VALUE_STRING && f->options_len > 0)
        option_text(f, v.s, lang, out);
    else if (v.kind == VALUE_STRING)
        (void)buf_add(out, v.s);
    else if (f->kind == FIELD_LINK_ANY && v.kind == VALUE_MAP && value_map_get(v, STR("id")))
        one_text(f, *value_map_get(v, STR("id")), lang, out);
    else
        json_write(out, v);
}

void field_to_text(const struct field *f, struct value v, enum lang lang, struct buf *out)
{
    if (value_is_null(v) || f->kind == FIELD_SECRET)
        return;
    if (f->kind == FIELD_LINES && v.kind == VALUE_LIST) {
        int_text((int64_t)v.list.len, out);
        return;
    }
    if (v.kind != VALUE_LIST || f->kind == FIELD_JSON) {
        one_text(f, v, lang, out);
        return;
    }
    for (size_t i = 0; i < v.list.len; i++) {
        if (i > 0)
            (void)buf_add_cstr(out, lang == LANG_ZH ? "、" : ", ");
        one_text(f, v.list.items[i], lang, out);
    }
}
