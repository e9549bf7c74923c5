/* Command-line parsing; see cli.h. */
#include "tui/cli_own.h"

#include <getopt.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/time.h"
#include "tui/model/resume.h"

static const struct option long_options[] = {
#define X(id, letter, name, arg, help)                                                             \
    {name, (arg) == NULL ? no_argument : required_argument, NULL, OPT_##id},
    CLI_OPTIONS(X)
#undef X
        {NULL, 0, NULL, 0}};

static void short_options(char *out, size_t size)
{
    size_t n = 0;
    out[n++] = ':';
#define X(id, letter, name, arg, help)                                                             \
    if ((letter) != 0 && n + 3 < size) {                                                           \
        out[n++] = (char)(letter);                                                                 \
        if ((arg) != NULL)                                                                         \
            out[n++] = ':';                                                                        \
    }
    CLI_OPTIONS(X)
#undef X
    out[n] = '\0';
}

static int id_of_letter(int c)
{
#define X(id, letter, name, arg, help)                                                             \
    if ((letter) != 0 && c == (letter))                                                            \
        return OPT_##id;
    CLI_OPTIONS(X)
#undef X
    return c;
}

/* The rows of --where among those that the recipe is about. A mistake is one of --where: it is looked
 * at alone first. */
static int join_where(struct recipe *r, const char *where, struct err *err)
{
    struct buf both = BUF_INIT;
    uint32_t from = 1, line = r->where_line;
    int rc;
    if (r->where[0] != '\0') {
        buf_printf(&both, "(%s) and (%s)", r->where, where);
        from = (uint32_t)(both.len - strlen(where));
    }
    rc = recipe_set_where(r, where, err);
    if (rc == 0 && both.len > 0 && span_trim(span_of(where)).len > 0)
        rc =
            both.failed ? err_memory(err, "the recipe") : recipe_set_where(r, buf_text(&both), err);
    r->where_option = from;
    r->where_line = both.len > 0 ? line : 0;
    buf_release(&both);
    return rc;
}

/* Options that set what a recipe says as well. */
static int override(struct recipe *r, const struct overrides *o, struct err *err)
{
    const struct {
        const char *option, *text;
        int (*set)(struct recipe *r, const char *text, struct err *err);
    } given[] = {{"--k", o->k, recipe_set_k},
                 {"--seed", o->seed, recipe_set_seed},
                 {"--starts", o->starts, recipe_set_starts},
                 {"--max-iter", o->max_iter, recipe_set_max_iter},
                 {"--features", o->features, recipe_set_features},
                 {"--unit", o->unit, recipe_set_unit},
                 {"--scale", o->scale, recipe_set_scale},
                 {"--missing", o->missing, recipe_set_missing},
                 {"--where", o->where, join_where}};
    for (size_t i = 0; i < ARRAY_LEN(given); i++) {
        if (given[i].text != NULL && given[i].set(r, given[i].text, err) != 0)
            return err_about(err, given[i].option);
    }
    return recipe_check(r, err);
}

/* A recipe by its name, overrides applied. Filled even when they are wrong. */
static int load_recipe(struct recipe *r, const char *name, const struct overrides *o,
                       struct err *err)
{
    return recipe_load(r, name, err) != 0 ? -1 : override(r, o, err);
}

/* The recipe as the log was left with it. 1 when there is none, or none that can be used. */
static int left_recipe(struct cli *cli, const struct overrides *o, struct err *err)
{
    struct session_part part = session_head(&cli->session);
    struct err why = ERR_INIT;
    int rc = o->recipe == NULL && o->features == NULL && session_next(&part)
                 ? resume_recipe(&cli->recipe, part, &why)
                 : 1;
    if (rc < 0)
        notices_add(&cli->notices, "the recipe that was kept is not used: %s", why.text);
    return rc == 0 ? override(&cli->recipe, o, err) : 1;
}

/* Where nobody says by what to cluster, the kind of log does. */
static int apply(struct cli *cli, const struct overrides *o, const char **expr, struct err *err)
{
    static const char *const others[] = {"dns", "auto"}; /* each where those before do not suit */
    struct recipe *r = &cli->recipe;
    int rc;
    *expr = o->where;
    rc = left_recipe(cli, o, err);
    if (rc <= 0)
        return rc;
    if (load_recipe(r, o->recipe == NULL ? "conn" : o->recipe, o, err) != 0)
        return -1;
    if (o->recipe != NULL || o->features != NULL)
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(others); i++, r = r->otherwise) {
        r->otherwise = mem_zalloc(1, sizeof *r->otherwise);
        if (r->otherwise == NULL)
            return err_memory(err, "the recipe");
        if (load_recipe(r->otherwise, others[i], o, err) != 0)
            return -1;
    }
    r->unasked = true;
    return 0;
}

/* Whether two names are one target: a file under two names is, a device is a device. */
static bool same(const char *a, const char *b)
{
    struct stat x, y;
    if (a == NULL || b == NULL)
        return false;
    return strcmp(a, b) == 0 || (stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) &&
                                 x.st_dev == y.st_dev && x.st_ino == y.st_ino);
}

