/* One pass of Lloyd's iteration; see kmeans_impl.h.
 *
 * DESIGN
 * 1. Labels are those of double arithmetic. The fused kernel proposes one and says how sure it is;
 *    where it is not, and for matrices of doubles, the double kernel decides.
 * 2. A block whose labels cannot have changed is not looked at, and of the others only the groups of
 *    centroids that may have come nearer (bounds.c). The kernel takes two blocks at once that need the
 *    same groups. What it says of bounds is about its own choice: where double arithmetic makes another
 *    one, which happens when distances tie, nothing is known of the block.
 * 3. From time to time the observations of the blocks that are looked at change places (arrange.c).
 *    Labels go with them.
 * 4. When there are few observations, sums are made on the way. Else they are made in the first pass and
 *    then follow the labels (sums.c), so that they do not depend on anybody's place. Slices do not
 *    depend on threads, and labels do not depend on the kernel, so the sums depend on neither. */
#include "core/cluster/fold.h"

#include <math.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Corrects, in double, the labels that the kernel is not sure of. Returns whether one was not right. */
static bool correct(const struct fit *f, uint64_t block, struct kernel_choice *choice)
{
    double dist[KMEANS_MAX_K * MATRIX_BLOCK], best[MATRIX_BLOCK];
    int64_t nearest[MATRIX_BLOCK];
    bool wrong = false;
    kernel_distances(f->m, block, f->centroid, f->k, dist);
    kernel_nearest(dist, f->k, best, nearest);
    for (int lane = 0; lane < MATRIX_BLOCK; lane++) {
        if (choice->slack[lane] > 0 || choice->which[lane] == (uint8_t)nearest[lane])
            continue;
        choice->which[lane] = (uint8_t)nearest[lane];
        wrong = true;
    }
    return wrong;
}

/* The cluster of a block whose observations share one, else k. */
static uint32_t home_of(const struct fit *f, const uint8_t *which)
{
    uint64_t half[2], same = which[0] * (uint64_t)0x0101010101010101;
    memcpy(half, which, sizeof half);
    return half[0] == same && half[1] == same ? which[0] : f->k;
}

/* The lanes, as bits, in which two blocks of labels are equal. */
static uint32_t equal_lanes(const uint8_t *a, const uint8_t *b)
{
#if defined(__SSE2__)
    return (uint32_t)_mm_movemask_epi8(
        _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)a),
                       _mm_loadu_si128((const __m128i *)(const void *)b)));
#else
    uint32_t equal = 0;
    for (int lane = 0; lane < MATRIX_BLOCK; lane++)
        equal |= (uint32_t)(a[lane] == b[lane]) << lane;
    return equal;
#endif
}

/* New labels of a block; sums and counts of its slice follow. Returns how many changed. */
static uint64_t relabel(struct fit *f, uint64_t block, const uint8_t *which, uint32_t slice)
{
    uint8_t *label = f->label + block * MATRIX_BLOCK;
    uint32_t left = ~equal_lanes(label, which) & (((uint32_t)1 << block_lanes(f->m, block)) - 1);
    uint64_t changed = (uint64_t)__builtin_popcount(left);
    for (; f->running && left != 0; left &= left - 1) {
        uint32_t lane = (uint32_t)__builtin_ctz(left);
        sums_move(&f->sums, f->kernel, f->m, (size_t)block * MATRIX_BLOCK * f->d + lane,
                  which[lane], label[lane], slice);
    }
    if (changed > 0)
        memcpy(label, which, MATRIX_BLOCK);
    return changed;
}

/* One slice in one pass. Kept by the thread that goes over it: other threads count neighbouring slices. */
struct walk {
    uint32_t slice;
    struct tray *tray;
    uint64_t changed; /* labels */
    uint64_t read;    /* blocks */
    uint64_t wasted;  /* observations */
};

/* A block that may not stand. */
struct look {
    uint64_t block;
    uint32_t open; /* groups of centroids, as bits, that it is compared with */
    uint32_t own;  /* place of its own centroid when it is in none of them, else KERNEL_NO_OWN */
};

