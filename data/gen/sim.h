/* The running generator: what activities and attacks emit rows into. */
#ifndef MINNOW_GEN_SIM_H
#define MINNOW_GEN_SIM_H

#include "data/gen/queue.h"
#include "data/gen/world.h"

struct sim {
    struct rng rng;
    struct world world;
    struct queue queue;
    int64_t start_us, end_us;
    uint64_t serial;         /* of the last row */
    uint64_t benign, wanted; /* benign rows so far, and how many there will be */
    bool failed;             /* memory ran out */
};

/* A row takes its serial and waits for its end. Benign rows beyond `wanted` are dropped. */
void sim_emit(struct sim *s, const struct row *row);

/* ---- shapes of connections ---- */

/* Who to whom. The source port is taken from the host. */
struct ends {
    struct host *host;
    bool v6;
    struct ip to;
    uint16_t port;
    enum service service;
};

/* How long and how big: medians, and how many doublings one deviation is. All draws of one row are
 * made one after the other, never among the arguments of one call, whose order compilers choose. */
struct shape {
    double seconds, seconds_octaves;
    double out, out_octaves;
    double in, in_octaves;
};

/* A connection by TCP with its packets, state and history made to fit. States without an exchange
 * (S0, REJ ...) carry no bytes and need no shape. */
struct row tcp_row(struct sim *s, const struct ends *e, int64_t at_us, const struct shape *shape,
                   enum state state);
/* A question and its answer by UDP. */
struct row udp_row(struct sim *s, const struct ends *e, int64_t at_us, const struct shape *shape,
                   bool answered);
struct row icmp_row(struct ip from, struct ip to, uint16_t type, uint16_t back, int64_t at_us,
                    int64_t bytes);

/* ---- benign life ---- */

/* One session of a host: a page with its names and connections, a file, a mail ... some rows. */
void activity_session(struct sim *s, struct host *h, int64_t at_us);

/* What happens by the clock: advertisements of routers, clocks, heartbeats, monitoring. */
struct clockwork {
    struct periodic *item;
    uint32_t n;
};
/* Periods are stretched until all of it is at most `rows`. 0, or -1 when memory runs out. */
int clockwork_init(struct clockwork *c, struct sim *s, uint64_t rows) WARN_UNUSED;
void clockwork_until(struct clockwork *c, struct sim *s, int64_t until_us);
void clockwork_release(struct clockwork *c);

/* ---- attacks ---- */

struct attack {
    enum label label;
    struct host *host;
    uint64_t n, done;
    int64_t from_us, to_us; /* first and last event */
    int64_t next_us;
    uint64_t serial; /* of what it touches: ports, addresses */
};

/* Plans an attack of a kind for a log of so many rows. */
void attack_plan(struct attack *a, struct sim *s, enum label label, uint64_t rows);
void attack_until(struct attack *a, struct sim *s, int64_t until_us);

#endif
