/* Scripts for the completion of the shells; see complete.h.
 *
 * DESIGN
 * 1. What an option takes follows from the table: no argument; one of CLI_CHOICES; a LIST of columns; a
 *    FILE; names or a file; a ZONE; or something that nobody can guess, and then nothing is offered.
 * 2. The scripts need nothing but their shell: bash's own functions, not those of bash-completion. */
#include "tui/complete.h"

#include "core/base/embedded.h"

enum takes {
    TAKES_NOTHING,
    TAKES_ANYTHING,
    TAKES_CHOICE,
    TAKES_NAME_OR_FILE,
    TAKES_LIST,
    TAKES_FILE,
    TAKES_ZONE
};

struct option_row {
    int letter;
    const char *name, *arg, *help;
};

static const struct option_row options[] = {
#define X(id, letter, name, arg, help) {letter, name, arg, help},
    CLI_OPTIONS(X)
#undef X
};

static const char *const zones =
    "UTC $(awk '/^[^#]/ { print $3 }' /usr/share/zoneinfo/zone.tab 2>/dev/null)";

static enum takes takes(const struct option_row *o)
{
    if (o->arg == NULL)
        return TAKES_NOTHING;
    if (strcmp(o->arg, "NAME|FILE") == 0)
        return TAKES_NAME_OR_FILE;
    if (strcmp(o->arg, "FILE") == 0)
        return TAKES_FILE;
    if (strcmp(o->arg, "ZONE") == 0)
        return TAKES_ZONE;
    if (strcmp(o->name, "columns") == 0 || strcmp(o->name, "fields") == 0)
        return TAKES_LIST;
    return cli_choices(o->name) != NULL ? TAKES_CHOICE : TAKES_ANYTHING;
}

/* The values of an option, blanks between. */
static void values(struct buf *out, const struct option_row *o)
{
    const char *const *list = cli_choices(o->name);
    const char *between = "";
    if (strcmp(o->name, "recipe") == 0)
        list = recipe_builtin_names();
    if (strcmp(o->name, "theme") == 0) {
        for (const struct embedded *e = embedded_themes; e->name != NULL; e++, between = " ")
            buf_printf(out, "%s%s", between, e->name);
    } else if (list != NULL) {
        for (; *list != NULL; list++, between = " ")
            buf_printf(out, "%s%s", between, *list);
    } else {
        for (int role = 0; role < N_ROLES; role++, between = " ")
            buf_printf(out, "%s%s", between, role_name((enum role)role));
    }
}

/* ---- bash ---- */

/* What stands in front of `)` in the case of an option with a value, and what is done then. */
static void bash_case(struct buf *out, const struct option_row *o)
{
    enum takes what = takes(o);
    if (what == TAKES_NOTHING)
        return;
    buf_add_text(out, "    ");
    if (o->letter != 0)
        buf_printf(out, "-%c | ", o->letter);
    buf_printf(out, "--%s) kind=", o->name);
    switch (what) {
    case TAKES_FILE:
        buf_add_text(out, "'file' ;;\n");
        return;
    case TAKES_ZONE:
        buf_printf(out, "choice words=\"%s\" ;;\n", zones);
        return;
    case TAKES_CHOICE:
    case TAKES_NAME_OR_FILE:
    case TAKES_LIST:
        buf_add_text(out, what == TAKES_CHOICE ? "choice" : what == TAKES_LIST ? "list" : "named");
        buf_add_text(out, " words='");
        values(out, o);
        buf_add_text(out, "' ;;\n");
        return;
    case TAKES_NOTHING:
    case TAKES_ANYTHING:
        break;
    }
    buf_add_text(out, "choice ;;\n");
}

static void bash(struct buf *out)
{
    buf_add_text(out, "# minnow: completion for bash, printed by minnow --completion=bash\n"
                      "_minnow()\n{\n"
                      "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
                      "    local option='' glue='' kind='' words='' word\n"
                      "    COMPREPLY=()\n"
                      "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD - 1}\"; do\n"
                      "        [[ $word == -- ]] && return\n"
                      "    done\n"
                      "    # bash takes --name=value apart at the =, unless it was told not to.\n"
                      "    if [[ $cur == = ]]; then\n"
                      "        option=$prev cur=''\n"
                      "    elif [[ $prev == = && $COMP_CWORD -gt 2 ]]; then\n"
                      "        option=${COMP_WORDS[COMP_CWORD - 2]}\n"
                      "    elif [[ $cur == --*=* ]]; then\n"
                      "        option=${cur%%=*} glue=${cur%%=*}= cur=${cur#*=}\n"
                      "    else\n"
                      "        option=$prev\n"
                      "    fi\n"
                      "    case $option in\n");
    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        bash_case(out, &options[i]);
    buf_add_text(out, "    *)\n"
                      "        [[ $cur == -* ]] || return\n"
                      "        kind=option words='");
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (options[i].letter != 0)
            buf_printf(out, "-%c ", options[i].letter);
        buf_printf(out, "--%s%s%s", options[i].name, options[i].arg == NULL ? "" : "=",
                   i + 1 < ARRAY_LEN(options) ? " " : "'\n        ;;\n    esac\n");
    }
    buf_add_text(
        out,
        "    if [[ $kind == list ]]; then\n"
        "        word=${cur##*,} glue=$glue${cur%\"${cur##*,}\"} cur=$word\n"
        "        compopt -o nospace 2>/dev/null\n"
        "    fi\n"
        "    if [[ $kind == file && $glue ]]; then\n"
        "        compopt -o filenames 2>/dev/null\n"
        "        mapfile -t COMPREPLY < <(compgen -P \"$glue\" -f -- \"$cur\")\n"
        "    elif [[ $kind != file ]]; then\n"
        "        mapfile -t COMPREPLY < <(compgen -P \"$glue\" -W \"$words\" -- \"$cur\")\n"
        "    fi\n"
        "    [[ $kind == choice || $kind == list || $kind == option ]] && compopt +o default "
        "2>/dev/null\n"
        "    [[ $kind == option && ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null\n"
        "    return 0\n"
        "}\n"
        "complete -o default -F _minnow minnow\n");
}

