/* The sentence that says what a cluster is:
 *
 *   WORD who -> whom proto/port: outcome, rhythm, bytes each way (as N)
 *
 * DESIGN
 * 1. Made from the numbers of the profile alone; the table only turns ids into text.
 * 2. A part that the log has no column for is left out. When nothing says how it went, the
 *    statistical reasons do, so the sentence is never empty.
 * 3. A share is said in whole per cent, and 100 % means all. A value that stands for nine rows in
 *    ten is said without its share, from half on with it, both with how many others there are; below
 *    that the values are counted.
 * 4. After the colon the parts stand in a fixed order, each added by its own function: outcome,
 *    then rhythm, then bytes. A part that the room does not hold is left out whole.
 * 5. What comes behind the sentence (the line it is like, verdicts) has room of its own. */
#include "core/cluster/profile.h"

#include <math.h>

#include "core/base/number.h"
#include "core/base/time.h"
#include "core/cluster/heed.h"
#include "core/cluster/reasons.h"
#include "core/cluster/top.h"

#define DOMINANT         0.895 /* from here on, said as 90 %, the commonest value stands for all */
#define MAJORITY         0.5   /* from here on it is named with its share */
#define ADDR_TEXT        45    /* the longest address; junk in its place is cut */
#define NAME_TEXT        24    /* of a protocol or service */
#define RHYTHM_SAID      0.5   /* regularity from which a rhythm is worth words */
#define RHYTHM_SAID_ROWS 10
#define RHYTHM_MIN_GAP_S 1.0 /* below that it is a burst */
#define AS_EVEN          0.75 /* of its regularity here: enough for all calls of a pair to be told of */
#define FAMILIES         3 /* kinds of ICMP messages that are named */
#define PROTOCOLS        3 /* that are named where there is no single one */
#define REASONS_SAID     2
#define AS_ROOM          10 /* of " (as 256)" */
#define HEED_ROOM        80 /* of what verdicts say */
#define WHY_ROOM         (sizeof((struct profile *)0)->why - AS_ROOM - HEED_ROOM)

/* A percentage that never rounds up to all or down to nothing. */
static void percent(struct buf *out, uint64_t part, uint64_t all)
{
    double share = all == 0 ? 0 : 100.0 * (double)part / (double)all;
    unsigned whole = (unsigned)(share + 0.5);
    if (whole >= 100 && part < all)
        whole = 99;
    if (whole == 0 && part > 0)
        buf_add_text(out, "< 1 %");
    else
        buf_printf(out, "%u %%", whole);
}

static void count_of(struct buf *out, uint64_t n, const char *what)
{
    char text[32];
    buf_printf(out, "%s %s", number_grouped(n, text, sizeof text), what);
}

static bool holds(uint64_t part, uint64_t all, double share)
{
    return all > 0 && (double)part >= share * (double)all;
}

/* ---- who -> whom ---- */

static void add_addr(struct buf *out, const struct table *t, uint32_t id)
{
    char text[ADDR_TEXT + 1];
    reasons_copy_text(text, sizeof text, table_addr_text(t, id));
    buf_add_text(out, text);
}

/* " (67 %) +122", of nearly all " +3": what a value leaves to others. */
static void add_share(struct buf *out, const struct top_list *list, uint64_t rows)
{
    char number[32];
    if (!holds(list->item[0].rows, rows, DOMINANT)) {
        buf_add_text(out, " (");
        percent(out, list->item[0].rows, rows);
        buf_add_char(out, ')');
    }
    if (list->distinct > 1)
        buf_printf(out, " +%s", number_grouped(list->distinct - 1, number, sizeof number));
}

/* Whether the sentence calls the commonest address by name. */
static bool named(const struct top_list *list, uint64_t rows)
{
    return list->n > 0 && holds(list->item[0].rows, rows, MAJORITY);
}

static void party(struct buf *out, const struct top_list *list, uint64_t rows,
                  const struct table *t, const char *plural)
{
    if (!named(list, rows)) {
        count_of(out, list->distinct, list->distinct == 1 ? "address" : plural);
        return;
    }
    add_addr(out, t, list->item[0].key);
    add_share(out, list, rows);
}

