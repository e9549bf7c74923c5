/* The user's settings; see settings.h. */
#include "tui/settings.h"

#include <limits.h>
#include <sys/stat.h>

#include "core/base/buf.h"
#include "core/base/closest.h"
#include "core/base/config.h"
#include "core/base/slurp.h"
#include "core/export/outfile.h"
#include "tui/model/col_layout.h"
#include "tui/theme.h"

static const struct {
    const char *key, *values;
} table[N_SETTINGS] = {
#define X(id, key, values, about) {key, values},
    SETTINGS(X)
#undef X
};

const char *setting_key(enum setting which)
{
    return table[which].key;
}

void settings_init(struct settings *s)
{
    *s = (struct settings){.color = COLOR_AUTO, .session = true};
}

/* ---- values ---- */

/* The n-th of the words between bars; false after the last. */
static bool word_at(const char *list, unsigned n, struct span *out)
{
    for (; n > 0; n--) {
        list = strchr(list, '|');
        if (list == NULL)
            return false;
        list++;
    }
    *out = span_make(list, strcspn(list, "|"));
    return true;
}

/* "utc, local, epoch" */
static void add_words(char *out, size_t size, const char *list)
{
    size_t n = 0;
    struct span word;
    out[0] = '\0';
    for (unsigned i = 0; word_at(list, i, &word) && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%.*s", i > 0 ? ", " : "", (int)word.len,
                              word.ptr);
}

static int choose(enum setting which, struct span value, unsigned *out, struct err *err)
{
    struct closest c = closest_to(value);
    struct span word;
    char list[128], hint[CLOSEST_HINT];
    for (*out = 0; word_at(table[which].values, *out, &word); (*out)++)
        if (span_eq(word, value))
            return 0;
        else
            closest_try(&c, word);
    add_words(list, sizeof list, table[which].values);
    return err_set(err, ERR_USAGE, "'%.*s' is none of: %s%s", value.len > 60 ? 60 : (int)value.len,
                   value.ptr, list, closest_hint(&c, hint));
}

static int take_text(char *out, size_t size, struct span value, struct err *err)
{
    if (value.len == 0 || value.len >= size || memchr(value.ptr, '\0', value.len) != NULL)
        return err_set(err, ERR_USAGE, "a text of 1 to %zu bytes is expected", size - 1);
    memcpy(out, value.ptr, value.len);
    out[value.len] = '\0';
    return 0;
}

static int set_theme(struct settings *s, struct span value, struct err *err)
{
    struct notices ignored = {.n = 0}; /* said when it is used */
    struct theme theme;
    char name[sizeof s->theme], whole[PATH_MAX];
    int rc = take_text(name, sizeof name, value, err);
    if (rc == 0)
        rc = theme_load(&theme, name, &ignored, err);
    if (rc == 0 && strchr(name, '/') != NULL && realpath(name, whole) != NULL &&
        strlen(whole) < sizeof name)
        memcpy(name, whole, strlen(whole) + 1); /* as a setting it holds in every folder */
    if (rc == 0)
        memcpy(s->theme, name, sizeof name);
    notices_release(&ignored);
    return rc;
}

static int set_zone(struct settings *s, struct span value, struct err *err)
{
    char name[sizeof s->tz];
    if (take_text(name, sizeof name, value, err) != 0 || time_zone_check(name, err) != 0)
        return -1;
    memcpy(s->tz, name, sizeof name);
    return 0;
}

static int set_columns(struct settings *s, struct span value, struct err *err)
{
    const struct col_layout *layout = NULL;
    struct buf text = BUF_INIT; /* as it is written, with nothing in it that ends a line */
    int rc = 0;
    if (col_layout_parse(&layout, value, err) != 0)
        return -1;
    col_layout_write(&text, layout);
    if (text.failed)
        rc = err_memory(err, "the columns");
    else if (text.len == 0)
        s->layout[0] = '\0';
    else
        rc = take_text(s->layout, sizeof s->layout, buf_span(&text), err);
    buf_release(&text);
    col_layout_unref(layout);
    return rc;
}

