/* Command-line parsing; see cli.h. */
#include "tui/cli_own.h"

#include <getopt.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/closest.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/io/logname.h"
#include "core/table/value.h"
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

const char *const *cli_choices(const char *option)
{
#define X(id, name, ...)                                                                           \
    static const char *const list_##id[] = {__VA_ARGS__, NULL};                                    \
    if (strcmp(option, name) == 0)                                                                 \
        return list_##id;
    CLI_CHOICES(X)
#undef X
    return NULL;
}

/* Index of `text` among an option's choices, or an error that names them. */
static int choose(const char *option, const char *text, int *out, struct err *err)
{
    const char *const *list = cli_choices(option);
    struct closest c = closest_to(span_of(text));
    char all[128] = "", hint[CLOSEST_HINT];
    size_t used = 0;
    for (int i = 0; list[i] != NULL; i++) {
        int n;
        closest_try(&c, span_of(list[i]));
        if (strcmp(list[i], text) == 0) {
            *out = i;
            return 0;
        }
        n = snprintf(all + used, sizeof all - used, "%s%s", i == 0 ? "" : ", ", list[i]);
        used += n > 0 && (size_t)n < sizeof all - used ? (size_t)n : 0;
    }
    return err_set(err, ERR_USAGE, "--%s: '%.60s' is none of: %s%s", option, text, all,
                   closest_hint(&c, hint));
}

static int whole_number(const char *option, const char *text, uint64_t low, uint64_t high,
                        uint32_t *out, struct err *err)
{
    uint64_t n = 0;
    bool ok = text[0] != '\0';
    for (const char *p = text; ok && *p != '\0'; p++) {
        ok = *p >= '0' && *p <= '9' && n < UINT32_MAX;
        n = n * 10 + (uint64_t)(*p - '0');
    }
    if (!ok || n < low || n > high)
        return err_set(err, ERR_USAGE, "--%s: '%.60s' is not a whole number from %llu to %llu",
                       option, text, (unsigned long long)low, (unsigned long long)high);
    *out = (uint32_t)n;
    return 0;
}

static int set_pick(struct cli *cli, const char *text, struct err *err)
{
    char hint[CLOSEST_HINT];
    if (strcmp(text, "first") == 0)
        cli->pick = PICK_FIRST;
    else if (strcmp(text, "smallest") == 0)
        cli->pick = PICK_SMALLEST;
    else if (strcmp(text, "all") == 0)
        cli->pick = PICK_ALL;
    else {
        cli->pick = PICK_NUMBER;
        if (whole_number("cluster", text, 1, RECIPE_MAX_K, &cli->pick_number, err) != 0)
            return err_set(err, ERR_USAGE,
                           "--cluster: '%.60s' is none of: a number from 1 to 256, first, "
                           "smallest, all%s",
                           text, closest_among(text, cli_choices("cluster"), 3, hint));
    }
    return 0;
}

static int set_alert(struct cli *cli, const char *text, struct err *err)
{
    char full[40]; /* .5 is 0.5 */
    double x;
    (void)snprintf(full, sizeof full, "%s%s", text[0] == '.' ? "0" : "", text);
    if (strlen(text) + 2 > sizeof full || !value_double(span_of(full), &x) || !(x >= 0 && x <= 1))
        return err_set(err, ERR_USAGE, "--alert: '%.60s' is not a number from 0 to 1", text);
    cli->alerts = true;
    cli->alert_from = x;
    return 0;
}

/* A file to write. */
static int set_target(const char **to, const char *option, const char *text, struct err *err)
{
    *to = text;
    return text[0] != '\0'
               ? 0
               : err_set(err, ERR_USAGE, "--%s: a file name, or - for standard output", option);
}

static int set_local(struct cli *cli, const char *list, struct err *err)
{
    struct span rest = span_of(list);
    size_t cap = cli->n_local;
    while (rest.len > 0) {
        const char *comma = memchr(rest.ptr, ',', rest.len);
        size_t len = comma == NULL ? rest.len : (size_t)(comma - rest.ptr);
        struct span one = span_trim(span_make(rest.ptr, len));
        void *array = cli->local;
        if (mem_grow(&array, &cap, cli->n_local + 1, sizeof *cli->local) != 0)
            return err_memory(err, "the local networks");
        cli->local = array;
        if (!cidr_parse(one, &cli->local[cli->n_local]))
            return err_set(err, ERR_USAGE,
                           "--local: '%.*s' is no network (expected 10.0.0.0/8 or fd00::/8)",
                           one.len > 60 ? 60 : (int)one.len, one.ptr);
        cli->n_local++;
        rest = comma == NULL ? span_make("", 0) : span_make(comma + 1, rest.len - len - 1);
    }
    return 0;
}

static int set_delimiter(struct cli *cli, const char *text, struct err *err)
{
    if (strcmp(text, "tab") == 0 || strcmp(text, "\\t") == 0)
        cli->delimiter = '\t';
    else if (strlen(text) == 1 && text[0] > ' ' && text[0] < 127 && text[0] != '"')
        cli->delimiter = text[0];
    else if (strcmp(text, "\t") == 0)
        cli->delimiter = '\t';
    else
        return err_set(err, ERR_USAGE, "--delimiter: '%.60s' is not one printable character or tab",
                       text);
    return 0;
}

