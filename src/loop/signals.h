/* loop/signals.h: signals for the rooms above: coil_run's SIGINT is one of them. */
#ifndef COIL_LOOP_SIGNALS_H
#define COIL_LOOP_SIGNALS_H

#include "loop/loop.h"

/* Catches a signal for the loop, as coil_add_signal_handler does. once: the next one has the default action. */
int coil__signal_catch(coil_loop *loop, int signo, coil_callback fn, void *arg, bool once);
/* Ends that, if fn and arg are still the ones that were given (fn NULL: whatever they are). Returns 1 or 0. */
int coil__signal_release(coil_loop *loop, int signo, coil_callback fn, void *arg);
/* Ignores SIGPIPE for the whole process if it would kill, until as many releases have come: writing to a socket never raises
 * it, writing to a pipe does. Any thread. */
void coil__sigpipe_hold(void);
void coil__sigpipe_release(void);
/* Releases all that the loop caught: it is closing. */
void coil__signals_close(coil_loop *loop);

#endif
