/* Observations in an order that lets passes skip more blocks; see kmeans_impl.h.
 *
 * DESIGN
 * 1. A log's rows come as they happened, so most blocks hold a row that lies between two clusters, and
 *    one such row keeps its whole block from being skipped. So rows change places until they stand
 *    beside others of their cluster whose choice can stand about as much: a counting sort by cluster and
 *    by the slack's power of two, in units of the last move.
 * 2. A row stays in its superblock, a run of blocks of its slice: two bytes a row tell where it came
 *    from, and what is moved fits the cache. The matrix itself is sorted, and put back in the end.
 * 3. Slacks change with every pass, so it is done again and again, but only among the blocks that are
 *    looked at anyway: they are put on a tray, and at the end of the superblock their observations
 *    change places.
 * 4. That order is only a matter of speed: any order gives the same labels and the same sums (sums.c).
 *    What depends on the order of the observations asks for their numbers.
 * 5. Another order, that of equal keys side by side, depends on the matrix alone (fold.c). */
#include "core/cluster/kmeans_impl.h"

#include <math.h>
#include <stdatomic.h>

#include "core/base/mem.h"

#define STEPS       16 /* of slack, each the half of a power of two */
#define SUPER_MOST  1024
#define SUPER_LANES (SUPER_MOST * MATRIX_BLOCK)
#define TRAY_BYTES  ((size_t)4 << 20)

/* Blocks of a superblock that are looked at in this pass, and what is known of their observations. Lanes
 * are those of the tray: block x 16 + lane. */
struct tray {
    atomic_bool taken;
    uint64_t first;             /* block of the superblock */
    uint32_t n;                 /* blocks on the tray */
    uint16_t block[SUPER_MOST]; /* their numbers in the superblock */
    float *left;                /* blocks x groups x 16: bounds_left of each observation */
    uint16_t key[SUPER_LANES], to[SUPER_LANES]; /* the lane that an observation goes to */
    float *moved, *data;                        /* what the lanes then hold: left, values, */
    uint16_t place[SUPER_LANES];
    uint8_t label[SUPER_LANES];
};

static void tray_free(struct tray *t)
{
    if (t == NULL)
        return;
    mem_free(t->left);
    mem_free(t->moved);
    mem_free(t->data);
    mem_free(t);
}

void arrangement_release(struct arrangement *a)
{
    for (uint32_t i = 0; a->tray != NULL && i < a->n_trays; i++)
        tray_free(a->tray[i]);
    mem_free(a->tray);
    mem_free(a->place);
    memset(a, 0, sizeof *a);
}

static struct tray *tray_new(uint32_t super, uint32_t d)
{
    struct tray *t = mem_zalloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->left = mem_alloc((size_t)super * MATRIX_BLOCK, BOUND_GROUPS * sizeof *t->left);
    t->moved = mem_alloc((size_t)super * MATRIX_BLOCK, BOUND_GROUPS * sizeof *t->moved);
    t->data = mem_alloc_aligned((size_t)super * MATRIX_BLOCK, d * sizeof *t->data);
    if (t->left != NULL && t->moved != NULL && t->data != NULL)
        return t;
    tray_free(t);
    return NULL;
}

bool arrangement_init(struct arrangement *a, const struct matrix *m, uint32_t threads)
{
    uint64_t blocks = matrix_blocks(m);
    size_t block = MATRIX_BLOCK * sizeof(float) * m->d;
    bool whole;
    memset(a, 0, sizeof *a);
    if (m->wide || m->n < ARRANGE_LEAST || block * 2 > TRAY_BYTES)
        return false;
    a->super = block * SUPER_MOST <= TRAY_BYTES ? SUPER_MOST : (uint32_t)(TRAY_BYTES / block);
    a->place = mem_alloc(blocks, MATRIX_BLOCK * sizeof *a->place);
    a->tray = mem_zalloc(threads, sizeof(struct tray *));
    a->n_trays = threads;
    whole = a->place != NULL && a->tray != NULL;
    for (uint32_t i = 0; whole && i < threads; i++) {
        a->tray[i] = tray_new(a->super, m->d);
        whole = a->tray[i] != NULL;
    }
    if (!whole)
        arrangement_release(a);
    return whole;
}

