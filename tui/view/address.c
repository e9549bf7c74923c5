/* The address card: which machine is it, and to whom does it connect?
 *
 * The card is built by a view job over the whole log; until it is there the page says so. The sheet
 * is filled from the card for the width and the time style at hand. */
#include "tui/view/work.h"

#include "core/base/mem.h"
#include "core/base/number.h"
#include "core/query/card.h"
#include "core/recipe/rhythm.h"
#include "tui/model/sparkline.h"
#include "tui/view/fields.h"
#include "tui/view/opinion.h"
#include "tui/view/sheet.h"

#define MAX_PEERS    5000 /* shown; the rest is counted */
#define MAX_PORTS    200
#define FIRST_PEERS  10 /* before anything else */
#define FIRST_OTHERS 8  /* clusters in front of all peers */

struct address_view {
    struct view head;
    struct subject subject;
    uint32_t addr;
    struct card card;
    enum card_order order; /* of the peers */
    bool have;
    struct err trouble; /* why there is no card */
    struct sheet sheet;
    int cols; /* the sheet was filled for */
    enum time_style style;
};

/* ---- the work ---- */

struct card_work {
    struct work work;
    uint32_t addr;
    struct card card;
};

static int build(struct work *w, struct job *job, struct err *err)
{
    struct card_work *c = (struct card_work *)w;
    return card_build(&c->card, w->subject.table, w->subject.clustering, c->addr, job, err);
}

static void take(struct view *view, struct work *w, int rc, const struct err *err)
{
    struct address_view *v = (struct address_view *)view;
    struct card_work *c = (struct card_work *)w;
    if (rc == 0) {
        v->card = c->card;
        memset(&c->card, 0, sizeof c->card);
        v->have = true;
        v->cols = 0;
    } else {
        v->trouble = *err;
        app_forget_ahead(w->app);
    }
}

static void release(struct work *w)
{
    card_release(&((struct card_work *)w)->card);
}

static const struct work_kind card_kind = {sizeof(struct card_work), "the address card", build,
                                           take, release};

static void start(struct address_view *v, struct app *app)
{
    struct card_work *c = work_new(&card_kind, &v->head, app, v->subject, &v->trouble);
    if (c == NULL)
        return;
    c->addr = v->addr;
    work_start(&c->work, &v->trouble);
}

/* ---- filling ---- */

static void grouped(struct buf *out, const char *head, uint64_t n, const char *tail)
{
    char number[32];
    buf_printf(out, "%s%s%s", head, number_grouped(n, number, sizeof number), tail);
}

static void fill_facts(struct address_view *v)
{
    const struct card *c = &v->card;
    const struct addr *addr = table_addr(v->subject.table, v->addr);
    const char *place = addr_place_name(addr_place(addr));
    struct buf text = BUF_INIT;
    char a[32], b[64];
    sheet_field(&v->sheet, "address", LOOK_STRONG, table_addr_text(v->subject.table, v->addr),
                NULL);
    sheet_say(&v->sheet, "place", LOOK_DEFAULT,
              span_of(place[0] != '\0'         ? place
                      : addr->kind == ADDR_NOT ? "no address"
                                               : "public"),
              NULL);
    grouped(&text, "", c->rows, " in all: ");
    grouped(&text, "", c->as_orig, " started by it, ");
    grouped(&text, "", c->as_resp, " to it");
    sheet_say(&v->sheet, "rows", LOOK_DEFAULT, buf_span(&text), NULL);
    buf_clear(&text);
    buf_printf(&text, "%s sent, %s received", number_bytes((double)c->bytes_out, a, sizeof a),
               number_bytes((double)c->bytes_in, b, sizeof b));
    sheet_say(&v->sheet, "bytes", LOOK_DEFAULT, buf_span(&text), NULL);
    buf_clear(&text);
    if (c->tcp_rows > 0) {
        grouped(&text, "", c->failed, " of ");
        grouped(&text, "", c->tcp_rows, " TCP connections (");
        buf_printf(&text, "%s) refused or unanswered",
                   number_share((double)c->failed / (double)c->tcp_rows, a, sizeof a));
        sheet_say(&v->sheet, "failed", c->failed > 0 ? LOOK_STATE_BAD : LOOK_DEFAULT,
                  buf_span(&text), NULL);
        buf_clear(&text);
    }
    if (c->first_ts_us != TIME_MISSING) {
        buf_printf(&text, "%s - ", time_text(c->first_ts_us, v->style, 0, true, b, sizeof b));
        buf_add_text(&text, time_text(c->last_ts_us, v->style, 0, true, b, sizeof b));
        sheet_say(&v->sheet, "seen", LOOK_TIME, buf_span(&text), NULL);
    }
    buf_release(&text);
}

