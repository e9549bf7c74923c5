/* From raw values to dimensions: missing values, constants, scaling.
 *
 * DESIGN
 * 1. Every dimension that could be is a candidate: a value, a one-hot dimension, a missing mark. Numbers
 *    are measured by their moments; what is 0 or 1 is counted, all categories of a feature at once.
 * 2. One pass measures the candidates, a second writes the ones that are kept. Sums run over fixed
 *    slices, and in them over runs of blocks that stay in the cache.
 * 3. Raw values were rounded to float as they were stored, unless nothing scales them; so what is
 *    measured is what is scaled.
 * 4. Two matrices of all observations never stand in memory together. Where every dimension has a
 *    column of raw values to itself, it is written over that column: each slice packs its blocks
 *    at its own beginning, then the slices close up. Where columns widen (one-hot, missing marks)
 *    there is a second matrix, and the pages of the raw one go back as slices are consumed. */
#include "core/recipe/plan.h"

#include "core/base/mem.h"
#include "core/base/number.h"
#include "core/recipe/moments.h"

#define RUN 128 /* blocks: 16 KiB of a candidate's values */

enum candidate_kind { VALUE, ONEHOT, MARK };

struct candidate {
    enum candidate_kind kind;
    uint32_t slot, feature; /* slot; plan feature */
    uint32_t which;         /* one-hot: dimension */
    double weight;
    double fill;               /* what a missing value becomes */
    double min, max, mean, sd; /* over all observations, filled */
    struct moments there;      /* of the values that are not missing */
    double offset, unit;       /* of the scaling */
    bool keep;
};

struct part {
    struct moments moments; /* of the values that there are */
    uint64_t set;           /* of a flag */
    uint64_t absent; /* observations whose raw value is NaN; of a slot's first candidate only */
    bool inexact;    /* a value that float does not hold */
};

struct scaling {
    struct matrix *m;
    const struct plan *plan;
    const struct recipe *recipe;
    struct matrix *raw;
    struct slot *slot;
    uint32_t n_slots;
    struct candidate *candidate;
    uint32_t n;
    struct part *part; /* MATRIX_SLICES x n */
    enum simd_level level;
    bool in_place; /* dimensions are written over the raw values */
    struct job *job;
};

/* Whether the candidate is 0 or 1: a category, or a mark. Else it is a number. */
static bool is_flag(const struct scaling *s, const struct candidate *c)
{
    return c->kind == MARK || s->slot[c->slot].category;
}

/* A number's values in one block; NaN where a VALUE is missing. */
static void values_of(const struct scaling *s, const struct candidate *c, uint64_t block, double *x)
{
    size_t at = ((size_t)block * s->raw->d + s->slot[c->slot].column) * MATRIX_BLOCK;
    if (s->raw->wide) {
        memcpy(x, (const double *)s->raw->data + at, MATRIX_BLOCK * sizeof *x);
    } else {
        for (int lane = 0; lane < MATRIX_BLOCK; lane++)
            x[lane] = (double)((const float *)s->raw->data)[at + (size_t)lane];
    }
    for (int lane = 0; c->kind != VALUE && lane < MATRIX_BLOCK; lane++)
        x[lane] = isnan(x[lane]) ? 0 : x[lane];
}

/* Which flags are set in one block: those whose `which` is the number of the lane. One-hot: the dimension,
 * NO_FLAG when missing. A mark, whose `which` is 0: the other way round. */
#define NO_FLAG UINT32_MAX
static void flags_of(const struct scaling *s, const struct candidate *c, uint64_t block,
                     uint32_t *flag)
{
    const struct categories *categories = s->plan->feature[c->feature].categories;
    for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++) {
        double x = matrix_value(s->raw, block * MATRIX_BLOCK + lane, s->slot[c->slot].column);
        if (c->kind == MARK)
            flag[lane] = isnan(x) ? 0 : NO_FLAG;
        else
            flag[lane] = isnan(x) ? NO_FLAG : categories_dim_of(categories, (uint32_t)x);
    }
}

