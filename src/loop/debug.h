/* loop/debug.h: the turn of debug mode. */
#ifndef COIL_LOOP_DEBUG_H
#define COIL_LOOP_DEBUG_H

#include "coil/loop.h"

#define COIL__SLOW_NS 100000000 /* as asyncio's: 0.1 seconds */

/* Runs what is ready now and then the due timers, and tells what was slow. Returns how many ran. */
int coil__debug_snapshot(coil_loop *loop);

#endif