static void fill_timeline(struct address_view *v)
{
    const struct table *t = v->subject.table;
    uint8_t level[PROFILE_TIMELINE];
    struct buf text = BUF_INIT;
    char range[80];
    uint32_t n;
    if (t->first_ts_us == TIME_MISSING)
        return;
    n = spark_levels(v->card.timeline, PROFILE_TIMELINE, PROFILE_TIMELINE, level);
    for (uint32_t i = 0; i < n; i++)
        buf_add_text(&text, text_spark(level[i]));
    buf_printf(&text, "  %s",
               range_text(t->first_ts_us, t->last_ts_us, v->style, range, sizeof range));
    sheet_say(&v->sheet, "when", LOOK_SPARK, buf_span(&text), NULL);
    buf_release(&text);
}

/* "   270 s +-14 %": how often, when it calls often enough to say and not in bursts. */
static void add_rhythm(struct buf *out, const struct card_peer *p)
{
    char gap[24];
    if (p->out_rows + p->in_rows < RHYTHM_MIN_EVENTS || !(p->gap_s >= RHYTHM_MIN_GAP_S)) {
        buf_printf(out, " %15s", "");
        return;
    }
    buf_printf(out, " %8s %s%3.0f %%", time_span_text(p->gap_s, gap, sizeof gap),
               clean_utf8() ? "\u00b1" : "~", 100 * p->mad_s / p->gap_s);
}

/* What of a peer the width has room for. */
struct peer_columns {
    bool rhythm, when, days;
};

static void add_peer(struct address_view *v, const struct card_peer *p,
                     const struct peer_columns *show)
{
    struct sheet_item item = {.text = table_addr_text(v->subject.table, p->addr),
                              .look = LOOK_ADDRESS,
                              .note_look = LOOK_NUMBER,
                              .key = p->addr};
    struct buf note = BUF_INIT;
    char n[3][32], b[2][32], when[2][64];
    buf_printf(&note, "%9s %9s %9s %9s %7s", number_grouped(p->out_rows, n[0], sizeof n[0]),
               number_grouped(p->in_rows, n[1], sizeof n[1]),
               number_bytes((double)p->out_bytes, b[0], sizeof b[0]),
               number_bytes((double)p->in_bytes, b[1], sizeof b[1]),
               number_grouped(p->failed, n[2], sizeof n[2]));
    if (show->rhythm)
        add_rhythm(&note, p);
    if (show->when)
        buf_printf(&note, "  %s - %s",
                   clock_text(p->first_ts_us, v->style, show->days, when[0], sizeof when[0]),
                   clock_text(p->last_ts_us, v->style, show->days, when[1], sizeof when[1]));
    item.note = buf_span(&note);
    sheet_add(&v->sheet, &item);
    buf_release(&note);
}

/* Peers from .. to - 1 in the order that was chosen, under a heading. */
static void fill_peers(struct address_view *v, uint64_t from, uint64_t to)
{
    const struct card *c = &v->card;
    struct peer_columns show = {.days = many_days(v->subject.table)};
    size_t longest = 4;
    struct sheet_item item = {.text = span_of("peer"), .look = LOOK_HEADING, .key = SHEET_NOTHING};
    struct buf heading = BUF_INIT;
    char number[32];
    int room;
    if (from >= to)
        return;
    for (uint64_t i = from; i < to; i++) {
        size_t cols = clean_cols(table_addr_text(v->subject.table, c->peer[i].addr));
        longest = cols > longest ? cols : longest;
    }
    room = v->cols - (int)longest - 50 - 4;
    show.rhythm = room >= 16;
    show.when = room >= 16 + (show.days ? 31 : 19);
    sheet_blank(&v->sheet);
    if (from == 0)
        sheet_heading(&v->sheet, "%s %s, %s%s", number_grouped(c->n_peers, number, sizeof number),
                      c->n_peers == 1 ? "peer" : "peers", card_order_text(v->order),
                      c->n_peers > 1 ? " (s: another order)" : "");
    else
        sheet_heading(&v->sheet, "The other %s peers",
                      number_grouped(c->n_peers - from, number, sizeof number));
    buf_add_text(&heading, "calls out  calls in      sent  received  failed");
    if (show.rhythm)
        buf_printf(&heading, " %15s", "every");
    if (show.when)
        buf_add_text(&heading, "  first - last seen");
    item.note_look = LOOK_HEADING;
    item.note = buf_span(&heading);
    sheet_add(&v->sheet, &item);
    buf_release(&heading);
    for (uint64_t i = from; i < to; i++)
        add_peer(v, &c->peer[i], &show);
}

