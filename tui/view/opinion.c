/* Calling what stands out benign or suspect: `b` on the clusters, on rows and on an address's card. The
 * verdict goes to the analyst's file and to the clusters at once; their numbers stay until the next
 * run.
 *
 * DESIGN
 * 1. What can be said is told apart when the list opens, and kept here meanwhile: the list is on top
 *    of the view that it is about, so there is one.
 * 2. What is less than a twentieth of a cluster is not offered, unless nothing is more: a verdict on
 *    it would not be one on the cluster. Of what is suspicious, or of what nobody has judged yet, the
 *    selection begins at `suspect`: Enter by reflex then hides nothing. There it begins at what is told
 *    most narrowly, the pair, then the source: a machine that is called may be half of the log.
 * 3. Writing the file and counting the rows are one view job. Its verdicts become the application's
 *    when both went well: what the screen says is then also what the file says.
 * 4. Whatever is shown when the job ends heeds the application's verdicts: the clusters that the job
 *    was about, or, when others came meanwhile, those; a fit that runs begins again. So does a
 *    result that a zoom gives back. */
#include "tui/view/opinion.h"

#include "core/base/config.h"
#include "core/base/mem.h"
#include "core/base/number.h"
#include "core/export/verdict_file.h"
#include "tui/view/clusters.h"

#define THINGS    3
#define TAKE_BACK (2u * THINGS) /* behind the lines of both verdicts */

/* A line that was noted, with what it takes to take it back. */
struct note {
    struct verdict_line line;
    char path[4096];
    char comment[sizeof((struct profile *)0)->why]; /* "": none */
    const struct verdicts *before, *after;          /* references; before may be NULL */
};

struct thing {
    struct verdict_line line; /* as benign */
    char note[32];            /* behind it in the list */
};

struct opinions {
    struct thing thing[THINGS]; /* the biggest first */
    unsigned n;
    unsigned start; /* the thing that the selection begins at, of what is suspicious */
    bool suspicious;
    char comment[sizeof((struct profile *)0)->why];
    struct note *noted; /* last, to be taken back; owned, or NULL */
    unsigned changes;   /* of `noted` */
    unsigned offered;   /* the changes when the list opened: it is about what was noted then */
};

/* Those of the application, made when first asked for; NULL on memory. */
static struct opinions *opinions(struct app *app)
{
    struct opinions **o = app_opinions(app);
    if (*o == NULL)
        *o = mem_zalloc(1, sizeof **o);
    return *o;
}

static void forget(struct opinions *o)
{
    if (o->noted == NULL)
        return;
    verdicts_unref(o->noted->before);
    verdicts_unref(o->noted->after);
    mem_free(o->noted);
    o->noted = NULL;
}

void opinions_free(struct opinions *o)
{
    if (o != NULL)
        forget(o);
    mem_free(o);
}

/* ---- the job ---- */

