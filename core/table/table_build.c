/* Building a table from batches; see the second half of table.h.
 *
 * DESIGN
 * 1. One thread at a time reserves, in row order: ids and codes come out in order of first
 * appearance, whatever the chunks were. It numbers the rows, makes their blocks, and leaves with the
 * batch what copying needs: the table's ids for the batch's own, and the blocks.
 * 2. Copying (rowblock.c) writes those rows and nothing else, so batches are copied at the same time,
 * without a lock.
 * 3. The one thing that rows of two batches share is the base of an index group. It is kept here
 * (group_base), and a batch that continues a group gets it with its berth. Rows that a base cannot reach
 * are listed while they are reserved, as the list is in row order.
 * 4. Blocks are full-sized while they grow; table_seal gives back what the last one does not use.
 */
#include "core/base/mem.h"
#include "core/table/table_impl.h"

#define KEPT_REJECTIONS 100

struct table_builder {
    struct table *table;
    size_t blocks_cap, segments_cap, inputs_cap;
    uint64_t bad[SCHEMA_MAX_COLUMNS];
    uint64_t group_base; /* of the index group that the next row belongs to, when it is begun */
};

struct table_builder *table_builder_new(struct err *err)
{
    struct table_builder *b = mem_zalloc(1, sizeof *b);
    struct table *t = mem_zalloc(1, sizeof *t);
    struct table_own *own = mem_zalloc(1, sizeof *own);
    if (b == NULL || t == NULL || own == NULL) {
        mem_free(b);
        mem_free(t);
        mem_free(own);
        err_memory(err, "the table");
        return NULL;
    }
    atomic_init(&own->refs, 1);
    t->own = own;
    t->first_ts_us = t->last_ts_us = TIME_MISSING;
    t->outside_first_us = t->outside_last_us = TIME_MISSING;
    t->spool_fd = -1;
    schema_init(&t->schema);
    b->table = t;
    return b;
}

void table_builder_free(struct table_builder *b)
{
    if (b == NULL)
        return;
    if (b->table != NULL)
        table_free(b->table);
    mem_free(b);
}

struct schema *table_builder_schema(struct table_builder *b)
{
    return &b->table->schema;
}

void table_builder_take_spool(struct table_builder *b, int fd)
{
    b->table->spool_fd = fd;
}

void table_builder_limit_addrs(struct table_builder *b, uint32_t most)
{
    table_own(b->table)->addrs.most = most;
}

void table_builder_set_range(struct table_builder *b, int64_t from_us, int64_t to_us)
{
    b->table->ranged = true;
    b->table->from_us = from_us;
    b->table->to_us = to_us;
}

uint64_t table_builder_rejected(const struct table_builder *b, enum reject why)
{
    return b->table->reject[why].count;
}

struct notices *table_builder_notices(struct table_builder *b)
{
    return &b->table->notices;
}

void table_builder_want(struct table_builder *b, struct wanted *w)
{
    table_own(b->table)->wanted = w;
}

int table_builder_add_input(struct table_builder *b, const char *path, struct err *err)
{
    struct table *t = b->table;
    void *inputs = t->input;
    char *copy = mem_string(path);
    if (copy == NULL || mem_grow(&inputs, &b->inputs_cap, t->n_inputs + 1, sizeof *t->input) != 0) {
        mem_free(copy);
        return err_memory(err, "the list of inputs");
    }
    t->input = inputs;
    t->input[t->n_inputs] = (struct input){
        .path = copy, .format = "", .first_ts_us = TIME_MISSING, .last_ts_us = TIME_MISSING};
    return (int)t->n_inputs++;
}

struct input *table_builder_input(struct table_builder *b, uint32_t input)
{
    return &b->table->input[input];
}

/* ---- rejections ---- */

static void keep_rejection(struct table *t, struct rejected_row row)
{
    if (t->rejected == NULL) {
        t->rejected = mem_alloc(KEPT_REJECTIONS, sizeof *t->rejected);
        if (t->rejected == NULL)
            return; /* the counts still tell */
    }
    if (t->n_rejected < KEPT_REJECTIONS)
        t->rejected[t->n_rejected++] = row;
}

