/* Calling a pair or an address benign or suspect, in the analyst's file of verdicts. */
#ifndef MINNOW_TUI_VIEW_OPINION_H
#define MINNOW_TUI_VIEW_OPINION_H

#include "tui/view/views.h"

/* b: a list of what can be said, on top of `owner`, which is on top. Return enum view_next for it. */
struct clusters_view;
unsigned opinion_ask_cluster(struct clusters_view *v, struct app *app); /* the selected one */
unsigned opinion_ask_row(struct view *owner, struct app *app, struct subject s, uint64_t row);
/* Of a card's address, and of the peer that is selected on it (ADDR_MISSING for none). */
unsigned opinion_ask_addr(struct view *owner, struct app *app, const struct table *t, uint32_t addr,
                          uint32_t peer);

/* Brings the result that is shown up to the application's verdicts, in the background. */
void opinion_catch_up(struct app *app);

#endif
