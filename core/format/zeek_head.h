/* The head of a Zeek TSV log. Private to core/format. */
#ifndef MINNOW_FORMAT_ZEEK_HEAD_H
#define MINNOW_FORMAT_ZEEK_HEAD_H

#include "core/format/format.h"

#define ZEEK_MARK 64 /* bytes of an unset or empty mark, NUL included */

struct head {
    bool bare;                 /* no header lines: the columns are assumed or given */
    bool named;                /* given by --fields */
    struct format_opts unused; /* options that a header makes useless: told with the first layout */
    char separator, set_separator;
    char path[ZEEK_MARK];  /* #path, or the kind that is assumed */
    char taken[ZEEK_MARK]; /* of several #path in one text, whose rows are read; "" for any */
    char unset[ZEEK_MARK], empty[ZEEK_MARK];
    char **name, **type; /* owned */
    size_t n_names, n_types;
    uint64_t line, types_line;
};

/* These are format.h's functions of the same names. */
struct head *zeek_head_new(struct span first, const struct format_opts *opts, struct err *err);
void zeek_head_free(struct head *h);
int zeek_head_line(struct head *h, struct span line, uint64_t line_no, struct err *err);
struct layout *zeek_head_layout(struct head *h, struct schema *schema, const char *path,
                                struct notices *notices, struct err *err);

/* Whether the log that is wanted is not among those that the text begins with, though some are. */
bool zeek_wants_more(struct span first, const struct format_opts *opts);

/* True when header lines stand in front of the first row. */
bool zeek_has_header(struct span first);

/* True when one of the first rows reads like a conn log's without a header (epoch, uid, address,
 * port, address, port): that row. */
bool zeek_bare_row(struct span first, struct span *row);

/* True for a `#` line that can change the columns. */
bool zeek_is_keyword(struct span line);

#endif
