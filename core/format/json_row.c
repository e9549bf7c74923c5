/* Reading a row of JSON; see json_row.h.
 *
 * DESIGN
 * 1. Rows of one log have their keys in one order. So the key behind the last one is first compared
 * with the one that came behind it before, byte by byte in the text; the hash table is for the
 * rest.
 * 2. An object inside an object is read as if its members stood outside, their names joined with a
 * dot. An array becomes its elements joined with commas, as Zeek writes a set.
 * 3. What has to be decoded goes to the scratch buffer, which never moves while a row is read: its
 * room is taken at once, and no value needs more than twice its text and ROOM. */
#include "core/format/json_row.h"

#include <math.h>

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/table/value.h"

#define ROOM     64
#define NO_FIELD UINT32_MAX

/* ---- keys ---- */

static const struct json_key *key_of(const struct json_keys *k, uint32_t i)
{
    return (const struct json_key *)(const void *)((const char *)k + k->keys_at) + i;
}

static uint32_t *slot_of(const struct json_keys *k, uint64_t i)
{
    return (uint32_t *)(void *)((char *)(uintptr_t)k + k->slots_at) + (i & (k->slots - 1));
}

static bool is_plain(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '"' || name.ptr[i] == '\\' || (unsigned char)name.ptr[i] < 0x20)
            return false;
    }
    return true;
}

static uint32_t find(const struct json_keys *k, struct span name)
{
    for (uint64_t i = hash_bytes(name.ptr, name.len);; i++) {
        uint32_t field = *slot_of(k, i);
        const struct json_key *key;
        if (field == 0)
            return NO_FIELD;
        key = key_of(k, field - 1);
        if (span_eq(span_make(json_keys_text(k, key->at), key->len), name))
            return field - 1;
    }
}

static int32_t find_text(const struct json_keys *k, const char *name)
{
    uint32_t field = find(k, span_of(name));
    return field == NO_FIELD ? -1 : (int32_t)field;
}

struct json_keys *json_keys_new(char *const *name, size_t n, struct span path, bool full,
                                uint32_t *bytes)
{
    struct json_keys *k;
    uint32_t slots = 2, at, texts = (uint32_t)path.len;
    while (slots < n * 2 + 1)
        slots *= 2;
    for (size_t i = 0; i < n; i++)
        texts += (uint32_t)strlen(name[i]);
    at = (uint32_t)(sizeof *k + n * sizeof(struct json_key) + slots * sizeof(uint32_t));
    *bytes = at + texts;
    k = mem_zalloc(*bytes, 1);
    if (k == NULL)
        return NULL;
    k->n = (uint32_t)n;
    k->slots = slots;
    k->full = full;
    k->keys_at = sizeof *k;
    k->slots_at = (uint32_t)(sizeof *k + n * sizeof(struct json_key));
    k->path_at = at;
    k->path_len = (uint32_t)path.len;
    if (path.len > 0)
        memcpy((char *)k + at, path.ptr, path.len);
    at += k->path_len;
    for (uint32_t i = 0; i < n; i++) {
        struct json_key *key = (struct json_key *)(void *)((char *)k + k->keys_at) + i;
        struct span text = span_of(name[i]);
        uint64_t slot = hash_bytes(text.ptr, text.len);
        key->at = at;
        key->len = (uint32_t)text.len;
        key->time = role_of_name(text) == ROLE_TS || span_is(text, "_write_ts");
        key->plain = is_plain(text);
        memcpy((char *)k + at, text.ptr, text.len);
        at += key->len;
        while (*slot_of(k, slot) != 0)
            slot++;
        *slot_of(k, slot) = i + 1;
    }
    k->path_field = find_text(k, "_path");
    k->stream_field = find_text(k, "@stream");
    return k;
}

/* ---- values ---- */

