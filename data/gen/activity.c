/* What people and machines do, one session at a time; see sim.h.
 *
 * Sizes and times are log-normal around medians that are typical of such traffic, with the tails
 * that make clusters hard: a few pages are huge, a few mails are slow, and everything fails now and
 * then. */
#include "data/gen/sim.h"

/* Seconds, bytes out, bytes in: each a median and its spread. */
static const struct shape name_a = {0.004, 2.5, 42, 0.3, 98, 0.6},
                          name_aaaa = {0.004, 2.5, 42, 0.3, 124, 0.6},
                          page = {4, 2.6, 1700, 1.3, 9000, 2.4},
                          page_quic = {9, 2.2, 5200, 1.3, 19000, 2.2},
                          upload = {60, 1.5, 6e6, 2, 40000, 1},
                          download = {90, 1.7, 30000, 1.2, 2.5e7, 2.2},
                          ticket = {0.004, 1, 240, 0.3, 1000, 0.5},
                          file_saved = {35, 2.5, 240000, 2.2, 9000, 1.8},
                          file_read = {35, 2.5, 9000, 1.8, 310000, 2.2},
                          entry = {0.4, 2, 2400, 1, 4100, 1.4},
                          mail_stays = {3600, 1.2, 15000, 1.5, 180000, 2},
                          mail_asks = {2, 1.5, 2200, 1, 9000, 2},
                          intranet_page = {1.2, 2, 1500, 0.9, 22000, 1.8},
                          printed = {6, 1.5, 420000, 1.8, 240, 0.8},
                          git_pull = {1.5, 1, 5200, 1.5, 14000, 2.5},
                          shell = {2400, 2, 60000, 2, 300000, 2.2},
                          visit = {2.5, 2, 1400, 1, 26000, 2},
                          mail_in = {3, 1.5, 14000, 2.2, 560, 0.4},
                          mail_out = {4, 1.5, 12000, 2.2, 560, 0.4},
                          copy = {600, 1.2, 4e8, 1.8, 900000, 1},
                          name_outside = {0.03, 1.2, 46, 0.35, 150, 0.8};

/* Names are asked for before almost everything. A and AAAA leave from one socket at a time. */
static void look_up(struct sim *s, struct host *h, int64_t at_us)
{
    struct rng *r = &s->rng;
    struct ends e = {h, false, server(SERVER_DNS), 53, SERVICE_DNS};
    int n = 1 + (h->v6.hi != 0);
    for (int i = 0; i < n; i++) {
        struct row row =
            udp_row(s, &e, at_us + i * 300, i == 0 ? &name_a : &name_aaaa, draw_chance(r, 0.985));
        sim_emit(s, &row);
    }
}

/* How connections of the wide internet end. */
static enum state web_end(struct rng *r)
{
    double u = rng_unit(r);
    if (u < 0.88)
        return STATE_SF;
    if (u < 0.93)
        return STATE_RSTO;
    if (u < 0.955)
        return STATE_RSTR;
    if (u < 0.972)
        return STATE_S1;
    return u < 0.993 ? STATE_S0 : STATE_REJ;
}

static void web(struct sim *s, struct host *h, int64_t at_us)
{
    struct rng *r = &s->rng;
    int64_t n_sites = draw_between(r, 1, 3);
    for (int64_t i = 0; i < n_sites; i++) {
        uint32_t site = site_pick(&s->world, h, r);
        bool v6 = h->v6.hi != 0 && site % 3 == 0;
        struct ends e = {h, v6, v6 ? site_v6(site) : site_v4(site), 443, SERVICE_SSL};
        int64_t n = draw_between(r, 1, 4);
        look_up(s, h, at_us);
        at_us += draw_size(r, 12000, 1);
        for (int64_t j = 0; j < n; j++) {
            bool plain = draw_chance(r, 0.06);
            struct row row;
            e.port = plain ? 80 : 443;
            e.service = plain ? SERVICE_HTTP : SERVICE_SSL;
            if (!plain && site % 5 == 0) {
                e.service = SERVICE_QUIC;
                row = udp_row(s, &e, at_us, &page_quic, true);
            } else
                row = tcp_row(s, &e, at_us, &page, web_end(r));
            sim_emit(s, &row);
            at_us += draw_size(r, 80000, 2.5);
        }
        at_us += draw_size(r, 900000, 2);
    }
}

