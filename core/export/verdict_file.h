/* Adding verdicts to the analyst's file. */
#ifndef MINNOW_EXPORT_VERDICT_FILE_H
#define MINNOW_EXPORT_VERDICT_FILE_H

#include "core/job.h"
#include "core/recipe/verdicts.h"

/* Writes the file again with n lines more at its end; what is there stays byte for byte, and the
 * file changes whole or not at all. `comment` (or NULL) becomes a comment line before them; what a
 * terminal could not show in it is cleaned. A new file has mode 0600; one that is there keeps its
 * mode. Errors: ERR_IO, ERR_LIMIT, ERR_USAGE when the file would pass VERDICTS_MAX_BYTES. */
int verdict_file_append(const char *path, const char *comment, const struct verdict_line *line,
                        size_t n, struct job *job, struct err *err) WARN_UNUSED;

/* Takes back what the last verdict_file_append with these arguments wrote: the end of the file, which
 * must still be that, byte for byte. A file that is then empty stays, empty. Errors: as above; ERR_DATA
 * when something else stands at the end: nothing is changed then. */
int verdict_file_take_back(const char *path, const char *comment, const struct verdict_line *line,
                           size_t n, struct job *job, struct err *err) WARN_UNUSED;

#endif