static void parties(struct buf *out, const struct profile *p, const struct table *t)
{
    if (p->orig.n > 0)
        party(out, &p->orig, p->rows, t, "sources");
    if (p->resp.n > 0) {
        buf_add_text(out, p->orig.n > 0 ? " -> " : "-> ");
        party(out, &p->resp, p->rows, t, "hosts");
    }
}

/* ---- by what ---- */

static void add_name(struct buf *out, const struct table *t, enum cat cat, uint32_t code)
{
    char text[NAME_TEXT + 1];
    reasons_copy_text(text, sizeof text, table_cat_text(t, cat, (uint8_t)code));
    buf_add_text(out, text);
}

struct family {
    const char *name; /* NULL: types without a name */
    uint64_t rows;
    uint32_t message; /* its commonest */
};

/* Joins the types that belong together, most rows first (the list comes in that order). */
static uint32_t families_of(const struct top_list *list, struct family family[PROFILE_TOP])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < list->n; i++) {
        uint32_t message = list->item[i].key, at = 0;
        const char *name = icmp_family_name(message >= ICMP_V6, (uint16_t)message);
        while (at < n &&
               (name == NULL || family[at].name == NULL || strcmp(family[at].name, name) != 0))
            at++;
        if (at == n)
            family[n++] = (struct family){name, 0, message};
        family[at].rows += list->item[i].rows;
        for (; at > 0 && family[at].rows > family[at - 1].rows; at--) {
            struct family swap = family[at];
            family[at] = family[at - 1];
            family[at - 1] = swap;
        }
    }
    return n;
}

static void add_message(struct buf *out, const char *name, uint32_t message)
{
    if (name != NULL)
        buf_printf(out, " %s", name);
    else
        buf_printf(out, " type %u", (unsigned)(message & 0xffff));
}

static void icmp(struct buf *out, const struct profile *p)
{
    const struct top_list *list = &p->icmp_type;
    uint64_t all = p->icmp_rows, said = 0;
    struct family family[PROFILE_TOP];
    uint32_t n, top = list->n == 0 ? 0 : list->item[0].key;
    if (list->n == 0)
        return;
    if (holds(list->item[0].rows, all, DOMINANT)) {
        add_message(out, icmp_type_name(top >= ICMP_V6, (uint16_t)top), top);
        return;
    }
    n = families_of(list, family);
    if (holds(family[0].rows, all, DOMINANT)) {
        add_message(out, family[0].name, family[0].message);
        return;
    }
    for (uint32_t i = 0; i < n && i < FAMILIES && !holds(said, all, DOMINANT); i++) {
        if (i > 0)
            buf_add_char(out, ',');
        add_message(out, family[i].name, family[i].message);
        buf_add_char(out, ' ');
        percent(out, family[i].rows, all);
        said += family[i].rows;
    }
}

/* "tcp", "tcp+udp", "udp+tcp+icmp+2": most rows first. */
static void protocols(struct buf *out, const struct profile *p, const struct table *t)
{
    uint32_t n = holds(p->proto.item[0].rows, p->rows, DOMINANT) ? 1 : p->proto.n;
    for (uint32_t i = 0; i < n && i < PROTOCOLS; i++) {
        buf_add_text(out, i > 0 ? "+" : "");
        add_name(out, t, CAT_PROTO, p->proto.item[i].key);
    }
    if (n > PROTOCOLS)
        buf_printf(out, "+%llu", (unsigned long long)(p->proto.distinct - PROTOCOLS));
}

/* Whether a service is what one expects of a port, so that the port has said it already. The
 * service may be several: "gssapi,smb". */
