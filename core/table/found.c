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

/* ---- whole numbers ---- */

/* Rows in order: takes the lowest off. False when there is none. */
INLINE bool next_row(struct row_bits *rows, uint32_t *row)
{
    for (uint32_t i = 0; i < ARRAY_LEN(rows->part); i++) {
        if (rows->part[i] == 0)
            continue;
        *row = i * 64 + (uint32_t)__builtin_ctzll(rows->part[i]);
        rows->part[i] &= rows->part[i] - 1;
        return true;
    }
    return false;
}

INLINE bool has_row(const struct row_bits *rows, uint32_t row)
{
    return rows->part[row / 64] >> row % 64 & 1;
}

/* The whole numbers of a column, where they look like one of at most `longest` digits at first sight
 * (digit_words.h). */
static void read_words(const struct run *run, const struct found_column *c, size_t longest,
                       uint32_t *value, struct row_bits *odd)
{
    struct digit_words words;
    const uint16_t *end = c->end;
    for (uint32_t r = 0; r < run->rows->n; r++, end += c->stride) {
        size_t len = (size_t)end[0] - end[-1] - 1;
        words.word[r] = word_load(c->base + end[0] - DIGITS_WORD);
        words.len[r] = (uint8_t)(len <= longest ? len : UINT8_MAX);
    }
    digit_words_read(&words, run->rows->n, run->layout->unset_char, run->b->level, value, odd);
}

static void ports(const struct run *run, enum role role, uint8_t missing, uint16_t *out)
{
    uint8_t *flags = run->b->flags + run->at;
    uint32_t value[FOUND_ROWS_MAX];
    struct row_bits odd;
    struct found_column c;
    if (!role_column(run, role, &c)) {
        memset(out, 0, run->rows->n * sizeof *out);
        for (uint32_t r = 0; r < run->rows->n; r++)
            flags[r] |= missing;
        return;
    }
    read_words(run, &c, 5, value, &odd);
    for (uint32_t r; next_row(&odd, &r);)
        value[r] = UINT16_MAX + 1;
    for (uint32_t r = 0; r < run->rows->n; r++) {
        struct span text;
        out[r] = (uint16_t)value[r];
        if (LIKELY(value[r] <= UINT16_MAX))
            continue;
        text = text_at(&c, r);
        if (value[r] != DIGIT_WORDS_UNSET && is_value(run, text) &&
            batch_port(run->b, run->layout, role, text, &out[r]))
            continue;
        out[r] = 0;
        flags[r] |= missing;
    }
}

/* Payload bytes of a side; those that are odd are left. */
static void payload_of(const struct run *run, enum role role, struct found_column *c,
                       struct row_bits *odd, uint32_t *out)
{
    uint32_t value[FOUND_ROWS_MAX];
    *odd = (struct row_bits){{0}};
    if (!role_column(run, role, c)) {
        memset(out, 0xff, run->rows->n * sizeof *out);
        return;
    }
    read_words(run, c, DIGIT_WORDS_LONGEST, value, odd);
    memcpy(out, value, run->rows->n * sizeof *out);
}
_Static_assert(BYTES_MISSING == UINT32_MAX && DIGIT_WORDS_UNSET == BYTES_MISSING, "all bits set");

static uint32_t odd_bytes(const struct run *run, int side, const struct found_column *c, uint32_t r)
{
    struct span text = text_at(c, r);
    return is_value(run, text) ? batch_bytes(run->b, run->layout, side, run->at + r, text)
                               : BYTES_MISSING;
}

/* What is big is listed in the order of rows. */
static void payload(const struct run *run)
{
    uint32_t *orig = run->b->orig_bytes + run->at, *resp = run->b->resp_bytes + run->at;
    struct found_column out, in;
    struct row_bits odd_out, odd_in, odd;
    payload_of(run, ROLE_ORIG_BYTES, &out, &odd_out, orig);
    payload_of(run, ROLE_RESP_BYTES, &in, &odd_in, resp);
    for (size_t i = 0; i < ARRAY_LEN(odd.part); i++)
        odd.part[i] = odd_out.part[i] | odd_in.part[i];
    for (uint32_t r; next_row(&odd, &r);) {
        if (has_row(&odd_out, r))
            orig[r] = odd_bytes(run, 0, &out, r);
        if (has_row(&odd_in, r))
            resp[r] = odd_bytes(run, 1, &in, r);
    }
}

