/* What the screen asks of a loaded log: query LOG THREADS [NAME ...] loads and clusters the log, then
 * prints for each query (or for those named) how long it took, how much memory it took on top, and
 * how long it went on after it was cancelled half way. */
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/export/export.h"
#include "core/load.h"
#include "core/query/card.h"
#include "core/query/members.h"
#include "core/query/repeat.h"
#include "tests/bench/clock.h"

struct world {
    const struct table *t;
    const struct clustering *c;
    struct rowset all, by_bytes; /* every row; the same by orig_bytes */
    struct parallel *pool;
};

struct query {
    const char *name;
    int (*run)(const struct query *q, const struct world *w, struct job *job, struct err *err);
    const char *what; /* column, expression or needle */
};

static void die(const struct err *err)
{
    fprintf(stderr, "query: %s\n", err->text);
    exit(1);
}

/* ---- the queries ---- */

static int run_sort(const struct query *q, const struct world *w, struct job *job, struct err *err)
{
    struct rowset out;
    int column = schema_find(&w->t->schema, span_of(q->what));
    int rc = column < 0 ? err_set(err, ERR_USAGE, "no column %s", q->what)
                        : rowset_sort(&out, &w->all, w->t, (uint32_t)column, false, job, err);
    if (rc == 0)
        rowset_release(&out);
    return rc;
}

static int run_resort(const struct query *q, const struct world *w, struct job *job,
                      struct err *err)
{
    struct rowset out;
    int column = schema_find(&w->t->schema, span_of(q->what));
    int rc = rowset_sort(&out, &w->by_bytes, w->t, (uint32_t)column, true, job, err);
    if (rc == 0)
        rowset_release(&out);
    return rc;
}

static int filter(const char *text, const struct rowset *in, const struct world *w, struct job *job,
                  struct err *err)
{
    struct rowset out;
    struct expr *e = expr_parse(span_of(text), EXPR_SUGAR, err);
    int rc = -1;
    if (e != NULL && expr_bind(e, &w->t->schema, NULL, err) == 0 &&
        rowset_filter(&out, in, w->t, e, job, err) == 0) {
        rowset_release(&out);
        rc = 0;
    }
    expr_free(e);
    return rc;
}

static int run_filter(const struct query *q, const struct world *w, struct job *job,
                      struct err *err)
{
    return filter(q->what, &w->all, w, job, err);
}

static int run_refilter(const struct query *q, const struct world *w, struct job *job,
                        struct err *err)
{
    return filter(q->what, &w->by_bytes, w, job, err);
}

static int run_find(const struct query *q, const struct world *w, struct job *job, struct err *err)
{
    struct find out;
    int rc = rowset_find(&out, &w->all, w->t, span_of(q->what), job, err);
    if (rc == 0)
        find_release(&out);
    return rc;
}

static int run_cluster(const struct query *q, const struct world *w, struct job *job,
                       struct err *err)
{
    struct rowset out;
    int rc = rowset_of_cluster(&out, w->t, w->c, w->c->k, job, err);
    (void)q;
    if (rc == 0)
        rowset_release(&out);
    return rc;
}

static int run_repeat(const struct query *q, const struct world *w, struct job *job,
                      struct err *err)
{
    struct repeats out;
    int rc = repeats_count(&out, &w->all, w->t, job, err);
    (void)q;
    if (rc == 0)
        repeats_release(&out);
    return rc;
}

static int run_address(const struct query *q, const struct world *w, struct job *job,
                       struct err *err)
{
    struct rowset out;
    int rc = rowset_of_addr(&out, w->t, w->c->profile[0].resp.item[0].key, job, err);
    (void)q;
    if (rc == 0)
        rowset_release(&out);
    return rc;
}

static int run_card(const struct query *q, const struct world *w, struct job *job, struct err *err)
{
    struct card out;
    int rc = card_build(&out, w->t, w->c, w->c->profile[w->c->k - 1].resp.item[0].key, job, err);
    (void)q;
    if (rc == 0)
        card_release(&out);
    return rc;
}

static int run_export(const struct query *q, const struct world *w, struct job *job,
                      struct err *err)
{
    struct export_opts opts = {.path = "/dev/null", .cluster = CLUSTER_ALL, .columns = q->what};
    struct export_result out;
    return export_run(&out, w->t, NULL, &opts, w->pool, job, err);
}

static const struct query queries[] = {
    {"sort-ts", run_sort, "ts"},
    {"sort-address", run_sort, "id.orig_h"},
    {"sort-bytes", run_sort, "orig_bytes"},
    {"sort-port", run_sort, "id.resp_p"},
    {"sort-duration", run_sort, "duration"},
    {"sort-service", run_sort, "service"},
    {"sort-uid", run_sort, "uid"},
    {"resort-ts", run_resort, "ts"},
    {"resort-duration", run_resort, "duration"},
    {"filter-port", run_filter, "port=443"},
    {"filter-bytes", run_filter, "orig_bytes>1000 proto=tcp"},
    {"filter-word", run_filter, "dns"},
    {"refilter-port", run_refilter, "port=443"},
    {"find", run_find, "zzzz"},
    {"rows-of-cluster", run_cluster, NULL},
    {"rows-of-address", run_address, NULL},
    {"repeats", run_repeat, NULL},
    {"card", run_card, NULL},
    {"export", run_export, NULL},
};

