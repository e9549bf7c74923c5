/* Choosing a format by content; see format.h. */
#include "core/format/format.h"

#include "core/base/clean.h"
#include "core/format/csv.h"
#include "core/format/json_row.h"
#include "core/format/zeek_head.h"

static const struct {
    const char *magic;
    size_t len;
    const char *looks, *advice;
} foreign[] = {
    /* What was packed once is unpacked before it comes here. */
    {"\x1f\x8b", 2, "packed twice, gzip inside", "unpack it once, as zcat FILE | minnow - does"},
    {"\x28\xb5\x2f\xfd", 4, "packed twice, zstd inside",
     "unpack it once, as zstdcat FILE | minnow - does"},
    {"\xfd"
     "7zXZ",
     5, "xz", "xzcat FILE | minnow -"},
    {"BZh", 3, "bzip2", "bzcat FILE | minnow -"},
    {"PK\x03\x04", 4, "zip", NULL},
    {"\xa1\xb2\xc3\xd4", 4, "pcap", "zeek -r FILE writes logs"},
    {"\xd4\xc3\xb2\xa1", 4, "pcap", "zeek -r FILE writes logs"},
    {"\xa1\xb2\x3c\x4d", 4, "pcap", "zeek -r FILE writes logs"},
    {"\x4d\x3c\xb2\xa1", 4, "pcap", "zeek -r FILE writes logs"},
    {"\x0a\x0d\x0d\x0a", 4, "pcapng", "zeek -r FILE writes logs"},
    {"\x7f"
     "ELF",
     4, "an ELF program", NULL},
    {"\xff\xfe", 2, "UTF-16 text", "iconv -f UTF-16 -t UTF-8 FILE | minnow -"},
    {"\xfe\xff", 2, "UTF-16 text", "iconv -f UTF-16 -t UTF-8 FILE | minnow -"},
};

void format_note_unused(const struct format_opts *opts, const char *path, struct notices *notices)
{
    if (opts->fields != NULL)
        notices_add(notices, "%s: --fields is not used: the log names its columns itself", path);
    if (opts->delimiter != 0)
        notices_add(notices, "%s: --delimiter is not used: it is for CSV", path);
}

static int refuse(struct err *err, const char *looks, const char *advice)
{
    return err_set(err, ERR_DATA, "not a log minnow can read (looks like %s)%s%s", looks,
                   advice == NULL ? "" : ": ", advice == NULL ? "" : advice);
}

static bool is_foreign(struct span first, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(foreign); i++) {
        if (first.len >= foreign[i].len &&
            memcmp(first.ptr, foreign[i].magic, foreign[i].len) == 0) {
            refuse(err, foreign[i].looks, foreign[i].advice);
            return true;
        }
    }
    return false;
}

/* The first line that is neither blank nor a comment, or nothing. */
static struct span first_row(struct span first)
{
    struct span rest = first, line;
    while (span_line(&rest, &line)) {
        if (span_trim(line).len > 0 && line.ptr[0] != '#')
            return line;
    }
    return span_make("", 0);
}

/* Text holds few control bytes, and few bytes that are not UTF-8: Latin-1 is text too. */
static bool is_binary(struct span first)
{
    struct span rest = span_make(first.ptr, first.len > 4096 ? 4096 : first.len);
    size_t controls = 0, invalid = 0, n = rest.len;
    for (struct clean_unit unit; clean_next(rest, &unit);) {
        unsigned char c = (unsigned char)rest.ptr[0];
        controls += c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != 0x1b;
        invalid += c >= 0x80 && unit.taken == 1;
        rest = span_make(rest.ptr + unit.taken, rest.len - unit.taken);
    }
    return controls * 10 > n || invalid * 3 > n;
}

/* True when one of the first rows is an object, whatever stands in front of it. */
static bool has_object(struct span first, int rows)
{
    struct span rest = first, line;
    while (rows > 0 && span_line(&rest, &line)) {
        if (json_row_sound(line))
            return true;
        rows -= span_trim(line).len > 0;
    }
    return false;
}

/* JSON that is not one object a line. */
static bool is_other_json(struct span row, struct err *err)
{
    struct span text = span_trim(row);
    if (text.ptr[0] == '[' && !has_object(row, 1))
        refuse(err, "a JSON array", "jq -c '.[]' FILE | minnow -");
    else if (span_is(text, "{"))
        refuse(err, "JSON over several lines", "jq -c . FILE | minnow -");
    else
        return false;
    return true;
}

/* Its first row has one field by the separator that was asked for, or the rows differ. */
static const struct format *unparted(const struct format_opts *opts, struct err *err)
{
    char name[8] = "tab";
    if (opts->delimiter != '\t')
        (void)snprintf(name, sizeof name, "'%c'", opts->delimiter);
    err_set(err, ERR_DATA,
            "not a log minnow can read (looks like text): no CSV%s with %s between the fields "
            "(--delimiter)",
            opts->fields == NULL ? " with a header row" : "", name);
    return NULL;
}

static const struct format *sniff_text(struct span first, struct span row, bool json,
                                       const struct format_opts *opts, struct err *err)
{
    if (is_other_json(row, err))
        return NULL;
    if (json)
        return &format_zeek_json;
    if (csv_looks_like(first, opts))
        return &format_csv;
    if (has_object(first, 8)) /* the first rows are damaged */
        return &format_zeek_json;
    if (opts->delimiter != 0)
        return unparted(opts, err);
    refuse(err, "text", "expected a Zeek log, or a CSV with a header row");
    return NULL;
}

const struct format *format_sniff(struct span first, bool whole, const struct format_opts *opts,
                                  size_t *bom, struct err *err)
{
    struct span row;
    bool json;
    (void)whole;
    *bom = 0;
    if (is_foreign(first, err))
        return NULL;
    if (first.len >= 3 && memcmp(first.ptr, "\xef\xbb\xbf", 3) == 0) {
        *bom = 3;
        first = span_make(first.ptr + 3, first.len - 3);
    }
    if (zeek_has_header(first))
        return &format_zeek_tsv;
    row = first_row(first);
    if (opts->fields != NULL && row.len > 0 && opts->delimiter == 0 &&
        memchr(row.ptr, '\t', row.len) != NULL && !csv_has_names(first, opts))
        return &format_zeek_tsv;
    if (row.len == 0) {
        err_set(err, ERR_DATA, "no rows");
        return NULL;
    }
    json = span_trim(row).ptr[0] == '{' || has_object(row, 1);
    if (!json && zeek_bare_row(first, &row))
        return &format_zeek_tsv;
    if (!is_binary(first))
        return sniff_text(first, row, json, opts, err);
    refuse(err, "binary data", NULL);
    return NULL;
}
