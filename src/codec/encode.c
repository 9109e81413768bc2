/*
 * Bytes as text: hexadecimal, base64 (RFC 4648) and percent-encoding (RFC 3986).
 * SPDX-License-Identifier: Apache-2.0
 */
#include "codec/text.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte of two hexadecimal digits, or -1. */
static int hex_pair(const char *p)
{
    int high = hex_digit(p[0]), low = hex_digit(p[1]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

void hex_encode(struct str bytes, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.ptr[i];
        buf_add_char(out, digits[c >> 4]);
        buf_add_char(out, digits[c & 15]);
    }
}

int hex_decode(struct arena *a, struct str hex, struct str *ret)
{
    if (hex.len % 2)
        return ERR_SYNTAX;
    char *bytes = arena_alloc(a, hex.len / 2 + 1);
    for (size_t i = 0; i < hex.len; i += 2) {
        int c = hex_pair(hex.ptr + i);
        if (c < 0)
            return ERR_SYNTAX;
        bytes[i / 2] = (char)c;
    }
    *ret = str_n(bytes, hex.len / 2);
    return 0;
}

static void encode64(struct str bytes, const char *alphabet, bool padding, struct buf *out)
{
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i < 3 ? bytes.len - i : 3;
        uint32_t group = 0;
        for (size_t j = 0; j < 3; j++)
            group = group << 8 | (j < left ? (unsigned char)bytes.ptr[i + j] : 0u);
        char text[4];
        for (size_t j = 0; j < 4; j++)
            text[j] = j <= left ? alphabet[group >> (18 - 6 * j) & 63] : '=';
        buf_add(out, str_n(text, padding ? 4 : left + 1));
    }
}

void base64_encode(struct str bytes, struct buf *out)
{
    encode64(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true, out);
}

void base64url_encode(struct str bytes, struct buf *out)
{
    encode64(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false, out);
}

static int digit64(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    if (c == '/' || c == '_')
        return 63;
    return -1;
}

int base64_decode(struct arena *a, struct str text, struct str *ret)
{
    /* Padding, where there is any, must fill up the last group of four. */
    if (str_ends(text, STR("="))) {
        if (text.len % 4)
            return ERR_SYNTAX;
        text.len -= str_ends(text, STR("==")) ? 2 : 1;
    }
    if (text.len % 4 == 1)
        return ERR_SYNTAX;
    char *bytes = arena_alloc(a, text.len / 4 * 3 + 3);
    size_t len = 0;
    uint32_t group = 0;
    int bits = 0;
    for (size_t i = 0; i < text.len; i++) {
        int digit = digit64(text.ptr[i]);
        if (digit < 0)
            return ERR_SYNTAX;
        group = group << 6 | (uint32_t)digit;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes[len++] = (char)(group >> bits);
            group &= (1u << bits) - 1;
        }
    }
    /* Bits left over must be 0, so that bytes have one text only. */
    if (group)
        return ERR_SYNTAX;
    *ret = str_n(bytes, len);
    return 0;
}

int url_decode(struct arena *a, struct str s, bool plus, struct str *ret)
{
    char *text = arena_alloc(a, s.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        int c = (unsigned char)s.ptr[i];
        if (c == '%') {
            c = s.len - i < 3 ? -1 : hex_pair(s.ptr + i + 1);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c <= 0)
            return ERR_MALFORMED;
        text[len++] = (char)c;
    }
    if (!utf8_valid(str_n(text, len)))
        return ERR_MALFORMED;
    *ret = str_n(text, len);
    return 0;
}

void url_encode(struct str s, struct buf *out)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                     c == '.' || c == '_' || c == '~';
        if (plain)
            buf_add_char(out, (char)c);
        else
            buf_addf(out, "%%%02X", c);
    }
}
