/*
 * The outgoing HTTP client on libcurl: one call, one connection, everything bounded.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

struct fetch {
    const struct http_fetch_options *o;
    struct arena *arena;
    CURL *curl;
    struct curl_slist *send_headers;
    struct str host, host_port; /* of the URL, for messages and for the allow list */
    bool may_enter;             /* inner addresses are fine for this call */
    bool blocked, body_too_large, header_too_large;
    struct buf body;
    size_t header_bytes;
    VEC(struct http_pair) headers;
};

static void init_curl(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        die("libcurl can't be initialised");
}

/* The only place where a socket is made: a name that resolves to an inner address gets none. */
static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct fetch *f = ctx;
    if (purpose != CURLSOCKTYPE_IPCXN || (!f->may_enter && !address_is_public(&address->addr))) {
        f->blocked = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t take_body(char *data, size_t size, size_t n, void *ctx)
{
    struct fetch *f = ctx;
    if (buf_add(&f->body, str_n(data, size * n)) < 0) {
        f->body_too_large = true;
        return 0;
    }
    return size * n;
}

static size_t take_header(char *data, size_t size, size_t n, void *ctx)
{
    struct fetch *f = ctx;
    struct str line = str_n(data, size * n), name;
    f->header_bytes += line.len;
    if (f->header_bytes > HTTP_FETCH_HEADER_BYTES_MAX) {
        f->header_too_large = true;
        return 0;
    }
    if (str_starts(line, STR("HTTP/"))) { /* a 100 Continue came before: what counts is the last */
        f->headers.len = 0;
        return line.len;
    }
    struct str value = str_cut(line, ':', &name);
    if (name.len < line.len && name.len > 0) {
        struct http_pair h = {.name = arena_str(f->arena, name), .value = arena_str(f->arena, str_trim(value))};
        vec_push(f->arena, &f->headers, h);
    }
    return line.len;
}

static int watch(void *ctx, curl_off_t dltotal UNUSED, curl_off_t dlnow UNUSED, curl_off_t ultotal UNUSED,
                 curl_off_t ulnow UNUSED)
{
    const struct fetch *f = ctx;
    return f->o->abort && atomic_load(f->o->abort);
}

static bool one_line(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c < 0x20 && c != '\t')
            return false;
    }
    return true;
}

/* Reads host and port out of the URL with libcurl's own parser, so that both understand the same by it. */
static int read_url(struct fetch *f, struct problem *why)
{
    const char *const url = arena_cstr(f->arena, f->o->url);
    char *scheme = NULL, *host = NULL, *port = NULL, *user = NULL;
    CURLU *u = curl_url();
    bool ok = u && one_line(f->o->url) && strlen(url) == f->o->url.len &&
              curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_NO_USER &&
              (!strcmp(scheme, "http") || !strcmp(scheme, "https"));
    if (ok) {
        f->host = arena_str(f->arena, str_of(host));
        f->host_port = arena_fmt(f->arena, "%s:%s", host, port);
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(user);
    curl_url_cleanup(u);
    return ok ? 0 : PROBLEM(why, FETCH_ADDRESS, ARG("url", f->o->url));
}

static bool may_enter(const struct fetch *f)
{
    for (size_t i = 0; i < f->o->allow_len; i++) {
        if (str_eq_nocase(f->o->allow[i], f->host_port))
            return true;
    }
    return f->o->allow_private;
}

static int add_headers(struct fetch *f, struct problem *why)
{
    for (size_t i = 0; i < f->o->headers_len; i++) {
        struct http_pair h = f->o->headers[i];
        if (h.name.len == 0 || !one_line(h.name) || !one_line(h.value) || str_find_char(h.name, ':') != SIZE_MAX)
            return PROBLEM(why, FETCH_FAILED, ARG("host", f->host),
                           ARG("reason", STR("a header holds a control character"))),
                   ERR_INVALID;
        /* "Name;" is how libcurl is told to send an empty one. */
        struct str line = h.value.len ? arena_fmt(f->arena, "%.*s: %.*s", STR_ARG(h.name), STR_ARG(h.value))
                                      : arena_fmt(f->arena, "%.*s;", STR_ARG(h.name));
        f->send_headers = curl_slist_append(f->send_headers, line.ptr);
    }
    f->send_headers = curl_slist_append(f->send_headers, "Expect:");
    return 0;
}

static void set_limits(struct fetch *f)
{
    CURL *c = f->curl;
    long timeout_ms = f->o->timeout_ms > 0 ? f->o->timeout_ms : HTTP_FETCH_MS;
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
                     timeout_ms < HTTP_FETCH_CONNECT_MS ? timeout_ms : (long)HTTP_FETCH_CONNECT_MS);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)HTTP_FETCH_SLOW_BYTES_PER_S);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)HTTP_FETCH_SLOW_S);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(c, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, f);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, watch);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, f);
    if (f->o->ca_pem.len) {
        struct curl_blob pem = {
            .data = (void *)(uintptr_t)f->o->ca_pem.ptr, .len = f->o->ca_pem.len, .flags = CURL_BLOB_COPY};
        curl_easy_setopt(c, CURLOPT_CAINFO_BLOB, &pem);
        curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
    }
}

