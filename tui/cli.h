/* The command line: one table of options gives parsing, --help, what the shells complete, and what the man
 * page is checked against. */
#ifndef MINNOW_TUI_CLI_H
#define MINNOW_TUI_CLI_H

#include "core/cluster/trust.h"
#include "core/export/lines.h"
#include "core/load.h"
#include "core/recipe/expr.h"
#include "core/recipe/recipe.h"
#include "core/recipe/verdicts.h"
#include "tui/model/session.h"
#include "tui/settings.h"

/* id, short name or 0, long name, argument's name or NULL, help */
#define CLI_OPTIONS(X)                                                                             \
    X(BATCH, 'b', "batch", NULL, "load, cluster, print the report, exit")                          \
    X(FORMAT, 'f', "format", "FORM", "the report's form: text, json or csv")                       \
    X(RECIPE, 'r', "recipe", "NAME|FILE",                                                          \
      "what to cluster by: a recipe's name, or a file with a /")                                   \
    X(K, 'k', "k", "N", "number of clusters, 1 to 256")                                            \
    X(SEED, 's', "seed", "N", "seed of the random choices")                                        \
    X(STARTS, 0, "starts", "N", "how often k-means starts; the best run is kept")                  \
    X(MAX_ITER, 0, "max-iter", "N", "most passes of one start")                                    \
    X(FEATURES, 0, "features", "LIST",                                                             \
      "features in place of the recipe's: log(duration),onehot(proto)")                            \
    X(UNIT, 0, "unit", "U", "what is clustered: connection, pair or host")                         \
    X(SCALE, 0, "scale", "S", "standard, minmax or none")                                          \
    X(MISSING, 0, "missing", "M", "missing values: mark, zero or drop")                            \
    X(WHERE, 'w', "where", "EXPR",                                                                 \
      "cluster only the rows that pass: 'proto=tcp and not addr=10.0.0.0/8'")                      \
    X(VERDICTS, 0, "verdicts", "FILE", "what is known to be benign or suspect; a threat list")     \
    X(TRUST, 0, "trust", "N",                                                                      \
      "cluster N times more and say what does not form again; and other k")                        \
    X(ALERT, 0, "alert", "S", "status 10: suspicion S (0 to 1) is reached, or a row is suspect")   \
    X(CLUSTER, 'c', "cluster", "WHICH", "which to export: a number, first, smallest or all")       \
    X(EXPORT, 'o', "export", "FILE",                                                               \
      "write that cluster: CSV, Zeek's .log, .json; - is standard output")                         \
    X(EXPORT_FORMAT, 0, "export-format", "FORM", "csv, zeek or json, whatever the file's name is") \
    X(ADDRESSES, 0, "addresses", "FILE", "write that cluster's addresses and their rows")          \
    X(COLUMNS, 0, "columns", "LIST", "columns of the export, in this order")                       \
    X(RAW, 0, "raw", NULL, "do not guard exported values against spreadsheet formulas")            \
    X(FORCE, 0, "force", NULL, "let what is written replace an existing file")                     \
    X(STRICT, 0, "strict", NULL, "status 1 when a row was rejected or an input not read whole")    \
    X(FIELDS, 0, "fields", "LIST", "column names of a log without a header")                       \
    X(FROM, 0, "from", "TIME", "only rows from then on: 2026-11-23, 2026-11-23T18:00, epoch")      \
    X(TO, 0, "to", "TIME", "only rows before then")                                                \
    X(PATH, 0, "path", "NAME", "which kind of log to read where there are several (conn)")         \
    X(DELIMITER, 0, "delimiter", "C", "the separator of a CSV: one character, or tab")             \
    X(LOCAL, 0, "local", "CIDR,...", "networks that count as inside")                              \
    X(TIME, 0, "time", "STYLE", "show times as utc, local or epoch")                               \
    X(TZ, 0, "tz", "ZONE", "zone of hours, weekdays and local times (UTC)")                        \
    X(THEME, 0, "theme", "NAME|FILE", "colours of the screen")                                     \
    X(COLOR, 0, "color", "WHEN", "auto, always or never")                                          \
    X(THREADS, 'j', "threads", "N", "worker threads (all processors)")                             \
    X(MOUSE, 0, "mouse", NULL, "the screen takes clicks and the wheel")                            \
    X(NO_MOUSE, 0, "no-mouse", NULL, "the mouse stays the terminal's, whatever the settings say")  \
    X(RESUME, 0, "resume", NULL, "go on where this log, or else the last one, was left")           \
    X(LOG, 0, "log", "FILE", "append what the program does, for debugging")                        \
    X(COMPLETION, 0, "completion", "SHELL", "print what bash, zsh or fish completes, and exit")    \
    X(HELP, 'h', "help", NULL, "print this and exit")                                              \
    X(VERSION, 'V', "version", NULL, "print the version and exit")

