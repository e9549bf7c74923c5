/* Every long job ends soon after it was cancelled, wherever that is.
 *
 * A job is cancelled at a certain one of its looks at the flag, and then measured in processor time of all
 * threads, of three tries the best: how busy the machine is does not count. The bound is what two threads
 * could do in the 50 ms that are promised. */
#include "tests/unit/load_fixture.h"

#include <time.h>

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "core/cluster/trust.h"
#include "core/export/export.h"
#include "core/parallel.h"
#include "core/query/card.h"
#include "core/query/repeat.h"
#include "core/recipe/foreseen.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLOW 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SLOW 1
#endif
#endif
#ifdef SLOW
enum { ROWS = 10000, BOUND_MS = 2000 };
#else
enum { ROWS = 50000, BOUND_MS = 100 };
#endif
#define MOMENTS 5
#define TRIES   3

struct world {
    const char *path;
    struct table *t;
    struct clustering *c;
    struct recipe recipe;
    struct rowset all;
    struct parallel *pool;
    struct expr *expr;
};

/* ---- the jobs: -1 with an error ---- */

static int load(struct world *w, struct job *job, struct err *err)
{
    struct load_opts opts = {.path = &w->path, .n_paths = 1, .threads = 2};
    struct table *t;
    bool partial;
    opts.wanted = foreseen_new(&w->recipe);
    t = load_table(&opts, job, err);
    partial = t != NULL && t->partial;
    table_unref(t);
    return partial ? job_stopped(err) : t == NULL ? -1 : 0; /* rows before the end are kept */
}

static int fit_as(struct world *w, const struct recipe *r, struct job *job, struct err *err)
{
    struct fit_opts opts = {.pool = w->pool, .job = job};
    struct clustering *c = clustering_fit(w->t, r, &opts, err);
    clustering_unref(c);
    return c == NULL ? -1 : 0;
}

static int fit(struct world *w, struct job *job, struct err *err)
{
    return fit_as(w, &w->recipe, job, err);
}

static int fit_named(struct world *w, const char *name, struct job *job, struct err *err)
{
    struct recipe r;
    int rc;
    if (recipe_load(&r, name, err) != 0)
        return -1;
    rc = fit_as(w, &r, job, err);
    recipe_release(&r);
    return rc;
}

static int fit_pairs(struct world *w, struct job *job, struct err *err)
{
    return fit_named(w, "beacon", job, err);
}

static int fit_doubles(struct world *w, struct job *job, struct err *err)
{
    return fit_named(w, "article", job, err);
}

static int measure(struct world *w, struct job *job, struct err *err)
{
    struct trust trust;
    return trust_measure(&trust, w->c, w->t, 2, false, w->pool, job, err);
}

static int sort_by(struct world *w, const char *column, struct job *job, struct err *err)
{
    struct rowset out;
    int number = schema_find(&w->t->schema, span_of(column));
    int rc;
    assert_true(number >= 0);
    rc = rowset_sort(&out, &w->all, w->t, (uint32_t)number, true, job, err);
    if (rc == 0)
        rowset_release(&out);
    return rc;
}

static int sort_times(struct world *w, struct job *job, struct err *err)
{
    return sort_by(w, "ts", job, err);
}

static int sort_addresses(struct world *w, struct job *job, struct err *err)
{
    return sort_by(w, "id.orig_h", job, err);
}

static int sort_texts(struct world *w, struct job *job, struct err *err)
{
    return sort_by(w, "uid", job, err);
}

/* Texts of one beginning, whose ties are compared. */
static int sort_ties(struct world *w, struct job *job, struct err *err)
{
    return sort_by(w, "note", job, err);
}

static int filter(struct world *w, struct job *job, struct err *err)
{
    struct rowset out;
    int rc = rowset_filter(&out, &w->all, w->t, w->expr, job, err);
    if (rc == 0)
        rowset_release(&out);
    return rc;
}

static int find(struct world *w, struct job *job, struct err *err)
{
    struct find out;
    int rc = rowset_find(&out, &w->all, w->t, span_of("zzzz"), job, err);
    if (rc == 0)
        find_release(&out);
    return rc;
}

static int count(struct world *w, struct job *job, struct err *err)
{
    struct repeats out;
    int rc = repeats_count(&out, &w->all, w->t, job, err);
    if (rc == 0)
        repeats_release(&out);
    return rc;
}

static int card(struct world *w, struct job *job, struct err *err)
{
    struct card out;
    int rc = card_build(&out, w->t, w->c, TABLE_AT(w->t, 0, orig), job, err);
    if (rc == 0)
        card_release(&out);
    return rc;
}

static int export(struct world *w, struct job *job, struct err *err)
{
    struct export_opts opts = {.path = "/dev/null", .cluster = CLUSTER_ALL, .force = true};
    struct export_result out;
    return export_run(&out, w->t, w->c, &opts, w->pool, job, err);
}

static const struct {
    const char *name;
    int (*run)(struct world *w, struct job *job, struct err *err);
} jobs[] = {{"load", load},
            {"fit", fit},
            {"fit of pairs", fit_pairs},
            {"fit of doubles", fit_doubles},
            {"trust", measure},
            {"sort of times", sort_times},
            {"sort of addresses", sort_addresses},
            {"sort of texts", sort_texts},
            {"sort of ties", sort_ties},
            {"filter", filter},
            {"find", find},
            {"counts", count},
            {"card", card},
            {"export", export}};

/* ---- a log for all of them ---- */

