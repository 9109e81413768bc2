/* The query language of lists: every operator on every kind of field, groups, and what is refused by which name. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/record/read.h"

static struct world *w;
static struct str first;

static void note(const char *json)
{
    struct str id = create_as(w, &w->clerk, "note", STR_NULL, json);
    if (str_empty(first))
        first = id;
}

static int setup(void **state)
{
    (void)state;
    w = world_new();
    note("{\"subject\":\"a\",\"code\":\"A1\",\"body\":\"long\",\"pieces\":5,\"weight\":\"1.5\",\"price\":{\"amount\":"
         "\"10.00\",\"currency\":\"CNY\"},\"share\":\"0.25\",\"done\":true,\"due\":\"2026-01-10\",\"at\":"
         "\"2026-01-10T08:00:00Z\",\"spent\":60000,\"mood\":\"good\",\"moods\":[\"good\",\"mixed\"],\"marks\":[\"x\","
         "\"y\"]}");
    note(
        arena_fmt(&w->a,
                  "{\"subject\":\"b\",\"code\":\"B,2\",\"pieces\":7,\"weight\":\"2\",\"price\":{\"amount\":\"20.00\","
                  "\"currency\":\"CNY\"},\"share\":\"0.5\",\"due\":\"2026-02-01\",\"at\":\"2026-01-10T09:00:00+01:00\","
                  "\"spent\":90000,\"mood\":\"bad\",\"moods\":[\"bad\"],\"marks\":[\"y\"],\"friends\":[\"%.*s\"],"
                  "\"parent_note\":\"%.*s\",\"about\":{\"type\":\"note\",\"id\":\"%.*s\"}}",
                  STR_ARG(first), STR_ARG(first), STR_ARG(first))
            .ptr);
    note("{\"subject\":\"c\"}");
    note("{\"subject\":\"ÄPFEL[1]?\",\"code\":\"\\\"q\\\\\"}");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_free(w);
    return 0;
}

/* $ stands for the id of a. */
static const char *filled(const char *query)
{
    struct str head;
    struct str rest = str_cut(str_of(query), '$', &head);
    return rest.ptr == NULL ? query
                            : arena_fmt(&w->a, "%.*s%.*s%.*s", STR_ARG(head), STR_ARG(first), STR_ARG(rest)).ptr;
}

struct fits {
    const char *query, *subjects;
};

static void check(const struct fits *rows, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const char *found = column(w, list_as(w, &w->clerk, "note", filled(rows[i].query)), "subject");
        if (strcmp(found, rows[i].subjects) != 0)
            fail_msg("%s gives \"%s\", not \"%s\"", rows[i].query, found, rows[i].subjects);
        size_t n = *found != '\0';
        for (const char *c = found; *c != '\0'; c++)
            n += *c == ' ';
        assert_int_equal(count_as(w, &w->clerk, "note", filled(rows[i].query)), n);
    }
}

static void every_operator_compares_texts(void **state)
{
    (void)state;
    static const struct fits rows[] = {
        {"subject=eq.a", "a"},
        {"subject=eq.A", ""},
        {"subject=neq.a", "b c ÄPFEL[1]?"},
        {"subject=gt.b", "c ÄPFEL[1]?"},
        {"subject=gte.b", "b c ÄPFEL[1]?"},
        {"subject=lt.b", "a"},
        {"subject=lte.b", "a b"},
        {"subject=in.(a,c,z)", "a c"},
        {"subject=in.(\"a\",\"c\")", "a c"},
        {"subject=in.()", ""},
        {"subject=like.*P*", "ÄPFEL[1]?"},
        {"subject=like.*p*", ""},
        {"subject=like.*[1]?", "ÄPFEL[1]?"},
        {"subject=like.?", ""},
        {"subject=ilike.äpfel*", "ÄPFEL[1]?"},
        {"subject=is.null", ""},
        {"subject=not.eq.a", "b c ÄPFEL[1]?"},
        {"subject=not.in.(a,b)", "c ÄPFEL[1]?"},
        {"subject=not.is.null", "a b c ÄPFEL[1]?"},
        {"code=is.null", "c"},
        {"code=neq.A1", "b ÄPFEL[1]?"}, /* nothing is no code: it is neither equal nor unequal */
        {"code=not.eq.A1", "b ÄPFEL[1]?"},
        {"code=eq.\"B,2\"", "b"},
        {"code=eq.B,2", "b"},
        {"code=in.(\"B,2\",A1)", "a b"},
        {"code=eq.\"\\\"q\\\\\"", "ÄPFEL[1]?"},
        {"body=eq.long", "a"},
        {"mood=eq.bad", "b"},
        {"mood=in.(bad,good)", "a b c ÄPFEL[1]?"},
    };
    check(rows, ARRAY_LEN(rows));
}

