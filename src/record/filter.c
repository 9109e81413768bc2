/* The query language of lists: filters in PostgREST's words, order, select, limit, cursor; parsed into SQL over bound
 * values. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/text.h"
#include "record/record_internal.h"

enum op { OP_EQ, OP_NEQ, OP_GT, OP_GTE, OP_LT, OP_LTE, OP_IN, OP_LIKE, OP_ILIKE, OP_IS, OP_COUNT };

static const char *const op_names[OP_COUNT] = {"eq", "neq", "gt", "gte", "lt", "lte", "in", "like", "ilike", "is"};
static const char *const op_sql[OP_COUNT] = {"=", "<>", ">", ">=", "<", "<=", NULL, NULL, NULL, NULL};

struct parser {
    struct records *rs;
    const struct actor *actor;
    const struct type *type;
    int level; /* of the reader */
    const struct company_info *company;
    struct arena *a;
    struct buf *sql;
    struct expr_binds *binds;
    struct problem *why;
    struct str parameter; /* that is being parsed, for messages */
    size_t conditions;
};

bool field_filterable(const struct field *f)
{
    return f->kind != FIELD_SECRET && f->kind != FIELD_LINES && f->kind != FIELD_JSON;
}

bool field_sortable(const struct field *f)
{
    return field_filterable(f) && !field_is_many(f);
}

static int syntax(struct parser *p, struct str near)
{
    return PROBLEM_AT(p->why, WHERE_PARAMETER, p->parameter, FILTER_SYNTAX, ARG("near", str_sub(near, 0, 40)));
}

static int operand(struct parser *p, const struct field *f, enum op op, struct str value)
{
    return PROBLEM_AT(p->why, WHERE_PARAMETER, p->parameter, BAD_OPERAND, ARG("value", str_sub(value, 0, 60)),
                      ARG("field", f->name), ARG("operator", str_of(op_names[op])));
}

/* A field that the actor may not read is as unknown as one that is not there. */
static const struct field *readable_field(const struct type *t, int level, struct str name)
{
    const struct field *f = type_field(t, name);
    if (f == NULL || (f->index == SYS_STATE && t->states_len == 0))
        return NULL;
    return f->sensitivity > level ? NULL : f;
}

/* "…" with \" and \\ inside, if all of s is that; else s as it is. */
static struct str unquote(struct parser *p, struct str s)
{
    if (s.len < 2 || s.ptr[0] != '"' || s.ptr[s.len - 1] != '"')
        return s;
    char *out = arena_alloc(p->a, s.len);
    size_t n = 0;
    for (size_t i = 1; i < s.len - 1; i++) {
        if (s.ptr[i] == '"')
            return s;
        if (s.ptr[i] == '\\' && i + 1 < s.len - 1)
            i++;
        out[n++] = s.ptr[i];
    }
    return str_n(out, n);
}

/* Cuts the next item off a list at a comma that stands outside quotes and parentheses. False at the end; *bad on
 * unbalanced text. */
static bool next_item(struct str *rest, struct str *item, bool *bad)
{
    int depth = 0;
    bool quoted = false;
    size_t i = 0;
    if (rest->ptr == NULL)
        return false;
    for (; i < rest->len; i++) {
        char c = rest->ptr[i];
        if (quoted && c == '\\' && i + 1 < rest->len)
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && c == '(')
            depth++;
        else if (!quoted && c == ')')
            depth--;
        else if (!quoted && depth == 0 && c == ',')
            break;
        if (depth < 0)
            break;
    }
    if (quoted || depth != 0)
        *bad = true;
    *item = str_sub(*rest, 0, i);
    *rest = i < rest->len ? str_sub(*rest, i + 1, rest->len) : STR_NULL;
    return true;
}

static int parse_decimal(struct str s, uint8_t scale, int64_t *ret)
{
    struct decimal d;
    int err = decimal_parse(s, &d);
    if (err < 0)
        return err;
    if (!decimal_fits_scale(
            d, scale)) /* 1.005 equals no value of two places, but it can be compared with all: keep one more digit */
        return ERR_SYNTAX;
    err = decimal_rescale(d, scale, &d);
    if (err == 0)
        *ret = d.coeff;
    return err;
}