static uint32_t lanes_of(const struct matrix *m, uint64_t block)
{
    uint64_t left = m->n - block * MATRIX_BLOCK;
    return left < MATRIX_BLOCK ? (uint32_t)left : MATRIX_BLOCK;
}

/* Observations of a block whose raw value is missing. */
static uint32_t absent_in(const struct scaling *s, const struct candidate *c, uint64_t block)
{
    uint64_t first = block * MATRIX_BLOCK;
    uint32_t absent = 0;
    for (uint32_t lane = 0; lane < lanes_of(s->raw, block); lane++)
        absent += isnan(matrix_value(s->raw, first + lane, s->slot[c->slot].column)) ? 1 : 0;
    return absent;
}

/* Adds the blocks first .. end - 1, at most RUN of them, to the part of a number. */
static void measure_run(const struct scaling *s, uint32_t i, uint64_t first, uint64_t end,
                        struct part *p)
{
    const struct candidate *c = &s->candidate[i];
    bool filled = c->kind != VALUE && (i == 0 || s->candidate[i - 1].slot != c->slot);
    double x[RUN * MATRIX_BLOCK];
    struct moments m;
    size_t n = 0;
    for (uint64_t b = first; b < end; b++, n += MATRIX_BLOCK) {
        values_of(s, c, b, x + n);
        for (uint32_t lane = lanes_of(s->raw, b); lane < MATRIX_BLOCK; lane++)
            x[n + lane] = (double)NAN;
        p->absent += filled ? absent_in(s, c, b) : 0;
        if (c->kind == VALUE)
            p->absent += lanes_of(s->raw, b);
        for (uint32_t lane = 0; s->raw->wide && lane < MATRIX_BLOCK; lane++) {
            double scaled = x[n + lane] * c->weight;
            p->inexact = p->inexact || (!isnan(scaled) && (double)(float)scaled != scaled);
        }
    }
    m = moments_of(x, n, s->level);
    p->absent -= c->kind == VALUE ? m.n : 0;
    moments_join(&p->moments, &m);
}

/* Adds those blocks to the parts of all categories of a feature, which begin at `part`. */
static void count_run(const struct scaling *s, const struct candidate *c, uint64_t first,
                      uint64_t end, struct part *part)
{
    uint32_t flag[MATRIX_BLOCK];
    for (uint64_t b = first; b < end; b++) {
        flags_of(s, c, b, flag);
        for (uint32_t lane = 0; lane < lanes_of(s->raw, b); lane++) {
            if (flag[lane] == NO_FLAG)
                part->absent++;
            else
                part[flag[lane]].set++;
        }
    }
}

static void measure_slice(void *user, uint32_t slice)
{
    struct scaling *s = user;
    uint64_t blocks = blocks_of(s->raw), end = slice_begin(blocks, MATRIX_SLICES, slice + 1);
    struct part *part = s->part + (size_t)slice * s->n;

    memset(part, 0, s->n * sizeof *part);
    for (uint64_t b = slice_begin(blocks, MATRIX_SLICES, slice); b < end; b += RUN) {
        uint64_t to = b + RUN < end ? b + RUN : end;
        if (job_cancelled(s->job))
            return;
        for (uint32_t i = 0; i < s->n; i++) {
            const struct candidate *c = &s->candidate[i];
            if (!is_flag(s, c))
                measure_run(s, i, b, to, &part[i]);
            else if (c->kind == ONEHOT && c->which == 0)
                count_run(s, c, b, to, &part[i]);
        }
    }
}

/* How many observations lack a value, for each slot. */
static void count_missing(struct scaling *s)
{
    for (uint32_t i = s->n; i-- > 0;) {
        struct slot *slot = &s->slot[s->candidate[i].slot];
        slot->missing = 0; /* the first of its candidates comes last, and knows */
        for (uint32_t slice = 0; slice < MATRIX_SLICES; slice++)
            slot->missing += s->part[(size_t)slice * s->n + i].absent;
    }
}

