/* Builds the matrix: rows -> observations -> dimensions; see matrix.h.
 *
 * DESIGN
 * 1. rows.c reads the text once and leaves one raw value per row and feature.
 * 2. Rows that take no part fall out; for grouped units the rest becomes one value per group (group.c).
 * 3. missing = drop removes observations; scale.c makes dimensions of what is left.
 * 4. Of the big arrays each is freed as soon as the next one has what it needs: the most that
 *    stands in memory beside the table is one matrix of all observations and a few bytes a row. What
 *    was made while the log was loaded stands where the raw values are to be, and becomes the matrix.
 * 5. Every pass runs over fixed slices of rows or observations: results are the same for any number
 *    of threads. */
#include "core/recipe/plan.h"

#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/number.h"

struct building {
    struct matrix *m;
    const struct table *table;
    const struct recipe *recipe;
    struct plan plan;
    struct matrix raw; /* of the rows, then of the observations */
    struct slot *slot; /* n_slots; owned */
    uint32_t n_slots;
    struct parallel *pool;
    struct job *job;
};

int matrix_room(struct matrix *m, uint64_t n, uint32_t d, bool wide)
{
    size_t cells, size = wide ? sizeof(double) : sizeof(float);
    m->n = n;
    m->d = d;
    m->wide = wide;
    if (__builtin_mul_overflow((size_t)blocks_of(m), (size_t)d * MATRIX_BLOCK, &cells))
        return -1;
    m->mapped = 0;
    m->data = mem_alloc_aligned(cells, size);
    if (m->data == NULL)
        return -1;
    if (n % MATRIX_BLOCK != 0) {
        size_t last = (size_t)d * MATRIX_BLOCK * size;
        memset((char *)m->data + (size_t)(n / MATRIX_BLOCK) * last, 0, last);
    }
    return 0;
}

/* ---- leaving observations out ---- */

struct keeping {
    struct matrix *raw, *kept;
    const uint8_t *keep;
    uint32_t *number;                  /* by observation; OBS_NONE for those that go */
    uint64_t first[MATRIX_SLICES + 1]; /* number of the first one that a slice keeps */
    uint32_t *obs;                     /* n_rows, to be numbered anew */
    uint64_t n_rows;
    struct job *job;
};

static uint64_t first_of_slice(const struct matrix *m, uint32_t slice)
{
    uint64_t first = slice_begin(blocks_of(m), MATRIX_SLICES, slice) * MATRIX_BLOCK;
    return first < m->n ? first : m->n;
}

static void count_kept(void *user, uint32_t slice)
{
    struct keeping *k = user;
    uint64_t n = 0, end = first_of_slice(k->raw, slice + 1);
    for (uint64_t i = first_of_slice(k->raw, slice); i < end; i++)
        n += k->keep[i] != 0;
    k->first[slice + 1] = n;
}

static void move_kept(void *user, uint32_t slice)
{
    struct keeping *k = user;
    uint64_t begin = first_of_slice(k->raw, slice), end = first_of_slice(k->raw, slice + 1);
    uint64_t to = k->first[slice];
    size_t row_bytes = (size_t)k->raw->d * (k->raw->wide ? sizeof(double) : sizeof(float));
    for (uint64_t i = begin; i < end; i++) {
        k->number[i] = OBS_NONE;
        if (i % 1024 == 0 && job_cancelled(k->job))
            return;
        if (!k->keep[i])
            continue;
        for (uint32_t j = 0; j < k->raw->d; j++)
            matrix_set(k->kept, to, j, matrix_value(k->raw, i, j));
        k->number[i] = (uint32_t)to++;
    }
    mem_give_back(k->raw->data, begin * row_bytes, end * row_bytes);
}

static void renumber_slice(void *user, uint32_t slice)
{
    struct keeping *k = user;
    uint64_t end = slice_begin(k->n_rows, MATRIX_SLICES, slice + 1);
    for (uint64_t row = slice_begin(k->n_rows, MATRIX_SLICES, slice); row < end; row++)
        if (k->obs[row] != OBS_NONE)
            k->obs[row] = k->number[k->obs[row]];
}