/* The bound form of a text operand; ERR_SYNTAX where it is none of the field's values. */
static int operand_value(struct parser *p, const struct field *f, struct str s, struct value *ret)
{
    int64_t n = 0;
    int err = 0;
    struct value_time t;
    switch (f->kind) {
    case FIELD_INT:
    case FIELD_DURATION:
        err = str_to_i64(s, &n);
        break;
    case FIELD_DECIMAL:
    case FIELD_PERCENT:
        err = parse_decimal(s, f->kind == FIELD_PERCENT ? 4 : f->scale, &n);
        break;
    case FIELD_MONEY:
        err = parse_decimal(s, (uint8_t)currency_digits(p->company->currency.ptr), &n);
        break;
    case FIELD_BOOL:
        if (!str_is(s, "true") && !str_is(s, "false"))
            return ERR_SYNTAX;
        n = str_is(s, "true");
        break;
    case FIELD_DATE:
        err = date_parse(s, &n);
        break;
    case FIELD_DATETIME:
        err = time_parse(s, &t);
        if (err == 0)
            n = value_to_ms((struct value){.kind = VALUE_TIMESTAMP, .time = t});
        break;
    case FIELD_LINK:
    case FIELD_LINK_ANY:
    case FIELD_USER:
        if (!id_valid(s))
            return ERR_SYNTAX;
        __attribute__((fallthrough));
    default:
        *ret = value_str(s);
        return 0;
    }
    if (err == 0)
        *ret = value_int(n);
    return err;
}

/* PostgREST's * into GLOB, everything else literally. */
static struct str glob_of(struct parser *p, struct str pattern)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, pattern.len * 3 + 1);
    for (size_t i = 0; i < pattern.len; i++) {
        char c = pattern.ptr[i];
        if (c == '?' || c == '[')
            buf_addf(&b, "[%c]", c);
        else
            buf_add_char(&b, c);
    }
    return arena_str(p->a, buf_str(&b));
}

/* One condition, however many values: the length of the address bounds them. */
static int emit_in(struct parser *p, const struct field *f, const char *lhs, struct str list)
{
    bool bad = false;
    struct str item;
    size_t n = 0;
    if (list.len < 2 || list.ptr[0] != '(' || list.ptr[list.len - 1] != ')')
        return syntax(p, list);
    struct str rest = str_sub(list, 1, list.len - 2);
    buf_addf(p->sql, "%s IN (", lhs);
    while (next_item(&rest, &item, &bad)) {
        struct value v;
        if (bad)
            return syntax(p, list);
        if (operand_value(p, f, unquote(p, item), &v) < 0)
            return operand(p, f, OP_IN, item);
        buf_add_cstr(p->sql, n++ == 0 ? "?" : ",?");
        binds_add(p->a, p->binds, v);
    }
    buf_add_cstr(p->sql, n == 0 ? "NULL)" : ")");
    return 0;
}

static bool is_text(const struct field *f)
{
    return f->kind == FIELD_TEXT || f->kind == FIELD_RICH || f->kind == FIELD_SELECT || f->kind == FIELD_TAGS ||
           f->kind == FIELD_MULTISELECT;
}

/* One comparison of SQL `lhs` that is not null where it holds. */
static int emit_compare(struct parser *p, const struct field *f, const char *lhs, enum op op, struct str raw)
{
    struct str s = unquote(p, raw);
    struct value v;
    if (op == OP_IN)
        return emit_in(p, f, lhs, raw);
    if (op == OP_LIKE || op == OP_ILIKE) {
        if (!is_text(f))
            return operand(p, f, op, raw);
        buf_addf(p->sql, op == OP_LIKE ? "%s GLOB ?" : "fold(%s) GLOB ?", lhs);
        binds_add(p->a, p->binds, value_str(glob_of(p, op == OP_LIKE ? s : text_fold(p->a, s))));
        return 0;
    }
    if (operand_value(p, f, s, &v) < 0)
        return operand(p, f, op, raw);
    buf_addf(p->sql, "%s %s ?", lhs, op_sql[op]);
    binds_add(p->a, p->binds, v);
    return 0;
}