static bool is_stdout(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

/* Options that say nothing by themselves, and files that would overwrite each other. */
static int check_together(const struct cli *cli, const struct overrides *o, struct err *err)
{
    for (size_t i = 0; i < cli->n_paths; i++) {
        if (cli->path[i][0] == '\0')
            return err_set(err, ERR_USAGE,
                           "a file's name is empty (is it a variable that is not set?)");
    }
    if (cli->picked && cli->export_path == NULL && cli->addresses == NULL)
        return err_set(err, ERR_USAGE,
                       "--cluster says what to write: it needs --export=FILE or --addresses=FILE");
    if ((cli->columns != NULL || cli->raw || cli->export_form != EXPORT_BY_NAME) &&
        cli->export_path == NULL)
        return err_set(err, ERR_USAGE, "--%s says how to export: it needs --export=FILE",
                       cli->raw               ? "raw"
                       : cli->columns != NULL ? "columns"
                                              : "export-format");
    if (same(cli->export_path, cli->addresses))
        return is_stdout(cli->addresses)
                   ? err_set(err, ERR_USAGE,
                             "--export=- and --addresses=- would both be standard output: name a "
                             "file for one")
                   : err_set(err, ERR_USAGE, "--export and --addresses name the same file");
    if (cli->formed && is_stdout(cli->export_path))
        return err_set(err, ERR_USAGE,
                       "--format is the report's form, and with --export=- there is no report: "
                       "--export-format=csv, zeek or json is the form of the rows");
    if (cli->formed && is_stdout(cli->addresses))
        return err_set(err, ERR_USAGE,
                       "--format is the report's form, and with --addresses=- there is no report");
    if (same(o->verdicts, cli->export_path) || same(o->verdicts, cli->addresses))
        return err_set(err, ERR_USAGE, "--verdicts names a file that would be written");
    return 0;
}

/* Options that only a batch run can do. */
static bool wants_batch(const struct cli *cli)
{
    return cli->batch || cli->formed || cli->trust > 0 || cli->alerts || cli->export_path != NULL ||
           cli->addresses != NULL;
}

/* How things are shown: the user's file, where there is a screen, and over it the options. */
static int set_view(struct cli *cli, const struct overrides *o, struct err *err)
{
    settings_init(&cli->view);
    if (cli->screen)
        settings_load(&cli->view, &cli->notices);
    for (int i = 0; i < N_SETTINGS; i++) {
        char option[32];
        (void)snprintf(option, sizeof option, "--%s", setting_key((enum setting)i));
        if (o->view[i] != NULL &&
            settings_set(&cli->view, (enum setting)i, span_of(o->view[i]), err) != 0)
            return err_about(err, option);
    }
    if (cli->view.tz[0] != '\0' && o->view[SETTING_TZ] == NULL)
        cli_note_option(cli, OPT_TZ, cli->view.tz); /* hours and weekdays are clustered by it */
    cli->color_asked = o->view[SETTING_COLOR] != NULL;
    return cli->view.tz[0] == '\0' && !time_zone_given()
               ? 0
               : time_set_zone(cli->view.tz[0] == '\0' ? "UTC" : cli->view.tz, err);
}

/* Once the zone is known, wherever --tz stands. */
static int set_range(struct cli *cli, const struct overrides *o, struct err *err)
{
    cli->ranged = o->from != NULL || o->to != NULL;
    cli->from_us = INT64_MIN;
    cli->to_us = INT64_MAX;
    if (o->from != NULL && time_parse_local(span_of(o->from), &cli->from_us, err) != 0)
        return err_about(err, "--from");
    if (o->to != NULL && time_parse_local(span_of(o->to), &cli->to_us, err) != 0)
        return err_about(err, "--to");
    if (cli->from_us >= cli->to_us)
        return err_set(err, ERR_USAGE,
                       "--from is not before --to (--to is the first time that is left out)");
    return 0;
}

static int load_verdicts(struct cli *cli, const char *path, struct err *err)
{
    if (path == NULL)
        return 0;
    if (path[0] == '\0' || is_stdout(path))
        return err_set(err, ERR_USAGE,
                       "--verdicts: a file's name is expected; standard input is "
                       "/dev/stdin");
    cli->verdicts = verdicts_load(path, false, err);
    return cli->verdicts == NULL ? -1 : 0;
}

int cli_parse(struct cli *cli, int argc, char **argv, bool screen, const char **expr,
              struct err *err)
{
    static const char *const standard_input[] = {"-"};
    struct overrides o = {0};
    char letters[80];
    bool given[OPT_END - OPT_FIRST] = {false};
    int c;
    *cli = (struct cli){.help = false};
    *expr = NULL;
    short_options(letters, sizeof letters);
    opterr = 0;
    optind = 0; /* from the start, also the second time */
    while ((c = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
        if (c == '?' || c == ':')
            return cli_misused(argv, c, err);
        if (cli_set_option(cli, &o, id_of_letter(c), err) != 0)
            return -1;
        given[id_of_letter(c) - OPT_FIRST] = true;
        cli_note_option(cli, id_of_letter(c), optarg);
    }
    cli->path = (const char *const *)argv + optind;
    cli->n_paths = (size_t)(argc - optind);
    cli->screen = screen && !wants_batch(cli) && isatty(STDOUT_FILENO) == 1;
    if (cli->n_paths == 0 && !cli->resume && isatty(STDIN_FILENO) != 1) {
        cli->path = standard_input;
        cli->n_paths = 1;
    }
    if (cli->help || cli->version || cli->complete)
        return 0;
    if (cli_come_back(cli, &o, given, screen, err) != 0 || check_together(cli, &o, err) != 0 ||
        set_view(cli, &o, err) != 0 || set_range(cli, &o, err) != 0 ||
        apply(cli, &o, expr, err) != 0)
        return -1;
    *expr = NULL;
    return load_verdicts(cli, o.verdicts, err);
}

void cli_release(struct cli *cli)
{
    recipe_release(&cli->recipe);
    verdicts_unref(cli->verdicts);
    mem_free(cli->local);
    notices_release(&cli->notices);
    session_release(&cli->session);
    session_release(&cli->asked);
    mem_free((void *)cli->left_path);
    *cli = (struct cli){.help = false};
}