/* What so many ones among n zeros and ones are. */
static struct moments moments_of_flags(uint64_t ones, uint64_t n)
{
    double share = (double)ones / (double)n;
    return (struct moments){.n = n,
                            .min = ones < n ? 0 : 1,
                            .max = ones > 0 ? 1 : 0,
                            .mean = share,
                            .squares = (double)ones * (1 - share)};
}

/* Adds the slices up. True when some value is inexact in float. */
static bool measured(struct scaling *s)
{
    bool inexact = false;
    for (uint32_t i = 0; i < s->n; i++) {
        struct candidate *c = &s->candidate[i];
        struct moments all = {.n = 0};
        uint64_t set = c->kind == MARK ? s->slot[c->slot].missing : 0;
        for (uint32_t slice = 0; slice < MATRIX_SLICES; slice++) {
            const struct part *p = &s->part[(size_t)slice * s->n + i];
            moments_join(&all, &p->moments);
            set += p->set;
            inexact = inexact || p->inexact;
        }
        if (is_flag(s, c)) {
            all = moments_of_flags(set, s->raw->n);
            inexact = inexact || (set > 0 && (double)(float)c->weight != c->weight);
        }
        c->there = all;
        if (all.n == 0)
            continue;
        if (s->recipe->missing == MISSING_ZERO) {
            const struct moments zeros = {.n = s->raw->n - all.n};
            moments_join(&all, &zeros);
        } else {
            c->fill = all.mean; /* which adds nothing to the spread */
        }
        c->min = all.min;
        c->max = all.max;
        c->mean = all.mean;
        c->sd = sqrt(all.squares / (double)s->raw->n);
    }
    return inexact;
}

/* Scaling of each candidate, from what was measured. */
static void choose_scaling(struct scaling *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        struct candidate *c = &s->candidate[i];
        c->keep = c->max > c->min;
        c->offset = 0;
        c->unit = 1;
        if (s->recipe->scale == SCALE_STANDARD) {
            c->offset = c->mean;
            c->unit = c->sd;
        } else if (s->recipe->scale == SCALE_MINMAX) {
            c->offset = c->min;
            c->unit = c->max - c->min;
        }
        if (!(c->unit > 0) || !isfinite(c->unit))
            c->unit = 1;
    }
}

/* Whether the candidate's feature has a value anywhere. */
static bool has_values(const struct scaling *s, const struct candidate *c)
{
    return s->slot[c->slot].missing < s->raw->n;
}

/* Whether another part of the same feature, such as its cosine, stays. */
static bool part_stays(const struct scaling *s, uint32_t f)
{
    const struct plan_feature *of = s->plan->feature;
    for (uint32_t i = 0; i < s->n; i++) {
        const struct candidate *c = &s->candidate[i];
        if (c->feature != f && of[c->feature].number == of[f].number && c->kind == VALUE && c->keep)
            return true;
    }
    return false;
}

/* Lists a feature that vanishes, or whose value does, where it belongs; once, however many parts it
 * has. */
static void list_vanished(const struct scaling *s, uint32_t f, struct buf *empty,
                          struct buf *constant)
{
    bool seen = false, any = false, value_gone = false, values = false;
    struct buf *list;
    for (uint32_t i = 0; i < s->n; i++) {
        const struct candidate *c = &s->candidate[i];
        if (c->feature != f)
            continue;
        seen = true;
        any = any || c->keep;
        value_gone = value_gone || (c->kind == VALUE && !c->keep);
        values = values || has_values(s, c);
    }
    if (!seen || (any && !value_gone) || s->plan->feature[f].part > 0 || part_stays(s, f))
        return;
    list = values ? constant : empty;
    buf_printf(list, "%s%s", list->len > 0 ? ", " : "", s->plan->feature[f].feature->text);
}

/* Counts the dimensions that are kept and says which features vanish. When all values are the same,
 * keeps one of them. Returns the number of dimensions; -1 when no feature has a value. */
