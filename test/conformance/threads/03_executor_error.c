/* An error in the thread comes out of the await, with its message. */
#include <stdio.h>

#include "coil.h"

COIL_ASYNC(bad, (int, x))
{
    return coil_fail(-EINVAL, "bad %d", x);
}

COIL_ASYNC(amain)
{
    coil_future *f = coil_run_in_executor(NULL, bad(1));
    int err = coil_future_await(f, NULL);
    coil_future_unref(f);
    if (err == -EINVAL)
        printf("ValueError: %s\n", coil_error_message(err));
    err = coil_to_thread(bad(2));
    if (err == -EINVAL)
        printf("ValueError: %s\n", coil_error_message(err));
    return 0;
}

COIL_MAIN(amain())
