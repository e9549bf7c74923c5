/* What a table keeps of an input besides its rows: of what kind it was, and why it was not read. */
#ifndef MINNOW_INPUT_FACTS_H
#define MINNOW_INPUT_FACTS_H

#include "core/format/format.h"
#include "core/load/inputs.h"
#include "core/table/table.h"

/* What messages call an input. */
const char *input_shown(const char *path);

/* Sentences about an input begin with its name; what the system says already does. */
void input_name_problem(struct err *err, const char *path);

/* The kind that the input says itself, else conn when the columns (NULL: none) are those of
 * connections, else that of its name. */
void input_note_kind(struct input *in, const struct format *format, const struct head *head,
                     const struct layout *layout);

/* Whether a log that could not be looked at before is of the kind that was asked for (NULL: any).
 * Errors: ERR_DATA. */
int input_check_kind(const char *asked, const struct format *format, const struct head *head,
                     struct err *err) WARN_UNUSED;

/* Why a table has no rows: the first input's problem, else that there was no row, or none that could
 * be used. `fields`: --fields or NULL. `opened`: at least one input could be read. */
void inputs_gave_nothing(const struct inputs *plan, const struct table *t, const struct err *first,
                         const char *fields, bool opened, struct err *err);

/* An input that is not read takes its place in the table. *problem says why one that should have been
 * read was not; untouched for one that is skipped. Errors: ERR_LIMIT. */
int input_pass_over(struct table_builder *b, const struct planned *p, struct err *problem,
                    struct err *err) WARN_UNUSED;

#endif
