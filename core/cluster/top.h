/* Keeping the commonest values of a list. */
#ifndef MINNOW_CLUSTER_TOP_H
#define MINNOW_CLUSTER_TOP_H

#include "core/base/tally.h"
#include "core/cluster/profile.h"

/* What the keys of a list are, which decides ties: addresses and categories by the bytes of their
 * text, numbers by value. */
enum top_kind {
    TOP_PROTO = CAT_PROTO,
    TOP_STATE = CAT_STATE,
    TOP_SERVICE = CAT_SERVICE,
    TOP_ADDR,
    TOP_NUMBER
};

/* The text of a key, for the kinds that have one. Borrowed from the table. */
struct span top_text(const struct table *t, enum top_kind kind, uint32_t key);

/* Counts the key as one more distinct value, and keeps it when it is among the commonest. The
 * result does not depend on the order of the offers. */
void top_offer(struct top_list *list, const struct table *t, enum top_kind kind, uint32_t key,
               uint64_t rows);

void top_of_tally(struct top_list *list, const struct table *t, enum top_kind kind,
                  const struct tally *tally);

/* From counts by category code; missing values are left out. */
void top_of_codes(struct top_list *list, const struct table *t, enum cat cat,
                  const uint64_t count[256]);

#endif
