/* What each option takes as its value, and what is said of another. */
#include "tui/cli_own.h"

#include <getopt.h>

#include "core/base/closest.h"
#include "core/base/mem.h"
#include "core/io/logname.h"
#include "core/table/value.h"

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
        return err_set(err, ERR_USAGE, "--alert: '%.60s' is not a number from 0 to 1, such as 0.6",
                       text);
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
               : err_set(err, ERR_USAGE,
                         "--%s: a file's name is expected, or - for standard output", option);
}

#define NETWORKS "expected some with commas between: 10.0.0.0/8,fd00::/8"

static int set_local(struct cli *cli, const char *list, struct err *err)
{
    struct span rest = span_of(list);
    size_t cap = cli->n_local;
    for (bool more = true; more;) {
        const char *comma = rest.len == 0 ? NULL : memchr(rest.ptr, ',', rest.len);
        size_t len = comma == NULL ? rest.len : (size_t)(comma - rest.ptr);
        struct span one = span_trim(span_make(rest.ptr, len));
        void *array = cli->local;
        if (mem_grow(&array, &cap, cli->n_local + 1, sizeof *cli->local) != 0)
            return err_memory(err, "the local networks");
        cli->local = array;
        if (one.len == 0)
            return err_set(err, ERR_USAGE,
                           "--local: a network is missing in '%.60s' (" NETWORKS ")", list);
        if (!cidr_parse(one, &cli->local[cli->n_local]))
            return err_set(err, ERR_USAGE, "--local: '%.*s' is no network (" NETWORKS ")",
                           one.len > 60 ? 60 : (int)one.len, one.ptr);
        cli->n_local++;
        more = comma != NULL;
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
        return err_set(
            err, ERR_USAGE,
            "--delimiter: '%.60s' cannot stand between fields (expected one character "
            "such as ; which is no blank, quote or letter beyond ASCII, or the word tab)",
            text);
    return 0;
}

/* Whether a list has a name before `at`, bytes long, too. */
static bool stands_before(const char *list, const char *at, size_t len)
{
    for (const char *p = list; p < at; p += strcspn(p, ",") + 1) {
        if (strcspn(p, ",") == len && memcmp(p, at, len) == 0)
            return true;
    }
    return false;
}

static int set_fields(struct cli *cli, const char *list, struct err *err)
{
    cli->fields = list;
    for (const char *p = list;;) {
        size_t len = strcspn(p, ",");
        if (len == 0)
            return err_set(err, ERR_USAGE,
                           "--fields: a name is missing in '%.60s' (expected those of all columns, "
                           "with commas between: ts,uid,id.orig_h)",
                           list);
        if (stands_before(list, p, len))
            return err_set(err, ERR_USAGE, "--fields: two columns cannot have one name, '%.*s'",
                           len > 60 ? 60 : (int)len, p);
        if (p[len] == '\0')
            return 0;
        p += len + 1;
    }
}

/* What Zeek calls a log: no file name, which the option's name may suggest. */
static int set_kind(struct cli *cli, const char *text, struct err *err)
{
    cli->kind = text;
    if (text[0] == '\0' || text[strcspn(text, "/, *")] != '\0' || strlen(text) >= LOGNAME_KIND)
        return err_set(err, ERR_USAGE,
                       "--path: '%.60s' is no kind of log (expected one name such as conn or dns; "
                       "files stand behind the options)",
                       text);
    return 0;
}

/* Long, for there is a case for each option and nothing else in it. */
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
        cli->formed = true;
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
    case OPT_NO_MOUSE:
        o->view[SETTING_MOUSE] = "no";
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