/* id, long name, the values that the option takes or, where it takes others as well (cluster, path,
 * delimiter), those worth offering. Names of recipes and themes are elsewhere. */
#define CLI_CHOICES(X)                                                                             \
    X(FORMAT, "format", "text", "json", "csv")                                                     \
    X(EXPORT_FORMAT, "export-format", "csv", "zeek", "json")                                       \
    X(UNIT, "unit", "connection", "pair", "host")                                                  \
    X(SCALE, "scale", "standard", "minmax", "none")                                                \
    X(MISSING, "missing", "mark", "zero", "drop")                                                  \
    X(CLUSTER, "cluster", "first", "smallest", "all")                                              \
    X(PATH, "path", "conn", "dns", "http", "ssl", "files", "weird", "notice")                      \
    X(DELIMITER, "delimiter", "tab")                                                               \
    X(TIME, "time", "utc", "local", "epoch")                                                       \
    X(COLOR, "color", "auto", "always", "never")                                                   \
    X(COMPLETION, "completion", "bash", "zsh", "fish")

enum cli_shell { CLI_BASH, CLI_ZSH, CLI_FISH };
enum report_form { REPORT_TEXT, REPORT_JSON, REPORT_CSV };
enum pick { PICK_FIRST, PICK_NUMBER, PICK_SMALLEST, PICK_ALL };

struct cli {
    bool help, version, batch;
    bool complete; /* --completion was given */
    enum cli_shell shell;
    bool screen; /* what was asked for wants the screen */
    bool formed; /* -f was given */
    enum report_form form;
    struct recipe recipe;            /* found, overrides applied; owned */
    const struct verdicts *verdicts; /* owned reference, or NULL */
    uint32_t trust;                  /* runs; 0: not asked for */
    bool alerts;
    double alert_from;
    bool picked; /* -c was given */
    enum pick pick;
    uint32_t pick_number;
    const char *export_path; /* or NULL; borrowed from argv, as every text here */
    const char *addresses;   /* or NULL */
    enum export_form export_form;
    const char *columns;
    bool raw, force, strict;
    const char *fields;
    const char *kind; /* --path */
    bool ranged;      /* --from, --to: as in struct load_opts */
    int64_t from_us, to_us;
    char delimiter;
    struct cidr *local; /* owned */
    size_t n_local;
    struct settings view;   /* the user's file, when it is for the screen; then the options */
    bool color_asked;       /* by an option */
    struct notices notices; /* about that file, and the session's; owned */
    bool resume;
    struct session session; /* to come back to; empty for none; owned */
    struct session asked;   /* options that say how the log is read; owned */
    const char **left_path; /* the session's paths, when none is given; owned */
    uint32_t threads;
    const char *log;
    const char *const *path; /* standard input, when none is named and that is no terminal */
    size_t n_paths;
};

/* Parses and checks everything that can be checked without a log. Errors: ERR_USAGE with the
 * sentence; ERR_IO for a file that is named and cannot be read. For a bad expression err->column is
 * set and *expr is the text that it points into. Sets the zone (time_set_zone). Without `screen`, or
 * without a terminal as standard output, it is for a batch run, which reads no settings. */
int cli_parse(struct cli *cli, int argc, char **argv, bool screen, const char **expr,
              struct err *err) WARN_UNUSED;
void cli_release(struct cli *cli);

/* The values of CLI_CHOICES for an option by its long name, NULL at the end; NULL when it has none. */
const char *const *cli_choices(const char *option);

/* The text of --help. */
void cli_help(struct buf *out);

#endif