/* A big one: an update, a video call, photographs to a cloud. */
static void bulk(struct sim *s, struct host *h, int64_t at_us)
{
    struct rng *r = &s->rng;
    struct ends e = {h, false, site_v4((uint32_t)draw_between(r, 0, 11)), 443, SERVICE_SSL};
    struct row row;
    look_up(s, h, at_us);
    if (draw_chance(r, 0.2))
        row = tcp_row(s, &e, at_us + 20000, &upload, STATE_SF);
    else
        row = tcp_row(s, &e, at_us + 20000, &download, draw_chance(r, 0.1) ? STATE_RSTO : STATE_SF);
    sim_emit(s, &row);
}

static void files(struct sim *s, struct host *h, int64_t at_us)
{
    struct rng *r = &s->rng;
    struct ends dc = {h, false, server(SERVER_DC), 88, SERVICE_KRB};
    struct ends e = {h, false, server(SERVER_FILES), 445, SERVICE_SMB};
    bool saves = draw_chance(r, 0.35);
    struct row row;
    if (draw_chance(r, 0.5)) {
        row = udp_row(s, &dc, at_us, &ticket, true);
        sim_emit(s, &row);
    }
    row = tcp_row(s, &e, at_us + 20000, saves ? &file_saved : &file_read,
                  draw_chance(r, 0.9) ? STATE_SF : STATE_RSTO);
    sim_emit(s, &row);
}

static void directory(struct sim *s, struct host *h, int64_t at_us)
{
    struct ends e = {h, false, server(SERVER_DC), 389, SERVICE_LDAP};
    struct row row = tcp_row(s, &e, at_us, &entry, STATE_SF);
    sim_emit(s, &row);
}

static void mail(struct sim *s, struct host *h, int64_t at_us)
{
    struct rng *r = &s->rng;
    struct ends e = {h, false, server(SERVER_MAIL), 993, SERVICE_SSL};
    /* A mail program stays connected for hours, or asks and goes. */
    bool stays = draw_chance(r, 0.25);
    struct row row = tcp_row(s, &e, at_us, stays ? &mail_stays : &mail_asks, STATE_SF);
    sim_emit(s, &row);
}

static void intranet(struct sim *s, struct host *h, int64_t at_us)
{
    struct rng *r = &s->rng;
    struct ends e = {h, false, server(SERVER_INTRANET), 443, SERVICE_SSL};
    int64_t n = draw_between(r, 1, 4);
    look_up(s, h, at_us);
    for (int64_t i = 0; i < n; i++) {
        struct row row = tcp_row(s, &e, at_us + 5000 + i * 40000, &intranet_page, STATE_SF);
        sim_emit(s, &row);
    }
}

static void print_page(struct sim *s, struct host *h, int64_t at_us)
{
    struct rng *r = &s->rng;
    unsigned which = SERVER_PRINTER + (unsigned)(h->taste % 3);
    struct ends e = {h, false, server(which), 9100, SERVICE_NONE};
    bool off =
        which == SERVER_PRINTER + 2 && draw_chance(r, 0.7); /* the printer that is often off */
    struct row row = tcp_row(s, &e, at_us, &printed, off ? STATE_S0 : STATE_SF);
    sim_emit(s, &row);
}

/* Sessions by ssh: minutes or half a day, to the house's own servers or to a rented one. */
static void ssh(struct sim *s, struct host *h, int64_t at_us)
{
    struct rng *r = &s->rng;
    bool git = draw_chance(r, 0.7);
    bool outside = !git && draw_chance(r, 0.5);
    struct ends e = {h, false, outside ? site_v4(40 + h->taste % 20) : server(SERVER_GIT), 22,
                     SERVICE_SSH};
    struct row row;
    if (git)
        row = tcp_row(s, &e, at_us, &git_pull, STATE_SF);
    else
        row = tcp_row(s, &e, at_us, &shell, draw_chance(r, 0.8) ? STATE_SF : STATE_RSTO);
    sim_emit(s, &row);
}

/* Neighbours of a link find each other, and say that they are there. */
static void neighbours(struct sim *s, struct host *h, int64_t at_us)
{
    struct rng *r = &s->rng;
    const struct host *router = &s->world.host[0];
    const struct host *other = &s->world.host[rng_below(r, s->world.n_hosts)];
    struct ip all_nodes = {0xff02000000000000u, 1};
    struct ip all_routers = {0xff02000000000000u, 2};
    struct ip solicited = {0xff02000000000000u, 0x1ff000000u | (other->link.lo & 0xffffff)};
    struct row row;
    double u = rng_unit(r);
    if (u < 0.45)
        row = icmp_row(h->link, solicited, 135, 136, at_us, 24);
    else if (u < 0.8)
        row = icmp_row(h->link, router->link, 135, 136, at_us, 24);
    else if (u < 0.93)
        row = icmp_row(h->link, all_nodes, 136, 135, at_us, 24);
    else
        row = icmp_row(h->link, all_routers, 133, 134, at_us, 8);
    sim_emit(s, &row);
}

