/* What the fields of a conn log mean, in plain words: for the row view and for help. */
#ifndef MINNOW_TUI_VIEW_FIELDS_H
#define MINNOW_TUI_VIEW_FIELDS_H

#include "core/base/span.h"

/* A name and what it means. */
struct meaning {
    const char *name;
    const char *about;
};

/* The meaning of a field by Zeek's name; NULL when minnow knows none. */
const char *field_about(struct span name);

/* The meaning of a connection state ("S0"), or NULL. */
const char *conn_state_about(struct span state);

/* The meaning of a history letter, without its side, or NULL. An upper-case letter is the
 * originator's, a lower-case one the responder's; `^` is nobody's. */
const char *history_about(char letter);

/* The tables, for help: the n-th entry from 0, NULL after the last. History entries are named by
 * their lower-case letter. */
const struct meaning *field_at(size_t n);
const struct meaning *conn_state_at(size_t n);
const struct meaning *history_at(size_t n);

#endif
