/* Layouts of columns; see col_layout.h. Lists are short, so names are looked for one after another. */
#include "tui/model/col_layout.h"

#include <string.h>

#include "core/base/mem.h"

static void release_columns(struct col_wish *column, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mem_free(column[i].name);
    mem_free(column);
}

const struct col_layout *col_layout_ref(const struct col_layout *l)
{
    if (l != NULL)
        ((struct col_layout *)l)->refs++;
    return l;
}

void col_layout_unref(const struct col_layout *l)
{
    struct col_layout *own = (struct col_layout *)l;
    if (own == NULL || --own->refs > 0)
        return;
    release_columns(own->shown, own->n_shown);
    release_columns(own->width, own->n_widths);
    mem_free(own);
}

static int add_shown(struct col_wish **list, size_t *n, size_t *cap, const char *name, size_t len)
{
    void *array = *list;
    char *copy = mem_copy(name, len);
    if (copy == NULL || mem_grow(&array, cap, *n + 1, sizeof **list) != 0) {
        mem_free(copy);
        return -1;
    }
    *list = array;
    (*list)[(*n)++] = (struct col_wish){copy, 0};
    return 0;
}

int col_layout_show(struct col_layout *l, const char *const *name, size_t n, struct err *err)
{
    struct col_wish *list = NULL;
    size_t done = 0, cap = 0;
    for (size_t i = 0; i < n; i++)
        if (add_shown(&list, &done, &cap, name[i], strlen(name[i])) != 0) {
            release_columns(list, done);
            return err_memory(err, "the choice of columns");
        }
    release_columns(l->shown, l->n_shown);
    l->shown = list;
    l->n_shown = n;
    return 0;
}

static struct col_wish *width_of(const struct col_layout *l, const char *name)
{
    for (size_t i = 0; l != NULL && i < l->n_widths; i++)
        if (strcmp(l->width[i].name, name) == 0)
            return &l->width[i];
    return NULL;
}

uint32_t col_layout_width(const struct col_layout *l, const char *name)
{
    const struct col_wish *w = width_of(l, name);
    return w == NULL ? 0 : w->cols;
}

int col_layout_set_width(struct col_layout *l, const char *name, uint32_t cols, struct err *err)
{
    struct col_wish *w = width_of(l, name);
    if (cols > COL_LAYOUT_MOST)
        cols = COL_LAYOUT_MOST;
    if (w == NULL && cols == 0)
        return 0;
    if (w == NULL) {
        if (add_shown(&l->width, &l->n_widths, &l->cap_widths, name, strlen(name)) != 0)
            return err_memory(err, "the widths of the columns");
        w = &l->width[l->n_widths - 1];
    }
    w->cols = cols;
    if (cols == 0) {
        mem_free(w->name);
        *w = l->width[--l->n_widths];
    }
    return 0;
}

void col_layout_drop_widths(struct col_layout *l)
{
    release_columns(l->width, l->n_widths);
    l->width = NULL;
    l->n_widths = l->cap_widths = 0;
}

struct col_layout *col_layout_copy(const struct col_layout *l, struct err *err)
{
    struct col_layout *copy = mem_zalloc(1, sizeof *copy);
    size_t cap = 0;
    if (copy == NULL)
        goto fail;
    copy->refs = 1;
    copy->frozen = l == NULL ? -1 : l->frozen;
    copy->wrap = l != NULL && l->wrap;
    for (size_t i = 0; l != NULL && i < l->n_shown; i++)
        if (add_shown(&copy->shown, &copy->n_shown, &cap, l->shown[i].name,
                      strlen(l->shown[i].name)) != 0)
            goto fail;
    for (size_t i = 0; l != NULL && i < l->n_widths; i++)
        if (col_layout_set_width(copy, l->width[i].name, l->width[i].cols, err) != 0)
            goto out;
    return copy;
fail:
    (void)err_memory(err, "the choice of columns");
out:
    col_layout_unref(copy);
    return NULL;
}

/* ---- comparing ---- */

static bool is_plain(const struct col_layout *l)
{
    return l == NULL || (l->n_shown == 0 && l->n_widths == 0 && l->frozen < 0 && !l->wrap);
}

bool col_layout_same(const struct col_layout *a, const struct col_layout *b)
{
    if (a == b || (is_plain(a) && is_plain(b)))
        return true;
    if (a == NULL || b == NULL || a->n_shown != b->n_shown || a->n_widths != b->n_widths ||
        a->frozen != b->frozen || a->wrap != b->wrap)
        return false;
    for (size_t i = 0; i < a->n_shown; i++)
        if (strcmp(a->shown[i].name, b->shown[i].name) != 0)
            return false;
    for (size_t i = 0; i < a->n_widths; i++)
        if (col_layout_width(b, a->width[i].name) != a->width[i].cols)
            return false;
    return true;
}

/* ---- text ---- */

static bool stands_alone(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

static void write_name(struct buf *out, const char *name)
{
    bool plain = name[0] != '\0';
    for (const char *c = name; *c != '\0'; c++)
        plain = plain && stands_alone(*c);
    if (plain) {
        buf_add_text(out, name);
        return;
    }
    buf_add_char(out, '"');
    for (const char *c = name; *c != '\0'; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte < ' ' || byte == 0x7f)
            buf_printf(out, "\\x%02x", byte);
        else if (*c == '"' || *c == '\\')
            buf_printf(out, "\\%c", *c);
        else
            buf_add_char(out, *c);
    }
    buf_add_char(out, '"');
}

