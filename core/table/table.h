/* What was loaded: immutable once sealed, shared by reference count, readable from any thread.
 *
 * The text of a row stays in its file. The table keeps, per row, where it starts and the few typed
 * values that features and views need at once; everything else is read again with a row_reader.
 * Rows are numbered from 0 in input order.
 *
 * Shape: typed columns live in blocks of TABLE_BLOCK_ROWS rows; the last block may be shorter.
 * Segments say which file and layout a run of rows has. */
#ifndef MINNOW_TABLE_TABLE_H
#define MINNOW_TABLE_TABLE_H

#include "core/base/notices.h"
#include "core/base/time.h"
#include "core/table/addr.h"
#include "core/table/batch.h"

#define TABLE_BLOCK_SHIFT 16
#define TABLE_BLOCK_ROWS  ((uint64_t)1 << TABLE_BLOCK_SHIFT)
#define TABLE_MAX_ROWS    ((uint64_t)UINT32_MAX - 1) /* row sets hold row numbers in 32 bits */

#define ADDR_MISSING  UINT32_MAX /* no address in this row */
#define BYTES_MISSING UINT32_MAX /* stored form; use table_bytes */
#define BYTES_BIG     (UINT32_MAX - 1)
#define CAT_MISSING   255 /* unset, empty or absent */
#define CAT_OTHER     254 /* beyond 254 distinct values */

enum cat { CAT_PROTO, CAT_STATE, CAT_SERVICE, N_CATS };

enum row_flag {
    ROW_NO_ORIG_P = 1,
    ROW_NO_RESP_P = 2,
    ROW_LOCAL_ORIG = 4,
    ROW_LOCAL_ORIG_SET = 8, /* Zeek's own local_orig, when it is set */
    ROW_LOCAL_RESP = 16,
    ROW_LOCAL_RESP_SET = 32,
};

struct rowblock {
    int64_t *ts_us;                    /* TIME_MISSING when missing */
    uint32_t *orig, *resp;             /* address ids, ADDR_MISSING when missing */
    uint32_t *orig_bytes, *resp_bytes; /* payload bytes; BYTES_MISSING, BYTES_BIG */
    uint16_t *orig_p, *resp_p;         /* 0 when missing (see flags); ICMP: type and code */
    uint8_t *cat[N_CATS];              /* category codes */
    uint8_t *flags;                    /* enum row_flag */
    void *index;                       /* row starts; private to core/table */
    float *
        wanted; /* room for the numbers that are wanted of its rows (wanted.h), while it is built; or NULL */
};

struct segment {
    uint64_t first_row, n_rows;
    uint32_t input;              /* number of its input */
    const struct layout *layout; /* owned by the table */
};

/* state, its name in reports */
#define INPUT_STATES(X)                                                                            \
    X(LOADED, "loaded")                                                                            \
    X(PARTIAL, "partial")                                                                          \
    X(FAILED, "failed")                                                                            \
    X(SKIPPED, "skipped")

enum input_state {
#define X(id, name) INPUT_##id,
    INPUT_STATES(X)
#undef X
        N_INPUT_STATES
};
const char *input_state_name(enum input_state state);

struct input {
    char *path;         /* as given; "-" for standard input; owned */
    const char *format; /* format's name, or "" when it never opened */
    char *kind;         /* owned; of log: "conn"; NULL when nothing says it */
    enum input_state state;
    char *problem;           /* owned; why it was not read (to the end), or NULL */
    bool spooled;            /* the text is in the table's spool ... */
    uint64_t spool_at;       /* ... from there on */
    uint64_t dev, ino, size; /* of the file when it was loaded */
    uint64_t text_bytes;     /* bytes of text that were read; 0 when unknown */
    int64_t mtime_ns;
    uint64_t rows_read, rows_loaded, rows_rejected;
    uint64_t rows_outside;           /* the time range: read, and neither loaded nor rejected */
    int64_t first_ts_us, last_ts_us; /* TIME_MISSING when no row has a time */
};

struct rejection {
    uint64_t count;
    uint32_t first_input; /* where the first one was */
    uint64_t first_line;
};

struct rejected_row {
    enum reject why;
    uint32_t input;
    uint64_t line;
    uint32_t field; /* 1-based, 0 when it does not apply */
};

struct table {
    uint64_t n_rows;
    struct schema schema;
    struct rowblock *block;
    size_t n_blocks;
    struct segment *segment;
    size_t n_segments;
    struct input *input;
    size_t n_inputs;
    int spool_fd; /* an unlinked file with the texts of inputs that are no files of text, or -1; owned */
    uint64_t rows_read, rows_rejected;
    uint64_t rows_outside;                     /* read = loaded + rejected + outside */
    bool ranged;                               /* rows were asked for by time */
    int64_t from_us, to_us;                    /* when `ranged`; INT64_MIN, INT64_MAX: open */
    int64_t outside_first_us, outside_last_us; /* times of the rows outside, or TIME_MISSING */
    struct rejection reject[N_REJECTS];
    struct rejected_row *rejected; /* the first 100 */
    size_t n_rejected;
    uint64_t *bad_values; /* per column; owned */
    int64_t first_ts_us, last_ts_us;
    bool partial; /* loading was cancelled or an input broke off: not all rows are here */
    struct notices notices;
    void *own; /* private: reference count, interned texts, layouts */
};

struct table *table_ref(const struct table *t);
void table_unref(const struct table *t); /* NULL is fine; frees with the last reference */

