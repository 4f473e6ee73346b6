/* Errors that nobody awaits go to the loop's exception handler; an error is lost in neither language, and the loop goes on. */
#include <coil.h>
#include <stdio.h>

static int report(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    (void)loop;
    (void)arg;
    printf("Nobody handled: %s\n", context->error_message);
    return 0;
}

static int callback(void *arg)
{
    (void)arg;
    return coil_fail(-EINVAL, "a callback failed");
}

COIL_ASYNC(fails)
{
    return coil_fail(-EINVAL, "a task failed");
}

COIL_ASYNC(fails_later)
{
    int err = coil_sleep(1);
    return err < 0 ? err : coil_fail(-EINVAL, "a task that is awaited failed");
}

COIL_ASYNC(errors)
{
    coil_loop_set_exception_handler(coil_loop_running(), report, NULL);
    if (!coil_call_soon(callback, NULL))
        return -ENOMEM;
    int err = coil_spawn(fails()); /* a task that nobody will await */
    if (err >= 0)
        err = coil_sleep(0.1);
    if (err < 0)
        return err;
    err = coil_await(coil_create_task(fails_later()));
    if (err == -EINVAL)
        printf("Handled: %s\n", coil_error_message(err));
    printf("The loop went on all the while\n");
    return 0;
}

COIL_MAIN(errors())
