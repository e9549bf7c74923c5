/* Sorting whole numbers in place; see packed.h.
 *
 * DESIGN
 * 1. A pass looks at the eight highest bits in which the keys of a piece differ, counts, and moves every
 *    key to its part by following cycles: no second array. Each part is a piece of its own.
 * 2. What is small is sorted by insertion; what is in order already is left alone.
 * 3. Big pieces are cut level by level, several at a time, until there are enough for all threads.
 *    Equal keys are alike, so the result is one and the same whoever sorts what. */
#include "core/packed.h"

#include "core/base/mem.h"
#include "core/crew.h"

#define PARTS       256
#define PART_BITS   8
#define SHORT_PIECE 48
#define ALONE_BELOW 100000 /* keys that are not worth waking threads for */
#define MOST_PIECES 4096
#define CHECK_EVERY 65536 /* moves between two looks at the cancel flag */

struct piece {
    uint64_t *key;
    uint64_t n;
};

struct sorting {
    struct crew crew;
    struct piece piece[MOST_PIECES];
    uint32_t n_pieces;
    uint32_t cut[MOST_PIECES]; /* pieces to be cut at this level */
    uint64_t end[16][PARTS];   /* of the parts of those that are cut at once */
};

static void insertion_sort(uint64_t *k, uint64_t n)
{
    for (uint64_t i = 1; i < n; i++) {
        uint64_t key = k[i], at = i;
        for (; at > 0 && key < k[at - 1]; at--)
            k[at] = k[at - 1];
        k[at] = key;
    }
}

static bool is_sorted(const uint64_t *k, uint64_t n)
{
    for (uint64_t i = 1; i < n; i++)
        if (k[i] < k[i - 1])
            return false;
    return true;
}

/* Moves the keys to their parts; end[part] is where each ends. Gives up half way when cancelled. */
static void cut(const struct piece *p, uint64_t *end, const struct job *job)
{
    uint64_t low = UINT64_MAX, high = 0, next[PARTS], sum = 0, moved = 0, *k = p->key;
    uint32_t bits, shift;
    for (uint64_t i = 0; i < p->n; i++) {
        low = k[i] < low ? k[i] : low;
        high = k[i] > high ? k[i] : high;
    }
    bits = 64 - (uint32_t)__builtin_clzll((high - low) | 1);
    shift = bits > PART_BITS ? bits - PART_BITS : 0;
    memset(end, 0, PARTS * sizeof *end);
    for (uint64_t i = 0; i < p->n; i++)
        end[(k[i] - low) >> shift]++;
    for (uint32_t part = 0; part < PARTS; part++) {
        next[part] = sum;
        sum += end[part];
        end[part] = sum;
    }
    for (uint32_t part = 0; part < PARTS; part++) {
        while (next[part] < end[part]) {
            uint64_t key = k[next[part]];
            uint32_t to = (uint32_t)((key - low) >> shift);
            /* A cycle: each key goes to its part, and takes the place of the one it meets. */
            for (; to != part; to = (uint32_t)((key - low) >> shift)) {
                uint64_t met = k[next[to]];
                k[next[to]++] = key;
                key = met;
                if (++moved % CHECK_EVERY == 0 && job_cancelled(job))
                    return;
            }
            k[next[part]++] = key;
            if (++moved % CHECK_EVERY == 0 && job_cancelled(job))
                return;
        }
    }
}

/* Each level has at least eight bits less to look at, so it ends after eight. */
static void sort_piece(const struct piece *p, const struct job *job)
{
    uint64_t end[PARTS], begin = 0;
    if (p->n <= SHORT_PIECE) {
        insertion_sort(p->key, p->n);
        return;
    }
    if (job_cancelled(job) || is_sorted(p->key, p->n))
        return;
    cut(p, end, job);
    for (uint32_t part = 0; part < PARTS; part++) {
        struct piece next = {p->key + begin, end[part] - begin};
        if (next.n > 1)
            sort_piece(&next, job);
        begin = end[part];
    }
}

/* ---- on several threads ---- */

static void cut_pieces(void *user, uint32_t member)
{
    struct sorting *s = user;
    uint32_t task;
    (void)member;
    while (crew_take(&s->crew, &task))
        cut(&s->piece[s->cut[task]], s->end[task], s->crew.job);
}

static void sort_pieces(void *user, uint32_t member)
{
    struct sorting *s = user;
    uint32_t task;
    (void)member;
    while (crew_take(&s->crew, &task))
        sort_piece(&s->piece[task], s->crew.job);
}

/* Puts the parts of the piece that was cut as the task in its place and behind. */
static void take_parts(struct sorting *s, uint32_t task)
{
    struct piece whole = s->piece[s->cut[task]];
    uint64_t begin = 0;
    s->piece[s->cut[task]].n = 0;
    for (uint32_t part = 0; part < PARTS; part++) {
        if (s->end[task][part] > begin)
            s->piece[s->n_pieces++] = (struct piece){whole.key + begin, s->end[task][part] - begin};
        begin = s->end[task][part];
    }
}

/* The pieces above so many keys, as many as can be cut at once. */
static uint32_t choose_pieces(struct sorting *s, uint64_t most)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n_pieces; i++)
        if (s->piece[i].n > most && n < ARRAY_LEN(s->end) &&
            s->n_pieces + (n + 1) * PARTS <= MOST_PIECES)
            s->cut[n++] = i;
    return n;
}

static int sort_on_threads(struct sorting *s, uint64_t *key, uint64_t n, struct err *err)
{
    uint64_t most = n / (8 * (uint64_t)parallel_threads(s->crew.pool)) + 1;
    uint32_t n_cut;
    s->piece[0] = (struct piece){key, n};
    s->n_pieces = 1;
    while ((n_cut = choose_pieces(s, most)) > 0) {
        if (crew_run(&s->crew, n_cut, cut_pieces, s, "sorting", err) != 0)
            return -1;
        for (uint32_t task = 0; task < n_cut; task++)
            take_parts(s, task);
    }
    return crew_run(&s->crew, s->n_pieces, sort_pieces, s, "sorting", err);
}

int packed_sort(uint64_t *key, uint64_t n, struct job *job, struct err *err)
{
    struct sorting *s;
    int rc = 0;
    if (is_sorted(key, n))
        return 0;
    if (n < ALONE_BELOW || parallel_threads(job_pool(job)) == 1 ||
        (s = mem_zalloc(1, sizeof *s)) == NULL) {
        sort_piece(&(struct piece){key, n}, job);
        return job_cancelled(job) ? job_stopped(err) : 0;
    }
    crew_init(&s->crew, job_pool(job), job);
    rc = sort_on_threads(s, key, n, err);
    mem_free(s);
    return rc;
}
