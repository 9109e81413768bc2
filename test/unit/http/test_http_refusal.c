/*
 * What the server refuses: malformed and smuggling forms, what is too large, methods that are not known.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/http/peer.h"

static int setup(void **state)
{
    *state = peer_start((struct http_options){.listen = NULL});
    return 0;
}

static int teardown(void **state)
{
    return peer_end(*state);
}

struct row {
    const char *what, *text;
    int status;
    const char *code;
};

#define H "Host: x\r\n"

static void malformed_requests_are_refused_with_a_problem_document(void **state)
{
    static const struct row rows[] = {
        {"no Host", "GET / HTTP/1.1\r\n\r\n", 400, "bad_request"},
        {"two Hosts", "GET / HTTP/1.1\r\n" H "Host: y\r\n\r\n", 400, "bad_request"},
        {"two Hosts in 1.0", "GET / HTTP/1.0\r\n" H "Host: y\r\n\r\n", 400, "bad_request"},
        {"an empty Host", "GET / HTTP/1.1\r\nHost: \r\n\r\n", 400, "bad_request"},
        {"a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "bad_request"},
        {"space before the colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400, "bad_request"},
        {"length and coding",
         "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
         "bad_request"},
        {"coding and length",
         "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400,
         "bad_request"},
        {"two lengths", "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400,
         "bad_request"},
        {"the same length twice", "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\ncontent-length: 3\r\n\r\nabc", 400,
         "bad_request"},
        {"another coding", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n", 400, "bad_request"},
        {"coding list", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400,
         "bad_request"},
        {"chunked twice",
         "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
         "bad_request"},
        {"chunked in 1.0", "POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "bad_request"},
        {"two types", "POST / HTTP/1.1\r\n" H "Content-Type: a/b\r\nContent-Type: a/b\r\nContent-Length: 0\r\n\r\n",
         400, "bad_request"},
        {"two credentials", "GET / HTTP/1.1\r\n" H "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n", 400,
         "bad_request"},
        {"two keys", "POST / HTTP/1.1\r\n" H "Idempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: 0\r\n\r\n",
         400, "bad_request"},
        {"a relative address", "GET a HTTP/1.1\r\n" H "\r\n", 400, "bad_request"},
        {"a bad query", "GET /?a=%zz HTTP/1.1\r\n" H "\r\n", 400, "encoding"},
        {"TRACE", "TRACE / HTTP/1.1\r\n" H "\r\n", 405, "method_not_allowed"},
        {"CONNECT", "CONNECT / HTTP/1.1\r\n" H "\r\n", 405, "method_not_allowed"},
        {"an unknown method", "BREW / HTTP/1.1\r\n" H "\r\n", 405, "method_not_allowed"},
        {"a method in small letters", "get / HTTP/1.1\r\n" H "\r\n", 405, "method_not_allowed"},
        {"too much is declared", "POST /small HTTP/1.1\r\n" H "Content-Length: 1001\r\n\r\n", 413, "body_too_large"},
        {"far too much is declared", "POST / HTTP/1.1\r\n" H "Content-Length: 900000000\r\n\r\n", 413,
         "body_too_large"},
        {"a number too large", "POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551615\r\n\r\n", 413,
         "body_too_large"},
    };
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int status = peer_ask(f, str_of(rows[i].text), &in);
        if (status != rows[i].status || !peer_has(&in, rows[i].code))
            fail_msg("%s: %d\n%.*s", rows[i].what, status, STR_ARG(buf_str(&in)));
        assert_true(peer_has(&in, "X-Content-Type-Options: nosniff\r\n"));
        assert_true(peer_has(&in, "Content-Type: application/problem+json\r\n"));
        if (status == 405)
            assert_true(peer_has(&in, "Allow: GET, HEAD, POST"));
    }
    assert_int_equal(atomic_load(&f->calls), 0);
}

/* What MHD's parser itself refuses; the answer is its own. */
static void what_is_not_http_never_reaches_the_handler(void **state)
{
    static const struct row rows[] = {
        {"no colon", "GET / HTTP/1.1\r\n" H "Abc\r\n\r\n", 400, ""},
        {"a length that is no number", "POST / HTTP/1.1\r\n" H "Content-Length: 1x\r\n\r\na", 400, ""},
        {"a negative length", "POST / HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\na", 400, ""},
        {"a length with a plus", "POST / HTTP/1.1\r\n" H "Content-Length: +1\r\n\r\na", 400, ""},
        {"a bad chunk", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", 400, ""},
        {"another version", "GET / HTTP/2.0\r\n" H "\r\n", 505, ""},
    };
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int status = peer_ask(f, str_of(rows[i].text), &in);
        if (status != rows[i].status)
            fail_msg("%s: %d\n%.*s", rows[i].what, status, STR_ARG(buf_str(&in)));
    }
    assert_int_equal(atomic_load(&f->calls), 0);
}

