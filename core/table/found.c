/* Rows whose fields were only found: column by column; see batch.h.
 *
 * DESIGN
 * 1. A run of rows is short enough for its text to stay near the processor, and long enough for each
 * column to be a loop of its own, which knows where its field stands and does one thing.
 * 2. A loop looks for a good value or the unset mark first, without branches that depend on the data
 * where that is possible. Whatever looks like neither goes to batch.c's careful readers. This holds
 * while no mark looks like a value (layout->odd_marks); else the fields are made.
 * 3. What is numbered by first appearance is taken in the order in which it stands: the two addresses
 * of a row together, then those of the next. */
#include <math.h>

#include "core/table/digits.h"
#include "core/table/table_impl.h"

#define INLINE    static inline __attribute__((always_inline))
#define OUTLINE   static __attribute__((noinline))
#define LIKELY(x) __builtin_expect(!!(x), 1)

/* Rows on their way, all of them to be added. */
struct run {
    struct batch *b;
    const struct layout *layout;
    const struct found_rows *rows;
    size_t at; /* of the first one in the batch */
};

/* One field of the rows. */
struct found_column {
    const char *base;
    const uint16_t *end; /* of the field in the first row */
    size_t stride;       /* ends a row */
};

static struct found_column column_of(const struct run *run, int32_t field)
{
    return (struct found_column){run->rows->base, run->rows->end + field, run->rows->n_fields};
}

/* The field that has a role. False when there is none. */
static bool role_column(const struct run *run, enum role role, struct found_column *out)
{
    int32_t field = run->layout->role_field[role];
    if (field >= 0)
        *out = column_of(run, field);
    return field >= 0;
}

INLINE struct span text_at(const struct found_column *c, uint32_t row)
{
    const uint16_t *end = c->end + row * c->stride;
    return span_make(c->base + end[-1] + 1, (size_t)end[0] - end[-1] - 1);
}

INLINE bool is_value(const struct run *run, struct span text)
{
    return field_state(run->layout, text) == FIELD_VALUE;
}

/* No bytes, or the unset mark. Not all marks are seen here: others look like bad values. */
INLINE bool is_unset(const struct run *run, struct span text)
{
    unsigned char last = (unsigned char)text.ptr[(ptrdiff_t)text.len - 1];
    return (text.len == 0) | ((text.len == 1) & (last == run->layout->unset_char));
}

/* ---- times ---- */

/* As Zeek writes a time of our days: ten digits, a point, six more. What the first eight digits are is
 * known from the row before, mostly. */
struct time_front {
    uint64_t word, seconds;
};

INLINE bool read_time(struct span text, struct time_front *front, int64_t *us)
{
    uint64_t word = word_load(text.ptr), rest;
    if (!LIKELY(text.len == 17 && text.ptr[10] == '.'))
        return false;
    if (word != front->word) {
        uint64_t digits = word ^ 0x3030303030303030u;
        if (!digits_good(digits_doubt(digits)))
            return false;
        *front = (struct time_front){word, digits_value(digits) * 100};
    }
    /* Digits 9 and 10 take the place of the point and of the byte in front of it. */
    rest = word_load(text.ptr + 9) & 0xffffffffffff0000u;
    rest |= (uint64_t)(unsigned char)text.ptr[8] | (uint64_t)(unsigned char)text.ptr[9] << 8;
    rest ^= 0x3030303030303030u;
    *us = (int64_t)(front->seconds * 1000000 + digits_value(rest));
    return LIKELY(digits_good(digits_doubt(rest)));
}

static void times(const struct run *run, int64_t *out)
{
    struct time_front front = {0x3030303030303030u, 0};
    struct found_column c;
    bool any = role_column(run, ROLE_TS, &c);
    for (uint32_t r = 0; r < run->rows->n; r++) {
        struct span text;
        out[r] = TIME_MISSING;
        if (!any)
            continue;
        text = text_at(&c, r);
        if (!read_time(text, &front, &out[r]))
            out[r] = is_value(run, text) ? batch_time(run->b, run->layout, text) : TIME_MISSING;
    }
}

/* ---- addresses ---- */

#define SOUGHT_MAX (2 * FOUND_ROWS_MAX)

