/* Sorting keys in place; see order.h.
 *
 * DESIGN
 * 1. Quicksort on a median of three, insertion sort for short runs, heap sort where quicksort
 * would go deep: n log n on any input, and no memory beside the keys.
 * 2. A text's head is its first seven bytes and, in the lowest byte, its length up to eight. Up to
 * seven bytes the head says all; beyond, equal heads have ties. */
#include "core/query/order.h"

#include "core/base/hash.h"
#include "core/base/mem.h"

#define HEAD_BYTES  7
#define SHORT_RUN   24
#define CHECK_EVERY 65536 /* swaps between two looks at the cancel flag */

void order_ties_release(struct order_ties *ties)
{
    buf_release(&ties->bytes);
}

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

/* ---- ties ---- */

static struct span tie_text(const struct order_ties *ties, uint32_t tie)
{
    const char *at = ties->bytes.ptr + (size_t)(tie - 1) * 4;
    uint32_t len;
    memcpy(&len, at, sizeof len);
    return span_make(at + sizeof len, len);
}

int order_key_tie(struct order_key *key, struct order_ties *ties, struct span bytes)
{
    uint32_t *recent = &ties->recent[hash_bytes(bytes.ptr, bytes.len) % ORDER_RECENT];
    uint32_t len = (uint32_t)bytes.len;
    size_t at = ties->bytes.len / 4;
    if (*recent == 0 || !span_eq(tie_text(ties, *recent), bytes)) {
        if (at >= UINT32_MAX - 1 || bytes.len > UINT32_MAX)
            return -1;
        buf_add(&ties->bytes, &len, sizeof len);
        buf_add_span(&ties->bytes, bytes);
        buf_add(&ties->bytes, "\0\0\0", (4 - len % 4) % 4);
        if (ties->bytes.failed)
            return -1;
        *recent = (uint32_t)at + 1;
    }
    key->tie = *recent;
    return 0;
}

int order_key_text(struct order_key *key, struct order_ties *ties, struct span text)
{
    uint64_t head = 0;
    for (size_t i = 0; i < HEAD_BYTES; i++)
        head = head << 8 | (i < text.len ? (unsigned char)text.ptr[i] : 0);
    key->head = head << 8 | (text.len > HEAD_BYTES ? HEAD_BYTES + 1 : text.len);
    key->tie = 0;
    if (text.len <= HEAD_BYTES)
        return 0;
    return order_key_tie(key, ties, span_make(text.ptr + HEAD_BYTES, text.len - HEAD_BYTES));
}

/* ---- sorting ---- */

struct sorting {
    const struct order_ties *ties;
    bool descending;
    struct job *job;
    struct err *err;
};

static int tie_cmp(const struct order_ties *ties, const struct order_key *a,
                   const struct order_key *b)
{
    if (a->tie == b->tie)
        return 0;
    if (a->tie == 0 || b->tie == 0)
        return a->tie == 0 ? -1 : 1;
    return span_cmp(tie_text(ties, a->tie), tie_text(ties, b->tie));
}

bool order_same(const struct order_key *a, const struct order_key *b, const struct order_ties *ties)
{
    return a->head == b->head && tie_cmp(ties, a, b) == 0;
}

static bool less(const struct sorting *s, const struct order_key *a, const struct order_key *b)
{
    int c;
    if (a->head != b->head)
        return (a->head < b->head) != s->descending;
    c = tie_cmp(s->ties, a, b);
    if (c != 0)
        return (c < 0) != s->descending;
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

int order_sort(struct order_key *key, uint64_t n, const struct order_ties *ties, bool descending,
               struct job *job, struct err *err)
{
    struct sorting s = {ties, descending, job, err};
    unsigned depth = 2;
    for (uint64_t m = n; m > 1; m /= 2)
        depth += 2;
    return quick_sort(&s, key, n, depth);
}

bool order_is_of_rows(const struct rowset *set)
{
    for (uint64_t i = 1; i < set->n; i++) {
        if (set->row[i] < set->row[i - 1])
            return false;
    }
    return true;
}

struct order_key *order_of_rows(const struct rowset *set, struct job *job, struct err *err)
{
    struct order_key *key = mem_alloc(set->n, sizeof *key);
    if (key == NULL) {
        err_memory(err, "the order of the rows");
        return NULL;
    }
    for (uint64_t i = 0; i < set->n; i++)
        key[i] = (struct order_key){set->row[i], (uint32_t)i, 0};
    if (!order_is_of_rows(set) && order_sort(key, set->n, NULL, false, job, err) != 0) {
        mem_free(key);
        return NULL;
    }
    return key;
}
