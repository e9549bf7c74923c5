/* Roles -> curses; see palette.h.
 *
 * The table is the one thing that drawing shares with the theme: it is set when the screen starts
 * and when the theme changes, on the loop thread. Equal pairs of colours share a number, since an
 * old terminal has only 64. The terminal's own two colours take a pair too: with number 0 curses ends
 * every run of another colour twice, by the colour and by all attributes. */
#include "tui/palette.h"

#define MAX_PAIRS (2 * N_LOOKS + 1)

static struct {
    attr_t attrs[2 * N_LOOKS]; /* the plain roles, then the same on the line under the cursor */
    int pair[2 * N_LOOKS];
    struct {
        int fg, bg;
    } colors[MAX_PAIRS]; /* by pair number; number 0 is the terminal's own */
    int n_pairs;
    int limit; /* pairs that the terminal has */
} table;

static bool direct_color(void)
{
    return tigetflag("RGB") > 0 && COLORS > 256;
}

/* The terminal's number for a colour; -1 is its own. *bold is set where brightness needs it. */
static int number_of(struct theme_color color, attr_t *bold)
{
    if (color.own)
        return -1;
    if (direct_color())
        return (int)(color.rgb < 8 ? 8 : color.rgb); /* the first eight are indexed */
    if (COLORS >= 256)
        return color.c256;
    if (COLORS >= 16)
        return color.c16;
    if (color.c16 >= 8)
        *bold = A_BOLD;
    return color.c16 & 7;
}

static int pair_of(int fg, int bg)
{
    for (int i = 1; i < table.n_pairs; i++)
        if (table.colors[i].fg == fg && table.colors[i].bg == bg)
            return i;
    if (table.n_pairs >= table.limit || table.n_pairs >= MAX_PAIRS)
        return 0; /* no more pairs: the terminal's own colours */
    if (init_extended_pair(table.n_pairs, fg, bg) == ERR)
        return 0;
    table.colors[table.n_pairs].fg = fg;
    table.colors[table.n_pairs].bg = bg;
    return table.n_pairs++;
}

static attr_t attrs_of(uint8_t attrs)
{
    return ((attrs & THEME_BOLD) != 0 ? A_BOLD : 0) | ((attrs & THEME_DIM) != 0 ? A_DIM : 0) |
           ((attrs & THEME_UNDERLINE) != 0 ? A_UNDERLINE : 0) |
           ((attrs & THEME_REVERSE) != 0 ? A_REVERSE : 0) |
           ((attrs & THEME_ITALIC) != 0 ? A_ITALIC : 0) |
           ((attrs & THEME_BLINK) != 0 ? A_BLINK : 0);
}

static void set_entry(size_t entry, struct style style, bool color)
{
    attr_t bold = 0, ignored = 0;
    table.attrs[entry] = attrs_of(style.attrs);
    table.pair[entry] = 0;
    if (!color)
        return;
    table.pair[entry] = pair_of(number_of(style.fg, &bold), number_of(style.bg, &ignored));
    table.attrs[entry] |= bold;
}

/* Reversed, blocks would show as holes. */
static bool drawn_with_blocks(enum look look)
{
    return look == LOOK_BAR || look == LOOK_BAR_WORK || look == LOOK_BAR_SUSPECT ||
           look == LOOK_BAR_BENIGN || look == LOOK_SPARK;
}

/* A role on the line under the cursor: the line's background; the line's foreground too where the
 * theme gives it one, since nothing else is sure to be seen there. */
static struct style on_selected(const struct theme *theme, enum look look)
{
    struct style style = theme->style[look];
    const struct style *line = &theme->style[LOOK_SELECTED];
    if (look == LOOK_SELECTED_CELL || look == LOOK_HIT_HERE)
        return style;
    style.bg = line->bg;
    if (!line->fg.own)
        style.fg = line->fg;
    style.attrs = (uint8_t)((style.attrs & ~THEME_DIM) | line->attrs);
    if ((line->attrs & THEME_REVERSE) != 0 && drawn_with_blocks(look))
        style.attrs = (uint8_t)(style.attrs & ~THEME_REVERSE);
    return style;
}

bool palette_can_color(void)
{
    return has_colors() == TRUE;
}

void palette_set(const struct theme *theme, bool color)
{
    static bool started; /* curses starts colours once per screen */
    color = color && palette_can_color();
    if (color && !started) {
        (void)start_color();
        (void)use_default_colors();
        started = true;
    }
    table.n_pairs = 1;
    table.limit = color ? COLOR_PAIRS : 0;
    for (size_t i = 0; i < N_LOOKS; i++) {
        set_entry(i, theme->style[i], color);
        set_entry(N_LOOKS + i, on_selected(theme, (enum look)i), color);
    }
}

void palette_use(unsigned look)
{
    bool selected = (look & LOOK_ON_SELECTED) != 0;
    size_t entry = look & ~LOOK_ON_SELECTED;
    int pair;
    if (entry >= N_LOOKS)
        entry = LOOK_DEFAULT;
    if (selected)
        entry += N_LOOKS;
    pair = table.pair[entry];
    (void)attr_set(table.attrs[entry], 0, &pair); /* by pointer: more than 255 pairs */
}

void palette_use_ground(void)
{
    cchar_t blank;
    int pair = table.pair[LOOK_DEFAULT];
    if (setcchar(&blank, L" ", table.attrs[LOOK_DEFAULT] & ~(attr_t)A_BOLD, 0, &pair) == OK)
        bkgrndset(&blank);
}