/* The addresses of the rows: number 2 * row + side. What is remembered is fetched for all of them before
 * it is looked at, so that the processor waits once. */
struct sought {
    struct span text[SOUGHT_MAX];
    void *place[SOUGHT_MAX];           /* where it is remembered, if it is; NULL: not in any case */
    struct recall_key key[SOUGHT_MAX]; /* of short ones */
    uint32_t id[SOUGHT_MAX];
    uint16_t unknown[SOUGHT_MAX]; /* in order; those that are not remembered */
    struct span unknown_text[SOUGHT_MAX];
    uint32_t unknown_id[SOUGHT_MAX];
    size_t n_unknown;
};

static void seek(const struct run *run, int side, struct sought *s)
{
    struct batch *b = run->b;
    struct found_column c = {NULL, NULL, 0};
    bool any = role_column(run, side == 0 ? ROLE_ORIG_H : ROLE_RESP_H, &c);
    for (uint32_t r = 0, i = (uint32_t)side; r < run->rows->n; r++, i += 2) {
        s->place[i] = NULL;
        s->text[i] = any ? text_at(&c, r) : span_make(NULL, 0);
        if (!any)
            continue;
        if (LIKELY(s->text[i].len <= RECALL_LONGEST)) {
            struct recall_seat seat = recall_seat(&b->recall_addr, recall_key(s->text[i]));
            s->key[i] = seat.key;
            s->place[i] = seat.place;
        } else if (s->text[i].len <= RECALL_LONG_LONGEST) {
            struct recall_long key = recall_long_key(s->text[i], 0);
            s->place[i] = recall_long_place(b->addr_long, &key);
        }
        __builtin_prefetch(s->place[i]);
    }
}

/* Whether it is remembered: then its id is known. */
INLINE bool is_remembered(const struct run *run, struct sought *s, uint32_t i)
{
    uint32_t stamp = run->b->recall_addr.stamp;
    if (LIKELY(s->text[i].len <= RECALL_LONGEST)) {
        const struct recall_seat seat = {s->place[i], s->key[i], stamp};
        return recall_knows(&seat, &s->id[i]);
    } else {
        const struct recall_long *place = s->place[i], key = recall_long_key(s->text[i], stamp);
        s->id[i] = place->number;
        return recall_long_is(place, &key);
    }
}

static void remember(const struct run *run, const struct sought *s, uint32_t i, uint32_t id)
{
    uint32_t stamp = run->b->recall_addr.stamp;
    if (s->place[i] == NULL)
        return;
    if (s->text[i].len <= RECALL_LONGEST) {
        const struct recall_seat seat = {s->place[i], s->key[i], stamp};
        recall_keep(&seat, id);
    } else {
        struct recall_long *place = s->place[i];
        *place = recall_long_key(s->text[i], stamp);
        place->number = id;
    }
}

/* Ids of those that are remembered; the others are listed. */
static void recall_ids(const struct run *run, struct sought *s)
{
    size_t n = 0;
    for (uint32_t i = 0; i < 2 * run->rows->n; i++) {
        if (s->place[i] != NULL && LIKELY(is_remembered(run, s, i)))
            continue;
        s->id[i] = ADDR_MISSING;
        if (s->text[i].ptr == NULL || !is_value(run, s->text[i]))
            continue;
        s->unknown[n] = (uint16_t)i;
        s->unknown_text[n++] = s->text[i];
    }
    s->n_unknown = n;
}

static void look_up(const struct run *run, struct sought *s)
{
    struct batch *b = run->b;
    intern_put_many(&b->addrs, s->unknown_text, s->n_unknown, NULL, s->unknown_id);
    for (size_t u = 0; u < s->n_unknown; u++) {
        uint32_t i = s->unknown[u], id = s->unknown_id[u];
        enum role role = i % 2 == 0 ? ROLE_ORIG_H : ROLE_RESP_H;
        s->id[i] = id;
        if (batch_address_is_good(b, run->layout, role, id))
            remember(run, s, i, id);
    }
}

static void addresses(const struct run *run)
{
    uint32_t *orig = run->b->orig + run->at, *resp = run->b->resp + run->at;
    struct sought s;
    seek(run, 0, &s);
    seek(run, 1, &s);
    recall_ids(run, &s);
    look_up(run, &s);
    for (uint32_t r = 0; r < run->rows->n; r++) {
        orig[r] = s.id[2 * r];
        resp[r] = s.id[2 * r + 1];
    }
}
_Static_assert(ADDR_MISSING == INTERN_NONE, "what there is no memory for is missing");

