/* "Did you mean"; see closest.h. Slips are counted as in the distance of Damerau and Levenshtein, in
 * its form where no part is changed twice (optimal string alignment).
 * Source: F. J. Damerau, "A technique for computer detection and correction of spelling errors",
 * Communications of the ACM 7(3), 1964. */
#include "core/base/closest.h"

#include <stdio.h>

#define MAX_NAME 48 /* longer ones are compared by their ends alone */
#define FAR      9u

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool same(struct span a, struct span b)
{
    for (size_t i = 0; i < a.len && a.len == b.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    }
    return a.len == b.len;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned distance(struct span a, struct span b)
{
    unsigned row[3][MAX_NAME + 1]; /* row i is kept at i % 3 */
    if (a.len > MAX_NAME || b.len > MAX_NAME)
        return FAR;
    for (unsigned j = 0; j <= b.len; j++)
        row[0][j] = j;
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned *now = row[i % 3];
        const unsigned *last = row[(i - 1) % 3];
        now[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            bool differ = lower(a.ptr[i - 1]) != lower(b.ptr[j - 1]);
            now[j] = least(last[j - 1] + differ, least(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && lower(a.ptr[i - 1]) == lower(b.ptr[j - 2]) &&
                lower(a.ptr[i - 2]) == lower(b.ptr[j - 1]))
                now[j] = least(now[j], row[(i - 2) % 3][j - 2] + 1);
        }
    }
    return row[a.len % 3][b.len];
}

/* How many slips lead from the name to the word, or FAR. An end of the name stands behind all slips. */
static unsigned slips(struct span word, struct span name)
{
    unsigned d = distance(word, name);
    if (d <= (name.len > 4 ? 2 : 1) && d < name.len)
        return d;
    if (name.len >= 3 && name.len < word.len && word.ptr[name.len] == '.' &&
        same(name, span_make(word.ptr, name.len)))
        return 3;
    if (word.len >= 3 && word.len < name.len &&
        (same(word, span_make(name.ptr, word.len)) ||
         (name.ptr[name.len - word.len - 1] == '.' &&
          same(word, span_make(name.ptr + name.len - word.len, word.len)))))
        return 3;
    return FAR;
}

struct closest closest_to(struct span word)
{
    return (struct closest){.word = word, .best = span_of(""), .slips = FAR};
}

void closest_try(struct closest *c, struct span name)
{
    unsigned n = slips(c->word, name);
    if (n < c->slips) {
        c->slips = n;
        c->best = name;
    }
}

char *closest_hint(const struct closest *c, char out[CLOSEST_HINT])
{
    out[0] = '\0';
    if (c->slips < FAR)
        (void)snprintf(out, CLOSEST_HINT, " (did you mean '%.*s'?)",
                       c->best.len > 48 ? 48 : (int)c->best.len, c->best.ptr);
    return out;
}

char *closest_among(const char *word, const char *const *names, size_t n, char out[CLOSEST_HINT])
{
    struct closest c = closest_to(span_of(word));
    for (size_t i = 0; i < n; i++)
        closest_try(&c, span_of(names[i]));
    return closest_hint(&c, out);
}
