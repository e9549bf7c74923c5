/* Sorting keys in place; see order.h.
 *
 * DESIGN
 * 1. Quicksort on a median of three, insertion sort for short runs, heap sort where quicksort
 * would go deep: n log n on any input, and no memory beside the keys.
 * 2. A text's head is its first seven bytes and, in the lowest byte, its length up to eight.
 * 3. For several threads, all pieces that are too big are split in two, level by level, until there are enough
 * to sort. Keys differ in their positions, so there is one result. */
#include "core/query/order.h"

#include "core/base/mem.h"
#include "core/crew.h"

#define SHORT_RUN   24
#define CHECK_EVERY 65536  /* swaps between two looks at the cancel flag */
#define ALONE_BELOW 100000 /* keys that are not worth waking threads for */
#define MOST_PIECES 2048

uint64_t order_head_number(double x)
{
    const uint64_t sign = (uint64_t)1 << 63;
    uint64_t bits;
    if (x == 0)
        x = 0; /* not -0 */
    memcpy(&bits, &x, sizeof bits);
    return (bits & sign) != 0 ? ~bits : bits | sign;
}

uint64_t order_head_time(int64_t us)
{
    return (uint64_t)us ^ ((uint64_t)1 << 63);
}

uint64_t order_head_text(struct span text)
{
    uint64_t head = 0;
    for (size_t i = 0; i < ORDER_HEAD_BYTES; i++)
        head = head << 8 | (i < text.len ? (unsigned char)text.ptr[i] : 0);
    return head << 8 | (text.len > ORDER_HEAD_BYTES ? ORDER_HEAD_BYTES + 1 : text.len);
}

/* ---- sorting ---- */

struct sorting {
    bool descending;
    struct job *job;
    struct err *err;
};

static bool less(const struct sorting *s, const struct order_key *a, const struct order_key *b)
{
    if (a->head != b->head)
        return (a->head < b->head) != s->descending;
    return a->at < b->at;
}

static void swap(struct order_key *a, struct order_key *b)
{
    struct order_key t = *a;
    *a = *b;
    *b = t;
}

static void insertion_sort(const struct sorting *s, struct order_key *k, uint64_t n)
{
    for (uint64_t i = 1; i < n; i++) {
        struct order_key key = k[i];
        uint64_t at = i;
        for (; at > 0 && less(s, &key, &k[at - 1]); at--)
            k[at] = k[at - 1];
        k[at] = key;
    }
}

/* Moves k[at] down to its place in the heap of the first n. */
static void sift(const struct sorting *s, struct order_key *k, uint64_t at, uint64_t n)
{
    for (;;) {
        uint64_t child = 2 * at + 1;
        if (child >= n)
            return;
        if (child + 1 < n && less(s, &k[child], &k[child + 1]))
            child++;
        if (!less(s, &k[at], &k[child]))
            return;
        swap(&k[at], &k[child]);
        at = child;
    }
}

static int heap_sort(const struct sorting *s, struct order_key *k, uint64_t n)
{
    for (uint64_t i = n / 2; i-- > 0;) {
        if (i % CHECK_EVERY == 0 && job_cancelled(s->job))
            return job_stopped(s->err);
        sift(s, k, i, n);
    }
    for (uint64_t end = n; end-- > 1;) {
        if (end % CHECK_EVERY == 0 && job_cancelled(s->job))
            return job_stopped(s->err);
        swap(&k[0], &k[end]);
        sift(s, k, 0, end);
    }
    return 0;
}

/* Puts the middle one of three in the middle, the others to its sides. */
static void median_to_middle(const struct sorting *s, struct order_key *k, uint64_t n)
{
    struct order_key *a = &k[0], *b = &k[n / 2], *c = &k[n - 1];
    if (less(s, b, a))
        swap(a, b);
    if (less(s, c, b)) {
        swap(b, c);
        if (less(s, b, a))
            swap(a, b);
    }
}

/* Splits at the middle key: *left keys do not stand behind it. Keys differ, so both parts hold
 * some. */
