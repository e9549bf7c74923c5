/* Themes; see theme.h.
 *
 * DESIGN
 * 1. Parsing keeps, per role, only what the theme says; inheritance is resolved once, at the end,
 *    so the order of lines does not matter, except that a colour stands before its use.
 * 2. A role is always parsed whole before it is taken: a bad line changes nothing. */
#include "tui/theme.h"

#include <math.h>

#include "core/base/closest.h"

#define MAX_COLORS 64
#define USELESS    "for minnow " /* in the first line of a theme */

/* ---- roles ---- */

static const struct {
    const char *name, *about;
} looks[] = {
#define X(id, name, about) {name, about},
    LOOKS(X)
#undef X
};

const char *look_name(enum look look)
{
    return looks[look].name;
}

const char *look_about(enum look look)
{
    return looks[look].about;
}

bool look_of_name(struct span name, enum look *out)
{
    for (size_t i = 0; i < N_LOOKS; i++)
        if (span_is(name, looks[i].name)) {
            *out = (enum look)i;
            return true;
        }
    return false;
}

/* The role whose name is the longest beginning of this one's, up to a dot; `default` at last. */
static enum look parent_of(enum look look)
{
    struct span name = span_of(looks[look].name);
    enum look parent;
    while (name.len > 0) {
        name.len--;
        if (name.ptr[name.len] == '.' && look_of_name(name, &parent))
            return parent;
    }
    return LOOK_DEFAULT;
}

/* ---- colours ---- */

static const uint32_t xterm16[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
                                     0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
                                     0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};

static const char *const name16[8] = {"black", "red",     "green", "yellow",
                                      "blue",  "magenta", "cyan",  "white"};

uint32_t theme_rgb_of_256(uint8_t color)
{
    static const uint32_t step[6] = {0, 0x5f, 0x87, 0xaf, 0xd7, 0xff};
    if (color < 16)
        return xterm16[color];
    if (color < 232) {
        uint32_t n = color - 16u;
        return step[n / 36] << 16 | step[n / 6 % 6] << 8 | step[n % 6];
    }
    return (8u + 10u * (color - 232u)) * 0x010101u;
}

static uint32_t distance(uint32_t a, uint32_t b)
{
    uint32_t sum = 0;
    for (int shift = 0; shift < 24; shift += 8) {
        int d = (int)(a >> shift & 0xff) - (int)(b >> shift & 0xff);
        sum += (uint32_t)(d * d);
    }
    return sum;
}

static uint8_t nearest(uint32_t rgb, unsigned from, unsigned to)
{
    unsigned best = from;
    for (unsigned c = from; c < to; c++)
        if (distance(rgb, theme_rgb_of_256((uint8_t)c)) <
            distance(rgb, theme_rgb_of_256((uint8_t)best)))
            best = c;
    return (uint8_t)best;
}

static struct theme_color color_of_rgb(uint32_t rgb)
{
    return (struct theme_color){.rgb = rgb,
                                .c256 = nearest(rgb, 16, 256), /* the first 16 are the user's */
                                .c16 = nearest(rgb, 0, 16)};
}

static double channel(uint32_t value)
{
    double c = (double)(value & 0xff) / 255.0;
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double luminance(uint32_t rgb)
{
    return 0.2126 * channel(rgb >> 16) + 0.7152 * channel(rgb >> 8) + 0.0722 * channel(rgb);
}

double theme_contrast(uint32_t rgb_a, uint32_t rgb_b)
{
    double a = luminance(rgb_a), b = luminance(rgb_b);
    return a > b ? (a + 0.05) / (b + 0.05) : (b + 0.05) / (a + 0.05);
}

/* ---- parsing ---- */

struct spec {
    bool has_fg, has_bg, has_attrs;
    struct style style;
};

struct named {
    struct span name; /* in the text */
    struct theme_color color;
};

enum section { BEFORE, IN_PALETTE, IN_ROLES, IN_UNKNOWN };

struct parser {
    struct theme *theme;
    const char *path;
    uint64_t line;
    struct notices *notices;
    enum section section;
    struct named color[MAX_COLORS];
    size_t n_colors;
    struct spec spec[N_LOOKS];
    bool said_background;
};

/* The sentence is fixed, the word from the theme stands behind it, and then what may be meant. */
static void complain_of(struct parser *p, const char *sentence, const struct closest *c)
{
    struct span word = c->word;
    char hint[CLOSEST_HINT];
    if (word.len > 60)
        word.len = 60;
    notices_add(p->notices, "%s:%llu: %s%s%.*s%s%s", p->path, (unsigned long long)p->line, sentence,
                word.len > 0 ? " '" : "", (int)word.len, word.ptr, word.len > 0 ? "'" : "",
                closest_hint(c, hint));
}

static void complain(struct parser *p, const char *sentence, struct span word)
{
    struct closest none = closest_to(word);
    complain_of(p, sentence, &none);
}

/* Takes the next word off; blanks between. */
static bool next_word(struct span *rest, struct span *word)
{
    *rest = span_trim(*rest);
    *word = span_make(rest->ptr, 0);
    while (word->len < rest->len && rest->ptr[word->len] != ' ' && rest->ptr[word->len] != '\t')
        word->len++;
    *rest = span_make(rest->ptr + word->len, rest->len - word->len);
    return word->len > 0;
}

static bool read_rgb(struct span word, uint32_t *out)
{
    uint32_t rgb = 0;
    if (word.len != 7 || word.ptr[0] != '#')
        return false;
    for (size_t i = 1; i < 7; i++) {
        char c = word.ptr[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit > 15)
            return false;
        rgb = rgb << 4 | digit;
    }
    *out = rgb;
    return true;
}

static bool read_256(struct span word, uint8_t *out)
{
    unsigned n = 0;
    if (word.len == 0 || word.len > 3)
        return false;
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] < '0' || word.ptr[i] > '9')
            return false;
        n = n * 10 + (unsigned)(word.ptr[i] - '0');
    }
    *out = (uint8_t)n;
    return n < 256;
}

