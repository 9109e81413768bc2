/*
 * Which addresses the outgoing client takes for public.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/http/peer.h"

#include "http/client.h"

static bool is_public(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return address_is_public((struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return address_is_public((struct sockaddr *)&v6);
}

static void inner_addresses_are_not_public(void **state UNUSED)
{
    static const char *const inner[] = {
        "0.0.0.0",     "0.1.2.3",        "10.0.0.1",         "10.255.255.255", "100.64.0.0",       "100.127.255.255",
        "127.0.0.1",   "127.255.0.1",    "169.254.169.254",  "172.16.0.1",     "172.31.255.255",   "192.0.0.1",
        "192.0.2.1",   "192.88.99.1",    "192.168.1.1",      "198.18.0.1",     "198.19.255.255",   "198.51.100.1",
        "203.0.113.9", "224.0.0.1",      "239.1.1.1",        "240.0.0.1",      "255.255.255.255",  "::",
        "::1",         "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::8.8.8.8",      "64:ff9b::8.8.8.8", "64:ff9b:1::1",
        "100::1",      "2001::1",        "2001:1ff::1",      "2001:db8::1",    "2002:808:808::1",  "3fff::1",
        "fc00::1",     "fdff::1",        "fe80::1",          "fec0::1",        "ff02::1",          "4000::1",
    };
    for (size_t i = 0; i < ARRAY_LEN(inner); i++) {
        if (is_public(inner[i]))
            fail_msg("%s", inner[i]);
    }
}

static void their_neighbours_are_public(void **state UNUSED)
{
    static const char *const outer[] = {
        "1.0.0.0",         "8.8.8.8",
        "9.255.255.255",   "11.0.0.0",
        "100.63.255.255",  "100.128.0.0",
        "126.255.255.255", "128.0.0.0",
        "169.253.255.255", "169.255.0.0",
        "172.15.255.255",  "172.32.0.0",
        "192.0.1.0",       "192.0.3.0",
        "192.167.255.255", "192.169.0.0",
        "198.17.255.255",  "198.20.0.0",
        "203.0.112.255",   "203.0.114.0",
        "223.255.255.255", "2001:4860:4860::8888",
        "2001:200::1",     "2001:db9::1",
        "2003::1",         "2606:4700::1",
        "2400:3200::1",    "3ffe::1",
    };
    for (size_t i = 0; i < ARRAY_LEN(outer); i++) {
        if (!is_public(outer[i]))
            fail_msg("%s", outer[i]);
    }
}

static void another_family_is_not_public(void **state UNUSED)
{
    assert_false(address_is_public(&(struct sockaddr){.sa_family = AF_UNIX}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inner_addresses_are_not_public),
        cmocka_unit_test(their_neighbours_are_public),
        cmocka_unit_test(another_family_is_not_public),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
