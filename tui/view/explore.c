/* Following an idea from the clusters screen: looking into one cluster, leaving things out.
 *
 * DESIGN
 * 1. A zoom is a clusters view on top of another. It takes the hypothesis and the result that were
 *    there, and closing it puts both back, so that going back costs nothing. Only verdicts that
 *    came meanwhile are counted again.
 * 2. What can be excluded is listed for a result and a cluster of it; the list keeps that result,
 *    whatever arrives meanwhile. */
#include "tui/view/clusters.h"

#include "core/base/mem.h"
#include "core/base/number.h"
#include "tui/view/opinion.h"

/* The result that is shown, when nothing else runs; else NULL, and said. */
static const struct clustering *settled(struct app *app)
{
    const struct clustering *c = engine_clustering(app_engine(app));
    if (engine_state(app_engine(app)) == ENGINE_READY)
        return c;
    app_warn(app,
             c == NULL ? "there are no clusters yet" : "not while a job runs; Ctrl-C stops it");
    return NULL;
}

/* ---- zoom ---- */

unsigned explore_zoom(struct clusters_view *v, struct app *app)
{
    const struct clustering *c = settled(app);
    uint32_t number = clusters_selected(v);
    struct hypothesis inside;
    struct clusters_view *inner;
    struct err err = ERR_INIT;
    if (c == NULL || number == 0)
        return VIEW_REDRAW;
    inner = clusters_view_new(&err);
    if (inner == NULL || hypothesis_zoom(&inside, app_hypothesis(app), c, number, &err) != 0) {
        mem_free(inner);
        app_fail(app, &err);
        return VIEW_REDRAW;
    }
    clusters_remember(v, c);
    inner->scale = v->scale;
    inner->order = v->order;
    inner->outer = v;
    inner->before = *app_hypothesis(app);
    inner->before_result = clustering_ref(c);
    inner->zoomed = number;
    *app_hypothesis(app) = inside;
    v->inner = inner;
    app_push(app, &inner->head);
    app_show(app, NULL);
    (void)app_cluster(app);
    return VIEW_REDRAW;
}

void explore_close(struct clusters_view *v, struct app *app)
{
    clustering_unref(v->about);
    if (v->outer == NULL)
        return;
    v->outer->inner = NULL;
    hypothesis_release(app_hypothesis(app));
    *app_hypothesis(app) = v->before;
    app_show(app, v->before_result);
    clustering_unref(v->before_result);
    opinion_catch_up(app);
}

/* ---- exclude ---- */

static unsigned excluded(struct view *view, struct app *app, unsigned id)
{
    struct clusters_view *v = (struct clusters_view *)view;
    struct hypothesis *h = app_hypothesis(app);
    struct err err = ERR_INIT;
    clusters_remember(v, engine_clustering(app_engine(app)));
    if (id >= N_EXCLUDES) {
        hypothesis_include(h, id - N_EXCLUDES);
    } else if (hypothesis_exclude(h, v->about, engine_table(app_engine(app)), v->about_number,
                                  (enum exclude)id, &err) != 0) {
        app_fail(app, &err);
        return VIEW_REDRAW;
    }
    (void)app_cluster(app);
    return VIEW_REDRAW;
}

static int add_excludable(struct view *list, const struct clusters_view *v, const struct table *t,
                          enum exclude what, struct err *err)
{
    static const char *const lacking[] = {"", "no protocols in this log", "no sources in this log",
                                          "no pairs in this log"};
    const struct profile *p = &v->about->profile[v->about_number - 1];
    struct buf text = BUF_INIT;
    char note[32] = "", number[32];
    double share;
    int rc;
    if (!exclude_text(v->about, t, v->about_number, what, &text, &share)) {
        buf_add_text(&text, lacking[what]);
    } else if (what == EXCLUDE_CLUSTER) {
        (void)snprintf(note, sizeof note, "%s", number_of(p->rows, "row", number, sizeof number));
    } else {
        (void)snprintf(note, sizeof note, "%s of its rows",
                       number_share(share, number, sizeof number));
    }
    rc = text.failed ? err_memory(err, "what can be excluded")
                     : choice_view_add(list, what, "leave out", buf_span(&text), note, err);
    buf_release(&text);
    return rc;
}

/* Whether both are of the same run; verdicts that come make no other. */
static bool same_run(const struct clustering *a, const struct clustering *b)
{
    return b != NULL && (a->base == NULL ? a : a->base) == (b->base == NULL ? b : b->base);
}

/* A cluster has the number that it had in its own run, as others have in this one: what it was is said, too. */
static int add_excluded(struct view *list, const struct clusters_view *v, unsigned id,
                        const struct exclusion *x, struct err *err)
{
    struct buf text = BUF_INIT;
    char note[32] = "", number[32];
    int rc;
    buf_add_text(&text, x->text);
    if (x->of != NULL) {
        const struct profile *p = &x->of->profile[x->number - 1];
        buf_printf(&text, "%s: %s", same_run(x->of, v->about) ? "" : " of an earlier run", p->why);
        (void)snprintf(note, sizeof note, "%s", number_of(p->rows, "row", number, sizeof number));
    }
    rc = text.failed ? err_memory(err, "what can be taken back")
                     : choice_view_add(list, id, "take back", buf_span(&text), note, err);
    buf_release(&text);
    return rc;
}

static int fill(struct view *list, const struct clusters_view *v, struct app *app, struct err *err)
{
    const struct hypothesis *h = app_hypothesis(app);
    for (int what = 0; v->about != NULL && what < N_EXCLUDES; what++) {
        if (add_excludable(list, v, engine_table(app_engine(app)), (enum exclude)what, err) != 0)
            return -1;
    }
    for (size_t i = 0; i < h->n_excluded; i++) {
        if (add_excluded(list, v, N_EXCLUDES + (unsigned)i, &h->excluded[i], err) != 0)
            return -1;
    }
    return 0;
}

unsigned explore_exclude(struct clusters_view *v, struct app *app)
{
    const struct clustering *c = engine_clustering(app_engine(app));
    struct err err = ERR_INIT;
    struct view *list;
    clustering_unref(v->about);
    v->about_number = clusters_selected(v);
    v->about = c != NULL && v->about_number > 0 ? clustering_ref(c) : NULL;
    if (v->about == NULL && app_hypothesis(app)->n_excluded == 0) {
        app_say(app, "there is nothing to exclude yet");
        return VIEW_REDRAW;
    }
    list = choice_view_new(&v->head, "exclude, and run again", excluded, &err);
    if (list != NULL && fill(list, v, app, &err) != 0) {
        list->ops->close(list, app);
        list = NULL;
    }
    return view_push(app, list, &err);
}
