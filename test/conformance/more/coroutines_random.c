/* random programs of coroutines that are driven by hand, with awaitables of their own */
#define MAKE(call)          coil_coroutine_new(call, sizeof(int))
#define DELEGATE(err, call) ((err) = (call))
#define NOTHING             coil_yield_now()

#include "by_hand_random.h"
