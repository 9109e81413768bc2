/* One message from outside as something that expressions can read. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"
#include "hub/hub_internal.h"

int inbound_open(struct hub *h, struct str body, struct arena *a, struct inbound *ret, struct problem *why)
{
    struct value *payload = arena_new(a, struct value);
    int err = json_parse(a, body, JSON_DEPTH_MAX, payload, why);
    if (err < 0)
        return err;
    if (payload->kind != VALUE_MAP)
        return PROBLEM(why, JSON_NOT_OBJECT);
    *ret = (struct inbound){.h = h, .payload = json_as_object(a, payload), .currency = STR("CNY"), .a = a};
    return 0;
}

int inbound_eval(const struct inbound *m, const struct expr *e, struct value *ret, struct problem *why)
{
    static const struct expr_var names[] = {{.name = "payload", .type = {.kind = TYPE_DYN}},
                                            {.name = "currency", .type = {.kind = TYPE_STRING}}};
    const struct value values[] = {m->payload, value_str(m->currency)};
    struct record_scope scope = {.rs = m->h->records, .names = names, .values = values, .len = ARRAY_LEN(values)};
    int err = record_eval(&scope, e, m->a, ret, why);
    if (err == ERR_NOT_FOUND && why != NULL)
        problem_clear(why); /* what the message does not hold is no mistake */
    return err;
}

int inbound_text(const struct inbound *m, const struct expr *e, struct str *ret, struct problem *why)
{
    struct value v;
    int err = inbound_eval(m, e, &v, why);
    if (err == ERR_NOT_FOUND) {
        *ret = STR("");
        return 0;
    }
    if (err < 0)
        return err;
    if (v.kind == VALUE_STRING)
        *ret = v.s;
    else if (v.kind == VALUE_INT)
        *ret = arena_fmt(m->a, "%lld", (long long)v.i);
    else
        *ret = STR("");
    return 0;
}