/* ---- categories, flags ---- */

/* The code of a text, which the shortest way does not know. */
OUTLINE uint32_t category(const struct run *run, enum cat cat, struct span text)
{
    struct recall_seat seat = {NULL, {0, 0}, 0};
    uint32_t code;
    if (text.len <= RECALL_LONGEST) {
        seat = recall_seat(&run->b->recall_cat[cat], recall_key(text));
        if (recall_knows(&seat, &code))
            return code;
    }
    code = is_value(run, text) ? batch_new_category(run->b, cat, text) : CAT_MISSING;
    if (seat.place != NULL)
        recall_keep(&seat, code);
    return code;
}

/* Texts of at most seven bytes, the commonest, are known by one word. */
static void categories(const struct run *run, enum cat cat)
{
    uint32_t *out = run->b->cat[cat] + run->at;
    struct recall_word *known = run->b->cat_word[cat];
    struct found_column c;
    if (!role_column(run, batch_cat_role[cat], &c)) {
        for (uint32_t r = 0; r < run->rows->n; r++)
            out[r] = CAT_MISSING;
        return;
    }
    for (uint32_t r = 0; r < run->rows->n; r++) {
        struct span text = text_at(&c, r);
        struct recall_word *place;
        uint64_t key;
        if (!LIKELY(text.len < sizeof key)) {
            out[r] = category(run, cat, text);
            continue;
        }
        key = recall_word_key(text);
        place = recall_word_place(known, key);
        if (!LIKELY(place->key == key))
            *place = (struct recall_word){key, category(run, cat, text)};
        out[r] = place->number;
    }
}

/* What a flag of one byte, or none, comes to: by that byte. */
#define FLAG_ODD 0x80

static void local_flags(const struct run *run, enum role role, uint8_t yes, uint8_t set)
{
    uint8_t *flags = run->b->flags + run->at, meaning[UINT8_MAX + 1];
    struct found_column c;
    if (!role_column(run, role, &c))
        return;
    memset(meaning, FLAG_ODD, sizeof meaning);
    meaning['T'] = yes | set;
    meaning['F'] = set;
    if (run->layout->unset_char >= 0)
        meaning[run->layout->unset_char] = 0;
    for (uint32_t r = 0; r < run->rows->n; r++) {
        struct span text = text_at(&c, r);
        uint8_t flag = meaning[(unsigned char)text.ptr[0]];
        if (!LIKELY(text.len == 1 && flag != FLAG_ODD))
            flag = is_value(run, text) ? batch_flag(run->b, run->layout, role, text, yes, set) : 0;
        flags[r] |= flag;
    }
}

/* ---- numbers that are only checked, or wanted ---- */

/* Looks again at the values of a role that are odd. */
static void check(const struct run *run, enum role role, const struct found_column *c,
                  struct row_bits odd)
{
    for (uint32_t r; next_row(&odd, &r);) {
        struct span text = text_at(c, r);
        if (!is_value(run, text))
            continue;
        if (role == ROLE_DURATION)
            batch_check_duration(run->b, run->layout, text);
        else
            batch_check_count(run->b, run->layout, role, text);
    }
}

/* Whole numbers. What they are goes to `out`, unless that is NULL. */
static void counts(const struct run *run, const struct found_column *c, double *out,
                   struct row_bits *odd)
{
    uint32_t value[FOUND_ROWS_MAX];
    read_words(run, c, DIGIT_WORDS_LONGEST, value, odd);
    for (uint32_t r = 0; out != NULL && r < run->rows->n; r++)
        out[r] = value[r] == DIGIT_WORDS_UNSET ? (double)NAN : value[r];
}