static void set_request(struct fetch *f)
{
    CURL *c = f->curl;
    const char *method = f->o->method ? f->o->method : f->o->body.len ? "POST" : "GET";
    bool sends = f->o->body.len > 0 || !strcmp(method, "POST") || !strcmp(method, "PUT") || !strcmp(method, "PATCH");
    curl_easy_setopt(c, CURLOPT_URL, arena_cstr(f->arena, f->o->url));
    if (sends) {
        curl_easy_setopt(c, CURLOPT_POST, 1L);
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, f->o->body.len ? f->o->body.ptr : "");
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)f->o->body.len);
    } else if (!strcmp(method, "HEAD")) {
        curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
    }
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, f->send_headers);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, f);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, f);
}

static int explain(const struct fetch *f, CURLcode code, struct problem *why)
{
    if (f->blocked)
        return PROBLEM(why, FETCH_BLOCKED, ARG("host", f->host));
    if (f->body_too_large || f->header_too_large) {
        size_t max = f->header_too_large ? (size_t)HTTP_FETCH_HEADER_BYTES_MAX : f->body.max;
        return PROBLEM(why, FETCH_TOO_LARGE, ARG("host", f->host), ARG("max", arena_fmt(f->arena, "%zu", max)));
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
        int ms = f->o->timeout_ms > 0 ? f->o->timeout_ms : HTTP_FETCH_MS;
        return PROBLEM(why, FETCH_TIMEOUT, ARG("host", f->host), ARG("ms", arena_fmt(f->arena, "%d", ms)));
    }
    return PROBLEM(why, FETCH_FAILED, ARG("host", f->host), ARG("reason", str_of(curl_easy_strerror(code))));
}

static int run(struct fetch *f, struct http_answer *ret, struct problem *why)
{
    int64_t began_ms = clock_mono_ms();
    set_limits(f);
    set_request(f);
    CURLcode code = curl_easy_perform(f->curl);
    long status = 0;
    curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK || status < 200 || status > 599)
        return explain(f, code == CURLE_OK ? CURLE_WEIRD_SERVER_REPLY : code, why);
    *ret = (struct http_answer){.status = (int)status,
                                .headers = f->headers.items,
                                .headers_len = f->headers.len,
                                .body = arena_str(f->arena, buf_str(&f->body)),
                                .took_ms = clock_mono_ms() - began_ms};
    return 0;
}

int http_fetch(const struct http_fetch_options *o, struct arena *a, struct http_answer *ret, struct problem *why)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct fetch f = {.o = o, .arena = a};
    pthread_once(&once, init_curl);
    buf_init(&f.body, o->answer_bytes_max ? o->answer_bytes_max : HTTP_FETCH_ANSWER_BYTES_MAX);
    int r = read_url(&f, why);
    if (r == 0)
        r = add_headers(&f, why);
    if (r == 0) {
        f.may_enter = may_enter(&f);
        f.curl = curl_easy_init();
        if (!f.curl)
            die("no memory for an HTTP call");
        r = run(&f, ret, why);
    }
    curl_easy_cleanup(f.curl);
    curl_slist_free_all(f.send_headers);
    buf_release(&f.body);
    return r;
}

struct str http_answer_header(const struct http_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->headers_len; i++) {
        if (str_eq_nocase(answer->headers[i].name, str_of(name)))
            return answer->headers[i].value;
    }
    return STR_NULL;
}