static void every_operator_compares_numbers_amounts_and_times(void **state)
{
    (void)state;
    static const struct fits rows[] = {
        {"pieces=eq.5", "a"},
        {"pieces=neq.5", "b"},
        {"pieces=gt.5", "b"},
        {"pieces=gte.5", "a b"},
        {"pieces=lt.7", "a"},
        {"pieces=lte.7", "a b"},
        {"pieces=in.(5,6)", "a"},
        {"pieces=is.null", "c ÄPFEL[1]?"},
        {"pieces=not.gt.5", "a"},
        {"pieces=eq.-1", ""},
        {"weight=eq.1.5", "a"},
        {"weight=eq.1.500", "a"},
        {"weight=gt.1.5", "b"},
        {"double_weight=eq.4", "b"},
        {"price=gte.10", "a b"},
        {"price=eq.10.00", "a"},
        {"price=lt.10.01", "a"},
        {"share=lte.0.25", "a"},
        {"done=eq.true", "a"},
        {"done=is.true", "a"},
        {"done=is.false", "b c ÄPFEL[1]?"},
        {"done=not.is.true", "b c ÄPFEL[1]?"},
        {"due=eq.2026-01-10", "a"},
        {"due=gt.2026-01-10", "b"},
        {"due=is.null", "c ÄPFEL[1]?"},
        {"at=eq.2026-01-10T08:00:00Z", "a b"},
        {"at=lt.2026-01-10T08:00:00.001Z", "a b"},
        {"spent=gt.60000", "b"},
        {"children=eq.1", "a"},
        {"children=eq.0", "b c ÄPFEL[1]?"},
        {"rev=gte.1&pieces=eq.7", "b"},
        {"archived=is.false&subject=eq.c", "c"},
    };
    check(rows, ARRAY_LEN(rows));
}

static void links_and_many_valued_fields_are_compared(void **state)
{
    (void)state;
    static const struct fits rows[] = {
        {"id=eq.$", "a"},
        {"id=neq.$", "b c ÄPFEL[1]?"},
        {"parent_note=eq.$", "b"},
        {"parent_note=is.null", "a c ÄPFEL[1]?"},
        {"about=eq.$", "b"},
        {"friends=eq.$", "b"},
        {"friends=is.null", "a c ÄPFEL[1]?"},
        {"friends=not.is.null", "b"},
        {"marks=eq.y", "a b"},
        {"marks=eq.x", "a"},
        {"marks=neq.x", "b"},
        {"marks=not.eq.x", "b"},
        {"marks=in.(x,z)", "a"},
        {"marks=like.*", "a b"},
        {"marks=ilike.X", "a"},
        {"marks=is.null", "c ÄPFEL[1]?"},
        {"moods=eq.mixed", "a"},
        {"moods=gt.good", "a"},
    };
    check(rows, ARRAY_LEN(rows));
}

static void groups_join_and_turn_conditions(void **state)
{
    (void)state;
    static const struct fits rows[] = {
        {"or=(subject.eq.a,subject.eq.c)", "a c"},
        {"and=(pieces.gt.4,pieces.lt.6)", "a"},
        {"or=(subject.eq.a,and(pieces.eq.7,mood.eq.bad))", "a b"},
        {"not.or=(subject.eq.a,subject.eq.b)", "c ÄPFEL[1]?"},
        {"not.and=(subject.eq.a,pieces.eq.5)", "b c ÄPFEL[1]?"},
        {"or=(not.and(subject.neq.c,subject.neq.a))", "a c"},
        {"or=(code.eq.\"B,2\",subject.eq.\"a\")", "a b"},
        {"or=(subject.in.(a,b),pieces.is.null)", "a b c ÄPFEL[1]?"},
        {"or=(subject.not.eq.a)", "b c ÄPFEL[1]?"},
        {"pieces=gte.5&pieces=lte.6", "a"},
        {"or=(and(or(and(subject.eq.a))))", "a"},
    };
    check(rows, ARRAY_LEN(rows));
}

struct refusal {
    const char *query, *code, *parameter;
};

