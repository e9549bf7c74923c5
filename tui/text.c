/* Text as columns; see text.h.
 *
 * DESIGN
 * 1. A text is only ever taken apart by clean_next, unit by unit, so no cut falls inside one.
 * 2. No cut looks at more of a text than its columns can need: a unit takes at least one column and
 *    stands for at most UNIT_BYTES bytes, so the end of a very long value is found from its end. */
#include "tui/text.h"

#include "core/base/hash.h"
#include "core/base/mem.h"

#define UNIT_BYTES 40

/* ---- glyphs ---- */

const char *text_glyph(enum glyph glyph)
{
    static const char *const table[][2] = {
#define X(id, utf8, ascii) {ascii, utf8},
        GLYPHS(X)
#undef X
    };
    return table[glyph][clean_utf8() ? 1 : 0];
}

const char *text_spark(unsigned level)
{
    static const char *const block[] = {"·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const ascii[] = {".", "_", "-", "~", "=", "+", "*", "%", "#"};
    if (level > 8)
        level = 8;
    return clean_utf8() ? block[level] : ascii[level];
}

const char *text_shade(unsigned level)
{
    static const char *const block[TEXT_SHADES] = {"·", "-", "░", "▒", "▓", "█"};
    static const char *const ascii[TEXT_SHADES] = {".", "-", "+", "*", "%", "#"};
    if (level >= TEXT_SHADES)
        level = TEXT_SHADES - 1;
    return clean_utf8() ? block[level] : ascii[level];
}

unsigned shade_level(double share)
{
    return share <= 0      ? 0
           : share < 0.1   ? 1
           : share <= 0.25 ? 2
           : share <= 0.5  ? 3
           : share <= 0.75 ? 4
                           : 5;
}

const char *text_eighth(unsigned eighths)
{
    static const char *const block[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
    if (eighths > 8)
        eighths = 8;
    if (clean_utf8())
        return block[eighths];
    return eighths == 0 ? " " : eighths < 8 ? "|" : "#";
}

/* ---- cutting ---- */

/* The longest head of at most `cols` columns. *all says whether that is everything. */
static struct span head_of(struct span in, size_t cols, size_t *used, bool *all)
{
    size_t plain = clean_plain(in);
    struct span rest;
    struct clean_unit unit;
    *all = true;
    if (plain > cols) {
        *used = cols;
        *all = false;
        return span_make(in.ptr, cols);
    }
    *used = plain;
    rest = span_make(in.ptr + plain, in.len - plain);
    while (clean_next(rest, &unit)) {
        if (unit.cols > cols - *used) {
            *all = false;
            break;
        }
        *used += unit.cols;
        rest = span_make(rest.ptr + unit.taken, rest.len - unit.taken);
    }
    return span_make(in.ptr, in.len - rest.len);
}

/* The last n bytes or a few more or less: never begins inside a UTF-8 character. */
static struct span end_of(struct span in, size_t n)
{
    size_t at;
    if (in.len <= n)
        return in;
    at = in.len - n;
    for (int i = 0; i < 3 && at > 0 && ((unsigned char)in.ptr[at] & 0xc0) == 0x80; i++)
        at--;
    return span_make(in.ptr + at, in.len - at);
}

/* The longest tail of at most `cols` columns. */
static struct span tail_of(struct span in, size_t cols, size_t *used)
{
    struct span rest = end_of(in, cols * UNIT_BYTES + UNIT_BYTES);
    struct clean_unit unit;
    *used = clean_cols(rest);
    while (*used > cols && clean_next(rest, &unit)) {
        *used -= unit.cols;
        rest = span_make(rest.ptr + unit.taken, rest.len - unit.taken);
    }
    return rest;
}

static bool plain(struct span in)
{
    for (size_t i = 0; i < in.len; i++)
        if (in.ptr[i] <= ' ' || in.ptr[i] >= 0x7f)
            return false;
    return true;
}

/* Makes an address's cut fall beside a colon, where one is near: the tail begins behind one, and
 * the head ends with one. What that frees goes to the head. */
static void cut_at_groups(struct fit *f, struct span in, size_t room)
{
    size_t used = 0, tail_cols = 0;
    bool all;
    for (size_t i = 0; i < 3 && i + 1 < f->tail.len; i++)
        if (f->tail.ptr[i] == ':') {
            f->tail = span_make(f->tail.ptr + i + 1, f->tail.len - i - 1);
            break;
        }
    tail_cols = clean_cols(f->tail);
    f->head = head_of(span_make(in.ptr, in.len - f->tail.len), room - tail_cols, &used, &all);
    for (size_t i = 0; i < 3 && i + 1 < f->head.len; i++)
        if (f->head.ptr[f->head.len - 1 - i] == ':') {
            f->head.len -= i;
            break;
        }
    f->cols = clean_cols(f->head) + tail_cols;
}

struct fit text_fit(struct span in, size_t cols, enum cut cut)
{
    struct fit f = {.head = in, .tail = {"", 0}, .mark = ""};
    size_t room, mark_cols, head_cols, tail_cols = 0;
    bool all;

    f.head = head_of(in, cols, &f.cols, &all);
    if (all)
        return f;
    f.cut = true;
    if (cut == CUT_ADDR && cols < 6)
        cut = CUT_START; /* no room for both ends: the end tells machines apart */
    f.mark = cut == CUT_ADDR ? ".." : text_glyph(GLYPH_ELLIPSIS);
    mark_cols = cut == CUT_ADDR ? 2 : 1;
    if (cols < mark_cols) {
        f.head.len = 0;
        f.mark = "";
        f.cols = 0;
        return f;
    }
    room = cols - mark_cols;
    if (cut == CUT_START || cut == CUT_MIDDLE)
        f.tail = tail_of(in, cut == CUT_START ? room : room / 2, &tail_cols);
    else if (cut == CUT_ADDR)
        f.tail = tail_of(in, room - room * 2 / 5, &tail_cols);
    f.head = head_of(span_make(in.ptr, in.len - f.tail.len),
                     cut == CUT_START ? 0 : room - tail_cols, &head_cols, &all);
    f.cols = head_cols + tail_cols;
    if (cut == CUT_ADDR && in.len <= 64 && plain(in))
        cut_at_groups(&f, in, room);
    f.cols += mark_cols;
    return f;
}

size_t text_add_fit(struct buf *out, struct span in, size_t cols, enum cut cut)
{
    struct fit f = text_fit(in, cols, cut);
    clean_add(out, f.head);
    buf_add_text(out, f.mark);
    clean_add(out, f.tail);
    return f.cols;
}

/* ---- telling apart ---- */

struct seen {
    uint64_t shown, whole; /* hashes of what is shown and of the text */
};

static int by_shown(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;
    if (x->shown != y->shown)
        return x->shown < y->shown ? -1 : 1;
    return x->whole == y->whole ? 0 : x->whole < y->whole ? -1 : 1;
}

static bool all_apart(struct seen *seen, size_t n)
{
    qsort(seen, n, sizeof *seen, by_shown);
    for (size_t i = 1; i < n; i++)
        if (seen[i].shown == seen[i - 1].shown && seen[i].whole != seen[i - 1].whole)
            return false;
    return true;
}

size_t text_cols_apart(const struct span *item, size_t n, size_t min, size_t max, enum cut cut)
{
    struct seen *seen = mem_alloc(n, sizeof *seen);
    struct buf text = BUF_INIT;
    size_t cols = max;
    if (seen == NULL)
        return max;
    for (cols = min; cols < max; cols++) {
        for (size_t i = 0; i < n; i++) {
            seen[i].whole = seen[i].shown = hash_bytes(item[i].ptr, item[i].len);
            if (item[i].len <= cols && clean_plain(item[i]) == item[i].len)
                continue; /* shown as it is */
            buf_clear(&text);
            (void)text_add_fit(&text, item[i], cols, cut);
            seen[i].shown = hash_bytes(buf_text(&text), text.len);
        }
        if (all_apart(seen, n) && !text.failed)
            break;
    }
    buf_release(&text);
    mem_free(seen);
    return cols;
}

/* ---- bytes ---- */

size_t text_utf8(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code >= 0xd800 && code < 0xe000)
        return 0;
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    if (code > 0x10ffff)
        return 0;
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

size_t text_last_unit(struct span in)
{
    struct span rest = end_of(in, 4 * UNIT_BYTES);
    struct clean_unit unit;
    size_t last = 0;
    while (clean_next(rest, &unit)) {
        last = unit.taken;
        rest = span_make(rest.ptr + unit.taken, rest.len - unit.taken);
    }
    return last;
}