static void fill_all_peers(struct address_view *v)
{
    const struct card *c = &v->card;
    char number[32];
    fill_peers(v, FIRST_PEERS, c->n_peers < MAX_PEERS ? c->n_peers : MAX_PEERS);
    if (c->n_peers > MAX_PEERS)
        sheet_heading(&v->sheet, "%s more",
                      number_grouped(c->n_peers - MAX_PEERS, number, sizeof number));
}

/* How far apart its connections are, whoever they are with. */
static void fill_gaps(struct address_view *v)
{
    uint8_t level[CARD_GAPS];
    uint32_t n = spark_levels(v->card.gap, CARD_GAPS, CARD_GAPS, level), most = 0;
    struct buf text = BUF_INIT;
    uint64_t all = 0;
    char share[16];
    for (uint32_t i = 0; i < CARD_GAPS; i++) {
        all += v->card.gap[i];
        most = v->card.gap[i] > v->card.gap[most] ? i : most;
    }
    if (all == 0)
        return;
    for (uint32_t i = 0; i < n; i++)
        buf_add_text(&text, text_spark(level[i]));
    buf_printf(&text, "  from below 1 ms to a day and more; %s are %s",
               number_share((double)v->card.gap[most] / (double)all, share, sizeof share),
               card_gap_name(most));
    sheet_say(&v->sheet, "gaps", LOOK_SPARK, buf_span(&text), NULL);
    buf_release(&text);
}

static void fill_ports(struct address_view *v)
{
    const struct card *c = &v->card;
    char number[32];
    if (c->n_ports == 0)
        return;
    sheet_blank(&v->sheet);
    sheet_heading(&v->sheet, "%s %s", number_grouped(c->n_ports, number, sizeof number),
                  c->n_ports == 1 ? "port" : "ports, most rows first");
    for (uint64_t i = 0; i < c->n_ports && i < MAX_PORTS; i++) {
        const struct card_port *p = &c->port[i];
        struct span proto = table_cat_text(v->subject.table, CAT_PROTO, p->proto);
        struct buf text = BUF_INIT, note = BUF_INIT;
        bool v6 = table_addr(v->subject.table, v->addr)->kind == ADDR_V6;
        const char *name = p->icmp ? icmp_type_name(v6, p->port) : NULL;
        buf_printf(&text, p->icmp ? "type %u/" : "%u/", p->port);
        buf_add_span(&text, proto);
        grouped(&note, "", p->out_rows, " called by it, ");
        grouped(&note, "", p->in_rows, " called on it");
        if (name != NULL)
            buf_printf(&note, "; %s", name);
        sheet_field(&v->sheet, NULL, LOOK_DEFAULT, buf_span(&text), buf_text(&note));
        buf_release(&text);
        buf_release(&note);
    }
    if (c->n_ports > MAX_PORTS)
        sheet_heading(&v->sheet, "%s more",
                      number_grouped(c->n_ports - MAX_PORTS, number, sizeof number));
}