/* A many-valued field fits where one of its values does. Without values the answer is NULL, as of an empty column: then
 * neither the condition nor its opposite holds. */
static int emit_many(struct parser *p, const struct field *f, enum op op, struct str raw)
{
    struct str rows = arena_fmt(p->a, "EXISTS (SELECT 1 FROM \"m_%.*s_%.*s\" m WHERE m.record = t.\"id\"",
                                STR_ARG(p->type->name), STR_ARG(f->name));
    if (op == OP_IS) {
        buf_addf(p->sql, "NOT %.*s)", STR_ARG(rows));
        return 0;
    }
    buf_addf(p->sql, "CASE WHEN %.*s) THEN %s%.*s AND ", STR_ARG(rows), op == OP_NEQ ? "NOT " : "", STR_ARG(rows));
    int err = emit_compare(p, f, "m.value", op == OP_NEQ ? OP_EQ : op, raw);
    buf_add_cstr(p->sql, ") END");
    return err;
}

static int emit_is(struct parser *p, const struct field *f, struct str raw)
{
    if (str_is(raw, "null")) {
        buf_addf(p->sql, "t.\"%.*s\" IS NULL", STR_ARG(f->name));
        return 0;
    }
    if (f->kind == FIELD_BOOL && (str_is(raw, "true") || str_is(raw, "false"))) {
        buf_addf(p->sql, "t.\"%.*s\" = %d", STR_ARG(f->name), str_is(raw, "true"));
        return 0;
    }
    return operand(p, f, OP_IS, raw);
}

/* "eq.value", "not.in.(a,b)": a condition on a field. */
static int parse_condition(struct parser *p, struct str name, struct str text)
{
    struct str word;
    struct str value = str_cut(text, '.', &word);
    bool negate = false;
    const struct field *f = readable_field(p->type, p->level, name);

    if (f == NULL)
        return PROBLEM_AT(p->why, WHERE_PARAMETER, name, UNKNOWN_PARAMETER, ARG("name", name));
    if (!field_filterable(f))
        return PROBLEM_AT(p->why, WHERE_PARAMETER, name, NOT_FILTERABLE, ARG("field", name));
    if (++p->conditions > RECORD_FILTER_COUNT_MAX)
        return PROBLEM_AT(p->why, WHERE_PARAMETER, p->parameter, FILTER_COUNT, ARG("max", STR("100")));
    if (str_is(word, "not")) {
        negate = true;
        value = str_cut(value, '.', &word);
    }
    int op = 0;
    while (op < OP_COUNT && !str_is(word, op_names[op]))
        op++;
    if (op == OP_COUNT || value.ptr == NULL)
        return PROBLEM_AT(p->why, WHERE_PARAMETER, p->parameter, UNKNOWN_OPERATOR,
                          ARG("operator", str_sub(word, 0, 40)));
    if (op == OP_IS && field_is_many(f) && !str_is(value, "null"))
        return operand(p, f, OP_IS, value);
    buf_add_cstr(p->sql, negate ? "(NOT (" : "((");
    int err;
    if (field_is_many(f))
        err = emit_many(p, f, (enum op)op, value);
    else if (op == OP_IS)
        err = emit_is(p, f, value);
    else {
        struct str lhs = arena_fmt(p->a, "t.\"%.*s\"", STR_ARG(f->name));
        err = emit_compare(p, f, lhs.ptr, (enum op)op, value);
    }
    buf_add_cstr(p->sql, "))");
    return err;
}

static int parse_group(struct parser *p, bool any, bool negate, struct str text, int depth);

