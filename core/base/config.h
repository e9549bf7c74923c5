/* Where the user's own files are: $XDG_CONFIG_HOME/minnow, or ~/.config/minnow; and what minnow keeps
 * for the user from one run to the next: $XDG_STATE_HOME/minnow, or ~/.local/state/minnow. */
#ifndef MINNOW_BASE_CONFIG_H
#define MINNOW_BASE_CONFIG_H

#include "core/base/attr.h"

/* The path of one, such as "recipes/night.recipe". False when neither variable is an absolute path,
 * or when it does not fit.
 * Source: XDG Base Directory Specification; relative paths are to be ignored. */
bool config_path(const char *name, char *out, size_t size) WARN_UNUSED;
bool config_state_path(const char *name, char *out, size_t size) WARN_UNUSED;

/* Makes the folders that the path needs, with mode 0700. -1 with errno set. */
int config_make_folders(const char *path) WARN_UNUSED;

#endif
