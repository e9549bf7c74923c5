/* Themes: what each role looks like. Pure: no curses.
 *
 * A theme is a small text file, see minnow-theme(5):
 *
 *     background = any
 *     [palette]
 *     sea = #5f87af 67 blue          true colour, of 256, of 16
 *     [roles]
 *     bar.suspect = sand - bold      foreground, background, attributes
 *
 * Roles inherit by their dotted name: what a theme does not say about `bar.suspect` it takes from
 * `bar`, and then from `default`. `-` is the terminal's own colour. A bad line is noticed as
 * `file:line: sentence` and skipped: a theme never keeps minnow from starting. In C a theme's role
 * is an `enum look`: the word role belongs to the fields of a log. */
#ifndef MINNOW_TUI_THEME_H
#define MINNOW_TUI_THEME_H

#include "core/base/err.h"
#include "core/base/notices.h"
#include "core/base/span.h"

#define THEME_MAX_BYTES ((size_t)64 << 10)

/* id, name in a theme, what it is for */
#define LOOKS(X)                                                                                   \
    X(DEFAULT, "default", "everything that no other role names")                                   \
    X(DIM, "dim", "what matters less: units, rules, text that is there for completeness")          \
    X(STRONG, "strong", "what matters most in a line")                                             \
    X(HEADER, "header", "the line on top")                                                         \
    X(HEADER_PATH, "header.path", "the breadcrumb in it")                                          \
    X(HEADER_HERE, "header.here", "the breadcrumb's last piece: where you are")                    \
    X(STATUS, "status", "the line above the keys")                                                 \
    X(STATUS_WORK, "status.work", "what runs in the background")                                   \
    X(STATUS_WARN, "status.warn", "something was done otherwise than asked")                       \
    X(STATUS_ERROR, "status.error", "something failed")                                            \
    X(FOOTER, "footer", "the line of keys")                                                        \
    X(FOOTER_KEY, "footer.key", "a key in it")                                                     \
    X(FOOTER_LABEL, "footer.label", "what the key does")                                           \
    X(FOOTER_HINT, "footer.hint", "the hint behind the keys")                                      \
    X(PROMPT, "prompt", "a question, and what is typed")                                           \
    X(PROMPT_LABEL, "prompt.label", "the question itself")                                         \
    X(HEADING, "heading", "headings of columns and parts")                                         \
    X(HEADING_SORTED, "heading.sorted", "the heading of the sorted column")                        \
    X(BORDER, "border", "lines between parts")                                                     \
    X(SELECTED, "selected", "the line under the cursor")                                           \
    X(SELECTED_CELL, "selected.cell", "the cell under the cursor")                                 \
    X(NUMBER, "number", "counts and measures")                                                     \
    X(TIME, "time", "times")                                                                       \
    X(MISSING, "missing", "a value that is not there")                                             \
    X(BAR, "bar", "bars of the chart")                                                             \
    X(BAR_WORK, "bar.work", "bars while k-means runs")                                             \
    X(BAR_SUSPECT, "bar.suspect", "the bar of a suspicious cluster")                               \
    X(BAR_BENIGN, "bar.benign", "the bar of a cluster marked benign")                              \
    X(SPARK, "spark", "timelines")                                                                 \
    X(WHY, "why", "the sentence that says why")                                                    \
    X(WHY_WORD, "why.word", "its first word: REFUSED, BEACON")                                     \
    X(ADDRESS, "address", "addresses")                                                             \
    X(ADDRESS_1, "address.1", "the commonest repeated address")                                    \
    X(ADDRESS_2, "address.2", "the second")                                                        \
    X(ADDRESS_3, "address.3", "the third")                                                         \
    X(ADDRESS_4, "address.4", "the fourth")                                                        \
    X(ADDRESS_5, "address.5", "the fifth")                                                         \
    X(ADDRESS_6, "address.6", "the sixth")                                                         \
    X(ADDRESS_REST, "address.rest", "any other address that comes back")                           \
    X(STATE_GOOD, "state.good", "a connection that went well")                                     \
    X(STATE_BAD, "state.bad", "a connection that failed")                                          \
    X(SAME, "same", "cells equal to the one asked for")                                            \
    X(HIT, "hit", "what a search found")                                                           \
    X(HIT_HERE, "hit.here", "the hit under the cursor")                                            \
    X(ESCAPE, "escape", "bytes that cannot be shown as themselves")                                \
    X(HELP_KEY, "help.key", "keys on the help screen")

