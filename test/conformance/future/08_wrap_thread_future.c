/* coil_wrap_future mirrors result, error and cancellation of a thread-side future. */
#include <stdint.h>
#include <stdio.h>

#include "coil.h"

COIL_ASYNC(amain)
{
    coil_thread_future *ok = coil_thread_future_new(), *bad = coil_thread_future_new(),
                       *gone = coil_thread_future_new();
    coil_future *a = coil_wrap_future(ok), *b = coil_wrap_future(bad), *c = coil_wrap_future(gone);
    coil_thread_future_set_result(ok, (void *)(intptr_t)1);
    coil_thread_future_set_error(bad, coil_fail(-EINVAL, "boom"));
    void *value;
    int err = coil_future_await(a, &value);
    if (err >= 0)
        printf("a %d\n", (int)(intptr_t)value);
    err = coil_future_await(b, NULL);
    if (err == -EINVAL)
        printf("b ValueError: %s\n", coil_error_message(err));
    coil_future_cancel(c);
    err = coil_yield_now();
    printf("thread-side cancelled: %d\n", coil_thread_future_cancelled(gone));
    coil_future_unref(a);
    coil_future_unref(b);
    coil_future_unref(c);
    coil_thread_future_free(ok);
    coil_thread_future_free(bad);
    coil_thread_future_free(gone);
    return err;
}

COIL_MAIN(amain())