static bool usual(struct span service, uint32_t port)
{
    static const struct {
        const char *service;
        uint16_t port;
    } table[] = {
        {"dhcp", 67},    {"dhcp", 68},    {"dns", 53},   {"dns", 137},      {"dns", 5353},
        {"dns", 5355},   {"ftp", 21},     {"http", 80},  {"imap", 143},     {"irc", 6667},
        {"krb", 88},     {"krb_tcp", 88}, {"ldap", 389}, {"ldap_tcp", 389}, {"ldap_udp", 389},
        {"modbus", 502}, {"mysql", 3306}, {"ntp", 123},  {"pop3", 110},     {"quic", 443},
        {"rdp", 3389},   {"sip", 5060},   {"smb", 445},  {"smtp", 25},      {"snmp", 161},
        {"snmp", 162},   {"ssh", 22},     {"ssl", 443},  {"syslog", 514},   {"tftp", 69},
    };
    size_t begin = 0;
    for (size_t i = 0; i <= service.len; i++) {
        if (i < service.len && service.ptr[i] != ',')
            continue;
        for (size_t n = 0; n < ARRAY_LEN(table); n++)
            if (table[n].port == port &&
                span_is((struct span){service.ptr + begin, i - begin}, table[n].service))
                return true;
        begin = i + 1;
    }
    return false;
}

/* The service of nearly all rows, where it says more than the port; port UINT32_MAX: several. */
static void service(struct buf *out, const struct profile *p, const struct table *t, uint32_t port)
{
    uint32_t code = p->service.n == 0 ? CAT_OTHER : p->service.item[0].key;
    if (code == CAT_OTHER || !holds(p->service.item[0].rows, p->rows, DOMINANT) ||
        usual(table_cat_text(t, CAT_SERVICE, (uint8_t)code), port))
        return;
    buf_add_char(out, ' ');
    add_name(out, t, CAT_SERVICE, code);
}

/* By what: " tcp/80", " tcp+udp/443 (74 %) +3", ", tcp http, 12 ports". */
static void means(struct buf *out, const struct profile *p, const struct table *t,
                  const struct codes *codes)
{
    const struct top_list *port = &p->port;
    bool proto = p->proto.n > 0, one = proto && holds(p->proto.item[0].rows, p->rows, DOMINANT);
    bool by_port = port->n > 0 && holds(port->item[0].rows, p->rows, MAJORITY);
    if (one && codes->icmp[p->proto.item[0].key & 0xff]) {
        buf_add_text(out, ", ");
        protocols(out, p, t);
        icmp(out, p);
        return;
    }
    if (proto) {
        buf_add_text(out, by_port ? " " : ", ");
        protocols(out, p, t);
    }
    if (!by_port) {
        service(out, p, t, UINT32_MAX);
        if (port->n > 0 && port->distinct == 1) {
            buf_printf(out, ", port %u", (unsigned)port->item[0].key);
        } else if (port->n > 0) {
            buf_add_text(out, ", ");
            count_of(out, port->distinct, "ports");
        }
        return;
    }
    buf_printf(out, "%s%u", proto ? "/" : ", port ", (unsigned)port->item[0].key);
    add_share(out, port, p->rows);
    service(out, p, t, port->item[0].key);
}

/* ---- how it went ---- */

/* Adds a part, behind a colon when parties stand before, where there is room for it; empties it. */
static void add_part(struct buf *out, struct buf *part, bool parties, bool *any)
{
    const char *lead = *any ? ", " : parties ? ": " : "";
    if (part->failed)
        out->failed = true;
    if (part->len > 0 && out->len + strlen(lead) + part->len < WHY_ROOM) {
        buf_add_text(out, lead);
        buf_add_span(out, buf_span(part));
        *any = true;
    }
    buf_clear(part);
}

static void add_outcome(struct buf *out, uint64_t rows, uint64_t all, enum outcome outcome,
                        bool tcp)
{
    if (all > 1) {
        percent(out, rows, all);
        buf_add_char(out, ' ');
    }
    /* Only TCP has an end that can be seen; elsewhere both sides have spoken. */
    buf_add_text(out, outcome == OUTCOME_COMPLETED && !tcp ? "answered" : outcome_text(outcome));
}

