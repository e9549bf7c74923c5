/* The planted attacks; see sim.h. Each has its own machine, hours and size, and every row of it
 * carries its label. */
#include "data/gen/sim.h"

static uint64_t within(uint64_t n, uint64_t low, uint64_t high)
{
    return n < low ? low : n > high ? high : n;
}

/* The n-th working hour of the log's first working day, or of its first day when it has none. */
static int64_t at_hour(const struct sim *s, double hour)
{
    int64_t day = s->start_us / DAY_US;
    int64_t at;
    while (((day + 4) % 7 == 0 || (day + 4) % 7 == 6) && (day + 2) * DAY_US <= s->end_us)
        day++;
    at = day * DAY_US + (int64_t)(hour * (double)HOUR_US);
    return at < s->start_us ? at + DAY_US : at;
}

/* A desk of the office, another one for every kind of attack. */
static struct host *culprit(struct sim *s, enum label label)
{
    struct world *w = &s->world;
    uint32_t left = (uint32_t)label * 2;
    for (uint32_t i = 0;; i = (i + 1) % w->n_hosts)
        if (w->host[i].kind == HOST_DESK && left-- == 0)
            return &w->host[i];
}

void attack_plan(struct attack *a, struct sim *s, enum label label, uint64_t rows)
{
    double hours = (double)(s->end_us - s->start_us) / (double)HOUR_US;
    *a = (struct attack){.label = label, .serial = rng_u64(&s->rng)};
    a->host = culprit(s, label);
    switch (label) {
    case LABEL_BEACON: /* all the time, about every five minutes */
        a->n = within((uint64_t)(hours * 12), 24, within(rows / 40, 24, 20000));
        a->from_us = s->start_us + 2 * MINUTE_US;
        a->to_us = s->end_us - 2 * MINUTE_US;
        break;
    case LABEL_VSCAN: /* every port that matters of one server, in a quarter of an hour */
        a->n = within(rows / 40, 200, 10000);
        a->from_us = at_hour(s, 14.2);
        a->to_us = a->from_us + 15 * MINUTE_US;
        break;
    case LABEL_HSCAN: /* one port of every address, in half an hour */
        a->n = within(rows / 40, 250, 60000);
        a->from_us = at_hour(s, 10.6);
        a->to_us = a->from_us + 30 * MINUTE_US;
        break;
    case LABEL_THEFT: /* through the working day */
        a->n = within(rows / 160, 40, 4000);
        a->from_us = at_hour(s, 9.4);
        a->to_us = at_hour(s, 16.9);
        break;
    case LABEL_AFTERHOURS: /* when nobody is there */
        a->n = within(rows / 400, 20, 600);
        a->from_us = at_hour(s, 2.1);
        a->to_us = at_hour(s, 4.4);
        break;
    default: /* a flood: a tenth of the log within ten minutes */
        a->n = within(rows / 10, 500, 20000000);
        a->from_us = at_hour(s, 15.3);
        a->to_us = a->from_us + 10 * MINUTE_US;
        break;
    }
    if (a->n > rows / 4)
        a->n = rows / 4;
    if (a->to_us > s->end_us || a->to_us <= a->from_us) { /* a log too short for the plan */
        a->from_us = s->start_us;
        a->to_us = s->end_us;
    }
    a->next_us = a->from_us + (int64_t)(rng_unit(&s->rng) * 1e6);
}

/* Seconds, bytes out, bytes in: each a median and its spread. */
static const struct shape call = {0.25, 0.4, 334, 0.06, 198, 0.06},
                          task = {0.6, 0.8, 334, 0.06, 30000, 1}, probe = {0.02, 1, 0, 0, 0, 0},
                          greeting = {0.05, 1, 73, 0, 129, 0},
                          piece = {3, 0.8, 38000, 0.35, 1400, 0.3},
                          haul = {40, 0.8, 1.8e7, 1, 60000, 0.8};

