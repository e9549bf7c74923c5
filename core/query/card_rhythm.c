/* Gaps between the connections of an address; see card_rhythm.h. */
#include "core/query/card_rhythm.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/recipe/rhythm.h"

int calls_add(struct calls *calls, int64_t ts_us, uint32_t peer)
{
    void *items = calls->item;
    if (mem_grow(&items, &calls->cap, calls->n + 1, sizeof *calls->item) != 0)
        return -1;
    calls->item = items;
    calls->item[calls->n++] = (struct call){ts_us, peer};
    return 0;
}

void calls_release(struct calls *calls)
{
    mem_free(calls->item);
    *calls = (struct calls){.n = 0};
}

/* Whatever order the log has, the gaps are those between times. */
static int by_time(const void *a, const void *b)
{
    const struct call *x = a, *y = b;
    return x->ts_us < y->ts_us ? -1 : x->ts_us > y->ts_us;
}

/* Upper ends of the classes of gaps, the last one open. */
static const int64_t class_end_us[CARD_GAPS - 1] = {
    1000,          10000,          100000,          1000000,         10000000,
    60 * 1000000L, 600 * 1000000L, 3600 * 1000000L, 86400 * 1000000L};

uint32_t card_gap_class(int64_t gap_us)
{
    uint32_t i = 0;
    while (i < CARD_GAPS - 1 && gap_us >= class_end_us[i])
        i++;
    return i;
}

static void count_gaps(struct card *card, const struct calls *calls)
{
    for (size_t i = 1; i < calls->n; i++)
        card->gap[card_gap_class(calls->item[i].ts_us - calls->item[i - 1].ts_us)]++;
}

/* Places of the calls of each peer, in one array of times: at[p] .. at[p + 1] - 1. */
static int64_t *part_by_peer(const struct card *card, const struct calls *calls, uint64_t *at)
{
    int64_t *ts = mem_alloc(calls->n, sizeof *ts);
    if (ts == NULL)
        return NULL;
    for (size_t i = 0; i < calls->n; i++)
        at[calls->item[i].peer + 1]++;
    for (uint64_t p = 0; p < card->n_peers; p++)
        at[p + 1] += at[p];
    /* Filled from behind, so that at[p] ends as the first place of peer p. */
    for (size_t i = calls->n; i-- > 0;)
        ts[--at[calls->item[i].peer + 1]] = calls->item[i].ts_us;
    return ts;
}

int card_rhythms(struct card *card, struct calls *calls, struct job *job, struct err *err)
{
    uint64_t *at = mem_zalloc(card->n_peers + 2, sizeof *at);
    int64_t *ts = NULL;
    int rc = -1;
    if (at == NULL || (ts = part_by_peer(card, calls, at)) == NULL) {
        (void)err_memory(err, "the address card");
        goto out;
    }
    for (uint64_t p = 0; p < card->n_peers; p++) {
        uint64_t begin = at[p + 1], end = p + 2 <= card->n_peers ? at[p + 2] : calls->n;
        struct rhythm r;
        if (job_cancelled(job)) {
            (void)job_stopped(err);
            goto out;
        }
        if (end - begin > CARD_RHYTHM_CALLS)
            end = begin + CARD_RHYTHM_CALLS;
        r = rhythm_measure(ts + begin, end - begin);
        card->peer[p].gap_s = r.median_gap_s;
        card->peer[p].mad_s = r.mad_gap_s;
        card->peer[p].regularity = r.regularity;
    }
    for (size_t i = 1; i < calls->n; i++) {
        if (calls->item[i].ts_us < calls->item[i - 1].ts_us) {
            qsort(calls->item, calls->n, sizeof *calls->item, by_time);
            break;
        }
    }
    count_gaps(card, calls);
    rc = 0;
out:
    mem_free(at);
    mem_free(ts);
    return rc;
}