/* One item of a group: "field.op.value", "or(…)", "not.and(…)". */
static int parse_item(struct parser *p, struct str item, int depth)
{
    struct str rest = item;
    bool negate = str_starts(rest, STR("not.and(")) || str_starts(rest, STR("not.or("));
    if (negate)
        rest = str_sub(rest, 4, rest.len);
    if (str_starts(rest, STR("and(")))
        return parse_group(p, false, negate, str_sub(rest, 3, rest.len), depth + 1);
    if (str_starts(rest, STR("or(")))
        return parse_group(p, true, negate, str_sub(rest, 2, rest.len), depth + 1);
    struct str name;
    struct str condition = str_cut(item, '.', &name);
    if (condition.ptr == NULL)
        return syntax(p, item);
    return parse_condition(p, name, condition);
}

/* "(a.eq.1,or(…))" */
static int parse_group(struct parser *p, bool any, bool negate, struct str text, int depth)
{
    bool bad = false;
    struct str item;
    size_t n = 0;
    if (depth > RECORD_FILTER_DEPTH_MAX)
        return PROBLEM_AT(p->why, WHERE_PARAMETER, p->parameter, FILTER_DEPTH, ARG("max", STR("5")));
    if (text.len < 3 || text.ptr[0] != '(' || text.ptr[text.len - 1] != ')')
        return syntax(p, text);
    struct str rest = str_sub(text, 1, text.len - 2);
    buf_add_cstr(p->sql, negate ? "(NOT (" : "((");
    while (next_item(&rest, &item, &bad)) {
        if (bad || str_empty(item))
            return syntax(p, text);
        if (n++ > 0)
            buf_add_cstr(p->sql, any ? " OR " : " AND ");
        int err = parse_item(p, item, depth);
        if (err < 0)
            return err;
    }
    buf_add_cstr(p->sql, "))");
    return 0;
}

static int parse_order(struct parser *p, struct query *q, struct str text)
{
    struct str rest = text;
    while (rest.ptr != NULL) {
        struct str item, name;
        rest = str_cut(rest, ',', &item);
        struct str direction = str_cut(item, '.', &name);
        const struct field *f = readable_field(p->type, p->level, name);
        bool desc = str_is(direction, "desc");
        if ((direction.ptr != NULL && !desc && !str_is(direction, "asc")) || q->order_len == QUERY_ORDER_MAX)
            return PROBLEM_AT(p->why, WHERE_PARAMETER, STR("order"), BAD_ORDER, ARG("value", str_sub(item, 0, 60)));
        if (f == NULL)
            return PROBLEM_AT(p->why, WHERE_PARAMETER, STR("order"), UNKNOWN_PARAMETER,
                              ARG("name", str_sub(name, 0, 60)));
        if (!field_sortable(f))
            return PROBLEM_AT(p->why, WHERE_PARAMETER, STR("order"), NOT_FILTERABLE, ARG("field", name));
        q->order[q->order_len++] = (struct order_key){.field = f, .descending = desc};
    }
    q->order_text = text;
    return 0;
}

/* "due" or "project.title"; a field without a name is not there, or not for this reader. */
static struct selected parse_selected(struct parser *p, struct str text)
{
    struct str head;
    struct str rest = str_cut(text, '.', &head);
    struct selected s = {.field = readable_field(p->type, p->level, head)};
    bool link = s.field != NULL && (s.field->kind == FIELD_LINK || s.field->kind == FIELD_USER) && s.field->to != NULL;
    if (s.field == NULL || s.field->kind == FIELD_SECRET || (rest.ptr != NULL && !link))
        return s;
    if (rest.ptr != NULL) {
        s.below = readable_field(s.field->to, record_level(p->actor, s.field->to), rest);
        if (s.below == NULL || s.below->kind == FIELD_SECRET)
            return s;
    }
    s.name = text;
    return s;
}