/* The ports of a vertical scan: the well-known first, in an order of the scanner's. */
static uint16_t scan_port(const struct attack *a)
{
    uint64_t n = a->n < 1024 ? 1024 : a->n;
    return (uint16_t)(1 + (a->done * 389 + a->serial % n) % n % 65535);
}

static struct row vscan(struct attack *a, struct sim *s)
{
    struct rng *r = &s->rng;
    uint16_t port = scan_port(a);
    struct ends e = {a->host, false, server(SERVER_GIT), port, SERVICE_NONE};
    enum state state = draw_chance(r, 0.93) ? STATE_REJ : STATE_S0;
    if (port == 22 || port == 80 || port == 443 || port == 139 || port == 445)
        state = STATE_RSTO;
    return tcp_row(s, &e, a->next_us, &probe, state);
}

static struct row hscan(struct attack *a, struct sim *s)
{
    struct rng *r = &s->rng;
    uint64_t n = (a->done * 7919 + a->serial) % 65000;
    struct ends e = {a->host, false, ip4(10, 20, (unsigned)(n / 254), 1 + (unsigned)(n % 254)), 445,
                     SERVICE_NONE};
    double u = rng_unit(r);
    enum state state = u < 0.82 ? STATE_S0 : u < 0.97 ? STATE_REJ : STATE_RSTO;
    return tcp_row(s, &e, a->next_us, &greeting, state);
}

static struct row theft(struct attack *a, struct sim *s)
{
    struct rng *r = &s->rng;
    uint64_t n = (a->done * 40503 + a->serial) & 0xffff;
    struct ends e = {a->host, false, ip4(198, 18, (unsigned)(n >> 8), 1 + (unsigned)(n & 0x7f)),
                     443, SERVICE_SSL};
    return tcp_row(s, &e, a->next_us, &piece, draw_chance(r, 0.96) ? STATE_SF : STATE_RSTO);
}

static struct row one(struct attack *a, struct sim *s)
{
    struct rng *r = &s->rng;
    struct ends e = {a->host, false, ip4(203, 0, 113, 213), 443, SERVICE_SSL};
    struct host spoofed = {.v4 = stranger(r), .kind = HOST_DESK};
    switch (a->label) {
    case LABEL_BEACON:
        return tcp_row(s, &e, a->next_us, draw_chance(r, 0.02) ? &task : &call, STATE_SF);
    case LABEL_VSCAN:
        return vscan(a, s);
    case LABEL_HSCAN:
        return hscan(a, s);
    case LABEL_THEFT:
        return theft(a, s);
    case LABEL_AFTERHOURS:
        e.to = ip4(198, 51, 100, 222);
        return tcp_row(s, &e, a->next_us, &haul, STATE_SF);
    default: {
        double u = rng_unit(r);
        e = (struct ends){&spoofed, false, ip4(192, 0, 2, 10), 443, SERVICE_NONE};
        spoofed.port = (uint16_t)draw_between(r, 1024, 65000);
        return tcp_row(s, &e, a->next_us, NULL,
                       u < 0.8    ? STATE_S0
                       : u < 0.93 ? STATE_RSTOS0
                                  : STATE_REJ);
    }
    }
}

/* The gap to the next event: even for scans and floods, jittered for the beacon, loose for people
 * who take care not to be regular. */
static int64_t next_gap(const struct attack *a, struct rng *r)
{
    double even = (double)(a->to_us - a->from_us) / (double)(a->n + 1);
    double loose = a->label == LABEL_BEACON                                  ? 0.15
                   : a->label == LABEL_THEFT || a->label == LABEL_AFTERHOURS ? 0.85
                                                                             : 0.4;
    return (int64_t)(even * (1 + loose * (2 * rng_unit(r) - 1)));
}

void attack_until(struct attack *a, struct sim *s, int64_t until_us)
{
    while (a->done < a->n && a->next_us < until_us) {
        struct row row = one(a, s);
        row.label = (uint8_t)a->label;
        sim_emit(s, &row);
        a->done++;
        a->next_us += next_gap(a, &s->rng);
    }
}
