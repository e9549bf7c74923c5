/* What other numbers of clusters would give: a hint, which Enter follows. */
#include "tui/view/views.h"

#include "core/base/mem.h"
#include "core/base/number.h"
#include "tui/model/viewport.h"
#include "tui/model/words.h"

#define RUNS      5
#define NOT_ASKED UINT64_MAX

struct ladder_view {
    struct view head;
    struct viewport port;
    uint64_t asked; /* generation that the job was started for; NOT_ASKED none */
    bool placed;    /* the selection stands on this run's k */
};

/* What is known, or NULL while it is not. */
static const struct trust *known(const struct app *app)
{
    const struct trust *trust = engine_trusted(app_engine(app));
    return trust != NULL && trust->n_rungs > 0 ? trust : NULL;
}

/* Starts measuring, as soon as nothing else runs; once for each result. */
static void ask(struct ladder_view *v, struct app *app)
{
    struct engine *e = app_engine(app);
    struct err err = ERR_INIT;
    if (v->asked != engine_generation(e) && known(app) == NULL && engine_state(e) == ENGINE_READY &&
        engine_trust(e, RUNS, true, &err) == 0)
        v->asked = engine_generation(e);
}

/* Whether measuring this result has ended without an answer. */
static bool stopped(const struct ladder_view *v, const struct app *app)
{
    const struct engine *e = app_engine(app);
    return known(app) == NULL && v->asked == engine_generation(e) && !engine_measures_ladder(e);
}

/* Puts the selection on this run's k once, whether a frame or a key comes first. */
static void place(struct ladder_view *v, const struct trust *trust, const struct clustering *c)
{
    if (v->placed)
        return;
    viewport_resize(&v->port, trust->n_rungs, v->port.height);
    for (uint32_t i = 0; i < trust->n_rungs; i++)
        if (trust->rung[i].k == c->k)
            viewport_to(&v->port, i);
    v->placed = true;
}

/* ---- drawing ---- */

static void draw_rung(struct area a, int row, const struct rung *r, bool now, bool selected)
{
    unsigned on = view_mark(a, row, selected);
    char text[40], number[32];
    (void)snprintf(text, sizeof text, "%u", r->k);
    (void)draw_right(a, row, 6, LOOK_STRONG | on, text);
    (void)snprintf(text, sizeof text, "%.6g", r->inertia);
    (void)draw_right(a, row, 20, LOOK_NUMBER | on, text);
    (void)draw_right(a, row, 32, LOOK_NUMBER | on,
                     number_grouped(r->smallest, number, sizeof number));
    (void)snprintf(text, sizeof text, "%u of %u", r->reformed, r->k);
    (void)draw_right(a, row, 46, LOOK_NUMBER | on, text);
    if (now)
        (void)draw_text(a, row, 49, LOOK_DIM | on, "now");
}

static void draw(struct view *view, struct app *app, struct area a)
{
    struct ladder_view *v = (struct ladder_view *)view;
    struct area list = area_rows(a, 3, a.rows - 3);
    const struct clustering *c = engine_clustering(app_engine(app));
    const struct trust *trust;
    struct span said =
        span_of("Lower inertia is tighter; clusters that form again from another seed "
                "are less by chance.");
    ask(v, app);
    trust = known(app);
    for (int row = 0; row < 2 && said.len > 0; row++) {
        struct span line = wrap_take(&said, a.cols - 2, true);
        (void)draw_untrusted(a, row, 1, a.cols - 2, LOOK_DIM, line, CUT_END);
    }
    if (trust == NULL || c == NULL) {
        if (stopped(v, app))
            (void)draw_text(a, 2, 1, LOOK_DIM, "stopped; Enter clusters with other k again");
        else
            (void)draw_text(a, 2, 1, LOOK_STATUS_WORK, "clustering with other k ...");
        return;
    }
    viewport_resize(&v->port, trust->n_rungs, list.rows > 0 ? (uint64_t)list.rows : 0);
    app_spot_lines(app, list, &v->port);
    place(v, trust, c);
    (void)draw_right(a, 2, 6, LOOK_HEADING, "k");
    (void)draw_right(a, 2, 20, LOOK_HEADING, "inertia");
    (void)draw_right(a, 2, 32, LOOK_HEADING, "smallest");
    (void)draw_right(a, 2, 46, LOOK_HEADING, "form again");
    for (uint64_t i = 0; i < viewport_shown(&v->port); i++) {
        uint64_t at = v->port.top + i;
        draw_rung(list, (int)i, &trust->rung[at], trust->rung[at].k == c->k, at == v->port.sel);
    }
}

/* ---- keys ---- */

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct ladder_view *v = (struct ladder_view *)view;
    const struct trust *trust = known(app);
    if (trust != NULL)
        place(v, trust, engine_clustering(app_engine(app)));
    if (trust != NULL && viewport_command(&v->port, cmd))
        return VIEW_REDRAW;
    if (cmd == CMD_BACK)
        return VIEW_NOT_MINE;
    if (cmd == CMD_OPEN && stopped(v, app)) {
        v->asked = NOT_ASKED; /* measured again when drawn */
        return VIEW_REDRAW;
    }
    if (cmd == CMD_OPEN && trust != NULL && v->port.sel < trust->n_rungs) {
        app_recipe(app)->k = trust->rung[v->port.sel].k;
        (void)app_cluster(app);
        return VIEW_CLOSE;
    }
    return VIEW_NOTHING;
}

static unsigned notify(struct view *view, struct app *app)
{
    ask((struct ladder_view *)view, app);
    return VIEW_REDRAW;
}

/* ---- the view ---- */

static void crumb(const struct view *view, const struct app *app, struct buf *out)
{
    (void)view;
    (void)app;
    buf_add_text(out, "other k");
}

static const char *hint(const struct view *view, const struct app *app)
{
    (void)view;
    return known(app) == NULL ? NULL : "Enter runs again with this k; q keeps what is";
}

static void close_ladder(struct view *view, struct app *app)
{
    (void)app;
    mem_free(view);
}

static const struct view_ops ops = {
    .name = "other k",
    .where = IN_LADDER,
    .close = close_ladder,
    .draw = draw,
    .command = command,
    .notify = notify,
    .crumb = crumb,
    .hint = hint,
};

struct view *ladder_view_new(struct err *err)
{
    struct ladder_view *v = mem_zalloc(1, sizeof *v);
    if (v == NULL) {
        (void)err_memory(err, "the list of k");
        return NULL;
    }
    v->head.ops = &ops;
    v->asked = NOT_ASKED;
    return &v->head;
}
