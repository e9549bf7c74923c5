/* A page of entries to read: headings, and lines of label, text and note, wrapped into the width
 * that there is. The row, address and help views are sheets.
 *
 *     label           text                       note
 *     conn_state      S0                         attempt seen, no answer
 *
 * A heading begins a section; columns are as wide as its section needs. Filled once (sheet_heading,
 * sheet_add), drawn any number of times. Texts are bytes of any origin and are cleaned as they are
 * drawn. A failed allocation is kept, and sheet_draw says so. */
#ifndef MINNOW_TUI_VIEW_SHEET_H
#define MINNOW_TUI_VIEW_SHEET_H

#include "tui/draw.h"
#include "tui/keys.h"
#include "tui/model/viewport.h"

#define SHEET_NOTHING UINT32_MAX

struct sheet_item {
    struct span label, text, note;
    unsigned look;      /* of the text; the label is LOOK_HEADING, the note LOOK_DIM */
    unsigned note_look; /* 0 (LOOK_DEFAULT) takes LOOK_DIM */
    bool words;         /* the text is a sentence: wrapped at blanks; else anywhere */
    uint32_t key;       /* what Enter opens: an address id, or SHEET_NOTHING */
};

struct sheet_part {
    size_t at, len; /* in `bytes` */
};

struct sheet_entry {
    struct sheet_part label, text, note;
    uint16_t look, note_look;
    uint32_t key;
    bool heading, words;
};

struct sheet_line {
    uint32_t entry;
    bool first;                   /* the entry's first line: has the label */
    struct sheet_part text, note; /* in `bytes` */
    int16_t text_at, note_at;     /* screen columns where they begin; note 0: below the text */
};

struct sheet {
    struct buf bytes;
    struct sheet_entry *entry; /* owned */
    size_t n_entries, cap_entries;
    struct sheet_line *line; /* owned; laid out for `cols` */
    size_t n_lines, cap_lines;
    int cols;             /* 0: not laid out yet */
    struct viewport port; /* over lines; moved by viewport_command */
    struct buf needle;    /* what was searched; empty for none */
    bool failed;
};

void sheet_init(struct sheet *s);
void sheet_release(struct sheet *s);

/* Forgets the entries; selection and search stay, for a page that is filled again. */
void sheet_clear(struct sheet *s);

void sheet_heading(struct sheet *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
void sheet_blank(struct sheet *s);
void sheet_add(struct sheet *s, const struct sheet_item *item);

/* label and note of minnow's own; NULL for none. sheet_say is the same for a sentence. */
void sheet_say(struct sheet *s, const char *label, unsigned look, struct span text,
               const char *note);
void sheet_field(struct sheet *s, const char *label, unsigned look, struct span text,
                 const char *note);

void sheet_draw(struct sheet *s, struct area a);

/* The key of the selected line, or SHEET_NOTHING. */
uint32_t sheet_selected(const struct sheet *s);

/* The text of the selected entry, its label's when it has none; empty for a blank line. Borrowed
 * until the sheet changes. */
struct span sheet_text(const struct sheet *s);

/* Goes to the next line (the previous one, direction -1) of an entry that has the needle in one of
 * its parts. `here` lets the selected entry count. False when there is none. */
bool sheet_find(struct sheet *s, struct span needle, int direction, bool here);

#endif
