/* One chunk's rows with typed values; see batch.h. */
#include "core/table/batch.h"

#include "core/base/mem.h"
#include "core/table/table_impl.h"
#include "core/table/value.h"

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
    return mem_zalloc(1, sizeof(struct batch));
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
    mem_free(b);
}

void batch_clear(struct batch *b)
{
    b->n = b->n_big = b->n_kept = 0;
    b->lines = b->n_outside = 0;
    b->outside_first_us = b->outside_last_us = TIME_MISSING;
    b->failed = false;
    intern_clear(&b->addrs);
    for (int i = 0; i < N_CATS; i++)
        categories_release(&b->cats[i]);
    for (int i = 0; i < N_CATS; i++)
        intern_clear(&b->more[i]);
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

/* Room for one more row in every column. */
static int make_room(struct batch *b)
{
    size_t n = b->cap == 0 ? 1024 : b->cap * 2;
    int rc = 0;
    if (b->n < b->cap)
        return 0;
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

/* The value of a role, decoded. False when it is missing. */
static bool value_of(struct batch *b, const struct layout *layout, const struct field *fields,
                     enum role role, struct span *out)
{
    int32_t at = layout->role_field[role];
    if (at < 0 || fields[at].state != FIELD_VALUE)
        return false;
    *out = fields[at].escaped ? field_decode(&fields[at], &b->decode) : fields[at].text;
    return true;
}

static void count_bad(struct batch *b, const struct layout *layout, enum role role)
{
    uint32_t column = layout->column[layout->role_field[role]];
    if (column < SCHEMA_MAX_COLUMNS)
        b->bad[column]++;
}

static uint32_t address(struct batch *b, const struct layout *layout, const struct field *fields,
                        enum role role)
{
    struct span text;
    uint32_t id;
    if (!value_of(b, layout, fields, role, &text))
        return ADDR_MISSING;
    id = intern_put(&b->addrs, text);
    if (id == INTERN_NONE)
        b->failed = true;
    else if (b->addrs.addr[id].kind == ADDR_NOT)
        count_bad(b, layout, role);
    return id;
}

static uint16_t port(struct batch *b, const struct layout *layout, const struct field *fields,
                     enum role role, uint8_t missing, uint8_t *flags)
{
    struct span text;
    uint16_t p = 0;
    bool has = value_of(b, layout, fields, role, &text);
    if (has && value_port(text, &p))
        return p;
    if (has)
        count_bad(b, layout, role);
    *flags = (uint8_t)(*flags | missing);
    return 0;
}

static uint32_t bytes(struct batch *b, const struct layout *layout, const struct field *fields,
                      int side)
{
    enum role role = side == 0 ? ROLE_ORIG_BYTES : ROLE_RESP_BYTES;
    struct span text;
    uint64_t n;
    void *big = b->big;
    if (!value_of(b, layout, fields, role, &text))
        return BYTES_MISSING;
    if (!value_count(text, &n)) {
        count_bad(b, layout, role);
        return BYTES_MISSING;
    }
    if (n < BYTES_BIG)
        return (uint32_t)n;
    if (mem_grow(&big, &b->big_cap, b->n_big + 1, sizeof *b->big) != 0) {
        b->failed = true;
        return BYTES_MISSING;
    }
    b->big = big;
    b->big[b->n_big++] = (struct big_bytes){b->n, n, side};
    return BYTES_BIG;
}

static uint32_t category(struct batch *b, const struct layout *layout, const struct field *fields,
                         enum cat cat, enum role role)
{
    struct span text;
    unsigned code;
    uint32_t more;
    if (!value_of(b, layout, fields, role, &text) || text.len == 0)
        return CAT_MISSING;
    code = categories_put(&b->cats[cat], text);
    if (code != CAT_OTHER && code != CAT_NO_MEMORY)
        return code;
    more = code == CAT_OTHER ? intern_put(&b->more[cat], text) : INTERN_NONE;
    if (more >= UINT32_MAX - CAT_MORE) {
        b->failed = true;
        return CAT_MISSING;
    }
    return CAT_MORE + more;
}

static uint8_t local_flag(struct batch *b, const struct layout *layout, const struct field *fields,
                          enum role role, uint8_t yes, uint8_t set)
{
    struct span text;
    bool local;
    if (!value_of(b, layout, fields, role, &text))
        return 0;
    if (!value_bool(text, &local)) {
        count_bad(b, layout, role);
        return 0;
    }
    return local ? yes | set : set;
}

/* Roles that are kept in the text only, but whose bad values are counted. */
static void check_rest(struct batch *b, const struct layout *layout, const struct field *fields)
{
    static const enum role counts[] = {ROLE_MISSED_BYTES, ROLE_ORIG_PKTS, ROLE_ORIG_IP_BYTES,
                                       ROLE_RESP_PKTS, ROLE_RESP_IP_BYTES};
    struct span text;
    uint64_t n;
    double x;
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        if (value_of(b, layout, fields, counts[i], &text) && !value_count(text, &n))
            count_bad(b, layout, counts[i]);
    }
    if (value_of(b, layout, fields, ROLE_DURATION, &text) && !value_double(text, &x))
        count_bad(b, layout, ROLE_DURATION);
}

static int64_t time_of(struct batch *b, const struct layout *layout, const struct field *fields)
{
    struct span text;
    int64_t us;
    if (!value_of(b, layout, fields, ROLE_TS, &text))
        return TIME_MISSING;
    if (value_time_us(text, &us))
        return us;
    count_bad(b, layout, ROLE_TS);
    return TIME_MISSING;
}

void batch_set_range(struct batch *b, int64_t from_us, int64_t to_us)
{
    b->ranged = true;
    b->from_us = from_us;
    b->to_us = to_us;
}

static bool is_outside(struct batch *b, int64_t us)
{
    if (us != TIME_MISSING && us >= b->from_us && us < b->to_us)
        return false;
    b->n_outside++;
    if (us == TIME_MISSING)
        return true;
    if (b->outside_first_us == TIME_MISSING || us < b->outside_first_us)
        b->outside_first_us = us;
    if (us > b->outside_last_us) /* missing is the lowest */
        b->outside_last_us = us;
    return true;
}

void batch_row(struct batch *b, const struct layout *layout, uint64_t offset, uint64_t line,
               const struct field *f)
{
    size_t i = b->n;
    uint8_t flags = 0;
    (void)line;
    if (make_room(b) != 0) {
        b->failed = true;
        return;
    }
    b->offset[i] = offset;
    b->ts_us[i] = time_of(b, layout, f);
    if (b->ranged && is_outside(b, b->ts_us[i]))
        return;
    b->orig[i] = address(b, layout, f, ROLE_ORIG_H);
    b->resp[i] = address(b, layout, f, ROLE_RESP_H);
    b->orig_p[i] = port(b, layout, f, ROLE_ORIG_P, ROW_NO_ORIG_P, &flags);
    b->resp_p[i] = port(b, layout, f, ROLE_RESP_P, ROW_NO_RESP_P, &flags);
    b->orig_bytes[i] = bytes(b, layout, f, 0);
    b->resp_bytes[i] = bytes(b, layout, f, 1);
    b->cat[CAT_PROTO][i] = category(b, layout, f, CAT_PROTO, ROLE_PROTO);
    b->cat[CAT_STATE][i] = category(b, layout, f, CAT_STATE, ROLE_CONN_STATE);
    b->cat[CAT_SERVICE][i] = category(b, layout, f, CAT_SERVICE, ROLE_SERVICE);
    flags |= local_flag(b, layout, f, ROLE_LOCAL_ORIG, ROW_LOCAL_ORIG, ROW_LOCAL_ORIG_SET);
    flags |= local_flag(b, layout, f, ROLE_LOCAL_RESP, ROW_LOCAL_RESP, ROW_LOCAL_RESP_SET);
    b->flags[i] = flags;
    check_rest(b, layout, f);
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

uint64_t batch_rows(const struct batch *b)
{
    return b->n;
}
