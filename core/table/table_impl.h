/* Private to core/table: what a batch, a builder and a sealed table look like inside. */
#ifndef MINNOW_TABLE_TABLE_IMPL_H
#define MINNOW_TABLE_TABLE_IMPL_H

#include <stdatomic.h>

#include "core/table/digit_words.h"
#include "core/table/intern.h"
#include "core/table/recall.h"
#include "core/table/table.h"
#include "core/table/wanted.h"

#define INDEX_GROUP 16 /* rows that share one 64-bit base */

/* A payload of 2^32 - 2 bytes or more. */
struct big_bytes {
    uint64_t row, value;
    int side;
};

/* A row start that its group's base cannot reach: behind long rows, or many that were left out. */
struct far_row {
    uint64_t row, offset;
};

/* Row starts of a block: base + delta; INDEX_FAR sends to the list of far rows. */
struct row_index {
    uint64_t *base;  /* one per INDEX_GROUP rows */
    uint16_t *delta; /* one per row */
    size_t bytes;    /* of all columns of the block, these two too */
};
#define INDEX_FAR UINT16_MAX

/* Another input may begin inside a group, below its base: the difference then wraps to a far one. */
static inline uint16_t index_delta(uint64_t base, uint64_t offset)
{
    return offset - base < INDEX_FAR ? (uint16_t)(offset - base) : INDEX_FAR;
}

/* Room for n rows (at least 1), all columns in one piece of memory; `full`: all of it will be used. -1 on
 * memory. */
int rowblock_init(struct rowblock *b, size_t n, bool full) WARN_UNUSED;
void rowblock_release(struct rowblock *b);
void rowblock_copy(struct rowblock *to, const struct rowblock *from, size_t n);
size_t rowblock_memory(const struct rowblock *b);

/* Where a batch's rows go in the table: what table_reserve leaves for table_fill. */
struct berth {
    uint64_t first_row;
    struct rowblock *block; /* from that of first_row on; copies; owned */
    size_t blocks_cap;
    size_t begun;        /* rows at the front whose index group was begun before */
    uint64_t begun_base; /* the base of that group */
    uint32_t *addr;      /* the table's ids of the batch's addresses; owned */
    size_t addr_cap;
    uint32_t n_known;     /* of the addresses: those that have theirs */
    uint8_t *cat[N_CATS]; /* the table's codes of the batch's categories; owned */
    size_t cat_cap[N_CATS];
};
void berth_release(struct berth *to);

/* Category texts in order of first appearance; at most CAT_OTHER of them. */
struct categories {
    char *text[CAT_OTHER];
    uint32_t len[CAT_OTHER];
    uint32_t n;
};
#define CAT_NO_MEMORY 256
#define CAT_MORE      256

void categories_release(struct categories *c);
/* Code of a text, new ones added: below CAT_OTHER, CAT_OTHER when full, or CAT_NO_MEMORY. */
unsigned categories_put(struct categories *c, struct span text);

#define RECALL_ADDR_BITS 14 /* addresses that a batch remembers */
#define RECALL_CAT_BITS  6  /* categories */

/* Addresses that a batch keeps from one chunk to the next; what they take is bounded by it. */
#define KNOWN_ADDRS ((uint32_t)1 << 16)

