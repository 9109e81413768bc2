/*
 * Which network addresses are inside: the special ranges of IPv4 and IPv6, and IPv4 addresses dressed as IPv6.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Source of the ranges: the IANA special-purpose address registries (RFC 6890 and its updates).
 */
#include "http/client.h"

#include <netinet/in.h>
#include <sys/socket.h>

struct v4_range {
    uint32_t base;
    int bits;
};

#define V4(a, b, c, d) (((uint32_t)(a) << 24) | ((uint32_t)(b) << 16) | ((uint32_t)(c) << 8) | (uint32_t)(d))

static const struct v4_range inner_v4[] = {
    {V4(0, 0, 0, 0), 8},       /* this network */
    {V4(10, 0, 0, 0), 8},      /* private */
    {V4(100, 64, 0, 0), 10},   /* shared by carriers */
    {V4(127, 0, 0, 0), 8},     /* loopback */
    {V4(169, 254, 0, 0), 16},  /* link-local, and the metadata services of clouds */
    {V4(172, 16, 0, 0), 12},   /* private */
    {V4(192, 0, 0, 0), 24},    /* protocol assignments */
    {V4(192, 0, 2, 0), 24},    /* documentation */
    {V4(192, 88, 99, 0), 24},  /* 6to4 relays */
    {V4(192, 168, 0, 0), 16},  /* private */
    {V4(198, 18, 0, 0), 15},   /* benchmarks */
    {V4(198, 51, 100, 0), 24}, /* documentation */
    {V4(203, 0, 113, 0), 24},  /* documentation */
    {V4(224, 0, 0, 0), 4},     /* multicast */
    {V4(240, 0, 0, 0), 4},     /* reserved, broadcast */
};

static bool v4_is_public(uint32_t addr)
{
    for (size_t i = 0; i < ARRAY_LEN(inner_v4); i++) {
        if ((addr ^ inner_v4[i].base) >> (32 - inner_v4[i].bits) == 0)
            return false;
    }
    return true;
}

struct v6_range {
    uint8_t base[16];
    int bits;
};

/* Inside the global unicast block 2000::/3, the only one that is public at all. */
static const struct v6_range inner_v6[] = {
    {{0x20, 0x01, 0x00}, 23},                   /* protocol assignments, Teredo among them */
    {{0x20, 0x01, 0x0d, 0xb8}, 32},             /* documentation */
    {{0x20, 0x02}, 16},                         /* 6to4 carries an IPv4 address */
    {{0x3f, 0xff, 0x00}, 20},                   /* documentation */
    {{0x26, 0x20, 0x00, 0x4f, 0x80, 0x00}, 48}, /* AS112 */
};

static bool v6_fits(const uint8_t addr[16], const struct v6_range *r)
{
    int bytes = r->bits / 8, rest = r->bits % 8;
    if (memcmp(addr, r->base, (size_t)bytes) != 0)
        return false;
    return rest == 0 || (addr[bytes] ^ r->base[bytes]) >> (8 - rest) == 0;
}

/* v4-mapped, v4-compatible, NAT64, unique local, link-local and multicast are all outside 2000::/3. */
static bool v6_is_public(const uint8_t addr[16])
{
    if (addr[0] >> 5 != 1)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(inner_v6); i++) {
        if (v6_fits(addr, &inner_v6[i]))
            return false;
    }
    return true;
}

bool address_is_public(const struct sockaddr *sa)
{
    if (sa->sa_family == AF_INET)
        return v4_is_public(ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr));
    if (sa->sa_family == AF_INET6)
        return v6_is_public(((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr.s6_addr);
    return false;
}
