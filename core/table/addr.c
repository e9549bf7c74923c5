/* Address parsing and places; see addr.h. */
#include "core/table/addr.h"

#include <arpa/inet.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* Four decimal parts without leading zeros. */
static bool parse_v4(struct span s, uint8_t out[4])
{
    const char *at = s.ptr, *end;
    if (s.len < 7 || s.len > 15)
        return false;
    end = at + s.len;
    for (int part = 0; part < 4; part++) {
        const char *from = at;
        unsigned n = 0, digit;
        while (at < end && (digit = (unsigned)(unsigned char)*at - '0') < 10) {
            n = n * 10 + digit; /* of at most 15 digits: what wraps is too long */
            at++;
        }
        if (at == from || at - from > 3 || n > 255 || (at - from > 1 && *from == '0'))
            return false;
        out[part] = (uint8_t)n;
        if (part < 3 && (at == end || *at++ != '.'))
            return false;
    }
    return at == end;
}

bool addr_parse(struct span s, struct addr *out)
{
    char copy[48];
    const char *zone;
    *out = (struct addr){.kind = ADDR_NOT};
    if (parse_v4(s, out->byte + 12)) { /* a zone is in none of these */
        memcpy(out->byte, mapped, sizeof mapped);
        out->kind = ADDR_V4;
        return true;
    }
    memset(out->byte, 0, sizeof out->byte);
    zone = s.len == 0 ? NULL : memchr(s.ptr, '%', s.len);
    if (zone != NULL) {
        if (zone + 1 == s.ptr + s.len)
            return false;
        s.len = (size_t)(zone - s.ptr);
    }
    if (s.len < 2 || s.len >= sizeof copy || memchr(s.ptr, ':', s.len) == NULL ||
        memchr(s.ptr, '\0', s.len) != NULL)
        return false;
    memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    if (inet_pton(AF_INET6, copy, out->byte) != 1) {
        memset(out->byte, 0, sizeof out->byte);
        return false;
    }
    out->kind = memcmp(out->byte, mapped, sizeof mapped) == 0 ? ADDR_V4 : ADDR_V6;
    return true;
}

bool cidr_parse(struct span s, struct cidr *out)
{
    const char *slash = s.len == 0 ? NULL : memchr(s.ptr, '/', s.len);
    size_t len = slash == NULL ? s.len : (size_t)(slash - s.ptr);
    unsigned bits = 0, most;
    bool dotted;
    *out = (struct cidr){.bits = 128};
    if (!addr_parse(span_make(s.ptr, len), &out->addr))
        return false;
    if (slash == NULL)
        return true;
    /* ::ffff:10.0.0.0/104 counts all 128 bits, 10.0.0.0/8 only its own 32. */
    dotted = memchr(s.ptr, ':', len) == NULL;
    most = dotted ? 32 : 128;
    if (s.len - len - 1 == 0 || s.len - len - 1 > 3)
        return false;
    for (size_t i = len + 1; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        bits = bits * 10 + (unsigned)(s.ptr[i] - '0');
    }
    if (bits > most)
        return false;
    out->bits = (uint8_t)(dotted ? bits + 96 : bits);
    return true;
}

bool cidr_has(const struct cidr *net, const struct addr *addr)
{
    unsigned whole = net->bits / 8, rest = net->bits % 8;
    if (addr->kind == ADDR_NOT || (net->bits < 96 && addr->kind != net->addr.kind))
        return false;
    if (memcmp(net->addr.byte, addr->byte, whole) != 0)
        return false;
    return rest == 0 || ((net->addr.byte[whole] ^ addr->byte[whole]) >> (8 - rest)) == 0;
}

int addr_cmp(const struct addr *a, const struct addr *b)
{
    int c;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    c = memcmp(a->byte, b->byte, sizeof a->byte);
    return c < 0 ? -1 : c > 0;
}

static enum addr_place place_v4(const uint8_t b[4])
{
    uint32_t a = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    if (a == 0)
        return PLACE_UNSPECIFIED;
    if (a == UINT32_MAX)
        return PLACE_BROADCAST;
    if (b[0] == 127)
        return PLACE_LOOPBACK;
    if (b[0] == 10 || a >> 20 == 0xac1 || a >> 16 == 0xc0a8)
        return PLACE_PRIVATE;
    if (a >> 16 == 0xa9fe)
        return PLACE_LINK_LOCAL;
    if (a >> 28 == 0xe)
        return PLACE_MULTICAST;
    if (a >> 8 == 0xc00002 || a >> 8 == 0xc63364 || a >> 8 == 0xcb0071)
        return PLACE_DOCUMENTATION;
    return PLACE_PUBLIC;
}

static enum addr_place place_v6(const uint8_t b[16])
{
    static const uint8_t zero[15];
    if (memcmp(b, zero, 15) == 0 && b[15] <= 1)
        return b[15] == 0 ? PLACE_UNSPECIFIED : PLACE_LOOPBACK;
    if (b[0] == 0xff)
        return PLACE_MULTICAST;
    if (b[0] == 0xfe && (b[1] & 0xc0) == 0x80)
        return PLACE_LINK_LOCAL;
    if ((b[0] & 0xfe) == 0xfc)
        return PLACE_UNIQUE_LOCAL;
    if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8)
        return PLACE_DOCUMENTATION;
    return PLACE_PUBLIC;
}

enum addr_place addr_place(const struct addr *addr)
{
    if (addr->kind == ADDR_V4)
        return place_v4(addr->byte + 12);
    return addr->kind == ADDR_V6 ? place_v6(addr->byte) : PLACE_NONE;
}

const char *addr_place_name(enum addr_place place)
{
    static const char *const name[] = {
        "",          "private",   "loopback",    "link-local",    "unique local",
        "multicast", "broadcast", "unspecified", "documentation", ""};
    return place <= PLACE_NONE ? name[place] : "";
}

bool addr_is_local(const struct addr *addr)
{
    enum addr_place place = addr_place(addr);
    return place == PLACE_PRIVATE || place == PLACE_LOOPBACK || place == PLACE_LINK_LOCAL ||
           place == PLACE_UNIQUE_LOCAL;
}