static int64_t choose_kept(struct scaling *s, struct err *err)
{
    struct buf empty = BUF_INIT, constant = BUF_INIT;
    int64_t kept = 0, spare = -1;
    for (uint32_t i = 0; i < s->n; i++) {
        kept += s->candidate[i].keep;
        if (spare < 0 && s->candidate[i].kind != MARK && has_values(s, &s->candidate[i]))
            spare = i;
    }
    for (uint32_t f = 0; f < s->plan->n; f++)
        list_vanished(s, f, &empty, &constant);
    if (kept == 0 && spare < 0) {
        err_set(err, ERR_DATA, "recipe %s: no row has a value for %s", s->recipe->name,
                buf_text(&empty));
        kept = -1;
    } else {
        if (empty.len > 0)
            notices_add(&s->m->notices, "dropped, no row has a value: %s", buf_text(&empty));
        if (constant.len > 0)
            notices_add(&s->m->notices, "dropped, the same in all rows: %s", buf_text(&constant));
    }
    if (kept == 0) {
        s->candidate[spare].keep = true;
        kept = 1;
    }
    buf_release(&empty);
    buf_release(&constant);
    return kept;
}

/* "log(duration)", "regularity", "sin(hour(ts))", "port_class(id.resp_p)=system". */
static void feature_name(struct buf *out, const struct feature *f, uint8_t part)
{
    static const char *const classes[] = {"system", "registered", "ephemeral"};
    bool turns = f->kind == FEATURE_HOUR || f->kind == FEATURE_WEEKDAY;
    if (turns)
        buf_add_text(out, part == 0 ? "sin(" : "cos(");
    buf_add_text(out, feature_kind_name(f->kind));
    if (f->arg[0] != NULL)
        buf_printf(out, "(%s%s%s)", f->arg[0], f->arg[1] == NULL ? "" : ",",
                   f->arg[1] == NULL ? "" : f->arg[1]);
    if (turns)
        buf_add_char(out, ')');
    if (f->kind == FEATURE_PORT_CLASS)
        buf_printf(out, "=%s", classes[part]);
}

/* A dimension's name, unique among the ones before it. NULL on memory. */
static char *dim_name(const struct scaling *s, const struct candidate *c, uint32_t n_before)
{
    const struct plan_feature *pf = &s->plan->feature[c->feature];
    const struct feature *f = pf->feature;
    struct buf b = BUF_INIT;
    if (c->kind == ONEHOT) {
        buf_add_text(&b, categories_dim_name(pf->categories, c->which));
    } else {
        buf_add_text(&b, c->kind == MARK ? "missing(" : "");
        feature_name(&b, f, pf->part);
        buf_add_text(&b, c->kind == MARK ? ")" : "");
    }
    for (uint32_t i = 0; i < n_before && !b.failed; i++) {
        if (strcmp(s->m->dim[i].name, buf_text(&b)) == 0) {
            buf_add_char(&b, '~');
            i = UINT32_MAX; /* look again from the first */
        }
    }
    return buf_take(&b);
}

static int describe(struct scaling *s, uint32_t kept, struct err *err)
{
    struct matrix *m = s->m;
    m->dim = mem_zalloc(kept, sizeof *m->dim);
    m->feature = mem_zalloc(s->plan->n, sizeof *m->feature);
    if (m->dim == NULL || m->feature == NULL)
        return err_memory(err, "the features");
    for (uint32_t i = 0, j = 0; i < s->n; i++) {
        const struct candidate *c = &s->candidate[i];
        const struct plan_feature *pf = &s->plan->feature[c->feature];
        if (!c->keep)
            continue;
        if (j == 0 || m->dim[j - 1].feature != pf->number) {
            m->feature[m->n_features] = mem_string(pf->feature->text);
            if (m->feature[m->n_features++] == NULL)
                return err_memory(err, "the features");
        }
        m->dim[j] = (struct dim){.name = dim_name(s, c, j),
                                 .feature = pf->number,
                                 .indicator = c->kind != VALUE,
                                 .weight = c->weight,
                                 .offset = c->offset,
                                 .unit = c->unit,
                                 .mean = c->mean,
                                 .sd = c->sd,
                                 .there = {c->there.min, c->there.max, c->there.mean}};
        m->d = ++j;
        if (m->dim[j - 1].name == NULL)
            return err_memory(err, "the features");
    }
    return 0;
}

