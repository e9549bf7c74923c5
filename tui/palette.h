/* Roles of a theme -> what curses shows.
 *
 * True colour where the terminal takes colours as red, green and blue; else the theme's colour of
 * 256; else of 16 or 8 (bright ones are then bold). Without colour only attributes are used. */
#ifndef MINNOW_TUI_PALETTE_H
#define MINNOW_TUI_PALETTE_H

#include "tui/term.h"
#include "tui/theme.h"

/* After the screen has started, and again for another theme. `color` false: attributes only. */
void palette_set(const struct theme *theme, bool color);

/* Whether the terminal can show colours at all. */
bool palette_can_color(void);

/* Everything that is written from now on looks like this: an enum look, perhaps with
 * LOOK_ON_SELECTED. */
void palette_use(unsigned look);

/* What is erased from now on is blank in the theme's default: a theme may have a background of its own. */
void palette_use_ground(void);

#endif
