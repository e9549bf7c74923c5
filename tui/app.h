/* The screen: event loop, views, and the way out. */
#ifndef MINNOW_TUI_APP_H
#define MINNOW_TUI_APP_H

#include "core/engine.h"
#include "tui/model/session.h"
#include "tui/settings.h"

struct app_opts {
    struct load_opts load; /* borrowed until the end, as everything here */
    const struct recipe *recipe;
    const struct expr_env *env;      /* may be NULL */
    const struct verdicts *verdicts; /* may be NULL */
    struct settings view;            /* as it begins */
    const struct session *asked;     /* options that say how the log is read, to be kept */
    const struct session *session;   /* to come back to, or NULL */
    bool color_asked;                /* an option says how: more than NO_COLOR */
    uint32_t threads;                /* 0: all */
    const struct notices *notices;   /* said before the first key; may be NULL */
};

#define APP_NO_SCREEN (-1)

/* Runs the screen until the user leaves. Returns the exit status: 0; 2 to 5 with the error when the
 * log could not be read at all or the screen not be started; 129, 130, 143 by signal or when the
 * terminal is lost. APP_NO_SCREEN when the terminal cannot show one: nothing was done, err says
 * why, and the batch report is the answer. The terminal is restored in every case. */
int app_run(const struct app_opts *opts, struct err *err);

#endif
