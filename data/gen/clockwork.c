/* Benign rows that come by the clock; see sim.h. They are there so that a rhythm alone is no proof:
 * cameras call their cloud as regularly as a beacon calls its master. */
#include "data/gen/sim.h"

enum clock_kind { CLOCK_ROUTER, CLOCK_NTP, CLOCK_CAMERA, CLOCK_PING, CLOCK_SNMP, CLOCK_DHCP };

struct periodic {
    enum clock_kind kind;
    uint32_t host;
    int64_t period_us, next_us;
};

static void add(struct clockwork *c, struct rng *r, enum clock_kind kind, uint32_t host,
                int64_t period_s)
{
    struct periodic *p = &c->item[c->n++];
    *p = (struct periodic){.kind = kind, .host = host, .period_us = period_s * SECOND_US};
    p->next_us = (int64_t)(rng_unit(r) * 1e6); /* a place in its period, in millionths */
}

int clockwork_init(struct clockwork *c, struct sim *s, uint64_t rows)
{
    const struct world *w = &s->world;
    double natural = 0, stretch;
    *c = (struct clockwork){.n = 0};
    c->item = calloc(4 * (size_t)w->n_hosts, sizeof *c->item);
    if (c->item == NULL)
        return -1;
    for (uint32_t i = 0; i < w->n_hosts; i++) {
        const struct host *h = &w->host[i];
        if (i == 0)
            add(c, &s->rng, CLOCK_ROUTER, i, 400);
        add(c, &s->rng, CLOCK_NTP, i, h->kind == HOST_SERVER ? 512 : 2048);
        if (h->kind == HOST_CAMERA)
            add(c, &s->rng, CLOCK_CAMERA, i, 120);
        if (h->kind == HOST_SERVER && i > 0) {
            add(c, &s->rng, CLOCK_PING, i, 300);
            add(c, &s->rng, CLOCK_SNMP, i, 300);
        }
        if (h->kind != HOST_SERVER)
            add(c, &s->rng, CLOCK_DHCP, i, 43200);
    }
    for (uint32_t i = 0; i < c->n; i++)
        natural += (double)(s->end_us - s->start_us) / (double)c->item[i].period_us;
    stretch = natural > (double)rows ? natural / ((double)rows + 1) : 1;
    for (uint32_t i = 0; i < c->n; i++) {
        struct periodic *p = &c->item[i];
        p->period_us = (int64_t)((double)p->period_us * stretch);
        p->next_us = s->start_us + (int64_t)((double)p->next_us / 1e6 * (double)p->period_us);
    }
    return 0;
}

/* Seconds, bytes out, bytes in: each a median and its spread. */
static const struct shape time_asked = {0.02, 1, 48, 0, 48, 0},
                          heartbeat = {0.4, 0.5, 670, 0.02, 1210, 0.02},
                          polled = {0.003, 1, 83, 0.03, 260, 0.4},
                          leased = {0.01, 1, 300, 0, 300, 0};

static struct row tick(struct sim *s, const struct periodic *p)
{
    struct rng *r = &s->rng;
    struct world *w = &s->world;
    struct host *h = &w->host[p->host];
    struct host *monitor = &w->host[w->n_servers - 1];
    struct ends e = {h, false, site_v4(100 + h->taste % 4), 123, SERVICE_NTP};
    struct row row;
    switch (p->kind) {
    case CLOCK_ROUTER:
        return icmp_row(h->link, (struct ip){0xff02000000000000u, 1}, 134, 133, p->next_us, 56);
    case CLOCK_NTP:
        row = udp_row(s, &e, p->next_us, &time_asked, draw_chance(r, 0.97));
        row.orig_p = 123;
        return row;
    case CLOCK_CAMERA:
        e.to = site_v4(60);
        e.port = 8883;
        e.service = SERVICE_SSL;
        return tcp_row(s, &e, p->next_us, &heartbeat, STATE_SF);
    case CLOCK_PING:
        row = icmp_row(monitor->v4, h->v4, 8, 0, p->next_us, 56);
        row.duration_us = draw_size(r, 350, 0.8);
        row.resp_bytes = 56;
        row.resp_pkts = 1;
        return row;
    case CLOCK_SNMP:
        e = (struct ends){monitor, false, h->v4, 161, SERVICE_SNMP};
        return udp_row(s, &e, p->next_us, &polled, true);
    default:
        e.to = server(SERVER_DC);
        e.port = 67;
        e.service = SERVICE_DHCP;
        row = udp_row(s, &e, p->next_us, &leased, true);
        row.orig_p = 68;
        return row;
    }
}

void clockwork_until(struct clockwork *c, struct sim *s, int64_t until_us)
{
    for (uint32_t i = 0; i < c->n; i++) {
        struct periodic *p = &c->item[i];
        while (p->next_us < until_us) {
            struct row row = tick(s, p);
            sim_emit(s, &row);
            p->next_us += p->period_us + draw_between(&s->rng, 0, p->period_us / 200 + 1) -
                          p->period_us / 400;
        }
    }
}

void clockwork_release(struct clockwork *c)
{
    free(c->item);
    *c = (struct clockwork){.n = 0};
}
