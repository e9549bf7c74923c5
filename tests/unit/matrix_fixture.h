/* A log of a few rows and the matrix of a recipe over it. */
#ifndef MINNOW_TESTS_MATRIX_FIXTURE_H
#define MINNOW_TESTS_MATRIX_FIXTURE_H

#include "core/recipe/matrix.h"
#include "tests/unit/logfile.h"

/* ts uid orig orig_p resp resp_p proto duration orig_bytes resp_bytes state local_orig */
static const char small_log[] =
    LOG_FIELDS "1.0\tC1\t10.0.0.1\t1\t10.0.0.9\t80\ttcp\t1.5\t0\t7\tSF\tT\n"
               "2.0\tC2\t10.0.0.2\t2\t10.0.0.9\t53\tudp\t-\t3\t7\tSF\tF\n"
               "3.0\tC3\t10.0.0.1\t3\t10.0.0.9\t80\ttcp\t2.5\t-\t7\tS0\tT\n"
               "4.0\tC4\t10.0.0.1\t4\t10.0.0.8\t80\ttcp\t3.5\t5\t7\tSF\tT\n";

struct built {
    char path[64];
    struct table *t;
    struct recipe r;
    struct matrix m;
    struct err err;
    int rc;
};

static inline struct built build_by(const char *log, const char *recipe, struct parallel *pool)
{
    struct built b = {0};
    b.t = log_load(log, b.path);
    b.r = recipe_of(recipe);
    b.rc = matrix_build(&b.m, b.t, &b.r, NULL, NULL, pool, NULL, &b.err);
    return b;
}

static inline struct built build(const char *log, const char *recipe)
{
    return build_by(log, recipe, NULL);
}

static inline struct built build_ok(const char *log, const char *recipe)
{
    struct built b = build(log, recipe);
    if (b.rc != 0)
        fail_msg("%s", b.err.text);
    return b;
}

static inline void built_release(struct built *b)
{
    matrix_release(&b->m);
    recipe_release(&b->r);
    table_unref(b->t);
    unlink(b->path);
}

#endif
