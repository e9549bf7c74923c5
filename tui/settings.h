/* How things are shown, as the user wants it every day: $XDG_CONFIG_HOME/minnow/config, or
 * ~/.config/minnow/config. See minnow-config(5) for the file.
 *
 * The file counts for the screen alone: a batch run depends on its command line and nothing else.
 * A line with a mistake is noticed with its place and skipped: a setting never keeps minnow from
 * starting. */
#ifndef MINNOW_TUI_SETTINGS_H
#define MINNOW_TUI_SETTINGS_H

#include "core/base/err.h"
#include "core/base/notices.h"
#include "core/base/span.h"
#include "core/base/time.h"
#include "tui/model/barchart.h"

struct buf;

#define SETTINGS_MAX_BYTES ((size_t)64 << 10)

/* id, key, values, what it sets. The order is that of a new file. */
#define SETTINGS(X)                                                                                \
    X(THEME, "theme", "NAME|FILE", "the colours, as --theme; a file by its whole path")            \
    X(COLOR, "color", "auto|always|never", "as --color")                                           \
    X(TIME, "time", "utc|local|epoch", "how times are shown, as --time")                           \
    X(TZ, "tz", "ZONE", "the zone of local times, hours and weekdays, as --tz")                    \
    X(BARS, "bars", "log|linear", "the scale of the bars")                                         \
    X(ORDER, "order", "recipe|suspicion|size", "which cluster stands first")                       \
    X(COLUMNS, "columns", "LAYOUT", "the columns of rows: which, their order and widths")          \
    X(MOUSE, "mouse", "yes|no", "clicks and the wheel, as --mouse and --no-mouse")                 \
    X(SESSION, "session", "yes|no", "whether is kept where a log was left, for --resume")

enum setting {
#define X(id, key, values, about) SETTING_##id,
    SETTINGS(X)
#undef X
        N_SETTINGS
};

enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* The recipe's own order, or one whatever the recipe says. */
enum line_order { LINES_BY_RECIPE, LINES_BY_SUSPICION, LINES_BY_SIZE };

struct settings {
    char theme[1024]; /* "": the default theme */
    enum color_when color;
    enum time_style time;
    char tz[64]; /* "": none is named, so UTC */
    enum bar_scale bars;
    enum line_order order;
    bool mouse, session;
    char layout[4096]; /* as col_layout_write has it; "": as they come */
};

void settings_init(struct settings *s); /* what holds without a file */

/* Sets one by its text, as options and the file have it. Errors: ERR_USAGE: what was expected;
 * ERR_IO for a theme's file that cannot be read. A theme is loaded to see that it is one. */
int settings_set(struct settings *s, enum setting which, struct span value,
                 struct err *err) WARN_UNUSED;

/* Takes what the text says; `path` is for the notices, one for each line with a mistake. Of a key
 * that stands there again the first line counts. */
void settings_parse(struct settings *s, const char *path, struct span text,
                    struct notices *notices);

/* Appends the old text with the values of `s` in its lines; comments and lines that are not
 * understood stay as they are. What has no line and is not as settings_init has it follows. */
void settings_write(const struct settings *s, struct span old, struct buf *out);

/* The user's file; one that is not there says nothing, one that cannot be read is noticed. */
void settings_load(struct settings *s, struct notices *notices);

/* Writes the user's file anew, whole or not at all: a new one with mode 0600, in folders of mode
 * 0700. `path` (4096 bytes) gets its name. 1 when there is nothing to write: all is as by default, and
 * no file says otherwise; none is made then. Errors: ERR_IO, ERR_LIMIT. */
int settings_save(const struct settings *s, char *path, size_t size, struct err *err) WARN_UNUSED;

const char *setting_key(enum setting which);

#endif
