/* Zeek's JSON lines: one object a line.
 *
 * DESIGN
 * 1. A line is a row; a text in front of its object is skipped. Blank lines and `#` lines are none.
 * 2. The columns are the keys of the log's first bytes, in the order in which the rows have them. A
 * row with a key that is new ends a parse: the head learns it, and the row is read again with the
 * layout that follows. Rows before it have the column too: unset.
 * 3. Of several logs in one file (`_path`, `@stream`, or a word in front of the object) the first
 * bytes decide which one is read: the one that was asked for, else conn, else the commonest that names
 * an originator, else the commonest. While the first two are not among them, more is looked at, up to
 * FORMAT_MORE_BYTES. Rows of the others are rejected and counted. */
#include "core/base/mem.h"
#include "core/format/json_row.h"

#define MOST_PATHS  64
#define NAMED_PATHS 5 /* in the notice */

struct head {
    char **name;   /* owned, in the log's order */
    uint8_t *kind; /* what each was seen to hold: enum json_kind */
    size_t n, cap, kind_cap;
    size_t at; /* where the next new name goes; SIZE_MAX: at the end */
    bool full, memory;
    /* What the last layout bound: a new one has its fields in front. */
    uint32_t column[SCHEMA_MAX_COLUMNS];
    int32_t role_field[N_ROLES];
    size_t n_bound;
    struct {
        char *name; /* owned */
        uint64_t rows;
        bool pairs; /* its rows name an originator */
    } path[MOST_PATHS];
    size_t n_paths, taken;     /* taken == n_paths: every row */
    struct format_opts unused; /* told with the first layout */
};

/* ---- which log ---- */

struct probe {
    struct span path;
    bool stream, pairs;
    char text[JSON_MOST_NAME];
};

static void probe_value(void *user, struct span name, enum json_kind kind, struct span text)
{
    struct probe *p = user;
    bool path = span_is(name, "_path"), stream = span_is(name, "@stream");
    p->pairs = p->pairs || role_of_name(name) == ROLE_ORIG_H;
    if ((!path && !(stream && !p->stream)) || kind != JSON_STRING || text.len > sizeof p->text)
        return;
    p->stream = path; /* `_path` has the last word */
    if (text.len > 0)
        memcpy(p->text, text.ptr, text.len);
    p->path = span_make(p->text, text.len);
}

static enum json_row tell_row(struct span row, struct buf *scratch,
                              void (*tell)(void *, struct span, enum json_kind, struct span),
                              void *user)
{
    struct json_reader r = {.scratch = scratch, .tell = tell, .user = user};
    return json_row_read(&r, row);
}

static struct span path_of(struct span row, struct probe *p, struct buf *scratch)
{
    p->stream = p->pairs = false;
    p->path = span_make("", 0);
    if (tell_row(row, scratch, probe_value, p) != JSON_ROW)
        return span_make("", 0);
    return p->path.len > 0 ? p->path : json_row_prefix(row);
}

static void count_path(struct head *h, struct span path, bool pairs)
{
    size_t i = 0;
    while (i < h->n_paths && !span_is(path, h->path[i].name))
        i++;
    if (path.len == 0 || i == MOST_PATHS || memchr(path.ptr, 0, path.len) != NULL)
        return;
    if (i == h->n_paths) {
        h->path[i].name = mem_copy(path.ptr, path.len);
        if (h->path[i].name == NULL) {
            h->memory = true;
            return;
        }
        h->n_paths++;
    }
    h->path[i].rows++;
    h->path[i].pairs = h->path[i].pairs || pairs;
}

static void count_paths(struct head *h, struct span first, struct buf *scratch)
{
    struct probe probe;
    struct span line;
    while (span_line(&first, &line)) {
        struct span path = path_of(line, &probe, scratch);
        count_path(h, path, probe.pairs);
    }
}

static size_t find_path(const struct head *h, const char *name)
{
    size_t i = 0;
    while (i < h->n_paths && strcmp(h->path[i].name, name) != 0)
        i++;
    return i;
}

/* What is looked for when nobody asks for anything. */
static const char *wanted_path(const struct format_opts *opts)
{
    return opts->kind == NULL ? "conn" : opts->kind;
}

static void choose_path(struct head *h, const struct format_opts *opts)
{
    if (opts->insist)
        count_path(h, span_of(wanted_path(opts)), false);
    h->taken = find_path(h, wanted_path(opts));
    if (h->taken < h->n_paths)
        return;
    h->taken = 0;
    for (size_t i = 0; i < h->n_paths; i++) {
        if (h->path[i].pairs != h->path[h->taken].pairs ? h->path[i].pairs
                                                        : h->path[i].rows > h->path[h->taken].rows)
            h->taken = i;
    }
}

