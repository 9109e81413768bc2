/*
 * The request as a handler sees it: headers, query parameters and cookies, copied out of MHD's memory.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/http_internal.h"

#include "codec/text.h"

struct header_list {
    struct http_request *rq;
    size_t cap;
    const char *at, *end; /* where the next line must begin in MHD's copy of the header, and where the header ends */
    bool malformed;
};

static enum MHD_Result count_header(void *cls, enum MHD_ValueKind kind UNUSED, const char *name UNUSED,
                                    size_t name_len UNUSED, const char *value UNUSED, size_t value_len UNUSED)
{
    ++*(size_t *)cls;
    return MHD_YES;
}

/*
 * MHD 0.9.75 takes bare line feeds, NUL bytes, folded lines and lines without a name, and may then see another header
 * than a proxy in front of it. It parses in place and writes a NUL over the colon and over both bytes of a line's end,
 * so that a well-formed header lies in its memory as name NUL blanks value NUL NUL, one after the other without a gap.
 * Whatever lies there otherwise is refused.
 */
static void check_line(struct header_list *list, const char *name, size_t name_len, const char *value, size_t value_len)
{
    const char *p = list->at + name_len;
    if (list->malformed || name != list->at || name_len == 0 || name_len >= (size_t)(list->end - list->at) ||
        *p != '\0' || !value) {
        list->malformed = true;
        return;
    }
    for (p++; p < list->end && p != value && (*p == ' ' || *p == '\t'); p++)
        ;
    list->malformed =
        p != value || value_len + 2 > (size_t)(list->end - p) || p[value_len] != '\0' || p[value_len + 1] != '\0';
    list->at = p + value_len + 2;
}

static enum MHD_Result add_header(void *cls, enum MHD_ValueKind kind UNUSED, const char *name, size_t name_len,
                                  const char *value, size_t value_len)
{
    struct header_list *list = cls;
    struct http_request *rq = list->rq;
    if (rq->headers_len == list->cap)
        return MHD_NO;
    check_line(list, name, name_len, value, value_len);
    rq->headers[rq->headers_len++] =
        (struct http_pair){.name = arena_str(rq->arena, str_n(name, name_len)),
                           .value = arena_str(rq->arena, str_n(value, value ? value_len : 0))};
    return MHD_YES;
}

/* The request line by the same rule: method NUL address NUL version NUL NUL. */
static void check_request_line(struct exchange *x, const char *method, const char *version, struct header_list *list)
{
    size_t before = strlen(method) + 1 + x->uri.len + 1, line = before + strlen(version) + 2;
    list->end = method + x->header_bytes;
    list->malformed = line + 2 > x->header_bytes || version != method + before || version[strlen(version) + 1] != '\0';
    list->at = method + (list->malformed ? 0 : line);
}

/* "http://host/path" is as good as "/path" (RFC 9112 3.2.2): the Host header was checked, what the client wrote here is
 * dropped. */
static struct str origin_form(struct str uri)
{
    size_t skip = 0;
    if (str_eq_nocase(str_sub(uri, 0, 7), STR("http://")))
        skip = 7;
    else if (str_eq_nocase(str_sub(uri, 0, 8), STR("https://")))
        skip = 8;
    if (skip == 0)
        return uri;
    struct str rest = str_sub(uri, skip, uri.len);
    size_t slash = str_find_char(rest, '/');
    return slash == SIZE_MAX ? STR("/") : str_sub(rest, slash, rest.len);
}

void request_fill(struct exchange *x, const char *method, const char *version)
{
    struct http_request *rq = &x->request;
    struct header_list list = {.rq = rq};
    rq->head = strcmp(method, "HEAD") == 0;
    rq->method = rq->head ? STR("GET") : arena_str(&x->arena, str_of(method));
    rq->query = str_cut(origin_form(x->uri), '?', &rq->path);
    rq->address = arena_str(&x->arena, str_of(x->conn->address));
    rq->loopback = x->conn->loopback;
    MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, count_header, &list.cap);
    rq->headers = arena_array(&x->arena, struct http_pair, list.cap);
    check_request_line(x, method, version, &list);
    MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, add_header, &list);
    x->malformed = list.malformed || list.end - list.at != 2;
}

int request_parse_query(struct http_request *rq)
{
    struct str rest = rq->query, part, name;
    size_t cap = 0;
    for (size_t i = 0; i < rest.len; i++)
        cap += rest.ptr[i] == '&';
    if (rest.len == 0)
        return 0;
    struct http_pair *params = arena_array(rq->arena, struct http_pair, cap + 1);
    size_t len = 0;
    while (rest.len > 0) {
        rest = str_cut(rest, '&', &part);
        if (part.len == 0)
            continue;
        struct str value = str_cut(part, '=', &name);
        struct http_pair *p = &params[len++];
        int r = url_decode(rq->arena, name, true, &p->name);
        if (r == 0)
            r = url_decode(rq->arena, value, true, &p->value);
        if (r < 0)
            return r;
    }
    rq->params = params;
    rq->params_len = len;
    return 0;
}

struct str http_header(const struct http_request *rq, const char *name)
{
    for (size_t i = 0; i < rq->headers_len; i++) {
        if (str_eq_nocase(rq->headers[i].name, str_of(name)))
            return rq->headers[i].value;
    }
    return STR_NULL;
}

size_t http_header_count(const struct http_request *rq, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < rq->headers_len; i++)
        n += str_eq_nocase(rq->headers[i].name, str_of(name));
    return n;
}

const struct str *http_param(const struct http_request *rq, const char *name)
{
    for (size_t i = 0; i < rq->params_len; i++) {
        if (str_is(rq->params[i].name, name))
            return &rq->params[i].value;
    }
    return NULL;
}

static struct str cookie_in(struct str header, const char *wanted)
{
    struct str part, name;
    while (header.len > 0) {
        header = str_cut(header, ';', &part);
        part = str_trim(part);
        struct str value = str_cut(part, '=', &name);
        if (!str_is(name, wanted))
            continue;
        if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
            value = str_sub(value, 1, value.len - 2);
        return value.ptr ? value : STR("");
    }
    return STR_NULL;
}

struct str http_cookie(const struct http_request *rq, const char *name)
{
    for (size_t i = 0; i < rq->headers_len; i++) {
        if (!str_eq_nocase(rq->headers[i].name, STR("Cookie")))
            continue;
        struct str value = cookie_in(rq->headers[i].value, name);
        if (value.ptr)
            return value;
    }
    return STR_NULL;
}
