/* The features view, private to its files: features.c (commands) and features_draw.c. */
#ifndef MINNOW_TUI_VIEW_FEATURES_H
#define MINNOW_TUI_VIEW_FEATURES_H

#include "core/export/recipe_file.h"
#include "tui/model/draft.h"
#include "tui/view/views.h"

struct features_view {
    struct view head;
    const struct table *table; /* a reference */
    struct draft draft;
    struct viewport port;
    struct buf refused; /* what was typed and not taken; empty for nothing */
    struct err why;     /* and why; a column is a place in it */
    char save_as[RECIPE_NAME_MAX + 1];
    struct recipe_names names; /* of the user's own recipes, while one is chosen */
};

void features_draw(struct features_view *v, struct app *app, struct area a);

#endif
