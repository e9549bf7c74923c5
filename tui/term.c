/* The terminal; see term.h.
 *
 * DESIGN
 * 1. What restores the terminal in an emergency is computed when it starts: a handler only writes
 *    bytes and sets modes that are ready (`rescue`, set once per start).
 * 2. Keys are read from a pad: wgetch on a window that has changed would draw it. keys_curses.c does. */
#include "tui/term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/export/outfile.h"

/* Buttons and wheel (1000), as decimal numbers (1006). Source: XTerm Control Sequences, "Mouse
 * Tracking". */
#define MOUSE_ON  "\033[?1000h\033[?1006h"
#define MOUSE_OFF "\033[?1006l\033[?1000l"

#define PASTE_ON  "\033[?2004h"
#define PASTE_OFF "\033[?2004l"

/* ---- emergencies ---- */

static const int deadly[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGQUIT};

static struct {
    volatile sig_atomic_t armed;
    int fd;
    char bytes[256];
    size_t n;
    struct termios shell;
    struct sigaction before[ARRAY_LEN(deadly)];
} rescue;

static char rescue_stack[64 * 1024]; /* a SEGV may come from a stack that is full */

/* Async-signal-safe throughout. */
static void on_deadly(int sig)
{
    int saved = errno;
    if (rescue.armed) {
        size_t done = 0;
        rescue.armed = 0;
        while (done < rescue.n) {
            ssize_t n = write(rescue.fd, rescue.bytes + done, rescue.n - done);
            if (n <= 0)
                break;
            done += (size_t)n;
        }
        (void)tcsetattr(rescue.fd, TCSANOW, &rescue.shell);
    }
    outfile_emergency_unlink();
    for (size_t i = 0; i < ARRAY_LEN(deadly); i++)
        if (deadly[i] == sig)
            (void)sigaction(sig, &rescue.before[i], NULL);
    errno = saved;
    (void)raise(sig);
}

/* Appends a terminal string without its padding ($<5>), which is for terminals of another age. */
static void rescue_add(const char *text)
{
    if (text == NULL || text == (char *)-1)
        return;
    while (*text != '\0' && rescue.n < sizeof rescue.bytes) {
        const char *end = text[0] == '$' && text[1] == '<' ? strchr(text, '>') : NULL;
        if (end != NULL)
            text = end + 1;
        else
            rescue.bytes[rescue.n++] = *text++;
    }
}

static void rescue_arm(const struct terminal *t)
{
    struct sigaction action = {.sa_handler = on_deadly, .sa_flags = SA_ONSTACK};
    stack_t stack = {.ss_sp = rescue_stack, .ss_size = sizeof rescue_stack};
    rescue.fd = t->fd_out;
    rescue.shell = t->shell;
    rescue.n = 0;
    rescue_add(tigetstr("op"));
    rescue_add(tigetstr("sgr0"));
    rescue_add(tigetstr("cnorm"));
    rescue_add(tigetstr("rmkx"));
    rescue_add(PASTE_OFF);
    if (t->takes_mouse)
        rescue_add(MOUSE_OFF);
    rescue_add(tigetstr("rmcup"));
    rescue_add("\r");
    /* Setting modes from the background would stop the program in the middle of its end. */
    (void)sigfillset(&action.sa_mask);
    (void)sigaltstack(&stack, NULL);
    for (size_t i = 0; i < ARRAY_LEN(deadly); i++)
        (void)sigaction(deadly[i], &action, &rescue.before[i]);
    rescue.armed = 1;
}

static void rescue_disarm(void)
{
    stack_t none = {.ss_flags = SS_DISABLE};
    if (!rescue.armed)
        return;
    rescue.armed = 0;
    for (size_t i = 0; i < ARRAY_LEN(deadly); i++)
        (void)sigaction(deadly[i], &rescue.before[i], NULL);
    (void)sigaltstack(&none, NULL);
}

/* ---- starting ---- */

void term_send(struct terminal *t, struct span bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(t->fd_out, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* a lost terminal is found by reading */
        bytes = span_make(bytes.ptr + n, bytes.len - (size_t)n);
    }
}

