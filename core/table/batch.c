/* One chunk's rows with typed values; see batch.h.
 *
 * DESIGN
 * 1. A row whose fields were made goes field by field through the readers of values here. Rows whose
 * fields were only found go column by column (found.c), and come here with what is not a good value at
 * first sight: these readers have the last word.
 * 2. Texts seen lately are known by their number or code (recall.h); only others are looked up, and
 * only new ones are parsed as addresses. A bad address is not remembered, so that each is counted.
 */
#include "core/table/batch.h"

#include "core/base/mem.h"
#include "core/table/table_impl.h"
#include "core/table/value.h"

const enum role batch_cat_role[N_CATS] = {
    [CAT_PROTO] = ROLE_PROTO, [CAT_STATE] = ROLE_CONN_STATE, [CAT_SERVICE] = ROLE_SERVICE};

const enum role batch_checked[N_CHECKED] = {ROLE_MISSED_BYTES, ROLE_ORIG_PKTS, ROLE_ORIG_IP_BYTES,
                                            ROLE_RESP_PKTS, ROLE_RESP_IP_BYTES};

const char *reject_text(enum reject why)
{
    static const char *const text[] = {
#define X(id, words) words,
        REJECTS(X)
#undef X
    };
    return why < N_REJECTS ? text[why] : "";
}

void categories_release(struct categories *c)
{
    for (uint32_t i = 0; i < c->n; i++)
        mem_free(c->text[i]);
    c->n = 0;
}

unsigned categories_put(struct categories *c, struct span text)
{
    for (uint32_t i = 0; i < c->n; i++) {
        if (c->len[i] == text.len && memcmp(c->text[i], text.ptr, text.len) == 0)
            return i;
    }
    if (c->n == CAT_OTHER || text.len > UINT32_MAX)
        return CAT_OTHER;
    c->text[c->n] = mem_copy(text.ptr, text.len);
    if (c->text[c->n] == NULL)
        return CAT_NO_MEMORY;
    c->len[c->n] = (uint32_t)text.len;
    return c->n++;
}

struct batch *batch_new(void)
{
    struct batch *b = mem_zalloc_table(1, sizeof *b);
    if (b == NULL)
        return NULL;
    b->level = simd_best_level();
    b->first_us = b->last_us = TIME_MISSING;
    recall_init(&b->recall_addr, b->addr_place, RECALL_ADDR_BITS);
    for (int i = 0; i < N_CATS; i++) {
        recall_init(&b->recall_cat[i], b->cat_place[i], RECALL_CAT_BITS);
        recall_word_forget(b->cat_word[i]);
    }
    return b;
}

static void free_columns(struct batch *b)
{
    mem_free(b->ts_us);
    mem_free(b->offset);
    mem_free(b->orig);
    mem_free(b->resp);
    mem_free(b->orig_bytes);
    mem_free(b->resp_bytes);
    mem_free(b->orig_p);
    mem_free(b->resp_p);
    for (int i = 0; i < N_CATS; i++)
        mem_free(b->cat[i]);
    mem_free(b->flags);
}

void batch_free(struct batch *b)
{
    if (b == NULL)
        return;
    free_columns(b);
    intern_release(&b->addrs);
    for (int i = 0; i < N_CATS; i++)
        categories_release(&b->cats[i]);
    for (int i = 0; i < N_CATS; i++)
        intern_release(&b->more[i]);
    mem_free(b->big);
    buf_release(&b->decode);
    berth_release(&b->berth);
    batch_want_end(b);
    mem_free(b);
}

/* Addresses whose ids in the table are known are as good in the next chunk: no one needs to look for
 * them again. Those of a chunk that was not appended have none, and may be in another order than the
 * table will meet them. */
