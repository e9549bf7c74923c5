/* Observations in an order that lets passes skip more blocks; see kmeans_impl.h.
 *
 * DESIGN
 * 1. A log's rows come as they happened, so most blocks hold a row that lies between two clusters, and
 *    one such row keeps its whole block from being skipped. Passes therefore go over a copy of the
 *    matrix in which, inside each slice, rows stand beside others of their cluster whose choice can
 *    stand about as much: a counting sort by cluster and by the slack's power of two, in units of the
 *    last move.
 * 2. Slacks change with every pass, so it is done again and again, but only among the blocks that are
 *    looked at anyway: they are put on a tray, and when it is full or the slice at its end, their
 *    observations change places.
 * 3. The order is only a matter of speed: any order gives the same labels and the same sums (sums.c).
 * 4. Without memory for it the matrix is used as it stands. */
#include "core/cluster/kmeans_impl.h"

#include <math.h>
#include <stdatomic.h>

#include "core/base/mem.h"

#define STEPS      16 /* of slack, each the half of a power of two */
#define TRAY_BYTES ((size_t)4 << 20)
#define TRAY_LANES (TRAY * MATRIX_BLOCK)

/* Blocks of a slice that are looked at in this pass, and what is known of their observations. Places are
 * those of the tray: block x 16 + lane. */
struct tray {
    atomic_bool taken;
    uint32_t n, room;     /* blocks */
    uint64_t block[TRAY]; /* their numbers */
    float *left;          /* blocks x groups x 16: bounds_left of each observation */
    float *data;          /* like the blocks, in the new order */
    uint16_t key[TRAY_LANES], order[TRAY_LANES]; /* order: old places */
    uint32_t row[TRAY_LANES];
    uint8_t label[TRAY_LANES];
};

void arrangement_release(struct arrangement *a)
{
    for (uint32_t i = 0; a->tray != NULL && i < a->n_trays; i++) {
        if (a->tray[i] == NULL)
            continue;
        mem_free(a->tray[i]->left);
        mem_free(a->tray[i]->data);
        mem_free(a->tray[i]);
    }
    mem_free(a->tray);
    mem_free(a->data);
    mem_free(a->row);
    mem_free(a->label);
    memset(a, 0, sizeof *a);
}

static struct tray *tray_new(uint32_t d)
{
    struct tray *t = mem_zalloc(1, sizeof *t);
    size_t block = MATRIX_BLOCK * sizeof *t->data * d;
    if (t == NULL)
        return NULL;
    t->room = block * TRAY <= TRAY_BYTES ? TRAY : (uint32_t)(TRAY_BYTES / block);
    t->left = mem_alloc(TRAY_LANES, BOUND_GROUPS * sizeof *t->left);
    t->data = mem_alloc_aligned(t->room, block);
    if (t->left == NULL || t->data == NULL) {
        mem_free(t->left);
        mem_free(t->data);
        mem_free(t);
        return NULL;
    }
    return t;
}

bool arrangement_init(struct arrangement *a, const struct matrix *m, uint32_t k, uint32_t threads)
{
    uint64_t blocks = matrix_blocks(m);
    size_t block = MATRIX_BLOCK * sizeof *a->data * m->d;
    bool whole;
    memset(a, 0, sizeof *a);
    if (m->wide || m->n < ARRANGE_LEAST || (m->n > ARRANGE_ALWAYS && k < ARRANGE_LEAST_K) ||
        m->n > UINT32_MAX || blocks * block > ARRANGE_BYTES || block * 2 > TRAY_BYTES)
        return false;
    a->data = mem_alloc_aligned(blocks, block);
    a->row = mem_alloc(blocks, MATRIX_BLOCK * sizeof *a->row);
    a->label = mem_alloc(blocks, MATRIX_BLOCK * sizeof *a->label);
    a->tray = mem_zalloc(threads, sizeof(struct tray *));
    a->n_trays = threads;
    whole = a->data != NULL && a->row != NULL && a->label != NULL && a->tray != NULL;
    for (uint32_t i = 0; whole && i < threads; i++) {
        a->tray[i] = tray_new(m->d);
        whole = a->tray[i] != NULL;
    }
    if (!whole)
        arrangement_release(a);
    return whole;
}

/* The block's observations stay where they stand in the matrix. */
static void keep(const struct fit *f, uint64_t block)
{
    const struct arrangement *a = f->space;
    size_t first = (size_t)block * MATRIX_BLOCK, cells = (size_t)MATRIX_BLOCK * f->d;
    memcpy(a->data + first * f->d, (const float *)f->m->data + first * f->d,
           cells * sizeof *a->data);
    memcpy(a->label + first, f->label + first, MATRIX_BLOCK);
    for (size_t i = first; i < first + MATRIX_BLOCK; i++)
        a->row[i] = (uint32_t)i;
}

/* ---- one tray ---- */

/* Which of the steps a slack belongs to: 0 for the smallest. */
static uint32_t step_of(float slack, float unit)
{
    float moves = slack * unit;
    uint32_t bits;
    if (!(moves >= 1))
        return 0;
    memcpy(&bits, &moves, sizeof bits);
    bits = (bits >> 22) - (127u << 1) + 1;
    return bits < STEPS ? bits : STEPS - 1;
}

