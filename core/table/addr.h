/* Network addresses as 16 bytes: IPv6 as it is, IPv4 as ::ffff:a.b.c.d. */
#ifndef MINNOW_TABLE_ADDR_H
#define MINNOW_TABLE_ADDR_H

#include "core/base/err.h"
#include "core/base/span.h"

enum addr_kind { ADDR_NOT = 0, ADDR_V4, ADDR_V6 };

struct addr {
    uint8_t byte[16];
    uint8_t kind; /* enum addr_kind; ADDR_NOT for a text that is no address (all bytes 0) */
};

struct cidr {
    struct addr addr;
    uint8_t bits; /* prefix length in the 128-bit form: an IPv4 /24 is 120 */
};

/* What kind of place an address is; each has a name for people. */
enum addr_place {
    PLACE_PUBLIC,
    PLACE_PRIVATE,
    PLACE_LOOPBACK,
    PLACE_LINK_LOCAL,
    PLACE_UNIQUE_LOCAL,
    PLACE_MULTICAST,
    PLACE_BROADCAST,
    PLACE_UNSPECIFIED,
    PLACE_DOCUMENTATION,
    PLACE_NONE
};

/* Dotted IPv4 (four decimal parts, no leading zeros) or RFC 4291 IPv6, with an optional %zone that
 * is ignored and an optional embedded IPv4. Anything else: false, *out is ADDR_NOT. */
bool addr_parse(struct span text, struct addr *out);

/* "10.0.0.0/8", "fe80::/10", or a bare address (all bits). False on anything else, and on a prefix
 * that is too long. Bits beyond the prefix are ignored. */
bool cidr_parse(struct span text, struct cidr *out);
bool cidr_has(const struct cidr *net, const struct addr *addr);

/* -1, 0, 1: kind, then bytes: the order of a sorted address column. */
int addr_cmp(const struct addr *a, const struct addr *b);
enum addr_place addr_place(const struct addr *addr);
const char *addr_place_name(
    enum addr_place place); /* "private", "multicast", ...; "" for public and none */

/* Private, loopback, link-local or unique local: the default meaning of "inside". */
bool addr_is_local(const struct addr *addr);

#endif
