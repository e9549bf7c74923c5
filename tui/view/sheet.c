/* Pages to read.
 *
 * DESIGN
 * 1. All bytes stand in one buffer, entries refer to them by offset, lines by offset too: nothing
 *    is allocated per entry.
 * 2. Lines are made for a width; another width makes them anew and finds the selected entry again.
 * 3. A text that fits into the text column shares its lines with the note; a longer one takes the
 *    whole width, and its note stands below. */
#include "tui/view/sheet.h"

#include <stdarg.h>

#include "core/base/match.h"
#include "core/base/mem.h"
#include "core/base/number.h"
#include "core/query/rowset.h"
#include "tui/view/views.h"

#define GAP       2
#define MAX_LABEL 18
#define MAX_TEXT  40 /* wider texts do not push the notes to the right */
#define LEAST     8  /* columns that a wrapped part gets at the very least */

void sheet_init(struct sheet *s)
{
    memset(s, 0, sizeof *s);
    buf_init(&s->bytes, 0);
    buf_init(&s->needle, 0);
}

void sheet_release(struct sheet *s)
{
    buf_release(&s->bytes);
    buf_release(&s->needle);
    mem_free(s->entry);
    mem_free(s->line);
    memset(s, 0, sizeof *s);
}

void sheet_clear(struct sheet *s)
{
    buf_clear(&s->bytes);
    s->n_entries = s->n_lines = 0;
    s->cols = 0;
    s->failed = false;
}

/* ---- filling ---- */

static struct sheet_part keep(struct sheet *s, struct span text)
{
    struct sheet_part part = {s->bytes.len, text.len};
    buf_add_span(&s->bytes, text);
    return part;
}

static void append(struct sheet *s, const struct sheet_item *item, bool heading)
{
    struct sheet_entry *e;
    if (s->n_entries >= UINT32_MAX ||
        mem_grow((void **)&s->entry, &s->cap_entries, s->n_entries + 1, sizeof *s->entry) != 0) {
        s->failed = true;
        return;
    }
    e = &s->entry[s->n_entries++];
    e->label = keep(s, item->label);
    e->text = keep(s, item->text);
    e->note = keep(s, item->note);
    e->look = (uint16_t)item->look;
    e->note_look = (uint16_t)(item->note_look == 0 ? LOOK_DIM : item->note_look);
    e->key = item->key;
    e->heading = heading;
    e->words = heading || item->words;
    s->cols = 0;
    if (s->bytes.failed) {
        s->failed = true;
        s->n_entries--;
    }
}

void sheet_heading(struct sheet *s, const char *fmt, ...)
{
    struct sheet_item item = {.look = LOOK_STRONG, .key = SHEET_NOTHING};
    char text[512];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    item.text = span_of(text);
    append(s, &item, true);
}

void sheet_blank(struct sheet *s)
{
    const struct sheet_item item = {.key = SHEET_NOTHING};
    append(s, &item, true);
}

void sheet_add(struct sheet *s, const struct sheet_item *item)
{
    append(s, item, false);
}

static void add_field(struct sheet *s, const char *label, unsigned look, struct span text,
                      const char *note, bool words)
{
    const struct sheet_item item = {.label = span_of(label == NULL ? "" : label),
                                    .text = text,
                                    .note = span_of(note == NULL ? "" : note),
                                    .look = look,
                                    .words = words,
                                    .key = SHEET_NOTHING};
    append(s, &item, false);
}

void sheet_field(struct sheet *s, const char *label, unsigned look, struct span text,
                 const char *note)
{
    add_field(s, label, look, text, note, false);
}

void sheet_say(struct sheet *s, const char *label, unsigned look, struct span text,
               const char *note)
{
    add_field(s, label, look, text, note, true);
}

/* ---- laying out ---- */

static struct span bytes_of(const struct sheet *s, struct sheet_part part)
{
    return span_make(buf_text(&s->bytes) + part.at, part.len);
}

