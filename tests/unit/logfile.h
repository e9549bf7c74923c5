/* A small log as a table: the test writes the lines, the loader reads them. Also a recipe from its
 * text. */
#ifndef MINNOW_TESTS_LOGFILE_H
#define MINNOW_TESTS_LOGFILE_H

#include "tests/unit/unit.h"

#include "core/load.h"
#include "core/recipe/recipe.h"

#define LOG_FIELDS                                                                                 \
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"   \
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tduration\torig_bytes"    \
    "\tresp_bytes\tconn_state\tlocal_orig\n"                                                       \
    "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tinterval\tcount\tcount\tstring\tbool\n"

/* Loads `text` (a whole file) from a new temporary file, whose path goes to `path` (at least 64
 * bytes); the caller unlinks it when the rows are no longer read. */
static inline struct table *log_load(const char *text, char *path)
{
    const char *paths[1] = {path};
    struct load_opts opts = {.path = paths, .n_paths = 1, .threads = 1};
    struct err err = {0};
    struct table *t;
    FILE *out;
    int fd;

    (void)snprintf(path, 64, "/tmp/minnow-test-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    out = fdopen(fd, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
    t = load_table(&opts, NULL, &err);
    if (t == NULL)
        fail_msg("%s", err.text);
    return t;
}

static inline struct recipe recipe_of(const char *text)
{
    struct recipe r;
    struct err err = {0};
    if (recipe_parse(&r, "test", "test", span_of(text), &err) != 0)
        fail_msg("%s", err.text);
    return r;
}

#endif