static void fill_top(struct address_view *v, const struct top_list *list, enum cat cat,
                     const char *heading)
{
    if (list->n == 0)
        return;
    sheet_blank(&v->sheet);
    sheet_heading(&v->sheet, "%s", heading);
    for (uint32_t i = 0; i < list->n; i++) {
        struct span text = table_cat_text(v->subject.table, cat, (uint8_t)list->item[i].key);
        const char *about = cat == CAT_STATE ? conn_state_about(text) : NULL;
        struct buf note = BUF_INIT;
        grouped(&note, "", list->item[i].rows, about == NULL ? "" : "  ");
        buf_add_text(&note, about == NULL ? "" : about);
        sheet_field(&v->sheet, NULL, LOOK_DEFAULT, text, buf_text(&note));
        buf_release(&note);
    }
    if (list->distinct > list->n)
        sheet_heading(&v->sheet, "%llu more", (unsigned long long)(list->distinct - list->n));
}

static uint32_t clusters_of(const struct card *c)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->k; i++)
        n += c->in_cluster[i] > 0;
    return n;
}

/* By their numbers, so the most suspicious first: the first few, or those behind them. */
static void fill_clusters(struct address_view *v, bool rest)
{
    const struct card *c = &v->card;
    const struct clustering *of = v->subject.clustering;
    uint32_t n, seen = 0;
    if (c->in_cluster == NULL || of == NULL || (rest && clusters_of(c) <= FIRST_OTHERS))
        return;
    n = clusters_of(c);
    sheet_blank(&v->sheet);
    if (rest)
        sheet_heading(&v->sheet, "The other %u clusters", n - FIRST_OTHERS);
    else
        sheet_heading(&v->sheet, "Clusters its rows are in%s",
                      n > FIRST_OTHERS ? ", the first of them" : "");
    for (uint32_t i = 0; i < c->k && i < of->k; i++) {
        struct buf label = BUF_INIT, text = BUF_INIT;
        if (c->in_cluster[i] == 0 || (seen++ < FIRST_OTHERS) == rest)
            continue;
        buf_printf(&label, "%u", i + 1);
        grouped(&text, "", c->in_cluster[i], "");
        grouped(&text, " of ", of->profile[i].rows, "");
        sheet_field(&v->sheet, buf_text(&label), LOOK_NUMBER, buf_span(&text), of->profile[i].why);
        buf_release(&label);
        buf_release(&text);
    }
    if (c->rows_unclustered > 0 && !rest) {
        struct buf text = BUF_INIT;
        grouped(&text, "", c->rows_unclustered, "");
        sheet_field(&v->sheet, "-", LOOK_NUMBER, buf_span(&text), "filtered out");
        buf_release(&text);
    }
}

static void fill(struct address_view *v, struct app *app, int cols)
{
    v->cols = cols;
    v->style = app_time_style(app);
    sheet_clear(&v->sheet);
    fill_facts(v);
    fill_timeline(v);
    fill_gaps(v);
    fill_peers(v, 0, v->card.n_peers < FIRST_PEERS ? v->card.n_peers : FIRST_PEERS);
    fill_clusters(v, false);
    fill_ports(v);
    fill_top(v, &v->card.state_out, CAT_STATE, "How its own connections went");
    fill_top(v, &v->card.state_in, CAT_STATE, "How connections to it went");
    fill_top(v, &v->card.service, CAT_SERVICE, "Services");
    fill_clusters(v, true);
    fill_all_peers(v);
}

/* ---- the view ---- */

static void close_address(struct view *view, struct app *app)
{
    struct address_view *v = (struct address_view *)view;
    (void)app;
    if (v->have)
        card_release(&v->card);
    sheet_release(&v->sheet);
    subject_unref(v->subject);
    mem_free(v);
}

static void draw(struct view *view, struct app *app, struct area area)
{
    struct address_view *v = (struct address_view *)view;
    if (subject_heed(&v->subject, app))
        v->cols = 0;
    if (!v->have && v->head.waiting == NULL && v->trouble.code == ERR_OK)
        start(v, app);
    if (!v->have) {
        (void)draw_untrusted(area, 0, 1, area.cols - 2, LOOK_STRONG,
                             table_addr_text(v->subject.table, v->addr), CUT_END);
        work_draw(area, 2, &v->trouble, "looking through the log for this address ...");
        return;
    }
    if (v->cols != area.cols || v->style != app_time_style(app))
        fill(v, app, area.cols);
    sheet_draw(&v->sheet, area);
    sheet_spots(&v->sheet, app, area);
}

