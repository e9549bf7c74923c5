/* Calling what stands out benign or suspect: `b` on the clusters screen. The verdict goes to the
 * analyst's file and to the clusters at once; their numbers stay until the next run.
 *
 * DESIGN
 * 1. The list is about one cluster of one result, which the view keeps meanwhile.
 * 2. Writing the file and counting the rows are one view job. Its verdicts become the application's
 *    when both went well: what the screen says is then also what the file says.
 * 3. Whatever is shown when the job ends heeds the application's verdicts: the clusters that the job
 *    was about, or, when others came meanwhile, those; a fit that runs begins again. So does a
 *    result that a zoom gives back. */
#include "tui/view/clusters.h"

#include "core/base/config.h"
#include "core/base/mem.h"
#include "core/base/number.h"
#include "core/export/verdict_file.h"

enum target { TARGET_PAIR, TARGET_SOURCE, TARGET_RESPONDER, N_TARGETS };
#define TAKE_BACK (2u * N_TARGETS) /* behind the lines of both verdicts */

/* A line that was noted, with what it takes to take it back. */
struct note {
    struct verdict_line line;
    char path[4096];
    char comment[sizeof((struct profile *)0)->why];
    const struct verdicts *before, *after; /* references; before may be NULL */
};

void opinion_forget(struct clusters_view *v)
{
    if (v->noted == NULL)
        return;
    verdicts_unref(v->noted->before);
    verdicts_unref(v->noted->after);
    mem_free(v->noted);
    v->noted = NULL;
}

/* ---- the job ---- */

struct opinion {
    struct app *app;
    struct view *view;         /* that asked */
    const struct table *table; /* references */
    const struct clustering *clustering;
    const struct verdicts *verdicts; /* before, may be NULL */
    enum { HEEDING, NOTING, TAKING_BACK } work;
    struct note note; /* NOTING, TAKING_BACK */
    const struct verdicts *new_verdicts;
    const struct clustering *new_clustering;
};

static void opinion_free(struct opinion *o)
{
    table_unref(o->table);
    clustering_unref(o->clustering);
    verdicts_unref(o->verdicts);
    verdicts_unref(o->new_verdicts);
    clustering_unref(o->new_clustering);
    verdicts_unref(o->note.before);
    mem_free(o);
}

/* A line's number and what verdicts say mean nothing in a file that outlives this run. */
static void cut_tail(char *why)
{
    static const char *const tail[] = {"; verdicts: ", " (as "};
    for (size_t i = 0; i < ARRAY_LEN(tail); i++) {
        char *at = strstr(why, tail[i]);
        if (at != NULL)
            *at = '\0';
    }
}

static int run(void *ctx, struct job *job, struct err *err)
{
    struct opinion *o = ctx;
    if (o->work == HEEDING)
        o->new_verdicts = verdicts_ref(o->verdicts);
    else if (o->work == TAKING_BACK)
        o->new_verdicts = verdicts_ref(o->note.before);
    else if ((o->new_verdicts = verdicts_add(o->verdicts, &o->note.line, 1, err)) == NULL)
        return -1;
    o->new_clustering = clustering_heed(o->clustering, o->table, o->new_verdicts, job, err);
    if (o->new_clustering == NULL)
        return -1;
    if (o->work == HEEDING)
        return 0;
    if (o->work == TAKING_BACK)
        return verdict_file_take_back(o->note.path, o->note.comment, &o->note.line, 1, job, err);
    if (config_make_folders(o->note.path) != 0)
        return err_errno(err, o->note.path, "cannot make its folder");
    return verdict_file_append(o->note.path, o->note.comment, &o->note.line, 1, job, err);
}

/* Makes the job's verdicts the application's; with those that another job brought since it began. */
static int take_verdicts(struct opinion *o, struct err *err)
{
    const struct verdicts *now = app_verdicts(o->app);
    if (o->work == NOTING && now != o->verdicts) {
        verdicts_unref(o->new_verdicts);
        o->new_verdicts = verdicts_add(now, &o->note.line, 1, err);
        if (o->new_verdicts == NULL)
            return -1;
    }
    if (o->work != HEEDING)
        app_set_verdicts(o->app, o->new_verdicts);
    return 0;
}

static void show(struct opinion *o)
{
    const struct engine *e = app_engine(o->app);
    if (engine_state(e) == ENGINE_CLUSTERING)
        (void)app_cluster(o->app);
    else if (engine_clustering(e) == o->clustering &&
             verdict_map_of(o->new_clustering->verdicts) == app_verdicts(o->app))
        app_show(o->app, o->new_clustering);
    else
        opinion_catch_up(o->app);
}

