/* The header lines of a Zeek TSV log, and the assumed columns of one without; see format.h and
 * zeek_head.h. */
#include "core/format/zeek_head.h"

#include "core/base/mem.h"
#include "core/io/logname.h"
#include "core/table/addr.h"
#include "core/table/value.h"

/* The conn log of 20 columns (2012 to 2014); later ones have local_resp behind local_orig, then
 * ip_proto at the end. */
static const char *const conn20[] = {
    "ts",         "uid",           "id.orig_h",  "id.orig_p",     "id.resp_h",
    "id.resp_p",  "proto",         "service",    "duration",      "orig_bytes",
    "resp_bytes", "conn_state",    "local_orig", "missed_bytes",  "history",
    "orig_pkts",  "orig_ip_bytes", "resp_pkts",  "resp_ip_bytes", "tunnel_parents"};
#define LOCAL_ORIG_AT 12

static void drop_list(char ***list, size_t *n)
{
    for (size_t i = 0; i < *n; i++)
        mem_free((*list)[i]);
    mem_free(*list);
    *list = NULL;
    *n = 0;
}

static int add_text(char ***list, size_t *n, struct span text, struct err *err)
{
    char **grown = mem_resize(*list, *n + 1, sizeof **list);
    if (grown == NULL)
        return err_memory(err, "the columns");
    *list = grown;
    grown[*n] = mem_copy(text.ptr, text.len);
    if (grown[*n] == NULL)
        return err_memory(err, "the columns");
    ++*n;
    return 0;
}

static int too_many(uint64_t line, struct err *err)
{
    if (line == 0)
        return err_set(err, ERR_DATA, "more than %d columns", SCHEMA_MAX_COLUMNS);
    return err_set(err, ERR_DATA, "line %llu: more than %d columns", (unsigned long long)line,
                   SCHEMA_MAX_COLUMNS);
}

/* Splits a list into texts. `line`: where it is, 0 for an option's. */
static int take_list(char ***list, size_t *n, struct span text, char separator, uint64_t line,
                     struct err *err)
{
    drop_list(list, n);
    for (;;) {
        const char *next = text.len == 0 ? NULL : memchr(text.ptr, separator, text.len);
        size_t len = next == NULL ? text.len : (size_t)(next - text.ptr);
        if (*n == SCHEMA_MAX_COLUMNS)
            return too_many(line, err);
        if (add_text(list, n, span_make(text.ptr, len), err) != 0)
            return -1;
        if (next == NULL)
            return 0;
        text = span_make(next + 1, text.len - len - 1);
    }
}

static size_t count_fields(struct span line, char separator)
{
    size_t n = 1;
    for (size_t i = 0; i < line.len; i++)
        n += line.ptr[i] == separator;
    return n;
}

static int assume_columns(struct head *h, size_t width, struct err *err)
{
    if (width < 20 || width > 22)
        return err_set(err, ERR_DATA,
                       "no header, and %zu columns are not a conn log's 20, 21 or 22: name them "
                       "with --fields=LIST",
                       width);
    for (size_t i = 0; i < ARRAY_LEN(conn20); i++) {
        if (add_text(&h->name, &h->n_names, span_of(conn20[i]), err) != 0)
            return -1;
        if (i == LOCAL_ORIG_AT && width > 20 &&
            add_text(&h->name, &h->n_names, span_of("local_resp"), err) != 0)
            return -1;
    }
    return width == 22 ? add_text(&h->name, &h->n_names, span_of("ip_proto"), err) : 0;
}

static struct span tab_field(struct span line, int n)
{
    for (;; n--) {
        const char *tab = line.len == 0 ? NULL : memchr(line.ptr, '\t', line.len);
        size_t len = tab == NULL ? line.len : (size_t)(tab - line.ptr);
        if (n == 0)
            return span_make(line.ptr, len);
        if (tab == NULL)
            return span_make("", 0);
        line = span_make(tab + 1, line.len - len - 1);
    }
}

/* Epoch, uid, address, port, address, port. */
static bool is_conn_row(struct span row)
{
    struct addr addr;
    int64_t us;
    uint16_t port;
    struct span uid = tab_field(row, 1);
    return value_time_us(tab_field(row, 0), &us) && uid.len > 0 && uid.len < 64 &&
           addr_parse(tab_field(row, 2), &addr) && value_port(tab_field(row, 3), &port) &&
           addr_parse(tab_field(row, 4), &addr) && value_port(tab_field(row, 5), &port);
}

/* A first line of names: more than half of its first six fields are known ones. */
static bool is_name_row(struct span row)
{
    int known = 0;
    for (int i = 0; i < 6; i++)
        known += role_of_name(tab_field(row, i)) != ROLE_NONE;
    return known > 3;
}

/* The first rows may be damaged: a log that was cut at a byte begins inside a row. */
bool zeek_bare_row(struct span first, struct span *row)
{
    struct span rest = first, line;
    for (int tries = 0; tries < 8 && span_line(&rest, &line);) {
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        if (is_conn_row(line)) {
            *row = line;
            return true;
        }
        if (tries == 0 && is_name_row(line))
            return false;
        tries++;
    }
    return false;
}