uint64_t arrangement_row(const struct arrangement *a, const struct matrix *m, uint32_t slice,
                         uint64_t at)
{
    uint64_t begin = slice_begin(matrix_blocks(m), KMEANS_SLICES, slice);
    uint64_t block = at / MATRIX_BLOCK;
    if (a == NULL || !a->sorted[slice])
        return at;
    return (block - (block - begin) % a->super) * MATRIX_BLOCK + a->place[at];
}

/* ---- one tray ---- */

/* Which of the steps a slack belongs to, in units of the last move: 0 for less than one. */
static uint32_t step_of(float moves)
{
    uint32_t bits, step;
    moves = moves >= 0.75F ? moves : 0.75F; /* where the first step ends is 1 */
    memcpy(&bits, &moves, sizeof bits);
    step = (bits >> 22) - (127U << 1) + 1;
    return step < STEPS ? step : STEPS - 1;
}

/* Fills to[]: a counting sort. */
static void sort(struct tray *t, const struct fit *f)
{
    uint32_t groups = f->bounds.groups, start[KMEANS_MAX_K * STEPS + 1] = {0};
    double move = f->bounds.last_move;
    float unit = move > 1e-30 && move < 1e30 ? (float)(1 / move) : 1;

    for (uint32_t b = 0; b < t->n; b++) {
        const float *left = t->left + (size_t)b * groups * MATRIX_BLOCK;
        const uint8_t *label = f->label + (t->first + t->block[b]) * MATRIX_BLOCK;
        uint16_t *key = t->key + (size_t)b * MATRIX_BLOCK;
        float least[MATRIX_BLOCK];
        memcpy(least, left, sizeof least);
        for (uint32_t g = 1; g < groups; g++)
            for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++)
                least[lane] = left[g * MATRIX_BLOCK + lane] < least[lane]
                                  ? left[g * MATRIX_BLOCK + lane]
                                  : least[lane];
        for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++)
            key[lane] = (uint16_t)(label[lane] * STEPS + step_of(least[lane] * unit));
        for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++)
            start[key[lane] + 1]++;
    }
    for (uint32_t key = 0; key < f->k * STEPS; key++)
        start[key + 1] += start[key];
    for (uint32_t i = 0; i < t->n * MATRIX_BLOCK; i++)
        t->to[i] = (uint16_t)start[t->key[i]]++;
}

/* The values of the tray's block b go where to[] says. */
static void scatter(struct tray *t, const float *from, uint32_t d, uint32_t b)
{
    for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++) {
        uint32_t new = t->to[b * MATRIX_BLOCK + lane];
        float *to = t->data + (size_t)(new / MATRIX_BLOCK) * MATRIX_BLOCK * d + new % MATRIX_BLOCK;
        for (size_t j = 0; j < (size_t)d * MATRIX_BLOCK; j += MATRIX_BLOCK)
            to[j] = from[j + lane];
    }
}

/* Observations change places as to[] says. A block's values are read while they are near, and few blocks
 * are written to at a time: those that are next of their key. */
static void permute(struct tray *t, struct arrangement *a, struct matrix *m, uint8_t *labels)
{
    size_t block = (size_t)MATRIX_BLOCK * m->d;
    float *data = (float *)m->data + t->first * block;
    uint16_t *place = a->place + t->first * MATRIX_BLOCK;
    uint8_t *label = labels == NULL ? NULL : labels + t->first * MATRIX_BLOCK;

    for (uint32_t b = 0; b < t->n; b++) {
        const uint16_t *to = t->to + (size_t)b * MATRIX_BLOCK;
        size_t at = (size_t)t->block[b] * MATRIX_BLOCK;
        scatter(t, data + t->block[b] * block, m->d, b);
        for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++)
            t->place[to[lane]] = place[at + lane];
        for (uint32_t lane = 0; label != NULL && lane < MATRIX_BLOCK; lane++)
            t->label[to[lane]] = label[at + lane];
    }
    for (uint32_t b = 0; b < t->n; b++) {
        size_t its = (size_t)b * MATRIX_BLOCK, at = (size_t)t->block[b] * MATRIX_BLOCK;
        memcpy(data + t->block[b] * block, t->data + b * block, block * sizeof *data);
        memcpy(place + at, t->place + its, MATRIX_BLOCK * sizeof *place);
        if (label != NULL)
            memcpy(label + at, t->label + its, MATRIX_BLOCK);
    }
}

