/* Copying; see clip.h. */
#include "tui/clip.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum clip_way clip_way(const char *tmux, const char *sty, const char *term)
{
    /* Consoles and old terminals print what they do not know, or stop at it. */
    static const char *const deaf[] = {"linux", "vt", "dumb", "ansi", "cons", "sun"};
    if (tmux != NULL && tmux[0] != '\0')
        return CLIP_BY_TMUX;
    for (size_t i = 0; term != NULL && i < ARRAY_LEN(deaf); i++)
        if (span_starts(span_of(term), deaf[i]))
            return CLIP_NO_WAY;
    return sty != NULL && sty[0] != '\0' ? CLIP_BY_OSC52_IN_SCREEN : CLIP_BY_OSC52;
}

/* Source: RFC 4648, section 4. */
static void add_base64(struct buf *out, struct span text)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < text.len; i += 3) {
        size_t n = text.len - i < 3 ? text.len - i : 3;
        uint32_t bits = 0;
        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (j < n ? (unsigned char)text.ptr[i + j] : 0);
        for (size_t j = 0; j < 4; j++)
            buf_add_char(out, j <= n ? digit[bits >> (18 - 6 * j) & 63] : '=');
    }
}

void clip_sequence(struct buf *out, struct span text, enum clip_way way)
{
    bool wrapped = way == CLIP_BY_OSC52_IN_SCREEN;
    buf_add_text(out, wrapped ? "\033P\033]52;c;" : "\033]52;c;");
    add_base64(out, text);
    buf_add_text(out, wrapped ? "\a\033\\" : "\a");
}

/* Starts tmux with the pipe as its input and nowhere to write to. */
static int start_tmux(int in, pid_t *pid)
{
    static char name[] = "tmux", verb[] = "load-buffer", hand_on[] = "-w", from[] = "-";
    char *const argv[] = {name, verb, hand_on, from, NULL};
    posix_spawn_file_actions_t files;
    int rc = posix_spawn_file_actions_init(&files);
    if (rc != 0)
        return rc;
    rc = posix_spawn_file_actions_adddup2(&files, in, 0);
    for (int fd = 1; fd <= 2 && rc == 0; fd++)
        rc = posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_WRONLY, 0);
    if (rc == 0)
        rc = posix_spawnp(pid, name, &files, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&files);
    return rc;
}

int clip_to_tmux(struct span text, struct err *err)
{
    static pid_t last; /* reaped when the next one starts: at most one has ended unseen */
    int end[2], rc;
    ssize_t n = 0;
    pid_t pid;
    if (last > 0 && waitpid(last, NULL, WNOHANG) != 0)
        last = 0;
    /* A pipe takes 64 KiB at once, which is more than is ever copied. */
    if (pipe2(end, O_CLOEXEC | O_NONBLOCK) != 0)
        return err_set(err, ERR_IO, "not copied: %s", strerror(errno));
    (void)fcntl(end[0], F_SETFL, 0);
    rc = start_tmux(end[0], &pid);
    (void)close(end[0]);
    if (rc == 0) {
        n = write(end[1], text.ptr, text.len);
        last = pid;
    }
    (void)close(end[1]);
    if (rc != 0)
        return err_set(err, ERR_IO, "not copied: tmux cannot be started: %s", strerror(rc));
    if (n != (ssize_t)text.len)
        return err_set(err, ERR_IO, "not copied: tmux did not take it");
    return 0;
}