bool zeek_has_header(struct span first)
{
    struct span rest = first, line;
    while (span_line(&rest, &line)) {
        if (span_starts(line, "#separator") || span_starts(line, "#fields"))
            return true;
        if (line.len > 0 && line.ptr[0] != '#')
            return false;
    }
    return false;
}

static void set_mark(char *mark, size_t size, struct span text)
{
    if (text.len < size) {
        memcpy(mark, text.ptr, text.len);
        mark[text.len] = '\0';
    }
}

/* Takes the next `#path` line of a text; what it names in *path. False when there is none. */
static bool next_path(struct span *rest, struct span *path)
{
    static const char word[] = "#path";
    for (;;) {
        const char *at = rest->len == 0 ? NULL : memmem(rest->ptr, rest->len, word, 5);
        struct span line;
        bool begins;
        if (at == NULL)
            return false;
        begins = at == rest->ptr || at[-1] == '\n';
        rest->len -= (size_t)(at - rest->ptr);
        rest->ptr = at;
        if (!span_line(rest, &line) || !begins || line.len < sizeof word)
            continue;
        *path = span_make(line.ptr + sizeof word, line.len - sizeof word); /* and its separator */
        return true;
    }
}

static bool is_kind(struct span path, const char *kind)
{
    char text[ZEEK_MARK];
    if (path.len >= sizeof text)
        return false;
    memcpy(text, path.ptr, path.len);
    text[path.len] = '\0';
    return strcmp(logname_read_as(text), logname_read_as(kind)) == 0;
}

static const char *wanted(const struct format_opts *opts)
{
    return opts->kind == NULL ? "conn" : opts->kind;
}

bool zeek_wants_more(struct span first, const struct format_opts *opts)
{
    struct span path;
    bool any = false;
    while (next_path(&first, &path)) {
        if (is_kind(path, wanted(opts)))
            return false;
        any = true;
    }
    return any;
}

/* Of several logs in one text (files that were joined) the wanted one is read, else the first. */
static void choose_path(struct head *h, struct span first, const struct format_opts *opts)
{
    struct span path;
    if (opts->insist)
        set_mark(h->taken, sizeof h->taken, span_of(wanted(opts)));
    while (next_path(&first, &path)) {
        if (h->taken[0] == '\0')
            set_mark(h->taken, sizeof h->taken, path);
        if (is_kind(path, wanted(opts))) {
            set_mark(h->taken, sizeof h->taken, path);
            return;
        }
    }
}

struct head *zeek_head_new(struct span first, const struct format_opts *opts, struct err *err)
{
    struct head *h = mem_zalloc(1, sizeof *h);
    struct span row = {"", 0};
    int rc = 0;
    if (h == NULL) {
        err_memory(err, "the columns");
        return NULL;
    }
    h->separator = '\t';
    h->set_separator = ',';
    (void)snprintf(h->unset, sizeof h->unset, "-");
    (void)snprintf(h->empty, sizeof h->empty, "(empty)");
    h->bare = !zeek_has_header(first);
    if (!h->bare) {
        h->unused = *opts;
        choose_path(h, first, opts);
    }
    if (h->bare && opts->fields != NULL) {
        if (opts->delimiter != 0)
            h->separator = opts->delimiter;
        rc = take_list(&h->name, &h->n_names, span_of(opts->fields), ',', 0, err);
        h->named = true;
    } else if (h->bare && zeek_bare_row(first, &row)) {
        rc = assume_columns(h, count_fields(row, '\t'), err);
        (void)snprintf(h->path, sizeof h->path, "conn");
    }
    if (rc == 0)
        return h;
    zeek_head_free(h);
    return NULL;
}

void zeek_head_free(struct head *h)
{
    if (h == NULL)
        return;
    drop_list(&h->name, &h->n_names);
    drop_list(&h->type, &h->n_types);
    mem_free(h);
}

/* What stands behind a keyword and one blank, TAB or separator. */
static bool keyword(const struct head *h, struct span line, const char *word, struct span *rest)
{
    size_t n = strlen(word);
    if (!span_starts(line, word))
        return false;
    *rest = span_make(line.ptr + n, line.len - n);
    if (rest->len == 0)
        return true;
    if (rest->ptr[0] != ' ' && rest->ptr[0] != '\t' && rest->ptr[0] != h->separator)
        return false;
    rest->ptr++;
    rest->len--;
    return true;
}

static int set_separator(struct head *h, struct span text, uint64_t line, struct err *err)
{
    struct buf scratch = BUF_INIT;
    struct field f = {text, FIELD_VALUE, true};
    struct span value = field_decode(&f, &scratch);
    bool fine = value.len == 1 &&
                ((value.ptr[0] > ' ' && value.ptr[0] < 127) || value.ptr[0] == '\t') &&
                value.ptr[0] != '\\' && value.ptr[0] != '#';
    bool failed = scratch.failed;
    if (fine)
        h->separator = value.ptr[0];
    buf_release(&scratch);
    if (failed)
        return err_memory(err, "the columns");
    h->line = line;
    return fine
               ? 0
               : err_set(err, ERR_DATA, "line %llu: the separator is not one printable byte or TAB",
                         (unsigned long long)line);
}