static int open_tty(struct terminal *t, struct err *err)
{
    t->fd_in = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    t->fd_out = t->fd_in < 0 ? -1 : open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (t->fd_in < 0 || t->fd_out < 0 || tcgetattr(t->fd_out, &t->shell) != 0)
        return err_errno(err, "/dev/tty", "no terminal for the screen");
    t->in = fdopen(t->fd_in, "r");
    t->out = fdopen(t->fd_out, "w");
    if (t->in == NULL || t->out == NULL)
        return err_memory(err, "the terminal");
    return 0;
}

static void close_tty(struct terminal *t)
{
    if (t->in != NULL)
        (void)fclose(t->in);
    else if (t->fd_in >= 0)
        (void)close(t->fd_in);
    if (t->out != NULL)
        (void)fclose(t->out);
    else if (t->fd_out >= 0)
        (void)close(t->fd_out);
    t->in = t->out = NULL;
    t->fd_in = t->fd_out = -1;
}

/* Whether the description is known but can't place text: `dumb`, teletypes. newterm fails for those
 * as it does for an unknown name. */
static bool cannot_place(const struct terminal *t, const char *name)
{
    int found = 0;
    const char *cup;
    bool cannot = false;
    if (name == NULL || name[0] == '\0' || setupterm(name, t->fd_out, &found) == ERR || found != 1)
        return false;
    cup = tigetstr("cup");
    cannot = cup == NULL || cup == (char *)-1 || cup[0] == '\0';
    (void)del_curterm(cur_term);
    return cannot;
}

static void start_curses(struct terminal *t, struct notices *notices)
{
    const char *name = getenv("TERM");
    bool named = name != NULL && name[0] != '\0';
    /* LINES and COLUMNS may be nonsense: the window itself is asked. */
    use_env(FALSE);
    use_tioctl(TRUE);
    t->screen = named ? newterm(name, t->out, t->in) : NULL;
    if (t->screen != NULL)
        return;
    t->screen = newterm("xterm-256color", t->out, t->in);
    if (t->screen == NULL)
        return;
    if (named)
        notices_add(notices, "TERM=%.40s is not known here: taken for xterm-256color", name);
    else
        notices_add(notices, "TERM is not set: taken for xterm-256color");
}

static void set_escape_delay(void)
{
    const char *asked = getenv("ESCDELAY"); /* curses reads it */
    if (asked == NULL || asked[0] == '\0')
        (void)set_escdelay(getenv("SSH_CONNECTION") != NULL ? 100 : 25);
    else if (get_escdelay() < 0 || get_escdelay() > 2000)
        (void)set_escdelay(2000);
}

static void set_modes(struct terminal *t)
{
    (void)raw();
    (void)noecho();
    (void)nonl();
    (void)leaveok(stdscr, FALSE);
    (void)intrflush(stdscr, FALSE);
    (void)keypad(t->keys, TRUE);
    (void)nodelay(t->keys, TRUE);
    (void)curs_set(0);
}

/* What is asked of the terminal besides the screen, and taken back before anything else has it. */
static void ask(struct terminal *t, bool on)
{
    term_send(t, span_of(on ? PASTE_ON : PASTE_OFF));
    if (t->takes_mouse)
        term_send(t, span_of(on ? MOUSE_ON : MOUSE_OFF));
}