/* What a machine shouts to everyone on its link, unanswered. */
static void announce(struct sim *s, struct host *h, int64_t at_us)
{
    struct rng *r = &s->rng;
    bool ssdp = draw_chance(r, 0.3);
    struct ends e = {h, false, ssdp ? ip4(239, 255, 255, 250) : ip4(224, 0, 0, 251),
                     ssdp ? 1900 : 5353, ssdp ? SERVICE_NONE : SERVICE_DNS};
    struct row row = udp_row(s, &e, at_us, NULL, false);
    if (!ssdp)
        row.orig_p = 5353;
    if (draw_chance(r, 0.5)) {
        row.orig_pkts = draw_between(r, 2, 4);
        row.duration_us = (row.orig_pkts - 1) * 1000000 + draw_between(r, 100, 9000);
        row.orig_bytes = row.orig_pkts * draw_between(r, 45, 180);
        row.resp_bytes = 0;
    }
    sim_emit(s, &row);
}

/* What comes in from outside: readers of the web site, mail, and the noise every address gets. */
static void inbound(struct sim *s, int64_t at_us)
{
    struct rng *r = &s->rng;
    struct host guest = {.v4 = stranger(r), .kind = HOST_DESK, .port = 50000};
    struct ends e = {&guest, false, ip4(192, 0, 2, 10), 443, SERVICE_SSL};
    double u = rng_unit(r);
    struct row row;
    guest.port = (uint16_t)draw_between(r, 32768, 65000);
    if (u < 0.62)
        row = tcp_row(s, &e, at_us, &visit, web_end(r));
    else if (u < 0.84) {
        e.to = ip4(192, 0, 2, 25);
        e.port = 25;
        e.service = SERVICE_SMTP;
        row = tcp_row(s, &e, at_us, &mail_in, draw_chance(r, 0.9) ? STATE_SF : STATE_RSTO);
    } else {
        static const uint16_t ports[] = {22, 23, 80, 445, 3389, 5900, 8080, 2323};
        e.to = ip4(192, 0, 2, (unsigned)draw_between(r, 1, 254));
        e.port = ports[rng_below(r, ARRAY_LEN(ports))];
        row = tcp_row(s, &e, at_us, NULL, draw_chance(r, 0.8) ? STATE_S0 : STATE_REJ);
    }
    sim_emit(s, &row);
}

/* The work of the servers: mail goes out, copies are made at night, names are asked for. */
static void serve(struct sim *s, struct host *h, int64_t at_us)
{
    struct rng *r = &s->rng;
    int64_t hour = at_us % DAY_US / HOUR_US;
    struct ends backup = {h, false, server(SERVER_BACKUP), 22, SERVICE_SSH};
    struct ends names = {h, false, site_v4((uint32_t)draw_between(r, 20, 33)), 53, SERVICE_DNS};
    struct ends out = {h, false, stranger(r), 25, SERVICE_SMTP};
    struct row row;
    if (hour >= 1 && hour < 3 && draw_chance(r, 0.12))
        row = tcp_row(s, &backup, at_us, &copy, STATE_SF);
    else if (h->v4.lo == server(SERVER_MAIL).lo)
        row = tcp_row(s, &out, at_us, &mail_out, draw_chance(r, 0.88) ? STATE_SF : STATE_S0);
    else if (h->v4.lo == server(SERVER_INTRANET).lo) {
        inbound(s, at_us);
        return;
    } else
        row = udp_row(s, &names, at_us, &name_outside, draw_chance(r, 0.97));
    sim_emit(s, &row);
}

void activity_session(struct sim *s, struct host *h, int64_t at_us)
{
    double u = rng_unit(&s->rng);
    if (h->kind == HOST_SERVER)
        serve(s, h, at_us);
    else if (u < (h->kind == HOST_DEVELOPER ? 0.30 : 0.42))
        web(s, h, at_us);
    else if (u < 0.54)
        look_up(s, h, at_us);
    else if (u < 0.62 || h->kind == HOST_PHONE)
        announce(s, h, at_us);
    else if (u < 0.72)
        neighbours(s, h, at_us);
    else if (u < 0.735)
        bulk(s, h, at_us);
    else if (h->kind == HOST_DEVELOPER && u < 0.86)
        ssh(s, h, at_us);
    else if (u < 0.80)
        mail(s, h, at_us);
    else if (u < 0.88)
        files(s, h, at_us);
    else if (u < 0.92)
        directory(s, h, at_us);
    else if (u < 0.985)
        intranet(s, h, at_us);
    else
        print_page(s, h, at_us);
}