/* ---- numbers that the table keeps ---- */

static void ports(const struct run *run, enum role role, uint8_t missing, uint16_t *out)
{
    uint8_t *flags = run->b->flags + run->at;
    struct found_column c;
    bool any = role_column(run, role, &c);
    for (uint32_t r = 0; r < run->rows->n; r++) {
        struct span text;
        if (any) {
            text = text_at(&c, r);
            if (LIKELY(text.len - 1 < 5)) {
                uint64_t digits = digits_load(text.ptr + text.len, text.len);
                uint64_t n = digits_value(digits);
                out[r] = (uint16_t)n;
                if (LIKELY(digits_good(digits_doubt(digits)) && n <= UINT16_MAX))
                    continue;
            }
            if (is_value(run, text) && batch_port(run->b, run->layout, role, text, &out[r]))
                continue;
        }
        out[r] = 0;
        flags[r] |= missing;
    }
}

INLINE uint32_t bytes_at(const struct run *run, int side, const struct found_column *c, uint32_t r)
{
    struct span text = text_at(c, r);
    if (LIKELY(text.len <= DIGITS_WORD)) {
        uint64_t digits = digits_load(text.ptr + text.len, text.len);
        bool unset = is_unset(run, text), good = digits_good(digits_doubt(digits));
        if (LIKELY(unset | good))
            return (uint32_t)digits_value(digits) | -(uint32_t)unset;
    }
    if (!is_value(run, text))
        return BYTES_MISSING;
    return batch_bytes(run->b, run->layout, side, run->at + r, text);
}
_Static_assert(BYTES_MISSING == UINT32_MAX, "all bits set");

/* Both sides of a row together: the list of what is big is in the order of rows. */
static void payload(const struct run *run)
{
    uint32_t *orig = run->b->orig_bytes + run->at, *resp = run->b->resp_bytes + run->at;
    struct found_column out, in;
    bool any_orig = role_column(run, ROLE_ORIG_BYTES, &out);
    bool any_resp = role_column(run, ROLE_RESP_BYTES, &in);
    for (uint32_t r = 0; r < run->rows->n; r++) {
        orig[r] = any_orig ? bytes_at(run, 0, &out, r) : BYTES_MISSING;
        resp[r] = any_resp ? bytes_at(run, 1, &in, r) : BYTES_MISSING;
    }
}

/* ---- categories, flags ---- */

OUTLINE uint32_t unknown_category(const struct run *run, enum cat cat, struct span text,
                                  const struct recall_seat *seat)
{
    uint32_t code = is_value(run, text) ? batch_new_category(run->b, cat, text) : CAT_MISSING;
    if (seat->place != NULL)
        recall_keep(seat, code);
    return code;
}

static void categories(const struct run *run, enum cat cat)
{
    uint32_t *out = run->b->cat[cat] + run->at;
    struct found_column c;
    bool any = role_column(run, batch_cat_role[cat], &c);
    for (uint32_t r = 0; r < run->rows->n; r++) {
        struct recall_seat seat = {NULL, {0, 0}, 0};
        struct span text;
        out[r] = CAT_MISSING;
        if (!any)
            continue;
        text = text_at(&c, r);
        if (LIKELY(text.len <= RECALL_LONGEST)) {
            seat = recall_seat(&run->b->recall_cat[cat], recall_key(text));
            if (LIKELY(recall_knows(&seat, &out[r])))
                continue;
        }
        out[r] = unknown_category(run, cat, text, &seat);
    }
}

static void local_flags(const struct run *run, enum role role, uint8_t yes, uint8_t set)
{
    uint8_t *flags = run->b->flags + run->at;
    struct found_column c;
    if (!role_column(run, role, &c))
        return;
    for (uint32_t r = 0; r < run->rows->n; r++) {
        struct span text = text_at(&c, r);
        bool is_true = text.ptr[0] == 'T', is_false = text.ptr[0] == 'F';
        bool unset = is_unset(run, text);
        if (LIKELY(((text.len == 1) & (is_true | is_false)) | unset))
            flags[r] |= unset ? 0 : is_true ? yes | set : set;
        else if (is_value(run, text))
            flags[r] |= batch_flag(run->b, run->layout, role, text, yes, set);
    }
}