/* Keeps the raw values of observations with keep[i], and renumbers. */
static int observations_keep(struct building *b, const uint8_t *keep, struct err *err)
{
    struct matrix kept = {0};
    struct keeping k = {.raw = &b->raw,
                        .kept = &kept,
                        .keep = keep,
                        .number = mem_alloc(b->raw.n, sizeof *k.number),
                        .obs = b->m->obs_of_row,
                        .n_rows = b->table->n_rows,
                        .job = b->job};

    if (k.number == NULL)
        return err_memory(err, "the features");
    parallel_run(b->pool, MATRIX_SLICES, count_kept, &k);
    for (uint32_t slice = 0; slice < MATRIX_SLICES; slice++)
        k.first[slice + 1] += k.first[slice];
    if (matrix_room(&kept, k.first[MATRIX_SLICES], b->raw.d, b->raw.wide) < 0) {
        mem_free(k.number);
        return err_memory(err, "the features");
    }
    parallel_run(b->pool, MATRIX_SLICES, move_kept, &k);
    matrix_drop_data(&b->raw);
    b->raw = kept;
    if (k.obs == NULL) {
        b->m->obs_of_row = k.number;
    } else if (!job_cancelled(b->job)) {
        parallel_run(b->pool, MATRIX_SLICES, renumber_slice, &k);
        mem_free(k.number);
    } else {
        mem_free(k.number);
    }
    return job_cancelled(b->job) ? job_stopped(err) : 0;
}

static bool all_set(const uint8_t *flag, uint64_t n)
{
    return n == 0 || memchr(flag, 0, n) == NULL;
}

static int no_row_error(const struct building *b, struct err *err)
{
    if (b->table->n_rows == 0)
        return err_set(err, ERR_DATA, "there is no row to cluster");
    if (b->m->notices.n > 0 && b->recipe->where[0] == '\0')
        return err_set(err, ERR_DATA, "no row takes part: %s",
                       b->m->notices.text[b->m->notices.n - 1]);
    if (b->recipe->where[0] == '\0')
        return err_set(err, ERR_DATA, "every row is excluded: nothing is left to cluster");
    return err_set(err, ERR_DATA, "no row passes %s '%s'",
                   b->recipe->where_option == 0   ? "where"
                   : b->recipe->where_option == 1 ? "--where"
                                                  : "the recipe's where and --where:",
                   b->recipe->where);
}

/* Chooses the one-hot dimensions; features with too many values are dropped from the slots. */
static int choose_categories(struct building *b, struct err *err)
{
    for (uint32_t f = 0; f < b->plan.n; f++) {
        struct plan_feature *pf = &b->plan.feature[f];
        char count[32];
        if (pf->categories == NULL)
            continue;
        if (categories_state(pf->categories) == CATEGORIES_TOO_MANY) {
            notices_add(&b->m->notices, "dropped %s: more than 65,536 distinct values",
                        pf->feature->text);
            pf->dropped = true;
            continue;
        }
        if (pf->feature->kind == FEATURE_RARITY)
            continue;
        if (categories_choose(pf->categories, pf->feature->arg[0]) < 0)
            return err_memory(err, "the features");
        if (categories_dims(pf->categories) == 0) {
            notices_add(&b->m->notices, "dropped, no row has a value: %s", pf->feature->text);
            pf->dropped = true;
        }
        if (categories_folded(pf->categories) > 0)
            notices_add(&b->m->notices, "%s: %s rare values folded into %s", pf->feature->text,
                        number_grouped(categories_folded(pf->categories), count, sizeof count),
                        categories_dim_name(pf->categories, categories_dims(pf->categories) - 1));
    }
    return 0;
}

struct rarities {
    struct matrix *raw;
    uint32_t column;
    const double *of; /* by the number of a value */
    const uint8_t *takes_part;
    const struct job *job;
};

