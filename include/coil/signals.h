/* coil/signals.h: signals as callbacks of the loop. */
#ifndef COIL_SIGNALS_H
#define COIL_SIGNALS_H

#include "coil/loop.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Has fn(arg) called by the running loop, as an ordinary callback, whenever signal `signo` comes; it replaces an earlier
 * handler of this loop. Returns 0; -EINVAL for a number that is no signal or can't be caught (SIGKILL, SIGSTOP); -EBUSY
 * when the loop of another thread has this signal; -COIL_ENOLOOP; -ENOMEM.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_add_signal_handler(int signo, coil_callback fn, void *arg);

/* Takes the handler away and brings the default action back. Returns 1 when there was one, else 0; -COIL_ENOLOOP.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_remove_signal_handler(int signo);

#ifdef __cplusplus
}
#endif
#endif
