/* The user's folder; see config.h. */
#include "core/base/config.h"

#include <errno.h>
#include <sys/stat.h>

static bool path_below(const char *variable, const char *in_home, const char *name, char *out,
                       size_t size)
{
    const char *base = getenv(variable), *home = getenv("HOME");
    int n = -1;
    if (base != NULL && base[0] == '/')
        n = snprintf(out, size, "%s/minnow/%s", base, name);
    else if (home != NULL && home[0] == '/')
        n = snprintf(out, size, "%s/%s/minnow/%s", home, in_home, name);
    return n > 0 && (size_t)n < size;
}

bool config_path(const char *name, char *out, size_t size)
{
    return path_below("XDG_CONFIG_HOME", ".config", name, out, size);
}

bool config_state_path(const char *name, char *out, size_t size)
{
    return path_below("XDG_STATE_HOME", ".local/state", name, out, size);
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
