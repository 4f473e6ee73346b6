/* The words: a plain function, a future, a coroutine object and a task, and what it means to await each.
 *
 * A coroutine object is the call itself, not begun yet; COIL_CALL holds one. A task is a call that the loop runs on its own.
 * A future is a result that somebody will set. */
#include <coil.h>
#include <stdio.h>

static int plain_function(const char *word)
{
    printf("A plain function runs at once: %s\n", word);
    return 0;
}

COIL_ASYNC(async_function, (const char *, word), (const char *, ret, out))
{
    printf("An async function begins: %s\n", word);
    int err = coil_sleep(0.1);
    if (err < 0)
        return err;
    *ret = word;
    return 0;
}

static int await_future(void)
{
    coil_future *future = coil_future_new();
    if (!future)
        return coil_fail(-ENOMEM, "no future");
    void *value;
    printf("The future is done: %s\n", coil_future_done(future) ? "yes" : "no");
    coil_future_set_result(future, "a result");
    int err = coil_future_await(future, &value);
    if (err >= 0)
        printf("The future gave %s\n", (const char *)value);
    coil_future_unref(future);
    return err;
}

COIL_ASYNC(terms)
{
    const char *result;
    int err = plain_function("hello");
    if (err >= 0)
        err = await_future();
    if (err < 0)
        return err;

    coil_call call = COIL_CALL(async_function("coroutine object", &result));
    printf("Nothing has run yet\n");
    err = coil_perform(call); /* runs here and now, in this task */
    if (err < 0)
        return err;
    printf("The coroutine gave %s\n", result);

    coil_task *task = coil_create_task(async_function("task", &result));
    printf("The task is queued\n");
    err = coil_await(task);
    if (err >= 0)
        printf("The task gave %s\n", result);
    return err;
}

COIL_MAIN(terms())
