/* The command line's own: for cli.c (parsing), cli_values.c, cli_usage.c (mistakes) and cli_session.c (--resume). */
#ifndef MINNOW_TUI_CLI_OWN_H
#define MINNOW_TUI_CLI_OWN_H

#include "tui/cli.h"

enum option_id {
    OPT_NONE = 255,
    OPT_FIRST,
    OPT_BEFORE_FIRST = OPT_FIRST - 1,
#define X(id, letter, name, arg, help) OPT_##id,
    CLI_OPTIONS(X)
#undef X
        OPT_END
};

/* What the overrides of a recipe are, kept until the recipe is known. */
struct overrides {
    const char *verdicts, *recipe, *k, *seed, *starts, *max_iter, *features, *unit, *scale,
        *missing, *where, *from, *to;
    const char *view[N_SETTINGS];
};

/* ---- cli_values.c ---- */

/* Takes optarg for an option. */
int cli_set_option(struct cli *cli, struct overrides *o, int id, struct err *err) WARN_UNUSED;

/* ---- cli_usage.c ---- */

/* The sentence for an option that getopt_long has just refused with c: '?', or ':' for a value that is
 * lacking. Returns -1. */
int cli_misused(char *const *argv, int c, struct err *err);

/* ---- cli_session.c ---- */

/* Notes an option for the session, when it is one that says how a log is read. */
void cli_note_option(struct cli *cli, int id, const char *text);

/* What --resume comes back to: fills `session` and, when no path was given, `path`, and takes the
 * options that were kept with it, but for those that are `given`. Without such a thing a notice says
 * so; without a path either it is an error. `screen` as in cli_parse. */
int cli_come_back(struct cli *cli, struct overrides *o, const bool *given, bool screen,
                  struct err *err) WARN_UNUSED;

#endif