static inline const struct rowblock *table_block(const struct table *t, uint64_t row)
{
    return &t->block[row >> TABLE_BLOCK_SHIFT];
}
#define TABLE_AT(t, row, column) (table_block((t), (row))->column[(row) & (TABLE_BLOCK_ROWS - 1)])

/* Payload bytes of a row: false when missing. side: 0 from the originator, 1 from the responder. */
bool table_bytes(const struct table *t, uint64_t row, int side, uint64_t *out);

/* Interned addresses: ids 0 .. table_n_addrs - 1 in order of first appearance (originator before
 * responder in a row). */
uint32_t table_n_addrs(const struct table *t);
struct span table_addr_text(const struct table *t,
                            uint32_t id); /* as the log wrote it; ADDR_MISSING gives "-" */
const struct addr *table_addr(const struct table *t, uint32_t id);
uint32_t table_addr_find(
    const struct table *t,
    struct span text); /* by text, else by value; ADDR_MISSING when not in the log */

/* Text of a category code; CAT_MISSING gives "-", CAT_OTHER "(other)". */
struct span table_cat_text(const struct table *t, enum cat cat, uint8_t code);
int table_cat_find(const struct table *t, enum cat cat, const char *text); /* code or -1 */

/* Whether the columns of a role were filled from this column of the schema alone, in every file: they
 * then say what its texts say, as far as values of the role can. */
bool table_keeps(const struct table *t, enum role role, uint32_t column);

/* The segment that holds a row. */
const struct segment *table_segment(const struct table *t, uint64_t row);

/* The numbers that were wanted of all rows, for the first who asks, and for good: it joins or drops them
 * (wanted.h). NULL for anybody else, and when there are none or they are unfit. The struct is borrowed until
 * the table is freed. */
struct wanted;
struct wanted *table_take_wanted(const struct table *t);

/* A place for one thing that was made of the table and may serve again. Whoever takes it owns it, and
 * may put it back; what is there goes with the table. From any thread. */
struct table_kept {
    void (*release)(struct table_kept *kept);
};
void table_keep(const struct table *t, struct table_kept *kept); /* releases what was there */
struct table_kept *table_take_kept(const struct table *t);       /* NULL: nothing */

/* Bytes of memory that the table holds, for the budget test and the log. */
uint64_t table_memory(const struct table *t);

/* ---- building: the loader's side, one thread at a time ---- */

struct table_builder;
struct table_builder *table_builder_new(struct err *err) WARN_UNUSED;
void table_builder_free(struct table_builder *b); /* drops everything built so far */
struct schema *table_builder_schema(struct table_builder *b);
/* Rows rejected so far for a reason. */
uint64_t table_builder_rejected(const struct table_builder *b, enum reject why);
struct notices *table_builder_notices(struct table_builder *b);

/* Hands the descriptor of the spool over, before the table is sealed or given up. */
void table_builder_take_spool(struct table_builder *b, int fd);

/* Lowers the number of different addresses that a table can have, for tests of what happens then. */
void table_builder_limit_addrs(struct table_builder *b, uint32_t most);

/* Says that only rows of this time are asked for; the batches do the choosing (batch_set_range). */
void table_builder_set_range(struct table_builder *b, int64_t from_us, int64_t to_us);

/* Has the rows' wanted numbers kept, unless `w` is NULL; it is the table's from here on. For batches
 * and layouts, see batch_want and layout_want. */
void table_builder_want(struct table_builder *b, struct wanted *w);

/* Binds a new layout to the inputs of what is wanted, before rows are parsed with it. */
void layout_want(struct layout *layout, struct wanted *w, const struct schema *schema);

/* Starts an input; its number is returned, -1 on memory. The caller may fill the struct's file
 * facts through table_builder_input. */
int table_builder_add_input(struct table_builder *b, const char *path, struct err *err) WARN_UNUSED;
struct input *table_builder_input(struct table_builder *b, uint32_t input);

/* Reserves the next rows for those of a batch: numbers them, makes room, and takes over what is new in
 * the batch (addresses, categories, counts, rejections). `layout` is taken over by the builder at its
 * first use, whether that succeeds or not (never free it after). `line_base` is added to the batch's
 * line numbers. Errors: ERR_LIMIT. */
int table_reserve(struct table_builder *b, uint32_t input, struct layout *layout,
                  struct batch *batch, uint64_t line_base, struct err *err) WARN_UNUSED;

/* Copies the rows of a batch to where they were reserved. Any number of batches may be copied at the
 * same time, while others are reserved; each before it is cleared, all before table_seal. */
void table_fill(const struct batch *batch);

/* Both, one after the other. */
int table_append(struct table_builder *b, uint32_t input, struct layout *layout,
                 struct batch *batch, uint64_t line_base, struct err *err) WARN_UNUSED;

/* Counts a rejected row that no batch saw (a line that was skipped whole). */
void table_builder_reject(struct table_builder *b, uint32_t input, enum reject why, uint64_t line);

/* Ends building: trims, seals and returns the table (reference count 1); the builder is freed. NULL
 * on memory. */
struct table *table_seal(struct table_builder *b, bool partial, struct err *err) WARN_UNUSED;

/* Row starts, for the row reader: the byte offset of a row in its input's text, and a bound for its
 * end (the next row's start in the same segment, or UINT64_MAX for the last). */
uint64_t table_row_offset(const struct table *t, uint64_t row);

#endif