static void forget_addresses(struct batch *b)
{
    if (b->addrs.n == b->berth.n_known && b->addrs.n <= KNOWN_ADDRS)
        return;
    intern_clear(&b->addrs);
    recall_forget(&b->recall_addr);
    if (b->recall_addr.stamp == 1) /* the stamps begin again */
        memset(b->addr_long, 0, sizeof b->addr_long);
    b->berth.n_known = 0;
}

void batch_clear(struct batch *b)
{
    b->n = b->n_big = b->n_kept = b->numbered = 0;
    b->lines = b->n_outside = 0;
    b->first_us = b->last_us = TIME_MISSING;
    b->outside_first_us = b->outside_last_us = TIME_MISSING;
    b->failed = false;
    forget_addresses(b);
    for (int i = 0; i < N_CATS; i++) {
        categories_release(&b->cats[i]);
        intern_clear(&b->more[i]);
        recall_forget(&b->recall_cat[i]);
        recall_word_forget(b->cat_word[i]);
    }
    memset(b->bad, 0, sizeof b->bad);
    memset(b->rejected, 0, sizeof b->rejected);
    memset(b->first_line, 0, sizeof b->first_line);
}

static int grow_column(void **column, size_t n, size_t size)
{
    void *grown = mem_resize(*column, n, size);
    if (grown == NULL)
        return -1;
    *column = grown;
    return 0;
}

/* Room for so many rows in every column. */
static int make_room(struct batch *b, size_t n)
{
    int rc = 0;
#define GROW(column)                                                                               \
    do {                                                                                           \
        void *p = b->column;                                                                       \
        rc |= grow_column(&p, n, sizeof *b->column);                                               \
        b->column = p;                                                                             \
    } while (0)
    GROW(ts_us);
    GROW(offset);
    GROW(orig);
    GROW(resp);
    GROW(orig_bytes);
    GROW(resp_bytes);
    GROW(orig_p);
    GROW(resp_p);
    GROW(flags);
    for (int i = 0; i < N_CATS; i++)
        GROW(cat[i]);
#undef GROW
    if (rc == 0)
        b->cap = n;
    return rc;
}

int batch_room(struct batch *b, size_t more)
{
    size_t n = b->cap == 0 ? 1024 : b->cap * 2;
    if (more <= b->cap - b->n)
        return 0;
    if (make_room(b, n > b->n + more ? n : b->n + more) == 0)
        return 0;
    b->failed = true;
    return -1;
}

/* ---- values ---- */

/* A row whose fields were made. */
struct made_row {
    const struct layout *layout;
    const struct field *field;
};

/* The value of a role, decoded. False when it is missing. */
static bool value_of(struct batch *b, const struct made_row *row, enum role role, struct span *out)
{
    int32_t at = row->layout->role_field[role];
    const struct field *field = &row->field[at < 0 ? 0 : at];
    if (at < 0 || field->state != FIELD_VALUE)
        return false;
    *out = field->escaped ? field_decode(field, &b->decode) : field->text;
    b->failed = b->failed || b->decode.failed;
    return true;
}

static void count_bad(struct batch *b, const struct layout *layout, enum role role)
{
    uint32_t column = layout->column[layout->role_field[role]];
    if (column < SCHEMA_MAX_COLUMNS)
        b->bad[column]++;
}

int64_t batch_time(struct batch *b, const struct layout *layout, struct span text)
{
    int64_t us;
    if (value_time_us(text, &us))
        return us;
    count_bad(b, layout, ROLE_TS);
    return TIME_MISSING;
}

bool batch_address_is_good(struct batch *b, const struct layout *layout, enum role role,
                           uint32_t id)
{
    if (id == INTERN_NONE)
        b->failed = true;
    else if (b->addrs.addr[id].kind == ADDR_NOT)
        count_bad(b, layout, role);
    else
        return true;
    return false;
}