/* Room for whatever the row may need; false on memory. */
static bool reserve(struct json_reader *r)
{
    struct buf *b = r->scratch;
    size_t want = r->row_len * 2 + ROOM + 1;
    void *p = b->ptr;
    if (b->cap >= want)
        return !b->failed;
    if (b->failed || b->len > 0 || mem_grow(&p, &b->cap, want, 1) != 0) {
        b->failed = true;
        return false;
    }
    b->ptr = p;
    b->ptr[0] = '\0';
    return true;
}

static struct span added(const struct json_reader *r, size_t from)
{
    return span_make(r->scratch->ptr + from, r->scratch->len - from);
}

/* A time as epoch seconds with six digits. */
static struct span add_time(struct json_reader *r, int64_t us)
{
    size_t from = r->scratch->len;
    if (!reserve(r))
        return span_make("", 0);
    buf_printf(r->scratch, "%lld.%06lld", (long long)(us / 1000000), (long long)(us % 1000000));
    return added(r, from);
}

/* `from`: where the digits in front of the point end. */
static bool has_exponent(struct span text, size_t from)
{
    while (from < text.len && text.ptr[from] != 'e' && text.ptr[from] != 'E')
        from++;
    return from < text.len;
}

/* A number beyond the last second of a log is in milliseconds: its point moves by three digits. */
static struct span time_number(struct json_reader *r, struct span text)
{
    size_t whole = 0, from = r->scratch->len;
    uint64_t n = 0;
    double x;
    while (whole < text.len && text.ptr[whole] >= '0' && text.ptr[whole] <= '9')
        whole++;
    if (has_exponent(text, whole)) {
        if (!value_double(text, &x) || x < 0 || x > (double)TIME_MAX_SECONDS * 1000)
            return text;
        x *= x > (double)TIME_MAX_SECONDS ? 1e3 : 1e6;
        return add_time(r, llround(x));
    }
    if (whole < 12 || whole > 15 || !value_count(span_make(text.ptr, whole), &n) ||
        n <= TIME_MAX_SECONDS || n / 1000 > TIME_MAX_SECONDS || !reserve(r))
        return text;
    buf_add(r->scratch, text.ptr, whole - 3);
    buf_add_char(r->scratch, '.');
    buf_add(r->scratch, text.ptr + whole - 3, 3);
    if (whole < text.len)
        buf_add(r->scratch, text.ptr + whole + 1, text.len - whole - 1);
    return added(r, from);
}

static struct span time_string(struct json_reader *r, struct span text)
{
    struct err err = ERR_INIT;
    int64_t us;
    /* Seconds stay as they are written. */
    if (text.len < 5 || text.ptr[4] != '-' || time_parse(text, &us, &err) != 0 || us < 0)
        return text;
    return add_time(r, us);
}

/* The field of a text. One that reads like a mark is written as Zeek would write it. */
static inline struct field text_field(struct span text)
{
    if (text.len == 0)
        return (struct field){span_of("(empty)"), FIELD_EMPTY, false};
    if (text.len == 1 && text.ptr[0] == '-')
        return (struct field){span_of("\\x2d"), FIELD_VALUE, true};
    if (text.ptr[0] == '(' && span_is(text, "(empty)"))
        return (struct field){span_of("\\x28empty)"), FIELD_VALUE, true};
    return (struct field){text, FIELD_VALUE, false};
}

static inline bool read_string(struct json_reader *r, bool wanted, struct span *text)
{
    bool escapes;
    size_t from = r->scratch->len;
    const char *end = json_plain_end(r->json.p + 1, r->json.end);
    if (end < r->json.end && *end == '"') {
        *text = span_make(r->json.p + 1, (size_t)(end - r->json.p) - 1);
        r->json.p = end + 1;
        return true;
    }
    if (!json_take_string(&r->json, text, &escapes))
        return false;
    if (wanted && escapes && reserve(r)) {
        json_decode(*text, r->scratch);
        *text = added(r, from);
    }
    return true;
}

