/* One chunk's rows with typed values; see batch.h.
 *
 * DESIGN
 * 1. One body (add_row) serves rows whose fields were made one by one and rows whose fields were only
 * found; it is compiled for each, and only fields with a role are looked at.
 * 2. The quick way looks for a good value first, without branches that depend on the data where that
 * is possible; whatever does not look like one goes the way that everything else goes, which has the
 * last word. It may be taken when no mark looks like a value (layout->odd_marks).
 * 3. Texts seen lately in this chunk are known by their number or code (recall.h); only others are
 * looked up, and only new ones are parsed as addresses. A bad address is not remembered, so that each
 * is counted.
 */
#include "core/table/batch.h"

#include "core/base/mem.h"
#include "core/table/digits.h"
#include "core/table/table_impl.h"
#include "core/table/value.h"

#define INLINE    static inline __attribute__((always_inline))
#define OUTLINE   static __attribute__((noinline))
#define LIKELY(x) __builtin_expect(!!(x), 1)

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
    struct batch *b = mem_zalloc(1, sizeof *b);
    if (b != NULL)
        b->stamp = 1;
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
    b->berth.n_known = 0;
}

void batch_clear(struct batch *b)
{
    b->n = b->n_big = b->n_kept = b->numbered = 0;
    b->lines = b->n_outside = 0;
    b->outside_first_us = b->outside_last_us = TIME_MISSING;
    b->failed = false;
    forget_addresses(b);
    for (int i = 0; i < N_CATS; i++)
        categories_release(&b->cats[i]);
    for (int i = 0; i < N_CATS; i++)
        intern_clear(&b->more[i]);
    if (++b->stamp == 0) { /* old stamps would count again */
        memset(b->recall_addr, 0, sizeof b->recall_addr);
        memset(b->recall_cat, 0, sizeof b->recall_cat);
        b->stamp = 1;
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

/* Room for more rows in every column. */
static int make_room(struct batch *b)
{
    size_t n = b->cap == 0 ? 1024 : b->cap * 2;
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

/* ---- values ---- */

/* A row on its way: its fields, and what is known about them when this is compiled. */
struct incoming {
    const struct layout *layout;
    const struct row_fields *fields;
    bool found; /* fields->made is NULL: no escapes, and room around each field */
    bool quick; /* found, and the marks look like no value */
};

/* The bytes of a role's field. False when there is none. */
INLINE bool found_text(const struct incoming *in, enum role role, struct span *out)
{
    int32_t at = in->layout->role_field[role];
    if (at < 0)
        return false;
    *out = row_field_found(in->fields, (uint32_t)at);
    return true;
}

/* No bytes, or the unset mark. Not all marks are seen here: others look like bad values. */
INLINE bool is_unset(const struct incoming *in, struct span text)
{
    return (text.len == 0) |
           ((text.len == 1) & ((unsigned char)text.ptr[0] == in->layout->unset_char));
}

/* The value of a role, decoded. False when it is missing. */
INLINE bool value_of(struct batch *b, const struct incoming *in, enum role role, struct span *out)
{
    int32_t at = in->layout->role_field[role];
    const struct field *made;
    if (in->found)
        return found_text(in, role, out) && field_state(in->layout, *out) == FIELD_VALUE;
    if (at < 0)
        return false;
    made = &in->fields->made[at];
    if (made->state != FIELD_VALUE)
        return false;
    *out = made->escaped ? field_decode(made, &b->decode) : made->text;
    b->failed = b->failed || b->decode.failed;
    return true;
}

static void count_bad(struct batch *b, const struct layout *layout, enum role role)
{
    uint32_t column = layout->column[layout->role_field[role]];
    if (column < SCHEMA_MAX_COLUMNS)
        b->bad[column]++;
}

/* The text of a field that may be remembered: in the quick way of any field, marks too. */
INLINE bool text_of(struct batch *b, const struct incoming *in, enum role role, struct span *out)
{
    return in->quick ? found_text(in, role, out) : value_of(b, in, role, out);
}

INLINE struct recall_key key_of(const struct incoming *in, struct span text)
{
    return in->found ? recall_key(text) : recall_key_tight(text);
}

/* An address that is not remembered, whose text is perhaps a mark. `place` is where it may be, or
 * NULL. */
OUTLINE uint32_t new_address(struct batch *b, const struct layout *layout, enum role role,
                             struct span text, bool quick, struct recall_place *place,
                             struct recall_key key)
{
    uint32_t id = ADDR_MISSING;
    if (!quick || field_state(layout, text) == FIELD_VALUE) {
        id = intern_put(&b->addrs, text);
        if (id == INTERN_NONE) {
            b->failed = true;
            return id;
        }
        if (b->addrs.addr[id].kind == ADDR_NOT) {
            count_bad(b, layout, role);
            return id;
        }
    }
    if (place != NULL)
        *place = (struct recall_place){key, id, b->stamp};
    return id;
}

INLINE uint32_t address(struct batch *b, const struct incoming *in, enum role role)
{
    struct recall_key key = {0, 0};
    struct recall_place *place = NULL;
    struct span text;
    if (!text_of(b, in, role, &text))
        return ADDR_MISSING;
    if (LIKELY(text.len <= RECALL_LONGEST)) {
        key = key_of(in, text);
        place = recall_place(b->recall_addr, RECALL_ADDR_BITS, key);
        if (LIKELY(recall_is(place, key, b->stamp)))
            return place->number;
    }
    return new_address(b, in->layout, role, text, in->quick, place, key);
}

INLINE uint16_t port(struct batch *b, const struct incoming *in, enum role role, uint8_t missing,
                     uint8_t *flags)
{
    struct span text;
    uint16_t p;
    uint64_t n;
    if (in->quick && found_text(in, role, &text) && LIKELY(text.len - 1 < 5)) {
        uint64_t digits = digits_load(text.ptr + text.len, text.len);
        n = digits_value(digits);
        if (LIKELY(digits_good(digits_doubt(digits)) && n <= UINT16_MAX))
            return (uint16_t)n;
    }
    if (value_of(b, in, role, &text)) {
        if (value_port(text, &p))
            return p;
        count_bad(b, in->layout, role);
    }
    *flags = (uint8_t)(*flags | missing);
    return 0;
}

static uint32_t keep_big(struct batch *b, uint64_t n, int side)
{
    void *big = b->big;
    if (mem_grow(&big, &b->big_cap, b->n_big + 1, sizeof *b->big) != 0) {
        b->failed = true;
        return BYTES_MISSING;
    }
    b->big = big;
    b->big[b->n_big++] = (struct big_bytes){b->n, n, side};
    return BYTES_BIG;
}

INLINE uint32_t bytes(struct batch *b, const struct incoming *in, int side)
{
    enum role role = side == 0 ? ROLE_ORIG_BYTES : ROLE_RESP_BYTES;
    struct span text;
    uint64_t n;
    if (in->quick && found_text(in, role, &text) && LIKELY(digits_fit(text.len))) {
        uint64_t digits = digits_load(text.ptr + text.len, text.len);
        bool unset = is_unset(in, text), good = digits_good(digits_doubt(digits));
        if (LIKELY(unset | good))
            return unset ? BYTES_MISSING : (uint32_t)digits_value(digits);
    }
    if (!value_of(b, in, role, &text))
        return BYTES_MISSING;
    if (!value_count(text, &n)) {
        count_bad(b, in->layout, role);
        return BYTES_MISSING;
    }
    return n < BYTES_BIG ? (uint32_t)n : keep_big(b, n, side);
}

static uint32_t look_up_category(struct batch *b, enum cat cat, struct span text)
{
    unsigned code = categories_put(&b->cats[cat], text);
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

OUTLINE uint32_t new_category(struct batch *b, const struct layout *layout, enum cat cat,
                              struct span text, bool quick, struct recall_place *place,
                              struct recall_key key)
{
    uint32_t code = CAT_MISSING;
    if (text.len > 0 && (!quick || field_state(layout, text) == FIELD_VALUE))
        code = look_up_category(b, cat, text);
    if (place != NULL)
        *place = (struct recall_place){key, code, b->stamp};
    return code;
}

INLINE uint32_t category(struct batch *b, const struct incoming *in, enum cat cat, enum role role)
{
    struct recall_key key = {0, 0};
    struct recall_place *place = NULL;
    struct span text;
    if (!text_of(b, in, role, &text))
        return CAT_MISSING;
    if (LIKELY(text.len <= RECALL_LONGEST)) {
        key = key_of(in, text);
        place = recall_place(b->recall_cat[cat], RECALL_CAT_BITS, key);
        if (LIKELY(recall_is(place, key, b->stamp)))
            return place->number;
    }
    return new_category(b, in->layout, cat, text, in->quick, place, key);
}

INLINE uint8_t local_flag(struct batch *b, const struct incoming *in, enum role role, uint8_t yes,
                          uint8_t set)
{
    struct span text;
    bool local;
    if (in->quick && found_text(in, role, &text) && LIKELY(text.len == 1)) {
        bool is_true = text.ptr[0] == 'T', is_false = text.ptr[0] == 'F';
        if (LIKELY(is_true | is_false))
            return is_true ? yes | set : set;
    }
    if (!value_of(b, in, role, &text))
        return 0;
    if (!value_bool(text, &local)) {
        count_bad(b, in->layout, role);
        return 0;
    }
    return local ? yes | set : set;
}

/* Roles that are kept in the text only, but whose bad values are counted. */
static const enum role counts[] = {ROLE_MISSED_BYTES, ROLE_ORIG_PKTS, ROLE_ORIG_IP_BYTES,
                                   ROLE_RESP_PKTS, ROLE_RESP_IP_BYTES};

INLINE void check_each(struct batch *b, const struct incoming *in)
{
    struct span text;
    uint64_t n;
    double x;
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        if (value_of(b, in, counts[i], &text) && !value_count(text, &n))
            count_bad(b, in->layout, counts[i]);
    }
    if (value_of(b, in, ROLE_DURATION, &text) && !value_double(text, &x))
        count_bad(b, in->layout, ROLE_DURATION);
}

/* Digits that are none, of all these fields at once; a high bit also for what does not fit a word.
 * `unset`: unset fields are no doubtful ones. */
INLINE uint64_t doubt_rest(const struct incoming *in, bool unset)
{
    uint64_t doubt = 0;
    struct span text;
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        if (!found_text(in, counts[i], &text) || (unset && is_unset(in, text)))
            continue;
        if (!LIKELY(digits_fit(text.len)))
            return UINT64_MAX;
        doubt |= digits_doubt(digits_load(text.ptr + text.len, text.len));
    }
    if (!found_text(in, ROLE_DURATION, &text) || (unset && is_unset(in, text)))
        return doubt;
    /* 1 to 8 digits, a point and six more: the usual interval. */
    if (!LIKELY(digits_fit(text.len - 7) && text.ptr[text.len - 7] == '.'))
        return UINT64_MAX;
    return doubt | digits_doubt(digits_load(text.ptr + text.len, 6)) |
           digits_doubt(digits_load(text.ptr + text.len - 7, text.len - 7));
}

OUTLINE void check_doubtful(struct batch *b, const struct incoming *in)
{
    if (!digits_good(doubt_rest(in, true)))
        check_each(b, in);
}

INLINE void check_rest(struct batch *b, const struct incoming *in)
{
    if (!in->quick)
        check_each(b, in);
    else if (!LIKELY(digits_good(doubt_rest(in, false))))
        check_doubtful(b, in);
}

INLINE int64_t time_of(struct batch *b, const struct incoming *in)
{
    struct span text;
    uint64_t micro;
    int64_t us;
    if (in->quick && found_text(in, ROLE_TS, &text) && digits_micro(text, &micro))
        return (int64_t)micro;
    if (!value_of(b, in, ROLE_TS, &text))
        return TIME_MISSING;
    if (value_time_us(text, &us))
        return us;
    count_bad(b, in->layout, ROLE_TS);
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

/* ---- rows ---- */

INLINE void add_row(struct batch *b, const struct incoming *in, uint64_t offset)
{
    size_t i = b->n;
    uint8_t flags = 0;
    int64_t us;
    if (i == b->cap && make_room(b) != 0) {
        b->failed = true;
        return;
    }
    us = time_of(b, in);
    if (b->ranged && is_outside(b, us))
        return;
    b->offset[i] = offset;
    b->ts_us[i] = us;
    b->orig[i] = address(b, in, ROLE_ORIG_H);
    b->resp[i] = address(b, in, ROLE_RESP_H);
    b->orig_p[i] = port(b, in, ROLE_ORIG_P, ROW_NO_ORIG_P, &flags);
    b->resp_p[i] = port(b, in, ROLE_RESP_P, ROW_NO_RESP_P, &flags);
    b->orig_bytes[i] = bytes(b, in, 0);
    b->resp_bytes[i] = bytes(b, in, 1);
    b->cat[CAT_PROTO][i] = category(b, in, CAT_PROTO, ROLE_PROTO);
    b->cat[CAT_STATE][i] = category(b, in, CAT_STATE, ROLE_CONN_STATE);
    b->cat[CAT_SERVICE][i] = category(b, in, CAT_SERVICE, ROLE_SERVICE);
    flags |= local_flag(b, in, ROLE_LOCAL_ORIG, ROW_LOCAL_ORIG, ROW_LOCAL_ORIG_SET);
    flags |= local_flag(b, in, ROLE_LOCAL_RESP, ROW_LOCAL_RESP, ROW_LOCAL_RESP_SET);
    b->flags[i] = flags;
    check_rest(b, in);
    if (b->wanted != NULL)
        batch_make_wanted(b, in->layout, in->fields);
    b->n++;
}

void batch_row(struct batch *b, const struct layout *layout, uint64_t offset, uint64_t line,
               const struct field *fields)
{
    struct row_fields row = {.made = fields};
    struct incoming in = {layout, &row, false, false};
    (void)line;
    add_row(b, &in, offset);
}

void batch_row_found(struct batch *b, const struct layout *layout, uint64_t offset,
                     const struct row_fields *fields)
{
    struct incoming quick = {layout, fields, true, true}, careful = {layout, fields, true, false};
    if (LIKELY(!layout->odd_marks))
        add_row(b, &quick, offset);
    else
        add_row(b, &careful, offset);
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