int settings_set(struct settings *s, enum setting which, struct span value, struct err *err)
{
    unsigned n = 0;
    if (which == SETTING_COLUMNS)
        return set_columns(s, value, err);
    if (which == SETTING_THEME)
        return set_theme(s, value, err);
    if (which == SETTING_TZ)
        return set_zone(s, value, err);
    if (choose(which, value, &n, err) != 0)
        return -1;
    switch (which) {
    case SETTING_COLOR:
        s->color = (enum color_when)n;
        break;
    case SETTING_TIME:
        s->time = (enum time_style)n;
        break;
    case SETTING_BARS:
        s->bars = (enum bar_scale)n;
        break;
    case SETTING_MOUSE:
        s->mouse = n == 0;
        break;
    case SETTING_SESSION:
        s->session = n == 0;
        break;
    default:
        s->order = (enum line_order)n;
        break;
    }
    return 0;
}

static struct span word_of(const struct settings *s, enum setting which)
{
    struct span word = span_of("");
    unsigned n = which == SETTING_COLOR     ? (unsigned)s->color
                 : which == SETTING_TIME    ? (unsigned)s->time
                 : which == SETTING_BARS    ? (unsigned)s->bars
                 : which == SETTING_SESSION ? !s->session
                 : which == SETTING_MOUSE   ? !s->mouse
                                            : (unsigned)s->order;
    if (which == SETTING_THEME)
        return span_of(s->theme[0] == '\0' ? "default" : s->theme);
    if (which == SETTING_COLUMNS)
        return span_of(s->layout);
    if (which == SETTING_TZ)
        return span_of(s->tz[0] == '\0' ? "UTC" : s->tz);
    (void)word_at(table[which].values, n, &word);
    return word;
}

/* ---- lines ---- */

/* Splits `key = value`; false for a blank line, a comment, or one without `=`. */
static bool split(struct span line, struct span *key, struct span *value)
{
    const char *equals;
    line = span_trim(line);
    equals = line.len == 0 || line.ptr[0] == '#' ? NULL : memchr(line.ptr, '=', line.len);
    if (equals == NULL)
        return false;
    *key = span_trim(span_make(line.ptr, (size_t)(equals - line.ptr)));
    *value = span_trim(span_make(equals + 1, line.len - (size_t)(equals + 1 - line.ptr)));
    return true;
}

/* N_SETTINGS for none. */
static enum setting find(struct span key)
{
    unsigned i = 0;
    while (i < N_SETTINGS && !span_is(key, table[i].key))
        i++;
    return (enum setting)i;
}

/* The name that is meant, or else all that there are. */
static void unknown(const char *path, unsigned line, struct span key, struct notices *notices)
{
    struct closest c = closest_to(key);
    struct buf known = BUF_INIT;
    char hint[CLOSEST_HINT];
    for (unsigned i = 0; i < N_SETTINGS; i++) {
        buf_printf(&known, "%s%s", i > 0 ? ", " : " (there are: ", table[i].key);
        closest_try(&c, span_of(table[i].key));
    }
    buf_add_char(&known, ')');
    notices_add(notices, "%s:%u: no setting is called '%.*s'%s", path, line,
                key.len > 40 ? 40 : (int)key.len, key.ptr,
                c.best.len > 0 ? closest_hint(&c, hint) : buf_text(&known));
    buf_release(&known);
}

/* A theme's file is found from everywhere. */
static bool is_lost(enum setting which, struct span value)
{
    return which == SETTING_THEME && value.len > 0 && value.ptr[0] != '/' &&
           memchr(value.ptr, '/', value.len) != NULL;
}

void settings_parse(struct settings *s, const char *path, struct span text, struct notices *notices)
{
    unsigned line[N_SETTINGS] = {0}, n = 0;
    struct span rest, key, value;
    if (span_starts(text, "\xef\xbb\xbf"))
        text = span_make(text.ptr + 3, text.len - 3);
    while (span_line(&text, &rest)) {
        struct err err = ERR_INIT;
        enum setting which;
        n++;
        rest = span_trim(rest);
        if (rest.len == 0 || rest.ptr[0] == '#')
            continue;
        if (!split(rest, &key, &value)) {
            notices_add(notices, "%s:%u: expected KEY = VALUE, found '%.*s'", path, n,
                        rest.len > 40 ? 40 : (int)rest.len, rest.ptr);
            continue;
        }
        which = find(key);
        if (which == N_SETTINGS)
            unknown(path, n, key, notices);
        else if (line[which] != 0)
            notices_add(notices, "%s:%u: %s stands there again; line %u counts", path, n,
                        table[which].key, line[which]);
        else if (is_lost(which, value))
            notices_add(notices, "%s:%u: theme: the file's whole path is needed, from / on", path,
                        n);
        else if (settings_set(s, which, value, &err) != 0)
            notices_add(notices, "%s:%u: %s: %s", path, n, table[which].key, err.text);
        if (which != N_SETTINGS && line[which] == 0)
            line[which] = n;
    }
}

