/*
 * The operators: logic, equality, order, arithmetic, indexing and membership.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "expr/expr_internal.h"

enum { DIVISION_SCALE = 6 }; /* decimals: digits of a quotient, more where an operand has more */

static int overflow(struct run *r)
{
    return run_fail(r, "the number is out of range (overflow)", STR_NULL);
}

static int decimal_error(struct run *r, int err)
{
    return err == ERR_INVALID ? run_fail(r, "division by zero", STR_NULL) : overflow(r);
}

static struct decimal decimal_of(const struct value *v)
{
    return v->kind == VALUE_INT ? (struct decimal){.coeff = v->i} : v->dec;
}

static int op_not(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)r, (void)n;
    *ret = value_bool(!v[0].b);
    return 0;
}

static int op_eq(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)n;
    *ret = value_bool(run_equal(r, &v[0], &v[1]));
    return run_charge(r, 0);
}

static int op_ne(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)n;
    *ret = value_bool(!run_equal(r, &v[0], &v[1]));
    return run_charge(r, 0);
}

static int order(struct run *r, const struct value *v, int *ret)
{
    int err = run_compare(&v[0], &v[1], ret);
    if (err && v[0].kind == VALUE_MONEY && v[1].kind == VALUE_MONEY)
        return run_fail(r, "amounts in different currencies can't be compared", STR_NULL);
    if (v[0].kind == VALUE_STRING && !err)
        err = run_charge(r, v[0].s.len / 64);
    return err == ERR_INVALID ? run_no_overload(r) : err;
}

#define ORDER_OPERATOR(name, test)                                                                                     \
    static int name(struct run *r, const struct value *v, size_t n, struct value *ret)                                 \
    {                                                                                                                  \
        int c, err = order(r, v, &c);                                                                                  \
        (void)n;                                                                                                       \
        if (!err)                                                                                                      \
            *ret = value_bool(c != UNORDERED && (test));                                                               \
        return err;                                                                                                    \
    }
ORDER_OPERATOR(op_lt, c < 0)
ORDER_OPERATOR(op_le, c <= 0)
ORDER_OPERATOR(op_gt, c > 0)
ORDER_OPERATOR(op_ge, c >= 0)

static int add_list(struct run *r, const struct value *v, struct value *ret)
{
    struct value *items;
    size_t a = v[0].list.len, b = v[1].list.len;
    int err = run_charge(r, (a + b) / 16);
    if (err || (err = run_alloc(r, a + b, sizeof(*items), &items)))
        return err;
    if (a)
        memcpy(items, v[0].list.items, a * sizeof(*items));
    if (b)
        memcpy(items + a, v[1].list.items, b * sizeof(*items));
    *ret = (struct value){.kind = VALUE_LIST, .list = {.items = items, .len = a + b}};
    return 0;
}

static int add_text(struct run *r, const struct value *v, struct value *ret)
{
    char *p;
    size_t a = v[0].s.len, b = v[1].s.len;
    int err = run_charge(r, (a + b) / 64);
    if (err || (err = run_alloc(r, a + b + 1, 1, &p)))
        return err;
    if (a)
        memcpy(p, v[0].s.ptr, a);
    if (b)
        memcpy(p + a, v[1].s.ptr, b);
    *ret = (struct value){.kind = v[0].kind, .s = str_n(p, a + b)};
    return 0;
}

static int int_op(struct run *r, char op, int64_t a, int64_t b, struct value *ret)
{
    int64_t x = 0;
    bool bad = false;
    if ((op == '/' || op == '%') && b == 0)
        return run_fail(r, op == '/' ? "division by zero" : "modulus by zero", STR_NULL);
    switch (op) {
    case '+':
        bad = __builtin_add_overflow(a, b, &x);
        break;
    case '-':
        bad = __builtin_sub_overflow(a, b, &x);
        break;
    case '*':
        bad = __builtin_mul_overflow(a, b, &x);
        break;
    case '/':
        bad = a == INT64_MIN && b == -1;
        x = bad ? 0 : a / b;
        break;
    default:
        bad = a == INT64_MIN && b == -1;
        x = bad ? 0 : a % b;
        break;
    }
    *ret = value_int(x);
    if (bad && r->null_rule) /* as in SQL: such a number is missing (sql.c) */
        *ret = value_null();
    return bad && !r->null_rule ? overflow(r) : 0;
}

static int uint_op(struct run *r, char op, uint64_t a, uint64_t b, struct value *ret)
{
    uint64_t x = 0;
    bool bad = false;
    if ((op == '/' || op == '%') && b == 0)
        return run_fail(r, op == '/' ? "division by zero" : "modulus by zero", STR_NULL);
    switch (op) {
    case '+':
        bad = __builtin_add_overflow(a, b, &x);
        break;
    case '-':
        bad = __builtin_sub_overflow(a, b, &x);
        break;
    case '*':
        bad = __builtin_mul_overflow(a, b, &x);
        break;
    case '/':
        x = a / b;
        break;
    default:
        x = a % b;
        break;
    }
    *ret = (struct value){.kind = VALUE_UINT, .u = x};
    return bad ? overflow(r) : 0;
}

