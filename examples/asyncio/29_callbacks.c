/* Under the coroutines: the loop and its callbacks, in their order; and a future that a callback settles. */
#include <coil.h>
#include <stdio.h>

static int say(void *text)
{
    printf("%s\n", (const char *)text);
    return 0;
}

static int settle(void *future)
{
    return coil_future_set_result(future, "the result");
}

COIL_ASYNC(callbacks)
{
    void *value;
    coil_future *future = coil_future_new();
    if (!future)
        return coil_fail(-ENOMEM, "no future");
    /* A NULL handle would be lack of memory: then the callback does not come. */
    coil_call_later(2, say, "after 2 seconds");
    coil_call_later(1, say, "after 1 second");
    coil_call_at(coil_time() + 1.5, say, "after 1.5 seconds");
    coil_call_soon(say, "soon");
    coil_handle *never = coil_call_soon(say, "never");
    coil_handle_cancel(never);
    printf("Nothing has run yet\n");

    int err = -ENOMEM;
    if (coil_call_later(3, settle, future))
        err = coil_future_await(future, &value);
    if (err >= 0)
        printf("The callback gave %s\n", (const char *)value);
    coil_future_unref(future);
    return err;
}

COIL_MAIN(callbacks())
