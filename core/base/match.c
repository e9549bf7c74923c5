/* Plain text search; see match.h. */
#include "core/base/match.h"

bool match_any_case(struct span needle)
{
    for (size_t i = 0; i < needle.len; i++) {
        if (needle.ptr[i] >= 'A' && needle.ptr[i] <= 'Z')
            return false;
    }
    return true;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool same_any_case(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (lower(a[i]) != b[i])
            return false;
    }
    return true;
}

bool match_in(struct span hay, struct span needle, bool any_case, size_t *at)
{
    if (needle.len == 0 || needle.len > hay.len)
        return false;
    if (!any_case) {
        const char *hit = memmem(hay.ptr, hay.len, needle.ptr, needle.len);
        if (hit != NULL && at != NULL)
            *at = (size_t)(hit - hay.ptr);
        return hit != NULL;
    }
    for (size_t i = 0; i + needle.len <= hay.len; i++) {
        if (same_any_case(hay.ptr + i, needle.ptr, needle.len)) {
            if (at != NULL)
                *at = i;
            return true;
        }
    }
    return false;
}
