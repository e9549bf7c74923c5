/* Sessions on the disk: $XDG_STATE_HOME/minnow/sessions, or ~/.local/state/minnow/sessions.
 *
 * A session belongs to a list of files and directories, by their whole paths. Files have mode 0600
 * and folders 0700; at most SESSION_FILES_MAX are kept, and the oldest go first. */
#ifndef MINNOW_TUI_SESSION_FILE_H
#define MINNOW_TUI_SESSION_FILE_H

#include "tui/model/session.h"

#define SESSION_FILES_MAX  100
#define SESSION_FILE_BYTES 4096 /* of a path */

/* Appends a line `path` for each: its whole path. False when one is no file or directory, or is not
 * there: pipes and standard input come once. */
bool session_add_paths(struct session *s, const char *const *path, size_t n);

/* What was kept about these paths. Returns 0; 1 when nothing was; -1 with the error when the file
 * cannot be read or is broken: it is left as it is. `file` (SESSION_FILE_BYTES) gets its name. */
int session_find(struct session *s, const char *const *path, size_t n, char *file,
                 struct err *err) WARN_UNUSED;

/* The same for what was kept last, whatever it is about. */
int session_newest(struct session *s, char *file, struct err *err) WARN_UNUSED;

/* Whether something is kept about these paths. */
bool session_exists(const char *const *path, size_t n);

/* Keeps it, whole or not at all, in place of an older one about the same paths, which are its lines
 * `path`. Errors: ERR_IO, ERR_LIMIT. */
int session_keep(const struct session *s, struct err *err) WARN_UNUSED;

#endif