static size_t element(const struct matrix *m)
{
    return m->wide ? sizeof(double) : sizeof(float);
}

static size_t block_bytes(const struct matrix *m)
{
    return (size_t)m->d * MATRIX_BLOCK * element(m);
}

/* Scales a candidate's values in one block. No branches: the compiler makes vectors of it. */
static void scale_values(const struct candidate *c, double *x)
{
    double fill = c->fill, offset = c->offset, unit = c->unit, weight = c->weight;
    for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++) {
        double value = x[lane] == x[lane] ? x[lane] : fill;
        value = (value - offset) / unit * weight;
        /* Also after an absurd weight, squared distances must stay finite. */
        value = value > FEATURE_CLAMP ? FEATURE_CLAMP : value;
        x[lane] = value < -FEATURE_CLAMP ? -FEATURE_CLAMP : value;
    }
}

/* A flag's scaled values in one block. */
static void scale_flags(const struct candidate *c, const uint32_t *flag, double *x)
{
    double both[MATRIX_BLOCK] = {0, 1};
    scale_values(c, both);
    for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++)
        x[lane] = flag[lane] == c->which ? both[1] : both[0];
}

/* Writes the kept dimensions of a block: `to` may be where its raw values stand, or before. */
static void write_block(const struct scaling *s, uint64_t block, char *to)
{
    uint32_t lanes = lanes_of(s->raw, block), flag[MATRIX_BLOCK];
    const struct candidate *flagged = NULL; /* whose flags these are */
    double x[MATRIX_BLOCK];
    for (uint32_t i = 0; i < s->n; i++) {
        const struct candidate *c = &s->candidate[i];
        if (!c->keep)
            continue;
        if (is_flag(s, c)) {
            if (flagged == NULL || flagged->slot != c->slot || flagged->kind != c->kind)
                flags_of(s, c, block, flag);
            flagged = c;
            scale_flags(c, flag, x);
        } else {
            values_of(s, c, block, x);
            scale_values(c, x);
        }
        for (uint32_t lane = lanes; lane < MATRIX_BLOCK; lane++)
            x[lane] = 0;
        if (s->m->wide) {
            memcpy(to, x, sizeof x);
            to += sizeof x;
            continue;
        }
        for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++)
            ((float *)(void *)to)[lane] = (float)x[lane];
        to += MATRIX_BLOCK * sizeof(float);
    }
}

static void write_slice(void *user, uint32_t slice)
{
    struct scaling *s = user;
    uint64_t blocks = blocks_of(s->raw);
    uint64_t begin = slice_begin(blocks, MATRIX_SLICES, slice);
    uint64_t end = slice_begin(blocks, MATRIX_SLICES, slice + 1);
    size_t from = block_bytes(s->raw), to = block_bytes(s->m);
    char *out = s->in_place ? (char *)s->raw->data + begin * from : (char *)s->m->data + begin * to;

    for (uint64_t b = begin; b < end; b++) {
        if (b % 64 == 0 && job_cancelled(s->job))
            return;
        write_block(s, b, out);
        out += to;
    }
    if (!s->in_place)
        mem_give_back(s->raw->data, begin * from, end * from);
}

/* Whether no dimension needs more room than its raw values have, and each reads its own alone. */
static bool fits_in_place(const struct scaling *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        const struct candidate *c = &s->candidate[i];
        if (c->keep && (c->kind == MARK || s->slot[c->slot].category))
            return false;
    }
    return true;
}