static struct span taken_path(const struct head *h)
{
    return h->taken < h->n_paths ? span_of(h->path[h->taken].name) : span_make("", 0);
}

/* ---- the columns ---- */

static void insert_name(struct head *h, struct span name, uint8_t kind)
{
    void *names = h->name, *kinds = h->kind;
    size_t at = h->at < h->n ? h->at : h->n;
    char *copy;
    if (h->n == SCHEMA_MAX_COLUMNS) {
        h->full = true;
        return;
    }
    copy = mem_copy(name.ptr, name.len);
    if (copy == NULL || mem_grow(&names, &h->cap, h->n + 1, sizeof *h->name) != 0) {
        mem_free(copy);
        h->memory = true;
        return;
    }
    h->name = names;
    if (mem_grow(&kinds, &h->kind_cap, h->n + 1, 1) != 0) {
        mem_free(copy);
        h->memory = true;
        return;
    }
    h->kind = kinds;
    memmove(h->name + at + 1, h->name + at, (h->n - at) * sizeof *h->name);
    memmove(h->kind + at + 1, h->kind + at, h->n - at);
    h->name[at] = copy;
    h->kind[at] = kind;
    h->n++;
    if (h->at != SIZE_MAX)
        h->at = at + 1;
}

static void learn_value(void *user, struct span name, enum json_kind kind, struct span text)
{
    struct head *h = user;
    (void)text;
    for (size_t i = 0; i < h->n; i++) {
        if (span_is(name, h->name[i])) {
            h->kind[i] = (uint8_t)(h->kind[i] | kind);
            if (h->at != SIZE_MAX)
                h->at = i + 1;
            return;
        }
    }
    insert_name(h, name, (uint8_t)kind);
}

/* New names of the first rows go behind the one they follow in their row, so that the columns stand
 * as the log has them although no row need have all. */
static void learn_first(struct head *h, struct span first, struct buf *scratch)
{
    struct probe probe;
    struct span line, taken = taken_path(h);
    const char *end = NULL; /* of the first bytes, counted from the first row that is taken */
    while ((end == NULL || first.ptr < end) && span_line(&first, &line)) {
        struct span path = path_of(line, &probe, scratch);
        h->at = 0;
        if (path.len > 0 && !span_eq(path, taken))
            continue;
        if (end == NULL)
            end = line.ptr + FORMAT_HEAD_BYTES;
        /* A row that is cut off or broken must leave nothing behind. */
        if (json_row_sound(line) && tell_row(line, scratch, learn_value, h) == JSON_ROW_MEMORY)
            h->memory = true;
    }
    h->at = SIZE_MAX;
}

static void head_free(struct head *h)
{
    if (h == NULL)
        return;
    for (size_t i = 0; i < h->n; i++)
        mem_free(h->name[i]);
    for (size_t i = 0; i < h->n_paths; i++)
        mem_free(h->path[i].name);
    mem_free(h->name);
    mem_free(h->kind);
    mem_free(h);
}

static struct head *head_new(struct span first, const struct format_opts *opts, struct err *err)
{
    struct head *h = mem_zalloc(1, sizeof *h);
    struct buf scratch = BUF_INIT;
    if (h != NULL) {
        count_paths(h, first, &scratch);
        h->unused = *opts;
        choose_path(h, opts);
        learn_first(h, first, &scratch);
    }
    buf_release(&scratch);
    if (h != NULL && !h->memory)
        return h;
    head_free(h);
    err_memory(err, "the columns");
    return NULL;
}

/* Whether a name is among the paths of some rows; *any: there are paths at all. */
static bool has_path(struct span rows, const char *name, bool *any)
{
    struct head *h = mem_zalloc(1, sizeof *h);
    struct buf scratch = BUF_INIT;
    bool has = false;
    *any = false;
    if (h == NULL)
        return false;
    count_paths(h, rows, &scratch);
    buf_release(&scratch);
    *any = h->n_paths > 0;
    has = find_path(h, name) < h->n_paths;
    head_free(h);
    return has;
}