enum look {
#define X(id, name, about) LOOK_##id,
    LOOKS(X)
#undef X
        N_LOOKS
};

/* Added to a role: the same on the line under the cursor (the role's own foreground and attributes
 * on the background of `selected`). */
#define LOOK_ON_SELECTED 0x100u

enum theme_attr {
    THEME_BOLD = 1 << 0,
    THEME_DIM = 1 << 1,
    THEME_UNDERLINE = 1 << 2,
    THEME_REVERSE = 1 << 3,
    THEME_ITALIC = 1 << 4,
    THEME_BLINK = 1 << 5,
};

struct theme_color {
    bool own;     /* the terminal's own; nothing else counts then */
    uint32_t rgb; /* 0xrrggbb */
    uint8_t c256; /* of the xterm palette */
    uint8_t c16;  /* 0..7, 8..15 bright */
};

struct style {
    struct theme_color fg, bg;
    uint8_t attrs; /* enum theme_attr */
};

enum theme_background { THEME_ANY, THEME_DARK, THEME_LIGHT };

struct theme {
    char name[64];
    char about[96]; /* its first line, when that is a comment: "by its author" */
    enum theme_background background;
    struct style style[N_LOOKS]; /* inheritance resolved */
};

/* Parses. Always gives a usable theme; every bad line becomes a notice. */
void theme_parse(struct theme *out, const char *name, const char *path, struct span text,
                 struct notices *notices);

/* Finds and parses. NULL is "default". A name with a `/` is a file; else
 * $XDG_CONFIG_HOME/minnow/themes/NAME.theme (or ~/.config), MINNOW_DATADIR/themes, the built-in
 * one. Errors: ERR_USAGE (unknown: the sentence lists the known ones), ERR_IO; *out is then
 * untouched. */
int theme_load(struct theme *out, const char *name, struct notices *notices,
               struct err *err) WARN_UNUSED;

/* ---- all themes that there are ---- */

#define THEMES_MAX 256 /* files beyond that are left out */

enum theme_place { THEME_OF_FILE, THEME_OF_USER, THEME_INSTALLED, THEME_BUILT_IN };

struct theme_entry {
    char *setting; /* what theme_load takes: a name, or a file with a `/`; owned */
    enum theme_place place;
    char about[sizeof((struct theme *)0)->about];
    enum theme_background background;
};

struct theme_list {
    struct theme_entry entry[THEMES_MAX];
    size_t n;
};

/* Fills the list in the order in which theme_load looks: `file` first, when that is a path (a name
 * or NULL adds nothing), then names by their bytes. Of equal names only the one that theme_load
 * takes is there. Errors: ERR_LIMIT; the list is then empty. */
int theme_list_fill(struct theme_list *out, const char *file, struct err *err) WARN_UNUSED;
void theme_list_release(struct theme_list *list);

const char *look_name(enum look role);  /* "bar.suspect" */
const char *look_about(enum look role); /* what it is for */
bool look_of_name(struct span name, enum look *out);

/* The red, green and blue of a colour of xterm's palette (its defaults for the first 16). */
uint32_t theme_rgb_of_256(uint8_t color);

/* Contrast of two colours as WCAG 2 defines it. Range: 1 to 21. Source:
 * https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio */
double theme_contrast(uint32_t rgb_a, uint32_t rgb_b);

#endif