/* One element of an array, appended to the scratch buffer. */
static bool add_element(struct json_reader *r, int depth)
{
    struct json *j = &r->json;
    const char *from;
    struct span text;
    bool escapes;
    json_blanks(j);
    from = j->p;
    if (j->p < j->end && *j->p == '"') {
        if (!json_take_string(j, &text, &escapes))
            return false;
        json_decode(text, r->scratch);
        return true;
    }
    if (!json_skip(j, depth))
        return false;
    text = span_make(from, (size_t)(j->p - from));
    if (span_is(text, "true") || span_is(text, "false"))
        buf_add_char(r->scratch, text.ptr[0] == 't' ? 'T' : 'F');
    else if (span_is(text, "null"))
        buf_add_char(r->scratch, '-');
    else
        buf_add_span(r->scratch, text);
    return true;
}

static bool read_array(struct json_reader *r, bool wanted, int depth, struct span *text)
{
    struct json *j = &r->json;
    size_t from = r->scratch->len;
    *text = span_make("", 0);
    if (!wanted)
        return json_skip(j, depth);
    if (depth >= JSON_MOST_DEPTH) {
        j->deep = true;
        return false;
    }
    j->p++;
    if (json_take(j, ']'))
        return true;
    if (!reserve(r))
        return false;
    while (add_element(r, depth + 1)) {
        if (json_take(j, ',')) {
            buf_add_char(r->scratch, ',');
            continue;
        }
        *text = added(r, from);
        return json_take(j, ']');
    }
    return false;
}

static bool read_object(struct json_reader *r, size_t prefix, int depth);

/* Remembers that a field holds something, so that only such fields need clearing. */
static inline void note_set(struct json_reader *r, uint32_t field)
{
    if (r->set == NULL || r->n_set == UINT32_MAX)
        return;
    if (r->n_set < r->keys->n)
        r->set[r->n_set++] = field;
    else
        r->n_set = UINT32_MAX; /* keys come again and again */
}

static void clear_fields(struct json_reader *r)
{
    static const struct field unset = {{"-", 1}, FIELD_UNSET, false};
    if (r->keys == NULL)
        return;
    if (r->set != NULL && r->n_set != UINT32_MAX) {
        for (uint32_t i = 0; i < r->n_set; i++)
            r->out[r->set[i]] = unset;
    } else {
        for (uint32_t i = 0; i < r->keys->n; i++)
            r->out[i] = unset;
    }
    r->n_set = 0;
}

static inline void give(struct json_reader *r, uint32_t field, struct span name,
                        enum json_kind kind, struct field value)
{
    if (field != NO_FIELD) {
        note_set(r, field);
        r->out[field] = value;
        return;
    }
    if (name.len == 0)
        return;
    r->unknown = true;
    if (r->tell != NULL)
        r->tell(r->user, name, kind, value.text);
}

/* An object whose name is `name`: its members' names begin with it and a dot. */
static bool read_inner(struct json_reader *r, struct span name, int depth)
{
    if (name.len == 0 || name.len + 1 >= sizeof r->name)
        return json_skip(&r->json, depth);
    memmove(r->name, name.ptr, name.len);
    r->name[name.len] = '.';
    return read_object(r, name.len + 1, depth);
}