/* ---- numbers that are only checked, or wanted ---- */

/* The rows whose wanted numbers have to be made with care. */
struct odd_rows {
    bool any, row[FOUND_ROWS_MAX];
};

/* What a role's value that is not good at first sight comes to. */
OUTLINE void check(const struct run *run, enum role role, struct span text, uint32_t r,
                   struct odd_rows *odd)
{
    if (role == ROLE_DURATION && is_value(run, text))
        batch_check_duration(run->b, run->layout, text);
    else if (role != ROLE_NONE && is_value(run, text))
        batch_check_count(run->b, run->layout, role, text);
    odd->any = odd->row[r] = true;
}

/* Whole numbers. What they are goes to `out`, unless that is NULL. */
INLINE void counts(const struct run *run, const struct found_column *c, enum role role, double *out,
                   struct odd_rows *odd)
{
    for (uint32_t r = 0; r < run->rows->n; r++) {
        struct span text = text_at(c, r);
        if (LIKELY(text.len <= DIGITS_WORD)) {
            uint64_t digits = digits_load(text.ptr + text.len, text.len);
            bool unset = is_unset(run, text);
            if (out != NULL)
                out[r] = unset ? (double)NAN : (double)digits_value(digits);
            if (LIKELY(unset | digits_good(digits_doubt(digits))))
                continue;
        }
        check(run, role, text, r, odd);
    }
}

/* Intervals as Zeek writes them: 1 to 8 digits, a point and six more. */
INLINE void intervals(const struct run *run, const struct found_column *c, enum role role,
                      double *out, struct odd_rows *odd)
{
    for (uint32_t r = 0; r < run->rows->n; r++) {
        struct span text = text_at(c, r);
        const char *end = text.ptr + text.len;
        bool unset = is_unset(run, text), usual = digits_fit(text.len - 7);
        uint64_t high = digits_load(end - 7, usual ? text.len - 7 : 0), low = digits_load(end, 6);
        if (out != NULL)
            out[r] = unset ? (double)NAN
                           : (double)(digits_value(high) * 1000000 + digits_value(low)) / 1e6;
        if (LIKELY(unset | (usual & (end[-7] == '.') &
                            digits_good(digits_doubt(high) | digits_doubt(low)))))
            continue;
        check(run, role, text, r, odd);
    }
}

/* Each is compiled with numbers and without. */
static void read_column(const struct run *run, int32_t field, enum role role, bool interval,
                        double *out, struct odd_rows *odd)
{
    struct found_column c = column_of(run, field);
    if (interval && out != NULL)
        intervals(run, &c, role, out, odd);
    else if (interval)
        intervals(run, &c, role, NULL, odd);
    else if (out != NULL)
        counts(run, &c, role, out, odd);
    else
        counts(run, &c, role, NULL, odd);
}

/* Whether all wanted numbers are whole numbers or intervals of these rows. */
static bool are_lone(const struct run *run)
{
    const struct wanted *w = run->b->wanted;
    for (uint32_t g = 0; g < w->n; g++) {
        const struct wanted_field *from = &run->layout->wanted[w->lone[g] < 0 ? 0 : w->lone[g]];
        if (w->lone[g] < 0 || from->field < 0 ||
            (from->type != COL_COUNT && from->type != COL_INTERVAL))
            return false;
    }
    return true;
}

/* Makes the fields of a row, which must be used before the next one's. */
static void make_fields(const struct run *run, uint32_t r, struct field *made)
{
    for (uint32_t f = 0; f < run->rows->n_fields; f++)
        made[f] = field_of(run->layout, found_field(run->rows, r, f));
}

