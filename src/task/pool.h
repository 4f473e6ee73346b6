/* task/pool.h: what a pool is to the task room: something that runs a call object elsewhere. */
#ifndef COIL_TASK_POOL_H
#define COIL_TASK_POOL_H

#include "coil/call.h"

struct coil__pool_ops {
    /* Runs call->fn on call->args somewhere else and suspends the running task until it is over. On success the outputs
     * are in call->args' slots, as if it had run here. Returns its status. */
    int (*run)(coil_pool *pool, coil_call *call);
};

/* Every pool begins with this. */
struct coil_pool {
    const struct coil__pool_ops *ops;
};

#endif
