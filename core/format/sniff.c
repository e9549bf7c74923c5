/* Choosing a format by content; see format.h. */
#include "core/format/format.h"

#include "core/format/csv.h"
#include "core/table/addr.h"
#include "core/table/value.h"

static const struct {
    const char *magic;
    size_t len;
    const char *looks, *advice;
} foreign[] = {
    {"\x1f\x8b", 2, "gzip", "zcat FILE | minnow -"},
    {"\x28\xb5\x2f\xfd", 4, "zstd", "zstdcat FILE | minnow -"},
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

/* Header lines decide; *row becomes the first line that is neither blank nor a comment. */
static bool has_zeek_header(struct span first, struct span *row)
{
    struct span rest = first, line;
    *row = span_make("", 0);
    while (span_line(&rest, &line)) {
        if (line.len == 0)
            continue;
        if (line.ptr[0] != '#') {
            *row = line;
            return false;
        }
        if (span_starts(line, "#separator") || span_starts(line, "#fields"))
            return true;
    }
    return false;
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
static bool is_bare_conn(struct span row)
{
    struct addr addr;
    int64_t us;
    uint16_t port;
    struct span uid = tab_field(row, 1);
    return value_time_us(tab_field(row, 0), &us) && uid.len > 0 && uid.len < 64 &&
           addr_parse(tab_field(row, 2), &addr) && value_port(tab_field(row, 3), &port) &&
           addr_parse(tab_field(row, 4), &addr) && value_port(tab_field(row, 5), &port);
}

static bool is_binary(struct span first)
{
    size_t odd = 0, n = first.len > 4096 ? 4096 : first.len;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)first.ptr[i];
        odd += c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != 0x1b;
    }
    return odd * 10 > n;
}

const struct format *format_sniff(struct span first, bool whole, const struct format_opts *opts,
                                  size_t *bom, struct err *err)
{
    struct span row;
    (void)whole;
    *bom = 0;
    if (is_foreign(first, err))
        return NULL;
    if (first.len >= 3 && memcmp(first.ptr, "\xef\xbb\xbf", 3) == 0) {
        *bom = 3;
        first = span_make(first.ptr + 3, first.len - 3);
    }
    if (has_zeek_header(first, &row))
        return &format_zeek_tsv;
    if (opts->fields != NULL && row.len > 0 && opts->delimiter == 0 &&
        memchr(row.ptr, '\t', row.len) != NULL)
        return &format_zeek_tsv;
    if (row.len > 0 && is_bare_conn(row))
        return &format_zeek_tsv;
    if (span_trim(row).len == 0) {
        err_set(err, ERR_DATA, "no rows");
        return NULL;
    }
    if (is_binary(first))
        refuse(err, "binary data", NULL);
    else if (row.ptr[0] == '{' || row.ptr[0] == '[')
        refuse(err, "JSON", "this version reads Zeek's tab-separated logs and CSV");
    else if (csv_looks_like(first, opts))
        return &format_csv;
    else
        refuse(err, "text", "expected a Zeek log, or a CSV with a header row");
    return NULL;
}
