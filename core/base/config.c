/* The user's folder; see config.h. */
#include "core/base/config.h"

#include <errno.h>
#include <sys/stat.h>

bool config_path(const char *name, char *out, size_t size)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int n = -1;
    if (config != NULL && config[0] == '/')
        n = snprintf(out, size, "%s/minnow/%s", config, name);
    else if (home != NULL && home[0] == '/')
        n = snprintf(out, size, "%s/.config/minnow/%s", home, name);
    return n > 0 && (size_t)n < size;
}

int config_make_folders(const char *path)
{
    char part[4096];
    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (char *p = part + 1; *p != '\0'; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return -1;
        *p = '/';
    }
    return 0;
}
