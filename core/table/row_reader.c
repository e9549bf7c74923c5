/* Reading rows again; see row_reader.h.
 *
 * DESIGN
 * 1. The window holds the bytes [begin, begin + len) of one input's text. A row inside costs no
 * system call.
 * 2. A window is read a little before the row it is for, so that the byte before the row can be
 * checked: a row begins the text or follows a line end. What no longer does is gone.
 * 3. Rows that follow each other are read in windows that double up to the usual size; a jump starts
 * again with a small one, so that rows in any order (a sorted set) do not cost a whole window each.
 * 4. An input found changed on opening stays gone for this reader; its first reason is kept. */
#include "core/table/row_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/format/format.h"

#define DEFAULT_WINDOW  ((size_t)256 << 10)
#define SMALLEST_WINDOW 64
#define JUMP_BYTES      ((size_t)4 << 10)  /* what is read behind a jump */
#define NEAR_BYTES      ((size_t)16 << 10) /* a gap that is no jump */
#define NO_INPUT        UINT32_MAX

struct row_reader {
    const struct table *table;
    const struct segment *segment; /* of the last row */
    uint32_t input;                /* whose file is open, or NO_INPUT */
    int fd;
    bool own_fd, usable;
    uint64_t text_at; /* where the input's text begins in what is open */
    char *window;
    size_t cap, len;
    size_t usual; /* most bytes that are read at once, unless a row is longer */
    size_t ahead; /* bytes that the last read asked for; fewer came: the text ends there */
    uint64_t begin;
    struct field *raw;   /* the file's order */
    struct field *field; /* the table's order */
    size_t max_fields;
    struct buf scratch;
    struct row row;
    uint64_t gone;
    char problem[256];
};

struct row_reader *row_reader_new(const struct table *t, size_t window_bytes, struct err *err)
{
    struct row_reader *r = mem_zalloc(1, sizeof *r);
    if (r == NULL)
        goto fail;
    r->table = table_ref(t);
    r->input = NO_INPUT;
    r->fd = -1;
    r->usual = window_bytes == 0 ? DEFAULT_WINDOW : window_bytes;
    if (r->usual < SMALLEST_WINDOW)
        r->usual = SMALLEST_WINDOW;
    r->cap = r->usual;
    r->max_fields = SCHEMA_MAX_COLUMNS + 2;
    r->window = mem_alloc(r->cap, 1);
    r->raw = mem_alloc(r->max_fields + 1, sizeof *r->raw);
    r->field = mem_alloc(t->schema.n, sizeof *r->field);
    if (r->window == NULL || r->raw == NULL || r->field == NULL)
        goto fail;
    return r;
fail:
    row_reader_free(r);
    err_memory(err, "a reader of rows");
    return NULL;
}

static void close_input(struct row_reader *r)
{
    if (r->own_fd && r->fd >= 0)
        close(r->fd);
    r->fd = -1;
    r->own_fd = false;
    r->len = r->ahead = 0;
    r->begin = 0;
}

void row_reader_free(struct row_reader *r)
{
    if (r == NULL)
        return;
    close_input(r);
    table_unref(r->table);
    mem_free(r->window);
    mem_free(r->raw);
    mem_free(r->field);
    buf_release(&r->scratch);
    mem_free(r);
}

static void note_problem(struct row_reader *r, const char *path, const char *what)
{
    if (r->problem[0] == '\0')
        (void)snprintf(r->problem, sizeof r->problem, "%.200s: %s", path, what);
}

/* True when the file is still the one that was loaded. */
static bool same_file(const struct input *in, const struct stat *st)
{
    int64_t mtime = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
    if (st->st_dev != in->dev || st->st_ino != in->ino || (uint64_t)st->st_size < in->size)
        return false;
    return (uint64_t)st->st_size > in->size || mtime == in->mtime_ns;
}