static int double_op(char op, double a, double b, struct value *ret)
{
    double x = op == '+' ? a + b : op == '-' ? a - b : op == '*' ? a * b : a / b;
    *ret = (struct value){.kind = VALUE_DOUBLE, .d = x};
    return 0;
}

static uint8_t larger(uint8_t a, uint8_t b)
{
    return a > b ? a : b;
}

static int decimal_op(struct run *r, char op, struct decimal a, struct decimal b, struct value *ret)
{
    struct decimal x = {0};
    int err;
    if (op == '+')
        err = decimal_add(a, b, &x);
    else if (op == '-')
        err = decimal_sub(a, b, &x);
    else if (op == '*')
        err = decimal_mul(a, b, &x);
    else
        err = decimal_div(a, b, larger(DIVISION_SCALE, larger(a.scale, b.scale)), &x);
    *ret = value_dec(x);
    return err ? decimal_error(r, err) : 0;
}

static int money_op(struct run *r, char op, const struct value *v, struct value *ret)
{
    struct money m = v[0].money, b = v[1].money;
    int digits = currency_digits(m.currency);
    if (strcmp(m.currency, b.currency) != 0)
        return run_fail(r, "amounts in different currencies can't be combined", STR_NULL);
    if (op == '/') {
        uint8_t scale = (uint8_t)(digits < 0 ? 0 : digits);
        return decimal_op(r, '/', (struct decimal){m.minor, scale}, (struct decimal){b.minor, scale}, ret);
    }
    int err = op == '-' ? money_neg(b, &b) : 0;
    if (err || (err = money_add(m, b, &m)))
        return overflow(r);
    *ret = value_money(m);
    return 0;
}

static int money_times(struct run *r, const struct value *money, const struct value *factor, struct value *ret)
{
    struct money m;
    if (money_mul(money->money, decimal_of(factor), &m))
        return overflow(r);
    *ret = value_money(m);
    return 0;
}

static int date_op(struct run *r, char op, const struct value *v, struct value *ret)
{
    int64_t days = 0;
    bool bad =
        op == '-' ? __builtin_sub_overflow(v[0].i, v[1].i, &days) : __builtin_add_overflow(v[0].i, v[1].i, &days);
    if (v[0].kind == VALUE_DATE && v[1].kind == VALUE_DATE) { /* the days between */
        *ret = value_int(days);
        return 0;
    }
    enum { DAY_MIN = -719162, DAY_MAX = 2932896 }; /* 0001-01-01 and 9999-12-31 */
    if (bad || days < DAY_MIN || days > DAY_MAX)
        return run_fail(r, "the date is out of range", STR_NULL);
    *ret = value_date(days);
    return 0;
}

static int time_op(struct run *r, char op, const struct value *v, struct value *ret)
{
    __int128 a = time_nanos(v[0].time), b = time_nanos(v[1].time);
    __int128 sum = op == '-' ? a - b : a + b;
    bool stamp = (v[0].kind == VALUE_TIMESTAMP) != (v[1].kind == VALUE_TIMESTAMP);
    return stamp ? timestamp_make(r, sum, ret) : duration_make(r, sum, ret);
}

/* The signatures let only fitting kinds in, so that the kind of one operand tells what is meant. */
static int arithmetic(struct run *r, char op, const struct value *v, struct value *ret)
{
    enum value_kind a = v[0].kind, b = v[1].kind;
    if (a == VALUE_MONEY && b == VALUE_MONEY)
        return money_op(r, op, v, ret);
    if (a == VALUE_MONEY || b == VALUE_MONEY)
        return money_times(r, a == VALUE_MONEY ? &v[0] : &v[1], a == VALUE_MONEY ? &v[1] : &v[0], ret);
    if (a == VALUE_DATE || b == VALUE_DATE)
        return date_op(r, op, v, ret);
    if (a == VALUE_DECIMAL || b == VALUE_DECIMAL)
        return decimal_op(r, op, decimal_of(&v[0]), decimal_of(&v[1]), ret);
    switch (a) {
    case VALUE_INT:
        return int_op(r, op, v[0].i, v[1].i, ret);
    case VALUE_UINT:
        return uint_op(r, op, v[0].u, v[1].u, ret);
    case VALUE_DOUBLE:
        return double_op(op, v[0].d, v[1].d, ret);
    case VALUE_LIST:
        return add_list(r, v, ret);
    case VALUE_STRING:
    case VALUE_BYTES:
        return add_text(r, v, ret);
    default:
        return time_op(r, op, v, ret);
    }
}