/* Intervals as Zeek writes them: 1 to 8 digits, a point and six more. */
static void intervals(const struct run *run, const struct found_column *c, double *out,
                      struct row_bits *odd)
{
    struct digit_words high, low;
    struct row_bits odd_low;
    uint32_t whole[FOUND_ROWS_MAX], millionths[FOUND_ROWS_MAX], n = run->rows->n;
    for (uint32_t r = 0; r < n; r++) {
        struct span text = text_at(c, r);
        const char *end = text.ptr + text.len;
        bool usual = digits_fit(text.len - 7) & (end[-7] == '.');
        uint8_t rest = (uint8_t)(text.len <= 1 ? text.len : UINT8_MAX); /* unset, or odd */
        high.word[r] = word_load(end - (usual ? 7 : 0) - DIGITS_WORD);
        high.len[r] = usual ? (uint8_t)(text.len - 7) : rest;
        low.word[r] = word_load(end - DIGITS_WORD);
        low.len[r] = usual ? 6 : 0;
    }
    digit_words_read(&high, n, run->layout->unset_char, run->b->level, whole, odd);
    digit_words_read(&low, n, -1, run->b->level, millionths, &odd_low);
    for (size_t i = 0; i < ARRAY_LEN(odd->part); i++)
        odd->part[i] |= odd_low.part[i];
    /* An unusual one of a single digit is whole, but looks odd for its kind. */
    for (uint32_t r = 0; r < n; r++)
        odd->part[r / 64] |= (uint64_t)(low.len[r] == 0 && whole[r] != DIGIT_WORDS_UNSET) << r % 64;
    for (uint32_t r = 0; out != NULL && r < n; r++)
        out[r] = whole[r] == DIGIT_WORDS_UNSET
                     ? (double)NAN
                     : (double)((uint64_t)whole[r] * 1000000 + millionths[r]) / 1e6;
}

/* Rows that are odd are checked, and added to `odd`. */
static void read_column(const struct run *run, int32_t field, enum role role, bool interval,
                        double *out, struct row_bits *odd)
{
    struct found_column c = column_of(run, field);
    struct row_bits mine;
    if (interval)
        intervals(run, &c, out, &mine);
    else
        counts(run, &c, out, &mine);
    if (role != ROLE_NONE)
        check(run, role, &c, mine);
    for (size_t i = 0; i < ARRAY_LEN(odd->part); i++)
        odd->part[i] |= mine.part[i];
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
static void check_columns(const struct run *run, bool wanted, struct row_bits *odd)
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
    struct row_bits odd = {{0}};
    check_columns(run, lone, &odd);
    for (uint32_t r = 0; wanted && r < run->rows->n; r++) {
        if (lone && !next_row(&odd, &r))
            break;
        make_fields(run, r, made);
        batch_make_wanted(run->b, run->layout, run->at + r, made);
    }
    if (wanted)
        run->b->numbered = run->at + run->rows->n;
}

/* ---- rows ---- */

static void note_times(struct batch *b, const int64_t *us, uint32_t n)
{
    int64_t first = INT64_MAX, last = TIME_MISSING; /* which is the lowest */
    for (uint32_t r = 0; r < n; r++) {
        int64_t low = us[r] == TIME_MISSING ? INT64_MAX : us[r];
        first = low < first ? low : first;
        last = us[r] > last ? us[r] : last;
    }
    if (last == TIME_MISSING)
        return;
    batch_stretch(&b->first_us, &b->last_us, first);
    batch_stretch(&b->first_us, &b->last_us, last);
}

static void add_run(const struct run *run, const int64_t *us, uint64_t offset)
{
    struct batch *b = run->b;
    uint32_t n = run->rows->n;
    const uint16_t *before = run->rows->end - 1;
    if (batch_room(b, n) != 0)
        return;
    memcpy(b->ts_us + run->at, us, n * sizeof *us);
    note_times(b, us, n);
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
        for (to = b->ranged ? from : rows->n; to < rows->n && !batch_leaves_out(b, us[to]);)
            to++;
        inside.end += (size_t)from * rows->n_fields;
        inside.n = to - from;
        if (inside.n > 0)
            add_run(&run, us + from, base);
        to += to < rows->n; /* the one that is left out */
    }
}