static bool read_16(struct span word, uint8_t *out)
{
    uint8_t bright = 0;
    if (span_starts(word, "bright-")) {
        bright = 8;
        word = span_make(word.ptr + 7, word.len - 7);
    }
    for (uint8_t i = 0; i < 8; i++)
        if (span_is(word, name16[i])) {
            *out = (uint8_t)(i + bright);
            return true;
        }
    return false;
}

static bool name_ok(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9' && i > 0) ||
              ((c == '-' || c == '_') && i > 0)))
            return false;
    }
    return name.len > 0;
}

static const struct theme_color *find_color(const struct parser *p, struct span name)
{
    for (size_t i = 0; i < p->n_colors; i++)
        if (span_eq(p->color[i].name, name))
            return &p->color[i].color;
    return NULL;
}

/* sea = #5f87af 67 blue */
static void palette_line(struct parser *p, struct span name, struct span value)
{
    struct theme_color color;
    struct span word, ignored;
    uint32_t rgb;
    if (!name_ok(name)) {
        complain(p, "a colour's name is made of a-z, 0-9, - and _:", name);
        return;
    }
    if (find_color(p, name) != NULL) {
        complain(p, "a second colour of this name:", name);
        return;
    }
    if (!next_word(&value, &word) || !read_rgb(word, &rgb)) {
        complain(p, "a colour begins with #rrggbb, not with", word);
        return;
    }
    color = color_of_rgb(rgb);
    if (next_word(&value, &word) && !read_256(word, &color.c256)) {
        complain(p, "the second form of a colour is a number from 0 to 255, not", word);
        return;
    }
    if (next_word(&value, &word) && !read_16(word, &color.c16)) {
        complain(p,
                 "the third form is one of black red green yellow blue magenta cyan white, "
                 "perhaps bright-; not",
                 word);
        return;
    }
    if (next_word(&value, &ignored)) {
        complain(p, "a colour has three forms; too much:", ignored);
        return;
    }
    if (p->n_colors == MAX_COLORS) {
        complain(p, "more than 64 colours; this one is left out:", name);
        return;
    }
    p->color[p->n_colors++] = (struct named){name, color};
}

static bool read_color(struct parser *p, struct span word, struct theme_color *out)
{
    const struct theme_color *known = find_color(p, word);
    uint32_t rgb;
    if (span_is(word, "-"))
        *out = (struct theme_color){.own = true};
    else if (known != NULL)
        *out = *known;
    else if (read_rgb(word, &rgb))
        *out = color_of_rgb(rgb);
    else if (read_16(word, &out->c16)) {
        out->own = false;
        out->c256 = out->c16;
        out->rgb = xterm16[out->c16];
    } else
        return false;
    return true;
}

static const struct {
    const char *name;
    uint8_t bit;
} attrs[] = {{"plain", 0},
             {"bold", THEME_BOLD},
             {"dim", THEME_DIM},
             {"underline", THEME_UNDERLINE},
             {"reverse", THEME_REVERSE},
             {"italic", THEME_ITALIC},
             {"blink", THEME_BLINK}};

static bool read_attr(struct span word, uint8_t *out)
{
    for (size_t i = 0; i < ARRAY_LEN(attrs); i++)
        if (span_is(word, attrs[i].name)) {
            *out |= attrs[i].bit;
            return true;
        }
    return false;
}

static void complain_of_role(struct parser *p, struct span name)
{
    struct closest c = closest_to(name);
    for (size_t i = 0; i < N_LOOKS; i++)
        closest_try(&c, span_of(looks[i].name));
    complain_of(p, "no role is called", &c);
}

/* Behind a colour of the background, or an attribute, no colour can stand. */
static void complain_of_word(struct parser *p, struct span word, bool colors)
{
    struct closest c = closest_to(word);
    for (size_t i = 0; i < p->n_colors && colors; i++)
        closest_try(&c, p->color[i].name);
    for (size_t i = 0; i < ARRAY_LEN(name16) && colors; i++)
        closest_try(&c, span_of(name16[i]));
    for (size_t i = 0; i < ARRAY_LEN(attrs); i++)
        closest_try(&c, span_of(attrs[i].name));
    complain_of(p,
                colors ? "no colour of the palette, and no attribute:"
                       : "not bold, dim, underline, reverse, italic, blink or plain:",
                &c);
}

