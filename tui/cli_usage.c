/* What is said of options that are used in a wrong way, and --help. */
#include "tui/cli_own.h"

#include <getopt.h>

#include "core/base/closest.h"

static const char *const names[] = {
#define X(id, letter, name, arg, help) name,
    CLI_OPTIONS(X)
#undef X
};

/* "--exp" begins more than one option: names them. False when it begins fewer than two. */
static bool begins_some(struct span name, char *out, size_t size)
{
    size_t n = 0, used = 0;
    for (size_t i = 0; i < ARRAY_LEN(names) && name.len > 0; i++) {
        int len;
        if (strncmp(names[i], name.ptr, name.len) != 0)
            continue;
        len = snprintf(out + used, size - used, "%s--%s", n++ == 0 ? "" : ", ", names[i]);
        used += len > 0 && (size_t)len < size - used ? (size_t)len : 0;
    }
    return n > 1;
}

static int unknown(const char *word, struct err *err)
{
    struct span name = span_make(word + 2, strcspn(word + 2, "="));
    struct closest c = closest_to(name);
    int shown = name.len > 58 ? 60 : (int)name.len + 2;
    char some[160] = "";
    if (begins_some(name, some, sizeof some))
        return err_set(err, ERR_USAGE, "option %.*s is short for more than one: %s", shown, word,
                       some);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        closest_try(&c, span_of(names[i]));
    return c.best.len == 0
               ? err_set(err, ERR_USAGE, "unknown option %.*s (see minnow --help)", shown, word)
               : err_set(err, ERR_USAGE, "unknown option %.*s (did you mean --%.*s?)", shown, word,
                         (int)c.best.len, c.best.ptr);
}

/* `-export` is a long option that lacks a dash. Its first letter is what getopt complains of; NULL for
 * another word. */
static const char *lacks_dash(const char *word, int letter)
{
    struct span name;
    if (word == NULL || word[0] != '-' || word[1] != letter)
        return NULL;
    name = span_make(word + 1, strcspn(word + 1, "="));
    for (size_t i = 0; i < ARRAY_LEN(names) && name.len > 1; i++) {
        if (span_is(name, names[i]))
            return names[i];
    }
    return NULL;
}

int cli_misused(char *const *argv, int c, struct err *err)
{
    /* getopt leaves the letter in optopt, or the number of a long option that takes no value. Of a long
     * one that it does not know the word stands before optind; a word of letters that it is not yet
     * through with, at optind. */
    const char *word = argv[optind - 1], *meant = lacks_dash(argv[optind], optopt);
    bool letter = optopt != 0 && optopt < 128;
    if (c == ':' && letter)
        return err_set(err, ERR_USAGE, "option -%c needs a value (see minnow --help)", optopt);
    if (c == ':')
        return err_set(err, ERR_USAGE, "option %.60s needs a value (see minnow --help)", word);
    if (optopt > OPT_NONE)
        return err_set(err, ERR_USAGE, "option %.*s takes no value (see minnow --help)",
                       (int)strcspn(word, "="), word);
    if (meant != NULL)
        return err_set(err, ERR_USAGE, "unknown option -%s (did you mean --%s?)", meant, meant);
    return letter ? err_set(err, ERR_USAGE, "unknown option -%c (see minnow --help)", optopt)
                  : unknown(word, err);
}

static void help_line(struct buf *out, int letter, const char *name, const char *arg,
                      const char *help)
{
    char left[40];
    if (letter != 0)
        (void)snprintf(left, sizeof left, "-%c, --%s%s%s", letter, name, arg == NULL ? "" : "=",
                       arg == NULL ? "" : arg);
    else
        (void)snprintf(left, sizeof left, "    --%s%s%s", name, arg == NULL ? "" : "=",
                       arg == NULL ? "" : arg);
    buf_printf(out, "  %-26s %s\n", left, help);
}

void cli_help(struct buf *out)
{
    buf_add_text(
        out, "usage: minnow [OPTION]... [FILE|DIRECTORY]...\n"
             "Finds the small, strange groups in a connection log. FILE - is standard input.\n\n");
#define X(id, letter, name, arg, help) help_line(out, letter, name, arg, help);
    CLI_OPTIONS(X)
#undef X
    buf_add_text(out, "\nOn the screen, ? lists the keys.\nRecipes built in:");
    for (const char *const *name = recipe_builtin_names(); *name != NULL; name++)
        buf_printf(out, " %s", *name);
    buf_add_text(out, ".\nSee minnow(1), minnow-config(5), minnow-recipe(5), minnow-theme(5).\n");
}