struct opinion {
    struct app *app;
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
    const char *comment = o->note.comment[0] == '\0' ? NULL : o->note.comment;
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
        return verdict_file_take_back(o->note.path, comment, &o->note.line, 1, job, err);
    if (config_make_folders(o->note.path) != 0)
        return err_errno(err, o->note.path, "cannot make its folder");
    return verdict_file_append(o->note.path, comment, &o->note.line, 1, job, err);
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

/* What was noted can be taken back as long as nothing else was noted. */
static void keep_note(struct opinion *o)
{
    struct opinions *all = opinions(o->app);
    if (all == NULL)
        return; /* then it cannot be taken back here */
    forget(all);
    all->changes++;
    if (o->work != NOTING || (all->noted = mem_zalloc(1, sizeof *all->noted)) == NULL)
        return;
    *all->noted = o->note;
    all->noted->before = verdicts_ref(o->verdicts);
    all->noted->after = verdicts_ref(o->new_verdicts);
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
        app_say(o->app, "noted in %s; r on the chart sorts it in, -b heeds it by --verdicts",
                o->note.path);
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

/* Where it is written: the file of --verdicts, else the user's own. */
static bool path_of(struct app *app, char *out, size_t size)
{
    const struct verdicts *v = app_verdicts(app);
    const char *path = v == NULL ? "" : verdicts_path(v);
    if (path[0] == '\0')
        return config_path("verdicts", out, size);
    return snprintf(out, size, "%s", path) < (int)size;
}

static void take_back(struct opinion *o, const struct note *noted)
{
    o->work = TAKING_BACK;
    o->note = *noted;
    o->note.before = verdicts_ref(noted->before);
    o->note.after = NULL;
}

static void note(struct opinion *o, const struct opinions *all, unsigned id)
{
    o->work = NOTING;
    o->note.line = all->thing[id % THINGS].line;
    o->note.line.verdict = id < THINGS ? VERDICT_BENIGN : VERDICT_SUSPECT;
    memcpy(o->note.comment, all->comment, sizeof o->note.comment);
}

static unsigned chosen(struct view *view, struct app *app, unsigned id)
{
    const struct clustering *c = engine_clustering(app_engine(app));
    const struct opinions *all = opinions(app);
    struct opinion *o;
    (void)view;
    if (id == TAKE_BACK && all != NULL && all->offered != all->changes) {
        app_say(app, "that line is not the one noted last any more: not taken back");
        return VIEW_REDRAW;
    }
    o = c == NULL || all == NULL ? NULL : new_opinion(app, c);
    if (o == NULL)
        return VIEW_REDRAW;
    if (id == TAKE_BACK)
        take_back(o, all->noted);
    else
        note(o, all, id);
    if (id != TAKE_BACK && !path_of(app, o->note.path, sizeof o->note.path))
        app_warn(app, "there is no place to note it: neither XDG_CONFIG_HOME nor HOME is set");
    else if (app_job(app, &(struct view_job){run, finish, o}))
        return VIEW_REDRAW;
    opinion_free(o);
    return VIEW_REDRAW;
}

static int add_line(struct view *list, const struct verdict_line *line, unsigned id,
                    const char *verb, const char *note, struct err *err)
{
    struct buf text = BUF_INIT;
    int rc;
    verdict_line_write(line, &text);
    text.len -= text.len > 0; /* its LF */
    rc = text.failed ? err_memory(err, "what can be said")
                     : choice_view_add(list, id, verb, span_trim(buf_span(&text)), note, err);
    buf_release(&text);
    return rc;
}

static int fill(struct view *list, const struct opinions *all, struct app *app, struct err *err)
{
    static const enum verdict verdict[] = {VERDICT_BENIGN, VERDICT_SUSPECT};
    for (unsigned i = 0; i < ARRAY_LEN(verdict) * all->n; i++) {
        const struct thing *thing = &all->thing[i % all->n];
        struct verdict_line line = thing->line;
        line.verdict = verdict[i / all->n];
        if (add_line(list, &line, i / all->n * THINGS + i % all->n, "note", thing->note, err) != 0)
            return -1;
    }
    if (all->suspicious)
        choice_view_start(list, all->n + (all->start < all->n ? all->start : 0));
    /* The line that was noted last can be taken back while its verdicts still are those that count. */
    if (all->noted == NULL || all->noted->after != app_verdicts(app))
        return 0;
    return add_line(list, &all->noted->line, TAKE_BACK, "take back", "noted last", err);
}

static unsigned ask(struct view *owner, struct app *app, const struct opinions *all)
{
    struct err err = ERR_INIT;
    struct view *list;
    if (engine_clustering(app_engine(app)) == NULL) {
        app_say(app, "there are no clusters yet that could heed it");
        return VIEW_REDRAW;
    }
    if (all->n == 0) {
        app_say(app, "no line of a verdict file can say that");
        return VIEW_REDRAW;
    }
    list = choice_view_new(owner, "benign or suspect", chosen, &err);
    if (list != NULL && fill(list, all, app, &err) != 0) {
        list->ops->close(list, app);
        list = NULL;
    }
    return view_push(app, list, &err);
}

/* ---- what it is about ---- */

/* Begins anew; the comment stands above the line in the file, behind what it is about. NULL on memory,
 * which is said. */
static struct opinions *about(struct app *app, const char *what, const char *comment,
                              bool suspicious)
{
    struct opinions *all = opinions(app);
    struct err err = ERR_INIT;
    if (all == NULL) {
        (void)err_memory(&err, "the verdict");
        app_fail(app, &err);
        return NULL;
    }
    all->n = all->start = 0;
    all->suspicious = suspicious;
    all->offered = all->changes;
    (void)snprintf(all->comment, sizeof all->comment, "%s%s", what, comment);
    cut_tail(all->comment);
    return all;
}

/* The next thing to fill, behind those that are there. */
static struct thing *next_thing(struct opinions *all, const char *note)
{
    struct thing *thing = &all->thing[all->n];
    (void)snprintf(thing->note, sizeof thing->note, "%s", note);
    return thing;
}

static void add_addr(struct opinions *all, const struct table *t, uint32_t addr, const char *note)
{
    all->n += addr != ADDR_MISSING &&
              verdict_line_of_addr(&next_thing(all, note)->line, VERDICT_BENIGN, t, addr);
}

static void add_pair(struct opinions *all, const struct table *t, const struct top_pair *pair,
                     const char *note)
{
    all->n += verdict_line_of_pair(&next_thing(all, note)->line, VERDICT_BENIGN, t, pair->orig,
                                   pair->resp, pair->resp_p, pair->proto);
}

enum target { TARGET_PAIR, TARGET_SOURCE, TARGET_RESPONDER, N_TARGETS };

static uint64_t rows_of(const struct profile *p, enum target target)
{
    const struct top_list *list = target == TARGET_SOURCE ? &p->orig : &p->resp;
    if (target == TARGET_PAIR)
        return p->n_pair_tops == 0 ? 0 : p->pair[0].rows;
    return list->n == 0 ? 0 : list->item[0].rows;
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

static unsigned ask_profile(struct view *owner, struct app *app, const struct table *t,
                            const struct profile *p)
{
    struct opinions *all = about(app, "", p->why, p->suspicion.score >= SUSPICION_SHOWN);
    enum target order[N_TARGETS], narrowest = N_TARGETS;
    order_targets(order, p);
    for (int i = 0; all != NULL && i < N_TARGETS; i++) {
        uint64_t rows = rows_of(p, order[i]);
        char share[16], note[32];
        if (rows == 0 || (all->n > 0 && !profile_tells(p, rows)))
            continue;
        (void)snprintf(note, sizeof note, "%s of its rows",
                       number_share((double)rows / (double)p->rows, share, sizeof share));
        if (order[i] < narrowest) {
            narrowest = order[i];
            all->start = all->n;
        }
        if (order[i] == TARGET_PAIR)
            add_pair(all, t, &p->pair[0], note);
        else
            add_addr(all, t, (order[i] == TARGET_SOURCE ? &p->orig : &p->resp)->item[0].key, note);
    }
    return all == NULL ? VIEW_REDRAW : ask(owner, app, all);
}

unsigned opinion_ask_cluster(struct clusters_view *v, struct app *app)
{
    const struct engine *e = app_engine(app);
    const struct clustering *c = engine_clustering(e);
    uint32_t number = clusters_selected(v);
    if (c == NULL || number == 0) {
        app_say(app, "there is no cluster to judge yet");
        return VIEW_REDRAW;
    }
    return ask_profile(&v->head, app, engine_table(e), &c->profile[number - 1]);
}

unsigned opinion_ask_row(struct view *owner, struct app *app, struct subject s, uint64_t row)
{
    const struct table *t = s.table;
    uint32_t number = s.clustering == NULL ? 0 : clustering_of_row(s.clustering, row);
    const struct profile *p = number == 0 ? NULL : &s.clustering->profile[number - 1];
    struct opinions *all = about(app, p == NULL ? "" : "a row of: ", p == NULL ? "" : p->why,
                                 p == NULL || p->suspicion.score >= SUSPICION_SHOWN);
    struct top_pair pair = {.orig = TABLE_AT(t, row, orig),
                            .resp = TABLE_AT(t, row, resp),
                            .resp_p = TABLE_AT(t, row, resp_p),
                            .proto = TABLE_AT(t, row, cat[CAT_PROTO])};
    if (all == NULL)
        return VIEW_REDRAW;
    add_pair(all, t, &pair, "this row's pair");
    add_addr(all, t, pair.orig, "its source");
    add_addr(all, t, pair.resp, "its target");
    return ask(owner, app, all);
}

unsigned opinion_ask_addr(struct view *owner, struct app *app, const struct table *t, uint32_t addr,
                          uint32_t peer)
{
    struct opinions *all = about(app, "", "", true);
    if (all == NULL)
        return VIEW_REDRAW;
    add_addr(all, t, addr, "this card's");
    if (peer != addr)
        add_addr(all, t, peer, "the peer selected");
    return ask(owner, app, all);
}
