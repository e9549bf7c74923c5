/* minnow: options, and the choice between screen and batch run. */
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include "core/base/clean.h"
#include "core/base/config.h"
#include "core/base/log.h"
#include "core/base/simd.h"
#include "tui/app.h"
#include "tui/batch.h"
#include "tui/cli.h"
#include "tui/complete.h"
#include "tui/say.h"

static int fail(const struct err *err, const char *expr)
{
    say_err(err, expr);
    return err_exit_status(err);
}

/* Prints a text that was asked for. */
static int answer(const struct buf *text)
{
    struct err err = ERR_INIT;
    (void)signal(SIGPIPE, SIG_IGN); /* `--help | head -1` ends well */
    return say_out(buf_span(text), &err) == 0 ? 0 : fail(&err, NULL);
}

/* --help, --version, --completion: what is printed in place of a run. */
static int print_answer(const struct cli *cli)
{
    struct buf text = BUF_INIT;
    int status;
    if (cli->help)
        cli_help(&text);
    else if (cli->version)
        buf_add_text(&text, "minnow " MINNOW_VERSION "\n");
    else
        complete_script(&text, cli->shell);
    status = answer(&text);
    buf_release(&text);
    return status;
}

/* The user's own verdicts, when there are any. A file that cannot be used is said, and not used. */
static const struct verdicts *own_verdicts(struct notices *notices)
{
    struct err err = ERR_INIT;
    char path[4096];
    const struct verdicts *v;
    if (!config_path("verdicts", path, sizeof path))
        return NULL;
    v = verdicts_load(path, true, &err);
    if (v == NULL)
        notices_add(notices, "verdicts are not used: %s", err.text);
    return v;
}

/* Without a screen the settings for it do not count. */
static int run_after_all(struct cli *cli, int argc, char **argv)
{
    struct err err = ERR_INIT;
    const char *expr = NULL;
    cli_release(cli);
    return cli_parse(cli, argc, argv, false, &expr, &err) == 0 ? batch_run(cli) : fail(&err, expr);
}

/* The screen; where the terminal cannot show one, the report and a sentence. */
static int run_screen(struct cli *cli, int argc, char **argv)
{
    struct expr_env env = {cli->local, cli->n_local};
    struct err err = ERR_INIT;
    struct notices notices = {.n = 0};
    struct app_opts opts = {.load = {.path = cli->path,
                                     .n_paths = cli->n_paths,
                                     .fields = cli->fields,
                                     .ranged = cli->ranged,
                                     .from_us = cli->from_us,
                                     .to_us = cli->to_us,
                                     .kind = cli->kind,
                                     .delimiter = cli->delimiter,
                                     .threads = cli->threads},
                            .recipe = &cli->recipe,
                            .env = &env,
                            .verdicts = cli->verdicts,
                            .view = cli->view,
                            .asked = &cli->asked,
                            .session = cli->session.n > 0 ? &cli->session : NULL,
                            .color_asked = cli->color_asked,
                            .threads = cli->threads};
    const struct verdicts *own = NULL;
    int status;
    notices_join(&notices, &cli->notices);
    if (opts.verdicts == NULL)
        opts.verdicts = own = own_verdicts(&notices);
    opts.notices = &notices;
    status = app_run(&opts, &err);
    verdicts_unref(own);
    notices_release(&notices);
    if (err.code != ERR_OK)
        say_err(&err, NULL);
    return status == APP_NO_SCREEN ? run_after_all(cli, argc, argv) : status;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct err err = ERR_INIT;
    enum simd_level ignored;
    if (simd_asked(&ignored, &err) != 0)
        return fail(&err, NULL);
    if (cli->log != NULL && log_open(cli->log, &err) != 0)
        return fail(&err, NULL);
    if (cli->n_paths == 0) {
        struct buf text = BUF_INIT;
        cli_help(&text);
        (void)fputs(buf_text(&text), stderr);
        buf_release(&text);
        return 2;
    }
    return cli->screen ? run_screen(cli, argc, argv) : batch_run(cli);
}

/* A descriptor that is closed at the start would become some file of ours, and a message would end in it. */
static void fill_standard_descriptors(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}

int main(int argc, char **argv)
{
    struct cli cli;
    struct err err = ERR_INIT;
    const char *expr = NULL;
    int status;

    fill_standard_descriptors();
    /* Blocks that are as big as the log go back to the system when they are freed, also after a first
     * one was: by itself glibc raises this with every such block. */
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
    /* Threads ask for few, big pieces: a heap of its own for each would only reserve addresses. */
    (void)mallopt(M_ARENA_MAX, 1);
    /* A file that may grow no more is an error of write(2), with a sentence, and no signal. */
    (void)signal(SIGXFSZ, SIG_IGN);
    /* LC_CTYPE only: numbers are never read or written by the locale. */
    (void)setlocale(LC_CTYPE, "");
    clean_set_utf8(strcmp(nl_langinfo(CODESET), "UTF-8") == 0);

    if (cli_parse(&cli, argc, argv, true, &expr, &err) != 0)
        status = fail(&err, expr);
    else if (cli.help || cli.version || cli.complete)
        status = print_answer(&cli);
    else
        status = run(&cli, argc, argv);
    cli_release(&cli);
    return status;
}
