/* Blocks of rows: their memory, and copying the rows of a batch into them.
 *
 * DESIGN
 * 1. The columns of a block are one piece of memory, one behind the other, the widest first, so that
 * each is aligned. Making a block does not touch it: its pages are first written to, and so cleared,
 * by who copies rows into them, not by who has the turn.
 * 2. Copying goes column by column; ids and codes go through the maps that were made when the rows
 * were reserved. */
#include "core/base/mem.h"
#include "core/table/table_impl.h"

/* Blocks below this come from the heap: their memory is not worth whole pages. */
#define SMALL_BLOCK ((size_t)64 << 10)

/* Cuts the next column off the block's memory. */
static void *carve(char *memory, size_t *at, size_t bytes)
{
    void *column = memory + *at;
    *at += bytes;
    return column;
}

static size_t index_groups(size_t n)
{
    return (n + INDEX_GROUP - 1) / INDEX_GROUP;
}

static size_t block_bytes(size_t n)
{
    size_t row = sizeof(int64_t) + 4 * sizeof(uint32_t) + 3 * sizeof(uint16_t) + N_CATS + 1;
    return index_groups(n) * sizeof(uint64_t) + n * row;
}

static char *columns_new(size_t bytes, bool full)
{
    return bytes < SMALL_BLOCK ? mem_alloc(bytes, 1) : mem_alloc_pages(bytes, full);
}

int rowblock_init(struct rowblock *b, size_t n, bool full)
{
    struct row_index *index = mem_alloc(1, sizeof *index);
    size_t bytes = block_bytes(n), at = 0;
    char *memory = index == NULL ? NULL : columns_new(bytes, full);
    if (memory == NULL) {
        mem_free(index);
        return -1;
    }
    b->index = index;
    b->wanted = NULL;
    index->bytes = bytes;
    b->ts_us = carve(memory, &at, n * sizeof *b->ts_us);
    index->base = carve(memory, &at, index_groups(n) * sizeof *index->base);
    b->orig = carve(memory, &at, n * sizeof *b->orig);
    b->resp = carve(memory, &at, n * sizeof *b->resp);
    b->orig_bytes = carve(memory, &at, n * sizeof *b->orig_bytes);
    b->resp_bytes = carve(memory, &at, n * sizeof *b->resp_bytes);
    index->delta = carve(memory, &at, n * sizeof *index->delta);
    b->orig_p = carve(memory, &at, n * sizeof *b->orig_p);
    b->resp_p = carve(memory, &at, n * sizeof *b->resp_p);
    for (int c = 0; c < N_CATS; c++)
        b->cat[c] = carve(memory, &at, n);
    b->flags = carve(memory, &at, n);
    return 0;
}

size_t rowblock_memory(const struct rowblock *b)
{
    const struct row_index *index = b->index;
    return sizeof *index + index->bytes;
}

void rowblock_release(struct rowblock *b)
{
    struct row_index *index = b->index;
    if (index->bytes < SMALL_BLOCK)
        mem_free(b->ts_us); /* the first column */
    else
        mem_free_pages(b->ts_us, index->bytes);
    mem_free(index);
    b->index = NULL;
}

void rowblock_copy(struct rowblock *to, const struct rowblock *from, size_t n)
{
    struct row_index *index = to->index;
    const struct row_index *old = from->index;
    memcpy(to->ts_us, from->ts_us, n * sizeof *to->ts_us);
    memcpy(index->base, old->base, index_groups(n) * sizeof *index->base);
    memcpy(to->orig, from->orig, n * sizeof *to->orig);
    memcpy(to->resp, from->resp, n * sizeof *to->resp);
    memcpy(to->orig_bytes, from->orig_bytes, n * sizeof *to->orig_bytes);
    memcpy(to->resp_bytes, from->resp_bytes, n * sizeof *to->resp_bytes);
    memcpy(index->delta, old->delta, n * sizeof *index->delta);
    memcpy(to->orig_p, from->orig_p, n * sizeof *to->orig_p);
    memcpy(to->resp_p, from->resp_p, n * sizeof *to->resp_p);
    for (int c = 0; c < N_CATS; c++)
        memcpy(to->cat[c], from->cat[c], n);
    memcpy(to->flags, from->flags, n);
}

/* ---- the rows of a batch ---- */

void berth_release(struct berth *to)
{
    mem_free(to->block);
    mem_free(to->addr);
    for (int c = 0; c < N_CATS; c++)
        mem_free(to->cat[c]);
    *to = (struct berth){.block = NULL};
}

static void map_ids(uint32_t *to, const uint32_t *from, size_t n, const uint32_t *map)
{
    for (size_t i = 0; i < n; i++)
        to[i] = from[i] == ADDR_MISSING ? ADDR_MISSING : map[from[i]];
}

static void map_codes(uint8_t *to, const uint32_t *from, size_t n, const uint8_t *map)
{
    for (size_t i = 0; i < n; i++)
        to[i] = map[from[i]];
}

/* Row starts from the first whole group on; `at` is a multiple of INDEX_GROUP. */
static void index_rows(struct row_index *index, size_t at, const uint64_t *offset, size_t n)
{
    for (size_t i = 0; i < n; i += INDEX_GROUP) {
        uint64_t base = offset[i];
        size_t end = n - i < INDEX_GROUP ? n - i : INDEX_GROUP;
        index->base[(at + i) / INDEX_GROUP] = base;
        for (size_t j = 0; j < end; j++)
            index->delta[at + i + j] = index_delta(base, offset[i + j]);
    }
}

/* Rows from .. from + n of the batch, which begin at row `at` of a block. */
static void fill_block(const struct rowblock *k, size_t at, const struct batch *b, size_t from,
                       size_t n)
{
    const struct berth *to = &b->berth;
    size_t begun = to->begun > from ? to->begun - from : 0;
    struct row_index *index = k->index;
    memcpy(k->ts_us + at, b->ts_us + from, n * sizeof *k->ts_us);
    map_ids(k->orig + at, b->orig + from, n, to->addr);
    map_ids(k->resp + at, b->resp + from, n, to->addr);
    memcpy(k->orig_bytes + at, b->orig_bytes + from, n * sizeof *k->orig_bytes);
    memcpy(k->resp_bytes + at, b->resp_bytes + from, n * sizeof *k->resp_bytes);
    memcpy(k->orig_p + at, b->orig_p + from, n * sizeof *k->orig_p);
    memcpy(k->resp_p + at, b->resp_p + from, n * sizeof *k->resp_p);
    for (int c = 0; c < N_CATS; c++)
        map_codes(k->cat[c] + at, b->cat[c] + from, n, to->cat[c]);
    memcpy(k->flags + at, b->flags + from, n);
    for (size_t i = 0; i < begun; i++) /* a group ends with its block */
        index->delta[at + i] = index_delta(to->begun_base, b->offset[from + i]);
    if (begun < n)
        index_rows(index, at + begun, b->offset + from + begun, n - begun);
}

void table_fill(const struct batch *batch)
{
    const struct rowblock *k = batch->berth.block;
    size_t at = (size_t)(batch->berth.first_row & (TABLE_BLOCK_ROWS - 1));
    for (size_t from = 0, n; from < batch->n; from += n, at = 0, k++) {
        n = (size_t)TABLE_BLOCK_ROWS - at;
        if (n > batch->n - from)
            n = batch->n - from;
        fill_block(k, at, batch, from, n);
        if (batch->wanted != NULL)
            wanted_store(batch, from, n, k->wanted, at);
    }
}
