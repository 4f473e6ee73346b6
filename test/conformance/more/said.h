/* more/said.h: what an outcome is called in the scenarios: Python's name of the error, and the message that came with it. */
#ifndef MORE_SAID_H
#define MORE_SAID_H

#include "../port.h"

/* ValueError is EINVAL, RuntimeError (also InvalidStateError) the state's error, KeyError ENOENT in the ports. */
static inline const char *said(int err)
{
    switch (err < 0 ? err : 0) {
    case 0:
        return "ok";
    case -ECANCELED:
        return "CancelledError";
    case -ETIMEDOUT:
        return "TimeoutError";
    case -EINVAL:
        return "ValueError";
    case -ENOENT:
        return "KeyError";
    case -ENOTSUP:
        return "TypeError";
    case -COIL_EINVALIDSTATE:
        return "InvalidStateError";
    case -COIL_EQUEUEFULL:
        return "QueueFull";
    case -COIL_EQUEUEEMPTY:
        return "QueueEmpty";
    case -COIL_EQUEUESHUTDOWN:
        return "QueueShutDown";
    case -COIL_EBROKENBARRIER:
        return "BrokenBarrierError";
    case -COIL_EINCOMPLETE:
        return "IncompleteReadError";
    case -COIL_ELIMIT:
        return "LimitOverrunError";
    case -ECONNREFUSED:
        return "ConnectionRefusedError";
    case -EPIPE:
    case -ECONNRESET:
        return "ConnectionError";
    default:
        return coil_error_name(err);
    }
}

#endif