/* The next line of a part, at most `cols` wide. */
static struct sheet_part take(const struct sheet *s, struct sheet_part *rest, int cols, bool words)
{
    struct span left = bytes_of(s, *rest);
    struct span line = wrap_take(&left, cols, words);
    struct sheet_part out = {rest->at, line.len};
    rest->at += rest->len - left.len;
    rest->len = left.len;
    return out;
}

static bool push(struct sheet *s, const struct sheet_line *line)
{
    if (mem_grow((void **)&s->line, &s->cap_lines, s->n_lines + 1, sizeof *s->line) != 0) {
        s->failed = true;
        return false;
    }
    s->line[s->n_lines++] = *line;
    return true;
}

static int at_least(int cols)
{
    return cols < LEAST ? LEAST : cols;
}

/* Where the columns of a section stand. */
struct section {
    int text_at, text_cols, note_at;
};

/* The lines of one entry. */
static void wrap(struct sheet *s, uint32_t number, const struct section *sec, int cols)
{
    const struct sheet_entry *e = &s->entry[number];
    struct sheet_part text = e->text, note = e->note;
    int text_at = e->heading ? 1 : sec->text_at;
    int whole = at_least(cols - text_at);
    bool beside = !e->heading && sec->note_at + LEAST <= cols &&
                  clean_cols(bytes_of(s, text)) <= (size_t)sec->text_cols;
    struct sheet_line line = {.entry = number, .first = true, .text_at = (int16_t)text_at};
    line.note_at = (int16_t)(beside ? sec->note_at : text_at);
    do {
        memset(&line.text, 0, sizeof line.text);
        memset(&line.note, 0, sizeof line.note);
        if (text.len > 0)
            line.text = take(s, &text, whole, e->words);
        if (note.len > 0 && (beside || line.text.len == 0))
            line.note = take(s, &note, at_least(cols - line.note_at), true);
        if (!push(s, &line))
            return;
        line.first = false;
    } while (text.len > 0 || note.len > 0);
}

static struct section measure(const struct sheet *s, size_t first, int cols)
{
    struct section sec = {1, 0, 0};
    int label_cols = 0;
    for (size_t i = first; i < s->n_entries && !(i > first && s->entry[i].heading); i++) {
        const struct sheet_entry *e = &s->entry[i];
        int label = (int)clean_cols(bytes_of(s, e->label)), text;
        if (e->heading)
            continue;
        if (label > label_cols)
            label_cols = label > MAX_LABEL ? MAX_LABEL : label;
        if (e->text.len > 4 * MAX_TEXT || e->note.len == 0)
            continue;
        text = (int)clean_cols(bytes_of(s, e->text));
        if (text <= MAX_TEXT && text > sec.text_cols)
            sec.text_cols = text;
    }
    sec.text_at = label_cols == 0 ? 1 : 1 + label_cols + GAP;
    /* Notes keep at least a third of a narrow screen. */
    if (sec.text_cols > cols * 2 / 3 - sec.text_at)
        sec.text_cols = cols * 2 / 3 > sec.text_at ? cols * 2 / 3 - sec.text_at : 0;
    sec.note_at = sec.text_at + sec.text_cols + (sec.text_cols > 0 ? GAP : 0);
    return sec;
}

static void lay_out(struct sheet *s, int cols)
{
    uint32_t entry = s->port.sel < s->n_lines ? s->line[s->port.sel].entry : 0;
    uint64_t sel = s->port.sel;
    bool again = s->n_lines > 0;
    struct section sec = {1, 0, 0};
    s->n_lines = 0;
    for (size_t i = 0; i < s->n_entries && !s->failed; i++) {
        if (again && i == entry)
            sel = s->n_lines;
        if (i == 0 || s->entry[i].heading)
            sec = measure(s, i, cols);
        wrap(s, (uint32_t)i, &sec, cols);
    }
    s->cols = cols;
    s->port.sel = sel;
}

/* ---- drawing ---- */

