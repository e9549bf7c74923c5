/* Cutting an input into chunks of whole rows.
 *
 * DESIGN
 * 1. There are two ways to take a chunk. Of a file of text whose rows are lines, only the end of the
 * next chunk is read, to find where its last line ends; the worker reads the rest when it has let go
 * of the lock. Everything else (pipes, packed files, rows that hold newlines, the last bytes of a
 * file, very long lines) is read in turn; what lies behind the last whole row is carried over.
 * 2. Going from the second way to the first drops what is carried: the file still has it.
 * 3. A row that is too long is cut off by whoever takes it, and skipped without being kept. */
#include "core/base/mem.h"
#include "core/load/loader.h"

#define LOOK_BYTES ((size_t)4 << 10) /* in which a line most likely ends */

static bool carry_keep(struct loader *l, const char *bytes, size_t n)
{
    void *carry = l->carry;
    if (mem_grow(&carry, &l->carry_cap, n, 1) != 0)
        return err_memory(&l->problem, "a part of the input") == 0;
    l->carry = carry;
    if (n > 0)
        memcpy(l->carry, bytes, n);
    l->carry_at = 0;
    l->carry_len = n;
    return true;
}

/* No byte is left to take or to read. */
static bool at_end(const struct loader *l)
{
    return l->eof && l->carry_at == l->carry_len;
}

/* Reads at most n bytes behind *len. Damage ends the text, with its last whole line when it is torn.
 */
static int read_behind(struct loader *l, char *bytes, size_t *len, size_t n, struct err *err)
{
    struct err damage;
    bool torn;
    int64_t got = source_read(l->source, bytes + *len, n, l->job, err);
    l->progress.bytes_read += source_advance(l->source);
    if (got < 0)
        return -1;
    *len += (size_t)got;
    l->text_read += (uint64_t)got;
    glance_offer(l->input == 0 ? l->opts->glance : NULL, l->spool.fd, l->text_read);
    if (l->layout == NULL) /* nobody has a turn yet that publishes */
        job_publish(l->job, &l->progress);
    l->eof = got == 0;
    if (l->eof && source_damage(l->source, &torn, &damage) && torn) {
        while (*len > 0 && bytes[*len - 1] != '\n')
            --*len;
    }
    return 0;
}

int carry_fill(struct loader *l, size_t want, struct err *err)
{
    if (l->carry_at > 0)
        memmove(l->carry, l->carry + l->carry_at, l->carry_len - l->carry_at);
    l->carry_len -= l->carry_at;
    l->carry_at = 0;
    while (!l->eof && l->carry_len < want) {
        void *carry = l->carry;
        if (mem_grow(&carry, &l->carry_cap, want, 1) != 0)
            return err_memory(err, "a part of the input");
        l->carry = carry;
        if (read_behind(l, l->carry, &l->carry_len, want - l->carry_len, err) != 0)
            return -1;
    }
    return 0;
}

bool carry_cut_short(struct loader *l, const struct err *err)
{
    while (l->carry_len > 0 && l->carry[l->carry_len - 1] != '\n')
        l->carry_len--;
    l->eof = l->cut_short = err->code == ERR_CANCELLED && l->carry_len > 0;
    return l->cut_short;
}

struct span carry_span(const struct loader *l)
{
    if (l->carry_at == l->carry_len)
        return span_make("", 0);
    return span_make(l->carry + l->carry_at, l->carry_len - l->carry_at);
}

/* ---- read in turn ---- */

/* Appends bytes to the chunk: those that were carried first, then the input's. A chunk without a
 * row in it doubles, so that a long row is not looked at too often. False on error or cancel. */
static bool more_bytes(struct loader *l, struct chunk *c)
{
    size_t n = c->len > l->chunk_bytes ? c->len : l->chunk_bytes;
    size_t carried = l->carry_len - l->carry_at;
    void *bytes = c->bytes;
    if (carried > 0 && n > carried)
        n = carried;
    if (mem_grow(&bytes, &c->cap, c->len + n, 1) != 0)
        return err_memory(&l->problem, "a part of the input") == 0;
    c->bytes = bytes;
    if (carried > 0) {
        memcpy(c->bytes + c->len, l->carry + l->carry_at, n);
        l->carry_at += n;
        c->len += n;
        return true;
    }
    return l->eof || read_behind(l, c->bytes, &c->len, n, &l->problem) == 0;
}

