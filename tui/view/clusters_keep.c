/* The clusters in a session: by what, in which order, which one; and zooms. */
#include "tui/model/resume.h"
#include "tui/view/clusters.h"

static const char *const orders[] = {"recipe", "suspicion", "size"};

void clusters_keep(const struct view *view, struct app *app, struct session *out)
{
    const struct clusters_view *v = (const struct clusters_view *)view;
    const struct clustering *c = clusters_shown(v, app);
    uint32_t number = clusters_selected(v);
    if (v->outer == NULL) {
        session_add(out, "view", span_of("clusters"));
    } else {
        session_add(out, "view", span_of("zoom"));
        cluster_keep(out, v->before_result, v->zoomed);
    }
    hypothesis_keep(v->inner != NULL ? &v->inner->before : app_hypothesis(app), out);
    session_add(out, "order", span_of(orders[v->order]));
    if (c != NULL && number > 0 && number <= c->k) {
        session_printf(out, "here", "%u", number);
        session_printf(out, "here-rows", "%llu", (unsigned long long)c->profile[number - 1].rows);
    }
}

void clusters_view_resume(struct view *view, struct app *app, const struct resumed *r)
{
    struct clusters_view *v = (struct clusters_view *)view;
    const struct clustering *c = r->subject.clustering;
    uint64_t number, rows;
    (void)app;
    for (unsigned i = 0; i < ARRAY_LEN(orders); i++)
        if (session_is(r->part, "order", orders[i]))
            v->order = (enum line_order)i;
    clusters_arrange(v, c);
    if (session_number(r->part, "here", c->k, &number) && number > 0 &&
        session_number(r->part, "here-rows", UINT64_MAX, &rows) &&
        c->profile[number - 1].rows == rows)
        clusters_select(v, (uint32_t)number);
    v->detail = clusters_selected(v);
    v->generation = engine_generation(app_engine(app));
}

/* Of what was excluded outside, the clusters that the part leaves out, too, stay; those of the part that are
 * not among them were found inside, and are not found again. */
static void forget_others(struct hypothesis *h, struct session_part part, struct notices *notices)
{
    struct left_out x;
    size_t n = resume_n_left_out(part);
    bool kept[HYPOTHESIS_MAX_EXCLUDED] = {false};
    for (size_t i = h->n_excluded; i-- > 0;) {
        const struct exclusion *e = &h->excluded[i];
        bool stays = false;
        for (size_t k = 0; k < n && k < ARRAY_LEN(kept) && e->of != NULL && !stays; k++) {
            stays = !kept[k] && resume_left_out(&x, part, k) && x.number == e->number &&
                    x.rows == e->of->profile[e->number - 1].rows;
            kept[k] = kept[k] || stays;
        }
        if (!stays)
            hypothesis_include(h, i);
    }
    for (size_t k = 0; k < n && k < ARRAY_LEN(kept); k++) {
        if (kept[k])
            continue;
        (void)resume_left_out(&x, part, k);
        notices_add(notices, "%.*s was excluded by its rows, which are back", (int)x.text.len,
                    x.text.ptr);
    }
}

bool clusters_view_resume_zoom(struct view *view, struct app *app, const struct resumed *r)
{
    struct clusters_view *v = (struct clusters_view *)view;
    uint32_t number = cluster_resumed(r);
    struct notices notices = {.n = 0};
    struct err err = ERR_INIT;
    struct hypothesis *h;
    struct recipe recipe;
    if (number == 0)
        return false;
    clusters_select(v, number);
    (void)explore_zoom(v, app);
    if (v->inner == NULL)
        return false;
    h = app_hypothesis(app);
    if (resume_recipe(&recipe, r->part, &err) == 0) {
        recipe_release(&h->recipe);
        h->recipe = recipe;
    }
    forget_others(h, r->part, &notices);
    resume_excluded(h, r->part, &notices);
    if (notices.n > 0)
        app_warn(app, "%s", notices.text[0]);
    notices_release(&notices);
    return app_cluster(app);
}
