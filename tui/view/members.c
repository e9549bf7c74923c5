/* The pairs or hosts that make up a cluster: Enter leads on to their connections. */
#include "tui/view/work.h"

#include "core/base/match.h"
#include "core/base/mem.h"
#include "core/base/number.h"
#include "core/query/members.h"
#include "tui/model/viewport.h"

#define WHO_X     2
#define WIDE      100 /* from here on bytes in stand there too */
#define LOOKED_AT 1000

struct members_view {
    struct view head;
    struct subject subject;
    uint32_t cluster;
    struct members members;
    bool here;          /* they are counted */
    struct err trouble; /* why they are not here */
    int longest;        /* columns of the longest of the first members; 0: not known yet */
    struct viewport port;
    struct buf needle;
};

/* ---- counting, in the background ---- */

struct members_work {
    struct work work;
    uint32_t cluster;
    struct members out;
};

static int run(struct work *w, struct job *job, struct err *err)
{
    struct members_work *m = (struct members_work *)w;
    return members_of_cluster(&m->out, w->subject.table, w->subject.clustering, m->cluster, job,
                              err);
}

static void take(struct view *view, struct work *w, int rc, const struct err *err)
{
    struct members_view *v = (struct members_view *)view;
    struct members_work *m = (struct members_work *)w;
    v->here = rc == 0;
    if (rc == 0) {
        v->members = m->out;
        m->out = (struct members){.n = 0};
    } else {
        v->trouble = *err;
        app_forget_ahead(w->app);
    }
}

static void release(struct work *w)
{
    members_release(&((struct members_work *)w)->out);
}

static const struct work_kind counting = {sizeof(struct members_work), "the members of the cluster",
                                          run, take, release};

static void count(struct members_view *v, struct app *app)
{
    struct members_work *m;
    v->trouble = (struct err)ERR_INIT;
    m = work_new(&counting, &v->head, app, v->subject, &v->trouble);
    if (m == NULL)
        return;
    m->cluster = v->cluster;
    work_start(&m->work, &v->trouble);
}

/* ---- drawing ---- */

/* Where the figures end; in_end 0: not shown. */
struct grid {
    int who_cols, rows_end, out_end, in_end, last_end;
};

/* On a wide screen the figures stand beside what they are about, not at the far edge. */
static struct grid grid_for(int cols, int longest)
{
    int most = WHO_X + longest + 10 + 10 + 11 + (cols >= WIDE ? 11 : 0);
    bool wide = cols >= WIDE;
    struct grid g;
    cols = longest > 0 && cols > most ? most : cols;
    g = (struct grid){.last_end = cols - 1, .out_end = cols - 11};
    if (wide) {
        g.in_end = cols - 11;
        g.out_end = cols - 22;
    }
    g.rows_end = g.out_end - 10;
    g.who_cols = g.rows_end - 10 - WHO_X;
    return g;
}

static enum unit unit_of(const struct members_view *v)
{
    return v->subject.clustering->recipe.unit;
}

/* "10.0.0.1", or "10.0.0.1 -> 10.0.0.2 443/tcp". */
static void add_who(struct buf *out, const struct members_view *v, const struct member *m)
{
    const struct table *t = v->subject.table;
    uint32_t row = m->first_row;
    bool has_port = (TABLE_AT(t, row, flags) & ROW_NO_RESP_P) == 0;
    if (unit_of(v) == UNIT_HOST)
        addr_text(out, t, TABLE_AT(t, row, orig));
    else
        pair_text(out, t,
                  &(struct top_pair){.orig = TABLE_AT(t, row, orig),
                                     .resp = TABLE_AT(t, row, resp),
                                     .resp_p = TABLE_AT(t, row, resp_p),
                                     .proto = TABLE_AT(t, row, cat[CAT_PROTO])},
                  has_port);
}

/* How often, unless in bursts; or to how many. */
static void last_figure(const struct members_view *v, const struct member *m, char *out,
                        size_t size)
{
    char number[32];
    out[0] = '\0';
    if (unit_of(v) == UNIT_HOST)
        (void)snprintf(out, size, "%s", number_grouped(m->targets, number, sizeof number));
    else if (m->rhythm.median_gap_s >= RHYTHM_MIN_GAP_S)
        (void)time_span_text(m->rhythm.median_gap_s, out, size);
}

/* Columns of the longest among the first members: most are no longer, and there may be millions. */
static int longest_who(const struct members_view *v)
{
    int most = 16;
    for (uint64_t i = 0; i < v->members.n && i < LOOKED_AT; i++) {
        struct buf who = BUF_INIT;
        add_who(&who, v, &v->members.item[i]);
        if ((int)clean_cols(buf_span(&who)) > most)
            most = (int)clean_cols(buf_span(&who));
        buf_release(&who);
    }
    return most;
}