static uint32_t address(struct batch *b, const struct made_row *row, enum role role)
{
    struct recall_seat seat = {0};
    struct span text;
    uint32_t id;
    if (!value_of(b, row, role, &text))
        return ADDR_MISSING;
    if (text.len <= RECALL_LONGEST) {
        seat = recall_seat(&b->recall_addr, recall_key_tight(text));
        if (recall_knows(&seat, &id))
            return id;
    }
    id = intern_put(&b->addrs, text);
    if (batch_address_is_good(b, row->layout, role, id) && seat.place != NULL)
        recall_keep(&seat, id);
    return id;
}

bool batch_port(struct batch *b, const struct layout *layout, enum role role, struct span text,
                uint16_t *port)
{
    if (value_port(text, port))
        return true;
    count_bad(b, layout, role);
    return false;
}

static uint16_t port(struct batch *b, const struct made_row *row, enum role role, uint8_t missing,
                     uint8_t *flags)
{
    struct span text;
    uint16_t p;
    if (value_of(b, row, role, &text) && batch_port(b, row->layout, role, text, &p))
        return p;
    *flags = (uint8_t)(*flags | missing);
    return 0;
}

static uint32_t keep_big(struct batch *b, size_t row, uint64_t n, int side)
{
    void *big = b->big;
    if (mem_grow(&big, &b->big_cap, b->n_big + 1, sizeof *b->big) != 0) {
        b->failed = true;
        return BYTES_MISSING;
    }
    b->big = big;
    b->big[b->n_big++] = (struct big_bytes){row, n, side};
    return BYTES_BIG;
}

uint32_t batch_bytes(struct batch *b, const struct layout *layout, int side, size_t row,
                     struct span text)
{
    uint64_t n;
    if (!value_count(text, &n)) {
        count_bad(b, layout, side == 0 ? ROLE_ORIG_BYTES : ROLE_RESP_BYTES);
        return BYTES_MISSING;
    }
    return n < BYTES_BIG ? (uint32_t)n : keep_big(b, row, n, side);
}

static uint32_t bytes(struct batch *b, const struct made_row *row, int side)
{
    enum role role = side == 0 ? ROLE_ORIG_BYTES : ROLE_RESP_BYTES;
    struct span text;
    return value_of(b, row, role, &text) ? batch_bytes(b, row->layout, side, b->n, text)
                                         : BYTES_MISSING;
}

uint32_t batch_new_category(struct batch *b, enum cat cat, struct span text)
{
    unsigned code = text.len == 0 ? CAT_MISSING : categories_put(&b->cats[cat], text);
    uint32_t more;
    if (code != CAT_OTHER && code != CAT_NO_MEMORY)
        return code;
    more = code == CAT_OTHER ? intern_put(&b->more[cat], text) : INTERN_NONE;
    if (more >= UINT32_MAX - CAT_MORE) {
        b->failed = true;
        return CAT_MISSING;
    }
    return CAT_MORE + more;
}

static uint32_t category(struct batch *b, const struct made_row *row, enum cat cat, enum role role)
{
    struct recall_seat seat = {0};
    struct span text;
    uint32_t code;
    if (!value_of(b, row, role, &text))
        return CAT_MISSING;
    /* A value that was written with an escape may look like a mark, and marks are remembered as such. */
    if (text.len <= RECALL_LONGEST && field_state(row->layout, text) == FIELD_VALUE) {
        seat = recall_seat(&b->recall_cat[cat], recall_key_tight(text));
        if (recall_knows(&seat, &code))
            return code;
    }
    code = batch_new_category(b, cat, text);
    if (seat.place != NULL)
        recall_keep(&seat, code);
    return code;
}

uint8_t batch_flag(struct batch *b, const struct layout *layout, enum role role, struct span text,
                   uint8_t yes, uint8_t set)
{
    bool local;
    if (!value_bool(text, &local)) {
        count_bad(b, layout, role);
        return 0;
    }
    return local ? yes | set : set;
}

static uint8_t flag(struct batch *b, const struct made_row *row, enum role role, uint8_t yes,
                    uint8_t set)
{
    struct span text;
    return value_of(b, row, role, &text) ? batch_flag(b, row->layout, role, text, yes, set) : 0;
}