static void count_rejections(struct table *t, uint32_t input, enum reject why, uint64_t n,
                             uint64_t first_line)
{
    if (n == 0)
        return;
    if (t->reject[why].count == 0) {
        t->reject[why].first_input = input;
        t->reject[why].first_line = first_line;
    }
    t->reject[why].count += n;
    t->rows_read += n;
    t->rows_rejected += n;
    t->input[input].rows_read += n;
    t->input[input].rows_rejected += n;
}

void table_builder_reject(struct table_builder *b, uint32_t input, enum reject why, uint64_t line)
{
    count_rejections(b->table, input, why, 1, line);
    keep_rejection(b->table, (struct rejected_row){why, input, line, 0});
}

static void append_rejections(struct table *t, uint32_t input, const struct batch *batch,
                              uint64_t line_base)
{
    for (int i = 0; i < N_REJECTS; i++)
        count_rejections(t, input, (enum reject)i, batch->rejected[i],
                         line_base + batch->first_line[i]);
    for (size_t i = 0; i < batch->n_kept; i++) {
        struct rejected_row row = batch->kept[i];
        row.input = input;
        row.line += line_base;
        keep_rejection(t, row);
    }
}

/* ---- rows ---- */

/* The layout is the table's from here on, also when memory is short. */
static int take_layout(struct table_own *own, struct layout *layout)
{
    void *list = own->layout;
    for (size_t i = own->n_layouts; i-- > 0;) {
        if (own->layout[i] == layout)
            return 0;
    }
    if (mem_grow(&list, &own->layouts_cap, own->n_layouts + 1, sizeof(struct layout *)) != 0) {
        layout_free(layout);
        return -1;
    }
    own->layout = list;
    own->layout[own->n_layouts++] = layout;
    return 0;
}

static int extend_segment(struct table_builder *b, uint32_t input, const struct layout *layout,
                          uint64_t n)
{
    struct table *t = b->table;
    void *segments = t->segment;
    struct segment *last = t->n_segments == 0 ? NULL : &t->segment[t->n_segments - 1];
    if (n == 0)
        return 0;
    if (last != NULL && last->input == input && last->layout == layout) {
        last->n_rows += n;
        return 0;
    }
    if (mem_grow(&segments, &b->segments_cap, t->n_segments + 1, sizeof *t->segment) != 0)
        return -1;
    t->segment = segments;
    t->segment[t->n_segments++] = (struct segment){t->n_rows, n, input, layout};
    return 0;
}

static int add_block(struct table_builder *b)
{
    struct table *t = b->table;
    void *blocks = t->block;
    if (mem_grow(&blocks, &b->blocks_cap, t->n_blocks + 1, sizeof *t->block) != 0)
        return -1;
    t->block = blocks;
    /* The first one may be that of a short log, or of the few rows that are shown early. */
    if (rowblock_init(&t->block[t->n_blocks], TABLE_BLOCK_ROWS, t->n_blocks > 0) != 0)
        return -1;
    if (table_own(t)->wanted != NULL)
        t->block[t->n_blocks].wanted = wanted_room(table_own(t)->wanted);
    t->n_blocks++;
    return 0;
}

static void note_times(struct input *in, int64_t first_us, int64_t last_us)
{
    batch_stretch(&in->first_ts_us, &in->last_ts_us, first_us);
    batch_stretch(&in->first_ts_us, &in->last_ts_us, last_us);
}

static void append_outside(struct table *t, struct input *in, const struct batch *batch)
{
    t->rows_read += batch->n_outside;
    in->rows_read += batch->n_outside;
    t->rows_outside += batch->n_outside;
    in->rows_outside += batch->n_outside;
    batch_stretch(&t->outside_first_us, &t->outside_last_us, batch->outside_first_us);
    batch_stretch(&t->outside_first_us, &t->outside_last_us, batch->outside_last_us);
}

/* The table's ids for a batch's addresses, in the batch's order of first appearance. Those that it knew
 * from chunks before are in the table already. */
static int map_addrs(struct table_own *own, struct batch *batch)
{
    struct berth *to = &batch->berth;
    void *map = to->addr;
    if (mem_grow(&map, &to->addr_cap, batch->addrs.n, sizeof *to->addr) != 0)
        return -1;
    to->addr = map;
    if (intern_put_all(&own->addrs, &batch->addrs, to->n_known, to->addr) != 0)
        return -1;
    to->n_known = batch->addrs.n;
    return 0;
}

