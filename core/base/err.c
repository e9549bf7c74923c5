/* Errors as sentences; see err.h. */
#include "core/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

static void fill(struct err *err, const char *head, const char *fmt, va_list args)
{
    int n = snprintf(err->text, sizeof err->text, "%s", head);
    size_t used = n < 0 ? 0 : (size_t)n;
    if (used < sizeof err->text)
        (void)vsnprintf(err->text + used, sizeof err->text - used, fmt, args);
}

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
    va_list args;
    *err = (struct err){.code = code};
    va_start(args, fmt);
    fill(err, "", fmt, args);
    va_end(args);
    return -1;
}

int err_at(struct err *err, enum err_code code, const char *path, uint64_t line, const char *fmt,
           ...)
{
    char head[160];
    va_list args;
    *err = (struct err){.code = code, .line = line};
    if (line > 0)
        (void)snprintf(head, sizeof head, "%.120s:%llu: ", path, (unsigned long long)line);
    else
        (void)snprintf(head, sizeof head, "%.120s: ", path);
    va_start(args, fmt);
    fill(err, head, fmt, args);
    va_end(args);
    return -1;
}

int err_about(struct err *err, const char *what)
{
    struct err inner = *err;
    err_set(err, inner.code, "%s: %s", what, inner.text);
    err->line = inner.line;
    err->column = inner.column;
    return -1;
}

int err_memory(struct err *err, const char *what)
{
    return err_set(err, ERR_LIMIT, "out of memory for %s", what);
}

int err_errno(struct err *err, const char *path, const char *what)
{
    char reason[96];
    int saved = errno;
    /* The GNU strerror_r returns the text and may not use the buffer. */
    const char *text = strerror_r(saved, reason, sizeof reason);
    enum err_code code = saved == ENOMEM ? ERR_LIMIT : ERR_IO;
    return err_at(err, code, path, 0, "%s: %s", what, text);
}

int err_exit_status(const struct err *err)
{
    switch (err->code) {
    case ERR_OK:
        return 0;
    case ERR_USAGE:
        return 2;
    case ERR_DATA:
        return 3;
    case ERR_IO:
        return 4;
    case ERR_LIMIT:
        return 5;
    case ERR_CANCELLED:
        return 130;
    }
    return 5;
}

void bug_at(const char *file, int line, const char *what)
{
    char text[256];
    int n = snprintf(text, sizeof text, "minnow: bug at %s:%d: %s\n", file, line, what);
    if (n > 0) {
        size_t len = (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
        ssize_t wrote = write(STDERR_FILENO, text, len);
        (void)wrote;
    }
    abort();
}
