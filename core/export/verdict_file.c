/* The file of verdicts grows; see verdict_file.h. */
#include "core/export/verdict_file.h"

#include <sys/stat.h>

#include "core/base/clean.h"
#include "core/base/slurp.h"
#include "core/export/outfile.h"

static int put(const char *path, const struct buf *text, struct job *job, struct err *err)
{
    struct stat st;
    bool is_file = lstat(path, &st) == 0 && S_ISREG(st.st_mode);
    struct outfile *f = outfile_open(path, true, NULL, 0, job, err);
    if (f == NULL)
        return -1;
    if ((is_file && outfile_set_mode(f, st.st_mode & 0777, err) != 0) ||
        outfile_write(f, buf_text(text), text->len, err) != 0) {
        outfile_abort(f);
        return -1;
    }
    return outfile_commit(f, err);
}

/* A comment and lines, as they are written. */
static void add_note(struct buf *out, const char *comment, const struct verdict_line *line,
                     size_t n)
{
    if (comment != NULL) {
        buf_add_text(out, "# ");
        clean_add(out, span_of(comment));
        buf_add_char(out, '\n');
    }
    for (size_t i = 0; i < n; i++)
        verdict_line_write(&line[i], out);
}

int verdict_file_append(const char *path, const char *comment, const struct verdict_line *line,
                        size_t n, struct job *job, struct err *err)
{
    struct buf text;
    int rc;
    buf_init(&text, VERDICTS_MAX_BYTES);
    rc = slurp(path, "the verdicts", &text, err);
    if (rc < 0)
        goto out;
    if (text.len > 0 && text.ptr[text.len - 1] != '\n')
        buf_add_char(&text, '\n');
    add_note(&text, comment, line, n);
    rc = text.failed ? err_at(err, ERR_LIMIT, path, 0, "the verdicts do not fit in 64 MiB")
                     : put(path, &text, job, err);
out:
    buf_release(&text);
    return rc;
}

int verdict_file_take_back(const char *path, const char *comment, const struct verdict_line *line,
                           size_t n, struct job *job, struct err *err)
{
    struct buf text, note = BUF_INIT;
    int rc;
    buf_init(&text, VERDICTS_MAX_BYTES);
    add_note(&note, comment, line, n);
    rc = slurp(path, "the verdicts", &text, err);
    if (rc < 0)
        goto out;
    if (note.failed) {
        rc = err_memory(err, "the verdicts");
    } else if (text.len < note.len ||
               memcmp(text.ptr + text.len - note.len, note.ptr, note.len) != 0) {
        rc = err_at(err, ERR_DATA, path, 0, "it has changed since: not taken back");
    } else {
        text.len -= note.len;
        rc = put(path, &text, job, err);
    }
out:
    buf_release(&text);
    buf_release(&note);
    return rc;
}