/* Bounds of the tray's blocks, whose observations have changed places. */
static void set_bounds(struct tray *t, struct fit *f)
{
    uint32_t groups = f->bounds.groups;
    for (uint32_t b = 0; b < t->n; b++)
        for (uint32_t g = 0; g < groups; g++)
            for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++) {
                uint32_t new = t->to[b * MATRIX_BLOCK + lane];
                t->moved[((size_t)(new / MATRIX_BLOCK) * groups + g) * MATRIX_BLOCK +
                         new % MATRIX_BLOCK] =
                    t->left[((size_t)b * groups + g) * MATRIX_BLOCK + lane];
            }
    for (uint32_t b = 0; b < t->n; b++) {
        const uint8_t *label = t->label + (size_t)b * MATRIX_BLOCK;
        double left[BOUND_GROUPS];
        uint32_t home = label[0];
        for (uint32_t g = 0; g < groups; g++) {
            const float *its = t->moved + ((size_t)b * groups + g) * MATRIX_BLOCK;
            float least = its[0];
            for (uint32_t lane = 1; lane < MATRIX_BLOCK; lane++)
                least = its[lane] < least ? its[lane] : least;
            left[g] = (double)least;
        }
        for (uint32_t lane = 1; lane < MATRIX_BLOCK; lane++)
            home = label[lane] == home ? home : f->k;
        bounds_set(&f->bounds, t->first + t->block[b], home, left);
    }
}

/* Every observation of a slice stands where it came from. */
static void begin_slice(struct arrangement *a, const struct matrix *m, uint32_t slice)
{
    uint64_t blocks = matrix_blocks(m), begin = slice_begin(blocks, KMEANS_SLICES, slice);
    uint64_t end = slice_begin(blocks, KMEANS_SLICES, slice + 1);
    for (uint64_t b = begin; b < end; b++)
        for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++)
            a->place[b * MATRIX_BLOCK + lane] =
                (uint16_t)((b - begin) % a->super * MATRIX_BLOCK + lane);
    a->sorted[slice] = true;
}

struct tray *tray_take(struct arrangement *a, const struct matrix *m, uint32_t slice)
{
    if (!a->sorted[slice])
        begin_slice(a, m, slice);
    for (uint32_t i = 0; i < a->n_trays; i++) {
        if (atomic_exchange(&a->tray[i]->taken, true))
            continue;
        a->tray[i]->n = 0;
        return a->tray[i];
    }
    return NULL;
}

float *tray_put(struct tray *t, struct fit *f, uint64_t block)
{
    if (t == NULL || block_lanes(f->m, block) < MATRIX_BLOCK)
        return NULL;
    t->block[t->n] = (uint16_t)(block - t->first);
    return t->left + (size_t)t->n++ * f->bounds.groups * MATRIX_BLOCK;
}

void tray_begin(struct tray *t, uint64_t first)
{
    if (t != NULL)
        t->first = first;
}

void tray_sort(struct tray *t, struct fit *f)
{
    if (t == NULL)
        return;
    if (t->n > 1) {
        sort(t, f);
        permute(t, f->space, f->m, f->label);
        set_bounds(t, f);
    }
    t->n = 0;
}

void tray_return(struct tray *t)
{
    if (t != NULL)
        atomic_store(&t->taken, false);
}

/* ---- all of a slice ---- */

/* Puts all whole blocks of a superblock on the tray. */
static void tray_fill(struct tray *t, const struct arrangement *a, const struct matrix *m,
                      uint64_t first, uint64_t end)
{
    t->first = first;
    for (t->n = 0; t->n < a->super && first + t->n < end; t->n++) {
        if (block_lanes(m, first + t->n) < MATRIX_BLOCK)
            break;
        t->block[t->n] = (uint16_t)t->n;
    }
}

