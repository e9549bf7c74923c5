/* Verdicts: what an analyst, or a threat list, says about addresses, before and beside any
 * clustering.
 *
 * The text, one verdict a line:
 *
 *     benign pair = 10.0.0.5 10.0.0.9 443 tcp     originator, responder, its port, protocol
 *     benign net = 10.20.0.0/16
 *     suspect addr = 203.0.113.7
 *     203.0.113.0/24                              bare: suspect, so threat lists work as they are
 *     203.0.113.9    17                           a bare line may end in a count
 *
 * A line that begins with `#` is a comment; line ends may be CRLF; a byte-order mark is skipped.
 * One bad line refuses the whole file: a list of which half is not understood would call a log
 * clean.
 *
 * Which verdict a row has: that of its pair, when a line names the pair. Else SUSPECT when either
 * of its addresses is suspect, else BENIGN when either is benign. An address has the verdict of its
 * own line, else of the longest network that it is in. Of two lines about the same thing the later
 * one counts. A network of one address is that address.
 *
 * `struct verdicts` and `struct verdict_map` are immutable and shared by reference count; any
 * thread may read them. */
#ifndef MINNOW_RECIPE_VERDICTS_H
#define MINNOW_RECIPE_VERDICTS_H

#include "core/base/buf.h"
#include "core/table/table.h"

#define VERDICTS_MAX_BYTES ((size_t)64 << 20)
#define VERDICT_PROTO_MAX  31 /* bytes of a protocol's name */

enum verdict { VERDICT_NONE, VERDICT_BENIGN, VERDICT_SUSPECT };
enum verdict_kind { VERDICT_PAIR, VERDICT_ADDR, VERDICT_NET };

/* One line, as a value. */
struct verdict_line {
    enum verdict verdict; /* never VERDICT_NONE */
    enum verdict_kind kind;
    struct cidr net;                   /* the address (all bits) or network; a pair's originator */
    struct addr resp;                  /* the rest is a pair's */
    uint16_t port;                     /* 0: the row has none */
    char proto[VERDICT_PROTO_MAX + 1]; /* lower case; "-": the row has none */
};

/* Reads one line that is neither blank nor a comment. Errors: ERR_USAGE with a sentence. */
int verdict_line_parse(struct verdict_line *out, struct span text, struct err *err) WARN_UNUSED;

/* Appends the line with its LF, as verdict_line_parse reads it back. */
void verdict_line_write(const struct verdict_line *line, struct buf *out);

/* The line about an address of a table, or about a pair of them (proto: a category code). False
 * when a text of the log is no address, or a name no protocol: no line can say it. */
bool verdict_line_of_addr(struct verdict_line *out, enum verdict verdict, const struct table *t,
                          uint32_t addr);
bool verdict_line_of_pair(struct verdict_line *out, enum verdict verdict, const struct table *t,
                          uint32_t orig, uint32_t resp, uint16_t port, uint8_t proto);

/* ---- a file of them ---- */

struct verdicts;

/* `path` is for messages and verdicts_path. Errors: ERR_USAGE `path:line: sentence`, ERR_LIMIT.
 * Cost: linear in time; up to 50 bytes of memory a line, 130 for a pair. */
struct verdicts *verdicts_parse(const char *path, struct span text, struct err *err) WARN_UNUSED;

/* The file's verdicts. A file that is not there is an error (ERR_IO), or, with `may_lack`, no
 * verdicts yet. */
struct verdicts *verdicts_load(const char *path, bool may_lack, struct err *err) WARN_UNUSED;

/* `v` (NULL: none) and n lines more, which count as later ones: a new object, reference count 1.
 * Cost: a copy of v. */
struct verdicts *verdicts_add(const struct verdicts *v, const struct verdict_line *line, size_t n,
                              struct err *err) WARN_UNUSED;

const struct verdicts *verdicts_ref(const struct verdicts *v); /* NULL is fine for both */
void verdicts_unref(const struct verdicts *v);

const char *verdicts_path(const struct verdicts *v); /* as given; "" when there was no file */
uint64_t verdicts_lines(const struct verdicts *v); /* verdicts read and added, repeated ones too */

/* The verdict on an address by itself, and on a network (its own line only), for showing. */
enum verdict verdicts_of_addr(const struct verdicts *v, const struct addr *addr);

/* ---- verdicts on the rows of one table ---- */

struct verdict_map;

/* Looks every address of the table up once; a row then costs two bytes and, where both its
 * addresses stand in pair lines, one look-up. Keeps a reference to `v`; the table is borrowed and
 * only named again in the calls below. Errors: ERR_LIMIT. */
const struct verdict_map *verdicts_bind(const struct verdicts *v, const struct table *t,
                                        struct err *err) WARN_UNUSED;
void verdict_map_unref(const struct verdict_map *m); /* NULL is fine */

/* All take a map of this very table, or NULL for no verdicts. */
const struct verdicts *verdict_map_of(const struct verdict_map *m);
enum verdict verdict_of_row(const struct verdict_map *m, const struct table *t, uint64_t row);
enum verdict verdict_of_addr(const struct verdict_map *m, uint32_t addr); /* an address id */

#endif