static void rarity_slice(void *user, uint32_t slice)
{
    struct rarities *r = user;
    uint64_t end = first_of_slice(r->raw, slice + 1);
    for (uint64_t row = first_of_slice(r->raw, slice); row < end; row++) {
        double number = r->takes_part[row] ? matrix_value(r->raw, row, r->column) : (double)NAN;
        if (row % 1024 == 0 && job_cancelled(r->job))
            return;
        matrix_set(r->raw, row, r->column, isnan(number) ? NAN : r->of[(size_t)number]);
    }
}

/* Numbers of values become their rarity: from here on a number like any other. Rows that take no part
 * have no raw values. */
static int make_rarities(struct building *b, const uint8_t *takes_part, struct err *err)
{
    for (uint32_t f = 0; f < b->plan.n; f++) {
        struct plan_feature *pf = &b->plan.feature[f];
        struct rarities r = {
            .raw = &b->raw, .column = pf->raw, .takes_part = takes_part, .job = b->job};
        double *of;
        if (pf->feature->kind != FEATURE_RARITY || pf->dropped)
            continue;
        of = mem_alloc(categories_values(pf->categories), sizeof *of);
        if (of == NULL)
            return err_memory(err, "the features");
        categories_rarities(pf->categories, of);
        r.of = of;
        parallel_run(b->pool, MATRIX_SLICES, rarity_slice, &r);
        mem_free(of);
        categories_free(pf->categories);
        pf->categories = NULL;
    }
    return job_cancelled(b->job) ? job_stopped(err) : 0;
}

/* Behaviour is counted when a feature asks for it. */
static int build_behaviour(struct building *b, struct err *err)
{
    for (uint32_t f = 0; f < b->plan.n; f++) {
        if (feature_is_behaviour(b->plan.feature[f].feature->kind))
            return behaviour_build(&b->plan.behaviour, b->table, b->pool, b->job, err);
    }
    return 0;
}

/* One slot per feature, or, for the means of groups, one per one-hot dimension. */
static int list_slots(struct building *b, struct err *err)
{
    bool grouped = b->recipe->unit != UNIT_CONNECTION;
    b->slot = mem_zalloc((size_t)b->plan.n * ONEHOT_MAX_DIMS, sizeof *b->slot);
    if (b->slot == NULL)
        return err_memory(err, "the features");
    for (uint32_t f = 0; f < b->plan.n; f++) {
        const struct categories *c = b->plan.feature[f].categories;
        bool spread = c != NULL && grouped;
        uint32_t dims = spread ? categories_dims(c) : 1;
        for (uint32_t i = 0; i < dims && !b->plan.feature[f].dropped; i++) {
            b->slot[b->n_slots] =
                (struct slot){.feature = f,
                              .column = grouped ? b->n_slots : b->plan.feature[f].raw,
                              .dim = spread ? (int32_t)i : -1,
                              .category = c != NULL && !grouped};
            b->n_slots++;
        }
    }
    if (b->n_slots == 0)
        return err_set(err, ERR_DATA, "recipe %s: no feature is left: %s", b->recipe->name,
                       b->m->notices.n > 0 ? b->m->notices.text[b->m->notices.n - 1] : "");
    return 0;
}

/* Replaces the raw values of the rows by those of their groups. */
static int make_groups(struct building *b, const uint8_t *takes_part, struct err *err)
{
    struct matrix groups = {0};
    uint64_t n_groups = 0;
    b->m->obs_of_row = mem_alloc(b->table->n_rows, sizeof *b->m->obs_of_row);
    if (b->m->obs_of_row == NULL)
        return err_memory(err, "the groups");
    for (uint64_t row = 0; row < b->table->n_rows; row++)
        b->m->obs_of_row[row] = takes_part[row] ? 0 : OBS_NONE;
    if (group_rows(b->table, b->recipe->unit, b->m->obs_of_row, &n_groups, b->job, err) < 0 ||
        group_values(&b->plan, &b->raw, b->m->obs_of_row, n_groups, b->slot, b->n_slots,
                     b->recipe->scale == SCALE_NONE, &groups, b->pool, b->job, err) < 0) {
        matrix_drop_data(&groups);
        return -1;
    }
    matrix_drop_data(&b->raw);
    b->raw = groups;
    return 0;
}

