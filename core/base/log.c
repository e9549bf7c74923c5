/* Debugging log; see log.h. */
#include "core/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/resource.h>
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

static double clock_now(clockid_t id)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(id, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

struct log_step log_step_begin(void)
{
    return (struct log_step){clock_now(CLOCK_MONOTONIC), clock_now(CLOCK_PROCESS_CPUTIME_ID)};
}

void log_step_end(struct log_step *step, const char *name)
{
    struct log_step now = log_step_begin();
    struct rusage use = {0};
    (void)getrusage(RUSAGE_SELF, &use);
    log_line("step %s: %.3f s, %.3f s of processor time, peak %.1f MiB", name,
             now.clock_s - step->clock_s, now.cpu_s - step->cpu_s, (double)use.ru_maxrss / 1024);
    *step = now;
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
