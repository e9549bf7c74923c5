/* What is known about one cluster: pairs, why, the commonest of everything, statistical reasons, a
 * few rows. The most telling parts come first, because a small screen shows the first only. */
#include "tui/view/clusters.h"

#include "core/base/number.h"
#include "core/cluster/reasons.h"
#include "core/table/codes.h"

#define LABEL 9 /* columns of the labels */

/* Writes lines from the top; stops at the end of the area. */
struct pen {
    struct area a;
    int row, col, lines; /* lines: that a list may still take */
    int reserve;         /* columns that a list keeps for how many more there are */
    const struct table *t;
    const struct profile *p;
    enum time_style style;
    bool tall;
    bool noticed; /* the label of the notices stands */
};

static void label(struct pen *pen, const char *text, int lines)
{
    (void)draw_text(pen->a, pen->row, 1, LOOK_HEADING, text);
    pen->col = 1 + LABEL;
    pen->lines = lines;
}

static void end_line(struct pen *pen)
{
    pen->row++;
    pen->col = 1 + LABEL;
}

/* One entry of a list: a text of the log and its count. False when there is no room for it. */
static bool item(struct pen *pen, unsigned look, struct span text, uint64_t rows)
{
    char number[32], count[64], share[16];
    int cols = (int)clean_cols(text);
    (void)snprintf(count, sizeof count, " %s (%s)", number_grouped(rows, number, sizeof number),
                   number_share((double)rows / (double)pen->p->rows, share, sizeof share));
    cols += (int)strlen(count);
    if (pen->col + cols > pen->a.cols - pen->reserve && pen->col > 1 + LABEL) {
        if (pen->lines <= 1)
            return false;
        pen->lines--;
        end_line(pen);
    }
    pen->col += draw_untrusted(pen->a, pen->row, pen->col,
                               pen->a.cols - pen->col - (int)strlen(count), look, text, CUT_ADDR);
    pen->col += draw_text(pen->a, pen->row, pen->col, LOOK_DIM, count) + 2;
    return true;
}

static void rest(struct pen *pen, uint64_t left)
{
    char number[32];
    if (left > 0)
        (void)draw_format(pen->a, pen->row, pen->col, LOOK_DIM, "+%s",
                          number_grouped(left, number, sizeof number));
    end_line(pen);
}

typedef struct span text_fn(const struct pen *pen, uint32_t key, char *out, size_t size);

static void list(struct pen *pen, const char *name, const struct top_list *top, unsigned look,
                 text_fn *text)
{
    uint32_t i = 0;
    char room[64], number[32];
    if (top->n == 0 || pen->row >= pen->a.rows)
        return;
    label(pen, name, pen->tall ? 2 : 1);
    pen->reserve = 4 + (int)strlen(number_grouped(top->distinct, number, sizeof number));
    while (i < top->n &&
           item(pen, look, text(pen, top->item[i].key, room, sizeof room), top->item[i].rows))
        i++;
    rest(pen, top->distinct > i ? top->distinct - i : 0);
}

static struct span addr_of(const struct pen *pen, uint32_t key, char *out, size_t size)
{
    (void)out;
    (void)size;
    return table_addr_text(pen->t, key);
}

static struct span port_of(const struct pen *pen, uint32_t key, char *out, size_t size)
{
    (void)pen;
    (void)snprintf(out, size, "%u", key);
    return span_of(out);
}

static struct span icmp_of(const struct pen *pen, uint32_t key, char *out, size_t size)
{
    const char *name = icmp_type_name(key >= ICMP_V6, (uint16_t)key);
    (void)pen;
    if (name == NULL)
        (void)snprintf(out, size, "type %u", key & 0xffffu);
    return span_of(name == NULL ? out : name);
}

#define CATEGORY_TEXT(name, cat)                                                                   \
    static struct span name(const struct pen *pen, uint32_t key, char *out, size_t size)           \
    {                                                                                              \
        (void)out;                                                                                 \
        (void)size;                                                                                \
        return table_cat_text(pen->t, cat, (uint8_t)key);                                          \
    }
CATEGORY_TEXT(proto_of, CAT_PROTO)
CATEGORY_TEXT(state_of, CAT_STATE)
CATEGORY_TEXT(service_of, CAT_SERVICE)

/* ---- parts ---- */

