/* coro/frame.h: the first frame of a new context: what coil__coro_jump finds there and "returns" into. */
#ifndef COIL_CORO_FRAME_H
#define COIL_CORO_FRAME_H

#include "coro/coro.h"

void coil__frame_lay(struct coil__coro *coro, void *top, void *bottom, coil__coro_entry entry,
                     void *arg);

#endif