static int split(const struct sorting *s, struct order_key *k, uint64_t n, uint64_t *left)
{
    struct order_key pivot;
    uint64_t i = 0, j = n - 1, swaps = 0;
    median_to_middle(s, k, n);
    pivot = k[n / 2];
    for (;;) {
        while (less(s, &k[i], &pivot))
            i++;
        while (less(s, &pivot, &k[j]))
            j--;
        if (i >= j)
            break;
        swap(&k[i++], &k[j--]);
        if (++swaps % CHECK_EVERY == 0 && job_cancelled(s->job))
            return job_stopped(s->err);
    }
    *left = i;
    return 0;
}

static int quick_sort(const struct sorting *s, struct order_key *k, uint64_t n, unsigned depth)
{
    while (n > SHORT_RUN) {
        uint64_t left = 0;
        bool first_shorter;
        if (depth == 0)
            return heap_sort(s, k, n);
        if (n >= 4096 && job_cancelled(s->job))
            return job_stopped(s->err);
        if (split(s, k, n, &left) != 0)
            return -1;
        depth--;
        /* The longer part goes round the loop, so the stack stays short. */
        first_shorter = left < n - left;
        if (quick_sort(s, first_shorter ? k : k + left, first_shorter ? left : n - left, depth) !=
            0)
            return -1;
        k = first_shorter ? k + left : k;
        n = first_shorter ? n - left : left;
    }
    insertion_sort(s, k, n);
    return 0;
}

static unsigned depth_for(uint64_t n)
{
    unsigned depth = 2;
    for (; n > 1; n /= 2)
        depth += 2;
    return depth;
}

/* ---- on several threads ---- */

struct piece {
    struct order_key *key;
    uint64_t n, left; /* split: how many belong to the left part */
};

struct teamwork {
    struct crew crew;
    const struct sorting *s;
    struct piece piece[MOST_PIECES];
    uint32_t n_pieces;
    uint64_t most; /* keys of a piece that one thread sorts */
};

static bool is_big(const struct teamwork *w, uint32_t i)
{
    return w->piece[i].n > w->most;
}

static void split_pieces(void *user, uint32_t member)
{
    struct teamwork *w = user;
    struct sorting s = *w->s;
    struct err err = ERR_INIT; /* a cancelled crew says so itself */
    uint32_t i;
    (void)member;
    s.err = &err;
    while (crew_take(&w->crew, &i)) {
        struct piece *p = &w->piece[i];
        if (is_big(w, i) && split(&s, p->key, p->n, &p->left) != 0)
            return;
    }
}

static void sort_pieces(void *user, uint32_t member)
{
    struct teamwork *w = user;
    struct sorting s = *w->s;
    struct err err = ERR_INIT;
    uint32_t i;
    (void)member;
    s.err = &err;
    while (crew_take(&w->crew, &i))
        if (quick_sort(&s, w->piece[i].key, w->piece[i].n, depth_for(w->piece[i].n)) != 0)
            return;
}

/* One level: every big piece becomes two. Returns how many were split, -1 when cancelled. */
static int split_level(struct teamwork *w, struct err *err)
{
    uint32_t n = w->n_pieces, big = 0;
    for (uint32_t i = 0; i < n; i++)
        big += is_big(w, i);
    if (big == 0 || n + big > MOST_PIECES)
        return 0;
    if (crew_run(&w->crew, n, split_pieces, w, "sorting", err) != 0)
        return -1;
    for (uint32_t i = 0; i < n; i++) {
        struct piece *p = &w->piece[i];
        if (!is_big(w, i))
            continue;
        w->piece[w->n_pieces++] = (struct piece){p->key + p->left, p->n - p->left, 0};
        p->n = p->left;
    }
    return (int)big;
}

/* Levels are as many as halving would take, and some more for bad splits. */
static int sort_on_threads(struct teamwork *w, struct order_key *key, uint64_t n, struct err *err)
{
    int split = 1;
    w->piece[0] = (struct piece){key, n, 0};
    w->n_pieces = 1;
    w->most = n / (8 * (uint64_t)parallel_threads(w->crew.pool)) + 1;
    for (int level = 0; level < 24 && split > 0; level++)
        split = split_level(w, err);
    if (split < 0)
        return -1;
    return crew_run(&w->crew, w->n_pieces, sort_pieces, w, "sorting", err);
}

