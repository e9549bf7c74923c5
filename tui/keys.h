/* Keys and commands: one table gives dispatch, the help screen, the function-key bar and the man
 * page's list.
 *
 * A key is a number of its own, not curses': a Unicode character as itself, control characters as
 * themselves (Ctrl-A is 1), everything else from KEYS_SPECIAL. Nothing here knows curses, so tests
 * and the help view read the same table.
 *
 * To add a command, add a line to COMMANDS and handle it in the views that its mask names. */
#ifndef MINNOW_TUI_KEYS_H
#define MINNOW_TUI_KEYS_H

#include "core/base/span.h"

/* ---- keys ---- */

/* id, name as tables, help and man page write it */
#define SPECIAL_KEYS(X)                                                                            \
    X(UP, "Up")                                                                                    \
    X(DOWN, "Down")                                                                                \
    X(LEFT, "Left")                                                                                \
    X(RIGHT, "Right")                                                                              \
    X(HOME, "Home")                                                                                \
    X(END, "End")                                                                                  \
    X(PAGE_UP, "PgUp")                                                                             \
    X(PAGE_DOWN, "PgDn")                                                                           \
    X(INSERT, "Insert")                                                                            \
    X(DELETE, "Delete")                                                                            \
    X(ENTER, "Enter")                                                                              \
    X(ESCAPE, "Esc")                                                                               \
    X(BACKSPACE, "Backspace")                                                                      \
    X(TAB, "Tab")                                                                                  \
    X(BACKTAB, "Shift-Tab")                                                                        \
    X(PASTE_BEGIN, "paste-begin")                                                                  \
    X(PASTE_END, "paste-end")                                                                      \
    X(MOUSE, "mouse")                                                                              \
    X(RESIZE, "resize")                                                                            \
    X(F1, "F1")                                                                                    \
    X(F2, "F2")                                                                                    \
    X(F3, "F3")                                                                                    \
    X(F4, "F4")                                                                                    \
    X(F5, "F5")                                                                                    \
    X(F6, "F6")                                                                                    \
    X(F7, "F7")                                                                                    \
    X(F8, "F8")                                                                                    \
    X(F9, "F9")                                                                                    \
    X(F10, "F10")                                                                                  \
    X(F11, "F11")                                                                                  \
    X(F12, "F12")

#define KEYS_SPECIAL 0x110000u /* beyond Unicode */

enum key {
    KEYS_BEFORE_FIRST = KEYS_SPECIAL - 1,
#define X(id, name) KEYS_##id,
    SPECIAL_KEYS(X)
#undef X
        KEYS_END_OF_LIST
};

#define KEYS_CTRL(c) ((uint32_t)((c)&0x1f))

/* The key that a name means: "Enter", "Space", "Ctrl-L", "F1", "g", "*". 0 for anything else. */
uint32_t key_of_name(struct span name);

/* The name of a key as text; `out` needs 16 bytes. A character is its own name; what cannot be
 * shown is
 * "?". */
const char *key_text(uint32_t key, char *out, size_t size);

/* ---- commands ---- */

enum where {
    IN_CLUSTERS = 1 << 0,
    IN_ROWS = 1 << 1,
    IN_ROW = 1 << 2,
    IN_ADDRESS = 1 << 3,
    IN_REPEATS = 1 << 4,
    IN_HELP = 1 << 5,
    IN_CHOICE = 1 << 6,
    IN_MEMBERS = 1 << 7,
    IN_LADDER = 1 << 8,
    IN_FEATURES = 1 << 9,
    IN_COLUMNS = 1 << 10,
    IN_COMMANDS = 1 << 11,
    IN_HEAT = 1 << 13,
    IN_HISTOGRAM = 1 << 14,
    IN_TIMELINE = 1 << 15,
    IN_SCATTER = 1 << 16,
    IN_FILES = 1 << 12,
    IN_THEMES = 1 << 17,
    IN_CHARTS = IN_HEAT | IN_HISTOGRAM | IN_TIMELINE | IN_SCATTER,
    IN_PLACES = IN_CLUSTERS | IN_ROWS | IN_ROW | IN_ADDRESS | IN_MEMBERS | IN_REPEATS | IN_FILES |
                IN_CHARTS,
    IN_SCREENS = IN_PLACES | IN_HELP | IN_LADDER | IN_FEATURES | IN_COLUMNS,
    IN_LISTS = IN_SCREENS | IN_CHOICE | IN_COMMANDS | IN_THEMES,
};

