/* The run without a screen: load, cluster, report or export, exit. */
#ifndef MINNOW_TUI_BATCH_H
#define MINNOW_TUI_BATCH_H

#include "tui/cli.h"

/* Does the whole job with the same engine as the screen. The answer goes to standard output,
 * everything else to standard error. Returns the exit status: 0; 1 with --strict; 2 to 5 as
 * err_exit_status; 129, 130, 143 by signal. */
int batch_run(const struct cli *cli);

#endif