int order_sort(struct order_key *key, uint64_t n, bool descending, struct job *job, struct err *err)
{
    struct sorting s = {descending, job, err};
    struct teamwork *w;
    int rc;
    if (n < ALONE_BELOW || parallel_threads(job_pool(job)) == 1 ||
        (w = mem_zalloc(1, sizeof *w)) == NULL)
        return quick_sort(&s, key, n, depth_for(n));
    crew_init(&w->crew, job_pool(job), job);
    w->s = &s;
    rc = sort_on_threads(w, key, n, err);
    mem_free(w);
    return rc;
}

/* Moves the keys without a value to the end; returns how many have one. */
static uint64_t missing_last(struct order_key *key, uint64_t n, const uint64_t *missing)
{
    uint64_t have = 0;
    for (uint64_t i = 0; i < n; i++) {
        struct order_key k = key[i];
        if ((missing[i / 64] >> (i % 64) & 1) != 0)
            continue;
        key[i] = key[have];
        key[have++] = k;
    }
    for (uint64_t i = have; i < n; i++)
        key[i].head = 0;
    return have;
}

int order_sort_missing(struct order_key *key, uint64_t n, const uint64_t *missing, bool descending,
                       uint64_t *have, struct job *job, struct err *err)
{
    *have = missing_last(key, n, missing);
    if (order_sort(key, *have, descending, job, err) != 0)
        return -1;
    return order_sort(key + *have, n - *have, false, job, err);
}

/* ---- rows ---- */

bool order_is_of_rows(const struct rowset *set)
{
    for (uint64_t i = 1; i < set->n; i++) {
        if (set->row[i] < set->row[i - 1])
            return false;
    }
    return true;
}

/* Rows that differ, put where the number of lower ones says: a bit for each row of the table, and how
 * many bits stand before each 64. False when rows do not differ. */
static bool place_rows(struct order_key *key, const struct rowset *set, uint64_t *bit,
                       uint32_t *before, uint64_t n_words)
{
    uint32_t sum = 0;
    for (uint64_t i = 0; i < set->n; i++)
        bit[set->row[i] / 64] |= (uint64_t)1 << (set->row[i] % 64);
    for (uint64_t word = 0; word < n_words; word++) {
        before[word] = sum;
        sum += (uint32_t)__builtin_popcountll(bit[word]);
    }
    if (sum != set->n)
        return false;
    for (uint64_t i = 0; i < set->n; i++) {
        uint32_t row = set->row[i];
        uint64_t lower = bit[row / 64] & (((uint64_t)1 << (row % 64)) - 1);
        key[before[row / 64] + (uint32_t)__builtin_popcountll(lower)] =
            (struct order_key){row, (uint32_t)i};
    }
    return true;
}

struct order_key *order_of_rows(const struct rowset *set, uint64_t n_rows, struct job *job,
                                struct err *err)
{
    uint64_t n_words = n_rows / 64 + 1;
    struct order_key *key = mem_alloc(set->n, sizeof *key);
    bool sorted = order_is_of_rows(set);
    uint64_t *bit = sorted ? NULL : mem_zalloc(n_words, sizeof *bit);
    uint32_t *before = sorted ? NULL : mem_alloc(n_words, sizeof *before);
    int rc = 0;
    if (key == NULL || (!sorted && (bit == NULL || before == NULL))) {
        rc = err_memory(err, "the order of the rows");
        goto out;
    }
    if (!sorted && place_rows(key, set, bit, before, n_words))
        goto out;
    for (uint64_t i = 0; i < set->n; i++)
        key[i] = (struct order_key){set->row[i], (uint32_t)i};
    if (!sorted)
        rc = order_sort(key, set->n, false, job, err);
out:
    mem_free(bit);
    mem_free(before);
    if (rc == 0)
        return key;
    mem_free(key);
    return NULL;
}