/* id, keys (names, blanks between), views, label in the function-key bar ("" for none), help
 * sentence. The order is the bar's and the help screen's. A view sees only commands of its mask;
 * two commands of one view share no key. */
#define COMMANDS(X)                                                                                \
    X(HELP, "F1 ?", IN_LISTS, "help", "help for this screen")                                      \
    X(OPEN, "Enter",                                                                               \
      IN_CLUSTERS | IN_ROWS | IN_ROW | IN_ADDRESS | IN_REPEATS | IN_CHOICE | IN_MEMBERS |          \
          IN_LADDER | IN_FILES | IN_CHARTS,                                                        \
      "open", "open what is selected: a cluster's rows, a row's fields, an address's card")        \
    X(EXPORT, "e", IN_CLUSTERS | IN_ROWS, "export",                                                \
      "write these rows: CSV, Zeek TSV or JSON lines")                                             \
    X(EXPORT_ALL, "E", IN_CLUSTERS, "", "write every row, with its cluster and distance")          \
    X(CHOOSE, "1 2 3 4 5 6 7 8 9", IN_CHOICE, "choose", "the line with this number")               \
    X(ZOOM, "z", IN_CLUSTERS, "zoom", "cluster only the rows of this cluster; q leads back")       \
    X(EXCLUDE, "x", IN_CLUSTERS, "exclude",                                                        \
      "leave out this cluster, its protocol, source or pair, or take one back; and run again")     \
    X(OPINION, "b", IN_CLUSTERS | IN_ROWS | IN_ROW | IN_ADDRESS, "",                               \
      "call its pair or one of its addresses benign or suspect, in the file of verdicts")          \
    X(FEATURES, "f", IN_CLUSTERS, "features",                                                      \
      "the recipe: see its features, change them, and run again")                                  \
    X(MORE, "+", IN_CLUSTERS, "more", "one cluster more, and run again")                           \
    X(LESS, "-", IN_CLUSTERS, "fewer", "one cluster less, and run again")                          \
    X(SCALE, "L", IN_CLUSTERS | IN_HISTOGRAM | IN_TIMELINE, "log/linear",                          \
      "bars on a logarithmic or a linear scale")                                                   \
    X(ORDER, "s", IN_CLUSTERS, "order", "order by suspicion or by size")                           \
    X(CHART, "v", IN_CLUSTERS | IN_CHARTS, "chart",                                                \
      "charts in turn: heat map, histograms, timeline, scatter plot")                              \
    X(STRETCH, "Space", IN_SCATTER, "stretch", "arrows stretch the brush, or move it again")       \
    X(GROW, "+", IN_SCATTER, "bigger", "a bigger brush")                                           \
    X(SHRINK, "-", IN_SCATTER, "", "a smaller brush")                                              \
    X(OTHER, "Tab", IN_HEAT | IN_TIMELINE | IN_SCATTER, "other",                                   \
      "another column (heat map); rows or bytes (timeline); rows of all clusters or this one "     \
      "(brush)")                                                                                   \
    X(ZOOM_IN, "+", IN_TIMELINE, "zoom in", "shorter buckets")                                     \
    X(ZOOM_OUT, "-", IN_TIMELINE, "zoom out", "longer buckets")                                    \
    X(EARLIER, "<", IN_TIMELINE, "", "half a screen back in time")                                 \
    X(LATER, ">", IN_TIMELINE, "", "half a screen on in time")                                     \
    X(CLUSTER_NEXT, "J", IN_HISTOGRAM | IN_SCATTER, "cluster", "the next cluster")                 \
    X(CLUSTER_PREVIOUS, "K", IN_HISTOGRAM | IN_SCATTER, "", "the cluster before")                  \
    X(LADDER, "K", IN_CLUSTERS, "", "what other numbers of clusters would give")                   \
    X(CHOOSE_UNIT, "U", IN_CLUSTERS, "",                                                           \
      "another unit (connections, pairs, hosts), and run again")                                   \
    X(FILES, "F", IN_CLUSTERS, "", "the files that were read, and why others were not")            \
    X(RERUN, "r", IN_CLUSTERS, "run again", "cluster again")                                       \
    X(RUN, "r Enter", IN_FEATURES, "run", "cluster with what stands here")                         \
    X(SWITCH, "Space", IN_FEATURES, "on/off",                                                      \
      "switch this feature on or off; one that is offered, on")                                    \
    X(HEAVIER, "+ >", IN_FEATURES, "weigh", "double this feature's weight")                        \
    X(LIGHTER, "- <", IN_FEATURES, "", "halve this feature's weight")                              \
    X(ADD, "a", IN_FEATURES, "add", "add features, written as in --features")                      \
    X(REMOVE, "d Delete", IN_FEATURES, "", "remove this feature")                                  \
    X(WHERE, "w", IN_FEATURES, "where", "which rows take part: an expression as in --where")       \
    X(UNIT, "u", IN_FEATURES, "", "cluster connections, pairs or hosts")                           \
    X(SET_K, "K", IN_FEATURES, "", "the number of clusters")                                       \
    X(SAVE, "S", IN_FEATURES, "save", "save as a recipe of your own, for -r")                      \
    X(RECIPE, "R", IN_FEATURES, "recipe", "take another recipe, built in or your own")             \
    X(LOOK_UP, "/ F3", IN_CLUSTERS, "find",                                                        \
      "an address opens its card; any other text is found in the sentences")                       \
    X(FIND, "/ F3",                                                                                \
      IN_ROWS | IN_ROW | IN_ADDRESS | IN_REPEATS | IN_HELP | IN_MEMBERS | IN_FILES | IN_COLUMNS,   \
      "find", "find a text; without a capital letter case does not matter")                        \
    X(FIND_NEXT, "n",                                                                              \
      IN_CLUSTERS | IN_ROWS | IN_ROW | IN_ADDRESS | IN_REPEATS | IN_HELP | IN_MEMBERS | IN_FILES | \
          IN_COLUMNS,                                                                              \
      "", "next hit")                                                                              \
    X(FIND_PREVIOUS, "N",                                                                          \
      IN_CLUSTERS | IN_ROWS | IN_ROW | IN_ADDRESS | IN_REPEATS | IN_HELP | IN_MEMBERS | IN_FILES | \
          IN_COLUMNS,                                                                              \
      "", "previous hit")                                                                          \
    X(SORT, "s F6", IN_ROWS, "sort", "sort by this column; again for the other direction")         \
    X(COLUMNS, "c", IN_ROWS, "columns", "choose which columns are shown, and in what order")       \
    X(TAKE, "Enter", IN_COLUMNS, "take", "show these columns, in every list of rows")              \
    X(SHOW, "Space", IN_COLUMNS, "show", "show this column, or not")                               \
    X(COLUMN_UP, "K", IN_COLUMNS, "up", "move this column up: to the left among the rows")         \
    X(COLUMN_DOWN, "J", IN_COLUMNS, "down", "move this column down: to the right")                 \
    X(SHOW_ALL, "a", IN_COLUMNS, "all", "show all of them; again, only this one")                  \
    X(AS_THEY_COME, "d", IN_COLUMNS, "as at first", "order and widths as they were at first")      \
    X(NARROWER, "<", IN_ROWS, "",                                                                  \
      "this column narrower; addresses only as far as all of them still look different")           \
    X(WIDER, ">", IN_ROWS, "", "this column wider")                                                \
    X(WRAP, "w", IN_ROWS, "", "long values wrap within their column, or are cut")                  \
    X(FREEZE, "F", IN_ROWS, "",                                                                    \
      "the columns up to this one stay when others scroll; again, as at first")                    \
    X(REPEATS, "R", IN_ROWS, "repeats", "the addresses that come back, with their counts")         \
    X(SAME, "*", IN_ROWS, "same",                                                                  \
      "highlight and count every cell equal to this one, or stop; n and N go through them")        \
    X(MARK, "Space", IN_ROWS, "mark",                                                              \
      "mark this row, or take its mark away; e then offers the marked rows")                       \
    X(MARK_ALL, "M", IN_ROWS, "", "mark all rows shown; when all are, take their marks away")      \
    X(UNMARK, "U", IN_ROWS, "", "take all marks away")                                             \
    X(FILTER, "& F4", IN_ROWS, "filter",                                                           \
      "keep the rows that pass, as you type: src:10.0.0.0/8 port:445 state:S0 -proto:icmp text")   \
    X(KEEP, "=", IN_ROWS, "", "only rows with this value in this column")                          \
    X(DROP, "!", IN_ROWS, "", "no rows with this value in this column")                            \
    X(UNFILTER, "\\", IN_ROWS, "", "all rows again")                                               \
    X(UNDO, "u", IN_ROWS, "", "take back the last filter, sort, or change of columns")             \
    X(ADDRESS, "a", IN_ROWS | IN_ROW | IN_REPEATS | IN_MEMBERS, "address",                         \
      "the card of this address: which machine is it, and to whom does it connect")                \
    X(COPY, "y",                                                                                   \
      IN_CLUSTERS | IN_ROWS | IN_ROW | IN_ADDRESS | IN_REPEATS | IN_MEMBERS | IN_FILES |           \
          IN_CHARTS,                                                                               \
      "copy",                                                                                      \
      "copy what is selected: a cell, a field, an address, a path; a cluster's sentence and the "  \
      "command that gives it again")                                                               \
    X(COPY_ROW, "Y", IN_ROWS | IN_ROW, "", "copy the whole row, as the log wrote it")              \
    X(CARD_ORDER, "s F6", IN_ADDRESS, "order",                                                     \
      "peers by rows, bytes sent, bytes received, failures, rhythm, last seen")                    \
    X(ADDRESS_ROWS, "r", IN_ADDRESS, "rows", "every row of this address, in either direction")     \
    X(WRITE_LIST, "e", IN_REPEATS, "write", "write these addresses to a file, one a line")         \
    X(ROW_NEXT, "J", IN_ROW, "next", "the next row of the list")                                   \
    X(ROW_PREVIOUS, "K", IN_ROW, "previous", "the previous row of the list")                       \
    X(KEEP_THEME, "Enter Space", IN_THEMES, "keep", "keep this theme; Ctrl-S saves it, too")       \
    X(UP, "Up k", IN_LISTS, "", "up")                                                              \
    X(DOWN, "Down j", IN_LISTS, "", "down")                                                        \
    X(LEFT, "Left h", IN_LISTS, "", "left: a column, or a part of the text")                       \
    X(RIGHT, "Right l", IN_LISTS, "", "right: a column, or a part of the text")                    \
    X(PAGE_UP, "PgUp", IN_LISTS, "", "a page up")                                                  \
    X(PAGE_DOWN, "PgDn", IN_LISTS, "", "a page down")                                              \
    X(HALF_UP, "Ctrl-U", IN_LISTS, "", "half a page up")                                           \
    X(HALF_DOWN, "Ctrl-D", IN_LISTS, "", "half a page down")                                       \
    X(FIRST, "g Home", IN_LISTS, "", "the first line")                                             \
    X(LAST, "G End", IN_LISTS, "", "the last line")                                                \
    X(COMMANDS, ": F2", IN_LISTS, "commands", "every command of this screen, by its name")         \
    X(COLOR_THEMES, "T", IN_SCREENS, "",                                                           \
      "another theme: the colours of the screen, shown as you choose")                             \
    X(TIME, "t", IN_LISTS, "", "times as UTC, in the zone of --tz, or as epoch seconds")           \
    X(SAVE_SETTINGS, "Ctrl-S", IN_LISTS, "",                                                       \
      "save settings as they are now: theme, colour, times, zone, bars, order, columns, mouse")    \
    X(ESCAPE, "Esc", IN_LISTS, "", "cancel: a prompt, a search, a highlight; never leaves")        \
    X(CANCEL, "Ctrl-C", IN_LISTS, "", "stop the running job")                                      \
    X(REDRAW, "Ctrl-L", IN_LISTS, "", "draw the whole screen again")                               \
    X(SUSPEND, "Ctrl-Z", IN_LISTS, "", "put minnow to sleep; fg wakes it")                         \
    X(GO_BACK, "[", IN_PLACES, "", "back to what was looked at before, as it was left")            \
    X(GO_FORWARD, "]", IN_PLACES, "", "forward again, after [")                                    \
    X(BACK, "q", IN_LISTS, "back", "one step back; on the first screen, quit")                     \
    X(QUIT, "Q F10", IN_LISTS, "", "quit")

enum command {
    CMD_NONE,
#define X(id, keys, where, label, help) CMD_##id,
    COMMANDS(X)
#undef X
        N_COMMANDS
};

struct command_info {
    enum command command;
    const char *name;  /* "FIND_NEXT" */
    const char *keys;  /* "/ F3" */
    uint32_t where;    /* enum where */
    const char *label; /* "" for none */
    const char *help;
};

/* The n-th command in table order, n from 0; NULL after the last. */
const struct command_info *command_at(size_t n);
const struct command_info *command_info(enum command command);

/* What a key does in a view: CMD_NONE when nothing. */
enum command command_of_key(uint32_t key, uint32_t where);

/* Takes the next name off a list of keys; false at its end. */
bool keys_next(struct span *rest, struct span *name);

/* The first name in a list of keys: "/" of "/ F3". */
struct span command_first_key(const struct command_info *info);

#endif