/* The value of a key: field NO_FIELD and no name when nobody wants it. */
static bool read_value(struct json_reader *r, uint32_t field, struct span name, int depth)
{
    struct json *j = &r->json;
    bool wanted = field != NO_FIELD || r->tell != NULL;
    bool time = field != NO_FIELD && key_of(r->keys, field)->time;
    struct span text;
    json_blanks(j);
    if (j->p == j->end)
        return false;
    if (field != NO_FIELD && !time && ((*j->p >= '0' && *j->p <= '9') || *j->p == '-')) {
        struct field *out = &r->out[field];
        note_set(r, field);
        out->state = FIELD_VALUE;
        out->escaped = false;
        return json_take_number(j, &out->text);
    }
    switch (*j->p) {
    case '"':
        if (!read_string(r, wanted, &text))
            return false;
        give(r, field, name, JSON_STRING, text_field(time ? time_string(r, text) : text));
        return true;
    case '{':
        return read_inner(r, name, depth);
    case '[':
        if (!read_array(r, wanted, depth, &text))
            return false;
        give(r, field, name, JSON_ARRAY, text_field(text));
        return true;
    case 't':
    case 'f':
        text = span_of(*j->p == 't' ? "T" : "F");
        if (!json_take_word(j, *j->p == 't' ? "true" : "false"))
            return false;
        give(r, field, name, JSON_BOOL, (struct field){text, FIELD_VALUE, false});
        return true;
    case 'n':
        if (field != NO_FIELD) /* of equal keys the last counts */
            r->out[field] = (struct field){{"-", 1}, FIELD_UNSET, false};
        return json_take_word(j, "null");
    default:
        if (!json_take_number(j, &text))
            return false;
        if (time)
            text = time_number(r, text);
        give(r, field, name, JSON_NUMBER, (struct field){text, FIELD_VALUE, false});
        return true;
    }
}

static inline bool same4(const char *a, const char *b)
{
    uint32_t x, y;
    memcpy(&x, a, 4);
    memcpy(&y, b, 4);
    return x == y;
}

static inline bool same8(const char *a, const char *b)
{
    uint64_t x, y;
    memcpy(&x, a, 8);
    memcpy(&y, b, 8);
    return x == y;
}

/* Names are short: two words that may overlap hold most of them. */
static inline bool same_bytes(const char *a, const char *b, size_t n)
{
    if (n > 16)
        return memcmp(a, b, n) == 0;
    if (n >= 8)
        return same8(a, b) && same8(a + n - 8, b + n - 8);
    if (n >= 4)
        return same4(a, b) && same4(a + n - 4, b + n - 4);
    for (size_t i = 0; i < n; i++) {
        if (a[i] != b[i])
            return false;
    }
    return true;
}

/* True when the text goes on with this key; then it is taken. */
static bool take_key(struct json_reader *r, size_t prefix, uint32_t field)
{
    const struct json_key *key;
    const char *name;
    size_t n;
    if (field >= r->keys->n)
        return false;
    key = key_of(r->keys, field);
    if (!key->plain || key->len <= prefix)
        return false;
    name = json_keys_text(r->keys, key->at);
    n = key->len - prefix;
    if ((size_t)(r->json.end - r->json.p) < n + 2 || r->json.p[n + 1] != '"' ||
        !same_bytes(r->json.p + 1, name + prefix, n) || !same_bytes(r->name, name, prefix))
        return false;
    r->json.p += n + 2;
    return true;
}

/* The name of a key, those of the objects around it in front; empty when it can be no column's. */
static struct span whole_name(struct json_reader *r, size_t prefix, struct span raw, bool escapes)
{
    struct buf decoded = BUF_INIT;
    struct span name = raw;
    if (escapes) {
        json_decode(raw, &decoded);
        r->scratch->failed = r->scratch->failed || decoded.failed;
        name = buf_span(&decoded);
    }
    if (name.len == 0 || name.len > JSON_MOST_NAME - prefix || memchr(name.ptr, 0, name.len)) {
        name = span_make("", 0);
    } else if (prefix > 0 || escapes) {
        memcpy(r->name + prefix, name.ptr, name.len);
        name = span_make(r->name, prefix + name.len);
    }
    buf_release(&decoded);
    return name;
}