void batch_check_count(struct batch *b, const struct layout *layout, enum role role,
                       struct span text)
{
    uint64_t n;
    if (!value_count(text, &n))
        count_bad(b, layout, role);
}

void batch_check_duration(struct batch *b, const struct layout *layout, struct span text)
{
    double x;
    if (!value_double(text, &x))
        count_bad(b, layout, ROLE_DURATION);
}

void batch_set_range(struct batch *b, int64_t from_us, int64_t to_us)
{
    b->ranged = true;
    b->from_us = from_us;
    b->to_us = to_us;
}

void batch_stretch(int64_t *first, int64_t *last, int64_t us)
{
    if (us == TIME_MISSING)
        return;
    if (*first == TIME_MISSING || us < *first)
        *first = us;
    if (us > *last) /* missing is the lowest */
        *last = us;
}

bool batch_leaves_out(struct batch *b, int64_t us)
{
    if (!b->ranged || (us != TIME_MISSING && us >= b->from_us && us < b->to_us))
        return false;
    b->n_outside++;
    batch_stretch(&b->outside_first_us, &b->outside_last_us, us);
    return true;
}

/* ---- rows ---- */

void batch_row(struct batch *b, const struct layout *layout, uint64_t offset, uint64_t line,
               const struct field *fields)
{
    const struct made_row row = {layout, fields};
    struct span text;
    size_t i = b->n;
    uint8_t flags = 0;
    int64_t us;
    (void)line;
    if (batch_room(b, 1) != 0)
        return;
    us = value_of(b, &row, ROLE_TS, &text) ? batch_time(b, layout, text) : TIME_MISSING;
    if (batch_leaves_out(b, us))
        return;
    b->offset[i] = offset;
    b->ts_us[i] = us;
    batch_stretch(&b->first_us, &b->last_us, us);
    b->orig[i] = address(b, &row, ROLE_ORIG_H);
    b->resp[i] = address(b, &row, ROLE_RESP_H);
    b->orig_p[i] = port(b, &row, ROLE_ORIG_P, ROW_NO_ORIG_P, &flags);
    b->resp_p[i] = port(b, &row, ROLE_RESP_P, ROW_NO_RESP_P, &flags);
    b->orig_bytes[i] = bytes(b, &row, 0);
    b->resp_bytes[i] = bytes(b, &row, 1);
    for (enum cat c = 0; c < N_CATS; c++)
        b->cat[c][i] = category(b, &row, c, batch_cat_role[c]);
    flags |= flag(b, &row, ROLE_LOCAL_ORIG, ROW_LOCAL_ORIG, ROW_LOCAL_ORIG_SET);
    flags |= flag(b, &row, ROLE_LOCAL_RESP, ROW_LOCAL_RESP, ROW_LOCAL_RESP_SET);
    b->flags[i] = flags;
    for (size_t c = 0; c < N_CHECKED; c++)
        if (value_of(b, &row, batch_checked[c], &text))
            batch_check_count(b, layout, batch_checked[c], text);
    if (value_of(b, &row, ROLE_DURATION, &text))
        batch_check_duration(b, layout, text);
    if (batch_makes_wanted(b, layout, 1))
        batch_make_wanted(b, layout, i, fields);
    b->n++;
}

void batch_reject(struct batch *b, enum reject why, uint64_t line, uint32_t field)
{
    if (b->rejected[why]++ == 0)
        b->first_line[why] = line;
    if (b->n_kept < ARRAY_LEN(b->kept))
        b->kept[b->n_kept++] = (struct rejected_row){why, 0, line, field};
}

void batch_fail(struct batch *b)
{
    b->failed = true;
}

void batch_set_lines(struct batch *b, uint64_t lines)
{
    b->lines = lines;
}

uint64_t batch_lines(const struct batch *b)
{
    return b->lines;
}