static void write_word(struct buf *out, const char *word)
{
    buf_printf(out, "%s%s", out->len > 0 ? " " : "", word);
}

void col_layout_write(struct buf *out, const struct col_layout *l)
{
    if (l == NULL)
        return;
    for (size_t i = 0; i < l->n_shown; i++) {
        write_word(out, "show:");
        write_name(out, l->shown[i].name);
    }
    for (size_t i = 0; i < l->n_widths; i++) {
        write_word(out, "width:");
        write_name(out, l->width[i].name);
        buf_printf(out, "=%u", l->width[i].cols);
    }
    if (l->frozen >= 0) {
        write_word(out, "freeze:");
        buf_printf(out, "%d", l->frozen);
    }
    if (l->wrap)
        write_word(out, "wrap");
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take(struct span *rest, const char *what)
{
    size_t n = strlen(what);
    if (!span_starts(*rest, what))
        return false;
    *rest = span_make(rest->ptr + n, rest->len - n);
    return true;
}

/* What a backslash stands for; `rest` begins behind it. -1 for nothing. */
static int take_escape(struct span *rest)
{
    int high, low;
    if (take(rest, "\""))
        return '"';
    if (take(rest, "\\"))
        return '\\';
    if (rest->len < 3 || rest->ptr[0] != 'x')
        return -1;
    high = hex_digit(rest->ptr[1]);
    low = hex_digit(rest->ptr[2]);
    *rest = span_make(rest->ptr + 3, rest->len - 3);
    return high < 0 || low < 0 || high * 16 + low == 0 ? -1 : high * 16 + low;
}

/* Takes a name off the front, in quotes or not. False when there is none. */
static bool take_name(struct span *rest, struct buf *name)
{
    buf_clear(name);
    if (!take(rest, "\"")) {
        size_t n = 0;
        while (n < rest->len && stands_alone(rest->ptr[n]))
            n++;
        buf_add(name, rest->ptr, n);
        *rest = span_make(rest->ptr + n, rest->len - n);
        return n > 0;
    }
    if (rest->len == 0)
        return false;
    while (!take(rest, "\"")) {
        char c = rest->ptr[0];
        int escaped = 0;
        *rest = span_make(rest->ptr + 1, rest->len - 1);
        if (c == '\0' || (c == '\\' && (escaped = take_escape(rest)) < 0))
            return false;
        buf_add_char(name, c == '\\' ? (char)escaped : c);
        if (rest->len == 0)
            return false;
    }
    return true;
}

static bool take_number(struct span *rest, uint32_t most, uint32_t *out)
{
    size_t n = 0;
    *out = 0;
    while (n < rest->len && rest->ptr[n] >= '0' && rest->ptr[n] <= '9' && *out <= most)
        *out = *out * 10 + (uint32_t)(rest->ptr[n++] - '0');
    *rest = span_make(rest->ptr + n, rest->len - n);
    return n > 0 && *out <= most;
}

/* Takes a word off the front. 0, 1 for a word that is none, -1 with an error. */
static int take_word(struct col_layout *l, struct span *rest, size_t *cap, struct buf *name,
                     struct err *err)
{
    uint32_t number;
    if (take(rest, "show:")) {
        if (!take_name(rest, name))
            return 1;
        if (name->failed || add_shown(&l->shown, &l->n_shown, cap, buf_text(name), name->len) != 0)
            return err_memory(err, "the choice of columns");
        return 0;
    }
    if (take(rest, "width:")) {
        if (!take_name(rest, name) || !take(rest, "=") ||
            !take_number(rest, COL_LAYOUT_MOST, &number) || number == 0)
            return 1;
        return name->failed ? err_memory(err, "the choice of columns")
                            : col_layout_set_width(l, buf_text(name), number, err);
    }
    if (take(rest, "freeze:")) {
        if (!take_number(rest, 1000, &number))
            return 1;
        l->frozen = (int)number;
        return 0;
    }
    if (!take(rest, "wrap"))
        return 1;
    l->wrap = true;
    return 0;
}

int col_layout_parse(const struct col_layout **out, struct span text, struct err *err)
{
    struct col_layout *l = col_layout_copy(NULL, err);
    struct span rest = span_trim(text), word = rest;
    struct buf name = BUF_INIT;
    size_t cap = 0;
    int rc = l == NULL ? -1 : 0;
    while (rc == 0 && rest.len > 0) {
        word = rest;
        rc = take_word(l, &rest, &cap, &name, err);
        if (rc == 0 && rest.len > 0 && rest.ptr[0] != ' ')
            rc = 1;
        rest = span_trim(rest);
    }
    buf_release(&name);
    if (rc == 1)
        rc = err_set(err, ERR_DATA, "no layout of columns: '%.*s'",
                     (int)(word.len > 80 ? 80 : word.len), word.ptr);
    if (rc == 0)
        *out = l;
    else
        col_layout_unref(l);
    return rc == 0 ? 0 : -1;
}