/* ---- zsh ---- */

/* Inside of '...' and of [...]. */
static void zsh_text(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            buf_add_text(out, "'\\''");
        else if (strchr("[]\\:", *text) != NULL)
            buf_printf(out, "\\%c", *text);
        else
            buf_add_char(out, *text);
    }
}

static void zsh_action(struct buf *out, const struct option_row *o)
{
    switch (takes(o)) {
    case TAKES_FILE:
        buf_add_text(out, "_files");
        break;
    case TAKES_ZONE:
        buf_add_text(out, "_time_zone");
        break;
    case TAKES_CHOICE:
        buf_add_char(out, '(');
        values(out, o);
        buf_add_char(out, ')');
        break;
    case TAKES_NAME_OR_FILE:
    case TAKES_LIST:
        buf_printf(out, "_minnow_%s", o->name);
        break;
    case TAKES_NOTHING:
    case TAKES_ANYTHING:
        buf_add_char(out, ' ');
    }
}

static void zsh_option(struct buf *out, const struct option_row *o)
{
    const char *equals = o->arg == NULL ? "" : "=";
    buf_add_text(out, "        ");
    if (o->letter != 0)
        buf_printf(out, "'(-%c --%s)'{-%c%s,--%s%s}", o->letter, o->name, o->letter,
                   o->arg == NULL ? "" : "+", o->name, equals);
    else
        buf_printf(out, "--%s%s", o->name, equals);
    buf_add_text(out, "'[");
    zsh_text(out, o->help);
    buf_add_char(out, ']');
    if (o->arg != NULL) {
        buf_add_char(out, ':');
        zsh_text(out, o->arg);
        buf_add_char(out, ':');
        zsh_action(out, o);
    }
    buf_add_text(out, "' \\\n");
}

static void zsh(struct buf *out)
{
    buf_add_text(out, "#compdef minnow\n"
                      "# minnow: completion for zsh, printed by minnow --completion=zsh\n");
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        enum takes what = takes(&options[i]);
        if (what != TAKES_NAME_OR_FILE && what != TAKES_LIST)
            continue;
        buf_printf(out, "_minnow_%s()\n{\n    ", options[i].name);
        buf_add_text(out,
                     what == TAKES_LIST ? "_sequence compadd - " : "_alternative 'names:name:(");
        values(out, &options[i]);
        buf_add_text(out, what == TAKES_LIST ? "\n}\n" : ")' 'files:file:_files'\n}\n");
    }
    buf_add_text(out, "_minnow()\n{\n    _arguments -s -S \\\n");
    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        zsh_option(out, &options[i]);
    buf_add_text(out, "        '*:log:_files'\n"
                      "}\n"
                      "if [ \"$funcstack[1]\" = _minnow ]; then\n"
                      "    _minnow \"$@\"\n"
                      "else\n"
                      "    compdef _minnow minnow\n"
                      "fi\n");
}

/* ---- fish ---- */

static void fish_text(struct buf *out, const char *text)
{
    buf_add_char(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            buf_add_char(out, '\\');
        buf_add_char(out, *text);
    }
    buf_add_char(out, '\'');
}

static void fish_option(struct buf *out, const struct option_row *o)
{
    enum takes what = takes(o);
    buf_add_text(out, "complete -c minnow");
    if (o->letter != 0)
        buf_printf(out, " -s %c", o->letter);
    buf_printf(out, " -l %s", o->name);
    if (what == TAKES_FILE || what == TAKES_NAME_OR_FILE)
        buf_add_text(out, " -r -F");
    else if (what != TAKES_NOTHING)
        buf_add_text(out, " -x");
    if (what == TAKES_ZONE)
        buf_add_text(
            out,
            " -a \"UTC (awk '/^[^#]/ { print \\$3 }' /usr/share/zoneinfo/zone.tab 2>/dev/null)\"");
    if (what == TAKES_CHOICE || what == TAKES_NAME_OR_FILE || what == TAKES_LIST) {
        buf_add_text(out, what == TAKES_LIST ? " -a '(__fish_append , " : " -a '");
        values(out, o);
        buf_add_text(out, what == TAKES_LIST ? ")'" : "'");
    }
    buf_add_text(out, " -d ");
    fish_text(out, o->help);
    buf_add_char(out, '\n');
}

static void fish(struct buf *out)
{
    buf_add_text(out, "# minnow: completion for fish, printed by minnow --completion=fish\n");
    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        fish_option(out, &options[i]);
}

void complete_script(struct buf *out, enum cli_shell shell)
{
    static void (*const script[])(struct buf *) = {bash, zsh, fish};
    script[shell](out);
}
