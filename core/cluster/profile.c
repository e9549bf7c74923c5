/* Profiles of clusters; see profile.h.
 *
 * Each step is parallel inside and says the same for any number of threads: facts.c adds rows up,
 * pairs.c counts who talks to whom, rhythms.c measures the commonest pairs. What is left is small. */
#include "core/cluster/profile.h"

#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/cluster/facts.h"
#include "core/cluster/heed.h"
#include "core/cluster/judge.h"
#include "core/cluster/pairs.h"

#define STEPS 3

struct build {
    struct clustering *c;
    const struct table *t;
    struct parallel *pool;
    struct job *job;
    struct progress progress; /* the snapshot that publishing starts from */
    struct codes codes;
    struct log_counts log;
    uint8_t *trait; /* by address; owned */
    uint64_t port_0[RECIPE_MAX_K];
};

static void publish(struct build *b, uint32_t done)
{
    if (b->job == NULL)
        return;
    b->progress.phase = PHASE_EXPLAINING;
    b->progress.done = done;
    b->progress.total = STEPS;
    job_publish(b->job, &b->progress);
}

/* Everything but what is known before is made anew. */
static void clear(struct profile *p, uint64_t rows_clustered)
{
    struct profile old = *p;
    *p = (struct profile){.rows = old.rows,
                          .first_row = old.first_row,
                          .observations = old.observations,
                          .inertia = old.inertia,
                          .share =
                              rows_clustered == 0 ? 0 : (double)old.rows / (double)rows_clustered,
                          .n_samples = old.n_samples};
    memcpy(p->sample, old.sample, sizeof p->sample);
}

static int count(struct build *b, struct err *err)
{
    struct clustering *c = b->c;
    struct log_step step = log_step_begin();
    publish(b, 0);
    if (facts_count(c, b->t, &b->codes, b->trait, &b->log, b->port_0, b->pool, b->job, err) != 0)
        return -1;
    log_step_end(&step, "facts");
    publish(b, 1);
    if (pairs_count(c, b->t, &b->codes, b->port_0, &b->log, NULL, b->pool, b->job, err) != 0)
        return -1;
    log_step_end(&step, "pairs");
    publish(b, 2);
    if (judge_rhythms(c, b->t, b->pool, b->job, err) != 0)
        return -1;
    log_step_end(&step, "rhythms");
    publish(b, STEPS);
    return 0;
}

static int run(struct build *b, struct err *err)
{
    struct clustering *c = b->c;
    b->trait = facts_traits(c, b->t, b->job, err);
    if (b->trait == NULL)
        return -1;
    b->log.port = mem_zalloc(65536, sizeof *b->log.port);
    if (b->log.port == NULL)
        return err_memory(err, "the profiles");
    for (uint32_t i = 0; i < c->k; i++)
        clear(&c->profile[i], c->rows_clustered);
    if (count(b, err) != 0)
        return -1;
    for (uint32_t i = 0; i < c->k; i++)
        reasons_find(&c->profile[i], c, i + 1, b->t, &b->log);
    if (heed_count(c, b->t, b->job, err) != 0)
        return -1;
    judge_suspicion(c, b->t);
    why_write_all(c, b->t);
    return 0;
}

int profile_build(struct clustering *c, const struct table *t, struct parallel *pool,
                  struct job *job, struct err *err)
{
    struct build *b = mem_zalloc(1, sizeof *b);
    int rc;
    if (b == NULL)
        return err_memory(err, "the profiles");
    b->c = c;
    b->t = t;
    b->pool = pool;
    b->job = job;
    if (job != NULL)
        job_progress(job, &b->progress);
    codes_init(&b->codes, t);
    rc = run(b, err);
    mem_free(b->trait);
    mem_free(b->log.port);
    mem_free(b);
    return rc;
}