/* The open groups and, where the block's observations do not share a cluster, those of their own
 * centroids. */
static struct look look_of(const struct fit *f, uint64_t block, uint32_t open)
{
    const uint8_t *label = f->label + block * MATRIX_BLOCK;
    uint32_t home = f->bounds.home[block];
    struct look look = {block, open, KERNEL_NO_OWN};

    if (open == ((uint32_t)1 << f->bounds.groups) - 1)
        return look;
    if (home == f->k) {
        for (int lane = 0; lane < MATRIX_BLOCK; lane++)
            look.open |= f->bounds.group[label[lane]];
    } else if ((open & f->bounds.group[home]) == 0) {
        look.own = f->center.place[home];
    }
    return look;
}

/* The groups of `open` as the kernel numbers them. Returns how many there are. */
static uint32_t groups_of(const struct fit *f, uint32_t open, uint8_t *group)
{
    uint32_t span = f->bounds.span, n = 0;
    for (; open != 0; open &= open - 1) {
        uint32_t first = (uint32_t)__builtin_ctz(open) * span;
        for (uint32_t g = first; g < first + span && g < f->center.groups; g++)
            group[n++] = (uint8_t)g;
    }
    return n;
}

/* What is known of a block that was compared with n groups: left[], and that of each lane when `lanes`
 * is not NULL (groups x 16). Returns the least slack of those groups. */
static float learn(const struct fit *f, uint64_t block, const struct kernel_choice *choice,
                   const uint8_t *group, uint32_t n, double *left, float *lanes)
{
    uint32_t known = 0;
    float least = INFINITY;
    bounds_left(&f->bounds, block, left);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t g = f->bounds.span == 1 ? group[i] : group[i] / f->bounds.span;
        bool first = (known >> g & 1) == 0;
        double apart = (double)choice->apart[i];
        left[g] = first || apart < left[g] ? apart : left[g];
        least = choice->apart[i] < least ? choice->apart[i] : least;
        known |= (uint32_t)1 << g;
        if (lanes == NULL)
            continue;
        if (first)
            memcpy(lanes + g * MATRIX_BLOCK, choice->room[i], sizeof choice->room[i]);
        for (uint32_t lane = 0; !first && lane < MATRIX_BLOCK; lane++)
            lanes[g * MATRIX_BLOCK + lane] =
                fminf(lanes[g * MATRIX_BLOCK + lane], choice->room[i][lane]);
    }
    for (uint32_t g = 0; lanes != NULL && g < f->bounds.groups; g++)
        for (uint32_t lane = 0; (known >> g & 1) == 0 && lane < MATRIX_BLOCK; lane++)
            lanes[g * MATRIX_BLOCK + lane] = (float)(left[g] * (1 - 0x1.0p-22));
    return least;
}

/* Nothing is known of a block's bounds. */
static void nothing_left(const struct fit *f, double *left, float *lanes)
{
    memset(left, 0, f->bounds.groups * sizeof *left);
    if (lanes != NULL)
        memset(lanes, 0, (size_t)f->bounds.groups * MATRIX_BLOCK * sizeof *lanes);
}

/* Sorting a block's observations costs about as much as looking at so many blocks. So it is done when so
 * many looks have been wasted for each block that the next pass is expected to look at, and they still are:
 * the whole is then never much dearer than either without. */
#define SORT_COST  2.0
#define SORT_SHARE 0.25 /* of the last pass's looks */

/* How many of a block's observations are known not to change in the next pass if centroids move as they did
 * last, while others of the block keep it from being left out. */
static uint32_t wasted(const struct fit *f, const float *slack)
{
    float move = (float)f->bounds.last_move;
    uint32_t safe = 0;
    for (int lane = 0; lane < MATRIX_BLOCK; lane++)
        safe += slack[lane] > move;
    return safe == MATRIX_BLOCK ? 0 : safe;
}

/* What the kernel found out about a block that was compared with n groups becomes its labels and bounds. */
static void conclude(struct fit *f, const struct look *look, const uint8_t *group, uint32_t n,
                     struct kernel_choice *choice, struct walk *w)
{
    float *lanes = tray_put(w->tray, f, look->block), least = 0;
    double left[BOUND_GROUPS] = {0};
    uint32_t home;

