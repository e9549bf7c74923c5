/* Debugging log; see log.h. */
#include "core/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clean.h"

static int log_fd = -1;
static struct timespec started;

int log_open(const char *path, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_errno(err, path, "cannot write the log");
    log_fd = fd;
    (void)clock_gettime(CLOCK_MONOTONIC, &started);
    return 0;
}

void log_line(const char *fmt, ...)
{
    char text[512];
    struct timespec now;
    struct buf line = BUF_INIT;
    va_list args;
    ssize_t wrote;
    if (log_fd < 0)
        return;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    buf_printf(&line, "%10.3f ",
               (double)(now.tv_sec - started.tv_sec) +
                   (double)(now.tv_nsec - started.tv_nsec) * 1e-9);
    clean_add(&line, span_of(text));
    buf_add_char(&line, '\n');
    /* One write a line keeps lines of several threads apart; a lost line is not worth an error. */
    do
        wrote = write(log_fd, line.ptr == NULL ? "" : line.ptr, line.len);
    while (wrote < 0 && errno == EINTR);
    buf_release(&line);
}