static bool wants_more(struct span first, const struct format_opts *opts)
{
    const char *name = wanted_path(opts);
    bool any;
    struct span head =
        span_make(first.ptr, first.len < FORMAT_HEAD_BYTES ? first.len : FORMAT_HEAD_BYTES);
    if (has_path(head, name, &any) || !any)
        return false;
    /* The name is looked for as bytes before all rows are read. */
    return memmem(first.ptr, first.len, name, strlen(name)) == NULL || !has_path(first, name, &any);
}

static const char *kind(const struct head *h)
{
    return h->taken < h->n_paths ? h->path[h->taken].name : "";
}

static bool is_head(const struct head *h, struct span line)
{
    (void)h;
    (void)line;
    return false;
}

static int head_line(struct head *h, struct span line, uint64_t line_no, struct err *err)
{
    (void)h;
    (void)line;
    (void)line_no;
    (void)err;
    return 0;
}

/* Of a row of another log only what says so. */
static void learn_path(void *user, struct span name, enum json_kind kind, struct span text)
{
    if (span_is(name, "_path") || span_is(name, "@stream"))
        learn_value(user, name, kind, text);
}

static int learn(struct head *h, struct span row, struct err *err)
{
    struct buf scratch = BUF_INIT;
    struct probe probe;
    size_t n = h->n;
    struct span path = path_of(row, &probe, &scratch), taken = taken_path(h);
    bool other = path.len > 0 && taken.len > 0 && !span_eq(path, taken);
    enum json_row what = tell_row(row, &scratch, other ? learn_path : learn_value, h);
    buf_release(&scratch);
    if (h->memory || what == JSON_ROW_MEMORY)
        return err_memory(err, "the columns");
    h->full = h->full || h->n == n; /* so that the row is no new one again */
    return 0;
}

/* Columns without a role are what the first rows hold, strings when they differ. */
static enum col_type type_of(struct span name, uint8_t kind)
{
    enum role role = role_of_name(name);
    if (role != ROLE_NONE)
        return role_type(role);
    return kind == JSON_NUMBER  ? COL_DOUBLE
           : kind == JSON_BOOL  ? COL_BOOL
           : kind == JSON_ARRAY ? COL_SET
                                : COL_STRING;
}

/* Drops the last names until the table has room for those that it does not know. */
static void keep_to_limit(struct head *h, const struct schema *schema)
{
    size_t room = SCHEMA_MAX_COLUMNS - schema->n, kept = h->n_bound;
    for (size_t i = h->n_bound; i < h->n; i++) {
        if (schema_find(schema, span_of(h->name[i])) < 0 && room-- == 0)
            break;
        kept++;
    }
    h->full = h->full || kept < h->n;
    while (h->n > kept)
        mem_free(h->name[--h->n]);
}

static void say_paths(const struct head *h, const char *path, struct notices *notices)
{
    struct buf others = BUF_INIT;
    size_t n = 0;
    for (size_t i = 0; i < h->n_paths; i++) {
        if (i == h->taken || n++ >= NAMED_PATHS)
            continue;
        buf_printf(&others, "%s%s", n > 1 ? ", " : "", h->path[i].name);
    }
    if (n > NAMED_PATHS)
        buf_printf(&others, " and %zu more", n - NAMED_PATHS);
    if (n > 0)
        notices_add(notices,
                    "%s: several logs in one: the rows of %s are read, others (%s) are not", path,
                    h->path[h->taken].name, buf_text(&others));
    buf_release(&others);
}

/* Binds the names that no layout has bound yet: many keys that come one by one cost little. */
static int bind(struct head *h, struct layout *layout, const enum col_type *type,
                struct schema *schema, const char *path, struct notices *notices, struct err *err)
{
    if (h->n_bound > 0) {
        memcpy(layout->column, h->column, h->n_bound * sizeof *h->column);
        memcpy(layout->role_field, h->role_field, sizeof h->role_field);
    }
    if (layout_bind(layout, h->name, type, schema, path, notices, err) != 0)
        return -1;
    h->n_bound = h->n;
    if (h->n > 0)
        memcpy(h->column, layout->column, h->n * sizeof *h->column);
    memcpy(h->role_field, layout->role_field, sizeof h->role_field);
    return 0;
}