    if (f->fused)
        least = learn(f, look->block, choice, group, n, left, lanes);
    if (!(least > 0) && correct(f, look->block, choice))
        nothing_left(f, left, lanes); /* it is known of the kernel's choice */
    for (uint32_t lane = block_lanes(f->m, look->block); lane < MATRIX_BLOCK; lane++)
        choice->which[lane] = choice->which[0]; /* behind the last observation */
    home = home_of(f, choice->which);
    if (look->own != KERNEL_NO_OWN && home != f->bounds.home[look->block]) {
        uint32_t its = (uint32_t)__builtin_ctz(f->bounds.group[f->bounds.home[look->block]]);
        left[its] = 0; /* it now has one other centroid more */
        for (uint32_t lane = 0; lanes != NULL && lane < MATRIX_BLOCK; lane++)
            lanes[its * MATRIX_BLOCK + lane] = 0;
    }
    bounds_set(&f->bounds, look->block, home, left);
    w->wasted += wasted(f, choice->slack);
    w->changed += relabel(f, look->block, choice->which, w->slice);
}

/* Of centroids as the kernel reads them. */
static uint32_t places(const struct fit *f)
{
    return (f->k + KERNEL_GROUP - 1) / KERNEL_GROUP * KERNEL_GROUP;
}

/* Labels of up to KERNEL_BLOCKS blocks that are compared with the same groups, in the same dimensions. */
static void look_at(struct fit *f, const struct look *const *look, uint32_t n_looks, struct walk *w)
{
    struct kernel_choice choice[KERNEL_BLOCKS];
    struct kernel_blocks blocks = {.n = n_looks, .dims = f->d};
    uint8_t group[KERNEL_GROUPS] = {0};
    uint32_t n = 0;

    for (uint32_t i = 0; i < n_looks; i++) {
        blocks.x[i] = (const float *)f->m->data + (size_t)look[i]->block * MATRIX_BLOCK * f->d;
        blocks.own[i] = look[i]->own;
        if (f->fold != NULL)
            blocks.base[i] = fold_of(f->fold, look[i]->block, f->base, places(f), &blocks.dims);
        memset(choice[i].slack, 0, sizeof choice[i].slack);
    }
    if (f->fused) {
        n = groups_of(f, look[0]->open, group);
        f->kernel->nearest(&blocks, &f->center, group, n, choice);
    }
    for (uint32_t i = 0; i < n_looks; i++)
        conclude(f, look[i], group, n, &choice[i], w);
}

/* Blocks are looked for and then looked at in runs of so many, which stay in the cache; the values of a
 * block are fetched so many blocks before it is looked at. */
#define RUN_BLOCKS 128
#define AHEAD      6

/* The blocks of a run that may not stand. Returns how many. */
static uint32_t find_open(struct fit *f, uint64_t begin, uint64_t end, struct look *look)
{
    uint32_t n = 0;
    for (uint64_t b = begin; (b = bounds_next(&f->bounds, b, end)) < end; b++) {
        uint32_t open = bounds_open(&f->bounds, b);
        if (open != 0)
            look[n++] = look_of(f, b, open);
    }
    return n;
}

/* Whether the kernel can take both blocks at once. */
static bool look_alike(const struct fit *f, const struct look *a, const struct look *b)
{
    return a->open == b->open &&
           (f->fold == NULL || (f->fold->combination[a->block] == FOLD_NONE) ==
                                   (f->fold->combination[b->block] == FOLD_NONE));
}

/* Looks at the blocks of a run, two at a time where that can be. */
static void look_at_all(struct fit *f, struct look *look, uint32_t n, struct walk *w)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct look *two[KERNEL_BLOCKS] = {&look[i]};
        uint32_t partner = i + 1;
        if (i + AHEAD < n)
            fold_fetch(f->fold, f->m, look[i + AHEAD].block);
        if (look[i].open == 0)
            continue; /* was a partner */
        while (partner < n && !look_alike(f, &look[i], &look[partner]))
            partner++;
        if (partner < n)
            two[1] = &look[partner];
        look_at(f, two, partner < n ? 2 : 1, w);
        if (partner < n)
            look[partner].open = 0;
    }
}