static void title(struct pen *pen, uint32_t number)
{
    const struct profile *p = pen->p;
    char rows[32], share[16], out[16], in[16], range[80];
    int x = 1;
    draw_repeat(pen->a, pen->row, 0, pen->a.cols, LOOK_BORDER, text_glyph(GLYPH_HLINE));
    x += draw_format(pen->a, pen->row, x, LOOK_STRONG, " cluster %u ", number);
    x += draw_format(pen->a, pen->row, x, LOOK_NUMBER, " %s, %s ",
                     number_of(p->rows, "row", rows, sizeof rows),
                     number_share(p->share, share, sizeof share));
    x += draw_format(pen->a, pen->row, x, LOOK_NUMBER, " %s out, %s in ",
                     number_bytes((double)p->orig_bytes, out, sizeof out),
                     number_bytes((double)p->resp_bytes, in, sizeof in));
    if (p->first_ts_us != TIME_MISSING) {
        const char *text =
            range_text(p->first_ts_us, p->last_ts_us, pen->style, range, sizeof range);
        /* Of one day the hours are enough where the date does not fit. */
        if (x + (int)strlen(text) + 2 > pen->a.cols && strlen(text) > 16 && text[10] == ' ' &&
            text[16] == '-')
            text += 11;
        if (x + (int)strlen(text) + 2 <= pen->a.cols)
            (void)draw_format(pen->a, pen->row, x, LOOK_TIME, " %s ", text);
    }
    pen->row++;
}

/* "A -> B" in at most `room` columns: both give way alike. Returns the columns drawn. */
static int draw_link(struct pen *pen, int x, int room, uint32_t orig, uint32_t resp)
{
    struct span a = table_addr_text(pen->t, orig), b = table_addr_text(pen->t, resp);
    int a_cols = (int)clean_cols(a), b_cols = (int)clean_cols(b), from = x;
    room -= 3;
    if (a_cols + b_cols > room) {
        int half = room / 2;
        if (a_cols <= half) {
            b_cols = room - a_cols;
        } else if (b_cols <= room - half) {
            a_cols = room - b_cols;
        } else {
            a_cols = half;
            b_cols = room - half;
        }
    }
    x += draw_untrusted(pen->a, pen->row, x, a_cols, LOOK_ADDRESS, a, CUT_ADDR);
    x += draw_format(pen->a, pen->row, x, LOOK_DIM, " %s ", text_glyph(GLYPH_ARROW));
    x += draw_untrusted(pen->a, pen->row, x, b_cols, LOOK_ADDRESS, b, CUT_ADDR);
    return x - from;
}

/* ":445/tcp"; ICMP has no ports. */
static void port_text(struct pen *pen, uint16_t port, uint8_t proto, struct buf *out)
{
    struct span text = table_cat_text(pen->t, CAT_PROTO, proto);
    if (!span_starts(text, "icmp"))
        buf_printf(out, ":%u", port);
    buf_add_char(out, '/');
    buf_add_span(out, text);
}

/* Where no pair says what the cluster is, how many there are does. */
static void many_pairs(struct pen *pen)
{
    const struct profile *p = pen->p;
    char pairs[32], rows[32], share[16];
    label(pen, "pairs", 1);
    (void)draw_format(pen->a, pen->row, 1 + LABEL, LOOK_DEFAULT, "%s, none with more than %s (%s)",
                      number_grouped(p->n_pairs, pairs, sizeof pairs),
                      number_of(p->pair[0].rows, "row", rows, sizeof rows),
                      number_share((double)p->pair[0].rows / (double)p->rows, share, sizeof share));
    end_line(pen);
}

static void pairs(struct pen *pen)
{
    if (pen->p->n_pair_tops > 0 && !profile_tells(pen->p, pen->p->pair[0].rows)) {
        many_pairs(pen);
        return;
    }
    for (uint32_t i = 0; i < pen->p->n_pair_tops && pen->row < pen->a.rows; i++) {
        const struct top_pair *pair = &pen->p->pair[i];
        struct buf tail = BUF_INIT;
        char number[32];
        int x = 1 + LABEL, tail_cols;
        if (i == 0)
            label(pen, "pairs", 1);
        port_text(pen, pair->resp_p, pair->proto, &tail);
        (void)number_grouped(pair->rows, number, sizeof number);
        tail_cols = (int)clean_cols(buf_span(&tail)) + 2 + (int)strlen(number);
        x += draw_link(pen, x, pen->a.cols - x - tail_cols - 1, pair->orig, pair->resp);
        x += draw_untrusted(pen->a, pen->row, x, pen->a.cols - x, LOOK_DEFAULT, buf_span(&tail),
                            CUT_END);
        (void)draw_format(pen->a, pen->row, x + 1, LOOK_NUMBER, "%s%s",
                          clean_utf8() ? "\u00d7" : "x", number);
        buf_release(&tail);
        end_line(pen);
    }
}

