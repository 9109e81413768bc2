/*
 * Answers: what a handler filled becomes an MHD response; what the server refuses becomes an answer.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/http_internal.h"

#include "codec/text.h"

void http_set(struct http_request *rq, struct http_response *rs, const char *name, struct str value)
{
    for (size_t i = 0; i < rs->headers_len; i++) {
        /* Several cookies are several headers; everything else is said once. */
        if (str_eq_nocase(rs->headers[i].name, str_of(name)) && !str_eq_nocase(str_of(name), STR("Set-Cookie"))) {
            rs->headers[i].value = arena_str(rq->arena, value);
            return;
        }
    }
    if (rs->headers_len == rs->headers_cap)
        rs->headers = vec_grow(rq->arena, rs->headers, rs->headers_len, &rs->headers_cap, sizeof(rs->headers[0]));
    rs->headers[rs->headers_len++] =
        (struct http_pair){.name = arena_str(rq->arena, str_of(name)), .value = arena_str(rq->arena, value)};
}

void http_body(struct http_request *rq, struct http_response *rs, int status, const char *content_type, struct str body)
{
    rs->status = status;
    rs->body = body;
    http_set(rq, rs, "Content-Type", str_of(content_type));
}

static bool has_header(const struct http_response *rs, const char *name)
{
    for (size_t i = 0; i < rs->headers_len; i++) {
        if (str_eq_nocase(rs->headers[i].name, str_of(name)))
            return true;
    }
    return false;
}

static void drop_stream(struct http_response *rs)
{
    if (rs->stream)
        stream_gone(TAKE(rs->stream));
}

static void refuse_plainly(struct http_request *rq, const struct refusal *why, struct http_response *rs)
{
    CLEANUP(buf_release) struct buf text = {0};
    buf_init(&text, 4096);
    message_render(why->message, why->args, LANG_EN, &text);
    buf_add_char(&text, '\n');
    http_body(rq, rs, err_http_status(why->err), "text/plain; charset=utf-8", arena_str(rq->arena, buf_str(&text)));
}

void answer_refuse(struct exchange *x, const struct refusal *why)
{
    const struct http_options *o = &x->server->options;
    struct http_request *rq = &x->request;
    struct http_response *rs = &x->answer;
    atomic_fetch_add_explicit(&x->server->refused, 1, memory_order_relaxed);
    drop_stream(rs);
    *rs = (struct http_response){.status = 0};
    rq->refusal_args = why->args;
    if (o->refuse)
        o->refuse(o->ctx, rq, why->err, why->message, rs);
    rq->refusal_args = NULL;
    if (rs->status == 0)
        refuse_plainly(rq, why, rs);
    if (rs->status == MHD_HTTP_METHOD_NOT_ALLOWED && !has_header(rs, "Allow") && why->args && why->args[0].name)
        http_set(rq, rs, "Allow", why->args[0].value);
}

/* What every answer carries, whoever filled it. */
static void complete_headers(struct exchange *x)
{
    struct http_request *rq = &x->request;
    struct http_response *rs = &x->answer;
    bool busy = rs->status == MHD_HTTP_SERVICE_UNAVAILABLE || rs->status == MHD_HTTP_TOO_MANY_REQUESTS;
    bool bare = rs->status == MHD_HTTP_NO_CONTENT || rs->status == MHD_HTTP_NOT_MODIFIED;
    if (busy && !has_header(rs, "Retry-After"))
        http_set(rq, rs, "Retry-After", STR("2"));
    if (!bare && !has_header(rs, "Content-Type"))
        http_set(rq, rs, "Content-Type", rs->stream ? STR("text/event-stream") : STR("application/octet-stream"));
    if (rs->stream && !has_header(rs, "Cache-Control"))
        http_set(rq, rs, "Cache-Control", STR("no-store"));
    http_set(rq, rs, "X-Content-Type-Options", STR("nosniff"));
    http_set(rq, rs, "Server", STR("tandem"));
    if (x->early || atomic_load_explicit(&x->server->stopping, memory_order_relaxed))
        http_set(rq, rs, "Connection", STR("close"));
}