/* The table's codes for a batch's: first those of its list, then those of its further texts, which
 * is the order of their first appearance. */
static int map_categories(struct table_own *own, struct batch *batch, int cat)
{
    struct categories *to = &own->cats[cat];
    const struct categories *from = &batch->cats[cat];
    const struct intern *more = &batch->more[cat];
    void *map = batch->berth.cat[cat];
    uint8_t *code_of;
    if (mem_grow(&map, &batch->berth.cat_cap[cat], CAT_MORE + (size_t)more->n, 1) != 0)
        return -1;
    batch->berth.cat[cat] = code_of = map;
    code_of[CAT_MISSING] = CAT_MISSING;
    for (uint32_t i = 0; i < from->n + more->n; i++) {
        bool listed = i < from->n;
        struct span text =
            listed ? span_make(from->text[i], from->len[i]) : intern_text(more, i - from->n);
        unsigned code = categories_put(to, text);
        if (code == CAT_NO_MEMORY)
            return -1;
        code_of[listed ? i : CAT_MORE + i - from->n] = (uint8_t)code;
    }
    return 0;
}

static int append_bigs(struct table *t, const struct batch *batch)
{
    struct table_own *own = table_own(t);
    void *big = own->big;
    if (batch->n_big == 0)
        return 0;
    if (mem_grow(&big, &own->big_cap, own->n_big + batch->n_big, sizeof *own->big) != 0)
        return -1;
    own->big = big;
    for (size_t i = 0; i < batch->n_big; i++) {
        own->big[own->n_big] = batch->big[i];
        own->big[own->n_big++].row += t->n_rows;
    }
    return 0;
}

/* Blocks for the rows; the batch gets a copy of their pointers, as the table's list moves when it
 * grows. */
static int reserve_blocks(struct table_builder *b, struct batch *batch)
{
    struct table *t = b->table;
    struct berth *to = &batch->berth;
    void *blocks = to->block;
    size_t first = (size_t)(t->n_rows >> TABLE_BLOCK_SHIFT);
    size_t end = (size_t)((t->n_rows + batch->n + TABLE_BLOCK_ROWS - 1) >> TABLE_BLOCK_SHIFT);
    while (t->n_blocks < end) {
        if (add_block(b) != 0)
            return -1;
    }
    if (mem_grow(&blocks, &to->blocks_cap, end - first, sizeof *to->block) != 0)
        return -1;
    to->block = blocks;
    to->first_row = t->n_rows;
    if (end > first)
        memcpy(to->block, &t->block[first], (end - first) * sizeof *to->block);
    return 0;
}

/* Remembers a row start that its group's base cannot reach. */
static int add_far(struct table_own *own, uint64_t row, uint64_t offset)
{
    void *far = own->far;
    if (mem_grow(&far, &own->far_cap, own->n_far + 1, sizeof *own->far) != 0)
        return -1;
    own->far = far;
    own->far[own->n_far++] = (struct far_row){row, offset};
    return 0;
}

/* Rows .. from + n of the batch belong to one group, whose base is known: keeps those that it cannot
 * reach. */
static int keep_far(struct table_builder *b, const struct batch *batch, size_t from, size_t n)
{
    const uint64_t *offset = batch->offset + from;
    /* Inside a batch they ascend. */
    if (offset[0] >= b->group_base && offset[n - 1] - b->group_base < INDEX_FAR)
        return 0;
    for (size_t i = 0; i < n; i++) {
        if (index_delta(b->group_base, offset[i]) == INDEX_FAR &&
            add_far(table_own(b->table), batch->berth.first_row + from + i, offset[i]) != 0)
            return -1;
    }
    return 0;
}

/* What the row index needs of the table's state: the far rows, in order, and the base of the group that
 * an earlier batch began. No block is touched: its memory may never have been, and then the one who does
 * it first waits for it to be cleared. */