static void why(struct pen *pen)
{
    struct span left = span_of(pen->p->why);
    int lines = pen->tall ? 4 : 2;
    if (left.len == 0)
        return;
    label(pen, "why", lines);
    while (left.len > 0 && lines-- > 0 && pen->row < pen->a.rows) {
        struct span now = wrap_take(&left, pen->a.cols - LABEL - 2, true);
        if (lines == 0 && left.len > 0)
            now.len += left.len;
        (void)draw_untrusted(pen->a, pen->row, 1 + LABEL, pen->a.cols - LABEL - 2, LOOK_WHY, now,
                             CUT_END);
        if (lines == 0)
            left.len = 0;
        end_line(pen);
    }
}

static void failures(struct pen *pen)
{
    const struct profile *p = pen->p;
    char a[32], b[32], share[16];
    if (pen->row >= pen->a.rows || (p->tcp_rows == 0 && p->rows_without_bytes == 0))
        return;
    label(pen, "outcome", 1);
    if (p->tcp_rows > 0)
        pen->col +=
            draw_format(
                pen->a, pen->row, pen->col, p->failed_rows > 0 ? LOOK_STATE_BAD : LOOK_DEFAULT,
                "%s of %s TCP refused or unanswered (%s)",
                number_grouped(p->failed_rows, a, sizeof a),
                number_grouped(p->tcp_rows, b, sizeof b),
                number_share((double)p->failed_rows / (double)p->tcp_rows, share, sizeof share)) +
            2;
    if (p->rows_without_bytes > 0) {
        char text[64];
        (void)snprintf(text, sizeof text, "%s without byte counts",
                       number_of(p->rows_without_bytes, "row", a, sizeof a));
        if (pen->col + (int)strlen(text) > pen->a.cols)
            end_line(pen);
        (void)draw_text(pen->a, pen->row, pen->col, LOOK_DIM, text);
    }
    end_line(pen);
}

static void say_reason(const struct reason *r, const struct schema *schema, struct buf *out)
{
    char here[32], log[32];
    buf_add_text(out, r->what);
    if (r->value[0] != '\0') {
        buf_printf(out, " %s: %s here, %s in the log", r->value,
                   number_share(r->here, here, sizeof here), number_share(r->log, log, sizeof log));
        return;
    }
    buf_add_text(out, ": ");
    reasons_quantity(out, schema, r->what, r->here);
    buf_add_text(out, " typically, ");
    reasons_quantity(out, schema, r->what, r->log);
    buf_printf(out, " in the log (%+.1f sd)", r->z);
}

static void reasons(struct pen *pen)
{
    for (uint32_t i = 0; i < pen->p->n_reasons && pen->row < pen->a.rows; i++) {
        struct buf text = BUF_INIT;
        if (i == 0)
            label(pen, "differs", 1);
        say_reason(&pen->p->reason[i], &pen->t->schema, &text);
        (void)draw_untrusted(pen->a, pen->row, 1 + LABEL, pen->a.cols - LABEL - 2, LOOK_DEFAULT,
                             buf_span(&text), CUT_END);
        buf_release(&text);
        end_line(pen);
    }
}

/* From the typed columns: no file is read for this. */
static void sample(struct pen *pen, uint64_t row)
{
    const struct table *t = pen->t;
    struct span state = table_cat_text(t, CAT_STATE, TABLE_AT(t, row, cat[CAT_STATE]));
    int64_t ts = TABLE_AT(t, row, ts_us);
    struct buf tail = BUF_INIT;
    char text[64];
    uint64_t bytes;
    int x = 1 + LABEL, room;
    if (ts != TIME_MISSING)
        x += draw_text(pen->a, pen->row, x, LOOK_TIME,
                       clock_text(ts, pen->style, many_days(t), text, sizeof text)) +
             1;
    port_text(pen, TABLE_AT(t, row, resp_p), TABLE_AT(t, row, cat[CAT_PROTO]), &tail);
    buf_add_char(&tail, ' ');
    buf_add_span(&tail, state);
    room = pen->a.cols - x - (int)clean_cols(buf_span(&tail)) - 1;
    if (table_bytes(t, row, 0, &bytes))
        buf_printf(&tail, "  %s out", number_bytes((double)bytes, text, sizeof text));
    if (table_bytes(t, row, 1, &bytes))
        buf_printf(&tail, "  %s in", number_bytes((double)bytes, text, sizeof text));
    x += draw_link(pen, x, room, TABLE_AT(t, row, orig), TABLE_AT(t, row, resp));
    (void)draw_untrusted(pen->a, pen->row, x, pen->a.cols - x, LOOK_DEFAULT, buf_span(&tail),
                         CUT_END);
    buf_release(&tail);
}