bool zeek_is_keyword(struct span line)
{
    static const char *const words[] = {"#separator",   "#set_separator", "#empty_field",
                                        "#unset_field", "#fields",        "#types"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (span_starts(line, words[i]))
            return true;
    }
    return false;
}

int zeek_head_line(struct head *h, struct span line, uint64_t line_no, struct err *err)
{
    struct span rest;
    /* A header behind rows without one: from here on the log says itself what it holds. */
    h->bare = h->bare && !span_starts(line, "#separator") && !span_starts(line, "#fields");
    if (h->bare)
        return 0;
    if (keyword(h, line, "#separator", &rest))
        return set_separator(h, rest, line_no, err);
    if (keyword(h, line, "#set_separator", &rest)) {
        h->set_separator = rest.len == 1 ? rest.ptr[0] : ',';
    } else if (keyword(h, line, "#empty_field", &rest)) {
        set_mark(h->empty, sizeof h->empty, rest);
    } else if (keyword(h, line, "#unset_field", &rest)) {
        set_mark(h->unset, sizeof h->unset, rest);
    } else if (keyword(h, line, "#path", &rest)) {
        set_mark(h->path, sizeof h->path, rest);
    } else if (keyword(h, line, "#fields", &rest)) {
        h->line = line_no;
        drop_list(&h->type, &h->n_types);
        return take_list(&h->name, &h->n_names, rest, h->separator, line_no, err);
    } else if (keyword(h, line, "#types", &rest)) {
        h->types_line = line_no;
        return take_list(&h->type, &h->n_types, rest, h->separator, line_no, err);
    }
    return 0;
}

/* IoT-23 joins its last three columns with blanks inside one tab field. */
static int split_iot23(struct head *h, bool *joined, struct err *err)
{
    struct span last, rest;
    char *whole;
    int rc = 0;
    *joined = false;
    if (h->n_names == 0 || strstr(h->name[h->n_names - 1], "   ") == NULL)
        return 0;
    whole = h->name[--h->n_names];
    rest = span_of(whole);
    while (rc == 0 && rest.len > 0) {
        const char *gap = memmem(rest.ptr, rest.len, "   ", 3);
        size_t len = gap == NULL ? rest.len : (size_t)(gap - rest.ptr);
        last = span_trim(span_make(rest.ptr, len));
        rc = add_text(&h->name, &h->n_names, last, err);
        rest = gap == NULL ? span_make("", 0) : span_make(gap + 3, rest.len - len - 3);
    }
    *joined = true;
    mem_free(whole);
    return rc;
}

static enum col_type type_of(const struct head *h, size_t i, bool joined)
{
    enum role role = role_of_name(span_of(h->name[i]));
    if (i < h->n_types && !(joined && i + 3 >= h->n_names))
        return col_type_of(span_of(h->type[i]));
    return role == ROLE_NONE ? COL_STRING : role_type(role);
}

/* The text has come to a log that is not read. */
static bool is_other(const struct head *h)
{
    return h->taken[0] != '\0' && h->path[0] != '\0' &&
           strcmp(logname_read_as(h->path), logname_read_as(h->taken)) != 0;
}

struct layout *zeek_head_layout(struct head *h, struct schema *schema, const char *path,
                                struct notices *notices, struct err *err)
{
    struct layout *layout = NULL;
    enum col_type *type = NULL;
    bool joined;
    if (h->n_names == 0) {
        err_set(err, ERR_DATA, "no #fields line in the header");
        return NULL;
    }
    if (h->n_types != 0 && h->n_types != h->n_names) {
        err_set(err, ERR_DATA, "line %llu: %zu types for %zu fields",
                (unsigned long long)h->types_line, h->n_types, h->n_names);
        return NULL;
    }
    if (split_iot23(h, &joined, err) != 0)
        return NULL;
    type = mem_alloc(h->n_names, sizeof *type);
    if (type == NULL) {
        err_memory(err, "the columns");
        return NULL;
    }
    for (size_t i = 0; i < h->n_names; i++)
        type[i] = type_of(h, i, joined);
    layout =
        layout_make(&format_zeek_tsv, (uint32_t)h->n_names, h->separator, h->unset, h->empty, err);
    if (layout == NULL)
        goto out;
    layout->set_separator = h->set_separator;
    layout->iot23 = joined;
    layout->other = is_other(h);
    if (layout->other) { /* its columns are none of the table's */
        notices_add(notices, "%s: several logs in one: the rows of %s are read, others are not",
                    path, h->taken);
        goto out;
    }
    if (layout_bind(layout, h->name, type, schema, path, notices, err) != 0) {
        layout_free(layout);
        layout = NULL;
        goto out;
    }
    format_note_unused(&h->unused, path, notices);
    h->unused = (struct format_opts){.fields = NULL};
    if (h->bare && !h->named)
        notices_add(notices, "%s: no header: the %zu columns of a Zeek conn log are assumed", path,
                    h->n_names);
out:
    mem_free(type);
    return layout;
}