struct batch {
    size_t n, cap;
    enum simd_level level;
    bool failed; /* memory was short: table_append says so */
    int64_t *ts_us;
    uint64_t *offset;
    uint32_t *orig, *resp;
    uint32_t *orig_bytes, *resp_bytes;
    uint16_t *orig_p, *resp_p;
    uint32_t *cat[N_CATS]; /* a code, CAT_MISSING, or CAT_MORE and the number of a text in `more` */
    uint8_t *flags;
    struct intern addrs;
    struct categories cats[N_CATS];
    struct intern more[N_CATS];       /* texts beyond what `cats` holds: the table may know them */
    struct recall recall_addr;        /* numbers in addrs; no bad addresses, no marks */
    struct recall recall_cat[N_CATS]; /* codes as in cat, of this chunk; marks too */
    struct recall_place addr_place[1 << RECALL_ADDR_BITS];
    struct recall_long
        addr_long[1 << RECALL_LONG_BITS]; /* the same; stamps are those of recall_addr */
    struct recall_place cat_place[N_CATS][1 << RECALL_CAT_BITS];
    struct recall_word cat_word[N_CATS][1 << RECALL_WORD_BITS]; /* of found rows */
    struct big_bytes *big;                                      /* row numbers inside the batch */
    size_t n_big, big_cap;
    uint64_t bad[SCHEMA_MAX_COLUMNS]; /* by table column */
    uint64_t rejected[N_REJECTS], first_line[N_REJECTS];
    struct rejected_row kept[100];
    size_t n_kept;
    uint64_t lines;
    bool ranged; /* stays when the batch is cleared, as the two times do */
    int64_t from_us, to_us;
    int64_t first_us, last_us; /* of the rows with a time; TIME_MISSING: none */
    uint64_t n_outside;
    int64_t outside_first_us, outside_last_us; /* of those with a time; TIME_MISSING: none */
    struct buf decode;
    struct berth berth;
    struct wanted *wanted; /* NULL: nobody wants numbers; borrowed */
    void *wanted_scratch;
    double *number[WANTED_MAX]; /* wanted numbers, each of all rows; owned */
    size_t numbers_cap;
    size_t numbered; /* rows at the front that have theirs */
};

struct table_own {
    atomic_uint refs;
    struct intern addrs;
    struct categories cats[N_CATS];
    struct layout **layout; /* owned */
    size_t n_layouts, layouts_cap;
    struct big_bytes *big;
    size_t n_big, big_cap;
    struct far_row *far;
    size_t n_far, far_cap;
    struct wanted *wanted; /* owned, or NULL */
    atomic_bool wanted_taken;
    _Atomic(struct table_kept *) kept; /* owned */
};

static inline struct table_own *table_own(const struct table *t)
{
    return t->own;
}

void table_free(struct table *t);

/* ---- batch.c: what rows that are added in other ways need ---- */

extern const enum role batch_cat_role[N_CATS];

/* Roles that are kept in the text only, but whose bad values are counted: whole numbers. */
#define N_CHECKED 5
extern const enum role batch_checked[N_CHECKED];

/* Room for more rows; -1 on memory, which the batch remembers. */
int batch_room(struct batch *b, size_t more) WARN_UNUSED;

/* Lets a range of times, TIME_MISSING while it has none, reach another time. */
void batch_stretch(int64_t *first, int64_t *last, int64_t us);

/* Whether a row of this time is outside of the batch's range: then it is counted as such. */
bool batch_leaves_out(struct batch *b, int64_t us);

/* What a value is, when it is one: the text is no mark and has no escapes. Bad ones are counted, and
 * missing. */
int64_t batch_time(struct batch *b, const struct layout *layout, struct span text);
bool batch_port(struct batch *b, const struct layout *layout, enum role role, struct span text,
                uint16_t *port);
uint32_t batch_bytes(struct batch *b, const struct layout *layout, int side, size_t row,
                     struct span text);
uint8_t batch_flag(struct batch *b, const struct layout *layout, enum role role, struct span text,
                   uint8_t yes, uint8_t set);
void batch_check_count(struct batch *b, const struct layout *layout, enum role role,
                       struct span text);
void batch_check_duration(struct batch *b, const struct layout *layout, struct span text);

/* Whether what intern_put said is an address, whose text may be remembered; else it is counted. */
bool batch_address_is_good(struct batch *b, const struct layout *layout, enum role role,
                           uint32_t id);
/* The code of a category that is not remembered. It may be. */
uint32_t batch_new_category(struct batch *b, enum cat cat, struct span text);

/* ---- wanted.c ---- */

/* Whether the batch's next rows, so many of them, get the numbers that are wanted; then there is room
 * for them. */
bool batch_makes_wanted(struct batch *b, const struct layout *layout, size_t more);

/* Makes those of a row behind the ones that have theirs. */
void batch_make_wanted(struct batch *b, const struct layout *layout, size_t row,
                       const struct field *fields);
void batch_want_end(struct batch *b);

/* Room for the wanted numbers of the next block; NULL when there are none. */
float *wanted_room(struct wanted *w);

/* Stores the numbers of rows from .. from + n - 1 of a batch at row `at` of a block. */
void wanted_store(const struct batch *b, size_t from, size_t n, float *room, size_t at);

#endif