static int index_in_order(struct table_builder *b, struct batch *batch)
{
    struct berth *to = &batch->berth;
    size_t n;
    to->begun = (size_t)(-to->first_row % INDEX_GROUP);
    if (to->begun > batch->n)
        to->begun = batch->n;
    to->begun_base = b->group_base;
    if (to->begun > 0 && keep_far(b, batch, 0, to->begun) != 0)
        return -1;
    for (size_t i = to->begun; i < batch->n; i += n) {
        n = batch->n - i < INDEX_GROUP ? batch->n - i : INDEX_GROUP;
        b->group_base = batch->offset[i];
        if (keep_far(b, batch, i, n) != 0)
            return -1;
    }
    return 0;
}

static void count_rows(struct table_builder *b, uint32_t input, const struct batch *batch)
{
    struct table *t = b->table;
    struct input *in = &t->input[input];
    t->n_rows += batch->n;
    t->rows_read += batch->n;
    in->rows_read += batch->n;
    in->rows_loaded += batch->n;
    note_times(in, batch->first_us, batch->last_us);
    for (size_t i = 0; i < t->schema.n; i++)
        b->bad[i] += batch->bad[i];
}

int table_reserve(struct table_builder *b, uint32_t input, struct layout *layout,
                  struct batch *batch, uint64_t line_base, struct err *err)
{
    struct table *t = b->table;
    struct table_own *own = table_own(t);
    if (take_layout(own, layout) != 0)
        return err_memory(err, "the columns");
    if (batch->failed)
        return err_memory(err, "the rows");
    if (t->n_rows + batch->n > TABLE_MAX_ROWS)
        return err_set(err, ERR_LIMIT, "more than %llu rows", (unsigned long long)TABLE_MAX_ROWS);
    for (int c = 0; c < N_CATS; c++) {
        if (map_categories(own, batch, c) != 0)
            return err_memory(err, "the rows");
    }
    if (map_addrs(own, batch) != 0)
        return intern_is_full(&own->addrs)
                   ? err_set(err, ERR_LIMIT, "more than %lu different addresses",
                             (unsigned long)own->addrs.n)
                   : err_memory(err, "the addresses");
    if (extend_segment(b, input, layout, batch->n) != 0 || append_bigs(t, batch) != 0 ||
        reserve_blocks(b, batch) != 0 || index_in_order(b, batch) != 0)
        return err_memory(err, "the rows");
    count_rows(b, input, batch);
    append_outside(t, &t->input[input], batch);
    append_rejections(t, input, batch, line_base);
    return 0;
}

int table_append(struct table_builder *b, uint32_t input, struct layout *layout,
                 struct batch *batch, uint64_t line_base, struct err *err)
{
    if (table_reserve(b, input, layout, batch, line_base, err) != 0)
        return -1;
    table_fill(batch);
    return 0;
}

/* ---- sealing ---- */

/* The last block gets room for its rows only; where that cannot be had, it stays as it is. */
static void trim_last_block(struct table *t)
{
    size_t n = (size_t)(t->n_rows & (TABLE_BLOCK_ROWS - 1));
    struct rowblock *last, small;
    if (t->n_blocks == 0 || n == 0)
        return;
    last = &t->block[t->n_blocks - 1];
    if (rowblock_init(&small, n, true) != 0)
        return;
    rowblock_copy(&small, last, n);
    rowblock_release(last);
    *last = small;
}

struct table *table_seal(struct table_builder *b, bool partial, struct err *err)
{
    struct table *t = b->table;
    t->bad_values = mem_zalloc(t->schema.n, sizeof *t->bad_values);
    if (t->bad_values == NULL) {
        err_memory(err, "the table");
        table_builder_free(b);
        return NULL;
    }
    memcpy(t->bad_values, b->bad, t->schema.n * sizeof *t->bad_values);
    t->partial = partial;
    for (size_t i = 0; i < t->n_inputs; i++) {
        struct input all = {.first_ts_us = t->first_ts_us, .last_ts_us = t->last_ts_us};
        note_times(&all, t->input[i].first_ts_us, t->input[i].last_ts_us);
        t->first_ts_us = all.first_ts_us;
        t->last_ts_us = all.last_ts_us;
    }
    trim_last_block(t);
    intern_trim(&table_own(t)->addrs);
    b->table = NULL;
    table_builder_free(b);
    return t;
}
