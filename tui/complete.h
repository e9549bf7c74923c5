/* What the shells complete: a script for bash, zsh or fish, made of the table of options that --help is
 * made of. Names of options, values where they are known (recipes, themes, the choices of an option,
 * columns, zones), files where a file is asked for. */
#ifndef MINNOW_TUI_COMPLETE_H
#define MINNOW_TUI_COMPLETE_H

#include "core/base/buf.h"
#include "tui/cli.h"

/* The script as text. A new option needs nothing here; the values of one are listed in CLI_CHOICES. */
void complete_script(struct buf *out, enum cli_shell shell);

#endif
