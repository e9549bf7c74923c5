/* The sentence that says what a cluster is:
 *
 *   WORD who -> whom proto/port: outcome, rhythm, bytes each way
 *
 * DESIGN
 * 1. Made from the numbers of the profile alone; the table only turns ids into text.
 * 2. A part that the log has no column for is left out. When nothing says how it went, the
 *    statistical reasons do, so the sentence is never empty.
 * 3. A share is said in whole per cent, and 100 % means all.
 * 4. After the colon the parts stand in a fixed order, each added by its own function: outcome,
 *    then rhythm, then bytes. */
#include "core/cluster/profile.h"

#include <math.h>

#include "core/base/number.h"
#include "core/base/time.h"
#include "core/cluster/reasons.h"
#include "core/cluster/top.h"

#define DOMINANT         0.9 /* from here on the commonest value stands for all */
#define MAJORITY         0.5 /* from here on it is named with its share */
#define ADDR_TEXT        48  /* an address has at most 45 bytes; junk in its place is cut */
#define RHYTHM_SAID      0.5 /* regularity from which a rhythm is worth words */
#define RHYTHM_SAID_ROWS 10
#define FAMILIES         3 /* kinds of ICMP messages that are named */

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

static void party(struct buf *out, const struct top_list *list, uint64_t rows,
                  const struct table *t, const char *plural)
{
    uint64_t top = list->item[0].rows;
    char text[ADDR_TEXT + 1], number[32];
    if (!holds(top, rows, MAJORITY)) {
        count_of(out, list->distinct, list->distinct == 1 ? "address" : plural);
        return;
    }
    reasons_copy_text(text, sizeof text, table_addr_text(t, list->item[0].key));
    buf_add_text(out, text);
    if (!holds(top, rows, DOMINANT)) {
        buf_add_text(out, " (");
        percent(out, top, rows);
        buf_add_char(out, ')');
    }
    if (list->distinct > 1)
        buf_printf(out, " +%s", number_grouped(list->distinct - 1, number, sizeof number));
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

static void add_proto(struct buf *out, const struct table *t, uint32_t code)
{
    char text[24];
    reasons_copy_text(text, sizeof text, table_cat_text(t, CAT_PROTO, (uint8_t)code));
    buf_add_text(out, text);
}

static uint64_t all_rows(const struct top_list *list)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < list->n; i++)
        sum += list->item[i].rows;
    return sum;
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
    uint64_t all = all_rows(list), said = 0;
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

static void mixed(struct buf *out, const struct profile *p, const struct table *t)
{
    buf_add_text(out, ", ");
    add_proto(out, t, p->proto.item[0].key);
    buf_add_char(out, ' ');
    percent(out, p->proto.item[0].rows, p->rows);
    if (p->proto.n > 1) {
        buf_add_text(out, ", ");
        add_proto(out, t, p->proto.item[1].key);
    }
    if (p->proto.distinct > 2)
        buf_printf(out, " +%llu", (unsigned long long)(p->proto.distinct - 2));
}

static void means(struct buf *out, const struct profile *p, const struct table *t,
                  const struct codes *codes)
{
    bool one_proto = p->proto.n > 0 && holds(p->proto.item[0].rows, p->rows, DOMINANT);
    bool one_port = p->port.n > 0 && holds(p->port.item[0].rows, all_rows(&p->port), DOMINANT) &&
                    holds(p->port.item[0].rows, p->rows, MAJORITY);
    if (one_proto && codes->icmp[p->proto.item[0].key & 0xff]) {
        buf_add_text(out, ", ");
        add_proto(out, t, p->proto.item[0].key);
        icmp(out, p);
        return;
    }
    if (one_proto && one_port) {
        buf_add_char(out, ' ');
        add_proto(out, t, p->proto.item[0].key);
        buf_printf(out, "/%u", (unsigned)p->port.item[0].key);
        return;
    }
    if (one_proto) {
        buf_add_text(out, ", ");
        add_proto(out, t, p->proto.item[0].key);
    } else if (p->proto.n > 0) {
        mixed(out, p, t);
    }
    if (one_port) {
        buf_printf(out, ", port %u", (unsigned)p->port.item[0].key);
    } else if (p->port.n > 0) {
        buf_add_text(out, ", ");
        count_of(out, p->port.distinct, "ports");
    }
}

/* ---- how it went ---- */

/* Begins a part after the colon. */
static void part(struct buf *out, bool *any)
{
    buf_add_text(out, *any ? ", " : out->len > 0 ? ": " : "");
    *any = true;
}

static void add_outcome(struct buf *out, uint64_t rows, uint64_t all, enum outcome outcome,
                        bool tcp)
{
    percent(out, rows, all);
    /* Only TCP has an end that can be seen; elsewhere both sides have spoken. */
    buf_printf(out, " %s",
               outcome == OUTCOME_COMPLETED && !tcp ? "answered" : outcome_text(outcome));
}