static void what_is_not_understood_is_refused_by_its_name(void **state)
{
    (void)state;
    static const struct refusal rows[] = {
        {"colour=eq.red", "unknown_parameter", "colour"},
        {"state=eq.open", "unknown_parameter", "state"}, /* a note has no states */
        {"subject=a", "unknown_operator", "subject"},
        {"subject=is", "unknown_operator", "subject"},
        {"subject=equals.a", "unknown_operator", "subject"},
        {"subject=not", "unknown_operator", "subject"},
        {"subject=not.not.eq.a", "unknown_operator", "subject"},
        {"subject=", "unknown_operator", "subject"},
        {"subject=in.a", "filter_syntax", "subject"},
        {"subject=in.(a", "filter_syntax", "subject"},
        {"subject=in.(\"a)", "filter_syntax", "subject"},
        {"subject=is.true", "bad_operand", "subject"},
        {"pieces=eq.five", "bad_operand", "pieces"},
        {"pieces=eq.", "bad_operand", "pieces"},
        {"pieces=eq.99999999999999999999", "bad_operand", "pieces"},
        {"pieces=in.(1,x)", "bad_operand", "pieces"},
        {"pieces=like.5*", "bad_operand", "pieces"},
        {"weight=eq.1.0005", "bad_operand", "weight"},
        {"price=eq.1.005", "bad_operand", "price"},
        {"done=eq.yes", "bad_operand", "done"},
        {"done=is.maybe", "bad_operand", "done"},
        {"due=eq.2026-02-30", "bad_operand", "due"},
        {"at=eq.yesterday", "bad_operand", "at"},
        {"parent_note=eq.1", "bad_operand", "parent_note"},
        {"marks=is.x", "bad_operand", "marks"},
        {"raw=is.null", "not_filterable", "raw"},
        {"order=raw.asc", "not_filterable", "order"},
        {"order=marks.asc", "not_filterable", "order"},
        {"order=subject.up", "bad_order", "order"},
        {"order=colour", "unknown_parameter", "order"},
        {"order=", "unknown_parameter", "order"},
        {"order=subject,", "unknown_parameter", "order"},
        {"select=subject,colour", "unknown_parameter", "select"},
        {"limit=0", "bad_limit", "limit"},
        {"limit=201", "bad_limit", "limit"},
        {"limit=ten", "bad_limit", "limit"},
        {"limit=1&limit=2", "repeated_parameter", "limit"},
        {"order=subject&order=pieces", "repeated_parameter", "order"},
        {"after=bm90aGluZw", "bad_cursor", "after"},
        {"after=", "bad_cursor", "after"},
        {"after=%%%", "bad_cursor", "after"},
        {"count=some", "filter_syntax", "count"},
        {"labels=1", "filter_syntax", "labels"},
        {"or=subject.eq.a", "filter_syntax", "or"},
        {"or=()", "filter_syntax", "or"},
        {"or=(subject.eq.a,)", "filter_syntax", "or"},
        {"or=(subject.eq.a))", "filter_syntax", "or"},
        {"or=(subject)", "filter_syntax", "or"},
        {"or=(subject.eq.\"a)", "filter_syntax", "or"},
        {"or=(colour.eq.a)", "unknown_parameter", "colour"},
        {"or=(and(or(and(or(and(subject.eq.a))))))", "filter_depth", "or"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        list_refused(w, &w->clerk, "note", rows[i].query, rows[i].code, rows[i].parameter);
}

static void every_fault_of_a_query_is_told_at_once(void **state)
{
    (void)state;
    struct ask q = ask_new(w, DOOR_LIST, &w->clerk, "note", "colour=eq.red&limit=0&pieces=eq.x");
    assert_int_equal(db_read(w->db, ask_in, &q), ERR_MALFORMED);
    assert_int_equal(q.why.items_count, 3);
}

static const char *many(const char *head, const char *item, size_t n)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 1 << 20);
    (void)buf_add_cstr(&b, head);
    for (size_t i = 0; i < n; i++)
        (void)buf_addf(&b, "%s%s", i > 0 ? "," : "", item);
    (void)buf_add_char(&b, ')');
    return arena_cstr(&w->a, buf_str(&b));
}

static void a_filter_may_have_a_hundred_conditions_and_no_more(void **state)
{
    (void)state;
    assert_int_equal(count_as(w, &w->clerk, "note", many("or=(", "subject.eq.a", 100)), 1);
    list_refused(w, &w->clerk, "note", many("or=(", "subject.eq.a", 101), "filter_count", "or");
    assert_int_equal(count_as(w, &w->clerk, "note", many("pieces=in.(", "5", 300)), 1); /* a list is one condition */
}

static void an_order_may_have_eight_keys_and_no_more(void **state)
{
    (void)state;
    static const char eight[] = "order=subject,code,pieces,weight,price,share,done,due";
    (void)list_as(w, &w->clerk, "note", eight);
    list_refused(w, &w->clerk, "note", arena_fmt(&w->a, "%s,at", eight).ptr, "bad_order", "order");
}

static void amounts_are_read_with_the_digits_of_the_companys_currency(void **state)
{
    (void)state;
    list_refused(w, &w->clerk, "note", "price=eq.10.001", "bad_operand", "price");
    assert_int_equal(count_as(w, &w->clerk, "note", "price=eq.10.0"), 1);
    assert_int_equal(count_as(w, &w->clerk, "note", "price=eq.10.000"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operator_compares_texts),
        cmocka_unit_test(every_operator_compares_numbers_amounts_and_times),
        cmocka_unit_test(links_and_many_valued_fields_are_compared),
        cmocka_unit_test(groups_join_and_turn_conditions),
        cmocka_unit_test(what_is_not_understood_is_refused_by_its_name),
        cmocka_unit_test(every_fault_of_a_query_is_told_at_once),
        cmocka_unit_test(a_filter_may_have_a_hundred_conditions_and_no_more),
        cmocka_unit_test(an_order_may_have_eight_keys_and_no_more),
        cmocka_unit_test(amounts_are_read_with_the_digits_of_the_companys_currency),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
