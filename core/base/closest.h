/* "Did you mean": the known name that a mistyped one is closest to.
 *
 *   struct closest c = closest_to(word);
 *   for (each known name)
 *       closest_try(&c, name);
 *   closest_hint(&c, hint, sizeof hint);   ->   " (did you mean 'proto'?)", or nothing
 *
 * Close is: the same but for the case of letters; a letter too few, too many, wrong, or two that
 * changed places, in a name of up to four letters, and two such slips in a longer one; the
 * beginning of the name, from three letters on; what stands behind the name's last dot; the name with a dot and more behind it. The least
 * slips win, among equals the name that was tried first. */
#ifndef MINNOW_BASE_CLOSEST_H
#define MINNOW_BASE_CLOSEST_H

#include "core/base/span.h"

#define CLOSEST_HINT 72 /* bytes that a hint has at most, the NUL included */

struct closest {
    struct span word; /* borrowed */
    struct span best; /* borrowed from the known names; of no bytes when none is close */
    unsigned slips;   /* of `best` */
};

struct closest closest_to(struct span word);
void closest_try(struct closest *c, struct span name);

/* Fills `out` with the hint, blank in front, or "" when no name is close. Returns `out`. */
char *closest_hint(const struct closest *c, char out[CLOSEST_HINT]);

/* The hint for a word among the first n of `names`. */
char *closest_among(const char *word, const char *const *names, size_t n, char out[CLOSEST_HINT]);

#endif
