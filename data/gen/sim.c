/* Shapes of connections; see sim.h. */
#include "data/gen/sim.h"

/* How long after its end a sensor writes a connection: it waits whether more will come. */
static int64_t linger_us(struct sim *s, const struct row *row)
{
    int64_t jitter = (int64_t)(rng_u64(&s->rng) & 0x3ffff); /* a quarter second */
    if (row->proto != PROTO_TCP)
        return MINUTE_US + jitter;
    if (row->state == STATE_S1)
        return 5 * MINUTE_US + jitter;
    return 5 * SECOND_US + jitter;
}

static const char *history_of(enum state state)
{
    static const char *const usual[] = {
#define X(id, name, history) history,
        STATES(X)
#undef X
    };
    return usual[state];
}

void sim_emit(struct sim *s, const struct row *row)
{
    struct row r = *row;
    int64_t due_us;
    if (r.label == LABEL_BENIGN && s->benign >= s->wanted)
        return;
    s->benign += r.label == LABEL_BENIGN;
    r.serial = ++s->serial;
    if (r.ts_us + r.duration_us > s->end_us) { /* still open when the sensor stops */
        r.duration_us = s->end_us > r.ts_us ? s->end_us - r.ts_us : 0;
        if (r.proto == PROTO_TCP) {
            r.state = STATE_S1;
            r.history = history_of(STATE_S1);
        }
    }
    due_us = r.ts_us + (r.duration_us < 0 ? 0 : r.duration_us) + linger_us(s, &r);
    if (queue_put(&s->queue, due_us, &r) != 0)
        s->failed = true;
}

static struct row row_of(const struct ends *e, enum proto proto, int64_t at_us, uint16_t port)
{
    return (struct row){.ts_us = at_us,
                        .duration_us = -1,
                        .orig_bytes = -1,
                        .resp_bytes = -1,
                        .orig = e->v6 ? e->host->v6 : e->host->v4,
                        .resp = e->to,
                        .orig_p = port,
                        .resp_p = e->port,
                        .proto = (uint8_t)proto,
                        .service = (uint8_t)e->service,
                        .state = STATE_SF,
                        .label = LABEL_BENIGN};
}

static bool is_empty(enum state state)
{
    return state == STATE_S0 || state == STATE_REJ || state == STATE_RSTOS0 || state == STATE_SH;
}

/* Draws seconds, bytes out and bytes in, in this order. */
static void draw_shape(struct rng *r, struct row *row, const struct shape *shape)
{
    row->duration_us = (int64_t)(draw_around(r, shape->seconds, shape->seconds_octaves) * 1e6) + 1;
    row->orig_bytes = draw_size(r, shape->out, shape->out_octaves);
    row->resp_bytes = draw_size(r, shape->in, shape->in_octaves);
}

static void no_exchange(struct rng *r, struct row *row)
{
    row->service = SERVICE_NONE;
    row->orig_pkts = 1;
    row->resp_pkts = row->state == STATE_REJ;
    if (row->state == STATE_S0 && draw_chance(r, 0.4)) {
        row->orig_pkts += draw_between(r, 1, 2);
        row->duration_us = draw_between(r, 990000, 3010000);
    } else if (row->state == STATE_REJ)
        row->duration_us = draw_size(r, 400, 1.5);
    if (row->duration_us >= 0)
        row->orig_bytes = row->resp_bytes = 0;
}

struct row tcp_row(struct sim *s, const struct ends *e, int64_t at_us, const struct shape *shape,
                   enum state state)
{
    struct rng *r = &s->rng;
    struct row row = row_of(e, PROTO_TCP, at_us, host_port(e->host, r));
    row.state = (uint8_t)state;
    row.history = history_of(state);
    if (is_empty(state)) {
        no_exchange(r, &row);
        return row;
    }
    draw_shape(r, &row, shape);
    /* Hands shaken and parted, full packets one way, one acknowledgement for two of them back. */
    row.orig_pkts = 4 + row.orig_bytes / 1380 + row.resp_bytes / 2760;
    row.resp_pkts = 3 + row.resp_bytes / 1380 + row.orig_bytes / 2760;
    if (state == STATE_SF && draw_chance(r, 0.25))
        row.history = draw_chance(r, 0.5) ? "ShADadfF" : "ShADadFfR";
    return row;
}

struct row udp_row(struct sim *s, const struct ends *e, int64_t at_us, const struct shape *shape,
                   bool answered)
{
    struct row row = row_of(e, PROTO_UDP, at_us, host_port(e->host, &s->rng));
    row.orig_pkts = 1;
    row.history = "D";
    row.state = STATE_S0;
    if (answered) {
        draw_shape(&s->rng, &row, shape);
        row.orig_pkts += row.orig_bytes / 1350;
        row.resp_pkts = 1 + row.resp_bytes / 1350;
        row.history = "Dd";
        row.state = STATE_SF;
    }
    return row;
}

struct row icmp_row(struct ip from, struct ip to, uint16_t type, uint16_t back, int64_t at_us,
                    int64_t bytes)
{
    return (struct row){.ts_us = at_us,
                        .duration_us = -1,
                        .orig_bytes = bytes,
                        .resp_bytes = bytes < 0 ? -1 : 0,
                        .orig_pkts = 1,
                        .orig = from,
                        .resp = to,
                        .orig_p = type,
                        .resp_p = back,
                        .proto = PROTO_ICMP,
                        .service = SERVICE_NONE,
                        .state = STATE_OTH,
                        .label = LABEL_BENIGN};
}
