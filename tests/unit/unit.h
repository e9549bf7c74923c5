/* What every unit test needs: cmocka with its prerequisites, and the way to the shared logs. */
#ifndef MINNOW_TESTS_UNIT_H
#define MINNOW_TESTS_UNIT_H

/* cmocka.h needs the other four first. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <unistd.h>

/* A path below ../shared/data, or the test is skipped when the file is not there. Static storage.
 */
static inline const char *unit_shared(const char *name)
{
    static char path[512];
    (void)snprintf(path, sizeof path, "../shared/data/%s", name);
    if (access(path, R_OK) != 0)
        skip();
    return path;
}

#endif