static void open_input(struct row_reader *r, uint32_t number)
{
    const struct input *in = &r->table->input[number];
    struct stat st;
    close_input(r);
    r->input = number;
    r->usable = false;
    r->text_at = 0;
    if (in->spooled) {
        r->fd = r->table->spool_fd;
        r->text_at = in->spool_at;
        r->usable = true;
        return;
    }
    r->fd = open(in->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (r->fd < 0) {
        note_problem(r, in->path, errno == ENOENT ? "no longer there" : "cannot be opened again");
        return;
    }
    r->own_fd = true;
    if (fstat(r->fd, &st) != 0 || !S_ISREG(st.st_mode) || !same_file(in, &st))
        note_problem(r, in->path, "changed since it was loaded");
    else
        r->usable = true;
}

/* How much to read for a row that the window does not hold. */
static size_t bytes_ahead(const struct row_reader *r, uint64_t offset)
{
    bool near = offset >= r->begin && offset <= r->begin + r->len + NEAR_BYTES;
    size_t n = near && r->ahead > 0 ? r->ahead * 2 : JUMP_BYTES;
    return n < r->usual ? n : r->usual;
}

/* Fills the window from `from` on with up to r->ahead bytes. */
static void fill(struct row_reader *r, uint64_t from)
{
    r->begin = from;
    r->len = 0;
    while (r->len < r->ahead) {
        ssize_t n = pread(r->fd, r->window + r->len, r->ahead - r->len,
                          (off_t)(r->text_at + from + r->len));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        r->len += (size_t)n;
    }
}

/* Bytes of the row at `offset`, line end included; 0 when the window holds no whole row there. A
 * row that the end of the text ends is whole: the end as it was when the text was loaded, so that a
 * file that shrinks or grows cannot change its last row. */
static size_t row_in_window(const struct row_reader *r, uint64_t offset,
                            const struct layout *layout)
{
    uint64_t end = r->table->input[r->input].text_bytes;
    size_t at, len, n;
    bool ended;
    if (offset < r->begin || offset >= r->begin + r->len || (offset > 0 && offset == r->begin))
        return 0;
    at = (size_t)(offset - r->begin);
    len = r->len - at;
    ended = r->len < r->ahead;
    if (end > offset) {
        ended = r->begin + r->len >= end;
        if (ended)
            len = (size_t)(end - offset);
    }
    n = layout->format->row_end(layout, span_make(r->window + at, len));
    return n == 0 && ended ? len : n;
}

/* A row begins the text (behind a byte order mark) or follows a line end. */
static bool begins_row(const struct row_reader *r, uint64_t offset)
{
    if (offset == 0 || r->window[offset - r->begin - 1] == '\n')
        return true;
    return offset == 3 && r->begin == 0 && memcmp(r->window, "\xef\xbb\xbf", 3) == 0;
}

/* Makes the next read twice as long, for a row that is longer than the window. */
static int look_further(struct row_reader *r)
{
    size_t n = r->ahead * 2;
    if (n > r->cap) {
        void *window = mem_resize(r->window, n, 1);
        if (window == NULL)
            return -1;
        r->window = window;
        r->cap = n;
    }
    r->ahead = n;
    return 0;
}

/* Makes the window hold the row. Returns its bytes, 0 when it is gone, -1 on memory. */
static int64_t load_row(struct row_reader *r, uint64_t offset, const struct layout *layout)
{
    size_t n = row_in_window(r, offset, layout);
    if (n == 0)
        r->ahead = bytes_ahead(r, offset);
    while (n == 0) {
        fill(r, offset <= 3 ? 0 : offset - 1);
        if (r->len == 0)
            return 0;
        n = row_in_window(r, offset, layout);
        if (n > 0)
            break;
        if (r->len < r->ahead || r->ahead > FORMAT_MAX_LINE + 3)
            return 0;
        if (look_further(r) != 0)
            return -1;
    }
    return begins_row(r, offset) ? (int64_t)n : 0;
}

static void set_gone(struct row_reader *r)
{
    r->row.gone = true;
    r->row.text = span_make("", 0);
    for (size_t i = 0; i < r->table->schema.n; i++)
        r->field[i] = (struct field){{"", 0}, FIELD_ABSENT, false};
    r->gone++;
}

static bool split_row(struct row_reader *r, const struct layout *layout, struct span text)
{
    size_t n = layout->format->split(layout, text, r->raw, layout->n_fields, &r->scratch);
    if (n != layout->n_fields || r->scratch.failed)
        return false;
    for (size_t i = 0; i < r->table->schema.n; i++)
        r->field[i] = layout->sparse ? (struct field){{"-", 1}, FIELD_UNSET, false}
                                     : (struct field){{"", 0}, FIELD_ABSENT, false};
    for (uint32_t i = 0; i < layout->n_fields; i++) {
        if (layout->column[i] < r->table->schema.n)
            r->field[layout->column[i]] = r->raw[i];
    }
    return true;
}

int row_reader_get(struct row_reader *r, uint64_t row, const struct row **out, struct err *err)
{
    const struct segment *seg = r->segment;
    const struct layout *layout;
    uint64_t offset = table_row_offset(r->table, row);
    int64_t n;
    struct span text;
    if (seg == NULL || row < seg->first_row || row - seg->first_row >= seg->n_rows)
        r->segment = seg = table_segment(r->table, row);
    layout = seg->layout;
    if (seg->input != r->input)
        open_input(r, seg->input);
    r->row = (struct row){.number = row, .field = r->field};
    *out = &r->row;
    n = r->usable ? load_row(r, offset, layout) : 0;
    if (n < 0)
        return err_memory(err, "a row");
    if (n == 0) {
        if (r->usable)
            note_problem(r, r->table->input[seg->input].path, "rows are no longer where they were");
        set_gone(r);
        return 0;
    }
    text = span_make(r->window + (offset - r->begin), (size_t)n);
    if (text.len > 0 && text.ptr[text.len - 1] == '\n')
        text.len--;
    if (text.len > 0 && text.ptr[text.len - 1] == '\r')
        text.len--;
    if (!split_row(r, layout, text)) {
        note_problem(r, r->table->input[seg->input].path, "rows changed since they were loaded");
        set_gone(r);
        return 0;
    }
    r->row.text = text;
    return 0;
}

uint64_t row_reader_gone(const struct row_reader *r)
{
    return r->gone;
}

const char *row_reader_problem(const struct row_reader *r)
{
    return r->problem;
}