/* Labels of the blocks from `begin` to `end`, which are a superblock when there is a tray. False when
 * cancelled. */
static bool assign_blocks(struct fit *f, uint64_t begin, uint64_t end, struct walk *w)
{
    uint64_t pause = cancel_blocks(f->k, f->d);
    struct look look[RUN_BLOCKS];

    pause = pause < RUN_BLOCKS ? pause : RUN_BLOCKS;
    tray_begin(w->tray, begin);
    for (uint64_t b = begin; b < end; b += pause) {
        uint64_t to = end - b < pause ? end : b + pause;
        uint32_t n;
        if (job_cancelled(f->opts->job))
            return false;
        n = find_open(f, b, to, look);
        look_at_all(f, look, n, w);
        w->read += n;
        for (uint64_t i = b; !f->runs && i < to; i++)
            sums_add(&f->sums, f->kernel, f->m, i, f->label + i * MATRIX_BLOCK, w->slice);
    }
    tray_sort(w->tray, f);
    return true;
}

/* Labels of one slice, and its sums. */
static void assign_slice(void *user, uint32_t slice)
{
    struct fit *f = user;
    uint64_t blocks = matrix_blocks(f->m), begin = slice_begin(blocks, KMEANS_SLICES, slice);
    uint64_t end = slice_begin(blocks, KMEANS_SLICES, slice + 1);
    struct walk w = {.slice = slice, .tray = f->sorts ? tray_take(f->space, f->m, slice) : NULL};
    uint64_t step = w.tray == NULL ? end - begin : f->space->super;

    if (!f->runs)
        sums_clear(&f->sums, slice);
    for (uint64_t b = begin; b < end; b += step)
        if (!assign_blocks(f, b, end - b < step ? end : b + step, &w))
            break;
    tray_return(w.tray);
    if (f->runs && !f->running)
        sums_start(&f->sums, f->kernel, f->m, f->label, slice);
    f->slice_changed[slice] = w.changed;
    f->slice_read[slice] = w.read;
    f->slice_waste[slice] = w.wasted;
}

/* Sums and counts of one slice, for the labels as they are. */
static void sum_slice(void *user, uint32_t slice)
{
    struct fit *f = user;
    uint64_t blocks = matrix_blocks(f->m);
    uint64_t end = slice_begin(blocks, KMEANS_SLICES, slice + 1);
    uint64_t pause = cancel_blocks(1, f->d);

    sums_clear(&f->sums, slice);
    for (uint64_t b = slice_begin(blocks, KMEANS_SLICES, slice); b < end; b++) {
        if (b % pause == 0 && job_cancelled(f->opts->job))
            return;
        sums_add(&f->sums, f->kernel, f->m, b, f->label + b * MATRIX_BLOCK, slice);
    }
}

/* Whether the blocks that a pass looks at are to be sorted. */
static bool sorting_pays(const struct fit *f)
{
    double looks = (double)f->last_read;
    return f->waste > SORT_COST * looks && f->last_waste > SORT_SHARE * looks;
}

int fit_assign(struct fit *f, struct err *err)
{
    f->fused = !f->m->wide && kernel_centers_set(&f->center, f->centroid, f->k, f->d);
    bounds_move(&f->bounds, &f->center, f->before, f->centroid, f->d);
    memcpy(f->before, f->centroid, (size_t)f->k * f->d * sizeof *f->before);
    if (f->fused && f->fold != NULL)
        fold_bases(f->fold, f->centroid, f->k, f->center.place, places(f), f->base, f->opts->pool);
    f->sorts = f->fused && f->space != NULL && sorting_pays(f);
    parallel_run(f->opts->pool, KMEANS_SLICES, assign_slice, f);
    if (job_cancelled(f->opts->job))
        return job_stopped(err);
    f->changed = f->last_read = 0;
    f->last_waste = 0;
    for (uint32_t s = 0; s < KMEANS_SLICES; s++) {
        f->last_waste += (double)f->slice_waste[s] / MATRIX_BLOCK;
        f->changed += f->slice_changed[s];
        f->last_read += f->slice_read[s];
    }
    f->blocks_read += f->last_read;
    f->waste = f->sorts ? 0 : f->waste + f->last_waste;
    f->running = f->runs;
    f->fresh = true;
    sums_total(&f->sums, f->running, f->sum, f->count);
    return 0;
}

