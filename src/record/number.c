/* Numbers of records: counters per company, type and period, taken in the transaction of the record, so that none is
 * lost or double. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/text.h"
#include "record/record_internal.h"
#include "record/record_sql.h"
#include "record/write.h"

enum { NUMBER_BYTES_MAX = 200 };

struct day {
    int64_t year;
    int month, day;
};

/* A part of the template that is a date; false for the counter. */
static bool date_part(struct str part, const struct day *d, struct buf *out)
{
    if (str_is(part, "yyyy"))
        buf_addf(out, "%04lld", (long long)d->year);
    else if (str_is(part, "yy"))
        buf_addf(out, "%02d", (int)(d->year % 100));
    else if (str_is(part, "mm"))
        buf_addf(out, "%02d", d->month);
    else if (str_is(part, "dd"))
        buf_addf(out, "%02d", d->day);
    else
        return false;
    return true;
}

static void counter(struct str part, int64_t value, struct buf *out)
{
    int64_t digits = 1;
    struct str head, rest = str_cut(part, ':', &head);
    if (str_to_i64(rest, &digits) < 0 || digits < 1 || digits > 18)
        digits = 1;
    buf_addf(out, "%0*lld", (int)digits, (long long)value);
}

/* Fills the template; period NULL: the number itself, else the dates that begin a new count. */
static void fill(struct str template, const struct day *d, int64_t value, bool period, struct buf *out)
{
    for (size_t i = 0; i < template.len; i++) {
        size_t end = template.ptr[i] == '{' ? str_find(template, STR("}"), i) : SIZE_MAX;
        if (end == SIZE_MAX) {
            if (!period)
                buf_add_char(out, template.ptr[i]);
            continue;
        }
        struct str part = str_sub(template, i + 1, end - i - 1);
        if (period && out->len > 0 && !str_starts(part, STR("seq")))
            buf_add_char(out, '-');
        if (!date_part(part, d, out) && !period)
            counter(part, value, out);
        i = end;
    }
}

int op_number(struct op *op)
{
    struct write *w = op->w;
    struct record *r = op->after;
    struct day d;
    int64_t value;
    if (str_empty(op->type->number) || !value_is_null(r->values[SYS_NUMBER]))
        return 0;
    CLEANUP(buf_release) struct buf period, number;
    buf_init(&period, NUMBER_BYTES_MAX);
    buf_init(&number, NUMBER_BYTES_MAX);
    struct str company = r->values[SYS_COMPANY].kind == VALUE_STRING ? r->values[SYS_COMPANY].s : STR("");
    civil_from_days(company_today(w->rs, w->tx, company), &d.year, &d.month, &d.day);
    fill(op->type->number, &d, 0, true, &period);
    struct str key = period.len > 0 ? buf_str(&period) : STR("");
    int err = db_query_i64(w->tx, SQL_NUMBER_NEXT,
                           DB_VALUES(value_str(company), value_str(op->type->name), value_str(key)), 0, &value);
    if (err < 0)
        return err;
    fill(op->type->number, &d, value, false, &number);
    r->values[SYS_NUMBER] = value_str(arena_str(w->a, buf_str(&number)));
    return 0;
}
