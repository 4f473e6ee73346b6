/* work/thread_future.h: the shared future from inside, for the bridges to loops. */
#ifndef COIL_WORK_THREAD_FUTURE_H
#define COIL_WORK_THREAD_FUTURE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/list.h"
#include "coil/threads.h"
#include "loop/callbacks.h"
#include "task/tasks.h"

struct coil_thread_future {
    pthread_mutex_t lock; /* guards what follows, down to landed */
    pthread_cond_t settled;
    struct coil__list callbacks;
    bool done, landed;
    int status;
    void *value;
    struct coil__error *error;
    atomic_int refs;
    /* of a future with a task behind it; set before it is shared */
    void (*on_cancel)(coil_thread_future *f); /* it was cancelled by its user; any thread */
    coil_loop *loop;
    coil_call call; /* the task runs it in place; landed by whoever fetches the result */
    bool kept;
    bool reports; /* nobody will ask: an error goes to the loop's exception handler */
    const char *file;
    int line;
    struct coil__post cancel_post; /* of on_cancel, which happens once */
    /* the loop's thread only */
    struct coil__task *task; /* NULL before it begins and once it has ended */
    struct coil__watcher watcher;
};

void coil__thread_future_ref(coil_thread_future *f);
/* Settles it; error is not taken over. 0 or -COIL_EINVALIDSTATE. */
int coil__thread_future_settle(coil_thread_future *f, int status, void *value,
                               struct coil__error *error);

#endif