static void samples(struct pen *pen)
{
    for (uint32_t i = 0; i < pen->p->n_samples && pen->row < pen->a.rows; i++) {
        if (i == 0)
            label(pen, "rows", 1);
        sample(pen, pen->p->sample[i]);
        end_line(pen);
    }
}

/* One sentence under `notices`, over at most three lines. */
static void notice(struct pen *pen, struct span left)
{
    if (!pen->noticed && pen->row < pen->a.rows)
        label(pen, "notices", 1);
    pen->noticed = true;
    for (int lines = 3; left.len > 0 && lines > 0 && pen->row < pen->a.rows; lines--) {
        struct span now = wrap_take(&left, pen->a.cols - LABEL - 2, true);
        (void)draw_untrusted(pen->a, pen->row, 1 + LABEL, pen->a.cols - LABEL - 2, LOOK_STATUS_WARN,
                             now, CUT_END);
        end_line(pen);
    }
}

/* What was done otherwise than asked, and what of the log could not be used. */
static void notices(struct pen *pen, const struct clustering *c)
{
    const struct table *t = pen->t;
    char number[32], text[160];
    for (size_t i = 0; i < c->notices.n; i++)
        notice(pen, span_of(c->notices.text[i]));
    for (size_t i = 0; i < t->notices.n; i++)
        notice(pen, span_of(t->notices.text[i]));
    for (int i = 0; i < N_REJECTS; i++) {
        if (t->reject[i].count == 0)
            continue;
        (void)snprintf(text, sizeof text, "%s rejected: %s, first in line %llu",
                       number_grouped(t->reject[i].count, number, sizeof number),
                       reject_text((enum reject)i), (unsigned long long)t->reject[i].first_line);
        notice(pen, span_of(text));
    }
    for (size_t i = 0; i < t->schema.n; i++) {
        if (t->bad_values[i] == 0)
            continue;
        (void)snprintf(text, sizeof text, "%s bad values in %.60s, taken as missing",
                       number_grouped(t->bad_values[i], number, sizeof number),
                       column_shown(&t->schema.col[i]));
        notice(pen, span_of(text));
    }
}

/* Said only when there is a doubt. */
static void trust_line(struct pen *pen, const struct trust *trust, uint32_t number)
{
    char text[48];
    if (trust == NULL || !trust_unstable(trust, number) || pen->row >= pen->a.rows)
        return;
    label(pen, "trust", 1);
    (void)draw_text(pen->a, pen->row++, 1 + LABEL, LOOK_STATUS_WARN,
                    trust_text(trust, number, text, sizeof text));
}

void detail_draw(struct area a, const struct table *t, const struct clustering *c, uint32_t number,
                 const struct trust *trust, enum time_style style)
{
    struct pen pen = {.a = a, .t = t, .style = style, .tall = a.rows >= 18};
    if (number < 1 || number > c->k || a.rows <= 0)
        return;
    pen.p = &c->profile[number - 1];
    title(&pen, number);
    pairs(&pen);
    why(&pen);
    trust_line(&pen, trust, number);
    list(&pen, "from", &pen.p->orig, LOOK_ADDRESS, addr_of);
    list(&pen, "to", &pen.p->resp, LOOK_ADDRESS, addr_of);
    list(&pen, "ports", &pen.p->port, LOOK_DEFAULT, port_of);
    list(&pen, "icmp", &pen.p->icmp_type, LOOK_DEFAULT, icmp_of);
    list(&pen, "states", &pen.p->state, LOOK_DEFAULT, state_of);
    failures(&pen);
    list(&pen, "proto", &pen.p->proto, LOOK_DEFAULT, proto_of);
    list(&pen, "service", &pen.p->service, LOOK_DEFAULT, service_of);
    reasons(&pen);
    samples(&pen);
    notices(&pen, c);
}
