/* Rows by cluster and time; see timeline.h. One pass over typed columns. */
#include "core/query/timeline.h"

#include "core/base/mem.h"

#define CANCEL_ROWS 4096
#define MS          INT64_C(1000)
#define SECOND      INT64_C(1000000)
#define HOUR        (3600 * SECOND)

static const int64_t length[] = {
    1 * MS,           2 * MS,       5 * MS,        10 * MS,       20 * MS,        50 * MS,
    100 * MS,         200 * MS,     500 * MS,      1 * SECOND,    2 * SECOND,     5 * SECOND,
    10 * SECOND,      15 * SECOND,  30 * SECOND,   60 * SECOND,   120 * SECOND,   300 * SECOND,
    600 * SECOND,     900 * SECOND, 1800 * SECOND, 1 * HOUR,      2 * HOUR,       3 * HOUR,
    6 * HOUR,         12 * HOUR,    24 * HOUR,     7 * 24 * HOUR, 28 * 24 * HOUR, 364 * 24 * HOUR,
    3640 * 24 * HOUR,
};

int64_t timeline_length(uint32_t i)
{
    return i < ARRAY_LEN(length) ? length[i] : 0;
}

uint32_t timeline_lengths(void)
{
    return ARRAY_LEN(length);
}

int64_t timeline_align(int64_t us, int64_t bucket_us, int64_t offset_us)
{
    int64_t local = us + offset_us, rest = local % bucket_us;
    return local - (rest < 0 ? rest + bucket_us : rest) - offset_us;
}

uint32_t timeline_fit(int64_t first_us, int64_t last_us, uint32_t most, int64_t offset_us)
{
    uint32_t i = 0;
    for (; i + 1 < ARRAY_LEN(length); i++) {
        int64_t first = timeline_align(first_us, length[i], offset_us);
        int64_t last = timeline_align(last_us, length[i], offset_us);
        if ((last - first) / length[i] < (int64_t)most)
            break;
    }
    return i;
}

void timeline_release(struct timeline *tl)
{
    mem_free(tl->rows);
    mem_free(tl->bytes);
    *tl = (struct timeline){.n = 0};
}

static uint64_t bytes_of(const struct table *t, uint64_t row)
{
    uint64_t side[2] = {0, 0};
    for (int i = 0; i < 2; i++)
        if (!table_bytes(t, row, i, &side[i]))
            side[i] = 0;
    return side[0] + side[1];
}

static void count_row(struct timeline *tl, const struct clustering *c, const struct table *t,
                      uint64_t row)
{
    int64_t us = TABLE_AT(t, row, ts_us);
    uint64_t bytes = bytes_of(t, row), bucket;
    uint32_t cluster = clustering_of_row(c, row);
    tl->total_rows++;
    tl->total_bytes += bytes;
    if (us == TIME_MISSING) {
        tl->without++;
        return;
    }
    if (us < tl->from_us)
        return;
    bucket = (uint64_t)((us - tl->from_us) / tl->bucket_us);
    if (bucket >= tl->n)
        return;
    tl->rows[bucket]++;
    tl->bytes[bucket] += bytes;
    if (cluster > 0) {
        tl->rows[(size_t)cluster * tl->n + bucket]++;
        tl->bytes[(size_t)cluster * tl->n + bucket] += bytes;
    }
}

int timeline_count(struct timeline *out, const struct clustering *c, const struct table *t,
                   int64_t from_us, int64_t bucket_us, uint32_t n, struct job *job, struct err *err)
{
    size_t cells = ((size_t)c->k + 1) * n;
    *out = (struct timeline){.from_us = from_us, .bucket_us = bucket_us, .k = c->k, .n = n};
    out->rows = mem_zalloc(cells, sizeof *out->rows);
    out->bytes = mem_zalloc(cells, sizeof *out->bytes);
    if (out->rows == NULL || out->bytes == NULL) {
        timeline_release(out);
        return err_memory(err, "the timeline");
    }
    for (uint64_t row = 0; row < t->n_rows; row++) {
        if (row % CANCEL_ROWS == 0 && job_cancelled(job)) {
            timeline_release(out);
            return job_stopped(err);
        }
        count_row(out, c, t, row);
    }
    return 0;
}

struct timeline_gap timeline_gap_at(const struct timeline *tl, uint32_t cluster, uint32_t bucket)
{
    struct timeline_gap gap = {bucket, 1, false, false};
    while (gap.first > 0 && timeline_rows(tl, cluster, gap.first - 1) == 0) {
        gap.first--;
        gap.n++;
    }
    while (gap.first + gap.n < tl->n && timeline_rows(tl, cluster, gap.first + gap.n) == 0)
        gap.n++;
    gap.opens = gap.first > 0;
    gap.ends = gap.first + gap.n < tl->n;
    return gap;
}
