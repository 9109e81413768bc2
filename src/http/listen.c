/*
 * Listening sockets: from "HOST:PORT" to a bound socket, and a peer's address as text.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/http_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <unistd.h>

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
    socklen_t len;
};

/* Numbers only: a name could resolve to several addresses, and which of them is bound would be a surprise. */
static int parse_address(const char *text, struct address *ret)
{
    struct str all = str_of(text), host, port_text;
    size_t colon = str_rfind_char(all, ':');
    int64_t port;
    if (colon == SIZE_MAX)
        return ERR_SYNTAX;
    host = str_sub(all, 0, colon);
    port_text = str_sub(all, colon + 1, all.len);
    if (str_to_i64(port_text, &port) < 0 || port < 0 || port > 65535)
        return ERR_SYNTAX;
    bool v6 = host.len >= 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
    if (v6)
        host = str_sub(host, 1, host.len - 2);
    else if (str_is(host, "localhost"))
        host = STR("127.0.0.1");
    CLEANUP(freep) char *name = xstrndup(host);
    struct address a = {.len = 0};
    if (v6) {
        a.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
        a.len = sizeof(a.v6);
        if (inet_pton(AF_INET6, name, &a.v6.sin6_addr) != 1)
            return ERR_SYNTAX;
    } else {
        a.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        a.len = sizeof(a.v4);
        if (inet_pton(AF_INET, name, &a.v4.sin_addr) != 1)
            return ERR_SYNTAX;
    }
    *ret = a;
    return 0;
}

static int bound_port(int fd)
{
    struct address a = {.len = sizeof(struct sockaddr_in6)};
    if (getsockname(fd, &a.any, &a.len) < 0)
        return 0;
    return ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
}

static int refuse(const char *address, const char *reason, struct problem *why)
{
    return PROBLEM(why, LISTEN_FAILED, ARG("address", str_of(address)), ARG("reason", str_of(reason)));
}

int listen_open(const char *address, int *ret_fd, int *ret_port, struct problem *why)
{
    struct address a;
    const int on = 1;
    if (parse_address(address, &a) < 0)
        return refuse(address, "it is not an address like 127.0.0.1:8080 or [::1]:8080", why);
    int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return refuse(address, strerror(errno), why);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (a.any.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (bind(fd, &a.any, a.len) < 0 || listen(fd, LISTEN_BACKLOG) < 0) {
        int r = refuse(address, strerror(errno), why);
        close(fd);
        return r;
    }
    *ret_port = bound_port(fd);
    *ret_fd = fd;
    return 0;
}

bool address_text(const struct sockaddr *sa, char out[INET6_ADDRSTRLEN])
{
    struct in_addr v4;
    out[0] = '\0';
    if (sa->sa_family == AF_INET6) {
        const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
        if (!IN6_IS_ADDR_V4MAPPED(v6)) {
            inet_ntop(AF_INET6, v6, out, INET6_ADDRSTRLEN);
            return IN6_IS_ADDR_LOOPBACK(v6);
        }
        memcpy(&v4, &v6->s6_addr[12], sizeof(v4));
    } else {
        v4 = ((const struct sockaddr_in *)(const void *)sa)->sin_addr;
    }
    inet_ntop(AF_INET, &v4, out, INET6_ADDRSTRLEN);
    return ntohl(v4.s_addr) >> 24 == 127;
}