static int parse_select(struct parser *p, struct query *q, struct str text)
{
    VEC(struct selected) fields = {0};
    struct str rest = text;
    while (rest.ptr != NULL) {
        struct str name;
        rest = str_cut(rest, ',', &name);
        struct selected s = parse_selected(p, name);
        if (str_empty(s.name) || fields.len > META_FIELDS_MAX)
            return PROBLEM_AT(p->why, WHERE_PARAMETER, STR("select"), UNKNOWN_PARAMETER,
                              ARG("name", str_sub(name, 0, 60)));
        vec_push(p->a, &fields, s);
    }
    q->select = fields.items;
    q->select_len = fields.len;
    return 0;
}

static int parse_limit(struct parser *p, struct query *q, struct str text)
{
    if (str_to_i64(text, &q->limit) < 0 || q->limit < 1 || q->limit > RECORD_PAGE_MAX)
        return PROBLEM_AT(p->why, WHERE_PARAMETER, STR("limit"), BAD_LIMIT, ARG("max", STR("200")));
    return 0;
}

/* 1: it was a control parameter; 0: it is not; negative: it was a bad one. */
static int parse_control(struct parser *p, struct query *q, const struct query_param *param)
{
    int err = 1;
    if (str_is(param->name, "limit"))
        err = parse_limit(p, q, param->value);
    else if (str_is(param->name, "order"))
        err = parse_order(p, q, param->value);
    else if (str_is(param->name, "select"))
        err = parse_select(p, q, param->value);
    else if (str_is(param->name, "after"))
        q->after = param->value;
    else if (str_is(param->name, "count") && (str_is(param->value, "none") || str_is(param->value, "exact")))
        q->count = str_is(param->value, "exact");
    else if (str_is(param->name, "labels") && (str_is(param->value, "true") || str_is(param->value, "false")))
        q->labels = str_is(param->value, "true");
    else if (str_is(param->name, "count") || str_is(param->name, "labels"))
        err = syntax(p, param->value);
    else
        return 0;
    return err < 0 ? err : 1;
}

static int parse_filter(struct parser *p, const struct query_param *param)
{
    bool negate = str_starts(param->name, STR("not."));
    struct str word = negate ? str_sub(param->name, 4, param->name.len) : param->name;
    if (p->sql->len > 0)
        buf_add_cstr(p->sql, " AND ");
    if (str_is(word, "or") || str_is(word, "and"))
        return parse_group(p, str_is(word, "or"), negate, param->value, 1);
    return parse_condition(p, param->name, param->value);
}

static bool is_repeated(const struct query_param *params, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (str_eq(params[k].name, params[i].name))
            return true;
    }
    return false;
}

int query_parse(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct type *t,
                const struct query_param *params, size_t len, struct arena *a, struct query *ret, struct problem *why)
{
    struct company_info company = {.currency = STR("CNY")};
    struct parser p = {.rs = rs,
                       .actor = actor,
                       .type = t,
                       .level = record_level(actor, t),
                       .company = &company,
                       .a = a,
                       .sql = &ret->where,
                       .binds = &ret->binds,
                       .why = why};
    bool bad = false;

    *ret = (struct query){.limit = RECORD_PAGE_DEFAULT, .count = true};
    buf_init(&ret->where, 1 << 18);
    if (actor != NULL && !str_empty(actor->company)) {
        int err = company_get(rs, tx, actor->company, &company);
        if (err < 0 && err != ERR_NOT_FOUND) /* without a company amounts are read with two digits */
            return err;
    }
    for (size_t i = 0; i < len; i++) {
        p.parameter = params[i].name;
        int control = parse_control(&p, ret, &params[i]);
        int err = control == 0 ? parse_filter(&p, &params[i]) : control;
        if (control == 1 && is_repeated(params, i))
            err = PROBLEM_AT(why, WHERE_PARAMETER, params[i].name, REPEATED_PARAMETER, ARG("name", params[i].name));
        bad = bad || err < 0;
    }
    if (buf_failed(&ret->where))
        bad = true;
    return bad ? PROBLEM(why, QUERY_INVALID) : 0;
}

void query_release(struct query *q)
{
    buf_release(&q->where);
}
