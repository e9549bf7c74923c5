/* Standard output and standard error; see say.h. */
#include "tui/say.h"

#include <errno.h>
#include <unistd.h>

#include "core/base/clean.h"
#include "core/recipe/expr.h"

static int write_all(int fd, struct span bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        bytes.ptr += n;
        bytes.len -= (size_t)n;
    }
    return 0;
}

static void say(const char *text, const char *expr, uint32_t column)
{
    struct buf line = BUF_INIT;
    buf_add_text(&line, "minnow: ");
    clean_add(&line, span_of(text));
    buf_add_char(&line, '\n');
    if (expr != NULL && column > 0)
        expr_caret(&line, span_of(expr), column);
    /* There is nobody to tell when standard error is gone. */
    (void)write_all(STDERR_FILENO, buf_span(&line));
    buf_release(&line);
}

void say_err(const struct err *err, const char *expr)
{
    say(err->text, expr, err->column);
}

void say_note(const char *text)
{
    say(text, NULL, 0);
}

int say_out(struct span bytes, struct err *err)
{
    if (write_all(STDOUT_FILENO, bytes) == 0 || errno == EPIPE)
        return 0;
    return err_errno(err, "standard output", "cannot write");
}