enum term_start term_open(struct terminal *t, bool mouse, struct notices *notices, struct err *err)
{
    memset(t, 0, sizeof *t);
    t->takes_mouse = mouse;
    t->fd_in = t->fd_out = -1;
    if (open_tty(t, err) != 0)
        goto none;
    if (cannot_place(t, getenv("TERM"))) {
        (void)err_set(err, ERR_USAGE, "TERM=%.40s cannot show a screen", getenv("TERM"));
        goto none;
    }
    start_curses(t, notices);
    if (t->screen == NULL) {
        (void)err_set(err, ERR_USAGE,
                      "the terminal cannot be started: no description of "
                      "xterm-256color is installed either");
        goto none;
    }
    t->keys = newpad(1, 1);
    if (t->keys == NULL) {
        (void)endwin();
        (void)err_memory(err, "the screen");
        goto none;
    }
    rescue_arm(t);
    t->open = true;
    set_modes(t);
    set_escape_delay();
    term_define_keys();
    term_resize(t);
    ask(t, true);
    return TERM_STARTED;
none:
    if (t->screen != NULL)
        delscreen(t->screen);
    t->screen = NULL;
    close_tty(t);
    return TERM_NO_SCREEN;
}

void term_close(struct terminal *t)
{
    if (!t->open)
        return;
    t->open = false;
    ask(t, false);
    if (tigetstr("rmcup") == NULL) { /* what was drawn stays: the shell gets a clean last line */
        (void)mvaddch(LINES - 1, 0, ' ');
        (void)clrtoeol();
        (void)refresh();
    }
    (void)curs_set(1);
    (void)endwin();
    /* curses remembers the modes that it found; a shell's own copy is surer. */
    (void)tcsetattr(t->fd_out, TCSADRAIN, &t->shell);
    rescue_disarm();
    (void)delwin(t->keys);
    delscreen(t->screen);
    t->screen = NULL;
    close_tty(t);
}

/* ---- input ---- */

int term_fd(const struct terminal *t)
{
    return t->fd_in;
}

static short ready(const struct terminal *t)
{
    struct pollfd p = {.fd = t->fd_in, .events = POLLIN};
    return poll(&p, 1, 0) == 1 ? p.revents : 0;
}

bool term_gone(const struct terminal *t)
{
    return (ready(t) & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

bool term_readable(const struct terminal *t)
{
    return ready(t) != 0;
}

/* ---- showing ---- */

static int clamp(int value, int fallback, int most)
{
    return value <= 0 ? fallback : value > most ? most : value;
}

void term_resize(struct terminal *t)
{
    struct winsize size = {0};
    int rows, cols;
    if (ioctl(t->fd_out, TIOCGWINSZ, &size) != 0)
        memset(&size, 0, sizeof size);
    rows = clamp(size.ws_row, 24, TERM_MAX_ROWS);
    cols = clamp(size.ws_col, 80, TERM_MAX_COLS);
    if (rows != LINES || cols != COLS)
        (void)resizeterm(rows, cols);
    /* resizeterm may leave a KEY_RESIZE behind; key_of_curses does not know it, so it is dropped.
     */
    (void)clearok(curscr, TRUE);
}

void term_show(struct terminal *t, int row, int col)
{
    (void)t;
    (void)curs_set(row < 0 ? 0 : 1);
    (void)wmove(stdscr, row < 0 ? 0 : row, row < 0 ? 0 : col);
    (void)wnoutrefresh(stdscr);
    (void)doupdate();
}

void term_redraw(struct terminal *t)
{
    (void)t;
    (void)clearok(curscr, TRUE);
}

void term_resume(struct terminal *t)
{
    (void)reset_prog_mode();
    (void)curs_set(0);
    ask(t, true);
    term_resize(t);
}

bool term_suspend(struct terminal *t)
{
    struct sigaction stop = {.sa_handler = SIG_DFL}, before;
    if (getsid(0) == getpgrp())
        return false;
    ask(t, false);
    (void)curs_set(1);
    (void)endwin();
    (void)tcsetattr(t->fd_out, TCSADRAIN, &t->shell);
    (void)sigemptyset(&stop.sa_mask);
    (void)sigaction(SIGTSTP, &stop, &before);
    /* The whole job: a `zcat log.gz | minnow -` stops as one. Without a shell that controls jobs
     * the kernel drops the signal, and minnow goes on at once. */
    (void)kill(0, SIGTSTP);
    (void)sigaction(SIGTSTP, &before, NULL);
    (void)refresh(); /* takes the terminal again after endwin: modes, keypad, alternate screen */
    term_resume(t);
    return true;
}
