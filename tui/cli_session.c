/* --resume; see cli_own.h. */
#include "tui/cli_own.h"

#include <getopt.h>
#include <limits.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tui/session_file.h"

/* The paths that the session is about, borrowed from it. */
static int take_paths(struct cli *cli, struct err *err)
{
    const struct session *s = &cli->session;
    cli->left_path = mem_alloc(s->n + 1, sizeof *cli->left_path);
    if (cli->left_path == NULL)
        return err_memory(err, "the session");
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->line[i].key, "path") == 0)
            cli->left_path[cli->n_paths++] = s->line[i].value;
    cli->path = cli->left_path;
    return 0;
}

static int find_session(struct cli *cli, struct err *err)
{
    char file[SESSION_FILE_BYTES];
    struct err why = ERR_INIT;
    bool named = cli->n_paths > 0;
    int rc = named ? session_find(&cli->session, cli->path, cli->n_paths, file, &why)
                   : session_newest(&cli->session, file, &why);
    if (rc == 0)
        return named ? 0 : take_paths(cli, err);
    if (!named && rc > 0)
        return err_set(err, ERR_USAGE, "--resume: no log was left yet: name one");
    if (!named)
        return err_set(err, why.code, "--resume: %s", why.text);
    if (rc > 0)
        notices_add(&cli->notices, "nothing is kept of this log: it is opened as a new one");
    else
        notices_add(&cli->notices, "what was kept of this log is not used: %s", why.text);
    return 0;
}

static const char *const names[] = {
#define X(id, letter, name, arg, help) name,
    CLI_OPTIONS(X)
#undef X
};

/* Whether an option says how a log is read: it is kept with where that was left, and holds again
 * unless it is given. */
static bool is_kept(int id)
{
    static const int kept[] = {OPT_FIELDS,    OPT_FROM,  OPT_TO, OPT_PATH,
                               OPT_DELIMITER, OPT_LOCAL, OPT_TZ, OPT_VERDICTS};
    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        if (kept[i] == id)
            return true;
    return false;
}

static void key_of(int id, char key[SESSION_MAX_KEY])
{
    (void)snprintf(key, SESSION_MAX_KEY, "option.%s", names[id - OPT_FIRST]);
}

void cli_note_option(struct cli *cli, int id, const char *text)
{
    char key[SESSION_MAX_KEY], whole[PATH_MAX];
    if (!is_kept(id))
        return;
    key_of(id, key);
    if (id == OPT_VERDICTS && realpath(text, whole) != NULL)
        text = whole;
    session_add(&cli->asked, key, span_of(text));
}

/* Takes one of the session, as if it had been given. */
static int left_option(struct cli *cli, struct overrides *o, int id, const char *value,
                       struct err *err)
{
    if (id == OPT_VERDICTS && access(value, R_OK) != 0)
        return err_errno(err, value, "cannot read the verdicts");
    optarg = (char *)(uintptr_t)value; /* set_option reads it */
    if (cli_set_option(cli, o, id, err) != 0)
        return -1;
    cli_note_option(cli, id, value);
    return 0;
}

static void left_options(struct cli *cli, struct overrides *o, const bool *given)
{
    char key[SESSION_MAX_KEY];
    for (int id = OPT_FIRST; id < OPT_END; id++) {
        if (!is_kept(id) || given[id - OPT_FIRST])
            continue;
        key_of(id, key);
        for (size_t i = 0; i < cli->session.n; i++) {
            const struct session_line *l = &cli->session.line[i];
            struct err err = ERR_INIT;
            if (strcmp(l->key, key) == 0 && left_option(cli, o, id, l->value, &err) != 0)
                notices_add(&cli->notices, "an option that was kept does not hold: %s", err.text);
        }
    }
}

/* --resume needs the screen; where the terminal cannot show one, the report of the files comes. */
int cli_come_back(struct cli *cli, struct overrides *o, const bool *given, bool screen,
                  struct err *err)
{
    if (!cli->resume || (!screen && cli->n_paths > 0))
        return 0;
    if (!cli->screen && screen)
        return err_set(err, ERR_USAGE,
                       "--resume goes on on the screen: it needs a terminal, and does not go with "
                       "--batch, --format, --export, --addresses, --trust or --alert");
    if (find_session(cli, err) != 0)
        return -1;
    left_options(cli, o, given);
    return 0;
}