static struct layout *head_layout(struct head *h, struct schema *schema, const char *path,
                                  struct notices *notices, struct err *err)
{
    struct layout *layout = NULL;
    enum col_type *type;
    keep_to_limit(h, schema);
    type = mem_alloc(h->n, sizeof *type);
    if (type == NULL) {
        err_memory(err, "the columns");
        return NULL;
    }
    for (size_t i = 0; i < h->n; i++)
        type[i] = type_of(span_of(h->name[i]), h->kind[i]);
    layout = layout_make(&format_zeek_json, (uint32_t)h->n, '\t', "-", "(empty)", err);
    if (layout == NULL)
        goto out;
    layout->sparse = true;
    layout->own = json_keys_new(h->name, h->n, taken_path(h), h->full, &layout->own_bytes);
    if (layout->own == NULL)
        err_memory(err, "the columns");
    if (layout->own == NULL || bind(h, layout, type, schema, path, notices, err) != 0) {
        layout_free(layout);
        layout = NULL;
        goto out;
    }
    say_paths(h, path, notices);
    format_note_unused(&h->unused, path, notices);
    h->unused = (struct format_opts){.fields = NULL};
    if (h->full)
        notices_add(notices, "%s: more than %d columns: the others are left out", path,
                    SCHEMA_MAX_COLUMNS);
out:
    mem_free(type);
    return layout;
}

/* ---- rows ---- */

static struct cut cut(const struct layout *layout, struct span bytes, bool last)
{
    return format_zeek_tsv.cut(layout, bytes, last);
}

static size_t row_end(const struct layout *layout, struct span bytes)
{
    return format_zeek_tsv.row_end(layout, bytes);
}

static size_t split(const struct layout *layout, struct span row, struct field *out, size_t max,
                    struct buf *scratch)
{
    struct json_reader r = {.keys = layout->own, .out = out, .scratch = scratch};
    if (max < layout->n_fields || json_row_read(&r, row) != JSON_ROW)
        return max + 1;
    return layout->n_fields;
}

/* One row into the batch; false when its columns have to be learnt first. */
static bool one_row(struct json_reader *r, const struct layout *layout, struct span row, bool ended,
                    uint64_t offset, uint64_t line, struct batch *batch)
{
    if (row.len > FORMAT_MAX_LINE) {
        batch_reject(batch, REJECT_TOO_LONG, line, 0);
        return true;
    }
    switch (json_row_read(r, row)) {
    case JSON_ROW:
        if (r->unknown && !r->keys->full)
            return false;
        batch_row(batch, layout, offset, line, r->out);
        break;
    case JSON_ROW_BROKEN:
        batch_reject(batch, ended ? REJECT_BAD_JSON : REJECT_TRUNCATED, line, 0);
        break;
    case JSON_ROW_DEEP:
        batch_reject(batch, REJECT_DEEP_JSON, line, 0);
        break;
    case JSON_ROW_OTHER:
        batch_reject(batch, REJECT_OTHER_LOG, line, 0);
        break;
    case JSON_ROW_MEMORY:
        batch_fail(batch);
        break;
    }
    return true;
}

static size_t parse(const struct layout *layout, struct span rows, uint64_t offset, bool last,
                    struct batch *batch)
{
    struct field fields[SCHEMA_MAX_COLUMNS + 1];
    uint32_t follow[SCHEMA_MAX_COLUMNS + 1], set[SCHEMA_MAX_COLUMNS + 1];
    struct buf scratch = BUF_INIT;
    struct json_reader r = {.keys = layout->own,
                            .out = fields,
                            .follow = follow,
                            .set = set,
                            .n_set = UINT32_MAX,
                            .scratch = &scratch};
    uint64_t line = 0;
    size_t at = 0;
    (void)last;
    for (uint32_t i = 0; i <= layout->n_fields; i++)
        follow[i] = i;
    while (at < rows.len) {
        const char *nl = memchr(rows.ptr + at, '\n', rows.len - at);
        size_t len = nl == NULL ? rows.len - at : (size_t)(nl - rows.ptr) - at;
        struct span row = span_make(rows.ptr + at, len);
        if (row.len > 0 && row.ptr[row.len - 1] == '\r')
            row.len--;
        if (span_trim(row).len > 0 && (row.ptr[0] != '#' || row.len > FORMAT_MAX_LINE) &&
            !one_row(&r, layout, row, nl != NULL, offset + at, line + 1, batch))
            break;
        line++;
        at += len + (nl != NULL);
    }
    batch_set_lines(batch, line);
    buf_release(&scratch);
    return at;
}

const struct format format_zeek_json = {
    .name = "zeek-json",
    .rows_are_lines = true,
    .head_new = head_new,
    .head_free = head_free,
    .wants_more = wants_more,
    .kind = kind,
    .is_head = is_head,
    .head_line = head_line,
    .learn = learn,
    .head_layout = head_layout,
    .cut = cut,
    .parse = parse,
    .split = split,
    .row_end = row_end,
};