/* ---- missing = drop ---- */

struct dropping {
    struct building *b;
    uint64_t *missing; /* MATRIX_SLICES x n_slots; then their sums in the first n_slots */
    uint8_t *keep;
};

static void count_missing(void *user, uint32_t slice)
{
    struct dropping *d = user;
    const struct matrix *raw = &d->b->raw;
    uint64_t *missing = d->missing + (size_t)slice * d->b->n_slots;
    uint64_t end = first_of_slice(raw, slice + 1);
    for (uint64_t i = first_of_slice(raw, slice); i < end; i++) {
        if (i % 1024 == 0 && job_cancelled(d->b->job))
            return;
        for (uint32_t j = 0; j < d->b->n_slots; j++)
            missing[j] += isnan(matrix_value(raw, i, d->b->slot[j].column)) ? 1 : 0;
    }
}

static void mark_whole(void *user, uint32_t slice)
{
    struct dropping *d = user;
    const struct matrix *raw = &d->b->raw;
    uint64_t end = first_of_slice(raw, slice + 1);
    for (uint64_t i = first_of_slice(raw, slice); i < end; i++) {
        d->keep[i] = 1;
        for (uint32_t j = 0; j < d->b->n_slots; j++)
            if (d->missing[j] < raw->n && isnan(matrix_value(raw, i, d->b->slot[j].column)))
                d->keep[i] = 0;
    }
}

/* Removes the observations that lack a value. A feature that no observation has takes nobody away. */
static int drop_incomplete(struct building *b, struct err *err)
{
    struct dropping d = {.b = b,
                         .missing =
                             mem_zalloc((size_t)MATRIX_SLICES * b->n_slots, sizeof *d.missing),
                         .keep = mem_alloc(b->raw.n, 1)};
    int rc = -1;
    if (d.missing == NULL || d.keep == NULL) {
        err_memory(err, "the features");
        goto out;
    }
    parallel_run(b->pool, MATRIX_SLICES, count_missing, &d);
    for (size_t i = b->n_slots; i < (size_t)MATRIX_SLICES * b->n_slots; i++)
        d.missing[i % b->n_slots] += d.missing[i];
    parallel_run(b->pool, MATRIX_SLICES, mark_whole, &d);
    if (job_cancelled(b->job))
        job_stopped(err);
    else if (memchr(d.keep, 1, b->raw.n) == NULL)
        err_set(err, ERR_DATA, "every row lacks a value, and missing = drop leaves none");
    else
        rc = all_set(d.keep, b->raw.n) ? 0 : observations_keep(b, d.keep, err);
out:
    mem_free(d.missing);
    mem_free(d.keep);
    return rc;
}

/* The unit's first field must be there, or all rows would be one group. */
static int check_unit(const struct building *b, struct err *err)
{
    const struct schema *s = &b->table->schema;
    bool known = s->by_role[ROLE_ORIG_H] >= 0 ||
                 (b->recipe->unit == UNIT_PAIR && s->by_role[ROLE_RESP_H] >= 0);
    if (b->recipe->unit == UNIT_CONNECTION || known)
        return 0;
    return err_set(err, ERR_DATA, "unit = %s needs the field id.orig_h, and the log has none",
                   unit_name(b->recipe->unit));
}

/* Whether rows are read as doubles: nothing will scale them, or they are only the stuff of
 * aggregates, and a float would not tell two times of one day apart. */
static bool reads_wide(const struct building *b)
{
    bool wide = b->recipe->scale == SCALE_NONE;
    for (uint32_t f = 0; f < b->plan.n; f++)
        wide = wide || feature_is_aggregate(b->plan.feature[f].feature->kind);
    return wide;
}