int fit_sum(struct fit *f, struct err *err)
{
    parallel_run(f->opts->pool, KMEANS_SLICES, sum_slice, f);
    if (job_cancelled(f->opts->job))
        return job_stopped(err);
    sums_total(&f->sums, false, f->sum, f->count);
    f->fresh = true;
    return 0;
}

void fit_move(struct fit *f, uint32_t slice, uint64_t at, uint8_t to)
{
    uint64_t block = at / MATRIX_BLOCK;
    uint8_t which[MATRIX_BLOCK];
    if (!f->running)
        sums_move_plain(&f->sums, f->m, at, to, f->label[at], slice);
    memcpy(which, f->label + block * MATRIX_BLOCK, sizeof which);
    which[at % MATRIX_BLOCK] = to;
    (void)relabel(f, block, which, slice);
    bounds_forget(&f->bounds, block); /* the label is no choice of the kernel */
    f->fresh = f->running;
    sums_total(&f->sums, f->running, f->sum, f->count);
}

/* Adds the squared distances of a block's observations to the parts of their clusters. */
static void add_distances(const struct fit *f, uint64_t block, double *part)
{
    const uint8_t *label = f->label + block * MATRIX_BLOCK;
    const float *x = (const float *)f->m->data + (size_t)block * MATRIX_BLOCK * f->d;
    uint32_t lanes = block_lanes(f->m, block), left = ((uint32_t)1 << lanes) - 1;
    double dist[MATRIX_BLOCK], own[MATRIX_BLOCK] = {0};
    while (left != 0) {
        uint8_t c = label[__builtin_ctz(left)], all[MATRIX_BLOCK];
        uint32_t its;
        memset(all, c, sizeof all);
        its = equal_lanes(label, all) & left;
        left &= ~its;
        f->kernel->reach(x, f->d, f->centroid + (size_t)c * f->d, dist);
        for (; its != 0; its &= its - 1)
            own[__builtin_ctz(its)] = dist[__builtin_ctz(its)];
    }
    for (uint32_t lane = 0; lane < lanes; lane++)
        part[label[lane]] += own[lane];
}

/* Inertia of one slice's observations. */
static void inertia_slice(void *user, uint32_t slice)
{
    struct fit *f = user;
    uint64_t blocks = matrix_blocks(f->m);
    uint64_t end = slice_begin(blocks, KMEANS_SLICES, slice + 1);
    uint64_t pause = cancel_blocks(1, f->d);
    double *part = f->slice_part + (size_t)slice * f->k;

    memset(part, 0, f->k * sizeof *part);
    for (uint64_t b = slice_begin(blocks, KMEANS_SLICES, slice); b < end; b++) {
        if (b % pause == 0 && job_cancelled(f->opts->job))
            return;
        if (!f->m->wide) {
            add_distances(f, b, part);
            continue;
        }
        for (uint64_t i = b * MATRIX_BLOCK; i < f->m->n && i < (b + 1) * MATRIX_BLOCK; i++)
            part[f->label[i]] +=
                kmeans_distance2(f->m, i, f->centroid + (size_t)f->label[i] * f->d);
    }
}

int fit_inertia(struct fit *f, struct err *err)
{
    parallel_run(f->opts->pool, KMEANS_SLICES, inertia_slice, f);
    if (job_cancelled(f->opts->job))
        return job_stopped(err);
    memset(f->part, 0, f->k * sizeof *f->part);
    for (uint32_t s = 0; s < KMEANS_SLICES; s++)
        for (uint32_t c = 0; c < f->k; c++)
            f->part[c] += f->slice_part[(size_t)s * f->k + c];
    return 0;
}