/* ---- measuring ---- */

static long status_kb(const char *name)
{
    char line[256];
    long kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            kb = strtol(line + strlen(name) + 1, NULL, 10);
    if (f != NULL)
        (void)fclose(f);
    return kb;
}

/* Makes the peak the memory of now. */
static void forget_peak(void)
{
    FILE *f = fopen("/proc/self/clear_refs", "w");
    if (f != NULL) {
        (void)fputs("5", f);
        (void)fclose(f);
    }
}

struct later {
    struct job *job;
    double seconds;
    struct stopwatch cancelled;
};

/* A cancel comes from outside, between two looks at the flag: the time until the next look counts. */
static void *cancel_later(void *user)
{
    struct later *l = user;
    (void)usleep((useconds_t)(l->seconds * 1e6));
    l->cancelled = stopwatch_start();
    job_cancel(l->job);
    return NULL;
}

/* How long the query goes on after it is cancelled half way; below 0 when it was faster. */
static double cancel_seconds(const struct query *q, const struct world *w, double wall)
{
    struct later later = {.job = job_new(), .seconds = wall / 2};
    struct err err = ERR_INIT;
    pthread_t thread;
    double took = -1;
    if (later.job != NULL)
        job_set_pool(later.job, w->pool);
    if (later.job == NULL || pthread_create(&thread, NULL, cancel_later, &later) != 0)
        exit(1);
    if (q->run(q, w, later.job, &err) != 0)
        took = clock_seconds(CLOCK_MONOTONIC) - later.cancelled.wall;
    (void)pthread_join(thread, NULL);
    job_free(later.job);
    return took;
}

static void measure(const struct query *q, const struct world *w)
{
    struct err err = ERR_INIT;
    struct job *job = job_new();
    struct stopwatch start, took;
    long before, peak;
    if (job == NULL)
        exit(1);
    job_set_pool(job, w->pool);
    (void)malloc_trim(0);
    forget_peak();
    before = status_kb("VmRSS:");
    start = stopwatch_start();
    if (q->run(q, w, job, &err) != 0)
        die(&err);
    took = stopwatch_read(&start);
    peak = status_kb("VmHWM:");
    printf("%-16s wall=%.3f cpu=%.3f bytes-a-row=%.1f cancel=%.3f\n", q->name, took.wall, took.cpu,
           (double)(peak - before) * 1024 / (double)w->t->n_rows, cancel_seconds(q, w, took.wall));
    (void)fflush(stdout);
    job_free(job);
}

static bool is_named(const struct query *q, int n, char **name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(q->name, name[i]) == 0)
            return true;
    return n == 0;
}

static void load(struct world *w, const char *path)
{
    struct err err = ERR_INIT;
    struct load_opts opts = {.path = &path, .n_paths = 1};
    struct fit_opts fit = {.pool = w->pool};
    struct recipe r;
    w->t = load_table(&opts, NULL, &err);
    if (w->t == NULL || recipe_init(&r, &err) != 0 ||
        recipe_set_features(&r, "log(duration),log(orig_bytes)", &err) != 0 ||
        recipe_set_k(&r, "7", &err) != 0 || recipe_set_starts(&r, "1", &err) != 0)
        die(&err);
    w->c = clustering_fit(w->t, &r, &fit, &err);
    recipe_release(&r);
    if (w->c == NULL || rowset_of_cluster(&w->all, w->t, w->c, CLUSTER_ALL, NULL, &err) != 0 ||
        rowset_sort(&w->by_bytes, &w->all, w->t,
                    (uint32_t)schema_find(&w->t->schema, span_of("orig_bytes")), false, NULL,
                    &err) != 0)
        die(&err);
}

int main(int argc, char **argv)
{
    struct world w = {.t = NULL};
    if (argc < 3) {
        fprintf(stderr, "usage: query LOG THREADS [NAME ...]\n");
        return 2;
    }
    w.pool = parallel_new((uint32_t)strtoul(argv[2], NULL, 10));
    load(&w, argv[1]);
    for (size_t i = 0; i < ARRAY_LEN(queries); i++)
        if (is_named(&queries[i], argc - 3, argv + 3))
            measure(&queries[i], &w);
    rowset_release(&w.all);
    rowset_release(&w.by_bytes);
    clustering_unref(w.c);
    table_unref(w.t);
    parallel_free(w.pool);
    return 0;
}