/* What was noted can be taken back from the view that noted it, as long as nothing else was. */
static void keep_note(struct opinion *o)
{
    struct clusters_view *v = (struct clusters_view *)o->view;
    if (!app_has_view(o->app, o->view) || o->view->ops != &view_clusters)
        return;
    opinion_forget(v);
    if (o->work != NOTING)
        return;
    v->noted = mem_zalloc(1, sizeof *v->noted);
    if (v->noted == NULL)
        return; /* then it cannot be taken back here */
    *v->noted = o->note;
    v->noted->before = verdicts_ref(o->verdicts);
    v->noted->after = verdicts_ref(o->new_verdicts);
}

static void finish(void *ctx, int rc, const struct err *err)
{
    struct opinion *o = ctx;
    struct err trouble = *err;
    if (rc == 0)
        rc = take_verdicts(o, &trouble);
    if (rc == 0)
        show(o);
    if (rc == 0 && o->work != HEEDING)
        keep_note(o);
    if (rc == 0 && o->work == NOTING)
        app_say(o->app, "noted in %s; r sorts it in, -b heeds it by --verdicts", o->note.path);
    else if (rc == 0 && o->work == TAKING_BACK)
        app_say(o->app, "taken back from %s", o->note.path);
    else if (rc != 0 && trouble.code == ERR_CANCELLED)
        app_warn(o->app, o->work == HEEDING
                             ? "stopped: new verdicts are not counted here; r runs again"
                             : "stopped: the verdicts are as they were");
    else if (rc != 0)
        app_fail(o->app, &trouble);
    app_redraw(o->app);
    opinion_free(o);
}

/* A job about the clusters; NULL on memory, which is said. */
static struct opinion *new_opinion(struct app *app, const struct clustering *c)
{
    struct opinion *o = mem_zalloc(1, sizeof *o);
    struct err err = ERR_INIT;
    if (o == NULL) {
        (void)err_memory(&err, "the verdict");
        app_fail(app, &err);
        return NULL;
    }
    o->app = app;
    o->table = table_ref(engine_table(app_engine(app)));
    o->clustering = clustering_ref(c);
    o->verdicts = verdicts_ref(app_verdicts(app));
    return o;
}

void opinion_catch_up(struct app *app)
{
    const struct clustering *c = engine_clustering(app_engine(app));
    struct opinion *o;
    if (c == NULL || verdict_map_of(c->verdicts) == app_verdicts(app))
        return;
    o = new_opinion(app, c);
    if (o != NULL && !app_job(app, &(struct view_job){run, finish, o}))
        opinion_free(o);
}

/* ---- choosing ---- */

static bool line_of(struct verdict_line *out, enum verdict verdict, enum target target,
                    const struct clusters_view *v, const struct table *t)
{
    const struct profile *p = &v->about->profile[v->about_number - 1];
    const struct top_pair *pair = &p->pair[0];
    switch (target) {
    case TARGET_PAIR:
        return p->n_pair_tops > 0 && verdict_line_of_pair(out, verdict, t, pair->orig, pair->resp,
                                                          pair->resp_p, pair->proto);
    case TARGET_SOURCE:
        return p->orig.n > 0 && verdict_line_of_addr(out, verdict, t, p->orig.item[0].key);
    default:
        return p->resp.n > 0 && verdict_line_of_addr(out, verdict, t, p->resp.item[0].key);
    }
}

static uint64_t rows_of(const struct profile *p, enum target target)
{
    return target == TARGET_PAIR     ? p->pair[0].rows
           : target == TARGET_SOURCE ? p->orig.item[0].rows
                                     : p->resp.item[0].rows;
}

/* Where it is written: the file of --verdicts, else the user's own. */
static bool path_of(struct app *app, char *out, size_t size)
{
    const struct verdicts *v = app_verdicts(app);
    const char *path = v == NULL ? "" : verdicts_path(v);
    if (path[0] == '\0')
        return config_path("verdicts", out, size);
    return snprintf(out, size, "%s", path) < (int)size;
}

static unsigned take_back(struct clusters_view *v, struct app *app)
{
    const struct clustering *c = engine_clustering(app_engine(app));
    struct opinion *o = v->noted == NULL || c == NULL ? NULL : new_opinion(app, c);
    if (o == NULL)
        return VIEW_REDRAW;
    o->view = &v->head;
    o->work = TAKING_BACK;
    o->note = *v->noted;
    o->note.before = verdicts_ref(v->noted->before);
    o->note.after = NULL;
    if (!app_job(app, &(struct view_job){run, finish, o}))
        opinion_free(o);
    return VIEW_REDRAW;
}