/* ---- writing ---- */

/* A theme may be in a file whose name no line can say. */
static bool can_say(struct span word)
{
    for (size_t i = 0; i < word.len; i++)
        if ((unsigned char)word.ptr[i] < ' ')
            return false;
    return true;
}

static void add_line(const struct settings *s, enum setting which, struct buf *out)
{
    struct span word = word_of(s, which);
    buf_printf(out, "%s = %.*s\n", table[which].key, (int)word.len, word.ptr);
}

void settings_write(const struct settings *s, struct span old, struct buf *out)
{
    bool there[N_SETTINGS] = {false};
    struct settings plain;
    struct span line, key, value;
    settings_init(&plain);
    while (span_line(&old, &line)) {
        enum setting which = split(line, &key, &value) ? find(key) : N_SETTINGS;
        if (which == N_SETTINGS || there[which] || !can_say(word_of(s, which))) {
            buf_add_span(out, line);
            buf_add_char(out, '\n');
        } else {
            add_line(s, which, out);
            there[which] = true;
        }
    }
    for (unsigned i = 0; i < N_SETTINGS; i++)
        if (!there[i] && can_say(word_of(s, (enum setting)i)) &&
            !span_eq(word_of(s, (enum setting)i), word_of(&plain, (enum setting)i)))
            add_line(s, (enum setting)i, out);
}

/* ---- the file ---- */

/* 1 when it is not there; what is no plain file is left alone. */
static int read_file(const char *path, struct buf *out, struct err *err)
{
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return err_at(err, ERR_IO, path, 0, "is no plain file");
    buf_init(out, SETTINGS_MAX_BYTES);
    return slurp(path, "the settings", out, err);
}

void settings_load(struct settings *s, struct notices *notices)
{
    char path[4096];
    struct buf text = BUF_INIT;
    struct err err = ERR_INIT;
    int rc;
    if (!config_path("config", path, sizeof path))
        return;
    rc = read_file(path, &text, &err);
    if (rc == 0)
        settings_parse(s, path, buf_span(&text), notices);
    else if (rc < 0)
        notices_add(notices, "settings are not used: %s", err.text);
    buf_release(&text);
}

static int put(const char *path, const struct buf *text, struct err *err)
{
    struct stat st;
    bool is_file = lstat(path, &st) == 0;
    struct outfile *f;
    if (is_file && !S_ISREG(st.st_mode))
        return err_at(err, ERR_IO, path, 0, "not written: it exists, and is no plain file");
    f = outfile_open(path, true, NULL, 0, NULL, err);
    if (f == NULL)
        return -1;
    if ((is_file && outfile_set_mode(f, st.st_mode & 0777, err) != 0) ||
        outfile_write(f, buf_text(text), text->len, err) != 0) {
        outfile_abort(f);
        return -1;
    }
    return outfile_commit(f, err);
}

int settings_save(const struct settings *s, char *path, size_t size, struct err *err)
{
    struct buf old = BUF_INIT, text = BUF_INIT;
    int rc = -1;
    if (!config_path("config", path, size)) {
        (void)err_set(err, ERR_IO,
                      "no folder for settings: neither XDG_CONFIG_HOME nor HOME is a path");
        goto out;
    }
    if (read_file(path, &old, err) < 0)
        goto out;
    settings_write(s, buf_span(&old), &text);
    if (text.failed)
        (void)err_memory(err, "the settings");
    else if (text.len == 0)
        rc = 1;
    else if (config_make_folders(path) != 0)
        (void)err_errno(err, path, "cannot make its folder");
    else
        rc = put(path, &text, err);
out:
    buf_release(&old);
    buf_release(&text);
    return rc;
}
