/*
 * What is wrong with a request's header: the forms that smuggle requests, repeated headers, unknown methods, what is
 * too large. SPDX-License-Identifier: Apache-2.0
 *
 * MHD's own strict mode is not used for these: its refusal of a missing Host leaves as two answers in one (0.9.75),
 * without a type.
 */
#include "http/http_internal.h"

static const char ALLOW[] = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
enum { IDEMPOTENCY_KEY_MAX = 200 };

static int refuse(struct exchange *x, struct refusal *ret, enum message m, const char *arg_name, struct str value)
{
    struct problem_arg *args = arena_array(&x->arena, struct problem_arg, 2);
    args[0] = (struct problem_arg){.name = arg_name, .value = value};
    *ret = (struct refusal){.err = message_err(m), .message = m, .args = args};
    return ret->err;
}

static int bad(struct exchange *x, struct refusal *ret, const char *reason)
{
    return refuse(x, ret, MSG_BAD_REQUEST, "reason", str_of(reason));
}

/* RFC 9110 5.6.2. */
static bool is_token(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!alnum && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return s.len > 0;
}

static bool has_control(struct str s, bool tab_is_fine)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if ((c < 0x20 && !(tab_is_fine && c == '\t')) || c == 0x7f)
            return true;
    }
    return false;
}

static bool is_host(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] <= ' ' || strchr("/\\@?#,\"<>", s.ptr[i]))
            return false;
    }
    return s.len > 0;
}

static int check_method(struct exchange *x, struct refusal *ret)
{
    static const char *const known[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (str_is(x->request.method, known[i]))
            return 0;
    }
    return refuse(x, ret, MSG_METHOD, "allow", str_of(ALLOW));
}

static int check_sizes(struct exchange *x, struct refusal *ret)
{
    if (x->uri.len > HTTP_URI_BYTES_MAX)
        return refuse(x, ret, MSG_URI_TOO_LONG, "max", arena_fmt(&x->arena, "%d", HTTP_URI_BYTES_MAX));
    if (x->header_bytes > HTTP_HEADER_BYTES_MAX)
        return refuse(x, ret, MSG_HEADER_TOO_LARGE, "max", arena_fmt(&x->arena, "%d", HTTP_HEADER_BYTES_MAX));
    return 0;
}

static int check_repeats(struct exchange *x, const char *version, struct refusal *ret)
{
    static const char *const once[] = {"Content-Length", "Transfer-Encoding", "Content-Type",
                                       "Authorization",  "Idempotency-Key",   "If-Match"};
    const struct http_request *rq = &x->request;
    size_t hosts = http_header_count(rq, "Host");
    if (hosts > 1 || (hosts == 0 && strcmp(version, "HTTP/1.0") != 0))
        return bad(x, ret, "it needs exactly one Host");
    if (hosts == 1 && !is_host(http_header(rq, "Host")))
        return bad(x, ret, "Host is not a host");
    for (size_t i = 0; i < ARRAY_LEN(once); i++) {
        if (http_header_count(rq, once[i]) > 1)
            return bad(x, ret, arena_cstr(&x->arena, arena_fmt(&x->arena, "%s may be sent only once", once[i])));
    }
    return 0;
}

static int check_framing(struct exchange *x, const char *version, struct refusal *ret)
{
    const struct http_request *rq = &x->request;
    struct str length = http_header(rq, "Content-Length"), coding = http_header(rq, "Transfer-Encoding");
    bool has_length = http_header_count(rq, "Content-Length") > 0;
    x->chunked = http_header_count(rq, "Transfer-Encoding") > 0;
    if (x->chunked && has_length)
        return bad(x, ret, "Content-Length and Transfer-Encoding exclude each other");
    if (x->chunked && (!str_eq_nocase(coding, STR("chunked")) || strcmp(version, "HTTP/1.0") == 0))
        return bad(x, ret, "the only Transfer-Encoding is chunked");
    if (!has_length)
        return 0;
    int64_t declared;
    for (size_t i = 0; i < length.len; i++) {
        if (length.ptr[i] < '0' || length.ptr[i] > '9')
            return bad(x, ret, "Content-Length is not a number");
    }
    int r = str_to_i64(length, &declared);
    if (r == ERR_SYNTAX)
        return bad(x, ret, "Content-Length is not a number");
    if (r < 0 || (uint64_t)declared > x->body_bytes_max)
        return refuse(x, ret, MSG_BODY_TOO_LARGE, "max", arena_fmt(&x->arena, "%zu", x->body_bytes_max));
    return 0;
}

static int check_fields(struct exchange *x, struct refusal *ret)
{
    const struct http_request *rq = &x->request;
    if (x->malformed)
        return bad(x, ret, "its header is not made of lines that end in CRLF");
    for (size_t i = 0; i < rq->headers_len; i++) {
        if (!is_token(rq->headers[i].name))
            return bad(x, ret, "a header has no proper name");
        if (has_control(rq->headers[i].value, true))
            return bad(x, ret, "a header holds a control character");
    }
    if (has_control(x->uri, false) || memchr(x->uri.ptr, ' ', x->uri.len))
        return bad(x, ret, "the address holds a control character");
    if (rq->path.len == 0 || (rq->path.ptr[0] != '/' && !str_is(rq->path, "*")))
        return bad(x, ret, "the address must begin with /");
    if (http_header(rq, "Idempotency-Key").len > IDEMPOTENCY_KEY_MAX) {
        *ret = (struct refusal){.err = message_err(MSG_KEY_SYNTAX), .message = MSG_KEY_SYNTAX};
        return ret->err;
    }
    return 0;
}

int check_head(struct exchange *x, const char *version, struct refusal *ret)
{
    int r = check_sizes(x, ret);
    if (r == 0)
        r = check_fields(x, ret);
    if (r == 0)
        r = check_repeats(x, version, ret);
    if (r == 0)
        r = check_method(x, ret);
    if (r == 0)
        r = check_framing(x, version, ret);
    return r;
}