/* Length, coding and date are the server's own business. */
static bool is_ours(struct str name)
{
    return str_eq_nocase(name, STR("Content-Length")) || str_eq_nocase(name, STR("Transfer-Encoding")) ||
           str_eq_nocase(name, STR("Date"));
}

static bool has_line_break(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\r' || s.ptr[i] == '\n' || s.ptr[i] == '\0')
            return true;
    }
    return false;
}

static void add_headers(struct exchange *x, struct MHD_Response *response)
{
    for (size_t i = 0; i < x->answer.headers_len; i++) {
        struct http_pair h = x->answer.headers[i];
        /* http_set() keeps copies that end in NUL; a handler that filled the array itself may not. */
        if (is_ours(h.name) || h.value.len == 0)
            continue;
        const char *name = arena_cstr(&x->arena, h.name), *value = arena_cstr(&x->arena, h.value);
        if (has_line_break(h.value) || MHD_add_response_header(response, name, value) != MHD_YES)
            LOG(ERROR, "An answer's header can't be sent", ARG("name", h.name));
    }
}

static void settle_stream(struct exchange *x)
{
    struct http_response *rs = &x->answer;
    struct http_server *s = x->server;
    if (!rs->stream)
        return;
    if (x->request.head) {
        drop_stream(rs);
        rs->body = STR_NULL;
        http_set(&x->request, rs, "Content-Type", STR("text/event-stream"));
    } else if (atomic_fetch_add(&s->streams, 1) >= HTTP_STREAMS_MAX) {
        atomic_fetch_sub(&s->streams, 1);
        answer_refuse(x, &(struct refusal){.err = ERR_UNAVAILABLE, .message = MSG_OVERLOADED});
    }
}

struct MHD_Response *answer_make(struct exchange *x)
{
    struct http_response *rs = &x->answer;
    if (rs->status < 200 || rs->status > 599)
        answer_refuse(x, &(struct refusal){.err = ERR_INTERNAL, .message = MSG_INTERNAL});
    settle_stream(x);
    complete_headers(x);
    struct MHD_Response *response;
    if (rs->stream)
        response = stream_response(rs->stream, x->server);
    else /* MHD takes a pointer to what it may change but doesn't. */
        response =
            MHD_create_response_from_buffer(rs->body.len, (void *)(uintptr_t)rs->body.ptr, MHD_RESPMEM_PERSISTENT);
    if (!response)
        die("no memory for an answer");
    add_headers(x, response);
    return response;
}

static void add_date(struct buf *out)
{
    static const char days[7][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"}; /* 1970-01-01 was a Thursday */
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t now_s = clock_now_ms() / 1000;
    struct civil c = civil_from_seconds(now_s);
    buf_addf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", days[now_s / 86400 % 7], c.day, months[c.month - 1],
             (int)c.year, c.hour, c.minute, c.second);
}

void answer_send_raw(struct exchange *x, int fd)
{
    CLEANUP(buf_release) struct buf out = {0};
    const struct http_response *rs = &x->answer;
    complete_headers(x);
    buf_init(&out, 65536);
    buf_addf(&out, "HTTP/1.1 %d %s\r\n", rs->status, MHD_get_reason_phrase_for((unsigned)rs->status));
    add_date(&out);
    for (size_t i = 0; i < rs->headers_len; i++) {
        if (!is_ours(rs->headers[i].name) && !has_line_break(rs->headers[i].value))
            buf_addf(&out, "%.*s: %.*s\r\n", STR_ARG(rs->headers[i].name), STR_ARG(rs->headers[i].value));
    }
    buf_addf(&out, "Content-Length: %zu\r\n\r\n", rs->body.len);
    if (!x->request.head)
        buf_add(&out, rs->body);
    /* What does not fit into the socket is lost with the connection, which ends here anyway. */
    if (!buf_failed(&out) && send(fd, out.ptr, out.len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return;
}