static bool hit(const struct sheet *s, const struct sheet_entry *e)
{
    struct span needle = buf_span(&s->needle);
    bool any = match_any_case(needle);
    size_t at;
    return needle.len > 0 && (match_in(bytes_of(s, e->label), needle, any, &at) ||
                              match_in(bytes_of(s, e->text), needle, any, &at) ||
                              match_in(bytes_of(s, e->note), needle, any, &at));
}

static void draw_entry_line(struct sheet *s, struct area a, int row, const struct sheet_line *line,
                            bool selected)
{
    const struct sheet_entry *e = &s->entry[line->entry];
    unsigned on = selected ? LOOK_ON_SELECTED : 0;
    unsigned look = e->look | on;
    if (hit(s, e))
        look = selected ? LOOK_HIT_HERE : LOOK_HIT;
    if (selected) {
        draw_line(a, row, LOOK_SELECTED);
        (void)draw_text(a, row, 0, LOOK_SELECTED, text_glyph(GLYPH_POINTER));
    }
    if (line->first && e->label.len > 0)
        (void)draw_untrusted(a, row, 1, line->text_at - 1 - GAP, LOOK_HEADING | on,
                             bytes_of(s, e->label), CUT_END);
    if (line->text.len > 0)
        (void)draw_untrusted(a, row, line->text_at, a.cols - line->text_at, look,
                             bytes_of(s, line->text), CUT_END);
    if (line->note.len > 0)
        (void)draw_untrusted(a, row, line->note_at, a.cols - line->note_at, e->note_look | on,
                             bytes_of(s, line->note), CUT_END);
}

/* The last line says what is out of sight; there is none when all is in sight. */
static void draw_more(const struct sheet *s, struct area a)
{
    char text[64], above[32], below[32];
    (void)snprintf(text, sizeof text, "lines: %s above, %s below",
                   number_grouped(s->port.top, above, sizeof above),
                   number_grouped(viewport_below(&s->port), below, sizeof below));
    (void)draw_text(a, a.rows - 1, 1, LOOK_DIM, text);
}

void sheet_draw(struct sheet *s, struct area a)
{
    uint64_t height;
    if (s->cols != a.cols)
        lay_out(s, a.cols);
    height = a.rows > 0 ? (uint64_t)a.rows : 0;
    if (s->n_lines > height && height > 1)
        height--;
    viewport_resize(&s->port, s->n_lines, height);
    for (uint64_t i = 0; i < viewport_shown(&s->port); i++) {
        uint64_t at = s->port.top + i;
        draw_entry_line(s, a, (int)i, &s->line[at], at == s->port.sel);
    }
    if (s->failed)
        (void)draw_text(a, a.rows - 1, 1, LOOK_STATUS_ERROR,
                        "not all of this page fits into memory");
    else if (s->n_lines > height)
        draw_more(s, a);
}

/* ---- finding ---- */

uint32_t sheet_selected(const struct sheet *s)
{
    if (s->port.sel >= s->n_lines)
        return SHEET_NOTHING;
    return s->entry[s->line[s->port.sel].entry].key;
}

struct span sheet_text(const struct sheet *s)
{
    const struct sheet_entry *e;
    const struct sheet_part *part;
    if (s->port.sel >= s->n_lines)
        return span_of("");
    e = &s->entry[s->line[s->port.sel].entry];
    part = e->text.len > 0 ? &e->text : &e->label;
    return span_make(buf_text(&s->bytes) + part->at, part->len);
}

bool sheet_find(struct sheet *s, struct span needle, int direction, bool here)
{
    uint64_t n = s->n_lines;
    if (needle.len > 0 && needle.ptr != s->needle.ptr) {
        buf_clear(&s->needle);
        buf_add_span(&s->needle, needle);
    }
    if (n == 0 || s->needle.len == 0)
        return false;
    for (uint64_t step = here ? 0 : 1; step <= n; step++) {
        uint64_t at = direction < 0 ? (s->port.sel + n - step % n) % n : (s->port.sel + step) % n;
        if (s->line[at].first && hit(s, &s->entry[s->line[at].entry])) {
            viewport_centre(&s->port, at);
            return true;
        }
    }
    return false;
}
