/* Where CSV records end; see csv_record.h.
 *
 * DESIGN
 * 1. A quote opens only at the beginning of a field and closes only in front of a delimiter or line
 * end, as libcsv has it outside its strict mode.
 * 2. A quote that does not close within CSV_WINDOW bytes of its record is a stray one: its row is
 * rejected and reading goes on at the line after the one where that field began.
 * 3. What a record is depends on its first CSV_WINDOW bytes and nothing else, so that chunks do not
 * matter: with fewer bytes, and more to come, the answer is to wait.
 * 4. An open quote is closed by the next run of an odd number of quotes in front of a delimiter or
 * line end, wherever it was opened (its own run aside). So one place found serves all records in
 * front of it, and a file full of stray quotes costs no more than another. */
#include "core/format/csv_record.h"

/* Where the line ends (its LF included); 0 when it does not. */
static size_t line_end(struct span s)
{
    const char *nl = s.len == 0 ? NULL : memchr(s.ptr, '\n', s.len);
    return nl == NULL ? 0 : (size_t)(nl - s.ptr) + 1;
}

static bool closes(struct span s, size_t at, char delimiter)
{
    if (at == s.len)
        return true;
    return s.ptr[at] == delimiter || s.ptr[at] == '\n' ||
           (s.ptr[at] == '\r' && (at + 1 == s.len || s.ptr[at + 1] == '\n'));
}

static size_t quotes_end(struct span s, size_t at)
{
    while (at < s.len && s.ptr[at] == '"')
        at++;
    return at;
}

/* Behind the quotes that end a quoted field that is open at `at`; SIZE_MAX when there are none. */
static size_t next_close(struct csv_reader *r, size_t at)
{
    size_t end = at;
    if (r->close != 0 && at >= r->from && at < r->close)
        return r->close;
    r->from = at;
    for (;;) {
        const char *quote = end >= r->s.len ? NULL : memchr(r->s.ptr + end, '"', r->s.len - end);
        size_t begin;
        if (quote == NULL)
            break;
        begin = (size_t)(quote - r->s.ptr);
        end = quotes_end(r->s, begin);
        if ((end - begin) % 2 == 1 && closes(r->s, end, r->delimiter))
            return r->close = end;
    }
    return r->close = SIZE_MAX;
}

/* Whether quotes that end at `at` close a field as far as the first `most` bytes tell; `all`: they
 * are the rest of the text. */
static bool is_closed(const struct csv_reader *r, size_t at, size_t most, bool all)
{
    if (at >= most)
        return all && at == most;
    return r->s.ptr[at] != '\r' || at + 1 < most || all;
}

/* Steps over a quoted field: behind its closing quote, or SIZE_MAX when it has none. */
static size_t quoted_end(struct csv_reader *r, size_t at, size_t most, bool all)
{
    size_t end = quotes_end(r->s, at);
    if ((end - at) % 2 == 1 || !closes(r->s, end, r->delimiter))
        end = next_close(r, end);
    return end != SIZE_MAX && is_closed(r, end, most, all) ? end : SIZE_MAX;
}

enum csv_record csv_record_find(struct csv_reader *r, size_t begin, size_t *end)
{
    bool full = r->s.len - begin >= CSV_WINDOW, field_start = true;
    size_t most = full ? begin + CSV_WINDOW : r->s.len, at = begin;
    size_t line = line_end(span_make(r->s.ptr + begin, most - begin));
    *end = begin + line;
    if (line > 0 && memchr(r->s.ptr + begin, '"', line) == NULL)
        return CSV_RECORD_WHOLE;
    while (at < most) {
        char c = r->s.ptr[at];
        if (c == '"' && field_start) {
            size_t close = quoted_end(r, at, most, r->last && !full);
            if (close == SIZE_MAX)
                break;
            at = close;
            field_start = false;
            continue;
        }
        at++;
        *end = at;
        if (c == '\n')
            return CSV_RECORD_WHOLE;
        field_start = c == r->delimiter;
    }
    *end = 0;
    if (!full && !r->last)
        return CSV_RECORD_UNFINISHED;
    if (at < most) { /* a quote that is not closed */
        line = line_end(span_make(r->s.ptr + at, most - at));
        *end = line > 0 ? at + line : r->s.len;
        if (line > 0 || !full)
            return CSV_RECORD_BAD_QUOTE;
    }
    if (!full) {
        *end = r->s.len;
        return CSV_RECORD_WHOLE;
    }
    line = line_end(span_make(r->s.ptr + most, r->s.len - most));
    *end = line == 0 ? 0 : most + line;
    return CSV_RECORD_TOO_LONG;
}