static void what_mhd_would_take_is_refused(void **state)
{
#define ROW(what, text)                                                                                                \
    {                                                                                                                  \
        what,                                                                                                          \
        {                                                                                                              \
            text, sizeof(text) - 1                                                                                     \
        }                                                                                                              \
    }
    static const struct {
        const char *what;
        struct str text;
    } rows[] = {
        ROW("bare LF", "GET / HTTP/1.1\n" H "\r\n"),
        ROW("bare LF after a header", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n"),
        ROW("bare LF at the end", "GET / HTTP/1.1\r\n" H "\n"),
        ROW("bare LF throughout", "GET / HTTP/1.1\nHost: x\n\n"),
        ROW("bare CR", "GET / HTTP/1.1\r\n" H "A: b\rC: d\r\n\r\n"),
        ROW("no name", "GET / HTTP/1.1\r\n" H ": y\r\n\r\n"),
        ROW("no name in front", "GET / HTTP/1.1\r\n: y\r\n" H "\r\n"),
        ROW("NUL in a value", "GET / HTTP/1.1\r\n" H "A: b\0c\r\n\r\n"),
        ROW("NUL in a length", "POST / HTTP/1.1\r\n" H "Content-Length: 1\0 2\r\n\r\na"),
        ROW("NUL after a value", "GET / HTTP/1.1\r\n" H "A: b\0\r\n\r\n"),
        ROW("NUL in the address", "GET /a\0b HTTP/1.1\r\n" H "\r\n"),
        ROW("a folded line", "GET / HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n"),
        ROW("a folded coding", "POST / HTTP/1.1\r\n" H "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
        ROW("a folded length", "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\n\t\r\n\r\na"),
        ROW("two spaces", "GET  / HTTP/1.1\r\n" H "\r\n"),
        ROW("a space at the end", "GET /  HTTP/1.1\r\n" H "\r\n"),
    };
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int status = peer_ask(f, rows[i].text, &in);
        if (status != 400)
            fail_msg("%s: %d\n%.*s", rows[i].what, status, STR_ARG(buf_str(&in)));
    }
    assert_int_equal(atomic_load(&f->calls), 0);
}

static void well_formed_headers_of_any_shape_are_taken(void **state)
{
    static const char *const texts[] = {
        "GET / HTTP/1.0\r\n\r\n",
        "\r\nGET /?a=b&c HTTP/1.1\r\nHost:x\r\n\r\n",
        "GET /a%20b?c=%2f#d HTTP/1.1\r\nHost: x:80\r\nEmpty:\r\nBlank:   \r\nTabs:\ta\tb\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::1]:80\r\nCookie: a=b; c=d\r\nCookie: e=f\r\nA: trailing \t\r\nB:: colon: s\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\n" H "X-Text: \xe5\x8f\x8c \"quoted\"\r\n\r\n",
        "POST /a HTTP/1.1\r\n" H "Connection: close, x\r\nContent-Length: 2\r\nAccept: */*\r\n\r\nhi",
        "POST /a HTTP/1.1\r\n" H "transfer-encoding: Chunked\r\n\r\n2;x=y\r\nhi\r\n0\r\nTrailer: t\r\n\r\n",
    };
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        int status = peer_ask(f, str_of(texts[i]), &in);
        if (status != 200)
            fail_msg("%s: %d\n%.*s", texts[i], status, STR_ARG(buf_str(&in)));
    }
    /* The same when it comes byte by byte, and as a second request behind a first. */
    int fd = peer_connect(f);
    peer_say(fd, "GET /first HTTP/1.1\r\n" H "\r\n");
    for (const char *c = texts[3]; *c; c++)
        peer_write(fd, str_n(c, 1));
    assert_int_equal(peer_answer(fd, &in), 200);
    assert_int_equal(peer_answer(fd, &in), 200);
    close(fd);
}

static int ask_with_header(struct fixture *f, const char *uri_fill, size_t uri_len, size_t value_len, struct buf *in)
{
    CLEANUP(buf_release) struct buf text = {0};
    buf_init(&text, 1 << 20);
    buf_add_cstr(&text, "GET /");
    for (size_t i = 0; i < uri_len; i++)
        buf_add_cstr(&text, uri_fill);
    buf_add_cstr(&text, " HTTP/1.1\r\n" H "A: ");
    for (size_t i = 0; i < value_len; i++)
        buf_add_char(&text, 'a');
    buf_add_cstr(&text, "\r\n\r\n");
    return peer_ask(f, buf_str(&text), in);
}