/* Drops bytes up to and with the end of the line that is too long. */
static bool skip_line(struct loader *l, struct chunk *c)
{
    while (l->skipping) {
        const char *nl = c->len == 0 ? NULL : memchr(c->bytes, '\n', c->len);
        size_t drop = nl == NULL ? c->len : (size_t)(nl - c->bytes) + 1;
        memmove(c->bytes, c->bytes + drop, c->len - drop);
        c->len -= drop;
        l->offset += drop;
        if (nl != NULL || at_end(l))
            l->skipping = false;
        else if (!more_bytes(l, c))
            return false;
    }
    return true;
}

/* Cuts the chunk behind its last whole row and leaves the rest for the next one. */
static bool cut_chunk(struct loader *l, struct chunk *c, struct cut cut)
{
    size_t from = cut.rows_end;
    c->last = at_end(l);
    if (cut.give_up) {
        size_t resume = cut.resume > 0 ? cut.resume : c->len;
        c->tail = REJECT_TOO_LONG;
        c->tail_lines =
            span_newlines(span_make(c->bytes + from, resume - from)) + (cut.resume == 0);
        l->skipping = cut.resume == 0;
        from = resume;
    }
    c->offset = l->offset;
    /* While carried bytes are left, the chunk is made of carried bytes only: they are still there.
     */
    if (l->carry_at < l->carry_len) {
        l->carry_at -= c->len - from;
    } else if (!carry_keep(l, c->bytes + from, c->len - from)) {
        return false;
    }
    l->offset += from;
    c->len = cut.rows_end;
    return true;
}

static bool take_in_turn(struct loader *l, struct chunk *c)
{
    struct cut cut;
    do {
        if (!more_bytes(l, c) || !skip_line(l, c))
            return false;
        cut = l->format->cut(l->layout, span_make(c->bytes, c->len), at_end(l));
    } while (cut.rows_end == 0 && !cut.give_up && !at_end(l));
    return cut_chunk(l, c, cut);
}

/* ---- read outside the lock ---- */

/* Takes a chunk by looking at its end. False when no line ends there, or the file does: then it is
 * taken in turn. */
static bool take_by_end(struct loader *l, struct chunk *c)
{
    size_t look = l->chunk_bytes / 4 < LOOK_BYTES ? l->chunk_bytes / 4 : LOOK_BYTES;
    size_t front = l->chunk_bytes - look;
    struct err untold;
    const char *nl = NULL;
    void *bytes = c->bytes;
    if (mem_grow(&bytes, &c->cap, l->chunk_bytes, 1) != 0)
        return false;
    c->bytes = bytes;
    if (source_read_at(l->source, c->bytes + front, look, l->offset + front, &untold) ==
        (int64_t)look)
        nl = memrchr(c->bytes + front, '\n', look);
    if (nl == NULL)
        return false;
    c->to_read = front;
    c->len = (size_t)(nl - c->bytes) + 1;
    c->offset = l->offset;
    l->offset += c->len;
    l->carry_at = l->carry_len = 0;
    return true;
}

bool chunk_read(const struct loader *l, struct chunk *c)
{
    size_t at = 0;
    while (at < c->to_read) {
        int64_t got =
            source_read_at(l->source, c->bytes + at, c->to_read - at, c->offset + at, &c->problem);
        if (got == 0)
            err_set(&c->problem, ERR_IO, "the file became shorter while it was read");
        if (got <= 0)
            return false;
        at += (size_t)got;
    }
    return true;
}

bool chunk_take(struct loader *l, struct chunk *c)
{
    bool ranges = l->format->rows_are_lines && source_has_ranges(l->source);
    if (l->stop || at_end(l))
        return false;
    c->len = c->to_read = 0;
    c->last = false;
    c->tail = NO_REJECT;
    c->problem = (struct err)ERR_INIT;
    /* At the end of the file the last bytes are in the carry. */
    ranges = ranges && !l->eof;
    if (!ranges || l->skipping || !take_by_end(l, c)) {
        if (ranges) {
            source_seek(l->source, l->offset);
            l->carry_at = l->carry_len = 0;
        }
        if (!take_in_turn(l, c)) {
            l->stop = true;
            return false;
        }
    }
    if (ranges) /* what was carried and dropped does not count twice */
        l->progress.bytes_read = l->bytes_before + l->offset;
    c->layout = l->layout;
    c->number = l->next_number++;
    return true;
}
