/* The debugging log behind --log=FILE: a full-screen program cannot print.
 *
 * Off until log_open; then each line is written at once with the seconds since the start. Any
 * thread may write. Text is cleaned. */
#ifndef MINNOW_BASE_LOG_H
#define MINNOW_BASE_LOG_H

#include "core/base/err.h"

/* Opens for appending (mode 0600). Called once, before any thread. Errors: ERR_IO. */
int log_open(const char *path, struct err *err) WARN_UNUSED;
void log_line(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The steps of a long job, each with its seconds by the clock and of processor time: that of all
 * threads of the process, whatever they do. */
struct log_step {
    double clock_s, cpu_s; /* when it began */
};
struct log_step log_step_begin(void);

/* Writes "step NAME: 0.123 s, 0.240 s of processor time, peak 98.7 MiB" (what the process ever held at
 * once, so far); the next step begins. */
void log_step_end(struct log_step *step, const char *name);

#endif