static void outcomes(struct buf *out, const struct profile *p, bool *any)
{
    uint32_t first = 0, second = N_OUTCOMES;
    uint64_t all = 0;
    bool tcp = holds(p->tcp_rows, p->rows, DOMINANT);
    for (uint32_t i = 0; i < N_OUTCOMES; i++) {
        all += p->outcome[i];
        if (p->outcome[i] > p->outcome[first])
            first = i;
    }
    if (all == 0)
        return;
    for (uint32_t i = 0; i < N_OUTCOMES; i++)
        if (i != first && p->outcome[i] > 0 &&
            (second == N_OUTCOMES || p->outcome[i] > p->outcome[second]))
            second = i;
    part(out, any);
    add_outcome(out, p->outcome[first], all, (enum outcome)first, tcp);
    if (holds(p->outcome[first], all, MAJORITY) || second == N_OUTCOMES)
        return;
    part(out, any);
    add_outcome(out, p->outcome[second], all, (enum outcome)second, tcp);
}

/* "every 270 s (+-14 %)", when the commonest pair is most of the cluster and calls evenly. */
static void rhythm(struct buf *out, const struct profile *p, bool *any)
{
    char gap[24];
    if (p->n_pair_tops == 0 || !holds(p->pair[0].rows, p->rows, MAJORITY) ||
        p->pair[0].rows < RHYTHM_SAID_ROWS || p->rhythm.regularity < RHYTHM_SAID ||
        !(p->rhythm.median_gap_s >= 1))
        return;
    part(out, any);
    buf_printf(out, "every %s (+-%.0f %%)", time_span_text(p->rhythm.median_gap_s, gap, sizeof gap),
               100 * p->rhythm.mad_gap_s / p->rhythm.median_gap_s);
}

static void bytes(struct buf *out, const struct profile *p, const struct table *t, bool *any)
{
    char sent[16], received[16];
    bool has_out = t->schema.by_role[ROLE_ORIG_BYTES] >= 0;
    bool has_in = t->schema.by_role[ROLE_RESP_BYTES] >= 0;
    if (!has_out && !has_in)
        return;
    part(out, any);
    if (has_out)
        buf_printf(out, "%s out", number_bytes((double)p->orig_bytes, sent, sizeof sent));
    if (has_in)
        buf_printf(out, "%s%s in", has_out ? " " : "",
                   number_bytes((double)p->resp_bytes, received, sizeof received));
}

/* ---- logs that say neither ---- */

static void number(struct buf *out, double x)
{
    char text[32];
    double scale;
    if (fabs(x) >= 1000 && fabs(x) < 1e15) {
        buf_printf(out, "%s%s", x < 0 ? "-" : "",
                   number_grouped((uint64_t)(fabs(x) + 0.5), text, sizeof text));
        return;
    }
    if (fabs(x) >= 1e-6 && fabs(x) < 1000) {
        /* Three significant digits. */
        scale = pow(10, 2 - floor(log10(fabs(x))));
        x = round(x * scale) / scale;
    }
    buf_add_text(out, number_shortest(x, text, sizeof text));
}

static void quantity(struct buf *out, const struct schema *schema, const char *what, double x)
{
    char text[40];
    int column = schema_find(schema, span_of(what));
    enum role role = column < 0 ? ROLE_NONE : schema->col[column].role;
    enum col_type type = column < 0 ? COL_STRING : schema->col[column].type;
    if (type == COL_INTERVAL)
        buf_add_text(out, time_span_text(x, text, sizeof text));
    else if (role == ROLE_ORIG_BYTES || role == ROLE_RESP_BYTES || role == ROLE_ORIG_IP_BYTES ||
             role == ROLE_RESP_IP_BYTES)
        buf_add_text(out, number_bytes(x, text, sizeof text));
    else
        number(out, x);
}

static void reason(struct buf *out, const struct reason *r, const struct table *t)
{
    buf_printf(out, "%s ", r->what);
    if (r->value[0] != '\0') {
        buf_printf(out, "%s ", r->value);
        percent(out, (uint64_t)(r->here * 1e6 + 0.5), 1000000);
        buf_add_text(out, " (log ");
        percent(out, (uint64_t)(r->log * 1e6 + 0.5), 1000000);
    } else {
        quantity(out, &t->schema, r->what, r->here);
        buf_add_text(out, " (log ");
        quantity(out, &t->schema, r->what, r->log);
    }
    buf_add_char(out, ')');
}

static void reasons(struct buf *out, const struct profile *p, const struct table *t, bool *any)
{
    for (uint32_t i = 0; i < p->n_reasons && i < 2; i++) {
        part(out, any);
        reason(out, &p->reason[i], t);
    }
    if (out->len == 0) {
        count_of(out, p->rows, p->rows == 1 ? "row" : "rows");
        buf_add_text(out, " like the log as a whole");
    }
}

void why_write(struct profile *p, const struct table *t)
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
        outcomes(&out, p, &any);
        rhythm(&out, p, &any);
        bytes(&out, p, t, &any);
    }
    if (!any)
        reasons(&out, p, t, &any);
    reasons_copy_text(p->why, sizeof p->why, buf_span(&out));
    if (out.failed || p->why[0] == '\0')
        reasons_copy_text(p->why, sizeof p->why, span_of("out of memory for the sentence"));
    buf_release(&out);
}
