/* Names of ICMP messages.
 *
 * Source: RFC 792, RFC 1256, RFC 4443, RFC 4861, RFC 3810 and the IANA registries of ICMP and
 * ICMPv6 types. */
#include "core/table/codes.h"

struct message {
    uint16_t type;
    const char *name, *family; /* family NULL: the name itself */
};

static const struct message v4_messages[] = {
    {0, "echo reply", "echo"},
    {3, "unreachable", NULL},
    {4, "source quench", NULL},
    {5, "redirect", NULL},
    {8, "echo request", "echo"},
    {9, "router advertisement", "router discovery"},
    {10, "router solicitation", "router discovery"},
    {11, "time exceeded", NULL},
    {12, "parameter problem", NULL},
    {13, "timestamp request", "timestamp"},
    {14, "timestamp reply", "timestamp"},
    {15, "information request", "information"},
    {16, "information reply", "information"},
    {17, "address mask request", "address mask"},
    {18, "address mask reply", "address mask"},
};

static const struct message v6_messages[] = {
    {1, "unreachable", NULL},
    {2, "packet too big", NULL},
    {3, "time exceeded", NULL},
    {4, "parameter problem", NULL},
    {128, "echo request", "echo"},
    {129, "echo reply", "echo"},
    {130, "multicast listener query", "multicast listener"},
    {131, "multicast listener report", "multicast listener"},
    {132, "multicast listener done", "multicast listener"},
    {133, "router solicitation", "router discovery"},
    {134, "router advertisement", "router discovery"},
    {135, "neighbour solicitation", "neighbour discovery"},
    {136, "neighbour advertisement", "neighbour discovery"},
    {137, "redirect", NULL},
    {138, "router renumbering", NULL},
    {139, "node information query", "node information"},
    {140, "node information response", "node information"},
    {143, "multicast listener report", "multicast listener"},
};

static const struct message *message_of(bool v6, uint16_t type)
{
    const struct message *m = v6 ? v6_messages : v4_messages;
    size_t n = v6 ? ARRAY_LEN(v6_messages) : ARRAY_LEN(v4_messages);
    for (size_t i = 0; i < n; i++)
        if (m[i].type == type)
            return &m[i];
    return NULL;
}

const char *icmp_type_name(bool v6, uint16_t type)
{
    const struct message *m = message_of(v6, type);
    return m == NULL ? NULL : m->name;
}

const char *icmp_family_name(bool v6, uint16_t type)
{
    const struct message *m = message_of(v6, type);
    if (m == NULL)
        return NULL;
    return m->family == NULL ? m->name : m->family;
}
