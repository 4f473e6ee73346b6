/* work/errand.h: a call on its way to another loop and back. */
#ifndef COIL_WORK_ERRAND_H
#define COIL_WORK_ERRAND_H

#include "coil/loops.h"

/* Makes the call run in that loop: what coil_to_loop does to a call object. A time limit that it has is kept here. */
void coil__errand_route(coil_call *call, coil_loop *loop);

#endif
