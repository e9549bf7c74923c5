/* The different texts of a column, while they are few: numbered as several threads meet them, then ranked.
 *
 * Private to core/query. Numbers depend on who came first, ranks on the texts alone. */
#ifndef MINNOW_QUERY_LEXICON_H
#define MINNOW_QUERY_LEXICON_H

#include <stdatomic.h>

#include "core/base/err.h"
#include "core/base/span.h"

#define LEXICON_TEXTS ((uint32_t)1 << 14)
#define LEXICON_BYTES ((uint32_t)1 << 20) /* of all texts together */
#define LEXICON_FULL  UINT32_MAX

struct lexicon;

/* What a thread remembers of the texts that it met: it then asks nobody. */
#define LEXICON_RECENT 1024
struct lexicon_reader {
    uint32_t number_1[LEXICON_RECENT]; /* number + 1, 0 for none */
};

/* Errors: ERR_LIMIT. NULL then. */
struct lexicon *lexicon_new(struct err *err) WARN_UNUSED;
void lexicon_free(struct lexicon *x); /* NULL is fine */

/* The number of a text, from any thread; LEXICON_FULL when there are too many. `reader` is the thread's
 * own, and begins as zeroes. */
uint32_t lexicon_number(struct lexicon *x, struct lexicon_reader *reader, struct span text);

/* Whether a text was refused: not all have a number. */
bool lexicon_is_full(const struct lexicon *x);

/* rank[number] becomes the place of each text among all, bytewise, shorter first; NULL on memory. Owned by
 * the lexicon. No thread may be adding. Number 0 has a rank even where there is no text: rows that are
 * gone from a changed file have it. */
const uint32_t *lexicon_ranks(struct lexicon *x);

#endif