static void draw_member(const struct members_view *v, struct area a, const struct grid *grid,
                        int row, uint64_t at)
{
    const struct grid g = *grid;
    const struct member *m = &v->members.item[at];
    bool selected = at == v->port.sel;
    unsigned on = view_mark(a, row, selected);
    struct buf who = BUF_INIT;
    char text[40];
    size_t where;
    add_who(&who, v, m);
    bool hit = v->needle.len > 0 && match_in(buf_span(&who), buf_span(&v->needle),
                                             match_any_case(buf_span(&v->needle)), &where);
    (void)draw_untrusted(a, row, WHO_X, g.who_cols,
                         hit ? (selected ? LOOK_HIT_HERE : LOOK_HIT) : LOOK_ADDRESS | on,
                         buf_span(&who), CUT_MIDDLE);
    (void)draw_right(a, row, g.rows_end, LOOK_NUMBER | on,
                     number_grouped(m->rows, text, sizeof text));
    (void)draw_right(a, row, g.out_end, LOOK_NUMBER | on,
                     number_bytes((double)m->orig_bytes, text, sizeof text));
    if (g.in_end > 0)
        (void)draw_right(a, row, g.in_end, LOOK_NUMBER | on,
                         number_bytes((double)m->resp_bytes, text, sizeof text));
    last_figure(v, m, text, sizeof text);
    (void)draw_right(a, row, g.last_end, LOOK_NUMBER | on, text);
    buf_release(&who);
}

/* Why the cluster is one; or the selected member in full, where its line had to be cut. */
static void draw_title(const struct members_view *v, struct area a, const struct grid *g)
{
    const struct profile *p = &v->subject.clustering->profile[v->cluster - 1];
    struct buf who = BUF_INIT;
    if (v->here && v->port.sel < v->members.n)
        add_who(&who, v, &v->members.item[v->port.sel]);
    if (clean_cols(buf_span(&who)) > (size_t)g->who_cols)
        (void)draw_untrusted(a, 0, 1, a.cols - 2, LOOK_ADDRESS, buf_span(&who), CUT_MIDDLE);
    else
        (void)draw_untrusted(a, 0, 1, a.cols - 2, LOOK_WHY, span_of(p->why), CUT_END);
    buf_release(&who);
}

static void draw(struct view *view, struct app *app, struct area a)
{
    struct members_view *v = (struct members_view *)view;
    struct area list = area_rows(a, 2, a.rows - 2);
    bool hosts = unit_of(v) == UNIT_HOST;
    struct grid g;
    if (!v->here && v->head.waiting == NULL && v->trouble.code == ERR_OK)
        count(v, app);
    if (v->here && v->longest == 0)
        v->longest = longest_who(v);
    g = grid_for(a.cols, v->longest);
    draw_title(v, a, &g);
    if (!v->here) {
        (void)draw_untrusted(
            a, 2, 1, a.cols - 2, v->trouble.code == ERR_OK ? LOOK_DIM : LOOK_STATUS_ERROR,
            span_of(v->trouble.code == ERR_OK ? "counting" : v->trouble.text), CUT_END);
        return;
    }
    (void)draw_text(a, 1, WHO_X, LOOK_HEADING, hosts ? "host" : "pair");
    (void)draw_right(a, 1, g.rows_end, LOOK_HEADING, "rows");
    (void)draw_right(a, 1, g.out_end, LOOK_HEADING, "out");
    if (g.in_end > 0)
        (void)draw_right(a, 1, g.in_end, LOOK_HEADING, "in");
    (void)draw_right(a, 1, g.last_end, LOOK_HEADING, hosts ? "targets" : "every");
    viewport_resize(&v->port, v->members.n, list.rows > 0 ? (uint64_t)list.rows : 0);
    app_spot_lines(app, list, &v->port);
    for (uint64_t i = 0; i < viewport_shown(&v->port); i++)
        draw_member(v, list, &g, (int)i, v->port.top + i);
}

/* ---- keys ---- */

static void text_at(const void *list, uint64_t i, struct buf *out)
{
    const struct members_view *v = list;
    add_who(out, v, &v->members.item[i]);
}

static void find(struct members_view *v, struct app *app, int direction, bool here)
{
    viewport_resize(&v->port, v->members.n, v->port.height);
    list_find(app, &v->port, text_at, v, buf_span(&v->needle), direction, here);
}