static int set_fields(struct cli *cli, const char *list, struct err *err)
{
    size_t n = strlen(list);
    cli->fields = list;
    return n > 0 && list[0] != ',' && list[n - 1] != ',' && strstr(list, ",,") == NULL
               ? 0
               : err_set(err, ERR_USAGE,
                         "--fields: '%.60s' has an empty name (expected ts,uid,...)", list);
}

/* What Zeek calls a log: no file name, which the option's name may suggest. */
static int set_kind(struct cli *cli, const char *text, struct err *err)
{
    cli->kind = text;
    if (text[0] == '\0' || strchr(text, '/') != NULL || strlen(text) >= LOGNAME_KIND)
        return err_set(err, ERR_USAGE,
                       "--path: '%.60s' is no kind of log (expected a name such as conn or dns)",
                       text);
    return 0;
}

int cli_set_option(struct cli *cli, struct overrides *o, int id, struct err *err)
{
    int n = 0;
    int rc = 0;
    switch (id) {
    case OPT_BATCH:
        cli->batch = true;
        break;
    case OPT_FORMAT:
        rc = choose("format", optarg, &n, err);
        cli->form = (enum report_form)n;
        break;
    case OPT_RECIPE:
        o->recipe = optarg;
        break;
    case OPT_K:
        o->k = optarg;
        break;
    case OPT_SEED:
        o->seed = optarg;
        break;
    case OPT_STARTS:
        o->starts = optarg;
        break;
    case OPT_MAX_ITER:
        o->max_iter = optarg;
        break;
    case OPT_FEATURES:
        o->features = optarg;
        break;
    case OPT_UNIT:
        o->unit = optarg;
        break;
    case OPT_SCALE:
        o->scale = optarg;
        break;
    case OPT_MISSING:
        o->missing = optarg;
        break;
    case OPT_WHERE:
        o->where = optarg;
        break;
    case OPT_CLUSTER:
        cli->picked = true;
        rc = set_pick(cli, optarg, err);
        break;
    case OPT_EXPORT:
        rc = set_target(&cli->export_path, "export", optarg, err);
        break;
    case OPT_EXPORT_FORMAT:
        rc = choose("export-format", optarg, &n, err);
        cli->export_form = (enum export_form)(EXPORT_CSV + n);
        break;
    case OPT_ADDRESSES:
        rc = set_target(&cli->addresses, "addresses", optarg, err);
        break;
    case OPT_VERDICTS:
        o->verdicts = optarg;
        break;
    case OPT_TRUST:
        rc = whole_number("trust", optarg, 1, TRUST_MAX_RUNS, &cli->trust, err);
        break;
    case OPT_ALERT:
        rc = set_alert(cli, optarg, err);
        break;
    case OPT_COLUMNS:
        cli->columns = optarg;
        break;
    case OPT_RAW:
        cli->raw = true;
        break;
    case OPT_FORCE:
        cli->force = true;
        break;
    case OPT_STRICT:
        cli->strict = true;
        break;
    case OPT_FIELDS:
        rc = set_fields(cli, optarg, err);
        break;
    case OPT_FROM:
        o->from = optarg;
        break;
    case OPT_TO:
        o->to = optarg;
        break;
    case OPT_PATH:
        rc = set_kind(cli, optarg, err);
        break;
    case OPT_DELIMITER:
        rc = set_delimiter(cli, optarg, err);
        break;
    case OPT_LOCAL:
        rc = set_local(cli, optarg, err);
        break;
    case OPT_TIME:
        o->view[SETTING_TIME] = optarg;
        break;
    case OPT_TZ:
        o->view[SETTING_TZ] = optarg;
        break;
    case OPT_THEME:
        o->view[SETTING_THEME] = optarg;
        break;
    case OPT_COLOR:
        o->view[SETTING_COLOR] = optarg;
        break;
    case OPT_THREADS:
        rc = whole_number("threads", optarg, 1, PARALLEL_MAX_THREADS, &cli->threads, err);
        break;
    case OPT_LOG:
        cli->log = optarg;
        break;
    case OPT_COMPLETION:
        rc = choose("completion", optarg, &n, err);
        cli->complete = rc == 0;
        cli->shell = (enum cli_shell)n;
        break;
    case OPT_MOUSE:
        o->view[SETTING_MOUSE] = "yes";
        break;
    case OPT_RESUME:
        cli->resume = true;
        break;
    case OPT_HELP:
        cli->help = true;
        break;
    case OPT_VERSION:
        cli->version = true;
        break;
    default:
        BUG("an option without a case");
    }
    return rc;
}

/* The rows of --where among those that the recipe is about. A mistake is one of --where: it is looked
 * at alone first. */
static int join_where(struct recipe *r, const char *where, struct err *err)
{
    struct buf both = BUF_INIT;
    uint32_t from = 1;
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

/* Options that say nothing by themselves, and files that would overwrite each other. */
static int check_together(const struct cli *cli, const struct overrides *o, struct err *err)
{
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
        return err_set(err, ERR_USAGE, "--export and --addresses name the same file");
    if (same(o->verdicts, cli->export_path) || same(o->verdicts, cli->addresses))
        return err_set(err, ERR_USAGE, "--verdicts names a file that would be written");
    return 0;
}

/* Options that only a batch run can do. */
static bool wants_batch(const struct cli *cli)
{
    return cli->batch || cli->alerts || cli->export_path != NULL || cli->addresses != NULL;
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