static void write_log(const char *path)
{
    static const char *const state[] = {"SF", "S0", "REJ", "SF", "SF", "RSTO", "OTH", "S1"};
    FILE *f = fopen(path, "w");
    struct rng rng;
    assert_non_null(f);
    rng_init(&rng, 23, 0);
    (void)fputs(HEAD_OF("\\x09",
                        "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tduration\t"
                        "orig_bytes\tresp_bytes\tconn_state\torig_pkts\tresp_pkts\tnote",
                        "time\tstring\taddr\tport\taddr\tport\tenum\tinterval\tcount\tcount\t"
                        "string\tcount\tcount\tstring"),
                f);
    for (unsigned i = 0; i < ROWS; i++) {
        uint64_t r = rng_u64(&rng), x = rng_u64(&rng);
        (void)fprintf(f,
                      "%u.%06u\tC%016llx\t10.%u.%u.%u\t%u\t192.0.%u.%u\t%u\t%s\t%u.%u\t%u\t%u\t%s\t"
                      "%u\t%u\tthe same beginning %u\n",
                      1700000000 + i / 10, (unsigned)(r % 1000000), (unsigned long long)x,
                      (unsigned)(r >> 4 & 1), (unsigned)(r >> 8 & 15), (unsigned)(r >> 12 & 255),
                      1024 + (unsigned)(r >> 20 & 0x7fff), (unsigned)(x & 15),
                      (unsigned)(x >> 8 & 255), x % 3 == 0 ? 53 : 443, x % 3 == 0 ? "udp" : "tcp",
                      (unsigned)(r >> 50 & 63), (unsigned)(r >> 40 & 7),
                      (unsigned)(x >> 20 & 0xffff), (unsigned)(x >> 36 & 0xfffff),
                      state[r >> 56 & 7], (unsigned)(r >> 33 & 63), (unsigned)(r >> 44 & 63),
                      (unsigned)(x >> 32) / 3);
    }
    assert_int_equal(fclose(f), 0);
}

static void set_out(struct world *w)
{
    struct err err = ERR_INIT;
    struct load_opts opts = {.path = &w->path, .n_paths = 1, .threads = 2};
    struct fit_opts how = {.pool = w->pool};
    w->path = in_dir("conn.log");
    write_log(w->path);
    w->pool = how.pool = parallel_new(2);
    assert_int_equal(recipe_load(&w->recipe, "conn", &err), 0);
    w->t = load_table(&opts, NULL, &err);
    assert_non_null(w->t);
    assert_int_equal(w->t->n_rows, ROWS);
    w->c = clustering_fit(w->t, &w->recipe, &how, &err);
    assert_non_null(w->c);
    assert_int_equal(rowset_of_cluster(&w->all, w->t, NULL, CLUSTER_ALL, NULL, &err), 0);
    w->expr = expr_parse(span_of("uid~7a7a and duration>1"), EXPR_STRICT, &err);
    assert_non_null(w->expr);
    assert_int_equal(expr_bind(w->expr, &w->t->schema, NULL, &err), 0);
}

static void pack_up(struct world *w)
{
    rowset_release(&w->all);
    expr_free(w->expr);
    clustering_unref(w->c);
    table_unref(w->t);
    recipe_release(&w->recipe);
    parallel_free(w->pool);
}

/* ---- measuring ---- */

static double cpu_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

struct moment {
    struct job *job;
    double at_ms; /* when it was cancelled; 0: not yet */
};

/* Published, or cancelled: by whichever thread does it. */
static void on_wake(void *user)
{
    struct moment *m = user;
    if (job_cancelled(m->job) && m->at_ms <= 0)
        m->at_ms = cpu_ms();
}

/* Runs a job to its end, or until it is cancelled at its n-th look (0: never). How much longer it took
 * then in ms, below 0 when it was not cancelled; *looks becomes the number of them. */
static double run_until(struct world *w, size_t which, uint64_t n, uint64_t *looks)
{
    const uint64_t many = (uint64_t)1 << 60;
    struct moment m = {.job = job_new()};
    struct err err = ERR_INIT;
    double took = -1;
    int rc;
    assert_non_null(m.job);
    job_set_pool(m.job, w->pool);
    job_set_wake(m.job, on_wake, &m);
    job_cancel_at(m.job, n == 0 ? many : n);
    rc = jobs[which].run(w, m.job, &err);
    if (looks != NULL)
        *looks = many - job_looks_left(m.job);
    if (rc != 0 && (n == 0 || err.code != ERR_CANCELLED))
        fail_msg("%s: %s", jobs[which].name, err.text);
    if (rc != 0)
        took = cpu_ms() - m.at_ms;
    job_free(m.job);
    return took;
}

static void whatever_runs_ends_soon(void **state)
{
    struct world w = {.t = NULL};
    (void)state;
    set_out(&w);
    for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
        uint64_t looks;
        /* What the first run has found out about the log, the second finds there. */
        for (int again = 0; again < 2; again++)
            assert_true(run_until(&w, i, 0, &looks) < 0);
        if (looks < 4)
            fail_msg("%s looks only %llu times", jobs[i].name, (unsigned long long)looks);
        for (unsigned at = 0; at < MOMENTS; at++) {
            /* How many looks there are may depend on the threads: the last moment is before the end. */
            uint64_t n = 1 + looks * 9 / 10 * at / (MOMENTS - 1);
            double least = 0;
            for (unsigned try = 0; try < TRIES && (try == 0 || least > BOUND_MS); try++) {
                double ms = run_until(&w, i, n, NULL);
                least = try == 0 || ms < least ? ms : least;
            }
            if (least < 0 && at == 0)
                fail_msg("%s was not cancelled", jobs[i].name);
            if (least > BOUND_MS)
                fail_msg("%s goes on for %.1f ms when cancelled at look %llu of %llu", jobs[i].name,
                         least, (unsigned long long)n, (unsigned long long)looks);
        }
    }
    pack_up(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whatever_runs_ends_soon, set_up, tear_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