static unsigned found(struct view *view, struct app *app, struct span text)
{
    struct members_view *v = (struct members_view *)view;
    if (text.len == 0)
        return VIEW_REDRAW;
    buf_clear(&v->needle);
    buf_add_span(&v->needle, text);
    find(v, app, 1, true);
    return VIEW_REDRAW;
}

static unsigned on_member(struct members_view *v, struct app *app, enum command cmd)
{
    const struct member *m = &v->members.item[v->port.sel];
    const struct table *t = v->subject.table;
    uint32_t addr = TABLE_AT(t, m->first_row, orig);
    struct err err = ERR_INIT;
    if (cmd == CMD_OPEN)
        return view_push(app, rows_view_of_observation(app, v->subject, m->obs, &err), &err);
    if (addr == ADDR_MISSING) {
        app_say(app, "it has no address");
        return VIEW_REDRAW;
    }
    if (cmd == CMD_COPY) {
        app_copy(app, table_addr_text(t, addr), "the source");
        return VIEW_REDRAW;
    }
    return view_push(app, address_view_new(app, v->subject, addr, &err), &err);
}

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct members_view *v = (struct members_view *)view;
    if (cmd == CMD_BACK)
        return VIEW_NOT_MINE;
    if (!v->here || v->members.n == 0) {
        if (cmd == CMD_OPEN && v->trouble.code == ERR_CANCELLED)
            v->trouble = (struct err)ERR_INIT; /* counted again when drawn */
        return VIEW_REDRAW;
    }
    if (viewport_command(&v->port, cmd))
        return VIEW_REDRAW;
    switch (cmd) {
    case CMD_OPEN:
    case CMD_ADDRESS:
    case CMD_COPY:
        return on_member(v, app, cmd);
    case CMD_FIND:
        app_ask(app, view, "find: ", "", ASK_FIND, found);
        return VIEW_REDRAW;
    case CMD_FIND_NEXT:
    case CMD_FIND_PREVIOUS:
        find(v, app, cmd == CMD_FIND_NEXT ? 1 : -1, false);
        return VIEW_REDRAW;
    case CMD_ESCAPE:
        buf_clear(&v->needle);
        return VIEW_REDRAW;
    case CMD_LEFT:
    case CMD_RIGHT:
        return VIEW_NOTHING;
    default:
        return VIEW_NOT_MINE;
    }
}

/* ---- the view ---- */

static bool waits(const struct view *view, enum command cmd)
{
    const struct members_view *v = (const struct members_view *)view;
    (void)cmd;
    return v->trouble.code == ERR_OK && !v->here;
}

static void crumb(const struct view *view, const struct app *app, struct buf *out)
{
    const struct members_view *v = (const struct members_view *)view;
    uint64_t n = v->subject.clustering->profile[v->cluster - 1].observations;
    char number[32];
    (void)app;
    buf_printf(out, "%u (%s)", v->cluster,
               number_of(n, unit_of(v) == UNIT_HOST ? "host" : "pair", number, sizeof number));
}

static void keep(const struct view *view, struct app *app, struct session *out)
{
    const struct members_view *v = (const struct members_view *)view;
    (void)app;
    session_add(out, "view", span_of("members"));
    cluster_keep(out, v->subject.clustering, v->cluster);
}

static const char *hint(const struct view *view, const struct app *app)
{
    (void)view;
    (void)app;
    return "Enter shows its connections; a opens the card of its source";
}

static void close_members(struct view *view, struct app *app)
{
    struct members_view *v = (struct members_view *)view;
    (void)app;
    members_release(&v->members);
    buf_release(&v->needle);
    subject_unref(v->subject);
    mem_free(v);
}

static const struct view_ops ops = {
    .name = "members",
    .where = IN_MEMBERS,
    .waits = waits,
    .close = close_members,
    .draw = draw,
    .command = command,
    .crumb = crumb,
    .keep = keep,
    .hint = hint,
};

struct view *members_view_resume(struct app *app, const struct resumed *r, struct err *err)
{
    uint32_t number = cluster_resumed(r);
    if (number == 0 || r->subject.clustering->recipe.unit == UNIT_CONNECTION)
        return NULL;
    return members_view_new(app, r->subject, number, err);
}

struct view *members_view_new(struct app *app, struct subject s, uint32_t cluster, struct err *err)
{
    struct members_view *v = mem_zalloc(1, sizeof *v);
    (void)app;
    if (v == NULL) {
        (void)err_memory(err, "the members of the cluster");
        return NULL;
    }
    v->head.ops = &ops;
    v->cluster = cluster;
    v->subject = subject_ref(s);
    return &v->head;
}
