/* The network that the log is of: an office with workstations, laptops, developers, phones,
 * printers, cameras and servers, and an internet of sites. Only addresses that documentation and
 * private networks may use:
 *
 *   10.20.0.0/16, fd20::/16, fe80::/10       the office; 10.20.0.0/24 are its servers
 *   192.0.2.0/24, 2001:db8:20::/48           its own public addresses
 *   198.51.100.0/24, 203.0.113.0/24          popular sites; above .199 reserved for attackers
 *   198.18.0.0/15                            all other sites and strangers
 *   2001:db8::/32                            sites by IPv6
 */
#ifndef MINNOW_GEN_WORLD_H
#define MINNOW_GEN_WORLD_H

#include "data/gen/draw.h"
#include "data/gen/row.h"

#define SECOND_US ((int64_t)1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US   (60 * MINUTE_US)
#define DAY_US    (24 * HOUR_US)

enum host_kind { HOST_DESK, HOST_LAPTOP, HOST_DEVELOPER, HOST_PHONE, HOST_CAMERA, HOST_SERVER };

/* Servers, by the last byte of 10.20.0.x. */
enum {
    SERVER_ROUTER = 1,
    SERVER_DC = 10,
    SERVER_FILES = 20,
    SERVER_MAIL = 25,
    SERVER_BACKUP = 30,
    SERVER_GIT = 40,
    SERVER_INTRANET = 50,
    SERVER_DNS = 53,
    SERVER_MONITOR = 60,
    SERVER_PRINTER = 90
};

struct host {
    struct ip v4, v6, link; /* v6.hi 0: the host speaks IPv4 only */
    enum host_kind kind;
    double from_hour, to_hour; /* when its user works, UTC */
    double busy;               /* its share of the traffic while working */
    uint32_t taste;            /* which sites it likes */
    uint16_t port;             /* its last ephemeral port */
};

struct world {
    struct host *host;
    uint32_t n_hosts, n_servers; /* hosts[0..n_servers) are the servers */
    uint32_t n_sites;
};

/* 0, or -1 when memory runs out. The number of hosts grows with the root of the rows. */
int world_init(struct world *w, struct rng *r, uint64_t rows) WARN_UNUSED;
void world_release(struct world *w);

/* How active a host is at a time: its `busy`, shaped by the hour and the day of the week. */
double host_activity(const struct host *h, int64_t at_us);
/* A source port that goes up with every connection, as systems choose them. */
uint16_t host_port(struct host *h, struct rng *r);

struct ip ip4(unsigned a, unsigned b, unsigned c, unsigned d);
struct ip server(unsigned last);
/* The n-th site; the same number is the same site by either protocol. */
struct ip site_v4(uint32_t n);
struct ip site_v6(uint32_t n);
/* A site for this host: half of the visits go to what everyone visits. */
uint32_t site_pick(const struct world *w, const struct host *h, struct rng *r);
/* Any address of the wide internet. */
struct ip stranger(struct rng *r);

#endif