static int build(struct building *b, const struct expr_env *env, const struct scope *scope,
                 struct err *err)
{
    const struct table *t = b->table;
    struct log_step step = log_step_begin();
    uint8_t *takes_part = NULL;
    int rc = -1;

    if (plan_init(&b->plan, b->recipe, t, env, &b->m->notices, err) < 0 || check_unit(b, err) < 0 ||
        build_behaviour(b, err) < 0)
        goto out;
    log_step_end(&step, "behaviour");
    b->plan.scope = scope;
    foreseen_bind(&b->plan, t, reads_wide(b));
    takes_part = mem_zalloc(t->n_rows, 1);
    if (takes_part == NULL) {
        err_memory(err, "the features");
        goto out;
    }
    if (plan_read_rows(&b->plan, t, reads_wide(b), &b->raw, takes_part, &b->m->notices, b->pool,
                       b->job, err) < 0)
        goto out;
    log_step_end(&step, "features of rows");
    behaviour_release(&b->plan.behaviour);
    if (t->n_rows == 0 || memchr(takes_part, 1, t->n_rows) == NULL) {
        no_row_error(b, err);
        goto out;
    }
    if (choose_categories(b, err) < 0 || make_rarities(b, takes_part, err) < 0 ||
        list_slots(b, err) < 0)
        goto out;
    if (b->recipe->unit != UNIT_CONNECTION) {
        if (make_groups(b, takes_part, err) < 0)
            goto out;
    } else if (!all_set(takes_part, t->n_rows) && observations_keep(b, takes_part, err) < 0) {
        goto out;
    }
    mem_free(takes_part);
    takes_part = NULL;
    if (b->recipe->missing == MISSING_DROP && drop_incomplete(b, err) < 0)
        goto out;
    log_step_end(&step, "observations");
    b->m->n = b->raw.n;
    rc = scale_build(b->m, &b->plan, b->recipe, &b->raw, b->slot, b->n_slots, b->pool, b->job, err);
    log_step_end(&step, "scale");
out:
    mem_free(takes_part);
    return rc;
}

int matrix_build(struct matrix *m, const struct table *t, const struct recipe *r,
                 const struct expr_env *env, const struct scope *scope, struct parallel *pool,
                 struct job *job, struct err *err)
{
    struct building b = {.m = m, .table = t, .recipe = r, .pool = pool, .job = job};
    struct matrix_key *key = matrix_key_new(r, env, scope);
    int rc;

    memset(m, 0, sizeof *m);
    if (kept_take(m, t, key)) {
        matrix_key_free(key);
        return 0;
    }
    m->key = key;
    m->n_rows = t->n_rows;
    rc = build(&b, env, scope, err);
    if (rc == 0 && m->obs_of_row != NULL)
        for (uint64_t row = 0; row < t->n_rows; row++)
            m->rows_excluded += m->obs_of_row[row] == OBS_NONE;
    plan_release(&b.plan);
    matrix_drop_data(&b.raw);
    mem_free(b.slot);
    if (rc < 0)
        matrix_release(m);
    return rc;
}

void matrix_drop_data(struct matrix *m)
{
    if (m->mapped > 0)
        mem_free_pages(m->data, m->mapped);
    else
        mem_free(m->data);
    m->data = NULL;
    m->mapped = 0;
}

void matrix_release(struct matrix *m)
{
    for (uint32_t j = 0; m->dim != NULL && j < m->d; j++)
        mem_free(m->dim[j].name);
    for (size_t f = 0; f < m->n_features; f++)
        mem_free(m->feature[f]);
    mem_free(m->dim);
    mem_free(m->feature);
    matrix_drop_data(m);
    mem_free(m->obs_of_row);
    notices_release(&m->notices);
    matrix_key_free(m->key);
    memset(m, 0, sizeof *m);
}