static unsigned chosen(struct view *view, struct app *app, unsigned id)
{
    struct clusters_view *v = (struct clusters_view *)view;
    const struct table *t = engine_table(app_engine(app));
    enum verdict verdict = id < N_TARGETS ? VERDICT_BENIGN : VERDICT_SUSPECT;
    struct opinion *o;
    if (id == TAKE_BACK)
        return take_back(v, app);
    o = new_opinion(app, v->about);
    if (o == NULL)
        return VIEW_REDRAW;
    o->view = view;
    o->work = NOTING;
    (void)snprintf(o->note.comment, sizeof o->note.comment, "%s",
                   v->about->profile[v->about_number - 1].why);
    cut_tail(o->note.comment);
    if (!line_of(&o->note.line, verdict, (enum target)(id % N_TARGETS), v, t))
        app_warn(app, "no line of a verdict file can say that");
    else if (!path_of(app, o->note.path, sizeof o->note.path))
        app_warn(app, "there is no place to note it: neither XDG_CONFIG_HOME nor HOME is set");
    else if (app_job(app, &(struct view_job){run, finish, o}))
        return VIEW_REDRAW;
    opinion_free(o);
    return VIEW_REDRAW;
}

static int add_line(struct view *list, const struct clusters_view *v, const struct table *t,
                    enum verdict verdict, enum target target, struct err *err)
{
    const struct profile *p = &v->about->profile[v->about_number - 1];
    struct verdict_line line;
    struct buf text = BUF_INIT;
    char note[32], share[16];
    int rc;
    if (!line_of(&line, verdict, target, v, t))
        return 0;
    verdict_line_write(&line, &text);
    text.len -= text.len > 0; /* its LF */
    (void)snprintf(note, sizeof note, "%s of its rows",
                   number_share((double)rows_of(p, target) / (double)p->rows, share, sizeof share));
    rc = text.failed ? err_memory(err, "what can be said")
                     : choice_view_add(list, (verdict == VERDICT_BENIGN ? 0 : N_TARGETS) + target,
                                       "note", span_trim(buf_span(&text)), note, err);
    buf_release(&text);
    return rc;
}

/* The line that was noted last can be taken back while its verdicts still are those that count. */
static int add_take_back(struct view *list, const struct clusters_view *v, struct app *app,
                         struct err *err)
{
    struct buf text = BUF_INIT;
    int rc;
    if (v->noted == NULL || v->noted->after != app_verdicts(app))
        return 0;
    verdict_line_write(&v->noted->line, &text);
    text.len -= text.len > 0; /* its LF */
    rc = text.failed ? err_memory(err, "what can be said")
                     : choice_view_add(list, TAKE_BACK, "take back", span_trim(buf_span(&text)),
                                       "noted last", err);
    buf_release(&text);
    return rc;
}

/* What a cluster is about comes first: its pair, unless its source or its target has more rows. */
static void order_targets(enum target order[N_TARGETS], const struct profile *p)
{
    for (int i = 0; i < N_TARGETS; i++) {
        int at = i;
        for (; at > 0 && rows_of(p, order[at - 1]) < rows_of(p, (enum target)i); at--)
            order[at] = order[at - 1];
        order[at] = (enum target)i;
    }
}

static int fill(struct view *list, const struct clusters_view *v, struct app *app, struct err *err)
{
    const struct table *t = engine_table(app_engine(app));
    enum target order[N_TARGETS];
    order_targets(order, &v->about->profile[v->about_number - 1]);
    for (int i = 0; i < 2 * N_TARGETS; i++) {
        enum verdict verdict = i < N_TARGETS ? VERDICT_BENIGN : VERDICT_SUSPECT;
        if (add_line(list, v, t, verdict, order[i % N_TARGETS], err) != 0)
            return -1;
    }
    return add_take_back(list, v, app, err);
}

unsigned opinion_ask(struct clusters_view *v, struct app *app)
{
    const struct clustering *c = engine_clustering(app_engine(app));
    struct err err = ERR_INIT;
    struct view *list;
    uint32_t number = clusters_selected(v);
    if (c == NULL || number == 0) {
        app_say(app, "there is no cluster to judge yet");
        return VIEW_REDRAW;
    }
    clustering_unref(v->about);
    v->about = clustering_ref(c);
    v->about_number = number;
    list = choice_view_new(&v->head, "benign or suspect", chosen, &err);
    if (list != NULL && fill(list, v, app, &err) != 0) {
        list->ops->close(list, app);
        list = NULL;
    }
    return view_push(app, list, &err);
}