#define ARITHMETIC(name, op)                                                                                           \
    static int name(struct run *r, const struct value *v, size_t n, struct value *ret)                                 \
    {                                                                                                                  \
        (void)n;                                                                                                       \
        return arithmetic(r, op, v, ret);                                                                              \
    }
ARITHMETIC(op_add, '+')
ARITHMETIC(op_sub, '-')
ARITHMETIC(op_mul, '*')
ARITHMETIC(op_div, '/')
ARITHMETIC(op_mod, '%')

static int op_neg(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)n;
    switch (v->kind) {
    case VALUE_INT:
        return int_op(r, '-', 0, v->i, ret);
    case VALUE_DOUBLE:
        *ret = (struct value){.kind = VALUE_DOUBLE, .d = -v->d};
        return 0;
    case VALUE_DECIMAL:
        return decimal_op(r, '-', (struct decimal){.scale = v->dec.scale}, v->dec, ret);
    case VALUE_DURATION:
        return duration_make(r, -time_nanos(v->time), ret);
    default:
        *ret = *v;
        return money_neg(v->money, &ret->money) ? overflow(r) : 0;
    }
}

static int index_list(struct run *r, const struct value *list, const struct value *by, struct value *ret)
{
    int64_t i = by->i;
    if (by->kind == VALUE_UINT)
        i = by->u > INT64_MAX ? -1 : (int64_t)by->u;
    if (by->kind == VALUE_DOUBLE)
        i = by->d >= 0 && by->d < 0x1p53 && by->d == (double)(int64_t)by->d ? (int64_t)by->d : -1;
    if (i < 0 || (uint64_t)i >= list->list.len)
        return run_fail(r, "index out of range", STR_NULL);
    *ret = list->list.items[i];
    return 0;
}

static int op_index(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    (void)n;
    if (v->kind == VALUE_OBJECT) {
        int err = v->obj.ops->get(v->obj.impl, v[1].s, r->arena, ret);
        return err ? run_absent(r, "no such field", v[1].s) : 0;
    }
    if (v->kind == VALUE_LIST)
        return index_list(r, &v[0], &v[1], ret);
    const struct value *found = run_map_get(r, &v[0], &v[1]);
    int err = run_charge(r, v->map.len / 16);
    if (err)
        return err;
    if (!found)
        return run_absent(r, "no such key", v[1].kind == VALUE_STRING ? v[1].s : STR_NULL);
    *ret = *found;
    return 0;
}

static int op_in(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    bool found = false;
    (void)n;
    if (v[1].kind == VALUE_MAP)
        found = run_map_get(r, &v[1], &v[0]) != NULL;
    else
        for (size_t i = 0; i < v[1].list.len && !found && r->cost <= EXPR_COST_MAX; i++)
            found = run_equal(r, &v[1].list.items[i], &v[0]);
    *ret = value_bool(found);
    return run_charge(r, 0);
}

#define ORDERED "ii>b iu>b id>b ui>b uu>b ud>b di>b du>b dd>b ss>b yy>b bb>b tt>b rr>b DD>b cc>b ci>b ic>b mm>b"

const struct function FUNCTIONS_OPERATOR[] = {
    {"!_", "b>b", op_not, FN_BOOL | FN_NULL_TRUE},
    {"_==_", "**>b", op_eq, FN_BOOL | FN_NULL_OK | FN_SPECIAL},
    {"_!=_", "**>b", op_ne, FN_BOOL | FN_NULL_OK | FN_SPECIAL},
    {"_<_", ORDERED, op_lt, FN_BOOL},
    {"_<=_", ORDERED, op_le, FN_BOOL},
    {"_>_", ORDERED, op_gt, FN_BOOL},
    {"_>=_", ORDERED, op_ge, FN_BOOL},
    {"_+_", "ii>i uu>u dd>d ss>s yy>y LL>L rr>r tr>t rt>t cc>c ci>c ic>c mm>m Di>D iD>D", op_add, FN_SPECIAL},
    {"_-_", "ii>i uu>u dd>d rr>r tr>t tt>r cc>c ci>c ic>c mm>m Di>D DD>i", op_sub, 0},
    {"_*_", "ii>i uu>u dd>d cc>c ci>c ic>c mi>m im>m mc>m cm>m", op_mul, 0},
    {"_/_", "ii>i uu>u dd>d cc>c ci>c ic>c mm>c", op_div, 0},
    {"_%_", "ii>i uu>u", op_mod, 0},
    {"-_", "i>i d>d c>c m>m r>r", op_neg, 0},
    {"_[_]", "Li>* Lu>* Ld>* M*>* Os>*", op_index, FN_SPECIAL},
    {"@in", "*L>b *M>b", op_in, FN_BOOL | FN_SPECIAL},
    {NULL, NULL, NULL, 0},
};