static unsigned found(struct view *view, struct app *app, struct span text)
{
    if (text.len > 0 && !sheet_find(&((struct address_view *)view)->sheet, text, 1, true))
        app_say(app, "not on this card: %.*s", (int)(text.len > 200 ? 200 : text.len), text.ptr);
    return VIEW_REDRAW;
}

static unsigned open_selected(struct address_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    uint32_t addr = sheet_selected(&v->sheet);
    if (!v->have) {
        memset(&v->trouble, 0, sizeof v->trouble);
        return VIEW_REDRAW;
    }
    if (addr == SHEET_NOTHING) {
        app_say(app, "Enter opens the card of a peer; r shows this address's rows");
        return VIEW_REDRAW;
    }
    if (addr == v->addr) {
        app_say(app, "this is its card");
        return VIEW_REDRAW;
    }
    return view_push(app, address_view_new(app, v->subject, addr, &err), &err);
}

static unsigned next_order(struct address_view *v, struct app *app)
{
    if (!v->have)
        return VIEW_NOTHING;
    v->order = (enum card_order)((v->order + 1) % N_CARD_ORDERS);
    card_sort(&v->card, v->subject.table, v->order);
    v->cols = 0; /* filled again */
    app_say(app, "peers: %s", card_order_text(v->order));
    return VIEW_REDRAW;
}

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct address_view *v = (struct address_view *)view;
    struct err err = ERR_INIT;
    switch (cmd) {
    case CMD_OPEN:
        return open_selected(v, app);
    case CMD_CARD_ORDER:
        return next_order(v, app);
    case CMD_COPY:
        if (sheet_selected(&v->sheet) == SHEET_NOTHING) { /* no peer: the card's own address */
            app_copy(app, table_addr_text(v->subject.table, v->addr), "the address");
            return VIEW_REDRAW;
        }
        return sheet_command(&v->sheet, view, app, cmd, found);
    case CMD_OPINION:
        return opinion_ask_addr(view, app, v->subject.table, v->addr, sheet_selected(&v->sheet));
    case CMD_ADDRESS_ROWS:
        return view_push(app, rows_view_of_address(app, v->subject, v->addr, &err), &err);
    default:
        return sheet_command(&v->sheet, view, app, cmd, found);
    }
}

/* All but the rows, which need no card. */
static bool waits(const struct view *view, enum command cmd)
{
    const struct address_view *v = (const struct address_view *)view;
    return cmd != CMD_ADDRESS_ROWS && v->trouble.code == ERR_OK && (!v->have || v->cols == 0);
}

static void crumb(const struct view *view, const struct app *app, struct buf *out)
{
    const struct address_view *v = (const struct address_view *)view;
    (void)app;
    buf_add_span(out, table_addr_text(v->subject.table, v->addr));
}

static void keep(const struct view *view, struct app *app, struct session *out)
{
    const struct address_view *v = (const struct address_view *)view;
    (void)app;
    session_add(out, "view", span_of("address"));
    session_add(out, "address", table_addr_text(v->subject.table, v->addr));
    session_printf(out, "order", "%u", (unsigned)v->order);
}

static const char *hint(const struct view *view, const struct app *app)
{
    (void)view;
    (void)app;
    return "Enter on a peer opens its card; r shows every row of this address";
}

static const struct view_ops ops = {
    .name = "address",
    .where = IN_ADDRESS,
    .waits = waits,
    .close = close_address,
    .draw = draw,
    .command = command,
    .crumb = crumb,
    .keep = keep,
    .hint = hint,
};

struct view *address_view_resume(struct app *app, const struct resumed *r, struct err *err)
{
    uint32_t addr = address_resumed(r);
    struct view *view = addr == ADDR_MISSING ? NULL : address_view_new(app, r->subject, addr, err);
    uint64_t order;
    if (view != NULL && session_number(r->part, "order", N_CARD_ORDERS - 1, &order))
        ((struct address_view *)view)->order = (enum card_order)order;
    return view;
}

struct view *address_view_new(struct app *app, struct subject s, uint32_t addr, struct err *err)
{
    struct address_view *v = mem_zalloc(1, sizeof *v);
    (void)app;
    if (v == NULL) {
        (void)err_memory(err, "the address card");
        return NULL;
    }
    v->head.ops = &ops;
    v->subject = subject_ref(s);
    v->addr = addr;
    sheet_init(&v->sheet);
    return &v->head;
}
