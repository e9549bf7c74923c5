/* What a file format is: one table of functions. The loader and the row reader know formats only by
 * this.
 *
 * The loader cuts an input into chunks of whole rows (`cut`), worker threads turn chunks into
 * batches (`parse`), and the row reader splits a single row again (`split`). A head is what the
 * format has learnt about an input's columns from its header lines; it becomes a layout when rows
 * begin.
 *
 * Order of calls for one input: head_new, then for every chunk in order: parse with the current
 * layout; when parse stops in front of a header line, head_line with it, line by line, then
 * head_layout for a new layout; when it stops in front of a row, learn with it, then head_layout. */
#ifndef MINNOW_FORMAT_FORMAT_H
#define MINNOW_FORMAT_FORMAT_H

#include "core/base/notices.h"
#include "core/table/batch.h"
#include "core/table/field.h"

#define FORMAT_MAX_LINE   ((size_t)1 << 20) /* longest row; a longer one is rejected and skipped */
#define FORMAT_HEAD_BYTES ((size_t)1 << 16) /* what sniffing looks at */
#define FORMAT_MORE_BYTES ((size_t)1 << 24) /* most that wants_more gets to see */

struct head; /* private to each format */

/* What the user said about the columns; borrowed from load_opts. */
struct format_opts {
    const char *fields; /* --fields: comma-separated names, or NULL */
    char delimiter;     /* --delimiter, or 0 to sniff */
    const char *kind;   /* --path: which log of several, or NULL */
    bool insist;        /* it is read although it has not shown up: it may come later */
};

/* Says which of these options a log that names its own columns has no use for. */
void format_note_unused(const struct format_opts *opts, const char *path, struct notices *notices);

/* What `cut` found. */
struct cut {
    size_t rows_end; /* bytes of whole rows from the start */
    bool give_up;    /* the row after them is longer than FORMAT_MAX_LINE: reject it ... */
    size_t resume;   /* ... and go on at this byte (0: the line has not ended yet; skip to its
                      newline) */
};

struct format {
    const char *name; /* "zeek-tsv", "zeek-json", "csv": also the report's `format` */

    /* Every line end is the end of a row: where rows end can be seen without reading them. */
    bool rows_are_lines;

    /* True when the log that is to be read has not shown up among others, so that head_new should
     * see more of the text. NULL for formats that hold one log. */
    bool (*wants_more)(struct span first, const struct format_opts *opts);

    /* Starts the head of an input from its first bytes (at most FORMAT_HEAD_BYTES, or what wants_more
     * wanted), a byte order mark left out. NULL on error. */
    struct head *(*head_new)(struct span first, const struct format_opts *opts, struct err *err);
    void (*head_free)(struct head *head);

    /* The kind of log that the head says it is, "conn", or "". Borrowed from the head. NULL for
     * formats that never say. */
    const char *(*kind)(const struct head *head);

    /* True when the line belongs to the header and not to the rows, given what was read so far (a
     * `#` line; the first row of a CSV). */
    bool (*is_head)(const struct head *head, struct span line);

    /* Takes one header line. `line_no` is its 1-based number. Errors: ERR_DATA, naming the line. */
    int (*head_line)(struct head *head, struct span line, uint64_t line_no, struct err *err);

    /* Learns new columns from a row that parse stopped in front of; the row stays a row, and is
     * parsed again with the layout that follows. NULL for formats whose columns stand in header
     * lines. */
    int (*learn)(struct head *head, struct span row, struct err *err);

    /* The layout that the head now describes; columns new to the table are added to `schema` in
     * order of appearance, notices go to `notices`. `path` is for messages. The caller owns the
     * layout. NULL on error. */
    struct layout *(*head_layout)(struct head *head, struct schema *schema, const char *path,
                                  struct notices *notices, struct err *err);

    /* Where the whole rows of `bytes` end. `last`: the input ends here, an unfinished row is a row.
     */
    struct cut (*cut)(const struct layout *layout, struct span bytes, bool last);

    /* Turns whole rows into the batch. `offset` is where `rows` starts in the text. Stops in front
     * of a header line that may change the layout, or of a row with columns that the layout does not
     * know (`learn`), and returns the bytes taken. `last`: the final
     * row may lack its newline. */
    size_t (*parse)(const struct layout *layout, struct span rows, uint64_t offset, bool last,
                    struct batch *batch);

    /* Splits one row (without its newline) into at most `max` fields, in the file's order; returns
     * their number, or max + 1 when there are more. Decoded bytes, where the format needs any, go
     * to *scratch. */
    size_t (*split)(const struct layout *layout, struct span row, struct field *out, size_t max,
                    struct buf *scratch);

    /* Bytes of the row that starts at bytes.ptr, its line end included; 0 when it does not end
     * inside. */
    size_t (*row_end)(const struct layout *layout, struct span bytes);
};

extern const struct format format_zeek_tsv;
extern const struct format format_zeek_json;
extern const struct format format_csv;

/* Chooses the format by content: magic bytes first, names never. NULL with ERR_DATA and advice for
 * what minnow does not read ("not a log minnow can read (looks like pcap)"). *bom is the length of
 * a UTF-8 byte order mark to skip. */
const struct format *format_sniff(struct span first, bool whole, const struct format_opts *opts,
                                  size_t *bom, struct err *err) WARN_UNUSED;

#endif