static void outcomes(struct buf *out, const struct profile *p)
{
    uint32_t first = 0, second = N_OUTCOMES;
    uint64_t all = 0;
    bool tcp = holds(p->tcp_rows, p->rows, DOMINANT);
    for (uint32_t i = 0; i < N_OUTCOMES; i++) {
        all += p->outcome[i];
        if (p->outcome[i] > p->outcome[first])
            first = i;
    }
    /* How a few rows went, among messages that have no outcome, is not how the cluster went. */
    if (all == 0 || !holds(all, p->rows, MAJORITY))
        return;
    for (uint32_t i = 0; i < N_OUTCOMES; i++)
        if (i != first && p->outcome[i] > 0 &&
            (second == N_OUTCOMES || p->outcome[i] > p->outcome[second]))
            second = i;
    add_outcome(out, p->outcome[first], all, (enum outcome)first, tcp);
    if (holds(p->outcome[first], all, MAJORITY) || second == N_OUTCOMES)
        return;
    buf_add_text(out, ", ");
    add_outcome(out, p->outcome[second], all, (enum outcome)second, tcp);
}

/* The rhythm to tell: how often the pair calls in the whole log. A series that was cut in two clusters has
 * twice the gap in each, which nobody would find on the wire. Where the calls in this cluster are clearly more
 * even, they are a series of their own among others of the pair, and that is theirs to tell; so it is where
 * all together come in bursts. */
static const struct rhythm *told(const struct profile *p)
{
    bool own = p->pair_rhythm.regularity < AS_EVEN * p->rhythm.regularity ||
               p->pair_rhythm.median_gap_s < RHYTHM_MIN_GAP_S;
    return own ? &p->rhythm : &p->pair_rhythm;
}

/* ", 50 % of its calls here", unless nearly all are. */
static void calls_here(struct buf *out, const struct profile *p, const struct rhythm *r)
{
    if (p->pair_log_rows == 0 || holds(p->pair[0].rows, p->pair_log_rows, DOMINANT))
        return;
    buf_add_text(out, r == &p->rhythm ? " by the " : ", ");
    percent(out, p->pair[0].rows, p->pair_log_rows);
    buf_add_text(out, " of its calls here");
}

/* "every 270 s (+-14 %)", when the commonest pair is most of the cluster and calls evenly; and when
 * the rhythm is what makes it suspicious. What of the pair the line does not name yet is said. */
static void rhythm(struct buf *out, const struct profile *p, const struct table *t)
{
    char gap[24];
    const struct top_pair *pair = &p->pair[0];
    const struct rhythm *r = told(p);
    bool word = p->suspicion.score >= SUSPICION_SHOWN && p->suspicion.part == SUSPICION_REGULAR;
    bool even = p->n_pair_tops > 0 && holds(pair->rows, p->rows, MAJORITY) &&
                pair->rows >= RHYTHM_SAID_ROWS && r->regularity >= RHYTHM_SAID;
    if (p->n_pair_tops == 0 || !(even || word) || !(r->median_gap_s >= RHYTHM_MIN_GAP_S))
        return;
    if (pair->orig != ADDR_MISSING &&
        !(named(&p->orig, p->rows) && p->orig.item[0].key == pair->orig)) {
        add_addr(out, t, pair->orig);
        buf_add_char(out, ' ');
    }
    buf_printf(out, "every %s (+-%.0f %%)", time_span_text(r->median_gap_s, gap, sizeof gap),
               100 * r->mad_gap_s / r->median_gap_s);
    if (pair->resp != ADDR_MISSING &&
        !(named(&p->resp, p->rows) && p->resp.item[0].key == pair->resp)) {
        buf_add_text(out, " to ");
        add_addr(out, t, pair->resp);
    }
    calls_here(out, p, r);
}

/* Bytes in three digits: "1.5 kB", "468 kB". */
static void some_bytes(struct buf *out, uint64_t n, const char *way)
{
    char text[16], *point;
    (void)number_bytes((double)n, text, sizeof text);
    point = strchr(text, '.');
    if (point != NULL && point - text >= 3) {
        double scale = pow(1000, floor(log10((double)n) / 3));
        double short_of = round((double)n / scale);
        if (short_of < 1000)
            (void)snprintf(text, sizeof text, "%.0f%s", short_of, strchr(point, ' '));
    }
    buf_printf(out, "%s %s", text, way);
}