/* Fills order[]. */
static void sort(struct tray *t, const struct fit *f)
{
    float unit = f->bounds.last_move > 1e-30 && f->bounds.last_move < 1e30
                     ? (float)(1 / f->bounds.last_move)
                     : 1;
    uint32_t start[KMEANS_MAX_K * STEPS + 1] = {0};

    for (uint32_t b = 0; b < t->n; b++) {
        const float *left = t->left + (size_t)b * f->bounds.groups * MATRIX_BLOCK;
        const uint8_t *label = f->seen_label + t->block[b] * MATRIX_BLOCK;
        float least[MATRIX_BLOCK];
        memcpy(least, left, sizeof least);
        for (uint32_t g = 1; g < f->bounds.groups; g++)
            for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++)
                least[lane] = left[g * MATRIX_BLOCK + lane] < least[lane]
                                  ? left[g * MATRIX_BLOCK + lane]
                                  : least[lane];
        for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++) {
            uint32_t key = label[lane] * STEPS + step_of(least[lane], unit);
            t->key[b * MATRIX_BLOCK + lane] = (uint16_t)key;
            start[key + 1]++;
        }
    }
    for (uint32_t key = 0; key < f->k * STEPS; key++)
        start[key + 1] += start[key];
    for (uint32_t i = 0; i < t->n * MATRIX_BLOCK; i++)
        t->order[start[t->key[i]]++] = (uint16_t)i;
}

/* Gathers the observations of the tray's block `b` from where they stand; their values go to `to`. */
static void gather(struct tray *t, const struct fit *f, uint32_t b, float *to)
{
    const float *from[MATRIX_BLOCK];
    for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++) {
        uint32_t place = t->order[b * MATRIX_BLOCK + lane];
        size_t at = (size_t)t->block[place / MATRIX_BLOCK] * MATRIX_BLOCK + place % MATRIX_BLOCK;
        from[lane] =
            (const float *)f->seen.data + (at - at % MATRIX_BLOCK) * f->d + at % MATRIX_BLOCK;
        t->row[b * MATRIX_BLOCK + lane] = f->arranged ? f->space->row[at] : (uint32_t)at;
        t->label[b * MATRIX_BLOCK + lane] = f->seen_label[at];
    }
    for (size_t j = 0; j < (size_t)f->d * MATRIX_BLOCK; j += MATRIX_BLOCK)
        for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++)
            to[j + lane] = from[lane][j];
}

/* Puts the tray's block `b` where its number says. */
static void put_back(const struct tray *t, struct fit *f, uint32_t b)
{
    struct arrangement *a = f->space;
    const uint8_t *label = t->label + (size_t)b * MATRIX_BLOCK;
    uint64_t block = t->block[b];
    uint32_t home = label[0];
    double left[BOUND_GROUPS];

    if (f->arranged)
        memcpy(a->data + block * MATRIX_BLOCK * f->d, t->data + (size_t)b * MATRIX_BLOCK * f->d,
               MATRIX_BLOCK * sizeof *a->data * f->d);
    memcpy(a->row + block * MATRIX_BLOCK, t->row + (size_t)b * MATRIX_BLOCK,
           MATRIX_BLOCK * sizeof *a->row);
    memcpy(a->label + block * MATRIX_BLOCK, label, MATRIX_BLOCK);
    for (uint32_t lane = 1; lane < MATRIX_BLOCK; lane++)
        home = label[lane] == home ? home : f->k;
    for (uint32_t g = 0; g < f->bounds.groups; g++) {
        float least = INFINITY;
        for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++) {
            uint32_t place = t->order[b * MATRIX_BLOCK + lane];
            float its =
                t->left[((size_t)(place / MATRIX_BLOCK) * f->bounds.groups + g) * MATRIX_BLOCK +
                        place % MATRIX_BLOCK];
            least = its < least ? its : least;
        }
        left[g] = (double)least;
    }
    bounds_set(&f->bounds, block, home, left);
}

/* The first time, values go straight from the matrix to where they belong. */
static void rearrange(struct tray *t, struct fit *f)
{
    size_t block = (size_t)MATRIX_BLOCK * f->d;
    sort(t, f);
    for (uint32_t b = 0; b < t->n; b++)
        gather(t, f, b, f->arranged ? t->data + b * block : f->space->data + t->block[b] * block);
    for (uint32_t b = 0; b < t->n; b++)
        put_back(t, f, b);
    t->n = 0;
}

struct tray *tray_take(struct arrangement *a)
{
    for (uint32_t i = 0; i < a->n_trays; i++)
        if (!atomic_exchange(&a->tray[i]->taken, true))
            return a->tray[i];
    return NULL;
}

float *tray_put(struct tray *t, struct fit *f, uint64_t block)
{
    if (t == NULL || block_lanes(f->m, block) < MATRIX_BLOCK)
        return NULL;
    if (t->n == t->room)
        rearrange(t, f);
    t->block[t->n] = block;
    return t->left + (size_t)t->n++ * f->bounds.groups * MATRIX_BLOCK;
}

void tray_return(struct tray *t, struct fit *f, uint32_t slice)
{
    uint64_t blocks = matrix_blocks(f->m), end = slice_begin(blocks, KMEANS_SLICES, slice + 1);
    if (t != NULL) {
        if (t->n > 1 || f->arrange)
            rearrange(t, f);
        t->n = 0;
        atomic_store(&t->taken, false);
    }
    if (!f->arrange)
        return;
    for (uint64_t b = slice_begin(blocks, KMEANS_SLICES, slice); b < end; b++)
        if (t == NULL || block_lanes(f->m, b) < MATRIX_BLOCK)
            keep(f, b);
}