/* Takes a key, the text being at its quote. *name is empty when it can be no column. */
static bool read_key(struct json_reader *r, size_t prefix, uint32_t *field, struct span *name)
{
    struct span raw;
    bool escapes;
    uint32_t guess = r->last;
    *field = NO_FIELD;
    if (r->keys != NULL && r->json.p < r->json.end && *r->json.p == '"') {
        uint32_t usual = r->follow == NULL ? guess : r->follow[guess];
        if (take_key(r, prefix, usual))
            *field = usual;
        else if (usual != guess && take_key(r, prefix, guess))
            *field = guess;
    }
    if (*field == NO_FIELD) {
        if (!json_take_string(&r->json, &raw, &escapes))
            return false;
        *name = raw;
        *name = whole_name(r, prefix, raw, escapes);
        if (r->keys != NULL && name->len > 0)
            *field = find(r->keys, *name);
        if (*field == NO_FIELD)
            return true;
    } else {
        const struct json_key *key = key_of(r->keys, *field);
        *name = span_make(json_keys_text(r->keys, key->at), key->len);
    }
    if (r->follow != NULL)
        r->follow[guess] = *field;
    r->last = *field + 1;
    return true;
}

/* The members of an object, the text being at its brace. */
static bool read_object(struct json_reader *r, size_t prefix, int depth)
{
    struct json *j = &r->json;
    if (depth >= JSON_MOST_DEPTH) {
        j->deep = true;
        return false;
    }
    if (!json_take(j, '{'))
        return false;
    if (json_take(j, '}'))
        return true;
    do {
        struct span name;
        uint32_t field;
        json_blanks(j);
        if (!read_key(r, prefix, &field, &name) || !json_take(j, ':') ||
            !read_value(r, field, name, depth + 1))
            return false;
    } while (json_take(j, ','));
    return json_take(j, '}');
}

/* ---- rows ---- */

struct span json_row_prefix(struct span row)
{
    size_t n = 0, at;
    while (n < row.len && (row.ptr[n] == '_' || (row.ptr[n] >= '0' && row.ptr[n] <= '9') ||
                           ((row.ptr[n] | 0x20) >= 'a' && (row.ptr[n] | 0x20) <= 'z')))
        n++;
    at = n;
    while (at < row.len && row.ptr[at] != '\0' && strchr(" \t-:|=>,;", row.ptr[at]) != NULL)
        at++;
    return span_make(row.ptr, at < row.len && row.ptr[at] == '{' ? n : 0);
}

static bool is_path(const struct json_reader *r, struct span row)
{
    const struct json_keys *k = r->keys;
    struct span want, have;
    if (k == NULL || k->path_len == 0)
        return true;
    want = span_make(json_keys_text(k, k->path_at), k->path_len);
    if (k->path_field >= 0 && r->out[k->path_field].state == FIELD_VALUE)
        have = r->out[k->path_field].text;
    else if (k->stream_field >= 0 && r->out[k->stream_field].state == FIELD_VALUE)
        have = r->out[k->stream_field].text;
    else
        have = json_row_prefix(row);
    return have.len == 0 || span_eq(have, want);
}

enum json_row json_row_read(struct json_reader *r, struct span row)
{
    const char *open = row.len == 0 ? NULL : memchr(row.ptr, '{', row.len);
    bool sound;
    if (open == NULL)
        return JSON_ROW_BROKEN;
    r->json = (struct json){open, row.ptr + row.len, false};
    r->row_len = row.len;
    r->last = 0;
    r->unknown = false;
    buf_clear(r->scratch);
    clear_fields(r);
    sound = read_object(r, 0, 0);
    json_blanks(&r->json);
    if (r->scratch->failed)
        return JSON_ROW_MEMORY;
    if (!sound || r->json.p != r->json.end)
        return r->json.deep ? JSON_ROW_DEEP : JSON_ROW_BROKEN;
    return is_path(r, row) ? JSON_ROW : JSON_ROW_OTHER;
}

bool json_row_sound(struct span row)
{
    const char *open = row.len == 0 ? NULL : memchr(row.ptr, '{', row.len);
    struct json j;
    bool sound;
    if (open == NULL)
        return false;
    j = (struct json){open + 1, row.ptr + row.len, false};
    json_blanks(&j);
    if (j.p == j.end || *j.p != '"')
        return false;
    j.p = open;
    sound = json_skip(&j, 0);
    json_blanks(&j);
    return sound && j.p == j.end;
}