static void bytes(struct buf *out, const struct profile *p, const struct table *t)
{
    bool has_out = t->schema.by_role[ROLE_ORIG_BYTES] >= 0;
    bool has_in = t->schema.by_role[ROLE_RESP_BYTES] >= 0;
    if (has_out && has_in && p->orig_bytes == 0 && p->resp_bytes == 0) {
        buf_add_text(out, "no bytes");
        return;
    }
    if (has_out)
        some_bytes(out, p->orig_bytes, "out");
    if (has_out && has_in)
        buf_add_char(out, ' ');
    if (has_in)
        some_bytes(out, p->resp_bytes, "in");
}

/* ---- logs that say neither ---- */

static void reason(struct buf *out, const struct reason *r, const struct table *t)
{
    if (r->value[0] != '\0') {
        buf_printf(out, "%s=%s ", r->what, r->value);
        percent(out, (uint64_t)(r->here * 1e6 + 0.5), 1000000);
        buf_add_text(out, " (log ");
        percent(out, (uint64_t)(r->log * 1e6 + 0.5), 1000000);
    } else {
        buf_printf(out, "%s ", r->what);
        reasons_quantity(out, &t->schema, r->what, r->here);
        buf_add_text(out, " (log ");
        reasons_quantity(out, &t->schema, r->what, r->log);
    }
    buf_add_char(out, ')');
}

static void reasons(struct buf *out, const struct profile *p, const struct table *t, size_t word)
{
    struct buf part = BUF_INIT;
    bool any = false, parties = out->len > word;
    for (uint32_t i = 0, said = 0; i < p->n_reasons && said < REASONS_SAID; i++) {
        size_t before = out->len;
        reason(&part, &p->reason[i], t);
        add_part(out, &part, parties, &any);
        said += out->len > before;
    }
    buf_release(&part);
    if (any || parties)
        return;
    count_of(out, p->rows, p->rows == 1 ? "row" : "rows");
    buf_add_text(out, " near the log's average");
}

/* ---- all of it ---- */

static void how(struct buf *out, const struct profile *p, const struct table *t, bool *any)
{
    struct buf part = BUF_INIT;
    outcomes(&part, p);
    add_part(out, &part, true, any);
    rhythm(&part, p, t);
    add_part(out, &part, true, any);
    bytes(&part, p, t);
    add_part(out, &part, true, any);
    buf_release(&part);
}

void why_write(struct profile *p, const struct table *t, uint32_t as)
{
    struct buf out = BUF_INIT;
    struct codes codes;
    bool any = false;
    size_t word;
    codes_init(&codes, t);
    if (p->suspicion.score >= SUSPICION_SHOWN)
        buf_printf(&out, "%s ", suspicion_word(p->suspicion.part));
    word = out.len;
    parties(&out, p, t);
    if (out.len > word) {
        means(&out, p, t, &codes);
        how(&out, p, t, &any);
    }
    if (!any)
        reasons(&out, p, t, word);
    if (as != 0)
        buf_printf(&out, " (as %u)", (unsigned)as);
    reasons_copy_text(p->why, sizeof p->why, buf_span(&out));
    if (out.failed || p->why[0] == '\0')
        reasons_copy_text(p->why, sizeof p->why, span_of("out of memory for the sentence"));
    buf_release(&out);
}

/* Whether two sentences name the same source and the same target. */
static bool same_parties(const struct profile *a, const struct profile *b)
{
    return named(&a->orig, a->rows) && named(&b->orig, b->rows) && named(&a->resp, a->rows) &&
           named(&b->resp, b->rows) && a->orig.item[0].key == b->orig.item[0].key &&
           a->resp.item[0].key == b->resp.item[0].key;
}

void why_write_all(struct clustering *c, const struct table *t)
{
    for (uint32_t i = 0; i < c->k; i++) {
        uint32_t first = 0;
        while (first < i && !same_parties(&c->profile[first], &c->profile[i]))
            first++;
        why_write(&c->profile[i], t, first < i ? first + 1 : 0);
        heed_why(&c->profile[i]);
    }
}
