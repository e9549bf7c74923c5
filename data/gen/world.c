/* Hosts and sites; see world.h. */
#include "data/gen/world.h"

struct ip ip4(unsigned a, unsigned b, unsigned c, unsigned d)
{
    return (struct ip){0, (uint64_t)a << 24 | b << 16 | c << 8 | d};
}

struct ip server(unsigned last)
{
    return ip4(10, 20, 0, last);
}

struct ip site_v4(uint32_t n)
{
    if (n < 190)
        return ip4(198, 51, 100, 5 + n);
    if (n < 380)
        return ip4(203, 0, 113, 5 + n - 190);
    return ip4(198, 19, (n - 380) >> 8 & 0xff, (n - 380) & 0xff);
}

struct ip site_v6(uint32_t n)
{
    uint64_t mixed = hash_u64(n + 7);
    uint64_t net = 0x1000 + (n >> 2);
    return (struct ip){0x20010db800000000u | net << 16, n % 3 == 0 ? 0x10 + n % 7 : mixed & 0xffff};
}

uint32_t site_pick(const struct world *w, const struct host *h, struct rng *r)
{
    uint32_t n = draw_rank(r, w->n_sites);
    if (draw_chance(r, 0.5))
        return n;
    return (uint32_t)((n + (uint64_t)h->taste) % w->n_sites);
}

struct ip stranger(struct rng *r)
{
    uint64_t x = rng_u64(r);
    return ip4(198, 18, (unsigned)(x & 0xff), 1 + (unsigned)(x >> 8 & 0x7f));
}

uint16_t host_port(struct host *h, struct rng *r)
{
    unsigned low = h->kind == HOST_SERVER || h->kind == HOST_DEVELOPER ? 32768 : 49152;
    unsigned high = low == 32768 ? 60999 : 65535;
    unsigned next = h->port + 1 + (unsigned)(rng_u64(r) & 7);
    if (next < low || next > high)
        next = low + (unsigned)(rng_u64(r) & 63);
    h->port = (uint16_t)next;
    return h->port;
}

double host_activity(const struct host *h, int64_t at_us)
{
    double hour = (double)(at_us % DAY_US) / (double)HOUR_US;
    int weekday = (int)((at_us / DAY_US + 4) % 7); /* 0 is Sunday */
    double idle = h->kind == HOST_LAPTOP || h->kind == HOST_PHONE ? 0.002 : 0.03;
    double work = 0;
    if (h->kind == HOST_SERVER || h->kind == HOST_CAMERA)
        return h->busy;
    if (hour > h->from_hour && hour < h->to_hour) {
        double in = (hour - h->from_hour) * 2, out = (h->to_hour - hour) * 2;
        work = in < out ? in : out;
        work = work > 1 ? 1 : work;
        if (hour > 12 && hour < 13)
            work *= 0.45;
    }
    if (weekday == 0 || weekday == 6)
        work *= h->kind == HOST_DEVELOPER ? 0.15 : 0.04;
    return h->busy * (idle + work);
}

static void give_addresses(struct host *h, uint32_t n, bool with_v6)
{
    /* Modified EUI-64: ff:fe in the middle of the card's address. */
    uint64_t card = hash_u64(n + 1000);
    uint64_t eui = (card & 0xffffff0000000000u) | 0x000000fffe000000u | (card & 0xffffff);
    eui = (eui & ~(0x0300000000000000u)) | 0x0200000000000000u;
    h->link = (struct ip){0xfe80000000000000u, eui};
    h->v4 = ip4(10, 20, 1 + n / 200, 10 + n % 200);
    if (with_v6)
        h->v6 = (struct ip){0x20010db800200000u | (1 + n / 200), eui};
}

static void init_servers(struct world *w, struct rng *r)
{
    static const struct {
        unsigned last;
        double busy;
    } list[] = {{SERVER_ROUTER, 0.1}, {SERVER_DC, 0.5},     {SERVER_FILES, 0.3},
                {SERVER_MAIL, 2.5},   {SERVER_BACKUP, 0.1}, {SERVER_GIT, 0.3},
                {SERVER_INTRANET, 3}, {SERVER_DNS, 1.5},    {SERVER_MONITOR, 0.8}};
    for (size_t i = 0; i < ARRAY_LEN(list); i++) {
        struct host *h = &w->host[w->n_servers++];
        give_addresses(h, 60000 + (uint32_t)i, false);
        h->v4 = server(list[i].last);
        h->kind = HOST_SERVER;
        h->busy = list[i].busy;
        h->port = (uint16_t)draw_between(r, 32768, 60000);
    }
}

int world_init(struct world *w, struct rng *r, uint64_t rows)
{
    static const enum host_kind kinds[] = {HOST_DESK,  HOST_DESK,   HOST_LAPTOP, HOST_DEVELOPER,
                                           HOST_PHONE, HOST_LAPTOP, HOST_DESK,   HOST_CAMERA,
                                           HOST_DESK,  HOST_LAPTOP, HOST_PHONE,  HOST_DESK};
    uint32_t users = 28;
    while (users < 3000 && (uint64_t)users * users * 16 < rows)
        users++;
    *w = (struct world){.n_sites = users * 60 < 65000 ? users * 60 : 65000};
    w->host = calloc(users + 16, sizeof *w->host);
    if (w->host == NULL)
        return -1;
    init_servers(w, r);
    w->n_hosts = w->n_servers;
    for (uint32_t i = 0; i < users; i++) {
        struct host *h = &w->host[w->n_hosts++];
        h->kind = kinds[i % ARRAY_LEN(kinds)];
        give_addresses(h, i, h->kind != HOST_CAMERA && draw_chance(r, 0.6));
        h->from_hour = 7 + 2.5 * rng_unit(r);
        h->to_hour = h->from_hour + 8 + 2 * rng_unit(r);
        h->busy = h->kind == HOST_CAMERA ? 0.02 : draw_around(r, 1, 0.7);
        h->taste = (uint32_t)(rng_u64(r) % w->n_sites);
        h->port = (uint16_t)draw_between(r, 49152, 65000);
    }
    return 0;
}

void world_release(struct world *w)
{
    free(w->host);
    *w = (struct world){.n_hosts = 0};
}
