/*
 * The one outgoing HTTP client: every connector, webhook and key-set fetch goes through it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * http and https only; no redirects; no proxy and no credentials from the environment; TLS 1.2 or later, always
 * verified; caps on size, time and speed. The address is looked at where the socket is made, after name resolution, so
 * that no name can lead inside: loopback, private, link-local, shared (100.64/10), multicast and reserved ranges, and
 * the IPv6 forms that carry an IPv4 address (v4-mapped and -compatible, NAT64, 6to4, Teredo) are refused unless the
 * caller says otherwise. What can't be told is refused.
 *
 * An answer is whatever the peer sent with any status, also 4xx and 5xx: the caller judges. Its content is not to be
 * trusted. Life: the answer lives in the arena. Errors: ERR_INVALID (the URL, method or a header), ERR_FORBIDDEN (the
 * address), ERR_UNAVAILABLE (no connection, TLS, a broken answer), ERR_TIMEOUT, ERR_TOO_LARGE. Threads: safe, each call
 * has a connection of its own; it blocks.
 */
#ifndef TANDEM_HTTP_CLIENT_H
#define TANDEM_HTTP_CLIENT_H

#include <stdatomic.h>

#include "http/http.h"

enum {
    HTTP_FETCH_MS = 15000,
    HTTP_FETCH_CONNECT_MS = 5000,
    HTTP_FETCH_ANSWER_BYTES_MAX = 4 << 20,
    HTTP_FETCH_HEADER_BYTES_MAX = 65536,
    HTTP_FETCH_SLOW_BYTES_PER_S = 64, /* slower than this for HTTP_FETCH_SLOW_S is given up */
    HTTP_FETCH_SLOW_S = 10,
};

struct http_fetch_options {
    const char *method; /* NULL: GET, or POST where there is a body */
    struct str url;
    const struct http_pair *headers;
    size_t headers_len;
    struct str body;
    int timeout_ms;          /* of the whole; 0: HTTP_FETCH_MS */
    size_t answer_bytes_max; /* 0: HTTP_FETCH_ANSWER_BYTES_MAX */
    bool allow_private;      /* tests, and commands on the server's own machine */
    const struct str *allow; /* "host:port" as an administrator wrote it: inner addresses are fine for these */
    size_t allow_len;
    struct str ca_pem;        /* a private authority in PEM, instead of the system's; empty: the system's */
    const atomic_bool *abort; /* ends the call early with ERR_UNAVAILABLE once true; NULL: nothing does */
};

struct http_answer {
    int status;
    struct http_pair *headers; /* names as sent */
    size_t headers_len;
    struct str body;
    int64_t took_ms;
};

MUST_CHECK int http_fetch(const struct http_fetch_options *o, struct arena *a, struct http_answer *ret,
                          struct problem *why);
/* The first header of that name (any case), or STR_NULL. */
struct str http_answer_header(const struct http_answer *answer, const char *name);

struct sockaddr;
/* True when an address is on the public Internet; everything else, and every other family, is not. */
bool address_is_public(const struct sockaddr *sa);

#endif