/* bar.suspect = sand - bold */
static void role_line(struct parser *p, struct span name, struct span value)
{
    struct spec spec = {0};
    struct span word;
    enum look look;
    if (!look_of_name(name, &look)) {
        complain_of_role(p, name);
        return;
    }
    if (p->spec[look].has_fg || p->spec[look].has_attrs) {
        complain(p, "this role is said already:", name);
        return;
    }
    while (next_word(&value, &word)) {
        if (read_attr(word, &spec.style.attrs)) {
            spec.has_attrs = true;
        } else if (spec.has_attrs || spec.has_bg) {
            complain_of_word(p, word, false);
            return;
        } else if (!read_color(p, word, spec.has_fg ? &spec.style.bg : &spec.style.fg)) {
            complain_of_word(p, word, true);
            return;
        } else if (spec.has_fg) {
            spec.has_bg = true;
        } else {
            spec.has_fg = true;
        }
    }
    if (!spec.has_fg && !spec.has_attrs)
        complain(p, "nothing is said about", name);
    else
        p->spec[look] = spec;
}

static void head_line(struct parser *p, struct span name, struct span value)
{
    static const char *const words[] = {"any", "dark", "light"};
    if (!span_is(name, "background")) {
        complain(p, "before [palette] only 'background = dark|light|any' may stand, not", name);
        return;
    }
    if (p->said_background) {
        complain(p, "background is said already", span_of(""));
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (span_is(value, words[i])) {
            p->theme->background = (enum theme_background)i;
            p->said_background = true;
            return;
        }
    complain(p, "background is dark, light or any, not", value);
}

static void section_line(struct parser *p, struct span line)
{
    if (span_is(line, "[palette]"))
        p->section = IN_PALETTE;
    else if (span_is(line, "[roles]"))
        p->section = IN_ROLES;
    else {
        p->section = IN_UNKNOWN;
        complain(p, "the parts of a theme are [palette] and [roles]; skipped:", line);
    }
}

static void parse_line(struct parser *p, struct span line)
{
    const char *equals;
    struct span name, value;
    line = span_trim(line);
    if (line.len == 0 || line.ptr[0] == '#')
        return;
    if (line.ptr[0] == '[') {
        section_line(p, line);
        return;
    }
    if (p->section == IN_UNKNOWN)
        return;
    equals = memchr(line.ptr, '=', line.len);
    if (equals == NULL) {
        complain(p, "expected NAME = VALUE, found", line);
        return;
    }
    name = span_trim(span_make(line.ptr, (size_t)(equals - line.ptr)));
    value = span_trim(span_make(equals + 1, line.len - (size_t)(equals + 1 - line.ptr)));
    if (p->section == IN_PALETTE)
        palette_line(p, name, value);
    else if (p->section == IN_ROLES)
        role_line(p, name, value);
    else
        head_line(p, name, value);
}

static void resolve(struct parser *p)
{
    struct style base = {.fg = {.own = true}, .bg = {.own = true}};
    /* Parents stand before their children in the table. */
    for (size_t i = 0; i < N_LOOKS; i++) {
        const struct spec *spec = &p->spec[i];
        struct style style = i == LOOK_DEFAULT ? base : p->theme->style[parent_of((enum look)i)];
        if (spec->has_fg)
            style.fg = spec->style.fg;
        if (spec->has_bg)
            style.bg = spec->style.bg;
        if (spec->has_attrs)
            style.attrs = spec->style.attrs;
        p->theme->style[i] = style;
    }
}

/* `# ember, for minnow by its author`: who made it, or all when the line begins otherwise. */
static void read_about(struct theme *out, struct span line)
{
    size_t n;
    if (line.len == 0 || line.ptr[0] != '#')
        return;
    line = span_trim(span_make(line.ptr + 1, line.len - 1));
    n = strlen(out->name);
    if (span_starts(line, out->name) && line.len > n && line.ptr[n] == ',')
        line = span_trim(span_make(line.ptr + n + 1, line.len - n - 1));
    n = strlen(USELESS);
    if (span_starts(line, USELESS))
        line = span_make(line.ptr + n, line.len - n);
    n = line.len < sizeof out->about ? line.len : sizeof out->about - 1;
    memcpy(out->about, line.ptr, n);
    out->about[n] = '\0';
}

void theme_parse(struct theme *out, const char *name, const char *path, struct span text,
                 struct notices *notices)
{
    struct parser p = {.theme = out, .path = path, .notices = notices};
    struct span line;
    memset(out, 0, sizeof *out);
    (void)snprintf(out->name, sizeof out->name, "%s", name);
    if (text.len > THEME_MAX_BYTES) {
        text.len = THEME_MAX_BYTES;
        notices_add(notices, "%s: only the first 64 KiB of the theme are read", path);
    }
    while (span_line(&text, &line)) {
        if (p.line++ == 0)
            read_about(out, line);
        parse_line(&p, line);
    }
    resolve(&p);
}