static void a_header_may_be_16_kib_and_an_address_8_kib(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    assert_int_equal(ask_with_header(f, "u", HTTP_URI_BYTES_MAX - 1, 0, &in), 200);
    assert_int_equal(ask_with_header(f, "u", HTTP_URI_BYTES_MAX, 0, &in), 414);
    assert_true(peer_has(&in, "uri_too_long"));
    assert_int_equal(ask_with_header(f, "u", 40000, 0, &in), 414);
    size_t fixed = strlen("GET / HTTP/1.1\r\n" H "A: \r\n\r\n");
    assert_int_equal(ask_with_header(f, "", 0, HTTP_HEADER_BYTES_MAX - fixed, &in), 200);
    assert_int_equal(ask_with_header(f, "", 0, HTTP_HEADER_BYTES_MAX - fixed + 1, &in), 431);
    assert_true(peer_has(&in, "header_too_large"));
    assert_int_equal(ask_with_header(f, "", 0, 100000, &in), 431);
}

static void an_idempotency_key_has_at_most_200_characters(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    for (int len = 200; len <= 201; len++) {
        struct str text =
            arena_fmt(&f->arena, "POST / HTTP/1.1\r\n" H "Content-Length: 0\r\nIdempotency-Key: %0*d\r\n\r\n", len, 7);
        assert_int_equal(peer_ask(f, text, &in), len == 200 ? 200 : 400);
    }
    assert_true(peer_has(&in, "idempotency_key_syntax"));
}

static int ask_chunked(struct fixture *f, size_t chunks, struct buf *in)
{
    CLEANUP(buf_release) struct buf text = {0};
    buf_init(&text, 64 << 20);
    buf_add_cstr(&text, "POST /small HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n");
    for (size_t i = 0; i < chunks; i++)
        buf_add_cstr(&text, "64\r\n012345678901234567890123456789012345678901234567890123456789012345678901234567890123"
                            "4567890123456789\r\n");
    buf_add_cstr(&text, "0\r\n\r\n");
    return peer_ask(f, buf_str(&text), in);
}

static void a_chunked_body_may_be_as_large_as_its_route_allows(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    assert_int_equal(ask_chunked(f, 10, &in), 200);
    assert_true(peer_has(&in, "body=1000:"));
    assert_int_equal(ask_chunked(f, 11, &in), 413);
    assert_true(peer_has(&in, "body_too_large"));
    assert_true(peer_has(&in, "X-Content-Type-Options: nosniff\r\n"));
    assert_true(peer_has(&in, "Date: "));
    assert_int_equal(atomic_load(&f->calls), 1);
    /* The refusal is read although the sender goes on for long. */
    assert_int_equal(ask_chunked(f, 100000, &in), 413);
}

/* A client that sends its whole body before it reads must see the 413 and not a reset. */
static void a_refused_upload_can_be_sent_to_its_end(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in, text;
    buf_init(&in, 1 << 20);
    buf_init(&text, 16 << 20);
    buf_add_cstr(&text, "POST / HTTP/1.1\r\n" H "Content-Length: 8000000\r\n\r\n");
    for (int i = 0; i < 80000; i++)
        buf_addf(&text, "%0100d", i);
    int fd = peer_connect(f);
    peer_write(fd, buf_str(&text));
    assert_int_equal(peer_answer(fd, &in), 413);
    close(fd);
}

static void every_answer_names_the_server_without_a_version(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_release) struct buf in = {0};
    buf_init(&in, 1 << 20);
    assert_int_equal(peer_ask(f, STR("GET /a HTTP/1.1\r\n" H "\r\n"), &in), 200);
    assert_true(peer_has(&in, "\r\nServer: tandem\r\n"));
    assert_true(peer_has(&in, "\r\nX-Content-Type-Options: nosniff\r\n"));
    assert_true(peer_has(&in, "\r\nDate: "));
    assert_int_equal(peer_ask(f, STR("GET /nothing HTTP/1.1\r\n" H "\r\n"), &in), 500);
    assert_true(peer_has(&in, "\"internal\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(malformed_requests_are_refused_with_a_problem_document, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_http_never_reaches_the_handler, setup, teardown),
        cmocka_unit_test_setup_teardown(what_mhd_would_take_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(well_formed_headers_of_any_shape_are_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(a_header_may_be_16_kib_and_an_address_8_kib, setup, teardown),
        cmocka_unit_test_setup_teardown(an_idempotency_key_has_at_most_200_characters, setup, teardown),
        cmocka_unit_test_setup_teardown(a_chunked_body_may_be_as_large_as_its_route_allows, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refused_upload_can_be_sent_to_its_end, setup, teardown),
        cmocka_unit_test_setup_teardown(every_answer_names_the_server_without_a_version, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