/* Closes the gaps between slices that have been written at their own beginnings. */
static void close_up(struct scaling *s)
{
    uint64_t blocks = blocks_of(s->raw);
    size_t from = block_bytes(s->raw), to = block_bytes(s->m);
    char *data = s->raw->data;
    for (uint32_t slice = 1; slice < MATRIX_SLICES && to < from; slice++) {
        uint64_t begin = slice_begin(blocks, MATRIX_SLICES, slice);
        uint64_t end = slice_begin(blocks, MATRIX_SLICES, slice + 1);
        memmove(data + begin * to, data + begin * from, (end - begin) * to);
    }
    mem_give_back(data, blocks * to, blocks * from);
    s->m->data = data;
    s->m->mapped = s->raw->mapped;
    s->raw->data = NULL;
    s->raw->mapped = 0;
}

static void candidate_add(struct scaling *s, enum candidate_kind kind, uint32_t slot,
                          uint32_t which)
{
    uint32_t feature = s->slot[slot].feature;
    s->candidate[s->n++] = (struct candidate){.kind = kind,
                                              .slot = slot,
                                              .feature = feature,
                                              .which = which,
                                              .weight = s->plan->feature[feature].feature->weight};
}

/* All dimensions that could be, in the recipe's order. */
static int list_candidates(struct scaling *s, struct err *err)
{
    uint32_t n_slots = s->n_slots;
    s->candidate = mem_alloc((size_t)n_slots * (ONEHOT_MAX_DIMS + 1), sizeof *s->candidate);
    if (s->candidate == NULL)
        return err_memory(err, "the features");
    for (uint32_t i = 0; i < n_slots; i++) {
        uint32_t feature = s->slot[i].feature;
        if (s->slot[i].category) {
            uint32_t dims = categories_dims(s->plan->feature[feature].categories);
            for (uint32_t which = 0; which < dims; which++)
                candidate_add(s, ONEHOT, i, which);
        } else if (s->slot[i].dim >= 0) {
            candidate_add(s, ONEHOT, i, (uint32_t)s->slot[i].dim);
        } else {
            candidate_add(s, VALUE, i, 0);
        }
        if (s->recipe->missing == MISSING_MARK &&
            (i + 1 == n_slots || s->slot[i + 1].feature != feature))
            candidate_add(s, MARK, i, 0);
    }
    return 0;
}

static int run(struct scaling *s, struct parallel *pool, parallel_fn *pass, struct err *err)
{
    parallel_run(pool, MATRIX_SLICES, pass, s);
    return job_cancelled(s->job) ? job_stopped(err) : 0;
}

/* Fills m->data from the raw values, which are consumed. */
static int write_dimensions(struct scaling *s, uint32_t kept, bool wide, struct parallel *pool,
                            struct err *err)
{
    struct matrix *m = s->m;
    s->in_place = fits_in_place(s);
    m->d = kept;
    m->wide = wide;
    if (!s->in_place && matrix_room(m, s->raw->n, kept, wide) < 0)
        return err_memory(err, "the features");
    if (run(s, pool, write_slice, err) < 0)
        return -1;
    if (s->in_place)
        close_up(s);
    return 0;
}

int scale_build(struct matrix *m, const struct plan *p, const struct recipe *r, struct matrix *raw,
                struct slot *slot, uint32_t n_slots, struct parallel *pool, struct job *job,
                struct err *err)
{
    struct scaling s = {
        .m = m, .plan = p, .recipe = r, .raw = raw, .slot = slot, .n_slots = n_slots, .job = job};
    int64_t kept;
    bool inexact;
    int rc = -1;

    s.level = simd_best_level();
    if (list_candidates(&s, err) < 0)
        goto out;
    s.part = mem_alloc((size_t)MATRIX_SLICES * (s.n + 1), sizeof *s.part);
    if (s.part == NULL) {
        err_memory(err, "the features");
        goto out;
    }
    if (run(&s, pool, measure_slice, err) < 0)
        goto out;
    count_missing(&s);
    inexact = measured(&s);
    choose_scaling(&s);
    kept = choose_kept(&s, err);
    if (kept < 0 || describe(&s, (uint32_t)kept, err) < 0)
        goto out;
    rc = write_dimensions(&s, (uint32_t)kept, raw->wide && inexact, pool, err);
out:
    mem_free(s.candidate);
    mem_free(s.part);
    return rc;
}
