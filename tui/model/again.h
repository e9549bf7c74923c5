/* The command that gives a clustering again in batch, for a note or a colleague. */
#ifndef MINNOW_TUI_MODEL_AGAIN_H
#define MINNOW_TUI_MODEL_AGAIN_H

#include "tui/model/hypothesis.h"

/* Appends `minnow -b -r NAME ... -c NUMBER -o cluster-NUMBER.csv FILE...`, quoted for a shell: the
 * recipe by its name, and what the screen changed of it. Of more than 8 inputs the first stands for
 * all, with ` ...` behind it. Where one looked into a cluster, or left out clusters by their rows, no
 * command gives it: then nothing is appended. `note` says so, as a comment, and what else a command
 * cannot do. Bytes of the log and of file names inside. */
void again_command(struct buf *out, struct buf *note, const struct hypothesis *h,
                   const struct clustering *c, const struct table *t, uint32_t number);

#endif