/* Checks the numbers that are kept in the text only, and takes the wanted ones of the same fields. */
static void check_columns(const struct run *run, bool wanted, struct odd_rows *odd)
{
    const struct wanted *w = run->b->wanted;
    bool taken[WANTED_MAX] = {false};
    for (size_t i = 0; i <= N_CHECKED; i++) {
        enum role role = i < N_CHECKED ? batch_checked[i] : ROLE_DURATION;
        enum col_type type = role == ROLE_DURATION ? COL_INTERVAL : COL_COUNT;
        int32_t field = run->layout->role_field[role];
        double *out = NULL;
        for (uint32_t g = 0; wanted && out == NULL && g < w->n; g++) {
            const struct wanted_field *from = &run->layout->wanted[w->lone[g]];
            if (from->field != field || from->type != type || taken[g])
                continue;
            out = run->b->number[g] + run->at;
            taken[g] = true;
        }
        if (field >= 0)
            read_column(run, field, role, type == COL_INTERVAL, out, odd);
    }
    for (uint32_t g = 0; wanted && g < w->n; g++) {
        const struct wanted_field *from = &run->layout->wanted[w->lone[g]];
        if (!taken[g])
            read_column(run, from->field, ROLE_NONE, from->type == COL_INTERVAL,
                        run->b->number[g] + run->at, odd);
    }
}

static void numbers(const struct run *run)
{
    bool wanted = batch_makes_wanted(run->b, run->layout, run->rows->n);
    bool lone = wanted && are_lone(run);
    struct field made[SCHEMA_MAX_COLUMNS + 4];
    struct odd_rows odd = {false, {false}};
    check_columns(run, lone, &odd);
    for (uint32_t r = 0; wanted && (!lone || odd.any) && r < run->rows->n; r++) {
        if (lone && !odd.row[r])
            continue;
        make_fields(run, r, made);
        batch_make_wanted(run->b, run->layout, run->at + r, made);
    }
    if (wanted)
        run->b->numbered = run->at + run->rows->n;
}

/* ---- rows ---- */

static void add_run(const struct run *run, const int64_t *us, uint64_t offset)
{
    struct batch *b = run->b;
    uint32_t n = run->rows->n;
    const uint16_t *before = run->rows->end - 1;
    if (batch_room(b, n) != 0)
        return;
    memcpy(b->ts_us + run->at, us, n * sizeof *us);
    for (uint32_t r = 0; r < n; r++)
        b->offset[run->at + r] = offset + before[(size_t)r * run->rows->n_fields];
    memset(b->flags + run->at, 0, n);
    addresses(run);
    ports(run, ROLE_ORIG_P, ROW_NO_ORIG_P, b->orig_p + run->at);
    ports(run, ROLE_RESP_P, ROW_NO_RESP_P, b->resp_p + run->at);
    payload(run);
    for (enum cat cat = 0; cat < N_CATS; cat++)
        categories(run, cat);
    local_flags(run, ROLE_LOCAL_ORIG, ROW_LOCAL_ORIG, ROW_LOCAL_ORIG_SET);
    local_flags(run, ROLE_LOCAL_RESP, ROW_LOCAL_RESP, ROW_LOCAL_RESP_SET);
    numbers(run);
    b->n += n;
}

/* Marks may look like values: the fields are made, and their states known first. */
static void add_made(struct batch *b, const struct layout *layout, uint64_t offset,
                     const struct found_rows *rows)
{
    const struct run run = {b, layout, rows, b->n};
    const uint16_t *before = rows->end - 1;
    struct field made[SCHEMA_MAX_COLUMNS + 4];
    for (uint32_t r = 0; r < rows->n; r++) {
        make_fields(&run, r, made);
        batch_row(b, layout, offset + before[(size_t)r * rows->n_fields], 0, made);
    }
}

void batch_rows_found(struct batch *b, const struct layout *layout, uint64_t offset,
                      const struct found_rows *rows)
{
    const struct run all = {b, layout, rows, b->n};
    int64_t us[FOUND_ROWS_MAX];
    uint64_t base = offset - rows->end[-1]; /* wraps, and back */
    if (layout->odd_marks) {
        add_made(b, layout, base, rows);
        return;
    }
    times(&all, us);
    for (uint32_t from = 0, to; from < rows->n; from = to) {
        struct found_rows inside = *rows;
        struct run run = {b, layout, &inside, b->n};
        for (to = from; to < rows->n && !batch_leaves_out(b, us[to]);)
            to++;
        inside.end += (size_t)from * rows->n_fields;
        inside.n = to - from;
        if (inside.n > 0)
            add_run(&run, us + from, base);
        to += to < rows->n; /* the one that is left out */
    }
}