/* What is done to each superblock, by all threads. */
struct everywhere {
    struct arrangement *a;
    struct matrix *m;
    uint8_t *label;
    arrangement_keys *keys;
    void *user;
};

static void restore_slice(void *user, uint32_t slice)
{
    const struct everywhere *w = user;
    uint64_t blocks = matrix_blocks(w->m), end = slice_begin(blocks, KMEANS_SLICES, slice + 1);
    struct tray *t = w->a->sorted[slice] ? tray_take(w->a, w->m, slice) : NULL;
    if (t == NULL)
        return; /* there is a tray for each thread */
    for (uint64_t b = slice_begin(blocks, KMEANS_SLICES, slice); b < end; b += w->a->super) {
        tray_fill(t, w->a, w->m, b, end);
        memcpy(t->to, w->a->place + b * MATRIX_BLOCK, (size_t)t->n * MATRIX_BLOCK * sizeof *t->to);
        permute(t, w->a, w->m, w->label);
    }
    w->a->sorted[slice] = false;
    tray_return(t);
}

void arrangement_undo(struct arrangement *a, struct matrix *m, uint8_t *label,
                      struct parallel *pool)
{
    struct everywhere w = {.a = a, .m = m, .label = label};
    if (a != NULL)
        parallel_run(pool, KMEANS_SLICES, restore_slice, &w);
}

/* ---- equal keys side by side ---- */

#define KEYS      1023 /* of a superblock that are told apart */
#define KEY_SLOTS 4096
#define OTHER     KEYS /* the number of all others */

/* Numbers of keys, in the order in which they come. */
struct key_numbers {
    uint32_t n, key[KEYS];
    uint16_t slot[KEY_SLOTS]; /* a number and 1, or 0 */
};

static uint16_t number_of(struct key_numbers *k, uint32_t key)
{
    uint32_t at = (key * UINT32_C(2654435761)) >> 20;
    for (; k->slot[at] != 0; at = (at + 1) % KEY_SLOTS)
        if (k->key[k->slot[at] - 1] == key)
            return (uint16_t)(k->slot[at] - 1);
    if (k->n == KEYS)
        return OTHER;
    k->key[k->n] = key;
    k->slot[at] = (uint16_t)++k->n;
    return (uint16_t)(k->n - 1);
}

static void group_slice(void *user, uint32_t slice)
{
    const struct everywhere *w = user;
    uint64_t blocks = matrix_blocks(w->m), end = slice_begin(blocks, KMEANS_SLICES, slice + 1);
    struct tray *t = tray_take(w->a, w->m, slice);
    if (t == NULL)
        return; /* there is a tray for each thread */
    for (uint64_t b = slice_begin(blocks, KMEANS_SLICES, slice); b < end; b += w->a->super) {
        uint32_t start[KEYS + 2] = {0}, key[MATRIX_BLOCK];
        struct key_numbers numbers = {0};
        tray_fill(t, w->a, w->m, b, end);
        for (uint32_t i = 0; i < t->n; i++) {
            w->keys(w->user, b + i, key);
            for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++) {
                uint16_t number = number_of(&numbers, key[lane]);
                t->key[i * MATRIX_BLOCK + lane] = number;
                start[number + 1]++;
            }
        }
        for (uint32_t i = 0; i <= KEYS; i++)
            start[i + 1] += start[i];
        for (uint32_t i = 0; i < t->n * MATRIX_BLOCK; i++)
            t->to[i] = (uint16_t)start[t->key[i]]++;
        permute(t, w->a, w->m, NULL);
    }
    tray_return(t);
}

void arrangement_group(struct arrangement *a, struct matrix *m, arrangement_keys *keys, void *user,
                       struct parallel *pool)
{
    struct everywhere w = {.a = a, .m = m, .keys = keys, .user = user};
    parallel_run(pool, KMEANS_SLICES, group_slice, &w);
}
